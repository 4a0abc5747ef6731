"""The audit for people to read."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import select

from desktop.audit.trail import ENTRIES
from desktop.staff.office import Office


def audit_lines(office: Office, limit: int) -> list[dict[str, Any]]:
    """The newest lines, newest first."""
    office.actor.require("system", "R")
    with office.reading() as session:
        rows = session.execute(select(ENTRIES).order_by(ENTRIES.c.number.desc()).limit(limit)).mappings()
        return [dict(row) | {"facts": json.loads(row["facts"] or "{}")} for row in rows]
