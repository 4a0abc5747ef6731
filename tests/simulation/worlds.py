"""Worlds: rooms with their PCs and a county, people, sticks, a bad line, dying disks, all drawn from one seed.

A world raises `BrokenWorldError` with the invariant (I1 to I10 of the test plan) that does not hold. Everything that a
step does is written to `World.story`. `playing.py` plays them.
"""

from __future__ import annotations

import json
import random
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import zstandard
from sqlalchemy import select

from desktop.base.errors import Failure
from desktop.database.capture import RecordSession
from desktop.database.codes import CodeEntry
from desktop.database.record import COUNTY_SCOPE, Record
from desktop.staff.tables import PrintedPaper, StaffMember
from desktop.sync.apply import AUTHOR_REVOKED, PARENT_MISSING, parked_commits
from desktop.sync.certificates import COUNTY_DEVICE, make_revocation
from desktop.sync.crypto import SUITE
from desktop.sync.exchange import Outgoing, Taken
from desktop.sync.parties import keep_revocation, load_party
from desktop.sync.rows import VERSIONS
from desktop.sync.tables import ACCEPTED, REFUSED, WITHOUT_PARENT
from desktop.sync.turnover import turn_over
from tests.helpers.clock import START, FixedClock
from tests.simulation.meaning import Meaning, value_text
from tests.simulation.replicas import (
    ISSUED,
    WRAP_KEY,
    Replica,
    commits_of,
    county,
    everything,
    heads_of,
    open_replica,
    party_of,
    problems,
    rows_of,
)

FIELDS = ("phone", "badge_no", "note", "name")
ROOM = "r:649901100201"
ROOMS = (ROOM, "r:649901100202")
# Device → its letter and the scope that it writes.
PLACES = {
    COUNTY_DEVICE: ("Z", COUNTY_SCOPE),
    "pc-a": ("A", ROOMS[0]),
    "pc-b": ("B", ROOMS[0]),
    "pc-c": ("A", ROOMS[1]),
}
MOST_MAIL = 24
# More than any honest world asks the county to decide at once.
MOST_DECIDED = 100
ROUNDS, MOST_ROUNDS = 3, 12
# What a world's bundles may be refused for without anything being wrong.
HONEST_REFUSALS = frozenset({"SYN-071", "SYN-117"})


class BrokenWorldError(AssertionError):
    """An invariant that does not hold, with the seed and the story that led there."""


@dataclass
class Mail:
    """One bundle on its way, for ever: it may be delivered again at any time."""

    sender: str
    to: str
    sealed: bytes


@dataclass
class World:
    """One world while it is played."""

    seed: int
    folder: Path
    chance: random.Random
    clock: FixedClock
    disks: dict[str, Replica] = field(default_factory=dict)
    mail: list[Mail] = field(default_factory=list)
    saved: dict[str, set[bytes]] = field(default_factory=dict)
    written_once: dict[tuple[str, str], tuple[Any, ...]] = field(default_factory=dict)
    backups: dict[str, Path] = field(default_factory=dict)
    stale: list[tuple[str, str, tuple[str, ...]]] = field(default_factory=list)
    story: list[str] = field(default_factory=list)
    shut_out: str = ""

    # -- who -------------------------------------------------------------------------------------------------------

    @property
    def county(self) -> Replica:
        """The county."""
        return self.disks[COUNTY_DEVICE]

    def rooms(self) -> list[Replica]:
        """The disks of rooms, clones among them."""
        return [one for one in self.disks.values() if not one.is_county]

    def close(self) -> None:
        """Lets go of every file."""
        for disk in self.disks.values():
            disk.close()

    def tell(self, what: str) -> None:
        """One line of the story."""
        self.story.append(what)

    def demand(self, invariant: str, holds: bool, what: str = "") -> None:
        """Fails the world when an invariant does not hold."""
        if not holds:
            raise BrokenWorldError(f"{invariant} {what} seed={self.seed}\n" + "\n".join(self.story[-60:]))

    @contextmanager
    def save(self, disk: Replica) -> Iterator[RecordSession]:
        """A save whose commits count as acknowledged once the block has ended."""
        with disk.database.saving("王敏") as session:
            yield session
        for scope in {one.scope for one in session.changes}:
            self.saved.setdefault(scope, set()).update(heads_of(disk, scope))

    # -- people ----------------------------------------------------------------------------------------------------

    def edit(self) -> None:
        """Somebody changes a field, adds a record, or saves without changing anything."""
        disk, scope = self._desk()
        known = self._ids(disk, StaffMember, scope)
        luck = self.chance.random()
        if not known or luck < 0.2:
            self._add(disk, scope)
            return
        record_id = self.chance.choice(known)
        with self.save(disk) as session:
            record = session.get_one(StaffMember, (scope, record_id))
            if luck < 0.25:
                self.tell(f"{disk.name} saves {record_id[:8]} unchanged")
                record.phone = str(record.phone) if record.phone is not None else None
                before = heads_of(disk, scope)
            else:
                for name in self.chance.sample(FIELDS, self.chance.choice([1, 1, 2])):
                    value = f"{name}{self.chance.randrange(4)}"
                    self.tell(f"{disk.name} sets {record_id[:8]}.{name} = {value}")
                    setattr(record, name, value)
                before = []
        if before:
            self.demand("I4", heads_of(disk, scope) == before, "a save without a change wrote a commit")

    def edit_stale(self) -> None:
        """A form that was opened some time ago is saved now."""
        disk, scope = self._desk()
        if self.stale and self.chance.random() < 0.6:
            record_id, name, seen = self.chance.choice(self.stale)
            if record_id not in self._ids(disk, StaffMember, scope):
                return
            with self.save(disk) as session:
                record = session.get_one(StaffMember, (scope, record_id))
                value = f"stale{self.chance.randrange(100)}"
                self.tell(f"{disk.name} saves an old form of {record_id[:8]}.{name} = {value}")
                # A disk that was put back has no form open that saw what it has lost.
                is_open = set(seen) <= {one.hex() for one in commits_of(disk, scope)}
                if is_open:
                    session.base_on(record, seen)
                setattr(record, name, value)
            if is_open:
                told = self._parents_of_last(disk, scope, record_id)
                self.demand("I6", told == sorted(seen), f"a form that saw {seen} was saved over {told}")
            return
        known = self._ids(disk, StaffMember, scope)
        if known:
            record_id = self.chance.choice(known)
            with disk.database.reading() as reading:
                seen = tuple(reading.get_one(StaffMember, (scope, record_id)).ver or ())
            self.stale.append((record_id, self.chance.choice(FIELDS), seen))

    def _parents_of_last(self, disk: Replica, scope: str, record_id: str) -> list[str]:
        """What the newest operation on a record says that its writer had seen."""
        [(told,)] = disk.look("SELECT ops FROM commit_ WHERE scope = ? ORDER BY lam DESC LIMIT 1", scope)
        [(_table, _id, parents, _fields)] = [one for one in json.loads(told) if one[1] == record_id]
        return sorted(parents)

    def delete(self) -> None:
        """Somebody takes a record out, or takes that back."""
        disk, scope = self._desk()
        known = self._ids(disk, StaffMember, scope)
        if known:
            record_id = self.chance.choice(known)
            with self.save(disk) as session:
                record = session.get_one(StaffMember, (scope, record_id))
                record.is_deleted = None if record.is_deleted else True
                self.tell(f"{disk.name} deletes {record_id[:8]}: {record.is_deleted}")

    def add_same(self) -> None:
        """A member of a set, which two PCs may add at once."""
        disk, scope = self._desk()
        record_id = str(uuid.uuid5(uuid.NAMESPACE_OID, f"{scope}{self.chance.randrange(3)}"))
        if record_id not in self._ids(disk, StaffMember, scope):
            self._add(disk, scope, record_id)

    def add_many(self) -> None:
        """One save of many records, more than the least budget of a bundle."""
        disk, scope = self._desk()
        with self.save(disk) as session:
            for number in range(25):
                session.add(StaffMember(id=self._new_id(), scope=scope, name=f"队员{number}", note="长" * 90))
        self.tell(f"{disk.name} adds 25")

    def print_paper(self) -> None:
        """A row that is written once, or a correction of one."""
        disk, scope = self._desk()
        known = self._ids(disk, PrintedPaper, scope)
        new_id = self._new_id()
        with self.save(disk) as session:
            row = PrintedPaper(id=new_id, scope=scope, paper_name=f"文书{self.chance.randrange(99)}")
            row.root_id = new_id
            if known and self.chance.random() < 0.5:
                old = session.get_one(PrintedPaper, (scope, self.chance.choice(known)))
                row.root_id, row.corrects = old.root_id, [old.id]
            session.add(row)
            self.tell(f"{disk.name} prints {new_id[:8]} of {str(row.root_id)[:8]} for {row.corrects}")
            content = (row.paper_name, row.root_id, row.corrects or [])
        self.written_once[scope, new_id] = content

    def county_list(self) -> None:
        """The county adds a code or changes one that all rooms read."""
        with self.save(self.county) as session:
            known = self._ids(self.county, CodeEntry, COUNTY_SCOPE)
            if known and self.chance.random() < 0.5:
                entry = session.get_one(CodeEntry, (COUNTY_SCOPE, self.chance.choice(known)))
                entry.label = f"名称{self.chance.randrange(5)}"
            else:
                session.add(CodeEntry(id=self._new_id(), scope=COUNTY_SCOPE, code="1", label="新"))
        self.tell("county writes its list")

    def settle(self) -> None:
        """Somebody settles a conflict, having seen both sides."""
        disk, scope = self._desk()
        question = "SELECT tbl, rid, field, choices FROM conflict WHERE scope = ? ORDER BY rid, field"
        rows = [one for one in disk.look(question, scope) if one[0] in disk.database.registry]
        if not rows:
            return
        kind, record_id, name, told = self.chance.choice(rows)
        choices = json.loads(told)
        value = self.chance.choice(choices)[1]
        self.tell(f"{disk.name} settles {record_id[:8]}.{name} as {value}")
        if name == VERSIONS:
            self._replace(disk, scope, record_id, [one for _cid, one in choices])
            return
        table: type[Record] = StaffMember if kind == "staff_member" else CodeEntry
        with self.save(disk) as saving:
            saving.restate(saving.get_one(table, (scope, record_id)), {name: value})

    def _replace(self, disk: Replica, scope: str, root_id: str, rivals: list[str]) -> None:
        """One row that replaces several corrections of the same row."""
        new_id = self._new_id()
        with self.save(disk) as saving:
            row = PrintedPaper(id=new_id, scope=scope, root_id=root_id, paper_name="选定")
            row.corrects = rivals
            saving.add(row)
        self.written_once[scope, new_id] = (row.paper_name, root_id, rivals)

    # -- who sits where --------------------------------------------------------------------------------------------

    def _desk(self) -> tuple[Replica, str]:
        """A disk and the scope that is worked on there; the county works in rooms' scopes now and then."""
        disk = self.chance.choice([*self.rooms(), *self.rooms(), self.county])
        return disk, disk.scope if not disk.is_county else self.chance.choice(sorted(ROOMS))

    def _ids(self, disk: Replica, table: Any, scope: str) -> list[str]:
        question = f"SELECT id FROM {table.__tablename__} WHERE scope = ? ORDER BY id"
        return [one for (one,) in disk.look(question, scope)]

    def _new_id(self) -> str:
        return str(uuid.UUID(int=self.chance.getrandbits(128), version=4))

    def _add(self, disk: Replica, scope: str, record_id: str = "") -> None:
        record_id = record_id or self._new_id()
        with self.save(disk) as session:
            session.add(StaffMember(id=record_id, scope=scope, name=f"张{self.chance.randrange(9)}"))
        self.tell(f"{disk.name} adds {record_id[:8]}")

    # -- exchange --------------------------------------------------------------------------------------------------

    def post(self) -> None:
        """Everything for a peer is written to a stick, in several files; each arrives some time or never."""
        sender = self.chance.choice(list(self.disks.values()))
        self.mended_county()
        exchange = sender.exchange()
        peers = sorted(exchange.peers(), key=lambda one: one.device)
        if not peers:
            return
        peer = self.chance.choice(peers)
        budget = self.chance.choice([500, 1_000, 10**6])
        for outgoing in exchange.make_all(peer, budget_bytes=budget):
            self._keep(sender, outgoing, peer.scope, budget)

    def carry_badly(self) -> None:
        """A busy day goes out in several files, which are read in any order; one may stay in a pocket."""
        sender = self.chance.choice(self.rooms())
        for _edit in range(3):
            self._add(sender, sender.scope)
        exchange = sender.exchange()
        peer = self.chance.choice(sorted(exchange.peers(), key=lambda one: one.device))
        letters = [
            self._keep(sender, outgoing, peer.scope, 300)
            for outgoing in exchange.make_all(peer, budget_bytes=300)
        ]
        self.chance.shuffle(letters)
        for letter in letters[self.chance.randrange(2) :]:
            disks = [one for one in self.disks.values() if one.party.device == letter.to]
            self._take(self.chance.choice(disks), letter)

    def deliver(self) -> None:
        """One of the bundles ever written arrives, perhaps again, perhaps late."""
        if self.mail:
            letter = self.chance.choice(self.mail)
            disk = self.chance.choice([one for one in self.disks.values() if one.party.device == letter.to])
            self._take(disk, letter)

    def call(self) -> None:
        """A round over a line that may drop the request or the answer, or send the request twice."""
        disk = self.chance.choice(self.rooms())
        luck = self.chance.random()
        request = self._post(disk, COUNTY_DEVICE)
        if luck < 0.15:
            self.tell("… the request is lost")
            return
        for _time in range(2 if luck < 0.25 else 1):
            self._take(self.county, request)
        if disk.party.device not in {one.device for one in self.county.exchange().peers()}:
            return
        answer = self._post(self.county, disk.party.device)
        if luck < 0.85:
            self._take(disk, answer)
        else:
            self.tell("… the answer is lost")

    def tamper(self) -> None:
        """A bundle arrives cut or altered."""
        if not self.mail:
            return
        letter = self.chance.choice(self.mail)
        data = bytearray(letter.sealed)
        if self.chance.random() < 0.5:
            del data[int(self.chance.random() * len(data)) :]
        else:
            data[int(self.chance.random() * len(data))] ^= 1 << self.chance.randrange(8)
        disk = self.chance.choice([one for one in self.disks.values() if one.party.device == letter.to])
        self.refuse(disk, bytes(data), "altered")

    def misdeliver(self) -> None:
        """A bundle arrives at somebody it is not for."""
        if self.mail:
            letter = self.chance.choice(self.mail)
            self.refuse(
                self.chance.choice([one for one in self.disks.values() if one.party.device != letter.to]),
                letter.sealed,
                "for somebody else",
            )

    def refuse(self, disk: Replica, sealed: bytes, what: str) -> None:
        """I8: what may not be taken in changes nothing."""
        before = everything(disk)
        try:
            disk.exchange().take(sealed)
        except Failure:
            self.tell(f"{disk.name} refuses a bundle {what}")
        else:
            self.demand("I8", holds=False, what=f"{disk.name} took in a bundle {what}")
        self.demand("I8", everything(disk) == before, f"{disk.name} changed by a bundle {what}")

    def _post(self, sender: Replica, to: str, budget: int = 0) -> Mail:
        peer = party_of(to, *PLACES[to]).certificate
        budget = budget or self.chance.choice([600, 3_000, 10**6, 10**6])
        self.mended_county()
        outgoing = sender.exchange().make(peer, budget_bytes=budget)
        return self._keep(sender, outgoing, peer.scope, budget)

    def _keep(self, sender: Replica, outgoing: Outgoing, scope: str, budget: int) -> Mail:
        self._check_outgoing(outgoing, scope)
        letter = Mail(sender.name, outgoing.peer, outgoing.sealed)
        self.mail = [*self.mail, letter][-MOST_MAIL:]
        self.tell(
            f"{sender.name} writes for {outgoing.peer}: {outgoing.commits_count} commits, budget {budget}"
        )
        return letter

    def _check_outgoing(self, outgoing: Outgoing, scope: str) -> None:
        """I7: nothing of another room is in a bundle, not even its name."""
        if scope == COUNTY_SCOPE:
            return
        plain = (
            zstandard.ZstdDecompressor()
            .decompressobj()
            .decompress(
                SUITE.open_sealed(
                    outgoing.sealed, party_of(outgoing.peer, *PLACES[outgoing.peer]).keys.age_secret
                )
            )
        )
        for other in ROOMS:
            if other != scope:
                self.demand("I7", other.encode() not in plain, f"{other} in a bundle for {outgoing.peer}")

    def _take(self, disk: Replica, letter: Mail) -> None:
        try:
            taken = disk.exchange().take(letter.sealed)
        except Failure as failure:
            self.demand(
                "I8", failure.code in HONEST_REFUSALS, f"{disk.name} refused an honest bundle: {failure}"
            )
            return
        self.tell(
            f"{disk.name} takes from {letter.sender}: {taken.new_count} new, {taken.parked_count} parked"
        )
        if self.chance.random() < 0.15:
            before = everything(disk)
            disk.exchange().take(letter.sealed)
            self.demand("I9", everything(disk) == before, f"{disk.name} changed by the same bundle again")

    # -- disks and clocks ------------------------------------------------------------------------------------------

    def back_up(self) -> None:
        """A copy of a disk is put aside."""
        disk = self.chance.choice(list(self.disks.values()))
        disk.close()
        kept = self.folder / f"backup-{disk.name}"
        shutil.rmtree(kept, ignore_errors=True)
        shutil.copytree(disk.folder, kept)
        self.backups[disk.name] = kept
        self.tell(f"{disk.name} is backed up")

    def restore(self) -> None:
        """A disk dies and an old copy takes its place; nobody tells the program."""
        if self.backups:
            name = self.chance.choice(sorted(self.backups))
            self.tell(f"{name} is put back from a copy")
            self._put(name, self.backups[name], self.disks[name])

    def clone(self) -> None:
        """A PC is copied whole and both go on."""
        disk = self.chance.choice(self.rooms())
        name = f"{disk.party.device}'"
        if name not in self.disks:
            disk.close()
            self.tell(f"{disk.name} is cloned")
            self._put(name, disk.folder, disk)

    def _put(self, name: str, source: Path, like: Replica) -> None:
        target = self.folder / name
        if name in self.disks:
            self.disks[name].close()
            shutil.rmtree(target)
        shutil.copytree(source, target)
        self.disks[name] = open_replica(name, target, like.party, self.clock)
        # What was on no other disk is gone with the one that died.
        for scope in self.saved:
            self.saved[scope] &= set().union(*(commits_of(one, scope) for one in self.disks.values()))

    def revoke(self) -> None:
        """The county shuts out a PC of the first room; its clones with it."""
        if self.shut_out:
            return
        late = self.disks["pc-b"]
        known = self._ids(late, StaffMember, ROOM)
        for _edit in range(self.chance.randrange(3)):
            if known:
                self.change("pc-b", self.chance.choice(known), phone=f"late{self.chance.randrange(9)}")
        self.add("pc-b", name="晚到的")
        if self.chance.random() < 0.7:
            # Another PC of the room takes it in, before anybody has heard.
            self._take(self.disks["pc-a"], self._post(late, "pc-a", 10**6))
        self.shut_out_now()

    def shut_out_now(self) -> None:
        """The county's word that a PC may not write any more."""
        self.shut_out = "pc-b"
        party = self.mended_county().side()
        word = make_revocation(party.county, party.sign_secret, device="pc-b", reason="丢失", at=ISSUED)
        with self.county.database.writing() as connection:
            keep_revocation(connection, word, ISSUED)
        self.tell("county shuts out pc-b")

    def turn_keys(self, *, stolen: bool) -> None:
        """The county turns to a new signing key, with the root from the safe."""
        with self.county.database.writing() as connection:
            party = load_party(connection, WRAP_KEY)
            turn_over(connection, party, county().root_secret, WRAP_KEY, stolen=stolen, at=ISSUED)
        self.tell(f"county turns to a new key, the former ones {'withdrawn' if stolen else 'good'}")

    def mended_county(self) -> Replica:
        """The county; whoever is told that its key was withdrawn (an old copy was put back) turns to another."""
        party = self.county.side()
        if party.keys.sign_public not in party.county.believed:
            self.turn_keys(stolen=False)
        return self.county

    def judge(self) -> bool:
        """The county decides about a commit that came from a PC after it was shut out, if there is one."""
        waiting = self._waiting(AUTHOR_REVOKED)
        lost = [one for one in self._waiting(PARENT_MISSING) if self._by_shut_out(self.county, *one)]
        if waiting:
            scope, commit_id = self.chance.choice(waiting)
            self._decide(scope, commit_id, self.chance.choice([ACCEPTED, REFUSED]))
        elif lost:
            self._decide(*lost[0], WITHOUT_PARENT)
        return bool(waiting or lost)

    def _decide(self, scope: str, commit_id: bytes, verdict: str) -> None:
        self.mended_county()
        self.tell(f"county says of {commit_id.hex()[:8]}: {verdict}")
        self.county.exchange().decide(scope, commit_id, verdict, "核实过", user="县局")

    def _by_shut_out(self, disk: Replica, scope: str, commit_id: bytes) -> bool:
        with disk.database.looking() as connection:
            waiting = parked_commits(connection, (scope,), (PARENT_MISSING,))
            return any(one.id == commit_id and one.device == self.shut_out for one in waiting)

    def _waiting(self, why: str) -> list[tuple[str, bytes]]:
        return [
            (scope, one)
            for scope, one in self.county.look("SELECT scope, id FROM parked WHERE why = ? ORDER BY id", why)
        ]

    def move_clock(self) -> None:
        """Somebody sets the clock, by minutes or by decades."""
        by = self.chance.choice([timedelta(minutes=7), timedelta(days=-7300), timedelta(days=25000)])
        self.clock.set(START + by)
        self.tell(f"the clock moves by {by}")

    # -- the end ---------------------------------------------------------------------------------------------------

    def settle_down(self) -> None:
        """Faults stop, three rounds follow the last decision at most (I10), and every invariant is checked."""
        for disk in [one for one in self.rooms() if one.party.device == self.shut_out]:
            # What it wrote and nobody else took in stays on its own disk.
            self.disks.pop(disk.name).close()
            for scope in self.saved:
                self.saved[scope] &= set().union(*(commits_of(one, scope) for one in self.disks.values()))
        rounds_left = ROUNDS
        for _round in range(MOST_ROUNDS):
            self.exchange(*(disk.name for disk in self.rooms()))
            # A person at the county looks at everything that came, also by way of another PC; each word of his may
            # bring forth what waited behind it on another disk.
            has_decided = sum(self.judge() for _commit in range(MOST_DECIDED)) > 0
            rounds_left = ROUNDS if has_decided else rounds_left - 1
            if self._agree() or not rounds_left:
                break
        self.demand("I1", not self._undecided(), f"nobody decided about what waits at {self._undecided()}")
        for scope in (*ROOMS, COUNTY_SCOPE):
            self._check_scope(scope)
        for disk in self.disks.values():
            found = problems(disk)
            self.demand("I4", not found, f"{disk.name}: {found[:3]}")

    def _agree(self) -> bool:
        return not self._undecided() and all(
            heads_of(disk, scope) == heads_of(self.county, scope)
            for disk in self.rooms()
            for scope in (disk.scope, COUNTY_SCOPE)
        )

    def _undecided(self) -> list[str]:
        """Disks where something waits for the county's decision."""
        question = "SELECT why, scope, id FROM parked WHERE why IN (?, ?)"
        return [
            disk.name
            for disk in self.disks.values()
            for why, scope, one in disk.look(question, AUTHOR_REVOKED, PARENT_MISSING)
            if why == AUTHOR_REVOKED or self._by_shut_out(disk, scope, one)
        ]

    def _check_scope(self, scope: str) -> None:
        wanted, rows = heads_of(self.county, scope), rows_of(self.county, scope)
        for disk in self.disks.values():
            if not (disk.is_county or scope in {disk.scope, COUNTY_SCOPE}):
                continue
            self.demand("I3", heads_of(disk, scope) == wanted, f"{disk.name} has other heads in {scope}")
            self.demand("I2", rows_of(disk, scope) == rows, f"{disk.name} shows other rows in {scope}")
            lost = self.saved.get(scope, set()) - commits_of(disk, scope)
            self.demand("I1", not lost, f"{disk.name} lacks {len(lost)} saved commits")
        self._check_meaning(scope)

    def _whole_exchange(self, disk: Replica) -> None:
        """Rounds until both say that they have the same, or a round moves nothing, as over the network."""
        exchange, county = disk.exchange(), self.county.exchange()
        at_county = exchange.county()
        for number in range(20):
            taken = county.take(exchange.make(at_county).sealed)
            county = self.mended_county().exchange()
            answered = exchange.take(county.make(taken.sender).sealed)
            is_still = not (taken.new_count or answered.new_count)
            if exchange.is_equal(at_county) or (is_still and number > 0):
                return

    # -- for tests that are not played from a seed -----------------------------------------------------------------

    def exchange(self, *names: str) -> None:
        """Each of the disks exchanges with the county until both have the same."""
        for name in names:
            self._whole_exchange(self.disks[name])

    def letter(self, sender: str, to: str) -> Mail:
        """One bundle, written now and delivered whenever a test likes."""
        disk = self.disks[sender]
        peer = next(one for one in disk.exchange().peers() if one.device == to)
        return Mail(sender, to, disk.exchange().make(peer).sealed)

    def give(self, letter: Mail, disk: str = "") -> Taken:
        """A bundle arrives."""
        return self.disks[disk or letter.to].exchange().take(letter.sealed)

    def put_back(self, name: str, copy: Path) -> None:
        """A disk dies and a copy takes its place."""
        self._put(name, copy, self.disks[name])

    def copy_of(self, name: str) -> Path:
        """A copy of a disk as it is now."""
        self.disks[name].close()
        kept = self.folder / f"copy-{name}-{len(self.backups)}"
        self.backups[kept.name] = kept
        shutil.copytree(self.disks[name].folder, kept)
        return kept

    def add(self, disk_name: str, scope: str = "", **values: Any) -> str:
        """Somebody adds a person; gives the id."""
        disk = self.disks[disk_name]
        record_id = self._new_id()
        with self.save(disk) as session:
            session.add(StaffMember(id=record_id, scope=scope or disk.scope, **values))
        return record_id

    def change(self, disk_name: str, record_id: str, scope: str = "", **values: Any) -> None:
        """Somebody changes a person."""
        disk = self.disks[disk_name]
        with self.save(disk) as session:
            record = session.get_one(StaffMember, (scope or disk.scope, record_id))
            for field_name, value in values.items():
                setattr(record, field_name, value)

    def person(self, disk_name: str, record_id: str, scope: str = "") -> StaffMember | None:
        """A person as a disk shows it."""
        disk = self.disks[disk_name]
        with disk.database.reading() as session:
            found = session.get(StaffMember, (scope or disk.scope, record_id))
            session.expunge_all()
            return found

    def head(self, disk_name: str, scope: str = "") -> bytes:
        """The one head of a scope."""
        [head] = heads_of(self.disks[disk_name], scope or self.disks[disk_name].scope)
        return head

    def demand_agreement(self, *names: str, scope: str = ROOM) -> None:
        """The disks and the county have the same heads, rows and conflicts of a scope, and verify is clean."""
        wanted = (heads_of(self.county, scope), rows_of(self.county, scope))
        for disk in (self.county, *(self.disks[name] for name in names)):
            assert (heads_of(disk, scope), rows_of(disk, scope)) == wanted
            assert problems(disk) == []

    def _check_meaning(self, scope: str) -> None:
        """I5 and I6 from the log alone, by the sentences of the design and not by `fold`."""
        meaning = Meaning.of(self.county, scope)
        shown: dict[tuple[str, str, str], set[str]] = {}
        question = "SELECT tbl, rid, field, choices FROM conflict WHERE scope = ?"
        for kind, record_id, name, told in self.county.look(question, scope):
            if name != VERSIONS:
                shown[kind, record_id, name] = {value_text(value) for _cid, value in json.loads(told)}
        with self.county.database.reading() as session:
            for row_scope, row_id in self.written_once:
                if row_scope != scope:
                    continue
                paper = session.get(PrintedPaper, (scope, row_id))
                if paper is None:
                    # Written on a disk that died before anybody else had it, or refused by the county.
                    self.demand("I5", not meaning.counts("printed_paper", row_id), "a row is gone")
                    continue
                now = (paper.paper_name, paper.root_id, paper.corrects or [])
                self.demand("I5", now == self.written_once[scope, row_id], f"row {row_id} was changed")
            for person in session.scalars(select(StaffMember).where(StaffMember.scope == scope)):
                self.demand("I6", meaning.counts("staff_member", person.id), f"{person.id} is shown")
                for name in FIELDS:
                    living = meaning.living("staff_member", person.id, name)
                    shown_value = value_text(getattr(person, name))
                    self.demand(
                        "I6", shown_value in (living or {"null"}), f"{person.id}.{name} = {shown_value}"
                    )
        expected = meaning.conflicts()
        self.demand("I6", shown == expected, f"conflicts {shown} instead of {expected}")
