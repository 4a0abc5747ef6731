"""Icons by name from `resources/icons`, drawn in the colour that is asked for."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QByteArray, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from desktop.widgets.theme import COLOURS, RESOURCES


@lru_cache(maxsize=256)
def icon(name: str, colour: str = "text_soft") -> QIcon:
    """The icon of that name in a colour of the theme; drawn sharp for one, two and three times scaling.

    Errors:  FileNotFoundError when the release lacks the picture.
    """
    drawing = (RESOURCES / "icons" / f"{name}.svg").read_text(encoding="utf-8")
    renderer = QSvgRenderer(QByteArray(drawing.replace("currentColor", COLOURS[colour]).encode()))
    made = QIcon()
    for pixels in (16, 20, 24, 32, 48, 64):
        picture = QPixmap(pixels, pixels)
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        renderer.render(painter)
        painter.end()
        made.addPixmap(picture)
    return made
