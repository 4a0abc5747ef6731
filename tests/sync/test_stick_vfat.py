"""A FAT image copied in the middle of a write, as a stick that is pulled: written by mtools, no mount needed.

Between two flushes a stick may hold any of the blocks that were written since. So each step of an export is made on the
image by mtools, and copies are made in which a random part of the step's blocks is missing. Where mtools is absent the
simulated door of `test_stick_exchange.py` covers the steps.

    JINGWUSHI_FAT_COPIES=40 python -m pytest tests/sync/test_stick_vfat.py
"""

from __future__ import annotations

import os
import random
import shutil
import subprocess
from pathlib import Path

import pytest

from desktop.base.errors import Failure
from desktop.staff.office import Office
from desktop.staff.status import verify_office
from desktop.sync.stick import StickFiles
from desktop.sync.stick_exchange import exchange_by_stick
from tests.helpers.county import COUNTY, World, all_heads

COPIES = int(os.environ.get("JINGWUSHI_FAT_COPIES", "1"))
BLOCK = 512

pytestmark = pytest.mark.skipif(
    shutil.which("mcopy") is None or shutil.which("mkfs.vfat") is None, reason="needs mtools and dosfstools"
)


class Recorder(StickFiles):
    """A folder whose changes are remembered in order."""

    def __init__(self) -> None:
        super().__init__(wait=lambda _seconds: None)
        self.steps: list[tuple[str, Path, bytes]] = []

    def make_folder(self, path: Path) -> None:
        if not path.exists():
            self.steps.append(("mkdir", path, b""))
        super().make_folder(path)

    def write(self, path: Path, data: bytes) -> None:
        self.steps.append(("write", path, data))
        super().write(path, data)

    def rename(self, path: Path, target: Path) -> None:
        self.steps.append(("rename", path, str(target.name).encode()))
        super().rename(path, target)


def mtools(image: Path, *words: str) -> subprocess.CompletedProcess[bytes]:
    name, *rest = words
    environment = os.environ | {"MTOOLS_SKIP_CHECK": "1"}
    return subprocess.run([name, "-i", str(image), *rest], capture_output=True, check=False, env=environment)


def play(image: Path, root: Path, step: tuple[str, Path, bytes], scratch: Path) -> None:
    """One step of the export on the image."""
    what, path, data = step
    inside = "::" + path.relative_to(root).as_posix()
    if what == "mkdir":
        ran = mtools(image, "mmd", inside)
    elif what == "write":
        scratch.write_bytes(data)
        ran = mtools(image, "mcopy", str(scratch), inside)
    else:
        ran = mtools(image, "mren", inside, data.decode())
    assert ran.returncode == 0, ran.stderr


def torn(before: bytes, after: bytes, chance: random.Random) -> bytes:
    """What a stick holds that was pulled in the middle of a step: any of the blocks that the step changed."""
    image = bytearray(before)
    share = chance.random()
    for start in range(0, len(after), BLOCK):
        changed = after[start : start + BLOCK]
        if changed != before[start : start + BLOCK] and chance.random() < share:
            image[start : start + BLOCK] = changed
    return bytes(image)


def read_out(image: Path, folder: Path) -> None:
    """Everything that can be read from the image, as an operating system would show it."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    mtools(image, "mcopy", "-s", "-n", "::*", str(folder))


def try_import(county: Office, stick: Path) -> None:
    try:
        exchange_by_stick(county.exchange(), stick, blobs=county.blobs)
    except Failure as failure:
        assert failure.code.startswith(("SYN-", "ENV-")), failure  # noqa: PT017 - which kinds are allowed


def test_pulled_fat_stick_changes_nothing_that_is_not_whole(world: World, tmp_path: Path) -> None:
    room, county, chance = world.offices["甲机"], world.county, random.Random(3)
    for size in (3_000, 70_000):
        person = room.add("staff_member", {"name": "张三丰", "role": "民警"}).id
        path = tmp_path / "件.pdf"
        path.write_bytes(chance.randbytes(size))
        room.attach("staff_member", person, path)
    files = Recorder()
    exchange_by_stick(room.exchange(), world.stick(), blobs=room.blobs, files=files)
    image, copy, seen = tmp_path / "stick.img", tmp_path / "copy.img", tmp_path / "seen"
    image.write_bytes(bytes(4 * 1024 * 1024))
    subprocess.run(["mkfs.vfat", "-n", "USB", str(image)], capture_output=True, check=True)
    copies = 0
    for step in files.steps:
        before = image.read_bytes()
        play(image, world.stick(), step, tmp_path / "scratch")
        after = image.read_bytes()
        for _copy in range(COPIES):
            copy.write_bytes(torn(before, after, chance))
            read_out(copy, seen)
            try_import(county, seen)
            copies += 1
            assert verify_office(county)["ok"]
    read_out(image, seen)
    try_import(county, seen)
    assert all_heads(county) == all_heads(room)
    for sealed in ("甲机", COUNTY):
        assert verify_office(world.offices[sealed], deep=True)["ok"]
    assert copies == COPIES * len(files.steps)
