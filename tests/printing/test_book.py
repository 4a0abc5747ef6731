"""Cover, contents, 备考表 and spine labels of a bound ledger."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from datetime import date

import pypdfium2
import pytest

from desktop.base.errors import RuleBroken
from desktop.printing.book import BookBinding, ContentsLine, render_binding
from desktop.printing.fonts import Fonts
from desktop.printing.paper import MM
from tests.helpers.paper_faults import faults_of, watched

VOLUME = BookBinding(
    title="矛盾纠纷排查化解台账",
    unit="青石乡派出所石桥村警务室",
    year=2026,
    volume_no=2,
    first_day="2026-03-02",
    last_day="2026-12-31",
    first_page=121,
    last_page=240,
    row_count=1960,
    red_count=3,
    late_count=1,
    retention_years=10,
    closed_on=date(2027, 1, 4),
    note="第2页有手写补字，第7页缺角。",
    contents=tuple(
        ContentsLine(f"2026-{month:02d}", f"{month * 100}–{month * 100 + 99}", 100, 120 + month, 121 + month)
        for month in range(3, 13)
    ),
)


def pages(pdf: bytes) -> list[str]:
    with closing(pypdfium2.PdfDocument(pdf)) as document:
        return ["".join(page.get_textpage().get_text_range().split()) for page in document]


def test_parts_stand_in_the_order_of_binding(fonts: Fonts) -> None:
    cover, contents, review, spine = pages(render_binding(VOLUME, fonts))
    assert ("第2册" in cover, "共120页（第121页至第240页）" in cover, "10年" in cover) == (True, True, True)
    assert "2026年3月2日至2026年12月31日" in cover
    assert ("2026年12月" in contents, "1200–1299" in contents, "132–133" in contents) == (True, True, True)
    assert ("立卷人" in review, "红字更正3行、补记1行" in review, "第7页缺角" in review) == (True, True, True)
    assert spine.count("2026") == 3


def test_equal_volumes_give_equal_bytes(fonts: Fonts) -> None:
    assert render_binding(VOLUME, fonts) == render_binding(replace(VOLUME), fonts)


@pytest.mark.parametrize(("paper", "size"), [("A4", (297, 210)), ("A3", (420, 297))])
def test_binding_is_as_large_as_the_pages(fonts: Fonts, paper: str, size: tuple[int, int]) -> None:
    pdf = render_binding(replace(VOLUME, paper=paper), fonts)  # type: ignore[arg-type]
    with closing(pypdfium2.PdfDocument(pdf)) as document:
        assert {tuple(round(side / MM) for side in page.get_size()) for page in document} == {size}


def test_contents_longer_than_a_page_go_on(fonts: Fonts) -> None:
    contents = tuple(ContentsLine(f"2026-{at % 12 + 1:02d}", str(at), 1, at, at) for at in range(1, 41))
    made = pages(render_binding(replace(VOLUME, contents=contents), fonts))
    assert sum("目录" in page for page in made) > 1
    assert all(str(at) in "".join(made) for at in range(1, 41))


def test_volume_without_records_says_so(fonts: Fonts) -> None:
    cover, contents, *_rest = pages(
        render_binding(replace(VOLUME, first_day="", last_day="", contents=()), fonts)
    )
    assert "本册无记录（零报告）" in cover
    assert "目录" in contents


def test_sign_that_no_font_has_is_refused(fonts: Fonts) -> None:
    with pytest.raises(RuleBroken) as caught:
        render_binding(replace(VOLUME, note="姓\ue123"), fonts)
    assert caught.value.code == "PRN-002"


@pytest.mark.parametrize(
    "told",
    [
        VOLUME,
        replace(VOLUME, practice=True, paper="A3"),
        replace(
            VOLUME,
            title="社情民意及诉求办理台账" * 3,
            unit="阿布都热合曼·买买提明街道办事处派出所第十二警务室" * 2,
            note="第2页，有手写补字；" * 40,
        ),
    ],
    ids=["plain", "practice", "long"],
)
def test_binding_has_no_typographic_fault(told: BookBinding, fonts: Fonts) -> None:
    with watched() as lines:
        pdf = render_binding(told, fonts)
    assert faults_of(pdf, lines) == []
