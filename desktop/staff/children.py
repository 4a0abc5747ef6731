"""The child records inside a record: reading what was given, and what a save does to the rows that stand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field as dataclass_field
from typing import Any

from desktop.base.errors import FieldProblem, RuleBroken
from desktop.base.text import _
from desktop.database.fields import to_json
from desktop.database.kinds import Kind
from desktop.database.record import Children, Record
from desktop.database.values import missing, read_fields
from desktop.staff.work import (
    Work,
    check_values,
    children_of,
    correct_record,
    defaults_for,
    enterable,
    known_id,
    new_row,
    refuse,
    unread,
    write_values,
)


def read_children(
    work: Work, kind: Kind, given: Mapping[str, Any], row: int | None
) -> tuple[dict[Children, list[dict[str, Any]]], list[FieldProblem]]:
    """The children in what was given, list by list, and everything that is wrong with them."""
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
            values, wrong = read_child(work, child, item)
            problems += [
                FieldProblem(f"{child.name}.{position}.{one.field}", one.code, one.message, row)
                for one in wrong
            ]
            read[child].append(values)
    return read, problems


def read_child(
    work: Work, child: Children, item: Mapping[str, Any]
) -> tuple[dict[str, Any], list[FieldProblem]]:
    """One child's values; an `id` among them names a child that stands already."""
    kind = work.registry.kind(child.kind)
    fields = [field for field in enterable(kind) if field.name != child.parent_field]
    strange = [name for name in item if name not in {field.name for field in fields} | {"id"}]
    values, problems = read_fields(fields, item, work.reading())
    problems += [
        FieldProblem(
            name, "VAL-003", _("{kind}没有名为 {name} 的可填字段").format(kind=kind.label, name=name)
        )
        for name in strange
    ]
    # What the parent can say is asked of the parent, before any default.
    carried = {below for _above, below in child.carry} | {child.parent_field}
    every = [field for field in kind.fields.values() if field.name not in carried]
    values |= defaults_for(every, work, values | unread(item, values, problems))
    problems += missing([field for field in fields if field.name not in carried], values)
    if not problems:
        problems += check_values(kind, values, work, None)
    if item.get("id"):
        values["id"] = str(item["id"])
    return values, problems


def write_child(work: Work, parent: Record, child: Children, values: Mapping[str, Any]) -> Record:
    """Adds one child row; what it does not say itself it takes from its parent, so that nothing is typed twice."""
    kind = work.registry.kind(child.kind)
    own = {name: value for name, value in values.items() if name != "id"}
    for above, below in child.carry:
        if own.get(below) in (None, "", []):
            own[below] = getattr(parent, above)
    return new_row(work, kind, own | {child.parent_field: known_id(parent)}, origin=parent)


@dataclass
class ChildPlan:
    """What a save does to one list of children.

    Shape:   `names` says it as guards hear it: the list's name when rows come or go, `list.field` when one changes.
    """

    child: Children
    added: list[dict[str, Any]] = dataclass_field(default_factory=list)
    changed: list[tuple[Record, dict[str, Any]]] = dataclass_field(default_factory=list)
    removed: list[Record] = dataclass_field(default_factory=list)

    @property
    def names(self) -> set[str]:
        """What changes, for the guards."""
        found = {self.child.name} if self.added or self.removed else set()
        return found | {f"{self.child.name}.{name}" for _row, values in self.changed for name in values}


def plan_children(work: Work, kind: Kind, record: Record, given: Mapping[str, Any]) -> list[ChildPlan]:
    """Children named by id are changed, those without id are new, those left out are taken out.

    Errors:  RuleBroken REC-003 for wrong values, REC-007 when a child with a number would be taken out.
    """
    plans: list[ChildPlan] = []
    for child in kind.children:
        if child.name not in given:
            continue
        read, problems = read_children(work, kind, {child.name: given[child.name]}, None)
        refuse([one for one in problems if one.field.split(".")[0] == child.name])
        standing = {known_id(row): row for row in children_of(work.session, work.registry, record, child)}
        plan = ChildPlan(child)
        for values in read[child]:
            known = standing.pop(values.pop("id", ""), None)
            if known is None:
                plan.added.append(values)
                continue
            differing = {
                name: value
                for name, value in values.items()
                if to_json(getattr(known, name)) != to_json(value)
            }
            if differing:
                plan.changed.append((known, differing))
        plan.removed = list(standing.values())
        child_info = work.registry.kind(child.kind).info
        if plan.removed and (child_info.letter or child_info.insert_only):
            label = work.registry.kind(child.kind).label
            raise RuleBroken("REC-007", _("{kind}有编号，不能去掉；请作废并写明原因").format(kind=label))
        plans.append(plan)
    return plans


def carry_out(work: Work, record: Record, plans: Sequence[ChildPlan]) -> None:
    """Writes what was planned."""
    for plan in plans:
        kind = work.registry.kind(plan.child.kind)
        for values in plan.added:
            write_child(work, record, plan.child, values)
        for row, values in plan.changed:
            if kind.info.insert_only:
                correct_record(work, kind, row, values)
            else:
                write_values(work, row, values)
        for row in plan.removed:
            row.is_deleted = True
    work.session.flush()
