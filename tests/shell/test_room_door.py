"""The door of a data folder: what it tells before unlocking, and what stays behind when something fails."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from desktop.base.errors import EnvironmentFault, Refused
from desktop.shell.room_door import PRACTICE_FOLDER, RoomDoor
from tests.helpers.clock import FixedClock

KEYS = '{"room": "649901100201", "practice": true, "accounts": [{"name": "李内勤"}, {"name": "王警官"}]}'


class FakeRooms:
    """Makes a folder and says what it was asked."""

    catalogue = SimpleNamespace(steps=(1,))

    def __init__(self) -> None:
        self.closed = 0

    def create(self, home: Path, new: Any) -> Any:
        home.mkdir(parents=True)
        (home / "keys.json").write_text(KEYS, encoding="utf-8")
        database = SimpleNamespace(close=self._close)
        return SimpleNamespace(office=SimpleNamespace(database=database), recovery_key="")

    def _close(self) -> None:
        self.closed += 1


def door_of(home: Path, clock: FixedClock, rooms: FakeRooms | None = None) -> RoomDoor:
    return RoomDoor(home, "王警官", clock, lambda _clock: rooms or FakeRooms())


def test_empty_folder_is_no_room(room_folder: Path, clock: FixedClock) -> None:
    door = door_of(room_folder, clock)

    assert not door.is_room()
    assert not door.is_practice()
    assert list(door.account_names()) == []
    assert door.room_name() == ""


def test_key_file_tells_who_may_log_in(room_folder: Path, clock: FixedClock) -> None:
    (room_folder / "keys.json").write_text(KEYS, encoding="utf-8")
    door = door_of(room_folder, clock)

    assert door.is_room()
    assert door.is_practice()
    assert list(door.account_names()) == ["王警官", "李内勤"]
    assert "649901100201" in door.room_name()


@pytest.mark.parametrize("content", ["", "[]", "{half", '{"accounts": 7}', '{"accounts": [7]}'])
def test_damaged_key_file_still_shows_the_password_page(
    room_folder: Path, clock: FixedClock, content: str
) -> None:
    (room_folder / "keys.json").write_text(content, encoding="utf-8")
    door = door_of(room_folder, clock)

    assert door.is_room()
    assert list(door.account_names()) == []


def test_half_made_practice_room_does_not_stay(
    room_folder: Path, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    from desktop.ledgers import practice

    def fail(*_arguments: Any, **_named: Any) -> None:
        raise EnvironmentFault("ENV-001", "磁盘满了")

    monkeypatch.setattr(practice, "fill_practice_room", fail)
    rooms = FakeRooms()
    door = door_of(room_folder, clock, rooms)

    with pytest.raises(EnvironmentFault):
        door.practise(lambda _stage, _done, _total: None)

    assert rooms.closed == 1
    assert not (room_folder / PRACTICE_FOLDER).exists()
    assert not door.has_practice()


def test_joining_without_the_means_is_refused(room_folder: Path, clock: FixedClock) -> None:
    door = door_of(room_folder, clock)

    assert not door.may_join()
    with pytest.raises(Refused):
        door.finish_enrolment(room_folder / "a", "王警官", "Toy-12345")
