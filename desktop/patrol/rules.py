"""What a roster may hold, what a patrol counts as, and how a month is shared out.

A shift belongs to the day on which it begins, also when it ends after midnight: `end` not later than `begin` means the
next day. Instants here are Beijing wall time without a zone; no clock change disturbs them.
"""

from __future__ import annotations

from calendar import monthrange
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any

from desktop.base.errors import FieldProblem
from desktop.base.text import _
from desktop.base.workdays import HolidayTable

REST_HOURS = 8
"""Least rest after a night shift; DOMAIN 4.5."""
NIGHT_BEGIN, NIGHT_END = time(22), time(6)
LATE_MINUTES = 10
"""Who arrives within ten minutes is not late; who leaves ten minutes early has not left early."""
LONGEST_PATROL_MINUTES = 16 * 60

DRAFT, PUBLISHED = "draft", "published"
PRESENT, LATE, LEFT_EARLY, LATE_AND_EARLY, ABSENT = "1", "2", "3", "4", "5"

_DAY = timedelta(days=1)
_SATURDAY = 5


@dataclass(frozen=True)
class Duty:
    """One kind of duty as the grid writes it: one character on paper, one key under the finger, its usual hours."""

    code: str
    label: str
    short: str
    key: str
    start_time: time
    end_time: time


# Code → character, key, usual hours. The keys are the pinyin initials of the characters and are all different; the
# hours are only a beginning: what the room wrote last takes their place.
DUTY_MARKS: Mapping[str, tuple[str, str, time, time]] = {
    "01": ("巡", "x", time(20), time(23)),
    "02": ("义", "y", time(20), time(23)),
    "03": ("守", "s", time(22), time(6)),
    "04": ("岗", "g", time(7, 20), time(8, 20)),
    "05": ("台", "t", time(19), time(22)),
    "06": ("航", "h", time(19), time(23)),
    "07": ("值", "z", time(8), time(20)),
    "08": ("备", "b", time(8), time(18)),
    "09": ("安", "a", time(8), time(18)),
    "10": ("防", "f", time(14), time(18)),
}


def duty_of(code: str, label: str, *, hours: tuple[time, time] | None = None) -> Duty:
    """The duty with that code; one that the county added has no key of its own and is chosen from the list."""
    short, key, start_time, end_time = DUTY_MARKS.get(code, (label[:1] or code, "", time(8), time(18)))
    if hours is not None:
        start_time, end_time = hours
    return Duty(code, label, short, key, start_time, end_time)


@dataclass(frozen=True)
class PlannedShift:
    """One person's duty on one day, as it is stored or about to be.

    Shape:   `id` is empty until it is saved; `seen` are the operations that were known when it was read.
    """

    staff_id: str
    on: date
    duty_type: str
    start_time: time
    end_time: time
    lead_id: str = ""
    id: str = ""
    is_published: bool = False
    team_id: str = ""
    seen: tuple[str, ...] = ()

    @property
    def span(self) -> tuple[datetime, datetime]:
        """Begin and end as wall time."""
        return span(self.on, self.start_time, self.end_time)

    @property
    def slot(self) -> tuple[date, str, time, time]:
        """What the people of one shift have in common."""
        return (self.on, self.duty_type, self.start_time, self.end_time)


@dataclass(frozen=True)
class LeaveSpan:
    """Days, both included, on which a person is away."""

    staff_id: str
    first: date
    last: date

    def covers(self, day: date) -> bool:
        """Whether the person is away on that day."""
        return self.first <= day <= self.last


@dataclass(frozen=True)
class Person:
    """One row of the roster."""

    id: str
    name: str
    role: str = ""


@dataclass(frozen=True)
class MonthPlan:
    """Everything the month grid shows, as it was when it was read.

    Shape:   `shifts` also hold those of the day before the first and the day after the last, so that a clash over the
             edge of the month is seen; `people` are those who serve, and everybody who has a shift in the month.
    """

    year: int
    month: int
    people: tuple[Person, ...]
    duties: tuple[Duty, ...]
    shifts: tuple[PlannedShift, ...]
    leaves: tuple[LeaveSpan, ...] = ()


@dataclass(frozen=True)
class MonthChanges:
    """What the month grid wants to be saved, all or nothing.

    Shape:   `added` have no id yet; `removed` are as they were read; `led` are standing shifts with another leader.
             `reason` is needed as soon as something that was published changes.
    """

    added: tuple[PlannedShift, ...] = ()
    removed: tuple[PlannedShift, ...] = ()
    led: tuple[PlannedShift, ...] = ()
    reason: str = ""

    @property
    def is_empty(self) -> bool:
        """Nothing would be written."""
        return not (self.added or self.removed or self.led)


class ClashKind(StrEnum):
    """What can be wrong with a roster."""

    OVERLAP = "overlap"
    ON_LEAVE = "on_leave"
    SHORT_REST = "short_rest"
    NO_LEAD = "no_lead"


@dataclass(frozen=True)
class Clash:
    """One thing that is wrong with a roster. `other` is the earlier one of two shifts."""

    kind: ClashKind
    shift: PlannedShift
    other: PlannedShift | None = None


def span(day: date, start_time: time, end_time: time) -> tuple[datetime, datetime]:
    """Begin and end of a shift or patrol that begins on `day`.

    Shape:   the end is after the begin and at most a day later; equal times are a whole day.
    """
    begin = datetime.combine(day, start_time)
    end = datetime.combine(day, end_time)
    return begin, end if end > begin else end + _DAY


def minutes(start_time: time | None, end_time: time | None) -> int:
    """The length of a shift or patrol; 0 while one of the times is not known. Units: minutes."""
    if start_time is None or end_time is None:
        return 0
    begin, end = span(date.min, start_time, end_time)
    return int((end - begin).total_seconds()) // 60


def is_night(shift: PlannedShift) -> bool:
    """Whether some part of the shift lies between 22:00 and 06:00."""
    begin, end = shift.span
    for day in (shift.on - _DAY, shift.on):
        night_begin, night_end = span(day, NIGHT_BEGIN, NIGHT_END)
        if begin < night_end and night_begin < end:
            return True
    return False


def clashes(shifts: Iterable[PlannedShift], leaves: Iterable[LeaveSpan] = ()) -> list[Clash]:
    """Everything that is wrong with these shifts, in the order of days.

    Source:  DOMAIN 4.5: no overlap; eight hours of rest after a night shift; a leader on each shift.
    """
    ordered = sorted(shifts, key=lambda shift: (shift.span, shift.staff_id, shift.duty_type))
    away = list(leaves)
    found = [
        Clash(ClashKind.ON_LEAVE, shift)
        for shift in ordered
        if any(leave.staff_id == shift.staff_id and leave.covers(shift.on) for leave in away)
    ]
    by_person: dict[str, list[PlannedShift]] = {}
    for shift in ordered:
        by_person.setdefault(shift.staff_id, []).append(shift)
    for own in by_person.values():
        found += _clashes_of_one(own)
    found += _without_lead(ordered)
    return sorted(
        found, key=lambda clash: (clash.shift.on, clash.shift.span, clash.kind, clash.shift.staff_id)
    )


def _clashes_of_one(own: Sequence[PlannedShift]) -> Iterator[Clash]:
    """The clashes of one person's shifts, which are in the order of their begin."""
    for position, shift in enumerate(own):
        for later in own[position + 1 :]:
            if later.span[0] >= shift.span[1]:
                break
            yield Clash(ClashKind.OVERLAP, later, shift)
    for night, later in _rests(own):
        if later.span[0] - night.span[1] < timedelta(hours=REST_HOURS):
            yield Clash(ClashKind.SHORT_REST, later, night)


def _rests(own: Sequence[PlannedShift]) -> Iterator[tuple[PlannedShift, PlannedShift]]:
    """Each night shift with the first one that begins after its end."""
    for position, shift in enumerate(own):
        if not is_night(shift):
            continue
        for later in own[position + 1 :]:
            if later.span[0] >= shift.span[1]:
                yield shift, later
                break


def _without_lead(shifts: Iterable[PlannedShift]) -> Iterator[Clash]:
    slots: dict[tuple[date, str, time, time], list[PlannedShift]] = {}
    for shift in shifts:
        slots.setdefault(shift.slot, []).append(shift)
    for together in slots.values():
        if not any(shift.lead_id for shift in together):
            yield Clash(ClashKind.NO_LEAD, together[0])


def clash_sentence(clash: Clash, names: Mapping[str, str], duties: Mapping[str, str]) -> str:
    """The clash in words, for the list under the grid, the tooltip and the command line."""
    shift, other = clash.shift, clash.other
    facts = {
        "name": names.get(shift.staff_id, ""),
        "month": shift.on.month,
        "day": shift.on.day,
        "duty": duties.get(shift.duty_type, shift.duty_type),
        "begin": shift.start_time.strftime("%H:%M"),
    }
    if clash.kind is ClashKind.ON_LEAVE:
        return _("{month}月{day}日 {name}请假，却排了{duty}。请换人").format(**facts)
    if clash.kind is ClashKind.NO_LEAD or other is None:
        return _("{month}月{day}日 {begin} {duty}没有带班人。在带班人那一格按 * 号").format(**facts)
    facts |= {"other": duties.get(other.duty_type, other.duty_type), "end": other.end_time.strftime("%H:%M")}
    if clash.kind is ClashKind.OVERLAP:
        return _("{month}月{day}日 {name}的{duty}（{begin}起）和{other}（到{end}）时间重叠").format(**facts)
    return _("{month}月{day}日 {name}夜班{other}到{end}才下班，{begin}又上{duty}，休息不足8小时").format(
        **facts
    )


# -- the month -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class DayMark:
    """How one day of the month is headed. `mark` is 休 on a festival, 班 on a weekend that is worked, else empty."""

    day: date
    mark: str
    is_rest: bool
    name: str = ""


def days_of_month(year: int, month: int) -> tuple[date, ...]:
    """All days of a month."""
    return tuple(date(year, month, day) for day in range(1, monthrange(year, month)[1] + 1))


def day_marks(year: int, month: int, holidays: HolidayTable) -> tuple[DayMark, ...]:
    """The month's days with their rest and work marks."""
    return tuple(_day_mark(day, holidays) for day in days_of_month(year, month))


def _day_mark(day: date, holidays: HolidayTable) -> DayMark:
    name = holidays.holiday_name(day)
    works = holidays.is_workday(day)
    mark = "休" if name else ("班" if works and day.weekday() >= _SATURDAY else "")
    return DayMark(day, mark, not works, name)


def share_out(
    people: Sequence[str],
    days: Iterable[date],
    duty: Duty,
    *,
    per_shift: int,
    leaves: Collection[LeaveSpan] = (),
    standing: Collection[PlannedShift] = (),
    rest_days: Collection[date] = (),
    lead_id: str = "",
) -> list[PlannedShift]:
    """A fair draft: each day the people who had the fewest shifts so far, on rest days the fewest rest days.

    Shape:   nobody is given two shifts at once, a shift on leave, or one without rest; a day may stay short of people.
    """
    given: list[PlannedShift] = []
    total = Counter(dict.fromkeys(people, 0))
    resting = Counter(dict.fromkeys(people, 0))
    order = {person: place for place, person in enumerate(people)}
    for shift in standing:
        total[shift.staff_id] += 1
    for day in days:
        is_rest = day in rest_days
        ranked = sorted(people, key=lambda one: (resting[one] if is_rest else 0, total[one], order[one]))
        chosen = 0
        for person in ranked:
            if chosen == per_shift:
                break
            shift = PlannedShift(person, day, duty.code, duty.start_time, duty.end_time, lead_id)
            if not _fits(shift, [*standing, *given], leaves):
                continue
            given.append(shift)
            chosen += 1
            total[person] += 1
            resting[person] += is_rest
    return given


def _fits(shift: PlannedShift, others: Iterable[PlannedShift], leaves: Iterable[LeaveSpan]) -> bool:
    near = [one for one in others if one.staff_id == shift.staff_id and abs((one.on - shift.on).days) <= 2]
    return not any(clash.kind is not ClashKind.NO_LEAD for clash in clashes([*near, shift], leaves))


# -- coming and going ----------------------------------------------------------------------------------------------


def attendance(
    day: date, start_time: time, end_time: time, *, arrived: datetime | None, left: datetime | None
) -> str:
    """The code of how a person came and went; arriving is what counts while the leaving is not noted yet.

    Shape:   wall times in Beijing without a zone.
    """
    if arrived is None:
        return ABSENT
    begin, end = span(day, start_time, end_time)
    grace = timedelta(minutes=LATE_MINUTES)
    late = arrived > begin + grace
    early = left is not None and left < end - grace
    if late and early:
        return LATE_AND_EARLY
    return LATE if late else (LEFT_EARLY if early else PRESENT)


# -- what one record must hold -------------------------------------------------------------------------------------


def shift_problems(values: Mapping[str, Any], _today: date) -> Iterator[FieldProblem]:
    """A shift has two different times."""
    if values.get("start_time") is not None and values.get("start_time") == values.get("end_time"):
        yield FieldProblem(
            "end_time", "PAT-001", _("班次的起止时间相同。到第二天结束的班次，请写第二天的钟点")
        )


def leave_problems(values: Mapping[str, Any], _today: date) -> Iterator[FieldProblem]:
    """A leave ends when it begins or later."""
    first, last = values.get("from_on"), values.get("to_on")
    if first and last and last < first:
        yield FieldProblem("to_on", "PAT-002", _("请假的结束日期早于开始日期，请改正"))


def team_problems(values: Mapping[str, Any], _today: date) -> Iterator[FieldProblem]:
    """A team is dissolved after it was formed."""
    formed, ended = values.get("formed_on"), values.get("dissolved_on")
    if formed and ended and ended < formed:
        yield FieldProblem("dissolved_on", "PAT-003", _("撤销日期早于组建日期，请改正"))


def patrol_problems(values: Mapping[str, Any], today: date) -> Iterator[FieldProblem]:
    """A patrol has taken place, in a length that people can walk, with somebody who walked."""
    if values.get("patrol_on") and values["patrol_on"] > today:
        yield FieldProblem("patrol_on", "PAT-004", _("巡逻日期在今天以后。巡逻结束后再登记"))
    begun, ended = values.get("start_time"), values.get("end_time")
    if begun is not None and ended is not None and minutes(begun, ended) > LONGEST_PATROL_MINUTES:
        yield FieldProblem("end_time", "PAT-005", _("巡逻时间超过16小时，请检查起止时间"))
    if not values.get("staff_ids") and not values.get("leader_id") and not values.get("volunteers_count"):
        yield FieldProblem("staff_ids", "PAT-006", _("请填写带队人、巡逻人员或义务队员人数，至少一项"))


def sign_in_problems(values: Mapping[str, Any], _today: date) -> Iterator[FieldProblem]:
    """Who came left after he came; who did not come has no times."""
    arrived, left = values.get("arrived_at"), values.get("left_at")
    if arrived and left and left < arrived:
        yield FieldProblem("left_at", "PAT-007", _("离岗时间早于到岗时间，请改正"))
    if values.get("attendance") == ABSENT and (arrived or left):
        yield FieldProblem("attendance", "PAT-008", _("填了到岗时间就不是缺勤，请改正其中一项"))
    if values.get("attendance") not in (None, ABSENT) and not arrived:
        yield FieldProblem("arrived_at", "PAT-009", _("请填写到岗时间；没有来的人，出勤选“缺勤”"))
