"""待处理, 数据交换, 台账报表, 设置."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtWidgets import QComboBox, QLabel
from pytestqt.qtbot import QtBot

from desktop.shell.accounts import NewAccountDialog, PasswordDialog
from desktop.shell.conflicts_page import ConflictCard
from desktop.shell.office import ExchangeResult, ParkedLine, RecordRef, Side, Tell
from tests.helpers.office import FakeOffice, one_conflict
from tests.helpers.windows.answers import AnsweredAsk
from tests.helpers.windows.pages import MainOnScreen

MATTER = RecordRef("toy_matter", "toy_matter-3", "商铺噪音扰民")


def test_conflict_shows_both_values_with_who_when_and_where(main: MainOnScreen, office: FakeOffice) -> None:
    office.conflict_items = [one_conflict(MATTER)]
    page = main.conflicts()

    shown = "\n".join(label.text() for label in page.cards[0].findChildren(QLabel))
    for words in (
        "东边地界争执",
        "西边地界争执",
        "王警官　2026-03-04 10:20　A机",
        "李内勤　2026-03-04 11:05　B机",
    ):
        assert words in shown


def test_conflict_needs_a_choice_and_a_reason(main: MainOnScreen, office: FakeOffice) -> None:
    office.conflict_items = [one_conflict(MATTER)]
    card = main.conflicts().cards[0]

    card.settle()
    assert card.problem_label.text() == "✕ 请先选一个"
    card.radios["right"].click()
    card.settle()
    assert card.problem_label.text() == "✕ 请写明原因"
    card.reason_edit.setText("问过当事人")
    card.settle()
    main.settle()

    assert office.settled == [("c1", 2, "问过当事人")]
    assert main.conflicts().cards == []


def test_conflict_can_be_settled_with_another_value(main: MainOnScreen, office: FakeOffice) -> None:
    office.conflict_items = [one_conflict(MATTER)]
    card = main.conflicts().cards[0]

    card.other_edit.setText("南边地界争执")
    card.other_edit.textEdited.emit("南边地界争执")
    card.reason_edit.setText("现场看过")
    card.settle()
    main.settle()

    assert office.settled == [("c1", "南边地界争执", "现场看过")]


def test_rest_goes_the_way_of_the_same_pc_in_one_save(main: MainOnScreen, office: FakeOffice) -> None:
    """The second card is decided with the first; where one PC stands on both sides, somebody must look."""
    first = one_conflict(MATTER)
    turned = replace(
        first, id="c2", sides=(*first.sides[::-1], Side("南边", "马建国", "2026-03-04 12:00", "C机"))
    )
    same = replace(first, id="c3", sides=(first.sides[1], first.sides[1]))
    office.conflict_items = [first, turned, same]
    cards = main.conflicts().cards
    assert [label for card in cards for label in texts(card) if label.startswith("第")] == [
        "第 1 项，共 3 项",
        "第 2 项，共 3 项",
        "第 3 项，共 3 项",
    ]
    assert "南边" in texts(cards[1])
    card = cards[0]
    assert not card.rest_box.isVisible()
    card.radios["right"].click()
    assert (card.rest_box.isVisible(), card.rest_box.text()) == (True, "其余 1 项也用B机填的")
    card.rest_box.click()
    card.reason_edit.setText("B机的人去过现场")
    card.settle()
    main.settle()
    assert office.settled == [("c1", 2, "B机的人去过现场"), ("c2", 1, "B机的人去过现场")]


def test_third_side_can_be_taken(main: MainOnScreen, office: FakeOffice) -> None:
    item = one_conflict(MATTER)
    third = Side("南边", "马建国", "2026-03-04 12:00", "C机")
    office.conflict_items = [replace(item, sides=(*item.sides, third), may_type=False)]
    card = main.conflicts().cards[0]
    assert not card.other_edit.isVisible()
    card.radios["3"].click()
    card.reason_edit.setText("现场看过")
    card.settle()
    main.settle()
    assert office.settled == [("c1", 3, "现场看过")]


def test_change_that_waits_is_shown_with_what_it_waits_for(main: MainOnScreen, office: FakeOffice) -> None:
    office.parked_lines = [
        ParkedLine("纠纷：地点：石桥村三组", "来自已停用的电脑，等县局裁定", "李内勤", "03-04 11:05", "B机")
    ]
    page = main.conflicts()
    told = "\n".join(label.text() for label in page.findChildren(QLabel))
    assert "共 1 条" in told
    assert "纠纷：地点：石桥村三组" in told
    assert "来自已停用的电脑，等县局裁定　李内勤　03-04 11:05　B机" in told


def texts(card: ConflictCard) -> list[str]:
    return [label.text() for label in card.findChildren(QLabel)]


def test_stick_exchange_tells_what_went_and_came(
    main: MainOnScreen, ask: AnsweredAsk, room_folder: Path
) -> None:
    ask.answer(room_folder)
    page = main.sync()

    main.press(page, "stickButton")

    assert main.message == "✓  交换完成：送出 12 条，收到 3 条。双方一致。"
    assert page.stick_button.isEnabled()
    assert not page.job_card.isVisible()


def test_stick_that_is_plugged_in_is_named_and_taken_without_a_question(
    main: MainOnScreen, room_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = main.sync()
    monkeypatch.setattr("desktop.shell.sync_page.removable_drives", lambda: (room_folder,))
    page.look_for_sticks()
    main.settle()
    assert page.stick_button.text() == f"用U盘交换（{room_folder.name}）"

    main.press(page, "stickButton")

    assert main.message.startswith("✓  交换完成")

    monkeypatch.setattr("desktop.shell.sync_page.removable_drives", lambda: ())
    page.look_for_sticks()
    main.settle()
    assert page.stick_button.text() == "用U盘交换"


def test_exchange_that_is_not_equal_asks_for_another(
    main: MainOnScreen, office: FakeOffice, room_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def exchange(_path: Path, _progress: Tell) -> ExchangeResult:
        return ExchangeResult(1, 0, 2, is_equal=False)

    monkeypatch.setattr(office, "exchange_stick", exchange)
    main.exchange_by_stick(room_folder)

    assert main.message.startswith("▲")
    assert "下次交换再核对" in main.message
    assert "有 2 条要等新版程序才能看" in main.message


def test_package_files_dropped_on_the_window_are_taken_in(
    main: MainOnScreen, office: FakeOffice, room_folder: Path
) -> None:
    names = [f"{'0' * 32}.jwb", f"{'1' * 32}.jwa.001of002", "照片.jpg"]
    for name in names:
        (room_folder / name).write_bytes(b"x")

    main.window.take_dropped([room_folder / name for name in names])
    main.settle()

    assert [path.name for path in office.taken_files] == names[:2]
    assert "收到 2 条" in main.message


def test_wiping_a_stick_asks_first_and_is_told(
    main: MainOnScreen, office: FakeOffice, ask: AnsweredAsk, room_folder: Path
) -> None:
    page = main.sync()
    ask.answer(room_folder)
    ask.answer("keep")
    main.press(page, "wipeButton")
    assert "删掉" not in main.message

    ask.answer(room_folder)
    ask.answer("wipe")
    main.press(page, "wipeButton")
    assert office.wiped == room_folder
    assert "删掉 2 个" in main.message


def test_network_button_is_away_where_no_network_is_allowed(main: MainOnScreen, office: FakeOffice) -> None:
    from dataclasses import replace

    assert main.sync().network_button.isVisible()
    office.room_status = replace(office.room_status, may_use_network=False)

    main.sync().reload()
    main.settle()

    assert not main.sync().network_button.isVisible()


def test_setting_of_this_machine_is_changed_and_a_wrong_one_explained(
    main: MainOnScreen, office: FakeOffice
) -> None:
    page = main.settings()
    line = page.lines["idle_lock_minutes"]

    line.changed.emit("idle_lock_minutes", "99")
    main.settle()
    assert line.message_label.text() == "✕ 应在1到15之间。"

    line.changed.emit("idle_lock_minutes", "10")
    main.settle()
    assert office.settings.get("idle_lock_minutes") == 10
    assert main.window.idle._timer.interval() == 600_000


def test_settings_of_the_county_cannot_be_changed_here(main: MainOnScreen) -> None:
    page = main.settings()

    assert not page.lines["level_1_deadline_days"].editor.isEnabled()
    assert page.lines["font_scale"].editor.isEnabled()


def test_font_scale_offers_four_sizes(main: MainOnScreen) -> None:
    box = main.settings().lines["font_scale"].editor
    assert isinstance(box, QComboBox)

    assert [box.itemText(place) for place in range(box.count())] == ["100 %", "125 %", "150 %", "200 %"]


def test_own_password_is_typed_twice(main: MainOnScreen, office: FakeOffice) -> None:
    page = main.settings()
    page.change_password()
    dialog = main.dialog(PasswordDialog)
    dialog.old_edit.setText("Toy-1234")
    dialog.new_edit.setText("Neu-56789")
    dialog.again_edit.setText("Neu-56780")
    dialog.take()
    assert dialog.problem_label.text() == "✕ 两次输入的新密码不一样"

    dialog.again_edit.setText("Neu-56789")
    dialog.take()
    main.settle()

    assert office.password == "Neu-56789"
    assert main.message == "✓  密码已改，下次登录用新密码"


def test_account_is_added_and_another_disabled(
    main: MainOnScreen, office: FakeOffice, ask: AnsweredAsk
) -> None:
    page = main.settings()
    assert page.accounts is not None
    page.accounts.add()
    dialog = main.dialog(NewAccountDialog)
    dialog.take()
    assert "三项都要填" in dialog.problem_label.text()
    dialog.name_edit.setText("赵辅警")
    dialog.password_edit.setText("Toy-12345")
    dialog.boxes["auxiliary"].setChecked(True)
    dialog.take()
    main.settle()
    assert office.account_lines[-1].name == "赵辅警"

    ask.answer("disable")
    main.press(page.accounts, "disable_李内勤_Button")

    assert [line.is_disabled for line in office.account_lines] == [False, True, False]


def test_about_names_the_parts_and_their_licences(main: MainOnScreen) -> None:
    from desktop.shell.about import AboutDialog

    main.settings().show_about()
    about = main.dialog(AboutDialog)

    assert "PySide6-Essentials 6.11.3　LGPL-3.0" in about.parts_text.toPlainText()
    assert "函件用字：仿宋 " in about.parts_text.toPlainText()
    about.accept()


def test_pages_of_features_stand_among_the_ledgers_and_are_made_when_looked_at(
    main: MainOnScreen, qtbot: QtBot
) -> None:
    from PySide6.QtWidgets import QWidget

    from desktop.shell.group_page import GroupPage
    from desktop.shell.main_window import MainWindow
    from desktop.widgets.workbench import FeaturePage

    made: list[object] = []

    def make(bench: object) -> QWidget:
        made.append(bench)
        return QWidget()

    pages = [
        FeaturePage("registers", "台账", "ledgers", "", make),
        FeaturePage("statistics", "统计", "ledgers", "visits", make),
        FeaturePage("secret", "别人的", "ledgers", "nowhere", make),
    ]
    window = MainWindow(main.desk, pages)
    qtbot.addWidget(window)
    window.show()
    page = window.open_page("ledgers")
    main.settle()

    assert isinstance(page, GroupPage)
    # A page of no area is everybody's, the others go by the right to read.
    assert [tab.text() for tab in page.tabs.values()] == ["台账", "统计"]
    assert made == [main.desk]
    page.show_page("statistics")
    assert made == [main.desk, main.desk]
