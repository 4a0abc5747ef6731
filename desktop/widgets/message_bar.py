"""Sentences at the top of the window that ask for nothing: saved, refused, failed. They never cover what is typed."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QFrame, QWidget

from desktop.base.errors import EnvironmentFault, Failure
from desktop.base.text import _
from desktop.widgets.blocks import button, row, tell_state, text_label
from desktop.widgets.theme import dress

SIGNS = {"ok": "✓", "warn": "▲", "error": "✕", "info": "■"}
GOOD_NEWS_MS = 6000


class MessageBar(QFrame):
    """One line for the newest message; good news goes away by itself, bad news waits to be closed."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("messageBar")
        self.setProperty("look", "message")
        self.words = text_label(wrap=True, name="messageText")
        self.action_button = button("", "messageActionButton", self._act, kind="quiet")
        self.close_button = button(_("知道了"), "messageCloseButton", self.hide, kind="quiet")
        layout = row(self.words, self.action_button, self.close_button, margins=(16, 4, 8, 4))
        layout.setStretch(0, 1)
        self.setLayout(layout)
        self._action: Callable[[], None] | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.hide)
        self.hide()

    @property
    def text(self) -> str:
        """What it says now; empty when it is hidden."""
        return self.words.text() if not self.isHidden() else ""

    def tell(
        self, text: str, state: str = "ok", *, action: str = "", act: Callable[[], None] | None = None
    ) -> None:
        """Shows a sentence, with one thing that can be done about it."""
        self.words.setText(f"{SIGNS[state]}  {text}")
        tell_state(self, state)
        dress(self.words, state="")
        self._action = act
        self.action_button.setText(action)
        self.action_button.setVisible(act is not None)
        self.show()
        if state == "ok":
            self._timer.start(GOOD_NEWS_MS)
        else:
            self._timer.stop()

    def tell_failure(self, failure: Failure) -> None:
        """Shows a failure in its own words; the code stands last, for the telephone."""
        state = "error" if isinstance(failure, EnvironmentFault) else "warn"
        self.tell(f"{failure.sentence}  [{failure.code}]", state)

    def _act(self) -> None:
        action, self._action = self._action, None
        self.hide()
        if action is not None:
            action()
