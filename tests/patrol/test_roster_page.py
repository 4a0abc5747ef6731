"""The page 排班表 over a real room: keys make a month, one save keeps it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any, cast

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from desktop.patrol import roster
from desktop.patrol.ui.roster_page import RosterPage, make_page
from desktop.shell.desk import Desk
from desktop.shell.room_office import RoomOffice
from desktop.staff.office import Office
from tests.helpers.clock import FixedClock
from tests.helpers.factories.patrol import make_people, make_shift
from tests.helpers.windows.answers import AnsweredAsk
from tests.helpers.windows.desk import open_desk
from tests.helpers.windows.keyboard import press

CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def desk(room: Office, clock: FixedClock, qtbot: QtBot) -> Iterator[Desk]:
    with open_desk(room.home, clock, cast("Any", RoomOffice(room))) as opened:
        yield opened


def settle(qtbot: QtBot, desk: Desk) -> None:
    qtbot.waitUntil(lambda: desk.runner.is_idle, timeout=10_000)


@pytest.fixture
def people(room: Office) -> list[str]:
    return make_people(room, 3)


@pytest.fixture
def page(desk: Desk, people: list[str], qtbot: QtBot) -> RosterPage:
    made = make_page(desk)
    qtbot.addWidget(made)
    settle(qtbot, desk)
    return cast("RosterPage", made)


def answers(desk: Desk) -> AnsweredAsk:
    return cast("AnsweredAsk", desk.ask)


def stand_on(page: RosterPage, row: int, day: int) -> None:
    page.grid.table.stand_on(page.grid.model.index(row, day - 1))


def words_at(page: RosterPage, row: int, day: int) -> str:
    return str(page.grid.model.index(row, day - 1).data() or "")


def stored(room: Office) -> list[tuple[int, str, date]]:
    plan = roster.read_month(room, 2026, 3)
    places = [person.id for person in plan.people]
    return [(places.index(one.staff_id), one.duty_type, one.on) for one in plan.shifts]


def test_letters_and_numbers_write_duties_and_one_save_keeps_them(
    page: RosterPage, desk: Desk, room: Office, qtbot: QtBot
) -> None:
    table = page.grid.table
    stand_on(page, 0, 5)
    press(table, Qt.Key.Key_X)
    press(table, Qt.Key.Key_Right)
    press(table, Qt.Key.Key_4)
    press(table, Qt.Key.Key_Return)
    press(table, Qt.Key.Key_Space)
    press(table, Qt.Key.Key_0)
    assert (words_at(page, 0, 5), words_at(page, 0, 6), words_at(page, 1, 6)) == ("巡", "岗", "防")

    press(table, Qt.Key.Key_S, CONTROL)
    settle(qtbot, desk)

    assert stored(room) == [
        (0, "01", date(2026, 3, 5)),
        (0, "04", date(2026, 3, 6)),
        (1, "10", date(2026, 3, 6)),
    ]
    assert (page.has_changes, page.save_button.isEnabled()) == (False, False)


def test_cell_is_chosen_alone_while_ctrl_is_held(page: RosterPage) -> None:
    table = page.grid.table
    stand_on(page, 0, 1)
    QTest.keyPress(table, Qt.Key.Key_Control, CONTROL)
    stand_on(page, 0, 5)
    QTest.keyRelease(table, Qt.Key.Key_Control)

    assert len(table.selected_cells()) == 1


def test_space_repeats_delete_clears_and_undo_takes_back(page: RosterPage) -> None:
    table = page.grid.table
    stand_on(page, 0, 5)
    press(table, Qt.Key.Key_Z)
    stand_on(page, 2, 9)
    press(table, Qt.Key.Key_Space)
    assert words_at(page, 2, 9) == "值"
    press(table, Qt.Key.Key_Delete)
    assert words_at(page, 2, 9) == ""
    press(table, Qt.Key.Key_Z, CONTROL)
    assert words_at(page, 2, 9) == "值"


def test_control_d_copies_the_left_cell_over_a_selection(page: RosterPage) -> None:
    table = page.grid.table
    stand_on(page, 0, 5)
    press(table, Qt.Key.Key_B)
    press(table, Qt.Key.Key_Right)
    press(table, Qt.Key.Key_Right, SHIFT)
    press(table, Qt.Key.Key_D, CONTROL)
    assert [words_at(page, 0, day) for day in (5, 6, 7, 8)] == ["备", "备", "备", ""]


def test_shift_adds_a_second_duty_and_star_marks_the_leader(page: RosterPage) -> None:
    table = page.grid.table
    stand_on(page, 0, 5)
    press(table, Qt.Key.Key_G)
    press(table, Qt.Key.Key_X, SHIFT)
    press(table, Qt.Key.Key_Asterisk)
    assert words_at(page, 0, 5) == "岗巡*"


def test_counts_follow_what_is_typed(page: RosterPage) -> None:
    stand_on(page, 0, 5)
    press(page.grid.table, Qt.Key.Key_S)
    model = page.grid.model
    assert [model.index(0, 31).data(), model.index(0, 32).data(), model.index(3, 4).data()] == ["1", "1", "1"]


def test_a_clash_has_a_sign_a_sentence_and_a_way_to_it(page: RosterPage) -> None:
    table, grid = page.grid.table, page.grid
    stand_on(page, 0, 5)
    press(table, Qt.Key.Key_X)
    press(table, Qt.Key.Key_H, SHIFT)
    assert grid.model.has_clash(grid.model.cell_at(table.currentIndex()) or ("", date.min))
    told = [grid.clash_list.item(place).text() for place in range(grid.clash_list.count())]
    assert any("时间重叠" in one for one in told)
    stand_on(page, 2, 20)
    grid.clash_list.itemActivated.emit(grid.clash_list.item(0))
    assert (table.currentIndex().row(), table.currentIndex().column()) == (0, 4)


def test_leave_is_shown_and_explained(
    page: RosterPage, desk: Desk, room: Office, people: list[str], qtbot: QtBot
) -> None:
    room.add("leave", {"staff_id": people[1], "from_on": "2026-03-09", "to_on": "2026-03-10"})
    desk.tell_changed([("leave", "")])
    settle(qtbot, desk)
    index = page.grid.model.index(1, 8)
    assert (index.data(), index.data(Qt.ItemDataRole.ToolTipRole)) == ("假", "这天请假")


def test_rest_days_are_headed_by_their_mark(page: RosterPage, desk: Desk, qtbot: QtBot) -> None:
    page.show_month(date(2026, 2, 1))
    settle(qtbot, desk)
    header = page.grid.model.headerData
    told = [header(day - 1, Qt.Orientation.Horizontal) for day in (13, 14, 16)]
    assert told == ["13\n五", "14\n班", "16\n休"]


def test_a_published_month_asks_for_a_reason(
    page: RosterPage, desk: Desk, room: Office, people: list[str], qtbot: QtBot
) -> None:
    make_shift(room, people[0], duty_lead_id=people[0])
    page.load()
    settle(qtbot, desk)
    answers(desk).answer("yes", "市集改期")
    page.publish()
    settle(qtbot, desk)
    assert page.state_label.text().startswith("✓ 已发布")
    stand_on(page, 1, 5)
    press(page.grid.table, Qt.Key.Key_X)
    page.save()
    settle(qtbot, desk)
    assert len(stored(room)) == 2
    assert desk.messages.text == "✓  排班已保存"


def test_a_refused_save_keeps_what_was_typed(
    page: RosterPage, desk: Desk, room: Office, people: list[str], qtbot: QtBot
) -> None:
    stand_on(page, 0, 5)
    press(page.grid.table, Qt.Key.Key_X)
    room.change("staff_member", people[0], {"state": "left"})
    page.save()
    settle(qtbot, desk)
    assert ("PAT-011" in desk.messages.text, words_at(page, 0, 5), page.save_button.isEnabled()) == (
        True,
        "巡",
        True,
    )


def test_what_is_typed_while_another_window_saves_is_not_lost(
    page: RosterPage, desk: Desk, qtbot: QtBot
) -> None:
    desk.tell_changed([("shift", "")])
    stand_on(page, 0, 5)
    press(page.grid.table, Qt.Key.Key_X)
    settle(qtbot, desk)
    assert words_at(page, 0, 5) == "巡"


def test_turning_the_month_with_unsaved_changes_asks_first(
    page: RosterPage, desk: Desk, qtbot: QtBot
) -> None:
    stand_on(page, 0, 5)
    press(page.grid.table, Qt.Key.Key_X)
    answers(desk).answer("stay", "drop")
    page.next_button.click()
    assert (page.month, words_at(page, 0, 5)) == (3, "巡")
    page.next_button.click()
    settle(qtbot, desk)
    assert (page.month, page.has_changes, page.month_label.text()) == (4, False, "2026年4月排班表")


def test_automatic_draft_is_offered_by_team(
    page: RosterPage, desk: Desk, room: Office, people: list[str], qtbot: QtBot
) -> None:
    for number in range(12):
        room.add("team", {"name": f"第{number}网格队", "team_type": "1"})
    team = room.add("team", {"name": "最后一队", "team_type": "1", "staff_ids": people})
    answers(desk).answer(team.id)
    page.draft_button.click()
    settle(qtbot, desk)
    assert len(stored(room)) == 62


def test_without_a_team_the_page_says_what_to_do(page: RosterPage, desk: Desk, qtbot: QtBot) -> None:
    page.draft_button.click()
    settle(qtbot, desk)
    assert "还没有登记队伍" in desk.messages.text


def test_month_is_printed_in_the_preview(page: RosterPage, desk: Desk, qtbot: QtBot) -> None:
    with qtbot.waitSignal(desk.paper_wanted, timeout=10_000) as shown:
        page.print_button.click()
    assert shown.args is not None
    assert (shown.args[0], shown.args[1][:5]) == ("2026年3月排班表", b"%PDF-")
    settle(qtbot, desk)


def test_one_who_may_only_look_cannot_type(
    desk: Desk, people: list[str], qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk, "may", lambda _area, letter: letter == "R")
    page = cast("RosterPage", make_page(desk))
    qtbot.addWidget(page)
    settle(qtbot, desk)
    stand_on(page, 0, 5)
    press(page.grid.table, Qt.Key.Key_X)
    assert (words_at(page, 0, 5), page.save_button.isEnabled(), page.publish_button.isEnabled()) == (
        "",
        False,
        False,
    )


def test_page_without_people_says_where_to_begin(desk: Desk, qtbot: QtBot) -> None:
    page = cast("RosterPage", make_page(desk))
    qtbot.addWidget(page)
    settle(qtbot, desk)
    assert "还没有登记人员" in page.state_label.text()


def test_grid_is_painted_with_every_sign(
    page: RosterPage, desk: Desk, room: Office, people: list[str], qtbot: QtBot
) -> None:
    room.add("leave", {"staff_id": people[1], "from_on": "2026-03-09", "to_on": "2026-03-10"})
    desk.tell_changed([("leave", "")])
    settle(qtbot, desk)
    stand_on(page, 1, 9)
    press(page.grid.table, Qt.Key.Key_X)
    page.resize(1200, 500)
    page.show()
    picture = page.grid.table.grab()
    assert not picture.isNull()
