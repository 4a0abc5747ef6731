"""How large the three practice rooms are, and how they are called."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from desktop.ledgers.practice.chance import wordlist
from desktop.staff.rooms import NewRoom

SizeName = Literal["small", "medium", "large"]


@dataclass(frozen=True)
class Size:
    """What one room holds.

    Shape:   `visits` to `shifts`, and `orders`, are a month's; `volunteers` are those of one village's team.
    Source:  DOMAIN 7.
    """

    name: SizeName
    villages: int
    groups: int
    households: int
    premises: int
    officers: int
    auxiliaries: int
    assistants: int
    mediators: int
    volunteers: int
    visits: int
    requests: int
    disputes: int
    hazards: int
    patrols: int
    shifts: int
    reviewed_percent: int
    orders: int


SIZES: Mapping[SizeName, Size] = MappingProxyType(
    {
        "small": Size("small", 1, 6, 260, 15, 1, 1, 1, 3, 5, 55, 8, 3, 5, 30, 90, 80, 6),
        "medium": Size("medium", 5, 32, 2_200, 160, 1, 3, 5, 18, 4, 330, 45, 16, 28, 150, 420, 40, 30),
        "large": Size("large", 13, 96, 7_400, 620, 2, 6, 13, 52, 4, 1_150, 130, 45, 80, 560, 1_500, 10, 90),
    }
)


def practice_room(size: SizeName, *, user: str, password: str) -> NewRoom:
    """The empty practice room to make, with `user` as its first account."""
    places = wordlist("places")
    room = places["rooms"][size]
    return NewRoom(
        code=room["code"],
        name=room["name"],
        station=places["station"],
        user=user,
        password=password,
        practice=True,
    )
