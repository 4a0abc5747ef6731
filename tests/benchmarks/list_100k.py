"""A list of 100,000 records: first paint and jumps, against an empty window of the same run.

    .venv/bin/python tests/benchmarks/list_100k.py

One process; CPU seconds. The rows come from memory through the runner, so what is measured is the window's part.
Goals: first paint at most 2.2 empty windows, a jump at most a tenth of a second.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

# ruff: noqa: E402 - the platform is chosen before Qt is imported
from PySide6.QtCore import QElapsedTimer, QEventLoop, QTimer
from PySide6.QtWidgets import QApplication, QMainWindow

from desktop.shell.application import make_app
from desktop.widgets.filter_bar import FilterBar
from desktop.widgets.keep import Keep
from desktop.widgets.listing import ListColumn, ListQuery, ListRow
from desktop.widgets.record_table import RecordTable
from desktop.widgets.runner import Runner

COUNT = 100_000
COLUMNS = 12
JUMPS = 20
GOAL_JUMP_MS = 100
GOAL_PAINT_RATIO = 2.2
WORDS = ("邻里因排水沟走向发生争执", "走访", "2026-03-05", "已登记", "柳湾一组", "王小青")


class Room:
    """Answers from memory, on the database lane."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner
        self._ids = [f"0198-{number:08d}" for number in range(COUNT)]

    def find(self, query: ListQuery, done: Callable[[list[str]], None]) -> None:
        """All ids."""
        self._runner.run(lambda: list(self._ids), done)

    def fetch(self, ids: Sequence[str], done: Callable[[list[ListRow]], None]) -> None:
        """Twelve words a line."""
        self._runner.run(
            lambda: [ListRow(tuple(WORDS[place % 6] for place in range(COLUMNS))) for _id in ids], done
        )


def spin(milliseconds: int) -> None:
    """Lets the window work."""
    loop = QEventLoop()
    timer = QTimer()
    timer.setSingleShot(True)
    timer.timeout.connect(loop.quit)
    timer.start(milliseconds)
    loop.exec()


def wait_for(condition: Callable[[], bool]) -> None:
    """Lets the window work until something is so."""
    watch = QElapsedTimer()
    watch.start()
    while not condition() and watch.elapsed() < 20_000:
        spin(2)


def empty_window() -> float:
    """CPU seconds of one empty window on screen, without the start of Python and Qt."""
    began = time.process_time()
    window = QMainWindow()
    window.resize(1200, 700)
    window.show()
    window.grab()
    spin(20)
    window.close()
    return time.process_time() - began


def main() -> int:
    """Prints the figures; 1 when a goal is missed."""
    app = make_app(sys.argv[:1], scale=100, language="zh")
    empty_window()
    base = time.process_time()
    runner = Runner()
    room = Room(runner)
    began = time.process_time()
    columns = [ListColumn(f"c{place}", f"第{place}列", 100) for place in range(COLUMNS)]
    filters = FilterBar("toy", date(2026, 3, 5), day_field="day")
    table = RecordTable("toy", columns, filters, Keep(None), find=room.find, fetch=room.fetch)
    table.resize(1200, 700)
    table.show()
    table.reload()
    wait_for(lambda: bool(table.model._pages))
    table.grab()
    paint = time.process_time() - began
    jumps = [jump(table, runner, place) for place in range(JUMPS)]
    middle, worst = sorted(jumps)[JUMPS // 2], max(jumps)
    ratio = (base + paint) / (base)
    sys.stdout.write(
        f"process with an empty window {base:.2f} CPU s; 100,000 rows to first paint {paint:.2f} CPU s more "
        f"(ratio {ratio:.2f}, goal {GOAL_PAINT_RATIO}); jump median {middle:.0f} ms, worst {worst:.0f} ms CPU "
        f"(goal {GOAL_JUMP_MS})\n"
    )
    runner.stop()
    assert isinstance(app, QApplication)
    return 0 if middle <= GOAL_JUMP_MS and ratio <= GOAL_PAINT_RATIO else 1


def jump(table: RecordTable, runner: Runner, place: int) -> float:
    """CPU milliseconds from a far scroll until the new lines are painted."""
    began = time.process_time()
    table.view.scrollTo(table.model.index((place * 7919) % COUNT, 1))
    table.view.viewport().grab()
    wait_for(lambda: runner.is_idle)
    table.view.viewport().grab()
    return (time.process_time() - began) * 1000


if __name__ == "__main__":
    sys.exit(main())
