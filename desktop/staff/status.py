"""What state the data on this PC is in; checking it; backups of an open room."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, func, select

from desktop.audit.trail import Deed, broken_links
from desktop.base.errors import EnvironmentFault, Failure, RuleBroken
from desktop.base.text import _
from desktop.database import backup
from desktop.database.columns import write_instant
from desktop.database.database import read_meta, write_meta
from desktop.database.keys import KeyRing
from desktop.staff.office import Office
from desktop.staff.tables import AttachedFile
from desktop.sync.certificates import COUNTY_DEVICE
from desktop.sync.conflicts import waiting_since
from desktop.sync.log import commit_count, heads, scopes
from desktop.sync.parties import has_joined, load_party
from desktop.sync.peer_words import told_heads
from desktop.sync.tables import BlobRow, ConflictRow, ExchangeRow, ParkedRow
from desktop.sync.verify import Problem, verify
from desktop.sync.walk import lacking

RECENT = 5
# The county asks a room that lets a conflict lie for longer.
LONG = timedelta(days=7)
PAGES, LOST_FILE = "VER-021", "VER-022"


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


def conflicts_by_scope(office: Office) -> dict[str, tuple[int, int]]:
    """How many conflicts wait in each scope, and how many of them for more than seven days."""
    long_ago = write_instant(office.clock.now() - LONG)
    found: dict[str, tuple[int, int]] = {}
    with office.reading() as session:
        for scope, since in waiting_since(session.connection()):
            count, old = found.get(scope, (0, 0))
            found[scope] = (count + 1, old + (since < long_ago))
    return found


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
    # Another PC of the room that holds everything is not the county.
    return len(lacking(connection, scope, told_heads(connection, scope, COUNTY_DEVICE)))


def verify_office(office: Office, *, deep: bool = False) -> dict[str, Any]:
    """Every problem as the contract writes it; damage that is met on the way is one of them."""
    problems: list[dict[str, Any]] = []
    try:
        with office.reading() as session:
            connection = session.connection()
            if deep:
                # First, because a damaged page may end everything after it.
                problems += _page_problems(connection)
            party = load_party(connection, office.identity_key) if has_joined(connection) else None
            problems += [_told(problem) for problem in verify(connection, office.registry, party)]
            problems += _attachment_problems(office, connection, deep=deep)
            if deep:
                problems += _audit_problems(connection)
    except EnvironmentFault as fault:
        if fault.code != "DBS-003":
            raise
        problems += [] if any(one["code"] == PAGES for one in problems) else [_damaged_pages()]
    return {"ok": not problems, "problems": problems}


def _told(problem: Problem) -> dict[str, Any]:
    return {
        "code": problem.code,
        "message": problem.message,
        "scope": problem.scope,
        "kind": problem.kind,
        "id": problem.record_id,
        "field": problem.field,
    }


def _damaged_pages() -> dict[str, Any]:
    sentence = _("数据库文件有损坏的页。请退出后在密码页点“从备份恢复”，原文件会留着")
    return {"code": PAGES, "message": sentence}


def _page_problems(connection: Connection) -> list[dict[str, Any]]:
    if connection.dialect.name != "sqlite":
        return []
    damage = connection.exec_driver_sql("PRAGMA cipher_integrity_check").fetchall()
    return [_damaged_pages()] if damage else []


def _attachment_problems(office: Office, connection: Connection, *, deep: bool) -> list[dict[str, Any]]:
    """Files that this PC had and has no more; with `deep`, also those whose content is not what it was."""
    table, blobs = AttachedFile.__table__, BlobRow.__table__
    names: dict[str, str] = {}
    for row in connection.execute(select(table.c.sha256, table.c.file_name)):
        names[row.sha256] = row.file_name
    problems: list[dict[str, Any]] = []
    ours = select(blobs.c.sha256).where(blobs.c.state != "want").order_by(blobs.c.sha256)
    for sha256 in connection.execute(ours).scalars():
        named = {"id": sha256, "file": names.get(sha256, "")}
        if not office.attachments.has(sha256):
            sentence = _("附件“{name}”的文件不见了，请从备份或县局取回").format(name=named["file"])
            problems.append({"code": LOST_FILE, "message": sentence} | named)
        elif deep:
            try:
                office.attachments.get(sha256)
            except Failure as failure:
                problems.append({"code": failure.code, "message": failure.sentence} | named)
    return problems


def _audit_problems(connection: Connection) -> list[dict[str, Any]]:
    return [
        {"code": "VER-020", "message": _("第 {number} 行审计记录被改过或缺失").format(number=number)}
        for number in broken_links(connection)
    ]


def back_up(office: Office, target: Path | None = None) -> backup.Backup:
    """A verified copy, noted; older copies in the room's own folder are thinned.

    Errors:  RuleBroken BAK-005 for a county on PostgreSQL, whose server has its own tools; EnvironmentFault.
    """
    office.actor.require("system", "C")
    if office.database.engine.dialect.name != "sqlite":
        raise RuleBroken("BAK-005", _("县局数据在 PostgreSQL 上，请用 pg_dump 备份，并保存密钥文件"))
    made = backup.make_backup(office.home, office.data_key, office.clock, target)
    with office.database.writing() as connection:
        write_meta(connection, "last_backup", write_instant(office.clock.now()))
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
    expected = backup.check_backup(standing[-1])
    folder = Path(tempfile.mkdtemp(prefix="jingwushi-"))
    try:
        room = folder / "room"
        backup.restore_backup(standing[-1], room)
        rows = backup.check_copy(room / backup.DATABASE_NAME, office.data_key)
        # Without a key file that knows the accounts the copy would open for nobody.
        names = KeyRing(room / backup.KEYS_NAME).names()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if rows != expected.rows_count or not names:
        raise EnvironmentFault("BAK-001", _("备份和做的时候不一样，请重新备份"))
    office.note(Deed("rehearse", facts=(("rows", rows),)))
    return {"folder": str(standing[-1]), "rows": rows, "ok": True}


def recent_exchanges(connection: Connection) -> list[dict[str, Any]]:
    """The last exchanges that moved something, newest first; the newest of all stands there in any case."""
    table = ExchangeRow.__table__
    newest = select(table).order_by(table.c.at.desc(), table.c.id.desc()).limit(10 * RECENT)
    rows = [dict(row) for row in connection.execute(newest).mappings()]
    told = [row for place, row in enumerate(rows) if place == 0 or _moved(row)]
    return told[:RECENT]


def _moved(row: Mapping[str, Any]) -> bool:
    counts = row["sent_count"] or row["received_count"] or row["parked_count"]
    return bool(counts) or _("附件") in (row["outcome"] or "")
