"""Places where people sign, press a fingerprint or put a seal: blocks that stay together, and the mark for 骑缝章.

Two places stand side by side. Where that block does not fit into what is left of the page it is set closer, three side
by side; only a block that would leave more than `MOST_BLANK` of a page empty is parted, between its rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from desktop.printing.column import Column
from desktop.printing.fonts import Chain, printable
from desktop.printing.paper import MM, Ink
from desktop.printing.sheets import SIZE_BODY_PT, SIZE_SMALL_PT, SignaturePlace
from desktop.printing.wrap import balanced

DATE = "　　　年　　月　　日"
ABOVE_MARKS = 2 * MM
MOST_BLANK = 0.25
"""The share of a page that may stay blank for the sake of keeping the places together."""
FINGER_NOTE = "捺指印处"
JOINT_NOTE = "骑缝章"
ASCENT = 0.86
"""From the base line to the top of a character, as a share of its size."""


@dataclass(frozen=True, slots=True)
class _Style:
    """How close places are set.

    Units:   points; `line` is what is left under a label to sign on, `row` the least height of a place to sign.
    """

    per_row: int
    size: float
    between: float
    finger_width: float
    finger_height: float
    line: float
    row: float
    seal: float


WIDE = _Style(2, SIZE_BODY_PT, 8 * MM, 20 * MM, 24 * MM, 9 * MM, 19 * MM, 36 * MM)
CLOSE = _Style(3, SIZE_SMALL_PT, 5 * MM, 17 * MM, 20 * MM, 7.5 * MM, 16 * MM, 32 * MM)
BESIDE = 0.62
"""A label that is longer than this share of its place has the line to sign on under it, not beside it."""


@dataclass(frozen=True, slots=True)
class _Place:
    """A place with its label broken into lines."""

    kind: str
    lines: Sequence[str]
    is_beside: bool
    height: float


_Row = Sequence[_Place | None]


class Block:
    """The places of one paper, broken for a column's width."""

    def __init__(self, column: Column, places: Sequence[SignaturePlace], style: _Style) -> None:
        self._column = column
        self._style = style
        self._width = (column.frame.width - (style.per_row - 1) * style.between) / style.per_row
        self.rows = _rows([self._measured(place) for place in places], style.per_row)
        self.height = ABOVE_MARKS + sum(map(_row_height, self.rows))

    def _measured(self, place: SignaturePlace) -> _Place:
        style, chain = self._style, self._column.chain()
        label = printable(place.label).replace("\n", "")
        room = self._width
        if place.kind == "fingerprint":
            room -= style.finger_width + 3 * MM
        if place.kind != "seal":
            label = f"{label.rstrip('：')}："
        lines = _label_lines(label, chain, room / style.size * 1000)
        text = len(lines) * style.size * 1.25
        is_beside = (
            place.kind == "signature" and chain.width(label, style.size) <= BESIDE * room and len(lines) == 1
        )
        dated = text + (0 if is_beside else style.line) + style.size * 1.25 + 4 * MM
        if place.kind == "seal":
            height = max(style.seal, text + style.size * 1.25 + 16 * MM)
        elif place.kind == "fingerprint":
            height = max(style.finger_height + 4 * MM, dated)
        else:
            height = max(style.row, dated + (2 * MM if is_beside else 0))
        return _Place(place.kind, lines, is_beside, height)

    def draw_row(self, row: _Row) -> None:
        """Draws one row at the place where the column stands, and goes below it."""
        column = self._column
        for number, place in enumerate(row):
            if place is not None:
                x = column.frame.left + number * (self._width + self._style.between)
                if place.kind == "seal":
                    self._draw_seal(place, x)
                else:
                    self._draw_signature(place, x)
        column.y -= _row_height(row)

    def _draw_seal(self, place: _Place, x: float) -> None:
        """Over its name and date is where the seal goes; nothing is printed there but those."""
        style, ink, chain, top = self._style, self._column.ink, self._column.chain(), self._column.y
        text = len(place.lines) * style.size * 1.25
        base = top - (place.height - text - style.size * 1.25 - 4 * MM) / 2 - style.size * ASCENT
        for line in (*place.lines, "", DATE):
            if not line:
                base -= 3 * MM
                continue
            ink.text(x + (self._width - chain.width(line, style.size)) / 2, base, line, style.size)
            base -= style.size * 1.25

    def _draw_signature(self, place: _Place, x: float) -> None:
        style, ink, chain, top = self._style, self._column.ink, self._column.chain(), self._column.y
        end = x + self._width
        if place.kind == "fingerprint":
            end -= style.finger_width + 3 * MM
        base = top - 3.5 * MM - style.size * ASCENT
        for line in place.lines:
            ink.text(x, base, line, style.size)
            base -= style.size * 1.25
        if place.is_beside:
            base += style.size * 1.25
            ink.line(x + chain.width(place.lines[0], style.size), base - 2, end, base - 2)
        else:
            base = base + style.size * 1.25 - style.line
            ink.line(x, base, end, base)
        lower = top - place.height + 3 * MM
        size = min(style.size, style.size * (end - x) / chain.width(DATE, style.size))
        date_base = max(lower, base - style.size * 1.25 - 2.5 * MM)
        ink.text(end - chain.width(DATE, size), date_base, DATE, size)
        if place.kind == "fingerprint":
            self._draw_finger_box(x + self._width - style.finger_width, top)

    def _draw_finger_box(self, x: float, top: float) -> None:
        style, ink, chain = self._style, self._column.ink, self._column.chain()
        lower = top - 2 * MM - style.finger_height
        ink.rectangle(x, lower, style.finger_width, style.finger_height, dashed=True)
        middle = (style.finger_width - chain.width(FINGER_NOTE, 8)) / 2
        ink.text(x + middle, lower + 1 * MM, FINGER_NOTE, 8, grey=0.4)


def set_marks(column: Column, places: Sequence[SignaturePlace], after: float = 0.0) -> int:
    """Sets the places under what stands in the column, together with `after` points of what must stay with them.

    Shape:   on how many pages the column stood when the first place was set.
    """
    column.gap(ABOVE_MARKS)
    wide, close = Block(column, places, WIDE), Block(column, places, CLOSE)
    block = wide if wide.height + after <= column.room + ABOVE_MARKS else close
    if block.height + after > column.room + ABOVE_MARKS and not column.at_top:
        if is_kept_whole(column, close.height + after):
            column.turn()
            block = wide if wide.height + after <= column.frame.height else close
        elif close.rows and _row_height(close.rows[0]) > column.room:
            column.turn()
    first_page = len(column.pages)
    for number, row in enumerate(block.rows):
        # The last row takes along what must not stand alone on the next page.
        column.reserve(_row_height(row) + (after if number == len(block.rows) - 1 else 0.0))
        block.draw_row(row)
    return first_page


def least_height(column: Column, places: Sequence[SignaturePlace]) -> float:
    """The height of the places set as close as may be."""
    return Block(column, places, CLOSE).height


def is_kept_whole(column: Column, height: float) -> bool:
    """Whether a block of that height goes to the next page rather than being parted here."""
    return height <= column.frame.height and column.room <= MOST_BLANK * column.frame.height


def draw_joint_mark(ink: Ink, right: float, height: float) -> None:
    """骑缝章 at the right edge: where one seal runs over all pages when they are fanned out."""
    middle = height / 2
    for number, char in enumerate(JOINT_NOTE):
        ink.text(right + 9 * MM, middle + (1 - number) * 12, char, 8, grey=0.45)
    ink.line(right + 12.5 * MM, middle - 22 * MM, right + 12.5 * MM, middle - 16, 0.3)
    ink.line(right + 12.5 * MM, middle + 24, right + 12.5 * MM, middle + 22 * MM, 0.3)


def _label_lines(label: str, chain: Chain, room: float) -> list[str]:
    """The label on one line, or who somebody is on one line and his name under it."""
    if chain.width(label, 1000) <= room:
        return [label]
    return [line for part in label.split(" ", 1) for line in balanced(part, chain.widths, room)]


def _row_height(row: _Row) -> float:
    return max(place.height for place in row if place is not None)


def _rows(places: Sequence[_Place], per_row: int) -> list[list[_Place | None]]:
    """Places in order; a seal stands at the right, where the date of a paper stands."""
    rows: list[list[_Place | None]] = []
    row: list[_Place | None] = []
    for place in places:
        if place.kind == "seal":
            row += [None] * (per_row - 1 - len(row))
        row.append(place)
        if len(row) == per_row:
            rows.append(row)
            row = []
    if row:
        rows.append(row)
    return rows
