"""Lays widgets out like words of a text: side by side, on as many lines as they need."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtWidgets import QLayout, QLayoutItem, QSizePolicy, QSpacerItem, QWidget

from desktop.widgets.theme import px


class FlowLayout(QLayout):
    """For chips, ticks and step buttons, whose number nobody knows, and for bars that large letters make too long."""

    def __init__(self, parent: QWidget | None = None, gap: int = 6) -> None:
        super().__init__(parent)
        self._items: list[QLayoutItem] = []
        self._gap = px(gap)
        self.setContentsMargins(0, 0, 0, 0)

    def add_stretch(self) -> None:
        """What follows stands at the right end of its line."""
        self.addItem(QSpacerItem(0, 0, QSizePolicy.Policy.Expanding))

    def addItem(self, item: QLayoutItem) -> None:
        self._items.append(item)

    def count(self) -> int:
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def expandingDirections(self) -> Qt.Orientation:
        return Qt.Orientation(0)

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return self._place(QRect(0, 0, width, 0), move=False)

    def setGeometry(self, rect: QRect) -> None:
        super().setGeometry(rect)
        self._place(rect, move=True)

    def sizeHint(self) -> QSize:
        return self.minimumSize()

    def minimumSize(self) -> QSize:
        size = QSize()
        for item in self._items:
            size = size.expandedTo(item.minimumSize())
        return size.grownBy(self.contentsMargins())

    def _place(self, rect: QRect, *, move: bool) -> int:
        margins = self.contentsMargins()
        inner = rect.marginsRemoved(margins)
        top = inner.y()
        for line in self._lines(max(inner.width(), 1)):
            tallest = max(hint.height() for _item, hint in line)
            if move:
                self._place_line(line, QRect(inner.x(), top, inner.width(), tallest))
            top += tallest + self._gap
        return top - (self._gap if top > inner.y() else 0) - rect.y() + margins.bottom()

    def _lines(self, width: int) -> list[list[tuple[QLayoutItem, QSize]]]:
        """The items with their sizes, line by line; a spacer neither begins a line nor asks for room."""
        lines: list[list[tuple[QLayoutItem, QSize]]] = []
        left = 0
        for item in self._items:
            is_spacer = item.spacerItem() is not None
            if item.isEmpty() and not is_spacer:
                continue
            # What is wider than the whole line is cut there and not drawn outside.
            hint = item.sizeHint().boundedTo(QSize(width, 1 << 20))
            if not lines or (not is_spacer and left + hint.width() > width):
                lines.append([])
                left = 0
            lines[-1].append((item, hint))
            left += 0 if is_spacer else hint.width() + self._gap
        return lines

    def _place_line(self, line: list[tuple[QLayoutItem, QSize]], room: QRect) -> None:
        shown = [hint.width() for item, hint in line if item.spacerItem() is None]
        spare = room.width() - sum(shown) - self._gap * (len(shown) - 1)
        left = room.x()
        for item, hint in line:
            if item.spacerItem() is not None:
                left, spare = left + max(spare, 0), 0
                continue
            item.setGeometry(QRect(QPoint(left, room.y() + (room.height() - hint.height()) // 2), hint))
            left += hint.width() + self._gap
