from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtPrintSupport import QPrinter
from pytestqt.qtbot import QtBot

from desktop.base.errors import EnvironmentFault
from desktop.printing import preview, spool
from desktop.printing.fonts import Fonts
from desktop.printing.paper import A4_PT, MM, Ink, Paper


def make_pdf(fonts: Fonts, *sizes_mm: tuple[float, float]) -> bytes:
    """Pages with a frame 10 mm inside their edges."""
    paper = Paper(fonts, title="框")
    for width_mm, height_mm in sizes_mm:
        ink = Ink(paper)
        ink.rectangle(10 * MM, 10 * MM, (width_mm - 20) * MM, (height_mm - 20) * MM, stroke=0.8)
        paper.add_page(ink, width_mm * MM, height_mm * MM)
    return paper.to_bytes()


@pytest.fixture
def printer(qtbot: QtBot, tmp_path: Path) -> QPrinter:
    made = QPrinter(QPrinter.PrinterMode.HighResolution)
    made.setOutputFormat(QPrinter.OutputFormat.PdfFormat)
    made.setOutputFileName(str(tmp_path / "纸.pdf"))
    return made


def printed(printer: QPrinter) -> bytes:
    return Path(printer.outputFileName()).read_bytes()


def edges_mm(pdf: bytes, page: int) -> tuple[float, ...]:
    width, height, stride, dots = preview.page_grey(pdf, page, 300)
    picture = Image.frombuffer("L", (width, height), dots, "raw", "L", stride, 1)
    box = picture.point(lambda dot: 255 if dot < 128 else 0).getbbox()
    assert box is not None
    return tuple(edge / 300 * 25.4 for edge in box)


def test_what_is_printed_lies_within_a_third_of_a_millimetre_of_the_source(
    fonts: Fonts, printer: QPrinter
) -> None:
    pdf = make_pdf(fonts, (210, 297), (297, 210))
    assert spool.print_pdf(pdf, printer) == 2
    assert printer.resolution() == spool.DPI
    paper = printed(printer)
    assert preview.page_count(paper) == 2
    for page in (1, 2):
        assert preview.page_size_mm(paper, page) == pytest.approx(preview.page_size_mm(pdf, page), abs=0.2)
        assert edges_mm(paper, page) == pytest.approx(edges_mm(pdf, page), abs=0.3)


def test_margins_that_the_printer_brings_do_not_shift_the_page(fonts: Fonts, printer: QPrinter) -> None:
    from PySide6.QtCore import QMarginsF
    from PySide6.QtGui import QPageLayout

    printer.setPageMargins(QMarginsF(15, 15, 15, 15), QPageLayout.Unit.Millimeter)
    printer.setFullPage(False)
    pdf = make_pdf(fonts, (210, 297))
    spool.print_pdf(pdf, printer)
    assert edges_mm(printed(printer), 1) == pytest.approx(edges_mm(pdf, 1), abs=0.3)


def test_chosen_pages_are_printed_in_order_and_copies_one_after_another(
    fonts: Fonts, printer: QPrinter
) -> None:
    pdf = make_pdf(fonts, (210, 297), (297, 210), (210, 297))
    told: list[tuple[int, int]] = []
    sent = spool.print_pdf(pdf, printer, [2, 1], 2, progress=lambda done, of: told.append((done, of)))
    assert sent == 4
    assert told == [(1, 4), (2, 4), (3, 4), (4, 4)]
    paper = printed(printer)
    lying = [width > height for width, height in (preview.page_size_mm(paper, page) for page in range(1, 5))]
    assert lying == [True, False, True, False]


def test_a_cancelled_print_stops_before_the_next_page(fonts: Fonts, printer: QPrinter) -> None:
    pdf = make_pdf(fonts, *[(210, 297)] * 3)
    told: list[int] = []
    sent = spool.print_pdf(
        pdf, printer, progress=lambda done, _of: told.append(done), cancelled=lambda: len(told) == 2
    )
    assert sent == 2
    assert told == [1, 2]


@pytest.mark.qt_log_ignore("QPainter::begin", extend=True)
def test_a_printer_that_takes_nothing_is_a_fault_that_may_be_retried(
    fonts: Fonts, qtbot: QtBot, tmp_path: Path
) -> None:
    printer = QPrinter(QPrinter.PrinterMode.HighResolution)
    printer.setOutputFormat(QPrinter.OutputFormat.PdfFormat)
    printer.setOutputFileName(str(tmp_path / "没有这个文件夹" / "纸.pdf"))
    with pytest.raises(EnvironmentFault) as caught:
        spool.print_pdf(make_pdf(fonts, (210, 297)), printer)
    assert caught.value.code == "PRN-004"
    assert caught.value.may_retry


def test_no_pages_print_nothing(fonts: Fonts, printer: QPrinter) -> None:
    assert spool.print_pdf(make_pdf(fonts, (210, 297)), printer, []) == 0
    assert not Path(printer.outputFileName()).exists()


def test_a_page_that_is_not_there_is_refused_before_anything_is_sent(fonts: Fonts, printer: QPrinter) -> None:
    with pytest.raises(ValueError, match="page 2 of 1"):
        spool.print_pdf(make_pdf(fonts, (210, 297)), printer, [1, 2])
    assert not Path(printer.outputFileName()).exists()


def test_printer_names_are_those_of_the_system(qtbot: QtBot) -> None:
    from PySide6.QtPrintSupport import QPrinterInfo

    assert sorted(spool.printer_names()) == sorted(QPrinterInfo.availablePrinterNames())


def test_a4_of_the_layouts_is_a4() -> None:
    assert tuple(round(edge / MM) for edge in A4_PT) == (210, 297)
