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
    Row,
    Select,
    Table,
    bindparam,
    delete,
    func,
    insert,
    select,
)

from desktop.base.clock import Clock
from desktop.base.errors import RuleBroken
from desktop.base.text import _
from desktop.database.capture import RecordOp
from desktop.database.columns import add_rows, among, among_named, of_scope, write_instant
from desktop.database.database import write_meta
from desktop.database.kinds import Kind, Registry
from desktop.database.record import COUNTY_SCOPE
from desktop.database.recovery_key import RECOVERY_ALPHABET
from desktop.sync.allowed import op_is_allowed
from desktop.sync.commits import ID_BYTES, Commit, Op, decode_ops, lam_after, make_commit
from desktop.sync.crypto import SUITE
from desktop.sync.fold import Folded, FoldOp, Standing, fold, follow, without
from desktop.sync.locks import lock_for_save
from desktop.sync.rows import CONFLICTS, Straight, derive_versions, parts, rows_in_parts, write_folded
from desktop.sync.tables import ACCEPTED, REFUSED, WITHOUT_PARENT, CommitRow, CommitVerdict, HeadRow, OpRow

COMMITS = CommitRow.__table__
OPS = OpRow.__table__
HEADS = HeadRow.__table__
VERDICTS = CommitVerdict.__table__

# The number of the newest migration; a commit says which schema its writer knew.
SCHEMA = 1

_HEX_ID = re.compile(r"[0-9a-f]{64}")


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

    def append(  # noqa: PLR0917 - what is saved, and by whom
        self,
        connection: Connection,
        scope: str,
        ops: Sequence[RecordOp],
        user: str,
        clock: Clock,
        why: str = "",
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
            own=_last_own(connection, scope, self.dev, standing),
            user=user,
            at=at,
            schema=SCHEMA,
            ops=told,
            salt=SUITE.random_bytes(8),
            why=why,
        )
        store_commit(connection, commit, at, dev=self.dev)
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

    @property
    def dev(self) -> str:
        """The PC with its life, as `commit_` names authors."""
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
                for row in connection.execute(_seen_statement(table, connection.dialect.name), facts):
                    op = own[row.id]
                    # An edit of a record that was taken out brings it back; the row alone would not show that.
                    is_revived = bool(row.is_deleted) and "_del" not in op.fields
                    if set(row.ver or ()) != set(op.parents) or is_revived:
                        found.add((name, row.id))
                found |= {(name, one) for one in _contested(connection, facts)}
        return found

    def obey(self, connection: Connection, scope: str, ops: Sequence[RecordOp]) -> dict[str, set[str]]:
        """Lets verdicts that were just saved take effect on the records of the commits that they name."""
        saved = [op.record_id for op in ops if op.table_name == VERDICTS.name]
        if not saved:
            return {}
        renew_heads(connection, scope)
        touched = records_of_verdicts(connection, scope, saved)
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


def lams_around(
    connection: Connection, scope: str, commits: Collection[Commit], others: Iterable[bytes] = ()
) -> dict[bytes, int]:
    """The order numbers of those of the commits, of their parents and of the others that are here."""
    # A number above those of the heads needs no question, and a first exchange brings ten thousand of them.
    newest = max((row.lam for row in connection.execute(_NUMBERED_HEADS, {"of_scope": scope})), default=0)
    asked = {*others, *(commit.id for commit in commits)}
    asked.update(parent for commit in commits for parent in commit.parents)
    asked.difference_update(commit.id for commit in commits if commit.lam > newest)
    return lams(connection, scope, sorted(asked))


def commit_rows(
    connection: Connection, scope: str, ids: Sequence[bytes], *columns: Any
) -> Iterator[Row[Any]]:
    """Id and some columns of those of the commits that are here."""
    return rows_in_parts(connection, _commits_statement(columns, connection.dialect.name), scope, ids)


@cache
def _commits_statement(columns: tuple[Any, ...], dialect: str) -> Select[Any]:
    return select(COMMITS.c.id, *columns).where(of_scope(dialect, COMMITS.c.id))


# Made once: to make a statement takes longer than to run it, and every save runs these.
_HEADS_OF = select(HEADS.c.id).where(HEADS.c.scope == bindparam("of_scope")).order_by(HEADS.c.id)
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
_ADD_HEAD = insert(HEADS)
_CONTESTED_FIELDS = select(CONFLICTS.c.field).where(
    CONFLICTS.c.scope == bindparam("of_scope"),
    CONFLICTS.c.tbl == bindparam("of_table"),
    CONFLICTS.c.rid == bindparam("of_record"),
)
_TAKE_HEADS = delete(HEADS).where(
    HEADS.c.scope == bindparam("of_scope"), HEADS.c.id.in_(bindparam("these", expanding=True))
)


@cache
def _seen_statement(table: Table, dialect: str) -> Select[Any]:
    return select(table.c.id, table.c.ver, table.c.is_deleted).where(of_scope(dialect, table.c.id))


def _contested(connection: Connection, facts: Mapping[str, Any]) -> set[str]:
    """Those of some records of which something waits for a choice."""
    return set(connection.execute(_contested_statement(connection.dialect.name), facts).scalars())


@cache
def _contested_statement(dialect: str) -> Select[Any]:
    return select(CONFLICTS.c.rid).where(
        CONFLICTS.c.scope == bindparam("of_scope"),
        CONFLICTS.c.tbl == bindparam("of_table"),
        among_named(dialect, CONFLICTS.c.rid, "these"),
    )


def _last_own(
    connection: Connection, scope: str, dev: str, heads: Sequence[Row[*tuple[Any, ...]]]
) -> bytes | None:
    # All others come before the one head. Of several each may be one's own: two clones wrote as the same PC.
    if len(heads) == 1 and heads[0].dev == dev:
        return bytes(heads[0].id)
    return last_own(connection, scope, dev)


def last_own(connection: Connection, scope: str, dev: str) -> bytes | None:
    """The last commit of one life of a PC, as far as it is here."""
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
    add_rows(connection, COMMITS, rows)
    touched = [
        {"scope": commit.scope, "tbl": op.table, "rid": op.record_id, "cid": commit.id}
        for commit, _dev in commits
        for op in decode_ops(commit)
    ]
    add_rows(connection, OPS, touched)


def move_heads(connection: Connection, scope: str, built_on: Iterable[bytes], new: Sequence[bytes]) -> None:
    """Commits that were built on are heads no more; the new ones are."""
    for part in parts(sorted(built_on)):
        connection.execute(_TAKE_HEADS, {"of_scope": scope, "these": part})
    if new:
        connection.execute(_ADD_HEAD, [{"scope": scope, "id": one} for one in new])


def renew_heads(connection: Connection, scope: str) -> None:
    """Makes heads again of the parents of orphans on which nothing else was built, once the county named new orphans.

    An orphan stands where its parent may be missing, so it is no proof that the parent is there: if it hid the parent,
    equal heads would not mean equal records.
    """
    orphans = orphans_in(connection, scope)
    named = {
        parent for one in load_commits(connection, scope, sorted(orphans)).values() for parent in one.parents
    }
    numbers = lams(connection, scope, sorted(named))
    if not numbers:
        return
    free = set(numbers)
    facts = {"of_scope": scope, "after": min(numbers.values())}
    for row in connection.execute(_LATER, facts):
        if bytes(row.id) not in orphans:
            free.difference_update(parents_in(row.parents))
    fresh = free.difference(heads(connection, scope))
    move_heads(connection, scope, (), sorted(fresh))


_LATER = select(COMMITS.c.id, COMMITS.c.parents).where(
    COMMITS.c.scope == bindparam("of_scope"), COMMITS.c.lam > bindparam("after")
)


def parents_in(joined: bytes | None) -> tuple[bytes, ...]:
    """The ids of parents as a row of `commit_` joins them."""
    joined = bytes(joined or b"")
    if len(joined) == ID_BYTES:
        # Nearly all of them, and a first exchange reads ten thousand.
        return (joined,)
    return tuple(joined[start : start + ID_BYTES] for start in range(0, len(joined), ID_BYTES))


def commit_of(row: Sequence[Any]) -> Commit:
    """The commit of a full row of `commit_`."""
    # In the order of the table: to ask each row for its columns by name was a sixth of making a bundle.
    scope, one, lam, dev, own, parents, meta, salt, ops, _got_at = row
    return Commit(
        scope=scope,
        id=bytes(one),
        lam=lam,
        device=dev.partition("/")[0],
        own=bytes(own) if own is not None else None,
        parents=parents_in(parents),
        meta=bytes(meta),
        salt=bytes(salt),
        ops=bytes(ops or b""),
    )


def load_commits(connection: Connection, scope: str, ids: Sequence[bytes]) -> dict[bytes, Commit]:
    """Commits by id; those that are not here are left out."""
    rows = rows_in_parts(connection, _whole_statement(connection.dialect.name), scope, ids)
    return {commit.id: commit for commit in map(commit_of, rows)}


@cache
def _whole_statement(dialect: str) -> Select[Any]:
    return select(COMMITS).where(of_scope(dialect, COMMITS.c.id))


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
    if not record_ids:
        return {}
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


RecordOps = Mapping[str, Sequence[tuple[str, FoldOp]]]
"""Record id → its new operations in ascending `(lam, id)`, each with the hex id of its commit."""


def straight_records(connection: Connection, kind: Kind, scope: str, new: RecordOps) -> Straight:
    """Those of the records whose new operations can be written onto their rows without looking at the old ones.

    Before:  the operations are in the log; none of them is refused, and no word of the county on an earlier one is
             new: the rows are what the log said before.
    """
    if not new:
        return Straight()
    standing = _standing_records(connection, kind, scope, new)
    added: dict[str, Folded] = {}
    edited: dict[str, Folded] = {}
    for one, state in standing.items():
        found = follow(state, new[one])
        if found is not None:
            (edited if state.heads else added)[one] = found
    return Straight(added, edited)


def _standing_records(connection: Connection, kind: Kind, scope: str, new: RecordOps) -> dict[str, Standing]:
    """How the records stand of which nothing waits for a choice; those without a row were never heard of before."""
    dialect = connection.dialect.name
    facts = {"of_scope": scope, "of_table": kind.name}
    # Whoever had seen nothing of the record made it; that its row is there as well is for the log to deny.
    made = [one for one in new if not new[one][0][1].parents]
    counted = connection.execute(_counts_statement(dialect), {**facts, "these": made}).all() if made else ()
    found = {row.rid: Standing() for row in counted if row.ops_count == len(new[row.rid])}
    # A row of a kind whose rows are never changed is met by nothing that could be written onto it.
    older = [] if kind.info.insert_only else [one for one in new if one not in found]
    if not older:
        return found
    seen = connection.execute(_seen_statement(kind.table.__table__, dialect), {**facts, "these": older})
    rows = {row.id: row for row in seen}
    if not rows:
        return found
    contested = _contested(connection, {**facts, "these": list(rows)})
    named = {one for row in rows.values() for one in row.ver if _HEX_ID.fullmatch(one)}
    numbers = {one.hex(): lam for one, lam in lams(connection, scope, _bytes_of(named)).items()}
    for one, row in rows.items():
        own = [numbers[head] for head in row.ver if head in numbers]
        if one not in contested and own and len(own) == len(row.ver):
            found[one] = Standing(tuple(row.ver), max(own), bool(row.is_deleted))
    return found


def _bytes_of(hex_ids: Iterable[str]) -> list[bytes]:
    return sorted(bytes.fromhex(one) for one in hex_ids)


@cache
def _counts_statement(dialect: str) -> Select[Any]:
    return (
        select(OPS.c.rid, func.count().label("ops_count"))
        .where(
            OPS.c.scope == bindparam("of_scope"),
            OPS.c.tbl == bindparam("of_table"),
            among_named(dialect, OPS.c.rid, "these"),
        )
        .group_by(OPS.c.rid)
    )


def refused_in(connection: Connection, scope: str) -> set[str]:
    """Hex ids of the commits of a scope whose operations the county does not let count."""
    return refused_among(verdicts_in(connection, scope))


def refused_among(said: Mapping[str, Collection[str]]) -> set[str]:
    """Those of the county's words that do not let a commit count: hex commit id → what it said."""
    return {one for one, words in said.items() if REFUSED in words}


def orphans_in(connection: Connection, scope: str) -> set[bytes]:
    """The commits of a scope that the county lets count although a parent of theirs is lost."""
    return orphans_among(verdicts_in(connection, scope))


def orphans_among(said: Mapping[str, Collection[str]]) -> set[bytes]:
    """Those among the county's words: hex commit id → what it said."""
    return {
        bytes.fromhex(one)
        for one, words in said.items()
        if WITHOUT_PARENT in words and _HEX_ID.fullmatch(one)
    }


def verdicts_in(connection: Connection, scope: str) -> dict[str, set[str]]:
    """Hex commit id → what the county said of it, as the rows of the scope have it."""
    found: dict[str, set[str]] = {}
    for row in connection.execute(_VERDICTS_IN, {"of_scope": scope}):
        found.setdefault(row.commit_id or "", set()).add(row.verdict or "")
    return found


def decided_in(connection: Connection, scope: str) -> frozenset[bytes]:
    """The commits that the county let count, or not: it named them by their hash, so nobody else need prove them."""
    return decided_among(verdicts_in(connection, scope))


def decided_among(said: Mapping[str, Collection[str]]) -> frozenset[bytes]:
    """Those among the county's words: hex commit id → what it said."""
    decided = {ACCEPTED, REFUSED}
    return frozenset(
        bytes.fromhex(one)
        for one, words in said.items()
        if not decided.isdisjoint(words) and _HEX_ID.fullmatch(one)
    )


_VERDICTS_IN = select(VERDICTS.c.commit_id, VERDICTS.c.verdict).where(
    VERDICTS.c.scope == bindparam("of_scope"),
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
            if told and _HEX_ID.fullmatch(told):
                named.add(bytes.fromhex(told))
    found: dict[str, dict[str, None]] = {}
    for part in parts(sorted(named)):
        touched = select(OPS.c.tbl, OPS.c.rid).where(OPS.c.scope == scope, among(connection, OPS.c.cid, part))
        for row in connection.execute(touched):
            found.setdefault(row.tbl, {})[row.rid] = None
    return found
