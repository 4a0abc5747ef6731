"""A desk over the room in memory, for tests of single windows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from PySide6.QtWidgets import QApplication

from desktop.base.clock import Clock
from desktop.printing.jobs import Outcome, PrinterSetup
from desktop.shell.desk import Desk
from desktop.shell.office import Tell
from desktop.widgets.drafts import Drafts
from desktop.widgets.keep import Keep
from desktop.widgets.runner import Runner
from desktop.widgets.theme import install_theme, process_theme
from tests.helpers.office import FakeOffice, filled_office
from tests.helpers.windows.answers import AnsweredAsk

DRAFT_KEY = bytes(range(32))


class FakeSpool:
    """Printers in memory; the paper may end after some pages."""

    def __init__(self) -> None:
        self.names = ["二楼打印机"]
        self.printed: list[tuple[str, tuple[int, ...]]] = []
        self.setups: dict[str, PrinterSetup] = {}
        self.sheets_left: int | None = None
        self.wait_before_page: Callable[[int], None] = lambda _page: None

    def printers(self) -> list[str]:
        """The names given."""
        return list(self.names)

    def setup_of(self, printer: str) -> PrinterSetup:
        """What was kept."""
        return self.setups.get(printer, PrinterSetup())

    def keep_setup(self, printer: str, setup: PrinterSetup) -> None:
        """Keeps it."""
        self.setups[printer] = setup

    def print_run(
        self, pdf: bytes, printer: str, run: Sequence[int], progress: Tell, cancelled: Callable[[], bool]
    ) -> Outcome:
        """Remembers what was printed."""
        sent: list[int] = []
        for page in run:
            self.wait_before_page(page)
            if cancelled() or self.sheets_left == 0:
                break
            sent.append(page)
            self.sheets_left = None if self.sheets_left is None else self.sheets_left - 1
            progress("已送出", len(sent), len(run))
        self.printed.append((printer, tuple(sent)))
        if len(sent) < len(run) and not cancelled():
            return Outcome(tuple(run), len(sent), fault="打印机没有纸了")
        return Outcome(tuple(run), len(sent), is_cancelled=len(sent) < len(run))


def dress_application(scale: int = 100) -> None:
    """Puts the theme on; once per process is enough, because a style sheet takes long."""
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    if not app.styleSheet() or process_theme.scale != scale:
        install_theme(app, scale=scale)


@contextmanager
def open_desk(home: Path, clock: Clock, office: FakeOffice | None = None) -> Iterator[Desk]:
    """A desk; our bugs in jobs fail the test."""
    dress_application()
    runner = Runner()
    crashes: list[BaseException] = []
    runner.crashed.connect(crashes.append)
    ask = AnsweredAsk()
    desk = Desk(
        office or filled_office(home, clock),
        runner,
        ask,
        Keep(home / "window.json"),
        clock,
        drafts=Drafts(home / "drafts", DRAFT_KEY),
        spool=FakeSpool(),
    )
    yield desk
    runner.stop()
    if crashes:
        raise crashes[0]
    assert not ask.left, "an answer was prepared that nobody asked for"
