"""Reading areas, households and premises: the tree, what a door is called, which door waits longest."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from sqlalchemy import Subquery, func, or_, select
from sqlalchemy.orm import Session

from desktop.places import rules
from desktop.places.tables import Area, Household, Premises

DoorKind = Literal["household", "premises"]

_PART = 400


@dataclass(frozen=True)
class Door:
    """One household or premises as other features need it: where it is and whom to ask for.

    Shape:   `person_name` is the head of a household or the one responsible for premises; `object_class` is the class
             of premises, empty for a household.
    """

    kind: DoorKind
    id: str
    title: str
    area_id: str
    place: str
    person_name: str
    phone: str
    object_class: str = ""


@dataclass(frozen=True)
class WaitingDoor:
    """One household or premises with the days on which somebody was there, and on which somebody tried."""

    door: Door
    last_visited_on: date | None
    last_tried_on: date | None


@dataclass(frozen=True)
class AreaRow:
    """One area of the tree."""

    id: str
    name: str
    level: str
    parent_id: str
    division_code: str


def find_areas(session: Session) -> list[AreaRow]:
    """All areas that are not void, as they were entered."""
    rows = session.execute(
        select(Area.id, Area.name, Area.level, Area.parent_id, Area.division_code)
        .where(*_live(Area))
        .order_by(Area.id)
    )
    return [AreaRow(row[0], row[1] or "", row[2] or "", row[3] or "", row[4] or "") for row in rows]


def find_area_ids_within(session: Session, area_id: str) -> frozenset[str]:
    """The area itself and everything below it; a circle that a merge has made ends where it closes."""
    below: dict[str, list[str]] = {}
    for area in find_areas(session):
        below.setdefault(area.parent_id, []).append(area.id)
    found: set[str] = set()
    waiting = [area_id]
    while waiting:
        one = waiting.pop()
        if one not in found:
            found.add(one)
            waiting += below.get(one, ())
    return frozenset(found)


def find_village_name(session: Session, area_id: str) -> str:
    """The village in which an area lies, or which it is; empty when the tree does not say."""
    areas = {area.id: area for area in find_areas(session)}
    seen: set[str] = set()
    while area_id in areas and area_id not in seen:
        if areas[area_id].level == rules.VILLAGE:
            return areas[area_id].name
        seen.add(area_id)
        area_id = areas[area_id].parent_id
    return ""


def find_area_names(session: Session, area_ids: Collection[str]) -> dict[str, str]:
    """Area id → name; areas that do not exist are left out."""
    return {
        row.id: row.name or ""
        for part in _parts(area_ids)
        for row in session.execute(select(Area.id, Area.name).where(Area.id.in_(part)))
    }


def find_door(session: Session, kind: DoorKind, door_id: str) -> Door | None:
    """The household or premises of that id; void ones too, because older records still name them."""
    return find_doors(session, kind, [door_id]).get(door_id)


def find_doors(session: Session, kind: DoorKind, door_ids: Collection[str]) -> dict[str, Door]:
    """Id → household or premises; ids that do not exist are left out."""
    columns = _columns(kind)
    return {
        row[0]: _door(kind, row)
        for part in _parts(door_ids)
        for row in session.execute(select(*columns).where(columns[0].in_(part)))
    }


def count_doors(session: Session, kind: DoorKind, area_ids: Collection[str] | None = None) -> int:
    """How many households or premises stand in these areas, or in all."""
    table: Any = Household if kind == "household" else Premises
    statement = select(func.count()).select_from(table).where(*_live(table))
    if area_ids is not None:
        statement = statement.where(table.area_id.in_(sorted(area_ids)))
    return session.scalar(statement) or 0


def find_longest_unvisited(
    session: Session,
    kind: DoorKind,
    seen: Subquery,
    *,
    visited_by: date,
    tried_by: date,
    limit: int,
    area_ids: Collection[str] | None = None,
) -> list[WaitingDoor]:
    """Households or premises that wait for somebody: never visited first, then the longest ago.

    Shape:   `seen` has the columns `door_id`, `visited_on`, `tried_on`, one row a door; a door whose last visit lies
             after `visited_by`, or at which somebody knocked in vain after `tried_by`, is left out.
    """
    table: Any = Household if kind == "household" else Premises
    statement = (
        select(*_columns(kind), seen.c.visited_on, seen.c.tried_on)
        .select_from(table)
        .outerjoin(seen, seen.c.door_id == table.id)
        .where(
            *_live(table),
            or_(seen.c.visited_on.is_(None), seen.c.visited_on <= visited_by),
            or_(seen.c.tried_on.is_(None), seen.c.tried_on == seen.c.visited_on, seen.c.tried_on <= tried_by),
        )
        # NULLS FIRST in words that both databases sort alike.
        .order_by(
            seen.c.visited_on.isnot(None),
            seen.c.visited_on,
            seen.c.tried_on.isnot(None),
            seen.c.tried_on,
            table.id,
        )
        .limit(limit)
    )
    if area_ids is not None:
        statement = statement.where(table.area_id.in_(sorted(area_ids)))
    return [WaitingDoor(_door(kind, row), row.visited_on, row.tried_on) for row in session.execute(statement)]


def count_visited_since(
    session: Session,
    kind: DoorKind,
    seen: Subquery,
    *,
    visited_after: date,
    area_ids: Collection[str] | None = None,
) -> int:
    """How many households or premises saw a visit after that day; `seen` as for `find_longest_unvisited`."""
    table: Any = Household if kind == "household" else Premises
    statement = (
        select(func.count())
        .select_from(table)
        .join(seen, seen.c.door_id == table.id)
        .where(*_live(table), seen.c.visited_on > visited_after)
    )
    if area_ids is not None:
        statement = statement.where(table.area_id.in_(sorted(area_ids)))
    return session.scalar(statement) or 0


def _live(table: Any) -> tuple[Any, ...]:
    return (table.is_deleted.isnot(True), table.is_void.isnot(True))


def _columns(kind: DoorKind) -> list[Any]:
    if kind == "household":
        one = Household
        return [one.id, one.door_no, one.head_name, one.area_id, one.address, one.phone]
    two = Premises
    return [two.id, two.name, two.responsible_name, two.area_id, two.address, two.phone, two.object_class]


def _door(kind: DoorKind, row: Any) -> Door:
    door_id, name, person, area_id, address, phone = (value or "" for value in row[:6])
    if kind == "household":
        title = " ".join(part for part in (person, name) if part)
        # The door number is the short address; a long one is only written where the number does not lead there.
        return Door(kind, door_id, title, area_id, address or name, person, phone)
    return Door(kind, door_id, name, area_id, address or name, person, phone, row.object_class or "")


def _parts(ids: Iterable[str]) -> Iterable[list[str]]:
    """SQLite takes a bounded number of parameters."""
    ordered = sorted({one for one in ids if one})
    return (ordered[start : start + _PART] for start in range(0, len(ordered), _PART))
