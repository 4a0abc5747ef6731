"""What grows from a visit without being typed twice, and the steps of a request.

A visit is never changed by its steps: what it met becomes a request, a dispute or a hazard of its own, which takes
area, place, day, people and staff from the visit and keeps it as its `origin`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from desktop.base.errors import FieldProblem, RuleBroken
from desktop.base.text import N_, _
from desktop.database.fields import Field, FieldType
from desktop.places.store import Door
from desktop.staff.records import (
    MayStep,
    Step,
    Work,
    add_record,
    known_id,
    values_of,
    write_values,
)
from desktop.visits import rules
from desktop.visits.entering import area_of, find_door, person_of, place_of
from desktop.visits.tables import Visit

# The code of 走访 in the lists of sources of disputes, hazards and requests alike.
_FROM_VISIT = rules.FROM_VISIT
_PERSON = "1"
_ORGANISATION = "2"
_TOLD_ON_THE_SPOT = "4"
# The code of 群众诉求 in the list of sources of orders.
_ORDER_FROM_REQUEST = "07"
_NAME_SEPARATORS = re.compile(r"[、，,；;\s]+")


# -- from a visit ------------------------------------------------------------------------------------------------------


def raise_request(work: Work, visit: Visit, values: Mapping[str, Any]) -> None:
    """What somebody asked for at the visit becomes a request with the visit as its origin."""
    add_record(work, "request", _filled(values) | {"visit_id": known_id(visit)}, origin=visit)


def raise_hazard(work: Work, visit: Visit, values: Mapping[str, Any]) -> None:
    """A danger that was seen at the visit becomes a hazard with the visit as its origin.

    After:   who received the visitors is the one responsible, so that a deadline can be set with one more step.
    """
    told = _values(work, visit)
    door = find_door(work.session, told)
    name, phone = person_of(told, door)
    prefilled = {
        "found_on": visit.visited_on,
        "source": _FROM_VISIT,
        "area_id": area_of(told, door),
        "place": place_of(told, door),
        "household_id": visit.household_id,
        "premises_id": visit.premises_id,
        "responsible_name": name,
        "responsible_phone": phone,
        "staff_ids": visit.staff_ids,
    }
    add_record(work, "hazard", prefilled | _filled(values), origin=visit)


def raise_dispute(work: Work, visit: Visit, values: Mapping[str, Any]) -> None:
    """A quarrel that was heard of at the visit becomes a dispute with its parties and the visit as its origin.

    Errors:  RuleBroken VIS-012 when nobody is named as a party.
    """
    told = _values(work, visit)
    door = find_door(work.session, told)
    parties = _parties(told, door, values)
    if not parties:
        _refuse(FieldProblem("other_names", "VIS-012", _("请填写当事人姓名；接待人是当事人的，请选“是”。")))
    prefilled = {
        "found_on": visit.visited_on,
        "source": _FROM_VISIT,
        "area_id": area_of(told, door),
        "place": place_of(told, door),
        "title": values["title"],
        "dispute_type": values["dispute_type"],
        "facts": values["facts"],
        "responsible_id": next(iter(visit.staff_ids), None),
        "parties": parties,
    }
    add_record(work, "dispute", prefilled, origin=visit)


def _parties(visit: Mapping[str, Any], door: Door | None, values: Mapping[str, Any]) -> list[dict[str, Any]]:
    parties: list[dict[str, Any]] = []
    if values["is_party"]:
        name, phone = person_of(visit, door)
        if name:
            parties.append(
                {"party_type": _PERSON, "name": name, "phone": phone, "address": place_of(visit, door)}
            )
        elif door is not None and door.kind == "premises":
            parties.append(
                {
                    "party_type": _ORGANISATION,
                    "organisation_name": door.title,
                    "phone": door.phone,
                    "address": door.place,
                }
            )
    named = {party.get("name") for party in parties}
    for name in _NAME_SEPARATORS.split(values["other_names"] or ""):
        if name and name not in named:
            named.add(name)
            parties.append({"party_type": _PERSON, "name": name})
    return parties


def _values(work: Work, visit: Visit) -> dict[str, Any]:
    return values_of(visit, work.registry.kind("visit"))


def _filled(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value not in (None, "", [])}


# -- a request -------------------------------------------------------------------------------------------------------


def assign_request(work: Work, request: Any, values: Mapping[str, Any]) -> None:
    """Somebody takes it on and has a day by which it is done; may be given on. Errors: RuleBroken VIS-008."""
    days = work.settings.whole("request_due_days")
    due_on = values["due_on"] or request.due_on or work.today + timedelta(days=days)
    if values["due_on"]:
        _refuse(rules.due_problem(due_on, request.raised_on, work.today))
    write_values(work, request, {"state": rules.IN_HAND, "staff_id": values["staff_id"], "due_on": due_on})


def answer_on_the_spot(work: Work, request: Any, values: Mapping[str, Any]) -> None:
    """It was settled while the person was still there, so he knows. Errors: RuleBroken VIS-009, VIS-010."""
    day = values["finished_on"]
    _demand_day(work, "finished_on", day, request.raised_on)
    write_values(
        work,
        request,
        {
            "state": rules.TOLD_BACK,
            "staff_id": values["staff_id"] or request.staff_id,
            "is_answered_on_the_spot": True,
            "finish_result": values["finish_result"],
            "finished_on": day,
            "told_on": day,
            "feedback_mode": _TOLD_ON_THE_SPOT,
            "satisfaction": values["satisfaction"],
        },
    )


def raise_order(work: Work, request: Any, values: Mapping[str, Any]) -> None:
    """What somebody asked for becomes an order of the room with the request as its origin, and is in hand."""
    place = f"{request.place}：" if request.place else ""
    prefilled = {
        "title": values["title"],
        "source": _ORDER_FROM_REQUEST,
        "content": f"{place}{request.content or ''}",
        "urgency": values["urgency"],
        "staff_id": values["staff_id"],
        "due_on": values["due_on"],
        "related": request.serial_no,
    }
    add_record(work, "work_order", _filled(prefilled), origin=request)
    told = {"state": rules.IN_HAND, "due_on": values["due_on"]}
    if values["staff_id"]:
        told["staff_id"] = values["staff_id"]
    write_values(work, request, told)


def record_progress(work: Work, request: Any, values: Mapping[str, Any]) -> None:
    """One more line of what was done, under its day. Errors: RuleBroken VIS-009, VIS-010."""
    _demand_day(work, "done_on", values["done_on"], request.raised_on)
    told = rules.append_progress(request.progress, values["done_on"], values["progress_line"])
    write_values(work, request, {"progress": told})


def finish_request(work: Work, request: Any, values: Mapping[str, Any]) -> None:
    """It is done, or it is certain that it cannot be done. Errors: RuleBroken VIS-009, VIS-010."""
    _demand_day(work, "finished_on", values["finished_on"], request.raised_on)
    write_values(
        work,
        request,
        {
            "state": rules.FINISHED,
            "finish_result": values["finish_result"],
            "finished_on": values["finished_on"],
        },
    )


def tell_back(work: Work, request: Any, values: Mapping[str, Any]) -> None:
    """The person knows the result and has said what he thinks of it. Errors: RuleBroken VIS-009, VIS-010."""
    _demand_day(work, "told_on", values["told_on"], request.finished_on)
    write_values(work, request, {"state": rules.TOLD_BACK, **values})


def _demand_day(work: Work, field: str, day: date, not_before: date | None) -> None:
    _refuse(rules.day_problem(field, day, not_before, work.today))


def _refuse(problem: FieldProblem | None) -> None:
    if problem is not None:
        raise RuleBroken(problem.code, problem.message, fields=(problem,))


def _always(_visit: Any) -> bool:
    return True


def _allowed(step: str) -> MayStep:
    return lambda request: rules.may_take(step, getattr(request, "state", None))


_SATISFACTION = Field(N_("满意度"), FieldType.CHOICE, name="satisfaction", codes="satisfaction")

# Who may write a visit may also write what he met there, so these ask for C and not for U.
_VISIT_STEPS = (
    Step(
        "visit",
        "raise_request",
        N_("转为诉求"),
        raise_request,
        _always,
        (
            Field(N_("类别"), FieldType.CHOICE, name="request_class", codes="request_class", required=True),
            Field(N_("内容"), FieldType.LONG_TEXT, name="content", required=True, max_length=300),
            Field(N_("希望怎么解决"), FieldType.TEXT, name="expectation", max_length=200),
        ),
        letter="C",
        makes="request",
        help=N_("群众提出、要有人办的事。地点、姓名、电话从走访带过去，不用再填。"),
    ),
    Step(
        "visit",
        "raise_dispute",
        N_("转为矛盾纠纷"),
        raise_dispute,
        _always,
        (
            Field(
                N_("纠纷名称"),
                FieldType.TEXT,
                name="title",
                required=True,
                max_length=60,
                help=N_("一句话说清谁和谁因为什么"),
                example="马占山与李秀兰浇地用水纠纷",
            ),
            Field(N_("纠纷类型"), FieldType.CHOICE, name="dispute_type", codes="dispute_type", required=True),
            Field(N_("接待人是当事人"), FieldType.BOOLEAN, name="is_party", default_value=True),
            Field(
                N_("其他当事人"),
                FieldType.TEXT,
                name="other_names",
                max_length=200,
                personal="personal",
                help=N_("几个人用顿号分开"),
                example="李秀兰、单明月",
            ),
            Field(N_("基本情况"), FieldType.LONG_TEXT, name="facts", max_length=2000),
        ),
        letter="C",
        makes="dispute",
        help=N_("走访中听到、见到的纠纷。日期、地点、当事人从走访带过去，不用再填。"),
    ),
    Step(
        "visit",
        "raise_hazard",
        N_("转为隐患"),
        raise_hazard,
        _always,
        (
            Field(N_("隐患类别"), FieldType.CHOICE, name="hazard_class", codes="hazard_class", required=True),
            Field(
                N_("等级"),
                FieldType.CHOICE,
                name="hazard_level",
                codes="hazard_level",
                required=True,
                default_value="1",
            ),
            Field(
                N_("隐患描述"),
                FieldType.LONG_TEXT,
                name="description",
                required=True,
                max_length=500,
                example="灶房门口电线外皮破损，铜线裸露",
            ),
            Field(N_("整改建议"), FieldType.LONG_TEXT, name="advice", max_length=300),
        ),
        letter="C",
        makes="hazard",
        help=N_("走访中看到的隐患。日期、地点、责任人从走访带过去，不用再填。"),
    ),
)

_REQUEST_STEPS = (
    Step(
        "request",
        "assign",
        N_("交办"),
        assign_request,
        _allowed("assign"),
        (
            Field(
                N_("承办人"),
                FieldType.LINK,
                name="staff_id",
                target="staff_member",
                required=True,
                default="actor",
            ),
            Field(N_("办理时限"), FieldType.DATE, name="due_on", help=N_("不填就从今天起，按规定的天数算。")),
        ),
        help=N_("定下谁来办、几号前办好；换人办也用这一步。"),
    ),
    Step(
        "request",
        "answer",
        N_("当场答复"),
        answer_on_the_spot,
        _allowed("answer"),
        (
            Field(N_("怎么答复的"), FieldType.LONG_TEXT, name="finish_result", required=True, max_length=300),
            Field(N_("答复日期"), FieldType.DATE, name="finished_on", required=True, default="today"),
            Field(N_("答复人"), FieldType.LINK, name="staff_id", target="staff_member", default="actor"),
            _SATISFACTION,
        ),
        help=N_("当面就办好、讲清楚了的，一步办结。"),
    ),
    Step(
        "request",
        "record_progress",
        N_("记录办理情况"),
        record_progress,
        _allowed("record_progress"),
        (
            Field(N_("做了什么"), FieldType.TEXT, name="progress_line", required=True, max_length=200),
            Field(N_("日期"), FieldType.DATE, name="done_on", required=True, default="today"),
        ),
        first=N_("请先“交办”"),
    ),
    Step(
        "request",
        "finish",
        N_("办结"),
        finish_request,
        _allowed("finish"),
        (
            Field(N_("办理结果"), FieldType.LONG_TEXT, name="finish_result", required=True, max_length=300),
            Field(N_("办结日期"), FieldType.DATE, name="finished_on", required=True, default="today"),
        ),
        help=N_("办好了写结果；办不了的写清原因和去向。"),
        first=N_("请先“交办”；当面就办好的选“当场答复”"),
    ),
    Step(
        "request",
        "raise_order",
        N_("转为工单"),
        raise_order,
        _allowed("raise_order"),
        (
            Field(N_("标题"), FieldType.TEXT, name="title", required=True, max_length=60),
            Field(
                N_("紧急程度"),
                FieldType.CHOICE,
                name="urgency",
                codes="order_urgency",
                required=True,
                default_value="3",
            ),
            Field(N_("要求完成日期"), FieldType.DATE, name="due_on", required=True),
            Field(N_("指定承办人"), FieldType.LINK, name="staff_id", target="staff_member"),
        ),
        help=N_("要派人专门去办、办完要核验的。内容从诉求带过去，不用再填。"),
        first=N_("已办结的诉求不能再转"),
        makes="work_order",
    ),
    Step(
        "request",
        "tell_back",
        N_("反馈本人"),
        tell_back,
        _allowed("tell_back"),
        (
            Field(
                N_("反馈方式"), FieldType.CHOICE, name="feedback_mode", codes="feedback_mode", required=True
            ),
            Field(N_("反馈日期"), FieldType.DATE, name="told_on", required=True, default="today"),
            _SATISFACTION,
        ),
        help=N_("把结果告诉提出的人，问一句满不满意。"),
        first=N_("请先“办结”"),
    ),
)

STEPS: tuple[Step, ...] = (*_VISIT_STEPS, *_REQUEST_STEPS)
