"""Qt gives back every reference to None that it takes.

WORKAROUND(PySide6 6.12.0 on Python 3.11): there each call that returns nothing loses one reference, and the program
aborts after some thousands of them. This test decides about any later version.
"""

from __future__ import annotations

import sys
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QEvent, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QApplication, QLabel, QStyledItemDelegate, QStyleOptionViewItem, QTableView
from pytestqt.qtbot import QtBot

ROUNDS = 100
Index = QModelIndex | QPersistentModelIndex


class _Label(QLabel):
    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        painter.drawText(2, 12, "警务室")
        painter.end()


class _Table(QAbstractTableModel):
    def rowCount(self, parent: Index | None = None) -> int:
        return 5

    def columnCount(self, parent: Index | None = None) -> int:
        return 3

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        return "走访" if role == Qt.ItemDataRole.DisplayRole else None


class _Delegate(QStyledItemDelegate):
    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        super().paint(painter, option, index)


class _Filter(QObject):
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        return False


def test_none_count_stays_flat_over_many_repaints(qtbot: QtBot, qapp: QApplication) -> None:
    label, table, model, watcher = _Label("一"), QTableView(), _Table(), _Filter()
    delegate = _Delegate(table)
    qtbot.addWidget(label)
    qtbot.addWidget(table)
    table.setModel(model)
    table.setItemDelegate(delegate)
    table.viewport().installEventFilter(watcher)
    label.show()
    table.show()

    def work(turn: int) -> None:
        label.setText(f"第{turn}次")
        label.repaint()
        table.resize(300 + turn % 7, 200)
        model.layoutChanged.emit()
        qapp.processEvents()
        label.grab()

    work(0)  # the first round fills caches
    before = sys.getrefcount(None)
    for turn in range(1, ROUNDS):
        work(turn)

    assert abs(sys.getrefcount(None) - before) < 50
