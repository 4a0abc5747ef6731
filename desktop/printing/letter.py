"""Letters to other offices, A4, laid out by GB/T 9704-2012: red head, number, title, 22 lines of 28 characters.

The standard asks for 仿宋, 楷 and 小标宋; none of them is a free font with all names. Those of the PC are used
where the fonts are `dressed` in them, else the bundled 宋 stands for all three, in titles made heavy.

Source:  GB/T 9704-2012 5.2 (margins, type area), 7.2 (head, body), 7.3 (number of the page); DOMAIN 5.5.
"""

from __future__ import annotations

from collections.abc import Iterable

from desktop.printing.blocks import set_heading, set_parts, texts_of
from desktop.printing.column import Column, Frame, Line, by_paragraph, lines_together, paragraph
from desktop.printing.fonts import Fonts, Style, printable
from desktop.printing.form import PRACTICE, code_stamp
from desktop.printing.marks import ASCENT
from desktop.printing.paper import A4_PT, GREY_MARK, MM, Ink, Paper
from desktop.printing.sheets import Heading, LetterSheet, Part, Text
from desktop.printing.wrap import balanced

WIDTH, HEIGHT = A4_PT
FRAME = Frame(28 * MM, WIDTH - 26 * MM, HEIGHT - 37 * MM, 35 * MM)
"""天头 37 mm, 订口 28 mm, a type area of 156 × 225 mm."""
SIZE, LINES = 15.75, 22
"""三号 as printers understand it, so that 28 characters fill a line."""
LEAD = FRAME.height / LINES
TITLE, HEAD, SMALL = 22.0, 30.0, 14.0
"""二号 for the title, 四号 for the foot; the head is as large as the name of the unit allows, at most this."""
RED_RULE = 1.2


def render_letter(sheet: LetterSheet, fonts: Fonts) -> bytes:
    """The letter as PDF; equal sheets give equal bytes.

    Errors:  RuleBroken PRN-002 naming characters that no font has; EnvironmentFault PRN-001;
             ValueError for a short code that is not ASCII.
    """
    fonts.require(texts_of(sheet), allow_missing=False)
    return _LetterPress(sheet, fonts).press()


class _LetterPress:
    """One run from a sheet to bytes."""

    def __init__(self, sheet: LetterSheet, fonts: Fonts) -> None:
        self._sheet = sheet
        self._title = printable(sheet.title) + (PRACTICE if sheet.practice else "")
        self._paper = Paper(
            fonts, title=self._title.replace("\n", ""), author=sheet.unit, subject=sheet.number
        )
        self._column = Column(self._paper, FRAME, self._begin_page)

    def press(self) -> bytes:
        """Lays out all pages, then writes their feet."""
        column, sheet = self._column, self._sheet
        self._set_head()
        with self._paper.part("H1"):
            self._centred(self._title, TITLE, TITLE * 1.6, style="title")
        column.gap(LEAD)
        if sheet.addressee:
            self._words(f"{printable(sheet.addressee).rstrip('：')}：", indent=0)
        letter = list(_letter_parts(sheet.parts))
        self._set_body(letter)
        self._set_end()
        set_parts(column, sheet.parts[len(letter) :])
        stamp = code_stamp(self._paper, FRAME.left, sheet.code, sheet.content_hash)
        for page, ink in enumerate(column.pages, 1):
            with ink.aside():
                self._draw_foot(ink, page, stamp)
            self._paper.add_page(ink, WIDTH, HEIGHT)
        return self._paper.to_bytes()

    def _begin_page(self, ink: Ink, _page: int) -> None:
        if self._sheet.practice:
            ink.practice_mark(WIDTH, HEIGHT)

    def _set_head(self) -> None:
        column, sheet, chain = self._column, self._sheet, self._column.chain("title")
        unit = printable(sheet.unit).replace("\n", "")
        size = min(HEAD, HEAD * column.frame.width / max(chain.width(unit, HEAD), 1.0))
        base = column.y - HEAD * ASCENT
        x = column.frame.left + (column.frame.width - chain.width(unit, size)) / 2
        with self._paper.part("P"):
            is_bold = not self._paper.fonts.has_heavy_title
            column.ink.text(x, base, unit, size, style="title", bold=is_bold, red=True)
        column.y -= HEAD * 1.2 + 2 * LEAD
        if sheet.number:
            with self._paper.part("P"):
                self._centred(sheet.number, SIZE, LEAD)
        column.y -= 4 * MM
        column.ink.line(column.frame.left, column.y, column.frame.right, column.y, RED_RULE, red=True)
        column.y -= 2 * LEAD

    def _centred(self, text: str, size: float, lead: float, style: Style = "serif") -> None:
        column, chain = self._column, self._column.chain(style)
        is_bold = style == "title" and not self._paper.fonts.has_heavy_title
        for line in balanced(printable(text), chain.widths, column.frame.width / size * 1000):
            x = column.frame.left + (column.frame.width - chain.width(line, size)) / 2
            base = column.y - (lead - size) / 2 - size * ASCENT
            column.ink.text(x, base, line, size, style=style, bold=is_bold)
            column.y -= lead

    def _set_body(self, parts: Iterable[Part]) -> None:
        for part in parts:
            if isinstance(part, Heading):
                set_heading(self._column, part.text, SIZE, LEAD, _heading_style(part.text))
            elif isinstance(part, Text):
                self._words(part.text, indent=2)
        for number, text in enumerate(printable(self._sheet.attachments).splitlines(), 1):
            head = "附件：" if number == 1 else "\u3000" * 3
            self._words(f"{head}{text}", indent=2)

    def _words(self, text: str, indent: int) -> None:
        column = self._column
        lines = list(paragraph(text, column.chain(), SIZE, column.frame.width, indent))
        for own in by_paragraph(lines):
            with self._paper.part("P"):
                for number, line in own:
                    # The area holds 22 lines to a hair; rounding must not cost the last of them.
                    column.reserve(LEAD * lines_together(lines, number) - 0.5)
                    self._draw(line)

    def _draw(self, line: Line) -> None:
        column = self._column
        base = column.y - (LEAD - SIZE) / 2 - SIZE * ASCENT
        column.ink.text(column.frame.left + line.dx, base, line.text, SIZE, spacing=line.spacing)
        column.y -= LEAD

    def _set_end(self) -> None:
        """The unit over the date, four characters from the right; both stay with two lines of room for the seal."""
        column, sheet, chain = self._column, self._sheet, self._column.chain()
        day = sheet.date or "\u3000\u3000\u3000\u3000年\u3000\u3000月\u3000\u3000日"
        signer = printable(sheet.signer or sheet.unit).replace("\n", "")
        column.reserve(4 * LEAD)
        column.gap(2 * LEAD)
        right = column.frame.right - 4 * SIZE
        middle = right - chain.width(day, SIZE) / 2
        for text in (signer, day):
            shown = chain.width(text, SIZE)
            x = min(middle - shown / 2, column.frame.right - shown)
            with self._paper.part("P"):
                self._draw(Line(text, max(x, column.frame.left) - column.frame.left))
        if sheet.copies_to:
            self._set_copies_to()

    def _set_copies_to(self) -> None:
        """版记: who gets a copy, between two rules, at the foot of the type area."""
        column = self._column
        lead = SMALL * 1.6
        lines = list(
            paragraph(f"\u3000抄送：{self._sheet.copies_to}", column.chain(), SMALL, column.frame.width)
        )
        column.reserve((len(lines) + 1) * lead)
        column.y = column.frame.bottom + len(lines) * lead + 6
        column.ink.line(column.frame.left, column.y, column.frame.right, column.y, 1.0)
        with self._paper.part("P"):
            for line in lines:
                base = column.y - (lead - SMALL) / 2 - SMALL * ASCENT
                column.ink.text(column.frame.left + line.dx, base, line.text, SMALL, spacing=line.spacing)
                column.y -= lead
        column.ink.line(column.frame.left, column.y - 2, column.frame.right, column.y - 2, 1.0)

    def _draw_foot(self, ink: Ink, page: int, stamp: str) -> None:
        """The page number, 7 mm under the type area, odd ones right and even ones left, one character in."""
        chain, shown = self._paper.fonts.chain("serif"), f"— {page} —"
        base = FRAME.bottom - 7 * MM - SMALL * ASCENT
        x = FRAME.right - chain.width(shown, SMALL) - SMALL if page % 2 else FRAME.left + SMALL
        ink.text(x, base, shown, SMALL)
        if stamp:
            ink.place(stamp)
        mark = printable(self._sheet.print_mark)
        sans = self._paper.fonts.chain("sans")
        ink.text(FRAME.right - sans.width(mark, 6), 8 * MM, mark, 6, style="sans", grey=GREY_MARK)


def _heading_style(text: str) -> Style:
    """一、 in 黑体, （一） in 楷体 (GB/T 9704-2012 7.3.3)."""
    return "kai" if text.lstrip("\u3000").startswith("（") else "sans"


def _letter_parts(parts: Iterable[Part]) -> Iterable[Part]:
    """The text of the letter; what begins with another primitive is set under it as in a form."""
    for part in parts:
        if not isinstance(part, Text | Heading):
            return
        yield part
