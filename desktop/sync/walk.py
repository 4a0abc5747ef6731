"""What one side of a scope lacks: a walk back through the log from the heads of both."""

from __future__ import annotations

import heapq
from collections.abc import Sequence

from sqlalchemy import Connection, bindparam, select

from desktop.sync.log import COMMITS, commit_rows, heads, orphans_in, parents_in

_MINE, _THEIRS = 1, 2
# How far a walk looks ahead with one query; a day's work fits.
_WINDOW = 200
_BEFORE = select(COMMITS.c.id, COMMITS.c.lam, COMMITS.c.parents).where(
    COMMITS.c.scope == bindparam("of_scope"),
    COMMITS.c.lam < bindparam("below"),
    COMMITS.c.lam >= bindparam("least"),
)


class _Walk:
    """Goes back through the log from two sets of heads and colours each commit by who has it.

    Commits are taken newest first by `lam`, so both colours have reached a commit before it is taken. Nobody is
    believed to have the parents of an orphan because he has the orphan.
    """

    def __init__(self, connection: Connection, scope: str) -> None:
        self._connection, self._scope = connection, scope
        self._colour: dict[bytes, int] = {}
        self._waiting: set[bytes] = set()
        self._queue: list[tuple[int, bytes, bytes]] = []
        self._near: dict[bytes, tuple[int, bytes]] = {}
        self._orphans: set[bytes] | None = None
        self.mine_waiting = 0

    def reach(self, ids: Sequence[bytes], colour: int) -> None:
        """These commits are had by the side of this colour; those that are not here count as nothing."""
        for one in ids:
            known = self._colour.get(one, 0)
            if known and not known & colour:
                self.mine_waiting -= known == _MINE and one in self._waiting
                self._colour[one] = known | colour
        fresh = [one for one in ids if one not in self._colour]
        self._load([one for one in fresh if one not in self._near])
        for one in fresh:
            if one not in self._near:
                continue
            lam, joined = self._near.pop(one)
            self._colour[one] = colour
            self._waiting.add(one)
            self.mine_waiting += colour == _MINE
            heapq.heappush(self._queue, (-lam, one, joined))

    def _load(self, ids: Sequence[bytes]) -> None:
        """Commits with some that come just before them: the walk asks for those next, one by one."""
        lowest = 0
        for row in commit_rows(self._connection, self._scope, ids, COMMITS.c.lam, COMMITS.c.parents):
            self._near[bytes(row.id)] = (row.lam, bytes(row.parents or b""))
            lowest = row.lam if not lowest else min(lowest, row.lam)
        # The heads themselves are asked for one by one: with equal heads nothing before them is needed.
        if lowest and self._colour:
            facts = {"of_scope": self._scope, "below": lowest, "least": lowest - _WINDOW}
            for one, lam, joined in self._connection.execute(_BEFORE, facts):
                if bytes(one) not in self._colour:
                    self._near[bytes(one)] = (lam, bytes(joined or b""))

    def take(self) -> tuple[bytes, bool]:
        """The newest waiting commit, and whether only this side has it."""
        _lam, one, joined = heapq.heappop(self._queue)
        self._waiting.discard(one)
        colour = self._colour[one]
        self.mine_waiting -= colour == _MINE
        if self._orphans is None:
            self._orphans = orphans_in(self._connection, self._scope)
        parents = () if one in self._orphans else parents_in(joined)
        for side in (_MINE, _THEIRS):
            if colour & side:
                self.reach(parents, side)
        return one, colour == _MINE


def lacking(connection: Connection, scope: str, theirs: Sequence[bytes]) -> list[bytes]:
    """The ids of commits that one whose heads are `theirs` lacks, parents first.

    Heads that are unknown here count as nothing: the other side may be ahead, or restored from a backup. The walk
    goes back from our heads only until everything left is theirs as well, so a day's work costs a day's rows.
    """
    if not theirs:
        return _all_ids(connection, scope)
    walk = _Walk(connection, scope)
    walk.reach(heads(connection, scope), _MINE)
    walk.reach(theirs, _THEIRS)
    found: list[bytes] = []
    while walk.mine_waiting:
        one, only_mine = walk.take()
        if only_mine:
            found.append(one)
    found.reverse()
    return found


def _all_ids(connection: Connection, scope: str) -> list[bytes]:
    return [bytes(one) for one in connection.execute(_ALL_IDS, {"of_scope": scope}).scalars().all()]


_ALL_IDS = (
    select(COMMITS.c.id).where(COMMITS.c.scope == bindparam("of_scope")).order_by(COMMITS.c.lam, COMMITS.c.id)
)
