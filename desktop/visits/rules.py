"""What a visit needs, the states of a request, and who waits for a visit."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from types import MappingProxyType
from typing import Any, Literal

from desktop.base.errors import FieldProblem
from desktop.base.text import _

FARM_HOUSEHOLD = "01"

VISITED = "1"
NOT_MET = "2"
DECLINED = "3"
EMPTY = "4"

AT_HOME = "1"
BY_PHONE = "2"
GATHERING = "3"
VILLAGE_ENTRANCE = "4"

# Kinds of object that count as a household; all others count as premises.
HOUSEHOLD_OBJECTS = frozenset({FARM_HOUSEHOLD, "06", "07"})

# People come together: nobody's door is named, the place is.
MEETINGS = frozenset({GATHERING, VILLAGE_ENTRANCE})

REGISTERED = "registered"
IN_HAND = "in_hand"
FINISHED = "finished"
TOLD_BACK = "told_back"

FROM_VISIT = "01"

# Defaults of the settings of the same name in small letters.
VISIT_CYCLE_DAYS = 180
VISIT_RETRY_DAYS = 3
REQUEST_DUE_DAYS = 15
REQUEST_REMIND_DAYS = 3
WEEKLY_HOUSEHOLDS = 10
WEEKLY_PREMISES = 5

ALLOWED_IN: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "assign": (REGISTERED, IN_HAND),
        "answer": (REGISTERED,),
        "record_progress": (IN_HAND,),
        "finish": (IN_HAND,),
        "tell_back": (FINISHED,),
        "raise_order": (REGISTERED, IN_HAND),
    }
)

Severity = Literal["", "due", "overdue"]


def visit_problems(values: Mapping[str, Any], today: date) -> list[FieldProblem]:
    """What stops the save of a visit.

    Nobody met, door shut or a refusal need nothing more: no content and no reason.
    """
    problems = [*_object_problems(values), *_time_problems(values, today)]
    if values.get("result") == VISITED and not values.get("topics") and not values.get("opinions"):
        problems.append(FieldProblem("topics", "VIS-005", _("已访的请选走访内容，或者写下听到的意见建议。")))
    return problems


def _object_problems(values: Mapping[str, Any]) -> list[FieldProblem]:
    if values.get("household_id") and values.get("premises_id"):
        return [FieldProblem("premises_id", "VIS-002", _("户和单位场所只能选一个；走访了两处请登记两条。"))]
    if values.get("premises_id") and values.get("object_type") == FARM_HOUSEHOLD:
        return [
            FieldProblem(
                "object_type", "VIS-011", _("走访的是单位场所，请把对象类型改成单位、商铺、学校或企业。")
            )
        ]
    if any(values.get(name) for name in ("household_id", "premises_id", "object_name")):
        return []
    if values.get("mode") in MEETINGS:
        if values.get("place"):
            return []
        return [FieldProblem("place", "VIS-006", _("集中走访和村口会请填写地点。"))]
    return [
        FieldProblem("household_id", "VIS-001", _("请选走访的户或单位场所；没有登记过的，填写对象名称。"))
    ]


def _time_problems(values: Mapping[str, Any], today: date) -> list[FieldProblem]:
    problems = []
    visited_on = values.get("visited_on")
    start, end = values.get("start_time"), values.get("end_time")
    if visited_on is not None and visited_on > today:
        problems.append(FieldProblem("visited_on", "VIS-004", _("走访日期还没有到，请检查日期。")))
    if start is not None and end is not None and end < start:
        problems.append(FieldProblem("end_time", "VIS-003", _("结束时间早于开始时间，请检查。")))
    return problems


def request_problems(values: Mapping[str, Any], today: date) -> list[FieldProblem]:
    """What stops the save of a request."""
    raised_on = values.get("raised_on")
    if raised_on is not None and raised_on > today:
        return [FieldProblem("raised_on", "VIS-007", _("登记日期还没有到，请检查日期。"))]
    return []


def state_of(state: str | None) -> str:
    """The state of a request; one that says nothing has just been entered."""
    return state or REGISTERED


def may_take(step: str, state: str | None) -> bool:
    """Whether a step may be taken on a request in a state."""
    return state_of(state) in ALLOWED_IN[step]


def due_problem(due_on: date, raised_on: date | None, today: date) -> FieldProblem | None:
    """Why a request cannot be due on that day, if so."""
    if due_on < today or (raised_on is not None and due_on < raised_on):
        return FieldProblem("due_on", "VIS-008", _("办理时限已经过去，请选今天或以后的日期。"))
    return None


def day_problem(field: str, day: date, not_before: date | None, today: date) -> FieldProblem | None:
    """Why something cannot have been done on that day, if so."""
    if day > today:
        return FieldProblem(field, "VIS-009", _("日期还没有到，请检查。"))
    if not_before is not None and day < not_before:
        return FieldProblem(field, "VIS-010", _("日期早于上一步的日期，请检查。"))
    return None


def is_overdue(state: str | None, due_on: date | None, finished_on: date | None, today: date) -> bool:
    """Whether a request was or is finished later than it was due."""
    if due_on is None:
        return False
    if state_of(state) in (FINISHED, TOLD_BACK):
        return finished_on is not None and finished_on > due_on
    return today > due_on


def severity(
    state: str | None,
    raised_on: date | None,
    due_on: date | None,
    today: date,
    *,
    remind_days: int = REQUEST_REMIND_DAYS,
) -> Severity:
    """How much a request presses today; empty when nothing is to be shown.

    One that nobody took presses from the day after it was raised; one that is finished waits for the person to be told.
    """
    now = state_of(state)
    if now == TOLD_BACK:
        return ""
    if now == FINISHED:
        return "due"
    if due_on is None:
        waits = now == REGISTERED and raised_on is not None and raised_on < today
        return "overdue" if waits else "due"
    if due_on < today:
        return "overdue"
    return "due" if now == REGISTERED or due_on <= today + timedelta(days=remind_days) else ""


def waits_when_seen_by(today: date, cycle_days: int = VISIT_CYCLE_DAYS) -> date:
    """The last day on which a visit is so long ago that the next one is due today.

    Units:   calendar days; with a cycle of 7 a visit last Monday is due again this Monday.
    """
    return today - timedelta(days=max(cycle_days, 1))


def may_retry_when_tried_by(today: date, retry_days: int = VISIT_RETRY_DAYS) -> date:
    """The last day on which somebody knocked in vain so long ago that it is worth another try today."""
    return today - timedelta(days=max(retry_days, 1))


def week_of(day: date) -> date:
    """The Monday of the day's week."""
    return day - timedelta(days=day.weekday())


def append_progress(progress: str | None, day: date, line: str) -> str:
    """The course of a request with one more line under its day."""
    entry = f"{day.isoformat()} {line}"
    return f"{progress}\n{entry}" if progress else entry
