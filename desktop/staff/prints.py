"""The print log: what went to which printer, from which version, and how it ended; kept as insert-only records.

A PDF is known by its hash, so that whatever page shows and prints it, the log knows what it was made from.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from desktop.printing.jobs import Outcome, words_of_pages
from desktop.staff.records import correct_record, known_id, load_record, new_row
from desktop.staff.tables import PrintedPaper, PrintJob

if TYPE_CHECKING:
    from desktop.staff.office import Office

KIND = "print_job"
MOST_REMEMBERED = 200
_MOST_PAGES_CHARS = 400


@dataclass(frozen=True)
class PrintSource:
    """What a PDF was made from.

    Shape:   `record_kind` and `record_id` are empty for ledgers and lists; `print_mark` is what stands at the foot.
    """

    label: str
    record_kind: str = ""
    record_id: str = ""
    record_version: int = 0
    content_hash: str = ""
    print_mark: str = ""


class PrintSources:
    """The last PDFs that were made here and what they were made from."""

    def __init__(self) -> None:
        self._by_hash: OrderedDict[str, PrintSource] = OrderedDict()

    def remember(self, pdf: bytes, source: PrintSource) -> None:
        """Notes where a PDF comes from."""
        self._by_hash[hash_of(pdf)] = source
        while len(self._by_hash) > MOST_REMEMBERED:
            self._by_hash.popitem(last=False)

    def find(self, pdf: bytes, label: str) -> PrintSource:
        """Where a PDF comes from; of one that was made elsewhere only its label and the hash of the file."""
        found = hash_of(pdf)
        return self._by_hash.get(found) or PrintSource(label, content_hash=found)


@dataclass(frozen=True)
class PrintOrder:
    """One order to print, as the log keeps it."""

    pdf: bytes
    label: str
    printer: str
    pages: tuple[int, ...]
    copies: int = 1


def hash_of(pdf: bytes) -> str:
    """The SHA-256 of a file, hex."""
    return hashlib.sha256(pdf).hexdigest()


def begin_print(office: Office, order: PrintOrder) -> str:
    """Notes that an order goes to the printer; the id by which its end is told."""
    source = office.print_sources.find(order.pdf, order.label)
    with office.working() as work:
        values = {
            "printed_on": work.today,
            "printed_at": work.clock.now(),
            "printed_by": work.actor.name,
            "paper_label": source.label[:120],
            "record_kind": source.record_kind or None,
            "record_id": source.record_id or None,
            "record_version": source.record_version or None,
            "content_hash": source.content_hash or None,
            "print_mark": source.print_mark or None,
            "printer_name": order.printer[:120],
            "wanted_pages": words_of_pages(order.pages)[:_MOST_PAGES_CHARS],
            "copies_count": order.copies,
            "print_result": "started",
        }
        return known_id(new_row(work, work.registry.kind(KIND), values))


def end_print(office: Office, print_id: str, outcomes: tuple[Outcome, ...]) -> None:
    """Notes how an order ended: which pages were sent, run after run."""
    sent = tuple(page for outcome in outcomes for page in outcome.sent)
    last = outcomes[-1] if outcomes else Outcome((), 0, is_cancelled=True)
    if last.fault:
        result = "failed"
    elif last.is_cancelled or not last.is_whole:
        result = "cancelled"
    else:
        result = "done"
    with office.working() as work:
        kind = work.registry.kind(KIND)
        record = load_record(work.session, kind, print_id)
        values = {"print_result": result, "sent_pages": words_of_pages(sent)[:_MOST_PAGES_CHARS]}
        correct_record(work, kind, record, values)
        work.note("printed", record, result=result, sides=len(sent))


@dataclass(frozen=True)
class BrokenPrint:
    """A print that did not end well."""

    label: str
    wanted_pages: str
    sent_pages: str


def broken_prints(session: Session) -> list[BrokenPrint]:
    """Prints that broke off or whose end nobody noted, and that were not printed again afterwards; oldest first."""
    table: Any = PrintJob
    statement = (
        select(PrintJob)
        .where(table.is_superseded.isnot(True), table.is_deleted.isnot(True))
        .order_by(table.printed_at, table.id)
    )
    waiting: dict[str, BrokenPrint] = {}
    for row in session.scalars(statement):
        key = row.content_hash or row.paper_label or ""
        waiting.pop(key, None)
        if row.print_result in {"failed", "started"}:
            waiting[key] = BrokenPrint(row.paper_label or "", row.wanted_pages or "", row.sent_pages or "")
    return list(waiting.values())


def printed_records(session: Session, record_ids: Sequence[str]) -> set[str]:
    """Those of the records of which a paper was made."""
    table: Any = PrintedPaper
    statement = select(table.record_id).where(
        table.record_id.in_(list(record_ids)), table.is_superseded.isnot(True), table.is_void.isnot(True)
    )
    return {str(one) for one in session.scalars(statement)}
