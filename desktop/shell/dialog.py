"""The frame of every larger dialog: title, practice mark, a body that scrolls, one button that does it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QDialog, QVBoxLayout, QWidget

from desktop.base.text import _
from desktop.widgets.blocks import button, frame, row, scrolled, text_label
from desktop.widgets.line_edit import ENTER_KEYS
from desktop.widgets.theme import MARKS, px


class FormDialog(QDialog):
    """Opens with `open()`; Enter in a field moves on, Ctrl+S does it, Esc leaves."""

    def __init__(self, parent: QWidget, title: str, do: str, *, practice: bool = False) -> None:
        super().__init__(parent)
        mark = f"{MARKS['practice'].text} " if practice else ""
        self.setWindowTitle(f"{mark}{title}")
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.taken_button = button(do, "doButton", kind="primary", hint="Ctrl+S")
        self.leave_button = button(_("取消"), "leaveButton", self.reject, hint="Esc")
        self.problem_label = text_label("", wrap=True, name="dialogProblem")
        self.problem_label.setProperty("state", "error")
        head = row(text_label(title, "title"), 1, margins=(20, 12, 20, 8))
        if practice:
            head.addWidget(text_label(MARKS["practice"].text, "practice"))
        foot = row(self.problem_label, self.taken_button, self.leave_button, margins=(20, 8, 20, 8))
        foot.setStretch(0, 1)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(0)
        self._layout.addLayout(head)
        self._layout.addWidget(frame("foot", foot))
        for keys in ("Ctrl+S", "Ctrl+Return"):
            QShortcut(QKeySequence(keys), self).activated.connect(self.taken_button.click)

    def set_body(self, body: QWidget, *, width: int = 560, height: int = 320) -> None:
        """Puts the content between head and foot, never larger than the screen."""
        holder = QWidget()
        inner = QVBoxLayout(holder)
        inner.setContentsMargins(px(16), 0, px(16), px(8))
        inner.addWidget(body)
        self._layout.insertWidget(1, scrolled(holder), 1)
        room = QGuiApplication.primaryScreen().availableSize()
        self.resize(min(px(width), room.width() - 40), min(px(height + 110), room.height() - 60))

    def tell(self, words: str) -> None:
        """Says beside the buttons what is wrong."""
        self.problem_label.setText(f"✕ {words}" if words else "")

    def set_busy(self, is_busy: bool) -> None:
        """Keeps the button from being pressed twice."""
        self.taken_button.setEnabled(not is_busy)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        # Enter belongs to the fields; a dialog never closes by it.
        if event.key() in ENTER_KEYS:
            event.accept()
            return
        super().keyPressEvent(event)
