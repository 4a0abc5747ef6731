"""Where the update folder lies: on a stick, or at the county's address. Nothing that comes from here is believed."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath

from tuf.api.exceptions import DownloadHTTPError
from tuf.ngclient import FetcherInterface

FOLDER = "update"
_PART_BYTES = 1 << 20
_SCHEME = "update://folder/"
_FOUND, _NOT_FOUND = 200, 404

Get = Callable[[str, Callable[[bytes], object]], int]
Tell = Callable[[int], object]
"""Hears of every part that came, in bytes; what it raises ends the reading."""


def _tell_nobody(_size_bytes: int) -> None:
    """Nobody waits for this file."""


class FolderSource(FetcherInterface):
    """A folder `update` on a stick, or wherever somebody copied it."""

    address = _SCHEME

    def __init__(self, root: Path) -> None:
        # Whoever is asked for the stick may as well point at the folder on it.
        self._folder = root if root.name == FOLDER and (root / "metadata").is_dir() else root / FOLDER
        self.tell: Tell = _tell_nobody

    def is_there(self) -> bool:
        """Whether anything of an update lies here; cheap."""
        return (self._folder / "metadata" / "timestamp.json").is_file()

    def _fetch(self, url: str) -> Iterator[bytes]:
        parts = PurePosixPath(url.removeprefix(_SCHEME)).parts
        path = self._folder.joinpath(*parts)
        if ".." in parts or not path.is_file():
            raise DownloadHTTPError(f"no {url}", _NOT_FOUND)
        with path.open("rb") as stream:
            while part := stream.read(_PART_BYTES):
                self.tell(len(part))
                yield part


class CountySource(FetcherInterface):
    """The same folder behind the county's address, over the door through which this PC exchanges anyway.

    Shape:   `get` asks for a path, hands the body of a good answer on piece by piece, and gives the status.
    """

    address = _SCHEME

    def __init__(self, get: Get) -> None:
        self._get = get
        self.tell: Tell = _tell_nobody

    def is_there(self) -> bool:
        """Only asking tells."""
        return True

    def _fetch(self, url: str) -> Iterator[bytes]:
        # Whole before any of it is looked at: a line that drops must not leave half a file to judge.
        with tempfile.TemporaryFile() as store:

            def take(part: bytes) -> None:
                self.tell(len(part))
                store.write(part)

            status = self._get(f"/{FOLDER}/{url.removeprefix(_SCHEME)}", take)
            if status != _FOUND:
                raise DownloadHTTPError(f"no {url}", status)
            store.seek(0)
            while part := store.read(_PART_BYTES):
                yield part


Source = FolderSource | CountySource
"""Either: the same bytes, the same questions."""
