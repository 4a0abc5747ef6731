"""The grid of child rows: typed, copied, pasted, checked."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLineEdit
from pytestqt.qtbot import QtBot

from desktop.database.fields import Field, FieldType
from desktop.widgets.child_grid import ChildGrid
from desktop.widgets.editors import FormFacts
from tests.helpers.windows.keyboard import press, type_text

FIELDS = (
    Field("身份", FieldType.CHOICE, name="role", codes="toy_role", required=True),
    Field("姓名", FieldType.PERSON_NAME, name="name", required=True),
    Field("电话", FieldType.PHONE, name="phone"),
)
PARTIES = Field("当事人", FieldType.CHILDREN, name="parties", fields=FIELDS)


@pytest.fixture
def grid(qtbot: QtBot, facts: FormFacts) -> ChildGrid:
    made = ChildGrid(PARTIES, facts)
    qtbot.addWidget(made)
    made.resize(800, 300)
    made.show()
    made.activateWindow()
    qtbot.waitExposed(made)
    return made


def cell_edit(grid: ChildGrid) -> QLineEdit:
    """The line of the cell that is being filled; an older one may still wait to be deleted."""
    lines = [one for one in grid.table.viewport().findChildren(QLineEdit, "cellEdit") if one.isVisible()]
    assert lines, "no cell is open"
    return lines[-1]


def test_typing_with_enter_and_tab_fills_rows_and_adds_the_next(grid: ChildGrid) -> None:
    grid.add_row()
    for typed, key in (
        ("sqf", Qt.Key.Key_Tab),
        ("张三丰", Qt.Key.Key_Return),
        ("12000000001", Qt.Key.Key_Tab),
    ):
        line = cell_edit(grid)
        type_text(line, typed)
        press(line, key)

    assert grid.value() == [{"role": "1", "name": "张三丰", "phone": "12000000001"}]
    assert len(grid.model.grid_rows) == 2
    assert (grid.table.currentIndex().row(), grid.table.currentIndex().column()) == (1, 0)


def test_row_with_nothing_but_its_defaults_is_no_row_and_begins_no_other(
    facts: FormFacts, qtbot: QtBot
) -> None:
    fields = (replace(FIELDS[0], default_value="1"), *FIELDS[1:])
    grid = ChildGrid(replace(PARTIES, fields=fields), facts)
    qtbot.addWidget(grid)
    grid.show()
    grid.activateWindow()
    qtbot.waitExposed(grid)
    grid.add_row()

    grid._delegate.moved.emit(False)
    grid._delegate.moved.emit(False)
    grid._delegate.moved.emit(False)

    assert grid.value() == []
    assert len(grid.model.grid_rows) == 1


def test_backtab_goes_to_the_cell_before(grid: ChildGrid) -> None:
    grid.add_row()
    press(cell_edit(grid), Qt.Key.Key_Tab)
    press(cell_edit(grid), Qt.Key.Key_Backtab)

    assert grid.table.currentIndex().column() == 0


def test_copy_last_row_repeats_it_without_its_id(grid: ChildGrid) -> None:
    grid.show_value([{"id": "p1", "role": "1", "name": "张三丰", "phone": ""}], {})

    grid.copy_last_row()

    assert grid.value()[1] == {"role": "1", "name": "张三丰", "phone": ""}


def test_rows_keep_their_ids_and_removed_ones_are_left_out(grid: ChildGrid) -> None:
    grid.show_value([{"id": "p1", "name": "张三丰"}, {"id": "p2", "name": "李大山"}], {})
    grid.table.setCurrentIndex(grid.model.index(0, 0))

    grid.remove_row()

    assert grid.value() == [{"name": "李大山", "id": "p2"}]


def test_empty_rows_are_no_rows(grid: ChildGrid) -> None:
    grid.add_row()

    assert grid.value() == []


def test_paste_takes_a_block_of_a_spreadsheet(grid: ChildGrid) -> None:
    QApplication.clipboard().setText("申请方\t张三丰\t12000000001\r\n被申请方\t李大山\t12000000002\r\n")

    grid.paste(QApplication.clipboard().text())

    assert [row["name"] for row in grid.value()] == ["张三丰", "李大山"]
    assert grid.value()[1]["role"] == "被申请方"


def test_delete_empties_a_cell(grid: ChildGrid) -> None:
    grid.show_value([{"id": "p1", "name": "张三丰", "phone": "12000000001"}], {})
    grid.table.setFocus()
    grid.table.setCurrentIndex(grid.model.index(0, 2))

    press(grid.table, Qt.Key.Key_Delete)

    assert grid.value()[0]["phone"] == ""


def test_problem_is_shown_on_its_cell_and_goes_when_the_cell_is_changed(grid: ChildGrid) -> None:
    grid.show_value([{"id": "p1", "name": ""}], {})
    grid.tell_problems({(0, "name"): "姓名：必须填写"})
    cell = grid.model.index(0, 1)
    assert grid.model.data(cell, int(Qt.ItemDataRole.ToolTipRole)) == "姓名：必须填写"

    grid.model.put(0, FIELDS[1], "张三丰")

    assert grid.model.data(cell, int(Qt.ItemDataRole.ToolTipRole)) is None


def test_fields_set_by_steps_have_no_column(qtbot: QtBot, facts: FormFacts) -> None:
    by_step = replace(FIELDS[2], by_step=True)
    made = ChildGrid(replace(PARTIES, fields=(*FIELDS[:2], by_step)), facts)
    qtbot.addWidget(made)

    assert [one.name for one in made.columns] == ["role", "name"]
