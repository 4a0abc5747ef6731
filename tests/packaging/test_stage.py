"""What goes into the installer, by the rules of `packaging/prune.toml`."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from stage import Rules, set_times

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("name", "is_kept"),
    [
        ("PySide6/Qt6Widgets.dll", True),
        ("PySide6/Qt6Quick.dll", False),
        ("PySide6/opengl32sw.dll", False),
        ("PySide6/plugins/platforms/qwindows.dll", True),
        ("PySide6/plugins/platforms/qminimal.dll", False),
        ("PySide6/QtCore.pyi", False),
        ("sqlalchemy/dialects/sqlite/base.py", True),
        ("sqlalchemy/dialects/mysql/base.py", False),
        ("alembic/testing/env.py", False),
        ("reportlab/pdfgen/canvas.py", True),
        ("tuf/ngclient/updater.py", True),
        # The HTTP client asks for its own version at run time.
        ("httpx2-2.16.2.dist-info/METADATA", True),
        ("alembic-1.20.1.dist-info/METADATA", False),
    ],
)
def test_rules_keep_what_the_program_uses_and_nothing_else(name: str, is_kept: bool) -> None:
    assert Rules.read().keeps(name) is is_kept


def test_rules_say_of_every_package_why() -> None:
    assert all(one["why"] for one in Rules.read().told["package"])


def test_every_qt_module_that_the_program_imports_is_installed() -> None:
    sources = [path for folder in ("desktop", "county") for path in (ROOT / folder).rglob("*.py")]
    text = "\n".join(path.read_text(encoding="utf-8") for path in sources)
    modules = set(re.findall(r"PySide6\.(Qt[A-Za-z]+)", text))
    missing = {name for name in modules if not Rules.read().keeps(f"PySide6/{name}.pyd")}
    libraries = {name for name in modules if not Rules.read().keeps(f"PySide6/Qt6{name[2:]}.dll")}
    assert len(modules) > 3
    assert (missing, libraries) == (set(), set())


def test_set_times_gives_every_file_and_folder_the_same_time(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "b" / "c.txt").write_text("x", encoding="utf-8")

    set_times(tmp_path, 1_700_000_000)

    assert {path.stat().st_mtime for path in (tmp_path, *tmp_path.rglob("*"))} == {1_700_000_000}
