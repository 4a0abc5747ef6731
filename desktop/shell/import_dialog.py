"""Import of a table: a rehearsal first, every wrong row by number, then all or nothing."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QPlainTextEdit, QVBoxLayout, QWidget

from desktop.base.errors import Failure
from desktop.base.text import _
from desktop.database.kinds import Kind
from desktop.shell.desk import Desk
from desktop.shell.dialog import FormDialog
from desktop.shell.office import ImportReport
from desktop.widgets.blocks import text_label

MOST_LINES = 200


class ImportDialog(FormDialog):
    """Shows what an import would do, and does it when nothing is wrong."""

    def __init__(self, parent: QWidget, desk: Desk, kind: Kind, path: Path) -> None:
        title = _("导入{kind}").format(kind=kind.label)
        super().__init__(parent, title, _("导入"), practice=desk.office.practice)
        self.setObjectName("importDialog")
        self.desk = desk
        self.kind = kind
        self.path = path
        self.summary_label = text_label(
            _("正在检查 {name} …").format(name=path.name), wrap=True, name="importSummary"
        )
        self.problem_text = QPlainTextEdit()
        self.problem_text.setObjectName("importProblems")
        self.problem_text.setReadOnly(True)
        self.problem_text.hide()
        body = QWidget()
        layout = QVBoxLayout(body)
        layout.addWidget(self.summary_label)
        layout.addWidget(self.problem_text, 1)
        layout.addStretch(0)
        self.set_body(body, width=620, height=320)
        self.taken_button.setEnabled(False)
        self.taken_button.clicked.connect(self.take)
        self._run(rehearse=True)

    def _run(self, *, rehearse: bool) -> None:
        office, kind, path = self.desk.office, self.kind.name, self.path
        self.desk.runner.run(
            lambda: office.import_table(kind, path, rehearse=rehearse),
            self._show,
            self._was_refused,
            label=_("正在检查表格") if rehearse else _("正在导入"),
            owner=self,
        )

    def take(self) -> None:
        """Takes the rows in."""
        self.taken_button.setEnabled(False)
        self._run(rehearse=False)

    def _show(self, report: ImportReport) -> None:
        if not report.is_rehearsal and not report.problems:
            self.desk.messages.tell(_("已导入 {count} 条").format(count=report.added_count))
            self.desk.tell_changed([(self.kind.name, "")])
            self.accept()
            return
        self._show_problems(report.problems)
        if report.problems:
            words = _("✕ 有 {count} 处不对，改好表格再导入；现在什么都没有导入。")
            self.summary_label.setText(words.format(count=len(report.problems)))
        else:
            self.summary_label.setText(
                _("✓ 检查通过，可以导入 {count} 条。").format(count=report.added_count)
            )
            self.taken_button.setEnabled(True)
            self.taken_button.setFocus()

    def _show_problems(self, problems: tuple[object, ...]) -> None:
        lines = []
        for problem in problems[:MOST_LINES]:
            row = getattr(problem, "row", None)
            words = str(getattr(problem, "message", ""))
            lines.append(_("第 {row} 行　{words}").format(row=row, words=words) if row is not None else words)
        if len(problems) > MOST_LINES:
            lines.append(_("……还有 {count} 处").format(count=len(problems) - MOST_LINES))
        self.problem_text.setPlainText("\n".join(lines))
        self.problem_text.setVisible(bool(lines))

    def _was_refused(self, failure: Failure) -> None:
        self._show_problems(failure.fields)
        self.summary_label.setText(f"✕ {failure.sentence}")
