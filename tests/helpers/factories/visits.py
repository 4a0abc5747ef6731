"""Visits and requests; a test states only what matters to it."""

from __future__ import annotations

from typing import Any

from desktop.staff.office import Office
from tests.helpers.factories.places import make_household, make_staff_member


def make_visit(room: Office, **values: Any) -> str:
    """One visit at a household that was reached, made by somebody new unless `staff_ids` says by whom."""
    given = {"topics": ["02"]} | values
    if not any(name in given for name in ("household_id", "premises_id", "object_name")):
        given["household_id"] = make_household(room)
    if "staff_ids" not in given:
        given["staff_ids"] = [make_staff_member(room)]
    if "premises_id" in given:
        given.setdefault("object_type", "03")
    return room.add("visit", given).id


def make_request(room: Office, **values: Any) -> str:
    """One request that somebody brought to the room."""
    given = {
        "request_class": "05",
        "content": "二组路口的路灯坏了半个月",
        "source": "02",
        "requester_name": "马占山",
    } | values
    return room.add("request", given).id
