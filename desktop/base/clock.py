"""The only place that reads the clock; tests hold it by hand.

Instants are aware and in UTC; days are calendar days in Beijing time, because law and ledgers count those.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Protocol

# Beijing time has had no daylight saving since 1991, so a fixed offset needs no zone data on Windows.
BEIJING = timezone(timedelta(hours=8), "Asia/Shanghai")


class Clock(Protocol):
    """Tells the instant now; everything else is derived from it."""

    def now(self) -> datetime:
        """The instant now, aware, in UTC."""
        ...


class SystemClock:
    """The PC's own clock, which may be wrong; nothing that must be correct depends on it."""

    def now(self) -> datetime:
        """The instant now, aware, in UTC."""
        return datetime.now(UTC)


def today(clock: Clock) -> date:
    """The calendar day in Beijing."""
    return local_day(clock.now())


def local_day(instant: datetime) -> date:
    """The Beijing calendar day of an instant."""
    return instant.astimezone(BEIJING).date()


def local_time(instant: datetime) -> datetime:
    """The same instant with the Beijing wall time."""
    return instant.astimezone(BEIJING)
