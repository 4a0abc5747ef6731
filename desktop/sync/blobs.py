"""Which attachments are here, wanted, sent and kept; what is said about them in a bundle's head.

Content is named by its SHA-256, in one scope at a time: having the same bytes in another room's scope tells nobody
anything. Commits never wait for attachments; nothing is removed here because it was sent. Only the county's signed
word makes an attachment `kept`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import (
    Connection,
    Integer,
    Select,
    String,
    Table,
    and_,
    bindparam,
    delete,
    exists,
    insert,
    literal,
    select,
    update,
)

from desktop.database.attachments import Attachments
from desktop.database.database import Database
from desktop.database.fields import FieldType
from desktop.database.kinds import Kind, Registry
from desktop.database.record import COUNTY_SCOPE, room_scope
from desktop.sync.bundle import BlobState
from desktop.sync.certificates import DeviceCertificate
from desktop.sync.parties import Party
from desktop.sync.rows import parts
from desktop.sync.tables import BlobRow, BlobWordRow

BLOBS = BlobRow.__table__
WORDS = BlobWordRow.__table__
HAVE, WANT, SENT, KEPT = "have", "want", "sent", "kept"
# A head must stay small; what follows is told when these are settled.
MOST_NAMED = 1000
# Small ones first, in classes, so that the newest of a class is not kept back by a byte.
CLASS_BYTES = (256 * 1024, 2 * 1024 * 1024, 8 * 1024 * 1024)


@dataclass(frozen=True)
class Blob:
    """One attachment's bytes in one scope; `copied_from` is the scope that the county copied it from."""

    scope: str
    sha256: str
    size_bytes: int
    state: str
    at: str
    copied_from: str = ""

    @property
    def size_class(self) -> int:
        """0 for the smallest."""
        return sum(self.size_bytes > edge for edge in CLASS_BYTES)


def in_order(blobs: Iterable[Blob]) -> list[Blob]:
    """Small ones first, and of those of about one size the newest first."""
    newest = sorted(blobs, key=lambda one: (one.at, one.sha256), reverse=True)
    return sorted(newest, key=lambda one: one.size_class)


# -- what is here ----------------------------------------------------------------------------------------------


def hold_blob(connection: Connection, scope: str, sha256: str, size_bytes: int, at: str) -> None:
    """The bytes of a record of this scope are here; what the county confirmed before stays confirmed.

    After:   they are here for the copies as well that the county made of the record for other rooms.
    """
    where = (BLOBS.c.scope == scope, BLOBS.c.sha256 == sha256)
    standing = connection.execute(select(BLOBS.c.state).where(*where)).scalar_one_or_none()
    if standing == WANT:
        connection.execute(update(BLOBS).where(*where).values(state=HAVE, size_bytes=size_bytes))
    elif standing is None:
        connection.execute(
            insert(BLOBS).values(scope=scope, sha256=sha256, size_bytes=size_bytes, state=HAVE, at=at)
        )
    facts = {"of_scope": scope, "of_sha256": sha256}
    for copied_to in connection.execute(_WAITING_COPIES, facts).scalars().all():
        hold_blob(connection, copied_to, sha256, size_bytes, at)


_WAITING_COPIES = select(BLOBS.c.scope).where(
    BLOBS.c.copied_from == bindparam("of_scope"),
    BLOBS.c.sha256 == bindparam("of_sha256"),
    BLOBS.c.state == WANT,
)


def find_blobs(
    connection: Connection, scopes: Sequence[str], states: Sequence[str], only: Iterable[str] | None = None
) -> list[Blob]:
    """The attachments of some scopes in some states, in the order in which they travel."""
    facts = {"scopes": list(scopes), "states": list(states)}
    if only is None:
        rows = list(connection.execute(_FIND, facts))
    else:
        rows = [
            row
            for part in parts(sorted(set(only)))
            for row in connection.execute(_FIND_ONLY, {**facts, "only": part})
        ]
    return in_order(Blob(row.scope, row.sha256, row.size_bytes or 0, row.state, row.at or "") for row in rows)


_FIND = select(BLOBS).where(
    BLOBS.c.scope.in_(bindparam("scopes", expanding=True)),
    BLOBS.c.state.in_(bindparam("states", expanding=True)),
)
_FIND_ONLY = _FIND.where(BLOBS.c.sha256.in_(bindparam("only", expanding=True)))


def states_of(connection: Connection, scope: str, sha256s: Iterable[str]) -> dict[str, str]:
    """What is known of some attachments of one scope."""
    states = (HAVE, WANT, SENT, KEPT)
    return {one.sha256: one.state for one in find_blobs(connection, (scope,), states, sha256s)}


def set_state(connection: Connection, scopes: Sequence[str], sha256s: Iterable[str], state: str) -> None:
    """What is known of the bytes now."""
    for part in parts(sorted(set(sha256s))):
        connection.execute(
            update(BLOBS)
            .where(BLOBS.c.scope.in_(list(scopes)), BLOBS.c.sha256.in_(part), BLOBS.c.state != state)
            .values(state=state)
        )


def named_but_unknown(connection: Connection, registry: Registry, scopes: Sequence[str]) -> list[Blob]:
    """The attachments that records name and of which nothing is noted yet."""
    found: dict[tuple[str, str], Blob] = {}
    for kind in registry:
        for name in _attachments_of(kind):
            statement = _unknown_statement(kind.table.__table__, name)
            for row in connection.execute(statement, {"scopes": list(scopes)}):
                known = found.get((row.scope, row.sha256))
                if _is_hash(row.sha256) and (known is None or not known.copied_from):
                    at = row.recorded_at.strftime("%Y-%m-%dT%H:%M:%SZ") if row.recorded_at else ""
                    first = room_scope(row.copied_from) if row.copied_from else ""
                    found[row.scope, row.sha256] = Blob(
                        row.scope, row.sha256, row.size_bytes or 0, WANT, at, first
                    )
    return list(found.values())


@cache
def _attachments_of(kind: Kind) -> tuple[str, ...]:
    return tuple(name for name, one in kind.fields.items() if one.type is FieldType.ATTACHMENT)


@cache
def _unknown_statement(table: Table, name: str) -> Select[Any]:
    column = table.c[name]
    size = table.c.get("size_bytes", literal(0, Integer))
    copied_from = table.c.get("copied_from", literal("", String))
    known = exists().where(BLOBS.c.scope == table.c.scope, BLOBS.c.sha256 == column)
    is_named = and_(column.isnot(None), column != "", ~known)
    return select(
        table.c.scope,
        column.label("sha256"),
        size.label("size_bytes"),
        copied_from.label("copied_from"),
        table.c.recorded_at,
    ).where(table.c.scope.in_(bindparam("scopes", expanding=True)), is_named)


def _is_hash(text: str) -> bool:
    return len(text) == 64 and all(sign in "0123456789abcdef" for sign in text)


def note_wanted(database: Database, scopes: Sequence[str]) -> None:
    """Notes as wanted what records name and is not here; goes from the records alone, so nothing can be forgotten.

    What the county copied for another room is here when the bytes of the first are.
    """
    if not any(_attachments_of(kind) for kind in database.registry):
        return
    with database.looking() as connection:
        found = named_but_unknown(connection, database.registry, scopes)
    if not found:
        return
    with database.writing() as connection:
        for one in found:
            where = (BLOBS.c.scope == one.scope, BLOBS.c.sha256 == one.sha256)
            if connection.execute(select(BLOBS.c.state).where(*where)).first() is None:
                first = states_of(connection, one.copied_from, (one.sha256,)) if one.copied_from else {}
                connection.execute(
                    insert(BLOBS).values(
                        scope=one.scope,
                        sha256=one.sha256,
                        size_bytes=one.size_bytes,
                        state=WANT if first.get(one.sha256, WANT) == WANT else HAVE,
                        at=one.at,
                        copied_from=one.copied_from or None,
                    )
                )


def compare_with_disk(database: Database, party: Party, attachments: Attachments) -> None:
    """Asks anew for what is gone from the disk, and finds what lies there already for another record.

    The county does not look for what it lacks among other rooms' attachments: that would answer who has what.
    """
    scopes = sorted(party.own_scopes)
    with database.reading() as session:
        connection = session.connection()
        if party.is_county:
            here = [_blob(row) for row in connection.execute(select(BLOBS).where(BLOBS.c.state != WANT))]
            wanted: list[Blob] = []
        else:
            here = find_blobs(connection, scopes, (HAVE, SENT, KEPT))
            wanted = find_blobs(connection, scopes, (WANT,))
    lost = [one for one in here if not attachments.has(one.sha256)]
    found = [one for one in wanted if attachments.has(one.sha256)]
    if lost or found:
        with database.writing() as connection:
            for one in lost:
                set_state(connection, (one.scope,), (one.sha256,), WANT)
            for one in found:
                set_state(connection, (one.scope,), (one.sha256,), HAVE)


def _blob(row: object) -> Blob:
    values = row._mapping  # type: ignore[attr-defined]  # noqa: SLF001 - SQLAlchemy's documented name
    return Blob(
        values["scope"], values["sha256"], values["size_bytes"] or 0, values["state"], values["at"] or ""
    )


# -- what is said ----------------------------------------------------------------------------------------------


def told_by(connection: Connection, peer: str, said: str) -> set[str]:
    """What a peer last said that it wants, or has."""
    return {one for one, word in _standing(connection, peer).items() if word == said}


def wanted_by(connection: Connection, peer: str, scopes: Sequence[str]) -> list[Blob]:
    """What a peer said that it wants and is here, in a scope that it may read."""
    return _here_of(connection, scopes, _standing(connection, peer), WANT)


def _here_of(connection: Connection, scopes: Sequence[str], said: Mapping[str, str], word: str) -> list[Blob]:
    """What is here of that of which a peer said this word."""
    return find_blobs(connection, scopes, (HAVE, SENT, KEPT), [one for one in said if said[one] == word])


def unconfirmed(connection: Connection, scopes: Sequence[str]) -> list[Blob]:
    """What is here and the county did not confirm."""
    return find_blobs(connection, scopes, (HAVE, SENT))


def word_for(
    connection: Connection, party: Party, peer: DeviceCertificate, scopes: Sequence[str]
) -> BlobState:
    """What a bundle's head tells a peer: what is here for it, what is wanted, what is kept of what it has."""
    said = _standing(connection, peer.device)
    have = _here_of(connection, scopes, said, WANT)
    is_for_county = not party.is_county and peer.scope == COUNTY_SCOPE
    rest = find_blobs(connection, scopes, (HAVE, SENT, WANT) if is_for_county else (WANT,))
    want = [one for one in rest if one.state == WANT]
    have += [one for one in rest if one.state != WANT]
    kept: set[str] = set()
    if party.is_county:
        kept = {one.sha256 for one in _here_of(connection, scopes, said, HAVE)}
        kept -= {one.sha256 for one in want}
    return BlobState(_hashes(have), _hashes(want), tuple(sorted(kept)[:MOST_NAMED]))


def _hashes(blobs: Iterable[Blob]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one.sha256 for one in blobs))[:MOST_NAMED]


def is_news(connection: Connection, party: Party, sender: DeviceCertificate, told: BlobState) -> bool:
    """Whether a peer's word says anything that is not known; asked first, because writing costs a flush to the disk."""
    speaks_for_county = sender.scope == COUNTY_SCOPE and not party.is_county
    if speaks_for_county and (told.kept or told.want):
        return True
    return _said(told) != _standing(connection, sender.device)


def _said(told: BlobState) -> dict[str, str]:
    return dict.fromkeys(told.have[:MOST_NAMED], HAVE) | dict.fromkeys(told.want[:MOST_NAMED], WANT)


def _standing(connection: Connection, peer: str) -> dict[str, str]:
    return {row.sha256: row.said for row in connection.execute(_SAID, {"of_peer": peer})}


_SAID = select(WORDS.c.sha256, WORDS.c.said).where(WORDS.c.peer == bindparam("of_peer"))


def learn(
    connection: Connection, party: Party, sender: DeviceCertificate, scopes: Sequence[str], told: BlobState
) -> None:
    """Keeps what a peer said last; the county's word alone makes an attachment kept, or sends it again."""
    said = _said(told)
    if said != _standing(connection, sender.device):
        connection.execute(delete(WORDS).where(WORDS.c.peer == sender.device))
        if said:
            connection.execute(
                insert(WORDS),
                [{"peer": sender.device, "sha256": one, "said": word} for one, word in said.items()],
            )
    if sender.scope != COUNTY_SCOPE or party.is_county:
        return
    for part in parts(sorted(set(told.kept[:MOST_NAMED]))):
        _move(connection, scopes, part, (HAVE, SENT), KEPT)
    # A county that was restored may lack what it once confirmed; it is believed.
    for part in parts(sorted(set(told.want[:MOST_NAMED]))):
        _move(connection, scopes, part, (SENT, KEPT), HAVE)


def _move(
    connection: Connection, scopes: Sequence[str], sha256s: Sequence[str], old: Sequence[str], new: str
) -> None:
    connection.execute(
        update(BLOBS)
        .where(
            BLOBS.c.scope.in_(list(scopes)), BLOBS.c.sha256.in_(list(sha256s)), BLOBS.c.state.in_(list(old))
        )
        .values(state=new)
    )


def digest_of(state: BlobState) -> str:
    """A name for what a head says about attachments."""
    told = "\n".join((*state.have, "", *state.want, "", *state.kept))
    return hashlib.sha256(told.encode()).hexdigest()
