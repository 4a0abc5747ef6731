"""台账报表: pick a ledger and a period, look at it, print it."""

from __future__ import annotations

from datetime import date

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from desktop.base import days
from desktop.base.clock import today
from desktop.base.text import _
from desktop.shell.desk import Desk
from desktop.widgets.blocks import button, column, frame, hide_unless, row, text_label
from desktop.widgets.filter_bar import PERIODS, period_days
from desktop.widgets.line_edit import LineEdit
from desktop.widgets.theme import px


class LedgersPage(QWidget):
    """The list of ledgers with a period beside it."""

    def __init__(self, desk: Desk, *, is_tab: bool = False) -> None:
        super().__init__()
        self.setObjectName("ledgersPage")
        self.desk = desk
        self.list = QListWidget()
        self.list.setObjectName("ledgerList")
        for ledger in desk.office.ledgers:
            item = QListWidgetItem(_(ledger.label))
            item.setData(Qt.ItemDataRole.UserRole, ledger)
            self.list.addItem(item)
        self.list.itemDoubleClicked.connect(lambda _item: self.show_ledger())
        self.period_box = QComboBox()
        self.period_box.setObjectName("ledgerPeriodBox")
        for key in ("month", "last_month", "year", "custom"):
            self.period_box.addItem(_(PERIODS[key]), key)
        self.from_edit = self._day_edit("ledgerFromEdit")
        self.to_edit = self._day_edit("ledgerToEdit")
        self.show_button = button(_("查看并打印"), "ledgerShowButton", self.show_ledger, kind="primary")
        self.problem_label = text_label("", wrap=True)
        self.problem_label.setProperty("state", "error")
        self._build(is_tab=is_tab)
        self.period_box.currentIndexChanged.connect(lambda _place: self._show_period())
        self._show_period()
        if self.list.count():
            self.list.setCurrentRow(0)

    def _day_edit(self, name: str) -> LineEdit:
        edit = LineEdit()
        edit.setObjectName(name)
        edit.setMaximumWidth(px(160))
        edit.textEdited.connect(
            lambda _text: self.period_box.setCurrentIndex(self.period_box.findData("custom"))
        )
        return edit

    def _build(self, *, is_tab: bool) -> None:
        head = frame("bar", row(text_label(_("台账报表"), "title"), 1, margins=(20, 10, 20, 10)))
        side = column(
            text_label(_("时间"), "name"),
            self.period_box,
            text_label(_("从"), "name"),
            self.from_edit,
            text_label(_("到"), "name"),
            self.to_edit,
            self.problem_label,
            self.show_button,
            text_label(_("先在屏幕上看，再决定打不打印。"), "hint", wrap=True),
            1,
            margins=(18, 16, 18, 16),
        )
        card = frame("card", side)
        card.setFixedWidth(px(280))
        left = frame("card", column(self.list, margins=(4, 4, 4, 4)))
        body = row(left, card, margins=(20, 16, 20, 16), gap=16)
        body.setStretch(0, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(head)
        hide_unless(not is_tab, head)
        layout.addLayout(body, 1)

    def _show_period(self) -> None:
        day_from, day_to = period_days(str(self.period_box.currentData()), today(self.desk.clock))
        if day_from is not None and day_to is not None:
            self.from_edit.setText(day_from.isoformat())
            self.to_edit.setText(day_to.isoformat())

    def _days(self) -> tuple[date, date] | None:
        now = today(self.desk.clock)
        try:
            day_from, day_to = (
                days.parse_day(self.from_edit.text(), now),
                days.parse_day(self.to_edit.text(), now),
            )
        except ValueError as error:
            self.problem_label.setText(f"✕ {error}")
            return None
        self.problem_label.setText("" if day_from <= day_to else _("✕ 开始日期在结束日期之后"))
        return (day_from, day_to) if day_from <= day_to else None

    def show_ledger(self) -> None:
        """Makes the ledger and shows it."""
        span = self._days()
        if self.list.currentRow() < 0 or span is None or not self.show_button.isEnabled():
            return
        ledger, office = self.list.currentItem().data(Qt.ItemDataRole.UserRole), self.desk.office
        title = _(ledger.label)
        self.show_button.setEnabled(False)
        self.desk.runner.run_long(
            lambda progress: office.ledger_pdf(ledger.name, span[0], span[1], progress),
            lambda pdf: self.desk.show_paper(title, pdf),
            label=_("正在生成{ledger}").format(ledger=title),
            owner=self,
            ended=lambda: self.show_button.setEnabled(True),
        )
