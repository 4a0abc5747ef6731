"""Drawing from the word lists: the same seed and purpose always draw the same."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from functools import cache
from random import Random
from typing import Any, TypeVar

from desktop.base.paths import resource

T = TypeVar("T")

COUNTY_CODE = "649901"
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK_DIGITS = "10X98765432"
# Steps through all ten thousand practice phones without a repeat and without looking counted.
_PHONE_COUNT, _PHONE_STEP = 10_000, 7_919

MAN, WOMAN = "1", "2"


@cache
def wordlist(name: str) -> dict[str, Any]:
    """One file of `resources/practice/`."""
    return tomllib.loads(resource("practice", f"{name}.toml").read_text(encoding="utf-8"))


@cache
def _weighted(text: str) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """Words with their weights from `王92 李80`."""
    words = [piece.rstrip("0123456789") for piece in text.split()]
    weights = [int(piece[len(word) :]) for piece, word in zip(text.split(), words, strict=True)]
    return tuple(words), tuple(weights)


@cache
def _split(text: str) -> tuple[str, ...]:
    return tuple(text.split())


@dataclass(frozen=True)
class Person:
    """One invented person as papers name him."""

    name: str
    sex: str
    born_on: date
    id_number: str
    phone: str
    ethnic_group: str
    occupation: str
    address: str = ""


class Chance:
    """A stream of draws for one purpose, so that more draws for one kind of work never change another."""

    def __init__(self, seed: int, purpose: str) -> None:
        self._random = Random(f"{seed}/{purpose}")

    def bits(self, count: int) -> int:
        """So many random bits; what identities are made of here."""
        return self._random.getrandbits(count)

    def happens(self, percent: float) -> bool:
        """True in so many of a hundred draws."""
        return self._random.random() * 100 < percent

    def number(self, least: int, most: int) -> int:
        """A whole number, both ends included."""
        return self._random.randint(least, most)

    def one(self, items: Sequence[T]) -> T:
        """One of the items."""
        return items[self._random.randrange(len(items))]

    def some(self, items: Sequence[T], count: int) -> list[T]:
        """Several different items in the order of the list; all of them when there are not so many."""
        places = sorted(self._random.sample(range(len(items)), min(count, len(items))))
        return [items[place] for place in places]

    def shuffled(self, items: Sequence[T]) -> list[T]:
        """All items in another order."""
        copy = list(items)
        self._random.shuffle(copy)
        return copy

    def weighed(self, weights: Mapping[T, float]) -> T:
        """One of the keys, by its weight."""
        return self._random.choices(list(weights), list(weights.values()))[0]

    def word(self, text: str) -> str:
        """One word of a list with weights, as `王92 李80`."""
        words, weights = _weighted(text)
        return self._random.choices(words, weights)[0]

    def times(self, mean: float) -> int:
        """How often something happens in a span in which it happens `mean` times on average."""
        whole = int(mean)
        return whole + self.happens((mean - whole) * 100)

    def clock(self, least: time, most: time) -> time:
        """A wall time in a span of the same day, on five minutes."""
        first, last = (one.hour * 12 + one.minute // 5 for one in (least, most))
        drawn = self.number(first, last)
        return time(drawn // 12, drawn % 12 * 5)

    def amount_fen(self, median_yuan: float, spread: float) -> int:
        """An amount as people agree on it: round, most near the median, a few much larger. Units: fen."""
        if not median_yuan:
            return 0
        yuan = median_yuan * math.exp(self._random.gauss(0, spread))
        step = 10 if yuan < 1_000 else 100 if yuan < 10_000 else 1_000
        return max(step, round(yuan / step) * step) * 100

    def born_on(self, today: date, least_years: int, most_years: int) -> date:
        """A day of birth for a person of that age."""
        least, most = int(least_years * 365.25) + 2, int((most_years + 1) * 365.25) - 2
        return today - timedelta(days=self.number(least, most))


class People:
    """Invents people, no two with the same number, and phones, none twice before all were given."""

    def __init__(self, chance: Chance, today: date) -> None:
        self._chance = chance
        self._today = today
        self._numbers: set[str] = set()
        self._phones = 0
        self._words = wordlist("names")

    def phone(self) -> str:
        """The next phone that no network knows."""
        self._phones += 1
        return f"1200000{self._phones * _PHONE_STEP % _PHONE_COUNT:04d}"

    def person(
        self,
        least_years: int = 26,
        most_years: int = 78,
        *,
        sex: str = "",
        address: str = "",
        name: str = "",
        phone: str = "",
    ) -> Person:
        """One person of that age; head of a household when nothing else is said."""
        chance, words = self._chance, self._words
        told = sex or chance.weighed({MAN: 76, WOMAN: 24})
        born = chance.born_on(self._today, least_years, most_years)
        is_minority = not name and chance.happens(0.8)
        group = chance.word(words["ethnic_groups"])
        if is_minority:
            name, group = chance.one(words["minority"]), "维吾尔族"
        return Person(
            name=name or self._name(told, born),
            sex=told,
            born_on=born,
            id_number=self._id_number(born, told),
            phone=phone or self.phone(),
            ethnic_group=group,
            occupation=chance.word(words["occupations"]) if self._today.year - born.year < 68 else "务农",
            address=address,
        )

    def surname(self) -> str:
        """A surname by frequency, one in ten a rare one."""
        if self._chance.happens(10):
            rare: list[str] = self._words["rare_surnames"]
            return self._chance.one(rare)
        return self._chance.word(self._words["surnames"])

    def given_name(self, sex: str, born: date) -> str:
        """What people of that age are called."""
        age = "old" if self._today.year - born.year > 48 else "young"
        names: str = self._words[f"{'men' if sex == MAN else 'women'}_{age}"]
        return self._chance.one(_split(names))

    def _name(self, sex: str, born: date) -> str:
        if self._chance.happens(0.2):
            rare: list[str] = self._words["rare_characters"]
            return self._chance.one(rare)
        return self.surname() + self.given_name(sex, born)

    def _id_number(self, born: date, sex: str) -> str:
        while True:
            sequence = self._chance.number(0, 499) * 2 + (sex == MAN)
            number = identity_number(born, sequence)
            if number not in self._numbers:
                self._numbers.add(number)
                return number


def identity_number(born: date, sequence: int) -> str:
    """A number of the county that does not exist, with its check digit. Source: GB 11643-1999."""
    return with_check_digit(f"{COUNTY_CODE}{born:%Y%m%d}{sequence:03d}")


def with_check_digit(stem: str) -> str:
    """Seventeen digits with the eighteenth that fits them."""
    return stem + _CHECK_DIGITS[sum(int(d) * w for d, w in zip(stem, _WEIGHTS, strict=True)) % 11]
