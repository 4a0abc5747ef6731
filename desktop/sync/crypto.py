"""The one door to cryptography for what travels: seal, open, sign, verify, digest, random.

Suite 1 is age (X25519, ChaCha20-Poly1305), Ed25519 and SHA-256. A suite of SM2/SM3/SM4 would be a second object
with the same functions and its own number in the head of a bundle; nothing above this module would change, and a
test holds that with a second suite (decision 0045).

Keys are text here: age's own spelling for sealing, 64 hex digits for signing. Layout: `docs/formats/keys.md`.
"""

from __future__ import annotations

import hashlib
import json
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

import pyrage
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from pyrage import x25519

from desktop.base.errors import Refused, RuleBroken
from desktop.base.text import _

MAX_SEALED_BYTES = 64 * 1024 * 1024
MAX_HEADER_BYTES = 4096
MAX_STANZAS_COUNT = 8
# age adds a stanza of noise now and then, so one place stays free for it and one for whoever comes next.
MAX_RECIPIENTS_COUNT = 6
SIGNATURE_BYTES = 64

_INTRO = b"age-encryption.org/v1\n"
_HEX_KEY = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class KeyPairs:
    """One device's or one county's keys, the secret halves included.

    Shape:   `sign_*` 64 hex digits, `age_*` as age writes them. The secret halves never show in a repr.
    """

    sign_secret: str = field(repr=False)
    sign_public: str
    age_secret: str = field(repr=False)
    age_public: str


class Suite(Protocol):
    """The six functions that everything which travels rests on, and the making of keys for them."""

    @property
    def number(self) -> int:
        """The number that stands in the head of a bundle."""
        ...

    def seal(self, data: bytes, recipients: Sequence[str]) -> bytes:
        """Encrypts for the recipients; says nothing about the sender.

        Errors:  RuleBroken SYN-013 for a recipient that is no key, SYN-012 for too much data or too many recipients.
        """
        ...

    def open_sealed(self, sealed: bytes, identity: str) -> bytes:
        """The whole content, or nothing: never a part of what was damaged later on.

        Errors:  Refused SYN-010 not sealed for this key; RuleBroken SYN-011 damaged, SYN-012 too large, SYN-013 no key.
        """
        ...

    def sign(self, data: bytes, secret: str) -> bytes:
        """The digital signature over the data."""
        ...

    def verify(self, data: bytes, signature: bytes, public: str) -> None:
        """Returns when the signature is right.

        Errors:  Refused SYN-014.
        """
        ...

    def digest(self, data: bytes) -> bytes:
        """The hash of the data."""
        ...

    def random_bytes(self, count: int) -> bytes:
        """Bytes that nobody can guess."""
        ...

    def new_keys(self) -> KeyPairs:
        """Fresh keys for a device or a county."""
        ...

    def check_sign_public(self, text: str) -> None:
        """Accepts the public half of a signing key.

        Errors:  RuleBroken SYN-013.
        """
        ...

    def check_seal_public(self, text: str) -> None:
        """Accepts a recipient.

        Errors:  RuleBroken SYN-013.
        """
        ...


class AgeSuite:
    """Suite 1: age X25519, Ed25519, SHA-256."""

    number = 1

    def seal(self, data: bytes, recipients: Sequence[str]) -> bytes:
        """Encrypts for the recipients; says nothing about the sender.

        Errors:  RuleBroken SYN-013 for a recipient that is no key, SYN-012 for too much data or too many recipients.
        """
        wanted = list(dict.fromkeys(recipients))
        if not wanted:
            raise _no_key()
        try:
            keys = [x25519.Recipient.from_str(recipient) for recipient in wanted]
        except pyrage.RecipientError as error:
            raise _no_key() from error
        if len(keys) > MAX_RECIPIENTS_COUNT or len(data) > MAX_SEALED_BYTES:
            raise too_large(len(data))
        sealed: bytes = pyrage.encrypt(data, keys)
        # The cap is on the sealed bytes; age adds a header and 16 bytes for each 64 KiB.
        if len(sealed) > MAX_SEALED_BYTES:
            raise too_large(len(sealed))
        return sealed

    def open_sealed(self, sealed: bytes, identity: str) -> bytes:
        """The whole content, or nothing: never a part of what was damaged later on.

        Errors:  Refused SYN-010 not sealed for this key; RuleBroken SYN-011 damaged, SYN-012 too large, SYN-013 no key.
        """
        check_envelope(sealed)
        try:
            key = x25519.Identity.from_str(identity)
        except pyrage.IdentityError as error:
            raise _no_key() from error
        try:
            # In memory on purpose: the file variants write plain text before they can see that the end is missing.
            data: bytes = pyrage.decrypt(sealed, [key])
        except pyrage.DecryptError as error:
            # WORKAROUND(pyrage 1.4): one exception for a wrong key and for damage. If its text changes, a wrong key is
            # told as damage; both are refused either way.
            if "No matching keys" in str(error):
                raise Refused(
                    "SYN-010",
                    _("这个文件不是发给本机的，打不开。已有数据没有变化，请确认拿的是发给本警务室的文件。"),
                ) from error
            raise _damaged() from error
        return data

    def sign(self, data: bytes, secret: str) -> bytes:
        """The digital signature over the data."""
        return Ed25519PrivateKey.from_private_bytes(_raw_key(secret)).sign(data)

    def verify(self, data: bytes, signature: bytes, public: str) -> None:
        """Returns when the signature is right.

        Errors:  Refused SYN-014.
        """
        key = Ed25519PublicKey.from_public_bytes(_raw_key(public))
        try:
            key.verify(signature, data)
        except InvalidSignature as error:
            raise Refused(
                "SYN-014",
                _(
                    "数字签名不对，内容可能被改动过或不是所说的人发来的，没有导入。已有数据没有变化，请联系县局管理员。"
                ),
            ) from error

    def digest(self, data: bytes) -> bytes:
        """SHA-256."""
        return hashlib.sha256(data).digest()

    def random_bytes(self, count: int) -> bytes:
        """Bytes from the operating system's generator."""
        return secrets.token_bytes(count)

    def new_keys(self) -> KeyPairs:
        """Fresh keys for a device or a county."""
        signing = Ed25519PrivateKey.generate()
        sealing = x25519.Identity.generate()
        return KeyPairs(
            sign_secret=signing.private_bytes_raw().hex(),
            sign_public=signing.public_key().public_bytes_raw().hex(),
            age_secret=str(sealing),
            age_public=str(sealing.to_public()),
        )

    def check_sign_public(self, text: str) -> None:
        """Accepts the public half of a signing key.

        Errors:  RuleBroken SYN-013.
        """
        _raw_key(text)

    def check_seal_public(self, text: str) -> None:
        """Accepts a recipient as age writes it.

        Errors:  RuleBroken SYN-013.
        """
        try:
            x25519.Recipient.from_str(text)
        except pyrage.RecipientError as error:
            raise _no_key() from error


SUITE: Suite = AgeSuite()


def check_suite(number: int, suite: Suite) -> None:
    """Returns when a head names the suite that it was opened with: nobody may be talked down to a weaker one.

    Errors:  Refused SYN-015.
    """
    if number != suite.number:
        raise Refused(
            "SYN-015",
            _("这个文件用的加密方式本程序还不认识，没有导入。数据仍在对方那里，请先升级本程序再导入。"),
            suite=number,
        )


def keys_to_text(keys: KeyPairs) -> str:
    """The keys as one line of JSON, for the encrypted database or the county's key folder only."""
    return json.dumps(
        {
            "sign_secret": keys.sign_secret,
            "sign_public": keys.sign_public,
            "age_secret": keys.age_secret,
            "age_public": keys.age_public,
        }
    )


def keys_from_text(text: str) -> KeyPairs:
    """The keys from `keys_to_text`; the public halves are computed again.

    Errors:  RuleBroken SYN-013 when it is not such a text or a public half does not belong to its secret half.
    """
    try:
        raw = json.loads(text)
        stored = KeyPairs(raw["sign_secret"], raw["sign_public"], raw["age_secret"], raw["age_public"])
        signing = Ed25519PrivateKey.from_private_bytes(_raw_key(stored.sign_secret))
        sealing = x25519.Identity.from_str(stored.age_secret)
    except (ValueError, KeyError, TypeError, pyrage.IdentityError) as error:
        raise _no_key() from error
    made = (signing.public_key().public_bytes_raw().hex(), str(sealing.to_public()))
    if made != (stored.sign_public, stored.age_public):
        raise _no_key()
    return stored


def check_envelope(sealed: bytes) -> None:
    """Looks at the outside of an age file before any cryptography is spent on it.

    An age header may carry any number of stanzas and each costs a curve operation before anything is authenticated.

    Errors:  RuleBroken SYN-011 not an age file, SYN-012 too large or too many recipients.
    """
    if len(sealed) > MAX_SEALED_BYTES:
        raise too_large(len(sealed))
    if not sealed.startswith(_INTRO):
        raise _damaged()
    end = sealed.find(b"\n---", 0, MAX_HEADER_BYTES)
    if end < 0:
        raise too_large(len(sealed)) if len(sealed) > MAX_HEADER_BYTES else _damaged()
    if sealed.count(b"\n-> ", 0, end) > MAX_STANZAS_COUNT:
        raise too_large(len(sealed))


def too_large(size_bytes: int) -> RuleBroken:
    """The failure for anything that travels and is over its limit."""
    return RuleBroken(
        "SYN-012",
        _("文件超过允许的大小，没有处理。已有数据没有变化，请分成几个文件再试。"),
        size_bytes=size_bytes,
    )


def _raw_key(text: str) -> bytes:
    if not _HEX_KEY.fullmatch(text):
        raise _no_key()
    return bytes.fromhex(text)


def _damaged() -> RuleBroken:
    return RuleBroken("SYN-011", _("文件不完整或已损坏，没有导入。已有数据没有变化，请让对方重新导出一份。"))


def _no_key() -> RuleBroken:
    return RuleBroken("SYN-013", _("密钥的写法不对，没有处理。已有数据没有变化，请联系县局管理员。"))
