"""A chosen set of papers against what was accepted: text and positions to the letter, pictures with a tolerance.

Positions are where each character starts, so a newer PDFium that draws an edge softer changes none of them.
`pytest tests/golden --accept` renews the files.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any, cast

import pypdfium2
import pytest
from PIL import Image, ImageChops, ImageStat

from desktop.base.paths import resources_folder
from desktop.base.workdays import HolidayTable
from desktop.bootstrap import build_catalogue
from desktop.ledgers.pdf import register_sheet
from desktop.ledgers.registers import REGISTERS
from desktop.ledgers.store import Page
from desktop.printing import slips
from desktop.printing.cards import render_cards
from desktop.printing.compose import EVENT_DAY, PrintMarks, bind, render_content
from desktop.printing.fonts import Fonts
from desktop.printing.form import render_form
from desktop.printing.form_data import FormLibrary
from desktop.printing.ledger import render_ledger
from desktop.printing.preview import page_count, page_png
from desktop.printing.sheets import Card, CardSheet, Groups, LedgerColumn, LedgerSheet, TextSheet
from desktop.printing.text import render_text
from desktop.staff.blank_forms import blank_sheet
from desktop.staff.catalogue import LedgerFacts
from tests.helpers.pdfa import findings, loose_text

HERE = Path(__file__).parent
DPI = 50
MOST_DIFFERENCE = 2.0
"""Mean difference of the dots, of 255; a line that moved by a millimetre makes more."""
SAME_LINE, SAME_RUN = 0.05, 40.0
"""Points: characters on one base line belong together, and one that stands far away begins anew."""
MARKS = PrintMarks(
    "青石派出所", "石桥村警务室", practice=False, code="K7QM2XVA", content_hash="0123456789abcdef" * 4
)
CATALOGUE = build_catalogue()
HOLIDAYS = HolidayTable.load(resources_folder() / "holidays")
UNIT = "青石派出所石桥村警务室"

PARTY = {"role": "申请人", "name": "欧阳建国", "sex": "男", "ethnic_group": "汉族", "birth": "1970年1月2日"}


def ledger(fonts: Fonts) -> bytes:
    widths = {"序号": 10, "日期": 22, "对象": 30, "内容": 90, "备注": 20}
    columns = tuple(LedgerColumn(label, width) for label, width in widths.items())
    words = "二组路口的路灯坏了，已转镇供电所（编号12345）。"
    rows = [
        (str(number), f"2026-03-{number:02d}", "李𬭎", words * (1 + number % 3), "")
        for number in range(1, 29)
    ]
    totals = ("", "", "合计", "28", "")
    return render_ledger(LedgerSheet("走访登记台账", UNIT, "2026年3月", columns, rows, totals=totals), fonts)


def recovery(fonts: Fonts) -> bytes:
    groups = Groups(("ABCD", "EFGH", "JKLM", "NPQR", "STUV", "WXYZ"))
    words = ("单位：石桥村警务室", "恢复密钥（逐组抄录）：", groups, "保管：装入信封封存。")
    return render_text(TextSheet("数据恢复单", words, UNIT), fonts)


def cards(fonts: Fonts) -> bytes:
    lines = ("12000000001", "石桥村一组12号", "周一至周五 8:30-17:30", "先挂断 再问警")
    return render_cards(CardSheet((Card(UNIT, "王敏", "民警", "FJ0102", *lines),) * 10), fonts)


def handover(fonts: Fonts) -> bytes:
    items = tuple(
        slips.HandoverItem(f"回访到期：第{number}件土地边界纠纷", "03-04", f"2026-M{number:05d}")
        for number in range(1, 9)
    )
    parts = (slips.HandoverPart("已超期", items), slips.HandoverPart("没有印完的"))
    facts = (("未送县局", "3 条"), ("上次备份", "还没有"))
    sheet = slips.HandoverSheet(UNIT, "2026-03-05 17:30", "王敏", "李内勤", parts, facts)
    return render_form(slips.handover_form(sheet), fonts)


def stick_slip(fonts: Fonts) -> bytes:
    files = tuple(
        slips.SlipFile(f"{number:024x}.jwb", "县局", "03-05 08:00", 4096 * number, f"{number:064x}")
        for number in (1, 2)
    )
    totals = (slips.SlipTotal("县局", 35),)
    slip = slips.StickSlip(UNIT, "649901100201-A-20260305-0800", "2026-03-05 08:00", "王敏", files, totals)
    return render_form(slips.stick_slip_sheet(slip), fonts)


def blank_visit(fonts: Fonts) -> bytes:
    kind = CATALOGUE.registry.kind("visit")
    return render_form(blank_sheet(CATALOGUE.registry, kind, "649901100201-A-2026-V00018", unit=UNIT), fonts)


def letter(fonts: Fonts) -> bytes:
    paper = CATALOGUE.paper("hazard_referral_letter")
    schema = paper.fields(CATALOGUE.registry)
    values = {name: [] if isinstance(told, list | tuple) else "" for name, told in schema.items()}
    values |= {
        EVENT_DAY: date(2026, 3, 5).isoformat(),
        "referred_to": "青石乡供电所",
        "referred_on": "2026年3月5日",
    }
    values |= {"object_name": "大桥村水电站", "description": "变压器围栏倒塌，距路边不足2米，" * 20}
    form = FormLibrary(resources_folder() / "forms").form(paper.name, schema)
    return render_content(bind(form, values), MARKS, fonts)


def patrol_record(fonts: Fonts) -> bytes:
    paper = CATALOGUE.paper("patrol_record")
    schema = paper.fields(CATALOGUE.registry)
    values = {name: [] if isinstance(told, list | tuple) else "" for name, told in schema.items()}
    values |= {EVENT_DAY: date(2026, 3, 5).isoformat()}
    values |= {name: "村部至二组水渠" for name in ("route",) if name in schema}
    form = FormLibrary(resources_folder() / "forms").form(paper.name, schema)
    return render_content(bind(form, values), MARKS, fonts)


def orders_register(fonts: Fonts) -> bytes:
    register = next(one for one in REGISTERS if one.number == "T16")
    day = date(2026, 3, 31)
    facts = LedgerFacts(UNIT, False, "", date(2026, 3, 1), day, day, HOLIDAYS)
    empty = register_sheet(register, Page((), cast("Any", None), day), facts, CATALOGUE.registry)
    told = {
        "工单号": "649901100201-\nA-2026-G00012",
        "来源": "镇综治中心",
        "标题": "二组、三组之间的便道塌了半边，请会同村委会现场处理",
        "级别": "紧急",
        "签发": "2026-03-02 09:10",
        "签收": "2026-03-02 09:40",
        "时限": "2026-03-05 18:00",
        "反馈": "2026-03-04 16:25",
        "核验": "通过",
        "办结": "2026-03-06 10:00",
        "承办": "王敏、阿卜杜热合曼·库尔班江",
    }
    rows = [
        (
            str(number),
            *(told.get(one.label, "") if number % 4 else "" for one in empty.columns[1:-1]),
            "作废：重复派单" if number % 4 == 0 else "",
        )
        for number in range(1, 23)
    ]
    return render_ledger(replace(empty, rows=rows), fonts)


def rare_names(fonts: Fonts) -> bytes:
    columns = (
        LedgerColumn("序号", 10, "center"),
        LedgerColumn("姓名", 28, is_name=True),
        LedgerColumn("字码", 40),
        LedgerColumn("事由", 90),
    )
    rows = [
        (str(number), f"李{char}", f"U+{ord(char):04X}", "姓名用字在系统中显示不全，申请核对。")
        for number, char in enumerate("䶮𬭎㛃𠅤𣘗䥽𬴂𬍛𫖯㬎㮾𪻐𬸪𫍽𫚉𬱖𬒈", 1)
    ]
    rows.append(("18", "阿卜杜热合曼·库尔班江·艾则孜", "", "姓名用字较长。"))
    return render_ledger(LedgerSheet("姓名用字登记台账", UNIT, "2026年3月", columns, rows), fonts)


MADE: dict[str, Callable[[Fonts], bytes]] = {
    made.__name__: made
    for made in (
        ledger,
        recovery,
        cards,
        handover,
        stick_slip,
        blank_visit,
        letter,
        patrol_record,
        orders_register,
        rare_names,
    )
}


@pytest.mark.parametrize("name", MADE)
def test_paper_is_pdf_a_2b_and_tagged_unless_it_is_a_ledger(name: str, fonts: Fonts) -> None:
    pdf = MADE[name](fonts)
    assert findings(pdf) == []
    if name not in {"ledger", "orders_register", "rare_names"}:
        assert loose_text(pdf) == []


@pytest.mark.parametrize("name", MADE)
def test_paper_is_the_one_that_was_accepted(name: str, fonts: Fonts, accepts: bool) -> None:
    pdf = MADE[name](fonts)
    told, picture = "\n".join(_lines(pdf)) + "\n", _picture(pdf)
    text, shot = HERE / f"{name}.txt", HERE / f"{name}.png"
    if accepts:
        text.write_text(told, encoding="utf-8", newline="\n")
        picture.save(shot, "PNG", optimize=True)
    assert told == text.read_text(encoding="utf-8")
    with Image.open(shot) as kept:
        assert kept.size == picture.size
        assert ImageStat.Stat(ImageChops.difference(kept.convert("L"), picture)).mean[0] <= MOST_DIFFERENCE


def _lines(pdf: bytes) -> Iterator[str]:
    """Page, place in tenths of a millimetre from the lower left, and the characters that follow on one line."""
    document = pypdfium2.PdfDocument(pdf)
    for page in range(len(document)):
        opened = document[page]
        text = opened.get_textpage()
        run, place, last = "", (0.0, 0.0), 0.0
        for char, at in _characters(text):
            if run and abs(at[1] - place[1]) < SAME_LINE and 0 <= at[0] - last < SAME_RUN:
                run, last = run + char, at[0]
                continue
            if run:
                yield _told(page, place, run)
            run, place, last = char, at, at[0]
        if run:
            yield _told(page, place, run)
        text.close()
        opened.close()
    document.close()


def _characters(text: pypdfium2.PdfTextPage) -> Iterator[tuple[str, tuple[float, float]]]:
    x, y = ctypes.c_double(), ctypes.c_double()
    for index in range(text.count_chars()):
        char = chr(pypdfium2.raw.FPDFText_GetUnicode(text.raw, index))
        # What PDFium puts in between lines is its own and has no place.
        if char in "\r\n" or pypdfium2.raw.FPDFText_IsGenerated(text.raw, index):
            continue
        pypdfium2.raw.FPDFText_GetCharOrigin(text.raw, index, x, y)
        yield char, (x.value, y.value)


def _told(page: int, place: tuple[float, float], run: str) -> str:
    across, up = (round(edge / 72 * 254) for edge in place)
    whole = run.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return f"{page + 1} {across} {up} {whole.rstrip()}"


def _picture(pdf: bytes) -> Image.Image:
    """The first page in grey, small."""
    with Image.open(BytesIO(page_png(pdf, 1, DPI))) as shot:
        assert page_count(pdf) >= 1
        return shot.convert("L")
