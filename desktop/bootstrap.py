"""The only place that builds objects and joins the features to shell, command line and sync."""

from __future__ import annotations

import importlib
import importlib.util
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, insert, select

from desktop.audit.trail import Deed, note
from desktop.base.clock import Clock
from desktop.base.errors import EnvironmentFault, Refused, RuleBroken
from desktop.base.paths import fault_from, resources_folder
from desktop.base.settings import Settings
from desktop.base.text import _
from desktop.base.workdays import HolidayTable
from desktop.database import schema
from desktop.database.attachments import Attachments
from desktop.database.codes import CodeLists
from desktop.database.database import Database, read_meta, write_meta
from desktop.database.engine import faults, open_file, open_server
from desktop.database.keys import NORMAL, KeyRing, Strength
from desktop.database.kinds import Registry
from desktop.database.record import COUNTY_SCOPE, room_scope
from desktop.database.search import SearchIndex
from desktop.staff.catalogue import Catalogue
from desktop.staff.office import Office, Place
from desktop.staff.permissions import actor_of
from desktop.staff.tables import Account
from desktop.sync.crypto import SUITE
from desktop.sync.identity import keep_identity
from desktop.sync.log import Author, Log

# Low floors first; a feature's parts are joined by the names that every feature uses.
FEATURES = ("staff", "places", "hazards", "mediation", "patrol", "visits", "ledgers")

DATABASE_NAME = "room.db"
KEYS_NAME = "keys.json"
ATTACHMENTS_NAME = "attachments"
FIRST_ROLES = ("admin", "clerk", "officer")
ACCOUNTS = Account.__table__


@dataclass(frozen=True)
class NewRoom:
    """What a technician says when a room is made."""

    code: str
    name: str
    user: str
    password: str
    station: str = ""
    practice: bool = False
    is_county: bool = False
    server: str = ""


@dataclass(frozen=True)
class Made:
    """A room that was just made, with the text for its recovery sheet."""

    office: Office
    recovery_key: str


def build_catalogue() -> Catalogue:
    """Everything the features bring."""
    parts = [_part(feature, name) for feature in FEATURES for name in ("tables", "store", "actions", "pdf")]

    def joined(name: str) -> tuple[Any, ...]:
        return tuple(item for part in parts for item in getattr(part, name, ()))

    registry = Registry(joined("TABLES"), CodeLists(joined("CODES")))
    return Catalogue(
        registry=registry,
        steps=joined("STEPS"),
        papers=joined("PAPERS"),
        ledgers=joined("LEDGERS"),
        reports=joined("REPORTS"),
        board_parts=joined("BOARD"),
    )


def _part(feature: str, name: str) -> Any:
    full = f"desktop.{feature}.{name}"
    return importlib.import_module(full) if importlib.util.find_spec(full) else None


def is_room(home: Path) -> bool:
    """Whether a room lies in this folder, whole or damaged."""
    return (home / KEYS_NAME).exists() or (home / DATABASE_NAME).exists()


def create_room(home: Path, new: NewRoom, clock: Clock, *, strength: Strength = NORMAL) -> Made:
    """Makes an empty room and opens it.

    Errors:  RuleBroken KEY-013 when a room is there already, KEY-006/007 for the password, ROM-001 for the code;
             EnvironmentFault when the folder cannot be written; nothing half-made stays behind.
    """
    if not new.code or not new.code.replace("-", "").replace("_", "").isalnum() or not new.code.isascii():
        raise RuleBroken("ROM-001", _("警务室代码只能用字母、数字和连字符，例如 649901100201"))
    if is_room(home):
        raise RuleBroken("KEY-013", _("这个文件夹里已经有一个警务室，没有改动它。请换一个空文件夹"))
    build_catalogue()
    _make_folder(home)
    made = KeyRing.create(
        home / KEYS_NAME,
        name=new.user,
        password=new.password,
        room=new.code,
        practice=new.practice,
        clock=clock,
        strength=strength,
    )
    try:
        engine = _engine(home, made.data_key, new.server)
        schema.migrate(engine)
        _write_birth(engine, new, made.data_key, clock)
        engine.dispose()
    except BaseException:
        for leftover in (
            KEYS_NAME,
            f"{KEYS_NAME}.bak",
            DATABASE_NAME,
            f"{DATABASE_NAME}-wal",
            f"{DATABASE_NAME}-shm",
        ):
            (home / leftover).unlink(missing_ok=True)
        raise
    return Made(_open(home, new.user, made.ring, made.data_key, clock), made.recovery_key)


def _make_folder(home: Path) -> None:
    try:
        home.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise fault_from(error, _("建立数据文件夹")) from error


def _engine(home: Path, data_key: bytes, server: str) -> Engine:
    return open_server(server) if server else open_file(home / DATABASE_NAME, data_key)


def _write_birth(engine: Engine, new: NewRoom, data_key: bytes, clock: Clock) -> None:
    facts = {
        "room_code": new.code,
        "room_name": new.name,
        "station_name": new.station,
        "scope": COUNTY_SCOPE if new.is_county else room_scope(new.code),
        "device": "county" if new.is_county else os.urandom(8).hex(),
        "incarnation": "1",
        "letter": "A",
        "practice": "1" if new.practice else "",
        "is_county": "1" if new.is_county else "",
        "born_at": clock.now().isoformat(),
    }
    roles = ("admin", "county") if new.is_county else FIRST_ROLES
    with engine.begin() as connection:
        for key, value in facts.items():
            write_meta(connection, key, value)
        keep_identity(connection, SUITE.new_keys(), KeyRing.derive(data_key, "identity"))
        connection.execute(
            insert(ACCOUNTS).values(name=new.user, roles=list(roles), created_at=facts["born_at"][:19] + "Z")
        )
        note(connection, Deed("setup"), user=new.user, clock=clock)


def open_room(home: Path, user: str, password: str, clock: Clock, *, strength: Strength = NORMAL) -> Office:
    """Opens a room with a password.

    Errors:  Refused KEY-002 wrong, KEY-003 too many tries, STF-002 disabled account, DBS-010 newer data;
             EnvironmentFault KEY-001 missing key file, DBS-003 damaged, DBS-004 read-only and so on.
    """
    if not is_room(home):
        raise EnvironmentFault(
            "ROM-002",
            _("{home} 里没有警务室。请先用 setup 新建、demo 建练习室，或用 --home 指明文件夹").format(
                home=home
            ),
        )
    ring = KeyRing(home / KEYS_NAME, strength=strength)
    data_key = ring.unlock(user or only_account(ring), password, clock)
    return _open(home, user or only_account(ring), ring, data_key, clock)


def only_account(ring: KeyRing) -> str:
    """The account to log in when none is named: the only one there is.

    Errors:  RuleBroken STF-003 when there are several.
    """
    names = ring.names()
    if len(names) != 1:
        raise RuleBroken(
            "STF-003", _("请用 --user 说明账号，可用的有：{names}").format(names="、".join(names))
        )
    return names[0]


def _open(home: Path, user: str, ring: KeyRing, data_key: bytes, clock: Clock) -> Office:
    server = _server_of(home)
    if not server and not (home / DATABASE_NAME).exists():
        raise EnvironmentFault(
            "DBS-007", _("数据库文件不见了，没有新建。请用“恢复备份”取回，或找回被移走的 room.db")
        )
    engine = _engine(home, data_key, server)
    try:
        return _office(home, user, ring, data_key, clock, engine)
    except BaseException:
        engine.dispose()
        raise


def _server_of(home: Path) -> str:
    """The address of the county's PostgreSQL; kept beside the key file because it is needed before the store is open."""
    path = home / "server.json"
    return str(json.loads(path.read_text(encoding="utf-8"))["url"]) if path.exists() else ""


def _office(  # noqa: PLR0917 - what opening found out
    home: Path, user: str, ring: KeyRing, data_key: bytes, clock: Clock, engine: Engine
) -> Office:
    catalogue = build_catalogue()
    if schema.needs_migration(engine):
        from desktop.database.backup import copy_before_migration  # noqa: PLC0415 - rare

        copy_before_migration(home, data_key, clock)
        schema.migrate(engine)
    with faults(), engine.connect() as connection:
        facts = {key: read_meta(connection, key) or "" for key in _PLACE_KEYS}
        account = connection.execute(select(ACCOUNTS).where(ACCOUNTS.c.name == user)).first()
    if account is None or account.is_disabled:
        raise Refused("STF-002", _("账号 {user} 已停用。请找系统管理员").format(user=user))
    place = Place(
        code=facts["room_code"],
        name=facts["room_name"],
        station=facts["station_name"],
        scope=facts["scope"],
        device=facts["device"],
        incarnation=facts["incarnation"],
        letter=facts["letter"],
        practice=bool(facts["practice"]),
        is_county=bool(facts["is_county"]),
    )
    log = Log(catalogue.registry, Author(place.device, place.incarnation))
    database = Database(engine, catalogue.registry, log, SearchIndex(catalogue.registry), place.scope, clock)
    with database.reading() as session:
        catalogue.registry.codes.refresh(session)
    return Office(
        home=home,
        place=place,
        database=database,
        catalogue=catalogue,
        actor=actor_of(user, tuple(account.roles), account.staff_id or ""),
        keys=ring,
        data_key=data_key,
        settings=Settings(home),
        holidays=HolidayTable.load(resources_folder() / "holidays", home / "holidays"),
        attachments=Attachments(home / ATTACHMENTS_NAME, KeyRing.derive(data_key, "attachments")),
        clock=clock,
        fonts_folder=resources_folder() / "fonts",
    )


_PLACE_KEYS = (
    "room_code",
    "room_name",
    "station_name",
    "scope",
    "device",
    "incarnation",
    "letter",
    "practice",
    "is_county",
)


def run(arguments: Sequence[str]) -> int:
    """The program: a window without a command, a command otherwise."""
    from desktop.cli.main import main  # noqa: PLC0415 - the command line must not cost the window its start

    return main(list(arguments))
