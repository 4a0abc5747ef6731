"""What is bound around the pages of a ledger: cover, contents by month, 备考表, labels for the spine (DOMAIN 3.5).

Landscape like the pages and bound at the same edge, so that all go through the printer and the punch together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from desktop.base.days import print_day
from desktop.printing.fonts import Fonts, printable
from desktop.printing.paper import A4_PT, GREY_MARK, MM, Ink, Paper
from desktop.printing.wrap import wrap

BINDING_MM, EDGE_MM = 25.0, 12.0
LABEL_SIZE, BODY_SIZE, TITLE_SIZE, COVER_SIZE = 12.0, 12.0, 22.0, 40.0
LEAD = 1.6
CONTENTS_ROW = 10 * MM
COVER_ROW = 11 * MM
SPINE_WIDTHS_MM = (12.0, 20.0, 30.0)
SPINE_GAP_MM = 22.0
MARK_SIZE, MARK_BASE = 6.0, 6.5 * MM
PRACTICE = "（演练）"

_HEADS = ("序号", "月份", "行号", "行数", "页次", "备注")
_SHARES = (0.08, 0.2, 0.2, 0.12, 0.2, 0.2)


@dataclass(frozen=True)
class ContentsLine:
    """The lines of one month. Shape: `month` is `2026-03`; `rows` the span of their numbers."""

    month: str
    rows: str
    count: int
    first_page: int
    last_page: int


@dataclass(frozen=True)
class BookBinding:
    """A closed volume as its cover, contents and 备考表 tell it.

    Shape:   `first_day` and `last_day` are ISO days of the first and last matter, empty when there is none.
    """

    title: str
    unit: str
    year: int
    volume_no: int
    first_day: str
    last_day: str
    first_page: int
    last_page: int
    row_count: int
    red_count: int
    late_count: int
    retention_years: int
    closed_on: date
    note: str = ""
    contents: tuple[ContentsLine, ...] = ()
    paper: Literal["A4", "A3"] = "A4"
    practice: bool = False
    print_mark: str = ""

    @property
    def pages_words(self) -> str:
        """共12页（第1页至第12页）."""
        count = self.last_page - self.first_page + 1
        return f"共{count}页（第{self.first_page}页至第{self.last_page}页）"

    @property
    def days_words(self) -> str:
        """The days from the first to the last matter."""
        if not self.first_day:
            return "本册无记录（零报告）"
        first, last = (print_day(date.fromisoformat(one)) for one in (self.first_day, self.last_day))
        return first if first == last else f"{first}至{last}"


def render_binding(told: BookBinding, fonts: Fonts, *, allow_missing: bool = False) -> bytes:
    """Cover, contents, 备考表 and spine labels as PDF, in this order; equal values give equal bytes.

    Errors:  RuleBroken PRN-002 naming characters that no font has; EnvironmentFault PRN-001.
    """
    fonts.require((told.title, told.unit, told.note, told.print_mark), allow_missing=allow_missing)
    return _BindingPress(told, fonts).press()


class _BindingPress:
    """One run from a value to bytes."""

    def __init__(self, told: BookBinding, fonts: Fonts) -> None:
        self._told = told
        self._fonts = fonts
        short, long = A4_PT if told.paper == "A4" else (A4_PT[1], 2 * A4_PT[0])
        self._width, self._height = long, short
        self._left, self._right = BINDING_MM * MM, long - EDGE_MM * MM
        self._top, self._bottom = short - EDGE_MM * MM, EDGE_MM * MM
        self._paper = Paper(fonts, title=f"{printable(told.title)}装订页", subject=f"{told.year}年")

    def press(self) -> bytes:
        """Draws all pages."""
        self._add_page(self._draw_cover)
        for lines in _parts(self._told.contents, self._contents_room):
            self._add_page(lambda ink, lines=lines: self._draw_contents(ink, lines))  # type: ignore[misc]
        self._add_page(self._draw_review)
        self._add_page(self._draw_spines)
        return self._paper.to_bytes()

    def _add_page(self, draw: Callable[[Ink], None]) -> None:
        ink = Ink(self._paper)
        if self._told.practice:
            ink.practice_mark(self._width, self._height)
        draw(ink)
        mark = printable(self._told.print_mark)
        ink.text(self._left, MARK_BASE, mark, MARK_SIZE, style="sans", grey=GREY_MARK)
        self._paper.add_page(ink, self._width, self._height)

    # ---------------------------------------------------------------- words in places

    def _wide(self, text: str, size: float) -> float:
        return self._fonts.chain("serif").width(text, size)

    def _centred(self, ink: Ink, text: str, y: float, size: float, *, bold: bool = False) -> None:
        """One line in the middle between the margins, smaller when it is too long."""
        text, room = printable(text), self._right - self._left - 6 * MM
        size = min(size, size * room / max(1.0, self._wide(text, size)))
        x = (self._left + self._right - self._wide(text, size)) / 2
        ink.text(x, y, text, size, bold=bold)

    def _in_box(self, ink: Ink, box: tuple[float, float, float, float], text: str, *, centre: bool) -> None:
        """Words in a box (x, lower edge, width, height), smaller when they are too long for its width."""
        x, y, width, height = box
        text = printable(text)
        size = min(BODY_SIZE, BODY_SIZE * (width - 8) / max(1.0, self._wide(text, BODY_SIZE)))
        at = x + (width - self._wide(text, size)) / 2 if centre else x + 4
        ink.text(at, y + height / 2 - size * 0.36, text, size)

    @property
    def _practice(self) -> str:
        return PRACTICE if self._told.practice else ""

    # ---------------------------------------------------------------- cover

    def _draw_cover(self, ink: Ink) -> None:
        told = self._told
        facts = (
            ("年度", f"{told.year}年"),
            ("册次", f"第{told.volume_no}册"),
            ("起止日期", told.days_words),
            ("页数", told.pages_words),
            ("保管期限", f"{told.retention_years}年"),
        )
        high = self._top - self._bottom
        ink.rectangle(self._left, self._bottom, self._right - self._left, high, stroke=1.2)
        inner = 2.2
        ink.rectangle(
            self._left + inner, self._bottom + inner, self._right - self._left - 2 * inner, high - 2 * inner
        )
        self._centred(ink, told.unit, self._top - high * 0.2, TITLE_SIZE)
        self._centred(ink, told.title + self._practice, self._top - high * 0.37, COVER_SIZE, bold=True)
        width = min(150 * MM, (self._right - self._left) * 0.62)
        x, y = (self._left + self._right - width) / 2, self._top - high * 0.47
        for label, words in facts:
            y -= COVER_ROW
            ink.text(x, y, f"{label}：", BODY_SIZE * 1.2, bold=True)
            ink.text(x + width * 0.24, y, printable(words), BODY_SIZE * 1.2)
            ink.line(x + width * 0.23, y - 4, x + width, y - 4)

    # ---------------------------------------------------------------- contents

    @property
    def _contents_room(self) -> int:
        """Lines of a page."""
        return int((self._top - self._bottom - 30 * MM) / CONTENTS_ROW) - 1

    def _draw_contents(self, ink: Ink, lines: Sequence[tuple[int, ContentsLine]]) -> None:
        told = self._told
        self._centred(ink, f"{told.title}目录", self._top - TITLE_SIZE, TITLE_SIZE, bold=True)
        words = f"{told.year}年　第{told.volume_no}册"
        ink.text(self._right - self._wide(words, LABEL_SIZE), self._top - 20 * MM, words, LABEL_SIZE)
        rows = [_HEADS, *(_contents_cells(number, line) for number, line in lines)]
        y = self._top - 24 * MM
        for cells in rows:
            x = self._left
            for cell, share in zip(cells, _SHARES, strict=True):
                width = share * (self._right - self._left)
                ink.rectangle(x, y - CONTENTS_ROW, width, CONTENTS_ROW)
                self._in_box(ink, (x, y - CONTENTS_ROW, width, CONTENTS_ROW), cell, centre=True)
                x += width
            y -= CONTENTS_ROW

    # ---------------------------------------------------------------- 备考表

    def _draw_review(self, ink: Ink) -> None:
        told = self._told
        self._centred(ink, "备考表", self._top - TITLE_SIZE, TITLE_SIZE, bold=True)
        top, bottom = self._top - 24 * MM, self._bottom + 8 * MM
        ink.rectangle(self._left, bottom, self._right - self._left, top - bottom, stroke=0.8)
        counted = (
            f"本册为{told.unit}{told.year}年{told.title}第{told.volume_no}册，{told.pages_words}，"
            f"登记{told.row_count}行，其中红字更正{told.red_count}行、补记{told.late_count}行。"
        )
        y = top - 8 * MM
        for text in (counted, "说明：" + (told.note or "")):
            for line in self._lines(text):
                ink.text(self._left + 6 * MM, y - BODY_SIZE, line, BODY_SIZE)
                y -= BODY_SIZE * LEAD
            y -= 3 * MM
        signers = ("立卷人", "检查人", "立卷时间")
        share = (self._right - self._left - 12 * MM) / len(signers)
        for place, signer in enumerate(signers):
            shown = print_day(told.closed_on) if place == len(signers) - 1 else ""
            ink.text(self._left + 6 * MM + place * share, bottom + 10 * MM, f"{signer}：{shown}", BODY_SIZE)

    def _lines(self, text: str) -> list[str]:
        room = (self._right - self._left - 12 * MM) / BODY_SIZE * 1000
        return list(wrap(f"　　{printable(text)}", self._fonts.chain("serif").widths, room))

    # ---------------------------------------------------------------- spine

    def _draw_spines(self, ink: Ink) -> None:
        """Labels as long as the bound edge, in three widths; the clerk cuts out the one that fits."""
        x = self._left
        note = "脊背标签：按册厚选一条，沿虚线剪下贴在册脊上"
        ink.text(x, self._top - BODY_SIZE, note, BODY_SIZE)
        high = self._top - self._bottom - 10 * MM
        for width_mm in SPINE_WIDTHS_MM:
            width = width_mm * MM
            ink.rectangle(x, self._bottom, width, high, dashed=True)
            self._draw_spine(ink, x + width / 2, self._bottom + high, high, width)
            x += width + SPINE_GAP_MM * MM

    def _draw_spine(self, ink: Ink, middle: float, top: float, high: float, width: float) -> None:
        told = self._told
        parts = (
            f"{told.year}",
            printable(told.title),
            f"第{told.volume_no}册",
            f"保管{told.retention_years}年",
        )
        lines = [sign for part in parts for sign in (*_upright(part), "")][:-1]
        size = min(width / 1.7, high / (len(lines) * 1.15 + 1), 20.0)
        y = top - (high - len(lines) * size * 1.15) / 2 - size
        for sign in lines:
            wide = self._wide(sign, size)
            shown = min(size, size * 0.8 * width / max(1.0, wide))
            ink.text(middle - self._wide(sign, shown) / 2, y, sign, shown, bold=True)
            y -= size * 1.15


def _upright(text: str) -> Iterator[str]:
    """Signs one below the other; a number keeps together and lies across."""
    number = ""
    for sign in text:
        if sign.isascii() and sign.isdigit():
            number += sign
            continue
        if number:
            yield number
            number = ""
        yield sign
    if number:
        yield number


def _contents_cells(number: int, line: ContentsLine) -> tuple[str, ...]:
    year, _dash, month = line.month.partition("-")
    pages = (
        f"{line.first_page}" if line.first_page == line.last_page else f"{line.first_page}–{line.last_page}"
    )
    words = f"{year}年{int(month)}月" if month else "—"
    return (str(number), words, line.rows, str(line.count), pages, "")


def _parts(lines: Sequence[ContentsLine], room: int) -> Iterator[list[tuple[int, ContentsLine]]]:
    """The lines with their numbers, so many to a page; one empty page when there are none."""
    numbered = list(enumerate(lines, 1))
    for start in range(0, max(1, len(numbered)), room):
        yield numbered[start : start + room]
