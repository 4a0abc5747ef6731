"""The main window: going places, the jump box, the lock, the practice mark, refreshing after saves."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from threading import Event

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot
from reportlab.pdfgen.canvas import Canvas

from desktop.printing.jobs import PrintJob
from desktop.shell.desk import Desk
from desktop.shell.lock import IdleWatch
from desktop.shell.main_window import MainWindow
from desktop.shell.navigation import Place, places_for
from desktop.shell.office import RoomStatus
from desktop.shell.print_task import PrintTask
from desktop.staff.permissions import actor_of
from desktop.staff.prints import PrintOrder
from desktop.widgets.theme import MARKS
from tests.helpers.clock import FixedClock
from tests.helpers.office import FakeOffice
from tests.helpers.windows.answers import AnsweredAsk
from tests.helpers.windows.desk import FakeSpool
from tests.helpers.windows.keyboard import press, type_text
from tests.helpers.windows.pages import MainOnScreen


def test_alt_and_a_digit_goes_to_a_page(main: MainOnScreen) -> None:
    press(main.window, Qt.Key.Key_2, Qt.KeyboardModifier.AltModifier)
    main.settle()

    assert main.window.stack.currentWidget() is main.window.pages["visits"]
    assert main.window.navigation.buttons["visits"].isChecked()


def test_navigation_shows_only_what_may_be_read(office: FakeOffice) -> None:
    names = [place.name for place in places_for(office.registry, actor_of("张调解", ("mediator",)))]

    assert names == ["disputes", "places"]


def test_kind_that_no_group_names_is_found_under_its_area(office: FakeOffice) -> None:
    by_name = {place.name: place for place in places_for(office.registry, office.actor)}

    assert by_name["disputes"].kinds == ("toy_matter",)
    assert isinstance(by_name["places"], Place)


def test_every_window_of_a_practice_room_says_so(main: MainOnScreen) -> None:
    mark = MARKS["practice"].text
    assert mark in main.window.windowTitle()
    assert main.window.strip.practice_label.isVisible()
    main.window.lock()
    shown = [label.text() for label in main.window.lock_page.findChildren(QLabel)]
    assert mark in shown
    main.window._unlock()
    main.records("toy_matter").choose(0).step("close")
    assert all(mark in dialog.windowTitle() for dialog in main.open_dialogs())
    for dialog in main.open_dialogs():
        dialog.reject()


def test_real_room_shows_no_practice_mark(desk: Desk, office: FakeOffice, qtbot: QtBot) -> None:
    office.practice = False
    window = MainWindow(desk)
    qtbot.addWidget(window)
    window.show()
    qtbot.waitUntil(lambda: desk.runner.is_idle)

    assert MARKS["practice"].text not in window.windowTitle()
    assert not window.strip.practice_label.isVisible()


def test_jump_box_opens_the_record_it_found(main: MainOnScreen) -> None:
    lines = main.jump("649901-A-2026-J00007")

    page = main.window.group_of("toy_matter")
    assert page is not None
    record = page.record_page("toy_matter")
    assert record is not None
    assert record.view is not None
    assert record.view.serial_no == "649901-A-2026-J00007"
    assert "矛盾纠纷" in lines[0]


def test_jump_box_opens_pages_and_forms_by_initials(main: MainOnScreen) -> None:
    main.jump("sjjh")
    assert main.window.stack.currentWidget() is main.window.pages["sync"]

    main.jump("djzf")
    group = main.window.group_of("toy_visit")
    assert group is not None
    page = group.record_page("toy_visit")
    assert page is not None
    assert page.entry is not None


def test_jump_box_says_when_nothing_was_found(main: MainOnScreen) -> None:
    assert main.jump("没有这个人") == []
    assert main.open_dialogs()
    main.open_dialogs()[0].reject()


def test_lock_blanks_the_window_until_the_right_password(main: MainOnScreen) -> None:
    entry = main.records("toy_visit").new().fill(householder="赵小河")
    main.window.lock()
    assert main.is_locked()
    assert not entry.entry.isVisible()

    page = main.window.lock_page
    page.edit.setText("wrong")
    press(page.edit, Qt.Key.Key_Return)
    main.settle()
    assert main.is_locked()
    assert page.problem_label.text() == "✕ 密码不对，请再输一次。"

    page.edit.setText("Toy-1234")
    press(page.edit, Qt.Key.Key_Return)
    main.settle()
    assert not main.is_locked()
    assert entry.entry.form.values()["householder"] == "赵小河"


def test_lock_hides_open_dialogs_and_brings_them_back(main: MainOnScreen) -> None:
    step = main.records("toy_matter").choose(0).step("close").fill(closing="双方握手")
    main.window.lock()
    assert not step.step.isVisible()

    main.window._unlock()

    assert step.step.isVisible()
    assert step.step.form.values()["closing"] == "双方握手"
    step.step.reject()


def test_shortcuts_do_nothing_while_locked(main: MainOnScreen) -> None:
    main.window.lock()

    press(main.window, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    press(main.window, Qt.Key.Key_2, Qt.KeyboardModifier.AltModifier)

    assert main.open_dialogs() == []
    assert "visits" not in main.window.pages


def test_idle_watch_locks_after_the_minutes_and_starts_anew_with_a_key(
    main: MainOnScreen, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("desktop.shell.lock.MS_PER_MINUTE", 30)
    watch = IdleWatch(main.window, 1, FixedClock())

    with qtbot.waitSignal(watch.idled):
        pass
    watch.set_minutes(0)

    assert not watch._timer.isActive()


def test_pc_that_slept_too_long_is_locked_when_it_wakes(
    main: MainOnScreen, clock: FixedClock, qtbot: QtBot
) -> None:
    watch = IdleWatch(main.window, 5, clock)
    clock.move(timedelta(minutes=4))
    with qtbot.assertNotEmitted(watch.idled):
        watch.look_at_clock()

    clock.move(timedelta(minutes=6))
    with qtbot.waitSignal(watch.idled):
        watch.look_at_clock()


def test_save_elsewhere_refreshes_the_open_list(main: MainOnScreen, office: FakeOffice) -> None:
    page = main.records("toy_matter")
    held = office.put("toy_matter", {"summary": "新来的", "state": "open", "happened_on": "2026-03-05"})

    main.desk.tell_changed([("toy_matter", held.id)])
    main.settle()

    assert page.count_words == "共 31 条"
    assert page.lines()[0][0] == "新来的"


def test_light_tells_sign_and_sentence(main: MainOnScreen, office: FakeOffice) -> None:
    assert main.window.strip.light_button.text().startswith("▲ 已存本机")
    office.room_status = RoomStatus(light="ok", sentence="已存本机 ✓ 县局 ✓", conflict_count=3)

    main.desk.status_stale.emit()
    main.settle()

    assert main.window.strip.light_button.text() == "✓ 已存本机 ✓ 县局 ✓"
    assert main.window.navigation.buttons["conflicts"].text() == "待处理  3"


def test_home_opens_what_is_due(main: MainOnScreen) -> None:
    home = main.home()
    titles = [label.text() for label in home.findChildren(QLabel) if label.property("look") == "lead"]
    assert titles == ["今天要办", "今晚巡逻", "该回访的", "没有交换的"]

    main.press(home, "item_toy_matter-2_Button")

    group = main.window.group_of("toy_matter")
    assert group is not None
    page = group.record_page("toy_matter")
    assert page is not None
    assert page.view is not None
    assert page.view.id == "toy_matter-2"


def test_typing_in_a_filter_reaches_no_shortcut(main: MainOnScreen) -> None:
    page = main.records("toy_matter")
    edit = page.page.table.filters.search_edit
    edit.setFocus()

    type_text(edit, "n1")
    main.settle()

    assert edit.text() == "n1"
    assert page.page.entry is None


def test_closing_writes_the_draft_of_an_open_form(
    main: MainOnScreen, qtbot: QtBot, settle: Callable[[], None]
) -> None:
    main.records("toy_visit").new().fill(householder="赵小河")

    with qtbot.waitSignal(main.window.closed):
        main.window.close()
    settle()

    assert [draft.values["householder"] for draft in main.desk.drafts.all()] == ["赵小河"]


def blank_pages(count: int) -> bytes:
    target = BytesIO()
    canvas = Canvas(target)
    for _page in range(count):
        canvas.showPage()
    canvas.save()
    return target.getvalue()


@pytest.mark.parametrize(("answer", "sent"), [("wait", (1, 2, 3)), ("stop", (1,))])
def test_closing_while_something_is_printed_asks_and_waits_for_its_end(
    main: MainOnScreen, office: FakeOffice, settle: Callable[[], None], answer: str, sent: tuple[int, ...]
) -> None:
    desk, gate, begun = main.desk, Event(), Event()
    assert isinstance(desk.spool, FakeSpool)
    assert isinstance(desk.ask, AnsweredAsk)

    def wait(page: int) -> None:
        begun.set()
        if page > 1:
            assert gate.wait(30)

    desk.spool.wait_before_page = wait
    order = PrintOrder(blank_pages(3), "走访台账", "二楼打印机", (1, 2, 3))
    PrintTask(desk, order, PrintJob((1, 2, 3)), (main.window,)).start()
    main.qtbot.waitUntil(begun.is_set)
    desk.ask.answer("stay", answer)

    main.window.close()
    assert main.window.isVisible()
    main.window.close()
    assert main.window.isVisible()
    gate.set()
    main.qtbot.waitUntil(lambda: not main.window.isVisible())
    settle()

    assert desk.spool.printed == [("二楼打印机", sent)]
    assert office.ended_prints["print-1"][0].sent == sent


def test_long_card_lists_the_rest_when_asked(main: MainOnScreen, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("desktop.shell.home_page.MOST_ITEMS", 2)
    home = main.home()
    home.reload()
    main.settle()

    main.press(home, "dueMoreButton")

    shown = [card for card in home._cards if card.objectName() == "dueCard"]
    assert len(shown[0].findChildren(QLabel, "itemDue")) == 3
