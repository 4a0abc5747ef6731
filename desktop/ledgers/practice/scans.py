"""A picture that looks like a scanned, signed page from two metres away: enough to attach, open and count."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

from desktop.ledgers.practice.chance import Chance

WIDTH, HEIGHT = 620, 877
_WHITE, _BLACK, _RED, _GREY = range(4)
_PALETTE = bytes((250, 250, 248, 40, 40, 45, 200, 40, 40, 190, 190, 190))
VARIANTS = 3
_STORED = 65_535


def write_scans(folder: Path, seed: int) -> list[Path]:
    """A few different pages; the same seed draws the same bytes."""
    paths = []
    for number in range(1, VARIANTS + 1):
        path = folder / f"签字扫描件{number}.png"
        path.write_bytes(page(Chance(seed, f"scan {number}")))
        paths.append(path)
    return paths


def page(chance: Chance) -> bytes:
    """One page as PNG: heading, lines of text, two signatures, a red seal."""
    rows = [bytearray(WIDTH) for _row in range(HEIGHT)]
    _block(rows, 190, 70, 240, 22)
    top = 130
    for _line in range(chance.number(17, 22)):
        _block(rows, 70, top, chance.number(300, 480), 7, ink=_GREY)
        top += 26
    for left in (110, 330):
        _stroke(rows, left, top + 40, chance)
    _ring(rows, 450, min(top + 70, HEIGHT - 80), 55)
    return _png(rows)


def _block(rows: list[bytearray], left: int, top: int, width: int, height: int, *, ink: int = _BLACK) -> None:
    for row in rows[top : top + height]:
        row[left : left + width] = bytes([ink]) * width


def _stroke(rows: list[bytearray], left: int, top: int, chance: Chance) -> None:
    height = 0
    for step in range(90):
        height = max(-14, min(14, height + chance.number(-3, 3)))
        for thick in range(3):
            rows[top + height + thick][left + step] = _BLACK


def _ring(rows: list[bytearray], left: int, top: int, radius: int) -> None:
    for y in range(max(top - radius, 0), min(top + radius + 1, HEIGHT)):
        for x in range(left - radius, left + radius + 1):
            distance = (x - left) ** 2 + (y - top) ** 2
            if (radius - 4) ** 2 <= distance <= radius**2 or distance <= 90:
                rows[y][x] = _RED


def _png(rows: list[bytearray]) -> bytes:
    raw = b"".join(b"\0" + _packed(row) for row in rows)
    return b"".join(
        (
            b"\x89PNG\r\n\x1a\n",
            _chunk(b"IHDR", struct.pack(">IIBBBBB", WIDTH, HEIGHT, 2, 3, 0, 0, 0)),
            _chunk(b"PLTE", _PALETTE),
            _chunk(b"IDAT", _stored(raw)),
            _chunk(b"IEND", b""),
        )
    )


def _packed(row: bytearray) -> bytes:
    """Four pixels in a byte."""
    return bytes(row[x] << 6 | row[x + 1] << 4 | row[x + 2] << 2 | row[x + 3] for x in range(0, WIDTH, 4))


def _stored(raw: bytes) -> bytes:
    """A zlib stream without compression: compressors differ from PC to PC, and the bytes must not."""
    blocks = []
    for start in range(0, len(raw), _STORED):
        part = raw[start : start + _STORED]
        is_last = start + _STORED >= len(raw)
        blocks.append(struct.pack("<BHH", is_last, len(part), len(part) ^ 0xFFFF) + part)
    return b"\x78\x01" + b"".join(blocks) + struct.pack(">I", zlib.adler32(raw))


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
