"""The smallest pieces of a window: headed text, cards, buttons, bars; named and dressed alike everywhere."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QLabel,
    QLayout,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QWidget,
)

from desktop.widgets.boxes import button, column, frame, row
from desktop.widgets.flow_layout import FlowLayout
from desktop.widgets.theme import MARKS, dress, px

__all__ = [
    "ItemButton",
    "badge",
    "button",
    "clear",
    "column",
    "flow",
    "frame",
    "hide_unless",
    "row",
    "rule",
    "scrolled",
    "tell_state",
    "text_label",
]


def text_label(text: str = "", look: str = "", *, name: str = "", wrap: bool = False) -> QLabel:
    """A piece of plain text; never rich text, so that what people typed cannot become markup."""
    label = QLabel(text)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(wrap)
    if look:
        label.setProperty("look", look)
    if name:
        label.setObjectName(name)
    return label


def badge(mark: str, text: str = "") -> QLabel:
    """A small coloured plate with the sign and word of a mark, or with the sign and another text."""
    known = MARKS[mark]
    label = text_label(f"{known.sign} {text}" if text else known.text, "badge")
    states = {"ok": "ok", "warn": "warn", "bad": "bad", "text_faint": "faint", "practice": "warn"}
    label.setProperty("state", states.get(known.colour, "info"))
    return label


class ItemButton(QPushButton):
    """A line to press, cut with three dots where it does not fit; the whole of it is one touch away."""

    def __init__(self, words: str, name: str) -> None:
        super().__init__(words)
        self._words = words
        self.setObjectName(name)
        self.setProperty("kind", "item")
        self.setAutoDefault(False)
        self.setToolTip(words)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setMinimumWidth(px(60))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        room = self.width() - px(20)
        self.setText(self.fontMetrics().elidedText(self._words, Qt.TextElideMode.ElideRight, room))


def flow(
    *items: QWidget | int, margins: tuple[int, int, int, int] = (0, 0, 0, 0), gap: int = 8
) -> FlowLayout:
    """As `row`, but large letters or a small window make it several lines."""
    layout = FlowLayout(gap=gap)
    layout.setContentsMargins(*(px(margin) for margin in margins))
    for item in items:
        if isinstance(item, int):
            layout.add_stretch()
        else:
            layout.addWidget(item)
    return layout


def rule() -> QFrame:
    """A thin line between parts."""
    return frame("rule")


def scrolled(body: QWidget, *, name: str = "") -> QScrollArea:
    """The widget in a frameless area that scrolls only up and down."""
    body.setProperty("look", "body")
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
    area.setWidget(body)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    if name:
        area.setObjectName(name)
    return area


def clear(layout: QLayout) -> None:
    """Takes everything out of a layout and lets it go."""
    while (item := layout.takeAt(0)) is not None:
        widget = item.widget()
        inner = item.layout()
        if widget is not None:
            widget.hide()
            widget.deleteLater()
        elif inner is not None:
            clear(inner)
            inner.deleteLater()


def hide_unless(is_wanted: bool, *widgets: QWidget) -> None:
    """Hides widgets that have no place yet; `setVisible(True)` on one would open it as a window of its own."""
    if not is_wanted:
        for widget in widgets:
            widget.hide()


def tell_state(widget: QWidget, state: str) -> None:
    """Dresses a widget for a state ("", "error", "warn", "ok") when it changed."""
    if widget.property("state") != state:
        dress(widget, state=state)
