"""What benchmarks measured in this run: each line is printed at once and kept for the table at the end."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

FIGURES: dict[str, dict[str, Any]] = {}


def tell(name: str, facts: Mapping[str, Any]) -> None:
    """Prints one line of figures, and keeps it under its name."""
    FIGURES[name] = dict(facts)
    load = {"load": round(os.getloadavg()[0], 1)} if hasattr(os, "getloadavg") else {}
    sys.stdout.write(json.dumps({"what": name, **facts, **load}, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def figure(name: str, fact: str) -> float | None:
    """One figure of this run, or nothing when it was not measured."""
    found = FIGURES.get(name, {}).get(fact)
    return None if found is None else float(found)


def cpu_of(pid: int) -> float:
    """Processor seconds of a process and of those that it started."""
    told = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    own = (int(told[11]) + int(told[12])) / os.sysconf("SC_CLK_TCK")
    return own + sum(cpu_of(int(one)) for one in children)


def loop_s() -> float:
    """Processor seconds of a plain loop, to compare machines and moments with."""
    started, total = time.process_time(), 0
    for number in range(10_000_000):
        total += number
    return round(time.process_time() - started, 2)
