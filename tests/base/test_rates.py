# ruff: noqa: RUF001 - the minus sign on paper is what the tests are about
from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from desktop.base.rates import percent, point_difference, rate, year_on_year


@pytest.mark.parametrize(
    ("numerator", "denominator", "printed"),
    [
        (842, 869, "96.9 %"),
        (6217, 6368, "97.6 %"),
        (134, 138, "97.1 %"),
        (0, 0, "—"),
        (3, 0, "—"),
        (0, 5, "0.0 %"),
        (5, 5, "100.0 %"),
        (1, 2000, "0.1 %"),
        (1, 16, "6.3 %"),
    ],
)
def test_rate_has_one_decimal_rounded_half_up(numerator: int, denominator: int, printed: str) -> None:
    assert rate(numerator, denominator) == printed


@pytest.mark.parametrize(
    ("current", "previous", "printed"),
    [
        (869, 1028, "−15.5 %"),
        (869, 840, "+3.5 %"),
        (5, 0, "新增"),
        (0, 0, "持平"),
        (7, 7, "持平"),
        (0, 7, "−100.0 %"),
        (9999, 10000, "−0.0 %"),
        (1687, 2000, "−15.7 %"),
    ],
)
def test_year_on_year_tells_growth_loss_and_a_start_from_nothing(
    current: int, previous: int, printed: str
) -> None:
    assert year_on_year(current, previous) == printed


def test_point_difference_compares_the_printed_rates() -> None:
    assert point_difference((842, 869), (90, 100)) == "+6.9 个百分点"
    assert point_difference((90, 100), (842, 869)) == "−6.9 个百分点"
    assert point_difference((1, 3), (2, 6)) == "持平"
    assert point_difference((1, 3), (0, 0)) == "—"


@given(st.integers(0, 10**9), st.integers(1, 10**9))
def test_percent_is_within_half_of_the_last_place(numerator: int, denominator: int) -> None:
    value = percent(numerator, denominator)
    assert value is not None
    assert abs(value * 10 * denominator - 1000 * numerator) * 2 <= denominator
