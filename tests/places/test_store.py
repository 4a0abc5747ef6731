"""Places in a real room: the tree of areas, doors, and links written as people write them."""

from __future__ import annotations

import pytest

from desktop.base.errors import RuleBroken
from desktop.places import rules, store
from desktop.staff.office import Office
from tests.helpers.factories.places import (
    VILLAGE_CODE,
    make_area,
    make_household,
    make_premises,
    make_village,
)


def test_add_household_links_its_area_by_name_or_code(room: Office) -> None:
    village = make_village(room)
    by_name = make_household(room, area_id="石桥村")
    by_code = make_premises(room, area_id=VILLAGE_CODE)
    assert room.show("household", by_name)["area_id"] == village
    assert room.show("premises", by_code)["area_id"] == village


def test_add_household_is_refused_for_an_unknown_area(room: Office) -> None:
    with pytest.raises(RuleBroken) as caught:
        room.add("household", {"door_no": "石桥村一组1号", "area_id": "没有的村"})
    assert "area_id" in {one.field for one in caught.value.fields}
    assert room.list_ids("household") == []


def test_household_is_found_by_its_door_number(room: Office) -> None:
    household = make_household(room, door_no="石桥村一组1088号")
    assert room.show("household", "石桥村一组1088号")["id"] == household


def test_area_ids_within_a_village_hold_its_groups_and_grids(room: Office) -> None:
    village = make_village(room)
    group = make_area(room, parent_id=village)
    grid = make_area(room, level=rules.GRID, parent_id=group)
    make_area(room)
    with room.reading() as session:
        assert store.find_area_ids_within(session, village) == {village, group, grid}
        assert store.find_area_ids_within(session, grid) == {grid}


def test_area_ids_within_end_when_a_merge_has_made_a_circle(room: Office) -> None:
    upper = make_area(room)
    lower = make_area(room, parent_id=upper)
    room.change("area", upper, {"parent_id": lower})
    with room.reading() as session:
        assert store.find_area_ids_within(session, upper) == {upper, lower}


def test_door_of_a_household_is_named_by_its_head_and_number(room: Office) -> None:
    household = make_household(room, door_no="石桥村一组7号", head_name="买买提·艾力", phone="12000000009")
    with room.reading() as session:
        door = store.find_door(session, "household", household)
        assert store.find_door(session, "household", "nobody") is None
    assert door is not None
    assert (door.title, door.place, door.person_name, door.phone) == (
        "买买提·艾力 石桥村一组7号",
        "石桥村一组7号",
        "买买提·艾力",
        "12000000009",
    )


def test_count_doors_leaves_out_void_ones_and_other_areas(room: Office) -> None:
    here, there = make_area(room), make_area(room)
    make_household(room, area_id=here)
    gone = make_household(room, area_id=here)
    make_household(room, area_id=there)
    room.void("household", gone, "房屋已拆除")
    with room.reading() as session:
        assert store.count_doors(session, "household") == 2
        assert store.count_doors(session, "household", {here}) == 1
        assert store.count_doors(session, "premises") == 0


def test_examples_of_the_declarations_are_accepted_as_they_stand(room: Office) -> None:
    """An import template shows these examples, so a clerk who copies them must succeed."""
    for kind_name, before in (
        ("area", {"name": "青石村", "level": "村"}),
        ("area", {}),
        ("household", {}),
        ("premises", {}),
    ):
        kind = room.registry.kind(kind_name)
        examples = {name: field.example for name, field in kind.fields.items() if field.example}
        saved = room.add(kind_name, before or examples)
        assert room.show(kind_name, saved.id)["id"] == saved.id


def test_nothing_of_a_watch_list_is_kept_about_a_household(room: Office) -> None:
    forbidden = ("income", "tag", "score", "rating", "religion", "relation", "record", "risk")
    names = [*room.registry.kind("household").fields, *room.registry.kind("premises").fields]
    assert not [name for name in names if any(word in name for word in forbidden)]


def test_odd_codes_are_told_and_do_not_stop_a_save(room: Office) -> None:
    area = room.add("area", {"name": "石桥村", "level": "3", "division_code": "12"})
    shop = {"name": "小店", "object_class": "03", "area_id": area.id, "credit_code": "91649901MA00000001"}
    household = {"door_no": "石桥村1号", "area_id": area.id, "member_count": 41}
    told = [
        area.warnings,
        room.add("premises", shop).warnings,
        room.add("household", household).warnings,
    ]
    assert [[one.field for one in warnings] for warnings in told] == [
        ["division_code"],
        ["credit_code"],
        ["member_count"],
    ]
