"""The fonts that travel with the program are the ones that were examined."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[1] / "resources" / "fonts"


def _listed() -> dict[str, str]:
    lines = (FOLDER / "SHA256SUMS").read_text(encoding="utf-8").splitlines()
    return {name: digest for digest, name in (line.split("  ", 1) for line in lines)}


@pytest.mark.parametrize("name", sorted(_listed()))
def test_font_file_has_the_listed_digest(name: str) -> None:
    digest = hashlib.sha256((FOLDER / name).read_bytes()).hexdigest()

    assert digest == _listed()[name]


def test_every_font_is_listed_with_its_licence() -> None:
    fonts = {path.name for path in FOLDER.iterdir() if path.suffix in {".ttf", ".ttc", ".otf"}}
    readme = (FOLDER / "README.md").read_text(encoding="utf-8")

    assert fonts == {name for name in _listed() if name.endswith((".ttf", ".ttc", ".otf"))}
    assert all(name in readme for name in _listed())
