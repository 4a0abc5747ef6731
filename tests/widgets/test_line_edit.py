"""Enter moves on, Shift+Enter goes back, and nothing fires while the input method composes."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from desktop.widgets.line_edit import LineEdit
from desktop.widgets.long_text_edit import LongTextEdit
from tests.helpers.windows.keyboard import commit, compose, press


class Form(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self.lines = [LineEdit() for _number in range(3)]
        layout = QVBoxLayout(self)
        for line in self.lines:
            layout.addWidget(line)


@pytest.fixture
def form(qtbot: QtBot) -> Form:
    made = Form()
    qtbot.addWidget(made)
    made.show()
    qtbot.waitExposed(made)
    made.activateWindow()
    made.lines[0].setFocus()
    qtbot.waitUntil(made.lines[0].hasFocus)
    return made


def test_enter_moves_to_the_next_field(form: Form) -> None:
    press(form.lines[0], Qt.Key.Key_Return)

    assert form.lines[1].hasFocus()


def test_shift_enter_moves_back(form: Form) -> None:
    form.lines[2].setFocus()

    press(
        form.lines[2],
        Qt.Key.Key_Enter,
        Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.KeypadModifier,
    )

    assert form.lines[1].hasFocus()


def test_enter_stays_while_a_word_is_composed(form: Form) -> None:
    compose(form.lines[0], "zhang")

    press(form.lines[0], Qt.Key.Key_Return)
    assert form.lines[0].hasFocus()

    commit(form.lines[0], "张")
    press(form.lines[0], Qt.Key.Key_Return)
    assert form.lines[0].text() == "张"
    assert form.lines[1].hasFocus()


@pytest.mark.parametrize("kind", [LineEdit, LongTextEdit])
def test_shortcut_does_not_fire_while_a_word_is_composed(
    qtbot: QtBot, kind: type[LineEdit | LongTextEdit]
) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    edit = kind(window)
    fired: list[str] = []
    QShortcut(QKeySequence("Ctrl+S"), window).activated.connect(lambda: fired.append("saved"))
    window.show()
    window.activateWindow()
    edit.setFocus()
    qtbot.waitUntil(edit.hasFocus)

    compose(edit, "zhang")
    press(edit, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    assert fired == []

    commit(edit, "张")
    press(edit, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    assert fired == ["saved"]
