"""联系记录: every request that this PC ever made over a network, and the switch that stops them for now."""

from __future__ import annotations

from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from desktop.base.clock import local_time
from desktop.base.text import _
from desktop.shell.desk import Desk
from desktop.shell.office import ContactLine
from desktop.widgets.blocks import button, clear, column, frame, row, scrolled, text_label
from desktop.widgets.theme import px


class ContactsPage(QWidget):
    """What the program said to whom."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.setObjectName("contactsPage")
        self.desk = desk
        self.rule_label = text_label("", "lead", wrap=True, name="contactRule")
        self.hint_label = text_label("", "soft", wrap=True)
        self.switch_button = button("", "offlineButton", self.switch, kind="")
        self._lines = QGridLayout()
        self._build()
        desk.setting_changed.connect(lambda _name: self._show_rule())

    def _build(self) -> None:
        body = QWidget()
        lines = QVBoxLayout(body)
        lines.setContentsMargins(px(20), px(16), px(20), px(16))
        lines.setSpacing(px(14))
        words = QWidget()
        words.setLayout(column(self.rule_label, self.hint_label, margins=(0, 0, 0, 0), gap=4))
        told = row(words, self.switch_button, margins=(18, 12, 18, 12))
        told.setStretch(0, 1)
        lines.addWidget(frame("card", told))
        self._lines.setHorizontalSpacing(px(18))
        self._lines.setVerticalSpacing(px(6))
        self._lines.setColumnStretch(4, 1)
        listed = column(text_label(_("每一次联网"), "lead"), margins=(18, 12, 18, 14), gap=8)
        listed.addLayout(self._lines)
        lines.addWidget(frame("card", listed))
        lines.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(frame("bar", row(text_label(_("联系记录"), "title"), 1, margins=(20, 10, 20, 10))))
        layout.addWidget(scrolled(body), 1)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.reload()

    def reload(self) -> None:
        """Asks for the list again."""
        self._show_rule()
        self.desk.runner.run(self.desk.office.contacts, self._show, owner=self)

    def _show_rule(self) -> None:
        settings = self.desk.office.settings
        address, is_off = str(settings.get("server_url")), bool(settings.get("work_offline"))
        if settings.get("stick_only"):
            told = _("只用U盘：本机不打开任何网络连接")
        elif not address:
            told = _("没有填县局服务器地址：本机不打开任何网络连接")
        elif is_off:
            told = _("已暂停：现在不连网，也不自动交换")
        else:
            told = _("只和这一个地址联系：{address}").format(address=address)
        self.rule_label.setText(told)
        self.hint_label.setText(
            _("打开程序后、保存以后空闲时、每天{time}，程序自动与县局交换，不影响打字").format(
                time=settings.get("exchange_at")
            )
        )
        self.switch_button.setText(_("恢复连网") if is_off else _("暂不连网"))
        self.switch_button.setVisible(bool(address) and not settings.get("stick_only"))

    def switch(self) -> None:
        """Stops the network for now, or lets it go on."""
        office = self.desk.office
        wanted = not office.settings.get("work_offline")
        self.desk.runner.run(
            lambda: office.set_setting("work_offline", wanted),
            lambda _held: self.desk.setting_changed.emit("work_offline"),
            owner=self,
        )

    def _show(self, contacts: tuple[ContactLine, ...]) -> None:
        clear(self._lines)
        heads = (_("时间"), _("地址"), _("发出"), _("收到"), _("结果"))
        if not contacts:
            self._lines.addWidget(text_label(_("从来没有连过网。"), "soft"), 0, 0)
            return
        for place, words in enumerate(heads):
            self._lines.addWidget(text_label(words, "name"), 0, place)
        for number, one in enumerate(contacts, 1):
            at = local_time(one.at).strftime("%Y-%m-%d %H:%M:%S")
            told = (at, one.address, _size(one.up_bytes), _size(one.down_bytes))
            for place, words in enumerate(told):
                self._lines.addWidget(text_label(words), number, place)
            self._lines.addWidget(text_label(one.words, wrap=True), number, 4)


def _size(count: int) -> str:
    return f"{count / 1024:,.1f} KB" if count else "–"
