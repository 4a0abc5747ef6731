"""Reading visits and requests: who is next, how many a week, which requests press, what a visit was about."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Subquery, and_, case, func, or_, select
from sqlalchemy.orm import Session, aliased

from desktop.base.days import ledger_day
from desktop.base.text import _
from desktop.database.kinds import Registry
from desktop.places import store as places
from desktop.places.store import DoorKind
from desktop.staff.catalogue import BoardFacts, BoardItem, BoardPart
from desktop.visits import rules
from desktop.visits.tables import Request, Visit

BOARD_HOUSEHOLDS = 3
BOARD_PREMISES = 2
BOARD_PLANNED = 5

_PART = 400


@dataclass(frozen=True)
class NextVisit:
    """One household or premises that waits for a visit.

    Shape:   `last_visited_on` None means never; `missed_count` counts the tries in vain since the last visit.
    """

    kind: DoorKind
    id: str
    title: str
    area_id: str
    place: str
    last_visited_on: date | None
    last_tried_on: date | None
    missed_count: int = 0


@dataclass(frozen=True)
class WeekCount:
    """The visits of one week from Monday to Sunday.

    Shape:   `household_count` and `premises_count` count places reached, each once; the others count visits.
    """

    monday: date
    household_count: int
    premises_count: int
    visit_count: int
    not_met_count: int
    declined_count: int


@dataclass(frozen=True)
class PressingRequest:
    """One request that somebody has to do something about."""

    id: str
    serial_no: str
    content: str
    state: str
    due_on: date | None
    severity: rules.Severity


@dataclass(frozen=True)
class PlannedVisit:
    """A further visit that somebody planned for a day and that has not been made."""

    visit_id: str
    title: str
    next_on: date
    next_plan: str


# -- who is next ---------------------------------------------------------------------------------------------------


def find_next_to_visit(
    session: Session,
    today: date,
    limit: int,
    area_id: str | None = None,
    *,
    kinds: Sequence[DoorKind] = ("household", "premises"),
    cycle_days: int = rules.VISIT_CYCLE_DAYS,
    retry_days: int = rules.VISIT_RETRY_DAYS,
) -> list[NextVisit]:
    """Who waits for a visit: never visited first, then the longest ago; the area means all that lies in it.

    A door at which nobody was met counts as tried, not as visited, and comes back after `retry_days`; a refusal and an
    empty house count as visited, so that nobody is pressed.
    """
    area_ids = places.find_area_ids_within(session, area_id) if area_id else None
    waiting = [
        NextVisit(
            one.door.kind,
            one.door.id,
            one.door.title,
            one.door.area_id,
            one.door.place,
            one.last_visited_on,
            one.last_tried_on,
        )
        for kind in kinds
        for one in places.find_longest_unvisited(
            session,
            kind,
            _seen(kind, today),
            visited_by=rules.waits_when_seen_by(today, cycle_days),
            tried_by=rules.may_retry_when_tried_by(today, retry_days),
            limit=limit,
            area_ids=area_ids,
        )
    ]
    waiting.sort(key=lambda one: (one.last_visited_on or date.min, one.last_tried_on or date.min))
    chosen = waiting[:limit]
    missed = _missed_counts(session, chosen)
    return [replace(one, missed_count=missed.get(one.id, 0)) for one in chosen]


def count_covered(
    session: Session, today: date, *, area_id: str | None = None, cycle_days: int = rules.VISIT_CYCLE_DAYS
) -> tuple[int, int]:
    """How many households were visited within the cycle, and how many there are."""
    area_ids = places.find_area_ids_within(session, area_id) if area_id else None
    covered = places.count_visited_since(
        session,
        "household",
        _seen("household", today),
        visited_after=rules.waits_when_seen_by(today, cycle_days),
        area_ids=area_ids,
    )
    return covered, places.count_doors(session, "household", area_ids)


def _live(table: Any = Visit) -> tuple[Any, ...]:
    return (table.is_superseded.isnot(True), table.is_void.isnot(True), table.is_deleted.isnot(True))


def _link(kind: DoorKind, table: Any = Visit) -> Any:
    return table.household_id if kind == "household" else table.premises_id


def _seen(kind: DoorKind, today: date) -> Subquery:
    """For each door the last day of a visit and of a try; days that lie ahead of a wrong clock do not count."""
    link = _link(kind)
    met = or_(Visit.result.is_(None), Visit.result != rules.NOT_MET)
    return (
        select(
            link.label("door_id"),
            func.max(case((met, Visit.visited_on))).label("visited_on"),
            func.max(Visit.visited_on).label("tried_on"),
        )
        .where(*_live(), link.isnot(None), Visit.visited_on <= today)
        .group_by(link)
        .subquery()
    )


def _missed_counts(session: Session, waiting: Sequence[NextVisit]) -> dict[str, int]:
    """Door → tries in vain since its last visit."""
    visited_on = {one.id: one.last_visited_on for one in waiting}
    missed: dict[str, int] = {}
    for kind in ("household", "premises"):
        link = _link(kind)
        ids = [one.id for one in waiting if one.kind == kind]
        for start in range(0, len(ids), _PART):
            statement = select(link, Visit.visited_on).where(
                *_live(), link.in_(ids[start : start + _PART]), Visit.result == rules.NOT_MET
            )
            for door_id, day in session.execute(statement):
                last = visited_on[door_id]
                if day is not None and (last is None or day > last):
                    missed[door_id] = missed.get(door_id, 0) + 1
    return missed


def find_planned_visits(session: Session, today: date, limit: int = 50) -> list[PlannedVisit]:
    """Further visits that are due by now and have not been made, the oldest first."""
    later = aliased(Visit)
    made = (
        select(later.id)
        .where(
            *_live(later),
            or_(
                and_(later.household_id.isnot(None), later.household_id == Visit.household_id),
                and_(later.premises_id.isnot(None), later.premises_id == Visit.premises_id),
                and_(
                    Visit.household_id.is_(None),
                    Visit.premises_id.is_(None),
                    later.object_name == Visit.object_name,
                ),
            ),
            later.visited_on > Visit.visited_on,
        )
        .exists()
    )
    rows = session.scalars(
        select(Visit)
        .where(*_live(), Visit.next_on.isnot(None), Visit.next_on <= today, ~made)
        .order_by(Visit.next_on, Visit.id)
        .limit(limit)
    ).all()
    titles = find_visited_titles(session, rows)
    return [
        PlannedVisit(row.root_id or row.id, titles[row.id], row.next_on, row.next_plan or "")
        for row in rows
        if row.next_on is not None
    ]


# -- what a visit was about ----------------------------------------------------------------------------------------


def find_visited_titles(session: Session, visits: Collection[Visit]) -> dict[str, str]:
    """Row id of a visit → what its ledger line and board line call the one visited."""
    doors = places.find_doors(session, "household", [row.household_id for row in visits if row.household_id])
    doors |= places.find_doors(session, "premises", [row.premises_id for row in visits if row.premises_id])
    titles = {}
    for row in visits:
        door = doors.get(row.household_id or row.premises_id or "")
        titles[row.id] = door.title if door is not None else row.object_name or row.place or ""
    return titles


def count_requests_by_visit(session: Session, visit_ids: Sequence[str]) -> dict[str, int]:
    """Known id of a visit → number of requests that were raised at it."""
    found: dict[str, int] = {}
    for start in range(0, len(visit_ids), _PART):
        rows = session.execute(
            select(Request.visit_id, func.count())
            .where(*_live(Request), Request.visit_id.in_(list(visit_ids[start : start + _PART])))
            .group_by(Request.visit_id)
        )
        found |= {str(visit_id): count for visit_id, count in rows}
    return found


# -- counting ------------------------------------------------------------------------------------------------------


def count_by_week(
    session: Session,
    day_from: date,
    day_to: date,
    *,
    staff_id: str | None = None,
    scopes: Sequence[str] = (),
) -> list[WeekCount]:
    """The visits of each week that the span touches, weeks without a visit too.

    Shape:   with `staff_id` only visits in which he took part; only days inside the span count.
    """
    statement = select(
        Visit.id,
        Visit.visited_on,
        Visit.household_id,
        Visit.premises_id,
        Visit.object_type,
        Visit.result,
        Visit.staff_ids,
    ).where(*_live(), Visit.visited_on >= day_from, Visit.visited_on <= day_to)
    if scopes:
        statement = statement.where(Visit.scope.in_(scopes))
    weeks: dict[date, list[Any]] = {}
    monday = rules.week_of(day_from)
    while monday <= day_to:
        weeks[monday] = []
        monday += timedelta(days=7)
    for row in session.execute(statement):
        if staff_id is None or staff_id in row.staff_ids:
            weeks[rules.week_of(row.visited_on)].append(row)
    return [_week(first, rows) for first, rows in weeks.items()]


def _week(monday: date, rows: Sequence[Any]) -> WeekCount:
    households: set[str] = set()
    premises: set[str] = set()
    for row in rows:
        if row.result == rules.NOT_MET:
            continue
        is_household = row.household_id or (
            not row.premises_id and row.object_type in rules.HOUSEHOLD_OBJECTS
        )
        (households if is_household else premises).add(row.household_id or row.premises_id or row.id)
    results = [row.result for row in rows]
    return WeekCount(
        monday,
        len(households),
        len(premises),
        len(rows),
        results.count(rules.NOT_MET),
        results.count(rules.DECLINED),
    )


# -- requests ------------------------------------------------------------------------------------------------------


def find_pressing_requests(
    session: Session, today: date, remind_days: int = rules.REQUEST_REMIND_DAYS
) -> list[PressingRequest]:
    """Requests to be taken on, finished or told back: overdue ones first, then by their day."""
    rows = session.scalars(
        select(Request).where(*_live(Request), or_(Request.state.is_(None), Request.state != rules.TOLD_BACK))
    )
    found = []
    for row in rows:
        severity = rules.severity(row.state, row.raised_on, row.due_on, today, remind_days=remind_days)
        if severity:
            found.append(
                PressingRequest(
                    row.id,
                    row.serial_no or "",
                    row.content or "",
                    rules.state_of(row.state),
                    row.due_on,
                    severity,
                )
            )
    return sorted(found, key=lambda one: (one.severity != "overdue", one.due_on or date.max, one.id))


# -- 今日 ----------------------------------------------------------------------------------------------------------


def show_requests(session: Session, _registry: Registry, facts: BoardFacts) -> list[BoardItem]:
    """The requests part of 今日."""
    told = {
        rules.REGISTERED: _("诉求还没有人承办：{what}"),
        rules.IN_HAND: _("诉求办理中：{what}"),
        rules.FINISHED: _("诉求已办结，还没告诉本人：{what}"),
    }
    return [
        BoardItem(
            section=one.severity,
            label=told[one.state].format(what=_shortened(one.content)),
            kind="request",
            record_id=one.id,
            due_on=one.due_on,
            severity=one.severity,
        )
        for one in find_pressing_requests(session, facts.today)
    ]


def show_next_visits(session: Session, _registry: Registry, facts: BoardFacts) -> list[BoardItem]:
    """The visits part of 今日: what was planned for now, then a few of those who wait longest."""
    today = facts.today
    items = [
        BoardItem(
            section="due" if one.next_on == today else "overdue",
            label=_("约好再去：{who}").format(
                who="，".join(part for part in (one.title, one.next_plan) if part)
            ),
            kind="visit",
            record_id=one.visit_id,
            due_on=one.next_on,
            severity="due" if one.next_on == today else "overdue",
        )
        for one in find_planned_visits(session, today, BOARD_PLANNED)
    ]
    cycle_days = facts.settings.whole("visit_cycle_days")
    wanted: tuple[tuple[DoorKind, int], ...] = (("household", BOARD_HOUSEHOLDS), ("premises", BOARD_PREMISES))
    for kind, limit in wanted:
        items += [
            BoardItem("visit", _waiting_words(one), one.kind, one.id, None, "plain")
            for one in find_next_to_visit(session, today, limit, kinds=(kind,), cycle_days=cycle_days)
        ]
    return items


def _waiting_words(one: NextVisit) -> str:
    if one.last_visited_on is None:
        words = _("{title}：还没有走访过").format(title=one.title)
    else:
        words = _("{title}：上次走访{day}").format(title=one.title, day=ledger_day(one.last_visited_on))
    if one.missed_count:
        words += _("，{count}次未遇").format(count=one.missed_count)
    return words


def _shortened(content: str, most: int = 30) -> str:
    first = content.split("\n", 1)[0]
    return first if len(first) <= most else first[: most - 1] + "…"


BOARD: tuple[BoardPart, ...] = (show_requests, show_next_visits)
