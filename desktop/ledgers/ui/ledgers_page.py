"""台账: choose a register and a period; look, print, or save it as PDF or table."""

from __future__ import annotations

from calendar import monthrange
from datetime import date
from pathlib import Path
from typing import cast

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QComboBox,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from desktop.base import days
from desktop.base.clock import today
from desktop.base.text import N_, _
from desktop.ledgers import actions, rules, volumes
from desktop.ledgers.rules import Span
from desktop.ledgers.ui.book_panel import BookPanel
from desktop.staff.catalogue import Ledger
from desktop.staff.office import Office
from desktop.widgets.blocks import button, column, frame, row, text_label
from desktop.widgets.line_edit import LineEdit
from desktop.widgets.theme import px
from desktop.widgets.workbench import Workbench

MONTHS_OFFERED = 13
OTHER = N_("自定时间")
FILE_KINDS = "PDF (*.pdf);;Excel (*.xlsx)"
SIDE_WIDTH, DAY_WIDTH = 280, 160


def make_page(desk: Workbench) -> QWidget:
    """The page 台账, for the main window."""
    return LedgersPage(desk)


class LedgersPage(QWidget):
    """The registers at the left, the period and what can be done at the right."""

    def __init__(self, desk: Workbench) -> None:
        super().__init__()
        self.setObjectName("ledgersPage")
        self.desk = desk
        self.room: Office = desk.room
        self.list = QListWidget()
        self.list.setObjectName("ledgerList")
        for ledger in self.room.catalogue.ledgers:
            if not any(desk.may(ledger.area, letter) for letter in "RPX"):
                continue
            item = QListWidgetItem(_(ledger.label))
            item.setData(Qt.ItemDataRole.UserRole, ledger)
            self.list.addItem(item)
        self.list.itemActivated.connect(lambda _item: self.show_ledger())
        self.list.currentRowChanged.connect(lambda _row: self._choose())
        self.period_box = QComboBox()
        self.period_box.setObjectName("ledgerPeriodBox")
        for words, span in _offered(today(desk.clock)):
            self.period_box.addItem(_(words), span)
        self.from_edit, self.to_edit = self._day_edit("ledgerFromEdit"), self._day_edit("ledgerToEdit")
        self.problem_label = text_label("", name="ledgerProblemLabel", wrap=True)
        self.problem_label.setProperty("state", "error")
        self.show_button = button(_("查看并打印"), "ledgerShowButton", self.show_ledger, kind="primary")
        self.save_button = button(_("存为PDF或表格"), "ledgerSaveButton", self.save_ledger)
        self.notice_button = button(_("公示打印"), "ledgerNoticeButton", self.show_notice)
        self.notice_button.setToolTip(_("贴在公示栏的：隐去姓名、电话和详细内容"))
        self.books = BookPanel(desk)
        self._build()
        self.period_box.currentIndexChanged.connect(lambda _place: self._show_period())
        self._show_period()
        if self.list.count():
            self.list.setCurrentRow(0)

    def _day_edit(self, name: str) -> LineEdit:
        edit = LineEdit()
        edit.setObjectName(name)
        edit.setMaximumWidth(px(DAY_WIDTH))
        edit.textEdited.connect(lambda _text: self.period_box.setCurrentIndex(self.period_box.count() - 1))
        return edit

    def _build(self) -> None:
        head = frame("bar", row(text_label(_("台账"), "title"), 1, margins=(20, 10, 20, 10)))
        side = column(
            text_label(_("月份"), "name"),
            self.period_box,
            text_label(_("从"), "name"),
            self.from_edit,
            text_label(_("到"), "name"),
            self.to_edit,
            self.problem_label,
            self.show_button,
            self.save_button,
            self.notice_button,
            text_label(_("没有记录的月份也能打印，打出来是零报告。"), "hint", wrap=True),
            self.books,
            1,
            margins=(18, 16, 18, 16),
        )
        # With the largest letters all of it is higher than the screen.
        inner = QWidget()
        inner.setProperty("look", "body")
        inner.setLayout(side)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(inner)
        card = frame("card", column(area, margins=(0, 0, 0, 0)))
        card.setFixedWidth(px(SIDE_WIDTH))
        body = row(
            frame("card", column(self.list, margins=(4, 4, 4, 4))), card, margins=(20, 16, 20, 16), gap=16
        )
        body.setStretch(0, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(head)
        layout.addLayout(body, 1)

    # -- what is chosen --------------------------------------------------------------------------------------------

    @property
    def ledger(self) -> Ledger | None:
        """The register that is chosen."""
        if self.list.currentRow() < 0:
            return None
        return cast("Ledger", self.list.currentItem().data(Qt.ItemDataRole.UserRole))

    def _show_period(self) -> None:
        span = self.period_box.currentData()
        if span is not None:
            self.from_edit.setText(span.first.isoformat())
            self.to_edit.setText(span.last.isoformat())

    def _choose(self) -> None:
        self._show_rights()
        self.books.show_ledger(self.ledger)

    def _show_rights(self) -> None:
        ledger = self.ledger
        self.show_button.setEnabled(ledger is not None and self.desk.may(ledger.area, "P"))
        self.save_button.setEnabled(ledger is not None and self.desk.may(ledger.area, "X"))
        may_print = self.show_button.isEnabled()
        self.notice_button.setEnabled(
            may_print and ledger is not None and volumes.register_of(ledger.name).is_for_notice
        )

    def _span(self) -> Span | None:
        now = today(self.desk.clock)
        try:
            first, last = (days.parse_day(edit.text(), now) for edit in (self.from_edit, self.to_edit))
        except ValueError as error:
            self.problem_label.setText(f"✕ {error}")
            return None
        self.problem_label.setText("" if first <= last else _("✕ 开始日期在结束日期之后"))
        return Span(first, last) if first <= last else None

    # -- doing -----------------------------------------------------------------------------------------------------

    def show_ledger(self) -> None:
        """Makes the register and shows it."""
        ledger, span, room = self.ledger, self._span(), self.room
        if ledger is None or span is None or not self.show_button.isEnabled():
            return
        title, name = _(ledger.label), ledger.name
        self._wait(self.show_button)
        self.desk.runner.run(
            lambda: room.ledger_pdf(room.ledger_sheet(name, room.ledger_facts(span.first, span.last))),
            lambda pdf: self.desk.show_paper(title, pdf),
            label=_("正在生成{ledger}").format(ledger=title),
            owner=self,
            ended=self._show_rights,
        )

    def show_notice(self) -> None:
        """Makes the register as it may hang on a notice board and shows it."""
        ledger, span, room = self.ledger, self._span(), self.room
        if ledger is None or span is None or not self.notice_button.isEnabled():
            return
        title, name = _("{ledger}（公示）").format(ledger=_(ledger.label)), ledger.name
        self._wait(self.notice_button)
        self.desk.runner.run(
            lambda: room.ledger_pdf(
                actions.notice_sheet(room, name, room.ledger_facts(span.first, span.last))
            ),
            lambda pdf: self.desk.show_paper(title, pdf),
            label=_("正在生成{ledger}").format(ledger=title),
            owner=self,
            ended=self._show_rights,
        )

    def save_ledger(self) -> None:
        """Asks where to write the register; the ending of the name says whether PDF or table."""
        ledger, span = self.ledger, self._span()
        if ledger is None or span is None:
            return
        words = rules.period_words(span.first, span.last)
        suggested = Path.home() / f"{_(ledger.label)} {words}.pdf"
        self.desk.ask.save_file(
            self, _("保存台账"), suggested, FILE_KINDS, lambda path: self._write(ledger, span, path)
        )

    def _write(self, ledger: Ledger, span: Span, path: Path) -> None:
        room = self.room

        def job() -> None:
            sheet = room.ledger_sheet(ledger.name, room.ledger_facts(span.first, span.last))
            actions.export_sheet(room, sheet, ledger.area, path)

        self._wait(self.save_button)
        self.desk.runner.run(
            job,
            lambda _none: self.desk.messages.tell(_("已存到 {file}").format(file=path.name)),
            label=_("正在保存{ledger}").format(ledger=_(ledger.label)),
            owner=self,
            ended=self._show_rights,
        )

    def _wait(self, pressed: QPushButton) -> None:
        """Keeps a button from being pressed twice."""
        pressed.setEnabled(False)


def _offered(now: date) -> list[tuple[str, Span | None]]:
    """This month and the twelve before it, this year, last year, and any other time."""
    found: list[tuple[str, Span | None]] = []
    for back in range(MONTHS_OFFERED):
        place = now.year * 12 + now.month - 1 - back
        year, month = place // 12, place % 12 + 1
        span = Span(date(year, month, 1), date(year, month, monthrange(year, month)[1]))
        found.append((rules.period_words(span.first, span.last), span))
    for year in (now.year, now.year - 1):
        span = Span(date(year, 1, 1), date(year, 12, 31))
        found.append((rules.period_words(span.first, span.last), span))
    return [*found, (OTHER, None)]
