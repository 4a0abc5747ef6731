"""The pages 统计 and 台账 over a real room."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from PySide6.QtWidgets import QTreeWidget, QTreeWidgetItem, QTreeWidgetItemIterator
from pytestqt.qtbot import QtBot

from desktop.base.xlsx import read_table
from desktop.ledgers.ui import ledgers_page, statistics_page
from desktop.ledgers.ui.ledgers_page import LedgersPage
from desktop.ledgers.ui.statistics_page import StatisticsPage
from desktop.shell.desk import Desk
from desktop.shell.room_office import RoomOffice
from desktop.staff.office import Office
from tests.helpers.clock import FixedClock
from tests.helpers.factories.mediation import make_dispute
from tests.helpers.factories.visits import make_visit
from tests.helpers.windows.answers import AnsweredAsk
from tests.helpers.windows.desk import open_desk


@pytest.fixture
def desk(room: Office, clock: FixedClock, qtbot: QtBot) -> Iterator[Desk]:
    with open_desk(room.home, clock, cast("Any", RoomOffice(room))) as opened:
        yield opened


def settle(qtbot: QtBot, desk: Desk) -> None:
    qtbot.waitUntil(lambda: desk.runner.is_idle, timeout=10_000)


def answers(desk: Desk) -> AnsweredAsk:
    return cast("AnsweredAsk", desk.ask)


@pytest.fixture
def visit(room: Office) -> str:
    return make_visit(room, visited_on="2026-03-03")


@pytest.fixture
def dispute(room: Office) -> str:
    return make_dispute(room, found_on="2026-03-02", dispute_type="0703")


@pytest.fixture
def statistics(desk: Desk, visit: str, dispute: str, qtbot: QtBot) -> StatisticsPage:
    page = cast("StatisticsPage", statistics_page.make_page(desk))
    qtbot.addWidget(page)
    settle(qtbot, desk)
    return page


@pytest.fixture
def ledgers(desk: Desk, visit: str, qtbot: QtBot) -> LedgersPage:
    page = cast("LedgersPage", ledgers_page.make_page(desk))
    qtbot.addWidget(page)
    settle(qtbot, desk)
    return page


def line_of(tree: QTreeWidget, label: str) -> QTreeWidgetItem:
    lines = QTreeWidgetItemIterator(tree)
    while (item := lines.value()) is not None:
        if item.text(0).startswith(label):
            return item
        lines += 1
    raise AssertionError(label)


def test_figures_of_the_month_stand_beside_those_before(statistics: StatisticsPage) -> None:
    line = line_of(statistics.figure_tree, "走访人次")
    assert [line.text(place) for place in range(6)] == ["走访人次（人次）", "1", "0", "新增", "0", "新增"]
    assert statistics.state_label.text() == "本月还没有过完，数到2026-03-05，和上月同样的日子比"


def test_a_number_that_is_opened_lists_its_rows_and_a_row_opens_its_record(
    statistics: StatisticsPage, desk: Desk, visit: str, qtbot: QtBot
) -> None:
    with qtbot.waitSignal(statistics.rows_asked, timeout=10_000) as asked:
        statistics.figure_tree.itemActivated.emit(line_of(statistics.figure_tree, "走访人次"), 1)
    assert (asked.args, statistics.behind_list.count()) == (["visit", [visit]], 1)
    assert statistics.behind_label.text().startswith("“走访人次（人次）”数自这 1 条记录")

    statistics.behind_list.setCurrentRow(0)
    with qtbot.waitSignal(desk.record_wanted) as opened:
        statistics.behind_list.itemActivated.emit(statistics.behind_list.item(0))
    assert opened.args == ["visit", visit]
    settle(qtbot, desk)


def test_a_number_of_a_split_lists_only_its_own(
    statistics: StatisticsPage, desk: Desk, dispute: str, qtbot: QtBot
) -> None:
    line = line_of(statistics.split_tree, "山林土地")
    assert line.text(4) == "1"
    with qtbot.waitSignal(statistics.rows_asked, timeout=10_000) as asked:
        statistics.split_tree.itemActivated.emit(line, 4)
    assert asked.args == ["dispute", [dispute]]
    with qtbot.waitSignal(statistics.rows_asked, timeout=10_000) as empty:
        statistics.split_tree.itemActivated.emit(line, 2)
    assert (empty.args, statistics.behind_label.text()) == (["dispute", []], "“山林土地”没有记录")
    settle(qtbot, desk)


def test_rates_show_what_they_are_made_of(statistics: StatisticsPage) -> None:
    line = line_of(statistics.rate_tree, "R1a")
    assert (line.text(1), line.text(4), line.text(5)) == ("—", "0/0", "本期化解成功数÷本期受理数")


def test_turning_the_month_counts_anew(statistics: StatisticsPage, desk: Desk, qtbot: QtBot) -> None:
    statistics.previous_button.click()
    settle(qtbot, desk)
    assert (statistics.month_label.text(), line_of(statistics.figure_tree, "走访人次").text(1)) == (
        "2026年2月统计",
        "0",
    )
    assert statistics.state_label.text() == ""


def test_report_is_shown_and_saved_as_a_table(
    statistics: StatisticsPage, desk: Desk, qtbot: QtBot, tmp_path: Path
) -> None:
    with qtbot.waitSignal(desk.paper_wanted, timeout=10_000) as shown:
        statistics.print_button.click()
    assert shown.args is not None
    assert shown.args[1][:5] == b"%PDF-"
    path = tmp_path / "月报 三月.xlsx"
    answers(desk).answer(path)
    statistics.table_button.click()
    settle(qtbot, desk)
    assert read_table(path).header[1] == "指标"
    assert desk.messages.text == "✓  已存到 月报 三月.xlsx"


def test_periods_offered_are_this_month_the_year_before_and_any_other(ledgers: LedgersPage) -> None:
    offered = [ledgers.period_box.itemText(place) for place in range(ledgers.period_box.count())]
    assert (offered[0], offered[12], offered[13:]) == (
        "2026年3月",
        "2025年3月",
        ["2026年", "2025年", "自定时间"],
    )
    assert (ledgers.from_edit.text(), ledgers.to_edit.text()) == ("2026-03-01", "2026-03-31")


def test_register_is_shown_in_the_preview(ledgers: LedgersPage, desk: Desk, qtbot: QtBot) -> None:
    with qtbot.waitSignal(desk.paper_wanted, timeout=10_000) as shown:
        ledgers.show_button.click()
        assert not ledgers.show_button.isEnabled()
    assert shown.args is not None
    assert (shown.args[0], shown.args[1][:5]) == ("走访登记台账", b"%PDF-")
    settle(qtbot, desk)
    assert ledgers.show_button.isEnabled()


@pytest.mark.parametrize("ending", [".xlsx", ".pdf"])
def test_register_is_saved_by_the_ending_of_the_name(
    ledgers: LedgersPage, desk: Desk, qtbot: QtBot, tmp_path: Path, ending: str
) -> None:
    path = tmp_path / f"走访 三月{ending}"
    answers(desk).answer(path)
    ledgers.save_button.click()
    settle(qtbot, desk)
    assert path.read_bytes()[:4] == (b"PK\x03\x04" if ending == ".xlsx" else b"%PDF")


def test_days_that_cannot_be_are_told_and_nothing_is_made(ledgers: LedgersPage, desk: Desk) -> None:
    ledgers.from_edit.setText("4.1")
    ledgers.show_button.click()
    assert ledgers.problem_label.text() == "✕ 开始日期在结束日期之后"
    ledgers.from_edit.setText("昨天吧")
    ledgers.show_button.click()
    assert ledgers.problem_label.text().startswith("✕ ")
    assert desk.runner.is_idle


def test_one_who_may_not_export_cannot_save(
    desk: Desk, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk, "may", lambda _area, letter: letter == "R")
    page = cast("LedgersPage", ledgers_page.make_page(desk))
    qtbot.addWidget(page)
    assert (page.show_button.isEnabled(), page.save_button.isEnabled()) == (False, False)
