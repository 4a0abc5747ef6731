"""What one room may ask of the county, and that a room which is told to wait loses nothing."""

from __future__ import annotations

import asyncio
import gc
import secrets
import weakref

import pytest
from starlette.testclient import TestClient

from county.http import MOST_WAITING, MOST_WORKING, Crowd, make_app
from county.limits import CALLS_A_MINUTE, COUNT_AGAIN_SECONDS, Limits, used_bytes
from desktop.base.errors import EnvironmentFault, RuleBroken
from desktop.sync.network import exchange_by_network
from tests.helpers.county import ROOM_CODE, CountyPost, World, all_heads

SCOPE = f"r:{ROOM_CODE}"


def test_room_that_calls_without_end_is_told_to_wait(world: World) -> None:
    now = [0.0]
    limits = Limits(world.county, now=lambda: now[0])
    sender = world.offices["甲机"].exchange().party.certificate
    for _call in range(CALLS_A_MINUTE):
        limits.admit(sender, 100)
    now[0] = 20.0
    with pytest.raises(EnvironmentFault, match="SYN-098") as failure:
        limits.admit(sender, 100)
    assert failure.value.facts["wait_seconds"] == 41
    limits.admit(world.offices["乙机"].exchange().party.certificate, 100)
    now[0] = 60.5
    limits.admit(sender, 100)


def test_full_room_is_refused_and_others_are_not(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("county.limits.MIB", 4000)
    world.county.settings.set("room_quota_mib", 1)
    room, post = world.offices["甲机"], CountyPost(world.county)
    rows = [{"name": "张三丰", "role": "民警", "note": secrets.token_hex(150)} for _row in range(30)]
    room.add_many("staff_member", rows)
    with pytest.raises(EnvironmentFault, match="SYN-095"):
        exchange_by_network(room.exchange(), post)
    assert post.calls[-1][2] == 507
    exchange_by_network(world.offices["邻室"].exchange(), post)
    world.county.settings.set("room_quota_mib", 100)
    assert exchange_by_network(room.exchange(), post).equal
    assert all_heads(room, [SCOPE]) == all_heads(world.county, [SCOPE])


def test_space_is_counted_again_after_a_while(world: World) -> None:
    now = [0.0]
    limits = Limits(world.county, now=lambda: now[0])
    world.county.settings.set("room_quota_mib", 1)
    sender = world.offices["甲机"].exchange().party.certificate
    limits.admit(sender, 100_000)
    with pytest.raises(EnvironmentFault, match="SYN-095"):
        limits.admit(sender, 100_000)
    now[0] = COUNT_AGAIN_SECONDS
    limits.admit(sender, 100_000)


def test_space_is_that_of_the_room_alone(world: World) -> None:
    world.offices["甲机"].add("staff_member", {"name": "张三丰", "role": "民警"})
    world.by_wire("甲机")
    assert used_bytes(world.county, SCOPE) > 100
    assert used_bytes(world.county, "r:649901100202") == 0


def test_full_county_says_so_at_once(world: World) -> None:
    crowd, gate = Crowd(), asyncio.Event

    async def come() -> list[str]:
        opened = gate()

        async def one() -> str:
            try:
                async with crowd.turn():
                    await opened.wait()
            except EnvironmentFault as fault:
                return fault.code
            return ""

        jobs = [asyncio.create_task(one()) for _one in range(MOST_WORKING + MOST_WAITING + 1)]
        await asyncio.sleep(0)
        opened.set()
        return list(await asyncio.gather(*jobs))

    told = asyncio.run(come())
    assert told.count("SYN-099") == 1
    assert told.count("") == MOST_WORKING + MOST_WAITING


def test_busy_answer_tells_how_long_to_wait(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("county.limits.CALLS_A_MINUTE", 1)
    exchange = world.offices["甲机"].exchange()
    client = TestClient(make_app(world.county))
    answers = [
        client.post("/v1/exchange", content=exchange.make(exchange.county()).sealed) for _time in range(2)
    ]
    assert [one.status_code for one in answers] == [200, 429]
    assert int(answers[1].headers["retry-after"]) > 50


class Unpacked:
    """Stands for the 256 MiB that a bomb becomes before it is refused."""


def test_refused_bundle_is_let_go_of_at_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    held: list[weakref.ref[Unpacked]] = []

    def refuse(*_args: object) -> None:
        unpacked = Unpacked()
        held.append(weakref.ref(unpacked))
        raise RuleBroken("SYN-012", "太大")

    monkeypatch.setattr("county.http.answer_bundle", refuse)
    client = TestClient(make_app(world.county))
    gc.collect()
    gc.disable()
    try:
        assert [client.post("/v1/exchange", content=b"x").status_code for _time in range(3)] == [413] * 3
        assert [one() for one in held] == [None] * 3
    finally:
        gc.enable()
