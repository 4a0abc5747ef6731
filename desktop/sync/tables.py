"""The log and what is kept beside it (SYNC 3.2). The same tables in SQLite and PostgreSQL, keyed by scope first.

`commit_`, `op`, `head`, `vouch` and `parked` are the truth that travels; `conflict` can be made again from them;
`peer`, `device` and `exchange_log` are what this PC knows of others.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Index, Integer, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from desktop.base.text import N_
from desktop.database.codes import CodeList
from desktop.database.fields import choice, code, long_text
from desktop.database.record import Base, KindInfo, Record

ID = LargeBinary(32)


REFUSED, ACCEPTED, WITHOUT_PARENT = "refused", "accepted", "without_parent"
CODES = (
    CodeList(
        "verdict",
        N_("裁定"),
        {
            REFUSED: N_("不采用（留在历史里）"),
            ACCEPTED: N_("采用"),
            WITHOUT_PARENT: N_("采用，缺它之前的一条"),
        },
    ),
)


class CommitVerdict(Record):
    """The county's word on one commit that could not be used as it came; inserted once, obeyed by every fold."""

    __tablename__ = "commit_verdict"
    kind_info = KindInfo(
        label=N_("改动裁定"), area="system", owner="county", insert_only=True, title=("commit_id",)
    )

    commit_id: Mapped[str | None] = code(N_("改动记录"), required=True, max_length=64, list_order=1)
    verdict: Mapped[str | None] = choice(N_("裁定"), "verdict", required=True, list_order=2)
    reason: Mapped[str | None] = long_text(N_("理由"), required=True, max_length=200, list_order=3)


class CommitRow(Base):
    """One commit with the bytes it was received in; never changed, never removed."""

    __tablename__ = "commit_"
    __table_args__ = (
        Index("ix_commit__scope_lam", "scope", "lam"),
        Index("ix_commit__scope_dev_lam", "scope", "dev", "lam"),
    )

    scope: Mapped[str] = mapped_column(String(80), primary_key=True)
    id: Mapped[bytes] = mapped_column(ID, primary_key=True)
    lam: Mapped[int | None] = mapped_column(BigInteger)
    dev: Mapped[str | None] = mapped_column(String(140), comment="device/incarnation of the author")
    own: Mapped[bytes | None] = mapped_column(
        ID, comment="the author's previous commit, to notice split histories"
    )
    parents: Mapped[bytes | None] = mapped_column(LargeBinary, comment="ids of 32 bytes, ascending, joined")
    meta: Mapped[bytes | None] = mapped_column(LargeBinary)
    salt: Mapped[bytes | None] = mapped_column(LargeBinary)
    ops: Mapped[bytes | None] = mapped_column(LargeBinary)
    got_at: Mapped[str | None] = mapped_column(String(20))


class OpRow(Base):
    """Which commits touched which record; an index, the values stay in the commit."""

    __tablename__ = "op"

    scope: Mapped[str] = mapped_column(String(80), primary_key=True)
    tbl: Mapped[str] = mapped_column(String(60), primary_key=True)
    rid: Mapped[str] = mapped_column(String(64), primary_key=True)
    cid: Mapped[bytes] = mapped_column(ID, primary_key=True)


class HeadRow(Base):
    """A commit that nobody has built on yet."""

    __tablename__ = "head"

    scope: Mapped[str] = mapped_column(String(80), primary_key=True)
    id: Mapped[bytes] = mapped_column(ID, primary_key=True)


class VouchRow(Base):
    """A device's digital signature over a head that it wrote; it covers all the head's ancestors of that device."""

    __tablename__ = "vouch"

    scope: Mapped[str] = mapped_column(String(80), primary_key=True)
    id: Mapped[bytes] = mapped_column(ID, primary_key=True)
    dev: Mapped[str] = mapped_column(String(64), primary_key=True)
    sig: Mapped[bytes | None] = mapped_column(LargeBinary)


class ParkedRow(Base):
    """A commit that arrived and may not be used yet, with the reason."""

    __tablename__ = "parked"

    scope: Mapped[str] = mapped_column(String(80), primary_key=True)
    id: Mapped[bytes] = mapped_column(ID, primary_key=True)
    why: Mapped[str | None] = mapped_column(String(40))
    raw: Mapped[bytes | None] = mapped_column(LargeBinary, comment="the bundle line")
    got_at: Mapped[str | None] = mapped_column(String(20))


class PeerRow(Base):
    """What a peer last said it has; it may go backwards, and is believed."""

    __tablename__ = "peer"

    scope: Mapped[str] = mapped_column(String(80), primary_key=True)
    peer: Mapped[str] = mapped_column(String(64), primary_key=True)
    heads: Mapped[str | None] = mapped_column(Text, comment="JSON list of hex ids")
    base: Mapped[str | None] = mapped_column(
        Text, comment="JSON list of hex ids: what the peer believes that this side has"
    )
    wants: Mapped[str | None] = mapped_column(Text, comment="JSON list of hex ids that the peer asked for")
    at: Mapped[str | None] = mapped_column(String(20))


class ConflictRow(Base):
    """A field with several values none of whose writers saw the others; derived from the log."""

    __tablename__ = "conflict"

    scope: Mapped[str] = mapped_column(String(80), primary_key=True)
    tbl: Mapped[str] = mapped_column(String(60), primary_key=True)
    rid: Mapped[str] = mapped_column(String(64), primary_key=True)
    field: Mapped[str] = mapped_column(String(64), primary_key=True)
    kind: Mapped[str | None] = mapped_column(String(40), comment="field, deleted")
    choices: Mapped[str | None] = mapped_column(Text, comment="JSON list of [commit id, value]")


class DeviceRow(Base):
    """A PC or the county service that this side has a certificate of."""

    __tablename__ = "device"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    scope: Mapped[str | None] = mapped_column(String(80), index=True)
    letter: Mapped[str | None] = mapped_column(String(4))
    name: Mapped[str | None] = mapped_column(Text)
    role: Mapped[str | None] = mapped_column(String(10), comment="room or county")
    cert: Mapped[str | None] = mapped_column(Text)
    state: Mapped[str | None] = mapped_column(String(20), comment="slot, asked, active, revoked")
    token: Mapped[str | None] = mapped_column(
        String(64), comment="county only: hash of the slot's one-time token"
    )
    request: Mapped[str | None] = mapped_column(
        Text, comment="county only: a sealed request that came by network and waits, base64"
    )
    reason: Mapped[str | None] = mapped_column(Text)
    revocation: Mapped[str | None] = mapped_column(Text, comment="what the county signed to shut the PC out")
    at: Mapped[str | None] = mapped_column(String(20))


class BlobRow(Base):
    """An attachment's bytes in one scope: have, want, sent, kept (the county confirmed, or this is the county).

    One row for each scope, also where two scopes hold the same bytes: what one room has is never told to another.
    """

    __tablename__ = "blob"

    scope: Mapped[str] = mapped_column(String(80), primary_key=True)
    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    size_bytes: Mapped[int | None] = mapped_column(BigInteger)
    state: Mapped[str | None] = mapped_column(String(10), index=True)
    at: Mapped[str | None] = mapped_column(
        String(20), comment="when this side first heard of it; newest go first"
    )
    copied_from: Mapped[str | None] = mapped_column(
        String(80), comment="scope that the county copied it from; what comes there is here as well"
    )


class BlobWordRow(Base):
    """What a peer last said about one attachment's bytes: want, or have; local, never travels."""

    __tablename__ = "blob_word"

    peer: Mapped[str] = mapped_column(String(64), primary_key=True)
    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    said: Mapped[str | None] = mapped_column(String(10))


class ExchangeRow(Base):
    """One exchange, told in plain words; local, never travels."""

    __tablename__ = "exchange_log"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    at: Mapped[str | None] = mapped_column(String(20), index=True)
    peer: Mapped[str | None] = mapped_column(String(64))
    transport: Mapped[str | None] = mapped_column(String(10), comment="stick or network")
    bundle: Mapped[str | None] = mapped_column(String(80), index=True)
    sent_count: Mapped[int | None] = mapped_column(Integer)
    received_count: Mapped[int | None] = mapped_column(Integer)
    parked_count: Mapped[int | None] = mapped_column(Integer)
    up_bytes: Mapped[int | None] = mapped_column(BigInteger)
    down_bytes: Mapped[int | None] = mapped_column(BigInteger)
    outcome: Mapped[str | None] = mapped_column(Text)
    address: Mapped[str | None] = mapped_column(Text, comment="the server that was called")


class StickFileRow(Base):
    """A file that this side wrote to a stick and that the receiver is not yet known to hold; local."""

    __tablename__ = "stick_file"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    peer: Mapped[str | None] = mapped_column(String(64))
    digest: Mapped[str | None] = mapped_column(
        String(64), comment="hash of what the files of one writing tell"
    )
    tips: Mapped[str | None] = mapped_column(
        Text, comment="JSON: scope to hex ids of the newest commits in it"
    )
    scope: Mapped[str | None] = mapped_column(String(80), comment="of the attachment in it")
    sha256: Mapped[str | None] = mapped_column(String(64), comment="of the attachment in it")
    at: Mapped[str | None] = mapped_column(String(20))


class StickSeenRow(Base):
    """An attachment's file on a stick that was taken in, so that it is not read again on every visit; local."""

    __tablename__ = "stick_seen"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    sha256: Mapped[str | None] = mapped_column(String(64))
    at: Mapped[str | None] = mapped_column(String(20))


class PackageRow(Base):
    """One numbered package of the receipt book: what one side once put on a stick for another; local.

    Shape:   `number` counts the packages of one life of one PC for one receiver; people read it, nothing is decided
             by it.
    """

    __tablename__ = "stick_package"

    way: Mapped[str] = mapped_column(
        String(3), primary_key=True, comment="out: written here; in: taken in here"
    )
    peer: Mapped[str] = mapped_column(String(64), primary_key=True)
    mark: Mapped[str] = mapped_column(
        String(12), primary_key=True, comment="the writer's letter with its life"
    )
    number: Mapped[int] = mapped_column(Integer, primary_key=True)
    at: Mapped[str | None] = mapped_column(String(20), comment="written, or taken in")
    received_at: Mapped[str | None] = mapped_column(String(20), comment="out: when the receiver took it in")
    files_count: Mapped[int | None] = mapped_column(Integer)
    commits_count: Mapped[int | None] = mapped_column(Integer)
    blobs_count: Mapped[int | None] = mapped_column(Integer)
    size_bytes: Mapped[int | None] = mapped_column(BigInteger)


class ScopeLock(Base):
    """One row to lock for each scope on a server where several exchanges run at once; local, never travels."""

    __tablename__ = "scope_lock"

    scope: Mapped[str] = mapped_column(String(80), primary_key=True)
