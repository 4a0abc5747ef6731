#!/usr/bin/env python3
r"""Sets up what the tests need and runs every check; the last line is pytest's own.

python3 scripts/test.py                  format, lint, types, contracts, tests: what .ci/run does
python3 scripts/test.py tests/sync -x    only pytest, with these arguments
py scripts\test.py                       the same on Windows
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from prepare import (
    QT_OFFSCREEN,
    ROOT,
    become,
    install_packages,
    is_remembered,
    missing_libraries,
    prepare,
    remember,
)


def main(arguments: list[str]) -> None:
    """Becomes `scripts/check`, which knows the checks."""
    prepare("test")
    if sys.platform.startswith("linux") and not is_remembered("tests", "programs found"):
        _find_system_parts()
    become([str(ROOT / "scripts" / "check"), *(["--pytest", *arguments] if arguments else [])])


def _find_system_parts() -> None:
    """Qt's libraries without a screen, the database server of the county's tests, and the stock programs."""
    missing = missing_libraries(QT_OFFSCREEN) + _missing_programs()
    if missing:
        install_packages(missing, "测试所需的系统程序")
        missing = missing_libraries(QT_OFFSCREEN) + _missing_programs()
    if not missing:
        remember("tests", "programs found")


# What opens our bundles, reads our papers and makes a stick's file system without us → Debian's package.
PROGRAMS = {
    "age": "age",
    "zstd": "zstd",
    "pdftotext": "poppler-utils",
    "mcopy": "mtools",
    "mkfs.vfat": "dosfstools",
}


def _missing_programs() -> list[str]:
    from shutil import which  # noqa: PLC0415 - only a first start needs it

    places = f"{os.environ.get('PATH', '')}{os.pathsep}/usr/sbin"
    missing = [package for program, package in PROGRAMS.items() if which(program, path=places) is None]
    debian = Path("/usr/lib/postgresql")
    if not which("initdb") and not any(debian.glob("*/bin/initdb")):
        missing.append("postgresql")
    return missing


if __name__ == "__main__":
    main(sys.argv[1:])
