"""A thousand small worlds with lost, late, repeated and altered bundles, old backups, clones and wrong clocks.

`SIMULATION_SEEDS=20000` plays more of them, `SIMULATION_FIRST=17 SIMULATION_SEEDS=1` plays one; a failure names its
seed.
Two processes share the work. The few worlds on whole encrypted rooms are in `test_same_room_three_replicas.py`.
"""

from __future__ import annotations

import multiprocessing
import os
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest

from tests.simulation.playing import play, play_many

FIRST = int(os.environ.get("SIMULATION_FIRST", "1"))
COUNT = int(os.environ.get("SIMULATION_SEEDS", "1000"))
PROCESSES = min(2, os.cpu_count() or 1)
SHARE = 25


@pytest.mark.simulation
def test_worlds_agree_and_lose_nothing() -> None:
    seeds = range(FIRST, FIRST + COUNT)
    shares = [seeds[start : start + SHARE] for start in range(0, COUNT, SHARE)]
    if len(shares) == 1:
        told = play_many(shares[0])
    else:
        # Spawned and not forked: as on Windows, and no thread of this process is copied half-alive.
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(PROCESSES, mp_context=context) as pool:
            told = [one for part in pool.map(play_many, shares) for one in part]
    assert not told, "\n\n".join(told[:3])


@pytest.mark.simulation
def test_same_seed_plays_the_same_world(tmp_path: Path) -> None:
    stories = [play(7, tmp_path / str(turn)).story for turn in (1, 2)]
    assert stories[0] == stories[1]
    assert len(stories[0]) > 20
