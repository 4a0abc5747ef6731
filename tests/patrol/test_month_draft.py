"""A month while somebody works on it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time

import pytest
from hypothesis import given, settings, strategies as st

from desktop.base.workdays import HolidayTable
from desktop.patrol import rules
from desktop.patrol.rules import Duty, LeaveSpan, MonthPlan, Person, PlannedShift
from desktop.patrol.ui.month_draft import MonthDraft

DUTIES = (
    Duty("01", "治安巡逻", "巡", "x", time(20), time(23)),
    Duty("04", "护学岗", "岗", "g", time(7, 20), time(8, 20)),
)
STORED = PlannedShift("a", date(2026, 3, 2), "01", time(20), time(23), "", "id-1", seen=("v",))


def draft_of(*shifts: PlannedShift, leaves: tuple[LeaveSpan, ...] = ()) -> MonthDraft:
    people = (Person("a", "马占山"), Person("b", "李秀兰"))
    plan = MonthPlan(2026, 3, people, DUTIES, shifts, leaves)
    return MonthDraft(plan, rules.day_marks(2026, 3, HolidayTable()))


def day(number: int) -> date:
    return date(2026, 3, number)


def test_typed_duty_is_added_with_its_hours() -> None:
    draft = draft_of()
    draft.put([("a", day(5))], "04")
    (added,) = draft.changes().added
    assert (added.staff_id, added.on, added.start_time, added.id) == ("a", day(5), time(7, 20), "")


def test_typing_the_stored_duty_again_changes_nothing() -> None:
    draft = draft_of(STORED)
    draft.put([("a", day(2))], "04")
    draft.put([("a", day(2))], "01")
    assert draft.changes().is_empty


def test_another_duty_replaces_the_stored_one() -> None:
    draft = draft_of(STORED)
    draft.put([("a", day(2))], "04")
    changes = draft.changes()
    assert ([one.id for one in changes.removed], [one.duty_type for one in changes.added]) == (
        ["id-1"],
        ["04"],
    )


def test_a_second_duty_stands_beside_the_first_in_the_order_of_hours() -> None:
    draft = draft_of(STORED)
    draft.put([("a", day(2))], "04", add=True)
    draft.put([("a", day(2))], "04", add=True)
    assert [shift.duty_type for shift in draft.shifts_at("a", day(2))] == ["04", "01"]
    assert draft.changes().removed == ()


def test_cleared_cell_is_removed() -> None:
    draft = draft_of(STORED)
    draft.clear([("a", day(2))])
    assert [one.id for one in draft.changes().removed] == ["id-1"]


def test_cell_is_copied_from_the_left_along_a_selection() -> None:
    draft = draft_of(STORED)
    draft.copy_from_left([("a", day(4)), ("a", day(3))])
    assert [one.on for one in draft.changes().added] == [day(3), day(4)]


def test_the_first_of_the_month_has_no_left() -> None:
    draft = draft_of(STORED)
    draft.copy_from_left([("a", day(1))])
    assert draft.changes().is_empty


def test_leader_of_a_day_leads_what_stands_and_what_is_typed_later() -> None:
    draft = draft_of(STORED)
    draft.toggle_lead("b", day(2))
    draft.put([("b", day(2))], "04")
    changes = draft.changes()
    assert ([one.lead_id for one in changes.led], [one.lead_id for one in changes.added]) == (["b"], ["b"])
    draft.toggle_lead("b", day(2))
    assert (draft.changes().led, draft.leads("b", day(2))) == ((), False)


def test_a_stored_duty_that_is_typed_again_follows_the_new_leader() -> None:
    draft = draft_of(STORED, replace(STORED, staff_id="b", id="id-2"))
    draft.clear([("a", day(2))])
    draft.toggle_lead("b", day(2))
    draft.put([("a", day(2))], "01")
    assert {one.id: one.lead_id for one in draft.changes().led} == {"id-1": "b", "id-2": "b"}


def test_undo_takes_back_one_change_at_a_time() -> None:
    draft = draft_of(STORED)
    draft.clear([("a", day(2))])
    draft.put([("b", day(2))], "04")
    draft.undo()
    assert (draft.changes().added, len(draft.changes().removed)) == ((), 1)
    draft.undo()
    assert (draft.changes().is_empty, draft.can_undo) == (True, False)


def test_a_change_that_changes_nothing_is_no_step_of_undo() -> None:
    draft = draft_of(STORED)
    draft.clear([("a", day(9))])
    assert not draft.can_undo


def test_counts_and_leave_are_told_by_person_and_day() -> None:
    draft = draft_of(STORED, leaves=(LeaveSpan("b", day(30), date(2026, 4, 3)),))
    assert (draft.person_counts("a"), draft.people_on(day(2)), draft.is_away("b", day(31))) == (
        (1, 1),
        1,
        True,
    )
    assert not draft.is_away("b", day(29))


def test_clash_over_the_edge_of_the_month_is_told_in_the_month() -> None:
    night = PlannedShift("a", date(2026, 2, 28), "01", time(22), time(6), "a", "id-0")
    draft = draft_of(night)
    draft.put([("a", day(1))], "04")
    assert [clash.shift.on for clash in draft.clashes() if clash.other] == [day(1)]


def test_a_published_month_says_so() -> None:
    assert (draft_of(STORED).is_published, draft_of(replace(STORED, is_published=True)).is_published) == (
        False,
        True,
    )


cells = st.tuples(st.sampled_from("ab"), st.integers(1, 31).map(day))
steps = st.lists(
    st.tuples(
        st.sampled_from(["put", "add", "clear", "copy", "lead"]),
        st.lists(cells, min_size=1, max_size=3),
        st.sampled_from(["01", "04"]),
    ),
    max_size=12,
)


def take(draft: MonthDraft, step: tuple[str, list[tuple[str, date]], str]) -> None:
    name, chosen, code = step
    if name in {"put", "add"}:
        draft.put(chosen, code, add=name == "add")
    elif name == "clear":
        draft.clear(chosen)
    elif name == "copy":
        draft.copy_from_left(chosen)
    else:
        draft.toggle_lead(*chosen[0])


@settings(deadline=None)
@given(steps)
def test_changes_lead_from_what_is_stored_to_what_is_shown(
    taken: list[tuple[str, list[tuple[str, date]], str]],
) -> None:
    stored = (STORED, replace(STORED, staff_id="b", on=day(7), id="id-2"))
    draft = draft_of(*stored)
    for step in taken:
        take(draft, step)
    changes = draft.changes()
    result = {shift.id: shift for shift in stored if shift not in changes.removed}
    result |= {shift.id: shift for shift in changes.led}
    expected = sorted(
        [*result.values(), *changes.added], key=lambda one: (one.staff_id, one.span, one.duty_type)
    )
    assert sorted(draft.all_shifts(), key=lambda one: (one.staff_id, one.span, one.duty_type)) == expected


@settings(deadline=None)
@given(steps)
def test_undoing_everything_leads_back(taken: list[tuple[str, list[tuple[str, date]], str]]) -> None:
    draft = draft_of(STORED)
    for step in taken:
        take(draft, step)
    while draft.can_undo:
        draft.undo()
    assert draft.changes().is_empty


@pytest.mark.parametrize("code", ["01", "04"])
def test_every_duty_of_the_plan_can_be_typed(code: str) -> None:
    draft = draft_of()
    draft.put([("a", day(1))], code)
    assert draft.shifts_at("a", day(1))[0].duty_type == code
