"""Real boxes: they do not block, the safe answer is the default, Esc answers nothing."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton, QWidget
from pytestqt.qtbot import QtBot

from desktop.widgets.ask import Option, Question, TextQuestion, WindowAsk
from tests.helpers.windows.keyboard import press, type_text

OPTIONS = (Option("stay", "接着填"), Option("drop", "不要了", is_danger=True))


def test_question_gives_the_key_of_the_pressed_answer(qtbot: QtBot) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    answers: list[str] = []
    WindowAsk().question(parent, "还没有保存", "怎么办？", OPTIONS, answers.append)
    box = parent.findChild(Question)
    assert box is not None
    assert answers == []

    button = box.findChild(QPushButton, "answer_drop_Button")
    assert button is not None
    button.click()

    assert answers == ["drop"]


def test_safe_answer_is_the_default_and_escape_answers_nothing(qtbot: QtBot) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    answers: list[str] = []
    WindowAsk().question(parent, "还没有保存", "怎么办？", OPTIONS, answers.append)
    box = parent.findChild(Question)
    assert box is not None
    assert [one.isDefault() for one in box.buttons] == [True, False]

    press(box, Qt.Key.Key_Escape)

    assert answers == [""]


def test_text_question_waits_for_words(qtbot: QtBot) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    answers: list[str] = []
    WindowAsk().text(parent, "作废", "请写明原因", answers.append)
    box = parent.findChild(TextQuestion)
    assert box is not None
    type_text(box.edit, "  ")
    assert not box.take_button.isEnabled()

    type_text(box.edit, "重复登记")
    box.take_button.click()

    assert answers == ["重复登记"]


def test_file_choosers_open_without_blocking(qtbot: QtBot, room_folder: Path) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    chosen: list[Path] = []
    ask = WindowAsk()
    ask.open_file(parent, "选择附件", "全部 (*)", chosen.append)
    ask.save_file(parent, "另存为", room_folder / "表.xlsx", "表格 (*.xlsx)", chosen.append)
    ask.folder(parent, "选择U盘", chosen.append)

    assert chosen == []
    for child in parent.children():
        if isinstance(child, QWidget):
            child.close()
