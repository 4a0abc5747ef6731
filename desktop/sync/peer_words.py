"""What one side says to another beside the commits: what it has, believes, misses, and who may write.

Every bundle carries it in its head; what a peer last said about itself is kept and is believed, also when it goes
back, because a disk may have been put back from a copy.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection, select

from desktop.base.errors import RuleBroken
from desktop.base.text import _
from desktop.sync.apply import PARENT_MISSING, lost_parents, orphans_in, parked_commits
from desktop.sync.bundle import BundleHead
from desktop.sync.certificates import DeviceCertificate, Revocation, read_device_certificate, read_revocation
from desktop.sync.commits import JSON, Commit
from desktop.sync.log import known
from desktop.sync.parties import Party
from desktop.sync.pins import Pins, read_pins
from desktop.sync.tables import PeerRow

PEERS = PeerRow.__table__

# Before compression; a tenth of it travels. A file for a stick may be larger than a request over a bad line.
FILE_BUDGET_BYTES = 32 * 1024 * 1024
SAYS_CERTIFICATES, SAYS_REVOCATIONS, SAYS_PARKED, SAYS_BUDGET = "certs", "revoked", "parked", "budget"
SAYS_TLS, SAYS_GONE = "tls", "gone"


@dataclass(frozen=True)
class Told:
    """What a head says beside the scopes, checked as far as signatures go."""

    certificates: tuple[DeviceCertificate, ...]
    revocations: tuple[Revocation, ...]
    parked_count: int
    budget_bytes: int
    pins: Pins | None
    gone: Mapping[str, Sequence[bytes]]

    @classmethod
    def read(cls, head: BundleHead, party: Party) -> Told:
        """What a head says, with every certificate's signature checked.

        Errors:  RuleBroken SYN-022 malformed; as `read_device_certificate` and `read_revocation`.
        """
        certificates = head.extra.get(SAYS_CERTIFICATES, [])
        revocations = head.extra.get(SAYS_REVOCATIONS, [])
        if not isinstance(certificates, list) or not isinstance(revocations, list):
            raise _malformed()
        return cls(
            certificates=tuple(read_device_certificate(one, party.county) for one in certificates),
            revocations=tuple(read_revocation(one, party.county) for one in revocations),
            parked_count=_count(head.extra.get(SAYS_PARKED)),
            budget_bytes=min(_count(head.extra.get(SAYS_BUDGET)) or FILE_BUDGET_BYTES, FILE_BUDGET_BYTES),
            pins=read_pins(head.extra.get(SAYS_TLS)),
            gone=_read_gone(head.extra.get(SAYS_GONE, {}), head),
        )


def _read_gone(raw: JSON, head: BundleHead) -> dict[str, list[bytes]]:
    """Commits by scope; only scopes that the head speaks of are looked at."""
    if not isinstance(raw, Mapping):
        raise _malformed()
    found: dict[str, list[bytes]] = {}
    for scope in head.scopes:
        ids = raw.get(scope, [])
        if not isinstance(ids, list) or not all(isinstance(one, str) and _ID.fullmatch(one) for one in ids):
            raise _malformed()
        if ids:
            found[scope] = [bytes.fromhex(str(one)) for one in ids]
    return found


_ID = re.compile(r"[0-9a-f]{64}")


def _malformed() -> RuleBroken:
    return RuleBroken("SYN-022", _("文件的内容不完整或写法不对，没有导入。请让对方重新导出一份。"))


def _count(value: JSON) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0


def told_heads(connection: Connection, scope: str, peer: str) -> list[bytes]:
    """The heads that a peer last said it has."""
    return words_of(connection, (scope,), peer)[scope].heads


def told_base(connection: Connection, scope: str, peer: str) -> list[bytes]:
    """The heads that a peer last said it believes this side to have."""
    return words_of(connection, (scope,), peer)[scope].base


@dataclass(frozen=True)
class Word:
    """What a peer last said about one scope: what it has, what it believes is here, what it asked for."""

    heads: list[bytes] = field(default_factory=list)
    base: list[bytes] = field(default_factory=list)
    wants: list[bytes] = field(default_factory=list)


def words_of(connection: Connection, scopes: Sequence[str], peer: str) -> dict[str, Word]:
    """What a peer last said about each of the scopes; nothing counts as nothing."""
    found = {scope: Word() for scope in scopes}
    where = (PEERS.c.peer == peer, PEERS.c.scope.in_(list(scopes)))
    for row in connection.execute(select(PEERS).where(*where)):
        told = (row.heads, row.base, row.wants)
        found[row.scope] = Word(*([bytes.fromhex(one) for one in json.loads(ids or "[]")] for ids in told))
    return found


def missing_parents(connection: Connection, scopes: Sequence[str]) -> dict[str, list[bytes]]:
    """The commits that parked ones wait for, as far as they are neither here nor parked themselves."""
    found: dict[str, list[bytes]] = {scope: [] for scope in scopes}
    waiting: dict[str, list[Commit]] = {}
    for one in parked_commits(connection, scopes, (PARENT_MISSING,)):
        waiting.setdefault(one.scope, []).append(one)
    for scope, commits in waiting.items():
        named = {parent for one in commits for parent in one.parents} - {one.id for one in commits}
        found[scope] = sorted(named - known(connection, scope, sorted(named)))
    for scope in scopes:
        orphans = orphans_in(connection, scope)
        if orphans:
            # What was lost may be found on another disk some day; it is asked for after what is needed.
            found[scope] += sorted(lost_parents(connection, scope, orphans) - set(found[scope]))
        del found[scope][_MOST_WANTED:]
    return found


# A head must stay small; what follows is asked for when these have come.
_MOST_WANTED = 200
