"""What the program does by itself: when it exchanges, when it keeps still, and what it tells."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from pytestqt.qtbot import QtBot

from desktop.base.errors import EnvironmentFault, Refused
from desktop.shell.contacts_page import ContactsPage
from desktop.shell.desk import Desk
from desktop.shell.office import ContactLine, ExchangeResult, RoomStatus
from desktop.shell.silence import AFTER_A_FAILURE, AFTER_A_SAVE, AFTER_OPENING, DAILY_SPREAD, Silence
from tests.helpers.clock import START, FixedClock
from tests.helpers.office import FakeOffice
from tests.helpers.windows.pages import MainOnScreen

SERVER = "https://10.0.0.1:8443"


@pytest.fixture
def silence(desk: Desk, office: FakeOffice) -> Silence:
    office.settings.set("server_url", SERVER)
    return Silence(desk, chance=lambda: 0.5)


def pause(timer: object) -> timedelta:
    return timedelta(milliseconds=timer.interval())  # type: ignore[attr-defined]


def run(silence: Silence, settle: Callable[[], None]) -> None:
    silence.exchange()
    settle()


def test_first_exchange_comes_some_time_after_opening(silence: Silence) -> None:
    assert not silence.next_timer.isActive()
    silence.start()
    assert pause(silence.next_timer) == AFTER_OPENING


@pytest.mark.parametrize(("hour", "wait_hours"), [(7, 1), (8, 24), (20, 12)])
def test_day_s_exchange_comes_at_its_time_and_a_little_later(
    silence: Silence, clock: FixedClock, hour: int, wait_hours: int
) -> None:
    clock.set(START.replace(hour=hour))
    silence.start()
    assert pause(silence.daily_timer) == timedelta(hours=wait_hours) + DAILY_SPREAD / 2


def test_every_save_puts_the_exchange_off(silence: Silence, desk: Desk) -> None:
    desk.tell_changed([("toy_matter", "1")])
    assert not silence.next_timer.isActive()
    silence.start()
    desk.tell_changed([("toy_matter", "1")])
    assert pause(silence.next_timer) == AFTER_A_SAVE


@pytest.mark.parametrize("name", ["stick_only", "work_offline"])
def test_nothing_is_called_where_the_network_is_off(
    silence: Silence, office: FakeOffice, settle: Callable[[], None], name: str
) -> None:
    office.settings.set(name, True)
    office.network_results = [ExchangeResult(0, 0)]
    run(silence, settle)
    assert len(office.network_results) == 1
    assert office.second_copies == 1, "the copy needs no network"


def test_dead_line_is_not_told_and_tried_less_and_less(
    silence: Silence, desk: Desk, office: FakeOffice, settle: Callable[[], None]
) -> None:
    silence.start()
    office.network_results = [EnvironmentFault("SYN-081", "dead", may_retry=True) for _time in range(4)]
    for wanted in (*AFTER_A_FAILURE, AFTER_A_FAILURE[-1]):
        run(silence, settle)
        assert pause(silence.next_timer) == wanted
    assert not desk.messages.isVisible()
    run(silence, settle)
    office.network_results = [EnvironmentFault("SYN-081", "dead", may_retry=True)]
    run(silence, settle)
    assert pause(silence.next_timer) == AFTER_A_FAILURE[0]


def test_what_waiting_does_not_mend_is_told_once(
    silence: Silence,
    desk: Desk,
    office: FakeOffice,
    settle: Callable[[], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told: list[str] = []
    monkeypatch.setattr(desk.messages, "tell_failure", lambda failure: told.append(failure.code))
    office.network_results = [Refused("SYN-094", "stranger"), Refused("SYN-094", "stranger")]
    run(silence, settle)
    run(silence, settle)
    assert told == ["SYN-094"]


def test_what_came_refreshes_the_pages_and_calls_nobody_again(
    silence: Silence, desk: Desk, office: FakeOffice, settle: Callable[[], None]
) -> None:
    silence.start()
    seen: list[object] = []
    desk.changed.connect(seen.append)
    office.network_results = [ExchangeResult(0, 2)]
    run(silence, settle)
    assert len(seen) == 1
    assert pause(silence.next_timer) == AFTER_OPENING


def test_one_exchange_at_a_time(silence: Silence, office: FakeOffice, settle: Callable[[], None]) -> None:
    office.network_results = [ExchangeResult(0, 0), ExchangeResult(0, 0)]
    silence.exchange()
    silence.exchange()
    settle()
    assert len(office.network_results) == 1


def test_closing_window_plans_nothing_more(main: MainOnScreen) -> None:
    main.window.silence.start()
    main.window.close()
    assert not main.window.silence.next_timer.isActive()
    assert not main.window.silence.daily_timer.isActive()


def test_wrong_clock_is_told_once(
    main: MainOnScreen, office: FakeOffice, settle: Callable[[], None], desk: Desk
) -> None:
    office.room_status = RoomStatus(clock_words="本机时钟比县局快12分钟，请校准")
    desk.status_stale.emit()
    settle()
    assert "快12分钟" in desk.messages.text
    desk.messages.tell("别的话")
    desk.status_stale.emit()
    settle()
    assert "快12分钟" not in desk.messages.text


def test_contacts_are_listed_and_switched_off(
    desk: Desk, office: FakeOffice, settle: Callable[[], None], qtbot: QtBot
) -> None:
    office.settings.set("server_url", SERVER)
    at = datetime.fromisoformat("2026-03-05T00:00:00+00:00")
    office.contact_lines = (ContactLine(at, SERVER, 8305, 936, "送出 100 条，收到 0 条；两边一致"),)
    page = ContactsPage(desk)
    qtbot.addWidget(page)
    page.show()
    settle()
    words = [one.text() for one in page.findChildren(type(page.rule_label))]
    assert {"2026-03-05 08:00:00", SERVER, "8.1 KB", "0.9 KB"} <= set(words)
    assert SERVER in page.rule_label.text()
    page.switch_button.click()
    settle()
    assert office.settings.get("work_offline") is True
    assert page.rule_label.text().startswith("已暂停")
    page.switch_button.click()
    settle()
    assert office.settings.get("work_offline") is False


def test_what_came_is_made_findable_when_the_exchange_is_done(
    silence: Silence, desk: Desk, office: FakeOffice, settle: Callable[[], None]
) -> None:
    assert silence.desk is desk
    desk.exchanged.emit(None)
    settle()
    assert office.searches_caught_up == 1
