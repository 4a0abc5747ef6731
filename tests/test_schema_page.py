"""docs/SCHEMA.md says what the declarations say."""

from __future__ import annotations

from pathlib import Path

from desktop.bootstrap import build_catalogue
from desktop.staff.schema_words import schema_page

PAGE = Path(__file__).resolve().parents[1] / "docs" / "SCHEMA.md"


def test_schema_page_is_what_the_declarations_give() -> None:
    fresh = schema_page(build_catalogue().registry)

    assert PAGE.read_text(encoding="utf-8").splitlines() == fresh.splitlines(), "run scripts/schema"


def test_schema_page_names_every_kind() -> None:
    text = PAGE.read_text(encoding="utf-8")

    assert [kind.name for kind in build_catalogue().registry if f"\n## {kind.name} " not in text] == []
