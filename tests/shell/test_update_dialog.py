"""更新程序: where from, what will happen, refused in words, and what an exchange brings along; by the keyboard."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop.base.errors import EnvironmentFault, Failure, Refused
from desktop.shell.office import UpdateOffer
from desktop.shell.update_dialog import UpdateDialog
from desktop.staff.permissions import actor_of
from tests.helpers.office import FakeOffice
from tests.helpers.windows.answers import AnsweredAsk
from tests.helpers.windows.keyboard import press
from tests.helpers.windows.pages import MainOnScreen

OFFER = UpdateOffer("0.2.0", "打印更快", 93_000_000)
STICK = Path("U 盘")
Key = Qt.Key


def opened(main: MainOnScreen) -> UpdateDialog:
    main.press(main.settings(), "updateButton")
    return main.dialog(UpdateDialog)


def focus() -> str:
    here = QApplication.focusWidget()
    assert here is not None
    return here.objectName()


def test_update_is_found_told_and_started_by_the_keyboard_and_the_program_ends(
    main: MainOnScreen, office: FakeOffice, ask: AnsweredAsk, qtbot: QtBot
) -> None:
    office.offered = OFFER
    dialog = opened(main)
    assert not dialog.taken_button.isEnabled(), "nothing is there to install"
    ask.answer(STICK)

    assert focus() == "updateStickButton"
    press(dialog.stick_button, Key.Key_Space)
    main.settle()

    assert office.looked_at == [STICK]
    assert "有新版本 0.2.0（93 MB）" in dialog.found_label.text()
    assert "打印更快" in dialog.found_label.text()
    for words in ("备份全部数据", "不要关机", "自动重新打开", "现在的版本和数据都还在"):
        assert words in dialog.steps_label.text()
    assert focus() == "doButton"
    with qtbot.waitSignal(main.window.closed):
        press(dialog.taken_button, Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    assert office.started_setups == [office.home / "setup.exe"]


def test_newest_program_is_told_so_and_offers_nothing(
    main: MainOnScreen, office: FakeOffice, ask: AnsweredAsk
) -> None:
    dialog = opened(main)
    ask.answer(STICK)
    main.press(dialog, "updateStickButton")

    assert dialog.found_label.text() == "已经是最新版本 0.1.0，不用更新。"
    assert not dialog.taken_button.isEnabled()
    assert not dialog.steps_label.isVisible()


@pytest.mark.parametrize(
    "failure",
    [
        Refused("UPD-003", "更新文件不可信，没有更新"),
        Refused("UPD-004", "更新文件过期了，请先核对电脑的日期"),
        EnvironmentFault("UPD-002", "这里没有更新文件"),
    ],
    ids=lambda failure: failure.code,
)
def test_update_that_is_refused_says_why_and_cannot_be_installed(
    failure: Failure, main: MainOnScreen, office: FakeOffice, ask: AnsweredAsk
) -> None:
    office.offered = failure
    dialog = opened(main)
    ask.answer(STICK)
    main.press(dialog, "updateStickButton")

    assert dialog.found_label.text() == f"✕ {failure.sentence}  [{failure.code}]"
    assert not dialog.taken_button.isEnabled()
    assert dialog.stick_button.isEnabled(), "another stick may be better"
    assert focus() == "updateStickButton"
    dialog.reject()


@pytest.mark.parametrize("where", ["prepared_failure", "start_failure"])
def test_installation_that_fails_keeps_the_window_and_needs_another_look(
    where: str, main: MainOnScreen, office: FakeOffice, ask: AnsweredAsk
) -> None:
    office.offered = OFFER
    setattr(office, where, Refused("UPD-003", "被改动过"))
    dialog = opened(main)
    ask.answer(STICK)
    main.press(dialog, "updateStickButton")
    main.press(dialog, "doButton")

    assert dialog.isVisible()
    assert "被改动过" in dialog.found_label.text()
    assert not dialog.taken_button.isEnabled()
    assert office.started_setups == []
    assert main.window.isVisible()
    dialog.reject()


def test_county_is_offered_only_where_the_network_may_be_used(main: MainOnScreen, office: FakeOffice) -> None:
    dialog = opened(main)
    assert not dialog.server_button.isVisible()
    dialog.reject()
    office.settings.set("server_url", "https://10.0.0.1:8443")
    office.offered = OFFER

    dialog = opened(main)
    main.press(dialog, "updateServerButton")

    assert office.looked_at == [None]
    assert dialog.taken_button.isEnabled()
    dialog.reject()


def test_administrators_rights_are_announced_where_they_will_be_asked_for(
    main: MainOnScreen, office: FakeOffice
) -> None:
    dialog = UpdateDialog(main.window, main.desk, UpdateOffer("0.2.0", needs_administrator=True))
    assert "Windows 会问管理员的许可" in dialog.steps_label.text()
    assert "请从开始菜单重新打开" in dialog.steps_label.text()
    dialog.reject()


def test_exchange_by_stick_offers_the_update_that_lies_there(main: MainOnScreen, office: FakeOffice) -> None:
    office.offered = OFFER
    main.exchange_by_stick(STICK)
    page = main.sync()

    assert "交换完成" in main.message
    assert page.update_card.isVisible()
    assert page.update_label.text() == "■  有新版本 0.2.0 可以安装。"
    main.press(page, "syncUpdateButton")
    dialog = main.dialog(UpdateDialog)
    assert dialog.offer is not None
    assert dialog.offer.source == STICK
    dialog.reject()


def test_exchange_in_the_background_tells_of_an_update_once_a_day(
    main: MainOnScreen, office: FakeOffice
) -> None:
    office.settings.set("server_url", "https://10.0.0.1:8443")
    office.offered = OFFER
    for _time in range(2):
        main.window.silence.exchange()
        main.settle()

    assert office.looked_at == [None]
    assert "有新版本 0.2.0" in main.message
    main.desk.messages.action_button.click()
    main.settle()
    assert main.sync().update_card.isVisible()


@pytest.mark.parametrize(
    ("failure", "is_told"),
    [
        (Refused("UPD-003", "不可信"), True),
        (Refused("UPD-001", "没有密钥"), False),
        (EnvironmentFault("UPD-002", "没有更新文件"), False),
    ],
    ids=lambda one: getattr(one, "code", ""),
)
def test_exchange_is_silent_about_what_is_no_update_and_tells_of_one_that_is_not_to_be_believed(
    failure: Failure, is_told: bool, main: MainOnScreen, office: FakeOffice
) -> None:
    office.offered = failure
    main.exchange_by_stick(STICK)
    page = main.sync()
    assert page.update_card.isVisible() == is_told
    assert not page.update_button.isVisible()


def test_somebody_who_may_not_install_is_sent_to_the_administrator(
    main: MainOnScreen, office: FakeOffice
) -> None:
    office.actor = actor_of("李内勤", ("clerk",))
    office.offered = OFFER
    main.exchange_by_stick(STICK)
    page = main.sync()
    assert "请系统管理员登录后" in page.update_label.text()
    assert not page.update_button.isVisible()
    assert not main.settings().update_button.isEnabled()
