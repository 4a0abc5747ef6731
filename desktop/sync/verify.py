"""Checking that nothing was lost or altered: hashes, order, heads, and every row against the fold of its operations.

It catches any bypass of the log, any edit by hand, and any fault of ours; a few seconds for 100,000 changes.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import BindParameter, Connection, Select, Table, bindparam, select

from desktop.base.errors import Failure
from desktop.base.text import _
from desktop.database.derived import find_wrong
from desktop.database.fields import to_json
from desktop.database.kinds import Kind, Registry
from desktop.sync.apply import PARENT_MISSING, order_objection
from desktop.sync.authors import VOUCHES
from desktop.sync.bundle import Vouch, vouch_is_right
from desktop.sync.commits import Commit, commit_id
from desktop.sync.fold import Folded
from desktop.sync.log import (
    COMMITS,
    OPS,
    commit_of,
    decided_in,
    folded_records,
    heads,
    known,
    orphans_in,
    parents_in,
    refused_in,
    scopes,
)
from desktop.sync.parties import Party, load_devices
from desktop.sync.rows import (
    CONFLICTS,
    VERSIONS,
    conflict_rows,
    parts,
    rival_row,
    row_values,
    version_rows,
    versions_of,
)


@dataclass(frozen=True)
class Problem:
    """One thing that is not as the log says."""

    code: str
    message: str
    scope: str = ""
    kind: str = ""
    record_id: str = ""
    field: str = ""


def verify(connection: Connection, registry: Registry, party: Party | None = None) -> Iterator[Problem]:
    """Every problem of log and tables; none means that `fold(log) == tables` and every hash is right.

    Shape:   with `party`, also that every commit is proved by its author's digital signature. What this side wrote
             itself is signed when it is sent first, and what was cut off while it came is proved by a signature
             over a commit that is still to come.
    """
    for scope in scopes(connection):
        yield from _verify_log(connection, scope)
        if party is not None:
            yield from _verify_signatures(connection, scope, party)
        refused = refused_in(connection, scope)
        for kind in registry:
            yield from _verify_rows(connection, kind, scope, refused)
        yield from _verify_derived(connection, registry, scope)
    yield from _verify_strays(connection, registry)


# How many records are folded and compared at a time.
_PAGE = 400

# Made once for each table: a check asks the same of every kind in every scope.
_OF_SCOPE: BindParameter[str] = bindparam("of_scope")
_OLDEST_FIRST = select(COMMITS).where(COMMITS.c.scope == _OF_SCOPE).order_by(COMMITS.c.lam, COMMITS.c.id)
_NEWEST_FIRST = (
    select(COMMITS.c.id, COMMITS.c.dev, COMMITS.c.parents)
    .where(COMMITS.c.scope == _OF_SCOPE)
    .order_by(COMMITS.c.lam.desc(), COMMITS.c.id.desc())
)
_INDEXED = select(OPS.c.cid, OPS.c.tbl, OPS.c.rid).where(OPS.c.scope == _OF_SCOPE)
_OF_TABLE: BindParameter[str] = bindparam("of_table")
_NEXT_RECORDS = (
    select(OPS.c.rid)
    .distinct()
    .where(OPS.c.scope == _OF_SCOPE, OPS.c.tbl == _OF_TABLE, OPS.c.rid > bindparam("after"))
    .order_by(OPS.c.rid)
    .limit(bindparam("most"))
)
_VOUCHES = select(VOUCHES).where(VOUCHES.c.scope == _OF_SCOPE)
_RIVALS = select(CONFLICTS).where(
    CONFLICTS.c.scope == _OF_SCOPE, CONFLICTS.c.tbl == _OF_TABLE, CONFLICTS.c.field == VERSIONS
)
_TOLD = select(CONFLICTS).where(
    CONFLICTS.c.scope == _OF_SCOPE,
    CONFLICTS.c.tbl == _OF_TABLE,
    CONFLICTS.c.rid.in_(bindparam("these", expanding=True)),
    CONFLICTS.c.field != VERSIONS,
)


@cache
def _strays_statement(table: Table) -> Select[Any]:
    """The rows of a scope that no operation speaks of."""
    told = select(OPS.c.rid).where(
        OPS.c.scope == table.c.scope, OPS.c.tbl == _OF_TABLE, OPS.c.rid == table.c.id
    )
    return select(table.c.id).where(table.c.scope == _OF_SCOPE, ~told.exists()).order_by(table.c.id)


@cache
def _rows_statement(table: Table) -> Select[Any]:
    return select(table).where(table.c.scope == _OF_SCOPE, table.c.id.in_(bindparam("these", expanding=True)))


@cache
def _scopes_statement(table: Table) -> Select[Any]:
    return select(table.c.scope).distinct()


def _verify_log(connection: Connection, scope: str) -> Iterator[Problem]:
    """Hashes, order, heads and the index of operations; of each commit no more than its number is remembered."""
    order: dict[bytes, int] = {}
    tips: set[bytes] = set()
    built_on_before: set[bytes] = set()
    orphans = orphans_in(connection, scope)
    index = _index_sum(connection, scope)
    for row in connection.execute(_OLDEST_FIRST, {"of_scope": scope}).yield_per(500):
        commit = commit_of(row)
        short = commit.id.hex()[:12]
        if commit.id not in orphans:
            built_on_before.update(parent for parent in commit.parents if parent not in order)
            tips.difference_update(commit.parents)
        if commit.id not in built_on_before:
            tips.add(commit.id)
        if commit_id(commit.parents, commit.meta, commit.salt, commit.ops) != commit.id:
            yield Problem("VER-001", _("改动记录 {short} 的内容和校验值不符").format(short=short), scope)
            order[commit.id] = commit.lam
            continue
        why = order_objection(commit, order, orphans)
        if why == PARENT_MISSING:
            yield Problem("VER-002", _("改动记录 {short} 缺少它之前的记录").format(short=short), scope)
        elif why:
            yield Problem("VER-003", _("改动记录 {short} 的次序不对").format(short=short), scope)
        order[commit.id] = commit.lam
        for table, record_id in _touched(commit):
            index ^= hash((commit.id, table, record_id))
    if set(heads(connection, scope)) != tips:
        yield Problem("VER-005", _("{scope} 的最新记录登记有误").format(scope=scope), scope)
    if index:
        yield from _verify_index(connection, scope)


def _index_sum(connection: Connection, scope: str) -> int:
    """One number for all of the index, so that it need not be held beside the log; 0 once each entry was met again."""
    found = 0
    for row in connection.execute(_INDEXED, {"of_scope": scope}).yield_per(5000):
        found ^= hash((bytes(row.cid), row.tbl, row.rid))
    return found


def _verify_index(connection: Connection, scope: str) -> Iterator[Problem]:
    """Which commits the index has wrong, once it is known that there are some."""
    indexed: dict[bytes, set[tuple[str, str]]] = {}
    for entry in connection.execute(_INDEXED, {"of_scope": scope}):
        indexed.setdefault(bytes(entry.cid), set()).add((entry.tbl, entry.rid))
    for row in connection.execute(_OLDEST_FIRST, {"of_scope": scope}).yield_per(500):
        commit = commit_of(row)
        if commit_id(commit.parents, commit.meta, commit.salt, commit.ops) != commit.id:
            indexed.pop(commit.id, None)
            continue
        if indexed.pop(commit.id, set()) == _touched(commit):
            continue
        yield _wrong_index(scope, commit.id)
    for one in sorted(indexed):
        yield _wrong_index(scope, one)


def _touched(commit: Commit) -> set[tuple[str, str]]:
    """The records that a commit speaks of; its hash is right, so it was read with care when it came."""
    return {(item[0], item[1]) for item in json.loads(commit.ops)}


def _wrong_index(scope: str, one: bytes) -> Problem:
    short = one.hex()[:12]
    return Problem("VER-004", _("改动记录 {short} 的索引不全").format(short=short), scope)


def _verify_signatures(connection: Connection, scope: str, party: Party) -> Iterator[Problem]:
    """Newest first: a signature of a device reaches every commit of that device among the ancestors of its own."""
    reached: dict[bytes, frozenset[str]] = {}
    signers = _signers(connection, scope, party)
    here = set(known(connection, scope, sorted(signers)))
    to_come = frozenset().union(*(by for one, by in signers.items() if one not in here))
    decided = decided_in(connection, scope)
    for row in connection.execute(_NEWEST_FIRST, {"of_scope": scope}).yield_per(500):
        author = row.dev.partition("/")[0]
        one = bytes(row.id)
        by = reached.pop(one, frozenset()) | signers.get(one, frozenset())
        is_proved = author in by or author in to_come or one in decided
        if not is_proved and author != party.device:
            short = one.hex()[:12]
            yield Problem("VER-006", _("改动记录 {short} 没有作者的数字签名").format(short=short), scope)
        for parent in parents_in(row.parents):
            reached[parent] = reached[parent] | by if parent in reached else by


def _signers(connection: Connection, scope: str, party: Party) -> dict[bytes, frozenset[str]]:
    """Commit → the devices whose valid signature over it is kept; each counts for commits of its own only."""
    rows = connection.execute(_VOUCHES, {"of_scope": scope}).all()
    devices = load_devices(connection, party.county, {row.dev for row in rows})
    found: dict[bytes, frozenset[str]] = {}
    for row in rows:
        device = devices.get(row.dev)
        if device is None:
            continue
        vouch = Vouch(scope, bytes(row.id), row.dev, bytes(row.sig))
        if not vouch_is_right(vouch, (*device.signs, *device.withdrawn)):
            # Told at the commits that it should have proved.
            continue
        found[vouch.commit_id] = found.get(vouch.commit_id, frozenset()) | {row.dev}
    return found


def _verify_rows(
    connection: Connection, kind: Kind, scope: str, refused: Collection[str]
) -> Iterator[Problem]:
    facts = {"of_scope": scope, "of_table": kind.name}
    for one in connection.execute(_strays_statement(kind.table.__table__), facts).scalars().all():
        yield Problem(
            "VER-010", _("{kind}有一行不是经程序保存的").format(kind=kind.label), scope, kind.name, one
        )
    after = ""
    while ids := list(connection.execute(_NEXT_RECORDS, {**facts, "after": after, "most": _PAGE}).scalars()):
        yield from _verify_part(connection, kind, scope, ids, refused)
        after = ids[-1]


def _verify_versions(
    connection: Connection, kind: Kind, scope: str, rows: Mapping[str, Mapping[str, Any]]
) -> Iterator[Problem]:
    """Which rows are hidden by others, for the records that begin among some rows."""
    roots = sorted({row["root_id"] for row in rows.values() if row["root_id"]})
    facts = {"of_scope": scope, "of_table": kind.name, "these": roots}
    rivals = {row.rid: row.choices for row in connection.execute(_RIVALS, facts)}
    for root_id, found in version_rows(connection, kind, scope, roots).items():
        if min(found) not in rows:
            # Told with the rows of another page.
            continue
        state = versions_of({one: row.corrects for one, row in found.items()})
        expected = rival_row(kind, scope, root_id, state, found)["choices"] if state.rivals else None
        wrong = [one for one, row in found.items() if row.is_hidden != (one in state.hidden)]
        if wrong or rivals.get(root_id) != expected:
            yield Problem(
                "VER-014", _("{kind}的更正登记有误").format(kind=kind.label), scope, kind.name, root_id
            )


def _verify_derived(connection: Connection, registry: Registry, scope: str) -> Iterator[Problem]:
    """What follows from other rows, such as the state of an order, is worked out again and compared."""
    for one in registry.derivations:
        subjects: set[str] = set()
        for name, column in one.sources.items():
            table = registry.kind(name).table.__table__
            named = select(table.c[column]).where(table.c.scope == scope).distinct()
            subjects |= {row for row in connection.execute(named).scalars() if row}
        for part in parts(sorted(subjects)):
            wrong = find_wrong(connection, registry, scope, one.compute(connection, scope, part))
            for name, ids in wrong.items():
                label = registry.kind(name).label
                for row_id in sorted(ids):
                    message = _("{kind}的状态和办理过程不符").format(kind=label)
                    yield Problem("VER-015", message, scope, name, row_id)


def _verify_part(
    connection: Connection, kind: Kind, scope: str, ids: list[str], refused: Collection[str]
) -> Iterator[Problem]:
    folded = _folds(connection, kind, scope, ids, refused)
    facts = {"of_scope": scope, "these": ids}
    found = connection.execute(_rows_statement(kind.table.__table__), facts)
    rows = {row["id"]: dict(row) for row in found.mappings()}
    conflicts: dict[str, set[tuple[str, str]]] = {}
    for row in connection.execute(_TOLD, {**facts, "of_table": kind.name}):
        conflicts.setdefault(row.rid, set()).add((row.field, row.choices))
    for one in ids:
        state = folded.get(one)
        if one not in rows:
            # A record of which nothing counts has no row.
            if state is None or state.heads:
                yield Problem("VER-011", _("{kind}少了一行").format(kind=kind.label), scope, kind.name, one)
        elif state is not None:
            yield from _verify_row(kind, scope, one, rows[one], state)
            expected = {(row["field"], row["choices"]) for row in conflict_rows(kind, scope, one, state)}
            if conflicts.get(one, set()) != expected:
                message = _("{kind}的冲突登记有误").format(kind=kind.label)
                yield Problem("VER-013", message, scope, kind.name, one)
    if kind.info.insert_only and rows:
        yield from _verify_versions(connection, kind, scope, rows)


def _folds(
    connection: Connection, kind: Kind, scope: str, ids: list[str], refused: Collection[str]
) -> dict[str, Folded]:
    """The folds of some records; one that a damaged commit speaks of is left out, as the commit was told of already."""
    try:
        return folded_records(connection, scope, kind.name, ids, refused)
    except (Failure, ValueError, KeyError):
        if len(ids) == 1:
            return {}
        middle = len(ids) // 2
        return _folds(connection, kind, scope, ids[:middle], refused) | _folds(
            connection, kind, scope, ids[middle:], refused
        )


def _verify_row(
    kind: Kind, scope: str, record_id: str, row: Mapping[str, Any], state: Folded
) -> Iterator[Problem]:
    for name, value in row_values(kind, state).items():
        # Mostly nothing on both sides; what is equal as it stands need not be written out to be compared.
        if (row[name] or None) != (value or None) and _plain(row[name]) != _plain(value):
            message = _("{kind}的“{field}”和改动记录不符").format(kind=kind.label, field=name)
            yield Problem("VER-012", message, scope, kind.name, record_id, name)


def _plain(value: Any) -> Any:
    return to_json(value) or None


def _verify_strays(connection: Connection, registry: Registry) -> Iterator[Problem]:
    """Rows of a scope that has no log at all."""
    with_log = set(scopes(connection))
    for kind in registry:
        table = kind.table.__table__
        for scope in connection.execute(_scopes_statement(table)).scalars():
            if scope not in with_log:
                yield Problem(
                    "VER-010", _("{kind}有一行不是经程序保存的").format(kind=kind.label), scope, kind.name
                )
