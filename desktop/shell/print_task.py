"""One order to print, from the press of the button to the last line of the log; outlives the preview that gave it.

Checks the edges of the pages, notes the order, sends run after run, asks for the stack to be turned between them, and
says afterwards which pages were sent and which were not. All of it in the background: nobody waits.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import shiboken6
from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from desktop.base.errors import Failure
from desktop.base.text import _
from desktop.printing import preview
from desktop.printing.jobs import BLANK, Outcome, PrinterSetup, PrintJob, words_of_pages
from desktop.shell.desk import Desk
from desktop.staff.prints import PrintOrder
from desktop.widgets.ask import Option
from desktop.widgets.runner import PRINTER, Progress

_PAGES_TOLD = 8


class PrintTask(QObject):
    """Prints one order. `told` carries how it ended in words and its state; `ended` comes last, exactly once.

    Shape:   `windows` are those to ask over, the nearest first; the first that is still on screen is taken.
    """

    told = Signal(str, str)
    rest_left = Signal(str)
    ended = Signal()

    def __init__(self, desk: Desk, order: PrintOrder, job: PrintJob, windows: Sequence[QWidget]) -> None:
        super().__init__(desk)
        self.desk = desk
        self.order = order
        self._job = job
        self._runs: list[tuple[int, ...]] = []
        self._windows = tuple(windows)
        self._outcomes: list[Outcome] = []
        self._print_id = ""
        self._progress: Progress | None = None
        self._step = 0
        self.is_under_way = True

    @property
    def label(self) -> str:
        """What the strip calls it."""
        return _("打印{paper}").format(paper=self.order.label)

    def start(self) -> None:
        """Looks at the edges first: what stands too near to them is cut off by every printer."""
        self._run(self._look_at_edges, self._edges_known, self._has_failed)

    def _run(
        self,
        job: Callable[[Progress], Any],
        done: Callable[[Any], None],
        failed: Callable[[Failure], None],
    ) -> None:
        self._step += 1
        step = self._step
        self._progress = self.desk.runner.run_long(
            job,
            done,
            failed,
            label=self.label,
            lane=PRINTER,
            owner=self,
            ended=lambda: self._was_answered(step),
        )

    def _was_answered(self, step: int) -> None:
        """A job that was neither done nor failed was cancelled, or it is our bug; the window must not wait for it."""
        if self._progress is not None and self._step == step:
            self._end(_("没有打印"), "")

    def cancel(self) -> None:
        """Stops before the next page."""
        if self._progress is not None:
            self._progress.cancel()

    # -- edges -------------------------------------------------------------------------------------------------------

    def _look_at_edges(self, progress: Progress) -> tuple[PrinterSetup, list[int]]:
        setup = self.desk.spool.setup_of(self.order.printer)
        pages, near = sorted(set(self._job.pages)), []
        for done, (page, is_near) in enumerate(
            preview.pages_near_edge(self.order.pdf, pages, setup.dx_mm, setup.dy_mm), 1
        ):
            progress(_("检查页边"), done, len(pages))
            if is_near:
                near.append(page)
        return setup, near

    def _edges_known(self, found: tuple[PrinterSetup, list[int]]) -> None:
        self._progress = None
        setup, near = found
        self._runs = list(self._job.runs(setup))
        if not near:
            self._note()
            return
        words = _("第 {pages} 页有内容离纸边不到 5 毫米，打印机可能印不全。").format(pages=_pages(near))
        options = (Option("no", _("先不打")), Option("yes", _("照样打印")))
        self.desk.ask.question(self._window(), _("离纸边太近"), words, options, self._edges_answered)

    def _edges_answered(self, key: str) -> None:
        if key == "yes":
            self._note()
        else:
            self._end(_("没有打印"), "")

    # -- sending -----------------------------------------------------------------------------------------------------

    def _note(self) -> None:
        office, order = self.desk.office, self.order
        self.desk.runner.run(
            lambda: office.begin_print(order), self._send, self._has_failed, owner=self, label=self.label
        )

    def _send(self, print_id: str = "") -> None:
        self._print_id = print_id or self._print_id
        spool, order, run = self.desk.spool, self.order, self._runs[len(self._outcomes)]

        def job(progress: Progress) -> Outcome:
            def tell(stage: str, done: int, total: int) -> None:
                # A cancelled job is asked for between two pages; raising here would lose the count.
                if not progress.is_cancelled:
                    progress(stage, done, total)

            return spool.print_run(order.pdf, order.printer, run, tell, lambda: progress.is_cancelled)

        self._run(job, self._was_sent, self._broke)

    def _broke(self, failure: Failure) -> None:
        """The printer did not even begin."""
        self._was_sent(Outcome(self._runs[len(self._outcomes)], 0, fault=failure.sentence))

    def _was_sent(self, outcome: Outcome) -> None:
        self._progress = None
        self._outcomes.append(outcome)
        if not outcome.is_whole or len(self._outcomes) == len(self._runs):
            self._finish()
            return
        words = _(
            "正面已经送出。等纸全部出来，把整叠纸取出、翻面（有字的一面按打印机纸盒的图示放），放回纸盒，再印反面。"
        )
        options = (Option("go", _("纸已放好，印反面")), Option("stop", _("不印反面了"), is_danger=True))
        self.desk.ask.question(self._window(), _("请把纸翻面"), words, options, self._turned)

    def _turned(self, key: str) -> None:
        if key == "go":
            self._send()
        else:
            self._outcomes.append(Outcome(self._runs[len(self._outcomes)], 0, is_cancelled=True))
            self._finish()

    # -- the end -----------------------------------------------------------------------------------------------------

    def _finish(self) -> None:
        office, print_id, outcomes = self.desk.office, self._print_id, tuple(self._outcomes)
        self.desk.runner.run(
            lambda: office.end_print(print_id, outcomes),
            lambda _none: self._tell(),
            self._has_failed,
            owner=self,
        )

    def _tell(self) -> None:
        last = self._outcomes[-1]
        if last.is_whole:
            self._end(_("已送到打印机"), "ok")
            return
        left = [page for run in self._left() for page in run if page != BLANK]
        sent = [page for one in self._outcomes for page in one.sent if page != BLANK]
        words = (
            _("已送出第 {sent} 页，第 {left} 页没有送出").format(sent=_pages(sent), left=_pages(left))
            if sent
            else _("一页也没有送出")
        )
        self.rest_left.emit(words_of_pages(left))
        if last.is_cancelled:
            self._end(words, "warn")
            return
        options = (Option("rest", _("接着印没送出的")), Option("no", _("不印了")))
        told = _("{fault}\n{words}。纸上印出了几页，以打印机为准。").format(fault=last.fault, words=words)
        self.desk.ask.question(
            self._window(), _("没有印完"), told, options, lambda key: self._rest_answered(key, words)
        )

    def _left(self) -> list[tuple[int, ...]]:
        """What was not sent: the end of the run that broke off, and the runs after it."""
        return [self._outcomes[-1].rest, *self._runs[len(self._outcomes) :]]

    def _rest_answered(self, key: str, words: str) -> None:
        if key != "rest":
            self._end(words, "error")
            return
        self._runs, self._outcomes = self._left(), []
        pages = tuple(page for run in self._runs for page in run if page != BLANK)
        self.order = PrintOrder(self.order.pdf, self.order.label, self.order.printer, pages)
        self._note()

    def _has_failed(self, failure: Failure) -> None:
        self._end(f"{failure.sentence}  [{failure.code}]", "error")

    def _end(self, words: str, state: str) -> None:
        self._progress, self.is_under_way = None, False
        if not any(shiboken6.isValid(one) and one.isVisible() for one in self._windows[:1]):
            # The preview is closed; somebody must still hear of it.
            self.desk.messages.tell(f"{self.order.label}：{words}", state or "info")
        self.told.emit(words, state)
        self.ended.emit()
        self.deleteLater()

    def _window(self) -> QWidget:
        for one in self._windows:
            if shiboken6.isValid(one) and one.isVisible():
                return one
        return self._windows[-1]


def _pages(pages: Sequence[int]) -> str:
    spans = words_of_pages(pages).split(",")
    return "、".join(spans) if len(spans) <= _PAGES_TOLD else "、".join([*spans[:_PAGES_TOLD], "…"])
