"""Work leaves the window here: a thread each for database, paper, small files, printer; nobody else starts any.

A job runs in the order in which it was given to its lane. What it returns is a frozen value and arrives in a callback
on the window's thread. A known failure goes to `failed`, or to the message bar; anything else is our bug and goes to
the crash window. A callback whose window is gone is dropped.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any, NamedTuple, TypeVar

import shiboken6
from PySide6.QtCore import QObject, Signal

from desktop.base.errors import Failure
from desktop.widgets.garbage import Garbage

DATABASE = "database"
PAPER = "paper"
FILES = "files"
PRINTER = "printer"
"""What goes to a printer: a driver may take its time, and nobody else waits for it."""
PRINTER_LIST = "printer list"
"""Asking which printers there are; a network printer that is switched off can hold this up for minutes."""

Result = TypeVar("Result")


class Cancelled(Exception):  # noqa: N818 - a person's wish, not an error
    """Raised inside a job, at its next report, when a person pressed cancel."""


class Report(NamedTuple):
    """How far a job is: what it does now and, when it is known, how much of how much."""

    label: str
    stage: str
    done: int
    total: int


class Progress:
    """Given to a long job, which calls it with its stage and counts; stops the job there when it was cancelled."""

    def __init__(self, label: str, tell: Callable[[Report], None]) -> None:
        self._label = label
        self._tell = tell
        self._cancelled = threading.Event()

    def __call__(self, stage: str, done: int = 0, total: int = 0) -> None:
        """Tells how far the job is.

        Errors:  Cancelled when a person does not want it any more.
        """
        if self._cancelled.is_set():
            raise Cancelled
        self._tell(Report(self._label, stage, done, total))

    @property
    def is_cancelled(self) -> bool:
        """Whether a person does not want the job any more."""
        return self._cancelled.is_set()

    def cancel(self) -> None:
        """Asks the job to stop at its next report."""
        self._cancelled.set()


class _Call(NamedTuple):
    """What was asked for."""

    job: Callable[[], Any]
    done: Callable[[Any], object] | None
    failed: Callable[[Failure], object] | None
    ended: Callable[[], object] | None
    label: str
    owner: QObject | None


class _Answer(NamedTuple):
    """What came of it."""

    call: _Call
    result: Any = None
    error: BaseException | None = None


class Runner(QObject):
    """Runs jobs in lanes and brings their answers back to the window's thread."""

    busy_changed = Signal(str)
    reported = Signal(object)
    failure_untold = Signal(object)
    crashed = Signal(object)
    _finished = Signal(object)
    _started = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._lanes: dict[str, SimpleQueue[_Call | None]] = {}
        self._threads: list[threading.Thread] = []
        self._waiting = 0
        self._garbage = Garbage(self)
        # Emitted in a lane and received here, so Qt queues them for the thread of the window.
        self._finished.connect(self._deliver)
        self._started.connect(self._note_start)

    @property
    def is_idle(self) -> bool:
        """Whether every job given so far has been answered."""
        return self._waiting == 0

    def run(
        self,
        job: Callable[[], Result],
        done: Callable[[Result], object] | None = None,
        failed: Callable[[Failure], object] | None = None,
        *,
        label: str = "",
        lane: str = DATABASE,
        owner: QObject | None = None,
        ended: Callable[[], object] | None = None,
    ) -> None:
        """Runs the job in its lane.

        Shape:   `label` stands in the status strip while it runs; `owner` is the window the answer is for; `ended` is
                 called after any answer, also after a bug, to make buttons live again.
        """
        self._waiting += 1
        self._lane(lane).put(_Call(job, done, failed, ended, label, owner))

    def run_long(
        self,
        job: Callable[[Progress], Result],
        done: Callable[[Result], object] | None = None,
        failed: Callable[[Failure], object] | None = None,
        *,
        label: str,
        lane: str = DATABASE,
        owner: QObject | None = None,
        ended: Callable[[], object] | None = None,
    ) -> Progress:
        """Runs a job that reports its stages; the answer can cancel it."""
        progress = Progress(label, self.reported.emit)
        self.run(lambda: job(progress), done, failed, label=label, lane=lane, owner=owner, ended=ended)
        return progress

    def stop(self, seconds: float = 10.0) -> None:
        """Ends the lanes after the jobs that they hold; answers that have not been delivered are dropped."""
        for lane in self._lanes.values():
            lane.put(None)
        for thread in self._threads:
            thread.join(seconds)
        self._lanes.clear()
        self._threads.clear()
        self._garbage.stop()

    def drain(self, seconds: float) -> bool:
        """Waits until every lane has done what it holds now; only for the moment when the PC is being shut down.

        Shape:   whether all was done in that time.
        """
        ends = []
        for name in list(self._lanes):
            ends.append(threading.Event())
            self.run(ends[-1].set, lane=name)
        return all(end.wait(seconds) for end in ends)

    def _lane(self, name: str) -> SimpleQueue[_Call | None]:
        lane = self._lanes.get(name)
        if lane is None:
            lane = self._lanes[name] = SimpleQueue()
            thread = threading.Thread(target=self._work, args=(lane,), name=f"jingwushi-{name}", daemon=True)
            self._threads.append(thread)
            self._garbage.start()
            thread.start()
        return lane

    def _work(self, lane: SimpleQueue[_Call | None]) -> None:
        while (call := lane.get()) is not None:
            if call.label:
                self._started.emit(call)
            try:
                answer = _Answer(call, call.job())
            except Exception as error:  # noqa: BLE001 - one of the three places: the window's thread sorts it
                answer = _Answer(call, error=error)
            if not shiboken6.isValid(self):
                return
            self._finished.emit(answer)

    def _note_start(self, call: _Call) -> None:
        self.busy_changed.emit(call.label)

    def _deliver(self, answer: _Answer) -> None:
        self._waiting -= 1
        call = answer.call
        if call.label:
            self.busy_changed.emit("")
        gone = call.owner is not None and not shiboken6.isValid(call.owner)
        try:
            self._pass_on(answer, gone=gone)
        finally:
            if call.ended is not None and not gone:
                call.ended()

    def _pass_on(self, answer: _Answer, *, gone: bool) -> None:
        call, error = answer.call, answer.error
        if error is None:
            if call.done is not None and not gone:
                call.done(answer.result)
        elif isinstance(error, Failure):
            if call.failed is not None and not gone:
                call.failed(error)
            else:
                self.failure_untold.emit(error)
        elif not isinstance(error, Cancelled):
            self.crashed.emit(error)
