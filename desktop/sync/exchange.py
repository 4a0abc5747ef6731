"""One exchange: a bundle made for a peer, a bundle taken in. The same for a stick and for the network.

No side keeps a state of the exchange: every bundle starts from what each side has. Taking in the same bundle twice
changes nothing; what a peer is believed to hold is only ever what it last said itself.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import cast

from sqlalchemy import Connection, bindparam, insert, select

from desktop import VERSION
from desktop.base.clock import Clock
from desktop.base.errors import Refused
from desktop.base.ids import new_id
from desktop.base.text import _
from desktop.database.capture import Change
from desktop.database.columns import write_instant
from desktop.database.database import Database
from desktop.database.record import COUNTY_SCOPE
from desktop.sync.apply import (
    CHUNK,
    park,
    parked_ids,
    take_in,
)
from desktop.sync.authors import Judgement, judge, keep_vouches
from desktop.sync.blobs import is_news, learn, note_wanted, word_for
from desktop.sync.bundle import BlobState, Bundle, BundleHead, ScopeState, Vouch, read_bundle, write_bundle
from desktop.sync.certificates import (
    COUNTY_DEVICE,
    DeviceCertificate,
    Revocation,
    Sealed,
    certificate_of_sender,
    is_believed,
)
from desktop.sync.commits import JSON, Commit
from desktop.sync.crypto import SUITE
from desktop.sync.issuing import keep_issuing
from desktop.sync.locks import lock_scope
from desktop.sync.log import SCHEMA, Log, heads_in, known
from desktop.sync.outgoing import Aside, Piece, aside_for_county, pieces, plan
from desktop.sync.parties import (
    Party,
    all_devices,
    device_name,
    devices_in,
    is_revoked,
    keep_device,
    keep_own_certificate,
    keep_revocation,
    known_devices,
    load_devices,
    new_words,
    revocations_in,
)
from desktop.sync.peer_words import (
    FILE_BUDGET_BYTES,
    SAYS_BUDGET,
    SAYS_CERTIFICATES,
    SAYS_GONE,
    SAYS_ISSUING,
    SAYS_PARKED,
    SAYS_REVOCATIONS,
    SAYS_TLS,
    Told,
    Word,
    changed_word,
    keep_word,
    missing_parents,
    words_of,
)
from desktop.sync.pins import is_newer, keep_pins
from desktop.sync.receipts import PACKAGE, RECEIPTS, Label, label_json, learn_receipts, told_in_head
from desktop.sync.rows import parts
from desktop.sync.splits import author_of, new_lives, split_devices
from desktop.sync.tables import WITHOUT_PARENT, ExchangeRow
from desktop.sync.verdicts import orphans_of, say, says_verdict

EXCHANGES = ExchangeRow.__table__

STICK, NETWORK = "stick", "network"


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
             wants at once; `is_again` when this very bundle was taken in before; `made` the sender's wall clock.
    """

    bundle_id: str
    sender: DeviceCertificate
    new_count: int = 0
    parked_count: int = 0
    peer_parked_count: int = 0
    budget_bytes: int = FILE_BUDGET_BYTES
    is_again: bool = False
    made: str = ""
    changes: list[Change] = field(default_factory=list)
    split: tuple[str, ...] = ()
    notes: list[str] = field(default_factory=list)


@dataclass
class Exchanged:
    """What went and came in one whole exchange, in the words of the contract, with sentences for people."""

    sent: int = 0
    received: int = 0
    parked: int = 0
    equal: bool = False
    bytes_up: int = 0
    bytes_down: int = 0
    files_sent: int = 0
    files_received: int = 0
    notes: list[str] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)

    def add(self, taken: Taken) -> None:
        """Counts one bundle that was taken in."""
        self.received += taken.new_count
        self.parked += taken.parked_count + taken.peer_parked_count
        self.changes += taken.changes
        self.notes += taken.notes
        if taken.split:
            self.notes.append(split_sentence(taken.split))
        if taken.peer_parked_count:
            self.notes.append(
                _("对方搁置了 {count} 条改动，请联系县局管理员").format(count=taken.peer_parked_count)
            )

    def sentence(self) -> str:
        """The exchange in one line for people."""
        told = []
        if self.sent or self.received:
            told.append(
                _("送出 {sent} 条，收到 {received} 条").format(sent=self.sent, received=self.received)
            )
        if self.files_sent or self.files_received:
            counts = {"sent": self.files_sent, "received": self.files_received}
            told.append(_("送出附件 {sent} 个，收到附件 {received} 个").format(**counts))
        if not told:
            told.append(_("没有新内容"))
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
        with self.database.looking() as connection:
            found = load_devices(connection, self.party.county, [COUNTY_DEVICE]).get(COUNTY_DEVICE)
        if found is None:
            raise Refused("SYN-070", _("还没有县局的证书，不能交换数据。请先用县局的批准文件完成登记"))
        return found.certificate

    def peers(self) -> list[DeviceCertificate]:
        """Whom this side exchanges with: a room with the county and its own other PCs, the county with every PC."""
        with self.database.looking() as connection:
            return self._peers(connection)

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
        self,
        peer: DeviceCertificate,
        *,
        budget_bytes: int = FILE_BUDGET_BYTES,
        parked_count: int = 0,
        label: Label | None = None,
    ) -> Generator[Outgoing]:
        """Every bundle that brings a peer to what this side has; one at least, as it tells where this side stands."""
        with self.database.looking() as connection:
            scopes = self.scopes_with(peer)
            words = words_of(connection, scopes, peer.device)
            states = self._states(connection, words)
            plans = {
                scope: plan(connection, scope, word.heads, sorted(known(connection, scope, word.wants)))
                if set(word.heads) != set(states[scope].heads) or word.wants
                else []
                for scope, word in words.items()
            }
            left = sum(len(one) for one in plans.values())
            blobs = word_for(connection, self.party, peer, scopes)
            said = self._words_for(connection, peer, words, parked_count, budget_bytes)
            if label is not None:
                said[PACKAGE] = label_json(label)
            aside = self.aside_for(connection, peer, budget_bytes)
            for piece in pieces(connection, self.party, plans, budget_bytes):
                left -= len(piece.commits)
                extra = {SAYS_CERTIFICATES: self._certificates(connection, peer, piece), **said}
                self._keep_fresh(piece)
                yield self._seal(peer, states, blobs, piece, aside, extra, is_last=left <= 0)
                aside = Aside()

    def aside_for(
        self, connection: Connection, peer: DeviceCertificate, budget_bytes: int = FILE_BUDGET_BYTES
    ) -> Aside:
        """What this room has put aside until the county decides; it goes along with every bundle until then."""
        if self.party.is_county or peer.scope != COUNTY_SCOPE:
            return Aside()
        return aside_for_county(connection, self.party, (self.party.scope,), budget_bytes)

    def _keep_fresh(self, piece: Piece) -> None:
        if piece.fresh:
            with self.database.writing() as connection:
                keep_vouches(connection, piece.fresh)

    def _states(self, connection: Connection, words: Mapping[str, Word]) -> dict[str, ScopeState]:
        mine = heads_in(connection, list(words))
        missing = missing_parents(connection, list(words))
        return {
            scope: ScopeState(tuple(mine[scope]), tuple(word.heads), tuple(missing[scope]))
            for scope, word in words.items()
        }

    def _gone(self, connection: Connection, words: Mapping[str, Word]) -> dict[str, JSON]:
        """Commits that the peer asked for and that are neither here nor waiting here."""
        asked = {scope: word.wants for scope, word in words.items() if word.wants}
        if not asked:
            return {}
        waiting = parked_ids(connection, asked)
        told: dict[str, JSON] = {}
        for scope, wants in asked.items():
            lost = set(wants) - known(connection, scope, wants) - waiting[scope]
            if lost:
                told[scope] = [one.hex() for one in sorted(lost)]
        return {SAYS_GONE: told} if told else {}

    def _certificates(
        self, connection: Connection, peer: DeviceCertificate, piece: Piece
    ) -> list[dict[str, JSON]]:
        """The certificates that prove a piece's commits."""
        scopes = self.scopes_with(peer) if self.party.is_county else ()
        authors = {one.device for one in piece.commits} | {one.device for one in piece.vouches}
        found = known_devices(connection, self.party.county, authors, scopes)
        known = {self.party.device, peer.device}
        if self.party.county.withdrawn:
            # The peer's own may be one that a stolen key signed.
            known.discard(peer.device)
        return [dict(one.certificate.signed) for name, one in sorted(found.items()) if name not in known]

    def _words_for(
        self,
        connection: Connection,
        peer: DeviceCertificate,
        words: Mapping[str, Word],
        parked_count: int,
        budget_bytes: int,
    ) -> dict[str, JSON]:
        """The county's words about devices, what could not be used, what arrived on sticks, what is gone."""
        revoked: list[JSON] = [dict(one) for one in revocations_in(connection, list(words))]
        extra: dict[str, JSON] = {SAYS_REVOCATIONS: revoked, SAYS_BUDGET: budget_bytes}
        if parked_count:
            extra[SAYS_PARKED] = parked_count
        if self.party.is_county and self.party.pins is not None:
            extra[SAYS_TLS] = self.party.pins.to_json()
        if self.party.county.issuing:
            # Not only from the county: whoever believes a stolen key must hear of it from anybody, and so must a
            # county that was put back to an old copy.
            extra[SAYS_ISSUING] = self.party.county.said_of_keys()
        return extra | told_in_head(connection, peer.device) | self._gone(connection, words)

    def _seal(  # noqa: PLR0917 - the parts of a bundle
        self,
        peer: DeviceCertificate,
        states: Mapping[str, ScopeState],
        blobs: BlobState,
        piece: Piece,
        aside: Aside,
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
            blobs=blobs,
            certificate=dict(self.party.certificate.signed),
            extra=extra,
        )
        recipients = [peer.age_public] + ([self.party.escrow] if self.party.escrow else [])
        commits = piece.commits
        if aside.commits:
            commits = sorted((*commits, *aside.commits), key=lambda one: (one.scope, one.lam, one.id))
        sealed = write_bundle(
            head,
            commits,
            [*piece.vouches, *aside.vouches],
            sign_secret=self.party.sign_secret,
            recipients=recipients,
        )
        return Outgoing(sealed, head.id, peer.device, len(piece.commits), piece.tips(), is_last)

    # -- taking in ---------------------------------------------------------------------------------------------

    def take(self, sealed: bytes, admit: Callable[[DeviceCertificate], None] | None = None) -> Taken:
        """Takes in one bundle: everything in it that may be used, the rest put aside with its reason.

        Shape:   `admit` may refuse the sender, once the digital signature was found right.
        Errors:  as `read_bundle` and `certificate_of_sender`; Refused SYN-071 from a PC that was shut out, SYN-072
                 with records of another room; whatever `admit` raises. Nothing is changed then.
        """
        found: list[DeviceCertificate] = []

        def check_sender(head: BundleHead) -> str:
            self._hear(head)
            found.append(certificate_of_sender(head, self.party.county))
            return found[-1].sign_public

        heard_before = self.party.county
        bundle = read_bundle(sealed, self.party.keys.age_secret, check_sender, receiver=self.party.device)
        sender = found[-1]
        self._check_scopes(bundle, sender)
        told = Told.read(bundle.head, self.party)
        taken = Taken(
            bundle.head.id,
            sender,
            peer_parked_count=told.parked_count,
            budget_bytes=told.budget_bytes,
            made=bundle.head.made,
        )
        with self.database.looking() as connection:
            self._refuse_shut_out(connection, sender)
            taken.is_again = _was_taken(connection, bundle.head)
            news = new_words(connection, self.party.county, (sender, *told.certificates), told.revocations)
            waiting = parked_ids(connection, {*bundle.head.scopes, *(one.scope for one in bundle.commits)})
            word = changed_word(connection, bundle.head)
            has_news = is_news(connection, self.party, sender, bundle.head.blobs)
        if admit is not None:
            admit(sender)
        if taken.is_again:
            taken.peer_parked_count = 0
            return taken
        self._learn(sender, told, *news, heard=self.party.county is not heard_before)
        from_county = sender.scope == COUNTY_SCOPE
        for scope, before in sorted(waiting.items()):
            commits = [one for one in bundle.commits if one.scope == scope]
            vouches = [one for one in bundle.vouches if one.scope == scope]
            if commits or vouches or before:
                self._take_scope(scope, commits, vouches, before, taken, from_county=from_county)
        if self.party.is_county:
            self._do_without_lost(sender, told.gone, taken)
        if word or has_news or PACKAGE in bundle.head.extra or RECEIPTS in bundle.head.extra:
            self._remember_word(taken, bundle.head, word)
        note_wanted(self.database, self.scopes_with(sender))
        self._refresh_codes(taken.changes)
        return taken

    def _remember_word(self, taken: Taken, head: BundleHead, word: Mapping[str, Mapping[str, str]]) -> None:
        """What the sender says of itself, only now that everything it sent is safely here."""
        sender, at = taken.sender, self.now()
        with self.database.writing() as connection:
            keep_word(connection, head.sender, word, at)
            learn(connection, self.party, sender, self.scopes_with(sender), head.blobs)
            learn_receipts(connection, sender.device, head.extra, taken.new_count, at)

    def check_sender(self, head: Sealed) -> DeviceCertificate:
        """The certificate of whoever sealed a bundle or an attachment.

        Errors:  as `certificate_of_sender`; Refused SYN-071 from a PC that was shut out.
        """
        certificate = certificate_of_sender(head, self.party.county)
        with self.database.looking() as connection:
            self._refuse_shut_out(connection, certificate)
        return certificate

    def _hear(self, head: BundleHead) -> None:
        """What the county says about its keys decides already whether the bundle that brings it is believed."""
        self.party = replace(self.party, county=self.party.county.hearing(head.extra.get(SAYS_ISSUING)))

    def _refuse_shut_out(self, connection: Connection, sender: DeviceCertificate) -> None:
        county = self.party.county
        if not is_believed(sender, county):
            if sender.scope == COUNTY_SCOPE:
                raise Refused(
                    "SYN-117",
                    _(
                        "这个文件是用县局已作废的签发密钥签的，没有导入。已有数据没有变化，请向县局要新的文件。"
                    ),
                )
            # Made before its sender heard that its certificate had to be signed again.
            known = load_devices(connection, county, [sender.device]).get(sender.device)
            if known is None or not known.is_believed or known.certificate != sender:
                raise _shut_out(sender)
        if is_revoked(connection, sender.device):
            raise _shut_out(sender)

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

    def _learn(
        self,
        sender: DeviceCertificate,
        told: Told,
        certificates: Sequence[DeviceCertificate],
        revocations: Sequence[Revocation],
        *,
        heard: bool,
    ) -> None:
        """Keeps certificates and revocations that are new; the county's signature is on every one."""
        at = self.now()
        # Another room's PC that relays a bundle has no word in whom this one believes.
        pins = told.pins if sender.scope == COUNTY_SCOPE and is_newer(told.pins, self.party.pins) else None
        if not certificates and not revocations and pins is None and not heard:
            return
        with self.database.writing() as connection:
            keep_pins(connection, pins)
            if heard:
                keep_issuing(connection, self.party.county.issuing)
            for certificate in certificates:
                keep_device(connection, certificate, self.party.county, at)
                if certificate == self.party.certificate:
                    self.party = replace(self.party, certificate=certificate)
                    keep_own_certificate(connection, certificate)
            for revocation in revocations:
                keep_revocation(connection, revocation, at)

    def decide(self, scope: str, commit_id: bytes, verdict: str, reason: str, *, user: str) -> Taken:
        """The county's word on a commit, and what can be used because of it.

        Errors:  as `verdicts.say`.
        """
        say(self.database, scope, commit_id, verdict, reason, user=user)
        return self.judge_again(scope)

    def _do_without_lost(
        self, sender: DeviceCertificate, gone: Mapping[str, Sequence[bytes]], taken: Taken
    ) -> None:
        """Orphans: their author's PC says that it has the parent no more, so the county lets them stand alone."""
        for scope, ids in gone.items():
            with self.database.looking() as connection:
                orphans = orphans_of(connection, scope, sender.device, ids)
            for one in orphans:
                reason = _("{device}已没有它之前的一条（恢复过备份或换过硬盘），按现有内容采用").format(
                    device=device_name(sender)
                )
                say(
                    self.database,
                    scope,
                    one.id,
                    WITHOUT_PARENT,
                    reason,
                    user=self.party.certificate.room_name,
                )
            if orphans:
                again = self.judge_again(scope)
                taken.new_count += again.new_count
                taken.changes += again.changes

    def judge_again(self, scope: str) -> Taken:
        """Tries what waits in a scope once more, after the county said something about it."""
        taken = Taken("", self.party.certificate)
        with self.database.looking() as connection:
            waiting = parked_ids(connection, (scope,))[scope]
        if waiting:
            self._take_scope(scope, (), (), waiting, taken, from_county=False)
        return taken

    def _take_scope(
        self,
        scope: str,
        commits: Sequence[Commit],
        vouches: Sequence[Vouch],
        before: set[bytes],
        taken: Taken,
        *,
        from_county: bool,
    ) -> None:
        with self.database.looking() as connection:
            sorted_out = judge(
                connection,
                self.database.registry,
                self.party,
                scope,
                commits=commits,
                vouches=vouches,
                from_county=from_county,
            )
        self._take_commits(scope, sorted_out, before, taken)
        if sorted_out.refused and any(says_verdict(one) for one in sorted_out.accepted):
            # What the county has just said may be what the others waited for.
            self._take_scope(scope, (), (), set(sorted_out.refused), taken, from_county=from_county)

    def _take_commits(self, scope: str, sorted_out: Judgement, before: set[bytes], taken: Taken) -> None:
        """One short transaction, or as many as there are chunks: vouches first and what is put aside last."""
        new: list[Commit] = []
        at = self.now()
        chunks = list(parts(sorted_out.accepted, CHUNK))
        if not chunks and (sorted_out.vouches or sorted_out.refused):
            chunks = [()]
        for number, part in enumerate(chunks, start=1):
            with self.database.writing() as connection:
                lock_scope(connection, scope)
                if number == 1:
                    # Whoever gets the commits from here must be able to prove them, also after a power cut now.
                    keep_vouches(connection, sorted_out.vouches)
                done = take_in(connection, self.database.registry, self.database.index, part, at)
                if number == len(chunks):
                    park(connection, scope, sorted_out.refused_commits, sorted_out.refused, at)
            new += done.new
            taken.changes += done.changes
            taken.parked_count += len(done.parked)
        taken.parked_count += len(sorted_out.refused.keys() - before)
        taken.new_count += len(new)
        if new:
            with self.database.looking() as connection:
                taken.split += split_devices(connection, scope, new)
                taken.notes += [new_life_sentence(one) for one in new_lives(connection, scope, new)]
            self._notice_own_past(new, taken)

    def _notice_own_past(self, new: Sequence[Commit], taken: Taken) -> None:
        """Commits of this PC that it had not: its disk came back from a copy, so it goes on as another life."""
        log = cast(Log, self.database.log)
        own = f"{log.author.device}/{log.author.incarnation}"
        if any(author_of(one) == own for one in new):
            with self.database.writing() as connection:
                log.begin_new_life(connection)
            taken.notes.append(own_past_sentence())

    def _refresh_codes(self, changes: Iterable[Change]) -> None:
        if any(one.kind == "code_entry" for one in changes):
            with self.database.reading() as session:
                self.database.registry.codes.refresh(session)

    # -- afterwards --------------------------------------------------------------------------------------------

    def is_equal(self, peer: DeviceCertificate) -> bool:
        """Whether the peer said that it has exactly what is here."""
        with self.database.looking() as connection:
            words = words_of(connection, self.scopes_with(peer), peer.device)
            mine = heads_in(connection, list(words))
            return all(set(mine[scope]) == set(word.heads) for scope, word in words.items())

    def log(
        self,
        peer: str,
        transport: str,
        done: Exchanged,
        *,
        bundle_id: str = "",
        outcome: str = "",
        address: str = "",
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
                    address=address or None,
                )
            )


_TAKEN = (
    select(EXCHANGES.c.id)
    .where(EXCHANGES.c.bundle == bindparam("of_bundle"), EXCHANGES.c.peer == bindparam("of_peer"))
    .limit(1)
)


def _was_taken(connection: Connection, head: BundleHead) -> bool:
    """Whether this very bundle was taken in before, through a door that keeps a line of each."""
    facts = {"of_bundle": head.id, "of_peer": head.sender}
    return connection.execute(_TAKEN, facts).first() is not None


def _shut_out(sender: DeviceCertificate) -> Refused:
    return Refused(
        "SYN-071",
        _("发来文件的电脑已被县局停用，没有导入。已有数据没有变化，请联系县局管理员。"),
        device=sender.device,
    )


def own_past_sentence() -> str:
    """What people are told on a PC whose disk came back from an old copy."""
    return _(
        "本机的数据曾从旧备份或别的电脑复制而来，已自动以新的身份继续，编号不会重复。数据没有丢失；请告诉县局管理员"
    )


def new_life_sentence(device: str) -> str:
    """What the others are told when a PC goes on as another life of itself."""
    return _("电脑 {name} 恢复过备份或换过机器，已以新的身份继续。数据没有丢失").format(name=device)


def split_sentence(devices: Sequence[str]) -> str:
    """What people are told when one PC's history goes on in two places."""
    return _(
        "电脑 {names} 的历史分成了两支，可能恢复过旧备份或被整机复制过。数据没有丢失，已自动合并；请告诉县局管理员"
    ).format(names="、".join(devices))
