"""Invented teams, shifts and patrols; a test states only what matters to it."""

from __future__ import annotations

from datetime import date, time
from typing import Any

from desktop.patrol.rules import PlannedShift
from desktop.staff.office import Office

NAMES = ("马占山", "李秀兰", "欧阳石头", "单明月", "买买提·艾力")


def make_people(room: Office, count: int = 3) -> list[str]:
    """Ids of so many auxiliaries."""
    return [
        room.add(
            "staff_member",
            {"name": NAMES[place] if place < len(NAMES) else f"队员{place}", "role": "auxiliary"},
        ).id
        for place in range(count)
    ]


def make_shift(room: Office, staff_id: str, day: str = "2026-03-05", **changes: Any) -> str:
    """The id of an evening patrol shift."""
    values = {
        "shift_on": day,
        "staff_id": staff_id,
        "duty_type": "01",
        "start_time": "20:00",
        "end_time": "23:00",
    }
    return room.add("shift", values | changes).id


def make_patrol(room: Office, day: str = "2026-03-05", **changes: Any) -> str:
    """The id of an evening patrol by volunteers."""
    values = {
        "patrol_on": day,
        "start_time": "20:00",
        "end_time": "22:00",
        "route": "村部—学校—东河沿",
        "volunteers_count": 3,
    }
    return room.add("patrol", values | changes).id


def planned(
    staff_id: str = "a",
    on: date = date(2026, 3, 5),
    begin: str = "20:00",
    end: str = "23:00",
    duty_type: str = "01",
    lead_id: str = "a",
) -> PlannedShift:
    """A shift that is not stored."""
    return PlannedShift(staff_id, on, duty_type, time.fromisoformat(begin), time.fromisoformat(end), lead_id)
