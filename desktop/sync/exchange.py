"""One exchange: a bundle made for a peer, a bundle taken in. The same for a stick and for the network.

No side keeps a state of the exchange: every bundle starts from what each side has. Taking in the same bundle twice
changes nothing; what a peer is believed to hold is only ever what it last said itself.
"""

from __future__ import annotations

import json
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field

from sqlalchemy import Connection, delete, insert, select

from desktop import VERSION
from desktop.base.clock import Clock
from desktop.base.errors import Refused, RuleBroken
from desktop.base.ids import new_id
from desktop.base.text import _
from desktop.database.capture import Change
from desktop.database.columns import write_instant
from desktop.database.database import Database
from desktop.database.record import COUNTY_SCOPE
from desktop.sync.apply import CHUNK, PARENT_MISSING, park, parked_commits, parked_ids, take_in, unpark
from desktop.sync.authors import Judgement, judge, keep_vouches
from desktop.sync.bundle import Bundle, BundleHead, ScopeState, read_bundle, write_bundle
from desktop.sync.certificates import (
    DeviceCertificate,
    Revocation,
    certificate_of_sender,
    read_device_certificate,
    read_revocation,
)
from desktop.sync.commits import JSON, Commit
from desktop.sync.crypto import SUITE
from desktop.sync.locks import lock_scope
from desktop.sync.log import SCHEMA, heads, known, parts
from desktop.sync.outgoing import Piece, pieces, plan
from desktop.sync.parties import (
    COUNTY_DEVICE,
    Party,
    all_devices,
    devices_in,
    is_revoked,
    keep_device,
    keep_revocation,
    load_devices,
    revocations_in,
)
from desktop.sync.splits import split_devices
from desktop.sync.tables import ExchangeRow, PeerRow

PEERS = PeerRow.__table__
EXCHANGES = ExchangeRow.__table__

STICK, NETWORK = "stick", "network"
# Before compression; a tenth of it travels. A file for a stick may be larger than a request over a bad line.
FILE_BUDGET_BYTES = 32 * 1024 * 1024
_CERTIFICATES, _REVOCATIONS, _PARKED, _BUDGET = "certs", "revoked", "parked", "budget"


@dataclass(frozen=True)
class Outgoing:
    """A sealed bundle for one peer.

    Shape:   `tips`: who holds these holds everything in it; `is_last`: nothing is left to send after it.
    """

    sealed: bytes = field(repr=False)
    bundle_id: str
    peer: str
    commits_count: int
    tips: Mapping[str, Sequence[bytes]]
    is_last: bool


@dataclass
class Taken:
    """What taking in one bundle did.

    Shape:   `peer_parked_count` is what the sender said that it could not use of ours; `budget_bytes` how much it
             wants at once; `is_again` when this very bundle was taken in before.
    """

    bundle_id: str
    sender: DeviceCertificate
    new_count: int = 0
    parked_count: int = 0
    peer_parked_count: int = 0
    budget_bytes: int = FILE_BUDGET_BYTES
    is_again: bool = False
    changes: list[Change] = field(default_factory=list)
    split: tuple[str, ...] = ()


@dataclass
class Exchanged:
    """What went and came in one whole exchange, in the words of the contract, with sentences for people."""

    sent: int = 0
    received: int = 0
    parked: int = 0
    equal: bool = False
    bytes_up: int = 0
    bytes_down: int = 0
    notes: list[str] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)

    def add(self, taken: Taken) -> None:
        """Counts one bundle that was taken in."""
        self.received += taken.new_count
        self.parked += taken.parked_count + taken.peer_parked_count
        self.changes += taken.changes
        if taken.split:
            self.notes.append(split_sentence(taken.split))
        if taken.peer_parked_count:
            self.notes.append(
                _("对方搁置了 {count} 条改动，请联系县局管理员").format(count=taken.peer_parked_count)
            )

    def sentence(self) -> str:
        """The exchange in one line for people."""
        told = [_("送出 {sent} 条，收到 {received} 条").format(sent=self.sent, received=self.received)]
        if self.parked:
            told.append(_("搁置 {parked} 条，等待处理").format(parked=self.parked))
        if self.equal:
            told.append(_("两边一致"))
        return "；".join([*told, *dict.fromkeys(self.notes)])


@dataclass
class Exchange:
    """Makes and takes in bundles over one open database."""

    database: Database
    party: Party

    @property
    def clock(self) -> Clock:
        """The clock of this PC."""
        return self.database.clock

    def now(self) -> str:
        """The instant now as it is stored."""
        return write_instant(self.clock.now())

    # -- peers -------------------------------------------------------------------------------------------------

    def county(self) -> DeviceCertificate:
        """The county as a peer.

        Errors:  Refused SYN-070 when its certificate never came.
        """
        with self.database.reading() as session:
            found = load_devices(session.connection(), self.party.county, [COUNTY_DEVICE]).get(COUNTY_DEVICE)
        if found is None:
            raise Refused("SYN-070", _("还没有县局的证书，不能交换数据。请先用县局的批准文件完成登记"))
        return found.certificate

    def peers(self) -> list[DeviceCertificate]:
        """Whom this side exchanges with: a room with the county and its own other PCs, the county with every PC."""
        with self.database.reading() as session:
            return self._peers(session.connection())

    def _peers(self, connection: Connection) -> list[DeviceCertificate]:
        if self.party.is_county:
            found = all_devices(connection, self.party.county)
        else:
            found = devices_in(connection, self.party.county, sorted(self.party.own_scopes))
        return [
            one.certificate
            for one in found.values()
            if not one.is_revoked and one.certificate.device != self.party.device
        ]

    def scopes_with(self, peer: DeviceCertificate) -> tuple[str, ...]:
        """What is exchanged with a peer: its room's records and the county's."""
        room = self.party.scope if peer.scope == COUNTY_SCOPE else peer.scope
        return tuple(dict.fromkeys((COUNTY_SCOPE, room)))

    # -- sending -----------------------------------------------------------------------------------------------

    def make(
        self, peer: DeviceCertificate, *, budget_bytes: int = FILE_BUDGET_BYTES, parked_count: int = 0
    ) -> Outgoing:
        """The next bundle for a peer: what it lacks, as far as the budget goes, and what this side has and wants."""
        with closing(self.make_all(peer, budget_bytes=budget_bytes, parked_count=parked_count)) as bundles:
            return next(bundles)

    def make_all(
        self, peer: DeviceCertificate, *, budget_bytes: int = FILE_BUDGET_BYTES, parked_count: int = 0
    ) -> Generator[Outgoing]:
        """Every bundle that brings a peer to what this side has; one at least, as it tells where this side stands."""
        with self.database.reading() as session:
            connection = session.connection()
            states = {one: self._state(connection, one, peer) for one in self.scopes_with(peer)}
            plans = {
                scope: plan(connection, scope, state.base, self._asked(connection, scope, peer))
                for scope, state in states.items()
            }
            left = sum(len(one) for one in plans.values())
            for piece in pieces(connection, self.party, plans, budget_bytes):
                left -= len(piece.commits)
                extra = self._extra(connection, peer, piece, parked_count, budget_bytes)
                self._keep_fresh(piece)
                yield self._seal(peer, states, piece, extra, is_last=left <= 0)

    def _keep_fresh(self, piece: Piece) -> None:
        if piece.fresh:
            with self.database.writing() as connection:
                keep_vouches(connection, piece.fresh)

    def _state(self, connection: Connection, scope: str, peer: DeviceCertificate) -> ScopeState:
        return ScopeState(
            heads=tuple(heads(connection, scope)),
            base=tuple(told_heads(connection, scope, peer.device)),
            want=tuple(missing_parents(connection, scope)),
        )

    def _asked(self, connection: Connection, scope: str, peer: DeviceCertificate) -> list[bytes]:
        """What the peer named as missing and is here."""
        return sorted(known(connection, scope, _told(connection, scope, peer.device).wants))

    def _extra(
        self,
        connection: Connection,
        peer: DeviceCertificate,
        piece: Piece,
        parked_count: int,
        budget_bytes: int,
    ) -> dict[str, JSON]:
        """Certificates that prove the commits, the county's words about devices, and what could not be used."""
        scopes = self.scopes_with(peer)
        authors = {one.device for one in piece.commits} | {one.device for one in piece.vouches}
        found = load_devices(connection, self.party.county, authors)
        if self.party.is_county:
            found |= devices_in(connection, self.party.county, scopes)
        certificates = [
            dict(one.certificate.signed)
            for name, one in sorted(found.items())
            if name not in {self.party.device, peer.device}
        ]
        revoked: list[JSON] = [dict(one) for one in revocations_in(connection, scopes)]
        extra: dict[str, JSON] = {_CERTIFICATES: certificates, _REVOCATIONS: revoked, _BUDGET: budget_bytes}
        if parked_count:
            extra[_PARKED] = parked_count
        return extra

    def _seal(
        self,
        peer: DeviceCertificate,
        states: Mapping[str, ScopeState],
        piece: Piece,
        extra: Mapping[str, JSON],
        *,
        is_last: bool,
    ) -> Outgoing:
        head = BundleHead(
            id=SUITE.random_bytes(16).hex(),
            sender=self.party.device,
            receivers=(peer.device,),
            made=self.now(),
            schema=SCHEMA,
            app=VERSION,
            scopes=states,
            certificate=dict(self.party.certificate.signed),
            extra=extra,
        )
        recipients = [peer.age_public] + ([self.party.escrow] if self.party.escrow else [])
        sealed = write_bundle(
            head,
            piece.commits,
            piece.vouches,
            sign_secret=self.party.keys.sign_secret,
            recipients=recipients,
        )
        return Outgoing(sealed, head.id, peer.device, len(piece.commits), piece.tips(), is_last)

    # -- taking in ---------------------------------------------------------------------------------------------

    def take(self, sealed: bytes) -> Taken:
        """Takes in one bundle: everything in it that may be used, the rest put aside with its reason.

        Errors:  as `read_bundle` and `certificate_of_sender`; Refused SYN-071 from a PC that was shut out, SYN-072
                 with records of another room. Nothing is changed then.
        """
        found: list[DeviceCertificate] = []

        def check_sender(head: BundleHead) -> str:
            found.append(self._check_sender(head))
            return found[-1].sign_public

        bundle = read_bundle(sealed, self.party.keys.age_secret, check_sender, receiver=self.party.device)
        sender = found[-1]
        self._check_scopes(bundle, sender)
        told = _Told.read(bundle.head, self.party)
        taken = Taken(
            bundle.head.id, sender, peer_parked_count=told.parked_count, budget_bytes=told.budget_bytes
        )
        if self._was_taken(bundle.head):
            taken.is_again, taken.peer_parked_count = True, 0
            return taken
        self._learn(sender, told)
        for scope in sorted({*bundle.head.scopes, *(one.scope for one in bundle.commits)}):
            self._take_scope(bundle, scope, sender, taken)
        with self.database.writing() as connection:
            self._remember_peer(connection, bundle.head)
        self._refresh_codes(taken.changes)
        return taken

    def _check_sender(self, head: BundleHead) -> DeviceCertificate:
        certificate = certificate_of_sender(head, self.party.county)
        with self.database.reading() as session:
            if is_revoked(session.connection(), certificate.device):
                raise Refused(
                    "SYN-071",
                    _("发来文件的电脑已被县局停用，没有导入。已有数据没有变化，请联系县局管理员。"),
                    device=certificate.device,
                )
        return certificate

    def _check_scopes(self, bundle: Bundle, sender: DeviceCertificate) -> None:
        """A room's PC tells and sends only of its own room and of the county; a room takes in no other."""
        named = {
            *bundle.head.scopes,
            *(one.scope for one in bundle.commits),
            *(one.scope for one in bundle.vouches),
        }
        may = set(named) if sender.scope == COUNTY_SCOPE else {sender.scope, COUNTY_SCOPE}
        if not self.party.is_county:
            may &= self.party.own_scopes
        if not named <= may:
            raise Refused(
                "SYN-072",
                _("文件里有别的警务室的记录，没有导入。已有数据没有变化，请联系县局管理员。"),
                device=sender.device,
            )

    def _was_taken(self, head: BundleHead) -> bool:
        with self.database.reading() as session:
            statement = select(EXCHANGES.c.id).where(
                EXCHANGES.c.bundle == head.id, EXCHANGES.c.peer == head.sender
            )
            return session.connection().execute(statement.limit(1)).first() is not None

    def _learn(self, sender: DeviceCertificate, told: _Told) -> None:
        """Keeps certificates and revocations that are new; the county's signature is on every one."""
        at = self.now()
        with self.database.writing() as connection:
            for certificate in (sender, *told.certificates):
                keep_device(connection, certificate, at)
            for revocation in told.revocations:
                keep_revocation(connection, revocation, at)

    def _take_scope(self, bundle: Bundle, scope: str, sender: DeviceCertificate, taken: Taken) -> None:
        commits = [one for one in bundle.commits if one.scope == scope]
        vouches = [one for one in bundle.vouches if one.scope == scope]
        with self.database.reading() as session:
            connection = session.connection()
            before = parked_ids(connection, scope)
            if not (commits or vouches or before):
                return
            sorted_out = judge(
                connection,
                self.database.registry,
                self.party,
                scope,
                commits=commits,
                vouches=vouches,
                from_county=sender.scope == COUNTY_SCOPE,
            )
        at = self.now()
        if sorted_out.vouches:
            # Before the commits: whoever gets them from here must be able to prove them, also after a power cut now.
            with self.database.writing() as connection:
                keep_vouches(connection, sorted_out.vouches)
        self._take_commits(scope, sorted_out, at, taken)
        self._put_aside(scope, sorted_out, before, at, taken)

    def _take_commits(self, scope: str, sorted_out: Judgement, at: str, taken: Taken) -> None:
        new: list[Commit] = []
        for part in parts(sorted_out.accepted, CHUNK):
            with self.database.writing() as connection:
                lock_scope(connection, scope)
                done = take_in(connection, self.database.registry, self.database.index, part, at)
            new += done.new
            taken.changes += done.changes
            taken.parked_count += len(done.parked)
        taken.new_count += len(new)
        if new:
            with self.database.reading() as session:
                taken.split += split_devices(session.connection(), scope, new)

    def _put_aside(
        self, scope: str, sorted_out: Judgement, before: set[bytes], at: str, taken: Taken
    ) -> None:
        taken.parked_count += len(sorted_out.refused.keys() - before)
        stale = before & {one.id for one in sorted_out.accepted}
        if not sorted_out.refused and not stale:
            return
        with self.database.writing() as connection:
            park(connection, scope, sorted_out.refused_commits, sorted_out.refused, at)
            unpark(connection, scope, sorted(stale))

    def _remember_peer(self, connection: Connection, head: BundleHead) -> None:
        """What the peer says it has, only now that everything it sent is safely here."""
        for scope, state in head.scopes.items():
            values = {
                "heads": json.dumps([one.hex() for one in state.heads]),
                "base": json.dumps([one.hex() for one in state.base]),
                "wants": json.dumps([one.hex() for one in state.want]),
            }
            where = (PEERS.c.scope == scope, PEERS.c.peer == head.sender)
            row = connection.execute(select(PEERS).where(*where)).mappings().first()
            if row is not None and all(row[name] == value for name, value in values.items()):
                continue
            connection.execute(delete(PEERS).where(*where))
            connection.execute(insert(PEERS).values(scope=scope, peer=head.sender, at=self.now(), **values))

    def _refresh_codes(self, changes: Iterable[Change]) -> None:
        if any(one.kind == "code_entry" for one in changes):
            with self.database.reading() as session:
                self.database.registry.codes.refresh(session)

    # -- afterwards --------------------------------------------------------------------------------------------

    def is_equal(self, peer: DeviceCertificate) -> bool:
        """Whether the peer said that it has exactly what is here."""
        with self.database.reading() as session:
            connection = session.connection()
            return all(
                set(heads(connection, scope)) == set(told_heads(connection, scope, peer.device))
                for scope in self.scopes_with(peer)
            )

    def log(
        self, peer: str, transport: str, done: Exchanged, *, bundle_id: str = "", outcome: str = ""
    ) -> None:
        """One line of what was exchanged, for people."""
        with self.database.writing() as connection:
            connection.execute(
                insert(EXCHANGES).values(
                    id=new_id(self.clock),
                    at=self.now(),
                    peer=peer,
                    transport=transport,
                    bundle=bundle_id or None,
                    sent_count=done.sent,
                    received_count=done.received,
                    parked_count=done.parked,
                    up_bytes=done.bytes_up,
                    down_bytes=done.bytes_down,
                    outcome=outcome or done.sentence(),
                )
            )


@dataclass(frozen=True)
class _Told:
    """What a head says beside the scopes, checked as far as signatures go."""

    certificates: tuple[DeviceCertificate, ...]
    revocations: tuple[Revocation, ...]
    parked_count: int
    budget_bytes: int

    @classmethod
    def read(cls, head: BundleHead, party: Party) -> _Told:
        certificates = head.extra.get(_CERTIFICATES, [])
        revocations = head.extra.get(_REVOCATIONS, [])
        if not isinstance(certificates, list) or not isinstance(revocations, list):
            raise RuleBroken("SYN-022", _("文件的内容不完整或写法不对，没有导入。请让对方重新导出一份。"))
        return cls(
            certificates=tuple(read_device_certificate(one, party.county) for one in certificates),
            revocations=tuple(read_revocation(one, party.county) for one in revocations),
            parked_count=_count(head.extra.get(_PARKED)),
            budget_bytes=min(_count(head.extra.get(_BUDGET)) or FILE_BUDGET_BYTES, FILE_BUDGET_BYTES),
        )


def _count(value: JSON) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0


def told_heads(connection: Connection, scope: str, peer: str) -> list[bytes]:
    """The heads that a peer last said it has."""
    return _told(connection, scope, peer).heads


def told_base(connection: Connection, scope: str, peer: str) -> list[bytes]:
    """The heads that a peer last said it believes this side to have."""
    return _told(connection, scope, peer).base


@dataclass(frozen=True)
class _Word:
    heads: list[bytes]
    base: list[bytes]
    wants: list[bytes]


def _told(connection: Connection, scope: str, peer: str) -> _Word:
    row = connection.execute(select(PEERS).where(PEERS.c.scope == scope, PEERS.c.peer == peer)).first()
    if row is None:
        return _Word([], [], [])
    return _Word(
        *(
            [bytes.fromhex(one) for one in json.loads(told or "[]")]
            for told in (row.heads, row.base, row.wants)
        )
    )


def missing_parents(connection: Connection, scope: str) -> list[bytes]:
    """The commits that parked ones wait for, as far as they are neither here nor parked themselves."""
    waiting = list(parked_commits(connection, scope, (PARENT_MISSING,)))
    parked = {one.id for one in waiting}
    named = {parent for one in waiting for parent in one.parents} - parked
    return sorted(named - known(connection, scope, sorted(named)))[:_MOST_WANTED]


# A head must stay small; what follows is asked for when these have come.
_MOST_WANTED = 200


def split_sentence(devices: Sequence[str]) -> str:
    """What people are told when one PC's history goes on in two places."""
    return _(
        "电脑 {names} 的历史分成了两支，可能恢复过旧备份或被整机复制过。数据没有丢失，已自动合并；请告诉县局管理员"
    ).format(names="、".join(devices))
