"""How commands speak: answers on standard output, progress and errors on standard error, one JSON document on wish."""

from __future__ import annotations

import argparse
import getpass
import json
import os
import sys
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from desktop.base.clock import Clock
from desktop.base.errors import EnvironmentFault, Failure, Refused, RuleBroken
from desktop.base.text import _

DONE, FOUND, USAGE, BUG = 0, 1, 2, 70


if TYPE_CHECKING:
    from desktop.staff.rooms import Rooms

MakeRooms = Callable[[Clock], "Rooms"]


@dataclass
class Console:
    """One run of the program: where its data is, who runs it, how it answers."""

    home: Path
    user: str
    as_json: bool
    clock: Clock
    make_rooms: MakeRooms
    password_from_input: bool = False

    @property
    def rooms(self) -> Rooms:
        """The door to rooms; asking for it loads the store."""
        return self.make_rooms(self.clock)

    def answer(self, told: Any, lines: Iterable[str] = ()) -> None:
        """The command's answer: the JSON document with `--json`, lines for people otherwise."""
        if self.as_json:
            self.write(json.dumps(told, ensure_ascii=False))
        else:
            for line in lines:
                self.write(line)

    def write(self, line: str) -> None:
        """One line on standard output, in UTF-8 whatever the console's code page is."""
        try:
            sys.stdout.write(line + "\n")
        except BrokenPipeError:
            # Whoever read us (`head`, a closed window) has enough; nothing is wrong.
            sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123 - stays open to the end

    def progress(self, line: str) -> None:
        """One line on standard error, only when a person looks on."""
        if sys.stderr.isatty():
            sys.stderr.write(line + "\n")

    def fail(self, failure: Failure) -> int:
        """One line on standard error, and the same as JSON on wish; the exit status."""
        sys.stderr.write(f"{failure.code} {failure.sentence}\n")
        if self.as_json:
            self.write(json.dumps({"error": error_json(failure)}, ensure_ascii=False))
        return failure.exit_status

    def password(self, prompt: str = "") -> str:
        """The password: from standard input on wish, from JINGWUSHI_PASSWORD, or asked for.

        Errors:  Refused CLI-001 when there is nobody to ask.
        """
        if self.password_from_input:
            return sys.stdin.readline().rstrip("\r\n")
        if "JINGWUSHI_PASSWORD" in os.environ:
            return os.environ["JINGWUSHI_PASSWORD"]
        if not sys.stdin or not sys.stdin.isatty():
            raise Refused(
                "CLI-001",
                _("需要密码：请设置环境变量 JINGWUSHI_PASSWORD，或用 --password-stdin 从标准输入给出"),
            )
        return getpass.getpass(prompt or _("密码："))


def error_json(failure: Failure) -> dict[str, Any]:
    """A failure as the contract writes it."""
    return {
        "code": failure.code,
        "message": failure.sentence,
        "kind": failure.kind,
        "fields": [
            {"row": one.row, "field": one.field, "code": one.code, "message": one.message}
            for one in failure.fields
        ],
    }


Run = Callable[[Console, argparse.Namespace], int]


@dataclass(frozen=True)
class Command:
    """One command: its words, its help, its arguments, and what it does."""

    words: tuple[str, ...]
    help: str
    run: Run
    arguments: Callable[[argparse.ArgumentParser], None] = lambda _parser: None


def day_argument(text: str) -> date:
    """A day as `2026-03-05`; argparse turns the error into wrong usage."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(_("日期要写成 2026-03-05：{text}").format(text=text)) from None


def month_argument(text: str) -> tuple[date, date]:
    """The first and last day of a month written `2026-03`."""
    try:
        year, month = (int(part) for part in text.split("-"))
        first = date(year, month, 1)
        after = date(year + month // 12, month % 12 + 1, 1)
    except ValueError:
        raise argparse.ArgumentTypeError(_("月份要写成 2026-03：{text}").format(text=text)) from None
    return first, date.fromordinal(after.toordinal() - 1)


def assignments(pairs: Iterable[str]) -> dict[str, str]:
    """`FIELD=VALUE…` as a mapping.

    Errors:  RuleBroken CLI-002 for a pair without `=`.
    """
    found: dict[str, str] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name:
            raise RuleBroken("CLI-002", _("要写成 字段=值：{pair}").format(pair=pair))
        found[name] = value
    return found


def read_text(source: str) -> str:
    """The content of a file, or of standard input for `-`."""
    if source == "-":
        return sys.stdin.buffer.read().decode("utf-8-sig")
    try:
        return Path(source).read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise RuleBroken("CLI-003", _("文件不是 UTF-8 编码：{name}").format(name=source)) from error
    except OSError as error:
        raise EnvironmentFault("CLI-004", _("读不到文件：{name}").format(name=source)) from error


def read_object(source: str, what: str) -> dict[str, Any]:
    """A JSON object given inline or on standard input.

    Errors:  RuleBroken CLI-003.
    """
    try:
        value = json.loads(read_text("-") if source == "-" else source)
    except (ValueError, UnicodeDecodeError) as error:
        raise RuleBroken("CLI-003", _("{what}不是有效的 JSON").format(what=what)) from error
    if not isinstance(value, dict):
        raise RuleBroken("CLI-003", _("{what}应是一个 JSON 对象").format(what=what))
    return value


def write_out(path: Path, data: bytes) -> None:
    """Writes an answer file whole or not at all."""
    from desktop.base.paths import write_file  # noqa: PLC0415 - keeps `-h` quick

    with suppress(FileExistsError):
        path.parent.mkdir(parents=True, exist_ok=True)
    write_file(path, data)


def plain(value: Mapping[str, Any]) -> str:
    """One JSON line."""
    return json.dumps(value, ensure_ascii=False)
