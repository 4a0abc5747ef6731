"""Hazards; a test states only what matters to it."""

from __future__ import annotations

from typing import Any

from desktop.staff.office import Office


def make_hazard(room: Office, **values: Any) -> str:
    """One bare wire, just found."""
    given = {
        "place": "石桥村一组西头涝池",
        "hazard_class": "03",
        "description": "灶房门口电线外皮破损，铜线裸露",
        "responsible_name": "马占山",
    } | values
    return room.add("hazard", given).id
