"""Asks for what a workflow step needs, and takes the step."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from desktop.base.errors import Failure
from desktop.base.text import _
from desktop.shell.desk import Desk
from desktop.shell.dialog import FormDialog
from desktop.shell.entry_page import default_values, form_facts
from desktop.shell.office import RecordView, Saved
from desktop.staff.records import Step
from desktop.widgets.blocks import text_label
from desktop.widgets.record_form import RecordForm
from desktop.widgets.theme import px


class StepDialog(FormDialog):
    """One step of one record; stays open with everything typed when the save is refused."""

    taken = Signal(object)

    def __init__(self, parent: QWidget, desk: Desk, view: RecordView, step: Step) -> None:
        super().__init__(parent, _(step.label), _(step.label), practice=desk.office.practice)
        self.setObjectName("stepDialog")
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.desk = desk
        self.view = view
        self.step = step
        inputs = list(step.inputs)
        self.form = RecordForm(
            inputs, form_facts(desk), values=default_values(inputs, desk), titles=view.link_titles
        )
        self._fill()
        self.taken_button.clicked.connect(self.take)
        self.form.focus_first()

    def _fill(self) -> None:
        body = QWidget()
        layout = QVBoxLayout(body)
        layout.setContentsMargins(px(4), 0, px(4), 0)
        layout.setSpacing(px(10))
        layout.addWidget(text_label(self.view.title, "soft", wrap=True))
        if self.step.help:
            layout.addWidget(text_label(_(self.step.help), "soft", wrap=True))
        if self.step.inputs:
            layout.addWidget(self.form)
        else:
            self.form.hide()
            words = _("确定要“{step}”吗？").format(step=_(self.step.label))
            layout.addWidget(text_label(words, wrap=True))
        layout.addStretch(1)
        self.set_body(
            body, width=760 if len(self.step.inputs) > 1 else 480, height=130 + 82 * len(self.step.inputs)
        )

    def take(self) -> None:
        """Checks what was typed and takes the step."""
        self.form.settle()
        problems = self.form.check()
        if problems:
            self.tell(_("还有 {count} 处要改").format(count=len(problems)))
            return
        office, view, name = self.desk.office, self.view, self.step.name
        values = {
            key: value
            for key, value in self.form.values().items()
            if not (
                self.form.boxes[key].field.default in ("actor", "actor_name", "room") and value in ("", [])
            )
        }
        self.set_busy(True)
        self.desk.runner.run(
            lambda: office.step(view.kind, view.id, name, values),
            self._was_taken,
            self._was_refused,
            owner=self,
            ended=lambda: self.set_busy(False),
        )

    def _was_taken(self, saved: Saved) -> None:
        self.desk.messages.tell(_("已{step}").format(step=_(self.step.label)))
        self.desk.tell_changed([(self.view.kind, self.view.id)])
        self.taken.emit(saved)
        self.accept()

    def _was_refused(self, failure: Failure) -> None:
        self.form.tell_problems(failure.fields)
        self.tell(failure.sentence)
