"""Every register's columns as data (DOMAIN 3.2).

Labels and widths come from the declared fields; a column of its own is made only where a register wants what no field
holds. Paper is Chinese always.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import KW_ONLY, dataclass
from datetime import date, datetime, time
from typing import Any, Literal

from desktop.base.clock import local_day, local_time
from desktop.base.days import ledger_day, short_weekday
from desktop.base.money import format_yuan
from desktop.base.names import mask_name
from desktop.base.text import N_
from desktop.ledgers.store import Inward, Outward, Page
from desktop.orders import rules as order_rules, store as order_store
from desktop.patrol import rules as patrol_rules
from desktop.printing.sheets import Align
from desktop.visits import rules as visit_rules

CellWords = Callable[[Any, Page], str]


OnNotice = Literal["show", "mask", "omit"] | CellWords
"""What the notice board sees of a column: the cell, surnames only, nothing, or other words."""


@dataclass(frozen=True)
class Declared:
    """A column that is a field: its label and width come from the declaration unless they are given here.

    `moves` marks what goes on by itself (a state, a deadline kept): its change after a print is no correction.
    """

    name: str
    label: str = ""
    width_mm: float = 0.0
    align: Align = "left"
    _: KW_ONLY
    moves: bool = False
    notice: OnNotice = "show"
    group: str = ""
    is_under: bool = False
    is_name: bool = False


@dataclass(frozen=True)
class Made:
    """A column that no field holds. `total` gives what a line adds to the last row, which is printed by `shown`."""

    label: str
    width_mm: float
    cell: CellWords
    align: Align = "left"
    total: Callable[[Any, Page], int] | None = None
    shown: Callable[[int], str] = str
    _: KW_ONLY
    moves: bool = False
    notice: OnNotice = "show"
    group: str = ""
    is_under: bool = False
    is_name: bool = False
    is_day: bool = False


@dataclass(frozen=True)
class Register:
    """One register: its number in DOMAIN 3.1, the kind of its lines, its columns, and what is read beside them.

    `retention_years` is how long its volumes are kept unless the county says otherwise (DOMAIN 6.4); only registers
    with `is_for_notice` may hang on a notice board.
    """

    number: str
    name: str
    label: str
    kind: str
    area: str
    columns: tuple[Declared | Made, ...]
    reads: tuple[str, ...] = ()
    besides: tuple[Inward | Outward, ...] = ()
    is_gathered: bool = False
    note: str = ""
    retention_years: int = 3
    is_for_notice: bool = False

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields of a line that are read."""
        named = [column.name for column in self.columns if isinstance(column, Declared)]
        return tuple(dict.fromkeys([*named, *self.reads, *([self.note] if self.note else [])]))


# -- words of cells ------------------------------------------------------------------------------------------------


def _serial(line: Any, _page: Page) -> str:
    """A number on two lines: the room's code alone is as long as what tells records apart."""
    head, dash, tail = (line.serial_no or "").partition("-")
    return f"{head}-\n{tail}" if dash else head


def _day(day: date | None) -> str:
    return "" if day is None else ledger_day(day)


def _day_of(name: str) -> CellWords:
    return lambda line, _page: _day(getattr(line, name))


def _text_of(name: str) -> CellWords:
    return lambda line, _page: getattr(line, name) or ""


def _label_of(name: str, codes: str) -> CellWords:
    return lambda line, page: page.label(codes, getattr(line, name) or None)


def _joined(name: str) -> CellWords:
    return lambda line, _page: "、".join(getattr(line, name))


def _number_of(name: str) -> CellWords:
    return lambda line, _page: _shown(getattr(line, name))


def _yuan_of(name: str) -> CellWords:
    return lambda line, _page: "" if getattr(line, name) is None else format_yuan(getattr(line, name))


def _sum_of(name: str) -> Callable[[Any, Page], int]:
    return lambda line, _page: getattr(line, name) or 0


def _shown(number: int | None) -> str:
    return "" if number is None else str(number)


def _yes_no(value: bool | None) -> str:  # noqa: FBT001 - a field's value, not a switch
    return "" if value is None else ("有" if value else "无")


def _hours(start: Any, end: Any) -> str:
    return "–".join(one.strftime("%H:%M") for one in (start, end) if one is not None)


def _clock(instant: datetime | None) -> str:
    return "" if instant is None else local_time(instant).strftime("%H:%M")


# -- T01, T02 ------------------------------------------------------------------------------------------------------


def _visited(line: Any, page: Page) -> str:
    household = page.record_of("household", line.household_id)
    premises = page.record_of("premises", line.premises_id)
    if household is not None:
        return household.head_name or household.door_no or ""
    return (premises.name if premises is not None else line.object_name) or ""


def _visited_on_notice(line: Any, page: Page) -> str:
    """A unit or shop by its name, a household by a surname."""
    shown = _visited(line, page)
    return shown if line.premises_id else mask_name(shown)


def _visited_place(line: Any, page: Page) -> str:
    door = page.record_of("household", line.household_id) or page.record_of("premises", line.premises_id)
    if line.place or door is None:
        return line.place or ""
    return getattr(door, "door_no", None) or door.address or ""


def _visited_area(line: Any, page: Page) -> str:
    door = page.record_of("household", line.household_id) or page.record_of("premises", line.premises_id)
    return page.title("area", line.area_id or (door.area_id if door is not None else None))


def _visit_outcome(line: Any, page: Page) -> str:
    """What became of what was met: DOMAIN 3.2, T01 处理去向."""
    requests = page.rows_of("requests", line.known_id)
    told = [
        ("登记纠纷", bool(page.rows_of("disputes", line.known_id))),
        ("登记隐患", bool(page.rows_of("hazards", line.known_id))),
        ("当场答复", any(one.is_answered_on_the_spot for one in requests)),
        ("转办", any(not one.is_answered_on_the_spot for one in requests)),
    ]
    return "、".join(label for label, is_so in told if is_so) or "无"


_VISITS = Register(
    "T01",
    "visits",
    N_("走访登记台账"),
    "visit",
    "visits",
    (
        Declared("visited_on", "日期", 18),
        Made("村组", 18, _visited_area),
        Declared("object_type", "对象类型", 16, notice="omit"),
        Made("户主/单位", 20, _visited, notice=_visited_on_notice),
        Made("地址", 24, _visited_place, notice="omit"),
        Declared("staff_ids", "走访人", 20),
        Declared("mode", "方式", 10),
        Declared("topics", "内容摘要", 26),
        Declared("opinions", "意见诉求", 34, notice="omit"),
        Made(
            "诉求数",
            9,
            lambda line, page: _shown(len(page.rows_of("requests", line.known_id)) or None),
            "right",
            lambda line, page: len(page.rows_of("requests", line.known_id)),
            moves=True,
        ),
        Made("处理去向", 16, _visit_outcome, moves=True),
        Declared("satisfaction", "满意度", 17),
        Declared("result", "结果", 10),
    ),
    ("household_id", "premises_id", "object_name", "area_id", "place"),
    (
        Outward("household", "household", "household_id", ("head_name", "door_no", "address", "area_id")),
        Outward("premises", "premises", "premises_id", ("name", "address", "area_id")),
        Inward("requests", "request", "visit_id", ("is_answered_on_the_spot",)),
        Inward("disputes", "dispute", "origin_id", (), where={"origin_kind": "visit"}),
        Inward("hazards", "hazard", "origin_id", (), where={"origin_kind": "visit"}),
    ),
    note="note",
    is_for_notice=True,
)


def _handling(line: Any, _page: Page) -> str:
    return "\n".join(part for part in (line.progress, line.finish_result) if part)


def _is_late(line: Any, page: Page) -> str:
    is_late = visit_rules.is_overdue(line.state, line.due_on, line.finished_on, page.today)
    return "" if line.due_on is None else ("是" if is_late else "否")


_REQUESTS = Register(
    "T02",
    "requests",
    N_("社情民意及诉求办理台账"),
    "request",
    "visits",
    (
        Declared("raised_on", "登记日期", 18),
        Declared("source", "来源", 14),
        Declared("requester_name", "诉求人", 16, notice="mask"),
        Declared("request_class", "类别", 14),
        Declared("content", "内容", 44, notice="omit"),
        Declared("staff_id", "承办", 15, moves=True, is_name=True),
        Made("办理情况", 52, _handling, moves=True, notice="omit"),
        Declared("due_on", "时限", 19, moves=True),
        Declared("finished_on", "办结日期", 19, moves=True, is_under=True),
        Declared("told_on", "反馈日期", 19, moves=True),
        Declared("feedback_mode", "反馈方式", 19, "center", moves=True, is_under=True),
        Declared("satisfaction", "满意度", 16, moves=True),
        Made("是否超期", 10, _is_late, "center", moves=True),
    ),
    ("progress", "finish_result", "state"),
    note="note",
    is_for_notice=True,
)

# -- T03, T05, T06 -------------------------------------------------------------------------------------------------

_DISPUTES = Register(
    "T03",
    "disputes",
    N_("矛盾纠纷排查化解台账"),
    "dispute",
    "disputes",
    (
        Made("编号", 27, _serial),
        Made("发现日期", 27, _day_of("found_on"), "center", is_day=True, is_under=True),
        Made("来源", 23, _label_of("source", "dispute_source")),
        Made("村组", 23, _text_of("area_name"), is_under=True),
        Made("当事人", 24, _joined("party_names")),
        Made("纠纷类型", 20, _label_of("dispute_type", "dispute_type")),
        Made("规模", 20, _label_of("scale", "dispute_scale"), is_under=True),
        Made("涉及人数", 9, _number_of("people_count"), "right", _sum_of("people_count")),
        Made("涉及金额（元）", 17, _yuan_of("amount_fen"), "right", _sum_of("amount_fen"), format_yuan),
        Made("简况", 30, lambda line, _page: line.title or line.facts),
        Made("风险", 21, _label_of("risk", "dispute_risk"), moves=True),
        Made("分级", 21, _label_of("level", "dispute_level"), moves=True, is_under=True),
        Made("责任人", 18, _text_of("responsible_name"), moves=True),
        Made("化解方式", 18, _label_of("mediation_kind", "mediation_kind"), moves=True, is_under=True),
        Made("化解时限", 19, _day_of("due_on"), "center", moves=True),
        Made("状态", 19, _label_of("state", "dispute_state"), "center", moves=True, is_under=True),
        Made("结果", 19, _label_of("result", "dispute_result"), moves=True),
        Made("履行", 19, _label_of("performance", "performance"), moves=True, is_under=True),
        Made("协议编号", 26, _text_of("agreement_no"), moves=True),
        Made("归档号", 26, _text_of("archive_no"), moves=True, is_under=True),
        Made("回访日期", 19, _day_of("followed_up_on"), "center", moves=True),
        Made("满意度", 19, _label_of("satisfaction", "satisfaction"), "center", moves=True, is_under=True),
        Made("办结日期", 18, _day_of("closed_on"), "center", moves=True),
    ),
    is_gathered=True,
    retention_years=10,
)

_PEOPLE_MEDIATION = Register(
    "T05",
    "people_mediation",
    N_("人民调解登记台账"),
    "people_mediation",
    "people_mediation",
    (
        Made("卷号", 15, _text_of("archive_no"), moves=True),
        Made("受理日期", 18, _day_of("accepted_on"), "center", is_day=True),
        Made("来源", 16, _label_of("case_source", "people_case_source")),
        Made("类型", 16, _label_of("dispute_type", "dispute_type")),
        Made("程序", 10, _label_of("procedure", "procedure")),
        Made("调解员", 16, _joined("mediator_names")),
        Made("当事人", 22, _joined("party_names")),
        Made("调解次数", 9, _number_of("session_count"), "right", _sum_of("session_count"), moves=True),
        Made("结果", 13, _label_of("result", "dispute_result"), moves=True),
        Made("协议形式", 10, _label_of("agreement_form", "agreement_form"), moves=True),
        Made("协议编号", 22, _text_of("agreement_no"), moves=True),
        Made(
            "涉及金额（元）",
            16,
            _yuan_of("amount_fen"),
            "right",
            _sum_of("amount_fen"),
            format_yuan,
            moves=True,
        ),
        Made("履行情况", 11, _label_of("performance", "performance"), moves=True),
        Made("司法确认", 11, _label_of("court_confirmation", "court_confirmation"), moves=True),
        Made(
            "防止激化",
            16,
            lambda line, page: "、".join(
                page.label("prevented_escalation", code) for code in line.prevented_escalations
            ),
        ),
        Made("结案日期", 18, _day_of("closed_on"), "center", moves=True),
        Made("归档日期", 18, _day_of("archived_on"), "center", moves=True, is_under=True),
    ),
    is_gathered=True,
    retention_years=10,
)

_FOLLOW_UPS = Register(
    "T06",
    "follow_ups",
    N_("调解回访台账"),
    "follow_up",
    "people_mediation",
    (
        Made("协议编号", 26, _text_of("agreement_no")),
        Made("应回访日", 18, _day_of("due_on"), "center"),
        Made("实际日", 18, _day_of("done_on"), "center", is_day=True),
        Made("次数", 9, _number_of("round_no"), "right"),
        Made("方式", 11, _label_of("mode", "callback_mode")),
        Made("被回访人", 18, _text_of("party_name")),
        Made("履行", 13, _label_of("performance", "performance")),
        Made("满意度", 17, _label_of("satisfaction", "satisfaction")),
        Made("有无反复", 10, lambda line, _page: _yes_no(line.is_relapsed), "center"),
        Made("新情况", 40, _text_of("situation")),
        Made("措施", 40, _text_of("measures")),
        Made("回访人", 20, _joined("staff_names"), is_name=True),
    ),
    is_gathered=True,
    retention_years=10,
)

# -- T09 -----------------------------------------------------------------------------------------------------------


def _hazard_place(line: Any, page: Page) -> str:
    return (
        line.place or page.title("premises", line.premises_id) or page.title("household", line.household_id)
    )


def _hazard_place_on_notice(line: Any, page: Page) -> str:
    """A unit or shop by its name; where people live is nobody's business."""
    return page.title("premises", line.premises_id) or ("居民户" if line.household_id else "公共场所")


_HAZARDS = Register(
    "T09",
    "hazards",
    N_("隐患整改销号台账"),
    "hazard",
    "hazards",
    (
        Declared("found_on", "检查日期", 24),
        Made("隐患编号", 24, _serial, is_under=True),
        Made("对象（地点）", 24, _hazard_place, notice=_hazard_place_on_notice),
        Declared("hazard_class", "隐患类别", 14),
        Declared("description", "描述", 38, notice="omit"),
        Declared("hazard_level", "等级", 9),
        Declared("staff_ids", "检查人", 19),
        Declared("rectify_mode", "整改方式", 9, moves=True),
        Declared("responsible_name", "责任人", 15, notice="mask"),
        Declared("due_on", "期限", 18, moves=True),
        Declared("extended_to_on", "延期", 18, moves=True, is_under=True),
        Declared("rechecked_on", "复查日期", 18, moves=True),
        Declared("recheck_staff_ids", "复查人", 18, moves=True, is_under=True),
        Declared("conclusion", "结论", 10, moves=True),
        Declared("closed_on", "销号日期", 18, moves=True),
        Declared("state", "状态", 18, "center", moves=True, is_under=True),
    ),
    ("place", "premises_id", "household_id"),
    note="note",
    retention_years=5,
    is_for_notice=True,
)

# -- T10, T11 ------------------------------------------------------------------------------------------------------


def _sign_in(line: Any, page: Page) -> Any:
    rows = page.rows_of("sign_ins", line.known_id)
    return rows[-1] if rows else None


def _arrived(line: Any, page: Page) -> str:
    row = _sign_in(line, page)
    return "" if row is None else _clock(row.arrived_at)


def _left(line: Any, page: Page) -> str:
    row = _sign_in(line, page)
    return "" if row is None else _clock(row.left_at)


def _sign_mode(line: Any, page: Page) -> str:
    row = _sign_in(line, page)
    return "" if row is None or row.arrived_at is None else page.label("sign_mode", row.sign_mode)


def _attendance(line: Any, page: Page) -> str:
    """How the person came and went; a sign-in that does not say is judged by its times."""
    row = _sign_in(line, page)
    if row is None:
        is_over = line.shift_on < page.today and line.state == patrol_rules.PUBLISHED
        return "未登记" if is_over else ""
    code = row.attendance
    if code is None and line.start_time is not None and line.end_time is not None:
        code = patrol_rules.attendance(
            line.shift_on,
            line.start_time,
            line.end_time,
            arrived=_wall(row.arrived_at),
            left=_wall(row.left_at),
        )
    return page.label("attendance", code)


def _wall(instant: datetime | None) -> datetime | None:
    return None if instant is None else local_time(instant).replace(tzinfo=None)


def _shift_note(line: Any, page: Page) -> str:
    row = _sign_in(line, page)
    stand_in = row.staff_id if row is not None and row.staff_id != line.staff_id else None
    told = [
        f"替班：{page.title('staff_member', stand_in)}" if stand_in else "",
        f"调整：{line.change_reason}" if line.change_reason else "",
        line.note or "",
    ]
    return "；".join(part for part in told if part)


_SHIFTS = Register(
    "T10",
    "shifts",
    N_("勤务排班及签到台账"),
    "shift",
    "patrol",
    (
        Declared("shift_on", "日期", 19),
        Made("星期", 9, lambda line, _page: short_weekday(line.shift_on), "center"),
        Made("班次", 22, lambda line, _page: _hours(line.start_time, line.end_time), "center"),
        Declared("duty_type", "勤务类型", 22),
        Declared("place", "路线或点位", 32),
        Declared("duty_lead_id", "带班领导", 18, is_name=True),
        Declared("staff_id", "人员", 18, is_name=True),
        Made("到岗", 14, _arrived, "center", moves=True),
        Made("离岗", 14, _left, "center", moves=True),
        Made("方式", 12, _sign_mode, "center", moves=True),
        Made("出勤", 16, _attendance, "center", moves=True),
        Made("说明", 26, _shift_note, moves=True, notice="omit"),
    ),
    ("start_time", "end_time", "state", "change_reason", "note"),
    (
        Inward(
            "sign_ins",
            "sign_in",
            "shift_id",
            ("staff_id", "arrived_at", "left_at", "sign_mode", "attendance"),
        ),
    ),
    is_for_notice=True,
)

_OFFICERS = frozenset({"officer", "chief"})


def _strength(line: Any, page: Page) -> str:
    """People by what they are: DOMAIN 3.2, T11 人员数(民/辅/义务)."""
    roles = [page.record_of("staff", one) or page.record_of("leader", one) for one in _walkers(line)]
    officers = sum(one is not None and one.role in _OFFICERS for one in roles)
    volunteers = sum(one is not None and one.role == "volunteer" for one in roles)
    others = len(roles) - officers - volunteers
    return f"{officers}/{others}/{volunteers + (line.volunteers_count or 0)}"


def _walkers(line: Any) -> list[str]:
    return sorted({one for one in (*line.staff_ids, line.leader_id) if one})


def _walker_count(line: Any, _page: Page) -> int:
    return len(_walkers(line)) + (line.volunteers_count or 0)


def _finding_count(line: Any, page: Page) -> int:
    return len(page.rows_of("findings", line.known_id))


def _finding_words(line: Any, page: Page) -> str:
    told = []
    for row in page.rows_of("findings", line.known_id):
        what = f"{page.label('finding_class', row.finding_class)}：{row.description or ''}"
        told.append(f"{what.rstrip('。')}。{row.handling or ''}")
    return "\n".join(told)


_PATROLS = Register(
    "T11",
    "patrols",
    N_("巡逻防范台账"),
    "patrol",
    "patrol",
    (
        Declared("patrol_on", "日期", 19),
        Made("编号", 23, _serial),
        Made("起止", 22, lambda line, _page: _hours(line.start_time, line.end_time), "center"),
        Declared("duty_type", "类型", 20),
        Declared("patrol_mode", "方式", 11),
        Declared("route", "路线", 36),
        Declared("leader_id", "带队", 18, is_name=True),
        Made("人员数（民/辅/义务）", 18, _strength, "center", _walker_count, lambda total: f"{total}人次"),
        Made("到点数", 11, _number_of("points_count"), "right", _sum_of("points_count")),
        Made("异常数", 11, lambda line, page: str(_finding_count(line, page)), "right", _finding_count),
        Made("处置", 44, _finding_words, notice="omit"),
        Made("帮助群众", 12, _number_of("helped_count"), "right", _sum_of("helped_count")),
        Declared("reviewed_by_id", "审核", 16, moves=True, is_name=True),
    ),
    ("start_time", "end_time", "staff_ids", "volunteers_count", "points_count", "helped_count"),
    (
        Inward("findings", "patrol_finding", "patrol_id", ("finding_class", "description", "handling")),
        Outward("staff", "staff_member", "staff_ids", ("role",)),
        Outward("leader", "staff_member", "leader_id", ("role",)),
    ),
    is_for_notice=True,
)

# -- T16 -----------------------------------------------------------------------------------------------------------


def _day_time(day: date | None, at: time | None) -> str:
    return _day(day) + (f"\n{at:%H:%M}" if day is not None and at is not None else "")


def _moment_of(name: str) -> CellWords:
    def cell(line: Any, _page: Page) -> str:
        instant = getattr(line, name)
        return "" if instant is None else f"{ledger_day(local_day(instant))}\n{_clock(instant)}"

    return cell


def _due_words(line: Any, _page: Page) -> str:
    if line.extended_to_on is not None:
        return _day_time(line.extended_to_on, line.extended_to_time)
    return _day_time(line.due_on, line.due_time)


def _order_is_late(line: Any, page: Page) -> str:
    by = order_store.finish_by(line)
    # Late from the day after the deadline's on: a register tells days, not minutes.
    now = order_rules.moment(page.today, None)
    return "是" if order_rules.is_overdue(line.state, by, line.fed_back_at, now) else "否"


_ORDERS = Register(
    "T16",
    "orders",
    N_("工单（指令）办理台账"),
    "work_order",
    "orders",
    (
        Made("工单号", 26, _serial),
        Declared("source", "来源", 18),
        Declared("title", "标题", 46, notice="omit"),
        Declared("urgency", "级别", 11),
        Made(
            "签发", 20, lambda line, _page: _day_time(line.issued_on, line.issued_time), "center", is_day=True
        ),
        Made("签收", 20, _moment_of("signed_at"), "center", moves=True),
        Made("时限", 20, _due_words, "center", moves=True),
        Made("反馈", 20, _moment_of("fed_back_at"), "center", moves=True),
        Declared("verdict", "核验", 12, "center", moves=True),
        Made("办结", 20, _moment_of("closed_at"), "center", moves=True),
        Made("超时", 10, _order_is_late, "center", moves=True),
        Declared("handler_id", "承办", 18, moves=True, is_name=True),
    ),
    (
        *("issued_on", "issued_time", "due_on", "due_time", "extended_to_on", "extended_to_time"),
        *("signed_at", "fed_back_at", "closed_at", "state"),
    ),
    note="note",
)

REGISTERS: tuple[Register, ...] = (
    _VISITS,
    _REQUESTS,
    _DISPUTES,
    _PEOPLE_MEDIATION,
    _FOLLOW_UPS,
    _HAZARDS,
    _SHIFTS,
    _PATROLS,
    _ORDERS,
)
