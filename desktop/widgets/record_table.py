"""A list of any length: the ids at once, the words of a line only when it is looked at, two hundred at a time."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Final

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStackedWidget,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from desktop.base.text import _
from desktop.widgets.blocks import button, column, text_label
from desktop.widgets.filter_bar import FilterBar
from desktop.widgets.keep import Keep
from desktop.widgets.line_edit import ENTER_KEYS
from desktop.widgets.listing import ListColumn, ListQuery, ListRow
from desktop.widgets.theme import MARKS, colour, px

Index = QModelIndex | QPersistentModelIndex
PAGE_ROWS: Final = 200
MOST_PAGES: Final = 24
DISPLAY: Final = int(Qt.ItemDataRole.DisplayRole)
FOREGROUND: Final = int(Qt.ItemDataRole.ForegroundRole)
NOWHERE: Final = QModelIndex()
WAITING: Final = "…"

FetchRows = Callable[[Sequence[str], Callable[[list[ListRow]], None]], None]
FindIds = Callable[[ListQuery, Callable[[list[str]], None]], None]


class RecordModel(QAbstractTableModel):
    """Ids in order; a page of lines is fetched when one of its cells is painted, the newest wish first."""

    def __init__(self, columns: Sequence[ListColumn], fetch: FetchRows) -> None:
        super().__init__()
        self.columns = list(columns)
        self.ids: list[str] = []
        self._fetch = fetch
        self._pages: OrderedDict[int, list[ListRow]] = OrderedDict()
        self._wanted: list[int] = []
        self._fetching = -1
        self._generation = 0
        self._faint: QColor = colour("text_faint")
        self._warn: QColor = colour("warn")

    def rowCount(self, parent: Index = NOWHERE) -> int:
        return 0 if parent.isValid() else len(self.ids)

    def columnCount(self, parent: Index = NOWHERE) -> int:
        return 0 if parent.isValid() else len(self.columns) + 1

    def data(self, index: Index, role: int = DISPLAY) -> Any:
        # Asked some seven times for every visible cell; everything but words and ink is answered here.
        if role not in (DISPLAY, FOREGROUND):
            return None
        line = index.row()
        page = self._pages.get(line // PAGE_ROWS)
        if page is None:
            self._want(line // PAGE_ROWS)
            return WAITING if role == DISPLAY and index.column() == 1 else None
        found = page[line % PAGE_ROWS]
        if role == FOREGROUND:
            if found.is_void:
                return self._faint
            return self._warn if found.has_conflict and index.column() == 0 else None
        if index.column():
            return found.cells[index.column() - 1]
        return _mark_of(found)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = DISPLAY) -> Any:
        if role != DISPLAY or orientation != Qt.Orientation.Horizontal:
            return None
        return self.columns[section - 1].label if section else ""

    def show_ids(self, ids: list[str]) -> None:
        """Shows another list."""
        self.beginResetModel()
        self.ids = ids
        self._forget()
        self.endResetModel()

    def refresh(self) -> None:
        """Fetches the lines again; the order stays."""
        self._forget()
        if self.ids:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self.ids) - 1, len(self.columns)))

    def _forget(self) -> None:
        self._pages.clear()
        self._wanted.clear()
        self._fetching = -1
        self._generation += 1

    def _want(self, page: int) -> None:
        if page == self._fetching:
            return
        if page in self._wanted:
            self._wanted.remove(page)
        self._wanted.append(page)
        # Somebody who drags the bar passes pages that he never wants to read.
        del self._wanted[:-3]
        self._fetch_next()

    def _fetch_next(self) -> None:
        if self._fetching >= 0 or not self._wanted:
            return
        page = self._fetching = self._wanted.pop()
        generation = self._generation
        ids = self.ids[page * PAGE_ROWS : (page + 1) * PAGE_ROWS]
        self._fetch(ids, lambda rows: self._take(generation, page, rows))

    def _take(self, generation: int, page: int, rows: list[ListRow]) -> None:
        if generation != self._generation:
            return
        self._fetching = -1
        self._pages[page] = rows
        while len(self._pages) > MOST_PAGES:
            self._pages.popitem(last=False)
        first = page * PAGE_ROWS
        self.dataChanged.emit(self.index(first, 0), self.index(first + len(rows) - 1, len(self.columns)))
        self._fetch_next()


def _mark_of(line: ListRow) -> str:
    if line.has_conflict:
        return MARKS["conflict"].sign
    return MARKS["void"].sign if line.is_void else ""


class RecordView(QTableView):
    """The table itself; Enter opens a line as a double click does."""

    entered_line = Signal(int)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in ENTER_KEYS and self.currentIndex().isValid():
            event.accept()
            self.entered_line.emit(self.currentIndex().row())
            return
        super().keyPressEvent(event)


class RecordTable(QWidget):
    """The filters, the table, the count below it, and the hint when there is nothing."""

    selected = Signal(str)
    opened = Signal(str)
    add_wanted = Signal()
    loaded = Signal(int)

    def __init__(
        self,
        name: str,
        columns: Sequence[ListColumn],
        filters: FilterBar,
        keep: Keep,
        *,
        find: FindIds,
        fetch: FetchRows,
        empty_hint: str = "",
    ) -> None:
        super().__init__()
        self.setObjectName(f"{name}List")
        self._name = name
        self._keep = keep
        self._find = find
        self._asked = 0
        self._wanted_id = ""
        self.filters = filters
        self.query = filters.query()
        self.model = RecordModel(columns, fetch)
        self.view = RecordView()
        self.view.setObjectName(f"{name}Table")
        self._set_up_view()
        self._build(empty_hint)
        filters.changed.connect(self.reload)

    def _set_up_view(self) -> None:
        view = self.view
        view.setModel(self.model)
        view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        view.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        view.setAlternatingRowColors(True)
        view.setShowGrid(False)
        view.setWordWrap(False)
        view.setTabKeyNavigation(False)
        view.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerItem)
        view.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        view.verticalHeader().hide()
        view.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        view.verticalHeader().setDefaultSectionSize(px(30))
        header = view.horizontalHeader()
        header.setFixedHeight(px(34))
        header.setMinimumSectionSize(px(24))
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setHighlightSections(False)
        header.setSectionsClickable(True)
        header.setSortIndicatorShown(False)
        header.setStretchLastSection(True)
        view.setColumnWidth(0, px(26))
        for place, item in enumerate(self.model.columns, 1):
            view.setColumnWidth(place, self._keep.column_width(self._name, item.name, px(item.width)))
        header.sectionClicked.connect(self._sort_by)
        header.sectionResized.connect(self._keep_columns)
        view.doubleClicked.connect(lambda index: self.opened.emit(self.model.ids[index.row()]))
        view.entered_line.connect(lambda line: self.opened.emit(self.model.ids[line]))
        view.selectionModel().currentRowChanged.connect(self._row_changed)

    def _build(self, empty_hint: str) -> None:
        self.count_label = text_label("", "hint", name=f"{self._name}Count")
        self.empty_label = text_label(
            empty_hint or _("这里还没有记录"), "soft", wrap=True, name=f"{self._name}EmptyHint"
        )
        self.empty_label.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.add_button = button(
            _("登记第一条"), f"{self._name}FirstButton", self.add_wanted.emit, kind="primary"
        )
        middle = Qt.AlignmentFlag.AlignHCenter
        empty = QWidget()
        box = column(1, self.empty_label, gap=14, margins=(24, 24, 24, 24))
        box.addWidget(self.add_button, 0, middle)
        box.addStretch(2)
        empty.setLayout(box)
        self.stack = QStackedWidget()
        self.stack.addWidget(self.view)
        self.stack.addWidget(empty)
        foot = QWidget()
        foot.setLayout(column(self.count_label, margins=(12, 2, 12, 4), gap=0))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.filters)
        layout.addWidget(self.stack, 1)
        layout.addWidget(foot)

    # -- filling ---------------------------------------------------------------------------------------------------

    def reload(self) -> None:
        """Asks for the ids again with the filters and the order in force."""
        asked = self.filters.query()
        self.query = replace(asked, sort=self.query.sort, descending=self.query.descending)
        self._asked += 1
        mine = self._asked
        self._wanted_id = self.current_id or self._wanted_id
        self._find(self.query, lambda ids: self._show(mine, ids))

    def _show(self, asked: int, ids: list[str]) -> None:
        if asked != self._asked:
            return
        self.model.show_ids(ids)
        is_filtered = self.filters.is_active
        self.stack.setCurrentIndex(0 if ids or is_filtered else 1)
        words = _("共 {count} 条").format(count=f"{len(ids):,}")
        if is_filtered and not ids:
            words = _("没有符合条件的记录，请放宽条件（按 Esc 清空）")
        self.count_label.setText(words)
        if self._wanted_id:
            self.select(self._wanted_id)
        self.loaded.emit(len(ids))

    def refresh(self) -> None:
        """Shows lines anew after a save elsewhere; new records appear too."""
        self.reload()

    @property
    def current_id(self) -> str:
        """The id of the marked line."""
        index = self.view.currentIndex()
        return self.model.ids[index.row()] if index.isValid() and index.row() < len(self.model.ids) else ""

    def selected_ids(self) -> list[str]:
        """The ids of all marked lines; all of the list when at most one is marked."""
        rows = sorted({index.row() for index in self.view.selectionModel().selectedRows()})
        return [self.model.ids[line] for line in rows] if len(rows) > 1 else list(self.model.ids)

    def select(self, record_id: str) -> None:
        """Marks a line, now or when the list has come."""
        self._wanted_id = record_id
        if record_id in self.model.ids:
            self._wanted_id = ""
            index = self.model.index(self.model.ids.index(record_id), 1)
            self.view.setCurrentIndex(index)
            self.view.scrollTo(index)

    def _row_changed(self, current: QModelIndex, _previous: QModelIndex) -> None:
        if current.isValid():
            self.selected.emit(self.model.ids[current.row()])

    def _sort_by(self, section: int) -> None:
        if not section:
            return
        name = self.model.columns[section - 1].name
        descending = not self.query.descending if self.query.sort == name else False
        self.query = replace(self.query, sort=name, descending=descending)
        header = self.view.horizontalHeader()
        header.setSortIndicatorShown(True)
        order = Qt.SortOrder.DescendingOrder if descending else Qt.SortOrder.AscendingOrder
        header.setSortIndicator(section, order)
        self.reload()

    def _keep_columns(self, section: int, _old: int, _new: int) -> None:
        # The last column fills what is left, which is no choice of anybody.
        if 0 < section < len(self.model.columns):
            header = self.view.horizontalHeader()
            widths = {
                item.name: header.sectionSize(place) for place, item in enumerate(self.model.columns[:-1], 1)
            }
            self._keep.put(f"columns:{self._name}", widths)
