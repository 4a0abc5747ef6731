"""One room on two PCs and at the county: edits everywhere, exchanges that are lost, repeated and late, old backups.

A world is played from its seed alone, so a failing one can be played again. `SIMULATION_ROOMS=200` plays more of them;
`SIMULATION_FIRST=17 SIMULATION_ROOMS=1` plays one. These are whole encrypted rooms; `test_worlds.py` plays many more
worlds on the engine alone.
"""

from __future__ import annotations

import json
import os
import random
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from desktop.base.errors import EnvironmentFault
from desktop.database.record import COUNTY_SCOPE
from desktop.staff.office import Office
from desktop.sync.log import COMMITS
from desktop.sync.network import Answer, exchange_by_network
from tests.helpers.clock import FixedClock
from tests.helpers.county import COUNTY, ROOM_CODE, DirectPost, World, all_heads, all_rows, check
from tests.helpers.rooms import toy_rooms
from tests.simulation.meaning import seen_by

SCOPE = f"r:{ROOM_CODE}"
REPLICAS = ("甲机", "乙机", COUNTY)
STEPS = 30
FIRST = int(os.environ.get("SIMULATION_FIRST", "1"))
SEEDS = range(FIRST, FIRST + int(os.environ.get("SIMULATION_ROOMS", "8")))
FIELDS = ("phone", "badge_no", "note")


class BadLine:
    """A network that loses requests, loses answers after the county has taken the request in, and sends twice."""

    def __init__(self, county: Office, chance: random.Random) -> None:
        self._post = DirectPost(county)
        self._chance = chance

    def __call__(self, path: str, body: bytes) -> Answer:
        luck = self._chance.random()
        if luck < 0.15:
            raise EnvironmentFault("SYN-081", "request lost", may_retry=True)
        answer = self._post(path, body)
        if luck < 0.3:
            raise EnvironmentFault("SYN-081", "answer lost", may_retry=True)
        if luck < 0.4:
            answer = self._post(path, body)
        return answer


class Play:
    """One world that is played step by step."""

    def __init__(self, world: World, seed: int, folder: Path) -> None:
        self.world = world
        self.folder = folder
        self.chance = random.Random(seed)
        self.line = BadLine(world.county, self.chance)
        self.sticks = [folder / f"盘{number}" for number in (1, 2)]
        self.old_sticks: list[Path] = []
        self.saved: set[bytes] = set()
        self.backup: Path | None = None
        for stick in self.sticks:
            stick.mkdir()

    def run(self) -> None:
        moves: list[tuple[int, Callable[[], None]]] = [
            (8, self.edit),
            (2, self.settle),
            (5, self.visit),
            (4, self.call),
            (1, self.keep_stick),
            (1, self.old_stick_again),
            (1, self.wipe_stick),
            (1, self.back_up),
            (1, self.restore),
        ]
        weights = [weight for weight, _move in moves]
        for _step in range(STEPS):
            self.chance.choices([move for _weight, move in moves], weights)[0]()
        self.settle_down()

    # -- people ------------------------------------------------------------------------------------------------

    def edit(self) -> None:
        office = self.world.offices[self.chance.choice(REPLICAS[:2])]
        known = office.list_ids("staff_member")
        if not known or self.chance.random() < 0.3:
            office.add("staff_member", {"name": "张三丰", "role": "民警"})
        else:
            contested = {(one.record_id, one.field) for one in office.open_conflicts()}
            record, field = self.chance.choice(known), self.chance.choice(FIELDS)
            if (record, field) in contested:
                return
            office.change("staff_member", record, {field: f"1200000{self.chance.randrange(10**4):04d}"})
        self.saved |= set(all_heads(office)[SCOPE])

    def settle(self) -> None:
        office = self.world.offices[self.chance.choice(REPLICAS)]
        waiting = office.open_conflicts()
        if waiting:
            one, take = self.chance.choice(waiting), self.chance.choice(["left", "right"])
            office.settle({one.id: take}, "核实过")
            self.saved |= set(all_heads(office)[SCOPE])

    # -- exchange ----------------------------------------------------------------------------------------------

    def visit(self) -> None:
        self.world.offices[self.chance.choice(REPLICAS)].exchange_stick(self.chance.choice(self.sticks))

    def call(self) -> None:
        office = self.world.offices[self.chance.choice(REPLICAS[:2])]
        try:
            exchange_by_network(office.exchange(), self.line)
        except EnvironmentFault:
            # The line dropped; whoever is at the PC calls again some other time.
            return

    def keep_stick(self) -> None:
        copy = self.folder / f"旧盘{len(self.old_sticks)}"
        shutil.copytree(self.chance.choice(self.sticks), copy)
        self.old_sticks.append(copy)

    def old_stick_again(self) -> None:
        if self.old_sticks:
            shutil.copytree(
                self.chance.choice(self.old_sticks), self.chance.choice(self.sticks), dirs_exist_ok=True
            )

    def wipe_stick(self) -> None:
        stick = self.chance.choice(self.sticks)
        shutil.rmtree(stick)
        stick.mkdir()

    # -- disks -------------------------------------------------------------------------------------------------

    def back_up(self) -> None:
        self.world.offices["甲机"].database.engine.dispose()
        self.backup = self.folder / "备份"
        shutil.rmtree(self.backup, ignore_errors=True)
        shutil.copytree(self.world.folder / "甲机", self.backup)

    def restore(self) -> None:
        """The files of an old backup copied back by hand: the program is not told."""
        if self.backup is None:
            return
        self.world.put_back("甲机", self.backup)
        # What was nowhere else is gone with the disk.
        self.saved &= set().union(*(commits_of(office) for office in self.world.offices.values()))

    # -- the end -----------------------------------------------------------------------------------------------

    def settle_down(self) -> None:
        for name in ("甲机", "乙机") * 3:
            self.world.by_wire(name)
        first, *others = [self.world.offices[name] for name in REPLICAS]
        for office in others:
            assert all_heads(office, [SCOPE, COUNTY_SCOPE]) == all_heads(first, [SCOPE, COUNTY_SCOPE])
            assert all_rows(office, SCOPE) == all_rows(first, SCOPE)
        for office in (first, *others):
            assert self.saved <= commits_of(office)
            assert shown_conflicts(office) == living_values(office)
            check(office.database)


def shown_conflicts(office: Office) -> dict[tuple[str, str], set[str]]:
    """Record and field → the values that wait for a person."""
    return {
        (one.record_id, one.field): {json.dumps(side.value) for side in one.sides}
        for one in office.open_conflicts()
    }


def living_values(office: Office) -> dict[tuple[str, str], set[str]]:
    """The same from the log by the definition alone: values that no later writer of the field had seen, if several."""
    ops: dict[str, dict[str, tuple[list[str], dict[str, object]]]] = {}
    with office.reading() as session:
        for row in session.connection().execute(
            select(COMMITS.c.id, COMMITS.c.ops).where(COMMITS.c.scope == SCOPE)
        ):
            for _table, record, parents, fields in json.loads(row.ops):
                ops.setdefault(record, {})[bytes(row.id).hex()] = (parents, fields)
    found = {}
    for record, own in ops.items():
        for field in {name for _parents, fields in own.values() for name in fields}:
            writers = {cid for cid, (_parents, fields) in own.items() if field in fields}
            overwritten = {one for cid in writers for one in seen_by(own, cid)}
            values = {json.dumps(own[cid][1][field]) for cid in writers - overwritten}
            if len(values) > 1:
                found[record, field] = values
    return found


def commits_of(office: Office) -> set[bytes]:
    with office.reading() as session:
        found = session.connection().execute(select(COMMITS.c.id).where(COMMITS.c.scope == SCOPE)).scalars()
        return {bytes(one) for one in found}


@pytest.fixture(scope="module")
def worn_world(county_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Offices that stay open from world to world: opening them and planning their queries anew is most of the time."""
    folder = tmp_path_factory.mktemp("simulation")
    clock = FixedClock()
    world = World(folder, clock, toy_rooms(clock))
    for name in REPLICAS:
        shutil.copytree(county_template / name, folder / name)
        world.open(name)
    yield world
    world.close_all()


@pytest.mark.simulation
@pytest.mark.parametrize("seed", SEEDS)
def test_same_room_on_three_replicas_agrees_and_loses_nothing(
    seed: int, worn_world: World, county_template: Path, tmp_path: Path
) -> None:
    for name in REPLICAS:
        worn_world.put_back(name, county_template / name)
    Play(worn_world, seed, tmp_path).run()
