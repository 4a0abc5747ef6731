"""Also the contract test for what we use of ReportLab's insides: a new version that changes them fails here."""

from __future__ import annotations

import inspect
import zlib

import pytest
from reportlab.pdfbase import pdfdoc, ttfonts

from desktop.printing import preview
from desktop.printing.cidfont import Codes, NoGlyphError, to_unicode
from desktop.printing.fonts import Fonts
from desktop.printing.paper import Ink, Paper
from tests.printing.conftest import FONTS_FOLDER

PROBE = "李𬭎王𠅤䶮㛃𣘗䥽𬴂𬍛𫖯㬎㮾𪻐𬸪𫍽𫚉𬱖𬒈买买提·吐尔逊（）\\()X123"


def paper_with(fonts: Fonts, *lines: str) -> bytes:
    paper = Paper(fonts, title="试验")
    ink = Ink(paper)
    for row, line in enumerate(lines):
        ink.text(50, 700 - 20 * row, line, 12)
    paper.add_page(ink, 595, 842)
    return paper.to_bytes()


def test_text_reads_back_from_the_page_also_beyond_the_bmp(fonts: Fonts) -> None:
    assert preview.page_text(paper_with(fonts, PROBE), 1) == PROBE


def test_text_reads_back_when_codes_need_two_bytes_and_would_need_escapes(fonts: Fonts) -> None:
    many = [chr(0x4E00 + number) for number in range(600)]
    lines = ["".join(many[start : start + 40]) for start in range(0, 600, 40)]
    assert preview.page_text(paper_with(fonts, *lines), 1).split("\n") == lines


def test_every_font_of_the_file_is_embedded_and_none_is_helvetica(fonts: Fonts) -> None:
    data = paper_with(fonts, "李𬭎")
    assert b"Helvetica" not in data
    assert data.count(b"/FontFile2") == data.count(b"/Type0") > 0


def test_codes_leave_out_bytes_that_a_string_would_have_to_escape(fonts: Fonts) -> None:
    codes = Codes(fonts.chain("serif").first)
    shown = "".join(chr(0x4E00 + number) for number in range(3000)).translate(codes)
    assert len(set(codes.values())) == 3000
    assert not set(shown) & set("()\\\r\n")


def test_codes_refuse_a_character_without_a_glyph(fonts: Fonts) -> None:
    with pytest.raises(NoGlyphError):
        "王\U0002ebf0".translate(Codes(fonts.chain("serif").first))


def test_to_unicode_writes_surrogate_pairs_in_blocks_of_at_most_a_hundred() -> None:
    cmap = to_unicode([(1, "𬭎"), *((number, "王") for number in range(2, 203))])
    assert "<0001> <D872DF4E>" in cmap
    assert [line for line in cmap.split("\n") if "beginbfchar" in line] == [
        "100 beginbfchar",
        "100 beginbfchar",
        "2 beginbfchar",
    ]


def test_reportlab_face_has_the_parts_that_we_use() -> None:
    face = ttfonts.TTFontFace(str(FONTS_FOLDER / "NotoSansSC-Regular.ttf"))
    assert face.charToGlyph[ord("王")] > 0
    assert face.hmetrics[face.charToGlyph[ord("王")]][0] == face.unitsPerEm == 1000
    for name in (
        "name",
        "flags",
        "bbox",
        "italicAngle",
        "ascent",
        "descent",
        "capHeight",
        "stemV",
        "defaultWidth",
    ):
        assert getattr(face, name) is not None, name


def test_reportlab_subset_numbers_glyphs_in_order_of_first_use() -> None:
    source = FONTS_FOLDER / "NotoSansSC-Regular.ttf"
    face = ttfonts.TTFontFace(str(source))
    subset = ttfonts.TTFontFile(_Bytes(face.makeSubset([ord("王"), ord("李"), ord("王")])), charInfo=0)
    outlines = subset.get_table("glyf")
    whole = face.get_table("glyf")
    locations = subset.get_table("loca")
    assert len(locations) in (8, 16)  # .notdef, 王, 李 and the end: the second 王 takes no glyph
    start, end = face.glyphPos[face.charToGlyph[ord("王")]], face.glyphPos[face.charToGlyph[ord("王")] + 1]
    notdef = face.glyphPos[1] - face.glyphPos[0]
    assert outlines[notdef + (-notdef % 4) :].startswith(whole[start:end][:20])


def test_reportlab_document_has_the_parts_that_we_use() -> None:
    assert list(inspect.signature(pdfdoc.PDFDocument.Reference).parameters) == ["self", "obj", "name"]
    assert list(inspect.signature(pdfdoc.PDFDocument.GetPDFData).parameters) == ["self", "canvas"]
    document = pdfdoc.PDFDocument(invariant=1, pdfVersion=(1, 7), lang="zh-CN")
    document.Reference(pdfdoc.PDFDictionary({}), "Resources")
    assert document.idToObject["Resources"].dict == {}


def test_streams_of_the_page_are_compressed_text_operators(fonts: Fonts) -> None:
    data = paper_with(fonts, "王")
    streams = [
        zlib.decompress(part.split(b"endstream")[0])
        for part in data.split(b"stream\n")[1::2]
        if part[:1] == b"x"
    ]
    assert any(b"BT /F1 12 Tf 1 0 0 1 50.00 700.00 Tm (" in stream for stream in streams)


class _Bytes:
    """A file in memory as ReportLab's parser takes it."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def read(self) -> bytes:
        return self._data
