from __future__ import annotations

from dataclasses import replace
from datetime import date, time
from typing import Any

import pytest

from desktop.base.paths import resource
from desktop.base.workdays import HolidayTable
from desktop.mediation import code_lists, dispute_types, rules

TODAY = date(2026, 3, 5)
HOLIDAYS = HolidayTable.load(resource("holidays"))

PERSON: dict[str, Any] = {
    "party_type": "1",
    "name": "李某",
    "id_type": "111",
    "id_number": "649901198001010016",
    "address": "石桥村三组",
}
MINOR = PERSON | {"name": "赵小宝", "id_number": "649901201506010139"}
ORGANISATION: dict[str, Any] = {
    "party_type": "2",
    "organisation_name": "石桥村合作社",
    "uscc": "91649901MA0000000U",
    "legal_representative": "马占山",
    "address": "石桥村一组",
}
CLAUSE: dict[str, Any] = {"content": "轮流浇地", "performance_manner": "4"}
MEDIATOR: dict[str, Any] = {"name": "周慧兰", "role": "mediator", "state": "serving"}
WHOLE = rules.AgreementFacts(
    mediation={
        "has_consent": True,
        "is_scope_confirmed": True,
        "rights_notice": "1",
        "agreement_form": "1",
        "dispute_facts": "争吵",
        "dispute_items": "浇地次序",
        "accepted_on": TODAY,
        "copies_count": 3,
    },
    dispute={},
    parties=(PERSON, PERSON),
    clauses=(CLAUSE,),
    mediators=(MEDIATOR,),
    session_count=1,
    day=TODAY,
    today=TODAY,
)


def without(**changes: Any) -> rules.AgreementFacts:
    return replace(WHOLE, mediation={**WHOLE.mediation, **changes})


def with_clause(**changes: Any) -> rules.AgreementFacts:
    return replace(WHOLE, clauses=(CLAUSE | changes,))


def with_party(party: dict[str, Any]) -> rules.AgreementFacts:
    return replace(WHOLE, parties=(PERSON, party))


def test_agreement_lacks_nothing_when_the_list_is_complete() -> None:
    assert rules.agreement_gaps(WHOLE) == []


@pytest.mark.parametrize(
    ("facts", "field", "code"),
    [
        (
            replace(WHOLE, dispute={"is_domestic_violence_suspected": True}),
            "is_domestic_violence_suspected",
            "MED-001",
        ),
        (without(is_scope_confirmed=None), "is_scope_confirmed", "MED-002"),
        (without(has_consent=False), "has_consent", "MED-003"),
        (replace(WHOLE, mediators=()), "mediator_ids", "MED-004"),
        (replace(WHOLE, mediators=(MEDIATOR | {"role": "clerk"},)), "mediator_ids", "MED-005"),
        (replace(WHOLE, mediators=(MEDIATOR | {"state": "left"},)), "mediator_ids", "MED-005"),
        (without(rights_notice=None), "rights_notice", "MED-006"),
        (replace(WHOLE, session_count=0), "sessions", "MED-007"),
        (without(agreement_form=None), "agreement_form", "MED-008"),
        (without(dispute_facts=""), "dispute_facts", "MED-008"),
        (without(dispute_items=""), "dispute_items", "MED-009"),
        (replace(WHOLE, clauses=()), "clauses", "MED-011"),
        (with_clause(content="  "), "clauses.1.content", "MED-011"),
        (with_clause(performance_manner=None), "clauses.1.performance_manner", "MED-011"),
        (with_clause(performance_manner="2"), "clauses.1.due_on", "MED-011"),
        (with_clause(due_on=date(2026, 3, 4)), "clauses.1.due_on", "MED-011"),
        (with_clause(amount_fen=100, payer="甲"), "clauses.1.payer", "MED-011"),
        (replace(WHOLE, parties=(PERSON,)), "parties", "MED-012"),
        (with_party(PERSON | {"name": ""}), "parties.2.name", "MED-013"),
        (with_party(PERSON | {"id_number": None}), "parties.2.id_number", "MED-013"),
        (with_party(PERSON | {"address": None}), "parties.2.address", "MED-013"),
        (with_party(ORGANISATION | {"organisation_name": None}), "parties.2.organisation_name", "MED-013"),
        (with_party(ORGANISATION | {"uscc": None}), "parties.2.uscc", "MED-013"),
        (
            with_party(ORGANISATION | {"legal_representative": None}),
            "parties.2.legal_representative",
            "MED-013",
        ),
        (with_party(MINOR), "parties.2.guardian_name", "MED-014"),
        (
            with_party(MINOR | {"guardian_name": "赵大", "guardian_relation": "父亲"}),
            "parties.2.is_guardian_present",
            "MED-014",
        ),
        (without(copies_count=2), "copies_count", "MED-016"),
        (without(accepted_on=date(2026, 3, 6)), "concluded_on", "MED-017"),
        (replace(WHOLE, today=date(2026, 3, 4)), "concluded_on", "MED-017"),
    ],
)
def test_agreement_names_the_one_thing_that_is_missing(
    facts: rules.AgreementFacts, field: str, code: str
) -> None:
    assert [(gap.field, gap.code) for gap in rules.agreement_gaps(facts)] == [(field, code)]


@pytest.mark.parametrize(
    "party",
    [
        PERSON | {"id_number": None, "no_document_reason": "未携带"},
        MINOR | {"guardian_name": "赵大", "guardian_relation": "父亲", "is_guardian_present": True},
        ORGANISATION,
        ORGANISATION | {"legal_representative": None, "representative_name": "马文"},
        ORGANISATION | {"uscc": None, "no_document_reason": "正在办理"},
    ],
)
def test_party_lacks_nothing_when_its_block_is_whole(party: dict[str, Any]) -> None:
    assert list(rules.party_gaps(party, TODAY)) == []


def test_number_of_no_document_needs_a_reason() -> None:
    gaps = list(rules.party_gaps(PERSON | {"id_type": "990"}, TODAY))
    assert [gap.field for gap in gaps] == ["parties.1.id_number"]


@pytest.mark.parametrize(
    ("born", "on", "is_minor"),
    [
        (date(2008, 3, 6), TODAY, True),
        (date(2008, 3, 5), TODAY, False),
        (None, TODAY, False),
        (date(2026, 3, 6), TODAY, False),
    ],
)
def test_minor_is_under_eighteen_on_the_day(born: date | None, on: date, is_minor: bool) -> None:
    assert rules.is_minor({"birth_on": born}, on) is is_minor


@pytest.mark.parametrize(
    ("effective", "last"),
    [
        (date(2026, 1, 20), date(2026, 2, 24)),
        (date(2026, 3, 6), date(2026, 4, 7)),
        (date(2026, 9, 1), date(2026, 10, 8)),
        (date(2026, 1, 25), date(2026, 2, 24)),
    ],
)
def test_court_window_ends_on_the_day_that_the_law_gives(effective: date, last: date) -> None:
    assert rules.confirmation_until(effective, HOLIDAYS) == last


@pytest.mark.parametrize(
    ("level", "due"), [("1", date(2026, 3, 6)), ("2", date(2026, 3, 12)), ("3", date(2026, 3, 25))]
)
def test_dispute_is_due_by_its_level(level: str, due: date) -> None:
    assert rules.dispute_due_on(TODAY, level) == due


def test_dispute_has_no_term_before_it_is_graded() -> None:
    assert rules.dispute_due_on(TODAY, None) is None
    assert rules.dispute_due_on(None, "1") is None


def test_mediation_takes_a_month() -> None:
    assert rules.mediation_due_on(TODAY) == date(2026, 4, 4)


@pytest.mark.parametrize(
    ("clauses", "told"),
    [
        ([], ""),
        ([{"performance": "1"}], "1"),
        ([{"performance": "2"}, {"performance": "1"}], "2"),
        ([{"performance": "2"}, {"performance": "6"}], "6"),
        ([{"performance": "2"}, {"due_on": date(2026, 3, 5)}], "3"),
        ([{"performance": "3", "due_on": date(2026, 4, 5)}], "3"),
        ([{"due_on": date(2026, 3, 5)}], "4"),
        ([{"due_on": date(2026, 3, 4)}, {"performance": "2"}], "5"),
        ([{"performance": "3", "due_on": date(2026, 3, 4)}], "5"),
    ],
)
def test_performance_is_told_for_the_whole_agreement(clauses: list[dict[str, Any]], told: str) -> None:
    assert rules.performance_of(clauses, TODAY) == told
    assert rules.is_settled(clauses, TODAY) is (told in {"1", "2", "6"})


def test_overdue_agreement_is_shown_as_overdue_without_a_step() -> None:
    assert rules.shown_state("D7", is_overdue=True) == "D9x"
    assert rules.shown_state("D7", is_overdue=False) == "D7"
    assert rules.shown_state("D12", is_overdue=True) == "D12"


def test_oral_agreement_is_followed_up_after_a_week() -> None:
    assert rules.follow_up_days("2", TODAY, []) == [date(2026, 3, 12)]


def test_written_agreement_is_followed_up_after_each_instalment_and_after_performance() -> None:
    clauses: list[dict[str, Any]] = [
        {"performance_manner": "3", "due_on": date(2026, 4, 1), "performed_on": date(2026, 4, 1)},
        {"performance_manner": "3", "due_on": date(2026, 5, 1), "performed_on": date(2026, 5, 3)},
    ]
    assert rules.follow_up_days("1", TODAY, clauses) == [date(2026, 4, 2), date(2026, 5, 2), date(2026, 6, 2)]
    clauses[1]["performed_on"] = None
    assert rules.follow_up_days("1", TODAY, clauses) == [date(2026, 4, 2), date(2026, 5, 2)]


def test_follow_up_of_one_party_leaves_the_other_open() -> None:
    days = [date(2026, 3, 12)]
    done = [{"party_id": "a", "due_on": date(2026, 3, 12), "done_on": date(2026, 3, 10)}]
    assert rules.open_follow_ups(days, ["a", "b"], done) == [rules.PlannedFollowUp("b", date(2026, 3, 12))]


def test_follow_up_made_before_its_day_for_another_one_does_not_count() -> None:
    done = [{"party_id": "a", "due_on": date(2026, 3, 7), "done_on": date(2026, 3, 7)}]
    assert rules.open_follow_ups([date(2026, 3, 12)], ["a"], done) == [
        rules.PlannedFollowUp("a", date(2026, 3, 12))
    ]


@pytest.mark.parametrize(
    ("before", "outcome", "on", "codes"),
    [
        ("0", "1", date(2026, 3, 4), []),
        ("1", "2", date(2026, 3, 5), []),
        ("0", "1", date(2026, 3, 5), ["MED-043"]),
        ("0", "2", date(2026, 3, 5), ["MED-044"]),
        ("1", "2", date(2026, 3, 6), ["MED-043"]),
    ],
)
def test_court_confirmation_keeps_its_window_and_order(
    before: str, outcome: str, on: date, codes: list[str]
) -> None:
    gaps = rules.confirmation_gaps(before, outcome, on, until=date(2026, 3, 4), today=TODAY)
    assert [gap.code for gap in gaps] == codes


@pytest.mark.parametrize(
    ("kind", "name", "frozen"),
    [
        ("people_mediation", "clauses", True),
        ("people_mediation", "clauses.content", True),
        ("people_mediation", "clauses.is_void", True),
        ("people_mediation", "clauses.performance", False),
        ("people_mediation", "dispute_facts", True),
        ("people_mediation", "agreement_no", True),
        ("people_mediation", "archive_no", False),
        ("people_mediation", "sessions", False),
        ("dispute", "parties", True),
        ("dispute", "parties.name", True),
        ("dispute", "parties.phone", False),
        ("dispute", "archive_no", False),
        ("visit", "parties", False),
    ],
)
def test_signature_freezes_what_was_signed(kind: str, name: str, *, frozen: bool) -> None:
    assert rules.is_frozen(kind, name) is frozen


@pytest.mark.parametrize(
    ("check", "values", "codes"),
    [
        (rules.dispute_problems, {"found_on": TODAY, "due_on": TODAY}, []),
        (rules.dispute_problems, {"found_on": date(2026, 3, 6)}, ["MED-031"]),
        (rules.dispute_problems, {"found_on": TODAY, "due_on": date(2026, 3, 1)}, ["MED-032"]),
        (rules.party_problems, {"birth_on": date(2027, 1, 1)}, ["MED-033"]),
        (rules.party_problems, PERSON | {"birth_on": date(1980, 1, 2)}, ["MED-034"]),
        (rules.party_problems, PERSON | {"birth_on": date(1980, 1, 1)}, []),
        (rules.session_problems, {"held_on": date(2026, 3, 6)}, ["MED-035"]),
        (rules.session_problems, {"started_time": time(9), "ended_time": time(9)}, ["MED-036"]),
        (rules.session_problems, {"held_on": TODAY, "started_time": time(9), "ended_time": time(10)}, []),
        (rules.follow_up_problems, {"done_on": date(2026, 3, 6)}, ["MED-037"]),
        (rules.follow_up_problems, {"done_on": TODAY}, []),
        (rules.mediation_problems, {"accepted_on": date(2026, 3, 6)}, ["MED-038"]),
        (rules.mediation_problems, {"applied_on": TODAY, "accepted_on": date(2026, 3, 1)}, ["MED-039"]),
    ],
)
def test_values_that_cannot_be_right_are_told(check: Any, values: dict[str, Any], codes: list[str]) -> None:
    assert [problem.code for problem in check(values, TODAY)] == codes


def test_every_state_of_a_table_is_in_its_code_list() -> None:
    lists = {item.name: set(item.codes) for item in code_lists.CODES}
    used = {state for states in rules.ALLOWED.values() for state in states}
    assert used | set(rules.DISPUTE_STATE.values()) | rules.ENDED <= lists["dispute_state"]
    moved = {state for states in rules.MEDIATION_ALLOWED.values() for state in states}
    assert moved | set(rules.DISPUTE_STATE) == lists["people_mediation_state"]


def test_every_fine_type_has_its_place_in_both_statistics_lists() -> None:
    assert len(dispute_types.BY_CODE) == len(dispute_types.TYPES)
    for item in dispute_types.TYPES:
        assert item.mediation in dispute_types.MEDIATION_TYPES
        assert item.room in dispute_types.ROOM_TYPES
    assert {item.mediation for item in dispute_types.TYPES} == set(dispute_types.MEDIATION_TYPES)
    assert {item.room for item in dispute_types.TYPES} == set(dispute_types.ROOM_TYPES)
    assert dispute_types.mediation_type("1001") == "10"
    assert dispute_types.room_type("1001") == "07"
    assert dispute_types.mediation_type("51") == dispute_types.room_type(None) == "99"


def test_signing_lacks_nothing_when_all_marks_are_there() -> None:
    facts = rules.SigningFacts(
        concluded_on=TODAY,
        signed_on=TODAY,
        today=TODAY,
        is_signed_by_all_parties=True,
        is_signed_by_mediator=True,
        is_sealed_by_committee=True,
        scan_count=1,
    )
    assert rules.signing_gaps(facts) == []
    early = rules.signing_gaps(replace(facts, signed_on=date(2026, 3, 4), scan_count=0))
    assert [gap.code for gap in early] == ["MED-020", "MED-022"]
    late = rules.signing_gaps(replace(facts, signed_on=date(2026, 3, 6)))
    assert [gap.code for gap in late] == ["MED-022"]
