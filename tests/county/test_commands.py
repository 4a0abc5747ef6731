"""The commands of exchange and of the county, as a script uses them: JSON, exit statuses, no Qt."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from desktop.bootstrap import run_window
from desktop.cli.main import main
from tests.helpers.clock import FixedClock
from tests.helpers.county import COUNTY, ROOM_CODE, World
from tests.helpers.rooms import PASSWORD, USER, toy_rooms

ROOT = Path(__file__).resolve().parents[2]
Say = Callable[..., tuple[int, Any]]


@pytest.fixture
def say(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path, clock: FixedClock
) -> Say:
    """Runs one command on one of the folders; its exit status and its JSON."""
    monkeypatch.setenv("JINGWUSHI_PASSWORD", PASSWORD)

    def run(name: str, *words: str, folder: Path = tmp_path) -> tuple[int, Any]:
        status = main(
            ["--home", str(folder / name), "--user", USER, "--json", *words], toy_rooms, run_window, clock
        )
        told = capsys.readouterr().out.strip()
        return status, json.loads(told) if told else None

    return run


def join(say: Say, tmp_path: Path, name: str, room: str) -> None:
    slot, request, approval = (str(tmp_path / f"{name}.{ending}") for ending in ("slot", "req", "ok"))
    status, told = say(COUNTY, "county", "slot", room, "--name", "石桥村警务室", "--out", slot)
    assert (status, told["room"], told["file"]) == (0, room, slot)
    status, asked = say(name, "enrol", "request", slot, "--out", request)
    assert status == 0
    assert Path(asked["recovery_sheet"]).exists()
    status, approved = say(COUNTY, "county", "approve", request, "--out", approval)
    assert (status, approved["words"]) == (0, asked["words"])
    assert len(asked["words"]) == 6
    status, joined = say(name, "enrol", "finish", approval)
    assert (status, joined["letter"]) == (0, approved["letter"])


def test_whole_round_by_commands(say: Say, tmp_path: Path) -> None:
    stick = tmp_path / "U 盘"
    stick.mkdir()
    people = tmp_path / "people.jsonl"
    people.write_text('{"name": "张三丰", "role": "民警"}\n', encoding="utf-8")
    assert say(COUNTY, "county", "setup", "--name", "青石县公安局", "--practice")[0] == 0
    join(say, tmp_path, "甲机", ROOM_CODE)
    assert say("甲机", "add", "staff_member", str(people))[0] == 0
    status, told = say("甲机", "sync", "--stick", str(stick))
    assert status == 0
    assert told.keys() == {"sent", "received", "parked", "equal", "bytes_up", "bytes_down"}
    assert (told["sent"], told["received"], told["equal"]) == (1, 0, False)
    status, told = say(COUNTY, "county", "stick", str(stick))
    assert (status, told["received"], told["equal"], told["files_out"]) == (0, 1, True, 1)
    status, told = say("甲机", "sync", "--stick", str(stick))
    assert (status, told["equal"]) == (0, True)
    status, record = say(COUNTY, "county", "list", "staff_member", "--room", ROOM_CODE)
    assert (status, record["name"]) == (0, "张三丰")
    assert say(COUNTY, "county", "list", "staff_member", "--room", "649901100299") == (0, None)
    status, told = say(COUNTY, "county", "status")
    assert [(one["room"], one["commits"]) for one in told["rooms"]] == [(ROOM_CODE, 1)]
    assert say(COUNTY, "county", "verify") == (0, {"ok": True, "problems": []})
    assert say("甲机", "verify") == (0, {"ok": True, "problems": []})
    status, told = say(COUNTY, "county", "devices")
    [device] = told["devices"]
    assert (device["state"], device["letter"]) == ("active", "A")
    assert say(COUNTY, "county", "revoke", device["device"], "--reason", "电脑丢失")[0] == 0
    assert say("甲机", "sync", "--stick", str(stick))[0] == 0
    assert say("甲机", "add", "staff_member", str(people))[0] == 0
    assert say("甲机", "sync", "--stick", str(stick))[0] == 0
    status, told = say(COUNTY, "county", "stick", str(stick))
    assert (status, told["error"]["code"]) == (4, "SYN-071")


def test_conflict_is_listed_and_settled_by_commands(world: World, say: Say) -> None:
    saved = world.offices["甲机"].add("staff_member", {"name": "张三丰", "role": "民警"}).id
    for name in ("甲机", "乙机"):
        world.by_wire(name)
    world.offices["甲机"].change("staff_member", saved, {"phone": "12000000001"})
    world.offices["乙机"].change("staff_member", saved, {"phone": "12000000002"})
    for name in ("甲机", "乙机", "甲机"):
        world.by_wire(name)
    world.close_all()
    _status, told = say("甲机", "conflicts", folder=world.folder)
    [conflict] = told["conflicts"]
    assert conflict.keys() == {"id", "kind", "record_id", "field", "why", "left", "right"}
    assert conflict["left"].keys() == {"value", "who", "when", "device"}
    assert say(COUNTY, "county", "conflicts", folder=world.folder)[1] == told
    status, _told = say(
        "甲机", "settle", conflict["id"], "--take", "right", "--reason", "核实过", folder=world.folder
    )
    assert status == 0
    assert say("甲机", "conflicts", folder=world.folder)[1] == {"conflicts": []}
    status, told = say(
        "甲机", "settle", conflict["id"], "--take", "left", "--reason", "再", folder=world.folder
    )
    assert (status, told["error"]["code"]) == (3, "SYN-060")
    status, _told = say(
        COUNTY, "county", "settle", conflict["id"], "--take", '{"value": "12000000003"}', "--reason", "核实过",
        folder=world.folder,
    )  # fmt: skip
    assert status == 0


def test_exchange_before_joining_is_refused(say: Say, tmp_path: Path) -> None:
    assert say("甲机", "setup", "--room", "1", "--name", "石桥")[0] == 0
    status, told = say("甲机", "sync", "--stick", str(tmp_path))
    assert (status, told["error"]["code"]) == (4, "SYN-070")
    status, told = say("甲机", "county", "devices")
    assert (status, told["error"]["code"]) == (3, "SYN-079")


def test_missing_stick_and_dead_server_are_the_surroundings_fault(world: World, say: Say) -> None:
    world.close_all()
    status, told = say("甲机", "sync", "--stick", str(world.folder / "没有"), folder=world.folder)
    assert (status, told["error"]["code"]) == (5, "SYN-032")
    status, told = say("甲机", "sync", "--server", "http://127.0.0.1:9", folder=world.folder)
    assert (status, told["error"]["code"]) == (5, "SYN-081")


def test_ledger_of_one_room_is_printed_by_the_county(world: World, say: Say) -> None:
    world.close_all()
    out = world.folder / "台账.pdf"
    name = toy_rooms(FixedClock()).catalogue.ledgers[0].name
    status, told = say(
        COUNTY, "county", "ledger", name, "--room", ROOM_CODE, "--from", "2026-01-01", "--to", "2026-03-31",
        "--out", str(out), folder=world.folder,
    )  # fmt: skip
    assert (status, told["rows"]) == (0, 0)
    assert out.read_bytes().startswith(b"%PDF")


def test_county_commands_load_no_qt(tmp_path: Path) -> None:
    told = (
        "import sys; from desktop.bootstrap import run; "
        "status = run(['--home', sys.argv[1], '--user', 'a', 'county', 'setup', '--name', '县局', '--practice']); "
        "import county.serve; "
        "sys.exit(status or any(name.startswith('PySide6') for name in sys.modules))"
    )
    environment = os.environ | {"JINGWUSHI_PASSWORD": PASSWORD}
    done = subprocess.run(
        [sys.executable, "-c", told, str(tmp_path / "县")],
        cwd=ROOT,
        env=environment,
        check=False,
        capture_output=True,
    )
    assert done.returncode == 0, done.stderr.decode()
    shutil.rmtree(tmp_path / "县")


def test_county_writes_into_a_room_s_scope_only_what_it_may(world: World, say: Say) -> None:
    world.close_all()
    rows = world.folder / "rows.jsonl"
    rows.write_text('{"list_name": "dispute_type", "code": "99x", "label": "其他"}\n', encoding="utf-8")
    told = ("county", "add", "code_entry", str(rows), "--room")
    assert say(COUNTY, *told, "649901100299", folder=world.folder)[1]["error"]["code"] == "SYN-115"
    assert say(COUNTY, *told, ROOM_CODE, folder=world.folder)[0] == 0
    rows.write_text('{"visited_on": "2026-03-05"}\n', encoding="utf-8")
    visit = ("county", "add", "visit", str(rows), "--room", ROOM_CODE)
    status, told_back = say(COUNTY, *visit, folder=world.folder)
    assert (status, told_back["error"]["code"]) == (4, "STF-001")
    world.open(COUNTY)
    world.open("甲机")
    world.open("邻室")
    for name in ("甲机", "邻室"):
        world.by_wire(name)
    assert len(world.offices["甲机"].list_ids("code_entry")) == 1
    assert world.offices["邻室"].list_ids("code_entry") == []


def test_signing_key_is_turned_by_commands(say: Say, tmp_path: Path) -> None:
    assert say(COUNTY, "county", "setup", "--name", "青石县公安局", "--practice")[0] == 0
    join(say, tmp_path, "甲机", ROOM_CODE)
    root = tmp_path / "保险柜" / "根密钥.json"
    status, before = say(COUNTY, "county", "signing")
    assert (status, before["has_root"], before["keys"]) == (0, True, [before["key"]])
    assert say(COUNTY, "county", "signing", "--rotate", "--stolen")[0] == 3
    root.parent.mkdir()
    root.write_text("另一把", encoding="utf-8")
    assert say(COUNTY, "county", "signing", "--root-to", str(root))[0] == 3
    assert root.read_text(encoding="utf-8") == "另一把"
    assert say(COUNTY, "county", "signing")[1] == before
    root.unlink()
    status, moved = say(COUNTY, "county", "signing", "--root-to", str(root))
    assert (status, moved["has_root"], len(moved["keys"])) == (0, False, 2)
    assert json.loads(root.read_text(encoding="ascii")).keys() == {"format", "county", "root_secret"}
    assert say(COUNTY, "county", "signing", "--rotate")[0] == 3
    assert say(COUNTY, "county", "signing", "--stolen")[0] == 2
    assert say(COUNTY, "county", "signing", "--rotate", "--root", str(tmp_path / "没有"))[0] == 5
    status, after = say(COUNTY, "county", "signing", "--rotate", "--stolen", "--root", str(root))
    assert (status, after["withdrawn"]) == (0, [moved["key"]])
    join(say, tmp_path, "乙机", ROOM_CODE)
    stick = tmp_path / "U 盘"
    stick.mkdir()
    for name in ("甲机", "乙机"):
        assert say(name, "sync", "--stick", str(stick))[0] == 0
    assert say(COUNTY, "county", "stick", str(stick))[0] == 0
    for name in ("甲机", "乙机"):
        status, told = say(name, "sync", "--stick", str(stick))
        assert (status, told["equal"]) == (0, True)


def test_county_sees_which_room_lets_a_conflict_lie(world: World, say: Say, clock: FixedClock) -> None:
    person = world.offices["甲机"].add("staff_member", {"name": "张三丰", "role": "民警"}).id
    for name in ("甲机", "乙机"):
        world.by_wire(name)
    for name, note in (("甲机", "一"), ("乙机", "二")):
        world.offices[name].change("staff_member", person, {"note": note})
    clock.move(timedelta(days=30))
    # However long it lay in the rooms: it waits since the second value came.
    for name in ("甲机", "乙机"):
        world.by_wire(name)

    def waiting() -> list[tuple[int, int]]:
        _status, told = say(COUNTY, "county", "status", folder=world.folder)
        return [(one["conflicts"], one["conflicts_over_7_days"]) for one in told["rooms"]]

    assert waiting() == [(1, 0), (0, 0)]
    clock.move(timedelta(days=7))
    assert waiting() == [(1, 0), (0, 0)]
    clock.move(timedelta(minutes=1))
    assert waiting() == [(1, 1), (0, 0)]
