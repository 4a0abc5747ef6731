from __future__ import annotations

import re

import pytest

from desktop.base.errors import RuleBroken
from desktop.printing import preview
from desktop.printing.fonts import Fonts
from desktop.printing.sheets import Field, Groups, SignaturePlace, Signatures, Text, TextSheet
from desktop.printing.text import render_text


def test_text_has_title_unit_paragraphs_and_page_numbers(fonts: Fonts) -> None:
    pdf = render_text(
        TextSheet("三月工作小结", ("本月走访120户。" * 60,) * 3, "大桥村警务室", print_mark="印 PC-01"), fonts
    )
    pages = preview.page_count(pdf)
    assert pages > 1
    assert "三月工作小结" in preview.page_text(pdf, 1)
    assert "大桥村警务室" in preview.page_text(pdf, 1)
    whole = "".join(preview.page_text(pdf, page) for page in range(1, pages + 1))
    assert whole.replace("\n", "").count("本月走访") == 180
    assert f"第 {pages} 页　共 {pages} 页" in preview.page_text(pdf, pages)


def test_groups_are_set_large_and_whole(fonts: Fonts) -> None:
    groups = ("7K3M", "Q9WX", "D2PA", "HNT4", "6RVE", "ZC8J", "M1BG", "Y5LS")
    pdf = render_text(TextSheet("恢复密钥", ("请妥善保管。", Groups(groups), Field("保管人", ""))), fonts)
    assert "".join(groups) in re.sub(r"\s", "", preview.page_text(pdf, 1))


def test_groups_shrink_to_the_width_of_the_page(fonts: Fonts) -> None:
    pdf = render_text(TextSheet("恢复密钥", (Groups(("WWWWWWWWWWWW",) * 4),)), fonts)
    width, height, stride, dots = preview.page_grey(pdf, 1, 72)
    right = max(x for y in range(height) for x in range(width) if dots[y * stride + x] < 128)
    assert right <= (210 - 26) / 25.4 * 72 + 1


@pytest.mark.parametrize("lines", range(20, 40, 2))
def test_places_to_sign_stay_together_in_a_text_too(fonts: Fonts, lines: int) -> None:
    places = Signatures(tuple(SignaturePlace(f"村民{number}") for number in range(8)))
    pdf = render_text(TextSheet("承诺书", (*("我已知悉。",) * lines, places)), fonts)
    texts = [preview.page_text(pdf, page) for page in range(1, preview.page_count(pdf) + 1)]
    assert [text.count("村民") for text in texts if "村民" in text] == [8]


def test_a_centred_text_stands_in_the_middle_of_the_page(fonts: Fonts) -> None:
    pdf = render_text(TextSheet("告知", (Text("甲", 40, "center"),)), fonts)
    width, height, stride, dots = preview.page_grey(pdf, 1, 72)
    rows = [dots[y * stride : y * stride + width] for y in range(130, height - 60)]
    inked = [x for row in rows for x, dot in enumerate(row) if dot < 128]
    assert (min(inked) + max(inked)) / 2 == pytest.approx((28 + 210 - 26) / 2 / 25.4 * 72, abs=2)


def test_practice_is_marked(fonts: Fonts) -> None:
    text = preview.page_text(render_text(TextSheet("恢复密钥", ("一",), practice=True), fonts), 1)
    assert "恢复密钥（演练）" in text
    assert "演练" in text.split("\n")


def test_a_character_in_no_font_is_refused_or_named(fonts: Fonts) -> None:
    sheet = TextSheet("告知", ("王\U0002ebf0",))
    with pytest.raises(RuleBroken):
        render_text(sheet, fonts)
    assert "U+2EBF0" in preview.page_text(render_text(sheet, fonts, allow_missing=True), 1)


def test_equal_texts_give_equal_bytes(fonts: Fonts) -> None:
    sheet = TextSheet("告知", ("李𬭎", Groups(("ABCD",))))
    assert render_text(sheet, fonts) == render_text(sheet, fonts)
