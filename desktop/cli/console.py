"""How commands speak: answers on standard output, progress and errors on standard error, one JSON document on wish."""

from __future__ import annotations

import argparse
import codecs
import errno
import getpass
import json
import os
import re
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

PASSWORD_VARIABLE = "JINGWUSHI_PASSWORD"  # noqa: S105 - the name of a variable
NEW_PASSWORD_VARIABLE = "JINGWUSHI_NEW_PASSWORD"  # noqa: S105 - the same
RECOVERY_VARIABLE = "JINGWUSHI_RECOVERY_KEY"

if TYPE_CHECKING:
    from desktop.staff.rooms import Rooms

MakeRooms = Callable[[Clock], "Rooms"]


class WrongUsage(RuleBroken):
    """The command was not written as it must be; nothing was opened."""

    kind = "usage"
    exit_status = USAGE


class OutputClosed(Exception):  # noqa: N818 - nothing went wrong
    """Whoever read us (`head`, a closed window) has enough."""


@dataclass
class Console:
    """One run of the program: where its data is, who runs it, how it answers."""

    home: Path
    user: str
    as_json: bool
    clock: Clock
    make_rooms: MakeRooms
    password_from_input: bool = False
    given_password: str | None = None

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
        except OSError as error:
            if not is_closed_pipe(error):
                raise
            raise OutputClosed from error

    def progress(self, line: str) -> None:
        """One line on standard error, only when a person looks on."""
        if sys.stderr is not None and sys.stderr.isatty():
            sys.stderr.write(line + "\n")

    def tell(self, sentence: str) -> None:
        """What the person must hear beside the answer; nothing when there is nothing."""
        if sentence and sys.stderr is not None:
            sys.stderr.write(sentence + "\n")

    # -- secrets -----------------------------------------------------------------------------------------------

    def password(self, prompt: str = "") -> str:
        """The password of the one who runs this, asked for once.

        From the first line of standard input on wish, from JINGWUSHI_PASSWORD, or from a prompt.

        Errors:  Refused CLI-001 when there is nobody to ask.
        """
        if self.given_password is None:
            self.given_password = self._secret(PASSWORD_VARIABLE, prompt or _("密码："))
        return self.given_password

    def first_password(self) -> str:
        """The password that a new room gets; a person types it twice. Errors: Refused CLI-001."""
        if self.given_password is None:
            self.given_password = self._secret(PASSWORD_VARIABLE, _("新密码："), twice=True)
        return self.given_password

    def new_password(self) -> str:
        """A password to be set: JINGWUSHI_NEW_PASSWORD, the next line of standard input, or a prompt.

        Errors:  Refused CLI-001 when there is nobody to ask.
        """
        if self.password_from_input and NEW_PASSWORD_VARIABLE not in os.environ:
            self.take_password_line()
        return self._secret(NEW_PASSWORD_VARIABLE, _("新密码："), twice=True, variable_first=True)

    def recovery_key(self) -> str:
        """The key on the recovery sheet: JINGWUSHI_RECOVERY_KEY, the first line of standard input, or a prompt.

        Errors:  Refused CLI-001 when there is nobody to ask.
        """
        self.given_password = ""
        return self._secret(RECOVERY_VARIABLE, _("恢复密钥："), variable_first=True)

    def take_password_line(self) -> None:
        """Reads the password's line, when it comes on standard input, before anything else is read from there."""
        if self.password_from_input and self.given_password is None:
            self.password()

    def _secret(
        self, variable: str, prompt: str, *, twice: bool = False, variable_first: bool = False
    ) -> str:
        stored = os.environ.get(variable, "")
        if stored and (variable_first or not self.password_from_input):
            return stored
        if self.password_from_input:
            typed = _input_line()
        elif sys.stdin is not None and sys.stdin.isatty():
            typed = _prompt(prompt, twice=twice)
        else:
            typed = ""
        if not typed:
            sentence = _("需要密码：请设置环境变量 {variable}，或用 --password-stdin 从标准输入给出")
            raise Refused("CLI-001", sentence.format(variable=variable))
        return typed

    def read_text(self, source: str) -> str:
        """As `read_text`; for `-` what is left of standard input after the password's line."""
        if source == "-":
            self.take_password_line()
        return read_text(source)

    def read_object(self, source: str, what: str) -> dict[str, Any]:
        """As `read_object`; for `-` what is left of standard input after the password's line."""
        if source == "-":
            self.take_password_line()
        return read_object(source, what)

    def fail(self, failure: Failure) -> int:
        """One line on standard error, and the same as JSON on wish; the exit status."""
        return tell_failure(failure, as_json=self.as_json)


def tell_failure(failure: Failure, *, as_json: bool) -> int:
    """One line on standard error, and the same as JSON on wish; the exit status."""
    sentence = " ".join(failure.sentence.split())
    if sys.stderr is not None:
        sys.stderr.write(f"{failure.code} {sentence}\n")
    if as_json:
        # Whoever does not listen any more has the exit status.
        with suppress(BrokenPipeError):
            sys.stdout.write(json.dumps({"error": error_json(failure)}, ensure_ascii=False) + "\n")
    return failure.exit_status


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


def is_closed_pipe(error: OSError) -> bool:
    """Whether the reader of our output went away; Windows calls it an invalid argument."""
    return isinstance(error, BrokenPipeError) or (sys.platform == "win32" and error.errno == errno.EINVAL)


def _prompt(prompt: str, *, twice: bool) -> str:
    try:
        typed = getpass.getpass(prompt)
        # A password that nobody can repeat would lock the room.
        while twice and getpass.getpass(_("再输一次：")) != typed:
            sys.stderr.write(_("两次输入的不一样，请重新输入") + "\n")
            typed = getpass.getpass(prompt)
    except EOFError:
        return ""
    return typed


def _input_bytes() -> bytes:
    return b"" if sys.stdin is None else sys.stdin.buffer.read()


def _input_line() -> str:
    """One line of standard input, as bytes: the text layer would read on into what follows."""
    line = b"" if sys.stdin is None else sys.stdin.buffer.readline()
    try:
        return line.decode("utf-8-sig").rstrip("\r\n")
    except UnicodeDecodeError as error:
        raise RuleBroken("CLI-003", _("标准输入里的密码不是 UTF-8 编码")) from error


_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")

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
    day = _read_day(text)
    if day is None:
        raise argparse.ArgumentTypeError(_("日期要写成 2026-03-05：{text}").format(text=text))
    return day


def month_argument(text: str) -> tuple[date, date]:
    """The first and last day of a month written `2026-03`."""
    first = _read_day(f"{text}-01")
    if first is None or first.year == date.max.year:
        raise argparse.ArgumentTypeError(_("月份要写成 2026-03：{text}").format(text=text))
    after = date(first.year + first.month // 12, first.month % 12 + 1, 1)
    return first, date.fromordinal(after.toordinal() - 1)


def _read_day(text: str) -> date | None:
    # `fromisoformat` also takes weeks and days without hyphens.
    if not _DAY.fullmatch(text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def count_argument(text: str) -> int:
    """A whole number from 1."""
    if not text.isascii() or not text.isdigit() or int(text[:12]) < 1:
        raise argparse.ArgumentTypeError(_("要写一个大于 0 的整数：{text}").format(text=text))
    return int(text[:12])


def assignments(pairs: Iterable[str]) -> dict[str, str]:
    """`FIELD=VALUE…` as a mapping.

    Errors:  RuleBroken CLI-002 for a pair without `=` or for a field named twice, CLI-003 for what is no text.
    """
    found: dict[str, str] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name:
            raise RuleBroken("CLI-002", _("要写成 字段=值：{pair}").format(pair=shown(pair)))
        if name in found:
            raise RuleBroken("CLI-002", _("{name} 写了两次").format(name=name))
        if not is_text(value):
            raise RuleBroken("CLI-003", _("{name} 的值不是 UTF-8 编码").format(name=name))
        found[name] = value
    return found


def is_text(value: object) -> bool:
    """Whether everything in a JSON value can be written as UTF-8; half a sign cannot."""
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


def shown(text: str) -> str:
    """A text that came from outside, as it can be shown."""
    return text.encode("utf-8", "backslashreplace").decode()


def read_json(text: str) -> Any:
    """A JSON value; None for what is none, and for what cannot be kept as text."""
    try:
        value = json.loads(text)
        return value if is_text(value) else None
    except (ValueError, RecursionError):
        return None


def read_text(source: str) -> str:
    """The content of a file, or of standard input for `-`.

    Errors:  RuleBroken CLI-003 when it is not UTF-8; EnvironmentFault CLI-004 when it cannot be read.
    """
    try:
        data = _input_bytes() if source == "-" else Path(source).read_bytes()
    except OSError as error:
        raise EnvironmentFault("CLI-004", _("读不到文件：{name}").format(name=shown(source))) from error
    # PowerShell writes files as UTF-16 with a mark.
    encoding = "utf-16" if data[:2] in {codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE} else "utf-8-sig"
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise RuleBroken("CLI-003", _("文件不是 UTF-8 编码：{name}").format(name=shown(source))) from error


def read_object(source: str, what: str) -> dict[str, Any]:
    """One JSON object written on the command line, or read from standard input for `-`.

    Errors:  RuleBroken CLI-003 when it is no object.
    """
    found = read_json(read_text("-") if source == "-" else source)
    if not isinstance(found, dict):
        raise RuleBroken("CLI-003", _("{what}应是一个 JSON 对象").format(what=what))
    return found


def write_out(path: Path, data: bytes) -> None:
    """Writes an answer file whole or not at all, with its folder."""
    from desktop.base.paths import write_file  # noqa: PLC0415 - keeps `-h` quick

    make_parent(path)
    write_file(path, data)


def make_parent(path: Path) -> None:
    """The folder that an answer file goes to; what is in the way is told when the file is written."""
    with suppress(FileExistsError, NotADirectoryError):
        path.parent.mkdir(parents=True, exist_ok=True)


def plain(value: Mapping[str, Any]) -> str:
    """One JSON line."""
    return json.dumps(value, ensure_ascii=False)
