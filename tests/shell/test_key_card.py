"""密钥 on the settings page: said before, asked before, and said plainly where there is no Windows."""

from __future__ import annotations

from desktop.base.errors import RuleBroken
from desktop.shell.key_card import KeyCard
from desktop.shell.office import KeyBinding
from tests.helpers.office import FakeOffice
from tests.helpers.windows.answers import AnsweredAsk
from tests.helpers.windows.pages import MainOnScreen


def card_of(main: MainOnScreen) -> KeyCard:
    card = main.settings().keys
    assert card is not None
    return card


def test_lock_is_put_on_only_after_the_recovery_sheet_was_confirmed(
    main: MainOnScreen, office: FakeOffice, ask: AnsweredAsk
) -> None:
    card = card_of(main)
    ask.answer("bind")

    card.box.click()
    assert "恢复单" in ask.asked[0]
    main.settle()
    assert office.binding.is_bound
    assert card.box.isChecked()
    assert card.message_label.text().startswith("✓ 已锁上")


def test_lock_stays_off_when_the_sheet_is_not_at_hand(
    main: MainOnScreen, office: FakeOffice, ask: AnsweredAsk
) -> None:
    card = card_of(main)
    ask.answer("keep")
    card.box.click()
    main.settle()
    assert not office.binding.is_bound
    assert not card.box.isChecked()


def test_lock_is_taken_off_without_a_question(main: MainOnScreen, office: FakeOffice) -> None:
    office.binding = KeyBinding(is_bound=True, can_bind=True)
    card = card_of(main)
    card.box.click()
    main.settle()
    assert not office.binding.is_bound
    assert not card.box.isChecked()


def test_lock_that_cannot_be_put_on_says_why_and_stays_off(
    main: MainOnScreen, office: FakeOffice, ask: AnsweredAsk
) -> None:
    card = card_of(main)
    office.fail_with = RuleBroken("KEY-015", "不是 Windows")
    ask.answer("bind")
    card.box.click()
    main.settle()
    assert card.message_label.text() == "✕ 不是 Windows"
    assert not card.box.isChecked()
    assert card.box.isEnabled()


def test_without_windows_there_is_no_such_lock(main: MainOnScreen, office: FakeOffice) -> None:
    office.binding = KeyBinding()
    card = card_of(main)
    assert not card.box.isEnabled()
    assert "不是 Windows" in card.message_label.text()
