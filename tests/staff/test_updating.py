"""An update of an open room: verified, copied, the data backed up, the installer started, its outcome told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import signing

from desktop import VERSION
from desktop.base.errors import EnvironmentFault, Refused
from desktop.database.backup import check_backup
from desktop.staff import updating
from desktop.staff.office import Office
from desktop.staff.permissions import actor_of
from desktop.staff.trail_words import audit_lines
from desktop.staff.updating import find_update, install_update, outcome_of_update, take_update
from desktop.update.find import Trust

SIGNED_AT = datetime(2026, 3, 1, tzinfo=UTC)


class Stick:
    """A stick with signed updates."""

    def __init__(self, folder: Path) -> None:
        signing.make_keys(folder / "keys")
        self.keys = signing.read_keys(folder / "keys")
        root = signing.make_root(self.keys, SIGNED_AT).to_bytes()
        self.trust = Trust(root, SIGNED_AT)
        self.folder = folder / "更新 盘"

    def publish(self, version: str) -> None:
        """Puts a version there."""
        setup = self.folder.with_name(f"Jingwushi-Setup-{version}.exe")
        setup.write_bytes(b"MZ" * 1_500_000)
        told = signing.Release(setup, version, "0.1.0", "打印更快")
        signing.publish(self.folder / "update", self.trust.root, self.keys, told, SIGNED_AT)


@pytest.fixture
def stick(tmp_path: Path) -> Stick:
    made = Stick(tmp_path)
    made.publish("0.2.0")
    return made


def untold(_stage: str, _done: int, _total: int) -> None:
    """Nobody listens."""


def test_update_is_taken_with_a_verified_backup_and_its_progress_told(room: Office, stick: Stick) -> None:
    found = find_update(room, stick.folder, stick.trust)
    assert found is not None
    told: list[tuple[str, int, int]] = []

    setup, backup = take_update(
        room, stick.folder, found.version, lambda *report: told.append(report), stick.trust
    )

    assert setup.read_bytes() == b"MZ" * 1_500_000
    assert check_backup(backup).rows_count >= 0
    assert told[-1][0] == "正在备份数据"
    assert told[-2] == ("正在复制安装程序（MB）", 3, 3)


def test_program_without_keys_looks_nowhere(room: Office, stick: Stick) -> None:
    with pytest.raises(Refused, match="UPD-001"):
        find_update(room, stick.folder)
    with pytest.raises(Refused, match="UPD-001"):
        find_update(room, None)


def test_stick_that_was_changed_after_it_was_looked_at_is_refused(room: Office, stick: Stick) -> None:
    stick.publish("0.3.0")
    with pytest.raises(Refused, match="UPD-007"):
        take_update(room, stick.folder, "0.2.0", untold, stick.trust)


def test_stick_that_is_pulled_while_copying_leaves_no_installer(room: Office, stick: Stick) -> None:
    def pull(_stage: str, done: int, _total: int) -> None:
        if done:
            raise OSError(5, "pulled")

    with pytest.raises(EnvironmentFault, match="ENV-0"):
        take_update(room, stick.folder, "0.2.0", pull, stick.trust)
    assert not list((room.home / "update" / "setups").glob("*.exe"))


def test_only_an_administrator_takes_an_update(room: Office, stick: Stick) -> None:
    room.actor = actor_of("李内勤", ("clerk",))
    with pytest.raises(Refused, match="STF-001"):
        take_update(room, stick.folder, "0.2.0", untold, stick.trust)


@pytest.mark.parametrize(
    ("now", "words"), [("0.2.0", "已更新到 0.2.0"), (VERSION, "更新没有装成")], ids=["installed", "not"]
)
def test_outcome_is_told_once_after_the_installer_was_started(
    now: str, words: str, room: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[Path] = []
    install_update(room, "0.2.0", tmp_path / "setup.exe", tmp_path / "备份", started.append)
    assert started == [tmp_path / "setup.exe"]
    assert audit_lines(room, 1)[0]["facts"] == {"from": VERSION, "to": "0.2.0"}

    monkeypatch.setattr(updating, "VERSION", now)
    assert outcome_of_update(room.home).startswith(words)
    assert outcome_of_update(room.home) == ""


def test_installer_that_was_not_started_is_not_told_of_later(room: Office, tmp_path: Path) -> None:
    def refuse(_setup: Path) -> None:
        raise Refused("UPD-008", "no rights")

    with pytest.raises(Refused, match="UPD-008"):
        install_update(room, "0.2.0", tmp_path / "s", tmp_path, refuse)
    assert outcome_of_update(room.home) == ""


def test_damaged_note_keeps_nobody_out(room: Office) -> None:
    (room.home / "update").mkdir()
    (room.home / "update" / "started.json").write_text('{"to"', encoding="utf-8")
    assert outcome_of_update(room.home) == ""


def test_wrong_clock_of_the_pc_is_told_as_a_question_about_the_date(room: Office, stick: Stick) -> None:
    room.clock.set(SIGNED_AT + timedelta(days=500))  # type: ignore[attr-defined]
    with pytest.raises(Refused, match=r"UPD-004.*日期"):
        find_update(room, stick.folder, stick.trust)
