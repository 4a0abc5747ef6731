"""Above a list: type to filter, pick a period and a state; everything works from the keyboard."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QComboBox, QFrame, QGridLayout

from desktop.base import days
from desktop.base.text import N_, _
from desktop.widgets.blocks import button, hide_unless
from desktop.widgets.icons import icon
from desktop.widgets.line_edit import LineEdit
from desktop.widgets.listing import ListQuery
from desktop.widgets.theme import px

TYPING_PAUSE_MS = 200
NARROW_BELOW = 480
PERIODS = {
    "all": N_("全部时间"),
    "month": N_("本月"),
    "last_month": N_("上月"),
    "year": N_("本年"),
    "custom": N_("自定时间"),
}
WITHOUT_VOID = "-void"


def period_days(period: str, today: date) -> tuple[date | None, date | None]:
    """The first and last day of a named period; nothing for all."""
    first = today.replace(day=1)
    if period == "month":
        return first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    if period == "last_month":
        last = first - timedelta(days=1)
        return last.replace(day=1), last
    if period == "year":
        return date(today.year, 1, 1), date(today.year, 12, 31)
    return None, None


class FilterBar(QFrame):
    """The filters of one list."""

    changed = Signal()

    def __init__(
        self,
        name: str,
        today: date,
        *,
        day_field: str = "",
        state_field: str = "",
        states: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__()
        self.setObjectName(f"{name}Filters")
        self.setProperty("look", "bar")
        self._today = today
        self._state_field = state_field
        self.search_edit = LineEdit()
        self.search_edit.setObjectName(f"{name}SearchEdit")
        self.search_edit.setPlaceholderText(_("输入姓名、首字母、编号或内容"))
        self.search_edit.setClearButtonEnabled(True)
        self.search_edit.addAction(icon("search"), LineEdit.ActionPosition.LeadingPosition)
        self.search_edit.setMinimumWidth(px(180))
        self.period_box = _box(f"{name}PeriodBox", {key: _(label) for key, label in PERIODS.items()})
        hide_unless(bool(day_field), self.period_box)
        self.from_edit = _day_edit(f"{name}FromEdit", _("从"))
        self.to_edit = _day_edit(f"{name}ToEdit", _("到"))
        options = {"": _("全部状态"), **(states or {}), WITHOUT_VOID: _("不看作废的")}
        self.state_box = _box(f"{name}StateBox", options)
        self.clear_button = button(_("清空条件"), f"{name}ClearButton", self.clear, kind="quiet")
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(TYPING_PAUSE_MS)
        self._pause.timeout.connect(self._tell)
        self._build()

    def _build(self) -> None:
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(px(12), px(8), px(12), px(8))
        self._grid.setSpacing(px(8))
        self._others = (self.period_box, self.from_edit, self.to_edit, self.state_box, self.clear_button)
        self._lay_out(is_narrow=False)
        self.from_edit.hide()
        self.to_edit.hide()
        self.clear_button.hide()
        self.search_edit.textChanged.connect(lambda _text: self._pause.start())
        self.period_box.currentIndexChanged.connect(self._period_changed)
        self.state_box.currentIndexChanged.connect(lambda _place: self._tell())
        for edit in (self.from_edit, self.to_edit):
            edit.editingFinished.connect(self._days_typed)

    def _lay_out(self, *, is_narrow: bool) -> None:
        self._is_narrow = is_narrow
        self._grid.removeWidget(self.search_edit)
        for other in self._others:
            self._grid.removeWidget(other)
        self._grid.addWidget(self.search_edit, 0, 0, 1, len(self._others) if is_narrow else 1)
        for place, one in enumerate(self._others):
            self._grid.addWidget(one, 1 if is_narrow else 0, place if is_narrow else place + 1)
        self._grid.setColumnStretch(0, 1)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        is_narrow = self.width() < px(NARROW_BELOW)
        if is_narrow != self._is_narrow:
            self._lay_out(is_narrow=is_narrow)

    def _period_changed(self, _place: int) -> None:
        is_custom = self.period_box.currentData() == "custom"
        self.from_edit.setVisible(is_custom)
        self.to_edit.setVisible(is_custom)
        if is_custom:
            self.from_edit.setFocus()
        else:
            self._tell()

    def _days_typed(self) -> None:
        for edit in (self.from_edit, self.to_edit):
            day = self._day(edit)
            if day is not None:
                edit.setText(day.isoformat())
        self._tell()

    def _day(self, edit: LineEdit) -> date | None:
        try:
            return days.parse_day(edit.text(), self._today) if edit.text().strip() else None
        except ValueError:
            return None

    def _tell(self) -> None:
        self._pause.stop()
        self.clear_button.setVisible(self.is_active)
        self.changed.emit()

    @property
    def is_active(self) -> bool:
        """Whether anything is left out of the list."""
        return bool(
            self.search_edit.text().strip()
            or self.period_box.currentIndex() > 0
            or self.state_box.currentIndex() > 0
        )

    def query(self) -> ListQuery:
        """What the filters ask for."""
        period = str(self.period_box.currentData())
        day_from, day_to = period_days(period, self._today)
        if period == "custom":
            day_from, day_to = self._day(self.from_edit), self._day(self.to_edit)
        state = str(self.state_box.currentData())
        where = {self._state_field: state} if state not in ("", WITHOUT_VOID) else {}
        return ListQuery(
            search=self.search_edit.text().strip(),
            where=where,
            day_from=day_from,
            day_to=day_to,
            include_void=state != WITHOUT_VOID,
        )

    def clear(self) -> None:
        """Leaves nothing out any more."""
        self.search_edit.clear()
        self.from_edit.clear()
        self.to_edit.clear()
        self.period_box.setCurrentIndex(0)
        self.state_box.setCurrentIndex(0)
        self._tell()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.is_active:
            self.clear()
            event.accept()
            return
        super().keyPressEvent(event)


def _box(name: str, options: Mapping[str, str]) -> QComboBox:
    made = QComboBox()
    made.setObjectName(name)
    for key, label in options.items():
        made.addItem(label, key)
    return made


def _day_edit(name: str, hint: str) -> LineEdit:
    made = LineEdit()
    made.setObjectName(name)
    made.setPlaceholderText(hint)
    made.setMaximumWidth(px(110))
    return made
