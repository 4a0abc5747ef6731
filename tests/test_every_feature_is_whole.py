"""A feature is one folder whose files have the same names as in every other feature."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
FEATURES = (
    "diary",
    "hazards",
    "ledgers",
    "mediation",
    "orders",
    "outreach",
    "patrol",
    "places",
    "staff",
    "visits",
    "volunteers",
)
FIXED = {"__init__.py", "rules.py", "tables.py", "store.py", "pdf.py", "actions.py", "ui"}
# What a feature has beyond the fixed files, and why it is neither of them. A file that the feature's own `__init__`
# names as part of its map needs no line here.
EXTRA: dict[str, dict[str, str]] = {
    "mediation": {
        "agreement.py": "the words of an agreement",
        "board.py": "what 今日 shows of it, read like store.py and longer",
        "code_lists.py": "code lists are data",
        "dispute_types.py": "the fine list of disputes and the coarser lists of reports, pure data",
        "gathering.py": "from stored records to the value that is printed",
    },
    "patrol": {
        "roster.py": "the month grid, which is read and saved as one",
    },
    "staff": {
        "catalogue.py": "every record kind in the order of the floors",
        "files.py": "attaching files to any kind of record",
        "links.py": "from what people write for a record to its id",
        "office.py": "one open room, as windows and commands use it",
        "papers.py": "from any record to the words of its paper, bound to a form",
        "permissions.py": "the table of roles and rights, pure",
        "records.py": "the generic save of a declared record, which every feature's actions call",
        "schema_words.py": "the declarations in words",
        "settle.py": "choosing one side of a conflict, for any kind of record",
        "sheets.py": "the recovery sheet",
        "status.py": "the state of the data on this PC, for any kind of record",
        "tables_in_out.py": "import and export of any kind of record",
        "views.py": "the generic reading of declared records, which every list uses",
    },
}

existing = [name for name in FEATURES if (ROOT / "desktop" / name / "__init__.py").exists()]


def _names(feature: str) -> set[str]:
    folder = ROOT / "desktop" / feature
    return {
        path.name
        for path in folder.iterdir()
        if path.suffix == ".py" or (path.is_dir() and any(path.glob("*.py")))
    }


def _map_of(feature: str) -> str:
    module = ast.parse((ROOT / "desktop" / feature / "__init__.py").read_text(encoding="utf-8"))
    return ast.get_docstring(module) or ""


@pytest.mark.parametrize("feature", existing)
def test_feature_holds_only_the_fixed_files_and_named_ones(feature: str) -> None:
    named = {name for name in _names(feature) if f"`{name}`" in _map_of(feature)}
    surplus = _names(feature) - FIXED - named - EXTRA.get(feature, {}).keys()

    assert not surplus, (
        f"put these into {sorted(FIXED)}, or say in the docstring of __init__ what they are for"
    )


@pytest.mark.parametrize("feature", existing)
def test_feature_tells_in_its_init_where_to_start_reading(feature: str) -> None:
    told = _map_of(feature)

    assert len(told.splitlines()) >= 3, "what the feature is for, its states, its sources, where to start"
    assert ".py" in told or "`" in told


@pytest.mark.parametrize("feature", existing)
def test_feature_with_records_has_tables(feature: str) -> None:
    assert "tables.py" in _names(feature)


def test_named_extra_files_exist_where_their_feature_does() -> None:
    missing = {
        f"{feature}/{name}"
        for feature, names in EXTRA.items()
        if feature in existing
        for name in names.keys() - _names(feature)
    }

    assert not missing
