"""Buttons, frames, rows and columns: what the password page is made of.

The names of the `Qt` namespace are not imported here: making them takes as long as a third of an empty window, and
the first paint must not wait for them.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QLayout, QPushButton, QVBoxLayout, QWidget

from desktop.widgets.theme import px


def fixed_label(text: str, look: str = "", *, name: str = "") -> QLabel:
    """A piece of our own text, wrapped; what people typed goes into `blocks.text_label`."""
    label = QLabel(text)
    label.setWordWrap(True)
    label.setProperty("look", look)
    label.setObjectName(name)
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
