"""What one room may ask of the county: so many exchanges a minute, so much space; and what everybody may ask at once.

Kept in memory: a restart forgets it, and nothing but courtesy depends on it. A room that is told to wait keeps its
data.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from sqlalchemy import func, select

from desktop.base.errors import EnvironmentFault
from desktop.base.text import _
from desktop.staff.office import Office
from desktop.sync.certificates import DeviceCertificate
from desktop.sync.log import COMMITS
from desktop.sync.tables import BlobRow

BLOBS = BlobRow.__table__
# A day's work is one exchange, ten thousand changes are about ten; sixty a minute is a program gone wild.
CALLS_A_MINUTE = 60
# Counting a room's space reads all of it, so it is counted again after so long, and estimated in between.
COUNT_AGAIN_SECONDS = 3600.0
# What a sealed byte is worth when it is unpacked.
_UNPACKED = 10
MIB = 1024 * 1024


@dataclass
class _Use:
    counted_at: float
    size_bytes: int


@dataclass
class Limits:
    """The county's patience with each room. `now` is a clock that only goes forward."""

    office: Office
    now: Callable[[], float] = time.monotonic
    _calls: dict[str, deque[float]] = field(default_factory=dict)
    _uses: dict[str, _Use] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def admit(self, sender: DeviceCertificate, size_bytes: int) -> None:
        """Lets a bundle in, whose signature was right.

        Errors:  EnvironmentFault SYN-098 too often (429), SYN-095 no space left for this room (507).
        """
        self._count_call(sender.device)
        quota = self.office.settings.whole("room_quota_mib") * MIB
        if self._use_of(sender.scope) + size_bytes > quota:
            raise EnvironmentFault(
                "SYN-095",
                _("本警务室在县局的空间已满，县局没有接受。数据都在本机，没有丢失。请县局管理员加大空间。"),
                scope=sender.scope,
            )
        with self._lock:
            self._uses[sender.scope].size_bytes += size_bytes * _UNPACKED

    def _count_call(self, device: str) -> None:
        now = self.now()
        with self._lock:
            calls = self._calls.setdefault(device, deque())
            while calls and calls[0] <= now - 60:
                calls.popleft()
            if len(calls) >= CALLS_A_MINUTE:
                wait_seconds = round(60 - (now - calls[0])) + 1
                raise EnvironmentFault(
                    "SYN-098",
                    _("这台电脑来得太频繁，请过一会儿再试"),
                    may_retry=True,
                    wait_seconds=wait_seconds,
                )
            calls.append(now)

    def _use_of(self, scope: str) -> int:
        with self._lock:
            known = self._uses.get(scope)
        if known is not None and self.now() - known.counted_at < COUNT_AGAIN_SECONDS:
            return known.size_bytes
        counted = _Use(self.now(), used_bytes(self.office, scope))
        with self._lock:
            self._uses[scope] = counted
        return counted.size_bytes


def used_bytes(office: Office, scope: str) -> int:
    """What a room's changes and attachments take at the county."""
    length = func.length(COMMITS.c.ops) + func.length(COMMITS.c.meta)
    with office.reading() as session:
        connection = session.connection()
        commits = connection.execute(select(func.sum(length)).where(COMMITS.c.scope == scope)).scalar()
        blobs = connection.execute(
            select(func.sum(BLOBS.c.size_bytes)).where(BLOBS.c.scope == scope)
        ).scalar()
    return int(commits or 0) + int(blobs or 0)
