"""Taking in commits: what is known is skipped, what fits is kept and folded into rows, what does not fit is parked.

Any causal prefix of a scope is a consistent state, so a large bundle is taken in short transactions, and a crash
between two of them is harmless. Whether an author may write at all is asked before, in `authors.py`.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from sqlalchemy import Connection, Delete, Select, bindparam, delete, insert, select

from desktop.base.errors import Failure
from desktop.database.capture import Change, RowIndex
from desktop.database.columns import of_scope
from desktop.database.kinds import Registry
from desktop.sync.allowed import changes_what_is_written_once
from desktop.sync.commits import Commit, decode_meta, decode_ops, lam_after, read_commit
from desktop.sync.fold import FoldOp
from desktop.sync.log import (
    RecordOps,
    add_commits,
    folded_records,
    lams_around,
    move_heads,
    orphans_among,
    records_of_verdicts,
    refused_among,
    refused_in,
    renew_heads,
    straight_records,
    verdicts_in,
)
from desktop.sync.rows import parts, write_folded
from desktop.sync.tables import CommitVerdict, ParkedRow

CHUNK = 500
PARKED = ParkedRow.__table__
VERDICT = CommitVerdict.__tablename__

PARENT_MISSING = "parent_missing"
WRONG_ORDER = "wrong_order"
NOT_ALLOWED = "not_allowed"
NOT_VOUCHED = "not_vouched"
AUTHOR_REVOKED = "author_revoked"


@dataclass
class Applied:
    """What taking in commits did."""

    new: list[Commit] = field(default_factory=list)
    parked: dict[bytes, str] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)


def take_in(
    connection: Connection, registry: Registry, index: RowIndex, commits: Sequence[Commit], got_at: str
) -> Applied:
    """Takes in commits of one scope inside the caller's transaction; what does not fit is parked.

    Shape:   every commit has passed `authors.judge`; the same commit twice changes nothing.
    """
    done = Applied()
    if not commits:
        return done
    scope = commits[0].scope
    waiting = {commit.id: commit for commit in commits}
    order = sorted(commits, key=lambda commit: (commit.lam, commit.id))
    said = verdicts_in(connection, scope)
    orphans = orphans_among(said)
    parent_lams = lams_around(connection, scope, order)
    have = waiting.keys() & parent_lams.keys()
    fresh = [commit for commit in order if commit.id not in have]
    for commit in fresh:
        why = _objection(registry, commit, parent_lams, orphans)
        if why:
            done.parked[commit.id] = why
            continue
        parent_lams[commit.id] = commit.lam
        done.new.append(commit)
    _store(connection, scope, done.new, got_at, orphans)
    park(connection, scope, [waiting[one] for one in done.parked], done.parked, got_at)
    taken_in = have.union(commit.id for commit in done.new)
    unpark(connection, scope, sorted(taken_in & parked_ids(connection, (scope,))[scope]))
    read = {commit.id: commit for commit in done.new}
    done.changes = _Renewal(connection, registry, index, scope, read).run(refused_among(said))
    return done


def _objection(
    registry: Registry, commit: Commit, parent_lams: Mapping[bytes, int], orphans: Collection[bytes]
) -> str:
    why = order_objection(commit, parent_lams, orphans)
    if why:
        return why
    if any(changes_what_is_written_once(registry, op) for op in decode_ops(commit)):
        return NOT_ALLOWED
    return ""


def order_objection(commit: Commit, parent_lams: Mapping[bytes, int], orphans: Collection[bytes]) -> str:
    """What speaks against a commit's place: its parents are not all here, or its number does not follow theirs.

    An orphan, of which the county said that its parent is lost, need only come after the parents that are here.
    """
    known_lams = [parent_lams[parent] for parent in commit.parents if parent in parent_lams]
    if len(known_lams) < len(commit.parents):
        if commit.id not in orphans:
            return PARENT_MISSING
        return "" if commit.lam >= lam_after(known_lams) else WRONG_ORDER
    return "" if commit.lam == lam_after(known_lams) else WRONG_ORDER


def _store(
    connection: Connection, scope: str, commits: Sequence[Commit], got_at: str, orphans: Collection[bytes]
) -> None:
    if not commits:
        return
    add_commits(connection, [(commit, _author(commit)) for commit in commits], got_at)
    ids = {commit.id for commit in commits}
    built_on = {parent for commit in commits if commit.id not in orphans for parent in commit.parents}
    move_heads(connection, scope, built_on - ids, sorted(ids - built_on))


def _author(commit: Commit) -> str:
    meta = decode_meta(commit)
    return f"{meta.device}/{meta.incarnation}"


# -- parked --------------------------------------------------------------------------------------------------------


def park(
    connection: Connection, scope: str, commits: Sequence[Commit], reasons: Mapping[bytes, str], got_at: str
) -> None:
    """Keeps commits that may not be used, with the reason, so that nothing that arrived is thrown away."""
    ids = [commit.id for commit in commits]
    standing: set[tuple[bytes, str]] = set()
    for part in parts(ids):
        reasons_here = _reasons_statement(connection.dialect.name)
        found = connection.execute(reasons_here, {"of_scope": scope, "these": part})
        standing |= {(bytes(row.id), row.why) for row in found}
    changed = [commit for commit in commits if (commit.id, reasons[commit.id]) not in standing]
    unpark(connection, scope, [commit.id for commit in changed])
    rows = [
        {"scope": scope, "id": commit.id, "why": reasons[commit.id], "raw": _raw(commit), "got_at": got_at}
        for commit in changed
    ]
    if rows:
        connection.execute(_ADD_PARKED, rows)


def unpark(connection: Connection, scope: str, ids: Sequence[bytes]) -> None:
    """Forgets that these commits waited: they were taken in."""
    for part in parts(list(ids)):
        statement = _unpark_statement(connection.dialect.name)
        connection.execute(statement, {"of_scope": scope, "these": part})


_ADD_PARKED = insert(PARKED)
_PARKED_IN = select(PARKED.c.scope, PARKED.c.id).where(
    PARKED.c.scope.in_(bindparam("scopes", expanding=True))
)
_PARKED_FOR = select(PARKED.c.scope, PARKED.c.raw).where(
    PARKED.c.scope.in_(bindparam("scopes", expanding=True)),
    PARKED.c.why.in_(bindparam("reasons", expanding=True)),
)


@cache
def _reasons_statement(dialect: str) -> Select[Any]:
    return select(PARKED.c.id, PARKED.c.why).where(of_scope(dialect, PARKED.c.id))


@cache
def _unpark_statement(dialect: str) -> Delete:
    return delete(PARKED).where(of_scope(dialect, PARKED.c.id))


def _raw(commit: Commit) -> bytes:
    told = [
        [parent.hex() for parent in commit.parents],
        commit.meta.hex(),
        commit.salt.hex(),
        commit.ops.hex(),
    ]
    return json.dumps(told).encode()


def parked_ids(connection: Connection, scopes: Iterable[str]) -> dict[str, set[bytes]]:
    """The commits of some scopes that wait, whatever for."""
    found: dict[str, set[bytes]] = {scope: set() for scope in scopes}
    for row in connection.execute(_PARKED_IN, {"scopes": sorted(found)}):
        found[row.scope].add(bytes(row.id))
    return found


def parked_commits(connection: Connection, scopes: Sequence[str], reasons: Sequence[str]) -> Iterator[Commit]:
    """Commits that wait for one of these reasons; those parked for another wait for a person."""
    for row in connection.execute(_PARKED_FOR, {"scopes": list(scopes), "reasons": list(reasons)}):
        commit = _read_raw(row.scope, row.raw)
        if commit is not None:
            yield commit


def parked_with_reasons(connection: Connection, scopes: Sequence[str] = ()) -> Iterator[tuple[Commit, str]]:
    """Every commit that waits, oldest arrival first, with its reason; empty `scopes` means all."""
    statement = select(PARKED).order_by(PARKED.c.scope, PARKED.c.got_at, PARKED.c.id)
    if scopes:
        statement = statement.where(PARKED.c.scope.in_(scopes))
    for row in connection.execute(statement):
        commit = _read_raw(row.scope, row.raw)
        if commit is not None:
            yield commit, row.why


def _read_raw(scope: str, raw: bytes) -> Commit | None:
    parents, meta, salt, ops = json.loads(raw)
    try:
        return read_commit(
            scope,
            [bytes.fromhex(one) for one in parents],
            bytes.fromhex(meta),
            bytes.fromhex(salt),
            bytes.fromhex(ops),
        )
    except Failure:
        # What was parked passed this check when it came; if it no longer does, it stays parked.
        return None


# -- rows ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Renewal:
    """Brings the rows of one scope up to date with commits that were just stored.

    Shape:   `read` are these commits by id.
    """

    connection: Connection
    registry: Registry
    index: RowIndex
    scope: str
    read: Mapping[bytes, Commit]

    def run(self, refused: Collection[str]) -> list[Change]:
        """Writes what the commits touch; `refused` as it was before them."""
        touched = _by_record(self.read.values())
        stale: Mapping[str, Collection[str]] = {}
        changes: list[Change] = []
        # Verdicts first: they decide which operations count, also for records that nothing else touches now.
        said = touched.pop(VERDICT, {})
        if said:
            changes = self._renew(VERDICT, said, (), refused)
            renew_heads(self.connection, self.scope)
            refused = refused_in(self.connection, self.scope)
            stale = records_of_verdicts(self.connection, self.scope, said)
        for name in dict.fromkeys((*touched, *stale)):
            changes += self._renew(name, touched.get(name, {}), stale.get(name, ()), refused)
        return changes

    def _renew(
        self, name: str, new: RecordOps, stale: Collection[str], refused: Collection[str]
    ) -> list[Change]:
        """The rows of one kind. What this program does not know stays in the log alone.

        Shape:   `stale` are records of which other operations count now than when their rows were written.
        """
        if name not in self.registry:
            return []
        kind = self.registry.kind(name)
        ids = list(dict.fromkeys((*new, *stale)))
        changes = [Change(self.scope, name, one) for one in ids]
        for part in parts(ids):
            plain = {
                one: new[one]
                for one in part
                if one not in stale and not any(cid in refused for cid, _op in new[one])
            }
            straight = straight_records(self.connection, kind, self.scope, plain)
            done = straight.ids
            left = [one for one in part if one not in done]
            folded = folded_records(self.connection, self.scope, name, left, refused, self.read)
            found, followed = write_folded(self.connection, self.registry, kind, self.scope, folded, straight)
            self.index.renew(self.connection, kind, self.scope, sorted(found))
            changes += [
                Change(self.scope, other, one) for other, own in followed.items() for one in sorted(own)
            ]
        return changes


def _by_record(commits: Iterable[Commit]) -> dict[str, dict[str, list[tuple[str, FoldOp]]]]:
    """Table → record → the operations on it, in the order of the commits."""
    found: dict[str, dict[str, list[tuple[str, FoldOp]]]] = {}
    for commit in commits:
        for op in decode_ops(commit):
            own = found.setdefault(op.table, {}).setdefault(op.record_id, [])
            own.append((commit.hex_id, FoldOp(commit.lam, op.parents, op.fields)))
    return found
