"""The states of a hazard, which step each allows, and its deadlines."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from types import MappingProxyType
from typing import Any, Literal

from desktop.base.errors import FieldProblem
from desktop.base.text import _
from desktop.base.workdays import HolidayTable, add_workdays

REGISTERED = "registered"
RECTIFYING = "rectifying"
FAILED = "failed"
PASSED = "passed"
REFERRED = "referred"
CLOSED = "closed"

ON_THE_SPOT = "1"
BY_DEADLINE = "2"
BY_REFERRAL = "3"

CONCLUSION_PASSED = "1"
CONCLUSION_FAILED = "2"
CONCLUSION_REFERRED = "3"

FOUND_AT_VISIT = "01"
FOUND_AT_PATROL = "02"

# Defaults of the settings of the same name in small letters; the county may order others.
HAZARD_DUE_DAYS = 15
HAZARD_REMIND_DAYS = 3
HAZARD_RECHECK_WORKDAYS = 3

ALLOWED_IN: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "fix_on_the_spot": (REGISTERED,),
        "set_deadline": (REGISTERED, FAILED),
        "extend_deadline": (RECTIFYING,),
        "recheck": (RECTIFYING,),
        "refer": (REGISTERED, RECTIFYING, FAILED),
        "close": (PASSED, REFERRED),
    }
)

Severity = Literal["", "plain", "due", "overdue"]


def state_of(state: str | None) -> str:
    """The state of a hazard; one that says nothing has just been entered."""
    return state or REGISTERED


def may_take(step: str, state: str | None) -> bool:
    """Whether a step may be taken in a state."""
    return state_of(state) in ALLOWED_IN[step]


def hazard_problems(values: Mapping[str, Any], today: date) -> list[FieldProblem]:
    """What stops the save of a hazard."""
    problems = []
    found_on = values.get("found_on")
    if found_on is not None and found_on > today:
        problems.append(FieldProblem("found_on", "HAZ-001", _("发现日期还没有到，请检查日期。")))
    if values.get("household_id") and values.get("premises_id"):
        problems.append(FieldProblem("premises_id", "HAZ-002", _("户和单位场所只能选一个。")))
    if not any(values.get(name) for name in ("place", "household_id", "premises_id")):
        problems.append(FieldProblem("place", "HAZ-003", _("请填写地点，或者选一户、一个单位场所。")))
    return problems


def latest_due_day(from_on: date, most_days: int = HAZARD_DUE_DAYS) -> date:
    """The last day that a deadline set on `from_on` may name.

    Units:   calendar days, the first day not counted.
    Source:  the longest term is the county's setting (Ministry order 93 names it; its figure was not to be had).
    """
    return from_on + timedelta(days=most_days)


def deadline_problem(due_on: date, from_on: date, most_days: int = HAZARD_DUE_DAYS) -> FieldProblem | None:
    """Why a deadline cannot be set on `from_on`, if so."""
    if due_on < from_on:
        return FieldProblem("due_on", "HAZ-004", _("整改期限已经过去，请选今天或以后的日期。"))
    last = latest_due_day(from_on, most_days)
    if due_on > last:
        return FieldProblem(
            "due_on",
            "HAZ-005",
            _("整改期限最长{most}天，最晚到{last}。确实做不完的，到期前办理延期。").format(
                most=most_days, last=last.isoformat()
            ),
        )
    return None


def extension_problem(
    extended_to_on: date, due_on: date | None, today: date, most_days: int = HAZARD_DUE_DAYS
) -> FieldProblem | None:
    """Why a deadline cannot be moved, if so: it moves forward, and never by more than one longest term from today."""
    if (due_on is not None and extended_to_on <= due_on) or extended_to_on < today:
        return FieldProblem("extended_to_on", "HAZ-006", _("延期后的日期应晚于原来的期限，也不能早于今天。"))
    last = latest_due_day(max(today, due_on or today), most_days)
    if extended_to_on > last:
        return FieldProblem(
            "extended_to_on",
            "HAZ-007",
            _("一次最多延长{most}天，最晚到{last}。").format(most=most_days, last=last.isoformat()),
        )
    return None


def day_problem(field: str, day: date, found_on: date | None, today: date) -> FieldProblem | None:
    """Why a deed on a hazard cannot have happened on that day, if so."""
    if day > today:
        return FieldProblem(field, "HAZ-008", _("日期还没有到，请检查。"))
    if found_on is not None and day < found_on:
        return FieldProblem(field, "HAZ-009", _("日期早于发现隐患的日期，请检查。"))
    return None


def recheck_by(due_on: date, holidays: HolidayTable, workdays: int = HAZARD_RECHECK_WORKDAYS) -> date:
    """The last day for the re-check of a hazard whose deadline is `due_on`.

    Units:   working days after the deadline.
    """
    return add_workdays(due_on, workdays, holidays)


def severity(
    state: str | None,
    found_on: date | None,
    due_on: date | None,
    today: date,
    remind_days: int = HAZARD_REMIND_DAYS,
) -> Severity:
    """How much a hazard presses today; empty when nothing is to be shown.

    A new one must be decided on the day it was found; a deadline is shown some days before; one that failed its
    re-check presses at once; one that only waits to be struck off is shown plainly.
    """
    now = state_of(state)
    if now == CLOSED:
        return ""
    if now == FAILED:
        return "overdue"
    if now == REGISTERED:
        return "due" if found_on is None or found_on >= today else "overdue"
    if now == RECTIFYING and due_on is not None:
        if due_on < today:
            return "overdue"
        return "due" if due_on <= today + timedelta(days=remind_days) else ""
    return "plain"
