"""设置: made from the declared settings; accounts, own password, versions and licences beside them."""

from __future__ import annotations

from functools import partial
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QApplication, QCheckBox, QComboBox, QGridLayout, QVBoxLayout, QWidget

from desktop.base.errors import Failure
from desktop.base.settings import SETTINGS, Choices, Scope, Setting, Shape, Span
from desktop.base.text import N_, _
from desktop.shell.about import AboutDialog
from desktop.shell.accounts import AccountsCard, PasswordDialog
from desktop.shell.desk import Desk
from desktop.shell.key_card import KeyCard
from desktop.shell.update_dialog import UpdateDialog
from desktop.widgets.blocks import button, column, frame, row, scrolled, tell_state, text_label
from desktop.widgets.line_edit import LineEdit
from desktop.widgets.theme import FONT_SCALES, install_theme, px

SCOPES: dict[Scope, str] = {"machine": N_("这台电脑"), "room": N_("本警务室"), "county": N_("县局统一设置")}
VALUE_LABELS = {"zh": "中文", "en": "English"}
LABELS: dict[str, str] = {
    "language": N_("界面语言"),
    "font_scale": N_("文字大小"),
    "idle_lock_minutes": N_("自动锁屏"),
    "stick_only": N_("只用U盘"),
    "server_url": N_("县局地址"),
    "exchange_at": N_("每天交换时间"),
    "card_address": N_("联系卡地址"),
    "card_hours": N_("联系卡时间"),
    "card_tip": N_("联系卡提示"),
    "list_page_size": N_("列表条数"),
    "visit_cycle_days": N_("走访周期"),
    "station_name": N_("所属派出所"),
}


class SettingLine(QWidget):
    """One setting: an editor by its type, its sentence, and what is wrong with what was entered."""

    changed = Signal(str, object)

    def __init__(self, setting: Setting, value: Any, *, may_change: bool) -> None:
        super().__init__()
        self.setting = setting
        self.setObjectName(f"{setting.name}Setting")
        self.editor = self._make_editor(value)
        self.editor.setObjectName(f"{setting.name}SettingEdit")
        self.editor.setEnabled(may_change)
        self.sentence = "" if may_change else _("■ 您不能改这一项，请找系统管理员。")
        self.message_label = text_label(f"{_(setting.sentence)}{self.sentence}", "hint", wrap=True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(px(2))
        layout.addLayout(row(self.editor, 1))
        layout.addWidget(self.message_label)

    def _make_editor(self, value: Any) -> QWidget:
        setting = self.setting
        if setting.type is bool:
            box = QCheckBox(_("是"))
            box.setChecked(bool(value))
            box.toggled.connect(lambda on: self.changed.emit(setting.name, on))
            return box
        choices = FONT_SCALES if setting.name == "font_scale" else None
        if isinstance(setting.allowed, Choices):
            choices = tuple(setting.allowed.values)  # type: ignore[assignment]
        if choices is not None:
            return self._choice_box(choices, value)
        edit = LineEdit()
        edit.setText("" if value is None else str(value))
        edit.setFixedWidth(px(260 if setting.type is str else 110))
        if isinstance(setting.allowed, Shape):
            edit.setPlaceholderText(setting.allowed.example)
        if isinstance(setting.allowed, Span):
            edit.setToolTip(
                _("{least} 到 {most}").format(least=setting.allowed.least, most=setting.allowed.most)
            )
        edit.editingFinished.connect(lambda: self._typed(edit))
        self._last = edit.text()
        return edit

    def _choice_box(self, choices: Any, value: Any) -> QComboBox:
        box = QComboBox()
        values = list(choices) if value in choices else [*choices, value]
        for one in values:
            words = f"{one} %" if self.setting.name == "font_scale" else VALUE_LABELS.get(str(one), str(one))
            box.addItem(words, one)
        box.setCurrentIndex(values.index(value))
        box.currentIndexChanged.connect(
            lambda _place: self.changed.emit(self.setting.name, box.currentData())
        )
        return box

    def _typed(self, edit: LineEdit) -> None:
        if edit.text() != self._last:
            self._last = edit.text()
            self.changed.emit(self.setting.name, edit.text())

    def tell(self, words: str, state: str) -> None:
        """Says what came of a change."""
        self.message_label.setText(words or _(self.setting.sentence))
        tell_state(self.message_label, state)


class SettingsPage(QWidget):
    """All settings by whom they belong to."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.setObjectName("settingsPage")
        self.desk = desk
        self.lines: dict[str, SettingLine] = {}
        self.accounts = AccountsCard(desk) if desk.may("accounts", "U") else None
        self.keys = KeyCard(desk) if desk.may("accounts", "U") else None
        self.password_button = button(_("改我的密码…"), "passwordButton", self.change_password)
        self.update_button = button(_("更新程序…"), "updateButton", self.show_update)
        if not desk.may("system", "C"):
            self.update_button.setEnabled(False)
            self.update_button.setToolTip(_("更新程序请找系统管理员"))
        self.about_button = button(_("关于本程序"), "aboutButton", self.show_about, kind="quiet")
        head = row(
            text_label(_("设置"), "title"),
            1,
            self.password_button,
            self.update_button,
            self.about_button,
            margins=(20, 8, 20, 8),
        )
        body = QWidget()
        self._lines = QVBoxLayout(body)
        self._lines.setContentsMargins(px(20), px(16), px(20), px(16))
        self._lines.setSpacing(px(14))
        for scope, label in SCOPES.items():
            self._lines.addWidget(self._card(scope, _(label)))
        for card in (self.accounts, self.keys):
            if card is not None:
                self._lines.addWidget(card)
        self._lines.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(frame("bar", head))
        layout.addWidget(scrolled(body), 1)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        for card in (self.accounts, self.keys):
            if card is not None:
                card.reload()

    def _card(self, scope: Scope, label: str) -> QWidget:
        grid = QGridLayout()
        grid.setHorizontalSpacing(px(16))
        grid.setVerticalSpacing(px(12))
        grid.setColumnStretch(1, 1)
        roles = self.desk.office.actor.roles
        mine = [setting for setting in SETTINGS.values() if setting.scope == scope]
        for place, setting in enumerate(mine):
            value = self.desk.office.settings.get(setting.name)
            line = SettingLine(setting, value, may_change=setting.may_change(roles) and scope != "county")
            line.changed.connect(self._change)
            self.lines[setting.name] = line
            name = text_label(setting_label(setting), "name", wrap=True)
            name.setFixedWidth(px(110))
            grid.addWidget(name, place, 0)
            grid.addWidget(line, place, 1)
        lines = column(text_label(label, "lead"), margins=(18, 12, 18, 14), gap=10)
        lines.addLayout(grid)
        return frame("card", lines, name=f"{scope}Settings")

    def _change(self, name: str, value: Any) -> None:
        office, line = self.desk.office, self.lines[name]
        self.desk.runner.run(
            lambda: office.set_setting(name, value),
            lambda _held: self._was_changed(name),
            partial(self._was_refused, line),
            owner=self,
        )

    def _was_refused(self, line: SettingLine, failure: Failure) -> None:
        words = failure.fields[0].message if failure.fields else failure.sentence
        line.tell(f"✕ {words}", "error")

    def _was_changed(self, name: str) -> None:
        self.lines[name].tell(
            _("✓ 已改，马上生效") if name != "language" else _("✓ 已改，下次打开程序时生效"), "ok"
        )
        app = QApplication.instance()
        if name == "font_scale" and isinstance(app, QApplication):
            install_theme(app, scale=int(self.desk.office.settings.get("font_scale")))
            self.lines[name].tell(_("✓ 已改；有些地方重新打开程序后才变"), "ok")
        self.desk.setting_changed.emit(name)

    def change_password(self) -> None:
        """Changes one's own password."""
        PasswordDialog(self, self.desk, self.desk.office.actor.name).open()

    def show_update(self) -> None:
        """Opens the dialog that brings a newer version."""
        UpdateDialog(self, self.desk).open()

    def show_about(self) -> None:
        """Shows versions and licences."""
        AboutDialog(self, practice=self.desk.office.practice).open()


def setting_label(setting: Setting) -> str:
    """The name of a setting; the first words of its sentence when it has no shorter one."""
    if setting.name in LABELS:
        return _(LABELS[setting.name])
    return _(setting.sentence).split("，")[0].split("；")[0].rstrip("。")[:14]
