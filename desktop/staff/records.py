"""The one door through which records change: permission, rules, rows, audit line.

Features add what is theirs: a kind's `check` for its values, and `Step`s for its workflow. What the form, the command
line, an import and a workflow step do to records, they do here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from desktop.base.errors import Conflict, FieldProblem, RuleBroken
from desktop.base.text import _
from desktop.database.fields import Field, to_json
from desktop.database.kinds import Kind, Registry
from desktop.database.record import Record
from desktop.database.values import missing, read_fields
from desktop.staff.children import carry_out, plan_children, read_child, read_children, write_child
from desktop.staff.claims import claim_number
from desktop.staff.permissions import Actor
from desktop.staff.work import (
    Work,
    check_values,
    children_of,
    children_of_all,
    correct_record,
    defaults_for,
    enterable,
    give_reason,
    known_id,
    load_record,
    new_row,
    new_rows,
    next_number,
    refuse,
    unread,
    values_of,
    write_values,
)

# What features need for their actions, from one place.
__all__ = (
    "Step",
    "Work",
    "add_record",
    "change_record",
    "children_of",
    "children_of_all",
    "correct_record",
    "known_id",
    "load_record",
    "new_row",
    "new_rows",
    "next_number",
    "refuse_guarded",
    "steps_for",
    "take_step",
    "values_of",
    "void_record",
    "write_values",
)

RunStep = Callable[[Work, Any, Mapping[str, Any]], None]
MayStep = Callable[[Record], bool]
# Whether the side that asks may take the step at all; gets the record and whether the county asks.
MayHere = Callable[[Any, bool], bool]


def _on_either_side(_record: Any, _by_county: bool) -> bool:  # noqa: FBT001 - one of two sides
    return True


@dataclass(frozen=True)
class Step:
    """One step of a workflow that a person can take on a record.

    Shape:   `inputs` are the fields that are asked for, declared as columns are; `allowed` gets the record as it is
             and says whether the step may be taken now; `run` gets the read inputs; `letter` is the permission;
             `first` says what is to be done first, for who takes the step too early; `makes` is the kind of the new
             record that the step leads to; `here` says whether the room, or the county, is the one to take it.
    """

    kind: str
    name: str
    label: str
    run: RunStep
    allowed: MayStep
    inputs: tuple[Field, ...] = ()
    letter: str = "U"
    help: str = ""
    first: str = ""
    makes: str = ""
    here: MayHere = _on_either_side


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
    _refuse_by_step(kind, kind.info.by_step)
    if kind.info.parent:
        return _add_child_alone(work, kind, raw)
    raw, reserved = _without_number(work, kind, raw, row)
    given = _known_only(kind, raw, row)
    values, problems = read_fields(enterable(kind), given, work.reading(), row=row)
    if not problems:
        # Before the defaults, because a feature knows better.
        values |= work.registry.fill(work.session, kind, values)
    values |= defaults_for(kind.fields.values(), work, values | unread(given, values, problems))
    problems += _not_told(problems, missing(kind.fields.values(), values, row=row))
    children, child_problems = read_children(work, kind, given, row)
    problems += child_problems
    if not problems:
        problems += check_values(kind, values, work, row)
    refuse(problems)
    source = origin or _origin_of(work, kind, given, values)
    record = new_row(work, kind, values, origin=source, number=reserved)
    for child, rows in children.items():
        for child_values in rows:
            write_child(work, record, child, child_values)
    work.registry.tell_added(work, record)
    work.note("add", record)
    return record


def _without_number(
    work: Work, kind: Kind, raw: Mapping[str, Any], row: int | None
) -> tuple[Mapping[str, Any], str]:
    """A new record may name the number that stands on the blank form it is entered from."""
    number = str(raw.get("serial_no") or "").strip()
    if not number:
        return raw, ""
    return {name: value for name, value in raw.items() if name != "serial_no"}, claim_number(
        work, kind, number, row
    )


def _not_told(told: Sequence[FieldProblem], more: Iterable[FieldProblem]) -> list[FieldProblem]:
    """What was filled in wrongly is not told again as missing."""
    fields = {problem.field for problem in told}
    return [problem for problem in more if problem.field not in fields]


def _known_only(kind: Kind, raw: Mapping[str, Any], row: int | None) -> Mapping[str, Any]:
    known = {field.name for field in enterable(kind)}
    known |= {child.name for child in kind.children if not child.by_step}
    known |= {"origin_kind", "origin_id"}
    strange = [name for name in raw if name not in known]
    refuse(
        [
            FieldProblem(
                name, "VAL-003", _("{kind}没有名为 {name} 的可填字段").format(kind=kind.label, name=name), row
            )
            for name in strange
        ]
    )
    return raw


def _origin_of(work: Work, kind: Kind, given: Mapping[str, Any], values: Mapping[str, Any]) -> Record | None:
    """Where a record comes from: named as such, or by its one link to a kind that leads to this one."""
    if given.get("origin_kind") and given.get("origin_id"):
        source = work.registry.kind(str(given["origin_kind"]))
        return load_record(work.session, source, work.find_link(source.name, str(given["origin_id"])))
    for field in kind.fields.values():
        linked = values.get(field.name) if field.target in kind.info.grows_from else None
        if isinstance(linked, str):
            return load_record(work.session, work.registry.kind(field.target), linked)
    return None


def _refuse_by_step(kind: Kind, by_step: bool) -> None:  # noqa: FBT001 - declared of the kind or of the child
    if by_step:
        raise RuleBroken("REC-013", _("{kind}由办理步骤写入，不能单独登记").format(kind=kind.label))


def _add_child_alone(work: Work, kind: Kind, raw: Mapping[str, Any]) -> Record:
    """A child that is entered by itself names its parent through its link field."""
    parent_kind = work.registry.parent_of(kind)
    if parent_kind is None:
        raise LookupError(kind.info.parent)
    child = next(item for item in parent_kind.children if item.kind == kind.name)
    _refuse_by_step(kind, child.by_step)
    if not raw.get(kind.info.parent):
        refuse([FieldProblem(kind.info.parent, "VAL-002", _("请说明它属于哪一条记录"))])
    try:
        parent_id = work.find_link(parent_kind.name, str(raw[kind.info.parent]))
    except ValueError as error:
        refuse([FieldProblem(kind.info.parent, "VAL-001", str(error))])
        raise
    parent = load_record(work.session, parent_kind, parent_id)
    values, problems = read_child(work, child, {name: raw[name] for name in raw if name != kind.info.parent})
    refuse(problems)
    refuse_guarded(work, parent_kind, parent, {child.name})
    record = write_child(work, parent, child, values)
    work.registry.tell_added(work, record)
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
    _refuse_by_step(kind, kind.info.by_step)
    record = load_record(work.session, kind, record_id)
    if record.is_void:
        raise RuleBroken("REC-005", _("这条{kind}已作废，不能再改").format(kind=kind.label))
    give_reason(work, reason)
    with work.session.in_scope(record.scope):
        return _change(work, kind, record, _known_only(kind, raw, None), seen=seen, reason=reason)


def _change(
    work: Work,
    kind: Kind,
    record: Record,
    given: Mapping[str, Any],
    *,
    seen: Sequence[str] | None,
    reason: str,
) -> Record:
    values, problems = read_fields(enterable(kind), given, work.reading())
    if not problems:
        # What follows from the fields that change, so that another household brings its own address.
        values |= work.registry.fill(work.session, kind, values)
    merged = values_of(record, kind) | values
    problems += [one for one in missing(kind.fields.values(), merged) if one.field in values]
    if not problems:
        problems += check_values(kind, merged, work, None)
    refuse(problems)
    _refuse_contested(work, kind, record, values)
    plans = plan_children(work, kind, record, given)
    refuse_guarded(work, kind, record, _changing(record, values).union(*[plan.names for plan in plans]))
    if kind.info.insert_only:
        changed = correct_record(work, kind, record, values, reason=reason)
    else:
        changed = record
        write_values(work, record, values, seen=seen)
    carry_out(work, changed, plans)
    work.note("change", changed, fields=sorted(values), reason=reason)
    return changed


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
        listed = next(one.name for one in parent_kind.children if one.kind == kind.name)
        told = {f"{listed}.{name}" for name in names}
        problems += work.registry.objections(work.session, parent, frozenset(told))
    if problems:
        sentence = "；".join(dict.fromkeys(problem.message for problem in problems))
        raise RuleBroken("REC-011", sentence, fields=tuple(problems))


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
        refuse([FieldProblem("void_reason", "VAL-002", _("作废原因：必须填写"))])
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
    require_assigned(work.actor, kind, record)
    if not step.here(record, work.by_county):
        side = _("警务室") if work.by_county else _("县局")
        raise RuleBroken(
            "REC-014",
            _("“{step}”由{side}办理，这里不能办。没有改动任何内容").format(step=_(step.label), side=side),
        )
    if record.is_void or not step.allowed(record):
        raise RuleBroken(
            "REC-008",
            _("现在不能“{step}”：这条{kind}的状态不允许").format(step=_(step.label), kind=kind.label)
            + (f"。{_(step.first)}" if step.first and not record.is_void else ""),
        )
    with work.session.in_scope(record.scope):
        _run_step(work, step, record, raw)
    work.session.flush()
    work.note(f"step:{step.name}", record)
    return load_record(work.session, kind, known_id(record))


def _run_step(work: Work, step: Step, record: Record, raw: Mapping[str, Any]) -> None:
    strange = [name for name in raw if name not in {field.name for field in step.inputs}]
    values, problems = read_fields(step.inputs, raw, work.reading())
    problems += [
        FieldProblem(name, "VAL-003", _("“{step}”没有名为 {name} 的项").format(step=_(step.label), name=name))
        for name in strange
    ]
    values |= defaults_for(step.inputs, work, values | unread(raw, values, problems))
    problems += _not_told(problems, missing(step.inputs, values))
    refuse(problems)
    step.run(work, record, {field.name: values.get(field.name) for field in step.inputs})


def steps_for(
    steps: Iterable[Step], record: Record, actor: Actor, registry: Registry, *, by_county: bool = False
) -> list[Step]:
    """The steps that this person can take on the record now."""
    if record.is_void:
        return []
    return [
        step
        for step in steps
        if step.kind == record.__tablename__
        and actor.may(registry.kind(step.kind).info.area, step.letter)
        and (not step.makes or actor.may(registry.kind(step.makes).info.area, "C"))
        and step.here(record, by_county)
        and step.allowed(record)
    ]


def is_assigned(actor: Actor, kind: Kind, record: Record) -> bool:
    """Whether the actor may see this record: all of its area, or this one because it names him."""
    if actor.may(kind.info.area, "R"):
        return True
    fields = [name for name, field in kind.fields.items() if field.target == "staff_member"]
    named = [getattr(record, name) for name in fields]
    return bool(actor.staff_id) and any(
        actor.staff_id == one or actor.staff_id in (one or ()) for one in named
    )


def require_assigned(actor: Actor, kind: Kind, record: Record) -> None:
    """Errors: Refused STF-001 for a record of an area of which the actor sees only his own."""
    if actor.may_assigned(kind.info.area) and not is_assigned(actor, kind, record):
        actor.require(kind.info.area, "R")
