"""Which PCs belong to the county: a slot for each, its request approved, its certificate, and shutting one out."""

from __future__ import annotations

import base64
import string
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from county.tls import ensure_authority
from desktop.audit.trail import Deed
from desktop.base.clock import local_day
from desktop.base.errors import Refused, RuleBroken
from desktop.base.text import _
from desktop.database.columns import read_instant, write_instant
from desktop.database.record import room_code, room_scope
from desktop.staff.office import Office
from desktop.sync.certificates import (
    COUNTY_DEVICE,
    VALID_DAYS,
    Request,
    Slot,
    make_approval,
    make_revocation,
    make_slot,
    read_request,
    words_of,
)
from desktop.sync.crypto import SUITE
from desktop.sync.parties import (
    ACTIVE,
    ASKED,
    DEVICES,
    REVOKED,
    SLOT,
    keep_device,
    keep_revocation,
    load_devices,
)
from desktop.sync.tables import ExchangeRow

EXCHANGES = ExchangeRow.__table__


@dataclass(frozen=True)
class NewSlot:
    """A slot that was just made, with the file for the PC."""

    slot: Slot
    data: bytes
    slot_id: str


@dataclass(frozen=True)
class Approved:
    """An approved request: the file for the PC, and the six words to compare by telephone."""

    device: str
    room: str
    letter: str
    words: tuple[str, ...]
    data: bytes


def open_slot(office: Office, room: str, name: str, *, server_url: str | None = None) -> NewSlot:
    """Keeps a place for one more PC of a room, for fourteen days and one use.

    Errors:  Refused STF-001; RuleBroken SYN-046 for a room code or name that is not allowed, SYN-076 when the room has
             26 PCs.
    """
    _require_enroller(office)
    exchange, pins = office.exchange(), ensure_authority(office)
    with office.database.writing() as connection:
        _forget_expired(connection, room_scope(room), office.today)
        letter = _next_letter(connection, room_scope(room))
        slot, data = make_slot(
            exchange.party.county,
            exchange.party.sign_secret,
            room=room,
            room_name=name,
            letter=letter,
            today=office.today,
            server_url=server_url,
            escrow=exchange.party.escrow,
            pins=pins,
        )
        token = _token_hash(slot.token)
        slot_id = f"slot-{token[:12]}"
        connection.execute(
            insert(DEVICES).values(
                id=slot_id,
                scope=room_scope(room),
                letter=letter,
                name=name,
                state=SLOT,
                token=token,
                at=write_instant(office.clock.now()),
            )
        )
    office.note(Deed("county_slot", facts=(("room", room), ("letter", letter))))
    return NewSlot(slot, data, slot_id)


def _require_enroller(office: Office) -> None:
    """The county's and the system's administrators decide who belongs to the county."""
    office.actor.require("system", "U")


def _forget_expired(connection: Connection, scope: str, today: date) -> None:
    for row in connection.execute(
        select(DEVICES).where(DEVICES.c.scope == scope, DEVICES.c.state == SLOT)
    ).all():
        if _expires_on(row) < today:
            connection.execute(delete(DEVICES).where(DEVICES.c.id == row.id))


def _expires_on(row: Row[Any]) -> date:
    return local_day(read_instant(row.at)) + timedelta(days=VALID_DAYS)


def _next_letter(connection: Connection, scope: str) -> str:
    used = set(connection.execute(select(DEVICES.c.letter).where(DEVICES.c.scope == scope)).scalars())
    for letter in string.ascii_uppercase:
        if letter not in used:
            return letter
    raise RuleBroken("SYN-076", _("这个警务室已有 26 台电脑，没有字母可用了"))


def _token_hash(token: str) -> str:
    return SUITE.digest(bytes.fromhex(token)).hex()


def open_request(office: Office, sealed: bytes) -> tuple[Request, Row[Any]]:
    """A request and the row of the slot, or of the PC, that its token belongs to.

    Errors:  as `read_request`; Refused SYN-073 for an unknown or used slot, SYN-041 for one that is too old.
    """
    exchange = office.exchange()
    request = read_request(sealed, exchange.party.keys.age_secret)
    with office.reading() as session:
        row = (
            session.connection()
            .execute(select(DEVICES).where(DEVICES.c.token == _token_hash(request.token)))
            .first()
        )
        standing = load_devices(session.connection(), exchange.party.county, [request.device])
    keys = {name: (one.certificate.sign_public, one.certificate.age_public) for name, one in standing.items()}
    is_known = keys.get(request.device) == (request.sign_public, request.age_public)
    is_open = row is not None and row.state in {SLOT, ASKED} and request.device not in keys
    if row is None or not (is_open or (row.id == request.device and is_known)):
        raise Refused(
            "SYN-073",
            _("这份登记申请的名额不存在或已经用过，没有批准。请重新生成登记文件，一台电脑一份"),
        )
    if row.state in {SLOT, ASKED} and office.today > _expires_on(row):
        raise Refused("SYN-041", _("登记文件已过期，没有批准。请重新生成登记文件"))
    return request, row


def keep_request(office: Office, sealed: bytes) -> None:
    """Keeps a request that came by network until somebody approves it."""
    _request, row = open_request(office, sealed)
    told = base64.b64encode(sealed).decode("ascii")
    if row.state == ACTIVE or row.request == told:
        return
    with office.database.writing() as connection:
        connection.execute(update(DEVICES).where(DEVICES.c.id == row.id).values(state=ASKED, request=told))


def waiting_request(office: Office, slot_id: str) -> bytes | None:
    """The request that waits in a slot."""
    with office.reading() as session:
        told = session.connection().execute(select(DEVICES.c.request).where(DEVICES.c.id == slot_id)).scalar()
    return base64.b64decode(told) if told else None


def approve(office: Office, sealed: bytes) -> Approved:
    """Certifies the PC of a request; the same request again gives the same certificate, for a file that was lost.

    Errors:  as `open_request`; Refused STF-001, SYN-071 for a PC that was shut out.
    """
    exchange = office.exchange()
    request, row = open_request(office, sealed)
    if row.state != ACTIVE:
        # The service gives an approval out again, whoever started it.
        _require_enroller(office)
    if row.state == REVOKED:
        raise Refused("SYN-071", _("这台电脑已被停用，没有批准。请重新生成登记文件"))
    slot = Slot(
        county=exchange.party.county,
        room=room_code(row.scope),
        room_name=_room_name(row),
        letter=row.letter,
        token=request.token,
        expires_on=_expires_on(row),
        escrow=exchange.party.escrow,
    )
    secret, issued_at = exchange.party.sign_secret, write_instant(office.clock.now())
    certificate, _bare = make_approval(slot, request, secret, issued_at=issued_at)
    with office.database.writing() as connection:
        if row.id != certificate.device:
            connection.execute(delete(DEVICES).where(DEVICES.c.id == row.id))
        keep_device(connection, certificate, slot.county, issued_at)
        connection.execute(
            update(DEVICES).where(DEVICES.c.id == certificate.device).values(token=row.token, request=None)
        )
    bundle = exchange.make(certificate).sealed
    certificate, data = make_approval(slot, request, secret, issued_at=issued_at, bundle=bundle)
    if row.id != certificate.device:
        office.note(Deed("county_approve", facts=(("room", slot.room), ("letter", slot.letter))))
    words = words_of(exchange.party.county, request)
    return Approved(certificate.device, slot.room, slot.letter, words, data)


def _room_name(row: Row[Any]) -> str:
    return str(row.name or "").removesuffix(f"（{row.letter}机）")


def list_devices(office: Office) -> list[dict[str, Any]]:
    """Every slot and PC with its state and its last exchange."""
    with office.reading() as session:
        connection = session.connection()
        last = {
            row.peer: row.at
            for row in connection.execute(
                select(EXCHANGES.c.peer, func.max(EXCHANGES.c.at).label("at")).group_by(EXCHANGES.c.peer)
            )
        }
        rows = connection.execute(
            select(DEVICES).where(DEVICES.c.id != COUNTY_DEVICE).order_by(DEVICES.c.scope, DEVICES.c.letter)
        ).all()
    return [
        {
            "device": row.id,
            "room": room_code(row.scope or ""),
            "name": _room_name(row),
            "letter": row.letter,
            "state": row.state,
            "at": row.at,
            "reason": row.reason,
            "expires_on": _expires_on(row).isoformat() if row.state in {SLOT, ASKED} else None,
            "last_exchange": last.get(row.id),
        }
        for row in rows
    ]


def revoke(office: Office, device: str, reason: str) -> None:
    """Shuts a PC out: what it sends from now on is refused, and every room hears of it. A slot is simply taken back.

    Errors:  Refused STF-001; RuleBroken SYN-078 for an unknown PC or the county itself, SYN-046 without a reason.
    """
    _require_enroller(office)
    exchange = office.exchange()
    at = write_instant(office.clock.now())
    with office.database.writing() as connection:
        row = connection.execute(
            select(DEVICES).where(DEVICES.c.id == device, DEVICES.c.id != COUNTY_DEVICE)
        ).first()
        if row is None:
            raise RuleBroken(
                "SYN-078", _("没有这台电脑：{device}。请用 county devices 查看").format(device=device)
            )
        if row.state in {SLOT, ASKED}:
            connection.execute(delete(DEVICES).where(DEVICES.c.id == row.id))
        else:
            word = make_revocation(
                exchange.party.county, exchange.party.sign_secret, device=row.id, reason=reason, at=at
            )
            keep_revocation(connection, word, at)
    office.note(Deed("county_revoke", facts=(("device", device),)))


def require_room(office: Office, room: str) -> str:
    """The scope of a room that has a PC here.

    Errors:  RuleBroken SYN-115 for any other: what is written into its scope would reach nobody.
    """
    if room not in rooms_of(office):
        raise RuleBroken(
            "SYN-115", _("没有登记过这个警务室：{room}。请用 county devices 查看").format(room=room)
        )
    return room_scope(room)


def rooms_of(office: Office) -> dict[str, str]:
    """Room code → name, of every room that has a PC here."""
    found: dict[str, str] = {}
    for one in list_devices(office):
        found.setdefault(one["room"], one["name"])
    return found


def answer_request(office: Office, sealed: bytes) -> bytes | None:
    """What a PC that asks over the network gets: its approval once somebody gave it, nothing until then."""
    request, row = open_request(office, sealed)
    if row.state == ACTIVE and row.id == request.device:
        return approve(office, sealed).data
    keep_request(office, sealed)
    return None
