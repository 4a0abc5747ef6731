"""Planted bugs, one for each thing that real systems got wrong: each is a patch of the running engine, put on and off.

The simulation is worth what it finds: `test_mutants.py` demands that it finds every one of these soon.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from unittest import mock

from sqlalchemy import text

from desktop.database import capture
from desktop.database.columns import read_instant
from desktop.database.record import COUNTY_SCOPE
from desktop.sync import apply, authors, bundle, commits, exchange, fold, log, outgoing, peer_words, rows
from desktop.sync.fold import Choice, Folded, FoldOp, Standing
from desktop.sync.peer_words import PEERS

Patch = tuple[Any, str, Any]
Planting = Callable[[], Sequence[Patch]]


@dataclass(frozen=True)
class Mutant:
    """A planted bug.

    Shape:   `found_at` is the first seed whose world shows it, counted from 1.
    """

    plant: Planting
    found_at: int


MUTANTS: dict[str, Mutant] = {}


def mutant(*, found_at: int) -> Callable[[Planting], Planting]:
    """Adds a planted bug under the name of its function."""

    def add(make: Planting) -> Planting:
        MUTANTS[make.__name__] = Mutant(make, found_at)
        return make

    return add


@contextmanager
def planted(name: str) -> Iterator[None]:
    """The engine with one of the bugs in it."""
    patches = [mock.patch.object(where, what, new) for where, what, new in MUTANTS[name].plant()]
    for one in patches:
        one.start()
    try:
        yield
    finally:
        for one in patches:
            one.stop()


# -- merging -------------------------------------------------------------------------------------------------------


@mutant(found_at=22)
def the_last_to_arrive_wins() -> Sequence[Patch]:
    """The order of delivery decides which of two values is shown."""
    real = log.folded_records

    def wrong(connection: Any, scope: str, *rest: Any) -> dict[str, Folded]:
        found = real(connection, scope, *rest)
        arrived = {
            row.id.hex(): row.rowid
            for row in connection.execute(
                text("SELECT rowid, id FROM commit_ WHERE scope = :s"), {"s": scope}
            )
        }
        for folded in found.values():
            for name, choices in folded.conflicts.items():
                if name in folded.fields:
                    folded.fields[name] = max(choices, key=lambda one: arrived[one.cid]).value
        return found

    return [(log, "folded_records", wrong), (apply, "folded_records", wrong)]


@mutant(found_at=22)
def the_loser_of_a_conflict_is_dropped() -> Sequence[Patch]:
    """Last writer wins, and nobody hears of the other value."""
    real = fold.fold

    def wrong(ops: Mapping[str, FoldOp]) -> Folded:
        folded = real(ops)
        kept = {name: choices for name, choices in folded.conflicts.items() if name == "_del"}
        return Folded(folded.fields, folded.heads, folded.deleted, kept)

    return [(log, "fold", wrong)]


@mutant(found_at=61)
def one_of_three_values_is_dropped() -> Sequence[Patch]:
    """A conflict holds two sides and no more."""
    real = fold.fold

    def wrong(ops: Mapping[str, FoldOp]) -> Folded:
        folded = real(ops)
        cut: dict[str, tuple[Choice, ...]] = {name: own[:2] for name, own in folded.conflicts.items()}
        return Folded(folded.fields, folded.heads, folded.deleted, cut)

    return [(log, "fold", wrong)]


@mutant(found_at=7)
def a_deletion_hides_what_it_did_not_see() -> Sequence[Patch]:
    """Absence wins: a record is gone as soon as anybody deletes it."""
    real = fold.fold

    def wrong(ops: Mapping[str, FoldOp]) -> Folded:
        folded = real(ops)
        if any(ops[cid].fields.get("_del") is True for cid in folded.heads):
            rest = {name: own for name, own in folded.conflicts.items() if name != "_del"}
            return Folded(folded.fields, folded.heads, deleted=True, conflicts=rest)
        return folded

    return [(log, "fold", wrong)]


@mutant(found_at=31)
def parents_are_taken_when_saving() -> Sequence[Patch]:
    """A form that was opened before an import overwrites what the import brought."""

    def wrong(self: Any, record: Any) -> tuple[str, ...]:
        return tuple(record.ver or ())

    return [(capture.RecordSession, "seen", wrong)]


@mutant(found_at=3)
def only_direct_parents_are_seen() -> Sequence[Patch]:
    """Ancestors through operations on other fields are forgotten."""
    real = fold.fold

    def wrong(ops: Mapping[str, FoldOp]) -> Folded:
        cut = {
            cid: FoldOp(
                op.lam,
                tuple(one for one in op.parents if one in ops and set(ops[one].fields) & set(op.fields)),
                op.fields,
            )
            for cid, op in ops.items()
        }
        return real(cut)

    return [(log, "fold", wrong)]


@mutant(found_at=11)
def a_conflicted_row_is_not_folded_again() -> Sequence[Patch]:
    """A save writes its row and leaves the list of conflicts as it was."""

    def wrong(*_args: Any) -> set[tuple[str, str]]:
        return set()

    return [(log.Log, "not_plain", wrong)]


@mutant(found_at=10)
def a_correction_does_not_hide_the_old_row() -> Sequence[Patch]:
    """Rows that were replaced stay in the lists of who imported the correction."""
    return [(where, "derive_versions", lambda *_args: None) for where in (log, rows)]


@mutant(found_at=17)
def an_edit_is_written_onto_what_it_never_saw() -> Sequence[Patch]:
    """Whatever arrives is written straight onto the row, and what the row held is forgotten."""
    real = fold.follow

    def wrong(standing: Standing, ops: Sequence[tuple[str, FoldOp]]) -> Folded | None:
        seen = (*standing.heads, *(cid for cid, _op in ops))
        return real(standing, [(cid, FoldOp(op.lam, seen, op.fields)) for cid, op in ops])

    return [(log, "follow", wrong)]


@mutant(found_at=11)
def a_contested_row_is_written_straight() -> Sequence[Patch]:
    """An edit that saw both values is written onto the row, and the conflict stays for ever."""
    return [(log, "_contested", lambda *_args: set())]


@mutant(found_at=26)
def an_edit_of_a_deleted_row_is_written_straight() -> Sequence[Patch]:
    """Who edits a deleted record brings it back, and nobody is asked."""
    real = fold.follow

    def wrong(standing: Standing, ops: Sequence[tuple[str, FoldOp]]) -> Folded | None:
        return real(Standing(standing.heads, standing.lam), ops)

    return [(log, "follow", wrong)]


# -- the log -------------------------------------------------------------------------------------------------------


@mutant(found_at=1)
def heads_forget_a_branch() -> Sequence[Patch]:
    """Taking in a branch makes it the only head, as if what is here were older."""
    real = apply._store

    def wrong(connection: Any, scope: str, commits: Any, *rest: Any) -> None:
        if commits:
            connection.execute(log.HEADS.delete().where(log.HEADS.c.scope == scope))
        real(connection, scope, commits, *rest)

    return [(apply, "_store", wrong)]


@mutant(found_at=3)
def a_commit_without_its_parent_is_taken_in() -> Sequence[Patch]:
    """The order of arrival is trusted: what came with a gap stays with a gap."""
    real = apply.order_objection

    def wrong(commit: Any, *rest: Any) -> str:
        why = real(commit, *rest)
        return "" if why == apply.PARENT_MISSING else why

    return [(apply, "order_objection", wrong), (authors, "order_objection", wrong)]


@mutant(found_at=1)
def what_cannot_be_used_is_thrown_away() -> Sequence[Patch]:
    """A commit whose parent is missing is dropped, and its sender believes that it arrived."""
    return [(exchange, "park", lambda *_args: None), (apply, "park", lambda *_args: None)]


@mutant(found_at=17)
def a_save_without_a_change_writes_one() -> Sequence[Patch]:
    """Versions rise although nothing was changed."""
    real = capture._changed_fields

    def wrong(record: Any, *rest: Any, **named: Any) -> dict[str, Any]:
        return real(record, *rest, **named) or {"phone": getattr(record, "phone", None)}

    return [(capture, "_changed_fields", wrong)]


# -- the exchange --------------------------------------------------------------------------------------------------


@mutant(found_at=5)
def sent_counts_as_arrived() -> Sequence[Patch]:
    """A peer is believed to hold what was written for it, whether or not it came."""
    real = exchange.Exchange._seal

    def wrong(self: Any, peer: Any, states: Any, *rest: Any, **named: Any) -> Any:
        made = real(self, peer, states, *rest, **named)
        with self.database.writing() as connection:
            for scope, state in states.items():
                mine = [one.hex() for one in state.heads]
                where = (PEERS.c.scope == scope, PEERS.c.peer == peer.device)
                connection.execute(PEERS.delete().where(*where))
                connection.execute(
                    PEERS.insert().values(scope=scope, peer=peer.device, heads=json.dumps(mine))
                )
        return made

    # The peer's own word counts for nothing.
    return [(exchange.Exchange, "_seal", wrong), (exchange, "changed_word", lambda *_args: {})]


@mutant(found_at=6)
def heads_of_a_peer_never_go_back() -> Sequence[Patch]:
    """Once a peer had something it is believed to have it for ever, also after its disk was put back."""
    real = peer_words.words_of

    def wrong(connection: Any, scopes: Any, peer: str) -> Any:
        memory: dict[tuple[int, str, str], list[bytes]] = wrong.__dict__.setdefault("memory", {})
        found = real(connection, scopes, peer)
        for scope, word in found.items():
            key = (id(connection.engine.pool), scope, peer)
            known = memory.setdefault(key, [])
            known += [one for one in word.heads if one not in known]
            word.heads[:] = known
        return found

    return [(exchange, "words_of", wrong)]


@mutant(found_at=12)
def a_batch_ends_in_the_middle() -> Sequence[Patch]:
    """A size limit cuts what has to stay together, and the rest is never sent."""
    real = outgoing._cuts

    def wrong(*args: Any) -> Iterator[Sequence[bytes]]:
        for ids in real(*args):
            yield ids[:2]

    return [(outgoing, "_cuts", wrong)]


@mutant(found_at=1)
def the_peer_is_told_before_it_is_stored() -> Sequence[Patch]:
    """The answer says that everything arrived; a part of it was never stored."""
    real = exchange.Exchange._take_commits

    def wrong(self: Any, scope: str, sorted_out: Any, *rest: Any) -> None:
        sorted_out.accepted = sorted_out.accepted[:3]
        real(self, scope, sorted_out, *rest)

    real_states = exchange.Exchange._states

    def boast(self: Any, connection: Any, words: Any) -> Any:
        states = real_states(self, connection, words)
        return {
            scope: bundle.ScopeState(tuple({*state.heads, *words[scope].heads}), state.base, ())
            for scope, state in states.items()
        }

    return [(exchange.Exchange, "_take_commits", wrong), (exchange.Exchange, "_states", boast)]


@mutant(found_at=1)
def rooms_get_each_others_records() -> Sequence[Patch]:
    """The county sends every room everything."""

    def wrong(self: Any, peer: Any) -> tuple[str, ...]:
        rooms = ("r:649901100201", "r:649901100202")
        return (COUNTY_SCOPE, *rooms) if self.party.is_county else (COUNTY_SCOPE, self.party.scope)

    return [(exchange.Exchange, "scopes_with", wrong)]


@mutant(found_at=1)
def proofs_are_not_kept() -> Sequence[Patch]:
    """Who passes on another's records cannot prove whose they are."""
    return [(exchange, "keep_vouches", lambda *_args: None)]


@mutant(found_at=1)
def order_follows_the_clock() -> Sequence[Patch]:
    """The number of a commit is the time at which it was saved."""
    real = commits.make_commit

    def wrong(**facts: Any) -> Any:
        return real(**{**facts, "lam": int(read_instant(facts["at"]).timestamp())})

    return [(log, "make_commit", wrong)]


@mutant(found_at=1)
def a_verdict_is_not_obeyed() -> Sequence[Patch]:
    """What the county refused still counts."""
    return [(log, "refused_among", lambda *_args: set()), (apply, "refused_among", lambda *_args: set())]


@mutant(found_at=1)
def a_verdict_is_obeyed_by_who_comes_later_only() -> Sequence[Patch]:
    """Rows that stand already are not folded again when the county decides."""
    return [
        (apply, "records_of_verdicts", lambda *_args: {}),
        (log, "records_of_verdicts", lambda *_args: {}),
    ]
