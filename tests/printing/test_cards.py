from __future__ import annotations

import pytest
from PIL import Image, ImageOps

from desktop.base.errors import RuleBroken
from desktop.printing import preview
from desktop.printing.cards import render_cards
from desktop.printing.fonts import Fonts
from desktop.printing.sheets import Card, CardSheet

CARD = Card(
    "青石乡派出所石桥村警务室",
    "王敏",
    "民警",
    "FJ0102",
    "12000000001",
    "石桥村一组12号",
    "周一至周五",
    "先挂断",
)


def test_cards_are_ten_to_a_sheet(fonts: Fonts) -> None:
    pdf = render_cards(CardSheet((CARD,) * 11), fonts)

    assert preview.page_count(pdf) == 2
    assert [preview.page_text(pdf, page).count("电话 12000000001") for page in (1, 2)] == [10, 1]
    assert pdf == render_cards(CardSheet((CARD,) * 11), fonts)


def test_cut_marks_stand_outside_the_cards_and_inside_what_printers_reach(fonts: Fonts) -> None:
    pdf = render_cards(CardSheet((CARD,)), fonts)
    edges = preview.ink_edges_mm(pdf, 1)
    assert edges is not None
    assert min(edges) > preview.EDGE_MM
    width, height, stride, dots = preview.page_grey(pdf, 1, 150)
    picture = ImageOps.invert(Image.frombuffer("L", (width, height), dots, "raw", "L", stride, 1))
    mm = 150 / 25.4
    # The second card's place is empty: no mark may reach into it.
    empty = picture.crop((round(106 * mm), round(14.5 * mm), round(194 * mm), round(66 * mm)))
    assert empty.getbbox() is None
    for x in (15, 105, 195):
        mark = picture.crop((round(x * mm) - 2, round(8 * mm), round(x * mm) + 3, round(10 * mm)))
        assert mark.getbbox() is not None


@pytest.mark.parametrize("name", ["阿依努尔·买买提阿不都热合曼·吐尔逊古丽·艾力" * 2, "𬱖"])
def test_long_and_rare_names_stay_on_their_card(fonts: Fonts, name: str) -> None:
    pdf = render_cards(CardSheet((Card("室", name, "人民调解员", phone="12000000001"),)), fonts)

    assert name in preview.page_text(pdf, 1).replace("\n", "")
    _width, height, stride, dots = preview.page_grey(pdf, 1, 100)
    mm = 100 / 25.4
    beside = [
        dots[row * stride + round(102 * mm) : row * stride + round(104 * mm)]
        for row in range(round(20 * mm), round(60 * mm))
    ]
    assert height
    assert all(set(one) == {255} for one in beside)


def test_practice_cards_say_so(fonts: Fonts) -> None:
    assert "演练" in preview.page_text(render_cards(CardSheet((CARD,), practice=True), fonts), 1)


def test_character_that_no_font_has_is_named_before_printing(fonts: Fonts) -> None:
    with pytest.raises(RuleBroken) as caught:
        render_cards(CardSheet((Card("室", "王\ue000", "民警"),)), fonts)
    assert caught.value.code == "PRN-002"
