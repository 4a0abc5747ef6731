"""Real processes of room and county that are killed at any moment: nothing that was acknowledged is lost.

`KILLS=250` kills so often for each kind of county database (CI a few times). The room saves, tells the id of what was
saved, and exchanges; both sides are killed without warning and started again.
"""

from __future__ import annotations

import os
import random
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field

import pytest

from desktop.base.errors import Failure
from tests.helpers.county import COUNTY, ROOM_CODE, World, all_heads, all_rows, check
from tests.helpers.rooms import PASSWORD
from tests.helpers.served import ROOT, start_county

KILLS = int(os.environ.get("KILLS", "2"))
SCOPE = f"r:{ROOM_CODE}"
# What the killed room runs. It is no `sync` command, because most of a command's life is Python that starts.
ROOM = """
import sys
from pathlib import Path
from desktop.base.clock import SystemClock
from desktop.base.errors import Failure
from tests.helpers.rooms import PASSWORD, USER, toy_rooms
office = toy_rooms(SystemClock()).open(Path(sys.argv[1]), USER, PASSWORD)
while True:
    rows = [{"name": "张三丰", "role": "民警", "note": "值班"} for _row in range(20)]
    for saved in office.add_many("staff_member", rows):
        print(saved.id, flush=True)
    try:
        office.exchange_network(server=sys.argv[2])
    except Failure as failure:
        print(failure.code, file=sys.stderr, flush=True)
"""


@dataclass
class Killed:
    """A room and a county as processes, and what the room acknowledged."""

    world: World
    listen: str
    acknowledged: list[str] = field(default_factory=list)
    county: subprocess.Popen[str] | None = None
    room: subprocess.Popen[str] | None = None
    readers: dict[int, threading.Thread] = field(default_factory=dict)

    def start(self) -> None:
        """Starts whichever does not run."""
        if self.county is None:
            self.county, _address = start_county(self.world.folder / COUNTY, self.listen)
            self.read(self.county, "stderr")
        if self.room is None:
            self.room = subprocess.Popen(
                [sys.executable, "-c", ROOM, str(self.world.folder / "甲机"), f"http://{self.listen}"],
                cwd=ROOT,
                env=os.environ | {"PYTHONPATH": str(ROOT), "JINGWUSHI_PASSWORD": PASSWORD},
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                encoding="utf-8",
            )
            self.read(self.room, "stdout")

    def read(self, process: subprocess.Popen[str], name: str) -> None:
        """Empties a process's pipe; what a room prints there was saved."""

        def reading() -> None:
            with getattr(process, name) as stream:
                for line in stream:
                    if name == "stdout" and line.endswith("\n"):
                        self.acknowledged.append(line.strip())

        thread = threading.Thread(target=reading)
        thread.start()
        self.readers[process.pid] = thread

    def kill(self, *, the_county: bool) -> None:
        """Ends one of them as a power cut does."""
        process = self.county if the_county else self.room
        if process is not None:
            process.kill()
            process.wait()
            # A county on PostgreSQL has more than one process; the pipe ends with the last of them.
            self.readers.pop(process.pid).join()
        if the_county:
            self.county = None
        else:
            self.room = None

    def end(self) -> None:
        """Ends both."""
        self.kill(the_county=False)
        self.kill(the_county=True)


@pytest.fixture
def killed(world: World) -> Iterator[Killed]:
    yield from killed_in(world)


def killed_in(world: World) -> Iterator[Killed]:
    """The two of a world, not started yet."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        listen = f"127.0.0.1:{probe.getsockname()[1]}"
    world.close_all()
    made = Killed(world, listen)
    yield made
    made.end()


def test_room_and_county_that_are_killed_lose_nothing(killed: Killed) -> None:
    play(killed, KILLS, seed=7)


def play(killed: Killed, kills: int, seed: int) -> None:
    """Kills, starts again, and at the end compares everything."""
    chance = random.Random(seed)
    for _kill in range(kills):
        killed.start()
        before = len(killed.acknowledged)
        _wait_for_work(killed, before)
        time.sleep(chance.uniform(0, 1.0))
        killed.kill(the_county=chance.random() < 0.5)
    killed.end()
    world = killed.world
    county, room = world.open(COUNTY), world.open("甲机")
    for _time in range(5):
        try:
            world.by_wire("甲机")
        except Failure as failure:
            if failure.code != "DBS-006":
                raise
    acknowledged = set(killed.acknowledged)
    assert len(acknowledged) >= 20
    assert acknowledged <= set(room.list_ids("staff_member"))
    assert acknowledged <= set(county.list_ids("staff_member"))
    assert all_heads(room, [SCOPE]) == all_heads(county, [SCOPE])
    assert all_rows(room, SCOPE) == all_rows(county, SCOPE)
    check(room.database)
    check(county.database)


def _wait_for_work(killed: Killed, before: int) -> None:
    """Until the room has saved once since both run; a start takes longer than a save."""
    for _try in range(1200):
        if len(killed.acknowledged) > before:
            return
        assert killed.room is not None
        assert killed.room.poll() is None, "the room ended by itself"
        time.sleep(0.05)
    raise AssertionError("the room saved nothing")
