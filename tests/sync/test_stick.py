"""The stick: pulled after every step, filled, write-protected, tampered with; never a half file taken for whole."""

from __future__ import annotations

import errno
import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from desktop.base.errors import EnvironmentFault, RuleBroken
from desktop.sync import stick
from desktop.sync.bundle import new_name
from desktop.sync.crypto import SUITE, check_envelope
from desktop.sync.stick import (
    Entry,
    StickFile,
    StickFiles,
    list_incoming,
    read_from_stick,
    remove_received,
    tag,
    write_to_stick,
)

ROOM = SUITE.new_keys()
COUNTY = SUITE.new_keys()
SEALED = SUITE.seal("青石村警务室".encode() * 500, [COUNTY.age_public])


class PulledStick(StickFiles):
    """A real folder whose every step can fail; what was not written through is lost half-way when it does."""

    def __init__(self, fails_at: int, number: int = errno.ENODEV) -> None:
        self.steps: list[str] = []
        self._fails_at = fails_at
        self._number = number

    def _step(self, name: str) -> None:
        if len(self.steps) >= self._fails_at:
            raise OSError(self._number, os.strerror(self._number))
        self.steps.append(name)

    def is_folder(self, path: Path) -> bool:
        self._step("is_folder")
        return super().is_folder(path)

    def free_bytes(self, path: Path) -> int:
        self._step("free_bytes")
        return super().free_bytes(path)

    def make_folder(self, path: Path) -> None:
        self._step("make_folder")
        super().make_folder(path)

    def entries(self, path: Path) -> list[Entry]:
        self._step("entries")
        return super().entries(path)

    def write(self, path: Path, data: bytes) -> None:
        try:
            self._step("write")
        except OSError:
            path.write_bytes(data[: len(data) // 2])
            raise
        super().write(path, data)

    def rename(self, path: Path, target: Path) -> None:
        self._step("rename")
        super().rename(path, target)

    def sync_folder(self, path: Path) -> None:
        self._step("sync_folder")
        super().sync_folder(path)

    def read(self, path: Path, most_bytes: int) -> bytes:
        self._step("read")
        return super().read(path, most_bytes)

    def remove(self, path: Path) -> None:
        self._step("remove")
        super().remove(path)


def steps_of_a_write(root: Path) -> list[str]:
    files = PulledStick(1000)
    write_to_stick(root, COUNTY.age_public, SEALED, files=files)
    return files.steps


def fails(code: str, call: Callable[[], object]) -> EnvironmentFault:
    with pytest.raises(EnvironmentFault) as failure:
        call()
    assert failure.value.code == code
    return failure.value


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "U 盘"
    folder.mkdir()
    return folder


def test_written_file_is_found_by_its_receiver_and_by_nobody_else(root: Path) -> None:
    written = write_to_stick(root, COUNTY.age_public, SEALED)
    assert written.sha256 == hashlib.sha256(SEALED).hexdigest()
    assert written.size_bytes == len(SEALED)
    assert list_incoming(root, COUNTY.age_public) == (StickFile(written.path, len(SEALED), (written.path,)),)
    assert list_incoming(root, ROOM.age_public) == ()
    assert read_from_stick(list_incoming(root, COUNTY.age_public)[0]) == SEALED


def test_stick_tells_nothing_about_room_or_county(root: Path) -> None:
    written = write_to_stick(root, COUNTY.age_public, SEALED)
    parts = written.path.relative_to(root).parts
    assert parts == ("JINGWUSHI", tag(COUNTY.age_public), written.name)
    image = " ".join(parts).encode() + written.path.read_bytes()
    for secret in ("警务室", "青石", "64990101", COUNTY.age_public, ROOM.age_public, COUNTY.sign_public):
        assert secret.encode() not in image


def test_tag_of_a_key_never_changes() -> None:
    assert tag("age1example") == "7b120cccf93fc862"


def test_write_syncs_before_it_reads_back(root: Path) -> None:
    steps = steps_of_a_write(root)
    assert steps[steps.index("write") :] == ["write", "rename", *["sync_folder"] * 3, "read"]


@pytest.mark.parametrize(
    "number", [errno.ENODEV, errno.ENOSPC, errno.EROFS, errno.EIO], ids=errno.errorcode.get
)
def test_stick_pulled_after_any_step_leaves_old_files_and_no_half_file(root: Path, number: int) -> None:
    before = write_to_stick(root, COUNTY.age_public, SEALED)
    total = len(steps_of_a_write(root))
    for fails_at in range(total):
        with pytest.raises(EnvironmentFault):
            write_to_stick(root, COUNTY.age_public, SEALED, files=PulledStick(fails_at, number))
        assert before.path.read_bytes() == SEALED
        for file in list_incoming(root, COUNTY.age_public):
            assert read_from_stick(file) == SEALED
    assert write_to_stick(root, COUNTY.age_public, SEALED).size_bytes == len(SEALED)
    assert not list(root.rglob("*.part"))


def test_half_written_file_of_a_pulled_stick_is_passed_over_and_cleared(root: Path) -> None:
    write_to_stick(root, COUNTY.age_public, SEALED)
    pulled = PulledStick(steps_of_a_write(root).index("write"))
    fails("ENV-003", lambda: write_to_stick(root, COUNTY.age_public, SEALED, files=pulled))
    assert len(list(root.rglob("*.part"))) == 1
    assert len(list_incoming(root, COUNTY.age_public)) == 2
    write_to_stick(root, COUNTY.age_public, SEALED)
    assert not list(root.rglob("*.part"))


def test_full_stick_is_told_before_anything_is_written(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(StickFiles, "free_bytes", lambda _self, _path: len(SEALED) + stick.SPARE_BYTES - 1)
    full = fails("SYN-031", lambda: write_to_stick(root, COUNTY.age_public, SEALED))
    assert full.may_retry
    assert not list(root.rglob("*.jwb*"))
    monkeypatch.setattr(StickFiles, "free_bytes", lambda _self, _path: len(SEALED) + stick.SPARE_BYTES)
    assert write_to_stick(root, COUNTY.age_public, SEALED).path.is_file()


def test_stick_that_lies_is_noticed_and_its_file_removed(root: Path) -> None:
    class Lying(StickFiles):
        def write(self, path: Path, data: bytes) -> None:
            super().write(path, data[:-1] + bytes([data[-1] ^ 1]))

    fails("SYN-030", lambda: write_to_stick(root, COUNTY.age_public, SEALED, files=Lying()))
    assert list_incoming(root, COUNTY.age_public) == ()


def test_stick_that_gives_more_than_was_written_is_noticed(root: Path) -> None:
    class Longer(StickFiles):
        def write(self, path: Path, data: bytes) -> None:
            super().write(path, data + b"x")

    fails("SYN-030", lambda: write_to_stick(root, COUNTY.age_public, SEALED, files=Longer()))


def test_missing_stick_is_told(tmp_path: Path) -> None:
    gone = tmp_path / "E"
    assert fails("SYN-032", lambda: write_to_stick(gone, COUNTY.age_public, SEALED)).may_retry
    fails("SYN-032", lambda: list_incoming(gone, COUNTY.age_public))
    assert not gone.exists()


def test_file_in_place_of_our_folder_is_told_and_left_alone(root: Path) -> None:
    (root / "JINGWUSHI").write_text("旧文件", encoding="utf-8")
    fails("SYN-033", lambda: write_to_stick(root, COUNTY.age_public, SEALED))
    assert (root / "JINGWUSHI").read_text(encoding="utf-8") == "旧文件"
    assert list_incoming(root, COUNTY.age_public) == ()
    assert remove_received(root, COUNTY.age_public, [new_name()]) == ()


def make_link(link: Path, target: Path) -> None:
    try:
        link.symlink_to(target, target_is_directory=target.is_dir())
    except OSError:
        pytest.skip("this system makes no links without special rights")
    if not link.is_symlink():
        pytest.skip("this system does not tell a link from its target")


def test_link_in_place_of_our_folder_is_not_followed(root: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    folder = elsewhere / tag(COUNTY.age_public)
    folder.mkdir(parents=True)
    (folder / new_name()).write_bytes(SEALED)
    make_link(root / "JINGWUSHI", elsewhere)
    fails("SYN-033", lambda: write_to_stick(root, COUNTY.age_public, SEALED))
    assert list_incoming(root, COUNTY.age_public) == ()
    assert len(list(folder.iterdir())) == 1


def test_link_among_the_files_is_passed_over_and_not_read(root: Path, tmp_path: Path) -> None:
    folder = write_to_stick(root, COUNTY.age_public, SEALED).path.parent
    secret = tmp_path / "secret"
    secret.write_bytes(SEALED)
    link = folder / new_name()
    make_link(link, secret)
    assert [file.path for file in list_incoming(root, COUNTY.age_public)] != []
    assert link not in [file.path for file in list_incoming(root, COUNTY.age_public)]
    if hasattr(os, "O_NOFOLLOW"):
        with pytest.raises(EnvironmentFault):
            read_from_stick(StickFile(link, len(SEALED), (link,)))


def test_foreign_files_are_passed_over(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written = write_to_stick(root, COUNTY.age_public, SEALED)
    folder = written.path.parent
    for name in ("readme.txt", "x.jwb", new_name() + ".part", new_name().upper(), "._" + new_name()):
        (folder / name).write_bytes(SEALED)
    (folder / new_name()).mkdir()
    (folder / new_name()).write_bytes(b"")
    (folder / new_name()).write_bytes(SEALED + b"x")
    monkeypatch.setattr(stick, "MAX_SEALED_BYTES", len(SEALED))
    assert [file.path for file in list_incoming(root, COUNTY.age_public)] == [written.path]


def test_file_that_grew_after_the_listing_is_refused_when_opened(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = write_to_stick(root, COUNTY.age_public, SEALED)
    (file,) = list_incoming(root, COUNTY.age_public)
    written.path.write_bytes(SEALED * 3)
    monkeypatch.setattr(stick, "MAX_SEALED_BYTES", len(SEALED))
    monkeypatch.setattr("desktop.sync.crypto.MAX_SEALED_BYTES", len(SEALED))
    data = read_from_stick(file)
    assert len(data) == len(SEALED) + 1
    with pytest.raises(RuleBroken, match="SYN-012"):
        check_envelope(data)


def test_remove_takes_only_what_it_is_told(root: Path) -> None:
    mine, other = (write_to_stick(root, COUNTY.age_public, SEALED) for _number in range(2))
    theirs = write_to_stick(root, ROOM.age_public, SEALED)
    outside = root / "卷宗.docx"
    outside.write_bytes(b"x")
    names = [mine.name, theirs.name, new_name(), "../../卷宗.docx"]
    assert remove_received(root, COUNTY.age_public, names) == (mine.name,)
    assert not mine.path.exists()
    assert other.path.exists()
    assert theirs.path.exists()
    assert outside.exists()
    assert remove_received(root, COUNTY.age_public, names) == ()


def test_remove_on_a_protected_stick_is_told(root: Path) -> None:
    mine = write_to_stick(root, COUNTY.age_public, SEALED)
    files: Any = PulledStick(3, errno.EROFS)
    fails("ENV-002", lambda: remove_received(root, COUNTY.age_public, [mine.name], files=files))
    assert mine.path.exists()


def test_reading_from_a_pulled_stick_may_be_tried_again(root: Path) -> None:
    write_to_stick(root, COUNTY.age_public, SEALED)
    (file,) = list_incoming(root, COUNTY.age_public)
    assert fails("ENV-003", lambda: read_from_stick(file, files=PulledStick(0))).may_retry
    assert fails("ENV-003", lambda: list_incoming(root, COUNTY.age_public, files=PulledStick(2))).may_retry


def held_by_a_scanner(monkeypatch: pytest.MonkeyPatch, times: int, winerror: int) -> None:
    real = Path.rename
    left = times

    def rename(path: Path, target: Path) -> Path:
        nonlocal left
        if left > 0:
            left -= 1
            error = PermissionError(errno.EACCES, "held")
            error.winerror = winerror  # type: ignore[attr-defined]
            raise error
        return real(path, target)

    monkeypatch.setattr(Path, "rename", rename)


def test_write_waits_for_a_virus_scanner(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    held_by_a_scanner(monkeypatch, 4, 32)
    waited: list[float] = []
    files = StickFiles(wait=waited.append)
    assert write_to_stick(root, COUNTY.age_public, SEALED, files=files).path.exists()
    assert len(waited) == 4


@pytest.mark.parametrize(("times", "winerror", "code"), [(5, 32, "ENV-004"), (1, 19, "ENV-002")], ids=str)
def test_write_does_not_wait_for_ever_nor_for_anything_else(
    root: Path, monkeypatch: pytest.MonkeyPatch, times: int, winerror: int, code: str
) -> None:
    held_by_a_scanner(monkeypatch, times, winerror)
    fails(
        code, lambda: write_to_stick(root, COUNTY.age_public, SEALED, files=StickFiles(wait=lambda _s: None))
    )
    assert not list(root.rglob("*.part"))
