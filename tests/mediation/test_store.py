from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from desktop.base.settings import Settings
from desktop.mediation.store import (
    Period,
    find_clauses,
    find_dispute_rows,
    find_follow_up_rows,
    find_mediation_rows,
    find_parties,
)
from desktop.staff.office import Office
from tests.helpers.factories.mediation import (
    CLAUSES,
    MINOR,
    PARTIES,
    make_dispute,
    make_mediation,
    make_signed_mediation,
)

MARCH = Period(date(2026, 3, 1), date(2026, 3, 31))
MEDIATION = "people_mediation"


def parties_of(room: Office, mediation_id: str) -> list[str]:
    with room.reading() as session:
        dispute_id = room.show(MEDIATION, mediation_id)["dispute_id"]
        return [party.id for party in find_parties(session, dispute_id)]


def test_dispute_row_tells_agreement_performance_and_follow_up(room: Office, tmp_path: Path) -> None:
    mediation_id = make_signed_mediation(room, tmp_path)
    first = parties_of(room, mediation_id)[0]
    room.step(
        MEDIATION, mediation_id, "record_follow_up", {"party_id": first, "mode": "2", "satisfaction": "3"}
    )
    with room.reading() as session:
        [row] = find_dispute_rows(session, room.registry, MARCH, date(2026, 3, 31))
        assert row.party_names == ("李𬭎", "买买提·艾力")
        assert (row.state, row.result, row.performance) == ("D7", "11", "4")
        assert (row.followed_up_on, row.satisfaction) == (date(2026, 3, 5), "3")
        assert row.agreement_no == "石桥人调字〔2026〕12号"  # noqa: RUF001
        [late] = find_dispute_rows(session, room.registry, MARCH, date(2026, 4, 6))
        assert (late.state, late.performance) == ("D9x", "5")


def test_rows_outside_the_period_or_scope_are_left_out(room: Office) -> None:
    make_dispute(room)
    with room.reading() as session:
        assert (
            find_dispute_rows(
                session, room.registry, Period(date(2026, 3, 6), date(2026, 3, 31)), date(2026, 3, 6)
            )
            == []
        )
        elsewhere = Period(MARCH.day_from, MARCH.day_to, ("r:999",))
        assert find_dispute_rows(session, room.registry, elsewhere, date(2026, 3, 6)) == []


def test_lists_show_only_surnames_when_a_minor_is_involved(room: Office) -> None:
    make_dispute(room, parties=[*PARTIES, MINOR])
    with room.reading() as session:
        [row] = find_dispute_rows(session, room.registry, MARCH, date(2026, 3, 31))
    assert row.party_names == ("李某某", "买某某", "赵某某")


def test_void_dispute_keeps_its_line(room: Office) -> None:
    dispute_id = make_dispute(room)
    room.void("dispute", dispute_id, "重复登记")
    with room.reading() as session:
        [row] = find_dispute_rows(session, room.registry, MARCH, date(2026, 3, 31))
    assert row.is_void


def test_mediation_row_counts_sessions_and_money(room: Office) -> None:
    mediation_id = make_mediation(room)
    room.step(MEDIATION, mediation_id, "record_session", {"record_text": "第二次。"})
    with room.reading() as session:
        [row] = find_mediation_rows(session, room.registry, MARCH, date(2026, 3, 31))
    assert (row.session_count, row.amount_fen, row.mediator_names) == (2, 120050, ("周慧兰",))
    assert (row.dispute_type, row.performance) == ("0703", "")


def test_follow_up_rows_count_rounds_for_each_party(room: Office, tmp_path: Path, clock: Any) -> None:
    mediation_id = make_signed_mediation(room, tmp_path)
    first, second = parties_of(room, mediation_id)
    for party_id in (first, second, first):
        clock.move(timedelta(days=1))
        room.step(MEDIATION, mediation_id, "record_follow_up", {"party_id": party_id, "mode": "1"})
    with room.reading() as session:
        rows = find_follow_up_rows(session, room.registry, MARCH)
    assert [(row.party_name, row.round_no) for row in rows] == [("李𬭎", 1), ("买买提·艾力", 1), ("李𬭎", 2)]


def board(room: Office, label: str) -> list[tuple[date | None, str]]:
    return [(item.due_on, item.section) for item in room.board() if item.label.startswith(f"{label}：")]


def test_board_tells_clauses_follow_ups_and_the_court_window(
    room: Office, tmp_path: Path, clock: Any
) -> None:
    clause = CLAUSES[1] | {"performance_manner": "3"}
    make_signed_mediation(room, tmp_path, clauses=[clause])
    assert board(room, "协议履行到期") == []
    clock.move(timedelta(days=30))
    assert board(room, "协议履行到期") == [(date(2026, 4, 5), "plain")]
    assert board(room, "回访到期") == [(date(2026, 4, 6), "plain")]
    assert board(room, "司法确认申请将截止") == [(date(2026, 4, 7), "plain")]
    clock.move(timedelta(days=4))
    assert board(room, "协议履行到期") == [(date(2026, 4, 5), "overdue")]
    assert board(room, "回访到期") == [(date(2026, 4, 6), "overdue")]
    assert board(room, "司法确认申请将截止") == []


def test_board_tells_terms_and_signatures_that_wait(room: Office, clock: Any) -> None:
    dispute_id = make_dispute(room)
    room.step("dispute", dispute_id, "accept", {})
    room.step("dispute", dispute_id, "grade", {"level": "1"})
    assert board(room, "纠纷化解到期") == [(date(2026, 3, 6), "plain")]
    mediation_id = make_mediation(room)
    clock.move(timedelta(days=30))
    assert board(room, "调解到期") == [(date(2026, 4, 4), "due")]
    room.step(MEDIATION, mediation_id, "conclude", {"concluded_on": "2026-03-05"})
    assert board(room, "协议待签字") == [(None, "plain")]
    assert board(room, "调解到期") == []


def test_clauses_stand_in_the_order_of_their_numbers(room: Office) -> None:
    clauses = [
        {"content": "第二条", "order_no": 2},
        {"content": "无号"},
        {"content": "第一条", "order_no": 1},
    ]
    mediation_id = make_mediation(room, clauses=clauses)
    with room.reading() as session:
        run = session.get_one(room.registry.kind(MEDIATION).table, (room.place.scope, mediation_id))
        assert [row.content for row in find_clauses(session, run)] == ["第一条", "第二条", "无号"]  # type: ignore[arg-type]


def test_board_tells_what_nobody_took_up_and_what_failed(room: Office) -> None:
    mediation_id = make_mediation(room)
    make_dispute(room)
    assert board(room, "纠纷还没有受理") == [(None, "plain")]
    told = {"termination_reason": "2", "ways_told": "可以向人民法院起诉"}
    room.step(MEDIATION, mediation_id, "terminate", told)
    assert board(room, "调解不成，请结案或另想办法") == [(None, "plain")]


def test_board_goes_by_the_countys_days(
    room: Office, tmp_path: Path, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    clause = {"content": "当面道歉", "performance_manner": "1"}
    make_signed_mediation(room, tmp_path, clauses=[clause])
    monkeypatch.setattr(
        room,
        "settings",
        Settings(room.home, county={"follow_up_written_days": 2, "level_1_deadline_days": 3}),
    )
    assert board(room, "回访到期") == [(date(2026, 3, 7), "plain")]
    graded = make_dispute(room, level="1")
    assert room.show("dispute", graded)["due_on"] == "2026-03-08"
    clock.move(timedelta(days=3))
    assert board(room, "纠纷化解到期") == [(date(2026, 3, 8), "due")]


def test_board_tells_when_a_matter_can_be_closed(room: Office, clock: Any) -> None:
    mediation_id = make_mediation(room)
    room.step(MEDIATION, mediation_id, "conclude", {"agreement_form": "2"})
    room.step(MEDIATION, mediation_id, "perform_clause", {})
    clock.move(timedelta(days=7))
    assert board(room, "回访到期") == [(date(2026, 3, 12), "due")]
    for party_id in parties_of(room, mediation_id):
        room.step(MEDIATION, mediation_id, "record_follow_up", {"party_id": party_id, "mode": "2"})
    assert board(room, "回访到期") == []
    assert board(room, "已履行并回访，可以结案") == [(None, "plain")]
