"""Words of a people's mediation agreement: how a clause is performed, how copies are counted.

Paper is Chinese always, so nothing passes through `_()`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from desktop.base.days import print_day
from desktop.staff.papers import amount_words

CHINESE_DIGITS = "零一二三四五六七八九"


def performance_words(clause: Mapping[str, Any], manner: str) -> str:
    """How one clause is performed, in one sentence without its full stop.

    Shape:   `clause` holds the clause's field values, `manner` the label of its manner.
    """
    parts = [manner]
    if clause.get("due_on"):
        parts.append(f"{print_day(clause['due_on'])}前")
    if clause.get("payer") and clause.get("payee"):
        parts.append(f"由{clause['payer']}付给{clause['payee']}")
    if clause.get("amount_fen"):
        parts.append(amount_words(clause["amount_fen"]))
    return "，".join(part for part in parts if part)


def chinese_count(number: int) -> str:
    """A small number as people write copies: 三, 十, 十三, 二十一.

    Errors:  ValueError outside 1 to 99.
    """
    if not 1 <= number <= 99:
        raise ValueError(number)
    tens, ones = divmod(number, 10)
    words = "" if tens == 0 else "十" if tens == 1 else f"{CHINESE_DIGITS[tens]}十"
    return words + (CHINESE_DIGITS[ones] if ones else "")
