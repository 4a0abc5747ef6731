"""Tables in and out: xlsx, xls and csv as clerks have them from Excel and WPS, xlsx and csv as they want them back.

Text stays text in both directions: an identity number that once became a number has lost its last digits.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any, Literal

from desktop.base.clock import local_time
from desktop.base.errors import EnvironmentFault, RuleBroken
from desktop.base.paths import fault_from, write_file
from desktop.base.text import _

Cell = str | float | bool | date | datetime | time
# What may stand in a table that is written; None is an empty cell, money is in fen.
Value = Cell | int | None
ColumnKind = Literal["text", "long_text", "number", "money", "day", "instant"]

SUFFIXES = (".xlsx", ".xlsm", ".xls", ".csv")

# Excel keeps fifteen digits; a longer number in a number cell has been rounded already.
_MOST_EXACT = 10**15
_MOST_SHEET_NAME = 31
_TITLE_POINTS = 16
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
# The file tells no time of its own: the same rows give the same bytes.
_CREATED_AT = datetime(1980, 1, 1)  # noqa: DTZ001 - the library writes wall time without a zone


@dataclass(frozen=True)
class Table:
    """The cells of one sheet below its header row.

    Shape:   every row is as long as the header; `row_numbers` counts from 1 in the sheet, as Excel shows it.
             `rounded` lists (row number, header) of cells whose number Excel has already cut to fifteen digits.
    """

    header: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    row_numbers: tuple[int, ...]
    rounded: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True)
class Column:
    """One column to be written.

    Units:   `width` in characters of the sheet's font; a Han character takes two.
    """

    label: str
    width: float = 12
    kind: ColumnKind = "text"


def read_table(path: Path, sheet: str | None = None) -> Table:
    """The first sheet that holds anything, or the one that is named; titles above the header are passed over.

    Errors:  RuleBroken TBL-001 for another kind of file, TBL-002 when there is no header, TBL-003 for an unknown sheet;
             EnvironmentFault TBL-004 for a damaged or locked-up file, ENV-0xx when it cannot be reached.
    """
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise RuleBroken(
            "TBL-001", _("读不了这种文件，什么都没有导入。请在Excel或WPS里另存为xlsx或csv，再试一次。")
        )
    try:
        with path.open("rb") as file:
            data = file.read()
    except OSError as error:
        raise fault_from(error, _("读取表格")) from error
    rows = _csv_rows(data) if suffix == ".csv" else _workbook_rows(data, sheet)
    return _table(rows)


def _workbook_rows(data: bytes, sheet: str | None) -> list[list[Any]]:
    # A compiled library that only an import needs.
    import python_calamine  # noqa: PLC0415

    try:
        workbook = python_calamine.CalamineWorkbook.from_object(io.BytesIO(data))
        names = workbook.sheet_names
        if sheet is not None and sheet not in names:
            raise RuleBroken("TBL-003", _("文件里没有名为“{name}”的工作表。").format(name=sheet))
        for name in names if sheet is None else [sheet]:
            rows = workbook.get_sheet_by_name(name).to_python(skip_empty_area=False)
            if any(cell not in {"", None} for row in rows for cell in row):
                return rows
    except python_calamine.CalamineError as error:
        sentence = _(
            "这个表格打不开：可能设了密码，或文件已损坏。什么都没有导入。请在Excel或WPS里另存一份，再试一次。"
        )
        raise EnvironmentFault("TBL-004", sentence) from error
    return []


def _csv_rows(data: bytes) -> list[list[Any]]:
    text = _decoded(data)
    first_line = text.partition("\n")[0]
    delimiter = max(",\t;", key=first_line.count)
    try:
        return [list(row) for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)]
    except csv.Error as error:
        sentence = _("这个csv文件打不开，可能已损坏。什么都没有导入。请重新导出一份，再试一次。")
        raise EnvironmentFault("TBL-004", sentence) from error


def _decoded(data: bytes) -> str:
    """UTF-16 is what Excel calls Unicode text, GB18030 what it calls csv on a Chinese Windows."""
    encodings = ("utf-16",) if data[:2] in {b"\xff\xfe", b"\xfe\xff"} else ("utf-8-sig", "gb18030")
    for encoding in encodings:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    sentence = _("这个csv文件里的文字认不出来。什么都没有导入。请在Excel或WPS里另存为xlsx，再试一次。")
    raise EnvironmentFault("TBL-004", sentence)


def _table(rows: Sequence[Sequence[Any]]) -> Table:
    cells = [[_read_cell(cell) for cell in row] for row in rows]
    top = _header_place(cells)
    if top is None:
        raise RuleBroken("TBL-002", _("表格里没有内容，什么都没有导入。请检查选的是不是这个文件。"))
    width = max(place for place, cell in enumerate(cells[top]) if cell != "") + 1
    header = tuple(" ".join(str(cell).split()) for cell in cells[top][:width])
    kept: list[tuple[Cell, ...]] = []
    numbers: list[int] = []
    rounded: list[tuple[int, str]] = []
    for place in range(top + 1, len(cells)):
        row = tuple((cells[place] + [""] * width)[:width])
        if all(cell == "" for cell in row):
            continue
        kept.append(row)
        numbers.append(place + 1)
        raw = list(rows[place])[:width]
        rounded += [(place + 1, header[at]) for at, cell in enumerate(raw) if _is_rounded(cell)]
    return Table(header, tuple(kept), tuple(numbers), tuple(rounded))


def _header_place(cells: Sequence[Sequence[Cell]]) -> int | None:
    """The first row with two cells or more: a title stands alone. A table of one column has no other choice."""
    filled = [sum(cell != "" for cell in row) for row in cells]
    for least in (2, 1):
        for place, count in enumerate(filled):
            if count >= least:
                return place
    return None


def _is_rounded(cell: Any) -> bool:
    return isinstance(cell, float) and abs(cell) >= _MOST_EXACT


def _read_cell(cell: Any) -> Cell:
    if cell is None:
        return ""
    if isinstance(cell, str):
        return cell.strip()
    if isinstance(cell, timedelta):
        return str(cell)
    if isinstance(cell, datetime) and cell.time() == time.min:
        return cell.date()
    if isinstance(cell, bool | date | time):
        return cell
    number = float(cell)
    return str(int(number)) if number.is_integer() else number


def write_xlsx(
    path: Path,
    sheet_name: str,
    columns: Sequence[Column],
    rows: Iterable[Sequence[Value]],
    title_lines: Sequence[str] = (),
    *,
    foot_lines: Sequence[str] = (),
) -> None:
    """Writes one sheet: titles, a frozen header with filters, the rows, and notes below; A4 landscape when printed.

    Nothing in it is ever a formula or a link, whatever the text looks like.

    Errors:  EnvironmentFault ENV-0xx, with an older file as it was; ValueError when a row is not as long as `columns`.
    """
    # Takes a fifth of a second to import, and only an export needs it.
    import xlsxwriter  # noqa: PLC0415

    buffer = io.BytesIO()
    # In memory throughout: the library's other mode spreads the rows over plain files, and a power cut leaves them
    # there. Measured: 56 MB for 10,000 rows of 12 columns.
    workbook = xlsxwriter.Workbook(buffer, {"in_memory": True})
    workbook.set_properties({"created": _CREATED_AT})
    try:
        _Sheet(workbook, sheet_name, columns).write(title_lines, rows, foot_lines)
    finally:
        # Also after a failure: the library closes an open workbook later, aloud, at a time of its own.
        workbook.close()
    write_file(path, buffer.getvalue(), doing=_("导出表格"))


class _Sheet:
    """The one sheet of an export, written from top to bottom."""

    def __init__(self, workbook: Any, name: str, columns: Sequence[Column]) -> None:
        self._sheet = workbook.add_worksheet(_sheet_name(name))
        self._columns = columns
        framed = {"border": 1, "valign": "vcenter"}
        self._title = workbook.add_format({"bold": True, "align": "center", "font_size": _TITLE_POINTS})
        self._note = workbook.add_format({"text_wrap": False})
        self._head = workbook.add_format(framed | {"bold": True, "align": "center", "text_wrap": True})
        self._formats = {
            "text": workbook.add_format(framed | {"num_format": "@"}),
            "long_text": workbook.add_format(framed | {"num_format": "@", "text_wrap": True}),
            "number": workbook.add_format(framed),
            "money": workbook.add_format(framed | {"num_format": "#,##0.00"}),
            "day": workbook.add_format(framed | {"num_format": "yyyy-mm-dd", "align": "center"}),
            "instant": workbook.add_format(framed | {"num_format": "yyyy-mm-dd hh:mm", "align": "center"}),
        }

    def write(self, titles: Sequence[str], rows: Iterable[Sequence[Value]], notes: Sequence[str]) -> None:
        for place, column in enumerate(self._columns):
            self._sheet.set_column(place, place, column.width)
        self._set_page(len(titles))
        for place, line in enumerate(titles):
            self._write_title(place, line)
        head = len(titles)
        for place, column in enumerate(self._columns):
            self._sheet.write_string(head, place, column.label, self._head)
        last = head
        for last, row in enumerate(rows, head + 1):
            for place, (column, value) in enumerate(zip(self._columns, row, strict=True)):
                self._write_cell(last, place, column.kind, value)
        self._sheet.autofilter(head, 0, last, max(len(self._columns) - 1, 0))
        for place, line in enumerate(notes, last + 1):
            self._sheet.write_string(place, 0, line, self._note)

    def _write_title(self, place: int, line: str) -> None:
        style = self._title if place == 0 else self._note
        if len(self._columns) > 1:
            self._sheet.merge_range(place, 0, place, len(self._columns) - 1, "", style)
        self._sheet.write_string(place, 0, line, style)

    def _set_page(self, title_count: int) -> None:
        self._sheet.set_landscape()
        self._sheet.set_paper(9)
        self._sheet.fit_to_pages(1, 0)
        self._sheet.repeat_rows(0, title_count)
        self._sheet.freeze_panes(title_count + 1, 0)

    def _write_cell(self, row: int, place: int, kind: ColumnKind, value: Value) -> None:
        style = self._formats[kind]
        if value is None or value == "":
            self._sheet.write_blank(row, place, None, style)
        elif kind == "money" and isinstance(value, int):
            self._sheet.write_number(row, place, value / 100, style)
        elif kind == "number" and isinstance(value, int | float) and not isinstance(value, bool):
            self._sheet.write_number(row, place, value, style)
        elif (kind == "day" and isinstance(value, date)) or (
            kind == "instant" and isinstance(value, datetime)
        ):
            self._sheet.write_datetime(row, place, _without_zone(value), style)
        else:
            self._sheet.write_string(row, place, _shown(value), style)


def _without_zone(value: date | datetime) -> date | datetime:
    """Beijing wall time, since a sheet knows no zones."""
    if isinstance(value, datetime) and value.tzinfo is not None:
        return local_time(value).replace(tzinfo=None)
    return value


def _shown(value: Cell | int) -> str:
    if isinstance(value, bool):
        return _("是") if value else _("否")
    if isinstance(value, datetime):
        return _without_zone(value).strftime("%Y-%m-%d %H:%M")
    return str(value)


def _sheet_name(text: str) -> str:
    name = "".join("_" if sign in "[]:*?/\\" else sign for sign in text).strip("' ")
    return name[:_MOST_SHEET_NAME].strip("' ") or "Sheet1"


def write_csv(path: Path, labels: Sequence[str], rows: Iterable[Sequence[Value]]) -> None:
    """Writes a csv that Excel opens as Chinese: UTF-8 with its mark, and no cell that Excel would run as a formula.

    Errors:  EnvironmentFault ENV-0xx, with an older file as it was.
    """
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer)
    writer.writerow(labels)
    writer.writerows(_csv_cells(rows))
    write_file(path, buffer.getvalue().encode("utf-8-sig"), doing=_("导出表格"))


def _csv_cells(rows: Iterable[Sequence[Value]]) -> Iterator[list[str]]:
    for row in rows:
        yield ["" if value is None else _guarded(value) for value in row]


def _guarded(value: Cell | int) -> str:
    shown = _shown(value)
    # A negative number is no formula; a text that begins so may be one.
    return f"'{shown}" if isinstance(value, str) and shown.startswith(_FORMULA_STARTS) else shown
