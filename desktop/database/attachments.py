"""Attachments: whole files, encrypted, named by a keyed hash of their content, beside the database.

The bytes of a file never change, so a file is written once and found again by the SHA-256 of what it holds. The name
on disk is a keyed hash, so that a stranger cannot tell whether a known document is here.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Iterator
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from desktop.base.errors import EnvironmentFault, RuleBroken
from desktop.base.paths import fault_from, write_file
from desktop.base.text import _

# 64 MB, a little less than the 64 MiB that a sealed file may have: what is kept here must be able to travel.
MAX_BYTES = 64_000_000
DAMAGED = "ATT-003"
_MAGIC = b"JWA1"
_NONCE_BYTES = 12


class Attachments:
    """The encrypted files of one room."""

    def __init__(self, folder: Path, key: bytes) -> None:
        self._folder = folder
        self._key = key

    def put(self, data: bytes) -> str:
        """Keeps the bytes and returns their SHA-256 in hex; keeping the same bytes twice is one file.

        Errors:  RuleBroken ATT-001 when empty or over 64 MB; EnvironmentFault when the disk refuses.
        """
        if not 0 < len(data) <= MAX_BYTES:
            raise RuleBroken("ATT-001", _("附件是空的或超过 64 MB，没有保存。请重新扫描或压缩后再加"))
        sha256 = hashlib.sha256(data).hexdigest()
        if not self._is_whole(sha256):
            target = self._path(sha256)
            nonce = os.urandom(_NONCE_BYTES)
            sealed = AESGCM(self._key).encrypt(nonce, data, sha256.encode())
            try:
                target.parent.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise fault_from(error, _("保存附件")) from error
            write_file(target, _MAGIC + nonce + sealed, doing=_("保存附件"))
        return sha256

    def _is_whole(self, sha256: str) -> bool:
        """Whether the file lies here unharmed; a damaged one is written anew by whoever brings its bytes again."""
        if not self.has(sha256):
            return False
        try:
            self.get(sha256)
        except EnvironmentFault as fault:
            if fault.code != DAMAGED:
                raise
            return False
        return True

    def get(self, sha256: str) -> bytes:
        """The bytes of a file.

        Errors:  EnvironmentFault ATT-002 when it is not here (yet), ATT-003 when it is damaged, ENV-0xx when the disk
                 does not give it.
        """
        try:
            sealed = self._path(sha256).read_bytes()
        except FileNotFoundError:
            raise EnvironmentFault("ATT-002", _("附件未到：这台电脑上还没有这份文件，同步后再看")) from None
        except OSError as error:
            raise fault_from(error, _("读取附件")) from error
        head, start = sealed[: len(_MAGIC)], len(_MAGIC) + _NONCE_BYTES
        try:
            if head != _MAGIC:
                raise ValueError(head)  # noqa: TRY301 - damage like any other
            return AESGCM(self._key).decrypt(sealed[len(_MAGIC) : start], sealed[start:], sha256.encode())
        except (InvalidTag, ValueError):
            raise EnvironmentFault(DAMAGED, _("附件文件已损坏，请从备份或县局取回")) from None

    def has(self, sha256: str) -> bool:
        """Whether the file is here."""
        return self._path(sha256).exists()

    def files(self) -> Iterator[Path]:
        """Every kept file, for backups."""
        return (path for path in sorted(self._folder.rglob("*.jwa")) if path.is_file())

    def _path(self, sha256: str) -> Path:
        name = hmac.new(self._key, sha256.encode(), "sha256").hexdigest()
        return self._folder / name[:2] / f"{name[2:]}.jwa"
