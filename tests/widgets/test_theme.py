"""Colours can be read, states have words, sizes grow with the scale."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QApplication

from desktop.widgets.icons import icon
from desktop.widgets.theme import COLOURS, MARKS, RESOURCES, Theme, style_sheet


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(COLOURS[one]), luminance(COLOURS[other])), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize(
    ("ink", "ground"),
    [
        ("text", "card"),
        ("text", "select"),
        ("text_soft", "page"),
        ("text_faint", "card"),
        ("text_faint", "page"),
        ("blue", "card"),
        ("blue", "blue_light"),
        ("card", "blue"),
        ("on_deep", "blue_deep"),
        ("on_deep_soft", "blue_deep"),
        ("ok", "ok_light"),
        ("warn", "warn_light"),
        ("bad", "bad_light"),
        ("bad", "page"),
        ("practice", "practice_light"),
    ],
)
def test_ink_can_be_read_on_its_ground(ink: str, ground: str) -> None:
    # WCAG 2.2, 1.4.3: 4.5 to 1 for text of ordinary size.
    assert contrast(ink, ground) >= 4.5


def test_every_mark_has_a_sign_and_a_word() -> None:
    for mark in MARKS.values():
        assert mark.sign
        assert mark.word
        assert mark.text == f"{mark.sign} {mark.word}"


def test_sizes_grow_with_the_scale() -> None:
    assert Theme("", 100).px(30) == 30
    assert Theme("", 150).px(30) == 45
    assert Theme("", 200).size("body") == 28


def test_style_sheet_is_filled_and_its_pictures_are_there(qapp: QApplication) -> None:
    sheet = style_sheet()

    assert "$" not in sheet
    for line in sheet.split('url("')[1:]:
        assert (RESOURCES / "icons" / line.split('"')[0].rsplit("/", 1)[1]).is_file()


def test_every_icon_can_be_drawn(qapp: QApplication) -> None:
    for path in (RESOURCES / "icons").glob("*.svg"):
        picture = icon(path.stem, "blue").pixmap(32, 32).toImage()
        assert any(picture.pixelColor(x, y).alpha() for x in range(0, 32, 2) for y in range(0, 32, 2)), (
            path.name
        )
