"""Messages: good news goes by itself, bad news waits, the code stands last."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from desktop.base.errors import EnvironmentFault, RuleBroken
from desktop.widgets import message_bar as module
from desktop.widgets.message_bar import MessageBar


@pytest.fixture
def bar(qtbot: QtBot) -> MessageBar:
    made = MessageBar()
    qtbot.addWidget(made)
    return made


def test_good_news_goes_by_itself(bar: MessageBar, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "GOOD_NEWS_MS", 10)

    bar.tell("已保存")
    assert bar.text == "✓  已保存"

    qtbot.waitUntil(lambda: bar.text == "")


def test_failure_stays_with_its_sentence_and_code(bar: MessageBar) -> None:
    bar.tell_failure(EnvironmentFault("ENV-001", "磁盘满了，请清理后再试"))

    assert bar.text == "✕  磁盘满了，请清理后再试  [ENV-001]"
    assert not bar._timer.isActive()
    assert bar.property("state") == "error"


def test_broken_rule_is_a_warning(bar: MessageBar) -> None:
    bar.tell_failure(RuleBroken("REC-003", "没有保存"))

    assert bar.property("state") == "warn"


def test_action_is_offered_once(bar: MessageBar) -> None:
    pressed: list[str] = []
    bar.tell("导出完成", action="打开", act=lambda: pressed.append("opened"))

    bar.action_button.click()
    bar.action_button.click()

    assert pressed == ["opened"]
