"""Taking back the last save of a record by a new save: nothing is ever removed from the history."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, select

from desktop.base.errors import RuleBroken
from desktop.base.text import _
from desktop.database.fields import from_json
from desktop.database.kinds import Kind
from desktop.database.record import COMMON_FIELDS, Record
from desktop.staff.records import refuse_guarded
from desktop.staff.work import Work, correct_record, known_id, load_record, write_values
from desktop.sync.fold import FoldOp, fold
from desktop.sync.tables import CommitRow, OpRow

_COMMITS = CommitRow.__table__
_OPS = OpRow.__table__


def undo_last(work: Work, kind_name: str, record_id: str) -> Record:
    """Gives the record, and the child rows that were saved with it, the values from before the last save.

    Errors:  RuleBroken REC-012 when there is nothing to take back: a new record, a step of a workflow, a save that
             arrived from elsewhere and met another; Refused STF-001.
    """
    kind = work.registry.kind(kind_name)
    work.actor.require(kind.info.area, "U")
    record = load_record(work.session, kind, record_id)
    if record.is_void:
        raise RuleBroken("REC-005", _("这条{kind}已作废，不能再改").format(kind=kind.label))
    if kind.info.insert_only:
        return _undo_correction(work, kind, record)
    connection = work.session.connection()
    if len(record.ver or ()) != 1:
        raise RuleBroken("REC-012", _("最近一次改动和别处的改动碰在一起，请到“待处理”里选定"))
    commit_id = bytes.fromhex(record.ver[0])
    changes = {
        (table, rid): fields
        for table, rid, _parents, fields in json.loads(
            connection.execute(
                select(_COMMITS.c.ops).where(_COMMITS.c.scope == record.scope, _COMMITS.c.id == commit_id)
            ).scalar_one()
        )
    }
    before = _values_before(connection, kind, record, changes[kind.name, record.id], commit_id)
    refuse_guarded(work, kind, record, set(before))
    write_values(work, record, before)
    for child in kind.children:
        _undo_children(work, work.registry.kind(child.kind), child.parent_field, record, changes, commit_id)
    work.note("undo", record, fields=sorted(before))
    return record


def _undo_correction(work: Work, kind: Kind, record: Record) -> Record:
    if not record.corrects:
        raise RuleBroken("REC-012", _("这条记录还没有改过；如果登记错了，请作废并写明原因"))
    table: Any = kind.table
    older = work.session.scalars(
        select(table).where(table.scope == record.scope, table.id == record.corrects[0])
    ).one()
    values = {name: getattr(older, name) for name in kind.fields}
    corrected = correct_record(work, kind, record, values, reason=_("撤销上次更正"))
    work.note("undo", corrected)
    return corrected


def _values_before(
    connection: Connection, kind: Kind, record: Record, fields: Mapping[str, Any], commit_id: bytes
) -> dict[str, Any]:
    steps = [name for name in fields if name in kind.fields and kind.fields[name].by_step]
    history = _history(connection, kind, record)
    history.pop(commit_id.hex(), None)
    if steps or not history or COMMON_FIELDS & set(fields):
        raise RuleBroken(
            "REC-012", _("最近一次是新登记、作废或流程步骤，不能撤销；登记错了请作废，走错步骤请走相应的步骤")
        )
    earlier = fold(history).fields
    return {
        name: from_json(kind.travelling[name], earlier.get(name))
        for name in fields
        if name in kind.travelling
    }


def _history(connection: Connection, kind: Kind, record: Record) -> dict[str, FoldOp]:
    statement = (
        select(_COMMITS.c.id, _COMMITS.c.lam, _COMMITS.c.ops)
        .join(_OPS, (_COMMITS.c.scope == _OPS.c.scope) & (_COMMITS.c.id == _OPS.c.cid))
        .where(_OPS.c.scope == record.scope, _OPS.c.tbl == kind.name, _OPS.c.rid == record.id)
    )
    found: dict[str, FoldOp] = {}
    for row in connection.execute(statement):
        for table, rid, parents, fields in json.loads(row.ops):
            if (table, rid) == (kind.name, record.id):
                found[bytes(row.id).hex()] = FoldOp(row.lam, tuple(parents), fields)
    return found


def _undo_children(  # noqa: PLR0917 - one list of children of one record
    work: Work,
    kind: Kind,
    parent_field: str,
    parent: Record,
    changes: Mapping[tuple[str, str], Mapping[str, Any]],
    commit_id: bytes,
) -> None:
    table: Any = kind.table
    statement = select(table).where(
        table.scope == parent.scope, getattr(table, parent_field) == known_id(parent)
    )
    for child in work.session.scalars(statement):
        fields = changes.get((kind.name, child.id))
        if fields is None or kind.info.insert_only:
            continue
        history = _history(work.session.connection(), kind, child)
        history.pop(commit_id.hex(), None)
        if not history:
            child.is_deleted = True
        elif "_del" in fields:
            child.is_deleted = None
        else:
            earlier = fold(history).fields
            write_values(
                work, child, {name: from_json(kind.travelling[name], earlier.get(name)) for name in fields}
            )
    work.session.flush()
