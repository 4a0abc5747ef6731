"""The page of one kind: its list, the record beside it, its form; the same for every kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QMenu, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from desktop.base.clock import today
from desktop.base.text import _
from desktop.database.kinds import Kind
from desktop.shell.desk import Changed, Desk
from desktop.shell.detail_pane import DetailPane
from desktop.shell.entry_page import EntryPage
from desktop.shell.import_dialog import ImportDialog
from desktop.shell.office import FileRef, Paper, RecordRef, RecordView, Saved
from desktop.shell.step_dialog import StepDialog
from desktop.staff.blank_forms import is_written_by_hand
from desktop.staff.records import Step
from desktop.widgets.blocks import button, hide_unless, row
from desktop.widgets.filter_bar import FilterBar
from desktop.widgets.listing import ListColumn, ListQuery, ListRow
from desktop.widgets.record_table import RecordTable
from desktop.widgets.theme import px

COLUMN_WIDTHS = {
    "date": 104,
    "time": 64,
    "instant": 140,
    "choice": 110,
    "person_name": 90,
    "boolean": 60,
    "phone": 116,
    "link": 140,
    "links": 120,
}


STATE_PLACE = 2


def list_columns(kind: Kind) -> list[ListColumn]:
    """The columns of a kind's list, as its fields declare them.

    The state stands third, or it would be off the screen; the number comes last because it says least.
    """
    listed = sorted(
        (field for field in kind.fields.values() if field.list_order), key=lambda field: field.list_order
    )
    state = next((field for field in listed[STATE_PLACE:] if field.name == kind.info.state), None)
    if state is not None:
        listed.remove(state)
        listed.insert(STATE_PLACE, state)
    columns = [ListColumn(one.name, _(one.label), COLUMN_WIDTHS.get(str(one.type), 200)) for one in listed]
    if kind.info.letter:
        columns.append(ListColumn("serial_no", _("编号"), 190))
    return columns or [ListColumn(name, _(kind.fields[name].label)) for name in kind.info.title]


class RecordPage(QWidget):
    """List, detail and form of one kind."""

    def __init__(self, desk: Desk, kind: Kind) -> None:
        super().__init__()
        self.setObjectName(f"{kind.name}Page")
        self.desk = desk
        self.kind = kind
        self.columns = list_columns(kind)
        self.entry: EntryPage | None = None
        self._is_stale = False
        self.table = self._make_table()
        self.detail = DetailPane(desk, kind)
        self.tools = self._make_tools()
        self._build()
        self._connect()
        self._add_shortcuts()
        self.table.reload()

    # -- making ----------------------------------------------------------------------------------------------------

    def _make_table(self) -> RecordTable:
        info, codes = self.kind.info, self.desk.office.registry.codes
        states = codes.of(self.kind.fields[info.state].codes) if info.state else {}
        filters = FilterBar(
            self.kind.name, today(self.desk.clock), day_field=info.day, state_field=info.state, states=states
        )
        return RecordTable(
            self.kind.name,
            self.columns,
            filters,
            self.desk.keep,
            find=self._find,
            fetch=self._fetch,
            empty_hint=_(info.empty_hint) or _("登记的{kind}会列在这里").format(kind=self.kind.label),
        )

    def _find(self, query: ListQuery, done: Callable[[list[str]], None]) -> None:
        office, kind = self.desk.office, self.kind.name
        self.desk.runner.run(lambda: office.list_ids(kind, query), done, owner=self)

    def _fetch(self, ids: Any, done: Callable[[list[ListRow]], None]) -> None:
        office, kind, names = self.desk.office, self.kind.name, [one.name for one in self.columns]
        self.desk.runner.run(lambda: office.rows(kind, ids, names), done, owner=self)

    def _make_tools(self) -> QWidget:
        area = self.kind.info.area
        words = _("登记{kind}").format(kind=self.kind.label)
        self.add_button = button(f"＋ {words}", "addButton", self.open_entry, kind="primary", hint="Ctrl+N")
        hide_unless(self.desk.may(area, "C"), self.add_button, self.table.add_button)
        menu = QMenu(self)
        if self.desk.may(area, "P"):
            menu.addAction(_("打印这个列表")).triggered.connect(lambda _on=False: self.print_list())
        if is_written_by_hand(self.kind) and self.desk.may("numbers", "C") and self.desk.may(area, "C"):
            menu.addAction(_("预留编号，打印空白表…")).triggered.connect(
                lambda _on=False: self.print_blanks()
            )
        if (is_written_by_hand(self.kind) or area == "numbers") and self.desk.may("numbers", "R"):
            menu.addAction(_("预留编号使用情况")).triggered.connect(
                lambda _on=False: self.print_number_report()
            )
        if self.desk.may(area, "X"):
            menu.addAction(_("导出表格…")).triggered.connect(lambda _on=False: self.export_list())
        if self.desk.may(area, "C"):
            menu.addAction(_("从表格导入…")).triggered.connect(lambda _on=False: self.import_table())
        self.more_button = button(_("列表"), "listMenuButton")
        self.more_button.setProperty("menu", "yes")
        self.more_button.setMenu(menu)
        hide_unless(not menu.isEmpty(), self.more_button)
        tools = QWidget()
        tools.setLayout(row(1, self.more_button, self.add_button))
        return tools

    def _build(self) -> None:
        self.splitter = QSplitter(Qt.Orientation.Horizontal)
        self.splitter.setObjectName(f"{self.kind.name}Splitter")
        self.splitter.setChildrenCollapsible(False)
        self.splitter.setHandleWidth(1)
        self.splitter.addWidget(self.table)
        self.splitter.addWidget(self.detail)
        self.splitter.setStretchFactor(0, 3)
        self.splitter.setStretchFactor(1, 2)
        self.detail.setMinimumWidth(px(230))
        self.desk.keep.restore_split(self.splitter, [720, 460])
        self.splitter.splitterMoved.connect(lambda _place, _index: self.desk.keep.keep_split(self.splitter))
        self.stack = QStackedWidget()
        self.stack.addWidget(self.splitter)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.stack)

    def _connect(self) -> None:
        self.table.selected.connect(self.show_record)
        self.table.opened.connect(lambda _id: self.edit())
        self.table.add_wanted.connect(self.open_entry)
        self.table.loaded.connect(self._loaded)
        self.desk.changed.connect(self._was_changed)
        detail = self.detail
        detail.edit_wanted.connect(self.edit)
        detail.step_wanted.connect(self.take_step)
        detail.paper_wanted.connect(self.show_paper)
        detail.void_wanted.connect(self.void)
        detail.undo_wanted.connect(self.undo)
        detail.attach_wanted.connect(self.attach)
        detail.file_wanted.connect(self.save_file)
        detail.growth_wanted.connect(self._grow)
        detail.record_wanted.connect(self.desk.open_record)

    def _add_shortcuts(self) -> None:
        actions = {
            "Ctrl+N": self.open_entry,
            "Ctrl+E": self.edit,
            "Ctrl+P": self._print_first,
            "Ctrl+F": self._filter,
        }
        for keys, action in actions.items():
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(action)

    # -- looking ---------------------------------------------------------------------------------------------------

    @property
    def view(self) -> RecordView | None:
        """The record on show."""
        return self.detail.view

    def show_record(self, record_id: str) -> None:
        """Shows one record beside the list."""
        office, kind = self.desk.office, self.kind.name
        self.desk.runner.run(lambda: office.view(kind, record_id), self._show_view, owner=self)

    def _show_view(self, view: RecordView) -> None:
        if self.table.current_id not in ("", view.id):
            return
        here: QWidget | None = self.window().focusWidget()
        stood_in_detail = here is not None and self.detail.isAncestorOf(here)
        self.detail.show_view(view)
        if stood_in_detail:
            # The button that was pressed is gone; the keys of the page must go on working.
            self.table.view.setFocus()

    def open_record(self, record_id: str) -> None:
        """Shows one record and marks its line."""
        self._close_entry()
        if record_id not in self.table.model.ids and self.table.filters.is_active:
            self.table.filters.clear()
        self.table.select(record_id)
        self.show_record(record_id)

    def _loaded(self, count: int) -> None:
        if not count:
            self.detail.show_nothing()

    def _was_changed(self, changed: Changed) -> None:
        if not any(kind == self.kind.name for kind, _id in changed):
            if self.view is not None and self.isVisible():
                self.show_record(self.view.id)
            return
        self.table.refresh()
        if self.view is not None and (self.kind.name, self.view.id) in changed:
            self.show_record(self.view.id)

    def _filter(self) -> None:
        self.table.filters.search_edit.setFocus()
        self.table.filters.search_edit.selectAll()

    def focus_list(self) -> None:
        """Puts the cursor where work starts: into the open form, else into the list."""
        if self.entry is not None:
            self.entry.form.focus_first()
        else:
            self.table.view.setFocus()

    # -- entering --------------------------------------------------------------------------------------------------

    def open_entry(self, values: Mapping[str, Any] | None = None, origin: RecordRef | None = None) -> None:
        """Opens an empty form; an unsaved one is kept as a draft first."""
        if not self.desk.may(self.kind.info.area, "C"):
            return
        self._show_entry(EntryPage(self.desk, self.kind, values=values, origin=origin))

    def edit(self) -> None:
        """Opens the form of the record on show, as it is stored now."""
        if self.view is None or self.view.is_void or not self.desk.may(self.kind.info.area, "U"):
            return
        office, kind, record_id = self.desk.office, self.kind.name, self.view.id
        self.desk.runner.run(
            lambda: office.view(kind, record_id),
            lambda view: self._show_entry(EntryPage(self.desk, self.kind, view=view)),
            owner=self,
        )

    def _show_entry(self, entry: EntryPage) -> None:
        self._close_entry()
        self.entry = entry
        entry.saved.connect(self._entry_saved)
        entry.closed.connect(self._entry_closed)
        self.stack.addWidget(entry)
        self.stack.setCurrentWidget(entry)
        self.tools.hide()
        entry.form.focus_first()

    def _close_entry(self) -> None:
        if self.entry is None:
            return
        entry, self.entry = self.entry, None
        entry.keeper.write_now()
        self.stack.removeWidget(entry)
        entry.deleteLater()
        self.stack.setCurrentWidget(self.splitter)
        self.tools.show()

    def _entry_closed(self) -> None:
        self._close_entry()
        self.table.view.setFocus()

    def _entry_saved(self, saved: Saved, is_next: bool) -> None:
        origin = self.entry.origin if self.entry is not None else None
        self._close_entry()
        self.table.select(saved.id)
        if is_next:
            self.open_entry(origin=origin)
            return
        self.show_record(saved.id)
        self.table.view.setFocus()

    # -- doing -----------------------------------------------------------------------------------------------------

    def take_step(self, step: Step) -> None:
        """Asks for what the step needs and takes it."""
        if self.view is not None:
            StepDialog(self, self.desk, self.view, step).open()

    def show_paper(self, paper: Paper) -> None:
        """Makes a paper of the record and shows it."""
        if self.view is None:
            return
        office, record_id, title = self.desk.office, self.view.id, _(paper.label)
        self.desk.runner.run(
            lambda: office.paper(paper.name, record_id),
            lambda pdf: self.desk.show_paper(title, pdf),
            label=_("正在生成{paper}").format(paper=title),
            owner=self,
        )

    def _print_first(self) -> None:
        if self.view is not None and self.view.papers:
            self.show_paper(self.view.papers[0])

    def void(self) -> None:
        """Voids the record, after asking why."""
        if self.view is None:
            return
        view, office = self.view, self.desk.office

        def answered(reason: str) -> None:
            self.desk.runner.run(
                lambda: office.void(view.kind, view.id, reason),
                lambda _none: self._was_done(view.id, _("已作废")),
                owner=self,
            )

        words = _("作废以后编号还在，内容不能再改。请写明原因：")
        self.desk.ask.text(self, _("作废 {title}").format(title=view.title), words, answered)

    def undo(self) -> None:
        """Takes back the last change."""
        if self.view is None:
            return
        view, office = self.view, self.desk.office
        self.desk.runner.run(
            lambda: office.undo(view.kind, view.id),
            lambda _saved: self._was_done(view.id, _("已撤销上一次修改")),
            owner=self,
        )

    def attach(self) -> None:
        """Attaches a file."""
        if self.view is None:
            return
        view, office = self.view, self.desk.office

        def answered(path: Path) -> None:
            self.desk.runner.run(
                lambda: office.attach(view.kind, view.id, path),
                lambda _none: self._was_done(view.id, _("已加附件 {name}").format(name=path.name)),
                label=_("正在加附件"),
                owner=self,
            )

        self.desk.ask.open_file(
            self, _("选择附件"), _("图片和文档 (*.jpg *.jpeg *.png *.pdf *.docx *.xlsx);;全部 (*)"), answered
        )

    def save_file(self, file: FileRef) -> None:
        """Writes an attachment where the person wants it."""
        if self.view is None:
            return
        view, office = self.view, self.desk.office

        def answered(path: Path) -> None:
            self.desk.runner.run(
                lambda: office.save_file(view.kind, view.id, file.id, path),
                lambda _none: self.desk.messages.tell(_("已存到 {path}").format(path=path)),
                owner=self,
            )

        self.desk.ask.save_file(self, _("附件另存为"), Path(file.name), _("全部 (*)"), answered)

    def _was_done(self, record_id: str, words: str) -> None:
        self.desk.messages.tell(words)
        self.desk.tell_changed([(self.kind.name, record_id)])

    def _grow(self, kind: str) -> None:
        if self.view is not None:
            self.desk.open_entry(kind, {}, RecordRef(self.kind.name, self.view.id, self.view.title))

    # -- the whole list --------------------------------------------------------------------------------------------

    def print_list(self) -> None:
        """Makes a PDF of the list on screen."""
        office, kind, ids, names = self.desk.office, self.kind.name, self.table.selected_ids(), self._names()
        self.desk.runner.run(
            lambda: office.list_pdf(kind, ids, names),
            lambda pdf: self.desk.show_paper(_("{kind}列表").format(kind=self.kind.label), pdf),
            label=_("正在排版列表"),
            owner=self,
        )

    def print_blanks(self) -> None:
        """Asks how many, reserves their numbers and shows blank forms that bear them."""
        office, kind = self.desk.office, self.kind.name

        def answered(typed: str) -> None:
            self.desk.runner.run(
                lambda: office.blank_forms_pdf(kind, typed),
                lambda pdf: self.desk.show_paper(_("空白{kind}表").format(kind=self.kind.label), pdf),
                label=_("正在预留编号"),
                owner=self,
            )

        words = _("要几份？每份占用一个编号，回来后照编号补登；没用的到“预留编号”里作废。")
        self.desk.ask.text(self, _("预留编号，打印空白表"), words, answered)

    def print_number_report(self) -> None:
        """Shows which reserved numbers are used, void or missing: of this kind, or on their own page of all."""
        office, kind = self.desk.office, self.kind.name if self.kind.info.letter else ""
        self.desk.runner.run(
            lambda: office.number_report_pdf(kind),
            lambda pdf: self.desk.show_paper(_("预留编号使用情况"), pdf),
            label=_("正在排版预留编号使用情况"),
            owner=self,
        )

    def export_list(self) -> None:
        """Writes the list on screen as a table."""
        office, kind, ids, names = self.desk.office, self.kind.name, self.table.selected_ids(), self._names()

        def answered(path: Path) -> None:
            self.desk.runner.run(
                lambda: office.export_xlsx(kind, ids, names, path),
                lambda _none: self.desk.messages.tell(
                    _("已导出 {count} 条到 {path}").format(count=len(ids), path=path)
                ),
                label=_("正在导出"),
                owner=self,
            )

        suggested = Path(f"{self.kind.label}{today(self.desk.clock):%Y%m%d}.xlsx")
        self.desk.ask.save_file(self, _("导出到"), suggested, _("表格 (*.xlsx)"), answered)

    def import_table(self) -> None:
        """Takes records in from a table, after a rehearsal."""
        words = _("表格 (*.xlsx *.xls *.csv)")
        self.desk.ask.open_file(self, _("选择要导入的表格"), words, self._import)

    def _import(self, path: Path) -> None:
        ImportDialog(self, self.desk, self.kind, path).open()

    def _names(self) -> list[str]:
        return [one.name for one in self.columns]
