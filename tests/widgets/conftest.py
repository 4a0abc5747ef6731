"""What tests of single widgets share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from desktop.base.clock import today
from desktop.widgets.editors import FormFacts
from desktop.widgets.runner import Runner
from tests.helpers.clock import FixedClock
from tests.helpers.toy_kinds import CODES
from tests.helpers.windows.desk import dress_application

VILLAGES = [("v1", "柳湾一组"), ("v2", "柳湾二组"), ("v3", "石桥组")]


def pytest_itemcollected(item: pytest.Item) -> None:
    """The offscreen platform has one screen and no keyboard: it says so, harmlessly, whenever a list pops up."""
    item.add_marker(pytest.mark.qt_log_ignore("does not support raise", "grabbing the keyboard", extend=True))


@pytest.fixture(autouse=True)
def _dressed(qapp: object) -> None:
    dress_application()


@pytest.fixture
def runner(qapp: object) -> Iterator[Runner]:
    """A runner that is stopped at the end."""
    made = Runner()
    yield made
    made.stop()


@pytest.fixture
def facts(clock: FixedClock) -> FormFacts:
    """What editors need; links find three villages."""

    def search(_owner: object, _kind: str, typed: str, done: object) -> None:
        assert callable(done)
        done([one for one in VILLAGES if typed in one[1]])

    return FormFacts(today(clock), CODES, search, practice=True)
