"""Where the update folder lies: on a stick, or at the county's address. Nothing that comes from here is believed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from tuf.api.exceptions import DownloadHTTPError
from tuf.ngclient import FetcherInterface

FOLDER = "update"
_PART_BYTES = 1 << 20
_SCHEME = "update://folder/"
_NOT_FOUND = 404
_TIMEOUT_SECONDS = 60.0


class FolderSource(FetcherInterface):
    """A folder `update` on a stick, or wherever somebody copied it."""

    address = _SCHEME

    def __init__(self, root: Path) -> None:
        self._folder = root / FOLDER

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
                yield part


class CountySource(FetcherInterface):
    """The same folder behind the county's address, the only one that this PC may open a connection to."""

    def __init__(self, server: str) -> None:
        self.address = f"{server.rstrip('/')}/{FOLDER}/"

    def is_there(self) -> bool:
        """Only asking tells."""
        return True

    def _fetch(self, url: str) -> Iterator[bytes]:
        import httpx2  # noqa: PLC0415 - a stick needs no network

        with httpx2.stream("GET", url, timeout=_TIMEOUT_SECONDS, trust_env=False) as answer:
            if answer.status_code != httpx2.codes.OK:
                raise DownloadHTTPError(f"no {url}", answer.status_code)
            yield from answer.iter_bytes(_PART_BYTES)


Source = FolderSource | CountySource
"""Either: the same bytes, the same questions."""
