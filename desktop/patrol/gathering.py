"""From stored records to what the papers of duty and patrol say."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from desktop.base.errors import RuleBroken
from desktop.base.text import _
from desktop.database.kinds import Registry
from desktop.patrol import rules, store
from desktop.patrol.tables import Shift
from desktop.printing.compose import EVENT_DAY, ended
from desktop.staff import papers
from desktop.staff.records import known_id
from desktop.staff.work import children_of

Values = dict[str, Any]


def patrol_fields(registry: Registry) -> Values:
    """What the record of a patrol may use."""
    finding = papers.record_schema(registry.kind("patrol_finding")) | {"told": None}
    return papers.record_schema(registry.kind("patrol")) | {
        "hours": None,
        "people": None,
        "findings": [finding],
        "has_findings": None,
    }


def gather_patrol(session: Session, registry: Registry, record: Any) -> Values:
    """The record of one patrol (DOMAIN 2.8.3)."""
    values = papers.record_values(session, registry, record)
    findings = papers.rows_values(session, registry, store.find_findings(session, known_id(record)))
    people = [one for one in record.staff_ids or () if one != record.leader_id]
    names = store.names_of(session, registry, people)
    return values | {
        EVENT_DAY: (record.patrol_on or date.max).isoformat(),
        "hours": _hours(record),
        "people": "、".join(names.get(one, "") for one in people),
        "findings": [one | {"told": _told(one)} for one in findings],
        "has_findings": bool(findings),
    }


def _hours(record: Any) -> str:
    return "至".join(
        papers.plain_words(one) for one in (record.start_time, record.end_time) if one is not None
    )


def _told(finding: Values) -> str:
    """One finding in one sentence after the other."""
    head = "，".join(word for name in ("found_time", "place", "finding_class") if (word := finding[name]))
    told = [f"{head}：{finding['description']}" if head else finding["description"]]
    if finding["handling"]:
        told.append(f"处置：{finding['handling']}")
    reported = " ".join(word for name in ("reported_time", "reported_to") if (word := finding[name]))
    if reported:
        told.append(f"报告：{reported}")
    return "".join(map(ended, told))


def shift_fields(registry: Registry) -> Values:
    """What papers about one shift may use, and about all shifts of its day."""
    signed = papers.record_schema(registry.kind("shift")) | {
        "hours": None, "arrived_at": None, "left_at": None, "attendance": None, "sign_mode": None, "person": None,
    }  # fmt: skip
    return papers.record_schema(registry.kind("shift")) | {"hours": None, "shifts": [signed]}


def gather_swap(session: Session, registry: Registry, record: Any) -> Values:
    """The slip on which a swap is asked for, or on which one that was made is signed."""
    if record.state != rules.PUBLISHED:
        raise RuleBroken("PAT-030", _("这个班次还没有发布，直接在排班表里改就行，不用换班单"))
    return papers.record_values(session, registry, record) | {"hours": _hours(record), "shifts": []}


def gather_sign_in_sheet(session: Session, registry: Registry, record: Any) -> Values:
    """签到表 of the day of a shift: everybody on duty that day, what is noted already, the rest to be signed."""
    kind = registry.kind("shift")
    shifts = list(
        session.scalars(
            select(Shift)
            .where(
                Shift.scope == record.scope,
                Shift.shift_on == record.shift_on,
                Shift.is_deleted.isnot(True),
                Shift.is_void.isnot(True),
            )
            .order_by(Shift.start_time, Shift.id)
        )
    )
    rows = []
    for shift, words in zip(shifts, papers.rows_values(session, registry, shifts), strict=True):
        signed = children_of(session, registry, shift, kind.children[0])
        told = papers.rows_values(session, registry, signed[-1:])
        rows.append(words | _signed(told[0] if told else {}, words) | {"hours": _hours(shift)})
    return papers.record_values(session, registry, record) | {
        EVENT_DAY: (record.shift_on or date.max).isoformat(),
        "hours": _hours(record),
        "shifts": rows,
    }


def _signed(told: Values, shift: Values) -> Values:
    names = ("arrived_at", "left_at", "attendance", "sign_mode")
    # Only the wall time: the day stands at the head of the sheet.
    found = {name: str(told.get(name, "")).rpartition("日")[2] for name in names}
    return found | {"person": told.get("staff_id") or shift["staff_id"]}


def leave_fields(registry: Registry) -> Values:
    """What the slip of a leave may use."""
    return papers.record_schema(registry.kind("leave")) | {"days": None}


def gather_leave(session: Session, registry: Registry, record: Any) -> Values:
    """请假单."""
    days = (record.to_on - record.from_on).days + 1 if record.from_on and record.to_on else 0
    return papers.record_values(session, registry, record) | {"days": str(days) if days else ""}
