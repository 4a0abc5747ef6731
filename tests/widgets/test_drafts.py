"""Drafts: encrypted, whole or not at all, soon after typing, gone after a save."""

from __future__ import annotations

import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from desktop.widgets import drafts as drafts_module
from desktop.widgets.drafts import Draft, DraftKeeper, Drafts
from desktop.widgets.runner import Runner
from tests.helpers.clock import FixedClock

KEY = bytes(32)


def test_draft_is_read_back_as_it_was_written(room_folder: Path, clock: FixedClock) -> None:
    drafts = Drafts(room_folder / "drafts", KEY)
    draft = Draft(
        "visit:new", {"summary": "排水沟", "parties": [{"name": "张三丰"}], "is_urgent": True}, clock.now()
    )

    drafts.write(draft)

    assert Drafts(room_folder / "drafts", KEY).read("visit:new") == draft


def test_nothing_typed_can_be_read_in_the_file(room_folder: Path, clock: FixedClock) -> None:
    drafts = Drafts(room_folder, KEY)
    drafts.write(Draft("visit:new", {"name": "SECRET"}, clock.now()))

    [path] = list(room_folder.iterdir())
    assert b"SECRET" not in path.read_bytes()
    assert "visit" not in path.name


def test_draft_under_another_key_is_no_draft(room_folder: Path, clock: FixedClock) -> None:
    Drafts(room_folder, KEY).write(Draft("visit:new", {"a": "b"}, clock.now()))

    assert Drafts(room_folder, bytes([1] * 32)).read("visit:new") is None


def test_damaged_draft_is_no_draft(room_folder: Path, clock: FixedClock) -> None:
    drafts = Drafts(room_folder, KEY)
    drafts.write(Draft("visit:new", {"a": "b"}, clock.now()))
    [path] = list(room_folder.iterdir())
    path.write_bytes(path.read_bytes()[:-3])

    assert drafts.read("visit:new") is None
    assert drafts.all() == []


def test_all_drafts_come_newest_first(room_folder: Path, clock: FixedClock) -> None:
    drafts = Drafts(room_folder, KEY)
    drafts.write(Draft("a:new", {"a": "1"}, clock.now()))
    drafts.write(Draft("b:new", {"a": "2"}, clock.move(timedelta(minutes=1))))

    assert [draft.place for draft in drafts.all()] == ["b:new", "a:new"]


def test_dropped_draft_is_gone(room_folder: Path, clock: FixedClock) -> None:
    drafts = Drafts(room_folder, KEY)
    drafts.write(Draft("a:new", {"a": "1"}, clock.now()))

    drafts.drop("a:new")
    drafts.drop("a:new")

    assert drafts.read("a:new") is None


def test_draft_survives_a_program_that_is_killed(room_folder: Path) -> None:
    program = (
        "import os, sys; from pathlib import Path; from datetime import datetime, UTC;"
        "from desktop.widgets.drafts import Draft, Drafts;"
        "draft = Draft('visit:new', {'summary': '排水沟'}, datetime(2026, 3, 5, tzinfo=UTC));"
        "Drafts(Path(sys.argv[1]), bytes(32)).write(draft);"
        "os.kill(os.getpid(), 9)"
    )
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", program, str(room_folder)], cwd=root, check=False, timeout=60
    )

    assert done.returncode != 0
    found = Drafts(room_folder, KEY).read("visit:new")
    assert found is not None
    assert found.values == {"summary": "排水沟"}


@pytest.fixture
def fast_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drafts_module, "QUIET_MS", 20)
    monkeypatch.setattr(drafts_module, "MOST_MS", 60)


def test_keeper_writes_after_a_pause_in_typing(
    qtbot: QtBot, runner: Runner, room_folder: Path, clock: FixedClock, fast_pauses: None
) -> None:
    drafts = Drafts(room_folder, KEY)
    keeper = DraftKeeper(drafts, runner, clock, place="visit:new", values=lambda: {"a": "1"})

    with qtbot.waitSignal(keeper.written):
        keeper.touch()

    found = drafts.read("visit:new")
    assert found is not None
    assert found.values == {"a": "1"}


def test_keeper_writes_now_when_the_page_is_left_and_only_what_was_touched(
    qtbot: QtBot, runner: Runner, room_folder: Path, clock: FixedClock
) -> None:
    drafts = Drafts(room_folder, KEY)
    keeper = DraftKeeper(drafts, runner, clock, place="visit:new", values=lambda: {"a": "1"})
    keeper.write_now()
    qtbot.waitUntil(lambda: runner.is_idle)
    assert drafts.all() == []

    keeper.touch()
    keeper.write_now()
    qtbot.waitUntil(lambda: runner.is_idle)

    assert len(drafts.all()) == 1


def test_forgotten_draft_does_not_come_back(
    qtbot: QtBot, runner: Runner, room_folder: Path, clock: FixedClock, fast_pauses: None
) -> None:
    drafts = Drafts(room_folder, KEY)
    keeper = DraftKeeper(drafts, runner, clock, place="visit:new", values=lambda: {"a": "1"})
    keeper.touch()
    keeper.write_now()

    keeper.forget()
    qtbot.waitUntil(lambda: runner.is_idle)

    assert drafts.all() == []
