"""What holds whichever way a record comes in, and what a signature holds for ever."""

from __future__ import annotations

from pathlib import Path

import pytest

from desktop.base.errors import RuleBroken
from desktop.staff.office import Office
from desktop.staff.undo import undo_last
from tests.helpers.factories.mediation import make_dispute, make_signed_mediation


def test_mediation_entered_directly_opens_as_the_step_would(room: Office) -> None:
    dispute = make_dispute(room)
    mediator = room.add("staff_member", {"name": "单雄信", "role": "mediator"})
    saved = room.add(
        "people_mediation",
        {
            "dispute_id": dispute,
            "committee_name": "河东村人民调解委员会",
            "case_source": "1",
            "mediator_ids": [mediator.id],
            "clauses": [{"content": "乙方三日内修好水渠", "performance_manner": "2", "due_on": "2026-03-20"}],
        },
    )
    shown = room.show("people_mediation", saved.id)
    assert shown["origin"] == {"kind": "dispute", "id": dispute}
    assert shown["due_on"] is not None
    assert len(shown["clauses"]) == 1
    assert room.show("dispute", dispute)["state"] == "D4"


def test_second_open_mediation_on_one_dispute_is_refused(room: Office) -> None:
    dispute = make_dispute(room)
    raw = {"dispute_id": dispute, "committee_name": "河东村人民调解委员会", "case_source": "1"}
    room.add("people_mediation", raw)
    with pytest.raises(RuleBroken) as caught:
        room.add("people_mediation", raw)
    assert caught.value.code == "MED-047"


def test_signed_agreement_refuses_every_edit_of_its_words(room: Office, tmp_path: Path) -> None:
    mediation = make_signed_mediation(room, tmp_path)
    before = room.show("people_mediation", mediation)
    clause = before["clauses"][0]
    dispute = room.show("dispute", before["dispute_id"])
    attempts = [
        lambda: room.change("people_mediation", mediation, {"dispute_facts": "另一种说法"}),
        lambda: room.change("people_mediation", mediation, {"clauses": []}),
        lambda: room.change(
            "people_mediation", mediation, {"clauses": [{"id": clause["id"], "content": "改过的一条"}]}
        ),
        lambda: room.change("agreement_clause", clause["id"], {"content": "改过的一条"}),
        lambda: room.void("agreement_clause", clause["id"], "不要了"),
        lambda: room.add("agreement_clause", {"people_mediation_id": mediation, "content": "添一条"}),
        lambda: room.change("party", dispute["parties"][0]["id"], {"name": "换个人"}),
        lambda: undo(room, "people_mediation", mediation),
    ]
    for attempt in attempts:
        with pytest.raises(RuleBroken):
            attempt()
    assert room.show("people_mediation", mediation) == before


def test_same_values_are_no_edit_of_a_signed_agreement(room: Office, tmp_path: Path) -> None:
    mediation = make_signed_mediation(room, tmp_path)
    before = room.show("people_mediation", mediation)
    kept = [{"id": one["id"], "content": one["content"]} for one in before["clauses"]]
    room.change("people_mediation", mediation, {"archive_no": "卷一", "clauses": kept})
    assert room.show("people_mediation", mediation)["clauses"] == before["clauses"]


def undo(room: Office, kind: str, record_id: str) -> None:
    with room.working() as work:
        undo_last(work, kind, record_id)


def test_conclude_on_a_dispute_without_mediation_says_what_to_do_first(room: Office) -> None:
    dispute = make_dispute(room)
    with pytest.raises(RuleBroken):
        room.step("dispute", dispute, "conclude", {})
