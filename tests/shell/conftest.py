"""What tests of the shell's windows share: a desk over the room in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from desktop.shell.desk import Desk
from desktop.shell.main_window import MainWindow
from tests.helpers.clock import FixedClock
from tests.helpers.office import FakeOffice
from tests.helpers.windows.answers import AnsweredAsk
from tests.helpers.windows.desk import open_desk
from tests.helpers.windows.pages import MainOnScreen


def pytest_itemcollected(item: pytest.Item) -> None:
    """The offscreen platform has one screen and no keyboard: it says so, harmlessly, whenever a list pops up."""
    item.add_marker(pytest.mark.qt_log_ignore("does not support raise", "grabbing the keyboard", extend=True))


@pytest.fixture
def desk(qapp: object, room_folder: Path, clock: FixedClock) -> Iterator[Desk]:
    """A desk; a bug in a job fails the test."""
    with open_desk(room_folder, clock) as made:
        yield made


@pytest.fixture
def office(desk: Desk) -> FakeOffice:
    """The room in memory."""
    assert isinstance(desk.office, FakeOffice)
    return desk.office


@pytest.fixture
def ask(desk: Desk) -> AnsweredAsk:
    """The questions, answered in advance."""
    assert isinstance(desk.ask, AnsweredAsk)
    return desk.ask


@pytest.fixture
def settle(desk: Desk, qtbot: QtBot) -> Callable[[], None]:
    """Waits until the room has answered everything."""
    return lambda: qtbot.waitUntil(lambda: desk.runner.is_idle)


@pytest.fixture
def main(desk: Desk, qtbot: QtBot) -> Iterator[MainOnScreen]:
    """The main window, shown."""
    window = MainWindow(desk)
    qtbot.addWidget(window)
    window.resize(1366, 728)
    window.show()
    qtbot.waitExposed(window)
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    yield MainOnScreen(qtbot, window)
    qtbot.waitUntil(lambda: desk.runner.is_idle)
