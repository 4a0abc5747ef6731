"""A damaged room comes back from a backup, and neither the damaged files nor newer attachments are lost."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from desktop.base.errors import EnvironmentFault, Refused
from desktop.database.backup import make_backup
from desktop.staff.accounts import bind_keys
from desktop.staff.office import Office
from desktop.staff.permissions import actor_of
from desktop.staff.rescue import restore_over
from tests.helpers.clock import FixedClock
from tests.helpers.rooms import PASSWORD, USER, toy_rooms
from tests.helpers.windows_account import WindowsAccount


@pytest.fixture
def damaged(room: Office, clock: FixedClock) -> tuple[Path, Path]:
    """The folder of a room whose database was overwritten after its backup, and the backup."""
    room.add("staff_member", {"name": "李四", "role": "民警"})
    made = make_backup(room.home, room.data_key, clock)
    later = room.home / "attachments" / "ab"
    later.mkdir(parents=True, exist_ok=True)
    (later / "later").write_bytes(b"a scan of the day after")
    room.database.close()
    (room.home / "room.db").write_bytes(b"\0" * 8192)
    return room.home, made.folder


def test_restore_over_opens_the_backup_and_keeps_what_lay_there(
    damaged: tuple[Path, Path], clock: FixedClock
) -> None:
    home, copy = damaged
    with pytest.raises(EnvironmentFault, match="DBS-003"):
        toy_rooms(clock).open(home, USER, PASSWORD)

    office, aside = restore_over(toy_rooms(clock), copy, home, USER, lambda: PASSWORD)

    assert len(office.list_ids("staff_member")) == 1
    office.database.close()
    assert (aside / "room.db").read_bytes() == b"\0" * 8192
    assert (home / "attachments" / "ab" / "later").read_bytes() == b"a scan of the day after"


def test_restore_over_puts_everything_back_when_the_password_is_wrong(
    damaged: tuple[Path, Path], clock: FixedClock
) -> None:
    home, copy = damaged
    before = {path.name for path in home.iterdir()}

    with pytest.raises(Refused):
        restore_over(toy_rooms(clock), copy, home, USER, lambda: "Falsch-2026")

    assert {path.name for path in home.iterdir()} == before
    assert (home / "room.db").read_bytes() == b"\0" * 8192
    assert (home / "attachments" / "ab" / "later").exists()


def test_backup_that_is_bound_to_another_windows_account_comes_back_by_the_recovery_sheet(
    room: Office, clock: FixedClock, windows_account: WindowsAccount, tmp_path: Path
) -> None:
    room.add("staff_member", {"name": "李四", "role": "民警"})
    recovery_key = room.keys.renew_recovery_key(room.data_key)
    bind_keys(room, is_bound=True)
    copy = make_backup(room.home, room.data_key, clock).folder
    windows_account.name = "another PC"
    rooms, home = toy_rooms(clock), tmp_path / "换 电脑"

    for typed in (PASSWORD, recovery_key[:-1] + "?"):
        with pytest.raises(Refused, match=r"KEY-014.*填恢复密钥"):
            rooms.restore(copy, home, USER, partial(str, typed))
        assert not home.exists()
    office = rooms.restore(copy, home, USER, lambda: recovery_key)

    assert len(office.list_ids("staff_member")) == 1
    office.database.close()
    with pytest.raises(Refused, match="KEY-014"):
        rooms.open(home, USER, PASSWORD)
    rooms.recover(home, USER, recovery_key, "Xinmima-2027")
    rooms.open(home, USER, "Xinmima-2027").database.close()


def test_only_who_administers_accounts_binds_them(room: Office, windows_account: WindowsAccount) -> None:
    room.actor = actor_of("李内勤", ("clerk",))
    with pytest.raises(Refused, match="STF-001"):
        bind_keys(room, is_bound=True)
    assert not room.keys.is_bound()
