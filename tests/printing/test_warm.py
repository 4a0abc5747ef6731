from __future__ import annotations

from desktop.printing.fonts import Fonts
from desktop.printing.warm import warm
from tests.printing.conftest import FONTS_FOLDER


def test_warm_reads_the_fonts_of_every_paper_and_leaves_the_rare_one() -> None:
    fonts = Fonts.load(FONTS_FOLDER)
    warm(fonts)
    serif, rare, sans = fonts.chain("serif").files
    assert "face" in vars(serif)
    assert "face" in vars(sans)
    assert "face" not in vars(rare)
