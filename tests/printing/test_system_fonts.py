"""Fonts that a PC brings: found by registry and folder, used for letters, never needed."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pikepdf
import pytest

from desktop.printing import preview
from desktop.printing.compose import PaperContent, PrintMarks, render_content
from desktop.printing.fonts import Fonts
from desktop.printing.letter import render_letter
from desktop.printing.sheets import Heading, LetterSheet, Text
from desktop.printing.system_fonts import SystemFonts, find_fonts, fonts_of_this_pc
from tests.helpers.fonts import make_collection, make_font

LETTER = LetterSheet(
    title="关于移送的函",
    unit="青石派出所",
    number="青公移字3号",
    addressee="大桥村人民调解委员会",
    parts=(Heading("一、当事人"), Heading("（一）甲方"), Text("甲乙丁李𬭎")),
    date="2026年3月5日",
)


def contents(pdf: bytes) -> bytes:
    with pikepdf.open(BytesIO(pdf)) as opened:
        return b"".join(page.Contents.read_bytes() for page in opened.pages)


def names_in(pdf: bytes) -> set[str]:
    """The fonts that a PDF embeds, without the mark of the subset."""
    with pikepdf.open(BytesIO(pdf)) as opened:
        fonts = opened.pages[0].Resources.Font
        return {str(fonts[str(key)].BaseFont).partition("+")[2] for key in fonts}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "Fonts"
    made.mkdir()
    return made


def test_nothing_is_found_where_there_is_no_windows(fonts: Fonts) -> None:
    assert set(fonts_of_this_pc().found().values()) == {""}


@pytest.mark.parametrize("name", ["FangSong (TrueType)", "仿宋 (TrueType)", "fangsong (OpenType)"])
def test_font_is_found_by_its_name_in_the_registry(folder: Path, name: str) -> None:
    make_font(folder / "Other.ttf")
    assert find_fonts({name: "OTHER.TTF"}, [folder]).found()["fangsong"] == "Other.ttf"


def test_font_of_one_person_is_found_at_the_place_that_the_registry_names(tmp_path: Path) -> None:
    path = make_font(tmp_path / "mine.ttf")
    assert find_fonts({"楷体 (TrueType)": str(path)}, []).found()["kai"] == "mine.ttf"


def test_font_is_found_by_its_file_in_either_folder(folder: Path, tmp_path: Path) -> None:
    make_font(tmp_path / "SIMFANG.TTF")
    assert find_fonts({}, [folder, tmp_path, tmp_path / "gone"]).found()["fangsong"] == "SIMFANG.TTF"


def test_machine_font_goes_before_the_same_file_of_one_person(folder: Path, tmp_path: Path) -> None:
    for place in (folder, tmp_path):
        make_font(place / "simfang.ttf")
    found = find_fonts({}, [folder, tmp_path]).file("fangsong")
    assert found is not None
    assert found.path.parent == folder


def test_registry_entry_of_a_file_that_is_gone_is_passed_over(folder: Path) -> None:
    make_font(folder / "simfang.ttf")
    assert find_fonts({"FangSong (TrueType)": "gone.ttf"}, [folder]).found()["fangsong"] == "simfang.ttf"


def test_face_of_a_collection_is_chosen_by_its_place_in_the_name(folder: Path, tmp_path: Path) -> None:
    faces = [make_font(tmp_path / f"{name}.ttf", name=name) for name in ("NSimSun", "SimSun")]
    make_collection(folder / "simsun.ttc", faces)
    found = find_fonts({"NSimSun & SimSun (TrueType)": "simsun.ttc"}, [folder]).file("song")
    assert found is not None
    assert found.face.name == b"SimSun"
    assert found.subset([ord("甲")])


def test_font_that_forbids_embedding_gives_way_to_the_next(folder: Path) -> None:
    make_font(folder / "simfang.ttf", fs_type=2)
    fonts = find_fonts({}, [folder])
    assert fonts.file("fangsong") is None
    assert "forbids" in fonts.refused[folder / "simfang.ttf"]
    make_font(folder / "fangsong_gb2312.ttf")
    assert find_fonts({}, [folder]).found()["fangsong"] == "fangsong_gb2312.ttf"


def test_damaged_font_gives_way_to_the_bundled_one(folder: Path, fonts: Fonts) -> None:
    (folder / "simfang.ttf").write_bytes(b"no font")
    assert find_fonts({}, [folder]).file("fangsong") is None


def test_letter_is_set_in_the_fonts_of_the_pc_and_falls_through_for_the_rest(
    folder: Path, fonts: Fonts
) -> None:
    make_font(folder / "simfang.ttf", chars="甲乙丁", name="FangSong")
    make_font(folder / "simkai.ttf", chars="（一）甲方", name="KaiTi")
    system = find_fonts({}, [folder])
    dressed = fonts.dressed(system.file("fangsong"), system.file("kai"))
    pdf = render_letter(LETTER, dressed)
    assert names_in(pdf) == {
        "FangSong", "KaiTi", "NotoSerifSC-Regular", "NotoSansSC-Regular",
    }  # fmt: skip
    assert "甲乙丁李𬭎" in preview.page_text(pdf, 1)
    assert dressed.missing(["甲\U0002ebf0"]) == ["\U0002ebf0"]


def test_title_of_a_letter_is_in_the_heavy_song_of_the_pc_and_not_made_bold(
    folder: Path, fonts: Fonts
) -> None:
    make_font(folder / "fzxbsjw.ttf", chars="关于移交隐患的函", name="FZXBS")
    system = find_fonts({}, [folder])
    dressed = fonts.dressed(None, None, system.file("biaosong"))
    title = replace(LETTER, title="关于移交隐患的函")
    assert "FZXBS" in names_in(render_letter(title, dressed))
    assert b" 2 Tr " in contents(render_letter(title, fonts))
    assert b" 2 Tr " not in contents(render_letter(title, dressed))


def test_mark_without_a_blank_half_is_left_to_the_bundled_font(folder: Path) -> None:
    # The triangle is as wide as half of the tenth glyph; that of the first one fills its room.
    make_font(folder / "simfang.ttf", chars="，甲乙丙丁戊己庚辛，"[:9] + "。")
    found = find_fonts({}, [folder]).file("fangsong")
    assert found is not None
    assert not found.has("，")
    assert found.has("。")
    assert found.has("甲")


def test_letter_without_fonts_of_the_pc_has_the_same_bytes_as_with_none_asked(fonts: Fonts) -> None:
    assert render_letter(LETTER, fonts.dressed(None, None)) == render_letter(LETTER, fonts)


@pytest.mark.parametrize(
    ("head", "expected"),
    [({"layout": "letter"}, "FangSong"), ({"font": "kai"}, "KaiTi"), ({}, "NotoSerifSC-Regular")],
    ids=["letter", "form that asks", "form"],
)
def test_form_gets_the_font_that_it_asks_for(
    folder: Path, fonts: Fonts, head: dict[str, str], expected: str
) -> None:
    make_font(folder / "simfang.ttf", chars="甲乙丁", name="FangSong")
    make_font(folder / "simkai.ttf", chars="甲乙丁", name="KaiTi")
    form = {"name": "x", "version": 1, "title": "函", **head, "part": [{"text": "甲乙丁"}]}
    content = PaperContent(form, {}, {})
    system: SystemFonts = find_fonts({}, [folder])
    found = names_in(render_content(content, PrintMarks(), fonts, system))
    assert expected in found
    assert found.isdisjoint({"FangSong", "KaiTi"} - {expected})
    assert render_content(content, PrintMarks(), fonts) == render_content(
        replace(content, form=dict(form)), PrintMarks(), fonts
    )
