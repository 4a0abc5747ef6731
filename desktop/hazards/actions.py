"""The steps of a hazard: fixed on the spot, a deadline, an extension, the re-check, a referral, struck off."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from desktop.base.errors import FieldProblem, RuleBroken
from desktop.base.text import N_, _
from desktop.database.fields import Field, FieldType
from desktop.hazards import rules
from desktop.hazards.store import due_day
from desktop.staff.records import MayStep, Step, Work, write_values


def fix_on_the_spot(work: Work, hazard: Any, values: Mapping[str, Any]) -> None:
    """The danger was gone before the finder left, so his word is the re-check. After: it waits to be struck off."""
    _demand_day(work, hazard, "rechecked_on", values["rechecked_on"])
    write_values(
        work,
        hazard,
        {
            "state": rules.PASSED,
            "rectify_mode": rules.ON_THE_SPOT,
            "conclusion": rules.CONCLUSION_PASSED,
            "rectified_note": values["rectified_note"],
            "rechecked_on": values["rechecked_on"],
            "recheck_staff_ids": hazard.staff_ids,
        },
    )


def set_deadline(work: Work, hazard: Any, values: Mapping[str, Any]) -> None:
    """Somebody has to mend it by a day; also the second deadline after a failed re-check.

    Errors:  RuleBroken HAZ-004, HAZ-005 for the day, HAZ-010 when nobody is responsible.
    """
    most_days = work.settings.whole("hazard_due_days")
    due_on = values["due_on"] or rules.latest_due_day(work.today, most_days)
    _refuse(rules.deadline_problem(due_on, work.today, most_days))
    told = {
        name: values[name] for name in ("responsible_name", "responsible_phone", "advice") if values[name]
    }
    if not (told.get("responsible_name") or hazard.responsible_name):
        _refuse(FieldProblem("responsible_name", "HAZ-010", _("限期整改请填写整改责任人。")))
    write_values(
        work,
        hazard,
        told
        | {
            "state": rules.RECTIFYING,
            "rectify_mode": rules.BY_DEADLINE,
            "due_on": due_on,
            "extended_to_on": None,
            "extend_reason": None,
            "conclusion": None,
        },
    )


def extend_deadline(work: Work, hazard: Any, values: Mapping[str, Any]) -> None:
    """The deadline moves on, with the reason. Errors: RuleBroken HAZ-006, HAZ-007."""
    most_days = work.settings.whole("hazard_due_days")
    extended_to_on = values["extended_to_on"]
    _refuse(rules.extension_problem(extended_to_on, due_day(hazard), work.today, most_days))
    write_values(work, hazard, {"extended_to_on": extended_to_on, "extend_reason": values["extend_reason"]})


def record_recheck(work: Work, hazard: Any, values: Mapping[str, Any]) -> None:
    """Somebody went to look: it is mended, or it is not.

    Errors:  RuleBroken HAZ-008, HAZ-009 for the day, HAZ-011 when a referral is meant.
    """
    if values["conclusion"] not in (rules.CONCLUSION_PASSED, rules.CONCLUSION_FAILED):
        _refuse(FieldProblem("conclusion", "HAZ-011", _("复查结论请选合格或不合格；要移交的，用“移交”。")))
    _demand_day(work, hazard, "rechecked_on", values["rechecked_on"])
    passed = values["conclusion"] == rules.CONCLUSION_PASSED
    write_values(
        work,
        hazard,
        {
            "state": rules.PASSED if passed else rules.FAILED,
            "conclusion": values["conclusion"],
            "rechecked_on": values["rechecked_on"],
            "recheck_staff_ids": values["recheck_staff_ids"],
            "rectified_note": _with_line(
                hazard.rectified_note, values["rechecked_on"], values["rectified_note"]
            ),
        },
    )


def refer(work: Work, hazard: Any, values: Mapping[str, Any]) -> None:
    """The room hands it to the department in charge and waits for the receipt. Errors: RuleBroken HAZ-008, HAZ-009."""
    _demand_day(work, hazard, "referred_on", values["referred_on"])
    write_values(
        work,
        hazard,
        {
            "state": rules.REFERRED,
            "rectify_mode": rules.BY_REFERRAL,
            "conclusion": rules.CONCLUSION_REFERRED,
            "referred_to": values["referred_to"],
            "referred_on": values["referred_on"],
        },
    )


def close(work: Work, hazard: Any, values: Mapping[str, Any]) -> None:
    """It is struck off the list (销号).

    Errors:  RuleBroken HAZ-008, HAZ-009 for the day, HAZ-012 when the department's receipt is missing.
    """
    _demand_day(work, hazard, "closed_on", values["closed_on"])
    if hazard.state == rules.REFERRED and not values["receipt"]:
        _refuse(FieldProblem("receipt", "HAZ-012", _("已移交的隐患，请写明部门的回执再销号。")))
    done = {"state": rules.CLOSED, "closed_on": values["closed_on"]}
    if values["receipt"]:
        done["receipt"] = values["receipt"]
    write_values(work, hazard, done)


def _demand_day(work: Work, hazard: Any, field: str, day: date) -> None:
    _refuse(rules.day_problem(field, day, hazard.found_on, work.today))


def _refuse(problem: FieldProblem | None) -> None:
    if problem is not None:
        raise RuleBroken(problem.code, problem.message, fields=(problem,))


def _with_line(note: str | None, day: date, line: str | None) -> str | None:
    """Each re-check keeps its own line, so that a failed one is not lost under the next."""
    if not line:
        return note
    entry = f"{day.isoformat()} {line}"
    return f"{note}\n{entry}" if note else entry


def _allowed(step: str) -> MayStep:
    return lambda hazard: rules.may_take(step, getattr(hazard, "state", None))


STEPS: tuple[Step, ...] = (
    Step(
        "hazard",
        "fix_on_the_spot",
        N_("当场整改"),
        fix_on_the_spot,
        _allowed("fix_on_the_spot"),
        (
            Field(
                N_("怎么改的"),
                FieldType.LONG_TEXT,
                name="rectified_note",
                required=True,
                max_length=300,
                example="当场拉闸，换上新插座",
            ),
            Field(N_("整改日期"), FieldType.DATE, name="rechecked_on", required=True, default="today"),
        ),
        help=N_("发现时就改好了的，改完即可销号。"),
    ),
    Step(
        "hazard",
        "set_deadline",
        N_("限期整改"),
        set_deadline,
        _allowed("set_deadline"),
        (
            Field(N_("整改期限"), FieldType.DATE, name="due_on", help=N_("不填就按最长期限。")),
            Field(
                N_("整改责任人"),
                FieldType.PERSON_NAME,
                name="responsible_name",
                max_length=50,
                personal="personal",
            ),
            Field(
                N_("责任人电话"),
                FieldType.PHONE,
                name="responsible_phone",
                max_length=40,
                personal="personal",
            ),
            Field(N_("整改建议"), FieldType.LONG_TEXT, name="advice", max_length=300),
        ),
        help=N_("当场改不了的，定期限、定责任人；到期前会提醒。"),
    ),
    Step(
        "hazard",
        "extend_deadline",
        N_("延期"),
        extend_deadline,
        _allowed("extend_deadline"),
        (
            Field(N_("延期到"), FieldType.DATE, name="extended_to_on", required=True),
            Field(N_("延期理由"), FieldType.TEXT, name="extend_reason", required=True, max_length=200),
        ),
        first=N_("请先“限期整改”"),
    ),
    Step(
        "hazard",
        "recheck",
        N_("复查"),
        record_recheck,
        _allowed("recheck"),
        (
            Field(
                N_("复查结论"), FieldType.CHOICE, name="conclusion", codes="hazard_conclusion", required=True
            ),
            Field(N_("复查日期"), FieldType.DATE, name="rechecked_on", required=True, default="today"),
            Field(
                N_("复查人"),
                FieldType.LINKS,
                name="recheck_staff_ids",
                target="staff_member",
                required=True,
                default="actor",
            ),
            Field(N_("整改情况"), FieldType.LONG_TEXT, name="rectified_note", max_length=300),
        ),
        help=N_("到期后三个工作日内去看一次；对方提前改好的也可以提前复查。"),
        first=N_("请先“限期整改”；当场整改好的不用复查"),
    ),
    Step(
        "hazard",
        "refer",
        N_("移交"),
        refer,
        _allowed("refer"),
        (
            Field(N_("移交部门"), FieldType.CHOICE, name="referred_to", codes="authority", required=True),
            Field(N_("移交日期"), FieldType.DATE, name="referred_on", required=True, default="today"),
        ),
        help=N_("本室管不了的，移交主管部门；收到回执后销号。"),
    ),
    Step(
        "hazard",
        "close",
        N_("销号"),
        close,
        _allowed("close"),
        (
            Field(N_("销号日期"), FieldType.DATE, name="closed_on", required=True, default="today"),
            Field(
                N_("部门回执"), FieldType.TEXT, name="receipt", max_length=200, help=N_("移交出去的必须填。")
            ),
        ),
        first=N_("整改合格或移交以后才能销号"),
    ),
)
