from __future__ import annotations

from desktop.printing.fonts import Fonts
from desktop.printing.form import render_form, render_forms
from desktop.printing.preview import page_count, page_text
from desktop.printing.sheets import FormSheet
from desktop.printing.slips import (
    HandoverItem,
    HandoverPart,
    HandoverSheet,
    SlipFile,
    SlipTotal,
    StickSlip,
    handover_form,
    stick_slip_sheet,
)


def words(pdf: bytes) -> str:
    return "\n".join(page_text(pdf, page) for page in range(1, page_count(pdf) + 1))


def test_stick_slip_lists_every_file_with_its_hash_and_four_names(fonts: Fonts) -> None:
    files = tuple(
        SlipFile(f"{place:024x}.jwb", "青石县公安局", "03-05 08:00", 2048 * place, f"{place:064x}")
        for place in range(1, 31)
    )
    slip = StickSlip(
        "青石乡派出所石桥村警务室", "A-1", "2026-03-05 08:00", "王敏", files, (SlipTotal("青石县公安局", 35),)
    )
    text = words(render_form(stick_slip_sheet(slip), fonts))

    assert "30 个" in text
    assert "青石县公安局 35 条改动" in text
    for place in ("交出人", "接收人", "送回人", "收回人"):
        assert place in text
    for number in range(1, 31):
        assert f"{number:024x}"[-10:] in text.replace("\n", "")


def test_handover_says_of_every_heading_how_much_there_is(fonts: Fonts) -> None:
    items = (HandoverItem("回访到期：土地纠纷", "03-04", "2026-M00002"),)
    sheet = HandoverSheet(
        "室",
        "2026-03-05 17:30",
        "王敏",
        "",
        (HandoverPart("已超期", items), HandoverPart("没有印完的")),
        (("未送县局", "无"),),
    )
    text = words(render_form(handover_form(sheet), fonts))

    assert "已超期（1 件）" in text
    assert "没有印完的：无" in text
    assert "2026-M00002" in text
    assert "密码、恢复单不随本单交接" in text


def test_forms_behind_each_other_count_their_own_pages(fonts: Fonts) -> None:
    pdf = render_forms([FormSheet("甲表", number="1"), FormSheet("乙表", number="2")], fonts)

    assert page_count(pdf) == 2
    assert all("第 1 页　共 1 页" in page_text(pdf, page) for page in (1, 2))
