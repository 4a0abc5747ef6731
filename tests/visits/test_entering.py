"""What a visit takes over from its door, and a request from its visit."""

from __future__ import annotations

import pytest

from desktop.base.errors import RuleBroken
from desktop.staff.office import Office
from tests.helpers.factories.places import make_area, make_household, make_premises, make_staff_member
from tests.helpers.factories.visits import make_visit

LAMP = {"request_class": "05", "content": "二组路口的路灯坏了"}


def test_visit_takes_area_and_address_of_the_household(room: Office) -> None:
    area = make_area(room)
    household = make_household(room, area_id=area, door_no="石桥村一组12号")
    shown = room.show("visit", make_visit(room, household_id=household))
    assert (shown["area_id"], shown["place"], shown["object_type"]) == (area, "石桥村一组12号", "01")


def test_visit_keeps_the_address_that_was_written(room: Office) -> None:
    shown = room.show("visit", make_visit(room, household_id=make_household(room), place="瓜地边"))
    assert shown["place"] == "瓜地边"


@pytest.mark.parametrize(
    ("object_class", "object_type"), [("03", "03"), ("06", "04"), ("08", "05"), ("07", "02")]
)
def test_visit_to_premises_is_called_what_they_are(room: Office, object_class: str, object_type: str) -> None:
    premises = make_premises(room, object_class=object_class)
    staff = make_staff_member(room)
    visit = room.add("visit", {"premises_id": premises, "topics": ["02"], "staff_ids": [staff]})
    assert room.show("visit", visit.id)["object_type"] == object_type


def test_corrected_household_brings_its_own_address(room: Office) -> None:
    visit = make_visit(room, household_id=make_household(room, door_no="石桥村一组98号"))
    room.change(
        "visit", visit, {"household_id": make_household(room, door_no="石桥村一组99号")}, reason="选错户"
    )
    assert room.show("visit", visit)["place"] == "石桥村一组99号"
    room.change("visit", visit, {"opinions": "路灯不亮"}, reason="补记")
    assert room.show("visit", visit)["place"] == "石桥村一组99号"


def test_request_inside_a_visit_takes_over_day_place_and_person(room: Office) -> None:
    household = make_household(room, door_no="石桥村一组12号", head_name="马占山", phone="12000000002")
    visit = make_visit(room, household_id=household, visited_on="2026-03-02", requests=[LAMP])
    request = room.show("visit", visit)["requests"][0]
    assert (request["raised_on"], request["source"], request["state"]) == ("2026-03-02", "01", "registered")
    assert (request["place"], request["requester_name"], request["phone"]) == (
        "石桥村一组12号",
        "马占山",
        "12000000002",
    )


def test_request_of_somebody_else_does_not_get_the_telephone_of_the_house(room: Office) -> None:
    household = make_household(room, head_name="马占山", phone="12000000002")
    visit = make_visit(
        room, household_id=household, requests=[LAMP | {"requester_name": "李秀兰", "place": "二组路口"}]
    )
    request = room.show("visit", visit)["requests"][0]
    assert (request["requester_name"], request["phone"], request["place"]) == ("李秀兰", None, "二组路口")


def test_request_entered_alone_takes_over_from_the_visit_that_it_names(room: Office) -> None:
    visit = make_visit(room, received_by="马小花", received_phone="12000000009", visited_on="2026-03-02")
    request = room.show("request", room.add("request", LAMP | {"visit_id": visit}).id)
    assert request["origin"] == {"kind": "visit", "id": visit}
    assert (request["raised_on"], request["source"], request["requester_name"], request["phone"]) == (
        "2026-03-02",
        "01",
        "马小花",
        "12000000009",
    )


def test_request_that_is_linked_later_keeps_its_own_words(room: Office) -> None:
    request = room.add("request", LAMP | {"requester_name": "李秀兰", "source": "03"}).id
    room.change("request", request, {"visit_id": make_visit(room, received_by="马小花")})
    shown = room.show("request", request)
    assert (shown["requester_name"], shown["source"], shown["phone"]) == ("李秀兰", "03", None)


def test_field_that_is_wrong_is_told_once(room: Office) -> None:
    with pytest.raises(RuleBroken) as refused:
        room.add("request", LAMP | {"request_class": "没有的类"})
    assert [(one.field, one.code) for one in refused.value.fields] == [("request_class", "VAL-001")]


def test_step_too_early_says_what_to_do_first(room: Office) -> None:
    request = room.add("request", LAMP).id
    with pytest.raises(RuleBroken, match="请先“交办”") as refused:
        room.step("request", request, "finish", {"finish_result": "已办"})
    assert refused.value.code == "REC-008"
