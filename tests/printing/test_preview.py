from __future__ import annotations

from io import BytesIO
from threading import Thread

import pytest
from PIL import Image

from desktop.base.errors import EnvironmentFault
from desktop.printing import preview
from desktop.printing.fonts import Fonts
from desktop.printing.paper import A4_PT, Ink, Paper


@pytest.fixture
def pdf(fonts: Fonts) -> bytes:
    paper = Paper(fonts, title="两页")
    for line in ("第一页", "第二页"):
        ink = Ink(paper)
        ink.text(100, 400, line, 12)
        ink.fill([(0, 0, 72, 72)])
        paper.add_page(ink, *A4_PT)
    return paper.to_bytes()


def test_page_count_counts_pages(pdf: bytes) -> None:
    assert preview.page_count(pdf) == 2


def test_page_text_counts_from_one(pdf: bytes) -> None:
    assert [preview.page_text(pdf, page) for page in (1, 2)] == ["第一页", "第二页"]


@pytest.mark.parametrize("page", [0, 3])
def test_a_page_that_is_not_there_is_refused(pdf: bytes, page: int) -> None:
    with pytest.raises(ValueError, match=f"page {page} of 2"):
        preview.page_text(pdf, page)


def test_page_size_is_in_millimetres(pdf: bytes) -> None:
    assert preview.page_size_mm(pdf, 1) == pytest.approx((210, 297), abs=0.01)


def test_page_png_has_the_size_of_the_page_at_its_resolution(pdf: bytes) -> None:
    picture = Image.open(BytesIO(preview.page_png(pdf, 1, 72)))
    assert picture.format == "PNG"
    assert picture.size == (596, 842)
    assert picture.getpixel((10, 830)) == (0, 0, 0)
    assert picture.getpixel((500, 100)) == (255, 255, 255)


def test_page_grey_gives_one_byte_a_dot(pdf: bytes) -> None:
    width, height, stride, dots = preview.page_grey(pdf, 1, 72)
    assert len(dots) == stride * height
    assert stride >= width
    assert (dots[830 * stride + 10], dots[100 * stride + 500]) == (0, 255)


def test_bytes_that_are_no_pdf_are_a_fault() -> None:
    with pytest.raises(EnvironmentFault) as caught:
        preview.page_count(b"%PDF-1.7 broken")
    assert caught.value.code == "PRN-003"


def test_preview_may_be_called_from_several_threads(pdf: bytes) -> None:
    texts: list[str] = []
    threads = [
        Thread(target=lambda: texts.extend(preview.page_text(pdf, 1) for _ in range(20))) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert texts == ["第一页"] * 80


def test_page_sizes_are_those_of_every_page(pdf: bytes) -> None:
    assert preview.page_sizes_mm(pdf) == [pytest.approx((210, 297), abs=0.01)] * 2


def test_page_picture_has_four_bytes_a_dot(pdf: bytes) -> None:
    picture = preview.page_picture(pdf, 1, 72)
    assert picture.stride == 4 * picture.width
    place = 830 * picture.stride + 4 * 10
    assert picture.dots[place : place + 3] == b"\0\0\0"


def test_bands_together_are_the_page(pdf: bytes) -> None:
    whole = preview.page_grey(pdf, 1, 150)
    bands = list(preview.page_bands(pdf, 1, 150, 40.0))
    assert len(bands) == 8
    assert sum(band.height for _top, _height, band in bands) == pytest.approx(whole.height, abs=1)
    assert (
        b"".join(band.dots for _top, _height, band in bands[:-1])
        == whole.dots[: sum(len(band.dots) for _top, _height, band in bands[:-1])]
    )
    tops = [top for top, _height, _band in bands]
    assert tops == pytest.approx([place * 40.0 for place in range(8)], abs=0.3)


def edged(fonts: Fonts, from_left_mm: float) -> bytes:
    paper = Paper(fonts, title="边")
    ink = Ink(paper)
    ink.fill([(from_left_mm / 25.4 * 72, 400, 20, 20)])
    paper.add_page(ink, *A4_PT)
    paper.add_page(Ink(paper), *A4_PT)
    return paper.to_bytes()


def test_ink_edges_are_distances_from_the_paper(fonts: Fonts) -> None:
    edges = preview.ink_edges_mm(edged(fonts, 30), 1)
    assert edges is not None
    assert edges[0] == pytest.approx(30, abs=0.4)
    assert edges[3] == pytest.approx(400 / 72 * 25.4, abs=0.4)


def test_an_empty_page_has_no_ink(fonts: Fonts) -> None:
    assert preview.ink_edges_mm(edged(fonts, 30), 2) is None


@pytest.mark.parametrize(
    ("from_left_mm", "dx_mm", "is_near"), [(4, 0, True), (5.5, 0, False), (5.5, -2, True), (4, 2, False)]
)
def test_ink_near_the_edge_is_found_after_the_offset(
    fonts: Fonts, from_left_mm: float, dx_mm: float, is_near: bool
) -> None:
    pdf = edged(fonts, from_left_mm)
    assert list(preview.pages_near_edge(pdf, [1, 2], dx_mm)) == [(1, is_near), (2, False)]
