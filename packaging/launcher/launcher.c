/* Jingwushi.exe and its console twin cmd\jingwushi.exe: run the bundled Python in this very process, so that task bar,
   firewall and virus scanner see one signed program with its own icon.

   Folders beside it (see windows/installer.nsi):
       program      the version in use
       program.old  the version before it, kept until the next upgrade
   A power cut between the installer's two renames leaves no `program`; then the version before is started.

   jingwushi --previous ...   starts the version before, for the day when a new one cannot bring the data forward
   jingwushi --flush FOLDER   writes every file below FOLDER through to the disk; the installer's own use */
#include <windows.h>
#include <shellapi.h>
#include <stdio.h>
#include <stdlib.h>
#include <wchar.h>

#define MOST 32768
#define MISSING 9 /* exit status when the program's files are not whole */

typedef int(__cdecl *PyMain)(int, wchar_t **);

static int fail(const wchar_t *what)
{
    static wchar_t told[2048];
    _snwprintf(told, 2047,
               L"程序文件不完整，无法启动。\n缺少：%ls（错误 %lu）\n\n数据没有受影响。请重新运行安装程序。\n\n"
               L"Program files are missing; run the installer again. Your records are not affected.",
               what, GetLastError());
#ifdef CONSOLE
    DWORD written;
    HANDLE error = GetStdHandle(STD_ERROR_HANDLE);
    static char bytes[8192];
    if (WriteConsoleW(error, told, (DWORD)wcslen(told), &written, NULL))
        return MISSING;
    int length = WideCharToMultiByte(CP_UTF8, 0, told, -1, bytes, sizeof bytes, NULL, NULL);
    WriteFile(error, bytes, length > 0 ? length - 1 : 0, &written, NULL);
#else
    MessageBoxW(NULL, told, L"警务室", MB_ICONERROR);
#endif
    return MISSING;
}

/* Files that were only handed to the system's cache are empty after a power cut, though their names are there. */
static int flush_tree(const wchar_t *folder)
{
    wchar_t *path = malloc(MOST * sizeof *path);
    WIN32_FIND_DATAW found;
    int failed = 0;
    if (!path || _snwprintf(path, MOST - 1, L"%ls\\*", folder) < 0)
        return 1;
    HANDLE search = FindFirstFileW(path, &found);
    if (search == INVALID_HANDLE_VALUE) {
        free(path);
        return 1;
    }
    do {
        if (!wcscmp(found.cFileName, L".") || !wcscmp(found.cFileName, L".."))
            continue;
        if (_snwprintf(path, MOST - 1, L"%ls\\%ls", folder, found.cFileName) < 0) {
            failed = 1;
        } else if (found.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) {
            failed |= flush_tree(path);
        } else {
            HANDLE file = CreateFileW(path, GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
                                      NULL, OPEN_EXISTING, 0, NULL);
            failed |= file == INVALID_HANDLE_VALUE || !FlushFileBuffers(file);
            if (file != INVALID_HANDLE_VALUE)
                CloseHandle(file);
        }
    } while (FindNextFileW(search, &found));
    FindClose(search);
    free(path);
    return failed;
}

static int find_dll(const wchar_t *root, const wchar_t *version, wchar_t *folder, wchar_t *dll)
{
    WIN32_FIND_DATAW found;
    wchar_t pattern[MOST];
    _snwprintf(folder, MOST - 1, L"%ls%ls\\python\\", root, version);
    /* By pattern: this program outlives a change of the bundled Python. python3.dll itself does not match. */
    _snwprintf(pattern, MOST - 1, L"%lspython3??.dll", folder);
    HANDLE search = FindFirstFileW(pattern, &found);
    if (search == INVALID_HANDLE_VALUE)
        return 0;
    do {
        if (wcslen(found.cFileName) == wcslen(L"python313.dll")) {
            _snwprintf(dll, MOST - 1, L"%ls%ls", folder, found.cFileName);
            FindClose(search);
            return 1;
        }
    } while (FindNextFileW(search, &found));
    FindClose(search);
    return 0;
}

static int run(void)
{
    static wchar_t root[MOST], folder[MOST], dll[MOST];
    int count, given = 1;
    wchar_t **words = CommandLineToArgvW(GetCommandLineW(), &count);
    if (!words)
        return fail(L"arguments");
    if (count == 3 && !wcscmp(words[1], L"--flush"))
        return flush_tree(words[2]);

    DWORD length = GetModuleFileNameW(NULL, root, MOST - 1);
    int up = 1;
#ifdef CONSOLE
    up = 2; /* cmd\jingwushi.exe */
#endif
    while (length && up)
        if (root[--length] == L'\\')
            up--;
    root[length + (root[length] == L'\\')] = 0;

    /* Seen by the installer, from every session of this PC; the system frees it however this process ends. */
    CreateMutexW(NULL, FALSE, L"Global\\Jingwushi.Running");
    int previous = count > 1 && !wcscmp(words[1], L"--previous");
    given += previous;
    if (previous || !find_dll(root, L"program", folder, dll))
        if (!find_dll(root, L"program.old", folder, dll))
            return fail(previous ? L"program.old" : L"program");

    /* No DLL from the folder where somebody happens to stand, and no settings of another Python. */
    SetDefaultDllDirectories(LOAD_LIBRARY_SEARCH_DEFAULT_DIRS);
    AddDllDirectory(folder);
    SetEnvironmentVariableW(L"PYTHONHOME", NULL);
    SetEnvironmentVariableW(L"PYTHONPATH", NULL);
    HMODULE python = LoadLibraryExW(dll, NULL, LOAD_WITH_ALTERED_SEARCH_PATH);
    if (!python)
        return fail(dll);
    PyMain start = (PyMain)(void *)GetProcAddress(python, "Py_Main");
    if (!start)
        return fail(L"Py_Main");

    /* -I: nothing of the user's surroundings. -B: the folder may be read-only. -X utf8: the code page does not matter. */
    wchar_t *options[] = {words[0], L"-I", L"-B", L"-X", L"utf8", L"-m", L"desktop"};
    int k = sizeof options / sizeof *options;
    wchar_t **handed = calloc(count + k + 1, sizeof *handed);
    if (!handed)
        return fail(L"memory");
    memcpy(handed, options, sizeof options);
    for (int i = given; i < count; i++)
        handed[k++] = words[i];
    return start(k, handed);
}

#ifdef CONSOLE
int wmain(void) { return run(); }
#else
int WINAPI wWinMain(HINSTANCE self, HINSTANCE before, LPWSTR line, int shown) { return run(); }
#endif
