# ruff: noqa: RUF001 - the signs that people type are what the tests are about
from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from desktop.base.numbers import check_document_number, normalise_document_number


@pytest.mark.parametrize(
    "text",
    [
        "X公(派)调解字〔2026〕12号",
        "X公(派)调解字[2026]12号",
        "X公(派)调解字(2026)12号",
        "X公(派)调解字【2026】12号",
        "X公（派）调解字［２０２６］１２号",
        "X公（派）调解字（2026）12号",
        "X公(派)调解字〔2026年〕12号",
        "X公(派)调解字﹝2026﹞12号",
        " X公(派)调解字 〔2026〕 12 号 ",
        "Ｘ公(派)调解字〔2026〕１２号",
    ],
)
def test_normalise_document_number_gives_one_form(text: str) -> None:
    assert normalise_document_number(text) == "X公(派)调解字〔2026〕12号"
    assert check_document_number(text).is_ok


def test_normalise_document_number_keeps_other_brackets_and_leading_zeros() -> None:
    assert normalise_document_number("青公(1234)调字[2026]012号") == "青公(1234)调字〔2026〕012号"


@given(st.text(max_size=30))
def test_normalise_document_number_changes_nothing_the_second_time(text: str) -> None:
    once = normalise_document_number(text)
    assert normalise_document_number(once) == once


@pytest.mark.parametrize("text", ["", "12", "〔2026〕12号", "待编号", "X公调字2026-12"])
def test_check_document_number_warns_and_never_blocks(text: str) -> None:
    assert (check_document_number(text).level, check_document_number(text).code) == ("warn", "NUM-001")
