"""Every figure of the exchange in one run, beside its peers, with what it should be.

EXCHANGE_PEERS=DIR SYNC_GROWTH=10000,100000,1000000 \
    python -m pytest tests/benchmarks/exchange_all.py -m benchmark -s

Takes about half an hour. The parts may be run alone: `exchange_speed.py` a day and a new PC over loopback,
`sync_first.py` the engine alone and growth with the log, `county_400.py` rooms at eight o'clock, `blob_cut_link.py`
a scan over a line that is cut, `stick_package.py` a stick, `exchange_peers.py` PouchDB and Anki. Each prints a line
of JSON for each figure; at the end the goals of SYNC 4.4 stand in a table, with the ratio to the peers of the same
run. A goal of seconds holds for a quiet machine: `loop_s` is a plain loop of ten million additions, `load` how many
waited.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass

import pytest

from tests.benchmarks.blob_cut_link import test_scan_over_a_cut_line
from tests.benchmarks.county_400 import test_rooms_at_eight_o_clock
from tests.benchmarks.exchange_peers import (
    anki,
    peers,
    pouch,
    test_anki_first_exchange,
    test_anki_sends_a_day,
    test_pouchdb_first_exchange,
    test_pouchdb_rooms_at_eight_o_clock,
    test_pouchdb_sends_a_day,
)
from tests.benchmarks.exchange_speed import test_day_of_a_hundred_changes, test_first_exchange_of_a_new_pc
from tests.benchmarks.stick_package import test_stick_against_a_plain_copy
from tests.benchmarks.sync_first import test_first_sync_of_ten_thousand_changes, test_growth_with_the_log
from tests.helpers.figures import FIGURES, figure

__all__ = (
    "anki",
    "peers",
    "pouch",
    "test_anki_first_exchange",
    "test_anki_sends_a_day",
    "test_day_of_a_hundred_changes",
    "test_first_exchange_of_a_new_pc",
    "test_first_sync_of_ten_thousand_changes",
    "test_growth_with_the_log",
    "test_pouchdb_first_exchange",
    "test_pouchdb_rooms_at_eight_o_clock",
    "test_pouchdb_sends_a_day",
    "test_rooms_at_eight_o_clock",
    "test_scan_over_a_cut_line",
    "test_stick_against_a_plain_copy",
)
pytestmark = pytest.mark.benchmark


@dataclass(frozen=True)
class Goal:
    """One figure that must not be over `most`, and the same figure of peers."""

    words: str
    name: str
    fact: str
    most: float
    peers: tuple[tuple[str, str], ...] = ()


GOALS = (
    Goal("day of 100 changes, ms over loopback", "day", "ms", 150, (("day pouchdb", "ms"), ("day anki", "ms"))),
    Goal("day, processor ms of both sides", "day", "cpu_ms", 150, (("day pouchdb", "cpu_ms"), ("day anki", "cpu_ms"))),
    Goal("day, bytes up", "day", "up_bytes", 12_000, (("day pouchdb", "up_bytes"), ("day anki", "up_bytes"))),
    Goal("day, requests", "day", "requests", 1, (("day pouchdb", "requests"),)),
    Goal("first exchange of 10,000, s", "first", "s", 4, (("first pouchdb", "down_s"), ("first anki", "down_s"))),
    Goal("first exchange, bytes down", "first", "down_bytes", 900_000,
         (("first pouchdb", "down_bytes"), ("first anki", "down_bytes"))),
    Goal("400 rooms, s until all are done", "rooms 400", "whole_s", 60, (("rooms 400 pouchdb", "whole_s"),)),
    Goal("400 rooms, errors", "rooms 400", "errors", 0, (("rooms 400 pouchdb", "errors"),)),
    Goal("400 rooms, slowest hundredth, ms", "rooms 400", "p99_ms", 1500, (("rooms 400 pouchdb", "p99_ms"),)),
    Goal("400 rooms, processor s of the service", "rooms 400", "server_cpu_s", 15),
    Goal("20 MB scan over a cut line, times its size", "scan ours", "ratio", 1.05, (("scan tuspy", "ratio"),)),
    Goal("stick, times a plain copy (common stick)", "stick usb2", "ratio", 1.3),
    Goal("verify of 100,000 changes, processor s", "log 100000", "verify_s", 20),
)  # fmt: skip


def test_table() -> None:
    """Runs last, because it stands last."""
    lines = [line_of(goal) for goal in GOALS]
    lines += growth("rooms", "server_cpu_ms_each", "processor ms of the service for one exchange")
    lines += growth("log", "day_take_s", "processor s for taking in a day")
    sys.stdout.write("\n".join(["", *lines, ""]))


def line_of(goal: Goal) -> str:
    """The goal in words: figure, most, met or missed, ratio to each peer."""
    ours = figure(goal.name, goal.fact)
    if ours is None:
        return f"{goal.words:45} not measured"
    told = (
        f"{goal.words:45} {ours:>10,.10g}  most {goal.most:>9,g}  {'met' if ours <= goal.most else 'MISSED'}"
    )
    for name, fact in goal.peers:
        theirs = figure(name, fact)
        who = name.split()[-1]
        if theirs is None:
            told += f"  {who}: not measured"
        else:
            told += f"  {who} {theirs:,.10g}" + (f" (ours {ours / theirs:.2f} of it)" if theirs else "")
    return told


def growth(name: str, fact: str, words: str) -> list[str]:
    """One line for each size."""
    sizes = [one for one in FIGURES if one.split()[0] == name and one.split()[-1].isdigit()]
    return [f"growth, {one}: {words} {figure(one, fact):g}" for one in sizes]
