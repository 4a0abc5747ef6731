"""The preview: pages when they are looked at, zoom, printing, saving."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from threading import Event

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QStyle, QStyleOptionComboBox, QWidget
from pytestqt.qtbot import QtBot
from reportlab.pdfgen.canvas import Canvas

from desktop.printing.jobs import Outcome, PrinterSetup
from desktop.shell import preview as module
from desktop.shell.desk import Desk
from desktop.shell.preview import PreviewDialog
from desktop.shell.printer_setup import PrinterSetupDialog
from tests.helpers.office import FakeOffice
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


def assert_opened(gate: Event) -> None:
    assert gate.wait(30)


@pytest.fixture
def spool(desk: Desk) -> FakeSpool:
    assert isinstance(desk.spool, FakeSpool)
    return desk.spool


def test_printing_says_when_it_was_sent_and_keeps_it_in_the_log(
    preview: PreviewDialog, spool: FakeSpool, office: FakeOffice, settle: Callable[[], None]
) -> None:
    preview.copies_box.setCurrentIndex(1)
    preview.pages_edit.setText("2-3")

    preview.print_now()
    settle()

    assert spool.printed == [("二楼打印机", (2, 3, 2, 3))]
    assert preview.job_label.text() == "✓ 已送到打印机"
    assert preview.print_button.isEnabled()
    (order,) = office.orders
    assert (order.label, order.printer, order.pages, order.copies) == ("调解协议书", "二楼打印机", (2, 3), 2)
    assert office.ended_prints == {"print-1": (Outcome((2, 3, 2, 3), 4),)}


def test_pages_that_are_not_there_are_told_and_nothing_is_printed(
    preview: PreviewDialog, spool: FakeSpool, settle: Callable[[], None]
) -> None:
    preview.pages_edit.setText("13")

    preview.print_now()
    settle()

    assert spool.printed == []
    assert "13" in preview.job_label.text()
    assert preview.print_button.isEnabled()


def test_both_sides_are_two_runs_with_the_paper_turned_between(
    preview: PreviewDialog, spool: FakeSpool, ask: AnsweredAsk, settle: Callable[[], None]
) -> None:
    spool.setups["二楼打印机"] = PrinterSetup(is_reversed=True)
    preview.pages_edit.setText("1-5")
    preview.sides_box.setChecked(True)
    ask.answer("go")

    preview.print_now()
    settle()

    assert [run for _printer, run in spool.printed] == [(1, 3, 5), (0, 4, 2)]
    assert "翻面" in ask.asked[0]
    assert preview.job_label.text() == "✓ 已送到打印机"


def test_backs_that_are_not_wanted_are_told_as_not_sent(
    preview: PreviewDialog,
    spool: FakeSpool,
    ask: AnsweredAsk,
    office: FakeOffice,
    settle: Callable[[], None],
) -> None:
    preview.pages_edit.setText("1-4")
    preview.sides_box.setChecked(True)
    ask.answer("stop")

    preview.print_now()
    settle()

    assert [run for _printer, run in spool.printed] == [(1, 3)]
    assert preview.job_label.text() == "▲ 已送出第 1、3 页，第 2、4 页没有送出"
    assert preview.pages_edit.text() == "2,4"
    assert office.ended_prints["print-1"][-1].is_cancelled


def test_a_print_that_breaks_off_says_what_came_out_and_prints_the_rest(
    preview: PreviewDialog,
    spool: FakeSpool,
    ask: AnsweredAsk,
    office: FakeOffice,
    settle: Callable[[], None],
) -> None:
    spool.sheets_left = 4
    ask.answer("rest", "no")

    preview.print_now()
    settle()

    assert "已送出第 1-4 页，第 5-12 页没有送出" in ask.asked[0]
    assert "打印机没有纸了" in ask.asked[0]
    assert "一页也没有送出" in ask.asked[1]
    assert [run for _printer, run in spool.printed] == [(1, 2, 3, 4), ()]
    assert [order.pages for order in office.orders] == [tuple(range(1, 13)), tuple(range(5, 13))]
    assert preview.job_label.text() == "✕ 一页也没有送出"


def test_a_stopped_print_leaves_the_rest_ready_to_print(
    preview: PreviewDialog, spool: FakeSpool, settle: Callable[[], None]
) -> None:
    def stop_at_four(page: int) -> None:
        if page == 4:
            preview._stop()

    spool.wait_before_page = stop_at_four

    preview.print_now()
    settle()

    assert spool.printed == [("二楼打印机", (1, 2, 3))]
    assert preview.job_label.text() == "▲ 已送出第 1-3 页，第 4-12 页没有送出"
    assert preview.pages_edit.text() == "4-12"
    assert not preview.stop_button.isVisible()


def test_printing_goes_on_and_is_told_when_the_preview_is_closed(
    desk: Desk, parent: QWidget, spool: FakeSpool, settle: Callable[[], None]
) -> None:
    made = PreviewDialog(parent, desk, "走访台账", two_pages(3))
    made.open()
    settle()
    gate = Event()
    spool.wait_before_page = lambda _page: assert_opened(gate)

    made.print_now()
    made.close()
    gate.set()
    settle()

    assert spool.printed == [("二楼打印机", (1, 2, 3))]
    assert "走访台账：已送到打印机" in desk.messages.text


def test_ink_near_the_edge_is_asked_about_before_it_is_printed(
    desk: Desk, parent: QWidget, spool: FakeSpool, ask: AnsweredAsk, settle: Callable[[], None]
) -> None:
    made = PreviewDialog(parent, desk, "标签", two_pages(2))
    made.open()
    settle()
    spool.setups["二楼打印机"] = PrinterSetup(dx_mm=-20.0)
    wide = Canvas(target := BytesIO(), pagesize=(595, 842))
    wide.rect(5, 300, 100, 100)
    wide.showPage()
    wide.save()
    made.pdf = target.getvalue()
    ask.answer("no", "yes")

    made.pages_edit.setText("1")
    made.print_now()
    settle()
    assert spool.printed == []
    made.print_now()
    settle()

    assert spool.printed == [("二楼打印机", (1,))]
    assert "不到 5 毫米" in ask.asked[0]
    made.close()


def test_setup_of_a_printer_is_kept_for_it(
    preview: PreviewDialog, spool: FakeSpool, settle: Callable[[], None]
) -> None:
    preview.change_setup()
    settle()
    (dialog,) = preview.findChildren(PrinterSetupDialog)
    dialog.dx_edit.setText("－１.5")  # noqa: RUF001 - as an input method types it
    dialog.dy_edit.setText("30")
    dialog._take()
    assert dialog.isVisible()
    dialog.dy_edit.setText("")
    dialog.order_box.setCurrentIndex(1)
    dialog._take()
    settle()

    assert spool.setups == {"二楼打印机": PrinterSetup(-1.5, 0.0, is_reversed=True)}


def test_printers_that_do_not_answer_hold_nobody_up(
    desk: Desk, parent: QWidget, spool: FakeSpool, settle: Callable[[], None], qtbot: QtBot
) -> None:
    gate = Event()
    spool.printers = lambda: [str(gate.wait(30)) and "网络打印机"]  # type: ignore[method-assign]
    made = PreviewDialog(parent, desk, "协议", two_pages())
    made.open()
    qtbot.waitUntil(lambda: bool(drawn(made)))

    made._tell_patience()
    assert "没有回答" in made.printer_box.currentText()
    assert not made.print_button.isEnabled()
    gate.set()
    settle()

    assert made.printer_box.currentText() == "网络打印机"
    assert made.print_button.isEnabled()
    made.close()


def test_pictures_of_pages_far_away_are_let_go(preview: PreviewDialog, settle: Callable[[], None]) -> None:
    preview._set_zoom(0.5)
    for number in range(1, 13):
        preview._asked.add(number)
        preview._ask_for(number)
    settle()
    assert len(drawn(preview)) == 12

    module.MOST_PICTURES, kept = 4, module.MOST_PICTURES
    try:
        preview._let_go_of_far_pages()
    finally:
        module.MOST_PICTURES = kept

    assert drawn(preview) == [1, 2, 3, 4]


def test_arrow_keys_belong_to_the_box_that_has_them(preview: PreviewDialog, qtbot: QtBot) -> None:
    preview.activateWindow()
    qtbot.waitUntil(preview.isActiveWindow)
    preview.copies_box.setFocus()

    press(preview.copies_box, Qt.Key.Key_Down)

    assert preview.copies_box.currentData() == 2


def test_tab_goes_through_everything_in_reading_order(preview: PreviewDialog, qtbot: QtBot) -> None:
    preview.activateWindow()
    qtbot.waitUntil(preview.isActiveWindow)
    preview.printer_box.setFocus()
    names = [preview.printer_box.objectName()]
    for _step in range(7):
        preview.focusNextPrevChild(True)
        widget = preview.focusWidget()
        assert widget is not None
        names.append(widget.objectName())
    assert names == [
        "printerBox", "pagesEdit", "copiesBox", "sidesBox", "printerSetupButton", "printNowButton",
        "savePdfButton", "closePreviewButton",
    ]  # fmt: skip


def test_box_of_printers_shows_what_it_says_itself_whole(preview: PreviewDialog) -> None:
    box = preview.printer_box
    option = QStyleOptionComboBox()
    box.initStyleOption(option)
    field = box.style().subControlRect(
        QStyle.ComplexControl.CC_ComboBox, option, QStyle.SubControl.SC_ComboBoxEditField, box
    )
    assert all(box.fontMetrics().horizontalAdvance(words) <= field.width() for words in preview._box_words())


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
