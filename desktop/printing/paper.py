"""One PDF being written: pages, text, lines, stamps that repeat; the only module that knows PDF operators.

Measures are points, y grows upwards from the lower edge, as in PDF itself; layouts convert from millimetres with `MM`.
The same calls give the same bytes: no clock, no random identifier, no setting of ReportLab is touched.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from math import cos, radians, sin
from typing import Any

from reportlab.pdfbase import pdfdoc

from desktop.printing.cidfont import Codes, EmbeddedFont, NoGlyphError, deflated
from desktop.printing.fonts import Chain, FontFile, Fonts, Style
from desktop.printing.pdfa import PagePieces, Structure, add_archive_words
from desktop.printing.wrap import CLOSING, squeezed

MM = 72 / 25.4
"""Points in a millimetre."""
A4_PT = (210 * MM, 297 * MM)
RED = "0.78 0.05 0.05"
"""Of corrections; dark enough to be read on a grey printer."""

THIN, FRAME = 0.4, 0.6
GREY_MARK = 0.45
GREY_PRACTICE = 0.9
BOLD_SHARE = 0.022  # stroke width of a bold letter, as a share of its size


class Pen:
    """Turns lines of one style and size into text operators for the inside of one BT … ET."""

    def __init__(self, paper: Paper, chain: Chain, size_pt: float) -> None:
        self._paper = paper
        self._chain = chain
        self.size_pt = size_pt
        self._first = paper.embedded(chain.first)
        self._codes = self._first.codes
        self.boxes: list[tuple[float, float, float]] = []

    @property
    def font(self) -> str:
        """The name of its first font in the document."""
        return self._first.name

    def at(self, size_pt: float) -> Pen:
        """The same pen in another size; its boxes are written with this one's."""
        other = Pen(self._paper, self._chain, size_pt)
        other.boxes = self.boxes
        return other

    @property
    def select(self) -> str:
        """The operator that chooses the font; the first one after BT."""
        return f"/{self._first.name} {number(self.size_pt)} Tf"

    def encoded(self, line: str) -> str:
        """The codes of a line in which no mark stands beside another, two signs for each character.

        Errors:  NoGlyphError when the first font lacks a character; `show` takes others.
        """
        return line.translate(self._codes)

    def encoded_lines(self, lines: Sequence[str]) -> list[str]:
        """The codes of each of some lines, translated together, which is the faster way.

        Errors:  as `encoded`.
        """
        codes, stop, found = self.encoded("".join(lines)), 0, []
        for line in lines:
            start, stop = stop, stop + 2 * len(line)
            found.append(codes[start:stop])
        return found

    def show(self, line: str, x: float, y: float, spacing: float = 0.0) -> str:
        """The operators for a line that starts at a place on the base line.

        A character that no font has leaves a gap; `boxes` then holds where the box for it must be drawn.
        """
        place = f"1 0 0 1 {x:.2f} {y:.2f} Tm "
        beside = squeezed(line)
        try:
            if beside:
                return place + _kerned(line, beside, self._codes, self._chain.widths)
            return f"{place}({line.translate(self._codes)}) Tj"
        except NoGlyphError:
            return place + " ".join(self._mixed(line, x, y, spacing))

    def _mixed(self, line: str, x: float, y: float, spacing: float) -> Iterable[str]:
        chosen: FontFile | None = self._chain.first
        for font, run in _runs(self._chain, line):
            if font is None:
                for _char in run:
                    self.boxes.append((x, y, self.size_pt))
                    x += self.size_pt + spacing
                yield f"[{number(-1000 * len(run) * (1 + spacing / self.size_pt))}] TJ"
                continue
            embedded = self._paper.embedded(font)
            if font is not chosen:
                yield f"/{embedded.name} {number(self.size_pt)} Tf"
                chosen = font
            yield _kerned(run, squeezed(run), embedded.codes, self._chain.widths)
            x += self._chain.width(run, self.size_pt) + spacing * len(run)
        if chosen is not self._chain.first:
            yield self.select


class Ink:
    """Operators of one page or stamp."""

    def __init__(self, paper: Paper) -> None:
        self._paper = paper
        self.operators: list[str] = []
        self.pieces = PagePieces()
        self._is_aside = False

    @contextmanager
    def aside(self) -> Iterator[None]:
        """What is written meanwhile is no part of the text: a page number, a mark at the foot."""
        before, self._is_aside = self._is_aside, True
        try:
            yield
        finally:
            self._is_aside = before

    def _add(self, operators: str, *, is_text: bool = False) -> None:
        """Operators as a piece of the text or as ornament, where the paper tells them apart."""
        structure = self._paper.structure
        if structure is None:
            self.operators.append(operators)
        elif is_text and not self._is_aside:
            role, piece = structure.piece(self.pieces)
            self.operators.append(f"/{role} <</MCID {piece}>> BDC {operators} EMC")
        else:
            self.operators.append(f"/Artifact BMC {operators} EMC")

    def text(  # noqa: PLR0913 - one line of text and how it looks
        self,
        x: float,
        y: float,
        line: str,
        size_pt: float,
        *,
        style: Style = "serif",
        bold: bool = False,
        spacing: float = 0.0,
        grey: float = 0.0,
        red: bool = False,
    ) -> None:
        """One line of text with its base line at y; `spacing` is added after each character."""
        if not line:
            return
        pen = Pen(self._paper, self._paper.fonts.chain(style), size_pt)
        shown = pen.show(line, x, y, spacing)
        before, after = _state(size_pt, bold=bold, spacing=spacing, colour=_colour(grey=grey, red=red))
        self._add(f"{before}BT {pen.select} {shown} ET{after}", is_text=True)
        self.write_boxes(pen)

    def write_boxes(self, pen: Pen) -> None:
        """Hollow boxes where the pen left a gap, for the clerk to write the character into by hand."""
        for x, y, size in pen.boxes:
            self.rectangle(x + 0.04 * size, y - 0.1 * size, 0.92 * size, 0.98 * size)
        pen.boxes.clear()

    def line(
        self,
        x1: float,
        y1: float,
        x2: float,
        y2: float,
        width: float = THIN,
        *,
        dashed: bool = False,
        red: bool = False,
    ) -> None:
        """A straight line, black unless it is the red one under the head of a letter."""
        dash, solid = _dash(dashed=dashed)
        _fill, stroke = _colour(red=red)
        before, after = (f"q {stroke} ", " Q") if stroke else ("", "")
        self._add(f"{before}{dash}{width} w {x1:.2f} {y1:.2f} m {x2:.2f} {y2:.2f} l S{solid}{after}")

    def rectangle(
        self, x: float, y: float, width: float, height: float, *, stroke: float = THIN, dashed: bool = False
    ) -> None:
        """The outline of a box whose lower left corner is given."""
        dash, solid = _dash(dashed=dashed)
        self._add(f"{dash}{stroke} w {x:.2f} {y:.2f} {width:.2f} {height:.2f} re S{solid}")

    def fill(self, boxes: Iterable[tuple[float, float, float, float]], grey: float = 0.0) -> None:
        """Filled boxes as one path, so that no hairline shows between neighbours."""
        path = " ".join(f"{x:.3f} {y:.3f} {width:.3f} {height:.3f} re" for x, y, width, height in boxes)
        self._add(f"q {number(grey)} g {path} f Q")

    def place(self, stamp: str) -> None:
        """Draws a stamp made with `Paper.add_stamp`."""
        self.operators.append(f"/{stamp} Do")

    def practice_mark(self, width: float, height: float) -> None:
        """演练 in large light letters across the page; draw it first, so that text stands on it."""
        size, angle = min(width, height) * 0.34, radians(30)
        pen = Pen(self._paper, self._paper.fonts.chain("sans"), size)
        x = width / 2 - size * cos(angle) + size * 0.38 * sin(angle)
        y = height / 2 - size * sin(angle) - size * 0.38 * cos(angle)
        turn = f"{cos(angle):.4f} {sin(angle):.4f} {-sin(angle):.4f} {cos(angle):.4f} {x:.2f} {y:.2f} cm"
        self._add(f"q {turn} {number(GREY_PRACTICE)} g BT {pen.select} {pen.show('演练', 0, 0)} ET Q")


class Paper:
    """A document, PDF/A-2b, whose pages are finished one by one.

    A tagged one tells text from ornament and what belongs together (`part`); a ledger of thousands of rows is not.
    """

    def __init__(
        self, fonts: Fonts, *, title: str, author: str = "", subject: str = "", is_tagged: bool = True
    ) -> None:
        self.fonts = fonts
        self.structure = Structure() if is_tagged else None
        # An explicit `invariant`: the module-wide setting of ReportLab stays as others want it.
        self._document = pdfdoc.PDFDocument(invariant=1, pdfVersion=(1, 7), lang="zh-CN")
        add_archive_words(self._document, title=title, author=author, subject=subject)
        self._embedded: dict[FontFile, EmbeddedFont] = {}
        self._stamps: dict[str, Any] = {}
        self._resources = self._document.Reference(pdfdoc.PDFDictionary({}), "Resources")

    @contextmanager
    def part(self, role: str) -> Iterator[None]:
        """What is written meanwhile is one element: H1, P, Table, TR, TH, TD (ISO 32000-1 14.8.4)."""
        with self.structure.part(role) if self.structure else nullcontext():
            yield

    def embedded(self, font: FontFile) -> EmbeddedFont:
        """The font as this document embeds it."""
        if font not in self._embedded:
            self._embedded[font] = EmbeddedFont(font, f"F{len(self._embedded) + 1}")
        return self._embedded[font]

    def add_stamp(self, ink: Ink, width: float, height: float) -> str:
        """Keeps operators that repeat on many pages once; the name to place them with."""
        name = f"S{len(self._stamps) + 1}"
        stream = deflated(
            "\n".join(ink.operators).encode("latin-1"),
            Type=pdfdoc.PDFName("XObject"),
            Subtype=pdfdoc.PDFName("Form"),
            BBox=pdfdoc.PDFArray([0, 0, width, height]),
            Resources=self._resources,
        )
        self._stamps[name] = self._document.Reference(stream)
        return name

    def add_page(self, ink: Ink, width: float, height: float) -> None:
        """Finishes a page; its operators are compressed and let go."""
        page = pdfdoc.PDFPage()
        page.MediaBox = pdfdoc.PDFArray([0, 0, round(width, 3), round(height, 3)])
        page.Resources = self._resources
        content = "\n".join(ink.operators).encode("latin-1")
        ink.operators.clear()
        page.Contents = deflated(content)
        self._document.updateSignature(content)
        self._document.addPage(page)
        if self.structure:
            self.structure.add_page(ink.pieces, page)

    def to_bytes(self) -> bytes:
        """The whole file. Nothing can be added afterwards."""
        resources = self._document.idToObject["Resources"].dict
        fonts = {
            font.name: font.add_to(self._document) for font in self._embedded.values() if font.codes.used
        }
        resources["Font"] = pdfdoc.PDFDictionary(fonts)
        if self._stamps:
            resources["XObject"] = pdfdoc.PDFDictionary(dict(self._stamps))
        if self.structure:
            self.structure.add_to(self._document)
        data: bytes = self._document.GetPDFData(None)
        return data


def number(value: float) -> str:
    """A number as short as PDF allows at a hundredth of a point."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def _dash(*, dashed: bool) -> tuple[str, str]:
    return ("[2 2] 0 d ", " [] 0 d") if dashed else ("", "")


def _state(size_pt: float, *, bold: bool, spacing: float, colour: tuple[str, str]) -> tuple[str, str]:
    """What must be set before and put back after a line that is not plain black."""
    state, (fill, stroke) = [], colour
    if bold:
        # Regular faces only are bundled; a thin stroke around the letters makes them bold.
        state.append(f"2 Tr {size_pt * BOLD_SHARE:.2f} w {stroke or '0 G'}")
    if spacing:
        state.append(f"{spacing:.3f} Tc")
    if fill:
        state.append(fill)
    return (f"q {' '.join(state)} ", " Q") if state else ("", "")


def _kerned(line: str, beside: Sequence[int], codes: Codes, widths: Mapping[str, float]) -> str:
    """The operator for a run in which some marks give up their blank half to their neighbour."""
    if not beside:
        return f"({line.translate(codes)}) Tj"
    parts, start = [], 0
    for at in beside:
        stop = at + (line[at] in CLOSING)
        parts.append(f"({line[start:stop].translate(codes)}) {number(widths[line[at]] / 2)} ")
        start = stop
    return f"[{''.join(parts)}({line[start:].translate(codes)})] TJ"


def _colour(*, grey: float = 0.0, red: bool = False) -> tuple[str, str]:
    """The operators that choose a colour to fill and to stroke with; empty for black."""
    if red:
        return "0.8 0 0 rg", "0.8 0 0 RG"
    return (f"{number(grey)} g", f"{number(grey)} G") if grey else ("", "")


def _runs(chain: Chain, line: str) -> Iterable[tuple[FontFile | None, str]]:
    start = 0
    for end in range(1, len(line) + 1):
        if end == len(line) or chain.font_of(line[end]) is not chain.font_of(line[start]):
            yield chain.font_of(line[start]), line[start:end]
            start = end
