"""Making a room, what state it is in, checking it, backups."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import Any

from desktop.base.text import N_, _
from desktop.cli.console import (
    DONE,
    FOUND,
    PASSWORD_VARIABLE,
    Command,
    Console,
    WrongUsage,
    count_argument,
)
from desktop.cli.opening import opened

PRACTICE_USER = "演练"
PRACTICE_PASSWORD = "Yanlian-2026"  # noqa: S105 - invented people only, and the window shows it


def _setup_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--room", required=True, metavar="CODE", help=_("警务室代码，如 649901100201"))
    parser.add_argument("--name", required=True, metavar="TEXT", help=_("警务室名称，如 石桥村警务室"))
    parser.add_argument("--station", default="", metavar="TEXT", help=_("派出所名称，印在台账抬头"))
    parser.add_argument("--practice", action="store_true", help=_("练习室：所有窗口和纸面标“演练”"))


def _setup(console: Console, told: argparse.Namespace) -> int:
    from desktop.staff.rooms import NewRoom, discard_new_room  # noqa: PLC0415 - see opening
    from desktop.staff.sheets import write_recovery_sheet  # noqa: PLC0415 - ReportLab

    if not console.user:
        raise WrongUsage("CLI-006", _("请用 --user 给出第一个账号的名字"))
    new = NewRoom(
        code=told.room,
        name=told.name,
        station=told.station,
        user=console.user,
        password=console.first_password(),
        practice=told.practice,
    )
    made = console.rooms.create(console.home, new)
    try:
        sheet = write_recovery_sheet(made.office, made.recovery_key)
    except BaseException:
        # Nobody has seen the recovery key: a room that only its password opens must not stay.
        made.office.database.close()
        discard_new_room(console.home)
        raise
    made.office.database.close()
    console.answer(
        {"home": str(console.home), "room": new.code, "practice": new.practice, "recovery_sheet": str(sheet)},
        [
            _("已建好 {name}，数据在 {home}").format(name=new.name, home=console.home),
            _("恢复单在 {sheet}：请打印、封存，然后删除这个文件").format(sheet=sheet),
        ],
    )
    return DONE


def _demo_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--size", choices=("small", "medium", "large"), default="small", help=_("规模"))
    parser.add_argument("--seed", type=int, default=1, help=_("种子：同一种子造出同样的数据"))
    parser.add_argument(
        "--months", type=_months, default=3, metavar="N", help=_("几个月的历史，到本月为止，最多 60")
    )


def _months(text: str) -> int:
    months = count_argument(text)
    if months > 60:
        raise argparse.ArgumentTypeError(_("最多 60 个月：{text}").format(text=text))
    return months


def _demo(console: Console, told: argparse.Namespace) -> int:
    from desktop.ledgers.practice import fill_practice_room, practice_room  # noqa: PLC0415 - large tables of names
    from desktop.staff.rooms import discard_new_room  # noqa: PLC0415 - see opening

    given = console.password_from_input or PASSWORD_VARIABLE in os.environ
    password = console.password() if given else PRACTICE_PASSWORD
    user = console.user or PRACTICE_USER
    new = practice_room(told.size, user=user, password=password)
    made = console.rooms.create(console.home, new)
    try:
        counts = fill_practice_room(
            made.office, size=told.size, seed=told.seed, months=told.months, progress=console.progress
        )
    except BaseException:
        # Half a village teaches nobody.
        made.office.database.close()
        discard_new_room(console.home)
        raise
    made.office.database.close()
    lines = [_("已建好练习室 {name}，数据在 {home}").format(name=new.name, home=console.home)]
    if not given:
        lines.append(_("账号 {user}，密码 {password}").format(user=user, password=password))
    console.answer({"home": str(console.home), "room": new.code, "user": user, "counts": counts}, lines)
    return DONE


def _status_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--strict", action="store_true", help=_("有未处理的冲突或搁置时以状态 1 结束"))


def _status(console: Console, told: argparse.Namespace) -> int:
    from desktop.staff.status import status_of  # noqa: PLC0415 - see opening

    with opened(console) as office:
        found = status_of(office)
    console.answer(found, _status_lines(found))
    return FOUND if told.strict and (found["conflicts"] or found["parked"]) else DONE


def _status_lines(found: dict[str, Any]) -> list[str]:
    mark = _("【演练】") if found["practice"] else ""
    return [
        f"{found['name']}（{found['room']}）{mark}",
        _("未送出 {unsent} 条改动，待处理冲突 {conflicts} 项，搁置 {parked} 条").format(**found),
        _("上次交换：{when}").format(when=found["last_exchange"] or _("还没有过")),
        _("上次备份：{when}").format(when=found["last_backup"] or _("还没有过")),
        *[f"  {kind} {count}" for kind, count in found["counts"].items()],
    ]


def _verify_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--deep", action="store_true", help=_("连附件内容、审计链和数据库文件一起检查"))


def _verify(console: Console, told: argparse.Namespace) -> int:
    from desktop.staff.status import verify_office  # noqa: PLC0415 - see opening

    with opened(console) as office:
        found = verify_office(office, deep=told.deep)
    console.answer(
        found, [_("没有发现问题")] if found["ok"] else [one["message"] for one in found["problems"]]
    )
    return DONE if found["ok"] else FOUND


def _backup_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--to", type=Path, metavar="DIR", help=_("备份到这个文件夹（第二块盘、U盘）"))


def _backup(console: Console, told: argparse.Namespace) -> int:
    from desktop.staff.status import back_up  # noqa: PLC0415 - see opening

    with opened(console) as office:
        made = back_up(office, told.to)
    found = {
        "folder": str(made.folder),
        "rows": made.rows_count,
        "files": made.files_count,
        "bytes": made.size_bytes,
    }
    console.answer(found, [_("已备份并检查：{folder}").format(folder=made.folder)])
    return DONE


def _restore_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE", help=_("备份文件夹"))


def _restore(console: Console, told: argparse.Namespace) -> int:
    office = console.rooms.restore(told.file, console.home, console.user, console.password)
    try:
        name = office.place.name
    finally:
        office.database.close()
    console.answer(
        {"home": str(console.home)}, [_("已恢复 {name} 到 {home}").format(name=name, home=console.home)]
    )
    return DONE


def _rehearse(console: Console, _told: argparse.Namespace) -> int:
    from desktop.staff.status import rehearse_restore  # noqa: PLC0415 - see opening

    with opened(console) as office:
        found = rehearse_restore(office)
    console.answer(found, [_("演练恢复成功：{folder}").format(folder=found["folder"])])
    return DONE


COMMANDS = (
    Command(("setup",), N_("新建一个空的警务室"), _setup, _setup_arguments),
    Command(("demo",), N_("建一个练习室，里面都是虚构的人"), _demo, _demo_arguments),
    Command(("status",), N_("这台电脑上的数据是什么状态"), _status, _status_arguments),
    Command(("verify",), N_("检查数据有没有丢、有没有被改"), _verify, _verify_arguments),
    Command(("backup",), N_("做一份检查过的备份"), _backup, _backup_arguments),
    Command(("restore",), N_("把备份恢复到空文件夹"), _restore, _restore_arguments),
    Command(("rehearse",), N_("演练恢复：把最近的备份恢复到临时文件夹并检查"), _rehearse),
)
