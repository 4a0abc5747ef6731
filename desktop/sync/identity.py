"""This device's own keys and its certificate, kept in the database and sealed once more under the data key.

A county's PostgreSQL is not encrypted as a whole, so the secret halves are wrapped here in either case.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Connection

from desktop.database.database import read_meta, write_meta
from desktop.sync.crypto import KeyPairs

IDENTITY = "identity"
_NONCE_BYTES = 12


def seal_keys(keys: KeyPairs, wrap_key: bytes) -> str:
    """Keys as text that only this room's data key opens."""
    nonce = os.urandom(_NONCE_BYTES)
    sealed = AESGCM(wrap_key).encrypt(nonce, json.dumps(asdict(keys)).encode(), IDENTITY.encode())
    return (nonce + sealed).hex()


def open_keys(sealed: str, wrap_key: bytes) -> KeyPairs:
    """The keys from `seal_keys`."""
    stored = bytes.fromhex(sealed)
    data = AESGCM(wrap_key).decrypt(stored[:_NONCE_BYTES], stored[_NONCE_BYTES:], IDENTITY.encode())
    return KeyPairs(**json.loads(data))


def keep_identity(connection: Connection, keys: KeyPairs, wrap_key: bytes) -> None:
    """Keeps this device's keys."""
    write_meta(connection, IDENTITY, seal_keys(keys, wrap_key))


def load_identity(connection: Connection, wrap_key: bytes) -> KeyPairs:
    """This device's keys."""
    return open_keys(read_meta(connection, IDENTITY) or "", wrap_key)
