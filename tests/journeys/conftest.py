"""What journeys share: the program on a real room, its questions answered in advance, and a pair of hands."""

from __future__ import annotations

import pytest


def pytest_itemcollected(item: pytest.Item) -> None:
    """The offscreen platform has one screen and no keyboard: it says so, harmlessly, whenever a list pops up."""
    item.add_marker(pytest.mark.qt_log_ignore("does not support raise", "grabbing the keyboard", extend=True))
