"""The key file as programs share it: the window, a command and a second command may be at work on one room at once.

Every change of the key file reads it, changes it and writes it whole; two programs that did so at the same moment
would lose a new account or a count of wrong passwords. An empty SQLite file beside it is the lock, because its locks
work on every system that SQLite works on and end with the program that holds them.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager

from desktop.base.clock import Clock
from desktop.database.engine import faults
from desktop.database.keys import KeyRing

LOCK_NAME = "keys.lock"
# A log-in stretches a password for a third of a second, longer on a busy PC; several may stand in line.
_WAIT_SECONDS = 30.0
# The folder cannot be written: the key file will say so itself, in better words.
_NO_LOCK = ("SQLITE_CANTOPEN", "SQLITE_READONLY")


class KeyFile(KeyRing):
    """A key ring whose changes are made by one program at a time.

    Errors:  beside those of `KeyRing`, EnvironmentFault DBS-002 when another program does not let go.
    """

    def unlock(self, name: str, password: str, clock: Clock) -> bytes:
        """As `KeyRing.unlock`."""
        with self._held():
            return super().unlock(name, password, clock)

    def unlock_with_recovery(self, recovery_key: str, clock: Clock) -> bytes:
        """As `KeyRing.unlock_with_recovery`."""
        with self._held():
            return super().unlock_with_recovery(recovery_key, clock)

    def set_password(self, name: str, data_key: bytes, password: str, *, must_change: bool = False) -> None:
        """As `KeyRing.set_password`."""
        with self._held():
            super().set_password(name, data_key, password, must_change=must_change)

    def add_account(self, name: str, data_key: bytes, password: str, *, must_change: bool = False) -> None:
        """As `KeyRing.add_account`."""
        with self._held():
            super().add_account(name, data_key, password, must_change=must_change)

    def remove_account(self, name: str) -> None:
        """As `KeyRing.remove_account`."""
        with self._held():
            super().remove_account(name)

    def renew_recovery_key(self, data_key: bytes) -> str:
        """As `KeyRing.renew_recovery_key`."""
        with self._held():
            return super().renew_recovery_key(data_key)

    def set_bound(self, data_key: bytes, *, is_bound: bool) -> None:
        """As `KeyRing.set_bound`."""
        with self._held():
            super().set_bound(data_key, is_bound=is_bound)

    @contextmanager
    def _held(self) -> Iterator[None]:
        try:
            connection = sqlite3.connect(
                self.path.with_name(LOCK_NAME), timeout=_WAIT_SECONDS, isolation_level=None
            )
        except sqlite3.OperationalError:
            yield
            return
        with closing(connection):
            with faults():
                _take(connection)
            yield


def _take(connection: sqlite3.Connection) -> None:
    try:
        connection.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError as error:
        if not error.sqlite_errorname.startswith(_NO_LOCK):
            raise
