"""Backups: what is copied, what is refused, which generations stay."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from desktop.base.clock import BEIJING
from desktop.base.errors import EnvironmentFault, Failure, RuleBroken
from desktop.database import backup
from desktop.staff.office import Office
from desktop.staff.records import add_record
from tests.helpers.clock import FixedClock


def make(room: Office, clock: FixedClock, target: Path | None = None) -> backup.Backup:
    return backup.make_backup(room.home, room.data_key, clock, target)


def refused(code: str, folder: Path, home: Path) -> None:
    with pytest.raises(Failure) as caught:
        backup.restore_backup(folder, home)
    assert caught.value.code == code
    assert not home.exists()


def test_backup_holds_everything_of_the_room_while_it_is_in_use(
    room: Office, clock: FixedClock, tmp_path: Path
) -> None:
    room.attachments.put(b"%PDF invented")
    room.settings.set("font_scale", 150)
    (room.home / "holidays").mkdir()
    (room.home / "holidays" / "2027.toml").write_text("", encoding="utf-8")
    (room.home / "attachments" / "ab.part").write_bytes(b"half")
    (room.home / "恢复单.pdf").write_bytes(b"secret")
    room.add("staff_member", {"name": "李四", "role": "民警"})
    with room.working() as work:
        # A save that has not ended is in no backup.
        add_record(work, "staff_member", {"name": "马占山", "role": "民警"})
        made = make(room, clock, tmp_path / "盘")
    told = json.loads((made.folder / "backup.json").read_text(encoding="utf-8"))
    names = set(told["files"])
    assert {"room.db", "keys.json", "settings.json", "holidays/2027.toml"} <= names
    assert [name for name in names if name.startswith("attachments/")] == [
        path.relative_to(room.home).as_posix() for path in room.attachments.files()
    ]
    assert (made.rows_count, made.files_count, told["rows"]) == (1, 5, 1)
    assert made.size_bytes == sum((made.folder / name).stat().st_size for name in names)
    home = tmp_path / "新"
    backup.restore_backup(made.folder, home)
    assert {path.relative_to(home).as_posix() for path in home.rglob("*") if path.is_file()} == names
    assert backup.check_copy(home / "room.db", room.data_key) == 1


def test_missing_database_is_not_backed_up_as_an_empty_one(tmp_path: Path, clock: FixedClock) -> None:
    (tmp_path / "无").mkdir()
    with pytest.raises(EnvironmentFault):
        backup.make_backup(tmp_path / "无", bytes(32), clock, tmp_path / "盘")
    assert list((tmp_path / "无").iterdir()) == []
    assert list((tmp_path / "盘").iterdir()) == []


def test_wrong_key_makes_no_backup(room: Office, clock: FixedClock, tmp_path: Path) -> None:
    with pytest.raises(EnvironmentFault):
        backup.make_backup(room.home, bytes(32), clock, tmp_path)
    assert list(tmp_path.glob("room-*")) == []


def test_copy_that_reads_otherwise_is_no_backup(
    room: Office, clock: FixedClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backup, "_sha256", lambda _path: "0" * 64)
    with pytest.raises(EnvironmentFault) as caught:
        make(room, clock, tmp_path / "盘")
    assert caught.value.code == "BAK-001"
    assert list((tmp_path / "盘").iterdir()) == []


@pytest.mark.parametrize(
    "change",
    [
        {"files": {}},
        {"files": {"room.db": ""}},
        {"files": {"room.db": "", "keys.json": "", "../别处": ""}},
        {"files": {"room.db": "", "keys.json": "", "attachments/../../别处": ""}},
        {"files": {"room.db": "", "keys.json": "", "attachments/C:\\别处": ""}},
        {"files": {"room.db": "", "keys.json": "", "C:/别处": ""}},
        {"files": []},
        {"format": 2},
        {"format": "x"},
    ],
    ids=str,
)
def test_list_that_we_did_not_write_is_refused(
    room: Office, clock: FixedClock, tmp_path: Path, change: dict[str, object]
) -> None:
    made = make(room, clock, tmp_path / "盘")
    path = made.folder / "backup.json"
    path.write_text(json.dumps(json.loads(path.read_text(encoding="utf-8")) | change), encoding="utf-8")
    refused("BAK-003", made.folder, tmp_path / "新")


@pytest.mark.parametrize("name", ["room.db", "keys.json", "attachments"])
def test_altered_or_missing_file_is_refused(
    room: Office, clock: FixedClock, tmp_path: Path, name: str
) -> None:
    room.attachments.put(b"%PDF invented")
    made = make(room, clock, tmp_path / "盘")
    path = made.folder / name
    path = next(path.rglob("*.jwa")) if path.is_dir() else path
    data = path.read_bytes()
    path.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    refused("BAK-002", made.folder, tmp_path / "新")
    path.unlink()
    refused("BAK-002", made.folder, tmp_path / "新")


@pytest.mark.parametrize("name", ["keys.json", "keys.json.bak", "room.db", "attachments"])
def test_restore_never_goes_over_what_is_there(
    room: Office, clock: FixedClock, tmp_path: Path, name: str
) -> None:
    made = make(room, clock, tmp_path / "盘")
    home = tmp_path / "新"
    home.mkdir()
    (home / name).write_bytes(b"mine")
    with pytest.raises(RuleBroken) as caught:
        backup.restore_backup(made.folder, home)
    assert caught.value.code == "BAK-004"
    assert {path.name: path.read_bytes() for path in home.iterdir()} == {name: b"mine"}


def test_restore_that_fails_half_way_leaves_the_folder_as_it_was(
    room: Office, clock: FixedClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    room.attachments.put(b"%PDF invented")
    made = make(room, clock, tmp_path / "盘")
    home, copy = tmp_path / "新", backup._copy_file
    home.mkdir()
    (home / "说明.txt").write_bytes(b"mine")

    copied: list[str] = []

    def fails_at_the_keys(source: Path, folder: Path, name: str) -> str:
        copied.append(name)
        if name == "keys.json":
            raise OSError(28, "full")
        return copy(source, folder, name)

    monkeypatch.setattr(backup, "_copy_file", fails_at_the_keys)
    with pytest.raises(EnvironmentFault) as caught:
        backup.restore_backup(made.folder, home)
    assert caught.value.code == "ENV-001"
    assert [path.name for path in home.iterdir()] == ["说明.txt"]
    # Last, because without it the folder is not yet a room.
    assert len(copied) == 3


# -- generations ---------------------------------------------------------------------------------------------------


def pretend(home: Path, day: datetime) -> Path:
    folder = home / "backups" / f"room-{day:%Y%m%d-%H%M%S}"
    folder.mkdir(parents=True)
    (folder / "backup.json").write_text("{}", encoding="utf-8")
    return folder


def test_thinning_keeps_seven_days_eight_weeks_and_every_month(tmp_path: Path) -> None:
    last = datetime(2026, 3, 5, 8, 0, tzinfo=BEIJING)
    made = [pretend(tmp_path, last - timedelta(days=day)) for day in range(399, -1, -1)]
    removed = backup.thin(tmp_path)
    kept = backup.list_backups(tmp_path)
    assert sorted((*kept, *removed)) == made
    days = [path.name[5:13] for path in kept]
    assert days[-7:] == [f"{last - timedelta(days=day):%Y%m%d}" for day in range(6, -1, -1)]
    months = {path.name[5:11] for path in made}
    assert {day[:6] for day in days} == months, "one of every month stays"
    # Sundays close the weeks; the running week is among the last seven.
    sundays = [f"{datetime(2026, 3, 1, tzinfo=BEIJING) - timedelta(weeks=week):%Y%m%d}" for week in range(7)]
    assert set(sundays) <= set(days)
    assert len(days) <= 7 + 8 + len(months)
    assert backup.thin(tmp_path) == []


def test_thinning_takes_old_unfinished_copies_and_nothing_else(tmp_path: Path) -> None:
    pretend(tmp_path, datetime(2026, 3, 5, 8, 0, tzinfo=BEIJING))
    folder = tmp_path / "backups"
    for name in ("room-20260304-080000.part", "room-20260305-090000.part", "room-说明", "别的"):
        (folder / name).mkdir()
        (folder / name / "backup.json").write_text("{}", encoding="utf-8")
    backup.thin(tmp_path)
    assert {path.name for path in folder.iterdir()} == {
        "room-20260305-080000",
        "room-20260305-090000.part",
        "room-说明",
        "别的",
    }


def test_two_backups_in_one_second_have_two_names(room: Office, clock: FixedClock) -> None:
    names = [make(room, clock).folder.name for _time in range(3)]
    assert names == ["room-20260305-080000", "room-20260305-080000-2", "room-20260305-080000-3"]
    assert [path.name for path in backup.list_backups(room.home)] == sorted(names)


def test_copy_before_a_migration_is_a_backup_where_there_is_a_file(
    room: Office, clock: FixedClock, tmp_path: Path
) -> None:
    made = backup.copy_before_migration(room.home, room.data_key, clock)
    assert made is not None
    assert backup.check_backup(made.folder).rows_count == 0
    assert backup.copy_before_migration(tmp_path, room.data_key, clock) is None
