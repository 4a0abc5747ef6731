"""Exchanges over a line that cuts, waits, keeps silent, doubles requests and breaks off between deed and answer.

`BAD_LINK=200` plays that many exchanges (CI plays a few); the seed of a run that fails is in its name.
"""

from __future__ import annotations

import os
import secrets

import pytest

from county.http import make_app
from desktop.base.errors import EnvironmentFault
from desktop.sync.network import HttpPost, Pace, exchange_by_network
from tests.helpers.bad_link import bad_link
from tests.helpers.county import ROOM_CODE, World, all_heads, all_rows, check
from tests.helpers.served import serving

EXCHANGES = int(os.environ.get("BAD_LINK", "10"))
SCOPE = f"r:{ROOM_CODE}"
# So many calls in a row may fail before a person would be told; with one fault in two that is rare.
MOST_CALLS = 30


@pytest.mark.parametrize("seed", [1, 2])
def test_line_that_does_everything_wrong_loses_and_doubles_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    play(world, monkeypatch, seed, EXCHANGES // 2)


def play(world: World, monkeypatch: pytest.MonkeyPatch, seed: int, exchanges: int) -> None:
    """Saves at two PCs and at the county between exchanges; at the end all three have the same."""
    monkeypatch.setattr("desktop.sync.network.ANSWER_SECONDS", 2.0)
    saved: list[str] = []
    rooms = [world.offices["甲机"], world.offices["乙机"]]
    with serving(make_app(world.county)) as address, bad_link(address, seed, silent_seconds=2.5) as link:
        for number in range(exchanges):
            room = rooms[number % 2]
            rows = [{"name": "张三丰", "role": "民警", "note": secrets.token_hex(140)} for _row in range(8)]
            saved += [one.id for one in room.add_many("staff_member", rows)]
            if number % 3 == 2:
                world.county.change("staff_member", saved[0], {"badge_no": str(number)})
            converge(room, link.address)
        for room in (*rooms, rooms[0]):
            converge(room, link.address)
    if exchanges >= 20:
        assert set(link.done) == set(link.faults)
    heads = all_heads(world.county, [SCOPE])
    for room in rooms:
        assert all_heads(room, [SCOPE]) == heads
        assert all_rows(room, SCOPE) == all_rows(world.county, SCOPE)
        check(room.database)
    check(world.county.database)
    assert set(saved) <= set(world.county.list_ids("staff_member"))


def converge(room: object, address: str) -> None:
    for _call in range(MOST_CALLS):
        post = HttpPost(address)
        try:
            if exchange_by_network(room.exchange(), post, pace=Pace(wait=lambda _seconds: None)).equal:  # type: ignore[attr-defined]
                return
        except EnvironmentFault as fault:
            if not fault.may_retry:
                raise
        finally:
            post.close()
    raise AssertionError("the line never let an exchange through")
