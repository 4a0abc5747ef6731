"""Makes small fonts: for what a font of a PC may do that the bundled ones do not."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTCollection, TTFont

UNITS = 1024


def make_font(
    path: Path, *, chars: str = "甲乙丁 A", fs_type: int = 0, form: int = 4, name: str = "Toy"
) -> Path:
    """A font of triangles half a square wide, whose glyphs take as much room as their number says."""
    names = [".notdef", *(f"glyph{number}" for number in range(1, len(chars) + 1))]
    pen = TTGlyphPen(None)
    pen.moveTo((0, 0))
    pen.lineTo((0, 500))
    pen.lineTo((500, 500))
    pen.closePath()
    built = FontBuilder(UNITS, isTTF=True)
    built.setupGlyphOrder(names)
    built.setupCharacterMap(dict(zip(map(ord, chars), names[1:], strict=True)))
    built.setupGlyf(dict.fromkeys(names, pen.glyph()))
    built.setupHorizontalMetrics({name: (100 * number, 0) for number, name in enumerate(names)})
    built.setupHorizontalHeader(ascent=800, descent=-200)
    built.setupNameTable({"familyName": name, "styleName": "Regular", "psName": name})
    built.setupOS2(fsType=fs_type)
    built.setupPost()
    opened: Any = built.font
    opened["cmap"].tables = [table for table in opened["cmap"].tables if table.format == form]
    built.save(path)
    return path


def make_collection(path: Path, faces: Sequence[Path]) -> Path:
    """Several fonts in one file."""
    collection = TTCollection()
    collection.fonts = [TTFont(face) for face in faces]
    collection.save(path)
    return path
