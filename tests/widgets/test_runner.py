"""Work leaves the window and comes back: in order, on the window's thread, with every failure told to somebody."""

from __future__ import annotations

import threading

import shiboken6
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from desktop.base.errors import EnvironmentFault, Failure
from desktop.widgets.runner import PAPER, Progress, Report, Runner


def test_run_gives_the_result_on_the_window_thread(qtbot: QtBot, runner: Runner) -> None:
    threads: list[str] = []
    results: list[int] = []

    def job() -> int:
        threads.append(threading.current_thread().name)
        return 7

    def done(result: int) -> None:
        threads.append(threading.current_thread().name)
        results.append(result)

    runner.run(job, done)
    qtbot.waitUntil(lambda: runner.is_idle)

    assert results == [7]
    assert threads == ["jingwushi-database", "MainThread"]


def test_run_keeps_the_order_within_a_lane(qtbot: QtBot, runner: Runner) -> None:
    order: list[int] = []
    for number in range(20):
        runner.run(lambda number=number: number, order.append)  # type: ignore[misc]
    qtbot.waitUntil(lambda: runner.is_idle)

    assert order == list(range(20))


def test_lanes_do_not_wait_for_each_other(qtbot: QtBot, runner: Runner) -> None:
    gate = threading.Event()
    runner.run(lambda: gate.wait(10))
    with qtbot.waitCallback() as printed:
        runner.run(lambda: "page", printed, lane=PAPER)
    gate.set()

    assert printed.args == ["page"]
    qtbot.waitUntil(lambda: runner.is_idle)


def test_failure_goes_to_the_one_who_asked(qtbot: QtBot, runner: Runner) -> None:
    told: list[Failure] = []
    untold: list[Failure] = []
    runner.failure_untold.connect(untold.append)

    def job() -> None:
        raise EnvironmentFault("ENV-001", "磁盘满了")

    runner.run(job, failed=told.append)
    qtbot.waitUntil(lambda: runner.is_idle)

    assert [one.code for one in told] == ["ENV-001"]
    assert not untold


def test_failure_that_nobody_takes_goes_to_the_message_bar(qtbot: QtBot, runner: Runner) -> None:
    def job() -> None:
        raise EnvironmentFault("ENV-001", "磁盘满了")

    with qtbot.waitSignal(runner.failure_untold) as told:
        runner.run(job)

    assert told.args[0].code == "ENV-001"


def test_bug_goes_to_the_crash_window_and_buttons_live_again(qtbot: QtBot, runner: Runner) -> None:
    ended: list[str] = []
    done: list[object] = []
    with qtbot.waitSignal(runner.crashed) as crashed:
        runner.run(lambda: 1 // 0, done.append, ended=lambda: ended.append("ended"))
    qtbot.waitUntil(lambda: bool(ended))

    assert isinstance(crashed.args[0], ZeroDivisionError)
    assert not done


def test_answer_for_a_window_that_is_gone_is_dropped(qtbot: QtBot, runner: Runner) -> None:
    owner = QObject()
    got: list[int] = []
    gate = threading.Event()
    runner.run(lambda: gate.wait(10))
    runner.run(lambda: 1, got.append, owner=owner, ended=lambda: got.append(2))
    shiboken6.delete(owner)
    gate.set()
    qtbot.waitUntil(lambda: runner.is_idle)

    assert got == []


def test_cancelled_job_stops_at_its_next_report(qtbot: QtBot, runner: Runner) -> None:
    begun, gate = threading.Event(), threading.Event()
    steps: list[int] = []
    crashed: list[BaseException] = []
    runner.crashed.connect(crashed.append)

    def job(progress: Progress) -> None:
        for number in range(3):
            progress("写入", number, 3)
            steps.append(number)
            begun.set()
            gate.wait(10)

    progress = runner.run_long(job, label="交换")
    begun.wait(10)
    progress.cancel()
    gate.set()
    qtbot.waitUntil(lambda: runner.is_idle)

    assert steps == [0]
    assert not crashed


def test_progress_tells_stage_and_counts(qtbot: QtBot, runner: Runner) -> None:
    with qtbot.waitSignal(runner.reported) as told:
        runner.run_long(lambda progress: progress("写入U盘", 2, 5), label="交换")

    assert told.args == [Report("交换", "写入U盘", 2, 5)]
    qtbot.waitUntil(lambda: runner.is_idle)


def test_stop_finishes_the_jobs_already_given(qapp: object) -> None:
    runner = Runner()
    finished: list[int] = []
    for number in range(5):
        runner.run(lambda number=number: finished.append(number))  # type: ignore[misc]

    runner.stop()

    assert finished == [0, 1, 2, 3, 4]
