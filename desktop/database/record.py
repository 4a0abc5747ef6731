"""What every record has, whatever its feature.

A record lives in one scope for ever, is found by its opaque id, and carries one sync column: `ver`, the operations
that its row has seen. Nothing but the key is NOT NULL, nothing is unique, nothing cascades: a rule in the database
would make a row of another PC vanish on import. Rows of an insert-only kind are never changed: a correction is a new
row that names the rows it replaces, and `root_id` is the name by which others know all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, ClassVar

from sqlalchemy import Boolean, MetaData, String, Table, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from desktop.base.errors import FieldProblem
from desktop.base.text import N_
from desktop.database.columns import ListColumn
from desktop.database.fields import Field, FieldType, Owner, instant, text

METADATA = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)

COUNTY_SCOPE = "county"


def room_scope(code: str) -> str:
    """The scope of a room's records."""
    return f"r:{code}"


def room_code(scope: str) -> str:
    """The room whose records a scope holds."""
    return scope.removeprefix("r:")


@dataclass(frozen=True)
class Children:
    """Child records that people see as a list inside their parent (the parties of a dispute).

    Shape:   `parent_field` is the child's link to the parent; `carry` are pairs (parent's field, child's field) whose
             value the child takes over when it says nothing itself; `by_step` lists are read by people and written by
             steps only; `shows` are the child's fields that people read in a line, all of them when empty.
    """

    name: str
    label: str
    kind: str
    parent_field: str
    required: bool = False
    help: str = ""
    carry: tuple[tuple[str, str], ...] = ()
    by_step: bool = False
    shows: tuple[str, ...] = ()


CheckValues = Callable[[Mapping[str, Any], date], Iterable[FieldProblem]]

# Whether a side may write an operation with these fields; gets the fields and whether the county is the writer.
MayWrite = Callable[[Mapping[str, Any], bool], bool]


@dataclass(frozen=True)
class KindInfo:
    """What people and programs must know of a kind beyond its fields.

    Shape:   `letter` opens its serial numbers (empty: no numbers); `area` is its row in the permission table;
             `title` are the fields that name one record; `day` is the field by which periods are cut; `codes` are
             the fields by which a link may be written; `check` is the feature's rule for one record's values, and
             `hints` what is only odd;
             `parent` names the link to the parent of a child kind; `state` the field that steps move;
             `grows_from` lists the kinds that can lead to a record of this one (its `origin`);
             with `by_step` its rows are written while something is printed, attached or reserved, and never entered;
             `may_write` says which side may write a row where that depends on what the row says; with `shows_arrival`
             readers see when each row reached this PC.
    """

    label: str
    area: str
    letter: str = ""
    insert_only: bool = False
    title: tuple[str, ...] = ()
    day: str = ""
    codes: tuple[str, ...] = ()
    children: tuple[Children, ...] = ()
    parent: str = ""
    state: str = ""
    owner: Owner = "room"
    by_step: bool = False
    may_write: MayWrite | None = None
    shows_arrival: bool = False
    check: CheckValues | None = None
    hints: CheckValues | None = None
    grows_from: tuple[str, ...] = ()
    empty_hint: str = ""


class Base(DeclarativeBase):
    """Everything mapped; local tables derive from it directly and never travel."""

    metadata = METADATA
    __table__: ClassVar[Table]


class Record(Base):
    """One synced record: row state is the fold of its operations in the log."""

    __abstract__ = True
    kind_info: ClassVar[KindInfo]

    scope: Mapped[str] = mapped_column(String(80), primary_key=True, sort_order=-10)
    # The key leads with the scope; a record is mostly asked for by its id alone.
    id: Mapped[str] = mapped_column(String(36), primary_key=True, index=True, sort_order=-9)
    ver: Mapped[list[str]] = mapped_column(
        ListColumn(), nullable=True, sort_order=-8, comment="operations this row has seen, hex commit ids"
    )
    is_deleted: Mapped[bool | None] = mapped_column(
        Boolean, sort_order=90, comment="a child row that was taken out; hidden, never removed"
    )
    is_void: Mapped[bool | None] = mapped_column(
        Boolean, sort_order=91, info={"field": Field(N_("已作废"), FieldType.BOOLEAN, by_step=True)}
    )
    void_reason: Mapped[str | None] = text(N_("作废原因"), max_length=200, by_step=True)
    serial_no: Mapped[str | None] = mapped_column(
        String(40), index=True, sort_order=-7, info={"field": Field(N_("编号"), FieldType.TEXT, by_step=True)}
    )
    origin_kind: Mapped[str | None] = text(N_("来自类别"), max_length=40, by_step=True)
    origin_id: Mapped[str | None] = mapped_column(
        String(36), index=True, info={"field": Field(N_("来自记录"), FieldType.TEXT, by_step=True)}
    )
    recorded_by: Mapped[str | None] = text(N_("登记人"), max_length=50, by_step=True)
    recorded_at: Mapped[datetime | None] = instant(N_("登记时间"), by_step=True)
    root_id: Mapped[str | None] = mapped_column(
        String(36), index=True, comment="insert-only kinds: id of the first version, the name others use"
    )
    corrects: Mapped[list[str]] = mapped_column(
        ListColumn(), nullable=True, comment="insert-only kinds: ids of the rows that this one replaces"
    )
    correct_reason: Mapped[str | None] = text(N_("更正原因"), max_length=200, by_step=True)
    is_superseded: Mapped[bool | None] = mapped_column(
        Boolean, comment="derived here: a later row names this one in `corrects`; never travels"
    )


# Columns that are not fields of a record: keys and what is derived here.
NOT_TRAVELLING = frozenset({"scope", "id", "ver", "is_superseded"})

# Fields that every record has and no form shows.
COMMON_FIELDS = frozenset(
    {
        "is_deleted",
        "is_void",
        "void_reason",
        "serial_no",
        "origin_kind",
        "origin_id",
        "recorded_by",
        "recorded_at",
        "root_id",
        "corrects",
        "correct_reason",
    }
)


class Meta(Base):
    """One fact about this file: device, room, schema. Local, never travels."""

    __tablename__ = "meta"

    key: Mapped[str] = mapped_column(String(60), primary_key=True)
    value: Mapped[str | None] = mapped_column(Text)
