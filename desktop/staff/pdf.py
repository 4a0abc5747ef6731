"""Contact cards (警民联系卡) of one person who works here, ten on a sheet."""

from __future__ import annotations

from typing import Any

from desktop.printing.sheets import Card, CardSheet

CARDS_A_SHEET = 10


def card_sheet(card: Card, *, practice: bool) -> CardSheet:
    """A sheet of equal cards."""
    return CardSheet((card,) * CARDS_A_SHEET, practice=practice)


def render_card_sheet(sheet: CardSheet, fonts: Any) -> bytes:
    """The sheet as PDF. Errors: RuleBroken PRN-002; EnvironmentFault PRN-001."""
    from desktop.printing.cards import render_cards  # noqa: PLC0415 - ReportLab is loaded when paper is made

    return render_cards(sheet, fonts)
