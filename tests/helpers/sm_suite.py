"""A second suite behind the same functions: SM3 for hashes, SM4-GCM for content. For tests of the seam only.

It is not what a commercial-cryptography assessment asks for: agreement and signatures are still X25519 and Ed25519,
because no well-kept library brings SM2 (decision 0045).
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from desktop.base.errors import Refused, RuleBroken
from desktop.sync.crypto import KeyPairs

INTRO = b"jingwushi-sm/2\n"
_HEX = re.compile(r"[0-9a-f]{64}")


class SmSuite:
    """Suite 2 of the tests.

    Shape:   sealed = intro, count, for each recipient 32 bytes of a fresh key and 32 of the wrapped content key, nonce,
             tag, content.
    """

    number = 2

    def seal(self, data: bytes, recipients: Sequence[str]) -> bytes:
        """Encrypts for the recipients."""
        key, nonce = os.urandom(16), os.urandom(12)
        stanzas = []
        for one in dict.fromkeys(recipients):
            self.check_seal_public(one)
            fresh = X25519PrivateKey.generate()
            shared = fresh.exchange(X25519PublicKey.from_public_bytes(bytes.fromhex(one)))
            wrapped, tag = _gcm(self._kek(shared), bytes(12), key)
            stanzas.append(fresh.public_key().public_bytes_raw() + wrapped + tag)
        if not stanzas:
            raise RuleBroken("SYN-013", "no key")
        content, tag = _gcm(key, nonce, data)
        return INTRO + bytes([len(stanzas)]) + b"".join(stanzas) + nonce + tag + content

    def open_sealed(self, sealed: bytes, identity: str) -> bytes:
        """The whole content, or nothing."""
        if not sealed.startswith(INTRO) or len(sealed) < len(INTRO) + 1:
            raise RuleBroken("SYN-011", "damaged")
        count, place = sealed[len(INTRO)], len(INTRO) + 1
        secret = X25519PrivateKey.from_private_bytes(bytes.fromhex(identity))
        stanzas = [sealed[place + 64 * number : place + 64 * (number + 1)] for number in range(count)]
        body = sealed[place + 64 * count :]
        for stanza in stanzas:
            try:
                shared = secret.exchange(X25519PublicKey.from_public_bytes(stanza[:32]))
                key = _ungcm(self._kek(shared), bytes(12), stanza[32:48], stanza[48:64])
            except (InvalidTag, ValueError):
                continue
            try:
                return _ungcm(key, body[:12], body[28:], body[12:28])
            except (InvalidTag, ValueError) as error:
                raise RuleBroken("SYN-011", "damaged") from error
        raise Refused("SYN-010", "not for this key")

    def _kek(self, shared: bytes) -> bytes:
        return self.digest(b"jingwushi sm 2\n" + shared)[:16]

    def sign(self, data: bytes, secret: str) -> bytes:
        """A signature over the SM3 hash."""
        return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(secret)).sign(self.digest(data))

    def verify(self, data: bytes, signature: bytes, public: str) -> None:
        """Returns when the signature is right."""
        try:
            Ed25519PublicKey.from_public_bytes(bytes.fromhex(public)).verify(signature, self.digest(data))
        except InvalidSignature as error:
            raise Refused("SYN-014", "signature") from error

    def digest(self, data: bytes) -> bytes:
        """SM3."""
        state = hashes.Hash(hashes.SM3())
        state.update(data)
        return state.finalize()

    def random_bytes(self, count: int) -> bytes:
        """Bytes from the operating system's generator."""
        return os.urandom(count)

    def new_keys(self) -> KeyPairs:
        """Fresh keys."""
        signing, sealing = Ed25519PrivateKey.generate(), X25519PrivateKey.generate()
        return KeyPairs(
            sign_secret=signing.private_bytes_raw().hex(),
            sign_public=signing.public_key().public_bytes_raw().hex(),
            age_secret=sealing.private_bytes_raw().hex(),
            age_public=sealing.public_key().public_bytes_raw().hex(),
        )

    def check_sign_public(self, text: str) -> None:
        """Accepts a signing key."""
        if not _HEX.fullmatch(text):
            raise RuleBroken("SYN-013", "no key")

    def check_seal_public(self, text: str) -> None:
        """Accepts a recipient."""
        self.check_sign_public(text)


def _gcm(key: bytes, nonce: bytes, data: bytes) -> tuple[bytes, bytes]:
    cipher = Cipher(algorithms.SM4(key), modes.GCM(nonce)).encryptor()
    return cipher.update(data) + cipher.finalize(), cipher.tag


def _ungcm(key: bytes, nonce: bytes, data: bytes, tag: bytes) -> bytes:
    cipher = Cipher(algorithms.SM4(key), modes.GCM(nonce, tag)).decryptor()
    return cipher.update(data) + cipher.finalize()
