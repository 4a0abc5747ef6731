from __future__ import annotations

import re
from dataclasses import replace
from io import BytesIO

import pikepdf
import pikepdf.pdfa
import pytest

from desktop.printing.fonts import Fonts
from desktop.printing.form import render_form
from desktop.printing.ledger import render_ledger
from desktop.printing.sheets import (
    Cell,
    Flow,
    FormSheet,
    GridRow,
    LedgerColumn,
    LedgerSheet,
    RedRow,
    SignaturePlace,
    Signatures,
    Text,
    TextSheet,
)
from desktop.printing.text import render_text

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
TEXT = TextSheet("数据恢复单", ("用途：所有账号的密码都忘记时，凭本单可以重新设置密码。",))


def findings(pdf: bytes) -> list[object]:
    with pikepdf.open(BytesIO(pdf)) as opened:
        return list(pikepdf.pdfa.check(opened, "2b").findings)


def roles(pdf: bytes) -> list[str]:
    """The roles of the structure in reading order."""

    def walk(element: pikepdf.Object) -> list[str]:
        if not isinstance(element, pikepdf.Dictionary) or "/S" not in element:
            return []
        kids = element.get("/K", pikepdf.Array())
        return [str(element["/S"])[1:], *(role for kid in kids for role in walk(kid))]

    with pikepdf.open(BytesIO(pdf)) as opened:
        return walk(opened.Root.StructTreeRoot.K)


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


def test_form_has_a_structure_in_reading_order(fonts: Fonts) -> None:
    found = roles(render_form(FORM, fonts))
    assert found[:2] == ["Document", "P"]
    assert found.count("H1") == 1
    assert found.count("Table") == 1
    assert found[found.index("TR") : found.index("TR") + 5] == ["TR", "TH", "TD", "TH", "TD"]
    assert found.count("P") >= 60


def test_every_piece_of_text_of_a_form_belongs_to_the_structure(fonts: Fonts) -> None:
    with pikepdf.open(BytesIO(render_form(FORM, fonts))) as opened:
        tree = opened.Root.StructTreeRoot.ParentTree.Nums
        for number, page in enumerate(opened.pages):
            pieces = len(re.findall(rb"/MCID \d+", page.Contents.read_bytes()))
            assert len(tree[2 * number + 1]) == pieces > 0
            outside = re.sub(rb"(?s)/\w+ (<</MCID \d+>> BDC|BMC).*?EMC", b"", page.Contents.read_bytes())
            assert b"Tj" not in outside


def test_ledger_is_not_tagged_for_its_size(fonts: Fonts) -> None:
    with pikepdf.open(BytesIO(render_ledger(LEDGER, fonts))) as opened:
        assert "/StructTreeRoot" not in opened.Root


def test_files_of_different_content_have_different_identifiers(fonts: Fonts) -> None:
    def identifier(sheet: FormSheet) -> bytes:
        with pikepdf.open(BytesIO(render_form(sheet, fonts))) as opened:
            return bytes(opened.trailer.ID[0])

    assert identifier(FORM) == identifier(FORM)
    assert identifier(FORM) != identifier(replace(FORM, print_mark="印 PC-02"))
