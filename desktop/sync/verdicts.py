"""The county's word on a commit that could not be used as it came: let it count, let it not count, or do without a
parent that is lost.

A verdict is a record in the scope of the commit, written by the county and obeyed by every fold (`log.folded_records`)
and by every arrival (`authors.judge`): so equal heads still mean equal records, whatever program asked whom and when.
"""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection, select

from desktop.base.errors import RuleBroken
from desktop.base.text import _
from desktop.database.database import Database
from desktop.sync.apply import PARENT_MISSING, PARKED, parked_commits
from desktop.sync.commits import Commit, decode_ops
from desktop.sync.log import known, verdicts_in
from desktop.sync.tables import ACCEPTED, REFUSED, WITHOUT_PARENT, CommitVerdict

WORDS = frozenset({ACCEPTED, REFUSED, WITHOUT_PARENT})


def says_verdict(commit: Commit) -> bool:
    """Whether a commit carries a verdict."""
    return any(op.table == CommitVerdict.__tablename__ for op in decode_ops(commit))


def say(database: Database, scope: str, commit_id: bytes, verdict: str, reason: str, *, user: str) -> None:
    """Writes a verdict into the scope of the commit.

    Before:  this is the county; others are refused by the log (SYN-062).
    Errors:  RuleBroken SYN-064 for a commit that is neither here nor waiting, or another word than the three.
    """
    with database.saving(user) as session:
        connection = session.connection()
        standing = (
            known(connection, scope, [commit_id])
            or connection.execute(
                select(PARKED.c.id).where(PARKED.c.scope == scope, PARKED.c.id == commit_id)
            ).first()
        )
        if not standing or verdict not in WORDS or not reason.strip():
            raise RuleBroken(
                "SYN-064", _("没有找到这条改动记录，或没有写明裁定和理由，这次没有裁定"), scope=scope
            )
        if verdict in verdicts_in(connection, scope).get(commit_id.hex(), set()):
            return
        row = CommitVerdict(scope=scope, commit_id=commit_id.hex(), verdict=verdict, reason=reason.strip())
        row.id = row.root_id = session.ids.next_id(session.clock)
        row.recorded_by, row.recorded_at = user, session.clock.now()
        session.add(row)


def orphans_of(connection: Connection, scope: str, device: str, gone: Collection[bytes]) -> list[Commit]:
    """The waiting commits of a device all of whose missing parents that device says it has no more."""
    waiting = list(parked_commits(connection, (scope,), (PARENT_MISSING,)))
    parked = {one.id for one in waiting}
    named = {parent for one in waiting for parent in one.parents}
    here = known(connection, scope, sorted(named)) | parked
    found = []
    for one in waiting:
        missing = [parent for parent in one.parents if parent not in here]
        if one.device == device and missing and set(missing) <= set(gone):
            found.append(one)
    return found
