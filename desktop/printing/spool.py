"""Sends a finished PDF to a printer, page by page as a grey picture: what was previewed is what is printed.

The only module of printing that knows Qt. Run it on a worker thread: a page takes half a second, and asking for a
network printer that is switched off may take many.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QMarginsF, QRectF, QSizeF
from PySide6.QtGui import QImage, QPageLayout, QPageSize, QPainter
from PySide6.QtPrintSupport import QPrinter, QPrinterInfo

from desktop.base.errors import EnvironmentFault
from desktop.base.text import _
from desktop.printing import preview
from desktop.printing.jobs import BLANK, Outcome, PrinterSetup

BAND_MM = 40.0
"""Height of what is drawn at once at 600 dpi: a whole page would take 35 MB, and Qt copies it."""
WHOLE_PAGE_DPI = 300
_MM_PER_INCH = 25.4

Progress = Callable[[int, int], None]
Cancelled = Callable[[], bool]


def printer_names() -> list[str]:
    """The printers that the system knows, the usual one first. Asks no printer whether it is there."""
    usual = QPrinterInfo.defaultPrinterName()
    return sorted(QPrinterInfo.availablePrinterNames(), key=lambda name: (name != usual, name))


def printer_called(name: str) -> QPrinter:
    """The printer of that name.

    Errors:  EnvironmentFault PRN-006 when the system knows it no more.
    """
    info = QPrinterInfo.printerInfo(name)
    if info.isNull():
        raise EnvironmentFault(
            "PRN-006", _("找不到打印机“{name}”，没有打印。请检查连线，或另存为 PDF").format(name=name)
        )
    return QPrinter(info)


def print_run(
    pdf: bytes,
    printer: QPrinter,
    run: Sequence[int],
    setup: PrinterSetup = PrinterSetup(),  # noqa: B008 - frozen
    *,
    progress: Progress = lambda _done, _total: None,
    cancelled: Cancelled = lambda: False,
) -> Outcome:
    """Prints the pages of a run at their true size, and says how many were sent.

    Asks `cancelled` before each page. What was sent stays sent, also when the printer breaks the job off.

    Shape:   pages count from 1 and are printed in the order given; `BLANK` is an empty side.
    Errors:  EnvironmentFault PRN-004 when the printer takes no job; PRN-003 for a broken PDF; ValueError for a page
             that is not there. A failure after the first page is told in the outcome.
    """
    sizes = preview.page_sizes_mm(pdf)
    strange = [page for page in run if page != BLANK and not 1 <= page <= len(sizes)]
    if strange:
        raise ValueError(f"page {strange[0]} of {len(sizes)}")
    if not run:
        return Outcome((), 0)
    _prepare(printer, setup.dpi)
    _lay(printer, sizes[max(run[0], 1) - 1])
    painter = QPainter()
    if not painter.begin(printer):
        raise _printer_fault(printer)
    sent = 0
    try:
        for page in run:
            if cancelled():
                return Outcome(tuple(run), sent, is_cancelled=True)
            if sent:
                _turn_over(printer, sizes, page)
            if page != BLANK:
                _draw(painter, printer, pdf, page, setup, width_mm=sizes[page - 1][0])
            sent += 1
            progress(sent, len(run))
    except EnvironmentFault as fault:
        return Outcome(tuple(run), sent, fault=fault.sentence)
    finally:
        painter.end()
    if printer.printerState() == QPrinter.PrinterState.Error:
        # It took every page and then said no; which of them are on paper nobody can know from here.
        return Outcome(tuple(run), 0, fault=_printer_fault(printer).sentence)
    return Outcome(tuple(run), sent)


def _turn_over(printer: QPrinter, sizes: Sequence[tuple[float, float]], page: int) -> None:
    """Begins the next side."""
    if page != BLANK:
        _lay(printer, sizes[page - 1])
    if not printer.newPage():
        raise _printer_fault(printer)


def _prepare(printer: QPrinter, dpi: int) -> None:
    """What a driver would otherwise decide: resolution, grey, one copy, one side a sheet. Only works before begin."""
    printer.setResolution(dpi)
    printer.setColorMode(QPrinter.ColorMode.GrayScale)
    printer.setCopyCount(1)
    printer.setDuplex(QPrinter.DuplexMode.DuplexNone)


def _lay(printer: QPrinter, size_mm: tuple[float, float]) -> None:
    """Turns the sheet as the next page needs it; the margins are cleared again because a driver brings its own back."""
    width_mm, height_mm = size_mm
    lying = width_mm > height_mm
    upright = QSizeF(min(size_mm), max(size_mm))
    printer.setPageSize(
        QPageSize(upright, QPageSize.Unit.Millimeter, "", QPageSize.SizeMatchPolicy.FuzzyMatch)
    )
    printer.setPageOrientation(
        QPageLayout.Orientation.Landscape if lying else QPageLayout.Orientation.Portrait
    )
    printer.setFullPage(True)
    # WORKAROUND(QTBUG-5363): full page alone shifts the picture by the unprintable edge.
    printer.setPageMargins(QMarginsF(0, 0, 0, 0), QPageLayout.Unit.Millimeter)


def _draw(
    painter: QPainter, printer: QPrinter, pdf: bytes, page: int, setup: PrinterSetup, *, width_mm: float
) -> None:
    # A driver may keep a resolution of its own, so the target is computed from the printer and not from the setup.
    scale = printer.resolution() / _MM_PER_INCH
    band_mm = 10_000.0 if setup.dpi <= WHOLE_PAGE_DPI else BAND_MM
    for top_mm, height_mm, dots in preview.page_bands(pdf, page, setup.dpi, band_mm):
        image = QImage(dots.dots, dots.width, dots.height, dots.stride, QImage.Format.Format_Grayscale8)
        target = QRectF(
            setup.dx_mm * scale, (top_mm + setup.dy_mm) * scale, width_mm * scale, height_mm * scale
        )
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
