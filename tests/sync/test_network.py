"""How a call is made again: pauses that grow, less at once on a bad line, and nothing where it is of no use."""

from __future__ import annotations

import secrets

import pytest

from desktop.base.errors import EnvironmentFault, Failure, Refused
from desktop.database.database import read_meta
from desktop.sync.network import (
    CLOCK_OFFSET,
    FIRST_BUDGET_BYTES,
    LEAST_BUDGET_BYTES,
    MOST_TRIES,
    Answer,
    Pace,
    exchange_by_network,
)
from desktop.sync.tables import ExchangeRow
from tests.helpers.county import DirectPost, World, all_heads


class Line:
    """A line to the county that fails the first times."""

    def __init__(self, world: World, *failures: Failure | Answer) -> None:
        self._post, self._failures = DirectPost(world.county), list(failures)
        self.sizes: list[int] = []

    def __call__(self, path: str, body: bytes) -> Answer:
        self.sizes.append(len(body))
        if self._failures:
            failure = self._failures.pop(0)
            if isinstance(failure, Failure):
                raise failure
            return failure
        return self._post(path, body)


def dropped(*, was_reached: bool = True) -> EnvironmentFault:
    return EnvironmentFault("SYN-081", "dropped", may_retry=True, was_reached=was_reached)


def patient() -> tuple[Pace, list[float]]:
    waited: list[float] = []
    return Pace(wait=waited.append, chance=lambda: 1.0), waited


def test_dropped_line_is_tried_again_after_growing_pauses(world: World) -> None:
    pace, waited = patient()
    line = Line(world, dropped(), dropped(), Answer(500, b""))
    done = exchange_by_network(world.offices["甲机"].exchange(), line, pace=pace)
    assert done.equal
    assert waited == [1.0, 2.0, 4.0]


def test_pauses_differ_from_room_to_room() -> None:
    waited: list[float] = []
    for chance in (0.0, 0.5, 1.0):
        Pace(wait=waited.append, chance=lambda told=chance: told).failed(dropped(), is_first=True)  # type: ignore[misc]
    assert waited == [0.5, 0.75, 1.0]


def test_line_that_stays_dead_is_given_up(world: World) -> None:
    pace, waited = patient()
    line = Line(world, *[dropped()] * 9)
    with pytest.raises(EnvironmentFault, match="SYN-081"):
        exchange_by_network(world.offices["甲机"].exchange(), line, pace=pace)
    assert len(line.sizes) == MOST_TRIES
    assert len(waited) == MOST_TRIES - 1


@pytest.mark.parametrize(
    "failure",
    [dropped(was_reached=False), Refused("SYN-094", "stranger"), Answer(403, b""), Answer(302, b"<html>")],
)
def test_what_waiting_does_not_mend_is_told_at_once(world: World, failure: Failure | Answer) -> None:
    pace, waited = patient()
    line = Line(world, failure)
    with pytest.raises(Failure):
        exchange_by_network(world.offices["甲机"].exchange(), line, pace=pace)
    assert (len(line.sizes), waited) == (1, [])


@pytest.mark.parametrize(("told", "waited_first"), [("3", 4.0), ("", 1.0), ("Thu, 05 Mar 2026", 1.0)])
def test_busy_county_says_how_long_to_wait(world: World, told: str, waited_first: float) -> None:
    pace, waited = patient()
    line = Line(world, Answer(503, b"", {"retry-after": told}))
    exchange_by_network(world.offices["甲机"].exchange(), line, pace=pace)
    assert waited == [waited_first]


def test_county_that_wants_long_to_be_left_alone_is_left(world: World) -> None:
    pace, waited = patient()
    line = Line(world, Answer(429, b"", {"retry-after": "60"}))
    with pytest.raises(EnvironmentFault, match="SYN-084"):
        exchange_by_network(world.offices["甲机"].exchange(), line, pace=pace)
    assert waited == []


def test_line_that_drops_gets_less_at_once() -> None:
    pace, _waited = patient()
    pace.failed(dropped(), is_first=False)
    assert pace.budget_bytes == pace.most_bytes == FIRST_BUDGET_BYTES // 4
    for _time in range(MOST_TRIES):
        pace.tries = 0
        pace.failed(dropped(), is_first=False)
    assert pace.budget_bytes == LEAST_BUDGET_BYTES
    pace.went_well(1.0)
    assert pace.budget_bytes == LEAST_BUDGET_BYTES


def test_slow_call_does_not_grow() -> None:
    pace, _waited = patient()
    pace.went_well(60.0)
    assert pace.budget_bytes == FIRST_BUDGET_BYTES


def test_every_request_stands_in_the_list_also_the_failed_ones(world: World) -> None:
    pace, _waited = patient()
    exchange_by_network(world.offices["甲机"].exchange(), Line(world, dropped()), pace=pace)
    with world.offices["甲机"].reading() as session:
        told = [row.outcome or "" for row in session.query(ExchangeRow).order_by(ExchangeRow.id)]
    assert [one.startswith("SYN-081") for one in told][-2:] == [True, False]


def test_difference_of_the_clocks_is_kept_and_nothing_follows_from_it(world: World) -> None:
    room = world.offices["甲机"]
    real = world.county.clock
    world.by_wire("甲机")
    with room.reading() as session:
        assert read_meta(session.connection(), CLOCK_OFFSET) == "0"
    assert real is room.clock
    room.add("staff_member", {"name": secrets.token_hex(4), "role": "民警"})
    world.by_wire("甲机")
    assert all_heads(room, [room.place.scope]) == all_heads(world.county, [room.place.scope])
