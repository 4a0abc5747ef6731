"""Books of ledgers: what was printed stays, what is new goes on behind it, what is closed is closed."""

from __future__ import annotations

from contextlib import closing
from datetime import timedelta

import pypdfium2
import pytest
from PIL import ImageOps

from desktop.base.errors import RuleBroken
from desktop.ledgers import volumes
from desktop.printing.paper import MM
from desktop.staff.office import Office
from tests.helpers.clock import FixedClock
from tests.helpers.factories.hazards import make_hazard
from tests.helpers.factories.mediation import make_dispute
from tests.helpers.factories.places import make_household, make_staff_member
from tests.helpers.factories.visits import make_visit

Mark = tuple[str, float, float]


def marks(pdf: bytes, page: int = 1) -> list[Mark]:
    """Every sign of a page with the lower left corner of its box, in points."""
    with closing(pypdfium2.PdfDocument(pdf)) as document:
        text = document[page - 1].get_textpage()
        found = []
        for place in range(text.count_chars()):
            sign = text.get_text_range(place, 1)
            if sign.strip():
                left, bottom, _right, _top = text.get_charbox(place)
                found.append((sign, left, bottom))
        return found


def words(pdf: bytes) -> str:
    """All text of a paper without blanks."""
    with closing(pypdfium2.PdfDocument(pdf)) as document:
        return "".join("".join(page.get_textpage().get_text_range().split()) for page in document)


def page_count(pdf: bytes) -> int:
    with closing(pypdfium2.PdfDocument(pdf)) as document:
        return len(document)


def ink(pdf: bytes, page: int = 1) -> tuple[float, float]:
    """The highest and the lowest place with ink in the table, in points above the lower edge of the page."""
    with closing(pypdfium2.PdfDocument(pdf)) as document:
        sheet = document[page - 1]
        height, foot = sheet.get_height(), 19 * MM
        bitmap = sheet.render(scale=4, grayscale=True)
        # Black and red only: the light 演练 across a page of the practice room goes down to its foot.
        picture = ImageOps.invert(bitmap.to_pil()).point(lambda grey: 255 if grey > 127 else 0)
        box = picture.crop((0, 0, picture.width, int((height - foot) * 4))).getbbox()
        bitmap.close()
    assert box is not None
    return height - box[1] / 4, height - box[3] / 4


@pytest.fixture
def person(room: Office) -> str:
    return make_staff_member(room)


@pytest.fixture
def household(room: Office) -> str:
    """Short words: so many rows stand on a page whatever other tests have named their people."""
    return make_household(room, door_no="3号", head_name="马占山")


def visit(room: Office, person: str, household: str, day: int, **values: object) -> str:
    return make_visit(
        room, staff_ids=[person], household_id=household, visited_on=f"2026-03-{day:02d}", **values
    )


def visits(room: Office, person: str, household: str, count: int, first: int = 1) -> list[str]:
    return [
        visit(room, person, household, (first + place) % 5 + 1, opinions=f"修{first + place}号路灯")
        for place in range(count)
    ]


def test_new_rows_stand_where_a_whole_print_has_them_and_old_ones_get_no_ink(
    room: Office, person: str, household: str
) -> None:
    visits(room, person, household, 17)
    volumes.open_volume(room, "visits", 2026)
    first = volumes.print_new(room, "visits")
    assert (first.first_row, first.last_row, first.is_onto_used) == (1, 17, False)
    visits(room, person, household, 5, first=18)

    new = volumes.print_new(room, "visits")
    whole = volumes.reprint(room, "visits", 2026, 1)

    assert (new.first_row, new.last_row, new.is_onto_used) == (18, 22, True)
    at = new.first_page
    expected = marks(whole, at)
    for sign, left, bottom in marks(new.pdf):
        assert any(
            sign == other and abs(left - x) <= 0.3 * MM and abs(bottom - y) <= 0.3 * MM
            for other, x, y in expected
        ), f"{sign} at {left:.1f}, {bottom:.1f} pt stands elsewhere in the whole print"
    # What the two prints put on the half-used page is all of it, and nothing twice.
    once = sorted(marks(first.pdf, at) + marks(new.pdf))
    assert [sign for sign, *_place in once] == [sign for sign, *_place in sorted(expected)]
    assert ink(new.pdf)[0] <= ink(first.pdf, at)[1] + 0.3 * MM


def test_pages_that_are_full_get_no_ink_when_the_book_goes_on(
    room: Office, person: str, household: str
) -> None:
    visits(room, person, household, 45)
    volumes.open_volume(room, "visits", 2026)
    first = volumes.print_new(room, "visits")
    assert first.last_page > 1
    visits(room, person, household, 2, first=46)

    new = volumes.print_new(room, "visits")

    assert (new.first_page, new.last_page, page_count(new.pdf)) == (first.last_page, first.last_page, 1)
    assert "过次页" not in words(new.pdf)


def test_full_page_is_carried_forward_when_the_next_row_comes(
    room: Office, person: str, household: str
) -> None:
    visits(room, person, household, 9)
    volumes.open_volume(room, "visits", 2026)
    before = volumes.print_new(room, "visits")
    visits(room, person, household, 20, first=10)

    new = volumes.print_new(room, "visits")

    assert (before.last_page, new.first_page, new.is_onto_used) == (1, 1, True)
    assert new.last_page > 1
    assert ("过次页" in words(new.pdf), "承前页" in words(new.pdf)) == (True, True)


def test_printing_twice_without_news_is_refused_and_remembers_nothing(
    room: Office, person: str, household: str
) -> None:
    volumes.open_volume(room, "visits", 2026)
    visits(room, person, household, 2)
    volumes.print_new(room, "visits")

    with pytest.raises(RuleBroken) as caught:
        volumes.print_new(room, "visits")

    assert caught.value.code == "LED-017"
    assert volumes.list_volumes(room, "visits")[0].prints == 1


def test_print_that_was_thrown_away_waits_again_and_comes_out_alike(
    room: Office, person: str, household: str
) -> None:
    visits(room, person, household, 3)
    volumes.open_volume(room, "visits", 2026)
    spoiled = volumes.print_new(room, "visits")
    assert volumes.last_print(room, "visits") == spoiled.pdf

    volume = volumes.undo_print(room, "visits", "卡纸")

    assert (volume.last_row, volume.prints) == (0, 0)
    assert volumes.print_new(room, "visits").pdf == spoiled.pdf
    volumes.undo_print(room, "visits", "卡纸")
    with pytest.raises(RuleBroken) as caught:
        volumes.undo_print(room, "visits", "卡纸")
    assert caught.value.code == "LED-018"


def test_change_of_a_printed_row_is_a_red_line_that_names_it(
    room: Office, person: str, household: str
) -> None:
    first, second = visits(room, person, household, 2)
    volumes.open_volume(room, "visits", 2026)
    volumes.print_new(room, "visits")
    room.change("visit", first, {"opinions": "希望修桥"}, reason="听错了")
    room.void("visit", second, "登记重了")
    assert volumes.waiting(room, "visits").corrections == 2

    red = words(volumes.print_new(room, "visits").pdf)

    assert ("更正第1行：意见诉求" in red, "希望修桥" in red) == (True, True)
    assert ("作废第2行" in red, "登记重了" in red) == (True, True)


def test_household_that_is_renamed_makes_no_red_lines(room: Office, person: str, household: str) -> None:
    visits(room, person, household, 2)
    volumes.open_volume(room, "visits", 2026)
    volumes.print_new(room, "visits")

    room.change("household", household, {"head_name": "欧阳石头"})

    assert volumes.waiting(room, "visits").count == 0


def test_hazard_that_is_closed_is_no_correction_but_goes_on_when_the_volume_is_closed(
    room: Office, person: str
) -> None:
    hazard = make_hazard(room, found_on="2026-03-02")
    volumes.open_volume(room, "hazards", 2026)
    volumes.print_new(room, "hazards")
    room.step("hazard", hazard, "fix_on_the_spot", {"rectified_note": "换上新插座"})
    room.step("hazard", hazard, "close", {})

    assert volumes.waiting(room, "hazards").count == 0
    closed = volumes.close_volume(room, "hazards")

    assert "续记第1行" in words(closed.pages)
    assert closed.rest is not None
    assert "续记第1行" in words(closed.rest)


def test_closed_volume_is_the_same_bytes_whatever_becomes_of_its_records(
    room: Office, person: str, household: str, clock: FixedClock
) -> None:
    first, *_others = visits(room, person, household, 4)
    volumes.open_volume(room, "visits", 2026)
    volumes.print_new(room, "visits")
    closed = volumes.close_volume(room, "visits", note="无缺页")
    room.change("visit", first, {"opinions": "希望修桥"}, reason="听错了")
    clock.move(timedelta(days=1))

    assert volumes.reprint(room, "visits", 2026, 1) == closed.pages
    assert volumes.reprint(room, "visits", 2026, 1, binding=True) == closed.binding
    assert closed.volume.is_closed
    with pytest.raises(RuleBroken) as caught:
        room.void("ledger_volume", closed.volume.id, "不要了")
    assert caught.value.code == "REC-011"


def test_next_volume_runs_on_and_takes_the_corrections_of_the_closed_one(
    room: Office, person: str, household: str
) -> None:
    first, *_others = visits(room, person, household, 4)
    volumes.open_volume(room, "visits", 2026)
    closed = volumes.close_volume(room, "visits").volume
    room.change("visit", first, {"opinions": "希望修桥"}, reason="听错了")
    visit(room, person, household, 4, opinions="希望通水")

    opened = volumes.open_volume(room, "visits", 2026)
    new = volumes.print_new(room, "visits")

    assert (opened.volume_no, opened.first_row, opened.first_page) == (
        2,
        closed.last_row + 1,
        closed.last_page + 1,
    )
    assert (new.first_row, new.last_row, new.first_page) == (5, 6, closed.last_page + 1)
    assert "更正第1册第1行" in words(new.pdf)


def test_matter_of_a_closed_year_comes_late_into_the_open_volume(
    room: Office, person: str, household: str, clock: FixedClock
) -> None:
    visits(room, person, household, 2)
    volumes.open_volume(room, "visits", 2026)
    volumes.close_volume(room, "visits")
    clock.move(timedelta(days=330))
    volumes.open_volume(room, "visits", 2027)
    visit(room, person, household, 5, opinions="漏登的")

    late = volumes.print_new(room, "visits")

    assert (late.first_row, late.last_row) == (1, 1)
    assert "补记2026-03-05" in words(late.pdf)


def test_late_matter_of_the_year_follows_behind_the_months_that_were_printed(
    room: Office, person: str, household: str, clock: FixedClock
) -> None:
    clock.move(timedelta(days=40))
    make_visit(room, staff_ids=[person], household_id=household, visited_on="2026-04-02")
    volumes.open_volume(room, "visits", 2026)
    volumes.print_new(room, "visits")
    visit(room, person, household, 5, opinions="漏登的")

    late = volumes.print_new(room, "visits")

    assert "补记2026-03-05" in words(late.pdf)


def test_totals_of_a_book_are_those_of_the_records_as_they_stand(room: Office, person: str) -> None:
    first = make_dispute(room, found_on="2026-03-02", people_count=2, amount_fen=120050)
    second = make_dispute(room, found_on="2026-03-03", people_count=5, amount_fen=30000)
    volumes.open_volume(room, "disputes", 2026)
    volumes.print_new(room, "disputes")
    room.change("dispute", first, {"amount_fen": 100050, "people_count": 3})
    room.void("dispute", second, "不是纠纷")

    closed = words(volumes.close_volume(room, "disputes").pages)

    assert ("\N{MINUS SIGN}200.00" in closed, "1,000.50" in closed) == (True, True)


def test_binding_tells_volume_pages_months_and_how_long_it_is_kept(
    room: Office, person: str, household: str
) -> None:
    visits(room, person, household, 3)
    volumes.open_volume(room, "visits", 2026, paper="A3", retention_years=7)

    closed = volumes.close_volume(room, "visits", note="第2页有手写补字")

    told = words(closed.binding)
    for expected in (
        "走访登记台账", "青石乡派出所石桥村警务室", "2026年", "第1册", "2026年3月2日至2026年3月4日",
        "共1页（第1页至第1页）", "7年", "走访登记台账目录", "2026年3月", "1–3", "备考表", "登记3行",
        "第2页有手写补字", "脊背标签",
    ):  # fmt: skip
        assert expected in told
    with closing(pypdfium2.PdfDocument(closed.pages)) as document:
        assert [round(side / MM) for side in document[0].get_size()] == [420, 297]


def test_volume_without_records_is_a_zero_report(room: Office) -> None:
    volumes.open_volume(room, "requests", 2026)

    closed = volumes.close_volume(room, "requests")

    assert closed.rest is None
    assert "本册无记录（零报告）" in words(closed.binding)


def test_sign_that_no_font_has_is_named_before_anything_is_remembered(
    room: Office, person: str, household: str
) -> None:
    visit(room, person, household, 2, opinions="户主姓\ue123")
    volumes.open_volume(room, "visits", 2026)

    with pytest.raises(RuleBroken) as caught:
        volumes.print_new(room, "visits")

    assert caught.value.code == "PRN-002"
    assert volumes.list_volumes(room)[0].prints == 0
    assert volumes.print_new(room, "visits", allow_missing=True).last_row == 1


@pytest.mark.parametrize(("year", "paper"), [(2027, "A4"), (1999, "A4"), (2026, "B5")])
def test_volume_that_cannot_be_is_not_opened(room: Office, year: int, paper: str) -> None:
    with pytest.raises(RuleBroken) as caught:
        volumes.open_volume(room, "visits", year, paper=paper)
    assert caught.value.code == "LED-013"


def test_second_volume_of_a_year_waits_for_the_first_to_be_closed(room: Office) -> None:
    volumes.open_volume(room, "visits", 2026)
    with pytest.raises(RuleBroken) as caught:
        volumes.open_volume(room, "visits", 2026)
    assert caught.value.code == "LED-011"
