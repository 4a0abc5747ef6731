"""The county's exchange over HTTP: its statuses, in the application and in a real server process on loopback."""

from __future__ import annotations

import json
import os
import secrets
import signal
import socket
from contextlib import closing

import httpx2
import pytest
from starlette.testclient import TestClient

from county.enrolment import approve, list_devices, open_slot, revoke
from county.http import make_app
from county.serve import serve
from desktop.base.errors import EnvironmentFault, Failure, Refused, RuleBroken
from desktop.staff.joining import ask_in
from desktop.sync.crypto import MAX_SEALED_BYTES
from desktop.sync.network import Answer, HttpPost, exchange_by_network
from tests.helpers.county import COUNTY, ROOM_CODE, CountyPost, World, all_heads, check
from tests.helpers.server import serving

SCOPE = f"r:{ROOM_CODE}"


@pytest.fixture
def client(world: World) -> TestClient:
    return TestClient(make_app(world.county))


def bundle_of(world: World, name: str) -> bytes:
    exchange = world.offices[name].exchange()
    return exchange.make(exchange.county()).sealed


def status_of(client: TestClient, body: bytes, path: str = "/v1/exchange") -> tuple[int, str]:
    response = client.post(path, content=body)
    return response.status_code, "" if response.status_code < 300 else response.json()["error"]["code"]


def test_health_tells_version_and_time_and_nothing_about_rooms(client: TestClient) -> None:
    told = client.get("/v1/health").json()
    assert set(told) == {"version", "bundle", "time", "practice"}
    assert told["time"] == "2026-03-05T00:00:00Z"


def test_exchange_answers_each_failure_with_its_status(world: World, client: TestClient) -> None:
    assert status_of(client, b"") == (400, "SYN-011")
    assert status_of(client, b"x" * (MAX_SEALED_BYTES + 1)) == (413, "SYN-012")
    good = bundle_of(world, "甲机")
    assert status_of(client, good[:-1]) == (400, "SYN-011")
    assert status_of(client, good) == (200, "")
    revoke(world.county, world.offices["甲机"].exchange().party.device, "电脑丢失")
    assert status_of(client, bundle_of(world, "甲机")) == (403, "SYN-071")
    assert client.get("/v1/exchange").status_code == 405


def test_full_disk_at_the_county_is_told_so_that_the_room_keeps_its_data(
    world: World, client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_args: object, **_rest: object) -> None:
        raise EnvironmentFault("DBS-001", "full", may_retry=True)

    monkeypatch.setattr("desktop.sync.exchange.new_words", full)
    assert status_of(client, bundle_of(world, "甲机")) == (507, "DBS-001")


def test_repeated_request_is_answered_again_and_takes_nothing_in_twice(
    world: World, client: TestClient
) -> None:
    world.offices["甲机"].add("staff_member", {"name": "张三丰", "role": "民警"})
    sealed = bundle_of(world, "甲机")
    room = world.offices["甲机"].exchange()
    for _time in range(2):
        answer = client.post("/v1/exchange", content=sealed)
        room.take(answer.content)
    assert room.is_equal(room.county())
    check(world.county.database)


def test_request_over_the_network_waits_for_a_person(world: World, client: TestClient) -> None:
    slot = open_slot(world.county, ROOM_CODE, "石桥村警务室")
    asked = ask_in(world.offices["乙机"], slot.data)
    assert client.post("/v1/enrol", content=asked.request).status_code == 202
    approve(world.county, asked.request)
    assert client.post("/v1/enrol", content=asked.request).status_code == 200
    again = ask_in(world.offices["邻室"], open_slot(world.county, "649901100202", "柳树村警务室").data)
    revoke(world.county, next_slot(world), "收回")
    assert status_of(client, again.request, "/v1/enrol") == (403, "SYN-073")


def next_slot(world: World) -> str:
    return next(str(one["device"]) for one in list_devices(world.county) if one["state"] == "slot")


def test_room_set_to_sticks_only_opens_no_connection(world: World) -> None:
    room = world.offices["甲机"]
    room.settings.set("stick_only", True)
    with pytest.raises(Refused, match="SYN-080"):
        room.exchange_network(server="http://127.0.0.1:1")


def test_room_without_an_address_is_told(world: World) -> None:
    with pytest.raises(RuleBroken, match="SYN-090"):
        world.offices["甲机"].exchange_network()


@pytest.mark.parametrize(
    "address", ["10.0.0.1:80", "ftp://10.0.0.1", "https://u:p@10.0.0.1", "https://", "http://[1"]
)
def test_address_that_is_none_is_told(address: str) -> None:
    with pytest.raises(RuleBroken, match="SYN-089"):
        HttpPost(address)


def test_nobody_listening_may_be_tried_again(world: World) -> None:
    with pytest.raises(EnvironmentFault, match="SYN-081") as failure:
        world.offices["甲机"].exchange_network(server="http://127.0.0.1:9")
    assert failure.value.may_retry


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (401, "SYN-085"),
        (403, "SYN-085"),
        (426, "SYN-086"),
        (413, "SYN-087"),
        (429, "SYN-084"),
        (503, "SYN-084"),
        (500, "SYN-088"),
        (507, "SYN-088"),
        (302, "SYN-083"),
        (404, "SYN-083"),
    ],
)
def test_every_status_becomes_a_sentence(world: World, status: int, code: str) -> None:
    exchange = world.offices["甲机"].exchange()
    with pytest.raises(Failure, match=code):
        exchange_by_network(exchange, lambda _path, _body: Answer(status, b"<html>"))


def test_answer_that_is_no_bundle_changes_nothing(world: World) -> None:
    exchange = world.offices["甲机"].exchange()
    with pytest.raises(Failure, match="SYN-011"):
        exchange_by_network(exchange, lambda _path, _body: Answer(200, b"hello"))
    assert all_heads(world.offices["甲机"]) == {}


def test_large_work_goes_in_several_requests_that_shrink_when_refused(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("desktop.sync.network.FIRST_BUDGET_BYTES", 16_000)
    monkeypatch.setattr("desktop.sync.network.LEAST_BUDGET_BYTES", 1000)
    room = world.offices["甲机"]
    for _number in range(12):
        room.add("staff_member", {"name": "张三丰", "role": "民警", "note": secrets.token_hex(140)})
    post = CountyPost(world.county)
    refused: list[int] = []

    def narrow(path: str, body: bytes) -> Answer:
        if len(body) > 2500:
            refused.append(len(body))
            return Answer(413, b"")
        return post(path, body)

    done = exchange_by_network(room.exchange(), narrow)
    assert len(refused) == 1
    assert len(post.calls) > 2
    assert (done.sent, done.equal) == (12, True)
    assert all_heads(world.county) == all_heads(room)


# -- the real server -----------------------------------------------------------------------------------------------


def test_room_exchanges_with_a_real_server_which_then_stops_in_peace(world: World) -> None:
    world.close(COUNTY)
    room = world.offices["甲机"]
    room.add("staff_member", {"name": "张三丰", "role": "民警"})
    with serving(world.folder / COUNTY) as (address, process):
        done = room.exchange_network(server=address)
        assert (done.sent, done.received, done.equal) == (1, 0, True)
        health = httpx2.get(f"{address}/v1/health", trust_env=False)
        assert health.status_code == 200
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == (0 if os.name == "posix" else 1)
    log = (world.folder / COUNTY / "logs" / "jingwushi.log").read_text(encoding="utf-8")
    assert {json.loads(line).get("status") for line in log.splitlines() if '"request"' in line} == {"200"}
    assert "张三丰" not in log
    world.open(COUNTY)
    assert all_heads(world.county, [SCOPE]) == all_heads(room, [SCOPE])
    check(world.county.database)


def test_taken_port_is_told(world: World) -> None:
    with closing(socket.socket()) as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        with pytest.raises(EnvironmentFault, match="SYN-092"):
            serve(world.county, f"127.0.0.1:{other.getsockname()[1]}")
    with pytest.raises(RuleBroken, match="SYN-091"):
        serve(world.county, "8080")
