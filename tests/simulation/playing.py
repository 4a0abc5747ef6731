"""Plays worlds: `play(seed, folder)` plays one, the same one for the same seed, and raises what broke it."""

from __future__ import annotations

import atexit
import functools
import random
import shutil
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from sqlalchemy import update

from desktop.database.record import COUNTY_SCOPE
from desktop.sync.crypto import SUITE
from desktop.sync.parties import DEVICES, keep_device
from tests.helpers.clock import FixedClock
from tests.simulation.replicas import ISSUED, make_replica, make_template, open_replica, party_of
from tests.simulation.worlds import PLACES, World

STEPS = 30


def moves_of(world: World) -> list[tuple[int, Callable[[], object]]]:
    """What may happen, by how often."""
    return [
        (16, world.edit),
        (4, world.edit_stale),
        (3, world.delete),
        (2, world.add_same),
        (1, world.add_many),
        (4, world.print_paper),
        (2, world.county_list),
        (4, world.settle),
        (6, world.post),
        (3, world.carry_badly),
        (14, world.deliver),
        (8, world.call),
        (1, world.tamper),
        (1, world.misdeliver),
        (2, world.back_up),
        (2, world.restore),
        (1, world.clone),
        (1, world.revoke),
        (2, world.judge),
        (1, world.move_clock),
    ]


def new_world(folder: Path, seed: int = 1) -> World:
    """A county and its PCs just after enrolment, in an empty folder; the caller closes it."""
    clock = FixedClock()
    world = World(seed, folder, random.Random(seed), clock)
    for name, start in fresh_disks().items():
        shutil.copytree(start, folder / name)
        letter, scope = PLACES[name]
        world.disks[name] = open_replica(name, folder / name, party_of(name, letter, scope), clock)
    return world


def play(seed: int, folder: Path, steps: int = STEPS) -> World:
    """Plays one world in an empty folder.

    Errors:  BrokenWorldError, with the invariant and the story.
    """
    world = new_world(folder, seed)
    # What is drawn by lot in the product is drawn from the seed, so that the same seed plays the same world.
    setattr(SUITE, "random_bytes", world.chance.randbytes)  # noqa: B010 - a plain assignment to a method is no type
    try:
        moves = moves_of(world)
        # Each world does some things often and leaves others out: that finds more than all of them evenly mixed.
        weights = [weight * world.chance.choice((0, 1, 1, 4)) for weight, _move in moves]
        weights[0] += 4
        # With dice of their own, so that everything else in a world stays what it was.
        turns = random.Random(f"keys {seed}")
        for move in world.chance.choices([one for _weight, one in moves], weights, k=steps):
            if turns.random() < 0.03:
                world.turn_keys(stolen=turns.random() < 0.5)
            move()
        world.settle_down()
    finally:
        delattr(SUITE, "random_bytes")
        world.close()
    return world


@functools.cache
def fresh_disks() -> dict[str, Path]:
    """A disk of each device just after enrolment, made once in a process: worlds take copies."""
    folder = Path(tempfile.mkdtemp(prefix="worlds-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    make_template(folder / "template")
    parties = {name: party_of(name, letter, scope) for name, (letter, scope) in PLACES.items()}
    for name, party in parties.items():
        made = make_replica(folder / "template", folder / name, party, FixedClock())
        with made.database.writing() as connection:
            for other in parties.values():
                if made.is_county or other.scope in {made.scope, COUNTY_SCOPE}:
                    keep_device(connection, other.certificate, other.county, ISSUED)
            if made.is_county:
                # As after an approval.
                connection.execute(update(DEVICES).values(token="used"))
        made.close()
    return {name: folder / name for name in parties}


def play_many(seeds: Sequence[int], most_told: int = 3) -> list[str]:
    """Plays worlds one after another; gives the story of each that is broken, a few at most."""
    told: list[str] = []
    for seed in seeds:
        folder = Path(tempfile.mkdtemp(prefix="world-"))
        try:
            play(seed, folder)
        except Exception as error:  # noqa: BLE001 - whatever breaks a world is a finding, told with its seed
            told.append(f"SIMULATION_FIRST={seed} SIMULATION_SEEDS=1: {type(error).__name__}: {error}")
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        if len(told) >= most_told:
            break
    return told
