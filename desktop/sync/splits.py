"""Noticing that one PC's history goes on in two places: a restored backup, or a PC that was copied whole.

Nothing is lost by it, both branches merge; but people must know, because a copied PC that lives on keeps splitting.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, bindparam, select

from desktop.sync.commits import Commit, decode_meta
from desktop.sync.conflicts import device_names
from desktop.sync.log import COMMITS, lams


def split_devices(connection: Connection, scope: str, new: Sequence[Commit]) -> tuple[str, ...]:
    """The names of PCs of which two commits name the same previous one, one of them among these new ones."""
    pointers = {one.id: (author_of(one), one.own) for one in new}
    known = {one.id: one.lam for one in new}
    before = {own for _author, own in pointers.values() if own is not None and own not in known}
    known |= lams(connection, scope, sorted(before))
    # What follows a commit has a greater number, so only the end of the log is looked at.
    least = min(
        (known.get(own, 0) if own is not None else 0 for _author, own in pointers.values()), default=0
    )
    seen: dict[tuple[str, bytes | None], bytes] = {}
    authors = sorted({author for author, _own in pointers.values()})
    split: set[str] = set()
    for row in connection.execute(_AFTER, {"of_scope": scope, "least": least, "authors": authors}):
        key = (row.dev, bytes(row.own) if row.own is not None else None)
        other = seen.setdefault(key, bytes(row.id))
        if other != bytes(row.id) and (other in pointers or bytes(row.id) in pointers):
            split.add(row.dev.partition("/")[0])
    if not split:
        return ()
    names = device_names(connection)
    return tuple(names.get(one, one) for one in sorted(split))


_AFTER = select(COMMITS.c.id, COMMITS.c.dev, COMMITS.c.own).where(
    COMMITS.c.scope == bindparam("of_scope"),
    COMMITS.c.lam > bindparam("least"),
    COMMITS.c.dev.in_(bindparam("authors", expanding=True)),
)


def new_lives(connection: Connection, scope: str, new: Sequence[Commit]) -> tuple[str, ...]:
    """The names of PCs of which these new commits are the first of another life than the one they were born with."""
    fresh = {one.id for one in new}
    lives = sorted({author_of(one) for one in new if decode_meta(one).incarnation != "1"})
    found: set[str] = set()
    for life in lives:
        first = (
            select(COMMITS.c.id)
            .where(COMMITS.c.scope == scope, COMMITS.c.dev == life)
            .order_by(COMMITS.c.lam)
        )
        if all(bytes(one) in fresh for one in connection.execute(first.limit(1)).scalars()):
            found.add(life.partition("/")[0])
    names = device_names(connection) if found else {}
    return tuple(names.get(one, one) for one in sorted(found))


def author_of(commit: Commit) -> str:
    """Device and life of a commit's author, as the log names them."""
    meta = decode_meta(commit)
    return f"{meta.device}/{meta.incarnation}"
