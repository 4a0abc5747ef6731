"""What is written into a bound ledger: lines in the order of their entry, never changed once they were printed.

Pure: gets what was written and how the records stand now, gives the lines that follow. A record that changed after it
was printed gets a new line that names the old one; a total over all lines is then that over the records as they stand.
"""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, Literal

from desktop.base.errors import EnvironmentFault
from desktop.base.money import format_yuan
from desktop.base.text import _

FORMAT, VERSION = "jingwushi-ledger-rows", 1
"""Of the frozen lines; see docs/formats/ledger_rows.md."""

EntryKind = Literal["row", "late", "correction", "void", "progress"]
RED: frozenset[EntryKind] = frozenset({"correction", "void"})
LATE, CORRECTED, VOIDED, WENT_ON = "补记", "更正", "作废", "续记"
_HEADS: Mapping[EntryKind, str] = {"late": LATE, "correction": CORRECTED, "void": VOIDED, "progress": WENT_ON}
_MONTH = re.compile(r"(\d{4})-(\d{2})")
_MINUS = "\N{MINUS SIGN}"


@dataclass(frozen=True)
class Entry:
    """One line of a book.

    Shape:   `values` are the record's cells without number; `cells` what is printed of them when that differs, with
             the differences of summed columns and the words that name the older line. `stamp` tells versions apart.
    """

    no: int
    kind: EntryKind
    record_id: str
    stamp: str
    values: tuple[str, ...]
    cells: tuple[str, ...] = ()
    month: str = ""

    @property
    def shown(self) -> tuple[str, ...]:
        """The cells as they are printed, the number first."""
        return (str(self.no), *(self.cells or self.values))


@dataclass(frozen=True)
class Line:
    """One record of a register as it stands now."""

    record_id: str
    day: date | None
    stamp: str
    values: tuple[str, ...]
    is_void: bool = False


@dataclass(frozen=True)
class Written:
    """A line of a book with the book that it stands in."""

    entry: Entry
    year: int
    volume_no: int
    is_closed: bool


@dataclass(frozen=True)
class Columns:
    """What is to be known of a register's columns, the number left out and the note last.

    Shape:   `sums` holds for each column "", "number" or "yuan"; `moving` are the columns that go on by themselves (a
             state, a deadline kept), whose change is no correction; `day` is the place of the day.
    """

    labels: tuple[str, ...]
    sums: tuple[str, ...]
    moving: frozenset[int]
    day: int

    @property
    def note(self) -> int:
        """The place of the note."""
        return len(self.labels) - 1


# -- what follows --------------------------------------------------------------------------------------------------


def next_entries(
    columns: Columns,
    written: Sequence[Written],
    lines: Iterable[Line],
    *,
    year: int,
    volume_no: int,
    first_no: int,
    is_closing: bool = False,
) -> list[Entry]:
    """The lines that follow in a volume: new records by their day, then what changed of those that stand in a book.

    A record whose month has gone by in this volume is marked 补记. A change of what stood there is 更正 (red), a void
    record 作废 (red). What only went on (a state, a blank that was filled) is told by 续记 when the old line stands in
    a closed volume, or when this one is being closed: on open pages it may be filled in by hand.
    """
    newest: dict[str, Entry] = {}
    first: dict[str, Written] = {}
    for one in written:
        newest[one.entry.record_id] = one.entry
        first.setdefault(one.entry.record_id, one)
    month = max(
        (one.entry.month for one in written if (one.year, one.volume_no) == (year, volume_no)), default=""
    )
    fresh, changed = _Growing(columns, first_no), list[tuple[Line, Entry, Written]]()
    for line in lines:
        old = newest.get(line.record_id)
        if old is None:
            own = f"{line.day:%Y-%m}" if line.day else month
            month = max(month, own)
            fresh.add("late" if own < month or (line.day and line.day.year != year) else "row", line, month)
        elif old.values != line.values:
            changed.append((line, old, first[line.record_id]))
    for line, old, place in changed:
        kind = _change(columns, old, line, may_go_on=is_closing or place.is_closed)
        if kind is not None:
            words = place_words(place, year=year, volume_no=volume_no)
            fresh.add(kind, line, month, old, words)
    return fresh.entries


def _change(columns: Columns, old: Entry, line: Line, *, may_go_on: bool) -> EntryKind | None:
    """What the difference between a printed line and its record is; None when nothing is to be printed."""
    if line.is_void:
        return None if _is_void(columns, old) else "void"
    differing = [at for at, (was, now) in enumerate(zip(old.values, line.values, strict=True)) if was != now]
    is_changed = any(old.values[at] and at not in columns.moving for at in differing)
    if is_changed and line.stamp != old.stamp:
        return "correction"
    return "progress" if may_go_on and line.stamp != old.stamp else None


def _is_void(columns: Columns, entry: Entry) -> bool:
    return entry.values[columns.note].startswith(VOIDED)


def place_words(place: Written, *, year: int, volume_no: int) -> str:
    """How an older line is named: 第5行, 第1册第5行, 2025年第2册第5行."""
    words = f"第{place.entry.no}行"
    if (place.year, place.volume_no) == (year, volume_no):
        return words
    words = f"第{place.volume_no}册{words}"
    return words if place.year == year else f"{place.year}年{words}"


class _Growing:
    """Entries being numbered."""

    def __init__(self, columns: Columns, first_no: int) -> None:
        self._columns = columns
        self._no = first_no
        self.entries: list[Entry] = []

    def add(self, kind: EntryKind, line: Line, month: str, old: Entry | None = None, words: str = "") -> None:
        cells = _cells(self._columns, kind, line, old, words)
        self.entries.append(Entry(self._no, kind, line.record_id, line.stamp, line.values, cells, month))
        self._no += 1


def _cells(columns: Columns, kind: EntryKind, line: Line, old: Entry | None, words: str) -> tuple[str, ...]:
    """What is printed of a line that is more than its record: its head, its differences, what it names."""
    cells = list(line.values)
    if line.is_void or old is not None:
        for at, sums in enumerate(columns.sums):
            if sums:
                was = 0 if old is None or _is_void(columns, old) else amount(old.values[at], sums)
                now = 0 if line.is_void else amount(line.values[at], sums)
                cells[at] = shown_amount(now - was, sums) if now != was else ""
    head = _HEADS.get(kind)
    if head is not None:
        # A day after a word belongs to no month: the line counts in the month that runs.
        cells[columns.day] = f"{head}\n{cells[columns.day]}"
    if old is not None:
        cells[columns.note] = "；".join(
            filter(None, (_told(columns, kind, line, old, words), line.values[-1]))
        )
    return tuple(cells) if cells != list(line.values) else ()


def _told(columns: Columns, kind: EntryKind, line: Line, old: Entry, words: str) -> str:
    told = []
    for at, label in enumerate(columns.labels):
        if kind == "void" or at == columns.note or old.values[at] == line.values[at]:
            continue
        was, now = old.values[at], line.values[at]
        is_short = max(len(was), len(now)) <= _SHORT and "\n" not in was + now
        told.append(f"{label}{was or '空'}→{now or '空'}" if is_short else label)
    return f"{_HEADS[kind]}{words}" + (f"：{'、'.join(told)}" if told else "")


_SHORT = 12


# -- amounts -------------------------------------------------------------------------------------------------------


def amount(cell: str, sums: str) -> int:
    """What a cell adds: a whole number, or fen; an empty cell adds nothing."""
    text = cell.replace(",", "").replace(_MINUS, "-").strip()
    if not text:
        return 0
    if sums == "yuan":
        whole, _dot, rest = text.lstrip("-").partition(".")
        value = int(whole) * 100 + int((rest + "00")[:2])
        return -value if text.startswith("-") else value
    return int(text)


def shown_amount(value: int, sums: str) -> str:
    """A sum or difference as it is printed."""
    words = format_yuan(abs(value)) if sums == "yuan" else str(abs(value))
    return f"{_MINUS}{words}" if value < 0 else words


def totals(columns: Columns, entries: Iterable[Entry]) -> tuple[int, ...]:
    """What the lines of a book add up to, column by column; 0 where nothing is summed."""
    found = [0] * len(columns.labels)
    for entry in entries:
        for at, sums in enumerate(columns.sums):
            if sums:
                found[at] += amount(entry.shown[at + 1], sums)
    return tuple(found)


# -- months --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class MonthPart:
    """The lines of one month in a volume, for its contents."""

    month: str
    first_no: int
    last_no: int
    count: int


def months_of(entries: Iterable[Entry]) -> list[MonthPart]:
    """The months of a volume in their order."""
    found: dict[str, list[int]] = {}
    for entry in entries:
        found.setdefault(entry.month, []).append(entry.no)
    return [
        MonthPart(month, numbers[0], numbers[-1], len(numbers)) for month, numbers in sorted(found.items())
    ]


# -- frozen --------------------------------------------------------------------------------------------------------


def frozen(ledger: str, labels: Sequence[str], grid: Any, entries: Sequence[Entry]) -> bytes:
    """The lines as they are kept: compressed canonical JSON."""
    told = {
        "format": FORMAT,
        "version": VERSION,
        "ledger": ledger,
        "labels": list(labels),
        "grid": grid,
        "entries": [_lean(asdict(one)) for one in entries],
    }
    text = json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return zlib.compress(text.encode(), 6)


def _lean(told: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in told.items() if value not in ("", ())}


def thawed(data: bytes) -> tuple[Any, list[Entry]]:
    """Grid and lines of what was frozen.

    Errors:  EnvironmentFault LED-010 when the bytes are damaged or of a newer version.
    """
    try:
        told = json.loads(zlib.decompress(data))
        if (told["format"], told["version"]) != (FORMAT, VERSION):
            raise ValueError(told["version"])  # noqa: TRY301 - refused like damage, with one sentence
        return told["grid"], list(_entries(told["entries"]))
    except (zlib.error, ValueError, KeyError, TypeError) as error:
        raise EnvironmentFault(
            "LED-010", _("台账册的封存内容读不出来：文件损坏，或由更新版本的程序写成。请从备份取回或更新程序")
        ) from error


def _entries(told: Iterable[Mapping[str, Any]]) -> Iterator[Entry]:
    for one in told:
        values, cells = tuple(one["values"]), tuple(one.get("cells", ()))
        yield Entry(**(dict(one) | {"values": values, "cells": cells}))
