"""One save in words: what it wrote into which fields, as a history and a list of waiting changes tell it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from desktop.base.text import _
from desktop.database.fields import from_json
from desktop.database.kinds import Kind
from desktop.database.values import Wording, words


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
