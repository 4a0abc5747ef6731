"""From what people write for a record (its number, its code, its name) to its id."""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import Select, Table, bindparam, or_, select
from sqlalchemy.orm import Session

from desktop.base.text import _
from desktop.database.kinds import Kind
from desktop.database.record import COUNTY_SCOPE


def find_link(session: Session, kind: Kind, text: str, scope: str = "") -> str:
    """The id of the one record that the text names: id, number, or one of the kind's codes.

    Shape:   with `scope`, only what whoever reads that scope has as well: its own records and the county's.
    Errors:  ValueError with a Chinese reason when none or several fit.
    """
    table: Any = kind.table
    wanted = text.strip()
    by_id = session.connection().execute(_by_id_statement(table.__table__), {"wanted": wanted})
    # Not asked by scope: SQLite would go through the whole room.
    for found in by_id:
        if scope in ("", found.scope) or found.scope == COUNTY_SCOPE:
            return str(found.root_id or found.id)
    columns = [table.serial_no, *[getattr(table, name) for name in kind.info.codes]]
    rows = session.execute(
        select(table.id, table.root_id, table.scope).where(
            or_(*[column == wanted for column in columns]),
            table.is_deleted.isnot(True),
            table.is_superseded.isnot(True),
            table.is_void.isnot(True),
        )
    ).all()
    if scope:
        rows = [row for row in rows if row.scope in (scope, COUNTY_SCOPE)]
    if not rows:
        raise ValueError(_("没有找到{kind}“{text}”").format(kind=kind.label, text=wanted))
    if len(rows) > 1:
        raise ValueError(_("有几条{kind}都叫“{text}”，请用编号").format(kind=kind.label, text=wanted))
    return str(rows[0].root_id or rows[0].id)


@cache
def _by_id_statement(table: Table) -> Select[Any]:
    """Made once: a save asks it for each link, and to make it takes longer than to answer it."""
    by_id = or_(table.c.id == bindparam("wanted"), table.c.root_id == bindparam("wanted"))
    return select(table.c.id, table.c.root_id, table.c.scope).where(by_id)
