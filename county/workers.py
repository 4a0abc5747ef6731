"""Several processes behind one listening socket, because one Python uses one processor.

The first process unlocked the county and hands the others its data key through the pipe that starts them: nothing of it
is on a command line or a disk. They end when it ends, whatever it ends of.
"""

from __future__ import annotations

import multiprocessing
import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from desktop.base.log import start_log, stop_log
from desktop.staff.office import Office
from desktop.staff.rooms import Rooms

END_SECONDS = 30.0
Run = Callable[[Office, socket.socket, "Manner"], None]


@dataclass(frozen=True)
class Manner:
    """How each process serves: over TLS, and with which certificate when it is not the county's own."""

    with_tls: bool = False
    certificate: Path | None = None
    key: Path | None = None


@dataclass(frozen=True)
class _Start:
    """What a further process needs to open the same county."""

    rooms: Rooms
    home: Path
    user: str
    data_key: bytes
    number: int
    manner: Manner
    run: Run


@contextmanager
def workers(
    rooms: Rooms, office: Office, door: socket.socket, count: int, *, manner: Manner, run: Run
) -> Iterator[None]:
    """Further processes that serve the same socket while the block runs; `count` includes this one."""
    context = multiprocessing.get_context("spawn")
    started = []
    for number in range(2, count + 1):
        start = _Start(rooms, office.home, office.actor.name, office.data_key, number, manner, run)
        process = context.Process(target=_work, args=(start, door), daemon=True)
        process.start()
        started.append(process)
    try:
        yield
    finally:
        for process in started:
            process.terminate()
        for process in started:
            process.join(END_SECONDS)


def _work(start: _Start, door: socket.socket) -> None:
    _end_with_the_first()
    office = start.rooms.open_with_key(start.home, start.user, start.data_key)
    # Two processes cannot turn over one file.
    start_log(start.home / "logs" / f"worker-{start.number}")
    try:
        start.run(office, door, start.manner)
    finally:
        stop_log()
        office.database.close()


def _end_with_the_first() -> None:
    """A killed first process must not leave others that hold the address and the data."""
    first = multiprocessing.parent_process()
    if first is None:
        return

    def watch() -> None:
        first.join()
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
