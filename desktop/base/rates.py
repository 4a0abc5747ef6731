# ruff: noqa: RUF002, RUF003 - a loss is printed with a minus sign, not with a hyphen
"""Rates and comparisons as monthly reports print them: one decimal, half up, never a rate of nothing.

On paper, so never translated. The formula that a rate follows is the report's business.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

NO_RATE = "—"
NEW = "新增"
UNCHANGED = "持平"
_MINUS = "\N{MINUS SIGN}"
_ONE_DECIMAL = Decimal("0.1")


def percent(numerator: int, denominator: int) -> Decimal | None:
    """The rate in percent with one decimal, rounded half up; None when the denominator is 0."""
    if denominator == 0:
        return None
    return (Decimal(numerator) * 100 / Decimal(denominator)).quantize(_ONE_DECIMAL, ROUND_HALF_UP)


def rate(numerator: int, denominator: int) -> str:
    """The rate as it is printed: 96.9 %; a dash when there is nothing to be a part of."""
    value = percent(numerator, denominator)
    return NO_RATE if value is None else f"{_signed(value, plus='')} %"


def year_on_year(current: int, previous: int) -> str:
    """The change against an earlier period: −15.5 %, +3.5 %, 新增 from nothing, 持平 when equal.

    Serves 环比 alike; which period is the earlier one is the caller's choice.
    """
    if current == previous:
        return UNCHANGED
    value = percent(current - previous, previous)
    return NEW if value is None else f"{_signed(value, plus='+')} %"


def point_difference(current: tuple[int, int], previous: tuple[int, int]) -> str:
    """The change of a rate in percentage points, taken between the rates as printed, so that a reader can check it.

    Shape:   each rate is (numerator, denominator); a dash when one of them is no rate.
    """
    now, before = percent(*current), percent(*previous)
    if now is None or before is None:
        return NO_RATE
    if now == before:
        return UNCHANGED
    return f"{_signed(now - before, plus='+')} 个百分点"


def _signed(value: Decimal, *, plus: str) -> str:
    # Zero after rounding keeps the sign of what was rounded: a small loss is shown as −0.0.
    return (_MINUS if value.is_signed() else plus) + f"{abs(value):.1f}"
