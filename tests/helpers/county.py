"""A county and its rooms in one folder: one room with two PCs, another room with one, all enrolled by real files."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, inspect, select

from county.enrolment import approve, open_slot
from county.home import NewCounty, make_county
from county.http import answer_bundle, make_app
from desktop.base.clock import Clock
from desktop.database.database import Database
from desktop.database.record import METADATA
from desktop.staff.joining import ask_for_place, finish_joining
from desktop.staff.office import Office
from desktop.staff.rooms import Rooms
from desktop.sync.exchange import Exchange
from desktop.sync.log import heads, scopes
from desktop.sync.network import Answer, exchange_by_network
from desktop.sync.verify import verify
from tests.helpers.clock import FixedClock
from tests.helpers.rooms import PASSWORD, USER, toy_rooms

ROOM_CODE, OTHER_CODE = "649901100201", "649901100202"
# Folder → room that it belongs to; the order gives the letters.
PCS = {"甲机": ROOM_CODE, "乙机": ROOM_CODE, "邻室": OTHER_CODE}
NAMES = {ROOM_CODE: "石桥村警务室", OTHER_CODE: "柳树村警务室"}
COUNTY = "县局"


def found_county(rooms: Rooms, home: Path, server: str = "") -> Office:
    """A fresh practice county."""
    new = NewCounty("青石县公安局", USER, PASSWORD, code="649901", server=server, practice=True)
    return make_county(rooms, home, new).office


def enrol(rooms: Rooms, county: Office, home: Path, room: str) -> None:
    """Makes a PC of a room in a folder by way of the three files."""
    slot = open_slot(county, room, NAMES[room])
    asked = ask_for_place(
        rooms, home, slot.data, user=USER, password=lambda: PASSWORD, first_password=lambda: PASSWORD
    )
    approved = approve(county, asked.request)
    assert approved.words == asked.words
    office = rooms.open(home, USER, PASSWORD)
    finish_joining(office, approved.data)
    office.database.close()


@pytest.fixture(scope="session")
def county_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A county with three enrolled PCs that tests copy."""
    folder = tmp_path_factory.mktemp("county-template")
    rooms = toy_rooms(FixedClock())
    county = found_county(rooms, folder / COUNTY)
    for name, room in PCS.items():
        enrol(rooms, county, folder / name, room)
    county.database.close()
    return folder


@dataclass
class World:
    """Open offices by the names of their folders, and what happens between them."""

    folder: Path
    clock: Clock
    rooms: Rooms
    offices: dict[str, Office] = field(default_factory=dict)

    @property
    def county(self) -> Office:
        """The county."""
        return self.offices[COUNTY]

    def open(self, name: str) -> Office:
        """Opens one of the folders, anew if it is open."""
        self.close(name)
        office = self.rooms.open(self.folder / name, USER, PASSWORD)
        if office.database.engine.dialect.name == "sqlite":
            # A test's disk need not survive a power cut, and waiting for it is most of the time.
            office.database.engine.dispose()
            event.listen(office.database.engine, "connect", _hurry)
        self.offices[name] = office
        return office

    def put_back(self, name: str, folder: Path) -> None:
        """Replaces the files of an open office under its feet, as a technician does with a copy of the disk."""
        self.offices[name].database.engine.dispose()
        shutil.rmtree(self.folder / name, ignore_errors=True)
        shutil.copytree(folder, self.folder / name)

    def close(self, name: str) -> None:
        """Closes one of the folders."""
        office = self.offices.pop(name, None)
        if office is not None:
            office.database.close()

    def close_all(self) -> None:
        """Closes every folder."""
        for name in list(self.offices):
            self.close(name)

    def stick(self) -> Path:
        """A stick, the same one each time."""
        path = self.folder / "U 盘"
        path.mkdir(exist_ok=True)
        return path

    def by_wire(self, name: str) -> None:
        """One exchange with the county by the server's own code, without a server."""
        exchange_by_network(self.offices[name].exchange(), DirectPost(self.county))

    def by_stick(self, *names: str) -> None:
        """Carries the stick from one to the next."""
        for name in names:
            self.offices[name].exchange_stick(self.stick())


def _hurry(connection: Any, _record: Any) -> None:
    connection.execute("PRAGMA synchronous = OFF")


class DirectPost:
    """Stands for the network without a web server: the county's own answer to a bundle."""

    def __init__(self, county: Office) -> None:
        self._county = county

    def __call__(self, path: str, body: bytes) -> Answer:
        response = answer_bundle(self._county, body)
        return Answer(response.status_code, bytes(response.body))


class CountyPost:
    """Stands for the network: hands the body to the county's application."""

    def __init__(self, county: Office) -> None:
        from starlette.testclient import TestClient

        self._client = TestClient(make_app(county))
        self.calls: list[tuple[str, int, int]] = []

    def __call__(self, path: str, body: bytes) -> Answer:
        response = self._client.post(path, content=body)
        self.calls.append((path, len(body), response.status_code))
        return Answer(response.status_code, response.content)


@pytest.fixture
def world(county_template: Path, tmp_path: Path, clock: FixedClock) -> Iterator[World]:
    """The county and its three PCs, open."""
    folder = tmp_path / "县 与 室"
    shutil.copytree(county_template, folder)
    made = World(folder, clock, toy_rooms(clock))
    for name in (COUNTY, *PCS):
        made.open(name)
    yield made
    made.close_all()


@pytest.fixture
def server_world(postgres_url: str, tmp_path: Path, clock: FixedClock) -> Iterator[World]:
    """The same with the county on PostgreSQL."""
    world = World(tmp_path, clock, toy_rooms(clock))
    world.offices[COUNTY] = found_county(world.rooms, tmp_path / COUNTY, postgres_url)
    for name, room in PCS.items():
        enrol(world.rooms, world.county, tmp_path / name, room)
        world.open(name)
    yield world
    world.close_all()


def exchange_of(office: Office) -> Exchange:
    """The office as a side of exchanges."""
    return office.exchange()


def hand_over(sender: Office, receiver: Office) -> int:
    """One bundle from one to the other; how many commits were new."""
    to = receiver.exchange().party.certificate
    return receiver.exchange().take(sender.exchange().make(to).sealed).new_count


def all_heads(office: Office, only: Sequence[str] = ()) -> dict[str, list[bytes]]:
    """The heads of every scope."""
    with office.reading() as session:
        connection = session.connection()
        wanted = only or scopes(connection)
        return {scope: heads(connection, scope) for scope in wanted if heads(connection, scope)}


def all_rows(office: Office, scope: str) -> dict[str, list[tuple[object, ...]]]:
    """Every row of a scope, kind by kind, with its conflicts."""
    found = {}
    with office.reading() as session:
        for kind in office.registry:
            table = kind.table.__table__
            rows = session.execute(select(table).where(table.c.scope == scope).order_by(table.c.id)).all()
            if rows:
                found[kind.name] = [tuple(row) for row in rows]
    conflicts = [one for one in office.open_conflicts() if one.scope == scope]
    found["conflicts"] = [(one.id, tuple(side.commit_id for side in one.sides)) for one in conflicts]
    return found


def check(database: Database) -> None:
    """Nothing differs between log and tables."""
    with database.reading() as session:
        assert list(verify(session.connection(), database.registry)) == []


def counts(office: Office) -> dict[str, int]:
    """How many rows every table of the database has."""
    with office.reading() as session:
        connection = session.connection()
        # Tables that other tests invented are known to the program by now and are in no database.
        standing = set(inspect(connection).get_table_names())
        return {
            table.name: len(connection.execute(select(table)).all())
            for table in METADATA.sorted_tables
            if table.name in standing
        }
