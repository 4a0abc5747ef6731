"""密钥 on the settings page: a second lock that only this Windows account opens, for rooms that want it."""

from __future__ import annotations

from PySide6.QtWidgets import QCheckBox, QFrame, QVBoxLayout

from desktop.base.errors import Failure
from desktop.base.text import _
from desktop.shell.desk import Desk
from desktop.shell.office import KeyBinding
from desktop.widgets.ask import Option
from desktop.widgets.blocks import column, tell_state, text_label
from desktop.widgets.theme import px


class KeyCard(QFrame):
    """Switches the second lock on and off, after saying what it needs."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.setObjectName("keyCard")
        self.setProperty("look", "card")
        self.desk = desk
        self.box = QCheckBox(_("密钥再用这台电脑的 Windows 账号锁一道"))
        self.box.setObjectName("keyBindingBox")
        self.box.clicked.connect(self._ask)
        self.message_label = text_label("", "hint", wrap=True, name="keyBindingMessage")
        lines = column(text_label(_("密钥"), "lead"), self.box, self.message_label, margins=(18, 12, 18, 14))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(px(4))
        layout.addLayout(lines)

    def reload(self) -> None:
        """Asks how it stands."""
        self.desk.runner.run(self.desk.office.key_binding, self._show, owner=self)

    def _show(self, binding: KeyBinding) -> None:
        self.box.setChecked(binding.is_bound)
        self.box.setEnabled(binding.is_bound or binding.can_bind)
        words = _("锁上以后，数据文件被拷走也没法猜密码。换电脑、换 Windows 账号或重装系统后，要用恢复单。")
        if not binding.can_bind:
            words = _("■ 这台电脑不是 Windows，没有这一道锁；数据照常由密码保护。")
        self._say(words, "")

    def _ask(self, wanted: bool) -> None:
        self.box.setChecked(not wanted)
        if not wanted:
            self._bind(is_bound=False)
            return
        self.desk.ask.question(
            self,
            _("锁一道 Windows 账号"),
            _(
                "请先确认恢复单在保险柜里。以后换电脑、换 Windows 账号、重装系统，或管理员重设了 Windows 密码，"
                "原来的密码都打不开，只能用恢复单。"
            ),
            [Option("keep", _("先不锁")), Option("bind", _("恢复单在，锁上"))],
            lambda key: self._bind(is_bound=True) if key == "bind" else None,
        )

    def _bind(self, *, is_bound: bool) -> None:
        office = self.desk.office
        self.box.setEnabled(False)
        self.desk.runner.run(
            lambda: office.bind_key(is_bound=is_bound),
            lambda _none: self._was_bound(is_bound=is_bound),
            self._was_refused,
            owner=self,
        )

    def _was_bound(self, *, is_bound: bool) -> None:
        self.box.setChecked(is_bound)
        self.box.setEnabled(True)
        self._say(
            _("✓ 已锁上，密码照旧；以后的备份也带这一道锁") if is_bound else _("✓ 已去掉这一道锁"), "ok"
        )

    def _was_refused(self, failure: Failure) -> None:
        self.box.setEnabled(True)
        self._say(f"✕ {failure.sentence}", "error")

    def _say(self, words: str, state: str) -> None:
        self.message_label.setText(words)
        tell_state(self.message_label, state)
