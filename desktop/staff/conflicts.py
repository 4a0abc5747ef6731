"""What waits for a person, in words: each field with everything that was written into it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from desktop.base.text import _
from desktop.database.fields import FieldType, from_json
from desktop.database.kinds import Kind, Registry
from desktop.database.values import words
from desktop.staff import views
from desktop.sync.conflicts import OpenConflict, open_conflicts
from desktop.sync.fold import DELETED
from desktop.sync.rows import VERSIONS


@dataclass(frozen=True)
class ConflictWords:
    """One conflict in words.

    Shape:   `values` has the words of each of the conflict's sides; `may_type` when another value may be given.
    """

    conflict: OpenConflict
    title: str
    label: str
    why: str
    values: tuple[str, ...]
    may_type: bool


def read_conflicts(session: Session, registry: Registry) -> list[ConflictWords]:
    """Everything that waits, a record's fields one after another."""
    found = open_conflicts(session.connection())
    titles = views.link_titles(session, registry, [(one.kind, one.record_id) for one in found])
    return [_in_words(session, registry, one, titles.get((one.kind, one.record_id), "")) for one in found]


def _in_words(session: Session, registry: Registry, conflict: OpenConflict, title: str) -> ConflictWords:
    kind = registry.kind(conflict.kind)
    field = kind.fields.get(conflict.field)
    if conflict.field == VERSIONS:
        label, why = _("更正"), _("两边都更正了这一条，谁也没看到对方的更正")
        told = _versions(session, registry, kind, conflict)
    elif conflict.field == DELETED:
        label, why = _("删除还是保留"), _("一边删除了这一条，另一边还在改")
        told = [_("删除") if side.value else _("保留") for side in conflict.sides]
    else:
        label = _(field.label) if field else conflict.field
        why = _("几边都改了这一项，谁也没看到别人的改动")
        told = _values(session, registry, kind, conflict)
    may_type = field is not None and field.type is not FieldType.CHILDREN
    return ConflictWords(conflict, title, label, why, tuple(told), may_type)


def _values(session: Session, registry: Registry, kind: Kind, conflict: OpenConflict) -> list[str]:
    field = kind.fields.get(conflict.field)
    values = [side.value for side in conflict.sides]
    if field is None:
        # A later program wrote it; shown as it stands.
        return [str(value or "") for value in values]
    wording = views.wording_of(session, registry, [(kind, {conflict.field: value}) for value in values])
    return [words(field, from_json(field.type, value), wording) for value in values]


def _versions(session: Session, registry: Registry, kind: Kind, conflict: OpenConflict) -> list[str]:
    """What each correction says where they differ, with its reason."""
    table: Any = kind.table
    wanted = [side.value for side in conflict.sides]
    rows = {
        row.id: row
        for row in session.scalars(select(table).where(table.scope == conflict.scope, table.id.in_(wanted)))
    }
    found = [rows[one] for one in wanted]
    wording = views.wording_for(session, registry, kind, found)
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
