"""PCs with nothing but the engine's tables, filled with commits that a test wrote itself."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from desktop.database.capture import RowIndex
from desktop.database.database import Database
from desktop.sync.apply import PARENT_MISSING, Applied, parked_commits, take_in
from desktop.sync.commits import Commit
from desktop.sync.verify import verify
from tests.helpers.clock import FixedClock
from tests.simulation.replicas import ISSUED, NoIndex, Replica, make_replica, party_of

SCOPE = "r:649901100201"


@contextmanager
def disk(empty: Path, name: str = "disk") -> Iterator[Replica]:
    """A PC just after enrolment, taken away afterwards."""
    folder = empty.with_name(name)
    replica = make_replica(empty, folder, party_of("pc-a", "A", SCOPE), FixedClock())
    try:
        yield replica
    finally:
        replica.close()
        shutil.rmtree(folder)


def take(replica: Replica, commits: Sequence[Commit]) -> None:
    """Takes in commits without asking who wrote them."""
    take_unasked(replica.database, NoIndex(), commits)


def take_unasked(database: Database, index: RowIndex, commits: Sequence[Commit]) -> Applied:
    """Takes in commits of one scope with those that waited for a parent; what `authors.judge` looks at is not asked."""
    if not commits:
        return Applied()
    scope = commits[0].scope
    with database.writing() as connection:
        waiting = [*parked_commits(connection, (scope,), (PARENT_MISSING,)), *commits]
        whole = list({one.id: one for one in waiting}.values())
        return take_in(connection, database.registry, index, whole, ISSUED)


def wrong_in(replica: Replica) -> list[str]:
    """What `verify` says, without the authors' signatures."""
    with replica.database.looking() as connection:
        return [f"{one.code} {one.field}" for one in verify(connection, replica.database.registry)]
