"""A list of 500 people whose names have rare characters, printed and read back (DOMAIN 5.6, GB 18030-2022)."""

from __future__ import annotations

from random import Random
from shutil import which
from subprocess import run

import pytest

from desktop.base.errors import RuleBroken
from desktop.printing import preview
from desktop.printing.fonts import Fonts
from desktop.printing.ledger import render_ledger
from desktop.printing.sheets import LedgerColumn, LedgerSheet

SETS = {
    "URO": range(0x4E00, 0x9FF0),
    "A": range(0x3400, 0x4DB6),
    "B": range(0x20000, 0x2A6D7),
    "C": range(0x2A700, 0x2B735),
    "D": range(0x2B740, 0x2B81E),
    "E": range(0x2B820, 0x2CEA2),
    "F": range(0x2CEB0, 0x2EBE1),
    "compatibility": (
        0xFA0E,
        0xFA0F,
        0xFA11,
        0xFA13,
        0xFA14,
        0xFA1F,
        0xFA21,
        0xFA23,
        0xFA24,
        0xFA27,
        0xFA28,
        0xFA29,
    ),
}
"""All 87,887 characters of level 3."""
BEYOND = {"G": range(0x30000, 0x3134B), "H": range(0x31350, 0x323B0), "I": range(0x2EBF0, 0x2EE5E)}
"""Of amendment 1 and later: hardly any font has them."""
PROBE = "䶮𬭎㛃𠅤𣘗䥽𬴂𬍛𫖯㬎㮾𪻐𬸪𫍽𫚉𬱖𬒈"
LIST = (
    LedgerColumn("序号", 10, "center"),
    LedgerColumn("姓名", 24, is_name=True),
    LedgerColumn("字码", 34),
    LedgerColumn("住址", 60),
    LedgerColumn("联系电话", 30),
    LedgerColumn("事由", 90),
)
ADDRESS, PHONE, FACTS = (
    "青石乡大桥村3组12号",
    "12000000001",
    "因姓名用字在系统中显示不全，申请核对并更换证件。",
)


def names(count: int) -> list[str]:
    dice = Random("rare names")
    rare = [chr(dice.choice(codes)) for codes in SETS.values() for _one in range(count // len(SETS) + 1)]
    return [f"王{first}{second}" for first, second in zip(rare, PROBE * count, strict=False)][:count]


def list_of(people: list[str]) -> LedgerSheet:
    rows = [
        (str(at), name, " ".join(f"{ord(char):X}" for char in name), ADDRESS, PHONE, FACTS)
        for at, name in enumerate(people, 1)
    ]
    return LedgerSheet("生僻字姓名表", "大桥村警务室", "2026年", LIST, rows)


def test_the_sets_are_those_of_the_standard() -> None:
    assert sum(map(len, SETS.values())) == 87_887


def test_five_hundred_rare_names_are_printed_and_read_back(fonts: Fonts) -> None:
    people = names(500)
    pdf = render_ledger(list_of(people), fonts)
    text = "".join(preview.page_text(pdf, page) for page in range(1, preview.page_count(pdf) + 1))
    assert [name for name in people if name not in text] == []


@pytest.mark.skipif(which("pdftotext") is None, reason="a second reader; only where poppler is installed")
def test_five_hundred_rare_names_are_read_back_by_a_second_reader(fonts: Fonts) -> None:
    people = names(500)
    pdf = render_ledger(list_of(people), fonts)
    read = run(["pdftotext", "-raw", "-", "-"], input=pdf, capture_output=True, check=True).stdout.decode()
    assert [name for name in people if name not in read] == []


def test_names_that_no_font_has_are_told_before_printing(fonts: Fonts) -> None:
    dice = Random("beyond")
    chosen = [chr(dice.choice(codes)) for codes in BEYOND.values() for _one in range(20)]
    people = [*names(100), *(f"赵{char}某" for char in chosen)]
    with pytest.raises(RuleBroken) as refused:
        render_ledger(list_of(people), fonts)
    assert refused.value.facts["characters"] == sorted(set(chosen))


def test_a_name_of_an_old_font_is_printed_as_the_standard_one(fonts: Fonts) -> None:
    text = preview.page_text(render_ledger(list_of(["王\ue816\ue81e"]), fonts), 1)
    assert "王\U00020087\u9fb4" in text
    assert fonts.missing(["王\ue816\ue000"]) == ["\ue000"]
