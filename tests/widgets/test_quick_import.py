"""PySide's import hook, told to leave our source alone."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
PROGRAM = "import json, linecache, desktop.shell.application; print(json.dumps(list(linecache.cache)))"


def test_modules_of_the_window_are_imported_without_reading_their_source() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], cwd=ROOT, check=True, capture_output=True, encoding="utf-8"
    )
    read = [name for name in json.loads(done.stdout) if "desktop" in name and "quick_import" not in name]
    assert read == []
