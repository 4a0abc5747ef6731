"""Who belongs to which county: slot, request, approval, and the certificates that bundles carry.

Pure: bytes and values. The county makes a slot file; the PC answers with a request; people compare six words by
telephone; the county's approval brings the certificate. Every step works by stick. Layout: `docs/formats/keys.md`.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Protocol, TypeVar, cast

from desktop.base.errors import Refused, RuleBroken
from desktop.base.text import _
from desktop.sync.commits import COUNTY, JSON, compact_json
from desktop.sync.crypto import MAX_SEALED_BYTES, SUITE, KeyPairs, Suite
from desktop.sync.issuing import Issuing, joined, read_issuing
from desktop.sync.pins import Pins, read_pins
from desktop.sync.signed_json import (
    is_signed_by,
    malformed,
    parse_json,
    read_unsigned,
    sign_again,
    sign_json,
    verify_json,
)
from desktop.sync.words import six_words

VALID_DAYS = 14
MAX_SMALL_BYTES = 64 * 1024
TOKEN_BYTES = 32
ROLE_ROOM = "room"
ROLE_COUNTY = "county"
# The county service's own name as a device, and its letter in numbers that it would give; a county has one.
COUNTY_DEVICE, _COUNTY_LETTER = "county", "Z"
_Value = TypeVar("_Value")


@dataclass(frozen=True)
class CountyCertificate:
    """A county's public keys, signed by the county itself: proves that one hand made it, not whose hand.

    Shape:   `sign_public` is the root's; `issuing` all that is known of what it said about keys in its place.
    """

    county: str
    name: str
    sign_public: str
    age_public: str
    practice: bool
    issuing: tuple[Issuing, ...] = ()
    signed: Mapping[str, JSON] = field(default_factory=dict, compare=False, repr=False)

    @property
    def withdrawn(self) -> tuple[str, ...]:
        """The keys whose signature was the county's and is nobody's now."""
        return tuple(one.key for one in self.issuing if one.withdrawn)

    @property
    def believed(self) -> tuple[str, ...]:
        """The keys whose signature is the county's, newest first and the root's own last."""
        keys = [one.key for one in reversed(self.issuing) if not one.withdrawn]
        return (*(one for one in keys if one not in self.withdrawn), self.sign_public)

    @property
    def ever(self) -> tuple[str, ...]:
        """The same, and those that were withdrawn."""
        return self.believed + self.withdrawn

    def hearing(self, told: JSON, suite: Suite = SUITE) -> CountyCertificate:
        """The same county, after what it says about its keys; itself when nothing of that is new.

        Errors:  RuleBroken SYN-040 malformed; Refused SYN-014 not signed by the root.
        """
        issuing = joined(self.issuing, read_issuing(told, self.county, self.sign_public, suite=suite))
        return self if issuing == self.issuing else replace(self, issuing=issuing)

    def said_of_keys(self) -> list[JSON]:
        """All that is known of what it said about its keys, as it travels."""
        return [dict(one.signed) for one in self.issuing]


@dataclass(frozen=True)
class DeviceCertificate:
    """A device's public keys and the one scope it may write, signed by the county.

    Shape:   `role` is "room" (scope `r:<code>`) or "county" (scope `county`, writes into every room's scope as well);
             `letter` stands in the numbers that this PC gives. `signed` is what travels.
    """

    device: str
    letter: str
    scope: str
    room_name: str
    sign_public: str
    age_public: str
    role: str
    issued_at: str
    practice: bool
    county: str
    signed: Mapping[str, JSON] = field(default_factory=dict, compare=False, repr=False)


@dataclass(frozen=True)
class Slot:
    """A place that the county keeps for one PC; what the enrolment file says."""

    county: CountyCertificate
    room: str
    room_name: str
    letter: str
    token: str = field(repr=False)
    expires_on: date
    server_url: str | None = None
    escrow: str | None = None
    pins: Pins | None = None


@dataclass(frozen=True)
class Request:
    """What a PC answers to a slot: its fresh keys."""

    token: str = field(repr=False)
    device: str
    sign_public: str
    age_public: str
    user: str
    made_at: str


@dataclass(frozen=True)
class Approval:
    """What the county answers to a request: the certificate, and the first bundle if there is one."""

    certificate: DeviceCertificate
    county: CountyCertificate
    bundle: bytes | None = field(repr=False, default=None)


# -- the county's and the devices' certificates ----------------------------------------------------------------


def make_county_certificate(
    county: str, name: str, keys: KeyPairs, *, practice: bool, suite: Suite = SUITE
) -> CountyCertificate:
    """The county's certificate, made once when the county is set up.

    Errors:  RuleBroken SYN-046 for a county id or a name that is not allowed.
    """
    body: dict[str, JSON] = {
        "county": county,
        "name": name,
        "sign_public": keys.sign_public,
        "age_public": keys.age_public,
        "practice": practice,
    }
    signed = sign_json("county", body, keys.sign_secret, suite)
    return _as_typed(lambda: read_county_certificate(signed, suite=suite))


def read_county_certificate(signed: JSON, *, suite: Suite = SUITE) -> CountyCertificate:
    """The county's certificate from what travels.

    Errors:  RuleBroken SYN-040 malformed; Refused SYN-014 not signed by the key it names.
    """
    body = read_unsigned(signed, suite)
    certificate = CountyCertificate(
        county=body.device("county"),
        name=body.text("name"),
        sign_public=body.sign_public(),
        age_public=body.age_public(),
        practice=body.flag("practice"),
        signed=cast(Mapping[str, JSON], signed),
    )
    verify_json("county", signed, (certificate.sign_public,), suite)
    return certificate


def issue_certificate(  # noqa: PLR0913 - what the certificate says
    county: CountyCertificate,
    county_sign_secret: str,
    *,
    device: str,
    letter: str,
    scope: str,
    room_name: str,
    sign_public: str,
    age_public: str,
    role: str,
    issued_at: str,
    suite: Suite = SUITE,
) -> DeviceCertificate:
    """A device's certificate; the county's own service gets one too, with the role "county".

    Errors:  RuleBroken SYN-046 for a value that is not allowed.
    """
    body: dict[str, JSON] = {
        "county": county.county,
        "device": device,
        "letter": letter,
        "scope": scope,
        "room_name": room_name,
        "sign_public": sign_public,
        "age_public": age_public,
        "role": role,
        "issued_at": issued_at,
        "practice": county.practice,
    }
    signed = sign_json("device", body, county_sign_secret, suite)
    return _as_typed(lambda: read_device_certificate(signed, county, suite=suite))


def certify_county(
    county: CountyCertificate, keys: KeyPairs, issued_at: str, *, suite: Suite = SUITE
) -> DeviceCertificate:
    """The certificate of the county's own service, under the key that it signs with itself."""
    return issue_certificate(
        county,
        keys.sign_secret,
        device=COUNTY_DEVICE,
        letter=_COUNTY_LETTER,
        scope=COUNTY,
        room_name=county.name,
        sign_public=keys.sign_public,
        age_public=keys.age_public,
        role=ROLE_COUNTY,
        issued_at=issued_at,
        suite=suite,
    )


def read_device_certificate(
    signed: JSON, county: CountyCertificate, *, suite: Suite = SUITE
) -> DeviceCertificate:
    """A device's certificate, if this county signed it; with a key withdrawn since, it is not believed any more.

    Errors:  RuleBroken SYN-040 malformed; Refused SYN-042 another county, SYN-014 signature, SYN-043 practice.
    """
    body = read_unsigned(signed, suite)
    certificate = DeviceCertificate(
        device=body.device("device"),
        letter=body.letter(),
        scope=body.scope(),
        room_name=body.text("room_name"),
        sign_public=body.sign_public(),
        age_public=body.age_public(),
        role=body.text("role"),
        issued_at=body.text("issued_at"),
        practice=body.flag("practice"),
        county=body.device("county"),
        signed=cast(Mapping[str, JSON], signed),
    )
    if certificate.role not in {ROLE_ROOM, ROLE_COUNTY}:
        raise malformed("role")
    if (certificate.role == ROLE_COUNTY) != (certificate.scope == COUNTY):
        raise malformed("scope")
    if certificate.county != county.county:
        raise _other_county()
    verify_json("device", signed, county.ever, suite)
    check_practice(certificate.practice, county.practice)
    return certificate


@dataclass(frozen=True)
class Revocation:
    """The county's signed word that a device may not write any more; it travels like a certificate."""

    device: str
    reason: str
    at: str
    signed: Mapping[str, JSON] = field(default_factory=dict, compare=False, repr=False)


def make_revocation(
    county: CountyCertificate, secret: str, *, device: str, reason: str, at: str, suite: Suite = SUITE
) -> Revocation:
    """The signed word, made once when the county shuts a PC out.

    Errors:  RuleBroken SYN-046 for a reason that is empty or too long.
    """
    body: dict[str, JSON] = {"county": county.county, "device": device, "reason": reason, "at": at}
    signed = sign_json("revocation", body, secret, suite)
    return _as_typed(lambda: read_revocation(signed, county, suite=suite))


def read_revocation(signed: JSON, county: CountyCertificate, *, suite: Suite = SUITE) -> Revocation:
    """A revocation, if this county signed it; with a key withdrawn since, it is not believed any more.

    Errors:  RuleBroken SYN-040 malformed; Refused SYN-042 another county, SYN-014 signature.
    """
    body = read_unsigned(signed, suite)
    if body.device("county") != county.county:
        raise _other_county()
    verify_json("revocation", signed, county.ever, suite)
    return Revocation(
        device=body.device("device"),
        reason=body.text("reason"),
        at=body.text("at"),
        signed=cast(Mapping[str, JSON], signed),
    )


def is_believed(
    said: DeviceCertificate | Revocation, county: CountyCertificate, *, suite: Suite = SUITE
) -> bool:
    """Whether no stolen key signed it."""
    if isinstance(said, Revocation):
        return is_signed_by("revocation", dict(said.signed), county.believed, suite)
    return is_signed_by("device", dict(said.signed), county.believed, suite)


def said_again(
    said: DeviceCertificate | Revocation, secret: str, *, suite: Suite = SUITE
) -> Mapping[str, JSON]:
    """The same words under the county's key in force, as they travel."""
    return sign_again("revocation" if isinstance(said, Revocation) else "device", said.signed, secret, suite)


class Sealed(Protocol):
    """The head of whatever travels sealed: a bundle, an attachment."""

    @property
    def sender(self) -> str:
        """The device that says it made it."""
        ...

    @property
    def certificate(self) -> JSON:
        """What shall prove it."""
        ...


def certificate_of_sender(
    head: Sealed, county: CountyCertificate, *, suite: Suite = SUITE
) -> DeviceCertificate:
    """The certificate in a bundle's head, for `read_bundle`'s certificate check; revocation is the caller's to ask.

    Errors:  as `read_device_certificate`; Refused SYN-045 when it is not the sender's.
    """
    certificate = read_device_certificate(head.certificate, county, suite=suite)
    if certificate.device != head.sender:
        raise Refused(
            "SYN-045", _("文件里的证书不是发件电脑的，没有导入。已有数据没有变化，请联系县局管理员。")
        )
    return certificate


def check_practice(here: bool, there: bool) -> None:  # noqa: FBT001 - two flags that must be the same
    """Returns when both sides are for practice, or both are real.

    Errors:  Refused SYN-043.
    """
    if here != there:
        raise Refused(
            "SYN-043",
            _("练习数据和正式数据不能互相交换，没有导入。已有数据没有变化，请确认拿的是哪一边的文件。"),
        )


# -- slot ------------------------------------------------------------------------------------------------------


def make_slot(  # noqa: PLR0913 - what the enrolment file says
    county: CountyCertificate,
    county_sign_secret: str,
    *,
    room: str,
    room_name: str,
    letter: str,
    today: date,
    server_url: str | None = None,
    escrow: str | None = None,
    pins: Pins | None = None,
    suite: Suite = SUITE,
) -> tuple[Slot, bytes]:
    """A new slot and its file, good for fourteen days and one use.

    Errors:  RuleBroken SYN-046 for a value that is not allowed.
    """
    body: dict[str, JSON] = {
        "county": dict(county.signed),
        "room": room,
        "room_name": room_name,
        "letter": letter,
        "token": suite.random_bytes(TOKEN_BYTES).hex(),
        "expires_on": (today + timedelta(days=VALID_DAYS)).isoformat(),
        "server_url": server_url,
        "escrow": escrow,
        "tls": pins.to_json() if pins is not None else None,
        "issuing": county.said_of_keys() or None,
    }
    data = compact_json(sign_json("slot", body, county_sign_secret, suite)) + b"\n"
    slot = _as_typed(lambda: read_slot(data, today=today, practice=county.practice, suite=suite))
    return slot, data


def read_slot(data: bytes, *, today: date, practice: bool, suite: Suite = SUITE) -> Slot:
    """What an enrolment file says. Its county is proved by the six words only, not by the file.

    Errors:  RuleBroken SYN-040 malformed; Refused SYN-014 changed, SYN-041 too old, SYN-043 practice.
    """
    signed = parse_json(data, MAX_SMALL_BYTES)
    body = read_unsigned(signed, suite)
    county = read_county_certificate(body.raw("county"), suite=suite).hearing(body.raw("issuing"), suite)
    verify_json("slot", signed, county.believed, suite)
    slot = Slot(
        county=county,
        room=body.room(),
        room_name=body.text("room_name"),
        letter=body.letter(),
        token=body.token("token"),
        expires_on=body.day("expires_on"),
        server_url=body.url("server_url"),
        escrow=body.escrow(),
        pins=read_pins(body.raw("tls")),
    )
    check_practice(practice, county.practice)
    check_fresh(slot, today)
    return slot


def check_fresh(slot: Slot, today: date) -> None:
    """Returns up to the slot's last day.

    Errors:  Refused SYN-041.
    """
    if today > slot.expires_on:
        raise Refused(
            "SYN-041",
            _(
                "登记文件已过期（有效期到 {day}），没有登记。请向县局要一份新的登记文件，并核对本机日期。"
            ).format(day=slot.expires_on.isoformat()),
            expires_on=slot.expires_on.isoformat(),
        )


# -- request ---------------------------------------------------------------------------------------------------


def make_request(
    slot: Slot, keys: KeyPairs, *, device: str, user: str, made_at: str, suite: Suite = SUITE
) -> tuple[Request, bytes]:
    """The PC's answer to a slot, sealed for the county.

    Errors:  RuleBroken SYN-046 for a value that is not allowed.
    """
    body: dict[str, JSON] = {
        "token": slot.token,
        "device": device,
        "sign_public": keys.sign_public,
        "age_public": keys.age_public,
        "user": user,
        "made_at": made_at,
    }
    signed = sign_json("request", body, keys.sign_secret, suite)
    request = _as_typed(lambda: _read_request(signed, suite))
    return request, suite.seal(compact_json(signed), [slot.county.age_public])


def read_request(sealed: bytes, county_age_secret: str, *, suite: Suite = SUITE) -> Request:
    """A request from a sealed file; whether its token is a slot's and unused is the caller's to ask.

    Errors:  Refused SYN-010 for another county, SYN-014 changed; RuleBroken SYN-011 damaged, SYN-012, SYN-040.
    """
    return _read_request(parse_json(suite.open_sealed(sealed, county_age_secret), MAX_SMALL_BYTES), suite)


def check_request(request: Request, slot: Slot, today: date) -> None:
    """Returns when the request answers this slot in time.

    Errors:  Refused SYN-044 another slot's, SYN-041 too late.
    """
    if request.token != slot.token:
        raise _not_ours()
    check_fresh(slot, today)


def words_of(county: CountyCertificate, request: Request, *, suite: Suite = SUITE) -> tuple[str, ...]:
    """The six words that both sides see, if nobody changed a key on the way.

    The county's keys are in it as well: a forged slot would lead the PC to a forger's county, and the words differ.
    """
    parts = (
        "jingwushi words 1",
        county.county,
        county.sign_public,
        county.age_public,
        request.token,
        request.device,
        request.sign_public,
        request.age_public,
    )
    return six_words(suite.digest("\n".join(parts).encode("utf-8")))


def _read_request(signed: JSON, suite: Suite) -> Request:
    body = read_unsigned(signed, suite)
    request = Request(
        token=body.token("token"),
        device=body.device("device"),
        sign_public=body.sign_public(),
        age_public=body.age_public(),
        user=body.text("user"),
        made_at=body.text("made_at"),
    )
    verify_json("request", signed, (request.sign_public,), suite)
    return request


# -- approval --------------------------------------------------------------------------------------------------


def make_approval(
    slot: Slot,
    request: Request,
    county_sign_secret: str,
    *,
    issued_at: str,
    bundle: bytes | None = None,
    suite: Suite = SUITE,
) -> tuple[DeviceCertificate, bytes]:
    """The certificate for a request whose six words agreed, and the file for the PC, sealed for it alone.

    Errors:  Refused SYN-044 when the request answers another slot; RuleBroken SYN-012 too large.
    """
    if request.token != slot.token:
        raise _not_ours()
    certificate = issue_certificate(
        slot.county,
        county_sign_secret,
        device=request.device,
        letter=slot.letter,
        scope=f"r:{slot.room}",
        room_name=slot.room_name,
        sign_public=request.sign_public,
        age_public=request.age_public,
        role=ROLE_ROOM,
        issued_at=issued_at,
        suite=suite,
    )
    body: dict[str, JSON] = {
        "certificate": dict(certificate.signed),
        "county": dict(slot.county.signed),
        "issuing": slot.county.said_of_keys() or None,
        "token_hash": suite.digest(bytes.fromhex(slot.token)).hex(),
        "bundle": base64.b64encode(bundle).decode("ascii") if bundle is not None else None,
    }
    signed = sign_json("approval", body, county_sign_secret, suite)
    return certificate, suite.seal(compact_json(signed), [request.age_public])


def read_approval(sealed: bytes, keys: KeyPairs, slot: Slot, *, suite: Suite = SUITE) -> Approval:
    """The county's answer, if it is this county's and answers the request that was made for this slot with these keys.

    Errors:  Refused SYN-010 for another PC, SYN-014 changed, SYN-042 another county, SYN-044 another request;
             RuleBroken SYN-011, SYN-012, SYN-040.
    """
    signed = parse_json(suite.open_sealed(sealed, keys.age_secret), MAX_SEALED_BYTES)
    body = read_unsigned(signed, suite)
    # The county may have turned to another key since it made the slot.
    county = slot.county.hearing(body.raw("issuing"), suite)
    verify_json("approval", signed, county.believed, suite)
    if read_county_certificate(body.raw("county"), suite=suite) != replace(slot.county, issuing=()):
        raise _other_county()
    certificate = read_device_certificate(body.raw("certificate"), county, suite=suite)
    expected = (
        suite.digest(bytes.fromhex(slot.token)).hex(),
        keys.sign_public,
        keys.age_public,
        f"r:{slot.room}",
        slot.letter,
    )
    found = (
        body.token("token_hash"),
        certificate.sign_public,
        certificate.age_public,
        certificate.scope,
        certificate.letter,
    )
    if found != expected:
        raise _not_ours()
    return Approval(certificate=certificate, county=county, bundle=body.bytes_or_none("bundle"))


def _as_typed(read: Callable[[], _Value]) -> _Value:
    """What was made here, read back; a refusal means that somebody typed something that is not allowed."""
    try:
        return read()
    except RuleBroken as error:
        raise RuleBroken(
            "SYN-046",
            _("登记信息填写有误，没有生成文件。请核对县局代码、警务室代码、名称、电脑字母和服务器地址。"),
            part=error.facts.get("part"),
        ) from error


def _other_county() -> Refused:
    return Refused("SYN-042", _("这个文件是别的县局的，没有导入。已有数据没有变化，请向本县县局核实。"))


def _not_ours() -> Refused:
    return Refused(
        "SYN-044",
        _("这个批准文件和本机的登记申请对不上，没有导入。已有数据没有变化，请让县局核对后重新批准。"),
    )
