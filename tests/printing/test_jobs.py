from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from desktop.base.errors import RuleBroken
from desktop.printing.jobs import (
    BLANK,
    FILE_NAME,
    Outcome,
    PrinterSetup,
    PrintJob,
    keep_setup,
    read_pages,
    read_setups,
    words_of_pages,
)

PLAIN = PrinterSetup()
UPWARDS = PrinterSetup(is_reversed=True)


@pytest.mark.parametrize(
    ("typed", "pages"),
    [
        ("", (1, 2, 3, 4, 5)),
        ("  ", (1, 2, 3, 4, 5)),
        ("2", (2,)),
        ("１－３，５", (1, 2, 3, 5)),  # noqa: RUF001 - as an input method types it
        ("1-2、4", (1, 2, 4)),
        ("4-", (4, 5)),
        ("-2", (1, 2)),
        ("5-3", (5, 4, 3)),
        ("2,2, 1", (2, 2, 1)),
    ],
)
def test_read_pages_takes_what_people_type(typed: str, pages: tuple[int, ...]) -> None:
    assert read_pages(typed, 5) == pages


@pytest.mark.parametrize("typed", ["0", "6", "1-6", "-", "a", "1-2-3", "1.5", "²x", "9999999"])
def test_read_pages_refuses_what_is_no_page(typed: str) -> None:
    with pytest.raises(RuleBroken) as caught:
        read_pages(typed, 5)
    assert caught.value.code == "PRN-007"


@given(st.lists(st.integers(1, 9), min_size=1, max_size=20))
def test_words_of_pages_are_read_back_as_the_same_pages(pages: list[int]) -> None:
    assert read_pages(words_of_pages(pages), 9) == tuple(pages)


def test_one_sided_job_is_one_run_with_copies_one_whole_after_another() -> None:
    assert PrintJob((1, 2, 3), copies=2).runs(PLAIN) == ((1, 2, 3, 1, 2, 3),)


@pytest.mark.parametrize(
    ("pages", "copies", "setup", "runs"),
    [
        ((1, 2, 3, 4), 1, PLAIN, ((1, 3), (2, 4))),
        ((1, 2, 3, 4), 1, UPWARDS, ((1, 3), (4, 2))),
        ((1, 2, 3), 1, PLAIN, ((1, 3), (2,))),
        ((1, 2, 3), 1, UPWARDS, ((1, 3), (BLANK, 2))),
        ((1, 2, 3), 2, PLAIN, ((1, 3, 1, 3), (2, BLANK, 2))),
        ((7,), 3, PLAIN, ((7, 7, 7),)),
        ((), 2, PLAIN, ()),
    ],
)
def test_both_sides_are_odd_pages_then_even_ones(
    pages: tuple[int, ...], copies: int, setup: PrinterSetup, runs: tuple[tuple[int, ...], ...]
) -> None:
    assert PrintJob(pages, copies, on_both_sides=True).runs(setup) == runs


@given(st.integers(0, 12), st.integers(1, 4), st.booleans())
def test_turned_stack_brings_every_even_page_behind_its_odd_one(
    count: int, copies: int, is_reversed: bool
) -> None:
    pages = tuple(range(1, count + 1))
    runs = PrintJob(pages, copies, on_both_sides=True).runs(PrinterSetup(is_reversed=is_reversed))
    fronts = runs[0] if runs else ()
    backs = runs[1] if len(runs) > 1 else ()
    if is_reversed:
        backs = backs[::-1]
    backs += (BLANK,) * (len(fronts) - len(backs))
    bound = [page for sheet in zip(fronts, backs, strict=True) for page in sheet if page]
    assert bound == list(pages * copies)


def test_outcome_tells_what_was_sent_and_what_not() -> None:
    outcome = Outcome((1, 3, 5), 2)
    assert (outcome.sent, outcome.rest, outcome.is_whole) == ((1, 3), (5,), False)


def test_setup_is_kept_for_each_printer(room_folder: Path) -> None:
    keep_setup(room_folder, "针式 打印机", PrinterSetup(1.5, -2.0, is_reversed=True, dpi=600))
    keep_setup(room_folder, "激光", PLAIN)
    assert read_setups(room_folder) == {
        "针式 打印机": PrinterSetup(1.5, -2.0, is_reversed=True, dpi=600),
        "激光": PLAIN,
    }


@pytest.mark.parametrize(
    "content",
    [b"", b"\xff", b"[]", '{"激光": 3}'.encode()],
    ids=["empty", "no text", "no table", "no setup"],
)
def test_damaged_setups_are_started_anew(room_folder: Path, content: bytes) -> None:
    (room_folder / FILE_NAME).write_bytes(content)
    assert read_setups(room_folder) == {}


def test_setup_values_out_of_bounds_count_as_not_set(room_folder: Path) -> None:
    told = '{"激光": {"dx_mm": 400, "dy_mm": "3", "is_reversed": 1, "dpi": 1200}}'
    (room_folder / FILE_NAME).write_text(told, encoding="utf-8")
    assert read_setups(room_folder) == {"激光": PLAIN}
