"""Before a room is open: password page, first run, second start, crash."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QPushButton
from pytestqt.qtbot import QtBot

from desktop.base.errors import EnvironmentFault, Failure, Refused
from desktop.shell.crash import CrashReporter
from desktop.shell.crash_window import CrashWindow, report_of
from desktop.shell.door import Enrolment, NewRoomFacts, Opened, Tell
from desktop.shell.recover import RestoreDialog
from desktop.shell.single import SingleWindow, server_name
from desktop.shell.unlock import UnlockPage
from desktop.shell.wizard import Wizard
from desktop.widgets.runner import Runner
from tests.helpers.clock import FixedClock
from tests.helpers.windows.answers import AnsweredAsk
from tests.helpers.windows.desk import dress_application
from tests.helpers.windows.keyboard import press
from tests.helpers.windows.pages import find


class FakeDoor:
    """Satisfies `desktop.shell.door.Door`; one password opens it."""

    version = "0.1.0"

    def __init__(self, home: Path) -> None:
        self.home = home
        self.failure: Failure | None = None
        self.made: list[Any] = []
        self.joins = True

    def may_join(self) -> bool:
        return self.joins

    def has_practice(self) -> bool:
        return False

    def is_room(self) -> bool:
        return True

    def room_name(self) -> str:
        return "警务室代码 649901100201"

    def is_practice(self) -> bool:
        return False

    def account_names(self) -> Sequence[str]:
        return ("王警官", "李内勤")

    def prepare(self) -> None:
        """Nothing is heavy here."""

    def open(self, name: str, password: str) -> Opened:
        if self.failure is not None:
            raise self.failure
        if password != "Toy-1234":
            raise Refused("KEY-002", "密码不对，还可以试 4 次。")
        return Opened(name)

    def recover(self, name: str, recovery_key: str, password: str) -> None:
        self.made.append((name, recovery_key, password))

    def create(self, facts: NewRoomFacts) -> Opened:
        self.made.append(facts)
        return Opened("new", b"pdf")

    def practise(self, tell: Tell) -> Opened:
        tell("登记走访", 1, 2)
        return Opened("practice")

    def restore(self, copy: Path, name: str, password: str, tell: Tell) -> Opened:
        self.made.append((copy, name))
        return Opened("restored")

    def backups(self) -> Sequence[Path]:
        return (self.home / "backups" / "room-2026",)

    def restore_over(self, copy: Path, name: str, password: str) -> Opened:
        self.made.append((copy.name, name, password))
        return Opened("restored over")

    def request_enrolment(self, slot: Path, out: Path, name: str, password: str) -> Enrolment:
        return Enrolment(out, ("山", "水", "田", "林", "路", "桥"))

    def finish_enrolment(self, approval: Path, name: str, password: str) -> Opened:
        return Opened("joined")

    def build_window(self, opened: Opened, runner: Any) -> Any:
        raise AssertionError

    def close(self, opened: Opened) -> None:
        raise AssertionError


@pytest.fixture
def runner(qapp: object) -> Iterator[Runner]:
    dress_application()
    made = Runner()
    yield made
    made.stop()


@pytest.fixture
def door(room_folder: Path) -> FakeDoor:
    return FakeDoor(room_folder)


@pytest.fixture
def unlock(door: FakeDoor, runner: Runner, qtbot: QtBot) -> UnlockPage:
    page = UnlockPage(door, runner)
    qtbot.addWidget(page)
    page.show()
    return page


def test_right_password_opens(unlock: UnlockPage, qtbot: QtBot) -> None:
    unlock.edit.setText("Toy-1234")

    with qtbot.waitSignal(unlock.opened) as opened:
        press(unlock.edit, Qt.Key.Key_Return)

    assert opened.args[0].office == "王警官"
    assert unlock.edit.text() == ""


def test_damaged_database_is_answered_by_a_way_to_restore(
    unlock: UnlockPage, door: FakeDoor, runner: Runner, qtbot: QtBot
) -> None:
    assert not unlock.restore_button.isVisible()
    door.failure = EnvironmentFault("DBS-003", "数据库文件已损坏。")
    unlock.edit.setText("Toy-1234")
    press(unlock.edit, Qt.Key.Key_Return)
    qtbot.waitUntil(unlock.restore_button.isVisible)

    unlock.restore_button.click()
    dialog = find(unlock, RestoreDialog, "restoreDialog")
    dialog.password_edit.setText("Toy-1234")
    with qtbot.waitSignal(unlock.opened) as opened:
        dialog.taken_button.click()

    assert opened.args[0].office == "restored over"
    assert door.made == [("room-2026", "王警官", "Toy-1234")]


def test_wrong_password_is_told_and_cleared(unlock: UnlockPage, runner: Runner, qtbot: QtBot) -> None:
    unlock.edit.setText("wrong")
    press(unlock.edit, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: runner.is_idle)

    assert unlock.message_label.text() == "✕ 密码不对，还可以试 4 次。"
    assert unlock.edit.text() == ""
    assert unlock.open_button.isEnabled()


def test_after_too_many_tries_the_wait_is_counted_down(
    unlock: UnlockPage, door: FakeDoor, runner: Runner, qtbot: QtBot
) -> None:
    door.failure = Refused("KEY-003", "请等", minutes=2)
    unlock.edit.setText("wrong")
    unlock.unlock()
    qtbot.waitUntil(lambda: runner.is_idle)
    assert "请等 2:00 再试" in unlock.message_label.text()
    assert not unlock.open_button.isEnabled()

    for _second in range(75):
        unlock._count_down()
    assert "请等 0:45 再试" in unlock.message_label.text()
    for _second in range(45):
        unlock._count_down()

    assert unlock.open_button.isEnabled()
    assert unlock.message_label.text() == ""


def test_forgotten_password_is_set_with_the_recovery_sheet(
    unlock: UnlockPage, door: FakeDoor, runner: Runner, qtbot: QtBot
) -> None:
    from desktop.shell.recover import RecoverDialog

    unlock.recover()
    dialog = find(unlock, RecoverDialog)
    dialog.key_edit.setText("ABCD-EFGH")
    dialog.new_edit.setText("Neu-12345")
    dialog.again_edit.setText("Neu-12345")
    dialog.take()
    qtbot.waitUntil(lambda: runner.is_idle)

    assert door.made == [("王警官", "ABCD-EFGH", "Neu-12345")]


def test_password_page_loads_no_database_and_no_paper() -> None:
    program = (
        "import sys; from desktop.shell import application, room_door, unlock;"
        "heavy = {'sqlalchemy', 'alembic', 'reportlab', 'cryptography', 'pypinyin', 'sqlcipher3', 'pypdfium2'};"
        "slow = {'desktop.widgets.blocks', 'desktop.widgets.line_edit', 'PySide6.QtSvg', 'PySide6.QtNetwork'};"
        "print(sorted(heavy & {name.split('.')[0] for name in sys.modules}) + sorted(slow & set(sys.modules)))"
    )
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=root, check=True, capture_output=True, text=True, timeout=60
    )

    assert done.stdout.strip() == "[]"


@pytest.fixture
def wizard(door: FakeDoor, runner: Runner, qtbot: QtBot) -> Wizard:
    page = Wizard(door, runner, AnsweredAsk())
    qtbot.addWidget(page)
    page.show()
    return page


def test_practice_room_is_one_press_away(wizard: Wizard, qtbot: QtBot) -> None:
    with qtbot.waitSignal(wizard.opened) as opened:
        find(wizard, QPushButton, "way_practice_Button").click()

    assert opened.args[0].office == "practice"


def test_new_room_wants_every_line_and_the_password_twice(
    wizard: Wizard, door: FakeDoor, qtbot: QtBot
) -> None:
    find(wizard, QPushButton, "way_new_Button").click()
    step = wizard.steps["new"]
    wizard.create_room()
    assert step.message_label.text() == "✕ 这几项都要填"
    for name, words in (
        ("code", "649901100201"),
        ("name", "柳湾村警务室"),
        ("station", "青石派出所"),
        ("user", "王警官"),
    ):
        step.edits[name].setText(words)
    step.edits["password"].setText("Toy-12345")
    step.edits["again"].setText("Toy-12346")
    wizard.create_room()
    assert step.message_label.text() == "✕ 两次输入的密码不一样"

    step.edits["again"].setText("Toy-12345")
    with qtbot.waitSignal(wizard.opened) as opened:
        wizard.create_room()

    assert opened.args[0].recovery_sheet == b"pdf"
    assert door.made[0].name == "柳湾村警务室"


def test_restore_wants_the_folder_of_the_backup(
    wizard: Wizard, door: FakeDoor, qtbot: QtBot, room_folder: Path
) -> None:
    step = wizard.steps["restore"]
    step.edits["user"].setText("王警官")
    step.edits["password"].setText("Toy-12345")
    wizard.restore()
    assert step.message_label.text() == "✕ 请先选备份文件夹"
    ask = wizard._ask
    assert isinstance(ask, AnsweredAsk)
    ask.answer(room_folder)
    find(wizard, QPushButton, "chooseCopyButton").click()

    with qtbot.waitSignal(wizard.opened):
        wizard.restore()

    assert door.made == [(room_folder, "王警官")]


def test_request_to_join_shows_six_words(
    wizard: Wizard, runner: Runner, qtbot: QtBot, room_folder: Path
) -> None:
    step = wizard.steps["join"]
    step.edits["user"].setText("王警官")
    step.edits["password"].setText("Toy-12345")
    ask = wizard._ask
    assert isinstance(ask, AnsweredAsk)
    ask.answer(room_folder / "入网.slot", room_folder / "申请.request")
    find(wizard, QPushButton, "chooseSlotButton").click()

    wizard.request()
    qtbot.waitUntil(lambda: runner.is_idle)

    assert "山　水　田　林　路　桥" in find(wizard, QLabel, "sixWords").text()


def test_joining_is_not_offered_by_a_program_that_cannot(
    door: FakeDoor, runner: Runner, qtbot: QtBot
) -> None:
    door.joins = False
    page = Wizard(door, runner, AnsweredAsk())
    qtbot.addWidget(page)

    assert page.findChild(QPushButton, "way_join_Button") is None


def test_second_start_calls_the_first_window(qtbot: QtBot, room_folder: Path) -> None:
    first = SingleWindow(room_folder)
    assert first.is_first()
    first.listen()

    second = SingleWindow(room_folder)
    assert not second.is_first()
    with qtbot.waitSignal(first.asked_to_show), ThreadPoolExecutor(1) as other_start:
        heard = other_start.submit(second.call_first)
        qtbot.waitUntil(heard.done)
    assert heard.result()
    first.close()

    assert SingleWindow(room_folder).is_first()


def test_second_start_hands_its_bundle_to_the_first_window(qtbot: QtBot, room_folder: Path) -> None:
    first, second = SingleWindow(room_folder), SingleWindow(room_folder)
    assert first.is_first()
    first.listen()

    with qtbot.waitSignal(first.asked_to_take) as told, ThreadPoolExecutor(1) as other_start:
        heard = other_start.submit(second.call_first, room_folder / "U 盘" / "a.jwb")
        qtbot.waitUntil(heard.done)

    assert heard.result()
    assert told.args == [room_folder / "U 盘" / "a.jwb"]
    first.close()


def test_two_folders_have_two_windows(room_folder: Path, tmp_path: Path) -> None:
    assert server_name(room_folder) != server_name(tmp_path)
    assert "青石" not in server_name(room_folder)


def broken(name: str) -> None:
    secret = f"{name} 的电话 12000000001"
    raise ValueError(secret)


def caught(name: str) -> BaseException:
    try:
        broken(name)
    except ValueError as error:
        return error
    raise AssertionError


def test_report_says_where_and_never_what_was_typed() -> None:
    told = json.dumps(report_of(caught("张三丰"), "0.1.0", "2026-03-05"), ensure_ascii=False)

    assert "builtins.ValueError" in told
    assert "broken" in told
    assert "张三丰" not in told
    assert "12000000001" not in told


def test_bug_writes_a_report_keeps_drafts_and_shows_one_window(
    qtbot: QtBot, room_folder: Path, clock: FixedClock
) -> None:
    dress_application()
    reporter = CrashReporter(room_folder / "crashes", clock, "0.1.0")
    kept: list[str] = []
    reporter.keep_drafts = lambda: kept.append("kept")

    reporter.tell(caught("张三丰"))
    reporter.tell(caught("李大山"))

    assert (room_folder / "crashes" / "crash-20260305-080000.json").is_file()
    assert kept == ["kept", "kept"]
    shown = [one for one in reporter.children() if isinstance(one, CrashWindow)]
    assert reporter._shown is not None
    assert not shown
    assert "已经保存的记录都在" in "".join(label.text() for label in reporter._shown.findChildren(QLabel))
    reporter._shown.close_button.click()


def test_report_that_cannot_be_written_is_said(qtbot: QtBot, room_folder: Path, clock: FixedClock) -> None:
    dress_application()
    (room_folder / "crashes").write_text("a file in the way", encoding="utf-8")
    reporter = CrashReporter(room_folder / "crashes", clock, "0.1.0")

    reporter.tell(caught("张三丰"))

    assert reporter._shown is not None
    assert "没有写到磁盘上" in reporter._shown.where_label.text()
    reporter._shown.close_button.click()
