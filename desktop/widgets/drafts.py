"""Unsaved forms on disk, encrypted: after a power cut the form is offered back.

One file per form, written as a whole and renamed, so a cut leaves the older draft. The key comes from whoever opened
the room; without it a draft is noise. A draft that cannot be read is dropped, because it was never a saved record.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from PySide6.QtCore import QElapsedTimer, QObject, QTimer, Signal

from desktop.base.clock import Clock
from desktop.base.paths import write_file
from desktop.base.text import _
from desktop.widgets.runner import FILES, Runner

NONCE_BYTES = 12
SUFFIX = ".draft"
QUIET_MS = 2000
MOST_MS = 5000


@dataclass(frozen=True)
class Draft:
    """A form as it was left: its place (kind and id, or kind alone for a new record), its values, and when."""

    place: str
    values: Mapping[str, Any]
    at: datetime


class Drafts:
    """The folder of drafts of one room.

    Shape:   `key` has 32 bytes. Methods may be called from one thread at a time; the keeper uses the lane of files.
    """

    def __init__(self, folder: Path, key: bytes) -> None:
        self._folder = folder
        self._cipher = AESGCM(key)

    def _path(self, place: str) -> Path:
        # The name tells nothing: a kind and an id must not be read from a folder listing.
        return self._folder / (hashlib.sha256(place.encode()).hexdigest()[:32] + SUFFIX)

    def write(self, draft: Draft) -> None:
        """Puts a draft on disk, in place of an older one of the same form.

        Errors:  EnvironmentFault ENV-0xx when the disk refuses; the form in the window stays as it is.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        plain = json.dumps(
            {"place": draft.place, "at": draft.at.isoformat(), "values": draft.values}, ensure_ascii=False
        )
        nonce = secrets.token_bytes(NONCE_BYTES)
        sealed = nonce + self._cipher.encrypt(nonce, plain.encode(), None)
        write_file(self._path(draft.place), sealed, doing=_("保存草稿"))

    def read(self, place: str) -> Draft | None:
        """The draft of a form, if there is one that can be read."""
        return self._open(self._path(place))

    def drop(self, place: str) -> None:
        """Forgets the draft of a form."""
        self._path(place).unlink(missing_ok=True)

    def all(self) -> list[Draft]:
        """Every draft that can be read, newest first."""
        if not self._folder.is_dir():
            return []
        found = [draft for path in self._folder.glob(f"*{SUFFIX}") if (draft := self._open(path)) is not None]
        return sorted(found, key=lambda draft: draft.at, reverse=True)

    def _open(self, path: Path) -> Draft | None:
        try:
            sealed = path.read_bytes()
            plain = self._cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], None)
            facts = json.loads(plain)
            return Draft(facts["place"], facts["values"], datetime.fromisoformat(facts["at"]))
        except FileNotFoundError:
            return None
        except (InvalidTag, ValueError, KeyError, TypeError, OSError):
            return None


class DraftKeeper(QObject):
    """Writes the draft of one open form: two seconds after typing, at most every five, and when the page is left."""

    written = Signal(object)
    failed = Signal(object)

    def __init__(
        self,
        drafts: Drafts,
        runner: Runner,
        clock: Clock,
        *,
        place: str,
        values: Callable[[], Mapping[str, Any]],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._drafts = drafts
        self._runner = runner
        self._clock = clock
        self.place = place
        self._values = values
        self._is_touched = False
        self._since_write = QElapsedTimer()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.write_now)

    def touch(self) -> None:
        """Something was typed."""
        if not self._is_touched:
            self._since_write.start()
        self._is_touched = True
        # Typing pushes the write back, but never beyond five seconds after the first untold letter.
        self._timer.start(max(0, min(QUIET_MS, MOST_MS - int(self._since_write.elapsed()))))

    def write_now(self) -> None:
        """Writes what is in the form, if anything was typed since the last time."""
        self._timer.stop()
        if not self._is_touched:
            return
        self._is_touched = False
        draft = Draft(self.place, dict(self._values()), self._clock.now())
        self._runner.run(
            lambda: self._drafts.write(draft),
            lambda _none: self.written.emit(draft.at),
            self.failed.emit,
            lane=FILES,
            owner=self,
        )

    def forget(self) -> None:
        """The form was saved or given up: its draft goes."""
        self._timer.stop()
        self._is_touched = False
        self._runner.run(lambda: self._drafts.drop(self.place), lane=FILES)
