/* TEST ONLY, never shipped: the converter functions that Qt6Core takes from Windows' own icuuc.dll, which Wine lacks.
   Every one fails as ICU does where it has no data, and Qt falls back on its own converters. */
#define EXPORT __declspec(dllexport)
#define NO_DATA 4 /* U_FILE_ACCESS_ERROR */

EXPORT void *ucnv_open(const char *name, int *error) { *error = NO_DATA; return 0; }
EXPORT void ucnv_close(void *converter) {}
EXPORT void ucnv_reset(void *converter) {}
EXPORT signed char ucnv_getMaxCharSize(const void *converter) { return 4; }
EXPORT const char *ucnv_getName(const void *converter, int *error) { *error = NO_DATA; return 0; }
EXPORT const char *ucnv_getStandardName(const char *name, const char *standard, int *error) { *error = NO_DATA; return 0; }
EXPORT const char *ucnv_getAvailableName(int number) { return 0; }
EXPORT int ucnv_countAvailable(void) { return 0; }
EXPORT void ucnv_getToUCallBack(const void *converter, void **action, const void **context) { *action = 0; *context = 0; }
EXPORT void ucnv_getFromUCallBack(const void *converter, void **action, const void **context) { *action = 0; *context = 0; }
EXPORT void ucnv_setToUCallBack(void *converter, void *action, const void *context, void **old_action,
                                const void **old_context, int *error) { *error = NO_DATA; }
EXPORT void ucnv_setFromUCallBack(void *converter, void *action, const void *context, void **old_action,
                                  const void **old_context, int *error) { *error = NO_DATA; }
EXPORT void ucnv_cbToUWriteUChars(void *told, const void *source, int length, int offset, int *error) { *error = NO_DATA; }
EXPORT void ucnv_cbFromUWriteUChars(void *told, const void **source, const void *limit, int offset, int *error) { *error = NO_DATA; }
EXPORT void ucnv_toUnicode(void *converter, void **target, const void *target_limit, const char **source,
                           const char *source_limit, int *offsets, signed char flush, int *error) { *error = NO_DATA; }
EXPORT void ucnv_fromUnicode(void *converter, char **target, const char *target_limit, const void **source,
                             const void *source_limit, int *offsets, signed char flush, int *error) { *error = NO_DATA; }
EXPORT int ucnv_toUCountPending(const void *converter, int *error) { return 0; }
EXPORT int ucnv_fromUCountPending(const void *converter, int *error) { return 0; }
EXPORT void UCNV_FROM_U_CALLBACK_SUBSTITUTE(void) {}
EXPORT void UCNV_TO_U_CALLBACK_SUBSTITUTE(void) {}
