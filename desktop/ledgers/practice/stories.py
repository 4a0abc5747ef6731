"""The words of one invented quarrel: title, facts, what each says, what is agreed. Pure; nothing is stored here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from desktop.ledgers.practice.chance import Chance, Person, with_check_digit, wordlist
from desktop.ledgers.practice.world import Door, Village

PARTS_OF_DAY = ("上午九时许", "上午", "中午", "下午三时许", "傍晚", "早上")
ON_THE_SPOT, BY_DAY, INSTALMENTS, DEED = "1", "2", "3", "4"

APPLICANT, RESPONDENT = "1", "2"


@dataclass(frozen=True)
class Side:
    """One party of a quarrel.

    Shape:   `guardian` is set for a minor; `organisation` makes the person its head.
    """

    person: Person
    role: str
    guardian: Person | None = None
    organisation: str = ""
    id_type: str = "111"
    no_document_reason: str = ""

    @property
    def name(self) -> str:
        """How the texts call this side."""
        return self.organisation or self.person.name


@dataclass(frozen=True)
class Tale:
    """One quarrel with everything that was drawn for it."""

    key: str
    type: str
    village: Village
    door: Door
    sides: tuple[Side, ...]
    found_on: date
    amount_fen: int
    is_minor: bool
    slots: Mapping[str, str] = field(repr=False)
    told: Mapping[str, Any] = field(repr=False)
    facts: str = ""
    place: str = ""

    @property
    def title(self) -> str:
        """Who with whom about what."""
        return self.say(self.told["title"])

    def say(self, text: str) -> str:
        """A text of the story with this quarrel's names and figures."""
        return text.format(**self.slots)


def story(key: str) -> Mapping[str, Any]:
    """One story of the word list."""
    return next(one for one in wordlist("disputes")["story"] if one["key"] == key)


def pick_story(chance: Chance, month: int, *, is_plain: bool = False) -> Mapping[str, Any]:
    """A story by its weight; three times as likely in its own months. A plain one is between two householders."""
    stories = [one for one in wordlist("disputes")["story"] if not (is_plain and one.get("between"))]
    weights = {
        place: one["weight"] * (3 if month in one["months"] else 1) for place, one in enumerate(stories)
    }
    return stories[chance.weighed(weights)]  # type: ignore[no-any-return]  # TOML


def tell(
    chance: Chance,
    told: Mapping[str, Any],
    village: Village,
    doors: Sequence[Door],
    found_on: date,
    *,
    sides: Sequence[Side] = (),
) -> Tale:
    """Puts a story into a village on a day; the doors give the sides unless they are given."""
    chosen = tuple(sides) or _sides(chance, told, doors)
    median, spread = told["amount"]
    amount = chance.amount_fen(median, spread)
    group = doors[0].group.name
    happened = _month_day(found_on - timedelta(days=chance.number(0, 1)))
    slots = {
        "a": chosen[0].name,
        "b": chosen[-1].name,
        "c": chosen[1].name,
        "d": chosen[2].name if len(chosen) > 3 else chosen[1].name,
        "group": group,
        "village": village.name,
        "day": happened,
        "when": f"{happened}{chance.one(PARTS_OF_DAY)}",
        "n": str(chance.number(2, 5)),
        "yuan": yuan(amount),
    }
    slots |= {name: chance.one(words) for name, words in told.get("pick", {}).items()}
    course = chance.some(told["course"], chance.number(2, 3))
    facts = "".join([chance.one(told["opening"]), *course, chance.one(told["stand"])]).format(**slots)
    return Tale(
        key=told["key"],
        type=told["type"],
        village=village,
        door=doors[0],
        sides=chosen,
        found_on=found_on,
        amount_fen=amount,
        is_minor=told.get("between") == "pupils",
        slots=slots,
        told=told,
        facts=facts,
        place=chance.one(told["place"]).format(**slots),
    )


def _sides(chance: Chance, told: Mapping[str, Any], doors: Sequence[Door]) -> tuple[Side, ...]:
    if told.get("between") == "workers":
        *workers, head = [door.person for door in doors[:4]]
        firm = f"{head.name}劳务队"
        return (
            *(Side(one, APPLICANT) for one in workers),
            Side(head, RESPONDENT, organisation=firm, no_document_reason="临时劳务队，未办理营业执照"),
        )
    return (_side(chance, doors[0].person, APPLICANT), _side(chance, doors[1].person, RESPONDENT))


def _side(chance: Chance, person: Person, role: str) -> Side:
    if chance.happens(3):
        reason = "未随身携带证件，由村委会证明身份"
        return Side(person, role, id_type="990", no_document_reason=reason)
    return Side(person, role)


def side_values(side: Side, *, whole: bool = True) -> dict[str, Any]:
    """One party as the form takes it; not whole: only what was heard on the first day."""
    person = side.person
    if side.organisation:
        return {
            "party_type": "2",
            "role": side.role,
            "organisation_name": side.organisation,
            "legal_representative": person.name,
            "legal_representative_post": "负责人",
            "no_document_reason": side.no_document_reason or None,
            "address": person.address,
            "phone": person.phone,
        }
    first = {"party_type": "1", "role": side.role, "name": person.name, "phone": person.phone}
    if not whole:
        return first
    values = first | {
        "sex": person.sex,
        "ethnic_group": person.ethnic_group or None,
        "birth_on": person.born_on,
        "id_type": side.id_type,
        "id_number": None if side.no_document_reason else person.id_number,
        "no_document_reason": side.no_document_reason or None,
        "occupation": person.occupation,
        "address": person.address,
    }
    if side.guardian is not None:
        return values | {
            "guardian_name": side.guardian.name,
            "guardian_relation": "父亲" if side.guardian.sex == "1" else "母亲",
            "guardian_phone": side.guardian.phone,
            "is_guardian_present": True,
        }
    return values


def permanent_residence_number(born_on: date) -> str:
    """The number of a foreigner's permanent residence card that nobody has. Source: DOMAIN 5.2."""
    return with_check_digit(f"911840{born_on:%Y%m%d}002")


# -- what is agreed ----------------------------------------------------------------------------------------------------


def clauses(
    tale: Tale, manner: str, day: date, chance: Chance, *, with_deed: bool, step_days: int
) -> list[dict[str, Any]]:
    """The clauses of the agreement; each is one matter that can be performed.

    Shape:   `manner` is that of the money; a quarrel without money has deeds only.
    """
    rows: list[dict[str, Any]] = []
    payer, payee = tale.sides[-1].name, "、".join(one.name for one in tale.sides[:-1])
    money = tale.say(tale.told["money"])
    if tale.amount_fen and money:
        parts = chance.number(2, 3) if manner == INSTALMENTS else 1
        for part, amount in enumerate(_shares(tale.amount_fen, parts), 1):
            term = step_days * part if parts > 1 else chance.one((7, 10, 15, 20, 30))
            due = None if manner == ON_THE_SPOT else day + timedelta(days=term)
            rows.append(
                {
                    "content": _money_words(money, amount, due, part, parts),
                    "performance_manner": manner,
                    "amount_fen": amount,
                    "payer": payer,
                    "payee": payee,
                    "due_on": due,
                }
            )
    if with_deed or not rows:
        deeds = [tale.say(text) for text in tale.told["acts"]]
        rows += [
            {
                "content": text,
                "performance_manner": DEED,
                "due_on": day + timedelta(days=chance.number(3, 10)),
            }
            for text in deeds[: 1 if rows else 2]
        ]
    return [row | {"order_no": number} for number, row in enumerate(rows, 1)]


def _shares(amount_fen: int, parts: int) -> list[int]:
    share = amount_fen // parts // 1000 * 1000 or amount_fen // parts
    return [*[share] * (parts - 1), amount_fen - share * (parts - 1)]


def _money_words(money: str, amount_fen: int, due: date | None, part: int, parts: int) -> str:
    if due is None:
        return f"{money}{yuan(amount_fen)}，达成协议时当场付清。"
    day = f"{due.year}年{due.month}月{due.day}日"
    if parts == 1:
        return f"{money}{yuan(amount_fen)}，于{day}前一次付清。"
    return f"{money}，第{'一二三'[part - 1]}期{yuan(amount_fen)}，于{day}前付清。"


# -- what is said ------------------------------------------------------------------------------------------------------


def minutes(tale: Tale, chance: Chance, *, outcome: str, again_on: date | None = None) -> str:
    """The minutes of one sitting. `outcome` is `agreed`, `again` or `failed`."""
    words = wordlist("disputes")["minutes"]
    spoken = {"items": tale.say(tale.told["items"]), "law": tale.say(tale.told["law"])}
    lines = [
        words["opening"],
        f"{tale.slots['a']}陈述：{tale.say(tale.told['a_says'])}",
        f"{tale.slots['b']}陈述：{tale.say(tale.told['b_says'])}",
        chance.one(words["argue"]).format(**spoken),
        chance.one(words["explain"]).format(**spoken),
        chance.one(words[outcome]).format(next=_month_day(again_on) if again_on else "近日"),
    ]
    return "\n".join(lines)


def attendees(village: Village, chance: Chance) -> str:
    """Those who were asked to come along."""
    offices = chance.one(wordlist("disputes")["minutes"]["attendees"])
    return "、".join(f"{office}{village.cadre(office)}" for office in offices)


def yuan(amount_fen: int) -> str:
    """An amount as it stands in a sentence."""
    whole, rest = divmod(amount_fen, 100)
    return f"{whole}元" if not rest else f"{whole}.{rest:02d}元"


def _month_day(day: date) -> str:
    return f"{day.month}月{day.day}日"
