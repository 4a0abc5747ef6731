"""States and deadlines of a hazard as tables of cases."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, strategies as st

from desktop.base.workdays import HolidayTable
from desktop.hazards import rules

TODAY = date(2026, 3, 5)
STATES = (rules.REGISTERED, rules.RECTIFYING, rules.FAILED, rules.PASSED, rules.REFERRED, rules.CLOSED)
DAYS = st.dates(date(2020, 1, 1), date(2040, 1, 1))


@pytest.mark.parametrize(
    ("state", "steps"),
    [
        (None, {"fix_on_the_spot", "set_deadline", "refer"}),
        (rules.REGISTERED, {"fix_on_the_spot", "set_deadline", "refer"}),
        (rules.RECTIFYING, {"extend_deadline", "recheck", "refer"}),
        (rules.FAILED, {"set_deadline", "refer"}),
        (rules.PASSED, {"close"}),
        (rules.REFERRED, {"close"}),
        (rules.CLOSED, set()),
    ],
)
def test_state_allows_these_steps_only(state: str | None, steps: set[str]) -> None:
    assert {step for step in rules.ALLOWED_IN if rules.may_take(step, state)} == steps


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        pytest.param({"found_on": TODAY, "place": "涝池"}, [], id="found today"),
        pytest.param({"found_on": TODAY, "household_id": "h"}, [], id="the household is the place"),
        pytest.param({"found_on": TODAY + timedelta(1), "place": "涝池"}, ["HAZ-001"], id="found tomorrow"),
        pytest.param({"household_id": "h", "premises_id": "p"}, ["HAZ-002"], id="two doors"),
        pytest.param({"found_on": TODAY}, ["HAZ-003"], id="nowhere"),
    ],
)
def test_hazard_is_refused_for(values: dict[str, Any], expected: list[str]) -> None:
    assert [one.code for one in rules.hazard_problems(values, TODAY)] == expected


@pytest.mark.parametrize(
    ("due_on", "expected"),
    [
        pytest.param(date(2026, 3, 5), None, id="today"),
        pytest.param(date(2026, 3, 20), None, id="the fifteenth day"),
        pytest.param(date(2026, 3, 21), "HAZ-005", id="the sixteenth day"),
        pytest.param(date(2026, 3, 4), "HAZ-004", id="yesterday"),
    ],
)
def test_deadline_lies_within_fifteen_days(due_on: date, expected: str | None) -> None:
    problem = rules.deadline_problem(due_on, TODAY)
    assert (problem.code if problem else None) == expected


@pytest.mark.parametrize(
    ("extended_to_on", "due_on", "expected"),
    [
        pytest.param(date(2026, 3, 25), date(2026, 3, 15), None, id="ten more days"),
        pytest.param(date(2026, 3, 30), date(2026, 3, 15), None, id="fifteen more days"),
        pytest.param(date(2026, 3, 31), date(2026, 3, 15), "HAZ-007", id="sixteen more days"),
        pytest.param(date(2026, 3, 15), date(2026, 3, 15), "HAZ-006", id="no later"),
        pytest.param(date(2026, 3, 3), date(2026, 3, 1), "HAZ-006", id="already past"),
        pytest.param(date(2026, 3, 20), date(2026, 3, 1), None, id="late, from today"),
        pytest.param(date(2026, 3, 21), date(2026, 3, 1), "HAZ-007", id="late, too far from today"),
        pytest.param(date(2026, 3, 6), None, None, id="no deadline yet"),
    ],
)
def test_extension_moves_forward_by_one_term(
    extended_to_on: date, due_on: date | None, expected: str | None
) -> None:
    problem = rules.extension_problem(extended_to_on, due_on, TODAY)
    assert (problem.code if problem else None) == expected


@pytest.mark.parametrize(
    ("state", "found_on", "due_on", "expected"),
    [
        pytest.param(rules.REGISTERED, TODAY, None, "due", id="new today"),
        pytest.param(None, TODAY - timedelta(1), None, "overdue", id="undecided since yesterday"),
        pytest.param(rules.RECTIFYING, TODAY, TODAY + timedelta(4), "", id="four days left"),
        pytest.param(rules.RECTIFYING, TODAY, TODAY + timedelta(3), "due", id="reminded three days before"),
        pytest.param(rules.RECTIFYING, TODAY, TODAY, "due", id="due today"),
        pytest.param(rules.RECTIFYING, TODAY, TODAY - timedelta(1), "overdue", id="overdue"),
        pytest.param(rules.FAILED, TODAY, TODAY + timedelta(9), "overdue", id="failed presses at once"),
        pytest.param(rules.PASSED, TODAY, None, "plain", id="to be struck off"),
        pytest.param(rules.REFERRED, TODAY, None, "plain", id="waits for the receipt"),
        pytest.param(rules.CLOSED, TODAY, TODAY - timedelta(9), "", id="closed"),
    ],
)
def test_severity(state: str | None, found_on: date, due_on: date | None, expected: str) -> None:
    assert rules.severity(state, found_on, due_on, TODAY) == expected


@given(day=DAYS, most=st.integers(1, 60), shift=st.integers(-100, 100))
def test_deadline_is_accepted_exactly_inside_its_span(day: date, most: int, shift: int) -> None:
    problem = rules.deadline_problem(day + timedelta(days=shift), day, most)
    assert (problem is None) == (0 <= shift <= most)


@given(state=st.sampled_from(STATES), found=DAYS, due=DAYS, day=DAYS)
def test_nothing_presses_less_on_a_later_day(state: str, found: date, due: date, day: date) -> None:
    order = {"": 0, "plain": 0, "due": 1, "overdue": 2}
    earlier = rules.severity(state, found, due, day)
    later = rules.severity(state, found, due, day + timedelta(days=1))
    assert order[later] >= order[earlier]


def test_recheck_is_due_on_the_third_working_day_after_the_deadline() -> None:
    assert rules.recheck_by(date(2026, 3, 5), HolidayTable()) == date(2026, 3, 10)


@pytest.mark.parametrize(
    ("day", "expected"),
    [(TODAY, None), (TODAY + timedelta(1), "HAZ-008"), (TODAY - timedelta(3), "HAZ-009")],
)
def test_day_of_a_deed_lies_between_the_finding_and_today(day: date, expected: str | None) -> None:
    problem = rules.day_problem("closed_on", day, TODAY - timedelta(2), TODAY)
    assert (problem.code if problem else None) == expected
