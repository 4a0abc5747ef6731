"""Work orders; a test states only what matters to it."""

from __future__ import annotations

from typing import Any

from desktop.staff.office import Office
from desktop.staff.tables_in_out import add_rows


def order_values(**values: Any) -> dict[str, Any]:
    """One ordinary order, due in three days, as the form or a file gives it."""
    return {
        "title": "核查二组路灯损坏情况",
        "source": "02",
        "content": "到二组路口看路灯损坏情况，联系村委会维修，三日内反馈。",
        "issuer_name": "马建国",
        "issued_on": "2026-03-05",
        "issued_time": "07:30",
        "due_on": "2026-03-08",
    } | values


def make_order(office: Office, scope: str = "", **values: Any) -> str:
    """Issues it on this side; the county names the room's scope."""
    [saved] = add_rows(office, "work_order", [order_values(**values)], [1], scopes=[scope] if scope else ())
    return saved.id
