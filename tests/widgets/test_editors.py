# ruff: noqa: RUF001 - full-width signs are what people type
"""Each type of field: what is echoed, how it settles, what it gives back."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from desktop.database.fields import Field, FieldType
from desktop.widgets.editors import (
    Editor,
    FormFacts,
    LineEditor,
    LinkEditor,
    LinksEditor,
    TicksEditor,
    YesNoEditor,
    echo,
    make_editor,
    tidy,
    typed_words,
)
from tests.helpers.windows.keyboard import press, type_text


def field(kind: FieldType, **rest: Any) -> Field:
    return Field("项", kind, name="item", **rest)


@pytest.mark.parametrize(
    ("kind", "typed", "expected"),
    [
        (FieldType.DATE, "3.5", "2026-03-05 周四"),
        (FieldType.DATE, "３．５", "2026-03-05 周四"),
        (FieldType.DATE, "今天", "2026-03-05 周四"),
        (FieldType.DATE, "看不懂", ""),
        (FieldType.TIME, "1530", "15:30"),
        (FieldType.INSTANT, "3.5 15:30", "2026-03-05 周四 15:30"),
        (FieldType.MONEY, "400", "肆佰元整"),
        (FieldType.MONEY, "４００", "肆佰元整"),
        (FieldType.IDENTITY_NUMBER, "64990119900307001X", "男 1990-03-07 出生，35岁"),
        (FieldType.TEXT, "随便", ""),
    ],
)
def test_echo_says_how_it_was_read(kind: FieldType, typed: str, expected: str, facts: FormFacts) -> None:
    assert echo(field(kind), typed, facts) == expected


@pytest.mark.parametrize(
    ("kind", "typed", "expected"),
    [
        (FieldType.DATE, "3.5", "2026-03-05"),
        (FieldType.DATE, "没有这天", "没有这天"),
        (FieldType.TIME, "1530", "15:30"),
        (FieldType.TEXT, "3.5", "3.5"),
        (FieldType.TEXT, "  ", ""),
    ],
)
def test_tidy_settles_what_can_be_read(kind: FieldType, typed: str, expected: str, facts: FormFacts) -> None:
    assert tidy(field(kind), typed, facts) == expected


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        (FieldType.MONEY, 123450, "1,234.50"),
        (FieldType.MONEY, "1234.5", "1234.5"),
        (FieldType.INSTANT, "2026-03-05T07:30:00Z", "2026-03-05 15:30"),
        (FieldType.DATE, "2026-03-05", "2026-03-05"),
        (FieldType.TEXT, None, ""),
    ],
)
def test_typed_words_show_a_stored_value(kind: FieldType, value: Any, expected: str) -> None:
    assert typed_words(field(kind), value) == expected


def shown(qtbot: QtBot, editor: Editor) -> Editor:
    qtbot.addWidget(editor)
    editor.show()
    editor.activateWindow()
    editor.setFocus()
    return editor


def test_date_moves_by_days_with_up_and_down(qtbot: QtBot, facts: FormFacts) -> None:
    editor = shown(qtbot, make_editor(field(FieldType.DATE), facts))
    assert isinstance(editor, LineEditor)

    type_text(editor.line, "3.5")
    press(editor.line, Qt.Key.Key_Down)

    assert editor.value() == "2026-03-04"


@pytest.mark.parametrize(("key", "expected"), [(Qt.Key.Key_Y, True), (Qt.Key.Key_0, False)])
def test_yes_no_is_answered_by_keys(qtbot: QtBot, facts: FormFacts, key: Qt.Key, expected: bool) -> None:
    editor = shown(qtbot, make_editor(field(FieldType.BOOLEAN), facts))
    assert isinstance(editor, YesNoEditor)
    assert editor.value() == ""

    press(editor, key)

    assert editor.value() is expected


def test_yes_no_pressed_twice_says_nothing_again(qtbot: QtBot, facts: FormFacts) -> None:
    editor = shown(qtbot, make_editor(field(FieldType.BOOLEAN), facts))
    assert isinstance(editor, YesNoEditor)

    editor.yes_button.click()
    editor.yes_button.click()

    assert editor.value() == ""


def test_ticks_give_codes_in_the_order_of_the_list(qtbot: QtBot, facts: FormFacts) -> None:
    editor = shown(qtbot, make_editor(field(FieldType.CHOICES, codes="toy_theme"), facts))
    assert isinstance(editor, TicksEditor)

    editor.boxes["03"].click()
    editor.boxes["01"].click()

    assert editor.value() == ["01", "03"]


def test_link_shows_the_title_and_gives_the_id(qtbot: QtBot, facts: FormFacts) -> None:
    editor = shown(qtbot, make_editor(field(FieldType.LINK, target="toy_village"), facts))
    assert isinstance(editor, LinkEditor)

    editor.show_value("v1", {("toy_village", "v1"): "柳湾一组"})

    assert editor.line.text() == "柳湾一组"
    assert editor.value() == "v1"


def test_links_are_added_by_typing_and_taken_away_by_pressing(qtbot: QtBot, facts: FormFacts) -> None:
    editor = shown(qtbot, make_editor(field(FieldType.LINKS, target="toy_village"), facts))
    assert isinstance(editor, LinksEditor)
    for typed in ("石桥", "一组"):
        type_text(editor.line, typed)
        editor.line.offer(typed)
        press(editor.line, Qt.Key.Key_Return)
    assert editor.value() == ["v3", "v1"]

    editor._drop("v3")

    assert editor.value() == ["v1"]


def test_locked_editor_takes_no_letters(qtbot: QtBot, facts: FormFacts) -> None:
    editor = shown(qtbot, make_editor(field(FieldType.TEXT), facts))
    assert isinstance(editor, LineEditor)
    editor.show_value("原来", {})

    editor.set_locked(True)
    type_text(editor.line, "abc")

    assert editor.value() == "原来"
