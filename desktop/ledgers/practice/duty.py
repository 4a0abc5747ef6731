"""Rosters, leaves, coming and going, and the patrols that were walked."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any

from desktop.base.clock import local_day
from desktop.ledgers.practice.chance import Chance, wordlist
from desktop.ledgers.practice.diary import Deed, Diary, add, change, grown, put, wall
from desktop.ledgers.practice.matters import FROM_PATROL, Matters
from desktop.ledgers.practice.rounds import Rounds
from desktop.ledgers.practice.world import Staff, Village, World
from desktop.patrol.roster import publish_month
from desktop.patrol.rules import ABSENT, PUBLISHED, attendance, span
from desktop.staff.work import Work

_DAY = timedelta(days=1)
PATROL, VOLUNTEERS, SCHOOL, DESK, STANDBY, FIRE = "01", "02", "04", "07", "08", "10"
WALKED = frozenset({PATROL, VOLUNTEERS, FIRE})
REST = timedelta(hours=8)
_EARLY_SLOTS = ((time(19, 0), time(21, 30)), (time(19, 30), time(22, 0)), (time(20, 0), time(22, 30)))
_LATE_SLOTS = ((time(23, 0), time(2, 0)), (time(23, 30), time(2, 30)))
FINDINGS_PERCENT = 13
_MET_ON_PATROL = {
    "fixed": "当场清理，摆放锥桶，向村委会说明。",
    "checked": "已处理好，现场没有危险。",
    "failed": "还没有处理。",
}
# What of the hazards of a month a patrol meets.
HAZARDS_ON_PATROL = 15

_WEATHER = {1: "晴 多云 小雪 阴 大风", 2: "晴 多云 小雪 阴", 3: "晴 多云 沙尘 小雨", 4: "晴 多云 小雨 大风"}
_WEATHER |= {5: "晴 多云 小雨", 6: "晴 多云 阵雨 雷阵雨", 7: "晴 阵雨 多云 中雨", 8: "晴 阵雨 多云 小雨"}
_WEATHER |= {9: "晴 多云 小雨 阴", 10: "晴 多云 阴 小雨", 11: "晴 多云 阴 小雪", 12: "晴 多云 小雪 大风"}


@dataclass(frozen=True)
class Turn:
    """One person's duty on one day; the turns of one slot go together."""

    staff: Staff
    on: date
    duty_type: str
    start: time
    end: time
    place: str
    lead_id: str
    village: int = -1
    team_id: str = ""
    id: str = ""

    @property
    def span(self) -> tuple[datetime, datetime]:
        """Begin and end as wall time."""
        return span(self.on, self.start, self.end)

    @property
    def slot(self) -> tuple[str, int, time]:
        """What the people who go together have in common on a day."""
        return (self.duty_type, self.village, self.start)


class Duties:
    """Puts rosters, sign-ins and patrols into the book."""

    def __init__(self, diary: Diary, world: World, matters: Matters, rounds: Rounds, seed: int) -> None:
        self.diary, self.world, self.matters, self.rounds = diary, world, matters, rounds
        self.chance = Chance(seed, "duty")
        self.holidays = diary.office.holidays
        self.leaves: dict[str, list[tuple[date, date]]] = {}
        self._last: dict[str, tuple[datetime, datetime]] = {}
        self._counts: dict[str, int] = {}
        self._weather: dict[date, str] = {}
        self._has_found = False

    # -- the roster ----------------------------------------------------------------------------------------------------

    def plan(self, start: date) -> None:
        """Enters the months' rosters; each is made in the last week of the month before."""
        first = date(start.year, start.month, 1)
        while first <= self.diary.today:
            after = date(first.year + first.month // 12, first.month % 12 + 1, 1)
            begin = max(first, start + _DAY)
            drafted = max(first - 6 * _DAY, start)
            self._plan_month(begin, after - _DAY, drafted)
            first = after

    def _plan_month(self, begin: date, end: date, drafted: date) -> None:
        is_small = self.world.size.name == "small"
        turns: list[Turn] = []

        def draft(work: Work) -> None:
            self._plan_leaves(begin, end, work)
            turns.extend(self._store(work, self._share_out(begin, end), is_published=not is_small))
            for day in _days(begin, end):
                self._plan_day(day, [turn for turn in turns if turn.on == day])

        self.diary.plan(drafted, time(16), draft)
        if is_small:
            self.diary.plan(drafted, time(16, 30), lambda work: publish_month(work, begin.year, begin.month))

    def _plan_leaves(self, begin: date, end: date, work: Work) -> None:
        rows = []
        staff = [
            one for one in self.world.staff if one.role in {"officer", "auxiliary", "assistant", "volunteer"}
        ]
        for one in staff:
            if not self.chance.happens(28 if one.role != "volunteer" else 8):
                continue
            length = self.chance.weighed({1: 45, 2: 25, 3: 18, 5: 12})
            first = begin + timedelta(days=self.chance.number(0, max(0, (end - begin).days - length)))
            last = min(first + timedelta(days=length - 1), end)
            self.leaves.setdefault(one.id, []).append((first, last))
            rows.append(
                {
                    "staff_id": one.id,
                    "from_on": first,
                    "to_on": last,
                    "leave_kind": self.chance.weighed({"1": 30, "2": 15, "3": 30, "4": 20, "5": 5}),
                    "approved_by": self.world.of_role("officer")[0].name,
                }
            )
        put(work, "leave", rows)

    def _share_out(self, begin: date, end: date) -> list[Turn]:
        turns: list[Turn] = []
        for day in _days(begin, end):
            turns += self._day_turns(day)
            for village in self.world.villages:
                turns += self._night_turns(day, village)
        return turns

    def _day_turns(self, day: date) -> list[Turn]:
        size, is_worked = self.world.size.name, self.holidays.is_workday(day)
        officer = self.world.of_role("officer")[0].id
        desk = self.world.of_role("auxiliary", "clerk", "assistant", "officer")
        turns: list[Turn] = []
        count = {"small": int(is_worked), "medium": 1, "large": 3}[size]
        turns += self._turns(day, DESK, (time(8), time(18)), desk, count, "警务室值班台", officer)
        if is_worked and (size != "small" or day.weekday() in {0, 4}):
            for village in self.world.villages if size == "large" else self.world.villages[:2]:
                staff = [*([village.assistant] if village.assistant else []), *village.volunteers]
                place = f"{village.name.removesuffix('村')}小学门口"
                hours = (time(7, 20), time(8, 20))
                turns += self._turns(day, SCHOOL, hours, staff, 1, place, officer, village=village)
        standby = {"small": 0, "medium": 1, "large": 10}[size]
        staff = self.world.of_role("assistant", "auxiliary", "officer")
        turns += self._turns(day, STANDBY, (time(8), time(18)), staff, standby, "所在村备勤", officer)
        return turns

    def _night_turns(self, day: date, village: Village) -> list[Turn]:
        lead = village.assistant or self.world.of_role("officer")[0]
        if self.chance.happens(30):
            staff = [lead, *self.world.of_role("auxiliary"), *village.volunteers]
            hours, duty = self.chance.one(_LATE_SLOTS), PATROL
        else:
            staff = [*village.volunteers, lead, *self.world.of_role("auxiliary")]
            hours, duty = self.chance.one(_EARLY_SLOTS), VOLUNTEERS if self.chance.happens(70) else PATROL
        return self._turns(day, duty, hours, staff, 2, self._route(village), lead.id, village=village)

    def _route(self, village: Village) -> str:
        return "—".join(self.chance.some(village.landmarks, 4))

    def _turns(  # noqa: PLR0917 - one line of a roster
        self,
        day: date,
        duty: str,
        hours: tuple[time, time],
        staff: Sequence[Staff],
        count: int,
        place: str,
        lead_id: str,
        *,
        village: Village | None = None,
    ) -> list[Turn]:
        """Those who had the fewest turns so far, can come and have rested."""
        turns: list[Turn] = []
        ranked = sorted(staff, key=lambda one: self._counts.get(one.id, 0))
        for one in ranked:
            if len(turns) == count:
                break
            turn = Turn(
                one,
                day,
                duty,
                *hours,
                place,
                lead_id,
                -1 if village is None else village.place,
                village.team_id if village is not None and duty != SCHOOL else "",
            )
            if self._can_come(turn):
                turns.append(turn)
                self._counts[one.id] = self._counts.get(one.id, 0) + 1
                self._last[one.id] = turn.span
        return turns

    def _can_come(self, turn: Turn) -> bool:
        if any(first <= turn.on <= last for first, last in self.leaves.get(turn.staff.id, ())):
            return False
        last = self._last.get(turn.staff.id)
        if last is None:
            return True
        is_same_day = last[0].date() == turn.on
        # A morning at the school gate and an evening round on one day are well; a whole day and a night are not.
        if is_same_day and (
            last[1] - last[0] > timedelta(hours=2) or turn.span[0] < last[1] + timedelta(hours=4)
        ):
            return False
        return turn.span[0] >= last[1] + REST or is_same_day

    def _store(self, work: Work, turns: Sequence[Turn], *, is_published: bool) -> list[Turn]:
        stated = {"state": PUBLISHED, "published_on": work.today} if is_published else {}
        ids = put(work, "shift", (_shift_values(turn) | stated for turn in turns))
        return [replace(turn, id=shift_id) for turn, shift_id in zip(turns, ids, strict=True)]

    # -- one day of it -------------------------------------------------------------------------------------------------

    def _plan_day(self, day: date, turns: Sequence[Turn]) -> None:
        slots: dict[tuple[str, int, time], list[Turn]] = {}
        for turn in turns:
            slots.setdefault(turn.slot, []).append(turn)
        by_end: dict[datetime, list[list[Turn]]] = {}
        for together in slots.values():
            by_end.setdefault(_written_at(together[0]), []).append(together)
        for at, groups in by_end.items():
            self.diary.plan(at.date(), at.time(), self._writes(groups))
        if self.world.size.name == "large":
            for _number in range(self.chance.times(170 / 30.4)):
                begin = self.chance.number(14, 16)
                self.diary.plan(day, time(18, 10), self._drives(day, begin))

    def _writes(self, groups: Sequence[Sequence[Turn]]) -> Deed:
        return lambda work: self._write_down(work, groups)

    def _write_down(self, work: Work, groups: Sequence[Sequence[Turn]]) -> None:
        turns = [turn for group in groups for turn in group]
        if self.world.size.name == "small" and self.chance.happens(4) and turns[0].village >= 0:
            turns = self._swapped(work, turns)
        put(work, "sign_in", (self._sign_in(turn) for turn in turns))
        walked = [group for group in groups if group[0].duty_type in WALKED]
        if walked:
            self._write_patrols(work, [self._patrol(group) for group in walked], walked)

    def _swapped(self, work: Work, turns: list[Turn]) -> list[Turn]:
        """One of them could not come and another took the turn."""
        turn = turns[0]
        village = self.world.villages[turn.village]
        taken = {one.staff.id for one in turns}
        for other in village.volunteers:
            away = any(first <= turn.on <= last for first, last in self.leaves.get(other.id, ()))
            if other.id in taken or away:
                continue
            reason = f"{turn.staff.name}家中有事，与{other.name}换班，双方同意"
            self.diary.step(work, "shift", "swap", turn.id, staff_id=other.id, change_reason=reason)
            return [replace(turn, staff=other), *turns[1:]]
        return turns

    def _sign_in(self, turn: Turn) -> dict[str, Any]:
        chance = self.chance
        values: dict[str, Any] = {
            "shift_id": turn.id,
            "signed_on": turn.on,
            "staff_id": turn.staff.id,
            "sign_mode": chance.weighed({"1": 80, "2": 20}),
            "origin_kind": "shift",
            "origin_id": turn.id,
        }
        if chance.happens(1):
            return values | {"attendance": ABSENT, "note": "临时有事未到，已电话告知带班人"}
        begin, end = turn.span
        late = chance.number(12, 25) if chance.happens(3) else -chance.number(0, 9)
        early = chance.number(12, 30) if chance.happens(2) else -chance.number(0, 6)
        arrived, left = begin + timedelta(minutes=late), end - timedelta(minutes=early)
        told = attendance(turn.on, turn.start, turn.end, arrived=arrived, left=left)
        return values | {
            "arrived_at": wall(arrived.date(), arrived.time()),
            "left_at": min(wall(left.date(), left.time()), self.diary.now),
            "attendance": told,
        }

    # -- patrols -------------------------------------------------------------------------------------------------------

    def weather(self, day: date) -> str:
        """The weather of a day, the same for all villages."""
        if day not in self._weather:
            self._weather[day] = self.chance.one(_WEATHER[day.month].split())
        return self._weather[day]

    def _patrol(self, group: Sequence[Turn]) -> dict[str, Any]:
        chance, first = self.chance, group[0]
        village = self.world.villages[max(first.village, 0)]
        return {
            "patrol_on": first.on,
            "shift_id": first.id,
            "duty_type": first.duty_type,
            "start_time": first.start,
            "end_time": first.end,
            "weather": self.weather(first.on),
            "leader_id": first.lead_id if chance.happens(35) else first.staff.id,
            "staff_ids": [turn.staff.id for turn in group],
            "volunteers_count": chance.number(1, 4) if first.duty_type == VOLUNTEERS else None,
            "patrol_mode": chance.weighed({"1": 55, "2": 15, "3": 15, "4": 15}),
            "route": first.place,
            "points_count": chance.number(4, 9),
            "publicity_count": chance.weighed({0: 40, 1: 25, 2: 20, 5: 15}),
            "helped_count": chance.weighed({0: 82, 1: 15, 2: 3}),
            "handover_note": self._handover(village) if chance.happens(16) else None,
        }

    def _handover(self, village: Village) -> str:
        note: str = self.chance.one(wordlist("rounds")["handover"]["notes"])
        return self.rounds.fill(note, self.chance.one(village.households))

    def _drives(self, day: date, begin: int) -> Deed:
        return lambda work: self._drive(work, day, begin)

    def _drive(self, work: Work, day: date, begin: int) -> None:
        """A drive by day through several villages, on no roster."""
        chance = self.chance
        staff = chance.some(self.world.of_role("auxiliary", "officer"), 2)
        villages = chance.some(self.world.villages, 4)
        values = {
            "patrol_on": day,
            "duty_type": PATROL,
            "start_time": time(begin, 30),
            "end_time": time(begin + 1, chance.number(0, 11) * 5),
            "weather": self.weather(day),
            "leader_id": staff[0].id,
            "staff_ids": [one.id for one in staff],
            "patrol_mode": "2",
            "route": "—".join(one.name for one in villages),
            "points_count": chance.number(5, 12),
            "publicity_count": chance.number(0, 3),
            "helped_count": chance.weighed({0: 88, 1: 12}),
        }
        self._write_patrols(work, [values], [[]])

    def _write_patrols(
        self, work: Work, rows: Sequence[Mapping[str, Any]], groups: Sequence[Sequence[Turn]]
    ) -> None:
        ids = put(work, "patrol", rows)
        for patrol_id, row, group in zip(ids, rows, groups, strict=True):
            # The first patrol of a room meets something, so that even a short history shows how it is written.
            if self.chance.happens(FINDINGS_PERCENT) or not self._has_found:
                self._has_found = True
                village = self.world.villages[group[0].village if group else 0]
                self._find(work, patrol_id, row, village)
            if self.chance.happens(self.world.size.reviewed_percent):
                on = local_day(self.diary.clock.now()) + timedelta(days=self.chance.number(1, 4))
                self.diary.plan(on, time(9), self._review(patrol_id))

    def _review(self, patrol_id: str) -> Deed:
        officer = self.world.of_role("officer")[0].id
        return lambda work: self.diary.step(work, "patrol", "review", patrol_id, reviewed_by_id=officer)

    def _find(self, work: Work, patrol_id: str, patrol: Mapping[str, Any], village: Village) -> None:
        chance = self.chance
        told = self.rounds.draw_finding()
        door = chance.one(village.households)
        begin, end = span(patrol["patrol_on"], patrol["start_time"], patrol["end_time"])
        found = begin + timedelta(
            minutes=chance.number(10, max(11, int((end - begin).total_seconds()) // 60 - 10))
        )
        is_told = told["class"] in {"01", "08", "06"} or chance.happens(30)
        values = {
            "patrol_id": patrol_id,
            "finding_class": told["class"],
            "found_time": found.time().replace(second=0),
            "place": f"{village.name}{chance.one(village.landmarks)}",
            "description": self.rounds.fill(told["text"], door),
            "handling": self.rounds.fill(told["handling"], door),
            "reported_to": "派出所值班室" if is_told else None,
            "reported_time": (found + timedelta(minutes=5)).time() if is_told else None,
            "origin_kind": "patrol",
            "origin_id": patrol_id,
        }
        finding_id = put(work, "patrol_finding", [values])[0]
        if told["class"] in {"02", "03", "04", "10"}:
            share = self.world.size.hazards * HAZARDS_ON_PATROL / 100
            met = self.world.size.patrols * FINDINGS_PERCENT / 100 * 0.52
            if chance.happens(min(100, 100 * share / met)):
                self._raise_hazard(work, finding_id, told["class"], village)
        elif told["class"] == "05" and self.world.size.name != "small":
            self._raise_dispute(work, finding_id, village)

    def _raise_hazard(self, work: Work, finding_id: str, found: str, village: Village) -> None:
        hazard_class = {"02": "05", "03": "05", "04": "01", "10": "07"}[found]
        told = _MET_ON_PATROL | {"class": hazard_class}
        group = self.chance.one(village.groups)
        self.diary.step(
            work,
            "patrol_finding",
            "raise_hazard",
            finding_id,
            hazard_class=hazard_class,
            hazard_level="1",
            area_id=group.id,
        )
        hazard_id = grown(work, "hazard", finding_id)
        door = self.chance.one(village.households)
        change(work, "hazard", hazard_id, {"responsible_name": door.person.name})
        self.rounds.go_on_with_hazard(work, hazard_id, told, door)

    def _raise_dispute(self, work: Work, finding_id: str, village: Village) -> None:
        matters = self.matters
        tale = matters.draw(work.today, village, self.chance.one(village.households))
        self.diary.step(
            work,
            "patrol_finding",
            "raise_dispute",
            finding_id,
            title=tale.title,
            dispute_type=tale.type,
            party_names="、".join(side.name for side in tale.sides),
            area_id=tale.door.group.id,
            facts=tale.facts,
        )
        matters.take_over(work, tale, matters.draw_course(FROM_PATROL), grown(work, "dispute", finding_id))

    # -- for the present -----------------------------------------------------------------------------------------------

    def add_forgotten(self, work: Work, day: date) -> None:
        """A fire patrol on the roster that nobody wrote down."""
        village = self.world.villages[0]
        staff = [*village.volunteers, *self.world.of_role("auxiliary")][:2]
        lead = (village.assistant or staff[0]).id
        hours = (time(13, 30), time(14, 30))
        turns = [Turn(one, day, FIRE, *hours, self._route(village), lead) for one in staff]
        self._store(work, turns, is_published=True)

    def add_next_draft(self, work: Work, first: date) -> None:
        """A week of the next month as a draft, with what a roster can have wrong: twice at once, away, no rest."""
        officer = self.world.of_role("officer")[0].id
        village = self.world.villages[0]
        staff = [one for one in (village.assistant, *village.volunteers) if one is not None]
        turns: list[Turn] = []
        for number, day in enumerate(_days(first, first + 6 * _DAY)):
            pair = (staff[number % len(staff)], staff[(number + 1) % len(staff)])
            turns += [
                Turn(one, day, PATROL, time(20), time(22, 30), self._route(village), officer) for one in pair
            ]
        one = staff[0]
        away = first + 3 * _DAY
        turns += [
            Turn(staff[1], first, VOLUNTEERS, time(21), time(23), self._route(village), officer),
            Turn(one, first + 4 * _DAY, PATROL, time(23), time(3), self._route(village), officer),
            Turn(one, first + 5 * _DAY, DESK, time(8), time(18), "警务室值班台", officer),
            Turn(staff[2], away, DESK, time(8), time(18), "警务室值班台", officer),
        ]
        add(
            work,
            "leave",
            {
                "staff_id": staff[2].id,
                "from_on": away,
                "to_on": away + _DAY,
                "leave_kind": "3",
                "approved_by": "所长",
            },
        )
        self._store(work, turns, is_published=False)


def _shift_values(turn: Turn) -> dict[str, Any]:
    return {
        "shift_on": turn.on,
        "staff_id": turn.staff.id,
        "duty_type": turn.duty_type,
        "start_time": turn.start,
        "end_time": turn.end,
        "place": turn.place,
        "team_id": turn.team_id or None,
        "duty_lead_id": turn.lead_id,
        "equipment": "手电、对讲机、反光背心" if turn.duty_type in WALKED else None,
    }


def _written_at(turn: Turn) -> datetime:
    """Soon after an evening, on the next morning after a night."""
    end = turn.span[1]
    if end.hour < 7:
        return datetime.combine(end.date(), time(8, 20))
    return end + timedelta(minutes=10)


def _days(first: date, last: date) -> Iterator[date]:
    while first <= last:
        yield first
        first += _DAY


def month_after(day: date) -> date:
    """The first day of the next month."""
    return day.replace(day=1) + timedelta(days=monthrange(day.year, day.month)[1])
