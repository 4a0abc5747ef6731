"""Our reading of a font's long tables beside ReportLab's own, which is slow and known to be right."""

from __future__ import annotations

from mmap import ACCESS_READ, mmap
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont
from reportlab.pdfbase.ttfonts import TTFError, TTFontFace

from desktop.printing.face import Face
from desktop.printing.fonts import SANS, SERIF
from tests.helpers.fonts import UNITS, make_font
from tests.printing.conftest import FONTS_FOLDER


def face_of(path: Path) -> Face:
    with path.open("rb") as opened, mmap(opened.fileno(), 0, access=ACCESS_READ) as data:
        return Face(data, path)


def subset_of(face: Face, path: Path, text: str) -> bytes:
    with path.open("rb") as opened, mmap(opened.fileno(), 0, access=ACCESS_READ) as data:
        return face.subset(data, [ord(char) for char in text])


@pytest.mark.parametrize("name", [SERIF, SANS])
def test_face_reads_of_a_bundled_font_what_reportlab_reads(name: str) -> None:
    path = FONTS_FOLDER / name
    ours, theirs = face_of(path), TTFontFace(str(path))
    assert ours.charToGlyph == {code: glyph for code, glyph in theirs.charToGlyph.items() if glyph}
    assert list(ours.hmetrics) == theirs.hmetrics
    assert list(ours.glyphPos) == theirs.glyphPos
    assert ours.defaultWidth == theirs.defaultWidth
    probe = "王李𬭎（）A1é"
    assert subset_of(ours, path, probe) == theirs.makeSubset([ord(char) for char in probe])


@pytest.mark.parametrize(("form", "chars"), [(4, "甲乙丁 A"), (12, "甲乙丁 A𬭎")])
def test_face_reads_either_table_of_characters(tmp_path: Path, form: int, chars: str) -> None:
    path = make_font(tmp_path / "toy.ttf", chars=chars, form=form)
    face, whole = face_of(path), TTFont(path)
    known = {code: whole.getGlyphID(name) for code, name in whole.getBestCmap().items()}
    assert face.charToGlyph == known | {0xA0: known[0x20]}
    assert face.width_of(face.charToGlyph[ord("丁")]) == pytest.approx(300 * 1000 / UNITS)


@pytest.mark.parametrize("fs_type", [0x0002, 0x0104, 0x0200])
def test_face_is_refused_when_the_font_forbids_to_embed_it(tmp_path: Path, fs_type: int) -> None:
    with pytest.raises(TTFError):
        face_of(make_font(tmp_path / "toy.ttf", fs_type=fs_type))


@pytest.mark.parametrize("fs_type", [0x0000, 0x0004, 0x0006, 0x0008])
def test_face_is_taken_when_printing_is_allowed(tmp_path: Path, fs_type: int) -> None:
    assert face_of(make_font(tmp_path / "toy.ttf", fs_type=fs_type)).numGlyphs == 6


def test_face_is_refused_when_a_table_is_cut_off(tmp_path: Path) -> None:
    path = make_font(tmp_path / "toy.ttf")
    start = TTFont(path).reader.tables["loca"].offset
    path.write_bytes(path.read_bytes()[: start + 4])
    with pytest.raises(TTFError):
        face_of(path)
