"""Rooms and a county: what one knows the other gets, once, and nobody else."""

from __future__ import annotations

from desktop.sync.exchange import Exchanged
from desktop.sync.network import exchange_by_network
from tests.helpers.county import (
    OTHER_CODE,
    ROOM_CODE,
    CountyPost,
    World,
    all_heads,
    all_rows,
    check,
    counts,
    hand_over,
)

SCOPE = f"r:{ROOM_CODE}"


def add_person(world: World, name: str, who: str, **more: str) -> str:
    return world.offices[name].add("staff_member", {"name": who, "role": "民警", **more}).id


def test_county_gets_what_every_room_wrote_and_rooms_only_their_own(world: World) -> None:
    add_person(world, "甲机", "张三丰")
    add_person(world, "邻室", "李四")
    world.by_wire("甲机")
    world.by_wire("邻室")
    world.by_wire("甲机")
    assert set(all_heads(world.county)) == {SCOPE, f"r:{OTHER_CODE}"}
    assert set(all_heads(world.offices["甲机"])) == {SCOPE}
    assert len(world.county.list_ids("staff_member")) == 2
    assert len(world.offices["甲机"].list_ids("staff_member")) == 1
    for office in world.offices.values():
        check(office.database)


def test_one_request_makes_both_sides_equal(world: World) -> None:
    add_person(world, "甲机", "张三丰")
    post = CountyPost(world.county)
    done = exchange_by_network(world.offices["甲机"].exchange(), post)
    assert (done.sent, done.received, done.parked, done.equal) == (1, 0, 0, True)
    assert len(post.calls) == 1
    again = exchange_by_network(world.offices["甲机"].exchange(), post)
    assert (again.sent, again.received, again.equal) == (0, 0, True)


def test_second_pc_gets_the_first_ones_records_by_the_county(world: World) -> None:
    saved = add_person(world, "甲机", "张三丰")
    world.by_wire("甲机")
    world.by_wire("乙机")
    assert world.offices["乙机"].show("staff_member", saved)["name"] == "张三丰"
    assert all_rows(world.offices["甲机"], SCOPE) == all_rows(world.offices["乙机"], SCOPE)


def test_same_bundle_twice_changes_no_row(world: World) -> None:
    add_person(world, "甲机", "张三丰")
    sender, county = world.offices["甲机"].exchange(), world.county.exchange()
    sealed = sender.make(sender.county()).sealed
    taken = county.take(sealed)
    county.log(taken.sender.device, "stick", Exchanged(), bundle_id=taken.bundle_id)
    before = counts(world.county), all_rows(world.county, SCOPE)
    assert county.take(sealed).is_again
    assert (counts(world.county), all_rows(world.county, SCOPE)) == before
    # Another bundle with the same commits.
    assert hand_over(world.offices["甲机"], world.county) == 0
    assert (counts(world.county), all_rows(world.county, SCOPE)) == before


def test_conflict_is_shown_on_both_sides_and_settled_for_all(world: World) -> None:
    saved = add_person(world, "甲机", "张三丰")
    world.by_wire("甲机")
    world.by_wire("乙机")
    world.offices["甲机"].change("staff_member", saved, {"phone": "12000000001"})
    world.offices["乙机"].change("staff_member", saved, {"phone": "12000000002"})
    for name in ("甲机", "乙机", "甲机"):
        world.by_wire(name)
    [conflict] = world.county.open_conflicts()
    assert {side.value for side in conflict.sides} == {"12000000001", "12000000002"}
    assert {side.device for side in conflict.sides} == {"石桥村警务室（A机）", "石桥村警务室（B机）"}
    world.county.settle({conflict.id: {"value": "12000000003"}}, "电话核实")
    for name in ("甲机", "乙机"):
        world.by_wire(name)
        assert world.offices[name].open_conflicts() == []
        assert world.offices[name].show("staff_member", saved)["phone"] == "12000000003"
        check(world.offices[name].database)
    check(world.county.database)
