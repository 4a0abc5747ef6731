"""A program that saves without end and tells each save that was acknowledged; made to be killed.

Run as `python -m tests.helpers.saver HOME SEED`. Each line it prints is a promise: this was saved.
"""

from __future__ import annotations

import random
import sys
from pathlib import Path

from desktop.base.clock import SystemClock
from desktop.base.xlsx import write_csv
from desktop.staff.office import Office
from desktop.staff.tables_in_out import import_table
from tests.helpers.rooms import PASSWORD, USER, toy_rooms

IMPORT_ROWS = 40


def main(home: Path, seed: int) -> None:
    """Adds, changes, voids and imports until it is killed."""
    dice = random.Random(seed)
    office = toy_rooms(SystemClock()).open(home, USER, PASSWORD)
    known: list[str] = []
    while True:
        _one_save(office, dice, known)


def _one_save(office: Office, dice: random.Random, known: list[str]) -> None:
    roll = dice.random()
    if roll < 0.1:
        table = office.home / "in.csv"
        mark = f"导入{dice.randrange(10**9)}"
        rows = [(f"张三{number}", "民警", mark) for number in range(IMPORT_ROWS)]
        write_csv(table, ("姓名", "岗位", "备注"), rows)
        import_table(office, "staff_member", table)
        _promise("import", mark)
    elif roll < 0.5 or not known:
        saved = office.add("staff_member", {"name": "李四", "role": "民警"})
        known.append(saved.id)
        _promise("add", saved.id)
    else:
        chosen = dice.choice(known)
        value = str(dice.randrange(10**6))
        office.change("staff_member", chosen, {"badge_no": value})
        _promise("set", f"{chosen} {value}")


def _promise(kind: str, what: str) -> None:
    sys.stdout.write(f"{kind} {what}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
