"""Visits from door to door, and the requests and hazards that grow from them."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from desktop.ledgers.practice.chance import MAN, Chance, wordlist
from desktop.ledgers.practice.diary import Deed, Diary, add, grown, put, wall
from desktop.ledgers.practice.matters import DISPUTES_AT_VISITS, FROM_VISIT, Matters
from desktop.ledgers.practice.world import Door, Village, World
from desktop.staff.work import Work, load_record

_DAY = timedelta(days=1)
_EVENING, _NIGHT = time(17, 30), time(20, 30)
_NOON, _DUSK = time(12, 20), time(18, 30)
VISITED, NOT_MET, DECLINED, EMPTY = "1", "2", "3", "4"

# What of requests and hazards is met at visits, of a hundred; the others come on their own way.
REQUESTS_AT_VISITS, HAZARDS_AT_VISITS = 65, 55
HAZARDS_ELSEWHERE = 30
_OBJECT_TYPES = {"06": "04", "08": "05", "03": "03", "04": "03", "09": "05", "15": "05"}
_SEASONS = (
    "winter",
    "winter",
    "spring",
    "spring",
    "spring",
    "summer",
    "summer",
    "summer",
    "autumn",
    "autumn",
    "autumn",
    "winter",
)
SATISFACTION = {"5": 58, "4": 28, "3": 8, "2": 2, "0": 4}


@dataclass(frozen=True)
class Call:
    """One visit that is to be written down."""

    door: Door
    starts: time
    values: Mapping[str, Any]


class Rounds:
    """Puts visits, requests and hazards into the book."""

    def __init__(self, diary: Diary, world: World, matters: Matters, seed: int) -> None:
        self.diary, self.world, self.matters = diary, world, matters
        self.chance = Chance(seed, "rounds")
        self.holidays = diary.office.holidays
        households = self.chance.shuffled(world.households)
        # Two doors where somebody said he would come again; nobody passes them by chance.
        self.kept_doors = households[:2]
        self._households = deque(households[2:])
        self._premises = deque(self.chance.shuffled(world.premises))
        self._promised: dict[date, list[Door]] = {}

    def plan(self, start: date) -> None:
        """Enters all rounds from the day after the first on."""
        size, day = self.world.size, start + _DAY
        while day <= self.diary.today:
            is_worked = self.holidays.is_workday(day)
            mean = size.visits * (0.8 / 21 if is_worked else 0.2 / 9.4)
            count = self.chance.times(mean)
            morning = self.chance.number(count // 3, count // 2 + count % 2)
            self._plan_round(day, _NOON, morning)
            self._plan_round(day, _DUSK, count - morning)
            if is_worked:
                self._plan_others(day)
            if is_worked and self.chance.happens(100 * len(self.world.villages) / 22):
                self.diary.plan(day, _NIGHT, self._meeting_of(day))
            day += _DAY

    def _plan_round(self, day: date, at: time, count: int) -> None:
        if count:
            self.diary.plan(day, at, lambda work: self.walk(work, day, at, count))

    def _plan_others(self, day: date) -> None:
        size, chance = self.world.size, self.chance
        for _number in range(chance.times(size.requests * (100 - REQUESTS_AT_VISITS) / 100 / 21)):
            self.diary.plan(day, chance.clock(time(9), time(17, 30)), self._request_of(day))
        for _number in range(chance.times(size.hazards * HAZARDS_ELSEWHERE / 100 / 21)):
            self.diary.plan(day, chance.clock(time(16), _EVENING), self._hazard_of(day))

    # -- visits --------------------------------------------------------------------------------------------------------

    def walk(self, work: Work, day: date, at: time, count: int) -> None:
        """Some visits of one half of a day, written down one after another."""
        doors = [self._next_door(day) for _number in range(count)]
        calls = sorted(
            (self._call(day, door, is_morning=at == _NOON) for door in doors), key=lambda call: call.starts
        )
        pause = timedelta(seconds=max(40, min(180, 5400 // count)))
        ids = put(work, "visit", self._typed(calls, wall(day, at), pause))
        for call, visit_id in zip(calls, ids, strict=True):
            if call.values["result"] == VISITED:
                self._meet(work, call, visit_id)

    def _typed(self, calls: Sequence[Call], begin: datetime, pause: timedelta) -> Iterator[Mapping[str, Any]]:
        for number, call in enumerate(calls):
            self.diary.clock.reach(min(begin + number * pause, self.diary.now))
            yield call.values

    def _next_door(self, day: date) -> Door:
        promised = self._promised.get(day)
        if promised:
            return promised.pop()
        queue = self._premises if self.chance.happens(25) else self._households
        door = queue[0]
        queue.rotate(-1)
        return door

    def _call(self, day: date, door: Door, *, is_morning: bool) -> Call:
        chance = self.chance
        starts = chance.clock(time(9), time(11, 30)) if is_morning else chance.clock(time(15), time(17, 50))
        length = chance.number(2, 7) * 5
        ends = starts.hour * 60 + starts.minute + length
        result = chance.weighed({VISITED: 90.5, NOT_MET: 7, DECLINED: 1, EMPTY: 1.5})
        is_household = door.kind == "household"
        if not is_household and result == EMPTY:
            result = VISITED
        values: dict[str, Any] = {
            "visited_on": day,
            "start_time": starts,
            "end_time": time(ends // 60, ends % 60),
            "object_type": self._object_type(door),
            "household_id": door.id if is_household else None,
            "premises_id": None if is_household else door.id,
            "area_id": door.group.id if is_household else self.world.villages[door.village].id,
            "place": door.place,
            "staff_ids": self._visitors(door),
            "mode": chance.weighed({"1": 95, "2": 5}) if is_household else "1",
            "visit_type": self._visit_type(door, day),
            "result": result,
        }
        if result == VISITED:
            values |= self._met(door, day)
        elif result == NOT_MET and chance.happens(40):
            self._promise(day, door, values)
        return Call(door, starts, values)

    def _object_type(self, door: Door) -> str:
        if door.kind == "household":
            return self.chance.weighed({"01": 94, "06": 6})
        return _OBJECT_TYPES.get(door.object_class, "02")

    def _visitors(self, door: Door) -> list[str]:
        own = self.world.field_staff(door.village)
        count = 2 if len(own) > 1 and self.chance.happens(65) else 1
        first = own[0]
        others = [one.id for one in own[1:]]
        return [first.id, *self.chance.some(others, count - 1)]

    def _visit_type(self, door: Door, day: date) -> str:
        if door.kind == "premises":
            return "07"
        festive = {"04": 12.0} if day.month in {1, 2, 9} else {}
        return self.chance.weighed({"01": 58.0, "02": 26.0, "03": 4.0, "05": 12.0} | festive)

    def _met(self, door: Door, day: date) -> dict[str, Any]:
        chance = self.chance
        words = wordlist("rounds")
        name, relation = self._who_opened(door)
        topics = ["02", "03", "01", "04", "07", "08", "05"] + (["06"] * 2 if day.month in {6, 7, 8} else [])
        values: dict[str, Any] = {
            "received_by": name,
            "received_relation": relation if door.kind == "household" else None,
            "received_phone": door.person.phone if name == door.person.name else None,
            "companions": chance.one(words["opinions"]["companions"]) if chance.happens(30) else None,
            "topics": sorted(set(chance.some(chance.shuffled(topics), chance.number(1, 3)))),
            "opinions": self._opinion(door, day) if chance.happens(58) else None,
            "satisfaction": chance.weighed(SATISFACTION),
            "cards_count": chance.number(1, 3) if chance.happens(45) else None,
        }
        if chance.happens(3):
            self._promise(day, door, values)
        return values

    def _promise(self, day: date, door: Door, values: dict[str, Any]) -> None:
        """A further visit, which is made unless its day is still to come."""
        on = day + timedelta(days=self.chance.number(4, 20))
        while not self.holidays.is_workday(on):
            on += _DAY
        self._promised.setdefault(on, []).append(door)
        values["next_on"] = on
        values["next_plan"] = self.chance.one(wordlist("rounds")["opinions"]["plans"])

    def _who_opened(self, door: Door) -> tuple[str, str]:
        if self.chance.happens(62) or door.kind == "premises":
            return door.person.name, "本人"
        relation = self.chance.one(("妻子", "儿子", "女儿", "母亲", "父亲", "儿媳"))
        if relation == "妻子" and door.person.sex != MAN:
            relation = "丈夫"
        born = door.person.born_on
        sex = MAN if relation in {"儿子", "父亲", "丈夫"} else "2"
        keeps_name = relation in {"儿子", "女儿", "父亲"} and "·" not in door.person.name
        surname = door.person.name[:1] if keeps_name else self.world.people.surname()
        return surname + self.world.people.given_name(sex, born), relation

    def _opinion(self, door: Door, day: date) -> str:
        words = wordlist("rounds")["opinions"]
        by_season = words["any"] + words[_SEASONS[day.month - 1]] * 3
        texts = words["premises"] if door.kind == "premises" else by_season
        return self.fill(self.chance.one(texts), door)

    def fill(self, text: str, door: Door) -> str:
        """A text with the places around a door."""
        village = self.world.villages[door.village]
        return text.format(
            group=door.group.name,
            village=village.name,
            landmark=self.chance.one(village.landmarks),
            n=self.chance.number(3, 6),
            name=door.person.name[:1],
            crop=self.chance.one(("玉米", "小麦", "洋芋", "枸杞", "胡麻")),
        )

    def _meeting_of(self, day: date) -> Deed:
        return lambda work: self._meeting(work, day)

    def _meeting(self, work: Work, day: date) -> None:
        chance = self.chance
        village = chance.one(self.world.villages)
        begin = chance.number(14, 18)
        values = {
            "visited_on": day,
            "start_time": time(begin, 30),
            "end_time": time(begin + 1, 20),
            "object_type": "99",
            "area_id": village.id,
            "place": f"{village.name}{chance.one(village.landmarks)}",
            "staff_ids": [one.id for one in self.world.field_staff(village.place)[:2]],
            "companions": "村两委干部、网格员",
            "mode": chance.weighed({"3": 60, "4": 40}),
            "visit_type": chance.weighed({"06": 55, "05": 45}),
            "topics": ["01", "02", "03"],
            "opinions": self.fill(
                "到会三十余人，讲了近期电信诈骗手法和用火用电要点，群众提出{landmark}一带照明不足。",
                village.households[0],
            ),
            "satisfaction": "4",
            "cards_count": chance.number(3, 8) * 10,
        }
        put(work, "visit", [values])

    # -- what a visit meets --------------------------------------------------------------------------------------------

    def _meet(self, work: Work, call: Call, visit_id: str) -> None:
        size, chance = self.world.size, self.chance
        reached = size.visits * 0.905
        if chance.happens(size.requests * REQUESTS_AT_VISITS / reached):
            self.raise_request(work, call.door, visit_id)
        elif chance.happens(size.hazards * HAZARDS_AT_VISITS / reached):
            self.raise_hazard(work, call.door, visit_id)
        elif call.values["received_relation"] == "本人" and self._meets_quarrel(reached):
            self._raise_dispute(work, call.door, visit_id)

    def _meets_quarrel(self, reached: float) -> bool:
        # Only three of five visits to households are received by the head, whose quarrel it is.
        return self.chance.happens(self.world.size.disputes * DISPUTES_AT_VISITS / reached / 0.45)

    def _raise_dispute(self, work: Work, door: Door, visit_id: str) -> None:
        matters, village = self.matters, self.world.villages[door.village]
        if self.world.size.name == "small" and work.today > self.diary.today - timedelta(days=25):
            return
        tale = matters.draw(work.today, village, door)
        self.diary.step(
            work,
            "visit",
            "raise_dispute",
            visit_id,
            title=tale.title,
            dispute_type=tale.type,
            is_party=True,
            other_names="、".join(side.name for side in tale.sides[1:]),
            facts=tale.facts,
        )
        matters.take_over(work, tale, matters.draw_course(FROM_VISIT), grown(work, "dispute", visit_id))

    def raise_request(self, work: Work, door: Door, visit_id: str) -> None:
        """Somebody asks for something at a visit."""
        told = self.draw_request()
        self.diary.step(
            work,
            "visit",
            "raise_request",
            visit_id,
            request_class=told["class"],
            content=self.fill(told["content"], door),
            expectation=told["expectation"],
        )
        self.go_on_with_request(work, grown(work, "request", visit_id), told, door)

    def draw_request(self) -> Mapping[str, Any]:
        """What people ask for, with what is done about it."""
        return self._case(wordlist("rounds")["requests"])

    def _case(self, kinds: Sequence[Mapping[str, Any]], where: str = "") -> Mapping[str, Any]:
        """One case of one of the kinds, by their weights; with `where` only cases that are found there."""
        fitting = [
            (kind, [case for case in kind["cases"] if not where or case["where"] == where]) for kind in kinds
        ]
        fitting = [(kind, cases) for kind, cases in fitting if cases]
        kind, cases = fitting[
            self.chance.weighed({place: kind["weight"] for place, (kind, _cases) in enumerate(fitting)})
        ]
        return {**kind, **self.chance.one(cases)}

    def draw_finding(self) -> Mapping[str, Any]:
        """What a patrol meets, with what it does about it."""
        return self._case(wordlist("rounds")["findings"])

    def raise_hazard(self, work: Work, door: Door, visit_id: str) -> None:
        """A danger is seen at a visit."""
        told = self.draw_hazard(door.kind)
        self.diary.step(
            work,
            "visit",
            "raise_hazard",
            visit_id,
            hazard_class=told["class"],
            hazard_level=self.chance.weighed({"1": 88, "2": 11, "3": 1}),
            description=self.fill(told["text"], door),
            advice=told["advice"],
        )
        self.go_on_with_hazard(work, grown(work, "hazard", visit_id), told, door)

    def draw_hazard(self, where: str, hazard_class: str = "") -> Mapping[str, Any]:
        """A danger as it is found there: at a household, at premises, or somewhere in the area."""
        kinds = wordlist("rounds")["hazards"]
        return self._case([one for one in kinds if hazard_class in {"", one["class"]}], where)

    # -- on their own way ----------------------------------------------------------------------------------------------

    def _request_of(self, day: date) -> Deed:
        return lambda work: self.add_request(work, day)

    def add_request(self, work: Work, day: date, told: Mapping[str, Any] | None = None) -> str:
        """Somebody comes, telephones or is sent with a request."""
        door = self.chance.one(self.world.households)
        kind = told or self.draw_request()
        request_id = add(
            work,
            "request",
            {
                "raised_on": day,
                "source": self.chance.weighed({"02": 50, "03": 25, "04": 20, "05": 5}),
                "area_id": door.group.id,
                "place": door.place,
                "requester_name": door.person.name,
                "phone": door.person.phone,
                "request_class": kind["class"],
                "content": self.fill(kind["content"], door),
                "expectation": kind["expectation"],
            },
        )
        if told is None:
            self.go_on_with_request(work, request_id, kind, door)
        return request_id

    def _hazard_of(self, day: date) -> Deed:
        return lambda work: self.add_hazard(work, day)

    def add_hazard(
        self,
        work: Work,
        day: date,
        *,
        where: str = "",
        told: Mapping[str, Any] | None = None,
        goes_on: bool = True,
    ) -> str:
        """A danger that was found at an inspection or told by villagers."""
        place = where or self.chance.weighed({"premises": 60, "area": 40})
        village = self.chance.one(self.world.villages)
        door = self.chance.one(village.premises if place == "premises" else village.households)
        kind = told or self.draw_hazard(place)
        is_area = place == "area"
        values: dict[str, Any] = {
            "found_on": day,
            "source": self.chance.weighed({"03": 50, "06": 50}) if is_area else "10",
            "area_id": door.group.id if is_area else village.id,
            "place": f"{village.name}{self.chance.one(village.landmarks)}" if is_area else door.place,
            "premises_id": None if is_area else door.id,
            "hazard_class": kind["class"],
            "hazard_level": self.chance.weighed({"1": 84, "2": 14, "3": 2}),
            "description": self.fill(kind["text"], door),
            "advice": kind["advice"],
            "responsible_name": self._answerable(village) if is_area else door.person.name,
            "responsible_phone": None if is_area else door.person.phone,
            "staff_ids": [one.id for one in self.world.field_staff(village.place)[:2]],
        }
        hazard_id = add(work, "hazard", values)
        if goes_on:
            self.go_on_with_hazard(work, hazard_id, kind, door)
        return hazard_id

    def _answerable(self, village: Village) -> str:
        return village.households[village.place % len(village.households)].person.name

    # -- how it goes on ------------------------------------------------------------------------------------------------

    def _later(self, day: date, days: int, deed: Deed) -> None:
        on = day + timedelta(days=days)
        if days and not self.holidays.is_workday(on) and self.chance.happens(80):
            on += _DAY
        self.diary.plan(on, self.chance.clock(_EVENING, _NIGHT), deed)

    def go_on_with_request(self, work: Work, request_id: str, told: Mapping[str, Any], door: Door) -> None:
        """Answered at once, or taken on, worked on, finished and told back."""
        chance, step = self.chance, self.diary.step
        staff = self.world.field_staff(door.village)[0]
        result = told["result"]
        if chance.happens(38):
            step(
                work,
                "request",
                "answer",
                request_id,
                finish_result=result,
                finished_on=work.today,
                staff_id=staff.id,
                satisfaction=chance.weighed(SATISFACTION),
            )
            return
        done = chance.number(16, 20) if chance.happens(4) else chance.number(3, 12)
        lines = [self.fill(line, door) for line in told["steps"]]
        self._later(work.today, chance.number(0, 1), lambda w: self._assign(w, request_id, staff.id))
        for place, line in enumerate(lines, 1):
            at = max(1, done * place // (len(lines) + 1))
            self._later(work.today, at, lambda w, line=line: self._progress(w, request_id, line))  # type: ignore[misc]
        self._later(work.today, done + 1, lambda w: self._finish(w, request_id, result))

    def _assign(self, work: Work, request_id: str, staff_id: str) -> None:
        self.diary.step(work, "request", "assign", request_id, staff_id=staff_id)

    def _progress(self, work: Work, request_id: str, line: str) -> None:
        if self._state(work, "request", request_id) == "in_hand":
            self.diary.step(
                work, "request", "record_progress", request_id, progress_line=line, done_on=work.today
            )

    def _finish(self, work: Work, request_id: str, result: str) -> None:
        self.diary.step(work, "request", "finish", request_id, finish_result=result, finished_on=work.today)
        self._later(work.today, self.chance.number(0, 2), lambda w: self._tell_back(w, request_id))

    def _tell_back(self, work: Work, request_id: str) -> None:
        self.diary.step(
            work,
            "request",
            "tell_back",
            request_id,
            feedback_mode=self.chance.weighed({"1": 40, "2": 50, "3": 10}),
            told_on=work.today,
            satisfaction=self.chance.weighed(SATISFACTION),
        )

    def _state(self, work: Work, kind: str, record_id: str) -> str:
        record: Any = load_record(work.session, work.registry.kind(kind), record_id)
        return str(record.state)

    def go_on_with_hazard(self, work: Work, hazard_id: str, told: Mapping[str, Any], door: Door) -> None:
        """Mended on the spot, or by a day and looked at again, or handed to the department in charge."""
        chance, step = self.chance, self.diary.step
        way = chance.weighed({"spot": 55, "deadline": 38, "refer": 7})
        if way == "spot":
            step(
                work,
                "hazard",
                "fix_on_the_spot",
                hazard_id,
                rectified_note=told["fixed"],
                rechecked_on=work.today,
            )
            self._later(work.today, chance.number(0, 2), lambda w: self._strike_off(w, hazard_id))
        elif way == "refer":
            to = {"02": "01", "05": "05", "06": "06", "07": "03", "04": "08"}.get(told["class"], "10")
            step(work, "hazard", "refer", hazard_id, referred_to=to, referred_on=work.today)
            receipt = "主管部门已到场处理，书面回复办结。"
            self._later(work.today, chance.number(5, 14), lambda w: self._strike_off(w, hazard_id, receipt))
        else:
            self.set_deadline(work, hazard_id, told, chance.one((3, 5, 7, 10, 15)))

    def set_deadline(
        self, work: Work, hazard_id: str, told: Mapping[str, Any], days: int, *, is_looked_at: bool = True
    ) -> None:
        """Gives a hazard a day by which it is mended, and looks at it then."""
        due = work.today + timedelta(days=days)
        self.diary.step(work, "hazard", "set_deadline", hazard_id, due_on=due)
        if not is_looked_at:
            return
        if self.chance.happens(6):
            self._later(due - _DAY, 0, lambda w: self._extend(w, hazard_id, due))
            due += timedelta(days=7)
        late = 0 if self.chance.happens(90) else 3
        self._later(due, self.chance.number(0, 2) + late, lambda w: self._recheck(w, hazard_id, told))

    def _extend(self, work: Work, hazard_id: str, due: date) -> None:
        self.diary.step(
            work,
            "hazard",
            "extend_deadline",
            hazard_id,
            extended_to_on=due + timedelta(days=7),
            extend_reason="配件要从县城订购，等货到再装",
        )

    def _recheck(self, work: Work, hazard_id: str, told: Mapping[str, Any]) -> None:
        passed = self.chance.happens(88)
        staff = self.world.of_role("assistant", "auxiliary", "officer")
        self.diary.step(
            work,
            "hazard",
            "recheck",
            hazard_id,
            conclusion="1" if passed else "2",
            rechecked_on=work.today,
            recheck_staff_ids=[one.id for one in self.chance.some(staff, 2)],
            rectified_note=told["checked" if passed else "failed"],
        )
        if passed:
            self._later(work.today, self.chance.number(0, 2), lambda w: self._strike_off(w, hazard_id))
        else:
            self.set_deadline(work, hazard_id, told, 5)

    def _strike_off(self, work: Work, hazard_id: str, receipt: str | None = None) -> None:
        self.diary.step(work, "hazard", "close", hazard_id, closed_on=work.today, receipt=receipt)
