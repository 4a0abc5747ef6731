"""The dialog's questions answered by a real room from a real stick: what the window gets, and what is started."""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
import signing

from desktop.base.errors import EnvironmentFault, Refused
from desktop.database.backup import check_backup
from desktop.shell.office import KeyBinding, UpdateReady
from desktop.shell.room_office import RoomOffice
from desktop.staff import updating
from desktop.staff.office import Office
from desktop.staff.updating import outcome_of_update

SIGNED_AT = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture
def stick(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A stick with 0.2.0 whose keys this program believes."""
    signing.make_keys(tmp_path / "keys")
    keys = signing.read_keys(tmp_path / "keys")
    root = signing.make_root(keys, SIGNED_AT).to_bytes()
    (tmp_path / "resources" / "update").mkdir(parents=True)
    shipped = tmp_path / "resources" / "update" / "root.json"
    shipped.write_bytes(root)
    # The day of the build counts, and must not be the day of this test.
    os.utime(shipped, (SIGNED_AT.timestamp(), SIGNED_AT.timestamp()))
    monkeypatch.setattr(updating, "resources_folder", lambda: tmp_path / "resources")
    setup = tmp_path / "Jingwushi-Setup-0.2.0.exe"
    setup.write_bytes(b"MZ")
    folder = tmp_path / "盘"
    signing.publish(folder / "update", root, keys, signing.Release(setup, "0.2.0", "0.1.0", "好"), SIGNED_AT)
    return folder


def test_room_finds_prepares_and_starts_the_update_of_a_stick(room: Office, stick: Path) -> None:
    office = RoomOffice(room)

    offer = office.find_update(stick)

    assert offer is not None
    assert (offer.version, offer.notes, offer.source, offer.needs_administrator) == (
        "0.2.0",
        "好",
        stick,
        False,
    )
    ready = office.prepare_update(offer, lambda _stage, _done, _total: None)
    assert ready.setup.read_bytes() == b"MZ"
    assert check_backup(ready.backup).rows_count >= 0


@pytest.mark.skipif(sys.platform == "win32", reason="there the installer would be started")
def test_room_that_cannot_start_an_installer_says_so_and_expects_no_outcome(
    room: Office, stick: Path
) -> None:
    with pytest.raises(EnvironmentFault, match="UPD-006"):
        RoomOffice(room).start_update(UpdateReady("0.2.0", stick, stick))
    assert outcome_of_update(room.home) == ""


def test_room_refuses_a_stick_that_was_altered(room: Office, stick: Path) -> None:
    path = stick / "update" / "metadata" / "targets.json"
    path.write_bytes(path.read_bytes().replace(b"0.2.0", b"9.9.9"))
    with pytest.raises(Refused, match="UPD-003"):
        RoomOffice(room).find_update(stick)


def test_room_tells_how_its_keys_are_bound(room: Office) -> None:
    found = RoomOffice(room).key_binding()
    assert found == KeyBinding(is_bound=False, can_bind=found.can_bind)
