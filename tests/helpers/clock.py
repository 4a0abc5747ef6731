"""A clock that a test moves by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from desktop.base.clock import BEIJING

START = datetime(2026, 3, 5, 8, 0, tzinfo=BEIJING)


class FixedClock:
    """Stands still until it is moved; satisfies `desktop.base.clock.Clock`."""

    def __init__(self, start: datetime = START) -> None:
        if start.tzinfo is None:
            raise ValueError("a test clock starts at an aware instant")
        self._now = start.astimezone(UTC)

    def now(self) -> datetime:
        """The instant it stands at, aware, in UTC."""
        return self._now

    def move(self, by: timedelta) -> datetime:
        """Moves it, backwards too, and gives the new instant."""
        self._now += by
        return self._now

    def set(self, instant: datetime) -> None:
        """Puts it to an aware instant."""
        if instant.tzinfo is None:
            raise ValueError("a test clock is set to an aware instant")
        self._now = instant.astimezone(UTC)
