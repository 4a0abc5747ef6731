"""The page on which one record is entered or changed: form, draft, save, save and next."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QHideEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QVBoxLayout, QWidget

from desktop.base.clock import local_time, today
from desktop.base.errors import Failure
from desktop.base.text import _
from desktop.database.fields import Field, FieldType
from desktop.database.kinds import Kind
from desktop.shell.desk import Desk
from desktop.shell.office import RecordRef, RecordView, Saved
from desktop.widgets.ask import Option
from desktop.widgets.blocks import button, frame, hide_unless, row, scrolled, tell_state, text_label
from desktop.widgets.drafts import Draft, DraftKeeper
from desktop.widgets.editors import FormFacts
from desktop.widgets.record_form import RecordForm
from desktop.widgets.runner import FILES
from desktop.widgets.theme import px


def form_facts(desk: Desk) -> FormFacts:
    """What the editors of any form of this room need."""
    return FormFacts(
        today=today(desk.clock),
        codes=desk.office.registry.codes,
        search_links=desk.search_links,
        practice=desk.office.practice,
    )


def default_values(fields: list[Field], desk: Desk) -> dict[str, Any]:
    """What an empty form shows before anything is typed."""
    now = desk.clock.now()
    found: dict[str, Any] = {}
    for field in fields:
        if field.default == "today":
            found[field.name] = today(desk.clock).isoformat()
        elif field.default == "now":
            shape = "%H:%M" if field.type is FieldType.TIME else "%Y-%m-%d %H:%M"
            found[field.name] = local_time(now).strftime(shape)
        elif field.default_value is not None:
            found[field.name] = field.default_value
    return found


class EntryPage(QWidget):
    """One form of one kind; it stays as it is when the person looks at other pages."""

    saved = Signal(object, bool)
    closed = Signal()

    def __init__(
        self,
        desk: Desk,
        kind: Kind,
        *,
        view: RecordView | None = None,
        values: Mapping[str, Any] | None = None,
        origin: RecordRef | None = None,
    ) -> None:
        super().__init__()
        self.setObjectName("entryPage")
        self.desk = desk
        self.kind = kind
        self.view = view
        self.origin = origin
        self._is_saving = False
        self._number = ""
        self.fields = self._fields()
        self._titles = view.link_titles if view is not None else {}
        self.form = RecordForm(
            self.fields,
            form_facts(desk),
            values=self._first_values(values or {}),
            titles=self._titles,
            locked=self._locks(),
        )
        place = f"{kind.name}:{view.id}" if view is not None else f"{kind.name}:new"
        self.keeper = DraftKeeper(
            desk.drafts, desk.runner, desk.clock, place=place, values=self._draft_values, parent=self
        )
        self._draft: Draft | None = None
        self._build()
        self._connect()
        desk.runner.run(lambda: desk.drafts.read(place), self._offer_draft, lane=FILES, owner=self)

    # -- making ----------------------------------------------------------------------------------------------------

    def _fields(self) -> list[Field]:
        tree = self.desk.office.registry.field_tree(self.kind)
        if self.view is not None:
            return [field for field in tree if not field.by_step or self.view.words.get(field.name)]
        return [field for field in tree if not field.by_step]

    def _first_values(self, given: Mapping[str, Any]) -> dict[str, Any]:
        if self.view is None:
            return default_values(self.fields, self.desk) | dict(given)
        rows = {
            name: [dict(child.values) | {"id": child.id} for child in children]
            for name, children in self.view.children.items()
        }
        return dict(self.view.values) | rows

    def _locks(self) -> dict[str, str]:
        if self.view is None:
            return {}
        locks = {field.name: _("由办理步骤填写") for field in self.fields if field.by_step}
        waiting = _("两边填的不一样，请先到“待处理”里选定")
        return locks | dict.fromkeys(self.view.conflicts, waiting)

    def _build(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._make_head())
        layout.addWidget(self._make_draft_bar())
        body = QWidget()
        inner = QVBoxLayout(body)
        inner.setContentsMargins(px(20), px(14), px(20), px(14))
        inner.addWidget(self.form)
        inner.addStretch(1)
        layout.addWidget(scrolled(body, name="entryScroll"), 1)
        layout.addWidget(self._make_foot())

    def _make_head(self) -> QWidget:
        if self.view is None:
            title = _("登记{kind}").format(kind=self.kind.label)
        else:
            title = _("修改{kind} {title}").format(kind=self.kind.label, title=self.view.title)
        self.title_label = text_label(title, "title", name="entryTitle", wrap=True)
        origin = _("由“{title}”转来").format(title=self.origin.title) if self.origin is not None else ""
        self.origin_label = text_label(origin, "soft")
        hint = text_label(_("回车到下一格，Ctrl+S 保存"), "faint")
        layout = row(self.title_label, self.origin_label, hint, margins=(20, 10, 20, 10), gap=12)
        layout.setStretch(0, 1)
        return frame("bar", layout)

    def _make_draft_bar(self) -> QWidget:
        self.draft_label = text_label("", name="draftText")
        self.take_draft_button = button(_("接着填"), "takeDraftButton", self._take_draft, kind="primary")
        self.drop_draft_button = button(_("不要草稿"), "dropDraftButton", self._drop_draft)
        layout = row(
            self.draft_label, 1, self.take_draft_button, self.drop_draft_button, margins=(20, 6, 20, 6)
        )
        self.draft_bar = frame("message", layout, name="draftBar")
        self.draft_bar.setProperty("state", "warn")
        self.draft_bar.hide()
        return self.draft_bar

    def _make_foot(self) -> QWidget:
        self.save_button = button(_("保存"), "saveButton", self.save, kind="primary", hint="Ctrl+S")
        self.save_next_button = button(
            _("保存并登记下一条"), "saveNextButton", self.save_and_next, hint="Ctrl+Enter"
        )
        hide_unless(self.view is None, self.save_next_button)
        self.cancel_button = button(_("返回"), "cancelButton", self.leave, hint="Esc")
        self.number_button = button(_("照空白表补登…"), "reservedNumberButton", self.ask_number, kind="quiet")
        is_numbered = self.view is None and bool(self.kind.info.letter)
        hide_unless(is_numbered and self.desk.may("numbers", "R"), self.number_button)
        self.state_label = text_label("", "hint", name="entryState")
        layout = row(
            self.save_button, self.save_next_button, self.cancel_button, self.number_button, 1, self.state_label,
            margins=(20, 8, 20, 8),
        )  # fmt: skip
        return frame("foot", layout)

    def _connect(self) -> None:
        self.form.edited.connect(self._was_edited)
        self.keeper.written.connect(self._tell_draft)
        self.keeper.failed.connect(self.desk.messages.tell_failure)
        actions = {
            "Ctrl+S": self.save,
            "Ctrl+Return": self.save_and_next,
            "Ctrl+Enter": self.save_and_next,
            "Esc": self.leave,
        }
        for keys, action in actions.items():
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(action)

    def ask_number(self) -> None:
        """Asks for the number on the blank form that is entered here."""

        def answered(number: str) -> None:
            self._number = number
            self.number_button.setText(_("编号 {number}").format(number=number))

        words = _("空白表右上角的编号：")
        self.desk.ask.text(self, _("照空白表补登"), words, answered)

    # -- drafts ----------------------------------------------------------------------------------------------------

    def _draft_values(self) -> Mapping[str, Any]:
        return self.form.changed_values()

    def _was_edited(self) -> None:
        self.keeper.touch()

    def _tell_draft(self, at: datetime) -> None:
        self.state_label.setText(_("草稿已存 {time}").format(time=local_time(at).strftime("%H:%M")))
        tell_state(self.state_label, "")

    def _offer_draft(self, draft: Draft | None) -> None:
        if draft is None or self.form.is_changed:
            return
        self._draft = draft
        at = local_time(draft.at).strftime("%m-%d %H:%M")
        self.draft_label.setText(_("▲ 有一份没保存的草稿 {time}").format(time=at))
        self.draft_bar.show()

    def _take_draft(self) -> None:
        if self._draft is not None:
            self.form.take_draft(self._draft.values, self._titles)
            self.draft_bar.hide()
            self.form.focus_first()

    def _drop_draft(self) -> None:
        self.keeper.forget()
        self.draft_bar.hide()
        self.form.focus_first()

    def hideEvent(self, event: QHideEvent) -> None:
        self.keeper.write_now()
        super().hideEvent(event)

    # -- saving ----------------------------------------------------------------------------------------------------

    def save(self) -> None:
        """Saves and goes back to the list."""
        self._save(is_next=False)

    def save_and_next(self) -> None:
        """Saves and starts the next record of the kind."""
        if self.view is None:
            self._save(is_next=True)

    def _save(self, *, is_next: bool) -> None:
        if self._is_saving:
            return
        self.form.settle()
        problems = self.form.check()
        if problems:
            self._tell_problem_count(len(problems))
            return
        if self.view is not None and not self.form.is_changed:
            self.closed.emit()
            return
        self._set_saving(True)
        self.desk.runner.run(
            self._job(),
            lambda saved: self._was_saved(saved, is_next=is_next),
            self._was_refused,
            owner=self,
            ended=lambda: self._set_saving(False),
        )

    def _tell_problem_count(self, count: int) -> None:
        self.state_label.setText(_("✕ 还有 {count} 处要改").format(count=count))
        tell_state(self.state_label, "error")

    def _job(self) -> Any:
        office, kind = self.desk.office, self.kind.name
        if self.view is None:
            values = {
                name: value
                for name, value in self.form.values().items()
                if not self._is_left_out(name, value)
            }
            if self._number:
                values["serial_no"] = self._number
            origin = self.origin
            return lambda: office.add(kind, values, origin)
        changed, view = self.form.changed_values(), self.view
        return lambda: office.change(kind, view.id, changed, view.seen)

    def _is_left_out(self, name: str, value: Any) -> bool:
        # Who writes is filled in by the save itself when nobody was named.
        field = self.form.boxes[name].field
        return field.default in ("actor", "actor_name", "room") and value in ("", [])

    def _set_saving(self, is_saving: bool) -> None:
        self._is_saving = is_saving
        for one in (self.save_button, self.save_next_button):
            one.setEnabled(not is_saving)

    def _was_saved(self, saved: Saved, *, is_next: bool) -> None:
        self.keeper.forget()
        number = saved.serial_no or self.kind.label
        odd = "；".join(problem.message for problem in saved.warnings)
        if odd:
            words = _("已保存 {number}，请留意：{odd}").format(number=number, odd=odd)
            self.desk.messages.tell(words, "warn")
        else:
            self.desk.messages.tell(_("已保存 {number}").format(number=number))
        self.desk.tell_changed([(self.kind.name, saved.id)])
        self.saved.emit(saved, is_next)

    def _was_refused(self, failure: Failure) -> None:
        self.form.tell_problems(failure.fields)
        self.keeper.touch()
        if failure.fields:
            self._tell_problem_count(len(failure.fields))
        self.desk.messages.tell_failure(failure)

    def leave(self) -> None:
        """Goes back to the list; asks only when something would be lost."""
        self.form.settle()
        if not self.form.is_changed:
            self.closed.emit()
            return
        options = (
            Option("stay", _("接着填")),
            Option("draft", _("留作草稿")),
            Option("drop", _("不要了"), is_danger=True),
        )
        self.desk.ask.question(
            self, _("还没有保存"), _("填的内容还没有保存，怎么办？"), options, self._answered
        )

    def _answered(self, key: str) -> None:
        if key == "drop":
            self.keeper.forget()
            self.closed.emit()
        elif key == "draft":
            self.keeper.touch()
            self.keeper.write_now()
            self.closed.emit()
