"""The finder of typographic faults finds them."""

from __future__ import annotations

import pytest

from desktop.printing import wrap as wrapping
from desktop.printing.fonts import Fonts
from desktop.printing.paper import A4_PT, Ink, Paper
from desktop.printing.sheets import LedgerColumn, LedgerSheet
from tests.helpers.paper_faults import Watched, faults_of, watched


def drawn(fonts: Fonts, x: float, rule_x: float) -> bytes:
    paper = Paper(fonts, title="")
    ink = Ink(paper)
    ink.text(x, 400, "王某", 12)
    ink.line(rule_x, 300, rule_x, 500)
    paper.add_page(ink, *A4_PT)
    return paper.to_bytes()


@pytest.mark.parametrize(
    ("x", "rule_x", "fault"),
    [
        (100, 118, "某 lies over an upright rule"),
        (5, 200, "王 lies at the edge"),
        (100, 126, ""),
        (100, 99, ""),
    ],
)
def test_text_over_a_rule_or_at_the_edge_is_found(fonts: Fonts, x: float, rule_x: float, fault: str) -> None:
    found = faults_of(drawn(fonts, x, rule_x), Watched())
    assert [fault in one for one in found] == ([True] if fault else [])


def test_text_that_is_not_on_the_paper_is_found(fonts: Fonts) -> None:
    pdf = drawn(fonts, 100, 200)
    assert faults_of(pdf, Watched(), ("王 某",)) == []
    assert faults_of(pdf, Watched(), ("王某人",)) == ["lost: 人"]


def test_broken_rules_for_marks_and_cut_numbers_are_found(
    fonts: Fonts, monkeypatch: pytest.MonkeyPatch
) -> None:
    from desktop.printing.ledger import render_ledger

    monkeypatch.setattr(wrapping, "may_break", lambda _before, _after: True)
    columns = (LedgerColumn("序号", 8), LedgerColumn("事由", 30), LedgerColumn("其他", 200))
    rows = [("1", "因" * shift + "甲方—乙方（某）付12800.50元" * 9, "无" * 300) for shift in range(19)]
    with watched() as lines:
        pdf = render_ledger(LedgerSheet("台账", "", "", columns, rows), fonts)
    found = " ".join(faults_of(pdf, lines))
    assert "a line begins with —" in found
    assert "a line ends with （" in found
    assert "a number or word is cut" in found
