from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from desktop.base.errors import RuleBroken
from desktop.mediation.store import find_clauses, find_parties, find_seal
from desktop.staff.office import Office
from tests.helpers.factories.mediation import (
    CLAUSES,
    MINOR,
    ORGANISATION,
    PARTIES,
    SIGNED,
    attach_scan,
    make_dispute,
    make_mediation,
    make_mediator,
    make_signed_mediation,
    open_mediation,
)

MEDIATION = "people_mediation"


def state_of(room: Office, kind: str, record_id: str) -> str:
    return str(room.show(kind, record_id)["state"])


def dispute_of(room: Office, mediation_id: str) -> str:
    return str(room.show(MEDIATION, mediation_id)["dispute_id"])


def ids_in(room: Office, mediation_id: str, find: Any) -> list[str]:
    with room.working() as work:
        run = work.session.get_one(work.registry.kind(MEDIATION).table, (room.place.scope, mediation_id))
        if find is find_parties:
            return [row.id for row in find_parties(work.session, run.dispute_id)]  # type: ignore[attr-defined]
        return [row.id for row in find(work.session, run)]


def test_dispute_walks_from_registration_to_filing(room: Office, tmp_path: Path, clock: Any) -> None:
    mediator = make_mediator(room)
    dispute_id = make_dispute(room)
    assert state_of(room, "dispute", dispute_id) == "D1"
    room.step("dispute", dispute_id, "accept", {})
    room.step("dispute", dispute_id, "grade", {"level": "2"})
    assert room.show("dispute", dispute_id)["due_on"] == "2026-03-12"
    mediation_id = open_mediation(room, dispute_id, mediator_ids=[mediator], has_consent=False)
    assert state_of(room, "dispute", dispute_id) == "D4"
    assert room.show(MEDIATION, mediation_id)["due_on"] == "2026-04-04"

    with pytest.raises(RuleBroken) as refused:
        room.step(MEDIATION, mediation_id, "conclude", {"agreement_form": "1"})
    assert refused.value.code == "MED-010"
    told = {problem.field for problem in refused.value.fields}
    assert told == {"has_consent", "sessions", "dispute_items", "clauses"}
    assert state_of(room, MEDIATION, mediation_id) == "accepted"
    assert room.show(MEDIATION, mediation_id)["concluded_on"] is None

    room.step(
        MEDIATION, mediation_id, "record_session", {"record_text": "双方陈述后商定。", "session_result": "1"}
    )
    changes = {
        "has_consent": True,
        "dispute_items": "浇地次序",
        "clauses": CLAUSES,
        "agreement_no": "石桥人调字[2026]12号",
    }
    room.change(MEDIATION, mediation_id, changes)
    room.step(MEDIATION, mediation_id, "conclude", {"agreement_form": "1"})
    shown = room.show(MEDIATION, mediation_id)
    assert shown["agreement_no"] == "石桥人调字〔2026〕12号"  # noqa: RUF001
    assert shown["copies_count"] == 3
    assert state_of(room, "dispute", dispute_id) == "D6"

    assert room.paper("people_mediation_agreement", mediation_id).startswith(b"%PDF")
    attach_scan(room, mediation_id, tmp_path)
    room.step(MEDIATION, mediation_id, "mark_signed", SIGNED)
    shown = room.show(MEDIATION, mediation_id)
    assert (shown["state"], shown["effective_on"]) == ("in_effect", "2026-03-05")
    assert shown["court_confirmation_until"] == "2026-04-07"
    assert room.show("dispute", dispute_id)["result"] == "11"

    for clause_id in ids_in(room, mediation_id, find_clauses):
        room.step(MEDIATION, mediation_id, "perform_clause", {"clause_id": clause_id, "evidence": "收条"})
    assert state_of(room, MEDIATION, mediation_id) == "performed"
    assert state_of(room, "dispute", dispute_id) == "D10"

    clock.move(timedelta(days=30))
    first, second = ids_in(room, mediation_id, find_parties)
    room.step(
        MEDIATION, mediation_id, "record_follow_up", {"party_id": first, "mode": "1", "satisfaction": "5"}
    )
    assert state_of(room, "dispute", dispute_id) == "D10"
    with pytest.raises(RuleBroken, match="MED-046"):
        room.step(MEDIATION, mediation_id, "close", {})
    room.step(
        MEDIATION, mediation_id, "record_follow_up", {"party_id": second, "mode": "2", "satisfaction": "4"}
    )
    assert state_of(room, "dispute", dispute_id) == "D11"
    room.step(MEDIATION, mediation_id, "close", {})
    filed = room.show("dispute", dispute_id)
    assert (filed["state"], filed["closed_on"]) == ("D12", "2026-04-04")


def test_seal_keeps_the_signed_words_and_the_scan(room: Office, tmp_path: Path) -> None:
    mediation_id = make_signed_mediation(room, tmp_path)
    with room.reading() as session:
        run = session.get_one(room.registry.kind(MEDIATION).table, (room.place.scope, mediation_id))
        seal = find_seal(session, run)  # type: ignore[arg-type]
        assert seal is not None
        content = json.loads(seal.content or "")
        assert [party["name"] for party in content["values"]["parties"]] == ["李𬭎", "买买提·艾力"]
        assert content["form"]["title"] == "人民调解协议书"
        assert content["law"]["binds"]
        assert (seal.signers or "").split("\n") == ["李𬭎", "买买提·艾力", "周慧兰"]
        assert len((seal.scan_hashes or "").split()) == 1
        sealed_hash = seal.content_hash
    hashes = room.rows("printed_paper", room.list_ids("printed_paper"), ["content_hash"])
    assert hashes[0][-1] == sealed_hash


def test_signed_agreement_prints_again_as_it_was_signed(room: Office, tmp_path: Path) -> None:
    mediation_id = make_signed_mediation(room, tmp_path)
    before = room.paper("people_mediation_agreement", mediation_id)
    with room.working() as work:
        run = work.session.get_one(work.registry.kind(MEDIATION).table, (room.place.scope, mediation_id))
        run.dispute_facts = "同步来的改动"  # type: ignore[attr-defined]
    assert room.paper("people_mediation_agreement", mediation_id) == before


def test_signing_is_refused_with_everything_that_is_missing(room: Office) -> None:
    mediation_id = make_mediation(room)
    room.step(MEDIATION, mediation_id, "conclude", {})
    inputs = {
        "is_signed_by_all_parties": False,
        "is_signed_by_mediator": True,
        "is_sealed_by_committee": False,
    }
    with pytest.raises(RuleBroken) as refused:
        room.step(MEDIATION, mediation_id, "mark_signed", inputs)
    assert refused.value.code == "MED-023"
    assert [problem.field for problem in refused.value.fields] == [
        "is_signed_by_all_parties",
        "is_sealed_by_committee",
        "attachments",
    ]
    assert state_of(room, MEDIATION, mediation_id) == "to_sign"


def test_signing_is_refused_when_the_words_changed_after_printing(room: Office, tmp_path: Path) -> None:
    mediation_id = make_mediation(room)
    room.step(MEDIATION, mediation_id, "conclude", {})
    room.paper("people_mediation_agreement", mediation_id)
    room.change(MEDIATION, mediation_id, {"dispute_items": "另外一件事"})
    attach_scan(room, mediation_id, tmp_path)
    with pytest.raises(RuleBroken) as refused:
        room.step(MEDIATION, mediation_id, "mark_signed", SIGNED)
    assert [problem.code for problem in refused.value.fields] == ["MED-024"]


def test_agreement_without_number_is_concluded_with_a_warning(room: Office) -> None:
    mediation_id = make_mediation(room, agreement_no=None)
    saved = room.step(MEDIATION, mediation_id, "conclude", {})
    assert any("编号" in warning.message for warning in saved.warnings)


def test_oral_agreement_takes_effect_at_once_and_prints_no_agreement(room: Office) -> None:
    mediation_id = make_mediation(room)
    room.step(MEDIATION, mediation_id, "conclude", {"agreement_form": "2"})
    shown = room.show(MEDIATION, mediation_id)
    assert (shown["state"], shown["result"], shown["effective_on"]) == ("in_effect", "10", "2026-03-05")
    assert shown["court_confirmation_until"] is None
    with pytest.raises(RuleBroken, match="MED-018"):
        room.paper("people_mediation_agreement", mediation_id)


def test_paper_is_refused_before_an_agreement_is_concluded(room: Office) -> None:
    mediation_id = make_mediation(room)
    with pytest.raises(RuleBroken) as refused:
        room.paper("people_mediation_agreement", mediation_id)
    assert [problem.field for problem in refused.value.fields] == ["concluded_on"]


def test_on_the_spot_performance_needs_no_further_step(room: Office, tmp_path: Path) -> None:
    clause = {"content": "当面道歉", "performance_manner": "1"}
    mediation_id = make_signed_mediation(room, tmp_path, clauses=[clause])
    assert state_of(room, MEDIATION, mediation_id) == "performed"
    assert state_of(room, "dispute", dispute_of(room, mediation_id)) == "D10"


def test_suspected_domestic_violence_is_never_mediated(room: Office) -> None:
    dispute_id = make_dispute(room, is_domestic_violence_suspected=True)
    room.step("dispute", dispute_id, "accept", {})
    with pytest.raises(RuleBroken, match="MED-001"):
        open_mediation(room, dispute_id)
    with pytest.raises(RuleBroken, match="MED-001"):
        room.step("dispute", dispute_id, "settle", {"settlement": "劝说"})
    room.step("dispute", dispute_id, "transfer_to_case", {"end_reason": "移交办案民警"})
    assert state_of(room, "dispute", dispute_id) == "Dk"


def test_minor_without_guardian_stops_the_agreement(room: Office) -> None:
    mediation_id = make_mediation(room, dispute={"parties": [*PARTIES, MINOR]})
    with pytest.raises(RuleBroken) as refused:
        room.step(MEDIATION, mediation_id, "conclude", {})
    assert [problem.code for problem in refused.value.fields] == ["MED-014"]


def test_organisation_may_be_a_party(room: Office, tmp_path: Path) -> None:
    mediation_id = make_signed_mediation(room, tmp_path, dispute={"parties": [*PARTIES, ORGANISATION]})
    assert room.show(MEDIATION, mediation_id)["copies_count"] == 4


def test_second_mediation_is_refused_while_one_is_open(room: Office) -> None:
    mediation_id = make_mediation(room)
    dispute_id = dispute_of(room, mediation_id)
    with pytest.raises(RuleBroken, match="REC-008"):
        open_mediation(room, dispute_id)


def test_failed_mediation_may_be_tried_again_or_filed(room: Office) -> None:
    mediation_id = make_mediation(room)
    dispute_id = dispute_of(room, mediation_id)
    inputs = {"termination_reason": "2", "ways_told": "可以向人民法院起诉"}
    room.step(MEDIATION, mediation_id, "terminate", inputs)
    assert state_of(room, "dispute", dispute_id) == "D5x"
    assert {step.name for step in room.steps_now("dispute", dispute_id)} >= {"open_mediation", "close"}
    room.step("dispute", dispute_id, "close", {})
    filed = room.show("dispute", dispute_id)
    assert (filed["state"], filed["result"]) == ("D12", "20")


def test_withdrawal_ends_the_running_mediation(room: Office) -> None:
    mediation_id = make_mediation(room)
    dispute_id = dispute_of(room, mediation_id)
    room.step("dispute", dispute_id, "withdraw", {"end_reason": "双方自行和好"})
    assert state_of(room, MEDIATION, mediation_id) == "terminated"
    assert room.show("dispute", dispute_id)["result"] == "40"


def test_dispute_settled_by_persuasion_is_closed(room: Office) -> None:
    dispute_id = make_dispute(room)
    room.step("dispute", dispute_id, "settle", {"settlement": "当面说开，握手言和"})
    shown = room.show("dispute", dispute_id)
    assert (shown["state"], shown["result"], shown["mediation_kind"]) == ("D12", "10", "6")
    assert room.steps_now("dispute", dispute_id) == []


def test_dispute_that_is_not_accepted_keeps_its_reason(room: Office) -> None:
    dispute_id = make_dispute(room)
    room.step("dispute", dispute_id, "not_accept", {"end_reason": "法院已受理"})
    shown = room.show("dispute", dispute_id)
    assert (shown["state"], shown["end_reason"]) == ("D2x", "法院已受理")


def test_reporting_upwards_leaves_the_state(room: Office) -> None:
    dispute_id = make_dispute(room)
    room.step("dispute", dispute_id, "escalate", {"escalation_note": "报镇综治中心"})
    assert state_of(room, "dispute", dispute_id) == "D1"


def test_term_is_extended_only_with_consent_and_forward(room: Office) -> None:
    mediation_id = make_mediation(room)
    inputs = {"due_on": "2026-04-01", "has_all_consent": False, "extension_reason": "等鉴定"}
    with pytest.raises(RuleBroken) as refused:
        room.step(MEDIATION, mediation_id, "extend", inputs)
    assert [problem.field for problem in refused.value.fields] == ["has_all_consent", "due_on"]
    room.step(MEDIATION, mediation_id, "extend", inputs | {"due_on": "2026-05-01", "has_all_consent": True})
    assert room.show(MEDIATION, mediation_id)["due_on"] == "2026-05-01"


def test_court_confirmation_is_recorded_in_its_order(room: Office, tmp_path: Path) -> None:
    mediation_id = make_signed_mediation(room, tmp_path)
    with pytest.raises(RuleBroken, match="MED-030"):
        room.step(MEDIATION, mediation_id, "record_court_confirmation", {"outcome": "2"})
    room.step(
        MEDIATION, mediation_id, "record_court_confirmation", {"outcome": "1", "court_name": "示例县人民法院"}
    )
    room.step(MEDIATION, mediation_id, "record_court_confirmation", {"outcome": "2"})
    shown = room.show(MEDIATION, mediation_id)
    assert (shown["court_confirmation"], shown["court_decided_on"]) == ("2", "2026-03-05")
    assert shown["court_name"] == "示例县人民法院"


def test_clause_and_party_of_another_matter_are_refused(room: Office, tmp_path: Path) -> None:
    mediation_id = make_signed_mediation(room, tmp_path)
    make_dispute(room)
    with room.reading() as session:
        table = room.registry.kind("party").table
        own = set(ids_in(room, mediation_id, find_parties))
        strange = next(row.id for row in session.query(table) if row.id not in own)
    other_id = make_mediation(room, dispute={"title": "另一件"})
    clause_id = ids_in(room, other_id, find_clauses)[0]
    with pytest.raises(RuleBroken, match="MED-041"):
        room.step(MEDIATION, mediation_id, "perform_clause", {"clause_id": clause_id})
    with pytest.raises(RuleBroken, match="MED-045"):
        room.step(MEDIATION, mediation_id, "record_follow_up", {"party_id": strange, "mode": "1"})


def test_partial_performance_keeps_the_agreement_performing(room: Office, tmp_path: Path) -> None:
    mediation_id = make_signed_mediation(room, tmp_path)
    first = ids_in(room, mediation_id, find_clauses)[0]
    room.step(MEDIATION, mediation_id, "perform_clause", {"clause_id": first, "performance": "3"})
    assert state_of(room, MEDIATION, mediation_id) == "performing"
    assert state_of(room, "dispute", dispute_of(room, mediation_id)) == "D8"
