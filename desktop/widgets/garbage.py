"""Collects reference cycles on the window's thread only.

Python may run its cyclic collector in any thread that allocates. A cycle that holds a Qt object (a page and the lambda
that is connected to it) would then be taken down by the database thread, and Qt's timers would go on calling what is
gone: seen as a crash in `QTimerInfoList::activateTimers`. So the automatic collector is off while there are other
threads, and a timer of the window's thread does its work by the same thresholds.
"""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer

EVERY_MS = 500


class Garbage(QObject):
    """The collector of one runner; Python's own is on again after `stop`."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._was_enabled = gc.isenabled()
        self._timer = QTimer(self)
        self._timer.setInterval(EVERY_MS)
        self._timer.timeout.connect(self.collect)

    def start(self) -> None:
        """Takes the work over."""
        gc.disable()
        self._timer.start()

    def collect(self) -> None:
        """Collects the oldest generation that has passed its threshold, as Python would."""
        counts, thresholds = gc.get_count(), gc.get_threshold()
        for generation in (2, 1, 0):
            if counts[generation] > thresholds[generation] > 0:
                gc.collect(generation)
                return

    def stop(self) -> None:
        """Gives the work back, when no other thread is left."""
        self._timer.stop()
        if self._was_enabled:
            gc.enable()
