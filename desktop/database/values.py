"""From what people type, paste or send to the value of a field, and back to words.

One reader serves the form, the step dialog, xlsx import and the command line's JSON: `3.5` is a day for the clerk and
`2026-03-05` for the program. What is wrong is told field by field; what is only odd is a warning and passes.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field as dataclass_field
from datetime import date, datetime, time
from typing import Any

from desktop.base import days, documents, money, names, phones
from desktop.base.clock import local_time
from desktop.base.errors import FieldProblem
from desktop.base.text import _
from desktop.database.codes import CodeLists
from desktop.database.columns import read_instant
from desktop.database.fields import Field, FieldType

TRUE_WORDS = frozenset({"1", "true", "yes", "y", "是", "有", "√", "对"})
FALSE_WORDS = frozenset({"0", "false", "no", "n", "否", "无", "×", "不", "没有"})
LIST_SEPARATORS = "、,，;；/\n"

FindLink = Callable[[str, str], str]


@dataclass
class Reading:
    """What reading values needs from around: the day, the code lists, and how a link's text becomes an id.

    Shape:   `find_link(kind, text)` gives the id or raises ValueError with a Chinese reason.
    """

    today: date
    codes: CodeLists
    find_link: FindLink
    practice: bool = False
    warnings: list[FieldProblem] = dataclass_field(default_factory=list)


def read_fields(
    fields: Iterable[Field], raw: Mapping[str, Any], reading: Reading, *, row: int | None = None
) -> tuple[dict[str, Any], list[FieldProblem]]:
    """The values of the given fields that `raw` names, and everything that is wrong with them.

    Shape:   fields that `raw` does not name are left out; whether they are required is asked by `missing`.
    """
    values: dict[str, Any] = {}
    problems: list[FieldProblem] = []
    for field in fields:
        if field.name not in raw or field.type is FieldType.CHILDREN:
            continue
        try:
            values[field.name] = read_value(field, raw[field.name], reading, raw)
        except ValueError as error:
            problems.append(FieldProblem(field.name, "VAL-001", f"{_(field.label)}：{error}", row))
    return values, problems


def missing(
    fields: Iterable[Field], values: Mapping[str, Any], *, row: int | None = None
) -> list[FieldProblem]:
    """The required fields that hold nothing."""
    return [
        FieldProblem(field.name, "VAL-002", _("{label}：必须填写").format(label=_(field.label)), row)
        for field in fields
        if field.type is not FieldType.CHILDREN
        and field.is_required(values)
        and values.get(field.name) in (None, "", [])
    ]


def read_value(field: Field, raw: Any, reading: Reading, beside: Mapping[str, Any] | None = None) -> Any:
    """One field's value.

    Errors:  ValueError with a Chinese reason that can stand after the field's label.
    """
    if isinstance(raw, str):
        raw = unicodedata.normalize("NFC", raw).replace("\r\n", "\n").replace("\r", "\n").strip(" \t\n\u3000")
        if "\0" in raw:
            raise ValueError(_("含有无法保存的字符"))
    if raw is None or raw in ("", []):
        return [] if field.type in (FieldType.CHOICES, FieldType.LINKS) else None
    return _READERS[field.type](field, raw, reading, beside or {})


def _text(field: Field, raw: Any, _reading: Reading, _beside: Mapping[str, Any]) -> str:
    if isinstance(raw, dict | list | bool):
        raise ValueError(_("应填写文字"))
    value = str(raw)
    if field.type is FieldType.TEXT:
        value = value.replace("\n", " ")
    if field.is_code:
        value = unicodedata.normalize("NFKC", value)
    _check_length(field, value)
    return value


def _check_length(field: Field, value: str) -> None:
    if field.max_length is not None and len(value) > field.max_length:
        raise ValueError(_("最多 {most} 个字，现在有 {now} 个").format(most=field.max_length, now=len(value)))


def _day(_field: Field, raw: Any, reading: Reading, _beside: Mapping[str, Any]) -> date:
    if isinstance(raw, datetime):
        return raw.date()
    if isinstance(raw, date):
        return raw
    return days.parse_day(str(raw), reading.today)


def _time(_field: Field, raw: Any, _reading: Reading, _beside: Mapping[str, Any]) -> time:
    return raw if isinstance(raw, time) else days.parse_time(str(raw))


def _instant(_field: Field, raw: Any, reading: Reading, _beside: Mapping[str, Any]) -> datetime:
    if isinstance(raw, datetime):
        if raw.tzinfo is None:
            raise ValueError(_("时间要带时区"))
        return raw
    try:
        return read_instant(str(raw))
    except ValueError:
        return days.parse_instant(str(raw), reading.today)


def _integer(field: Field, raw: Any, _reading: Reading, _beside: Mapping[str, Any]) -> int:
    if isinstance(raw, bool) or (isinstance(raw, float) and not raw.is_integer()):
        raise ValueError(_("应填写整数"))
    try:
        value = int(
            unicodedata.normalize("NFKC", str(int(raw) if isinstance(raw, float) else raw)).replace(",", "")
        )
    except ValueError:
        raise ValueError(_("应填写整数")) from None
    _check_range(field, value)
    return value


def _check_range(field: Field, value: int) -> None:
    if field.minimum is not None and value < field.minimum:
        raise ValueError(_("不能小于 {least}").format(least=field.minimum))
    if value > (field.maximum if field.maximum is not None else 2**53):
        raise ValueError(_("数字太大"))


def _money(field: Field, raw: Any, _reading: Reading, _beside: Mapping[str, Any]) -> int:
    # An integer is fen (the command line's contract); what a person types is yuan.
    if isinstance(raw, bool | float):
        raise ValueError(_("金额请写成整数（分）或文字（元）"))
    value = raw if isinstance(raw, int) else money.parse_yuan(str(raw))
    _check_range(field, value)
    return value


def _boolean(_field: Field, raw: Any, _reading: Reading, _beside: Mapping[str, Any]) -> bool:
    if isinstance(raw, bool):
        return raw
    word = unicodedata.normalize("NFKC", str(raw)).lower()
    if word in TRUE_WORDS:
        return True
    if word in FALSE_WORDS:
        return False
    raise ValueError(_("请写“是”或“否”"))


def _choice(field: Field, raw: Any, reading: Reading, _beside: Mapping[str, Any]) -> str:
    known = reading.codes.of(field.codes)
    word = str(raw)
    if word in known:
        return word
    narrow = unicodedata.normalize("NFKC", word)
    by_label = {unicodedata.normalize("NFKC", label): code for code, label in known.items()}
    for candidate in (narrow, narrow.zfill(2), narrow.lstrip("0")):
        if candidate in known:
            return candidate
    if narrow in by_label:
        return by_label[narrow]
    offered = "、".join(f"{code} {label}" for code, label in list(known.items())[:12])
    raise ValueError(_("没有“{word}”这一项，可选：{offered}").format(word=word, offered=offered))


def _as_list(raw: Any) -> list[Any]:
    if isinstance(raw, list | tuple):
        return list(raw)
    text = str(raw)
    for mark in LIST_SEPARATORS[1:]:
        text = text.replace(mark, LIST_SEPARATORS[0])
    return [piece.strip() for piece in text.split(LIST_SEPARATORS[0]) if piece.strip()]


def _choices(field: Field, raw: Any, reading: Reading, beside: Mapping[str, Any]) -> list[str]:
    return list(dict.fromkeys(_choice(field, item, reading, beside) for item in _as_list(raw)))


def _name(field: Field, raw: Any, _reading: Reading, _beside: Mapping[str, Any]) -> str:
    value = names.normalise_name(str(raw))
    _check_length(field, value)
    return value


def _identity(field: Field, raw: Any, reading: Reading, beside: Mapping[str, Any]) -> str:
    number = documents.normalise_number(str(raw))
    _check_length(field, number)
    kind = str(beside.get(field.codes) or documents.RESIDENT_CARD) if field.codes else documents.RESIDENT_CARD
    _judge(field, documents.check_document(kind, number, reading.today), reading)
    return number


def _phone(field: Field, raw: Any, reading: Reading, _beside: Mapping[str, Any]) -> str:
    number = phones.normalise_phone(str(raw))
    _check_length(field, number)
    _judge(field, phones.check_phone(number, practice=reading.practice), reading)
    return number


def _judge(field: Field, verdict: Any, reading: Reading) -> None:
    if verdict.level == "block":
        raise ValueError(verdict.message)
    if verdict.level == "warn":
        reading.warnings.append(
            FieldProblem(field.name, verdict.code, f"{_(field.label)}：{verdict.message}")
        )


def _link(field: Field, raw: Any, reading: Reading, _beside: Mapping[str, Any]) -> str:
    return reading.find_link(field.target, str(raw))


def _links(field: Field, raw: Any, reading: Reading, _beside: Mapping[str, Any]) -> list[str]:
    return list(dict.fromkeys(reading.find_link(field.target, str(item)) for item in _as_list(raw)))


_READERS: dict[FieldType, Callable[[Field, Any, Reading, Mapping[str, Any]], Any]] = {
    FieldType.TEXT: _text,
    FieldType.LONG_TEXT: _text,
    FieldType.DATE: _day,
    FieldType.TIME: _time,
    FieldType.INSTANT: _instant,
    FieldType.INTEGER: _integer,
    FieldType.MONEY: _money,
    FieldType.BOOLEAN: _boolean,
    FieldType.CHOICE: _choice,
    FieldType.CHOICES: _choices,
    FieldType.PERSON_NAME: _name,
    FieldType.IDENTITY_NUMBER: _identity,
    FieldType.PHONE: _phone,
    FieldType.LINK: _link,
    FieldType.LINKS: _links,
    FieldType.ATTACHMENT: _text,
}


@dataclass
class Wording:
    """What turning values into words needs: code lists and the titles of linked records."""

    codes: CodeLists
    link_titles: Mapping[tuple[str, str], str] = dataclass_field(default_factory=dict)


def words(field: Field, value: Any, wording: Wording) -> str:
    """A value as people read it on screen and paper; numbers of persons in full, masking is the caller's choice."""
    if value in (None, "", []):
        return ""
    writer = _WRITERS.get(field.type)
    return writer(field, value, wording) if writer else str(value)


_WRITERS: dict[FieldType, Callable[[Field, Any, Wording], str]] = {
    FieldType.DATE: lambda _field, value, _wording: days.ledger_day(value),
    FieldType.TIME: lambda _field, value, _wording: value.strftime("%H:%M"),
    FieldType.INSTANT: lambda _field, value, _wording: local_time(value).strftime("%Y-%m-%d %H:%M"),
    FieldType.MONEY: lambda _field, value, _wording: money.format_yuan(value),
    FieldType.BOOLEAN: lambda _field, value, _wording: _("是") if value else _("否"),
    FieldType.CHOICE: lambda field, value, wording: wording.codes.label(field.codes, value),
    FieldType.CHOICES: lambda field, value, wording: "、".join(
        wording.codes.label(field.codes, item) for item in value
    ),
    FieldType.LINK: lambda field, value, wording: wording.link_titles.get((field.target, value), ""),
    FieldType.LINKS: lambda field, value, wording: "、".join(
        wording.link_titles.get((field.target, item), "") for item in value
    ),
}
