"""Who may write what: a commit is taken in only when its author's own digital signature covers it.

A device signs the newest commit that it wrote (a *vouch*), and so every one of its commits among the ancestors. Whoever
carries the commits need not be trusted. What may not be used is told here with its reason, and kept by the caller.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import chain
from typing import Any

from sqlalchemy import Connection, Select, insert, select

from desktop.database.columns import of_scope
from desktop.database.kinds import Registry
from desktop.database.record import COUNTY_SCOPE
from desktop.sync.allowed import op_is_allowed
from desktop.sync.apply import (
    AUTHOR_REVOKED,
    NOT_ALLOWED,
    NOT_VOUCHED,
    PARENT_MISSING,
    order_objection,
    parked_commits,
)
from desktop.sync.bundle import Vouch, vouch_is_right
from desktop.sync.certificates import ROLE_COUNTY
from desktop.sync.commits import Commit, decode_ops
from desktop.sync.log import decided_among, lams_around, orphans_among, verdicts_in
from desktop.sync.parties import Device, Party, load_devices
from desktop.sync.rows import rows_in_parts
from desktop.sync.tables import CommitVerdict, VouchRow

VOUCHES = VouchRow.__table__

# A person or a rule decided about these; the others may fit once more has come.
RETRIED = (PARENT_MISSING, NOT_VOUCHED, AUTHOR_REVOKED)


@dataclass
class Judgement:
    """What may be used of some commits of one scope.

    Shape:   `accepted` in ascending `lam`; `refused` maps the others' ids to the reason; `vouches` are the valid ones
             that name a commit which is here or came now, as far as they are not kept yet.
    """

    accepted: list[Commit] = field(default_factory=list)
    refused: dict[bytes, str] = field(default_factory=dict)
    refused_commits: list[Commit] = field(default_factory=list)
    vouches: list[Vouch] = field(default_factory=list)


# A device that vouches, and whether its word counts: not when it was shut out, nor with a key that was stolen.
_Mark = tuple[str, bool]


@dataclass(frozen=True)
class _Case:
    """Everything that judging one scope's commits needs.

    Shape:   `said` maps hex commit ids to what the county said of them as far as it is here already, `said_by` the same
             for each of the commits that carries a verdict.
    """

    registry: Registry
    scope: str
    commits: Mapping[bytes, Commit]
    order: Sequence[bytes]
    known_lams: Mapping[bytes, int]
    devices: Mapping[str, Device]
    targets: Mapping[bytes, frozenset[_Mark]]
    from_county: frozenset[bytes]
    said: Mapping[str, Collection[str]]
    said_by: Mapping[bytes, Mapping[str, Collection[str]]]


def judge(
    connection: Connection,
    registry: Registry,
    party: Party,
    scope: str,
    *,
    commits: Iterable[Commit],
    vouches: Iterable[Vouch],
    from_county: bool,
) -> Judgement:
    """Sorts commits that arrived, and those that waited, into what may be used now and what may not.

    `from_county`: the county sent those that arrived, so it has accepted them, also those of a device that it shut out
    since; its bundle says nothing about what waited here.
    """
    arrived = {commit.id: commit for commit in commits}
    waiting = {commit.id: commit for commit in parked_commits(connection, (scope,), RETRIED)}
    candidates = waiting | arrived
    told = {(one.commit_id, one.device): one for one in vouches if one.scope == scope}
    named = candidates.keys() | {one.commit_id for one in told.values()}
    kept = {(one.commit_id, one.device): one for one in _stored(connection, scope, sorted(named))}
    here = lams_around(connection, scope, candidates.values(), named)
    fresh = {one: commit for one, commit in candidates.items() if one not in here}
    told |= {key: one for key, one in kept.items() if one.commit_id in fresh}
    devices = load_devices(
        connection,
        party.county,
        {commit.device for commit in fresh.values()} | {one.device for one in told.values()},
    )
    valid: dict[Vouch, bool] = {}
    for one in told.values():
        if one.commit_id in fresh or one.commit_id in here:
            counts = _counts(one, devices)
            if counts is not None:
                valid[one] = counts
    case = _Case(
        registry=registry,
        scope=scope,
        commits=fresh,
        order=sorted(fresh, key=lambda one: (fresh[one].lam, one)),
        known_lams=here,
        devices=devices,
        targets=_targets(valid, fresh),
        from_county=frozenset(arrived if from_county else ()),
        said=verdicts_in(connection, scope),
        said_by=_said_by(fresh, devices),
    )
    done = _sort(case)
    done.vouches = [one for one in valid if kept.get((one.commit_id, one.device)) != one]
    return done


def keep_vouches(connection: Connection, vouches: Iterable[Vouch]) -> None:
    """Keeps valid vouches; those that are here stay as they are."""
    wanted = {(one.scope, one.commit_id, one.device): one for one in vouches}
    for scope in sorted({key[0] for key in wanted}):
        ids = sorted({key[1] for key in wanted if key[0] == scope})
        here = {(one.scope, one.commit_id, one.device) for one in _stored(connection, scope, ids)}
        rows = [
            {"scope": one.scope, "id": one.commit_id, "dev": one.device, "sig": one.sig}
            for key, one in sorted(wanted.items())
            if key[0] == scope and key not in here
        ]
        if rows:
            connection.execute(_ADD_VOUCHES, rows)


def _stored(connection: Connection, scope: str, ids: Sequence[bytes]) -> list[Vouch]:
    rows = rows_in_parts(connection, _vouches_statement(connection.dialect.name), scope, ids)
    return [Vouch(row.scope, bytes(row.id), row.dev, bytes(row.sig)) for row in rows]


_ADD_VOUCHES = insert(VOUCHES)


@cache
def _vouches_statement(dialect: str) -> Select[Any]:
    return select(VOUCHES).where(of_scope(dialect, VOUCHES.c.id))


stored_vouches = _stored


def _counts(vouch: Vouch, devices: Mapping[str, Device]) -> bool | None:
    """Whether a valid vouch counts; None for one that is not valid."""
    device = devices.get(vouch.device)
    if device is None:
        return None
    if vouch_is_right(vouch, device.signs):
        return not device.is_revoked
    return False if vouch_is_right(vouch, device.withdrawn) else None


def _targets(vouches: Mapping[Vouch, bool], fresh: Mapping[bytes, Commit]) -> dict[bytes, frozenset[_Mark]]:
    """Commit → devices that vouch for it; a device vouches with a commit that it wrote itself."""
    found: dict[bytes, set[_Mark]] = {}
    for one, counts in vouches.items():
        if one.commit_id in fresh and fresh[one.commit_id].device == one.device:
            found.setdefault(one.commit_id, set()).add((one.device, counts))
    return {one: frozenset(marks) for one, marks in found.items()}


def _said_by(
    fresh: Mapping[bytes, Commit], devices: Mapping[str, Device]
) -> dict[bytes, Mapping[str, Collection[str]]]:
    """What the county says in the commits that have come: they may build on the very commits that it speaks of."""
    found: dict[bytes, Mapping[str, Collection[str]]] = {}
    for one, commit in fresh.items():
        device = devices.get(commit.device)
        if device is None or device.certificate.role != ROLE_COUNTY:
            continue
        told = {
            str(op.fields.get("commit_id")): {str(op.fields.get("verdict"))}
            for op in decode_ops(commit)
            if op.table == CommitVerdict.__tablename__
        }
        if told:
            found[one] = told
    return found


def _said(case: _Case, good: Collection[bytes]) -> Iterator[Mapping[str, Collection[str]]]:
    """What the county said in commits that are here, or that have come and are good."""
    return chain([case.said], (said for one, said in case.said_by.items() if one in good))


def _sort(case: _Case) -> Judgement:
    """Takes out what does not fit until nothing more falls: what stood on it falls with it.

    A vouch counts only while its own commit stays, so that whoever passes these commits on can prove them as well.
    """
    good = set(case.order)
    covered, looked_at = _covered(case, good), len(good)
    in_principle = covered
    discounted: set[bytes] = set()
    if len(in_principle) < len(good):
        reached = {one for one, marks in _reached(case, good) if _is_by_author(case, one, marks)}
        discounted = reached - in_principle
    refused: dict[bytes, str] = {}
    while True:
        orphans = frozenset[bytes]().union(*map(orphans_among, _said(case, good)))
        for one in [item for item in case.order if item in good]:
            why = _objection(case, case.commits[one], good, orphans)
            if why:
                is_proved = one in in_principle or one in discounted
                refused[one] = NOT_VOUCHED if why == PARENT_MISSING and not is_proved else why
                good.discard(one)
        if len(good) < looked_at:
            covered, looked_at = _covered(case, good), len(good)
        fallen = good - covered
        for one in fallen:
            refused[one] = _why_uncovered(case, case.commits[one], in_principle, discounted)
        good -= fallen
        if not fallen:
            break
    return Judgement(
        accepted=[case.commits[one] for one in case.order if one in good],
        refused=refused,
        refused_commits=[case.commits[one] for one in case.order if one in refused],
    )


def _reached(case: _Case, good: Collection[bytes]) -> Iterator[tuple[bytes, frozenset[_Mark]]]:
    """Each commit, newest first, with the vouches that reach it from a vouched commit that is good itself."""
    cover: dict[bytes, frozenset[_Mark]] = {}
    for one in reversed(case.order):
        marks = cover.pop(one, _NO_MARKS)
        if one in good and one in case.targets:
            marks |= case.targets[one]
        yield one, marks
        for parent in case.commits[one].parents:
            if parent in case.commits:
                cover[parent] = cover[parent] | marks if parent in cover else marks


_NO_MARKS: frozenset[_Mark] = frozenset()


def _covered(case: _Case, good: Collection[bytes]) -> set[bytes]:
    """The commits that their author's vouch covers."""
    decided = frozenset[bytes]().union(*map(decided_among, _said(case, good)))
    # What the county names by its hash needs no other proof: its author's may stand on something lost.
    return {one for one, marks in _reached(case, good) if one in decided or _is_covered(case, one, marks)}


def _is_by_author(case: _Case, one: bytes, marks: Collection[_Mark]) -> bool:
    return any(device == case.commits[one].device for device, _counts in marks)


def _is_covered(case: _Case, one: bytes, marks: Collection[_Mark]) -> bool:
    if not _is_by_author(case, one, marks):
        return False
    if one in case.from_county:
        return True
    # Where the author's own word does not count: another PC built on it before it heard of that, and its own work must
    # not hang for it.
    return any(counts for _device, counts in marks)


def _why_uncovered(case: _Case, commit: Commit, in_principle: set[bytes], discounted: set[bytes]) -> str:
    device = case.devices.get(commit.device)
    is_out = commit.id in discounted or (device is not None and device.is_revoked)
    if is_out and commit.id not in case.from_county:
        return AUTHOR_REVOKED
    # Its vouch stands on something that may not be used.
    return PARENT_MISSING if commit.id in in_principle else NOT_VOUCHED


def _objection(case: _Case, commit: Commit, good: set[bytes], orphans: Collection[bytes]) -> str:
    device = case.devices.get(commit.device)
    if device is not None and not may_write(device, case.scope):
        return NOT_ALLOWED
    parent_lams = {
        one: case.known_lams[one] if one in case.known_lams else case.commits[one].lam
        for one in commit.parents
        if one in case.known_lams or one in good
    }
    why = order_objection(commit, parent_lams, orphans)
    if why:
        return why
    role = device.certificate.role if device is not None else ""
    if any(not op_is_allowed(case.registry, op, by_county=role == ROLE_COUNTY) for op in decode_ops(commit)):
        return NOT_ALLOWED
    return ""


def may_write(device: Device, scope: str) -> bool:
    """Whether a device may write into a scope: the county everywhere, a room's PC only into its room's."""
    certificate = device.certificate
    return certificate.role == ROLE_COUNTY or (certificate.scope == scope and scope != COUNTY_SCOPE)
