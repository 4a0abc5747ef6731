"""待处理 on a real room and a real county: every value in words, and a decision that comes back with its reason."""

from __future__ import annotations

import pytest

from desktop.ledgers.handover import gather_handover
from desktop.shell.room_office import RoomOffice
from tests.helpers.county import World
from tests.helpers.factories.visits import make_visit

PCS = ("甲机", "乙机")
REASON = "打电话核实过，按乙机填的"


def one_person(world: World) -> str:
    """Both PCs have this person."""
    saved = world.offices["甲机"].add("staff_member", {"name": "张三丰", "role": "民警"}).id
    for name in PCS:
        world.by_wire(name)
    return saved


def meet(world: World) -> None:
    """Everybody has what the others wrote."""
    for name in (*PCS, "甲机"):
        world.by_wire(name)


def test_decision_of_the_county_comes_back_with_its_reason(world: World) -> None:
    person = one_person(world)
    for name, phone in zip(PCS, ("12000000001", "12000000002"), strict=True):
        world.offices[name].change("staff_member", person, {"phone": phone, "note": f"{name}记的"})
    meet(world)
    picks = {one.id: {"side": 1} for one in world.county.open_conflicts()}
    assert len(world.county.settle(picks, REASON)) == 2
    meet(world)
    for name in PCS:
        room = RoomOffice(world.offices[name])
        assert room.conflicts() == []
        newest = room.view("staff_member", person).history[0]
        assert newest.words.endswith(f"（原因：{REASON}）")
        assert newest.pc == "青石县公安局"


def test_three_values_are_all_shown_and_any_can_be_taken(world: World) -> None:
    person = one_person(world)
    for number, office in enumerate((world.offices["甲机"], world.offices["乙机"], world.county), start=1):
        office.change("staff_member", person, {"phone": f"1200000000{number}"})
    meet(world)
    room = RoomOffice(world.offices["甲机"])
    [item] = room.conflicts()
    told = {side.words: number for number, side in enumerate(item.sides, start=1)}
    assert set(told) == {"12000000001", "12000000002", "12000000003"}
    room.settle({item.id: told["12000000003"]}, "县局查过")
    meet(world)
    for office in (world.county, *(world.offices[name] for name in PCS)):
        assert office.show("staff_member", person)["phone"] == "12000000003"
        assert office.open_conflicts() == []


def test_rival_corrections_are_told_by_what_differs(world: World) -> None:
    visit = make_visit(world.offices["甲机"])
    for name in PCS:
        world.by_wire(name)
    for name, place in zip(PCS, ("石桥村三组", "石桥村五组"), strict=True):
        world.offices[name].change("visit", visit, {"place": place}, reason=f"{name}核对过")
    meet(world)
    room = RoomOffice(world.offices["甲机"])
    [item] = room.conflicts()
    assert (item.label, item.may_type) == ("更正", False)
    told = sorted(side.words for side in item.sides)
    assert [one.partition("：")[2] for one in told] == [
        "石桥村三组\n原因：甲机核对过",
        "石桥村五组\n原因：乙机核对过",
    ]
    room.settle({item.id: 2}, "问过组长")
    meet(world)
    assert RoomOffice(world.offices["乙机"]).conflicts() == []
    assert room.view("visit", visit).history[0].words.endswith("（原因：问过组长）")


def test_handover_names_what_waits_as_people_know_it(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before, the sheet had the program's name of the field, and ended silently after thirty."""
    person = one_person(world)
    for name, phone in zip(PCS, ("12000000001", "12000000002"), strict=True):
        world.offices[name].change("staff_member", person, {"phone": phone, "note": f"{name}记的"})
    meet(world)
    monkeypatch.setattr("desktop.ledgers.handover._MOST_CONFLICTS", 1)
    sheet = gather_handover(world.offices["甲机"])
    [part] = [one for one in sheet.parts if one.title == "两边填的不一样，等人选定"]
    assert [one.words for one in part.items] == ["人员：张三丰，备注", "……还有 1 项，见“待处理”"]
