"""The only place that joins the features to shell, command line and sync."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from desktop.base.clock import Clock, SystemClock
from desktop.base.paths import fault_from, witness_folder, write_file
from desktop.base.text import N_, _
from desktop.cli.main import main

if TYPE_CHECKING:
    from desktop.shell.door import Enrolment
    from desktop.shell.room_door import Joining
    from desktop.staff.catalogue import Catalogue
    from desktop.staff.office import Office
    from desktop.staff.rooms import Rooms
    from desktop.widgets.workbench import FeaturePage

# Low floors first, but orders late: to hand a matter on is what people are offered last.
# A feature's parts are joined by the names that every feature uses.
PARTS = ("tables", "store", "actions", "entering", "pdf")
FEATURES = ("staff", "places", "hazards", "mediation", "patrol", "visits", "orders", "ledgers")


def build_catalogue() -> Catalogue:
    """Everything the features bring."""
    from desktop.database.codes import CodeLists  # noqa: PLC0415 - see make_rooms
    from desktop.database.kinds import Registry  # noqa: PLC0415
    from desktop.staff.catalogue import Catalogue  # noqa: PLC0415

    parts = [_part(feature, name) for feature in FEATURES for name in PARTS]

    def joined(name: str) -> tuple[Any, ...]:
        return tuple(item for part in parts for item in getattr(part, name, ()))

    registry = Registry(
        joined("TABLES"),
        CodeLists(joined("CODES")),
        guards=joined("GUARDS"),
        after_add=joined("AFTER_ADD"),
        fills=joined("FILLS"),
        derivations=joined("DERIVATIONS"),
    )
    return Catalogue(
        registry=registry,
        steps=joined("STEPS"),
        papers=joined("PAPERS"),
        ledgers=joined("LEDGERS"),
        reports=joined("REPORTS"),
        board_parts=joined("BOARD"),
    )


def _part(feature: str, name: str) -> Any:
    full = f"desktop.{feature}.{name}"
    return importlib.import_module(full) if importlib.util.find_spec(full) else None


def run(arguments: Sequence[str]) -> int:
    """The program: a window without a command, a command otherwise."""
    return main(list(arguments), make_rooms, run_window)


def make_rooms(clock: Clock) -> Rooms:
    """The door to rooms, with every feature joined."""
    from desktop.staff.rooms import Rooms  # noqa: PLC0415 - SQLAlchemy; the window opens before it is loaded

    return Rooms(build_catalogue, clock, witnesses=witness_folder())


def run_window(home: Path, user: str, language: str, bundle: Path | None = None) -> int:
    """The window on one room folder."""
    from desktop.shell.application import run_window as show  # noqa: PLC0415 - commands must not load Qt

    return show(
        home, user, language, make_rooms, make_pages=make_pages, joining=make_joining(), bundle=bundle
    )


def make_joining() -> Joining:
    """How the window joins a county by files."""
    from desktop.shell.room_door import Joining  # noqa: PLC0415 - only a window asks for it

    return Joining(ask_county, finish_with_county)


def ask_county(home: Path, slot: Path, out: Path, user: str, password: str) -> Enrolment:
    """Writes the request that the county approves, and gives the six words."""
    from desktop.shell.door import Enrolment  # noqa: PLC0415 - see make_joining
    from desktop.staff.joining import ask_for_place  # noqa: PLC0415

    asked = ask_for_place(
        make_rooms(SystemClock()),
        home,
        read_whole(slot),
        user=user,
        password=lambda: password,
        first_password=lambda: password,
    )
    write_file(out, asked.request)
    return Enrolment(out, asked.words)


def finish_with_county(home: Path, approval: Path, user: str, password: str) -> Office:
    """Takes the county's approval and opens the room as a member of the county."""
    from desktop.staff.joining import finish_joining  # noqa: PLC0415 - see make_joining

    rooms = make_rooms(SystemClock())
    office = rooms.open(home, user, password)
    try:
        finish_joining(office, read_whole(approval))
    finally:
        office.database.close()
    return rooms.open(home, user, password)


def read_whole(path: Path) -> bytes:
    """A file that somebody handed over.

    Errors:  EnvironmentFault ENV-0xx.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise fault_from(error, _("读取文件")) from error


def make_pages() -> tuple[FeaturePage, ...]:
    """The pages that features bring because the generic list and form cannot give them."""
    from desktop.ledgers.ui import ledgers_page, statistics_page  # noqa: PLC0415 - only a window asks for them
    from desktop.patrol.ui import roster_page  # noqa: PLC0415
    from desktop.widgets.workbench import FeaturePage  # noqa: PLC0415

    return (
        FeaturePage("roster", N_("排班表"), "patrol", "patrol", roster_page.make_page),
        FeaturePage("registers", N_("台账"), "ledgers", "", ledgers_page.make_page),
        FeaturePage("statistics", N_("统计"), "ledgers", "visits", statistics_page.make_page),
    )
