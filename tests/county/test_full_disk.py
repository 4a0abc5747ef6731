"""The county's disk fills up while attachments come in: the room keeps its own, is told, and goes on later."""

from __future__ import annotations

import shutil
import subprocess
import sys
from io import RawIOBase
from pathlib import Path
from typing import Any

import pytest

from county.blobs import _write_whole
from desktop.base import paths
from desktop.base.errors import EnvironmentFault
from desktop.staff.status import verify_office
from tests.county.test_blobs import SCAN, TestWire, attach, only_blobs, state_of, travel
from tests.helpers.county import COUNTY, World
from tests.helpers.server import ROOT

ROOM = "甲机"


class FullDisk:
    """Refuses the file that is written as the nth, and every one after it, until there is room again."""

    def __init__(self, nth: int) -> None:
        self.left = nth

    def __call__(self, path: Path, data: bytes, **rest: Any) -> None:
        self.left -= 1
        if self.left <= 0:
            raise EnvironmentFault("ENV-001", "full")
        paths.write_file(path, data, **rest)


# What the county writes for one attachment, one after the other.
STEPS = ("what was said of it", "whose turn it is", "its kept bytes", "that it was kept")


@pytest.mark.parametrize("nth", range(1, len(STEPS) + 1), ids=STEPS)
def test_full_disk_at_any_step_loses_nothing(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, nth: int
) -> None:
    room, wire = world.offices[ROOM], TestWire(world.county)
    sha256 = attach(room, tmp_path)
    world.by_wire(ROOM)
    disk = FullDisk(nth)
    for place in ("county.blobs", "county.upload_turns", "desktop.database.attachments"):
        monkeypatch.setattr(f"{place}.write_file", disk)
    assert [one.code for one in only_blobs(room, wire).failures] == ["SYN-088"]
    statuses = {status for _method, status in wire.calls}
    assert statuses - {200, 201, 409} == {507}
    assert state_of(room, sha256) == "have"
    assert list((world.county.home / "uploads").glob("*.lock")) == []
    monkeypatch.undo()
    travel(world, ROOM)
    assert (state_of(room, sha256), state_of(world.county, sha256)) == ("kept", "kept")
    assert world.county.attachments.get(sha256) == SCAN
    for name in (ROOM, COUNTY):
        assert verify_office(world.offices[name], deep=True)["ok"]


class Stingy(RawIOBase):
    """Takes at most three bytes at once, as an unbuffered file on a disk that is nearly full."""

    def __init__(self) -> None:
        self.held = b""

    def write(self, data: Any) -> int:
        self.held += bytes(data[:3])
        return len(data[:3])


def test_piece_is_written_whole_where_the_disk_takes_it_in_parts() -> None:
    file = Stingy()
    _write_whole(file, b"0123456789")
    assert file.held == b"0123456789"


def _may_mount() -> bool:
    if sys.platform != "linux" or shutil.which("unshare") is None:
        return False
    words = ["unshare", "-rm", "sh", "-c", "mount -t tmpfs none /mnt"]
    return subprocess.run(words, capture_output=True, check=False).returncode == 0


@pytest.mark.skipif(not _may_mount(), reason="this system lets nobody mount a disk of his own")
def test_real_disk_that_fills_in_the_middle_of_a_body(world: World, tmp_path: Path) -> None:
    attach(world.offices[ROOM], tmp_path)
    world.by_wire(ROOM)
    world.close_all()
    script = """
        mkdir -p "$0/uploads" && mount -t tmpfs -o size=66m none "$0/uploads" || exit 9
        exec "$1" -m tests.helpers.full_uploads "$0" "$2"
    """
    words = [str(world.folder / COUNTY), sys.executable, str(world.folder / ROOM)]
    ran = subprocess.run(
        ["unshare", "-rm", "sh", "-c", script, *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    told = dict(line.split("=", 1) for line in ran.stdout.splitlines())
    assert told == {
        "full": "SYN-088",
        "arrived_in_part": "True",
        "room": "kept",
        "whole": "True",
        "verified": "True",
    }, ran.stderr
