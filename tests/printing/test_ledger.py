from __future__ import annotations

from dataclasses import replace

import pytest
from PIL import Image

from desktop.base.errors import RuleBroken
from desktop.printing import preview
from desktop.printing.fonts import Fonts
from desktop.printing.ledger import render_ledger
from desktop.printing.ledger_layout import EMPTY
from desktop.printing.sheets import LedgerColumn, LedgerSheet

COLUMNS = (
    LedgerColumn("序号", 9, "center"),
    LedgerColumn("登记日期", 8, "center"),
    LedgerColumn("当事人", 24),
    LedgerColumn("身份证件号码", 12, "center"),
    LedgerColumn("纠纷事由及经过", 70),
    LedgerColumn("金额（元）", 6, "right"),
)
LONG_NAME = "买买提江·吐尔逊·阿卜杜热合曼·伊敏尼亚孜·库尔班江·艾则孜·玉素甫江·热合木吐拉·阿布都外力·巴克"


def make_row(number: int, **changes: str) -> tuple[str, ...]:
    row = {
        "number": str(number),
        "day": f"2026-03-{number % 28 + 1:02d}",
        "name": "王䶮",
        "identity": f"64990119900101{number % 10000:04d}",
        "facts": "因宅基地界址与邻居发生争执，经劝解未果。",
        "money": "1,280.50",
    }
    return tuple((row | changes).values())


def make_sheet(*rows: tuple[str, ...], **changes: object) -> LedgerSheet:
    sheet = LedgerSheet("矛盾纠纷调解台账", "青石派出所大桥村警务室", "2026年3月", COLUMNS, rows)
    return replace(sheet, **changes)  # type: ignore[arg-type]


def all_text(pdf: bytes) -> str:
    return "\n".join(preview.page_text(pdf, page) for page in range(1, preview.page_count(pdf) + 1))


def ink_box_mm(pdf: bytes, page: int) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of all that is drawn."""
    width, height, stride, dots = preview.page_grey(pdf, page, 150)
    picture = Image.frombuffer("L", (width, height), dots, "raw", "L", stride, 1).point(lambda dot: 255 - dot)
    box = picture.getbbox()
    assert box is not None
    return tuple(edge / 150 * 25.4 for edge in box)  # type: ignore[return-value]


def test_ledger_is_a4_landscape_with_a_binding_margin(fonts: Fonts) -> None:
    pdf = render_ledger(make_sheet(*map(make_row, range(40))), fonts)
    assert preview.page_size_mm(pdf, 1) == pytest.approx((297, 210), abs=0.01)
    left, top, right, bottom = ink_box_mm(pdf, 1)
    assert left >= 24.8
    assert (top > 5, right < 292, bottom < 205) == (True, True, True)


def test_every_page_has_title_head_places_to_sign_and_its_number(fonts: Fonts) -> None:
    pdf = render_ledger(make_sheet(*map(make_row, range(60)), print_mark="印 PC-01 赵某"), fonts)
    pages = preview.page_count(pdf)
    assert pages == 4
    for page in range(1, pages + 1):
        text = preview.page_text(pdf, page)
        for part in (
            "矛盾纠纷调解台账",
            "大桥村警务室",
            "2026年3月",
            "纠纷事由及经过",
            "填表人：",
            "审核人：",
            "日期：",
        ):
            assert part in text, (page, part)
        assert f"第 {page} 页　共 {pages} 页" in text
        assert "印 PC-01 赵某" in text


def test_a_page_holds_eighteen_to_twenty_rows_of_one_line(fonts: Fonts) -> None:
    sheet = make_sheet(*(make_row(number, facts="口角") for number in range(1, 41)))
    text = preview.page_text(render_ledger(sheet, fonts), 1)
    assert 18 <= text.count("口角") <= 20


def test_rows_appear_in_order_and_whole(fonts: Fonts) -> None:
    text = all_text(render_ledger(make_sheet(*map(make_row, range(1, 3001))), fonts))
    assert [line for line in text.split("\n") if line.startswith("64990119900101")] == []
    identities = [f"64990119900101{number:04d}" for number in range(1, 3001)]
    positions = [text.find(identity) for identity in identities]
    assert -1 not in positions
    assert positions == sorted(positions)


def test_numbers_are_not_cut_when_the_column_was_asked_too_narrow(fonts: Fonts) -> None:
    text = preview.page_text(render_ledger(make_sheet(make_row(1)), fonts), 1)
    assert "2026-03-02" in text
    assert "649901199001010001" in text
    assert "1,280.50" in text


def test_a_long_minority_name_wraps_after_its_dots_and_reads_back(fonts: Fonts) -> None:
    assert len(LONG_NAME) == 50
    text = preview.page_text(render_ledger(make_sheet(make_row(1, name=LONG_NAME)), fonts), 1)
    lines = text.split("\n")
    assert LONG_NAME in "".join(lines)
    assert not any(line.startswith("·") for line in lines)


def test_rare_characters_read_back(fonts: Fonts) -> None:
    text = preview.page_text(
        render_ledger(make_sheet(make_row(1, name="李𬭎𠅤𣘗", facts="与王𪻐口角")), fonts), 1
    )
    assert "李𬭎𠅤𣘗" in text
    assert "与王𪻐口角" in text


def test_empty_cells_stay_empty(fonts: Fonts) -> None:
    text = preview.page_text(render_ledger(make_sheet(make_row(1, name="", facts="", money="")), fonts), 1)
    assert "649901199001010001" in text


def test_newlines_in_a_cell_start_new_lines(fonts: Fonts) -> None:
    text = preview.page_text(render_ledger(make_sheet(make_row(1, name="王某\r\n李某")), fonts), 1)
    assert "王某\n李某" in text


def test_a_row_taller_than_a_page_goes_over_pages_and_loses_nothing(fonts: Fonts) -> None:
    facts = "".join(f"第{number}次调解未果，双方各执一词。" for number in range(1, 301))
    pdf = render_ledger(make_sheet(make_row(1), make_row(2, facts=facts), make_row(3)), fonts)
    assert preview.page_count(pdf) >= 3
    joined = all_text(pdf).replace("\n", "")
    assert joined.count("各") == 300
    assert "第300次" in joined
    assert "续" in preview.page_text(pdf, 2)
    assert "续" not in preview.page_text(pdf, 1)
    assert all(ink_box_mm(pdf, page)[3] < 205 for page in range(1, preview.page_count(pdf) + 1))


def test_a_row_of_eighteen_lines_is_kept_on_one_page(fonts: Fonts) -> None:
    facts = "\n".join(f"事实第{line}行" for line in range(1, 19))
    rows = [*(make_row(number) for number in range(15)), make_row(99, facts=facts)]
    pdf = render_ledger(make_sheet(*rows), fonts)
    assert "事实第1行" not in preview.page_text(pdf, 1)
    assert "事实第18行" in preview.page_text(pdf, 2)


def test_no_rows_print_a_zero_report(fonts: Fonts) -> None:
    pdf = render_ledger(make_sheet(), fonts)
    assert preview.page_count(pdf) == 1
    assert EMPTY in preview.page_text(pdf, 1)


def test_totals_stand_after_the_last_row_and_footnotes_under_them(fonts: Fonts) -> None:
    sheet = make_sheet(
        make_row(1), totals=("合计", "", "1人", "", "", "1,280.50"), footnotes=("注：金额单位为元。",)
    )
    text = preview.page_text(render_ledger(sheet, fonts), 1)
    assert text.index("649901199001010001") < text.index("合计") < text.index("注：金额单位为元。")


def test_footnotes_go_to_another_page_when_the_last_is_full(fonts: Fonts) -> None:
    rows = [make_row(number, facts="口角") for number in range(19)]
    notes = tuple(f"注{number}：说明。" for number in range(1, 8))
    pdf = render_ledger(make_sheet(*rows, footnotes=notes), fonts)
    assert "注7：说明。" in preview.page_text(pdf, preview.page_count(pdf))
    assert all(ink_box_mm(pdf, page)[3] < 205 for page in range(1, preview.page_count(pdf) + 1))


def test_practice_is_written_in_the_title_and_across_the_page(fonts: Fonts) -> None:
    text = preview.page_text(render_ledger(make_sheet(make_row(1), practice=True), fonts), 1)
    assert "矛盾纠纷调解台账（演练）" in text
    assert "演练" in text.split("\n")


def test_practice_is_not_written_on_a_real_ledger(fonts: Fonts) -> None:
    assert "演练" not in preview.page_text(render_ledger(make_sheet(make_row(1)), fonts), 1)


def test_a_character_in_no_font_is_refused(fonts: Fonts) -> None:
    with pytest.raises(RuleBroken) as caught:
        render_ledger(make_sheet(make_row(1, name="王\U0002ebf0")), fonts)
    assert caught.value.code == "PRN-002"


def test_a_character_in_no_font_becomes_a_box_that_is_named(fonts: Fonts) -> None:
    row = make_row(1, name="王\U0002ebf0某", facts="")
    pdf = render_ledger(make_sheet(row), fonts, allow_missing=True)
    text = preview.page_text(pdf, 1)
    assert "U+2EBF0" in text
    assert "王某" in text.replace(" ", "").replace("\n", "")
    plain = render_ledger(
        make_sheet(make_row(1, name="王口某", facts=""), footnotes=(text.split("\n")[-2],)), fonts
    )
    assert preview.page_grey(pdf, 1, 72) != preview.page_grey(plain, 1, 72)


def test_a_row_with_too_few_cells_is_a_mistake_of_the_caller(fonts: Fonts) -> None:
    with pytest.raises(ValueError, match="5 cells for 6 columns"):
        render_ledger(make_sheet(make_row(1)[:5]), fonts)


def test_equal_sheets_give_equal_bytes(fonts: Fonts) -> None:
    sheet = make_sheet(make_row(1, name="李𬭎"), make_row(2), practice=True, totals=make_row(3))
    assert render_ledger(sheet, fonts) == render_ledger(sheet, fonts)


def test_file_names_its_title_and_unit_in_chinese(fonts: Fonts) -> None:
    import pypdfium2

    document = pypdfium2.PdfDocument(render_ledger(make_sheet(make_row(1)), fonts))
    about = document.get_metadata_dict()
    document.close()
    assert about["Title"] == "矛盾纠纷调解台账"
    assert about["Author"] == "青石派出所大桥村警务室"
    assert about["Creator"] == "警务室"
