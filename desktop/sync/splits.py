"""Noticing that one PC's history goes on in two places: a restored backup, or a PC that was copied whole.

Nothing is lost by it, both branches merge; but people must know, because a copied PC that lives on keeps splitting.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, bindparam, func, select

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
    facts = {
        "of_scope": scope,
        "least": least,
        "authors": sorted({author for author, _own in pointers.values()}),
    }
    split: set[str] = set()
    for two in connection.execute(_TWICE, facts).all():
        after = connection.execute(_AFTER, facts | {"author": two.dev, "of_own": two.own}).scalars()
        if any(bytes(one) in pointers for one in after):
            split.add(two.dev.partition("/")[0])
    if not split:
        return ()
    names = device_names(connection)
    return tuple(names.get(one, one) for one in sorted(split))


_LATE = (COMMITS.c.scope == bindparam("of_scope"), COMMITS.c.lam > bindparam("least"))
# Counted by the database: a first exchange would bring all the rows of the log here to find that none is there twice.
_TWICE = (
    select(COMMITS.c.dev, COMMITS.c.own)
    .where(*_LATE, COMMITS.c.dev.in_(bindparam("authors", expanding=True)))
    .group_by(COMMITS.c.dev, COMMITS.c.own)
    .having(func.count() > 1)
)
_AFTER = select(COMMITS.c.id).where(
    *_LATE, COMMITS.c.dev == bindparam("author"), COMMITS.c.own.is_not_distinct_from(bindparam("of_own"))
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
