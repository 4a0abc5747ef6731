"""A visit with all that grows from it, and the life of a request, through the real room."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from desktop.base.errors import RuleBroken
from desktop.staff.office import Office
from desktop.staff.permissions import actor_of
from tests.helpers.clock import FixedClock
from tests.helpers.factories.places import make_area, make_household, make_premises, make_staff_member
from tests.helpers.factories.visits import make_request, make_visit

QUARREL = {"title": "马占山与李秀兰浇地用水纠纷", "dispute_type": "0201", "other_names": "李秀兰、单明月"}
WIRE = {"hazard_class": "03", "description": "灶房门口电线外皮破损"}
LAMP = {"request_class": "05", "content": "二组路口的路灯坏了"}


def only(room: Office, kind: str) -> dict[str, Any]:
    ids = room.list_ids(kind)
    assert len(ids) == 1
    return room.show(kind, ids[0])


def test_visit_with_a_quarrel_and_a_bare_wire_gives_one_of_each(room: Office, clock: FixedClock) -> None:
    area = make_area(room)
    household = make_household(room, area_id=area, door_no="石桥村一组12号", head_name="马占山")
    staff = make_staff_member(room)
    visit = make_visit(
        room, household_id=household, staff_ids=[staff], visited_on="2026-03-04", received_by="马占山"
    )
    room.step("visit", visit, "raise_dispute", QUARREL)
    room.step("visit", visit, "raise_hazard", WIRE)

    dispute, hazard = only(room, "dispute"), only(room, "hazard")
    assert len(room.list_ids("visit")) == 1
    assert dispute["origin"] == hazard["origin"] == {"kind": "visit", "id": visit}
    assert (dispute["found_on"], dispute["source"], dispute["area_id"], dispute["place"]) == (
        "2026-03-04",
        "01",
        area,
        "石桥村一组12号",
    )
    assert dispute["responsible_id"] == staff
    assert [(one["name"], one["phone"]) for one in dispute["parties"]] == [
        ("马占山", "12000000002"),
        ("李秀兰", None),
        ("单明月", None),
    ]
    assert (hazard["found_on"], hazard["source"], hazard["area_id"], hazard["place"]) == (
        "2026-03-04",
        "01",
        area,
        "石桥村一组12号",
    )
    assert (hazard["household_id"], hazard["staff_ids"]) == (household, [staff])
    assert (hazard["responsible_name"], hazard["responsible_phone"]) == ("马占山", "12000000002")
    assert room.show("visit", visit)["version"] == 1


def test_raise_request_takes_over_who_asked_and_where(room: Office) -> None:
    visit = make_visit(room, object_name="欧阳石头", place="村口小卖部", received_phone="12000000007")
    room.step("visit", visit, "raise_request", LAMP)
    request = only(room, "request")
    assert request["origin"] == {"kind": "visit", "id": visit}
    assert (request["visit_id"], request["source"], request["state"]) == (visit, "01", "registered")
    assert (request["requester_name"], request["phone"], request["place"]) == (
        "欧阳石头",
        "12000000007",
        "村口小卖部",
    )
    assert [one["id"] for one in room.show("visit", visit)["requests"]] == [request["id"]]


def test_receiver_who_is_not_the_owner_keeps_the_owners_telephone_out(room: Office) -> None:
    household = make_household(room, head_name="马占山", phone="12000000002")
    visit = make_visit(room, household_id=household, received_by="马小花")
    room.step("visit", visit, "raise_request", LAMP)
    request = only(room, "request")
    assert (request["requester_name"], request["phone"]) == ("马小花", None)


def test_raise_dispute_makes_a_shop_a_party_when_nobody_is_named(room: Office) -> None:
    shop = make_premises(room, name="石桥村便民超市", responsible_name=None)
    visit = make_visit(room, premises_id=shop)
    room.step("visit", visit, "raise_dispute", QUARREL | {"other_names": "李秀兰"})
    parties = only(room, "dispute")["parties"]
    assert [(one["party_type"], one["organisation_name"], one["name"]) for one in parties] == [
        ("2", "石桥村便民超市", None),
        ("1", None, "李秀兰"),
    ]


def test_raise_dispute_leaves_the_receiver_out_when_he_only_told_of_it(room: Office) -> None:
    visit = make_visit(room, received_by="马占山")
    room.step("visit", visit, "raise_dispute", QUARREL | {"is_party": False})
    assert [one["name"] for one in only(room, "dispute")["parties"]] == ["李秀兰", "单明月"]


def test_raise_dispute_is_refused_when_nobody_is_a_party(room: Office) -> None:
    visit = make_visit(room)
    with pytest.raises(RuleBroken) as caught:
        room.step("visit", visit, "raise_dispute", QUARREL | {"is_party": False, "other_names": ""})
    assert caught.value.code == "VIS-012"
    assert room.list_ids("dispute") == []


def test_origin_stays_the_visit_when_the_visit_is_corrected(room: Office) -> None:
    visit = make_visit(room, requests=[LAMP])
    room.change("visit", visit, {"opinions": "写错了，重写"}, reason="笔误")
    room.step("visit", visit, "raise_hazard", WIRE)
    assert only(room, "hazard")["origin"]["id"] == visit
    shown = room.show("visit", visit)
    assert shown["opinions"] == "写错了，重写"
    assert [one["content"] for one in shown["requests"]] == [LAMP["content"]]


def test_request_entered_inside_a_visit_has_its_own_number_and_life(room: Office) -> None:
    staff = make_staff_member(room)
    visit = make_visit(room, requests=[LAMP, LAMP | {"content": "水渠堵了"}])
    first, second = room.show("visit", visit)["requests"]
    assert first["serial_no"].endswith("Q00001")
    assert second["serial_no"].endswith("Q00002")
    assert room.show("request", first["id"])["origin"] == {"kind": "visit", "id": visit}
    room.step("request", first["id"], "assign", {"staff_id": staff})
    assert room.show("request", first["id"])["state"] == "in_hand"


def test_request_inside_a_visit_cannot_be_taken_out_again(room: Office) -> None:
    visit = make_visit(room, requests=[LAMP])
    with pytest.raises(RuleBroken) as caught:
        room.change("visit", visit, {"requests": []})
    assert caught.value.code == "REC-007"
    assert len(room.list_ids("request")) == 1


def test_refusal_is_recorded_without_content_or_reason(room: Office) -> None:
    visit = make_visit(room, result="拒访", topics=None)
    shown = room.show("visit", visit)
    assert (shown["result"], shown["topics"], shown["note"]) == ("3", None, None)


def test_assistant_who_may_not_change_a_visit_leads_from_it_all_the_same(room: Office) -> None:
    household, staff = make_household(room), make_staff_member(room)
    room.actor = actor_of("赵助理", ("assistant",))
    visit = make_visit(room, household_id=household, staff_ids=[staff])
    room.step("visit", visit, "raise_hazard", WIRE)
    assert [step.name for step in room.steps_now("visit", visit)] == [
        "raise_request",
        "raise_dispute",
        "raise_hazard",
    ]


def test_request_goes_from_registered_to_told_back(room: Office, clock: FixedClock) -> None:
    staff = make_staff_member(room)
    request = make_request(room)
    room.step("request", request, "assign", {"staff_id": staff})
    shown = room.show("request", request)
    assert (shown["state"], shown["staff_id"], shown["due_on"]) == ("in_hand", staff, "2026-03-20")
    clock.move(timedelta(days=1))
    room.step("request", request, "record_progress", {"progress_line": "已联系电工"})
    clock.move(timedelta(days=1))
    room.step("request", request, "record_progress", {"progress_line": "已下单"})
    assert room.show("request", request)["progress"] == "2026-03-06 已联系电工\n2026-03-07 已下单"
    room.step("request", request, "finish", {"finish_result": "路灯已修好"})
    assert room.show("request", request)["state"] == "finished"
    room.step("request", request, "tell_back", {"feedback_mode": "2", "satisfaction": "4"})
    shown = room.show("request", request)
    assert (shown["state"], shown["told_on"], shown["feedback_mode"], shown["satisfaction"]) == (
        "told_back",
        "2026-03-07",
        "2",
        "4",
    )
    assert room.steps_now("request", request) == []


def test_answer_on_the_spot_ends_a_request_in_one_step(room: Office) -> None:
    request = make_request(room)
    room.step("request", request, "answer", {"finish_result": "当面讲清了办证手续", "satisfaction": "5"})
    shown = room.show("request", request)
    assert (shown["state"], shown["is_answered_on_the_spot"], shown["finished_on"], shown["told_on"]) == (
        "told_back",
        True,
        "2026-03-05",
        "2026-03-05",
    )


def test_assign_again_keeps_the_day_unless_a_new_one_is_named(room: Office, clock: FixedClock) -> None:
    first, second = make_staff_member(room), make_staff_member(room, name="赵海")
    request = make_request(room)
    room.step("request", request, "assign", {"staff_id": first, "due_on": "2026-03-10"})
    clock.move(timedelta(days=3))
    room.step("request", request, "assign", {"staff_id": second})
    shown = room.show("request", request)
    assert (shown["staff_id"], shown["due_on"]) == (second, "2026-03-10")


@pytest.mark.parametrize(
    ("step", "given_values", "code"),
    [
        ("assign", {"due_on": "2026-03-04"}, "VIS-008"),
        ("answer", {"finish_result": "已答复", "finished_on": "2026-03-06"}, "VIS-009"),
        ("answer", {"finish_result": "已答复", "finished_on": "2026-03-04"}, "VIS-010"),
        ("finish", {"finish_result": "已办"}, "REC-008"),
    ],
)
def test_step_of_a_request_is_refused(
    room: Office, step: str, given_values: dict[str, str], code: str
) -> None:
    staff = make_staff_member(room)
    request = make_request(room)
    if step == "assign":
        given_values = given_values | {"staff_id": staff}
    with pytest.raises(RuleBroken) as caught:
        room.step("request", request, step, given_values)
    assert caught.value.code == code
    assert room.show("request", request)["state"] == "registered"


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(deeds=st.lists(st.sampled_from(["visit", "correct", "void", "request", "fail"]), max_size=8))
def test_numbers_of_visits_and_requests_have_no_gaps(room: Office, deeds: list[str]) -> None:
    """Whatever is corrected, voided or refused in between; rooms are shared by the examples, which only adds cases."""
    staff = make_staff_member(room)
    known = [make_visit(room, object_name="欧阳石头", staff_ids=[staff])]
    for deed in deeds:
        if deed == "visit":
            known.append(make_visit(room, object_name="欧阳石头", staff_ids=[staff], requests=[LAMP]))
        elif deed == "correct":
            room.change(
                "visit", known[0], {"opinions": f"第{len(room.list_ids('visit'))}次更正"}, reason="笔误"
            )
        elif deed == "void" and len(known) > 1:
            room.void("visit", known.pop(), "重复登记")
        elif deed == "request":
            make_request(room)
        elif deed == "fail":
            with pytest.raises(RuleBroken):
                make_visit(room, object_name="欧阳石头", staff_ids=[staff], visited_on="2026-03-06")
    for kind in ("visit", "request"):
        numbers = sorted(int(room.show(kind, one)["serial_no"][-5:]) for one in room.list_ids(kind))
        assert numbers == list(range(1, len(numbers) + 1))


def test_request_becomes_an_order_of_the_room_and_is_in_hand(room: Office) -> None:
    staff = make_staff_member(room)
    request = make_request(room, place="二组路口")
    room.step(
        "request", request, "raise_order", {"title": "修路灯", "due_on": "2026-03-09", "staff_id": staff}
    )
    shown = room.show("request", request)
    assert (shown["state"], shown["due_on"], shown["staff_id"]) == ("in_hand", "2026-03-09", staff)
    [order] = [room.show("work_order", one) for one in room.list_ids("work_order")]
    assert (order["source"], order["side"], order["handler_id"]) == ("07", "room", staff)
    assert order["origin"] == {"kind": "request", "id": request}
    assert order["content"].startswith("二组路口：")
    assert order["related"] == shown["serial_no"]
