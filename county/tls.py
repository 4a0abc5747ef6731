"""The county's own authority for TLS, and the certificate that the service shows.

The authority's key lies sealed in the county's database; the service's certificate is made anew at every start and its
key is never kept. Nothing is bought, asked for or renewed by anybody else.
"""

from __future__ import annotations

import json
import os
import secrets
import ssl
import tempfile
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from sqlalchemy import Connection

from desktop.audit.trail import Deed
from desktop.base.errors import RuleBroken
from desktop.base.text import _
from desktop.database.database import read_meta, write_meta
from desktop.database.keys import KeyRing
from desktop.staff.office import Office
from desktop.sync.pins import Pins, keep_pins, load_pins

_KEYS = "tls_keys"
_NONCE_BYTES = 12
# A room does not look at the dates, so that a wrong clock keeps nobody out; other programs may.
_VALID = timedelta(days=3650)
_EARLIER = timedelta(days=1)


@dataclass(frozen=True)
class _Authority:
    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey


def ensure_authority(office: Office) -> Pins:
    """The county's authorities; makes the first one when there is none."""
    with office.database.writing() as connection:
        pins = load_pins(connection)
        if pins is not None:
            return pins
        made = _new_authority(office.place.name, office.clock.now())
        return _keep(office, connection, 1, [made])


def start_rotation(office: Office) -> Pins:
    """Names a second authority to the rooms; the service goes on with the first until `finish_rotation`.

    Errors:  RuleBroken SYN-096 while another change is under way.
    """
    ensure_authority(office)
    with office.database.writing() as connection:
        standing = _load(office, connection)
        if len(standing) > 1:
            raise RuleBroken(
                "SYN-096", _("证书正在更换，还没有结束。请等各警务室都交换过后，用 --finish 结束")
            )
        made = _new_authority(office.place.name, office.clock.now())
        pins = _keep(office, connection, _number(connection) + 1, [*standing, made])
    office.note(Deed("county_tls", facts=(("number", pins.number),)))
    return pins


def finish_rotation(office: Office) -> Pins:
    """Gives up the first authority: the service shows the second from its next start, and rooms believe only that.

    Errors:  RuleBroken SYN-096 when no change is under way.
    """
    with office.database.writing() as connection:
        standing = _load(office, connection)
        if len(standing) < 2:
            raise RuleBroken("SYN-096", _("没有正在更换的证书。请先用 --rotate 开始"))
        pins = _keep(office, connection, _number(connection) + 1, standing[-1:])
    office.note(Deed("county_tls", facts=(("number", pins.number),)))
    return pins


def fingerprints(pins: Pins) -> list[str]:
    """SHA-256 of each authority, for people who compare."""
    found = [x509.load_der_x509_certificate(one) for one in pins.authorities]
    return [one.fingerprint(hashes.SHA256()).hex() for one in found]


def server_context(office: Office) -> ssl.SSLContext:
    """What the service shows: a certificate of the authority that every room believes already."""
    ensure_authority(office)
    with office.reading() as session:
        authority = _load(office, session.connection())[0]
    key = ec.generate_private_key(ec.SECP256R1())
    now = office.clock.now()
    certificate = (
        _builder(_subject(office.place.name, "exchange"), authority.certificate.subject, key, now)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.key.public_key()), critical=False
        )
        .sign(authority.key, hashes.SHA256())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    _load_chain(context, certificate, key, office.home)
    return context


def _load_chain(
    context: ssl.SSLContext, certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey, home: Path
) -> None:
    """Python takes a chain from a file only; the key in it is encrypted, and the file is gone at once."""
    password = secrets.token_bytes(24)
    pem = certificate.public_bytes(serialization.Encoding.PEM) + key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(password),
    )
    with tempfile.TemporaryDirectory(dir=home) as folder:
        path = Path(folder) / "chain.pem"
        path.write_bytes(pem)
        context.load_cert_chain(path, password=password)


def _new_authority(name: str, now: datetime) -> _Authority:
    key, subject = ec.generate_private_key(ec.SECP256R1()), _subject(name, "authority")
    certificate = (
        _builder(subject, subject, key, now)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_CA_USE, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    return _Authority(certificate, key)


_CA_USE = x509.KeyUsage(
    digital_signature=False,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=True,
    crl_sign=True,
    encipher_only=False,
    decipher_only=False,
)


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, now: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _EARLIER)
        .not_valid_after(now + _VALID)
    )


def _subject(name: str, role: str) -> x509.Name:
    """Two names for the two roles: a certificate that names itself as its issuer would pass for an authority."""
    # X.509 allows 64 characters.
    told = [(NameOID.ORGANIZATION_NAME, name[:60]), (NameOID.COMMON_NAME, role)]
    return x509.Name([x509.NameAttribute(kind, value) for kind, value in told])


def _number(connection: Connection) -> int:
    pins = load_pins(connection)
    return pins.number if pins is not None else 0


def _keep(office: Office, connection: Connection, number: int, authorities: list[_Authority]) -> Pins:
    told = [
        one.key.private_bytes(
            serialization.Encoding.DER,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ).hex()
        for one in authorities
    ]
    nonce = os.urandom(_NONCE_BYTES)
    sealed = AESGCM(_wrap_key(office)).encrypt(nonce, json.dumps(told).encode(), _KEYS.encode())
    write_meta(connection, _KEYS, (nonce + sealed).hex())
    pins = Pins(
        number, tuple(one.certificate.public_bytes(serialization.Encoding.DER) for one in authorities)
    )
    keep_pins(connection, pins)
    return pins


def _load(office: Office, connection: Connection) -> list[_Authority]:
    pins, stored = load_pins(connection), bytes.fromhex(read_meta(connection, _KEYS) or "")
    if pins is None or not stored:
        return []
    nonce, sealed = stored[:_NONCE_BYTES], stored[_NONCE_BYTES:]
    told = json.loads(AESGCM(_wrap_key(office)).decrypt(nonce, sealed, _KEYS.encode()))
    found = []
    for certificate, secret in zip(pins.authorities, told, strict=True):
        key = serialization.load_der_private_key(bytes.fromhex(secret), None)
        if isinstance(key, ec.EllipticCurvePrivateKey):
            found.append(_Authority(x509.load_der_x509_certificate(certificate), key))
    return found


def _wrap_key(office: Office) -> bytes:
    return KeyRing.derive(office.data_key, "tls")
