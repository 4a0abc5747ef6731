"""Rooms on the command line: made, told, verified, backed up, restored."""

from __future__ import annotations

import json
import shutil
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from desktop.base.errors import EnvironmentFault
from desktop.staff.rooms import MOST_FOLDER_CHARS_ON_WINDOWS
from tests.cli.conftest import CommandLine
from tests.cli.test_records import dispute
from tests.helpers.rooms import USER

SETUP = ("setup", "--room", "649901100201", "--name", "石桥村警务室", "--user", USER)
STATUS = {
    "room", "practice", "device", "scopes", "counts", "unsent", "conflicts", "parked", "blobs", "last_exchange",
    "last_backup",
}  # fmt: skip


def at(cli: CommandLine, home: Path) -> CommandLine:
    """The same command line on another folder."""
    return replace(cli, home=home)


# -- setup ---------------------------------------------------------------------------------------------------------


def test_setup_makes_an_empty_room_and_prints_the_recovery_sheet(bare: CommandLine) -> None:
    ran = bare(*SETUP, "--station", "青石乡派出所", "--json")
    assert ran.status == 0, ran.err
    sheet = Path(ran.json["recovery_sheet"])
    assert sheet.read_bytes().startswith(b"%PDF")
    status = bare("status", "--json").json
    assert (status["room"], status["practice"], sum(status["counts"].values())) == ("649901100201", False, 0)
    assert bare("verify").status == 0


def test_setup_says_where_the_recovery_sheet_is(bare: CommandLine) -> None:
    assert "恢复单.pdf" in bare(*SETUP, "--practice").out
    assert bare("status", "--json").json["practice"] is True


def test_setup_twice_is_refused_and_changes_nothing(cli: CommandLine) -> None:
    before = {path: path.read_bytes() for path in cli.home.iterdir()}
    ran = cli(*SETUP, "--json")
    assert (ran.status, ran.error["code"]) == (3, "KEY-013")
    assert {path: path.read_bytes() for path in cli.home.iterdir()} == before


def test_setup_leaves_other_files_alone(bare: CommandLine) -> None:
    bare.home.mkdir()
    (bare.home / "说明.txt").write_text("x", encoding="utf-8")
    assert bare(*SETUP).status == 0
    assert (bare.home / "说明.txt").exists()


def test_setup_in_a_long_path_with_blanks_and_chinese_works(bare: CommandLine) -> None:
    home = bare.home / "很长的 文件夹"
    longest = MOST_FOLDER_CHARS_ON_WINDOWS - 19 if sys.platform == "win32" else 260
    while len(str(home)) <= longest:
        home = home / "a long folder name"
    deep = at(bare, home)
    assert deep(*SETUP).status == 0
    assert deep.is_sound()
    assert deep("backup").status == 0
    assert deep("rehearse").status == 0


def test_setup_in_a_path_that_is_too_long_is_told(bare: CommandLine) -> None:
    home = bare.home.joinpath(*(["名" * 60] * 3))
    ran = at(bare, home)(*SETUP, "--json")
    assert (ran.status, ran.error["code"]) == (5, "ENV-005")
    assert not bare.home.exists()


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"--room": "石桥"}, "ROM-001"),
        ({"--room": "6499 01"}, "ROM-001"),
        ({"--room": "../x"}, "ROM-001"),
        ({"--room": "9" * 41}, "ROM-001"),
        ({"--name": " "}, "ROM-001"),
        ({"--user": "x" * 41}, "KEY-010"),
    ],
)
def test_setup_refuses_what_cannot_be_and_leaves_no_folder(
    bare: CommandLine, changed: dict[str, str], code: str
) -> None:
    words = {"--room": "649901100201", "--name": "石桥村警务室", "--user": USER} | changed
    ran = bare("setup", *(part for pair in words.items() for part in pair), "--json")
    assert (ran.status, ran.error["code"]) == (3, code)
    assert not bare.home.exists()


def test_setup_refuses_a_plain_password(bare: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JINGWUSHI_PASSWORD", "12345678")
    assert bare(*SETUP, "--json").error["code"] == "KEY-006"
    assert not bare.home.exists()


def test_setup_leaves_nothing_when_the_recovery_sheet_cannot_be_written(
    bare: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_told: object) -> None:
        raise EnvironmentFault("ENV-001", "磁盘满了")

    monkeypatch.setattr("desktop.staff.sheets.write_recovery_sheet", fails)
    assert bare(*SETUP).status == 5
    assert list(bare.home.iterdir()) == []
    monkeypatch.undo()
    monkeypatch.setenv("JINGWUSHI_PASSWORD", "Lianxi-2026")
    assert bare(*SETUP).status == 0


def test_setup_where_a_file_is_in_the_way_is_told(bare: CommandLine) -> None:
    bare.home.write_text("x", encoding="utf-8")
    assert bare(*SETUP).status == 5
    assert at(bare, bare.home / "室")(*SETUP).status == 5
    assert bare.home.read_text(encoding="utf-8") == "x"


# -- status and verify ---------------------------------------------------------------------------------------------


def test_status_has_the_shape_of_the_contract(cli: CommandLine) -> None:
    dispute(cli)
    status = cli("status", "--json").json
    assert set(status) >= STATUS
    (scope,) = status["scopes"].values()
    assert set(scope) == {"heads", "commits"}
    assert (len(scope["heads"]), scope["commits"], status["unsent"]) == (1, 1, 1)
    assert len(scope["heads"][0]) == 64
    assert set(status["blobs"]) == {"have", "want", "sent", "kept"}
    assert status["counts"]["dispute"] == 1
    assert status["counts"]["party"] == 2
    assert status["last_exchange"] is None
    assert "未送出 1 条" in cli("status").out


def test_strict_status_finds_what_waits(cli: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    assert cli("status", "--strict").status == 0
    from desktop.staff import status

    calm = status.status_of
    for name in ("conflicts", "parked"):
        monkeypatch.setattr(status, "status_of", lambda office, name=name: calm(office) | {name: 1})
        assert cli("status", "--strict").status == 1
        assert cli("status").status == 0


def test_verify_has_the_shape_of_the_contract(cli: CommandLine) -> None:
    dispute(cli)
    for words in ((), ("--deep",)):
        ran = cli("verify", *words, "--json")
        assert (ran.status, ran.json) == (0, {"ok": True, "problems": []})
    assert "没有发现问题" in cli("verify").out


# -- backup, restore, rehearse -------------------------------------------------------------------------------------


def test_backup_is_told_and_noted_in_utc(cli: CommandLine) -> None:
    dispute(cli)
    ran = cli("backup", "--json")
    assert ran.status == 0, ran.err
    folder = Path(ran.json["folder"])
    assert folder.parent == cli.home / "backups"
    assert ran.json["rows"] == 1
    assert ran.json["bytes"] > 0
    assert cli("status", "--json").json["last_backup"] == "2026-03-05T00:00:00Z"
    assert not list(folder.parent.glob("*.part"))


def test_backup_goes_to_another_disk(cli: CommandLine, tmp_path: Path) -> None:
    stick = tmp_path / "U 盘" / "备份"
    first = cli("backup", "--to", stick, "--json").json["folder"]
    second = cli("backup", "--to", stick, "--json").json["folder"]
    assert first != second
    assert {Path(first).parent, Path(second).parent} == {stick}


def test_restored_room_opens_as_a_new_life_with_its_own_numbers(cli: CommandLine, tmp_path: Path) -> None:
    record = dispute(cli)
    scan = tmp_path / "件.pdf"
    scan.write_bytes(b"%PDF invented")
    cli("attach", "dispute", record, scan)
    cli("config", "font_scale", "150")
    copy = cli("backup", "--to", tmp_path / "盘", "--json").json["folder"]
    shutil.rmtree(cli.home)
    numbers = {dispute_number(cli, copy)}
    lives = [at(cli, tmp_path / f"恢复 {number}") for number in (1, 2)]
    for life in lives:
        ran = life("restore", copy, "--json")
        assert (ran.status, ran.json) == (0, {"home": str(life.home)})
        assert life.show("dispute", record)["title"] == "浇地用水纠纷"
        assert life("files", "dispute", record, "--json").json["files"][0]["is_here"] is True
        assert life("config", "font_scale", "--json").json["settings"] == {"font_scale": 150}
        numbers.add(life.show("dispute", dispute(life))["serial_no"])
        assert life.is_sound()
    assert len(numbers) == 3, "a restored room must never give a number that another life gave"


def dispute_number(cli: CommandLine, copy: str) -> str:
    """The number that the first life would give next, had it gone on."""
    assert copy
    return "649901100201-A-2026-D00002"


def test_restore_over_a_room_is_refused_and_changes_nothing(cli: CommandLine) -> None:
    copy = cli("backup", "--json").json["folder"]
    before = (cli.home / "room.db").read_bytes()
    ran = cli("restore", copy, "--json")
    assert (ran.status, ran.error["code"]) == (3, "BAK-004")
    assert (cli.home / "room.db").read_bytes() == before


def test_restore_with_a_wrong_password_leaves_the_folder_empty(
    cli: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = cli("backup", "--to", tmp_path / "盘", "--json").json["folder"]
    other = at(cli, tmp_path / "新")
    monkeypatch.setenv("JINGWUSHI_PASSWORD", "Falsch-2026")
    assert other("restore", copy).status == 4
    assert not other.home.exists()
    other.home.mkdir()
    (other.home / "别的.txt").write_text("x", encoding="utf-8")
    assert other("restore", copy).status == 4
    assert [path.name for path in other.home.iterdir()] == ["别的.txt"]


def test_restore_refuses_what_is_no_backup_or_damaged(cli: CommandLine, tmp_path: Path) -> None:
    copy = Path(cli("backup", "--to", tmp_path / "盘", "--json").json["folder"])
    other = at(cli, tmp_path / "新")
    assert other("restore", tmp_path, "--json").error["code"] == "BAK-003"
    assert other("restore", tmp_path / "没有", "--json").error["code"] == "BAK-003"
    database = copy / "room.db"
    whole = database.read_bytes()
    database.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    ran = other("restore", copy, "--json")
    assert (ran.status, ran.error["code"]) == (5, "BAK-002")
    database.write_bytes(whole)
    told = json.loads((copy / "backup.json").read_text(encoding="utf-8"))
    (copy / "backup.json").write_text(json.dumps(told | {"format": 99}), encoding="utf-8")
    assert other("restore", copy, "--json").error["code"] == "BAK-003"
    assert not other.home.exists()


def test_rehearsal_proves_the_newest_backup(cli: CommandLine) -> None:
    assert cli("rehearse", "--json").error["code"] == "BAK-006"
    cli("backup")
    assert cli("rehearse", "--json").json["rows"] == 0
    dispute(cli)
    cli.clock.move(timedelta(days=1))
    folder = Path(cli("backup", "--json").json["folder"])
    ran = cli("rehearse", "--json")
    assert (ran.status, ran.json) == (0, {"folder": str(folder), "rows": 1, "ok": True})
    (folder / "room.db").write_bytes(b"x")
    ran = cli("rehearse", "--json")
    assert (ran.status, ran.error["code"]) == (5, "BAK-002")
