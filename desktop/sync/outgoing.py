"""What to send: the commits that the other side lacks, in pieces that can each be proved on arrival.

A piece ends only where every commit in it is covered by a vouch in it, because a receiver takes in nothing that it
cannot prove. Our own commits can be vouched for at any point; those of others end where their author once vouched.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from sqlalchemy import Connection, Select, func, select

from desktop.database.columns import of_scope
from desktop.sync.apply import AUTHOR_REVOKED, PARENT_MISSING, parked_commits
from desktop.sync.authors import stored_vouches
from desktop.sync.bundle import Vouch, make_vouch
from desktop.sync.commits import Commit
from desktop.sync.log import COMMITS, decided_in, load_commits, parents_in
from desktop.sync.parties import Party, load_devices
from desktop.sync.rows import rows_in_parts
from desktop.sync.walk import lacking

# What a line has beside meta and ops: salt, brackets, and parents when they are not the line before.
_LINE_BYTES = 100


@dataclass
class Piece:
    """Commits for one bundle, parents first, with the vouches that prove them.

    Shape:   `fresh` are the vouches that were signed for this piece and must be kept.
    """

    commits: list[Commit] = field(default_factory=list)
    vouches: list[Vouch] = field(default_factory=list)
    fresh: list[Vouch] = field(default_factory=list)
    size_bytes: int = 0

    def tips(self) -> dict[str, list[bytes]]:
        """The commits of each scope that no other in the piece builds on: who holds them holds the piece."""
        built_on = {(one.scope, parent) for one in self.commits for parent in one.parents}
        found: dict[str, list[bytes]] = {}
        for one in self.commits:
            if (one.scope, one.id) not in built_on:
                found.setdefault(one.scope, []).append(one.id)
        return found


@dataclass(frozen=True)
class _Node:
    id: bytes
    device: str
    parents: tuple[bytes, ...]
    size_bytes: int


def plan(connection: Connection, scope: str, theirs: Sequence[bytes], wanted: Sequence[bytes]) -> list[bytes]:
    """The ids of what to send of one scope, parents first: what they lack, and what they asked for."""
    ids = lacking(connection, scope, theirs)
    extra = [one for one in wanted if one not in set(ids)]
    if not extra:
        return ids
    asked = load_commits(connection, scope, extra)
    found = load_commits(connection, scope, ids) | asked
    return sorted(found, key=lambda one: (found[one].lam, one))


def pieces(
    connection: Connection, party: Party, plans: Mapping[str, Sequence[bytes]], budget_bytes: int
) -> Iterator[Piece]:
    """The commits of several scopes in pieces of about the budget; one empty piece when there is nothing."""
    piece = Piece()
    gave = False
    for scope in sorted(plans):
        for ids in _cuts(connection, party, scope, plans[scope], budget_bytes):
            own = _load_piece(connection, party, scope, ids)
            if piece.commits and piece.size_bytes + own.size_bytes > budget_bytes:
                yield piece
                piece, gave = Piece(), True
            piece.commits += own.commits
            piece.vouches += own.vouches
            piece.fresh += own.fresh
            piece.size_bytes += own.size_bytes
    if piece.commits or not gave:
        yield piece


@dataclass(frozen=True)
class Aside:
    """Commits that wait here for the county's decision, in ascending `lam` for each scope, with what proves them."""

    commits: tuple[Commit, ...] = ()
    vouches: tuple[Vouch, ...] = ()


def aside_for_county(connection: Connection, party: Party, scopes: Sequence[str], budget_bytes: int) -> Aside:
    """What a PC that was shut out had handed to this one: nobody else may have it, and the county must decide.

    Shape:   the oldest, as far as the budget goes; the others follow once the county has spoken about these. Those that
             stand on something lost go along: nobody else would bring them.
    """
    waiting = list(parked_commits(connection, scopes, (AUTHOR_REVOKED, PARENT_MISSING)))
    authors = load_devices(connection, party.county, {one.device for one in waiting})
    waiting = [one for one in waiting if one.device in authors and authors[one.device].is_revoked]
    commits: list[Commit] = []
    left_bytes = budget_bytes
    for one in sorted(waiting, key=lambda one: (one.lam, one.id)):
        left_bytes -= len(one.meta) + len(one.ops) + _LINE_BYTES
        if commits and left_bytes < 0:
            break
        commits.append(one)
    vouches = [
        vouch
        for scope in sorted({one.scope for one in commits})
        for vouch in stored_vouches(connection, scope, [one.id for one in commits if one.scope == scope])
    ]
    return Aside(tuple(commits), tuple(vouches))


def _load_piece(connection: Connection, party: Party, scope: str, ids: Sequence[bytes]) -> Piece:
    found = load_commits(connection, scope, ids)
    commits = [found[one] for one in ids if one in found]
    vouches = stored_vouches(connection, scope, ids)
    fresh = _sign_own(party, scope, commits, vouches)
    size = sum(len(one.meta) + len(one.ops) + _LINE_BYTES for one in commits)
    return Piece(commits, [*vouches, *fresh], fresh, size)


def _sign_own(party: Party, scope: str, commits: Sequence[Commit], vouches: Sequence[Vouch]) -> list[Vouch]:
    """Vouches for our own commits that none covers yet: one for the newest, more only where our history is split."""
    vouched = {one.commit_id for one in vouches if one.device == party.device}
    here = {one.id for one in commits}
    covered: set[bytes] = set()
    signed = []
    for commit in reversed(commits):
        is_covered = commit.id in covered or commit.id in vouched
        if commit.device == party.device and not is_covered:
            signed.append(make_vouch(scope, commit.id, party.device, party.sign_secret))
            is_covered = True
        if is_covered:
            covered.update(one for one in commit.parents if one in here)
    return signed


def _cuts(
    connection: Connection, party: Party, scope: str, ids: Sequence[bytes], budget_bytes: int
) -> Iterator[Sequence[bytes]]:
    """Runs of the ids, each about the budget and each provable with what came before it."""
    if _size_bytes(connection, scope, ids) <= budget_bytes:
        if ids:
            yield ids
        return
    nodes = _nodes(connection, scope, ids)
    proved_at = _proved_at(connection, party, scope, nodes)
    start, size, open_until = 0, 0, 0
    last_good = 0
    for place, node in enumerate(nodes):
        if size + node.size_bytes > budget_bytes and last_good > start:
            yield [one.id for one in nodes[start:last_good]]
            start = last_good
            size = sum(one.size_bytes for one in nodes[start:place])
        size += node.size_bytes
        open_until = max(open_until, proved_at[place])
        if open_until <= place:
            last_good = place + 1
    yield [one.id for one in nodes[start:]]


def _size_bytes(connection: Connection, scope: str, ids: Sequence[bytes]) -> int:
    """What the lines of these commits take up. Nearly always they fit, and their places need not be looked at."""
    found = rows_in_parts(connection, _size_statement(connection.dialect.name), scope, ids)
    return sum((row.size_bytes or 0) + row.line_count * _LINE_BYTES for row in found)


def _nodes(connection: Connection, scope: str, ids: Sequence[bytes]) -> list[_Node]:
    found: dict[bytes, _Node] = {}
    for row in rows_in_parts(connection, _nodes_statement(connection.dialect.name), scope, ids):
        one, size = bytes(row.id), row.size_bytes + _LINE_BYTES
        found[one] = _Node(one, row.dev.partition("/")[0], parents_in(row.parents), size)
    return [found[one] for one in ids if one in found]


_LENGTH = func.length(COMMITS.c.meta) + func.coalesce(func.length(COMMITS.c.ops), 0)


@cache
def _size_statement(dialect: str) -> Select[Any, int]:
    size = func.sum(_LENGTH).label("size_bytes")
    return select(size, func.count().label("line_count")).where(of_scope(dialect, COMMITS.c.id))


@cache
def _nodes_statement(dialect: str) -> Select[Any]:
    return select(COMMITS.c.id, COMMITS.c.dev, COMMITS.c.parents, _LENGTH.label("size_bytes")).where(
        of_scope(dialect, COMMITS.c.id)
    )


def _proved_at(connection: Connection, party: Party, scope: str, nodes: Sequence[_Node]) -> list[int]:
    """For each commit the first place at which it is provable: its own place for ours, its vouch's for others'.

    What the county decided on waits at the receiver until the verdict comes, so its own place does for it as well.
    """
    places = {node.id: place for place, node in enumerate(nodes)}
    decided = decided_in(connection, scope)
    proved = [
        place if node.device == party.device or node.id in decided else len(nodes) - 1
        for place, node in enumerate(nodes)
    ]
    reached: dict[str, set[bytes]] = {}
    targets = [
        (places[one.commit_id], one.device)
        for one in stored_vouches(connection, scope, list(places))
        if nodes[places[one.commit_id]].device == one.device
    ]
    for place, device in sorted(targets):
        seen = reached.setdefault(device, set())
        waiting = [nodes[place].id]
        while waiting:
            one = waiting.pop()
            if one in seen or one not in places:
                continue
            seen.add(one)
            node = nodes[places[one]]
            if node.device == device:
                proved[places[one]] = min(proved[places[one]], place)
            waiting += node.parents
    return proved
