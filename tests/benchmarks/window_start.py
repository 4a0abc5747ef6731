"""How long until the password page is on screen, against an empty window of the same run.

    .venv/bin/python tests/benchmarks/window_start.py

Fresh processes, one after the other in turn, best of several; CPU seconds, because other work shares the machine.
Goal: at most one and a half empty windows.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROUNDS = 7
GOAL = 1.5

EMPTY = """
import sys
from PySide6.QtWidgets import QApplication, QMainWindow
app = QApplication(sys.argv)
window = QMainWindow()
window.resize(1366, 728)
window.show()
from PySide6.QtCore import QTimer
timer = QTimer(); timer.setSingleShot(True); timer.timeout.connect(app.quit); timer.start(1)
app.exec()
"""

UNLOCK = """
import sys
from desktop.shell import application
application.Application._after_first_paint = lambda self: self.app.quit()
from desktop.bootstrap import run
run(["--home", sys.argv[1]])
"""

MEASURE = "\nimport os, sys\ntimes = os.times()\nsys.stdout.write(str(times.user + times.system))\n"


def environment(home: Path) -> dict[str, str]:
    """As an officer's PC has it: compiled modules are kept, here in a folder that goes with the run."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    kept.setdefault("QT_QPA_PLATFORM", "offscreen")
    return kept | {"PYTHONPYCACHEPREFIX": str(home / "compiled")}


def cpu_seconds(program: str, home: Path) -> float:
    """The CPU time of one fresh process that shows its window and ends."""
    done = subprocess.run(
        [sys.executable, "-c", program + MEASURE, str(home)],
        cwd=ROOT,
        env=environment(home),
        check=True,
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    return float(done.stdout)


def main() -> int:
    """Prints both figures and their ratio; 1 when the goal is missed."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        keys = {"room": "649901100201", "practice": True, "accounts": [{"name": "王警官"}]}
        (home / "keys.json").write_text(json.dumps(keys), encoding="utf-8")
        for program in (EMPTY, UNLOCK):
            cpu_seconds(program, home)
        empty, unlock = [], []
        for _round in range(ROUNDS):
            empty.append(cpu_seconds(EMPTY, home))
            unlock.append(cpu_seconds(UNLOCK, home))
    ratio = min(unlock) / min(empty)
    middle = sorted(unlock)[ROUNDS // 2] / sorted(empty)[ROUNDS // 2]
    sys.stdout.write(
        f"empty window {min(empty):.2f} CPU s, password page {min(unlock):.2f} CPU s, "
        f"ratio {ratio:.2f} (median {middle:.2f}), goal {GOAL}\n"
    )
    return 0 if ratio <= GOAL else 1


if __name__ == "__main__":
    sys.exit(main())
