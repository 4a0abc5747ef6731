"""Engines: SQLCipher with a raw data key, or PostgreSQL at the county; and what their errors mean to an officer.

A database opened by passphrase would cost 250 ms of key derivation for each connection; the raw key costs none, and
the passphrase work is done once, at log-in, by `keys.py`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlcipher3.dbapi2 as sqlcipher
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import QueuePool

from desktop.base.errors import EnvironmentFault, Failure
from desktop.base.text import _

# The driver looks for a way to adapt each value of these types and, finding none, takes as long as for seven texts.
for _of_type, _as_it_is in ((bytes, bytes), (memoryview, bytes), (type(None), {None: None}.get)):
    sqlcipher.register_adapter(_of_type, _as_it_is)

BUSY_MILLISECONDS = 10_000
# For each of up to four connections: the pages of a room's month without decryption, and a saving as quick as with
# 32 MiB; small beside the 300 MB of the whole program.
CACHE_KIBIBYTES = 12_288
WRITER = "jingwushi_writer"
BUSY = "DBS-002"
CROSSED = "DBS-008"


def open_file(path: Path, key: bytes, *, read_only: bool = False) -> Engine:
    """An engine on an encrypted file.

    Shape:   `key` is the raw 256-bit data key.
    Errors:  none here; the first connection raises what `faults` translates.
    """
    uri = f"{path.resolve().as_uri()}?mode={'ro' if read_only else 'rwc'}"

    def connect() -> Any:
        connection = sqlcipher.connect(uri, uri=True, isolation_level=None, check_same_thread=False)
        try:
            connection.execute(f"PRAGMA key = \"x'{key.hex()}'\"")
            _settle(connection, read_only=read_only)
        except BaseException:
            connection.close()
            raise
        return connection

    # Values stay out of error texts: they are people's data, and the report of a bug quotes the text.
    engine = create_engine(
        "sqlite://",
        module=sqlcipher,
        creator=connect,
        poolclass=QueuePool,
        pool_size=4,
        hide_parameters=True,
    )
    event.listen(engine, "begin", _begin)
    return engine


def _settle(connection: Any, *, read_only: bool) -> None:
    connection.execute(f"PRAGMA busy_timeout = {BUSY_MILLISECONDS}")
    connection.execute("PRAGMA temp_store = MEMORY")
    connection.execute(f"PRAGMA cache_size = -{CACHE_KIBIBYTES}")
    # Reads one page, so a wrong key or a damaged file is known here and not in the middle of a save.
    connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if not read_only:
        connection.execute("PRAGMA journal_mode = WAL")
        # FULL: with NORMAL the last saves before a power cut are gone, and villages have power cuts.
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA wal_autocheckpoint = 8000")


def _begin(connection: Connection) -> None:
    writer = connection.get_execution_options().get(WRITER)
    # To the driver itself: on its way through the library this word would cost more than a small look.
    connection.connection.cursor().execute("BEGIN IMMEDIATE" if writer else "BEGIN").close()


def open_server(url: str) -> Engine:
    """An engine on the county's PostgreSQL.

    Shape:   `url` is `postgresql://…`; the driver is chosen here.
    """
    plain = url.replace("postgres://", "postgresql://", 1).replace(
        "postgresql://", "postgresql+psycopg://", 1
    )
    return create_engine(plain, pool_size=10, max_overflow=20, pool_pre_ping=True, hide_parameters=True)


def damaged() -> EnvironmentFault:
    """What is said of a database file that cannot be read."""
    return EnvironmentFault(
        "DBS-003",
        _("数据库文件打不开或已损坏，文件没有被改动。请点“从备份恢复”取回最近的备份，原文件会留着"),
    )


# SQLite's primary result codes → what happened; the rest of the codes are our bugs.
_FULL = {"SQLITE_FULL"}
_LOCKED = {"SQLITE_BUSY", "SQLITE_LOCKED"}
_DAMAGED = {"SQLITE_CORRUPT", "SQLITE_NOTADB"}
_READ_ONLY = {"SQLITE_READONLY", "SQLITE_PERM", "SQLITE_AUTH"}
_GONE = {"SQLITE_IOERR", "SQLITE_CANTOPEN"}


def fault_of(error: BaseException) -> EnvironmentFault | None:
    """The fault of the surroundings that a driver's error tells of; None when it is a bug of ours."""
    original = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    name = str(getattr(original, "sqlite_errorname", "") or "")
    primary = "_".join(name.split("_")[:2])
    told = str(original).lower()
    if primary in _FULL or "disk is full" in told:
        return _disk_full()
    if primary in _LOCKED or "database is locked" in told:
        return EnvironmentFault(BUSY, _("数据库正被占用，这次没有保存。请稍后再试"), may_retry=True)
    if primary in _DAMAGED or "malformed" in told or "not a database" in told:
        return damaged()
    if primary in _READ_ONLY or "readonly" in told:
        return EnvironmentFault(
            "DBS-004", _("数据文件夹不能写入，这次没有保存，原来的数据都在。请检查文件夹权限")
        )
    if primary in _GONE or "disk i/o error" in told or "unable to open" in told:
        return EnvironmentFault(
            "DBS-005", _("读写数据文件失败，这次没有保存，原来的数据都在。请检查磁盘后再试"), may_retry=True
        )
    return _server_fault(type(original)) if type(original).__module__.startswith("psycopg") else None


def _disk_full() -> EnvironmentFault:
    return EnvironmentFault(
        "DBS-001", _("磁盘已满，这次没有保存，原来的数据都在。请腾出空间后再试"), may_retry=True
    )


def _server_fault(kind: type[BaseException]) -> EnvironmentFault | None:
    """What an error of PostgreSQL's driver means; told by its name, so that no room loads the driver."""
    if kind.__name__ in _REPEATABLE:
        return EnvironmentFault(CROSSED, _("两个保存互相挡住了，这次没有保存。请再试一次"), may_retry=True)
    if kind.__name__ == "DiskFull":
        return _disk_full()
    if kind.__name__ in _SERVER_FAULTS:
        return EnvironmentFault(
            "DBS-006", _("县局数据库连接不上，这次没有保存。请检查数据库服务后再试"), may_retry=True
        )
    return None


_SERVER_FAULTS = {
    "OperationalError",
    "AdminShutdown",
    "ConnectionTimeout",
    "CannotConnectNow",
    "TooManyConnections",
}
# Two transactions met on a server: the one that lost is whole again when it is simply repeated. Two that insert the
# same row at once are told as a broken key; the repeated one finds the row there.
_REPEATABLE = {"SerializationFailure", "DeadlockDetected", "LockNotAvailable", "UniqueViolation"}


@contextmanager
def faults() -> Iterator[None]:
    """Turns the surroundings' errors into `EnvironmentFault`; bugs pass as they are."""
    try:
        yield
    except Failure:
        raise
    except (DBAPIError, sqlcipher.Error, sqlite3.Error) as error:
        fault = fault_of(error)
        if fault is None:
            raise
        raise fault from error
