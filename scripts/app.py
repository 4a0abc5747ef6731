#!/usr/bin/env python3
r"""Starts the program from a checkout, setting up what it needs the first time.

    python3 scripts/app.py                   opens the window
    python3 scripts/app.py COMMAND …         runs one command; docs/CLI.md tells which
    py scripts\app.py                        the same on Windows

Arguments, input, output and exit status are those of the program itself.
"""

from __future__ import annotations

import sys

from prepare import (
    QT_OFFSCREEN,
    QT_WINDOW,
    become,
    install_packages,
    is_remembered,
    missing_libraries,
    prepare,
    remember,
)


def main(arguments: list[str]) -> None:
    """Becomes the program."""
    was_set_up = prepare("app")
    # A command needs no window: after the first time it is left in peace, and so is its standard error.
    if (was_set_up or not arguments) and not is_remembered("window", "found"):
        _find_libraries()
    # -P: a folder called `desktop` where somebody happens to stand is not the program.
    become(["-P", "-m", "desktop", *arguments])


def _find_libraries() -> None:
    """Qt's libraries; a command needs none of them, so what cannot be had here stops nothing."""
    missing = missing_libraries(QT_OFFSCREEN, QT_WINDOW)
    if missing:
        install_packages(missing, "窗口所需的系统库")
        missing = missing_libraries(QT_OFFSCREEN, QT_WINDOW)
    if not missing:
        remember("window", "found")


if __name__ == "__main__":
    main(sys.argv[1:])
