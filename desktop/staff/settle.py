"""Settling a conflict: an ordinary edit that has seen every value, so that it holds on every PC."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from desktop.base.errors import FieldProblem, RuleBroken
from desktop.base.text import _
from desktop.database.fields import FieldType, to_json
from desktop.database.kinds import Kind
from desktop.database.record import Record
from desktop.database.values import read_value
from desktop.staff.work import Work, correct_record, give_reason
from desktop.sync.conflicts import OpenConflict, find_conflict
from desktop.sync.fold import DELETED
from desktop.sync.rows import VERSIONS

_SIDES = {"left": 1, "right": 2}


def settle_conflict(work: Work, conflict_id: str, take: Any, reason: str) -> Record:
    """Chooses one of the values, or another one.

    Before:  `take` is "left", "right", {"side": n} counted from 1 where there are more than two, or {"value": …} as the
             field is typed.
    After:   the field has one value whose writer saw all the others; the reason stands in the record's history.
    Errors:  RuleBroken SYN-060 settled already, SYN-061 no such choice, REC-003 a wrong value; Refused STF-001.
    """
    conflict = find_conflict(work.session.connection(), conflict_id)
    kind = work.registry.kind(conflict.kind)
    work.actor.require(kind.info.area, "U")
    if not reason.strip():
        problem = FieldProblem("reason", "VAL-002", _("原因：必须填写"))
        raise RuleBroken("REC-003", _("请写明为什么这样选定"), fields=(problem,))
    give_reason(work, reason)
    if conflict.field == VERSIONS:
        return _settle_versions(work, kind, conflict, take, reason)
    table: Any = kind.table
    record: Record = work.session.scalars(
        select(table).where(table.scope == conflict.scope, table.id == conflict.record_id)
    ).one()
    with work.session.in_scope(conflict.scope):
        value = _chosen(work, conflict, take)
    work.session.restate(record, {conflict.field: value})
    work.note("settle", record, field=conflict.field, reason=reason)
    return record


def _settle_versions(work: Work, kind: Kind, conflict: OpenConflict, take: Any, reason: str) -> Record:
    """Two people corrected the same record unaware of each other: the chosen correction replaces both."""
    table: Any = kind.table
    rows = {
        row.id: row
        for row in work.session.scalars(
            select(table).where(
                table.scope == conflict.scope, table.id.in_([side.value for side in conflict.sides])
            )
        )
    }
    chosen = rows.get(str(_chosen(work, conflict, take)))
    if chosen is None:
        raise RuleBroken("SYN-061", _("请选 left 或 right"))
    settled = correct_record(work, kind, chosen, {}, reason=reason, replaces=sorted(rows))
    work.note("settle", settled, field=conflict.field, reason=reason)
    return settled


def _chosen(work: Work, conflict: OpenConflict, take: Any) -> Any:
    if isinstance(take, str):
        take = {"side": _SIDES.get(take)}
    number = take.get("side") if isinstance(take, dict) else None
    if type(number) is int and 1 <= number <= len(conflict.sides):
        return conflict.sides[number - 1].value
    if not isinstance(take, dict) or "value" not in take:
        raise RuleBroken("SYN-061", _('请选 left、right，或给出 {"value": …}'))
    if conflict.field == DELETED:
        return bool(take["value"])
    kind = work.registry.kind(conflict.kind)
    field = kind.fields.get(conflict.field)
    if field is None or field.type is FieldType.CHILDREN:
        return take["value"]
    try:
        return to_json(read_value(field, take["value"], work.reading()))
    except ValueError as error:
        problem = FieldProblem(conflict.field, "VAL-001", f"{_(field.label)}：{error}")
        raise RuleBroken("REC-003", problem.message, fields=(problem,)) from error
