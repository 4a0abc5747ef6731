"""One exchange at a time in one scope, so that rooms never wait for each other and no row misses an operation.

SQLite lets one writer in at a time by itself. A server locks one row for each scope; a save at the county, which may
touch any scope, locks the row that every exchange shares.
"""

from __future__ import annotations

from sqlalchemy import Connection, insert, select
from sqlalchemy.exc import IntegrityError

from desktop.sync.tables import ScopeLock

LOCKS = ScopeLock.__table__
_ALL = "*"


def lock_scope(connection: Connection, scope: str) -> None:
    """Keeps other exchanges of the scope, and saves here, out until the transaction ends."""
    if connection.dialect.name == "sqlite":
        return
    _lock(connection, _ALL, shared=True)
    _lock(connection, scope)


def lock_for_save(connection: Connection) -> None:
    """Keeps every exchange and every other save out until the transaction ends."""
    if connection.dialect.name == "sqlite":
        return
    _lock(connection, _ALL)


def _lock(connection: Connection, scope: str, *, shared: bool = False) -> None:
    statement = select(LOCKS.c.scope).where(LOCKS.c.scope == scope).with_for_update(read=shared)
    if connection.execute(statement).first() is None:
        _make(connection, scope)
        connection.execute(statement)


def _make(connection: Connection, scope: str) -> None:
    """The row to lock; two that make it at once leave one."""
    try:
        with connection.begin_nested():
            connection.execute(insert(LOCKS).values(scope=scope))
    except IntegrityError:
        # Another transaction made it a moment ago.
        return
