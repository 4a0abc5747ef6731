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
