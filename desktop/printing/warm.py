"""Loads what every paper needs before anybody asks for one, so that the first one comes as fast as the others."""

from __future__ import annotations

from desktop.printing import preview
from desktop.printing.fonts import Fonts
from desktop.printing.form import render_form
from desktop.printing.sheets import Cell, Flow, FormSheet, GridRow, SignaturePlace, Signatures

SCREEN_DPI = 96


def warm(fonts: Fonts) -> None:
    """Prints a small form into nothing and looks at it; the fonts, the writer and PDFium are then at hand.

    Errors:  EnvironmentFault PRN-001.
    """
    parts = (
        GridRow((Cell("姓名", "王某"), Cell("日期", "2026年3月5日"))),
        Flow("内容", "一、甲、乙双方“各执一词”，互不相让；二、调解（第1次）未果。" * 4),
        Signatures((SignaturePlace("甲方", "fingerprint"), SignaturePlace("印章", "seal"))),
    )
    sheet = FormSheet("记录", "2026-0001", "警务室", parts, code="ABCD-EFGH", content_hash="0" * 64)
    preview.page_picture(render_form(sheet, fonts), 1, SCREEN_DPI)
