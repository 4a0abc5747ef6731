"""What is counted and how: figures, groups, rates and the periods they are compared with.

Every figure is data: which rows it picks in a span of days and what each of them weighs. The number on paper and the
list behind it come from the same choice. Rounding and dashes are `base.rates`' business.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field as dataclass_field
from datetime import date, timedelta
from typing import Any

from desktop.base.days import print_day
from desktop.base.text import N_

REPORT_VERSION = 1
"""Counts up when a figure or formula changes its meaning, so that two reports can be told apart."""

_DAY = timedelta(days=1)


# -- periods -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Span:
    """Calendar days from `first` to `last`, both included."""

    first: date
    last: date

    def holds(self, day: date | None) -> bool:
        """Whether the day lies in the span."""
        return day is not None and self.first <= day <= self.last


def month_span(year: int, month: int, cut_day: int = 0) -> Span:
    """A whole month of statistics: from the day after the cut in the month before to the cut; 0 cuts at its end."""
    if not cut_day:
        return Span(date(year, month, 1), date(year, month, monthrange(year, month)[1]))
    return Span(_moved(date(year, month, cut_day), -1) + _DAY, date(year, month, cut_day))


def asked_span(first: date, last: date, cut_day: int) -> Span:
    """What a report counts that was asked for some days: a calendar month means the month of statistics."""
    span = Span(first, last)
    is_month = span == month_span(first.year, first.month)
    return month_span(first.year, first.month, cut_day) if is_month else span


def _moved(day: date, months: int) -> date:
    """The same day some months later or, with a minus, before; the last day of a shorter month."""
    place = day.year * 12 + day.month - 1 + months
    year, month = place // 12, place % 12 + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def _month_of(span: Span, cut_day: int) -> Span | None:
    """The month of statistics in which all its days lie."""
    month = month_span(span.last.year, span.last.month, cut_day)
    if span.last > month.last:
        after = _moved(month.last, 1)
        month = month_span(after.year, after.month, cut_day)
    return month if month.holds(span.first) else None


def counted_span(first: date, last: date, today: date) -> Span:
    """The part of a period that has happened: a month that still runs is counted up to today."""
    return Span(first, min(last, max(first, today)))


def _same_days(span: Span, month: Span, months: int, cut_day: int) -> Span:
    """The days of another month with the same numbers; the whole month for a whole month."""
    end = _moved(date(month.last.year, month.last.month, 1), months)
    other = month_span(end.year, end.month, cut_day)
    first = other.first if span.first == month.first else _moved(span.first, months)
    return Span(first, other.last if span.last == month.last else min(_moved(span.last, months), other.last))


def previous_span(span: Span, cut_day: int = 0) -> Span:
    """What a period is compared with for 环比: the month before, else as many days before.

    A part of a month is compared with the same days of the month before.
    """
    month = _month_of(span, cut_day)
    if month is not None:
        return _same_days(span, month, -1, cut_day)
    length = span.last - span.first
    return Span(span.first - _DAY - length, span.first - _DAY)


def last_year_span(span: Span, cut_day: int = 0) -> Span:
    """What a period is compared with for 同比: the same days a year before; 29 February becomes 28."""
    month = _month_of(span, cut_day)
    if month is not None:
        return _same_days(span, month, -12, cut_day)
    return Span(_moved(span.first, -12), _moved(span.last, -12))


def period_words(first: date, last: date, cut_day: int = 0) -> str:
    """A period as it stands on paper: 2026年3月, 2026年, or from day to day; a month that is cut names its days."""
    if (first, last) == (date(first.year, 1, 1), date(first.year, 12, 31)):
        return f"{first.year}年"
    span = Span(first, last)
    if span == month_span(last.year, last.month):
        return f"{first.year}年{first.month}月"
    if cut_day and span == month_span(last.year, last.month, cut_day):
        days = f"{first.month}月{first.day}日至{last.month}月{last.day}日"
        return f"{last.year}年{last.month}月（{days}）"
    return f"{print_day(first)}至{print_day(last)}"


# -- facts ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class VisitFact:
    """One visit. `household` and `premises` name the place, so that a place visited twice counts once."""

    id: str
    visited_on: date | None
    result: str
    household: str = ""
    premises: str = ""


@dataclass(frozen=True)
class RequestFact:
    """One request."""

    id: str
    raised_on: date | None
    finished_on: date | None = None


@dataclass(frozen=True)
class DisputeFact:
    """One dispute. `resolved_on` is the day its result came about, which is before it is filed."""

    id: str
    found_on: date | None
    accepted_on: date | None = None
    resolved_on: date | None = None
    result: str = ""
    state: str = ""
    group: Mapping[str, str] = dataclass_field(default_factory=dict)
    people_count: int = 0
    amount_fen: int = 0


@dataclass(frozen=True)
class MediationFact:
    """One people's mediation. `due_on` is the last day on which its agreement was to be performed."""

    id: str
    accepted_on: date | None
    effective_on: date | None = None
    closed_on: date | None = None
    result: str = ""
    is_written: bool = True
    confirmed_on: date | None = None
    due_on: date | None = None
    is_performed: bool = False


@dataclass(frozen=True)
class FollowUpFact:
    """One follow-up that was done."""

    id: str
    done_on: date | None
    satisfaction: str = ""
    is_relapsed: bool = False


@dataclass(frozen=True)
class PlannedFollowUpFact:
    """One follow-up that an agreement asks for; `id` is the mediation's."""

    id: str
    due_on: date
    is_in_time: bool


@dataclass(frozen=True)
class PatrolFact:
    """One patrol; it counts on the day it began."""

    id: str
    patrol_on: date | None
    people_count: int = 0
    length_minutes: int = 0
    points_count: int = 0
    findings_count: int = 0
    helped_count: int = 0


@dataclass(frozen=True)
class ShiftFact:
    """One person's published shift, and whether he came; None while nothing was noted."""

    id: str
    shift_on: date | None
    has_come: bool | None = None


@dataclass(frozen=True)
class HazardFact:
    """One hazard. `due_on` is its deadline with every extension."""

    id: str
    found_on: date | None
    rectify_mode: str = ""
    due_on: date | None = None
    closed_on: date | None = None


@dataclass(frozen=True)
class OrderFact:
    """One order; a withdrawn one has neither a day for signing, unless it was signed, nor one for its report."""

    id: str
    issued_on: date | None
    sign_due_on: date | None = None
    is_signed_in_time: bool = False
    due_on: date | None = None
    is_done_in_time: bool = False
    fed_back_on: date | None = None
    is_sent_back: bool = False


Facts = Mapping[type[Any], Sequence[Any]]
"""The rows of a span by their type."""


# -- figures -------------------------------------------------------------------------------------------------------

# The record kind behind each type of row.
KINDS: Mapping[type[Any], str] = {
    VisitFact: "visit",
    RequestFact: "request",
    DisputeFact: "dispute",
    MediationFact: "people_mediation",
    PlannedFollowUpFact: "people_mediation",
    FollowUpFact: "follow_up",
    PatrolFact: "patrol",
    ShiftFact: "shift",
    HazardFact: "hazard",
    OrderFact: "work_order",
}


def _every(_row: Any) -> bool:
    return True


def _one(_row: Any) -> int:
    return 1


@dataclass(frozen=True)
class Figure:
    """One number of a report.

    Shape:   a row counts when its `day` lies in the span and `when` says yes, or when `by_span(row, span)` says yes;
             `weighs` is what it adds; with `same` each different answer counts once.
    Units:   `unit` as printed; a key that ends in `_fen` is printed in yuan, one in `_minutes` in hours.
    """

    key: str
    label: str
    unit: str
    fact: type[Any]
    day: str = ""
    when: Callable[[Any], bool] = _every
    weighs: Callable[[Any], int] = _one
    same: Callable[[Any], Hashable] | None = None
    by_span: Callable[[Any, Span], bool] | None = None

    @property
    def section(self) -> str:
        """The part of the report in which it stands."""
        return self.key.partition(".")[0]

    @property
    def kind(self) -> str:
        """The kind of the records behind it."""
        return KINDS[self.fact]

    def picks(self, row: Any, span: Span) -> bool:
        """Whether a row counts in a span."""
        if self.by_span is not None:
            return self.by_span(row, span)
        return span.holds(getattr(row, self.day)) and self.when(row)


def picked(figure: Figure, facts: Facts, span: Span) -> list[Any]:
    """The rows behind a figure."""
    return [row for row in facts.get(figure.fact, ()) if figure.picks(row, span)]


def measured(figure: Figure, rows: Iterable[Any]) -> int:
    """The number that rows make."""
    if figure.same is not None:
        return len({figure.same(row) for row in rows})
    return sum(figure.weighs(row) for row in rows)


def count(figure: Figure, facts: Facts, span: Span) -> int:
    """The figure for a span."""
    return measured(figure, picked(figure, facts, span))


MET, NOT_MET = "1", "2"
SUCCEEDED = frozenset({"10", "11"})
FAILED, REFERRED = "20", "30"
NOT_ACCEPTED = "D2x"
AT_ONCE, BY_DEADLINE, BY_REFERRAL = "1", "2", "3"
CONTENT = frozenset({"5", "4", "3"})
NO_OPINION = frozenset({"", "0"})


def _is_open(row: DisputeFact, span: Span) -> bool:
    is_known = row.found_on is not None and row.found_on <= span.last
    return is_known and row.state != NOT_ACCEPTED and (row.resolved_on is None or row.resolved_on > span.last)


def _is_overdue(row: HazardFact, span: Span) -> bool:
    """Not struck off at the end of the span, with a deadline before that end."""
    late = row.due_on is not None and row.due_on < span.last
    return late and (row.closed_on is None or row.closed_on > span.last)


def _is_closed_in_time(row: HazardFact, span: Span) -> bool:
    return span.holds(row.due_on) and row.closed_on is not None and row.closed_on <= span.last


def _with(name: str, *values: str) -> Callable[[Any], bool]:
    """Rows whose field holds one of some codes."""
    return lambda row: getattr(row, name) in values


def _sum(name: str) -> Callable[[Any], int]:
    return lambda row: int(getattr(row, name))


SECTIONS: Mapping[str, str] = {
    "visits": N_("走访"),
    "disputes": N_("矛盾纠纷"),
    "people_mediation": N_("人民调解"),
    "follow_ups": N_("回访"),
    "patrols": N_("巡逻"),
    "hazards": N_("隐患"),
    "orders": N_("工单"),
}

_VISITS = (
    Figure(
        "visits.households",
        N_("走访户数"),
        N_("户"),
        VisitFact,
        "visited_on",
        lambda row: row.result == MET and bool(row.household),
        same=lambda row: row.household,
    ),
    Figure(
        "visits.premises",
        N_("走访单位数"),
        N_("家"),
        VisitFact,
        "visited_on",
        lambda row: row.result == MET and bool(row.premises),
        same=lambda row: row.premises,
    ),
    Figure("visits.met", N_("走访人次"), N_("人次"), VisitFact, "visited_on", _with("result", MET)),
    Figure("visits.not_met", N_("未遇"), N_("次"), VisitFact, "visited_on", _with("result", NOT_MET)),
    Figure("visits.requests", N_("收集诉求"), N_("件"), RequestFact, "raised_on"),
    Figure("visits.requests_finished", N_("办结诉求"), N_("件"), RequestFact, "finished_on"),
)
_DISPUTES = (
    Figure("disputes.found", N_("排查登记"), N_("件"), DisputeFact, "found_on"),
    Figure("disputes.accepted", N_("受理"), N_("件"), DisputeFact, "accepted_on"),
    Figure(
        "disputes.succeeded",
        N_("化解成功"),
        N_("件"),
        DisputeFact,
        "resolved_on",
        _with("result", *SUCCEEDED),
    ),
    Figure("disputes.failed", N_("调解不成"), N_("件"), DisputeFact, "resolved_on", _with("result", FAILED)),
    Figure("disputes.referred", N_("移送"), N_("件"), DisputeFact, "resolved_on", _with("result", REFERRED)),
    Figure("disputes.open", N_("期末未化解"), N_("件"), DisputeFact, by_span=_is_open),
    Figure(
        "disputes.people", N_("涉及人数"), N_("人"), DisputeFact, "accepted_on", weighs=_sum("people_count")
    ),
    Figure(
        "disputes.amount_fen", N_("涉及金额"), N_("元"), DisputeFact, "accepted_on", weighs=_sum("amount_fen")
    ),
)
_MEDIATIONS = (
    Figure("people_mediation.accepted", N_("受理"), N_("件"), MediationFact, "accepted_on"),
    Figure(
        "people_mediation.written",
        N_("书面协议"),
        N_("件"),
        MediationFact,
        "effective_on",
        lambda row: row.is_written,
    ),
    Figure(
        "people_mediation.oral",
        N_("口头协议"),
        N_("件"),
        MediationFact,
        "effective_on",
        lambda row: not row.is_written,
    ),
    Figure(
        "people_mediation.failed",
        N_("终止（不成）"),
        N_("件"),
        MediationFact,
        "closed_on",
        _with("result", FAILED),
    ),
    Figure("people_mediation.confirmed", N_("司法确认"), N_("件"), MediationFact, "confirmed_on"),
    Figure("people_mediation.to_perform", N_("履行期届满协议"), N_("件"), MediationFact, "due_on"),
    Figure(
        "people_mediation.performed",
        N_("其中已履行"),
        N_("件"),
        MediationFact,
        "due_on",
        lambda row: row.is_performed,
    ),
)
_FOLLOW_UPS = (
    Figure("follow_ups.due", N_("应回访"), N_("人次"), PlannedFollowUpFact, "due_on"),
    Figure(
        "follow_ups.in_time",
        N_("按期回访"),
        N_("人次"),
        PlannedFollowUpFact,
        "due_on",
        lambda row: row.is_in_time,
    ),
    Figure("follow_ups.done", N_("实际回访"), N_("人次"), FollowUpFact, "done_on"),
    Figure(
        "follow_ups.judged",
        N_("有效评价"),
        N_("人次"),
        FollowUpFact,
        "done_on",
        lambda row: row.satisfaction not in NO_OPINION,
    ),
    Figure(
        "follow_ups.content",
        N_("基本满意以上"),
        N_("人次"),
        FollowUpFact,
        "done_on",
        _with("satisfaction", *CONTENT),
    ),
    Figure(
        "follow_ups.relapsed", N_("有反复"), N_("人次"), FollowUpFact, "done_on", lambda row: row.is_relapsed
    ),
)
_PATROLS = (
    Figure("patrols.count", N_("巡逻班次"), N_("次"), PatrolFact, "patrol_on"),
    Figure(
        "patrols.people", N_("巡逻人次"), N_("人次"), PatrolFact, "patrol_on", weighs=_sum("people_count")
    ),
    Figure(
        "patrols.length_minutes",
        N_("巡逻时长"),
        N_("小时"),
        PatrolFact,
        "patrol_on",
        weighs=_sum("length_minutes"),
    ),
    Figure("patrols.points", N_("到点数"), N_("个"), PatrolFact, "patrol_on", weighs=_sum("points_count")),
    Figure(
        "patrols.findings",
        N_("发现异常"),
        N_("件"),
        PatrolFact,
        "patrol_on",
        lambda row: row.findings_count > 0,
        _sum("findings_count"),
    ),
    Figure(
        "patrols.helped",
        N_("帮助群众"),
        N_("次"),
        PatrolFact,
        "patrol_on",
        lambda row: row.helped_count > 0,
        _sum("helped_count"),
    ),
    Figure("patrols.shifts", N_("排班应到"), N_("人次"), ShiftFact, "shift_on"),
    Figure("patrols.come", N_("排班实到"), N_("人次"), ShiftFact, "shift_on", lambda row: bool(row.has_come)),
)
_HAZARDS = (
    Figure("hazards.found", N_("发现隐患"), N_("处"), HazardFact, "found_on"),
    Figure(
        "hazards.at_once", N_("当场整改"), N_("处"), HazardFact, "found_on", _with("rectify_mode", AT_ONCE)
    ),
    Figure(
        "hazards.by_deadline",
        N_("限期整改"),
        N_("处"),
        HazardFact,
        "found_on",
        _with("rectify_mode", BY_DEADLINE),
    ),
    Figure(
        "hazards.referred",
        N_("移交部门"),
        N_("处"),
        HazardFact,
        "found_on",
        _with("rectify_mode", BY_REFERRAL),
    ),
    Figure("hazards.closed", N_("销号"), N_("处"), HazardFact, "closed_on"),
    Figure("hazards.due", N_("到期应改"), N_("处"), HazardFact, "due_on"),
    Figure("hazards.due_closed", N_("其中已销号"), N_("处"), HazardFact, by_span=_is_closed_in_time),
    Figure("hazards.overdue", N_("期末超期未改"), N_("处"), HazardFact, by_span=_is_overdue),
)
_ORDERS = (
    Figure("orders.issued", N_("签发工单"), N_("件"), OrderFact, "issued_on"),
    Figure("orders.to_sign", N_("应签收"), N_("件"), OrderFact, "sign_due_on"),
    Figure(
        "orders.signed",
        N_("其中按时签收"),
        N_("件"),
        OrderFact,
        "sign_due_on",
        lambda row: row.is_signed_in_time,
    ),
    Figure("orders.due", N_("到期应办结"), N_("件"), OrderFact, "due_on"),
    Figure("orders.done", N_("其中按期办结"), N_("件"), OrderFact, "due_on", lambda row: row.is_done_in_time),
    Figure("orders.fed_back", N_("已反馈"), N_("件"), OrderFact, "fed_back_on"),
    Figure(
        "orders.sent_back",
        N_("其中被退回过"),
        N_("件"),
        OrderFact,
        "fed_back_on",
        lambda row: row.is_sent_back,
    ),
)
FIGURES: tuple[Figure, ...] = (
    *_VISITS,
    *_DISPUTES,
    *_MEDIATIONS,
    *_FOLLOW_UPS,
    *_PATROLS,
    *_HAZARDS,
    *_ORDERS,
)
BY_KEY: Mapping[str, Figure] = {figure.key: figure for figure in FIGURES}


# -- groups --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Grouping:
    """Disputes split by one list of codes, which names its rows; `column` keys are figures of disputes."""

    key: str
    label: str
    codes: str
    columns: tuple[str, ...] = ("accepted", "succeeded", "failed", "open")


GROUPINGS: tuple[Grouping, ...] = (
    Grouping("type", N_("纠纷类型"), "mediation_statistics_type"),
    Grouping("level", N_("分级"), "dispute_level"),
    Grouping("source", N_("来源"), "dispute_source"),
)
NO_CODE = "-"
"""Stands in keys for rows that have no code: not yet put into a level."""


def group_key(grouping: Grouping, code: str, column: str) -> str:
    """The key of one number in a split, by which the rows behind it are found."""
    return f"disputes.{column}.{grouping.key}.{code or NO_CODE}"


def figure_of(key: str) -> Figure | None:
    """The figure of a key; for one number of a split, the figure that is split. None for an unknown key."""
    if key in BY_KEY:
        return BY_KEY[key]
    name, _dot, rest = key.removeprefix("disputes.").partition(".")
    group = rest.partition(".")[0]
    known = {one.key for one in GROUPINGS if name in one.columns}
    return BY_KEY.get(f"disputes.{name}") if group in known else None


def picked_by_key(key: str, facts: Facts, span: Span) -> list[Any]:
    """The rows behind a figure or behind one number of a split; none for an unknown key."""
    figure = figure_of(key)
    if figure is None:
        return []
    rows = picked(figure, facts, span)
    if key == figure.key:
        return rows
    group, _dot, code = key.removeprefix(f"{figure.key}.").partition(".")
    wanted = "" if code == NO_CODE else code
    return [row for row in rows if row.group.get(group, "") == wanted]


# -- rates ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Rate:
    """One rate with the formula that is printed under the table. Source: DOMAIN 3.3."""

    id: str
    label: str
    formula: str
    numerator: str
    denominator: str
    version: int = 1


RATES: tuple[Rate, ...] = (
    Rate(
        "R1a",
        N_("调解成功率（受理口径）"),
        N_("本期化解成功数÷本期受理数"),
        "disputes.succeeded",
        "disputes.accepted",
    ),
    Rate(
        "R3",
        N_("履行率"),
        N_("已履行的协议÷履行期在本期届满（含当场履行）的协议"),
        "people_mediation.performed",
        "people_mediation.to_perform",
    ),
    Rate("R4", N_("回访率"), N_("按期完成的回访÷本期应回访"), "follow_ups.in_time", "follow_ups.due"),
    Rate(
        "R5",
        N_("回访满意率"),
        N_("（非常满意+满意+基本满意）÷有效评价；未表态的不计"),
        "follow_ups.content",
        "follow_ups.judged",
    ),
    Rate("R7", N_("隐患整改率"), N_("已销号÷本期到期应改"), "hazards.due_closed", "hazards.due"),
    Rate(
        "R8",
        N_("工单按期办结率"),
        N_("在期限内反馈且没有退回的工单÷期限在本期的工单；撤回的不计"),
        "orders.done",
        "orders.due",
    ),
    Rate("R10", N_("出勤率"), N_("实到人次÷已发布排班应到人次"), "patrols.come", "patrols.shifts"),
    Rate(
        "R11",
        N_("工单签收及时率"),
        N_("按时签收的工单÷签收时限在本期的工单；特急半小时、紧急两小时、一般下一个工作日，从送达时算"),
        "orders.signed",
        "orders.to_sign",
    ),
    Rate(
        "R12", N_("工单退回率"), N_("退回重办过的工单÷本期反馈的工单"), "orders.sent_back", "orders.fed_back"
    ),
)
