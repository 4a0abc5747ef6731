"""Sends a finished PDF to a printer, page by page as a grey picture: what was previewed is what is printed.

The only module of printing that knows Qt. Run it on a worker thread: a page takes half a second, and asking for a
network printer that is switched off may take many.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QMarginsF, QRectF
from PySide6.QtGui import QImage, QPageLayout, QPageSize, QPainter
from PySide6.QtPrintSupport import QPrinter, QPrinterInfo

from desktop.base.errors import EnvironmentFault
from desktop.base.text import _
from desktop.printing import preview

DPI = 300
_MM_PER_INCH = 25.4

Progress = Callable[[int, int], None]
Cancelled = Callable[[], bool]


def printer_names() -> list[str]:
    """The printers that the system knows, the usual one first. Asks no printer whether it is there."""
    usual = QPrinterInfo.defaultPrinterName()
    return sorted(QPrinterInfo.availablePrinterNames(), key=lambda name: (name != usual, name))


def print_pdf(
    pdf: bytes,
    printer: QPrinter,
    pages: Sequence[int] | None = None,
    copies: int = 1,
    *,
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
) -> int:
    """Prints pages at their true size and gives the number of sheets sent, all copies together.

    Asks `cancelled` before each page; what was already sent stays sent, and the number tells how much that is.

    Shape:   `pages` count from 1 and are printed in the order given; None is all. Copies come one whole after another.
    Errors:  EnvironmentFault PRN-004 when the printer takes no job or breaks it off; PRN-003 for a broken PDF;
             ValueError for a page that is not there.
    """
    jobs = _chosen(pdf, pages) * copies
    if not jobs:
        return 0
    _prepare(printer)
    _lay(printer, pdf, jobs[0])
    painter = QPainter()
    if not painter.begin(printer):
        raise _printer_fault(printer)
    sent = 0
    try:
        for page in jobs:
            if cancelled is not None and cancelled():
                printer.abort()
                break
            if sent:
                _lay(printer, pdf, page)
                if not printer.newPage():
                    raise _printer_fault(printer)
            _draw(painter, printer, pdf, page)
            sent += 1
            if progress is not None:
                progress(sent, len(jobs))
    finally:
        painter.end()
    if printer.printerState() == QPrinter.PrinterState.Error:
        raise _printer_fault(printer)
    return sent


def _chosen(pdf: bytes, pages: Sequence[int] | None) -> list[int]:
    count = preview.page_count(pdf)
    chosen = list(range(1, count + 1)) if pages is None else list(pages)
    for page in chosen:
        if not 1 <= page <= count:
            raise ValueError(f"page {page} of {count}")
    return chosen


def _prepare(printer: QPrinter) -> None:
    """What a driver would otherwise decide: resolution, grey, one copy a job. Only works before begin."""
    printer.setResolution(DPI)
    printer.setColorMode(QPrinter.ColorMode.GrayScale)
    printer.setCopyCount(1)


def _lay(printer: QPrinter, pdf: bytes, page: int) -> None:
    """Turns the sheet as the next page needs it; the margins are cleared again because a driver brings its own back."""
    width_mm, height_mm = preview.page_size_mm(pdf, page)
    lying = width_mm > height_mm
    printer.setPageSize(QPageSize(QPageSize.PageSizeId.A4))
    printer.setPageOrientation(
        QPageLayout.Orientation.Landscape if lying else QPageLayout.Orientation.Portrait
    )
    printer.setFullPage(True)
    # WORKAROUND(QTBUG-5363): full page alone shifts the picture by the unprintable edge.
    printer.setPageMargins(QMarginsF(0, 0, 0, 0), QPageLayout.Unit.Millimeter)


def _draw(painter: QPainter, printer: QPrinter, pdf: bytes, page: int) -> None:
    width_mm, height_mm = preview.page_size_mm(pdf, page)
    width, height, stride, dots = preview.page_grey(pdf, page, DPI)
    image = QImage(dots, width, height, stride, QImage.Format.Format_Grayscale8)
    # A driver may keep a resolution of its own, so the target is computed from the printer and not from DPI.
    scale = printer.resolution() / _MM_PER_INCH
    target = QRectF(0, 0, width_mm * scale, height_mm * scale)
    painter.drawImage(target, image)


def _printer_fault(printer: QPrinter) -> EnvironmentFault:
    return EnvironmentFault(
        "PRN-004",
        _(
            "打印机“{name}”没有接收这份文件。数据没有丢失；请检查打印机电源、连线和纸张，然后重新打印。"
        ).format(name=printer.printerName()),
        may_retry=True,
        printer=printer.printerName(),
    )
