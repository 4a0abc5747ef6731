"""The state of the data, its check, and backups of an open room."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from desktop.audit.trail import ENTRIES
from desktop.base.errors import EnvironmentFault, Refused
from desktop.database import backup
from desktop.staff.office import Office
from desktop.staff.permissions import actor_of
from desktop.staff.status import back_up, rehearse_restore, status_of, verify_office
from desktop.sync.tables import BlobRow, PeerRow
from tests.helpers.clock import FixedClock
from tests.helpers.factories.places import make_staff_member


def scan(room: Office, tmp_path: Path) -> str:
    path = tmp_path / "件.pdf"
    path.write_bytes(b"%PDF invented")
    member = make_staff_member(room)
    return str(room.show("attached_file", room.attach("staff_member", member, path).id)["sha256"])


def test_unsent_counts_what_the_county_is_not_known_to_hold(room: Office) -> None:
    make_staff_member(room)
    heads = status_of(room)["scopes"][room.place.scope]["heads"]
    make_staff_member(room)
    assert status_of(room)["unsent"] == 2
    with room.database.writing() as connection:
        values = {"peer": "county", "scope": room.place.scope, "heads": str(heads).replace("'", '"')}
        connection.execute(PeerRow.__table__.insert().values(**values))
    assert status_of(room)["unsent"] == 1


def test_file_that_has_not_come_yet_is_no_problem(room: Office, tmp_path: Path) -> None:
    sha256 = scan(room, tmp_path)
    next(room.attachments.files()).unlink()
    table = BlobRow.__table__
    for state, codes in (("have", ["VER-022"]), ("sent", ["VER-022"]), ("kept", ["VER-022"]), ("want", [])):
        with room.database.writing() as connection:
            connection.execute(table.update().where(table.c.sha256 == sha256).values(state=state))
        assert [one["code"] for one in verify_office(room)["problems"]] == codes


def test_attaching_again_does_not_send_again(room: Office, tmp_path: Path) -> None:
    scan(room, tmp_path)
    table = BlobRow.__table__
    for state, expected in (("kept", "kept"), ("sent", "sent"), ("want", "have")):
        with room.database.writing() as connection:
            connection.execute(table.update().values(state=state))
        scan(room, tmp_path)
        assert status_of(room)["blobs"][expected] == 1


def test_deep_check_finds_a_missing_line_of_the_audit(room: Office) -> None:
    make_staff_member(room)
    make_staff_member(room)
    with room.database.writing() as connection:
        connection.execute(ENTRIES.delete().where(ENTRIES.c.number == 2))
    assert verify_office(room)["ok"]
    assert [one["code"] for one in verify_office(room, deep=True)["problems"]] == ["VER-020"]


def test_backup_is_thinned_only_in_its_own_folder(room: Office, clock: FixedClock, tmp_path: Path) -> None:
    for _day in range(12):
        back_up(room)
        back_up(room, tmp_path / "盘")
        clock.move(timedelta(hours=12))
    assert len(list((tmp_path / "盘").iterdir())) == 12
    assert len(backup.list_backups(room.home)) < 12


def test_backup_needs_the_right(room: Office) -> None:
    room.actor = actor_of("赵六", ("auxiliary",))
    with pytest.raises(Refused):
        back_up(room)
    assert not (room.home / "backups").exists()


def test_rehearsal_finds_another_count_than_was_told(room: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    make_staff_member(room)
    back_up(room)
    monkeypatch.setattr(backup, "check_copy", lambda _path, _key: 0)
    with pytest.raises(EnvironmentFault) as caught:
        rehearse_restore(room)
    assert caught.value.code == "BAK-001"


def test_rehearsal_leaves_nothing_behind(
    room: Office, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
    (tmp_path / "tmp").mkdir()
    back_up(room)
    assert rehearse_restore(room)["ok"]
    assert list((tmp_path / "tmp").iterdir()) == []
