"""The printers of this PC, as the preview and its print tasks ask for them; never called on the window's thread."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from desktop.base.text import _
from desktop.printing import spool
from desktop.printing.jobs import Outcome, PrinterSetup, keep_setup, read_setups
from desktop.shell.office import Tell


class Printers:
    """Satisfies `shell.office.Spool` with Qt's printers and one small file under the home."""

    def __init__(self, home: Path) -> None:
        self._home = home

    def printers(self) -> list[str]:
        """Names of the printers, the default one first."""
        return spool.printer_names()

    def setup_of(self, printer: str) -> PrinterSetup:
        """What was kept for a printer."""
        return read_setups(self._home).get(printer, PrinterSetup())

    def keep_setup(self, printer: str, setup: PrinterSetup) -> None:
        """Keeps what a printer needs. Errors: EnvironmentFault ENV-0xx."""
        keep_setup(self._home, printer, setup)

    def print_run(
        self, pdf: bytes, printer: str, run: Sequence[int], progress: Tell, cancelled: Callable[[], bool]
    ) -> Outcome:
        """Prints one run with the printer's setup; a cancelled one stops between two pages.

        Errors:  EnvironmentFault PRN-006 when the printer is gone; PRN-003, PRN-004 as `spool.print_run`.
        """
        return spool.print_run(
            pdf,
            spool.printer_called(printer),
            run,
            self.setup_of(printer),
            progress=lambda done, total: progress(_("已送出"), done, total),
            cancelled=cancelled,
        )
