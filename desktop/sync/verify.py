"""Checking that nothing was lost or altered: hashes, order, heads, and every row against the fold of its operations.

It catches any bypass of the log, any edit by hand, and any fault of ours; a few seconds for 100,000 changes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import BindParameter, Connection, Select, Table, bindparam, select

from desktop.base.errors import Failure
from desktop.base.text import _
from desktop.database.derived import find_wrong
from desktop.database.fields import to_json
from desktop.database.kinds import Kind, Registry
from desktop.sync.apply import PARENT_MISSING, order_objection, orphans_in
from desktop.sync.authors import VOUCHES
from desktop.sync.bundle import Vouch, check_vouch
from desktop.sync.commits import commit_id, decode_ops
from desktop.sync.log import COMMITS, ID_BYTES, OPS, commit_of, folded_records, heads, known, scopes
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
        indexed = _indexed(connection, scope)
        yield from _verify_log(connection, scope, indexed)
        if party is not None:
            yield from _verify_signatures(connection, scope, party)
        in_log = _records(indexed)
        for kind in registry:
            yield from _verify_rows(connection, kind, scope, in_log.get(kind.name, set()))
        yield from _verify_derived(connection, registry, scope)
    yield from _verify_strays(connection, registry)


# Made once for each table: a check asks the same of every kind in every scope.
_OF_SCOPE: BindParameter[str] = bindparam("of_scope")
_OLDEST_FIRST = select(COMMITS).where(COMMITS.c.scope == _OF_SCOPE).order_by(COMMITS.c.lam, COMMITS.c.id)
_NEWEST_FIRST = (
    select(COMMITS.c.id, COMMITS.c.dev, COMMITS.c.parents)
    .where(COMMITS.c.scope == _OF_SCOPE)
    .order_by(COMMITS.c.lam.desc(), COMMITS.c.id.desc())
)
_INDEXED = select(OPS.c.cid, OPS.c.tbl, OPS.c.rid).where(OPS.c.scope == _OF_SCOPE)
_VOUCHES = select(VOUCHES).where(VOUCHES.c.scope == _OF_SCOPE)
_RIVALS = select(CONFLICTS).where(
    CONFLICTS.c.scope == _OF_SCOPE, CONFLICTS.c.tbl == bindparam("of_table"), CONFLICTS.c.field == VERSIONS
)
_TOLD = select(CONFLICTS).where(
    CONFLICTS.c.scope == _OF_SCOPE,
    CONFLICTS.c.tbl == bindparam("of_table"),
    CONFLICTS.c.rid.in_(bindparam("these", expanding=True)),
    CONFLICTS.c.field != VERSIONS,
)


@cache
def _ids_statement(table: Table) -> Select[Any]:
    return select(table.c.id).where(table.c.scope == _OF_SCOPE)


@cache
def _flags_statement(table: Table) -> Select[Any]:
    return select(table.c.id, table.c.root_id, table.c.is_superseded).where(table.c.scope == _OF_SCOPE)


@cache
def _rows_statement(table: Table) -> Select[Any]:
    return select(table).where(table.c.scope == _OF_SCOPE, table.c.id.in_(bindparam("these", expanding=True)))


@cache
def _scopes_statement(table: Table) -> Select[Any]:
    return select(table.c.scope).distinct()


def _verify_log(
    connection: Connection, scope: str, indexed: Mapping[bytes, set[tuple[str, str]]]
) -> Iterator[Problem]:
    order: dict[bytes, int] = {}
    built_on: set[bytes] = set()
    orphans = orphans_in(connection, scope)
    for row in connection.execute(_OLDEST_FIRST, {"of_scope": scope}).yield_per(500):
        commit = commit_of(row)
        short = commit.id.hex()[:12]
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
        built_on.update(commit.parents)
        if indexed.get(commit.id, set()) != {(op.table, op.record_id) for op in decode_ops(commit)}:
            yield Problem("VER-004", _("改动记录 {short} 的索引不全").format(short=short), scope)
    if set(heads(connection, scope)) != set(order) - built_on:
        yield Problem("VER-005", _("{scope} 的最新记录登记有误").format(scope=scope), scope)


def _verify_signatures(connection: Connection, scope: str, party: Party) -> Iterator[Problem]:
    """Newest first: a signature of a device reaches every commit of that device among the ancestors of its own."""
    reached: dict[bytes, frozenset[str]] = {}
    signers = _signers(connection, scope, party)
    here = set(known(connection, scope, sorted(signers)))
    to_come = frozenset().union(*(by for one, by in signers.items() if one not in here))
    for row in connection.execute(_NEWEST_FIRST, {"of_scope": scope}).yield_per(500):
        author = row.dev.partition("/")[0]
        one = bytes(row.id)
        by = reached.pop(one, frozenset()) | signers.get(one, frozenset())
        if author not in by and author not in to_come and author != party.device:
            short = one.hex()[:12]
            yield Problem("VER-006", _("改动记录 {short} 没有作者的数字签名").format(short=short), scope)
        joined = bytes(row.parents or b"")
        for start in range(0, len(joined), ID_BYTES):
            parent = joined[start : start + ID_BYTES]
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
        try:
            check_vouch(vouch, device.certificate.sign_public)
        except Failure:
            # Told at the commits that it should have proved.
            continue
        found[vouch.commit_id] = found.get(vouch.commit_id, frozenset()) | {row.dev}
    return found


def _indexed(connection: Connection, scope: str) -> dict[bytes, set[tuple[str, str]]]:
    found: dict[bytes, set[tuple[str, str]]] = {}
    for row in connection.execute(_INDEXED, {"of_scope": scope}):
        found.setdefault(bytes(row.cid), set()).add((row.tbl, row.rid))
    return found


def _records(indexed: Mapping[bytes, set[tuple[str, str]]]) -> dict[str, set[str]]:
    """Table → the records that the log knows."""
    found: dict[str, set[str]] = {}
    for table, record_id in {one for own in indexed.values() for one in own}:
        found.setdefault(table, set()).add(record_id)
    return found


def _verify_rows(connection: Connection, kind: Kind, scope: str, in_log: set[str]) -> Iterator[Problem]:
    table = kind.table.__table__
    in_rows = set(connection.execute(_ids_statement(table), {"of_scope": scope}).scalars())
    for one in sorted(in_rows - in_log):
        yield Problem(
            "VER-010", _("{kind}有一行不是经程序保存的").format(kind=kind.label), scope, kind.name, one
        )
    for one in _gone(connection, kind, scope, sorted(in_log - in_rows)):
        yield Problem("VER-011", _("{kind}少了一行").format(kind=kind.label), scope, kind.name, one)
    for part in parts(sorted(in_rows & in_log)):
        yield from _verify_part(connection, kind, scope, list(part))
    if kind.info.insert_only and in_rows:
        yield from _verify_versions(connection, kind, scope)


def _gone(connection: Connection, kind: Kind, scope: str, ids: list[str]) -> Iterator[str]:
    """Those of the records without a row of which something counts."""
    for part in parts(ids):
        try:
            folded = folded_records(connection, scope, kind.name, part)
        except (Failure, ValueError, KeyError):
            # A damaged commit was told of already; its records cannot be folded.
            yield from part
            continue
        yield from (one for one in part if folded[one].heads)


def _verify_versions(connection: Connection, kind: Kind, scope: str) -> Iterator[Problem]:
    facts = {"of_scope": scope, "of_table": kind.name}
    marked = connection.execute(_flags_statement(kind.table.__table__), {"of_scope": scope})
    flags = {row.id: (row.root_id, bool(row.is_superseded)) for row in marked}
    rivals = {row.rid: row.choices for row in connection.execute(_RIVALS, facts)}
    for part in parts(sorted({root for root, _hidden in flags.values() if root})):
        for root_id, rows in version_rows(connection, kind, scope, part).items():
            state = versions_of({one: corrects for one, (corrects, _ver) in rows.items()})
            expected = rival_row(kind, scope, root_id, state, rows)["choices"] if state.rivals else None
            wrong = [one for one in rows if flags[one][1] != (one in state.hidden)]
            if wrong or rivals.get(root_id) != expected:
                message = _("{kind}的更正登记有误").format(kind=kind.label)
                yield Problem("VER-014", message, scope, kind.name, root_id)


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


def _verify_part(connection: Connection, kind: Kind, scope: str, ids: list[str]) -> Iterator[Problem]:
    try:
        folded = folded_records(connection, scope, kind.name, ids)
    except (Failure, ValueError, KeyError):
        # A damaged commit was told of already; its records cannot be folded.
        return
    facts = {"of_scope": scope, "these": ids}
    found = connection.execute(_rows_statement(kind.table.__table__), facts)
    rows = {row["id"]: row for row in found.mappings()}
    conflicts: dict[str, set[tuple[str, str]]] = {}
    for row in connection.execute(_TOLD, {**facts, "of_table": kind.name}):
        conflicts.setdefault(row.rid, set()).add((row.field, row.choices))
    for one, state in folded.items():
        for name, value in row_values(kind, state).items():
            if _plain(rows[one][name]) != _plain(value):
                message = _("{kind}的“{field}”和改动记录不符").format(kind=kind.label, field=name)
                yield Problem("VER-012", message, scope, kind.name, one, name)
        expected = {(row["field"], row["choices"]) for row in conflict_rows(kind, scope, one, state)}
        if conflicts.get(one, set()) != expected:
            yield Problem("VER-013", _("{kind}的冲突登记有误").format(kind=kind.label), scope, kind.name, one)


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
