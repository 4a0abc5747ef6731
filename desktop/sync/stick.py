"""Bundles on a USB stick: written so that "you may pull it out" is true, read as if anybody had touched them.

Nothing on the stick tells which room, county or person a file belongs to. Layout: `docs/formats/stick.md`.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shutil
import stat
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from desktop.base.errors import EnvironmentFault
from desktop.base.paths import fault_from
from desktop.base.text import _
from desktop.sync.blob_files import SUFFIX as BLOB
from desktop.sync.bundle import SUFFIX as BUNDLE, new_name
from desktop.sync.crypto import MAX_SEALED_BYTES

FOLDER = "JINGWUSHI"
PART = ".part"
MOST_PIECES = 999
_NAME = re.compile(r"([0-9a-f]{32}\.jw[ab])(?:\.([0-9]{3})of([0-9]{3}))?")
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
    """A file that may be for us; only opening it tells.

    Shape:   `parts` are the files that it lies in, in order: itself, or the pieces that it was split into.
    """

    path: Path
    size_bytes: int
    parts: tuple[Path, ...]

    @property
    def name(self) -> str:
        """Its name, without the mark of a piece."""
        return self.path.name


@dataclass(frozen=True)
class Incoming:
    """What lies on a stick for one receiver: bundles, attachments, and what lacks a piece (name → pieces missing)."""

    bundles: tuple[StickFile, ...] = ()
    blobs: tuple[StickFile, ...] = ()
    incomplete: Mapping[str, tuple[int, ...]] = field(default_factory=dict)


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


class StickWriter:
    """Writes sealed files for one receiver. Only what `finish` gives back was read again and found right.

    Shape:   files are new; nothing that lies on the stick is changed but remains of a write that was cut short. A file
             over `most_bytes` is split into pieces, which a gate or a small card can take one by one; 0 splits nothing.
    """

    def __init__(
        self, root: Path, receiver_age_public: str, *, files: Files = FILES, most_bytes: int = 0
    ) -> None:
        self._root, self._folder, self._files = root, _folder(root, receiver_age_public), files
        self._most_bytes = most_bytes
        self._written: list[tuple[WrittenFile, list[tuple[Path, str, int]]]] = []
        self._is_ready = False

    def add(self, sealed: bytes, name: str) -> None:
        """Writes one file through to the stick.

        Errors:  EnvironmentFault SYN-031 not enough room, SYN-032 no stick there, SYN-033 a file or a link where our
                 folder should be, ENV-0xx what the system reports. Nothing of the file stays then.
        """
        made: list[tuple[Path, str, int]] = []
        try:
            if not self._is_ready:
                _prepare(self._root, self._folder, self._files)
                self._is_ready = True
            _require_room(self._root, len(sealed), self._files)
            for path, piece in self._pieces(self._folder / name, sealed):
                made.append((path, hashlib.sha256(piece).hexdigest(), len(piece)))
                part = path.with_name(path.name + PART)
                self._files.write(part, piece)
                self._files.rename(part, path)
        except OSError as error:
            paths = [one for path, _sha, _size in made for one in (path.with_name(path.name + PART), path)]
            _remove_quietly(paths, self._files)
            raise fault_from(error, _("写入U盘")) from error
        whole = WrittenFile(self._folder / name, hashlib.sha256(sealed).hexdigest(), len(sealed))
        self._written.append((whole, made))

    def finish(self) -> list[WrittenFile]:
        """Writes the names through, reads everything back, and tells what is really there.

        Errors:  EnvironmentFault SYN-030 read back differently, ENV-0xx what the system reports.
        """
        if not self._written:
            return []
        try:
            for folder in (self._folder, self._folder.parent, self._root):
                self._files.sync_folder(folder)
            for _whole, made in self._written:
                for path, sha256, size_bytes in made:
                    self._check(path, sha256, size_bytes)
        except OSError as error:
            raise fault_from(error, _("写入U盘")) from error
        found = [whole for whole, _made in self._written]
        self._written = []
        return found

    def _check(self, path: Path, sha256: str, size_bytes: int) -> None:
        if hashlib.sha256(self._files.read(path, size_bytes + 1)).hexdigest() == sha256:
            return
        _remove_quietly((path,), self._files)
        raise EnvironmentFault(
            "SYN-030",
            _("U盘写入后核对不一致，这个U盘可能有问题。数据都在本机，没有丢失。请换一个U盘再试。"),
            may_retry=True,
        )

    def _pieces(self, path: Path, sealed: bytes) -> Iterator[tuple[Path, bytes]]:
        if not self._most_bytes or len(sealed) <= self._most_bytes:
            yield path, sealed
            return
        size = max(self._most_bytes, -(-len(sealed) // MOST_PIECES))
        count = -(-len(sealed) // size)
        for place in range(count):
            name = f"{path.name}.{place + 1:03}of{count:03}"
            yield path.with_name(name), sealed[place * size : (place + 1) * size]


def write_to_stick(
    root: Path, receiver_age_public: str, sealed: bytes, *, files: Files = FILES
) -> WrittenFile:
    """Writes one sealed bundle and gives it back only after it was read again and compared.

    Errors:  as `StickWriter`.
    """
    writer = StickWriter(root, receiver_age_public, files=files)
    writer.add(sealed, new_name())
    [written] = writer.finish()
    return written


def find_incoming(root: Path, me_age_public: str, *, files: Files = FILES) -> Incoming:
    """What lies there for this receiver, by name.

    Half-written files, foreign names, links, folders and files over the cap are passed over. An empty answer means
    that nothing was found, never that anything was deleted.

    Errors:  EnvironmentFault SYN-032 no stick there, ENV-0xx what the system reports.
    """
    folder = _folder(root, me_age_public)
    try:
        if not files.is_folder(root):
            raise _no_stick()
        if not (files.is_folder(folder.parent) and files.is_folder(folder)):
            return Incoming()
        return sort_out((folder, entry) for entry in files.entries(folder))
    except OSError as error:
        raise fault_from(error, _("读取U盘")) from error


def list_incoming(root: Path, me_age_public: str, *, files: Files = FILES) -> tuple[StickFile, ...]:
    """The bundles for this receiver, by name; as `find_incoming`."""
    return find_incoming(root, me_age_public, files=files).bundles


def sort_out(found: Iterable[tuple[Path, Entry]]) -> Incoming:
    """Bundles, attachments and what lacks a piece, out of entries of folders."""
    pieces: dict[str, dict[int, tuple[Path, int]]] = {}
    counts: dict[str, int] = {}
    for folder, entry in found:
        match = _NAME.fullmatch(entry.name)
        if match is None or not entry.is_plain or not 0 < entry.size_bytes <= MAX_SEALED_BYTES:
            continue
        name, place, count = match[1], int(match[2] or 1), int(match[3] or 1)
        if not 1 <= place <= count:
            continue
        counts[name] = max(counts.get(name, 1), count)
        pieces.setdefault(name, {})[place] = (folder / entry.name, entry.size_bytes)
    files: list[StickFile] = []
    incomplete: dict[str, tuple[int, ...]] = {}
    for name, own in sorted(pieces.items()):
        missing = tuple(place for place in range(1, counts[name] + 1) if place not in own)
        if missing:
            incomplete[name] = missing
            continue
        paths = tuple(own[place][0] for place in range(1, counts[name] + 1))
        size_bytes = sum(size for _path, size in own.values())
        if size_bytes <= MAX_SEALED_BYTES:
            files.append(StickFile(paths[0].with_name(name), size_bytes, paths))
    bundles = tuple(one for one in files if one.name.endswith(BUNDLE))
    return Incoming(bundles, tuple(one for one in files if one.name.endswith(BLOB)), incomplete)


def sort_loose(paths: Iterable[Path]) -> Incoming:
    """As `sort_out` for files that lie anywhere; a whole file may have been renamed, the pieces of one may not.

    Errors:  EnvironmentFault ENV-0xx what the system reports.
    """
    try:
        found = [(path, path.stat().st_size) for path in paths if path.is_file()]
    except OSError as error:
        raise fault_from(error, _("读取U盘")) from error
    own = sort_out((path.parent, Entry(path.name, size_bytes, is_plain=True)) for path, size_bytes in found)
    renamed = [
        StickFile(path, size_bytes, (path,)) for path, size_bytes in found if not _NAME.fullmatch(path.name)
    ]
    bundles = [one for one in renamed if one.path.suffix.lower() == BUNDLE]
    blobs = [one for one in renamed if one.path.suffix.lower() == BLOB]
    return Incoming((*own.bundles, *bundles), (*own.blobs, *blobs), own.incomplete)


def read_from_stick(file: StickFile, *, files: Files = FILES) -> bytes:
    """The sealed bytes, one more than the cap at most, so that a file that grew meanwhile is refused when opened.

    Errors:  EnvironmentFault ENV-0xx what the system reports; a retry may help.
    """
    try:
        return b"".join(files.read(path, MAX_SEALED_BYTES + 1) for path in file.parts)[: MAX_SEALED_BYTES + 1]
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
    wanted = set(names)
    removed: set[str] = set()
    try:
        if not (files.is_folder(folder.parent) and files.is_folder(folder)):
            return ()
        for entry in files.entries(folder):
            match = _NAME.fullmatch(entry.name)
            if match is not None and entry.is_plain and match[1] in wanted:
                files.remove(folder / entry.name)
                removed.add(match[1])
    except OSError as error:
        raise fault_from(error, _("清理U盘")) from error
    return tuple(sorted(removed))


def _folder(root: Path, receiver_age_public: str) -> Path:
    return root / FOLDER / tag(receiver_age_public)


def _prepare(root: Path, folder: Path, files: Files) -> None:
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
        if entry.is_plain and entry.name.endswith(PART) and _NAME.fullmatch(entry.name.removesuffix(PART)):
            files.remove(folder / entry.name)


def _require_room(root: Path, size_bytes: int, files: Files) -> None:
    free_bytes = files.free_bytes(root)
    if free_bytes < size_bytes + SPARE_BYTES:
        raise EnvironmentFault(
            "SYN-031",
            _("U盘空间不够，没有写入。数据都在本机，没有丢失。请清理U盘或换一个再试。"),
            may_retry=True,
            needed_bytes=size_bytes + SPARE_BYTES,
            free_bytes=free_bytes,
        )


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
