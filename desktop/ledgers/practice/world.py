"""Setting the room up: its people, villages, doors and teams, as a clerk imports them on the first day."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field as dataclass_field
from datetime import date, time, timedelta
from typing import Any

from desktop.ledgers.practice.chance import MAN, WOMAN, Chance, People, Person, wordlist
from desktop.ledgers.practice.diary import Diary, add, put, wall
from desktop.ledgers.practice.sizes import Size
from desktop.staff.accounts import set_roles
from desktop.staff.permissions import actor_of
from desktop.staff.work import Work

CHINESE = "零一二三四五六七八九十"
BATCH = 500
VILLAGE, TOWN, GROUP = "3", "2", "4"
_A_NAME = re.compile("[一-鿿]{2,4}")
CADRES = ("村支书", "村委会主任", "村妇联主任", "网格员", "村监委主任")
# The name that the command line gives an account when nobody says another; no person is called so.
_NO_NAME = "演练"


@dataclass(frozen=True)
class Staff:
    """One member of the staff; `village` is the place of his village, -1 for the whole room."""

    id: str
    name: str
    role: str
    village: int


@dataclass(frozen=True)
class Group:
    """One group of a village."""

    id: str
    name: str


@dataclass
class Village:
    """One village with those who work there."""

    place: int
    id: str
    name: str
    landmarks: tuple[str, ...]
    groups: tuple[Group, ...]
    households: list[Door] = dataclass_field(default_factory=list)
    premises: list[Door] = dataclass_field(default_factory=list)
    team_id: str = ""
    assistant: Staff | None = None
    volunteers: list[Staff] = dataclass_field(default_factory=list)
    mediators: list[Staff] = dataclass_field(default_factory=list)

    def cadre(self, office: str) -> str:
        """Who holds an office of the village; the same person whenever it is named."""
        place = CADRES.index(office)
        if office == "村妇联主任":
            women = [door.person.name for door in self.households if door.person.sex == WOMAN]
            return women[place % len(women)]
        men = [door.person.name for door in self.households if door.person.sex == MAN]
        return men[place]


@dataclass(frozen=True)
class Door:
    """One household or premises with who answers there."""

    kind: str
    id: str
    title: str
    village: int
    group: Group
    place: str
    person: Person
    object_class: str = "01"


@dataclass
class World:
    """Everything that deeds happen to."""

    size: Size
    people: People
    villages: list[Village]
    staff: list[Staff]
    clerk: Staff

    def of_role(self, *roles: str) -> list[Staff]:
        """The staff of these roles."""
        return [one for one in self.staff if one.role in roles]

    def field_staff(self, village: int) -> list[Staff]:
        """Who goes from door to door in a village."""
        own = self.villages[village].assistant
        return [one for one in (own, *self.of_role("auxiliary", "officer")) if one is not None]

    @property
    def households(self) -> list[Door]:
        """All households."""
        return [door for village in self.villages for door in village.households]

    @property
    def premises(self) -> list[Door]:
        """All premises."""
        return [door for village in self.villages for door in village.premises]


def chinese_number(number: int) -> str:
    """一, 十, 十二: how groups are counted, below one hundred."""
    tens, ones = divmod(number, 10)
    head = "" if tens == 0 else "十" if tens == 1 else f"{CHINESE[tens]}十"
    return head + (CHINESE[ones] if ones else "")


def set_up(diary: Diary, size: Size, seed: int, start: date) -> World:
    """The room on its first day."""
    chance = Chance(seed, "world")
    people = People(Chance(seed, "people"), start)
    diary.clock.reach(wall(start, time(8, 10)))
    with diary.saving() as work:
        villages = _villages(work, size)
        staff, clerk = _staff(work, size, people, chance, diary.office.actor.name)
    world = World(size, people, villages, staff, clerk)
    _link_account(diary, clerk)
    diary.clock.reach(wall(start, time(8, 40)))
    with diary.saving() as work:
        _teams(work, world, start)
    _doors(diary, world, chance, start)
    return world


def _link_account(diary: Diary, clerk: Staff) -> None:
    actor = diary.office.actor
    set_roles(diary.office, actor.name, list(actor.roles), staff=clerk.id)
    diary.office.actor = actor_of(actor.name, actor.roles, clerk.id)


def _villages(work: Work, size: Size) -> list[Village]:
    places = wordlist("places")
    town = add(
        work, "area", {"name": places["town"], "level": TOWN, "division_code": f"{places['town_code']}000"}
    )
    villages = []
    for place in range(size.villages):
        told = places["villages"][place]
        code = f"{places['town_code']}{201 + place}"
        village = add(
            work, "area", {"name": told["name"], "level": VILLAGE, "parent_id": town, "division_code": code}
        )
        count = size.groups // size.villages + (place < size.groups % size.villages)
        names = [f"{told['name']}{chinese_number(number)}组" for number in range(1, count + 1)]
        groups = put(
            work,
            "area",
            (
                {"name": name, "level": GROUP, "parent_id": village, "division_code": f"{code}{number:02d}"}
                for number, name in enumerate(names, 1)
            ),
        )
        villages.append(
            Village(
                place,
                village,
                told["name"],
                tuple(told["landmarks"]),
                tuple(Group(*one) for one in zip(groups, names, strict=True)),
            )
        )
    return villages


def _staff(work: Work, size: Size, people: People, chance: Chance, user: str) -> tuple[list[Staff], Staff]:
    staff: list[Staff] = []

    def hire(role: str, badge: str, village: int, name: str = "", *, oldest: int = 45) -> Staff:
        sex = MAN if role in {"officer", "auxiliary", "volunteer"} else ""
        person = people.person(23, oldest, sex=sex, name=name)
        values = {
            "name": _unused(person.name, staff, people),
            "role": role,
            "badge_no": badge,
            "phone": person.phone,
            "state": "serving",
            "serves_from_on": work.today - timedelta(days=chance.number(60, 2000)),
        }
        one = Staff(put(work, "staff_member", [values])[0], str(values["name"]), role, village)
        staff.append(one)
        return one

    own_name = user if user != _NO_NAME and _A_NAME.fullmatch(user) else ""
    clerk = hire("clerk", "NQ0101", -1, own_name)
    for number in range(size.officers):
        hire("officer", f"0410{number + 21:02d}", -1, oldest=52)
    for number in range(size.auxiliaries):
        hire("auxiliary", f"FJ01{number + 1:02d}", -1)
    for number in range(size.assistants):
        hire("assistant", f"ZL01{number + 1:02d}", number % size.villages)
    for number in range(size.mediators):
        hire("mediator", "", number % size.villages, oldest=66)
    for village in range(size.villages):
        for _number in range(size.volunteers):
            hire("volunteer", "", village, oldest=58)
    return staff, clerk


def _unused(name: str, staff: list[Staff], people: People) -> str:
    """Two of the staff with one name would make every choice in a list a question."""
    taken = {one.name for one in staff}
    while name in taken:
        name = people.person().name
    return name


def _teams(work: Work, world: World, start: date) -> None:
    for one in world.staff:
        if one.village >= 0:
            village = world.villages[one.village]
            if one.role == "assistant":
                village.assistant = one
            elif one.role in {"volunteer", "mediator"}:
                (village.volunteers if one.role == "volunteer" else village.mediators).append(one)
    for village in world.villages:
        members = [*([village.assistant] if village.assistant else []), *village.volunteers]
        village.team_id = add(
            work,
            "team",
            {
                "name": f"{village.name}义务巡防队",
                "team_type": "2",
                "leader_id": members[0].id,
                "area_id": village.id,
                "staff_ids": [one.id for one in members],
                "patrol_area": "、".join(village.landmarks[:3]),
                "unit_name": f"{village.name}村民委员会",
                "formed_on": start - timedelta(days=400 + 30 * village.place),
            },
        )
    if len(world.villages) > 1:
        crew = world.of_role("auxiliary", "officer")
        add(
            work,
            "team",
            {
                "name": "青石乡专职巡防队",
                "team_type": "1",
                "leader_id": world.of_role("officer")[0].id,
                "staff_ids": [one.id for one in crew],
                "patrol_area": "全乡主干道、集市和学校周边",
                "unit_name": wordlist("places")["station"],
                "formed_on": start - timedelta(days=800),
            },
        )


# -- doors -------------------------------------------------------------------------------------------------------------


def _doors(diary: Diary, world: World, chance: Chance, start: date) -> None:
    wanted = [*_household_rows(world, chance), *_premises_rows(world, chance)]
    for first in range(0, len(wanted), BATCH):
        part = wanted[first : first + BATCH]
        diary.clock.reach(wall(start, time(9, first // BATCH * 2 % 60)))
        with diary.saving() as work:
            for kind in ("household", "premises"):
                own = [(values, door) for values, door in part if door.kind == kind]
                ids = put(work, kind, [values for values, _door in own])
                for (_values, door), door_id in zip(own, ids, strict=True):
                    _stand(world, door, door_id)


def _stand(world: World, door: Door, door_id: str) -> None:
    known = Door(
        door.kind,
        door_id,
        door.title,
        door.village,
        door.group,
        door.place,
        door.person,
        door.object_class,
    )
    village = world.villages[door.village]
    (village.households if door.kind == "household" else village.premises).append(known)


def _household_rows(world: World, chance: Chance) -> Iterator[tuple[dict[str, Any], Door]]:
    addresses = wordlist("places")["doors"]["addresses"]
    groups = [(village, group) for village in world.villages for group in village.groups]
    for place, (village, group) in enumerate(groups):
        count = world.size.households // len(groups) + (place < world.size.households % len(groups))
        for number in range(1, count + 1):
            door_no = f"{group.name}{number}号"
            person = world.people.person(address=f"{wordlist('places')['town']}{door_no}")
            has_address = chance.happens(25)
            values = {
                "door_no": door_no,
                "head_name": person.name,
                "area_id": group.id,
                "phone": person.phone if chance.happens(92) else None,
                "member_count": chance.weighed({1: 7, 2: 22, 3: 20, 4: 26, 5: 15, 6: 8, 7: 2}),
                "address": _filled(chance.one(addresses), group.name, chance) if has_address else None,
                "note": "常年在外，钥匙在邻居家" if chance.happens(2) else None,
            }
            yield values, Door("household", "", door_no, village.place, group, door_no, person)


def _filled(text: str, group: str, chance: Chance) -> str:
    return text.format(group=group, n=chance.number(2, 9))


def _premises_rows(world: World, chance: Chance) -> Iterator[tuple[dict[str, Any], Door]]:
    kinds = wordlist("places")["premises"]
    weights = {place: kind["weight"] for place, kind in enumerate(kinds)}
    taken: set[str] = set()
    for number in range(world.size.premises):
        village = world.villages[number % len(world.villages)]
        # The first ones of every village are those that every village has.
        common = {0: 0, 1: 3, 2: 4, 3: 5}.get(number // len(world.villages))
        kind = kinds[chance.weighed(weights) if common is None else common]
        person = world.people.person(26, 60)
        name = _premises_name(kind["names"], village, world.people, chance, taken)
        group = chance.one(village.groups)
        place = f"{village.name}主街{chance.number(1, 60)}号"
        values = {
            "name": name,
            "object_class": kind["class"],
            "area_id": village.id,
            "address": place,
            "responsible_name": person.name,
            "phone": person.phone,
        }
        yield values, Door("premises", "", name, village.place, group, place, person, kind["class"])


def _premises_name(
    names: list[str], village: Village, people: People, chance: Chance, taken: set[str]
) -> str:
    words = wordlist("names")
    while True:
        given = chance.one(words["men_young"].split() + words["men_old"].split())
        name = chance.one(names).format(v=village.name.removesuffix("村"), s=people.surname(), g=given)
        if len(given) == 1 and given in name:
            continue
        while name in taken:
            # A second shop of the name in the same village is told apart by a number, as people do.
            name = f"{village.name.removesuffix('村')}{people.surname()}{given}{name[-3:]}"
        taken.add(name)
        return name
