"""One word per thing: every name that is stored, typed or travels stands in docs/GLOSSARY.md, and none is pinyin."""

from __future__ import annotations

import importlib
import re
from collections import Counter
from pathlib import Path

import pytest
from pypinyin import Style, lazy_pinyin

from desktop.base.settings import SETTINGS
from desktop.bootstrap import build_catalogue
from desktop.database.record import METADATA
from desktop.staff.catalogue import Catalogue

# With the features' own, every table of the program.
for module in ("desktop.audit.trail", "desktop.database.search", "desktop.sync.tables"):
    importlib.import_module(module)

ROOT = Path(__file__).resolve().parents[1]
GLOSSARY = ROOT / "docs" / "GLOSSARY.md"
SUFFIX = re.compile(r"_(ids?|on|at|no|time|fen|mm|count|minutes|days|bytes|hash(es)?|hours)$")
WORDS = "Words"  # what the field says; everything else is compared both ways


def _sections() -> dict[str, list[tuple[str, list[str]]]]:
    """Heading → rows: the Chinese, the identifiers."""
    sections: dict[str, list[tuple[str, list[str]]]] = {}
    rows: list[tuple[str, list[str]]] = []
    for line in GLOSSARY.read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            rows = sections.setdefault(line[3:], [])
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if line.startswith("|") and len(cells) == 3 and "`" in cells[1]:
            rows.append((cells[0], re.findall(r"`([^`]+)`", cells[1])))
    return sections


SECTIONS = _sections()
KNOWN = {name for rows in SECTIONS.values() for _, names in rows for name in names}
ROWS = [(chinese, name) for rows in SECTIONS.values() for chinese, names in rows for name in names]


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return build_catalogue()


def _packages() -> set[str]:
    roots = [ROOT / name for name in ("desktop", "county") if (ROOT / name / "__init__.py").exists()]
    inner = {path.parent.name for root in roots for path in root.rglob("__init__.py")}
    return inner | {root.name for root in roots}


def _columns() -> set[str]:
    return {column.name for name in _tables() for column in METADATA.tables[name].columns}


def _tables() -> set[str]:
    """The program's tables; those that other tests invent are no words of ours."""
    return {name for name in METADATA.tables if not name.startswith("toy_")}


def _named(catalogue: Catalogue) -> dict[str, set[str]]:
    return {
        "package": _packages(),
        "table": _tables(),
        "kind": {kind.name for kind in catalogue.registry},
        "list of children": {child.name for kind in catalogue.registry for child in kind.children},
        "code list": set(catalogue.registry.codes.names()),
        "step": {step.name for step in catalogue.steps},
        "paper": {paper.name for paper in catalogue.papers},
        "ledger": {ledger.name for ledger in catalogue.ledgers},
        "report": {report.name for report in catalogue.reports},
        "setting": set(SETTINGS),
    }


def test_every_stored_or_typed_name_stands_in_the_glossary(catalogue: Catalogue) -> None:
    strange = {what: names - KNOWN for what, names in _named(catalogue).items()}

    assert not {what: names for what, names in strange.items() if names}, "add the word to docs/GLOSSARY.md"


@pytest.mark.parametrize("column", sorted(_columns()))
def test_every_column_stands_in_the_glossary_with_or_without_its_unit(column: str) -> None:
    assert {column, SUFFIX.sub("", column)} & KNOWN, "add the word to docs/GLOSSARY.md"


def test_glossary_names_nothing_that_left_the_tree(catalogue: Catalogue) -> None:
    alive = set[str]().union(*_named(catalogue).values()) | _columns()
    alive |= {SUFFIX.sub("", column) for column in _columns()}
    listed = {
        name for title, rows in SECTIONS.items() if title != WORDS for _, names in rows for name in names
    }

    assert not listed - alive - {"desktop", "county"}


@pytest.mark.parametrize("title", sorted(SECTIONS))
def test_identifier_stands_once_in_its_table(title: str) -> None:
    counted = Counter(name for _, names in SECTIONS[title] for name in names)

    assert [name for name, times in counted.items() if times > 1] == []


def test_every_word_has_its_chinese() -> None:
    assert [name for chinese, name in ROWS if not re.search(r"[\u4e00-\u9fff]", chinese)] == []


def _is_pinyin(name: str, chinese: str) -> bool:
    """Whether a part of the name is how two or more characters of the Chinese sound, whole or by initials."""
    characters = re.findall(r"[\u4e00-\u9fff]+", chinese)
    sounds = [lazy_pinyin(run) for run in characters]
    initials = ["".join(lazy_pinyin(run, style=Style.FIRST_LETTER)) for run in characters]
    spoken = {
        "".join(run[a:b]) for run in sounds for a in range(len(run)) for b in range(a + 2, len(run) + 1)
    }
    return bool(set(name.split("_")) & (spoken | {run for run in initials if len(run) > 1}))


def test_no_name_is_pinyin() -> None:
    assert [(chinese, name) for chinese, name in ROWS if _is_pinyin(name, chinese)] == []


@pytest.mark.parametrize(
    ("name", "chinese"), [("jiufen_type", "纠纷类型"), ("zf_count", "走访"), ("sfz_no", "身份证")]
)
def test_pinyin_is_found(name: str, chinese: str) -> None:
    assert _is_pinyin(name, chinese)
