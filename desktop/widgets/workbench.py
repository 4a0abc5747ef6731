"""What a feature's own page gets from the window around it, and how the feature names such a page.

Most of a feature needs no page of its own: list, form, steps and papers come from its declarations. Where the work is a
workflow (a roster, a mediation), `ui/` makes a widget from a `Workbench` and lists it in `PAGES`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from PySide6.QtCore import SignalInstance
from PySide6.QtWidgets import QWidget

from desktop.base.clock import Clock
from desktop.widgets.ask import Ask
from desktop.widgets.keep import Keep
from desktop.widgets.message_bar import MessageBar
from desktop.widgets.runner import Runner


class Workbench(Protocol):
    """The open room as a page works in it.

    Shape:   `room` is the open `staff.office.Office`, used only inside jobs given to `runner`; `changed` carries a
             frozenset of (kind, id) after every save, with an empty id for "many of this kind".
    """

    runner: Runner
    ask: Ask
    keep: Keep
    clock: Clock
    messages: MessageBar

    @property
    def room(self) -> Any:
        """The open room."""

    @property
    def changed(self) -> SignalInstance:
        """Told after every save."""

    def tell_changed(self, refs: Iterable[tuple[str, str]]) -> None:
        """Makes open lists and pages refresh after a save of one's own."""

    def open_record(self, kind: str, record_id: str) -> None:
        """Shows a record on its page."""

    def open_entry(self, kind: str, values: Mapping[str, Any] | None = None) -> None:
        """Opens an empty form of a kind, filled with what is known already."""

    def show_paper(self, title: str, pdf: bytes) -> None:
        """Shows a PDF in the preview, from where it is printed."""

    def may(self, area: str, letter: str) -> bool:
        """Whether the one who is logged in may do this."""


@dataclass(frozen=True)
class FeaturePage:
    """A page that a feature brings.

    Shape:   `group` is an entry of the navigation (visits, disputes, patrol, hazards, orders, outreach, volunteers,
             diary, places, staff, ledgers); `area` says whose permission to read shows it, an empty one shows it
             to everybody; a widget `tools` on the
             page stands at the right of its tab.
    """

    name: str
    label: str
    group: str
    area: str
    make: Callable[[Workbench], QWidget]
