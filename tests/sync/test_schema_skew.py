"""Programs of different age in one county: nobody blanks what he does not know, and an upgrade shows it.

Four ages of a room's program against three of the county's. The newest knows a field, a code and a kind more than the
one before; each older one a field or a kind less.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path

import pytest

from desktop.database.codes import CodeLists
from desktop.database.fields import FieldType
from desktop.database.kinds import Kind, Registry
from desktop.database.record import Record
from desktop.staff.tables import PrintedPaper, StaffMember
from desktop.sync.log import COMMITS
from desktop.sync.rows import CONFLICTS
from desktop.sync.tables import CommitVerdict
from desktop.sync.upgrade import renew_changed_kinds
from tests.simulation.playing import new_world
from tests.simulation.replicas import Replica, commits_of, heads_of, open_replica, problems, rows_of
from tests.simulation.worlds import ROOM, World

# Age → the fields of a person that it lacks, and the kinds that it knows.
LACKS: Mapping[str, frozenset[str]] = {
    "N-2": frozenset({"note", "serves_from_on", "badge_no"}),
    "N-1": frozenset({"note", "serves_from_on"}),
    "N": frozenset({"note"}),
    "N+1": frozenset(),
}
KINDS: Mapping[str, tuple[type[Record], ...]] = {
    "N-2": (StaffMember, CommitVerdict),
    "N-1": (StaffMember, CommitVerdict),
    "N": (StaffMember, CommitVerdict),
    "N+1": (StaffMember, CommitVerdict, PrintedPaper),
}
PAIRS = [(app, county) for app in LACKS for county in ("N-1", "N", "N+1")]


class AgedKind(Kind):
    """A kind as an older program knows it."""

    age = "N+1"

    @cached_property
    def travelling(self) -> dict[str, FieldType]:
        """The fields that it knows."""
        known = super().travelling
        if self.name != "staff_member":
            return known
        return {name: one for name, one in known.items() if name not in LACKS[self.age]}


def registry_of(age: str) -> Registry:
    """What a program of an age knows."""
    made = Registry(KINDS[age], CodeLists([]))
    for name, kind in list(made._kinds.items()):
        aged = AgedKind(kind.name, kind.table, kind.info)
        object.__setattr__(aged, "age", age)
        made._kinds[name] = aged
    return made


def as_of(disk: Replica, age: str) -> Replica:
    """The same disk, opened by a program of another age."""
    disk.close()
    opened = open_replica(disk.name, disk.folder, disk.party, disk.clock, KINDS[age])
    opened.database.registry = registry_of(age)
    opened.database.log._registry = opened.database.registry  # type: ignore[attr-defined]  # our own log
    return opened


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = new_world(tmp_path)
    yield made
    made.close()


@pytest.mark.parametrize(("app", "county"), PAIRS, ids=[f"room {a}, county {c}" for a, c in PAIRS])
def test_older_program_keeps_and_forwards_what_it_does_not_know(world: World, app: str, county: str) -> None:
    world.disks["pc-a"] = as_of(world.disks["pc-a"], app)
    world.disks["county"] = as_of(world.disks["county"], county)
    newest = world.disks["pc-b"] = as_of(world.disks["pc-b"], "N+1")
    person = world.add("pc-b", name="张三丰", note="新栏目", badge_no="7", state="a-new-code", phone="1")
    with world.save(newest) as session:
        session.add(PrintedPaper(id="p1", scope=ROOM, root_id="p1", paper_name="新类别"))
    world.exchange("pc-b", "pc-a")
    world.change("pc-a", person, phone="2")
    world.exchange("pc-a", "pc-b", "pc-a")
    heads = {name: heads_of(world.disks[name], ROOM) for name in ("county", "pc-a", "pc-b")}
    assert heads["county"] == heads["pc-a"] == heads["pc-b"]
    for name in heads:
        assert problems(world.disks[name]) == []
    shown = world.person("pc-b", person)
    assert shown is not None
    assert (shown.phone, shown.note, shown.badge_no, shown.state) == ("2", "新栏目", "7", "a-new-code")
    old = world.person("pc-a", person)
    assert old is not None
    # A code that it does not know is shown as it is; a field that it does not know is not there.
    assert old.state == "a-new-code"
    assert (old.note is None) == ("note" in LACKS[app])
    before = commits_of(world.disks["pc-a"], ROOM)
    world.disks["pc-a"] = as_of(world.disks["pc-a"], "N+1")
    assert renew_changed_kinds(world.disks["pc-a"].database) != []
    assert rows_of(world.disks["pc-a"], ROOM) == rows_of(world.disks["pc-b"], ROOM)
    assert problems(world.disks["pc-a"]) == []
    # An upgrade writes no operations: as many PCs would make as many conflicts.
    assert commits_of(world.disks["pc-a"], ROOM) == before
    assert renew_changed_kinds(world.disks["pc-a"].database) == []


def test_conflict_on_a_field_that_this_program_does_not_know_waits_for_one_that_does(world: World) -> None:
    person = world.add("pc-b", name="张三丰")
    world.exchange("pc-b", "pc-a")
    for name in ("pc-a", "pc-b"):
        world.change(name, person, note=name)
    world.exchange("pc-a", "pc-b", "pc-a")
    world.disks["pc-a"] = as_of(world.disks["pc-a"], "N")
    world.change("pc-a", person, phone="1")
    world.exchange("pc-a", "pc-b")
    with world.disks["pc-b"].database.reading() as session:
        waiting = [row.field for row in session.connection().execute(CONFLICTS.select())]
    assert waiting == ["note"]


def test_upgrade_that_was_cut_short_begins_anew(world: World, tmp_path: Path) -> None:
    person = world.add("pc-b", name="张三丰", note="新栏目")
    world.disks["pc-a"] = as_of(world.disks["pc-a"], "N")
    renew_changed_kinds(world.disks["pc-a"].database)
    world.exchange("pc-b", "pc-a")
    world.disks["pc-a"].close()
    shutil.copytree(world.disks["pc-a"].folder, tmp_path / "before")
    for _turn in range(2):
        world.disks["pc-a"] = as_of(world.disks["pc-a"], "N+1")
        renew_changed_kinds(world.disks["pc-a"].database)
    shown = world.person("pc-a", person)
    assert shown is not None
    assert shown.note == "新栏目"
    with world.disks["pc-a"].database.reading() as session:
        assert len(session.connection().execute(COMMITS.select()).all()) == 1
