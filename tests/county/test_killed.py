"""Room and county killed in the middle of export, import and upload: nothing acknowledged is lost, all of it checks.

JINGWUSHI_KILLS=100 python -m pytest tests/county/test_killed.py
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import threading
from pathlib import Path

from desktop.staff.status import verify_office
from tests.helpers.county import COUNTY, ROOM_CODE, World, all_heads
from tests.helpers.server import ROOT, serving

KILLS = int(os.environ.get("JINGWUSHI_KILLS", "3"))
ROOM = "甲机"


def run(home: Path, deed: str, target: str, seconds: float) -> tuple[list[str], int]:
    """What a deed that is killed after so many seconds had said, and how it ended."""
    words = [sys.executable, "-m", "tests.helpers.killed", str(home), deed, target, str(seconds)]
    ran = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=False)
    said = ran.stdout.split("\n")
    assert "began" in said, ran.stderr
    return [one for one in said if len(one) == 64], ran.returncode


def test_killed_at_any_moment_nothing_acknowledged_is_lost(world: World) -> None:
    chance = random.Random(int(os.environ.get("JINGWUSHI_SEED", "1")))
    promised: list[str] = []
    killed = 0
    world.close_all()
    for turn in range(KILLS):
        deed = ("room", "county", "server")[turn % 3]
        seconds = chance.choice((0.02, 0.1, 0.3, 0.6)) * chance.uniform(0.5, 1.5)
        if deed == "server":
            with serving(world.folder / COUNTY) as (address, process):
                killer = threading.Timer(2.0 + seconds * 2, process.kill)
                killer.start()
                told, status = run(world.folder / ROOM, "room", address, seconds if turn % 2 else 0)
                killer.cancel()
                process.kill()
                killed += 1
        else:
            name = ROOM if deed == "room" else COUNTY
            told, status = run(world.folder / name, deed, str(world.stick()), seconds)
        killed += status != 0
        promised += told
    for name in (ROOM, COUNTY):
        world.open(name)
        found = verify_office(world.offices[name], deep=True)
        assert found["ok"], (name, found["problems"][:3])
    for _round in range(3):
        world.by_stick(ROOM, COUNTY)
    world.by_stick(ROOM)
    room, county = world.offices[ROOM], world.county
    scope = f"r:{ROOM_CODE}"
    assert all_heads(room, [scope]) == all_heads(county, [scope])
    for sha256 in promised:
        assert county.attachments.has(sha256)
    for office in (room, county):
        assert verify_office(office, deep=True)["ok"]
    sys.stderr.write(f"killed {killed} of {KILLS}, promised {len(promised)}\n")
