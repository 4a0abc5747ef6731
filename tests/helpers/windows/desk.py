"""A desk over the room in memory, for tests of single windows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PySide6.QtWidgets import QApplication

from desktop.base.clock import Clock
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
    """Printers in memory."""

    def __init__(self) -> None:
        self.names = ["二楼打印机"]
        self.printed: list[tuple[str, int]] = []

    def printers(self) -> list[str]:
        """The names given."""
        return list(self.names)

    def print_pdf(self, pdf: bytes, printer: str, copies: int, progress: Tell) -> None:
        """Remembers what was printed."""
        progress("已送出", 1, 1)
        self.printed.append((printer, copies))


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
