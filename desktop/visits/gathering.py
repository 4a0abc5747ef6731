"""From stored records to what the papers of visits and requests say."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from desktop.database.kinds import Registry
from desktop.printing.compose import EVENT_DAY
from desktop.staff import papers
from desktop.staff.views import grown_from
from desktop.staff.work import children_of, values_of
from desktop.visits.entering import find_door, place_of

Values = dict[str, Any]


def visit_fields(registry: Registry) -> Values:
    """What the form of a visit may use."""
    return papers.record_schema(registry.kind("visit")) | {
        "hours": None,
        "object": None,
        "address": None,
        "requests": [papers.record_schema(registry.kind("request"))],
        "grown": None,
        "visitors": [{"name": None}],
    }


def gather_visit(session: Session, registry: Registry, record: Any) -> Values:
    """走访登记表: the visit, what was asked for, and what grew from it."""
    kind = registry.kind("visit")
    values = papers.record_values(session, registry, record)
    door = find_door(session, values_of(record, kind))
    requests = children_of(session, registry, record, kind.children[0])
    hours = (papers.plain_words(one) for one in (record.start_time, record.end_time) if one is not None)
    grown = (
        f"{registry.kind(name).label}：{title}" for name, _id, title in grown_from(session, registry, record)
    )
    return values | {
        EVENT_DAY: (record.visited_on or date.max).isoformat(),
        "hours": "至".join(hours),
        "object": door.title if door else values["object_name"],
        "address": place_of(values_of(record, kind), door) or "",
        "requests": papers.rows_values(session, registry, requests),
        "grown": "；".join(grown),
        "visitors": [{"name": name} for name in values["staff_ids"].split("、") if name],
    }


def request_fields(registry: Registry) -> Values:
    """What the form of a request may use."""
    return papers.record_schema(registry.kind("request"))


def gather_request(session: Session, registry: Registry, record: Any) -> Values:
    """便民服务（诉求）办理登记表."""
    day = (record.raised_on or date.max).isoformat()
    return papers.record_values(session, registry, record) | {EVENT_DAY: day}
