"""The plug is pulled in the middle of saves and imports: nothing that was acknowledged is missing."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from desktop.staff.office import Office
from desktop.staff.status import verify_office
from desktop.staff.views import Query
from tests.helpers.clock import FixedClock
from tests.helpers.rooms import PASSWORD, USER, toy_rooms
from tests.helpers.saver import IMPORT_ROWS

ROOT = Path(__file__).parents[2]
# A few in every run; `JINGWUSHI_KILLS=200` for the long one.
KILLS = int(os.environ.get("JINGWUSHI_KILLS", "6"))


@pytest.mark.journey
def test_kill_in_the_middle_of_saves_loses_nothing_acknowledged(
    room_template: Path, room_folder: Path
) -> None:
    shutil.copytree(room_template, room_folder, dirs_exist_ok=True)
    promised: list[str] = []
    for seed in range(KILLS):
        promised += kill_once(room_folder, seed)
        office = toy_rooms(FixedClock()).open(room_folder, USER, PASSWORD)
        try:
            keeps(office, promised)
            assert verify_office(office, deep=True) == {"ok": True, "problems": []}
        finally:
            office.database.close()
    assert promised


def kill_once(home: Path, seed: int) -> list[str]:
    """Lets the saver run for a random while after its first promise, kills it, and gives its whole promises."""
    saver = subprocess.Popen(
        [sys.executable, "-m", "tests.helpers.saver", str(home), str(seed)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"},
    )
    assert saver.stdout is not None
    first = saver.stdout.readline()
    killer = threading.Timer(random.Random(seed).uniform(0, 0.4), saver.kill)
    killer.start()
    rest, errors = saver.communicate(timeout=60)
    killer.join()
    assert not errors, errors
    lines = (first + rest).split("\n")
    return lines[:-1]


def keeps(office: Office, promised: list[str]) -> None:
    shown = {one["id"]: one for one in office.iterate_json("staff_member", Query())}
    last: dict[str, str] = {}
    for line in promised:
        kind, _, what = line.partition(" ")
        if kind == "add":
            assert what in shown
        elif kind == "set":
            record_id, _, value = what.partition(" ")
            last[record_id] = value
        else:
            assert sum(one["note"] == what for one in shown.values()) == IMPORT_ROWS
    for note in {one["note"] for one in shown.values() if one["note"]}:
        assert sum(one["note"] == note for one in shown.values()) == IMPORT_ROWS, (
            "an import is whole or not at all"
        )
    for record_id in last:
        assert shown[record_id]["badge_no"], "a change that was acknowledged is there, or a later one"
