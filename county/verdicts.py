"""The county's word on a change that waits: accept it, do not let it count, or do without a lost parent."""

from __future__ import annotations

from sqlalchemy import select

from desktop.audit.trail import Deed
from desktop.base.errors import RuleBroken
from desktop.base.text import _
from desktop.staff.office import Office
from desktop.sync.apply import PARKED

_SHORTEST_CHARS = 8


def decide(office: Office, told: str, verdict: str, reason: str) -> int:
    """Says what becomes of one waiting change; gives how many changes can be used because of it.

    Shape:   `told` is the id of the change or its beginning, at least eight digits; `verdict` one of `verdicts.WORDS`.
    Errors:  RuleBroken SYN-064 when no waiting change has this id, or several have.
    """
    office.actor.require("system", "C")
    wanted = told.strip().lower()
    with office.reading() as session:
        waiting = session.connection().execute(select(PARKED.c.scope, PARKED.c.id))
        found = [(row.scope, bytes(row.id)) for row in waiting if bytes(row.id).hex().startswith(wanted)]
    if len(found) != 1 or len(wanted) < _SHORTEST_CHARS:
        raise RuleBroken(
            "SYN-064", _("没有找到这条等着的改动，或有几条都像。请用 county parked 查看标识。这次没有裁定")
        )
    ((scope, commit_id),) = found
    taken = office.exchange().decide(scope, commit_id, verdict, reason, user=office.actor.name)
    office.note(
        Deed("county_verdict", facts=(("commit", commit_id.hex()), ("verdict", verdict), ("reason", reason)))
    )
    return taken.new_count
