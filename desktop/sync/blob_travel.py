"""Attachments sealed for a peer and taken in from one, the same for a stick and for the network."""

from __future__ import annotations

from dataclasses import dataclass

from desktop.base.errors import EnvironmentFault, Refused
from desktop.base.text import _
from desktop.database.attachments import DAMAGED, Attachments
from desktop.database.record import COUNTY_SCOPE
from desktop.sync.blob_files import BlobHead, Spool, open_blob, seal_blob
from desktop.sync.blobs import HAVE, KEPT, WANT, Blob, hold_blob, set_state
from desktop.sync.certificates import DeviceCertificate
from desktop.sync.exchange import Exchange
from desktop.sync.parties import Party


@dataclass(frozen=True)
class Blobs:
    """The attachments of this side, and the sealed ones on their way."""

    attachments: Attachments
    spool: Spool


@dataclass(frozen=True)
class TakenBlob:
    """One attachment that arrived."""

    scope: str
    sha256: str
    size_bytes: int
    sender: DeviceCertificate


def seal_for(exchange: Exchange, blobs: Blobs, peer: DeviceCertificate, blob: Blob) -> bytes:
    """One attachment sealed for a peer.

    Errors:  EnvironmentFault ATT-002, ATT-003, ENV-0xx when its bytes are not to be had here.
    """
    content = blobs.attachments.get(blob.sha256)
    party = exchange.party
    head = BlobHead(
        sender=party.device,
        receivers=(peer.device,),
        scope=blob.scope,
        sha256=blob.sha256,
        size_bytes=len(content),
        certificate=dict(party.certificate.signed),
    )
    recipients = [peer.age_public] + ([party.escrow] if party.escrow else [])
    return seal_blob(head, content, sign_secret=party.sign_secret, recipients=recipients)


def take_blob(exchange: Exchange, blobs: Blobs, sealed: bytes) -> TakenBlob:
    """Takes in one attachment: its bytes are on the disk, whole and of the right hash, before the database says so.

    Errors:  as `open_blob`; Refused SYN-071 from a PC that was shut out, SYN-072 of another room; EnvironmentFault
             when the disk refuses. Nothing is changed then.
    """
    found: list[DeviceCertificate] = []

    def check_sender(head: BlobHead) -> str:
        found.append(exchange.check_sender(head))
        return found[-1].sign_public

    party = exchange.party
    head, content = open_blob(sealed, party.keys.age_secret, check_sender, receiver=party.device)
    sender = found[-1]
    _check_scope(party, sender, head.scope)
    blobs.attachments.put(content)
    # What the county gave, or took in itself, is kept; from another PC of the room the county may still lack it.
    state = KEPT if party.is_county or sender.scope == COUNTY_SCOPE else HAVE
    with exchange.database.writing() as connection:
        hold_blob(connection, head.scope, head.sha256, head.size_bytes, exchange.now())
        if state == KEPT:
            set_state(connection, (head.scope,), (head.sha256,), KEPT)
    return TakenBlob(head.scope, head.sha256, head.size_bytes, sender)


def _check_scope(party: Party, sender: DeviceCertificate, scope: str) -> None:
    may = {scope} if sender.scope == COUNTY_SCOPE else {sender.scope}
    if not party.is_county:
        # One PC of a room may pass on to the other what the county gave to both.
        may = (may | {COUNTY_SCOPE}) & party.own_scopes
    if scope not in may:
        raise Refused(
            "SYN-072",
            _("文件里有别的警务室的记录，没有导入。已有数据没有变化，请联系县局管理员。"),
            device=sender.device,
        )


def sealed_if_whole(exchange: Exchange, blobs: Blobs, peer: DeviceCertificate, blob: Blob) -> bytes | None:
    """As `seal_for`; nothing when the bytes are gone or damaged here: then they are asked for anew."""
    try:
        return seal_for(exchange, blobs, peer, blob)
    except EnvironmentFault as fault:
        if fault.code not in {"ATT-002", DAMAGED}:
            raise
    with exchange.database.writing() as connection:
        set_state(connection, (blob.scope,), (blob.sha256,), WANT)
    return None
