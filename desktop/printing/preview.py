"""Looks into a finished PDF: how many pages, what they look like, what text they hold. No window here.

PDFium is not safe between threads, so every call holds one lock of the process; a page takes some tens of milliseconds.
Pages count from 1, as on paper.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from io import BytesIO
from math import ceil
from threading import Lock
from typing import Any, NamedTuple

import pypdfium2

from desktop.base.errors import EnvironmentFault
from desktop.base.text import _

_pdfium_lock = Lock()
_POINTS_PER_INCH = 72
_MM_PER_POINT = 25.4 / _POINTS_PER_INCH

INK_DPI = 72
"""Fine enough to see a hairline beside the edge of the paper."""
WHITE_FROM = 250
"""Dots as light as this are paper."""


EDGE_MM = 5.0
"""No printer reaches nearer to the edge of the paper."""


class Picture(NamedTuple):
    """A page, or a band of it, in dots.

    Shape:   `stride` bytes a line; one byte of grey a dot, or four (blue, green, red, unused) in colour.
    """

    width: int
    height: int
    stride: int
    dots: bytes


def page_count(pdf: bytes) -> int:
    """The number of pages.

    Errors:  EnvironmentFault PRN-003 when the bytes are not a whole PDF.
    """
    with _opened(pdf) as document:
        return len(document)


def page_sizes_mm(pdf: bytes) -> list[tuple[float, float]]:
    """Width and height of every page; no page is parsed for it.

    Errors:  EnvironmentFault PRN-003.
    """
    with _opened(pdf) as document:
        sizes = [document.get_page_size(page) for page in range(len(document))]
    return [(width * _MM_PER_POINT, height * _MM_PER_POINT) for width, height in sizes]


def page_size_mm(pdf: bytes, page: int) -> tuple[float, float]:
    """Width and height of a page.

    Errors:  EnvironmentFault PRN-003; ValueError when there is no such page.
    """
    with _opened(pdf) as document, _page(document, page) as opened:
        width, height = opened.get_size()
        return width * _MM_PER_POINT, height * _MM_PER_POINT


def page_picture(pdf: bytes, page: int, dpi: float) -> Picture:
    """A page in colour, for the screen.

    Errors:  EnvironmentFault PRN-003; ValueError when there is no such page.
    """
    with _opened(pdf) as document, _page(document, page) as opened:
        # Four bytes a dot: what the screen takes as it is.
        bitmap = opened.render(scale=dpi / _POINTS_PER_INCH, prefer_bgrx=True)
        return _taken(bitmap)


def page_png(pdf: bytes, page: int, dpi: int = 150) -> bytes:
    """A page as a PNG picture in colour.

    Errors:  EnvironmentFault PRN-003; ValueError when there is no such page.
    """
    with _opened(pdf) as document, _page(document, page) as opened:
        picture = opened.render(scale=dpi / _POINTS_PER_INCH).to_pil()
    target = BytesIO()
    picture.save(target, "PNG", compress_level=1)
    return target.getvalue()


def page_grey(pdf: bytes, page: int, dpi: int = 300) -> Picture:
    """A page in grey.

    Errors:  EnvironmentFault PRN-003; ValueError when there is no such page.
    """
    with _opened(pdf) as document, _page(document, page) as opened:
        return _taken(opened.render(scale=dpi / _POINTS_PER_INCH, grayscale=True))


def page_bands(pdf: bytes, page: int, dpi: int, band_mm: float) -> Iterator[tuple[float, float, Picture]]:
    """A page in grey from top to bottom, one band after another, so that a fine page needs little memory.

    Shape:   (upper edge, height, picture) of each band; between two bands the lock is free.
    Units:   millimetres from the upper edge of the page.
    Errors:  EnvironmentFault PRN-003; ValueError when there is no such page.
    """
    scale = dpi / _POINTS_PER_INCH
    with _opened(pdf) as document, _page(document, page) as opened:
        height = opened.get_size()[1]
    # PDFium stretches a page to whole dots; told are the places on the page itself.
    true_mm = height / ceil(height * scale) * scale * _MM_PER_POINT
    # Whole dots, or two bands would not meet.
    step = max(1, round(band_mm / _MM_PER_POINT * scale)) / scale
    top = 0.0
    while top < height:
        below = max(0.0, height - top - step)
        with _opened(pdf) as document, _page(document, page) as opened:
            picture = _taken(opened.render(scale=scale, grayscale=True, crop=(0, below, 0, top)))
        yield top * true_mm, picture.height / scale * true_mm, picture
        top += step


def ink_edges_mm(pdf: bytes, page: int) -> tuple[float, float, float, float] | None:
    """How far the ink stays from the left, upper, right and lower edge; None for an empty page.

    Errors:  EnvironmentFault PRN-003; ValueError when there is no such page.
    """
    with _opened(pdf) as document, _page(document, page) as opened:
        width, height = (edge * _MM_PER_POINT for edge in opened.get_size())
        picture = opened.render(scale=INK_DPI / _POINTS_PER_INCH, grayscale=True).to_pil()
    box = picture.point([255 if dot < WHITE_FROM else 0 for dot in range(256)]).getbbox()
    if box is None:
        return None
    left, top, right, bottom = (edge / INK_DPI * 25.4 for edge in box)
    return left, top, width - right, height - bottom


def pages_near_edge(
    pdf: bytes, pages: Iterable[int], dx_mm: float = 0.0, dy_mm: float = 0.0
) -> Iterator[tuple[int, bool]]:
    """For each page, whether ink comes nearer than `EDGE_MM` to an edge of the paper when it is moved so.

    Errors:  EnvironmentFault PRN-003; ValueError when there is no such page.
    """
    for page in pages:
        edges = ink_edges_mm(pdf, page)
        yield page, edges is not None and _nearest(edges, dx_mm, dy_mm) < EDGE_MM - 0.3


def _nearest(edges: tuple[float, float, float, float], dx_mm: float, dy_mm: float) -> float:
    """A dot of the picture is a third of a millimetre, so what stands at the limit counts as outside of it."""
    left, top, right, bottom = edges
    return min(left + dx_mm, top + dy_mm, right - dx_mm, bottom - dy_mm)


def page_text(pdf: bytes, page: int) -> str:
    """The text of a page in the order it was drawn, newlines between lines.

    Errors:  EnvironmentFault PRN-003; ValueError when there is no such page.
    """
    with _opened(pdf) as document, _page(document, page) as opened:
        text = opened.get_textpage()
        try:
            return str(text.get_text_range()).replace("\r\n", "\n")
        finally:
            text.close()


def _taken(bitmap: Any) -> Picture:
    """The dots as bytes of our own; the bitmap is given back."""
    try:
        return Picture(bitmap.width, bitmap.height, bitmap.stride, bytes(bitmap.buffer))
    finally:
        bitmap.close()


@contextmanager
def _opened(pdf: bytes) -> Iterator[Any]:
    with _pdfium_lock:
        try:
            document = pypdfium2.PdfDocument(pdf)
        except pypdfium2.PdfiumError as error:
            raise EnvironmentFault(
                "PRN-003", _("这份文件不是完整的 PDF，无法预览或打印，数据没有丢失。请重新生成后再试。")
            ) from error
        try:
            yield document
        finally:
            document.close()


@contextmanager
def _page(document: Any, page: int) -> Iterator[Any]:
    if not 1 <= page <= len(document):
        raise ValueError(f"page {page} of {len(document)}")
    opened = document[page - 1]
    try:
        yield opened
    finally:
        opened.close()
