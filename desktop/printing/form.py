"""Forms that people sign, A4 portrait (DOMAIN 2.0, 5.5): title, grid, long texts, places for marks, numbered pages.

Every page carries the short code and the hash of what was printed, as text and as a QR code, so that a signed page
can be told from one of another version.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from desktop.printing.blocks import (
    GAP,
    leave_grid,
    lines_height,
    mark_blank_below,
    set_parts,
    set_text,
    texts_of,
)
from desktop.printing.column import Column, Frame
from desktop.printing.fonts import Fonts, hand_note, printable
from desktop.printing.marks import draw_joint_mark, least_height, set_marks
from desktop.printing.paper import A4_PT, GREY_MARK, MM, Ink, Paper
from desktop.printing.qr import qr_boxes
from desktop.printing.sheets import (
    SIZE_SMALL_PT,
    SIZE_TITLE_PT,
    Flow,
    FormSheet,
    Part,
    Rule,
    SignaturePlace,
    Signatures,
    Space,
    Text,
    Turn,
)

WIDTH, HEIGHT = A4_PT
FRAME = Frame(25 * MM, WIDTH - 22 * MM, HEIGHT - 24 * MM, 27 * MM)
PRACTICE = "（演练）"
QR_SIZE, QR_BASE = 13 * MM, 8 * MM
QR_PREFIX = "JW1"
"""Says which program and which layout of the code: prefix, short code, first 16 hex digits of the hash."""
FOOT = 13.5 * MM
HASH_DIGITS = 16
FLOW_SHARES, FLOW_LEAST_MM = (0.75, 0.5), 14.0
"""How far boxes for handwriting are lowered for the sake of a page, and the height that they keep."""


def render_form(sheet: FormSheet, fonts: Fonts, *, allow_missing: bool = False) -> bytes:
    """The form as PDF; equal sheets give equal bytes.

    With `allow_missing`, a character that no font has becomes a hollow box to write into and is named at the end.

    Errors:  RuleBroken PRN-002 naming characters that no font has; EnvironmentFault PRN-001;
             ValueError for a short code that is not ASCII.
    """
    texts = (sheet.title, sheet.number, sheet.unit, sheet.copies_text, sheet.code, sheet.print_mark)
    told = (*texts, *sheet.copy_labels, *texts_of(sheet.parts))
    missing = fonts.require(told, allow_missing=allow_missing)
    return _FormPress(sheet, fonts).press(hand_note(missing))


def render_forms(sheets: Sequence[FormSheet], fonts: Fonts) -> bytes:
    """Several forms one behind the other, each with pages of its own, as one PDF.

    Errors:  as `render_form`; ValueError without a sheet.
    """
    if not sheets:
        raise ValueError("no sheet")
    paper = Paper(fonts, title=sheets[0].title, author=sheets[0].unit)
    for sheet in sheets:
        texts = (sheet.title, sheet.number, sheet.unit, sheet.copies_text, sheet.code, sheet.print_mark)
        fonts.require((*texts, *texts_of(sheet.parts)), allow_missing=False)
        _FormPress(sheet, fonts, paper).lay("")
    return paper.to_bytes()


class _FormPress:
    """One run from a sheet to bytes."""

    def __init__(self, sheet: FormSheet, fonts: Fonts, paper: Paper | None = None) -> None:
        self._sheet = sheet
        self._title = printable(sheet.title).replace("\n", "") + (PRACTICE if sheet.practice else "")
        self._number = printable(sheet.number)
        self._paper = paper or Paper(fonts, title=self._title, author=sheet.unit, subject=sheet.number)
        self._copy_label = ""

    def press(self, notes: str) -> bytes:
        """Makes every copy of the paper."""
        self.lay(notes)
        return self._paper.to_bytes()

    def lay(self, notes: str) -> None:
        """Puts every copy on the paper."""
        foot = code_stamp(self._paper, FRAME.left, self._sheet.code, self._sheet.content_hash)
        for label in self._sheet.copy_labels or ("",):
            self._copy_label = label
            self._press_copy(notes, foot)

    def _press_copy(self, notes: str, foot: str) -> None:
        """Lays out all pages, then writes their feet."""
        body, places, rest = _parted(_without_last_turn(self._sheet.parts))
        column, is_alone = self._laid(body, places, rest, notes)
        if is_alone:
            # Pages that are not added to the paper leave no trace, so another way is simply tried.
            for other in _with_company(body):
                found, is_still_alone = self._laid(other, places, rest, notes)
                if not is_still_alone and len(found.pages) <= len(column.pages):
                    column = found
                    break
        for page, ink in enumerate(column.pages, 1):
            with ink.aside():
                self._draw_foot(ink, page, len(column.pages), foot)
            self._paper.add_page(ink, WIDTH, HEIGHT)

    def _laid(
        self, body: Sequence[Part], places: Sequence[SignaturePlace], rest: Sequence[Part], notes: str
    ) -> tuple[Column, bool]:
        """All pages, and whether the places to sign begin a page on which no text stands before them."""
        sheet, is_alone = self._sheet, False
        column = self._column = Column(self._paper, FRAME, self._begin_page)
        self._set_head()
        set_parts(column, body)
        tail = [Text(text, SIZE_SMALL_PT, indent=2) for text in (sheet.copies_text, notes) if text]
        # Lines about copies stay under the places to sign, unless a receipt to be cut off stands between.
        after = 0.0 if rest else lines_height(column, tail)
        if places:
            mark_blank_below(column, least_height(column, places) + GAP + after)
            leave_grid(column)
            text_pages = len(column.pages)
            is_alone = set_marks(column, places, after) > text_pages
        elif not rest:
            mark_blank_below(column, after)
        set_parts(column, rest)
        for text in tail:
            set_parts(column, (Space(2), text))
        return column, is_alone

    def _set_head(self) -> None:
        if self._sheet.unit:
            set_text(self._column, Text(self._sheet.unit, 16, "center"))
        set_text(self._column, Text(self._title, SIZE_TITLE_PT, "center", bold=True))
        if self._number:
            set_text(self._column, Text(self._number, align="right"))
        self._column.gap(1 * MM)

    def _begin_page(self, ink: Ink, page: int) -> None:
        if self._sheet.practice:
            ink.practice_mark(WIDTH, HEIGHT)
        chain = self._paper.fonts.chain("serif")
        with ink.aside():
            if page > 1:
                running = f"{self._title}　{self._number}".rstrip("\u3000")
                ink.text(FRAME.right - chain.width(running, 9), FRAME.top + 3 * MM, running, 9)
            if self._copy_label:
                ink.text(FRAME.left, FRAME.top + 3 * MM, self._copy_label, SIZE_SMALL_PT, style="sans")

    def _draw_foot(self, ink: Ink, page: int, pages: int, foot: str) -> None:
        serif = self._paper.fonts.chain("serif")
        shown = f"第 {page} 页　共 {pages} 页"
        ink.text((WIDTH - serif.width(shown, SIZE_SMALL_PT)) / 2, FOOT, shown, SIZE_SMALL_PT)
        if foot:
            ink.place(foot)
        if self._sheet.joint and pages > 1:
            draw_joint_mark(ink, FRAME.right, HEIGHT)
        mark = printable(self._sheet.print_mark)
        sans = self._paper.fonts.chain("sans")
        ink.text(FRAME.right - sans.width(mark, 6), 8 * MM, mark, 6, style="sans", grey=GREY_MARK)


def code_stamp(paper: Paper, left: float, code: str, content_hash: str) -> str:
    """The QR code with the short code and half the hash beside it, kept once for all pages; empty without a code."""
    if not code:
        return ""
    ink = Ink(paper)
    digits = content_hash[:HASH_DIGITS]
    ink.fill(qr_boxes(f"{QR_PREFIX}:{code}:{digits.upper()}", left, QR_BASE, QR_SIZE))
    x = left + QR_SIZE + 2.5 * MM
    with ink.aside():
        ink.text(x, QR_BASE + 7.5 * MM, f"校验码 {code}", 8, style="sans")
        ink.text(x, QR_BASE + 3.5 * MM, " ".join((digits[:8], digits[8:])).strip(), 8, style="sans")
    return paper.add_stamp(ink, WIDTH, HEIGHT)


def _without_last_turn(parts: Sequence[Part]) -> Sequence[Part]:
    """A page is turned for what follows; parts that repeat turn it behind the last of them too."""
    while parts and isinstance(parts[-1], Turn):
        parts = parts[:-1]
    return parts


def _parted(parts: Sequence[Part]) -> tuple[Sequence[Part], Sequence[SignaturePlace], Sequence[Part]]:
    """What is text, the first places for marks, and what stands after them."""
    for number, part in enumerate(parts):
        if isinstance(part, Signatures):
            return parts[:number], part.places, parts[number + 1 :]
    return parts, (), ()


def _with_company(body: Sequence[Part]) -> Iterator[Sequence[Part]]:
    """Other ways to set a text, so that the places to sign do not stand alone on a page, where they could be added to
    any paper: boxes for handwriting less high, or the last part on the next page with them.
    """
    for share in FLOW_SHARES:
        yield [
            replace(part, min_mm=max(part.min_mm * share, min(part.min_mm, FLOW_LEAST_MM)))
            if isinstance(part, Flow)
            else part
            for part in body
        ]
    for number in range(1, len(body)):
        if not isinstance(body[-number], Space | Turn | Rule):
            yield [*body[:-number], Turn(), *body[-number:]]
            return
