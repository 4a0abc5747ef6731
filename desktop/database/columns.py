"""How field values lie in a column: the same text and integers in SQLite and PostgreSQL.

Days are `2026-03-05`, times `15:30`, instants `2026-03-05T07:30:00Z`, lists are JSON; so the two databases hold equal
bytes, sort the same way, and a technician can read them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    LargeBinary,
    String,
    Table,
    Text,
    UnaryExpression,
    and_,
    any_,
    bindparam,
    insert,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.engine import Dialect
from sqlalchemy.sql import operators
from sqlalchemy.types import TypeDecorator, TypeEngine


def write_instant(value: datetime) -> str:
    """An aware instant as UTC text with whole seconds."""
    return f"{value.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='seconds')}Z"


def read_instant(text: str) -> datetime:
    """Errors: ValueError when the text is not an ISO 8601 instant with a zone."""
    value = datetime.fromisoformat(text)
    if value.tzinfo is None:
        raise ValueError(text)
    return value.astimezone(UTC)


def among(connection: Connection, column: ColumnElement[Any], values: Collection[Any]) -> ColumnElement[bool]:
    """Whether a column holds one of many values.

    On PostgreSQL as one array: a list of a hundred parameters costs the driver and the planner more than the look-up,
    and no two lists of different length would share a prepared statement. Elsewhere the plain `IN`.
    """
    if connection.dialect.name != "postgresql":
        return column.in_(values)
    return column == any_(bindparam(None, list(values), type_=ARRAY(column.type)))


def among_named(dialect: str, column: ColumnElement[Any], name: str) -> ColumnElement[bool]:
    """As `among`, for a statement that is made once and given a list as parameter `name` each time.

    To make a statement of forty columns costs more than to run it; a save runs twenty-five.
    """
    if dialect != "postgresql":
        return column.in_(bindparam(name, expanding=True))
    return column == any_(bindparam(name, type_=ARRAY(column.type)))


def of_scope(dialect: str, column: Column[Any]) -> ColumnElement[bool]:
    """The rows of a scope by values of one of their columns; parameters `of_scope` and the list `these`.

    SQLite keeps no statistics here and believes that a scope has ten rows: asked for five values of any column but the
    key's it would go through the whole room. A sign before the scope keeps its index out of the plan.
    """
    scope: ColumnElement[str] = column.table.c.scope
    if dialect == "sqlite" and column.name != "id":
        scope = UnaryExpression(scope, operator=operators.custom_op("+"), type_=scope.type)
    return and_(scope == bindparam("of_scope"), among_named(dialect, column, "these"))


def add_rows(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Adds many rows that all name the same columns.

    SQLAlchemy makes the values of each row ready by themselves, which takes as long as writing them.
    """
    if not rows:
        return
    added = _added(table, tuple(rows[0]), connection.dialect)
    made = ([ready(row[name]) if ready else row[name] for name, ready in added.columns] for row in rows)
    if added.is_positional:
        connection.exec_driver_sql(added.sql, [tuple(values) for values in made])
    else:
        connection.exec_driver_sql(added.sql, [dict(zip(rows[0], values, strict=True)) for values in made])


@dataclass(frozen=True)
class _Added:
    """An INSERT in the driver's own words, and what makes the values of its columns ready, in their order."""

    sql: str
    columns: tuple[tuple[str, Callable[[Any], Any] | None], ...]
    is_positional: bool


@lru_cache(maxsize=256)
def _added(table: Table, names: tuple[str, ...], dialect: Dialect) -> _Added:
    compiled = insert(table).compile(dialect=dialect, column_keys=list(names))
    order = compiled.positiontup or names
    columns = tuple((name, _ready(table.c[name].type, dialect)) for name in order)
    return _Added(str(compiled), columns, compiled.positiontup is not None)


def _ready(of_type: TypeEngine[Any], dialect: Dialect) -> Callable[[Any], Any] | None:
    # Every driver takes bytes as bytes.
    return None if isinstance(of_type, LargeBinary) else of_type.dialect_impl(dialect).bind_processor(dialect)


class DayColumn(TypeDecorator[date]):
    """A calendar day as `2026-03-05`."""

    impl = String(10)
    cache_ok = True

    def process_bind_param(self, value: date | None, dialect: Dialect) -> str | None:
        """Day to text."""
        return None if value is None else value.isoformat()

    def process_result_value(self, value: str | None, dialect: Dialect) -> date | None:
        """Text to day."""
        return None if value is None else date.fromisoformat(value)


class TimeColumn(TypeDecorator[time]):
    """A wall time as `15:30`."""

    impl = String(5)
    cache_ok = True

    def process_bind_param(self, value: time | None, dialect: Dialect) -> str | None:
        """Time to text."""
        return None if value is None else value.strftime("%H:%M")

    def process_result_value(self, value: str | None, dialect: Dialect) -> time | None:
        """Text to time."""
        return None if value is None else time.fromisoformat(value)


class InstantColumn(TypeDecorator[datetime]):
    """An instant in UTC as `2026-03-05T07:30:00Z`."""

    impl = String(20)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:
        """Instant to text."""
        return None if value is None else write_instant(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> datetime | None:
        """Text to instant."""
        return None if value is None else read_instant(value)


# Made once: `json.dumps` makes an encoder for every call that asks for anything of its own.
_LIST_TO_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class ListColumn(TypeDecorator[list[str]]):
    """A list of texts as JSON; an empty list is stored as NULL so that "nothing" has one form."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: list[str] | None, dialect: Dialect) -> str | None:
        """List to JSON."""
        return _LIST_TO_JSON(list(value)) if value else None

    def process_result_value(self, value: str | None, dialect: Dialect) -> list[str]:
        """JSON to list."""
        read: Any = json.loads(value) if value else []
        return [str(item) for item in read]
