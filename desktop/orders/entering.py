"""What holds whichever way an order comes in: it says which side issued it, and a request's words go with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from desktop.database.capture import RecordSession
from desktop.database.kinds import Fill
from desktop.orders import rules


def fill_order(session: Session, _values: Mapping[str, Any]) -> dict[str, Any]:
    """The side that writes it; nobody enters that."""
    if not isinstance(session, RecordSession):
        return {}
    return {"side": rules.BY_COUNTY if session.log.by_county else rules.BY_ROOM}


FILLS: tuple[tuple[str, Fill], ...] = (("work_order", fill_order),)
