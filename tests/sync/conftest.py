"""What the engine's tests share."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.simulation.replicas import make_template


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with the engine's tables and nothing in them."""
    folder = tmp_path_factory.mktemp("disks") / "empty"
    make_template(folder)
    return folder
