"""The `Desk`: what the pages of one open room share, and how they ask the main window for each other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from PySide6.QtCore import QObject, Signal

from desktop.base.clock import Clock
from desktop.shell.office import Office, RecordRef, Spool, UpdateNews
from desktop.widgets.ask import Ask
from desktop.widgets.drafts import Drafts
from desktop.widgets.keep import Keep
from desktop.widgets.message_bar import MessageBar
from desktop.widgets.runner import Runner

Changed = frozenset[tuple[str, str]]


class Desk(QObject):
    """What every page of one open room shares; made once by the main window's maker."""

    changed = Signal(object)
    record_wanted = Signal(str, str)
    entry_wanted = Signal(str, object, object)
    page_wanted = Signal(str)
    paper_wanted = Signal(str, bytes)
    status_stale = Signal()
    setting_changed = Signal(str)
    exchanged = Signal(object)
    """An exchange went well: with the stick at this path, or with the county's server (None)."""
    end_wanted = Signal()

    def __init__(
        self,
        office: Office,
        runner: Runner,
        ask: Ask,
        keep: Keep,
        clock: Clock,
        *,
        drafts: Drafts,
        spool: Spool,
    ) -> None:
        super().__init__()
        self.office = office
        self.runner = runner
        self.ask = ask
        self.keep = keep
        self.clock = clock
        self.drafts = drafts
        self.spool = spool
        self.messages = MessageBar()
        self.update_news: UpdateNews | None = None
        runner.failure_untold.connect(self.messages.tell_failure)

    @property
    def room(self) -> Any:
        """The open room behind the protocol, for the pages that features bring."""
        return getattr(self.office, "room", None)

    def tell_changed(self, refs: Iterable[tuple[str, str]]) -> None:
        """Makes open lists and pages refresh after a save."""
        self.changed.emit(frozenset(refs))
        self.status_stale.emit()

    def open_record(self, kind: str, record_id: str) -> None:
        """Shows a record on its page."""
        self.record_wanted.emit(kind, record_id)

    def open_entry(
        self, kind: str, values: Mapping[str, Any] | None = None, origin: RecordRef | None = None
    ) -> None:
        """Opens an empty form of a kind, filled with what is known already."""
        self.entry_wanted.emit(kind, dict(values or {}), origin)

    def open_page(self, name: str) -> None:
        """Shows a page of the navigation by its name."""
        self.page_wanted.emit(name)

    def show_paper(self, title: str, pdf: bytes) -> None:
        """Shows a PDF in the preview."""
        self.paper_wanted.emit(title, pdf)

    def may(self, area: str, letter: str) -> bool:
        """Whether the one who is logged in may do this."""
        return self.office.actor.may(area, letter)

    def search_links(
        self, owner: QObject, kind: str, typed: str, done: Callable[[list[tuple[str, str]]], None]
    ) -> None:
        """Looks for records that a link may name, for the form's editors."""
        self.runner.run(lambda: self.office.link_choices(kind, typed, 20), done, owner=owner)
