"""The open room as windows see it: `staff.office.Office` in the frozen values of `shell.office`. No Qt here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from desktop import VERSION
from desktop.base.clock import local_time
from desktop.base.errors import Failure, Refused, RuleBroken
from desktop.base.paths import write_file
from desktop.base.text import N_, _
from desktop.database.binding import can_bind
from desktop.database.columns import read_instant
from desktop.database.fields import to_json
from desktop.database.kinds import Kind
from desktop.database.record import Record
from desktop.database.search import Hit
from desktop.database.values import Wording, words
from desktop.ledgers.handover import handover_pdf
from desktop.printing.jobs import Outcome
from desktop.shell import office as shown
from desktop.staff import accounts, office as staff_office, prints, views
from desktop.staff.arrivals import find_arrivals
from desktop.staff.changes import change_words
from desktop.staff.conflicts import ConflictWords, read_conflicts
from desktop.staff.numbers import read_count, reserve_and_print, year_report_pdf
from desktop.staff.records import children_of, known_id, steps_for, values_of
from desktop.staff.safety import back_up_second, find_contacts, load_safety
from desktop.staff.slips import CONTACT_CARD, contact_cards_pdf, stick_slip_pdf
from desktop.staff.status import back_up, recent_exchanges, status_of
from desktop.staff.tables_in_out import export_rows, import_table
from desktop.staff.undo import undo_last
from desktop.staff.views import Query
from desktop.sync.conflicts import device_names
from desktop.sync.exchange import NETWORK, STICK
from desktop.widgets.listing import ListQuery, ListRow

if TYPE_CHECKING:
    from desktop.printing.system_fonts import SystemFonts

# A session of the database, handed on to those who read with it; nothing here speaks SQL.
Session = Any

SECTIONS = (
    ("overdue", N_("已超期"), N_("没有超期的事。")),
    ("due", N_("今天要办"), N_("今天没有到期的事。")),
    ("tonight", N_("今晚勤务"), N_("今晚没有排班。")),
    ("visit", N_("该走访的户"), N_("都在走访周期内。")),
    ("plain", N_("近期"), N_("近几天没有要办的事。")),
)

# What a page holds without growing slow; the list itself has no end.
CONTACTS_SHOWN = 500

WAYS = {STICK: N_("U盘"), NETWORK: N_("网络")}


class RoomOffice:
    """Answers windows from an open room; every method is called on the database thread."""

    def __init__(self, office: staff_office.Office) -> None:
        self._office = office
        self.home = office.home
        self.version = VERSION
        self.practice = office.place.practice
        self.room_name = office.place.name
        self.room_code = office.place.code
        self.registry = office.registry
        self.actor = office.actor
        self.settings = office.settings
        self.steps = office.catalogue.steps
        papers = [shown.Paper(one.name, one.label, one.kind) for one in office.catalogue.papers]
        self.papers = (*papers, shown.Paper(CONTACT_CARD, N_("警民联系卡"), "staff_member"))

    def set_setting(self, name: str, value: object) -> Any:
        """Changes a setting where it belongs, and gives the value in force."""
        return self._office.set_setting(name, value)

    @property
    def room(self) -> staff_office.Office:
        """The open room itself, for pages that features bring."""
        return self._office

    # -- lists and records ---------------------------------------------------------------------------------------

    def list_ids(self, kind: str, query: ListQuery) -> list[str]:
        """The ids of the records that the query asks for, in its order."""
        return self._office.list_ids(
            kind,
            Query(
                where=query.where,
                search=query.search,
                day_from=query.day_from,
                day_to=query.day_to,
                sort=query.sort,
                descending=query.descending,
                with_void=query.include_void,
            ),
        )

    def rows(self, kind: str, ids: Sequence[str], fields: Sequence[str]) -> list[ListRow]:
        """The lines of these records, in the order of the ids."""
        declared = self.registry.kind(kind)
        with self._office.reading() as session:
            records = views.load_rows(session, declared, ids)
            wording = views.wording_for(session, self.registry, declared, records)
            contested = views.contested_ids(session, kind, [record.id for record in records])
            return [
                ListRow(
                    tuple(_cell(declared, record, name, wording) for name in fields),
                    bool(record.is_void),
                    record.id in contested,
                )
                for record in records
            ]

    def view(self, kind: str, id: str) -> shown.RecordView:
        """One record with everything around it."""
        declared = self.registry.kind(kind)
        with self._office.reading() as session:
            record = self._office.load(session, kind, id)
            wording = self._wording(session, declared, record)
            return shown.RecordView(
                id=known_id(record),
                kind=kind,
                title=views.record_title(declared, record),
                serial_no=record.serial_no or "",
                version=str(views.version_of(session, record)),
                seen=tuple(record.ver or ()),
                values=_values(declared, record),
                words=_words(declared, record, wording),
                link_titles=wording.link_titles,
                children=self._children(session, declared, record),
                steps=tuple(
                    steps_for(
                        self.steps,
                        record,
                        self.actor,
                        self.registry,
                        by_county=self._office.place.is_county,
                    )
                ),
                papers=tuple(one for one in self.papers if one.kind == kind),
                conflicts=tuple(views.contested(session, record)),
                is_void=bool(record.is_void),
                void_reason=record.void_reason or "",
                origin=self._ref(session, record.origin_kind, record.origin_id),
                grown=tuple(
                    shown.RecordRef(*one) for one in views.grown_from(session, self.registry, record)
                ),
                files=tuple(
                    shown.FileRef(
                        known_id(one),
                        one.file_name or "",
                        one.size_bytes or 0,
                        self._office.attachments.has(one.sha256 or ""),
                    )
                    for one in views.files_of(session, kind, known_id(record))
                ),
                history=self._history(session, declared, record),
            )

    def _wording(self, session: Session, kind: Kind, record: Record) -> Wording:
        wording = views.wording_for(session, self.registry, kind, [record])
        titles = dict(wording.link_titles)
        for child in kind.children:
            rows = children_of(session, self.registry, record, child)
            titles |= views.wording_for(
                session, self.registry, self.registry.kind(child.kind), rows
            ).link_titles
        return Wording(wording.codes, titles)

    def _children(
        self, session: Session, kind: Kind, record: Record
    ) -> dict[str, tuple[shown.ChildRow, ...]]:
        found: dict[str, tuple[shown.ChildRow, ...]] = {}
        for child in kind.children:
            child_kind = self.registry.kind(child.kind)
            rows = children_of(session, self.registry, record, child)
            wording = views.wording_for(session, self.registry, child_kind, rows)
            arrived = find_arrivals(session, child.kind, rows) if child_kind.info.shows_arrival else {}
            found[child.name] = tuple(
                shown.ChildRow(
                    known_id(row),
                    _values(child_kind, row),
                    _words(child_kind, row, wording),
                    arrived[row.id].words() if row.id in arrived else "",
                )
                for row in rows
            )
        return found

    def _ref(self, session: Session, kind: str | None, record_id: str | None) -> shown.RecordRef | None:
        if not kind or not record_id or kind not in self.registry:
            return None
        titles = views.link_titles(session, self.registry, [(kind, record_id)])
        return shown.RecordRef(kind, record_id, titles.get((kind, record_id), ""))

    def _history(self, session: Session, kind: Kind, record: Record) -> tuple[shown.HistoryLine, ...]:
        names = device_names(session.connection())
        events = views.history_of(session, record)
        wording = views.wording_of(session, self.registry, [(kind, event.fields) for event in events])
        lines = []
        for event in events:
            device = event.device.partition("/")[0]
            pc = _("本机") if device == self._office.place.device else names.get(device, device)
            told = change_words(kind, event.fields, wording)
            if event.why:
                told = _("{told}（原因：{why}）").format(told=told, why=event.why)
            lines.append(shown.HistoryLine(read_instant(event.at), event.user, pc, told))
        return tuple(reversed(lines))

    # -- saving --------------------------------------------------------------------------------------------------

    def add(self, kind: str, values: Mapping[str, Any], origin: shown.RecordRef | None = None) -> shown.Saved:
        """Adds a record."""
        source = (origin.kind, origin.id) if origin else None
        return _saved(self._office.add(kind, values, source))

    def change(
        self,
        kind: str,
        id: str,
        values: Mapping[str, Any],
        seen: Sequence[str],
        reason: str = "",
    ) -> shown.Saved:
        """Changes the given fields of a record."""
        return _saved(self._office.change(kind, id, values, seen=seen, reason=reason))

    def void(self, kind: str, id: str, reason: str) -> None:
        """Voids a record."""
        self._office.void(kind, id, reason)

    def undo(self, kind: str, id: str) -> shown.Saved:
        """Takes back the last change of a record, as a new change."""
        with self._office.working() as work:
            record = undo_last(work, kind, id)
            return shown.Saved(known_id(record), record.serial_no or "")

    def step(
        self,
        kind: str,
        id: str,
        step_name: str,
        values: Mapping[str, Any],
    ) -> shown.Saved:
        """Takes a step of the workflow."""
        return _saved(self._office.step(kind, id, step_name, values))

    def attach(self, kind: str, id: str, path: Path) -> None:
        """Attaches a file to a record."""
        self._office.attach(kind, id, path)

    def save_file(self, kind: str, id: str, file_id: str, path: Path) -> None:
        """Writes an attachment to a place the person chose."""
        for one in self._office.files(kind, id):
            if one["id"] == file_id:
                write_file(path, self._office.attachments.get(one["sha256"]))
                return
        raise RuleBroken("ATT-005", _("这条记录没有这份附件"))

    # -- finding -------------------------------------------------------------------------------------------------

    def find(self, text: str, limit: int) -> list[Hit]:
        """Records by what was typed."""
        return self._office.find(text, limit)

    def link_choices(self, kind: str, typed: str, limit: int) -> list[tuple[str, str]]:
        """Records of a kind that a link may name: id and title."""
        return self._office.link_choices(kind, typed, limit)

    # -- paper ---------------------------------------------------------------------------------------------------

    def paper(self, name: str, id: str) -> bytes:
        """A paper of one record as PDF."""
        if name == CONTACT_CARD:
            return contact_cards_pdf(self._office, id)
        return self._office.paper(name, id, self._system_fonts)

    @cached_property
    def _system_fonts(self) -> SystemFonts:
        """The fonts that this PC brings for letters; found once."""
        from desktop.printing.system_fonts import fonts_of_this_pc  # noqa: PLC0415 - ReportLab is loaded when paper is made

        return fonts_of_this_pc()

    def warm_paper(self) -> None:
        """Loads fonts, the writer of PDF and PDFium."""
        from desktop.printing.warm import warm  # noqa: PLC0415 - ReportLab is loaded when paper is made

        warm(self._office.fonts())

    def list_pdf(self, kind: str, ids: Sequence[str], fields: Sequence[str]) -> bytes:
        """The list on screen as PDF."""
        return self._office.ledger_pdf(self._office.list_sheet(kind, ids, fields))

    def export_xlsx(self, kind: str, ids: Sequence[str], fields: Sequence[str], path: Path) -> None:
        """The list on screen as a table."""
        declared = self.registry.kind(kind)
        self.actor.require(declared.info.area, "X")
        export_rows(self._office, declared, ids, [name for name in fields if name in declared.fields], path)

    def import_table(self, kind: str, path: Path, *, rehearse: bool) -> shown.ImportReport:
        """Takes records in from xlsx or csv, all or nothing; what is wrong comes back row by row."""
        try:
            done = import_table(self._office, kind, path, dry_run=rehearse)
        except RuleBroken as broken:
            if not broken.fields:
                raise
            return shown.ImportReport(0, broken.fields, rehearse)
        return shown.ImportReport(done["count"], (), rehearse)

    def blank_forms_pdf(self, kind: str, count: str) -> bytes:
        """Reserves as many numbers as was typed and gives blank forms that bear them."""
        return reserve_and_print(self._office, kind, read_count(count))[1]

    def number_report_pdf(self, kind: str) -> bytes:
        """What became of the numbers on blank forms, of one kind or ("") of all, as PDF."""
        return year_report_pdf(self._office, kind)

    def handover_pdf(self) -> bytes:
        """What one clerk leaves to the next as PDF; the name of the next is written by hand."""
        return handover_pdf(self._office)

    def stick_slip_pdf(self, path: Path) -> bytes:
        """The slip for what this PC wrote to the stick as PDF."""
        return stick_slip_pdf(self._office, path)

    def begin_print(self, order: prints.PrintOrder) -> str:
        """Notes that an order goes to the printer; the id by which its end is told."""
        return prints.begin_print(self._office, order)

    def end_print(self, print_id: str, outcomes: tuple[Outcome, ...]) -> None:
        """Notes how an order ended."""
        prints.end_print(self._office, print_id, outcomes)

    # -- the room ------------------------------------------------------------------------------------------------

    def today_board(self) -> shown.Board:
        """The page 今日."""
        items = self._office.board()
        sections = []
        for name, title, empty in SECTIONS:
            found = tuple(
                shown.BoardItem(
                    label=one.label if one.section == name else f"{one.section} · {one.label}",
                    kind=one.kind,
                    id=one.record_id,
                    due=one.due_on.isoformat() if one.due_on else "",
                    severity=_SEVERITIES.get(one.severity, "todo"),
                )
                for one in items
                if _section_of(one.section, one.severity) == name
            )
            sections.append(shown.BoardSection(name, _(title), found, _(empty)))
        return shown.Board(tuple(sections))

    def status(self) -> shown.RoomStatus:
        """How the room stands."""
        found, now = status_of(self._office), self._office.clock.now()
        with self._office.reading() as session:
            exchanges = recent_exchanges(session.connection())
            safety = load_safety(self._office, session.connection(), found["unsent"])
        packages = self._office.receipt_book()[:RECENT_PACKAGES]
        light: shown.Severity = "warn" if found["conflicts"] or found["parked"] else "ok"
        if light == "ok" and (safety.is_late(now) or not (found["last_backup"] or safety.second)):
            light = "todo"
        return shown.RoomStatus(
            light=light,
            sentence=safety.sentence(now),
            clock_words=safety.clock_words(),
            unsent_count=found["unsent"],
            waiting_file_count=found["blobs"]["want"],
            unsent_file_count=found["blobs"]["have"] + found["blobs"]["sent"],
            packages=tuple(_package_line(one) for one in packages),
            conflict_count=found["conflicts"],
            last_exchange=_moment(found["last_exchange"]),
            last_backup=_moment(found["last_backup"]),
            may_use_network=bool(self.settings.get("server_url")) and not self.settings.get("stick_only"),
            exchanges=tuple(
                shown.ExchangeLine(read_instant(one["at"]), _way(one["transport"]), one["outcome"] or "")
                for one in exchanges
            ),
        )

    def exchange_stick(self, path: Path, progress: shown.Tell) -> shown.ExchangeResult:
        """One exchange by way of a folder on a stick."""
        visit = self._office.visit_stick(path, progress)
        return _exchanged(visit.done, visit.refused, may_pull_out=True)

    def take_files(self, paths: Sequence[Path], progress: shown.Tell) -> shown.ExchangeResult:
        """Takes in package files that were dropped on the window or opened with the program."""
        visit = self._office.take_files(paths, progress)
        return _exchanged(visit.done, visit.refused)

    def wipe_stick(self, path: Path) -> int:
        """Removes what this PC wrote from a stick; how many files went."""
        return self._office.wipe_stick(path)

    def exchange_network(self, progress: shown.Tell) -> shown.ExchangeResult:
        """One exchange over the network, with the county address that was entered."""
        return _exchanged(self._office.exchange_network(progress))

    def catch_up_search(self) -> None:
        """Makes findable what came in large numbers; a search would do it first."""
        self._office.database.catch_up_index()

    def back_up_second(self) -> bool:
        """Today's copy in the second place, if it is due."""
        return back_up_second(self._office) is not None

    def contacts(self) -> tuple[shown.ContactLine, ...]:
        """Every request over a network."""
        with self._office.reading() as session:
            found = find_contacts(session.connection(), CONTACTS_SHOWN)
        return tuple(
            shown.ContactLine(
                read_instant(one["at"]),
                one["address"],
                one["up_bytes"] or 0,
                one["down_bytes"] or 0,
                one["outcome"] or "",
            )
            for one in found
        )

    def conflicts(self) -> list[shown.ConflictItem]:
        """What waits for a person."""
        with self._office.reading() as session:
            return [_conflict_item(one) for one in read_conflicts(session, self.registry)]

    def parked(self) -> list[shown.ParkedLine]:
        """What arrived and waits, though nobody here can decide it."""
        return [
            shown.ParkedLine(one.words, one.why, one.user, _moment(one.at), one.device)
            for one in self._office.parked()
        ]

    def settle(self, picks: Mapping[str, shown.Pick], reason: str) -> None:
        """Settles conflicts, all or none."""
        self._office.settle({one: _take(pick) for one, pick in picks.items()}, reason)

    # -- accounts and backup -------------------------------------------------------------------------------------

    def accounts(self) -> list[shown.AccountLine]:
        """Who may log in."""
        return [
            shown.AccountLine(one["name"], tuple(one["roles"]), one["is_disabled"], one["staff_id"] or "")
            for one in accounts.list_accounts(self._office)
        ]

    def add_account(self, name: str, password: str, roles: Sequence[str]) -> None:
        """Adds an account."""
        accounts.add_account(self._office, name, list(roles), password)

    def change_password(self, name: str, old: str, new: str) -> None:
        """Changes a password; `old` is empty when an administrator resets it."""
        if name == self.actor.name and old:
            accounts.change_password(self._office, old, new)
        else:
            accounts.reset_password(self._office, name, new)

    def disable_account(self, name: str) -> None:
        """Takes an account's right to log in."""
        accounts.disable_account(self._office, name)

    def check_password(self, password: str) -> bool:
        """Whether this is the password of the one who is logged in; wrong tries count as at log-in."""
        try:
            self._office.keys.unlock(self.actor.name, password, self._office.clock)
        except Refused as refused:
            if refused.code == "KEY-002":
                return False
            raise
        return True

    def key_binding(self) -> shown.KeyBinding:
        """Whether the accounts' keys are bound to this Windows account, and whether they can be."""
        return shown.KeyBinding(self._office.keys.is_bound(), can_bind())

    def bind_key(self, *, is_bound: bool) -> None:
        """Binds them, or lets go."""
        accounts.bind_keys(self._office, is_bound=is_bound)

    def backup(self, path: Path) -> str:
        """A verified copy; says in words what was written."""
        made = back_up(self._office, path)
        return _("已备份并检查：{folder}，{rows} 条改动，{files} 个文件").format(
            folder=made.folder, rows=made.rows_count, files=made.files_count
        )

    # -- a newer program -----------------------------------------------------------------------------------------

    def find_update(self, stick: Path | None) -> shown.UpdateOffer | None:
        """A newer version of the program on a stick, or at the county."""
        from desktop.staff.updating import find_update  # noqa: PLC0415 - TUF, for a day that comes twice a year
        from desktop.update.install import this_installation  # noqa: PLC0415

        found = find_update(self._office, stick)
        if found is None:
            return None
        return shown.UpdateOffer(
            found.version, found.notes, found.size_bytes, stick, this_installation().is_for_all
        )

    def prepare_update(self, offer: shown.UpdateOffer, progress: shown.Tell) -> shown.UpdateReady:
        """Copies and verifies the installer, then makes a verified backup."""
        from desktop.staff.updating import take_update  # noqa: PLC0415 - as above

        setup, backup = take_update(self._office, offer.source, offer.version, progress)
        return shown.UpdateReady(offer.version, setup, backup)

    def start_update(self, ready: shown.UpdateReady) -> None:
        """Starts the installer; the program must end now."""
        from desktop.staff.updating import install_update  # noqa: PLC0415 - as above

        install_update(self._office, ready.version, ready.setup, ready.backup)


RECENT_PACKAGES = 12
_SEVERITIES: dict[str, shown.Severity] = {"overdue": "late", "due": "due", "plain": "info"}


def _section_of(section: str, severity: str) -> str:
    known = {name for name, _title, _empty in SECTIONS}
    if section in known:
        return section
    return severity if severity in known else "plain"


def _cell(kind: Kind, record: Record, name: str, wording: Wording) -> str:
    if name == "serial_no":
        return record.serial_no or ""
    return words(kind.fields[name], getattr(record, name), wording)


def _values(kind: Kind, record: Record) -> dict[str, Any]:
    return {name: to_json(value) for name, value in values_of(record, kind).items()}


def _words(kind: Kind, record: Record, wording: Wording) -> dict[str, str]:
    return {name: words(field, getattr(record, name), wording) for name, field in kind.fields.items()}


def _saved(saved: staff_office.Saved) -> shown.Saved:
    return shown.Saved(saved.id, saved.serial_no, saved.warnings)


def _exchanged(
    done: Any, refused: Sequence[Failure] = (), *, may_pull_out: bool = False
) -> shown.ExchangeResult:
    notes = dict.fromkeys([*done.notes, *(one.sentence for one in refused)])
    return shown.ExchangeResult(
        sent_count=done.sent,
        received_count=done.received,
        parked_count=done.parked,
        is_equal=done.equal,
        files_sent_count=done.files_sent,
        files_received_count=done.files_received,
        notes=tuple(notes),
        may_pull_out=may_pull_out,
    )


_PACKAGE_LOOKS: dict[str, shown.Severity] = {
    "received": "ok",
    "on_the_way": "todo",
    "missing": "warn",
    "unfinished": "info",
}


def _package_line(one: Any) -> shown.PackageLine:
    way = _("发给{peer}") if one.way == "out" else _("来自{peer}")
    counts = _("{commits} 条改动，{files} 个附件").format(commits=one.commits_count, files=one.blobs_count)
    detail = counts if one.commits_count or one.blobs_count else _("回执")
    if one.state == "missing":
        detail = _("里面的内容会随下一个数据包再送，没有丢失")
    return shown.PackageLine(way.format(peer=one.peer_name), one.words(), _PACKAGE_LOOKS[one.state], detail)


def _conflict_item(told: ConflictWords) -> shown.ConflictItem:
    one = told.conflict
    sides = tuple(
        shown.Side(value, side.user, _moment(side.at), side.device)
        for value, side in zip(told.values, one.sides, strict=True)
    )
    record = shown.RecordRef(one.kind, one.record_id, told.title)
    return shown.ConflictItem(one.id, record, one.field, told.label, told.why, sides, may_type=told.may_type)


def _moment(text: str | None) -> str:
    if not text:
        return ""
    try:
        return local_time(read_instant(text)).strftime("%m-%d %H:%M")
    except ValueError:
        return text


def _take(pick: shown.Pick) -> dict[str, Any]:
    return {"value": pick} if isinstance(pick, str) else {"side": pick}


def _way(transport: str | None) -> str:
    """How an exchange went, in words."""
    return _(WAYS[transport]) if transport in WAYS else transport or ""
