"""Working days and the deadlines that count them.

The State Council names each year's days off and make-up days late in the year before; the tables are data
(`resources/holidays/`), and a county sends a new one without a new program. A year without its notice is counted by
weekends and the fixed legal holidays, and says so: no formula knows what the State Council will decide.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from desktop.base.errors import EnvironmentFault
from desktop.base.text import _

_DAY = timedelta(days=1)
_SATURDAY = 5


@dataclass(frozen=True)
class YearTable:
    """What one notice says about one year, or what one region adds to it.

    Shape:   `off` gives each day off its festival's name; `work` holds weekend days that are worked. A table with a
             `region` only adds days off and does not make its year published.
    """

    year: int
    region: str
    off: Mapping[date, str]
    work: frozenset[date]


@dataclass(frozen=True)
class HolidayTable:
    """Which days are worked, over all years that are known.

    Source:  Measures on Holidays for National Annual Festivals and Memorial Days (revised 2024-11-10); for each year
             the notice that its file names.
    """

    years: Mapping[int, YearTable] = field(default_factory=dict)
    regional: tuple[YearTable, ...] = ()

    @classmethod
    def load(cls, *folders: Path) -> HolidayTable:
        """The tables in the files `*.json` of these folders; a later folder replaces a year of an earlier one.

        Errors:  EnvironmentFault HOL-001 when a file cannot be read as such a table.
        """
        years: dict[int, YearTable] = {}
        regional: dict[tuple[int, str], YearTable] = {}
        for folder in folders:
            for path in sorted(folder.glob("*.json")):
                table = read_year_table(path)
                if table.region:
                    regional[table.year, table.region] = table
                else:
                    years[table.year] = table
        return cls(years, tuple(regional.values()))

    def is_published(self, year: int) -> bool:
        """The State Council's notice for this year is known here; otherwise its days are a guess to be shown as one."""
        return year in self.years

    def unpublished_years(self, first: date, last: date) -> tuple[int, ...]:
        """The years of a span whose notice is not known, for the banner 未发布."""
        return tuple(year for year in range(first.year, last.year + 1) if not self.is_published(year))

    def holiday_name(self, day: date) -> str:
        """The festival on account of which the day is off; empty on plain weekends and working days."""
        for table in self.regional:
            if day in table.off:
                return table.off[day]
        table_of_year = self.years.get(day.year)
        off = table_of_year.off if table_of_year else _fixed_legal_days(day.year)
        return off.get(day, "")

    def is_workday(self, day: date) -> bool:
        """The day is worked: no festival, and no weekend day that is not made up."""
        if self.holiday_name(day):
            return False
        table = self.years.get(day.year)
        return day.weekday() < _SATURDAY or (table is not None and day in table.work)

    def is_statutory_rest(self, day: date) -> bool:
        """A deadline that falls on this day moves to the next working day."""
        return not self.is_workday(day)


def read_year_table(path: Path) -> YearTable:
    """One file of days off and make-up days.

    Errors:  EnvironmentFault HOL-001.
    """
    try:
        return _year_table(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        sentence = _("放假安排文件{name}读不出来。已有的记录没有变。请重新导入放假安排，或重新安装程序。")
        raise EnvironmentFault("HOL-001", sentence.format(name=path.name), file=path.name) from error


def _year_table(content: Mapping[str, Any]) -> YearTable:
    year = int(content["year"])
    off: dict[date, str] = {}
    work: set[date] = set()
    for holiday in content["holidays"]:
        first, last = date.fromisoformat(holiday["from"]), date.fromisoformat(holiday["to"])
        if not first <= last <= first + 15 * _DAY or not holiday["name"]:
            raise ValueError(holiday)
        off.update({first + shift * _DAY: holiday["name"] for shift in range((last - first).days + 1)})
        work.update(date.fromisoformat(day) for day in holiday["work"])
    region = str(content["region"])
    _demand_sense(year, off, work, region=region)
    return YearTable(year, region, off, frozenset(work))


def _demand_sense(year: int, off: Iterable[date], work: set[date], *, region: str) -> None:
    """A slip in a table moves legal deadlines, so a table that cannot be right is not taken at all."""
    if any(day.year != year for day in (*off, *work)) or work & set(off):
        raise ValueError(year)
    if any(day.weekday() < _SATURDAY for day in work) or (region and work):
        raise ValueError(year)


def _fixed_legal_days(year: int) -> dict[date, str]:
    """The legal holidays that are known without a notice; those of the lunar calendar are not among them.

    Source:  Measures on Holidays, art. 2: New Year 1 day, Qingming 1, Labour Day 2, National Day 3.
    """
    days = {date(year, 1, 1): "元旦", date(year, 5, 1): "劳动节", date(year, 5, 2): "劳动节"}
    days |= {date(year, 10, day): "国庆节" for day in (1, 2, 3)}
    if 1900 <= year < 2100:
        days[_qingming(year)] = "清明节"
    return days


def _qingming(year: int) -> date:
    """The solar term Qingming by the usual formula, which holds for 1900 to 2099."""
    short = year % 100
    constant = 4.81 if year >= 2000 else 5.59
    return date(year, 4, int(short * 0.2422 + constant) - short // 4)


def add_workdays(start: date, n: int, table: HolidayTable) -> date:
    """The n-th working day after `start`, which itself is not counted.

    Units:   working days; with n = 0 the start day.
    Errors:  ValueError when n is negative.
    """
    if n < 0:
        raise ValueError(n)
    day = start
    while n:
        day += _DAY
        n -= table.is_workday(day)
    return day


def after_days(start: date, n: int, table: HolidayTable) -> date:
    """The last day of a term of n calendar days; on a day of rest it moves to the first working day after it.

    Units:   calendar days; the start day is not counted.
    Errors:  ValueError when n is negative.
    Source:  Civil Code (2020-05-28) arts. 201, 203.
    """
    if n < 0:
        raise ValueError(n)
    day = start + n * _DAY
    while table.is_statutory_rest(day):
        day += _DAY
    return day


def workdays_between(first: date, last: date, table: HolidayTable) -> int:
    """The number of working days in a closed span; 0 when it is empty."""
    return sum(table.is_workday(first + shift * _DAY) for shift in range((last - first).days + 1))


def workdays_in_month(year: int, month: int, table: HolidayTable) -> int:
    """The number of working days in a month."""
    first = date(year, month, 1)
    following = date(year + month // 12, month % 12 + 1, 1)
    return workdays_between(first, following - _DAY, table)
