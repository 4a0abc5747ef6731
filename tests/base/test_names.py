# ruff: noqa: RUF001 - the signs that people type are what the tests are about
from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, strategies as st

from desktop.base.names import (
    MAX_NAME_LENGTH,
    check_name,
    initials,
    normalise_name,
    private_use,
    shorten,
    split_surname,
)

RARE = "\U00030edd"
EXTENSION_I = "\U0002ebf0"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (" 李  四 ", "李四"),
        ("李\u3000四", "李四"),
        ("李\u200b四\ufeff", "李四"),
        ("买买提·艾力", "买买提·艾力"),
        ("买买提•艾力", "买买提·艾力"),
        ("买买提．艾力", "买买提·艾力"),
        ("买买提.艾力", "买买提·艾力"),
        ("买买提。艾力", "买买提·艾力"),
        ("买买提・艾力", "买买提·艾力"),
        ("买买提 · 艾力", "买买提·艾力"),
        ("阿不都 . 热合曼 。 买买提", "阿不都·热合曼·买买提"),
        ("A.买买提", "A·买买提"),
        ("Maimaiti•Aili", "Maimaiti·Aili"),
        ("John  F. Kennedy", "John F. Kennedy"),
        ("J.R. Smith", "J.R. Smith"),
        ("李四.", "李四."),
        ("\uff2a\uff4f", "\uff2a\uff4f"),
        ("①号", "①号"),
        ("e\u0301", "\u00e9"),
        (f"张 {RARE}{EXTENSION_I}", f"张{RARE}{EXTENSION_I}"),
        ("李 \ue123 四", "李\ue123四"),
        ("葛\U000e0100 城", "葛\U000e0100城"),
        ("", ""),
    ],
)
def test_normalise_name_keeps_the_name_and_settles_dots_and_blanks(text: str, name: str) -> None:
    assert normalise_name(text) == name


@given(st.text(alphabet="李四买 .。·•．AbéÁ\u0301\u3000\ue000\U00030edd", max_size=20))
def test_normalise_name_is_composed_and_settled_after_once(text: str) -> None:
    once = normalise_name(text)
    assert normalise_name(once) == once
    assert unicodedata.is_normalized("NFC", once)
    assert "  " not in once


def test_check_name_counts_code_points_and_not_bytes() -> None:
    assert check_name(RARE * MAX_NAME_LENGTH).is_ok
    assert check_name(RARE * (MAX_NAME_LENGTH + 1)).code == "NAM-001"
    assert check_name(RARE * (MAX_NAME_LENGTH + 1)).is_blocked


@pytest.mark.parametrize(("name", "code"), [("李\ue000", "NAM-002"), ("李4", "NAM-003"), ("李四", "")])
def test_check_name_warns_about_what_may_not_be_a_name(name: str, code: str) -> None:
    assert check_name(name).code == code
    assert not check_name(name).is_blocked


def test_shorten_never_parts_a_character_from_its_marks() -> None:
    assert shorten("李葛\U000e0100城", 2) == "李"
    assert shorten("李葛\U000e0100城", 3) == "李葛\U000e0100"
    assert shorten("xa\u0323\u0301b", 3) == "x"
    assert shorten("李四", 0) == ""
    assert shorten("李四", 5) == "李四"
    with pytest.raises(ValueError, match="-1"):
        shorten("李四", -1)


@given(st.text(max_size=30), st.integers(0, 30))
def test_shorten_gives_a_beginning_within_the_limit(text: str, limit: int) -> None:
    short = shorten(text, limit)
    assert text.startswith(short)
    assert len(short) <= limit


def test_private_use_lists_each_old_character_once() -> None:
    assert private_use("张\ue000\U000f0001\ue000三") == ["\ue000", "\U000f0001"]
    assert private_use(f"张{RARE}") == []


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("欧阳某某", ("欧阳", "某某")),
        ("欧阳", ("欧", "阳")),
        ("尉迟某", ("尉迟", "某")),
        ("张三", ("张", "三")),
        (f"{RARE}三", (RARE, "三")),
        ("葛\U000e0100城", ("葛\U000e0100", "城")),
        ("买买提·艾力", ("", "买买提·艾力")),
        ("John Smith", ("", "John Smith")),
        ("", ("", "")),
    ],
)
def test_split_surname_knows_compound_surnames(name: str, parts: tuple[str, str]) -> None:
    assert split_surname(name) == parts


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("张三", ["zs"]),
        ("单某", ["sm", "dm"]),
        ("解某", ["xm", "jm"]),
        ("仇某某", ["qmm", "cmm"]),
        ("区某", ["om", "qm"]),
        ("查某", ["zm", "cm"]),
        ("曾国某", ["zgm", "cgm"]),
        ("尉迟某", ["ycm"]),
        ("万俟某", ["mqm"]),
        ("朴某", ["pm"]),
        ("缪某", ["mm"]),
        ("翟某", ["zm", "dm"]),
        ("乐某", ["ym", "lm"]),
        ("盖某", ["gm"]),
        ("种某", ["cm", "zm"]),
        ("冼某", ["xm"]),
        ("逄某", ["pm"]),
        ("员某", ["ym"]),
        ("覃某", ["qm", "tm"]),
        ("买买提·艾力", ["mmtal"]),
        ("会计", ["kj"]),
        ("重庆路灌溉纠纷", ["cqlggjf"]),
        ("3号院A栋", ["3hyad"]),
        ("３号Ａ栋", ["3had"]),
        ("Li Si", ["lisi"]),
    ],
)
def test_initials_holds_every_way_that_people_type(name: str, typed: list[str]) -> None:
    found = initials(name)
    assert set(typed) <= set(found)


def test_initials_puts_the_surname_reading_first() -> None:
    assert initials("单某")[0] == "sm"
    assert initials("翟某")[0] == "zm"
    assert initials("尉迟某")[0] == "ycm"
    assert initials("万俟某")[0] == "mqm"


def test_initials_is_capped_and_has_no_repeats() -> None:
    found = initials("行重长乐会调传朝藏降")
    assert len(found) == len(set(found)) == 8
    assert {len(text) for text in found} == {10}


@pytest.mark.parametrize("text", ["", "·", "！？", "\ue000"])
def test_initials_is_empty_when_nothing_can_be_typed(text: str) -> None:
    assert initials(text) == ()


def test_initials_leaves_out_a_character_without_reading_and_keeps_the_rest() -> None:
    assert initials(f"单{EXTENSION_I}三") == ("ss", "ds")
