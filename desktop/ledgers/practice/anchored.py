"""Matters that are counted back from today, so that 今日 has something of every sort on whatever day the room is made.

They are the invented stories of DOMAIN 7: the instalment that was not paid, the party without papers, the foreign
spouse, the two pupils, the shop with the blocked exit, the pond without a railing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, time, timedelta
from functools import partial
from typing import Any

from desktop.ledgers.practice import stories
from desktop.ledgers.practice.chance import MAN, WOMAN, Chance, Person, wordlist
from desktop.ledgers.practice.diary import Deed, Diary, put
from desktop.ledgers.practice.duty import Duties, month_after
from desktop.ledgers.practice.matters import BROKEN, CAME_THEMSELVES, ORAL, Course, Matters
from desktop.ledgers.practice.rounds import Rounds
from desktop.ledgers.practice.stories import APPLICANT, BY_DAY, INSTALMENTS, ON_THE_SPOT, RESPONDENT, Side
from desktop.ledgers.practice.world import Door, World
from desktop.staff.work import Work

_DAY = timedelta(days=1)
_NEVER = 10_000

_MEDIATED = Course(CAME_THEMSELVES, "2", "mediate")

# Days back from today, story, how it went. None reaches back further than the shortest history, four weeks.
COURSES: tuple[tuple[int, str, Course], ...] = (
    (
        26,
        "bride_price",
        replace(_MEDIATED, sessions=(1,), manner=INSTALMENTS, kept=BROKEN, instalment_days=12),
    ),
    (26, "loan", replace(_MEDIATED, sessions=(0,), manner=BY_DAY, court="confirmed")),
    (25, "eaves", replace(_MEDIATED, level="1", sessions=(0,), form=ORAL)),
    (24, "irrigation", replace(_MEDIATED, source="04", sessions=(0, 2), follow_up_early=20)),
    (24, "foreign_spouse", replace(_MEDIATED, sessions=(0,), manner=ON_THE_SPOT)),
    (22, "scuffle", replace(_MEDIATED, level="1", sessions=(1,), follow_up_early=24)),
    (20, "wages", replace(_MEDIATED, level="3", sessions=(1, 6), manner="", is_escalated=True)),
    (18, "contract_house", replace(_MEDIATED, sessions=(1, 4), is_failed=True)),
    (16, "violence", Course(CAME_THEMSELVES, "2", "transfer")),
    (14, "noise", Course("06", "1", "withdraw")),
    (13, "fence", Course("03", "2", "refuse")),
    (12, "parking", Course("06", "1", "settle")),
    (11, "goose", replace(_MEDIATED, level="1", sessions=(1,), form=ORAL, follow_up="half")),
    (9, "harvester", replace(_MEDIATED, sessions=(_NEVER,))),
    (8, "livestock", replace(_MEDIATED, level="1", sessions=(1,), form=ORAL, follow_up="none")),
    (7, "lease", replace(_MEDIATED, sessions=(3, _NEVER))),
    (4, "ridge", replace(_MEDIATED, sessions=(1,), manner=BY_DAY, with_deed=True, sign_after=None)),
    (1, "support", replace(_MEDIATED, is_left_alone=True)),
)


class Anchored:
    """Puts the matters of the last four weeks into the book."""

    def __init__(self, diary: Diary, world: World, matters: Matters, rounds: Rounds, duties: Duties) -> None:
        self.diary, self.world = diary, world
        self.matters, self.rounds, self.duties = matters, rounds, duties
        self.chance = Chance(matters.seed, "anchored")
        self.today = diary.today

    def plan(self, _start: date) -> None:
        """Enters them all."""
        for back, key, course in COURSES:
            self._on(back, time(17, 10), self._opens(back, key, course))
        self._plan_requests()
        self._plan_referrals()
        self._plan_hazards()
        self._plan_visits()
        self._on(4, time(10), lambda work: self.duties.add_forgotten(work, self.today - 2 * _DAY))
        self._on(1, time(16), lambda work: self.duties.add_next_draft(work, month_after(self.today)))

    def _on(self, back: int, at: time, deed: Deed) -> None:
        self.diary.plan(self.today - back * _DAY, at, deed)

    # -- disputes ------------------------------------------------------------------------------------------------------

    def _opens(self, back: int, key: str, course: Course) -> Deed:
        return lambda work: self._open(work, self.today - back * _DAY, key, course)

    def _open(self, work: Work, day: date, key: str, course: Course) -> None:
        village = self.chance.one(self.world.villages)
        doors = self.chance.shuffled(village.households[:200])[:4]
        told = stories.story(key)
        self.matters.open(work, self.matters.tell(told, village, doors, day, self._sides(key, doors)), course)

    def _sides(self, key: str, doors: list[Door]) -> tuple[Side, ...]:
        """Those parties whose papers are out of the ordinary; nobody else is named here."""
        people, first, second = self.world.people, doors[0].person, doors[1].person
        words = wordlist("names")
        if key == "ridge":
            first = replace(first, name=words["rare_characters"][0])
        elif key == "goose":
            second = people.person(30, 50, sex=WOMAN, name=words["minority"][0], address=second.address)
            second = replace(second, ethnic_group="维吾尔族")
        elif key == "harvester":
            driver = people.person(28, 50, sex=MAN, address="外县，临时住在集市旅社")
            driver = replace(driver, occupation="收割机手")
            reason = "外来收割机手，未随身携带证件，本人口述"
            return (
                Side(driver, APPLICANT, id_type="990", no_document_reason=reason),
                Side(second, RESPONDENT),
            )
        elif key == "foreign_spouse":
            husband = people.person(34, 44, sex=MAN, address=second.address)
            return (Side(self._foreigner(husband), APPLICANT, id_type="521"), Side(husband, RESPONDENT))
        else:
            return ()
        return (Side(first, APPLICANT), Side(second, RESPONDENT))

    def _foreigner(self, husband: Person) -> Person:
        born = self.chance.born_on(self.today, 30, 36)
        return Person(
            name="阮氏兰",
            sex="2",
            born_on=born,
            id_number=stories.permanent_residence_number(born),
            phone=self.world.people.phone(),
            ethnic_group="",
            occupation="饭馆服务员",
            address=husband.address,
        )

    # -- requests, hazards, visits -------------------------------------------------------------------------------------

    def _plan_requests(self) -> None:
        kinds = {one["class"]: one for one in wordlist("rounds")["requests"]}

        def case(request_class: str, place: int) -> Mapping[str, object]:
            return {**kinds[request_class], **kinds[request_class]["cases"][place]}

        waits, late, soon, done = case("05", 1), case("04", 2), case("07", 1), case("01", 2)
        self._on(1, time(15, 20), lambda work: self._request(work, waits))
        self._on(17, time(11), lambda work: self._request(work, late, assign_after=0))
        self._on(13, time(10, 30), lambda work: self._request(work, soon, assign_after=0))
        self._on(6, time(9, 40), lambda work: self._request(work, done, assign_after=0, finish_after=5))

    def _plan_referrals(self) -> None:
        """Two that wait for the county; its answer only a county can write."""
        for back, told in zip((3, 2), wordlist("orders")["referrals"], strict=True):
            self._on(back, time(10, 20), partial(self._refer, told=told))

    def _refer(self, work: Work, told: Mapping[str, Any]) -> None:
        request_id = self.rounds.add_request(work, work.today, told["request"])
        self.diary.step(work, "request", "ask_referral", request_id, **told["asked"])

    def _request(
        self, work: Work, told: Mapping[str, object], *, assign_after: int = -1, finish_after: int = -1
    ) -> None:
        day = work.today
        request_id = self.rounds.add_request(work, day, told)
        staff_id = self.world.field_staff(0)[0].id
        if assign_after >= 0:
            self.diary.step(work, "request", "assign", request_id, staff_id=staff_id)
        if finish_after >= 0:
            finish = self._finish_of(request_id, str(told["result"]))
            self.diary.plan(day + finish_after * _DAY, time(17, 30), finish)

    def _finish_of(self, request_id: str, told: str) -> Deed:
        return lambda work: self.diary.step(
            work, "request", "finish", request_id, finish_result=told, finished_on=work.today
        )

    def _plan_hazards(self) -> None:
        for back, where, hazard_class, due_days in (
            (7, "premises", "02", 7),
            (12, "area", "06", 10),
            (5, "premises", "03", 7),
            (1, "area", "05", 0),
            (0, "premises", "01", 0),
        ):
            at = time(16) if back else time(7, 30)
            self._on(
                back, at, partial(self._hazard, where=where, hazard_class=hazard_class, due_days=due_days)
            )

    def _hazard(self, work: Work, *, where: str, hazard_class: str, due_days: int) -> None:
        cases = next(one for one in wordlist("rounds")["hazards"] if one["class"] == hazard_class)
        # The first case of its sort: the shop with the blocked exit, the pond without a railing.
        told = {**cases, **next(case for case in cases["cases"] if case["where"] == where)}
        hazard_id = self.rounds.add_hazard(work, work.today, where=where, told=told, goes_on=False)
        if due_days:
            self.rounds.set_deadline(work, hazard_id, told, due_days, is_looked_at=False)

    def _plan_visits(self) -> None:
        for back, due_back, place in ((9, 0, 0), (11, 2, 1)):
            self._on(back, time(18, 10), self._promises(back, due_back, place))

    def _promises(self, back: int, due_back: int, place: int) -> Deed:
        return lambda work: self._promise(work, back, due_back, place)

    def _promise(self, work: Work, back: int, due_back: int, place: int) -> None:
        """A visit after which somebody said when he would come again; the round does not pass that door meanwhile."""
        door = self.rounds.kept_doors[place]
        values = {
            "visited_on": self.today - back * _DAY,
            "start_time": time(16, 10),
            "end_time": time(16, 40),
            "object_type": "01",
            "household_id": door.id,
            "area_id": door.group.id,
            "place": door.place,
            "received_by": door.person.name,
            "received_relation": "本人",
            "received_phone": door.person.phone,
            "staff_ids": [self.world.field_staff(door.village)[0].id],
            "mode": "1",
            "visit_type": "01",
            "topics": ["03", "08"],
            "opinions": "老人独居，灶房电线老化，儿子答应回来更换，约好再来看一次。",
            "satisfaction": "5",
            "cards_count": 1,
            "result": "1",
            "next_on": self.today - due_back * _DAY,
            "next_plan": wordlist("rounds")["opinions"]["plans"][1],
        }
        put(work, "visit", [values])
