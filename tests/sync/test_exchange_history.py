"""Disks that are put back and PCs that are copied whole: branches that merge by themselves, and are noticed."""

from __future__ import annotations

import shutil

import pytest
from sqlalchemy import select

from desktop.database.codes import CodeEntry
from desktop.sync.apply import take_in
from desktop.sync.exchange import EXCHANGES
from desktop.sync.network import exchange_by_network
from desktop.sync.parties import DEVICES
from tests.helpers.county import COUNTY, ROOM_CODE, DirectPost, World, all_heads, all_rows, check

SCOPE = f"r:{ROOM_CODE}"


def outcomes(world: World, name: str) -> str:
    with world.offices[name].reading() as session:
        return "\n".join(session.connection().execute(select(EXCHANGES.c.outcome)).scalars())


def add_person(world: World, name: str, who: str) -> str:
    return world.offices[name].add("staff_member", {"name": who, "role": "民警"}).id


def copy_of(world: World, name: str, copy: str) -> None:
    world.offices[name].database.engine.dispose()
    shutil.copytree(world.folder / name, world.folder / copy)


def test_old_disk_put_back_gets_its_own_later_work_again(world: World) -> None:
    add_person(world, "甲机", "张三丰")
    world.by_wire("甲机")
    copy_of(world, "甲机", "备份")
    add_person(world, "甲机", "李四")
    world.by_wire("甲机")
    world.put_back("甲机", world.folder / "备份")
    add_person(world, "甲机", "王五")
    world.by_wire("甲机")
    world.by_wire("甲机")
    room = world.offices["甲机"]
    assert len(room.list_ids("staff_member")) == 3
    assert all_rows(room, SCOPE) == all_rows(world.county, SCOPE)
    assert "历史分成了两支" in outcomes(world, COUNTY)
    assert "历史分成了两支" in outcomes(world, "甲机")
    check(room.database)


def test_copied_pc_merges_and_is_noticed(world: World) -> None:
    add_person(world, "甲机", "张三丰")
    copy_of(world, "甲机", "复制机")
    world.open("复制机")
    add_person(world, "甲机", "李四")
    add_person(world, "复制机", "王五")
    for name in ("甲机", "复制机", "甲机", "复制机"):
        world.by_wire(name)
    assert all_heads(world.offices["甲机"]) == all_heads(world.offices["复制机"]) == all_heads(world.county)
    assert "石桥村警务室（A机）" in outcomes(world, COUNTY)


def test_ordinary_work_is_not_called_a_split(world: World) -> None:
    for number in range(3):
        add_person(world, "甲机", "张三丰")
        add_person(world, "乙机", "李四")
        world.by_wire("甲机" if number % 2 else "乙机")
    for name in ("甲机", "乙机", "甲机"):
        world.by_wire(name)
    assert "分成了两支" not in outcomes(world, COUNTY) + outcomes(world, "甲机")


def test_county_restored_from_a_backup_gets_everything_again(world: World) -> None:
    add_person(world, "甲机", "张三丰")
    copy_of(world, COUNTY, "备份")
    for name in ("甲机", "乙机"):
        world.by_wire(name)
    world.offices["乙机"].add("staff_member", {"name": "李四", "role": "辅警"})
    world.by_wire("乙机")
    world.put_back(COUNTY, world.folder / "备份")
    for name in ("甲机", "乙机", "甲机"):
        world.by_wire(name)
    assert all_heads(world.county) == all_heads(world.offices["乙机"]) == all_heads(world.offices["甲机"])
    check(world.county.database)


def test_county_restored_to_before_an_enrolment_still_knows_the_pc_by_its_certificate(world: World) -> None:
    add_person(world, "甲机", "张三丰")
    with world.county.database.writing() as connection:
        connection.execute(DEVICES.delete().where(DEVICES.c.id != "county"))
    world.by_wire("甲机")
    assert all_heads(world.county) == all_heads(world.offices["甲机"])


def test_interrupted_import_goes_on_where_it_stopped(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    for _number in range(5):
        add_person(world, "甲机", "张三丰")
    monkeypatch.setattr("desktop.sync.exchange.CHUNK", 2)
    calls = 0

    def power_cut(*args: object) -> object:
        nonlocal calls
        calls += 1
        if calls == 2:
            raise OSError("power cut")
        return take_in(*args)  # type: ignore[arg-type]  # as it came

    monkeypatch.setattr("desktop.sync.exchange.take_in", power_cut)
    post = DirectPost(world.county)
    with pytest.raises(OSError, match="power cut"):
        exchange_by_network(world.offices["甲机"].exchange(), post)
    check(world.county.database)
    world.by_wire("甲机")
    assert all_heads(world.county) == all_heads(world.offices["甲机"])
    # What stayed from the first try can be proved to the next PC as well.
    world.by_wire("乙机")
    assert all_heads(world.offices["乙机"]) == all_heads(world.county)


def test_new_codes_of_the_county_hold_at_once(world: World) -> None:
    with world.county.working() as work:
        work.session.add(CodeEntry(list_name="dispute_type", code="51", label="光伏用地纠纷"))
    room = world.offices["甲机"]
    assert "51" not in room.registry.codes.of("dispute_type")
    world.by_wire("甲机")
    assert room.registry.codes.of("dispute_type")["51"] == "光伏用地纠纷"
