# ruff: noqa: RUF001 - the signs that people type are what the tests are about
from __future__ import annotations

import re

import pytest
from hypothesis import given, strategies as st

from desktop.base.money import MOST_FEN, capitals, format_yuan, parse_yuan

AMOUNTS = st.integers(0, MOST_FEN)


@pytest.mark.parametrize(
    ("text", "fen"),
    [
        ("1,234.5", 123450),
        ("1234.50元", 123450),
        ("１２３４．５０元", 123450),
        ("￥1234", 123400),
        ("¥ 1 234.05", 123405),
        ("人民币 400 元整", 40000),
        ("1.5万", 1500000),
        ("20万元", 20000000),
        ("1.2345万", 1234500),
        ("0.5", 50),
        (".5", 50),
        ("5.", 500),
        ("3元5角", 350),
        ("3块5毛2分", 352),
        ("8分", 8),
        ("100块钱", 10000),
        ("12。50", 1250),
        ("1,234,567.89", 123456789),
        ("1亿", 10**10),
        ("0", 0),
        ("RMB￥400", 40000),
        ("0.00001万", 10),
    ],
)
def test_parse_yuan_reads_what_people_type(text: str, fen: int) -> None:
    assert parse_yuan(text) == fen


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "还没有"),
        ("  元", "看不懂"),
        ("-5", "负数"),
        ("－5", "负数"),
        ("1.234", "两位"),
        ("0.0000001万", "两位"),
        ("1,23", "逗号"),
        ("12,3456", "逗号"),
        ("1,234,5", "逗号"),
        ("几百块", "看不懂"),
        ("1e3", "看不懂"),
        ("1.2.3", "看不懂"),
        ("10000亿", "太大"),
    ],
)
def test_parse_yuan_is_refused_with_a_reason(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        parse_yuan(text)


@pytest.mark.parametrize(
    ("fen", "text"),
    [(0, "0.00"), (7, "0.07"), (123450, "1,234.50"), (100000000, "1,000,000.00"), (-50, "-0.50")],
)
def test_format_yuan_sets_thousands_apart(fen: int, text: str) -> None:
    assert format_yuan(fen) == text


@given(AMOUNTS)
def test_parse_yuan_takes_back_what_format_yuan_gives(fen: int) -> None:
    assert parse_yuan(format_yuan(fen)) == fen
    assert parse_yuan(format_yuan(fen) + "元") == fen


@pytest.mark.parametrize(
    ("fen", "words"),
    [
        (40000, "肆佰元整"),
        (1000, "壹拾元整"),
        (100550, "壹仟零伍元伍角"),
        (1001000, "壹万零壹拾元整"),
        (20030007, "贰拾万零叁佰元零柒分"),
        (50, "伍角"),
        (5, "伍分"),
        (55, "伍角伍分"),
        (105, "壹元零伍分"),
        (0, "零元整"),
        (10000000, "壹拾万元整"),
        (100000000, "壹佰万元整"),
        (1000000000000, "壹佰亿元整"),
        (10000500000, "壹亿零伍仟元整"),
        (10000000100, "壹亿零壹元整"),
        (1020304000, "壹仟零贰拾万叁仟零肆拾元整"),
        (MOST_FEN, "玖佰玖拾玖亿玖仟玖佰玖拾玖万玖仟玖佰玖拾玖元玖角玖分"),
    ],
)
def test_capitals_writes_the_amount_for_papers(fen: int, words: str) -> None:
    assert capitals(fen) == words


@pytest.mark.parametrize("fen", [-1, MOST_FEN + 1])
def test_capitals_is_refused_outside_its_words(fen: int) -> None:
    with pytest.raises(ValueError, match="大写"):
        capitals(fen)


def read_capitals(words: str) -> int:
    """Reads capitals back, in the simplest way that a person would."""
    digits = {sign: value for value, sign in enumerate("零壹贰叁肆伍陆柒捌玖")}
    total = group = digit = 0
    fen = 0
    for sign in words:
        if sign in digits:
            digit = digits[sign]
        elif sign in "拾佰仟":
            group, digit = group + digit * {"拾": 10, "佰": 100, "仟": 1000}[sign], 0
        elif sign in "万亿":
            total, group, digit = total + (group + digit) * {"万": 10**4, "亿": 10**8}[sign], 0, 0
        elif sign == "元":
            total, group, digit = (total + group + digit) * 100, 0, 0
        elif sign in "角分":
            fen, digit = fen + digit * {"角": 10, "分": 1}[sign], 0
    return total + fen


@given(AMOUNTS)
def test_capitals_can_be_read_back_and_has_no_doubled_zero(fen: int) -> None:
    words = capitals(fen)
    assert read_capitals(words) == fen
    assert "零零" not in words
    assert not re.search(r"零[万亿]", words)
    assert fen == 0 or "零元" not in words


@given(st.text(alphabet="0123456789,.万亿元角分整 -¥", max_size=12) | st.text(max_size=12))
def test_parse_yuan_fails_with_a_reason_or_gives_an_amount(text: str) -> None:
    fen, reason = 0, "。"
    try:
        fen = parse_yuan(text)
    except ValueError as error:
        reason = str(error)
    assert "。" in reason
    assert 0 <= fen <= MOST_FEN
