"""A stick with 10,000 changes and 200 scans of 300 KB, against a plain copy of the same bytes that is read again.

python -m pytest tests/benchmarks/stick_package.py -m benchmark -s

The plain copy writes each file through to the disk, drops it from memory, reads it again and hashes it, as a careful
person would. Once on the disk as it is, once on a stick that writes 10 MB and reads 25 MB in a second (a common USB 2.0
stick), which is modelled by waiting. The target is 1.3.
"""

from __future__ import annotations

import hashlib
import random
import time
from pathlib import Path

import pytest

from desktop.staff.office import Office
from desktop.staff.records import new_row
from desktop.sync.stick import StickFiles
from desktop.sync.stick_exchange import exchange_by_stick
from tests.helpers.county import World
from tests.helpers.figures import tell

pytestmark = pytest.mark.benchmark
CHANGES, SCANS, SCAN_BYTES = 10_000, 200, 300_000
WRITE_BYTES_A_SECOND, READ_BYTES_A_SECOND = 10_000_000, 25_000_000


class SlowStick(StickFiles):
    """A stick with the pace of a common one."""

    def write(self, path: Path, data: bytes) -> None:
        started = time.perf_counter()
        super().write(path, data)
        rest(started, len(data) / WRITE_BYTES_A_SECOND)

    def read(self, path: Path, most_bytes: int) -> bytes:
        started = time.perf_counter()
        data = super().read(path, most_bytes)
        rest(started, len(data) / READ_BYTES_A_SECOND)
        return data


def rest(started: float, seconds: float) -> None:
    """Waits until so many seconds have gone since."""
    time.sleep(max(0.0, seconds - (time.perf_counter() - started)))


def fill(office: Office, folder: Path) -> None:
    """The changes in a few saves, and the scans."""
    kind = office.registry.kind("staff_member")
    for start in range(0, CHANGES, 500):
        with office.working() as work:
            for number in range(start, start + 500):
                new_row(
                    work, kind, {"name": "张三丰", "role": "officer", "note": f"第{number}次登记，情况正常"}
                )
    person = office.list_ids("staff_member")[0]
    for number in range(SCANS):
        path = folder / f"{number}.pdf"
        path.write_bytes(random.Random(number).randbytes(SCAN_BYTES))
        office.attach("staff_member", person, path)


def plain_copy(source: Path, target: Path, files: StickFiles) -> float:
    """Seconds for writing every file through, reading it again and comparing its hash."""
    wanted = [(path.name, path.read_bytes()) for path in sorted(source.rglob("*")) if path.is_file()]
    target.mkdir()
    started = time.perf_counter()
    for name, data in wanted:
        files.write(target / name, data)
    files.sync_folder(target)
    for name, data in wanted:
        again = files.read(target / name, len(data) + 1)
        assert hashlib.sha256(again).digest() == hashlib.sha256(data).digest()
    return time.perf_counter() - started


@pytest.mark.parametrize("slow", [False, True], ids=["disk", "usb2"])
def test_stick_against_a_plain_copy(world: World, tmp_path: Path, slow: bool) -> None:
    room = world.offices["邻室"]
    fill(room, tmp_path)
    files = SlowStick() if slow else StickFiles()
    started, cpu = time.perf_counter(), time.process_time()
    done = exchange_by_stick(room.exchange(), world.stick(), blobs=room.blobs, files=files).done
    seconds, cpu = time.perf_counter() - started, time.process_time() - cpu
    plain = plain_copy(world.stick(), tmp_path / "plain", files)
    size = sum(path.stat().st_size for path in world.stick().rglob("*") if path.is_file())
    tell(
        f"stick {'usb2' if slow else 'disk'}",
        {
            "commits": done.sent,
            "scans": done.files_sent,
            "bytes": size,
            "s": round(seconds, 2),
            "cpu_s": round(cpu, 2),
            "plain_s": round(plain, 2),
            "ratio": round(seconds / plain, 2),
        },
    )
