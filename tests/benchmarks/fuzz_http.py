"""An hour of nonsense for the county's HTTP: nothing crashes, no row changes, memory stays bounded.

FUZZ_SECONDS=3600 python -m pytest tests/benchmarks/fuzz_http.py -m benchmark -s

Raw bytes on the socket, broken HTTP, and well-formed requests whose bodies are bundles with bytes flipped, cut, joined
and repeated, bombs of zstd, headers of ten thousand stanzas, and bundles signed by a real room about things that are
not its own. The seed is printed; a status of 500 is a failure.
"""

from __future__ import annotations

import json
import os
import random
import resource
import socket
import sys
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace

import pytest
import zstandard

from county.http import make_app
from desktop.sync.bundle import BundleHead, ScopeState, Vouch, write_bundle
from desktop.sync.crypto import SUITE
from desktop.sync.exchange import Exchange
from tests.helpers.county import World, all_rows, check, counts
from tests.helpers.served import serving

pytestmark = pytest.mark.benchmark
SECONDS = float(os.environ.get("FUZZ_SECONDS", "60"))
SEED = int(os.environ.get("FUZZ_SEED", str(time.time_ns() % 1_000_000)))
PATHS = (
    "/v1/exchange",
    "/v1/enrol",
    "/v1/health",
    "/v1/blobs",
    "/v1/blobs/" + "a" * 64,
    "/",
    "/../etc",
    "/v1/%2e%2e",
)
METHODS = ("POST", "GET", "HEAD", "PATCH", "PUT", "OPTIONS", "X" * 300)
MOST_GROWTH_KIB = 400_000

Chance = random.Random


def mangled(chance: Chance, body: bytes) -> bytes:
    """A body that was one."""
    data = bytearray(body)
    for _time in range(chance.randint(1, 6)):
        place = chance.randrange(len(data) + 1)
        kind = chance.randrange(5)
        if kind == 0 and data:
            data[place % len(data)] ^= 1 << chance.randrange(8)
        elif kind == 1:
            del data[place:]
        elif kind == 2:
            data[place:place] = chance.randbytes(chance.randrange(64))
        elif kind == 3:
            data += data[place:]
        else:
            del data[place : place + chance.randrange(200)]
    return bytes(data) if data != body else bytes(data) + b"."


def sealed(plain: bytes, county: Exchange) -> bytes:
    return SUITE.seal(plain, [county.party.certificate.age_public])


def bombs(county: Exchange) -> list[bytes]:
    """Made once, so that the memory of making them is not taken for the server's."""
    plains = [bytes([byte]) * (mib * 1024 * 1024) for byte, mib in ((0, 10), (10, 10), (48, 300), (91, 300))]
    return [sealed(zstandard.ZstdCompressor(level=1).compress(plain), county) for plain in plains]


def stanzas(chance: Chance, _county: Exchange) -> bytes:
    line = b"-> X25519 " + b"A" * 43 + b"\n" + b"B" * 43 + b"\n"
    return b"age-encryption.org/v1\n" + line * chance.choice((9, 100, 10_000)) + b"--- " + b"C" * 43 + b"\n"


def nonsense_lines(chance: Chance, county: Exchange) -> bytes:
    words = ('{"v":1}', "[]", "[[[[", '"', "\0", '{"a":' * 3000, "NaN", "1e999", '["county",[],{},"00",[]]')
    plain = "\n".join(chance.choice(words) for _line in range(chance.randrange(1, 9))) + "\n"
    return sealed(zstandard.compress(plain.encode()), county)


def about_others(chance: Chance, county: Exchange, room: Exchange) -> bytes:
    """Signed by a real room, about what is not its own."""
    scope = chance.choice(("county", "r:649901100202", "r:1", "x", "r:" + "9" * 90))
    ids = tuple(chance.randbytes(32) for _one in range(chance.randrange(4)))
    head = BundleHead(
        id=SUITE.random_bytes(16).hex(),
        sender=chance.choice((room.party.device, "county", "nobody")),
        receivers=(chance.choice((county.party.device, "nobody")),),
        made=chance.choice(("", "2026-03-05T00:00:00Z", "x" * 128)),
        schema=chance.choice((0, 1, 2**31 - 1)),
        app="9" * chance.randrange(100),
        scopes={scope: ScopeState(ids, ids, ids)},
        certificate=chance.choice((dict(room.party.certificate.signed), None, [], {"body": "{}", "sig": ""})),
        extra={
            chance.choice(("certs", "revoked", "tls", "budget", "parked")): chance.choice(([{}], {}, -1, "x"))
        },
    )
    vouches = [Vouch(scope, chance.randbytes(32), room.party.device, chance.randbytes(64))]
    return write_bundle(
        head,
        (),
        vouches[: chance.randrange(2)],
        sign_secret=room.party.keys.sign_secret,
        recipients=[county.party.certificate.age_public],
    )


def raw(chance: Chance) -> bytes:
    """Bytes that are hardly HTTP."""
    starts = (
        b"GET / HTTP/1.1\r\n",
        b"POST /v1/exchange HTTP/1.1\r\nHost: x\r\n",
        b"\x16\x03\x01",
        b"PRI * HTTP/2.0\r\n",
    )
    heads = (
        b"Content-Length: -1\r\n",
        b"Content-Length: 99999999999999999999\r\n",
        b"Transfer-Encoding: chunked\r\n",
        b"Content-Length: 5\r\nContent-Length: 6\r\n",
        b"X: " + b"a" * 100_000 + b"\r\n",
    )
    told = chance.choice(starts) + b"".join(chance.choice(heads) for _one in range(chance.randrange(3)))
    return told + b"\r\n" + chance.randbytes(chance.randrange(200))


def send(address: tuple[str, int], data: bytes, *, hang_up: bool = False) -> int:
    """The status of the answer; 0 when the server closed without one. Who hangs up is not answered."""
    with closing(socket.create_connection(address, timeout=30)) as stream:
        try:
            stream.sendall(data)
            if hang_up:
                stream.shutdown(socket.SHUT_WR)
            answer = stream.recv(64)
        except OSError:
            return 0
    parts = answer.split(b" ", 2)
    return int(parts[1]) if len(parts) > 1 and parts[1].isdigit() else 0


def test_nonsense_changes_nothing(world: World) -> None:
    chance = Chance(SEED)
    county, room = world.county.exchange(), world.offices["甲机"].exchange()
    world.offices["甲机"].add("staff_member", {"name": "张三丰", "role": "民警"})
    good = room.make(room.county()).sealed
    stale = replace(world.county.place)
    kinds: dict[str, Callable[[], bytes]] = {
        "mangled": lambda: mangled(chance, good),
        "stanzas": lambda: stanzas(chance, county),
        "lines": lambda: nonsense_lines(chance, county),
        "others": lambda: about_others(chance, county, room),
        "random": lambda: chance.randbytes(chance.choice((0, 1, 100, 70_000))),
    }
    explosive = bombs(county)
    before, rows = counts(world.county), all_rows(world.county, f"r:{stale.code}")
    told: Counter[str] = Counter()
    with serving(make_app(world.county)) as server:
        host, port = server.removeprefix("http://").split(":")
        address = (host, int(port))
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            if chance.random() < 0.1:
                status = send(address, raw(chance), hang_up=True)
                told[f"raw {status}"] += 1
                continue
            name = "bomb" if chance.random() < 0.005 else chance.choice(list(kinds))
            body = chance.choice(explosive) if name == "bomb" else kinds[name]()
            path = "/v1/exchange" if chance.random() < 0.7 else chance.choice(PATHS)
            method = "POST" if chance.random() < 0.8 else chance.choice(METHODS)
            head = f"{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {len(body)}\r\n\r\n"
            status = send(address, head.encode() + body, hang_up=chance.random() < 0.1)
            told[f"{name} {status}"] += 1
            assert status != 500, (SEED, name, body[:200])
        growth = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory
        assert growth < MOST_GROWTH_KIB, growth
    # What a true bundle says of heads and requests is kept; records, commits and devices are not touched.
    after = counts(world.county)
    changed = {name for name in after if after[name] != before[name]} - {"peer", "exchange_log", "parked"}
    assert changed == set(), changed
    assert all_rows(world.county, f"r:{stale.code}") == rows
    check(world.county.database)
    found = {"seed": SEED, "requests": sum(told.values()), "growth_kib": growth, **dict(sorted(told.items()))}
    sys.stdout.write(json.dumps(found) + "\n")
