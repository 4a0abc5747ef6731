"""What one side says to another beside the commits: what it has, believes, misses, and who may write.

Every bundle carries it in its head; what a peer last said about itself is kept and is believed, also when it goes
back, because a disk may have been put back from a copy.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from desktop.base.errors import RuleBroken
from desktop.base.text import _
from desktop.sync.apply import PARENT_MISSING, parked_commits
from desktop.sync.bundle import BundleHead
from desktop.sync.certificates import (
    DeviceCertificate,
    Revocation,
    is_believed,
    read_device_certificate,
    read_revocation,
)
from desktop.sync.commits import JSON, Commit
from desktop.sync.log import known
from desktop.sync.parties import Party
from desktop.sync.pins import Pins, read_pins
from desktop.sync.tables import PeerRow

PEERS = PeerRow.__table__

# Before compression; a tenth of it travels. A file for a stick may be larger than a request over a bad line.
FILE_BUDGET_BYTES = 32 * 1024 * 1024
SAYS_CERTIFICATES, SAYS_REVOCATIONS, SAYS_PARKED, SAYS_BUDGET = "certs", "revoked", "parked", "budget"
SAYS_TLS, SAYS_GONE, SAYS_ISSUING = "tls", "gone", "issuing"


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
            # A stolen key shuts nobody out.
            revocations=tuple(
                one
                for one in (read_revocation(told, party.county) for told in revocations)
                if is_believed(one, party.county)
            ),
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


_WORDS_OF = select(PEERS).where(
    PEERS.c.peer == bindparam("of_peer"), PEERS.c.scope.in_(bindparam("scopes", expanding=True))
)


_FORGET_WORD = delete(PEERS).where(
    PEERS.c.peer == bindparam("of_peer"), PEERS.c.scope.in_(bindparam("scopes", expanding=True))
)
_ADD_WORD = insert(PEERS)
_CHANGE_WORD = (
    update(PEERS)
    .where(PEERS.c.peer == bindparam("of_peer"), PEERS.c.scope == bindparam("of_scope"))
    .values({name: bindparam(name) for name in ("heads", "base", "wants", "at")})
)


def words_of(connection: Connection, scopes: Sequence[str], peer: str) -> dict[str, Word]:
    """What a peer last said about each of the scopes; nothing counts as nothing."""
    found = {scope: Word() for scope in scopes}
    for row in connection.execute(_WORDS_OF, {"of_peer": peer, "scopes": list(scopes)}):
        told = (row.heads, row.base, row.wants)
        found[row.scope] = Word(*([bytes.fromhex(one) for one in json.loads(ids or "[]")] for ids in told))
    return found


def changed_word(connection: Connection, head: BundleHead) -> dict[str, dict[str, str]]:
    """Scope → what a head says about it, as it is kept; scopes of which the sender said just this are left out."""
    told = {
        scope: {
            "heads": json.dumps([one.hex() for one in state.heads]),
            "base": json.dumps([one.hex() for one in state.base]),
            "wants": json.dumps([one.hex() for one in state.want]),
        }
        for scope, state in head.scopes.items()
    }
    rows = connection.execute(_WORDS_OF, {"of_peer": head.sender, "scopes": sorted(told)}).mappings()
    standing = {row["scope"]: {name: row[name] for name in ("heads", "base", "wants")} for row in rows}
    return {scope: values for scope, values in told.items() if standing.get(scope) != values}


def keep_word(connection: Connection, peer: str, word: Mapping[str, Mapping[str, str]], at: str) -> None:
    """Keeps what `changed_word` found."""
    if not word:
        return
    said = [{"of_peer": peer, "of_scope": scope, "at": at, **values} for scope, values in word.items()]
    changed = connection.execute(_CHANGE_WORD, said).rowcount
    if changed < len(said):
        # The peer speaks of a scope for the first time.
        connection.execute(_FORGET_WORD, {"of_peer": peer, "scopes": sorted(word)})
        rest = {"peer": peer, "at": at}
        connection.execute(_ADD_WORD, [{"scope": scope, **rest, **values} for scope, values in word.items()])


def missing_parents(connection: Connection, scopes: Sequence[str]) -> dict[str, list[bytes]]:
    """The commits that parked ones wait for, as far as they are neither here nor parked themselves."""
    found: dict[str, list[bytes]] = {scope: [] for scope in scopes}
    waiting: dict[str, list[Commit]] = {}
    for one in parked_commits(connection, scopes, (PARENT_MISSING,)):
        waiting.setdefault(one.scope, []).append(one)
    for scope, commits in waiting.items():
        named = {parent for one in commits for parent in one.parents} - {one.id for one in commits}
        found[scope] = sorted(named - known(connection, scope, sorted(named)))
    return {scope: ids[:_MOST_WANTED] for scope, ids in found.items()}


# A head must stay small; what follows is asked for when these have come.
_MOST_WANTED = 200
