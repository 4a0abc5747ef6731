"""One run of the window: password page, main window in its place, another person, a second start."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop.shell.application import Application
from desktop.shell.desk import Desk
from desktop.shell.door import Opened
from desktop.shell.main_window import MainWindow
from desktop.shell.room_door import RoomDoor
from desktop.widgets.drafts import DraftKeeper, Drafts
from desktop.widgets.keep import Keep
from desktop.widgets.runner import Runner
from tests.helpers.clock import FixedClock
from tests.helpers.office import FakeOffice, filled_office
from tests.helpers.windows.answers import AnsweredAsk
from tests.helpers.windows.desk import DRAFT_KEY, FakeSpool, dress_application


class ToyDoor(RoomDoor):
    """A door whose room is the one in memory."""

    def __init__(self, home: Path, clock: FixedClock) -> None:
        (home / "keys.json").write_text(
            '{"room": "649901100201", "practice": true, "accounts": [{"name": "李内勤"}, {"name": "王警官"}]}',
            encoding="utf-8",
        )
        super().__init__(home, "王警官", clock, lambda _clock: None)
        self.steps: list[str] = []
        self._toy_clock = clock

    def prepare(self) -> None:
        self.steps.append("prepare")

    def open(self, name: str, password: str) -> Opened:
        self.steps.append(f"open {name}")
        return Opened(filled_office(self.home, self._toy_clock), words="欢迎")

    def build_window(self, opened: Opened, runner: Runner) -> MainWindow:
        office: FakeOffice = opened.office
        drafts = Drafts(self.home / "drafts", DRAFT_KEY)
        desk = Desk(
            office, runner, AnsweredAsk(), Keep(None), self._toy_clock, drafts=drafts, spool=FakeSpool()
        )
        return MainWindow(desk)

    def close(self, opened: Opened) -> None:
        self.steps.append("close")


@pytest.fixture
def door(room_folder: Path, clock: FixedClock) -> ToyDoor:
    return ToyDoor(room_folder, clock)


@pytest.fixture
def running(qapp: QApplication, door: ToyDoor, clock: FixedClock, qtbot: QtBot) -> Iterator[Application]:
    dress_application()
    made = Application(qapp, door, clock)
    made.start()
    yield made
    qtbot.waitUntil(lambda: made.runner.is_idle)
    for window in (made.window, made.entrance):
        if window is not None:
            window.closed.disconnect()
            window.close()
            window.deleteLater()
    made.stop()


def unlock(running: Application, qtbot: QtBot) -> Any:
    assert running.entrance is not None
    running.entrance.page.edit.setText("Toy-1234")
    running.entrance.page.unlock()
    qtbot.waitUntil(lambda: running.window is not None)
    qtbot.waitUntil(lambda: running.runner.is_idle)
    return running.window


def test_heavy_modules_are_asked_for_after_the_first_paint(
    running: Application, door: ToyDoor, qtbot: QtBot
) -> None:
    assert door.steps == []

    qtbot.waitUntil(lambda: door.steps == ["prepare"])


def test_one_named_on_the_command_line_stands_first(running: Application) -> None:
    assert running.entrance is not None
    page = running.entrance.page

    assert [page.name_box.itemText(place) for place in range(2)] == ["王警官", "李内勤"]
    assert "演练" in running.entrance.windowTitle()


def test_main_window_takes_the_place_of_the_password_page(running: Application, qtbot: QtBot) -> None:
    window = unlock(running, qtbot)

    assert window.isVisible()
    assert running.entrance is None
    assert window.desk.messages.text == "■  欢迎"


def test_another_person_logs_in_after_the_room_was_closed(
    running: Application, door: ToyDoor, qtbot: QtBot
) -> None:
    window = unlock(running, qtbot)

    window.lock_page.log_out_wanted.emit()
    qtbot.waitUntil(lambda: "close" in door.steps)

    assert running.window is None
    assert running.entrance is not None
    assert running.entrance.isVisible()
    assert unlock(running, qtbot).isVisible()


def test_second_start_brings_the_window_forward_and_says_so(running: Application, qtbot: QtBot) -> None:
    window = unlock(running, qtbot)
    window.showMinimized()

    running.single.asked_to_show.emit()

    assert not window.isMinimized()
    assert window.desk.messages.text == "■  程序已经开着，这就是它"


def test_bundle_that_was_opened_is_taken_in_once_the_room_is_open(
    running: Application, room_folder: Path, qtbot: QtBot
) -> None:
    assert running.entrance is not None
    assert not running.entrance.page.waiting_label.isVisible()
    running.take_bundle(room_folder / "a.jwb")
    assert running.entrance.page.waiting_label.isVisible()

    window = unlock(running, qtbot)
    qtbot.waitUntil(lambda: running.runner.is_idle)
    assert window.desk.office.taken_files == [room_folder / "a.jwb"]
    focused = window.focusWidget()
    assert focused is window.navigation.buttons["sync"]
    assert focused.isChecked()

    running.take_bundle(room_folder / "b.jwb")
    qtbot.waitUntil(lambda: running.runner.is_idle)
    assert window.desk.office.taken_files == [room_folder / "a.jwb", room_folder / "b.jwb"]


def test_shutdown_of_the_pc_keeps_what_was_typed_and_what_is_being_saved(
    running: Application, qtbot: QtBot
) -> None:
    window = unlock(running, qtbot)
    kept: list[str] = []
    keeper = DraftKeeper(
        window.desk.drafts,
        running.runner,
        window.desk.clock,
        place="toy",
        values=lambda: {"summary": "打了一半"},
        parent=window,
    )
    keeper.touch()
    running.runner.run(lambda: kept.append("saved"))

    running.keep_all()

    assert kept == ["saved"]
    draft = window.desk.drafts.read("toy")
    assert draft is not None
    assert draft.values["summary"] == "打了一半"


def test_bug_in_a_job_opens_the_crash_window_over_the_main_window(
    running: Application, room_folder: Path, qtbot: QtBot
) -> None:
    unlock(running, qtbot)

    running.runner.run(lambda: 1 // 0)
    qtbot.waitUntil(lambda: running.reporter._shown is not None)

    assert list((room_folder / "crashes").glob("crash-*.json"))
    running.reporter._shown.close_button.click()


def test_paper_is_made_ready_when_the_window_has_come_to_rest(running: Application, qtbot: QtBot) -> None:
    running._warm_pause.setInterval(1)
    window = unlock(running, qtbot)
    qtbot.waitUntil(lambda: window.desk.office.warmed == 1)
    qtbot.waitUntil(lambda: running.runner.is_idle)
    assert not running._warm_pause.isActive()
