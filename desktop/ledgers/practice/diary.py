"""The clock that lives through the months, and the book of what happens when."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field as dataclass_field, fields, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, cast

from sqlalchemy import select

from desktop.base.clock import BEIJING, local_day
from desktop.base.ids import IdSequence
from desktop.database.record import Record
from desktop.database.values import missing
from desktop.ledgers.practice.chance import Chance
from desktop.staff.office import Office
from desktop.staff.records import add_record, change_record, take_step
from desktop.staff.work import Work, defaults_for, known_id, new_rows

_BY_DAY = timedelta(days=14)
Deed = Callable[[Work], object]


def wall(day: date, at: time) -> datetime:
    """An instant by Beijing wall time."""
    return datetime.combine(day, at, BEIJING).astimezone(UTC)


class HistoryClock:
    """Shows the instant that the book has reached; it never goes back."""

    def __init__(self, start: datetime) -> None:
        self._now = start

    def now(self) -> datetime:
        """The instant that the book has reached."""
        return self._now

    def reach(self, instant: datetime) -> None:
        """Goes on to an instant; an earlier one leaves it where it is."""
        self._now = max(self._now, instant)


@dataclass
class PracticeWork(Work):
    """A save that knows which identities it gave itself and does not look them up again."""

    known: set[str] = dataclass_field(default_factory=set)

    def find_link(self, kind: str, text: str) -> str:
        """The id that a link may hold."""
        return text if text in self.known else super().find_link(kind, text)


class Diary:
    """What happens when. A save takes a fsync and a commit of the log, so many deeds share one."""

    def __init__(self, office: Office, start: datetime, seed: int) -> None:
        self.now = office.clock.now()
        self.clock = HistoryClock(start)
        self._ids = IdSequence(Chance(seed, "identities").bits)
        self.known: set[str] = set()
        self.office = replace(office, clock=self.clock, database=replace(office.database, clock=self.clock))
        self._book: list[tuple[datetime, int, Deed]] = []
        self._entries = 0

    @property
    def today(self) -> date:
        """The day on which the history ends."""
        return local_day(self.now)

    def plan(self, day: date, at: time, deed: Deed) -> None:
        """Enters a deed; what lies beyond the present is never done, and what is late is done next."""
        instant = wall(day, at)
        if instant > self.now:
            return
        self._entries += 1
        heapq.heappush(self._book, (max(instant, self.clock.now()), self._entries, deed))

    @contextmanager
    def saving(self) -> Iterator[Work]:
        """A save at the instant that the book has reached."""
        with self.office.working() as work:
            work.session.ids = self._ids
            own = {one.name: getattr(work, one.name) for one in fields(Work)}
            yield PracticeWork(**own, known=self.known)

    def step(self, work: Work, kind: str, name: str, record_id: str, **raw: Any) -> Record:
        """Takes one step of a workflow as a person does."""
        return take_step(work, self.office.catalogue.step(kind, name), record_id, raw)

    def _last_of_save(self, day: date) -> date:
        sunday = day + timedelta(days=6 - day.weekday())
        return sunday if sunday < self.today - _BY_DAY else day

    def live(self, progress: Callable[[date], None]) -> None:
        """Does everything up to the present, saving after each week and in the last weeks after each day."""
        while self._book:
            day = local_day(self._book[0][0])
            progress(day)
            last = self._last_of_save(day)
            with self.saving() as work:
                while self._book and local_day(self._book[0][0]) <= last:
                    instant, _entry, deed = heapq.heappop(self._book)
                    self.clock.reach(instant)
                    deed(work)


# -- what deeds are made of --------------------------------------------------------------------------------------------


def add(work: Work, kind: str, raw: Mapping[str, Any]) -> str:
    """One record on the way that a form takes; its identity."""
    record_id = known_id(add_record(work, kind, raw))
    _know(work, record_id)
    return record_id


def change(work: Work, kind: str, record_id: str, raw: Mapping[str, Any]) -> None:
    """Changes one record on the way that a form takes."""
    change_record(work, kind, record_id, raw)


def put(work: Work, kind_name: str, rows: Iterable[Mapping[str, Any]]) -> list[str]:
    """Many rows of one kind with values that need no reading, checked and written together; their identities.

    Shape:   the iterator may move the clock between rows, so that each was recorded at its own minute.
    Errors:  ValueError when a row would not pass its own form: the word lists or this package are wrong.
    """
    kind = work.registry.kind(kind_name)

    def whole() -> Iterator[Mapping[str, Any]]:
        for row in rows:
            values = {**defaults_for(kind.fields.values(), work, row), **row}
            problems = missing(kind.fields.values(), values)
            if kind.info.check is not None:
                problems += kind.info.check(values, work.today)
            if problems:
                raise ValueError(kind_name, [problem.message for problem in problems])
            yield values

    ids = [known_id(record) for record in new_rows(work, kind, whole())]
    for record_id in ids:
        _know(work, record_id)
    return ids


def grown(work: Work, kind_name: str, origin_id: str) -> str:
    """The newest record of a kind that grew from another."""
    table: Any = work.registry.kind(kind_name).table
    found = work.session.execute(
        select(table.id).where(table.origin_id == origin_id).order_by(table.id.desc()).limit(1)
    ).scalar_one()
    _know(work, found)
    return str(found)


def _know(work: Work, record_id: str) -> None:
    cast("PracticeWork", work).known.add(record_id)
