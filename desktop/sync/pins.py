"""Which servers a room believes to be its county's: only those that the county's own authority certified.

The authority comes with the enrolment file, under the county's digital signature, and a newer one with any bundle of
the county, by network or by stick. The system's authorities are never asked, and neither is the clock: a room whose
date is wrong must still exchange, so the end of a certificate is that the county names another authority.
"""

from __future__ import annotations

import base64
import json
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from desktop.base.errors import Refused, RuleBroken
from desktop.base.text import _
from desktop.database.database import read_meta, write_meta
from desktop.sync.commits import JSON

PINS = "tls_pins"
# The one in force and the next one, while the county changes over.
MOST_AUTHORITIES = 4
_MOST_BYTES = 4096
# X509_V_FLAG_NO_CHECK_TIME of OpenSSL; Python has no name for it.
_NO_CHECK_TIME = 0x200000


@dataclass(frozen=True)
class Pins:
    """The county's authorities as certificates in DER; `number` rises each time the county changes them."""

    number: int
    authorities: tuple[bytes, ...]

    def to_json(self) -> dict[str, JSON]:
        """As it travels in a bundle's head and in an enrolment file."""
        told: list[JSON] = [base64.b64encode(one).decode("ascii") for one in self.authorities]
        return {"number": self.number, "authorities": told}


def read_pins(told: JSON) -> Pins | None:
    """Pins from what travels; nothing was said when there are none.

    Errors:  RuleBroken SYN-040.
    """
    if told is None:
        return None
    if not isinstance(told, Mapping):
        raise _malformed()
    number, listed = told.get("number"), told.get("authorities")
    if not isinstance(number, int) or isinstance(number, bool) or not 0 < number < 2**31:
        raise _malformed()
    if not isinstance(listed, Sequence) or not 0 < len(listed) <= MOST_AUTHORITIES:
        raise _malformed()
    try:
        authorities = tuple(base64.b64decode(str(one), validate=True) for one in listed)
    except ValueError as error:
        raise _malformed() from error
    if any(not 0 < len(one) <= _MOST_BYTES for one in authorities):
        raise _malformed()
    return Pins(number, authorities)


def _malformed() -> RuleBroken:
    return RuleBroken(
        "SYN-040",
        _("登记文件不完整或已损坏，没有导入。已有数据没有变化，请让县局重新给一份。"),
        part="tls",
    )


def load_pins(connection: Connection) -> Pins | None:
    """What this side knows."""
    told = read_meta(connection, PINS)
    return read_pins(json.loads(told)) if told else None


def is_newer(told: Pins | None, known: Pins | None) -> bool:
    """Whether something was said that is not known yet: an old file brings no old authority back."""
    return told is not None and (known is None or told.number > known.number)


def keep_pins(connection: Connection, pins: Pins | None) -> None:
    """Keeps what the county said, unless something newer is known."""
    if pins is not None and is_newer(pins, load_pins(connection)):
        write_meta(connection, PINS, json.dumps(pins.to_json()))


def client_context(pins: Pins | None) -> ssl.SSLContext:
    """What a room's connection demands of the other side.

    Shape:   the name in the certificate is not compared: whatever this authority certified is the county's service, and
             its address may change.
    Errors:  Refused SYN-093 when the county never named an authority.
    """
    if pins is None:
        raise Refused(
            "SYN-093",
            _("本机还没有县局服务器的证书，没有连网。请先用U盘交换一次，或请县局重新给登记文件"),
        )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.check_hostname = False
    context.verify_flags |= ssl.VerifyFlags(_NO_CHECK_TIME)
    for one in pins.authorities:
        context.load_verify_locations(cadata=one)
    return context
