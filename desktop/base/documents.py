"""Identity documents: their kinds, and what can be told from a number without asking anybody.

Only a wrong number of a resident card stops a save; everything else is a hint, because papers are older and
stranger than any rule, and a person without papers is heard all the same.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Literal

from desktop.base.text import N_, _
from desktop.base.verdict import OK, Verdict, block, warn

RESIDENT_CARD = "111"
RESIDENCE_PERMIT = "511"
PERMANENT_RESIDENCE_2023 = "521"
PERMANENT_RESIDENCE_2017 = "522"
HOME_RETURN_PERMIT = "531"
TAIWAN_PERMIT = "532"
CHINESE_PASSPORT = "541"
FOREIGN_PASSPORT = "542"
HOUSEHOLD_BOOKLET = "561"
BIRTH_CERTIFICATE = "562"
OLD_NUMBER = "571"
NO_DOCUMENT = "990"

# 111 is what police systems use; the others are our own and are mapped when something is sent to such a system.
DOCUMENT_TYPES: Mapping[str, str] = MappingProxyType(
    {
        RESIDENT_CARD: N_("居民身份证"),
        RESIDENCE_PERMIT: N_("港澳台居民居住证"),
        PERMANENT_RESIDENCE_2023: N_("外国人永久居留身份证（2023版）"),
        PERMANENT_RESIDENCE_2017: N_("外国人永久居留身份证（2017版）"),
        HOME_RETURN_PERMIT: N_("港澳居民来往内地通行证"),
        TAIWAN_PERMIT: N_("台湾居民来往大陆通行证"),
        CHINESE_PASSPORT: N_("中国护照"),
        FOREIGN_PASSPORT: N_("外国护照"),
        HOUSEHOLD_BOOKLET: N_("户口簿"),
        BIRTH_CERTIFICATE: N_("出生医学证明"),
        OLD_NUMBER: N_("旧证号（15位）"),
        NO_DOCUMENT: N_("证件不详"),
    }
)

Sex = Literal["男", "女"]

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK_DIGITS = "10X98765432"
_PERMIT_PREFIXES = ("810000", "820000", "830000")
_OLDEST_AGE = 120

_USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_USCC_WEIGHTS = tuple(pow(3, place, 31) for place in range(17))

# From memory of the issuing rules, so they only hint.
_FORMATS: Mapping[str, re.Pattern[str]] = MappingProxyType(
    {
        PERMANENT_RESIDENCE_2017: re.compile(r"[A-Z]{3}[0-9]{12}"),
        HOME_RETURN_PERMIT: re.compile(r"[HM][0-9]{8}(?:[0-9]{2})?"),
        TAIWAN_PERMIT: re.compile(r"[0-9]{8}|[0-9]{10}(?:[A-Z]|\([A-Z]\))"),
        CHINESE_PASSPORT: re.compile(r"[EG][0-9]{8}|E[A-Z][0-9]{7}|[DSP][A-Z]?[0-9]{7,8}"),
        FOREIGN_PASSPORT: re.compile(r"[A-Z0-9]{5,20}"),
        OLD_NUMBER: re.compile(r"[0-9]{15}"),
    }
)


def normalise_number(text: str) -> str:
    """The number with half-width signs, capital letters and no blanks, as it is stored and compared."""
    value = "".join(unicodedata.normalize("NFKC", text).split()).upper()
    # Composed again: without its blank, a free-standing accent joins the letter before it.
    return unicodedata.normalize("NFKC", value)


def check_identity_number(text: str, on: date) -> Verdict:
    """Whether a resident card can bear this number on that day.

    The address part is never compared with a list of places: a card keeps the code of its first registration,
    long after the place is gone.

    Source:  GB 11643-1999; ISO 7064 MOD 11-2.
    """
    number = normalise_number(text)
    if not number:
        return warn("DOC-001", _("还没有填写证件号码；确实没有证件的，请选“证件不详”。"))
    if re.fullmatch(r"[0-9]{15}", number):
        return warn("DOC-002", _("15位号码自2013年起已停用；旧材料上的号码请选“旧证号（15位）”。"))
    if len(number) != 18:
        message = _("身份证号码应为18位，现在是{count}位，请对照证件检查。")
        return block("DOC-003", message.format(count=len(number)))
    if not re.fullmatch(r"[0-9]{17}[0-9X]", number):
        return block("DOC-004", _("身份证号码前17位只能是数字，最后一位是数字或X，请对照证件检查。"))
    if number.startswith(("9", *_PERMIT_PREFIXES)):
        return warn("DOC-005", _("这像是居住证或永久居留身份证的号码，请检查证件种类。"))
    return _check_citizen_number(number, on)


def _check_citizen_number(number: str, on: date) -> Verdict:
    born = birth_date(number)
    if born is None:
        return block("DOC-006", _("身份证号码里的出生日期不存在，请检查第7位到第14位。"))
    if born > on:
        return block("DOC-007", _("身份证号码里的出生日期还没有到，请检查第7位到第14位。"))
    if not _check_digit_fits(number):
        return block("DOC-008", _("身份证号码的最后一位对不上，多半是有一位输错了，请对照证件逐位检查。"))
    if age_on(born, on) > _OLDEST_AGE:
        return warn("DOC-009", _("按号码推算已超过120岁，请核对。"))
    return OK


def check_document(type_code: str, number: str, on: date) -> Verdict:
    """Whether a number suits its kind of document; blocks on a wrong resident number only.

    A kind that the county added itself has no rule here and passes.
    """
    if type_code == RESIDENT_CARD:
        return check_identity_number(number, on)
    value = normalise_number(number)
    if type_code == NO_DOCUMENT:
        return OK
    if not value:
        return warn("DOC-001", _("还没有填写证件号码；确实没有证件的，请选“证件不详”。"))
    if type_code in {RESIDENCE_PERMIT, PERMANENT_RESIDENCE_2023}:
        return _check_permit(type_code, value, on)
    pattern = _FORMATS.get(type_code)
    if pattern is not None and not pattern.fullmatch(value):
        message = _("号码不像是“{label}”的号码，请核对号码和证件种类。")
        return warn("DOC-010", message.format(label=_(DOCUMENT_TYPES[type_code])))
    return OK


def _check_permit(type_code: str, number: str, on: date) -> Verdict:
    label = _(DOCUMENT_TYPES[type_code])
    prefixes = _PERMIT_PREFIXES if type_code == RESIDENCE_PERMIT else ("9",)
    if not re.fullmatch(r"[0-9]{17}[0-9X]", number) or not number.startswith(prefixes):
        return warn("DOC-010", _("号码不像是“{label}”的号码，请核对号码和证件种类。").format(label=label))
    if not _check_digit_fits(number):
        return warn("DOC-011", _("“{label}”号码的最后一位对不上，请对照证件检查。").format(label=label))
    born = birth_date(number)
    # The inner layout of the 2023 card is from memory, so its date is not held against it.
    if type_code == RESIDENCE_PERMIT and (born is None or born > on):
        return warn("DOC-012", _("“{label}”号码里的出生日期不对，请对照证件检查。").format(label=label))
    return OK


def _check_digit_fits(number: str) -> bool:
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, number[:17], strict=True))
    return _CHECK_DIGITS[total % 11] == number[17]


def birth_date(number: str) -> date | None:
    """The day of birth inside an 18-digit or an old 15-digit number; None when there is none or no such day."""
    value = normalise_number(number)
    if re.fullmatch(r"[0-9]{17}[0-9X]", value):
        digits = value[6:14]
    elif re.fullmatch(r"[0-9]{15}", value):
        digits = "19" + value[6:12]
    else:
        return None
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return None


def sex_of(number: str) -> Sex | None:
    """The sex that the sequence digit tells: odd is 男, even is 女.

    None for other documents, and for the foreigners' permanent residence card, whose inner layout is not confirmed.
    """
    value = normalise_number(number)
    if re.fullmatch(r"[0-8][0-9]{16}[0-9X]", value):
        digit = value[16]
    elif re.fullmatch(r"[0-9]{15}", value):
        digit = value[14]
    else:
        return None
    return "男" if int(digit) % 2 else "女"


def age_on(birth: date, day: date) -> int:
    """Years completed on that day; the birthday itself counts.

    Errors:  ValueError when the day lies before the birth.
    """
    if day < birth:
        raise ValueError(_("日期在出生日期之前。"))
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))


def mask_identity(number: str) -> str:
    """The number with its middle hidden, for lists and screens: 649901********0016."""
    value = normalise_number(number)
    shown_left, shown_right = (6, 4) if len(value) >= 15 else (2, 2)
    hidden = len(value) - shown_left - shown_right
    if hidden < 1:
        return "*" * len(value)
    return value[:shown_left] + "*" * hidden + value[-shown_right:]


def check_uscc(text: str) -> Verdict:
    """Whether a unified social credit code is well formed.

    Source:  GB 32100-2015.
    """
    code = normalise_number(text)
    if not re.fullmatch(f"[{_USCC_ALPHABET}]{{18}}", code):
        return warn("DOC-020", _("统一社会信用代码应为18位数字和大写字母（不含I、O、S、V、Z），请核对。"))
    total = sum(
        weight * _USCC_ALPHABET.index(sign) for weight, sign in zip(_USCC_WEIGHTS, code[:17], strict=True)
    )
    if _USCC_ALPHABET[-total % 31] != code[17]:
        return warn("DOC-021", _("统一社会信用代码的最后一位对不上，请对照执照检查。"))
    return OK
