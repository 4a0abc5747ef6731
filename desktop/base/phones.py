"""Telephone numbers: one written form, a hint when one looks wrong, and the form shown outside the record."""

# ruff: noqa: RUF001 - the table lists the dashes that people type

from __future__ import annotations

import re
import unicodedata

from desktop.base.text import _
from desktop.base.verdict import OK, Verdict, warn

# Numbers of bodies that everybody knows; they are contacts, never those of a person.
SERVICE_NUMBERS = frozenset({"110", "119", "120", "122", "12345", "12348", "12389", "96110"})

_MOBILE = re.compile(r"1[3-9][0-9]{9}")
_LANDLINE = re.compile(r"(0(?:10|2[0-9]|[3-9][0-9]{2}))-?([0-9]{7,8})(?:-([0-9]{1,6}))?")
_PRACTICE = re.compile(r"1200000[0-9]{4}")
_SHORT = re.compile(r"[0-9]{3,6}")
_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—―−ー", "-"))


def normalise_phone(text: str) -> str:
    """The number as it is stored: 13800001234, 0953-6012345, 0953-6012345-801.

    What is no known kind of number keeps its signs, only half-width and without blanks, so that nothing is lost.
    """
    value = unicodedata.normalize("NFKC", text).translate(_DASHES)
    value = re.sub(r"[\s()]", "", value)
    value = re.sub(r"(?:转|分机|#|[xX])+:?", "-", value)
    bare = re.sub(r"^(?:\+|00)?86-?(?=1[0-9-]{10,}$|0)|^(?:\+|00)86-?", "", value)
    if re.fullmatch(r"1[0-9]{10}", digits := bare.replace("-", "")):
        return digits
    if not bare.startswith("0") and value != bare and _LANDLINE.fullmatch("0" + bare):
        bare = "0" + bare
    if landline := _LANDLINE.fullmatch(bare):
        return "-".join(part for part in landline.groups() if part)
    return bare


def check_phone(text: str, *, practice: bool = False) -> Verdict:
    """Whether this looks like a number that can be called; never blocks, because villages have nets of their own.

    An empty field is fine here; whether a number is needed is the record's own rule.
    """
    number = normalise_phone(text)
    if not number or number in SERVICE_NUMBERS or _MOBILE.fullmatch(number) or _LANDLINE.fullmatch(number):
        return OK
    if _PRACTICE.fullmatch(number):
        return OK if practice else warn("PHO-001", _("这是练习用的号码，打不通，请核对。"))
    if _SHORT.fullmatch(number):
        return warn("PHO-002", _("这是短号，只在本地虚拟网内能打通；有手机号的请填手机号。"))
    if re.fullmatch(r"1[0-9]*", number) and len(number) != 11:
        message = _("手机号应为11位，现在是{count}位，请核对。")
        return warn("PHO-003", message.format(count=len(number)))
    return warn("PHO-004", _("不像是电话号码：手机号为11位，固定电话请写区号，如0953-6012345。"))


def mask_phone(text: str) -> str:
    """The number with its middle hidden: 138****5678, 0953-***2345; numbers of bodies stay readable."""
    number = normalise_phone(text)
    if number in SERVICE_NUMBERS:
        return number
    if landline := _LANDLINE.fullmatch(number):
        area, local, _extension = landline.groups()
        return f"{area}-{'*' * (len(local) - 4)}{local[-4:]}"
    if len(number) >= 9:
        return number[:3] + "*" * (len(number) - 7) + number[-4:]
    return "*" * max(len(number) - 2, 0) + number[-2:] if len(number) > 2 else "*" * len(number)
