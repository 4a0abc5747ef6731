"""Guards that stand around every test, and the few fixtures that every folder of tests uses."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# Before Qt is imported by anybody: a test run needs no screen.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.pop("JINGWUSHI_HOME", None)
# The witnesses of invented rooms have no place in the profile of whoever runs this.
os.environ["XDG_STATE_HOME"] = tempfile.gettempdir()

from tests.helpers.clock import FixedClock
from tests.helpers.dialogs import dialogs_guarded
from tests.helpers.network import network_guarded

pytest_plugins = [
    "tests.helpers.postgres",
    "tests.helpers.rooms",
    "tests.helpers.county",
    "tests.helpers.windows_account",
]

# The same examples in every run, and no deadline: a busy PC must not turn a test red. `--hypothesis-profile=explore`
# looks for new ones.
settings.register_profile(
    "repeat", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("explore", deadline=None, max_examples=1000)
settings.load_profile("repeat")


@pytest.fixture(autouse=True)
def _no_network() -> Iterator[None]:
    with network_guarded():
        yield


@pytest.fixture(autouse=True)
def _no_blocking_dialog() -> Iterator[None]:
    with dialogs_guarded():
        yield


@pytest.fixture
def clock() -> FixedClock:
    """A clock that stands at 08:00 on 2026-03-05 in Beijing until the test moves it."""
    return FixedClock()


@pytest.fixture
def room_folder(tmp_path: Path) -> Path:
    """An empty folder for a room's data whose path has Chinese and a blank, as on the officers' PCs."""
    folder = tmp_path / "青石 一室"
    folder.mkdir()
    return folder
