"""The log in the database: appending a save's commit, heads, what another lacks, and rows folded from operations."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any, cast

from sqlalchemy import (
    Connection,
    Delete,
    Insert,
    Row,
    Select,
    Table,
    Update,
    bindparam,
    delete,
    func,
    insert,
    select,
    update,
)

from desktop.base.clock import Clock
from desktop.base.errors import RuleBroken
from desktop.base.text import _
from desktop.database.capture import RecordOp
from desktop.database.columns import among, among_named, write_instant
from desktop.database.database import write_meta
from desktop.database.derived import find_subjects, write_derived
from desktop.database.fields import from_json
from desktop.database.kinds import Kind, Registry
from desktop.database.record import COUNTY_SCOPE
from desktop.database.recovery_key import RECOVERY_ALPHABET
from desktop.sync.allowed import op_is_allowed
from desktop.sync.commits import Commit, Op, decode_ops, lam_after, make_commit
from desktop.sync.crypto import SUITE
from desktop.sync.fold import Folded, FoldOp, fold, without
from desktop.sync.locks import lock_for_save
from desktop.sync.tables import REFUSED, CommitRow, CommitVerdict, ConflictRow, HeadRow, OpRow

COMMITS = CommitRow.__table__
OPS = OpRow.__table__
HEADS = HeadRow.__table__
CONFLICTS = ConflictRow.__table__
VERDICTS = CommitVerdict.__table__

# The number of the newest migration; a commit says which schema its writer knew.
SCHEMA = 1

ID_BYTES = 32
_PART = 400


@dataclass(frozen=True)
class Author:
    """This PC as the log names it: a device and which life of its database this is."""

    device: str
    incarnation: str


class Log:
    """The log of one database file; `capture` appends to it, exchange reads and fills it."""

    def __init__(self, registry: Registry, author: Author) -> None:
        self._registry = registry
        self.author = author

    # -- a save ----------------------------------------------------------------------------------------------

    def append(
        self, connection: Connection, scope: str, ops: Sequence[RecordOp], user: str, clock: Clock
    ) -> bytes:
        """Writes one commit on top of all heads and returns its id.

        Errors:  RuleBroken SYN-062 for what only the county may write, or what a store cannot keep.
        """
        told = [Op(op.table_name, op.record_id, op.parents, op.fields) for op in ops]
        self._check_allowed(scope, told)
        standing = connection.execute(_NUMBERED_HEADS, {"of_scope": scope}).all()
        parents = [bytes(row.id) for row in standing]
        at = write_instant(clock.now())
        commit = make_commit(
            scope=scope,
            parents=parents,
            lam=lam_after([row.lam for row in standing]),
            device=self.author.device,
            incarnation=self.author.incarnation,
            own=_last_own(connection, scope, self._dev(), standing),
            user=user,
            at=at,
            schema=SCHEMA,
            ops=told,
            salt=SUITE.random_bytes(8),
        )
        store_commit(connection, commit, at, dev=self._dev())
        return commit.id

    def begin_new_life(self, connection: Connection) -> str:
        """From now on this PC writes as another life of itself: its history goes on in two places.

        The caller's transaction keeps it; commits of both lives are branches and merge like any others.
        """
        life = new_life()
        write_meta(connection, "incarnation", life)
        self.author = Author(self.author.device, life)
        return life

    def hold(self, connection: Connection) -> None:
        """Keeps other writers of this log out until the transaction ends."""
        lock_for_save(connection)

    def _check_allowed(self, scope: str, ops: Sequence[Op]) -> None:
        by_county = self.by_county
        if (by_county or scope != COUNTY_SCOPE) and all(
            op_is_allowed(self._registry, op, by_county=by_county) for op in ops
        ):
            return
        raise RuleBroken(
            "SYN-062",
            _("没有保存：这里有只能由县局填写的内容，或有太长的内容。请改正后再试，或请县局填写"),
            scope=scope,
        )

    @property
    def by_county(self) -> bool:
        """Whether the county writes here, and not a room."""
        return self.author.device == COUNTY_SCOPE

    def _dev(self) -> str:
        return f"{self.author.device}/{self.author.incarnation}"

    def not_plain(self, connection: Connection, scope: str, ops: Sequence[RecordOp]) -> set[tuple[str, str]]:
        """The records whose writer had not seen everything, or that wait for a choice, or were taken out."""
        found: set[tuple[str, str]] = set()
        known = [op for op in ops if not op.is_new]
        for name in sorted({op.table_name for op in known}):
            own = {op.record_id: op for op in known if op.table_name == name}
            table = self._registry.kind(name).table.__table__
            for part in parts(sorted(own)):
                facts = {"of_scope": scope, "of_table": name, "these": part}
                for row in connection.execute(_seen_statement(table), facts):
                    op = own[row.id]
                    # An edit of a record that was taken out brings it back; the row alone would not show that.
                    is_revived = bool(row.is_deleted) and "_del" not in op.fields
                    if set(row.ver or ()) != set(op.parents) or is_revived:
                        found.add((name, row.id))
                found |= {(name, one) for one in connection.execute(_CONTESTED, facts).scalars()}
        return found

    def obey(self, connection: Connection, scope: str, ops: Sequence[RecordOp]) -> dict[str, set[str]]:
        """Lets verdicts that were just saved take effect on the records of the commits that they name."""
        saved = [op.record_id for op in ops if op.table_name == VERDICTS.name]
        touched = records_of_verdicts(connection, scope, saved) if saved else {}
        return {
            name: self.refold(connection, self._registry.kind(name), scope, record_ids)
            for name, record_ids in touched.items()
            if name in self._registry
        }

    def derive_versions(
        self, connection: Connection, kind: Kind, scope: str, root_ids: Iterable[str]
    ) -> None:
        """Insert-only kinds: which row of each record is shown, and whether two rows replace the same one."""
        derive_versions(connection, kind, scope, root_ids)

    def contested_fields(self, connection: Connection, kind: Kind, scope: str, record_id: str) -> set[str]:
        """The record's fields that hold several values and wait for a person's choice."""
        facts = {"of_scope": scope, "of_table": kind.name, "of_record": record_id}
        return set(connection.execute(_CONTESTED_FIELDS, facts).scalars())

    # -- rows from operations --------------------------------------------------------------------------------

    def refold(self, connection: Connection, kind: Kind, scope: str, record_ids: Iterable[str]) -> set[str]:
        """Makes rows and conflicts of some records again from the log; gives those to be found anew."""
        found: set[str] = set()
        for part in parts(list(record_ids)):
            folded = folded_records(connection, scope, kind.name, part)
            written, _followed = write_folded(connection, self._registry, kind, scope, folded)
            found |= written
        return found

    def kinds(self) -> Registry:
        """The kinds that this program knows; operations on others stay in the log."""
        return self._registry


def new_life() -> str:
    """A name for a life that no other has: by lot, because the clock of a PC may be wrong and one backup may be
    restored on two PCs in one minute."""
    return "".join(secrets.choice(RECOVERY_ALPHABET) for _sign in range(4))


def parts(items: Sequence[Any], size: int = _PART) -> Iterator[Sequence[Any]]:
    """The items in runs that fit the number of parameters of one statement."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


def heads(connection: Connection, scope: str) -> list[bytes]:
    """The heads of a scope, ascending."""
    return [bytes(row.id) for row in connection.execute(_HEADS_OF, {"of_scope": scope})]


def heads_in(connection: Connection, scopes: Sequence[str]) -> dict[str, list[bytes]]:
    """The heads of some scopes, ascending."""
    found: dict[str, list[bytes]] = {scope: [] for scope in scopes}
    for row in connection.execute(_HEADS_IN, {"scopes": list(scopes)}):
        found[row.scope].append(bytes(row.id))
    return found


def scopes(connection: Connection) -> list[str]:
    """Every scope that has a commit here."""
    return list(connection.execute(select(HEADS.c.scope).distinct().order_by(HEADS.c.scope)).scalars())


def commit_count(connection: Connection, scope: str) -> int:
    """How many commits of a scope are here."""
    return connection.execute(
        select(func.count()).select_from(COMMITS).where(COMMITS.c.scope == scope)
    ).scalar_one()


def known(connection: Connection, scope: str, ids: Sequence[bytes]) -> set[bytes]:
    """Those of the ids whose commits are here."""
    return {bytes(row.id) for row in commit_rows(connection, scope, ids)}


def lams(connection: Connection, scope: str, ids: Sequence[bytes]) -> dict[bytes, int]:
    """The order numbers of commits that are here."""
    return {bytes(row.id): row.lam for row in commit_rows(connection, scope, ids, COMMITS.c.lam)}


def commit_rows(
    connection: Connection, scope: str, ids: Sequence[bytes], *columns: Any
) -> Iterator[Row[Any]]:
    """Id and some columns of those of the commits that are here."""
    statement = _commits_statement(columns, connection.dialect.name)
    for part in parts(list(ids)):
        yield from connection.execute(statement, {"of_scope": scope, "these": part})


@cache
def _commits_statement(columns: tuple[Any, ...], dialect: str) -> Select[Any]:
    return select(COMMITS.c.id, *columns).where(
        COMMITS.c.scope == bindparam("of_scope"), among_named(dialect, COMMITS.c.id, "these")
    )


# Made once: to make a statement takes longer than to run it, and every save runs these.
_HEADS_OF = select(HEADS.c.id).where(HEADS.c.scope == bindparam("of_scope")).order_by(HEADS.c.id)
_WHOLE = tuple(one for one in COMMITS.c if one is not COMMITS.c.id)
_HEADS_IN = (
    select(HEADS.c.scope, HEADS.c.id)
    .where(HEADS.c.scope.in_(bindparam("scopes", expanding=True)))
    .order_by(HEADS.c.id)
)
_NUMBERED_HEADS = (
    select(HEADS.c.id, COMMITS.c.lam, COMMITS.c.dev)
    .join(COMMITS, (COMMITS.c.scope == HEADS.c.scope) & (COMMITS.c.id == HEADS.c.id))
    .where(HEADS.c.scope == bindparam("of_scope"))
    .order_by(HEADS.c.id)
)
_LAST_OWN = (
    select(COMMITS.c.id)
    .where(COMMITS.c.scope == bindparam("of_scope"), COMMITS.c.dev == bindparam("of_device"))
    .order_by(COMMITS.c.lam.desc(), COMMITS.c.id.desc())
    .limit(1)
)
_ADD_COMMIT, _ADD_OPS, _ADD_HEAD = insert(COMMITS), insert(OPS), insert(HEADS)
_CONTESTED = select(CONFLICTS.c.rid).where(
    CONFLICTS.c.scope == bindparam("of_scope"),
    CONFLICTS.c.tbl == bindparam("of_table"),
    CONFLICTS.c.rid.in_(bindparam("these", expanding=True)),
)
_CONTESTED_FIELDS = select(CONFLICTS.c.field).where(
    CONFLICTS.c.scope == bindparam("of_scope"),
    CONFLICTS.c.tbl == bindparam("of_table"),
    CONFLICTS.c.rid == bindparam("of_record"),
)
_TAKE_HEADS = delete(HEADS).where(
    HEADS.c.scope == bindparam("of_scope"), HEADS.c.id.in_(bindparam("these", expanding=True))
)


@cache
def _seen_statement(table: Table) -> Select[Any]:
    return select(table.c.id, table.c.ver, table.c.is_deleted).where(
        table.c.scope == bindparam("of_scope"), table.c.id.in_(bindparam("these", expanding=True))
    )


def _last_own(
    connection: Connection, scope: str, dev: str, heads: Iterable[Row[*tuple[Any, ...]]]
) -> bytes | None:
    # One's own commits are a chain, so an own head is the last of them; mostly there is one.
    for head in heads:
        if head.dev == dev:
            return bytes(head.id)
    row = connection.execute(_LAST_OWN, {"of_scope": scope, "of_device": dev}).first()
    return bytes(row.id) if row else None


def store_commit(connection: Connection, commit: Commit, got_at: str, *, dev: str) -> None:
    """Writes a commit whose parents are all here, its op index and the new heads; rows are the caller's part."""
    add_commits(connection, [(commit, dev)], got_at)
    move_heads(connection, commit.scope, commit.parents, [commit.id])


def add_commits(connection: Connection, commits: Sequence[tuple[Commit, str]], got_at: str) -> None:
    """Writes commits, each with its author as the log names them, and their op index."""
    rows = [
        {
            "scope": commit.scope,
            "id": commit.id,
            "lam": commit.lam,
            "dev": dev,
            "own": commit.own,
            "parents": b"".join(commit.parents),
            "meta": commit.meta,
            "salt": commit.salt,
            "ops": commit.ops,
            "got_at": got_at,
        }
        for commit, dev in commits
    ]
    connection.execute(_ADD_COMMIT, rows)
    touched = [
        {"scope": commit.scope, "tbl": op.table, "rid": op.record_id, "cid": commit.id}
        for commit, _dev in commits
        for op in decode_ops(commit)
    ]
    connection.execute(_ADD_OPS, touched)


def move_heads(connection: Connection, scope: str, built_on: Iterable[bytes], new: Sequence[bytes]) -> None:
    """Commits that were built on are heads no more; the new ones are."""
    for part in parts(sorted(built_on)):
        connection.execute(_TAKE_HEADS, {"of_scope": scope, "these": part})
    if new:
        connection.execute(_ADD_HEAD, [{"scope": scope, "id": one} for one in new])


def commit_of(row: Row[Any]) -> Commit:
    """The commit of a full row of `commit_`."""
    joined = bytes(row.parents or b"")
    return Commit(
        scope=row.scope,
        id=bytes(row.id),
        lam=row.lam,
        device=row.dev.partition("/")[0],
        own=bytes(row.own) if row.own is not None else None,
        parents=tuple(joined[start : start + ID_BYTES] for start in range(0, len(joined), ID_BYTES)),
        meta=bytes(row.meta),
        salt=bytes(row.salt),
        ops=bytes(row.ops or b""),
    )


def load_commits(connection: Connection, scope: str, ids: Sequence[bytes]) -> dict[bytes, Commit]:
    """Commits by id; those that are not here are left out."""
    rows = commit_rows(connection, scope, ids, *_WHOLE)
    return {bytes(row.id): commit_of(row) for row in rows}


def folded_records(  # noqa: PLR0917 - what to fold, and what is known already
    connection: Connection,
    scope: str,
    table: str,
    record_ids: Sequence[str],
    refused: Collection[str] | None = None,
    read: Mapping[bytes, Commit] = MappingProxyType({}),
) -> dict[str, Folded]:
    """The state of some records as the log has it; `refused` as `refused_in` gives it, for one who has asked.

    Shape:   `read` are commits of the scope that somebody read already, by id.
    """
    facts = {"of_scope": scope, "of_table": table, "these": list(record_ids)}
    statement = _ops_statement(connection.dialect.name)
    wanted = set(record_ids)
    ops: dict[str, dict[str, FoldOp]] = {}
    decoded: dict[bytes, Mapping[str, tuple[Any, Any]]] = {}
    # All at once: the driver gives rows one by one at twice the price.
    for row in connection.execute(statement, facts).all():
        cid = bytes(row.id)
        if cid not in decoded:
            decoded[cid] = {
                item[1]: (item[2], item[3])
                for item in _items_of(row.ops, read.get(cid))
                if item[0] == table and item[1] in wanted
            }
        parents, fields = decoded[cid][row.rid]
        ops.setdefault(row.rid, {})[cid.hex()] = FoldOp(row.lam, tuple(parents), fields)
    if refused is None:
        refused = refused_in(connection, scope)
    return {record_id: fold(without(found, refused)) for record_id, found in ops.items()}


def _items_of(ops: bytes, commit: Commit | None) -> Iterable[Sequence[Any]]:
    if commit is None:
        return cast("list[list[Any]]", json.loads(ops))
    return [(op.table, op.record_id, op.parents, op.fields) for op in decode_ops(commit)]


@cache
def _ops_statement(dialect: str) -> Select[Any]:
    return (
        select(OPS.c.rid, COMMITS.c.id, COMMITS.c.lam, COMMITS.c.ops)
        .join(COMMITS, (COMMITS.c.scope == OPS.c.scope) & (COMMITS.c.id == OPS.c.cid))
        .where(
            OPS.c.scope == bindparam("of_scope"),
            OPS.c.tbl == bindparam("of_table"),
            among_named(dialect, OPS.c.rid, "these"),
        )
    )


def refused_in(connection: Connection, scope: str) -> set[str]:
    """Hex ids of the commits of a scope whose operations the county does not let count."""
    return refused_among(verdicts_in(connection, scope))


def refused_among(said: Mapping[str, Collection[str]]) -> set[str]:
    """Those of the county's words that do not let a commit count: hex commit id → what it said."""
    return {one for one, words in said.items() if REFUSED in words}


def verdicts_in(connection: Connection, scope: str) -> dict[str, set[str]]:
    """Hex commit id → what the county said of it, as the rows of the scope have it."""
    return verdicts_of(connection, (scope,))[scope]


def verdicts_of(connection: Connection, scopes: Sequence[str]) -> dict[str, dict[str, set[str]]]:
    """As `verdicts_in`, for several scopes at once."""
    found: dict[str, dict[str, set[str]]] = {scope: {} for scope in scopes}
    for row in connection.execute(_VERDICTS_OF, {"scopes": list(scopes)}):
        found[row.scope].setdefault(row.commit_id or "", set()).add(row.verdict or "")
    return found


_VERDICTS_OF = select(VERDICTS.c.scope, VERDICTS.c.commit_id, VERDICTS.c.verdict).where(
    VERDICTS.c.scope.in_(bindparam("scopes", expanding=True)),
    VERDICTS.c.is_superseded.isnot(True),
    VERDICTS.c.is_void.isnot(True),
)


def records_of_verdicts(
    connection: Connection, scope: str, verdict_ids: Iterable[str]
) -> dict[str, dict[str, None]]:
    """Table → ids of the records that the commits named by some verdicts touch."""
    named: set[bytes] = set()
    for part in parts(sorted(verdict_ids)):
        rows = select(VERDICTS.c.commit_id).where(
            VERDICTS.c.scope == scope, among(connection, VERDICTS.c.id, part)
        )
        for told in connection.execute(rows).scalars():
            if told and re.fullmatch(r"[0-9a-f]{64}", told):
                named.add(bytes.fromhex(told))
    found: dict[str, dict[str, None]] = {}
    for part in parts(sorted(named)):
        touched = select(OPS.c.tbl, OPS.c.rid).where(OPS.c.scope == scope, among(connection, OPS.c.cid, part))
        for row in connection.execute(touched):
            found.setdefault(row.tbl, {})[row.rid] = None
    return found


def row_values(kind: Kind, folded: Folded) -> dict[str, Any]:
    """The columns of a row that is the fold of its operations; fields this program does not know stay in the log."""
    types = kind.travelling
    values: dict[str, Any] = dict.fromkeys(types)
    values |= {name: from_json(types[name], value) for name, value in folded.fields.items() if name in types}
    values["is_deleted"] = folded.deleted or None
    values["ver"] = list(folded.heads)
    return values


def conflict_rows(kind: Kind, scope: str, record_id: str, folded: Folded) -> list[dict[str, Any]]:
    """The rows of `conflict` that a fold asks for."""
    return [
        {
            "scope": scope,
            "tbl": kind.name,
            "rid": record_id,
            "field": name,
            "kind": "deleted" if name == "_del" else "field",
            "choices": json.dumps([[choice.cid, choice.value] for choice in choices], ensure_ascii=False),
        }
        for name, choices in folded.conflicts.items()
    ]


def write_rows(connection: Connection, kind: Kind, scope: str, folded: Mapping[str, Folded]) -> set[str]:
    """Makes rows and conflicts of some records equal to their folds, a few statements for all of them.

    Shape:   gives the ids under which something may have to be found differently now.
    """
    table = kind.table.__table__
    ids = list(folded)
    mine = _mine_statement(table, connection.dialect.name)
    standing = set(connection.execute(mine, {"of_scope": scope, "these": ids}).scalars())
    gone = [one for one in standing if not folded[one].heads]
    roots = _take_out(connection, kind, scope, gone)
    # A record of which nothing counts has no row; its operations stay in the log.
    ids = [one for one in ids if folded[one].heads]
    values = {one: row_values(kind, folded[one]) for one in ids}
    fresh = [{"scope": scope, "id": one, **values[one]} for one in ids if one not in standing]
    if fresh:
        connection.execute(_add_statement(table), fresh)
    changed = [{"key_scope": scope, "key_id": one, **values[one]} for one in ids if one in standing]
    if changed:
        names = tuple(name for name in changed[0] if not name.startswith("key_"))
        connection.execute(_change_statement(table, names), changed)
    facts = {"of_scope": scope, "of_table": kind.name, "these": list(folded)}
    connection.execute(_settled_statement(connection.dialect.name), facts)
    conflicts = [row for one in ids for row in conflict_rows(kind, scope, one, folded[one])]
    if conflicts:
        connection.execute(_ADD_CONFLICTS, conflicts)
    if kind.info.insert_only:
        roots |= {values[one].get("root_id") or one for one in ids}
        derive_versions(connection, kind, scope, roots)
    return roots | set(folded)


def write_folded(
    connection: Connection, registry: Registry, kind: Kind, scope: str, folded: Mapping[str, Folded]
) -> tuple[set[str], dict[str, set[str]]]:
    """As `write_rows`, and brings what follows from the rows up to date.

    Shape:   the ids to be found anew, and kind → ids of the rows whose derived columns changed.
    """
    # Before as well: a row that is taken out no longer says what it belonged to.
    subjects = find_subjects(connection, registry, kind.name, scope, folded)
    written = write_rows(connection, kind, scope, folded)
    for place, ids in find_subjects(connection, registry, kind.name, scope, folded).items():
        subjects[place] = subjects.get(place, set()) | ids
    return written, write_derived(connection, registry, scope, subjects)


_ADD_CONFLICTS = insert(CONFLICTS)


@cache
def _mine_statement(table: Table, dialect: str) -> Select[Any]:
    return select(table.c.id).where(
        table.c.scope == bindparam("of_scope"), among_named(dialect, table.c.id, "these")
    )


@cache
def _add_statement(table: Table) -> Insert:
    return insert(table)


@cache
def _change_statement(table: Table, names: tuple[str, ...]) -> Update:
    return (
        update(table)
        .where(table.c.scope == bindparam("key_scope"), table.c.id == bindparam("key_id"))
        .values({name: bindparam(name) for name in names})
    )


@cache
def _settled_statement(dialect: str, field: str = "") -> Delete:
    """Takes conflicts of some records out: all, or those of one field."""
    statement = delete(CONFLICTS).where(
        CONFLICTS.c.scope == bindparam("of_scope"),
        CONFLICTS.c.tbl == bindparam("of_table"),
        among_named(dialect, CONFLICTS.c.rid, "these"),
    )
    return statement.where(CONFLICTS.c.field == field) if field else statement


def _take_out(connection: Connection, kind: Kind, scope: str, ids: Sequence[str]) -> set[str]:
    """Takes rows out of their table; gives the records that they were versions of."""
    table = kind.table.__table__
    if not ids:
        return set()
    mine = (table.c.scope == scope, among(connection, table.c.id, list(ids)))
    roots = {one for one in connection.execute(select(table.c.root_id).where(*mine)).scalars() if one}
    connection.execute(delete(table).where(*mine))
    return roots


VERSIONS = "_versions"


@dataclass(frozen=True)
class Versions:
    """The rows of one insert-only record: the one that is shown, and others that nobody replaced knowing of it."""

    shown: str
    hidden: frozenset[str]
    rivals: tuple[str, ...]


def versions_of(rows: Mapping[str, Sequence[str]]) -> Versions:
    """Which row is shown, from each row's id and the ids that it replaces.

    Of several rows that none replaces, the greatest id is shown and the others wait for a person as rivals.
    """
    replaced = {one for corrects in rows.values() for one in corrects}
    leaves = sorted(set(rows) - replaced, reverse=True) or sorted(rows, reverse=True)
    return Versions(leaves[0], frozenset(set(rows) - {leaves[0]}), tuple(leaves[1:]))


def derive_versions(connection: Connection, kind: Kind, scope: str, root_ids: Iterable[str]) -> None:
    """Hides the rows that later rows replace and tells of rivals; derived from the rows, no operation says it."""
    for part in parts(sorted(set(root_ids))):
        found = version_rows(connection, kind, scope, part)
        states = {
            root_id: versions_of({one: corrects for one, (corrects, _ver) in rows.items()})
            for root_id, rows in found.items()
        }
        hidden = [one for state in states.values() for one in state.hidden]
        _hide(connection, kind, scope, hidden, is_hidden=True)
        _hide(connection, kind, scope, [state.shown for state in states.values()], is_hidden=None)
        facts = {"of_scope": scope, "of_table": kind.name, "these": part}
        connection.execute(_settled_statement(connection.dialect.name, VERSIONS), facts)
        rivals = [
            rival_row(kind, scope, root_id, state, found[root_id])
            for root_id, state in states.items()
            if state.rivals
        ]
        if rivals:
            connection.execute(_ADD_CONFLICTS, rivals)


def _hide(
    connection: Connection, kind: Kind, scope: str, ids: Sequence[str], *, is_hidden: bool | None
) -> None:
    """Marks rows as replaced or as shown; those that are marked so already are not written."""
    statement = _hide_statement(kind.table.__table__, connection.dialect.name, is_hidden)
    for part in parts(list(ids)):
        connection.execute(statement, {"of_scope": scope, "these": part})


@cache
def _hide_statement(table: Table, dialect: str, is_hidden: bool | None) -> Update:  # noqa: FBT001 - the new mark
    return (
        update(table)
        .where(
            table.c.scope == bindparam("of_scope"),
            among_named(dialect, table.c.id, "these"),
            table.c.is_superseded.isnot(is_hidden),
        )
        .values(is_superseded=is_hidden)
    )


VersionRows = dict[str, dict[str, tuple[list[str], list[str]]]]


def version_rows(connection: Connection, kind: Kind, scope: str, root_ids: Sequence[str]) -> VersionRows:
    """Root id → row id → (what it replaces, the operations it has seen)."""
    statement = _versions_statement(kind.table.__table__, connection.dialect.name)
    found: VersionRows = {}
    for row in connection.execute(statement, {"of_scope": scope, "these": list(root_ids)}):
        found.setdefault(row.root_id, {})[row.id] = (list(row.corrects or ()), list(row.ver or ()))
    return found


@cache
def _versions_statement(table: Table, dialect: str) -> Select[Any]:
    return select(table.c.id, table.c.root_id, table.c.corrects, table.c.ver).where(
        table.c.scope == bindparam("of_scope"), among_named(dialect, table.c.root_id, "these")
    )


def rival_row(
    kind: Kind, scope: str, root_id: str, state: Versions, rows: Mapping[str, tuple[list[str], list[str]]]
) -> dict[str, Any]:
    """The conflict that two corrections of the same row make."""
    choices = [[rows[one][1][0], one] for one in (state.shown, *state.rivals)]
    return {
        "scope": scope,
        "tbl": kind.name,
        "rid": root_id,
        "field": VERSIONS,
        "kind": "versions",
        "choices": json.dumps(choices, ensure_ascii=False),
    }
