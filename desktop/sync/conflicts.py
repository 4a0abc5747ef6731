"""What waits for a person: fields with several values, each with who wrote it, when, and on which PC.

Settling is an ordinary edit that has seen every value, so it resolves everywhere by itself.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, select

from desktop.base.errors import RuleBroken
from desktop.base.text import _
from desktop.sync.commits import decode_meta
from desktop.sync.log import COMMITS, commit_rows, load_commits
from desktop.sync.rows import CONFLICTS
from desktop.sync.tables import DeviceRow

SEPARATOR = ":"


@dataclass(frozen=True)
class Side:
    """One of the values.

    Shape:   `value` as JSON gives it; `at` is the writer's own wall clock; `device` a name when it is known.
    """

    value: Any
    user: str
    at: str
    device: str
    commit_id: str


@dataclass(frozen=True)
class OpenConflict:
    """One field of one record that nobody has settled. `sides` holds two or more; the first is shown meanwhile."""

    id: str
    scope: str
    kind: str
    record_id: str
    field: str
    why: str
    sides: tuple[Side, ...]


def open_conflicts(connection: Connection, *conditions: ColumnElement[bool]) -> list[OpenConflict]:
    """Everything that waits, or what of it fits the conditions, in a stable order."""
    statement = (
        select(CONFLICTS)
        .where(*conditions)
        .order_by(CONFLICTS.c.scope, CONFLICTS.c.tbl, CONFLICTS.c.rid, CONFLICTS.c.field)
    )
    names = device_names(connection)
    return [
        OpenConflict(
            id=SEPARATOR.join((row.tbl, row.rid, row.field)),
            scope=row.scope,
            kind=row.tbl,
            record_id=row.rid,
            field=row.field,
            why=row.kind,
            sides=_sides(connection, row.scope, json.loads(row.choices), names),
        )
        for row in connection.execute(statement).all()
    ]


def find_conflict(connection: Connection, conflict_id: str) -> OpenConflict:
    """One conflict by its id.

    Errors:  RuleBroken SYN-060 when it is settled already or never was.
    """
    table, _separator, rest = conflict_id.partition(SEPARATOR)
    record_id, _separator, field = rest.rpartition(SEPARATOR)
    named = (CONFLICTS.c.tbl == table, CONFLICTS.c.rid == record_id, CONFLICTS.c.field == field)
    for conflict in open_conflicts(connection, *named):
        return conflict
    raise RuleBroken("SYN-060", _("没有这一项冲突，可能已经处理过了"), id=conflict_id)


def waiting_since(connection: Connection) -> list[tuple[str, str]]:
    """Scope of each conflict, and the instant at which the second of its values came here."""
    by_scope: dict[str, list[list[bytes]]] = {}
    for row in connection.execute(select(CONFLICTS.c.scope, CONFLICTS.c.choices)):
        ids = [bytes.fromhex(cid) for cid, _value in json.loads(row.choices)]
        by_scope.setdefault(row.scope, []).append(ids)
    found = []
    for scope, conflicts in by_scope.items():
        named = sorted({one for ids in conflicts for one in ids})
        came = {bytes(row.id): row.got_at for row in commit_rows(connection, scope, named, COMMITS.c.got_at)}
        found += [(scope, sorted(came[one] for one in ids)[1]) for ids in conflicts]
    return found


def device_names(connection: Connection) -> dict[str, str]:
    """Device id → the name that people know the PC by."""
    table = DeviceRow.__table__
    return {row.id: row.name or row.id for row in connection.execute(select(table.c.id, table.c.name))}


def _sides(
    connection: Connection, scope: str, choices: list[tuple[str, Any]], names: dict[str, str]
) -> tuple[Side, ...]:
    commits = load_commits(connection, scope, [bytes.fromhex(cid) for cid, _value in choices])
    sides = []
    for cid, value in choices:
        meta = decode_meta(commits[bytes.fromhex(cid)])
        sides.append(Side(value, meta.user, meta.at, names.get(meta.device, meta.device), cid))
    return tuple(sides)
