"""Bundles on a USB stick: written so that "you may pull it out" is true, read as if anybody had touched them.

Nothing on the stick tells which room, county or person a file belongs to. Layout: `docs/formats/stick.md`.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import stat
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from desktop.base.errors import EnvironmentFault
from desktop.base.paths import fault_from
from desktop.base.text import _
from desktop.sync.bundle import is_name, new_name
from desktop.sync.crypto import MAX_SEALED_BYTES

FOLDER = "JINGWUSHI"
PART = ".part"
# What the file system itself may need for names and folders.
SPARE_BYTES = 256 * 1024
_WAITS_SECONDS = (0.1, 0.3, 0.6, 1.0)
# winerror.h: access denied, sharing violation, lock violation.
_HELD = frozenset({5, 32, 33})


@dataclass(frozen=True)
class WrittenFile:
    """A file that was read back from the stick and found right."""

    path: Path
    sha256: str
    size_bytes: int

    @property
    def name(self) -> str:
        """What `remove_received` wants to hear once the other side has it."""
        return self.path.name


@dataclass(frozen=True)
class StickFile:
    """A file that may be a bundle for us; only opening it tells."""

    path: Path
    size_bytes: int


@dataclass(frozen=True)
class Entry:
    """One name in a folder. `is_plain` is false for folders, links and devices."""

    name: str
    size_bytes: int
    is_plain: bool


class Files(Protocol):
    """The door to the stick, so that a test can pull it out between any two steps. Every method may raise OSError."""

    def is_folder(self, path: Path) -> bool:
        """Whether a real folder is there, not a link to one."""
        ...

    def free_bytes(self, path: Path) -> int:
        """Room left on the stick."""
        ...

    def make_folder(self, path: Path) -> None:
        """Makes a folder if there is none."""
        ...

    def entries(self, path: Path) -> list[Entry]:
        """What lies in a folder, links not followed."""
        ...

    def write(self, path: Path, data: bytes) -> None:
        """Writes a new file through to the stick."""
        ...

    def rename(self, path: Path, target: Path) -> None:
        """Gives a file its name."""
        ...

    def sync_folder(self, path: Path) -> None:
        """Writes the folder's names through, where the system can."""
        ...

    def read(self, path: Path, most_bytes: int) -> bytes:
        """The content from the stick rather than from memory, cut after `most_bytes`; links are not followed."""
        ...

    def remove(self, path: Path) -> None:
        """Removes a file."""
        ...


class StickFiles:
    """The real door."""

    def __init__(self, wait: Callable[[float], None] = time.sleep) -> None:
        self._wait = wait

    def is_folder(self, path: Path) -> bool:
        """Whether a real folder is there, not a link to one."""
        try:
            state = path.lstat()
        except FileNotFoundError:
            return False
        # A junction of Windows says that it is a folder.
        return stat.S_ISDIR(state.st_mode) and not getattr(state, "st_reparse_tag", 0)

    def free_bytes(self, path: Path) -> int:
        """Room left on the stick."""
        return shutil.disk_usage(path).free

    def make_folder(self, path: Path) -> None:
        """Makes a folder if there is none."""
        path.mkdir(exist_ok=True)

    def entries(self, path: Path) -> list[Entry]:
        """What lies in a folder, links not followed."""
        found = []
        for item in path.iterdir():
            state = item.lstat()
            found.append(Entry(item.name, state.st_size, stat.S_ISREG(state.st_mode)))
        return found

    def write(self, path: Path, data: bytes) -> None:
        """Writes a new file through to the stick."""
        with path.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())

    def rename(self, path: Path, target: Path) -> None:
        """Gives a file its name; on Windows a virus scanner may hold a fresh file for a moment."""
        for seconds in _WAITS_SECONDS:
            try:
                path.rename(target)
            except PermissionError as error:
                if getattr(error, "winerror", None) not in _HELD:
                    raise
                self._wait(seconds)
            else:
                return
        path.rename(target)

    def sync_folder(self, path: Path) -> None:
        """Writes the folder's names through; Windows knows no such call and writes a stick's names at once."""
        if not hasattr(os, "O_DIRECTORY"):
            return
        handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

    def read(self, path: Path, most_bytes: int) -> bytes:
        """The content from the stick rather than from memory, cut after `most_bytes`; links are not followed."""
        flags = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0)
        handle = os.open(path, flags)
        with os.fdopen(handle, "rb") as file:
            if hasattr(os, "posix_fadvise"):
                os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)
            return file.read(most_bytes)

    def remove(self, path: Path) -> None:
        """Removes a file."""
        path.unlink()


FILES: Files = StickFiles()


def tag(receiver_age_public: str) -> str:
    """The folder for one receiver: who knows the key finds it, nobody else can tell whose it is."""
    return hashlib.sha256(b"jingwushi stick 1\n" + receiver_age_public.encode("ascii")).hexdigest()[:16]


def write_to_stick(
    root: Path, receiver_age_public: str, sealed: bytes, *, files: Files = FILES
) -> WrittenFile:
    """Writes a sealed bundle and gives it back only after it was read again and compared.

    Shape:   the file is new; nothing that lies on the stick is changed but remains of a write that was cut short.
    Errors:  EnvironmentFault SYN-030 read back differently, SYN-031 not enough room, SYN-032 no stick there,
             SYN-033 a file or a link where our folder should be, ENV-0xx what the system reports.
    """
    folder = _folder(root, receiver_age_public)
    try:
        _prepare(root, folder, len(sealed), files)
        return _write_checked(folder / new_name(), sealed, files)
    except OSError as error:
        raise fault_from(error, _("写入U盘")) from error


def list_incoming(root: Path, me_age_public: str, *, files: Files = FILES) -> tuple[StickFile, ...]:
    """The files for this receiver, by name.

    Half-written files, foreign names, links, folders and files over the cap are passed over. An empty answer means
    that nothing was found, never that anything was deleted.

    Errors:  EnvironmentFault SYN-032 no stick there, ENV-0xx what the system reports.
    """
    folder = _folder(root, me_age_public)
    try:
        if not files.is_folder(root):
            raise _no_stick()
        if not (files.is_folder(folder.parent) and files.is_folder(folder)):
            return ()
        found = [
            StickFile(folder / entry.name, entry.size_bytes)
            for entry in files.entries(folder)
            if entry.is_plain and is_name(entry.name) and 0 < entry.size_bytes <= MAX_SEALED_BYTES
        ]
    except OSError as error:
        raise fault_from(error, _("读取U盘")) from error
    return tuple(sorted(found, key=lambda file: file.path.name))


def read_from_stick(file: StickFile, *, files: Files = FILES) -> bytes:
    """The sealed bytes, one more than the cap at most, so that a file that grew meanwhile is refused when opened.

    Errors:  EnvironmentFault ENV-0xx what the system reports; a retry may help.
    """
    try:
        return files.read(file.path, MAX_SEALED_BYTES + 1)
    except OSError as error:
        raise fault_from(error, _("读取U盘")) from error


def remove_received(
    root: Path, receiver_age_public: str, names: Iterable[str], *, files: Files = FILES
) -> tuple[str, ...]:
    """Removes files that this side wrote for the receiver, once the receiver is known to hold what is in them.

    Shape:   the names that were removed; those that are gone already are passed over.
    Errors:  EnvironmentFault ENV-0xx what the system reports.
    """
    folder = _folder(root, receiver_age_public)
    wanted = {name for name in names if is_name(name)}
    removed = []
    try:
        if not (files.is_folder(folder.parent) and files.is_folder(folder)):
            return ()
        for entry in files.entries(folder):
            if entry.is_plain and entry.name in wanted:
                files.remove(folder / entry.name)
                removed.append(entry.name)
    except OSError as error:
        raise fault_from(error, _("清理U盘")) from error
    return tuple(sorted(removed))


def _folder(root: Path, receiver_age_public: str) -> Path:
    return root / FOLDER / tag(receiver_age_public)


def _prepare(root: Path, folder: Path, size_bytes: int, files: Files) -> None:
    if not files.is_folder(root):
        raise _no_stick()
    for path in (folder.parent, folder):
        # A file in its place is told below, together with links, which mkdir is content with.
        with contextlib.suppress(FileExistsError):
            files.make_folder(path)
        if not files.is_folder(path):
            raise EnvironmentFault(
                "SYN-033",
                _("U盘上的 JINGWUSHI 文件夹不正常，没有写入。请换一个U盘，或删掉这个同名文件后再试。"),
            )
    for entry in files.entries(folder):
        # A stick is in one PC at a time, so what is half-written here was cut short.
        if entry.is_plain and entry.name.endswith(PART) and is_name(entry.name.removesuffix(PART)):
            files.remove(folder / entry.name)
    free_bytes = files.free_bytes(root)
    if free_bytes < size_bytes + SPARE_BYTES:
        raise EnvironmentFault(
            "SYN-031",
            _("U盘空间不够，没有写入。数据都在本机，没有丢失。请清理U盘或换一个再试。"),
            may_retry=True,
            needed_bytes=size_bytes + SPARE_BYTES,
            free_bytes=free_bytes,
        )


def _write_checked(target: Path, sealed: bytes, files: Files) -> WrittenFile:
    part = target.with_name(target.name + PART)
    wanted = hashlib.sha256(sealed).hexdigest()
    try:
        files.write(part, sealed)
        files.rename(part, target)
        files.sync_folder(target.parent)
        _sync_parents(target.parent, files)
        found = hashlib.sha256(files.read(target, len(sealed) + 1)).hexdigest()
    except OSError:
        _remove_quietly((part, target), files)
        raise
    if found != wanted:
        _remove_quietly((target,), files)
        raise EnvironmentFault(
            "SYN-030",
            _("U盘写入后核对不一致，这个U盘可能有问题。数据都在本机，没有丢失。请换一个U盘再试。"),
            may_retry=True,
        )
    return WrittenFile(path=target, sha256=wanted, size_bytes=len(sealed))


def _sync_parents(folder: Path, files: Files) -> None:
    """Writes the names of the folder itself and of ours above it through; they may be new as well."""
    files.sync_folder(folder.parent)
    files.sync_folder(folder.parent.parent)


def _remove_quietly(paths: Iterable[Path], files: Files) -> None:
    for path in paths:
        try:
            files.remove(path)
        except OSError:
            # The stick is gone or full of faults, which the caller is just being told. What stays is `.part`, or a file
            # whose seal shows the damage.
            continue


def _no_stick() -> EnvironmentFault:
    return EnvironmentFault(
        "SYN-032", _("没有找到U盘。数据都在本机，没有丢失。请插好U盘再试。"), may_retry=True
    )
