"""Our bug: a report is written without anybody's data, the draft stays, and a window says so."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from desktop.base.clock import Clock, local_time
from desktop.base.errors import Failure


class CrashReporter(QObject):
    """Takes every exception that nobody expected, in any thread."""

    _came = Signal(object)

    def __init__(self, folder: Path, clock: Clock, version: str) -> None:
        super().__init__()
        self._folder = folder
        self._clock = clock
        self._version = version
        self._shown: Any = None
        self.parent_window: Callable[[], QWidget | None] = lambda: None
        self.keep_drafts: Callable[[], None] = lambda: None
        self._came.connect(self.tell)

    def install(self) -> None:
        """Becomes the hook of Python and of its threads."""
        sys.excepthook = self._hook
        threading.excepthook = lambda came: self._came.emit(came.exc_value)

    def _hook(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace)
            return
        self._came.emit(error)

    def tell(self, error: BaseException) -> None:
        """Writes the report and shows the window; one window at a time, because bugs come in swarms."""
        # Loaded when there is a bug to tell about, because every start would pay for it.
        from desktop.base.paths import write_file  # noqa: PLC0415
        from desktop.shell.crash_window import CrashWindow, report_of  # noqa: PLC0415

        at = local_time(self._clock.now())
        report = report_of(error, self._version, at.isoformat(timespec="seconds"))
        path: Path | None = self._folder / f"crash-{at:%Y%m%d-%H%M%S}.json"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            content = json.dumps(report, ensure_ascii=False, indent=1).encode()
            write_file(self._folder / f"crash-{at:%Y%m%d-%H%M%S}.json", content)
        except (Failure, OSError):
            path = None
        self.keep_drafts()
        if self._shown is not None:
            return
        self._shown = CrashWindow(self.parent_window(), path, report)
        self._shown.destroyed.connect(self._forget)
        self._shown.open()

    def _forget(self) -> None:
        self._shown = None
