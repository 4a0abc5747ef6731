"""What helps somebody who stands before the password page and cannot get in: recovery sheet, backup."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QLineEdit, QVBoxLayout, QWidget

from desktop.base.text import _
from desktop.shell.dialog import FormDialog
from desktop.shell.door import Door, Opened
from desktop.widgets.ask import Ask, WindowAsk
from desktop.widgets.blocks import button, row, text_label
from desktop.widgets.line_edit import LineEdit
from desktop.widgets.runner import Runner


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


class RestoreDialog(FormDialog):
    """A backup in the place of a database that is damaged or gone."""

    restored = Signal(object)

    def __init__(
        self, parent: QWidget, door: Door, runner: Runner, name: str, ask: Ask | None = None
    ) -> None:
        super().__init__(parent, _("从备份恢复"), _("恢复"), practice=door.is_practice())
        self.setObjectName("restoreDialog")
        self._door, self._runner, self._ask = door, runner, ask or WindowAsk()
        self.copy_box = QComboBox()
        self.copy_box.setObjectName("copyBox")
        for folder in door.backups():
            self.copy_box.addItem(folder.name, folder)
        self.name_edit = LineEdit()
        self.name_edit.setText(name)
        self.password_edit = LineEdit()
        self.password_edit.setObjectName("restorePasswordEdit")
        self.password_edit.setEchoMode(QLineEdit.EchoMode.Password)
        other = button(_("选择别处的备份…"), "otherCopyButton", self.choose)
        body = QWidget()
        lines = QVBoxLayout(body)
        lines.addWidget(
            text_label(_("坏了的文件会移到一边留着，不会删掉；备份本身不会被改动。"), "hint", wrap=True)
        )
        lines.addWidget(text_label(_("用哪一份备份（最上面是最新的）"), "name"))
        choice = row(self.copy_box, other)
        choice.setStretch(0, 1)
        lines.addLayout(choice)
        for label, edit in (
            (_("姓名"), self.name_edit),
            (_("做备份时的密码"), self.password_edit),
        ):
            lines.addWidget(text_label(label, "name"))
            lines.addWidget(edit)
        lines.addStretch(1)
        self.set_body(body, width=560, height=280)
        self.taken_button.clicked.connect(self.take)

    def choose(self) -> None:
        """Takes a backup from another disk or a stick."""

        def answered(folder: Path) -> None:
            self.copy_box.addItem(str(folder), folder)
            self.copy_box.setCurrentIndex(self.copy_box.count() - 1)

        self._ask.folder(self, _("选择备份…"), answered)

    def take(self) -> None:
        """Restores the chosen backup."""
        copy, name = self.copy_box.currentData(), self.name_edit.text().strip()
        password, door = self.password_edit.text(), self._door
        if copy is None:
            self.tell(_("请先选一份备份"))
            return
        self.set_busy(True)
        self._runner.run(
            lambda: door.restore_over(copy, name, password),
            self._was_restored,
            lambda failure: self.tell(failure.sentence),
            owner=self,
            ended=lambda: self.set_busy(False),
        )

    def _was_restored(self, opened: Opened) -> None:
        self.accept()
        self.restored.emit(opened)
