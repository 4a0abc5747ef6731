# ruff: noqa: RUF001 - full-width signs are what people type
"""Choosing by part of a name or by initials, with the keyboard alone."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from desktop.widgets.chooser import Choice, ChooserEdit, matching
from desktop.widgets.line_edit import LineEdit
from tests.helpers.windows.keyboard import commit, press, type_text

SOURCES = [("01", "走访"), ("02", "巡逻"), ("03", "群众来访求助"), ("05", "12345流转"), ("09", "单位移送")]


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("", ["01", "02", "03", "05", "09"]),
        ("访", ["01", "03"]),
        ("zf", ["01"]),
        ("ZF", ["01"]),
        ("ｚｆ", ["01"]),
        ("qzlf", ["03"]),
        ("09", ["09"]),
        ("12345", ["05"]),
        ("１２３", ["05"]),
        ("xyz", []),
    ],
)
def test_matching_finds_by_text_initials_and_code(typed: str, expected: list[str]) -> None:
    assert [code for code, _label in matching(SOURCES, typed)] == expected


def test_matching_puts_what_begins_alike_first() -> None:
    options = [("1", "小张"), ("2", "张三")]

    assert [key for key, _label in matching(options, "张")] == ["2", "1"]


class Form(QWidget):
    def __init__(self, chooser: ChooserEdit) -> None:
        super().__init__()
        self.chooser = chooser
        self.next = LineEdit()
        layout = QVBoxLayout(self)
        layout.addWidget(chooser)
        layout.addWidget(self.next)


@pytest.fixture
def shown(qtbot: QtBot) -> Callable[[ChooserEdit], Form]:
    def show(chooser: ChooserEdit) -> Form:
        form = Form(chooser)
        qtbot.addWidget(form)
        form.show()
        form.activateWindow()
        chooser.setFocus()
        qtbot.waitUntil(chooser.hasFocus)
        return form

    return show


def test_enter_takes_the_first_match_and_moves_on(shown: Callable[[ChooserEdit], Form]) -> None:
    form = shown(ChooserEdit(options=SOURCES))

    type_text(form.chooser, "xl")
    assert form.chooser.is_open
    press(form.chooser, Qt.Key.Key_Return)

    assert (form.chooser.key, form.chooser.text()) == ("02", "巡逻")
    assert form.next.hasFocus()


def test_tab_takes_the_first_match(shown: Callable[[ChooserEdit], Form]) -> None:
    form = shown(ChooserEdit(options=SOURCES))

    commit(form.chooser, "单位")
    press(form.chooser, Qt.Key.Key_Tab)

    assert form.chooser.key == "09"


def test_down_offers_everything_and_escape_closes_only_the_list(shown: Callable[[ChooserEdit], Form]) -> None:
    form = shown(ChooserEdit(options=SOURCES))

    press(form.chooser, Qt.Key.Key_Down)
    assert len(form.chooser.offered) == 5
    press(form.chooser, Qt.Key.Key_Escape)

    assert not form.chooser.is_open
    assert form.isVisible()


def test_typing_after_a_choice_lets_the_choice_go(shown: Callable[[ChooserEdit], Form]) -> None:
    form = shown(ChooserEdit(options=SOURCES))
    form.chooser.show_choice("01", "走访")

    form.chooser.setCursorPosition(2)
    commit(form.chooser, "了")

    assert form.chooser.key == ""
    assert form.chooser.raw() == "走访了"


def test_leaving_with_the_whole_label_chooses_it(shown: Callable[[ChooserEdit], Form]) -> None:
    form = shown(ChooserEdit(options=SOURCES))

    form.chooser.setText("巡逻")
    form.next.setFocus()

    assert form.chooser.raw() == "02"


def test_late_answer_of_a_search_does_not_replace_a_newer_one(shown: Callable[[ChooserEdit], Form]) -> None:
    asked: list[tuple[str, Callable[[list[Choice]], None]]] = []
    form = shown(ChooserEdit(search=lambda typed, done: asked.append((typed, done))))

    form.chooser.offer("张")
    form.chooser.offer("张三")
    asked[1][1]([("2", "张三")])
    asked[0][1]([("1", "张飞"), ("2", "张三")])

    assert form.chooser.offered == [("2", "张三")]


def test_typed_text_is_given_when_nothing_was_chosen(shown: Callable[[ChooserEdit], Form]) -> None:
    form = shown(ChooserEdit(search=lambda _typed, done: done([])))

    type_text(form.chooser, "649901-A-2026-J00001")

    assert form.chooser.raw() == "649901-A-2026-J00001"
