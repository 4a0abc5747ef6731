"""Plain papers, A4 portrait: a report in words, the recovery sheet."""

from __future__ import annotations

from desktop.printing.blocks import set_parts, set_text, texts_of
from desktop.printing.column import Column, Frame
from desktop.printing.fonts import Fonts, hand_note, printable
from desktop.printing.paper import A4_PT, GREY_MARK, MM, Ink, Paper
from desktop.printing.sheets import SIZE_SMALL_PT, SIZE_TITLE_PT, Space, Text, TextSheet

WIDTH, HEIGHT = A4_PT
FRAME = Frame(28 * MM, WIDTH - 26 * MM, HEIGHT - 30 * MM, 25 * MM)
PRACTICE = "（演练）"
SIZE_PARAGRAPH_PT = 14.0
"""四号."""


def render_text(sheet: TextSheet, fonts: Fonts, *, allow_missing: bool = False) -> bytes:
    """The paper as PDF; equal sheets give equal bytes.

    Errors:  RuleBroken PRN-002 naming characters that no font has, unless `allow_missing`; EnvironmentFault PRN-001.
    """
    texts = (sheet.title, sheet.unit, sheet.print_mark, *texts_of(sheet.paragraphs))
    missing = fonts.require(texts, allow_missing=allow_missing)
    title = printable(sheet.title).replace("\n", "") + (PRACTICE if sheet.practice else "")
    paper = Paper(fonts, title=title, author=sheet.unit)

    def begin_page(ink: Ink, _page: int) -> None:
        if sheet.practice:
            ink.practice_mark(WIDTH, HEIGHT)

    column = Column(paper, FRAME, begin_page)
    set_text(column, Text(title, SIZE_TITLE_PT, "center", bold=True))
    if sheet.unit:
        set_text(column, Text(sheet.unit, 12, "center"))
    column.gap(4 * MM)
    set_parts(
        column,
        [
            Text(part, SIZE_PARAGRAPH_PT, indent=2) if isinstance(part, str) else part
            for part in sheet.paragraphs
        ],
    )
    if missing:
        set_parts(column, (Space(3), Text(hand_note(missing), SIZE_SMALL_PT)))
    _finish(paper, column, printable(sheet.print_mark))
    return paper.to_bytes()


def _finish(paper: Paper, column: Column, mark: str) -> None:
    serif = paper.fonts.chain("serif")
    for page, ink in enumerate(column.pages, 1):
        shown = f"第 {page} 页　共 {len(column.pages)} 页"
        ink.text((WIDTH - serif.width(shown, SIZE_SMALL_PT)) / 2, 14 * MM, shown, SIZE_SMALL_PT)
        ink.text(FRAME.left, 8 * MM, mark, 6, style="sans", grey=GREY_MARK)
        paper.add_page(ink, WIDTH, HEIGHT)
