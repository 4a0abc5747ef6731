"""A month of duties while somebody works on it: cells, leaders, undo, and what is to be saved. No Qt here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

from desktop.patrol import rules
from desktop.patrol.rules import Clash, DayMark, Duty, MonthChanges, MonthPlan, PlannedShift

Cell = tuple[str, date]
Shifts = tuple[PlannedShift, ...]
_DAY = timedelta(days=1)
_UNDO_STEPS = 200


@dataclass(frozen=True)
class _State:
    """What undo takes back."""

    cells: Mapping[Cell, Shifts]
    leads: Mapping[date, str]


class MonthDraft:
    """The plan as it was read, and what was changed in it since.

    A cell is one person on one day. A shift that is typed again as it was before is the old shift, so that nothing is
    written for it.
    """

    def __init__(self, plan: MonthPlan, marks: tuple[DayMark, ...]) -> None:
        self.plan = plan
        self.marks = marks
        self.days = tuple(mark.day for mark in marks)
        self.people = plan.people
        self.duties: Mapping[str, Duty] = {duty.code: duty for duty in plan.duties}
        inside = set(self.days)
        self._original: Shifts = tuple(shift for shift in plan.shifts if shift.on in inside)
        self._beside: Shifts = tuple(shift for shift in plan.shifts if shift.on not in inside)
        self._away = {
            (leave.staff_id, day) for leave in plan.leaves for day in self.days if leave.covers(day)
        }
        self._start = _State(_by_cell(self._original), _leads_of(self._original))
        self._now = self._start
        self._undo: list[_State] = []

    # -- reading ---------------------------------------------------------------------------------------------------

    def shifts_at(self, staff_id: str, day: date) -> Shifts:
        """The shifts of one cell in the order of the hours."""
        return self._now.cells.get((staff_id, day), ())

    def is_away(self, staff_id: str, day: date) -> bool:
        """Whether the person is on leave that day."""
        return (staff_id, day) in self._away

    def leads(self, staff_id: str, day: date) -> bool:
        """Whether the person leads that day."""
        return self._now.leads.get(day, "") == staff_id

    def is_changed(self, staff_id: str, day: date) -> bool:
        """Whether the cell differs from what is stored."""
        return self.shifts_at(staff_id, day) != self._start.cells.get((staff_id, day), ())

    def all_shifts(self) -> list[PlannedShift]:
        """The month's shifts as they are now."""
        return [shift for shifts in self._now.cells.values() for shift in shifts]

    def clashes(self) -> list[Clash]:
        """What is wrong with the month as it is now."""
        inside = set(self.days)
        found = rules.clashes([*self._beside, *self.all_shifts()], self.plan.leaves)
        return [clash for clash in found if clash.shift.on in inside]

    def person_counts(self, staff_id: str) -> tuple[int, int]:
        """How many shifts a person has in the month, and how many of them at night."""
        own = [shift for day in self.days for shift in self.shifts_at(staff_id, day)]
        return len(own), sum(rules.is_night(shift) for shift in own)

    def people_on(self, day: date) -> int:
        """How many people have a shift on a day."""
        return sum(bool(self.shifts_at(person.id, day)) for person in self.people)

    @property
    def can_undo(self) -> bool:
        """Whether there is something to take back."""
        return bool(self._undo)

    @property
    def is_published(self) -> bool:
        """Whether some shift of the month was published, so that a change needs a reason."""
        return any(shift.is_published for shift in self._original)

    def changes(self, reason: str = "") -> MonthChanges:
        """What is to be saved."""
        now = self.all_shifts()
        standing = {shift.id: shift for shift in now if shift.id}
        before = {shift.id: shift for shift in self._original}
        return MonthChanges(
            added=tuple(sorted((one for one in now if not one.id), key=lambda one: (one.span, one.staff_id))),
            removed=tuple(shift for shift in self._original if shift.id not in standing),
            led=tuple(one for one in standing.values() if one.lead_id != before[one.id].lead_id),
            reason=reason,
        )

    # -- changing --------------------------------------------------------------------------------------------------

    def put(self, cells: Iterable[Cell], duty_code: str, *, add: bool = False) -> None:
        """Gives each cell one duty in place of what it held; with `add` beside it."""
        duty = self.duties[duty_code]
        self._change({cell: self._with(cell, duty, add=add) for cell in cells})

    def clear(self, cells: Iterable[Cell]) -> None:
        """Empties cells."""
        self._change(dict.fromkeys(cells, ()))

    def copy_from_left(self, cells: Iterable[Cell]) -> None:
        """Gives each cell what stands in the cell of the day before; the first of the month has none."""
        wanted: dict[Cell, Shifts] = {}
        for staff_id, day in sorted(cells, key=lambda cell: cell[1]):
            before = (staff_id, day - _DAY)
            if before[1] not in self.days:
                continue
            source = wanted.get(before, self.shifts_at(*before))
            wanted[staff_id, day] = tuple(self._shift((staff_id, day), one) for one in source)
        self._change(wanted)

    def toggle_lead(self, staff_id: str, day: date) -> None:
        """Makes the person the day's leader, or nobody when he is it already."""
        lead = "" if self.leads(staff_id, day) else staff_id
        cells = {
            cell: tuple(replace(shift, lead_id=lead) for shift in shifts)
            for cell, shifts in self._now.cells.items()
            if cell[1] == day
        }
        self._change(cells, leads={**self._now.leads, day: lead})

    def undo(self) -> None:
        """Takes the last change back."""
        if self._undo:
            self._now = self._undo.pop()

    def _with(self, cell: Cell, duty: Duty, *, add: bool) -> Shifts:
        staff_id, day = cell
        typed = PlannedShift(staff_id, day, duty.code, duty.start_time, duty.end_time)
        shift = self._shift(cell, typed)
        kept = self.shifts_at(*cell) if add else ()
        if any(one.slot == shift.slot for one in kept):
            return kept
        return tuple(sorted((*kept, shift), key=lambda one: one.span))

    def _shift(self, cell: Cell, wanted: PlannedShift) -> PlannedShift:
        """The shift for a cell, in the place of the stored one that is the same."""
        staff_id, day = cell
        lead = self._now.leads.get(day, "")
        for one in self._original:
            same_hours = (one.duty_type, one.start_time, one.end_time) == (
                wanted.duty_type,
                wanted.start_time,
                wanted.end_time,
            )
            if (one.staff_id, one.on) == cell and same_hours:
                return replace(one, lead_id=lead or one.lead_id)
        return PlannedShift(staff_id, day, wanted.duty_type, wanted.start_time, wanted.end_time, lead)

    def _change(self, cells: Mapping[Cell, Shifts], leads: Mapping[date, str] | None = None) -> None:
        merged = {**self._now.cells, **cells}
        after = _State(
            {cell: shifts for cell, shifts in merged.items() if shifts},
            self._now.leads if leads is None else leads,
        )
        if after != self._now:
            self._undo = [*self._undo, self._now][-_UNDO_STEPS:]
            self._now = after


def _by_cell(shifts: Iterable[PlannedShift]) -> dict[Cell, Shifts]:
    cells: dict[Cell, Shifts] = {}
    for shift in sorted(shifts, key=lambda one: one.span):
        key = (shift.staff_id, shift.on)
        cells[key] = (*cells.get(key, ()), shift)
    return cells


def _leads_of(shifts: Iterable[PlannedShift]) -> dict[date, str]:
    """Who leads each day: the one whom most of its shifts name."""
    named: dict[date, Counter[str]] = {}
    for shift in shifts:
        if shift.lead_id:
            named.setdefault(shift.on, Counter())[shift.lead_id] += 1
    return {day: counts.most_common(1)[0][0] for day, counts in named.items()}
