"""Tables inside a form and the line where a receipt is cut off."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from desktop.printing.column import Column
from desktop.printing.fonts import Style, printable
from desktop.printing.marks import ASCENT
from desktop.printing.paper import FRAME, MM
from desktop.printing.sheets import SIZE_SMALL_PT, Align, Cut, Table
from desktop.printing.wrap import Fitted, balanced, fit, longest_run

SIZE, LEAD = SIZE_SMALL_PT, 15.0
PAD, PAD_ABOVE = 3.0, 3.5
ROW_MIN = 8 * MM
SMALLEST = 5.5
"""A number that its cell cannot hold is set smaller, down to this, and not cut."""
SCISSORS_GAP = 4 * MM

_Cells = Sequence[Fitted]


def set_table(column: Column, table: Table) -> None:
    """Sets the head and the rows; a row taller than a page goes over pages, the head comes again on each."""
    shares = [one.share for one in table.columns]
    widths = _fitted([share / sum(shares) * column.frame.width for share in shares], _needs(column, table))
    head = [
        Fitted(balanced(printable(one.label), column.chain("sans").widths, _room(width)), SIZE)
        for one, width in zip(table.columns, widths, strict=True)
    ]
    empty = [""] * len(table.columns)
    rows = [*table.rows, *[empty] * (table.min_rows - len(table.rows))]
    centred: list[Align] = ["center"] * len(widths)
    aligned = [one.align for one in table.columns]
    column.reserve(_height(head) + ROW_MIN)
    _draw_row(column, widths, head, centred, "sans")
    for row in rows:
        lines: _Cells = [_cell(column, text, width) for text, width in zip(row, widths, strict=True)]
        while any(cell.lines for cell in lines):
            lines = _set_row(column, widths, lines, aligned, (head, centred))
        if not any(row):
            _set_row(column, widths, lines, aligned, (head, centred))


def _set_row(
    column: Column,
    widths: Sequence[float],
    lines: _Cells,
    aligned: Sequence[Align],
    head: tuple[_Cells, Sequence[Align]],
) -> _Cells:
    """Draws a row, or as much of it as a page holds; the lines that are left over."""
    if _height(lines) > column.room:
        column.turn()
        column.in_grid = True
        _draw_row(column, widths, head[0], head[1], "sans")
    fitting = int((column.room - 2 * PAD_ABOVE) / LEAD)
    _draw_row(column, widths, [one.part(0, fitting) for one in lines], aligned, "serif")
    return [one.part(fitting) for one in lines]


def _cell(column: Column, text: str, width: float) -> Fitted:
    if not text:
        return Fitted((), SIZE)
    widths, room = column.chain().widths, width - 2 * PAD
    return fit(printable(text), widths, room, SIZE, smallest_pt=SMALLEST, hang_pt=PAD)


def _needs(column: Column, table: Table) -> list[float]:
    """The width below which a column would cut a number."""
    measured = column.chain().widths
    runs = [
        max((longest_run(printable(row[place]), measured) for row in table.rows), default=0.0)
        for place in range(len(table.columns))
    ]
    return [run * SIZE / 1000 + 2 * PAD + 0.1 for run in runs]


def _fitted(widths: list[float], needs: Sequence[float]) -> list[float]:
    """Columns widened to what they need, at the cost of those that have more; as they were where that is too much."""
    lacking = sum(max(need - width, 0.0) for width, need in zip(widths, needs, strict=True))
    # No column falls under two characters.
    spare = [
        max(width - max(need, 2 * SIZE + 2 * PAD), 0.0) for width, need in zip(widths, needs, strict=True)
    ]
    if not lacking or lacking > sum(spare):
        return widths
    return [
        max(width, need) - lacking * free / sum(spare)
        for width, need, free in zip(widths, needs, spare, strict=True)
    ]


def _room(width: float) -> float:
    return (width - 2 * PAD) / SIZE * 1000


def _height(lines: Iterable[Fitted]) -> float:
    return max(ROW_MIN, max((len(cell.lines) for cell in lines), default=0) * LEAD + 2 * PAD_ABOVE)


def _draw_row(
    column: Column, widths: Sequence[float], lines: _Cells, aligned: Sequence[Align], style: Style
) -> None:
    height, x, chain = _height(lines), column.frame.left, column.chain(style)
    for width, cell, align in zip(widths, lines, aligned, strict=True):
        column.ink.rectangle(x, column.y - height, width, height, stroke=FRAME)
        base = column.y - (height - len(cell.lines) * LEAD) / 2 - (LEAD - SIZE) / 2 - SIZE * ASCENT
        for line in cell.lines:
            free = width - 2 * PAD - chain.ink_width(line, cell.size_pt)
            moved = 0.0 if align == "left" else free / 2 if align == "center" else free
            column.ink.text(x + PAD + moved, base, line, cell.size_pt, style=style)
            base -= LEAD
        x += width
    column.y -= height


def set_cut(column: Column, cut: Cut) -> None:
    """A dashed line over the width with its label in the middle: 骑缝 for a seal over both parts."""
    column.gap(SCISSORS_GAP)
    column.reserve(2 * SCISSORS_GAP)
    left, right, chain = column.frame.left, column.frame.right, column.chain()
    label = printable(cut.label)
    shown = chain.width(label, 9)
    middle = (left + right) / 2
    for start, end in ((left, middle - shown / 2 - 6), (middle + shown / 2 + 6, right)):
        column.ink.line(start, column.y, end, column.y, dashed=True)
    column.ink.text(middle - shown / 2, column.y - 3, label, 9)
    column.y -= SCISSORS_GAP
