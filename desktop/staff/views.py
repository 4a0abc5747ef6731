"""Reading records for windows, the command line and lists: what leaves here is a frozen value or plain JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field as dataclass_field
from datetime import date
from typing import Any

from sqlalchemy import Select, String, and_, cast, func, or_, select
from sqlalchemy.orm import Session

from desktop.base.errors import RuleBroken
from desktop.base.text import _
from desktop.database.fields import FieldType, to_json
from desktop.database.kinds import Kind, Registry
from desktop.database.record import Children, Record
from desktop.database.search import SearchIndex
from desktop.database.values import Reading, Wording, read_value, words
from desktop.staff.arrivals import arrival_json
from desktop.staff.links import find_link
from desktop.staff.permissions import Actor
from desktop.staff.records import children_of_all, known_id, values_of
from desktop.staff.tables import AttachedFile
from desktop.sync.tables import CommitRow, ConflictRow, OpRow

_PART = 400


@dataclass(frozen=True)
class Query:
    """Which records are wanted.

    Shape:   `where` field → value as a person writes it; `sort` a field name, by default the kind's day;
             `scopes` empty means all.
    """

    where: Mapping[str, str] = dataclass_field(default_factory=dict)
    search: str = ""
    day_from: date | None = None
    day_to: date | None = None
    sort: str = ""
    descending: bool = True
    with_void: bool = True
    scopes: tuple[str, ...] = ()
    limit: int | None = None


def live(table: Any) -> tuple[Any, ...]:
    """What every list leaves out: rows taken out of their parent, and rows that a correction replaced."""
    return (table.is_deleted.isnot(True), table.is_superseded.isnot(True))


def select_ids(  # noqa: PLR0917 - everything that narrows a list
    session: Session, kind: Kind, query: Query, actor: Actor, reading: Reading, index: SearchIndex
) -> Select[Any]:
    """The statement for (scope, known id) of the wanted records, in order.

    Errors:  RuleBroken REC-010 for a field or value that the kind does not have.
    """
    table: Any = kind.table
    known = func.coalesce(table.root_id, table.id)
    statement = select(table.scope, known.label("known_id")).where(*live(table))
    if not query.with_void:
        statement = statement.where(table.is_void.isnot(True))
    if query.scopes:
        statement = statement.where(table.scope.in_(query.scopes))
    for name, value in query.where.items():
        statement = statement.where(_equals(kind, name, value, reading))
    statement = _within_days(statement, kind, query)
    if not actor.may(kind.info.area, "R"):
        statement = statement.where(_assigned(kind, actor))
    if query.search.strip():
        statement = statement.where(known.in_(index.matching(session.connection(), kind.name, query.search)))
    statement = _ordered(statement, kind, query)
    return statement if query.limit is None else statement.limit(query.limit)


def _within_days(statement: Select[Any], kind: Kind, query: Query) -> Select[Any]:
    if query.day_from is None and query.day_to is None:
        return statement
    if not kind.info.day:
        raise RuleBroken("REC-010", _("{kind}没有可用来划分期间的日期").format(kind=kind.label))
    column = getattr(kind.table, kind.info.day)
    if query.day_from is not None:
        statement = statement.where(column >= query.day_from)
    if query.day_to is not None:
        statement = statement.where(column <= query.day_to)
    return statement


def _ordered(statement: Select[Any], kind: Kind, query: Query) -> Select[Any]:
    table: Any = kind.table
    name = query.sort or kind.info.day or ("serial_no" if kind.info.letter else "")
    if name and name not in kind.fields and name != "serial_no":
        raise RuleBroken("REC-010", _("{kind}没有名为 {name} 的字段").format(kind=kind.label, name=name))
    columns = [getattr(table, name), table.id] if name else [table.id]
    return statement.order_by(*[column.desc() if query.descending else column.asc() for column in columns])


def _equals(kind: Kind, name: str, value: str, reading: Reading) -> Any:
    table: Any = kind.table
    if name in {"serial_no", "origin_kind", "origin_id", "recorded_by"}:
        return getattr(table, name) == value
    if name == "is_void":
        wants = value.lower() in {"1", "true", "是", "yes"}
        return table.is_void.is_(True) if wants else table.is_void.isnot(True)
    if name == "id":
        return or_(table.id == value, table.root_id == value)
    field = kind.fields.get(name)
    if field is None:
        raise RuleBroken("REC-010", _("{kind}没有名为 {name} 的字段").format(kind=kind.label, name=name))
    try:
        wanted = read_value(field, value, reading)
    except ValueError as error:
        raise RuleBroken("REC-010", f"{_(field.label)}：{error}") from error
    column = getattr(table, name)
    if wanted in (None, []):
        return column.is_(None)
    if field.type in (FieldType.LINKS, FieldType.CHOICES):
        return or_(*[cast(column, String).like(f'%"{item}"%') for item in wanted])
    if field.type is FieldType.BOOLEAN and not wanted:
        return column.isnot(True)
    return column == wanted


def _assigned(kind: Kind, actor: Actor) -> Any:
    """Only records that name the actor's staff member in one of their staff fields."""
    if not actor.may_assigned(kind.info.area) or not actor.staff_id:
        actor.require(kind.info.area, "R")
    table: Any = kind.table
    fields = [item for item in kind.fields.values() if item.target == "staff_member"]
    return or_(*[cast(getattr(table, item.name), String).like(f"%{actor.staff_id}%") for item in fields])


def load_rows(session: Session, kind: Kind, ids: Sequence[str]) -> list[Record]:
    """The records of these known ids, in their order."""
    table: Any = kind.table
    found: dict[str, Record] = {}
    for start in range(0, len(ids), _PART):
        part = ids[start : start + _PART]
        key = table.root_id if kind.info.insert_only else table.id
        for record in session.scalars(select(table).where(key.in_(part), *live(table))):
            found[known_id(record)] = record
    return [found[one] for one in ids if one in found]


def link_titles(
    session: Session, registry: Registry, wanted: Iterable[tuple[str, str]]
) -> dict[tuple[str, str], str]:
    """(kind, id) → title for linked records, a few statements for all of them."""
    by_kind: dict[str, set[str]] = {}
    for name, record_id in wanted:
        if name in registry and record_id:
            by_kind.setdefault(name, set()).add(record_id)
    titles: dict[tuple[str, str], str] = {}
    for name, ids in by_kind.items():
        kind = registry.kind(name)
        for record in load_rows(session, kind, sorted(ids)):
            titles[name, known_id(record)] = record_title(kind, record)
    return titles


def record_title(kind: Kind, record: Record) -> str:
    """How one record is named: its title, else its number."""
    return kind.title_of(values_of(record, kind)) or record.serial_no or kind.label


def wording_for(session: Session, registry: Registry, kind: Kind, records: Sequence[Record]) -> Wording:
    """What is needed to write these records' values in words."""
    return wording_of(session, registry, [(kind, values_of(record, kind)) for record in records])


def wording_of(
    session: Session, registry: Registry, told: Iterable[tuple[Kind, Mapping[str, Any]]]
) -> Wording:
    """What is needed to write some fields of some kinds in words, as a record holds them or a save wrote them."""
    wanted: list[tuple[str, str]] = []
    for kind, fields in told:
        for name, value in fields.items():
            field = kind.fields.get(name)
            if field is not None and field.type is FieldType.LINK:
                wanted.append((field.target, str(value or "")))
            elif field is not None and field.type is FieldType.LINKS:
                wanted += [(field.target, str(one)) for one in value or ()]
    return Wording(registry.codes, link_titles(session, registry, wanted))


def row_words(
    session: Session, registry: Registry, kind: Kind, ids: Sequence[str], fields: Sequence[str]
) -> list[tuple[str, ...]]:
    """The records in words, one tuple a record, `serial_no` allowed among the fields; void ones say so in front."""
    records = load_rows(session, kind, ids)
    wording = wording_for(session, registry, kind, records)
    return [
        tuple(
            (record.serial_no or "")
            if name == "serial_no"
            else words(kind.fields[name], getattr(record, name), wording)
            for name in fields
        )
        for record in records
    ]


def record_json(session: Session, registry: Registry, record: Record) -> dict[str, Any]:
    """A record as the command line gives it: fields by name, children inside, and what stands around them."""
    [found] = records_json(session, registry, registry.kind(record.__tablename__), [record])
    return found


def records_json(
    session: Session, registry: Registry, kind: Kind, records: Sequence[Record]
) -> list[dict[str, Any]]:
    """As `record_json`, for some records of one kind; a few statements for all of them."""
    facts: dict[str, dict[str, Any]] = {}
    for scope in dict.fromkeys(record.scope for record in records):
        own = [record for record in records if record.scope == scope]
        facts[scope] = {
            "children": {
                child.name: _children_json(session, registry, child, own) for child in kind.children
            },
            "versions": _versions(session, own),
            "conflicts": _contested(session, own),
        }
    arrived = arrival_json(session, kind, records)
    found = []
    for record in records:
        own_facts, known = facts[record.scope], known_id(record)
        found.append(
            {"id": known, "serial_no": record.serial_no}
            | {name: to_json(value) for name, value in values_of(record, kind).items()}
            | arrived.get(record.id, {})
            | {name: rows.get(known, []) for name, rows in own_facts["children"].items()}
            | {
                "version": own_facts["versions"].get(known, 1),
                "is_void": bool(record.is_void),
                "void_reason": record.void_reason,
                "origin": {"kind": record.origin_kind, "id": record.origin_id}
                if record.origin_kind and record.origin_id
                else None,
                "conflicts": own_facts["conflicts"].get(record.id, []),
                "recorded_by": record.recorded_by,
                "recorded_at": to_json(record.recorded_at),
                "scope": record.scope,
            }
        )
    return found


def _children_json(
    session: Session, registry: Registry, child: Children, parents: Sequence[Record]
) -> dict[str, list[dict[str, Any]]]:
    """Parent → its child rows, in the order they were entered; the parents are of one scope."""
    kind = registry.kind(child.kind)
    rows = children_of_all(session, registry, parents, child)
    arrived = arrival_json(session, kind, rows)
    found: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        values = {name: to_json(value) for name, value in values_of(row, kind).items()}
        parent = str(values.pop(child.parent_field))
        told = {"id": known_id(row), "serial_no": row.serial_no} | arrived.get(row.id, {}) | values
        found.setdefault(parent, []).append(told)
    return found


def version_of(session: Session, record: Record) -> int:
    """How many saves touched the record, on whichever PC; 1 for a new one."""
    return _versions(session, [record]).get(known_id(record), 1)


def _versions(session: Session, records: Sequence[Record]) -> dict[str, int]:
    """As `version_of`, for records of one kind and scope."""
    table: Any = type(records[0])
    scope = records[0].scope
    column: Any
    if records[0].root_id:
        column, within = table.root_id, table.scope == scope
    else:
        column, within = OpRow.rid, and_(OpRow.scope == scope, OpRow.tbl == table.__tablename__)
    ids = [known_id(record) for record in records]
    counted = select(column, func.count()).where(within, column.in_(ids)).group_by(column)
    return {row[0]: row[1] for row in session.execute(counted)}


def contested(session: Session, record: Record) -> list[str]:
    """The record's fields that wait for a person's choice."""
    return _contested(session, [record]).get(record.id, [])


def _contested(session: Session, records: Sequence[Record]) -> dict[str, list[str]]:
    """As `contested`, for records of one kind and scope."""
    waiting = (
        select(ConflictRow.rid, ConflictRow.field)
        .where(
            ConflictRow.scope == records[0].scope,
            ConflictRow.tbl == records[0].__tablename__,
            ConflictRow.rid.in_([record.id for record in records]),
        )
        .order_by(ConflictRow.field)
    )
    found: dict[str, list[str]] = {}
    for row in session.execute(waiting):
        found.setdefault(row.rid, []).append(row.field)
    return found


def contested_ids(session: Session, kind_name: str, ids: Sequence[str]) -> set[str]:
    """Those of the records that have a field waiting for a choice."""
    statement = select(ConflictRow.rid).where(ConflictRow.tbl == kind_name, ConflictRow.rid.in_(ids))
    return set(session.scalars(statement))


@dataclass(frozen=True)
class Event:
    """One save in a record's history."""

    at: str
    user: str
    device: str
    fields: Mapping[str, Any]
    commit_id: str
    why: str = ""


def history_of(session: Session, record: Record) -> list[Event]:
    """Every save of the record, oldest first."""
    table: Any = type(record)
    row_ids = [record.id]
    if record.root_id:
        row_ids = list(session.scalars(select(table.id).where(table.root_id == record.root_id)))
    statement = (
        select(OpRow.rid, CommitRow.id, CommitRow.meta, CommitRow.ops)
        .join(CommitRow, (CommitRow.scope == OpRow.scope) & (CommitRow.id == OpRow.cid))
        .where(OpRow.scope == record.scope, OpRow.tbl == record.__tablename__, OpRow.rid.in_(row_ids))
        .order_by(CommitRow.lam, CommitRow.id)
    )
    events: list[Event] = []
    for row in session.execute(statement):
        meta = json.loads(row.meta)
        for table_name, record_id, _parents, fields in json.loads(row.ops):
            if table_name == record.__tablename__ and record_id == row.rid:
                commit_id = bytes(row.id).hex()
                events.append(Event(meta["t"], meta["u"], meta["d"], fields, commit_id, meta.get("w", "")))
    return events


def files_of(session: Session, kind_name: str, record_id: str) -> list[AttachedFile]:
    """The files attached to a record, oldest first; detached ones are left out."""
    statement = (
        select(AttachedFile)
        .where(
            AttachedFile.record_kind == kind_name,
            AttachedFile.record_id == record_id,
            AttachedFile.is_void.isnot(True),
            *live(AttachedFile),
        )
        .order_by(AttachedFile.id)
    )
    return list(session.scalars(statement))


def grown_from(session: Session, registry: Registry, record: Record) -> list[tuple[str, str, str]]:
    """(kind, id, title) of the records that this one led to."""
    found: list[tuple[str, str, str]] = []
    for kind in registry.tops():
        if record.__tablename__ not in kind.info.grows_from:
            continue
        table: Any = kind.table
        statement = select(table).where(
            table.origin_kind == record.__tablename__, table.origin_id == known_id(record), *live(table)
        )
        found += [
            (kind.name, known_id(item), record_title(kind, item)) for item in session.scalars(statement)
        ]
    return found


def link_choices(
    session: Session, registry: Registry, kind_name: str, typed: str, limit: int
) -> list[tuple[str, str]]:
    """(id, title) of records that a link may name, for what has been typed; the newest when nothing was."""
    kind = registry.kind(kind_name)
    table: Any = kind.table
    if typed.strip():
        index = SearchIndex(registry)
        hits = index.find(session.connection(), typed, kinds=[kind_name], limit=limit)
        found = [hit.record_id for hit in hits]
        if not found:
            try:
                found = [find_link(session, kind, typed)]
            except ValueError:
                return []
    else:
        statement = (
            select(func.coalesce(table.root_id, table.id)).where(*live(table)).order_by(table.id.desc())
        )
        found = list(session.scalars(statement.limit(limit)))
    return [(known_id(item), record_title(kind, item)) for item in load_rows(session, kind, found)]
