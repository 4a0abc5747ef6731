"""Answers given in advance to the questions that windows ask."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtWidgets import QWidget

from desktop.widgets.ask import Option


class AnsweredAsk:
    """Satisfies `desktop.widgets.ask.Ask`; an unexpected question fails the test, and so does an unused answer."""

    def __init__(self) -> None:
        self._answers: deque[str | Path | None] = deque()
        self.asked: list[str] = []

    def answer(self, *answers: str | Path | None) -> None:
        """Gives the next answers; None gives up."""
        self._answers.extend(answers)

    @property
    def left(self) -> int:
        """How many answers nobody has asked for."""
        return len(self._answers)

    def _next(self, title: str) -> str | Path | None:
        self.asked.append(title)
        assert self._answers, f"nobody expected to be asked: {title}"
        return self._answers.popleft()

    def question(
        self,
        parent: QWidget,
        title: str,
        text: str,
        options: Sequence[Option],
        answered: Callable[[str], None],
    ) -> None:
        """Answers with one of the offered keys."""
        key = self._next(text)
        assert key in {option.key for option in options} | {""}, f"{key} is not offered"
        answered(str(key))

    def text(self, parent: QWidget, title: str, label: str, answered: Callable[[str], None]) -> None:
        """Answers with a text."""
        words = self._next(title)
        if words is not None:
            answered(str(words))

    def open_file(self, parent: QWidget, title: str, kinds: str, answered: Callable[[Path], None]) -> None:
        """Answers with a path."""
        self._path(title, answered)

    def save_file(
        self, parent: QWidget, title: str, suggested: Path, kinds: str, answered: Callable[[Path], None]
    ) -> None:
        """Answers with a path."""
        self._path(title, answered)

    def folder(self, parent: QWidget, title: str, answered: Callable[[Path], None]) -> None:
        """Answers with a path."""
        self._path(title, answered)

    def _path(self, title: str, answered: Callable[[Path], None]) -> None:
        path = self._next(title)
        if path is not None:
            answered(Path(path))
