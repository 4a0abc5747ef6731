"""Save and search on a large practice room: `python -m tests.benchmarks.save_and_search HOME`.

Prints p50, p95 and p99 of saves with FULL sync beside a bare fsync of 4 KiB in the same run (the floor) and beside
arithmetic that takes as long (a shared machine stops everybody now and then), and of search as somebody types, letter
by letter, beside a LIKE scan (what a program without the index would do).
The room must have been made with `demo --size large --months 6 --home HOME`.
"""

from __future__ import annotations

import gc
import os
import random
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import select

from desktop.base.clock import SystemClock
from desktop.bootstrap import make_rooms
from desktop.cli.room import PRACTICE_PASSWORD, PRACTICE_USER
from desktop.staff.office import Office
from desktop.staff.views import Query

SAVES = 400
SEARCHES = 300


def main(home: Path) -> None:
    """Measures and prints one line for each figure."""
    password = os.environ.get("JINGWUSHI_PASSWORD", PRACTICE_PASSWORD)
    office = make_rooms(SystemClock()).open(home, PRACTICE_USER, password)
    try:
        counts = {kind.name: len(office.list_ids(kind.name)) for kind in office.registry.tops()}
        told(f"records {sum(counts.values())}")
        floor = measure(SAVES, fsync_once)
        saves = measure(SAVES, adding(office))
        show("bare fsync of 4 KiB", floor)
        show("add a visit, FULL sync", saves)
        told(f"ratio of medians to the bare fsync: {saves[len(saves) // 2] / floor[len(floor) // 2]:.1f}")
        show("as much bare arithmetic (the machine's own tail)", measure(SAVES, arithmetic(saves)))
        changes = measure(SAVES, changing(office))
        show("change a household, FULL sync", changes)
        typed = typing(office)
        show("search as you type", measure(SEARCHES, typed))
        show("the same by LIKE scan", measure(40, scanning(office)))
    finally:
        office.database.close()


def measure(times: int, once: Callable[[], None]) -> list[float]:
    """Seconds of each call, ascending; one call before does not count.

    Cycles are collected between the calls, as the window does it between what people do (`widgets/garbage.py`).
    """
    once()
    found = []
    gc.freeze()
    gc.disable()
    for _number in range(times):
        gc.collect(1)
        start = time.perf_counter()
        once()
        found.append(time.perf_counter() - start)
    gc.enable()
    return sorted(found)


def show(label: str, seconds: list[float]) -> None:
    """Prints median and tail in milliseconds."""
    at = {name: seconds[min(len(seconds) - 1, int(len(seconds) * share))] for name, share in SHARES.items()}
    told(f"{label}: " + "  ".join(f"{name} {value * 1000:.1f} ms" for name, value in at.items()))


SHARES = {"p50": 0.5, "p95": 0.95, "p99": 0.99}


def told(line: str) -> None:
    """One line of the answer."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def fsync_once() -> None:
    """What no durable save can be faster than."""
    with tempfile.NamedTemporaryFile(dir=os.environ.get("JINGWUSHI_BENCH_DISK")) as stream:
        stream.write(bytes(4096))
        stream.flush()
        os.fsync(stream.fileno())


def arithmetic(like: list[float]) -> Callable[[], None]:
    """Work that takes as long as the median of `like` and touches nothing: on a shared machine it has a tail too."""
    start = time.perf_counter()
    sum(number * number for number in range(100_000))
    loops = int(100_000 * like[len(like) // 2] / (time.perf_counter() - start))

    def once() -> None:
        sum(number * number for number in range(loops))

    return once


def adding(office: Office) -> Callable[[], None]:
    """Adds one visit."""
    staff = office.list_ids("staff_member", Query(limit=1))[0]
    raw = {"object_name": "李老三", "result": "1", "staff_ids": [staff], "opinions": "问了水渠，盼着早点修好"}

    def once() -> None:
        office.add("visit", raw)

    return once


def changing(office: Office) -> Callable[[], None]:
    """Changes one household at random."""
    dice = random.Random(7)
    ids = office.list_ids("household", Query(limit=2000))

    def once() -> None:
        office.change("household", dice.choice(ids), {"member_count": str(dice.randrange(1, 9))})

    return once


def typing(office: Office) -> Callable[[], None]:
    """One more letter of a name, of initials, of a phone's last four, of a place."""
    dice = random.Random(11)
    with office.reading() as session:
        table: Any = office.registry.kind("household").table
        names = list(session.scalars(select(table.head_name).limit(3000)))
    words = [name for name in names if name] + ["sxx", "zs", "lj", "4321", "0017", "水渠", "青石", "宅基地"]

    def once() -> None:
        word = dice.choice(words)
        office.find(word[: dice.randrange(1, len(word) + 1)])

    return once


def scanning(office: Office) -> Callable[[], None]:
    """What the jump box would cost without an index: every title looked through."""
    table: Any = office.registry.kind("household").table

    def once() -> None:
        with office.reading() as session:
            session.scalars(select(table.id).where(table.head_name.like("%三丰%")).limit(30)).all()

    return once


if __name__ == "__main__":
    main(Path(sys.argv[1]))
