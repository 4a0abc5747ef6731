"""The roster of a month and the record of a patrol as paper, from frozen values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from desktop.base.days import print_day, short_weekday
from desktop.patrol.rules import DayMark, Duty, MonthPlan, PlannedShift
from desktop.printing.sheets import (
    Cell,
    Field,
    Flow,
    FormSheet,
    GridRow,
    LedgerColumn,
    LedgerSheet,
    SignaturePlace,
    Signatures,
)
from desktop.staff.catalogue import PaperFacts

ON_LEAVE = "假"
LEAD_SIGN = "*"
NOTHING_FOUND = "无异常"


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


# -- the record of a patrol ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class FindingValue:
    """One finding in words."""

    time: str
    place: str
    finding_class: str
    description: str
    handling: str
    reported: str


@dataclass(frozen=True)
class PatrolValue:
    """A patrol in words, as it is printed."""

    serial_no: str
    day: date
    hours: str
    duty: str
    weather: str
    mode: str
    leader: str
    people: str
    volunteers_count: str
    route: str
    points_count: str
    publicity_count: str
    helped_count: str
    findings: tuple[FindingValue, ...]
    handover_note: str
    reviewer: str

    def content(self) -> dict[str, Any]:
        """Plain JSON, which is hashed and bound to the print."""
        return asdict(self) | {"day": self.day.isoformat()}


def render_patrol(value: PatrolValue, facts: PaperFacts, fonts: Any) -> bytes:
    """The record of one patrol (DOMAIN 2.8.3)."""
    from desktop.printing.form import render_form  # noqa: PLC0415 - ReportLab is loaded when paper is made

    return render_form(patrol_form(value, facts), fonts)


def patrol_form(value: PatrolValue, facts: PaperFacts) -> FormSheet:
    """The record of one patrol before it is drawn."""
    found = "\n".join(_finding_line(number, one) for number, one in enumerate(value.findings, 1))
    reviewer = f"审核：{value.reviewer}" if value.reviewer else "审核"
    return FormSheet(
        title="巡逻记录",
        number=value.serial_no,
        unit=f"{facts.station_name}{facts.room_name}",
        parts=(
            GridRow((Cell("日期", print_day(value.day)), Cell("起止时间", value.hours))),
            GridRow((Cell("类型", value.duty), Cell("方式", value.mode), Cell("天气", value.weather))),
            GridRow((Cell("带队人", value.leader), Cell("义务队员", value.volunteers_count))),
            Field("巡逻人员", value.people),
            Field("路线", value.route),
            GridRow(
                (
                    Cell("到点数", value.points_count),
                    Cell("宣传提醒", value.publicity_count),
                    Cell("帮助群众", value.helped_count),
                )
            ),
            Flow("发现情况", found or NOTHING_FOUND, 60),
            Flow("交接事项", value.handover_note, 30),
            Signatures((SignaturePlace("带队人"), SignaturePlace(reviewer))),
        ),
        practice=facts.practice,
        code=facts.short_code,
        content_hash=facts.content_hash,
        print_mark=facts.printed_by,
    )


def _finding_line(number: int, finding: FindingValue) -> str:
    head = "，".join(word for word in (finding.time, finding.place, finding.finding_class) if word)
    tail = "".join(
        f"{label}：{words}。"
        for label, words in (("处置", finding.handling), ("报告", finding.reported))
        if words
    )
    return f"{number}. {head}：{finding.description.rstrip('。')}。{tail}"
