"""Whose turn it is to write to an upload, among all processes of the county.

A client whose line was cut asks again before the server knows of the cut, perhaps at another of its processes.
It must hear where the old request really ended, and the old one must not write on behind the new one. So a turn is a
file in the folder of uploads that names its holder, and the holder keeps a second file locked while it lives: a
process that was killed holds nothing. The lock is SQLite's, which systems let go of with the process, Windows too.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import sqlite3
from dataclasses import dataclass
from pathlib import Path

from desktop.base.paths import write_file
from desktop.base.text import _

SETTLE_SECONDS = 5.0
_LOOK_SECONDS = 0.05


@dataclass(frozen=True)
class Turn:
    """The right to write to one upload until it ends or is taken away."""

    path: Path
    mark: str
    lock: sqlite3.Connection

    def lasts(self) -> bool:
        """Whether the holder still may write."""
        return _holder(self.path) == self.mark

    def end(self) -> None:
        """It writes no more; whoever waits is let in."""
        if self.lasts():
            _remove(self.path)
        self.lock.close()
        _remove(_lock_path(self.path, self.mark))


class Turns:
    """The turns of all uploads in one folder. Beside `<id>.up` lie `<id>.turn` and `<id>.<mark>.lock` of its holder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def settle(self, upload_id: str) -> None:
        """Waits until the old request has taken in what arrived; one that hangs may write no more."""
        path = self._path(upload_id)
        loop = asyncio.get_running_loop()
        latest = loop.time() + SETTLE_SECONDS
        # No event comes from another process; its lock has to be looked at.
        while (mark := _holder(path)) and loop.time() < latest and _is_held(_lock_path(path, mark)):  # noqa: ASYNC110
            await asyncio.sleep(_LOOK_SECONDS)
        if mark and _holder(path) == mark:
            _remove(path)
            _remove(_lock_path(path, mark))

    def begin(self, upload_id: str) -> Turn:
        """A new request writes; whoever had the turn has it no more.

        Errors:  OSError, EnvironmentFault when the disk refuses; the turn is free then.
        """
        path, mark = self._path(upload_id), secrets.token_hex(8)
        lock_path = _lock_path(path, mark)
        # Made first: of a disk without room the lock itself only says that it cannot be opened.
        lock_path.touch()
        lock = _open(lock_path)
        try:
            lock.execute("BEGIN IMMEDIATE")
            write_file(path, mark.encode(), doing=_("接收附件"))
        except BaseException:
            lock.close()
            _remove(lock_path)
            raise
        return Turn(path, mark, lock)

    def forget(self, upload_id: str) -> None:
        """Takes away what is left of the turns of an upload that is gone."""
        for path in [self._path(upload_id), *self._folder.glob(f"{upload_id}.*.lock")]:
            _remove(path)

    def _path(self, upload_id: str) -> Path:
        return self._folder / f"{upload_id}.turn"


def _lock_path(turn: Path, mark: str) -> Path:
    return turn.with_suffix(f".{mark}.lock")


def _holder(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii")
    except FileNotFoundError:
        return ""


def _open(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(path, timeout=0, isolation_level=None, check_same_thread=False)


def _is_held(path: Path) -> bool:
    """Whether a living process holds the lock."""
    if not path.exists():
        return False
    with contextlib.closing(_open(path)) as lock:
        try:
            lock.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            return True
        return False


def _remove(path: Path) -> None:
    # Windows removes no file that another process is just looking at; it is tidied away with the upload.
    with contextlib.suppress(PermissionError):
        path.unlink(missing_ok=True)
