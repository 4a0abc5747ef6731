"""The password page: on screen before anything heavy is loaded; stands on Qt and `desktop.base` alone."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QComboBox, QLineEdit, QVBoxLayout, QWidget

from desktop.base.errors import Failure
from desktop.base.text import _
from desktop.shell.dialog import FormDialog
from desktop.shell.door import Door, Opened
from desktop.widgets.blocks import button, column, frame, row, text_label
from desktop.widgets.line_edit import LineEdit
from desktop.widgets.runner import Runner
from desktop.widgets.theme import MARKS, px

WAIT_CODE = "KEY-003"
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
        self.edit = LineEdit()
        self.edit.setObjectName("passwordEdit")
        self.edit.setEchoMode(QLineEdit.EchoMode.Password)
        self.edit.setPlaceholderText(_("密码"))
        self.edit.enter_moves_on = False
        self.edit.returnPressed.connect(self.unlock)
        self.open_button = button(_("进入"), "openButton", self.unlock, kind="primary")
        self.recover_button = button(_("忘记密码"), "recoverButton", self.recover, kind="quiet")
        self.message_label = text_label("", wrap=True, name="unlockMessage")
        self.message_label.setProperty("state", "error")
        self.message_label.setMinimumHeight(px(36))
        self._clock = QTimer(self)
        self._clock.setInterval(1000)
        self._clock.timeout.connect(self._count_down)
        self._build(door)

    def _build(self, door: Door) -> None:
        lines = column(margins=(36, 30, 36, 26), gap=8)
        if door.is_practice():
            lines.addWidget(text_label(MARKS["practice"].text, "practice"), 0, Qt.AlignmentFlag.AlignLeft)
        lines.addWidget(text_label(_("警务室"), "huge"))
        lines.addWidget(text_label(door.room_name() or _("请输入密码"), "soft", wrap=True))
        lines.addSpacing(px(10))
        for label, editor in ((_("姓名"), self.name_box), (_("密码"), self.edit)):
            lines.addWidget(text_label(label, "name"))
            lines.addWidget(editor)
        lines.addWidget(self.message_label)
        lines.addLayout(row(self.open_button, 1, self.recover_button))
        card = frame("card", lines)
        card.setFixedWidth(px(400))
        layout = QVBoxLayout(self)
        layout.addStretch(2)
        layout.addWidget(card, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addStretch(2)
        hint = _("{version}　数据在这台电脑上，全部加密").format(version=door.version)
        foot = text_label(hint, "faint")
        layout.addWidget(foot, 0, Qt.AlignmentFlag.AlignHCenter)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.edit.setFocus()

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
            self.tell(failure.sentence)

    def recover(self) -> None:
        """Asks for the recovery sheet."""
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


class RecoverDialog(FormDialog):
    """A new password by the key on the recovery sheet."""

    def __init__(self, parent: QWidget, door: Door, runner: Runner, name: str) -> None:
        super().__init__(parent, _("用恢复单重设密码"), _("重设密码"), practice=door.is_practice())
        self.setObjectName("recoverDialog")
        self._door = door
        self._runner = runner
        self.name_edit = LineEdit()
        self.name_edit.setText(name)
        self.key_edit = LineEdit()
        self.key_edit.setObjectName("recoveryKeyEdit")
        self.new_edit = LineEdit()
        self.new_edit.setObjectName("newPasswordEdit")
        self.again_edit = LineEdit()
        self.again_edit.setObjectName("againPasswordEdit")
        for edit in (self.new_edit, self.again_edit):
            edit.setEchoMode(QLineEdit.EchoMode.Password)
        body = QWidget()
        lines = QVBoxLayout(body)
        for label, edit in (
            (_("姓名"), self.name_edit),
            (_("恢复密钥（恢复单上的字母和数字，横线可以不输）"), self.key_edit),
            (_("新密码（至少 8 位，字母和数字都要有）"), self.new_edit),
            (_("再输一次新密码"), self.again_edit),
        ):
            lines.addWidget(text_label(label, "name"))
            lines.addWidget(edit)
        lines.addStretch(1)
        self.set_body(body, width=520, height=310)
        self.taken_button.clicked.connect(self.take)

    def take(self) -> None:
        """Sets the new password."""
        name, key, new = self.name_edit.text().strip(), self.key_edit.text().strip(), self.new_edit.text()
        if new != self.again_edit.text():
            self.tell(_("两次输入的新密码不一样"))
            return
        door = self._door
        self.set_busy(True)
        self._runner.run(
            lambda: door.recover(name, key, new),
            lambda _none: self.accept(),
            lambda failure: self.tell(failure.sentence),
            owner=self,
            ended=lambda: self.set_busy(False),
        )
