"""Cycles are taken down by the window's thread, whoever else allocates."""

from __future__ import annotations

import gc
import threading
import weakref

from pytestqt.qtbot import QtBot

from desktop.widgets.garbage import Garbage
from desktop.widgets.runner import Runner


class Cycle:
    def __init__(self, gone_in: list[str]) -> None:
        self.me = self
        weakref.finalize(self, lambda: gone_in.append(threading.current_thread().name))


def allocate_much() -> int:
    return len([[number] for number in range(50_000)])


def test_cycle_is_not_taken_down_by_a_lane(qtbot: QtBot, runner: Runner) -> None:
    gone_in: list[str] = []
    runner.run(lambda: None)
    qtbot.waitUntil(lambda: runner.is_idle)
    Cycle(gone_in)

    for _time in range(20):
        runner.run(allocate_much)
    qtbot.waitUntil(lambda: runner.is_idle)
    assert gone_in in ([], ["MainThread"])
    gc.collect()

    assert gone_in == ["MainThread"]


def test_collector_works_by_the_thresholds(qtbot: QtBot, runner: Runner) -> None:
    gone_in: list[str] = []
    garbage = Garbage(runner)
    garbage.start()
    Cycle(gone_in)
    keep = [[number] for number in range(20_000)]

    garbage.collect()

    assert gone_in == ["MainThread"]
    assert keep
    garbage.stop()


def test_python_collects_again_after_the_runner_has_stopped(qtbot: QtBot) -> None:
    # Another test's runner may not have been taken down yet, and it holds Python's collector off.
    gc.enable()
    runner = Runner()
    runner.run(lambda: None)
    assert not gc.isenabled()

    runner.stop()

    assert gc.isenabled()
