"""A room whose files are damaged comes back from a backup; the damaged ones are kept, and nothing newer is lost."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from desktop.base.clock import local_time
from desktop.base.paths import fault_from
from desktop.base.text import _
from desktop.database.backup import check_backup
from desktop.staff.office import Office
from desktop.staff.rooms import ATTACHMENTS_NAME, ROOM_FILES, Rooms


def restore_over(
    rooms: Rooms, backup: Path, home: Path, user: str, ask_password: Callable[[], str]
) -> tuple[Office, Path]:
    """Puts the room's files aside, restores the backup in their place, and gives the open room and where they lie.

    Attachments that are newer than the backup go on lying where they belong: they are named by their content.

    Errors:  as `Rooms.restore`; after any failure the room's files are where they were.
    """
    check_backup(backup)
    aside = _free_name(home, f"set-aside-{local_time(rooms.clock.now()):%Y%m%d-%H%M%S}")
    _move((ATTACHMENTS_NAME, *ROOM_FILES), home, aside)
    try:
        office = rooms.restore(backup, home, user, ask_password)
    except BaseException:
        _move((ATTACHMENTS_NAME, *ROOM_FILES), aside, home)
        aside.rmdir()
        raise
    _bring_back(aside / ATTACHMENTS_NAME, home / ATTACHMENTS_NAME)
    return office, aside


def _free_name(home: Path, name: str) -> Path:
    number = 1
    while (home / f"{name}-{number}").exists():
        number += 1
    return home / f"{name}-{number}"


def _move(names: tuple[str, ...], source: Path, target: Path) -> None:
    moved: list[str] = []
    try:
        target.mkdir(exist_ok=True)
        for name in names:
            if (source / name).exists():
                (source / name).rename(target / name)
                moved.append(name)
    except OSError as error:
        for name in moved:
            (target / name).rename(source / name)
        raise fault_from(error, _("把损坏的文件移到一边")) from error


def _bring_back(aside: Path, attachments: Path) -> None:
    for path in sorted(aside.rglob("*")) if aside.is_dir() else ():
        place = attachments / path.relative_to(aside)
        if path.is_file() and not place.exists():
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, place)
