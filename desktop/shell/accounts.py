"""Accounts: who may log in, with which roles; one's own password."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtWidgets import QCheckBox, QFrame, QLineEdit, QVBoxLayout, QWidget

from desktop.base.text import _
from desktop.shell.desk import Desk
from desktop.shell.dialog import FormDialog
from desktop.shell.office import AccountLine
from desktop.staff.permissions import ROLES
from desktop.widgets.ask import Option
from desktop.widgets.blocks import badge, button, clear, column, row, text_label
from desktop.widgets.flow_layout import FlowLayout
from desktop.widgets.line_edit import LineEdit
from desktop.widgets.theme import px


def password_edit(name: str) -> LineEdit:
    """A line that hides what is typed."""
    edit = LineEdit()
    edit.setObjectName(name)
    edit.setEchoMode(QLineEdit.EchoMode.Password)
    return edit


class PasswordDialog(FormDialog):
    """A new password, typed twice; the old one too when it is one's own."""

    def __init__(self, parent: QWidget, desk: Desk, name: str) -> None:
        super().__init__(
            parent, _("改密码：{name}").format(name=name), _("改密码"), practice=desk.office.practice
        )
        self.setObjectName("passwordDialog")
        self.desk = desk
        self.name = name
        self.is_own = name == desk.office.actor.name
        self.old_edit = password_edit("oldPasswordEdit")
        self.new_edit = password_edit("newPasswordEdit")
        self.again_edit = password_edit("againPasswordEdit")
        body = QWidget()
        lines = QVBoxLayout(body)
        if self.is_own:
            lines.addWidget(text_label(_("现在的密码"), "name"))
            lines.addWidget(self.old_edit)
        lines.addWidget(text_label(_("新密码（至少 8 位，字母和数字都要有）"), "name"))
        lines.addWidget(self.new_edit)
        lines.addWidget(text_label(_("再输一次新密码"), "name"))
        lines.addWidget(self.again_edit)
        lines.addStretch(1)
        self.set_body(body, width=440, height=260)
        self.taken_button.clicked.connect(self.take)

    def take(self) -> None:
        """Changes the password."""
        new = self.new_edit.text()
        if new != self.again_edit.text():
            self.tell(_("两次输入的新密码不一样"))
            self.again_edit.setFocus()
            return
        office, name, old = self.desk.office, self.name, self.old_edit.text() if self.is_own else ""
        self.set_busy(True)
        self.desk.runner.run(
            lambda: office.change_password(name, old, new),
            lambda _none: self._was_done(),
            lambda failure: self.tell(failure.sentence),
            owner=self,
            ended=lambda: self.set_busy(False),
        )

    def _was_done(self) -> None:
        self.desk.messages.tell(_("密码已改，下次登录用新密码"))
        self.accept()


class NewAccountDialog(FormDialog):
    """A name, a first password, and roles."""

    def __init__(self, parent: QWidget, desk: Desk, added: Callable[[], None]) -> None:
        super().__init__(parent, _("添加账号"), _("添加"), practice=desk.office.practice)
        self.setObjectName("newAccountDialog")
        self.desk = desk
        self._added = added
        self.name_edit = LineEdit()
        self.name_edit.setObjectName("accountNameEdit")
        self.password_edit = password_edit("accountPasswordEdit")
        self.boxes = {role: QCheckBox(_(label)) for role, label in ROLES.items() if role != "county"}
        ticks = QWidget()
        flow = FlowLayout(ticks, gap=14)
        for role, box in self.boxes.items():
            box.setObjectName(f"role_{role}_Box")
            flow.addWidget(box)
        body = QWidget()
        lines = QVBoxLayout(body)
        for label, editor in (
            (_("姓名（登录时用）"), self.name_edit),
            (_("初始密码"), self.password_edit),
            (_("能做什么"), ticks),
        ):
            lines.addWidget(text_label(label, "name"))
            lines.addWidget(editor)
        lines.addStretch(1)
        self.set_body(body, width=480, height=280)
        self.taken_button.clicked.connect(self.take)

    def take(self) -> None:
        """Adds the account."""
        name, password = self.name_edit.text().strip(), self.password_edit.text()
        roles = [role for role, box in self.boxes.items() if box.isChecked()]
        if not name or not password or not roles:
            self.tell(_("姓名、密码、能做什么，三项都要填"))
            return
        office = self.desk.office
        self.set_busy(True)
        self.desk.runner.run(
            lambda: office.add_account(name, password, roles),
            lambda _none: self._was_done(),
            lambda failure: self.tell(failure.sentence),
            owner=self,
            ended=lambda: self.set_busy(False),
        )

    def _was_done(self) -> None:
        self._added()
        self.accept()


class AccountsCard(QFrame):
    """The accounts of the room."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.setObjectName("accountsCard")
        self.setProperty("look", "card")
        self.desk = desk
        self._list = QVBoxLayout()
        self._list.setSpacing(px(4))
        self.add_button = button(_("添加账号…"), "addAccountButton", self.add)
        lines = column(margins=(18, 12, 18, 14), gap=10)
        lines.addLayout(row(text_label(_("账号"), "lead"), 1, self.add_button))
        lines.addLayout(self._list)
        self.setLayout(lines)

    def reload(self) -> None:
        """Asks for the accounts again."""
        self.desk.runner.run(self.desk.office.accounts, self._show, owner=self)

    def _show(self, accounts: Sequence[AccountLine]) -> None:
        clear(self._list)
        for account in accounts:
            self._list.addWidget(self._line(account))

    def _line(self, account: AccountLine) -> QWidget:
        roles = "、".join(_(ROLES.get(role, role)) for role in account.roles)
        name = text_label(account.name)
        name.setFixedWidth(px(120))
        line = row(name, text_label(roles, "soft"), 1)
        if account.is_disabled:
            line.addWidget(badge("void", _("已停用")))
        elif account.name != self.desk.office.actor.name:
            reset = partial(self._reset, account.name)
            line.addWidget(button(_("重设密码"), f"reset_{account.name}_Button", reset, kind="quiet"))
            disable = partial(self._disable, account.name)
            line.addWidget(button(_("停用"), f"disable_{account.name}_Button", disable, kind="quiet"))
        holder = QWidget()
        holder.setLayout(line)
        return holder

    def add(self) -> None:
        """Adds an account."""
        NewAccountDialog(self, self.desk, self.reload).open()

    def _reset(self, name: str) -> None:
        PasswordDialog(self, self.desk, name).open()

    def _disable(self, name: str) -> None:
        office = self.desk.office

        def answered(key: str) -> None:
            if key == "disable":
                self.desk.runner.run(
                    lambda: office.disable_account(name), lambda _none: self.reload(), owner=self
                )

        options = (Option("keep", _("不停用")), Option("disable", _("停用"), is_danger=True))
        words = _("停用后“{name}”不能再登录；他登记的内容都还在。").format(name=name)
        self.desk.ask.question(self, _("停用账号"), words, options, answered)
