"""One line for each deed, chained by hash so that a missing or changed line shows."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection, Integer, String, Text, insert, select
from sqlalchemy.orm import Mapped, mapped_column

from desktop.base.clock import Clock
from desktop.database.columns import write_instant
from desktop.database.record import Base


class AuditEntry(Base):
    """One deed on this PC; inserted, never changed."""

    __tablename__ = "audit_entry"

    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    at: Mapped[str | None] = mapped_column(String(20), index=True)
    user: Mapped[str | None] = mapped_column(String(60))
    verb: Mapped[str | None] = mapped_column(String(40))
    kind: Mapped[str | None] = mapped_column(String(60))
    record_id: Mapped[str | None] = mapped_column(String(64))
    facts: Mapped[str | None] = mapped_column(
        Text, comment="JSON; names of fields and counts, never a person's data"
    )
    result: Mapped[str | None] = mapped_column(String(20))
    chain: Mapped[str | None] = mapped_column(String(64))


ENTRIES = AuditEntry.__table__
_LAST = select(ENTRIES.c.chain).order_by(ENTRIES.c.number.desc()).limit(1)
_ADD = insert(ENTRIES)


@dataclass(frozen=True)
class Deed:
    """What was done to which record."""

    verb: str
    kind: str = ""
    record_id: str = ""
    result: str = "done"
    facts: tuple[tuple[str, object], ...] = ()


def note(connection: Connection, deed: Deed, *, user: str, clock: Clock) -> None:
    """Appends one line inside the caller's transaction."""
    last = connection.execute(_LAST).scalar_one_or_none()
    line = {
        "at": write_instant(clock.now()),
        "user": user,
        "verb": deed.verb,
        "kind": deed.kind,
        "record_id": deed.record_id,
        "facts": json.dumps(dict(deed.facts), ensure_ascii=False, sort_keys=True),
        "result": deed.result,
    }
    connection.execute(_ADD, {**line, "chain": _chain(last or "", line)})


def _chain(last: str, line: dict[str, str]) -> str:
    told = json.dumps(line, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(f"{last}|{told}".encode()).hexdigest()


def broken_links(connection: Connection) -> Iterator[int]:
    """The numbers of lines whose chain does not fit the line before: changed, or missing before them."""
    last = ""
    for row in connection.execute(select(ENTRIES).order_by(ENTRIES.c.number)):
        line = {
            name: getattr(row, name)
            for name in ("at", "user", "verb", "kind", "record_id", "facts", "result")
        }
        if row.chain != _chain(last, line):
            yield row.number
        last = row.chain or ""
