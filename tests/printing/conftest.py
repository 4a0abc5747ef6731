"""The bundled fonts, parsed once for all tests of paper."""

from __future__ import annotations

from pathlib import Path

import pytest

from desktop.printing.fonts import Fonts

FONTS_FOLDER = Path(__file__).parents[2] / "resources" / "fonts"


@pytest.fixture(scope="session")
def fonts() -> Fonts:
    return Fonts.load(FONTS_FOLDER)
