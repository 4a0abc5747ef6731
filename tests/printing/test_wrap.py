from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings, strategies as st

from desktop.printing.wrap import (
    NO_END,
    NO_START,
    UNBROKEN,
    balanced,
    ink_width,
    line_width,
    may_break,
    widest_piece,
    wrap,
)


class _Widths(dict[str, float]):
    """Full-width characters 1000, ASCII 500: what the fonts do, without a font."""

    def __missing__(self, char: str) -> float:
        return 500.0 if char < "\x80" else 1000.0


WIDTHS = _Widths()


ALPHABET = st.one_of(
    st.sampled_from("王李甲乙民警调解协议书年月日元村组号𬭎䶮𠅤"),
    st.sampled_from(sorted(NO_START)),
    st.sampled_from(sorted(NO_END)),
    st.sampled_from("0123456789XABCabc.,-/ 　\n"),
)
TEXTS = st.text(ALPHABET, max_size=120)


@given(TEXTS, st.integers(2, 30), st.integers(0, 2))
@settings(max_examples=400, deadline=None)
def test_wrap_keeps_every_character_in_order(text: str, ems: int, indent: int) -> None:
    lines = wrap(text, WIDTHS, ems * 1000, first_indent=min(indent, ems - 1) * 1000)
    assert "".join(lines) == text.replace("\n", "")


@given(TEXTS, st.integers(2, 30), st.integers(0, 2))
@settings(max_examples=400, deadline=None)
def test_wrap_never_overflows(text: str, ems: int, indent: int) -> None:
    indent = min(indent, ems - 1)
    for part in text.split("\n"):
        for number, line in enumerate(wrap(part, WIDTHS, ems * 1000, first_indent=indent * 1000)):
            room = (ems - (indent if number == 0 else 0)) * 1000
            assert ink_width(line, WIDTHS) <= room or len(line.rstrip(" ")) == 1


@given(TEXTS, st.integers(2, 30))
@settings(max_examples=600, deadline=None)
def test_wrap_breaks_no_rule_unless_the_line_offers_no_other_place(text: str, ems: int) -> None:
    for part in text.split("\n"):
        lines = wrap(part, WIDTHS, ems * 1000)
        for line, following in pairwise(lines):
            if may_break(line[-1], following[0]):
                continue
            inside = [at for at in range(1, len(line)) if may_break(line[at - 1], line[at])]
            assert inside == []


@given(TEXTS, st.integers(4, 30))
@settings(max_examples=300, deadline=None)
def test_wrap_fills_each_line_as_far_as_the_rules_allow(text: str, ems: int) -> None:
    for part in text.split("\n"):
        lines = wrap(part, WIDTHS, ems * 1000)
        for line, following in pairwise(lines):
            taken = next(
                (at for at in range(1, len(following)) if may_break(following[at - 1], following[at])), None
            )
            if taken is not None and may_break(line[-1], following[0]):
                assert ink_width(line + following[:taken], WIDTHS) > ems * 1000


@pytest.mark.parametrize("mark", list("，。；：？！）》”’…—·%"))
def test_wrap_moves_a_character_down_before_a_closing_mark(mark: str) -> None:
    assert wrap(f"调解协议{mark}生效", WIDTHS, 4000)[0] == "调解协"


def test_wrap_moves_an_opening_mark_down_to_its_text() -> None:
    assert wrap("依照《治安管理处罚法》", WIDTHS, 3000)[0] == "依照"


@pytest.mark.parametrize(
    "number",
    [
        "64990119900101002X",
        "2026-03-05",
        "1,280.50",
        "12000000001",
        "DQ-TJ-2025-0031",
        "138****5678",
        "Zhang",
    ],
)
def test_wrap_keeps_a_number_or_a_word_whole(number: str) -> None:
    lines = wrap(f"当事人证件{number}号", WIDTHS, 9500)
    assert any(number in line for line in lines)


def test_wrap_cuts_a_run_that_is_wider_than_the_cell() -> None:
    assert wrap("64990119900101002X", WIDTHS, 4000) == ["64990119", "90010100", "2X"]


def test_wrap_cuts_a_long_run_so_that_no_mark_starts_a_line() -> None:
    assert wrap("12345678，同意", WIDTHS, 4000)[:2] == ["1234567", "8，同意"]


def test_wrap_keeps_newlines_empty_lines_and_leading_ideographic_spaces() -> None:
    assert wrap("　　一、赔偿；\n\n　　二、道歉。", WIDTHS, 20000) == ["　　一、赔偿；", "", "　　二、道歉。"]


def test_wrap_leaves_the_first_indent_free_on_the_first_line_only() -> None:
    assert wrap("双方自愿达成协议", WIDTHS, 4000, first_indent=2000) == ["双方", "自愿达成", "协议"]


def test_wrap_hangs_blanks_at_the_end_of_a_line() -> None:
    assert wrap("No. 12 and 13", WIDTHS, 3000) == ["No. 12 ", "and 13"]


def test_wrap_starts_no_line_with_a_blank() -> None:
    assert wrap("乙甲 ，丙", WIDTHS, 2500) == ["乙", "甲 ，", "丙"]


def test_wrap_gives_one_empty_line_for_an_empty_text() -> None:
    assert wrap("", WIDTHS, 1000) == [""]


def test_unbroken_characters_contain_no_chinese() -> None:
    assert all(ord(char) < 0x250 or 0xFF10 <= ord(char) <= 0xFF5A for char in UNBROKEN)


def test_balanced_splits_a_label_into_lines_of_equal_length() -> None:
    assert balanced("主办民警", WIDTHS, 3000) == ["主办", "民警"]


@given(TEXTS, st.integers(2, 30))
@settings(max_examples=300, deadline=None)
def test_balanced_needs_no_more_lines_than_wrap(text: str, ems: int) -> None:
    lines = balanced(text, WIDTHS, ems * 1000)
    assert len(lines) <= len(wrap(text, WIDTHS, ems * 1000))
    assert "".join(lines) == text.replace("\n", "")


def test_wrap_puts_one_character_on_a_line_where_none_fits() -> None:
    assert wrap("化解时限", WIDTHS, 400) == list("化解时限")


# -- squeezed and hanging marks ------------------------------------------------------------------------------------


def test_marks_beside_marks_give_up_half() -> None:
    assert line_width("“好。”（完）", WIDTHS) == 7000 - 2 * 500
    assert line_width("《（甲）》", WIDTHS) == 5000 - 2 * 500
    assert line_width("甲，乙", WIDTHS) == 3000


def test_a_mark_at_the_end_of_a_line_takes_half() -> None:
    assert wrap("调解协议，生效", WIDTHS, 4500) == ["调解协议，", "生效"]
    assert ink_width("调解协议，", WIDTHS) == 4500


def test_a_mark_hangs_as_far_as_it_may() -> None:
    assert wrap("调解协议，生效", WIDTHS, 4200, hang=300) == ["调解协议，", "生效"]
    assert wrap("调解协议，生效", WIDTHS, 4200, hang=200)[0] == "调解协"


def test_a_short_name_stays_whole_where_names_are_told() -> None:
    assert wrap("王某某、欧阳某某、买买提江·吐尔逊", WIDTHS, 5000, names=True) == [
        "王某某、",
        "欧阳某某、",
        "买买提江·",
        "吐尔逊",
    ]


def test_the_widest_piece_is_what_no_line_may_break() -> None:
    assert widest_piece("涉及金额（元）", WIDTHS) == 2500
    assert widest_piece("号64990119900101002X，", WIDTHS) == 9500


OPTIONS = "□走访　□巡逻　□村干部/网格员　□安全检查　□信访/其他部门委托　□其他：______"


@pytest.mark.parametrize("width", range(9500, 20000, 500))
def test_boxes_to_tick_are_never_parted_from_their_words(width: int) -> None:
    widths = {char: 500.0 if char in "/_" else 1000.0 for char in OPTIONS}
    lines = wrap(OPTIONS, widths, width)
    assert "".join(lines) == OPTIONS
    assert all(line.startswith("□") for line in lines)
    whole = [line.rstrip("　").split("　") for line in lines]
    assert [one for line in whole for one in line] == OPTIONS.split("　")
    assert all(ink_width(line, widths) <= width for line in lines)


def test_option_longer_than_a_line_is_broken_like_any_text() -> None:
    lines = wrap("□甲乙丙丁戊己庚", dict.fromkeys("□甲乙丙丁戊己庚", 1000.0), 4000)
    assert lines == ["□甲乙丙", "丁戊己庚"]
