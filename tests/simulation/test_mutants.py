"""Every planted bug is found by the worlds, and soon.

Each is looked for first in the world that is known to show it (`found_at`); when the worlds have changed since, the
first 500 are played until one shows it. `SIMULATION_MUTANT_SEARCH=1` searches from the first world and prints where
each was found.
"""

from __future__ import annotations

import os

import pytest

from tests.simulation.mutants import MUTANTS, planted
from tests.simulation.playing import play_many

MOST_SEEDS = 500
SEARCHES = bool(os.environ.get("SIMULATION_MUTANT_SEARCH"))


def test_at_least_fifteen_bugs_are_planted() -> None:
    assert len(MUTANTS) >= 15
    assert all(1 <= one.found_at <= MOST_SEEDS for one in MUTANTS.values())


@pytest.mark.simulation
@pytest.mark.parametrize("name", MUTANTS)
def test_planted_bug_is_found(name: str) -> None:
    known = [] if SEARCHES else [MUTANTS[name].found_at]
    with planted(name):
        for seed in [*known, *range(1, MOST_SEEDS + 1)]:
            if play_many([seed]):
                return
    pytest.fail(f"{name} lived through {MOST_SEEDS} worlds")
