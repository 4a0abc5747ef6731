"""Places and widths survive the night; a damaged file costs only comfort."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from desktop.widgets.keep import FILE_NAME, Keep


def test_window_comes_back_with_its_size(qtbot: QtBot, room_folder: Path) -> None:
    window = QWidget()
    window.setObjectName("toyWindow")
    qtbot.addWidget(window)
    window.resize(640, 400)
    keep = Keep(room_folder / FILE_NAME)
    keep.keep_window(window)
    keep.save()

    again = QWidget()
    again.setObjectName("toyWindow")
    qtbot.addWidget(again)
    Keep(room_folder / FILE_NAME).restore_window(again, 300, 200)

    assert (again.width(), again.height()) == (640, 400)


def test_unknown_window_gets_a_size_that_fits_the_screen(qtbot: QtBot) -> None:
    window = QWidget()
    window.setObjectName("toyWindow")
    qtbot.addWidget(window)

    Keep(None).restore_window(window, 9000, 9000)

    assert window.width() <= window.screen().availableSize().width()


def test_damaged_file_is_started_anew(room_folder: Path) -> None:
    (room_folder / FILE_NAME).write_text("{half", encoding="utf-8")

    keep = Keep(room_folder / FILE_NAME)

    assert keep.column_width("list", "name", 120) == 120


def test_absurd_width_is_not_taken(room_folder: Path) -> None:
    keep = Keep(room_folder / FILE_NAME)
    keep.put("columns:list", {"name": 1, "day": 90_000})

    assert keep.column_width("list", "name", 120) == 120
    assert keep.column_width("list", "day", 120) == 120


def test_folder_that_refuses_stops_nobody(tmp_path: Path) -> None:
    keep = Keep(tmp_path / "missing" / FILE_NAME)
    keep.put("a", 1)

    keep.save()

    assert not (tmp_path / "missing").exists()
