"""Reading hazards: which press today, how many are open, what grew from a record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from desktop.base.days import ledger_day
from desktop.base.text import _
from desktop.base.workdays import HolidayTable
from desktop.database.kinds import Registry
from desktop.hazards import rules
from desktop.hazards.tables import Hazard
from desktop.places import store as places
from desktop.staff.catalogue import BoardFacts, BoardItem, BoardPart


@dataclass(frozen=True)
class PressingHazard:
    """One hazard that somebody has to do something about.

    Shape:   `due_on` is the day that holds, after an extension; `place` is its own words or its door's.
    """

    id: str
    serial_no: str
    place: str
    hazard_class: str
    state: str
    due_on: date | None
    severity: rules.Severity


def find_pressing(
    session: Session, today: date, remind_days: int = rules.HAZARD_REMIND_DAYS
) -> list[PressingHazard]:
    """Hazards to be decided, re-checked or struck off: overdue ones first, then by their day."""
    rows = session.scalars(
        select(Hazard).where(
            *_live(), or_(Hazard.state.is_(None), Hazard.state != rules.CLOSED), Hazard.is_void.isnot(True)
        )
    ).all()
    pressing = [(row, severity_of(row, today, remind_days)) for row in rows]
    doors = _door_places(session, [row for row, severity in pressing if severity and not row.place])
    found = [
        PressingHazard(
            row.id,
            row.serial_no or "",
            row.place or doors.get(row.household_id or row.premises_id or "", ""),
            row.hazard_class or "",
            rules.state_of(row.state),
            due_day(row),
            severity,
        )
        for row, severity in pressing
        if severity
    ]
    order = {"overdue": 0, "due": 1, "plain": 2}
    return sorted(found, key=lambda one: (order[one.severity], one.due_on or date.max, one.id))


def due_day(hazard: Hazard) -> date | None:
    """The deadline that holds: the extended one if there is one."""
    return hazard.extended_to_on or hazard.due_on


def severity_of(hazard: Hazard, today: date, remind_days: int = rules.HAZARD_REMIND_DAYS) -> rules.Severity:
    """How much the hazard presses today."""
    return rules.severity(hazard.state, hazard.found_on, due_day(hazard), today, remind_days)


def find_ids_by_origin(session: Session, kind: str, record_ids: Sequence[str]) -> dict[str, list[str]]:
    """Record id → ids of the hazards that grew from it, for ledgers that tell where a matter went."""
    found: dict[str, list[str]] = {}
    for start in range(0, len(record_ids), 400):
        part = list(record_ids[start : start + 400])
        for origin_id, hazard_id in session.execute(
            select(Hazard.origin_id, Hazard.id)
            .where(*_live(), Hazard.origin_kind == kind, Hazard.origin_id.in_(part))
            .order_by(Hazard.id)
        ):
            found.setdefault(str(origin_id), []).append(hazard_id)
    return found


def count_by_state(
    session: Session, day_from: date, day_to: date, scopes: Sequence[str] = ()
) -> dict[str, int]:
    """State → number of hazards found in a closed span of days; void ones are not counted."""
    state = func.coalesce(Hazard.state, rules.REGISTERED)
    statement = (
        select(state, func.count())
        .where(*_live(), Hazard.is_void.isnot(True), Hazard.found_on >= day_from, Hazard.found_on <= day_to)
        .group_by(state)
    )
    if scopes:
        statement = statement.where(Hazard.scope.in_(scopes))
    return {name: count for name, count in session.execute(statement)}  # noqa: C416 - rows are no pairs to mypy


def _live() -> tuple[Any, ...]:
    return (Hazard.is_deleted.isnot(True),)


def _door_places(session: Session, hazards: Sequence[Hazard]) -> dict[str, str]:
    doors = places.find_doors(session, "household", [row.household_id for row in hazards if row.household_id])
    doors |= places.find_doors(session, "premises", [row.premises_id for row in hazards if row.premises_id])
    return {door_id: door.place for door_id, door in doors.items()}


def show_pressing(session: Session, registry: Registry, facts: BoardFacts) -> list[BoardItem]:
    """The hazards part of 今日."""
    items = []
    for one in find_pressing(session, facts.today):
        what = f"{one.place} {registry.codes.label('hazard_class', one.hazard_class)}".strip()
        label = f"{_told(one, facts.today, facts.holidays)}：{what}"
        items.append(BoardItem(one.severity, label, "hazard", one.id, one.due_on, one.severity))
    return items


def _told(hazard: PressingHazard, today: date, holidays: HolidayTable) -> str:
    if hazard.state == rules.REGISTERED:
        return _("隐患还没定怎么整改")
    if hazard.state == rules.FAILED:
        return _("隐患复查不合格，请再定期限或移交")
    if hazard.state == rules.PASSED:
        return _("隐患已合格，等待销号")
    if hazard.state == rules.REFERRED:
        return _("隐患已移交，收到回执后销号")
    if hazard.due_on is not None and hazard.due_on < today:
        last = rules.recheck_by(hazard.due_on, holidays)
        return _("隐患整改期限已过，请在{last}前复查").format(last=ledger_day(last))
    return _("隐患整改快到期")


BOARD: tuple[BoardPart, ...] = (show_pressing,)
