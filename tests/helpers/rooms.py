"""A real encrypted room in a temporary folder, with toy-strength keys, copied from a template made once a run."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from desktop.base.clock import Clock
from desktop.bootstrap import build_catalogue
from desktop.database.keys import Strength
from desktop.staff.office import Office
from desktop.staff.rooms import NewRoom, Rooms
from tests.helpers.clock import FixedClock

TOY = Strength(memory_kib=8, passes=1, lanes=1)
PASSWORD = "Lianxi-2026"
USER = "王敏"
ROOM = NewRoom(
    code="649901100201",
    name="石桥村警务室",
    station="青石乡派出所",
    user=USER,
    password=PASSWORD,
    practice=True,
)


def toy_rooms(clock: Clock) -> Rooms:
    """The door to rooms with keys that cost nothing."""
    return Rooms(build_catalogue, clock, strength=TOY)


@pytest.fixture(scope="session")
def room_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty room that tests copy instead of making one each."""
    folder = tmp_path_factory.mktemp("template") / "室"
    toy_rooms(FixedClock()).create(folder, ROOM).office.database.close()
    return folder


@pytest.fixture
def room(room_template: Path, room_folder: Path, clock: FixedClock) -> Iterator[Office]:
    """An open, empty practice room whose clock is moved by hand."""
    shutil.copytree(room_template, room_folder, dirs_exist_ok=True)
    office = toy_rooms(clock).open(room_folder, USER, PASSWORD)
    yield office
    office.database.close()
