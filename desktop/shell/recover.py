"""A new password by the recovery sheet, for who stands before the password page without one."""

from __future__ import annotations

from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget

from desktop.base.text import _
from desktop.shell.dialog import FormDialog
from desktop.shell.door import Door
from desktop.widgets.blocks import text_label
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
