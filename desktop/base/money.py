# ruff: noqa: RUF002 - the docstrings list the signs that people type
"""Money: whole fen inside, yuan as people type and read them, capitals as papers need them."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal

from desktop.base.text import _

# A hundred billion yuan: above every village's means, below every store's integer, and within the words for capitals.
MOST_FEN = 10**13 - 1

_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_PLACES = ("", "拾", "佰", "仟")
_GROUPS = ("", "万", "亿")
_SCALES = {"": 1, "万": 10_000, "亿": 100_000_000}

_PLAIN = re.compile(r"(?P<number>[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?P<scale>[万亿]?)(?:元|块)?(?:整|钱)?")
_SPOKEN = re.compile(
    r"(?:(?P<yuan>[0-9]+)(?:元|块))?(?:(?P<jiao>[0-9])[角毛])?(?:(?P<fen>[0-9])分)?(?:整|钱)?"
)
_GROUPED = re.compile(r"[0-9]{1,3}(?:,[0-9]{3})+(?![0-9,])")


def parse_yuan(text: str) -> int:
    """An amount as somebody typed it: 1,234.5 · １２３４．５０元 · ￥1234 · 1.5万 · 3元5角.

    Units:   gives fen.
    Errors:  ValueError with a Chinese reason.
    """
    value = unicodedata.normalize("NFKC", text)
    value = re.sub(r"\s", "", value.replace("。", "."))
    value = re.sub(r"^(?:人民币|RMB|¥)+", "", value)
    if not value:
        raise ValueError(_("还没有填写金额。"))
    if value.startswith(("-", "\N{MINUS SIGN}", "负")):
        raise ValueError(_("金额不能是负数。"))
    value = value.lstrip("+")
    if "," in value and not _GROUPED.match(value):
        raise ValueError(_("金额里的逗号位置不对，请写成1,234.50或1234.50。"))
    fen = _fen_of(value.replace(",", ""))
    if fen > MOST_FEN:
        raise ValueError(_("金额太大，请核对。"))
    return fen


def _fen_of(value: str) -> int:
    if plain := _PLAIN.fullmatch(value):
        fen = Decimal(plain["number"]) * _SCALES[plain["scale"]] * 100
        if fen != fen.to_integral_value():
            raise ValueError(_("金额最多写到分，也就是小数点后两位。"))
        return int(fen)
    if (spoken := _SPOKEN.fullmatch(value)) and any(spoken.groups()):
        return int(spoken["yuan"] or 0) * 100 + int(spoken["jiao"] or 0) * 10 + int(spoken["fen"] or 0)
    raise ValueError(_("看不懂这个金额，请只写数字，如1234.50。"))


def format_yuan(fen: int) -> str:
    """The amount in yuan with two decimals and thousands set apart: 1,234.50."""
    sign = "-" if fen < 0 else ""
    yuan, rest = divmod(abs(fen), 100)
    return f"{sign}{yuan:,}.{rest:02}"


def capitals(fen: int) -> str:
    """The amount in the characters that cannot be altered by a stroke, for papers: 肆佰元整.

    Never translated: papers are Chinese.

    Errors:  ValueError below zero or above a hundred billion yuan.
    Source:  Rules on filling in bills and settlement vouchers, appendix 1 to the Payment and Settlement Measures
             (1997): 整 after yuan, none needed after jiao; 零 for gaps inside.
    """
    if not 0 <= fen <= MOST_FEN:
        raise ValueError(_("这个金额写不成大写。"))
    yuan, rest = divmod(fen, 100)
    jiao, last = divmod(rest, 10)
    words = _integer_capitals(yuan) + "元" if yuan or not rest else ""
    if not rest:
        return words + "整"
    if jiao:
        words += _DIGITS[jiao] + "角"
    elif yuan:
        words += "零"
    return words + (_DIGITS[last] + "分" if last else "")


def _integer_capitals(number: int) -> str:
    """Groups of four digits from the highest; a gap is told by one 零 before the group that follows it."""
    if number == 0:
        return "零"
    groups: list[int] = []
    while number:
        number, group = divmod(number, 10_000)
        groups.append(group)
    words = ""
    gap = False
    for place in reversed(range(len(groups))):
        group = groups[place]
        if group == 0:
            gap = True
            continue
        if words and (gap or group < 1000):
            words += "零"
        words += _group_capitals(group) + _GROUPS[place]
        gap = False
    return words


def _group_capitals(group: int) -> str:
    words = ""
    gap = False
    for place in reversed(range(4)):
        digit = group // 10**place % 10
        if digit == 0:
            gap = bool(words)
            continue
        words += ("零" if gap else "") + _DIGITS[digit] + _PLACES[place]
        gap = False
    return words
