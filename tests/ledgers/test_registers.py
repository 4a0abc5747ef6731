"""Registers of a real room: every line in its place, void ones marked, sums right."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from desktop.ledgers.actions import LEDGERS
from desktop.ledgers.xlsx import write_ledger_xlsx
from desktop.patrol import roster
from desktop.printing.sheets import LedgerSheet
from desktop.staff.office import Office
from tests.helpers.clock import FixedClock
from tests.helpers.factories.hazards import make_hazard
from tests.helpers.factories.mediation import MINOR, PARTIES, make_dispute, make_signed_mediation
from tests.helpers.factories.orders import make_order
from tests.helpers.factories.patrol import make_patrol, make_people, make_shift
from tests.helpers.factories.places import make_area, make_household, make_premises, make_staff_member
from tests.helpers.factories.visits import make_request, make_visit


def sheet_of(room: Office, name: str, first: str = "2026-03-01", last: str = "2026-03-31") -> LedgerSheet:
    facts = room.ledger_facts(date.fromisoformat(first), date.fromisoformat(last))
    sheet: LedgerSheet = room.ledger_sheet(name, facts)
    return sheet


def cells(sheet: LedgerSheet, row: int = 0) -> dict[str, str]:
    labels = [column.label for column in sheet.columns]
    return dict(zip(labels, sheet.rows[row], strict=True))


def totals(sheet: LedgerSheet) -> dict[str, str]:
    assert sheet.totals is not None
    return {column.label: value for column, value in zip(sheet.columns, sheet.totals, strict=True) if value}


@pytest.mark.parametrize("name", [ledger.name for ledger in LEDGERS])
def test_register_without_rows_is_a_zero_report(room: Office, name: str) -> None:
    sheet = sheet_of(room, name)
    assert (list(sheet.rows), sheet.totals, sheet.period) == ([], None, "2026年3月")
    assert sheet.title.startswith("青石乡派出所石桥村警务室")


@pytest.mark.parametrize("name", [ledger.name for ledger in LEDGERS])
def test_register_becomes_pdf_and_table(room: Office, name: str, tmp_path: Path) -> None:
    from desktop.base.xlsx import read_table
    from desktop.printing.fonts import Fonts
    from desktop.printing.ledger import render_ledger

    person = make_staff_member(room)
    make_visit(room, staff_ids=[person], requests=[{"request_class": "05", "content": "路灯坏了"}])
    make_signed_mediation(room, tmp_path)
    mediation_id = room.list_ids("people_mediation")[0]
    party_id = room.show("dispute", room.list_ids("dispute")[0])["parties"][0]["id"]
    room.step("people_mediation", mediation_id, "record_follow_up", {"party_id": party_id, "mode": "1"})
    make_hazard(room)
    make_shift(room, person)
    make_patrol(room)
    make_order(room)

    sheet = sheet_of(room, name)
    path = tmp_path / "台账 导出.xlsx"
    write_ledger_xlsx(sheet, path)

    assert render_ledger(sheet, Fonts.load(room.fonts_folder)).startswith(b"%PDF")
    assert len(sheet.rows) == 1
    table = read_table(path)
    assert table.header == tuple(column.label for column in sheet.columns)
    assert table.rows[0][0] == "1"


def test_visit_tells_whom_where_and_what_became_of_it(room: Office) -> None:
    area = make_area(room, name="石桥村一组")
    household = make_household(room, area_id=area, door_no="石桥村一组12号", head_name="欧阳石头")
    visit = make_visit(
        room,
        household_id=household,
        visited_on="2026-03-03",
        opinions="希望修路灯",
        requests=[{"request_class": "05", "content": "路灯坏了"}],
    )
    room.step("visit", visit, "raise_hazard", {"hazard_class": "03", "description": "电线裸露"})

    row = cells(sheet_of(room, "visits"))

    assert (row["日期"], row["村组"], row["户主/单位"], row["地址"]) == (
        "2026-03-03",
        "石桥村一组",
        "欧阳石头",
        "石桥村一组12号",
    )
    assert (row["走访人"], row["诉求数"], row["处理去向"], row["意见诉求"]) == (
        "马建国",
        "1",
        "登记隐患、转办",
        "希望修路灯",
    )


def test_visits_are_counted_with_their_requests_but_void_ones_are_not(room: Office) -> None:
    asked = [{"request_class": "05", "content": "路灯坏了"}, {"request_class": "01", "content": "办身份证"}]
    make_visit(room, visited_on="2026-03-02", requests=asked)
    void = make_visit(room, visited_on="2026-03-03", premises_id=make_premises(room), requests=asked[:1])
    room.void("visit", void, "登记错了单位")

    sheet = sheet_of(room, "visits")

    assert (cells(sheet, 1)["序号"], cells(sheet, 1)["备注"]) == ("2\n作废", "作废：登记错了单位")
    assert totals(sheet) == {"序号": "合计", "诉求数": "2"}
    assert sheet.footnotes == ("本期共1条；另有作废1条，编号保留，不计入合计。",)


def test_a_corrected_visit_stands_once_in_its_newest_version(room: Office) -> None:
    visit = make_visit(room, visited_on="2026-03-03", opinions="旧")
    room.change("visit", visit, {"opinions": "新"}, reason="听错了")

    sheet = sheet_of(room, "visits")

    assert [row["意见诉求"] for row in (cells(sheet, at) for at in range(len(sheet.rows)))] == ["新"]


def test_rows_outside_the_period_and_of_other_rooms_are_left_out(room: Office) -> None:
    make_visit(room, visited_on="2026-02-28")
    make_visit(room, visited_on="2026-03-01")
    facts = room.ledger_facts(date(2026, 3, 1), date(2026, 3, 31), scopes=("r:649901100299",))

    assert (len(sheet_of(room, "visits").rows), len(room.ledger_sheet("visits", facts).rows)) == (1, 0)


def test_request_tells_whether_it_is_late(room: Office, clock: FixedClock) -> None:
    request = make_request(room, raised_on="2026-03-02")
    person = make_staff_member(room)
    room.step("request", request, "assign", {"staff_id": person, "due_on": "2026-03-06"})

    assert cells(sheet_of(room, "requests"))["是否超期"] == "否"
    clock.move(timedelta(days=5))
    assert cells(sheet_of(room, "requests"))["是否超期"] == "是"


def test_dispute_shows_parties_amount_and_number_on_two_lines(room: Office) -> None:
    make_dispute(room, people_count=2, amount_fen=120050)

    sheet = sheet_of(room, "disputes")
    row = cells(sheet)

    assert (row["当事人"], row["涉及金额（元）"], row["状态"]) == ("李𬭎、买买提·艾力", "1,200.50", "已登记")
    assert row["编号"] == "649901100201-\nA-2026-D00001"
    assert totals(sheet) == {"序号": "合计", "涉及人数": "2", "涉及金额（元）": "1,200.50"}


def test_dispute_of_a_minor_shows_surnames_only(room: Office) -> None:
    make_dispute(room, parties=[*PARTIES, MINOR])

    assert "赵某某" in cells(sheet_of(room, "disputes"))["当事人"]
    assert "赵小宝" not in "".join(sheet_of(room, "disputes").rows[0])


def test_void_dispute_keeps_its_line_and_reason_and_leaves_the_sums(room: Office) -> None:
    dispute = make_dispute(room, people_count=2)
    make_dispute(room, people_count=3)
    room.void("dispute", dispute, "重复登记")

    sheet = sheet_of(room, "disputes")

    assert (cells(sheet)["备注"], totals(sheet)["涉及人数"]) == ("作废：重复登记", "3")


def test_people_mediation_shows_agreement_and_performance(room: Office, tmp_path: Path) -> None:
    make_signed_mediation(room, tmp_path)

    row = cells(sheet_of(room, "people_mediation"))

    assert (row["协议编号"], row["涉及金额（元）"], row["结果"], row["调解次数"]) == (
        "石桥人调字〔2026〕12号",  # noqa: RUF001 - as numbers are written
        "1,200.50",
        "成功-书面",
        "1",
    )


def test_shift_tells_hours_leader_and_how_the_person_came(room: Office) -> None:
    first, second = make_people(room, 2)
    shift = make_shift(
        room, first, "2026-03-04", start_time="23:00", end_time="02:00", duty_lead_id=second, place="村部"
    )
    make_shift(room, second, "2026-03-04", duty_lead_id=second)
    with room.working() as work:
        roster.publish_month(work, 2026, 3)
    room.step("shift", shift, "sign_in", {"arrived_at": "2026-03-04T15:20:00Z", "staff_id": second})
    room.step("shift", shift, "sign_out", {"left_at": "2026-03-04T18:00:00Z"})

    sheet = sheet_of(room, "shifts")
    rows = {row["班次"]: row for row in (cells(sheet, at) for at in range(2))}
    night = rows["23:00–02:00"]

    assert (night["日期"], night["星期"], night["人员"], night["带班领导"]) == (
        "2026-03-04",
        "三",
        "马占山",
        "李秀兰",
    )
    assert (night["到岗"], night["离岗"], night["出勤"], night["说明"]) == (
        "23:20",
        "02:00",
        "迟到",
        "替班：李秀兰",
    )
    assert rows["20:00–23:00"]["出勤"] == "未登记"


def test_patrol_counts_people_by_what_they_are(room: Office) -> None:
    officer = make_staff_member(room, name="赵钢", role="officer")
    first, second = make_people(room, 2)
    findings: list[dict[str, Any]] = [
        {"finding_class": "02", "description": "树倒在路上", "handling": "移开"}
    ]
    make_patrol(
        room,
        "2026-03-04",
        start_time="23:00",
        end_time="02:00",
        leader_id=officer,
        staff_ids=[officer, first, second],
        volunteers_count=4,
        findings=findings,
    )

    sheet = sheet_of(room, "patrols")
    row = cells(sheet)

    assert (row["起止"], row["人员数（民/辅/义务）"], row["异常数"], row["处置"]) == (
        "23:00–02:00",
        "1/2/4",
        "1",
        "道路障碍：树倒在路上。移开",
    )
    assert totals(sheet)["人员数（民/辅/义务）"] == "7人次"


def test_patrol_over_midnight_stands_in_the_month_it_began(room: Office, clock: FixedClock) -> None:
    clock.move(timedelta(days=40))
    make_patrol(room, "2026-03-31", start_time="23:00", end_time="02:00")

    assert len(sheet_of(room, "patrols").rows) == 1
    assert len(sheet_of(room, "patrols", "2026-04-01", "2026-04-30").rows) == 0


def test_table_holds_numbers_as_numbers_and_serials_whole(room: Office, tmp_path: Path) -> None:
    from desktop.base.xlsx import read_table

    make_dispute(room, people_count=2, amount_fen=120050)
    path = tmp_path / "纠纷.xlsx"
    write_ledger_xlsx(sheet_of(room, "disputes"), path)

    table = read_table(path)
    row = dict(zip(table.header, table.rows[0], strict=True))

    assert (row["编号"], row["涉及金额（元）"], row["涉及人数"]) == (
        "649901100201-A-2026-D00001",
        1200.5,
        "2",
    )


def test_notice_shows_surnames_and_no_free_words(room: Office) -> None:
    from desktop.ledgers.actions import notice_sheet

    household = make_household(room, head_name="欧阳石头", door_no="石桥村一组12号")
    make_visit(room, household_id=household, visited_on="2026-03-03", opinions="电话12000000009")
    make_visit(room, premises_id=make_premises(room, name="石桥小卖部"), visited_on="2026-03-04")
    void = make_visit(room, visited_on="2026-03-05")
    room.void("visit", void, "重了")

    sheet = notice_sheet(room, "visits", room.ledger_facts(date(2026, 3, 1), date(2026, 3, 31)))

    told = str(sheet.rows)
    assert [cells(sheet, row)["户主/单位"] for row in range(2)] == ["欧阳某某", "石桥小卖部"]
    assert len(sheet.rows) == 2
    assert "12000000009" not in told
    assert "12号" not in told


def test_phone_and_identity_number_are_hidden_on_a_notice(room: Office) -> None:
    from desktop.ledgers.actions import notice_sheet

    make_patrol(room, route="村部，联系12000000009，649901199003078817")

    sheet = notice_sheet(room, "patrols", room.ledger_facts(date(2026, 3, 1), date(2026, 3, 31)))

    assert cells(sheet)["路线"] == "村部，联系120****0009，" + "*" * 18


@pytest.mark.parametrize("name", ["disputes", "people_mediation", "follow_ups"])
def test_notice_of_disputes_is_refused(room: Office, name: str) -> None:
    from desktop.base.errors import RuleBroken
    from desktop.ledgers.actions import notice_sheet

    with pytest.raises(RuleBroken) as caught:
        notice_sheet(room, name, room.ledger_facts(date(2026, 3, 1), date(2026, 3, 31)))
    assert caught.value.code == "LED-020"


def test_order_tells_its_times_and_whether_it_was_late(room: Office, clock: FixedClock) -> None:
    staff = make_staff_member(room)
    late = make_order(room, title="一号", due_on="2026-03-06", due_time="18:00")
    make_order(room, title="二号")
    withdrawn = make_order(room, title="三号", due_on="2026-03-05")
    room.step("work_order", late, "sign", {"staff_id": staff})
    room.step("work_order", withdrawn, "withdraw", {"words": "不用办了"})
    clock.move(timedelta(days=2))
    room.step("work_order", late, "feed_back", {"words": "好了"})
    room.step("work_order", late, "verify", {})
    sheet = sheet_of(room, "orders")
    labels = [column.label for column in sheet.columns]
    rows = [dict(zip(labels, row, strict=True)) for row in sheet.rows]
    told = "工单号 来源 标题 级别 签发 签收 时限 反馈 核验 办结 超时 承办"
    assert " ".join(labels[1:-1]) == told
    assert (rows[0]["签发"], rows[0]["签收"], rows[0]["时限"]) == (
        "2026-03-05\n07:30",
        "2026-03-05\n08:00",
        "2026-03-06\n18:00",
    )
    assert (rows[0]["反馈"], rows[0]["核验"], rows[0]["承办"]) == ("2026-03-07\n08:00", "通过", "马建国")
    assert [row["超时"] for row in rows] == ["是", "否", "否"]
    assert (rows[1]["签收"], rows[1]["时限"]) == ("", "2026-03-08")
