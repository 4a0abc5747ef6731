"""A new version brings the data forward: wholly, or not at all, whatever it dies of."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from desktop.base.errors import EnvironmentFault, Refused
from desktop.database import schema
from desktop.database.backup import check_backup, list_backups, put_back
from desktop.staff.status import verify_office
from tests.helpers.clock import FixedClock
from tests.helpers.rooms import PASSWORD, USER, toy_rooms
from tests.helpers.upgrader import MOMENTS, PULLED, become_next_version, next_chain

ROOT = Path(__file__).parents[2]


@pytest.fixture
def home(room_template: Path, room_folder: Path) -> Path:
    shutil.copytree(room_template, room_folder, dirs_exist_ok=True)
    return room_folder


@pytest.fixture
def chain(tmp_path: Path) -> Path:
    return next_chain(tmp_path / "chain")


def is_whole(home: Path) -> bool:
    office = toy_rooms(FixedClock()).open(home, USER, PASSWORD)
    try:
        return verify_office(office, deep=True) == {"ok": True, "problems": []}
    finally:
        office.database.close()


def test_new_version_copies_the_room_and_brings_it_forward(
    home: Path, chain: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    become_next_version(chain, monkeypatch.setattr)

    assert is_whole(home)

    (copy,) = list_backups(home)
    assert check_backup(copy).rows_count >= 0


def test_migration_that_fails_leaves_the_data_to_the_version_before(
    home: Path, chain: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as next_version:
        become_next_version(chain, next_version.setattr)
        next_version.setenv("JINGWUSHI_MIGRATION", "fail")
        with pytest.raises(EnvironmentFault, match="DBS-011") as failure:
            toy_rooms(FixedClock()).open(home, USER, PASSWORD)
        assert "上一版本" in failure.value.sentence

    assert is_whole(home)


@pytest.mark.parametrize("moment", MOMENTS)
def test_room_is_whole_after_a_power_cut(moment: str, home: Path, chain: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.helpers.upgrader", str(home), str(chain), moment],
        cwd=ROOT,
        check=False,
        capture_output=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"},
    )
    assert done.returncode == PULLED, done.stderr.decode("utf-8", "replace")

    if moment == MOMENTS[-1]:
        # The new version is there; the one before must not read what it does not know.
        with pytest.raises(Refused, match="DBS-010"):
            toy_rooms(FixedClock()).open(home, USER, PASSWORD)
    else:
        assert is_whole(home)
    with pytest.MonkeyPatch.context() as next_version:
        become_next_version(chain, next_version.setattr)
        assert is_whole(home)


def test_put_back_takes_the_place_of_a_broken_file_and_keeps_it(
    home: Path, chain: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_arguments: object) -> None:
        (home / "room.db").write_bytes(b"no database any more" * 500)
        raise OSError(5, "disk")

    with monkeypatch.context() as next_version:
        become_next_version(chain, next_version.setattr)
        next_version.setattr(schema, "migrate", broken)
        with pytest.raises(EnvironmentFault, match="DBS-011"):
            toy_rooms(FixedClock()).open(home, USER, PASSWORD)

    assert (home / "room.db.broken").read_bytes().startswith(b"no database")
    assert is_whole(home)


def test_put_back_refuses_a_copy_that_is_not_whole(home: Path, clock: FixedClock) -> None:
    office = toy_rooms(clock).open(home, USER, PASSWORD)
    copy = office.home / "backups"
    office.database.close()
    copy.mkdir(exist_ok=True)
    with pytest.raises(Exception, match="BAK-003"):
        put_back(copy, home)
