"""Papers that leave the room by hand: the slip that goes with a stick, contact cards."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select

from desktop.audit.trail import Deed
from desktop.base.clock import local_time
from desktop.base.errors import EnvironmentFault, RuleBroken
from desktop.base.paths import fault_from
from desktop.base.text import _
from desktop.database.columns import read_instant
from desktop.printing.sheets import Card
from desktop.printing.slips import SlipFile, SlipTotal, StickSlip, stick_slip_sheet
from desktop.staff.office import Office
from desktop.staff.pdf import card_sheet, render_card_sheet
from desktop.staff.prints import PrintSource, hash_of
from desktop.sync.certificates import COUNTY_DEVICE
from desktop.sync.conflicts import device_names
from desktop.sync.exchange import STICK
from desktop.sync.stick import FOLDER
from desktop.sync.tables import ExchangeRow, StickFileRow

COUNTY_NAME = "县局"
CONTACT_CARD = "contact_card"
_PART_BYTES = 1 << 20


def gather_stick_slip(office: Office, root: Path) -> StickSlip:
    """What lies on the stick and was written by this PC.

    Errors:  EnvironmentFault STF-021 when nothing of this PC lies there; ENV-0xx what the system reports.
    """
    lying = _lying(root)
    with office.reading() as session:
        connection = session.connection()
        names = device_names(connection)
        rows = {
            row.name: row for row in connection.execute(select(StickFileRow.__table__)) if row.name in lying
        }
        peers = list(dict.fromkeys(row.peer for row in rows.values()))
        totals = tuple(SlipTotal(_named(names, one), _sent_last(connection, one)) for one in peers)
    if not rows:
        raise EnvironmentFault("STF-021", _("这个U盘上没有本机写的数据包。请先用U盘交换一次，再打印交接单"))
    files = [
        _file(lying[name], row, names) for name, row in sorted(rows.items(), key=lambda item: item[1].at)
    ]
    at = local_time(office.clock.now())
    return StickSlip(
        unit=f"{office.place.station}{office.place.name}",
        slip_no=f"{office.place.number_mark}{at:%Y%m%d-%H%M}",
        made=f"{at:%Y-%m-%d %H:%M}",
        made_by=office.actor.name,
        files=tuple(files),
        totals=tuple(one for one in totals if one.commits_count),
        practice=office.place.practice,
        print_mark=office.print_mark(),
    )


def stick_slip_pdf(office: Office, root: Path) -> bytes:
    """The slip as PDF, noted in the audit. Errors: as `gather_stick_slip`."""
    slip = gather_stick_slip(office, root)
    pdf = office.form_pdf(stick_slip_sheet(slip), slip.slip_no)
    office.note(Deed("print", "stick_slip", facts=(("files", len(slip.files)),)))
    return pdf


def contact_cards_pdf(office: Office, text: str) -> bytes:
    """Ten contact cards of one who works here, noted in the audit.

    Errors:  RuleBroken STF-020 without a telephone number, because a card is there to be called; Refused STF-001.
    """
    office.actor.require("staff", "P")
    person = office.show("staff_member", text)
    if not person["phone"]:
        raise RuleBroken("STF-020", _("联系卡上要有电话，请先给{name}填上电话").format(name=person["name"]))
    card = Card(
        unit=f"{office.place.station}{office.place.name}",
        name=person["name"] or "",
        post=office.registry.codes.label("staff_role", person["role"]),
        badge_no=person["badge_no"] or "",
        phone=person["phone"],
        address=office.settings.text("card_address"),
        hours=office.settings.text("card_hours"),
        tip=office.settings.text("card_tip"),
    )
    pdf = render_card_sheet(card_sheet(card, practice=office.place.practice), office.fonts())
    source = PrintSource("警民联系卡", "staff_member", person["id"], content_hash=hash_of(pdf))
    office.print_sources.remember(pdf, source)
    office.note(Deed("print", "staff_member", person["id"], facts=(("paper", CONTACT_CARD),)))
    return pdf


def _lying(root: Path) -> dict[str, Path]:
    try:
        return {path.name: path for path in (root / FOLDER).glob("*/*") if path.is_file()}
    except OSError as error:
        raise fault_from(error, _("读取U盘")) from error


def _file(path: Path, row: Any, names: Mapping[str, str]) -> SlipFile:
    digest = hashlib.sha256()
    size = 0
    try:
        with path.open("rb") as file:
            while part := file.read(_PART_BYTES):
                digest.update(part)
                size += len(part)
    except OSError as error:
        raise fault_from(error, _("读取U盘")) from error
    made = local_time(read_instant(row.at))
    return SlipFile(path.name, _named(names, row.peer), f"{made:%m-%d %H:%M}", size, digest.hexdigest())


def _named(names: Mapping[str, str], peer: str) -> str:
    return names.get(peer, COUNTY_NAME if peer == COUNTY_DEVICE else peer)


def _sent_last(connection: Connection, peer: str) -> int:
    """How many changes the last writing to a stick carried for the receiver."""
    table = ExchangeRow.__table__
    statement = (
        select(table.c.sent_count)
        .where(table.c.peer == peer, table.c.transport == STICK, table.c.sent_count > 0)
        .order_by(table.c.at.desc(), table.c.id.desc())
        .limit(1)
    )
    return int(connection.execute(statement).scalar_one_or_none() or 0)
