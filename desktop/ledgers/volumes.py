"""Volumes of ledgers: opening one, printing what is new onto its half-used page (续打), closing it for good.

What was printed is kept as it was printed. The lines and the PDF lie content-addressed among the attachments, so that
printing a closed volume again gives the same bytes, whatever became of the records. Decision 0031.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from desktop.audit.trail import Deed
from desktop.base.errors import Conflict, FieldProblem, RuleBroken
from desktop.base.text import _
from desktop.database.kinds import Guard
from desktop.ledgers import books, pdf, store
from desktop.ledgers.books import Entry, Written
from desktop.ledgers.registers import REGISTERS, Register
from desktop.ledgers.tables import AREA, CLOSED, OPEN, LedgerPrinting, LedgerVolume
from desktop.printing.sheets import LedgerGrid, LedgerSheet
from desktop.staff.files import keep_data
from desktop.staff.office import Office
from desktop.staff.records import Work, correct_record, new_row

if TYPE_CHECKING:
    from desktop.printing.fonts import Fonts
    from desktop.printing.ledger_layout import Layout

PAPERS = ("A4", "A3")
ROWS_FILE, PAGES_FILE, BINDING_FILE = "台账行.bin", "正文.pdf", "装订页.pdf"
PURPOSE = "台账封存"


# -- what windows and commands see -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Volume:
    """One volume as it is shown.

    Shape:   `last_row` and `last_page` are what was printed last, or the end of a closed volume; one less than the
             first when nothing was printed. `prints` counts the prints that stand.
    """

    id: str
    ledger: str
    year: int
    volume_no: int
    is_closed: bool
    paper: str
    first_row: int
    last_row: int
    first_page: int
    last_page: int
    prints: int
    opened_on: date | None
    closed_on: date | None


@dataclass(frozen=True)
class Waiting:
    """What would be printed next into an open volume, by kind; 0 of everything when nothing is new."""

    volume: Volume
    new: int = 0
    corrections: int = 0

    @property
    def count(self) -> int:
        """All lines that wait."""
        return self.new + self.corrections


@dataclass(frozen=True)
class Printed:
    """A print into a volume: which lines on which pages; `is_onto_used`: its first page is on paper already."""

    pdf: bytes
    volume: Volume
    first_row: int
    last_row: int
    first_page: int
    last_page: int
    is_onto_used: bool


@dataclass(frozen=True)
class ClosedVolume:
    """A volume that was closed: its end for the half-used page (None when nothing stood there), and the whole."""

    volume: Volume
    rest: bytes | None
    pages: bytes
    binding: bytes


# -- reading a book --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Book:
    """Everything that was written into the volumes of one ledger."""

    register: Register
    volumes: tuple[LedgerVolume, ...]
    prints: dict[str, tuple[LedgerPrinting, ...]]
    written: tuple[Written, ...]
    grids: dict[str, LedgerGrid]

    def entries(self, volume: LedgerVolume) -> list[Entry]:
        own = (volume.year_no, volume.volume_no)
        return [one.entry for one in self.written if (one.year, one.volume_no) == own]

    def shown(self, volume: LedgerVolume) -> Volume:
        return _shown(self.register, volume, self.prints.get(volume.id, ()))


def _shown(register: Register, volume: LedgerVolume, prints: Sequence[LedgerPrinting]) -> Volume:
    first_row, first_page = volume.first_row_no or 1, volume.first_page_no or 1
    ends = prints[-1] if prints and volume.state == OPEN else volume
    return Volume(
        id=volume.id,
        ledger=register.name,
        year=volume.year_no or 0,
        volume_no=volume.volume_no or 1,
        is_closed=volume.state == CLOSED,
        paper=volume.paper_size or PAPERS[0],
        first_row=first_row,
        last_row=ends.last_row_no or first_row - 1,
        first_page=first_page,
        last_page=ends.last_page_no or first_page - 1,
        prints=len(prints),
        opened_on=volume.opened_on,
        closed_on=volume.closed_on,
    )


def register_of(name: str) -> Register:
    """Errors: RuleBroken LED-001 for an unknown ledger."""
    for register in REGISTERS:
        if register.name == name:
            return register
    raise RuleBroken("LED-001", _("没有名为 {name} 的台账").format(name=name))


def _live(table: Any, scope: str) -> Any:
    return select(table).where(
        table.scope == scope,
        table.is_void.isnot(True),
        table.is_deleted.isnot(True),
        table.is_superseded.isnot(True),
    )


def _volumes(session: Session, office: Office, name: str) -> tuple[LedgerVolume, ...]:
    statement = _live(LedgerVolume, office.place.scope).where(LedgerVolume.ledger_name == name)
    found = session.scalars(statement).all()
    return tuple(sorted(found, key=lambda one: (one.year_no or 0, one.volume_no or 0, one.id)))


def _prints(session: Session, office: Office, volume: LedgerVolume) -> tuple[LedgerPrinting, ...]:
    """The prints of a volume in order.

    Errors:  Conflict LED-015 when two PCs printed the same lines without knowing of each other.
    """
    statement = _live(LedgerPrinting, office.place.scope).where(LedgerPrinting.volume_id == volume.id)
    found = sorted(session.scalars(statement), key=lambda one: (one.first_row_no or 0, one.id))
    expected = volume.first_row_no or 1
    for one in found:
        if one.first_row_no != expected and volume.state == OPEN:
            raise Conflict(
                "LED-015",
                _("两台电脑各自续打了第{row}行起的同一册。请看哪一份在册里，撤销另一份后再续打").format(
                    row=one.first_row_no
                ),
                id=volume.id,
            )
        expected = (one.last_row_no or 0) + 1
    return tuple(found)


def _load(session: Session, office: Office, register: Register) -> _Book:
    volumes = _volumes(session, office, register.name)
    prints = {one.id: _prints(session, office, one) for one in volumes}
    written: list[Written] = []
    grids: dict[str, LedgerGrid] = {}
    for volume in volumes:
        is_closed = volume.state == CLOSED
        hashes = [volume.rows_hash] if is_closed else [one.rows_hash for one in prints[volume.id]]
        for rows_hash in hashes:
            grid, entries = books.thawed(office.attachments.get(rows_hash or ""))
            grids.setdefault(volume.id, LedgerGrid(grid["size_pt"], tuple(grid["widths_pt"])))
            place = (volume.year_no or 0, volume.volume_no or 1, is_closed)
            written += [Written(entry, *place) for entry in entries]
    return _Book(register, volumes, prints, tuple(written), grids)


def _open_volume_of(volumes: Sequence[LedgerVolume], year: int | None) -> LedgerVolume:
    """The open volume of a year, or the newest open one.

    Errors:  RuleBroken LED-012 when there is none; Conflict LED-014 when two PCs opened one each.
    """
    found = [one for one in volumes if one.state == OPEN and year in (None, one.year_no)]
    if not found:
        raise RuleBroken("LED-012", _("这本台账没有在用的册。请先开册，再续打"))
    newest = found[-1]
    if sum(one.year_no == newest.year_no for one in found) > 1:
        raise Conflict(
            "LED-014",
            _("两台电脑各开了一册{year}年的这本台账。请作废没有用的一册").format(year=newest.year_no),
        )
    return newest


def _waiting_entries(
    session: Session, office: Office, book: _Book, volume: LedgerVolume, *, is_closing: bool = False
) -> list[Entry]:
    """The lines that follow in a volume.

    The newest open volume also takes what came late to years whose volumes are all closed.
    """
    year = volume.year_no or office.today.year
    open_years = {one.year_no for one in book.volumes if one.state == OPEN}
    is_newest = volume.year_no == max((one for one in open_years if one), default=year)
    years = {year}
    if is_newest:
        years |= {one.year_no for one in book.volumes if one.year_no and one.year_no not in open_years}
    known = {one.entry.record_id for one in book.written if is_newest or one.year == year}
    first = min(one for one in years if one)
    facts = office.ledger_facts(
        date(first, 1, 1), min(date(year, 12, 31), office.today), (office.place.scope,)
    )
    page = store.load_register_page(session, office.registry, book.register, facts)
    stamps = store.load_stamps(session, office.registry, book.register.kind, facts)
    lines = pdf.book_lines(book.register, page, office.registry, stamps)
    return books.next_entries(
        pdf.book_columns(book.register, office.registry),
        book.written,
        [one for one in lines if one.record_id in known or (one.day is not None and one.day.year in years)],
        year=year,
        volume_no=volume.volume_no or 1,
        first_no=book.shown(volume).last_row + 1,
        is_closing=is_closing,
    )


# -- doors -----------------------------------------------------------------------------------------------------------


def list_volumes(office: Office, ledger: str = "") -> list[Volume]:
    """The volumes of one ledger, or of all, oldest first."""
    office.actor.require(AREA, "R")
    registers = [register_of(ledger)] if ledger else REGISTERS
    found = []
    with office.reading() as session:
        for register in registers:
            found += [
                _shown(register, volume, _prints(session, office, volume))
                for volume in _volumes(session, office, register.name)
            ]
    return found


def waiting(office: Office, ledger: str, year: int | None = None) -> Waiting:
    """What a print would add to the open volume of a ledger.

    Errors:  RuleBroken LED-001, LED-012; EnvironmentFault ATT-002 when another PC's print has not arrived yet.
    """
    register = register_of(ledger)
    office.actor.require(register.area, "P")
    with office.reading() as session:
        book = _load(session, office, register)
        volume = _open_volume_of(book.volumes, year)
        entries = _waiting_entries(session, office, book, volume)
        new = sum(one.kind in ("row", "late") for one in entries)
        return Waiting(book.shown(volume), new, len(entries) - new)


def open_volume(
    office: Office, ledger: str, year: int, *, paper: str = "A4", retention_years: int = 0
) -> Volume:
    """Opens the next volume of a ledger and year; lines and pages run on from the volume before.

    Errors:  RuleBroken LED-001, LED-011 while one is open, LED-013 for a year or paper that cannot be; Refused STF-001.
    """
    register = register_of(ledger)
    office.actor.require(register.area, "P")
    office.actor.require(AREA, "C")
    if not 2000 <= year <= office.today.year or paper not in PAPERS:
        raise RuleBroken("LED-013", _("不能开这一册：年度不能在今年以后，纸张只能是 A4 或 A3"))
    with office.working() as work:
        book = _load(work.session, office, register)
        same = [one for one in book.volumes if one.year_no == year]
        if any(one.state == OPEN for one in same):
            raise RuleBroken(
                "LED-011", _("{year}年的这本台账已有一册在用，封存后才能开下一册").format(year=year)
            )
        before = book.shown(same[-1]) if same else None
        values = {
            "ledger_name": ledger,
            "year_no": year,
            "volume_no": before.volume_no + 1 if before else 1,
            "state": OPEN,
            "paper_size": paper,
            "retention_years": retention_years or register.retention_years,
            "opened_on": work.today,
            "first_row_no": before.last_row + 1 if before else 1,
            "first_page_no": before.last_page + 1 if before else 1,
        }
        volume = new_row(work, work.registry.kind("ledger_volume"), values)
        work.note("open_volume", volume, ledger=ledger, year=year)
        return _Book(register, (), {}, (), {}).shown(volume)  # type: ignore[arg-type]


def print_new(
    office: Office, ledger: str, year: int | None = None, *, allow_missing: bool = False
) -> Printed:
    """续打: what is new, for the half-used page and those after it; remembered as printed.

    After:   lines and PDF are kept; the next print goes on behind them.
    Errors:  RuleBroken LED-012, LED-017 when nothing is new, PRN-002 naming characters that no font has (nothing is
             remembered then); Refused STF-001.
    """
    register = register_of(ledger)
    office.actor.require(register.area, "P")
    office.actor.require(AREA, "P")
    with office.working() as work:
        book = _load(work.session, office, register)
        volume = _open_volume_of(book.volumes, year)
        fresh = _waiting_entries(work.session, office, book, volume)
        if not fresh:
            raise RuleBroken("LED-017", _("没有新的记录要印，这一册已印到最新"))
        run = _set_pages(office, book, volume, fresh, is_open=True, allow_missing=allow_missing)
        printing = new_row(work, work.registry.kind("ledger_printing"), _printing_values(work, volume, run))
        for data, name in ((run.rows, ROWS_FILE), (run.pdf, PAGES_FILE)):
            keep_data(work, office.attachments, printing, data, name, PURPOSE)
        work.note("print", printing, ledger=ledger, first_row=run.first_row, last_row=run.last_row)
        before = book.shown(volume)
    shown = replace(before, last_row=run.last_row, last_page=run.last_page, prints=before.prints + 1)
    is_onto_used = run.first_page <= before.last_page
    return Printed(run.pdf, shown, run.first_row, run.last_row, run.first_page, run.last_page, is_onto_used)


def undo_print(office: Office, ledger: str, reason: str, year: int | None = None) -> Volume:
    """Takes the last print back because its sheets were thrown away: its lines wait to be printed again.

    Errors:  RuleBroken LED-018 when nothing was printed into the open volume, REC-003 without a reason.
    """
    register = register_of(ledger)
    office.actor.require(register.area, "P")
    office.actor.require(AREA, "U")
    if not reason.strip():
        raise RuleBroken("REC-003", _("请写明为什么撤销，例如“卡纸，已作废”"))
    with office.working() as work:
        volumes = _volumes(work.session, office, ledger)
        volume = _open_volume_of(volumes, year)
        table: Any = LedgerPrinting
        statement = _live(table, office.place.scope).where(table.volume_id == volume.id)
        last = work.session.scalars(
            statement.order_by(table.first_row_no.desc(), table.id.desc()).limit(1)
        ).first()
        if last is None:
            raise RuleBroken("LED-018", _("这一册还没有印过，没有可撤销的"))
        kind = work.registry.kind("ledger_printing")
        row = correct_record(work, kind, last, {}, reason=reason.strip(), is_void=True)
        work.note("void", row, reason=reason.strip())
        volume_id = volume.id
    return next(one for one in list_volumes(office, ledger) if one.id == volume_id)


def reprint(office: Office, ledger: str, year: int, volume_no: int, *, binding: bool = False) -> bytes:
    """A volume again: a closed one byte for byte as it was closed, an open one as far as it was printed.

    Errors:  RuleBroken LED-012 for an unknown volume, LED-018 when nothing was printed; EnvironmentFault ATT-002.
    """
    register = register_of(ledger)
    office.actor.require(register.area, "P")
    with office.reading() as session:
        book = _load(session, office, register)
        volume = _volume_named(book, year, volume_no)
        if volume.state == CLOSED:
            data = office.attachments.get((volume.binding_hash if binding else volume.pages_hash) or "")
        elif binding:
            raise RuleBroken("LED-019", _("封面、目录和备考表要等封存这一册以后才能印"))
        elif not book.entries(volume):
            raise RuleBroken("LED-018", _("这一册还没有印过，没有可重印的"))
        else:
            data = _set_pages(office, book, volume, [], is_open=True, allow_missing=True).pdf
        volume_id = volume.id
    office.note(Deed("print", "ledger_volume", volume_id, facts=(("ledger", ledger), ("again", True))))
    return data


def last_print(office: Office, ledger: str, year: int | None = None) -> bytes:
    """The last print into the open volume once more, byte for byte, for sheets that the printer spoiled.

    Errors:  RuleBroken LED-012, LED-018; EnvironmentFault ATT-002.
    """
    register = register_of(ledger)
    office.actor.require(register.area, "P")
    with office.reading() as session:
        volumes = _volumes(session, office, ledger)
        volume = _open_volume_of(volumes, year)
        prints = _prints(session, office, volume)
        if not prints:
            raise RuleBroken("LED-018", _("这一册还没有印过，没有可重印的"))
        data = office.attachments.get(prints[-1].pages_hash or "")
        volume_id = volume.id
    office.note(Deed("print", "ledger_volume", volume_id, facts=(("ledger", ledger), ("again", True))))
    return data


def close_volume(
    office: Office, ledger: str, year: int | None = None, *, note: str = "", allow_missing: bool = False
) -> ClosedVolume:
    """Closes a volume for good: what waits is written, the months are summed, cover and contents are made.

    After:   its lines, pages and binding are frozen; later changes of records become red lines of the next volume.
    Errors:  RuleBroken LED-012, PRN-002; Refused STF-001.
    """
    register = register_of(ledger)
    office.actor.require(register.area, "P")
    office.actor.require(AREA, "U")
    with office.working() as work:
        book = _load(work.session, office, register)
        volume = _open_volume_of(book.volumes, year)
        fresh = _waiting_entries(work.session, office, book, volume, is_closing=True)
        run = _set_pages(office, book, volume, fresh, is_open=False, allow_missing=allow_missing)
        binding = _binding(office, book, volume, run, note)
        row: Any = volume
        row.state, row.closed_on, row.note = CLOSED, work.today, note or None
        row.last_row_no, row.last_page_no = run.last_row, run.last_page
        row.rows_hash, row.pages_hash, row.binding_hash = (
            str(keep_data(work, office.attachments, volume, data, name, PURPOSE).sha256)  # type: ignore[attr-defined]
            for data, name in ((run.all_rows, ROWS_FILE), (run.whole, PAGES_FILE), (binding, BINDING_FILE))
        )
        work.session.flush()
        work.note("close_volume", volume, ledger=ledger, rows_hash=row.rows_hash)
        shown = book.shown(volume)
    return ClosedVolume(shown, run.pdf if run.is_going_on else None, run.whole, binding)


def _volume_named(book: _Book, year: int, volume_no: int) -> LedgerVolume:
    for volume in book.volumes:
        if (volume.year_no, volume.volume_no) == (year, volume_no):
            return volume
    raise RuleBroken("LED-012", _("没有{year}年第{number}册").format(year=year, number=volume_no))


# -- setting pages ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Run:
    """One setting of a volume's pages."""

    pdf: bytes
    rows: bytes
    first_row: int
    last_row: int
    first_page: int
    last_page: int
    entries: Sequence[Entry]
    pages_of: dict[int, int]
    is_going_on: bool
    all_rows: bytes = b""
    whole: bytes = b""


def _set_pages(
    office: Office,
    book: _Book,
    volume: LedgerVolume,
    fresh: Sequence[Entry],
    *,
    is_open: bool,
    allow_missing: bool,
) -> _Run:
    """Lays out the whole volume and draws what is not on paper yet; the whole of it too when it is closed."""
    from desktop.printing.fonts import Fonts  # noqa: PLC0415 - ReportLab is loaded when paper is made
    from desktop.printing.ledger import render_ledger  # noqa: PLC0415
    from desktop.printing.ledger_layout import lay_out  # noqa: PLC0415

    fonts, old = Fonts.load(office.fonts_folder), book.entries(volume)
    entries = [*old, *fresh]
    sheet = _sheet(office, book, volume, entries, is_open=is_open)
    sheet = replace(sheet, grid=book.grids.get(volume.id) or _measured(office, book, sheet, fonts))
    layout = lay_out(sheet, fonts)
    pages_of = {
        place.row: page.number
        for page in reversed(layout.pages)
        for place in page.places
        if place.kind == "row"
    }
    is_going_on = bool(old) and (bool(fresh) or not is_open)
    data = render_ledger(sheet, fonts, allow_missing=allow_missing, after_row=len(old) if is_going_on else 0)
    grid = asdict(layout.frozen())
    first_no = volume.first_row_no or 1
    labels = [column.label for column in sheet.columns]
    return _Run(
        pdf=data,
        rows=books.frozen(book.register.name, labels, grid, fresh),
        first_row=first_no + len(old),
        last_row=first_no + len(entries) - 1,
        first_page=_first_drawn(layout, len(old) if is_going_on else 0),
        last_page=layout.pages[-1].number,
        entries=entries,
        pages_of=pages_of,
        is_going_on=is_going_on,
        all_rows=b"" if is_open else books.frozen(book.register.name, labels, grid, entries),
        whole=b"" if is_open else render_ledger(sheet, fonts, allow_missing=allow_missing),
    )


def _first_drawn(layout: Layout, after_row: int) -> int:
    """The number of the first page that gets ink when so many rows are on paper."""
    for page in reversed(layout.pages):
        rows = [place.kind == "row" and place.row < after_row for place in page.places]
        if any(rows):
            return page.number if not rows[-1] else page.number + 1
    return layout.pages[0].number


def _sheet(
    office: Office, book: _Book, volume: LedgerVolume, entries: Sequence[Entry], *, is_open: bool
) -> LedgerSheet:
    columns = pdf.book_columns(book.register, office.registry)
    earlier = [
        one.entry
        for one in book.written
        if one.year == volume.year_no and one.volume_no < (volume.volume_no or 1)
    ]
    told = pdf.BookPages(
        unit=f"{office.place.station}{office.place.name}",
        practice=office.place.practice,
        print_mark=office.print_mark(),
        year=volume.year_no or 0,
        volume_no=volume.volume_no or 1,
        first_page=volume.first_page_no or 1,
        paper=volume.paper_size or PAPERS[0],
        is_open=is_open,
        opening=books.totals(columns, earlier) if earlier and any(columns.sums) else None,
    )
    return pdf.book_sheet(book.register, office.registry, entries, told)


def _measured(office: Office, book: _Book, sheet: LedgerSheet, fonts: Fonts) -> LedgerGrid:
    """The widths for a new volume, wide enough for what the year still brings."""
    from desktop.printing.ledger_layout import lay_out  # noqa: PLC0415 - see _set_pages

    widest = pdf.widest_row(pdf.book_columns(book.register, office.registry))
    return lay_out(replace(sheet, rows=[*sheet.rows, widest]), fonts).frozen()


def _printing_values(work: Work, volume: LedgerVolume, run: _Run) -> dict[str, Any]:
    return {
        "volume_id": volume.id,
        "printed_on": work.today,
        "first_row_no": run.first_row,
        "last_row_no": run.last_row,
        "first_page_no": run.first_page,
        "last_page_no": run.last_page,
        "rows_hash": hashlib.sha256(run.rows).hexdigest(),
        "pages_hash": hashlib.sha256(run.pdf).hexdigest(),
    }


def _binding(office: Office, book: _Book, volume: LedgerVolume, run: _Run, note: str) -> bytes:
    """Cover, contents by month, 备考表 and spine of a volume."""
    # ReportLab is loaded when paper is made.
    from desktop.printing.book import BookBinding, ContentsLine, render_binding  # noqa: PLC0415
    from desktop.printing.fonts import Fonts  # noqa: PLC0415

    columns = pdf.book_columns(book.register, office.registry)
    first_no = volume.first_row_no or 1
    contents = [
        ContentsLine(
            month=one.month,
            rows=f"{one.first_no}–{one.last_no}" if one.last_no > one.first_no else str(one.first_no),
            count=one.count,
            first_page=run.pages_of[one.first_no - first_no],
            last_page=run.pages_of[one.last_no - first_no],
        )
        for one in books.months_of(run.entries)
    ]
    days = sorted(day for one in run.entries if (day := one.values[columns.day])[:4].isdigit())
    kinds = [one.kind for one in run.entries]
    told = BookBinding(
        title=book.register.label,
        unit=f"{office.place.station}{office.place.name}",
        year=volume.year_no or 0,
        volume_no=volume.volume_no or 1,
        first_day=days[0] if days else "",
        last_day=days[-1] if days else "",
        first_page=volume.first_page_no or 1,
        last_page=run.last_page,
        row_count=len(run.entries),
        red_count=sum(kind in books.RED for kind in kinds),
        late_count=kinds.count("late"),
        retention_years=volume.retention_years or book.register.retention_years,
        closed_on=office.today,
        note=note,
        contents=tuple(contents),
        paper="A3" if volume.paper_size == "A3" else "A4",
        practice=office.place.practice,
        print_mark=office.print_mark(),
    )
    return render_binding(told, Fonts.load(office.fonts_folder))


# -- guards ----------------------------------------------------------------------------------------------------------


def guard_volume(_session: Session, record: Any, names: frozenset[str]) -> list[FieldProblem]:
    """A closed volume is as it lies in the cupboard."""
    if record.state != CLOSED or not names:
        return []
    return [FieldProblem("state", "LED-016", _("已封存的台账册不能改，也不能作废；要更正的记在在用的册里"))]


GUARDS: tuple[tuple[str, Guard], ...] = (("ledger_volume", guard_volume),)
