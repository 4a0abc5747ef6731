"""The month grid: people by days, filled with the keyboard alone; it shows and emits, and never fetches.

Arrows move, a duty's letter or number writes it, Shift adds it beside, Space repeats the last, Delete clears, Ctrl+D
copies the cell to the left, * makes the person the day's leader, Ctrl+Z takes back, Ctrl+S saves.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from datetime import date
from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    Qt,
    Signal,
)
from PySide6.QtGui import QBrush, QFont, QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from desktop.base.days import short_weekday
from desktop.base.text import N_, _
from desktop.patrol import rules
from desktop.patrol.rules import Clash, PlannedShift
from desktop.patrol.ui.month_draft import Cell, MonthDraft
from desktop.widgets.blocks import text_label
from desktop.widgets.theme import LARGE_SCALE, colour, process_theme, px

AnyIndex = QModelIndex | QPersistentModelIndex
LEAD_SIGN, CLASH_SIGN, CHANGED_SIGN = "*", "▲", "•"
ON_LEAVE = "假"
COUNT_LABELS = (N_("班次"), N_("夜班"))
CELL_WIDTH, CELL_HEIGHT, COUNT_WIDTH = 32, 30, 40
LIST_HEIGHT, HEADER_HEIGHT = 110, 44
CLASH_ROLE = Qt.ItemDataRole.UserRole + 1

Role = Qt.ItemDataRole


class ShiftTableModel(QAbstractTableModel):
    """People by days, two counts at the right, the people of each day in the last row."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.draft: MonthDraft | None = None
        self.clashes: list[Clash] = []
        self._sentences: dict[Cell, list[str]] = {}

    def show_draft(self, draft: MonthDraft) -> None:
        """Shows another month."""
        self.beginResetModel()
        self.draft = draft
        self._judge()
        self.endResetModel()

    def refresh(self) -> None:
        """Shows the same month after a change."""
        self._judge()
        last = self.index(max(0, self.rowCount() - 1), max(0, self.columnCount() - 1))
        self.dataChanged.emit(self.index(0, 0), last)

    def _judge(self) -> None:
        draft = self.draft
        self.clashes = [] if draft is None else draft.clashes()
        self._sentences = {}
        for clash in self.clashes:
            for shift in (clash.shift, clash.other):
                if shift is not None:
                    cell = (shift.staff_id, shift.on)
                    self._sentences.setdefault(cell, []).append(self.sentence(clash))

    def sentence(self, clash: Clash) -> str:
        """A clash in words."""
        if self.draft is None:
            return ""
        names = {person.id: person.name for person in self.draft.people}
        duties = {duty.code: duty.label for duty in self.draft.plan.duties}
        return rules.clash_sentence(clash, names, duties)

    def cell_at(self, index: AnyIndex) -> Cell | None:
        """The person and day of an index; nothing for counts."""
        draft = self.draft
        if draft is None or not index.isValid():
            return None
        if index.row() >= len(draft.people) or index.column() >= len(draft.days):
            return None
        return draft.people[index.row()].id, draft.days[index.column()]

    def index_of(self, cell: Cell) -> QModelIndex:
        """Where a person's day stands."""
        if self.draft is None:
            return QModelIndex()
        rows = [place for place, person in enumerate(self.draft.people) if person.id == cell[0]]
        if not rows or cell[1] not in self.draft.days:
            return QModelIndex()
        return self.index(rows[0], self.draft.days.index(cell[1]))

    def has_clash(self, cell: Cell) -> bool:
        """Whether something is wrong with the cell."""
        return cell in self._sentences

    def words_of(self, cell: Cell) -> str:
        """What stands in a cell."""
        draft = self.draft
        if draft is None:
            return ""
        shifts = draft.shifts_at(*cell)
        if not shifts:
            return ON_LEAVE if draft.is_away(*cell) else ""
        words = "".join(self._short(shift) for shift in shifts)
        return words + (LEAD_SIGN if draft.leads(*cell) else "")

    def _short(self, shift: PlannedShift) -> str:
        duty = None if self.draft is None else self.draft.duties.get(shift.duty_type)
        return "?" if duty is None else duty.short

    # -- Qt's questions --------------------------------------------------------------------------------------------

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        return 0 if self.draft is None or parent.isValid() else len(self.draft.people) + 1

    def columnCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        return 0 if self.draft is None or parent.isValid() else len(self.draft.days) + len(COUNT_LABELS)

    def data(self, index: AnyIndex, role: int = Role.DisplayRole) -> Any:
        cell = self.cell_at(index)
        if role == Role.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignCenter
        if role == Role.DisplayRole:
            return self._count(index) if cell is None else self.words_of(cell)
        if cell is not None and role in (Role.ToolTipRole, Role.AccessibleDescriptionRole):
            return self._tip(cell)
        return None

    def _count(self, index: AnyIndex) -> str:
        draft = self.draft
        if draft is None:
            return ""
        if index.row() < len(draft.people):
            counts = draft.person_counts(draft.people[index.row()].id)
            number = counts[index.column() - len(draft.days)]
        elif index.column() < len(draft.days):
            number = draft.people_on(draft.days[index.column()])
        else:
            place = index.column() - len(draft.days)
            number = sum(draft.person_counts(person.id)[place] for person in draft.people)
        return str(number) if number else ""

    def _tip(self, cell: Cell) -> str:
        draft = self.draft
        if draft is None:
            return ""
        lines = [
            f"{duty.label} {shift.start_time:%H:%M}–{shift.end_time:%H:%M}"
            for shift in draft.shifts_at(*cell)
            if (duty := draft.duties.get(shift.duty_type)) is not None
        ]
        if draft.is_away(*cell):
            lines.append(_("这天请假"))
        if draft.leads(*cell):
            lines.append(_("这天带班"))
        if draft.is_changed(*cell):
            lines.append(_("还没有保存"))
        return "\n".join([*lines, *(f"{CLASH_SIGN} {one}" for one in self._sentences.get(cell, []))])

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Role.DisplayRole) -> Any:
        draft = self.draft
        if draft is None or role not in (Role.DisplayRole, Role.ToolTipRole):
            return None
        if orientation == Qt.Orientation.Vertical:
            if section < len(draft.people):
                person = draft.people[section]
                return person.name if role == Role.DisplayRole else person.role
            return _("人数") if role == Role.DisplayRole else None
        if section >= len(draft.days):
            return _(COUNT_LABELS[section - len(draft.days)]) if role == Role.DisplayRole else None
        mark = draft.marks[section]
        if role == Role.ToolTipRole:
            return mark.name or None
        return f"{mark.day.day}\n{mark.mark or short_weekday(mark.day)}"


class _CellPainter(QStyledItemDelegate):
    """Draws a cell: shading for rest days, hatching for leave, signs for clash and change."""

    def __init__(self, model: ShiftTableModel, parent: QWidget) -> None:
        super().__init__(parent)
        self._model = model

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        painter.save()
        rect = QRect(option.rect)
        cell, draft = self._model.cell_at(index), self._model.draft
        self._fill(painter, rect, cell, index)
        state = option.state
        font = QFont(option.font)
        if state & QStyle.StateFlag.State_Selected:
            painter.fillRect(rect, colour("select"))
        is_published = (
            cell is not None and draft is not None and any(one.is_published for one in draft.shifts_at(*cell))
        )
        font.setBold(cell is None or is_published)
        painter.setFont(font)
        painter.setPen(colour("text" if cell is not None else "text_soft"))
        painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, str(index.data() or ""))
        if cell is not None and draft is not None:
            self._sign(painter, rect, clash=self._model.has_clash(cell), changed=draft.is_changed(*cell))
        painter.restore()

    def _fill(self, painter: QPainter, rect: QRect, cell: Cell | None, index: AnyIndex) -> None:
        draft = self._model.draft
        is_rest = (
            draft is not None and index.column() < len(draft.marks) and draft.marks[index.column()].is_rest
        )
        painter.fillRect(rect, colour("raised" if cell is None else ("blue_light" if is_rest else "card")))
        if cell is not None and draft is not None and draft.is_away(*cell):
            painter.fillRect(rect, QBrush(colour("line_strong"), Qt.BrushStyle.BDiagPattern))

    def _sign(self, painter: QPainter, rect: QRect, *, clash: bool, changed: bool) -> None:
        font = painter.font()
        font.setPixelSize(px(9))
        painter.setFont(font)
        corner = rect.adjusted(1, 0, -1, 0)
        if clash:
            painter.setPen(colour("bad"))
            painter.drawText(corner, Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignRight, CLASH_SIGN)
        if changed:
            painter.setPen(colour("blue"))
            painter.drawText(corner, Qt.AlignmentFlag.AlignBottom | Qt.AlignmentFlag.AlignRight, CHANGED_SIGN)


class ShiftTable(QTableView):
    """The table itself: it turns keys into changes of the draft."""

    edited = Signal()
    save_wanted = Signal()

    def __init__(self, model: ShiftTableModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("shiftTable")
        self.setModel(model)
        self._shifts = model
        self._last_duty = ""
        self.is_read_only = False
        self.setItemDelegate(_CellPainter(model, self))
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setTabKeyNavigation(False)
        self.setCornerButtonEnabled(False)
        # Letters are duties here: an input method would hold them back and offer words.
        self.setAttribute(Qt.WidgetAttribute.WA_InputMethodEnabled, False)
        self.verticalHeader().setDefaultSectionSize(px(CELL_HEIGHT))
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.horizontalHeader().setMinimumSectionSize(px(20))
        self.horizontalHeader().setMinimumHeight(px(HEADER_HEIGHT))

    def fit_columns(self) -> None:
        """Days narrow enough that a month fits on a small screen."""
        draft = self._shifts.draft
        for place in range(self._shifts.columnCount()):
            is_day = draft is not None and place < len(draft.days)
            self.setColumnWidth(place, px(CELL_WIDTH if is_day else COUNT_WIDTH))

    def selected_cells(self) -> list[Cell]:
        """The cells that a key changes."""
        chosen = [self._shifts.cell_at(index) for index in self.selectionModel().selectedIndexes()]
        cells = [cell for cell in chosen if cell is not None]
        current = self._shifts.cell_at(self.currentIndex())
        return cells or ([current] if current is not None else [])

    def write_duty(self, code: str, *, add: bool = False) -> None:
        """Writes a duty into the selected cells."""
        draft, cells = self._shifts.draft, self.selected_cells()
        if draft is None or not cells or self.is_read_only:
            return
        self._last_duty = code
        draft.put(cells, code, add=add)
        self._tell()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self._take(event):
            event.accept()
        else:
            super().keyPressEvent(event)

    def _take(self, event: QKeyEvent) -> bool:
        key, modifiers = event.key(), event.modifiers()
        if modifiers & Qt.KeyboardModifier.ControlModifier:
            return self._take_control(key)
        if modifiers & Qt.KeyboardModifier.AltModifier:
            return False
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._move_down()
            return True
        if key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self._change(lambda draft: draft.clear(self.selected_cells()))
            return True
        if key == Qt.Key.Key_Space:
            if self._last_duty:
                self.write_duty(self._last_duty)
            return True
        return self._take_text(event.text(), add=bool(modifiers & Qt.KeyboardModifier.ShiftModifier))

    def _take_control(self, key: int) -> bool:
        if key == Qt.Key.Key_D:
            self._change(lambda draft: draft.copy_from_left(self.selected_cells()))
        elif key == Qt.Key.Key_Z:
            self._change(lambda draft: draft.undo())
        elif key == Qt.Key.Key_S:
            self.save_wanted.emit()
        else:
            return False
        return True

    def _take_text(self, text: str, *, add: bool) -> bool:
        typed = unicodedata.normalize("NFKC", text).strip().lower()
        if typed == LEAD_SIGN:
            self._toggle_lead()
            return True
        code = self.duty_for(typed)
        if code:
            self.write_duty(code, add=add)
        return bool(code) or (len(typed) == 1 and typed.isalnum())

    def duty_for(self, typed: str) -> str:
        """The duty of a letter or number: 1 to 9 are 01 to 09, 0 is 10."""
        draft = self._shifts.draft
        if draft is None or not typed:
            return ""
        code = {"0": "10"}.get(typed, typed.zfill(2)) if typed.isdigit() else ""
        if code in draft.duties:
            return code
        return next((duty.code for duty in draft.plan.duties if duty.key and duty.key == typed), "")

    def _toggle_lead(self) -> None:
        cell = self._shifts.cell_at(self.currentIndex())
        if cell is not None:
            self._change(lambda draft: draft.toggle_lead(*cell))

    def _change(self, change: Any) -> None:
        draft = self._shifts.draft
        if draft is not None and not self.is_read_only:
            change(draft)
            self._tell()

    def _tell(self) -> None:
        self._shifts.refresh()
        self.edited.emit()

    def stand_on(self, index: QModelIndex) -> None:
        """Chooses one cell and no other; Qt's own way adds to what is chosen while Ctrl is held, as after Ctrl+S."""
        how = QItemSelectionModel.SelectionFlag.ClearAndSelect
        self.selectionModel().setCurrentIndex(index, how)

    def _move_down(self) -> None:
        current = self.currentIndex()
        below = current.siblingAtRow(current.row() + 1)
        if self._shifts.cell_at(below) is not None:
            self.stand_on(below)


class ShiftGrid(QWidget):
    """The table with its legend and the list of what is wrong."""

    edited = Signal()
    save_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("shiftGrid")
        self.model = ShiftTableModel(self)
        self.table = ShiftTable(self.model)
        self.legend = text_label("", "hint", name="shiftLegendLabel", wrap=True)
        self.clash_title = text_label("", "name", name="shiftClashLabel")
        self.setFocusProxy(self.table)
        self.clash_list = QListWidget()
        self.clash_list.setObjectName("shiftClashList")
        self.clash_list.setMaximumHeight(px(LIST_HEIGHT))
        self.clash_list.itemActivated.connect(self._go_to)
        self.table.edited.connect(self._after_edit)
        self.table.save_wanted.connect(self.save_wanted)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(px(8))
        layout.addWidget(self.table, 1)
        layout.addWidget(self.legend)
        layout.addWidget(self.clash_title)
        layout.addWidget(self.clash_list)

    @property
    def draft(self) -> MonthDraft | None:
        """The month on screen."""
        return self.model.draft

    def show_draft(self, draft: MonthDraft, *, is_read_only: bool = False) -> None:
        """Shows a month; the cursor goes to the first cell, where typing begins."""
        self.table.is_read_only = is_read_only
        self.model.show_draft(draft)
        self.table.fit_columns()
        self.legend.setText(_legend(draft))
        self._show_clashes()
        if draft.people:
            self.table.stand_on(self.model.index(0, 0))

    def go_to(self, staff_id: str, day: date) -> None:
        """Puts the cursor on a person's day."""
        index = self.model.index_of((staff_id, day))
        if index.isValid():
            self.table.stand_on(index)
            self.table.setFocus()

    def _after_edit(self) -> None:
        self._show_clashes()
        self.edited.emit()

    def _show_clashes(self) -> None:
        self.clash_list.clear()
        for clash in self.model.clashes:
            item = QListWidgetItem(f"{CLASH_SIGN} {self.model.sentence(clash)}")
            item.setData(CLASH_ROLE, (clash.shift.staff_id, clash.shift.on))
            self.clash_list.addItem(item)
        count = len(self.model.clashes)
        told = _("{sign} 有 {count} 处要看一看，双击跳到那一格").format(sign=CLASH_SIGN, count=count)
        self.clash_title.setText(told if count else _("✓ 没有冲突"))
        self.clash_list.setVisible(bool(count))

    def _go_to(self, item: QListWidgetItem) -> None:
        staff_id, day = item.data(CLASH_ROLE)
        self.go_to(staff_id, day)


def _legend(draft: MonthDraft) -> str:
    """The keys of the duties and of the grid, in one paragraph."""
    duties: Sequence[str] = [
        f"{duty.key.upper()} {duty.short} {duty.label}" for duty in draft.plan.duties if duty.key
    ]
    keys = _(
        "空格 重复上一个　Delete 清除　Ctrl+D 同左格　Shift+字母 加一个班　* 带班　Ctrl+Z 撤销　Ctrl+S 保存"
    )
    is_large = process_theme.scale >= LARGE_SCALE
    return "　".join(duties) if is_large else "　".join(duties) + "\n" + keys
