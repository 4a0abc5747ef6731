"""From what people write for a record (its number, its code, its name) to its id."""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import Select, Table, bindparam, or_, select
from sqlalchemy.orm import Session

from desktop.base.text import _
from desktop.database.kinds import Kind


def find_link(session: Session, kind: Kind, text: str) -> str:
    """The id of the one record that the text names: id, number, or one of the kind's codes.

    Errors:  ValueError with a Chinese reason when none or several fit.
    """
    table: Any = kind.table
    wanted = text.strip()
    live = (table.is_deleted.isnot(True), table.is_superseded.isnot(True))
    found = session.connection().execute(_by_id_statement(table.__table__), {"wanted": wanted}).first()
    if found is not None:
        return str(found.root_id or found.id)
    columns = [table.serial_no, *[getattr(table, name) for name in kind.info.codes]]
    rows = session.execute(
        select(table.id, table.root_id)
        .where(or_(*[column == wanted for column in columns]), *live, table.is_void.isnot(True))
        .limit(2)
    ).all()
    if not rows:
        raise ValueError(_("没有找到{kind}“{text}”").format(kind=kind.label, text=wanted))
    if len(rows) > 1:
        raise ValueError(_("有几条{kind}都叫“{text}”，请用编号").format(kind=kind.label, text=wanted))
    return str(rows[0].root_id or rows[0].id)


@cache
def _by_id_statement(table: Table) -> Select[Any]:
    """Made once: a save asks it for each link, and to make it takes longer than to answer it."""
    by_id = or_(table.c.id == bindparam("wanted"), table.c.root_id == bindparam("wanted"))
    return select(table.c.id, table.c.root_id).where(by_id).limit(1)
