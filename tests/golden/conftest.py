"""`pytest tests/golden --accept` takes the papers as they are now; look at the pictures of the difference first."""

from __future__ import annotations

from pathlib import Path

import pytest

from desktop.printing.fonts import Fonts


def pytest_addoption(parser: pytest.Parser) -> None:
    """The flag by which golden files are renewed."""
    parser.addoption("--accept", action="store_true", help="renew the golden papers")


@pytest.fixture
def accepts(request: pytest.FixtureRequest) -> bool:
    """Whether what is made now is taken as right."""
    return bool(request.config.getoption("--accept", default=False))


@pytest.fixture(scope="session")
def fonts() -> Fonts:
    """The bundled fonts."""
    return Fonts.load(Path(__file__).parents[2] / "resources" / "fonts")
