"""One deed in a process of its own that is killed in the middle: `python -m tests.helpers.killed HOME DEED TO SECONDS`.

Says `began` before the deed, and each attachment's hash once the save that named it came back.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import threading
from pathlib import Path

from desktop.base.clock import SystemClock
from desktop.base.errors import Failure
from desktop.bootstrap import build_catalogue
from desktop.staff.office import Office
from desktop.staff.rooms import Rooms
from tests.helpers.rooms import PASSWORD, TOY, USER


def say(word: str) -> None:
    """One line that survives the death of this process."""
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


def die() -> None:
    """As a power cut does for a process: nothing is tidied up."""
    os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))


def attach(office: Office, seed: str) -> None:
    """A record with a scan of a size between 1 KB and 600 KB."""
    chance = random.Random(seed)
    person = office.add("staff_member", {"name": "张三丰", "role": "民警"}).id
    path = office.home / "件.pdf"
    path.write_bytes(chance.randbytes(chance.choice((1_000, 60_000, 600_000))))
    office.attach("staff_member", person, path)
    say(office.files("staff_member", person)[0]["sha256"])


def main(home: str, deed: str, target: str, seconds: str) -> None:
    """Opens the office, does the deed over and over until it is killed or told to do it once."""
    office = Rooms(build_catalogue, SystemClock(), strength=TOY).open(Path(home), USER, PASSWORD)
    say("began")
    if float(seconds) > 0:
        timer = threading.Timer(float(seconds), die)
        timer.daemon = True
        timer.start()
    try:
        if deed != "county":
            attach(office, f"{home}{seconds}{target}")
        if target.startswith("http"):
            office.exchange_network(server=target)
        else:
            office.visit_stick(Path(target))
    except Failure as failure:
        say(f"failed {failure.code}")
    office.database.close()
    say("done")


if __name__ == "__main__":
    main(*sys.argv[1:5])
