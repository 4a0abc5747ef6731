"""The navigation on the left: what the room does, in the officers' words; Alt and a digit goes there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QButtonGroup, QFrame, QPushButton, QVBoxLayout, QWidget

from desktop.base.text import N_, _
from desktop.database.kinds import Kind, Registry
from desktop.staff.permissions import Actor
from desktop.widgets.blocks import button, rule, scrolled, text_label
from desktop.widgets.icons import icon
from desktop.widgets.theme import px

WIDTH = 168
NARROW_WIDTH = 126


@dataclass(frozen=True)
class Place:
    """One entry of the navigation: its kinds in order, and the areas whose other kinds belong here too."""

    name: str
    label: str
    icon: str
    kinds: tuple[str, ...] = ()
    areas: tuple[str, ...] = ()


HOME = Place("home", N_("今日"), "today")
GROUPS: tuple[Place, ...] = (
    Place("visits", N_("走访"), "visit", ("visit", "request"), ("visits",)),
    Place(
        "disputes",
        N_("纠纷调解"),
        "dispute",
        ("dispute", "people_mediation", "police_mediation", "mediation_session", "follow_up", "escalation"),
        ("disputes", "people_mediation", "police_mediation", "mediation"),
    ),
    Place(
        "patrol", N_("值班巡逻"), "patrol", ("shift", "patrol", "patrol_finding", "token_night"), ("patrol",)
    ),
    Place("hazards", N_("安全隐患"), "hazard", ("hazard", "inspection"), ("hazards",)),
    Place("orders", N_("工单"), "order", ("work_order", "notice", "referral"), ("orders", "notices")),
    Place("outreach", N_("宣传服务"), "outreach", ("publicity", "service", "card_issue"), ("outreach",)),
    Place("volunteers", N_("队伍志愿者"), "team", ("team", "volunteer", "points_entry"), ("volunteers",)),
    Place("diary", N_("日志会议"), "diary", ("diary_day", "reception", "meeting"), ("diary",)),
)
BASICS: tuple[Place, ...] = (
    Place("places", N_("村组户"), "place", ("household", "premises", "area"), ("places",)),
    Place("staff", N_("人员"), "staff", ("staff_member",), ("staff",)),
    Place("numbers", N_("预留编号"), "file", ("reserved_number",), ("numbers",)),
    Place("audit", N_("审计"), "history", ("print_job",), ("audit",)),
    Place("other", N_("其他"), "other"),
)
LEDGERS = Place("ledgers", N_("台账报表"), "ledger")
CONFLICTS = Place("conflicts", N_("待处理"), "conflict")
SYNC = Place("sync", N_("数据交换"), "sync")
CONTACTS = Place("contacts", N_("联系记录"), "network")
SETTINGS = Place("settings", N_("设置"), "settings")

# Kinds that the program keeps for itself and nobody enters.
HIDDEN_KINDS = frozenset(
    {
        "printed_paper",
        "attached_file",
        "code_entry",
        "commit_verdict",
        "setting_entry",
        "account",
        "ledger_volume",
        "ledger_printing",
    }
)


def places_for(registry: Registry, actor: Actor, extra_groups: Iterable[str] = ()) -> list[Place]:
    """The groups that this person sees, each with the kinds that he may read."""
    left = {
        kind.name: kind
        for kind in registry.tops()
        if kind.name not in HIDDEN_KINDS and actor.may_assigned(kind.info.area)
    }
    wanted = set(extra_groups)
    found: list[Place] = []
    for place in (*GROUPS, *BASICS):
        kinds = _kinds_of(place, left)
        for name in kinds:
            left.pop(name)
        if kinds or place.name in wanted:
            found.append(replace(place, kinds=tuple(kinds)))
    return found


def _kinds_of(place: Place, left: dict[str, Kind]) -> list[str]:
    if place.name == "other":
        return list(left)
    named = [name for name in place.kinds if name in left]
    return named + [
        name for name, kind in left.items() if kind.info.area in place.areas and name not in named
    ]


class Navigation(QFrame):
    """The column on the left."""

    chosen = Signal(str)

    def __init__(self, room_name: str, places: Sequence[Place]) -> None:
        super().__init__()
        self.setObjectName("navigation")
        self.setProperty("look", "nav")
        self.setFixedWidth(px(WIDTH))
        self.buttons: dict[str, QPushButton] = {}
        self._labels: dict[str, str] = {}
        self._group = QButtonGroup(self)
        self._group.setExclusive(True)
        self._place_count = 0
        inner = QWidget()
        self._list = QVBoxLayout(inner)
        self._list.setContentsMargins(0, px(4), 0, px(8))
        self._list.setSpacing(0)
        self.room_label = text_label(room_name, "room", wrap=True, name="navRoom")
        self.room_label.setContentsMargins(px(16), px(14), px(12), px(10))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.room_label)
        layout.addWidget(scrolled(inner), 1)
        self._fill(places)

    def _fill(self, places: Sequence[Place]) -> None:
        basics = {place.name for place in BASICS}
        self._add(HOME)
        for place in places:
            if place.name not in basics:
                self._add(place)
        self._add_line()
        for place in places:
            if place.name in basics:
                self._add(place)
        self._add(LEDGERS)
        self._add_line()
        for place in (CONFLICTS, SYNC, CONTACTS, SETTINGS):
            self._add(place)
        self._list.addStretch(1)

    def _add_line(self) -> None:
        line = rule()
        holder = QWidget()
        holder.setFixedHeight(px(13))
        box = QVBoxLayout(holder)
        box.setContentsMargins(px(16), px(6), px(16), px(6))
        box.addWidget(line)
        self._list.addWidget(holder)

    def _add(self, place: Place) -> None:
        made = button(
            _(place.label), f"nav_{place.name}_Button", partial(self.chosen.emit, place.name), kind="nav"
        )
        made.setCheckable(True)
        made.setIcon(icon(place.icon, "on_deep"))
        made.setIconSize(QSize(px(18), px(18)))
        made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._place_count += 1
        if self._place_count <= 9:
            # A shortcut of the button itself would wait a tenth of a second to show the press.
            shortcut = QShortcut(QKeySequence(f"Alt+{self._place_count}"), self)
            shortcut.activated.connect(made.click)
            made.setToolTip(f"Alt+{self._place_count}")
        self._group.addButton(made)
        self._list.addWidget(made)
        self.buttons[place.name] = made
        self._labels[place.name] = _(place.label)

    def set_narrow(self, is_narrow: bool) -> None:
        """Gives room to the pages on a small or strongly enlarged screen; the words stay."""
        self.setFixedWidth(px(NARROW_WIDTH if is_narrow else WIDTH))
        self.room_label.setVisible(not is_narrow)

    def mark(self, name: str) -> None:
        """Marks the entry that is on show; the keyboard goes with it, or two entries would look chosen."""
        if name not in self.buttons:
            return
        self.buttons[name].setChecked(True)
        # None until the window was active once.
        focused: QWidget | None = self.window().focusWidget()
        if not focused or self.isAncestorOf(focused):
            self.buttons[name].setFocus()

    def tell_count(self, name: str, count: int) -> None:
        """Puts a number behind an entry that waits for somebody."""
        words = f"{self._labels[name]}  {count}" if count else self._labels[name]
        self.buttons[name].setText(words)
