# ruff: noqa: RUF001 - full-width signs are what people type
"""The form over declared fields: required marks, checks beside the field, only what changed goes back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from desktop.base.errors import FieldProblem
from desktop.database.kinds import Registry
from desktop.widgets.editors import FormFacts
from desktop.widgets.record_form import RecordForm
from tests.helpers.toy_kinds import CODES, FIELD_TABLES
from tests.helpers.windows.keyboard import press, type_text
from tests.helpers.windows.pages import FormOnScreen

REGISTRY = Registry(FIELD_TABLES, CODES)
FIELDS = [field for field in REGISTRY.field_tree(REGISTRY.kind("toy_matter")) if not field.by_step]
MakeForm = Callable[..., RecordForm]


@pytest.fixture
def make_form(qtbot: QtBot, facts: FormFacts) -> MakeForm:
    def make(**rest: Any) -> RecordForm:
        form = RecordForm(FIELDS, facts, **rest)
        qtbot.addWidget(form)
        form.resize(1100, 900)
        form.show()
        form.activateWindow()
        return form

    return make


def line_of(form: RecordForm, name: str) -> QWidget:
    line = form.boxes[name].editor.focusProxy()
    assert line is not None
    return line


def test_check_tells_every_empty_required_field(make_form: MakeForm) -> None:
    form = make_form()

    problems = form.check()

    assert {one.field for one in problems} == {"happened_on", "source", "summary", "parties"}
    assert form.boxes["source"].words == "✕ 必须填写"


def test_check_puts_the_cursor_into_the_first_wrong_field(make_form: MakeForm, qtbot: QtBot) -> None:
    form = make_form()

    form.check()

    qtbot.waitUntil(line_of(form, "happened_on").hasFocus)


def test_required_when_shows_its_mark_when_the_other_field_says_so(make_form: MakeForm) -> None:
    form = make_form()
    star = form.boxes["urgent_reason"].star_label
    assert star.isHidden()

    FormOnScreen(form).fill("is_urgent", "是")
    assert not star.isHidden()
    assert "urgent_reason" in {one.field for one in form.check()}

    FormOnScreen(form).fill("is_urgent", "否")
    assert star.isHidden()


def test_wrong_value_is_told_beside_the_field_when_it_is_left(make_form: MakeForm) -> None:
    form = make_form()

    FormOnScreen(form).fill("happened_on", "13.45")

    assert form.boxes["happened_on"].words.startswith("✕")
    assert form.boxes["happened_on"].message_label.property("state") == "error"


def test_error_goes_as_soon_as_somebody_types_again(make_form: MakeForm) -> None:
    form = make_form()
    form.check()

    type_text(line_of(form, "summary"), "争吵")

    assert form.boxes["summary"].message_label.property("state") == ""


def test_odd_phone_is_a_warning_and_passes(make_form: MakeForm) -> None:
    form = make_form()

    FormOnScreen(form).fill("reporter_phone", "1380013800")

    box = form.boxes["reporter_phone"]
    assert box.message_label.property("state") in ("warn", "error")
    assert box.words[0] in "▲✕"


def test_changed_values_are_only_those_that_differ(make_form: MakeForm) -> None:
    values = {"summary": "排水沟", "happened_on": "2026-03-05", "amount_fen": 123450, "people_count": 4}
    form = make_form(values=values)
    assert not form.is_changed

    FormOnScreen(form).fill("summary", "地界")

    assert form.changed_values() == {"summary": "地界"}


def test_shown_values_come_back_as_they_are_read(make_form: MakeForm) -> None:
    form = make_form(
        values={"amount_fen": 123450, "happened_on": "2026-03-05", "is_urgent": False, "themes": ["01"]}
    )
    values = form.values()

    assert values["amount_fen"] == "1,234.50"
    assert values["happened_on"] == "2026-03-05"
    assert values["is_urgent"] is False
    assert values["themes"] == ["01"]


def test_locked_field_says_why_and_is_left_out(make_form: MakeForm) -> None:
    form = make_form(values={"summary": "排水沟"}, locked={"summary": "两边填的不一样"})

    assert form.boxes["summary"].words == "■ 两边填的不一样"
    assert "summary" not in form.values()
    assert form.boxes["summary"].star_label.isHidden()


def test_problems_of_children_are_told_by_row(make_form: MakeForm) -> None:
    form = make_form()

    form.tell_problems([FieldProblem("parties.2.name", "VAL-002", "姓名：必须填写")])

    assert form.boxes["parties"].words == "✕ 第 2 行 姓名：必须填写"


def test_children_are_checked_row_by_row(make_form: MakeForm) -> None:
    form = make_form()
    FormOnScreen(form).fill_row("parties", 0, role="申请方", name="张三丰").fill_row(
        "parties", 1, role="被申请方"
    )

    problems = [one.field for one in form.check() if one.field.startswith("parties")]

    assert problems == ["parties.2.name"]


def test_full_width_digits_are_accepted(make_form: MakeForm) -> None:
    form = make_form()

    FormOnScreen(form).fill("people_count", "１２").fill("amount_fen", "３００").fill(
        "happened_time", "１５３０"
    )

    assert form.boxes["people_count"].message_label.property("state") != "error"
    assert form.boxes["amount_fen"].words == "叁佰元整"
    assert form.boxes["happened_time"].editor.value() == "15:30"


def test_enter_walks_through_every_field(make_form: MakeForm, qtbot: QtBot) -> None:
    form = make_form(values={"source": "01"})
    form.focus_first()
    qtbot.waitUntil(line_of(form, "happened_on").hasFocus)
    visited = ["happened_on"]
    for _step in range(5):
        focus = form.focusWidget()
        press(focus, Qt.Key.Key_Return)
        now = next(name for name, box in form.boxes.items() if box.isAncestorOf(form.focusWidget()))
        visited.append(now)

    assert visited == ["happened_on", "happened_time", "accepted_at", "source", "reporter", "reporter_no"]


def test_draft_is_shown_as_if_just_typed(make_form: MakeForm) -> None:
    form = make_form(values={"summary": "原来"})

    form.take_draft({"summary": "草稿", "parties": [{"name": "张三丰"}]}, {})

    assert form.changed_values()["summary"] == "草稿"
    assert form.values()["parties"] == [{"name": "张三丰"}]


@pytest.mark.parametrize(("width", "columns"), [(1100, 3), (700, 2), (400, 1)])
def test_fields_lie_in_as_many_columns_as_fit(make_form: MakeForm, width: int, columns: int) -> None:
    form = make_form()

    form.resize(width, 900)

    form._grid.activate()
    lefts = {form.boxes[name].x() for name in ("happened_on", "happened_time", "accepted_at")}
    assert len(lefts) == columns
