from __future__ import annotations

import pytest

from desktop.printing.qr import Box, qr_boxes


def dark(boxes: list[Box], x: float, y: float) -> bool:
    return any(left <= x < left + width and low <= y < low + height for left, low, width, height in boxes)


def test_the_three_finders_stand_in_their_corners_and_not_in_the_fourth() -> None:
    boxes = qr_boxes("JW1:K7QD-3M2P:3B1F0C9AD27E4B6F", 100, 50, 25)

    def finder(column: int, row: int) -> list[str]:
        return [
            "".join(
                "#" if dark(boxes, 100 + column + x + 0.5, 50 + 25 - row - y - 0.5) else "." for x in range(7)
            )
            for y in range(7)
        ]

    expected = ["#######", "#.....#", "#.###.#", "#.###.#", "#.###.#", "#.....#", "#######"]
    assert finder(0, 0) == finder(18, 0) == finder(0, 18) == expected
    assert finder(18, 18) != expected


def test_neighbouring_modules_are_one_box() -> None:
    boxes = qr_boxes("JW1:K7QD-3M2P:3B1F0C9AD27E4B6F", 0, 0, 25)
    assert (0, 24, 7, 1) in [tuple(map(round, box)) for box in boxes]
    assert all(box[3] == pytest.approx(1) for box in boxes)


def test_other_text_gives_another_code() -> None:
    assert qr_boxes("JW1:A", 0, 0, 21) != qr_boxes("JW1:B", 0, 0, 21)


def test_chinese_is_refused() -> None:
    with pytest.raises(ValueError, match="ASCII"):
        qr_boxes("警", 0, 0, 21)
