"""Who takes part in exchanges: this side with its keys and certificate, and the devices that it knows.

A device is known by a certificate that the county signed; which of them came first or last decides nothing. A room's
PC keeps its own certificate and its county's in the database; the county keeps its own the same way.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from sqlalchemy import Connection, bindparam, insert, or_, select, update

from desktop.base.errors import Failure, Refused
from desktop.base.text import _
from desktop.database.database import read_meta, read_metas, write_meta
from desktop.database.record import COUNTY_SCOPE
from desktop.sync.certificates import (
    ROLE_COUNTY,
    CountyCertificate,
    DeviceCertificate,
    Revocation,
    is_believed,
    read_county_certificate,
    read_device_certificate,
    read_revocation,
)
from desktop.sync.commits import JSON
from desktop.sync.crypto import KeyPairs
from desktop.sync.identity import IDENTITY, open_keys
from desktop.sync.issuing import ISSUING, keep_issuing
from desktop.sync.pins import PINS, Pins, read_pins
from desktop.sync.tables import DeviceRow

DEVICES = DeviceRow.__table__
SLOT, ASKED, ACTIVE, REVOKED = "slot", "asked", "active", "revoked"

# Made once: to make a statement takes longer than to run it, and every exchange runs these.
_IS_NAMED = DEVICES.c.id.in_(bindparam("names", expanding=True))
_IS_OF_SCOPES = DEVICES.c.scope.in_(bindparam("scopes", expanding=True))
_NAMED = select(DEVICES).where(_IS_NAMED)
_CERTIFIED = select(DEVICES).where(DEVICES.c.cert.isnot(None)).order_by(DEVICES.c.id)
_OF_SCOPES = _CERTIFIED.where(_IS_OF_SCOPES)
_NAMED_OR_OF_SCOPES = _CERTIFIED.where(or_(_IS_NAMED, _IS_OF_SCOPES))
_REVOCATION = select(DEVICES.c.revocation).where(DEVICES.c.id == bindparam("name"))
_SHUT_OUT = (
    select(DEVICES.c.revocation)
    # A word that came before the certificate has no scope yet; it is passed on rather than kept back.
    .where(DEVICES.c.revocation.isnot(None), or_(_IS_OF_SCOPES, DEVICES.c.scope.is_(None)))
    .order_by(DEVICES.c.id)
)

_CERTIFICATE = "certificate"
_COUNTY_CERTIFICATE = "county_certificate"
_ESCROW = "escrow"


@dataclass(frozen=True)
class Party:
    """This side of every exchange.

    Shape:   `escrow` is a further key of the county that everything sealed here can be opened with, if it wants one.
    """

    keys: KeyPairs
    certificate: DeviceCertificate
    county: CountyCertificate
    escrow: str | None = None
    pins: Pins | None = None

    @property
    def device(self) -> str:
        """This side's name as a device."""
        return self.certificate.device

    @property
    def scope(self) -> str:
        """The scope that this side writes."""
        return self.certificate.scope

    @property
    def is_county(self) -> bool:
        """Whether this is the county itself."""
        return self.scope == COUNTY_SCOPE

    @property
    def sign_secret(self) -> str:
        """What this side signs with.

        Errors:  Refused SYN-116 at a county that was put back to a key which it has withdrawn since.
        """
        if self.is_county and self.keys.sign_public not in self.county.believed:
            raise Refused(
                "SYN-116",
                _(
                    "这个县局用的是已作废的签发密钥（恢复过旧备份），没有签发任何文件。已收到的数据没有丢失。"
                    "请用 county signing --rotate 和根密钥换新的"
                ),
            )
        return self.keys.sign_secret

    @property
    def own_scopes(self) -> frozenset[str]:
        """The scopes that a room's PC may hold; the county holds all."""
        return frozenset({self.scope, COUNTY_SCOPE})


@dataclass(frozen=True)
class Device:
    """One device that this side has a certificate of.

    Shape:   `signs` are the public keys that its signatures are checked with, one for a room's PC, for the county those
             that it names; `withdrawn` those of the county that were stolen. A PC whose certificate only a stolen key
             signed is shut out like one that a revocation names.
    """

    certificate: DeviceCertificate
    revocation: Revocation | None = None
    is_believed: bool = True
    signs: tuple[str, ...] = ()
    withdrawn: tuple[str, ...] = ()

    @property
    def is_revoked(self) -> bool:
        """Whether the county shut it out."""
        is_disowned = not self.is_believed and self.certificate.role != ROLE_COUNTY
        return self.revocation is not None or is_disowned


def load_party(connection: Connection, wrap_key: bytes) -> Party:
    """This side with its keys.

    Errors:  Refused SYN-070 when it has not joined a county yet.
    """
    facts = read_metas(connection, (_COUNTY_CERTIFICATE, _CERTIFICATE, _ESCROW, IDENTITY, PINS, ISSUING))
    told, own = facts.get(_COUNTY_CERTIFICATE), facts.get(_CERTIFICATE)
    if not told or not own:
        raise Refused(
            "SYN-070",
            _("本机还没有加入县局，不能交换数据。数据都在本机，没有丢失。请向县局要登记文件，先做登记。"),
        )
    county = read_county_certificate(json.loads(told))
    if ISSUING in facts:
        county = county.hearing(json.loads(facts[ISSUING]))
    return Party(
        keys=open_keys(facts[IDENTITY], wrap_key),
        certificate=read_device_certificate(json.loads(own), county),
        county=county,
        escrow=facts.get(_ESCROW) or None,
        pins=read_pins(json.loads(facts[PINS])) if PINS in facts else None,
    )


def has_joined(connection: Connection) -> bool:
    """Whether this side has a certificate."""
    return bool(read_meta(connection, _CERTIFICATE))


def keep_party(
    connection: Connection, certificate: DeviceCertificate, county: CountyCertificate, escrow: str | None
) -> None:
    """Keeps what the county gave to this side."""
    write_meta(connection, _COUNTY_CERTIFICATE, json.dumps(dict(county.signed)))
    keep_issuing(connection, county.issuing)
    keep_own_certificate(connection, certificate)
    write_meta(connection, _ESCROW, escrow)


def keep_own_certificate(connection: Connection, certificate: DeviceCertificate) -> None:
    """Keeps the certificate of this side."""
    write_meta(connection, _CERTIFICATE, json.dumps(dict(certificate.signed)))


def device_name(certificate: DeviceCertificate) -> str:
    """The name that people know a PC by."""
    if certificate.scope == COUNTY_SCOPE:
        return certificate.room_name
    return f"{certificate.room_name}（{certificate.letter}机）"


def keep_device(
    connection: Connection, certificate: DeviceCertificate, county: CountyCertificate, at: str
) -> None:
    """Keeps a device's certificate, if none is known or only one that is not believed any more."""
    known = connection.execute(select(DEVICES.c.cert).where(DEVICES.c.id == certificate.device)).first()
    if known is not None and known.cert and not _is_better(certificate, known.cert, county):
        return
    values = {
        "scope": certificate.scope,
        "letter": certificate.letter,
        "name": device_name(certificate),
        "role": certificate.role,
        "cert": json.dumps(dict(certificate.signed)),
    }
    if known is None:
        connection.execute(insert(DEVICES).values(id=certificate.device, state=ACTIVE, at=at, **values))
    else:
        connection.execute(update(DEVICES).where(DEVICES.c.id == certificate.device).values(**values))


def _is_better(certificate: DeviceCertificate, stored: str, county: CountyCertificate) -> bool:
    known = _read_device(stored, None, county)
    return (known is None or not known.is_believed) and is_believed(certificate, county)


def keep_revocation(connection: Connection, revocation: Revocation, at: str) -> bool:
    """Keeps that a device was shut out, also before its certificate came; the first word stands."""
    known = connection.execute(select(DEVICES.c.revocation).where(DEVICES.c.id == revocation.device)).first()
    if known is not None and known.revocation:
        return False
    values = {
        "state": REVOKED,
        "reason": revocation.reason,
        "revocation": json.dumps(dict(revocation.signed)),
    }
    if known is None:
        connection.execute(insert(DEVICES).values(id=revocation.device, at=at, **values))
    else:
        connection.execute(update(DEVICES).where(DEVICES.c.id == revocation.device).values(**values))
    return True


def load_devices(
    connection: Connection, county: CountyCertificate, names: Iterable[str]
) -> dict[str, Device]:
    """Those of the devices that have a certificate of this county here."""
    rows = connection.execute(_NAMED, {"names": sorted(set(names))})
    return {row.id: device for row in rows if (device := _device_of(row, county)) is not None}


def devices_in(connection: Connection, county: CountyCertificate, scopes: Sequence[str]) -> dict[str, Device]:
    """Every device with a certificate for one of the scopes, shut out or not."""
    rows = connection.execute(_OF_SCOPES, {"scopes": list(scopes)})
    return {row.id: device for row in rows if (device := _device_of(row, county)) is not None}


def known_devices(
    connection: Connection, county: CountyCertificate, names: Iterable[str], scopes: Sequence[str]
) -> dict[str, Device]:
    """Those of the devices, and those of the scopes, that have a certificate of this county here."""
    facts = {"names": sorted(set(names)), "scopes": list(scopes)}
    rows = connection.execute(_NAMED_OR_OF_SCOPES, facts)
    return {row.id: device for row in rows if (device := _device_of(row, county)) is not None}


def new_words(
    connection: Connection,
    county: CountyCertificate,
    certificates: Iterable[DeviceCertificate],
    revocations: Iterable[Revocation],
) -> tuple[list[DeviceCertificate], list[Revocation]]:
    """Those certificates and revocations that are not kept here yet, or stand for one that is not believed any more."""
    told, words = list(certificates), list(revocations)
    names = {one.device for one in told} | {one.device for one in words}
    rows = connection.execute(_NAMED, {"names": sorted(names)}).all()
    certified = {row.id: row.cert for row in rows if row.cert}
    shut_out = {row.id for row in rows if row.revocation}
    return (
        [
            one
            for one in told
            if one.device not in certified or _is_better(one, certified[one.device], county)
        ],
        [one for one in words if one.device not in shut_out],
    )


def all_devices(connection: Connection, county: CountyCertificate) -> dict[str, Device]:
    """Every device with a certificate, shut out or not."""
    rows = connection.execute(_CERTIFIED)
    return {row.id: device for row in rows if (device := _device_of(row, county)) is not None}


def revocations_in(connection: Connection, scopes: Sequence[str]) -> list[Mapping[str, JSON]]:
    """The county's signed words about devices of the scopes, as they travel."""
    return [json.loads(one) for one in connection.execute(_SHUT_OUT, {"scopes": list(scopes)}).scalars()]


def is_revoked(connection: Connection, device: str) -> bool:
    """Whether the county shut the device out, as far as is known here."""
    told = connection.execute(_REVOCATION, {"name": device}).first()
    return told is not None and bool(told.revocation)


def _device_of(row: object, county: CountyCertificate) -> Device | None:
    stored, token = getattr(row, "cert", None), getattr(row, "token", None)
    told = getattr(row, "revocation", None)
    return _read_device(stored, told, county, is_approved=bool(token)) if stored else None


# A county's devices do not change between two exchanges, and a signature costs more than the row.
@lru_cache(maxsize=4096)
def _read_device(
    stored: str, told: str | None, county: CountyCertificate, *, is_approved: bool = False
) -> Device | None:
    try:
        certificate = read_device_certificate(json.loads(stored), county)
        revocation = read_revocation(json.loads(told), county) if told else None
    except Failure:
        # Another county's, from before this PC moved; it covers nothing here.
        return None
    is_county = certificate.role == ROLE_COUNTY
    return Device(
        certificate,
        revocation,
        # A county knows whom it approved itself, also while it still has to sign that again.
        is_approved or is_believed(certificate, county),
        county.believed if is_county else (certificate.sign_public,),
        county.withdrawn if is_county else (),
    )
