"""What state the data on this PC is in; checking it; backups of an open room."""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, func, select

from desktop.audit.trail import Deed, broken_links
from desktop.base.errors import EnvironmentFault, Failure, RuleBroken
from desktop.base.text import _
from desktop.database import backup
from desktop.database.database import read_meta, write_meta
from desktop.staff.office import Office
from desktop.staff.tables import AttachedFile
from desktop.sync.log import commit_count, heads, lacking, scopes
from desktop.sync.tables import BlobRow, ConflictRow, ExchangeRow, ParkedRow, PeerRow
from desktop.sync.verify import verify

RECENT = 5


def status_of(office: Office) -> dict[str, Any]:
    """The state as the contract writes it."""
    with office.reading() as session:
        connection = session.connection()
        return {
            "room": office.place.code,
            "name": office.place.name,
            "practice": office.place.practice,
            "device": office.place.device,
            "scopes": {
                scope: {
                    "heads": [one.hex() for one in heads(connection, scope)],
                    "commits": commit_count(connection, scope),
                }
                for scope in scopes(connection)
            },
            "counts": _counts(connection, office),
            "unsent": unsent_count(connection, office),
            "conflicts": _count(connection, ConflictRow),
            "parked": _count(connection, ParkedRow),
            "blobs": _blob_counts(connection),
            "last_exchange": connection.execute(select(func.max(ExchangeRow.at))).scalar_one_or_none(),
            "last_backup": read_meta(connection, "last_backup"),
        }


def _counts(connection: Connection, office: Office) -> dict[str, int]:
    counts: dict[str, int] = {}
    for kind in office.registry:
        table = kind.table.__table__
        statement = select(func.count()).where(
            table.c.is_deleted.isnot(True), table.c.is_superseded.isnot(True)
        )
        counts[kind.name] = connection.execute(statement.select_from(table)).scalar_one()
    return counts


def _count(connection: Connection, table: Any) -> int:
    return int(connection.execute(select(func.count()).select_from(table)).scalar_one())


def _blob_counts(connection: Connection) -> dict[str, int]:
    counts = dict.fromkeys(("have", "want", "sent", "kept"), 0)
    for state, count in connection.execute(select(BlobRow.state, func.count()).group_by(BlobRow.state)):
        counts[str(state)] = count
    return counts


def unsent_count(connection: Connection, office: Office) -> int:
    """Commits of this PC's scope that the county is not known to hold."""
    if office.place.is_county:
        return 0
    scope = office.place.scope
    table = PeerRow.__table__
    peers = connection.execute(select(table.c.heads).where(table.c.scope == scope)).scalars().all()
    if not peers:
        return commit_count(connection, scope)
    return min(
        len(lacking(connection, scope, [bytes.fromhex(one) for one in json.loads(told or "[]")]))
        for told in peers
    )


def verify_office(office: Office, *, deep: bool = False) -> dict[str, Any]:
    """Every problem as the contract writes it."""
    problems: list[dict[str, Any]] = []
    with office.reading() as session:
        connection = session.connection()
        problems += [
            {
                "code": problem.code,
                "message": problem.message,
                "scope": problem.scope,
                "kind": problem.kind,
                "id": problem.record_id,
                "field": problem.field,
            }
            for problem in verify(connection, office.registry)
        ]
        if deep:
            problems += _deep_problems(office, connection)
    return {"ok": not problems, "problems": problems}


def _deep_problems(office: Office, connection: Connection) -> list[dict[str, Any]]:
    problems = [
        {"code": "VER-020", "message": _("第 {number} 行审计记录被改过或缺失").format(number=number)}
        for number in broken_links(connection)
    ]
    table = AttachedFile.__table__
    for sha256 in connection.execute(select(table.c.sha256).distinct()).scalars():
        if sha256 and office.attachments.has(sha256):
            try:
                office.attachments.get(sha256)
            except Failure as failure:
                problems.append({"code": failure.code, "message": failure.sentence, "id": sha256})
    if connection.dialect.name == "sqlite":
        damage = connection.exec_driver_sql("PRAGMA cipher_integrity_check").fetchall()
        problems += [{"code": "VER-021", "message": _("数据库文件有损坏的页")} for _row in damage[:1]]
    return problems


def back_up(office: Office, target: Path | None = None) -> backup.Backup:
    """A verified copy, noted; older copies in the room's own folder are thinned.

    Errors:  RuleBroken BAK-005 for a county on PostgreSQL, whose server has its own tools; EnvironmentFault.
    """
    office.actor.require("system", "C")
    if office.database.engine.dialect.name != "sqlite":
        raise RuleBroken("BAK-005", _("县局数据在 PostgreSQL 上，请用 pg_dump 备份，并保存密钥文件"))
    made = backup.make_backup(office.home, office.data_key, office.clock, target)
    with office.database.writing() as connection:
        write_meta(connection, "last_backup", made.at)
    office.note(Deed("backup", facts=(("rows", made.rows_count), ("files", made.files_count))))
    if target is None:
        backup.thin(office.home)
    return made


def rehearse_restore(office: Office) -> dict[str, Any]:
    """Restores the newest backup into a temporary folder, opens it, compares, and takes it away again.

    Errors:  RuleBroken BAK-006 without a backup; EnvironmentFault when the backup is not whole.
    """
    standing = backup.list_backups(office.home)
    if not standing:
        raise RuleBroken("BAK-006", _("还没有备份，请先用 backup 做一份"))
    folder = Path(tempfile.mkdtemp(prefix="jingwushi-"))
    try:
        backup.restore_backup(standing[-1], folder / "room")
        rows = backup.check_copy(folder / "room" / backup.DATABASE_NAME, office.data_key)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if rows == 0:
        raise EnvironmentFault("BAK-001", _("备份里没有数据，请重新备份"))
    return {"folder": str(standing[-1]), "rows": rows, "ok": True}


def recent_exchanges(connection: Connection) -> list[dict[str, Any]]:
    """The last exchanges, newest first."""
    table = ExchangeRow.__table__
    rows = connection.execute(select(table).order_by(table.c.at.desc(), table.c.id.desc()).limit(RECENT))
    return [dict(row) for row in rows.mappings()]
