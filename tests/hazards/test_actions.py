"""The life of a hazard through the real room."""

from __future__ import annotations

from datetime import timedelta

import pytest

from desktop.base.errors import Refused, RuleBroken
from desktop.base.settings import Settings
from desktop.hazards import store
from desktop.staff.office import Office
from desktop.staff.permissions import actor_of
from tests.helpers.clock import FixedClock
from tests.helpers.factories.hazards import make_hazard
from tests.helpers.factories.places import make_area, make_household, make_staff_member


def steps_of(room: Office, hazard: str) -> list[str]:
    return [step.name for step in room.steps_now("hazard", hazard)]


def test_fix_on_the_spot_leads_straight_to_striking_off(room: Office) -> None:
    staff = make_staff_member(room)
    hazard = make_hazard(room, staff_ids=[staff])
    room.step("hazard", hazard, "fix_on_the_spot", {"rectified_note": "换上新插座"})
    shown = room.show("hazard", hazard)
    assert (shown["state"], shown["rectify_mode"], shown["conclusion"]) == ("passed", "1", "1")
    assert (shown["rechecked_on"], shown["recheck_staff_ids"]) == ("2026-03-05", [staff])
    room.step("hazard", hazard, "close", {})
    shown = room.show("hazard", hazard)
    assert (shown["state"], shown["closed_on"]) == ("closed", "2026-03-05")
    assert steps_of(room, hazard) == []


def test_set_deadline_takes_the_longest_term_when_none_is_named(room: Office) -> None:
    hazard = make_hazard(room)
    room.step("hazard", hazard, "set_deadline", {})
    shown = room.show("hazard", hazard)
    assert (shown["state"], shown["rectify_mode"], shown["due_on"]) == ("rectifying", "2", "2026-03-20")


@pytest.mark.parametrize(
    ("given", "code"),
    [({"due_on": "2026-03-21"}, "HAZ-005"), ({"due_on": "2026-03-04"}, "HAZ-004")],
)
def test_set_deadline_is_refused_outside_its_span(room: Office, given: dict[str, str], code: str) -> None:
    hazard = make_hazard(room)
    with pytest.raises(RuleBroken) as caught:
        room.step("hazard", hazard, "set_deadline", given)
    assert caught.value.code == code
    assert room.show("hazard", hazard)["state"] == "registered"


def test_set_deadline_is_refused_when_nobody_is_responsible(room: Office) -> None:
    hazard = make_hazard(room, responsible_name=None)
    with pytest.raises(RuleBroken) as caught:
        room.step("hazard", hazard, "set_deadline", {})
    assert caught.value.code == "HAZ-010"
    room.step("hazard", hazard, "set_deadline", {"responsible_name": "李秀兰"})
    assert room.show("hazard", hazard)["responsible_name"] == "李秀兰"


def test_failed_recheck_gets_a_second_deadline_and_keeps_both_findings(
    room: Office, clock: FixedClock
) -> None:
    staff = make_staff_member(room)
    hazard = make_hazard(room)
    room.step("hazard", hazard, "set_deadline", {"due_on": "2026-03-10"})
    clock.move(timedelta(days=6))
    given = {"recheck_staff_ids": [staff], "conclusion": "2", "rectified_note": "只换了一半"}
    room.step("hazard", hazard, "recheck", given)
    assert room.show("hazard", hazard)["state"] == "failed"
    assert steps_of(room, hazard) == ["set_deadline", "refer", "ask_referral"]
    room.step("hazard", hazard, "set_deadline", {"due_on": "2026-03-15"})
    assert room.show("hazard", hazard)["conclusion"] is None
    given = {"recheck_staff_ids": [staff], "conclusion": "1", "rectified_note": "全部换好"}
    room.step("hazard", hazard, "recheck", given)
    shown = room.show("hazard", hazard)
    assert (shown["state"], shown["conclusion"]) == ("passed", "1")
    assert shown["rectified_note"] == "2026-03-11 只换了一半\n2026-03-11 全部换好"


def test_second_deadline_holds_and_not_the_extension_of_the_first(room: Office) -> None:
    staff = make_staff_member(room)
    hazard = make_hazard(room)
    room.step("hazard", hazard, "set_deadline", {"due_on": "2026-03-06"})
    given = {"extended_to_on": "2026-03-20", "extend_reason": "等电工"}
    room.step("hazard", hazard, "extend_deadline", given)
    room.step("hazard", hazard, "recheck", {"recheck_staff_ids": [staff], "conclusion": "2"})
    room.step("hazard", hazard, "set_deadline", {"due_on": "2026-03-07"})
    shown = room.show("hazard", hazard)
    assert (shown["due_on"], shown["extended_to_on"], shown["extend_reason"]) == ("2026-03-07", None, None)
    assert [str(one.due_on) for one in room.board() if one.kind == "hazard"] == ["2026-03-07"]


def test_recheck_is_refused_to_refer(room: Office) -> None:
    staff = make_staff_member(room)
    hazard = make_hazard(room)
    room.step("hazard", hazard, "set_deadline", {})
    with pytest.raises(RuleBroken) as caught:
        room.step("hazard", hazard, "recheck", {"conclusion": "3", "recheck_staff_ids": [staff]})
    assert caught.value.code == "HAZ-011"


def test_extension_is_what_the_board_goes_by(room: Office, clock: FixedClock) -> None:
    hazard = make_hazard(room)
    room.step("hazard", hazard, "set_deadline", {"due_on": "2026-03-10"})
    given = {"extended_to_on": "2026-03-20", "extend_reason": "等电工"}
    room.step("hazard", hazard, "extend_deadline", given)
    clock.move(timedelta(days=10))
    assert [one for one in room.board() if one.kind == "hazard"] == []
    clock.move(timedelta(days=2))
    assert [(one.severity, str(one.due_on)) for one in room.board() if one.kind == "hazard"] == [
        ("due", "2026-03-20")
    ]


def test_referred_hazard_is_struck_off_only_with_its_receipt(room: Office) -> None:
    hazard = make_hazard(room)
    room.step("hazard", hazard, "refer", {"referred_to": "07"})
    with pytest.raises(RuleBroken) as caught:
        room.step("hazard", hazard, "close", {})
    assert caught.value.code == "HAZ-012"
    room.step("hazard", hazard, "close", {"receipt": "供电所已更换线路"})
    shown = room.show("hazard", hazard)
    assert (shown["state"], shown["receipt"], shown["rectify_mode"]) == ("closed", "供电所已更换线路", "3")


def test_close_is_refused_while_it_is_being_rectified(room: Office) -> None:
    hazard = make_hazard(room)
    room.step("hazard", hazard, "set_deadline", {})
    with pytest.raises(RuleBroken) as caught:
        room.step("hazard", hazard, "close", {})
    assert caught.value.code == "REC-008"
    assert "整改合格或移交以后才能销号" in caught.value.sentence


def test_assistant_reports_a_hazard_and_does_not_strike_it_off(room: Office) -> None:
    room.actor = actor_of("赵助理", ("assistant",))
    hazard = make_hazard(room)
    with pytest.raises(Refused):
        room.step("hazard", hazard, "refer", {"referred_to": "07"})


def test_board_puts_overdue_first_and_names_the_place_of_the_household(
    room: Office, clock: FixedClock
) -> None:
    household = make_household(room, door_no="石桥村一组3号")
    late = make_hazard(room, place=None, household_id=household)
    room.step("hazard", late, "set_deadline", {"due_on": "2026-03-06"})
    clock.move(timedelta(days=2))
    fresh = make_hazard(room)
    board = [one for one in room.board() if one.kind == "hazard"]
    assert [(one.record_id, one.severity) for one in board] == [(late, "overdue"), (fresh, "due")]
    assert board[0].label == "隐患整改期限已过，请在2026-03-11前复查：石桥村一组3号 用电"


def test_void_hazard_presses_nobody(room: Office) -> None:
    hazard = make_hazard(room)
    room.void("hazard", hazard, "重复登记")
    assert [one for one in room.board() if one.kind == "hazard"] == []
    with room.reading() as session:
        assert store.count_by_state(session, room.today, room.today) == {}


def test_hazards_of_a_span_are_counted_by_state(room: Office) -> None:
    make_hazard(room)
    fixed = make_hazard(room)
    make_hazard(room, found_on="2026-02-28")
    room.step("hazard", fixed, "fix_on_the_spot", {"rectified_note": "换上新插座"})
    with room.reading() as session:
        counts = store.count_by_state(session, room.today, room.today)
    assert counts == {"registered": 1, "passed": 1}


def test_hazard_lies_in_the_area_of_its_household(room: Office) -> None:
    area = make_area(room)
    hazard = make_hazard(room, place=None, household_id=make_household(room, area_id=area))
    assert room.show("hazard", hazard)["area_id"] == area


def test_longest_term_is_the_countys_setting(room: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "settings", Settings(room.home, county={"hazard_due_days": 5}))
    hazard = make_hazard(room)
    room.step("hazard", hazard, "set_deadline", {})
    assert room.show("hazard", hazard)["due_on"] == "2026-03-10"
