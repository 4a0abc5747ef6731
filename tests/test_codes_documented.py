"""Every failure code that is raised stands in a table of docs/, and every code in these tables is raised."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
CODE = re.compile(r"\b[A-Z]{2,4}-[0-9]{3}\b")
# Names of algorithms and standards that look like codes.
NO_CODES = {"AES-256", "SHA-256"}
PAGES = sorted(path for folder in ("features", "formats") for path in (ROOT / "docs" / folder).glob("*.md"))
MODULES = sorted(
    path for package in ("desktop", "county") for path in (ROOT / package).rglob("*.py") if path.is_file()
)


def _codes_in(tree: ast.AST) -> Iterator[str]:
    """Codes that the module gives out; comparing with one is no raising."""
    compared = {
        id(part) for node in ast.walk(tree) if isinstance(node, ast.Compare) for part in ast.walk(node)
    }
    for node in ast.walk(tree):
        if not isinstance(node, ast.Constant) or not isinstance(node.value, str) or id(node) in compared:
            continue
        if CODE.fullmatch(node.value) and node.value not in NO_CODES:
            yield node.value


def _raised() -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for path in MODULES:
        for code in _codes_in(ast.parse(path.read_text(encoding="utf-8"))):
            found.setdefault(code, set()).add(path.relative_to(ROOT).as_posix())
    return found


def _told(text: str) -> Iterator[str]:
    """Codes in the first cell of a row; a row about a span of codes points to another page."""
    for line in text.splitlines():
        cells = line.split("|")
        if line.startswith("|") and len(cells) > 2 and " to " not in cells[1]:
            yield from CODE.findall(cells[1])


def _documented() -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for page in PAGES:
        for code in _told(page.read_text(encoding="utf-8")):
            found.setdefault(code, set()).add(page.name)
    return found


def test_every_raised_code_is_documented() -> None:
    raised, documented = _raised(), _documented()

    assert {code: places for code, places in raised.items() if code not in documented} == {}


def test_every_documented_code_is_raised() -> None:
    raised, documented = _raised(), _documented()

    assert {code: pages for code, pages in documented.items() if code not in raised} == {}


def test_every_code_has_one_page() -> None:
    assert {code: pages for code, pages in _documented().items() if len(pages) > 1} == {}


def _reasons_to_park() -> set[str]:
    """Constants like `NOT_ALLOWED = "not_allowed"` in the exchange."""
    found = set()
    for path in (ROOT / "desktop" / "sync").glob("*.py"):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant):
                names = [target.id for target in node.targets if isinstance(target, ast.Name)]
                found |= {
                    node.value.value for name in names if name.lower() == node.value.value and "_" in name
                }
    return found


def test_every_reason_to_park_a_change_is_documented() -> None:
    text = (ROOT / "docs" / "features" / "sync.md").read_text(encoding="utf-8")
    section = text.partition("parked changes")[2].partition("\n## ")[0]
    told = set(re.findall(r"^\| `([a-z_]+)` \|", section, re.MULTILINE))

    assert told == _reasons_to_park()
    assert len(told) > 3


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_row_of_a_code_says_something(page: Path) -> None:
    rows = [
        line for line in page.read_text(encoding="utf-8").splitlines() if re.match(r"\| [A-Z]{2,4}-\d", line)
    ]

    assert [
        line for line in rows if not all(cell.strip() for cell in line.strip().strip("|").split("|"))
    ] == []


def test_every_feature_page_stands_in_the_index() -> None:
    index = (ROOT / "docs" / "features" / "README.md").read_text(encoding="utf-8")
    linked = set(re.findall(r"\]\(([a-z_]+\.md)\)", index))

    assert linked == {page.name for page in PAGES if page.parent.name == "features"} - {"README.md"}


def test_code_is_found_where_it_is_raised_and_not_where_it_is_compared() -> None:
    tree = ast.parse('raise RuleBroken("SYN-001", "…")\nif error.code == "SYN-002": pass\nSIGNED = "SHA-256"')

    assert list(_codes_in(tree)) == ["SYN-001"]
