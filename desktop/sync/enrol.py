"""Joining a county, on the side of the PC: answer a slot with fresh keys, and take the county's approval.

Until the approval comes, slot and keys lie in the encrypted database and nothing else changes: the room works on
as before. Layout of the files: `docs/formats/keys.md`.
"""

from __future__ import annotations

import base64
import json
import os
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection

from desktop.base.errors import Refused, RuleBroken
from desktop.base.text import _
from desktop.database.columns import write_instant
from desktop.database.database import Database, read_meta, write_meta
from desktop.sync.authors import keep_vouches
from desktop.sync.certificates import (
    Approval,
    Slot,
    make_request,
    read_approval,
    read_slot,
    words_of,
)
from desktop.sync.crypto import SUITE, KeyPairs
from desktop.sync.exchange import STICK, Exchange, Exchanged
from desktop.sync.identity import keep_identity, load_identity, open_keys, seal_keys
from desktop.sync.outgoing import pieces, plan
from desktop.sync.parties import has_joined, keep_device, keep_party, load_party
from desktop.sync.peer_words import FILE_BUDGET_BYTES
from desktop.sync.pins import keep_pins

_PENDING = "enrolment"


@dataclass(frozen=True)
class Asked:
    """The request file and the six words that its answer must show as well."""

    request: bytes
    words: tuple[str, ...]


@dataclass(frozen=True)
class Joined:
    """What the county's approval brought."""

    device: str
    letter: str
    room_name: str
    server_url: str | None
    received: Exchanged


def open_slot(data: bytes, today: date) -> tuple[Slot, bool]:
    """A slot for a PC that has no room yet, and whether it is one for practice.

    Errors:  as `read_slot`.
    """
    try:
        return read_slot(data, today=today, practice=False), False
    except Refused as refused:
        if refused.code != "SYN-043":
            raise
        return read_slot(data, today=today, practice=True), True


def ask_for_place(database: Database, slot_data: bytes, *, user: str, today: date, wrap_key: bytes) -> Asked:
    """Makes the request for a slot. Asking again gives a new request for the same keys; a joined PC asks with new ones.

    Errors:  as `read_slot`; Refused SYN-074 when the slot is for another room than the one that lies here.
    """
    with database.writing() as connection:
        practice = bool(read_meta(connection, "practice"))
        slot = read_slot(slot_data, today=today, practice=practice)
        if slot.room != (read_meta(connection, "room_code") or "") or read_meta(connection, "is_county"):
            raise Refused(
                "SYN-074",
                _(
                    "登记文件是给 {room} 的，和本机的警务室不是同一个，没有登记。请核对文件或换一个空的数据文件夹"
                ).format(room=slot.room),
            )
        device, keys = _who_asks(connection, slot_data, wrap_key)
        pending = {
            "slot": base64.b64encode(slot_data).decode("ascii"),
            "device": device,
            "keys": seal_keys(keys, wrap_key),
        }
        write_meta(connection, _PENDING, json.dumps(pending))
    at = write_instant(database.clock.now())
    request, sealed = make_request(slot, keys, device=device, user=user, made_at=at)
    return Asked(sealed, words_of(slot.county, request))


def _who_asks(connection: Connection, slot_data: bytes, wrap_key: bytes) -> tuple[str, KeyPairs]:
    if not has_joined(connection):
        return read_meta(connection, "device") or "", load_identity(connection, wrap_key)
    pending = _load_pending(connection)
    if pending is not None and pending["slot"] == base64.b64encode(slot_data).decode("ascii"):
        return pending["device"], open_keys(pending["keys"], wrap_key)
    return os.urandom(8).hex(), SUITE.new_keys()


def _load_pending(connection: Connection) -> dict[str, str] | None:
    told = read_meta(connection, _PENDING)
    return json.loads(told) if told else None


def finish_joining(database: Database, approval_data: bytes, *, wrap_key: bytes) -> Joined:
    """Takes the county's approval: this PC has a certificate, a letter, and what the county holds of its room.

    After:   the room must be opened anew, as its name as a device may be another one now.
    Errors:  as `read_approval`; RuleBroken SYN-075 when no request was made here.
    """
    with database.reading() as session:
        pending = _load_pending(session.connection())
        practice = bool(read_meta(session.connection(), "practice"))
    if pending is None:
        raise RuleBroken("SYN-075", _("本机没有等待批准的登记申请。请先用登记文件生成申请，再导入批准文件"))
    keys = open_keys(pending["keys"], wrap_key)
    # The county kept to the days of the slot when it approved; the file may be late.
    slot = read_slot(base64.b64decode(pending["slot"]), today=date.min, practice=practice)
    approval = read_approval(approval_data, keys, slot)
    _vouch_with_old_keys(database, wrap_key)
    _keep(database, approval, keys, slot, wrap_key)
    received = _take_first(database, approval, wrap_key)
    with database.writing() as connection:
        write_meta(connection, _PENDING, None)
    certificate = approval.certificate
    return Joined(certificate.device, certificate.letter, certificate.room_name, slot.server_url, received)


def _vouch_with_old_keys(database: Database, wrap_key: bytes) -> None:
    """What a PC wrote under its former name is signed once more, as its keys are given up now."""
    with database.reading() as session:
        connection = session.connection()
        if not has_joined(connection):
            return
        party = load_party(connection, wrap_key)
        plans = {party.scope: plan(connection, party.scope, (), ())}
        fresh = [one for piece in pieces(connection, party, plans, FILE_BUDGET_BYTES) for one in piece.fresh]
    with database.writing() as connection:
        keep_vouches(connection, fresh)


def _keep(database: Database, approval: Approval, keys: KeyPairs, slot: Slot, wrap_key: bytes) -> None:
    certificate = approval.certificate
    with database.writing() as connection:
        keep_identity(connection, keys, wrap_key)
        keep_party(connection, certificate, approval.county, slot.escrow)
        keep_pins(connection, slot.pins)
        keep_device(connection, certificate, approval.county, write_instant(database.clock.now()))
        write_meta(connection, "device", certificate.device)
        write_meta(connection, "letter", certificate.letter)
        write_meta(connection, "room_name", certificate.room_name)


def _take_first(database: Database, approval: Approval, wrap_key: bytes) -> Exchanged:
    received = Exchanged()
    if approval.bundle is None:
        return received
    with database.reading() as session:
        party = load_party(session.connection(), wrap_key)
    exchange = Exchange(database, party)
    taken = exchange.take(approval.bundle)
    received.add(taken)
    received.bytes_down = len(approval.bundle)
    if not taken.is_again:
        exchange.log(taken.sender.device, STICK, received, bundle_id=taken.bundle_id)
    return received
