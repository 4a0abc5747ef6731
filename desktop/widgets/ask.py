"""The one door for questions and file choices; nothing here blocks, every answer arrives in a callback.

Tests put `tests/helpers/windows/answers.py` in its place and answer in advance. Boxes open with `open()`, so the rest
of the program keeps running behind them and nothing typed elsewhere is lost.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QFileDialog, QPushButton, QWidget

from desktop.base.text import _
from desktop.widgets.blocks import button, column, flow, row, text_label
from desktop.widgets.line_edit import LineEdit
from desktop.widgets.theme import px


@dataclass(frozen=True)
class Option:
    """One answer of a question: its key for the program, its words for the person."""

    key: str
    label: str
    is_danger: bool = False


class Ask(Protocol):
    """What a window may ask of a person."""

    def question(
        self,
        parent: QWidget,
        title: str,
        text: str,
        options: Sequence[Option],
        answered: Callable[[str], None],
    ) -> None:
        """Asks for one of some answers; the first is the safe one and the default; Esc answers ""."""

    def text(self, parent: QWidget, title: str, label: str, answered: Callable[[str], None]) -> None:
        """Asks for a line that must not be empty; giving up calls nothing."""

    def open_file(self, parent: QWidget, title: str, kinds: str, answered: Callable[[Path], None]) -> None:
        """Asks for a file that exists; giving up calls nothing."""

    def save_file(
        self, parent: QWidget, title: str, suggested: Path, kinds: str, answered: Callable[[Path], None]
    ) -> None:
        """Asks where to write a file; giving up calls nothing."""

    def folder(self, parent: QWidget, title: str, answered: Callable[[Path], None]) -> None:
        """Asks for a folder that exists; giving up calls nothing."""


# More stand on several lines, as the teams of a large room do.
MOST_IN_A_ROW = 4


class Question(QDialog):
    """A short question with its answers as buttons."""

    def __init__(self, parent: QWidget, title: str, text: str, options: Sequence[Option]) -> None:
        super().__init__(parent)
        self.setObjectName("questionDialog")
        self.setWindowTitle(title)
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.answer = ""
        words = text_label(text, wrap=True, name="questionText")
        is_long = len(options) > MOST_IN_A_ROW
        words.setMinimumWidth(px(560 if is_long else 380))
        self.buttons: list[QPushButton] = []
        for place, option in enumerate(options):
            kind = "danger" if option.is_danger else "primary" if place == 0 else ""
            made = button(
                option.label, f"answer_{option.key}_Button", partial(self._take, option.key), kind=kind
            )
            self.buttons.append(made)
        foot = flow(*self.buttons) if is_long else row(1, *self.buttons)
        box = column(text_label(title, "lead"), words, margins=(24, 20, 24, 16), gap=12)
        box.addSpacing(px(8))
        box.addLayout(foot)
        self.setLayout(box)
        self.buttons[0].setDefault(True)
        self.buttons[0].setFocus()

    def _take(self, key: str) -> None:
        self.answer = key
        self.accept()


class TextQuestion(QDialog):
    """Asks for one line; the button waits until something is written."""

    def __init__(self, parent: QWidget, title: str, label: str) -> None:
        super().__init__(parent)
        self.setObjectName("textQuestionDialog")
        self.setWindowTitle(title)
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.edit = LineEdit()
        self.edit.setObjectName("answerEdit")
        self.edit.enter_moves_on = False
        self.edit.setMinimumWidth(px(380))
        self.take_button = button(_("确定"), "takeButton", self.accept, kind="primary")
        self.take_button.setEnabled(False)
        self.take_button.setDefault(True)
        self.edit.textChanged.connect(lambda text: self.take_button.setEnabled(bool(text.strip())))
        box = column(
            text_label(title, "lead"),
            text_label(label, "soft", wrap=True),
            self.edit,
            margins=(24, 20, 24, 16),
            gap=10,
        )
        box.addSpacing(px(8))
        box.addLayout(row(1, self.take_button, button(_("取消"), "cancelButton", self.reject)))
        self.setLayout(box)
        self.edit.setFocus()


class WindowAsk:
    """Asks with real boxes."""

    def question(
        self,
        parent: QWidget,
        title: str,
        text: str,
        options: Sequence[Option],
        answered: Callable[[str], None],
    ) -> None:
        """Asks for one of some answers; the first is the safe one and the default; Esc answers ""."""
        box = Question(parent, title, text, options)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.finished.connect(lambda _result: answered(box.answer))
        box.open()

    def text(self, parent: QWidget, title: str, label: str, answered: Callable[[str], None]) -> None:
        """Asks for a line that must not be empty; giving up calls nothing."""
        box = TextQuestion(parent, title, label)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.accepted.connect(lambda: answered(box.edit.text().strip()))
        box.open()

    def open_file(self, parent: QWidget, title: str, kinds: str, answered: Callable[[Path], None]) -> None:
        """Asks for a file that exists; giving up calls nothing."""
        chooser = QFileDialog(parent, title, "", kinds)
        chooser.setFileMode(QFileDialog.FileMode.ExistingFile)
        self._open(chooser, answered)

    def save_file(
        self, parent: QWidget, title: str, suggested: Path, kinds: str, answered: Callable[[Path], None]
    ) -> None:
        """Asks where to write a file; giving up calls nothing."""
        chooser = QFileDialog(parent, title, str(suggested.parent), kinds)
        chooser.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        chooser.selectFile(suggested.name)
        chooser.setDefaultSuffix(suggested.suffix.lstrip("."))
        self._open(chooser, answered)

    def folder(self, parent: QWidget, title: str, answered: Callable[[Path], None]) -> None:
        """Asks for a folder that exists; giving up calls nothing."""
        chooser = QFileDialog(parent, title)
        chooser.setFileMode(QFileDialog.FileMode.Directory)
        chooser.setOption(QFileDialog.Option.ShowDirsOnly, True)
        self._open(chooser, answered)

    def _open(self, chooser: QFileDialog, answered: Callable[[Path], None]) -> None:
        chooser.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        chooser.fileSelected.connect(lambda chosen: answered(Path(chosen)) if chosen else None)
        chooser.open()
