"""What the pages of this feature need of the shell's desk."""

from __future__ import annotations

from typing import Any, Protocol

from desktop.base.clock import Clock
from desktop.widgets.ask import Ask
from desktop.widgets.message_bar import MessageBar
from desktop.widgets.runner import Runner


class Desk(Protocol):
    """The part of the shell's desk that is used here; its `office.room` is the open room itself."""

    @property
    def office(self) -> Any:
        """The open room as windows see it."""
        ...

    runner: Runner
    ask: Ask
    clock: Clock
    messages: MessageBar

    def open_record(self, kind: str, record_id: str) -> None:
        """Shows a record on its page."""
        ...

    def show_paper(self, title: str, pdf: bytes) -> None:
        """Shows a PDF in the preview."""
        ...

    def may(self, area: str, letter: str) -> bool:
        """Whether the one who is logged in may do this."""
        ...
