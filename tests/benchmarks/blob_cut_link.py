"""A 20 MB scan over a line that is cut after each 1 MiB, beside the stock tus client on the same line.

python -m pytest tests/benchmarks/blob_cut_link.py -m benchmark -s

Prints what the line carried against what the file holds; the target is 1.05. `tuspy` is given as many tries as it
needs and asks each time where to go on, as its manual says.
"""

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest

from desktop.staff.office import Office
from desktop.sync.blob_network import BLOBS_PATH, UPLOAD, signed_headers
from desktop.sync.blob_travel import seal_for
from desktop.sync.blobs import unconfirmed
from tests.helpers.county import COUNTY, World
from tests.helpers.figures import tell
from tests.helpers.server import CutLine, serving

pytestmark = pytest.mark.benchmark
SIZE_BYTES, CUT_BYTES = 20_000_000, 1024 * 1024


def test_scan_over_a_cut_line(world: World, tmp_path: Path) -> None:
    room = world.offices["甲机"]
    room.exchange()
    world.close(COUNTY)
    with serving(world.folder / COUNTY) as (address, _process):
        ours(room, tmp_path, address, SIZE_BYTES, CUT_BYTES)
        stock(room, tmp_path, address, SIZE_BYTES, CUT_BYTES)


def attach(room: Office, folder: Path, size_bytes: int, seed: int) -> None:
    """A scan of that size on a record."""
    person = room.add("staff_member", {"name": "张三丰", "role": "民警"}).id
    path = folder / f"{seed}.pdf"
    path.write_bytes(random.Random(seed).randbytes(size_bytes))
    room.attach("staff_member", person, path)


def ours(room: Office, folder: Path, address: str, size_bytes: int, cut_bytes: int) -> None:
    """One exchange of the room."""
    attach(room, folder, size_bytes, 1)
    line = CutLine(address, cut_up_bytes=cut_bytes)
    started = time.perf_counter()
    done = room.exchange_network(server=line.address)
    seconds = time.perf_counter() - started
    line.close()
    tell_line("ours", line, size_bytes, seconds, f"files sent {done.files_sent}, equal {done.equal}")


def stock(room: Office, folder: Path, address: str, size_bytes: int, cut_bytes: int) -> None:
    """The same by tuspy, whose chunk is ours."""
    from tusclient.client import TusClient
    from tusclient.exceptions import TusCommunicationError, TusUploadFailed

    attach(room, folder, size_bytes, 2)
    with room.reading() as session:
        [blob] = unconfirmed(session.connection(), (room.place.scope,))
    exchange = room.exchange()
    sealed = folder / "sealed.jwa"
    sealed.write_bytes(seal_for(exchange, room.blobs, exchange.county(), blob))
    line = CutLine(address, cut_up_bytes=cut_bytes)
    client = TusClient(f"{line.address}{BLOBS_PATH}", headers=signed_headers(exchange, UPLOAD))
    started = time.perf_counter()
    tries = 0
    with sealed.open("rb") as stream:
        uploader = client.uploader(file_stream=stream, chunk_size=1024 * 1024)
        while tries < 2000:
            tries += 1
            try:
                uploader.upload()
                break
            except (TusUploadFailed, TusCommunicationError, OSError):
                uploader = client.uploader(file_stream=stream, chunk_size=1024 * 1024, url=uploader.url)
    seconds = time.perf_counter() - started
    line.close()
    tell_line("tuspy", line, size_bytes, seconds, f"tries {tries}")


def tell_line(who: str, line: CutLine, size_bytes: int, seconds: float, more: str) -> None:
    """One line of figures."""
    tell(
        f"scan {who}",
        {
            "bytes": size_bytes,
            "line_bytes": line.passed_bytes,
            "ratio": round(line.passed_bytes / size_bytes, 4),
            "cuts": line.cuts_count,
            "s": round(seconds, 1),
            "more": more,
        },
    )
