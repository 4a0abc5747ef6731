"""A save writes rows and operations in one transaction (SYNC 3.3).

`RecordSession` notes each changed record as a pending operation *in the database*, so that a rolled-back savepoint
takes it away; before the commit it hands them to the log, which writes one commit per scope. The parents of an
operation are what the writer had *seen*: the row's `ver` as it was loaded, or as it was when the form was opened
(`based_on`). Whatever would go around this door is refused here, and `verify` finds what still did.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple, Protocol

from sqlalchemy import (
    Connection,
    String,
    Table,
    Text,
    Update,
    delete,
    event,
    insert,
    inspect,
    update,
)
from sqlalchemy.orm import Mapped, ORMExecuteState, Session, UOWTransaction, mapped_column

from desktop.base.clock import Clock
from desktop.base.errors import RuleBroken
from desktop.base.ids import PROCESS_IDS, IdSequence
from desktop.base.text import _
from desktop.database.columns import of_scope
from desktop.database.derived import derive
from desktop.database.fields import to_json
from desktop.database.kinds import Kind, Registry
from desktop.database.record import Base, Record

# Far enough below the 1 MiB of one commit that keys and escapes fit as well.
MAX_PART_BYTES = 400_000


class PendingOp(Base):
    """One record's changed fields inside the running transaction; empty between transactions.

    Shape:   `parents` is a list in JSON, and nothing for a new record, of which nobody can have seen anything.
    """

    __tablename__ = "pending_op"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    scope: Mapped[str | None] = mapped_column(String(80))
    table_name: Mapped[str | None] = mapped_column(String(60))
    record_id: Mapped[str | None] = mapped_column(String(36))
    parents: Mapped[str | None] = mapped_column(Text)
    fields: Mapped[str | None] = mapped_column(Text)


_PENDING = PendingOp.__table__
_ADD_PENDING = insert(_PENDING)
_TAKE_PENDING = delete(_PENDING).returning(*_PENDING.c)


@dataclass(frozen=True)
class RecordOp:
    """One record's changed fields, ready for the log. `parents` are hex ids of the operations its writer had seen.

    Shape:   `is_new`: the record was made in this transaction.
    """

    table_name: str
    record_id: str
    parents: tuple[str, ...]
    fields: dict[str, Any]
    is_new: bool = False


class Change(NamedTuple):
    """One record that a transaction changed."""

    scope: str
    kind: str
    record_id: str


class CommitLog(Protocol):
    """The log that a save writes to; `sync` implements it."""

    @property
    def by_county(self) -> bool:
        """Whether the county writes here, and not a room."""
        ...

    def append(  # noqa: PLR0917 - what is saved, and by whom
        self,
        connection: Connection,
        scope: str,
        ops: Sequence[RecordOp],
        user: str,
        clock: Clock,
        why: str = "",
    ) -> bytes:
        """Writes one commit and returns its id."""
        ...

    def hold(self, connection: Connection) -> None:
        """Keeps other writers out until the transaction ends, where the database does not do so by itself."""
        ...

    def not_plain(self, connection: Connection, scope: str, ops: Sequence[RecordOp]) -> set[tuple[str, str]]:
        """(table, record id) of those whose row has to be made again from the log once the commit is written."""
        ...

    def obey(self, connection: Connection, scope: str, ops: Sequence[RecordOp]) -> dict[str, set[str]]:
        """Lets what was just saved take effect on other records (a verdict on a commit): kind → their ids."""
        ...

    def refold(self, connection: Connection, kind: Kind, scope: str, record_ids: Iterable[str]) -> set[str]:
        """Makes rows and conflicts of some records again from the log; gives those to be found anew."""
        ...

    def derive_versions(
        self, connection: Connection, kind: Kind, scope: str, root_ids: Iterable[str]
    ) -> None:
        """Insert-only kinds: which row of each record is shown, and whether two rows replace the same one."""
        ...

    def contested_fields(self, connection: Connection, kind: Kind, scope: str, record_id: str) -> set[str]:
        """The record's fields that hold several values and wait for a person's choice."""
        ...


class RowIndex(Protocol):
    """What is kept beside the rows for finding them; `search` implements it."""

    def renew(self, connection: Connection, kind: Kind, scope: str, record_ids: Iterable[str]) -> None:
        """Makes the index entries of some records again from their rows."""
        ...


class RecordSession(Session):
    """A session whose saves are captured. Made by `Database.saving`, which alone commits it.

    Shape:   `ids` gives the identities of new records; a practice room puts a seeded sequence there. `why` is the
             reason that the person gave for this save; it stands in the history of what was saved.
    """

    ids: IdSequence = PROCESS_IDS
    registry: Registry
    log: CommitLog
    index: RowIndex
    user: str
    clock: Clock
    default_scope: str
    why: str = ""

    def start(
        self,
        *,
        registry: Registry,
        log: CommitLog,
        index: RowIndex,
        user: str,
        clock: Clock,
        default_scope: str,
    ) -> None:
        """Gives the session what its saves need."""
        self.registry, self.log, self.index = registry, log, index
        self.user, self.clock, self.default_scope = user, clock, default_scope
        self.changes: list[Change] = []
        self._based_on: dict[tuple[str, str, str], tuple[str, ...]] = {}

    @contextmanager
    def in_scope(self, scope: str) -> Iterator[None]:
        """New records in the block go into this scope."""
        before, self.default_scope = self.default_scope, scope
        try:
            yield
        finally:
            self.default_scope = before

    def base_on(self, record: Record, seen: Sequence[str]) -> None:
        """The next operation on this record has seen these operations and no others: the form was opened then."""
        self._based_on[record.__tablename__, record.scope, record.id] = tuple(seen)

    def seen(self, record: Record) -> tuple[str, ...]:
        """The operations that the next operation on this record has seen."""
        based = self._based_on.get((record.__tablename__, record.scope, record.id))
        return tuple(record.ver or ()) if based is None else based

    def restate(self, record: Record, fields: dict[str, Any]) -> None:
        """Writes fields on top of everything that the row has seen, also where the value stays: a person chose it."""
        self.flush()
        self.connection().execute(_ADD_PENDING, [_pending(self, record, record.ver or (), fields)])

    def bulk_save_objects(self, *_args: Any, **_rest: Any) -> None:
        """Refused: a bulk write would go around the log."""
        raise _uncaptured()

    def bulk_insert_mappings(self, *_args: Any, **_rest: Any) -> None:
        """Refused: a bulk write would go around the log."""
        raise _uncaptured()

    def bulk_update_mappings(self, *_args: Any, **_rest: Any) -> None:
        """Refused: a bulk write would go around the log."""
        raise _uncaptured()


def _uncaptured() -> RuntimeError:
    return RuntimeError("a write that the log would not see: change records one by one through the session")


@event.listens_for(RecordSession, "do_orm_execute")
def _refuse_bulk_writes(state: ORMExecuteState) -> None:
    if not (state.is_insert or state.is_update or state.is_delete):
        return
    mapper = state.bind_mapper
    table = getattr(state.statement, "table", None)
    mapped = mapper is not None and issubclass(mapper.class_, Record)
    synced = {kind.table.__tablename__ for kind in state.session.registry}  # type: ignore[attr-defined]  # our class
    if mapped or getattr(table, "name", "") in synced:
        raise _uncaptured()


@event.listens_for(RecordSession, "before_flush")
def _note_operations(session: RecordSession, _context: UOWTransaction, _instances: Any) -> None:
    for record in session.deleted:
        if isinstance(record, Record):
            raise RuntimeError("a record is never deleted: void it, or mark a child row as deleted")
    records = [record for record in [*session.new, *session.dirty] if isinstance(record, Record)]
    noted = [pending for record in records if (pending := _noted(session, record)) is not None]
    if noted:
        session.connection().execute(_ADD_PENDING, noted)


def _noted(session: RecordSession, record: Record) -> dict[str, Any] | None:
    is_new = record in session.new
    if is_new:
        record.id = record.id or session.ids.next_id(session.clock)
        record.scope = record.scope or session.default_scope
    kind = session.registry.kind(record.__tablename__)
    fields = _changed_fields(record, kind, is_new=is_new)
    if not fields and not is_new:
        return None
    if kind.info.insert_only and not is_new:
        raise RuleBroken("REC-004", _("{kind}只能新增，不能改动；请用更正").format(kind=kind.label))
    return _pending(session, record, None if is_new else session.seen(record), fields)


def _pending(
    session: RecordSession, record: Record, seen: Sequence[str] | None, fields: dict[str, Any]
) -> dict[str, Any]:
    return {
        "id": session.ids.next_id(session.clock),
        "scope": record.scope,
        "table_name": record.__tablename__,
        "record_id": record.id,
        "parents": None if seen is None else json.dumps(list(seen)),
        "fields": json.dumps(fields, ensure_ascii=False),
    }


def _changed_fields(record: Record, kind: Kind, *, is_new: bool) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for attribute in inspect(record).mapper.column_attrs:
        name = attribute.key
        if name not in kind.travelling:
            continue
        history = inspect(record).attrs[name].history
        if not history.has_changes():
            continue
        value = to_json(getattr(record, name))
        if is_new and value is None:
            continue
        if not is_new and history.deleted and to_json(history.deleted[0]) == value:
            continue
        # Deletion is an operation of its own in the log (`_del`), because it meets edits by a rule of its own.
        fields["_del" if name == "is_deleted" else name] = bool(value) if name == "is_deleted" else value
    return fields


@event.listens_for(RecordSession, "before_commit")
def _write_commits(session: RecordSession) -> None:
    session.flush()
    for scope, ops in _take_pending(session).items():
        for part in _parts(ops):
            _write_commit(session, scope, part)


def _take_pending(session: RecordSession) -> dict[str, list[RecordOp]]:
    merged: dict[tuple[str, str, str], RecordOp] = {}
    for row in sorted(session.connection().execute(_TAKE_PENDING), key=lambda one: one.id):
        key = (row.scope, row.table_name, row.record_id)
        fields = json.loads(row.fields)
        if key in merged:
            merged[key].fields.update(fields)
        else:
            parents = tuple(json.loads(row.parents or "[]"))
            is_new = row.parents is None
            merged[key] = RecordOp(row.table_name, row.record_id, parents, fields, is_new)
    by_scope: dict[str, list[RecordOp]] = {}
    for (scope, _table, _id), op in merged.items():
        by_scope.setdefault(scope, []).append(op)
    return by_scope


def _parts(ops: list[RecordOp]) -> Iterator[list[RecordOp]]:
    """A large import becomes several commits in a row, because a receiver refuses one of more than 1 MiB."""
    part: list[RecordOp] = []
    size = 0
    for op in ops:
        length = len(json.dumps(op.fields, ensure_ascii=False).encode())
        if part and size + length > MAX_PART_BYTES:
            yield part
            part, size = [], 0
        part.append(op)
        size += length + 120
    if part:
        yield part


def _write_commit(session: RecordSession, scope: str, ops: list[RecordOp]) -> None:
    connection = session.connection()
    stale = session.log.not_plain(connection, scope, ops)
    commit_id = session.log.append(connection, scope, ops, session.user, session.clock, session.why)
    by_kind: dict[str, list[str]] = {}
    for op in ops:
        by_kind.setdefault(op.table_name, []).append(op.record_id)
        session.changes.append(Change(scope, op.table_name, op.record_id))
    for name, record_ids in by_kind.items():
        kind = session.registry.kind(name)
        _mark_seen(
            connection, kind, scope, [one for one in record_ids if (name, one) not in stale], commit_id
        )
        refolded = [one for one in record_ids if (name, one) in stale]
        if refolded:
            session.log.refold(connection, kind, scope, refolded)
    replaced: dict[str, list[str]] = {}
    for op in ops:
        if op.fields.get("corrects"):
            replaced.setdefault(op.table_name, []).append(op.fields["root_id"])
    for name, root_ids in replaced.items():
        session.log.derive_versions(connection, session.registry.kind(name), scope, root_ids)
    for name, others in session.log.obey(connection, scope, ops).items():
        by_kind.setdefault(name, []).extend(sorted(others))
    _write_followed(session, scope, by_kind)
    for name, record_ids in by_kind.items():
        session.index.renew(connection, session.registry.kind(name), scope, record_ids)


def _write_followed(session: RecordSession, scope: str, by_kind: dict[str, list[str]]) -> None:
    """Brings what follows from the written rows up to date, and adds it to what is to be found anew."""
    for name in list(by_kind):
        followed = derive(session.connection(), session.registry, name, scope, by_kind[name])
        for other, record_ids in followed.items():
            by_kind.setdefault(other, []).extend(sorted(record_ids))
            session.changes += [Change(scope, other, one) for one in sorted(record_ids)]


# SQLite takes 32,766 parameters in one statement, older ones 999.
_PART = 400


def _mark_seen(
    connection: Connection, kind: Kind, scope: str, record_ids: Sequence[str], commit_id: bytes
) -> None:
    """The rows that were written on top of all that is known of them have seen just this commit now."""
    statement = _seen_statement(kind.table.__table__, connection.dialect.name)
    for start in range(0, len(record_ids), _PART):
        facts = {"of_scope": scope, "these": record_ids[start : start + _PART], "ver": [commit_id.hex()]}
        connection.execute(statement, facts)


@cache
def _seen_statement(table: Table, dialect: str) -> Update:
    return update(table).where(of_scope(dialect, table.c.id))
