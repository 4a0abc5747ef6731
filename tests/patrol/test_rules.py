"""What a roster may hold, and what a patrol counts as."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings, strategies as st

from desktop.base.workdays import HolidayTable
from desktop.patrol import rules
from desktop.patrol.rules import ClashKind, LeaveSpan, PlannedShift
from tests.helpers.factories.patrol import planned

MARCH_5 = date(2026, 3, 5)


def kinds(*shifts: PlannedShift, leaves: tuple[LeaveSpan, ...] = ()) -> list[ClashKind]:
    return [clash.kind for clash in rules.clashes(shifts, leaves)]


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("begin", "end", "minutes"),
    [("20:00", "23:00", 180), ("23:00", "02:00", 180), ("08:00", "08:00", 1440), ("00:00", "00:01", 1)],
)
def test_length_of_a_shift_goes_over_midnight(begin: str, end: str, minutes: int) -> None:
    assert rules.minutes(time.fromisoformat(begin), time.fromisoformat(end)) == minutes


def test_length_is_nothing_while_an_end_is_not_known() -> None:
    assert rules.minutes(time(20), None) == 0


@pytest.mark.parametrize(
    ("begin", "end", "is_night"),
    [
        ("20:00", "22:00", False),
        ("20:00", "22:01", True),
        ("23:00", "02:00", True),
        ("05:59", "08:00", True),
        ("06:00", "08:00", False),
        ("08:00", "20:00", False),
    ],
)
def test_night_is_what_touches_ten_to_six(begin: str, end: str, is_night: bool) -> None:
    assert rules.is_night(planned(begin=begin, end=end)) is is_night


def test_one_person_in_two_shifts_at_once_clashes() -> None:
    assert kinds(
        planned(begin="20:00", end="22:00"), planned(begin="21:00", end="22:00", duty_type="04")
    ) == [ClashKind.OVERLAP]


def test_two_people_in_one_shift_do_not_clash() -> None:
    assert kinds(planned("a"), planned("b")) == []


def test_shifts_that_touch_do_not_overlap() -> None:
    assert kinds(planned(begin="08:00", end="12:00"), planned(begin="12:00", end="18:00")) == []


def test_a_shift_over_midnight_clashes_with_the_next_morning() -> None:
    night = planned(begin="22:00", end="06:00")
    morning = planned(on=MARCH_5 + timedelta(days=1), begin="05:00", end="07:00")
    assert kinds(night, morning) == [ClashKind.OVERLAP]


@pytest.mark.parametrize(("begin", "expected"), [("09:59", [ClashKind.SHORT_REST]), ("10:00", [])])
def test_eight_hours_of_rest_follow_a_night_shift(begin: str, expected: list[ClashKind]) -> None:
    night = planned(begin="23:00", end="02:00")
    assert kinds(night, planned(on=MARCH_5 + timedelta(days=1), begin=begin, end="12:00")) == expected


def test_rest_is_judged_against_the_first_shift_after_the_night_also_when_another_overlaps() -> None:
    night = planned(begin="22:00", end="06:00")
    inside = planned(on=MARCH_5 + timedelta(days=1), begin="01:00", end="02:00")
    after = planned(on=MARCH_5 + timedelta(days=1), begin="08:00", end="09:00")
    assert sorted(kinds(night, inside, after)) == [
        ClashKind.OVERLAP,
        ClashKind.SHORT_REST,
        ClashKind.SHORT_REST,
    ]


@pytest.mark.parametrize(("day", "clashes"), [(4, False), (5, True), (7, True), (8, False)])
def test_a_shift_on_leave_clashes_on_every_day_of_the_leave(day: int, clashes: bool) -> None:
    leave = LeaveSpan("a", MARCH_5, date(2026, 3, 7))
    found = kinds(planned(on=date(2026, 3, day)), leaves=(leave,))
    assert (found == [ClashKind.ON_LEAVE]) is clashes


def test_anothers_leave_does_not_clash() -> None:
    assert kinds(planned("a"), leaves=(LeaveSpan("b", MARCH_5, MARCH_5),)) == []


def test_a_shift_without_a_leader_is_told_once() -> None:
    assert kinds(planned("a", lead_id=""), planned("b", lead_id="")) == [ClashKind.NO_LEAD]


def test_one_who_knows_the_leader_is_enough_for_the_shift() -> None:
    assert kinds(planned("a", lead_id=""), planned("b", lead_id="b")) == []


shift_days = st.dates(date(2026, 3, 1), date(2026, 3, 6))
hours = st.integers(0, 23).map(time)
shifts = st.builds(
    PlannedShift,
    staff_id=st.sampled_from("ab"),
    on=shift_days,
    duty_type=st.sampled_from(["01", "04"]),
    start_time=hours,
    end_time=hours,
    lead_id=st.just("x"),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(shifts, max_size=6))
def test_overlaps_are_exactly_the_pairs_that_share_a_moment(rows: list[PlannedShift]) -> None:
    expected = sum(
        one.staff_id == other.staff_id and one.span[0] < other.span[1] and other.span[0] < one.span[1]
        for place, one in enumerate(rows)
        for other in rows[:place]
    )
    assert kinds(*rows).count(ClashKind.OVERLAP) == expected


@settings(max_examples=60, deadline=None)
@given(
    people=st.integers(1, 5),
    per_shift=st.integers(1, 3),
    begin=st.integers(0, 23),
    length=st.integers(1, 12),
    leaves=st.lists(st.tuples(st.integers(0, 4), st.integers(1, 31), st.integers(0, 6)), max_size=4),
)
def test_a_drafted_month_never_clashes(
    people: int, per_shift: int, begin: int, length: int, leaves: list[tuple[int, int, int]]
) -> None:
    duty = rules.duty_of("01", "治安巡逻", hours=(time(begin), time((begin + length) % 24)))
    away = [
        LeaveSpan(str(who), date(2026, 3, day), date(2026, 3, day) + timedelta(days=n))
        for who, day, n in leaves
    ]
    names = [str(number) for number in range(people)]
    days = rules.days_of_month(2026, 3)
    drafted = rules.share_out(names, days, duty, per_shift=per_shift, leaves=away, lead_id="0")
    assert rules.clashes(drafted, away) == []
    assert all(sum(one.on == day for one in drafted) <= per_shift for day in days)


def test_a_draft_is_fair_when_everybody_can_come() -> None:
    drafted = rules.share_out("abc", rules.days_of_month(2026, 4), rules.duty_of("01", "巡"), per_shift=2)
    assert {person: sum(one.staff_id == person for one in drafted) for person in "abc"} == {
        "a": 20,
        "b": 20,
        "c": 20,
    }


def test_a_draft_shares_rest_days_as_fairly() -> None:
    days = rules.days_of_month(2026, 3)
    rest = {day for day in days if day.weekday() >= 5}
    drafted = rules.share_out("abc", days, rules.duty_of("01", "巡"), per_shift=1, rest_days=rest)
    counts = [sum(one.staff_id == person and one.on in rest for one in drafted) for person in "abc"]
    assert (max(counts) - min(counts), len(drafted)) == (0, 31)


def test_days_are_marked_by_the_yearly_notice(holidays_2026: HolidayTable) -> None:
    marks = {one.day.day: (one.mark, one.is_rest) for one in rules.day_marks(2026, 2, holidays_2026)}
    assert (marks[13], marks[14], marks[16], marks[8]) == (
        ("", False),
        ("班", False),
        ("休", True),
        ("", True),
    )


@pytest.mark.parametrize(
    ("arrived", "left", "expected"),
    [
        (None, None, rules.ABSENT),
        ("2026-03-05T22:50", None, rules.PRESENT),
        ("2026-03-05T23:10", "2026-03-06T01:50", rules.PRESENT),
        ("2026-03-05T23:11", "2026-03-06T02:00", rules.LATE),
        ("2026-03-05T23:00", "2026-03-06T01:49", rules.LEFT_EARLY),
        ("2026-03-05T23:11", "2026-03-06T01:49", rules.LATE_AND_EARLY),
    ],
)
def test_attendance_is_told_over_midnight(arrived: str | None, left: str | None, expected: str) -> None:
    found = rules.attendance(
        MARCH_5, time(23), time(2), arrived=at(arrived) if arrived else None, left=at(left) if left else None
    )
    assert found == expected


@pytest.mark.parametrize(
    ("values", "codes"),
    [
        ({"patrol_on": date(2026, 3, 6), "leader_id": "a"}, ["PAT-004"]),
        ({"patrol_on": MARCH_5, "leader_id": "a", "start_time": time(8), "end_time": time(8)}, ["PAT-005"]),
        ({"patrol_on": MARCH_5, "leader_id": "a", "start_time": time(8), "end_time": time(0)}, []),
        ({"patrol_on": MARCH_5}, ["PAT-006"]),
        ({"patrol_on": MARCH_5, "volunteers_count": 2}, []),
    ],
)
def test_a_patrol_needs_a_day_a_length_and_people(values: dict[str, object], codes: list[str]) -> None:
    assert [one.code for one in rules.patrol_problems(values, MARCH_5)] == codes


@pytest.mark.parametrize(
    ("values", "codes"),
    [
        ({"attendance": "1"}, ["PAT-009"]),
        ({"attendance": "5"}, []),
        ({"attendance": "5", "arrived_at": at("2026-03-05T20:00")}, ["PAT-008"]),
        ({"arrived_at": at("2026-03-05T20:00"), "left_at": at("2026-03-05T19:00")}, ["PAT-007"]),
    ],
)
def test_a_sign_in_agrees_with_itself(values: dict[str, object], codes: list[str]) -> None:
    assert [one.code for one in rules.sign_in_problems(values, MARCH_5)] == codes


def test_every_duty_has_a_key_and_a_character_of_its_own() -> None:
    shorts, keys = zip(*((short, key) for short, key, *_rest in rules.DUTY_MARKS.values()), strict=True)
    assert len(set(shorts)) == len(set(keys)) == len(rules.DUTY_MARKS)


def test_a_month_has_its_days_also_in_a_leap_year() -> None:
    days = rules.days_of_month(2028, 2)
    assert (
        days[0],
        days[-1],
        all(after - before == timedelta(days=1) for before, after in pairwise(days)),
    ) == (
        date(2028, 2, 1),
        date(2028, 2, 29),
        True,
    )


def test_clash_is_told_in_a_sentence_that_names_day_person_and_duties() -> None:
    clash = rules.clashes(
        [planned(begin="20:00", end="22:00"), planned(begin="21:00", end="23:00", duty_type="04")]
    )[0]
    told = rules.clash_sentence(clash, {"a": "马占山"}, {"01": "治安巡逻", "04": "护学岗"})
    assert told == "3月5日 马占山的护学岗（21:00起）和治安巡逻（到22:00）时间重叠"
