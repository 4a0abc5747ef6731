"""The steps of disputes and of people's mediations; each runs inside one save that `take_step` opens and notes.

A mediation pulls its dispute along: whatever state the mediation reaches, `rules.DISPUTE_STATE` says where the matter
stands.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from desktop.base.errors import FieldProblem, RuleBroken
from desktop.base.numbers import normalise_document_number
from desktop.base.text import N_, _
from desktop.database.fields import Field, FieldType
from desktop.database.record import Record
from desktop.mediation import board, rules
from desktop.mediation.gathering import agreement_content, agreement_facts, refuse_gaps
from desktop.mediation.paper_rules import AGREEMENT
from desktop.mediation.store import (
    FollowUpDays,
    find_clauses,
    find_mediations,
    find_printed_hash,
    find_scans,
    load_dispute,
    open_follow_ups,
    rows_values,
)
from desktop.mediation.tables import Dispute, PeopleMediation
from desktop.printing.compose import PaperContent
from desktop.staff.papers import content_hash_of
from desktop.staff.records import Step, Work, add_record, new_row, write_values

Inputs = Mapping[str, Any]

BOARD = board.BOARD


def _refuse(problems: Sequence[FieldProblem], code: str, opening: str) -> None:
    if problems:
        told = "；".join(problem.message for problem in problems)
        raise RuleBroken(code, f"{opening}{told}", fields=tuple(problems))


def _refuse_later_day(work: Work, field: str, on: date) -> None:
    if on > work.today:
        _refuse([FieldProblem(field, "MED-030", _("日期还没有到，请核对"))], "MED-030", _("没有保存："))


def _said(inputs: Inputs) -> dict[str, Any]:
    """What somebody filled in; what is empty is left to the record's own defaults."""
    return {name: value for name, value in inputs.items() if value not in (None, "", [])}


# -- disputes ------------------------------------------------------------------------------------------------------


def accept(work: Work, dispute: Dispute, inputs: Inputs) -> None:
    """受理: the room takes the matter up."""
    _refuse_later_day(work, "accepted_on", inputs["accepted_on"])
    write_values(work, dispute, {"state": rules.ACCEPTED, "accepted_on": inputs["accepted_on"]})


def not_accept(work: Work, dispute: Dispute, inputs: Inputs) -> None:
    """不予受理: told with its reason, and closed."""
    _end(work, dispute, rules.NOT_ACCEPTED, inputs, result=None)


def grade(work: Work, dispute: Dispute, inputs: Inputs) -> None:
    """分级: level, who is responsible, and the day by which it should be settled."""
    days = {level: work.settings.whole(f"level_{level}_deadline_days") for level in rules.LEVEL_DAYS}
    due = inputs["due_on"] or rules.dispute_due_on(
        dispute.accepted_on or dispute.found_on, inputs["level"], days
    )
    values = {"state": rules.GRADED, "level": inputs["level"], "due_on": due}
    if inputs["responsible_id"]:
        values["responsible_id"] = inputs["responsible_id"]
    write_values(work, dispute, values)


def open_mediation(work: Work, dispute: Dispute, inputs: Inputs) -> None:
    """开始人民调解: opens the committee's own record, which grows from the dispute.

    After:   as for a mediation that is entered directly, see `entering.open_as_entered`.
    """
    add_record(work, "people_mediation", _said(inputs) | {"dispute_id": dispute.id}, origin=dispute)


def put_in_mediation(work: Work, dispute: Dispute, accepted_on: date) -> None:
    """The dispute is in mediation from now on."""
    values = {"state": rules.IN_MEDIATION, "mediation_kind": "3", "result": None}
    write_values(work, dispute, values | {"accepted_on": dispute.accepted_on or accepted_on})


def refuse_domestic_violence(dispute: Dispute) -> None:
    """Errors: RuleBroken MED-001: the police handle it, and no mediation stands in their place."""
    if dispute.is_domestic_violence_suspected:
        sentence = rules.domestic_violence_sentence()
        problem = FieldProblem("is_domestic_violence_suspected", "MED-001", sentence)
        raise RuleBroken("MED-001", sentence, fields=(problem,))


def settle(work: Work, dispute: Dispute, inputs: Inputs) -> None:
    """劝导和解: the quarrel was talked out without any agreement on paper; the matter is closed."""
    refuse_domestic_violence(dispute)
    values = {"settlement": inputs["settlement"], "mediation_kind": "6"}
    _end(work, dispute, rules.FILED, inputs, result="10", also=values)


def escalate(work: Work, dispute: Dispute, inputs: Inputs) -> None:
    """上报（移送）: noted with its day; the matter stays where it is until the other body takes it."""
    _refuse_later_day(work, "escalated_on", inputs["escalated_on"])
    write_values(work, dispute, dict(inputs))


def withdraw(work: Work, dispute: Dispute, inputs: Inputs) -> None:
    """撤回: a running mediation ends with it."""
    _terminate_open(work, dispute, "6", inputs["on"])
    _end(work, dispute, rules.WITHDRAWN, inputs, result="40")


def transfer_to_case(work: Work, dispute: Dispute, inputs: Inputs) -> None:
    """转案件: handed to the police as a public-order or criminal case; a running mediation ends with it."""
    _terminate_open(work, dispute, "5", inputs["on"])
    _end(work, dispute, rules.TRANSFERRED, inputs, result="50")


def close_dispute(work: Work, dispute: Dispute, inputs: Inputs) -> None:
    """结案归档: after a failure with its result; after follow-ups the mediation is closed with it."""
    if dispute.state == rules.FAILED:
        _end(work, dispute, rules.FILED, inputs, result=inputs["result"] or "20", also=_settlement(inputs))
        return
    if inputs["result"] not in (None, dispute.result):
        raise RuleBroken("MED-048", _("已经达成协议并履行，结果不能改成别的，请不要填“结果”"))
    for run in find_mediations(work.session, dispute.id):
        if run.state == "performed":
            _refuse_open_follow_ups(work, run)
            write_values(work, run, {"state": "closed", "closed_on": inputs["on"]})
    _end(work, dispute, rules.FILED, inputs, result=dispute.result, also=_settlement(inputs))


def _settlement(inputs: Inputs) -> dict[str, Any]:
    return {"settlement": inputs["settlement"]} if inputs["settlement"] else {}


def _end(
    work: Work,
    dispute: Dispute,
    state: str,
    inputs: Inputs,
    *,
    result: str | None,
    also: Mapping[str, Any] | None = None,
) -> None:
    _refuse_later_day(work, "on", inputs["on"])
    values = {"state": state, "closed_on": inputs["on"], "result": result, **(also or {})}
    if inputs.get("end_reason"):
        values["end_reason"] = inputs["end_reason"]
    write_values(work, dispute, values)


def _terminate_open(work: Work, dispute: Dispute, reason: str, on: date) -> None:
    for run in find_mediations(work.session, dispute.id):
        if run.state in rules.OPEN_MEDIATION:
            values = {"state": "terminated", "termination_reason": reason, "closed_on": on, "result": "20"}
            write_values(work, run, values)


# -- people's mediation --------------------------------------------------------------------------------------------


def move(work: Work, run: PeopleMediation, state: str, **values: Any) -> None:
    """Puts a mediation into a state and its dispute where that leads it; an ended dispute stays where it is."""
    write_values(work, run, {"state": state, **values})
    dispute = load_dispute(work.session, run)
    if dispute.state in rules.ENDED:
        return
    runs = find_mediations(work.session, dispute.id)
    # The newest run leads, unless it failed after an earlier one had led to an agreement.
    lead = next((one for one in reversed(runs) if one.state != "terminated"), runs[-1])
    after: dict[str, Any] = {"state": rules.DISPUTE_STATE[lead.state or "accepted"], "result": lead.result}
    if lead.state == "performed" and not open_follow_ups(
        work.session, work.registry, lead, _follow_up_days(work)
    ):
        after["state"] = rules.FOLLOWED_UP
    if lead.result:
        after["mediation_kind"] = "3"
    if lead.state == "closed":
        after["closed_on"] = lead.closed_on
    write_values(work, dispute, after)


def _follow_up_days(work: Work) -> FollowUpDays:
    return FollowUpDays(
        work.settings.whole("follow_up_oral_days"), work.settings.whole("follow_up_written_days")
    )


def record_session(work: Work, run: PeopleMediation, inputs: Inputs) -> None:
    """登记调解记录: one sitting with its minutes, which are never changed afterwards."""
    add_record(work, "mediation_session", _said(inputs) | {"people_mediation_id": run.id})


def conclude(work: Work, run: PeopleMediation, inputs: Inputs) -> None:
    """达成协议: an oral agreement takes effect at once, a written one waits for its signatures.

    Before:  everything on the check-list (`rules.agreement_gaps`).
    Errors:  RuleBroken MED-010 with all that is missing.
    """
    values: dict[str, Any] = {"concluded_on": inputs["concluded_on"]}
    if inputs["agreement_form"]:
        values["agreement_form"] = inputs["agreement_form"]
    if run.agreement_no:
        values["agreement_no"] = normalise_document_number(run.agreement_no)
    write_values(work, run, values)
    facts = agreement_facts(work.session, work.registry, run, inputs["concluded_on"], work.today)
    refuse_gaps(rules.agreement_gaps(facts))
    if run.copies_count is None:
        write_values(work, run, {"copies_count": rules.copies_needed(len(facts.parties))})
    if not run.agreement_no:
        message = _("协议还没有编号，可以先打印，编号处留空手写")
        work.warnings.append(FieldProblem("agreement_no", "MED-015", message))
    if run.agreement_form == "2":
        _seal(work, run, agreement_content(work, run), inputs["concluded_on"], scans=[])
        _take_effect(work, run, inputs["concluded_on"])
    else:
        move(work, run, "to_sign")


def mark_signed(work: Work, run: PeopleMediation, inputs: Inputs) -> None:
    """已签字: the signed paper is back; its words are sealed and the agreement is in effect.

    Before:  all marks are there, a scan is attached, and what was printed last is what is stored now.
    After:   the seal holds the words and the hashes of the scans; nothing that was signed may be changed.
    Errors:  RuleBroken MED-010, MED-023 with all that is missing.
    """
    concluded = run.concluded_on or inputs["signed_on"]
    facts = agreement_facts(work.session, work.registry, run, concluded, work.today)
    refuse_gaps(rules.agreement_gaps(facts))
    if run.agreement_form == "2":
        raise RuleBroken("MED-066", _("协议形式已改为口头，不用签字。请再选一次“达成协议”，协议即生效"))
    scans = find_scans(work.session, work.registry, run)
    gaps = rules.signing_gaps(
        rules.SigningFacts(
            concluded_on=run.concluded_on,
            signed_on=inputs["signed_on"],
            today=work.today,
            is_signed_by_all_parties=bool(inputs["is_signed_by_all_parties"]),
            is_signed_by_mediator=bool(inputs["is_signed_by_mediator"]),
            is_sealed_by_committee=bool(inputs["is_sealed_by_committee"]),
            scan_count=len(scans),
        )
    )
    printed = find_printed_hash(work.session, work.registry, run, AGREEMENT)
    content = agreement_content(work, run)
    if printed and printed != content_hash_of(content):
        message = _("打印以后协议内容又改过，签的不是现在的内容。请重新打印、签字")
        gaps.append(FieldProblem("clauses", "MED-024", message))
    _refuse(gaps, "MED-023", _("还不能登记已签字："))
    _seal(work, run, content, inputs["signed_on"], scans=scans)
    write_values(work, run, {"signed_on": inputs["signed_on"]})
    _take_effect(work, run, inputs["signed_on"])


def _seal(
    work: Work, run: PeopleMediation, content: PaperContent, signed_on: date, *, scans: Sequence[str]
) -> None:
    """Keeps the words with the form and the sentences of law on which they were signed."""
    values = content.values
    signers = [one["name"] for one in values.get("parties", ())] if run.agreement_form != "2" else []
    signers += [one["name"] for one in values.get("mediators", ())]
    new_row(
        work,
        work.registry.kind("agreement_seal"),
        {
            "people_mediation_id": run.id,
            "signed_on": signed_on,
            "signers": "\n".join(signers),
            "content": content.canonical(),
            "content_hash": content_hash_of(content),
            "scan_hashes": "\n".join(scans) or None,
        },
        origin=run,
    )


def _take_effect(work: Work, run: PeopleMediation, on: date) -> None:
    clauses = find_clauses(work.session, run)
    for clause in clauses:
        if clause.performance_manner == "1":
            write_values(work, clause, {"performance": "1", "performed_on": run.concluded_on or on})
    is_written = run.agreement_form != "2"
    write_values(
        work,
        run,
        {
            "effective_on": on,
            "court_confirmation_until": rules.confirmation_until(on, work.holidays) if is_written else None,
        },
    )
    done = rules.is_settled(rows_values(clauses, work.registry), work.today)
    move(work, run, "performed" if done else "in_effect", result="11" if is_written else "10")


def extend(work: Work, run: PeopleMediation, inputs: Inputs) -> None:
    """延长期限: beyond the month only with the consent of all parties."""
    problems = []
    if not inputs["has_all_consent"]:
        problems.append(FieldProblem("has_all_consent", "MED-042", _("延长要经各方当事人同意")))
    if run.due_on and inputs["due_on"] <= run.due_on:
        problems.append(FieldProblem("due_on", "MED-042", _("新的期限应晚于原来的期限")))
    _refuse(problems, "MED-030", _("没有保存："))
    write_values(work, run, {"due_on": inputs["due_on"], "extension_reason": inputs["extension_reason"]})


def terminate(work: Work, run: PeopleMediation, inputs: Inputs) -> None:
    """终止调解: no agreement; the parties are told their other ways.

    Source:  People's Mediation Law art. 26.
    """
    _refuse_later_day(work, "closed_on", inputs["closed_on"])
    move(work, run, "terminated", result="20", **inputs)


def perform_clause(work: Work, run: PeopleMediation, inputs: Inputs) -> None:
    """登记履行: how far one clause, or all that wait, are performed; the last one makes the agreement performed."""
    _refuse_later_day(work, "performed_on", inputs["performed_on"])
    clauses = find_clauses(work.session, run)
    wanted = inputs["clause_id"]
    chosen = [
        one for one in clauses if one.id == wanted or (not wanted and one.performance not in rules.SETTLED)
    ]
    if not chosen:
        message = _("这一条不在这份协议里")
        _refuse([FieldProblem("clause_id", "MED-041", message)], "MED-041", _("没有保存："))
    is_done = inputs["performance"] in rules.SETTLED
    values = {
        "performance": inputs["performance"],
        "evidence": inputs["evidence"],
        "performed_on": inputs["performed_on"] if is_done else None,
    }
    for clause in chosen:
        write_values(work, clause, values)
    done = rules.is_settled(rows_values(clauses, work.registry), work.today)
    move(work, run, "performed" if done else "performing")


def record_court_confirmation(work: Work, run: PeopleMediation, inputs: Inputs) -> None:
    """登记司法确认: applied, confirmed or refused."""
    outcome, on = inputs["outcome"], inputs["on"]
    before, until = run.court_confirmation, run.court_confirmation_until
    if until is None:
        raise RuleBroken("MED-044", _("口头协议不能申请司法确认"))
    gaps = rules.confirmation_gaps(before, outcome, on, until=until, today=work.today)
    _refuse(gaps, "MED-030", _("没有保存："))
    values: dict[str, Any] = {"court_confirmation": outcome}
    values["court_applied_on" if outcome == "1" else "court_decided_on"] = on
    values |= {name: inputs[name] for name in ("court_name", "court_document_no") if inputs[name]}
    write_values(work, run, values)


def record_follow_up(work: Work, run: PeopleMediation, inputs: Inputs) -> None:
    """登记回访: one party; each party is asked apart, so each is a row."""
    waiting = open_follow_ups(work.session, work.registry, run, _follow_up_days(work))
    due = next((plan.due_on for plan in waiting if plan.party_id == inputs["party_id"]), None)
    values = _said(inputs) | {"people_mediation_id": run.id, "due_on": due}
    add_record(work, "follow_up", values, origin=run)


def close_mediation(work: Work, run: PeopleMediation, inputs: Inputs) -> None:
    """结案: after performance and follow-ups; the dispute is filed with it."""
    _refuse_later_day(work, "closed_on", inputs["closed_on"])
    _refuse_open_follow_ups(work, run)
    move(work, run, "closed", closed_on=inputs["closed_on"])


def _refuse_open_follow_ups(work: Work, run: PeopleMediation) -> None:
    waiting = open_follow_ups(work.session, work.registry, run, _follow_up_days(work))
    if waiting:
        days = "、".join(sorted({plan.due_on.isoformat() for plan in waiting}))
        raise RuleBroken("MED-046", _("还有回访没有登记（应回访日：{days}），回访后再结案").format(days=days))


# -- declarations --------------------------------------------------------------------------------------------------


def _dispute(name: str) -> Callable[[Record], bool]:
    return lambda record: rules.may_take(name, getattr(record, "state", None))


def _mediation(name: str) -> Callable[[Record], bool]:
    return lambda record: rules.mediation_may_take(name, getattr(record, "state", None))


def _day(name: str, label: str, **rest: Any) -> Field:
    return Field(label, FieldType.DATE, name=name, required=True, default="today", **rest)


def _words(name: str, label: str, *, required: bool = True, max_length: int = 500, **rest: Any) -> Field:
    return Field(label, FieldType.LONG_TEXT, name=name, required=required, max_length=max_length, **rest)


def _choice(name: str, label: str, codes: str, *, required: bool = True, **rest: Any) -> Field:
    return Field(label, FieldType.CHOICE, name=name, codes=codes, required=required, **rest)


def _tick(name: str, label: str, *, required: bool = True, **rest: Any) -> Field:
    return Field(label, FieldType.BOOLEAN, name=name, required=required, **rest)


def _line(name: str, label: str, **rest: Any) -> Field:
    return Field(label, FieldType.TEXT, name=name, max_length=200, **rest)


_ENDED_ON = _day("on", N_("日期"))

_OPEN_INPUTS = (
    Field(
        N_("调解委员会"), FieldType.TEXT, name="committee_name", max_length=60, example="河东村人民调解委员会",
        help=N_("不填就用上一次的"),
    ),
    _choice("case_source", N_("案件来源"), "people_case_source", required=False, help=N_("不填就按纠纷来源定")),
    _choice("procedure", N_("程序"), "procedure", required=False),
    Field(
        N_("人民调解员"), FieldType.LINKS, name="mediator_ids", target="staff_member",
        help=N_("本室只有一名在岗调解员的可以不填"),
    ),
    Field(N_("记录人"), FieldType.LINK, name="recorder_id", target="staff_member"),
    _day("accepted_on", N_("受理日期")),
    _line("place", N_("调解地点")),
    _tick("has_consent", N_("各方同意调解"), required=False),
    _tick("is_scope_confirmed", N_("已核对不属于不得调解的事项"), required=False),
    _choice("rights_notice", N_("权利义务告知"), "rights_notice", required=False),
)  # fmt: skip

_DISPUTE_STEPS = (
    Step("dispute", "accept", N_("受理"), accept, _dispute("accept"), (_day("accepted_on", N_("受理日期")),)),
    Step(
        "dispute", "not_accept", N_("不予受理"), not_accept, _dispute("not_accept"),
        (_words("end_reason", N_("不予受理的原因")), _ENDED_ON), help=N_("要把原因和其他办理途径告诉当事人"),
    ),
    Step(
        "dispute", "grade", N_("分级"), grade, _dispute("grade"),
        (
            _choice("level", N_("分级"), "dispute_level"),
            Field(N_("责任人"), FieldType.LINK, name="responsible_id", target="staff_member"),
            Field(N_("化解时限"), FieldType.DATE, name="due_on", help=N_("不填时按级别自动算")),
        ),
        first=N_("请先“受理”"),
    ),
    Step(
        "dispute", "open_mediation", N_("开始人民调解"), open_mediation, _dispute("open_mediation"), _OPEN_INPUTS,
        help=N_("由村人民调解委员会主持；治安案件的调解不在这里办"),
        first=N_("还没有受理的请先“受理”；正在调解的请打开原来的人民调解"),
    ),
    Step(
        "dispute", "settle", N_("劝导和解"), settle, _dispute("settle"),
        (_words("settlement", N_("化解情况"), max_length=2000), _ENDED_ON),
        help=N_("当场劝和、不签协议的，用这一步办结"),
    ),
    Step(
        "dispute", "escalate", N_("上报（移送）"), escalate, _dispute("escalate"),
        (_words("escalation_note", N_("报给谁、为什么")), _day("escalated_on", N_("上报日期"))),
    ),
    Step(
        "dispute", "withdraw", N_("撤回"), withdraw, _dispute("withdraw"),
        (_words("end_reason", N_("撤回的原因")), _ENDED_ON),
    ),
    Step(
        "dispute", "transfer_to_case", N_("转案件"), transfer_to_case, _dispute("transfer_to_case"),
        (_words("end_reason", N_("移交给谁、为什么")), _ENDED_ON),
        help=N_("涉嫌违反治安管理或犯罪、疑似家庭暴力的，移交办案民警"),
    ),
    Step(
        "dispute", "close", N_("结案归档"), close_dispute, _dispute("close"),
        (
            _ENDED_ON,
            _choice("result", N_("结果"), "dispute_result", required=False),
            _words("settlement", N_("化解情况"), required=False, max_length=2000),
        ),
        first=N_("协议履行并回访以后，或者调解不成的，才能结案归档"),
    ),
)  # fmt: skip

_MEDIATION_STEPS = (
    Step(
        "people_mediation", "record_session", N_("登记调解记录"), record_session, _mediation("record_session"),
        (
            _day("held_on", N_("调解日期")),
            Field(N_("开始时间"), FieldType.TIME, name="started_time"),
            Field(N_("结束时间"), FieldType.TIME, name="ended_time"),
            _line("place", N_("地点")),
            _line("attendees", N_("参加人"), personal="personal"),
            _words("record_text", N_("调解记录"), max_length=8000),
            _choice("session_result", N_("本次结果"), "session_result", required=False),
        ),
    ),
    Step(
        "people_mediation", "conclude", N_("达成协议"), conclude, _mediation("conclude"),
        (
            _day("concluded_on", N_("达成日期")),
            _choice("agreement_form", N_("协议形式"), "agreement_form", required=False),
        ),
        help=N_("先把事实、争议事项和协议条款填好；缺什么会一次列出来。签字以前日期、形式填错了，可以再选一次"),
        first=N_("请另开一次人民调解"),
    ),
    Step(
        "people_mediation", "mark_signed", N_("登记已签字"), mark_signed, _mediation("mark_signed"),
        (
            _day("signed_on", N_("签字日期"), help=N_("各方签字、盖章全部完成的那一天，协议从这天生效")),
            _tick("is_signed_by_all_parties", N_("各方当事人都已签名、盖章或按指印")),
            _tick("is_signed_by_mediator", N_("人民调解员已签名")),
            _tick("is_sealed_by_committee", N_("已加盖人民调解委员会印章")),
        ),
        help=N_("先把签好的协议书扫描，作为附件加到这条人民调解"),
        first=N_("请先“达成协议”"),
    ),
    Step(
        "people_mediation", "extend", N_("延长期限"), extend, _mediation("extend"),
        (
            Field(N_("新的期限"), FieldType.DATE, name="due_on", required=True),
            _tick("has_all_consent", N_("各方当事人都同意延长")),
            _line("extension_reason", N_("延长原因"), required=True),
        ),
    ),
    Step(
        "people_mediation", "terminate", N_("终止调解"), terminate, _mediation("terminate"),
        (
            _day("closed_on", N_("终止日期")),
            _choice("termination_reason", N_("终止原因"), "termination_reason"),
            _words("ways_told", N_("已告知的其他途径"), max_length=300, example="可以向人民法院起诉"),
        ),
    ),
    Step(
        "people_mediation", "perform_clause", N_("登记履行"), perform_clause, _mediation("perform_clause"),
        (
            Field(
                N_("条款"), FieldType.LINK, name="clause_id", target="agreement_clause",
                help=N_("不选就是还没有履行的全部条款"),
            ),
            _choice("performance", N_("履行情况"), "performance", default_value="2"),
            _day("performed_on", N_("履行日期")),
            _line("evidence", N_("履行凭证"), example="收条1张"),
        ),
        first=N_("协议生效后才能登记履行"),
    ),
    Step(
        "people_mediation", "record_court_confirmation", N_("登记司法确认"), record_court_confirmation,
        _mediation("record_court_confirmation"),
        (
            _choice("outcome", N_("结果"), "court_confirmation"),
            _day("on", N_("日期")),
            _line("court_name", N_("法院")),
            _line("court_document_no", N_("裁定书编号")),
        ),
        help=N_("当事人共同申请，截止日期见“司法确认申请截止”"),
        first=N_("协议生效后才能申请"),
    ),
    Step(
        "people_mediation", "record_follow_up", N_("登记回访"), record_follow_up, _mediation("record_follow_up"),
        (
            Field(N_("被回访人"), FieldType.LINK, name="party_id", target="party", required=True),
            _day("done_on", N_("回访日期")),
            _choice("mode", N_("回访方式"), "callback_mode"),
            _choice("performance", N_("履行情况"), "performance", required=False),
            _choice("satisfaction", N_("满意度"), "satisfaction", required=False),
            _tick("is_relapsed", N_("有无反复"), required=False),
            _words("situation", N_("新情况"), required=False),
            _words("measures", N_("措施"), required=False),
            Field(
                N_("回访人"), FieldType.LINKS, name="staff_ids", target="staff_member", default="actor"
            ),
        ),
        help=N_("双方要分别回访，一人填一次"),
        first=N_("协议生效后才能登记回访"),
    ),
    Step(
        "people_mediation", "close", N_("结案"), close_mediation, _mediation("close"),
        (_day("closed_on", N_("结案日期")),),
        first=N_("全部条款履行以后才能结案；谈不成的请选“终止调解”"),
    ),
)  # fmt: skip

STEPS: tuple[Step, ...] = (*_DISPUTE_STEPS, *_MEDIATION_STEPS)
