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
    _make(connection, _ALL)
    _make(connection, scope)
    connection.execute(select(LOCKS.c.scope).where(LOCKS.c.scope == _ALL).with_for_update(read=True))
    connection.execute(select(LOCKS.c.scope).where(LOCKS.c.scope == scope).with_for_update())


def lock_for_save(connection: Connection) -> None:
    """Keeps every exchange and every other save out until the transaction ends."""
    if connection.dialect.name == "sqlite":
        return
    _make(connection, _ALL)
    connection.execute(select(LOCKS.c.scope).where(LOCKS.c.scope == _ALL).with_for_update())


def _make(connection: Connection, scope: str) -> None:
    """The row to lock; two that make it at once leave one."""
    if connection.execute(select(LOCKS.c.scope).where(LOCKS.c.scope == scope)).first() is not None:
        return
    try:
        with connection.begin_nested():
            connection.execute(insert(LOCKS).values(scope=scope))
    except IntegrityError:
        # Another transaction made it a moment ago.
        return
