# ruff: noqa: RUF001 - full-width signs are what the tests are about
from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from desktop.base.phones import check_phone, mask_phone, normalise_phone


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("13800001234", "13800001234"),
        ("138-0000-1234", "13800001234"),
        ("+86 138 0000 1234", "13800001234"),
        ("８６１３８００００１２３４", "13800001234"),
        ("0086-13800001234", "13800001234"),
        ("09536012345", "0953-6012345"),
        ("（0953）6012345", "0953-6012345"),
        ("0953—6012345 转 801", "0953-6012345-801"),
        ("01062345678", "010-62345678"),
        ("+86 953 6012345", "0953-6012345"),
        ("+86-0953-6012345", "0953-6012345"),
        ("110", "110"),
        ("6688", "6688"),
        ("找村主任", "找村主任"),
        ("", ""),
    ],
)
def test_normalise_phone_gives_one_written_form(text: str, number: str) -> None:
    assert normalise_phone(text) == number


@given(st.text(alphabet="0123456789-+ （）转86", max_size=24))
def test_normalise_phone_changes_nothing_the_second_time(text: str) -> None:
    once = normalise_phone(text)
    assert normalise_phone(once) == once


@pytest.mark.parametrize(
    "text", ["", "13800001234", "09536012345", "010-62345678-1", "110", "96110", "12389"]
)
def test_check_phone_passes_what_can_be_called(text: str) -> None:
    assert check_phone(text).is_ok


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("12000000001", "PHO-001"),
        ("6688", "PHO-002"),
        ("1380000123", "PHO-003"),
        ("12800001234", "PHO-004"),
        ("6012345", "PHO-004"),
        ("没有", "PHO-004"),
    ],
)
def test_check_phone_warns_and_never_blocks(text: str, code: str) -> None:
    assert (check_phone(text).level, check_phone(text).code) == ("warn", code)


def test_check_phone_passes_invented_numbers_in_a_practice_room_only() -> None:
    assert check_phone("12000000001", practice=True).is_ok
    assert not check_phone("12000100001", practice=True).is_ok


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("138 0000 5678", "138****5678"),
        ("0953-6012345", "0953-***2345"),
        ("010-62345678-801", "010-****5678"),
        ("110", "110"),
        ("123456789", "123**6789"),
        ("12345678", "******78"),
        ("6688", "**88"),
        ("12", "**"),
        ("", ""),
    ],
)
def test_mask_phone_hides_the_middle(text: str, shown: str) -> None:
    assert mask_phone(text) == shown
