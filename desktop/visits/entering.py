"""What holds whichever way a visit or request comes in: a visit takes over from its door, a request from its visit.

Works on the values of a visit as they are entered and on a stored visit alike, so that nothing is typed twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from desktop.database.kinds import AfterAdd, Fill
from desktop.places import store as places
from desktop.places.store import Door
from desktop.staff.records import Work, children_of, known_id, values_of, write_values
from desktop.visits import rules
from desktop.visits.tables import Visit

# Class of premises → what a visit there is called; everything else is 单位.
_OBJECT_OF_CLASS: Mapping[str, str] = MappingProxyType(
    {"03": "03", "04": "03", "05": "03", "06": "04", "08": "05"}
)
_UNIT = "02"

_TAKEN_OVER = (
    "household_id",
    "premises_id",
    "object_name",
    "area_id",
    "place",
    "received_by",
    "received_phone",
)


def find_door(session: Session, visit: Mapping[str, Any]) -> Door | None:
    """The household or premises that a visit's values name; None for a free name and for a meeting."""
    if visit.get("household_id"):
        return places.find_door(session, "household", visit["household_id"])
    if visit.get("premises_id"):
        return places.find_door(session, "premises", visit["premises_id"])
    return None


def person_of(visit: Mapping[str, Any], door: Door | None) -> tuple[str, str]:
    """Name and telephone of who spoke: who received the visitors, or else whose door it was."""
    name, phone = visit.get("received_by") or "", visit.get("received_phone") or ""
    if name:
        is_owner = door is not None and name == door.person_name
        return name, phone or (door.phone if door is not None and is_owner else "")
    if door is not None and door.person_name:
        return door.person_name, phone or door.phone
    return (visit.get("object_name") or "" if door is None else ""), phone


def area_of(visit: Mapping[str, Any], door: Door | None) -> str | None:
    """The area of a visit: its own, or its door's."""
    return visit.get("area_id") or (door.area_id if door is not None else "") or None


def place_of(visit: Mapping[str, Any], door: Door | None) -> str | None:
    """The address of a visit: its own, or its door's."""
    return visit.get("place") or (door.place if door is not None else "") or None


def fill_visit(session: Session, values: Mapping[str, Any]) -> dict[str, Any]:
    """Area and address of the door, and for premises what kind of object it is."""
    door = find_door(session, values)
    if door is None:
        return {}
    told = {"area_id": door.area_id or None, "place": door.place or None}
    if door.kind == "premises":
        told["object_type"] = _OBJECT_OF_CLASS.get(door.object_class, _UNIT)
    return told


def fill_request(session: Session, values: Mapping[str, Any]) -> dict[str, Any]:
    """Where, when and who, from the visit that it names; an old request that is only linked keeps its own words."""
    visit_id = values.get("visit_id")
    if not visit_id or "content" not in values:
        return {}
    visit = session.scalars(
        select(Visit)
        .where(or_(Visit.id == visit_id, Visit.root_id == visit_id), Visit.is_superseded.isnot(True))
        .order_by(Visit.id.desc())
        .limit(1)
    ).first()
    return {} if visit is None else _told_to_request(session, visit, values)


def complete_requests(work: Work, visit: Visit) -> None:
    """Requests that were entered inside the visit: what the visit itself does not say they take from its door."""
    requests = work.registry.kind("visit").children[0]
    for request in children_of(work.session, work.registry, visit, requests):
        own = values_of(request, work.registry.kind("request"))
        told = _told_to_request(work.session, visit, own)
        write_values(work, request, {name: told[name] for name in told if told[name] and not own[name]})


def _told_to_request(session: Session, visit: Visit, request: Mapping[str, Any]) -> dict[str, Any]:
    told = {name: getattr(visit, name) for name in _TAKEN_OVER}
    door = find_door(session, told)
    name, phone = person_of(told, door)
    is_same_person = request.get("requester_name") in (None, "", name)
    return {
        "raised_on": visit.visited_on,
        "source": rules.FROM_VISIT,
        "visit_id": known_id(visit),
        "area_id": area_of(told, door),
        "place": place_of(told, door),
        "requester_name": name or None,
        "phone": (phone if is_same_person else "") or None,
    }


FILLS: tuple[tuple[str, Fill], ...] = (("visit", fill_visit), ("request", fill_request))
AFTER_ADD: tuple[tuple[str, AfterAdd], ...] = (("visit", complete_requests),)
