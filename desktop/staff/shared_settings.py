"""Settings that are not one PC's: a room's travel among its PCs, the county's to all its rooms; both are records."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from desktop.base.settings import SettingValue, declared
from desktop.database.record import COUNTY_SCOPE
from desktop.staff.tables import SettingEntry
from desktop.staff.work import Work, new_row, write_values


def read_entries(session: Session) -> dict[str, dict[str, str]]:
    """Whose it is, "room" or "county" → setting → value as text; of two that were set at once, the later row counts."""
    found: dict[str, dict[str, str]] = {"room": {}, "county": {}}
    for row in session.scalars(select(SettingEntry).order_by(SettingEntry.id)):
        if not row.is_void:
            source = "county" if row.scope == COUNTY_SCOPE else "room"
            found[source][row.setting_name or ""] = row.setting_value or ""
    return found


def write_entry(work: Work, name: str, value: SettingValue) -> None:
    """Keeps a value for everybody who shares the scope that is written in.

    Before:  the value was checked, and this side may set it.
    """
    work.actor.require("settings", "U")
    told = str(declared(name).type(value))
    standing = work.session.scalars(
        select(SettingEntry)
        .where(
            SettingEntry.scope == work.session.default_scope,
            SettingEntry.setting_name == name,
            SettingEntry.is_void.isnot(True),
        )
        .order_by(SettingEntry.id.desc())
        .limit(1)
    ).first()
    if standing is None:
        new_row(work, work.registry.kind("setting_entry"), {"setting_name": name, "setting_value": told})
    else:
        write_values(work, standing, {"setting_value": told})
