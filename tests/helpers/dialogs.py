"""No blocking dialog in a test: it would hang the run until somebody kills it.

A dialog opens with `open()` and a signal; questions and file choices go through `desktop/widgets/ask.py`,
which a test answers in advance. Guarding `QDialog.exec` alone is not enough: the static functions never
pass through it in Python.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, NoReturn
from unittest.mock import patch

STATIC_QUESTIONS = {
    "QMessageBox": ("about", "aboutQt", "critical", "information", "question", "warning"),
    "QFileDialog": (
        "getExistingDirectory",
        "getExistingDirectoryUrl",
        "getOpenFileName",
        "getOpenFileNames",
        "getOpenFileUrl",
        "getOpenFileUrls",
        "getSaveFileName",
        "getSaveFileUrl",
    ),
    "QInputDialog": ("getDouble", "getInt", "getItem", "getMultiLineText", "getText"),
    "QColorDialog": ("getColor",),
    "QFontDialog": ("getFont",),
}
BLOCKING_METHODS = {
    "QDialog": ("exec",),
    "QMessageBox": ("exec",),
    "QFileDialog": ("exec",),
    "QMenu": ("exec",),
}


class DialogForbidden(AssertionError):  # noqa: N818 - read as a sentence in a failing test
    """A test opened a dialog that waits for a person."""


def _refuse(name: str) -> Callable[..., NoReturn]:
    def refuse(*_arguments: Any, **_named: Any) -> NoReturn:
        raise DialogForbidden(f"{name} waits for a person; use open() or the door in desktop/widgets/ask.py")

    return refuse


@contextmanager
def dialogs_guarded() -> Iterator[None]:
    """Makes every blocking dialog of Qt raise; does nothing where no Qt widget was ever imported.

    Errors:  DialogForbidden, inside the code that opened one.
    """
    widgets = sys.modules.get("PySide6.QtWidgets")
    if widgets is None:
        yield
        return
    with ExitStack() as guards:
        for class_name, methods in BLOCKING_METHODS.items():
            owner = getattr(widgets, class_name)
            for method in methods:
                guards.enter_context(patch.object(owner, method, _refuse(f"{class_name}.{method}")))
        for class_name, functions in STATIC_QUESTIONS.items():
            owner = getattr(widgets, class_name)
            for function in functions:
                refused = staticmethod(_refuse(f"{class_name}.{function}"))
                guards.enter_context(patch.object(owner, function, refused))
        yield
