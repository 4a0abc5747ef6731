"""Reserved numbers: never given twice, borne by at most one record, and every one accounted for."""

from __future__ import annotations

from datetime import timedelta

import pytest

from desktop.base.errors import Refused, RuleBroken
from desktop.printing.preview import page_count, page_text
from desktop.printing.sheets import Table
from desktop.staff import numbers
from desktop.staff.blank_forms import blank_sheet
from desktop.staff.office import Office
from desktop.staff.permissions import actor_of
from tests.helpers.clock import FixedClock
from tests.helpers.factories.visits import make_visit


def reserve(room: Office, count: int = 3) -> list[str]:
    with room.working() as work:
        return numbers.reserve_numbers(work, "visit", count)


def enter(room: Office, **values: object) -> str:
    """A new visit; its number."""
    return str(room.show("visit", make_visit(room, **values))["serial_no"])


def states(room: Office) -> list[str]:
    return [one.state for one in numbers.number_lines(room)]


def test_reserved_numbers_go_on_where_records_stopped_and_records_go_on_after_them(room: Office) -> None:
    first = enter(room)
    reserved = reserve(room)
    after = enter(room)
    more = reserve(room, 1)

    stem = first[:-5]
    assert [one.removeprefix(stem) for one in (first, *reserved, after, *more)] == [
        f"{number:05d}" for number in range(1, 7)
    ]


def test_reserved_number_is_borne_by_the_record_that_names_it(room: Office) -> None:
    reserved = reserve(room)

    assert enter(room, serial_no=f" {reserved[1].lower()} ") == reserved[1]
    assert states(room) == ["out", "used", "out"]


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda _room, number: number[:-5] + "77777", "NUM-013"),
        (lambda room, number: enter(room, serial_no=number), "NUM-014"),
        (lambda room, number: (room.void("reserved_number", number, "写坏了"), number)[1], "NUM-015"),
    ],
    ids=["not reserved", "borne already", "void"],
)
def test_number_that_may_not_be_borne_is_refused(room: Office, spoil: object, code: str) -> None:
    (number,) = reserve(room, 1)
    wanted = spoil(room, number)  # type: ignore[operator]
    before = len(room.list_ids("visit"))

    with pytest.raises(RuleBroken) as caught:
        make_visit(room, serial_no=wanted)

    assert [(one.field, one.code) for one in caught.value.fields] == [("serial_no", code)]
    assert len(room.list_ids("visit")) == before


def test_corrected_record_still_bears_its_number_once(room: Office) -> None:
    (number,) = reserve(room, 1)
    visit_id = make_visit(room, serial_no=number)
    room.change("visit", visit_id, {"note": "补一句"}, reason="漏写")

    assert states(room) == ["used"]


def test_report_counts_used_void_and_missing(room: Office) -> None:
    reserved = reserve(room, 4)
    make_visit(room, serial_no=reserved[0])
    room.void("reserved_number", reserved[1], "雨淋湿了")

    lines = numbers.number_lines(room)
    sheet = numbers.report_sheet(room, lines, "2026年3月")

    assert [row[5] for row in sheet.rows] == ["已补登", "已作废", "没有交回", "没有交回"]
    assert sheet.rows[1][6] == "雨淋湿了"
    assert sheet.footnotes == ("共预留 4 个：已补登 1 个，已作废 1 个，没有交回 2 个。",)


def test_report_of_a_year_keeps_what_is_still_out_from_the_years_before(
    room: Office, clock: FixedClock
) -> None:
    used, missing = reserve(room, 2)
    make_visit(room, serial_no=used)
    clock.move(timedelta(days=365))
    (own,) = reserve(room, 1)

    text = page_text(numbers.year_report_pdf(room, "visit"), 1)

    assert missing in text
    assert own in text
    assert used not in text
    assert own not in page_text(numbers.year_report_pdf(room, "dispute"), 1)


@pytest.mark.parametrize("count", [0, 101])
def test_count_out_of_bounds_is_refused(room: Office, count: int) -> None:
    with pytest.raises(RuleBroken) as caught:
        reserve(room, count)
    assert caught.value.code == "NUM-012"


@pytest.mark.parametrize("kind", ["staff_member", "referral"])
def test_kind_that_nobody_writes_by_hand_is_refused(room: Office, kind: str) -> None:
    with pytest.raises(RuleBroken) as caught, room.working() as work:
        numbers.reserve_numbers(work, kind, 1)
    assert caught.value.code == "NUM-011"


def test_who_may_not_reserve_is_refused(room: Office) -> None:
    room.actor = actor_of("李辅", ("auxiliary",))
    with pytest.raises(Refused):
        reserve(room, 1)


def test_blank_forms_bear_their_numbers_and_count_their_own_pages(room: Office) -> None:
    reserved, pdf = numbers.reserve_and_print(room, "visit", 2)

    texts = [page_text(pdf, page) for page in range(1, page_count(pdf) + 1)]
    for number in reserved:
        assert any(number in text and "第 1 页" in text for text in texts)
    assert "走访" in texts[0]


def test_blank_dispute_asks_who_the_parties_are_and_where_they_live(room: Office) -> None:
    sheet = blank_sheet(room.registry, room.registry.kind("dispute"), "649901100201-A-2026-D00001", unit="")
    (table,) = [part for part in sheet.parts if isinstance(part, Table)]
    labels = [column.label for column in table.columns]
    assert {"姓名", "证件号码", "住址（地址）", "联系电话"} <= set(labels)
    assert len(labels) <= 7


def test_forms_that_cannot_be_made_leave_nothing_reserved(room: Office) -> None:
    room.fonts_folder = room.home / "没有"
    with pytest.raises(Exception, match="PRN-001"):
        numbers.reserve_and_print(room, "visit", 2)
    assert numbers.number_lines(room) == []


def test_batch_is_printed_again_without_what_is_used(room: Office) -> None:
    reserved, _pdf = numbers.reserve_and_print(room, "visit", 2)
    make_visit(room, serial_no=reserved[0])

    again = numbers.print_batch(room, reserved[0])

    text = "".join(page_text(again, page) for page in range(1, page_count(again) + 1))
    assert reserved[1] in text
    assert reserved[0] not in text
    make_visit(room, serial_no=reserved[1])
    with pytest.raises(RuleBroken) as caught:
        numbers.print_batch(room, reserved[0])
    assert caught.value.code == "NUM-016"


def test_every_kind_with_numbers_has_a_blank_form(room: Office) -> None:
    for kind in room.registry:
        if kind.info.letter:
            sheet = blank_sheet(
                room.registry, kind, f"649901100201-A-2026-{kind.info.letter}00001", unit="室"
            )
            assert sheet.code.isascii()
            assert sheet.parts
