"""Backups: copies that were opened, counted and hashed before they are called backups; thinned in generations.

A backup is one folder: the database as an encrypted copy, the key file, the attachments, and a list of what is in it.
It opens with the same passwords and the same recovery sheet. `restore` never writes over a room: it brings a backup
into an empty folder, and what came later than the backup returns by itself with the next exchange.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import sqlcipher3.dbapi2 as sqlcipher

from desktop.base.clock import Clock, local_time
from desktop.base.errors import EnvironmentFault, RuleBroken
from desktop.base.paths import fault_from, write_file
from desktop.base.text import _
from desktop.database.engine import faults

LIST_NAME = "backup.json"
DATABASE_NAME = "room.db"
KEYS_NAME = "keys.json"
ATTACHMENTS = "attachments"
FOLDER = "backups"
FORMAT = 1
# Kept: the last seven, then one a week for eight weeks, then one a month for ever.
KEEP_DAYS, KEEP_WEEKS = 7, 8


@dataclass(frozen=True)
class Backup:
    """One verified copy. `at` is the PC's wall time as `20260305-080000`."""

    folder: Path
    at: str
    rows_count: int
    files_count: int
    size_bytes: int


def make_backup(home: Path, data_key: bytes, clock: Clock, target: Path | None = None) -> Backup:
    """Copies a room while it may be in use, opens the copy, counts and hashes it, and only then names it a backup.

    Errors:  EnvironmentFault when the target refuses or the copy does not open; nothing half-made keeps its name.
    """
    at = local_time(clock.now()).strftime("%Y%m%d-%H%M%S")
    parent = target if target is not None else home / FOLDER
    folder = _free_name(parent, f"room-{at}")
    part = folder.with_name(folder.name + ".part")
    try:
        part.mkdir(parents=True)
        rows = _copy_database(home / DATABASE_NAME, part / DATABASE_NAME, data_key)
        for name in (KEYS_NAME, "server.json"):
            if (home / name).exists():
                shutil.copy2(home / name, part / name)
        if (home / ATTACHMENTS).exists():
            shutil.copytree(home / ATTACHMENTS, part / ATTACHMENTS)
        listed = {path.relative_to(part).as_posix(): _sha256(path) for path in _files(part)}
        told = {"format": FORMAT, "at": at, "rows": rows, "files": listed}
        write_file(part / LIST_NAME, json.dumps(told, indent=1).encode())
        part.rename(folder)
    except OSError as error:
        shutil.rmtree(part, ignore_errors=True)
        raise fault_from(error, _("备份")) from error
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise
    return Backup(folder, at, rows, len(listed), sum(path.stat().st_size for path in _files(folder)))


def _free_name(parent: Path, name: str) -> Path:
    folder, number = parent / name, 2
    while folder.exists() or folder.with_name(folder.name + ".part").exists():
        folder, number = parent / f"{name}-{number}", number + 1
    return folder


def _copy_database(source: Path, target: Path, data_key: bytes) -> int:
    with faults():
        writer = _open(source, data_key)
        try:
            # The online copy stays encrypted with the same key and sees one consistent moment, also while others write.
            writer.execute("VACUUM INTO ?", (str(target),))
        finally:
            writer.close()
    return check_copy(target, data_key)


def check_copy(path: Path, data_key: bytes) -> int:
    """Opens a database copy, checks every page, and counts its commits.

    Errors:  EnvironmentFault BAK-001 when the copy is not whole.
    """
    with faults():
        connection = _open(path, data_key)
        try:
            damage = connection.execute("PRAGMA cipher_integrity_check").fetchall()
            answer = connection.execute("PRAGMA quick_check").fetchone()
            rows = connection.execute("SELECT count(*) FROM commit_").fetchone()
        finally:
            connection.close()
    if damage or answer[0] != "ok":
        raise EnvironmentFault(
            "BAK-001", _("备份检查没有通过，这份备份没有保留。原数据没有变化，请换一个盘再备份")
        )
    return int(rows[0])


def _open(path: Path, data_key: bytes) -> Any:
    connection = sqlcipher.connect(str(path), isolation_level=None)
    connection.execute(f"PRAGMA key = \"x'{data_key.hex()}'\"")
    connection.execute("PRAGMA busy_timeout = 10000")
    return connection


def _files(folder: Path) -> Iterable[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.is_file() and path.name != LIST_NAME)


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def list_backups(home: Path) -> list[Path]:
    """The backups in the room's own folder, oldest first."""
    folder = home / FOLDER
    return sorted(path.parent for path in folder.glob(f"room-*/{LIST_NAME}")) if folder.exists() else []


def check_backup(folder: Path) -> dict[str, str]:
    """The files of a backup with their hashes, after comparing every one.

    Errors:  EnvironmentFault BAK-002 when a file is missing or altered; RuleBroken BAK-003 when it is no backup.
    """
    try:
        told = json.loads((folder / LIST_NAME).read_text(encoding="utf-8"))
        listed: dict[str, str] = dict(told["files"])
        newer = int(told["format"]) > FORMAT
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RuleBroken("BAK-003", _("{folder} 不是备份文件夹").format(folder=folder)) from error
    if newer:
        raise RuleBroken("BAK-003", _("这份备份由更新版本的程序制作，请先升级本机程序"))
    for name, expected in listed.items():
        path = folder / name
        if not path.is_file() or _sha256(path) != expected:
            raise EnvironmentFault(
                "BAK-002", _("备份里的 {name} 缺失或已损坏，没有恢复。请换另一份备份").format(name=name)
            )
    return listed


def restore_backup(folder: Path, home: Path) -> None:
    """Brings a backup into an empty folder.

    Errors:  as `check_backup`; RuleBroken BAK-004 when a room lies there; EnvironmentFault when the disk refuses.
    """
    listed = check_backup(folder)
    if (home / KEYS_NAME).exists() or (home / DATABASE_NAME).exists():
        raise RuleBroken("BAK-004", _("目标文件夹里已有数据，没有恢复。请换一个空文件夹，原数据不会被覆盖"))
    try:
        home.mkdir(parents=True, exist_ok=True)
        for name in listed:
            target = home / name
            target.parent.mkdir(parents=True, exist_ok=True)
            # The key file comes last: without it the folder is not yet a room.
            if name != KEYS_NAME:
                shutil.copy2(folder / name, target)
        write_file(home / KEYS_NAME, (folder / KEYS_NAME).read_bytes())
    except OSError as error:
        raise fault_from(error, _("恢复备份")) from error


def thin(home: Path) -> list[Path]:
    """Removes backups that newer generations cover, and returns them: seven last, one a week, then one a month."""
    kept: set[Path] = set()
    standing = list_backups(home)
    kept.update(standing[-KEEP_DAYS:])
    weeks: dict[tuple[int, int], Path] = {}
    months: dict[str, Path] = {}
    for path in standing:
        stamp = path.name.split("-")[1]
        weeks[_week(stamp)] = path
        months[stamp[:6]] = path
    kept.update([weeks[week] for week in sorted(weeks)][-KEEP_WEEKS:])
    kept.update(months.values())
    removed = [path for path in standing if path not in kept]
    for path in removed:
        shutil.rmtree(path)
    return removed


def _week(stamp: str) -> tuple[int, int]:
    day = date(int(stamp[:4]), int(stamp[4:6]), int(stamp[6:8])).isocalendar()
    return (day.year, day.week)


def copy_before_migration(home: Path, data_key: bytes, clock: Clock) -> Backup | None:
    """A verified copy before the schema changes; nothing when there is no file yet (a county on a server)."""
    if not (home / DATABASE_NAME).exists():
        return None
    return make_backup(home, data_key, clock)
