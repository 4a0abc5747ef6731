"""What a record looks like after a set of operations, whatever order they came in.

Pure, and the only place where concurrent edits meet. No clock, no counter, no sender decides anything.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from desktop.sync.commits import JSON

DELETED = "_del"


class FoldOp(NamedTuple):
    """One operation on the record: the order number of its commit, the commits it had seen, what it wrote."""

    lam: int
    parents: tuple[str, ...]
    fields: Mapping[str, JSON]


@dataclass(frozen=True)
class Choice:
    """One of several values of a field, none of whose writers saw the others."""

    cid: str
    value: JSON


@dataclass(frozen=True)
class Folded:
    """The record's state.

    Shape:   `heads` are the ops that nobody built on, ascending: what an edit made now has seen. In `conflicts` the
             first choice is the value shown meanwhile; under `_del` the choices are true (deleted) and false (kept).
    """

    fields: dict[str, JSON] = field(default_factory=dict)
    heads: tuple[str, ...] = ()
    deleted: bool = False
    conflicts: dict[str, tuple[Choice, ...]] = field(default_factory=dict)


def fold(ops: Mapping[str, FoldOp]) -> Folded:
    """The record that these operations make, keyed by the hex id of their commits.

    A value lives until an op that had seen it, directly or through others, writes the same field. Several living
    values that differ are a conflict; the one with the greatest `(lam, id)` is shown until a person chooses. A
    record is deleted only when every head deletes it: a deletion that did not see an edit hides nothing.

    Shape:   parents that are not among `ops` are ignored, and so are parents that do not come earlier in `lam`
             (honest writers make none), which rules out cycles. Linear in the number of ops times fields.
    Source:  docs/formats/commit.md, "Fold".
    """
    if len(ops) == 1:
        # Most records are written once.
        ((cid, only),) = ops.items()
        told = {name: only.fields[name] for name in sorted(only.fields) if name != DELETED}
        return Folded(told, (cid,), only.fields.get(DELETED) is True)
    newest_first = sorted(ops.items(), key=lambda item: (item[1].lam, item[0]), reverse=True)
    # For each op: the fields that some later op wrote after seeing it.
    overwritten: dict[str, set[str]] = {}
    living: dict[str, list[Choice]] = {}
    heads: list[str] = []
    for cid, op in newest_first:
        if cid not in overwritten:
            heads.append(cid)
        hidden = overwritten.pop(cid, set())
        for name, value in op.fields.items():
            if name not in hidden:
                living.setdefault(name, []).append(Choice(cid, value))
        hidden.update(op.fields)
        seen = [cid for cid in set(op.parents) if cid in ops and ops[cid].lam < op.lam]
        for parent in seen[1:]:
            overwritten.setdefault(parent, set()).update(hidden)
        for parent in seen[:1]:
            # The set itself is handed on where it can be, so that a long plain history copies nothing.
            hidden.update(overwritten.get(parent, ()))
            overwritten[parent] = hidden
    return _settle(ops, living, heads)


@dataclass(frozen=True)
class Standing:
    """What must be known of a record to write an edit straight onto its row: nothing of it waits for a choice.

    Shape:   `heads` as in `Folded`, none for a record that is not there; `lam` is the greatest of their numbers.
    """

    heads: tuple[str, ...] = ()
    lam: int = 0
    deleted: bool = False


def follow(standing: Standing, ops: Sequence[tuple[str, FoldOp]]) -> Folded | None:
    """What some operations, in ascending `(lam, id)`, make of a record, told by the fields that they write alone.

    None when one of them had not seen everything before it, or revives a deleted record: then only the fold of all
    operations knows. Otherwise the fold says the same: whoever saw every head comes after every operation, so what it
    writes is the one living value and what it does not write stays as it was.
    """
    heads, lam, deleted = standing.heads, standing.lam, standing.deleted
    fields: dict[str, JSON] = {}
    for cid, op in ops:
        if heads and (deleted or op.lam <= lam or not set(heads).issubset(op.parents)):
            return None
        fields.update(op.fields)
        heads, lam, deleted = (cid,), op.lam, op.fields.get(DELETED) is True
    fields.pop(DELETED, None)
    return Folded(fields, heads, deleted)


def without(ops: Mapping[str, FoldOp], refused: Collection[str]) -> Mapping[str, FoldOp]:
    """The operations without those that the county refused; who had seen a refused one had seen what it had seen."""
    if not any(one in ops for one in refused):
        return ops

    def through(parents: Iterable[str]) -> tuple[str, ...]:
        seen: set[str] = set()
        waiting = list(parents)
        while waiting:
            one = waiting.pop()
            if one not in seen:
                seen.add(one)
                if one in refused and one in ops:
                    waiting += ops[one].parents
        return tuple(sorted(one for one in seen if one not in refused))

    return {
        cid: FoldOp(op.lam, through(op.parents), op.fields) for cid, op in ops.items() if cid not in refused
    }


def _settle(ops: Mapping[str, FoldOp], living: dict[str, list[Choice]], heads: list[str]) -> Folded:
    deletions = living.pop(DELETED, [])
    conflicts = {
        name: tuple(choices)
        for name, choices in living.items()
        if len(choices) > 1 and len({_key(one.value) for one in choices}) > 1
    }
    deleted = bool(heads) and all(ops[cid].fields.get(DELETED) is True for cid in heads)
    if not deleted and any(choice.value is True for choice in deletions):
        conflicts[DELETED] = _kept_or_deleted(ops, deletions, heads)
    return Folded(
        fields={name: choices[0].value for name, choices in sorted(living.items())},
        heads=tuple(sorted(heads)),
        deleted=deleted,
        conflicts=dict(sorted(conflicts.items())),
    )


def _kept_or_deleted(
    ops: Mapping[str, FoldOp], deletions: list[Choice], heads: list[str]
) -> tuple[Choice, ...]:
    # The record stays visible, so "kept" is the first choice; a head that only edits speaks for keeping.
    choices = {choice.cid: Choice(choice.cid, choice.value is True) for choice in deletions}
    for cid in heads:
        choices.setdefault(cid, Choice(cid, value=False))
    return tuple(sorted(choices.values(), key=lambda one: (one.value is True, -ops[one.cid].lam, one.cid)))


def _key(value: JSON) -> str:
    # Python holds 1, 1.0 and True for equal; the officers do not.
    return json.dumps(value, sort_keys=True, ensure_ascii=True)
