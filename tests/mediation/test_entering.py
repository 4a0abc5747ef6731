"""What holds whichever way a record comes in, and what a signature holds for ever."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from desktop.base.errors import Refused, RuleBroken
from desktop.staff.office import Office
from desktop.staff.permissions import actor_of
from desktop.staff.undo import undo_last
from tests.helpers.factories.mediation import (
    CLAUSES,
    SIGNED,
    make_dispute,
    make_mediation,
    make_mediator,
    make_signed_mediation,
    open_mediation,
)
from tests.helpers.factories.places import make_area, make_village

MEDIATION = "people_mediation"
COMMITTEE = "河东村人民调解委员会"
ENDED = {"termination_reason": "2", "ways_told": "可以向人民法院起诉"}


def codes_of(refused: pytest.ExceptionInfo[RuleBroken]) -> set[str]:
    return {problem.code for problem in refused.value.fields}


def dispute_of(room: Office, mediation_id: str) -> dict[str, Any]:
    return room.show("dispute", room.show(MEDIATION, mediation_id)["dispute_id"])


def parties_of(room: Office, mediation_id: str) -> list[str]:
    return [party["id"] for party in dispute_of(room, mediation_id)["parties"]]


# -- a mediation that is entered directly --------------------------------------------------------------------------


def test_mediation_entered_directly_opens_as_the_step_would(room: Office) -> None:
    dispute = make_dispute(room, source="03")
    mediator = make_mediator(room)
    saved = room.add(
        MEDIATION,
        {
            "dispute_id": dispute,
            "committee_name": COMMITTEE,
            "clauses": CLAUSES,
            "sessions": [{"record_text": "双方陈述，查明事实。"}],
            "place": "村部",
        },
    )
    shown = room.show(MEDIATION, saved.id)
    other = make_dispute(room, source="03")
    room.step("dispute", other, "accept", {})
    by_step = room.show(MEDIATION, open_mediation(room, other))
    assert shown["origin"] == {"kind": "dispute", "id": dispute}
    same = ("title", "case_source", "procedure", "accepted_on", "due_on", "dispute_facts", "mediator_ids")
    assert {name: shown[name] for name in same} == {name: by_step[name] for name in same}
    assert (shown["case_source"], shown["mediator_ids"], shown["state"]) == ("1", [mediator], "mediating")
    assert [len(shown["clauses"]), len(shown["sessions"])] == [2, 1]
    assert shown["sessions"][0]["place"] == "村部"
    taken_up = room.show("dispute", dispute)
    assert (taken_up["state"], taken_up["accepted_on"], taken_up["mediation_kind"]) == (
        "D4",
        "2026-03-05",
        "3",
    )


def test_mediation_is_named_after_the_last_committee_or_the_village(room: Office) -> None:
    make_mediator(room)
    village = make_village(room)
    group = make_area(room, parent_id=village)
    first = room.add(MEDIATION, {"dispute_id": make_dispute(room, area_id=group)})
    assert room.show(MEDIATION, first.id)["committee_name"] == "石桥村人民调解委员会"
    room.change(MEDIATION, first.id, {"committee_name": COMMITTEE})
    second = room.add(MEDIATION, {"dispute_id": make_dispute(room, area_id=group)})
    assert room.show(MEDIATION, second.id)["committee_name"] == COMMITTEE


def test_mediation_needs_its_committee_named_when_nothing_tells_it(room: Office) -> None:
    with pytest.raises(RuleBroken, match="调解委员会：必须填写"):
        room.add(MEDIATION, {"dispute_id": make_dispute(room)})


def test_no_mediator_is_chosen_when_several_serve(room: Office) -> None:
    make_mediator(room)
    room.add("staff_member", {"name": "单雄信", "role": "mediator"})
    saved = room.add(MEDIATION, {"dispute_id": make_dispute(room), "committee_name": COMMITTEE})
    assert not room.show(MEDIATION, saved.id)["mediator_ids"]


def test_second_open_mediation_on_one_dispute_is_refused(room: Office) -> None:
    raw = {"dispute_id": make_dispute(room), "committee_name": COMMITTEE}
    room.add(MEDIATION, raw)
    with pytest.raises(RuleBroken, match="MED-047"):
        room.add(MEDIATION, raw)
    assert len(room.list_ids(MEDIATION)) == 1


def test_mediation_is_refused_on_suspected_domestic_violence(room: Office) -> None:
    dispute = make_dispute(room, is_domestic_violence_suspected=True)
    with pytest.raises(RuleBroken, match="MED-001"):
        room.add(MEDIATION, {"dispute_id": dispute, "committee_name": COMMITTEE})
    assert room.list_ids(MEDIATION) == []


def test_mediation_is_refused_on_a_closed_dispute(room: Office) -> None:
    dispute = make_dispute(room)
    room.step("dispute", dispute, "settle", {"settlement": "当面说开"})
    with pytest.raises(RuleBroken, match="MED-049"):
        room.add(MEDIATION, {"dispute_id": dispute, "committee_name": COMMITTEE})
    assert room.show("dispute", dispute)["state"] == "D12"


def test_officer_does_not_open_a_mediation(room: Office) -> None:
    dispute = make_dispute(room)
    room.step("dispute", dispute, "accept", {})
    room.actor = actor_of("民警", ("officer",))
    with pytest.raises(Refused):
        room.step("dispute", dispute, "open_mediation", {"committee_name": COMMITTEE})


def test_sitting_entered_alone_begins_the_mediation(room: Office) -> None:
    dispute = make_dispute(room)
    room.step("dispute", dispute, "accept", {})
    mediation = open_mediation(room, dispute)
    sitting = room.add("mediation_session", {"people_mediation_id": mediation, "record_text": "双方陈述。"})
    assert room.show(MEDIATION, mediation)["state"] == "mediating"
    assert room.show("mediation_session", sitting.id)["place"] == "石桥村警务室"


# -- a follow-up that is entered directly --------------------------------------------------------------------------


def make_performed(room: Office) -> str:
    mediation = make_mediation(room)
    room.step(MEDIATION, mediation, "conclude", {"agreement_form": "2"})
    room.step(MEDIATION, mediation, "perform_clause", {"evidence": "收条1张"})
    return mediation


def test_follow_ups_entered_directly_move_the_dispute_on(room: Office) -> None:
    mediation = make_performed(room)
    states = []
    for party in parties_of(room, mediation):
        states.append(dispute_of(room, mediation)["state"])
        room.add("follow_up", {"people_mediation_id": mediation, "party_id": party, "mode": "1"})
    assert [*states, dispute_of(room, mediation)["state"]] == ["D10", "D10", "D11"]
    shown = room.show("follow_up", room.list_ids("follow_up")[0])
    assert (shown["due_on"], shown["origin"]) == ("2026-03-12", {"kind": MEDIATION, "id": mediation})


def test_follow_up_of_a_stranger_is_refused(room: Office) -> None:
    mediation = make_performed(room)
    stranger = parties_of(room, make_mediation(room))[0]
    with pytest.raises(RuleBroken, match="MED-045"):
        room.add("follow_up", {"people_mediation_id": mediation, "party_id": stranger, "mode": "1"})


def test_follow_up_before_the_agreement_is_in_effect_is_refused(room: Office) -> None:
    mediation = make_mediation(room)
    party = parties_of(room, mediation)[0]
    with pytest.raises(RuleBroken, match="MED-064"):
        room.add("follow_up", {"people_mediation_id": mediation, "party_id": party, "mode": "1"})


def test_follow_up_is_corrected_but_never_given_to_another_party(room: Office) -> None:
    mediation = make_performed(room)
    first, second = parties_of(room, mediation)
    follow_up = room.add("follow_up", {"people_mediation_id": mediation, "party_id": first, "mode": "1"}).id
    room.change("follow_up", follow_up, {"satisfaction": "5"}, reason="漏填")
    with pytest.raises(RuleBroken) as refused:
        room.change("follow_up", follow_up, {"party_id": second}, reason="选错")
    assert codes_of(refused) == {"MED-063"}


# -- what was signed -----------------------------------------------------------------------------------------------


def undo(room: Office, kind: str, record_id: str) -> None:
    with room.working() as work:
        undo_last(work, kind, record_id)


def test_signed_agreement_refuses_every_edit_of_its_words(room: Office, tmp_path: Path) -> None:
    mediation = make_signed_mediation(room, tmp_path)
    before, dispute = room.show(MEDIATION, mediation), dispute_of(room, mediation)
    clause, party = before["clauses"][0]["id"], dispute["parties"][0]["id"]
    attempts: list[Callable[[], object]] = [
        lambda: room.change(MEDIATION, mediation, {"dispute_facts": "另一种说法"}),
        lambda: room.change(MEDIATION, mediation, {"agreement_no": "石桥人调字[2026]13号"}),
        lambda: room.change(MEDIATION, mediation, {"mediator_ids": []}),
        lambda: room.change(MEDIATION, mediation, {"clauses": []}),
        lambda: room.change(MEDIATION, mediation, {"clauses": [{"id": clause, "content": "改过的一条"}]}),
        lambda: room.change("agreement_clause", clause, {"content": "改过的一条"}),
        lambda: room.void("agreement_clause", clause, "不要了"),
        lambda: room.add("agreement_clause", {"people_mediation_id": mediation, "content": "添一条"}),
        lambda: undo(room, "agreement_clause", room.show(MEDIATION, mediation)["clauses"][1]["id"]),
        lambda: undo(room, MEDIATION, mediation),
        lambda: room.change("party", party, {"name": "换个人"}),
        lambda: room.change("dispute", dispute["id"], {"parties": dispute["parties"][:1]}),
        lambda: room.change("dispute", dispute["id"], {"is_minor_involved": True}),
        lambda: room.void("party", party, "不要了"),
        lambda: room.void("agreement_seal", room.list_ids("agreement_seal")[0], "不要了"),
        lambda: room.add("agreement_seal", {}),
    ]
    for attempt in attempts:
        with pytest.raises(RuleBroken):
            attempt()
    assert room.show(MEDIATION, mediation) == before
    assert dispute_of(room, mediation) == dispute


def test_refused_edit_says_what_to_do_instead(room: Office, tmp_path: Path) -> None:
    mediation = make_signed_mediation(room, tmp_path)
    clause = room.show(MEDIATION, mediation)["clauses"][0]["id"]
    with pytest.raises(RuleBroken, match="重新“开始人民调解”") as refused:
        room.change("agreement_clause", clause, {"content": "改过的一条"})
    assert (refused.value.code, codes_of(refused)) == ("REC-011", {"MED-060"})


def test_edited_clause_is_not_taken_back_after_the_signature(room: Office, tmp_path: Path) -> None:
    mediation = make_mediation(room)
    clause = room.show(MEDIATION, mediation)["clauses"][1]["id"]
    room.change("agreement_clause", clause, {"content": "赔偿水泵修理费，当面点清"})
    room.step(MEDIATION, mediation, "conclude", {"agreement_form": "2"})
    with pytest.raises(RuleBroken) as refused:
        undo(room, "agreement_clause", clause)
    assert codes_of(refused) == {"MED-060"}


def test_what_is_not_signed_may_still_change(room: Office, tmp_path: Path) -> None:
    mediation = make_signed_mediation(room, tmp_path)
    before = room.show(MEDIATION, mediation)
    kept = [{"id": one["id"], "content": one["content"]} for one in before["clauses"]]
    room.change(MEDIATION, mediation, {"archive_no": "卷一", "clauses": kept})
    room.change("party", parties_of(room, mediation)[0], {"phone": "12000000008"})
    room.add("mediation_session", {"people_mediation_id": mediation, "record_text": "履行前又谈了一次。"})
    room.step(MEDIATION, mediation, "perform_clause", {"clause_id": kept[0]["id"]})
    assert room.show(MEDIATION, mediation)["archive_no"] == "卷一"
    assert dispute_of(room, mediation)["state"] == "D8"


def test_parties_of_a_dispute_settled_without_signature_may_be_corrected(room: Office) -> None:
    dispute = make_dispute(room)
    room.step("dispute", dispute, "settle", {"settlement": "当面说开"})
    party = room.show("dispute", dispute)["parties"][0]["id"]
    room.change("party", party, {"name": "李宏"})
    assert room.show("party", party)["name"] == "李宏"


def test_signed_agreement_is_voided_with_its_reason_and_another_may_follow(
    room: Office, tmp_path: Path
) -> None:
    mediation = make_signed_mediation(room, tmp_path)
    dispute = dispute_of(room, mediation)
    with pytest.raises(RuleBroken):
        room.void(MEDIATION, mediation, " ")
    room.void(MEDIATION, mediation, "当事人登记错了，重新签订")
    shown = room.show(MEDIATION, mediation)
    assert (shown["is_void"], shown["agreement_no"]) == (True, "石桥人调字〔2026〕12号")  # noqa: RUF001
    assert len(room.list_ids("agreement_seal")) == 1
    room.change("party", dispute["parties"][0]["id"], {"name": "李宏"})
    room.step("dispute", dispute["id"], "open_mediation", {})
    assert room.show("dispute", dispute["id"])["state"] == "D4"


def test_open_mediation_is_terminated_before_it_is_voided(room: Office) -> None:
    mediation = make_mediation(room)
    with pytest.raises(RuleBroken) as refused:
        room.void(MEDIATION, mediation, "办错了")
    assert codes_of(refused) == {"MED-061"}
    room.step(MEDIATION, mediation, "terminate", ENDED)
    room.void(MEDIATION, mediation, "办错了")


def test_agreement_before_a_court_is_not_voided(room: Office, tmp_path: Path) -> None:
    mediation = make_signed_mediation(room, tmp_path)
    room.step(MEDIATION, mediation, "record_court_confirmation", {"outcome": "1"})
    with pytest.raises(RuleBroken) as refused:
        room.void(MEDIATION, mediation, "不要了")
    assert codes_of(refused) == {"MED-062"}


def test_mediation_never_moves_to_another_dispute(room: Office) -> None:
    mediation = make_mediation(room)
    with pytest.raises(RuleBroken) as refused:
        room.change(MEDIATION, mediation, {"dispute_id": make_dispute(room)})
    assert codes_of(refused) == {"MED-063"}


def test_dispute_is_not_voided_under_its_mediation(room: Office) -> None:
    mediation = make_mediation(room)
    with pytest.raises(RuleBroken) as refused:
        room.void("dispute", dispute_of(room, mediation)["id"], "重复登记")
    assert codes_of(refused) == {"MED-065"}
    lonely = make_dispute(room)
    room.void("dispute", lonely, "重复登记")
    assert room.show("dispute", lonely)["is_void"] is True


# -- a second run after an agreement -------------------------------------------------------------------------------


def test_new_run_after_an_agreement_leads_until_it_fails(room: Office, tmp_path: Path) -> None:
    mediation = make_signed_mediation(room, tmp_path)
    dispute = dispute_of(room, mediation)["id"]
    room.step("dispute", dispute, "open_mediation", {})
    second = next(one for one in room.list_ids(MEDIATION) if one != mediation)
    room.step(MEDIATION, mediation, "perform_clause", {})
    assert room.show("dispute", dispute)["state"] == "D4"
    room.step(MEDIATION, second, "terminate", ENDED)
    shown = room.show("dispute", dispute)
    assert (shown["state"], shown["result"]) == ("D10", "11")


def test_performance_leaves_a_case_with_the_police(room: Office, tmp_path: Path) -> None:
    mediation = make_signed_mediation(room, tmp_path)
    dispute = dispute_of(room, mediation)["id"]
    room.step("dispute", dispute, "transfer_to_case", {"end_reason": "又动手伤人，移交办案民警"})
    room.step(MEDIATION, mediation, "perform_clause", {})
    assert room.show("dispute", dispute)["state"] == "Dk"


# -- concluding ----------------------------------------------------------------------------------------------------


def test_conclude_on_a_dispute_without_mediation_says_what_to_do_first(room: Office) -> None:
    dispute = make_dispute(room)
    with pytest.raises(RuleBroken, match="请先“开始人民调解”"):
        room.step("dispute", dispute, "conclude", {})
    assert "conclude" not in {step.name for step in room.steps_now("dispute", dispute)}


def test_conclude_on_a_dispute_concludes_its_open_mediation(room: Office) -> None:
    mediation = make_mediation(room)
    dispute = dispute_of(room, mediation)["id"]
    assert "conclude" in {step.name for step in room.steps_now("dispute", dispute)}
    room.step("dispute", dispute, "conclude", {"concluded_on": "2026-03-05", "agreement_form": "2"})
    assert room.show(MEDIATION, mediation)["state"] == "in_effect"
    assert room.show("dispute", dispute)["state"] == "D7"


def test_conclude_on_a_dispute_tells_what_the_agreement_lacks(room: Office) -> None:
    dispute = make_dispute(room)
    room.add(MEDIATION, {"dispute_id": dispute, "committee_name": COMMITTEE})
    with pytest.raises(RuleBroken, match="MED-010"):
        room.step("dispute", dispute, "conclude", {"agreement_form": "1"})


def test_written_agreement_that_waits_may_become_an_oral_one(room: Office) -> None:
    mediation = make_mediation(room)
    room.step(MEDIATION, mediation, "conclude", {})
    room.change(MEDIATION, mediation, {"agreement_form": "2"})
    with pytest.raises(RuleBroken, match="MED-066"):
        room.step(MEDIATION, mediation, "mark_signed", SIGNED)
    room.step(MEDIATION, mediation, "conclude", {})
    assert room.show(MEDIATION, mediation)["state"] == "in_effect"


def test_performance_without_a_clause_is_that_of_all_that_wait(room: Office, tmp_path: Path) -> None:
    mediation = make_signed_mediation(room, tmp_path)
    first = room.show(MEDIATION, mediation)["clauses"][0]["id"]
    room.step(MEDIATION, mediation, "perform_clause", {"clause_id": first, "evidence": "现场查看"})
    room.step(MEDIATION, mediation, "perform_clause", {"evidence": "收条1张"})
    shown = room.show(MEDIATION, mediation)
    assert [one["evidence"] for one in shown["clauses"]] == ["现场查看", "收条1张"]
    assert shown["state"] == "performed"


def test_odd_credit_code_of_a_party_is_told_and_saved(room: Office) -> None:
    shop = {"party_type": "2", "organisation_name": "石桥村合作社", "uscc": "91649901MA00000001"}
    dispute = room.add(
        "dispute",
        {
            "title": "甲与合作社纠纷",
            "source": "01",
            "dispute_type": "0703",
            "parties": [{"name": "李宏"}, shop],
        },
    )
    assert [warning.field for warning in dispute.warnings] == ["uscc"]
