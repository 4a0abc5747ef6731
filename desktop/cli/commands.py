"""Reading a command, opening the room for it, and turning failures into exit statuses.

Exit status: 0 done, 1 a check found something, 2 wrong usage, 3 a rule, 4 refused, 5 the surroundings, 70 our bug.
"""

from __future__ import annotations

import argparse
import difflib
import os
import re
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

from desktop import VERSION
from desktop.base.clock import Clock
from desktop.base.errors import EnvironmentFault, Failure
from desktop.base.paths import data_folder, fault_from
from desktop.base.text import LANGUAGES, N_, _
from desktop.cli.console import (
    BUG,
    DONE,
    Command,
    Console,
    MakeRooms,
    OutputClosed,
    WrongUsage,
    is_closed_pipe,
    tell_failure,
)


def commands() -> list[Command]:
    """Every command, group by group."""
    # `-h` of one command is rare.
    from desktop.cli import (  # noqa: PLC0415
        county,
        exchange,
        paper,
        people,
        records,
        room,
        slips,
        update,
        volume,
    )

    return [
        *room.COMMANDS,
        *records.COMMANDS,
        *paper.COMMANDS,
        *volume.COMMANDS,
        *slips.COMMANDS,
        *exchange.COMMANDS,
        *people.COMMANDS,
        *county.COMMANDS,
        *update.COMMANDS,
    ]


def run_command(arguments: Sequence[str], make_rooms: MakeRooms, clock: Clock) -> int:
    """Runs one command and gives its exit status."""
    try:
        status = _run_command(arguments, make_rooms, clock)
    except WrongUsage as wrong:
        status = tell_failure(wrong, as_json="--json" in arguments)
    except SystemExit as stop:
        # argparse ends so after `-h` and `--version`.
        status = int(stop.code or 0)
    return _ended(status)


def _run_command(arguments: Sequence[str], make_rooms: MakeRooms, clock: Clock) -> int:
    told = build_parser(arguments).parse_args(arguments)
    if not hasattr(told, "run"):
        raise WrongUsage("CLI-008", _("请写明命令；全部命令见 jingwushi -h"))
    console = Console(
        home=data_folder(getattr(told, "home", None), os.environ),
        user=getattr(told, "user", "") or os.environ.get("JINGWUSHI_USER", ""),
        as_json=getattr(told, "json", False),
        clock=clock,
        make_rooms=make_rooms,
        password_from_input=getattr(told, "password_stdin", False),
    )
    return _run(console, told)


def _run(console: Console, told: argparse.Namespace) -> int:
    try:
        return int(told.run(console, told))
    except OutputClosed:
        return DONE
    except Failure as failure:
        return console.fail(failure)
    except KeyboardInterrupt:
        return console.fail(EnvironmentFault("CLI-005", _("已中断；没有保存完的内容不会留下")))
    except OSError as error:
        return console.fail(fault_from(error, _("读写文件")))
    except Exception as error:  # noqa: BLE001 - the command line's boundary: our bug, reported as one
        return _report_bug(console, error)


def _ended(status: int) -> int:
    """Sends the rest of the answer off; who reads it may have gone, which is no failure."""
    try:
        sys.stdout.flush()
    except OSError as error:
        _hush()
        return status if is_closed_pipe(error) else tell_failure(fault_from(error, _("输出")), as_json=False)
    return status


def _hush() -> None:
    """Lets the interpreter end without a complaint about an output that nobody takes."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, sys.stdout.fileno())
    finally:
        os.close(nowhere)


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


# -- the parser ----------------------------------------------------------------------------------------------------


class _Help(argparse.HelpFormatter):
    """Help whose own words are in the chosen language."""

    def add_usage(self, usage: str | None, actions: Any, groups: Any, prefix: str | None = None) -> None:
        super().add_usage(usage, actions, groups, _("用法：") if prefix is None else prefix)


class _Parser(argparse.ArgumentParser):
    """A parser whose errors are failures with a code, and whose words are in the chosen language.

    An option is written in full: an abbreviation that a script relies on would break with the next option.
    """

    def __init__(self, **told: Any) -> None:
        super().__init__(add_help=False, allow_abbrev=False, formatter_class=_Help, **told)

    def error(self, message: str) -> NoReturn:
        """Errors: WrongUsage CLI-008, always."""
        raise WrongUsage("CLI-008", _usage_sentence(message))


_COMMAND = N_("命令")
# What argparse says → what we say.
_USAGES = (
    (r"the following arguments are required: (?P<names>.+)", N_("缺少 {names}；写法见 -h")),
    (r"unrecognized arguments: (?P<names>.+)", N_("不认识 {names}；写法见 -h")),
    (r"argument (?P<name>[^:]+): expected .*", N_("{name} 后面要写值；写法见 -h")),
    (r"argument (?P<name>[^:]+): invalid int value: (?P<value>.+)", N_("{name} 要写整数：{value}")),
    (r"argument (?P<name>[^:]+): (?P<told>.+)", N_("{name}：{told}")),
)
_CHOICE = re.compile(
    r"argument (?P<name>[^:]+): invalid choice: (?P<value>.*?) \(choose from (?P<choices>.*)\)"
)


def _usage_sentence(message: str) -> str:
    choice = _CHOICE.fullmatch(message)
    if choice is not None:
        return _choice_sentence(choice["name"], choice["value"].strip("'"), choice["choices"])
    for pattern, sentence in _USAGES:
        found = re.fullmatch(pattern, message, re.DOTALL)
        if found is not None:
            return _(sentence).format(**found.groupdict())
    return message


def _choice_sentence(name: str, value: str, offered: str) -> str:
    known = [one.strip("' ") for one in offered.split(",")]
    if name != _(_COMMAND):
        told = _("{name} 不能是 {value}，可写：{known}")
        return told.format(name=name, value=value, known="、".join(known))
    near = difflib.get_close_matches(value, known, n=1, cutoff=0.5)
    hint = _("，您是不是要找 {near}").format(near=near[0]) if near else ""
    return _("没有名为 {value} 的命令{hint}；全部命令见 -h").format(value=value, hint=hint)


def _common() -> argparse.ArgumentParser:
    common = argparse.ArgumentParser(add_help=False, argument_default=argparse.SUPPRESS)
    common.add_argument("-h", "--help", action="help", help=_("显示这段说明"))
    options = common.add_argument_group(_("通用选项"))
    options.add_argument("--home", metavar="DIR", help=_("数据文件夹（也可用环境变量 JINGWUSHI_HOME）"))
    options.add_argument("--user", metavar="NAME", help=_("账号；只有一个账号时可以不写"))
    options.add_argument("--lang", choices=LANGUAGES, help=_("语言，默认 zh"))
    options.add_argument("--json", action="store_true", help=_("用 JSON 回答"))
    options.add_argument(
        "--password-stdin",
        action="store_true",
        help=_("从标准输入的第一行读取密码（也可用环境变量 JINGWUSHI_PASSWORD）"),
    )
    return common


def build_parser(arguments: Sequence[str] | None = None) -> argparse.ArgumentParser:
    """The parser of every command; with `arguments`, those that they cannot mean are known by name only."""
    common = _common()
    parser = _Parser(
        prog="jingwushi", parents=[common], description=_("警务室：村警务室的一天。没有命令时打开窗口。")
    )
    parser.add_argument("--version", action="version", version=f"jingwushi {VERSION}", help=_("版本"))
    groups: dict[tuple[str, ...], Any] = {(): parser.add_subparsers(metavar=_(_COMMAND), title=_(_COMMAND))}
    every = commands()
    opening_words = {command.words[:-1] for command in every}
    for command in every:
        is_meant = arguments is None or command.words[0] in arguments
        for depth in range(1, len(command.words)):
            _group(groups, command.words[:depth], common)
        if is_meant:
            _add_command(groups, command, common, opens_others=command.words in opening_words)
        elif len(command.words) == 1 and command.words not in groups:
            groups[()].add_parser(command.words[0], help=_(command.help))
    _name_groups(parser)
    return parser


def _add_command(
    groups: dict[tuple[str, ...], Any],
    command: Command,
    common: argparse.ArgumentParser,
    *,
    opens_others: bool,
) -> None:
    own = groups[command.words[:-1]].add_parser(
        command.words[-1], parents=[common], help=_(command.help), description=_(command.help)
    )
    command.arguments(own)
    _name_groups(own)
    own.set_defaults(run=command.run)
    if opens_others:
        groups[command.words] = own.add_subparsers(metavar=_(_COMMAND), title=_(_COMMAND))


# What the first words of commands of two words are about.
_GROUPS = {
    "volume": N_("台账的册：开册、续打、重印、封存"),
    "roster": N_("排班：起草、发布、打印"),
    "enrol": N_("用文件加入县局"),
    "account": N_("谁能登录，密码，角色"),
    "county": N_("县局一侧的命令"),
}


def _group(
    groups: dict[tuple[str, ...], Any], words: tuple[str, ...], common: argparse.ArgumentParser
) -> None:
    if words not in groups:
        told = _(_GROUPS.get(words[-1], N_("见 -h")))
        parent = groups[words[:-1]].add_parser(words[-1], parents=[common], help=told, description=told)
        groups[words] = parent.add_subparsers(metavar=_(_COMMAND), title=_(_COMMAND), required=True)
        _name_groups(parent)


def _name_groups(parser: argparse.ArgumentParser) -> None:
    """The headings that argparse gives to arguments and options of its own."""
    parser._positionals.title = _("参数")  # noqa: SLF001 - argparse has no other way to name them
    parser._optionals.title = _("选项")  # noqa: SLF001 - the same
