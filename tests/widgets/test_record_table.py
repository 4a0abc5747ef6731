"""A list of any length: only what is looked at is fetched."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from desktop.widgets.filter_bar import FilterBar
from desktop.widgets.keep import Keep
from desktop.widgets.listing import ListColumn, ListQuery, ListRow
from desktop.widgets.record_table import PAGE_ROWS, RecordModel, RecordTable
from tests.helpers.windows.keyboard import press

COLUMNS = [
    ListColumn("summary", "简要情况", 200),
    ListColumn("day", "日期", 100),
    ListColumn("serial_no", "编号", 160),
]


class Room:
    """Answers at once, and remembers what was asked."""

    def __init__(self, count: int) -> None:
        self.ids = [f"r{number}" for number in range(count)]
        self.queries: list[ListQuery] = []
        self.fetched: list[tuple[str, int]] = []

    def find(self, query: ListQuery, done: Callable[[list[str]], None]) -> None:
        self.queries.append(query)
        found = [one for one in self.ids if query.search in one]
        done(list(reversed(found)) if query.descending else found)

    def fetch(self, ids: Sequence[str], done: Callable[[list[ListRow]], None]) -> None:
        self.fetched.append((ids[0], len(ids)))
        done(
            [
                ListRow((f"事 {one}", "2026-03-05", one), is_void=one == "r1", has_conflict=one == "r2")
                for one in ids
            ]
        )


Make = Callable[[Room], RecordTable]


@pytest.fixture
def make_table(qtbot: QtBot, room_folder: Path) -> Make:
    def make(room: Room) -> RecordTable:
        filters = FilterBar("toy", date(2026, 3, 5), day_field="day")
        keep = Keep(room_folder / "window.json")
        table = RecordTable(
            "toy", COLUMNS, filters, keep, find=room.find, fetch=room.fetch, empty_hint="还没有走访"
        )
        qtbot.addWidget(table)
        table.resize(700, 500)
        table.show()
        table.reload()
        qtbot.waitExposed(table)
        return table

    return make


def test_only_the_pages_on_screen_are_fetched(make_table: Make, qtbot: QtBot) -> None:
    room = Room(100_000)
    table = make_table(room)
    qtbot.waitUntil(lambda: bool(room.fetched))

    assert table.count_label.text() == "共 100,000 条"
    assert room.fetched == [("r99999", PAGE_ROWS)]


def test_jump_to_the_end_fetches_the_last_page(make_table: Make, qtbot: QtBot) -> None:
    room = Room(1000)
    table = make_table(room)

    table.view.scrollToBottom()

    qtbot.waitUntil(lambda: ("r199", PAGE_ROWS) in room.fetched)
    assert len(room.fetched) <= 3


def test_header_sorts_and_sorts_the_other_way(make_table: Make) -> None:
    room = Room(10)
    table = make_table(room)

    table.view.horizontalHeader().sectionClicked.emit(1)
    assert (room.queries[-1].sort, room.queries[-1].descending) == ("summary", False)
    table.view.horizontalHeader().sectionClicked.emit(1)
    assert (room.queries[-1].sort, room.queries[-1].descending) == ("summary", True)


def test_filter_keeps_the_order_in_force(make_table: Make, qtbot: QtBot) -> None:
    room = Room(30)
    table = make_table(room)
    table.view.horizontalHeader().sectionClicked.emit(2)

    with qtbot.waitSignal(table.loaded):
        table.filters.search_edit.setText("r2")

    assert room.queries[-1].sort == "day"
    assert table.count_label.text() == "共 11 条"


def test_nothing_found_says_so_and_escape_clears(make_table: Make, qtbot: QtBot) -> None:
    room = Room(3)
    table = make_table(room)
    with qtbot.waitSignal(table.loaded):
        table.filters.search_edit.setText("没有")
    assert "没有符合条件" in table.count_label.text()

    press(table.filters.search_edit, Qt.Key.Key_Escape)

    assert table.count_label.text() == "共 3 条"


def test_empty_list_says_what_will_appear_and_offers_the_next_step(make_table: Make, qtbot: QtBot) -> None:
    table = make_table(Room(0))

    assert table.empty_label.isVisible()
    assert table.empty_label.text() == "还没有走访"
    with qtbot.waitSignal(table.add_wanted):
        table.add_button.click()


def test_enter_opens_the_marked_line(make_table: Make, qtbot: QtBot) -> None:
    table = make_table(Room(5))
    table.view.selectRow(1)

    with qtbot.waitSignal(table.opened) as opened:
        press(table.view, Qt.Key.Key_Return)

    assert opened.args == ["r3"]


def test_marked_line_stays_marked_when_the_list_comes_anew(make_table: Make) -> None:
    room = Room(5)
    table = make_table(room)
    table.view.selectRow(2)

    room.ids.append("r5")
    table.refresh()

    assert table.current_id == "r2"


def test_void_and_conflict_are_told_by_a_sign(qapp: object) -> None:
    room = Room(3)
    model = RecordModel(COLUMNS, room.fetch)
    model.show_ids(room.ids)
    model.data(model.index(0, 1))

    assert [model.data(model.index(row, 0)) for row in range(3)] == ["", "✕", "◆"]


def test_roles_without_an_answer_fetch_nothing(qapp: object) -> None:
    room = Room(3)
    model = RecordModel(COLUMNS, room.fetch)
    model.show_ids(room.ids)

    for role in (Qt.ItemDataRole.DecorationRole, Qt.ItemDataRole.FontRole, Qt.ItemDataRole.ToolTipRole):
        assert model.data(model.index(0, 1), int(role)) is None
    assert room.fetched == []


def test_lines_of_an_older_list_are_not_shown(qapp: object) -> None:
    waiting: list[Callable[[list[ListRow]], None]] = []
    model = RecordModel(COLUMNS, lambda _ids, done: waiting.append(done))
    model.show_ids(["a"])
    model.data(model.index(0, 1))
    model.show_ids(["b"])

    waiting[0]([ListRow(("旧", "", ""))])

    assert model.data(model.index(0, 1)) == "…"


def test_column_widths_are_remembered(make_table: Make, room_folder: Path) -> None:
    table = make_table(Room(3))

    table.view.setColumnWidth(1, 333)
    table._keep.save()

    assert Keep(room_folder / "window.json").column_width("toy", "summary", 100) == 333
