"""Taking in commits: what is known is skipped, what fits is kept and folded into rows, what does not fit is parked.

Any causal prefix of a scope is a consistent state, so a large bundle is taken in short transactions, and a crash
between two of them is harmless. Whether an author may write at all is asked before, in `authors.py`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection, delete, insert, select

from desktop.base.errors import Failure
from desktop.database.capture import Change, RowIndex
from desktop.database.columns import among
from desktop.database.kinds import Registry
from desktop.sync.allowed import changes_what_is_written_once
from desktop.sync.commits import Commit, decode_meta, decode_ops, lam_after, read_commit
from desktop.sync.log import COMMITS, HEADS, OPS, folded_records, known, lams, parts, write_rows
from desktop.sync.tables import ParkedRow

CHUNK = 500
PARKED = ParkedRow.__table__

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


def apply_chunk(
    connection: Connection, registry: Registry, index: RowIndex, commits: Sequence[Commit], got_at: str
) -> Applied:
    """Takes in commits of one scope, parents first, inside the caller's transaction; parked ones are tried again.

    Shape:   every commit has passed `authors.judge`; the same commit twice changes nothing.
    """
    if not commits:
        return Applied()
    scope = commits[0].scope
    waiting = {
        commit.id: commit for commit in (*parked_commits(connection, (scope,), (PARENT_MISSING,)), *commits)
    }
    return take_in(connection, registry, index, list(waiting.values()), got_at)


def take_in(
    connection: Connection, registry: Registry, index: RowIndex, commits: Sequence[Commit], got_at: str
) -> Applied:
    """Takes in these commits of one scope and no others; what does not fit is parked."""
    done = Applied()
    if not commits:
        return done
    scope = commits[0].scope
    waiting = {commit.id: commit for commit in commits}
    order = sorted(commits, key=lambda commit: (commit.lam, commit.id))
    have = known(connection, scope, [commit.id for commit in order])
    fresh = [commit for commit in order if commit.id not in have]
    parent_lams = lams(connection, scope, sorted({parent for commit in fresh for parent in commit.parents}))
    for commit in fresh:
        why = _objection(registry, commit, parent_lams)
        if why:
            done.parked[commit.id] = why
            continue
        parent_lams[commit.id] = commit.lam
        done.new.append(commit)
    _store(connection, scope, done.new, got_at)
    park(connection, scope, [waiting[one] for one in done.parked], done.parked, got_at)
    unpark(connection, scope, [commit.id for commit in done.new] + sorted(have))
    done.changes = _fold_rows(connection, registry, index, scope, done.new)
    return done


def _objection(registry: Registry, commit: Commit, parent_lams: Mapping[bytes, int]) -> str:
    if any(parent not in parent_lams for parent in commit.parents):
        return PARENT_MISSING
    if commit.lam != lam_after([parent_lams[parent] for parent in commit.parents]):
        return WRONG_ORDER
    if any(changes_what_is_written_once(registry, op) for op in decode_ops(commit)):
        return NOT_ALLOWED
    return ""


def _store(connection: Connection, scope: str, commits: Sequence[Commit], got_at: str) -> None:
    if not commits:
        return
    connection.execute(
        insert(COMMITS),
        [
            {
                "scope": scope,
                "id": commit.id,
                "lam": commit.lam,
                "dev": _author(commit),
                "own": commit.own,
                "parents": b"".join(commit.parents),
                "meta": commit.meta,
                "salt": commit.salt,
                "ops": commit.ops,
                "got_at": got_at,
            }
            for commit in commits
        ],
    )
    connection.execute(
        insert(OPS),
        [
            {"scope": scope, "tbl": op.table, "rid": op.record_id, "cid": commit.id}
            for commit in commits
            for op in decode_ops(commit)
        ],
    )
    built_on = {parent for commit in commits for parent in commit.parents}
    for part in parts(sorted(built_on)):
        connection.execute(delete(HEADS).where(HEADS.c.scope == scope, among(connection, HEADS.c.id, part)))
    heads = [{"scope": scope, "id": commit.id} for commit in commits if commit.id not in built_on]
    if heads:
        connection.execute(insert(HEADS), heads)


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
        found = connection.execute(
            select(PARKED.c.id, PARKED.c.why).where(
                PARKED.c.scope == scope, among(connection, PARKED.c.id, part)
            )
        )
        standing |= {(bytes(row.id), row.why) for row in found}
    changed = [commit for commit in commits if (commit.id, reasons[commit.id]) not in standing]
    unpark(connection, scope, [commit.id for commit in changed])
    rows = [
        {"scope": scope, "id": commit.id, "why": reasons[commit.id], "raw": _raw(commit), "got_at": got_at}
        for commit in changed
    ]
    if rows:
        connection.execute(insert(PARKED), rows)


def unpark(connection: Connection, scope: str, ids: Sequence[bytes]) -> None:
    """Forgets that these commits waited: they were taken in."""
    for part in parts(list(ids)):
        connection.execute(
            delete(PARKED).where(PARKED.c.scope == scope, among(connection, PARKED.c.id, part))
        )


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
    rows = select(PARKED.c.scope, PARKED.c.id).where(PARKED.c.scope.in_(sorted(found)))
    for row in connection.execute(rows):
        found[row.scope].add(bytes(row.id))
    return found


def parked_commits(connection: Connection, scopes: Sequence[str], reasons: Sequence[str]) -> Iterator[Commit]:
    """Commits that wait for one of these reasons; those parked for another wait for a person."""
    statement = select(PARKED.c.scope, PARKED.c.raw).where(
        PARKED.c.scope.in_(list(scopes)), PARKED.c.why.in_(list(reasons))
    )
    for row in connection.execute(statement):
        parents, meta, salt, ops = json.loads(row.raw)
        try:
            yield read_commit(
                row.scope,
                [bytes.fromhex(one) for one in parents],
                bytes.fromhex(meta),
                bytes.fromhex(salt),
                bytes.fromhex(ops),
            )
        except Failure:
            # What was parked passed this check when it came; if it no longer does, it stays parked.
            continue


# -- rows ----------------------------------------------------------------------------------------------------------


def _fold_rows(
    connection: Connection, registry: Registry, index: RowIndex, scope: str, commits: Sequence[Commit]
) -> list[Change]:
    touched: dict[str, dict[str, None]] = {}
    for commit in commits:
        for op in decode_ops(commit):
            if op.table in registry:
                touched.setdefault(op.table, {})[op.record_id] = None
    changes: list[Change] = []
    for name, record_ids in touched.items():
        kind = registry.kind(name)
        for part in parts(list(record_ids)):
            write_rows(connection, kind, scope, folded_records(connection, scope, name, part))
            index.renew(connection, kind, scope, part)
            changes += [Change(scope, name, one) for one in part]
    return changes
