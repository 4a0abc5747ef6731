"""The key file under two programs at once."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest

from desktop.base.errors import EnvironmentFault
from desktop.database.keys import NewKeys
from desktop.staff import key_file
from desktop.staff.key_file import LOCK_NAME, KeyFile
from tests.helpers.clock import FixedClock
from tests.helpers.rooms import PASSWORD, TOY


@pytest.fixture
def made(room_folder: Path, clock: FixedClock) -> NewKeys:
    path = room_folder / "keys.json"
    return KeyFile.create(
        path, name="王敏", password=PASSWORD, room="649901", practice=True, clock=clock, strength=TOY
    )


def test_account_is_not_lost_to_a_log_in_at_the_same_moment(
    made: NewKeys, room_folder: Path, clock: FixedClock
) -> None:
    """The log-in has read the file and stretches the password while the other program adds an account."""
    stretching, added = threading.Event(), threading.Event()

    class Slow(KeyFile):
        def _unwrap(self, *told: object) -> bytes | None:  # type: ignore[override]
            stretching.set()
            added.wait(0.2)
            return super()._unwrap(*told)  # type: ignore[arg-type]

    path = room_folder / "keys.json"
    login = threading.Thread(target=lambda: Slow(path, strength=TOY).unlock("王敏", PASSWORD, clock))
    login.start()
    assert stretching.wait(5)
    KeyFile(path, strength=TOY).add_account("李四", made.data_key, "Eigen-2026")
    added.set()
    login.join()
    assert made.ring.names() == ("李四", "王敏")


def test_program_that_does_not_let_go_is_told(
    made: NewKeys, room_folder: Path, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(key_file, "_WAIT_SECONDS", 0.05)
    before = (room_folder / "keys.json").read_bytes()
    with closing(sqlite3.connect(room_folder / LOCK_NAME, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(EnvironmentFault) as caught:
            made.ring.unlock("王敏", PASSWORD, clock)
    assert caught.value.code == "DBS-002"
    assert (room_folder / "keys.json").read_bytes() == before
    assert made.ring.unlock("王敏", PASSWORD, clock) == made.data_key


def test_every_change_is_made_under_the_lock(
    made: NewKeys, clock: FixedClock, monkeypatch: pytest.MonkeyPatch, room_folder: Path
) -> None:
    ring = made.ring
    recovery_key = ring.renew_recovery_key(made.data_key)
    monkeypatch.setattr(key_file, "_WAIT_SECONDS", 0.01)
    with closing(sqlite3.connect(room_folder / LOCK_NAME, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        for change in (
            lambda: ring.unlock("王敏", PASSWORD, clock),
            lambda: ring.unlock_with_recovery(recovery_key, clock),
            lambda: ring.change_password("王敏", PASSWORD, "Eigen-2026", clock),
            lambda: ring.reset_password(recovery_key, "王敏", "Eigen-2026", clock),
            lambda: ring.set_password("王敏", made.data_key, "Eigen-2026"),
            lambda: ring.add_account("李四", made.data_key, "Eigen-2026"),
            lambda: ring.remove_account("王敏"),
            lambda: ring.renew_recovery_key(made.data_key),
        ):
            with pytest.raises(EnvironmentFault):
                change()


def test_lock_that_cannot_be_made_leaves_the_word_to_the_key_file(
    made: NewKeys, room_folder: Path, clock: FixedClock
) -> None:
    (room_folder / LOCK_NAME).unlink(missing_ok=True)
    (room_folder / LOCK_NAME).mkdir()
    assert made.ring.unlock("王敏", PASSWORD, clock) == made.data_key
