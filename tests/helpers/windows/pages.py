"""The main window and its pages as an officer uses them."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QApplication, QDialog, QLabel, QListWidget, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from desktop.shell.conflicts_page import ConflictsPage
from desktop.shell.desk import Desk
from desktop.shell.entry_page import EntryPage
from desktop.shell.group_page import GroupPage
from desktop.shell.home_page import HomePage
from desktop.shell.jump_box import JumpBox
from desktop.shell.main_window import MainWindow
from desktop.shell.preview import PreviewDialog
from desktop.shell.record_page import RecordPage
from desktop.shell.settings_page import SettingsPage
from desktop.shell.step_dialog import StepDialog
from desktop.shell.sync_page import SyncPage
from desktop.widgets.child_grid import ChildGrid
from desktop.widgets.chooser import ChooserEdit
from desktop.widgets.editors import LinksEditor, TicksEditor, YesNoEditor
from desktop.widgets.record_form import RecordForm
from tests.helpers.windows.keyboard import press, type_text

Found = TypeVar("Found", bound=QWidget)


def find(parent: QWidget, kind: type[Found], name: str = "") -> Found:
    """A widget by its object name."""
    found = parent.findChild(kind, name) if name else parent.findChild(kind)
    assert found is not None, f"no {kind.__name__} {name}"
    return found


class Pulse(QObject):
    """Tells when everything that Qt had queued before has been done, such as showing what was laid out."""

    _beat = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.has_come = False
        self._beat.connect(self._come, Qt.ConnectionType.QueuedConnection)
        self._beat.emit()

    def _come(self) -> None:
        self.has_come = True


class Page:
    """What all pages share."""

    def __init__(self, qtbot: QtBot, window: MainWindow) -> None:
        self.qtbot = qtbot
        self.window = window

    @property
    def desk(self) -> Desk:
        """The desk of the window."""
        return self.window.desk

    def settle(self) -> None:
        """Waits until everything asked of the room was answered."""
        self.qtbot.waitUntil(lambda: self.desk.runner.is_idle, timeout=10_000)
        pulse = Pulse()
        self.qtbot.waitUntil(lambda: pulse.has_come)

    def press(self, parent: QWidget, name: str) -> None:
        """Presses a button by its object name."""
        made = find(parent, QPushButton, name)
        assert made.isEnabled(), f"{name} cannot be pressed"
        made.click()
        self.settle()

    def dialog(self, kind: type[Found]) -> Found:
        """The open dialog of a kind."""
        shown = [one for one in QApplication.topLevelWidgets() if isinstance(one, kind) and one.isVisible()]
        assert shown, f"no open {kind.__name__}"
        return shown[-1]

    @property
    def message(self) -> str:
        """What the message bar says."""
        return self.desk.messages.text


class FormOnScreen:
    """A form, filled in as by hand."""

    def __init__(self, form: RecordForm) -> None:
        self.form = form

    def fill(self, name: str, value: str) -> FormOnScreen:
        """Types into a field and leaves it."""
        editor = self.form.boxes[name].editor
        target = editor.focusProxy() or editor
        target.setFocus()
        if isinstance(editor, YesNoEditor):
            press(target, Qt.Key.Key_Y if value == "是" else Qt.Key.Key_N)
        elif isinstance(editor, TicksEditor):
            for code in value.split("、"):
                editor.boxes[code].click()
        elif isinstance(target, ChooserEdit):
            self._choose(target, value, is_list=isinstance(editor, LinksEditor))
        else:
            select_all = getattr(target, "selectAll", None)
            if select_all is not None:
                select_all()
            type_text(target, value)
        self.form.check_field(name)
        return self

    def _choose(self, line: ChooserEdit, value: str, *, is_list: bool) -> None:
        line.clear_choice()
        type_text(line, value)
        line.offer(value)
        press(line, Qt.Key.Key_Return)
        assert is_list or line.key or line.text() == value

    def fill_row(self, children: str, row: int, /, **cells: str) -> FormOnScreen:
        """Fills cells of a row of children; missing rows are added."""
        grid = self.form.boxes[children].editor
        assert isinstance(grid, ChildGrid)
        while len(grid.model.grid_rows) <= row:
            grid.add_button.click()
        for field in grid.columns:
            if field.name in cells:
                value = cells[field.name]
                if field.type == "choice":
                    labels = grid.facts.codes.of(field.codes)
                    value = next(code for code, label in labels.items() if label == value)
                grid.model.put(row, field, value)
        return self

    def words_below(self, name: str) -> str:
        """What stands below a field."""
        return self.form.boxes[name].words


class EntryOnScreen(Page):
    """The form page of one kind."""

    def __init__(self, qtbot: QtBot, window: MainWindow, entry: EntryPage) -> None:
        super().__init__(qtbot, window)
        self.entry = entry
        self.on_screen = FormOnScreen(entry.form)

    def fill(self, **values: str) -> EntryOnScreen:
        """Types into fields."""
        for name, value in values.items():
            self.on_screen.fill(name, value)
        self.settle()
        return self

    def fill_row(self, children: str, row: int, /, **cells: str) -> EntryOnScreen:
        """Fills a row of children."""
        self.on_screen.fill_row(children, row, **cells)
        return self

    def save(self) -> ListOnScreen:
        """Saves; the list is shown with the record marked."""
        page = self._page()
        self.press(self.entry, "saveButton")
        assert page.entry is None, self.problems()
        return ListOnScreen(self.qtbot, self.window, page)

    def save_and_be_refused(self) -> EntryOnScreen:
        """Presses save and stays."""
        page = self._page()
        self.press(self.entry, "saveButton")
        assert page.entry is self.entry, "it was saved"
        return self

    def problems(self) -> dict[str, str]:
        """Everything that stands below fields as wrong."""
        return {
            name: box.words
            for name, box in self.entry.form.boxes.items()
            if box.message_label.property("state") == "error"
        }

    def _page(self) -> RecordPage:
        pages = [
            page
            for group in self.window.pages.values()
            if isinstance(group, GroupPage)
            for page in group.pages.values()
        ]
        return next(page for page in pages if isinstance(page, RecordPage) and page.entry is self.entry)


class ListOnScreen(Page):
    """The list of one kind with the detail beside it."""

    def __init__(self, qtbot: QtBot, window: MainWindow, page: RecordPage) -> None:
        super().__init__(qtbot, window)
        self.page = page
        self.settle()

    def lines(self) -> list[tuple[str, ...]]:
        """The words of every line that has been fetched, in order."""
        model = self.page.table.model
        self.qtbot.waitUntil(lambda: bool(model._pages) or not model.ids)
        return [row.cells for _number, rows in sorted(model._pages.items()) for row in rows]

    @property
    def count_words(self) -> str:
        """The line below the list."""
        return self.page.table.count_label.text()

    def search(self, words: str) -> ListOnScreen:
        """Types into the filter."""
        with self.qtbot.waitSignal(self.page.table.loaded):
            self.page.table.filters.search_edit.setText(words)
        self.settle()
        return self

    def choose(self, row: int) -> ListOnScreen:
        """Marks a line; the record is shown beside the list."""
        self.page.table.view.selectRow(row)
        self.settle()
        return self

    def detail_words(self) -> str:
        """Everything that the detail says."""
        return "\n".join(
            label.text() for label in self.page.detail.findChildren(QLabel) if label.isVisibleTo(self.page)
        )

    def has_form(self) -> bool:
        """Whether a form is open in place of the list."""
        return self.page.entry is not None

    def new(self) -> EntryOnScreen:
        """Opens an empty form."""
        self.page.open_entry()
        self.settle()
        assert self.page.entry is not None
        return EntryOnScreen(self.qtbot, self.window, self.page.entry)

    def edit(self) -> EntryOnScreen:
        """Opens the form of the record on show."""
        self.press(self.page.detail, "editButton")
        assert self.page.entry is not None
        return EntryOnScreen(self.qtbot, self.window, self.page.entry)

    def step(self, name: str) -> StepOnScreen:
        """Presses a step button; its dialog opens."""
        self.press(self.page.detail, f"step_{name}_Button")
        return StepOnScreen(self.qtbot, self.window, self.dialog(StepDialog))

    def steps(self) -> list[str]:
        """The names of the steps that can be taken now."""
        return [step.name for step in self.page.view.steps] if self.page.view is not None else []

    def paper(self, name: str) -> PreviewOnScreen:
        """Opens a paper of the record."""
        view = self.page.view
        assert view is not None
        self.page.show_paper(next(paper for paper in view.papers if paper.name == name))
        self.settle()
        return PreviewOnScreen(self.qtbot, self.window, self.dialog(PreviewDialog))

    def choose_more(self, words: str) -> PreviewDialog:
        """Chooses what makes a paper from the menu of the list."""
        menu = self.page.more_button.menu()
        assert menu is not None
        next(action for action in menu.actions() if action.text() == words).trigger()
        self.settle()
        return self.dialog(PreviewDialog)

    def void(self) -> ListOnScreen:
        """Asks to void the record; the reason was answered in advance."""
        self.page.void()
        self.settle()
        return self

    def grow(self, kind: str) -> EntryOnScreen:
        """Opens the form of a record that this one leads to."""
        self.page.detail.growth_wanted.emit(kind)
        self.settle()
        group = self.window.group_of(kind)
        assert group is not None
        page = group.record_page(kind)
        assert page is not None
        assert page.entry is not None
        return EntryOnScreen(self.qtbot, self.window, page.entry)


class StepOnScreen(Page):
    """The dialog of one workflow step."""

    def __init__(self, qtbot: QtBot, window: MainWindow, step: StepDialog) -> None:
        super().__init__(qtbot, window)
        self.step = step
        self.on_screen = FormOnScreen(step.form)

    def fill(self, **values: str) -> StepOnScreen:
        """Types into fields."""
        for name, value in values.items():
            self.on_screen.fill(name, value)
        self.settle()
        return self

    def take(self) -> None:
        """Takes the step; the dialog closes."""
        with self.qtbot.waitSignal(self.step.taken):
            self.step.taken_button.click()
        self.settle()

    def take_and_be_refused(self) -> str:
        """Presses the button and stays; gives what is said."""
        self.step.taken_button.click()
        self.settle()
        assert self.step.isVisible()
        return self.step.problem_label.text()


class PreviewOnScreen(Page):
    """The preview of a PDF."""

    def __init__(self, qtbot: QtBot, window: MainWindow, preview: PreviewDialog) -> None:
        super().__init__(qtbot, window)
        self.preview = preview
        self.qtbot.waitUntil(lambda: bool(preview.pages))

    @property
    def page_count(self) -> int:
        """How many pages there are."""
        return len(self.preview.pages)

    def close(self) -> None:
        """Closes it."""
        self.preview.close()


class MainOnScreen(Page):
    """The main window."""

    def __init__(self, qtbot: QtBot, window: MainWindow) -> None:
        super().__init__(qtbot, window)
        self.settle()

    def go(self, name: str) -> QWidget:
        """Presses an entry of the navigation and arrives."""
        self.window.navigation.buttons[name].click()
        self.settle()
        page = self.window.stack.currentWidget()
        assert page is self.window.pages[name]
        return page

    def home(self) -> HomePage:
        """今日."""
        page = self.go("home")
        assert isinstance(page, HomePage)
        return page

    def records(self, kind: str) -> ListOnScreen:
        """The list of a kind."""
        group = self.window.group_of(kind)
        assert group is not None, f"{kind} is not in the navigation"
        page = group.record_page(kind)
        assert page is not None
        return ListOnScreen(self.qtbot, self.window, page)

    def conflicts(self) -> ConflictsPage:
        """待处理."""
        page = self.go("conflicts")
        assert isinstance(page, ConflictsPage)
        return page

    def sync(self) -> SyncPage:
        """数据交换."""
        page = self.go("sync")
        assert isinstance(page, SyncPage)
        return page

    def settings(self) -> SettingsPage:
        """设置."""
        page = self.go("settings")
        assert isinstance(page, SettingsPage)
        return page

    def exchange_by_stick(self, folder: Path) -> MainOnScreen:
        """One exchange by stick."""
        self.sync().exchange_stick(folder)
        self.settle()
        return self

    def jump(self, typed: str) -> list[str]:
        """Types into the jump box, goes to the first line, and gives all lines it offered."""
        self.window.open_jump_box()
        box: Any = self.dialog(JumpBox)
        box.edit.setText(typed)
        box._search()
        self.settle()
        offered = find(box, QListWidget, "jumpList")
        lines = [offered.item(place).text() for place in range(offered.count())]
        press(box.edit, Qt.Key.Key_Return)
        self.settle()
        return lines

    def is_locked(self) -> bool:
        """Whether the password is asked for."""
        return self.window.is_locked

    def open_dialogs(self) -> list[QDialog]:
        """Every dialog on screen."""
        return [one for one in QApplication.topLevelWidgets() if isinstance(one, QDialog) and one.isVisible()]
