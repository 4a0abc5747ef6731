"""What holds whichever way a hazard comes in: it lies in the area of the household or premises that it names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from desktop.database.kinds import Fill
from desktop.places import store as places


def fill_hazard(session: Session, values: Mapping[str, Any]) -> dict[str, Any]:
    """The area of the door; the place stays empty, because lists and ledgers write the door itself."""
    door = None
    if values.get("household_id"):
        door = places.find_door(session, "household", values["household_id"])
    elif values.get("premises_id"):
        door = places.find_door(session, "premises", values["premises_id"])
    return {} if door is None else {"area_id": door.area_id or None}


FILLS: tuple[tuple[str, Fill], ...] = (("hazard", fill_hazard),)
