"""The idle lock: after some minutes without a key or a mouse the window is blank until the password is typed."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QWindow
from PySide6.QtWidgets import QApplication, QLineEdit, QVBoxLayout, QWidget

from desktop.base.clock import Clock
from desktop.base.text import _
from desktop.shell.desk import Desk
from desktop.widgets.blocks import button, column, frame, row, text_label
from desktop.widgets.line_edit import LineEdit
from desktop.widgets.theme import MARKS, px

INPUT_EVENTS = frozenset(
    {
        QEvent.Type.KeyPress,
        QEvent.Type.MouseButtonPress,
        QEvent.Type.MouseMove,
        QEvent.Type.Wheel,
        QEvent.Type.TouchBegin,
    }
)
MS_PER_MINUTE = 60_000
WAKE_MS = 15_000


class IdleWatch(QObject):
    """Watches the windows themselves, not every widget: few events pass here, so nothing gets slower."""

    idled = Signal()

    def __init__(self, window: QWidget, minutes: int, clock: Clock) -> None:
        super().__init__(window)
        self._window = window
        self._clock = clock
        self._seen_at = clock.now()
        self._watched: set[int] = set()
        self._hidden: list[QWidget] = []
        self._last_place = QPoint()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.idled)
        # Timers stand still while the PC sleeps; the clock on the wall does not.
        self._wakes = QTimer(self)
        self._wakes.setInterval(WAKE_MS)
        self._wakes.timeout.connect(self.look_at_clock)
        self._wakes.start()
        self.set_minutes(minutes)
        app = QGuiApplication.instance()
        if isinstance(app, QGuiApplication):
            app.focusWindowChanged.connect(self._watch)

    def set_minutes(self, minutes: int) -> None:
        """Takes another time; 0 never locks."""
        self._timer.setInterval(max(0, minutes) * MS_PER_MINUTE)
        self.restart()

    def look_at_clock(self) -> None:
        """Locks at once when the PC slept for longer than it may stand open."""
        before, self._seen_at = self._seen_at, self._clock.now()
        allowed_ms = self._timer.interval()
        if allowed_ms and (self._seen_at - before).total_seconds() * 1000 > allowed_ms:
            self.idled.emit()

    def restart(self) -> None:
        """Starts counting anew."""
        if self._timer.interval():
            self._timer.start()
        else:
            self._timer.stop()

    def _watch(self, window: QWindow | None) -> None:
        if window is not None and id(window) not in self._watched:
            self._watched.add(id(window))
            window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in INPUT_EVENTS:
            self.restart()
        return False

    def hide_others(self) -> None:
        """Hides dialogs, with what was typed in them, while the window is locked."""
        for widget in QApplication.topLevelWidgets():
            if widget is not self._window and widget.isVisible() and widget.isWindow():
                self._hidden.append(widget)
                widget.hide()

    def show_others(self) -> None:
        """Shows the dialogs again."""
        hidden, self._hidden = self._hidden, []
        for widget in hidden:
            widget.show()


class LockPage(QWidget):
    """Blank but for the name and a line for the password."""

    unlocked = Signal()
    log_out_wanted = Signal()

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.setObjectName("lockPage")
        self.setProperty("look", "page")
        self.desk = desk
        self.edit = LineEdit()
        self.edit.setObjectName("lockEdit")
        self.edit.setEchoMode(QLineEdit.EchoMode.Password)
        self.edit.enter_moves_on = False
        self.edit.setPlaceholderText(_("密码"))
        self.edit.returnPressed.connect(self.unlock)
        self.unlock_button = button(_("继续工作"), "lockUnlockButton", self.unlock, kind="primary")
        self.other_button = button(_("换人登录"), "lockOtherButton", self.log_out_wanted.emit, kind="quiet")
        self.problem_label = text_label("", wrap=True, name="lockProblem")
        self.problem_label.setProperty("state", "error")
        name = text_label(desk.office.actor.name, "title")
        lines = column(
            text_label(_("已锁屏"), "soft"),
            name,
            self.edit,
            self.problem_label,
            margins=(32, 28, 32, 24),
            gap=10,
        )
        lines.addLayout(row(self.unlock_button, 1, self.other_button))
        if desk.office.practice:
            lines.insertWidget(
                0, text_label(MARKS["practice"].text, "practice"), 0, Qt.AlignmentFlag.AlignLeft
            )
        card = frame("card", lines)
        card.setFixedWidth(px(380))
        layout = QVBoxLayout(self)
        layout.addStretch(2)
        layout.addWidget(card, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addStretch(3)

    def start(self) -> None:
        """Waits for the password."""
        self.edit.clear()
        self.problem_label.clear()
        self.edit.setFocus()

    def unlock(self) -> None:
        """Compares the password on the database thread, because that takes its time by design."""
        password = self.edit.text()
        if not password or not self.unlock_button.isEnabled():
            return
        self._set_busy(True)
        office = self.desk.office
        self.desk.runner.run(
            lambda: office.check_password(password),
            self._answered,
            lambda failure: self._refuse(failure.sentence),
            owner=self,
            ended=lambda: self._set_busy(False),
        )

    def _set_busy(self, is_busy: bool) -> None:
        self.unlock_button.setEnabled(not is_busy)
        self.edit.setReadOnly(is_busy)

    def _answered(self, is_right: bool) -> None:
        if is_right:
            self.edit.clear()
            self.problem_label.clear()
            self.unlocked.emit()
        else:
            self._refuse(_("密码不对，请再输一次。"))

    def _refuse(self, words: str) -> None:
        self.problem_label.setText(f"✕ {words}")
        self.edit.clear()
        self.edit.setFocus()
