"""Typing as an officer does: keys for letters, an input method for Chinese (QTest.keyClicks aborts on it)."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QInputMethodEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget


def compose(widget: QWidget, letters: str) -> None:
    """Begins a word in the input method: the letters are underlined and not yet in the field."""
    QCoreApplication.sendEvent(widget, QInputMethodEvent(letters, []))


def commit(widget: QWidget, text: str) -> None:
    """Takes a word from the input method into the field."""
    event = QInputMethodEvent("", [])
    event.setCommitString(text)
    QCoreApplication.sendEvent(widget, event)


def press(
    widget: QWidget, key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier
) -> None:
    """Presses one key."""
    QTest.keyClick(widget, key, modifier)


def type_text(widget: QWidget, text: str) -> None:
    """Types letters by keys and everything else by the input method."""
    for sign in text:
        if sign.isascii() and sign != "\n":
            QTest.keyClicks(widget, sign)
        else:
            commit(widget, sign)
