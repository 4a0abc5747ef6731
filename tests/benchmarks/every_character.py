"""Draws every character of GB 18030-2022 level 3 and reads it back with PDFium and with poppler.

    python tests/benchmarks/every_character.py

Prints for each set how many characters there are, how many have ink, and how many each reader gave back; ends with 1
when one is missing. Some minutes; the ordinary suite tries five hundred.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from desktop.printing import preview  # noqa: E402
from desktop.printing.fonts import Chain, Fonts  # noqa: E402
from desktop.printing.paper import A4_PT, Ink, Paper  # noqa: E402

SETS = {
    "URO": range(0x4E00, 0x9FF0),
    "A": range(0x3400, 0x4DB6),
    "B": range(0x20000, 0x2A6D7),
    "C": range(0x2A700, 0x2B735),
    "D": range(0x2B740, 0x2B81E),
    "E": range(0x2B820, 0x2CEA2),
    "F": range(0x2CEB0, 0x2EBE1),
    "compatible": [
        0xFA0E,
        0xFA0F,
        0xFA11,
        0xFA13,
        0xFA14,
        0xFA1F,
        0xFA21,
        0xFA23,
        0xFA24,
        0xFA27,
        0xFA28,
        0xFA29,
    ],
}
PER_LINE, LINES = 40, 60
DOCUMENT = 9600


def drawn(text: str, fonts: Fonts) -> bytes:
    """The text on as many pages as it needs."""
    paper = Paper(fonts, title="", is_tagged=False)
    for start in range(0, len(text), PER_LINE * LINES):
        ink = Ink(paper)
        for line in range(LINES):
            at = start + line * PER_LINE
            ink.text(50, 800 - line * 12.5, text[at : at + PER_LINE], 10)
        paper.add_page(ink, *A4_PT)
    return paper.to_bytes()


def has_ink(char: str, chain: Chain) -> bool:
    """Whether the glyph has an outline."""
    font = chain.font_of(char)
    if font is None:
        return False
    glyph = font.face.charToGlyph[ord(char)]
    return bool(font.face.glyphPos[glyph + 1] > font.face.glyphPos[glyph])


def read_back(pdf: bytes) -> Iterator[set[str]]:
    """What the readers see."""
    yield set("".join(preview.page_text(pdf, page) for page in range(1, preview.page_count(pdf) + 1)))
    if shutil.which("pdftotext"):
        read = subprocess.run(["pdftotext", "-raw", "-", "-"], input=pdf, capture_output=True, check=True)
        yield set(read.stdout.decode("utf-8"))


def main() -> int:
    """Goes through the sets."""
    fonts = Fonts.load(ROOT / "resources" / "fonts")
    chain, lost = fonts.chain("serif"), 0
    for name, codes in SETS.items():
        counts = count(codes, chain, fonts)
        sys.stdout.write(
            f"{name:10} characters {len(codes):6} with ink {counts[0]:6} read back {counts[1:]}\n"
        )
        lost += sum(len(codes) - one for one in counts)
    return int(lost > 0)


def count(codes: Sequence[int], chain: Chain, fonts: Fonts) -> list[int]:
    """How many have ink, and how many each reader gave back."""
    counts: list[int] = []
    for start in range(0, len(codes), DOCUMENT):
        text = "".join(map(chr, codes[start : start + DOCUMENT]))
        own = [sum(has_ink(char, chain) for char in text)]
        own += [len(set(text) & seen) for seen in read_back(drawn(text, fonts))]
        counts = [one + other for one, other in zip(counts or [0] * len(own), own, strict=True)]
    return counts


if __name__ == "__main__":
    sys.exit(main())
