"""In an emergency a county technician opens what a room sent with the county's key and programs that everybody has."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from county.home import technicians_key
from desktop.audit.trail import ENTRIES
from desktop.base.errors import Refused
from desktop.staff.permissions import actor_of
from tests.county.test_blobs import SCAN, attach
from tests.helpers.county import World

ROOM = "甲机"

pytestmark = pytest.mark.skipif(
    shutil.which("age") is None or shutil.which("zstd") is None, reason="needs the programs age and zstd"
)


def opened(key: Path, file: Path) -> bytes:
    """As `docs/formats/bundle.md` says."""
    return subprocess.run(["age", "-d", "-i", str(key), str(file)], capture_output=True, check=True).stdout


def test_stick_of_a_room_is_opened_with_the_countys_key(world: World, tmp_path: Path) -> None:
    room = world.offices[ROOM]
    attach(room, tmp_path)
    world.by_stick(ROOM)
    key = tmp_path / "key.txt"
    key.write_bytes(technicians_key(world.county))
    found = {one.suffix: one for one in world.stick().rglob("*.jw?")}
    packed = opened(key, found[".jwb"])
    plain = subprocess.run(["zstd", "-d"], input=packed, capture_output=True, check=True).stdout
    lines = plain.decode("utf-8").splitlines()
    assert json.loads(lines[0])["from"] == room.place.device
    assert any("张三丰" in line for line in lines[1:])
    # Two lines of its head come before the content.
    assert opened(key, found[".jwa"]).split(b"\n", 2)[2] == SCAN


def test_key_is_given_to_an_administrator_only_and_noted(world: World) -> None:
    assert technicians_key(world.county).startswith(b"AGE-SECRET-KEY-1")
    with world.county.reading() as session:
        assert "county_key" in {row.verb for row in session.execute(select(ENTRIES))}
    by_clerk = replace(world.county, actor=actor_of("内勤", ("clerk", "county")))
    with pytest.raises(Refused, match="STF-001"):
        technicians_key(by_clerk)
