"""Making, opening and restoring the room (or county) that lies in a folder.

What the features bring comes as `build_catalogue` from `bootstrap`, so that nothing here knows a feature.
"""

from __future__ import annotations

import errno
import os
import re
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Engine, insert, select

from desktop.audit.trail import Deed, note
from desktop.base.clock import Clock
from desktop.base.errors import EnvironmentFault, Refused, RuleBroken
from desktop.base.paths import fault_from, resources_folder, write_file
from desktop.base.settings import Settings
from desktop.base.text import _
from desktop.base.workdays import HolidayTable
from desktop.database import schema
from desktop.database.attachments import Attachments
from desktop.database.backup import copy_before_migration, is_sound, put_back, restore_backup
from desktop.database.binding import ELSEWHERE
from desktop.database.database import Database, read_meta, write_meta
from desktop.database.engine import BUSY, damaged, faults, open_file, open_server
from desktop.database.keys import (
    NORMAL,
    KeyRing,
    Strength,
    check_account_name,
    check_password,
)
from desktop.database.record import COUNTY_SCOPE, room_scope
from desktop.database.search import SearchIndex
from desktop.staff.catalogue import Catalogue
from desktop.staff.key_file import LOCK_NAME, KeyFile
from desktop.staff.office import Office, Place
from desktop.staff.permissions import actor_of
from desktop.staff.tables import Account
from desktop.staff.witness import Witness
from desktop.sync.crypto import SUITE
from desktop.sync.exchange import own_past_sentence
from desktop.sync.identity import keep_identity
from desktop.sync.log import Author, Log, new_life
from desktop.sync.upgrade import renew_changed_kinds

DATABASE_NAME = "room.db"
KEYS_NAME = "keys.json"
ATTACHMENTS_NAME = "attachments"
SERVER_NAME = "server.key"
SHEET_NAME = "恢复单.pdf"
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


def _note_login(office: Office) -> None:
    try:
        office.note(Deed("login"))
    except EnvironmentFault as fault:
        # While another program saves for long, one may still read; a save of this one would be refused just the same.
        if fault.code != BUSY:
            raise


def is_room(home: Path) -> bool:
    """Whether a room lies in this folder, whole or damaged."""
    return (home / KEYS_NAME).exists() or (home / DATABASE_NAME).exists()


class Rooms:
    """Makes, opens and restores rooms. `strength` is what one try at a password costs; tests use a toy."""

    def __init__(
        self,
        build_catalogue: Callable[[], Catalogue],
        clock: Clock,
        *,
        strength: Strength = NORMAL,
        witnesses: Path | None = None,
    ) -> None:
        self._build_catalogue = build_catalogue
        self.clock = clock
        self._strength = strength
        self._witnesses = witnesses

    @property
    def catalogue(self) -> Catalogue:
        """Everything the features bring, for commands that need no data."""
        return self._build_catalogue()

    def create(self, home: Path, new: NewRoom) -> Made:
        """Makes an empty room and opens it.

        Errors:  RuleBroken KEY-013 when a room is there already, KEY-006/007 for the password, ROM-001 for the code;
                 EnvironmentFault when the folder cannot be written; nothing half-made stays behind.
        """
        new = _checked(new)
        if is_room(home) or (home / f"{KEYS_NAME}.bak").exists():
            raise RuleBroken("KEY-013", _("这个文件夹里已经有一个警务室，没有改动它。请换一个空文件夹"))
        # The features' tables must be known before the schema is made.
        self._build_catalogue()
        was_there = home.exists()
        _make_folder(home)
        try:
            return self._made(home, new)
        except BaseException:
            discard_new_room(home, with_folder=not was_there)
            raise

    def _made(self, home: Path, new: NewRoom) -> Made:
        made = KeyFile.create(
            home / KEYS_NAME,
            name=new.user,
            password=new.password,
            room=new.code,
            practice=new.practice,
            clock=self.clock,
            strength=self._strength,
        )
        engine = _engine(home, made.data_key, new.server)
        try:
            schema.migrate(engine)
            with faults():
                _write_birth(engine, new, made.data_key, self.clock)
            if new.server:
                _keep_server(home, new.server, made.data_key)
        finally:
            engine.dispose()
        return Made(self._open(home, new.user, made.ring, made.data_key), made.recovery_key)

    def open(self, home: Path, user: str, password: str) -> Office:
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
        return self._logged_in(home, user, lambda ring, name: ring.unlock(name, password, self.clock))

    def _logged_in(self, home: Path, user: str, unlock: Callable[[KeyRing, str], bytes]) -> Office:
        ring = KeyFile(home / KEYS_NAME, strength=self._strength)
        user = user or only_account(ring)
        office = self._open(home, user, ring, unlock(ring, user))
        try:
            _note_login(office)
        except BaseException:
            office.database.close()
            raise
        return office

    def recover(self, home: Path, name: str, recovery_key: str, password: str) -> None:
        """Gives an account a new password by the recovery sheet, and notes it.

        Errors:  RuleBroken KEY-009 mistyped, KEY-012 no such account; Refused KEY-002/003.
        """
        ring = KeyFile(home / KEYS_NAME, strength=self._strength)
        data_key = ring.reset_password(recovery_key, name, password, self.clock)
        office = self._open(home, name, ring, data_key)
        try:
            office.note(Deed("recover"))
        finally:
            office.database.close()

    def restore(self, backup: Path, home: Path, user: str, ask_password: Callable[[], str]) -> Office:
        """Brings a backup into an empty folder and opens it as a new life of this PC.

        The restored database continues a history that may have gone on elsewhere, so its numbers and commits carry a
        new incarnation: nothing can collide, and both lives merge at the next exchange. A copy that is bound to another
        Windows account takes the recovery key in the place of the password.

        Errors:  as `backup.restore_backup` and `open`; after any failure the folder is as empty as before.
        """
        was_there = home.exists()
        _refuse_long_path(home)
        restore_backup(backup, home)
        try:
            secret = ask_password()
            office = self._logged_in(home, user, lambda ring, name: self._open_elsewhere(ring, name, secret))
            try:
                with office.database.writing() as connection:
                    write_meta(connection, "incarnation", new_life())
                    note(connection, Deed("restore"), user=office.actor.name, clock=self.clock)
            finally:
                office.database.close()
        except BaseException:
            # Its life would be that of the copied room: two of them must never be at work.
            discard_new_room(home, with_folder=not was_there)
            raise
        return self._open(home, office.actor.name, office.keys, office.data_key)

    def _open_elsewhere(self, ring: KeyRing, name: str, secret: str) -> bytes:
        """By the password; by the recovery key where the copy is bound to the Windows account of another PC."""
        try:
            return ring.unlock(name, secret, self.clock)
        except Refused as bound:
            if bound.code != ELSEWHERE:
                raise
            try:
                return ring.unlock_with_recovery(secret, self.clock)
            except RuleBroken:
                # A password, not a mistyped recovery key.
                raise bound from None

    def open_with_key(self, home: Path, user: str, data_key: bytes) -> Office:
        """Opens what another process of this program has open already, with the key that it handed over."""
        return self._open(home, user, KeyFile(home / KEYS_NAME, strength=self._strength), data_key)

    def _open(self, home: Path, user: str, ring: KeyRing, data_key: bytes) -> Office:
        server = _server_of(home, data_key)
        if not server:
            _refuse_lost_file(home / DATABASE_NAME)
        engine = _engine(home, data_key, server)
        try:
            return self._office(home, user, ring, data_key, engine)
        except BaseException:
            engine.dispose()
            raise

    def _bring_forward(self, home: Path, data_key: bytes, engine: Engine) -> None:
        """A verified copy, then the migration; whatever it dies of, the data is afterwards what it was before.

        Errors:  EnvironmentFault DBS-011 when the data stays at the old version; as `make_backup` for the copy.
        """
        copy = copy_before_migration(home, data_key, self.clock)
        try:
            schema.migrate(engine)
        except Exception as error:
            # One transaction: it rolled back by itself. The copy is for a disk that failed in between.
            engine.dispose()
            if copy is not None and not is_sound(home / DATABASE_NAME, data_key):
                put_back(copy.folder, home)
            raise _not_brought_forward(error) from error

    def _office(self, home: Path, user: str, ring: KeyRing, data_key: bytes, engine: Engine) -> Office:
        catalogue = self._build_catalogue()
        with faults(), engine.connect() as connection:
            if schema.revision_of(connection) is None:
                # A room that was made has a schema; a new one in its place would hide the loss.
                raise damaged()
        if schema.needs_migration(engine):
            self._bring_forward(home, data_key, engine)
        with faults(), engine.connect() as connection:
            facts = {key: read_meta(connection, key) or "" for key in _PLACE_KEYS}
            account = connection.execute(select(ACCOUNTS).where(ACCOUNTS.c.name == user)).first()
        if account is None or account.is_disabled:
            raise Refused("STF-002", _("账号 {user} 已停用。请找系统管理员").format(user=user))
        place = _place_of(facts)
        log = Log(catalogue.registry, Author(place.device, place.incarnation))
        database = Database(
            engine, catalogue.registry, log, SearchIndex(catalogue.registry), place.scope, self.clock
        )
        renew_changed_kinds(database)
        witness, life = None, ""
        if self._witnesses is not None and not place.is_county:
            witness = Witness.of(self._witnesses, home, place.device, place.scope)
            life = witness.hear(database, place.device, user)
            place = replace(place, incarnation=life or place.incarnation)
        with database.reading() as session:
            catalogue.registry.codes.refresh(session)
        office = Office(
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
            clock=self.clock,
            fonts_folder=resources_folder() / "fonts",
            witness=witness,
            told=own_past_sentence() if life else "",
        )
        office.renew_settings()
        return office


def _not_brought_forward(error: Exception) -> EnvironmentFault:
    told = error.code if isinstance(error, EnvironmentFault) else type(error).__name__
    return EnvironmentFault(
        "DBS-011",
        _(
            "新版本没能升级数据（{told}），数据已恢复到升级前，一条也没有少。"
            "请从开始菜单打开“警务室（上一版本）”继续工作，并告诉技术人员"
        ).format(told=told),
    )


def _checked(new: NewRoom) -> NewRoom:
    """What was said of a new room, judged before anything is written.

    Errors:  RuleBroken ROM-001, KEY-006, KEY-007, KEY-010.
    """
    code = new.code.strip()
    if not _CODE.fullmatch(code):
        raise RuleBroken("ROM-001", _("警务室代码只能用字母、数字和连字符，最多 40 位，例如 649901100201"))
    if not new.name.strip():
        raise RuleBroken("ROM-001", _("请写警务室的名称，例如 石桥村警务室"))
    user = check_account_name(new.user)
    check_password(user, new.password)
    return replace(new, code=code, name=new.name.strip(), station=new.station.strip(), user=user)


_CODE = re.compile(r"[0-9A-Za-z][0-9A-Za-z_-]{0,39}")


def discard_new_room(home: Path, *, with_folder: bool = False) -> None:
    """Takes away a room that was made or restored a moment ago and never used; other files in the folder stay."""
    for name in (*ROOM_FILES, *(f"{name}.part" for name in ROOM_FILES)):
        (home / name).unlink(missing_ok=True)
    for name in _ROOM_FOLDERS:
        shutil.rmtree(home / name, ignore_errors=True)
    if with_folder and home.is_dir() and not any(home.iterdir()):
        home.rmdir()


# Everything that a room which was never used can have in its folder.
ROOM_FILES = (
    KEYS_NAME,
    f"{KEYS_NAME}.bak",
    LOCK_NAME,
    SERVER_NAME,
    DATABASE_NAME,
    f"{DATABASE_NAME}-wal",
    f"{DATABASE_NAME}-shm",
    f"{DATABASE_NAME}-journal",
    SHEET_NAME,
)
_ROOM_FOLDERS = (ATTACHMENTS_NAME,)


def _refuse_lost_file(path: Path) -> None:
    """An empty file would be opened as a new database, and what lay there before would seem never to have been.

    Errors:  EnvironmentFault DBS-007 when there is no file, DBS-003 when it is empty.
    """
    try:
        size_bytes = path.stat().st_size
    except FileNotFoundError:
        sentence = _("数据库文件不见了，没有新建。请点“从备份恢复”取回，或找回被移走的 room.db")
        raise EnvironmentFault("DBS-007", sentence) from None
    except OSError as error:
        raise fault_from(error, _("打开数据库")) from error
    if size_bytes == 0:
        raise damaged()


# SQLite on Linux takes paths of 512 bytes; a backup inside the folder and its journal need the rest.
_MOST_FOLDER_BYTES = 440
# Windows takes 260 characters where nobody switched longer ones on; an attachment in a backup needs 115 of them.
MOST_FOLDER_CHARS_ON_WINDOWS = 140


def _refuse_long_path(home: Path) -> None:
    if sys.platform == "win32":
        is_long = len(str(home)) > MOST_FOLDER_CHARS_ON_WINDOWS
    else:
        is_long = len(os.fsencode(home)) > _MOST_FOLDER_BYTES
    if is_long:
        raise fault_from(OSError(errno.ENAMETOOLONG, "path"), _("建立数据文件夹"))


def _make_folder(home: Path) -> None:
    _refuse_long_path(home)
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


def _keep_server(home: Path, url: str, data_key: bytes) -> None:
    """Keeps the address of the county's PostgreSQL, which holds a password, sealed under the data key."""
    nonce = os.urandom(12)
    sealed = AESGCM(KeyRing.derive(data_key, "server")).encrypt(nonce, url.encode(), b"server")
    write_file(home / SERVER_NAME, nonce + sealed)


def _server_of(home: Path, data_key: bytes) -> str:
    """The address of the county's PostgreSQL; empty where the data lies in a file."""
    path = home / SERVER_NAME
    if not path.exists():
        return ""
    stored = path.read_bytes()
    try:
        return (
            AESGCM(KeyRing.derive(data_key, "server")).decrypt(stored[:12], stored[12:], b"server").decode()
        )
    except (InvalidTag, ValueError) as error:
        raise EnvironmentFault(
            "ROM-003", _("数据库地址文件已损坏，没有打开。请从备份取回 server.key")
        ) from error


def _place_of(facts: dict[str, str]) -> Place:
    return Place(
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
