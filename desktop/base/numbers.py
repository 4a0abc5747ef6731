# ruff: noqa: RUF001, RUF002 - official numbers are written with these brackets
"""Numbers of documents that other bodies gave and a clerk types in, in the one form in which they are compared."""

from __future__ import annotations

import re
import unicodedata

from desktop.base.text import _
from desktop.base.verdict import OK, Verdict, warn

_YEAR_IN_BRACKETS = re.compile(r"[\[({〔【〖〈《「『﹝<]((?:19|20)[0-9]{2})年?[\])}〕】〗〉》」』﹞>]")
_BEFORE_NFKC = str.maketrans("﹝﹞", "〔〕")
_DOCUMENT_NUMBER = re.compile(r"[^〔〕0-9]+〔(?:19|20)[0-9]{2}〕第?[0-9]{1,8}(?:-[0-9]+)?号?")


def normalise_document_number(text: str) -> str:
    """The number with half-width signs, no blanks, and its year in 〔〕: X公(派)调解字〔2026〕12号.

    Digits are never changed, not even leading zeros: the number belongs to who gave it.

    Source:  GB/T 9704-2012, 7.2.5.
    """
    value = unicodedata.normalize("NFKC", text.translate(_BEFORE_NFKC))
    # Composed again: without its blank, a free-standing accent joins the letter before it.
    value = unicodedata.normalize("NFKC", "".join(value.split()))
    return _YEAR_IN_BRACKETS.sub(r"〔\1〕", value)


def check_document_number(text: str) -> Verdict:
    """Whether this looks like the number of an official document; only ever a hint."""
    if _DOCUMENT_NUMBER.fullmatch(normalise_document_number(text)):
        return OK
    return warn("NUM-001", _("不像是文书编号，一般写成“×公(派)调解字〔2026〕12号”，请核对。"))
