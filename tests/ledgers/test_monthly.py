"""The month's report of a real room: equal to a count by hand, and every number leads to its rows."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from desktop.base.errors import RuleBroken
from desktop.base.settings import Settings
from desktop.ledgers import rules, store
from desktop.ledgers.actions import build_monthly
from desktop.ledgers.pdf import report_sheet
from desktop.patrol import roster
from desktop.staff.office import Office
from tests.helpers.clock import FixedClock
from tests.helpers.factories.hazards import make_hazard
from tests.helpers.factories.mediation import make_dispute, make_signed_mediation
from tests.helpers.factories.orders import make_order
from tests.helpers.factories.patrol import make_patrol, make_people, make_shift
from tests.helpers.factories.places import make_household, make_premises, make_staff_member
from tests.helpers.factories.visits import make_request, make_visit

MARCH = (date(2026, 3, 1), date(2026, 3, 31))


@pytest.fixture
def april(clock: FixedClock) -> None:
    """It is 10 April, so that March is over."""
    clock.move(timedelta(days=36))


def report_of(room: Office, first: date = MARCH[0], last: date = MARCH[1]) -> Mapping[str, Any]:
    return room.report("monthly", room.ledger_facts(first, last))


def ids_behind(room: Office, key: str) -> tuple[str, list[str]]:
    with room.reading() as session:
        return store.rows_behind(session, room.registry, key, room.ledger_facts(*MARCH))


def figure(report: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = next(
        one for section in report["sections"] for one in section["figures"] if one["key"] == key
    )
    return found


def rate_of(report: Mapping[str, Any], rate_id: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = next(one for one in report["rates"] if one["id"] == rate_id)
    return found


def make_clause(content: str, manner: str, due_on: str) -> dict[str, Any]:
    payment = {"amount_fen": 5000, "payer": "买买提·艾力", "payee": "李𬭎"}
    return {"content": content, "performance_manner": manner, "due_on": due_on} | payment


def test_report_of_an_empty_room_shows_zeros_and_dashes(room: Office, april: None) -> None:
    report = report_of(room)
    assert set(report["counts"].values()) == {0}
    assert {one["value"] for one in report["rates"]} == {"—"}
    assert len(report["counts"]) == len(rules.FIGURES)
    json.dumps(report)


@pytest.mark.parametrize("seed", [1, 2])
def test_report_equals_a_count_by_hand(room: Office, april: None, seed: int) -> None:
    choose = random.Random(seed)
    staff = make_staff_member(room)
    households = [make_household(room) for _number in range(3)]
    shops = [make_premises(room) for _number in range(2)]
    expected = dict.fromkeys(rules.BY_KEY, 0)
    reached: set[str] = set()
    for _number in range(14):
        day = date(2026, 2, 25) + timedelta(days=choose.randrange(40))
        is_march, result = day.month == 3, choose.choice("1123")
        place = choose.choice([*households, *shops])
        field = "household_id" if place in households else "premises_id"
        make_visit(room, staff_ids=[staff], visited_on=day.isoformat(), result=result, **{field: place})
        expected["visits.met"] += is_march and result == "1"
        expected["visits.not_met"] += is_march and result == "2"
        if is_march and result == "1":
            reached.add(place)
    expected["visits.households"] = len(reached & set(households))
    expected["visits.premises"] = len(reached & set(shops))
    for _number in range(10):
        day = date(2026, 2, 25) + timedelta(days=choose.randrange(40))
        volunteers, points, helped = (choose.randrange(4) + 1, choose.randrange(6), choose.randrange(3))
        findings = [{"finding_class": "03", "description": "路灯坏"}] * choose.randrange(3)
        make_patrol(
            room,
            day.isoformat(),
            start_time="23:00",
            end_time="01:30",
            leader_id=staff,
            volunteers_count=volunteers,
            points_count=points,
            helped_count=helped,
            findings=findings,
        )
        if day.month == 3:
            expected["patrols.count"] += 1
            expected["patrols.people"] += volunteers + 1
            expected["patrols.length_minutes"] += 150
            expected["patrols.points"] += points
            expected["patrols.helped"] += helped
            expected["patrols.findings"] += len(findings)
    for _number in range(6):
        day = date(2026, 2, 25) + timedelta(days=choose.randrange(40))
        people, amount = choose.randrange(1, 5), choose.randrange(100_000)
        dispute = make_dispute(room, found_on=day.isoformat(), people_count=people, amount_fen=amount)
        expected["disputes.found"] += day.month == 3
        expected["disputes.open"] += day <= MARCH[1]
        if day.month == 3:
            room.step("dispute", dispute, "accept", {"accepted_on": day.isoformat()})
            expected["disputes.accepted"] += 1
            expected["disputes.people"] += people
            expected["disputes.amount_fen"] += amount
    for _number in range(5):
        day = date(2026, 2, 25) + timedelta(days=choose.randrange(40))
        make_hazard(room, found_on=day.isoformat())
        make_request(room, raised_on=day.isoformat())
        expected["hazards.found"] += day.month == 3
        expected["visits.requests"] += day.month == 3

    assert report_of(room)["counts"] == expected


def test_void_and_replaced_rows_are_not_counted(room: Office, april: None) -> None:
    visit = make_visit(room, visited_on="2026-03-03")
    room.change("visit", visit, {"opinions": "希望修路"}, reason="漏写")
    void = make_visit(room, visited_on="2026-03-04")
    room.void("visit", void, "重复登记")

    assert report_of(room)["counts"]["visits.met"] == 1


def test_a_patrol_over_midnight_counts_in_march(room: Office, april: None) -> None:
    make_patrol(room, "2026-03-31", start_time="23:00", end_time="02:00")

    assert report_of(room)["counts"]["patrols.length_minutes"] == 180
    assert report_of(room, date(2026, 4, 1), date(2026, 4, 30))["counts"]["patrols.count"] == 0


def test_a_running_month_is_marked_and_compared_with_the_same_days(room: Office) -> None:
    make_visit(room, visited_on="2026-02-04")
    make_visit(room, visited_on="2026-02-06")
    make_visit(room, visited_on="2026-03-02")

    report = report_of(room)
    met = figure(report, "visits.met")

    assert (report["is_partial"], report["to"]) == (True, "2026-03-05")
    assert (met["value"], met["previous"], met["month_on_month"], met["year_on_year"]) == (
        1,
        1,
        "持平",
        "新增",
    )
    assert report_sheet(report, room.ledger_facts(*MARCH)).title.endswith("（预报）")


def test_report_runs_from_cut_to_cut_when_the_county_says_so(room: Office, april: None) -> None:
    room.settings = Settings(room.home, county={"statistics_cut_day": 25})
    inside = make_visit(room, visited_on="2026-02-26")
    make_visit(room, visited_on="2026-03-26")

    report = report_of(room)

    assert (report["period"], report["from"], report["to"]) == (
        "2026年3月（2月26日至3月25日）",
        "2026-02-26",
        "2026-03-25",
    )
    assert report["compared_with"]["previous"] == {"from": "2026-01-26", "to": "2026-02-25"}
    assert report["counts"]["visits.met"] == 1
    assert ids_behind(room, "visits.met") == ("visit", [inside])


def test_rates_say_what_they_were_made_of(room: Office, tmp_path: Path) -> None:
    mediation = make_signed_mediation(room, tmp_path)
    make_dispute(room)
    party = room.show("dispute", room.show("people_mediation", mediation)["dispute_id"])["parties"][0]["id"]
    room.step(
        "people_mediation",
        mediation,
        "record_follow_up",
        {"party_id": party, "mode": "1", "satisfaction": "4"},
    )

    report = report_of(room)

    success, content = rate_of(report, "R1a"), rate_of(report, "R5")
    assert (success["numerator"], success["denominator"], success["value"]) == (1, 1, "100.0 %")
    assert (content["numerator"], content["denominator"], content["version"]) == (1, 1, 1)
    assert report["counts"]["people_mediation.written"] == 1
    notes = report_sheet(report, room.ledger_facts(*MARCH)).footnotes
    assert notes[0] == "R1a（第1版）调解成功率（受理口径）＝本期化解成功数÷本期受理数；本期1/1。"


def test_performance_is_judged_when_the_term_is_over(room: Office, tmp_path: Path, clock: FixedClock) -> None:
    clauses = [make_clause("赔偿水泵修理费", "2", "2026-03-20")]
    mediation = make_signed_mediation(room, tmp_path, clauses=clauses)
    clock.move(timedelta(days=36))

    before = rate_of(report_of(room), "R3")
    clause = room.show("people_mediation", mediation)["clauses"][0]["id"]
    room.step(
        "people_mediation",
        mediation,
        "perform_clause",
        {"clause_id": clause, "performance": "2", "performed_on": "2026-03-19"},
    )
    after = rate_of(report_of(room), "R3")

    assert (before["numerator"], before["denominator"]) == (0, 1)
    assert (after["numerator"], after["denominator"], after["value"]) == (1, 1, "100.0 %")


def test_follow_ups_that_are_due_count_by_party_and_in_time(
    room: Office, tmp_path: Path, clock: FixedClock
) -> None:
    clauses = [make_clause("付清欠款第一期", "3", "2026-03-09")]
    mediation = make_signed_mediation(room, tmp_path, clauses=clauses)
    clock.move(timedelta(days=5))
    parties = room.show("dispute", room.show("people_mediation", mediation)["dispute_id"])["parties"]
    room.step("people_mediation", mediation, "record_follow_up", {"party_id": parties[0]["id"], "mode": "1"})
    clock.move(timedelta(days=31))
    room.step("people_mediation", mediation, "record_follow_up", {"party_id": parties[1]["id"], "mode": "2"})

    call_backs = rate_of(report_of(room), "R4")

    assert (call_backs["numerator"], call_backs["denominator"], call_backs["value"]) == (1, 2, "50.0 %")


def test_attendance_counts_published_shifts(room: Office, april: None) -> None:
    first, second = make_people(room, 2)
    shift = make_shift(room, first, duty_lead_id=first)
    make_shift(room, second, duty_lead_id=first)
    make_shift(room, second, "2026-04-20", duty_lead_id=first)
    with room.working() as work:
        roster.publish_month(work, 2026, 3)
    make_shift(room, second, "2026-03-06", duty_lead_id=first)
    room.step("shift", shift, "sign_in", {"arrived_at": "2026-03-05T12:00:00Z"})

    present = rate_of(report_of(room), "R10")

    assert (present["numerator"], present["denominator"]) == (1, 2)


def test_disputes_are_split_by_type_level_and_source_without_losing_one(room: Office, april: None) -> None:
    make_dispute(room, dispute_type="0703", found_on="2026-03-02")
    make_dispute(room, dispute_type="0201", found_on="2026-03-02", source="02")

    report = report_of(room)

    for split in report["groups"]:
        place = [column["key"] for column in split["columns"]].index("disputes.open")
        assert sum(row["values"][place] for row in split["rows"]) == split["totals"][place] == 2
    by_type = {row["label"]: row["values"][3] for row in report["groups"][0]["rows"] if row["values"][3]}
    assert by_type == {"邻里": 1, "山林土地": 1}
    assert ("未填", 2) in [(row["label"], row["values"][3]) for row in report["groups"][1]["rows"]]


def test_every_number_leads_to_its_rows(room: Office, april: None) -> None:
    household = make_household(room)
    visits = [make_visit(room, visited_on=f"2026-03-0{day}", household_id=household) for day in (2, 4)]
    dispute = make_dispute(room, dispute_type="0703", found_on="2026-03-02")

    assert ids_behind(room, "visits.households") == ("visit", visits)
    assert ids_behind(room, "disputes.open.type.07") == ("dispute", [dispute])
    assert ids_behind(room, "disputes.open.level.-") == ("dispute", [dispute])
    assert ids_behind(room, "disputes.open.type.02") == ("dispute", [])


def test_an_unknown_number_is_refused(room: Office) -> None:
    with pytest.raises(RuleBroken, match="LED-004"):
        ids_behind(room, "visits.sheep")


def test_report_sheet_has_a_row_for_every_figure_split_and_rate(room: Office, april: None) -> None:
    report = report_of(room)
    sheet = report_sheet(report, room.ledger_facts(*MARCH))
    lines = len(rules.FIGURES) + sum(len(split["rows"]) for split in report["groups"]) + len(rules.RATES)
    assert (len(sheet.rows), sheet.period, sheet.title) == (
        lines,
        "2026年3月",
        "青石乡派出所石桥村警务室基础工作月报",
    )
    assert {len(row) for row in sheet.rows} == {len(sheet.columns)}


def test_report_of_another_room_counts_nothing_of_ours(room: Office, april: None) -> None:
    make_visit(room, visited_on="2026-03-03")
    facts = room.ledger_facts(*MARCH, scopes=("r:649901100299",))
    with room.reading() as session:
        assert build_monthly(session, room.registry, facts)["counts"]["visits.met"] == 0


def test_orders_count_signing_finishing_and_returns_and_lead_to_their_rows(
    room: Office, clock: FixedClock
) -> None:
    good = make_order(room, title="一号")
    late = make_order(room, title="二号", urgency="1", due_on="2026-03-06")
    withdrawn = make_order(room, title="三号")
    silent = make_order(room, title="四号")
    room.step("work_order", withdrawn, "withdraw", {"words": "不用办了"})
    room.step("work_order", good, "sign", {})
    clock.move(timedelta(hours=1))
    room.step("work_order", late, "sign", {})
    clock.move(timedelta(days=2))
    for order in (good, late):
        room.step("work_order", order, "feed_back", {"words": "好了"})
    room.step("work_order", late, "send_back", {"words": "没好"})
    room.step("work_order", good, "verify", {})
    clock.move(timedelta(days=40))
    report = report_of(room)
    counts = {key: value for key, value in report["counts"].items() if key.startswith("orders.")}
    assert counts == {
        "orders.issued": 4,
        "orders.to_sign": 3,
        "orders.signed": 1,
        "orders.due": 3,
        "orders.done": 1,
        "orders.fed_back": 2,
        "orders.sent_back": 1,
    }
    assert [rate_of(report, one)["value"] for one in ("R11", "R8", "R12")] == ["33.3 %", "33.3 %", "50.0 %"]
    assert ids_behind(room, "orders.done") == ("work_order", [good])
    assert set(ids_behind(room, "orders.to_sign")[1]) == {good, late, silent}
