"""Where every row of a ledger stands: pure, and the same for a whole print and for one that goes on with a page (续打).

Heights first: the rows are read once for what the columns need, once to place them, and again to be drawn. Between the
readings only places are kept, so that a ledger of fifty thousand rows takes little more room than its pages.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from desktop.printing.fonts import Fonts, hand_note, printable
from desktop.printing.ledger_grid import (
    PAD,
    Breaks,
    Grid,
    PageShape,
    Row,
    grid_of,
    head_height,
    page_shape,
    survey,
)
from desktop.printing.ledger_sums import Running, month_of
from desktop.printing.sheets import LedgerGrid, LedgerSheet
from desktop.printing.wrap import wrap

Kind = Literal["row", "month", "sum", "total", "carried", "carry", "blank", "empty"]
"""An entry; 本月合计, 累计, 合计; 承前页, 过次页; a blank line, 零报告."""

TITLE_LEAD, LINE_LEAD = 26.0, 16.0
NOTE_SIZE, NOTE_LEAD = 8.5, 12.0
SHORTEST_PIECE = 3
"""Lines of a row taller than a page that must fit before it is begun on a page."""
_NEAR = 0.01

MONTH, SUM, TOTAL, CARRIED, CARRY = "本月合计", "累计", "合计", "承前页", "过次页"
EMPTY = "本期无记录（零报告）"


class Place(NamedTuple):
    """One line of the table on its page.

    Shape:   `row` counts the rows of the sheet from 0; a line that is no row has the number of the row before it,
             -1 before the first. `lines` is the part of a row taller than a page, None for a whole one.
    Units:   `top` (upper edge) and `height` in points; y grows upwards from the lower edge of the page.
    """

    kind: Kind
    row: int
    top: float
    height: float
    lines: tuple[int, int] | None = None

    @property
    def bottom(self) -> float:
        """The lower edge."""
        return self.top - self.height


@dataclass(frozen=True)
class Page:
    """One page: its number in the book, its lines from above, its notes."""

    number: int
    places: Sequence[Place]
    notes: Sequence[str] = ()


@dataclass(frozen=True)
class Layout:
    """All pages of a ledger.

    Keep `frozen()` with a book and give it back as `LedgerSheet.grid`: columns are not measured anew then, and rows
    that were printed stay where they are when others follow.
    """

    shape: PageShape
    grid: Grid
    head: Sequence[Sequence[str]]
    head_height: float
    pages: Sequence[Page]
    breaks: Breaks
    missing: Sequence[str]
    """Characters that no font has: named under the table, to be written into their boxes."""

    @property
    def body_top(self) -> float:
        """Where the first line of a page begins."""
        return self.shape.top - TITLE_LEAD - LINE_LEAD - self.head_height

    def frozen(self) -> LedgerGrid:
        """The type and widths to keep for later prints."""
        return self.grid.frozen()

    def page_of(self, row: int) -> Page:
        """The page on which a row begins.

        Errors:  LookupError when there is no such row.
        """
        for page in self.pages:
            if any(place.kind == "row" and place.row == row for place in page.places):
                return page
        raise LookupError(f"no row {row}")


def lay_out(sheet: LedgerSheet, fonts: Fonts) -> Layout:
    """Places all rows; the drawing and 续打 both go by it.

    Errors:  ValueError for a row with too few or too many cells; EnvironmentFault PRN-001.
    """
    shape, found = page_shape(sheet), survey(sheet, fonts)
    grid = grid_of(sheet, fonts, found, shape)
    head = grid.head()
    height = head_height(grid, head)
    missing = fonts.missing((*_texts(sheet), "".join(found.characters)))
    notes = [*map(printable, sheet.footnotes), *([hand_note(missing)] if missing else [])]
    breaks = Breaks()
    placing = _Placing(sheet, grid, breaks, shape.top - TITLE_LEAD - LINE_LEAD - height, shape.bottom)
    pages = placing.pages(_note_lines(notes, grid, shape))
    return Layout(shape, grid, head, height, pages, breaks, missing)


def _texts(sheet: LedgerSheet) -> Iterator[str]:
    yield from (sheet.title, sheet.unit, sheet.period, sheet.print_mark, sheet.book.volume)
    yield from (*sheet.footnotes, *sheet.signers)
    yield from (part for column in sheet.columns for part in (column.label, column.group))


def _note_lines(notes: Sequence[str], grid: Grid, shape: PageShape) -> list[str]:
    room = (shape.right - shape.left) / NOTE_SIZE * 1000
    return [line for note in notes for line in wrap(note, grid.chain.widths, room)]


# ----------------------------------------------------------------------------------------------------------- entries


class Entry(NamedTuple):
    """One line of the table before it has its place; cut when it is asked for."""

    kind: Kind
    row: int
    cut: Row


class Entries:
    """The lines of a ledger in order; while they are read, `running` is the sum of all rows given out."""

    def __init__(self, sheet: LedgerSheet, grid: Grid, breaks: Breaks) -> None:
        self._sheet = sheet
        self._grid = grid
        self._breaks = breaks
        self.running = Running(sheet.columns, sheet.book.opening)
        self.row = -1

    def __iter__(self) -> Iterator[Entry]:
        """Rows, after each month its sums, at the end the total.

        Errors:  ValueError when a row comes in a month before that of the row above it.
        """
        sheet, grid = self._sheet, self._grid
        is_summed = any(column.sums for column in sheet.columns)
        place, month = sheet.month_column, (0, 0)
        of_month = Running(sheet.columns)
        for row, values in enumerate(sheet.each_row()):
            if place is not None:
                own = month_of(values[place]) or month
                if own < month:
                    raise ValueError(f"row {row} of {own} follows one of {month}")
                if own != month and of_month.count:
                    yield from self._month_end(of_month)
                    of_month = Running(sheet.columns)
                month = own
                of_month.add(values)
            if is_summed:
                self.running.add(values)
            self.row = row
            yield Entry("row", row, grid.row(values, self._breaks))
        yield from self._ends(of_month)

    def _ends(self, of_month: Running) -> Iterator[Entry]:
        book, totals = self._sheet.book, self._sheet.totals
        if book.is_open:
            return
        if self.row < 0 and not book.fills_page:
            blank = self._grid.summary(EMPTY, {})
            yield Entry("empty", -1, blank._replace(height=2 * blank.height, is_bold=False))
        if of_month.count:
            yield from self._month_end(of_month)
        if totals is not None:
            yield Entry("total", self.row, self._grid.row(totals, self._breaks, is_bold=True))

    def _month_end(self, of_month: Running) -> Iterator[Entry]:
        label = f"{MONTH}（{of_month.count}条）"
        yield Entry("month", self.row, self._grid.summary(label, of_month.words()))
        yield Entry("sum", self.row, self._grid.summary(SUM, self.running.words()))

    def turn_line(self, label: str) -> Row:
        """承前页 or 过次页 after the rows given out so far."""
        return self._grid.summary(label, self.running.words())


# ----------------------------------------------------------------------------------------------------------- placing


class _Placing:
    """Fills page after page from above."""

    def __init__(self, sheet: LedgerSheet, grid: Grid, breaks: Breaks, top: float, bottom: float) -> None:
        self._book = sheet.book
        self._grid = grid
        self._top = top
        self._line = grid.summary_height
        self._blank = grid.height(1)
        self._carries = sheet.book.carries and any(column.sums for column in sheet.columns)
        self._bottom = bottom + (self._line if self._carries else 0.0)
        self._entries = Entries(sheet, grid, breaks)
        self._pages: list[Page] = []
        self._places: list[Place] = []
        self._y = top
        self._row = -1

    def pages(self, notes: Sequence[str]) -> list[Page]:
        """All pages; the notes stand under the last line, on a page of their own if they must."""
        self._begin(has_opening=self._book.opening is not None)
        for entry in self._entries:
            if entry.cut.height <= self._full:
                if entry.cut.height > self._y - self._bottom + _NEAR and self._has_entries:
                    self._turn()
                self._add(entry.kind, entry.row, entry.cut.height)
            else:
                self._add_pieces(entry)
        shown = self._place_notes(notes)
        self._pages.append(Page(self._number, self._places, shown))
        return self._pages

    @property
    def _number(self) -> int:
        return self._book.first_page + len(self._pages)

    @property
    def _full(self) -> float:
        """What a page holds that begins with 承前页 where the book has it."""
        return self._top - self._bottom - (self._line if self._carries else 0.0)

    @property
    def _has_entries(self) -> bool:
        return any(place.kind != "carried" for place in self._places)

    def _begin(self, *, has_opening: bool) -> None:
        self._places, self._y = [], self._top
        if has_opening and self._grid.columns:
            self._add("carried", self._row, self._line)

    def _turn(self) -> None:
        if self._carries:
            self._add("carry", self._row, self._line)
        self._pages.append(Page(self._number, self._places))
        self._begin(has_opening=self._carries)

    def _add(self, kind: Kind, row: int, height: float, lines: tuple[int, int] | None = None) -> None:
        self._places.append(Place(kind, row, self._y, height, lines))
        self._y -= height
        self._row = row

    def _add_pieces(self, entry: Entry) -> None:
        """A row taller than a page, in pieces."""
        lead, count = self._grid.lead, max(map(len, self._grid.flattened(entry.cut).cells))
        done = 0
        while done < count:
            fitting = int((self._y - self._bottom - 2 * PAD + _NEAR) / lead)
            if self._has_entries and fitting < min(SHORTEST_PIECE, count - done):
                self._turn()
                continue
            stop = min(count, done + max(1, fitting))
            height = min(self._grid.height(stop - done), max(self._y - self._bottom, self._line))
            self._add(entry.kind, entry.row, height, (done, stop))
            done = stop

    def _place_notes(self, notes: Sequence[str]) -> Sequence[str]:
        """Turns pages for the notes as needed, rules what stays blank; the notes of the last page."""
        self._bottom -= self._line if self._carries else 0.0
        own = list(notes)
        room = self._y - self._bottom
        while own and room < len(own) * NOTE_LEAD + 3:
            fitting = max(0, int((room - 3) / NOTE_LEAD))
            self._pages.append(Page(self._number, self._places, own[:fitting]))
            own = own[fitting:]
            self._begin(has_opening=False)
            room = self._y - self._bottom
        if self._book.fills_page:
            while self._y - self._bottom - len(own) * NOTE_LEAD >= self._blank - _NEAR:
                self._add("blank", self._row, self._blank)
        return own
