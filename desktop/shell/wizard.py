"""The first run: a new room, a practice room, a room out of a backup, or a place in a county."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLineEdit, QProgressBar, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from desktop.base.errors import Failure
from desktop.base.text import N_, _
from desktop.shell.door import Door, Enrolment, NewRoomFacts, Opened
from desktop.widgets.ask import Ask
from desktop.widgets.blocks import button, column, frame, row, scrolled, text_label
from desktop.widgets.line_edit import LineEdit
from desktop.widgets.runner import Progress, Report, Runner
from desktop.widgets.theme import px

WAYS = (
    ("practice", N_("先练习一下"), N_("做一个练习室，里面的人都是编的，随便试，不会送到县局。")),
    ("new", N_("新建警务室"), N_("这台电脑是本室的第一台。要先知道警务室代码和名称。")),
    ("restore", N_("从备份恢复"), N_("换了电脑，或者原来的数据坏了。要有备份文件夹和当时的密码。")),
    ("join", N_("加入县局"), N_("手里有县局给的入网文件。写出申请，县局批准后再回来完成。")),
)


class Step(QWidget):
    """One page of the wizard: a title, labelled lines, and buttons below."""

    def __init__(self, title: str, sentence: str) -> None:
        super().__init__()
        self.edits: dict[str, LineEdit] = {}
        self.message_label = text_label("", wrap=True, name="wizardMessage")
        self.message_label.setProperty("state", "error")
        self.lines = column(text_label(title, "title"), text_label(sentence, "soft", wrap=True), gap=6)
        self.setLayout(self.lines)

    def add_line(self, name: str, label: str, *, example: str = "", secret: bool = False) -> LineEdit:
        """A labelled line."""
        edit = LineEdit()
        edit.setObjectName(f"wizard_{name}_Edit")
        if example:
            edit.setPlaceholderText(_("例：{example}").format(example=example))
        if secret:
            edit.setEchoMode(QLineEdit.EchoMode.Password)
        self.lines.addWidget(text_label(label, "name"))
        self.lines.addWidget(edit)
        self.edits[name] = edit
        return edit

    def add_end(self, *buttons: QPushButton) -> None:
        """The message and the buttons, last."""
        self.lines.addWidget(self.message_label)
        self.lines.addLayout(row(*buttons, 1))
        self.lines.addStretch(1)

    def text(self, name: str) -> str:
        """What stands in a line."""
        return self.edits[name].text().strip()

    def tell(self, words: str) -> None:
        """Says what is wrong."""
        self.message_label.setText(f"✕ {words}" if words else "")

    def missing(self) -> bool:
        """Whether a line is empty; says so and puts the cursor there."""
        for edit in self.edits.values():
            if not edit.text().strip():
                self.tell(_("这几项都要填"))
                edit.setFocus()
                return True
        return False


class Wizard(QWidget):
    """The pages of the first run."""

    opened = Signal(object)

    def __init__(self, door: Door, runner: Runner, ask: Ask) -> None:
        super().__init__()
        self.setObjectName("wizard")
        self.setProperty("look", "page")
        self._door = door
        self._runner = runner
        self._ask = ask
        self._progress: Progress | None = None
        self._files: dict[str, Path] = {}
        self.stack = QStackedWidget()
        self.steps: dict[str, Step] = {}
        for name, make in (
            ("choose", self._make_choice),
            ("new", self._make_new),
            ("restore", self._make_restore),
            ("join", self._make_join),
        ):
            self.steps[name] = make()
            self.stack.addWidget(self.steps[name])
        self.bar = QProgressBar()
        self.bar.setRange(0, 0)
        self.bar.hide()
        self.stage_label = text_label("", "hint", name="wizardStage")
        inner = QWidget()
        inner.setLayout(column(self.stack, self.stage_label, self.bar, margins=(36, 28, 36, 24), gap=6))
        card = frame("card", column(scrolled(inner)))
        card.setFixedWidth(px(620))
        card.setMaximumHeight(px(640))
        layout = QVBoxLayout(self)
        layout.addStretch(1)
        layout.addWidget(card, 12, Qt.AlignmentFlag.AlignHCenter)
        layout.addStretch(1)
        runner.reported.connect(self._tell_report)

    # -- pages -----------------------------------------------------------------------------------------------------

    def _make_choice(self) -> Step:
        step = Step(_("欢迎使用警务室"), _("这台电脑上还没有数据。请选一样："))
        for name, label, sentence in WAYS:
            if name == "join" and not self._door.may_join():
                continue
            words = _("接着练习") if name == "practice" and self._door.has_practice() else _(label)
            made = button(words, f"way_{name}_Button", partial(self._go, name), kind="big")
            step.lines.addWidget(made)
            step.lines.addWidget(text_label(_(sentence), "hint", wrap=True))
        step.add_end()
        return step

    def _back_button(self) -> QPushButton:
        return button(_("返回"), "wizardBackButton", partial(self._go, "choose"))

    def _make_new(self) -> Step:
        step = Step(_("新建警务室"), _("建好后会打印一张恢复单，请锁进保险柜：忘记密码时只有它能打开数据。"))
        step.add_line("code", _("警务室代码"), example="649901100201")
        step.add_line("name", _("警务室名称"), example=_("青石镇柳湾村警务室"))
        step.add_line("station", _("所属派出所"), example=_("青石派出所"))
        step.add_line("user", _("您的姓名（登录时用）"), example=_("王警官"))
        step.add_line("password", _("密码（至少 8 位，字母和数字都要有）"), secret=True)
        step.add_line("again", _("再输一次密码"), secret=True)
        step.add_end(button(_("建立"), "createButton", self.create_room, kind="primary"), self._back_button())
        return step

    def _make_restore(self) -> Step:
        step = Step(_("从备份恢复"), _("先选备份文件夹，再输入备份时的姓名和密码。备份本身不会被改动。"))
        step.lines.addLayout(self._file_row("copy", _("选择备份…"), "chooseCopyButton"))
        step.add_line("user", _("姓名"))
        step.add_line("password", _("密码"), secret=True)
        step.add_end(button(_("恢复"), "restoreButton", self.restore, kind="primary"), self._back_button())
        return step

    def _make_join(self) -> Step:
        step = Step(
            _("加入县局"), _("第一步写出申请交给县局；第二步拿到批准文件后回到这里完成。六个词请打电话核对。")
        )
        step.add_line("user", _("您的姓名（登录时用）"))
        step.add_line("password", _("密码（至少 8 位，字母和数字都要有）"), secret=True)
        step.lines.addLayout(self._file_row("slot", _("选择入网文件…"), "chooseSlotButton"))
        step.lines.addLayout(row(button(_("第一步：写出申请"), "requestButton", self.request), 1))
        self.words_label = text_label("", "lead", wrap=True, name="sixWords")
        step.lines.addWidget(self.words_label)
        step.lines.addLayout(self._file_row("approval", _("选择批准文件…"), "chooseApprovalButton"))
        finish = button(_("第二步：完成加入"), "finishButton", self.finish, kind="primary")
        step.add_end(finish, self._back_button())
        return step

    def _file_row(self, name: str, words: str, button_name: str) -> QVBoxLayout:
        shown = text_label(_("还没有选"), "hint", wrap=True, name=f"{name}FileLabel")

        def answered(path: Path) -> None:
            self._files[name] = path
            shown.setText(str(path))

        def pressed() -> None:
            if name == "copy":
                self._ask.folder(self, words, answered)
            else:
                self._ask.open_file(self, words, _("全部 (*)"), answered)

        box = QVBoxLayout()
        line = row(button(words, button_name, pressed), shown)
        line.setStretch(1, 1)
        box.addLayout(line)
        return box

    def _go(self, name: str) -> None:
        if name == "practice":
            self.practise()
            return
        self.stack.setCurrentWidget(self.steps[name])
        first = next(iter(self.steps[name].edits.values()), None)
        if first is not None:
            first.setFocus()

    # -- doing -----------------------------------------------------------------------------------------------------

    def practise(self) -> None:
        """Makes a practice room and opens it."""
        self._run(_("正在做练习室"), self._door.practise, self.steps["choose"])

    def create_room(self) -> None:
        """Makes the room."""
        step = self.steps["new"]
        if step.missing():
            return
        if step.edits["password"].text() != step.edits["again"].text():
            step.tell(_("两次输入的密码不一样"))
            step.edits["again"].setFocus()
            return
        facts = NewRoomFacts(
            code=step.text("code"),
            name=step.text("name"),
            station=step.text("station"),
            user=step.text("user"),
            password=step.edits["password"].text(),
        )
        self._run(_("正在建立"), lambda _tell: self._door.create(facts), step)

    def restore(self) -> None:
        """Takes the room out of the backup."""
        step = self.steps["restore"]
        if step.missing():
            return
        if "copy" not in self._files:
            step.tell(_("请先选备份文件夹"))
            return
        copy, user, password = self._files["copy"], step.text("user"), step.edits["password"].text()
        self._run(_("正在恢复"), lambda tell: self._door.restore(copy, user, password, tell), step)

    def request(self) -> None:
        """Writes the request to join."""
        step = self.steps["join"]
        if step.missing():
            return
        if "slot" not in self._files:
            step.tell(_("请先选县局给的入网文件"))
            return
        slot, user, password = self._files["slot"], step.text("user"), step.edits["password"].text()

        def answered(path: Path) -> None:
            self._runner.run(
                lambda: self._door.request_enrolment(slot, path, user, password),
                self._show_words,
                lambda failure: step.tell(failure.sentence),
                owner=self,
            )

        self._ask.save_file(self, _("申请存到"), Path("入网申请.request"), _("全部 (*)"), answered)

    def _show_words(self, enrolment: Enrolment) -> None:
        words = "　".join(enrolment.words)
        self.words_label.setText(
            _("✓ 申请已写到 {name}。核对用的六个词：{words}").format(name=enrolment.path.name, words=words)
        )

    def finish(self) -> None:
        """Joins with the approval."""
        step = self.steps["join"]
        if step.missing():
            return
        if "approval" not in self._files:
            step.tell(_("请先选县局的批准文件"))
            return
        approval, user, password = self._files["approval"], step.text("user"), step.edits["password"].text()
        self._run(_("正在加入"), lambda _tell: self._door.finish_enrolment(approval, user, password), step)

    def _run(self, label: str, job: Callable[[Progress], Opened], step: Step) -> None:
        if self._progress is not None:
            return
        step.tell("")
        self.stage_label.setText(label)
        self.bar.show()
        self.stack.setEnabled(False)

        def failed(failure: Failure) -> None:
            step.tell(failure.sentence)

        self._progress = self._runner.run_long(
            job, self.opened.emit, failed, label=label, owner=self, ended=self._ended
        )

    def _ended(self) -> None:
        self._progress = None
        self.bar.hide()
        self.stage_label.clear()
        self.stack.setEnabled(True)

    def _tell_report(self, report: Report) -> None:
        counts = f" {report.done:,} / {report.total:,}" if report.total else ""
        self.stage_label.setText(f"{report.label}：{report.stage}{counts}")
        self.bar.setRange(0, report.total)
        self.bar.setValue(report.done)
