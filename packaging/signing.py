"""The signed lists of an update folder, and the keys that sign them; a key never lies in the repository.

Roles and dates stand in `docs/formats/update.md`. `publish` is the program around it.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from fetch import Missing
from securesystemslib.signer import CryptoSigner
from tuf.api.exceptions import UnsignedMetadataError
from tuf.api.metadata import Metadata, Root, Snapshot, TargetFile, Targets, Timestamp
from tuf.api.serialization import DeserializationError
from tuf.api.serialization.json import JSONSerializer

ROOT_KEYS, TARGET_KEYS = ("root-1", "root-2", "root-3"), ("targets-1", "targets-2")
ONLINE_KEY = "online"
THRESHOLD = 2
ROOT_DAYS, TARGETS_DAYS, TIMESTAMP_DAYS = 3650, 800, 400
LIST_NAME = "jingwushi"


def make_keys(folder: Path) -> None:
    """New keys, a file for each, so that each can go to another person's safe. Never writes over one."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in (*ROOT_KEYS, *TARGET_KEYS, ONLINE_KEY):
        key = Ed25519PrivateKey.generate()
        path = folder / f"{name}.pem"
        with path.open("xb") as file:
            file.write(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        path.chmod(0o600)


def read_keys(folder: Path) -> dict[str, CryptoSigner]:
    """The keys that lie in a folder, by their names; those kept elsewhere are missing and not needed for every step."""
    found = {}
    for path in sorted(folder.glob("*.pem")):
        key: Any = load_pem_private_key(path.read_bytes(), None)
        found[path.stem] = CryptoSigner(key)
    return found


def make_root(keys: Mapping[str, CryptoSigner], now: datetime, version: int = 1) -> Metadata[Root]:
    """Who may sign what. Ships with the program; a later one is signed by the keys before it too."""
    root = Root(version=version, expires=_day(now, ROOT_DAYS), consistent_snapshot=False)
    roles = {"root": ROOT_KEYS, "targets": TARGET_KEYS, "snapshot": (ONLINE_KEY,), "timestamp": (ONLINE_KEY,)}
    for role, names in roles.items():
        for name in names:
            root.add_key(keys[name].public_key, role)
        root.roles[role].threshold = min(THRESHOLD, len(names))
    return _signed(Metadata(root), [keys[name] for name in ROOT_KEYS])


def checked_root(data: bytes) -> bytes:
    """A root as a program may carry it: whole, with enough signatures of its own keys.

    Errors:  Missing with what is wrong; a program built with it could never be updated.
    """
    try:
        root = Metadata[Root].from_bytes(data)
        root.signed.verify_delegate("root", root.signed_bytes, root.signatures)
    except (DeserializationError, ValueError, UnsignedMetadataError) as error:
        raise Missing(f"--root: not a root of update keys that signed itself ({error})") from error
    return data


@dataclass(frozen=True)
class Release:
    """One version to publish; `notes` are for people."""

    setup: Path
    version: str
    min_from: str
    notes: str


def publish(
    folder: Path, root: bytes, keys: Mapping[str, CryptoSigner], told: Release, now: datetime
) -> None:
    """Writes `metadata` and `targets` below `folder`, one version higher than what lies there."""
    metadata, targets = folder / "metadata", folder / "targets"
    for one in (metadata, targets):
        one.mkdir(parents=True, exist_ok=True)
    number = _number(metadata) + 1
    # By copying: what is on the stick is the very file that was signed for Windows.
    shutil.copyfile(told.setup, targets / told.setup.name)
    (targets / LIST_NAME).write_bytes(b"")
    listed = Targets(version=number, expires=_day(now, TARGETS_DAYS))
    listed.targets[told.setup.name] = TargetFile.from_file(told.setup.name, str(targets / told.setup.name))
    newest = TargetFile.from_file(LIST_NAME, str(targets / LIST_NAME))
    newest.unrecognized_fields["custom"] = {
        "version": told.version,
        "min_from": told.min_from,
        "notes": told.notes,
        "setup": told.setup.name,
        "bytes": told.setup.stat().st_size,
    }
    listed.targets[LIST_NAME] = newest
    snapshot = Snapshot(version=number, expires=_day(now, TIMESTAMP_DAYS))
    snapshot.meta["targets.json"].version = number
    timestamp = Timestamp(version=number, expires=_day(now, TIMESTAMP_DAYS))
    timestamp.snapshot_meta.version = number
    (metadata / f"{Metadata[Root].from_bytes(root).signed.version}.root.json").write_bytes(root)
    _write(_signed(Metadata(listed), [keys[name] for name in TARGET_KEYS]), metadata / "targets.json")
    _write(_signed(Metadata(snapshot), [keys[ONLINE_KEY]]), metadata / "snapshot.json")
    # Last: whoever copies the folder meanwhile has the old list or the new one.
    _write(_signed(Metadata(timestamp), [keys[ONLINE_KEY]]), metadata / "timestamp.json")


def _number(metadata: Path) -> int:
    path = metadata / "timestamp.json"
    return int(Metadata[Timestamp].from_file(str(path)).signed.version) if path.exists() else 0


def _day(now: datetime, days: int) -> datetime:
    return now.replace(microsecond=0) + timedelta(days=days)


def _signed(metadata: Metadata[Any], signers: Sequence[CryptoSigner]) -> Metadata[Any]:
    for signer in signers:
        metadata.sign(signer, append=True)
    return metadata


def _write(metadata: Metadata[Any], path: Path) -> None:
    metadata.to_file(str(path), JSONSerializer(compact=False))
