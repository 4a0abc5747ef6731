"""One exchange by a stick: take in what lies there for this side, then write what the others do not have yet.

The same for a room's PC and for the county. Nothing is read as a command and nothing is believed because it is absent:
an empty stick, a pulled stick, an old file are all harmless, and a second try goes on where the first one stopped.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from sqlalchemy import ColumnElement, Connection, delete, insert, select, update

from desktop.base.errors import EnvironmentFault, Failure, Refused, RuleBroken
from desktop.base.text import _
from desktop.database.record import COUNTY_SCOPE
from desktop.sync.blob_files import SUFFIX as BLOB
from desktop.sync.blob_travel import Blobs, sealed_if_whole, take_blob
from desktop.sync.blobs import (
    SENT,
    Blob,
    compare_with_disk,
    digest_of,
    in_order,
    set_state,
    unconfirmed,
    wanted_by,
    word_for,
)
from desktop.sync.bundle import SUFFIX as BUNDLE, new_name
from desktop.sync.certificates import DeviceCertificate
from desktop.sync.exchange import STICK, Exchange, Exchanged, Outgoing
from desktop.sync.log import heads
from desktop.sync.parties import device_name
from desktop.sync.peer_words import told_base, told_heads
from desktop.sync.receipts import Label, close_package, open_package
from desktop.sync.rows import parts
from desktop.sync.stick import (
    FILES,
    Files,
    Incoming,
    StickFile,
    StickWriter,
    find_incoming,
    read_from_stick,
    remove_received,
    sort_loose,
)
from desktop.sync.tables import StickFileRow, StickSeenRow
from desktop.sync.walk import lacking

WRITTEN = StickFileRow.__table__
# Files on sticks that never came back are forgotten at last; their content went again with every later file.
_REMEMBERED = 20_000
# Attachments that are written, read again and noted together.
_LOT = 64
_WRITE_PROTECTED = "ENV-002"
_FULL = frozenset({"SYN-031", "ENV-001"})
SEEN = StickSeenRow.__table__

Progress = Callable[[str, int, int], None]


def quiet(_stage: str, _done: int, _total: int) -> None:
    """Tells nobody."""


@dataclass
class StickExchange:
    """What one visit of a stick did.

    Shape:   `refused` are the failures of files that could not be used; `peers` the names of those written to.
    """

    done: Exchanged = field(default_factory=Exchanged)
    files_in: int = 0
    files_out: int = 0
    removed: int = 0
    refused: list[Failure] = field(default_factory=list)
    peers: list[str] = field(default_factory=list)
    packages: list[str] = field(default_factory=list)


def exchange_by_stick(
    exchange: Exchange,
    root: Path,
    *,
    blobs: Blobs | None = None,
    files: Files = FILES,
    progress: Progress = quiet,
    most_bytes: int = 0,
    also_for: Collection[str] = (),
) -> StickExchange:
    """Takes in, answers, and clears away what the others are known to hold.

    Shape:   without `blobs` no attachments travel; files over `most_bytes` are split, 0 splits nothing; the county
             also writes for the rooms whose scopes `also_for` names, though nothing of theirs lies there.
    Errors:  EnvironmentFault SYN-030 to SYN-033 and ENV-0xx when the stick fails; what was taken in before stays. A
             stick that cannot be written is only told when something lay there to take in. Refused or RuleBroken when
             nothing but files that cannot be used was found.
    """
    visit = _Visit(exchange, root, files, progress, blobs, most_bytes)
    visit.also_for = frozenset(also_for)
    visit.take_all(find_incoming(root, exchange.party.keys.age_public, files=files))
    try:
        for peer in visit.whom_to_answer():
            visit.write_for(peer)
            visit.clear_away(peer)
    except EnvironmentFault as fault:
        if fault.code != _WRITE_PROTECTED or not visit.senders:
            raise
        visit.told.done.notes.append(_("U盘写保护，只导入，没有写回。请关掉写保护开关再插一次"))
    visit.told.done.equal = visit.is_equal()
    if visit.told.refused and not visit.senders:
        raise visit.told.refused[0]
    return visit.told


def take_loose_files(
    exchange: Exchange,
    paths: Sequence[Path],
    *,
    blobs: Blobs,
    files: Files = FILES,
    progress: Progress = quiet,
) -> StickExchange:
    """Takes in files that somebody dropped on the window or double-clicked, wherever they lie; nothing is written back.

    Errors:  RuleBroken SYN-036 when none of them has a name of ours; else as `exchange_by_stick`.
    """
    incoming = sort_loose(paths)
    if not (incoming.bundles or incoming.blobs or incoming.incomplete):
        raise RuleBroken("SYN-036", _("这不是数据包文件，没有导入。数据包的文件名以 .jwb 或 .jwa 结尾"))
    visit = _Visit(exchange, Path(), files, progress, blobs, 0)
    visit.take_all(incoming)
    if visit.told.refused and not visit.told.files_in:
        raise visit.told.refused[0]
    return visit.told


def wipe_stick(exchange: Exchange, root: Path, *, files: Files = FILES) -> int:
    """Removes every file that this side wrote to this stick, received or not; other files stay. How many went.

    Nothing is lost by it: what has not been received goes again with the next package.
    """
    count = 0
    for peer in exchange.peers():
        own = sorted(_written_for(exchange, peer))
        removed = remove_received(root, peer.age_public, own, files=files) if own else ()
        with exchange.database.writing() as connection:
            _forget(connection, removed)
        count += len(removed)
    return count


class _Visit:
    """One stick in one PC. `senders`: whose files lay here → how many of their commits were put aside now."""

    def __init__(  # noqa: PLR0917 - made in two places of this file
        self,
        exchange: Exchange,
        root: Path,
        files: Files,
        progress: Progress,
        blobs: Blobs | None,
        most_bytes: int,
    ) -> None:
        self._exchange, self._root, self._files, self._progress = exchange, root, files, progress
        self._blobs, self._most_bytes = blobs, most_bytes
        self.told = StickExchange()
        self.senders: dict[str, int] = {}
        self.also_for: frozenset[str] = frozenset()
        # Who brought attachments now: they shall hear that these are no longer wanted.
        self._bringers: set[str] = set()

    def _lying_for(self, age_public: str) -> set[str]:
        """The names of whole files that lie there for somebody."""
        found = find_incoming(self._root, age_public, files=self._files)
        return {one.name for one in (*found.bundles, *found.blobs)}

    # -- in ----------------------------------------------------------------------------------------------------

    def take_all(self, incoming: Incoming) -> None:
        """Takes in every file for this side; one that cannot be used does not keep the others out."""
        fresh = self._unseen(incoming.blobs)
        total = len(incoming.bundles) + len(fresh)
        steps = [partial(self._take, file) for file in incoming.bundles]
        steps += [partial(self._take_blob, file) for file in fresh]
        for place, step in enumerate(steps, 1):
            self._progress(_("正在导入"), place, total)
            try:
                step()
            except (Refused, RuleBroken) as failure:
                self.told.refused.append(failure)
        for missing in incoming.incomplete.values():
            words = "、".join(str(one) for one in missing)
            self.told.refused.append(
                RuleBroken(
                    "SYN-035", _("有一个文件不全，还缺第 {words} 份；等齐了再导入").format(words=words)
                )
            )
        if self._blobs is not None:
            compare_with_disk(self._exchange.database, self._exchange.party, self._blobs.attachments)

    def _take(self, file: StickFile) -> None:
        sealed = read_from_stick(file, files=self._files)
        taken = self._exchange.take(sealed)
        sender = taken.sender.device
        self.senders[sender] = self.senders.get(sender, 0) + taken.parked_count
        if taken.is_again:
            return
        one = Exchanged(bytes_down=len(sealed))
        one.add(taken)
        self._exchange.log(sender, STICK, one, bundle_id=taken.bundle_id)
        self.told.done.add(taken)
        self.told.done.bytes_down += len(sealed)
        self.told.files_in += 1

    def _unseen(self, found: Sequence[StickFile]) -> list[StickFile]:
        """Attachments that were not taken in before, as far as they are still here."""
        blobs = self._blobs
        if blobs is None:
            return []
        names = [one.name for one in found]
        seen: dict[str, str] = {}
        with self._exchange.database.reading() as session:
            for part in parts(names):
                rows = session.connection().execute(select(SEEN).where(SEEN.c.name.in_(part)))
                seen |= {row.name: row.sha256 for row in rows}
        return [one for one in found if one.name not in seen or not blobs.attachments.has(seen[one.name])]

    def _take_blob(self, file: StickFile) -> None:
        assert self._blobs is not None  # noqa: S101 - see _unseen
        sealed = read_from_stick(file, files=self._files)
        taken = take_blob(self._exchange, self._blobs, sealed)
        with self._exchange.database.writing() as connection:
            connection.execute(delete(SEEN).where(SEEN.c.name == file.name))
            connection.execute(
                insert(SEEN).values(name=file.name, sha256=taken.sha256, at=self._exchange.now())
            )
        self.senders.setdefault(taken.sender.device, 0)
        self._bringers.add(taken.sender.device)
        self.told.done.files_received += 1
        self.told.done.bytes_down += len(sealed)
        self.told.files_in += 1

    # -- out ---------------------------------------------------------------------------------------------------

    def whom_to_answer(self) -> list[DeviceCertificate]:
        """A room's PC writes for the county and the room's other PCs; the county for all PCs of the rooms found."""
        peers = self._exchange.peers()
        if not self._exchange.party.is_county:
            return peers
        found = {one.scope for one in peers if one.device in self.senders or self._lying_for(one.age_public)}
        return [one for one in peers if one.scope in found | self.also_for]

    def write_for(self, peer: DeviceCertificate) -> None:
        """Writes what the peer does not have or not know yet, unless just that lies here already."""
        digest, is_needed = self._state_for(peer)
        is_needed = is_needed or self._is_stranger_here(peer)
        parked_count = self.senders.get(peer.device, 0)
        blobs = self._blobs_for(peer)
        is_told = not (is_needed or parked_count) or self._lies_there(peer, digest)
        if is_told and not blobs:
            return
        with self._exchange.database.writing() as connection:
            label = open_package(connection, peer.device, self._exchange.now())
        sent = Exchanged()
        names = self._write_bundles(peer, sent, parked_count, label)
        self._finish(names, digest)
        self._write_blobs(peer, sent, blobs)
        with self._exchange.database.writing() as connection:
            close_package(
                connection,
                peer.device,
                label,
                files=len(names) + sent.files_sent,
                commits=sent.sent,
                blobs=sent.files_sent,
                size_bytes=sent.bytes_up,
            )
        self.told.packages.append(f"{device_name(peer)} {label}")
        self._count(peer, sent, len(names) + sent.files_sent)

    def _writer(self, peer: DeviceCertificate) -> StickWriter:
        return StickWriter(self._root, peer.age_public, files=self._files, most_bytes=self._most_bytes)

    def _write_bundles(
        self, peer: DeviceCertificate, sent: Exchanged, parked_count: int, label: Label
    ) -> list[str]:
        writer = self._writer(peer)
        bundles = self._exchange.make_all(peer, parked_count=parked_count, label=label)
        names = []
        for place, bundle in enumerate(bundles, 1):
            self._progress(_("正在写入U盘"), place, 0)
            name = new_name()
            # Before the file is there: a stick that is pulled now shall be tidied some day.
            self._remember(name, bundle)
            writer.add(bundle.sealed, name)
            names.append(name)
            sent.sent += bundle.commits_count
            sent.bytes_up += len(bundle.sealed)
        writer.finish()
        return names

    # -- attachments -------------------------------------------------------------------------------------------

    def _blobs_for(self, peer: DeviceCertificate) -> list[Blob]:
        """What the peer wants, or the county has not confirmed, and does not lie here for it already."""
        if self._blobs is None:
            return []
        scopes = self._exchange.scopes_with(peer)
        with self._exchange.database.reading() as session:
            connection = session.connection()
            wanted = wanted_by(connection, peer.device, scopes)
            if peer.scope == COUNTY_SCOPE and not self._exchange.party.is_county:
                wanted = in_order({*wanted, *unconfirmed(connection, scopes)})
            rows = connection.execute(
                select(WRITTEN).where(WRITTEN.c.peer == peer.device, WRITTEN.c.sha256.isnot(None))
            ).all()
        if not wanted:
            return []
        lying = self._lying_for(peer.age_public)
        here = {(row.scope, row.sha256) for row in rows if row.name in lying}
        return [one for one in wanted if (one.scope, one.sha256) not in here]

    def _write_blobs(self, peer: DeviceCertificate, sent: Exchanged, wanted: Sequence[Blob]) -> None:
        """In lots: remembered, written, read again, and only then called sent; a full stick ends it, and says so."""
        for start in range(0, len(wanted), _LOT):
            lot = wanted[start : start + _LOT]
            try:
                self._write_lot(peer, sent, lot, (start, len(wanted)))
            except EnvironmentFault as fault:
                if fault.code not in _FULL:
                    raise
                left = len(wanted) - sent.files_sent
                self.told.done.notes.append(
                    _("U盘空间不够，还有 {left} 个附件没有写；换一个U盘再交换一次").format(left=left)
                )
                return

    def _write_lot(
        self, peer: DeviceCertificate, sent: Exchanged, lot: Sequence[Blob], at: tuple[int, int]
    ) -> None:
        names = {one: new_name()[: -len(BUNDLE)] + BLOB for one in lot}
        self._remember_blobs(peer, names)
        writer = self._writer(peer)
        written: list[Blob] = []
        fault: EnvironmentFault | None = None
        for place, blob in enumerate(lot, 1):
            self._progress(_("正在写附件到U盘"), at[0] + place, at[1])
            sealed = sealed_if_whole(self._exchange, self._known_blobs, peer, blob)
            if sealed is None:
                continue
            try:
                writer.add(sealed, names[blob])
            except EnvironmentFault as failure:
                # What was written before it shall still count.
                fault = failure
                break
            written.append(blob)
            sent.bytes_up += len(sealed)
        writer.finish()
        sent.files_sent += len(written)
        if not self._exchange.party.is_county and peer.scope == COUNTY_SCOPE:
            with self._exchange.database.writing() as connection:
                for scope in {one.scope for one in written}:
                    set_state(
                        connection, (scope,), [one.sha256 for one in written if one.scope == scope], SENT
                    )
        if fault is not None:
            raise fault

    @property
    def _known_blobs(self) -> Blobs:
        assert self._blobs is not None  # noqa: S101 - without them there is nothing to write
        return self._blobs

    def _remember_blobs(self, peer: DeviceCertificate, names: Mapping[Blob, str]) -> None:
        at = self._exchange.now()
        rows = [
            {
                "name": name,
                "peer": peer.device,
                "digest": "",
                "scope": blob.scope,
                "sha256": blob.sha256,
                "at": at,
            }
            for blob, name in names.items()
        ]
        with self._exchange.database.writing() as connection:
            connection.execute(insert(WRITTEN), rows)

    def _count(self, peer: DeviceCertificate, sent: Exchanged, files_count: int) -> None:
        done = self.told.done
        # A room's PC writes the same commits for several receivers; the county other ones for each.
        done.sent = done.sent + sent.sent if self._exchange.party.is_county else max(done.sent, sent.sent)
        done.bytes_up += sent.bytes_up
        self.told.files_out += files_count
        done.files_sent += sent.files_sent
        self.told.peers.append(device_name(peer))
        counts = {"peer": device_name(peer), "count": sent.sent, "files": sent.files_sent}
        told = (
            _("写到U盘：给{peer} {count} 条改动，{files} 个附件").format(**counts)
            if sent.files_sent
            else _("写到U盘：给{peer} {count} 条改动").format(**counts)
        )
        self._exchange.log(peer.device, STICK, sent, outcome=told)

    def _state_for(self, peer: DeviceCertificate) -> tuple[str, bool]:
        """A name for what a file to the peer would tell now, and whether the peer lacks or does not know it."""
        is_needed = False
        own: dict[str, list[str]] = {}
        theirs: dict[str, list[str]] = {}
        with self._exchange.database.reading() as session:
            connection = session.connection()
            for scope in self._exchange.scopes_with(peer):
                mine = heads(connection, scope)
                told = told_heads(connection, scope, peer.device)
                is_needed |= set(mine) != set(told_base(connection, scope, peer.device))
                is_needed |= bool(lacking(connection, scope, told))
                own[scope], theirs[scope] = [one.hex() for one in mine], [one.hex() for one in told]
            word = word_for(connection, self._exchange.party, peer, self._exchange.scopes_with(peer))
            aside = [one.hex_id for one in self._exchange.aside_for(connection, peer).commits]
        if self._blobs is not None:
            is_needed |= bool(word.kept or word.want) or peer.device in self._bringers
        told_now = json.dumps([peer.device, own, theirs, digest_of(word), *aside], sort_keys=True)
        is_needed |= bool(aside)
        return hashlib.sha256(told_now.encode()).hexdigest(), is_needed

    def _lies_there(self, peer: DeviceCertificate, digest: str) -> bool:
        """Whether the files that tell just this lie on the stick, all of them."""
        names = _written_for(self._exchange, peer, WRITTEN.c.digest == digest)
        return bool(names) and names <= self._lying_for(peer.age_public)

    def _is_stranger_here(self, peer: DeviceCertificate) -> bool:
        """Whether nothing on the stick tells the county of this room's PC.

        Then a PC with nothing to send says what it holds, or the county would not know for whom to write its news.
        """
        party = self._exchange.party
        if party.is_county or peer.scope != COUNTY_SCOPE or self._lying_for(party.keys.age_public):
            return False
        return not _written_for(self._exchange, peer) & self._lying_for(peer.age_public)

    def _remember(self, name: str, bundle: Outgoing) -> None:
        tips = {scope: [one.hex() for one in ids] for scope, ids in bundle.tips.items()}
        with self._exchange.database.writing() as connection:
            connection.execute(
                insert(WRITTEN).values(
                    name=name, peer=bundle.peer, digest="", tips=json.dumps(tips), at=self._exchange.now()
                )
            )

    def _finish(self, names: Sequence[str], digest: str) -> None:
        """All files of one writing lie there: only now they stand for what they tell."""
        with self._exchange.database.writing() as connection:
            connection.execute(update(WRITTEN).where(WRITTEN.c.name.in_(names)).values(digest=digest))
            old = connection.execute(
                select(WRITTEN.c.name).order_by(WRITTEN.c.at.desc(), WRITTEN.c.name).offset(_REMEMBERED)
            ).scalars()
            _forget(connection, list(old))

    def clear_away(self, peer: DeviceCertificate) -> None:
        """Removes own files whose commits the peer said it holds and that are not the newest word."""
        digest, _is_needed = self._state_for(peer)
        with self._exchange.database.reading() as session:
            connection = session.connection()
            rows = connection.execute(select(WRITTEN).where(WRITTEN.c.peer == peer.device)).all()
            held = _Held(connection, peer.device)
            still = self._waited_for(connection, peer)
            done = [
                row.name
                for row in rows
                if (
                    (row.scope, row.sha256) not in still
                    if row.sha256
                    else row.digest != digest and held.all_of(json.loads(row.tips or "{}"))
                )
            ]
        removed = remove_received(self._root, peer.age_public, done, files=self._files) if done else ()
        if removed:
            self.told.removed += len(removed)
            with self._exchange.database.writing() as connection:
                _forget(connection, removed)

    def _waited_for(self, connection: Connection, peer: DeviceCertificate) -> set[tuple[str, str]]:
        """The attachments that must stay on the stick for a peer: those it wants or has not confirmed."""
        scopes = self._exchange.scopes_with(peer)
        still = wanted_by(connection, peer.device, scopes)
        if peer.scope == COUNTY_SCOPE and not self._exchange.party.is_county:
            still += unconfirmed(connection, scopes)
        return {(one.scope, one.sha256) for one in still}

    def is_equal(self) -> bool:
        """Whether those concerned said that they have exactly what is here: the county for a room, the senders else."""
        if self._exchange.party.is_county:
            concerned = [one for one in self._exchange.peers() if one.device in self.senders]
        else:
            concerned = [self._exchange.county()]
        return all(self._exchange.is_equal(one) for one in concerned)


def _written_for(exchange: Exchange, peer: DeviceCertificate, *conditions: ColumnElement[bool]) -> set[str]:
    """The names of the files that this side wrote for a peer, on whatever stick."""
    with exchange.database.reading() as session:
        names = select(WRITTEN.c.name).where(WRITTEN.c.peer == peer.device, *conditions)
        return set(session.connection().execute(names).scalars())


def _forget(connection: Connection, names: Sequence[str]) -> None:
    if names:
        connection.execute(delete(WRITTEN).where(WRITTEN.c.name.in_(list(names))))


class _Held:
    """What a peer is known to hold."""

    def __init__(self, connection: Connection, peer: str) -> None:
        self._connection, self._peer = connection, peer
        self._lacking: dict[str, set[bytes]] = {}

    def all_of(self, tips: Mapping[str, Iterable[str]]) -> bool:
        """Whether the peer holds the newest commits of a file, and so everything in it."""
        return all(
            bytes.fromhex(one) not in self._lacking_in(scope) for scope, ids in tips.items() for one in ids
        )

    def _lacking_in(self, scope: str) -> set[bytes]:
        if scope not in self._lacking:
            theirs = told_heads(self._connection, scope, self._peer)
            self._lacking[scope] = set(lacking(self._connection, scope, theirs))
        return self._lacking[scope]
