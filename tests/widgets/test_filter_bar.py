"""Periods and states of a list."""

from __future__ import annotations

from datetime import date

import pytest
from pytestqt.qtbot import QtBot

from desktop.widgets.filter_bar import FilterBar, period_days

TODAY = date(2026, 3, 5)


@pytest.mark.parametrize(
    ("period", "today", "expected"),
    [
        ("month", TODAY, (date(2026, 3, 1), date(2026, 3, 31))),
        ("month", date(2026, 12, 31), (date(2026, 12, 1), date(2026, 12, 31))),
        ("last_month", TODAY, (date(2026, 2, 1), date(2026, 2, 28))),
        ("last_month", date(2026, 1, 9), (date(2025, 12, 1), date(2025, 12, 31))),
        ("year", TODAY, (date(2026, 1, 1), date(2026, 12, 31))),
        ("all", TODAY, (None, None)),
    ],
)
def test_period_days_are_whole_months_and_years(
    period: str, today: date, expected: tuple[date, date]
) -> None:
    assert period_days(period, today) == expected


@pytest.fixture
def bar(qtbot: QtBot) -> FilterBar:
    made = FilterBar(
        "toy", TODAY, day_field="day", state_field="state", states={"open": "已登记", "done": "已办结"}
    )
    qtbot.addWidget(made)
    made.show()
    return made


def test_custom_period_reads_days_as_typed(bar: FilterBar) -> None:
    bar.period_box.setCurrentIndex(bar.period_box.findData("custom"))
    bar.from_edit.setText("2.1")
    bar.to_edit.setText("３月５日")
    bar.from_edit.editingFinished.emit()

    query = bar.query()
    assert (query.day_from, query.day_to) == (date(2026, 2, 1), date(2026, 3, 5))
    assert bar.to_edit.text() == "2026-03-05"


def test_state_asks_for_its_code_and_void_can_be_left_out(bar: FilterBar) -> None:
    bar.state_box.setCurrentIndex(bar.state_box.findText("已办结"))
    assert dict(bar.query().where) == {"state": "done"}

    bar.state_box.setCurrentIndex(bar.state_box.findText("不看作废的"))
    assert dict(bar.query().where) == {}
    assert not bar.query().include_void


def test_clear_asks_for_everything(bar: FilterBar, qtbot: QtBot) -> None:
    bar.search_edit.setText("张三")
    bar.state_box.setCurrentIndex(1)
    assert bar.query().search == "张三"

    with qtbot.waitSignal(bar.changed):
        bar.clear()

    assert not bar.is_active
    assert bar.query().search == ""
