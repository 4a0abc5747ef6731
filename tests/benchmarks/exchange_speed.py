"""How long a day's exchange and a new PC's first exchange take over loopback, and how many bytes travel.

python -m pytest tests/benchmarks/exchange_speed.py -m benchmark -s

The day is the middle one of five; `cpu_ms` is the processor time of the room and of the county's service together.
"""

from __future__ import annotations

import statistics
import time

import pytest
from sqlalchemy import func, select

from desktop.staff.office import Office
from desktop.sync.exchange import EXCHANGES, Exchanged
from tests.benchmarks.sync_first import LAST, fill
from tests.helpers.county import COUNTY, World
from tests.helpers.figures import cpu_of, loop_s, tell
from tests.helpers.many_rooms import save_visits
from tests.helpers.server import serving

pytestmark = pytest.mark.benchmark
DAY, DAYS, MANY = 100, 5, 10_000


def timed(room: Office, address: str, server: int) -> tuple[dict[str, float], Exchanged]:
    """One exchange with what it took."""
    wall, cpu = time.perf_counter(), time.process_time() + cpu_of(server)
    done = room.exchange_network(server=address)
    cpu = time.process_time() + cpu_of(server) - cpu
    told = {"ms": (time.perf_counter() - wall) * 1000, "cpu_ms": cpu * 1000}
    return told | {"up_bytes": done.bytes_up, "down_bytes": done.bytes_down}, done


def requests_of(room: Office) -> int:
    """How many requests stand in the list of contacts."""
    with room.reading() as session:
        return session.execute(select(func.count()).select_from(EXCHANGES)).scalar_one()


def test_day_of_a_hundred_changes(world: World) -> None:
    room = world.offices["甲机"]
    world.close(COUNTY)
    with serving(world.folder / COUNTY) as (address, process):
        save_visits(room, DAY)
        room.exchange_network(server=address)
        found, before = [], requests_of(room)
        for _day in range(DAYS):
            save_visits(room, DAY)
            told, done = timed(room, address, process.pid)
            assert (done.sent, done.equal) == (DAY, True)
            found.append(told)
        requests = (requests_of(room) - before) / DAYS
        nothing, _done = timed(room, address, process.pid)
    middle = {name: round(statistics.median(one[name] for one in found)) for name in found[0]}
    tell("day", middle | {"requests": requests, "nothing_new_ms": round(nothing["ms"]), "loop_s": loop_s()})


def test_first_exchange_of_a_new_pc(world: World) -> None:
    LAST.clear()
    fill(world, MANY)
    second = world.offices["乙机"]
    world.close(COUNTY)
    with serving(world.folder / COUNTY) as (address, process):
        told, done = timed(second, address, process.pid)
    assert done.received == MANY
    facts = {name.replace("ms", "s"): round(told[name] / 1000, 2) for name in ("ms", "cpu_ms")}
    tell("first", facts | {"up_bytes": done.bytes_up, "down_bytes": done.bytes_down, "loop_s": loop_s()})
