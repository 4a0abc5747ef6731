"""What waits for a person, in the words of the page 待处理: each field with everything that was written, by whom."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from desktop.base.clock import local_time
from desktop.base.text import _
from desktop.database.columns import read_instant
from desktop.database.fields import FieldType, from_json
from desktop.database.kinds import Kind
from desktop.database.values import Wording, words
from desktop.shell import office as shown
from desktop.staff import views
from desktop.staff.office import Office
from desktop.sync.conflicts import OpenConflict, open_conflicts
from desktop.sync.fold import DELETED
from desktop.sync.rows import VERSIONS


def read_conflicts(office: Office) -> list[shown.ConflictItem]:
    """Everything that waits, a record's fields one after another."""
    with office.reading() as session:
        return [_item(session, office, one) for one in open_conflicts(session.connection())]


def _item(session: Session, office: Office, conflict: OpenConflict) -> shown.ConflictItem:
    kind = office.registry.kind(conflict.kind)
    titles = views.link_titles(session, office.registry, [(conflict.kind, conflict.record_id)])
    record = shown.RecordRef(
        conflict.kind, conflict.record_id, titles.get((conflict.kind, conflict.record_id), "")
    )
    field = kind.fields.get(conflict.field)
    if conflict.field == VERSIONS:
        label, why = _("更正"), _("两边都更正了这一条，谁也没看到对方的更正")
        told = _versions(session, office, kind, conflict)
    elif conflict.field == DELETED:
        label, why = _("删除还是保留"), _("一边删除了这一条，另一边还在改")
        told = [_("删除") if side.value else _("保留") for side in conflict.sides]
    else:
        label = _(field.label) if field else conflict.field
        why = _("几边都改了这一项，谁也没看到别人的改动")
        told = [_value(session, office, kind, conflict.field, side.value) for side in conflict.sides]
    sides = tuple(
        shown.Side(value, side.user, moment_words(side.at), side.device)
        for value, side in zip(told, conflict.sides, strict=True)
    )
    may_type = field is not None and field.type is not FieldType.CHILDREN
    return shown.ConflictItem(conflict.id, record, conflict.field, label, why, sides, may_type=may_type)


def _value(session: Session, office: Office, kind: Kind, name: str, raw: Any) -> str:
    field = kind.fields.get(name)
    if field is None:
        # A later program wrote it; shown as it stands.
        return str(raw or "")
    value = from_json(field.type, raw)
    ids = value if field.type is FieldType.LINKS else [value]
    titles = views.link_titles(
        session, office.registry, [(field.target, str(one)) for one in ids or () if one]
    )
    return words(field, value, Wording(office.registry.codes, titles))


def _versions(session: Session, office: Office, kind: Kind, conflict: OpenConflict) -> list[str]:
    """What each correction says where they differ, with its reason."""
    table: Any = kind.table
    wanted = [side.value for side in conflict.sides]
    rows = {
        row.id: row
        for row in session.scalars(select(table).where(table.scope == conflict.scope, table.id.in_(wanted)))
    }
    found = [rows[one] for one in wanted]
    wording = views.wording_for(session, office.registry, kind, found)
    lines: list[list[str]] = [[] for _row in found]
    for name, field in kind.fields.items():
        told = [words(field, getattr(row, name), wording) for row in found]
        if len(set(told)) > 1:
            for line, value in zip(lines, told, strict=True):
                line.append(f"{_(field.label)}：{value or _('（空）')}")
    for line, row in zip(lines, found, strict=True):
        if row.is_void:
            line.append(_("作废：{reason}").format(reason=row.void_reason or ""))
        elif row.correct_reason:
            line.append(_("原因：{reason}").format(reason=row.correct_reason))
    return ["\n".join(line) for line in lines]


def moment_words(text: str | None) -> str:
    """An instant of the log as people read it: month, day, minute."""
    if not text:
        return ""
    try:
        return local_time(read_instant(text)).strftime("%m-%d %H:%M")
    except ValueError:
        return text
