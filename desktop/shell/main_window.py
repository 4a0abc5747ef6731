"""The main window: navigation at the left, pages in the middle, messages above them, the status strip below."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QMainWindow, QStackedWidget, QVBoxLayout, QWidget

from desktop.base.paths import is_package_name
from desktop.base.text import _
from desktop.shell.accounts import PasswordDialog
from desktop.shell.conflicts_page import ConflictsPage
from desktop.shell.contacts_page import ContactsPage
from desktop.shell.desk import Desk
from desktop.shell.group_page import GroupPage
from desktop.shell.home_page import HomePage
from desktop.shell.jump_box import JumpBox
from desktop.shell.lock import IdleWatch, LockPage
from desktop.shell.navigation import (
    CONFLICTS,
    CONTACTS,
    HOME,
    LEDGERS,
    SETTINGS,
    SYNC,
    Navigation,
    places_for,
)
from desktop.shell.office import RecordRef, RoomStatus, UpdateNews
from desktop.shell.preview import PreviewDialog
from desktop.shell.print_task import PrintTask
from desktop.shell.settings_page import SettingsPage
from desktop.shell.silence import Silence
from desktop.shell.status_strip import StatusStrip
from desktop.shell.sync_page import SyncPage
from desktop.shell.update_watch import UpdateWatch
from desktop.widgets.ask import Option
from desktop.widgets.blocks import row
from desktop.widgets.theme import MARKS, px
from desktop.widgets.workbench import FeaturePage

WIDTH, HEIGHT = 1366, 728
NARROW_BELOW = 900
QUICK_KINDS = ("visit", "dispute", "hazard", "patrol", "service")


class MainWindow(QMainWindow):
    """One open room."""

    closed = Signal()
    log_out_wanted = Signal()

    def __init__(self, desk: Desk, extras: Sequence[FeaturePage] = ()) -> None:
        super().__init__()
        self.setObjectName("mainWindow")
        self.desk = desk
        office = desk.office
        mark = f"{MARKS['practice'].text} " if office.practice else ""
        self.setWindowTitle(_("{mark}警务室 {room}").format(mark=mark, room=office.room_name))
        self._extras = [one for one in extras if not one.area or office.actor.may_assigned(one.area)]
        self.places = places_for(office.registry, office.actor, {one.group for one in self._extras})
        self.navigation = Navigation(office.room_name, self.places)
        self.strip = StatusStrip(office.actor.name, practice=office.practice)
        self.stack = QStackedWidget()
        self.pages: dict[str, QWidget] = {}
        self._makers = self._page_makers()
        self.lock_page = LockPage(desk)
        self.silence = Silence(desk)
        self.update_watch = UpdateWatch(desk)
        self._clock_words = ""
        self.idle = IdleWatch(self, int(office.settings.get("idle_lock_minutes")), desk.clock)
        self._build()
        self._connect()
        self._add_shortcuts()
        desk.keep.restore_window(self, WIDTH, HEIGHT)
        self.open_page(HOME.name)
        self.reload_status()

    # -- making ----------------------------------------------------------------------------------------------------

    def _page_makers(self) -> dict[str, Callable[[], QWidget]]:
        desk = self.desk
        makers: dict[str, Callable[[], QWidget]] = {
            HOME.name: lambda: HomePage(desk, self._quick_kinds()),
            CONFLICTS.name: lambda: ConflictsPage(desk),
            SYNC.name: lambda: SyncPage(desk),
            CONTACTS.name: lambda: ContactsPage(desk),
            SETTINGS.name: lambda: SettingsPage(desk),
        }
        for place in (*self.places, LEDGERS):
            mine = [one for one in self._extras if one.group == place.name]
            makers[place.name] = partial(GroupPage, desk, place, mine)
        return makers

    def _quick_kinds(self) -> list[tuple[str, str]]:
        registry, actor = self.desk.office.registry, self.desk.office.actor
        shown = [name for place in self.places for name in place.kinds]
        wanted = [name for name in QUICK_KINDS if name in shown] or shown[:3]
        kinds = [registry.kind(name) for name in wanted]
        return [(kind.name, kind.label) for kind in kinds if actor.may(kind.info.area, "C")]

    def _build(self) -> None:
        right = QWidget()
        box = QVBoxLayout(right)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(0)
        box.addWidget(self.desk.messages)
        box.addWidget(self.stack, 1)
        box.addWidget(self.strip)
        work = QWidget()
        work.setProperty("look", "page")
        layout = row(self.navigation, right, gap=0)
        layout.setStretch(1, 1)
        work.setLayout(layout)
        self.work = work
        self.screens = QStackedWidget()
        self.screens.addWidget(work)
        self.screens.addWidget(self.lock_page)
        self.setCentralWidget(self.screens)
        self.setMinimumSize(640, 360)
        self.setAcceptDrops(True)

    def _connect(self) -> None:
        desk, strip = self.desk, self.strip
        self.navigation.chosen.connect(self.open_page)
        desk.page_wanted.connect(self.open_page)
        desk.record_wanted.connect(self.open_record)
        desk.entry_wanted.connect(self.open_entry)
        desk.paper_wanted.connect(self.show_paper)
        desk.status_stale.connect(self.reload_status)
        desk.runner.busy_changed.connect(strip.tell_job)
        desk.runner.reported.connect(strip.tell_report)
        strip.light_pressed.connect(partial(self.open_page, SYNC.name))
        strip.lock_wanted.connect(self.lock)
        self.idle.idled.connect(self.lock)
        self.lock_page.unlocked.connect(self._unlock)
        self.lock_page.log_out_wanted.connect(self.log_out_wanted)
        desk.setting_changed.connect(self._setting_changed)
        desk.end_wanted.connect(self.close)
        self.update_watch.told.connect(self._tell_update)

    def _add_shortcuts(self) -> None:
        actions: dict[str, Callable[[], Any]] = {
            "Ctrl+K": self.open_jump_box,
            "Ctrl+L": self.lock,
            "F5": self._refresh,
        }
        for keys, action in actions.items():
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.setContext(Qt.ShortcutContext.WindowShortcut)
            shortcut.activated.connect(action)

    # -- going -----------------------------------------------------------------------------------------------------

    def open_page(self, name: str) -> QWidget:
        """Shows a page of the navigation, and makes it the first time."""
        page = self.pages.get(name)
        if page is None:
            page = self.pages[name] = self._makers[name]()
            self.stack.addWidget(page)
        self.stack.setCurrentWidget(page)
        self.navigation.mark(name)
        if isinstance(page, GroupPage):
            page.focus_first()
        return page

    def take_bundle(self, path: Path) -> None:
        """Takes in a package that was opened with a double click, before the eyes of whoever did."""
        self.take_dropped([path])

    def group_of(self, kind: str) -> GroupPage | None:
        """The page on which a kind stands, shown; None for a kind that this person does not see."""
        registry = self.desk.office.registry
        parent = registry.parent_of(registry.kind(kind)) if kind in registry else None
        name = parent.name if parent is not None else kind
        for place in self.places:
            if name in place.kinds:
                page = self.open_page(place.name)
                return page if isinstance(page, GroupPage) else None
        return None

    def open_record(self, kind: str, record_id: str) -> None:
        """Shows a record on its page."""
        group = self.group_of(kind)
        page = group.record_page(kind) if group is not None else None
        if page is not None:
            page.open_record(record_id)
        else:
            self.desk.messages.tell(_("没有权限查看这条记录，请找内勤或系统管理员"), "warn")

    def open_entry(self, kind: str, values: Mapping[str, Any], origin: RecordRef | None) -> None:
        """Opens an empty form of a kind."""
        group = self.group_of(kind)
        if group is not None:
            group.open_entry(kind, values, origin)

    def open_jump_box(self) -> None:
        """Opens the box that finds records and pages."""
        if self.is_locked:
            return
        registry, actor = self.desk.office.registry, self.desk.office.actor
        pages = [
            (place.name, _(place.label))
            for place in (HOME, *self.places, LEDGERS, CONFLICTS, SYNC, CONTACTS, SETTINGS)
        ]
        for place in self.places:
            for name in place.kinds:
                kind = registry.kind(name)
                if actor.may(kind.info.area, "C"):
                    pages.append((f"+{name}", _("登记{kind}").format(kind=kind.label)))
        box = JumpBox(self, self.desk, pages)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.record_chosen.connect(self.open_record)
        box.entry_chosen.connect(lambda kind: self.open_entry(kind, {}, None))
        box.page_chosen.connect(self.open_page)
        box.open()

    def show_paper(self, title: str, pdf: bytes) -> None:
        """Shows a PDF."""
        PreviewDialog(self, self.desk, title, pdf).open()

    def _refresh(self) -> None:
        self.desk.tell_changed([(kind.name, "") for kind in self.desk.office.registry])

    # -- status ----------------------------------------------------------------------------------------------------

    def reload_status(self) -> None:
        """Asks how the room stands."""
        self.desk.runner.run(self.desk.office.status, self._show_status, owner=self)

    def _show_status(self, status: RoomStatus) -> None:
        self.strip.show_status(status)
        self.navigation.tell_count(CONFLICTS.name, status.conflict_count)
        if status.clock_words and status.clock_words != self._clock_words:
            self.desk.messages.tell(status.clock_words, "warn")
        self._clock_words = status.clock_words

    def _tell_update(self, news: UpdateNews) -> None:
        page = self.stack.currentWidget()
        if isinstance(page, SyncPage):
            # There the bar says how the exchange went.
            page.show_update_news()
        else:
            self.desk.messages.tell(
                news.words, news.state, action=_("去看看"), act=lambda: self.desk.open_page(SYNC.name)
            )

    def _setting_changed(self, name: str) -> None:
        if name == "idle_lock_minutes":
            self.idle.set_minutes(int(self.desk.office.settings.get(name)))
        self.reload_status()

    def ask_new_password(self) -> None:
        """Asks for a password of one's own, after somebody else set the first one."""
        PasswordDialog(self, self.desk, self.desk.office.actor.name).open()

    # -- lock and end ----------------------------------------------------------------------------------------------

    @property
    def is_locked(self) -> bool:
        """Whether the password is asked for."""
        return self.screens.currentWidget() is self.lock_page

    def lock(self) -> None:
        """Blanks the window and asks for the password; what was typed stays where it is."""
        if self.is_locked:
            return
        self.idle.hide_others()
        self.screens.setCurrentWidget(self.lock_page)
        self.lock_page.start()

    def _unlock(self) -> None:
        self.screens.setCurrentWidget(self.work)
        self.idle.show_others()
        self.idle.restart()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.navigation.set_narrow(self.width() < px(NARROW_BELOW))
        self.strip.set_narrow(self.width() < px(NARROW_BELOW))

    def take_dropped(self, paths: Sequence[Path]) -> None:
        """Takes in the package files among these, on the page of exchange."""
        files = [path for path in paths if is_package_name(path.name)]
        if not files:
            self.desk.messages.tell(_("这里只收数据包文件（.jwb、.jwa）。附件请在记录里添加"), "warn")
            return
        page = self.open_page(SYNC.name)
        if isinstance(page, SyncPage):
            page.take_files(files)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if event.mimeData().hasUrls() and not self.is_locked:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        paths = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
        event.acceptProposedAction()
        self.take_dropped(paths)

    def prints_under_way(self) -> list[PrintTask]:
        """The orders that are on their way to a printer."""
        return [task for task in self.desk.findChildren(PrintTask) if task.is_under_way]

    def waits_for_print(self, then: Callable[[], object]) -> bool:
        """Whether something is being printed; then the person is asked, and `then` is called when it has ended."""
        if not self.prints_under_way():
            return False
        words = _("还在打印：{papers}。现在离开，没送出的页就印不出来了。").format(
            papers="、".join(task.order.label for task in self.prints_under_way())
        )
        options = (
            Option("wait", _("印完再离开")),
            Option("stay", _("先不离开")),
            Option("stop", _("停下，离开"), is_danger=True),
        )
        self.desk.ask.question(self, _("还在打印"), words, options, partial(self._leave_printing, then))
        return True

    def _leave_printing(self, then: Callable[[], object], key: str) -> None:
        if key not in {"wait", "stop"}:
            return

        def ended() -> None:
            if not self.prints_under_way():
                then()

        for task in self.prints_under_way():
            task.ended.connect(ended)
            if key == "stop":
                task.cancel()
        if not self.prints_under_way():
            # It came to its end while the person was thinking.
            then()

    def closeEvent(self, event: QCloseEvent) -> None:
        if self.waits_for_print(self.close):
            event.ignore()
            return
        self.silence.stop()
        # Open forms write their drafts when they are hidden, which closing does.
        self.screens.setCurrentWidget(self.lock_page)
        self.desk.keep.keep_window(self)
        self.desk.keep.save()
        super().closeEvent(event)
        self.closed.emit()
