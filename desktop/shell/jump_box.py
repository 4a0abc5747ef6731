"""Ctrl+K: type a name, its initials, a number or a page, and go there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QDialog, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from desktop.base.text import _
from desktop.database.search import Hit
from desktop.shell.desk import Desk
from desktop.widgets.blocks import text_label
from desktop.widgets.chooser import matching
from desktop.widgets.line_edit import ENTER_KEYS, LineEdit
from desktop.widgets.theme import px

PAUSE_MS = 120
MOST_HITS = 30


@dataclass(frozen=True)
class Target:
    """Where a line of the box leads: a page of the navigation, a new form, or a record."""

    page: str = ""
    kind: str = ""
    id: str = ""


class JumpEdit(LineEdit):
    """The line of the box; up and down move in the list below it."""

    stepped = Signal(int)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1, Qt.Key.Key_PageUp: -8, Qt.Key.Key_PageDown: 8}
        key = Qt.Key(event.key())
        if key in steps and not self.is_composing:
            self.stepped.emit(steps[key])
            event.accept()
            return
        super().keyPressEvent(event)


class JumpBox(QDialog):
    """A line and what it finds; Enter goes to the marked one."""

    record_chosen = Signal(str, str)
    entry_chosen = Signal(str)
    page_chosen = Signal(str)

    def __init__(self, parent: QWidget, desk: Desk, pages: Sequence[tuple[str, str]]) -> None:
        super().__init__(parent)
        self.setObjectName("jumpBox")
        self.setWindowTitle(_("查找"))
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.desk = desk
        self._pages = list(pages)
        self._asked = 0
        self.edit = JumpEdit()
        self.edit.setObjectName("jumpEdit")
        self.edit.setProperty("look", "jump")
        self.edit.enter_moves_on = False
        self.edit.setPlaceholderText(_("姓名、首字母（如 zs）、编号、电话后四位，或页面名称"))
        self.list = QListWidget()
        self.list.setObjectName("jumpList")
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.hint_label = text_label(_("上下键选择，回车打开，Esc 关闭"), "hint", name="jumpHint")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(px(14), px(14), px(14), px(10))
        for one in (self.edit, self.list, self.hint_label):
            layout.addWidget(one)
        self.resize(px(620), px(420))
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(PAUSE_MS)
        self._pause.timeout.connect(self._search)
        self.edit.textEdited.connect(lambda _text: self._pause.start())
        self.edit.stepped.connect(self._step)
        self.list.itemClicked.connect(self._go)
        self._show_pages("")

    def _step(self, by: int) -> None:
        self.list.setCurrentRow(max(0, min(self.list.count() - 1, self.list.currentRow() + by)))

    def _search(self) -> None:
        typed = self.edit.text().strip()
        self._asked += 1
        mine = self._asked
        if not typed:
            self._show_pages("")
            return
        office = self.desk.office
        self.desk.runner.run(
            lambda: office.find(typed, MOST_HITS), lambda hits: self._show(mine, typed, hits), owner=self
        )

    def _show_pages(self, typed: str) -> None:
        self.list.clear()
        self._add_pages(typed)
        self.list.setCurrentRow(0)

    def _add_pages(self, typed: str) -> None:
        for name, label in matching(self._pages, typed)[:8]:
            if name.startswith("+"):
                self._add(label, Target(kind=name[1:]))
            else:
                self._add(_("打开　{page}").format(page=label), Target(page=name))

    def _show(self, asked: int, typed: str, hits: Sequence[Hit]) -> None:
        if asked != self._asked:
            return
        self.list.clear()
        registry = self.desk.office.registry
        for hit in hits:
            facts = "　".join(
                word for word in (registry.kind(hit.kind).label, hit.on_day, hit.serial_no) if word
            )
            self._add(f"{hit.title or hit.serial_no}\n{facts}", Target(kind=hit.kind, id=hit.record_id))
        self._add_pages(typed)
        words = (
            _("找到 {count} 条").format(count=len(hits))
            if hits
            else _("没有找到记录；换几个字，或只输首字母试试")
        )
        self.hint_label.setText(words)
        self.list.setCurrentRow(0)

    def _add(self, words: str, target: Target) -> None:
        item = QListWidgetItem(words)
        item.setData(Qt.ItemDataRole.UserRole, target)
        self.list.addItem(item)

    def _go(self, item: QListWidgetItem | None) -> None:
        if item is None:
            return
        target: Target = item.data(Qt.ItemDataRole.UserRole)
        self.accept()
        if target.page:
            self.page_chosen.emit(target.page)
        elif target.id:
            self.record_chosen.emit(target.kind, target.id)
        else:
            self.entry_chosen.emit(target.kind)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in ENTER_KEYS:
            event.accept()
            if not self.edit.is_composing:
                self._go(self.list.currentItem())
            return
        super().keyPressEvent(event)
