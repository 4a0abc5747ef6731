"""Window or command: what the first words mean, and the language and encoding of every answer.

The window opens without the parser and without what commands need: an officer waits for the password page.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from desktop.base.clock import Clock, SystemClock
from desktop.base.paths import data_folder, is_package_name, resources_folder
from desktop.base.text import LANGUAGES, use_language

if TYPE_CHECKING:
    from desktop.cli.console import MakeRooms

RunWindow = Callable[[Path, str, str, Path | None], int]

_WITH_VALUE = ("--home", "--user", "--lang")
# What Windows hands over when somebody opens a bundle with a double click.
_BUNDLE = "FILE.jwb"


def main(
    arguments: Sequence[str], make_rooms: MakeRooms, run_window: RunWindow, clock: Clock | None = None
) -> int:
    """Runs one command; the window when there is none."""
    _speak_utf8()
    _speak_language(_language(arguments))
    options = window_options(arguments)
    if options is not None:
        home = data_folder(options.get("--home"), os.environ)
        bundle = Path(options[_BUNDLE]).absolute() if _BUNDLE in options else None
        return run_window(home, options.get("--user", ""), options.get("--lang", "zh"), bundle)
    from desktop.cli.commands import run_command  # noqa: PLC0415 - a window needs no parser

    return run_command(arguments, make_rooms, clock or SystemClock())


def window_options(arguments: Sequence[str]) -> dict[str, str] | None:
    """The options of the window; None where a command is meant, or something that the parser must refuse."""
    options: dict[str, str] = {}
    words = iter(arguments)
    for word in words:
        if is_package_name(word) and not word.startswith("-") and _BUNDLE not in options:
            options[_BUNDLE] = word
            continue
        name, equals, value = word.partition("=")
        if name not in _WITH_VALUE:
            return None
        given = value if equals else next(words, None)
        if given is None or (name == "--lang" and given not in LANGUAGES):
            return None
        options[name] = given
    return options


def _speak_utf8() -> None:
    """Windows consoles have code pages of their own; what scripts read from us is UTF-8 always."""
    if sys.stdout is None:
        # A program without a console has no output; what it would say goes nowhere.
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123 - stays open to the end
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(encoding="utf-8", errors="backslashreplace")


def _speak_language(language: str) -> None:
    try:
        use_language(language, resources_folder() / "locale")
    except OSError:
        # Without its catalogue the program speaks its own language.
        use_language("zh", resources_folder() / "locale")


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
