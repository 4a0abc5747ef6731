"""Looks into a finished PDF: how many pages, what they look like, what text they hold. No window here.

PDFium is not safe between threads, so every call holds one lock of the process; a page takes some tens of milliseconds.
Pages count from 1, as on paper.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from threading import Lock
from typing import Any

import pypdfium2

from desktop.base.errors import EnvironmentFault
from desktop.base.text import _

_pdfium_lock = Lock()
_POINTS_PER_INCH = 72


def page_count(pdf: bytes) -> int:
    """The number of pages.

    Errors:  EnvironmentFault PRN-003 when the bytes are not a whole PDF.
    """
    with _opened(pdf) as document:
        return len(document)


def page_size_mm(pdf: bytes, page: int) -> tuple[float, float]:
    """Width and height of a page.

    Errors:  EnvironmentFault PRN-003; ValueError when there is no such page.
    """
    with _opened(pdf) as document, _page(document, page) as opened:
        width, height = opened.get_size()
        return width / _POINTS_PER_INCH * 25.4, height / _POINTS_PER_INCH * 25.4


def page_png(pdf: bytes, page: int, dpi: int = 150) -> bytes:
    """A page as a PNG picture in colour.

    Errors:  EnvironmentFault PRN-003; ValueError when there is no such page.
    """
    with _opened(pdf) as document, _page(document, page) as opened:
        picture = opened.render(scale=dpi / _POINTS_PER_INCH).to_pil()
    target = BytesIO()
    picture.save(target, "PNG", compress_level=1)
    return target.getvalue()


def page_grey(pdf: bytes, page: int, dpi: int = 300) -> tuple[int, int, int, bytes]:
    """A page as width, height, bytes in a line, and one byte of grey a dot: what the printer gets.

    Errors:  EnvironmentFault PRN-003; ValueError when there is no such page.
    """
    with _opened(pdf) as document, _page(document, page) as opened:
        bitmap = opened.render(scale=dpi / _POINTS_PER_INCH, grayscale=True)
        try:
            return bitmap.width, bitmap.height, bitmap.stride, bytes(bitmap.buffer)
        finally:
            bitmap.close()


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
