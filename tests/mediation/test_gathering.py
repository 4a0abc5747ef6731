from __future__ import annotations

from pathlib import Path

import pytest

from desktop.base.errors import RuleBroken
from desktop.base.paths import resource
from desktop.printing.preview import page_count, page_text
from desktop.staff.office import Office
from tests.helpers.factories.mediation import (
    SIGNED,
    attach_scan,
    make_dispute,
    make_mediation,
    make_signed_mediation,
)

MEDIATION = "people_mediation"
NO_WAIT = (
    "mediation_application",
    "mediation_acceptance",
    "rights_notice",
    "mediation_minutes",
    "case_file_cover",
    "case_file_contents",
    "case_file_note",
)


def words_of(pdf: bytes) -> str:
    pages = (page_text(pdf, page) for page in range(1, page_count(pdf) + 1))
    return "".join(pages).replace("\n", "").replace("\r", "")


def test_papers_of_a_running_mediation_name_parties_and_committee(room: Office) -> None:
    mediation_id = make_mediation(room)
    for name in NO_WAIT:
        text = words_of(room.paper(name, mediation_id))
        assert "李𬭎" in text or name in {"case_file_contents", "case_file_note"}, name
    contents = words_of(room.paper("case_file_contents", mediation_id))
    assert "人民调解受理登记表" in contents
    assert contents.count("人民调解记录") == 1
    assert "人民调解协议书" not in contents


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("people_mediation_agreement", "MED-010"),
        ("oral_agreement_register", "MED-070"),
        ("termination_notice", "MED-071"),
        ("court_confirmation_application", "MED-072"),
    ],
)
def test_paper_is_refused_before_its_time(room: Office, name: str, code: str) -> None:
    mediation_id = make_mediation(room)
    with pytest.raises(RuleBroken, match=code):
        room.paper(name, mediation_id)
    assert room.list_ids("printed_paper") == []


def test_a_signed_agreement_prints_on_the_form_on_which_it_was_signed(room: Office, tmp_path: Path) -> None:
    mediation_id = make_signed_mediation(room, tmp_path)
    before = room.paper("people_mediation_agreement", mediation_id)
    own = room.home / "forms"
    own.mkdir()
    text = (resource("forms") / "people_mediation_agreement.toml").read_text(encoding="utf-8")
    changed = text.replace("version = 1", "version = 2").replace("争议事项", "争执的事")
    (own / "people_mediation_agreement.toml").write_text(changed, encoding="utf-8")
    assert room.paper("people_mediation_agreement", mediation_id) == before
    (form, *_rest) = [one for one in room.forms()[0] if one["name"] == "people_mediation_agreement"]
    assert (form["version"], form["is_county"]) == (2, True)


def test_a_faulty_form_of_the_county_stops_its_paper_and_no_other(room: Office) -> None:
    mediation_id = make_mediation(room)
    own = room.home / "forms"
    own.mkdir()
    (own / "rights_notice.toml").write_text('name = "rights_notice"\n', encoding="utf-8")
    with pytest.raises(RuleBroken, match="PRN-030"):
        room.paper("rights_notice", mediation_id)
    assert room.list_ids("printed_paper") == []
    assert room.paper("mediation_acceptance", mediation_id)


def test_an_agreement_printed_on_another_form_is_not_signed(room: Office, tmp_path: Path) -> None:
    mediation_id = make_mediation(room)
    room.step(MEDIATION, mediation_id, "conclude", {})
    room.paper("people_mediation_agreement", mediation_id)
    own = room.home / "forms"
    own.mkdir()
    text = (resource("forms") / "people_mediation_agreement.toml").read_text(encoding="utf-8")
    (own / "people_mediation_agreement.toml").write_text(
        text.replace("version = 1", "version = 2"), encoding="utf-8"
    )
    attach_scan(room, mediation_id, tmp_path)
    with pytest.raises(RuleBroken, match="MED-023"):
        room.step(MEDIATION, mediation_id, "mark_signed", SIGNED)


def test_an_oral_agreement_keeps_its_register(room: Office) -> None:
    mediation_id = make_mediation(room)
    room.step(MEDIATION, mediation_id, "conclude", {"agreement_form": "2"})
    text = words_of(room.paper("oral_agreement_register", mediation_id))
    assert "口头调解协议自各方当事人达成协议之日起生效" in text
    with pytest.raises(RuleBroken, match="MED-018"):
        room.paper("people_mediation_agreement", mediation_id)


def test_minutes_and_inquiries_are_papers_of_their_own(room: Office) -> None:
    mediation_id = make_mediation(room)
    inquiry = {
        "people_mediation_id": mediation_id,
        "name": "马占山",
        "relation": "邻居",
        "record_text": "问：看到了吗？答：看到了。",
    }
    inquiry_id = room.add("investigation", inquiry).id
    assert "看到了。" in words_of(room.paper("investigation_record", inquiry_id))
    (session_id,) = room.list_ids("mediation_session")
    text = words_of(room.paper("mediation_session_record", session_id))
    assert "第一次" in text
    assert "双方陈述，查明事实，商定办法。" in text


def test_papers_of_a_dispute(room: Office) -> None:
    dispute_id = make_dispute(room)
    for name in ("dispute_register_form", "diversion_notice", "mediation_referral_letter"):
        assert "李𬭎" in words_of(room.paper(name, dispute_id)), name
    with pytest.raises(RuleBroken, match="MED-074"):
        room.paper("escalation_slip", dispute_id)
    violent = make_dispute(room, is_domestic_violence_suspected=True)
    with pytest.raises(RuleBroken, match="MED-001"):
        room.paper("mediation_referral_letter", violent)


def test_a_void_record_prints_nothing_any_more(room: Office) -> None:
    dispute_id = make_dispute(room)
    room.void("dispute", dispute_id, "登记错了")
    with pytest.raises(RuleBroken, match="PRN-011"):
        room.paper("dispute_register_form", dispute_id)
