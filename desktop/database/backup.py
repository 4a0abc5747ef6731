"""Backups: copies that were opened, counted and hashed before they are called backups; thinned in generations.

A backup is one folder: the database as an encrypted copy, the key file, the attachments, and a list of what is in it.
It opens with the same passwords and the same recovery sheet. `restore` never writes over a room: it brings a backup
into an empty folder, and what came later than the backup returns by itself with the next exchange.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import sqlcipher3.dbapi2 as sqlcipher

from desktop.base.clock import Clock, local_time
from desktop.base.errors import EnvironmentFault, RuleBroken
from desktop.base.paths import fault_from, write_file
from desktop.base.text import _
from desktop.database.engine import BUSY_MILLISECONDS, faults

LIST_NAME = "backup.json"
DATABASE_NAME = "room.db"
KEYS_NAME = "keys.json"
KEYS_SECOND = "keys.json.bak"
ATTACHMENTS = "attachments"
# What else belongs to the room: how this PC is set, where the county's database is, holidays that came later.
SMALL_FILES = ("settings.json", "server.key")
FOLDERS = (ATTACHMENTS, "holidays")
FOLDER = "backups"
FORMAT = 1
# Kept: the last seven, then one a week for eight weeks, then one a month for ever.
KEEP_DAYS, KEEP_WEEKS = 7, 8

_NAME = re.compile(r"room-\d{8}-\d{6}(?:-\d+)?")
_PART_BYTES = 1 << 20
_WAITS_SECONDS = (0.1, 0.2, 0.4, 0.8)


@dataclass(frozen=True)
class Contents:
    """What a backup says of itself: how many commits, and the SHA-256 of each file by its name."""

    rows_count: int
    files: Mapping[str, str]


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
        listed = {DATABASE_NAME: _sha256(part / DATABASE_NAME)}
        # After the database: whatever its records name is there by now.
        for name in _beside(home):
            listed[name] = _copy_file(home / name, part, name)
        told = {"format": FORMAT, "at": at, "rows": rows, "files": dict(sorted(listed.items()))}
        write_file(part / LIST_NAME, json.dumps(told, ensure_ascii=False, indent=1).encode())
        _take_name(part, folder)
    except OSError as error:
        shutil.rmtree(part, ignore_errors=True)
        raise fault_from(error, _("备份")) from error
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise
    return Backup(folder, at, rows, len(listed), sum((folder / name).stat().st_size for name in listed))


def _beside(home: Path) -> list[str]:
    """What lies beside the database and belongs to the room; listed before anything is copied."""
    names = [name for name in (KEYS_NAME, *SMALL_FILES) if (home / name).is_file()]
    for name in FOLDERS:
        # A file that is just being written still has another name.
        found = (path for path in (home / name).rglob("*") if path.is_file() and path.suffix != ".part")
        names += sorted(path.relative_to(home).as_posix() for path in found)
    return names


def _copy_file(source: Path, folder: Path, name: str) -> str:
    """Copies one file through to the disk, reads the copy again, and gives its SHA-256.

    Errors:  OSError; EnvironmentFault BAK-001 when the copy does not read as it was written.
    """
    target = folder / name
    # Never the folder itself: where a stick was pulled, half a backup would go on beside it on this disk.
    for parent in reversed(Path(name).parents[:-1]):
        (folder / parent).mkdir(exist_ok=True)
    digest = hashlib.sha256()
    with source.open("rb") as reader, target.open("wb") as writer:
        while part := reader.read(_PART_BYTES):
            digest.update(part)
            writer.write(part)
        writer.flush()
        os.fsync(writer.fileno())
    if _sha256(target) != digest.hexdigest():
        raise _unsound()
    return digest.hexdigest()


def _take_name(part: Path, folder: Path) -> None:
    # On Windows a folder in which a virus scanner reads cannot be renamed; it lets go after a moment.
    for seconds in _WAITS_SECONDS:
        try:
            part.rename(folder)
        except PermissionError:
            time.sleep(seconds)
        else:
            return
    part.rename(folder)


def _free_name(parent: Path, name: str) -> Path:
    folder, number = parent / name, 2
    while folder.exists() or folder.with_name(folder.name + ".part").exists():
        folder, number = parent / f"{name}-{number}", number + 1
    return folder


def _copy_database(source: Path, target: Path, data_key: bytes) -> int:
    with faults():
        writer = _open(source, data_key, "rw")
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
        connection = _open(path, data_key, "ro")
        try:
            damage = connection.execute("PRAGMA cipher_integrity_check").fetchall()
            answer = connection.execute("PRAGMA quick_check").fetchone()
            rows = connection.execute("SELECT count(*) FROM commit_").fetchone()
        finally:
            connection.close()
    if damage or answer[0] != "ok":
        raise _unsound()
    return int(rows[0])


def _unsound() -> EnvironmentFault:
    return EnvironmentFault(
        "BAK-001", _("备份检查没有通过，这份备份没有保留。原数据没有变化，请换一个盘再备份")
    )


def _open(path: Path, data_key: bytes, mode: str) -> Any:
    # By a mode that creates nothing: a database that went missing must not be backed up as an empty one.
    connection = sqlcipher.connect(f"{path.resolve().as_uri()}?mode={mode}", uri=True, isolation_level=None)
    try:
        connection.execute(f"PRAGMA key = \"x'{data_key.hex()}'\"")
        connection.execute(f"PRAGMA busy_timeout = {BUSY_MILLISECONDS}")
    except BaseException:
        connection.close()
        raise
    return connection


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def list_backups(home: Path) -> list[Path]:
    """The backups in the room's own folder, oldest first."""
    return _backups_in(home / FOLDER)


def _backups_in(folder: Path) -> list[Path]:
    found = folder.glob(f"room-*/{LIST_NAME}") if folder.is_dir() else ()
    return sorted(path.parent for path in found if _NAME.fullmatch(path.parent.name))


def check_backup(folder: Path) -> Contents:
    """What a backup holds, after comparing every file.

    Errors:  EnvironmentFault BAK-002 when a file is missing or altered; RuleBroken BAK-003 when it is no backup.
    """
    contents = _read_list(folder)
    for name, expected in contents.files.items():
        path = folder / name
        try:
            sound = path.is_file() and _sha256(path) == expected
        except OSError as error:
            raise fault_from(error, _("读取备份")) from error
        if not sound:
            raise EnvironmentFault(
                "BAK-002", _("备份里的 {name} 缺失或已损坏，没有恢复。请换另一份备份").format(name=name)
            )
    return contents


def _read_list(folder: Path) -> Contents:
    try:
        told = json.loads((folder / LIST_NAME).read_text(encoding="utf-8"))
        newer = int(told["format"]) > FORMAT
        contents = Contents(int(told["rows"]), {str(name): str(one) for name, one in told["files"].items()})
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise RuleBroken("BAK-003", _("{folder} 不是备份文件夹").format(folder=folder)) from error
    if newer:
        raise RuleBroken("BAK-003", _("这份备份由更新版本的程序制作，请先升级本机程序"))
    # A list that names anything else was not written by us, and must not lead us to write elsewhere.
    if not {DATABASE_NAME, KEYS_NAME} <= set(contents.files) or not all(map(_is_ours, contents.files)):
        raise RuleBroken("BAK-003", _("{folder} 不是备份文件夹").format(folder=folder))
    return contents


def _is_ours(name: str) -> bool:
    first, *rest = name.split("/")
    if rest:
        return first in FOLDERS and all(
            part not in {"", ".", ".."} and not set(part) & set("\\:") for part in rest
        )
    return first in {DATABASE_NAME, KEYS_NAME, *SMALL_FILES}


def restore_backup(folder: Path, home: Path) -> None:
    """Brings a backup into an empty folder.

    Errors:  as `check_backup`; RuleBroken BAK-004 when a room lies there; EnvironmentFault when the disk refuses.
             After any failure the folder is as it was.
    """
    listed = check_backup(folder).files
    if any((home / name).exists() for name in (KEYS_NAME, KEYS_SECOND, DATABASE_NAME, ATTACHMENTS)):
        raise RuleBroken("BAK-004", _("目标文件夹里已有数据，没有恢复。请换一个空文件夹，原数据不会被覆盖"))
    was_there = home.exists()
    # The key file comes last: without it the folder is not yet a room.
    names = sorted(listed, key=lambda name: name == KEYS_NAME)
    try:
        home.mkdir(parents=True, exist_ok=True)
        for name in names:
            if _copy_file(folder / name, home, name) != listed[name]:
                raise EnvironmentFault(  # noqa: TRY301 - taken back below, as any other failure
                    "BAK-002", _("备份里的 {name} 缺失或已损坏，没有恢复。请换另一份备份").format(name=name)
                )
    except BaseException as error:
        for name in names:
            _forget(home / name)
        shutil.rmtree(home / ATTACHMENTS, ignore_errors=True)
        if not was_there:
            shutil.rmtree(home, ignore_errors=True)
        if isinstance(error, OSError):
            raise fault_from(error, _("恢复备份")) from error
        raise


def _forget(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError:
        # The disk is gone or refuses, which the caller is just being told.
        return


def thin(home: Path) -> list[Path]:
    """Thins the backups in the room's own folder, as `thin_folder`."""
    return thin_folder(home / FOLDER)


def thin_folder(folder: Path) -> list[Path]:
    """Removes backups that newer generations cover, and returns them: seven last, one a week, then one a month.

    Copies that were never finished go too, once a later day has a whole one.
    """
    kept: set[Path] = set()
    standing = _backups_in(folder)
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
    if standing:
        newest_day = standing[-1].name.split("-")[1]
        unfinished = folder.glob("room-*.part")
        removed += [path for path in unfinished if path.name.split("-")[1] < newest_day]
    for path in removed:
        # What a scanner holds open now is removed after the next backup.
        shutil.rmtree(path, ignore_errors=True)
    return removed


def _week(stamp: str) -> tuple[int, int]:
    day = date(int(stamp[:4]), int(stamp[4:6]), int(stamp[6:8])).isocalendar()
    return (day.year, day.week)


def is_sound(database: Path, data_key: bytes) -> bool:
    """Whether a database opens with its key and every page of it is whole."""
    try:
        check_copy(database, data_key)
    except EnvironmentFault:
        return False
    return True


def put_back(copy: Path, home: Path) -> None:
    """Puts the database of a verified copy in the place of a broken one, which is kept beside it.

    Errors:  as `check_backup`; EnvironmentFault ENV-0xx, with the copy untouched.
    """
    check_backup(copy)
    current = home / DATABASE_NAME
    part = current.with_name(f"{DATABASE_NAME}.part")
    try:
        shutil.copyfile(copy / DATABASE_NAME, part)
        current.replace(current.with_name(f"{DATABASE_NAME}.broken"))
        for suffix in ("-wal", "-shm"):
            # They belong to the broken file and would be played into the good one.
            home.joinpath(DATABASE_NAME + suffix).unlink(missing_ok=True)
        part.replace(current)
    except OSError as error:
        raise fault_from(error, _("恢复升级前的数据")) from error


def copy_before_migration(home: Path, data_key: bytes, clock: Clock) -> Backup | None:
    """A verified copy before the schema changes; nothing when there is no file yet (a county on a server)."""
    if not (home / DATABASE_NAME).exists():
        return None
    return make_backup(home, data_key, clock)
