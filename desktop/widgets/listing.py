"""What a list asks for and what it gets: plain values, no window, so that the room can answer without Qt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True)
class ListQuery:
    """Which records a list shows and in which order.

    Shape:   `where` maps a field to the value it must hold; `sort` is a field, "serial_no", or "" for newest first.
    """

    search: str = ""
    where: Mapping[str, str] = field(default_factory=dict)
    day_from: date | None = None
    day_to: date | None = None
    sort: str = ""
    descending: bool = True
    include_void: bool = True


@dataclass(frozen=True)
class ListRow:
    """One line of a list: the words of the asked fields, and what marks the whole line."""

    cells: tuple[str, ...]
    is_void: bool = False
    has_conflict: bool = False


@dataclass(frozen=True)
class ListColumn:
    """One column of a list: the field, its heading, its width in pixels at 100 %."""

    name: str
    label: str
    width: int = 120
