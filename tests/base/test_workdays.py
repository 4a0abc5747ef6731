from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, strategies as st

from desktop.base.errors import EnvironmentFault
from desktop.base.workdays import (
    HolidayTable,
    add_workdays,
    after_days,
    workdays_between,
    workdays_in_month,
)

FOLDER = Path(__file__).parents[2] / "resources" / "holidays"
TABLE = HolidayTable.load(FOLDER)
NEAR_2026 = st.dates(date(2024, 6, 1), date(2027, 12, 31))


def day(text: str) -> date:
    return date.fromisoformat(text)


@pytest.mark.parametrize(
    ("start", "n", "last"),
    [
        ("2026-02-12", 3, "2026-02-24"),
        ("2026-02-13", 7, "2026-03-02"),
        ("2026-04-30", 3, "2026-05-08"),
        ("2026-09-18", 7, "2026-09-29"),
        ("2026-09-30", 3, "2026-10-10"),
        ("2026-02-16", 0, "2026-02-16"),
    ],
)
def test_add_workdays_counts_make_up_days_and_not_the_start(start: str, n: int, last: str) -> None:
    assert add_workdays(day(start), n, TABLE) == day(last)


@pytest.mark.parametrize(
    ("start", "last"),
    [
        ("2026-01-20", "2026-02-24"),
        ("2026-03-06", "2026-04-07"),
        ("2026-09-01", "2026-10-08"),
        ("2026-01-25", "2026-02-24"),
        ("2026-03-03", "2026-04-02"),
        ("2026-01-15", "2026-02-14"),
    ],
)
def test_after_days_rolls_a_last_day_of_rest_to_the_first_working_day(start: str, last: str) -> None:
    assert after_days(day(start), 30, TABLE) == day(last)


def test_workdays_in_month_gives_the_248_days_of_2026() -> None:
    months = [workdays_in_month(2026, month, TABLE) for month in range(1, 13)]
    assert months == [21, 16, 22, 21, 19, 21, 23, 21, 22, 18, 21, 23]
    assert sum(months) == 248


def test_workdays_in_year_gives_the_248_days_of_2025() -> None:
    assert sum(workdays_in_month(2025, month, TABLE) for month in range(1, 13)) == 248


@pytest.mark.parametrize(
    ("text", "is_worked", "name"),
    [
        ("2026-02-14", True, ""),
        ("2026-02-16", False, "春节"),
        ("2026-03-07", False, ""),
        ("2026-10-10", True, ""),
        ("2025-01-26", True, ""),
        ("2025-10-08", False, "国庆节、中秋节"),
    ],
)
def test_is_workday_follows_the_notice(text: str, is_worked: bool, name: str) -> None:
    assert TABLE.is_workday(day(text)) is is_worked
    assert TABLE.is_statutory_rest(day(text)) is not is_worked
    assert TABLE.holiday_name(day(text)) == name


def test_a_year_without_notice_has_weekends_and_fixed_legal_days_and_says_so() -> None:
    assert TABLE.is_published(2026)
    assert not TABLE.is_published(2028)
    assert TABLE.unpublished_years(day("2026-12-30"), day("2028-01-02")) == (2027, 2028)
    rest = [
        one
        for one in ("01-01", "04-04", "05-01", "05-02", "10-01", "10-03")
        if TABLE.holiday_name(day(f"2028-{one}"))
    ]
    assert rest == ["01-01", "04-04", "05-01", "05-02", "10-01", "10-03"]
    assert TABLE.is_workday(day("2028-01-26")), "the lunar New Year cannot be known without a notice"
    assert not TABLE.is_workday(day("2028-03-04"))


@pytest.mark.parametrize(
    ("year", "april"),
    [
        (1976, 4),
        (1980, 4),
        (1999, 5),
        (2000, 4),
        (2008, 4),
        (2023, 5),
        (2024, 4),
        (2025, 4),
        (2026, 5),
        (2031, 5),
    ],
)
def test_qingming_is_found_without_a_notice(year: int, april: int) -> None:
    assert HolidayTable().holiday_name(date(year, 4, april)) == "清明节"


@given(NEAR_2026, st.integers(0, 40), st.integers(0, 40))
def test_add_workdays_never_goes_back_and_adds_up(start: date, first: int, second: int) -> None:
    once = add_workdays(start, first + second, TABLE)
    assert once == add_workdays(add_workdays(start, first, TABLE), second, TABLE)
    assert add_workdays(start, first, TABLE) <= once
    assert add_workdays(start, first, TABLE) <= add_workdays(start + timedelta(days=1), first, TABLE)
    assert workdays_between(start + timedelta(days=1), once, TABLE) == first + second


@given(NEAR_2026, st.integers(0, 60))
def test_after_days_ends_on_a_working_day_and_keeps_the_order(start: date, n: int) -> None:
    last = after_days(start, n, TABLE)
    assert TABLE.is_workday(last)
    assert last >= start + timedelta(days=n)
    assert workdays_between(start + timedelta(days=n), last, TABLE) == 1
    assert last <= after_days(start, n + 1, TABLE)


@pytest.mark.parametrize("count", [add_workdays, after_days])
def test_a_term_is_refused_when_it_is_negative(count: Any) -> None:
    with pytest.raises(ValueError, match="-1"):
        count(day("2026-03-05"), -1, TABLE)


def write_table(folder: Path, name: str, **changes: object) -> None:
    content: dict[str, object] = {
        "year": 2027,
        "region": "",
        "holidays": [{"name": "元旦", "from": "2027-01-01", "to": "2027-01-03", "work": ["2027-01-09"]}],
    }
    (folder / name).write_text(json.dumps(content | changes, ensure_ascii=False), encoding="utf-8")


def test_load_lets_a_later_folder_replace_a_year(room_folder: Path) -> None:
    write_table(room_folder, "2027.json")
    write_table(room_folder, "2026.json", year=2026, holidays=[])
    table = HolidayTable.load(FOLDER, room_folder)
    assert table.is_published(2027)
    assert table.is_workday(day("2027-01-09"))
    assert table.is_workday(day("2026-02-16"))
    assert table.holiday_name(day("2025-10-01"))


def test_load_adds_the_days_of_a_region_without_publishing_the_year(room_folder: Path) -> None:
    festival = {"name": "开斋节", "from": "2027-03-09", "to": "2027-03-10", "work": []}
    write_table(room_folder, "2027-a.json", region="县", holidays=[festival])
    table = HolidayTable.load(FOLDER, room_folder)
    assert not table.is_published(2027)
    assert table.holiday_name(day("2027-03-10")) == "开斋节"
    assert not table.is_workday(day("2027-03-10"))


@pytest.mark.parametrize(
    "changes",
    [
        {"holidays": [{"name": "元旦", "from": "2027-01-03", "to": "2027-01-01", "work": []}]},
        {"holidays": [{"name": "元旦", "from": "2027-01-01", "to": "2027-03-01", "work": []}]},
        {"holidays": [{"name": "元旦", "from": "2027-01-01", "to": "2027-01-03", "work": ["2027-01-04"]}]},
        {"holidays": [{"name": "元旦", "from": "2027-01-01", "to": "2027-01-03", "work": ["2027-01-02"]}]},
        {"holidays": [{"name": "元旦", "from": "2026-01-01", "to": "2026-01-03", "work": []}]},
        {"holidays": [{"from": "2027-01-01"}]},
        {"region": "县"},
        {"year": "明年"},
        {"holidays": None},
    ],
)
def test_load_is_refused_for_a_table_that_cannot_be_right(
    room_folder: Path, changes: dict[str, object]
) -> None:
    write_table(room_folder, "2027.json", **changes)
    with pytest.raises(EnvironmentFault) as caught:
        HolidayTable.load(room_folder)
    assert caught.value.code == "HOL-001"
    assert "2027.json" in caught.value.sentence


def test_load_is_refused_for_a_damaged_file(room_folder: Path) -> None:
    (room_folder / "2027.json").write_bytes(b"\x00\xff{")
    with pytest.raises(EnvironmentFault):
        HolidayTable.load(room_folder)
