"""The smallest pieces of a window: headed text, cards, buttons, bars; named and dressed alike everywhere."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QLayout,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from desktop.widgets.theme import MARKS, dress, px


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


def button(
    text: str, name: str, pressed: Callable[[], object] | None = None, *, kind: str = "", hint: str = ""
) -> QPushButton:
    """A push button that is never a hidden default: Enter in a field moves on, it does not press."""
    made = QPushButton(text)
    made.setObjectName(name)
    made.setAutoDefault(False)
    if kind:
        made.setProperty("kind", kind)
    if hint:
        made.setToolTip(hint)
    if pressed is not None:
        made.clicked.connect(lambda _checked=False: pressed())
    return made


def frame(look: str, layout: QLayout | None = None, *, name: str = "") -> QFrame:
    """A frame of one of the looks of the theme, with its layout."""
    made = QFrame()
    made.setProperty("look", look)
    if name:
        made.setObjectName(name)
    if layout is not None:
        made.setLayout(layout)
    return made


def rule() -> QFrame:
    """A thin line between parts."""
    return frame("rule")


def row(
    *items: QWidget | int, margins: tuple[int, int, int, int] = (0, 0, 0, 0), gap: int = 8
) -> QHBoxLayout:
    """Widgets side by side; a number is a stretch."""
    layout = QHBoxLayout()
    _fill(layout, items, margins, gap)
    return layout


def column(
    *items: QWidget | int, margins: tuple[int, int, int, int] = (0, 0, 0, 0), gap: int = 8
) -> QVBoxLayout:
    """Widgets one below the other; a number is a stretch."""
    layout = QVBoxLayout()
    _fill(layout, items, margins, gap)
    return layout


def _fill(
    layout: QHBoxLayout | QVBoxLayout,
    items: tuple[QWidget | int, ...],
    margins: tuple[int, int, int, int],
    gap: int,
) -> None:
    layout.setContentsMargins(*(px(margin) if margin else 0 for margin in margins))
    layout.setSpacing(px(gap) if gap else 0)
    for item in items:
        if isinstance(item, int):
            layout.addStretch(item)
        else:
            layout.addWidget(item)


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
