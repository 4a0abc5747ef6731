"""Columns that follow from other rows: worked out anew on each PC whenever one of those rows comes or changes.

What a derivation computes is a function of rows, and rows are a function of the log; so equal logs show equal states.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from sqlalchemy import Connection, bindparam, select, update

from desktop.database.columns import among
from desktop.database.fields import to_json
from desktop.database.kinds import Derived, Registry

_PART = 400

Subjects = dict[int, set[str]]
"""Place of a derivation in the registry → ids of its subjects."""


def find_subjects(
    connection: Connection, registry: Registry, kind_name: str, scope: str, ids: Iterable[str]
) -> Subjects:
    """The subjects whose derived columns depend on some rows of a kind."""
    found: Subjects = {}
    wanted = sorted(set(ids))
    for place, one in enumerate(registry.derivations):
        if kind_name not in one.sources:
            continue
        table = registry.kind(kind_name).table.__table__
        column = table.c[one.sources[kind_name]]
        for start in range(0, len(wanted), _PART):
            part = wanted[start : start + _PART]
            rows = select(column).where(table.c.scope == scope, among(connection, table.c.id, part))
            found.setdefault(place, set()).update(row for row in connection.execute(rows).scalars() if row)
    return found


def write_derived(
    connection: Connection, registry: Registry, scope: str, subjects: Subjects
) -> dict[str, set[str]]:
    """Brings the derived columns of some subjects up to date; kind → ids of the rows that changed."""
    changed: dict[str, set[str]] = {}
    for place, ids in subjects.items():
        expected = registry.derivations[place].compute(connection, scope, sorted(ids)) if ids else {}
        for name, wrong in find_wrong(connection, registry, scope, expected).items():
            table = registry.kind(name).table.__table__
            for row_id in sorted(wrong):
                connection.execute(
                    update(table)
                    .where(table.c.scope == bindparam("key_scope"), table.c.id == bindparam("key_id"))
                    .values(expected[name][row_id]),
                    {"key_scope": scope, "key_id": row_id},
                )
            changed.setdefault(name, set()).update(wrong)
    return changed


def derive(
    connection: Connection, registry: Registry, kind_name: str, scope: str, ids: Collection[str]
) -> dict[str, set[str]]:
    """As `write_derived`, for rows of a kind that were just written."""
    return write_derived(
        connection, registry, scope, find_subjects(connection, registry, kind_name, scope, ids)
    )


def find_wrong(
    connection: Connection, registry: Registry, scope: str, expected: Derived
) -> dict[str, set[str]]:
    """Kind → ids of the rows whose derived columns differ from what was computed."""
    wrong: dict[str, set[str]] = {}
    for name, rows in expected.items():
        table = registry.kind(name).table.__table__
        ids = sorted(rows)
        for start in range(0, len(ids), _PART):
            part = ids[start : start + _PART]
            standing = select(table).where(table.c.scope == scope, among(connection, table.c.id, part))
            for row in connection.execute(standing).mappings():
                if any(_plain(row[column]) != _plain(value) for column, value in rows[row["id"]].items()):
                    wrong.setdefault(name, set()).add(row["id"])
    return wrong


def _plain(value: Any) -> Any:
    return to_json(value) if value not in ("", [], ()) else None
