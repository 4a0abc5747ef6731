"""After an upgrade: rows of kinds that this program knows better than the last one are made again from the log.

An older program keeps what it does not know in the log and shows the rest. A migration adds columns and must write no
operations, or as many PCs as there are would make as many conflicts; the values are in the log already.
"""

from __future__ import annotations

import hashlib
import json

from sqlalchemy import select

from desktop.database.database import Database, read_meta, write_meta
from desktop.database.kinds import Kind, Registry
from desktop.sync.log import OPS, folded_records, scopes
from desktop.sync.rows import parts, write_folded

_KEY = "folded_kinds"
_CHUNK = 400


def kinds_as_known(registry: Registry) -> dict[str, str]:
    """Kind → a short name for the fields that this program knows of it."""
    return {kind.name: _short(kind) for kind in registry}


def _short(kind: Kind) -> str:
    told = json.dumps(sorted((name, one.value) for name, one in kind.travelling.items()))
    return hashlib.sha256(told.encode()).hexdigest()[:12]


def renew_changed_kinds(database: Database) -> list[str]:
    """Folds every record of the kinds again that this file was last opened with less, or other, knowledge of.

    Shape:   the names of those kinds. A power cut in between costs nothing: it begins anew at the next opening.
    """
    now = kinds_as_known(database.registry)
    with database.reading() as session:
        connection = session.connection()
        stored = read_meta(connection, _KEY)
        before: dict[str, str] = json.loads(stored) if stored else {}
        all_scopes = scopes(connection)
    if before == now:
        return []
    changed = [name for name in now if before.get(name) != now[name]]
    for name in changed:
        for scope in all_scopes:
            _renew(database, database.registry.kind(name), scope)
    with database.writing() as connection:
        write_meta(connection, _KEY, json.dumps(now))
    return changed


def _renew(database: Database, kind: Kind, scope: str) -> None:
    with database.reading() as session:
        wanted = select(OPS.c.rid).where(OPS.c.scope == scope, OPS.c.tbl == kind.name).distinct()
        record_ids = list(session.connection().execute(wanted.order_by(OPS.c.rid)).scalars())
    for part in parts(record_ids, _CHUNK):
        with database.writing() as connection:
            folded = folded_records(connection, scope, kind.name, part)
            found, _followed = write_folded(connection, database.registry, kind, scope, folded)
            database.index.renew(connection, kind, scope, sorted(found))
