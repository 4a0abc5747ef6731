from __future__ import annotations

import pytest

from desktop.printing.column import Line, lines_together, paragraph
from desktop.printing.fonts import Fonts


def make_lines(*counts: int) -> list[Line]:
    """Paragraphs of so many lines."""
    return [
        Line("甲", is_first=number == 0, is_last=number == count - 1)
        for count in counts
        for number in range(count)
    ]


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        pytest.param((1, 1), [1, 1], id="single lines part anywhere"),
        pytest.param((2,), [2, 1], id="two lines stay together"),
        pytest.param((3,), [3, 2, 1], id="three lines stay together"),
        pytest.param((4,), [2, 1, 2, 1], id="four lines part in the middle"),
        pytest.param((6, 1), [2, 1, 1, 1, 2, 1, 1], id="long ones keep two at each end"),
    ],
)
def test_lines_together_leaves_no_line_alone(counts: tuple[int, ...], expected: list[int]) -> None:
    lines = make_lines(*counts)
    assert [lines_together(lines, number) for number in range(len(lines))] == expected


def test_paragraph_stretches_full_lines_to_the_width_and_not_the_last(fonts: Fonts) -> None:
    chain = fonts.chain("serif")
    lines = list(paragraph("双方自愿达成协议，当场履行，今后不得因此事再生事端。" * 3, chain, 12, 200))
    for line in lines[:-1]:
        assert chain.width(line.text, 12) + line.spacing * (len(line.text) - 1) == pytest.approx(200)
    assert lines[-1].spacing == 0


def test_paragraph_does_not_tear_a_line_apart_before_a_long_number(fonts: Fonts) -> None:
    lines = list(paragraph("证件号码为649901199001010010", fonts.chain("serif"), 12, 130))
    assert [line.text for line in lines] == ["证件号码为", "649901199001010010"]
    assert lines[0].spacing == 0


def test_paragraph_moves_the_first_line_in_unless_it_brings_its_own_blank(fonts: Fonts) -> None:
    lines = list(paragraph("一、赔偿\n　　二、道歉", fonts.chain("serif"), 12, 400, indent=2))
    assert [(line.text, line.dx) for line in lines] == [("一、赔偿", 24), ("　　二、道歉", 0)]


@pytest.mark.parametrize("blanks", ["", "　　"])
def test_boxes_to_tick_go_on_under_the_first_box(fonts: Fonts, blanks: str) -> None:
    text = f"{blanks}□司法所　　□人民法庭　□自然资源　□农业农村　□人社　　□妇联"
    lines = list(paragraph(text, fonts.chain("serif"), 12, 220, indent=2))
    assert len(lines) > 1
    assert {line.dx for line in lines} == {24}
    assert all(line.text.startswith("□") for line in lines)
