"""工作交接单: what is open, due, waiting, not sent, not printed when one clerk leaves the desk to another."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from desktop.audit.trail import Deed
from desktop.base.clock import local_time
from desktop.base.text import _
from desktop.database.columns import read_instant
from desktop.database.kinds import Registry
from desktop.printing.slips import HandoverItem, HandoverPart, HandoverSheet, handover_form
from desktop.staff.catalogue import BoardItem
from desktop.staff.conflicts import read_conflicts
from desktop.staff.office import Office
from desktop.staff.prints import broken_prints, printed_records
from desktop.staff.status import status_of
from desktop.staff.views import live

_MOST_CONFLICTS = 30


def gather_handover(office: Office, to_name: str = "") -> HandoverSheet:
    """Everything that waits here, as of now."""
    board = office.board()
    found = status_of(office)
    with office.reading() as session:
        numbers = _numbers(session, office.registry, board)
        conflicts = _conflicts(session, office)
        broken = _broken_prints(session)
        unprinted = _unprinted(session, office, board)
    parts = (
        HandoverPart("已超期", _items(board, "overdue", numbers)),
        HandoverPart("今天到期", _items(board, "due", numbers)),
        HandoverPart("近期要办", _items(board, "plain", numbers)),
        HandoverPart("两边填的不一样，等人选定", tuple(conflicts)),
        HandoverPart("文书还没有打印", tuple(unprinted)),
        HandoverPart("没有印完的", tuple(broken)),
    )
    at = local_time(office.clock.now())
    return HandoverSheet(
        unit=f"{office.place.station}{office.place.name}",
        made=f"{at:%Y-%m-%d %H:%M}",
        from_name=office.actor.name,
        to_name=to_name,
        parts=parts,
        facts=(
            ("未送县局", f"{found['unsent']} 条" if found["unsent"] else "无"),
            ("等着传的附件", f"{found['blobs']['want']} 个" if found["blobs"]["want"] else "无"),
            ("上次交换", _moment(found["last_exchange"])),
            ("上次备份", _moment(found["last_backup"])),
        ),
        practice=office.place.practice,
        print_mark=office.print_mark(),
    )


def _conflicts(session: Session, office: Office) -> list[HandoverItem]:
    found = read_conflicts(session, office.registry)
    items = [
        HandoverItem(
            _("{kind}：{title}，{field}").format(
                kind=office.registry.kind(one.conflict.kind).label, title=one.title, field=one.label
            )
        )
        for one in found[:_MOST_CONFLICTS]
    ]
    left = len(found) - len(items)
    return [*items, HandoverItem(_("……还有 {count} 项，见“待处理”").format(count=left))] if left else items


def handover_pdf(office: Office, to_name: str = "") -> bytes:
    """The paper as PDF, noted in the audit. Errors: Refused STF-001 for who may not print."""
    office.actor.require("visits", "P")
    sheet = gather_handover(office, to_name)
    pdf = office.form_pdf(handover_form(sheet), "")
    office.note(Deed("print", "handover", facts=(("to", to_name),)))
    return pdf


def _items(
    board: Iterable[BoardItem], severity: str, numbers: dict[tuple[str, str], str]
) -> tuple[HandoverItem, ...]:
    wanted = [one for one in board if one.severity == severity]
    wanted.sort(key=lambda one: (one.due_on is None, one.due_on, one.label))
    return tuple(
        HandoverItem(
            one.label,
            f"{one.due_on:%m-%d}" if one.due_on else "",
            numbers.get((one.kind, one.record_id), ""),
        )
        for one in wanted
    )


def _numbers(session: Session, registry: Registry, board: Iterable[BoardItem]) -> dict[tuple[str, str], str]:
    """The short numbers of the records on the board: kind letter and digits, as people read them aloud."""
    wanted: dict[str, list[str]] = {}
    for one in board:
        if one.kind in registry and registry.kind(one.kind).info.letter:
            wanted.setdefault(one.kind, []).append(one.record_id)
    found: dict[tuple[str, str], str] = {}
    for kind, ids in wanted.items():
        table: Any = registry.kind(kind).table
        for start in range(0, len(ids), 400):
            part = ids[start : start + 400]
            rows = session.execute(select(table.id, table.serial_no).where(table.id.in_(part), *live(table)))
            found |= {(kind, str(row.id)): _short(row.serial_no or "") for row in rows}
    return found


def _short(serial_no: str) -> str:
    return "-".join(serial_no.split("-")[-2:])


def _unprinted(session: Session, office: Office, board: Iterable[BoardItem]) -> list[HandoverItem]:
    """Matters that wait and have a paper of which nobody has made a print yet."""
    with_papers = {one.kind for one in office.catalogue.papers}
    waiting = {one.record_id: one.label for one in board if one.kind in with_papers}
    printed = printed_records(session, list(waiting))
    return [HandoverItem(label) for record_id, label in waiting.items() if record_id not in printed]


def _broken_prints(session: Session) -> list[HandoverItem]:
    return [
        HandoverItem(
            f"{one.label}（要打 {one.wanted_pages}{f'，已送出 {one.sent_pages}' if one.sent_pages else ''}）"
        )
        for one in broken_prints(session)
    ]


def _moment(text: str | None) -> str:
    return f"{local_time(read_instant(text)):%Y-%m-%d %H:%M}" if text else "还没有"
