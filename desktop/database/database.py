"""The door to one database: reading, and saving all or nothing. The only place that commits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, bindparam, select
from sqlalchemy.orm import Session

from desktop.base.clock import Clock
from desktop.database.capture import CommitLog, RecordSession
from desktop.database.engine import WRITER, faults
from desktop.database.kinds import Registry
from desktop.database.record import Meta
from desktop.database.search import SearchIndex

META = Meta.__table__


@dataclass
class Database:
    """One open room or county database.

    Shape:   `scope` is where new records of this PC go; a county has many scopes and writes into `county`.
    """

    engine: Engine
    registry: Registry
    log: CommitLog
    index: SearchIndex
    scope: str
    clock: Clock

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session to read with; whatever it would write is rolled back."""
        with faults(), Session(self.engine, autoflush=False) as session:
            yield session
            session.rollback()

    @contextmanager
    def looking(self) -> Iterator[Connection]:
        """A connection to read with where no record is needed: it costs a third of a session."""
        with faults(), self.engine.connect() as connection:
            yield connection

    @contextmanager
    def saving(self, user: str) -> Iterator[RecordSession]:
        """A session whose changes are saved with their commit when the block ends well, and not at all else."""
        with faults(), RecordSession(self.engine, autoflush=True, expire_on_commit=False) as session:
            session.start(
                registry=self.registry,
                log=self.log,
                index=self.index,
                user=user,
                clock=self.clock,
                default_scope=self.scope,
            )
            self.log.hold(session.connection(execution_options={WRITER: True}))
            yield session
            session.commit()

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A connection for what does not pass through records: import of commits, meta, local tables."""
        with faults(), self.engine.connect() as plain:
            connection = plain.execution_options(**{WRITER: True})
            with connection.begin():
                yield connection

    def catch_up_index(self) -> None:
        """Brings the search up to date, where many records came at once or to a server."""
        with self.looking() as connection:
            is_behind = self.index.is_behind(connection)
        while is_behind:
            with self.writing() as connection:
                is_behind = self.index.catch_up(connection)

    def close(self) -> None:
        """Closes every connection; the write-ahead log is folded into the file by the last one."""
        self.engine.dispose()


_ONE_META = select(META.c.value).where(META.c.key == bindparam("of_key"))


def read_meta(connection: Connection, key: str) -> str | None:
    """One fact about this file."""
    return connection.execute(_ONE_META, {"of_key": key}).scalar_one_or_none()


def read_metas(connection: Connection, keys: Sequence[str]) -> dict[str, str]:
    """Several facts about this file at once; those that are not set are left out."""
    rows = connection.execute(select(META.c.key, META.c.value).where(META.c.key.in_(list(keys))))
    return {row.key: row.value for row in rows if row.value is not None}


def write_meta(connection: Connection, key: str, value: str | None) -> None:
    """Sets or, with None, forgets one fact about this file."""
    connection.execute(META.delete().where(META.c.key == key))
    if value is not None:
        connection.execute(META.insert().values(key=key, value=value))
