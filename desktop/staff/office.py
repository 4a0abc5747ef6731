"""One open room or county, as windows and commands use it: reads and saves through one object, nothing global.

Built by `bootstrap`. Each method is one read or one save; windows call them on the database thread only.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy.orm import Session

from desktop.audit.trail import Deed, note
from desktop.base.clock import Clock, local_time, today
from desktop.base.errors import FieldProblem, Refused, RuleBroken
from desktop.base.paths import resource, safe_file_name, write_file
from desktop.base.settings import Settings, SettingValue, check_value, declared
from desktop.base.text import _
from desktop.base.workdays import HolidayTable
from desktop.database.attachments import Attachments
from desktop.database.columns import write_instant
from desktop.database.database import Database
from desktop.database.fields import FieldType
from desktop.database.keys import KeyRing
from desktop.database.kinds import Kind, Registry
from desktop.database.record import Record
from desktop.database.search import Hit
from desktop.database.values import Reading
from desktop.printing.compose import PaperContent, PrintMarks, render_content
from desktop.printing.form_data import FormLibrary
from desktop.printing.sheets import FormSheet, LedgerColumn, LedgerSheet
from desktop.staff import records, views
from desktop.staff.catalogue import BoardFacts, BoardItem, Catalogue, LedgerFacts
from desktop.staff.files import attach_file, detach_file
from desktop.staff.links import find_link
from desktop.staff.papers import content_hash_of, form_of, keep_print, read_paper, short_code
from desktop.staff.parked import ParkedChange, read_parked
from desktop.staff.permissions import Actor
from desktop.staff.prints import PrintSource, PrintSources, hash_of
from desktop.staff.records import Step, Work, known_id
from desktop.staff.settle import settle_conflict
from desktop.staff.shared_settings import read_entries, write_entry
from desktop.staff.views import Query
from desktop.staff.witness import Witness
from desktop.sync.blob_files import Spool
from desktop.sync.blob_network import exchange_all
from desktop.sync.blob_travel import Blobs
from desktop.sync.blobs import WANT, states_of
from desktop.sync.conflicts import OpenConflict, open_conflicts
from desktop.sync.exchange import Exchange, Exchanged
from desktop.sync.log import Log
from desktop.sync.network import HttpPost, allowed_address, log_traffic
from desktop.sync.parties import load_party
from desktop.sync.receipts import HandOverSlip, Package, receipt_book, slip_lines
from desktop.sync.stick_exchange import (
    Progress,
    StickExchange,
    exchange_by_stick,
    quiet,
    take_loose_files,
    wipe_stick,
)
from desktop.sync.stick_register import check_stick, register_stick, stick_label

# Sealed attachments on their way; of no use to a backup, because they can be sealed again.
SPOOL_NAME = "spool"

if TYPE_CHECKING:
    from desktop.printing.fonts import Fonts
    from desktop.printing.system_fonts import SystemFonts


@dataclass(frozen=True)
class Place:
    """Which room (or county) this file is, and as which PC.

    Shape:   `letter` is the PC's letter in numbers, with the life of its database when that is not the first (`A2`).
    """

    code: str
    name: str
    station: str
    scope: str
    device: str
    incarnation: str
    letter: str
    practice: bool
    is_county: bool = False

    @property
    def number_mark(self) -> str:
        """What every number given on this PC opens with."""
        life = "" if self.incarnation == "1" else self.incarnation
        return f"{self.code}-{self.letter}{life}-"


@dataclass(frozen=True)
class Saved:
    """What a save gives back: the record, and what was only odd."""

    id: str
    serial_no: str
    kind: str
    warnings: tuple[FieldProblem, ...] = ()


@dataclass
class Office:
    """One open room or county with the person who works in it.

    Shape:   `told` is what people must hear once after opening, mostly nothing.
    """

    home: Path
    place: Place
    database: Database
    catalogue: Catalogue
    actor: Actor
    keys: KeyRing
    data_key: bytes
    settings: Settings
    holidays: HolidayTable
    attachments: Attachments
    clock: Clock
    fonts_folder: Path
    print_sources: PrintSources = field(default_factory=PrintSources)
    witness: Witness | None = None
    told: str = ""
    _fonts: tuple[Path, Fonts] | None = field(default=None, init=False, repr=False)

    def fonts(self) -> Fonts:
        """The bundled fonts; read once, because reading them takes longer than making a form."""
        from desktop.printing.fonts import Fonts  # noqa: PLC0415 - ReportLab is loaded when paper is made

        if self._fonts is None or self._fonts[0] != self.fonts_folder:
            self._fonts = (self.fonts_folder, Fonts.load(self.fonts_folder))
        return self._fonts[1]

    @property
    def registry(self) -> Registry:
        """All kinds and code lists."""
        return self.catalogue.registry

    @property
    def today(self) -> date:
        """The calendar day in Beijing."""
        return today(self.clock)

    # -- doors -------------------------------------------------------------------------------------------------

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session to read with."""
        with self.database.reading() as session:
            yield session

    @contextmanager
    def working(self) -> Iterator[Work]:
        """A save: everything in the block is kept, or nothing."""
        with self.database.saving(self.actor.name) as session:
            yield Work(
                session=session,
                actor=self.actor,
                clock=self.clock,
                registry=self.registry,
                holidays=self.holidays,
                settings=self.settings,
                number_mark=self.place.number_mark,
                practice=self.place.practice,
                forms=self.form_library,
            )
        if self.witness is not None:
            self.witness.testify(self.database, self.clock.now())

    def close(self) -> None:
        """Writes down what was saved last, and closes the data."""
        if self.witness is not None:
            self.witness.testify(self.database, self.clock.now(), is_last=True)
        self.database.close()

    @property
    def form_library(self) -> FormLibrary:
        """The forms of this PC, read anew each time: a county's file may have been mended meanwhile."""
        return FormLibrary(resource("forms"), self.home / "forms")

    def note(self, deed: Deed) -> None:
        """One audit line for a deed that changes no record: reading, printing, export."""
        with self.database.writing() as connection:
            note(connection, deed, user=self.actor.name, clock=self.clock)

    def read_context(self, session: Session) -> Reading:
        """What reading typed values needs outside a save."""
        return Reading(
            today=self.today,
            codes=self.registry.codes,
            find_link=lambda kind, text: find_link(session, self.registry.kind(kind), text),
            practice=self.place.practice,
        )

    # -- reading -----------------------------------------------------------------------------------------------

    def list_ids(self, kind_name: str, query: Query = Query()) -> list[str]:  # noqa: B008 - frozen
        """The known ids of the wanted records, in order."""
        kind = self.registry.kind(kind_name)
        if query.search:
            self.database.catch_up_index()
        with self.reading() as session:
            statement = views.select_ids(
                session, kind, query, self.actor, self.read_context(session), self.database.index
            )
            return [str(row.known_id) for row in session.execute(statement)]

    def rows(self, kind_name: str, ids: Sequence[str], fields: Sequence[str]) -> list[tuple[str, ...]]:
        """The records in words."""
        kind = self.registry.kind(kind_name)
        with self.reading() as session:
            return views.row_words(session, self.registry, kind, ids, fields)

    def iterate_json(self, kind_name: str, query: Query) -> Iterator[dict[str, Any]]:
        """The wanted records as the command line gives them, a few at a time."""
        kind = self.registry.kind(kind_name)
        ids = self.list_ids(kind_name, query)
        with self.reading() as session:
            for start in range(0, len(ids), 200):
                records = views.load_rows(session, kind, ids[start : start + 200])
                yield from views.records_json(session, self.registry, kind, records)
                session.expunge_all()

    def show(self, kind_name: str, text: str) -> dict[str, Any]:
        """One record as the command line gives it."""
        with self.reading() as session:
            return views.record_json(session, self.registry, self.load(session, kind_name, text))

    def load(self, session: Session, kind_name: str, text: str, letter: str = "R") -> Record:
        """One record by id, number or code, for those who may read it."""
        kind = self.registry.kind(kind_name)
        if not (letter == "R" and self.actor.may_assigned(kind.info.area)):
            self.actor.require(kind.info.area, letter)
        record = records.load_record(session, kind, self.resolve(session, kind, text))
        if letter == "R":
            records.require_assigned(self.actor, kind, record)
        return record

    def resolve(self, session: Session, kind: Kind, text: str) -> str:
        """The known id for an id, number or code."""
        try:
            return find_link(session, kind, text)
        except ValueError:
            # Not found by any name; loading it says so with the proper code.
            return text

    def find(self, typed: str, limit: int = 30) -> list[Hit]:
        """What the jump box shows, only from areas that the actor may read."""
        kinds = [kind.name for kind in self.registry if self.actor.may(kind.info.area, "R")]
        self.database.catch_up_index()
        with self.reading() as session:
            return self.database.index.find(session.connection(), typed, kinds=kinds, limit=limit)

    def link_choices(self, kind_name: str, typed: str, limit: int = 20) -> list[tuple[str, str]]:
        """(id, title) of records that a link may name."""
        self.database.catch_up_index()
        with self.reading() as session:
            return views.link_choices(session, self.registry, kind_name, typed, limit)

    def board(self) -> list[BoardItem]:
        """What 今日 shows."""
        facts = BoardFacts(self.today, self.holidays, self.settings, self.clock.now())
        with self.reading() as session:
            return [
                item for part in self.catalogue.board_parts for item in part(session, self.registry, facts)
            ]

    # -- saving ------------------------------------------------------------------------------------------------

    def add(self, kind_name: str, raw: Mapping[str, Any], origin: tuple[str, str] | None = None) -> Saved:
        """Adds one record."""
        with self.working() as work:
            source = self.load(work.session, *origin) if origin else None
            return _saved(records.add_record(work, kind_name, raw, origin=source), work)

    def add_many(self, kind_name: str, rows: Sequence[Mapping[str, Any]]) -> list[Saved]:
        """Adds several records, all or none."""
        with self.working() as work:
            return [
                _saved(records.add_record(work, kind_name, raw, row=number), work)
                for number, raw in enumerate(rows, 1)
            ]

    def change(
        self,
        kind_name: str,
        text: str,
        raw: Mapping[str, Any],
        *,
        seen: Sequence[str] | None = None,
        reason: str = "",
    ) -> Saved:
        """Changes one record."""
        with self.working() as work:
            record_id = self.resolve(work.session, self.registry.kind(kind_name), text)
            return _saved(
                records.change_record(work, kind_name, record_id, raw, seen=seen, reason=reason), work
            )

    def void(self, kind_name: str, text: str, reason: str) -> Saved:
        """Voids one record."""
        with self.working() as work:
            record_id = self.resolve(work.session, self.registry.kind(kind_name), text)
            return _saved(records.void_record(work, kind_name, record_id, reason), work)

    def step(self, kind_name: str, text: str, name: str, raw: Mapping[str, Any]) -> Saved:
        """Takes one step of a workflow."""
        step = self.catalogue.step(kind_name, name)
        with self.working() as work:
            record_id = self.resolve(work.session, self.registry.kind(kind_name), text)
            return _saved(records.take_step(work, step, record_id, raw), work)

    def steps_now(self, kind_name: str, text: str) -> list[Step]:
        """The steps that may be taken on the record now."""
        with self.reading() as session:
            record = self.load(session, kind_name, text)
            return records.steps_for(
                self.catalogue.steps, record, self.actor, self.registry, by_county=self.place.is_county
            )

    def attach(self, kind_name: str, text: str, file: Path, purpose: str = "") -> Saved:
        """Attaches a file to a record."""
        with self.working() as work:
            record = self.load(work.session, kind_name, text)
            return _saved(attach_file(work, self.attachments, record, file, purpose), work)

    def detach(self, kind_name: str, text: str, file: str, reason: str) -> None:
        """Takes a file off a record; its bytes and history stay."""
        with self.working() as work:
            record = self.load(work.session, kind_name, text)
            wanted = [
                one
                for one in views.files_of(work.session, kind_name, known_id(record))
                if file in (known_id(one), one.file_name)
            ]
            if len(wanted) != 1:
                raise RuleBroken("ATT-005", _("这条记录没有（或有几份）名为 {file} 的附件").format(file=file))
            detach_file(work, known_id(wanted[0]), reason)

    def files(self, kind_name: str, text: str, out: Path | None = None) -> list[dict[str, Any]]:
        """The files of a record; with a folder, their bytes are written there."""
        with self.reading() as session:
            record = self.load(session, kind_name, text)
            rows = views.files_of(session, kind_name, known_id(record))
            found = views.records_json(session, self.registry, self.registry.kind("attached_file"), rows)
            states = states_of(session.connection(), record.scope, [one["sha256"] for one in found])
        for one in found:
            one["is_here"] = self.attachments.has(one["sha256"])
            one["state"] = states.get(one["sha256"], WANT)
            if out is not None:
                out.mkdir(parents=True, exist_ok=True)
                target = free_path(out, safe_file_name(one["file_name"]))
                write_file(target, self.attachments.get(one["sha256"]))
                one["file"] = str(target)
        if out is not None and found:
            self.note(Deed("take_out", kind_name, facts=(("files", len(found)),)))
        return found

    # -- paper -------------------------------------------------------------------------------------------------

    def paper(self, name: str, text: str, system: SystemFonts | None = None) -> bytes:
        """Prints one form to PDF and keeps what was printed from which version.

        With the fonts of this PC a letter is set in its 仿宋; without, it has the same bytes on every PC.

        Errors:  RuleBroken with every field that the paper lacks; Refused STF-001.
        """
        paper = self.catalogue.paper(name)
        area = self.registry.kind(paper.kind).info.area
        self.actor.require(area, "P")
        fonts = self.fonts()
        with self.working() as work:
            record = self.load(work.session, paper.kind, text)
            content = read_paper(work.session, self.registry, work.forms, paper, record)
            marks = self._print_marks(content)
            pdf = render_content(content, marks, fonts, None if paper.is_for_signing else system)
            keep_print(work, paper, record, content)
            label = f"{paper.label} {record.serial_no or ''}".rstrip()
            version = views.version_of(work.session, record)
            source = (label, paper.kind, known_id(record), version, marks.content_hash, marks.print_mark)
            self.print_sources.remember(pdf, PrintSource(*source))
        return pdf

    def _print_marks(self, content: PaperContent) -> PrintMarks:
        content_hash = content_hash_of(content)
        return PrintMarks(
            station_name=self.place.station,
            room_name=self.place.name,
            practice=self.place.practice,
            code=short_code(content_hash),
            content_hash=content_hash,
            print_mark=self.print_mark(),
        )

    def forms(self) -> tuple[list[dict[str, Any]], list[str]]:
        """Every form with its version, where it comes from, and its fault if it has one; files that no paper reads."""
        found = []
        for paper in self.catalogue.papers:
            line: dict[str, Any] = {"name": paper.name, "label": paper.label, "fault": ""}
            try:
                form = form_of(self.form_library, self.registry, paper)
            except RuleBroken as broken:
                line |= {"version": None, "is_county": True, "fault": str(broken)}
            else:
                line |= {"version": form.version, "is_county": form.is_county}
            found.append(line)
        return found, self.form_library.strangers(paper.name for paper in self.catalogue.papers)

    def ledger_facts(self, day_from: date, day_to: date, scopes: tuple[str, ...] = ()) -> LedgerFacts:
        """What ledgers and reports need beyond their rows."""
        return LedgerFacts(
            unit=f"{self.place.station}{self.place.name}",
            practice=self.place.practice,
            printed_by=self.actor.name,
            day_from=day_from,
            day_to=day_to,
            today=self.today,
            holidays=self.holidays,
            scopes=scopes,
            statistics_cut_day=self.settings.whole("statistics_cut_day"),
        )

    def ledger_sheet(self, name: str, facts: LedgerFacts) -> Any:
        """One ledger as a sheet (see `printing.sheets`), noted in the audit."""
        ledger = self.catalogue.ledger(name)
        self.actor.require(ledger.area, "P")
        with self.reading() as session:
            sheet = ledger.build(session, self.registry, facts)
        self.note(Deed("ledger", name, facts=(("from", str(facts.day_from)), ("to", str(facts.day_to)))))
        return replace(sheet, print_mark=self.print_mark())

    def list_sheet(self, kind_name: str, ids: Sequence[str], fields: Sequence[str]) -> LedgerSheet:
        """A list on screen as a sheet, with the columns that the person sees."""
        kind = self.registry.kind(kind_name)
        self.actor.require(kind.info.area, "P")
        columns = tuple(
            LedgerColumn(_SERIAL, 34)
            if name == "serial_no"
            else LedgerColumn(kind.fields[name].label, _mm(kind, name))
            for name in fields
        )
        rows = [
            row
            for start in range(0, len(ids), 500)
            for row in self.rows(kind_name, ids[start : start + 500], fields)
        ]
        self.note(Deed("print_list", kind_name, facts=(("rows", len(rows)),)))
        return LedgerSheet(
            title=f"{kind.info.label}清单",
            unit=f"{self.place.station}{self.place.name}",
            period=f"打印日期 {self.today.isoformat()}",
            columns=columns,
            rows=rows,
            practice=self.place.practice,
            print_mark=self.print_mark(),
        )

    def ledger_pdf(self, sheet: LedgerSheet) -> bytes:
        """A sheet as PDF."""
        from desktop.printing.ledger import render_ledger  # noqa: PLC0415

        pdf = render_ledger(sheet, self.fonts())
        label = f"{sheet.title}（{sheet.period}）"
        self.print_sources.remember(
            pdf, PrintSource(label, content_hash=hash_of(pdf), print_mark=sheet.print_mark)
        )
        return pdf

    def form_pdf(self, sheet: FormSheet, number: str = "") -> bytes:
        """A form that is made from no record as PDF."""
        from desktop.printing.form import render_form  # noqa: PLC0415

        pdf = render_form(sheet, self.fonts())
        label = f"{sheet.title} {number}".rstrip()
        self.print_sources.remember(
            pdf, PrintSource(label, content_hash=hash_of(pdf), print_mark=sheet.print_mark)
        )
        return pdf

    def report(self, name: str, facts: LedgerFacts) -> Mapping[str, Any]:
        """One report's figures."""
        report = self.catalogue.report(name)
        self.actor.require(report.area, "R")
        with self.reading() as session:
            return report.build(session, self.registry, facts)

    # -- exchange ----------------------------------------------------------------------------------------------

    @property
    def identity_key(self) -> bytes:
        """What this PC's own keys are sealed under in the database."""
        return KeyRing.derive(self.data_key, "identity")

    def exchange(self) -> Exchange:
        """This PC as a side of exchanges. Errors: Refused SYN-070 before it has joined a county."""
        with self.reading() as session:
            party = load_party(session.connection(), self.identity_key)
        return Exchange(self.database, party)

    @property
    def blobs(self) -> Blobs:
        """The attachments, and the sealed ones on their way."""
        spool = Spool(self.home / SPOOL_NAME, KeyRing.derive(self.data_key, "spool"))
        return Blobs(self.attachments, spool)

    def visit_stick(
        self, path: Path, progress: Progress = quiet, also_for: Collection[str] = ()
    ) -> StickExchange:
        """One exchange by a stick, with what could not be used of it; `also_for` as in `exchange_by_stick`."""
        exchange = self.exchange()
        if self.settings.flag("registered_sticks_only"):
            check_stick(path, exchange.party.county)
        visit = exchange_by_stick(
            exchange,
            path,
            blobs=self.blobs,
            progress=progress,
            most_bytes=self.settings.whole("package_mib") * 1024 * 1024,
            also_for=also_for,
        )
        self._note_exchange("stick", visit.done)
        return visit

    def exchange_stick(self, path: Path, progress: Progress = quiet) -> Exchanged:
        """One exchange by a stick."""
        return self.visit_stick(path, progress).done

    def exchange_network(self, progress: Progress = quiet, server: str = "") -> Exchanged:
        """One exchange with the county's server, the one that an administrator entered unless one is named."""
        address = allowed_address(self.settings, server)
        exchange = self.exchange()
        with closing(HttpPost(address, exchange.party.pins)) as post:
            try:
                done = exchange_all(exchange, self.blobs, post, post.request, progress=progress)
            finally:
                log_traffic(exchange, post)
        self._note_exchange("network", done)
        return done

    def take_files(self, paths: Sequence[Path], progress: Progress = quiet) -> StickExchange:
        """Takes in files that were dropped on the window or double-clicked."""
        visit = take_loose_files(self.exchange(), paths, blobs=self.blobs, progress=progress)
        self._note_exchange("stick", visit.done)
        return visit

    def wipe_stick(self, path: Path) -> int:
        """Removes what this PC wrote from a stick, and says how many files."""
        count = wipe_stick(self.exchange(), path)
        self.note(Deed("wipe_stick", facts=(("files", count),)))
        return count

    def receipt_book(self) -> list[Package]:
        """Every package that went or came by stick, newest first."""
        with self.reading() as session:
            return receipt_book(session.connection())

    def hand_over_slip(self, stick: Path | None = None) -> HandOverSlip:
        """What is under way, for the paper that goes with the stick."""
        with self.reading() as session:
            lines = slip_lines(session.connection())
        return HandOverSlip(
            room_name=self.place.name,
            device_letter=self.place.letter,
            made_by=self.actor.name,
            made_at=write_instant(self.clock.now()),
            stick_label=stick_label(stick, self.exchange().party.county) if stick is not None else "",
            lines=lines,
        )

    def register_stick(self, path: Path, label: str) -> None:
        """County: marks a stick as one that rooms may use.

        Errors:  as `register_stick.write_register`.
        """
        exchange = self.exchange()
        register_stick(path, label, exchange.party)
        self.note(Deed("register_stick", facts=(("label", label),)))

    def _note_exchange(self, way: str, done: Exchanged) -> None:
        self.place = replace(self.place, incarnation=cast(Log, self.database.log).author.incarnation)
        self.renew_settings()
        facts = (("way", way), ("sent", done.sent), ("received", done.received), ("parked", done.parked))
        self.note(Deed("exchange", facts=facts))

    def set_setting(self, name: str, value: object) -> SettingValue:
        """Changes a setting where it belongs: on this PC, for the room, or at the county for all rooms.

        Errors:  RuleBroken SET-001, SET-002; SET-003 when the other side sets it; Refused SET-004 by role.
        """
        setting = declared(name)
        if not setting.may_change(self.actor.roles):
            raise Refused("SET-004", _("您的角色不能改“{name}”，没有改动").format(name=name))
        deed = Deed("config", facts=(("name", name),))
        if setting.scope == ("county" if self.place.is_county else "room"):
            with self.working() as work:
                write_entry(work, name, check_value(name, value))
                note(work.session.connection(), deed, user=self.actor.name, clock=self.clock)
            self.renew_settings()
        else:
            self.settings.set(name, value)
            self.note(deed)
        return self.settings.get(name)

    def renew_settings(self) -> None:
        """Reads what room and county have set, after opening, a change or an exchange."""
        with self.reading() as session:
            held = read_entries(session)
        if self.place.station:  # the name that the room was made with holds until another is set
            held["room"].setdefault("station_name", self.place.station)
        self.settings.hand_in(**held)
        self.place = replace(self.place, station=self.settings.text("station_name"))

    def open_conflicts(self) -> list[OpenConflict]:
        """What waits for a person."""
        with self.reading() as session:
            return open_conflicts(session.connection())

    def parked(self, scopes: Sequence[str] = ()) -> list[ParkedChange]:
        """What arrived and may not be used yet."""
        with self.reading() as session:
            return read_parked(session, self.registry, scopes)

    def settle(self, picks: Mapping[str, Any], reason: str) -> list[Saved]:
        """Settles conflicts, all or none: id → what `settle_conflict` takes."""
        with self.working() as work:
            saved = [_saved(settle_conflict(work, one, take, reason), work) for one, take in picks.items()]
        self.renew_settings()
        return saved

    def print_mark(self) -> str:
        """The small grey line by which a leaked print is traced: this PC, the person, the second (DOMAIN 3.5)."""
        at = local_time(self.clock.now())
        return f"{self.place.code}-{self.place.letter} {self.actor.name} {at:%Y-%m-%d %H:%M:%S}"


_SERIAL = "编号"


def _mm(kind: Kind, name: str) -> float:
    field = kind.fields[name]
    return field.ledger_mm or (50.0 if field.type is FieldType.LONG_TEXT else 22.0)


def _saved(record: Record, work: Work) -> Saved:
    warnings = tuple(work.warnings)
    work.warnings.clear()
    return Saved(known_id(record), record.serial_no or "", record.__tablename__, warnings)


def free_path(folder: Path, name: str) -> Path:
    """A path in the folder that no file has yet, so that taking out never overwrites."""
    path, number = folder / name, 2
    while path.exists():
        path, number = folder / f"{Path(name).stem}-{number}{Path(name).suffix}", number + 1
    return path
