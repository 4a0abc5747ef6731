"""Forms as data: what stands on a paper is a TOML file in `resources/forms/`, so that a county can adjust it.

The file names fields and primitives (`docs/formats/forms.md`); this module checks it when it is loaded and sets the
values of one record into it. A folder of the county's own files, `forms` in the data folder, goes before the bundled
ones. A file with a fault is refused with its line: a paper is made whole or not at all.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any

from desktop.base.errors import EnvironmentFault, RuleBroken
from desktop.base.text import _
from desktop.printing.wording import sentence_names

Schema = Mapping[str, Any]
"""What a paper offers: name → None for a text or a tick, a schema for what is inside it, a list of one for rows."""

ALWAYS: Schema = {"station_name": None, "room_name": None, "no": None}
"""Known on every paper: who prints, and in repeated parts the number of the row, from 1."""

PLACE = re.compile(r"\{([a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)*)(?::([0-9]{1,2}))?\}")
_STRAY = re.compile(r"[{}]")
_SIZES = ("small", "body", "large")
_ALIGNS = ("left", "center", "right")
_FONTS = ("fangsong", "kai", "song", "hei")
_MARKS = ("signature", "fingerprint", "seal")

_HEAD: Mapping[str, type | tuple[type, ...]] = {
    "name": str,
    "version": int,
    "title": str,
    "unit": str,
    "number": str,
    "copies": str,
    "mark": str,
    "copy_labels": list,
    "joint": bool,
    "layout": str,
    "font": str,
    "wording": str,
    "addressee": str,
    "signer": str,
    "date": str,
    "attachments": str,
    "copies_to": str,
    "part": list,
}
_HEAD_TEXTS = (
    "title", "unit", "number", "copies", "mark", "addressee", "signer", "date", "attachments", "copies_to",
)  # fmt: skip
_ANY = {"when": (str, list), "unless": (str, list)}
_PARTS: Mapping[str, Mapping[str, type | tuple[type, ...]]] = {
    "each": {"each": str, "parts": list},
    "parts": {"parts": list},
    "row": {"row": list},
    "flow": {"flow": str, "text": str, "lines": list, "min_mm": (int, float)},
    "table": {"table": str, "columns": list, "min_rows": int},
    "signatures": {"signatures": list},
    "cut": {"cut": str},
    "turn": {"turn": bool},
    "rule": {"rule": bool},
    "space": {"space": (int, float)},
    "heading": {"heading": str},
    "text": {"text": str, "lines": list, "size": str, "align": str, "bold": bool, "indent": int},
    "lines": {"lines": list, "size": str, "align": str, "bold": bool, "indent": int},
}
"""Primitive → the keys that it takes. Which primitive a part is tells the first of these keys that it has."""
_PLACE_KEYS: Mapping[str, type | tuple[type, ...]] = {"label": str, "kind": str, "each": str, **_ANY}
_LINE_KEYS: Mapping[str, type | tuple[type, ...]] = {"text": str, "each": str, **_ANY}


class FormError(ValueError):
    """What is wrong with a form, and where in it."""

    def __init__(self, place: str, reason: str) -> None:
        super().__init__(f"{place}：{reason}")


@dataclass(frozen=True)
class Form:
    """One version of one form, checked.

    Shape:   `data` is plain JSON, the whole definition; `file` says where it was read, and is no part of the form.
    """

    data: Mapping[str, Any]
    file: Path | None = field(default=None, compare=False)
    is_county: bool = field(default=False, compare=False)

    @property
    def name(self) -> str:
        """The paper that it is for."""
        return str(self.data["name"])

    @property
    def version(self) -> int:
        """Counts from 1."""
        return int(self.data["version"])

    @cached_property
    def digest(self) -> str:
        """The SHA-256 of the definition, so that two forms of one version number are never taken for the same."""
        return sha256(canonical_json(self.data).encode()).hexdigest()

    @property
    def sentences(self) -> list[str]:
        """The names of the statutory sentences that stand on it."""
        found = (name for text in _texts(self.data) for name, _width in PLACE.findall(text))
        return sorted({name.removeprefix("law.") for name in found if name.startswith("law.")})


def names_used(data: Mapping[str, Any]) -> frozenset[str]:
    """Every name that a definition uses, of fields, groups, repeated rows and conditions, each step by itself."""
    found = {
        step for text in _texts(data) for name, _width in PLACE.findall(text) for step in name.split(".")
    }
    for node in _nodes(data):
        told = [node.get(key, ()) for key in ("each", "table", "when", "unless")]
        found |= {step for names in told for name in _names(names) for step in name.split(".")}
    return frozenset(found)


def _nodes(node: object) -> Iterator[Mapping[str, Any]]:
    if isinstance(node, Mapping):
        yield node
        node = list(node.values())
    if isinstance(node, Sequence) and not isinstance(node, str):
        for value in node:
            yield from _nodes(value)


def canonical_json(content: object) -> str:
    """The one text of a content: sorted keys, no blanks; hashes are taken over it."""
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


@dataclass(frozen=True)
class FormLibrary:
    """The forms of one PC: the county's own before the bundled ones."""

    bundled: Path
    county: Path | None = None
    _read: dict[str, Form] = field(default_factory=dict, compare=False, repr=False)

    def form(self, name: str, schema: Schema) -> Form:
        """The form of a paper, checked against what the paper offers.

        Errors:  RuleBroken PRN-030 naming file, line and fault; EnvironmentFault PRN-031 for an unreadable file.
        """
        if name not in self._read:
            self._read[name] = self._load(name, schema)
        return self._read[name]

    def _load(self, name: str, schema: Schema) -> Form:
        own = self.county / f"{name}.toml" if self.county is not None else None
        if own is not None and own.exists():
            return read_form(own, name, schema, is_county=True)
        return read_form(self.bundled / f"{name}.toml", name, schema)

    def strangers(self, names: Iterable[str]) -> list[str]:
        """Files in the county's folder that no paper will ever read, because their name is none of a paper."""
        if self.county is None or not self.county.is_dir():
            return []
        known = set(names)
        return sorted(path.name for path in self.county.glob("*.toml") if path.stem not in known)


def read_form(path: Path, name: str, schema: Schema, *, is_county: bool = False) -> Form:
    """One form file, checked.

    Errors:  RuleBroken PRN-030 naming file, line and fault; EnvironmentFault PRN-031.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        sentence = _(
            "表样文件{file}读不出来，这份文书没有打印。请检查文件是不是UTF-8编码；本机自带的表样读不出来的，请重新安装程序"
        )
        raise EnvironmentFault("PRN-031", sentence.format(file=path.name), file=path.name) from error
    try:
        data = tomllib.loads(text)
        check_form(data, name, schema)
    except (tomllib.TOMLDecodeError, FormError) as error:
        sentence = _(
            "表样文件{file}有错，这份文书没有打印：{fault}。请改正；或者先把这个文件移出forms文件夹，用自带的表样"
        )
        fault = _with_line(str(error), text)
        raise RuleBroken(
            "PRN-030", sentence.format(file=path.name, fault=fault), file=path.name, fault=fault
        ) from error
    return Form(data, path, is_county)


def _with_line(fault: str, text: str) -> str:
    """The fault with the line on which its part begins; TOML's own faults name their line already."""
    found = re.match(r"part\[(\d+)\]", fault)
    if not found:
        key = fault.partition("：")[0]
        wanted = re.compile(rf"\s*{re.escape(key)}\s*=")
        starts = [number for number, line in enumerate(text.splitlines(), 1) if wanted.match(line)]
        return _("第{line}行，{fault}").format(line=starts[0], fault=fault) if starts else fault
    starts = [number for number, line in enumerate(text.splitlines(), 1) if line.strip() == "[[part]]"]
    number = int(found[1])
    if number > len(starts):
        return fault
    return _("第{line}行起，{fault}").format(line=starts[number - 1], fault=fault)


# ------------------------------------------------------------------------------------------------------------- check


def check_form(data: Mapping[str, Any], name: str, schema: Schema) -> None:
    """Whether a definition can be set with what its paper offers.

    Errors:  FormError with the place of the first fault.
    """
    _check_keys(data, _HEAD, "")
    for key in ("name", "version", "title", "part"):
        if key not in data:
            raise FormError(key, _("缺少这一项"))
    if data["name"] != name:
        raise FormError("name", _("应当是{name}，和文件名一致").format(name=name))
    if data["version"] < 1:
        raise FormError("version", _("版本从1开始"))
    if data.get("layout", "form") not in {"form", "letter"}:
        raise FormError("layout", _("只能是form或letter"))
    if data.get("font", _FONTS[0]) not in _FONTS:
        raise FormError("font", _("只能是{known}").format(known="、".join(_FONTS)))
    scope = _Scope((ALWAYS, schema, {"law": _law(data)}))
    for key in _HEAD_TEXTS:
        scope.check(data.get(key, ""), key)
    for label in data.get("copy_labels", ()):
        if not isinstance(label, str):
            raise FormError("copy_labels", _("每一联写一段文字"))
    _check_parts(data["part"], scope, "part")


def _law(data: Mapping[str, Any]) -> Schema:
    """The sentences that the form may name: those of its wording file."""
    if "wording" not in data:
        return {}
    try:
        return dict.fromkeys(sentence_names(data["wording"]))
    except EnvironmentFault as fault:
        raise FormError("wording", str(fault)) from fault


@dataclass(frozen=True)
class _Scope:
    """The names that may be used at one place; inner ones come last and go first."""

    layers: tuple[Schema, ...]

    def find(self, path: str) -> Any:
        """What a name stands for. Errors: KeyError."""
        first, *rest = path.split(".")
        found: Any = next(layer for layer in reversed(self.layers) if first in layer)[first]
        for step in rest:
            found = found[step]
        return found

    def check(self, text: object, place: str) -> None:
        """Whether every name in a text is known and is a text itself."""
        if not isinstance(text, str):
            raise FormError(place, _("这里要写一段文字"))
        for name, _width in PLACE.findall(text):
            self.check_name(name, place)
        if _STRAY.search(PLACE.sub("", text)):
            raise FormError(place, _("“{text}”里的花括号不成对，或名称写得不对").format(text=text[:30]))

    def check_name(self, name: str, place: str) -> None:
        """Whether a name is known and no row or group."""
        try:
            is_text = self.find(name) is None
        except (KeyError, StopIteration, TypeError):
            raise FormError(place, _("没有名为{name}的字段").format(name=name)) from None
        if not is_text:
            raise FormError(place, _("{name}不是一个字段，是一组").format(name=name))

    def inside(self, name: object, place: str) -> _Scope:
        """The names of one row of a list."""
        try:
            rows = self.find(str(name))
        except (KeyError, StopIteration, TypeError):
            rows = None
        if not isinstance(rows, list):
            raise FormError(place, _("{name}不是可以重复的一组").format(name=name))
        return _Scope((*self.layers, rows[0], {"no": None}))


def _check_keys(table: Mapping[str, Any], known: Mapping[str, type | tuple[type, ...]], place: str) -> None:
    for key, value in table.items():
        where = f"{place}.{key}" if place else key
        if key not in known:
            raise FormError(
                where, _("没有名为{key}的项；可用的有：{known}").format(key=key, known="、".join(known))
            )
        kinds = known[key]
        wants_bool = kinds is bool
        if isinstance(value, bool) != wants_bool or not isinstance(value, kinds):
            raise FormError(where, _("值的类型不对"))


def _primitive(part: Mapping[str, Any], place: str) -> str:
    for name in _PARTS:
        if name in part:
            return name
    raise FormError(place, _("这一段要有其中一项：{known}").format(known="、".join(_PARTS)))


def _check_parts(parts: Sequence[Any], scope: _Scope, place: str) -> None:
    for number, part in enumerate(parts, 1):
        where = f"{place}[{number}]"
        if not isinstance(part, dict):
            raise FormError(where, _("这里要写一段，即[[part]]或花括号"))
        primitive = _primitive(part, where)
        _check_keys(part, {**_PARTS[primitive], **_ANY}, where)
        # What a repeated part depends on is asked for each row.
        inner = scope.inside(part["each"], f"{where}.each") if primitive == "each" else scope
        _check_conditions(part, inner, where)
        _CHECKS[primitive](part, scope, where)


def _check_conditions(table: Mapping[str, Any], scope: _Scope, place: str) -> None:
    for key in ("when", "unless"):
        for name in _names(table.get(key, [])):
            try:
                scope.find(str(name))
            except (KeyError, StopIteration, TypeError):
                raise FormError(f"{place}.{key}", _("没有名为{name}的字段").format(name=name)) from None


def _names(told: str | Sequence[str]) -> Sequence[str]:
    return [told] if isinstance(told, str) else told


def _check_each(part: Mapping[str, Any], scope: _Scope, place: str) -> None:
    inner = scope.inside(part["each"], f"{place}.each")
    _check_parts(part.get("parts", []), inner, f"{place}.parts")


def _check_group(part: Mapping[str, Any], scope: _Scope, place: str) -> None:
    _check_parts(part["parts"], scope, f"{place}.parts")


def _check_row(part: Mapping[str, Any], scope: _Scope, place: str) -> None:
    if not part["row"]:
        raise FormError(f"{place}.row", _("一行至少要有一格"))
    for number, cell in enumerate(part["row"], 1):
        where = f"{place}.row[{number}]"
        if not isinstance(cell, list) or len(cell) not in {2, 3}:
            raise FormError(where, _('一格写成["标签", "内容"]或["标签", "内容", 宽度]'))
        scope.check(cell[0], where)
        scope.check(cell[1], where)
        _check_share(cell[2:], where)


def _check_share(told: Sequence[Any], place: str) -> None:
    for share in told:
        if isinstance(share, bool) or not isinstance(share, int | float) or share <= 0:
            raise FormError(place, _("宽度要大于0"))


def _check_words(part: Mapping[str, Any], scope: _Scope, place: str) -> None:
    """A running text, given whole or line by line."""
    scope.check(part.get("flow", ""), f"{place}.flow")
    scope.check(part.get("text", ""), f"{place}.text")
    for key, known in (("size", _SIZES), ("align", _ALIGNS)):
        if part.get(key, known[0]) not in known:
            raise FormError(f"{place}.{key}", _("只能是：{known}").format(known="、".join(known)))
    for number, line in enumerate(part.get("lines", ()), 1):
        where = f"{place}.lines[{number}]"
        if isinstance(line, str):
            scope.check(line, where)
            continue
        _check_item(line, _LINE_KEYS, scope, where).check(line.get("text", ""), where)


def _check_item(item: Any, known: Mapping[str, type | tuple[type, ...]], scope: _Scope, place: str) -> _Scope:
    """One entry that may be repeated and may depend on something; the names that it may use."""
    if not isinstance(item, dict):
        raise FormError(place, _("这里要写花括号里的几项"))
    _check_keys(item, known, place)
    inner = scope.inside(item["each"], place) if "each" in item else scope
    _check_conditions(item, inner, place)
    return inner


def _check_table(part: Mapping[str, Any], scope: _Scope, place: str) -> None:
    inner = scope.inside(part["table"], f"{place}.table")
    if not part.get("columns"):
        raise FormError(f"{place}.columns", _("至少要有一栏"))
    for number, column in enumerate(part["columns"], 1):
        where = f"{place}.columns[{number}]"
        if not isinstance(column, list) or not 2 <= len(column) <= 4:
            raise FormError(where, _('一栏写成["栏名", "内容", 宽度, "left|center|right"]，后两项可以不写'))
        inner.check(column[0], where)
        inner.check(column[1], where)
        _check_share(column[2:3], where)
        if column[3:] and column[3] not in _ALIGNS:
            raise FormError(where, _("只能是：{known}").format(known="、".join(_ALIGNS)))


def _check_signatures(part: Mapping[str, Any], scope: _Scope, place: str) -> None:
    for number, item in enumerate(part["signatures"], 1):
        where = f"{place}.signatures[{number}]"
        inner = _check_item(item, _PLACE_KEYS, scope, where)
        inner.check(item.get("label"), f"{where}.label")
        if item.get("kind", _MARKS[0]) not in _MARKS:
            raise FormError(f"{where}.kind", _("只能是：{known}").format(known="、".join(_MARKS)))


def _check_label(part: Mapping[str, Any], scope: _Scope, place: str) -> None:
    for key in ("cut", "heading"):
        scope.check(part.get(key, ""), f"{place}.{key}")


_CHECKS = {
    "each": _check_each,
    "parts": _check_group,
    "row": _check_row,
    "flow": _check_words,
    "table": _check_table,
    "signatures": _check_signatures,
    "cut": _check_label,
    "turn": _check_label,
    "rule": _check_label,
    "space": _check_label,
    "heading": _check_label,
    "text": _check_words,
    "lines": _check_words,
}


def _texts(node: object) -> Iterator[str]:
    if isinstance(node, str):
        yield node
    elif isinstance(node, Mapping):
        for value in node.values():
            yield from _texts(value)
    elif isinstance(node, Sequence):
        for value in node:
            yield from _texts(value)
