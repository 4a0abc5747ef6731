"""Areas, households and premises of an invented village; a test states only what matters to it."""

from __future__ import annotations

from itertools import count
from typing import Any

from desktop.staff.office import Office

VILLAGE_CODE = "649901100201"
_numbers = count(1)


def make_staff_member(room: Office, **values: Any) -> str:
    """One who works in the room."""
    return room.add("staff_member", {"name": "马建国", "role": "auxiliary"} | values).id


def make_area(room: Office, **values: Any) -> str:
    """One group of a village, under a name of its own."""
    given = {"name": f"石桥村{next(_numbers)}组", "level": "4"} | values
    return room.add("area", given).id


def make_village(room: Office, **values: Any) -> str:
    """The village that the room serves."""
    return room.add("area", {"name": "石桥村", "level": "3", "division_code": VILLAGE_CODE} | values).id


def make_household(room: Office, **values: Any) -> str:
    """One household with a door number of its own, in an area of its own unless one is named."""
    number = next(_numbers)
    given = {"door_no": f"石桥村一组{number}号", "head_name": "马占山", "phone": "12000000002"} | values
    given.setdefault("area_id", None)
    return room.add("household", given | {"area_id": given["area_id"] or make_area(room)}).id


def make_premises(room: Office, **values: Any) -> str:
    """One shop with a name of its own, in an area of its own unless one is named."""
    given = {
        "name": f"石桥村第{next(_numbers)}超市",
        "object_class": "03",
        "responsible_name": "单明月",
        "phone": "12000000003",
    } | values
    given.setdefault("area_id", None)
    return room.add("premises", given | {"area_id": given["area_id"] or make_area(room)}).id
