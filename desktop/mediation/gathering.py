"""From stored records to what the papers of disputes and people's mediation say, checked as the law asks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from desktop.base.days import print_day
from desktop.base.documents import age_on
from desktop.base.errors import FieldProblem, RuleBroken
from desktop.base.numbers import normalise_document_number
from desktop.base.text import _
from desktop.database.kinds import Registry
from desktop.mediation import paper_rules, rules
from desktop.mediation.agreement import chinese_count, performance_words
from desktop.mediation.paper_rules import AGREEMENT, ORAL_REGISTER
from desktop.mediation.store import (
    find_clauses,
    find_follow_ups,
    find_investigations,
    find_linked,
    find_parties,
    find_seal,
    find_sessions,
    load_dispute,
    rows_values,
    staff_values,
)
from desktop.mediation.tables import (
    Dispute,
    FollowUp,
    Investigation,
    MediationSession,
    Party,
    PeopleMediation,
)
from desktop.printing.compose import EVENT_DAY, PaperContent, bind, ended
from desktop.staff import papers
from desktop.staff.records import values_of
from desktop.staff.work import Work

Values = dict[str, Any]
Gather = Callable[[Session, Registry, Any], Values]


def agreement_facts(
    session: Session, registry: Registry, mediation: PeopleMediation, day: date, today: date
) -> rules.AgreementFacts:
    """Everything that the check-list before an agreement looks at, as it is stored now."""
    dispute = load_dispute(session, mediation)
    return rules.AgreementFacts(
        mediation=values_of(mediation, registry.kind("people_mediation")),
        dispute=values_of(dispute, registry.kind("dispute")),
        parties=rows_values(find_parties(session, mediation.dispute_id), registry),
        clauses=rows_values(find_clauses(session, mediation), registry),
        mediators=staff_values(session, registry, mediation.mediator_ids or []),
        session_count=len(find_sessions(session, mediation)),
        day=day,
        today=today,
    )


def refuse_gaps(gaps: Sequence[FieldProblem]) -> None:
    """Errors: RuleBroken MED-010 with everything that the agreement still lacks."""
    if gaps:
        told = "；".join(gap.message for gap in gaps)
        raise RuleBroken(
            "MED-010", _("协议还缺以下内容，请补齐后再试：{told}").format(told=told), fields=tuple(gaps)
        )


# -- what papers may use -------------------------------------------------------------------------------------------


def party_fields(registry: Registry) -> Values:
    """What a party on paper offers beyond its declared fields: whole sentences, and how its document is called."""
    extra = (
        "is_organisation", "is_person", "birth", "age", "document_label", "document_no", "head", "guardian",
        "representative", "role_name",
    )  # fmt: skip
    return papers.record_schema(registry.kind("party")) | dict.fromkeys(extra)


def dispute_fields(registry: Registry) -> Values:
    """What papers about a dispute may use."""
    return papers.record_schema(registry.kind("dispute")) | {
        "parties": [party_fields(registry)],
        "party_names": None,
        "is_minor_marked": None,
    }


def mediation_fields(registry: Registry) -> Values:
    """What papers about a people's mediation may use."""
    kind, party = registry.kind, party_fields(registry)
    clause = papers.record_schema(kind("agreement_clause")) | {"manner_words": None}
    named = {
        "party_names": None,
        "mediator_names": None,
        "recorder": None,
        "facts": None,
        "copies_words": None,
    }
    return (
        papers.record_schema(kind("people_mediation"))
        | named
        | {
            "is_minor_marked": None,
            "is_numbered": None,
            "dispute": papers.record_schema(kind("dispute")),
            "parties": [party],
            "applicants": [party],
            "respondents": [party],
            "mediators": [{"name": None}],
            "clauses": [clause],
            "sessions": [papers.record_schema(kind("mediation_session"))],
            "contents": [{"name": None, "day": None, "note": None}],
        }
    )


def session_fields(registry: Registry) -> Values:
    """What the minutes of one sitting may use."""
    return papers.record_schema(registry.kind("mediation_session")) | {
        "mediation": mediation_fields(registry),
        "round_no": None,
        "hours": None,
        "parties": [party_fields(registry)],
        "mediators": [{"name": None}],
    }


def investigation_fields(registry: Registry) -> Values:
    """What the record of an inquiry may use."""
    return papers.record_schema(registry.kind("investigation")) | {
        "mediation": mediation_fields(registry),
        "hours": None,
        "investigators": [{"name": None}],
    }


def follow_up_fields(registry: Registry) -> Values:
    """What the record of a follow-up may use."""
    return papers.record_schema(registry.kind("follow_up")) | {
        "mediation": mediation_fields(registry),
        "party": party_fields(registry),
        "callers": [{"name": None}],
    }


# -- the values ----------------------------------------------------------------------------------------------------


def gather_agreement(session: Session, registry: Registry, record: Any) -> Values:
    """The agreement for print.

    Errors:  RuleBroken MED-010 with everything that is missing, MED-018 for an oral agreement.
    """
    mediation: PeopleMediation = record
    if mediation.agreement_form == "2":
        raise RuleBroken("MED-018", _("这是口头协议，不打印协议书；需要书面协议的，请先把协议形式改为书面"))
    day = mediation.concluded_on or mediation.accepted_on or date.max
    gaps = rules.agreement_gaps(agreement_facts(session, registry, mediation, day, day))
    if mediation.concluded_on is None:
        sentence = _("还没有登记达成协议，请先选“达成协议”")
        gaps.insert(0, FieldProblem("concluded_on", "MED-017", sentence))
    refuse_gaps(gaps)
    return mediation_values(session, registry, mediation)


def agreement_content(work: Work, mediation: PeopleMediation) -> PaperContent:
    """The agreement, or the register of an oral one, as it would be printed now: to be compared and sealed."""
    name = ORAL_REGISTER if mediation.agreement_form == "2" else AGREEMENT
    form = work.forms.form(name, mediation_fields(work.registry))
    return bind(form, mediation_values(work.session, work.registry, mediation))


def sealed_as(name: str) -> Callable[[Session, Any], str]:
    """The words that were signed on the paper of that name, on the form on which they were signed; empty before."""

    def sealed(session: Session, record: Any) -> str:
        seal = find_seal(session, record)
        content = (seal.content or "") if seal is not None else ""
        return content if content and PaperContent.from_text(content).form["name"] == name else ""

    return sealed


def gather_mediation(name: str) -> Gather:
    """How a paper of a people's mediation is gathered: its own conditions, then the values that all share.

    Errors (of what it gives):  RuleBroken MED-07x with what the paper still lacks or waits for.
    """

    def gather(session: Session, registry: Registry, record: Any) -> Values:
        parties = rows_values(find_parties(session, record.dispute_id), registry)
        paper_rules.refuse_mediation(name, values_of(record, registry.kind("people_mediation")), parties)
        return mediation_values(session, registry, record)

    return gather


def mediation_values(session: Session, registry: Registry, run: PeopleMediation) -> Values:
    """Everything that papers about one people's mediation may show."""
    dispute = load_dispute(session, run)
    day = run.concluded_on or run.accepted_on or dispute.found_on or date.max
    rows = find_parties(session, run.dispute_id)
    parties = party_values(session, registry, rows, day)
    clauses = find_clauses(session, run)
    sittings = find_sessions(session, run)
    copies = run.copies_count or rules.copies_needed(len(rows))
    applicants = [one for one in parties if one["role_name"] == "申请人"] or parties[:1]
    values = papers.record_values(session, registry, run)
    return values | {
        EVENT_DAY: day.isoformat(),
        "agreement_no": normalise_document_number(run.agreement_no or ""),
        "party_names": _joined(one["name"] for one in parties),
        "mediator_names": values["mediator_ids"],
        "recorder": values["recorder_id"],
        "facts": run.dispute_facts or dispute.facts or "",
        "is_minor_marked": bool(dispute.is_minor_involved) or _has_minor(rows, registry, day),
        "is_numbered": len(clauses) > 1,
        "copies_count": copies,
        "copies_words": chinese_count(copies),
        "dispute": papers.record_values(session, registry, dispute),
        "parties": parties,
        "applicants": applicants,
        "respondents": [one for one in parties if one not in applicants],
        "mediators": _named(session, registry, run.mediator_ids),
        "clauses": clause_values(session, registry, clauses),
        "sessions": papers.rows_values(session, registry, sittings),
        "contents": contents_rows(session, run, parties, sittings),
    }


def clause_values(session: Session, registry: Registry, clauses: Sequence[Any]) -> list[Values]:
    """The clauses in words, each with its full stop."""
    manners = registry.codes.of("performance_manner")
    plain = rows_values(clauses, registry)
    return [
        words
        | {
            "content": ended(str(clause["content"]).strip()),
            "manner_words": ended(
                performance_words(clause, manners.get(clause["performance_manner"] or "", ""))
            ),
        }
        for words, clause in zip(papers.rows_values(session, registry, clauses), plain, strict=True)
    ]


def party_values(session: Session, registry: Registry, rows: Sequence[Party], on: date) -> list[Values]:
    """The parties as papers show them; an organisation's `name` is the organisation's."""
    plain = rows_values(rows, registry)
    words = papers.rows_values(session, registry, rows)
    return [_party(one, values, registry, on) for one, values in zip(words, plain, strict=True)]


def _party(words: Values, values: rules.Values, registry: Registry, on: date) -> Values:
    is_organisation = values.get("party_type") == "2"
    born = rules.born_on(values)
    reason = values.get("no_document_reason") or ""
    head = (values.get("legal_representative"), values.get("legal_representative_post"))
    return words | {
        "is_organisation": is_organisation,
        "is_person": not is_organisation,
        "name": words["organisation_name"] if is_organisation else words["name"],
        "role_name": words["role"] or "当事人",
        "birth": print_day(born) if born else "",
        "age": f"{age_on(born, on)}岁" if born and born <= on else "",
        "document_label": "统一社会信用代码" if is_organisation else words["id_type"] or "证件号码",
        "document_no": (words["uscc"] if is_organisation else words["id_number"]) or reason,
        "head": " ".join(filter(None, head)),
        "guardian": _guardian(values),
        "representative": _representative(values, registry),
    }


def _guardian(party: rules.Values) -> str:
    if not party.get("guardian_name"):
        return ""
    parts = [party["guardian_name"], party.get("guardian_relation"), party.get("guardian_phone")]
    if party.get("is_guardian_present"):
        parts.append("到场")
    return "，".join(str(part) for part in parts if part)


def _representative(party: rules.Values, registry: Registry) -> str:
    if not party.get("representative_name"):
        return ""
    authority = _joined(
        registry.codes.label("representative_authority", code)
        for code in party.get("representative_authority") or []
    )
    parts = [
        party["representative_name"],
        party.get("representative_relation"),
        party.get("representative_id_number"),
        f"权限：{authority}" if authority else "",
    ]
    return "，".join(str(part) for part in parts if part)


def _joined(words: Iterable[Any]) -> str:
    return "、".join(str(word) for word in words if word)


def _named(session: Session, registry: Registry, ids: Iterable[str] | None) -> list[Values]:
    return [{"name": str(one.get("name") or "")} for one in staff_values(session, registry, ids or [])]


def _has_minor(rows: Sequence[Party], registry: Registry, on: date) -> bool:
    return any(rules.is_minor(party, on) for party in rows_values(rows, registry))


def contents_rows(
    session: Session, run: PeopleMediation, parties: Sequence[Values], sittings: Sequence[MediationSession]
) -> list[Values]:
    """卷内目录 in the order that files are bound, as far as the records know what is in them."""
    asked, visited = find_investigations(session, run), find_follow_ups(session, run)
    clauses = find_clauses(session, run)
    rows: list[tuple[bool, str, date | None, str]] = [
        (run.case_source == "1", "人民调解申请书", run.applied_on or run.accepted_on, ""),
        (True, "人民调解受理登记表", run.accepted_on, ""),
        (
            True,
            "人民调解当事人权利义务告知书",
            run.accepted_on,
            "口头告知" if run.rights_notice == "2" else "",
        ),
        (True, "当事人身份证明", None, ""),
        (any(one["representative"] for one in parties), "授权委托书", None, ""),
        *((True, "人民调解调查记录", one.asked_on, "") for one in asked),
        *((True, "人民调解记录", one.held_on, "") for one in sittings),
        (bool(run.concluded_on) and run.agreement_form == "1", "人民调解协议书", run.concluded_on, ""),
        (
            bool(run.concluded_on) and run.agreement_form == "2",
            "人民调解口头协议登记表",
            run.concluded_on,
            "",
        ),
        (run.state == "terminated", "终止调解告知书", run.closed_on, ""),
        *((bool(one.evidence), "履行凭证", one.performed_on, one.evidence or "") for one in clauses),
        *((True, "人民调解回访记录", one.done_on, "") for one in visited),
        (run.court_confirmation not in {None, "", "0"}, "司法确认有关材料", run.court_applied_on, ""),
        (True, "卷宗情况说明", None, ""),
    ]
    return [
        {"name": name, "day": print_day(day) if day else "", "note": note}
        for is_there, name, day, note in rows
        if is_there
    ]


# -- papers of what hangs on a mediation ---------------------------------------------------------------------------


def _run_of(session: Session, row: MediationSession | Investigation | FollowUp) -> PeopleMediation:
    found = find_linked(session, PeopleMediation, PeopleMediation.id, [row.people_mediation_id or ""])
    if not found:
        raise RuleBroken("MED-040", _("它所属的人民调解还没有同步到这台电脑，或者已经作废"))
    return found[0]


def _hours(row: MediationSession | Investigation) -> str:
    return "至".join(papers.plain_words(one) for one in (row.started_time, row.ended_time) if one)


def gather_session(session: Session, registry: Registry, record: Any) -> Values:
    """The minutes of one sitting."""
    run = _run_of(session, record)
    mediation = mediation_values(session, registry, run)
    sittings = [one.root_id or one.id for one in find_sessions(session, run)]
    known = record.root_id or record.id
    day = record.held_on or run.accepted_on or date.max
    return papers.record_values(session, registry, record) | {
        EVENT_DAY: day.isoformat(),
        "mediation": mediation,
        "round_no": chinese_count(sittings.index(known) + 1) if known in sittings else "",
        "hours": _hours(record),
        "parties": mediation["parties"],
        "mediators": mediation["mediators"],
    }


def gather_investigation(session: Session, registry: Registry, record: Any) -> Values:
    """The record of one inquiry."""
    day = record.asked_on or date.max
    return papers.record_values(session, registry, record) | {
        EVENT_DAY: day.isoformat(),
        "mediation": mediation_values(session, registry, _run_of(session, record)),
        "hours": _hours(record),
        "investigators": _named(session, registry, record.staff_ids),
    }


def gather_follow_up(session: Session, registry: Registry, record: Any) -> Values:
    """The record of one follow-up."""
    run = _run_of(session, record)
    day = record.done_on or date.max
    rows = find_linked(session, Party, Party.id, [record.party_id or ""])
    parties = party_values(session, registry, rows, day)
    return papers.record_values(session, registry, record) | {
        EVENT_DAY: day.isoformat(),
        "mediation": mediation_values(session, registry, run),
        "party": parties[0] if parties else {},
        "callers": _named(session, registry, record.staff_ids),
    }


def gather_dispute(name: str) -> Gather:
    """How a paper of a dispute is gathered: its own conditions, then the values that all share."""

    def gather(session: Session, registry: Registry, record: Any) -> Values:
        dispute: Dispute = record
        rows = find_parties(session, dispute.id)
        plain = rows_values(rows, registry)
        paper_rules.refuse_dispute(name, values_of(dispute, registry.kind("dispute")), plain)
        day = dispute.found_on or date.max
        parties = party_values(session, registry, rows, day)
        return papers.record_values(session, registry, dispute) | {
            EVENT_DAY: (dispute.accepted_on or day).isoformat(),
            "parties": parties,
            "party_names": _joined(one["name"] for one in parties),
            "is_minor_marked": bool(dispute.is_minor_involved) or _has_minor(rows, registry, day),
        }

    return gather
