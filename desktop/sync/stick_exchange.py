"""One exchange by a stick: take in what lies there for this side, then write what the others do not have yet.

The same for a room's PC and for the county. Nothing is read as a command and nothing is believed because it is absent:
an empty stick, a pulled stick, an old file are all harmless, and a second try goes on where the first one stopped.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import Connection, delete, insert, select, update

from desktop.base.errors import Failure, Refused, RuleBroken
from desktop.base.text import _
from desktop.sync.certificates import DeviceCertificate
from desktop.sync.exchange import STICK, Exchange, Exchanged, Outgoing, told_base, told_heads
from desktop.sync.log import heads, lacking
from desktop.sync.parties import device_name
from desktop.sync.stick import (
    FILES,
    Files,
    StickFile,
    list_incoming,
    read_from_stick,
    remove_received,
    write_to_stick,
)
from desktop.sync.tables import StickFileRow

WRITTEN = StickFileRow.__table__
# Files on sticks that never came back are forgotten at last; their content went again with every later file.
_REMEMBERED = 2000

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


def exchange_by_stick(
    exchange: Exchange, root: Path, *, files: Files = FILES, progress: Progress = quiet
) -> StickExchange:
    """Takes in, answers, and clears away what the others are known to hold.

    Errors:  EnvironmentFault SYN-030 to SYN-033 and ENV-0xx when the stick fails; what was taken in before stays.
             Refused or RuleBroken when nothing but files that cannot be used was found.
    """
    visit = _Visit(exchange, root, files, progress)
    visit.take_all()
    for peer in visit.whom_to_answer():
        visit.write_for(peer)
        visit.clear_away(peer)
    visit.told.done.equal = visit.is_equal()
    if visit.told.refused and not visit.senders:
        raise visit.told.refused[0]
    return visit.told


def take_file(exchange: Exchange, path: Path, *, files: Files = FILES) -> Exchanged:
    """Takes in one bundle that lies anywhere, as when somebody opens it with a double click; answers nothing.

    Errors:  as `Exchange.take`; EnvironmentFault ENV-0xx.
    """
    visit = _Visit(exchange, path.parent, files, quiet)
    visit.take_one(path)
    visit.told.done.equal = visit.is_equal()
    return visit.told.done


class _Visit:
    """One stick in one PC. `senders`: whose files lay here → how many of their commits were put aside now."""

    def __init__(self, exchange: Exchange, root: Path, files: Files, progress: Progress) -> None:
        self._exchange, self._root, self._files, self._progress = exchange, root, files, progress
        self.told = StickExchange()
        self.senders: dict[str, int] = {}

    def _lying_for(self, age_public: str) -> tuple[StickFile, ...]:
        return list_incoming(self._root, age_public, files=self._files)

    # -- in ----------------------------------------------------------------------------------------------------

    def take_all(self) -> None:
        """Takes in every file for this side; one that cannot be used does not keep the others out."""
        incoming = self._lying_for(self._exchange.party.keys.age_public)
        for place, file in enumerate(incoming, 1):
            self._progress(_("正在导入"), place, len(incoming))
            try:
                self._take(file)
            except (Refused, RuleBroken) as failure:
                self.told.refused.append(failure)

    def take_one(self, path: Path) -> None:
        """Takes in the file at a path."""
        self._take(StickFile(path, 0))

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

    # -- out ---------------------------------------------------------------------------------------------------

    def whom_to_answer(self) -> list[DeviceCertificate]:
        """A room's PC writes for the county and the room's other PCs; the county for all PCs of the rooms found."""
        peers = self._exchange.peers()
        if not self._exchange.party.is_county:
            return peers
        found = {one.scope for one in peers if one.device in self.senders or self._lying_for(one.age_public)}
        return [one for one in peers if one.scope in found]

    def write_for(self, peer: DeviceCertificate) -> None:
        """Writes what the peer does not have or not know yet, unless just that lies here already."""
        digest, is_needed = self._state_for(peer)
        parked_count = self.senders.get(peer.device, 0)
        if not (is_needed or parked_count) or self._lies_there(peer, digest):
            return
        sent = Exchanged()
        names = []
        for place, bundle in enumerate(self._exchange.make_all(peer, parked_count=parked_count), 1):
            self._progress(_("正在写入U盘"), place, 0)
            written = write_to_stick(self._root, peer.age_public, bundle.sealed, files=self._files)
            self._remember(written.name, bundle)
            names.append(written.name)
            sent.sent += bundle.commits_count
            sent.bytes_up += len(bundle.sealed)
        self._finish(names, digest)
        self._count(peer, sent, len(names))

    def _count(self, peer: DeviceCertificate, sent: Exchanged, files_count: int) -> None:
        done = self.told.done
        # A room's PC writes the same commits for several receivers; the county other ones for each.
        done.sent = done.sent + sent.sent if self._exchange.party.is_county else max(done.sent, sent.sent)
        done.bytes_up += sent.bytes_up
        self.told.files_out += files_count
        self.told.peers.append(device_name(peer))
        told = _("写到U盘：给{peer} {count} 条改动").format(peer=device_name(peer), count=sent.sent)
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
        told_now = json.dumps([peer.device, own, theirs], sort_keys=True)
        return hashlib.sha256(told_now.encode()).hexdigest(), is_needed

    def _lies_there(self, peer: DeviceCertificate, digest: str) -> bool:
        """Whether the files that tell just this lie on the stick, all of them."""
        statement = select(WRITTEN.c.name).where(WRITTEN.c.peer == peer.device, WRITTEN.c.digest == digest)
        with self._exchange.database.reading() as session:
            names = set(session.connection().execute(statement).scalars())
        return bool(names) and names <= {one.path.name for one in self._lying_for(peer.age_public)}

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
            done = [
                row.name for row in rows if row.digest != digest and held.all_of(json.loads(row.tips or "{}"))
            ]
        removed = remove_received(self._root, peer.age_public, done, files=self._files) if done else ()
        if removed:
            self.told.removed += len(removed)
            with self._exchange.database.writing() as connection:
                _forget(connection, removed)

    def is_equal(self) -> bool:
        """Whether those concerned said that they have exactly what is here: the county for a room, the senders else."""
        if self._exchange.party.is_county:
            concerned = [one for one in self._exchange.peers() if one.device in self.senders]
        else:
            concerned = [self._exchange.county()]
        return all(self._exchange.is_equal(one) for one in concerned)


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
