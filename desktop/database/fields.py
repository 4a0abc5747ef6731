"""A field is declared once: label, kind, help, rules, personal-data class, ledger width, search.

From the declaration come the form, the list, the filters, the search index, ledger and xlsx, import, the conflict
screen, the audit's words, `docs/SCHEMA.md` and the JSON of the command line. The helpers below (`text`, `day`, …) make
a mapped column that carries its declaration in `info["field"]`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field as dataclass_field, replace
from datetime import date, datetime, time
from enum import StrEnum
from typing import Any, Literal

from sqlalchemy import BigInteger, Boolean, Integer, String, Text
from sqlalchemy.orm import MappedColumn, mapped_column

from desktop.database.columns import (
    DayColumn,
    InstantColumn,
    ListColumn,
    TimeColumn,
    read_instant,
    write_instant,
)


class FieldType(StrEnum):
    """What a field holds; the words of `CLI.md`."""

    TEXT = "text"
    LONG_TEXT = "long_text"
    DATE = "date"
    TIME = "time"
    INSTANT = "instant"
    INTEGER = "integer"
    MONEY = "money"
    BOOLEAN = "boolean"
    CHOICE = "choice"
    CHOICES = "choices"
    PERSON_NAME = "person_name"
    IDENTITY_NUMBER = "identity_number"
    PHONE = "phone"
    LINK = "link"
    LINKS = "links"
    CHILDREN = "children"
    ATTACHMENT = "attachment"


Owner = Literal["room", "county"]
Personal = Literal["", "personal", "sensitive"]
Default = Literal["", "today", "now", "actor", "actor_name", "room"]


@dataclass(frozen=True)
class RequiredWhen:
    """The field is required when another field holds one of some values."""

    field: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class Field:
    """The declaration of one field.

    Shape:   `codes` names a code list for choices; `target` names the linked kind; `fields` are those of the children.
    Units:   `ledger_mm` width on paper; 0 keeps the field off ledgers. `list_order` 0 keeps it off lists.
             `derived` marks what follows from other rows: it is worked out on each PC (see `derived.py`) and never
             travels.
    """

    label: str
    type: FieldType
    name: str = ""
    help: str = ""
    required: bool = False
    required_when: RequiredWhen | None = None
    codes: str = ""
    target: str = ""
    max_length: int | None = None
    minimum: int | None = None
    maximum: int | None = None
    personal: Personal = ""
    owner: Owner = "room"
    ledger_mm: float = 0.0
    list_order: int = 0
    search: bool = False
    example: str = ""
    default: Default = ""
    default_value: Any = None
    by_step: bool = False
    derived: bool = False
    is_code: bool = False
    fields: tuple[Field, ...] = dataclass_field(default=())

    def is_required(self, values: Mapping[str, Any]) -> bool:
        """Whether the field must be filled, given the other values."""
        if self.required_when is not None:
            return str(values.get(self.required_when.field, "")) in self.required_when.values
        return self.required

    def named(self, name: str) -> Field:
        """The same declaration under its attribute's name."""
        return replace(self, name=name)


# What a step or a dialog asks for is declared with the same words as a column.
ColumnMaker = Callable[..., MappedColumn[Any]]

_STORAGE: dict[FieldType, Callable[[Field], Any]] = {
    FieldType.TEXT: lambda _field: Text(),
    FieldType.LONG_TEXT: lambda _field: Text(),
    FieldType.DATE: lambda _field: DayColumn(),
    FieldType.TIME: lambda _field: TimeColumn(),
    FieldType.INSTANT: lambda _field: InstantColumn(),
    FieldType.INTEGER: lambda _field: Integer(),
    FieldType.MONEY: lambda _field: BigInteger(),
    FieldType.BOOLEAN: lambda _field: Boolean(),
    FieldType.CHOICE: lambda _field: String(20),
    FieldType.CHOICES: lambda _field: ListColumn(),
    FieldType.PERSON_NAME: lambda _field: Text(),
    FieldType.IDENTITY_NUMBER: lambda _field: String(40),
    FieldType.PHONE: lambda _field: String(40),
    FieldType.LINK: lambda _field: String(36),
    FieldType.LINKS: lambda _field: ListColumn(),
    FieldType.ATTACHMENT: lambda _field: String(64),
}

INDEXED = frozenset({FieldType.LINK, FieldType.DATE})


def column(declaration: Field, *, index: bool | None = None) -> MappedColumn[Any]:
    """A nullable mapped column that carries its declaration; forms validate, the database never refuses a sync."""
    return mapped_column(
        _STORAGE[declaration.type](declaration),
        nullable=True,
        index=declaration.type in INDEXED if index is None else index,
        comment=declaration.help or declaration.label,
        info={"field": declaration},
    )


def text(label: str, *, max_length: int = 60, **rest: Any) -> MappedColumn[Any]:
    """One line of text."""
    return column(Field(label, FieldType.TEXT, max_length=max_length, **rest))


def code(label: str, *, max_length: int = 40, **rest: Any) -> MappedColumn[Any]:
    """One line of text by which others look the record up, so it is indexed."""
    return column(Field(label, FieldType.TEXT, max_length=max_length, is_code=True, **rest), index=True)


def long_text(label: str, *, max_length: int = 2000, **rest: Any) -> MappedColumn[Any]:
    """Text of several lines."""
    return column(Field(label, FieldType.LONG_TEXT, max_length=max_length, **rest))


def day(label: str, **rest: Any) -> MappedColumn[Any]:
    """A calendar day."""
    return column(Field(label, FieldType.DATE, **rest))


def clock_time(label: str, **rest: Any) -> MappedColumn[Any]:
    """A wall time of day."""
    return column(Field(label, FieldType.TIME, **rest))


def instant(label: str, **rest: Any) -> MappedColumn[Any]:
    """An instant in UTC."""
    return column(Field(label, FieldType.INSTANT, **rest))


def integer(label: str, *, minimum: int = 0, **rest: Any) -> MappedColumn[Any]:
    """A whole number; its unit is the suffix of its name."""
    return column(Field(label, FieldType.INTEGER, minimum=minimum, **rest))


def money(label: str, *, minimum: int = 0, **rest: Any) -> MappedColumn[Any]:
    """An amount in fen."""
    return column(Field(label, FieldType.MONEY, minimum=minimum, **rest))


def boolean(label: str, **rest: Any) -> MappedColumn[Any]:
    """Yes, no, or not said."""
    return column(Field(label, FieldType.BOOLEAN, **rest))


def choice(label: str, codes: str, **rest: Any) -> MappedColumn[Any]:
    """One code of a list that the county can extend."""
    return column(Field(label, FieldType.CHOICE, codes=codes, **rest))


def choices(label: str, codes: str, **rest: Any) -> MappedColumn[Any]:
    """Several codes of a list."""
    return column(Field(label, FieldType.CHOICES, codes=codes, **rest))


def person_name(label: str, **rest: Any) -> MappedColumn[Any]:
    """A person's name: NFC, `·` kept, up to 50 characters, rare characters welcome."""
    rest.setdefault("personal", "personal")
    return column(Field(label, FieldType.PERSON_NAME, max_length=50, **rest))


def identity_number(label: str, **rest: Any) -> MappedColumn[Any]:
    """The number of an identity document; its kind stands in the field named by `codes` beside it."""
    rest.setdefault("personal", "sensitive")
    return column(Field(label, FieldType.IDENTITY_NUMBER, max_length=40, **rest), index=True)


def phone(label: str, **rest: Any) -> MappedColumn[Any]:
    """A telephone number."""
    rest.setdefault("personal", "personal")
    return column(Field(label, FieldType.PHONE, max_length=40, **rest))


def link(label: str, target: str, **rest: Any) -> MappedColumn[Any]:
    """The id of one record of another kind."""
    return column(Field(label, FieldType.LINK, target=target, **rest))


def links(label: str, target: str, **rest: Any) -> MappedColumn[Any]:
    """The ids of several records of another kind, in the order given."""
    return column(Field(label, FieldType.LINKS, target=target, **rest))


def attachment(label: str, **rest: Any) -> MappedColumn[Any]:
    """The SHA-256 of a file's bytes in hex; whoever gets the record wants them too. `size_bytes` stands beside it."""
    return column(Field(label, FieldType.ATTACHMENT, max_length=64, **rest))


def to_json(value: Any) -> Any:
    """A field's value as it travels and as the command line shows it."""
    if isinstance(value, datetime):
        return write_instant(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, time):
        return value.strftime("%H:%M")
    if isinstance(value, list | tuple):
        return [str(item) for item in value] or None
    return value


def from_json(declaration_type: FieldType, value: Any) -> Any:
    """The value of a travelling field; what this version cannot read is shown as nothing and stays in the log."""
    if value is None:
        return [] if declaration_type in (FieldType.CHOICES, FieldType.LINKS) else None
    try:
        return _READERS.get(declaration_type, _as_is)(value)
    except (TypeError, ValueError):
        return None


def _as_is(value: Any) -> Any:
    return value if isinstance(value, str) else str(value)


_READERS: dict[FieldType, Callable[[Any], Any]] = {
    FieldType.DATE: date.fromisoformat,
    FieldType.TIME: time.fromisoformat,
    FieldType.INSTANT: read_instant,
    FieldType.INTEGER: int,
    FieldType.MONEY: int,
    FieldType.BOOLEAN: bool,
    FieldType.CHOICES: lambda value: [str(item) for item in value],
    FieldType.LINKS: lambda value: [str(item) for item in value],
}
