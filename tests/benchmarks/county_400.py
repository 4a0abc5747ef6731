"""Eight o'clock: many rooms with a day's work each call one county on PostgreSQL over HTTP.

python -m pytest tests/benchmarks/county_400.py -m benchmark -s

`COUNTY_ROOMS=1,10,100,400` are the sizes, `COUNTY_SECONDS=40` over how many seconds the largest spreads its calls; a
smaller one takes its share of them. Times are of the whole request over loopback; the same Python loop is timed in the
same run, so that runs on a busy machine can be compared.
"""

from __future__ import annotations

import os
import random
import secrets
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest

from desktop.base.clock import SystemClock
from desktop.base.errors import Failure
from desktop.database.columns import write_instant
from desktop.staff.office import Office
from desktop.sync.network import EXCHANGE_PATH, HttpPost
from tests.helpers import postgres
from tests.helpers.county import COUNTY, found_county
from tests.helpers.figures import cpu_of, loop_s, tell
from tests.helpers.many_rooms import ThinRoom, bundle_of, days_work, enrol_many, save_visits, saves_of
from tests.helpers.rooms import PASSWORD, ROOM, USER, toy_rooms

pytestmark = pytest.mark.benchmark
ROOT = Path(__file__).resolve().parents[2]
CHANGES = 100
ROOMS = [int(one) for one in os.environ.get("COUNTY_ROOMS", "1,10,100,400").split(",")]
SECONDS = float(os.environ.get("COUNTY_SECONDS", "40"))
CLIENTS = 32
# As a county would run it: what is answered is on the disk.
DURABLE = {
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "shared_buffers": "128MB",
    "max_connections": "60",
}


@contextmanager
def serving(home: Path) -> Iterator[tuple[str, int]]:
    words = ["--home", str(home), "--user", USER, "county", "serve", "--listen", "127.0.0.1:0"]
    environment = os.environ | {"JINGWUSHI_PASSWORD": PASSWORD}
    with subprocess.Popen(
        [sys.executable, "-m", "desktop", *words],
        cwd=ROOT,
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    ) as process:
        assert process.stderr is not None
        try:
            yield f"http://{process.stderr.readline().split()[1]}", process.pid
        finally:
            process.terminate()


@dataclass
class Told:
    """What one size of county took."""

    seconds: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    up_bytes: int = 0
    down_bytes: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def summary(self, rooms: int, whole: float, cpu: float) -> dict[str, object]:
        took = sorted(self.seconds)
        return {
            "rooms": rooms,
            "errors": len(self.errors),
            "error_kinds": sorted(set(self.errors)),
            "whole_s": round(whole, 2),
            "p50_ms": round(took[len(took) // 2] * 1000),
            "p99_ms": round(took[min(len(took) - 1, int(len(took) * 0.99))] * 1000),
            "most_ms": round(took[-1] * 1000),
            "server_cpu_s": round(cpu, 2),
            "server_cpu_ms_each": round(cpu / rooms * 1000, 1),
            "up_bytes_each": self.up_bytes // rooms,
            "down_bytes_each": self.down_bytes // rooms,
        }


def call_all(address: str, bodies: Sequence[bytes], seconds: float) -> tuple[Told, float]:
    """Every room calls once, at its own moment within the seconds."""
    told, chance = Told(), random.Random(8)
    moments = sorted(chance.uniform(0, seconds) for _one in bodies)
    local = threading.local()
    posts: list[HttpPost] = []
    started = time.perf_counter()

    def call(moment: float, body: bytes) -> None:
        post = getattr(local, "post", None)
        if post is None:
            post = local.post = HttpPost(address)
            posts.append(post)
        time.sleep(max(0.0, moment - (time.perf_counter() - started)))
        begun = time.perf_counter()
        try:
            answer = post(EXCHANGE_PATH, body)
            trouble = "" if answer.status == 200 else str(answer.status)
            size = len(answer.body)
        except Failure as failure:
            trouble, size = failure.code, 0
        with told.lock:
            told.seconds.append(time.perf_counter() - begun)
            told.up_bytes += len(body)
            told.down_bytes += size
            if trouble:
                told.errors.append(trouble)

    with ThreadPoolExecutor(min(CLIENTS, len(bodies))) as pool:
        for job in [pool.submit(call, *one) for one in zip(moments, bodies, strict=True)]:
            job.result()
    for post in posts:
        post.close()
    return told, time.perf_counter() - started


def bodies_for(county: Office, thin: Sequence[ThinRoom], saves: Sequence[Sequence[object]]) -> list[bytes]:
    exchange, at = county.exchange(), write_instant(county.clock.now())
    return [bundle_of(one, days_work(one, saves, at, county.clock), exchange) for one in thin]  # type: ignore[arg-type]


def test_rooms_at_eight_o_clock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres, "SETTINGS", postgres.SETTINGS | DURABLE)
    clock = SystemClock()
    rooms = toy_rooms(clock)
    source = rooms.create(tmp_path / "室", ROOM).office
    save_visits(source, CHANGES)
    saves = saves_of(source)
    source.database.close()
    with postgres.running_server() as url:
        name = f"county_{secrets.token_hex(4)}"
        with psycopg.connect(url.replace("+psycopg", "", 1) + "/postgres", autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}".encode())
        county = found_county(rooms, tmp_path / COUNTY, f"{url}/{name}")
        groups, first = [], 1
        for size in ROOMS:
            thin = enrol_many(county, size, first=first)
            groups.append(bodies_for(county, thin, saves))
            first += size
        warm = bodies_for(county, enrol_many(county, 1, first=first), saves)
        county.database.close()
        with serving(tmp_path / COUNTY) as (address, pid):
            call_all(address, warm, 0)
            for bodies in groups:
                before, speed = cpu_of(pid), loop_s()
                told, whole = call_all(address, bodies, SECONDS * len(bodies) / max(ROOMS))
                found = told.summary(len(bodies), whole, cpu_of(pid) - before)
                tell(f"rooms {len(bodies)}", found | {"loop_s": [speed, loop_s()]})
                assert not told.errors
        county = rooms.open(tmp_path / COUNTY, USER, PASSWORD)
        county.database.catch_up_index()
        assert len(county.list_ids("visit")) == CHANGES * (sum(ROOMS) + 1)
        county.database.close()
