"""One editor for each type of field; each shows a stored value, gives back what was typed, and says how it was read."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from PySide6.QtCore import QDate, QObject, QPoint, Qt, Signal
from PySide6.QtGui import QAction, QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QCalendarWidget, QCheckBox, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from desktop.base import days, documents, money
from desktop.base.clock import local_time
from desktop.base.text import _
from desktop.database.codes import CodeLists
from desktop.database.columns import read_instant
from desktop.database.fields import Field, FieldType
from desktop.widgets.blocks import button, clear
from desktop.widgets.chooser import Choice, ChooserEdit
from desktop.widgets.flow_layout import FlowLayout
from desktop.widgets.icons import icon
from desktop.widgets.line_edit import LineEdit
from desktop.widgets.long_text_edit import LongTextEdit
from desktop.widgets.theme import px

SearchLinks = Callable[[QObject, str, str, Callable[[list[Choice]], None]], None]


@dataclass(frozen=True)
class FormFacts:
    """What the editors need to know: the day, the code lists, whether it is practice, and how links are found."""

    today: date
    codes: CodeLists
    search_links: SearchLinks
    practice: bool = False


Titles = Mapping[tuple[str, str], str]


class Editor(QWidget):
    """Shows and takes the value of one field."""

    edited = Signal()
    left = Signal()
    hint_changed = Signal(str)

    def __init__(self, field: Field, facts: FormFacts) -> None:
        super().__init__()
        self.field = field
        self.facts = facts
        self.setObjectName(f"{field.name}Editor")

    def value(self) -> Any:
        """What was typed or chosen, as `read_value` takes it; "" or [] for nothing."""
        raise NotImplementedError

    def show_value(self, value: Any, titles: Titles) -> None:
        """Shows a stored value or one from a draft."""
        raise NotImplementedError

    def set_locked(self, locked: bool) -> None:
        """Makes the editor read-only."""
        self.setEnabled(not locked)

    def set_state(self, state: str) -> None:
        """Dresses the line for an error or a warning."""


def typed_words(field: Field, value: Any) -> str:
    """A stored value as it stands in a line for typing; a text from a draft stays as it was typed."""
    if value in (None, ""):
        return ""
    if field.type is FieldType.MONEY and isinstance(value, int):
        return money.format_yuan(value)
    if field.type is FieldType.INSTANT:
        return _typed_instant(value)
    if isinstance(value, list | tuple):
        return "、".join(str(item) for item in value)
    return str(value)


def _typed_instant(value: Any) -> str:
    try:
        instant = value if isinstance(value, datetime) else read_instant(str(value))
    except ValueError:
        return str(value)
    return local_time(instant).strftime("%Y-%m-%d %H:%M")


def echo(field: Field, text: str, facts: FormFacts) -> str:
    """How the program understands what was typed, to stand beside the line; empty when there is nothing to say."""
    if not text.strip():
        return ""
    try:
        return _ECHOES.get(field.type, _no_echo)(text, facts)
    except ValueError:
        return ""


def _no_echo(_text: str, _facts: FormFacts) -> str:
    return ""


def _day_echo(text: str, facts: FormFacts) -> str:
    day = days.parse_day(text, facts.today)
    return f"{day.isoformat()} {_weekday(day)}"


def _weekday(day: date) -> str:
    return _("周{day}").format(day=days.short_weekday(day))


def _instant_echo(text: str, facts: FormFacts) -> str:
    instant = local_time(days.parse_instant(text, facts.today))
    return f"{instant:%Y-%m-%d} {_weekday(instant.date())} {instant:%H:%M}"


def _identity_echo(text: str, facts: FormFacts) -> str:
    number = documents.normalise_number(text)
    born = documents.birth_date(number)
    if born is None:
        return ""
    sex = documents.sex_of(number) or ""
    age = _("{age}岁").format(age=documents.age_on(born, facts.today))
    return _("{sex} {day} 出生，{age}").format(sex=sex, day=born.isoformat(), age=age).strip()


_ECHOES: dict[FieldType, Callable[[str, FormFacts], str]] = {
    FieldType.DATE: _day_echo,
    FieldType.TIME: lambda text, _facts: days.parse_time(text).strftime("%H:%M"),
    FieldType.INSTANT: _instant_echo,
    FieldType.MONEY: lambda text, _facts: money.capitals(money.parse_yuan(text)),
    FieldType.IDENTITY_NUMBER: _identity_echo,
}


def tidy(field: Field, text: str, facts: FormFacts) -> str:
    """What was typed in its settled form, when the field is left: 3.5 → 2026-03-05, 1530 → 15:30."""
    try:
        if not text.strip():
            return ""
        if field.type is FieldType.DATE:
            return days.parse_day(text, facts.today).isoformat()
        if field.type is FieldType.TIME:
            return days.parse_time(text).strftime("%H:%M")
        if field.type is FieldType.INSTANT:
            return local_time(days.parse_instant(text, facts.today)).strftime("%Y-%m-%d %H:%M")
        if field.type is FieldType.IDENTITY_NUMBER:
            return documents.normalise_number(text)
    except ValueError:
        pass  # What cannot be read stays as typed; the check of the form says what is wrong with it.
    return text


class FieldLine(LineEdit):
    """A line that settles what was typed when it is left; Up and Down move a date by days."""

    def __init__(self, field: Field, facts: FormFacts, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._field = field
        self._facts = facts
        if field.example:
            self.setPlaceholderText(_("例：{example}").format(example=field.example))

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        settled = tidy(self._field, self.text(), self._facts)
        if settled != self.text() and not self.isReadOnly():
            self.setText(settled)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Up: 1, Qt.Key.Key_Down: -1}
        if self._field.type is FieldType.DATE and event.key() in steps and not self.isReadOnly():
            self.move_day(steps[Qt.Key(event.key())])
            event.accept()
            return
        super().keyPressEvent(event)

    def move_day(self, by: int) -> None:
        """Moves the date by some days, from today when there is none."""
        try:
            day = days.parse_day(self.text(), self._facts.today) + timedelta(days=by)
        except ValueError:
            day = self._facts.today
        self.setText(day.isoformat())
        self.textEdited.emit(self.text())


class LineEditor(Editor):
    """Everything that is typed in one line; what it was read as is echoed beside it."""

    def __init__(self, field: Field, facts: FormFacts) -> None:
        super().__init__(field, facts)
        self.line = FieldLine(field, facts, self)
        self.line.setObjectName(f"{field.name}Edit")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.line)
        self.setFocusProxy(self.line)
        self.line.textChanged.connect(self._changed)
        self.line.editingFinished.connect(self.left)
        if field.type is FieldType.DATE:
            self._add_calendar()

    def _add_calendar(self) -> None:
        action = QAction(icon("calendar"), _("日历"), self)
        action.triggered.connect(lambda _checked=False: self._open_calendar())
        self.line.addAction(action, QLineEdit.ActionPosition.TrailingPosition)

    def _open_calendar(self) -> None:
        calendar = QCalendarWidget(self)
        calendar.setObjectName("calendar")
        calendar.setWindowFlag(Qt.WindowType.Popup)
        calendar.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        calendar.setFirstDayOfWeek(Qt.DayOfWeek.Monday)
        try:
            day = days.parse_day(self.line.text(), self.facts.today)
        except ValueError:
            day = self.facts.today
        calendar.setSelectedDate(QDate(day.year, day.month, day.day))
        calendar.clicked.connect(lambda chosen: self.line.setText(chosen.toString("yyyy-MM-dd")))
        calendar.clicked.connect(calendar.close)
        calendar.move(self.line.mapToGlobal(QPoint(0, self.line.height())))
        calendar.show()

    def _changed(self, text: str) -> None:
        self.hint_changed.emit(echo(self.field, text, self.facts))
        self.edited.emit()

    def value(self) -> Any:
        return tidy(self.field, self.line.text(), self.facts)

    def show_value(self, value: Any, titles: Titles) -> None:
        self.line.setText(typed_words(self.field, value))
        self.line.setCursorPosition(0)

    def set_locked(self, locked: bool) -> None:
        self.line.setReadOnly(locked)

    def set_state(self, state: str) -> None:
        _dress_line(self.line, state)


def _dress_line(line: QWidget, state: str) -> None:
    if line.property("state") != state:
        line.setProperty("state", state)
        line.style().unpolish(line)
        line.style().polish(line)


class LongTextEditor(Editor):
    """Text of several lines, with the count of characters against the most that fit."""

    def __init__(self, field: Field, facts: FormFacts) -> None:
        super().__init__(field, facts)
        self.text = LongTextEdit(self)
        self.text.setObjectName(f"{field.name}Edit")
        self.text.setFixedHeight(px(86))
        if field.example:
            self.text.setPlaceholderText(_("例：{example}").format(example=field.example))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.text)
        self.setFocusProxy(self.text)
        self.text.textChanged.connect(self._changed)

    def _changed(self) -> None:
        count = len(self.text.toPlainText())
        most = self.field.max_length
        near = most is not None and count > most * 0.8
        self.hint_changed.emit(_("{count} / {most} 字").format(count=count, most=most) if near else "")
        self.edited.emit()

    def value(self) -> Any:
        return self.text.toPlainText()

    def show_value(self, value: Any, titles: Titles) -> None:
        self.text.setPlainText(str(value or ""))

    def set_locked(self, locked: bool) -> None:
        self.text.setReadOnly(locked)

    def set_state(self, state: str) -> None:
        _dress_line(self.text, state)


class YesNoEditor(Editor):
    """Yes, no, or nothing said: two buttons; Y and N, 1 and 0, left and right work."""

    def __init__(self, field: Field, facts: FormFacts) -> None:
        super().__init__(field, facts)
        self.yes_button = button(_("是"), f"{field.name}YesButton", lambda: self._press(True), kind="segment")
        self.no_button = button(_("否"), f"{field.name}NoButton", lambda: self._press(False), kind="segment")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        for one in (self.yes_button, self.no_button):
            one.setCheckable(True)
            one.setFixedWidth(px(56))
            layout.addWidget(one)
        layout.addStretch(1)
        self.no_button.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.setFocusProxy(self.yes_button)

    def _press(self, is_yes: bool) -> None:
        pressed, other = (self.yes_button, self.no_button) if is_yes else (self.no_button, self.yes_button)
        if pressed.isChecked():
            other.setChecked(False)
        self._mark()
        self.edited.emit()
        self.left.emit()

    def _mark(self) -> None:
        # The tick says it beside the colour.
        self.yes_button.setText(_("✓ 是") if self.yes_button.isChecked() else _("是"))
        self.no_button.setText(_("✓ 否") if self.no_button.isChecked() else _("否"))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        answers = {
            Qt.Key.Key_Y: True, Qt.Key.Key_1: True, Qt.Key.Key_Left: True,
            Qt.Key.Key_N: False, Qt.Key.Key_0: False, Qt.Key.Key_Right: False,
        }  # fmt: skip
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.focusNextPrevChild(True)
        elif event.key() in answers:
            self.show_value(answers[Qt.Key(event.key())], {})
            self.edited.emit()
        else:
            super().keyPressEvent(event)

    def value(self) -> Any:
        if self.yes_button.isChecked():
            return True
        return False if self.no_button.isChecked() else ""

    def show_value(self, value: Any, titles: Titles) -> None:
        self.yes_button.setChecked(value is True)
        self.no_button.setChecked(value is False)
        self._mark()


class ChoiceEditor(Editor):
    """One code of a list, by typing part of its name or its initials."""

    def __init__(self, field: Field, facts: FormFacts) -> None:
        super().__init__(field, facts)
        self.line = ChooserEdit(self, options=list(facts.codes.of(field.codes).items()))
        self.line.setObjectName(f"{field.name}Edit")
        self.line.setPlaceholderText(_("请选择或输入首字母"))
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.line)
        self.setFocusProxy(self.line)
        self.line.textChanged.connect(lambda _text: self.edited.emit())
        self.line.chosen.connect(lambda _key: self.edited.emit())
        self.line.editingFinished.connect(self.left)

    def value(self) -> Any:
        return self.line.raw()

    def show_value(self, value: Any, titles: Titles) -> None:
        code = str(value or "")
        known = self.facts.codes.of(self.field.codes)
        if code in known or not code:
            self.line.show_choice(code, known.get(code, ""))
        else:
            self.line.clear_choice()
            self.line.setText(code)

    def set_locked(self, locked: bool) -> None:
        self.line.setReadOnly(locked)

    def set_state(self, state: str) -> None:
        _dress_line(self.line, state)


class TicksEditor(Editor):
    """Several codes of a list, each a box to tick."""

    def __init__(self, field: Field, facts: FormFacts) -> None:
        super().__init__(field, facts)
        layout = FlowLayout(self, gap=14)
        self.boxes: dict[str, QCheckBox] = {}
        for code, label in facts.codes.of(field.codes).items():
            box = QCheckBox(label)
            box.setObjectName(f"{field.name}_{code}_Box")
            box.toggled.connect(lambda _on: self.edited.emit())
            layout.addWidget(box)
            self.boxes[code] = box
        if self.boxes:
            self.setFocusProxy(next(iter(self.boxes.values())))

    def value(self) -> Any:
        return [code for code, box in self.boxes.items() if box.isChecked()]

    def show_value(self, value: Any, titles: Titles) -> None:
        held = set(value or ())
        for code, box in self.boxes.items():
            box.setChecked(code in held)


class LinkEditor(Editor):
    """Another record, found by name, initials or number while typing."""

    def __init__(self, field: Field, facts: FormFacts) -> None:
        super().__init__(field, facts)
        self.line = ChooserEdit(self, search=self._search)
        self.line.setObjectName(f"{field.name}Edit")
        self.line.setPlaceholderText(_("输入名称、首字母或编号查找"))
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.line)
        self.setFocusProxy(self.line)
        self.line.textChanged.connect(lambda _text: self.edited.emit())
        self.line.chosen.connect(lambda _key: self.edited.emit())
        self.line.editingFinished.connect(self.left)

    def _search(self, typed: str, done: Callable[[list[Choice]], None]) -> None:
        self.facts.search_links(self.line, self.field.target, typed, done)

    def value(self) -> Any:
        return self.line.raw()

    def show_value(self, value: Any, titles: Titles) -> None:
        key = str(value or "")
        self.line.show_choice(key, titles.get((self.field.target, key), key))

    def set_locked(self, locked: bool) -> None:
        self.line.setReadOnly(locked)

    def set_state(self, state: str) -> None:
        _dress_line(self.line, state)


class LinksEditor(Editor):
    """Several other records as chips; pressing a chip takes it away."""

    def __init__(self, field: Field, facts: FormFacts) -> None:
        super().__init__(field, facts)
        self._chosen: dict[str, str] = {}
        self.line = ChooserEdit(self, search=self._search)
        self.line.setObjectName(f"{field.name}Edit")
        self.line.setPlaceholderText(_("查找并加入"))
        self.chips = QWidget()
        self._flow = FlowLayout(self.chips)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(px(4))
        layout.addWidget(self.chips)
        layout.addWidget(self.line)
        self.setFocusProxy(self.line)
        self.line.chosen.connect(self._take)
        self.chips.hide()

    def _search(self, typed: str, done: Callable[[list[Choice]], None]) -> None:
        self.facts.search_links(self.line, self.field.target, typed, done)

    def _take(self, key: str) -> None:
        self._chosen[key] = self.line.text()
        self.line.clear_choice()
        self._show_chips()
        self.edited.emit()

    def _drop(self, key: str) -> None:
        self._chosen.pop(key, None)
        self._show_chips()
        self.edited.emit()
        self.line.setFocus()

    def _show_chips(self) -> None:
        clear(self._flow)
        for key, title in self._chosen.items():
            chip = button(f"{title}  ×", f"chip_{key}_Button", partial(self._drop, key), kind="chip")
            chip.setToolTip(_("按一下去掉"))
            self._flow.addWidget(chip)
        self.chips.setVisible(bool(self._chosen))

    def value(self) -> Any:
        typed = self.line.text().strip()
        return [*self._chosen, *([typed] if typed else [])]

    def show_value(self, value: Any, titles: Titles) -> None:
        keys: Sequence[str] = value or ()
        self._chosen = {key: titles.get((self.field.target, key), key) for key in keys}
        self._show_chips()

    def set_locked(self, locked: bool) -> None:
        self.line.setReadOnly(locked)
        self.chips.setEnabled(not locked)


def make_editor(field: Field, facts: FormFacts) -> Editor:
    """The editor for a field; lists of children have their own in `child_grid`."""
    return _EDITORS.get(field.type, LineEditor)(field, facts)


_EDITORS: dict[FieldType, type[Editor]] = {
    FieldType.LONG_TEXT: LongTextEditor,
    FieldType.BOOLEAN: YesNoEditor,
    FieldType.CHOICE: ChoiceEditor,
    FieldType.CHOICES: TicksEditor,
    FieldType.LINK: LinkEditor,
    FieldType.LINKS: LinksEditor,
}

WIDE_TYPES = frozenset({FieldType.LONG_TEXT, FieldType.CHOICES, FieldType.CHILDREN})
