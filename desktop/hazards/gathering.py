"""From stored records to what the papers of hazards say."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from desktop.base.errors import RuleBroken
from desktop.base.text import _
from desktop.database.kinds import Registry
from desktop.hazards import rules
from desktop.places import store as places
from desktop.printing.compose import EVENT_DAY
from desktop.staff import papers

Values = dict[str, Any]
Gather = Callable[[Session, Registry, Any], Values]


def hazard_fields(registry: Registry) -> Values:
    """What papers about a hazard may use."""
    extra = ("object_name", "object_place", "object_class", "due_day", "is_fixed_at_once")
    return (
        papers.record_schema(registry.kind("hazard")) | dict.fromkeys(extra) | {"finders": [{"name": None}]}
    )


def gather_hazard(name: str) -> Gather:
    """How a paper of a hazard is gathered: its own conditions, then the values that all share.

    Errors (of what it gives):  RuleBroken HAZ-03x with what comes first.
    """

    def gather(session: Session, registry: Registry, record: Any) -> Values:
        _refuse(name, rules.state_of(record.state), record)
        return hazard_values(session, registry, record)

    return gather


def _refuse(name: str, state: str, record: Any) -> None:
    if name == "hazard_notice" and not (record.due_on or record.rectify_mode == rules.ON_THE_SPOT):
        raise RuleBroken("HAZ-030", _("还没有定整改期限，不能打印通知书。请先“限期整改”，或者“当场整改”"))
    if name == "hazard_recheck_record" and not record.conclusion:
        raise RuleBroken("HAZ-031", _("还没有复查，不能打印复查记录。请先登记“复查”"))
    if name == "hazard_referral_letter" and state != rules.REFERRED and not record.referred_on:
        raise RuleBroken("HAZ-032", _("还没有移交，不能打印移交函。请先“移交”，选好主管部门"))


def hazard_values(session: Session, registry: Registry, record: Any) -> Values:
    """Everything that papers about one hazard may show."""
    kind: places.DoorKind = "household" if record.household_id else "premises"
    door_id = record.household_id or record.premises_id
    door = places.find_door(session, kind, door_id) if door_id else None
    values = papers.record_values(session, registry, record)
    finders = [{"name": name} for name in values["staff_ids"].split("、") if name]
    return values | {
        EVENT_DAY: (record.found_on or date.max).isoformat(),
        "object_name": door.title if door else record.place or "",
        "object_place": record.place or (door.place if door else ""),
        "object_class": registry.codes.label("object_class", door.object_class)
        if door and door.object_class
        else "",
        "responsible_name": values["responsible_name"] or (door.person_name if door else ""),
        "responsible_phone": values["responsible_phone"] or (door.phone if door else ""),
        "due_day": values["extended_to_on"] or values["due_on"],
        "is_fixed_at_once": record.rectify_mode == rules.ON_THE_SPOT,
        "finders": finders,
        "copies_count": 1,
    }
