# ruff: noqa: RUF001 - the signs that people type are what the tests are about
from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given, strategies as st

from desktop.base import days
from desktop.base.days import parse_day, parse_instant, parse_time

TODAY = date(2026, 3, 5)
DAYS = st.dates(date(1990, 1, 1), date(2099, 12, 31))


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("今天", TODAY),
        ("jt", TODAY),
        ("ZT", date(2026, 3, 4)),
        ("昨天", date(2026, 3, 4)),
        ("前天", date(2026, 3, 3)),
        ("明天", date(2026, 3, 6)),
        ("mt", date(2026, 3, 6)),
        ("后天", date(2026, 3, 7)),
        ("3.5", TODAY),
        ("3-5", TODAY),
        ("3/5", TODAY),
        ("３．５", TODAY),
        ("3。5", TODAY),
        ("3月5日", TODAY),
        ("3月5号", TODAY),
        ("0305", TODAY),
        ("20260305", TODAY),
        ("260305", TODAY),
        ("2026-03-05", TODAY),
        ("2026.3.5", TODAY),
        ("2026/3/5", TODAY),
        ("2026 年 3 月 5 日", TODAY),
        ("26.3.5", TODAY),
        ("85.3.5", date(1985, 3, 5)),
        ("36.3.5", date(2036, 3, 5)),
        ("37.3.5", date(1937, 3, 5)),
        ("5", TODAY),
        ("31", date(2026, 3, 31)),
        ("12号", date(2026, 3, 12)),
        ("12.30", date(2025, 12, 30)),
        ("5.9", date(2026, 5, 9)),
        ("5.10", date(2025, 5, 10)),
    ],
)
def test_parse_day_reads_what_clerks_type(text: str, day: date) -> None:
    assert parse_day(text, TODAY) == day


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "还没有"),
        ("305", "三位"),
        ("2.30", "2月没有30日"),
        ("2026-02-29", "2026年2月没有29日"),
        ("2.29", "写上年份"),
        ("13.1", "没有13月"),
        ("32", "没有32日"),
        ("1800-01-01", "年份"),
        ("下次", "看不懂"),
        ("2026-3", "看不懂"),
        ("12345", "看不懂"),
    ],
)
def test_parse_day_is_refused_with_a_reason(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        parse_day(text, TODAY)


def test_parse_day_finds_a_leap_day_without_its_year_when_one_is_near() -> None:
    assert parse_day("2.29", date(2028, 3, 5)) == date(2028, 2, 29)


@given(DAYS, st.integers(-300, 65))
def test_parse_day_without_a_year_is_near_today(today: date, shift: int) -> None:
    day = today + timedelta(days=shift)
    found = parse_day(f"{day.month}.{day.day}", today)
    assert (found.month, found.day) == (day.month, day.day)
    assert abs(found - today) <= abs(day - today)
    assert -300 <= (found - today).days <= 65


@given(DAYS, DAYS)
def test_parse_day_takes_back_every_way_a_day_is_shown(day: date, today: date) -> None:
    assert parse_day(days.ledger_day(day), today) == day
    assert parse_day(days.print_day(day), today) == day
    assert parse_day(day.strftime("%Y%m%d"), today) == day


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("1530", time(15, 30)),
        ("930", time(9, 30)),
        ("9", time(9)),
        ("15", time(15)),
        ("0", time(0)),
        ("15:30", time(15, 30)),
        ("15：30", time(15, 30)),
        ("15.30", time(15, 30)),
        ("15:30:59", time(15, 30)),
        ("１５３０", time(15, 30)),
        ("下午3点半", time(15, 30)),
        ("下午3:30", time(15, 30)),
        ("下午330", time(15, 30)),
        ("3点", time(3)),
        ("三点一刻", time(3, 15)),
        ("上午十点三刻", time(10, 45)),
        ("晚上十一点二十分", time(23, 20)),
        ("二十点零五分", time(20, 5)),
        ("中午12点", time(12)),
        ("中午1点", time(13)),
        ("中午11点半", time(11, 30)),
        ("中午10点", time(10)),
        ("凌晨12点", time(0)),
        ("凌晨1点", time(1)),
        ("上午12点", time(12)),
        ("下午12点半", time(12, 30)),
        ("晚8点", time(20)),
        ("晚上20点", time(20)),
        ("15时30分", time(15, 30)),
        ("8点整", time(8)),
    ],
)
def test_parse_time_reads_what_clerks_type(text: str, moment: time) -> None:
    assert parse_time(text) == moment


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "还没有"),
        ("2460", "没有24时60分"),
        ("2400", "第二天"),
        ("晚上12点", "第二天"),
        ("25", "没有25时"),
        ("9:5", "看不懂"),
        ("一会儿", "看不懂"),
        ("下午", "看不懂"),
    ],
)
def test_parse_time_is_refused_with_a_reason(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        parse_time(text)


@given(st.integers(0, 23), st.integers(0, 59))
def test_parse_time_takes_back_every_minute(hour: int, minute: int) -> None:
    assert parse_time(f"{hour:02}:{minute:02}") == time(hour, minute)
    assert parse_time(f"{hour}{minute:02}") == time(hour, minute)
    assert parse_time(f"{hour}时{minute}分") == time(hour, minute)


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("3.5 1530", datetime(2026, 3, 5, 7, 30, tzinfo=UTC)),
        ("昨天下午3点半", datetime(2026, 3, 4, 7, 30, tzinfo=UTC)),
        ("昨天 下午 3点半", datetime(2026, 3, 4, 7, 30, tzinfo=UTC)),
        ("2026年3月5日15时30分", datetime(2026, 3, 5, 7, 30, tzinfo=UTC)),
        ("2026-03-05T15:30", datetime(2026, 3, 5, 7, 30, tzinfo=UTC)),
        ("2026-03-05 15:30:10", datetime(2026, 3, 5, 7, 30, tzinfo=UTC)),
        ("zt 9", datetime(2026, 3, 4, 1, 0, tzinfo=UTC)),
        ("1530", datetime(2026, 3, 5, 7, 30, tzinfo=UTC)),
        ("下午3点半", datetime(2026, 3, 5, 7, 30, tzinfo=UTC)),
        ("5 0:00", datetime(2026, 3, 4, 16, 0, tzinfo=UTC)),
    ],
)
def test_parse_instant_reads_day_and_time_together(text: str, instant: datetime) -> None:
    assert parse_instant(text, TODAY) == instant


TYPED = st.text(
    alphabet="0123456789 .-:：/年月日号点时分半刻十二零上下中午晚今天昨zjtT", max_size=12
) | st.text(max_size=12)


@given(TYPED)
def test_no_text_fails_otherwise_than_with_a_reason(text: str) -> None:
    for parse in (
        lambda value: parse_day(value, TODAY),
        parse_time,
        lambda value: parse_instant(value, TODAY),
    ):
        reason = "。"
        try:
            parse(text)
        except ValueError as error:
            reason = str(error)
        assert "。" in reason


@pytest.mark.parametrize("text", ["", "昨天", "2026-03-05", "3月5日"])
def test_parse_instant_is_refused_without_a_time(text: str) -> None:
    with pytest.raises(ValueError, match="时间"):
        parse_instant(text, TODAY)


def test_days_and_instants_are_shown_as_paper_and_ledger_want_them() -> None:
    instant = datetime(2026, 3, 5, 7, 5, tzinfo=UTC)
    assert days.print_day(TODAY) == "2026年3月5日"
    assert days.ledger_day(TODAY) == "2026-03-05"
    assert days.print_instant(instant) == "2026年3月5日15时05分"
    assert days.ledger_instant(instant) == "2026-03-05 15:05"
    assert days.print_time(instant) == "15时05分"
    assert days.weekday_name(TODAY) == "星期四"
    assert days.short_weekday(TODAY + timedelta(days=3)) == "日"


def test_print_instant_turns_the_day_at_beijing_midnight() -> None:
    assert days.print_instant(datetime(2026, 3, 31, 16, 0, tzinfo=UTC)) == "2026年4月1日0时00分"


def test_print_instant_is_refused_without_a_zone() -> None:
    with pytest.raises(ValueError, match="2026"):
        days.print_instant(datetime(2026, 3, 5, 15, 30))  # noqa: DTZ001 - what the test is about
