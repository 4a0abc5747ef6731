"""Contact cards, two by five on A4 with marks to cut along (DOMAIN 2.10).

The marks stand outside the cards: a cut that is half a millimetre off leaves no line on any of them.
"""

from __future__ import annotations

from desktop.printing.fonts import Fonts, printable
from desktop.printing.paper import A4_PT, MM, Ink, Paper
from desktop.printing.sheets import Card, CardSheet
from desktop.printing.wrap import balanced, wrap

WIDTH, HEIGHT = A4_PT
CARD_WIDTH, CARD_HEIGHT = 90 * MM, 54 * MM
ACROSS, DOWN = 2, 5
A_SHEET = ACROSS * DOWN
LEFT, BOTTOM = (WIDTH - ACROSS * CARD_WIDTH) / 2, (HEIGHT - DOWN * CARD_HEIGHT) / 2
MARK_FROM, MARK_LENGTH = 1.5 * MM, 5 * MM
PAD = 5 * MM
HEADING = "警民联系卡"
NUMBERS = "报警 110　反诈 96110　监督 12389"
PRACTICE = "（演练）"
SIZE_UNIT, SIZE_NAME, SIZE_PHONE, SIZE_LINE = 9.5, 15.0, 15.0, 8.5


def render_cards(sheet: CardSheet, fonts: Fonts) -> bytes:
    """The cards as PDF; equal sheets give equal bytes.

    Errors:  RuleBroken PRN-002 naming characters that no font has; EnvironmentFault PRN-001.
    """
    for card in dict.fromkeys(sheet.cards):
        texts = (card.unit, card.name, card.post, card.badge_no, card.address, card.hours, card.tip)
        fonts.require(texts, allow_missing=False)
    paper = Paper(fonts, title=HEADING, author=sheet.cards[0].unit if sheet.cards else "")
    for start in range(0, len(sheet.cards), A_SHEET):
        ink = Ink(paper)
        _draw_cut_marks(ink)
        for place, card in enumerate(sheet.cards[start : start + A_SHEET]):
            x = LEFT + place % ACROSS * CARD_WIDTH
            y = HEIGHT - BOTTOM - (place // ACROSS + 1) * CARD_HEIGHT
            _draw_card(ink, fonts, card, (x, y), practice=sheet.practice)
        paper.add_page(ink, WIDTH, HEIGHT)
    return paper.to_bytes()


def _draw_cut_marks(ink: Ink) -> None:
    top, right = BOTTOM + DOWN * CARD_HEIGHT, LEFT + ACROSS * CARD_WIDTH
    for column in range(ACROSS + 1):
        x = LEFT + column * CARD_WIDTH
        for edge, away in ((BOTTOM, -1), (top, 1)):
            ink.line(x, edge + away * MARK_FROM, x, edge + away * (MARK_FROM + MARK_LENGTH))
    for row in range(DOWN + 1):
        y = BOTTOM + row * CARD_HEIGHT
        for edge, away in ((LEFT, -1), (right, 1)):
            ink.line(edge + away * MARK_FROM, y, edge + away * (MARK_FROM + MARK_LENGTH), y)


def _draw_card(ink: Ink, fonts: Fonts, card: Card, corner: tuple[float, float], *, practice: bool) -> None:
    x, y = corner
    sans, serif = fonts.chain("sans"), fonts.chain("serif")
    left, right, width = x + PAD, x + CARD_WIDTH - PAD, CARD_WIDTH - 2 * PAD
    heading = HEADING + (PRACTICE if practice else "")
    ink.text(right - sans.width(heading, SIZE_LINE), y + 47 * MM, heading, SIZE_LINE, style="sans", bold=True)
    room = width - sans.width(heading, SIZE_LINE) - 3 * MM
    lines = balanced(printable(card.unit), sans.widths, room / SIZE_UNIT * 1000)[:2]
    for number, line in enumerate(lines):
        ink.text(left, y + 47 * MM - number * 4 * MM, line, SIZE_UNIT, style="sans")
    ink.line(left, y + 41 * MM, right, y + 41 * MM, 0.8)
    _draw_name(ink, fonts, card, (left, y + 34 * MM), width)
    if card.phone:
        ink.text(left, y + 26.5 * MM, f"电话 {card.phone}", SIZE_PHONE, style="sans", bold=True)
    base = y + 20.5 * MM
    for label, text in (("地址", card.address), ("接待", card.hours)):
        shown = wrap(printable(f"{label} {text}"), serif.widths, width / SIZE_LINE * 1000)[:1] if text else []
        for line in shown:
            ink.text(left, base, line, SIZE_LINE)
            base -= 4.4 * MM
    ink.line(left, y + 13.5 * MM, right, y + 13.5 * MM)
    ink.text(left, y + 9.2 * MM, NUMBERS, SIZE_LINE, style="sans")
    tip = wrap(printable(card.tip), serif.widths, width / SIZE_LINE * 1000)[:1] if card.tip else []
    for line in tip:
        ink.text(left, y + 5 * MM, line, SIZE_LINE)


def _draw_name(ink: Ink, fonts: Fonts, card: Card, place: tuple[float, float], width: float) -> None:
    """The name large, post and number beside it; a name of fifty characters is set as small as it needs."""
    x, base = place
    serif, sans = fonts.chain("serif"), fonts.chain("sans")
    name = printable(card.name)
    post = printable("　".join(part for part in (card.post, card.badge_no) if part))
    room = width - sans.width(post, SIZE_LINE) - 4 * MM
    size = min(SIZE_NAME, SIZE_NAME * room / max(serif.width(name, SIZE_NAME), 1.0))
    ink.text(x, base, name, size, bold=True)
    ink.text(x + serif.width(name, size) + 4 * MM, base, post, SIZE_LINE, style="sans")
