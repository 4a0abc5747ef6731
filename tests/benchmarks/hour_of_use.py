"""Memory after an hour of work in the window: `python tests/benchmarks/hour_of_use.py HOME`.

Goes through the real main window as a clerk does in an hour (every page, records opened, the jump box, a
form opened and left, a ledger previewed), as fast as it answers, and prints the resident memory on the way.
The room is one made by `demo --size large --months 6 --home HOME`.
Goal: at most 300 MB after 1,500 deeds, which is one every 2.4 seconds of an hour.
"""

from __future__ import annotations

import os
import random
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
sys.path.insert(0, str(Path(__file__).parents[2]))

from PySide6.QtCore import QCoreApplication, QDeadlineTimer, QEvent, QEventLoop, Qt
from PySide6.QtTest import QTest

from desktop.base.clock import SystemClock
from desktop.bootstrap import make_pages, make_rooms
from desktop.cli.room import PRACTICE_PASSWORD, PRACTICE_USER
from desktop.shell.application import Application, make_app
from desktop.shell.room_door import RoomDoor

DEEDS = 1500
TELL_EVERY = 250
WAIT_MS = 20_000


def resident_mb() -> float:
    """Resident memory of this process in MB, from the kernel."""
    with Path("/proc/self/status").open(encoding="ascii") as status:
        line = next(line for line in status if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


def wait_until(true: Callable[[], Any]) -> None:
    """Lets the window work until something is so."""
    deadline = QDeadlineTimer(WAIT_MS)
    while not true():
        QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 20)
        # Outside `exec` nobody else lets go of what was marked for deletion.
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
        if deadline.hasExpired():
            raise TimeoutError
        time.sleep(0.001)


def main(home: Path) -> None:
    """Works for an hour's deeds and prints the memory."""
    clock = SystemClock()
    app = make_app(sys.argv[:1], scale=100, language="zh")
    door = RoomDoor(home, PRACTICE_USER, clock, make_rooms, make_pages=make_pages)
    running = Application(app, door, clock)
    running.start()
    assert running.entrance is not None
    page: Any = running.entrance.page
    told(f"password page {resident_mb():.0f} MB")
    page.edit.setText(os.environ.get("JINGWUSHI_PASSWORD", PRACTICE_PASSWORD))
    page.unlock()
    wait_until(lambda: running.window is not None)
    wait_until(lambda: running.runner.is_idle)
    told(f"main window {resident_mb():.0f} MB")
    dice = random.Random(3)
    for number in range(1, DEEDS + 1):
        one_deed(running, dice)
        if number % TELL_EVERY == 0:
            told(f"{number} deeds {resident_mb():.0f} MB")
    running.window.close()
    running.stop()


def one_deed(running: Application, dice: random.Random) -> None:
    """One thing that a clerk does."""
    window = running.window
    roll = dice.random()
    if roll < 0.25:
        press(window, Qt.Key.Key_1 + dice.randrange(9), Qt.KeyboardModifier.AltModifier)
    elif roll < 0.65:
        kind = dice.choice(["visit", "dispute", "household", "hazard", "patrol", "shift", "people_mediation"])
        office = window.desk.office
        ids = running_result(running, lambda: office.room.list_ids(kind))
        if ids:
            window.desk.open_record(kind, dice.choice(ids))
    elif roll < 0.75:
        press(window, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
        focused: Any = QCoreApplication.instance().focusWidget()  # type: ignore[union-attr]
        if focused is not None:
            QTest.keyClicks(focused, dice.choice(["zs", "lj", "4321", "wang"]))
            QTest.keyClick(focused, Qt.Key.Key_Escape)
    elif roll < 0.9:
        window.desk.open_entry(dice.choice(["visit", "hazard", "dispute"]))
        wait_until(lambda: running.runner.is_idle)
        press(window, Qt.Key.Key_Escape)
    else:
        press(window, Qt.Key.Key_F5)
    wait_until(lambda: running.runner.is_idle)


def running_result(running: Application, job: Callable[[], Any]) -> Any:
    """What a job on the database thread gives."""
    found: list[Any] = []
    running.runner.run(job, found.append)
    wait_until(lambda: found)
    return found[0]


def press(window: Any, key: int, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    """One key on the window."""
    QTest.keyClick(window, Qt.Key(key), modifier)


def told(line: str) -> None:
    """One line of the answer."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
