"""One column that runs over pages from top to bottom, and the text lines that are set in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from desktop.printing.fonts import Chain, Style, printable
from desktop.printing.paper import Ink, Paper
from desktop.printing.wrap import BLANK, BOX, wrap

STRETCH = 3.5
"""A line is justified when it lacks less than this many characters; a line cut short by a long run stays ragged."""

MANY_BOXES = 2


@dataclass(frozen=True)
class Frame:
    """The area of a page that blocks may use.

    Units:   points from the lower left corner of the page.
    """

    left: float
    right: float
    top: float
    bottom: float

    @property
    def width(self) -> float:
        """From left to right."""
        return self.right - self.left

    @property
    def height(self) -> float:
        """From bottom to top."""
        return self.top - self.bottom


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a paragraph: how far it is moved in, and what is added after each character to justify it."""

    text: str
    dx: float = 0.0
    spacing: float = 0.0
    is_first: bool = False
    is_last: bool = False


class Column:
    """Where the next block goes. Pages stay open until the whole paper is laid out and the number of pages is known."""

    def __init__(self, paper: Paper, frame: Frame, begin_page: Callable[[Ink, int], None]) -> None:
        self.paper = paper
        self.frame = frame
        self._begin_page = begin_page
        self.pages: list[Ink] = []
        self.y = frame.top
        self.in_grid = False
        self.turn()

    @property
    def ink(self) -> Ink:
        """The page that is being filled."""
        return self.pages[-1]

    @property
    def room(self) -> float:
        """What is left of the page."""
        return self.y - self.frame.bottom

    @property
    def at_top(self) -> bool:
        """Whether nothing stands on the page yet."""
        return self.y >= self.frame.top - 0.01

    def chain(self, style: Style = "serif") -> Chain:
        """The fonts of a style."""
        return self.paper.fonts.chain(style)

    def turn(self) -> None:
        """Goes on at the top of a new page."""
        self.pages.append(Ink(self.paper))
        self.y = self.frame.top
        self.in_grid = False
        self._begin_page(self.ink, len(self.pages))

    def reserve(self, height: float) -> None:
        """Goes to a new page when this one has less room, unless a new page would have no more."""
        if self.room < height and not self.at_top:
            self.turn()

    def gap(self, height: float) -> None:
        """Blank height, none at the top of a page."""
        if not self.at_top:
            self.y = max(self.y - height, self.frame.bottom)


def paragraph(
    text: str, chain: Chain, size: float, width: float, indent: int = 0, *, hang: float = 0.0
) -> Iterator[Line]:
    """The justified lines of a text; a newline starts a new paragraph.

    A paragraph that brings its own leading ideographic space is not moved in once more. A closing mark at the end of
    a line takes half its width, and `hang` points of that may stand beyond the width. Boxes to tick that need another
    line begin it under the first box.
    """
    for part in printable(text).split("\n"):
        own = part.lstrip(BLANK)
        is_list = own.startswith(BOX)
        dx = 0.0 if part.startswith(BLANK) else indent * size
        if is_list:
            dx, part = dx + (len(part) - len(own)) * size, own  # noqa: PLW2901 - its blanks are the distance now
        lines = wrap(
            part,
            chain.widths,
            (width - (dx if is_list else 0.0)) / size * 1000,
            first_indent=0.0 if is_list else dx / size * 1000,
            hang=hang / size * 1000,
        )
        for number, line in enumerate(lines):
            is_first, is_last = number == 0, number == len(lines) - 1
            moved = dx if is_first or is_list else 0.0
            shown = line.rstrip(" ") if is_last else line.rstrip(f" {BLANK}")
            lacking = width - moved - chain.ink_width(shown, size)
            # Boxes to tick stand in columns, which stretching would move.
            stretches = (
                not is_last
                and len(shown) > 1
                and 0 < lacking < STRETCH * size
                and shown.count(BOX) < MANY_BOXES
            )
            spacing = lacking / (len(shown) - 1) if stretches else 0.0
            yield Line(shown, moved, spacing, is_first, is_last)


def by_paragraph(lines: list[Line]) -> Iterator[list[tuple[int, Line]]]:
    """The lines with their numbers, paragraph by paragraph."""
    own: list[tuple[int, Line]] = []
    for number, line in enumerate(lines):
        own.append((number, line))
        if line.is_last:
            yield own
            own = []


def lines_together(lines: list[Line], number: int) -> int:
    """How many lines from this one on must stand on one page.

    The first two lines of a paragraph stay together, and the last two: no line stands alone at the foot or the head
    of a page. A paragraph of three is therefore never parted.
    """
    count = 1
    while _keeps_with_next(lines, number + count - 1):
        count += 1
    return count


def _keeps_with_next(lines: list[Line], number: int) -> bool:
    if lines[number].is_last:
        return False
    return lines[number].is_first or lines[number + 1].is_last
