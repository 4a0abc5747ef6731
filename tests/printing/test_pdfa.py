from __future__ import annotations

from dataclasses import replace
from io import BytesIO

import pikepdf
import pytest

from desktop.printing.fonts import Fonts
from desktop.printing.form import render_form
from desktop.printing.ledger import render_ledger
from desktop.printing.letter import render_letter
from desktop.printing.sheets import (
    Cell,
    Flow,
    FormSheet,
    GridRow,
    Heading,
    LedgerColumn,
    LedgerSheet,
    LetterSheet,
    RedRow,
    SignaturePlace,
    Signatures,
    Text,
    TextSheet,
)
from desktop.printing.text import render_text
from tests.helpers.pdfa import findings, loose_text, roles

FORM = FormSheet(
    "人民调解协议书",
    "编号：（2026）桥调 <3> & 4 号",
    "大桥村人民调解委员会",
    (
        GridRow((Cell("甲方", "李𬭎"), Cell("性别", "男"))),
        Flow("纠纷主要事实", "因宅基地界址，双方发生争执。\n经调解：达成协议。" * 60),
        Text("本协议一式三份。"),
        Signatures((SignaturePlace("甲方", "fingerprint"), SignaturePlace("印章", "seal"))),
    ),
    code="ABC-1",
    content_hash="0" * 64,
    print_mark="印 PC-01",
    practice=True,
)
LEDGER = LedgerSheet(
    "台账",
    "大桥村警务室",
    "2026年",
    (LedgerColumn("序号", 9), LedgerColumn("事由", 90)),
    [("1", "口角𠅤"), RedRow(("2", "更正"))] * 30,
    practice=True,
)
LETTER = LetterSheet(
    title="关于移送调解的函",
    unit="青石派出所",
    number="青公移字3号",
    addressee="大桥村人民调解委员会",
    parts=(Heading("一、当事人"), Heading("（一）甲方"), Text("李𬭎，住二组。\n电话不详。")),
    signer="青石派出所",
    attachments="身份证明",
    copies_to="青石司法所",
    code="ABC-1",
    content_hash="0" * 64,
)
TEXT = TextSheet("数据恢复单", ("用途：所有账号的密码都忘记时，凭本单可以重新设置密码。",))


@pytest.mark.parametrize("practice", [True, False])
def test_form_is_pdf_a_2b(fonts: Fonts, practice: bool) -> None:
    assert findings(render_form(replace(FORM, practice=practice), fonts)) == []


def test_form_with_a_character_that_no_font_has_is_pdf_a_2b(fonts: Fonts) -> None:
    sheet = replace(FORM, parts=(Text("王\U0002ebf0"),))
    assert findings(render_form(sheet, fonts, allow_missing=True)) == []


def test_ledger_is_pdf_a_2b(fonts: Fonts) -> None:
    assert findings(render_ledger(LEDGER, fonts)) == []


def test_plain_paper_is_pdf_a_2b(fonts: Fonts) -> None:
    assert findings(render_text(TEXT, fonts)) == []


def test_what_the_file_says_of_itself_is_the_same_in_both_places(fonts: Fonts) -> None:
    with pikepdf.open(BytesIO(render_form(FORM, fonts))) as opened, opened.open_metadata() as xmp:
        assert xmp["dc:title"] == str(opened.docinfo["/Title"]) == "人民调解协议书（演练）"
        assert xmp["dc:description"] == str(opened.docinfo["/Subject"]) == FORM.number
        assert xmp["pdfaid:part"] == "2"


def test_letter_is_pdf_a_2b(fonts: Fonts) -> None:
    assert findings(render_letter(LETTER, fonts)) == []


def test_letter_has_a_structure_in_reading_order(fonts: Fonts) -> None:
    found = roles(render_letter(LETTER, fonts))
    # Head, number, title, addressee, headings, two paragraphs, attachment, signer, day, copies.
    assert found == ["Document", "P", "P", "H1", "P", "H2", "H2", "P", "P", "P", "P", "P", "P"]


def test_form_has_a_structure_in_reading_order(fonts: Fonts) -> None:
    found = roles(render_form(FORM, fonts))
    assert found[:2] == ["Document", "P"]
    assert found.count("H1") == 1
    assert found.count("Table") == 1
    assert found[found.index("TR") : found.index("TR") + 5] == ["TR", "TH", "TD", "TH", "TD"]
    assert found.count("P") >= 60


def test_every_piece_of_text_belongs_to_the_structure(fonts: Fonts) -> None:
    for pdf in (render_form(FORM, fonts), render_letter(LETTER, fonts)):
        assert loose_text(pdf) == []


def test_ledger_is_not_tagged_for_its_size(fonts: Fonts) -> None:
    with pikepdf.open(BytesIO(render_ledger(LEDGER, fonts))) as opened:
        assert "/StructTreeRoot" not in opened.Root


def test_files_of_different_content_have_different_identifiers(fonts: Fonts) -> None:
    def identifier(sheet: FormSheet) -> bytes:
        with pikepdf.open(BytesIO(render_form(sheet, fonts))) as opened:
            return bytes(opened.trailer.ID[0])

    assert identifier(FORM) == identifier(FORM)
    assert identifier(FORM) != identifier(replace(FORM, print_mark="印 PC-02"))
