"""Bars that become several lines."""

from __future__ import annotations

from PySide6.QtWidgets import QPushButton, QWidget
from pytestqt.qtbot import QtBot

from desktop.widgets.blocks import button, flow

WORDS = ("撤销", "自动排班", "打印", "发布", "保存")


def bar(qtbot: QtBot, width: int) -> tuple[QWidget, list[QPushButton]]:
    """Five buttons, the last three behind a stretch, in a bar of a width; as they were laid out."""
    holder = QWidget()
    qtbot.addWidget(holder)
    made = [button(word, f"{word}Button") for word in WORDS]
    holder.setLayout(flow(*made[:2], 1, *made[2:], margins=(10, 4, 10, 4)))
    holder.resize(width, holder.heightForWidth(width))
    holder.show()
    qtbot.waitExposed(holder)
    return holder, made


def test_stretch_pushes_the_rest_to_the_right_end(qtbot: QtBot) -> None:
    _holder, made = bar(qtbot, 900)

    assert len({one.y() for one in made}) == 1
    assert made[0].x() == 10
    assert made[-1].geometry().right() + 1 == 890
    assert made[2].x() > made[1].geometry().right() + 100


def test_narrow_bar_takes_more_lines_and_cuts_nothing(qtbot: QtBot) -> None:
    holder, made = bar(qtbot, 190)

    assert len({one.y() for one in made}) > 1
    for one in made:
        assert one.width() >= one.sizeHint().width()
        assert one.geometry().right() < 190 - 10
        assert one.geometry().bottom() < holder.height() - 4
