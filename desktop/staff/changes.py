"""One save in words: what it wrote into which fields, as a history and a list of waiting changes tell it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy.orm import Session

from desktop.base.text import _
from desktop.database.fields import FieldType, from_json
from desktop.database.kinds import Kind, Registry
from desktop.database.values import Wording, words
from desktop.staff.views import link_titles


def wording_of(
    session: Session, registry: Registry, changes: Iterable[tuple[Kind, Mapping[str, Any]]]
) -> Wording:
    """What is needed to write these saves' fields in words, also links that were changed since."""
    wanted: list[tuple[str, str]] = []
    for kind, fields in changes:
        for name, value in fields.items():
            field = kind.fields.get(name)
            if field is not None and field.type is FieldType.LINK:
                wanted.append((field.target, str(value or "")))
            elif field is not None and field.type is FieldType.LINKS:
                wanted += [(field.target, str(one)) for one in value or ()]
    return Wording(registry.codes, link_titles(session, registry, wanted))


def change_words(kind: Kind, fields: Mapping[str, Any], wording: Wording) -> str:
    """What a save changed, field by field; personal numbers are not repeated in a history."""
    if fields.get("is_void"):
        return _("作废：{reason}").format(reason=fields.get("void_reason") or "")
    told = []
    for name, value in fields.items():
        field = kind.fields.get(name)
        if field is None:
            continue
        if field.personal == "sensitive":
            told.append(_(field.label))
            continue
        said = words(field, from_json(field.type, value), wording)
        # A link to what is not here any more has no title, and was not emptied either.
        is_empty = value in (None, "", [])
        told.append(
            _("{label}：清空").format(label=_(field.label)) if is_empty else f"{_(field.label)}：{said}"
        )
    return "；".join(told)
