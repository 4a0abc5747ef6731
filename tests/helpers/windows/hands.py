"""A pair of hands on the keyboard: every key goes where the program has its focus, and nothing is clicked."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QApplication, QMenu, QPushButton, QTableView, QWidget
from pytestqt.qtbot import QtBot

from desktop.shell.application import Application
from desktop.widgets.child_grid import ChildGrid
from desktop.widgets.chooser import ChooserEdit
from desktop.widgets.line_edit import LineEdit
from tests.helpers.windows.keyboard import commit, press
from tests.helpers.windows.pages import Pulse

MOST_TABS = 400
PATIENCE_MS = 30_000
Key = Qt.Key
PLAIN = Qt.KeyboardModifier.NoModifier
CTRL = Qt.KeyboardModifier.ControlModifier
ALT = Qt.KeyboardModifier.AltModifier


class Hands:
    """Types into whatever has the focus; fails where the keyboard does not lead."""

    def __init__(self, qtbot: QtBot, running: Application) -> None:
        self.qtbot = qtbot
        self.running = running

    # -- keys ------------------------------------------------------------------------------------------------------

    @property
    def focus(self) -> QWidget:
        """Where the next key goes."""
        popup = QApplication.activePopupWidget()
        if popup is not None:
            inner: QWidget | None = popup.focusWidget()
            return inner if inner is not None else popup
        here = QApplication.focusWidget()
        assert here is not None, "nothing has the focus"
        return here

    def press(self, key: Qt.Key, modifier: Qt.KeyboardModifier = PLAIN) -> Hands:
        """One key, and what follows from it."""
        press(self.focus, key, modifier)
        return self.settle()

    def type(self, text: str) -> Hands:
        """Letters by keys, everything else by the input method, which types past any list that pops up."""
        for sign in text:
            if sign.isascii():
                press(self.focus, Key.Key_Return) if sign == "\n" else self._letter(sign)
            else:
                here = QApplication.focusWidget()
                assert here is not None
                commit(here, sign)
        return self

    def _letter(self, sign: str) -> None:
        from PySide6.QtTest import QTest

        QTest.keyClicks(self.focus, sign)

    def settle(self) -> Hands:
        """Waits until the room has answered and the window has shown it."""
        self.qtbot.waitUntil(lambda: self.running.runner.is_idle, timeout=PATIENCE_MS)
        pulse = Pulse()
        self.qtbot.waitUntil(lambda: pulse.has_come)
        self.qtbot.waitUntil(lambda: self.running.runner.is_idle, timeout=PATIENCE_MS)
        return self._wake()

    def _wake(self) -> Hands:
        """What closes leaves no window active on a screen without a window manager."""
        top = QApplication.activeModalWidget() or self.running.window or self.running.entrance
        if (
            top is not None
            and QApplication.activePopupWidget() is None
            and QApplication.activeWindow() is not top
        ):
            top.activateWindow()
            self.qtbot.waitUntil(top.isActiveWindow)
        return self

    def until(self, is_so: Callable[[], bool]) -> Hands:
        """Waits for something to be so."""
        self.qtbot.waitUntil(is_so, timeout=PATIENCE_MS)
        return self.settle()

    # -- getting about ---------------------------------------------------------------------------------------------

    def tab_to(self, name: str) -> Hands:
        """Presses Tab until a widget has the focus."""
        passed: list[str] = []
        for _time in range(MOST_TABS):
            here = self.focus
            if here.objectName() == name:
                return self
            passed.append(here.objectName() or type(here).__name__)
            press(here, Key.Key_Tab)
        raise AssertionError(
            f"Tab never comes to {name}; it goes by {list(dict.fromkeys(passed))} and ends with {passed[-3:]}"
        )

    def push(self, name: str) -> Hands:
        """Tabs to a button and presses it."""
        self.tab_to(name)
        assert isinstance(self.focus, QPushButton)
        return self.press(Key.Key_Space)

    def pick(self, button: str, words: str) -> Hands:
        """Opens a button's menu and takes one of its lines."""
        self.push(button)
        menu = QApplication.activePopupWidget()
        assert isinstance(menu, QMenu), f"{button} opens no menu"
        lines = [action.text() for action in menu.actions()]
        assert words in lines, f"{words} is not among {lines}"
        for _time in range(len(lines) + 1):
            active: QAction | None = menu.activeAction()
            if active is not None and active.text() == words:
                return self.press(Key.Key_Return)
            press(menu, Key.Key_Down)
        raise AssertionError(f"the keys never come to {words}")

    # -- forms -----------------------------------------------------------------------------------------------------

    def fill(self, **values: str) -> Hands:
        """Goes to each field and types; a field of a list takes the first of what is offered."""
        for name, value in values.items():
            self._fill(name, value)
        return self

    def _fill(self, name: str, value: str) -> None:
        if value in ("是", "否"):
            self.tab_to(f"{name}YesButton").press(Key.Key_Y if value == "是" else Key.Key_N)
            return
        self.tab_to(f"{name}Edit").press(Key.Key_A, CTRL).type(value)
        here = QApplication.focusWidget()
        if isinstance(here, ChooserEdit):
            self.take(here)

    def take(self, line: ChooserEdit) -> None:
        """Takes the first that a chooser offers."""
        self.qtbot.waitUntil(lambda: line.is_open and bool(line.offered), timeout=PATIENCE_MS)
        press(self.focus, Key.Key_Return)
        self.settle()

    def tick(self, name: str) -> Hands:
        """Ticks a box."""
        self.tab_to(name)
        return self.press(Key.Key_Space)

    def fill_row(self, children: str, **cells: str) -> Hands:
        """Adds a row of children, behind the last cell or by the button, and types into its cells in their order."""
        if QApplication.focusWidget() is not None and self.focus.objectName() == "cellEdit":
            self._go_to_new_row(self._grid(children))
        else:
            self.push(f"{children}AddButton")
        grid = self._grid(children)
        for name, value in cells.items():
            place = [one.name for one in grid.columns].index(name)
            while grid.table.currentIndex().column() < place:
                press(self._cell(), Key.Key_Tab)
            line = self._cell()
            self.type(value)
            if isinstance(line, ChooserEdit):
                self.take(line)
        return self

    def fill_cell(self, children: str, name: str, value: str) -> Hands:
        """Goes to a cell of the first row by the arrows, opens it and types."""
        self.tab_to(f"{children}Table")
        table = self.focus
        assert isinstance(table, QTableView)
        if not table.currentIndex().isValid():
            press(table, Key.Key_Down)
        grid = self._grid(children)
        place = [one.name for one in grid.columns].index(name)
        while table.currentIndex().column() < place:
            press(table, Key.Key_Right)
        press(table, Key.Key_Return)
        assert self._cell().isVisible()
        return self.type(value)

    def _go_to_new_row(self, grid: ChildGrid) -> None:
        row = grid.table.currentIndex().row()
        while grid.table.currentIndex().row() == row:
            press(self._cell(), Key.Key_Tab)

    def _cell(self) -> LineEdit:
        here = QApplication.focusWidget()
        assert isinstance(here, LineEdit), f"{here} is no cell"
        assert here.objectName() == "cellEdit", here.objectName()
        return here

    def _grid(self, children: str) -> ChildGrid:
        here: QWidget | None = QApplication.focusWidget()
        while here is not None and not isinstance(here, ChildGrid):
            here = here.parentWidget()
        assert here is not None, f"no cell of {children} is open"
        assert here.table.objectName() == f"{children}Table"
        assert isinstance(here.table, QTableView)
        return here

    def save(self) -> Hands:
        """Saves by its key."""
        return self.press(Key.Key_S, CTRL)
