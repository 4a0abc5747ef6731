"""When rows reached this PC from elsewhere, and whether what was written here has reached the other side.

Two times stand beside each other where it matters (an order's steps): the doer's own, and when the other side could
know. Both are told, neither decides anything.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select
from sqlalchemy.orm import Session

from desktop.base.clock import local_time
from desktop.base.text import _
from desktop.database.columns import read_instant, write_instant
from desktop.database.database import read_meta
from desktop.database.kinds import Kind
from desktop.database.record import Record
from desktop.sync.certificates import COUNTY_DEVICE
from desktop.sync.tables import CommitRow, OpRow, PeerRow
from desktop.sync.walk import lacking

_COMMITS, _OPS, _PEERS = CommitRow.__table__, OpRow.__table__, PeerRow.__table__


@dataclass(frozen=True)
class Arrival:
    """How one row travelled.

    Shape:   `at` is when a row of another PC came here, None for a row that was written here; `is_synced` says whether
             both sides have it.
    """

    at: datetime | None
    is_synced: bool

    def words(self) -> str:
        """For people."""
        if self.at is not None:
            return _("{time} 收到").format(time=local_time(self.at).strftime("%m-%d %H:%M"))
        return _("对方已收到") if self.is_synced else _("等待交换")


def find_arrivals(session: Session, kind_name: str, records: Sequence[Record]) -> dict[str, Arrival]:
    """Row id → how it travelled, for records of one kind."""
    connection = session.connection()
    here = read_meta(connection, "device")
    found: dict[str, Arrival] = {}
    for scope in sorted({record.scope for record in records}):
        ids = [record.id for record in records if record.scope == scope]
        statement = (
            select(_OPS.c.rid, _COMMITS.c.id, _COMMITS.c.dev, _COMMITS.c.got_at)
            .join(_COMMITS, (_COMMITS.c.scope == _OPS.c.scope) & (_COMMITS.c.id == _OPS.c.cid))
            .where(_OPS.c.scope == scope, _OPS.c.tbl == kind_name, _OPS.c.rid.in_(ids))
            .order_by(_COMMITS.c.lam.desc())
        )
        # The first commit of a row is the one that made it, so it is written last.
        first = {row.rid: row for row in connection.execute(statement)}
        own = {rid: bytes(row.id) for rid, row in first.items() if row.dev.partition("/")[0] == here}
        unsent = _unsent(connection, scope, str(here)) if own else set()
        for rid, row in first.items():
            if rid in own:
                found[rid] = Arrival(None, unsent is not None and own[rid] not in unsent)
            else:
                found[rid] = Arrival(read_instant(row.got_at) if row.got_at else None, is_synced=True)
    return found


def _unsent(connection: Connection, scope: str, here: str) -> set[bytes] | None:
    """Commits that no PC of the other side is known to hold; None when none has said anything yet."""
    peers = select(_PEERS.c.peer, _PEERS.c.heads).where(_PEERS.c.scope == scope)
    wanted = [
        [bytes.fromhex(one) for one in json.loads(row.heads or "[]")]
        for row in connection.execute(peers)
        if (row.peer == COUNTY_DEVICE) != (here == COUNTY_DEVICE)
    ]
    held = [heads for heads in wanted if heads]
    if not held:
        return None
    return set.intersection(*[set(lacking(connection, scope, heads)) for heads in held])


def arrival_json(session: Session, kind: Kind, records: Iterable[Record]) -> dict[str, dict[str, Any]]:
    """Row id → `synced_at` and `is_synced`, for kinds that show it."""
    rows = list(records)
    if not kind.info.shows_arrival or not rows:
        return {}
    return {
        rid: {"synced_at": write_instant(one.at) if one.at else None, "is_synced": one.is_synced}
        for rid, one in find_arrivals(session, kind.name, rows).items()
    }
