"""Many rooms of one county without a folder each: their keys, certificates and a day's work, made in memory.

A room of a benchmark is a sender of real bundles: commits of its own scope, signed and sealed as by a PC, made from the
saves of one real room. What the county does with them is the whole product.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from desktop import VERSION
from desktop.base.clock import Clock
from desktop.base.ids import new_id
from desktop.database.columns import write_instant
from desktop.staff.office import Office
from desktop.staff.records import new_row
from desktop.sync.bundle import BundleHead, ScopeState, make_vouch, write_bundle
from desktop.sync.certificates import ROLE_ROOM, DeviceCertificate, issue_certificate
from desktop.sync.commits import Commit, Op, decode_ops, make_commit
from desktop.sync.crypto import SUITE, KeyPairs
from desktop.sync.exchange import Exchange
from desktop.sync.log import SCHEMA, load_commits
from desktop.sync.parties import keep_device
from desktop.sync.walk import lacking

USER = "王敏"


@dataclass
class ThinRoom:
    """One room's PC as far as the county sees it."""

    code: str
    keys: KeyPairs = field(repr=False)
    certificate: DeviceCertificate
    heads: tuple[bytes, ...] = ()

    @property
    def scope(self) -> str:
        """The scope that it writes."""
        return f"r:{self.code}"


def enrol_many(county: Office, count: int, *, first: int = 0) -> list[ThinRoom]:
    """Rooms with certificates that the county knows."""
    exchange = county.exchange()
    at = write_instant(county.clock.now())
    rooms = []
    with county.database.writing() as connection:
        for number in range(first, first + count):
            code, keys = f"649901{number:06}", SUITE.new_keys()
            certificate = issue_certificate(
                exchange.party.county,
                exchange.party.sign_secret,
                device=SUITE.random_bytes(8).hex(),
                letter="A",
                scope=f"r:{code}",
                room_name=f"第{number}警务室",
                sign_public=keys.sign_public,
                age_public=keys.age_public,
                role=ROLE_ROOM,
                issued_at=at,
            )
            keep_device(connection, certificate, exchange.party.county, at)
            rooms.append(ThinRoom(code, keys, certificate))
    return rooms


def visit(number: int) -> dict[str, str]:
    """One visit as a clerk enters it."""
    return {
        "place": f"石桥村{number % 12 + 1}组",
        "object_name": "张三丰",
        "opinions": f"第{number}户：近期无陌生人来往，提醒防范电信诈骗，查看灶房用电，家中老人身体尚可。",
    }


def save_visits(office: Office, count: int) -> None:
    """Saves visits as a form does, one commit each, without what only a form asks for."""
    kind = office.registry.kind("visit")
    for number in range(count):
        with office.working() as run:
            new_row(run, kind, visit(number) | {"visited_on": run.today})


def saves_of(office: Office) -> list[list[Op]]:
    """The operations of every commit of a real room, oldest first."""
    scope = office.place.scope
    with office.reading() as session:
        connection = session.connection()
        ids = lacking(connection, scope, ())
        found = load_commits(connection, scope, ids)
    return [list(decode_ops(found[one])) for one in ids]


def days_work(room: ThinRoom, saves: Sequence[Sequence[Op]], at: str, clock: Clock) -> list[Commit]:
    """The same saves as a room's own: fresh records, its scope, its device."""
    made: list[Commit] = []
    parents: Sequence[bytes] = room.heads
    for lam, ops in enumerate(saves, 1):
        own = [Op(one.table, fresh := new_id(clock), (), {**one.fields, "root_id": fresh}) for one in ops]
        commit = make_commit(
            scope=room.scope,
            parents=parents,
            lam=lam,
            device=room.certificate.device,
            incarnation="1",
            own=made[-1].id if made else None,
            user=USER,
            at=at,
            schema=SCHEMA,
            ops=own,
            salt=SUITE.random_bytes(8),
        )
        made.append(commit)
        parents = (commit.id,)
    return made


def bundle_of(
    room: ThinRoom, commits: Sequence[Commit], county: Exchange, *, base: Sequence[bytes] = ()
) -> bytes:
    """What the room's PC would send."""
    heads = (commits[-1].id,) if commits else tuple(room.heads)
    head = BundleHead(
        id=SUITE.random_bytes(16).hex(),
        sender=room.certificate.device,
        receivers=(county.party.device,),
        made=county.now(),
        schema=SCHEMA,
        app=VERSION,
        scopes={room.scope: ScopeState(heads=heads, base=tuple(base)), "county": ScopeState()},
        certificate=dict(room.certificate.signed),
    )
    vouches = (
        [make_vouch(room.scope, commits[-1].id, room.certificate.device, room.keys.sign_secret)]
        if commits
        else []
    )
    recipients = [county.party.certificate.age_public]
    return write_bundle(head, commits, vouches, sign_secret=room.keys.sign_secret, recipients=recipients)
