"""Coming to a shift and leaving it, changing one that was published, and what follows from a patrol."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, cast

from desktop.base.clock import local_time
from desktop.base.errors import RuleBroken
from desktop.base.text import N_, _
from desktop.database.fields import Field, FieldType
from desktop.database.record import Record
from desktop.patrol import roster, rules, store
from desktop.patrol.rules import PlannedShift
from desktop.patrol.tables import Patrol, PatrolFinding, Shift
from desktop.staff.records import (
    Step,
    Work,
    add_record,
    correct_record,
    known_id,
    load_record,
    new_row,
    write_values,
)

FOUND_AT_PATROL = "02"
QUARREL = "05"


# -- one shift -----------------------------------------------------------------------------------------------------


def sign_in(work: Work, shift: Shift, values: Mapping[str, Any]) -> None:
    """Notes that somebody came to a shift. Errors: RuleBroken PAT-015 when it is noted already."""
    _refuse_signed(work, shift)
    arrived = values["arrived_at"]
    _new_sign_in(
        work,
        shift,
        {
            "arrived_at": arrived,
            "staff_id": values["staff_id"] or shift.staff_id,
            "sign_mode": values["sign_mode"],
            "attendance": _attendance(shift, arrived, None),
        },
    )


def sign_out(work: Work, shift: Shift, values: Mapping[str, Any]) -> None:
    """Notes that somebody left a shift, as a new version of how he came.

    Errors:  RuleBroken PAT-016 when he did not come, PAT-007 when he left before he came.
    """
    row = store.find_sign_in(work.session, shift.id)
    if row is None or row.arrived_at is None:
        raise RuleBroken("PAT-016", _("还没有登记到岗，请先登记到岗"))
    left = values["left_at"]
    times = {"arrived_at": row.arrived_at, "left_at": left}
    problems = list(rules.sign_in_problems(times, work.today))
    if problems:
        raise RuleBroken(problems[0].code, problems[0].message, fields=tuple(problems))
    correct_record(
        work,
        work.registry.kind("sign_in"),
        row,
        {"left_at": left, "attendance": _attendance(shift, row.arrived_at, left)},
    )


def mark_absent(work: Work, shift: Shift, values: Mapping[str, Any]) -> None:
    """Notes that nobody came to a shift. Errors: RuleBroken PAT-015 when somebody did."""
    _refuse_signed(work, shift)
    _new_sign_in(
        work, shift, {"staff_id": shift.staff_id, "attendance": rules.ABSENT, "note": values["note"]}
    )


def adjust_shift(work: Work, shift: Shift, values: Mapping[str, Any]) -> None:
    """Moves a published shift to other hours or another place, with a reason; what is left empty stays.

    Errors:  RuleBroken PAT-001 for equal times.
    """
    changed = {name: value for name, value in values.items() if value is not None}
    start, end = changed.get("start_time", shift.start_time), changed.get("end_time", shift.end_time)
    for problem in rules.shift_problems({"start_time": start, "end_time": end}, work.today):
        raise RuleBroken(problem.code, problem.message, fields=(problem,))
    write_values(work, shift, changed)


def swap_shift(work: Work, shift: Shift, values: Mapping[str, Any]) -> None:
    """Gives a shift to another person, with the reason and who agreed.

    Errors:  RuleBroken PAT-017 when that person is away or on duty elsewhere then, PAT-015 when somebody came already.
    """
    _refuse_signed(work, shift)
    if shift.shift_on is None or shift.start_time is None or shift.end_time is None:
        raise RuleBroken("PAT-001", _("这个班次没有写全日期和时间，请先补上"))
    person = values["staff_id"]
    plan = store.load_month(work.session, work.registry, shift.shift_on.year, shift.shift_on.month)
    moved = PlannedShift(
        person,
        shift.shift_on,
        shift.duty_type or "",
        shift.start_time,
        shift.end_time,
        shift.duty_lead_id or "",
        shift.id,
    )
    others = [one for one in plan.shifts if one.staff_id == person and one.id != shift.id]
    wrong = [
        clash
        for clash in rules.clashes([*others, moved], plan.leaves)
        if clash.kind in roster.NEVER_PUBLISHED
        and shift.id in {clash.shift.id, clash.other.id if clash.other else ""}
    ]
    if wrong:
        raise RuleBroken("PAT-017", _("没有换班：{told}").format(told=roster.clash_sentences(plan, wrong)[0]))
    write_values(work, shift, {"staff_id": person, "change_reason": values["change_reason"]})


def _refuse_signed(work: Work, shift: Shift) -> None:
    if store.find_sign_in(work.session, shift.id) is not None:
        raise RuleBroken("PAT-015", _("这个班次已经登记过签到。要改请打开签到那一条更正"))


def _new_sign_in(work: Work, shift: Shift, values: Mapping[str, Any]) -> None:
    own = {"shift_id": shift.id, "signed_on": shift.shift_on} | dict(values)
    new_row(work, work.registry.kind("sign_in"), own, origin=shift)


def _attendance(shift: Shift, arrived: datetime | None, left: datetime | None) -> str | None:
    if shift.shift_on is None or shift.start_time is None or shift.end_time is None:
        return None
    return rules.attendance(
        shift.shift_on, shift.start_time, shift.end_time, arrived=_wall(arrived), left=_wall(left)
    )


def _wall(instant: datetime | None) -> datetime | None:
    return None if instant is None else local_time(instant).replace(tzinfo=None)


# -- a patrol ------------------------------------------------------------------------------------------------------


def raise_dispute(work: Work, record: Patrol | PatrolFinding, values: Mapping[str, Any]) -> None:
    """Opens a dispute that a patrol met; it keeps where it came from, and nothing is typed twice."""
    patrol, finding = _patrol_and_finding(work, record, QUARREL)
    raw = {
        "found_on": patrol.patrol_on,
        "source": FOUND_AT_PATROL,
        "title": values["title"],
        "dispute_type": values["dispute_type"],
        "area_id": values["area_id"],
        "place": values["place"] or (finding.place if finding else None),
        "facts": values["facts"] or (finding.description if finding else None),
        "parties": [{"name": name} for name in _names(values["party_names"])],
    }
    add_record(work, "dispute", _given(raw), origin=record)


def raise_hazard(work: Work, record: Patrol | PatrolFinding, values: Mapping[str, Any]) -> None:
    """Opens a hazard that a patrol met; it keeps where it came from, and nothing is typed twice."""
    patrol, finding = _patrol_and_finding(work, record, "")
    raw = {
        "found_on": patrol.patrol_on,
        "source": FOUND_AT_PATROL,
        "hazard_class": values["hazard_class"],
        "hazard_level": values["hazard_level"],
        "area_id": values["area_id"],
        "place": values["place"] or (finding.place if finding else None),
        "description": values["description"] or (finding.description if finding else None),
    }
    add_record(work, "hazard", _given(raw), origin=record)


def _given(raw: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in raw.items() if value not in (None, "", [])}


def _names(text: str) -> list[str]:
    for mark in ",，;；/ \u3000":
        text = text.replace(mark, "、")
    return [name for name in text.split("、") if name]


def _patrol_and_finding(
    work: Work, record: Patrol | PatrolFinding, finding_class: str
) -> tuple[Patrol, PatrolFinding | None]:
    """The patrol, and the finding that the step is about: the record itself, or the only one that fits."""
    if isinstance(record, PatrolFinding):
        patrol = load_record(work.session, work.registry.kind("patrol"), record.patrol_id or "")
        return cast("Patrol", patrol), record
    fitting = [
        one
        for one in store.find_findings(work.session, known_id(record))
        if (one.finding_class == finding_class if finding_class else one.finding_class != QUARREL)
    ]
    return record, fitting[0] if len(fitting) == 1 else None


def review_patrol(work: Work, patrol: Patrol, values: Mapping[str, Any]) -> None:
    """Notes who looked the record through; a new version of the record says so."""
    correct_record(
        work,
        work.registry.kind("patrol"),
        patrol,
        {"reviewed_by_id": values["reviewed_by_id"], "reviewed_on": work.today},
        reason="审核",
    )


# -- what people can do --------------------------------------------------------------------------------------------


def _is_published(record: Record) -> bool:
    return getattr(record, "state", None) == rules.PUBLISHED


def _always(_record: Record) -> bool:
    return True


def _is_unreviewed(record: Record) -> bool:
    return getattr(record, "reviewed_on", None) is None


_DISPUTE_INPUTS = (
    Field(
        N_("纠纷名称"),
        FieldType.TEXT,
        "title",
        required=True,
        max_length=60,
        help=N_("一句话说清谁和谁因为什么"),
    ),
    Field(N_("纠纷类型"), FieldType.CHOICE, "dispute_type", required=True, codes="dispute_type"),
    Field(
        N_("当事人"),
        FieldType.TEXT,
        "party_names",
        required=True,
        max_length=200,
        personal="personal",
        help=N_("各方姓名，用顿号隔开；其余情况到纠纷里补"),
        example="马占山、李秀兰",
    ),
    Field(N_("村组"), FieldType.LINK, "area_id", target="area"),
    Field(N_("地点"), FieldType.TEXT, "place", max_length=100, help=N_("不填就用发现情况里的地点")),
    Field(N_("基本情况"), FieldType.LONG_TEXT, "facts", max_length=2000, help=N_("不填就用发现情况里的描述")),
)
_HAZARD_INPUTS = (
    Field(N_("隐患类别"), FieldType.CHOICE, "hazard_class", required=True, codes="hazard_class"),
    Field(
        N_("等级"), FieldType.CHOICE, "hazard_level", required=True, codes="hazard_level", default_value="1"
    ),
    Field(N_("村组"), FieldType.LINK, "area_id", target="area"),
    Field(N_("地点"), FieldType.TEXT, "place", max_length=100, help=N_("不填就用发现情况里的地点")),
    Field(
        N_("隐患描述"),
        FieldType.LONG_TEXT,
        "description",
        max_length=500,
        help=N_("不填就用发现情况里的描述"),
    ),
)
_REASON = Field(N_("调整原因"), FieldType.TEXT, "change_reason", required=True, max_length=100)

STEPS: tuple[Step, ...] = (
    Step(
        "shift",
        "sign_in",
        N_("登记到岗"),
        sign_in,
        _always,
        (
            Field(N_("到岗时间"), FieldType.INSTANT, "arrived_at", required=True, default="now"),
            Field(N_("到岗人"), FieldType.LINK, "staff_id", target="staff_member", help=N_("替班时填替班人")),
            Field(N_("签到方式"), FieldType.CHOICE, "sign_mode", codes="sign_mode", default_value="1"),
        ),
        letter="C",
    ),
    Step(
        "shift",
        "sign_out",
        N_("登记离岗"),
        sign_out,
        _always,
        (Field(N_("离岗时间"), FieldType.INSTANT, "left_at", required=True, default="now"),),
        letter="C",
    ),
    Step(
        "shift",
        "mark_absent",
        N_("登记缺勤"),
        mark_absent,
        _always,
        (Field(N_("备注"), FieldType.TEXT, "note", max_length=100),),
        letter="C",
    ),
    Step(
        "shift",
        "adjust",
        N_("调整"),
        adjust_shift,
        _is_published,
        (
            Field(N_("起"), FieldType.TIME, "start_time"),
            Field(N_("止"), FieldType.TIME, "end_time"),
            Field(N_("路线或点位"), FieldType.TEXT, "place", max_length=80),
            _REASON,
        ),
        help=N_("只填要改的；不填的不变"),
    ),
    Step(
        "shift",
        "swap",
        N_("换班"),
        swap_shift,
        _is_published,
        (
            Field(N_("换给"), FieldType.LINK, "staff_id", required=True, target="staff_member"),
            replace(_REASON, help=N_("写明理由，对方同意、谁批准")),
        ),
    ),
    *(
        step
        for kind in ("patrol", "patrol_finding")
        for step in (
            Step(
                kind,
                "raise_dispute",
                N_("转为矛盾纠纷"),
                raise_dispute,
                _always,
                _DISPUTE_INPUTS,
                letter="C",
                makes="dispute",
            ),
            Step(
                kind,
                "raise_hazard",
                N_("转为隐患"),
                raise_hazard,
                _always,
                _HAZARD_INPUTS,
                letter="C",
                makes="hazard",
            ),
        )
    ),
    Step(
        "patrol",
        "review",
        N_("审核"),
        review_patrol,
        _is_unreviewed,
        (
            Field(
                N_("审核人"),
                FieldType.LINK,
                "reviewed_by_id",
                required=True,
                target="staff_member",
                default="actor",
            ),
        ),
        letter="A",
    ),
)
