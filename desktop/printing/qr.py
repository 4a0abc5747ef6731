"""QR codes as filled boxes, by segno: ReportLab's encoder brings half of ReportLab with it and takes longer."""

from __future__ import annotations

from itertools import groupby

import segno

Box = tuple[float, float, float, float]


def qr_boxes(text: str, x: float, y: float, size: float) -> list[Box]:
    """The dark runs of a QR code whose lower left corner and edge are given; leave four modules white around it.

    Shape:   ASCII only, so that every reader on every phone shows the same; a fifth of it may be dirty.
    Errors:  ValueError for other characters.
    """
    if not text.isascii():
        raise ValueError("a QR code on paper holds ASCII only")
    lines = segno.make_qr(text, error="m", boost_error=False).matrix
    module = size / len(lines)
    boxes: list[Box] = []
    for row, line in enumerate(lines):
        top, column = y + size - (row + 1) * module, 0
        for dark, group in groupby(line):
            count = len(list(group))
            if dark:
                boxes.append((x + column * module, top, count * module, module))
            column += count
    return boxes
