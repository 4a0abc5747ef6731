"""The month grid's doors: what is saved, what needs a reason, what is refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time

import pytest

from desktop.base.errors import RuleBroken
from desktop.patrol import roster, store
from desktop.patrol.rules import ClashKind, MonthChanges, MonthPlan, PlannedShift
from desktop.staff.catalogue import BoardFacts
from desktop.staff.office import Office
from tests.helpers.factories.patrol import make_people, make_shift, planned


def plan_of(room: Office, month: int = 3) -> MonthPlan:
    return roster.read_month(room, 2026, month)


def publish(room: Office, month: int = 3) -> None:
    with room.working() as work:
        roster.publish_month(work, 2026, month)


def test_added_shifts_are_in_the_plan_that_is_read_next(room: Office) -> None:
    (person,) = make_people(room, 1)
    added = planned(person, date(2026, 3, 31), "23:00", "02:00", lead_id=person)

    changed = roster.save_month(room, MonthChanges(added=(added,)))

    (shift,) = plan_of(room).shifts
    assert (replace(shift, id="", seen=()), shift.id) == (added, changed[0][1])


def test_the_same_save_twice_adds_nothing_more(room: Office) -> None:
    (person,) = make_people(room, 1)
    changes = MonthChanges(added=(planned(person),))

    roster.save_month(room, changes)
    again = roster.save_month(room, changes)

    assert (len(plan_of(room).shifts), again) == (1, ())


def test_a_removed_draft_is_gone_without_a_reason(room: Office) -> None:
    (person,) = make_people(room, 1)
    make_shift(room, person)

    roster.save_month(room, MonthChanges(removed=plan_of(room).shifts))

    assert plan_of(room).shifts == ()


def test_a_published_shift_is_not_removed_without_a_reason(room: Office) -> None:
    (person,) = make_people(room, 1)
    make_shift(room, person, duty_lead_id=person)
    publish(room)

    with pytest.raises(RuleBroken) as refused:
        roster.save_month(room, MonthChanges(removed=plan_of(room).shifts))

    assert (refused.value.code, len(plan_of(room).shifts)) == ("PAT-010", 1)


def test_a_published_shift_that_is_removed_stays_as_void_with_its_reason(room: Office) -> None:
    (person,) = make_people(room, 1)
    shift_id = make_shift(room, person, duty_lead_id=person)
    publish(room)

    roster.save_month(room, MonthChanges(removed=plan_of(room).shifts, reason="市集改期"))

    shown = room.show("shift", shift_id)
    assert (shown["is_void"], plan_of(room).shifts) == (True, ())


def test_a_draft_to_which_somebody_came_is_not_removed_without_a_reason(room: Office) -> None:
    (person,) = make_people(room, 1)
    shift_id = make_shift(room, person)
    room.step("shift", shift_id, "sign_in", {})

    with pytest.raises(RuleBroken, match="PAT-010"):
        roster.save_month(room, MonthChanges(removed=plan_of(room).shifts))


def test_a_shift_added_to_a_published_month_is_published_with_its_reason(room: Office) -> None:
    first, second = make_people(room, 2)
    make_shift(room, first, duty_lead_id=first)
    publish(room)

    roster.save_month(room, MonthChanges(added=(planned(second, lead_id=first),), reason="临时加岗"))

    assert [shift.is_published for shift in plan_of(room).shifts] == [True, True]


def test_an_unknown_person_is_refused_and_nothing_is_written(room: Office) -> None:
    (person,) = make_people(room, 1)

    with pytest.raises(RuleBroken, match="PAT-011"):
        roster.save_month(room, MonthChanges(added=(planned(person), planned("nobody"))))

    assert plan_of(room).shifts == ()


def test_a_leader_is_written_to_standing_shifts(room: Office) -> None:
    (person,) = make_people(room, 1)
    make_shift(room, person)
    led = tuple(replace(shift, lead_id=person) for shift in plan_of(room).shifts)

    roster.save_month(room, MonthChanges(led=led))

    assert [shift.lead_id for shift in plan_of(room).shifts] == [person]


def test_a_plan_shows_the_days_beside_the_month_but_counts_only_its_own_clashes(room: Office) -> None:
    (person,) = make_people(room, 1)
    make_shift(room, person, "2026-02-28", start_time="22:00", end_time="06:00", duty_lead_id=person)
    make_shift(room, person, "2026-03-01", start_time="05:00", end_time="07:00", duty_lead_id=person)

    march = roster.month_clashes(plan_of(room))
    february = roster.month_clashes(plan_of(room, 2))

    assert ([clash.kind for clash in march], february) == ([ClashKind.OVERLAP], [])


def test_a_plan_proposes_the_hours_that_the_room_wrote_last(room: Office) -> None:
    (person,) = make_people(room, 1)
    make_shift(room, person, start_time="21:00", end_time="00:30")

    duty = next(one for one in plan_of(room, 4).duties if one.code == "01")

    assert (duty.start_time, duty.end_time) == (time(21), time(0, 30))


def test_who_left_is_on_the_roster_only_while_he_has_a_shift(room: Office) -> None:
    (person,) = make_people(room, 1)
    make_shift(room, person)
    room.change("staff_member", person, {"state": "left"})

    assert ([one.id for one in plan_of(room).people], plan_of(room, 5).people) == ([person], ())


def test_publishing_refuses_a_person_in_two_places_and_says_whom(room: Office) -> None:
    (person,) = make_people(room, 1)
    make_shift(room, person, duty_lead_id=person)
    make_shift(room, person, start_time="22:00", end_time="23:30", duty_type="06", duty_lead_id=person)

    with pytest.raises(RuleBroken) as refused:
        publish(room)

    assert refused.value.code == "PAT-013"
    assert "马占山" in refused.value.sentence


def test_publishing_tells_of_a_missing_leader_and_goes_on(room: Office) -> None:
    (person,) = make_people(room, 1)
    make_shift(room, person)

    with room.working() as work:
        changed = roster.publish_month(work, 2026, 3)
        told = [problem.message for problem in work.warnings]

    assert (len(changed), len(told), plan_of(room).shifts[0].is_published) == (1, 1, True)


def test_publishing_an_empty_month_is_refused(room: Office) -> None:
    with pytest.raises(RuleBroken, match="PAT-014"):
        publish(room)


def test_a_draft_of_a_team_fills_the_month_around_leaves_and_standing_shifts(room: Office) -> None:
    people = make_people(room, 3)
    team = room.add(
        "team", {"name": "上河村义务巡防队", "team_type": "2", "staff_ids": people, "leader_id": people[0]}
    )
    room.add("leave", {"staff_id": people[1], "from_on": "2026-04-01", "to_on": "2026-04-10"})
    make_shift(room, people[2], "2026-04-15", duty_type="02", duty_lead_id=people[0])

    with room.working() as work:
        drafted = roster.draft_month(work, team.id, 2026, 4, per_shift=1)

    plan = plan_of(room, 4)
    assert (len(drafted), len(plan.shifts), roster.month_clashes(plan)) == (29, 30, [])


def test_a_team_without_members_cannot_be_drafted(room: Office) -> None:
    team = room.add("team", {"name": "空队", "team_type": "2"})

    with room.working() as work, pytest.raises(RuleBroken, match="PAT-012"):
        roster.draft_month(work, team.id, 2026, 4)


def test_two_clerks_who_plan_different_people_do_not_meet(room: Office) -> None:
    first, second = make_people(room, 2)
    one, other = plan_of(room), plan_of(room)
    assert one == other

    roster.save_month(room, MonthChanges(added=(planned(first),)))
    roster.save_month(room, MonthChanges(added=(planned(second),)))

    assert {shift.staff_id for shift in plan_of(room).shifts} == {first, second}


def test_month_matrix_has_a_row_a_person_and_counts_by_day(room: Office) -> None:
    first, second = make_people(room, 2)
    make_shift(room, first, duty_lead_id=first)
    make_shift(room, second, duty_lead_id=first)
    make_shift(room, second, "2026-03-06", duty_type="04", start_time="07:20", end_time="08:20")
    make_shift(room, first, "2026-04-01")
    room.add("leave", {"staff_id": first, "from_on": "2026-03-07", "to_on": "2026-03-07"})

    with room.reading() as session:
        sheet = roster.roster_sheet(
            session,
            room.registry,
            2026,
            3,
            unit="青石乡派出所石桥村警务室",
            holidays=room.holidays,
            practice=True,
        )

    own = {row[0]: row for row in sheet.rows}
    assert (own["马占山"][5], own["马占山"][7], own["马占山"][-1]) == ("巡*", "假", "1")
    assert (own["李秀兰"][5], own["李秀兰"][6], own["李秀兰"][-1]) == ("巡", "岗", "2")
    assert sheet.totals is not None
    assert (sheet.totals[5], sheet.totals[6], sheet.totals[-1]) == ("2", "1", "3")
    assert sheet.footnotes == ("巡 治安巡逻（20:00–23:00）；岗 护学岗（07:20–08:20）；* 带班；假 请假",)


def test_board_shows_who_is_on_duty_and_which_patrol_is_not_written(room: Office) -> None:
    first, second = make_people(room, 2)
    make_shift(room, first, "2026-03-04", duty_lead_id=first)
    make_shift(room, second, "2026-03-03", duty_lead_id=first)
    make_shift(room, first, duty_lead_id=first)
    publish(room)
    room.add(
        "patrol",
        {
            "patrol_on": "2026-03-03",
            "start_time": "20:00",
            "end_time": "22:00",
            "route": "村部",
            "leader_id": first,
        },
    )

    facts = BoardFacts(room.today, room.holidays, room.settings, room.clock.now())
    with room.reading() as session:
        today = store.duty_today(session, room.registry, facts)
        missing = store.patrols_to_write(session, room.registry, facts)

    assert [item.label for item in today] == ["20:00–23:00 治安巡逻：马占山"]
    assert [(item.due_on, item.severity) for item in missing] == [(date(2026, 3, 4), "overdue")]


def test_planned_shift_of_a_stored_row_knows_what_was_seen(room: Office) -> None:
    (person,) = make_people(room, 1)
    make_shift(room, person)
    (shift,) = plan_of(room).shifts
    assert isinstance(shift, PlannedShift)
    assert len(shift.seen) == 1
