from __future__ import annotations

from dataclasses import replace

import pytest
from PIL import Image

from desktop.printing import preview
from desktop.printing.fonts import Fonts
from desktop.printing.ledger import render_ledger
from desktop.printing.ledger_grid import Breaks
from desktop.printing.ledger_layout import Layout, Place, lay_out
from desktop.printing.sheets import LedgerBook, LedgerColumn, LedgerSheet, RedRow

COLUMNS = (
    LedgerColumn("序号", 9, "center"),
    LedgerColumn("日期", 18, "center"),
    LedgerColumn("当事人", 24, is_name=True),
    LedgerColumn("事由", 70),
    LedgerColumn("人数", 12, "right", sums="number"),
    LedgerColumn("金额（元）", 24, "right", sums="yuan"),
)
OPEN = LedgerBook(is_open=True)
MM = 72 / 25.4


def row(
    number: int, *, month: int = 3, people: str = "2", yuan: str = "100.50", facts: str = "口角"
) -> tuple[str, ...]:
    return (str(number), f"2026-{month:02d}-{number % 28 + 1:02d}", "王某某", facts, people, yuan)


def sheet_of(*rows: tuple[str, ...], **changes: object) -> LedgerSheet:
    return replace(LedgerSheet("矛盾纠纷台账", "大桥村警务室", "2026年", COLUMNS, rows), **changes)  # type: ignore[arg-type]


def places(layout: Layout) -> list[tuple[int, Place]]:
    return [(page.number, place) for page in layout.pages for place in page.places]


def kinds(layout: Layout) -> list[list[str]]:
    return [[place.kind for place in page.places] for page in layout.pages]


def text_of(pdf: bytes) -> str:
    return "\n".join(preview.page_text(pdf, page) for page in range(1, preview.page_count(pdf) + 1))


def picture(pdf: bytes, page: int) -> Image.Image:
    width, height, stride, dots = preview.page_grey(pdf, page, 100)
    return Image.frombuffer("L", (width, height), dots, "raw", "L", stride, 1)


def ink(pdf: bytes, page: int, top: float, bottom: float) -> bool:
    """Whether anything is drawn between two heights, in points above the lower edge."""
    shown = picture(pdf, page)
    scale = 100 / 72
    box = (0, round(shown.height - top * scale), shown.width, round(shown.height - bottom * scale))
    return shown.crop(box).getextrema()[0] < 128  # type: ignore[operator]


# -- going on with a page ------------------------------------------------------------------------------------------


def test_rows_stay_where_they_are_when_others_follow(fonts: Fonts) -> None:
    first = [row(number, facts="争执。" * (number % 9)) for number in range(17)]
    before = lay_out(sheet_of(*first, book=OPEN), fonts)
    more = [row(number, people="1234567", facts="双方为宅基地争执" * 9) for number in range(17, 40)]
    after = lay_out(sheet_of(*first, *more, book=OPEN, grid=before.frozen()), fonts)
    assert places(after)[: len(first)] == places(before)
    assert after.frozen() == before.frozen()


def test_only_new_rows_are_drawn_after_those_on_paper(fonts: Fonts) -> None:
    first, more = (
        [row(number) for number in range(17)],
        [row(number, facts="新增") for number in range(17, 22)],
    )
    grid = lay_out(sheet_of(*first, book=OPEN), fonts).frozen()
    sheet = sheet_of(*first, *more, book=OPEN, grid=grid)
    rest, whole = render_ledger(sheet, fonts, after_row=17), render_ledger(sheet, fonts)
    layout = lay_out(sheet, fonts)
    page = layout.pages[0]
    edge = page.places[16].bottom
    assert preview.page_text(rest, 1).count("新增") == sum(place.row > 16 for place in page.places)
    assert not ink(rest, 1, layout.shape.height, edge + 1)
    assert not ink(rest, 1, layout.shape.bottom, 0)
    height = picture(whole, 1).height
    below = (
        0,
        round(height - (edge - 1) * 100 / 72),
        1100,
        round(height - page.places[-1].bottom * 100 / 72) - 2,
    )
    assert picture(rest, 1).crop(below).tobytes() == picture(whole, 1).crop(below).tobytes()


def test_pages_that_are_full_are_left_out_and_new_ones_are_whole(fonts: Fonts) -> None:
    rows = [row(number) for number in range(50)]
    sheet = sheet_of(*rows, book=OPEN)
    layout = lay_out(sheet, fonts)
    on_first = sum(place.kind == "row" for place in layout.pages[0].places)
    rest = render_ledger(sheet, fonts, after_row=on_first)
    assert preview.page_count(rest) == len(layout.pages) - 1
    assert "矛盾纠纷台账" in preview.page_text(rest, 1)


def test_nothing_after_the_last_row_is_a_mistake_of_the_caller(fonts: Fonts) -> None:
    with pytest.raises(ValueError, match="nothing follows row 3"):
        render_ledger(sheet_of(*map(row, range(3)), book=OPEN), fonts, after_row=3)


def test_page_of_tells_where_a_row_begins(fonts: Fonts) -> None:
    layout = lay_out(sheet_of(*map(row, range(50))), fonts)
    assert layout.page_of(0).number == 1
    assert layout.page_of(49) is layout.pages[-1]
    with pytest.raises(LookupError):
        layout.page_of(50)


# -- books ---------------------------------------------------------------------------------------------------------


def test_page_numbers_run_on_and_the_volume_is_told(fonts: Fonts) -> None:
    book = LedgerBook(volume="第3册", first_page=41)
    text = text_of(render_ledger(sheet_of(*map(row, range(30)), book=book), fonts))
    assert "第 41 页　共 42 页" in text
    assert "第 42 页　共 42 页" in text
    assert "2026年　第3册" in text


def test_an_open_book_leaves_the_number_of_pages_and_its_sums_to_later(fonts: Fonts) -> None:
    sheet = sheet_of(*map(row, range(3)), book=OPEN, month_column=1)
    text = text_of(render_ledger(sheet, fonts))
    assert "第 1 页　共 　　 页" in text
    assert "本月合计" not in text


def test_months_are_summed_after_their_rows(fonts: Fonts) -> None:
    rows = [row(1, month=3), row(2, month=3), row(3, month=4, yuan="1,000.00")]
    sheet = sheet_of(*rows, month_column=1)
    assert kinds(lay_out(sheet, fonts)) == [["row", "row", "month", "sum", "row", "month", "sum"]]
    lines = text_of(render_ledger(sheet, fonts)).split("\n")
    at = [number for number, line in enumerate(lines) if line.startswith("本月合计")]
    assert [lines[number] for number in at] == ["本月合计（2条） 4 201.00", "本月合计（1条） 2 1,000.00"]
    assert [line for line in lines if line.startswith("累计")] == ["累计 4 201.00", "累计 6 1,201.00"]


def test_sums_are_carried_from_page_to_page(fonts: Fonts) -> None:
    book = LedgerBook(carries=True, opening=("", "", "", "", "10", "1.00"))
    sheet = sheet_of(*(row(number) for number in range(25)), book=book)
    layout = lay_out(sheet, fonts)
    assert [page[0] for page in kinds(layout)] == ["carried"] * len(layout.pages)
    assert [page[-1] for page in kinds(layout)] == ["carry"] * (len(layout.pages) - 1) + ["row"]
    on_first = kinds(layout)[0].count("row")
    pdf = render_ledger(sheet, fonts)
    carried = f"{10 + 2 * on_first} {1 + 100.5 * on_first:,.2f}"
    assert "承前页 10 1.00" in preview.page_text(pdf, 1)
    assert f"过次页 {carried}" in preview.page_text(pdf, 1)
    assert f"承前页 {carried}" in preview.page_text(pdf, 2)


def test_words_in_a_summed_column_are_a_mistake_of_the_caller(fonts: Fonts) -> None:
    with pytest.raises(ValueError, match="is summed"):
        lay_out(sheet_of(row(1, people="约3人")), fonts)


def test_rows_out_of_the_order_of_months_are_a_mistake_of_the_caller(fonts: Fonts) -> None:
    with pytest.raises(ValueError, match="follows one of"):
        lay_out(sheet_of(row(1, month=4), row(2, month=3), month_column=1), fonts)


def test_blank_lines_fill_the_page_to_its_foot(fonts: Fonts) -> None:
    layout = lay_out(sheet_of(row(1), book=LedgerBook(fills_page=True)), fonts)
    page = layout.pages[0]
    assert {place.kind for place in page.places[1:]} == {"blank"}
    assert 0 <= page.places[-1].bottom - layout.shape.bottom < 8 * MM


def test_ruled_lines_are_of_one_height_and_long_rows_take_several(fonts: Fonts) -> None:
    rows = (row(1), row(2, facts="双方为宅基地界址发生争执，" * 9), row(3))
    layout = lay_out(sheet_of(*rows, book=LedgerBook(row_mm=9, fills_page=True)), fonts)
    heights = {round(place.height / 9 / MM, 6) for place in layout.pages[0].places}
    assert heights > {1.0}
    assert all(height == int(height) for height in heights)


# -- columns -------------------------------------------------------------------------------------------------------


def test_a3_is_twice_as_wide_as_a4(fonts: Fonts) -> None:
    pdf = render_ledger(sheet_of(row(1), paper="A3"), fonts)
    assert preview.page_size_mm(pdf, 1) == pytest.approx((420, 297), abs=0.01)


def test_a_group_stands_over_its_labels(fonts: Fonts) -> None:
    columns = tuple(
        replace(column, group="当事人情况" if 1 < place < 4 else "") for place, column in enumerate(COLUMNS)
    )
    pdf = render_ledger(sheet_of(row(1), columns=columns), fonts)
    assert preview.page_text(pdf, 1).count("当事人情况") == 1


def test_a_column_under_another_shares_its_width(fonts: Fonts) -> None:
    columns = (*COLUMNS[:4], COLUMNS[4], replace(COLUMNS[5], is_under=True))
    wide = lay_out(sheet_of(row(1)), fonts)
    layout = lay_out(sheet_of(row(1), columns=columns), fonts)
    assert len(layout.frozen().widths_pt) == len(wide.frozen().widths_pt) - 1
    lines = text_of(render_ledger(sheet_of(row(1), columns=columns), fonts)).split("\n")
    assert "1 2026-03-02 王某某 口角 2" in lines
    assert "100.50" in lines


def test_a_stacked_row_taller_than_a_page_loses_nothing(fonts: Fonts) -> None:
    columns = (*COLUMNS[:3], COLUMNS[3], replace(COLUMNS[4], is_under=True, sums=""), COLUMNS[5])
    facts = "".join(f"第{number}次调解未果，双方各执一词。" for number in range(1, 301))
    pdf = render_ledger(sheet_of(row(1), row(2, facts=facts, people="末尾"), columns=columns), fonts)
    joined = text_of(pdf).replace("\n", "")
    assert joined.count("各") == 300
    assert "末尾" in joined


def test_a_short_name_is_never_broken_and_a_number_is_set_smaller_before_it_is_cut(fonts: Fonts) -> None:
    columns = tuple(LedgerColumn(f"栏{place}", 5, is_name=True) for place in range(25))
    cells = ("序", *["欧阳某某"] * 23, "649901199001010017")
    text = preview.page_text(render_ledger(sheet_of(cells, columns=columns), fonts), 1)
    assert text.count("欧阳某某") == 23
    assert "649901199001010017" in text


def test_a_correction_is_red(fonts: Fonts) -> None:
    pdf = render_ledger(sheet_of(row(1), RedRow(row(2, people="-2"))), fonts)
    import pypdfium2

    document = pypdfium2.PdfDocument(pdf)
    shown = document[0].render(scale=2).to_pil().convert("RGB").tobytes()
    document.close()
    assert any(shown[at] > 150 and shown[at + 1] < 60 > shown[at + 2] for at in range(0, len(shown), 3))


def test_rows_may_stream(fonts: Fonts) -> None:
    rows = [row(number) for number in range(60)]
    streamed = sheet_of(stream=lambda: iter(rows))
    assert render_ledger(streamed, fonts) == render_ledger(sheet_of(*rows), fonts)


def test_rows_that_change_between_readings_are_noticed(fonts: Fonts) -> None:
    readings = iter((3, 3, 2))
    with pytest.raises(ValueError, match="is gone"):
        render_ledger(sheet_of(stream=lambda: [row(number) for number in range(next(readings))]), fonts)


def test_a_cell_that_changes_between_readings_is_noticed(fonts: Fonts) -> None:
    long = iter(("因宅基地发生争执，" * 30, "因宅基地发生争执，" * 30, "因宅基地发生争执，" * 29 + "完"))
    with pytest.raises(ValueError, match="a cell changed"):
        render_ledger(sheet_of(stream=lambda: [row(1, facts=next(long))]), fonts)


@pytest.mark.parametrize("facts", ["甲\n乙\n\n丙", "\n", "长" * 200 + "\n短\n" + "长" * 100, "末\n"])
def test_lines_are_recalled_as_they_were_broken(fonts: Fonts, facts: str) -> None:
    grid = lay_out(sheet_of(row(1)), fonts).grid
    breaks = Breaks()
    kept = [grid.row(row(1, facts=facts), breaks).cells, grid.row(row(2, facts="因" * 90), breaks).cells]
    breaks.rewind()
    assert [
        [list(cell) for cell in grid.row(row(number, facts=text), breaks).cells]
        for number, text in ((1, facts), (2, "因" * 90))
    ] == [[list(cell) for cell in cells] for cells in kept]
