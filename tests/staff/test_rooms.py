"""Making, opening and restoring rooms: what is refused, and what is left behind."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from desktop.audit.trail import ENTRIES
from desktop.base.errors import EnvironmentFault, Failure
from desktop.database import backup, schema
from desktop.staff import rooms
from desktop.staff.office import Office
from desktop.staff.rooms import discard_new_room
from tests.helpers.clock import FixedClock
from tests.helpers.rooms import PASSWORD, ROOM, USER, toy_rooms


def verbs(room: Office) -> list[str]:
    with room.reading() as session:
        return list(session.execute(ENTRIES.select().order_by(ENTRIES.c.number)).scalars("verb"))


def test_log_in_is_noted(room: Office) -> None:
    assert verbs(room) == ["setup", "login"]


@pytest.mark.parametrize("broken", ["migrate", "_write_birth", "Office"])
def test_room_that_cannot_be_made_leaves_nothing(
    tmp_path: Path, clock: FixedClock, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    def fails(*_told: object, **_named: object) -> None:
        raise EnvironmentFault("TST-001", "x")

    monkeypatch.setattr(schema if broken == "migrate" else rooms, broken, fails)
    kept = tmp_path / "有人的"
    kept.mkdir()
    (kept / "说明.txt").write_bytes(b"mine")
    for home in (tmp_path / "新", kept):
        with pytest.raises(EnvironmentFault):
            toy_rooms(clock).create(home, ROOM)
    assert not (tmp_path / "新").exists()
    assert [path.name for path in kept.iterdir()] == ["说明.txt"]


def test_name_and_code_are_kept_without_blanks(tmp_path: Path, clock: FixedClock) -> None:
    made = toy_rooms(clock).create(tmp_path, replace(ROOM, code=" 649901 ", name=" 石桥村警务室 "))
    assert (made.office.place.code, made.office.place.name) == ("649901", "石桥村警务室")
    made.office.database.close()


def test_restored_room_has_another_life_each_time(room: Office, clock: FixedClock, tmp_path: Path) -> None:
    room.add("visit", visit_of(room))
    made = backup.make_backup(room.home, room.data_key, clock, tmp_path / "盘")
    lives = [
        toy_rooms(clock).restore(made.folder, tmp_path / f"新{number}", USER, lambda: PASSWORD)
        for number in range(3)
    ]
    marks = {life.place.number_mark for life in (room, *lives)}
    devices = {life.place.device for life in (room, *lives)}
    assert (len(marks), len(devices)) == (4, 1)
    numbers = [life.add("visit", visit_of(life)).serial_no for life in (room, *lives)]
    assert len(set(numbers)) == 4
    assert numbers[0].endswith("00002")
    assert all(number.endswith("00001") for number in numbers[1:])
    for life in lives:
        assert "restore" in verbs(life)
        life.database.close()


def visit_of(room: Office) -> dict[str, object]:
    member = room.add("staff_member", {"name": "李四", "role": "民警"}).id
    return {"object_type": "99", "object_name": "过路人", "staff_ids": [member], "topics": ["02"]}


def test_restore_that_cannot_take_a_new_life_leaves_nothing(
    room: Office, clock: FixedClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = backup.make_backup(room.home, room.data_key, clock, tmp_path / "盘")

    def fails() -> str:
        raise EnvironmentFault("TST-001", "x")

    monkeypatch.setattr(rooms, "new_life", fails)
    with pytest.raises(EnvironmentFault):
        toy_rooms(clock).restore(made.folder, tmp_path / "新", USER, lambda: PASSWORD)
    assert not (tmp_path / "新").exists()


def test_discarding_leaves_other_files(tmp_path: Path, clock: FixedClock) -> None:
    toy_rooms(clock).create(tmp_path, ROOM).office.database.close()
    (tmp_path / "说明.txt").write_bytes(b"mine")
    discard_new_room(tmp_path, with_folder=True)
    assert [path.name for path in tmp_path.iterdir()] == ["说明.txt"]


def test_empty_database_is_never_taken_for_a_new_one(room: Office, clock: FixedClock) -> None:
    room.database.close()
    path = room.home / "room.db"
    path.write_bytes(b"")
    with pytest.raises(Failure) as caught:
        toy_rooms(clock).open(room.home, USER, PASSWORD)
    assert caught.value.code == "DBS-003"
    assert path.read_bytes() == b""
