"""The roster of a month as paper, and the papers of duty and patrol; those are `resources/forms/NAME.toml`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date

from desktop.base.days import short_weekday
from desktop.base.text import N_
from desktop.patrol.gathering import (
    gather_leave,
    gather_patrol,
    gather_sign_in_sheet,
    gather_swap,
    leave_fields,
    patrol_fields,
    shift_fields,
)
from desktop.patrol.rules import DayMark, Duty, MonthPlan, PlannedShift
from desktop.printing.sheets import LedgerColumn, LedgerSheet
from desktop.staff.catalogue import Paper

ON_LEAVE = "假"
LEAD_SIGN = "*"


def month_sheet(
    plan: MonthPlan, marks: Sequence[DayMark], *, unit: str, practice: bool = False, print_mark: str = ""
) -> LedgerSheet:
    """The month matrix: one row a person, one column a day, characters for duties, explained at the foot.

    A person who leads that day has a star; the last row counts the people of each day.
    """
    duties = {duty.code: duty for duty in plan.duties}
    cells = matrix(plan)
    columns = [LedgerColumn("姓名", 17, "center", is_name=True)]
    columns += [
        LedgerColumn(f"{one.day.day}\n{one.mark or short_weekday(one.day)}", 6.6, "center") for one in marks
    ]
    columns += [LedgerColumn("班次", 9, "center")]
    rows = []
    for person in plan.people:
        own = [cells.get((person.id, one.day), ()) for one in marks]
        words = [
            _cell_words(plan, duties, person.id, one.day, shifts)
            for one, shifts in zip(marks, own, strict=True)
        ]
        rows.append((person.name, *words, _count(sum(map(len, own)))))
    per_day = Counter(shift.on for shift in plan.shifts)
    inside = [per_day[one.day] for one in marks]
    return LedgerSheet(
        title=f"{unit}勤务排班表",
        unit="",
        period=f"{plan.year}年{plan.month}月",
        columns=tuple(columns),
        rows=rows,
        totals=("人数", *map(_count, inside), _count(sum(inside))),
        footnotes=_legend(plan),
        signers=("编制人", "审核人", "发布日期"),
        practice=practice,
        print_mark=print_mark,
    )


def matrix(plan: MonthPlan) -> dict[tuple[str, date], tuple[PlannedShift, ...]]:
    """The shifts of each person on each day, in the order of the hours."""
    cells: dict[tuple[str, date], tuple[PlannedShift, ...]] = {}
    for shift in sorted(plan.shifts, key=lambda one: one.span):
        key = (shift.staff_id, shift.on)
        cells[key] = (*cells.get(key, ()), shift)
    return cells


def _cell_words(
    plan: MonthPlan, duties: Mapping[str, Duty], staff_id: str, day: date, shifts: Sequence[PlannedShift]
) -> str:
    if not shifts:
        away = any(leave.staff_id == staff_id and leave.covers(day) for leave in plan.leaves)
        return ON_LEAVE if away else ""
    words = "".join(duties[shift.duty_type].short if shift.duty_type in duties else "?" for shift in shifts)
    return words + (LEAD_SIGN if any(shift.lead_id == staff_id for shift in shifts) else "")


def _count(number: int) -> str:
    return str(number) if number else ""


def _legend(plan: MonthPlan) -> tuple[str, ...]:
    """What each character means, with the hours that were planned; only what stands on the sheet."""
    used: dict[str, Counter[str]] = {}
    for shift in plan.shifts:
        hours = f"{shift.start_time:%H:%M}–{shift.end_time:%H:%M}"
        used.setdefault(shift.duty_type, Counter())[hours] += 1
    told = [
        f"{duty.short} {duty.label}（{'、'.join(hours for hours, _times in used[duty.code].most_common(3))}）"
        for duty in plan.duties
        if duty.code in used
    ]
    lead = [f"{LEAD_SIGN} 带班"] if any(shift.lead_id for shift in plan.shifts) else []
    away = [f"{ON_LEAVE} 请假"] if plan.leaves else []
    return ("；".join([*told, *lead, *away]),) if told or away else ()


# -- forms -----------------------------------------------------------------------------------------------------------

PAPERS: tuple[Paper, ...] = (
    Paper("patrol_record", N_("巡逻记录"), "patrol", gather_patrol, patrol_fields),
    Paper("sign_in_sheet", N_("签到表"), "shift", gather_sign_in_sheet, shift_fields),
    Paper("swap_slip", N_("换班单"), "shift", gather_swap, shift_fields),
    Paper("leave_slip", N_("请假单"), "leave", gather_leave, leave_fields),
)
