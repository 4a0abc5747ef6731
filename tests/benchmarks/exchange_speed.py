"""How long a day's exchange and a new PC's first exchange take, and how many bytes travel.

python -m pytest tests/benchmarks/exchange_speed.py -m benchmark -s
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from desktop.staff.office import Office
from desktop.staff.records import new_row
from tests.helpers.county import COUNTY, World
from tests.helpers.rooms import PASSWORD, USER

pytestmark = pytest.mark.benchmark
ROOT = Path(__file__).resolve().parents[2]
DAY, MANY = 100, 2_000


@contextmanager
def serving(home: Path) -> Iterator[str]:
    words = ["--home", str(home), "--user", USER, "county", "serve", "--listen", "127.0.0.1:0"]
    environment = os.environ | {"JINGWUSHI_PASSWORD": PASSWORD}
    with subprocess.Popen(
        [sys.executable, "-m", "desktop", *words],
        cwd=ROOT,
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        try:
            yield f"http://{process.stderr.readline().split()[1]}"
        finally:
            process.terminate()


def visit(number: int) -> dict[str, str]:
    return {
        "place": f"石桥村{number % 12 + 1}组",
        "object_name": "张三丰",
        "opinions": f"第{number}户：近期无陌生人来往，提醒防范电信诈骗，查看灶房用电，家中老人身体尚可。",
    }


def work(office: Office, count: int) -> None:
    """Saves visits as a form does, one commit each, without what only a form asks for."""
    kind = office.registry.kind("visit")
    for number in range(count):
        with office.working() as run:
            new_row(run, kind, visit(number) | {"visited_on": run.today})


def test_speed_of_exchange(world: World) -> None:
    room = world.offices["甲机"]
    world.close(COUNTY)
    told: dict[str, object] = {}
    with serving(world.folder / COUNTY) as address:
        room.exchange_network(server=address)
        work(room, DAY)
        started = time.perf_counter()
        done = room.exchange_network(server=address)
        told["day_ms"] = round((time.perf_counter() - started) * 1000)
        told["day_bytes_up"], told["day_bytes_down"] = done.bytes_up, done.bytes_down
        started = time.perf_counter()
        room.exchange_network(server=address)
        told["nothing_new_ms"] = round((time.perf_counter() - started) * 1000)
        work(room, MANY)
        started = time.perf_counter()
        done = room.exchange_network(server=address)
        told["many_up_ms"] = round((time.perf_counter() - started) * 1000)
        told["many_bytes_up"] = done.bytes_up
        second = world.offices["乙机"]
        started = time.perf_counter()
        done = second.exchange_network(server=address)
        told["many_down_ms"] = round((time.perf_counter() - started) * 1000)
        told["many_bytes_down"] = done.bytes_down
        assert done.received == DAY + MANY
    sys.stdout.write(json.dumps(told) + "\n")
