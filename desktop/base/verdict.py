"""What a check of one entered value says: fine, look again, or not accepted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Level = Literal["ok", "warn", "block"]


@dataclass(frozen=True)
class Verdict:
    """The answer of a check, with a stable code and a sentence to stand beside the field.

    Shape:   `code` and `message` are empty when the level is "ok"; "warn" never stops a save, "block" always does.
    """

    level: Level
    code: str = ""
    message: str = ""

    @property
    def is_ok(self) -> bool:
        """Nothing is to be said."""
        return self.level == "ok"

    @property
    def is_blocked(self) -> bool:
        """The value must not be saved."""
        return self.level == "block"


OK = Verdict("ok")


def warn(code: str, message: str) -> Verdict:
    """Something to look at again; saving stays possible."""
    return Verdict("warn", code, message)


def block(code: str, message: str) -> Verdict:
    """Something that must not be saved."""
    return Verdict("block", code, message)
