from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from desktop.base.errors import EnvironmentFault, RuleBroken
from desktop.printing.fonts import RARE, SANS, SERIF, FontFile, Fonts, Style, printable
from tests.printing.conftest import FONTS_FOLDER

IN_NO_FONT = "\U00031350\U0002ebf0"


def test_rare_name_characters_are_found_in_some_font(fonts: Fonts) -> None:
    probe = (
        "䶮𬭎㛃𠅤𣘗䥽𬴂𬍛𫖯㬎㮾𪻐𬸪𫍽𫚉𬱖𬒈" + "\U00020164\U0002b823\U00030edd" + "\u3014\u3015【】·—…￥〇"
    )
    assert fonts.missing([probe]) == []


def test_missing_names_each_character_once_and_ignores_line_ends(fonts: Fonts) -> None:
    assert fonts.missing([f"王{IN_NO_FONT[0]}\n", IN_NO_FONT, "\ufeff李\t"]) == sorted(IN_NO_FONT)


@pytest.mark.parametrize("code", [0xE000, 0xF8FF, 0xF0000, 0x10FFFF])
def test_private_use_characters_are_missing_whatever_a_font_draws_there(code: int) -> None:
    font = FontFile(Path("pua.ttf"))
    font.face = SimpleNamespace(charToGlyph={code: 7, ord("王"): 8})
    assert font.has("王")
    assert not font.has(chr(code))


def test_require_refuses_and_names_the_characters(fonts: Fonts) -> None:
    with pytest.raises(RuleBroken) as caught:
        fonts.require([f"王{IN_NO_FONT[0]}"], allow_missing=False)
    assert caught.value.code == "PRN-002"
    assert caught.value.facts["characters"] == [IN_NO_FONT[0]]
    assert "U+31350" in caught.value.sentence


def test_require_gives_the_missing_characters_when_they_are_allowed(fonts: Fonts) -> None:
    assert fonts.require([f"王{IN_NO_FONT[0]}"], allow_missing=True) == [IN_NO_FONT[0]]


@pytest.mark.parametrize("gone", [SERIF, SANS, RARE])
def test_load_is_refused_and_names_the_file_when_a_font_is_gone(tmp_path: Path, gone: str) -> None:
    for name in {SERIF, SANS, RARE} - {gone}:
        (tmp_path / name).touch()
    with pytest.raises(EnvironmentFault) as caught:
        Fonts.load(tmp_path)
    assert caught.value.code == "PRN-001"
    assert gone in caught.value.sentence


def test_a_damaged_font_is_a_fault_and_not_a_crash(tmp_path: Path) -> None:
    shutil.copy(FONTS_FOLDER / SANS, tmp_path / SANS)
    (tmp_path / SERIF).write_bytes(b"\x00\x01\x00\x00damaged")
    (tmp_path / RARE).touch()
    fonts = Fonts.load(tmp_path)
    with pytest.raises(EnvironmentFault) as caught:
        fonts.missing(["王"])
    assert caught.value.code == "PRN-001"


@pytest.mark.parametrize(
    ("entered", "shown"),
    [
        ("甲\r\n乙\r丙", "甲\n乙\n丙"),
        ("甲\t乙\xa0丙", "甲 乙 丙"),
        ("葛\U000e0100\u200b\ufeff某", "葛某"),
        ("　　缩进", "　　缩进"),
    ],
)
def test_printable_drops_what_cannot_stand_on_paper(entered: str, shown: str) -> None:
    assert printable(entered) == shown


def test_the_package_and_its_values_import_no_writer_of_pdf() -> None:
    program = (
        "import sys, desktop.printing, desktop.printing.sheets;"
        "print(sorted(name for name in sys.modules if name.split('.')[0] in ('reportlab', 'pypdfium2', 'PySide6')))"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, encoding="utf-8", check=True
    )
    assert run.stdout.strip() == "[]"


@pytest.mark.parametrize("style", ["serif", "sans"])
def test_half_of_each_full_width_mark_is_blank(fonts: Fonts, style: Style) -> None:
    from fontTools.ttLib import TTFont

    from desktop.printing.wrap import CLOSING, OPENING

    opened = TTFont(fonts.chain(style).first.path)
    names, outlines, widths = opened.getBestCmap(), opened["glyf"], opened["hmtx"]
    for mark in CLOSING | OPENING:
        name = names[ord(mark)]
        half = widths[name][0] / 2
        assert outlines[name].xMax <= half if mark in CLOSING else outlines[name].xMin >= half, mark
