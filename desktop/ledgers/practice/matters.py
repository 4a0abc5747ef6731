"""Disputes and their mediations, from the first word to the filed case, each deed on its own day."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, time, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from desktop.base.workdays import add_workdays
from desktop.ledgers.practice import stories
from desktop.ledgers.practice.chance import MAN, WOMAN, Chance, Person, wordlist
from desktop.ledgers.practice.diary import Deed, Diary, add, change, grown
from desktop.ledgers.practice.scans import write_scans
from desktop.ledgers.practice.stories import BY_DAY, DEED, INSTALMENTS, ON_THE_SPOT, Side, Tale
from desktop.ledgers.practice.world import Door, Staff, Village, World
from desktop.mediation.paper_rules import AGREEMENT
from desktop.mediation.store import find_clauses, find_parties, open_follow_ups
from desktop.staff.files import attach_file
from desktop.staff.papers import keep_print, read_paper
from desktop.staff.work import Work, load_record

_DAY = timedelta(days=1)
_EVENING, _NIGHT = time(17, 30), time(20, 30)

FROM_VISIT, FROM_PATROL, CAME_THEMSELVES = "01", "02", "03"
# What of a hundred disputes is met at visits and on patrol; the others are brought to the room.
DISPUTES_AT_VISITS, DISPUTES_ON_PATROL = 35, 13
WRITTEN, ORAL = "1", "2"
KEPT, LATE, BROKEN = "kept", "late", "broken"

# Peaks of the year: returns at Spring Festival, water and harvest, land in autumn, wages before the new year.
SEASON = {
    1: 1.15,
    2: 1.3,
    3: 0.9,
    4: 1.05,
    5: 1.1,
    6: 1.15,
    7: 0.85,
    8: 0.8,
    9: 1.05,
    10: 1.1,
    11: 0.9,
    12: 1.1,
}


def _aged(person: Person) -> dict[str, Any]:
    """What a person of another age has instead."""
    return {"born_on": person.born_on, "id_number": person.id_number, "occupation": person.occupation}


@dataclass(frozen=True)
class Course:
    """How one dispute goes; whatever lies beyond the present is still to come.

    Shape:   `way` is settle, mediate, withdraw, transfer or refuse; `sessions` are the days of the sittings after the
             dispute was found, the last one agrees unless `is_failed`; `kept` tells how the money comes;
             `follow_up` is whole, half (only the first party) or none; `court` is "", applied, confirmed or refused;
             `sign_after` is None for a paper that still waits for its signatures.
    """

    source: str
    level: str
    way: str
    sessions: tuple[int, ...] = (1,)
    is_failed: bool = False
    form: str = WRITTEN
    manner: str = ON_THE_SPOT
    with_deed: bool = False
    kept: str = KEPT
    sign_after: int | None = 0
    follow_up: str = "whole"
    follow_up_early: int = 0
    court: str = ""
    instalment_days: int = 20
    is_escalated: bool = False
    accept_after: int = 0
    is_left_alone: bool = False


@dataclass
class Matter:
    """One dispute that is under way."""

    tale: Tale
    course: Course
    dispute_id: str = ""
    run_id: str = ""
    follow_ups: set[tuple[str, date]] = field(default_factory=set)
    first_party_id: str = ""
    is_court_planned: bool = False
    is_closing: bool = False


class Matters:
    """Puts disputes into the book and carries them on."""

    def __init__(self, diary: Diary, world: World, seed: int) -> None:
        self.diary, self.world, self.seed = diary, world, seed
        self.chance = Chance(seed, "matters")
        self.office = diary.office
        self._agreements: dict[tuple[int, int], int] = {}
        self._files: dict[int, int] = {}
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._scans: list[Path] = []

    # -- which ones there are ------------------------------------------------------------------------------------------

    def plan(self, start: date) -> None:
        """Enters the disputes that nobody met at a visit or on patrol; those come with their visit or patrol."""
        day, is_small = start + _DAY, self.world.size.name == "small"
        share = 100 - DISPUTES_AT_VISITS - (0 if is_small else DISPUTES_ON_PATROL)
        # The last weeks of a small room belong to the matters that show every state, or it would be a quarrel a day.
        last = self.diary.today - (timedelta(days=25) if is_small else _DAY)
        while day <= last:
            mean = self.world.size.disputes * share / 100 * SEASON[day.month] / 30.4
            for _number in range(self.chance.times(mean)):
                self._enter(day)
            day += _DAY

    def _enter(self, day: date) -> None:
        self.diary.plan(day, self.chance.clock(_EVENING, _NIGHT), lambda work: self._open_drawn(work, day))

    def _open_drawn(self, work: Work, day: date) -> None:
        chance = self.chance
        source = chance.weighed({"03": 42, "04": 25, "06": 25, "07": 4, "08": 4})
        self.open(work, self.draw(day), self.draw_course(source))

    def draw(self, day: date, village: Village | None = None, door: Door | None = None) -> Tale:
        """A quarrel of the season, at a given door or anywhere."""
        chance = self.chance
        place = village or chance.one(self.world.villages)
        doors = chance.shuffled(place.households[:400])[:4]
        if door is not None:
            doors = [door, *[one for one in doors if one.id != door.id]][:4]
        told = stories.pick_story(chance, day.month, is_plain=door is not None)
        return self.tell(told, place, doors, day)

    def tell(
        self, told: Any, village: Village, doors: Sequence[Door], day: date, sides: Sequence[Side] = ()
    ) -> Tale:
        """A story with the people it is about: two householders when neither it nor the caller says more."""
        between = told.get("between")
        own = tuple(sides)
        if not own and between == "pupils":
            own = self._pupils(doors)
        elif not own and between in {"couple", "parent"}:
            own = self._family(doors[0], is_couple=between == "couple")
        return stories.tell(self.chance, told, village, doors, day, sides=own)

    def _family(self, door: Door, *, is_couple: bool) -> tuple[Side, ...]:
        """Wife and husband, or an old parent and the son who lives apart."""
        people, address = self.world.people, door.person.address
        man = door.person if door.person.sex == MAN else people.person(34, 55, sex=MAN, address=address)
        if is_couple:
            other = people.person(30, 52, sex=WOMAN, address=address)
        else:
            man = replace(man, **_aged(people.person(38, 50, sex=MAN)))
            other = people.person(72, 82, sex=MAN, address=address)
            given = people.given_name(MAN, other.born_on)
            surname = man.name[:1] if "·" not in man.name else "马"
            other = replace(other, name=surname + given)
        return (Side(other, stories.APPLICANT), Side(man, stories.RESPONDENT))

    def _pupils(self, doors: Sequence[Door]) -> tuple[Side, ...]:
        """Two pupils with a parent each."""
        sides = []
        for door, role in zip(doors[:2], (stories.APPLICANT, stories.RESPONDENT), strict=True):
            surname = door.person.name[:1] if "·" not in door.person.name else "马"
            pupil = self.world.people.person(15, 15, sex="1", address=door.person.address)
            given = self.world.people.given_name("1", pupil.born_on)
            pupil = replace(pupil, name=surname + given, occupation="学生")
            sides.append(Side(pupil, role, guardian=door.person))
        return tuple(sides)

    def draw_course(self, source: str) -> Course:
        """How a quarrel usually goes. Source: DOMAIN 7, distributions."""
        chance = self.chance
        way = chance.weighed({"mediate": 66, "settle": 29, "withdraw": 2, "transfer": 2, "refuse": 1})
        level = chance.weighed({"1": 60, "2": 33, "3": 7})
        manner = chance.weighed({ON_THE_SPOT: 55, BY_DAY: 33, INSTALMENTS: 12})
        form = chance.weighed({WRITTEN: 65, ORAL: 35})
        count = chance.weighed({1: 78, 2: 17, 3: 5}) if level != "1" else 1
        days = [chance.number(0, 1)]
        while len(days) < count:
            days.append(days[-1] + chance.number(2, 4))
        return Course(
            source=source,
            level=level,
            way=way,
            sessions=tuple(days),
            is_failed=chance.happens(4.5),
            form=form,
            manner=manner,
            with_deed=chance.happens(45),
            kept=chance.weighed({KEPT: 92, LATE: 6, BROKEN: 2}),
            sign_after=chance.weighed({0: 80, 1: 12, 3: 8}),
            follow_up=chance.weighed({"whole": 96, "half": 2, "none": 2}),
            court=chance.weighed({"": 92, "confirmed": 7, "refused": 1}) if form == WRITTEN else "",
            is_escalated=level == "3",
            accept_after=chance.weighed({0: 85, 1: 15}) if level != "1" else 0,
        )

    # -- the first day -------------------------------------------------------------------------------------------------

    def open(self, work: Work, tale: Tale, course: Course) -> Matter:
        """Registers a dispute that was brought to the room, with whole parties."""
        values = {
            "found_on": tale.found_on,
            "title": tale.title,
            "source": course.source,
            "dispute_type": tale.type,
            "area_id": tale.door.group.id,
            "place": tale.place,
            "facts": tale.facts,
            "responsible_id": self.responsible(tale.village).id,
            "parties": [stories.side_values(side) for side in tale.sides],
            **self._figures(tale),
        }
        if tale.key == "violence":
            values["is_domestic_violence_suspected"] = True
        return self.carry_on(work, Matter(tale, course, add(work, "dispute", values)))

    def take_over(self, work: Work, tale: Tale, course: Course, dispute_id: str) -> Matter:
        """Goes on with a dispute that a visit or a patrol led to: the clerk fills in what was not asked there."""
        change(work, "dispute", dispute_id, {"place": tale.place} | self._figures(tale))
        for party, side in zip(find_parties(work.session, dispute_id), tale.sides, strict=False):
            change(work, "party", party.id, stories.side_values(side))
        return self.carry_on(work, Matter(tale, course, dispute_id))

    def _figures(self, tale: Tale) -> dict[str, Any]:
        chance = self.chance
        return {
            "people_count": len(tale.sides) + chance.weighed({0: 70, 1: 15, 2: 10, 4: 5}),
            "amount_fen": tale.amount_fen if tale.amount_fen and chance.happens(88) else None,
            "risk": chance.weighed({"1": 72, "2": 23, "3": 5}),
            "is_minor_involved": True if tale.is_minor else None,
        }

    def responsible(self, village: Village) -> Staff:
        """Who in the room answers for matters of a village."""
        return village.assistant or self.world.of_role("officer")[0]

    def carry_on(self, work: Work, matter: Matter) -> Matter:
        """Enters what comes after the registration."""
        course, day = matter.course, matter.tale.found_on
        if course.is_left_alone:
            return matter
        if course.way in {"refuse", "transfer"}:
            self._later(day, 0, lambda w: self._turn_away(w, matter))
        else:
            self._later(day, course.accept_after, lambda w: self._accept(w, matter))
        return matter

    def _later(self, day: date, days: int, deed: Deed) -> None:
        self.diary.plan(day + timedelta(days=days), self.chance.clock(_EVENING, _NIGHT), deed)

    def _turn_away(self, work: Work, matter: Matter) -> None:
        reasons = wordlist("disputes")["reasons"]
        if matter.course.way == "refuse":
            name, words = "not_accept", reasons["not_accepted"]
        else:
            name, words = "transfer_to_case", reasons["transferred"]
        told = "疑似家庭暴力，已立即移交派出所办案民警处置。" if matter.tale.key == "violence" else ""
        reason = told or self.chance.one(words)
        self.diary.step(work, "dispute", name, matter.dispute_id, end_reason=reason, on=work.today)

    def _accept(self, work: Work, matter: Matter) -> None:
        step, course, dispute = self.diary.step, matter.course, matter.dispute_id
        step(work, "dispute", "accept", dispute, accepted_on=work.today)
        step(work, "dispute", "grade", dispute, level=course.level)
        if course.is_escalated:
            note = self.chance.one(wordlist("disputes")["reasons"]["escalated"])
            step(work, "dispute", "escalate", dispute, escalation_note=note, escalated_on=work.today)
        if course.way == "settle":
            after = 0 if course.level == "1" else self.chance.number(1, 5)
            self._later(work.today, after, lambda w: self._settle(w, matter))
        elif course.way == "withdraw":
            self._later(work.today, self.chance.number(1, 4), lambda w: self._withdraw(w, matter))
        elif course.way == "mediate":
            self._open_run(work, matter)

    def _settle(self, work: Work, matter: Matter) -> None:
        told = matter.tale.say(matter.tale.told["settle"])
        self.diary.step(work, "dispute", "settle", matter.dispute_id, settlement=told, on=work.today)

    def _withdraw(self, work: Work, matter: Matter) -> None:
        reason = self.chance.one(wordlist("disputes")["reasons"]["withdrawn"])
        self.diary.step(work, "dispute", "withdraw", matter.dispute_id, end_reason=reason, on=work.today)

    # -- mediation -----------------------------------------------------------------------------------------------------

    def _open_run(self, work: Work, matter: Matter) -> None:
        chance, village = self.chance, matter.tale.village
        mediators = chance.some(village.mediators, 2 if chance.happens(60) else 1)
        self.diary.step(
            work,
            "dispute",
            "open_mediation",
            matter.dispute_id,
            committee_name=f"{village.name}人民调解委员会",
            case_source="3" if matter.course.source == "04" else chance.weighed({"1": 46, "2": 54}),
            procedure="1" if matter.course.form == ORAL else "2",
            mediator_ids=[one.id for one in mediators],
            recorder_id=self.responsible(village).id,
            accepted_on=work.today,
            place=chance.one((self.office.place.name, f"{village.name}村部", f"{village.name}人民调解室")),
            has_consent=True,
            is_scope_confirmed=True,
            rights_notice=WRITTEN if matter.course.form == WRITTEN else ORAL,
        )
        matter.run_id = grown(work, "people_mediation", matter.dispute_id)
        for place in range(len(matter.course.sessions)):
            self._plan_sitting(matter, place)

    def _plan_sitting(self, matter: Matter, place: int) -> None:
        held = matter.course.sessions[place] + matter.course.accept_after
        self._later(matter.tale.found_on, held, lambda work: self._sit(work, matter, place))

    def _sit(self, work: Work, matter: Matter, place: int) -> None:
        chance, course, tale = self.chance, matter.course, matter.tale
        is_last = place == len(course.sessions) - 1
        outcome = "again" if not is_last else "failed" if course.is_failed else "agreed"
        if is_last and not course.is_failed and not course.manner:
            outcome = "again"
        begun = chance.clock(*chance.one(((time(8, 40), time(10, 10)), (time(14, 30), time(16, 0)))))
        minutes = chance.number(5, 20) * 5
        ended = (begun.hour * 60 + begun.minute + minutes) % (24 * 60)
        following = None
        if not is_last:
            following = tale.found_on + timedelta(days=course.sessions[place + 1] + course.accept_after)
        self.diary.step(
            work,
            "people_mediation",
            "record_session",
            matter.run_id,
            held_on=work.today,
            started_time=begun,
            ended_time=time(ended // 60, ended % 60),
            attendees=stories.attendees(tale.village, chance) if chance.happens(70) else None,
            record_text=stories.minutes(tale, chance, outcome=outcome, again_on=following),
            session_result={"agreed": "1", "failed": "2", "again": "3"}[outcome],
        )
        if outcome == "agreed":
            self._conclude(work, matter)
        elif outcome == "failed":
            self._fail(work, matter)

    def _fail(self, work: Work, matter: Matter) -> None:
        self.diary.step(
            work,
            "people_mediation",
            "terminate",
            matter.run_id,
            closed_on=work.today,
            termination_reason=self.chance.weighed({"2": 70, "1": 20, "3": 10}),
            ways_told=wordlist("disputes")["reasons"]["ways"],
        )
        self._later(work.today, self.chance.number(1, 3), lambda w: self._close_failed(w, matter))

    def _close_failed(self, work: Work, matter: Matter) -> None:
        told = "调解不成，已书面告知当事人可以向人民法院起诉。"
        self.diary.step(
            work, "dispute", "close", matter.dispute_id, on=work.today, result="20", settlement=told
        )

    def _conclude(self, work: Work, matter: Matter) -> None:
        tale, course = matter.tale, matter.course
        rows = stories.clauses(
            tale,
            course.manner,
            work.today,
            self.chance,
            with_deed=course.with_deed,
            step_days=course.instalment_days,
        )
        values: dict[str, Any] = {
            "agreement_form": course.form,
            "dispute_items": tale.say(tale.told["items"]),
            "clauses": rows,
        }
        if course.form == WRITTEN:
            values["agreement_no"] = self._agreement_no(work, tale.village)
        if self.chance.happens(4):
            values["prevented_escalations"] = [self.chance.weighed({"2": 50, "4": 30, "3": 20})]
        change(work, "people_mediation", matter.run_id, values)
        self.diary.step(work, "people_mediation", "conclude", matter.run_id, concluded_on=work.today)
        if course.form == ORAL:
            self._after_effect(work, matter)
            return
        self._print(work, matter)
        if course.sign_after is not None:
            self._later(work.today, course.sign_after, lambda w: self._sign(w, matter))

    def _agreement_no(self, work: Work, village: Village) -> str:
        key = (work.today.year, village.place)
        self._agreements[key] = self._agreements.get(key, 0) + 1
        return f"{village.name}人调字〔{work.today.year}〕{self._agreements[key]}号"  # noqa: RUF001 - as numbers are written

    def _run(self, work: Work, matter: Matter) -> Any:
        return load_record(work.session, work.registry.kind("people_mediation"), matter.run_id)

    def _print(self, work: Work, matter: Matter) -> None:
        """Notes that the agreement was printed, as `Office.paper` does, without drawing the pages."""
        paper = self.office.catalogue.paper(AGREEMENT)
        record = self._run(work, matter)
        keep_print(work, paper, record, read_paper(work.session, work.registry, work.forms, paper, record))

    def _sign(self, work: Work, matter: Matter) -> None:
        attach_file(work, self.office.attachments, self._run(work, matter), self._scan(), "签字件")
        self.diary.step(
            work,
            "people_mediation",
            "mark_signed",
            matter.run_id,
            signed_on=work.today,
            is_signed_by_all_parties=True,
            is_signed_by_mediator=True,
            is_sealed_by_committee=True,
        )
        self._after_effect(work, matter)

    def _scan(self) -> Path:
        if self._folder is None:
            self._folder = tempfile.TemporaryDirectory()
            self._scans = write_scans(Path(self._folder.name), self.seed)
        return self.chance.one(self._scans)

    def forget_files(self) -> None:
        """Removes the pictures that were attached."""
        if self._folder is not None:
            self._folder.cleanup()

    # -- after it took effect ------------------------------------------------------------------------------------------

    def _after_effect(self, work: Work, matter: Matter) -> None:
        course = matter.course
        clauses = [one for one in find_clauses(work.session, self._run(work, matter)) if not one.performance]
        for place, clause in enumerate(clauses):
            self._plan_performance(work, matter, clause, is_first=place == 0)
        if course.court and course.form == WRITTEN:
            self._plan_court(work, matter)
        self._plan_follow_ups(work, matter)

    def _plan_performance(self, work: Work, matter: Matter, clause: Any, *, is_first: bool) -> None:
        kept, chance = matter.course.kept, self.chance
        is_money = clause.performance_manner != DEED
        # A broken promise keeps its first instalment: that is how it usually goes.
        if kept == BROKEN and is_money and not (is_first and clause.performance_manner == INSTALMENTS):
            return
        due = max(clause.due_on or work.today, work.today)
        days = chance.number(3, 8) if kept == LATE and is_money else -chance.number(0, 2)
        on = max(due + timedelta(days=days), work.today + (_DAY if is_money else timedelta(0)))
        self._later(on, 0, lambda w: self._perform(w, matter, clause.id, is_money=is_money))

    def _perform(self, work: Work, matter: Matter, clause_id: str, *, is_money: bool) -> None:
        paid = ("收条1张", "微信转账记录截图", "收条1张，村干部在场")
        done = ("现场查看，双方确认", "村干部到场确认", "双方电话确认")
        self.diary.known.add(clause_id)
        self.diary.step(
            work,
            "people_mediation",
            "perform_clause",
            matter.run_id,
            clause_id=clause_id,
            performance="2",
            performed_on=work.today,
            evidence=self.chance.one(paid if is_money else done),
        )
        self._plan_follow_ups(work, matter)

    def _plan_court(self, work: Work, matter: Matter) -> None:
        if matter.is_court_planned:
            return
        matter.is_court_planned = True
        applied = self.chance.number(3, 12)
        self._later(work.today, applied, lambda w: self._court(w, matter, "1"))
        if matter.course.court != "applied":
            outcome = "2" if matter.course.court == "confirmed" else "3"
            decided = applied + self.chance.number(8, 12)
            self._later(work.today, decided, lambda w: self._court(w, matter, outcome))

    def _court(self, work: Work, matter: Matter, outcome: str) -> None:
        document = None
        if outcome != "1":
            number = self._files[-1] = self._files.get(-1, 100) + self.chance.number(1, 9)
            document = f"（{work.today.year}）青民特{number}号"
        self.diary.step(
            work,
            "people_mediation",
            "record_court_confirmation",
            matter.run_id,
            outcome=outcome,
            on=work.today,
            court_name=wordlist("places")["court"],
            court_document_no=document,
        )

    def _plan_follow_ups(self, work: Work, matter: Matter) -> None:
        course = matter.course
        if course.follow_up == "none":
            return
        waiting = open_follow_ups(work.session, work.registry, self._run(work, matter))
        matter.first_party_id = matter.first_party_id or min((plan.party_id for plan in waiting), default="")
        for plan in waiting:
            key = (plan.party_id, plan.due_on)
            if key in matter.follow_ups or (
                course.follow_up == "half" and plan.party_id != matter.first_party_id
            ):
                continue
            matter.follow_ups.add(key)
            early = course.follow_up_early or self.chance.number(0, 1)
            on = max(plan.due_on - timedelta(days=early), work.today + _DAY)
            self._later(on, 0, partial(self._follow_up, matter=matter, party_id=plan.party_id))
        if not waiting:
            self._plan_close(work, matter)

    def _follow_up(self, work: Work, matter: Matter, party_id: str) -> None:
        chance, words, run = self.chance, wordlist("disputes")["follow_up"], self._run(work, matter)
        if party_id not in {plan.party_id for plan in open_follow_ups(work.session, work.registry, run)}:
            return
        clauses = find_clauses(work.session, run)
        is_overdue = any(not one.performance and one.due_on and one.due_on < work.today for one in clauses)
        is_done = all(one.performance in {"1", "2"} for one in clauses)
        situation = chance.one(words["partly" if is_overdue else "calm"])
        self.diary.known.add(party_id)
        self.diary.step(
            work,
            "people_mediation",
            "record_follow_up",
            matter.run_id,
            party_id=party_id,
            done_on=work.today,
            mode=chance.weighed({"1": 45, "2": 48, "3": 7}),
            performance="5" if is_overdue else "2" if is_done else "4",
            satisfaction=chance.weighed({"5": 62, "4": 28, "3": 8, "2": 2}) if not is_overdue else "3",
            is_relapsed=False,
            situation=situation,
            measures=chance.one(words["measures" if is_overdue else "measures_calm"])
            if is_overdue or chance.happens(25)
            else None,
            staff_ids=[self.responsible(matter.tale.village).id],
        )
        self._plan_follow_ups(work, matter)

    def _plan_close(self, work: Work, matter: Matter) -> None:
        if matter.is_closing or self._run(work, matter).state != "performed":
            return
        matter.is_closing = True
        self._later(work.today, self.chance.number(1, 4), lambda w: self._close(w, matter))

    def _close(self, work: Work, matter: Matter) -> None:
        self.diary.step(work, "people_mediation", "close", matter.run_id, closed_on=work.today)
        on = add_workdays(work.today, self.chance.number(1, 8), work.holidays)
        self._later(on, 0, lambda w: self._file(w, matter))

    def _file(self, work: Work, matter: Matter) -> None:
        year = work.today.year
        self._files[year] = self._files.get(year, 0) + 1
        number = f"调卷{year}-{self._files[year]:03d}"
        change(work, "people_mediation", matter.run_id, {"archive_no": number, "archived_on": work.today})
        change(work, "dispute", matter.dispute_id, {"archive_no": number})
