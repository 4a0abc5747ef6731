"""排班表: the month grid with its bar; reads and saves through the runner, one month at a time."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import Any

from PySide6.QtWidgets import QVBoxLayout, QWidget

from desktop.base.clock import today
from desktop.base.errors import Failure
from desktop.base.text import _
from desktop.patrol import roster, rules
from desktop.patrol.rules import MonthPlan
from desktop.patrol.ui.month_draft import MonthDraft
from desktop.patrol.ui.shift_grid import ShiftGrid
from desktop.staff.office import Office
from desktop.widgets.ask import Option
from desktop.widgets.blocks import button, flow, frame, row, text_label
from desktop.widgets.workbench import Workbench


def make_page(desk: Workbench) -> QWidget:
    """The page 排班表, for the main window."""
    return RosterPage(desk)


class RosterPage(QWidget):
    """One month of duties; leaving it with unsaved changes asks first."""

    def __init__(self, desk: Workbench) -> None:
        super().__init__()
        self.setObjectName("rosterPage")
        self.desk = desk
        self.room: Office = desk.room
        now = today(desk.clock)
        self.year, self.month = now.year, now.month
        self.grid = ShiftGrid()
        self.setFocusProxy(self.grid)
        self.grid.edited.connect(self._show_state)
        self.grid.save_wanted.connect(self.save)
        self.month_label = text_label("", "title", name="rosterMonthLabel")
        self.state_label = text_label("", "hint", name="rosterStateLabel")
        self.previous_button = button("<", "previousMonthButton", partial(self._turn, -1), hint=_("上个月"))
        self.next_button = button(">", "nextMonthButton", partial(self._turn, 1), hint=_("下个月"))
        self.save_button = button(_("保存"), "saveButton", self.save, kind="primary", hint="Ctrl+S")
        self.undo_button = button(_("撤销"), "undoButton", self._undo, hint="Ctrl+Z")
        self.draft_button = button(_("自动排班"), "draftButton", self._choose_team)
        self.publish_button = button(_("发布"), "publishButton", self.publish)
        self.print_button = button(_("打印"), "printButton", self.print_month)
        self._build()
        desk.changed.connect(self._after_change)
        self.load()

    def _build(self) -> None:
        bar = frame(
            "bar",
            flow(
                self.previous_button,
                self.month_label,
                self.next_button,
                self.state_label,
                1,
                self.undo_button,
                self.draft_button,
                self.print_button,
                self.publish_button,
                self.save_button,
                margins=(20, 10, 20, 10),
            ),
        )
        body = frame("body", row(self.grid, margins=(12, 10, 12, 10)))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(bar)
        layout.addWidget(body, 1)

    # -- reading ---------------------------------------------------------------------------------------------------

    def load(self, *, keep_typed: bool = False) -> None:
        """Reads the month again; with `keep_typed`, only when nothing was typed in the meantime."""
        year, month, room = self.year, self.month, self.room
        self.month_label.setText(_("{year}年{month}月排班表").format(year=year, month=month))
        self.desk.runner.run(
            lambda: roster.read_month(room, year, month),
            partial(self._show, keep_typed=keep_typed),
            owner=self,
        )

    def _show(self, plan: MonthPlan, *, keep_typed: bool) -> None:
        if (plan.year, plan.month) != (self.year, self.month) or (keep_typed and self.has_changes):
            return
        marks = rules.day_marks(plan.year, plan.month, self.room.holidays)
        may_write = self.desk.may("patrol", "C") and self.desk.may("patrol", "U")
        self.grid.show_draft(MonthDraft(plan, marks), is_read_only=not may_write)
        self._show_state()

    def _show_state(self) -> None:
        draft = self.grid.draft
        changed = self.has_changes
        may_write = not self.grid.table.is_read_only
        self.save_button.setEnabled(changed and may_write)
        self.undo_button.setEnabled(draft is not None and draft.can_undo)
        self.draft_button.setEnabled(not changed and may_write)
        self.publish_button.setEnabled(not changed and self.desk.may("patrol", "A") and self._has_drafts())
        self.print_button.setEnabled(not changed and self.desk.may("patrol", "P"))
        self.state_label.setText(self._state_words())

    def _state_words(self) -> str:
        draft = self.grid.draft
        if draft is None:
            return ""
        if not draft.people:
            return _("还没有登记人员。请先到“人员”里登记民警、辅警")
        if self.has_changes:
            return _("● 有改动还没有保存")
        if not draft.all_shifts():
            return _("这个月还没有排班。选一格，按字母就能排")
        years = self.room.holidays.unpublished_years(draft.days[0], draft.days[-1])
        notice = _("；{year}年放假安排未发布，休息日按周末推算").format(year=years[0]) if years else ""
        return (_("编排中，还没有发布") if self._has_drafts() else _("✓ 已发布，改动要写原因")) + notice

    def _has_drafts(self) -> bool:
        draft = self.grid.draft
        return draft is not None and any(not shift.is_published for shift in draft.all_shifts())

    @property
    def has_changes(self) -> bool:
        """Whether something was typed and not saved."""
        draft = self.grid.draft
        return draft is not None and not draft.changes().is_empty

    # -- doing -----------------------------------------------------------------------------------------------------

    def save(self) -> None:
        """Saves everything that was changed; asks for a reason when the month was published."""
        draft = self.grid.draft
        if draft is None or not self.has_changes:
            return
        if draft.is_published:
            self.desk.ask.text(self, _("调整排班"), _("这个月已经发布。调整原因："), self._save_with)
        else:
            self._save_with("")

    def _save_with(self, reason: str) -> None:
        draft = self.grid.draft
        if draft is None:
            return
        changes, room = draft.changes(reason), self.room
        # What is typed now would not be in what is being saved, and the month is read anew after it.
        self.grid.table.is_read_only = True
        self._show_state()
        self.desk.runner.run(
            lambda: roster.save_month(room, changes),
            self._saved,
            self._not_saved,
            label=_("正在保存排班"),
            owner=self,
        )

    def _not_saved(self, failure: Failure) -> None:
        """Everything that was typed is still there to be saved again."""
        self.grid.table.is_read_only = False
        self._show_state()
        self.desk.messages.tell_failure(failure)

    def _saved(self, refs: roster.Changed) -> None:
        self.desk.messages.tell(_("排班已保存"))
        self._reload_after(refs)

    def _reload_after(self, refs: roster.Changed) -> None:
        """What was typed is stored now; the next reading brings it back with its ids."""
        self.load()
        self.desk.tell_changed(refs)

    def _undo(self) -> None:
        draft = self.grid.draft
        if draft is not None:
            draft.undo()
            self.grid.table.edited.emit()
            self.grid.model.refresh()

    def publish(self) -> None:
        """Publishes the month after a question."""
        told = _("发布以后大家都按这张表上岗，再改动要写原因。现在发布吗？")
        options = (Option("no", _("先不发布")), Option("yes", _("发布")))
        self.desk.ask.question(self, _("发布排班"), told, options, self._publish_if)

    def _publish_if(self, answer: str) -> None:
        if answer != "yes":
            return
        room, year, month = self.room, self.year, self.month
        self.desk.runner.run(
            lambda: roster.publish_and_tell(room, year, month),
            self._published,
            label=_("正在发布排班"),
            owner=self,
        )

    def _published(self, refs: roster.Changed) -> None:
        self.desk.messages.tell(_("排班已发布"))
        self._reload_after(refs)

    def _choose_team(self) -> None:
        room = self.room
        self.desk.runner.run(lambda: roster.read_teams(room), self._ask_team, owner=self)

    def _ask_team(self, teams: tuple[tuple[str, str], ...]) -> None:
        if not teams:
            self.desk.messages.tell(_("还没有登记队伍。请先到“队伍”里登记队伍和队员，再自动排班"))
            return
        options = (Option("", _("不排了")), *(Option(team_id, name) for team_id, name in teams))
        told = _("给哪支队伍排{month}月的班？已经排好的日子不会动，排好以后可以再改。").format(
            month=self.month
        )
        self.desk.ask.question(self, _("自动排班"), told, options, self._draft_for)

    def _draft_for(self, team_id: str) -> None:
        if not team_id:
            return
        room, year, month = self.room, self.year, self.month
        self.desk.runner.run(
            lambda: roster.draft_and_tell(room, team_id, year, month),
            self._drafted,
            label=_("正在排班"),
            owner=self,
        )

    def _drafted(self, refs: roster.Changed) -> None:
        self.desk.messages.tell(_("排好了 {count} 个班次，请逐日看一遍，再发布").format(count=len(refs)))
        self._reload_after(refs)

    def print_month(self) -> None:
        """Makes the month matrix and shows it."""
        room, year, month = self.room, self.year, self.month
        title = self.month_label.text()
        self.desk.runner.run(
            lambda: roster.month_pdf(room, year, month),
            lambda pdf: self.desk.show_paper(title, pdf),
            label=_("正在生成排班表"),
            owner=self,
        )

    # -- moving about ----------------------------------------------------------------------------------------------

    def _turn(self, by: int) -> None:
        self._if_saved(partial(self._go, by))

    def _go(self, by: int) -> None:
        place = self.year * 12 + self.month - 1 + by
        self.show_month(date(place // 12, place % 12 + 1, 1))

    def show_month(self, day: date) -> None:
        """Shows the month of a day; changes that were not saved are gone."""
        self.year, self.month = day.year, day.month
        self.load()

    def _if_saved(self, then: Any) -> None:
        if not self.has_changes:
            then()
            return
        told = _("这个月有改动还没有保存。")
        options = (Option("stay", _("回去保存")), Option("drop", _("不要这些改动"), is_danger=True))
        self.desk.ask.question(
            self, _("还没有保存"), told, options, lambda key: then() if key == "drop" else None
        )

    def _after_change(self, refs: Any) -> None:
        """Other windows changed shifts, leaves or people: read again, unless that would lose what was typed."""
        kinds = {kind for kind, _record_id in refs}
        if kinds & {"shift", "leave", "staff_member", "sign_in"} and not self.has_changes:
            self.load(keep_typed=True)
