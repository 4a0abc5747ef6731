"""What commands say when the surroundings fail: damage, locks, loss, newer data. Nothing is lost by any of them."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import sqlcipher3.dbapi2 as sqlcipher

from desktop.database import backup, engine
from tests.cli.conftest import CommandLine
from tests.cli.test_records import dispute
from tests.helpers.rooms import PASSWORD, USER, toy_rooms

MEMBER = '{"name": "马占山", "role": "民警"}'


def flip(path: Path, at: int) -> None:
    data = bytearray(path.read_bytes())
    data[at] ^= 0xFF
    path.write_bytes(data)


def raw(cli: CommandLine) -> Any:
    """The database as another program has it open."""
    office = toy_rooms(cli.clock).open(cli.home, USER, PASSWORD)
    office.database.close()
    connection = sqlcipher.connect(str(cli.home / "room.db"), isolation_level=None)
    connection.execute(f"PRAGMA key = \"x'{office.data_key.hex()}'\"")
    return connection


# -- the database file ---------------------------------------------------------------------------------------------


def no_bytes(path: Path) -> None:
    path.write_bytes(b"")


def one_page(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:4096])


def half_a_page(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:1000])


def other_bytes(path: Path) -> None:
    path.write_bytes(b"SQLite format 3\0" + bytes(8192))


def first_page(path: Path) -> None:
    flip(path, 100)


def salt(path: Path) -> None:
    flip(path, 0)


@pytest.mark.parametrize(
    "damage", [no_bytes, one_page, half_a_page, other_bytes, first_page, salt], ids=lambda one: one.__name__
)
def test_damaged_database_is_told_and_not_touched(cli: CommandLine, damage: Callable[[Path], None]) -> None:
    dispute(cli)
    path = cli.home / "room.db"
    whole = path.read_bytes()
    damage(path)
    damaged = path.read_bytes()
    for words in (("status",), ("list", "dispute"), ("add", "staff_member"), ("backup",), ("verify",)):
        ran = cli(*words, "--json", given=MEMBER)
        assert (ran.status, ran.error["code"]) == (5, "DBS-003"), words
        assert ran.error["kind"] == "environment_fault"
        assert path.read_bytes() == damaged
    assert not (cli.home / "backups").exists() or not list((cli.home / "backups").iterdir())
    path.write_bytes(whole)
    assert cli.is_sound()


def test_verify_finds_a_damaged_page_in_the_middle(cli: CommandLine) -> None:
    dispute(cli)
    path = cli.home / "room.db"
    pages = path.stat().st_size // 4096
    found = 0
    whole = path.read_bytes()
    for page in range(1, pages, max(1, pages // 12)):
        flip(path, page * 4096 + 100)
        ran = cli("verify", "--deep", "--json")
        assert ran.status in {1, 5}, page
        if ran.status == 1:
            found += 1
            assert [one["code"] for one in ran.json["problems"]].count("VER-021") == 1
            assert ran.json["ok"] is False
        for name in ("room.db-wal", "room.db-shm"):
            (cli.home / name).unlink(missing_ok=True)
        path.write_bytes(whole)
    assert found > 6
    assert cli.is_sound()


def test_backup_of_a_damaged_page_is_not_kept(cli: CommandLine) -> None:
    dispute(cli)
    path = cli.home / "room.db"
    with closing(raw(cli)) as connection:
        (root,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'party'").fetchone()
    flip(path, (root - 1) * 4096 + 100)
    ran = cli("backup", "--json")
    assert (ran.status, ran.error["code"]) == (5, "DBS-003")
    assert list((cli.home / "backups").iterdir()) == []


def test_missing_database_is_told_and_not_made_anew(cli: CommandLine) -> None:
    (cli.home / "room.db").rename(cli.home / "别处.db")
    ran = cli("status", "--json")
    assert (ran.status, ran.error["code"]) == (5, "DBS-007")
    assert not (cli.home / "room.db").exists()
    (cli.home / "别处.db").rename(cli.home / "room.db")
    assert cli.is_sound()


def test_newer_schema_is_refused(cli: CommandLine) -> None:
    with closing(raw(cli)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    for words in (("status",), ("add", "staff_member")):
        ran = cli(*words, "--json", given=MEMBER)
        assert (ran.status, ran.error["code"]) == (4, "DBS-010")
        assert "9999" in ran.error["message"]
    with closing(raw_again(cli)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0001'")
    assert cli.is_sound()


def raw_again(cli: CommandLine) -> Any:
    """The same, where the program itself refuses to open."""
    from desktop.database.keys import KeyRing

    key = KeyRing(cli.home / "keys.json").unlock(USER, PASSWORD, cli.clock)
    connection = sqlcipher.connect(str(cli.home / "room.db"), isolation_level=None)
    connection.execute(f"PRAGMA key = \"x'{key.hex()}'\"")
    return connection


def test_verify_finds_a_row_that_was_changed_past_the_program(cli: CommandLine) -> None:
    dispute(cli)
    with closing(raw(cli)) as connection:
        connection.execute("UPDATE dispute SET title = '改过的'")
        connection.execute("UPDATE audit_entry SET user = '别人' WHERE number = 1")
    ran = cli("verify", "--json")
    assert ran.status == 1
    assert [(one["code"], one["field"]) for one in ran.json["problems"]] == [("VER-012", "title")]
    codes = {one["code"] for one in cli("verify", "--deep", "--json").json["problems"]}
    assert codes == {"VER-012", "VER-020"}


def test_locked_database_refuses_the_save_and_lets_one_read(
    cli: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = dispute(cli)
    with closing(raw(cli)) as connection:
        monkeypatch.setattr(engine, "BUSY_MILLISECONDS", 50)
        connection.execute("BEGIN IMMEDIATE")
        ran = cli("add", "staff_member", "--json", given=MEMBER)
        assert (ran.status, ran.error["code"]) == (5, "DBS-002")
        assert cli("show", "dispute", record).status == 0
        connection.execute("ROLLBACK")
    assert cli("add", "staff_member", given=MEMBER).status == 0
    assert cli.is_sound()


def test_full_disk_is_told_and_the_save_is_whole_or_not_at_all(
    cli: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that has no page left, in the words of SQLite; a real one is filled in `test_process.py`."""
    settle = engine._settle

    def settle_on_a_full_disk(connection: Any, **told: Any) -> None:
        settle(connection, **told)
        (count,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count = {count + 2}")

    dispute(cli)
    before = cli.commits()
    with monkeypatch.context() as patched:
        patched.setattr(engine, "_settle", settle_on_a_full_disk)
        ran = cli("add", "staff_member", "--json", given=f"{MEMBER}\n" * 400)
        assert (ran.status, ran.error["code"]) == (5, "DBS-001")
    assert cli.commits() == before
    assert cli.is_sound()


# -- the key file --------------------------------------------------------------------------------------------------


def test_second_key_file_opens_when_the_first_is_gone_or_damaged(cli: CommandLine) -> None:
    keys = cli.home / "keys.json"
    keys.unlink()
    assert cli("status").status == 0
    keys.write_bytes(b"{")
    assert cli("status").status == 0
    assert json.loads(keys.read_text(encoding="utf-8"))["room"] == "649901100201"


def test_without_a_key_file_the_room_is_told_of(cli: CommandLine) -> None:
    for name in ("keys.json", "keys.json.bak"):
        (cli.home / name).rename(cli.home / f"{name}.x")
    before = (cli.home / "room.db").read_bytes()
    for words in (("status",), ("setup", "--room", "1", "--name", "x", "--user", "y")):
        ran = cli(*words, "--json")
        assert (ran.status, ran.error["code"]) in {(5, "KEY-001"), (3, "KEY-013")}
    assert (cli.home / "room.db").read_bytes() == before
    for name in ("keys.json", "keys.json.bak"):
        (cli.home / name).write_bytes(b"\0" * 100)
    assert cli("status", "--json").error["code"] == "KEY-004"


def test_newer_key_file_is_refused(cli: CommandLine) -> None:
    for name in ("keys.json", "keys.json.bak"):
        told = json.loads((cli.home / name).read_text(encoding="utf-8"))
        (cli.home / name).write_text(json.dumps(told | {"format": 99}), encoding="utf-8")
    ran = cli("status", "--json")
    assert (ran.status, ran.error["code"]) == (4, "KEY-005")


def test_folder_without_a_room_is_told(bare: CommandLine) -> None:
    ran = bare("status", "--json")
    assert (ran.status, ran.error["code"]) == (5, "ROM-002")
    assert not bare.home.exists()


def test_damaged_settings_do_not_keep_anybody_out(cli: CommandLine) -> None:
    (cli.home / "settings.json").write_bytes(b"\xff{")
    assert cli("status").status == 0
    assert (cli.home / "settings.json.damaged").exists()


# -- backups -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("at", range(5))
def test_target_that_vanishes_leaves_no_half_backup(
    cli: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    """The stick is pulled at each file in turn."""
    scan = tmp_path / "件.pdf"
    record = dispute(cli)
    for number in range(3):
        scan.write_bytes(b"%PDF invented " + bytes([number]))
        cli("attach", "dispute", record, scan)
    stick, copied = tmp_path / "盘", 0
    copy = backup._copy_file

    def pulled(source: Path, folder: Path, name: str) -> str:
        nonlocal copied
        if copied == at:
            shutil.rmtree(stick)
        copied += 1
        return copy(source, folder, name)

    with monkeypatch.context() as patched:
        patched.setattr(backup, "_copy_file", pulled)
        ran = cli("backup", "--to", stick, "--json")
    if at < 4:
        assert (ran.status, ran.error["kind"]) == (5, "environment_fault")
        assert cli("status", "--json").json["last_backup"] is None
        assert not stick.exists()
    else:
        assert ran.status == 0
    assert cli.is_sound()
