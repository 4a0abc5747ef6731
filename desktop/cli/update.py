"""`update`: a newer version of the program from a stick or from the county."""

from __future__ import annotations

import argparse
from pathlib import Path

from desktop import VERSION
from desktop.base.text import N_, _
from desktop.cli.console import DONE, Command, Console
from desktop.cli.opening import opened


def _arguments(parser: argparse.ArgumentParser) -> None:
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--stick", type=Path, metavar="DIR", help=_("更新文件夹 update 所在的U盘或文件夹"))
    where.add_argument("--server", action="store_true", help=_("从已登记的县局地址"))
    parser.add_argument("--check", action="store_true", help=_("只看有没有，不安装"))


def _update(console: Console, told: argparse.Namespace) -> int:
    from desktop.staff.updating import find_update, install_update, take_update  # noqa: PLC0415 - TUF; `-h` does without

    stick = None if told.server else told.stick
    with opened(console) as office:
        found = find_update(office, stick)
        newest, notes = (found.version, found.notes) if found else (VERSION, "")
        answer = {"version": VERSION, "newest": newest, "notes": notes}
        if found is None or told.check:
            console.answer(answer, [_newest_line(answer)])
            return DONE
        setup, backup = take_update(office, stick, found.version, lambda _stage, _done, _total: None)
        answer |= {"setup": str(setup), "backup": str(backup)}
        words = _("已备份到 {folder}，现在安装").format(folder=answer["backup"])
        console.answer(answer, [_newest_line(answer), words])
        install_update(office, found.version, setup, backup)
    return DONE


def _newest_line(answer: dict[str, str]) -> str:
    if answer["newest"] == answer["version"]:
        return _("已经是最新版本 {version}").format(version=answer["version"])
    return _("有新版本 {newest}：{notes}").format(newest=answer["newest"], notes=answer["notes"])


COMMANDS = (Command(("update",), N_("更新程序：从U盘或县局"), _update, _arguments),)
