"""Ledgers (台账) on A4 landscape: any number of rows, head repeated, bound at the left (DOMAIN 3.5).

Heights first, drawing after: all pages are known before the first is drawn, so 共 m 页 costs nothing, and each page is
one block of text operators and one path of lines, compressed when it is full. That is what makes ten thousand rows a
matter of seconds.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate

from desktop.printing.fonts import Chain, Fonts, all_printable, hand_note, printable
from desktop.printing.paper import A4_PT, BOLD_SHARE, GREY_MARK, MM, THIN, Ink, Paper, Pen, number
from desktop.printing.sheets import Align, LedgerSheet
from desktop.printing.wrap import UNBROKEN, balanced, wrap

WIDTH, HEIGHT = A4_PT[1], A4_PT[0]
LEFT, RIGHT = 25 * MM, WIDTH - 12 * MM
TOP, BOTTOM = HEIGHT - 12 * MM, 19 * MM
SIZE, LEAD, PAD = 9.0, 11.5, 2.2
TITLE_SIZE, TITLE_LEAD, LINE_SIZE = 18.0, 26.0, 10.5
NOTE_SIZE, NOTE_LEAD = 8.5, 12.0
FOOT = 11.5 * MM
MARK_SIZE, MARK_BASE = 6.0, 6.5 * MM
ROW_MIN = 8 * MM
"""Rows leave room for a note by hand."""
SHORTEST_PIECE = 3
"""Lines of a row taller than a page that must fit before it is begun on a page."""

EMPTY = "本期无记录（零报告）"
PRACTICE = "（演练）"
CONTINUED = "续"

RUN_MAX = 36 * MM
"""A longer run, a web address perhaps, may be cut and does not widen its column."""
LABEL_WHOLE = 2
"""A label of so few characters is not broken either."""
_RUN = re.compile(f"[{re.escape(''.join(sorted(UNBROKEN)))}]+")

Lines = Sequence[str]


@dataclass(frozen=True, slots=True)
class _Row:
    """A row, or a piece of one that is taller than a page, cut into lines."""

    cells: tuple[Lines, ...]
    height: float
    bold: bool = False


@dataclass(frozen=True, slots=True)
class _Page:
    rows: list[_Row]
    notes: list[str]


@dataclass(frozen=True)
class _Grid:
    """The columns on the page."""

    chain: Chain
    head_chain: Chain
    edges: tuple[float, ...]
    aligns: tuple[Align, ...]

    @cached_property
    def room(self) -> tuple[float, ...]:
        """Room for text in each column, in thousandths of the size."""
        return tuple(
            (right - left - 2 * PAD) / SIZE * 1000
            for left, right in zip(self.edges, self.edges[1:], strict=False)
        )

    def row(self, values: Sequence[str], *, bold: bool = False, head: bool = False) -> _Row:
        """A row cut into lines, at least as high as the rule says."""
        widths, breaks = (self.head_chain.widths, balanced) if head else (self.chain.widths, wrap)
        cells = tuple(
            breaks(text, widths, room) if text else ()
            for text, room in zip(all_printable(values), self.room, strict=True)
        )
        return _Row(cells, _height(max(map(len, cells), default=0)), bold)


def render_ledger(sheet: LedgerSheet, fonts: Fonts, *, allow_missing: bool = False) -> bytes:
    """The ledger as PDF; equal sheets give equal bytes.

    With `allow_missing`, a character that no font has becomes a hollow box to write into and is named under the table.

    Errors:  RuleBroken PRN-002 naming characters that no font has; EnvironmentFault PRN-001;
             ValueError for a row with too few or too many cells.
    """
    _check_cells(sheet)
    missing = fonts.require(_texts(sheet), allow_missing=allow_missing)
    return _LedgerPress(sheet, fonts, missing).press()


def _check_cells(sheet: LedgerSheet) -> None:
    expected = len(sheet.columns)
    for row in (*sheet.rows, *(() if sheet.totals is None else (sheet.totals,))):
        if len(row) != expected:
            raise ValueError(f"a row has {len(row)} cells for {expected} columns")


def _texts(sheet: LedgerSheet) -> Iterator[str]:
    yield from (sheet.title, sheet.unit, sheet.period, sheet.print_mark, *sheet.footnotes, *sheet.signers)
    yield from (column.label for column in sheet.columns)
    yield from sheet.totals or ()
    for row in sheet.rows:
        yield from row


class _LedgerPress:
    """One run from a sheet to bytes."""

    def __init__(self, sheet: LedgerSheet, fonts: Fonts, missing: list[str]) -> None:
        self._sheet = sheet
        self._fonts = fonts
        self._grid = _grid_of(sheet, fonts)
        self._title = printable(sheet.title).replace("\n", "") + (PRACTICE if sheet.practice else "")
        self._head = self._grid.row([column.label for column in sheet.columns], head=True)
        self._notes = [*map(printable, sheet.footnotes), *([hand_note(missing)] if missing else [])]
        self._paper = Paper(fonts, title=self._title, author=sheet.unit, subject=sheet.period)

    def press(self) -> bytes:
        """Lays out, then draws page by page."""
        pages = self._paginate()
        stamp = self._stamp()
        for number_of, page in enumerate(pages, 1):
            ink = Ink(self._paper)
            ink.place(stamp)
            self._draw_rows(ink, page)
            self._draw_foot(ink, number_of, len(pages))
            self._paper.add_page(ink, WIDTH, HEIGHT)
        return self._paper.to_bytes()

    # ---------------------------------------------------------------- heights

    @property
    def _body_top(self) -> float:
        return TOP - TITLE_LEAD - 16 - self._head.height

    def _paginate(self) -> list[_Page]:
        full = self._body_top - BOTTOM
        pages = [_Page([], [])]
        room = full
        for row in self._rows():
            for piece in _pieces(row, room, full):
                if piece.height > room + 0.01 and pages[-1].rows:
                    pages.append(_Page([], []))
                    room = full
                pages[-1].rows.append(piece)
                room -= piece.height
        for line in self._note_lines():
            if room < NOTE_LEAD + 3:
                pages.append(_Page([], []))
                room = full
            pages[-1].notes.append(line)
            room -= NOTE_LEAD
        return pages

    def _rows(self) -> Iterator[_Row]:
        for values in self._sheet.rows:
            yield self._grid.row(values)
        if not self._sheet.rows:
            yield _Row(((EMPTY,),), 2 * ROW_MIN)
        if self._sheet.totals is not None:
            yield self._grid.row(self._sheet.totals, bold=True)

    def _note_lines(self) -> list[str]:
        room = (RIGHT - LEFT) / NOTE_SIZE * 1000
        return [line for note in self._notes for line in wrap(note, self._grid.chain.widths, room)]

    # ---------------------------------------------------------------- drawing

    def _stamp(self) -> str:
        """What is the same on every page: practice mark, title, unit, period, head, places to sign."""
        ink, grid, sheet = Ink(self._paper), self._grid, self._sheet
        if sheet.practice:
            ink.practice_mark(WIDTH, HEIGHT)
        serif = self._fonts.chain("serif")
        middle = (LEFT + RIGHT) / 2
        size = min(TITLE_SIZE, TITLE_SIZE * (RIGHT - LEFT) / max(1.0, serif.width(self._title, TITLE_SIZE)))
        ink.text(middle - serif.width(self._title, size) / 2, TOP - TITLE_SIZE, self._title, size, bold=True)
        base = TOP - TITLE_LEAD - LINE_SIZE
        period = printable(sheet.period)
        if sheet.unit:
            ink.text(LEFT, base, f"单位：{printable(sheet.unit)}", LINE_SIZE)
        ink.text(RIGHT - serif.width(period, LINE_SIZE), base, period, LINE_SIZE)
        top, bottom = self._body_top + self._head.height, self._body_top
        ink.fill([(LEFT, bottom, RIGHT - LEFT, top - bottom)], 0.92)
        for x in grid.edges:
            ink.line(x, top, x, bottom)
        ink.line(LEFT, top, RIGHT, top)
        ink.line(LEFT, bottom, RIGHT, bottom)
        self._draw_head(ink, top)
        self._draw_signers(ink)
        return self._paper.add_stamp(ink, WIDTH, HEIGHT)

    def _draw_head(self, ink: Ink, top: float) -> None:
        chain = self._grid.head_chain
        for column, lines in enumerate(self._head.cells):
            middle = (self._grid.edges[column] + self._grid.edges[column + 1]) / 2
            base = top - _first_base(self._head.height, len(lines))
            for line in lines:
                ink.text(middle - chain.width(line, SIZE) / 2, base, line, SIZE, style="sans")
                base -= LEAD

    def _draw_signers(self, ink: Ink) -> None:
        if self._sheet.signers:
            share = (RIGHT - LEFT) * 0.78 / len(self._sheet.signers)
            for place, signer in enumerate(self._sheet.signers):
                ink.text(LEFT + place * share, FOOT, f"{printable(signer)}：", LINE_SIZE)
        mark = printable(self._sheet.print_mark)
        ink.text(LEFT, MARK_BASE, mark, MARK_SIZE, style="sans", grey=GREY_MARK)

    def _draw_rows(self, ink: Ink, page: _Page) -> None:
        pen = Pen(self._paper, self._grid.chain, SIZE)
        lines, texts, bold = [f"{THIN} w"], [f"BT {pen.select}"], list[str]()
        top = inner_top = self._body_top
        for row in page.rows:
            bottom = top - row.height
            (bold if row.bold else texts).extend(self._row_texts(pen, row, top))
            lines.append(f"{LEFT:.2f} {bottom:.2f} m {RIGHT:.2f} {bottom:.2f} l")
            if self._is_empty_row(row):
                inner_top = bottom
            top = bottom
        for x in self._grid.edges:
            start = self._body_top if x in (LEFT, self._grid.edges[-1]) else inner_top
            lines.append(f"{x:.2f} {start:.2f} m {x:.2f} {top:.2f} l")
        ink.operators += [*lines, "S", *texts, "ET"]
        if bold:
            ink.operators.append(
                f"q 2 Tr {number(SIZE * BOLD_SHARE)} w BT {pen.select} {' '.join(bold)} ET Q"
            )
        ink.write_boxes(pen)
        top -= 3
        for line in page.notes:
            ink.text(LEFT, top - NOTE_SIZE, line, NOTE_SIZE)
            top -= NOTE_LEAD

    def _is_empty_row(self, row: _Row) -> bool:
        """Whether it is the only row of an empty ledger: one cell over all columns."""
        return len(row.cells) < len(self._grid.aligns)

    def _row_texts(self, pen: Pen, row: _Row, top: float) -> Iterator[str]:
        grid = self._grid
        if self._is_empty_row(row):
            middle = (LEFT + RIGHT - grid.chain.width(row.cells[0][0], SIZE)) / 2
            yield pen.show(row.cells[0][0], middle, top - _first_base(row.height, 1))
            return
        width, show = grid.chain.width, pen.show
        for column, lines in enumerate(row.cells):
            if not lines:
                continue
            left, right, align = grid.edges[column], grid.edges[column + 1], grid.aligns[column]
            x, base = left + PAD, top - _first_base(row.height, len(lines))
            for line in lines:
                if align != "left":
                    free = right - left - 2 * PAD - width(line, SIZE)
                    x = left + PAD + (free / 2 if align == "center" else free)
                yield show(line, x, base)
                base -= LEAD

    def _draw_foot(self, ink: Ink, page: int, pages: int) -> None:
        shown = f"第 {page} 页　共 {pages} 页"
        ink.text(RIGHT - self._fonts.chain("serif").width(shown, LINE_SIZE), FOOT, shown, LINE_SIZE)


def _grid_of(sheet: LedgerSheet, fonts: Fonts) -> _Grid:
    chain = fonts.chain("serif")
    wanted = [column.width_mm for column in sheet.columns]
    needs, room = _longest_runs(sheet, chain), RIGHT - LEFT
    # Two characters a line read better than one below the other; but what is cut is read wrongly, so that goes first.
    pleasant = [max(need, 2 * SIZE + 2 * PAD + 0.5) for need in needs]
    widths = _fitted(wanted, pleasant if sum(pleasant) < room else needs, room)
    aligns = tuple(column.align for column in sheet.columns)
    return _Grid(chain, fonts.chain("sans"), tuple(accumulate(widths, initial=LEFT)), aligns)


def _longest_runs(sheet: LedgerSheet, chain: Chain) -> list[float]:
    """For each column the width that its longest number or word needs, in points, so that it is not cut."""
    rows = [*sheet.rows, *(() if sheet.totals is None else (sheet.totals,))]
    needs = []
    columns = zip(*rows, strict=True) if rows else ((),) * len(sheet.columns)
    for column, cells in zip(sheet.columns, columns, strict=True):
        runs = set(_RUN.findall("\n".join(cells)))
        if len(column.label) <= LABEL_WHOLE:
            runs.add(column.label)
        width = max((chain.width(run, SIZE) for run in runs), default=0.0)
        needs.append(min(width + 2 * PAD + 0.5, RUN_MAX))
    return needs


def _fitted(wanted: list[float], needs: list[float], room: float) -> list[float]:
    """Widths in the wanted shares that fill the room, none below its need while the room allows."""
    if sum(needs) >= room:
        return [width / sum(wanted) * room for width in wanted]
    fixed: set[int] = set()
    while True:
        left = room - sum(needs[column] for column in fixed)
        share = left / sum(width for column, width in enumerate(wanted) if column not in fixed)
        short = {
            column
            for column, width in enumerate(wanted)
            if column not in fixed and width * share < needs[column]
        }
        if not short:
            return [
                needs[column] if column in fixed else width * share for column, width in enumerate(wanted)
            ]
        fixed |= short


def _height(lines: int) -> float:
    return max(ROW_MIN, lines * LEAD + 2 * PAD)


def _first_base(height: float, lines: int) -> float:
    """From the top of a row down to the base line of its first line, the block of lines standing in the middle."""
    return (height - lines * LEAD) / 2 + (LEAD - SIZE) / 2 + SIZE * 0.86


def _pieces(row: _Row, room: float, full: float) -> Iterator[_Row]:
    """The row as it is, or cut into pieces when it is taller than a whole page."""
    if row.height <= full:
        yield row
        return
    done, count = 0, max(map(len, row.cells))
    while done < count:
        fitting = int((room - 2 * PAD) / LEAD)
        if done == 0 and fitting < SHORTEST_PIECE:
            fitting = int((full - 2 * PAD) / LEAD)
        part = [lines[done : done + fitting] for lines in row.cells]
        if done and not part[0] and len(part) > 1:
            part[0] = (CONTINUED,)
        yield _Row(tuple(part), _height(max(map(len, part))), row.bold)
        done += fitting
        room = full
