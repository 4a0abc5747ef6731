"""Days and times as clerks type them in the evening from a notebook, and as ledgers and papers show them.

Days are Beijing calendar days. Quick entry knows the day it is typed on and never asks the clock itself.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, date, datetime, time, timedelta

from desktop.base.clock import BEIJING, local_time
from desktop.base.text import N_, _

# A day without a year is written down later than it happened far more often than planned ahead.
_DAYS_BACK = 300
_DAYS_AHEAD = 65
_FIRST_YEAR, _LAST_YEAR = 1900, 2100

_RELATIVE_DAYS = {
    "今天": 0, "今日": 0, "jt": 0,
    "昨天": -1, "昨日": -1, "zt": -1,
    "前天": -2, "qt": -2,
    "大前天": -3, "dqt": -3,
    "明天": 1, "明日": 1, "mt": 1,
    "后天": 2, "ht": 2,
}  # fmt: skip

_FULL_DAY = re.compile(r"([0-9]{4}|[0-9]{2})[-./年]([0-9]{1,2})[-./月]([0-9]{1,2})[日号]?")
_SHORT_DAY = re.compile(r"([0-9]{1,2})[-./月]([0-9]{1,2})[日号]?")
_ONLY_DAY = re.compile(r"([0-9]{1,2})[日号]?")
_PACKED_DAY = re.compile(r"([0-9]{4}|[0-9]{2})?([0-9]{2})([0-9]{2})")

_MORNING = ("凌晨", "清晨", "早上", "早晨", "上午")
_NOON = ("中午",)
_AFTERNOON = ("下午", "傍晚", "晚上", "夜里", "夜间", "晚")
_PERIOD = re.compile("|".join((*_MORNING, *_NOON, *_AFTERNOON)))
_CLOCK_TIME = re.compile(r"([0-9]{1,2})[:.]([0-9]{2})(?::([0-9]{2}))?")
_PACKED_TIME = re.compile(r"([0-9]{1,2})([0-9]{2})")
_SPOKEN_TIME = re.compile(r"([0-9]{1,2})(?:[点时]钟?(?:整|(半|[一三]刻)|([0-9]{1,2})分?)?)?")
_SPOKEN_MINUTES = {"半": 30, "一刻": 15, "三刻": 45}
_CHINESE_NUMBER = re.compile(
    "(?:[一二三四五]?十[一二三四五六七八九]?|[零一二两三四五六七八九]{1,2})(?=[点时分])"
)
_CHINESE_DIGITS = {sign: value for value, sign in enumerate("零一二三四五六七八九")} | {"两": 2}

_WEEKDAYS = (N_("星期一"), N_("星期二"), N_("星期三"), N_("星期四"), N_("星期五"), N_("星期六"), N_("星期日"))


def parse_day(text: str, today: date) -> date:
    """The day that somebody typed: 今天 · zt · 3.5 · 3月5日 · 0305 · 20260305 · 2026-03-05 · 26.3.5 · 5.

    Without a year it is the one nearest to `today` that lies at most 300 days back or 65 days ahead; a bare number
    is a day of this month. Two digits of a year reach ten years ahead and otherwise back into the last century.

    Errors:  ValueError with a Chinese reason.
    """
    value = _half_width(text).replace("。", ".").replace("、", ".").lower()
    if not value:
        raise ValueError(_("还没有填写日期。"))
    if value in _RELATIVE_DAYS:
        return today + timedelta(days=_RELATIVE_DAYS[value])
    if found := _FULL_DAY.fullmatch(value) or (len(value) in {4, 6, 8} and _PACKED_DAY.fullmatch(value)):
        year, month, day = found.groups()
        return _day(_year(year, today), month, day) if year else _nearest_day(int(month), int(day), today)
    if found := _SHORT_DAY.fullmatch(value):
        return _nearest_day(int(found[1]), int(found[2]), today)
    if found := _ONLY_DAY.fullmatch(value):
        return _day(today.year, today.month, found[1])
    if re.fullmatch("[0-9]{3}", value):
        raise ValueError(_("三位数字分不清月和日，请写成3.5或0305。"))
    raise ValueError(_("看不懂这个日期，请写成3.5、0305或2026-03-05。"))


def _half_width(text: str) -> str:
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", text))


def _year(digits: str, today: date) -> int:
    if len(digits) == 4:
        return int(digits)
    this_century = 2000 + int(digits)
    return this_century if this_century <= today.year + 10 else this_century - 100


def _day(year: int, month: int | str, day: int | str) -> date:
    if not _FIRST_YEAR <= year <= _LAST_YEAR:
        raise ValueError(_("年份不对，请核对。"))
    try:
        return date(year, int(month), int(day))
    except ValueError:
        message = _("{year}年{month}月没有{day}日。") if 1 <= int(month) <= 12 else _("没有{month}月。")
        raise ValueError(message.format(year=year, month=int(month), day=int(day))) from None


def _nearest_day(month: int, day: int, today: date) -> date:
    found: list[date] = []
    for year in (today.year - 1, today.year, today.year + 1):
        try:
            found.append(date(year, month, day))
        except ValueError:
            continue
    near = [one for one in found if -_DAYS_BACK <= (one - today).days <= _DAYS_AHEAD]
    if near:
        return min(near, key=lambda one: abs(one - today))
    if (month, day) == (2, 29):
        raise ValueError(_("最近没有2月29日，请写上年份。"))
    return _day(today.year, month, day)


def parse_time(text: str) -> time:
    """The time that somebody typed: 1530 · 9 · 930 · 15:30 · 下午3点半 · 三点一刻.

    Units:   Beijing wall time, whole minutes; seconds that a table brought along are dropped.
    Errors:  ValueError with a Chinese reason.
    """
    value = _half_width(text).replace("。", ".")
    if not value:
        raise ValueError(_("还没有填写时间。"))
    period = _PERIOD.match(value)
    rest = value[period.end() :] if period else value
    hour, minute = _hour_and_minute(_CHINESE_NUMBER.sub(_arabic, rest))
    if period:
        hour = _hour_of_day(period.group(), hour)
    if hour == 24 and minute == 0:
        raise ValueError(_("24点是第二天的0点，请填第二天的日期和0:00。"))
    if hour > 23 or minute > 59:
        raise ValueError(_("没有{hour}时{minute:02}分，请核对。").format(hour=hour, minute=minute))
    return time(hour, minute)


def _hour_and_minute(value: str) -> tuple[int, int]:
    if found := _CLOCK_TIME.fullmatch(value):
        return int(found[1]), int(found[2])
    if (found := _PACKED_TIME.fullmatch(value)) and len(value) > 2:
        return int(found[1]), int(found[2])
    if found := _SPOKEN_TIME.fullmatch(value):
        return int(found[1]), _SPOKEN_MINUTES.get(found[2], 0) if found[2] else int(found[3] or 0)
    raise ValueError(_("看不懂这个时间，请写成1530、15:30或下午3点半。"))


def _arabic(found: re.Match[str]) -> str:
    tens, ten, ones = found.group().rpartition("十")
    if not ten:
        return "".join(str(_CHINESE_DIGITS[sign]) for sign in ones)
    return str((_CHINESE_DIGITS[tens] if tens else 1) * 10 + (_CHINESE_DIGITS[ones] if ones else 0))


def _hour_of_day(period: str, hour: int) -> int:
    if hour > 12 or (period in _MORNING and hour < 12):
        return hour
    if period in _NOON:
        return hour if hour >= 10 else hour + 12
    if period in _MORNING:
        return 0 if period == "凌晨" else 12
    if hour == 12 and period != "下午":
        raise ValueError(_("晚上12点是第二天的0点，请填第二天的日期和0:00。"))
    return 12 if hour == 12 else hour + 12


def parse_instant(text: str, today: date) -> datetime:
    """Day and time typed in one field: 3.5 1530 · 昨天下午3点半 · 2026年3月5日15时30分; only a time is today.

    Shape:   aware, in UTC.
    Errors:  ValueError with a Chinese reason.
    """
    value = unicodedata.normalize("NFKC", text).strip()
    # 2026-03-05T15:30 comes from tables; zt and jt are words of ours.
    value = re.sub(r"(?<=[0-9])T(?=[0-9])", " ", value)
    day_text, blank, time_text = value.partition(" ")
    if not blank and (joined := re.fullmatch(r"(.*?[天日号])(.+)", value)):
        day_text, time_text = joined.groups()
    if not time_text:
        day_text, time_text = "", value
    day = parse_day(day_text, today) if day_text else today
    return datetime.combine(day, parse_time(time_text), BEIJING).astimezone(UTC)


def print_day(day: date) -> str:
    """The day as papers show it, never translated: 2026年3月5日."""
    return f"{day.year}年{day.month}月{day.day}日"


def ledger_day(day: date) -> str:
    """The day as ledgers, files and scripts show it: 2026-03-05."""
    return day.isoformat()


def print_time(instant: datetime) -> str:
    """The Beijing wall time as papers show it: 15时30分."""
    wall = _wall(instant)
    return f"{wall.hour}时{wall.minute:02}分"


def print_instant(instant: datetime) -> str:
    """The instant as papers show it: 2026年3月5日15时30分."""
    return print_day(_wall(instant)) + print_time(instant)


def ledger_instant(instant: datetime) -> str:
    """The instant as ledgers show it: 2026-03-05 15:30."""
    return _wall(instant).strftime("%Y-%m-%d %H:%M")


def _wall(instant: datetime) -> datetime:
    if instant.tzinfo is None:
        raise ValueError(instant)
    return local_time(instant)


def weekday_name(day: date) -> str:
    """The weekday in the chosen language: 星期四."""
    return _(_WEEKDAYS[day.weekday()])


def short_weekday(day: date) -> str:
    """The weekday as rosters on paper head their columns, never translated: 四."""
    return _WEEKDAYS[day.weekday()][-1]
