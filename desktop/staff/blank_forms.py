"""A blank form of any kind, made from its declaration: what the window asks for, as boxes to write into by hand."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from desktop.database.fields import Field, FieldType
from desktop.database.kinds import Kind, Registry
from desktop.printing.sheets import (
    SIZE_SMALL_PT,
    Cell,
    Field as WholeRow,
    Flow,
    FormSheet,
    GridRow,
    Part,
    SignaturePlace,
    Signatures,
    Table,
    TableColumn,
    Text,
)

_MOST_CHOICES = 12
_LONG_CHOICES = 18
"""So many characters of choices need the whole width."""
_CHILD_ROWS = 3
_MOST_CHILD_COLUMNS = 7
_WHO = 3.5
"""Numbers that tell a person from another go before the fourth field of a list."""
_SHARES = {
    FieldType.IDENTITY_NUMBER: 2.2,
    FieldType.LONG_TEXT: 2.2,
    FieldType.TEXT: 1.4,
    FieldType.PHONE: 1.4,
}
_BOX = "□"
_DATE = "　　　年　　月　　日"
_TIME = "　　时　　分"


def is_written_by_hand(kind: Kind) -> bool:
    """Whether there is anything to write on a form of the kind: it has numbers, and fields that a person enters."""
    return bool(kind.info.letter) and any(not one.by_step for one in kind.fields.values())


def blank_sheet(registry: Registry, kind: Kind, number: str, *, unit: str) -> FormSheet:
    """The form for one number."""
    asked = [one for one in kind.fields.values() if not one.by_step]
    parts: list[Part] = [*_rows(registry, asked)]
    for child in kind.children:
        own = registry.kind(child.kind)
        fields = _telling(
            [one for name, one in own.fields.items() if name != child.parent_field and not one.by_step]
        )
        if fields:
            columns = tuple(TableColumn(one.label, _SHARES.get(one.type, 1.0)) for one in fields)
            parts.append(Text(child.label, bold=True))
            parts.append(Table(columns, (), min_rows=_CHILD_ROWS))
        else:
            parts.append(Flow(child.label, ""))
    parts.append(
        Text(
            "停电或下村时手写；回来后在程序里照本表编号补登，本表附卷。写坏的表不要撕，划去后交回作废。",
            SIZE_SMALL_PT,
            indent=2,
        )
    )
    parts.append(Signatures((SignaturePlace("填表人"), SignaturePlace("补登人"))))
    return FormSheet(
        title=f"{kind.info.label}登记表" if not kind.info.label.endswith(("表", "记录")) else kind.info.label,
        number=f"编号：{number}",
        unit=unit,
        parts=tuple(parts),
        code=number.split("-", 1)[-1],
    )


def _telling(fields: Sequence[Field]) -> list[Field]:
    """As many fields as stand side by side, in their order: what must be told, what lists show, who it is."""
    first_of = {one.type: one for one in reversed(fields)}
    who = [first_of.get(FieldType.IDENTITY_NUMBER), first_of.get(FieldType.PHONE)]

    def rank(field: Field) -> float:
        if field.required:
            return 0.0
        return _WHO if field in who else field.list_order or _MOST_CHILD_COLUMNS + 1

    kept = sorted(fields, key=rank)[:_MOST_CHILD_COLUMNS]
    return [one for one in fields if one in kept]


def _rows(registry: Registry, fields: Iterable[Field]) -> Sequence[Part]:
    """Two short fields to a row, longer ones over the whole width, long texts in boxes."""
    parts: list[Part] = []
    waiting: list[Cell] = []
    for field in fields:
        shown = _shown(registry, field)
        if field.type is FieldType.LONG_TEXT:
            parts += _paired(waiting)
            parts.append(Flow(field.label, "", 22))
        elif len(shown) > _LONG_CHOICES or field.type in {FieldType.LINKS, FieldType.IDENTITY_NUMBER}:
            parts += _paired(waiting)
            parts.append(WholeRow(field.label, shown))
        else:
            waiting.append(Cell(field.label, shown))
            if len(waiting) > 1:
                parts += _paired(waiting)
    return [*parts, *_paired(waiting)]


def _paired(waiting: list[Cell]) -> list[Part]:
    cells = tuple(waiting)
    waiting.clear()
    return [GridRow(cells)] if cells else []


def _shown(registry: Registry, field: Field) -> str:
    """What stands in the box already: choices to tick, the marks of a date."""
    if field.type in {FieldType.CHOICE, FieldType.CHOICES}:
        labels = list(registry.codes.of(field.codes).values())
        return "　".join(f"{_BOX}{label}" for label in labels) if len(labels) <= _MOST_CHOICES else ""
    if field.type is FieldType.BOOLEAN:
        return f"{_BOX}是　{_BOX}否"
    if field.type is FieldType.DATE:
        return _DATE
    return _TIME if field.type is FieldType.TIME else ""
