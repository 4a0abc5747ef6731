"""The import contracts in `pyproject.toml` are kept, and each of them can be broken."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
LINT = "from importlinter.cli import lint_imports_command; lint_imports_command()"

# One import for each contract that it forbids; the paths are below `desktop/`.
BROKEN_TREE = {
    "../county/home.py": "import desktop.places.ui.page",
    "audit/trail.py": "import desktop.places.store",
    "base/text.py": "import PySide6.QtCore",
    "mediation/rules.py": "import desktop.mediation.store\nimport sqlalchemy",
    "mediation/pdf.py": "import sqlalchemy.orm",
    "mediation/store.py": "",
    "mediation/ui/page.py": "import sqlalchemy",
    "places/store.py": "import reportlab.pdfgen",
    "places/tables.py": "",
    "places/ui/page.py": "import PySide6.QtWidgets",
    "printing/spool.py": "",
    "self_check.py": "",
    "visits/store.py": "import desktop.places.tables",
    "weather/sun.py": "",
}


def _settings() -> dict[str, Any]:
    whole = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return dict(whole["tool"]["importlinter"])


def _lint(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", LINT, "--no-cache", "--no-logo"],
        check=False,
        cwd=folder,
        capture_output=True,
        encoding="utf-8",
        env=os.environ | {"PYTHONUTF8": "1", "PYTHONPATH": str(folder), "NO_COLOR": "1", "COLUMNS": "200"},
    )


def _broken_tree(folder: Path) -> None:
    shutil.copy(ROOT / "pyproject.toml", folder)
    shutil.copytree(ROOT / "scripts", folder / "scripts")
    for package in ("desktop", "county"):
        (folder / package).mkdir()
        (folder / package / "__init__.py").touch()
    for package in sorted(path.name for path in (ROOT / "desktop").iterdir() if path.is_dir()):
        (folder / "desktop" / package).mkdir()
        (folder / "desktop" / package / "__init__.py").touch()
    for name, text in BROKEN_TREE.items():
        module = folder / "desktop" / name
        module.parent.mkdir(parents=True, exist_ok=True)
        (module.parent / "__init__.py").touch()
        module.write_text(text + "\n", encoding="utf-8")


def test_every_package_of_ours_is_under_contract() -> None:
    ours = {package for package in ("desktop", "county") if (ROOT / package / "__init__.py").exists()}

    assert set(_settings()["root_packages"]) == ours, "name it in root_packages and give it its contracts"


def test_every_import_contract_is_kept() -> None:
    done = _lint(ROOT)

    assert done.returncode == 0, done.stdout + done.stderr
    assert " 0 broken" in done.stdout


def test_every_import_contract_is_broken_by_what_it_forbids(tmp_path: Path) -> None:
    _broken_tree(tmp_path)
    count = len(_settings()["contracts"])

    done = _lint(tmp_path)

    assert done.returncode == 1, done.stdout + done.stderr
    assert f"Contracts: 0 kept, {count} broken." in done.stdout, done.stdout
    assert "desktop.weather" in done.stdout
    assert "desktop.visits.store -> desktop.places.tables" in done.stdout
