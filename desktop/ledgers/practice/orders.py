"""Work orders of the practice room: issued at the morning meeting or by the command room, done, verified, filed.

They are the room's own: an order of the county can only be written by a county.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, time, timedelta
from functools import partial
from typing import Any

from desktop.ledgers.practice.chance import Chance, wordlist
from desktop.ledgers.practice.diary import Diary, add
from desktop.ledgers.practice.world import World
from desktop.staff.work import Work

_DAY = timedelta(days=1)
_SOURCES = {"01": 45, "02": 30, "03": 10, "04": 10, "05": 5}
_URGENCIES = {"3": 78, "2": 17, "1": 5}


class Orders:
    """Puts orders into the book."""

    def __init__(self, diary: Diary, world: World, seed: int) -> None:
        self.diary, self.world = diary, world
        self.chance = Chance(seed, "orders")

    def plan(self, start: date) -> None:
        """Enters orders from the day after the first on, and three that wait whatever the day."""
        day = start + _DAY
        while day <= self.diary.today:
            if self.diary.office.holidays.is_workday(day):
                for _number in range(self.chance.times(self.world.size.orders / 21)):
                    self.diary.plan(day, self.chance.clock(time(8, 20), time(11)), self._issue)
            day += _DAY
        today = self.diary.today
        for back, steps in ((5, ("sign",)), (2, ("sign", "report")), (0, ())):
            self.diary.plan(today - back * _DAY, time(7, 40), partial(self._issue, steps=steps))

    def _issue(self, work: Work, steps: tuple[str, ...] | None = None) -> None:
        chance = self.chance
        village = chance.one(self.world.villages)
        told = chance.one(wordlist("orders")["orders"])
        urgency = chance.weighed(_URGENCIES)
        days = 1 if urgency == "1" else chance.number(2, 4) if urgency == "2" else chance.number(3, 7)
        fill = {"village": village.name, "landmark": chance.one(village.landmarks)}
        order_id = add(
            work,
            "work_order",
            {
                "title": told["title"].format(**fill),
                "source": chance.weighed(_SOURCES),
                "order_class": told["class"],
                "urgency": urgency,
                "content": told["content"].format(**fill),
                "issuer_name": self.world.of_role("officer")[0].name,
                "issued_on": work.today,
                "unit": f"{village.name}警务室",
                "staff_id": self.world.field_staff(village.place)[0].id,
                "due_on": work.today + days * _DAY,
            },
        )
        if steps is None:
            self._go_on(work, order_id, told, days)
            return
        if "sign" in steps:
            self._step(work, order_id, "sign")
        if "report" in steps:
            self._step(work, order_id, "feed_back", words=told["report"])

    def _go_on(self, work: Work, order_id: str, told: Mapping[str, str], days: int) -> None:
        chance = self.chance
        if chance.happens(3):
            self._later(work, 0, order_id, "withdraw", words="情况有变，不用再办")
            return
        signed = 0 if chance.happens(92) else 3
        self._later(work, signed, order_id, "sign")
        done = max(signed + 1, days - chance.number(0, 2) if chance.happens(90) else days + 2)
        self._later(work, max(0, done - 1), order_id, "record_progress", words=told["progress"])
        self._later(work, done, order_id, "feed_back", words=told["report"])
        if chance.happens(9):
            self._later(work, done + 1, order_id, "send_back", words="反馈没有写清结果，请补照片后再报")
            self._later(work, done + 2, order_id, "feed_back", words=f"{told['report']}照片已补。")
            done += 2
        self._later(work, done + 1, order_id, "verify", words="属实")

    def _later(self, work: Work, days: int, order_id: str, name: str, **given: Any) -> None:
        day = work.today + days * _DAY
        # Each step has its own part of the day, so that those of one day keep their order.
        hours = {
            "sign": 12,
            "withdraw": 13,
            "record_progress": 15,
            "feed_back": 17,
            "send_back": 10,
            "verify": 11,
        }
        at = time(hours[name], self.chance.number(0, 50))
        self.diary.plan(day, at, lambda later: self._step(later, order_id, name, **given))

    def _step(self, work: Work, order_id: str, name: str, **given: Any) -> None:
        if name == "sign":
            given = {"staff_id": None}
        self.diary.step(work, "work_order", name, order_id, **given)
