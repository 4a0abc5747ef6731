"""The line at the bottom: is everything kept, who works here, what runs in the background."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QProgressBar

from desktop.base.text import _
from desktop.shell.office import RoomStatus
from desktop.widgets.blocks import button, hide_unless, row, tell_state, text_label
from desktop.widgets.runner import Report
from desktop.widgets.theme import MARKS, px

SHOW_AFTER_MS = 400
STATES = {"ok": "ok", "warn": "warn", "due": "warn", "bad": "error", "late": "error"}


class StatusStrip(QFrame):
    """Safety light and sentence at the left, background job in the middle, the person at the right."""

    light_pressed = Signal()
    lock_wanted = Signal()

    def __init__(self, name: str, *, practice: bool) -> None:
        super().__init__()
        self.setObjectName("statusStrip")
        self.setProperty("look", "strip")
        self.light_button = button(_("○ 正在查看…"), "lightButton", self.light_pressed.emit, kind="item")
        self.job_label = text_label("", "hint", name="jobLabel")
        self.job_bar = QProgressBar()
        self.job_bar.setObjectName("jobBar")
        self.job_bar.setFixedWidth(px(140))
        self.job_bar.setTextVisible(False)
        self.person_label = text_label(name, "soft", name="personLabel")
        self.practice_label = text_label(
            _("{mark}　数据是编的").format(mark=MARKS["practice"].text), "practice", name="practiceLabel"
        )
        hide_unless(practice, self.practice_label)
        self.lock_button = button(_("锁屏"), "lockButton", self.lock_wanted.emit, kind="quiet", hint="Ctrl+L")
        person = (self.practice_label, self.person_label, self.lock_button)
        self.setLayout(row(self.light_button, self.job_label, self.job_bar, 1, *person, margins=(8, 2, 8, 2)))
        self.setFixedHeight(px(38))
        self._job = ""
        self._words = self.light_button.text()
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(SHOW_AFTER_MS)
        self._pause.timeout.connect(self._show_job)
        self._hide_job()

    def set_narrow(self, is_narrow: bool) -> None:
        """Leaves out what stands elsewhere too."""
        mark = MARKS["practice"].text
        self.practice_label.setText(mark if is_narrow else _("{mark}　数据是编的").format(mark=mark))
        self.person_label.setVisible(not is_narrow)

    def show_status(self, status: RoomStatus) -> None:
        """Shows the light with its sentence."""
        self._words = f"{MARKS[status.light].sign} {status.sentence or _('已存本机')}"
        self._show_words()
        tell_state(self.light_button, STATES.get(status.light, ""))

    def _show_words(self) -> None:
        """As much of the sentence as fits; the whole of it is one touch away."""
        others = (self.practice_label, self.person_label, self.lock_button, self.job_label, self.job_bar)
        taken = sum(one.sizeHint().width() + px(8) for one in others if not one.isHidden())
        room = max(px(80), self.width() - taken - px(64))
        elided = self.light_button.fontMetrics().elidedText(self._words, Qt.TextElideMode.ElideRight, room)
        self.light_button.setText(elided)
        self.light_button.setToolTip(self._words)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._show_words()

    def tell_job(self, label: str) -> None:
        """Shows what runs, when it runs longer than a moment; an empty label means that it is done."""
        self._job = label
        if label:
            self._pause.start()
        else:
            self._pause.stop()
            self._hide_job()

    def tell_report(self, report: Report) -> None:
        """Shows how far the job is."""
        counts = f" {report.done:,} / {report.total:,}" if report.total else ""
        self.job_label.setText(f"{report.label} {report.stage}{counts}")
        self.job_bar.setRange(0, report.total)
        self.job_bar.setValue(report.done)

    def _show_job(self) -> None:
        if not self.job_label.text():
            self.job_label.setText(self._job)
        self.job_label.show()
        self.job_bar.show()

    def _hide_job(self) -> None:
        self.job_label.clear()
        self.job_label.hide()
        self.job_bar.setRange(0, 0)
        self.job_bar.hide()
