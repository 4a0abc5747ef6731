"""One record to read: what it says, what can be done with it, where it came from, what grew from it, its history."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QLabel, QMenu, QVBoxLayout, QWidget

from desktop.base.clock import local_time
from desktop.base.text import _
from desktop.database.kinds import Kind
from desktop.database.record import Children
from desktop.shell.desk import Desk
from desktop.shell.office import ChildRow, FileRef, RecordRef, RecordView
from desktop.staff.records import Step
from desktop.widgets.blocks import (
    ItemButton,
    badge,
    button,
    clear,
    column,
    frame,
    hide_unless,
    row,
    rule,
    scrolled,
    text_label,
)
from desktop.widgets.flow_layout import FlowLayout
from desktop.widgets.theme import LARGE_SCALE, process_theme, px


class DetailPane(QWidget):
    """Shows a view; tells what the person wants and does nothing itself."""

    edit_wanted = Signal()
    step_wanted = Signal(object)
    paper_wanted = Signal(object)
    void_wanted = Signal()
    undo_wanted = Signal()
    attach_wanted = Signal()
    file_wanted = Signal(object)
    growth_wanted = Signal(str)
    record_wanted = Signal(str, str)

    def __init__(self, desk: Desk, kind: Kind) -> None:
        super().__init__()
        self.setObjectName(f"{kind.name}Detail")
        self.desk = desk
        self.kind = kind
        self.view: RecordView | None = None
        self.body = QWidget()
        self._lines = QVBoxLayout(self.body)
        self._lines.setContentsMargins(px(18), px(12), px(18), px(16))
        self._lines.setSpacing(px(10))
        self._head = QVBoxLayout()
        self._head.setContentsMargins(px(18), px(12), px(18), px(10))
        self._head.setSpacing(px(8))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        head = frame("bar", self._head)
        if process_theme.scale < LARGE_SCALE:
            layout.addWidget(head)
            layout.addWidget(frame("plain", column(scrolled(self.body), gap=0)), 1)
        else:
            # With large letters the head alone may be as high as the window, so it scrolls with the rest.
            whole = QWidget()
            whole.setLayout(column(head, self.body, gap=0))
            layout.addWidget(frame("plain", column(scrolled(whole), gap=0)), 1)
        self.show_nothing()

    def show_nothing(self, words: str = "") -> None:
        """Shows that no record is chosen."""
        self.view = None
        clear(self._head)
        clear(self._lines)
        hint = text_label(words or _("在左边选一条，这里显示它的内容"), "soft", wrap=True)
        hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._lines.addStretch(1)
        self._lines.addWidget(hint)
        self._lines.addStretch(2)

    def show_view(self, view: RecordView) -> None:
        """Shows a record."""
        self.view = view
        clear(self._head)
        clear(self._lines)
        self._show_head(view)
        self._show_actions(view)
        self._show_fields(view)
        for child in self.kind.children:
            self._show_children(child, view.children.get(child.name, ()))
        self._show_relations(view)
        self._show_files(view)
        self._show_history(view)
        self._lines.addStretch(1)

    # -- parts -----------------------------------------------------------------------------------------------------

    def _show_head(self, view: RecordView) -> None:
        title = text_label(view.title or view.serial_no, "lead", wrap=True, name="detailTitle")
        title.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._head.addWidget(title)
        marks: list[QLabel] = []
        if view.is_void:
            marks.append(badge("void"))
        state = view.words.get(self.kind.info.state, "") if self.kind.info.state else ""
        if state:
            marks.append(badge("info", state))
        if view.conflicts:
            marks.append(badge("conflict"))
        number = text_label(view.serial_no, "soft", name="detailNumber", wrap=True)
        number.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        line = row(*marks, number)
        line.setStretch(len(marks), 1)
        self._head.addLayout(line)
        if view.is_void:
            reason = text_label(_("作废原因：{reason}").format(reason=view.void_reason), wrap=True)
            reason.setProperty("state", "warn")
            self._head.addWidget(reason)

    def _show_actions(self, view: RecordView) -> None:
        holder = QWidget()
        flow = FlowLayout(holder)
        for place, step in enumerate(view.steps):
            flow.addWidget(self._step_button(step, is_first=place == 0))
        area = self.kind.info.area
        if not view.is_void and self.desk.may(area, "U"):
            flow.addWidget(button(_("修改"), "editButton", self.edit_wanted.emit, hint="Ctrl+E"))
        if view.papers and self.desk.may(area, "P"):
            flow.addWidget(self._paper_button(view))
        if not view.is_void:
            flow.addWidget(self._more_button(view))
        hide_unless(flow.count() > 0, holder)
        self._head.addWidget(holder)

    def _step_button(self, step: Step, *, is_first: bool) -> QWidget:
        return button(
            _(step.label),
            f"step_{step.name}_Button",
            partial(self.step_wanted.emit, step),
            kind="primary" if is_first else "",
            hint=_(step.help),
        )

    def _paper_button(self, view: RecordView) -> QWidget:
        if len(view.papers) == 1:
            paper = view.papers[0]
            whole = _("打印{paper}").format(paper=_(paper.label))
            words = whole if process_theme.scale < LARGE_SCALE else _("打印")
            name, pressed = f"paper_{paper.name}_Button", partial(self.paper_wanted.emit, paper)
            return button(words, name, pressed, hint=f"{whole}　Ctrl+P")
        made = button(_("打印"), "printButton", hint="Ctrl+P")
        menu = QMenu(made)
        for paper in view.papers:
            menu.addAction(_(paper.label)).triggered.connect(partial(self._want_paper, paper))
        made.setProperty("menu", "yes")
        made.setMenu(menu)
        return made

    def _want_paper(self, paper: object, _checked: bool = False) -> None:
        self.paper_wanted.emit(paper)

    def _more_button(self, view: RecordView) -> QWidget:
        made = button(_("更多"), "moreButton")
        # Of the button, so that it goes with the record that was shown.
        menu = QMenu(made)
        area = self.kind.info.area
        by_step = {step.makes for step in view.steps}
        for kind in self.desk.office.registry.tops():
            may_grow = self.kind.name in kind.info.grows_from and self.desk.may(kind.info.area, "C")
            if may_grow and kind.name not in by_step:
                words = _("由此登记{kind}").format(kind=kind.label)
                menu.addAction(words).triggered.connect(partial(self._want_growth, kind.name))
        if self.desk.may(area, "U"):
            menu.addSeparator()
            menu.addAction(_("加附件…")).triggered.connect(lambda _on=False: self.attach_wanted.emit())
            menu.addAction(_("撤销上一次修改")).triggered.connect(lambda _on=False: self.undo_wanted.emit())
            menu.addAction(_("作废…")).triggered.connect(lambda _on=False: self.void_wanted.emit())
        made.setProperty("menu", "yes")
        made.setMenu(menu)
        hide_unless(not menu.isEmpty(), made)
        return made

    def _want_growth(self, kind: str, _checked: bool = False) -> None:
        self.growth_wanted.emit(kind)

    def _show_fields(self, view: RecordView) -> None:
        grid = QGridLayout()
        grid.setHorizontalSpacing(px(12))
        grid.setVerticalSpacing(px(7))
        grid.setColumnStretch(1, 1)
        line = 0
        for name, field in self.kind.fields.items():
            words = view.words.get(name, "")
            if not words or name == self.kind.info.state:
                continue
            key = text_label(_(field.label), "name", wrap=True)
            value = self._value_label(words, is_contested=name in view.conflicts)
            if process_theme.scale < LARGE_SCALE:
                key.setFixedWidth(px(96))
                key.setAlignment(Qt.AlignmentFlag.AlignTop)
                grid.addWidget(key, line, 0)
                grid.addWidget(value, line, 1)
                line += 1
            else:
                grid.addWidget(key, line, 0, 1, 2)
                grid.addWidget(value, line + 1, 0, 1, 2)
                line += 2
        self._lines.addLayout(grid)

    def _value_label(self, words: str, *, is_contested: bool) -> QLabel:
        shown = _("◆ {words}（待处理：两边不一样）").format(words=words) if is_contested else words
        value = text_label(shown, wrap=True)
        value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        return value

    def _heading(self, words: str) -> None:
        self._lines.addWidget(rule())
        self._lines.addWidget(text_label(words, "name"))

    def _show_children(self, declared: Children, children: Iterable[ChildRow]) -> None:
        shown = list(children)
        if not shown:
            return
        self._heading(_("{label}（{count}）").format(label=_(declared.label), count=len(shown)))
        for place, child in enumerate(shown, 1):
            names = declared.shows or tuple(child.words)
            words = "　".join(child.words[name] for name in names if child.words.get(name))
            told = f"{place}. {words}" + (f"（{child.arrival}）" if child.arrival else "")
            line = text_label(told, wrap=True, name=f"{declared.name}Line{place}")
            line.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            self._lines.addWidget(line)

    def _show_relations(self, view: RecordView) -> None:
        if view.origin is not None:
            self._heading(_("来自"))
            self._lines.addWidget(self._record_button(view.origin))
        if view.grown:
            self._heading(_("由此登记的"))
            for ref in view.grown:
                self._lines.addWidget(self._record_button(ref))

    def _record_button(self, ref: RecordRef) -> QWidget:
        label = self.desk.office.registry.kind(ref.kind).label
        made = ItemButton(_("{kind}：{title}").format(kind=label, title=ref.title), f"ref_{ref.id}_Button")
        made.clicked.connect(lambda _on=False: self.record_wanted.emit(ref.kind, ref.id))
        return made

    def _show_files(self, view: RecordView) -> None:
        if not view.files:
            return
        self._heading(_("附件（{count}）").format(count=len(view.files)))
        for file in view.files:
            told = (
                _("{name}（{size}）另存…")
                if file.is_here
                else _("○ {name}（{size}）附件未到，交换数据后再看")
            )
            words = told.format(name=file.name, size=size_words(file.size_bytes))
            line = ItemButton(words, f"file_{file.id}_Button")
            line.setEnabled(file.is_here)
            line.clicked.connect(partial(self._want_file, file))
            self._lines.addWidget(line)

    def _want_file(self, file: FileRef, _checked: bool = False) -> None:
        self.file_wanted.emit(file)

    def _show_history(self, view: RecordView) -> None:
        if not view.history:
            return
        self._heading(_("经过"))
        for line in reversed(view.history):
            at = local_time(line.at).strftime("%Y-%m-%d %H:%M")
            words = f"{at}  {line.who}（{line.pc}）  {line.words}"
            self._lines.addWidget(text_label(words, "hint", wrap=True))


def size_words(size_bytes: int) -> str:
    """The size of a file as people say it."""
    if size_bytes >= 1024 * 1024:
        return f"{size_bytes / 1024 / 1024:.1f} MB"
    return f"{max(1, round(size_bytes / 1024))} KB"
