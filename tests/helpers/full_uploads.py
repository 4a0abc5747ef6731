"""An upload onto a small disk that fills in the middle: `python -m tests.helpers.full_uploads COUNTY ROOM`.

The county's folder of uploads is a disk of its own with room for one attachment and what must stay free. Run by
`tests/county/test_full_disk.py`, which mounts it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

from desktop.base.clock import SystemClock
from desktop.staff.status import verify_office
from desktop.sync.blob_network import exchange_blobs
from desktop.sync.network import Receive, Reply
from tests.county.test_blobs import SCAN, TestWire, state_of, travel
from tests.helpers.county import COUNTY, World
from tests.helpers.rooms import toy_rooms

MIB = 1024 * 1024
ROOM = "甲机"


def say(**told: object) -> None:
    """One line for each."""
    for name, value in told.items():
        sys.stdout.write(f"{name}={value}\n")


class FillingWire(TestWire):
    """Fills the disk just before the first body comes, but for a part of it."""

    filler: Path

    def __call__(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str],
        body: Iterable[bytes] | bytes = b"",
        receive: Receive | None = None,
    ) -> Reply:
        """One request."""
        if method == "PATCH" and not self.filler.exists():
            self.filler.write_bytes(b"\0" * (65 * MIB + 900 * 1024))
        return super().__call__(method, path, headers, body, receive)


def main(county_home: Path, room_home: Path) -> None:
    """A full disk, then room again."""
    clock = SystemClock()
    world = World(county_home.parent, clock, toy_rooms(clock))
    county, room = world.open(county_home.name), world.open(room_home.name)
    assert county_home.name == COUNTY
    uploads = county_home / "uploads"
    wire = FillingWire(county)
    wire.filler = uploads / "filler"
    told = exchange_blobs(room.exchange(), room.blobs, wire, wait=lambda _seconds: None)
    say(full=told.failures[0].code)
    sizes = [path.stat().st_size for path in uploads.glob("*.up")]
    say(arrived_in_part=len(sizes) == 1 and 0 < sizes[0] < len(SCAN))
    wire.filler.write_bytes(b"")
    travel(world, ROOM, wire)
    [file] = room.files("staff_member", room.list_ids("staff_member")[0])
    say(room=state_of(room, file["sha256"]))
    say(whole=county.attachments.get(file["sha256"]) == SCAN)
    say(verified=all(verify_office(one, deep=True)["ok"] for one in (county, room)))
    world.close_all()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
