"""One running save, and the building blocks that every change of a record is made of; no permission is asked here.

`records.py` is the door that asks; a feature's actions, which were let in by it, use these blocks.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field as dataclass_field
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, func, select
from sqlalchemy.orm import Session

from desktop.audit.trail import Deed, note
from desktop.base.clock import Clock, local_time, today
from desktop.base.errors import FieldProblem, RuleBroken
from desktop.base.paths import resource
from desktop.base.settings import Settings
from desktop.base.text import _
from desktop.base.workdays import HolidayTable
from desktop.database.capture import RecordSession
from desktop.database.columns import of_scope
from desktop.database.fields import Field, FieldType, to_json
from desktop.database.kinds import Kind, Registry
from desktop.database.record import NOT_TRAVELLING, Children, Record
from desktop.database.values import Reading
from desktop.printing.form_data import FormLibrary
from desktop.staff.links import find_link
from desktop.staff.permissions import Actor
from desktop.staff.tables import ReservedNumber
from desktop.sync.commits import MAX_WHY_CHARS


@dataclass
class Work:
    """One running save: the session and everything an action may ask for."""

    session: RecordSession
    actor: Actor
    clock: Clock
    registry: Registry
    holidays: HolidayTable
    settings: Settings
    number_mark: str
    practice: bool = False
    # The forms of this PC, for steps that bind what was printed.
    forms: FormLibrary = dataclass_field(default_factory=lambda: FormLibrary(resource("forms")))
    warnings: list[FieldProblem] = dataclass_field(default_factory=list)
    # Stem of a number → the last one given in this save; nobody else can give one before it ends.
    last_numbers: dict[str, int] = dataclass_field(default_factory=dict)

    @property
    def today(self) -> date:
        """The calendar day in Beijing."""
        return today(self.clock)

    @property
    def by_county(self) -> bool:
        """Whether the county saves here, and not a room."""
        return self.session.log.by_county

    def reading(self) -> Reading:
        """What reading typed values needs."""
        return Reading(
            today=self.today,
            codes=self.registry.codes,
            find_link=self.find_link,
            practice=self.practice,
            warnings=self.warnings,
        )

    def find_link(self, kind: str, text: str) -> str:
        """The id that a link in the scope at hand may hold; a county holds the records of many rooms.

        Errors:  as `links.find_link`.
        """
        return find_link(self.session, self.registry.kind(kind), text, self.session.default_scope)

    def note(self, verb: str, record: Record, **facts: object) -> None:
        """One line in the audit, inside this save."""
        deed = Deed(verb, record.__tablename__, known_id(record), facts=tuple(facts.items()))
        note(self.session.connection(), deed, user=self.actor.name, clock=self.clock)


def give_reason(work: Work, reason: str) -> None:
    """Lets the reason for this save stand in the history of what it changes.

    Errors:  RuleBroken REC-003 for one that is too long.
    """
    if len(reason.strip()) > MAX_WHY_CHARS:
        refuse([FieldProblem("reason", "VAL-001", _("原因：最多{most}个字").format(most=MAX_WHY_CHARS))])
    work.session.why = reason.strip()


def known_id(record: Record) -> str:
    """The id by which others know the record: that of its first version for insert-only kinds."""
    return record.root_id or record.id


def load_record(session: Session, kind: Kind, record_id: str) -> Record:
    """The record of that id, in its newest version.

    Errors:  RuleBroken REC-002 when there is none.
    """
    table = kind.table
    statement = select(table).where(
        (table.id == record_id) | (table.root_id == record_id)
        if kind.info.insert_only
        else table.id == record_id,
        table.is_deleted.isnot(True),
    )
    if kind.info.insert_only:
        statement = statement.where(table.is_superseded.isnot(True)).order_by(table.id.desc())
    found = session.scalars(statement.limit(1)).first()
    if found is None and kind.info.insert_only:
        older = session.scalars(select(table.root_id).where(table.id == record_id)).first()
        if older and older != record_id:
            return load_record(session, kind, older)
    if found is None:
        raise RuleBroken(
            "REC-002",
            _("没有找到这条{kind}，可能编号写错了").format(kind=kind.label),
            kind=kind.name,
            id=record_id,
        )
    return found


def values_of(record: Record, kind: Kind) -> dict[str, Any]:
    """The record's own fields by name."""
    return {name: getattr(record, name) for name in kind.fields}


def children_of(session: Session, registry: Registry, record: Record, child: Children) -> list[Record]:
    """The child rows of a record in the order they were entered."""
    return children_of_all(session, registry, [record], child)


def children_of_all(
    session: Session, registry: Registry, parents: Sequence[Record], child: Children
) -> list[Record]:
    """The child rows of some records of one scope, in the order they were entered."""
    statement = _children_statement(
        registry.kind(child.kind).table, child.parent_field, session.connection().dialect.name
    )
    asked = {"of_scope": parents[0].scope, "these": [known_id(one) for one in parents]}
    return sorted(session.scalars(statement, asked), key=lambda one: one.id)


@cache
def _children_statement(table: type[Record], parent_field: str, dialect: str) -> Select[Any]:
    """Unordered: asked for an order, SQLite walks all rows of the scope and leaves the link's index alone."""
    return select(table).where(
        of_scope(dialect, table.__table__.c[parent_field]),
        table.is_deleted.isnot(True),
        table.is_superseded.isnot(True),
    )


def defaults_for(kind_fields: Iterable[Field], work: Work, given: Mapping[str, Any]) -> dict[str, Any]:
    """What fields hold when nobody says anything: today, now, the one who writes, a fixed value."""
    found: dict[str, Any] = {}
    for field in kind_fields:
        if field.name in given:
            continue
        if field.default == "today":
            found[field.name] = work.today
        elif field.default == "now":
            now = work.clock.now()
            found[field.name] = local_time(now).time() if field.type is FieldType.TIME else now
        elif field.default == "actor_name":
            found[field.name] = work.actor.name
        elif field.default == "actor" and work.actor.staff_id:
            found[field.name] = (
                [work.actor.staff_id] if field.type is FieldType.LINKS else work.actor.staff_id
            )
        elif field.default_value is not None:
            found[field.name] = field.default_value
    return found


def enterable(kind: Kind) -> list[Field]:
    """The fields that people fill; the others are set by steps."""
    return [field for field in kind.fields.values() if not field.by_step]


def unread(
    given: Mapping[str, Any], values: Mapping[str, Any], problems: Sequence[FieldProblem]
) -> dict[str, Any]:
    """Fields that were given wrongly, so that a default never hides the mistake."""
    return {problem.field: given[problem.field] for problem in problems if problem.field not in values}


def check_values(kind: Kind, values: Mapping[str, Any], work: Work, row: int | None) -> list[FieldProblem]:
    """What the feature's own rule says against these values; hints go to the warnings."""
    if kind.info.hints is not None:
        work.warnings += kind.info.hints(values, work.today)
    if kind.info.check is None:
        return []
    return [
        FieldProblem(problem.field, problem.code, problem.message, row)
        for problem in kind.info.check(values, work.today)
    ]


def refuse(problems: Sequence[FieldProblem]) -> None:
    """Errors: RuleBroken REC-003 with every problem, if there is one."""
    if problems:
        told = "；".join(problem.message for problem in problems[:5])
        raise RuleBroken(
            "REC-003", _("没有保存，请改正后再试：{told}").format(told=told), fields=tuple(problems)
        )


def new_row(
    work: Work,
    kind: Kind,
    values: Mapping[str, Any],
    *,
    origin: Record | None = None,
    number: str = "",
) -> Record:
    """Puts one row into the session with its number, author and instant; no checks.

    Shape:   `number` is one that was reserved for it; without it the row gets the next one.
    """
    record = _made_row(work, kind, values, origin, number)
    work.session.flush()
    return record


def new_rows(work: Work, kind: Kind, rows: Iterable[Mapping[str, Any]]) -> list[Record]:
    """Puts many rows of one kind into the session, as `new_row` does, and writes them together."""
    records = [_made_row(work, kind, values) for values in rows]
    work.session.flush()
    return records


def _made_row(
    work: Work, kind: Kind, values: Mapping[str, Any], origin: Record | None = None, number: str = ""
) -> Record:
    record = kind.table(**values)
    record.id = work.session.ids.next_id(work.clock)
    record.scope = origin.scope if origin is not None else work.session.default_scope
    record.recorded_by = work.actor.name
    record.recorded_at = work.clock.now()
    if kind.info.insert_only:
        record.root_id = record.id
    if origin is not None:
        record.origin_kind, record.origin_id = origin.__tablename__, known_id(origin)
    if number:
        record.serial_no = number
    elif kind.info.letter:
        record.serial_no = next_number(work, kind)
    work.session.add(record)
    return record


_FULL = "99999"


def next_number(work: Work, kind: Kind) -> str:
    """The next number of this PC for the kind and year: it never collides with another PC's, also offline."""
    stem = f"{work.number_mark}{work.today.year}-{kind.info.letter}"
    if stem not in work.last_numbers:
        work.last_numbers[stem] = _last_number(work, kind, stem)
    work.last_numbers[stem] += 1
    return f"{stem}{work.last_numbers[stem]:05d}"


def _last_number(work: Work, kind: Kind, stem: str) -> int:
    """The last number of a stem; reserved ones count, or a blank form would be doubled."""
    connection = work.session.connection()
    columns = (kind.table.__table__.c.serial_no, ReservedNumber.__table__.c.reserved_no)
    low, full, high = f"{stem}0", f"{stem}{_FULL}", f"{stem}9999999999"
    largest = connection.execute(_last_statement(*columns), {"low": low, "high": high}).one()
    numbers = [
        # From there on numbers have more digits, and as text they sort before this one.
        connection.scalar(_longest_first(column).where(column.between(low, high))) if one == full else one
        for column, one in zip(columns, largest, strict=True)
    ]
    return max(int(one.removeprefix(stem)) if one else 0 for one in numbers)


def _longest_first(column: ColumnElement[str]) -> Select[Any]:
    return select(column).order_by(func.length(column).desc(), column.desc()).limit(1)


@cache
def _last_statement(*columns: ColumnElement[str]) -> Select[Any]:
    # Between, because LIKE cannot use the index; digits alone, because they sort alike in every database.
    return select(
        *(
            select(func.max(column))
            .where(column.between(bindparam("low"), bindparam("high")))
            .scalar_subquery()
            for column in columns
        )
    )


def write_values(
    work: Work, record: Record, values: Mapping[str, Any], *, seen: Sequence[str] | None = None
) -> None:
    """Sets fields on a record; values that are the same already are no change."""
    if seen is not None and set(seen) != set(record.ver or ()):
        work.session.base_on(record, seen)
    for name, value in values.items():
        if to_json(getattr(record, name)) != to_json(value):
            setattr(record, name, value)
    work.session.flush()


def correct_record(
    work: Work,
    kind: Kind,
    record: Record,
    values: Mapping[str, Any],
    *,
    reason: str = "",
    is_void: bool = False,
    replaces: Sequence[str] = (),
) -> Record:
    """A new row that replaces one of an insert-only kind; the old row stays in the log and on earlier paper.

    What only the county may write stays on the county's own version: a room could not send it.
    """
    copied = {
        name: getattr(record, name)
        for name in kind.travelling
        if name not in NOT_TRAVELLING and name != "corrects"
        if work.by_county or name not in kind.fields or kind.fields[name].owner != "county"
    }
    row = kind.table(**(copied | dict(values)))
    row.id = work.session.ids.next_id(work.clock)
    row.scope = record.scope
    row.root_id = known_id(record)
    row.corrects = list(replaces) or [record.id]
    row.correct_reason = reason or None
    row.recorded_by = work.actor.name
    row.recorded_at = work.clock.now()
    if is_void:
        row.is_void, row.void_reason = True, reason
    work.session.add(row)
    work.session.flush()
    return row
