"""The columns of a ledger on the page, and rows cut into the lines that fit them."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, groupby, islice
from math import ceil
from typing import NamedTuple

from desktop.printing.fonts import Chain, Fonts, all_printable, needs_cleaning, printable
from desktop.printing.ledger_sums import Running
from desktop.printing.paper import A4_PT, MM
from desktop.printing.sheets import Align, LedgerColumn, LedgerGrid, LedgerSheet, RedRow
from desktop.printing.wrap import UNIT, balanced, fit, has_pairs, ink_width, short_names, widest_piece, wrap

TOP_MM, RIGHT_MM, BOTTOM_MM = 12.0, 12.0, 19.0
PAD = 2.2
ROW_MIN = 8 * MM
"""Rows leave room for a note by hand."""
BAND_MIN = 4.6 * MM
"""Of columns that stand under each other, each has so much at least."""
SIZES = (9.0, 8.5, 8.0, 7.5, 7.0)
"""Steps of type: the first at which every column has what it needs."""
LEADING = 11.5 / 9
SMALLEST = 4.5
"""A number or name wider than its column is set smaller, but not below this; then it is cut."""

RUN_MAX = 36 * MM
"""A longer run, a web address perhaps, does not widen its column."""
LABEL_WHOLE = 2
"""A label of so few characters is not broken either."""
CHUNK = 1000
_WIDEST = 1100
"""No character of the fonts is wider, in thousandths of the size."""

Lines = Sequence[str]


@dataclass(frozen=True)
class PageShape:
    """The page and the area of the table. Units: points from the lower left corner."""

    width: float
    height: float
    left: float
    right: float
    top: float
    bottom: float


def page_shape(sheet: LedgerSheet) -> PageShape:
    """Landscape, bound at the left (DOMAIN 3.5)."""
    short, long = A4_PT if sheet.paper == "A4" else (A4_PT[1], 2 * A4_PT[0])
    return PageShape(
        long, short, sheet.binding_mm * MM, long - RIGHT_MM * MM, short - TOP_MM * MM, BOTTOM_MM * MM
    )


class Row(NamedTuple):
    """A row cut into lines.

    `bands` are the heights of columns under each other, `sizes` the type of cells that are set smaller.
    """

    cells: Sequence[Lines]
    height: float
    bands: tuple[float, ...] = ()
    sizes: Mapping[int, float] = {}
    is_red: bool = False
    is_bold: bool = False
    span: int = 0
    """So many slots at the left hold the first cell together."""


class Breaks:
    """Where the lines of all cells end, found when the heights are taken and used when they are drawn.

    Four bytes a line: the lines themselves would be most of a ledger's memory, and to find them again a fifth of its
    time.
    """

    def __init__(self) -> None:
        self._kept = array("I")
        self._next = -1

    def rewind(self) -> None:
        """From now on the lines are recalled, in the same order."""
        self._next = 0

    @property
    def is_kept(self) -> bool:
        """Whether lines are recalled now."""
        return self._next >= 0

    def keep(self, lines: Lines) -> Lines:
        """Keeps where the lines of the next cell end."""
        self._kept.append(len(lines))
        self._kept.extend(map(len, lines))
        return lines

    def recall(self, text: str) -> Lines:
        """The lines of the next cell.

        Errors:  ValueError when its text is not the one that was kept.
        """
        kept, first = self._kept, self._next + 1
        self._next = stop = first + kept[first - 1]
        lines, at = [], 0
        for length in kept[first:stop]:
            lines.append(text[at : at + length])
            at += length
            # A line that ends where the text has a newline was the last of its paragraph.
            at += text[at : at + 1] == "\n"
        if at != len(text):
            raise ValueError("a cell changed since the heights were taken")
        return lines


# ------------------------------------------------------------------------------------------------------------ survey


class ColumnNeeds:
    """What the cells of one column ask for, learned a chunk at a time.

    Units:   `run` in thousandths of the size: the width of the longest number, word or short name.
    """

    def __init__(self, column: LedgerColumn, chain: Chain) -> None:
        self._column = column
        self._widths = chain.widths
        self.run = 0.0
        self.longest = 0
        self._is_plain = self.is_run = True
        self.has_pairs = False
        self._seen: set[str] = set()
        label = printable(column.label)
        self.run = widest_piece(label, self._widths)
        if len(label) <= LABEL_WHOLE:
            self._measure({label})

    def learn(self, cells: Sequence[str], joined: str) -> None:
        """Takes in some cells, given also joined by newlines."""
        found = UNIT.findall(joined)
        runs = set(found)
        # Digits differ a little in width; taken as the widest, a thousand numbers are one pattern.
        patterns = set("\n".join(runs).translate(_DIGITS).split("\n"))
        if self._column.is_name:
            patterns |= {joined[start:stop] for start, stop in short_names(joined)}
        self._measure(patterns)
        self.longest = max(self.longest, *map(len, cells))
        breaks = joined.count("\n")
        self.has_pairs = self.has_pairs or has_pairs(joined)
        self._is_plain = self._is_plain and breaks == len(cells) - 1
        is_run = sum(map(len, found)) + breaks == len(joined) and len(found) <= len(cells)
        self.is_run = self.is_run and is_run

    def _measure(self, patterns: set[str]) -> None:
        for pattern in patterns - self._seen:
            self.run = max(self.run, ink_width(pattern, self._widths))
        if len(self._seen) < CHUNK:
            self._seen |= patterns

    def is_one_line(self, room: float) -> bool:
        """Whether every cell surely takes one line in so much room, so that none has to be measured."""
        return self._is_plain and (self.run if self.is_run else self.longest * _WIDEST) <= room


_DIGITS = {ord(digit): "4" for digit in "0123456789"}


@dataclass(frozen=True)
class Survey:
    """What one reading of the rows tells."""

    columns: Sequence[ColumnNeeds]
    characters: frozenset[str]
    count: int

    @property
    def is_clean(self) -> bool:
        """Whether no text has invisible characters or line ends of other systems."""
        return not needs_cleaning("".join(self.characters))


def survey(sheet: LedgerSheet, fonts: Fonts) -> Survey:
    """Reads all rows once.

    Errors:  ValueError for a row with too few or too many cells, or for words in a column that is summed.
    """
    chain = fonts.chain("serif")
    needs = [ColumnNeeds(column, chain) for column in sheet.columns]
    running = Running(sheet.columns, sheet.book.opening)
    characters: set[str] = set()
    expected, count = len(sheet.columns), 0
    extra = [row for row in (sheet.totals, sheet.book.opening) if row is not None]
    sums = any(column.sums for column in sheet.columns)
    for chunk in _chunks(sheet, extra):
        for row in chunk:
            if len(row) != expected:
                raise ValueError(f"a row has {len(row)} cells for {expected} columns")
        count += len(chunk)
        if sums:
            for row in chunk:
                running.add(row)
        for need, cells in zip(needs, zip(*chunk, strict=True), strict=True):
            joined = "\n".join(cells)
            characters.update(joined)
            need.learn(cells, joined)
    for place, words in running.words().items():
        needs[place].learn((words,), words)
    return Survey(needs, frozenset(characters), count - len(extra))


def _chunks(sheet: LedgerSheet, extra: Sequence[Sequence[str]]) -> Iterator[Sequence[Sequence[str]]]:
    if extra:
        yield extra
    rows = iter(sheet.each_row())
    while chunk := list(islice(rows, CHUNK)):
        yield chunk


# -------------------------------------------------------------------------------------------------------------- grid


@dataclass(frozen=True)
class Grid:
    """The columns on the page. A slot is what stands beside others: one column, or some under each other."""

    chain: Chain
    head_chain: Chain
    columns: tuple[LedgerColumn, ...]
    edges: tuple[float, ...]
    size: float
    row_step: float
    one_line: frozenset[int]
    crowded: frozenset[int]
    is_clean: bool
    unpaired: frozenset[int] = frozenset()
    """Columns in which no mark stands beside another: their lines are drawn as they are."""

    @cached_property
    def lead(self) -> float:
        """From line to line."""
        return self.size * LEADING

    @cached_property
    def slot_of(self) -> tuple[int, ...]:
        """The slot of each column."""
        return tuple(accumulate((int(not column.is_under) for column in self.columns), initial=-1))[1:]

    @cached_property
    def first_of(self) -> tuple[int, ...]:
        """The first column of each slot."""
        return tuple(place for place, column in enumerate(self.columns) if not column.is_under)

    @cached_property
    def level_of(self) -> tuple[int, ...]:
        """How deep each column stands under the first of its slot."""
        levels: list[int] = []
        for column in self.columns:
            levels.append(levels[-1] + 1 if column.is_under else 0)
        return tuple(levels)

    @cached_property
    def stacked(self) -> frozenset[int]:
        """The slots of columns under each other."""
        return frozenset(
            slot for slot, column in zip(self.slot_of, self.columns, strict=True) if column.is_under
        )

    @cached_property
    def depth_of(self) -> Mapping[int, int]:
        """Of how many columns each slot is made."""
        return Counter(self.slot_of)

    @property
    def depth(self) -> int:
        """Of how many columns the highest slot is made."""
        return max(self.depth_of.values())

    @cached_property
    def broken(self) -> tuple[int, ...]:
        """The columns whose cells may need more than one line."""
        return tuple(column for column in range(len(self.columns)) if column not in self.one_line)

    @cached_property
    def rooms(self) -> tuple[float, ...]:
        """Room for text in each column, in thousandths of the size."""
        return tuple(self.room_pt(column) / self.size * 1000 for column in range(len(self.columns)))

    def room_pt(self, column: int) -> float:
        """Room for text in a column in points."""
        slot = self.slot_of[column]
        return self.edges[slot + 1] - self.edges[slot] - 2 * PAD

    @cached_property
    def boxes(self) -> tuple[tuple[float, float, Align], ...]:
        """Left and right edge of each column and how its text is set."""
        return tuple(
            (self.edges[slot], self.edges[slot + 1], column.align)
            for slot, column in zip(self.slot_of, self.columns, strict=True)
        )

    def band(self, row: Row, column: int, top: float) -> tuple[float, float]:
        """Upper edge and height of a column's part of a row."""
        if not row.bands or self.slot_of[column] not in self.stacked:
            return top, row.height
        level = self.level_of[column]
        upper = top - sum(row.bands[:level])
        # A slot of fewer columns than the deepest gives the rest to its last one.
        is_last = level + 1 == self.depth_of[self.slot_of[column]]
        return upper, (upper - top + row.height) if is_last else row.bands[level]

    def first_base(self, height: float, lines: int) -> float:
        """From the top of a row down to the base line of its first line, the lines standing in the middle."""
        return (height - lines * self.lead) / 2 + self.rise

    @cached_property
    def _heights(self) -> dict[int, float]:
        """By number of lines, so that each is computed once."""
        return {}

    @cached_property
    def rise(self) -> float:
        """From the top of a line down to its base line."""
        return (self.lead - self.size) / 2 + self.size * 0.86

    def frozen(self) -> LedgerGrid:
        """What makes a later print fall on the same places."""
        widths = tuple(right - left for left, right in zip(self.edges, self.edges[1:], strict=False))
        return LedgerGrid(self.size, widths)

    # ---------------------------------------------------------------- rows

    def row(self, values: Sequence[str], breaks: Breaks, *, is_bold: bool = False) -> Row:
        """A row cut into lines, at least as high as the rule says."""
        widths, rooms, hang = self.chain.widths, self.rooms, PAD / self.size * 1000
        sizes: dict[int, float] = {}
        texts = values if self.is_clean else all_printable(values)
        cells: list[Lines] = [(text,) if text else () for text in texts]
        for column in self.broken:
            text = texts[column]
            if not text:
                continue
            if column in self.crowded:
                room, is_name = self.room_pt(column), self.columns[column].is_name
                found = fit(text, widths, room, self.size, smallest_pt=SMALLEST, hang_pt=PAD, names=is_name)
                cells[column] = found.lines
                if found.size_pt < self.size:
                    sizes[column] = found.size_pt
            elif breaks.is_kept:
                cells[column] = breaks.recall(text)
            else:
                names = self.columns[column].is_name
                cells[column] = breaks.keep(wrap(text, widths, rooms[column], hang=hang, names=names))
        is_red = type(values) is RedRow
        if self.stacked:
            height, bands = self._stacked_height(cells)
            return Row(cells, height, bands, sizes, is_red, is_bold)
        count = max(map(len, cells))
        height = self._heights.get(count) or self._heights.setdefault(count, self.height(count))
        return Row(cells, height, (), sizes, is_red, is_bold)

    def _stacked_height(self, cells: Sequence[Lines]) -> tuple[float, tuple[float, ...]]:
        lines, single = [0] * self.depth, 0
        for column, found in enumerate(cells):
            if self.slot_of[column] in self.stacked:
                level = self.level_of[column]
                lines[level] = max(lines[level], len(found))
            else:
                single = max(single, len(found))
        bands = [max(BAND_MIN, count * self.lead + PAD) for count in lines]
        height = max(self.height(single), self._stepped(sum(bands)))
        more = (height - sum(bands)) / self.depth
        return height, tuple(band + more for band in bands)

    def flattened(self, row: Row) -> Row:
        """The row with the lines of columns under each other in the first of them: so it is parted over pages."""
        if not row.bands:
            return row
        cells: list[Lines] = list(row.cells)
        first = 0
        for column, lines in enumerate(row.cells):
            if self.columns[column].is_under:
                cells[first], cells[column] = [*cells[first], *lines], ()
            else:
                first = column
        return row._replace(cells=cells, bands=())

    def height(self, lines: int) -> float:
        """The height of a row of so many lines."""
        return self._stepped(max(ROW_MIN, lines * self.lead + 2 * PAD))

    def _stepped(self, height: float) -> float:
        if not self.row_step:
            return height
        return ceil((height - PAD - 0.01) / self.row_step) * self.row_step

    def summary(self, label: str, words: Mapping[int, str]) -> Row:
        """A line of sums: its label over the columns before the first that is summed, one line high."""
        span = min((self.slot_of[column] for column in words), default=len(self.edges) - 1)
        cells: list[Lines] = [()] * len(self.columns)
        sizes: dict[int, float] = {}
        room = self.edges[max(span, 1)] - self.edges[0] - 2 * PAD
        for column, text, free in (
            (0, label, room),
            *((column, text, self.room_pt(column)) for column, text in words.items()),
        ):
            cells[column] = (text,)
            wide = self.chain.width(text, self.size)
            if wide > free:
                sizes[column] = self.size * free / wide
        bands = (self.summary_height / self.depth,) * self.depth if self.stacked else ()
        return Row(cells, self.summary_height, bands, sizes, is_bold=True, span=max(span, 1))

    @cached_property
    def summary_height(self) -> float:
        """The height of a line of sums."""
        return max(self.height(1), self._stepped(self.depth * max(BAND_MIN, self.lead + PAD / 2)))

    def head(self) -> Sequence[Lines]:
        """The labels cut into lines."""
        widths = self.head_chain.widths
        labels = [printable(column.label) for column in self.columns]
        # A label that no line of its box can hold is drawn smaller, never broken against a rule.
        return [
            balanced(label, widths, max(room, widest_piece(label, widths))) if label else ()
            for label, room in zip(labels, self.rooms, strict=True)
        ]


def grid_of(sheet: LedgerSheet, fonts: Fonts, found: Survey, shape: PageShape) -> Grid:
    """The columns of a sheet on its page."""
    chain = fonts.chain("serif")
    columns = sheet.columns
    if not columns or columns[0].is_under or columns[0].sums:
        raise ValueError("the first column stands for itself and is not summed")
    slots: list[list[int]] = []
    for place, column in enumerate(columns):
        if column.is_under:
            slots[-1].append(place)
        else:
            slots.append([place])
    if sheet.grid is None:
        size, widths = _widths(columns, slots, found, shape.right - shape.left)
    else:
        size, widths = sheet.grid.size_pt, list(sheet.grid.widths_pt)
        if len(widths) != len(slots):
            raise ValueError(f"a grid of {len(widths)} widths for {len(slots)} columns")
    edges = tuple(accumulate(widths, initial=shape.left))
    room_of = {
        place: (widths[slot] - 2 * PAD) / size * 1000 for slot, places in enumerate(slots) for place in places
    }
    needs = dict(enumerate(found.columns))
    return Grid(
        chain,
        fonts.chain("sans"),
        columns,
        edges,
        size,
        sheet.book.row_mm * MM,
        frozenset(place for place, need in needs.items() if need.is_one_line(room_of[place])),
        frozenset(place for place, need in needs.items() if need.run > room_of[place]),
        found.is_clean,
        frozenset(place for place, need in needs.items() if found.is_clean and not need.has_pairs),
    )


def _widths(
    columns: Sequence[LedgerColumn], slots: Sequence[Sequence[int]], found: Survey, room: float
) -> tuple[float, list[float]]:
    """Type and widths: the largest type at which labels and texts read well, else at which nothing is cut."""
    wanted = [max(columns[place].width_mm for place in places) for places in slots]
    needs: list[float] = []
    for wish in (_pleasant, _needed):
        for size in SIZES:
            needs = [max(wish(found.columns[place], size) for place in places) for places in slots]
            if sum(needs) < room:
                return size, _fitted(wanted, needs, room)
    least = [max(_needed(found.columns[place], SMALLEST) for place in places) for places in slots]
    return SIZES[-1], _capped(needs, least, room)


def _needed(need: ColumnNeeds, size: float) -> float:
    """Room for the longest number, so that it is not cut, and for a character with a mark beside it."""
    return min(max(need.run, 1000.0 if need.is_run else 2000.0) * size / 1000 + 2 * PAD + 0.5, RUN_MAX)


def _pleasant(need: ColumnNeeds, size: float) -> float:
    """Two characters a line read better than one below the other, and long texts want four."""
    characters = 2 if need.longest <= LONG_TEXT else 4
    return max(_needed(need, size), characters * size + 2 * PAD + 0.5)


LONG_TEXT = 12


def _fitted(wanted: list[float], needs: list[float], room: float) -> list[float]:
    """Widths in the wanted shares that fill the room, none below its need; together the needs are less than it."""
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


def _capped(needs: list[float], least: list[float], room: float) -> list[float]:
    """Too little room for all: the widest give, down to what their numbers need in the smallest type."""

    def widths(cap: float) -> list[float]:
        return [max(low, min(need, cap)) for need, low in zip(needs, least, strict=True)]

    low, high = 0.0, max(needs)
    for _step in range(40):
        cap = (low + high) / 2
        low, high = (low, cap) if sum(widths(cap)) > room else (cap, high)
    found = widths(low)
    return [width / sum(found) * room for width in found]


# -------------------------------------------------------------------------------------------------------------- head


class HeadBox(NamedTuple):
    """One label in its box."""

    left: float
    right: float
    top: float
    bottom: float
    lines: Lines


def head_height(grid: Grid, head: Sequence[Lines]) -> float:
    """High enough for the longest label, for labels under each other, and for a group over them."""
    heights: dict[int, float] = {}
    for column, lines in enumerate(head):
        slot = grid.slot_of[column]
        own = max(1, len(lines)) * grid.lead + (PAD if slot in grid.stacked else 2 * PAD)
        heights[slot] = heights.get(slot, 0.0) + own
        if grid.columns[column].group and not grid.columns[column].is_under:
            heights[slot] += grid.lead + 2 * PAD
    return max(ROW_MIN, *heights.values())


def head_boxes(grid: Grid, head: Sequence[Lines], top: float, bottom: float) -> Iterator[HeadBox]:
    """The labels in their boxes: a group over its columns, columns of a slot one under the other."""
    tops = [top] * (len(grid.edges) - 1)
    for group, slots in groupby(range(len(tops)), key=lambda slot: grid.columns[grid.first_of[slot]].group):
        if group:
            held = list(slots)
            lower = top - grid.lead - 2 * PAD
            yield HeadBox(grid.edges[held[0]], grid.edges[held[-1] + 1], top, lower, (printable(group),))
            for slot in held:
                tops[slot] = lower
    lines_of: dict[int, list[Lines]] = {}
    for column, lines in enumerate(head):
        lines_of.setdefault(grid.slot_of[column], []).append(lines)
    for slot, labels in lines_of.items():
        counts = [max(1, len(lines)) for lines in labels]
        upper, room = tops[slot], tops[slot] - bottom
        for lines, count in zip(labels, counts, strict=True):
            lower = upper - room * count / sum(counts)
            yield HeadBox(grid.edges[slot], grid.edges[slot + 1], upper, lower, lines)
            upper = lower
