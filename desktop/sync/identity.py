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

_KEY = "identity"
_NONCE_BYTES = 12


def keep_identity(connection: Connection, keys: KeyPairs, wrap_key: bytes) -> None:
    """Keeps this device's keys."""
    nonce = os.urandom(_NONCE_BYTES)
    sealed = AESGCM(wrap_key).encrypt(nonce, json.dumps(asdict(keys)).encode(), _KEY.encode())
    write_meta(connection, _KEY, (nonce + sealed).hex())


def load_identity(connection: Connection, wrap_key: bytes) -> KeyPairs:
    """This device's keys."""
    stored = bytes.fromhex(read_meta(connection, _KEY) or "")
    data = AESGCM(wrap_key).decrypt(stored[:_NONCE_BYTES], stored[_NONCE_BYTES:], _KEY.encode())
    return KeyPairs(**json.loads(data))
