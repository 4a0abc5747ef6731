"""What the tests of rosters and patrols share."""

from __future__ import annotations

from pathlib import Path

import pytest

from desktop.base.workdays import HolidayTable


@pytest.fixture(scope="session")
def holidays_2026() -> HolidayTable:
    return HolidayTable.load(Path(__file__).parents[2] / "resources" / "holidays")
