"""The rows inside a record (parties, clauses) as a grid like a spreadsheet: type, Tab on, paste from a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field as dataclass_field
from typing import Any

from PySide6.QtCore import (
    QAbstractItemModel,
    QAbstractTableModel,
    QEvent,
    QItemSelectionModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QAbstractItemDelegate,
    QAbstractItemView,
    QApplication,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from desktop.base.text import _
from desktop.database.fields import Field, FieldType
from desktop.widgets.blocks import button, row, text_label
from desktop.widgets.chooser import Choice, ChooserEdit
from desktop.widgets.editors import Editor, FieldLine, FormFacts, Titles, typed_words
from desktop.widgets.line_edit import ENTER_KEYS, LineEdit
from desktop.widgets.theme import colour, px

Index = QModelIndex | QPersistentModelIndex
DISPLAY = int(Qt.ItemDataRole.DisplayRole)
EDIT = int(Qt.ItemDataRole.EditRole)
BACKGROUND = int(Qt.ItemDataRole.BackgroundRole)
TOOLTIP = int(Qt.ItemDataRole.ToolTipRole)
YES_NO: tuple[Choice, ...] = (("是", "是"), ("否", "否"))
WIDTHS = {
    FieldType.PERSON_NAME: 110,
    FieldType.IDENTITY_NUMBER: 180,
    FieldType.PHONE: 120,
    FieldType.LONG_TEXT: 260,
    FieldType.BOOLEAN: 70,
    FieldType.INTEGER: 80,
    FieldType.DATE: 110,
    FieldType.TIME: 70,
}


@dataclass
class GridRow:
    """One row: its id when it is saved already, what each cell holds, and the titles of what was chosen.

    Shape:   `begun_with` is what a new row was filled with before anybody typed.
    """

    id: str = ""
    values: dict[str, Any] = dataclass_field(default_factory=dict)
    titles: dict[str, str] = dataclass_field(default_factory=dict)
    begun_with: dict[str, Any] = dataclass_field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        """Nothing was entered."""
        return not self.id and all(
            value in ("", None, []) or value == self.begun_with.get(name)
            for name, value in self.values.items()
        )


class GridModel(QAbstractTableModel):
    """The rows as the table shows them."""

    edited = Signal()

    def __init__(self, fields: Sequence[Field], facts: FormFacts) -> None:
        super().__init__()
        self.fields = list(fields)
        self.facts = facts
        self.grid_rows: list[GridRow] = []
        self.problems: dict[tuple[int, str], str] = {}

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        return 0 if parent.isValid() else len(self.grid_rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        return 0 if parent.isValid() else len(self.fields)

    def flags(self, index: Index) -> Qt.ItemFlag:
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsEditable

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = DISPLAY) -> Any:
        if role != DISPLAY:
            return None
        if orientation == Qt.Orientation.Vertical:
            return str(section + 1)
        field = self.fields[section]
        return f"{_(field.label)} *" if field.required else _(field.label)

    def data(self, index: Index, role: int = DISPLAY) -> Any:
        field = self.fields[index.column()]
        if role in (DISPLAY, EDIT):
            return self.shown(index.row(), field)
        if role not in (BACKGROUND, TOOLTIP):
            return None
        problem = self.problems.get((index.row(), field.name))
        if role == TOOLTIP:
            return problem
        return colour("bad_light") if problem else None

    def shown(self, place: int, field: Field) -> str:
        """The words of one cell."""
        grid_row = self.grid_rows[place]
        value = grid_row.values.get(field.name)
        if value in (None, "", []):
            return ""
        if field.type is FieldType.BOOLEAN and isinstance(value, bool):
            return _("是") if value else _("否")
        if field.type in (FieldType.CHOICE, FieldType.CHOICES):
            known = self.facts.codes.of(field.codes)
            values = value if isinstance(value, list) else [value]
            return "、".join(known.get(str(one), str(one)) for one in values)
        return grid_row.titles.get(field.name) or typed_words(field, value)

    def put(self, place: int, field: Field, value: Any, title: str = "") -> None:
        """Sets one cell."""
        grid_row = self.grid_rows[place]
        if grid_row.values.get(field.name, "") == value:
            return
        grid_row.values[field.name] = value
        grid_row.titles.pop(field.name, None)
        if title:
            grid_row.titles[field.name] = title
        self.problems.pop((place, field.name), None)
        cell = self.index(place, self.fields.index(field))
        self.dataChanged.emit(cell, cell)
        self.edited.emit()

    def add(self, grid_row: GridRow) -> int:
        """Appends a row and gives its place."""
        place = len(self.grid_rows)
        self.beginInsertRows(QModelIndex(), place, place)
        self.grid_rows.append(grid_row)
        self.endInsertRows()
        self.edited.emit()
        return place

    def remove(self, place: int) -> None:
        """Takes a row out."""
        self.beginRemoveRows(QModelIndex(), place, place)
        self.grid_rows.pop(place)
        self.problems = {}
        self.endRemoveRows()
        self.edited.emit()

    def put_all(self, rows: list[GridRow]) -> None:
        """Shows other rows."""
        self.beginResetModel()
        self.grid_rows = rows
        self.problems = {}
        self.endResetModel()

    def tell_problems(self, problems: Mapping[tuple[int, str], str]) -> None:
        """Marks cells as wrong."""
        self.problems = dict(problems)
        if self.grid_rows:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self.grid_rows) - 1, len(self.fields) - 1))


class GridDelegate(QStyledItemDelegate):
    """Makes the line for one cell; Enter and Tab settle it and go to the next cell."""

    moved = Signal(bool)

    def __init__(self, model: GridModel) -> None:
        super().__init__()
        self._model = model

    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: Index) -> QWidget:
        field = self._model.fields[index.column()]
        facts = self._model.facts
        line: LineEdit
        if field.type is FieldType.CHOICE:
            line = ChooserEdit(parent, options=list(facts.codes.of(field.codes).items()))
        elif field.type is FieldType.BOOLEAN:
            line = ChooserEdit(parent, options=YES_NO)
        elif field.type is FieldType.LINK:
            line = ChooserEdit(
                parent, search=lambda typed, done: facts.search_links(line, field.target, typed, done)
            )
        else:
            line = FieldLine(field, facts, parent)
        line.enter_moves_on = False
        line.setProperty("look", "cell")
        line.setObjectName("cellEdit")
        return line

    def setEditorData(self, editor: QWidget, index: Index) -> None:
        field = self._model.fields[index.column()]
        value = self._model.grid_rows[index.row()].values.get(field.name) or ""
        shown = self._model.shown(index.row(), field)
        if isinstance(editor, ChooserEdit):
            editor.show_choice(str(value), shown)
        elif isinstance(editor, LineEdit):
            editor.setText(shown)
        if isinstance(editor, LineEdit):
            editor.selectAll()

    def setModelData(self, editor: QWidget, model: QAbstractItemModel, index: Index) -> None:
        field = self._model.fields[index.column()]
        if isinstance(editor, ChooserEdit):
            editor.take_current()
            self._model.put(index.row(), field, editor.raw(), editor.text() if editor.key else "")
        elif isinstance(editor, LineEdit):
            stored = self._model.grid_rows[index.row()].values.get(field.name)
            if editor.text() != self._model.shown(index.row(), field) or not stored:
                self._model.put(index.row(), field, editor.text())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if (
            event.type() == QEvent.Type.KeyPress
            and isinstance(event, QKeyEvent)
            and isinstance(watched, LineEdit)
        ):
            if watched.is_composing:
                return False
            back = event.key() == Qt.Key.Key_Backtab
            if event.key() in (*ENTER_KEYS, Qt.Key.Key_Tab) or back:
                self.commitData.emit(watched)
                self.closeEditor.emit(watched, QAbstractItemDelegate.EndEditHint.NoHint)
                self.moved.emit(back)
                return True
        return super().eventFilter(watched, event)


class GridView(QTableView):
    """The table; typing starts editing, Delete empties a cell, Ctrl+V takes a block of a spreadsheet."""

    pasted = Signal(str)
    emptied = Signal()
    entered = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Paste):
            self.pasted.emit(QApplication.clipboard().text())
        elif event.key() == Qt.Key.Key_Delete:
            self.emptied.emit()
        elif event.key() in ENTER_KEYS and self.state() != QAbstractItemView.State.EditingState:
            self.entered.emit()
        else:
            super().keyPressEvent(event)


class ChildGrid(Editor):
    """A list of child rows to fill in."""

    def __init__(self, field: Field, facts: FormFacts) -> None:
        super().__init__(field, facts)
        self.columns = [one for one in field.fields if not one.by_step and one.type is not FieldType.CHILDREN]
        self.model = GridModel(self.columns, facts)
        self.table = GridView()
        self.table.setObjectName(f"{field.name}Table")
        self.table.setProperty("look", "grid")
        self._is_locked = False
        self._set_up_table()
        self._build()
        self.model.edited.connect(self.edited)
        self.model.rowsInserted.connect(self._fit_height)
        self.model.rowsRemoved.connect(self._fit_height)
        self.model.modelReset.connect(self._fit_height)
        self._fit_height()

    def _set_up_table(self) -> None:
        table = self.table
        table.setModel(self.model)
        self._delegate = GridDelegate(self.model)
        self._delegate.moved.connect(self._go_on)
        table.setItemDelegate(self._delegate)
        table.setEditTriggers(
            QAbstractItemView.EditTrigger.AnyKeyPressed
            | QAbstractItemView.EditTrigger.DoubleClicked
            | QAbstractItemView.EditTrigger.SelectedClicked
            | QAbstractItemView.EditTrigger.EditKeyPressed
        )
        table.setTabKeyNavigation(False)
        table.setWordWrap(False)
        table.verticalHeader().setDefaultSectionSize(px(30))
        table.verticalHeader().setMinimumWidth(px(28))
        table.horizontalHeader().setFixedHeight(px(32))
        table.horizontalHeader().setHighlightSections(False)
        table.horizontalHeader().setStretchLastSection(True)
        table.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        for place, field in enumerate(self.columns):
            width = max(WIDTHS.get(field.type, 120), len(_(field.label)) * 15 + 28)
            table.setColumnWidth(place, px(width))
        table.pasted.connect(self.paste)
        table.emptied.connect(self._empty_cell)
        table.entered.connect(self._edit_current)

    def _build(self) -> None:
        name = self.field.name
        self.add_button = button(_("添加一行"), f"{name}AddButton", self.add_row, kind="quiet")
        self.copy_button = button(
            _("复制上一行"),
            f"{name}CopyButton",
            self.copy_last_row,
            kind="quiet",
            hint=_("照最后一行再添一行"),
        )
        self.remove_button = button(_("去掉这一行"), f"{name}RemoveButton", self.remove_row, kind="quiet")
        self.empty_label = text_label(_("还没有内容，按“添加一行”开始；也可以从表格里复制后粘贴"), "hint")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(px(4))
        layout.addWidget(self.empty_label)
        layout.addWidget(self.table)
        layout.addLayout(row(self.add_button, self.copy_button, self.remove_button, 1, gap=4))

    def _fit_height(self) -> None:
        count = len(self.model.grid_rows)
        self.table.setVisible(count > 0)
        # A proxy that is hidden would stop Tab for good.
        self.setFocusProxy(self.table if count else self.add_button)
        self.empty_label.setVisible(count == 0)
        self.copy_button.setEnabled(count > 0 and not self._is_locked)
        self.remove_button.setEnabled(count > 0 and not self._is_locked)
        self.table.setFixedHeight(px(32) + px(30) * max(1, min(count, 8)) + px(18))

    def value(self) -> Any:
        # What has no column, such as the link to the parent, was shown to nobody and is nobody's to send back.
        shown = {field.name for field in self.columns}
        return [
            {name: held for name, held in one.values.items() if name in shown}
            | ({"id": one.id} if one.id else {})
            for one in self.model.grid_rows
            if not one.is_empty
        ]

    def show_value(self, value: Any, titles: Titles) -> None:
        rows: list[GridRow] = []
        for item in value or ():
            held = {key: held_value for key, held_value in item.items() if key != "id"}
            shown = {
                field.name: titles.get((field.target, str(held.get(field.name))), "")
                for field in self.columns
                if field.type is FieldType.LINK and held.get(field.name)
            }
            rows.append(GridRow(str(item.get("id", "")), held, shown))
        self.model.put_all(rows)

    def set_locked(self, locked: bool) -> None:
        self._is_locked = locked
        self.table.setEnabled(not locked)
        for one in (self.add_button, self.copy_button, self.remove_button):
            one.setEnabled(not locked)

    def tell_problems(self, problems: Mapping[tuple[int, str], str]) -> None:
        """Marks cells by row (from 0, empty rows not counted) and field name."""
        filled = [place for place, one in enumerate(self.model.grid_rows) if not one.is_empty]
        self.model.tell_problems(
            {(filled[place], name): words for (place, name), words in problems.items() if place < len(filled)}
        )

    def add_row(self) -> None:
        """Adds an empty row and starts in its first cell."""
        self._start(self.model.add(self._new_row()))

    def _new_row(self) -> GridRow:
        known = {field.name: field.default_value for field in self.columns if field.default_value is not None}
        return GridRow(values=dict(known), begun_with=known)

    def copy_last_row(self) -> None:
        """Adds a row that holds what the last one holds."""
        if self.model.grid_rows:
            last = self.model.grid_rows[-1]
            self._start(self.model.add(GridRow("", dict(last.values), dict(last.titles))))

    def remove_row(self) -> None:
        """Takes the current row out, or the last one."""
        place = self.table.currentIndex().row()
        if self.model.grid_rows:
            self.model.remove(place if place >= 0 else len(self.model.grid_rows) - 1)

    def _start(self, place: int) -> None:
        self.table.setFocus()
        self.table.setCurrentIndex(self.model.index(place, 0))
        self.table.edit(self.model.index(place, 0))

    def _edit_current(self) -> None:
        if self.table.currentIndex().isValid():
            self.table.edit(self.table.currentIndex())

    def _go_on(self, back: bool) -> None:
        """To the next cell; behind the last one a new row, unless the last row is still empty: then out of the grid."""
        now = self.table.currentIndex()
        place = now.row() * len(self.columns) + now.column() + (-1 if back else 1)
        if place < 0:
            self.table.focusPreviousChild()
            return
        line, column = divmod(place, len(self.columns))
        if line >= len(self.model.grid_rows):
            if self.model.grid_rows[-1].is_empty:
                self.add_button.setFocus()
                return
            self.model.add(self._new_row())
        target = self.model.index(line, column)
        self.table.setFocus()
        self.table.selectionModel().setCurrentIndex(target, QItemSelectionModel.SelectionFlag.ClearAndSelect)
        self.table.scrollTo(target)
        self.table.edit(target)

    def _empty_cell(self) -> None:
        now = self.table.currentIndex()
        if now.isValid():
            self.model.put(now.row(), self.columns[now.column()], "")

    def paste(self, text: str) -> None:
        """Fills cells from a block of a spreadsheet, from the current cell on; missing rows are added."""
        lines = [line.split("\t") for line in text.rstrip("\r\n").splitlines()]
        now = self.table.currentIndex()
        top, left = (now.row(), now.column()) if now.isValid() else (0, 0)
        for down, cells in enumerate(lines):
            if top + down >= len(self.model.grid_rows):
                self.model.add(self._new_row())
            for right, cell in enumerate(cells[: len(self.columns) - left]):
                self.model.put(top + down, self.columns[left + right], cell.strip())
