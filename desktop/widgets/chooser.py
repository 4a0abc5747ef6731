"""A line that chooses: type part of a name or its pinyin initials, take one of the offered with Enter or Tab."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from functools import lru_cache

from PySide6.QtCore import QModelIndex, QStringListModel, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QFocusEvent, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QCompleter, QLineEdit, QListView, QWidget

from desktop.base.names import initials
from desktop.base.text import _
from desktop.widgets.icons import icon
from desktop.widgets.line_edit import ENTER_KEYS, LineEdit

Choice = tuple[str, str]
Search = Callable[[str, Callable[[list[Choice]], None]], None]
SEARCH_PAUSE_MS = 150


@lru_cache(maxsize=4096)
def label_initials(label: str) -> tuple[str, ...]:
    """The initials of a label; kept, because a list is looked through at every letter."""
    return initials(label)


def folded(text: str) -> str:
    """Text as it is compared: full-width as half-width, no case, no blanks around."""
    return unicodedata.normalize("NFKC", text).strip().lower()


def matching(options: Sequence[Choice], typed: str) -> list[Choice]:
    """The options that hold what was typed in their label, begin with it in their code, or match its initials."""
    want = folded(typed)
    if not want:
        return list(options)
    first = [one for one in options if folded(one[1]).startswith(want) or one[0] == want]
    inside = [one for one in options if want in folded(one[1])]
    by_sound = [one for one in options if want in " ".join(label_initials(one[1]))] if want.isascii() else []
    return list(dict.fromkeys([*first, *inside, *by_sound]))


class ChooserEdit(LineEdit):
    """One of a list; the list is given, or searched in the background while somebody types."""

    chosen = Signal(str)

    def __init__(
        self, parent: QWidget | None = None, *, options: Sequence[Choice] = (), search: Search | None = None
    ) -> None:
        super().__init__(parent)
        self._options = list(options)
        self._search = search
        self._offered: list[Choice] = []
        self._key = ""
        self._asked = 0
        self._model = QStringListModel(self)
        self._popup = QListView()
        self._completer = self._make_completer()
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(SEARCH_PAUSE_MS)
        self._pause.timeout.connect(self._ask)
        self._open_action = QAction(icon("search" if search else "arrow-down"), _("全部选项"), self)
        self._open_action.triggered.connect(lambda _checked=False: self.offer(""))
        self.addAction(self._open_action, QLineEdit.ActionPosition.TrailingPosition)
        self.textEdited.connect(self._typed)

    def _make_completer(self) -> QCompleter:
        completer = QCompleter(self._model, self)
        completer.setCompletionMode(QCompleter.CompletionMode.UnfilteredPopupCompletion)
        completer.setMaxVisibleItems(12)
        completer.setWidget(self)
        self._popup.setProperty("look", "popup")
        self._popup.setUniformItemSizes(True)
        completer.setPopup(self._popup)
        # The stub knows one signature of the signal only.
        completer.activated[QModelIndex].connect(self._take_index)  # type: ignore[index]
        return completer

    @property
    def key(self) -> str:
        """The key of what was chosen; empty while the text is only typed."""
        return self._key

    @property
    def is_open(self) -> bool:
        """Whether options are on show."""
        return self._popup.isVisible()

    @property
    def offered(self) -> list[Choice]:
        """What is on offer now."""
        return list(self._offered)

    def raw(self) -> str:
        """What goes on: the key, or the text as typed, which may be a code or a number."""
        return self._key or self.text().strip()

    def set_options(self, options: Sequence[Choice]) -> None:
        """Puts another list on offer."""
        self._options = list(options)

    def show_choice(self, key: str, label: str) -> None:
        """Shows something as chosen."""
        self._key = key
        self.setText(label)
        self.setCursorPosition(0)

    def clear_choice(self) -> None:
        """Nothing is chosen."""
        self._key = ""
        self.clear()

    def offer(self, typed: str) -> None:
        """Puts the options for a typed text on show."""
        if self.isReadOnly():
            return
        if self._search is not None:
            self._ask_for(typed)
            return
        self._show(matching(self._options, typed))

    def _typed(self, text: str) -> None:
        self._key = ""
        if self._search is not None:
            self._pause.start()
        else:
            self.offer(text)

    def _ask(self) -> None:
        if self.hasFocus() or self.is_open:
            self._ask_for(self.text())

    def _ask_for(self, typed: str) -> None:
        self._asked += 1
        mine = self._asked

        def answered(found: list[Choice]) -> None:
            # An answer that comes after a newer question is for letters that are no longer there.
            if mine == self._asked and not self._key:
                self._show(found)

        if self._search is not None:
            self._search(typed, answered)

    def _show(self, offered: Sequence[Choice]) -> None:
        self._offered = list(offered)
        self._model.setStringList([label for _key, label in offered])
        if not offered or not self.isVisible():
            self._popup.hide()
            return
        self._completer.complete()
        self._popup.setCurrentIndex(self._model.index(0, 0))

    def _take_index(self, index: QModelIndex) -> None:
        self._take_row(index.row())

    def _take_row(self, place: int) -> bool:
        if not 0 <= place < len(self._offered):
            return False
        key, label = self._offered[place]
        self._asked += 1
        self.show_choice(key, label)
        self.chosen.emit(key)
        return True

    def take_current(self) -> bool:
        """Takes the marked option, as Enter and Tab do."""
        if not self._popup.isVisible():
            return False
        place = max(self._popup.currentIndex().row(), 0)
        self._popup.hide()
        return self._take_row(place)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self.is_composing:
            super().keyPressEvent(event)
            return
        if event.key() in ENTER_KEYS:
            self.take_current()
        elif event.key() == Qt.Key.Key_Down and not self.is_open:
            self.offer("")
            event.accept()
            return
        elif event.key() == Qt.Key.Key_Escape and self.is_open:
            self._popup.hide()
            event.accept()
            return
        super().keyPressEvent(event)

    def focusNextPrevChild(self, next: bool) -> bool:
        self.take_current()
        return super().focusNextPrevChild(next)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        super().mousePressEvent(event)
        if not self.text() and self._search is None:
            self.offer("")

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if event.reason() == Qt.FocusReason.PopupFocusReason or self._key or not self.text().strip():
            return
        found = [one for one in matching(self._options, self.text()) if folded(one[1]) == folded(self.text())]
        if not found:
            found = matching(self._options, self.text())
        if len(found) == 1:
            self.show_choice(*found[0])
            self.chosen.emit(found[0][0])
