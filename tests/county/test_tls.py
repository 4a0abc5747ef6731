"""The county's own authority: rooms believe in it and in nobody else, whatever the date, and follow when it changes."""

from __future__ import annotations

import ssl
from contextlib import closing
from datetime import timedelta

import httpx2
import pytest

from county.enrolment import open_slot
from county.http import make_app
from county.tls import ensure_authority, fingerprints, finish_rotation, server_context, start_rotation
from desktop.base.errors import EnvironmentFault, Refused, RuleBroken
from desktop.staff.office import Office
from desktop.sync.network import HttpPost
from desktop.sync.pins import Pins, client_context, load_pins, read_pins
from tests.helpers.clock import FixedClock
from tests.helpers.county import ROOM_CODE, World, found_county
from tests.helpers.served import serving


def pins_of(office: Office) -> Pins | None:
    with office.reading() as session:
        return load_pins(session.connection())


def test_room_exchanges_over_tls_whatever_its_date(world: World, clock: FixedClock) -> None:
    room = world.offices["甲机"]
    room.add("staff_member", {"name": "张三丰", "role": "民警"})
    with serving(make_app(world.county), server_context(world.county)) as address:
        for years in (0, -20, 90):
            clock.move(timedelta(days=365 * years))
            assert room.exchange_network(server=address).equal


def test_server_of_another_authority_is_sent_nothing(world: World) -> None:
    other = found_county(world.rooms, world.folder / "别的县")
    asked: list[str] = []

    async def listen(scope: dict[str, object], _receive: object, _send: object) -> None:
        asked.append(str(scope["type"]))

    with serving(listen, server_context(other)) as address:  # type: ignore[arg-type]
        with pytest.raises(Refused, match="SYN-094"):
            world.offices["甲机"].exchange_network(server=address)
        with pytest.raises(httpx2.ConnectError):
            httpx2.get(f"{address}/v1/health", trust_env=False)
    assert asked == []
    with world.offices["甲机"].reading() as session:
        told = (
            session.connection()
            .exec_driver_sql("SELECT address, outcome, sent_count FROM exchange_log")
            .all()
        )
    assert [(one.address, one.outcome[:7], one.sent_count) for one in told][-1:] == [(address, "SYN-094", 0)]
    other.database.close()


def test_plain_server_behind_an_https_address_is_not_believed(world: World) -> None:
    with serving(make_app(world.county), None) as address, pytest.raises(EnvironmentFault, match="SYN-081"):
        world.offices["甲机"].exchange_network(server=address.replace("http:", "https:"))


def test_room_without_the_countys_authority_calls_nobody() -> None:
    with pytest.raises(Refused, match="SYN-093"):
        HttpPost("https://127.0.0.1:9")


def test_address_in_the_clear_is_allowed_within_this_pc_only() -> None:
    with pytest.raises(RuleBroken, match="SYN-089"):
        HttpPost("http://10.0.0.1:8080")
    with closing(HttpPost("http://127.0.0.1:8080")) as post:
        assert post.server == "http://127.0.0.1:8080"


def test_new_authority_reaches_the_rooms_before_the_old_one_goes(world: World) -> None:
    room, late = world.offices["甲机"], world.offices["乙机"]
    start_rotation(world.county)
    with pytest.raises(RuleBroken, match="SYN-096"):
        start_rotation(world.county)
    with serving(make_app(world.county), server_context(world.county)) as address:
        room.exchange_network(server=address)
    told = pins_of(room)
    assert told is not None
    assert (told.number, len(told.authorities)) == (2, 2)
    finish_rotation(world.county)
    with serving(make_app(world.county), server_context(world.county)) as address:
        room.exchange_network(server=address)
        assert pins_of(room) == pins_of(world.county)
        with pytest.raises(Refused, match="SYN-094"):
            late.exchange_network(server=address)
        late.add("staff_member", {"name": "张三丰", "role": "民警"})
        world.by_stick("乙机", "县局", "乙机")
        assert late.exchange_network(server=address).equal
    with pytest.raises(RuleBroken, match="SYN-096"):
        finish_rotation(world.county)


def test_old_bundle_brings_no_old_authority_back(world: World) -> None:
    exchange, room = world.county.exchange(), world.offices["甲机"].exchange()
    old = exchange.make(room.party.certificate)
    start_rotation(world.county)
    room.take(world.county.exchange().make(room.party.certificate).sealed)
    room.take(old.sealed)
    assert pins_of(world.offices["甲机"]) == pins_of(world.county)


def test_slot_names_the_authority(world: World) -> None:
    slot = open_slot(world.county, ROOM_CODE, "石桥村警务室").slot
    assert slot.pins == ensure_authority(world.county)
    assert len(fingerprints(ensure_authority(world.county))) == 1


@pytest.mark.parametrize(
    "told",
    [
        [],
        {},
        {"number": 0, "authorities": ["AA=="]},
        {"number": True, "authorities": ["AA=="]},
        {"number": 1, "authorities": []},
        {"number": 1, "authorities": ["AA=="] * 5},
        {"number": 1, "authorities": ["?"]},
        {"number": 1, "authorities": [""]},
        {"number": 1, "authorities": "AA=="},
    ],
)
def test_authorities_that_are_none_are_refused(told: object) -> None:
    with pytest.raises(RuleBroken, match="SYN-040"):
        read_pins(told)  # type: ignore[arg-type]


def test_system_authorities_are_not_believed(world: World) -> None:
    context = client_context(pins_of(world.offices["甲机"]))
    assert len(context.get_ca_certs()) == 1
    assert context.minimum_version == ssl.TLSVersion.TLSv1_3
