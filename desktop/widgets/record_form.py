"""The form that declared fields give: an editor each, marks for what is required, words beside what is wrong.

The form knows no store: it is given fields and values, and gives values back as `read_value` takes them. What is wrong
is found here with the same reader as everywhere and told again by whoever saves.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QApplication, QGridLayout, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from desktop.base.errors import FieldProblem
from desktop.base.text import _
from desktop.database.fields import Field, FieldType
from desktop.database.values import Reading, missing, read_fields
from desktop.widgets.blocks import tell_state, text_label
from desktop.widgets.child_grid import ChildGrid
from desktop.widgets.editors import WIDE_TYPES, Editor, FormFacts, Titles, make_editor
from desktop.widgets.theme import px

COLUMN_WIDTH = 290
MOST_COLUMNS = 3


class FieldBox(QWidget):
    """One field: its name, its editor, and one line for an error, a warning, an echo or the help."""

    # Bound methods carry them on: a lambda would outlive the form and be called while its lines are taken down.
    edited = Signal(str)
    left = Signal(str)

    def __init__(self, field: Field, facts: FormFacts) -> None:
        super().__init__()
        self.field = field
        self.setObjectName(f"{field.name}Field")
        is_list = field.type is FieldType.CHILDREN
        self.editor: Editor = ChildGrid(field, facts) if is_list else make_editor(field, facts)
        self.name_label = text_label(_(field.label), "lead" if is_list else "name")
        self.name_label.setBuddy(self.editor)
        self.star_label = text_label(_("* 必填"), name=f"{field.name}Star")
        self.star_label.setProperty("state", "error")
        self.message_label = text_label(wrap=True, name=f"{field.name}Message")
        self.message_label.setProperty("look", "hint")
        self.message_label.setMinimumHeight(px(17))
        self._echo = ""
        self._lock_reason = ""
        self._build()
        self.editor.hint_changed.connect(self._tell_echo)
        self.editor.edited.connect(self._tell_edited)
        self.editor.left.connect(self._tell_left)
        self.tell("", "")

    def _build(self) -> None:
        head = QHBoxLayout()
        head.setContentsMargins(0, 0, 0, 0)
        head.setSpacing(px(6))
        head.addWidget(self.name_label)
        head.addWidget(self.star_label)
        head.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(px(2))
        layout.addLayout(head)
        layout.addWidget(self.editor)
        layout.addWidget(self.message_label)
        if self.field.type not in WIDE_TYPES:
            layout.addStretch(1)

    def _tell_edited(self) -> None:
        self.edited.emit(self.field.name)

    def _tell_left(self) -> None:
        self.left.emit(self.field.name)

    def _tell_echo(self, echo: str) -> None:
        self._echo = echo
        if self.message_label.property("state") in ("", None):
            self.tell("", "")

    def tell(self, words: str, state: str) -> None:
        """Says what is wrong or odd; without words the echo, or the help."""
        signs = {"error": "✕ ", "warn": "▲ "}
        shown = (
            f"{signs.get(state, '')}{words}"
            if words
            else self._lock_reason or self._echo or _(self.field.help)
        )
        self.message_label.setText(shown)
        tell_state(self.message_label, state if words else "")
        self.editor.set_state(state if words else "")

    def lock(self, reason: str) -> None:
        """Makes the field read-only and says why."""
        self._lock_reason = f"■ {reason}"
        self.editor.set_locked(True)
        self.tell("", "")

    @property
    def is_locked(self) -> bool:
        """Whether nothing can be entered."""
        return bool(self._lock_reason)

    @property
    def words(self) -> str:
        """What the line below the editor says."""
        return self.message_label.text()


class RecordForm(QWidget):
    """A form over declared fields."""

    edited = Signal()

    def __init__(
        self,
        fields: Sequence[Field],
        facts: FormFacts,
        *,
        values: Mapping[str, Any] | None = None,
        titles: Titles | None = None,
        locked: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__()
        self.setObjectName("recordForm")
        self.facts = facts
        self.fields = list(fields)
        self.boxes: dict[str, FieldBox] = {}
        self._initial: dict[str, Any] = {}
        self._columns = 0
        self._is_filling = False
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(px(20))
        self._grid.setVerticalSpacing(px(6))
        for field in self.fields:
            self._add_box(field)
        for name, reason in (locked or {}).items():
            if name in self.boxes:
                self.boxes[name].lock(reason)
        self.show_values(values or {}, titles or {})
        self._lay_out(2)

    def _add_box(self, field: Field) -> None:
        box = FieldBox(field, self.facts)
        box.setParent(self)
        box.edited.connect(self._was_edited)
        box.left.connect(self.check_field)
        self.boxes[field.name] = box

    def show_values(self, values: Mapping[str, Any], titles: Titles) -> None:
        """Shows stored values; from here on only what differs counts as changed."""
        self._fill(values, titles, self.fields)
        self._initial = self.values()
        self._mark_required()

    def take_draft(self, values: Mapping[str, Any], titles: Titles) -> None:
        """Shows what a draft holds as if it had just been typed."""
        self._fill(values, titles, [field for field in self.fields if field.name in values])
        self.edited.emit()

    def _fill(self, values: Mapping[str, Any], titles: Titles, fields: Iterable[Field]) -> None:
        self._is_filling = True
        for field in fields:
            self.boxes[field.name].editor.show_value(values.get(field.name), titles)
        self._is_filling = False
        self._mark_required()

    # -- what is in it ---------------------------------------------------------------------------------------------

    def values(self) -> dict[str, Any]:
        """Everything in the form, as `read_value` takes it; locked fields are left out."""
        return {name: box.editor.value() for name, box in self.boxes.items() if not box.is_locked}

    def changed_values(self) -> dict[str, Any]:
        """Only the fields whose content differs from what was shown first."""
        return {name: value for name, value in self.values().items() if value != self._initial.get(name)}

    @property
    def is_changed(self) -> bool:
        """Whether something would be lost."""
        return bool(self.changed_values())

    def settle(self) -> None:
        """Takes what is still being typed in a cell or a line, as leaving it would."""
        focus = QApplication.focusWidget()
        if focus is not None and self.isAncestorOf(focus):
            focus.clearFocus()

    # -- what is wrong with it -------------------------------------------------------------------------------------

    def _reading(self) -> Reading:
        return Reading(
            today=self.facts.today,
            codes=self.facts.codes,
            find_link=lambda _kind, text: text,
            practice=self.facts.practice,
        )

    def check(self) -> list[FieldProblem]:
        """Everything that is wrong, told beside the fields; the first wrong field gets the focus."""
        raw = self.values()
        own = [field for field in self.fields if field.name in raw]
        reading = self._reading()
        read, problems = read_fields(own, raw, reading)
        failed = {one.field for one in problems}
        empty = missing(own, {**{name: raw[name] for name in failed}, **read})
        problems += [one for one in empty if not self._is_filled_by_saving(self.boxes[one.field].field)]
        for field in own:
            if field.type is FieldType.CHILDREN:
                problems += self._check_children(field, raw[field.name])
        self.tell_problems(problems, reading.warnings)
        return problems

    def _is_filled_by_saving(self, field: Field) -> bool:
        # The save puts in who is at the keyboard, and says beside the field when it does not know him.
        return field.default in ("actor", "room") and self._initial.get(field.name) in ("", [], None)

    def _check_children(self, field: Field, rows: Sequence[Mapping[str, Any]]) -> list[FieldProblem]:
        if field.required and not rows:
            return [FieldProblem(field.name, "VAL-002", _("{label}：必须填写").format(label=_(field.label)))]
        inner = [one for one in field.fields if not one.by_step]
        found: list[FieldProblem] = []
        for place, item in enumerate(rows, 1):
            read, problems = read_fields(inner, item, self._reading())
            failed = {one.field: item[one.field] for one in problems}
            problems += missing(inner, {**failed, **read})
            found += [
                FieldProblem(f"{field.name}.{place}.{one.field}", one.code, one.message) for one in problems
            ]
        return found

    def check_field(self, name: str) -> None:
        """Tells what is wrong with one field, when it is left."""
        box = self.boxes[name]
        if box.is_locked or box.field.type is FieldType.CHILDREN:
            return
        raw = self.values()
        reading = self._reading()
        _read, problems = read_fields([box.field], raw, reading)
        if problems:
            box.tell(_without_label(box.field, problems[0].message), "error")
        elif reading.warnings:
            box.tell(_without_label(box.field, reading.warnings[0].message), "warn")
        else:
            box.tell("", "")

    def tell_problems(self, problems: Iterable[FieldProblem], warnings: Iterable[FieldProblem] = ()) -> None:
        """Tells problems beside their fields; `children.2.name` means that cell of the second row."""
        told: dict[str, tuple[str, str]] = {}
        cells: dict[str, dict[tuple[int, str], str]] = {}
        for state, group in (("warn", warnings), ("error", problems)):
            for problem in group:
                name, _dot, rest = problem.field.partition(".")
                words = problem.message
                place, _dot, inner = rest.partition(".")
                if rest and place.isdigit():
                    cells.setdefault(name, {})[(int(place) - 1, inner)] = words
                    words = _("第 {place} 行 {words}").format(place=place, words=words)
                told[name] = (words, state)
        self._tell(told, cells)

    def _tell(
        self, told: Mapping[str, tuple[str, str]], cells: Mapping[str, Mapping[tuple[int, str], str]]
    ) -> None:
        first: FieldBox | None = None
        for name, box in self.boxes.items():
            words, state = told.get(name, ("", ""))
            box.tell(_without_label(box.field, words), state)
            if isinstance(box.editor, ChildGrid):
                box.editor.tell_problems(cells.get(name, {}))
            if state == "error" and first is None:
                first = box
        if first is not None:
            self.show_box(first)
            first.editor.setFocus()

    def show_box(self, box: FieldBox) -> None:
        """Scrolls to a field."""
        parent = self.parentWidget()
        while parent is not None and not isinstance(parent, QScrollArea):
            parent = parent.parentWidget()
        if isinstance(parent, QScrollArea):
            parent.ensureWidgetVisible(box, px(20), px(40))

    def _was_edited(self, name: str) -> None:
        if self._is_filling:
            return
        box = self.boxes[name]
        if box.message_label.property("state") == "error":
            box.tell("", "")
        if any(
            field.required_when is not None and field.required_when.field == name for field in self.fields
        ):
            self._mark_required()
        self.edited.emit()

    def _mark_required(self) -> None:
        held = self.values()
        for field in self.fields:
            box = self.boxes[field.name]
            is_asked = field.is_required(held) and not self._is_filled_by_saving(field)
            box.star_label.setVisible(not box.is_locked and is_asked)

    # -- how it lies -----------------------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._lay_out(max(1, min(MOST_COLUMNS, self.width() // px(COLUMN_WIDTH))))

    def _lay_out(self, columns: int) -> None:
        if columns == self._columns:
            return
        self._columns = columns
        line = column = 0
        for box in self.boxes.values():
            self._grid.removeWidget(box)
            if box.field.type in WIDE_TYPES:
                line += 1 if column else 0
                self._grid.addWidget(box, line, 0, 1, columns)
                line, column = line + 1, 0
                continue
            self._grid.addWidget(box, line, column, Qt.AlignmentFlag.AlignTop)
            line, column = (line + 1, 0) if column == columns - 1 else (line, column + 1)
        for place in range(MOST_COLUMNS):
            self._grid.setColumnStretch(place, 1 if place < columns else 0)

    def focus_first(self) -> None:
        """Puts the cursor into the first field that can be filled."""
        for box in self.boxes.values():
            if not box.is_locked:
                box.editor.setFocus()
                return


def _without_label(field: Field, words: str) -> str:
    """The sentence without the field's name, which stands above it already."""
    return words.removeprefix(f"{_(field.label)}：")
