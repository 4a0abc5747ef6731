"""A bad week by commands alone: county from an old backup, two PCs cloned, one restored, a stick lost, one replayed.

python -m pytest tests/journeys/test_a_bad_week.py -s       prints every command and what people are told

What happens to disks and sticks (`shutil`) is what a technician or a thief does; all else is the command line of
`docs/CLI.md`.
"""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from desktop.bootstrap import run_window
from desktop.cli.main import main
from tests.helpers.clock import FixedClock
from tests.helpers.factories.orders import order_values
from tests.helpers.rooms import PASSWORD, USER, toy_rooms

pytestmark = pytest.mark.journey

COUNTY = "县局"
BRIDGE, WILLOW, POND = "649901100201", "649901100202", "649901100203"
PCS = {"桥甲": BRIDGE, "桥乙": BRIDGE, "柳甲": WILLOW, "塘甲": POND}
CLONES = {"桥乙副本": BRIDGE, "塘甲副本": POND}


@dataclass
class Week:
    """A county, its rooms and their sticks in one folder, and everything that was said."""

    folder: Path
    clock: FixedClock
    capsys: pytest.CaptureFixture[str]
    is_shown: bool = False
    saved: dict[str, set[str]] = field(default_factory=dict)
    told: list[tuple[str, str]] = field(default_factory=list)

    def run(self, name: str, *words: str) -> Any:
        """One command and its JSON."""
        home = ["--home", str(self.folder / name), "--user", USER]
        status = main([*home, "--json", *words], toy_rooms, run_window, self.clock)
        out = self.capsys.readouterr().out
        assert status == 0, (name, words, out)
        return json.loads(out) if out.strip() else None

    def say(self, name: str, *words: str) -> str:
        """One command and what a person reads."""
        home = ["--home", str(self.folder / name), "--user", USER]
        status = main([*home, *words], toy_rooms, run_window, self.clock)
        out = self.capsys.readouterr()
        assert status == 0, (name, words, out)
        self.told.append((name, out.out + out.err))
        if self.is_shown:
            with self.capsys.disabled():
                sys.stdout.write(f"{name}$ {' '.join(words)}\n{out.out}{out.err}")
        return out.out + out.err

    def stick(self, name: str) -> Path:
        """The stick of one PC."""
        path = self.folder / "U盘" / name
        path.mkdir(parents=True, exist_ok=True)
        return path

    def join(self, name: str, room: str) -> None:
        """A new PC of a room, by its three files."""
        slot, asked, approval = (str(self.folder / f"{name}.{one}") for one in ("slot", "ask", "ok"))
        self.run(COUNTY, "county", "slot", room, "--name", f"{room}警务室", "--out", slot)
        self.run(name, "enrol", "request", slot, "--out", asked)
        self.run(COUNTY, "county", "approve", asked, "--out", approval)
        self.run(name, "enrol", "finish", approval)

    def add(self, name: str, kind: str, values: dict[str, Any], *words: str) -> list[dict[str, str]]:
        """Saves a record; what came back counts as promised."""
        file = self.folder / "record.json"
        file.write_text(json.dumps(values, ensure_ascii=False), encoding="utf-8")
        opening = ("county",) if name == COUNTY else ()
        made: list[dict[str, str]] = self.run(name, *opening, "add", kind, str(file), *words)["records"]
        self.saved.setdefault(kind, set()).update(one["id"] for one in made)
        return made

    def work(self, *names: str) -> None:
        """A day's work on some PCs."""
        self.clock.move(timedelta(hours=1))
        for name in names:
            day = self.clock.now().date().isoformat()
            self.add(name, "staff_member", {"name": "张三丰", "role": "民警", "note": f"{name}{day}"})

    def ride(self, *names: str) -> None:
        """Each PC's stick goes to the county and back."""
        for name in names:
            stick = str(self.stick(name))
            self.say(name, "sync", "--stick", stick)
            self.say(COUNTY, "county", "stick", stick, "--room", ({**PCS, **CLONES})[name])
            self.say(name, "sync", "--stick", stick)

    def heads(self, name: str, scopes: Iterable[str]) -> dict[str, Any]:
        """The heads of some scopes, as `status` tells them."""
        opening = ("county",) if name == COUNTY else ()
        found = self.run(name, *opening, "status")["scopes"]
        return {scope: sorted(found[scope]["heads"]) for scope in scopes if scope in found}

    def told_to(self, *names: str) -> str:
        """Everything that the people at some PCs read."""
        return "\n".join(words for name, words in self.told if name in names)


@pytest.fixture
def week(
    tmp_path: Path,
    clock: FixedClock,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    pytestconfig: pytest.Config,
) -> Week:
    """A county with four PCs in three rooms."""
    monkeypatch.setenv("JINGWUSHI_PASSWORD", PASSWORD)
    made = Week(tmp_path, clock, capsys, is_shown=pytestconfig.getoption("capture") == "no")
    made.run(COUNTY, "county", "setup", "--name", "青石县公安局", "--code", "649901", "--practice")
    for name, room in PCS.items():
        made.join(name, room)
    return made


def test_bad_week_ends_with_equal_heads_and_nothing_lost(week: Week) -> None:
    # Monday: all is well, and both the county and one PC make a backup.
    week.work(*PCS)
    for room in (BRIDGE, WILLOW, POND):
        week.add(COUNTY, "work_order", order_values(), "--room", room)
    week.ride(*PCS)
    backup = Path(week.run(COUNTY, "backup", "--to", str(week.folder / "备份盘"))["folder"])
    old_disk = Path(week.run("桥甲", "backup", "--to", str(week.folder / "备份盘"))["folder"])
    [first] = week.add("桥甲", "work_order", order_values(title="集市巡逻"))

    # Tuesday: a stick with a day's work never arrives; what another one carried is kept by somebody.
    week.clock.move(timedelta(days=1))
    week.work(*PCS)
    week.say("塘甲", "sync", "--stick", str(week.stick("塘甲")))
    shutil.rmtree(week.stick("塘甲"))
    week.say("柳甲", "sync", "--stick", str(week.stick("柳甲")))
    shutil.copytree(week.stick("柳甲"), week.folder / "旧U盘")
    week.ride("桥甲", "桥乙", "柳甲")

    # Wednesday: two PCs are copied whole to new machines, and old and new are both worked on.
    week.clock.move(timedelta(days=1))
    for clone in CLONES:
        shutil.copytree(week.folder / clone.removesuffix("副本"), week.folder / clone)
    week.work(*PCS, *CLONES)
    week.add(COUNTY, "notice", {"title": "汛期值守", "content": "每天两人值守"}, "--room", POND)
    week.ride(*PCS, *CLONES)

    # Thursday: the county's disk dies, and so does a PC's; both come back from Monday. The old stick turns up.
    week.clock.move(timedelta(days=1))
    week.work(*PCS, *CLONES)
    week.ride("桥甲", "柳甲", "桥乙")
    for name, copy in ((COUNTY, backup), ("桥甲", old_disk)):
        shutil.rmtree(week.folder / name)
        week.say(name, "restore", str(copy))
    [second] = week.add("桥甲", "work_order", order_values(title="护学"))
    week.say(COUNTY, "county", "stick", str(week.folder / "旧U盘"))
    week.work(*PCS, *CLONES)

    # Two rounds bring the county everything again. It was told of the two PCs that live twice: each machine joins anew.
    for _round in range(2):
        week.ride(*PCS, *CLONES)
    for clone, room in CLONES.items():
        device = week.run(clone, "status")["device"]
        week.say(COUNTY, "county", "revoke", device, "--reason", "整机复制")
        for machine in (clone, clone.removesuffix("副本")):
            # What lies on its stick was sealed by a PC that is shut out now.
            shutil.rmtree(week.stick(machine))
            week.join(machine, room)
    week.work(*CLONES)

    # Two rounds later everybody has the same.
    for _round in range(2):
        week.ride(*PCS, *CLONES)
    assert first["serial_no"] != second["serial_no"]
    _everybody_has_everything(week)
    _people_were_told(week)


def _everybody_has_everything(week: Week) -> None:
    rooms = {**PCS, **CLONES}
    whole = week.heads(COUNTY, ["county", *(f"r:{one}" for one in (BRIDGE, WILLOW, POND))])
    for name, room in rooms.items():
        own = week.heads(name, ["county", f"r:{room}"])
        assert own == {scope: heads for scope, heads in whole.items() if scope in {"county", f"r:{room}"}}
    for kind, ids in week.saved.items():
        assert ids <= set(_ids(week, kind)), kind
    week.run(COUNTY, "county", "status", "--strict")
    for name in (COUNTY, *rooms):
        opening = ("county",) if name == COUNTY else ()
        assert week.run(name, *opening, "verify", "--deep") == {"ok": True, "problems": []}
        assert week.run(name, *opening, "conflicts") == {"conflicts": []}


def _ids(week: Week, kind: str) -> list[str]:
    """A list is one JSON object a line."""
    home = ["--home", str(week.folder / COUNTY), "--user", USER]
    assert main([*home, "county", "list", kind], toy_rooms, run_window, week.clock) == 0
    return [json.loads(line)["id"] for line in week.capsys.readouterr().out.splitlines()]


def _people_were_told(week: Week) -> None:
    county = week.told_to(COUNTY)
    assert "历史分成了两支" in county
    assert "恢复过备份或换过机器，已以新的身份继续。数据没有丢失" in county
    assert "没有丢失" in week.told_to(*CLONES, "桥乙", "塘甲")
    everything = "\n".join(words for _name, words in week.told)
    for word in ("攻击", "篡改", "BUG-", "Traceback", "覆盖"):
        assert word not in everything
    states = [one["state"] for one in week.run("塘甲", "packages")["packages"] if one["way"] == "out"]
    assert "missing" in states, "the stick that was lost"
