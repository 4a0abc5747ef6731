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
# What a feature has beyond the fixed files, and why it is neither of them.
EXTRA: dict[str, dict[str, str]] = {
    "mediation": {
        "dispute_types.py": "the fine list of disputes and the coarser lists of reports, pure data",
    },
    "staff": {
        "catalogue.py": "every record kind in the order of the floors",
        "files.py": "attaching files to any kind of record",
        "links.py": "what a link is shown as",
        "office.py": "one open room, as windows and commands use it",
        "permissions.py": "the table of roles and rights, pure",
        "records.py": "the generic save of a declared record, which every feature's actions call",
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


@pytest.mark.parametrize("feature", existing)
def test_feature_holds_only_the_fixed_files_and_named_ones(feature: str) -> None:
    surplus = _names(feature) - FIXED - EXTRA.get(feature, {}).keys()

    assert not surplus, f"put these into {sorted(FIXED)}, or name them in EXTRA with the reason"


@pytest.mark.parametrize("feature", existing)
def test_feature_tells_in_its_init_where_to_start_reading(feature: str) -> None:
    module = ast.parse((ROOT / "desktop" / feature / "__init__.py").read_text(encoding="utf-8"))
    told = ast.get_docstring(module) or ""

    assert len(told.splitlines()) >= 3, "what the feature is for, its states, its sources, where to start"
    assert ".py" in told or "`" in told


@pytest.mark.parametrize("feature", existing)
def test_feature_with_records_has_tables(feature: str) -> None:
    assert "tables.py" in _names(feature) or feature == "ledgers"


def test_named_extra_files_exist_where_their_feature_does() -> None:
    missing = {
        f"{feature}/{name}"
        for feature, names in EXTRA.items()
        if feature in existing
        for name in names.keys() - _names(feature)
    }

    assert not missing
