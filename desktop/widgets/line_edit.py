"""Fields for typing that know about input methods: nothing fires while a word is being composed, Enter moves on."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QFocusEvent, QInputMethodEvent, QKeyEvent
from PySide6.QtWidgets import QLineEdit, QWidget

ENTER_KEYS = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class LineEdit(QLineEdit):
    """One line; Enter goes to the next field, Shift+Enter back, and neither while the input method composes."""

    moved_on = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.is_composing = False
        self.enter_moves_on = True

    def inputMethodEvent(self, event: QInputMethodEvent) -> None:
        self.is_composing = bool(event.preeditString())
        super().inputMethodEvent(event)

    def event(self, event: QEvent) -> bool:
        # While a word is composed its keys belong to the input method; accepted here, no shortcut sees them.
        if self.is_composing and event.type() == QEvent.Type.ShortcutOverride:
            event.accept()
            return True
        return super().event(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self.is_composing = False
        super().focusOutEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in ENTER_KEYS and self.enter_moves_on:
            plain = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
            if self.is_composing:
                event.accept()
                return
            if plain in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier):
                event.accept()
                self.moved_on.emit()
                self.focusNextPrevChild(plain == Qt.KeyboardModifier.NoModifier)
                return
        super().keyPressEvent(event)
