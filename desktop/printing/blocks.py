"""Sets the parts of a form into a column: text, grid, long text in a box, places for marks, groups of characters."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from itertools import groupby

from desktop.printing.column import Column, Line, by_paragraph, lines_together, paragraph
from desktop.printing.fonts import Style, printable
from desktop.printing.marks import ASCENT, set_marks
from desktop.printing.paper import FRAME, MM
from desktop.printing.rows import set_cut, set_table
from desktop.printing.sheets import (
    SIZE_BODY_PT,
    SIZE_SMALL_PT,
    SIZE_TITLE_PT,
    Cell,
    Cut,
    Field,
    Flow,
    GridRow,
    Groups,
    Heading,
    Part,
    Rule,
    Signatures,
    Space,
    Table,
    Text,
    Turn,
)
from desktop.printing.wrap import balanced, fit, longest_run, wrap

SIZE = SIZE_BODY_PT
LEAD, FLOW_LEAD = 17.0, 20.0
PAD, PAD_ABOVE = 4.5, 4.0
ROW_MIN = 9 * MM
SMALLEST = 6.0
"""A number that its box cannot hold is set smaller, down to this, and not cut."""
ROW_KEPT, ROW_LINES = 0.3, 3
"""A row up to this share of a page goes to the next one whole; a taller one is cut, so many lines at least before."""
CELL_LINES = 3
"""A value of more lines in a row of several gets a row of its own."""
LABEL_CHARACTERS = 6
"""A label in the grid is broken when it is longer."""
LABEL_SHARE = 0.55
GAP = 3 * MM
HEADED_TABLE = 30 * MM
"""A heading, the head of the table under it, and its first row."""
BLANK_BELOW = "（以下空白）"
CONTINUED = "（续）"


def texts_of(parts: object) -> Iterable[str]:
    """All text of the parts, to look for characters that no font has; with it the plain words that say how to set."""
    if isinstance(parts, str):
        yield parts
    elif isinstance(parts, Iterable):
        for part in parts:
            yield from texts_of(part)
    elif is_dataclass(parts):
        for field in fields(parts):
            yield from texts_of(getattr(parts, field.name))


def set_parts(column: Column, parts: Sequence[Part]) -> None:
    """Sets parts one under the other; neighbouring rows of the grid share one alignment of their labels."""
    number = 0
    for is_row, group in groupby(parts, key=lambda part: isinstance(part, GridRow | Field)):
        if is_row:
            rows = [_cells_of(part) for part in group if isinstance(part, GridRow | Field)]
            _set_grid(column, rows)
            number += len(rows)
        else:
            for part in group:
                number += 1
                _keep_heading(column, part, parts[number : number + 1])
                _set_part(column, part)


def _keep_heading(column: Column, part: Part, following: Sequence[Part]) -> None:
    """What stands in heavy type over a table goes to the next page with it."""
    is_head = isinstance(part, Heading) or (isinstance(part, Text) and part.bold and "\n" not in part.text)
    if is_head and any(isinstance(one, Table) for one in following):
        column.reserve(HEADED_TABLE)


def _set_part(column: Column, part: Part) -> None:
    match part:
        case Text():
            set_text(column, part)
        case Flow():
            _set_flow(column, part)
        case Table():
            _enter_grid(column)
            set_table(column, part)
        case Field() | GridRow():
            _set_grid(column, [_cells_of(part)])
        case _:
            leave_grid(column)
            _set_outside(column, part)


def _set_outside(column: Column, part: Part) -> None:
    """What stands outside the grid."""
    match part:
        case Signatures():
            set_marks(column, part.places)
        case Heading():
            set_heading(column, part.text, SIZE_BODY_PT, SIZE_BODY_PT * 1.6)
        case Rule():
            column.gap(2 * MM)
            column.ink.line(column.frame.left, column.y, column.frame.right, column.y, FRAME)
            column.gap(2 * MM)
        case Space():
            column.gap(part.mm * MM)
        case Groups():
            _set_groups(column, part)
        case Cut():
            set_cut(column, part)
        case Turn() if not column.at_top:
            column.turn()


def set_text(column: Column, part: Text) -> None:
    """Paragraphs of running text, justified; centred and right-aligned ones are not."""
    leave_grid(column)
    chain, frame, size, lead = column.chain(), column.frame, part.size_pt, _text_lead(part)
    lines = _text_lines(column, part)
    role = "H1" if size >= SIZE_TITLE_PT else "P"
    for own in by_paragraph(lines):
        with column.paper.part(role):
            for number, line in own:
                column.reserve(lead * lines_together(lines, number))
                x = frame.left + line.dx
                if part.align != "left":
                    free = frame.width - chain.width(line.text, size)
                    x += free / 2 if part.align == "center" else free
                base = column.y - (lead - size) / 2 - size * ASCENT
                column.ink.text(x, base, line.text, size, bold=part.bold, spacing=line.spacing)
                column.y -= lead


def set_heading(column: Column, text: str, size: float, lead: float, style: Style = "sans") -> None:
    """A heading that never stands alone at the foot of a page; in 黑体, unless another style is named."""
    chain = column.chain(style)
    lines = list(paragraph(text, chain, size, column.frame.width, indent=2))
    column.reserve((len(lines) + 2) * lead)
    with column.paper.part("H2"):
        for line in lines:
            base = column.y - (lead - size) / 2 - size * ASCENT
            column.ink.text(
                column.frame.left + line.dx, base, line.text, size, style=style, spacing=line.spacing
            )
            column.y -= lead


def _text_lead(part: Text) -> float:
    return part.size_pt * (1.6 if part.size_pt <= SIZE_BODY_PT else 1.45)


def _text_lines(column: Column, part: Text) -> list[Line]:
    chain, width = column.chain(), column.frame.width
    if part.align == "left":
        return list(paragraph(part.text, chain, part.size_pt, width, part.indent, hang=part.size_pt / 2))
    broken = balanced(printable(part.text), chain.widths, width / part.size_pt * 1000)
    return [Line(line.rstrip(" "), is_first=True, is_last=True) for line in broken]


def mark_blank_below(column: Column, following: float) -> None:
    """以下空白 under the end of the text, so that nothing can be added there after signing.

    Left out where there is no room for it, or where it would push what follows, of that height, to the next page.
    """
    needed = FLOW_LEAD + GAP
    if column.room >= needed and not following <= column.room < following + needed:
        set_text(column, Text(BLANK_BELOW, SIZE_SMALL_PT, "center"))


def lines_height(column: Column, texts: Iterable[Text]) -> float:
    """The height of paragraphs with the gap above each."""
    return sum(len(_text_lines(column, part)) * _text_lead(part) + GAP for part in texts)


def leave_grid(column: Column) -> None:
    """A gap under the grid, when the column stands in one."""
    if column.in_grid:
        column.gap(GAP)
        column.in_grid = False


def _enter_grid(column: Column) -> None:
    if not column.in_grid:
        column.gap(GAP / 2)
        column.in_grid = True


# -------------------------------------------------------------------------------------------------------------- grid


@dataclass(frozen=True, slots=True)
class _Box:
    """One box of the grid with its lines."""

    x: float
    width: float
    lines: Sequence[str]
    is_label: bool
    size: float = SIZE


_LabelWidths = dict[tuple[tuple[float, ...], int], float]
"""By the shares of a row and the place in it."""


def _cells_of(part: GridRow | Field) -> Sequence[Cell]:
    return (Cell(part.label, part.value),) if isinstance(part, Field) else part.cells


def _set_grid(column: Column, rows: Sequence[Sequence[Cell]]) -> None:
    labels = _label_widths(column, rows)
    rows = [kept for cells in rows for kept in _spread(column, cells, labels)]
    labels = _label_widths(column, rows)
    with column.paper.part("Table"):
        for cells in rows:
            _enter_grid(column)
            boxes = list(_boxes(column, cells, labels))
            while boxes:
                boxes = _set_row(column, boxes)


def _spread(column: Column, cells: Sequence[Cell], labels: _LabelWidths) -> Iterable[Sequence[Cell]]:
    """A row as it is, or with its long values in rows of their own: a name of fifty characters needs the width."""
    if len(cells) > 1:
        values = [box for box in _boxes(column, cells, labels) if not box.is_label]
        long = [cell for cell, box in zip(cells, values, strict=True) if _needs_a_row(column, cell, box)]
        if long:
            yield from ((cell,) for cell in long)
            cells = [cell for cell in cells if cell not in long]
    if cells:
        yield cells


def _needs_a_row(column: Column, cell: Cell, box: _Box) -> bool:
    run = longest_run(printable(cell.value), column.chain().widths) * SIZE / 1000
    return len(box.lines) > CELL_LINES or run > box.width - 2 * PAD


def _shape(cells: Sequence[Cell]) -> tuple[float, ...]:
    return tuple(cell.width_share for cell in cells)


def _label_key(cells: Sequence[Cell], place: int) -> tuple[tuple[float, ...], int]:
    return ((), 0) if place == 0 else (_shape(cells), place)


def _label_lines(column: Column, label: str) -> list[str]:
    return balanced(printable(label), column.chain("sans").widths, LABEL_CHARACTERS * 1000)


def _label_widths(column: Column, rows: Sequence[Sequence[Cell]]) -> _LabelWidths:
    """The width of each label box: first ones alike in the whole grid, others alike in rows of the same shares."""
    widths: _LabelWidths = {}
    for cells in rows:
        for place, cell in enumerate(cells):
            if cell.label:
                key = _label_key(cells, place)
                lines = _label_lines(column, cell.label)
                natural = max(column.chain("sans").width(line, SIZE) for line in lines) + 2 * PAD
                widths[key] = max(widths.get(key, 0.0), natural)
    return widths


def _boxes(column: Column, cells: Sequence[Cell], labels: _LabelWidths) -> Iterable[_Box]:
    x, total = column.frame.left, sum(_shape(cells))
    for place, cell in enumerate(cells):
        width = cell.width_share / total * column.frame.width
        value_x = x
        if cell.label:
            label_width = min(labels[_label_key(cells, place)], width * LABEL_SHARE)
            room = (label_width - 2 * PAD) / SIZE * 1000 + 1
            lines = balanced(printable(cell.label), column.chain("sans").widths, room)
            yield _Box(x, label_width, lines, is_label=True)
            value_x = x + label_width
        value_width = x + width - value_x
        value = printable(cell.value).rstrip("\n")
        room, widths = value_width - 2 * PAD, column.chain().widths
        found = fit(value, widths, room, SIZE, smallest_pt=SMALLEST, hang_pt=PAD)
        yield _Box(value_x, value_width, found.lines if value else (), is_label=False, size=found.size_pt)
        x += width


def _row_height(lines: int) -> float:
    return max(ROW_MIN, lines * LEAD + 2 * PAD_ABOVE)


def _set_row(column: Column, boxes: list[_Box]) -> list[_Box]:
    """Draws a row, or as much as fits of a tall one; the boxes that are left over."""
    count = max(len(box.lines) for box in boxes)
    whole = _row_height(count)
    if whole > column.room and (
        whole <= ROW_KEPT * column.frame.height or _lines_in(column.room) < ROW_LINES
    ):
        column.turn()
        column.in_grid = True
    fitting = count if whole <= column.room else _lines_in(column.room)
    # Never one or two lines alone on the next page.
    fitting = count if fitting >= count else max(min(fitting, count - 2), 1)
    height = _row_height(min(count, fitting))
    with column.paper.part("TR"):
        for box in boxes:
            column.ink.rectangle(box.x, column.y - height, box.width, height, stroke=FRAME)
            with column.paper.part("TH" if box.is_label else "TD"):
                _draw_box_lines(column, box, box.lines[:fitting], height)
    column.y -= height
    if fitting >= count:
        return []
    column.turn()
    column.in_grid = True
    return [_left_over(column, box, fitting) for box in boxes]


def _lines_in(room: float) -> int:
    return int((room - 2 * PAD_ABOVE) / LEAD)


def _left_over(column: Column, box: _Box, fitting: int) -> _Box:
    """What goes on over the page: the label again with （续）, the value from where it was cut."""
    if not box.is_label:
        return replace(box, lines=box.lines[fitting:])
    label = "".join(box.lines).removesuffix(CONTINUED) + CONTINUED
    room = (box.width - 2 * PAD) / SIZE * 1000 + 1
    return replace(box, lines=wrap(label, column.chain("sans").widths, room))


def _draw_box_lines(column: Column, box: _Box, lines: Sequence[str], height: float) -> None:
    style: Style = "sans" if box.is_label else "serif"
    base = column.y - (height - len(lines) * LEAD) / 2 - (LEAD - SIZE) / 2 - SIZE * ASCENT
    for line in lines:
        free = box.width - column.chain(style).width(line, box.size)
        column.ink.text(box.x + (free / 2 if box.is_label else PAD), base, line, box.size, style=style)
        base -= LEAD


# -------------------------------------------------------------------------------------------------------------- flow


class _FlowBox:
    """The part of a flow's box on one page."""

    def __init__(self, column: Column, label: str) -> None:
        self._column = column
        self._label = label
        self._top = column.y
        self._open(label)

    def _open(self, label: str) -> None:
        column = self._column
        column.in_grid = True
        self._top = column.y
        column.y -= PAD_ABOVE
        if label:
            base = column.y - (FLOW_LEAD - SIZE) / 2 - SIZE * ASCENT
            with column.paper.part("H2"):
                column.ink.text(column.frame.left + PAD, base, label, SIZE, style="sans")
            column.y -= FLOW_LEAD

    def close(self) -> None:
        """Ends the box under its last line and draws its border."""
        column = self._column
        column.y = max(column.y - PAD_ABOVE, column.frame.bottom)
        column.ink.rectangle(
            column.frame.left, column.y, column.frame.width, self._top - column.y, stroke=FRAME
        )

    def go_on(self) -> None:
        """Closes the box here and opens it again on the next page."""
        self.close()
        self._column.turn()
        self._open(f"{self._label.rstrip('：')}{CONTINUED}" if self._label else "")

    def fits(self, lines: int) -> bool:
        """Whether so many lines fit and the border under them."""
        return self._column.room >= lines * FLOW_LEAD + PAD_ABOVE

    def fill(self, height: float) -> None:
        """Makes the box at least so high, as far as the page allows; what stays blank of a text is marked."""
        column = self._column
        lower = max(self._top - height + PAD_ABOVE, column.frame.bottom + PAD_ABOVE)
        if column.y - lower >= FLOW_LEAD:
            shown = column.chain().width(BLANK_BELOW, SIZE_SMALL_PT)
            base = column.y - (FLOW_LEAD - SIZE_SMALL_PT) / 2 - SIZE_SMALL_PT * ASCENT
            column.ink.text(
                column.frame.left + (column.frame.width - shown) / 2, base, BLANK_BELOW, SIZE_SMALL_PT
            )
        column.y = min(column.y, lower)

    def leave_empty(self, height: float) -> None:
        """Leaves the box blank for handwriting."""
        self._column.y = max(self._top - height + PAD_ABOVE, self._column.frame.bottom + PAD_ABOVE)


def _set_flow(column: Column, flow: Flow) -> None:
    _enter_grid(column)
    text, least = printable(flow.text).strip("\n"), flow.min_mm * MM
    lines = (
        list(paragraph(text, column.chain(), SIZE, column.frame.width - 2 * PAD, 2, hang=PAD)) if text else []
    )
    # A label never stands alone at the foot of a page, and a box for handwriting is not parted.
    column.reserve((1 + lines_together(lines, 0)) * FLOW_LEAD + 2 * PAD_ABOVE if lines else least)
    box = _FlowBox(column, printable(flow.label))
    if not lines:
        box.leave_empty(least)
        box.close()
        return
    is_whole = True
    x = column.frame.left + PAD
    for own in by_paragraph(lines):
        with column.paper.part("P"):
            for number, line in own:
                if not box.fits(lines_together(lines, number)):
                    box.go_on()
                    is_whole = False
                base = column.y - (FLOW_LEAD - SIZE) / 2 - SIZE * ASCENT
                column.ink.text(x + line.dx, base, line.text, SIZE, spacing=line.spacing)
                column.y -= FLOW_LEAD
    if is_whole:
        box.fill(least)
    box.close()


# ------------------------------------------------------------------------------------------------------------ groups


def _set_groups(column: Column, part: Groups) -> None:
    chain = column.chain("sans")
    groups = [printable(group) for group in part.groups]
    widest = max((chain.widths[char] for group in groups for char in group), default=0.0) / 1000 + 0.06
    longest = max(map(len, groups), default=0)
    ems = (longest * widest + 1) * part.per_row - 1
    size = min(part.size_pt, column.frame.width / max(ems, 1.0))
    for start in range(0, len(groups), part.per_row):
        column.reserve(size * 1.8)
        base = column.y - size * 1.3
        for place, group in enumerate(groups[start : start + part.per_row]):
            x = column.frame.left + place * (longest * widest + 1) * size
            for number, char in enumerate(group):
                middle = (widest * size - chain.width(char, size)) / 2
                column.ink.text(x + number * widest * size + middle, base, char, size, style="sans")
        column.y -= size * 1.8
