"""Embeds one Type0 font per font file instead of ReportLab's many 256-glyph fonts.

Why: no font switch inside a string, half the file, and a ToUnicode table that is right beyond the BMP, so that a rare
name can be searched and copied. Rests on internals of ReportLab's parser and object writer that
`tests/printing/test_cidfont.py` pins down.
"""

from __future__ import annotations

import hashlib
import zlib
from itertools import groupby
from struct import pack
from typing import Any

from reportlab.pdfbase import pdfdoc

from desktop.printing.fonts import FontFile

_ESCAPED = frozenset(b"()\\\r\n")
_SYMBOLIC, _NONSYMBOLIC = 4, 32
LEVEL = 1
"""Of compression: a third of the time of the usual 6 for a file that is a tenth larger."""
_BLOCK = 100  # entries that a bfchar block may have
_FULL_WIDTH = 1000


class NoGlyphError(ValueError):
    """The font has no glyph for a character; no LookupError, which `str.translate` would take for "leave it"."""


class Codes(dict[int, str]):
    """Number of a character → its two code bytes as Latin-1 text, given out at first use: a table for `str.translate`.

    Codes with a byte that a PDF string would have to escape are left out, so what is translated is a string as it
    stands.

    Errors:  NoGlyphError for a character that the font does not have.
    """

    def __init__(self, font: FontFile) -> None:
        super().__init__()
        self._font = font
        self.used: list[tuple[int, str]] = []
        self.last = 0

    def __missing__(self, number: int) -> str:
        char = chr(number)
        if not self._font.has(char):
            raise NoGlyphError(char)
        code = self.last + 1
        while code >> 8 in _ESCAPED or code & 255 in _ESCAPED:
            code += 1
        self.last = code
        self.used.append((code, char))
        shown = self[number] = chr(code >> 8) + chr(code & 255)
        return shown


class EmbeddedFont:
    """The part of one font file that one document uses."""

    def __init__(self, font: FontFile, name: str) -> None:
        self.font = font
        self.name = name
        self.codes = Codes(font)

    def add_to(self, document: Any) -> Any:
        """Writes the font's objects; the reference to its dictionary. Call it after the last text."""
        face, used = self.font.face, self.codes.used
        base = pdfdoc.PDFName(f"{_subset_tag(used)}+{_text(face.name)}")
        data = self.font.subset([ord(char) for _code, char in used])
        descriptor = {
            "Type": pdfdoc.PDFName("FontDescriptor"),
            "FontName": base,
            "Flags": (face.flags & ~_NONSYMBOLIC) | _SYMBOLIC,
            "FontBBox": pdfdoc.PDFArray(face.bbox),
            "ItalicAngle": face.italicAngle,
            "Ascent": face.ascent,
            "Descent": face.descent,
            "CapHeight": face.capHeight,
            "StemV": face.stemV,
            "FontFile2": document.Reference(deflated(data, Length1=len(data))),
        }
        system = {
            "Registry": pdfdoc.PDFString("Adobe"),
            "Ordering": pdfdoc.PDFString("Identity"),
            "Supplement": 0,
        }
        descendant = {
            "Type": pdfdoc.PDFName("Font"),
            "Subtype": pdfdoc.PDFName("CIDFontType2"),
            "BaseFont": base,
            "CIDSystemInfo": pdfdoc.PDFDictionary(system),
            "FontDescriptor": document.Reference(pdfdoc.PDFDictionary(descriptor)),
            "DW": _FULL_WIDTH,
            "W": pdfdoc.PDFArray(self._widths()),
            "CIDToGIDMap": document.Reference(deflated(self._glyph_map())),
        }
        return document.Reference(
            pdfdoc.PDFDictionary(
                {
                    "Type": pdfdoc.PDFName("Font"),
                    "Subtype": pdfdoc.PDFName("Type0"),
                    "BaseFont": base,
                    "Encoding": pdfdoc.PDFName("Identity-H"),
                    "DescendantFonts": pdfdoc.PDFArray(
                        [document.Reference(pdfdoc.PDFDictionary(descendant))]
                    ),
                    "ToUnicode": document.Reference(deflated(to_unicode(used).encode("ascii"))),
                }
            )
        )

    def _widths(self) -> list[float]:
        """Runs `first last width` for all that is not full-width, which the default covers."""
        runs: list[float] = []
        measured = ((code, self.font.width(char)) for code, char in self.codes.used)
        for width, group in groupby(measured, key=lambda entry: entry[1]):
            codes = [code for code, _width in group]
            if width != _FULL_WIDTH:
                runs += [codes[0], codes[-1], width]
        return runs

    def _glyph_map(self) -> bytes:
        """Code → glyph of the subset, which numbers glyphs in the order of their first use."""
        order = {0: 0}
        glyphs = [0] * (self.codes.last + 1)
        for code, char in self.codes.used:
            original = self.font.face.charToGlyph[ord(char)]
            glyphs[code] = order.setdefault(original, len(order))
        return b"".join(pack(">H", glyph) for glyph in glyphs)


def deflated(content: bytes, **entries: Any) -> Any:
    """A compressed PDF stream object with further dictionary entries."""
    stream = pdfdoc.PDFStream(content=zlib.compress(content, LEVEL), filters=[])
    for key, value in entries.items():
        stream.dictionary[key] = value
    stream.dictionary["Filter"] = pdfdoc.PDFName("FlateDecode")
    return stream


def to_unicode(used: list[tuple[int, str]]) -> str:
    """The CMap that turns codes back into text; characters beyond the BMP as surrogate pairs, as PDF wants them."""
    lines = [
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap",
        "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def",
        "/CMapName /Adobe-Identity-UCS def /CMapType 2 def",
        "1 begincodespacerange <0000> <FFFF> endcodespacerange",
    ]
    for start in range(0, len(used), _BLOCK):
        block = used[start : start + _BLOCK]
        lines.append(f"{len(block)} beginbfchar")
        lines += [f"<{code:04X}> <{char.encode('utf-16-be').hex().upper()}>" for code, char in block]
        lines.append("endbfchar")
    lines.append("endcmap CMapName currentdict /CMap defineresource pop end end")
    return "\n".join(lines)


def _subset_tag(used: list[tuple[int, str]]) -> str:
    """Six capitals that differ between subsets, as the standard asks for, and are equal for equal text."""
    digest = hashlib.sha256("".join(char for _code, char in used).encode()).digest()
    return "".join(chr(65 + byte % 26) for byte in digest[:6])


def _text(name: str | bytes) -> str:
    return name.decode("latin-1") if isinstance(name, bytes) else name
