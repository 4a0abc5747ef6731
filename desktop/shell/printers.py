"""The printers of this PC, as the preview asks for them; runs in the paper lane."""

from __future__ import annotations

from PySide6.QtPrintSupport import QPrinter, QPrinterInfo

from desktop.base.errors import EnvironmentFault
from desktop.base.text import _
from desktop.printing import spool
from desktop.shell.office import Tell


class Printers:
    """Satisfies `shell.office.Spool` with Qt's printers."""

    def printers(self) -> list[str]:
        """Names of the printers, the default one first."""
        return spool.printer_names()

    def print_pdf(self, pdf: bytes, printer: str, copies: int, progress: Tell) -> None:
        """Prints a whole PDF; a cancelled job stops between two pages.

        Errors:  EnvironmentFault PRN-006 when the printer is gone; PRN-003, PRN-004 as `spool.print_pdf`.
        """
        info = QPrinterInfo.printerInfo(printer)
        if info.isNull():
            raise EnvironmentFault(
                "PRN-006", _("找不到打印机“{name}”，没有打印。请检查连线，或另存为 PDF").format(name=printer)
            )
        sent = spool.print_pdf(
            pdf,
            QPrinter(info),
            copies=copies,
            progress=lambda done, total: progress(_("已送出"), done, total),
        )
        progress(_("已送出"), sent, sent)
