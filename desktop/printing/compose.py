"""Sets the values of one record into a form: from plain data to a sheet that can be drawn.

What is printed, hashed and sealed is one `PaperContent`: the form's whole definition, the values, and the statutory
sentences of the day. The same content gives the same bytes, whatever becomes of form files and wording later.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from desktop.printing.form_data import PLACE, Form, canonical_json, names_used
from desktop.printing.sheets import (
    SIZE_BODY_PT,
    SIZE_SMALL_PT,
    Cell,
    Cut,
    Flow,
    FormSheet,
    GridRow,
    Heading,
    LetterSheet,
    Part,
    Rule,
    SignaturePlace,
    Signatures,
    Space,
    Table,
    TableColumn,
    Text,
    Turn,
)
from desktop.printing.wording import pick

if TYPE_CHECKING:
    from desktop.printing.fonts import Fonts
    from desktop.printing.system_fonts import SystemFonts

EVENT_DAY = "event_on"
"""The value that names the day of the event, by which statutory sentences are picked: 2026-03-05."""

KEPT = frozenset({EVENT_DAY, "copies_count"})
"""Values that a content keeps although no form shows them."""

LETTER_LOOK = "fangsong"
"""GB/T 9704-2012 5.2.2."""

BLANK = "\u3000"
_SIZE = {"small": SIZE_SMALL_PT, "body": SIZE_BODY_PT, "large": 16.0}
_ENDS = ("。", "！", "？")


@dataclass(frozen=True)
class PaperContent:
    """What one paper says: form, values, sentences; hashed for the print, kept by a seal, printed again from it.

    Shape:   `form` is the checked definition, `values` plain JSON under the names that the form uses, `law` the
             sentences that stand on it by name, as they held on the day of the event.
    """

    form: Mapping[str, Any]
    values: Mapping[str, Any]
    law: Mapping[str, str]

    def content(self) -> dict[str, Any]:
        """Plain JSON; what the print's hash and a seal are made of."""
        return {"form": self.form, "values": self.values, "law": self.law}

    @classmethod
    def from_text(cls, text: str) -> PaperContent:
        """The content that gave this canonical text."""
        content = json.loads(text)
        return cls(content["form"], content["values"], content["law"])

    def canonical(self) -> str:
        """The one text of it."""
        return canonical_json(self.content())


@dataclass(frozen=True)
class PrintMarks:
    """What stands around the content and is no part of it: who prints, which version this is."""

    station_name: str = ""
    room_name: str = ""
    practice: bool = False
    code: str = ""
    content_hash: str = ""
    print_mark: str = ""


def bind(form: Form, values: Mapping[str, Any]) -> PaperContent:
    """The values that the form and its sentences use, with both: a change in anything else changes no print.

    Errors:  RuleBroken PRN-020 when a sentence did not hold on the day of the event; EnvironmentFault PRN-021.
    """
    law = {}
    if names := form.sentences:
        day = date.fromisoformat(values[EVENT_DAY])
        law = {name: pick(str(form.data["wording"]), name, day).text for name in names}
    return PaperContent(form.data, _kept(values, names_used(form.data) | names_used(law) | KEPT), law)


def _kept(values: Mapping[str, Any], names: frozenset[str]) -> dict[str, Any]:
    return {name: _kept_value(value, names) for name, value in values.items() if name in names}


def _kept_value(value: Any, names: frozenset[str]) -> Any:
    if isinstance(value, Mapping):
        return _kept(value, names)
    if isinstance(value, list):
        return [_kept(row, names) for row in value]
    return value


def compose(content: PaperContent, marks: PrintMarks) -> FormSheet | LetterSheet:
    """The sheet of one paper."""
    form = content.form
    own = {"station_name": marks.station_name, "room_name": marks.room_name}
    page = _Page((own, content.values, {"law": content.law}))
    fill = page.fill
    parts = tuple(page.parts(form["part"]))
    common: dict[str, Any] = {
        "title": fill(form["title"]),
        "number": fill(form.get("number", "")),
        "unit": fill(form.get("unit", "")),
        "parts": parts,
        "practice": marks.practice,
        "code": marks.code,
        "content_hash": marks.content_hash,
        "print_mark": fill(form["mark"]) if "mark" in form else marks.print_mark,
    }
    if form.get("layout") == "letter":
        for name in ("addressee", "signer", "date", "attachments", "copies_to"):
            common[name] = fill(form.get(name, ""))
        return LetterSheet(**common)
    return FormSheet(
        **common,
        copies_text=fill(form.get("copies", "")),
        copy_labels=tuple(map(fill, form.get("copy_labels", ()))),
        joint=bool(form.get("joint", False)),
    )


def render_content(
    content: PaperContent, marks: PrintMarks, fonts: Fonts, system: SystemFonts | None = None
) -> bytes:
    """The paper as PDF; equal content and marks give equal bytes, on every PC where no `system` fonts are given.

    Errors:  RuleBroken PRN-002 naming characters that no font has; EnvironmentFault PRN-001.
    """
    sheet = compose(content, marks)
    look = str(content.form.get("font", LETTER_LOOK if isinstance(sheet, LetterSheet) else ""))
    if system is not None and look:
        fonts = fonts.dressed(system.file(look), system.file("kai"), system.file("biaosong"))
    if isinstance(sheet, LetterSheet):
        from desktop.printing.letter import render_letter  # noqa: PLC0415 - ReportLab is loaded when paper is made

        return render_letter(sheet, fonts)
    from desktop.printing.form import render_form  # noqa: PLC0415

    return render_form(sheet, fonts)


class _Page:
    """The names that stand for something at one place of a form."""

    def __init__(self, layers: Sequence[Mapping[str, Any]]) -> None:
        self._layers = layers

    def _find(self, path: str) -> Any:
        first, *rest = path.split(".")
        found: Any = next((layer[first] for layer in reversed(self._layers) if first in layer), "")
        for step in rest:
            found = found.get(step, "") if isinstance(found, Mapping) else ""
        return found

    def _inside(self, row: Mapping[str, Any], number: int) -> _Page:
        return _Page((*self._layers, {"no": str(number), **row}))

    def rows(self, name: str) -> Iterator[_Page]:
        """One page of names for each row of a list, numbered from 1."""
        for number, row in enumerate(self._find(name) or (), 1):
            yield self._inside(row, number)

    def fill(self, text: str) -> str:
        """The text with every {name} replaced; an empty one with a width is so many blanks to write on."""
        return PLACE.sub(self._replace, text)

    def _replace(self, found: re.Match[str]) -> str:
        name, width = found[1], int(found[2] or 0)
        told = str(self._find(name) or "")
        if name.startswith("law."):
            told = self.fill(told)
        return told or BLANK * width

    def holds(self, told: Mapping[str, Any]) -> bool:
        """Whether what a part depends on is there."""
        wanted, unwanted = (_names(told.get(key, ())) for key in ("when", "unless"))
        return all(map(self._find, wanted)) and not any(map(self._find, unwanted))

    def parts(self, told: Iterable[Mapping[str, Any]]) -> Iterator[Part]:
        """The parts in order, without those that do not apply."""
        for part in told:
            if "each" in part:
                for row in self.rows(part["each"]):
                    if row.holds(part):
                        yield from row.parts(part["parts"])
            elif self.holds(part):
                yield from self.parts(part["parts"]) if "parts" in part else (self._part(part),)

    def _part(self, part: Mapping[str, Any]) -> Part:
        if "row" in part:
            return GridRow(
                tuple(Cell(self.fill(cell[0]), self.fill(cell[1]), *cell[2:]) for cell in part["row"])
            )
        if "flow" in part:
            return Flow(self.fill(part["flow"]), self._words(part), float(part.get("min_mm", 24)))
        if "table" in part:
            return self._table(part)
        if "signatures" in part:
            return Signatures(tuple(self._places(part["signatures"])))
        return self._plain(part)

    def _plain(self, part: Mapping[str, Any]) -> Part:
        if "cut" in part:
            return Cut(self.fill(part["cut"]))
        if "turn" in part:
            return Turn()
        if "rule" in part:
            return Rule()
        if "space" in part:
            return Space(float(part["space"]))
        if "heading" in part:
            return Heading(self.fill(part["heading"]))
        return Text(
            self._words(part),
            _SIZE[part.get("size", "body")],
            part.get("align", "left"),
            bool(part.get("bold", False)),
            int(part.get("indent", 0)),
        )

    def _words(self, part: Mapping[str, Any]) -> str:
        if "lines" not in part:
            return self.fill(part.get("text", ""))
        return "\n".join(line for line in self._lines(part["lines"]) if line.strip())

    def _lines(self, told: Iterable[str | Mapping[str, Any]]) -> Iterator[str]:
        for line in told:
            if isinstance(line, str):
                yield self.fill(line)
                continue
            for page in self.rows(line["each"]) if "each" in line else (self,):
                if page.holds(line):
                    yield page.fill(line["text"])

    def _table(self, part: Mapping[str, Any]) -> Table:
        columns = tuple(TableColumn(self.fill(told[0]), *told[2:]) for told in part["columns"])
        rows = [tuple(row.fill(told[1]) for told in part["columns"]) for row in self.rows(part["table"])]
        return Table(columns, tuple(rows), int(part.get("min_rows", 0)))

    def _places(self, told: Iterable[Mapping[str, Any]]) -> Iterator[SignaturePlace]:
        for place in told:
            for page in self.rows(place["each"]) if "each" in place else (self,):
                if page.holds(place):
                    yield SignaturePlace(page.fill(place["label"]).strip(), place.get("kind", "signature"))


def _names(told: str | Sequence[str]) -> Sequence[str]:
    return [told] if isinstance(told, str) else told


def ended(text: str) -> str:
    """A sentence with its full stop."""
    text = text.rstrip()
    return text if not text or text.endswith(_ENDS) else f"{text}。"
