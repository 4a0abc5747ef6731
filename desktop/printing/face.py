"""ReportLab's parsed font, with its long tables read in one stroke each instead of one number at a time.

The first paper of a session waits for it: 30,000 characters took 0.2 s of CPU a font, and take a tenth of that here.
`tests/printing/test_face.py` compares it with what ReportLab itself reads.
"""

from __future__ import annotations

import struct
import sys
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import repeat
from mmap import mmap
from pathlib import Path
from typing import Any

from reportlab.pdfbase.ttfonts import TTFError, TTFontFace

_UNICODE_TABLES = ((3, 10), (0, 6), (0, 4), (3, 1), (0, 3), (0, 2), (0, 1), (0, 0))
"""Platform and encoding of a table of characters, the widest first."""
_HEAD, _RANGE = 16, 12
_RESTRICTED, _NO_SUBSET_OR_OUTLINES = 0x0002, 0x0300
"""Of fsType, OpenType 1.9 OS/2: no embedding at all; no subset, pictures only."""


class _Outlines:
    """The table of outlines, of which slices are asked for."""

    def __init__(self, data: mmap, start: int) -> None:
        self._data, self._start = data, start

    def __getitem__(self, part: slice) -> bytes:
        return self._data[self._start + part.start : self._start + part.stop]


class _Glyphs(Mapping[int, int]):
    """Code of a character → number of its glyph, in a tenth of a dict's memory; what was asked is remembered."""

    def __init__(self, pairs: Iterable[tuple[int, int]]) -> None:
        """Shape: `pairs` in the order of the codes."""
        self._codes, self._glyphs = array("I"), array("H")
        self._asked: dict[int, int] = {}
        for code, glyph in pairs:
            self._codes.append(code)
            self._glyphs.append(glyph)

    def _place_of(self, code: int) -> tuple[int, bool]:
        at = bisect_left(self._codes, code)
        return at, at < len(self._codes) and self._codes[at] == code

    def __getitem__(self, code: int) -> int:
        glyph = self._asked.get(code)
        if glyph is None:
            at, is_there = self._place_of(code)
            if not is_there:
                raise KeyError(code)
            glyph = self._asked[code] = self._glyphs[at]
        return glyph

    def __setitem__(self, code: int, glyph: int) -> None:
        self._asked.pop(code, None)
        at, is_there = self._place_of(code)
        if is_there:
            self._glyphs[at] = glyph
        else:
            self._codes.insert(at, code)
            self._glyphs.insert(at, glyph)

    def __iter__(self) -> Iterator[int]:
        return iter(self._codes)

    def __len__(self) -> int:
        return len(self._codes)


class _Metrics(Sequence[tuple[int, int]]):
    """Advance width and left bearing by glyph; 65,000 tuples would be 7 MB."""

    def __init__(self, advances: array[int], bearings: array[int]) -> None:
        self._advances, self._bearings = advances, bearings

    def __getitem__(self, glyph: Any) -> Any:
        return self._advances[glyph], self._bearings[glyph]

    def __len__(self) -> int:
        return len(self._advances)


class Face(TTFontFace):  # type: ignore[misc]  # ReportLab has no types
    """One face of a font file.

    The file's bytes are borrowed for each reading and not kept: they are 25 MB for the two fonts of every paper.

    Errors:  TTFError for a file that is damaged, no TrueType outlines, or not to be embedded (OS/2 fsType).
    """

    def __init__(self, data: mmap, path: Path, index: int = 0) -> None:
        self._ttf_data: Any = data
        super().__init__(str(path), subfontIndex=index)
        self._ttf_data = None

    def readFile(self, name: str) -> None:  # noqa: N802 - ReportLab's name
        """The bytes are there already."""
        self.filename, self._pos = name, 0

    def subset(self, data: mmap, codes: list[int]) -> bytes:
        """A TrueType file with the glyphs of these characters only, taken from the same file."""
        self._ttf_data = data
        try:
            made: bytes = self.makeSubset(codes)
        finally:
            self._ttf_data = None
        return made

    def ink_of(self, data: mmap, glyph: int) -> tuple[float, float]:
        """How far the ink of a glyph reaches to the left and to the right, in thousandths of the size."""
        start, end = self.glyphPos[glyph : glyph + 2]
        if start == end:
            return 0.0, 0.0
        left, _low, right, _high = struct.unpack_from(">4h", data, self.get_table_pos("glyf")[0] + start + 2)
        return float(self._pdfScale(left)), float(self._pdfScale(right))

    def get_table(self, tag: str) -> Any:
        """A table; the outlines, of which a subset needs a hundredth, are not copied."""
        start, length = self.get_table_pos(tag)
        return _Outlines(self._ttf_data, start) if tag == "glyf" else self._ttf_data[start : start + length]

    def extractInfo(self, charInfo: int = 1) -> None:  # noqa: N802, N803 - ReportLab's names
        """Reads what names the font as ReportLab does, and the tables of characters, widths and outlines."""
        try:
            super().extractInfo(charInfo=0)
            self._require_permission()
            known = ((code, glyph) for code, glyph in self._characters() if 0 < glyph < self.numGlyphs)
            self.charToGlyph = _Glyphs(known)
            self.hmetrics = self._metrics()
            self.glyphPos = self._places()
        except (struct.error, KeyError, IndexError, ValueError) as error:
            raise TTFError(f"damaged tables in {self.filename}") from error
        # ReportLab takes a no-break space for a blank and a blank for a no-break space.
        for one, other in ((0x20, 0xA0), (0xA0, 0x20)):
            if one in self.charToGlyph:
                self.charToGlyph[other] = self.charToGlyph[one]
        self.defaultWidth = self.width_of(0)

    def _require_permission(self) -> None:
        """Whether the font's maker lets a part of it travel in a paper; ReportLab reads the answer and forgets it."""
        if "OS/2" in self.table:
            (allowed,) = self._numbers("H", 1, self.get_table_pos("OS/2")[0] + 8)
            if allowed & 0x000F == _RESTRICTED or allowed & _NO_SUBSET_OR_OUTLINES:
                raise TTFError(f"{self.filename} forbids to embed it")

    def width_of(self, glyph: int) -> float:
        """The advance width of a glyph in thousandths of the size."""
        return float(self._pdfScale(self.hmetrics[glyph][0]))

    def _numbers(self, code: str, count: int, offset: int) -> tuple[int, ...]:
        return struct.unpack_from(f">{count}{code}", self._ttf_data, offset)

    def _characters(self) -> Iterator[tuple[int, int]]:
        start = self.get_table_pos("cmap")[0]
        _version, count = self._numbers("H", 2, start)
        tables = {
            (platform, encoding): start + offset
            for platform, encoding, offset in struct.iter_unpack(
                ">HHL", self._ttf_data[start + 4 : start + 4 + 8 * count]
            )
        }
        offset = next((tables[one] for one in _UNICODE_TABLES if one in tables), None)
        if offset is None:
            raise TTFError(f"no table of Unicode characters in {self.filename}")
        (form,) = self._numbers("H", 1, offset)
        if form == 12:
            return self._groups(offset)
        if form == 4:
            return self._segments(offset)
        raise TTFError(f"unknown table of characters {form} in {self.filename}")

    def _groups(self, offset: int) -> Iterator[tuple[int, int]]:
        (count,) = self._numbers("L", 1, offset + 12)
        begin = offset + _HEAD
        groups = self._ttf_data[begin : begin + count * _RANGE]
        for first, last, glyph in struct.iter_unpack(">LLL", groups):
            yield from zip(range(first, last + 1), range(glyph, glyph + last - first + 1), strict=True)

    def _segments(self, offset: int) -> Iterator[tuple[int, int]]:
        (twice,) = self._numbers("H", 1, offset + 6)
        count, begin = twice // 2, offset + 14
        lasts = self._numbers("H", count, begin)
        firsts = self._numbers("H", count, begin + twice + 2)
        deltas = self._numbers("H", count, begin + 2 * twice + 2)
        ranges = begin + 3 * twice + 2
        places = self._numbers("H", count, ranges)
        for number, (first, last, delta, place) in enumerate(zip(firsts, lasts, deltas, places, strict=True)):
            size = last - first + 1
            if place == 0:
                glyphs: Iterator[int] = iter(range(first + delta, first + delta + size))
            else:
                at = ranges + 2 * number + place
                whole = max(0, min(size, (len(self._ttf_data) - at) // 2))
                told = self._numbers("H", whole, at)
                glyphs = (glyph + delta if glyph else 0 for glyph in told)
            yield from zip(range(first, last + 1), (glyph & 0xFFFF for glyph in glyphs), strict=False)

    def _array(self, code: str, count: int, offset: int) -> array[int]:
        numbers = array(code)
        numbers.frombytes(self._ttf_data[offset : offset + count * numbers.itemsize])
        if len(numbers) < count:
            raise struct.error
        if sys.byteorder == "little":
            numbers.byteswap()
        return numbers

    def _metrics(self) -> _Metrics:
        """Advance width and left bearing of every glyph."""
        start = self.get_table_pos("hmtx")[0]
        (count,) = self._numbers("H", 1, self.get_table_pos("hhea")[0] + 34)
        pairs, rest = self._array("H", 2 * count, start), self.numGlyphs - count
        advances, bearings = pairs[::2], pairs[1::2]
        advances.extend(repeat(advances[-1], rest))
        bearings.extend(self._array("H", rest, start + 4 * count))
        return _Metrics(advances, bearings)

    def _places(self) -> array[int]:
        """Where the outline of every glyph begins, and where the last one ends."""
        (is_long,) = self._numbers("H", 1, self.get_table_pos("head")[0] + 50)
        start, count = self.get_table_pos("loca")[0], self.numGlyphs + 1
        if is_long:
            return self._array("I", count, start)
        return array("I", (2 * place for place in self._array("H", count, start)))
