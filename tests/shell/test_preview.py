"""The preview: pages when they are looked at, zoom, printing, saving."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot
from reportlab.pdfgen.canvas import Canvas

from desktop.shell.desk import Desk
from desktop.shell.preview import PreviewDialog
from tests.helpers.windows.answers import AnsweredAsk
from tests.helpers.windows.desk import FakeSpool
from tests.helpers.windows.keyboard import press


def two_pages(count: int = 2) -> bytes:
    target = BytesIO()
    canvas = Canvas(target, pagesize=(595, 842))
    for number in range(1, count + 1):
        canvas.drawString(100, 700, f"page {number}")
        canvas.showPage()
    canvas.save()
    return target.getvalue()


@pytest.fixture
def parent(qtbot: QtBot) -> QWidget:
    made = QWidget()
    qtbot.addWidget(made)
    made.show()
    return made


@pytest.fixture
def preview(desk: Desk, parent: QWidget, qtbot: QtBot) -> Iterator[PreviewDialog]:
    made = PreviewDialog(parent, desk, "调解协议书", two_pages(12))
    made.open()
    qtbot.waitUntil(lambda: desk.runner.is_idle and not made._settle.isActive() and bool(made.pages))
    qtbot.waitUntil(lambda: desk.runner.is_idle)
    yield made
    qtbot.waitUntil(lambda: desk.runner.is_idle)


def drawn(preview: PreviewDialog) -> list[int]:
    return [number for number, sheet in enumerate(preview.pages, 1) if not sheet.pixmap().isNull()]


def test_only_pages_in_view_are_drawn(preview: PreviewDialog) -> None:
    assert len(preview.pages) == 12
    assert 1 in drawn(preview)
    assert 12 not in drawn(preview)
    assert preview.page_label.text() == "第 1 页，共 12 页"


def test_end_key_goes_to_the_last_page_and_draws_it(preview: PreviewDialog, qtbot: QtBot) -> None:
    preview.activateWindow()
    press(preview, Qt.Key.Key_End)

    qtbot.waitUntil(lambda: 12 in drawn(preview))
    assert preview.page_on_show >= 11


def test_zoom_makes_pages_larger_and_draws_them_again(preview: PreviewDialog, qtbot: QtBot) -> None:
    before = preview.pages[0].width()

    preview.larger_button.click()

    assert preview.pages[0].width() > before
    qtbot.waitUntil(lambda: preview.pages[0].pixmap().deviceIndependentSize().width() > before)


def test_printing_says_when_it_was_sent(
    preview: PreviewDialog, desk: Desk, settle: Callable[[], None]
) -> None:
    preview.copies_box.setCurrentIndex(2)

    preview.print_now()
    settle()

    assert isinstance(desk.spool, FakeSpool)
    assert desk.spool.printed == [("二楼打印机", 3)]
    assert preview.job_label.text() == "✓ 已送到打印机"
    assert preview.print_button.isEnabled()


def test_without_a_printer_the_pdf_can_be_saved(
    desk: Desk, parent: QWidget, ask: AnsweredAsk, settle: Callable[[], None], room_folder: Path
) -> None:
    assert isinstance(desk.spool, FakeSpool)
    desk.spool.names = []
    made = PreviewDialog(parent, desk, "协议", two_pages())
    made.open()
    settle()
    assert not made.print_button.isEnabled()
    assert "没有打印机" in made.printer_box.currentText()
    ask.answer(room_folder / "协议.pdf")

    made.save_pdf()
    settle()

    assert (room_folder / "协议.pdf").read_bytes() == made.pdf
    assert made.job_label.text() == "✓ 已存到 协议.pdf"
    made.close()
