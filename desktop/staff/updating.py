"""A newer version of the program for an open room: looked for, fetched, the data backed up, the installer started."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path

from desktop import VERSION
from desktop.audit.trail import Deed
from desktop.base.errors import Refused
from desktop.base.paths import resources_folder, write_file
from desktop.base.text import _
from desktop.staff.office import Office
from desktop.staff.status import back_up
from desktop.sync.network import HttpPost, allowed_address
from desktop.update.find import Trust, Update, Updates, number
from desktop.update.install import start_setup
from desktop.update.source import CountySource, FolderSource, Get

STATE = "update"
STARTED = "started.json"
_OK = 200
_MB = 1_000_000

Tell = Callable[[str, int, int], None]


@contextlib.contextmanager
def updates_of(office: Office, stick: Path | None, trust: Trust | None = None) -> Iterator[Updates]:
    """What a stick offers, or the county where there is none.

    Errors:  Refused UPD-001; as `HttpPost`.
    """
    trust = trust or Trust.shipped(resources_folder() / "update")
    state = office.home / STATE
    if stick is not None:
        yield Updates(FolderSource(stick), state, trust, office.clock)
        return
    post = HttpPost(allowed_address(office.settings), office.exchange().party.pins)
    try:
        yield Updates(CountySource(_county(post)), state, trust, office.clock)
    finally:
        post.close()


def _county(post: HttpPost) -> Get:
    """Files from the one address that this PC may call."""

    def get(path: str, take: Callable[[bytes], object]) -> int:
        return post.request(
            "GET", path, {}, receive=lambda status, _heads: take if status == _OK else None
        ).status

    return get


def find_update(office: Office, stick: Path | None, trust: Trust | None = None) -> Update | None:
    """The newest version when it is newer than this program, verified; from a stick, or from the county.

    Errors:  as `Updates.find` and `updates_of`.
    """
    with updates_of(office, stick, trust) as updates:
        return updates.find(VERSION)


def take_update(
    office: Office, stick: Path | None, version: str, tell: Tell, trust: Trust | None = None
) -> tuple[Path, Path]:
    """Copies the installer of a version that was found, then backs the data up: the installer and the backup's folder.

    Errors:  as `find_update`; Refused UPD-007 when another version lies there by now; as `back_up`.
    """
    office.actor.require("system", "C")
    with updates_of(office, stick, trust) as updates:
        found = updates.find(VERSION)
        if found is None or found.version != version:
            raise Refused("UPD-007", _("更新文件和刚才核对的不一样了，没有安装。请重新核对一次"))
        total, done = -(-found.size_bytes // _MB), 0

        def came(size_bytes: int) -> None:
            nonlocal done
            done += size_bytes
            tell(_("正在复制安装程序（MB）"), min(done // _MB, total), total)

        setup = updates.fetch(found, came)
    tell(_("正在备份数据"), 0, 0)
    return setup, back_up(office).folder


def install_update(
    office: Office, version: str, setup: Path, backup: Path, start: Callable[[Path], None] = start_setup
) -> None:
    """Starts the installer; the program must end at once.

    Errors:  as `start_setup`.
    """
    office.note(Deed("update_begin", facts=(("from", VERSION), ("to", version))))
    note = office.home / STATE / STARTED
    told = {"to": version, "backup": str(backup)}
    note.parent.mkdir(exist_ok=True)
    write_file(note, json.dumps(told, ensure_ascii=False).encode("utf-8"))
    try:
        start(setup)
    except BaseException:
        note.unlink(missing_ok=True)
        raise


def outcome_of_update(home: Path) -> str:
    """What came of an update that was begun, told once, at the next opening; empty where none was."""
    note = home / STATE / STARTED
    try:
        told = json.loads(note.read_text(encoding="utf-8"))
        wanted, backup = str(told["to"]), str(told["backup"])
        note.unlink()
    except FileNotFoundError:
        return ""
    except (OSError, ValueError, KeyError, TypeError):
        # Cut off, or held by a scanner: nobody is kept out of the room for it, and which version runs is known.
        return ""
    if number(VERSION) >= number(wanted):
        words = _("已更新到 {version}，数据都在。更新前的备份在 {folder}")
        return words.format(version=VERSION, folder=backup)
    words = _("更新没有装成，现在仍是 {version}，数据都在。可以再试一次；还不行，请告诉县局")
    return words.format(version=VERSION)
