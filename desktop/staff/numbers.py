"""Numbers given away before there is a record: blank forms for days without power, and what became of each number.

A reserved number is one of this PC's own (decision 0008), so it never collides; the next record skips it. It is used
when a record of its kind bears it, spoiled when its row here is void, else it is still out.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from desktop.base.errors import RuleBroken
from desktop.base.text import _
from desktop.database.kinds import Kind
from desktop.printing.sheets import FormSheet, LedgerColumn, LedgerSheet
from desktop.staff.blank_forms import blank_sheet, is_written_by_hand
from desktop.staff.claims import bearers_of
from desktop.staff.records import new_row, next_number
from desktop.staff.tables import ReservedNumber
from desktop.staff.work import Work

if TYPE_CHECKING:
    from desktop.staff.office import Office

KIND = "reserved_number"
MOST_AT_ONCE = 100
STATES = {"used": "已补登", "void": "已作废", "out": "没有交回", "double": "重号"}


@dataclass(frozen=True)
class NumberLine:
    """One reserved number and what became of it: a key of `STATES`, and why when it is void."""

    number: str
    kind: str
    batch: str
    reserved_on: date | None
    reserved_by: str
    state: str
    note: str = ""


def reserve_numbers(work: Work, kind_name: str, count: int) -> list[str]:
    """Takes the next numbers of a kind away for blank forms.

    Before:  the actor may reserve numbers, and enter records of the kind.
    After:   no record and no other reservation gets one of them; one row each, one batch together.
    Errors:  RuleBroken NUM-011 for a kind without blank forms, NUM-012 for a count that is not 1 to 100;
             Refused STF-001.
    """
    kind = work.registry.kind(kind_name)
    work.actor.require("numbers", "C")
    work.actor.require(kind.info.area, "C")
    if not is_written_by_hand(kind):
        raise RuleBroken("NUM-011", _("{kind}不用空白表登记，不能预留编号").format(kind=kind.label))
    if not 1 <= count <= MOST_AT_ONCE:
        raise RuleBroken("NUM-012", _("一次可以预留 1 到 {most} 个编号").format(most=MOST_AT_ONCE))
    numbers = [next_number(work, kind) for _place in range(count)]
    rows = [
        new_row(
            work,
            work.registry.kind(KIND),
            {"reserved_no": one, "record_kind": kind.name, "batch_no": numbers[0], "reserved_on": work.today},
        )
        for one in numbers
    ]
    work.note("reserve", rows[0], kind=kind.name, count=count)
    return numbers


def blank_forms_pdf(office: Office, kind_name: str, numbers: Sequence[str]) -> bytes:
    """Blank forms of a kind, one for each number, as one PDF. Errors: Refused STF-001; EnvironmentFault PRN-001."""
    from desktop.printing.form import render_forms  # noqa: PLC0415
    from desktop.staff.prints import PrintSource, hash_of  # noqa: PLC0415 - with them

    kind = office.registry.kind(kind_name)
    office.actor.require("numbers", "P")
    sheets = [_blank(office, kind, one) for one in numbers]
    pdf = render_forms(sheets, office.fonts())
    label = f"{sheets[0].title}（空白）{numbers[0]} 等 {len(numbers)} 份"
    source = PrintSource(label, KIND, content_hash=hash_of(pdf), print_mark=sheets[0].print_mark)
    office.print_sources.remember(pdf, source)
    return pdf


def _blank(office: Office, kind: Kind, number: str) -> FormSheet:
    place = office.place
    sheet = blank_sheet(office.registry, kind, number, unit=f"{place.station}{place.name}")
    return replace(sheet, practice=place.practice, print_mark=office.print_mark())


def read_count(typed: str) -> int:
    """How many forms a person typed; what is no number becomes 0, which nothing can be reserved for."""
    plain = unicodedata.normalize("NFKC", typed).strip().removesuffix("份").strip()
    return int(plain) if re.fullmatch(r"[0-9]{1,4}", plain) else 0


def reserve_and_print(office: Office, kind_name: str, count: int) -> tuple[list[str], bytes]:
    """Reserves numbers and makes their blank forms; nothing stays reserved when the forms cannot be made."""
    with office.working() as work:
        numbers = reserve_numbers(work, kind_name, count)
        pdf = blank_forms_pdf(office, kind_name, numbers)
    return numbers, pdf


def print_batch(office: Office, batch: str) -> bytes:
    """The forms of a batch again, those that are not used or void. Errors: RuleBroken NUM-016 when none is out."""
    lines = [one for one in number_lines(office) if one.batch == batch and one.state == "out"]
    if not lines:
        raise RuleBroken("NUM-016", _("批次 {batch} 没有还没用的编号").format(batch=batch))
    return blank_forms_pdf(office, lines[0].kind, [one.number for one in lines])


# -- what became of them -----------------------------------------------------------------------------------------------


def number_lines(
    office: Office, day_from: date | None = None, day_to: date | None = None
) -> list[NumberLine]:
    """Every reserved number of the days, oldest first. Errors: Refused STF-001."""
    office.actor.require("numbers", "R")
    table: Any = ReservedNumber
    with office.reading() as session:
        statement = (
            select(ReservedNumber)
            .where(table.is_superseded.isnot(True), table.is_deleted.isnot(True))
            .order_by(table.reserved_on, table.reserved_no)
        )
        if day_from is not None:
            statement = statement.where(table.reserved_on >= day_from)
        if day_to is not None:
            statement = statement.where(table.reserved_on <= day_to)
        rows = list(session.scalars(statement))
        bearers = bearers_of(session, office.registry, rows)
        return [_line(row, bearers) for row in rows]


def _line(row: ReservedNumber, bearers: Mapping[tuple[str, str], int]) -> NumberLine:
    number, kind = row.reserved_no or "", row.record_kind or ""
    bearing = bearers.get((kind, number), 0)
    if bearing > 1 or (bearing and row.is_void):
        state = "double"
    elif bearing:
        state = "used"
    else:
        state = "void" if row.is_void else "out"
    return NumberLine(
        number,
        kind,
        row.batch_no or "",
        row.reserved_on,
        row.recorded_by or "",
        state,
        row.void_reason or "" if row.is_void else "",
    )


def year_report_pdf(office: Office, kind_name: str = "") -> bytes:
    """What became of the numbers of this year, of one kind or of all, with those of earlier years that are still out.

    Errors:  Refused STF-001; EnvironmentFault PRN-001.
    """
    year = office.today.year
    lines = [
        one
        for one in number_lines(office)
        if kind_name in {"", one.kind}
        and (one.state in {"out", "double"} or (one.reserved_on and one.reserved_on.year == year))
    ]
    return office.ledger_pdf(report_sheet(office, lines, f"{year}年"))


def report_sheet(office: Office, lines: Sequence[NumberLine], period: str) -> LedgerSheet:
    """预留编号使用情况: every number with what became of it, and the counts."""
    counts = {state: sum(one.state == state for one in lines) for state in STATES}
    told = "，".join(
        f"{STATES[state]} {count} 个" for state, count in counts.items() if count or state != "double"
    )
    columns = (
        LedgerColumn("序号", 12, "center"),
        LedgerColumn("编号", 60),
        LedgerColumn("表格", 32),
        LedgerColumn("预留日期", 26, "center"),
        LedgerColumn("预留人", 24),
        LedgerColumn("情况", 24, "center"),
        LedgerColumn("作废原因", 60),
    )
    rows = [
        (
            str(place),
            one.number,
            office.registry.kind(one.kind).info.label if one.kind in office.registry else one.kind,
            one.reserved_on.isoformat() if one.reserved_on else "",
            one.reserved_by,
            STATES[one.state],
            one.note,
        )
        for place, one in enumerate(lines, 1)
    ]
    return LedgerSheet(
        title="预留编号使用情况",
        unit=f"{office.place.station}{office.place.name}",
        period=period,
        columns=columns,
        rows=rows,
        footnotes=(f"共预留 {len(lines)} 个：{told}。",),
        practice=office.place.practice,
        print_mark=office.print_mark(),
    )
