"""What windows ask of the room: the `Office` protocol and the frozen values it gives. No Qt here.

Every method of an `Office` that is not a plain attribute is called on the database thread only, by way of the runner.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, Protocol

from desktop.base.errors import FieldProblem
from desktop.database.kinds import Registry
from desktop.database.search import Hit
from desktop.printing.jobs import Outcome, PrinterSetup
from desktop.staff.permissions import Actor
from desktop.staff.prints import PrintOrder
from desktop.staff.records import Step
from desktop.widgets.listing import ListQuery, ListRow

# Told by a long job: its stage in words, how much is done, of how much (0 when nobody knows). It may raise
# `widgets.runner.Cancelled`, which the job lets pass after undoing what is half done.
Tell = Callable[[str, int, int], None]

Severity = Literal["ok", "todo", "due", "late", "info", "warn", "bad"]


@dataclass(frozen=True)
class Paper:
    """A form that can be printed for one record of a kind."""

    name: str
    label: str
    kind: str


@dataclass(frozen=True)
class RecordRef:
    """A record by kind, id and title."""

    kind: str
    id: str
    title: str


@dataclass(frozen=True)
class FileRef:
    """An attachment of a record; one that another PC added may be known here before it has come."""

    id: str
    name: str
    size_bytes: int
    is_here: bool = True


@dataclass(frozen=True)
class HistoryLine:
    """One change of a record: when (instant), who, on which PC, and what in words."""

    at: datetime
    who: str
    pc: str
    words: str


@dataclass(frozen=True)
class ChildRow:
    """One child record: what the form takes, what people read, and how it travelled where that matters."""

    id: str
    values: Mapping[str, Any]
    words: Mapping[str, str]
    arrival: str = ""


@dataclass(frozen=True)
class RecordView:
    """One record as its page shows it.

    Shape:   `values` hold what the form takes (JSON values); `words` what people read; `link_titles` maps (kind, id)
             to the title of every record that is linked; `seen` goes back with a change, so that a stale form
             becomes a conflict and never an overwrite.
    """

    id: str
    kind: str
    title: str
    serial_no: str = ""
    version: str = ""
    seen: tuple[str, ...] = ()
    values: Mapping[str, Any] = field(default_factory=dict)
    words: Mapping[str, str] = field(default_factory=dict)
    link_titles: Mapping[tuple[str, str], str] = field(default_factory=dict)
    children: Mapping[str, tuple[ChildRow, ...]] = field(default_factory=dict)
    steps: tuple[Step, ...] = ()
    papers: tuple[Paper, ...] = ()
    conflicts: tuple[str, ...] = ()
    is_void: bool = False
    void_reason: str = ""
    origin: RecordRef | None = None
    grown: tuple[RecordRef, ...] = ()
    files: tuple[FileRef, ...] = ()
    history: tuple[HistoryLine, ...] = ()


@dataclass(frozen=True)
class Saved:
    """What a save did."""

    id: str
    serial_no: str = ""
    warnings: tuple[FieldProblem, ...] = ()


@dataclass(frozen=True)
class ImportReport:
    """What an import did, or would do when it was a rehearsal."""

    added_count: int
    problems: tuple[FieldProblem, ...] = ()
    is_rehearsal: bool = True


@dataclass(frozen=True)
class BoardItem:
    """One thing on the page 今日; without a kind it opens nothing."""

    label: str
    kind: str = ""
    id: str = ""
    due: str = ""
    severity: Severity = "todo"


@dataclass(frozen=True)
class BoardSection:
    """One card of the page 今日; `empty` is said when it has no items."""

    name: str
    title: str
    items: tuple[BoardItem, ...] = ()
    empty: str = ""


@dataclass(frozen=True)
class Board:
    """The page 今日."""

    sections: tuple[BoardSection, ...] = ()


@dataclass(frozen=True)
class ExchangeLine:
    """One exchange with the county in the past."""

    at: datetime
    way: str
    words: str


@dataclass(frozen=True)
class PackageLine:
    """One package of the stick's receipt book in words: `发给 县局`, `15 在途`."""

    way: str
    words: str
    severity: Severity
    detail: str = ""


@dataclass(frozen=True)
class ContactLine:
    """One request over a network."""

    at: datetime
    address: str
    up_bytes: int
    down_bytes: int
    words: str


@dataclass(frozen=True)
class RoomStatus:
    """How the room stands: the safety light and its sentence, what waits, the last exchange and backup in words."""

    light: Severity = "ok"
    sentence: str = ""
    unsent_count: int = 0
    waiting_file_count: int = 0
    conflict_count: int = 0
    last_exchange: str = ""
    last_backup: str = ""
    may_use_network: bool = False
    exchanges: tuple[ExchangeLine, ...] = ()
    unsent_file_count: int = 0
    packages: tuple[PackageLine, ...] = ()
    clock_words: str = ""


@dataclass(frozen=True)
class ExchangeResult:
    """What went and came in one exchange."""

    sent_count: int = 0
    received_count: int = 0
    parked_count: int = 0
    is_equal: bool = True
    files_sent_count: int = 0
    files_received_count: int = 0
    notes: tuple[str, ...] = ()
    may_pull_out: bool = False


@dataclass(frozen=True)
class Side:
    """One of the values of a field in conflict."""

    words: str
    who: str = ""
    at: str = ""
    pc: str = ""


@dataclass(frozen=True)
class ConflictItem:
    """One thing that a person must settle."""

    id: str
    record: RecordRef
    field: str
    label: str
    why: str
    sides: tuple[Side, ...]
    may_type: bool = True


@dataclass(frozen=True)
class ParkedLine:
    """One change that arrived and may not be used yet."""

    words: str
    why: str
    who: str = ""
    at: str = ""
    pc: str = ""


Pick = int | str
"""What a person chose: a side, counted from 1, or another value as typed."""


@dataclass(frozen=True)
class AccountLine:
    """One account as the settings show it."""

    name: str
    roles: tuple[str, ...]
    is_disabled: bool = False
    staff_id: str = ""


@dataclass(frozen=True)
class KeyBinding:
    """The second lock on the accounts' keys, which only one Windows account opens."""

    is_bound: bool = False
    can_bind: bool = False


@dataclass(frozen=True)
class UpdateOffer:
    """A newer version that the county's keys vouch for; `source` is the stick, None for the county's server."""

    version: str
    notes: str = ""
    size_bytes: int = 0
    source: Path | None = None
    needs_administrator: bool = False


@dataclass(frozen=True)
class UpdateNews:
    """What to say of an update that nobody asked for; without an offer it was not believed."""

    words: str
    state: Literal["info", "warn"]
    offer: UpdateOffer | None = None


@dataclass(frozen=True)
class UpdateReady:
    """An installer that lies on this PC, and the backup that was made before it is started."""

    version: str
    setup: Path
    backup: Path


class SettingsLike(Protocol):
    """Values of the declared settings."""

    def get(self, name: str) -> Any:
        """The value in force."""


class Spool(Protocol):
    """Printers; called in the lanes of the printer, never on the window's thread."""

    def printers(self) -> list[str]:
        """Names of the printers, the default one first."""

    def setup_of(self, printer: str) -> PrinterSetup:
        """What was kept for a printer."""

    def keep_setup(self, printer: str, setup: PrinterSetup) -> None:
        """Keeps what a printer needs."""

    def print_run(
        self, pdf: bytes, printer: str, run: Sequence[int], progress: Tell, cancelled: Callable[[], bool]
    ) -> Outcome:
        """Prints pages in this order at 100 % and says how many were sent."""


class Office(Protocol):
    """The open room, as far as windows need it."""

    @property
    def home(self) -> Path:
        """The data folder."""

    @property
    def version(self) -> str:
        """The version of this program."""

    @property
    def practice(self) -> bool:
        """Whether everything here is invented."""

    @property
    def room_name(self) -> str:
        """The name on the door."""

    @property
    def room_code(self) -> str:
        """The code of the room."""

    @property
    def registry(self) -> Registry:
        """All kinds and code lists."""

    @property
    def actor(self) -> Actor:
        """Who is logged in."""

    @property
    def settings(self) -> SettingsLike:
        """The values of the settings."""

    def set_setting(self, name: str, value: object) -> Any:
        """Changes a setting where it belongs, and gives the value in force."""

    @property
    def steps(self) -> Sequence[Step]:
        """Every workflow step of the features."""

    @property
    def papers(self) -> Sequence[Paper]:
        """Every paper of the features."""

    def list_ids(self, kind: str, query: ListQuery) -> list[str]:
        """The ids of the records that the query asks for, in its order; fast for 100,000."""

    def rows(self, kind: str, ids: Sequence[str], fields: Sequence[str]) -> list[ListRow]:
        """The lines of these records, in the order of the ids."""

    def view(self, kind: str, id: str) -> RecordView:
        """One record with everything around it."""

    def add(self, kind: str, values: Mapping[str, Any], origin: RecordRef | None = None) -> Saved:
        """Adds a record."""

    def change(
        self, kind: str, id: str, values: Mapping[str, Any], seen: Sequence[str], reason: str = ""
    ) -> Saved:
        """Changes the given fields of a record."""

    def void(self, kind: str, id: str, reason: str) -> None:
        """Voids a record."""

    def undo(self, kind: str, id: str) -> Saved:
        """Takes back the last change of a record, as a new change."""

    def step(self, kind: str, id: str, step_name: str, values: Mapping[str, Any]) -> Saved:
        """Takes a step of the workflow."""

    def find(self, text: str, limit: int) -> list[Hit]:
        """Records by what was typed."""

    def link_choices(self, kind: str, typed: str, limit: int) -> list[tuple[str, str]]:
        """Records of a kind that a link may name: id and title."""

    def paper(self, name: str, id: str) -> bytes:
        """A paper of one record as PDF."""

    def warm_paper(self) -> None:
        """Loads what papers need, before the first one is asked for."""

    def list_pdf(self, kind: str, ids: Sequence[str], fields: Sequence[str]) -> bytes:
        """The list on screen as PDF."""

    def export_xlsx(self, kind: str, ids: Sequence[str], fields: Sequence[str], path: Path) -> None:
        """The list on screen as a table."""

    def import_table(self, kind: str, path: Path, *, rehearse: bool) -> ImportReport:
        """Takes records in from xlsx or csv, all or nothing."""

    def attach(self, kind: str, id: str, path: Path) -> None:
        """Attaches a file to a record."""

    def save_file(self, kind: str, id: str, file_id: str, path: Path) -> None:
        """Writes an attachment to a place the person chose."""

    def blank_forms_pdf(self, kind: str, count: str) -> bytes:
        """Reserves as many numbers as was typed and gives blank forms that bear them."""

    def number_report_pdf(self, kind: str) -> bytes:
        """What became of the numbers on blank forms, of one kind or ("") of all, as PDF."""

    def handover_pdf(self) -> bytes:
        """What one clerk leaves to the next as PDF."""

    def stick_slip_pdf(self, path: Path) -> bytes:
        """The slip for what this PC wrote to the stick as PDF."""

    def begin_print(self, order: PrintOrder) -> str:
        """Notes that an order goes to the printer; the id by which its end is told."""

    def end_print(self, print_id: str, outcomes: tuple[Outcome, ...]) -> None:
        """Notes how an order ended."""

    def today_board(self) -> Board:
        """The page 今日."""

    def status(self) -> RoomStatus:
        """How the room stands."""

    def exchange_stick(self, path: Path, progress: Tell) -> ExchangeResult:
        """One exchange by way of a folder on a stick."""

    def exchange_network(self, progress: Tell) -> ExchangeResult:
        """One exchange over the network, with the county address that was entered."""

    def take_files(self, paths: Sequence[Path], progress: Tell) -> ExchangeResult:
        """Takes in package files that were dropped on the window or opened with the program."""

    def wipe_stick(self, path: Path) -> int:
        """Removes what this PC wrote from a stick; how many files went."""

    def catch_up_search(self) -> None:
        """Makes findable what came in large numbers; a search would do it first."""

    def back_up_second(self) -> bool:
        """Makes today's copy in the second place, if it is due; whether one was made."""

    def contacts(self) -> tuple[ContactLine, ...]:
        """Every request over a network, newest first."""

    def conflicts(self) -> list[ConflictItem]:
        """What waits for a person."""

    def parked(self) -> list[ParkedLine]:
        """What arrived and waits, though nobody here can decide it."""

    def settle(self, picks: Mapping[str, Pick], reason: str) -> None:
        """Settles conflicts, all or none: id → what was chosen."""

    def accounts(self) -> list[AccountLine]:
        """Who may log in."""

    def add_account(self, name: str, password: str, roles: Sequence[str]) -> None:
        """Adds an account."""

    def change_password(self, name: str, old: str, new: str) -> None:
        """Changes a password; `old` is empty when an administrator resets it."""

    def disable_account(self, name: str) -> None:
        """Takes an account's right to log in."""

    def check_password(self, password: str) -> bool:
        """Whether this is the password of the one who is logged in; for the lock."""

    def key_binding(self) -> KeyBinding:
        """Whether the accounts' keys are bound to this Windows account, and whether they can be."""

    def bind_key(self, *, is_bound: bool) -> None:
        """Binds them, or lets go."""

    def backup(self, path: Path) -> str:
        """A verified copy; says in words what was written."""

    def find_update(self, stick: Path | None) -> UpdateOffer | None:
        """A newer version of the program on a stick, or at the county; None when this one is the newest."""

    def prepare_update(self, offer: UpdateOffer, progress: Tell) -> UpdateReady:
        """Copies and verifies the installer, then makes a verified backup."""

    def start_update(self, ready: UpdateReady) -> None:
        """Starts the installer; the program must end now."""
