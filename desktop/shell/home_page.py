"""今日: what is due, what is late, who patrols tonight, what has not been sent; one look says whether all is well."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QVBoxLayout, QWidget

from desktop.base import days
from desktop.base.clock import local_time, today
from desktop.base.text import _
from desktop.shell.desk import Changed, Desk
from desktop.shell.office import Board, BoardItem, BoardSection, RoomStatus
from desktop.widgets.blocks import (
    ItemButton,
    badge,
    button,
    clear,
    column,
    flow,
    frame,
    hide_unless,
    row,
    scrolled,
    text_label,
)
from desktop.widgets.flow_layout import FlowLayout
from desktop.widgets.theme import MARKS, px

CARD_WIDTH = 340
MOST_ITEMS = 8


class HomePage(QWidget):
    """The first page of the day."""

    page_wanted = Signal(str)

    def __init__(self, desk: Desk, quick: list[tuple[str, str]]) -> None:
        super().__init__()
        self.setObjectName("homePage")
        self.desk = desk
        self._cards: list[QFrame] = []
        self._columns = 0
        self._whole: set[str] = set()
        self._board = Board()
        self._is_stale = True
        self.greeting_label = text_label("", "huge", name="greeting")
        self.day_label = text_label("", "soft", name="homeDay")
        self._light = QVBoxLayout()
        self._grid = QGridLayout()
        self._grid.setSpacing(px(14))
        self._build(quick)
        desk.changed.connect(self._was_changed)

    def _build(self, quick: list[tuple[str, str]]) -> None:
        body = QWidget()
        lines = QVBoxLayout(body)
        lines.setContentsMargins(px(24), px(18), px(24), px(20))
        lines.setSpacing(px(14))
        lines.addLayout(column(self.greeting_label, self.day_label, gap=2))
        lines.addLayout(self._light)
        lines.addLayout(self._quick_row(quick))
        lines.addLayout(self._grid)
        lines.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(scrolled(body))

    def _quick_row(self, quick: list[tuple[str, str]]) -> FlowLayout:
        self.handover_button = button(_("交接单"), "handoverButton", self.show_handover)
        hide_unless(self.desk.may("visits", "P"), self.handover_button)
        made = [
            button(_("＋ 登记{kind}").format(kind=label), f"quick_{kind}_Button", partial(self._enter, kind))
            for kind, label in quick
        ]
        if made:
            made[0].setProperty("kind", "primary")
        return flow(*made, 1, self.handover_button)

    def show_handover(self) -> None:
        """Shows what one clerk leaves to the next, to be printed and signed."""
        office = self.desk.office
        self.desk.runner.run(
            office.handover_pdf,
            lambda pdf: self.desk.show_paper(_("工作交接单"), pdf),
            label=_("正在生成{paper}").format(paper=_("工作交接单")),
            owner=self,
        )

    def _enter(self, kind: str) -> None:
        self.desk.open_entry(kind)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._is_stale:
            self.reload()

    def _was_changed(self, _changed: Changed) -> None:
        self._is_stale = True
        if self.isVisible():
            self.reload()

    def reload(self) -> None:
        """Asks for the board and the status again."""
        self._is_stale = False
        self._greet()
        office = self.desk.office
        self.desk.runner.run(office.today_board, self._show, owner=self)
        self.desk.runner.run(office.status, self._show_light, owner=self)

    def _greet(self) -> None:
        now = local_time(self.desk.clock.now())
        words = (
            _("早上好")
            if now.hour < 11
            else _("中午好")
            if now.hour < 14
            else _("下午好")
            if now.hour < 18
            else _("晚上好")
        )
        self.greeting_label.setText(
            _("{name}，{words}").format(name=self.desk.office.actor.name, words=words)
        )
        day = today(self.desk.clock)
        self.day_label.setText(
            _("今天是 {day} {weekday}").format(day=days.print_day(day), weekday=days.weekday_name(day))
        )

    def _show_light(self, status: RoomStatus) -> None:
        clear(self._light)
        words = status.sentence or _("已存本机")
        light = badge(status.light, words)
        light.setObjectName("safetyLight")
        more = button(_("去交换数据"), "homeSyncButton", partial(self.desk.open_page, "sync"), kind="quiet")
        hide_unless(status.unsent_count > 0, more)
        settle = button(
            _("有 {count} 处要选定").format(count=status.conflict_count),
            "homeConflictsButton",
            partial(self.desk.open_page, "conflicts"),
            kind="quiet",
        )
        hide_unless(status.conflict_count > 0, settle)
        holder = QWidget()
        holder.setLayout(flow(light, more, settle))
        self._light.addWidget(holder)

    def _show(self, board: Board) -> None:
        self._board = board
        for card in self._cards:
            card.hide()
            card.deleteLater()
        self._cards = [self._card(section) for section in board.sections]
        self._columns = 0
        self._lay_out()

    def _card(self, section: BoardSection) -> QFrame:
        lines = column(margins=(16, 12, 12, 12), gap=4)
        title = text_label(_(section.title), "lead")
        count = text_label(str(len(section.items)) if section.items else "", "soft")
        lines.addLayout(row(title, count, 1))
        if not section.items:
            lines.addWidget(text_label(f"✓ {_(section.empty) or _('没有')}", "soft", wrap=True))
        most = len(section.items) if section.name in self._whole else MOST_ITEMS
        for item in section.items[:most]:
            lines.addWidget(self._item(item))
        if len(section.items) > most:
            words = _("还有 {count} 件，全部列出").format(count=len(section.items) - most)
            more = button(
                words, f"{section.name}MoreButton", partial(self._show_whole, section.name), kind="quiet"
            )
            lines.addWidget(more)
        lines.addStretch(1)
        return frame("card", lines, name=f"{section.name}Card")

    def _show_whole(self, name: str) -> None:
        self._whole.add(name)
        self._show(self._board)

    def _item(self, item: BoardItem) -> QWidget:
        mark = MARKS[item.severity]
        line = QWidget()
        sign = text_label(mark.sign)
        sign.setFixedWidth(px(16))
        sign.setToolTip(_(mark.word))
        states = {"late": "error", "bad": "error", "due": "warn", "warn": "warn", "ok": "ok"}
        for one in (sign,):
            one.setProperty("state", states.get(item.severity, ""))
        words: QWidget
        if item.kind:
            words = ItemButton(item.label, f"item_{item.id}_Button")
            words.clicked.connect(partial(self._open, item))
        else:
            words = text_label(item.label, wrap=True)
        due = text_label(item.due, "hint", name="itemDue")
        due.setProperty("state", states.get(item.severity, ""))
        layout = row(sign, words, due, gap=4)
        layout.setStretch(1, 1)
        due.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        line.setLayout(layout)
        return line

    def _open(self, item: BoardItem, _checked: bool = False) -> None:
        self.desk.open_record(item.kind, item.id)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._lay_out()

    def _lay_out(self) -> None:
        columns = max(1, min(3, (self.width() - px(48)) // px(CARD_WIDTH)))
        if columns == self._columns:
            return
        self._columns = columns
        for card in self._cards:
            self._grid.removeWidget(card)
        for place, card in enumerate(self._cards):
            self._grid.addWidget(card, place // columns, place % columns)
        for place in range(3):
            self._grid.setColumnStretch(place, 1 if place < columns else 0)
