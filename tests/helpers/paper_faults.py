"""Finds what a typographer would mark on a paper: broken rules for marks, cut numbers, text over rules or edges.

    with watched() as lines:
        pdf = render(...)
    assert faults_of(pdf, lines, texts) == []

Lines are judged as the typesetter broke them, and only those that were drawn; what stands where is read back from the
finished file by PDFium, so that a layout cannot fool it.
"""

from __future__ import annotations

import ctypes
import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set as AbstractSet
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from itertools import pairwise
from math import inf
from typing import Any
from unittest import mock

import pikepdf
import pypdfium2
import pypdfium2.raw as pdfium

from desktop.printing import form, paper, wrap as wrapping
from desktop.printing.fonts import printable

EDGE_PT = 5 * 72 / 25.4
TOUCH_PT = 0.45
"""So much of a letter may lie over a thin rule: the rule itself is that thick."""
LONGEST_NUMBER = 25
MARK_PT = 60.0
"""Larger letters are the mark of the practice room, which lies under everything."""


@dataclass
class Watched:
    """What was broken into lines, and every line that was drawn."""

    broken: list[tuple[list[str], Mapping[str, float], float, AbstractSet[int]]] = field(default_factory=list)
    drawn: set[str] = field(default_factory=set)


@contextmanager
def watched() -> Iterator[Watched]:
    """Watches the typesetter while papers are made."""
    found = Watched()
    whole_broken, whole_show, whole_encoded = wrapping._broken, paper.Pen.show, paper.Pen.encoded
    whole_lines = paper.Pen.encoded_lines

    def broken(text: str, ends: Any, widths: Any, room: Any, kept: AbstractSet[int]) -> Iterator[str]:
        lines = list(whole_broken(text, ends, widths, room, kept))
        found.broken.append((lines, widths, room.max_width + room.hang, kept))
        return iter(lines)

    def show(self: paper.Pen, line: str, x: float, y: float, spacing: float = 0.0) -> str:
        found.drawn.add(line.rstrip(" "))
        return whole_show(self, line, x, y, spacing)

    def encoded(self: paper.Pen, line: str) -> str:
        found.drawn.add(line.rstrip(" "))
        return whole_encoded(self, line)

    def encoded_lines(self: paper.Pen, lines: Sequence[str]) -> list[str]:
        found.drawn.update(line.rstrip(" ") for line in lines)
        return whole_lines(self, lines)

    with (
        mock.patch.object(wrapping, "_broken", broken),
        mock.patch.object(paper.Pen, "show", show),
        mock.patch.object(paper.Pen, "encoded", encoded),
        mock.patch.object(paper.Pen, "encoded_lines", encoded_lines),
    ):
        yield found


@contextmanager
def watched_lines() -> Iterator[Watched]:
    """Watches papers that are laid out and never finished: no fonts are embedded, there is no file to look at."""
    with (
        mock.patch.object(paper.Paper, "to_bytes", return_value=b""),
        mock.patch.object(form, "qr_boxes", return_value=[]),
        watched() as found,
    ):
        yield found


def line_faults_of(lines: Watched) -> list[str]:
    """The faults of lines alone, for papers that were not finished."""
    return list(_line_faults(lines))


def faults_of(pdf: bytes, lines: Watched, texts: Iterable[str] = ()) -> list[str]:
    """All faults of a paper; `texts` must stand on it whole, character by character."""
    return [*_line_faults(lines), *_page_faults(pdf), *_lost(pdf, texts)]


# ------------------------------------------------------------------------------------------------------------- lines


def _line_faults(watched_lines: Watched) -> Iterator[str]:
    for lines, widths, room, kept in watched_lines.broken:
        at = 0
        for line, following in pairwise(lines):
            at += len(line)
            if not (_is_drawn(line, watched_lines) and _is_drawn(following, watched_lines)):
                continue  # tried and dropped, for a label of even lines
            if following[0] in wrapping.NO_START:
                yield f"a line begins with {following[0]}: {line}|{following}"
            if line[-1] in wrapping.NO_END:
                yield f"a line ends with {line[-1]}: {line}|{following}"
            if _is_cut(line, following):
                yield f"a number or word is cut: {line}|{following}"
            if at in kept:
                yield f"a name is cut: {line}|{following}"
        for line in lines:
            if _is_drawn(line, watched_lines) and wrapping.ink_width(line, widths) > room + 1:
                yield f"a line is too long: {line}"


def _is_cut(line: str, following: str) -> bool:
    """Whether a run is cut; an address of the web longer than any number may be, where it does not fit."""
    if line[-1] not in wrapping.UNBROKEN or following[0] not in wrapping.UNBROKEN:
        return False
    runs = [found for found in wrapping.RUN.finditer(line + following) if found.end() > len(line)]
    return len(runs[0].group()) <= LONGEST_NUMBER


def _is_drawn(line: str, found: Watched) -> bool:
    return line.rstrip(" ") in found.drawn


# ------------------------------------------------------------------------------------------------------------- pages


@dataclass(frozen=True)
class _Letter:
    char: str
    left: float
    bottom: float
    right: float
    top: float


def _page_faults(pdf: bytes) -> Iterator[str]:
    document = pypdfium2.PdfDocument(pdf)
    try:
        with pikepdf.open(BytesIO(pdf)) as opened:
            for number, (page, own) in enumerate(zip(document, opened.pages, strict=True), 1):
                letters = list(_letters(page))
                width, height = page.get_size()
                for letter in letters:
                    if letter.left < EDGE_PT or letter.bottom < EDGE_PT:
                        yield f"page {number}: {letter.char} lies at the edge"
                    if letter.right > width - EDGE_PT or letter.top > height - EDGE_PT:
                        yield f"page {number}: {letter.char} lies at the edge"
                yield from (f"page {number}: {fault}" for fault in _crossed(letters, _rules(own)))
                page.close()
    finally:
        document.close()


def _letters(page: Any) -> Iterator[_Letter]:
    text = page.get_textpage()
    left, right, bottom, top = (ctypes.c_double() for _edge in range(4))
    try:
        for at in range(text.count_chars()):
            code = pdfium.FPDFText_GetUnicode(text, at)
            if code <= 0x20 or code == 0x3000 or pdfium.FPDFText_GetFontSize(text, at) > MARK_PT:
                continue
            pdfium.FPDFText_GetCharBox(text, at, left, right, bottom, top)
            if right.value > left.value:
                yield _Letter(chr(code), left.value, bottom.value, right.value, top.value)
    finally:
        text.close()


_LINE = re.compile(rb"([\d.]+) ([\d.]+) m ([\d.]+) ([\d.]+) l")
_BOX = re.compile(rb"(?<!\] 0 d )(?<= w )([\d.]+) ([\d.]+) ([\d.]+) ([\d.]+) re S(?! \[)")
_Rules = tuple[Sequence[tuple[float, float, float]], Sequence[tuple[float, float, float]]]


def _rules(page: pikepdf.Page) -> _Rules:
    """Upright rules as x and span, level ones as y and span: of the page and of the stamps that it places."""
    content = page.Contents.read_bytes()
    stamps = page.Resources.get("/XObject", pikepdf.Dictionary())
    for name in re.findall(rb"/(S\d+) Do", content):
        content += b"\n" + stamps["/" + name.decode()].read_bytes()
    lines = [tuple(map(float, found)) for found in _LINE.findall(content)]
    for x, y, width, height in (tuple(map(float, found)) for found in _BOX.findall(content)):
        lines += [(x, y, x, y + height), (x + width, y, x + width, y + height)]
        lines += [(x, y, x + width, y), (x, y + height, x + width, y + height)]
    upright = [(x1, min(y1, y2), max(y1, y2)) for x1, y1, x2, y2 in lines if abs(x1 - x2) < 0.01]
    level = [(y1, min(x1, x2), max(x1, x2)) for x1, y1, x2, y2 in lines if abs(y1 - y2) < 0.01]
    return sorted(set(upright)), sorted(set(level))


def _crossed(letters: Sequence[_Letter], rules: _Rules) -> Iterator[str]:
    upright, level = rules
    for letter in letters:
        middle_x, middle_y = (letter.left + letter.right) / 2, (letter.bottom + letter.top) / 2
        for x in _between(upright, letter.left, letter.right, middle_y):
            yield f"{letter.char} lies over an upright rule at {x:.0f}, {middle_y:.0f}"
        for y in _between(level, letter.bottom, letter.top, middle_x):
            yield f"{letter.char} lies over a level rule at {middle_x:.0f}, {y:.0f}"


def _between(
    rules: Sequence[tuple[float, float, float]], near: float, far: float, middle: float
) -> Iterator[float]:
    """Where rules lie well inside a letter; the rules are in order."""
    for number in range(bisect_right(rules, (near + TOUCH_PT, inf, inf)), len(rules)):
        place, low, high = rules[number]
        if place >= far - TOUCH_PT:
            return
        if low < middle < high:
            yield place


def _lost(pdf: bytes, texts: Iterable[str]) -> Iterator[str]:
    document = pypdfium2.PdfDocument(pdf)
    shown: Counter[str] = Counter()
    for page in document:
        text = page.get_textpage()
        shown.update(text.get_text_range())
        text.close()
        page.close()
    document.close()
    wanted: Counter[str] = Counter()
    for text in texts:
        wanted.update(char for char in printable(text) if not char.isspace())
    missing = wanted - shown
    if missing:
        yield f"lost: {''.join(sorted(missing.elements()))[:60]}"
