"""Who is next, how many a week, and what the board of today shows."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from desktop.base.settings import Settings
from desktop.staff.office import Office
from desktop.visits import store
from desktop.visits.tables import Visit
from tests.helpers.clock import FixedClock
from tests.helpers.factories.places import (
    make_area,
    make_household,
    make_premises,
    make_staff_member,
    make_village,
)
from tests.helpers.factories.visits import make_request, make_visit


def next_ids(room: Office, limit: int = 10, area_id: str | None = None, *, cycle_days: int = 30) -> list[str]:
    with room.reading() as session:
        found = store.find_next_to_visit(session, room.today, limit, area_id, cycle_days=cycle_days)
    return [one.id for one in found]


def test_never_visited_come_first_and_then_the_longest_ago(room: Office) -> None:
    never, long_ago, longer_ago, lately = (make_household(room) for _ in range(4))
    shop = make_premises(room)
    staff = [make_staff_member(room)]
    make_visit(room, household_id=long_ago, visited_on="2026-01-10", staff_ids=staff)
    make_visit(room, household_id=longer_ago, visited_on="2025-12-01", staff_ids=staff)
    make_visit(room, household_id=lately, visited_on="2026-03-01", staff_ids=staff)
    make_visit(room, premises_id=shop, visited_on="2025-12-20", staff_ids=staff)
    assert next_ids(room) == [never, longer_ago, shop, long_ago]
    assert next_ids(room, 2) == [never, longer_ago]


def test_cycle_brings_a_household_back_on_its_last_day(room: Office) -> None:
    household = make_household(room)
    make_visit(room, household_id=household, visited_on="2026-02-03")
    assert next_ids(room, cycle_days=31) == []
    assert next_ids(room, cycle_days=30) == [household]


def test_not_met_is_no_visit_and_comes_back_after_three_days(room: Office, clock: FixedClock) -> None:
    household = make_household(room)
    staff = [make_staff_member(room)]
    make_visit(
        room, household_id=household, visited_on="2025-12-01", result="2", topics=None, staff_ids=staff
    )
    make_visit(room, household_id=household, result="2", topics=None, staff_ids=staff)
    assert next_ids(room) == []
    clock.move(timedelta(days=3))
    with room.reading() as session:
        (found,) = store.find_next_to_visit(session, room.today, 5)
    assert (found.last_visited_on, found.last_tried_on, found.missed_count) == (None, date(2026, 3, 5), 2)


def test_refusal_leaves_the_household_in_peace_for_a_whole_cycle(room: Office) -> None:
    household = make_household(room)
    make_visit(room, household_id=household, result="3", topics=None, visited_on="2026-02-20")
    assert next_ids(room) == []


def test_voided_visit_does_not_count(room: Office) -> None:
    household = make_household(room)
    visit = make_visit(room, household_id=household)
    room.void("visit", visit, "登记错户")
    assert next_ids(room) == [household]


def test_corrected_visit_counts_on_its_new_day_only(room: Office) -> None:
    household = make_household(room)
    visit = make_visit(room, household_id=household)
    room.change("visit", visit, {"visited_on": "2026-01-05"}, reason="日期写错")
    with room.reading() as session:
        (found,) = store.find_next_to_visit(session, room.today, 5, cycle_days=30)
    assert (found.id, found.last_visited_on) == (household, date(2026, 1, 5))


def test_void_household_waits_for_nobody(room: Office) -> None:
    room.void("household", make_household(room), "房屋已拆除")
    assert next_ids(room) == []


def test_area_means_all_that_lies_in_it(room: Office) -> None:
    village = make_village(room)
    group = make_area(room, parent_id=village)
    inside, outside = make_household(room, area_id=group), make_household(room)
    assert next_ids(room, area_id=village) == [inside]
    assert next_ids(room, area_id=group) == [inside]
    assert set(next_ids(room)) == {inside, outside}


def test_covered_households_are_counted_within_the_cycle(room: Office) -> None:
    visited, missed = make_household(room), make_household(room)
    make_household(room)
    make_visit(room, household_id=visited)
    make_visit(room, household_id=missed, result="2", topics=None)
    with room.reading() as session:
        assert store.count_covered(session, room.today) == (1, 3)


def test_weeks_count_each_household_once_and_keep_empty_weeks(room: Office) -> None:
    household, shop = make_household(room), make_premises(room)
    staff = [make_staff_member(room)]
    for values in (
        {"household_id": household, "visited_on": "2026-03-02"},
        {"household_id": household, "visited_on": "2026-03-03"},
        {"premises_id": shop, "visited_on": "2026-03-04"},
        {"object_name": "欧阳石头", "visited_on": "2026-03-05"},
        {"household_id": household, "visited_on": "2026-02-16", "result": "2", "topics": None},
        {"object_name": "丁石", "visited_on": "2026-02-17", "result": "3", "topics": None},
    ):
        make_visit(room, **values, staff_ids=staff)
    with room.reading() as session:
        weeks = store.count_by_week(session, date(2026, 2, 16), room.today)
        nobody = store.count_by_week(session, date(2026, 3, 2), room.today, staff_id="somebody else")
        his = store.count_by_week(session, date(2026, 3, 2), room.today, staff_id=staff[0])
    assert [(str(one.monday), one.household_count, one.premises_count, one.visit_count) for one in weeks] == [
        ("2026-02-16", 1, 0, 2),
        ("2026-02-23", 0, 0, 0),
        ("2026-03-02", 2, 1, 4),
    ]
    assert (weeks[0].not_met_count, weeks[0].declined_count) == (1, 1)
    assert nobody[0].visit_count == 0
    assert his[0].visit_count == 4


def test_planned_visit_shows_until_it_is_made(room: Office, clock: FixedClock) -> None:
    household = make_household(room, door_no="石桥村一组5号", head_name="马占山")
    staff = [make_staff_member(room)]
    visit = make_visit(
        room, household_id=household, next_on="2026-03-08", next_plan="带上户籍表", staff_ids=staff
    )
    with room.reading() as session:
        assert store.find_planned_visits(session, room.today) == []
    clock.move(timedelta(days=3))
    board = [one for one in room.board() if one.kind == "visit"]
    assert [(one.record_id, one.label, one.severity, one.section) for one in board] == [
        (visit, "约好再去：马占山 石桥村一组5号，带上户籍表", "due", "due")
    ]
    clock.move(timedelta(days=1))
    assert [(one.severity, one.section) for one in room.board() if one.kind == "visit"] == [
        ("overdue", "overdue")
    ]
    make_visit(room, household_id=household, staff_ids=staff)
    assert [one for one in room.board() if one.kind == "visit"] == []


def test_board_shows_requests_until_somebody_was_told(room: Office, clock: FixedClock) -> None:
    staff = make_staff_member(room)
    open_one, done = make_request(room), make_request(room, content="水渠堵了")
    room.step("request", open_one, "assign", {"staff_id": staff, "due_on": "2026-03-06"})
    room.step("request", done, "answer", {"finish_result": "当面讲清"})
    clock.move(timedelta(days=2))
    board = [one for one in room.board() if one.kind == "request"]
    assert [(one.record_id, one.severity, one.label) for one in board] == [
        (open_one, "overdue", "诉求办理中：二组路口的路灯坏了半个月")
    ]


def test_board_shows_a_few_who_wait_longest_and_no_more(room: Office) -> None:
    for _ in range(5):
        make_household(room, head_name="马占山", door_no="石桥村一组9号")
    make_premises(room)
    waiting = [one for one in room.board() if one.kind in {"household", "premises"}]
    assert [one.kind for one in waiting] == ["household"] * 3 + ["premises"]
    assert waiting[0].label == "马占山 石桥村一组9号：还没有走访过"
    assert {one.section for one in waiting} == {"visit"}


def test_board_goes_by_the_rooms_own_cycle(
    room: Office, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_visit(room)
    clock.move(timedelta(days=30))
    assert [one for one in room.board() if one.kind == "household"] == []
    monkeypatch.setattr(room, "settings", Settings(room.home, room={"visit_cycle_days": 30}))
    assert len([one for one in room.board() if one.kind == "household"]) == 1


def test_ledger_names_the_visited_by_door_by_name_or_by_place(room: Office) -> None:
    household = make_household(room, head_name="马占山", door_no="石桥村一组2号")
    staff = [make_staff_member(room)]
    ids = [
        make_visit(room, household_id=household, staff_ids=staff),
        make_visit(room, object_name="欧阳石头", staff_ids=staff),
    ]
    with room.reading() as session:
        visits = [session.get(Visit, (room.place.scope, one)) for one in ids]
        titles = store.find_visited_titles(session, [one for one in visits if one is not None])
    assert [titles[one] for one in ids] == ["马占山 石桥村一组2号", "欧阳石头"]


def test_requests_are_counted_by_their_visit(room: Office) -> None:
    visit = make_visit(room, requests=[{"request_class": "05", "content": "路灯坏了"}] * 2)
    quiet = make_visit(room)
    with room.reading() as session:
        assert store.count_requests_by_visit(session, [visit, quiet]) == {visit: 2}
