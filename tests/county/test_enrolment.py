"""Joining a county by files, on an empty PC and on one that worked for itself; slots that are old, used, another's."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from county.enrolment import approve, list_devices, open_slot, revoke
from desktop.base.errors import Failure, RuleBroken
from desktop.database.database import write_meta
from desktop.staff.joining import AskedForPlace, ask_for_place, ask_in, finish_joining
from desktop.staff.office import Office
from desktop.staff.rooms import NewRoom, is_room
from desktop.sync.tables import DeviceRow
from tests.helpers.clock import FixedClock
from tests.helpers.county import NAMES, ROOM_CODE, World, all_heads, all_rows, check
from tests.helpers.rooms import PASSWORD, USER

SCOPE = f"r:{ROOM_CODE}"


def ask(world: World, home: Path, slot: bytes) -> AskedForPlace:
    return ask_for_place(
        world.rooms, home, slot, user=USER, password=lambda: PASSWORD, first_password=lambda: PASSWORD
    )


def fresh_slot(world: World, room: str = ROOM_CODE) -> bytes:
    return open_slot(world.county, room, NAMES.get(room, "新村警务室")).data


def alone(world: World, name: str, *, practice: bool = True) -> Office:
    """A room that works for itself and has never heard of a county."""
    new = NewRoom(ROOM_CODE, "石桥", USER, PASSWORD, practice=practice)
    world.rooms.create(world.folder / name, new).office.database.close()
    return world.open(name)


def join(world: World, name: str) -> None:
    asked = ask_in(world.offices[name], fresh_slot(world))
    finish_joining(world.offices[name], approve(world.county, asked.request).data)
    world.open(name)


def test_new_pc_starts_with_everything_that_the_county_holds(world: World) -> None:
    world.offices["甲机"].add("staff_member", {"name": "张三丰", "role": "民警"})
    world.by_wire("甲机")
    home = world.folder / "丙机"
    asked = ask(world, home, fresh_slot(world))
    assert asked.recovery_sheet is not None
    assert asked.recovery_sheet.read_bytes().startswith(b"%PDF")
    approved = approve(world.county, asked.request)
    assert (approved.words, approved.letter) == (asked.words, "C")
    office = world.open("丙机")
    joined = finish_joining(office, approved.data)
    assert joined.received.received == 1
    office = world.open("丙机")
    assert all_rows(office, SCOPE) == all_rows(world.county, SCOPE)
    assert office.add("hazard", hazard(office)).serial_no.startswith(f"{ROOM_CODE}-C-")
    world.by_wire("丙机")
    assert all_heads(office) == all_heads(world.county, [SCOPE])
    check(office.database)


def hazard(office: Office) -> dict[str, object]:
    chosen = {name: next(iter(office.registry.codes.of(name))) for name in ("hazard_class", "hazard_level")}
    return {"found_on": "2026-03-05", "description": "电线裸露", "place": "村口", **chosen}


def test_room_that_worked_alone_keeps_and_sends_its_records(world: World) -> None:
    office = alone(world, "丙机")
    saved = office.add("staff_member", {"name": "李四", "role": "辅警"}).id
    join(world, "丙机")
    office = world.offices["丙机"]
    office.change("staff_member", saved, {"phone": "12000000001"})
    world.by_wire("丙机")
    assert world.county.show("staff_member", saved)["phone"] == "12000000001"
    check(world.county.database)


def test_room_works_on_while_its_request_waits(world: World) -> None:
    office = alone(world, "丙机")
    ask_in(office, fresh_slot(world))
    office.add("staff_member", {"name": "李四", "role": "辅警"})
    with pytest.raises(Failure, match="SYN-070"):
        office.exchange_stick(world.stick())


def test_pc_that_was_shut_out_joins_again_and_its_old_work_counts(world: World) -> None:
    office = world.offices["乙机"]
    office.add("staff_member", {"name": "李四", "role": "辅警"})
    old = office.exchange().party.device
    revoke(world.county, old, "换了主人")
    join(world, "乙机")
    office = world.offices["乙机"]
    assert office.exchange().party.device != old
    office.add("staff_member", {"name": "王五", "role": "辅警"})
    world.by_wire("乙机")
    assert len(world.county.list_ids("staff_member")) == 2


def test_slot_serves_one_pc_only(world: World) -> None:
    slot = fresh_slot(world)
    first = ask(world, world.folder / "丙机", slot)
    second = ask(world, world.folder / "丁机", slot)
    approve(world.county, first.request)
    assert approve(world.county, first.request).words == first.words, "a lost file is written again"
    with pytest.raises(Failure, match="SYN-073"):
        approve(world.county, second.request)


def test_slot_lives_fourteen_days(world: World, clock: FixedClock) -> None:
    slot = fresh_slot(world)
    asked = ask(world, world.folder / "丙机", slot)
    clock.move(timedelta(days=14))
    approve(world.county, asked.request)
    late = ask(world, world.folder / "丁机", fresh_slot(world))
    clock.move(timedelta(days=15))
    with pytest.raises(Failure, match="SYN-041"):
        approve(world.county, late.request)
    with pytest.raises(Failure, match="SYN-041"):
        ask(world, world.folder / "戊机", slot)
    assert not is_room(world.folder / "戊机")
    # The place that nobody took is given again.
    assert open_slot(world.county, ROOM_CODE, "石桥村警务室").slot.letter == "D"


def test_slot_of_another_room_or_of_a_real_county_is_refused(world: World) -> None:
    office = alone(world, "丙机")
    with pytest.raises(Failure, match="SYN-074"):
        ask_in(office, fresh_slot(world, "649901100299"))
    real = alone(world, "丁机", practice=False)
    with pytest.raises(Failure, match="SYN-043"):
        ask_in(real, fresh_slot(world))


def test_request_with_the_name_of_another_pc_is_refused(world: World) -> None:
    """A PC that calls itself as one that is known would speak in its name."""
    office = alone(world, "丙机")
    slot = fresh_slot(world)
    with office.database.writing() as connection:
        write_meta(connection, "device", world.offices["甲机"].exchange().party.device)
    with pytest.raises(Failure, match="SYN-073"):
        approve(world.county, ask_in(office, slot).request)


def test_approval_without_a_request_is_refused(world: World) -> None:
    with pytest.raises(RuleBroken, match="SYN-075"):
        finish_joining(alone(world, "丙机"), b"anything")


def test_approval_for_another_pc_is_refused_and_changes_nothing(world: World) -> None:
    office = alone(world, "丙机")
    ask_in(office, fresh_slot(world))
    other = approve(world.county, ask(world, world.folder / "丁机", fresh_slot(world)).request)
    with pytest.raises(Failure, match="SYN-010"):
        finish_joining(office, other.data)
    with office.reading() as session:
        assert session.connection().execute(DeviceRow.__table__.select()).all() == []


def test_letters_go_on_and_end_with_z(world: World) -> None:
    letters = [open_slot(world.county, ROOM_CODE, "石桥村警务室").slot.letter for _number in range(24)]
    assert letters == [chr(ord("C") + number) for number in range(24)]
    with pytest.raises(RuleBroken, match="SYN-076"):
        open_slot(world.county, ROOM_CODE, "石桥村警务室")


def test_devices_are_listed_with_their_state(world: World) -> None:
    fresh_slot(world)
    world.by_wire("甲机")
    told = [(one["letter"], one["state"], bool(one["last_exchange"])) for one in list_devices(world.county)]
    assert sorted(told) == [
        ("A", "active", False),
        ("A", "active", True),
        ("B", "active", False),
        ("C", "slot", False),
    ]


def test_unknown_pc_cannot_be_shut_out(world: World) -> None:
    for name in ("nobody", "county"):
        with pytest.raises(RuleBroken, match="SYN-078"):
            revoke(world.county, name, "试试")
