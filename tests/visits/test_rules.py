"""What a visit and a request need, and how a request presses, as tables of cases."""

from __future__ import annotations

from datetime import date, time, timedelta
from typing import Any

import pytest
from hypothesis import given, strategies as st

from desktop.visits import rules

TODAY = date(2026, 3, 5)
STATES = (rules.REGISTERED, rules.IN_HAND, rules.FINISHED, rules.TOLD_BACK)
DAYS = st.dates(date(2020, 1, 1), date(2040, 1, 1))


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        pytest.param({"household_id": "h", "result": "1", "topics": ["02"]}, [], id="visited, with a topic"),
        pytest.param(
            {"household_id": "h", "result": "1", "opinions": "路灯"}, [], id="visited, with an opinion"
        ),
        pytest.param({"household_id": "h", "result": "1"}, ["VIS-005"], id="visited, nothing said"),
        pytest.param({"household_id": "h", "result": "2"}, [], id="not met needs no content"),
        pytest.param({"household_id": "h", "result": "3"}, [], id="a refusal needs no reason"),
        pytest.param({"household_id": "h", "result": "4"}, [], id="empty house"),
        pytest.param({"result": "3"}, ["VIS-001"], id="nobody named"),
        pytest.param({"object_name": "欧阳石头", "result": "3"}, [], id="a free name"),
        pytest.param({"premises_id": "p", "object_type": "03", "result": "2"}, [], id="a shop"),
        pytest.param(
            {"premises_id": "p", "object_type": "01", "result": "2"},
            ["VIS-011"],
            id="a shop told as a household",
        ),
        pytest.param({"household_id": "h", "premises_id": "p", "result": "2"}, ["VIS-002"], id="two doors"),
        pytest.param({"mode": "3", "place": "文化广场", "result": "2"}, [], id="a meeting has a place"),
        pytest.param({"mode": "4", "result": "2"}, ["VIS-006"], id="a meeting nowhere"),
        pytest.param(
            {"household_id": "h", "result": "2", "visited_on": TODAY + timedelta(1)},
            ["VIS-004"],
            id="tomorrow",
        ),
        pytest.param({"household_id": "h", "result": "2", "visited_on": TODAY}, [], id="today"),
        pytest.param(
            {"household_id": "h", "result": "2", "start_time": time(10), "end_time": time(9)},
            ["VIS-003"],
            id="times the wrong way round",
        ),
        pytest.param(
            {"household_id": "h", "result": "2", "start_time": time(9), "end_time": time(9)},
            [],
            id="a short call",
        ),
    ],
)
def test_visit_is_refused_for(values: dict[str, Any], expected: list[str]) -> None:
    assert [one.code for one in rules.visit_problems(values, TODAY)] == expected


@pytest.mark.parametrize(
    ("state", "steps"),
    [
        (None, {"assign", "answer", "raise_order"}),
        (rules.REGISTERED, {"assign", "answer", "raise_order"}),
        (rules.IN_HAND, {"assign", "record_progress", "finish", "raise_order"}),
        (rules.FINISHED, {"tell_back"}),
        (rules.TOLD_BACK, set()),
    ],
)
def test_state_of_a_request_allows_these_steps_only(state: str | None, steps: set[str]) -> None:
    assert {step for step in rules.ALLOWED_IN if rules.may_take(step, state)} == steps


@pytest.mark.parametrize(
    ("state", "raised_on", "due_on", "expected"),
    [
        pytest.param(rules.REGISTERED, TODAY, None, "due", id="raised today"),
        pytest.param(None, TODAY - timedelta(1), None, "overdue", id="nobody took it yesterday"),
        pytest.param(rules.IN_HAND, TODAY, TODAY + timedelta(4), "", id="four days left"),
        pytest.param(rules.IN_HAND, TODAY, TODAY + timedelta(3), "due", id="three days left"),
        pytest.param(rules.IN_HAND, TODAY, TODAY, "due", id="due today"),
        pytest.param(rules.IN_HAND, TODAY, TODAY - timedelta(1), "overdue", id="overdue"),
        pytest.param(rules.IN_HAND, TODAY, None, "due", id="in hand without a day"),
        pytest.param(rules.FINISHED, TODAY, TODAY - timedelta(9), "due", id="to be told back"),
        pytest.param(rules.TOLD_BACK, TODAY, TODAY - timedelta(9), "", id="told back"),
    ],
)
def test_severity_of_a_request(
    state: str | None, raised_on: date, due_on: date | None, expected: str
) -> None:
    assert rules.severity(state, raised_on, due_on, TODAY) == expected


@pytest.mark.parametrize(
    ("state", "due_on", "finished_on", "expected"),
    [
        pytest.param(rules.IN_HAND, TODAY - timedelta(1), None, True, id="late and open"),
        pytest.param(rules.IN_HAND, TODAY, None, False, id="due today"),
        pytest.param(
            rules.FINISHED, TODAY - timedelta(9), TODAY - timedelta(9), False, id="finished in time"
        ),
        pytest.param(rules.TOLD_BACK, TODAY - timedelta(9), TODAY - timedelta(8), True, id="finished late"),
        pytest.param(rules.REGISTERED, None, None, False, id="never due"),
    ],
)
def test_request_is_overdue(
    state: str, due_on: date | None, finished_on: date | None, expected: bool
) -> None:
    assert rules.is_overdue(state, due_on, finished_on, TODAY) is expected


@pytest.mark.parametrize(
    ("due_on", "raised_on", "expected"),
    [
        (TODAY, TODAY, None),
        (TODAY - timedelta(1), TODAY - timedelta(5), "VIS-008"),
        (TODAY, TODAY + timedelta(1), "VIS-008"),
        (TODAY, None, None),
    ],
)
def test_request_is_never_due_in_the_past(due_on: date, raised_on: date | None, expected: str | None) -> None:
    problem = rules.due_problem(due_on, raised_on, TODAY)
    assert (problem.code if problem else None) == expected


@pytest.mark.parametrize(
    ("day", "not_before", "expected"),
    [
        (TODAY, TODAY, None),
        (TODAY, None, None),
        (TODAY + timedelta(1), None, "VIS-009"),
        (TODAY - timedelta(1), TODAY, "VIS-010"),
    ],
)
def test_day_of_a_step(day: date, not_before: date | None, expected: str | None) -> None:
    problem = rules.day_problem("told_on", day, not_before, TODAY)
    assert (problem.code if problem else None) == expected


@pytest.mark.parametrize(
    ("raised_on", "expected"), [(TODAY, []), (TODAY + timedelta(1), ["VIS-007"]), (None, [])]
)
def test_request_is_refused_for_a_day_to_come(raised_on: date | None, expected: list[str]) -> None:
    assert [one.code for one in rules.request_problems({"raised_on": raised_on}, TODAY)] == expected


@given(state=st.sampled_from(STATES), raised=DAYS, due=DAYS, day=DAYS)
def test_no_request_presses_less_on_a_later_day(state: str, raised: date, due: date, day: date) -> None:
    order = {"": 0, "due": 1, "overdue": 2}
    earlier = rules.severity(state, raised, due, day)
    later = rules.severity(state, raised, due, day + timedelta(days=1))
    assert order[later] >= order[earlier]


@given(day=DAYS)
def test_week_begins_on_the_monday_before(day: date) -> None:
    monday = rules.week_of(day)
    assert monday.weekday() == 0
    assert 0 <= (day - monday).days < 7


def test_progress_keeps_every_line_under_its_day() -> None:
    first = rules.append_progress(None, date(2026, 3, 5), "已联系电工")
    assert (
        rules.append_progress(first, date(2026, 3, 6), "灯已修好")
        == "2026-03-05 已联系电工\n2026-03-06 灯已修好"
    )


def test_cycle_of_a_week_brings_last_monday_back_this_monday() -> None:
    assert rules.waits_when_seen_by(date(2026, 3, 9), 7) == date(2026, 3, 2)
    assert rules.waits_when_seen_by(date(2026, 3, 9), 0) == date(2026, 3, 8)
    assert rules.may_retry_when_tried_by(date(2026, 3, 9), 3) == date(2026, 3, 6)
