# ruff: noqa: RUF001 - full-width signs are what the tests are about
from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, strategies as st

from desktop.base.documents import (
    BIRTH_CERTIFICATE,
    CHINESE_PASSPORT,
    DOCUMENT_TYPES,
    FOREIGN_PASSPORT,
    HOME_RETURN_PERMIT,
    NO_DOCUMENT,
    OLD_NUMBER,
    PERMANENT_RESIDENCE_2017,
    PERMANENT_RESIDENCE_2023,
    RESIDENCE_PERMIT,
    RESIDENT_CARD,
    TAIWAN_PERMIT,
    age_on,
    birth_date,
    check_document,
    check_identity_number,
    check_uscc,
    mask_identity,
    normalise_number,
    sex_of,
)

ON = date(2026, 3, 5)
VALID = [
    "649901198001010016",
    "649901199202290020",
    "649901194512319877",
    "649901198505050011",
    "649901200001010067",
    "64990119750319018X",
    "649901201506010139",
]


@pytest.mark.parametrize("number", VALID)
def test_check_identity_number_passes_a_right_number(number: str) -> None:
    assert check_identity_number(number, ON).level == "ok"


@pytest.mark.parametrize(
    ("number", "code"),
    [
        ("649901198001010017", "DOC-008"),
        ("649901199302290020", "DOC-006"),
        ("64990119800101001", "DOC-003"),
        ("6499011980010100166", "DOC-003"),
        ("64990119800101O016", "DOC-004"),
        ("64990120260306001X", "DOC-007"),
    ],
)
def test_check_identity_number_blocks_a_wrong_number(number: str, code: str) -> None:
    verdict = check_identity_number(number, ON)
    assert (verdict.level, verdict.code) == ("block", code)
    assert verdict.message
    assert number not in verdict.message


def test_check_identity_number_accepts_birth_on_the_day_itself() -> None:
    assert check_identity_number("64990120260306001X", date(2026, 3, 6)).is_ok


@pytest.mark.parametrize("number", ["", "649901800101001", "810000199001010019", "911840199001010018"])
def test_check_identity_number_only_warns_about_other_documents(number: str) -> None:
    assert check_identity_number(number, ON).level == "warn"


def test_check_identity_number_warns_about_an_age_over_120() -> None:
    assert check_identity_number("649901194512319877", date(2067, 1, 1)).code == "DOC-009"


def test_normalise_number_gives_one_form_of_full_width_blanks_and_small_x() -> None:
    assert normalise_number("６４９９０１ 19750319\u3000018ｘ") == "64990119750319018X"
    assert check_identity_number("64990119750319018x", ON).is_ok


@given(st.sampled_from(VALID), st.integers(0, 17), st.sampled_from("0123456789"))
def test_check_identity_number_finds_every_single_wrong_digit(number: str, place: int, digit: str) -> None:
    changed = number[:place] + digit + number[place + 1 :]
    assert check_identity_number(changed, ON).is_ok == (changed == number)


@given(st.sampled_from(VALID), st.integers(0, 16))
def test_check_identity_number_finds_every_swap_of_neighbours(number: str, place: int) -> None:
    changed = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
    assert check_identity_number(changed, ON).is_ok == (changed == number)


@pytest.mark.parametrize(
    ("type_code", "number"),
    [
        (RESIDENT_CARD, "649901198001010016"),
        (RESIDENCE_PERMIT, "810000199001010019"),
        (PERMANENT_RESIDENCE_2023, "911840199001010018"),
        (PERMANENT_RESIDENCE_2017, "XYZ123456789012"),
        (HOME_RETURN_PERMIT, "H12345678"),
        (HOME_RETURN_PERMIT, "M1234567801"),
        (TAIWAN_PERMIT, "12345678"),
        (TAIWAN_PERMIT, "1234567890(B)"),
        (CHINESE_PASSPORT, "E12345678"),
        (CHINESE_PASSPORT, "EA1234567"),
        (FOREIGN_PASSPORT, "x1234567"),
        (BIRTH_CERTIFICATE, "随便什么"),
        (OLD_NUMBER, "649901800101001"),
        (NO_DOCUMENT, ""),
        ("777", "县里自己加的种类"),
    ],
)
def test_check_document_passes_the_number_of_its_kind(type_code: str, number: str) -> None:
    assert check_document(type_code, number, ON).is_ok


def test_check_document_takes_a_residence_permit_from_the_day_of_birth_on() -> None:
    assert check_document(RESIDENCE_PERMIT, "810000199001010019", date(1990, 1, 1)).is_ok
    assert check_document(RESIDENCE_PERMIT, "810000199001010019", date(1989, 12, 31)).code == "DOC-012"


@pytest.mark.parametrize(
    ("type_code", "number", "code"),
    [
        (RESIDENCE_PERMIT, "810000199001010018", "DOC-011"),
        (RESIDENCE_PERMIT, "649901198001010016", "DOC-010"),
        (RESIDENCE_PERMIT, "810000", "DOC-010"),
        (PERMANENT_RESIDENCE_2023, "911840199001010017", "DOC-011"),
        (HOME_RETURN_PERMIT, "K12345678", "DOC-010"),
        (OLD_NUMBER, "6499018001010", "DOC-010"),
        (FOREIGN_PASSPORT, "", "DOC-001"),
    ],
)
def test_check_document_never_blocks_another_kind(type_code: str, number: str, code: str) -> None:
    verdict = check_document(type_code, number, ON)
    assert (verdict.level, verdict.code) == ("warn", code)


def test_document_types_have_a_label_each_and_keep_the_police_code() -> None:
    assert DOCUMENT_TYPES["111"] == "居民身份证"
    assert DOCUMENT_TYPES["511"] == "港澳台居民居住证"
    assert len(set(DOCUMENT_TYPES.values())) == len(DOCUMENT_TYPES) == 12


def test_birth_date_and_sex_are_read_from_the_number() -> None:
    assert birth_date("649901199202290020") == date(1992, 2, 29)
    assert birth_date("649901800101001") == date(1980, 1, 1)
    assert birth_date("E12345678") is None
    assert birth_date("649901199302290020") is None
    assert sex_of("649901198001010016") == "男"
    assert sex_of("649901199202290020") == "女"
    assert sex_of("649901800101002") == "女"
    assert sex_of("911840199001010018") is None
    assert sex_of("E12345678") is None


@pytest.mark.parametrize(
    ("birth", "day", "age"),
    [
        (date(1925, 3, 1), date(2026, 3, 1), 101),
        (date(1925, 3, 2), date(2026, 3, 1), 100),
        (date(2012, 2, 29), date(2026, 2, 28), 13),
        (date(2012, 2, 29), date(2026, 3, 1), 14),
        (date(2026, 3, 1), date(2026, 3, 1), 0),
    ],
)
def test_age_on_counts_completed_years(birth: date, day: date, age: int) -> None:
    assert age_on(birth, day) == age


def test_age_on_is_refused_before_birth() -> None:
    with pytest.raises(ValueError, match="出生"):
        age_on(date(2026, 3, 2), date(2026, 3, 1))


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("649901198001010016", "649901********0016"),
        ("649901800101001", "649901*****1001"),
        ("E12345678", "E1*****78"),
        ("1234", "****"),
        ("", ""),
    ],
)
def test_mask_identity_hides_the_middle(number: str, shown: str) -> None:
    assert mask_identity(number) == shown


@pytest.mark.parametrize("code", ["91649901MA0000000U", "N2649901MF0000000M", "91649901ma0000000u"])
def test_check_uscc_passes_a_right_code(code: str) -> None:
    assert check_uscc(code).is_ok


@pytest.mark.parametrize(
    ("code", "reason"),
    [("91649901MA0000000T", "DOC-021"), ("91649901MA000000OU", "DOC-020"), ("9164990", "DOC-020")],
)
def test_check_uscc_warns_about_a_wrong_code(code: str, reason: str) -> None:
    assert (check_uscc(code).level, check_uscc(code).code) == ("warn", reason)
