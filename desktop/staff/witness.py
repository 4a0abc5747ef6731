"""What this PC wrote last, kept where a copy of the data folder is not.

Whoever brings an old copy of the folder back goes on under numbers that stand on paper already, and nothing inside the
folder can tell. A small file in the user's profile names the last commit; data that lacks it, or that another
machine wrote, goes on as another life of this PC. It only informs: nothing is ever refused because of it.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import cast

from desktop.audit.trail import Deed, note
from desktop.base.errors import EnvironmentFault, Failure
from desktop.base.paths import write_file
from desktop.base.windows import machine_id
from desktop.database.database import Database, read_meta, write_meta
from desktop.sync.log import Log, known, last_own

# A save must not wait for a second file; what a crash leaves out here is only seen at the next exchange.
_EVERY = timedelta(minutes=1)
_MACHINE = "machine"


@dataclass
class Witness:
    """The witness of one data folder of one PC."""

    path: Path
    scope: str
    noted_at: datetime | None = None

    @classmethod
    def of(cls, folder: Path, home: Path, device: str, scope: str) -> Witness:
        """Where it lies is known by the folder and the PC alone, so two copies side by side each have their own."""
        name = _short(f"{home.resolve()}\n{device}")
        return cls(folder / f"{name}.json", scope)

    def hear(self, database: Database, device: str, user: str) -> str:
        """Opens a new life where the data is not what this PC left here; gives its name, else nothing.

        A folder that cannot be written is read as it is: the witness informs and never stands in the way.
        """
        log = cast(Log, database.log)
        with database.looking() as connection:
            machine = read_meta(connection, _MACHINE) or ""
            last = self._last()
            is_behind = bool(last) and not known(connection, self.scope, [bytes.fromhex(last)])
        own = machine_id()
        here = _short(device + own) if own else machine
        is_moved = bool(machine) and machine != here
        if machine == here and not is_behind:
            return ""
        life = ""
        try:
            with database.writing() as connection:
                write_meta(connection, _MACHINE, here)
                if is_behind or is_moved:
                    life = log.begin_new_life(connection)
                    note(connection, Deed("new_life"), user=user, clock=database.clock)
        except EnvironmentFault:
            return ""
        if life:
            self._write("")
        return life

    def testify(self, database: Database, now: datetime, *, is_last: bool = False) -> None:
        """Writes down the last commit of this life, at most once a minute and at the end.

        What goes wrong here is no matter of the save before it, which stands.
        """
        if not is_last and self.noted_at is not None and now - self.noted_at < _EVERY:
            return
        self.noted_at = now
        try:
            with database.looking() as connection:
                last = last_own(connection, self.scope, cast(Log, database.log).dev)
        except Failure:
            return
        if last is not None and last.hex() != self._last():
            self._write(last.hex())

    def _write(self, last: str) -> None:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            write_file(self.path, json.dumps({"last": last}).encode())
        except (OSError, EnvironmentFault):
            # A full disk or a profile that may not be written: the next exchange still tells.
            return

    def _last(self) -> str:
        try:
            told = json.loads(self.path.read_bytes())["last"]
            return told if isinstance(told, str) and len(bytes.fromhex(told)) in (0, 32) else ""
        except (OSError, ValueError, KeyError, TypeError):
            # None yet, or damaged: it has nothing to say.
            return ""


def _short(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:32]
