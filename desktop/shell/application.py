"""Starts the window: password page first, heavy modules while it is read, then the main window in its place."""

from __future__ import annotations

import gc
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import desktop.widgets.quick_import  # noqa: F401  isort: skip  # before every other module of ours

from PySide6.QtCore import QLibraryInfo, QObject, QTimer, QTranslator, Signal
from PySide6.QtWidgets import QApplication, QMainWindow, QWidget

from desktop.base.clock import Clock, SystemClock
from desktop.base.settings import Settings
from desktop.base.text import _
from desktop.shell.crash import CrashReporter
from desktop.shell.door import Door, Opened
from desktop.shell.room_door import Joining, MakePages, MakeRooms, RoomDoor
from desktop.shell.single import SingleWindow
from desktop.shell.unlock import UnlockPage
from desktop.widgets.keep import FILE_NAME, Keep
from desktop.widgets.runner import FILES, PAPER, Runner
from desktop.widgets.theme import MARKS, RESOURCES, install_theme

FIRST_PAINT_PAUSE_MS = 60
WARM_PAUSE_MS = 1500
SINGLE_NOTICE_MS = 4000
# Windows gives a program five seconds before it asks the person whether to end it.
SHUTDOWN_SECONDS = 4.0
PRINT_LOG_SECONDS = 0.5


class EntranceWindow(QMainWindow):
    """The window before a room is open: password page or first-run wizard."""

    closed = Signal()

    def __init__(self, door: Door, runner: Runner, keep: Keep) -> None:
        super().__init__()
        self.setObjectName("mainWindow")
        mark = f"{MARKS['practice'].text} " if door.is_practice() else ""
        self.setWindowTitle(_("{mark}警务室").format(mark=mark))
        self.page: Any = UnlockPage(door, runner) if door.is_room() else _wizard(door, runner)
        self.setCentralWidget(self.page)
        self.setMinimumSize(760, 520)
        keep.restore_window(self, 1366, 728)

    def start(self) -> None:
        """Puts the cursor where typing begins."""
        edit = getattr(self.page, "edit", None)
        if edit is not None:
            edit.setFocus()

    def closeEvent(self, event: Any) -> None:
        super().closeEvent(event)
        self.closed.emit()


def _wizard(door: Door, runner: Runner) -> QWidget:
    from desktop.shell.wizard import Wizard  # noqa: PLC0415 - the first day only; every other start shows a password page
    from desktop.widgets.ask import WindowAsk  # noqa: PLC0415

    return Wizard(door, runner, WindowAsk())


class Application(QObject):
    """One run of the window program."""

    def __init__(self, app: QApplication, door: Door, clock: Clock, bundle: Path | None = None) -> None:
        super().__init__()
        self.app = app
        self._bundle = bundle
        self.door = door
        self.runner = Runner()
        self.keep = Keep(door.home / FILE_NAME)
        self.reporter = CrashReporter(door.home / "crashes", clock, door.version)
        self.single = SingleWindow(door.home)
        self.entrance: EntranceWindow | None = None
        self.window: Any = None
        self._opened: Opened | None = None
        self._leaving: QWidget | None = None
        # A timer and not an event filter: wrapping events for Python costs as much as the password page itself.
        self._paint_pause = QTimer(self)
        self._paint_pause.setSingleShot(True)
        self._paint_pause.setInterval(FIRST_PAINT_PAUSE_MS)
        self._paint_pause.timeout.connect(self._after_first_paint)
        self._warm_pause = QTimer(self)
        self._warm_pause.setSingleShot(True)
        self._warm_pause.setInterval(WARM_PAUSE_MS)
        self._warm_pause.timeout.connect(self._warm_paper)
        self.runner.crashed.connect(self.reporter.tell)
        self.reporter.parent_window = lambda: self.window or self.entrance
        self.single.asked_to_show.connect(self.come_to_front)
        self.single.asked_to_take.connect(self.take_bundle)
        app.commitDataRequest.connect(self.keep_all)

    def start(self) -> None:
        """Shows the entrance; what opening needs is loaded after its first paint."""
        self.entrance = EntranceWindow(self.door, self.runner, self.keep)
        self.entrance.page.opened.connect(self.enter)
        self.entrance.closed.connect(self.app.quit)
        self._tell_waiting()
        self.entrance.show()
        self.entrance.start()
        self._paint_pause.start()

    def _after_first_paint(self) -> None:
        from PySide6.QtGui import QIcon  # noqa: PLC0415 - not before the first paint

        self.app.setWindowIcon(QIcon(str(RESOURCES / "icons" / "app.svg")))
        self.runner.run(self.door.prepare, lane=FILES)
        self.single.listen()

    def enter(self, opened: Opened) -> None:
        """Puts the main window in the place of the entrance."""
        self._opened = opened
        # What was loaded stays loaded: the collector need not walk through it again and again.
        gc.freeze()
        entrance, self.entrance = self.entrance, None
        self.window = self.door.build_window(opened, self.runner)
        self.window.closed.connect(self._end)
        self.window.log_out_wanted.connect(self.log_out)
        if entrance is not None:
            self.window.setGeometry(entrance.geometry())
            self.window.setWindowState(entrance.windowState())
        self.window.show()
        if entrance is not None:
            entrance.hide()
            self._let_go(entrance)
        self.window.silence.start()
        self._warm_pause.start()
        if opened.recovery_sheet:
            self.window.show_paper(_("恢复单（请打印后锁进保险柜）"), opened.recovery_sheet)
        if opened.must_change_password:
            self.window.ask_new_password()
        if opened.words:
            self.window.desk.messages.tell(opened.words, "info")

        if self._bundle is not None:
            self.take_bundle(self._bundle)

    def _warm_paper(self) -> None:
        """Loads what papers need when nothing else is under way, so that the first one comes as fast as the next."""
        if self.window is None:
            return
        if self.runner.is_idle:
            self.runner.run(self.window.desk.office.warm_paper, lane=PAPER)
        else:
            self._warm_pause.start()

    def take_bundle(self, path: Path) -> None:
        """Takes in a bundle that was opened with a double click; before a room is open it waits for the password."""
        self._bundle = path if self.window is None else None
        self._tell_waiting()
        if self.window is not None:
            self.window.take_bundle(path)

    def _tell_waiting(self) -> None:
        page = self.entrance.page if self.entrance is not None else None
        if self._bundle is not None and isinstance(page, UnlockPage):
            page.tell_waiting()

    def keep_all(self) -> None:
        """Windows is shutting down or the person logs off: what was typed and what is being saved reach the disk."""
        if self.window is not None:
            from desktop.widgets.drafts import DraftKeeper  # noqa: PLC0415 - loaded with the main window

            for keeper in self.window.findChildren(DraftKeeper):
                keeper.write_now()
            for task in self.window.prints_under_way():
                task.cancel()
        if self.runner.drain(SHUTDOWN_SECONDS):
            # A print that was stopped here tells the log how far it came; that is its next job.
            self.app.sendPostedEvents(self.runner)
            self.runner.drain(PRINT_LOG_SECONDS)

    def log_out(self) -> None:
        """Closes the room and asks for another person's password."""
        if self.window.waits_for_print(self.log_out):
            return
        window, self.window = self.window, None
        window.closed.disconnect(self._end)
        window.close()
        self._let_go(window)
        self._close_room()
        self.start()

    def _let_go(self, window: QWidget) -> None:
        """Deletes a window when Qt comes to it, not when Python forgets it: one of its signals is being told now."""
        self._leaving = window
        window.deleteLater()

    def come_to_front(self) -> None:
        """Another start of the program asked for this window."""
        window = self.window or self.entrance
        if window is None:
            return
        if window.isMinimized():
            window.showNormal()
        window.show()
        window.raise_()
        window.activateWindow()
        if self.window is not None:
            self.window.desk.messages.tell(_("程序已经开着，这就是它"), "info")

    def _close_room(self) -> None:
        opened, self._opened = self._opened, None
        if opened is not None:
            self.runner.run(lambda: self.door.close(opened))

    def _end(self) -> None:
        self._close_room()
        self.app.quit()

    def stop(self) -> None:
        """Ends the lanes, so that drafts and saves under way are on the disk."""
        self.runner.stop()
        self.single.close()


def make_app(arguments: Sequence[str], *, scale: int, language: str) -> QApplication:
    """The Qt application with theme, mark and Qt's own words in Chinese."""
    # Said as an argument: to set the style by hand takes as long as a twentieth of an empty window.
    app = QApplication([*arguments, "-style", "Fusion"])
    app.setApplicationName("Jingwushi")
    app.setApplicationDisplayName(_("警务室"))
    app.setQuitOnLastWindowClosed(False)
    if language == "zh":
        translator = QTranslator(app)
        if translator.load("qtbase_zh_CN", QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)):
            app.installTranslator(translator)
    install_theme(app, scale=scale)
    return app


def run_window(
    home: Path,
    user: str,
    language: str,
    make_rooms: MakeRooms,
    *,
    make_pages: MakePages = tuple,
    joining: Joining | None = None,
    bundle: Path | None = None,
) -> int:
    """Shows the window on a data folder until it is closed, and gives the exit status.

    Errors:  EnvironmentFault when the folder or the resources cannot be read.
    """
    clock = SystemClock()
    scale = Settings(home).whole("font_scale")
    app = make_app(sys.argv[:1], scale=scale, language=language)
    door = RoomDoor(home, user, clock, make_rooms, make_pages=make_pages, joining=joining)
    running = Application(app, door, clock, bundle)
    if not running.single.is_first():
        running.single.call_first(bundle)
        return _say_already_open(app)
    running.reporter.install()
    running.start()
    status = app.exec()
    running.stop()
    return status


def _say_already_open(app: QApplication) -> int:
    """A short notice that goes by itself: the other window is in front already."""
    from desktop.widgets.ask import Option, WindowAsk  # noqa: PLC0415 - see _wizard

    notice = QMainWindow()
    notice.setObjectName("alreadyOpenWindow")
    answered = Option("ok", _("知道了"))
    WindowAsk().question(
        notice, _("警务室"), _("程序已经开着，已把它放到最前面。"), [answered], lambda _key: app.quit()
    )
    closing = QTimer(app)
    closing.setSingleShot(True)
    closing.timeout.connect(app.quit)
    closing.start(SINGLE_NOTICE_MS)
    return int(app.exec())
