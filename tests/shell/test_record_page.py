"""The generic page: look, enter, change, step, print, void; for a kind that no window knows."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from desktop.base.errors import EnvironmentFault
from desktop.shell.office import FileRef, RecordRef
from desktop.widgets.drafts import Draft
from tests.helpers.clock import FixedClock
from tests.helpers.office import FakeOffice, one_conflict
from tests.helpers.toy_kinds import CLOSE
from tests.helpers.windows.answers import AnsweredAsk
from tests.helpers.windows.keyboard import press
from tests.helpers.windows.pages import EntryOnScreen, MainOnScreen, find


def fill_matter(entry: EntryOnScreen) -> EntryOnScreen:
    entry.fill(source="zf", summary="牛吃了玉米苗").fill_row("parties", 0, role="申请方", name="张三丰")
    return entry.fill_row("parties", 1, role="被申请方", name="李大山", phone="12000000002")


def test_list_shows_declared_columns_with_the_state_third_and_the_number_last(main: MainOnScreen) -> None:
    page = main.records("toy_matter")

    assert [column.label for column in page.page.columns] == [
        "简要情况",
        "发生日期",
        "状态",
        "来源",
        "风险等级",
        "编号",
    ]
    assert page.count_words == "共 30 条"
    assert page.lines()[0][-1] == "649901-A-2026-J00030"


def test_entering_a_record_puts_it_into_the_list(main: MainOnScreen, office: FakeOffice) -> None:
    page = main.records("toy_matter")

    page = fill_matter(page.new()).save()

    assert page.count_words == "共 31 条"
    assert main.message == "✓  已保存 649901-A-2026-J00031"
    assert "牛吃了玉米苗" in page.detail_words()
    held = office.held["toy_matter"]["toy_matter-31"]
    assert held.values["happened_on"] == "2026-03-05"
    assert [row["name"] for row in held.children["parties"]] == ["张三丰", "李大山"]


def test_saving_what_is_missing_is_refused_beside_the_fields(main: MainOnScreen, office: FakeOffice) -> None:
    entry = main.records("toy_matter").new().fill(source="zf")

    entry.save_and_be_refused()

    assert set(entry.problems()) == {"summary", "parties"}
    assert entry.entry.state_label.text() == "✕ 还有 2 处要改"
    assert len(office.held["toy_matter"]) == 30


def test_what_was_typed_stays_when_the_room_refuses(main: MainOnScreen, office: FakeOffice) -> None:
    entry = fill_matter(main.records("toy_matter").new())
    office.fail_with = EnvironmentFault("ENV-001", "磁盘满了，没有保存，请清理后再试")

    entry.save_and_be_refused()
    assert main.message == "✕  磁盘满了，没有保存，请清理后再试  [ENV-001]"
    assert entry.entry.form.values()["summary"] == "牛吃了玉米苗"

    office.fail_with = None
    assert entry.save().count_words == "共 31 条"


def test_save_and_next_opens_the_next_empty_form(main: MainOnScreen, office: FakeOffice) -> None:
    page = main.records("toy_visit")
    entry = page.new().fill(householder="赵小河")

    entry.press(entry.entry, "saveNextButton")

    assert len(office.held["toy_visit"]) == 6
    assert page.page.entry is not None
    assert page.page.entry is not entry.entry
    assert page.page.entry.form.values()["householder"] == ""


def test_keyboard_alone_enters_a_record(main: MainOnScreen, office: FakeOffice) -> None:
    page = main.records("toy_visit").page
    page.table.view.setFocus()
    press(page.table.view, Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier)
    main.settle()
    assert page.entry is not None
    EntryOnScreen(main.qtbot, main.window, page.entry).fill(householder="赵小河")

    press(page.entry.form.focusWidget(), Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    main.settle()

    assert len(office.held["toy_visit"]) == 6
    assert page.entry is None


def test_change_sends_only_what_differs(main: MainOnScreen, office: FakeOffice) -> None:
    page = main.records("toy_matter").choose(0)

    page = page.edit().fill(summary="改过的情况").save()

    assert office.held["toy_matter"]["toy_matter-30"].history[-1].words == "修改：简要情况"
    assert "改过的情况" in page.detail_words()


def test_saving_an_unchanged_form_saves_nothing(main: MainOnScreen, office: FakeOffice) -> None:
    page = main.records("toy_matter").choose(0)

    page.edit().save()

    assert len(office.held["toy_matter"]["toy_matter-30"].history) == 1


def test_field_in_conflict_is_locked_with_the_reason(main: MainOnScreen, office: FakeOffice) -> None:
    office.conflict_items = [one_conflict(RecordRef("toy_matter", "toy_matter-30", "牛吃庄稼赔偿"))]
    entry = main.records("toy_matter").choose(0).edit()

    assert "待处理" in entry.on_screen.words_below("summary")
    assert "summary" not in entry.entry.form.values()


def test_step_asks_for_its_inputs_and_moves_the_state(main: MainOnScreen) -> None:
    page = main.records("toy_matter").choose(0)
    assert page.steps() == ["close"]
    step = page.step("close")
    assert step.step.form.values()["closed_on"] == "2026-03-05"

    assert step.take_and_be_refused() == "✕ 还有 1 处要改"
    step.fill(closing="双方握手言和").take()

    assert page.steps() == ["reopen"]
    assert main.message == "✓  已办结"
    assert "已办结" in page.detail_words()


def test_void_asks_why_and_leaves_nothing_to_do(
    main: MainOnScreen, office: FakeOffice, ask: AnsweredAsk
) -> None:
    ask.answer("重复登记")
    page = main.records("toy_matter").choose(0).void()

    assert office.held["toy_matter"]["toy_matter-30"].void_reason == "重复登记"
    assert "✕ 已作废" in page.detail_words()
    assert page.steps() == []


def test_void_without_a_reason_voids_nothing(
    main: MainOnScreen, office: FakeOffice, ask: AnsweredAsk
) -> None:
    ask.answer(None)
    main.records("toy_matter").choose(0).void()

    assert office.held["toy_matter"]["toy_matter-30"].void_reason == ""


def test_record_that_grows_from_another_keeps_its_origin(main: MainOnScreen, office: FakeOffice) -> None:
    visits = main.records("toy_visit").choose(0)

    page = fill_matter(visits.grow("toy_matter")).save()

    assert office.held["toy_matter"]["toy_matter-31"].origin == RecordRef(
        "toy_visit", "toy_visit-5", "赵小河"
    )
    assert "走访：赵小河" in [
        button.text()
        for button in page.page.detail.findChildren(type(page.page.add_button))
        if button.isVisible()
    ]


def test_record_that_a_step_makes_is_not_offered_a_second_time(main: MainOnScreen) -> None:
    detail = main.records("toy_visit").choose(0).page.detail
    view = detail.view
    assert view is not None

    def offered() -> list[str]:
        menu = find(detail, QPushButton, "moreButton").menu()
        return [one.text() for one in menu.actions()]

    assert "由此登记矛盾纠纷" in offered()
    detail.show_view(replace(view, steps=(replace(CLOSE, kind="toy_visit", makes="toy_matter"),)))
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    assert "由此登记矛盾纠纷" not in offered()


def test_leaving_asks_only_when_something_would_be_lost(main: MainOnScreen, ask: AnsweredAsk) -> None:
    page = main.records("toy_visit")
    entry = page.new()
    entry.entry.leave()
    assert not page.has_form()
    assert ask.asked == []

    entry = page.new().fill(householder="赵小河")
    ask.answer("stay", "drop")
    entry.entry.leave()
    assert page.has_form()
    entry.entry.leave()
    assert not page.has_form()


def test_draft_is_offered_back_and_gone_after_the_save(main: MainOnScreen, ask: AnsweredAsk) -> None:
    page = main.records("toy_visit")
    entry = page.new().fill(householder="赵小河")
    ask.answer("draft")
    entry.entry.leave()
    main.settle()

    again = page.new()
    assert again.entry.draft_bar.isVisible()
    assert again.entry.draft_label.text() == "▲ 有一份没保存的草稿 03-05 08:00"
    again.press(again.entry, "takeDraftButton")
    assert again.entry.form.values()["householder"] == "赵小河"
    again.save()
    main.settle()

    assert main.desk.drafts.all() == []
    assert not page.new().entry.draft_bar.isVisible()


def test_draft_that_is_not_wanted_goes(main: MainOnScreen, clock: FixedClock) -> None:
    main.desk.drafts.write(Draft("toy_visit:new", {"householder": "赵小河"}, clock.move(timedelta(hours=-1))))
    entry = main.records("toy_visit").new()

    entry.press(entry.entry, "dropDraftButton")

    assert main.desk.drafts.all() == []
    assert entry.entry.form.values()["householder"] == ""


def test_form_is_kept_when_another_page_is_looked_at(main: MainOnScreen) -> None:
    entry = main.records("toy_visit").new().fill(householder="赵小河")

    main.go("home")
    assert [draft.place for draft in main.desk.drafts.all()] == ["toy_visit:new"]
    page = main.records("toy_visit")

    assert page.page.entry is entry.entry
    assert entry.entry.form.values()["householder"] == "赵小河"


def test_search_narrows_the_list(main: MainOnScreen) -> None:
    page = main.records("toy_matter").search("宅基地")

    assert page.count_words == "共 6 条"


def test_export_writes_the_lines_on_screen(main: MainOnScreen, ask: AnsweredAsk, room_folder: Path) -> None:
    page = main.records("toy_matter").search("宅基地")
    ask.answer(room_folder / "纠纷.xlsx")

    page.page.export_list()
    main.settle()

    assert len((room_folder / "纠纷.xlsx").read_text(encoding="utf-8").splitlines()) == 6
    assert "已导出 6 条" in main.message


def test_import_is_rehearsed_and_refused_as_a_whole(
    main: MainOnScreen, ask: AnsweredAsk, room_folder: Path
) -> None:
    from desktop.shell.import_dialog import ImportDialog

    table = room_folder / "纠纷.xlsx"
    table.write_bytes(b"")
    ask.answer(table)
    page = main.records("toy_matter")

    page.page.import_table()
    main.settle()

    dialog = main.dialog(ImportDialog)
    assert "第 2 行" in dialog.problem_text.toPlainText()
    assert not dialog.taken_button.isEnabled()
    dialog.reject()


def test_attachment_appears_with_its_size(main: MainOnScreen, ask: AnsweredAsk, room_folder: Path) -> None:
    photo = room_folder / "现场.jpg"
    photo.write_bytes(bytes(3000))
    page = main.records("toy_matter").choose(0)
    ask.answer(photo)

    page.page.attach()
    main.settle()

    assert page.page.view is not None
    assert [file.name for file in page.page.view.files] == ["现场.jpg"]
    assert "附件（1）" in page.detail_words()


def test_clerk_without_permission_sees_no_buttons_for_it(
    main: MainOnScreen, office: FakeOffice, qtbot: QtBot
) -> None:
    from desktop.shell.record_page import RecordPage
    from desktop.staff.permissions import actor_of

    office.actor = actor_of("李所长", ("chief",))
    page = RecordPage(main.desk, office.registry.kind("toy_matter"))
    qtbot.addWidget(page)
    page.show()
    main.settle()
    page.table.view.selectRow(0)
    main.settle()

    assert page.add_button.isHidden()
    names = [button.objectName() for button in page.detail.findChildren(type(page.add_button))]
    assert "editButton" not in names


def test_empty_list_offers_the_first_record(main: MainOnScreen, office: FakeOffice) -> None:
    office.held["toy_matter"].clear()
    page = main.records("toy_matter")

    assert "登记的矛盾纠纷会列在这里" in page.page.table.empty_label.text()
    page.page.table.add_button.click()
    assert page.page.entry is not None


def test_attachment_that_has_not_come_is_named_and_cannot_be_saved(
    main: MainOnScreen, office: FakeOffice
) -> None:
    office.held["toy_matter"]["toy_matter-30"].files += [
        FileRef("f1", "到了.jpg", 2048),
        FileRef("f2", "没到.jpg", 2048, is_here=False),
    ]
    detail = main.records("toy_matter").choose(0).page.detail

    assert find(detail, QPushButton, "file_f1_Button").isEnabled()
    waiting = find(detail, QPushButton, "file_f2_Button")
    assert not waiting.isEnabled()
    assert "附件未到" in waiting.toolTip()


def test_report_of_reserved_numbers_is_shown_from_the_list_of_its_kind(
    main: MainOnScreen, office: FakeOffice
) -> None:
    page = main.records("toy_matter")

    preview = page.choose_more("预留编号使用情况")

    assert preview.title == "预留编号使用情况"
    preview.close()

    assert office.number_reports == ["toy_matter"]
