"""Remembers where windows stand and how wide columns are, by `objectName`, in one small file under the home.

Losing the file loses nothing but comfort: an unreadable one is started anew.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

from PySide6.QtCore import QByteArray
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

FILE_NAME = "window.json"


class Splits(Protocol):
    """A splitter, as far as its sizes go."""

    def objectName(self) -> str:
        """Its name."""

    def sizes(self) -> list[int]:
        """The sizes of its parts."""

    def setSizes(self, sizes: Sequence[int], /) -> None:
        """Gives its parts sizes."""


class Keep:
    """What the windows remember between two days."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._facts: dict[str, Any] = self._read()

    def _read(self) -> dict[str, Any]:
        if self._path is None or not self._path.is_file():
            return {}
        try:
            facts = json.loads(self._path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return facts if isinstance(facts, dict) else {}

    def get(self, key: str, default: Any = None) -> Any:
        """A fact by its key."""
        return self._facts.get(key, default)

    def put(self, key: str, value: Any) -> None:
        """Remembers a fact until `save`."""
        self._facts[key] = value

    def save(self) -> None:
        """Writes everything; a disk that refuses costs the widths and is no reason to stop anybody."""
        if self._path is None:
            return
        half = self._path.with_suffix(".part")
        try:
            half.write_text(json.dumps(self._facts, ensure_ascii=False), encoding="utf-8")
            half.replace(self._path)
        except OSError:
            half.unlink(missing_ok=True)

    def keep_window(self, window: QWidget) -> None:
        """Remembers place and size of a window."""
        self.put(
            f"window:{window.objectName()}", bytes(window.saveGeometry().toBase64().data()).decode("ascii")
        )

    def restore_window(self, window: QWidget, width: int, height: int) -> None:
        """Puts a window where it was, or gives it a size that fits the screen."""
        kept = self.get(f"window:{window.objectName()}")
        if isinstance(kept, str) and window.restoreGeometry(QByteArray.fromBase64(kept.encode("ascii"))):
            return
        room = QGuiApplication.primaryScreen().availableSize()
        window.resize(min(width, room.width()), min(height, room.height()))

    def column_width(self, name: str, column: str, default: int) -> int:
        """The width of one column as it was left."""
        kept = self.get(f"columns:{name}", {})
        width = kept.get(column, default) if isinstance(kept, dict) else default
        return int(width) if isinstance(width, int | float) and 20 <= width <= 2000 else default

    def keep_split(self, splitter: Splits) -> None:
        """Remembers how a splitter was left."""
        self.put(f"split:{splitter.objectName()}", list(splitter.sizes()))

    def restore_split(self, splitter: Splits, sizes: list[int]) -> None:
        """Puts a splitter as it was left, or to the given sizes."""
        kept = self.get(f"split:{splitter.objectName()}")
        fits = (
            isinstance(kept, list) and len(kept) == len(sizes) and all(isinstance(one, int) for one in kept)
        )
        splitter.setSizes(kept if fits and sum(kept) > 0 else sizes)
