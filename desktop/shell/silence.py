"""Exchange and backup without a button: some time after opening, after saves when nobody types, and once a day.

It speaks only when a person has to act. Everything runs in a lane of its own, so that no save waits for a slow line.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from PySide6.QtCore import QObject, QTimer

from desktop.base.clock import local_time
from desktop.base.errors import EnvironmentFault, Failure
from desktop.shell.desk import Changed, Desk
from desktop.shell.office import ExchangeResult
from desktop.widgets.runner import Progress

LANE = "background"
AFTER_OPENING = timedelta(seconds=20)
# Every save begins the wait anew: work comes in runs.
AFTER_A_SAVE = timedelta(seconds=90)
DAILY_SPREAD = timedelta(seconds=120)
AFTER_A_FAILURE = (timedelta(minutes=5), timedelta(minutes=15), timedelta(hours=1))


class Silence(QObject):
    """The background exchange of one open room."""

    def __init__(self, desk: Desk, *, chance: Callable[[], float] = random.random) -> None:
        super().__init__()
        self.desk = desk
        self._chance = chance
        self._progress: Progress | None = None
        self._failures = 0
        self._told: set[str] = set()
        self._is_own_change = False
        self._is_started = False
        self.next_timer = self._timer(self.exchange)
        self.daily_timer = self._timer(self._daily)
        desk.changed.connect(self._was_saved)
        desk.exchanged.connect(self._catch_up)

    def _timer(self, action: Callable[[], None]) -> QTimer:
        made = QTimer(self)
        made.setSingleShot(True)
        made.timeout.connect(action)
        return made

    def start(self) -> None:
        """Plans the first exchange and the one of the day."""
        self._is_started = True
        self._plan(AFTER_OPENING)
        self._plan_daily()

    def stop(self) -> None:
        """Plans nothing more; an exchange under way ends at its next round."""
        self._is_started = False
        self.next_timer.stop()
        self.daily_timer.stop()
        if self._progress is not None:
            self._progress.cancel()

    @property
    def may_exchange(self) -> bool:
        """Whether an address was entered and nobody switched the network off."""
        settings = self.desk.office.settings
        return bool(settings.get("server_url")) and not (
            settings.get("stick_only") or settings.get("work_offline")
        )

    def _plan(self, pause: timedelta) -> None:
        # A quarter more or less, so that rooms which open together do not call together.
        self.next_timer.start(round(pause / timedelta(milliseconds=1) * (0.75 + 0.5 * self._chance())))

    def _plan_daily(self) -> None:
        now = local_time(self.desk.clock.now())
        hour, minute = str(self.desk.office.settings.get("exchange_at")).split(":")
        at = now.replace(hour=int(hour), minute=int(minute), second=0, microsecond=0)
        if at <= now:
            at += timedelta(days=1)
        pause = at - now + DAILY_SPREAD * self._chance()
        self.daily_timer.start(round(pause / timedelta(milliseconds=1)))

    def _daily(self) -> None:
        self._plan_daily()
        self.exchange()

    def _was_saved(self, _changed: Changed) -> None:
        if self._is_started and not self._is_own_change:
            self._plan(AFTER_A_SAVE)

    def exchange(self) -> None:
        """One exchange and, when it is due, one copy; nothing while one is under way."""
        if self._progress is not None:
            return
        office, runner = self.desk.office, self.desk.runner
        if self.may_exchange:
            self._progress = runner.run_long(
                office.exchange_network,
                self._was_done,
                self._has_failed,
                label="",
                lane=LANE,
                owner=self,
                ended=self._ended,
            )
        runner.run(office.back_up_second, self._was_copied, self._copy_failed, lane=LANE, owner=self)

    def _was_done(self, result: ExchangeResult) -> None:
        self._failures = 0
        self.desk.exchanged.emit(None)
        if result.received_count:
            self._is_own_change = True
            self.desk.tell_changed([(kind.name, "") for kind in self.desk.office.registry])
            self._is_own_change = False

    def _catch_up(self, _source: Path | None) -> None:
        """So that the first search after a large exchange need not wait."""
        self.desk.runner.run(self.desk.office.catch_up_search, lane=LANE, owner=self)

    def _has_failed(self, failure: Failure) -> None:
        if not isinstance(failure, EnvironmentFault) and failure.code not in self._told:
            # Waiting does not mend it: shut out, a wrong server, a version that is too old.
            self._told.add(failure.code)
            self.desk.messages.tell_failure(failure)
        if self._is_started:
            self._plan(AFTER_A_FAILURE[min(self._failures, len(AFTER_A_FAILURE) - 1)])
        self._failures += 1

    def _ended(self) -> None:
        self._progress = None
        self.desk.status_stale.emit()

    def _was_copied(self, is_copied: bool) -> None:
        if is_copied:
            self.desk.status_stale.emit()

    def _copy_failed(self, failure: Failure) -> None:
        # The disk that is not plugged in shows in the status strip; whatever else is wrong is told once.
        if failure.code != "BAK-007" and failure.code not in self._told:
            self._told.add(failure.code)
            self.desk.messages.tell_failure(failure)
