"""The same moves as the worlds make, chosen by Hypothesis, which shrinks what it finds to the shortest story.

`SIMULATION_STATEFUL=300` plays more of them.
"""

from __future__ import annotations

import os
import random
import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from tests.simulation.playing import moves_of, new_world

EXAMPLES = int(os.environ.get("SIMULATION_STATEFUL", "6"))
STEPS = 25
NAMES = (
    "edit",
    "edit_stale",
    "delete",
    "add_same",
    "add_many",
    "print_paper",
    "county_list",
    "settle",
    "post",
    "carry_badly",
    "deliver",
    "call",
    "tamper",
    "misdeliver",
    "back_up",
    "restore",
    "clone",
    "revoke",
    "judge",
    "move_clock",
)


class RoomsAndCounty(RuleBasedStateMachine):
    """One county, two rooms, three PCs."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="stateful-"))
        self.world = new_world(self.folder)

    @rule(name=st.sampled_from(NAMES), draw=st.integers(0, 2**16))
    def move(self, name: str, draw: int) -> None:
        """One of the moves, with what it draws by lot."""
        self.world.chance = random.Random(draw)
        getattr(self.world, name)()

    def teardown(self) -> None:
        """Every world ends in agreement."""
        try:
            self.world.settle_down()
        finally:
            self.world.close()
            shutil.rmtree(self.folder, ignore_errors=True)


@pytest.mark.simulation
def test_any_sequence_of_moves_ends_in_agreement() -> None:
    chosen = settings(
        max_examples=EXAMPLES,
        stateful_step_count=STEPS,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(RoomsAndCounty, settings=chosen)


def test_every_move_of_the_worlds_is_a_move_here(tmp_path: Path) -> None:
    world = new_world(tmp_path)
    assert {move.__name__ for _weight, move in moves_of(world)} == set(NAMES)
    world.close()
