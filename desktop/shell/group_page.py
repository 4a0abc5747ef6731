"""The page of one navigation entry: its kinds and the features' own pages as tabs, made when first looked at."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QButtonGroup, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from desktop.base.text import _
from desktop.shell.desk import Desk
from desktop.shell.navigation import Place
from desktop.shell.office import RecordRef
from desktop.shell.record_page import RecordPage
from desktop.widgets.blocks import button, column, flow, frame
from desktop.widgets.workbench import FeaturePage


class GroupPage(QWidget):
    """Tabs over the pages of a group; the tools of the page on show stand at their right."""

    def __init__(self, desk: Desk, place: Place, extras: Sequence[FeaturePage] = ()) -> None:
        super().__init__()
        self.setObjectName(f"{place.name}Group")
        self.desk = desk
        self._makers: dict[str, Callable[[], QWidget]] = {}
        self.pages: dict[str, QWidget] = {}
        self.tabs: dict[str, QPushButton] = {}
        self._tools: dict[str, QWidget] = {}
        self._group = QButtonGroup(self)
        self._group.setExclusive(True)
        self._head = flow(margins=(8, 0, 12, 0), gap=0)
        self._stack = QStackedWidget()
        self._build(place, extras)
        for step, keys in ((1, "Ctrl+Tab"), (-1, "Ctrl+Shift+Tab")):
            QShortcut(QKeySequence(keys), self).activated.connect(partial(self._turn, step))
        if self.tabs:
            self.show_page(next(iter(self.tabs)))

    def _build(self, place: Place, extras: Sequence[FeaturePage]) -> None:
        for name in place.kinds:
            kind = self.desk.office.registry.kind(name)
            self._add(name, kind.label, partial(RecordPage, self.desk, kind))
        for extra in extras:
            self._add(extra.name, _(extra.label), partial(extra.make, self.desk))
        self._head.add_stretch()
        head = frame("bar", self._head)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(head)
        layout.addWidget(self._stack, 1)

    def _add(self, name: str, label: str, make: Callable[[], QWidget]) -> None:
        tab = button(label, f"tab_{name}_Button", partial(self.show_page, name), kind="tab")
        tab.setCheckable(True)
        self._group.addButton(tab)
        self._head.addWidget(tab)
        self.tabs[name] = tab
        self._makers[name] = make

    def _turn(self, step: int) -> None:
        names = list(self.tabs)
        now = next((place for place, name in enumerate(names) if self.tabs[name].isChecked()), 0)
        self.show_page(names[(now + step) % len(names)])

    def show_page(self, name: str) -> QWidget:
        """Shows one page, and makes it the first time."""
        page = self.pages.get(name)
        if page is None:
            page = self.pages[name] = self._makers[name]()
            self._stack.addWidget(page)
            tools = getattr(page, "tools", None)
            if isinstance(tools, QWidget):
                # The page may hide its tools for a time; whose tools they are is said by the holder.
                holder = self._tools[name] = QWidget()
                holder.setLayout(column(tools))
                self._head.addWidget(holder)
        self.tabs[name].setChecked(True)
        self._stack.setCurrentWidget(page)
        for owner, tools in self._tools.items():
            tools.setVisible(owner == name)
        if isinstance(page, RecordPage):
            page.focus_list()
        return page

    def record_page(self, kind: str) -> RecordPage | None:
        """The page of a kind, shown; None when the kind is not here."""
        if kind not in self.tabs:
            return None
        page = self.show_page(kind)
        return page if isinstance(page, RecordPage) else None

    def open_entry(self, kind: str, values: Mapping[str, Any], origin: RecordRef | None) -> None:
        """Opens an empty form of a kind."""
        page = self.record_page(kind)
        if page is not None:
            page.open_entry(values, origin)

    def focus_first(self) -> None:
        """Puts the cursor into the page on show."""
        page = self._stack.currentWidget()
        if isinstance(page, RecordPage):
            page.focus_list()
