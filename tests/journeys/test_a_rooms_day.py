"""One day of a room in the whole program, by the keyboard alone: from a visit to the county and back."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import shiboken6
from PIL import Image
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QScrollArea, QWidget
from pytestqt.qtbot import QtBot

from desktop.bootstrap import make_pages
from desktop.printing.preview import page_count, page_text
from desktop.shell.application import Application
from desktop.shell.conflicts_page import ConflictsPage
from desktop.shell.door import Opened
from desktop.shell.group_page import GroupPage
from desktop.shell.navigation import CONFLICTS, CONTACTS, HOME, LEDGERS, SETTINGS, SYNC
from desktop.shell.preview import PreviewDialog
from desktop.shell.record_page import RecordPage
from desktop.shell.room_door import RoomDoor
from desktop.shell.single import SingleWindow
from desktop.staff.accounts import set_roles
from desktop.staff.status import verify_office
from desktop.staff.views import Query
from tests.helpers.clock import FixedClock
from tests.helpers.county import COUNTY, World
from tests.helpers.rooms import PASSWORD, USER, toy_rooms
from tests.helpers.windows.answers import AnsweredAsk
from tests.helpers.windows.desk import dress_application
from tests.helpers.windows.hands import ALT, CTRL, Hands, Key

pytestmark = pytest.mark.journey

PC = "甲机"
RARE_NAME = "李𬭎"
COMPANY = "青石县石桥村供水站"
MEDIATOR = "赵青山"


class AnsweredDoor(RoomDoor):
    """The program's own door; only what a file dialog would ask is answered in advance."""

    def __init__(self, home: Path, clock: FixedClock, ask: AnsweredAsk) -> None:
        super().__init__(home, USER, clock, toy_rooms, make_pages=make_pages)
        self._ask = ask

    def build_window(self, opened: Opened, runner: Any) -> Any:
        window = super().build_window(opened, runner)
        window.desk.ask = self._ask
        return window


@dataclass
class Seat:
    """Somebody at the PC: the program, the hands, and what is in front of the eyes."""

    running: Application
    hands: Hands
    ask: AnsweredAsk

    @property
    def window(self) -> Any:
        """The main window."""
        assert self.running.window is not None, "no room is open"
        return self.running.window

    def log_in(self) -> Seat:
        """Types the password."""
        self.hands.type(PASSWORD).press(Key.Key_Return).until(lambda: self.running.window is not None)
        return self

    @property
    def message(self) -> str:
        """What the message bar says."""
        return str(self.window.desk.messages.text)

    def save(self) -> None:
        """Saves the open form, which must be taken."""
        self.hands.save()
        assert "已保存" in self.message, [self.message, *self.complaints()]

    def complaints(self) -> list[str]:
        """Everything on screen that says that something is wrong."""
        here = QApplication.activeWindow()
        assert here is not None
        labels = [one for one in here.findChildren(QLabel) if one.isVisible()]
        return [f"{one.objectName()} {one.text()}" for one in labels if one.text().startswith("✕")]

    def page(self, kind: str) -> RecordPage:
        """The page of a kind, which must be on show."""
        page = self.window.findChild(RecordPage, f"{kind}Page")
        assert isinstance(page, RecordPage)
        assert page.isVisible(), f"{kind} is not on show"
        return page

    def shown(self, kind: str) -> Any:
        """The record on show."""
        view = self.page(kind).view
        assert view is not None
        return view

    def jump(self, words: str) -> None:
        """Ctrl+K and what is looked for."""
        self.hands.press(Key.Key_K, CTRL).type(words)
        box = QApplication.activeWindow()
        assert box is not None
        hint = box.findChild(QLabel, "jumpHint")
        assert hint is not None
        self.hands.until(lambda: "找到" in hint.text()).press(Key.Key_Return)

    def step(self, name: str, **values: str) -> None:
        """Takes a step of the record on show."""
        self.hands.push(f"step_{name}_Button").fill(**values).save()
        assert QApplication.activeWindow() is self.window, [name, *self.complaints()]

    def paper_text(self) -> str:
        """The words of the paper in the preview, which is closed again."""
        preview = QApplication.activeWindow()
        assert isinstance(preview, PreviewDialog), self.message
        self.hands.until(lambda: bool(preview.pages))
        text = "\n".join(page_text(preview.pdf, page) for page in range(1, page_count(preview.pdf) + 1))
        self.hands.press(Key.Key_Escape)
        return text


@pytest.fixture
def seats(qtbot: QtBot, clock: FixedClock) -> Iterator[Any]:
    """Starts the program on a folder; whatever is still running at the end is stopped, and a bug in it is told."""
    dress_application()
    started: list[Seat] = []
    crashes: list[BaseException] = []

    def sit_down(home: Path) -> Seat:
        ask = AnsweredAsk()
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        running = Application(app, AnsweredDoor(home, clock, ask), clock)
        running.runner.crashed.disconnect(running.reporter.tell)
        running.runner.crashed.connect(crashes.append)
        assert running.single.is_first()
        running.start()
        assert running.entrance is not None
        seat = Seat(running, Hands(qtbot, running).settle(), ask)
        started.append(seat)
        return seat

    yield sit_down
    for seat in started:
        if shiboken6.isValid(seat.running.runner):
            leave(seat)
    if crashes:
        raise crashes[0]


def leave(seat: Seat) -> None:
    """Closes the program."""
    window = seat.running.window or seat.running.entrance
    if window is not None:
        window.close()
    seat.running.stop()


def furnish(world: World) -> Path:
    """Who works in the room, entered before the day begins; gives its folder, closed."""
    office = world.offices[PC]
    officer = office.add("staff_member", {"name": USER, "role": "officer"})
    office.add("staff_member", {"name": MEDIATOR, "role": "mediator"})
    set_roles(office, USER, ["admin", "officer", "clerk", "mediator"], staff=officer.id)
    world.close(PC)
    return world.folder / PC


def test_rooms_day_goes_by_the_keyboard_from_a_visit_to_the_county(world: World, seats: Any) -> None:
    seat = seats(furnish(world)).log_in()

    enter_visit(seat)
    enter_parties(seat)
    mediate(seat)
    print_and_sign(seat, world.folder)
    follow_up(seat)
    look_at_ledger(seat)
    back_up(seat, world.folder / "备份")
    exchange(seat, world)

    leave(seat)
    assert verify_office(world.open(PC), deep=True) == {"ok": True, "problems": []}


def enter_visit(seat: Seat) -> None:
    """A visit, with a quarrel and a danger that were met there."""
    seat.hands.press(Key.Key_2, ALT).press(Key.Key_N, CTRL)
    seat.hands.fill(object_name="马占山", place="石桥村一组12号", received_by="马占山").tick("topics_02_Box")
    seat.save()
    seat.step(
        "raise_dispute",
        title="马占山与李𬭎浇地用水纠纷",
        dispute_type="浇地",
        facts="轮流浇地的先后次序有争执。",
    )
    seat.step("raise_hazard", hazard_class="用电", description="灶房门口电线外皮破损")
    assert {ref.kind for ref in seat.shown("visit").grown} == {"dispute", "hazard"}


def enter_parties(seat: Seat) -> None:
    """The other two sides of the quarrel; then it is taken up."""
    seat.jump("马占山与李")
    assert "浇地用水" in seat.shown("dispute").title
    seat.hands.press(Key.Key_E, CTRL).fill_cell("parties", "no_document_reason", "未随身携带，本人口述")
    seat.hands.fill_row(
        "parties", role="被申请人", name=RARE_NAME, no_document_reason="本人口述", address="石桥村一组13号"
    )
    seat.hands.fill_row(
        "parties", role="第三人", party_type="单位", no_document_reason="村办，没有代码", address="石桥村村部",
        organisation_name=COMPANY, legal_representative="单明月",
    )  # fmt: skip
    seat.save()
    seat.step("accept")
    names = [
        row.words.get("name") or row.words.get("organisation_name")
        for row in rows_of(seat, "dispute", "parties")
    ]
    assert names == ["马占山", RARE_NAME, COMPANY]


def rows_of(seat: Seat, kind: str, name: str) -> list[Any]:
    """The child rows of the record on show."""
    return list(seat.shown(kind).children[name])


def mediate(seat: Seat) -> None:
    """The village committee hears both sides and they agree."""
    seat.step(
        "open_mediation", committee_name="石桥村人民调解委员会", mediator_ids=MEDIATOR,
        has_consent="是", is_scope_confirmed="是", rights_notice="口头",
    )  # fmt: skip
    run = next(ref for ref in seat.shown("dispute").grown if ref.kind == "people_mediation")
    seat.hands.push(f"ref_{run.id}_Button")
    seat.step("record_session", record_text="告知了权利义务，各方都愿意协商。")
    seat.hands.press(Key.Key_E, CTRL).fill(dispute_items="谁先浇地。", agreement_form="书面")
    seat.hands.fill_row("clauses", content="单日马占山先浇，双日李𬭎先浇。", performance_manner="当场")
    seat.hands.fill_row("clauses", content="供水站按日开闸。", performance_manner="当场")
    seat.save()
    seat.step("conclude")


def print_and_sign(seat: Seat, folder: Path) -> None:
    """The paper, its scan, and the signatures; afterwards nothing of it can be changed."""
    seat.hands.press(Key.Key_P, CTRL)
    text = seat.paper_text()
    assert RARE_NAME in text
    assert COMPANY in text
    scan = folder / "签字件.png"
    Image.new("RGB", (40, 60), "white").save(scan)
    seat.ask.answer(scan)
    seat.hands.pick("moreButton", "加附件…")
    assert "已加附件" in seat.message
    yes = {"is_signed_by_all_parties": "是", "is_signed_by_mediator": "是", "is_sealed_by_committee": "是"}
    seat.step("mark_signed", **yes)
    seat.hands.press(Key.Key_E, CTRL).fill(dispute_items="改一改").save()
    assert "已经签字" in seat.message
    seat.ask.answer("drop")
    seat.hands.press(Key.Key_Escape)
    assert seat.shown("people_mediation").values["dispute_items"] == "谁先浇地。"


def follow_up(seat: Seat) -> None:
    """One side is asked how it went."""
    seat.step("record_follow_up", party_id=RARE_NAME, mode="电话", situation="水浇上了。")
    assert any(ref.kind == "follow_up" for ref in seat.shown("people_mediation").grown)


def look_at_ledger(seat: Seat) -> None:
    """The register of disputes on screen."""
    seat.jump("台账报表")
    ledgers = seat.window.findChild(QLabel, "ledgerProblemLabel").window()
    assert ledgers is seat.window
    seat.hands.tab_to("ledgerList")
    listed = seat.hands.focus
    while "纠纷" not in listed.currentItem().text():  # type: ignore[attr-defined]
        seat.hands.press(Key.Key_Down)
    seat.hands.push("ledgerShowButton")
    assert RARE_NAME in seat.paper_text().replace("\n", "")


def back_up(seat: Seat, folder: Path) -> None:
    """A copy of everything."""
    folder.mkdir()
    seat.ask.answer(folder)
    seat.jump("数据交换")
    seat.hands.push("backupButton")
    assert "备份" in seat.message
    assert list(folder.iterdir())


def exchange(seat: Seat, world: World) -> None:
    """To the county and back on one stick; nothing is left to settle."""
    seat.ask.answer(world.stick(), world.stick())
    seat.hands.push("stickButton")
    world.by_stick(COUNTY)
    assert [one["title"] for one in world.county.iterate_json("dispute", Query())] == [
        "马占山与李𬭎浇地用水纠纷"
    ]
    seat.hands.push("stickButton")
    assert "双方一致" in seat.message
    seat.jump("待处理")
    page = seat.window.findChild(ConflictsPage)
    assert page.isVisible()
    assert page.cards == []


@pytest.fixture
def home(room_template: Path, room_folder: Path) -> Path:
    """A room of its own."""
    shutil.copytree(room_template, room_folder, dirs_exist_ok=True)
    office = toy_rooms(FixedClock()).open(room_folder, USER, PASSWORD)
    office.add("staff_member", {"name": USER, "role": "officer"})
    office.database.close()
    return room_folder


def test_what_was_typed_is_offered_again_after_the_program_was_killed(home: Path, seats: Any) -> None:
    seat = seats(home).log_in()
    seat.hands.press(Key.Key_2, ALT).press(Key.Key_N, CTRL).fill(object_name="马占山", place="一组12号")
    entry = seat.page("visit").entry
    assert entry is not None
    seat.hands.qtbot.waitSignal(entry.keeper.written).wait()
    kill(seat)

    seat = seats(home).log_in()
    seat.hands.press(Key.Key_2, ALT).press(Key.Key_N, CTRL).push("takeDraftButton")
    entry = seat.page("visit").entry
    assert entry is not None
    assert entry.form.values()["object_name"] == "马占山"
    seat.hands.fill(staff_ids=USER).tick("topics_02_Box")
    seat.save()
    assert "一组12号" in seat.shown("visit").values["place"]
    assert seat.window.desk.drafts.all() == []


def kill(seat: Seat) -> None:
    """Takes the program away without closing anything, as a power cut does."""
    opened = seat.running._opened
    assert opened is not None
    seat.running.stop()
    # The system closes the files of a program that is gone.
    seat.running.door.close(opened)
    shiboken6.delete(seat.running.window)
    seat.running.window = None


def test_second_start_on_a_room_brings_the_first_forward_and_says_so(home: Path, seats: Any) -> None:
    seat = seats(home).log_in()
    second = SingleWindow(home)

    assert not second.is_first()
    with ThreadPoolExecutor(1) as other_start:
        heard = other_start.submit(second.call_first)
        seat.hands.until(heard.done)

    assert heard.result()
    seat.hands.until(lambda: "程序已经开着" in seat.message)
    assert seat.window.isActiveWindow()


def test_five_wrong_passwords_make_even_the_right_one_wait(home: Path, seats: Any, clock: FixedClock) -> None:
    seat = seats(home)
    entrance = seat.running.entrance.page
    for _time in range(5):
        seat.hands.type("Wrong-2026").press(Key.Key_Return)
    seat.hands.tab_to("passwordEdit").type(PASSWORD).press(Key.Key_Return)

    assert seat.running.window is None
    assert "请等" in entrance.message_label.text()
    assert not entrance.open_button.isEnabled()
    leave(seat)

    clock.move(timedelta(hours=1))
    assert seats(home).log_in().window.isVisible()


def test_nothing_is_cut_or_scrolls_sideways_at_the_largest_letters(home: Path, seats: Any) -> None:
    dress_application(scale=200)
    try:
        seat = seats(home).log_in()
        seat.window.resize(1366, 728)
        for name in (HOME, CONFLICTS, SYNC, CONTACTS, SETTINGS, *seat.window.places, LEDGERS):
            page = seat.window.open_page(name.name)
            for tab in page.tabs if isinstance(page, GroupPage) else [""]:
                if tab:
                    page.show_page(tab)
                seat.hands.settle()
                assert cut_or_wide(page) == [], (name.name, tab)
        leave(seat)
    finally:
        dress_application()


def cut_or_wide(page: QWidget) -> list[str]:
    """Buttons with less room than their words need, but for lines that end in three dots, and sideways scrolling."""
    cut = [
        one.text()
        for one in page.findChildren(QPushButton)
        if one.isVisible() and one.property("kind") != "item" and one.width() < one.sizeHint().width()
    ]
    wide = [one for one in page.findChildren(QScrollArea) if one.horizontalScrollBar().isVisible()]
    return cut + [f"{one.objectName()} scrolls sideways" for one in wide]
