"""From stored records to the agreement as it is printed, checked by the list that the law asks for."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from desktop.base.days import print_day
from desktop.base.errors import FieldProblem, RuleBroken
from desktop.base.numbers import normalise_document_number
from desktop.base.text import _
from desktop.database.kinds import Registry
from desktop.mediation import rules
from desktop.mediation.agreement import AgreementPaper, ClauseBlock, PartyBlock, performance_words
from desktop.mediation.store import (
    find_clauses,
    find_parties,
    find_seal,
    find_sessions,
    load_dispute,
    rows_values,
    staff_values,
)
from desktop.mediation.tables import PeopleMediation
from desktop.mediation.wording import pick
from desktop.staff.records import values_of


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


def gather_agreement(session: Session, registry: Registry, record: Any) -> AgreementPaper:
    """The agreement for print: of a signed one the words that were signed, else what is stored now.

    Errors:  RuleBroken MED-010 with everything that is missing, MED-018 for an oral agreement.
    """
    mediation: PeopleMediation = record
    seal = find_seal(session, mediation)
    if mediation.agreement_form == "2":
        raise RuleBroken("MED-018", _("这是口头协议，不打印协议书；需要书面协议的，请先把协议形式改为书面"))
    if seal is not None and seal.content:
        return AgreementPaper.from_content(json.loads(seal.content))
    day = mediation.concluded_on or mediation.accepted_on or date.max
    facts = agreement_facts(session, registry, mediation, day, day)
    gaps = rules.agreement_gaps(facts)
    if mediation.concluded_on is None:
        sentence = _("还没有登记达成协议，请先选“达成协议”")
        gaps.insert(0, FieldProblem("concluded_on", "MED-017", sentence))
    refuse_gaps(gaps)
    return compose_agreement(session, registry, mediation, facts)


def compose_agreement(
    session: Session, registry: Registry, mediation: PeopleMediation, facts: rules.AgreementFacts
) -> AgreementPaper:
    """The value of the agreement, in the words of the paper."""
    law = pick("binds", facts.day)
    manners = registry.codes.of("performance_manner")
    recorder = staff_values(session, registry, [mediation.recorder_id or ""])
    return AgreementPaper(
        serial_no=mediation.serial_no or "",
        agreement_no=normalise_document_number(mediation.agreement_no or ""),
        committee_name=mediation.committee_name or "",
        law=f"{law.source}（{law.text_version}）",
        is_minor_involved=bool(facts.dispute.get("is_minor_involved"))
        or any(rules.is_minor(party, facts.day) for party in facts.parties),
        parties=tuple(_party_block(party, registry) for party in facts.parties),
        facts=mediation.dispute_facts or "",
        items=mediation.dispute_items or "",
        clauses=tuple(
            ClauseBlock(
                str(clause["content"]).strip(),
                performance_words(clause, manners.get(clause["performance_manner"] or "", "")),
            )
            for clause in facts.clauses
        ),
        place=mediation.place or "",
        mediators=tuple(str(mediator.get("name") or "") for mediator in facts.mediators),
        recorder=str(recorder[0].get("name") or "") if recorder else "",
        copies_count=mediation.copies_count or rules.copies_needed(len(facts.parties)),
        concluded_on=facts.day.isoformat(),
    )


def _party_block(party: rules.Values, registry: Registry) -> PartyBlock:
    codes = registry.codes
    role = codes.label("party_role", party.get("role")) or "当事人"
    common = {
        "role": role,
        "address": party.get("address") or "",
        "phone": party.get("phone") or "",
        "representative": _representative(party, registry),
        "representative_name": party.get("representative_name") or "",
    }
    if party.get("party_type") == "2":
        head, post = party.get("legal_representative"), party.get("legal_representative_post")
        return PartyBlock(
            is_organisation=True,
            name=party.get("organisation_name") or "",
            document_label="统一社会信用代码",
            document_no=party.get("uscc") or party.get("no_document_reason") or "",
            head=" ".join(part for part in (head, post) if part),
            **common,
        )
    born = rules.born_on(party)
    return PartyBlock(
        is_organisation=False,
        name=party.get("name") or "",
        sex=codes.label("sex", party.get("sex")),
        ethnic_group=party.get("ethnic_group") or "",
        birth=print_day(born) if born else "",
        document_label=codes.label("id_type", party.get("id_type")) or "证件号码",
        document_no=party.get("id_number") or party.get("no_document_reason") or "",
        occupation=party.get("occupation") or "",
        workplace=party.get("workplace") or "",
        guardian=_guardian(party),
        guardian_name=party.get("guardian_name") or "",
        **common,
    )


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
    authority = "、".join(
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
