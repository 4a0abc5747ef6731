"""A copy of the data folder that somebody brings back is noticed when it is opened, without a network."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path
from typing import Never

import pytest

from desktop.base.errors import EnvironmentFault
from desktop.bootstrap import build_catalogue
from desktop.staff.office import Office
from desktop.staff.rooms import Rooms
from desktop.sync.verify import verify
from tests.helpers.clock import FixedClock
from tests.helpers.factories.visits import make_visit
from tests.helpers.rooms import PASSWORD, TOY, USER

MINUTE = timedelta(minutes=1)


@pytest.fixture
def rooms(tmp_path: Path, clock: FixedClock) -> Rooms:
    return Rooms(build_catalogue, clock, strength=TOY, witnesses=tmp_path / "witness")


@pytest.fixture
def home(room_template: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "警务室 数据"
    shutil.copytree(room_template, folder)
    return folder


def work(rooms: Rooms, home: Path) -> str:
    """One opening with one visit; gives its number."""
    office = rooms.open(home, USER, PASSWORD)
    try:
        return number_of(office)
    finally:
        office.close()


def number_of(office: Office) -> str:
    return str(office.show("visit", make_visit(office))["serial_no"])


def put_back(copy: Path, home: Path) -> None:
    shutil.rmtree(home)
    shutil.copytree(copy, home)


def test_number_of_a_paper_is_not_given_again_after_an_old_copy_came_back(
    rooms: Rooms, home: Path, tmp_path: Path
) -> None:
    first = work(rooms, home)
    copy = tmp_path / "旧"
    shutil.copytree(home, copy)
    printed = work(rooms, home)
    put_back(copy, home)

    office = rooms.open(home, USER, PASSWORD)
    assert "新的身份" in office.told
    again = number_of(office)
    assert again not in {first, printed}
    with office.reading() as session:
        assert list(verify(session.connection(), office.registry)) == []
    office.close()
    office = rooms.open(home, USER, PASSWORD)
    assert office.told == ""
    office.close()


def test_what_a_crash_left_unwritten_troubles_nobody(rooms: Rooms, home: Path, clock: FixedClock) -> None:
    """The witness is older than the data then; only the other way round something is wrong."""
    office = rooms.open(home, USER, PASSWORD)
    make_visit(office)
    make_visit(office)
    office.database.close()
    office = rooms.open(home, USER, PASSWORD)
    assert office.told == ""
    clock.move(2 * MINUTE)
    make_visit(office)
    office.database.close()
    assert rooms.open(home, USER, PASSWORD).told == ""


def test_minute_passes_before_it_is_written_again(rooms: Rooms, home: Path, clock: FixedClock) -> None:
    office = rooms.open(home, USER, PASSWORD)
    assert office.witness is not None
    path = office.witness.path
    make_visit(office)
    first = path.read_bytes()
    make_visit(office)
    assert path.read_bytes() == first
    clock.move(MINUTE)
    make_visit(office)
    second = path.read_bytes()
    assert second != first
    make_visit(office)
    office.close()
    assert path.read_bytes() != second


@pytest.mark.parametrize("content", [b"", b"[]", b'{"last": 7}', b'{"last": "zz"}', b"\xff"])
def test_damaged_witness_says_nothing(rooms: Rooms, home: Path, content: bytes) -> None:
    office = rooms.open(home, USER, PASSWORD)
    assert office.witness is not None
    make_visit(office)
    office.close()
    office.witness.path.write_bytes(content)
    office = rooms.open(home, USER, PASSWORD)
    assert office.told == ""
    office.close()


def test_folder_that_came_to_another_machine_goes_on_as_another_life(
    rooms: Rooms, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("desktop.staff.witness.machine_id", lambda: "one")
    work(rooms, home)
    assert rooms.open(home, USER, PASSWORD).told == ""
    monkeypatch.setattr("desktop.staff.witness.machine_id", lambda: "two")
    office = rooms.open(home, USER, PASSWORD)
    assert "新的身份" in office.told
    office.close()
    assert rooms.open(home, USER, PASSWORD).told == ""


def test_profile_that_may_not_be_written_stops_nothing(home: Path, tmp_path: Path, clock: FixedClock) -> None:
    (tmp_path / "file").write_text("")
    rooms = Rooms(build_catalogue, clock, strength=TOY, witnesses=tmp_path / "file" / "witness")
    assert work(rooms, home)
    assert work(rooms, home)


def test_save_stands_when_its_witness_cannot_be_written(
    rooms: Rooms, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    office = rooms.open(home, USER, PASSWORD)
    broken = EnvironmentFault("DBS-003", "坏了")
    with monkeypatch.context() as patched:
        patched.setattr("desktop.database.database.Database.looking", lambda _self: raises(broken))
        make_visit(office)
        office.close()
    office = rooms.open(home, USER, PASSWORD)
    assert len(office.list_ids("visit")) == 1
    office.close()


def raises(error: Exception) -> Never:
    raise error
