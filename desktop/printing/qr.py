"""QR codes as filled boxes; the encoder is ReportLab's, so nothing more has to be shipped."""

from __future__ import annotations

from itertools import groupby

from reportlab.graphics.barcode.qrencoder import QRCode, QRErrorCorrectLevel

Box = tuple[float, float, float, float]


def qr_boxes(text: str, x: float, y: float, size: float) -> list[Box]:
    """The dark runs of a QR code whose lower left corner and edge are given; leave four modules white around it.

    Shape:   ASCII only, so that every reader on every phone shows the same; a fifth of it may be dirty.
    Errors:  ValueError for other characters.
    """
    if not text.isascii():
        raise ValueError("a QR code on paper holds ASCII only")
    code = QRCode(None, QRErrorCorrectLevel.M)
    code.addData(text)
    code.make()
    count = code.getModuleCount()
    module = size / count
    boxes: list[Box] = []
    for row in range(count):
        for dark, group in groupby(range(count), key=lambda column, row=row: bool(code.isDark(row, column))):  # type: ignore[misc]
            columns = list(group)
            if dark:
                top = y + size - (row + 1) * module
                boxes.append((x + columns[0] * module, top, len(columns) * module, module))
    return boxes
