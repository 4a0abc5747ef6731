"""`update`: a newer version of the program from a stick or from the county."""

from __future__ import annotations

import argparse
import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from desktop import VERSION
from desktop.base.paths import resources_folder
from desktop.base.text import N_, _
from desktop.cli.console import DONE, Command, Console
from desktop.cli.opening import opened

if TYPE_CHECKING:
    # SQLAlchemy and TUF; `-h` does without.
    from desktop.staff.office import Office
    from desktop.update.source import Get

OK = 200


def _arguments(parser: argparse.ArgumentParser) -> None:
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--stick", type=Path, metavar="DIR", help=_("更新文件夹 update 所在的U盘或文件夹"))
    where.add_argument("--server", action="store_true", help=_("从已登记的县局地址"))
    parser.add_argument("--check", action="store_true", help=_("只看有没有，不安装"))


def _update(console: Console, told: argparse.Namespace) -> int:
    from desktop.staff.status import back_up  # noqa: PLC0415
    from desktop.update.find import Trust, Updates  # noqa: PLC0415 - TUF; `-h` does without
    from desktop.update.install import start_setup  # noqa: PLC0415
    from desktop.update.source import CountySource, FolderSource  # noqa: PLC0415

    trust = Trust.shipped(resources_folder() / "update")
    with opened(console) as office, contextlib.ExitStack() as line:
        source = CountySource(_county(office, line)) if told.server else FolderSource(told.stick)
        updates = Updates(source, console.home / "update", trust, console.clock)
        found = updates.find(VERSION)
        newest, notes = (found.version, found.notes) if found else (VERSION, "")
        answer = {"version": VERSION, "newest": newest, "notes": notes}
        if found is None or told.check:
            console.answer(answer, [_newest_line(answer)])
            return DONE
        setup = updates.fetch(found)
        answer["setup"] = str(setup)
        answer["backup"] = str(back_up(office).folder)
    words = _("已备份到 {folder}，现在安装").format(folder=answer["backup"])
    console.answer(answer, [_newest_line(answer), words])
    start_setup(setup)
    return DONE


def _county(office: Office, line: contextlib.ExitStack) -> Get:
    """Files from the one address that this PC may call."""
    from desktop.sync.network import HttpPost, allowed_address  # noqa: PLC0415 - as above

    post = HttpPost(allowed_address(office.settings), office.exchange().party.pins)
    line.callback(post.close)

    def get(path: str, take: Callable[[bytes], object]) -> int:
        return post.request(
            "GET", path, {}, receive=lambda status, _heads: take if status == OK else None
        ).status

    return get


def _newest_line(answer: dict[str, str]) -> str:
    if answer["newest"] == answer["version"]:
        return _("已经是最新版本 {version}").format(version=answer["version"])
    return _("有新版本 {newest}：{notes}").format(newest=answer["newest"], notes=answer["notes"])


COMMANDS = (Command(("update",), N_("更新程序：从U盘或县局"), _update, _arguments),)
