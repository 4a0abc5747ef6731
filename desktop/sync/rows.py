"""From folds to rows: what the log says of records, written into their tables a few statements at a time.

An edit that had seen all that its row holds is written straight onto the row, as a save at this PC is (`Straight`);
what met another edit is folded from everything that was ever said about the record (`log.folded_records`).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from sqlalchemy import (
    Connection,
    Delete,
    Row,
    Select,
    Table,
    Update,
    bindparam,
    delete,
    insert,
    or_,
    select,
    update,
)

from desktop.database.columns import add_rows, among, among_named, of_scope
from desktop.database.derived import find_subjects, write_derived
from desktop.database.fields import from_json
from desktop.database.kinds import Kind, Registry
from desktop.sync.fold import Folded
from desktop.sync.tables import ConflictRow

CONFLICTS = ConflictRow.__table__

_PART = 400


def parts(items: Sequence[Any], size: int = _PART) -> Iterator[Sequence[Any]]:
    """The items in runs that fit the number of parameters of one statement."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


def rows_in_parts(
    connection: Connection, statement: Select[*tuple[Any, ...]], scope: str, items: Sequence[Any]
) -> Iterator[Row[*tuple[Any, ...]]]:
    """The rows that a statement with the parameters of `of_scope` finds for all of the items."""
    for part in parts(items):
        # All at once: the driver gives rows one by one at twice the price.
        yield from connection.execute(statement, {"of_scope": scope, "these": part}).all()


def row_values(kind: Kind, folded: Folded) -> dict[str, Any]:
    """The columns of a row that is the fold of its operations; fields this program does not know stay in the log."""
    types = kind.travelling
    values: dict[str, Any] = dict.fromkeys(types)
    values |= {name: from_json(types[name], value) for name, value in folded.fields.items() if name in types}
    values["is_deleted"] = folded.deleted or None
    values["ver"] = list(folded.heads)
    return values


def edited_values(kind: Kind, folded: Folded) -> dict[str, Any]:
    """The columns of a row that an edit wrote, in a fixed order."""
    values = row_values(kind, folded)
    written = sorted(folded.fields.keys() & kind.travelling.keys() - {"is_deleted"})
    return {name: values[name] for name in (*written, "is_deleted", "ver")}


def conflict_rows(kind: Kind, scope: str, record_id: str, folded: Folded) -> list[dict[str, Any]]:
    """The rows of `conflict` that a fold asks for."""
    return [
        {
            "scope": scope,
            "tbl": kind.name,
            "rid": record_id,
            "field": name,
            "kind": "deleted" if name == "_del" else "field",
            "choices": json.dumps([[choice.cid, choice.value] for choice in choices], ensure_ascii=False),
        }
        for name, choices in folded.conflicts.items()
    ]


@dataclass(frozen=True)
class Straight:
    """Records that met no other edit.

    Shape:   `added` had no row; of `edited` only the fields that were written are told, the others stay.
    """

    added: Mapping[str, Folded] = field(default_factory=dict)
    edited: Mapping[str, Folded] = field(default_factory=dict)

    @property
    def ids(self) -> set[str]:
        """All of them."""
        return {*self.added, *self.edited}


def write_rows(
    connection: Connection,
    kind: Kind,
    scope: str,
    folded: Mapping[str, Folded],
    straight: Straight = Straight(),
) -> set[str]:
    """Makes rows and conflicts of some records equal to their folds, a few statements for all of them.

    Shape:   gives the ids under which something may have to be found differently now.
    """
    standing = _standing(connection, kind, scope, list(folded))
    roots = _take_out(connection, kind, scope, [one for one in standing if not folded[one].heads])
    # A record of which nothing counts has no row; its operations stay in the log.
    here = {one: row_values(kind, state) for one, state in folded.items() if state.heads}
    added = {one: values for one, values in here.items() if one not in standing}
    added |= {one: row_values(kind, state) for one, state in straight.added.items()}
    _add_rows(connection, kind, scope, added)
    changed = {one: values for one, values in here.items() if one in standing}
    changed |= {one: edited_values(kind, state) for one, state in straight.edited.items()}
    _change_rows(connection, kind, scope, changed)
    _write_conflicts(connection, kind, scope, folded)
    if kind.info.insert_only:
        roots |= {values.get("root_id") or one for one, values in (here | added).items()}
        derive_versions(connection, kind, scope, roots)
    return roots | folded.keys() | straight.ids


def _standing(connection: Connection, kind: Kind, scope: str, ids: list[str]) -> set[str]:
    if not ids:
        return set()
    statement = _mine_statement(kind.table.__table__, connection.dialect.name)
    return set(connection.execute(statement, {"of_scope": scope, "these": ids}).scalars())


def _add_rows(connection: Connection, kind: Kind, scope: str, rows: Mapping[str, Mapping[str, Any]]) -> None:
    """Rows that were not there: a column of which nothing is said is left out, and most of forty are."""
    alike: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for one, values in rows.items():
        said = {name: value for name, value in values.items() if value not in _NOTHING}
        alike.setdefault(tuple(said), []).append({"scope": scope, "id": one, **said})
    for fresh in alike.values():
        add_rows(connection, kind.table.__table__, fresh)


def _change_rows(
    connection: Connection, kind: Kind, scope: str, rows: Mapping[str, Mapping[str, Any]]
) -> None:
    """Writes some columns of each row; rows of which the same are written share a statement."""
    alike: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for one, values in rows.items():
        alike.setdefault(tuple(values), []).append({"key_scope": scope, "key_id": one, **values})
    for names, changed in alike.items():
        connection.execute(_change_statement(kind.table.__table__, names), changed)


def _write_conflicts(connection: Connection, kind: Kind, scope: str, folded: Mapping[str, Folded]) -> None:
    if not folded:
        return
    facts = {"of_scope": scope, "of_table": kind.name, "these": list(folded)}
    connection.execute(_settled_statement(connection.dialect.name), facts)
    conflicts = [row for one, state in folded.items() for row in conflict_rows(kind, scope, one, state)]
    if conflicts:
        connection.execute(_ADD_CONFLICTS, conflicts)


def write_folded(  # noqa: PLR0917 - what to write where
    connection: Connection,
    registry: Registry,
    kind: Kind,
    scope: str,
    folded: Mapping[str, Folded],
    straight: Straight = Straight(),
) -> tuple[set[str], dict[str, set[str]]]:
    """As `write_rows`, and brings what follows from the rows up to date.

    Shape:   the ids to be found anew, and kind → ids of the rows whose derived columns changed.
    """
    ids = [*folded, *straight.ids]
    # Before as well: a row that is taken out no longer says what it belonged to.
    subjects = find_subjects(connection, registry, kind.name, scope, ids)
    written = write_rows(connection, kind, scope, folded, straight)
    for place, found in find_subjects(connection, registry, kind.name, scope, ids).items():
        subjects[place] = subjects.get(place, set()) | found
    return written, write_derived(connection, registry, scope, subjects)


_NOTHING: tuple[Any, ...] = (None, [])
_ADD_CONFLICTS = insert(CONFLICTS)


@cache
def _mine_statement(table: Table, dialect: str) -> Select[Any]:
    return select(table.c.id).where(of_scope(dialect, table.c.id))


@cache
def _change_statement(table: Table, names: tuple[str, ...]) -> Update:
    return (
        update(table)
        .where(table.c.scope == bindparam("key_scope"), table.c.id == bindparam("key_id"))
        .values({name: bindparam(name) for name in names})
    )


@cache
def _settled_statement(dialect: str, field: str = "") -> Delete:
    """Takes conflicts of some records out: all, or those of one field."""
    statement = delete(CONFLICTS).where(
        CONFLICTS.c.scope == bindparam("of_scope"),
        CONFLICTS.c.tbl == bindparam("of_table"),
        among_named(dialect, CONFLICTS.c.rid, "these"),
    )
    return statement.where(CONFLICTS.c.field == field) if field else statement


def _take_out(connection: Connection, kind: Kind, scope: str, ids: Sequence[str]) -> set[str]:
    """Takes rows out of their table; gives the records that they were versions of."""
    table = kind.table.__table__
    if not ids:
        return set()
    mine = (table.c.scope == scope, among(connection, table.c.id, list(ids)))
    roots = {one for one in connection.execute(select(table.c.root_id).where(*mine)).scalars() if one}
    connection.execute(delete(table).where(*mine))
    return roots


VERSIONS = "_versions"


@dataclass(frozen=True)
class Versions:
    """The rows of one insert-only record: the one that is shown, and others that nobody replaced knowing of it."""

    shown: str
    hidden: frozenset[str]
    rivals: tuple[str, ...]


def versions_of(rows: Mapping[str, Sequence[str]]) -> Versions:
    """Which row is shown, from each row's id and the ids that it replaces.

    Of several rows that none replaces, the greatest id is shown and the others wait for a person as rivals.
    """
    replaced = {one for corrects in rows.values() for one in corrects}
    leaves = sorted(set(rows) - replaced, reverse=True) or sorted(rows, reverse=True)
    return Versions(leaves[0], frozenset(set(rows) - {leaves[0]}), tuple(leaves[1:]))


def derive_versions(connection: Connection, kind: Kind, scope: str, root_ids: Iterable[str]) -> None:
    """Hides the rows that later rows replace and tells of rivals; derived from the rows, no operation says it."""
    for part in parts(sorted(set(root_ids))):
        several = _with_versions(connection, kind, scope, part)
        found = version_rows(connection, kind, scope, several) if several else {}
        states = {
            root_id: versions_of({one: row.corrects for one, row in rows.items()})
            for root_id, rows in found.items()
        }
        hidden = {one for state in states.values() for one in state.hidden}
        marked = {one: row.is_hidden for rows in found.values() for one, row in rows.items()}
        _hide(connection, kind, scope, [one for one in hidden if not marked[one]], is_hidden=True)
        _hide(
            connection,
            kind,
            scope,
            [one for one in marked if marked[one] and one not in hidden],
            is_hidden=None,
        )
        facts = {"of_scope": scope, "of_table": kind.name, "these": part}
        connection.execute(_settled_statement(connection.dialect.name, VERSIONS), facts)
        rivals = [
            rival_row(kind, scope, root_id, state, found[root_id])
            for root_id, state in states.items()
            if state.rivals
        ]
        if rivals:
            connection.execute(_ADD_CONFLICTS, rivals)


def _hide(
    connection: Connection, kind: Kind, scope: str, ids: Sequence[str], *, is_hidden: bool | None
) -> None:
    """Marks rows as replaced or as shown."""
    statement = _hide_statement(kind.table.__table__, connection.dialect.name, is_hidden)
    for part in parts(sorted(ids)):
        connection.execute(statement, {"of_scope": scope, "these": part})


@cache
def _hide_statement(table: Table, dialect: str, is_hidden: bool | None) -> Update:  # noqa: FBT001 - the new mark
    return update(table).where(of_scope(dialect, table.c.id)).values(is_superseded=is_hidden)


@dataclass(frozen=True)
class VersionRow:
    """One row of an insert-only record: the rows it replaces, the operations it has seen, its mark."""

    corrects: tuple[str, ...]
    ver: tuple[str, ...]
    is_hidden: bool


VersionRows = dict[str, dict[str, VersionRow]]


def _with_versions(connection: Connection, kind: Kind, scope: str, root_ids: Sequence[str]) -> list[str]:
    """Those of the records that have, or had, more than their first row: few, and of the others nothing is derived."""
    statement = _with_versions_statement(kind.table.__table__, connection.dialect.name)
    return sorted(connection.execute(statement, {"of_scope": scope, "these": list(root_ids)}).scalars())


@cache
def _with_versions_statement(table: Table, dialect: str) -> Select[Any]:
    is_several = or_(table.c.id != table.c.root_id, table.c.is_superseded.is_(True))
    return select(table.c.root_id).where(of_scope(dialect, table.c.root_id), is_several).distinct()


def version_rows(connection: Connection, kind: Kind, scope: str, root_ids: Sequence[str]) -> VersionRows:
    """Root id → row id → the row."""
    statement = _versions_statement(kind.table.__table__, connection.dialect.name)
    found: VersionRows = {}
    for row in connection.execute(statement, {"of_scope": scope, "these": list(root_ids)}):
        found.setdefault(row.root_id, {})[row.id] = VersionRow(
            tuple(row.corrects or ()), tuple(row.ver or ()), bool(row.is_superseded)
        )
    return found


@cache
def _versions_statement(table: Table, dialect: str) -> Select[Any]:
    return select(table.c.id, table.c.root_id, table.c.corrects, table.c.ver, table.c.is_superseded).where(
        of_scope(dialect, table.c.root_id)
    )


def rival_row(
    kind: Kind, scope: str, root_id: str, state: Versions, rows: Mapping[str, VersionRow]
) -> dict[str, Any]:
    """The conflict that two corrections of the same row make."""
    choices = [[rows[one].ver[0], one] for one in (state.shown, *state.rivals)]
    return {
        "scope": scope,
        "tbl": kind.name,
        "rid": root_id,
        "field": VERSIONS,
        "kind": "versions",
        "choices": json.dumps(choices, ensure_ascii=False),
    }
