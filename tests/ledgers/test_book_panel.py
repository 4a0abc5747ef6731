"""成册 on the page of the ledgers, over a real room."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from pytestqt.qtbot import QtBot

from desktop.ledgers import volumes
from desktop.ledgers.ui import ledgers_page
from desktop.ledgers.ui.ledgers_page import LedgersPage
from desktop.shell.desk import Desk
from desktop.shell.room_office import RoomOffice
from desktop.staff.office import Office
from tests.helpers.clock import FixedClock
from tests.helpers.factories.visits import make_visit
from tests.helpers.windows.answers import AnsweredAsk
from tests.helpers.windows.desk import open_desk


@pytest.fixture
def desk(room: Office, clock: FixedClock, qtbot: QtBot) -> Iterator[Desk]:
    with open_desk(room.home, clock, cast("Any", RoomOffice(room))) as opened:
        yield opened


@pytest.fixture
def page(desk: Desk, room: Office, qtbot: QtBot) -> LedgersPage:
    make_visit(room, visited_on="2026-03-03")
    made = cast("LedgersPage", ledgers_page.make_page(desk))
    qtbot.addWidget(made)
    settle(qtbot, desk)
    return made


def settle(qtbot: QtBot, desk: Desk) -> None:
    qtbot.waitUntil(lambda: desk.runner.is_idle, timeout=10_000)


def answer(desk: Desk, *answers: str | Path) -> None:
    cast("AnsweredAsk", desk.ask).answer(*answers)


def offered(page: LedgersPage) -> list[str]:
    return [action.text() for action in page.books.menu.actions() if action.isEnabled()]


def pick(page: LedgersPage, words: str, desk: Desk, qtbot: QtBot) -> None:
    action = next(one for one in page.books.menu.actions() if one.text() == words)
    assert action.isEnabled()
    action.trigger()
    settle(qtbot, desk)


def test_room_without_a_volume_is_offered_to_open_one(page: LedgersPage, desk: Desk, qtbot: QtBot) -> None:
    assert page.books.state_label.text() == "还没有开册。开册以后可以续打、封存。"
    assert not page.books.print_button.isEnabled()
    answer(desk, "A4")
    pick(page, "开今年的册", desk, qtbot)
    assert page.books.state_label.text() == "2026年第1册，印到第0行、第0页。有 1 条新的、0 条更正没有印。"
    assert page.books.print_button.isEnabled()


def test_book_goes_on_is_taken_back_and_closed(
    page: LedgersPage, desk: Desk, room: Office, qtbot: QtBot, tmp_path: Path
) -> None:
    answer(desk, "A4")
    pick(page, "开今年的册", desk, qtbot)
    with qtbot.waitSignal(desk.paper_wanted, timeout=10_000) as shown:
        page.books.print_button.click()
    settle(qtbot, desk)
    assert shown.args is not None
    first = shown.args[1]
    assert page.books.state_label.text().endswith("没有新的要印。")

    answer(desk, "卡纸")
    pick(page, "撤销上次续打…", desk, qtbot)
    with qtbot.waitSignal(desk.paper_wanted, timeout=10_000) as again:
        page.books.print_button.click()
    settle(qtbot, desk)
    assert again.args is not None
    assert again.args[1] == first

    answer(desk, "close", tmp_path)
    pick(page, "封存这一册…", desk, qtbot)
    assert volumes.list_volumes(room, "visits")[0].is_closed
    assert {path.name for path in tmp_path.glob("*.pdf")} == {
        "走访登记台账 2026-1 正文.pdf",
        "走访登记台账 2026-1 装订页.pdf",
        "走访登记台账 2026-1 末页续打.pdf",
    }
    answer(desk, "2026/1/binding")
    with qtbot.waitSignal(desk.paper_wanted, timeout=10_000) as binding:
        pick(page, "重印一册", desk, qtbot)
    assert binding.args is not None
    assert binding.args[1] == volumes.reprint(room, "visits", 2026, 1, binding=True)


def test_sign_that_no_font_has_is_asked_about_before_printing(
    page: LedgersPage, desk: Desk, room: Office, qtbot: QtBot
) -> None:
    make_visit(room, visited_on="2026-03-04", opinions="姓\ue123")
    volumes.open_volume(room, "visits", 2026)
    page.books.show_ledger(page.ledger)
    settle(qtbot, desk)

    answer(desk, "")
    page.books.print_button.click()
    settle(qtbot, desk)
    assert "U+E123" in cast("AnsweredAsk", desk.ask).asked[-1]
    assert volumes.list_volumes(room)[0].prints == 0

    answer(desk, "boxes")
    with qtbot.waitSignal(desk.paper_wanted, timeout=10_000):
        page.books.print_button.click()
    settle(qtbot, desk)
    assert volumes.list_volumes(room)[0].prints == 1


def test_notice_is_for_ledgers_without_disputes_only(page: LedgersPage, desk: Desk, qtbot: QtBot) -> None:
    with qtbot.waitSignal(desk.paper_wanted, timeout=10_000) as shown:
        page.notice_button.click()
    assert shown.args is not None
    assert shown.args[0] == "走访登记台账（公示）"
    settle(qtbot, desk)
    names = [page.list.item(row).text() for row in range(page.list.count())]
    page.list.setCurrentRow(names.index("矛盾纠纷排查化解台账"))
    settle(qtbot, desk)
    assert not page.notice_button.isEnabled()
