"""The one door through which records change: permission, rules, rows, audit line.

Features add what is theirs: a kind's `check` for its values, and `Step`s for its workflow. What the form, the command
line, an import and a workflow step do to records, they do here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field as dataclass_field
from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from desktop.audit.trail import Deed, note
from desktop.base.clock import Clock, today
from desktop.base.errors import Conflict, FieldProblem, RuleBroken
from desktop.base.settings import Settings
from desktop.base.text import _
from desktop.base.workdays import HolidayTable
from desktop.database.capture import RecordSession
from desktop.database.fields import Field, FieldType, to_json
from desktop.database.kinds import Kind, Registry
from desktop.database.record import NOT_TRAVELLING, Children, Record
from desktop.database.values import Reading, missing, read_fields
from desktop.staff.links import find_link
from desktop.staff.permissions import Actor


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
    warnings: list[FieldProblem] = dataclass_field(default_factory=list)
    # Stem of a number → the last one given in this save; nobody else can give one before it ends.
    last_numbers: dict[str, int] = dataclass_field(default_factory=dict)

    @property
    def today(self) -> date:
        """The calendar day in Beijing."""
        return today(self.clock)

    def reading(self) -> Reading:
        """What reading typed values needs."""
        return Reading(
            today=self.today,
            codes=self.registry.codes,
            find_link=lambda kind, text: find_link(self.session, self.registry.kind(kind), text),
            practice=self.practice,
            warnings=self.warnings,
        )

    def note(self, verb: str, record: Record, **facts: object) -> None:
        """One line in the audit, inside this save."""
        deed = Deed(verb, record.__tablename__, known_id(record), facts=tuple(facts.items()))
        note(self.session.connection(), deed, user=self.actor.name, clock=self.clock)


RunStep = Callable[[Work, Any, Mapping[str, Any]], None]
MayStep = Callable[[Record], bool]


@dataclass(frozen=True)
class Step:
    """One step of a workflow that a person can take on a record.

    Shape:   `inputs` are the fields that are asked for, declared as columns are; `allowed` gets the record as it is
             and says whether the step may be taken now; `run` gets the read inputs; `letter` is the permission.
    """

    kind: str
    name: str
    label: str
    run: RunStep
    allowed: MayStep
    inputs: tuple[Field, ...] = ()
    letter: str = "U"
    help: str = ""


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
    table = registry.kind(child.kind).table
    link = getattr(table, child.parent_field)
    statement = (
        select(table)
        .where(
            table.scope == record.scope,
            link == known_id(record),
            table.is_deleted.isnot(True),
            table.is_superseded.isnot(True),
        )
        .order_by(table.id)
    )
    return list(session.scalars(statement))


def defaults_for(kind_fields: Iterable[Field], work: Work, given: Mapping[str, Any]) -> dict[str, Any]:
    """What fields hold when nobody says anything: today, now, the one who writes, a fixed value."""
    found: dict[str, Any] = {}
    for field in kind_fields:
        if field.name in given:
            continue
        if field.default == "today":
            found[field.name] = work.today
        elif field.default == "now":
            found[field.name] = work.clock.now()
        elif field.default == "actor" and work.actor.staff_id:
            found[field.name] = (
                [work.actor.staff_id] if field.type is FieldType.LINKS else work.actor.staff_id
            )
        elif field.default_value is not None:
            found[field.name] = field.default_value
    return found


def add_record(
    work: Work,
    kind_name: str,
    raw: Mapping[str, Any],
    *,
    origin: Record | None = None,
    row: int | None = None,
) -> Record:
    """Writes one new record with its children, gives it its number, and notes it.

    Before:  the actor may create in the kind's area.
    After:   the record and its children are in one commit; `origin` is kept where one record led to this one.
    Errors:  RuleBroken REC-003 with every field that is wrong; Refused STF-001.
    """
    kind = work.registry.kind(kind_name)
    work.actor.require(kind.info.area, "C")
    if kind.info.parent:
        return _add_child_alone(work, kind, raw)
    given = _known_only(kind, raw, row)
    values, problems = read_fields(_enterable(kind), given, work.reading(), row=row)
    values |= defaults_for(kind.fields.values(), work, values | _unread(given, values, problems))
    problems += missing(kind.fields.values(), values, row=row)
    children, child_problems = _read_children(work, kind, given, row)
    problems += child_problems
    if not problems:
        problems += _check(kind, values, work, row)
    _refuse(problems)
    record = new_row(work, kind, values, origin=origin)
    _settle_origin(work, record, given, origin)
    for child, rows in children.items():
        for child_values in rows:
            _write_child(work, record, child, child_values)
    work.note("add", record)
    return record


def _enterable(kind: Kind) -> list[Field]:
    return [field for field in kind.fields.values() if not field.by_step]


def _unread(
    given: Mapping[str, Any], values: Mapping[str, Any], problems: Sequence[FieldProblem]
) -> dict[str, Any]:
    """Fields that were given wrongly, so that a default never hides the mistake."""
    return {problem.field: given[problem.field] for problem in problems if problem.field not in values}


def _known_only(kind: Kind, raw: Mapping[str, Any], row: int | None) -> Mapping[str, Any]:
    known = {field.name for field in _enterable(kind)} | {child.name for child in kind.children}
    known |= {"origin_kind", "origin_id"}
    strange = [name for name in raw if name not in known]
    _refuse(
        [
            FieldProblem(
                name, "VAL-003", _("{kind}没有名为 {name} 的可填字段").format(kind=kind.label, name=name), row
            )
            for name in strange
        ]
    )
    return raw


def _check(kind: Kind, values: Mapping[str, Any], work: Work, row: int | None) -> list[FieldProblem]:
    if kind.info.check is None:
        return []
    return [
        FieldProblem(problem.field, problem.code, problem.message, row)
        for problem in kind.info.check(values, work.today)
    ]


def _refuse(problems: Sequence[FieldProblem]) -> None:
    if problems:
        told = "；".join(problem.message for problem in problems[:5])
        raise RuleBroken(
            "REC-003", _("没有保存，请改正后再试：{told}").format(told=told), fields=tuple(problems)
        )


def new_row(work: Work, kind: Kind, values: Mapping[str, Any], *, origin: Record | None = None) -> Record:
    """Puts one row into the session with its number, author and instant; no checks."""
    record = _made_row(work, kind, values, origin)
    work.session.flush()
    return record


def new_rows(work: Work, kind: Kind, rows: Iterable[Mapping[str, Any]]) -> list[Record]:
    """Puts many rows of one kind into the session, as `new_row` does, and writes them together."""
    records = [_made_row(work, kind, values, None) for values in rows]
    work.session.flush()
    return records


def _made_row(work: Work, kind: Kind, values: Mapping[str, Any], origin: Record | None) -> Record:
    record = kind.table(**values)
    record.id = work.session.ids.next_id(work.clock)
    record.scope = origin.scope if origin is not None else work.session.default_scope
    record.recorded_by = work.actor.name
    record.recorded_at = work.clock.now()
    if kind.info.insert_only:
        record.root_id = record.id
    if origin is not None:
        record.origin_kind, record.origin_id = origin.__tablename__, known_id(origin)
    if kind.info.letter:
        record.serial_no = next_number(work, kind)
    work.session.add(record)
    return record


def next_number(work: Work, kind: Kind) -> str:
    """The next number of this PC for the kind and year: it never collides with another PC's, also offline."""
    stem = f"{work.number_mark}{work.today.year}-{kind.info.letter}"
    if stem not in work.last_numbers:
        number = kind.table.serial_no
        # Between, because LIKE cannot use the index; digits alone, because they sort alike in every database.
        standing = number.between(f"{stem}0", f"{stem}9999999999")
        last = work.session.scalar(select(func.max(number)).where(standing))
        work.last_numbers[stem] = int(last.removeprefix(stem)) if last else 0
    work.last_numbers[stem] += 1
    return f"{stem}{work.last_numbers[stem]:05d}"


def _settle_origin(work: Work, record: Record, given: Mapping[str, Any], origin: Record | None) -> None:
    if origin is None and given.get("origin_kind") and given.get("origin_id"):
        source = work.registry.kind(str(given["origin_kind"]))
        record.origin_kind = source.name
        record.origin_id = find_link(work.session, source, str(given["origin_id"]))


# -- children ------------------------------------------------------------------------------------------------------


def _read_children(
    work: Work, kind: Kind, given: Mapping[str, Any], row: int | None
) -> tuple[dict[Children, list[dict[str, Any]]], list[FieldProblem]]:
    read: dict[Children, list[dict[str, Any]]] = {}
    problems: list[FieldProblem] = []
    for child in kind.children:
        rows = given.get(child.name) or []
        if not isinstance(rows, list) or not all(isinstance(item, Mapping) for item in rows):
            problems.append(
                FieldProblem(
                    child.name, "VAL-004", _("{label}：应是一组记录").format(label=_(child.label)), row
                )
            )
            continue
        if child.required and not rows:
            problems.append(
                FieldProblem(child.name, "VAL-002", _("{label}：必须填写").format(label=_(child.label)), row)
            )
        read[child] = []
        for position, item in enumerate(rows, 1):
            values, wrong = _read_child(work, child, item)
            problems += [
                FieldProblem(f"{child.name}.{position}.{one.field}", one.code, one.message, row)
                for one in wrong
            ]
            read[child].append(values)
    return read, problems


def _read_child(
    work: Work, child: Children, item: Mapping[str, Any]
) -> tuple[dict[str, Any], list[FieldProblem]]:
    kind = work.registry.kind(child.kind)
    fields = [field for field in _enterable(kind) if field.name != child.parent_field]
    strange = [name for name in item if name not in {field.name for field in fields} | {"id"}]
    values, problems = read_fields(fields, item, work.reading())
    problems += [
        FieldProblem(
            name, "VAL-003", _("{kind}没有名为 {name} 的可填字段").format(kind=kind.label, name=name)
        )
        for name in strange
    ]
    values |= defaults_for(fields, work, values | _unread(item, values, problems))
    problems += missing(fields, values)
    if not problems:
        problems += _check(kind, values, work, None)
    if item.get("id"):
        values["id"] = str(item["id"])
    return values, problems


def _write_child(work: Work, parent: Record, child: Children, values: Mapping[str, Any]) -> Record:
    kind = work.registry.kind(child.kind)
    own = {name: value for name, value in values.items() if name != "id"}
    return new_row(work, kind, own | {child.parent_field: known_id(parent)}, origin=parent)


def _add_child_alone(work: Work, kind: Kind, raw: Mapping[str, Any]) -> Record:
    """A child that is entered by itself names its parent through its link field."""
    parent_kind = work.registry.parent_of(kind)
    if parent_kind is None:
        raise LookupError(kind.info.parent)
    if not raw.get(kind.info.parent):
        _refuse([FieldProblem(kind.info.parent, "VAL-002", _("请说明它属于哪一条记录"))])
    parent = load_record(
        work.session, parent_kind, find_link(work.session, parent_kind, str(raw[kind.info.parent]))
    )
    child = next(item for item in parent_kind.children if item.kind == kind.name)
    values, problems = _read_child(work, child, {name: raw[name] for name in raw if name != kind.info.parent})
    _refuse(problems)
    refuse_guarded(work, parent_kind, parent, {child.name})
    record = _write_child(work, parent, child, values)
    work.note("add", record)
    return record


# -- changing ------------------------------------------------------------------------------------------------------


def change_record(
    work: Work,
    kind_name: str,
    record_id: str,
    raw: Mapping[str, Any],
    *,
    seen: Sequence[str] | None = None,
    reason: str = "",
) -> Record:
    """Writes the fields that differ; an insert-only kind gets a correcting row instead.

    Before:  `seen` is the record's `ver` when the form was opened, so that a stale form becomes a conflict and
             never an overwrite.
    Errors:  RuleBroken REC-003 with the fields that are wrong, REC-005 for a void record; Conflict REC-006 for a
             field that waits for a person's choice; Refused STF-001.
    """
    kind = work.registry.kind(kind_name)
    work.actor.require(kind.info.area, "U")
    record = load_record(work.session, kind, record_id)
    if record.is_void:
        raise RuleBroken("REC-005", _("这条{kind}已作废，不能再改").format(kind=kind.label))
    given = _known_only(kind, raw, None)
    values, problems = read_fields(_enterable(kind), given, work.reading())
    merged = values_of(record, kind) | values
    problems += [one for one in missing(kind.fields.values(), merged) if one.field in values]
    if not problems:
        problems += _check(kind, merged, work, None)
    _refuse(problems)
    _refuse_contested(work, kind, record, values)
    refuse_guarded(
        work,
        kind,
        record,
        _changing(record, values) | {one.name for one in kind.children if one.name in given},
    )
    if kind.info.insert_only:
        changed = correct_record(work, kind, record, values, reason=reason)
    else:
        changed = record
        write_values(work, record, values, seen=seen)
    _change_children(work, kind, changed, given)
    work.note("change", changed, fields=sorted(values), reason=reason)
    return changed


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


def _changing(record: Record, values: Mapping[str, Any]) -> set[str]:
    return {name for name, value in values.items() if to_json(getattr(record, name)) != to_json(value)}


def refuse_guarded(work: Work, kind: Kind, record: Record, names: set[str]) -> None:
    """Refuses to change what a feature guards, because it was signed; a child is guarded by its parent as well.

    Errors:  RuleBroken REC-011 with every guarded field.
    """
    problems = work.registry.objections(work.session, record, frozenset(names)) if names else []
    parent_kind = work.registry.parent_of(kind)
    if names and parent_kind is not None:
        parent = load_record(work.session, parent_kind, getattr(record, kind.info.parent))
        listed = {one.name for one in parent_kind.children if one.kind == kind.name}
        problems += work.registry.objections(work.session, parent, frozenset(listed))
    if problems:
        told = "；".join(dict.fromkeys(problem.message for problem in problems))
        raise RuleBroken("REC-011", told, fields=tuple(problems))


def _refuse_contested(work: Work, kind: Kind, record: Record, values: Mapping[str, Any]) -> None:
    contested = work.session.log.contested_fields(work.session.connection(), kind, record.scope, record.id)
    locked = [kind.fields[name].label for name in values if name in contested and name in kind.fields]
    changed = [
        name
        for name in values
        if name in contested and to_json(getattr(record, name)) != to_json(values[name])
    ]
    if locked and changed:
        raise Conflict(
            "REC-006",
            _("“{fields}”两边填的不一样，还没有选定。请先到“待处理”里选定，再修改").format(
                fields="、".join(_(label) for label in locked)
            ),
        )


def correct_record(
    work: Work,
    kind: Kind,
    record: Record,
    values: Mapping[str, Any],
    *,
    reason: str = "",
    is_void: bool = False,
) -> Record:
    """A new row that replaces one of an insert-only kind; the old row stays in the log and on earlier paper."""
    copied = {
        name: getattr(record, name)
        for name in kind.travelling
        if name not in NOT_TRAVELLING and name != "corrects"
    }
    row = kind.table(**(copied | dict(values)))
    row.id = work.session.ids.next_id(work.clock)
    row.scope = record.scope
    row.root_id = known_id(record)
    row.corrects = [record.id]
    row.correct_reason = reason or None
    row.recorded_by = work.actor.name
    row.recorded_at = work.clock.now()
    if is_void:
        row.is_void, row.void_reason = True, reason
    work.session.add(row)
    work.session.flush()
    return row


def _change_children(work: Work, kind: Kind, record: Record, given: Mapping[str, Any]) -> None:
    """Children named by id are changed, those without id are new, those left out are taken out."""
    for child in kind.children:
        if child.name not in given:
            continue
        child_kind = work.registry.kind(child.kind)
        read, problems = _read_children(work, kind, {child.name: given[child.name]}, None)
        _refuse([one for one in problems if one.field.split(".")[0] == child.name])
        standing = {item.id: item for item in children_of(work.session, work.registry, record, child)}
        for values in read[child]:
            known = standing.pop(values.pop("id", ""), None)
            if known is None:
                _write_child(work, record, child, values)
            elif child_kind.info.insert_only:
                if any(to_json(getattr(known, name)) != to_json(value) for name, value in values.items()):
                    correct_record(work, child_kind, known, values)
            else:
                write_values(work, known, values)
        for left_out in standing.values():
            if child_kind.info.letter or child_kind.info.insert_only:
                raise RuleBroken(
                    "REC-007", _("{kind}有编号，不能去掉；请作废并写明原因").format(kind=child_kind.label)
                )
            left_out.is_deleted = True
    work.session.flush()


def void_record(work: Work, kind_name: str, record_id: str, reason: str) -> Record:
    """Voids a record; it keeps its number and its place in the ledger.

    Errors:  RuleBroken REC-003 without a reason, REC-005 when it is void already; Refused STF-001.
    """
    kind = work.registry.kind(kind_name)
    work.actor.require(kind.info.area, "U")
    record = load_record(work.session, kind, record_id)
    if record.is_void:
        raise RuleBroken("REC-005", _("这条{kind}已作废").format(kind=kind.label))
    if not reason.strip():
        _refuse([FieldProblem("void_reason", "VAL-002", _("作废原因：必须填写"))])
    refuse_guarded(work, kind, record, {"is_void"})
    if kind.info.insert_only:
        record = correct_record(work, kind, record, {}, reason=reason.strip(), is_void=True)
    else:
        record.is_void, record.void_reason = True, reason.strip()
        work.session.flush()
    work.note("void", record)
    return record


def take_step(work: Work, step: Step, record_id: str, raw: Mapping[str, Any]) -> Record:
    """Takes one step of a workflow.

    Errors:  RuleBroken REC-008 when the step is not allowed now, REC-003 for its inputs; Refused STF-001.
    """
    kind = work.registry.kind(step.kind)
    work.actor.require(kind.info.area, step.letter)
    record = load_record(work.session, kind, record_id)
    if record.is_void or not step.allowed(record):
        raise RuleBroken(
            "REC-008",
            _("现在不能“{step}”：这条{kind}的状态不允许").format(step=_(step.label), kind=kind.label),
        )
    strange = [name for name in raw if name not in {field.name for field in step.inputs}]
    values, problems = read_fields(step.inputs, raw, work.reading())
    problems += [
        FieldProblem(name, "VAL-003", _("“{step}”没有名为 {name} 的项").format(step=_(step.label), name=name))
        for name in strange
    ]
    values |= defaults_for(step.inputs, work, values | _unread(raw, values, problems))
    problems += missing(step.inputs, values)
    _refuse(problems)
    step.run(work, record, {field.name: values.get(field.name) for field in step.inputs})
    work.session.flush()
    work.note(f"step:{step.name}", record)
    return load_record(work.session, kind, known_id(record))


def steps_for(steps: Iterable[Step], record: Record, actor: Actor, registry: Registry) -> list[Step]:
    """The steps that this person can take on the record now."""
    if record.is_void:
        return []
    return [
        step
        for step in steps
        if step.kind == record.__tablename__
        and actor.may(registry.kind(step.kind).info.area, step.letter)
        and step.allowed(record)
    ]
