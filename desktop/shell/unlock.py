"""The password page: on screen before anything heavy is loaded; stands on Qt and `desktop.base` alone."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QComboBox, QLineEdit, QVBoxLayout, QWidget

from desktop.base.errors import Failure
from desktop.base.text import _
from desktop.shell.door import Door, Opened
from desktop.widgets.boxes import button, column, fixed_label, frame, row
from desktop.widgets.runner import Runner
from desktop.widgets.theme import MARKS, px

WAIT_CODE = "KEY-003"
# The database is damaged or gone: a backup is the way on.
LOST_CODES = ("DBS-003", "DBS-007")
SECONDS_WHEN_UNTOLD = 60


class UnlockPage(QWidget):
    """Name and password; after too many wrong ones it counts the wait down."""

    opened = Signal(object)

    def __init__(self, door: Door, runner: Runner) -> None:
        super().__init__()
        self.setObjectName("unlockPage")
        self.setProperty("look", "page")
        self._door = door
        self._runner = runner
        self._left_seconds = 0
        self.name_box = QComboBox()
        self.name_box.setObjectName("nameBox")
        self.name_box.addItems(list(door.account_names()))
        self.name_box.setEditable(self.name_box.count() == 0)
        self.edit = QLineEdit()
        self.edit.setObjectName("passwordEdit")
        self.edit.setEchoMode(QLineEdit.EchoMode.Password)
        self.edit.setPlaceholderText(_("密码"))
        self.edit.returnPressed.connect(self.unlock)
        self.open_button = button(_("进入"), "openButton", self.unlock, kind="primary")
        self.recover_button = button(_("忘记密码"), "recoverButton", self.recover, kind="quiet")
        self.restore_button = button(_("从备份恢复"), "restoreOverButton", self.restore)
        self.restore_button.hide()
        self.message_label = fixed_label("", name="unlockMessage")
        self.message_label.setProperty("state", "error")
        self.message_label.setMinimumHeight(px(36))
        self.waiting_label = fixed_label(
            _("打开的数据包在等着：输入密码进入后自动导入。"), "soft", name="waitingLabel"
        )
        self.waiting_label.hide()
        self._clock = QTimer(self)
        self._clock.setInterval(1000)
        self._clock.timeout.connect(self._count_down)
        self._build(door)

    def _build(self, door: Door) -> None:
        lines = column(margins=(36, 30, 36, 26), gap=8)
        if door.is_practice():
            lines.addLayout(row(fixed_label(MARKS["practice"].text, "practice"), 1))
        lines.addWidget(fixed_label(_("警务室"), "huge"))
        lines.addWidget(fixed_label(door.room_name() or _("请输入密码"), "soft"))
        lines.addSpacing(px(10))
        for label, editor in ((_("姓名"), self.name_box), (_("密码"), self.edit)):
            lines.addWidget(fixed_label(label, "name"))
            lines.addWidget(editor)
        lines.addWidget(self.waiting_label)
        lines.addWidget(self.message_label)
        lines.addLayout(row(self.open_button, self.restore_button, 1, self.recover_button))
        card = frame("card", lines)
        card.setFixedWidth(px(400))
        layout = QVBoxLayout(self)
        layout.addStretch(2)
        layout.addLayout(row(1, card, 1))
        layout.addStretch(2)
        foot = fixed_label(_("{version}　数据在这台电脑上，全部加密").format(version=door.version), "faint")
        foot.setWordWrap(False)
        layout.addLayout(row(1, foot, 1))

    def tell_waiting(self) -> None:
        """Says that a package, opened with a double click, waits for the password."""
        self.waiting_label.show()

    def unlock(self) -> None:
        """Opens the room with what was typed; deriving the key takes its time by design."""
        password, name = self.edit.text(), self.name_box.currentText().strip()
        if self._left_seconds or not self.open_button.isEnabled():
            return
        if not password:
            self.tell(_("请输入密码。"))
            return
        self._set_busy(True)
        self.tell("")
        door = self._door
        self._runner.run(
            lambda: door.open(name, password),
            self._was_opened,
            self._was_refused,
            owner=self,
            ended=lambda: self._set_busy(False),
        )

    def _set_busy(self, is_busy: bool) -> None:
        self.open_button.setEnabled(not is_busy and not self._left_seconds)
        self.open_button.setText(_("正在打开…") if is_busy else _("进入"))
        self.edit.setReadOnly(is_busy)

    def _was_opened(self, opened: Opened) -> None:
        self.edit.clear()
        self.opened.emit(opened)

    def _was_refused(self, failure: Failure) -> None:
        self.edit.clear()
        self.edit.setFocus()
        if failure.code == WAIT_CODE:
            told: Any = failure.facts.get("wait_seconds") or failure.facts.get("seconds")
            minutes: Any = failure.facts.get("minutes")
            seconds = int(told or 0) or int(minutes or 0) * 60 or SECONDS_WHEN_UNTOLD
            self.wait(seconds)
        else:
            self.restore_button.setVisible(failure.code in LOST_CODES)
            self.tell(failure.sentence)

    def restore(self) -> None:
        """Asks which backup to take in the place of what is damaged."""
        from desktop.shell.recover import RestoreDialog  # noqa: PLC0415 - as recover

        dialog = RestoreDialog(self, self._door, self._runner, self.name_box.currentText().strip())
        dialog.restored.connect(self._was_opened)
        dialog.open()

    def recover(self) -> None:
        """Asks for the recovery sheet."""
        from desktop.shell.recover import RecoverDialog  # noqa: PLC0415 - rare, and dialogs cost the first paint

        RecoverDialog(self, self._door, self._runner, self.name_box.currentText().strip()).open()

    def wait(self, seconds: int) -> None:
        """Lets nobody try until the time is over."""
        self._left_seconds = seconds
        self.open_button.setEnabled(False)
        self._clock.start()
        self._tell_wait()

    def _count_down(self) -> None:
        self._left_seconds = max(0, self._left_seconds - 1)
        if self._left_seconds:
            self._tell_wait()
            return
        self._clock.stop()
        self.open_button.setEnabled(True)
        self.tell("")

    def _tell_wait(self) -> None:
        minutes, seconds = divmod(self._left_seconds, 60)
        words = _("密码错了太多次，请等 {minutes}:{seconds:02d} 再试。忘记密码请找系统管理员，用恢复单重设。")
        self.tell(words.format(minutes=minutes, seconds=seconds))

    def tell(self, words: str) -> None:
        """Says what is wrong."""
        self.message_label.setText(f"✕ {words}" if words else "")
