"""Reading rosters and patrols."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, time, timedelta
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from desktop.base.text import _
from desktop.database.kinds import Registry
from desktop.patrol import rules
from desktop.patrol.rules import Duty, LeaveSpan, MonthPlan, Person, PlannedShift
from desktop.patrol.tables import Leave, Patrol, PatrolFinding, Shift, SignIn, Team
from desktop.staff.catalogue import BoardFacts, BoardItem

# Duties after which a patrol is written down; the board asks for it.
WALKED = ("01", "02", "10")
ASK_DAYS = 7
_DAY = timedelta(days=1)


def load_month(session: Session, registry: Registry, year: int, month: int) -> MonthPlan:
    """The roster of one month with everything the grid needs to show and judge it."""
    days = rules.days_of_month(year, month)
    first, last = days[0], days[-1]
    shifts = find_shifts(session, first - _DAY, last + _DAY)
    return MonthPlan(
        year=year,
        month=month,
        people=find_people(
            session, registry, {shift.staff_id for shift in shifts if first <= shift.on <= last}
        ),
        duties=find_duties(session, registry),
        shifts=tuple(shifts),
        leaves=tuple(find_leaves(session, first, last)),
    )


def _live(table: Any) -> tuple[Any, ...]:
    return (table.is_deleted.isnot(True), table.is_superseded.isnot(True), table.is_void.isnot(True))


def find_shifts(session: Session, first: date, last: date, *, team_id: str = "") -> list[PlannedShift]:
    """The shifts that begin in a span of days, in order; a shift without day, person or hours is on no roster."""
    statement = (
        select(
            Shift.id,
            Shift.staff_id,
            Shift.shift_on,
            Shift.duty_type,
            Shift.start_time,
            Shift.end_time,
            Shift.duty_lead_id,
            Shift.state,
            Shift.team_id,
            Shift.ver,
        )
        .where(Shift.shift_on.between(first, last), *_live(Shift))
        .order_by(Shift.shift_on, Shift.start_time, Shift.id)
    )
    if team_id:
        statement = statement.where(Shift.team_id == team_id)
    return [
        PlannedShift(
            staff_id=row.staff_id,
            on=row.shift_on,
            duty_type=row.duty_type or "",
            start_time=row.start_time,
            end_time=row.end_time,
            lead_id=row.duty_lead_id or "",
            id=row.id,
            is_published=row.state == rules.PUBLISHED,
            team_id=row.team_id or "",
            seen=tuple(row.ver),
        )
        for row in session.execute(statement)
        if row.staff_id and row.start_time is not None and row.end_time is not None
    ]


def find_people(session: Session, registry: Registry, also: Iterable[str] = ()) -> tuple[Person, ...]:
    """Those who serve, and everybody of `also`, in the order in which they were entered."""
    table: Any = registry.kind("staff_member").table
    rows = session.execute(
        select(table.id, table.name, table.role, table.state, table.is_void)
        .where(table.is_deleted.isnot(True))
        .order_by(table.id)
    )
    wanted = set(also)
    return tuple(
        Person(row.id, row.name or "", registry.codes.label("staff_role", row.role))
        for row in rows
        if row.id in wanted or (row.state != "left" and not row.is_void)
    )


def find_duties(session: Session, registry: Registry) -> tuple[Duty, ...]:
    """All kinds of duty with the hours that the room wrote last for each."""
    newest = select(func.max(Shift.id)).where(*_live(Shift)).group_by(Shift.duty_type)
    hours: dict[str, tuple[time, time]] = {
        row.duty_type: (row.start_time, row.end_time)
        for row in session.execute(
            select(Shift.duty_type, Shift.start_time, Shift.end_time).where(Shift.id.in_(newest))
        )
        if row.duty_type and row.start_time is not None and row.end_time is not None
    }
    return tuple(
        rules.duty_of(code, _(label), hours=hours.get(code))
        for code, label in registry.codes.of("duty_type").items()
    )


def find_leaves(session: Session, first: date, last: date) -> list[LeaveSpan]:
    """The leaves that touch a span of days."""
    rows = session.execute(
        select(Leave.staff_id, Leave.from_on, Leave.to_on)
        .where(Leave.from_on <= last, Leave.to_on >= first, *_live(Leave))
        .order_by(Leave.from_on, Leave.id)
    )
    return [LeaveSpan(row.staff_id, row.from_on, row.to_on) for row in rows if row.staff_id]


def find_teams(session: Session, today: date) -> list[tuple[str, str]]:
    """The teams that are not dissolved, id and name, in the order they were entered."""
    statement = (
        select(Team.id, Team.name)
        .where(Team.dissolved_on.is_(None) | (Team.dissolved_on > today), *_live(Team))
        .order_by(Team.id)
    )
    return [(row.id, row.name or "") for row in session.execute(statement)]


def find_shift_rows(session: Session, ids: Iterable[str]) -> dict[str, Shift]:
    """The shifts of these ids, for changing them; those that were voided or taken out meanwhile are missing."""
    found: dict[str, Shift] = {}
    wanted = list(ids)
    for start in range(0, len(wanted), 400):
        part = wanted[start : start + 400]
        found |= {
            row.id: row for row in session.scalars(select(Shift).where(Shift.id.in_(part), *_live(Shift)))
        }
    return found


def find_drafts(session: Session, first: date, last: date) -> list[Shift]:
    """The shifts of a span of days that were not published yet."""
    statement = (
        select(Shift)
        .where(
            Shift.shift_on.between(first, last), Shift.state.is_distinct_from(rules.PUBLISHED), *_live(Shift)
        )
        .order_by(Shift.shift_on, Shift.id)
    )
    return list(session.scalars(statement))


def has_published(session: Session, first: date, last: date) -> bool:
    """Whether some shift of the span was published."""
    statement = select(Shift.id).where(
        Shift.shift_on.between(first, last), Shift.state == rules.PUBLISHED, *_live(Shift)
    )
    return session.scalar(statement.limit(1)) is not None


def signed_shift_ids(session: Session, ids: Iterable[str]) -> set[str]:
    """Those of the shifts to which somebody signed in."""
    statement = select(SignIn.shift_id).where(SignIn.shift_id.in_(list(ids)), *_live(SignIn))
    return {one for one in session.scalars(statement) if one}


def find_sign_in(session: Session, shift_id: str) -> SignIn | None:
    """How somebody came to a shift, in the newest version."""
    statement = select(SignIn).where(SignIn.shift_id == shift_id, *_live(SignIn)).order_by(SignIn.id.desc())
    return session.scalars(statement.limit(1)).first()


def find_findings(session: Session, patrol_id: str) -> list[PatrolFinding]:
    """What a patrol met, in the order it was written down."""
    statement = (
        select(PatrolFinding)
        .where(PatrolFinding.patrol_id == patrol_id, *_live(PatrolFinding))
        .order_by(PatrolFinding.id)
    )
    return list(session.scalars(statement))


def names_of(session: Session, registry: Registry, ids: Iterable[str]) -> dict[str, str]:
    """The names of staff members by id."""
    table: Any = registry.kind("staff_member").table
    rows = session.execute(select(table.id, table.name).where(table.id.in_(sorted(set(ids)))))
    return {row.id: row.name or "" for row in rows}


# -- 今日 ----------------------------------------------------------------------------------------------------------


def duty_today(session: Session, registry: Registry, facts: BoardFacts) -> list[BoardItem]:
    """Who is on duty today, one line a shift; a shift that runs on from yesterday is not repeated."""
    shifts = find_shifts(session, facts.today, facts.today)
    names = names_of(session, registry, (shift.staff_id for shift in shifts))
    slots: dict[tuple[Any, ...], list[PlannedShift]] = {}
    for shift in shifts:
        slots.setdefault(shift.slot, []).append(shift)
    items = []
    for together in slots.values():
        one = together[0]
        label = _("{begin}–{end} {duty}：{people}").format(
            begin=one.start_time.strftime("%H:%M"),
            end=one.end_time.strftime("%H:%M"),
            duty=_(registry.codes.label("duty_type", one.duty_type)),
            people="、".join(names.get(shift.staff_id, "") for shift in together),
        )
        items.append(BoardItem("tonight", label, "shift", one.id, facts.today, "plain"))
    return items


def patrols_to_write(session: Session, registry: Registry, facts: BoardFacts) -> list[BoardItem]:
    """Patrol shifts of the last week after which no patrol was written down."""
    first, last = facts.today - ASK_DAYS * _DAY, facts.today - _DAY
    written = {(row.patrol_on, row.duty_type) for row in session.execute(_written(first, last))}
    asked: dict[tuple[date, str], PlannedShift] = {}
    for shift in find_shifts(session, first, last):
        if shift.is_published and shift.duty_type in WALKED and (shift.on, shift.duty_type) not in written:
            asked.setdefault((shift.on, shift.duty_type), shift)
    return [
        BoardItem(
            _("巡逻记录"),
            _("{month}月{day}日的{duty}还没有登记巡逻记录").format(
                month=shift.on.month,
                day=shift.on.day,
                duty=_(registry.codes.label("duty_type", shift.duty_type)),
            ),
            "shift",
            shift.id,
            shift.on,
            "overdue",
        )
        for shift in asked.values()
    ]


def _written(first: date, last: date) -> Select[date | None, str | None]:
    return (
        select(Patrol.patrol_on, Patrol.duty_type)
        .where(Patrol.patrol_on.between(first, last), *_live(Patrol))
        .distinct()
    )


BOARD = (duty_today, patrols_to_write)
