"""Replicas for simulated worlds: the real engine on plain SQLite files, without windows, passwords or encryption.

What is left out is proved elsewhere on whole rooms (`test_same_room_three_replicas.py`); what is played here is the
product's own capture, log, fold, bundles, judging and verification. A replica is a folder with one file, so a backup
is a copy of the file and a clone is a second folder with the same content.
"""

from __future__ import annotations

import functools
import shutil
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.pool import QueuePool

from desktop.database.capture import PendingOp
from desktop.database.codes import CodeEntry, CodeLists
from desktop.database.database import Database, read_meta, write_meta
from desktop.database.engine import _begin
from desktop.database.kinds import Kind, Registry
from desktop.database.record import COUNTY_SCOPE, METADATA, Base, Meta, Record
from desktop.staff.tables import PrintedPaper, StaffMember
from desktop.sync import tables
from desktop.sync.certificates import (
    ROLE_ROOM,
    CountyCertificate,
    DeviceCertificate,
    certify_county,
    issue_certificate,
    make_county_certificate,
)
from desktop.sync.crypto import SUITE, KeyPairs
from desktop.sync.exchange import Exchange
from desktop.sync.identity import keep_identity
from desktop.sync.issuing import make_issuing
from desktop.sync.log import Author, Log
from desktop.sync.parties import Party, keep_device, keep_party, load_party
from desktop.sync.verify import verify
from tests.helpers.clock import FixedClock

ISSUED = "2026-03-05T00:00:00Z"
WRAP_KEY = bytes(32)
KINDS: tuple[type[Record], ...] = (StaffMember, PrintedPaper, CodeEntry, tables.CommitVerdict)


class NoIndex:
    """Nothing is looked for in a simulated world."""

    def renew(self, connection: Connection, kind: Kind, scope: str, record_ids: Iterable[str]) -> None:
        """Keeps nothing."""


@dataclass(frozen=True)
class County:
    """The keys that a world's certificates come from: a root in a safe, and the key that signs in its place."""

    root_secret: str
    keys: KeyPairs
    certificate: CountyCertificate

    def issue(self, device: str, letter: str, scope: str, keys: KeyPairs) -> DeviceCertificate:
        """A device's certificate."""
        if scope == COUNTY_SCOPE:
            return certify_county(self.certificate, keys, ISSUED)
        return issue_certificate(
            self.certificate,
            self.keys.sign_secret,
            device=device,
            letter=letter,
            scope=scope,
            room_name=scope.removeprefix("r:"),
            sign_public=keys.sign_public,
            age_public=keys.age_public,
            role=ROLE_ROOM,
            issued_at=ISSUED,
        )


@functools.cache
def county() -> County:
    """The one county of this process: keys cost more than a step of a world."""
    root, fresh = SUITE.new_keys(), SUITE.new_keys()
    made = make_county_certificate("649901", "青石县公安局", root, practice=True)
    said = make_issuing(
        "649901", root.sign_public, root.sign_secret, key=fresh.sign_public, withdrawn=False, at=ISSUED
    )
    keys = replace(fresh, age_secret=root.age_secret, age_public=root.age_public)
    return County(root.sign_secret, keys, replace(made, issuing=(said,)))


@functools.cache
def device(name: str, letter: str, scope: str) -> tuple[KeyPairs, DeviceCertificate]:
    """The keys and the certificate of a device of this process."""
    keys = county().keys if scope == COUNTY_SCOPE else SUITE.new_keys()
    return keys, county().issue(name, letter, scope, keys)


@dataclass
class Replica:
    """One disk with an engine on it.

    Shape:   `name` is the disk, `party.device` the identity; a clone has another name and the same identity. `party` is
             as at enrolment, `side()` with what the disk has heard since.
    """

    name: str
    folder: Path
    party: Party
    database: Database
    clock: FixedClock
    _looker: sqlite3.Connection | None = field(default=None, init=False, repr=False)

    @property
    def scope(self) -> str:
        """What it writes."""
        return self.party.scope

    @property
    def is_county(self) -> bool:
        """Whether it is the county."""
        return self.party.is_county

    def exchange(self) -> Exchange:
        """As a side of exchanges."""
        return Exchange(self.database, self.side())

    def side(self) -> Party:
        """Its keys and certificates, as they lie on the disk."""
        with self.database.looking() as connection:
            return load_party(connection, WRAP_KEY)

    def look(self, question: str, *facts: str) -> list[tuple[Any, ...]]:
        """Rows as they lie in the file, past the engine: invariants are asked for often and must cost little."""
        if self._looker is None:
            self._looker = sqlite3.connect(self.folder / "room.db", isolation_level=None)
        return self._looker.execute(question, facts).fetchall()

    def close(self) -> None:
        """Lets go of the file."""
        if self._looker is not None:
            self._looker.close()
            self._looker = None
        self.database.engine.dispose()


def open_replica(
    name: str, folder: Path, party: Party, clock: FixedClock, kinds: tuple[type[Record], ...] = KINDS
) -> Replica:
    """The engine on the file in a folder, as a program opens it."""
    registry = Registry(kinds, CodeLists([]))
    engine = plain_engine(folder / "room.db")
    with engine.connect() as connection:
        log = Log(registry, Author(party.device, read_meta(connection, "incarnation") or "1"))
    database = Database(engine, registry, log, NoIndex(), party.scope, clock)  # type: ignore[arg-type]  # unread
    return Replica(name, folder, party, database, clock)


def plain_engine(path: Path) -> Engine:
    """SQLite as in the product, but unencrypted and without waiting for the disk."""

    def connect() -> Any:
        connection = sqlite3.connect(
            path, isolation_level=None, check_same_thread=False, cached_statements=400
        )
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = OFF")
        return connection

    pool = QueuePool(connect, pool_size=4, dialect=_MASTER.dialect)
    engine = Engine(pool, _MASTER.dialect, _MASTER.url)
    # Compiling a statement costs more than running it, and every disk of every world says the same ones.
    engine._compiled_cache = _MASTER._compiled_cache
    event.listen(engine, "begin", _begin)
    return engine


_MASTER = create_engine("sqlite://", query_cache_size=2000)


# Every table of the log and of what stands beside it, also those that are added later.
_OF_SYNC = [
    one for one in vars(tables).values() if isinstance(one, type) and one.__module__ == tables.__name__
]
_CLASSES: tuple[type[Base], ...] = (
    *KINDS,
    Meta,
    PendingOp,
    *(one for one in _OF_SYNC if issubclass(one, Base)),
)
TABLES = list({one.__tablename__: one.__table__ for one in _CLASSES}.values())


def make_template(folder: Path) -> None:
    """An empty file with the tables that the engine needs."""
    folder.mkdir(parents=True, exist_ok=True)
    _MASTER.connect().close()
    engine = plain_engine(folder / "room.db")
    METADATA.create_all(engine, tables=TABLES)
    engine.dispose()


def make_replica(template: Path, folder: Path, party: Party, clock: FixedClock, **rest: Any) -> Replica:
    """A fresh disk of a device that knows its own certificate and the county's."""
    shutil.copytree(template, folder)
    replica = open_replica(folder.name, folder, party, clock, **rest)
    with replica.database.writing() as connection:
        keep_identity(connection, party.keys, WRAP_KEY)
        keep_party(connection, party.certificate, party.county, None)
        keep_device(connection, party.certificate, party.county, ISSUED)
        write_meta(connection, "incarnation", "1")
    return replica


def party_of(name: str, letter: str, scope: str) -> Party:
    """A side of exchanges."""
    keys, certificate = device(name, letter, scope)
    return Party(keys, certificate, county().certificate)


# -- looking at a replica ------------------------------------------------------------------------------------------


def heads_of(replica: Replica, scope: str) -> list[bytes]:
    """The heads of a scope."""
    return [one for (one,) in replica.look("SELECT id FROM head WHERE scope = ? ORDER BY id", scope)]


def commits_of(replica: Replica, scope: str) -> set[bytes]:
    """The commits of a scope."""
    return {one for (one,) in replica.look("SELECT id FROM commit_ WHERE scope = ?", scope)}


def rows_of(replica: Replica, scope: str) -> dict[str, list[tuple[Any, ...]]]:
    """Every row and conflict of a scope, as it lies in the file."""
    found = {
        kind.name: replica.look(f"SELECT * FROM {kind.name} WHERE scope = ? ORDER BY id", scope)
        for kind in replica.database.registry
    }
    conflicts = "SELECT * FROM conflict WHERE scope = ? ORDER BY tbl, rid, field"
    return found | {"conflict": replica.look(conflicts, scope)}


_KEPT = ("commit_", "op", "head", "conflict", "vouch", "parked")


def everything(replica: Replica) -> list[list[tuple[Any, ...]]]:
    """Every row of what must not change when nothing new came."""
    names = [*_KEPT, *(kind.name for kind in replica.database.registry)]
    return [sorted(replica.look(f"SELECT * FROM {name}"), key=repr) for name in names]


def problems(replica: Replica) -> list[str]:
    """What `verify` says, the authors' signatures included."""
    side = replica.side()
    with replica.database.looking() as connection:
        found = verify(connection, replica.database.registry, side)
        return [f"{one.code} {one.message}" for one in found]
