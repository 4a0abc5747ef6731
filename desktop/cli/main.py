"""Reading the command line, opening the room, and turning failures into exit statuses.

Exit status: 0 done, 1 a check found something, 2 wrong usage, 3 a rule, 4 refused, 5 the surroundings, 70 our bug.
"""

from __future__ import annotations

import argparse
import os
import sys
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from desktop import VERSION
from desktop.base.clock import Clock, SystemClock
from desktop.base.errors import EnvironmentFault, Failure
from desktop.base.paths import data_folder, fault_from, resources_folder
from desktop.base.text import LANGUAGES, _, use_language
from desktop.cli.console import BUG, USAGE, Command, Console, MakeRooms


def commands() -> list[Command]:
    """Every command, group by group."""
    from desktop.cli import county, exchange, paper, people, records, room  # noqa: PLC0415 - `-h` of one is rare

    return [
        *room.COMMANDS,
        *records.COMMANDS,
        *paper.COMMANDS,
        *exchange.COMMANDS,
        *people.COMMANDS,
        *county.COMMANDS,
    ]


RunWindow = Callable[[Path, str, str], int]


def main(
    arguments: Sequence[str], make_rooms: MakeRooms, run_window: RunWindow, clock: Clock | None = None
) -> int:
    """Runs one command; the window when there is none."""
    _speak_utf8()
    use_language(_language(arguments), resources_folder() / "locale")
    if _only_common(arguments):
        return _window(arguments, run_window)
    parser = build_parser()
    try:
        told = parser.parse_args(arguments)
    except SystemExit as stop:
        return int(stop.code or 0)
    if not hasattr(told, "run"):
        parser.print_usage(sys.stderr)
        return USAGE
    console = Console(
        home=data_folder(getattr(told, "home", None), os.environ),
        user=getattr(told, "user", "") or os.environ.get("JINGWUSHI_USER", ""),
        as_json=getattr(told, "json", False),
        clock=clock or SystemClock(),
        make_rooms=make_rooms,
        password_from_input=getattr(told, "password_stdin", False),
    )
    return _run(console, told)


def _run(console: Console, told: argparse.Namespace) -> int:
    try:
        return int(told.run(console, told))
    except Failure as failure:
        return console.fail(failure)
    except KeyboardInterrupt:
        return console.fail(EnvironmentFault("CLI-005", _("已中断；没有保存完的内容不会留下")))
    except OSError as error:
        return console.fail(fault_from(error, _("读写文件")))
    except Exception as error:  # noqa: BLE001 - the command line's boundary: our bug, reported as one
        return _report_bug(console, error)


def _report_bug(console: Console, error: Exception) -> int:
    """Saves what happened, without values of fields, and says where."""
    from desktop.base.log import mask_personal_data  # noqa: PLC0415 - rare

    told = mask_personal_data("".join(traceback.format_exception(error)))
    folder = console.home if console.home.is_dir() else Path.cwd()
    path = folder / "reports" / f"{console.clock.now():%Y%m%d-%H%M%S}.txt"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{VERSION}\n{told}", encoding="utf-8")
        where = str(path)
    except OSError:
        where = _("（报告没能保存）")
        sys.stderr.write(told)
    sentence = _("程序出错了，数据没有丢。请把这份报告交给管理员：{where}").format(where=where)
    sys.stderr.write(f"BUG-000 {sentence}\n")
    if console.as_json:
        console.answer({"error": {"code": "BUG-000", "message": sentence, "kind": "bug", "fields": []}})
    return BUG


def _speak_utf8() -> None:
    """Windows consoles have code pages of their own; what scripts read from us is UTF-8 always."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(encoding="utf-8", errors="backslashreplace")


def _language(arguments: Sequence[str]) -> str:
    for position, word in enumerate(arguments):
        if word.startswith("--lang="):
            chosen = word.partition("=")[2]
        elif word == "--lang" and position + 1 < len(arguments):
            chosen = arguments[position + 1]
        else:
            continue
        return chosen if chosen in LANGUAGES else "zh"
    return "zh"


_WITH_VALUE = ("--home", "--user", "--lang")


def _only_common(arguments: Sequence[str]) -> bool:
    """Whether nothing but common options is there, so that the window is meant."""
    words = list(arguments)
    while words:
        word = words.pop(0)
        if word in _WITH_VALUE and words:
            words.pop(0)
        elif not word.startswith(tuple(f"{name}=" for name in _WITH_VALUE)):
            return False
    return True


def _window(arguments: Sequence[str], run_window: RunWindow) -> int:
    told = argparse.ArgumentParser(prog="jingwushi", parents=[_common()]).parse_args(list(arguments))
    home = data_folder(getattr(told, "home", None), os.environ)
    return run_window(home, getattr(told, "user", "") or "", _language(arguments))


def _common() -> argparse.ArgumentParser:
    common = argparse.ArgumentParser(add_help=False, argument_default=argparse.SUPPRESS)
    common.add_argument("--home", metavar="DIR", help=_("数据文件夹（也可用环境变量 JINGWUSHI_HOME）"))
    common.add_argument("--user", metavar="NAME", help=_("账号；只有一个账号时可以不写"))
    common.add_argument("--lang", choices=LANGUAGES, help=_("语言，默认 zh"))
    common.add_argument("--json", action="store_true", help=_("用 JSON 回答"))
    common.add_argument("--password-stdin", action="store_true", help=_("从标准输入读取密码"))
    return common


def build_parser() -> argparse.ArgumentParser:
    """The parser of every command."""
    common = _common()
    parser = argparse.ArgumentParser(
        prog="jingwushi", parents=[common], description=_("警务室：村警务室的一天。没有命令时打开窗口。")
    )
    parser.add_argument("--version", action="version", version=f"jingwushi {VERSION}")
    groups: dict[tuple[str, ...], Any] = {(): parser.add_subparsers(metavar=_("命令"), title=_("命令"))}
    for command in commands():
        for depth in range(1, len(command.words)):
            _group(groups, command.words[:depth], common)
        own = groups[command.words[:-1]].add_parser(
            command.words[-1], parents=[common], help=_(command.help), description=_(command.help)
        )
        command.arguments(own)
        own.set_defaults(run=command.run)
        if any(other.words[:-1] == command.words for other in commands()):
            groups[command.words] = own.add_subparsers(metavar=_("命令"))
    return parser


def _group(
    groups: dict[tuple[str, ...], Any], words: tuple[str, ...], common: argparse.ArgumentParser
) -> None:
    if words not in groups:
        parent = groups[words[:-1]].add_parser(words[-1], parents=[common], help=_("见 -h"))
        groups[words] = parent.add_subparsers(metavar=_("命令"), required=True)
