"""What the law and the house rules say about disputes and people's mediation; pure.

States and which step leads from where; what must be there before an agreement may be concluded, printed and signed;
what a signature freezes; and every term. Facts come in as mappings of field values, so that a form that is not saved
yet and a stored record are judged alike.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from types import MappingProxyType
from typing import Any

from desktop.base.documents import NO_DOCUMENT, RESIDENT_CARD, age_on, birth_date, check_uscc
from desktop.base.errors import FieldProblem
from desktop.base.text import _
from desktop.base.verdict import OK
from desktop.base.workdays import HolidayTable, after_days

Values = Mapping[str, Any]
_Gap = Callable[[str, str, str], FieldProblem]

# -- states --------------------------------------------------------------------------------------------------------

REGISTERED, ACCEPTED, NOT_ACCEPTED, GRADED = "D1", "D2", "D2x", "D3"
IN_MEDIATION, FAILED, TO_SIGN, IN_EFFECT = "D4", "D5x", "D6", "D7"
PERFORMING, PERFORMED, OVERDUE, TO_FOLLOW_UP, FOLLOWED_UP = "D8", "D9", "D9x", "D10", "D11"
FILED, WITHDRAWN, TRANSFERRED = "D12", "Dq", "Dk"

ENDED = frozenset({NOT_ACCEPTED, FILED, WITHDRAWN, TRANSFERRED})
"""Nothing more is done on a dispute in these states."""

_BEFORE_AGREEMENT = frozenset({"D0", REGISTERED, ACCEPTED, GRADED, IN_MEDIATION, FAILED})
_AGREED = frozenset({"D5", TO_SIGN, IN_EFFECT, PERFORMING, PERFORMED, TO_FOLLOW_UP, FOLLOWED_UP})

ALLOWED: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "accept": frozenset({"D0", REGISTERED}),
        "not_accept": frozenset({"D0", REGISTERED}),
        "grade": frozenset({ACCEPTED, GRADED, FAILED}),
        # After an agreement another run may follow: what was signed is never edited, a change is a new agreement.
        "open_mediation": frozenset(
            {ACCEPTED, GRADED, FAILED, IN_EFFECT, PERFORMING, PERFORMED, TO_FOLLOW_UP, FOLLOWED_UP}
        ),
        "settle": frozenset({REGISTERED, ACCEPTED, GRADED}),
        "escalate": frozenset({REGISTERED, ACCEPTED, GRADED, IN_MEDIATION, FAILED}),
        "withdraw": _BEFORE_AGREEMENT,
        "transfer_to_case": _BEFORE_AGREEMENT | _AGREED,
        "close": frozenset({FAILED, PERFORMED, FOLLOWED_UP}),
    }
)
"""Step of a dispute → the states from which it may be taken (DOMAIN 4.1)."""

MEDIATION_ALLOWED: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "record_session": frozenset({"accepted", "mediating"}),
        # Again while it waits for signatures, to mend its day or to make it an oral one.
        "conclude": frozenset({"accepted", "mediating", "to_sign"}),
        "mark_signed": frozenset({"to_sign"}),
        "extend": frozenset({"accepted", "mediating"}),
        "terminate": frozenset({"accepted", "mediating", "to_sign"}),
        "perform_clause": frozenset({"in_effect", "performing"}),
        "record_court_confirmation": frozenset({"in_effect", "performing", "performed", "closed"}),
        "record_follow_up": frozenset({"in_effect", "performing", "performed"}),
        "close": frozenset({"performed"}),
    }
)
"""Step of a people's mediation → the states from which it may be taken."""

DISPUTE_STATE: Mapping[str, str] = MappingProxyType(
    {
        "accepted": IN_MEDIATION,
        "mediating": IN_MEDIATION,
        "to_sign": TO_SIGN,
        "in_effect": IN_EFFECT,
        "performing": PERFORMING,
        "performed": TO_FOLLOW_UP,
        "closed": FILED,
        "terminated": FAILED,
    }
)
"""State of a mediation → the state of its dispute."""

OPEN_MEDIATION = frozenset({"accepted", "mediating", "to_sign"})
SEALED_MEDIATION = frozenset({"in_effect", "performing", "performed", "closed"})

CASE_SOURCE_OF: Mapping[str, str] = MappingProxyType(
    {"01": "2", "02": "2", "04": "3", "05": "5", "06": "2", "07": "5", "09": "5"}
)
"""Source of a dispute → source of its mediation; every other one came with the parties themselves (1)."""

MAY_MEDIATE = frozenset({"mediator", "assistant", "auxiliary"})
"""Roles of staff who may be people's mediators; cadres and auxiliaries may, when they are elected or appointed."""


def may_take(step: str, state: str | None) -> bool:
    """Whether a dispute in this state allows the step."""
    return state in ALLOWED[step]


def mediation_may_take(step: str, state: str | None) -> bool:
    """Whether a people's mediation in this state allows the step."""
    return state in MEDIATION_ALLOWED[step]


def shown_state(state: str, *, is_overdue: bool) -> str:
    """The state as ledgers tell it: in effect with a term that has passed is 逾期未履行, without anybody's step."""
    return OVERDUE if is_overdue and state in {IN_EFFECT, PERFORMING} else state


# -- freezing ------------------------------------------------------------------------------------------------------

_FROZEN_MEDIATION = frozenset(
    {
        "dispute_id", "committee_name", "agreement_form", "agreement_no", "dispute_facts", "dispute_items",
        "copies_count", "mediator_ids", "recorder_id", "place", "clauses", "concluded_on", "accepted_on",
        "has_consent", "is_scope_confirmed", "rights_notice", "case_source", "procedure",
    }
)  # fmt: skip

FREE_CLAUSE_FIELDS = frozenset({"performed_on", "performance", "evidence"})
"""Fields of a clause that tell what came after the signature."""

FREE_PARTY_FIELDS = frozenset({"phone", "guardian_phone"})
"""Fields of a party by which it is reached for follow-ups; the seal keeps those that were printed."""

_FROZEN_DISPUTE = frozenset({"parties", "is_minor_involved", "is_domestic_violence_suspected"})


def is_frozen(kind: str, name: str) -> bool:
    """Whether a signature holds what bears this name, so that no edit may change it any more.

    Shape:   `kind` is `dispute` or `people_mediation`; `name` is a field, a list of child rows (`clauses`: rows come or
             go), or a field of such rows (`clauses.content`).
    Source:  People's Mediation Law arts. 29, 31: what was signed binds.
    """
    listed, _dot, field = name.partition(".")
    if kind == "people_mediation":
        return listed in _FROZEN_MEDIATION and field not in FREE_CLAUSE_FIELDS
    return kind == "dispute" and listed in _FROZEN_DISPUTE and field not in FREE_PARTY_FIELDS


# -- one record's values -------------------------------------------------------------------------------------------


def dispute_problems(values: Values, today: date) -> list[FieldProblem]:
    """What cannot be right about a dispute's values."""
    problems = []
    found = values.get("found_on")
    if found and found > today:
        problems.append(FieldProblem("found_on", "MED-031", _("发现日期还没有到，请核对")))
    due = values.get("due_on")
    if due and found and due < found:
        problems.append(FieldProblem("due_on", "MED-032", _("化解时限早于发现日期，请核对")))
    return problems


def party_hints(values: Values, _today: date) -> list[FieldProblem]:
    """What is only odd about a party: old papers carry odd credit codes, so a wrong one never stops a save."""
    verdict = check_uscc(str(values["uscc"])) if values.get("uscc") else OK
    return [] if verdict.is_ok else [FieldProblem("uscc", verdict.code, verdict.message)]


def party_problems(values: Values, today: date) -> list[FieldProblem]:
    """What cannot be right about a party's values as they are entered."""
    problems = []
    born = values.get("birth_on")
    if born and born > today:
        problems.append(FieldProblem("birth_on", "MED-033", _("出生日期还没有到，请核对")))
    told = _told_by_card(values)
    if born and told and born != told:
        problems.append(
            FieldProblem("birth_on", "MED-034", _("出生日期与身份证号码里的不一致，请对照证件核对"))
        )
    return problems


def session_problems(values: Values, today: date) -> list[FieldProblem]:
    """What cannot be right about one mediation session."""
    problems = []
    if values.get("held_on") and values["held_on"] > today:
        problems.append(FieldProblem("held_on", "MED-035", _("调解日期还没有到，请核对")))
    started, ended = values.get("started_time"), values.get("ended_time")
    if started and ended and ended <= started:
        problems.append(FieldProblem("ended_time", "MED-036", _("结束时间应晚于开始时间")))
    return problems


def investigation_problems(values: Values, today: date) -> list[FieldProblem]:
    """What cannot be right about the record of an inquiry."""
    problems = []
    if values.get("asked_on") and values["asked_on"] > today:
        problems.append(FieldProblem("asked_on", "MED-075", _("调查日期还没有到，请核对")))
    started, ended = values.get("started_time"), values.get("ended_time")
    if started and ended and ended <= started:
        problems.append(FieldProblem("ended_time", "MED-036", _("结束时间应晚于开始时间")))
    return problems


def follow_up_problems(values: Values, today: date) -> list[FieldProblem]:
    """What cannot be right about a follow-up."""
    if values.get("done_on") and values["done_on"] > today:
        return [FieldProblem("done_on", "MED-037", _("回访日期还没有到，请核对"))]
    return []


def mediation_problems(values: Values, today: date) -> list[FieldProblem]:
    """What cannot be right about a people's mediation as it is entered."""
    problems = []
    applied, accepted = values.get("applied_on"), values.get("accepted_on")
    if accepted and accepted > today:
        problems.append(FieldProblem("accepted_on", "MED-038", _("受理日期还没有到，请核对")))
    if applied and accepted and applied > accepted:
        problems.append(FieldProblem("applied_on", "MED-039", _("申请日期晚于受理日期，请核对")))
    return problems


def _told_by_card(values: Values) -> date | None:
    if values.get("id_type") != RESIDENT_CARD or not values.get("id_number"):
        return None
    return birth_date(str(values["id_number"]))


def born_on(party: Values) -> date | None:
    """The day of birth as entered, or as the resident card tells it."""
    born: date | None = party.get("birth_on")
    return born or _told_by_card(party)


def is_minor(party: Values, on: date) -> bool:
    """Under eighteen on that day; unknown ages count as grown up.

    Source:  Civil Code art. 17.
    """
    born = born_on(party)
    return born is not None and born <= on and age_on(born, on) < 18


# -- may it be mediated, concluded, printed ------------------------------------------------------------------------


def must_go_to_police(dispute: Values) -> bool:
    """A matter of suspected domestic violence is handed to the police; mediation never stands instead of it.

    Source:  Anti-Domestic-Violence Law arts. 15-17.
    """
    return bool(dispute.get("is_domestic_violence_suspected"))


@dataclass(frozen=True)
class AgreementFacts:
    """Everything that the check-list before an agreement looks at.

    Shape:   `mediators` are the values of the staff members who mediate; `day` is the day of the agreement.
    """

    mediation: Values
    dispute: Values
    parties: Sequence[Values]
    clauses: Sequence[Values]
    mediators: Sequence[Values]
    session_count: int
    day: date
    today: date


def agreement_gaps(facts: AgreementFacts) -> list[FieldProblem]:
    """All that an agreement still lacks before it may be concluded and printed, in the order of the paper.

    Source:  People's Mediation Law arts. 17, 19, 23, 28, 29; DOMAIN appendix D.
    """
    gaps: list[FieldProblem] = []
    if must_go_to_police(facts.dispute):
        gaps.append(FieldProblem("is_domestic_violence_suspected", "MED-001", domestic_violence_sentence()))
    gaps += _gate_gaps(facts)
    gaps += _mediator_gaps(facts)
    gaps += _party_gaps(facts)
    gaps += _content_gaps(facts)
    gaps += _day_gaps(facts)
    return gaps


def domestic_violence_sentence() -> str:
    """Why a matter of suspected domestic violence is not mediated, and what to do."""
    return _("疑似家庭暴力，不能用调解代替处理。请立即交民警依法处置，并用“转案件”办理移交")


def _gate_gaps(facts: AgreementFacts) -> Iterable[FieldProblem]:
    values = facts.mediation
    if not values.get("has_consent"):
        yield FieldProblem("has_consent", "MED-003", _("还没有登记各方当事人同意调解"))
    if not values.get("is_scope_confirmed"):
        yield FieldProblem("is_scope_confirmed", "MED-002", _("还没有核对是否属于不得调解的事项"))
    if not values.get("rights_notice"):
        yield FieldProblem("rights_notice", "MED-006", _("还没有登记权利义务告知（签收或口头告知）"))
    if not facts.session_count:
        yield FieldProblem("sessions", "MED-007", _("还没有调解记录，至少登记一次调解"))


def _mediator_gaps(facts: AgreementFacts) -> Iterable[FieldProblem]:
    if not facts.mediators:
        yield FieldProblem("mediator_ids", "MED-004", _("还没有选人民调解员"))
        return
    for mediator in facts.mediators:
        if mediator.get("role") not in MAY_MEDIATE:
            yield FieldProblem(
                "mediator_ids",
                "MED-005",
                _("{name}不是人民调解员，请另选").format(name=mediator.get("name") or ""),
            )
        elif mediator.get("state") not in (None, "", "serving"):
            yield FieldProblem(
                "mediator_ids",
                "MED-005",
                _("{name}现在不在岗，请另选").format(name=mediator.get("name") or ""),
            )


def _party_gaps(facts: AgreementFacts) -> Iterable[FieldProblem]:
    if len(facts.parties) < 2:
        yield FieldProblem("parties", "MED-012", _("当事人至少要有两方"))
    for place, party in enumerate(facts.parties, 1):
        yield from party_gaps(party, facts.day, place)


def party_gaps(party: Values, on: date, place: int = 1) -> Iterable[FieldProblem]:
    """What one party lacks for a paper that it signs.

    Units:   `place` counts from 1 among the parties.
    """
    stem = f"parties.{place}."
    who = party.get("name") or party.get("organisation_name") or _("第{place}位当事人").format(place=place)

    def gap(field: str, code: str, sentence: str) -> FieldProblem:
        return FieldProblem(stem + field, code, sentence.format(who=who))

    yield from (
        _organisation_gaps(party, gap) if party.get("party_type") == "2" else _person_gaps(party, on, gap)
    )
    if not party.get("address"):
        yield gap("address", "MED-013", _("{who}：还没有填住址（单位地址）"))


def _organisation_gaps(party: Values, gap: _Gap) -> Iterable[FieldProblem]:
    if not party.get("organisation_name"):
        yield gap("organisation_name", "MED-013", _("{who}：还没有填单位名称"))
    if not party.get("uscc") and not party.get("no_document_reason"):
        yield gap("uscc", "MED-013", _("{who}：还没有填统一社会信用代码，没有的请写明原因"))
    if not party.get("legal_representative") and not party.get("representative_name"):
        yield gap("legal_representative", "MED-013", _("{who}：还没有填负责人或参加调解的代表"))


def _person_gaps(party: Values, on: date, gap: _Gap) -> Iterable[FieldProblem]:
    if not party.get("name"):
        yield gap("name", "MED-013", _("{who}：还没有填姓名"))
    if not _has_document(party) and not party.get("no_document_reason"):
        yield gap("id_number", "MED-013", _("{who}：还没有填证件号码，没有的请写明原因"))
    if not is_minor(party, on):
        return
    if not (party.get("guardian_name") and party.get("guardian_relation")):
        yield gap("guardian_name", "MED-014", _("{who}：未成年人，要填监护人姓名和关系"))
    elif not party.get("is_guardian_present"):
        yield gap("is_guardian_present", "MED-014", _("{who}：未成年人，监护人要到场"))


def _has_document(party: Values) -> bool:
    return bool(party.get("id_number")) and party.get("id_type") != NO_DOCUMENT


def _content_gaps(facts: AgreementFacts) -> Iterable[FieldProblem]:
    values = facts.mediation
    for field, code, sentence in (
        ("agreement_form", "MED-008", _("还没有选协议形式（书面或口头）")),
        ("dispute_facts", "MED-008", _("还没有写纠纷主要事实")),
        ("dispute_items", "MED-009", _("还没有写争议事项")),
    ):
        if not values.get(field):
            yield FieldProblem(field, code, sentence)
    if not facts.clauses:
        yield FieldProblem("clauses", "MED-011", _("还没有协议条款，至少写一条"))
    for place, clause in enumerate(facts.clauses, 1):
        yield from _clause_gaps(clause, place, facts.day)
    copies, least = values.get("copies_count"), len(facts.parties) + 1
    if copies is not None and copies < least:
        yield FieldProblem(
            "copies_count",
            "MED-016",
            _("份数不够：当事人各一份，调委会留一份，至少{least}份").format(least=least),
        )


def _clause_gaps(clause: Values, place: int, day: date) -> Iterable[FieldProblem]:
    stem = f"clauses.{place}."
    if not (clause.get("content") or "").strip():
        yield FieldProblem(stem + "content", "MED-011", _("第{place}条：还没有写内容").format(place=place))
    manner = clause.get("performance_manner")
    if not manner:
        yield FieldProblem(
            stem + "performance_manner", "MED-011", _("第{place}条：还没有选履行方式").format(place=place)
        )
    due = clause.get("due_on")
    if manner in {"2", "3"} and not due:
        yield FieldProblem(stem + "due_on", "MED-011", _("第{place}条：还没有填履行期限").format(place=place))
    if due and due < day:
        yield FieldProblem(
            stem + "due_on", "MED-011", _("第{place}条：履行期限早于协议日期").format(place=place)
        )
    if clause.get("amount_fen") and not (clause.get("payer") and clause.get("payee")):
        yield FieldProblem(
            stem + "payer", "MED-011", _("第{place}条：有金额，要写明谁给谁").format(place=place)
        )


def _day_gaps(facts: AgreementFacts) -> Iterable[FieldProblem]:
    if facts.day > facts.today:
        yield FieldProblem("concluded_on", "MED-017", _("达成日期还没有到，请核对"))
    accepted = facts.mediation.get("accepted_on")
    if accepted and facts.day < accepted:
        yield FieldProblem("concluded_on", "MED-017", _("达成日期早于受理日期，请核对"))


def copies_needed(party_count: int) -> int:
    """One copy for each party and one for the committee.

    Source:  People's Mediation Law art. 29.
    """
    return party_count + 1


@dataclass(frozen=True)
class SigningFacts:
    """What is told when an agreement comes back signed."""

    concluded_on: date | None
    signed_on: date
    today: date
    is_signed_by_all_parties: bool
    is_signed_by_mediator: bool
    is_sealed_by_committee: bool
    scan_count: int


def signing_gaps(facts: SigningFacts) -> list[FieldProblem]:
    """What is still missing before a written agreement takes effect.

    Source:  People's Mediation Law art. 29; DOMAIN appendix D, after printing.
    """
    gaps = []
    if not facts.is_signed_by_all_parties:
        gaps.append(
            FieldProblem("is_signed_by_all_parties", "MED-021", _("各方当事人还没有全部签名、盖章或按指印"))
        )
    if not facts.is_signed_by_mediator:
        gaps.append(FieldProblem("is_signed_by_mediator", "MED-021", _("人民调解员还没有签名")))
    if not facts.is_sealed_by_committee:
        gaps.append(FieldProblem("is_sealed_by_committee", "MED-021", _("还没有加盖人民调解委员会印章")))
    if not facts.scan_count:
        gaps.append(FieldProblem("attachments", "MED-020", _("还没有签字件扫描件，请先扫描并作为附件添加")))
    if facts.signed_on > facts.today:
        gaps.append(FieldProblem("signed_on", "MED-022", _("签字日期还没有到，请核对")))
    if facts.concluded_on and facts.signed_on < facts.concluded_on:
        gaps.append(FieldProblem("signed_on", "MED-022", _("签字日期早于达成日期，请核对")))
    return gaps


# -- terms ---------------------------------------------------------------------------------------------------------

LEVEL_DAYS: Mapping[str, int] = MappingProxyType({"1": 1, "2": 7, "3": 20})
"""Calendar days by level; a county may set others."""

MEDIATION_DAYS = 30
ORAL_FOLLOW_UP_DAYS, WRITTEN_FOLLOW_UP_DAYS = 7, 30
CONFIRMATION_DAYS = 30


def dispute_due_on(
    from_on: date | None, level: str | None, days: Mapping[str, int] = LEVEL_DAYS
) -> date | None:
    """The day by which a dispute of that level should be settled; None before it is graded."""
    if from_on is None or level is None or level not in days:
        return None
    return from_on + timedelta(days=days[level])


def mediation_due_on(accepted_on: date, days: int = MEDIATION_DAYS) -> date:
    """The day by which a people's mediation ends unless both sides agree to go on.

    Source:  Some Provisions on the Work of People's Mediation art. 33: one month.
    """
    return accepted_on + timedelta(days=days)


def confirmation_until(effective_on: date, holidays: HolidayTable) -> date:
    """The last day on which the parties may jointly ask a court to confirm their agreement.

    Counting starts the day after; on a day of rest the term ends on the first working day after it.

    Units:   calendar days, Beijing time.
    Source:  People's Mediation Law art. 33; Civil Procedure Law art. 205; Civil Code arts. 201, 203.
    """
    return after_days(effective_on, CONFIRMATION_DAYS, holidays)


# -- performance ---------------------------------------------------------------------------------------------------

SETTLED = frozenset({"1", "2", "6"})
"""How a clause can stand when nothing more is to be done about it."""


def clause_performance(clause: Values, today: date) -> str:
    """How far one clause is performed today: what was recorded, or not due yet, or overdue."""
    told = clause.get("performance")
    if told in SETTLED:
        return str(told)
    due = clause.get("due_on")
    if due and due < today:
        return "5"
    return str(told) if told == "3" else "4"


def performance_of(clauses: Sequence[Values], today: date) -> str:
    """How far an agreement is performed; empty when it has no clauses."""
    states = [clause_performance(clause, today) for clause in clauses]
    if not states:
        return ""
    if "5" in states:
        return "5"
    if set(states) == {"1"}:
        return "1"
    if "6" in states and set(states) <= SETTLED:
        return "6"
    if set(states) <= SETTLED:
        return "2"
    return "3" if set(states) & ({"3"} | SETTLED) else "4"


def is_settled(clauses: Sequence[Values], today: date) -> bool:
    """Nothing of the agreement is left to be performed under the committee's eye."""
    return bool(clauses) and all(clause_performance(clause, today) in SETTLED for clause in clauses)


# -- follow-ups ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class PlannedFollowUp:
    """One follow-up of one party that the plan asks for."""

    party_id: str
    due_on: date


def follow_up_days(
    agreement_form: str,
    effective_on: date,
    clauses: Sequence[Values],
    *,
    oral_days: int = ORAL_FOLLOW_UP_DAYS,
    written_days: int = WRITTEN_FOLLOW_UP_DAYS,
) -> list[date]:
    """The days by which each party is asked how it went.

    An oral agreement: some days after it took effect. A written one: the day after each instalment falls due, and
    some days after the last clause was performed, as soon as that is known.

    Units:   calendar days; no rolling, because this is the room's own rule.
    """
    if agreement_form == "2":
        return [effective_on + timedelta(days=oral_days)]
    found = {
        clause["due_on"] + timedelta(days=1)
        for clause in clauses
        if clause.get("performance_manner") == "3" and clause.get("due_on")
    }
    performed = [clause.get("performed_on") for clause in clauses]
    if performed and all(performed):
        found.add(max(day for day in performed if day) + timedelta(days=written_days))
    return sorted(found)


def open_follow_ups(
    days: Iterable[date], party_ids: Iterable[str], done: Iterable[Values]
) -> list[PlannedFollowUp]:
    """What of the plan is not done yet.

    A follow-up covers the planned one that it was made for, and every planned one that was due by then.

    Shape:   `done` are values of follow-ups with `party_id`, `due_on` and `done_on`.
    """
    rows = list(done)
    ids = list(party_ids)
    return [
        PlannedFollowUp(party_id, due)
        for due in days
        for party_id in ids
        if not any(_covers(row, party_id, due) for row in rows)
    ]


def _covers(row: Values, party_id: str, due: date) -> bool:
    if row.get("party_id") != party_id:
        return False
    return row.get("due_on") == due or bool(row.get("done_on") and row["done_on"] >= due)


# -- court confirmation --------------------------------------------------------------------------------------------


def confirmation_gaps(
    before: str | None, outcome: str, on: date, *, until: date | None, today: date
) -> list[FieldProblem]:
    """Why a step of court confirmation cannot be recorded; empty when it can."""
    gaps = []
    if on > today:
        gaps.append(FieldProblem("on", "MED-043", _("日期还没有到，请核对")))
    if outcome == "1" and until and on > until:
        gaps.append(
            FieldProblem(
                "on",
                "MED-043",
                _("已超过申请期限{until}，法院不再受理。请告知当事人可以另行起诉").format(
                    until=until.isoformat()
                ),
            )
        )
    if outcome in {"2", "3"} and before != "1":
        gaps.append(FieldProblem("outcome", "MED-044", _("还没有登记向法院申请，请先登记“已申请”")))
    return gaps
