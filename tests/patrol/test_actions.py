"""Coming to a shift, changing one that was published, and what follows from a patrol."""

from __future__ import annotations

from typing import Any

import pytest

from desktop.base.errors import RuleBroken
from desktop.patrol import roster
from desktop.staff.office import Office
from tests.helpers.factories.patrol import make_patrol, make_people, make_shift


def sign_in_of(room: Office, shift_id: str) -> dict[str, Any]:
    (row,) = room.show("shift", shift_id)["sign_ins"]
    return dict(row)


def publish(room: Office) -> None:
    with room.working() as work:
        roster.publish_month(work, 2026, 3)


def test_coming_and_leaving_is_one_row_that_says_how(room: Office) -> None:
    (person,) = make_people(room, 1)
    shift_id = make_shift(room, person, start_time="23:00", end_time="02:00")

    room.step("shift", shift_id, "sign_in", {"arrived_at": "2026-03-05T15:20:00Z"})
    room.step("shift", shift_id, "sign_out", {"left_at": "2026-03-05T18:00:00Z"})

    row = sign_in_of(room, shift_id)
    assert (row["attendance"], row["left_at"], row["staff_id"]) == ("2", "2026-03-05T18:00:00Z", person)


@pytest.mark.parametrize("step", ["sign_in", "mark_absent"])
def test_coming_twice_is_refused(room: Office, step: str) -> None:
    (person,) = make_people(room, 1)
    shift_id = make_shift(room, person)
    room.step("shift", shift_id, "sign_in", {})

    with pytest.raises(RuleBroken, match="PAT-015"):
        room.step("shift", shift_id, step, {})


def test_leaving_without_coming_is_refused(room: Office) -> None:
    (person,) = make_people(room, 1)
    shift_id = make_shift(room, person)

    with pytest.raises(RuleBroken, match="PAT-016"):
        room.step("shift", shift_id, "sign_out", {})


def test_leaving_before_coming_is_refused(room: Office) -> None:
    (person,) = make_people(room, 1)
    shift_id = make_shift(room, person)
    room.step("shift", shift_id, "sign_in", {"arrived_at": "2026-03-05T12:00:00Z"})

    with pytest.raises(RuleBroken, match="PAT-007"):
        room.step("shift", shift_id, "sign_out", {"left_at": "2026-03-05T11:00:00Z"})


def test_an_absence_is_a_row_of_its_own(room: Office) -> None:
    (person,) = make_people(room, 1)
    shift_id = make_shift(room, person)

    room.step("shift", shift_id, "mark_absent", {"note": "家中有事未请假"})

    assert sign_in_of(room, shift_id)["attendance"] == "5"


def test_a_draft_cannot_be_swapped(room: Office) -> None:
    first, second = make_people(room, 2)
    shift_id = make_shift(room, first)

    with pytest.raises(RuleBroken, match="REC-008"):
        room.step("shift", shift_id, "swap", {"staff_id": second, "change_reason": "换班"})


def test_a_published_shift_is_swapped_with_a_reason(room: Office) -> None:
    first, second = make_people(room, 2)
    shift_id = make_shift(room, first, duty_lead_id=first)
    publish(room)

    room.step("shift", shift_id, "swap", {"staff_id": second, "change_reason": "对方同意，所长批准"})

    shown = room.show("shift", shift_id)
    assert (shown["staff_id"], shown["change_reason"]) == (second, "对方同意，所长批准")


@pytest.mark.parametrize("hindrance", ["on duty", "away"])
def test_a_swap_with_somebody_who_cannot_come_is_refused(room: Office, hindrance: str) -> None:
    first, second = make_people(room, 2)
    shift_id = make_shift(room, first, duty_lead_id=first)
    if hindrance == "on duty":
        make_shift(room, second, start_time="22:00", end_time="23:30", duty_type="06", duty_lead_id=first)
    publish(room)
    if hindrance == "away":
        room.add("leave", {"staff_id": second, "from_on": "2026-03-05", "to_on": "2026-03-06"})

    with pytest.raises(RuleBroken, match="PAT-017"):
        room.step("shift", shift_id, "swap", {"staff_id": second, "change_reason": "换班"})


def test_adjusting_changes_only_what_is_given(room: Office) -> None:
    (person,) = make_people(room, 1)
    shift_id = make_shift(room, person, place="村部", duty_lead_id=person)
    publish(room)

    room.step("shift", shift_id, "adjust", {"start_time": "21:00", "change_reason": "警情研判后调整"})

    shown = room.show("shift", shift_id)
    assert (shown["start_time"], shown["end_time"], shown["place"]) == ("21:00", "23:00", "村部")


def test_adjusting_to_no_length_is_refused(room: Office) -> None:
    (person,) = make_people(room, 1)
    shift_id = make_shift(room, person, duty_lead_id=person)
    publish(room)

    with pytest.raises(RuleBroken, match="PAT-001"):
        room.step("shift", shift_id, "adjust", {"start_time": "23:00", "change_reason": "笔误"})


def test_a_patrol_gets_a_number_and_keeps_its_findings(room: Office) -> None:
    finding = {
        "finding_class": "02",
        "found_time": "21:10",
        "place": "东河沿",
        "description": "一棵树倒在路上",
    }
    patrol_id = make_patrol(room, findings=[finding])

    shown = room.show("patrol", patrol_id)
    assert "-P" in shown["serial_no"]
    assert [one["description"] for one in shown["findings"]] == ["一棵树倒在路上"]


def test_a_quarrel_that_a_patrol_met_becomes_a_dispute_with_the_patrol_as_its_origin(room: Office) -> None:
    finding = {"finding_class": "05", "place": "三组机井旁", "description": "两家因浇地先后争吵"}
    patrol_id = make_patrol(room, "2026-03-04", findings=[finding])

    room.step(
        "patrol",
        patrol_id,
        "raise_dispute",
        {"title": "浇地用水纠纷", "dispute_type": "0703", "party_names": "马占山，李秀兰"},
    )

    (dispute_id,) = room.list_ids("dispute")
    shown = room.show("dispute", dispute_id)
    assert (shown["found_on"], shown["source"], shown["place"], shown["facts"]) == (
        "2026-03-04",
        "02",
        "三组机井旁",
        "两家因浇地先后争吵",
    )
    assert [party["name"] for party in shown["parties"]] == ["马占山", "李秀兰"]
    assert shown["origin"] == {"kind": "patrol", "id": patrol_id}


def test_a_finding_becomes_a_hazard_with_itself_as_origin(room: Office) -> None:
    finding = {"finding_class": "03", "place": "村小学门口", "description": "路灯杆歪斜"}
    patrol_id = make_patrol(room, findings=[finding])
    finding_id = room.show("patrol", patrol_id)["findings"][0]["id"]

    room.step("patrol_finding", finding_id, "raise_hazard", {"hazard_class": "05"})

    (hazard_id,) = room.list_ids("hazard")
    shown = room.show("hazard", hazard_id)
    assert (shown["description"], shown["place"], shown["origin"]["kind"]) == (
        "路灯杆歪斜",
        "村小学门口",
        "patrol_finding",
    )


def test_a_step_on_a_patrol_with_several_findings_asks_which(room: Office) -> None:
    findings = [
        {"finding_class": "03", "place": "村部", "description": "甲"},
        {"finding_class": "02", "place": "东河沿", "description": "乙"},
    ]
    patrol_id = make_patrol(room, findings=findings)

    with pytest.raises(RuleBroken, match="REC-003"):
        room.step("patrol", patrol_id, "raise_hazard", {"hazard_class": "05"})


def test_a_reviewed_patrol_says_by_whom_and_is_not_reviewed_again(room: Office) -> None:
    (person,) = make_people(room, 1)
    patrol_id = make_patrol(room)

    room.step("patrol", patrol_id, "review", {"reviewed_by_id": person})

    assert room.show("patrol", patrol_id)["reviewed_by_id"] == person
    with pytest.raises(RuleBroken, match="REC-008"):
        room.step("patrol", patrol_id, "review", {"reviewed_by_id": person})


def test_the_record_of_a_patrol_is_printed_with_its_findings(room: Office) -> None:
    from desktop.printing.preview import page_text

    (person,) = make_people(room, 1)
    finding = {
        "finding_class": "02",
        "found_time": "23:40",
        "place": "东河沿",
        "description": "树倒在路上",
        "handling": "移开",
    }
    patrol_id = make_patrol(room, start_time="23:00", end_time="02:00", leader_id=person, findings=[finding])

    text = page_text(room.paper("patrol_record", patrol_id), 1)

    assert "1. 23时40分，东河沿，道路障碍：树倒在路上。处置：移开。" in text.replace("\n", "").replace(
        "\r", ""
    )
    assert "23时00分至2时00分" in text
