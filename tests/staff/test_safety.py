"""Where the room's data is, in one line; the daily copy in a second place; the list of contacts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from desktop.base.errors import EnvironmentFault
from desktop.database import backup
from desktop.staff.office import Office
from desktop.staff.safety import Copy, Safety, back_up_second, find_contacts, load_safety
from tests.helpers.clock import FixedClock
from tests.helpers.county import World

# Two in the afternoon in Beijing.
NOW = datetime(2026, 3, 5, 6, 32, tzinfo=UTC)


def ago(**span: int) -> datetime:
    return NOW - timedelta(**span)


@pytest.mark.parametrize(
    ("safety", "told"),
    [
        (Safety(None, None, None), "还没有保存过记录"),
        (Safety(NOW, None, None), "14:32前存的：本机 ✓，第二块盘 未设，县局 未加入"),
        (
            Safety(NOW, Copy(NOW, True), Copy(ago(days=9), False)),
            "14:32前存的：本机 ✓，第二块盘 ✓，县局 ✗ 9天",
        ),
        (
            Safety(NOW, Copy(ago(hours=6), False), Copy(None, False)),
            "14:32前存的：本机 ✓，第二块盘 到08:32，县局 ✗",
        ),
        (
            Safety(ago(days=1), Copy(NOW, True), Copy(NOW, True)),
            "03-04 14:32前存的：本机 ✓，第二块盘 ✓，县局 ✓",
        ),
    ],
)
def test_sentence_names_each_place(safety: Safety, told: str) -> None:
    assert safety.sentence(NOW) == told


@pytest.mark.parametrize(
    ("safety", "is_late"),
    [
        (Safety(NOW, None, None), False),
        (Safety(NOW, Copy(ago(days=30), True), None), False),
        (Safety(NOW, Copy(ago(days=6), False), None), False),
        (Safety(NOW, None, Copy(ago(days=8), False)), True),
        (Safety(NOW, Copy(None, False), None), True),
    ],
)
def test_place_that_is_behind_for_long_is_told(safety: Safety, is_late: bool) -> None:
    assert safety.is_late(NOW) is is_late


@pytest.mark.parametrize(
    ("minutes", "told"), [(0, ""), (5, ""), (-5, ""), (12, "快12分钟"), (-1440, "慢1440分钟")]
)
def test_wrong_clock_is_told(minutes: int, told: str) -> None:
    words = Safety(NOW, None, None, timedelta(minutes=minutes)).clock_words()
    assert told in words if told else not words


def safety(office: Office, unsent: int = 0) -> Safety:
    with office.reading() as session:
        return load_safety(office, session.connection(), unsent)


def test_copy_is_made_once_a_day_and_holds_until_something_is_saved(
    room: Office, tmp_path: Path, clock: FixedClock
) -> None:
    assert back_up_second(room) is None
    second = tmp_path / "第二块盘"
    second.mkdir()
    room.settings.set("backup_folder", str(second))
    assert safety(room).second == Copy(None, is_whole=False)
    made = back_up_second(room)
    assert made is not None
    assert made.folder.parent == second / "649901100201-A"
    backup.check_backup(made.folder)
    assert back_up_second(room) is None
    clock.move(timedelta(minutes=1))
    room.add("staff_member", {"name": "张三丰", "role": "民警"})
    told = safety(room).second
    assert told is not None
    assert not told.is_whole
    clock.move(timedelta(days=1))
    assert back_up_second(room) is not None
    told = safety(room).second
    assert told is not None
    assert told.is_whole


def test_second_place_keeps_generations(room: Office, tmp_path: Path, clock: FixedClock) -> None:
    room.settings.set("backup_folder", str(tmp_path))
    for _day in range(backup.KEEP_DAYS + 3):
        back_up_second(room)
        clock.move(timedelta(days=1))
    assert len(list((tmp_path / "649901100201-A").iterdir())) < backup.KEEP_DAYS + 3


def test_disk_that_is_not_plugged_in_is_told_and_nothing_is_written_elsewhere(
    room: Office, tmp_path: Path
) -> None:
    room.settings.set("backup_folder", str(tmp_path / "没有"))
    with pytest.raises(EnvironmentFault, match="BAK-007"):
        back_up_second(room)
    assert not (tmp_path / "没有").exists()


def test_county_is_whole_when_it_has_everything(world: World, clock: FixedClock) -> None:
    office = world.offices["甲机"]
    office.add("staff_member", {"name": "张三丰", "role": "民警"})
    told = safety(office, 1).county
    assert told is not None
    assert not told.is_whole
    world.by_wire("甲机")
    assert safety(office).county == Copy(clock.now(), is_whole=True)


def test_stick_is_no_contact(world: World) -> None:
    world.by_stick("甲机", "县局", "甲机")
    with world.offices["甲机"].reading() as session:
        assert find_contacts(session.connection(), 10) == []
