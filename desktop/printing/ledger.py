"""Ledgers (台账), landscape: any number of rows, head repeated, bound at the left (DOMAIN 3.5).

`ledger_layout.lay_out` has placed every row before the first is drawn, so 共 m 页 costs nothing; each page is one block
of text operators and one path of lines, compressed when it is full. That is what makes ten thousand rows a matter
of seconds.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from desktop.printing.cidfont import NoGlyphError
from desktop.printing.fonts import Chain, Fonts, printable
from desktop.printing.ledger_grid import PAD, Row, head_boxes
from desktop.printing.ledger_layout import (
    CARRIED,
    CARRY,
    NOTE_LEAD,
    NOTE_SIZE,
    TITLE_LEAD,
    Entries,
    Layout,
    Page,
    Place,
    lay_out,
)
from desktop.printing.paper import BOLD_SHARE, GREY_MARK, MM, RED, THIN, Ink, Paper, Pen, number
from desktop.printing.sheets import Align, LedgerSheet

TITLE_SIZE, LINE_SIZE = 18.0, 10.5
FOOT = 11.5 * MM
MARK_SIZE, MARK_BASE = 6.0, 6.5 * MM
RED_BAR = 1.4
MOST_MEASURED = 4000
PRACTICE = "（演练）"
CONTINUED = "续"


def render_ledger(
    sheet: LedgerSheet, fonts: Fonts, *, allow_missing: bool = False, after_row: int = 0
) -> bytes:
    """The ledger as PDF; equal sheets give equal bytes.

    With `allow_missing`, a character that no font has becomes a hollow box to write into and is named under the table.
    With `after_row`, so many rows are on paper already (续打): the first page is the half-used one and carries only
    the lines that follow them, at the height that a whole print gives them; pages before it are left out.

    Errors:  RuleBroken PRN-002 naming characters that no font has; EnvironmentFault PRN-001;
             ValueError for a row with too few or too many cells, or for rows that changed between two readings.
    """
    layout = lay_out(sheet, fonts)
    fonts.require(layout.missing, allow_missing=allow_missing)
    return _LedgerPress(sheet, fonts, layout).press(after_row)


class _LedgerPress:
    """One run from a layout to bytes."""

    def __init__(self, sheet: LedgerSheet, fonts: Fonts, layout: Layout) -> None:
        self._sheet = sheet
        self._fonts = fonts
        self._layout = layout
        self._shape = layout.shape
        self._title = printable(sheet.title).replace("\n", "") + (PRACTICE if sheet.practice else "")
        self._paper = Paper(
            fonts, title=self._title, author=sheet.unit, subject=sheet.period, is_tagged=False
        )
        pen = Pen(self._paper, layout.grid.chain, layout.grid.size)
        grid = layout.grid
        self._setters: list[_Shown | str | None] = [
            None
            if column not in grid.unpaired
            else f"1 0 0 1 {box[0] + PAD:.2f} "
            if box[2] == "left"
            else _Shown(pen, grid.chain, box)
            for column, box in enumerate(grid.boxes)
        ]
        self._one_by_one: list[_Shown | str | None] = [None] * len(grid.boxes)
        self._ink_widths: dict[str, float] = {}

    def press(self, after_row: int) -> bytes:
        """Draws page by page.

        Errors:  ValueError when nothing follows the rows that are on paper.
        """
        stamp, is_blank = self._stamp(), True
        used = max((page.number for page in self._layout.pages if _printed(page, after_row)), default=0)
        for page, rows in self._cut_pages():
            printed = _printed(page, after_row)
            # A page that was turned is on paper with its last line, 过次页 perhaps.
            if printed and (page.number < used or printed == len(page.places)):
                continue
            is_blank = False
            ink = Ink(self._paper)
            if not printed:
                ink.place(stamp)
                self._draw_foot(ink, page)
            self._draw_lines(ink, list(zip(page.places, rows, strict=True))[printed:])
            if not printed or page.notes:
                self._draw_notes(ink, page)
            self._paper.add_page(ink, self._shape.width, self._shape.height)
        if is_blank:
            raise ValueError(f"nothing follows row {after_row}")
        return self._paper.to_bytes()

    def _cut_pages(self) -> Iterator[tuple[Page, list[Row]]]:
        """Every page with its lines, the rows read and cut once more."""
        grid = self._layout.grid
        self._layout.breaks.rewind()
        entries = Entries(self._sheet, grid, self._layout.breaks)
        given = iter(entries)
        whole = _BLANK
        for page in self._layout.pages:
            rows: list[Row] = []
            for place in page.places:
                if place.kind == "blank":
                    rows.append(_BLANK)
                elif place.kind in _TURN_LABELS:
                    rows.append(entries.turn_line(_TURN_LABELS[place.kind]))
                else:
                    if place.lines is None or place.lines[0] == 0:
                        entry = next(given, None)
                        if entry is None or (entry.kind, entry.row) != (place.kind, place.row):
                            raise ValueError(f"row {place.row} is gone since the heights were taken")
                        whole = entry.cut
                    rows.append(whole if place.lines is None else _piece(grid.flattened(whole), place))
            yield page, rows

    # ---------------------------------------------------------------- what repeats

    def _stamp(self) -> str:
        """What is the same on every page: practice mark, title, unit, period, head, places to sign."""
        ink, sheet, shape = Ink(self._paper), self._sheet, self._shape
        if sheet.practice:
            ink.practice_mark(shape.width, shape.height)
        serif = self._fonts.chain("serif")
        room, middle = shape.right - shape.left, (shape.left + shape.right) / 2
        size = min(TITLE_SIZE, TITLE_SIZE * room / max(1.0, serif.width(self._title, TITLE_SIZE)))
        top = shape.top - TITLE_SIZE
        ink.text(middle - serif.width(self._title, size) / 2, top, self._title, size, bold=True)
        base = shape.top - TITLE_LEAD - LINE_SIZE
        period = "　".join(filter(None, (printable(sheet.period), printable(sheet.book.volume))))
        if sheet.unit:
            ink.text(shape.left, base, f"单位：{printable(sheet.unit)}", LINE_SIZE)
        ink.text(shape.right - serif.width(period, LINE_SIZE), base, period, LINE_SIZE)
        self._draw_head(ink)
        self._draw_signers(ink)
        return self._paper.add_stamp(ink, shape.width, shape.height)

    def _draw_head(self, ink: Ink) -> None:
        shape, grid, layout = self._shape, self._layout.grid, self._layout
        bottom = layout.body_top
        top = bottom + layout.head_height
        ink.fill([(shape.left, bottom, shape.right - shape.left, top - bottom)], 0.92)
        for box in head_boxes(grid, layout.head, top, bottom):
            ink.line(box.left, box.top, box.right, box.top)
            ink.line(box.left, box.top, box.left, box.bottom)
            base = box.top - grid.first_base(box.top - box.bottom, len(box.lines))
            for line in box.lines:
                wide = grid.head_chain.width(line, grid.size)
                size = min(grid.size, grid.size * (box.right - box.left - 1) / max(wide, 1.0))
                x = (box.left + box.right - wide * size / grid.size) / 2
                ink.text(x, base, line, size, style="sans")
                base -= grid.lead
        ink.line(shape.right, top, shape.right, bottom)
        ink.line(shape.left, bottom, shape.right, bottom)

    def _draw_signers(self, ink: Ink) -> None:
        shape, signers = self._shape, self._sheet.signers
        if signers:
            share = (shape.right - shape.left) * 0.78 / len(signers)
            for place, signer in enumerate(signers):
                ink.text(shape.left + place * share, FOOT, f"{printable(signer)}：", LINE_SIZE)
        mark = printable(self._sheet.print_mark)
        ink.text(shape.left, MARK_BASE, mark, MARK_SIZE, style="sans", grey=GREY_MARK)

    def _draw_foot(self, ink: Ink, page: Page) -> None:
        # The number of pages of a book that is still open is written by hand when it is bound.
        last = "　　" if self._sheet.book.is_open else str(self._layout.pages[-1].number)
        shown = f"第 {page.number} 页　共 {last} 页"
        x = self._shape.right - self._fonts.chain("serif").width(shown, LINE_SIZE)
        ink.text(x, FOOT, shown, LINE_SIZE)

    # ---------------------------------------------------------------- lines of the table

    def _draw_lines(self, ink: Ink, lines: Sequence[tuple[Place, Row]]) -> None:
        grid, shape = self._layout.grid, self._shape
        pen = Pen(self._paper, grid.chain, grid.size)
        select = f"BT {pen.select} {grid.lead:.4f} TL"
        rules, texts, bold, red = [f"{THIN} w"], [select], list[str](), list[str]()
        bars: list[tuple[float, float, float, float]] = []
        left, right = f"{shape.left:.2f}", f"{shape.right:.2f}"
        for place, row in lines:
            target = red if row.is_red else bold if row.is_bold else texts
            target.extend(self._row_texts(pen, row, place.top))
            bottom = f"{place.bottom:.2f}"
            rules.append(f"{left} {bottom} m {right} {bottom} l")
            if row.is_red:
                bars.append((shape.left, place.bottom, RED_BAR, place.height))
            if row.bands:
                rules.extend(self._band_rules(row, place.top))
        rules.extend(_uprights(grid.edges, lines))
        ink.operators += [*rules, "S", *texts, "ET"]
        if bold:
            ink.operators.append(f"q 2 Tr {number(grid.size * BOLD_SHARE)} w {select} {' '.join(bold)} ET Q")
        if red:
            boxes = " ".join(f"{x:.2f} {y:.2f} {width:.2f} {height:.2f} re" for x, y, width, height in bars)
            ink.operators.append(f"q {RED} rg {boxes} f {select} {' '.join(red)} ET Q")
        ink.write_boxes(pen)

    def _band_rules(self, row: Row, top: float) -> Iterator[str]:
        grid, y = self._layout.grid, top
        if row.span:
            return
        for level, band in enumerate(row.bands[:-1], 1):
            y -= band
            for slot in grid.stacked:
                if level >= grid.depth_of[slot]:
                    continue
                yield f"{grid.edges[slot]:.2f} {y:.2f} m {grid.edges[slot + 1]:.2f} {y:.2f} l"

    def _row_texts(self, pen: Pen, row: Row, top: float) -> list[str]:
        is_usual = not (row.bands or row.span or row.sizes)
        setters = self._setters if is_usual else self._one_by_one
        middle, bases = top - row.height / 2, dict[int, list[tuple[str, float]]]()
        found: list[str] = []
        for column, (lines, setter) in enumerate(zip(row.cells, setters, strict=False)):
            if not lines:
                continue
            if setter is None:
                found += self._cell_texts(pen, row, column, top)
                continue
            # What nearly every cell is; a ledger's time goes into these lines.
            levels = bases.get(len(lines))
            if levels is None:
                levels = bases[len(lines)] = self._levels(middle, len(lines))
            if isinstance(setter, str):
                # Each line but the first needs no place, because TL says how far it is to the next.
                try:
                    first, *others = pen.encoded_lines(lines)
                except NoGlyphError:
                    found += self._cell_texts(pen, row, column, top)
                    continue
                found.append(f"{setter}{levels[0][0]} Tm ({first}) Tj")
                found += [f"({codes}) '" for codes in others]
                continue
            for line, (level, base) in zip(lines, levels, strict=True):
                ready = setter[line]
                if ready is None:
                    found.append(pen.show(line, setter.start(line), base))
                else:
                    found.append(f"{ready[0]}{level}{ready[1]}")
        return found

    def _levels(self, middle: float, count: int) -> list[tuple[str, float]]:
        """The base lines of so many lines around the middle of a row, as operand and in points."""
        grid, levels = self._layout.grid, []
        base = middle + count * (grid.lead / 2) - grid.rise
        for _line in range(count):
            levels.append((f"{base:.2f}", base))
            base -= grid.lead
        return levels

    def _cell_texts(self, pen: Pen, row: Row, column: int, top: float) -> Iterator[str]:
        grid, lines = self._layout.grid, row.cells[column]
        left, right, align = grid.boxes[column]
        if column == 0 and row.span:
            right, align = grid.edges[row.span], "center"
        upper, height = grid.band(row, column, top)
        size = row.sizes.get(column, grid.size)
        if size != grid.size:
            yield f"/{pen.font} {number(size)} Tf"
        shown = pen if size == grid.size else pen.at(size)
        base = upper - grid.first_base(height, len(lines))
        for line in lines:
            wide = self._ink_width(line) * size if align != "left" else 0.0
            yield shown.show(line, _start((left, right, align), wide), base)
            base -= grid.lead
        if size != grid.size:
            yield pen.select

    def _ink_width(self, line: str) -> float:
        """In the unit of the size; words that come again and again are measured once."""
        found = self._ink_widths.get(line)
        if found is None:
            found = self._layout.grid.chain.ink_width(line, 1.0)
            if len(self._ink_widths) < MOST_MEASURED:
                self._ink_widths[line] = found
        return found

    def _draw_notes(self, ink: Ink, page: Page) -> None:
        y = (page.places[-1].bottom if page.places else self._layout.body_top) - 3
        for line in page.notes:
            ink.text(self._shape.left, y - NOTE_SIZE, line, NOTE_SIZE)
            y -= NOTE_LEAD


class _Shown(dict[str, tuple[str, str] | None]):
    """Lines of one column that is not set left, as operators before and after their base line; what comes again is
    set once. None for a line with a character of another font.
    """

    MOST = 1000

    def __init__(self, pen: Pen, chain: Chain, box: tuple[float, float, Align]) -> None:
        super().__init__()
        self._encoded = pen.encoded
        self._chain = chain
        self._width_of = chain.widths.__getitem__
        self._size = pen.size_pt
        self._box = box

    def __missing__(self, line: str) -> tuple[str, str] | None:
        try:
            found = f"1 0 0 1 {self.start(line):.2f} ", f" Tm ({self._encoded(line)}) Tj"
        except NoGlyphError:
            return None
        if len(self) < self.MOST:
            self[line] = found
        return found

    def start(self, line: str) -> float:
        """Where the line begins."""
        if line.isascii() and line[-1:] != " ":
            # Numbers, of which there are most: no full-width mark gives up its half.
            return _start(self._box, sum(map(self._width_of, line)) / 1000 * self._size)
        return _start(self._box, self._chain.ink_width(line, 1.0) * self._size)


def _start(box: tuple[float, float, Align], wide: float) -> float:
    """Where a line of a width begins in its column."""
    left, right, align = box
    if align == "left":
        return left + PAD
    free = right - left - 2 * PAD - wide
    return left + PAD + (free / 2 if align == "center" else free)


_BLANK = Row((), 0.0)
_TURN_LABELS = {"carried": CARRIED, "carry": CARRY}


def _printed(page: Page, after_row: int) -> int:
    """How many lines of a page are on paper when so many rows are."""
    last = 0
    for number_of, place in enumerate(page.places, 1):
        if place.kind == "row" and place.row < after_row:
            last = number_of
    return last


def _piece(row: Row, place: Place) -> Row:
    """The lines of each cell that stand at a place; 续 in the first cell when it has no more of its own."""
    start, stop = place.lines or (0, 0)
    cells = [cell[start:stop] for cell in row.cells]
    if start and not cells[0] and len(cells) > 1:
        cells[0] = (CONTINUED,)
    return row._replace(cells=cells, height=place.height)


def _uprights(edges: Sequence[float], lines: Sequence[tuple[Place, Row]]) -> Iterator[str]:
    """The upright rules, left out where a line holds several columns together."""
    if not lines:
        return
    starts = [lines[0][0].top] * len(edges)
    for place, row in lines:
        for edge in range(1, row.span):
            if starts[edge] > place.top + 0.01:
                yield f"{edges[edge]:.2f} {starts[edge]:.2f} m {edges[edge]:.2f} {place.top:.2f} l"
            starts[edge] = place.bottom
    end = lines[-1][0].bottom
    for x, start in zip(edges, starts, strict=True):
        if start > end + 0.01:
            yield f"{x:.2f} {start:.2f} m {x:.2f} {end:.2f} l"
