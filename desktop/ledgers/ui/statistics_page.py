"""统计: the month's figures, how they compare, and the rows behind each of them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QHeaderView,
    QListWidget,
    QListWidgetItem,
    QTabWidget,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from desktop.base.clock import today
from desktop.base.text import N_, _
from desktop.ledgers import actions, rules
from desktop.ledgers.actions import RowsBehind
from desktop.ledgers.pdf import amount_words
from desktop.printing.sheets import LedgerSheet
from desktop.staff.office import Office
from desktop.widgets.blocks import button, flow, frame, text_label
from desktop.widgets.theme import px
from desktop.widgets.workbench import Workbench

KEY_ROLE = Qt.ItemDataRole.UserRole
AREA = "visits"
FIGURE_HEADS = (N_("指标"), N_("本期"), N_("上期"), N_("环比"), N_("上年同期"), N_("同比"))
RATE_HEADS = (N_("比率"), N_("本期"), N_("上期"), N_("增减"), N_("分子/分母"), N_("公式"))
LIST_HEIGHT = 160
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


def make_page(desk: Workbench) -> QWidget:
    """The page 统计, for the main window."""
    return StatisticsPage(desk)


class StatisticsPage(QWidget):
    """One month; a number that is opened shows the rows it was counted from."""

    rows_asked = Signal(str, object)

    def __init__(self, desk: Workbench) -> None:
        super().__init__()
        self.setObjectName("statisticsPage")
        self.desk = desk
        self.room: Office = desk.room
        now = today(desk.clock)
        self.span = rules.month_span(now.year, now.month)
        self.report: Mapping[str, Any] = {}
        self._behind: RowsBehind | None = None
        self.month_label = text_label("", "title", name="statisticsMonthLabel")
        self.state_label = text_label("", "hint", name="statisticsStateLabel")
        self.previous_button = button("<", "previousMonthButton", partial(self._turn, -1), hint=_("上个月"))
        self.next_button = button(">", "nextMonthButton", partial(self._turn, 1), hint=_("下个月"))
        self.table_button = button(_("存为表格"), "tableButton", self.save_table)
        self.print_button = button(_("查看并打印"), "printButton", self.print_report, kind="primary")
        self.figure_tree = self._tree("figureTree", FIGURE_HEADS)
        self.split_tree = self._tree("splitTree", (N_("分类"),))
        self.rate_tree = self._tree("rateTree", RATE_HEADS)
        self.tabs = QTabWidget()
        self.tabs.setObjectName("statisticsTabs")
        for tree, label in (
            (self.figure_tree, _("主要数字")),
            (self.split_tree, _("纠纷分类")),
            (self.rate_tree, _("比率")),
        ):
            self.tabs.addTab(tree, label)
        self.behind_label = text_label(
            _("双击一个数字，或按回车，看它是由哪些记录数出来的。"), "hint", name="behindLabel"
        )
        self.behind_list = QListWidget()
        self.behind_list.setObjectName("behindList")
        self.behind_list.setMaximumHeight(px(LIST_HEIGHT))
        self.behind_list.itemActivated.connect(self._open_row)
        self._build()
        self.load()

    def _tree(self, name: str, heads: tuple[str, ...]) -> QTreeWidget:
        tree = QTreeWidget()
        tree.setObjectName(name)
        tree.setHeaderLabels([_(head) for head in heads])
        tree.setUniformRowHeights(True)
        tree.setAlternatingRowColors(True)
        tree.itemActivated.connect(self._ask_rows)
        return tree

    def _build(self) -> None:
        bar = frame(
            "bar",
            flow(
                self.previous_button,
                self.month_label,
                self.next_button,
                self.state_label,
                1,
                self.table_button,
                self.print_button,
                margins=(20, 10, 20, 10),
            ),
        )
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(bar)
        inner = QVBoxLayout()
        inner.setContentsMargins(px(16), px(8), px(16), px(12))
        inner.setSpacing(px(8))
        inner.addWidget(self.tabs, 1)
        inner.addWidget(self.behind_label)
        inner.addWidget(self.behind_list)
        layout.addLayout(inner, 1)
        self.table_button.setEnabled(self.desk.may(AREA, "X"))
        self.print_button.setEnabled(self.desk.may(AREA, "P"))
        self.behind_list.hide()

    # -- the month -------------------------------------------------------------------------------------------------

    def load(self) -> None:
        """Counts the month again."""
        room, span = self.room, self.span
        self.month_label.setText(
            _("{year}年{month}月统计").format(year=span.first.year, month=span.first.month)
        )
        self.desk.runner.run(
            lambda: actions.read_report(room, span),
            lambda report: self._show(span, report),
            label=_("正在统计"),
            owner=self,
        )

    def _turn(self, by: int) -> None:
        place = self.span.first.year * 12 + self.span.first.month - 1 + by
        self.span = rules.month_span(place // 12, place % 12 + 1)
        self.load()

    def _show(self, span: rules.Span, report: Mapping[str, Any]) -> None:
        if span != self.span:
            return
        self.report = report
        told = _("本月还没有过完，数到{day}，和上月同样的日子比").format(day=report["to"])
        self.state_label.setText(told if report["is_partial"] else "")
        self._show_figures()
        self._show_splits()
        self._show_rates()
        self.behind_list.hide()

    def _show_figures(self) -> None:
        self.figure_tree.clear()
        for section in self.report["sections"]:
            head = QTreeWidgetItem([_(section["label"])])
            self.figure_tree.addTopLevelItem(head)
            for one in section["figures"]:
                value, previous, last_year = (
                    amount_words(one["key"], one[name]) for name in ("value", "previous", "last_year")
                )
                words = [
                    f"{_(one['label'])}（{_(one['unit'])}）",
                    *(value, previous, one["month_on_month"], last_year, one["year_on_year"]),
                ]
                item = _line(words)
                item.setData(1, KEY_ROLE, one["key"])
                head.addChild(item)
        self.figure_tree.expandAll()
        _fit(self.figure_tree)

    def _show_splits(self) -> None:
        self.split_tree.clear()
        columns = self.report["groups"][0]["columns"]
        self.split_tree.setHeaderLabels([_("分类"), *(_(column["label"]) for column in columns)])
        for split in self.report["groups"]:
            head = _line([_("按{label}").format(label=_(split["label"])), *map(str, split["totals"])])
            for place, column in enumerate(split["columns"], 1):
                head.setData(place, KEY_ROLE, column["key"])
            self.split_tree.addTopLevelItem(head)
            for one in split["rows"]:
                item = _line([_(one["label"]), *map(str, one["values"])])
                for place, key in enumerate(one["keys"], 1):
                    item.setData(place, KEY_ROLE, key)
                head.addChild(item)
        self.split_tree.expandAll()
        _fit(self.split_tree)

    def _show_rates(self) -> None:
        self.rate_tree.clear()
        for one in self.report["rates"]:
            parts = f"{one['numerator']}/{one['denominator']}"
            words = [
                f"{one['id']} {_(one['name'])}",
                one["value"],
                one["previous"],
                one["difference"],
                parts,
                _(one["formula"]),
            ]
            item = _line(words, words_at=len(RATE_HEADS) - 1)
            item.setData(1, KEY_ROLE, one["numerator_key"])
            item.setData(4, KEY_ROLE, one["denominator_key"])
            self.rate_tree.addTopLevelItem(item)
        _fit(self.rate_tree, words_at=len(RATE_HEADS) - 1)

    # -- from a number to its rows ---------------------------------------------------------------------------------

    def _ask_rows(self, item: QTreeWidgetItem, column: int) -> None:
        key = item.data(column, KEY_ROLE) or item.data(1, KEY_ROLE)
        if key:
            self.ask_rows(str(key), item.text(0))

    def ask_rows(self, key: str, label: str) -> None:
        """Looks up the rows behind a number and lists them."""
        room, span = self.room, self.span
        self.desk.runner.run(
            lambda: actions.read_rows_behind(room, key, span),
            partial(self._show_rows, label),
            label=_("正在找出记录"),
            owner=self,
        )

    def _show_rows(self, label: str, behind: RowsBehind) -> None:
        self._behind = behind
        self.behind_list.clear()
        self.behind_list.addItems(list(behind.words))
        self.behind_list.setVisible(bool(behind.ids))
        told = _("“{label}”数自这 {count} 条记录，双击打开").format(label=label, count=len(behind.ids))
        if len(behind.ids) > len(behind.words):
            told += _("（只列出前 {most} 条，其余请看台账）").format(most=len(behind.words))
        self.behind_label.setText(told if behind.ids else _("“{label}”没有记录").format(label=label))
        self.rows_asked.emit(behind.kind, list(behind.ids))

    def _open_row(self, _item: QListWidgetItem) -> None:
        place = self.behind_list.currentRow()
        if self._behind is not None and 0 <= place < len(self._behind.ids):
            self.desk.open_record(self._behind.kind, self._behind.ids[place])

    # -- out of the window -----------------------------------------------------------------------------------------

    def print_report(self) -> None:
        """Makes the month's report and shows it."""
        room, span, title = self.room, self.span, self.month_label.text()
        self.desk.runner.run(
            lambda: room.ledger_pdf(actions.report_sheet(room, span)),
            lambda pdf: self.desk.show_paper(title, pdf),
            label=_("正在生成月报"),
            owner=self,
        )

    def save_table(self) -> None:
        """Asks where to write the report as a table."""
        suggested = Path.home() / f"{self.month_label.text()}.xlsx"
        self.desk.ask.save_file(self, _("存为表格"), suggested, "Excel (*.xlsx)", self._write)

    def _write(self, path: Path) -> None:
        room, span = self.room, self.span

        def job() -> LedgerSheet:
            sheet = actions.report_sheet(room, span)
            actions.export_sheet(room, sheet, AREA, path)
            return sheet

        self.desk.runner.run(
            job,
            lambda _sheet: self.desk.messages.tell(_("已存到 {file}").format(file=path.name)),
            label=_("正在存表格"),
            owner=self,
        )


def _line(words: list[str], *, words_at: int = 0) -> QTreeWidgetItem:
    """A line whose numbers stand at the right, like their heads; `words_at` names a column that holds none."""
    item = QTreeWidgetItem(words)
    for place in range(1, len(words)):
        if place != words_at:
            item.setTextAlignment(place, RIGHT)
    return item


def _fit(tree: QTreeWidget, *, words_at: int = 0) -> None:
    """Labels as wide as they are; numbers share what is left, or the column of words takes it."""
    header = tree.header()
    header.setStretchLastSection(False)
    header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
    shared = [words_at] if words_at else range(1, header.count())
    for place in shared:
        header.setSectionResizeMode(place, QHeaderView.ResizeMode.Stretch)
    for place in range(1, header.count()):
        tree.headerItem().setTextAlignment(place, LEFT if place == words_at else RIGHT)
