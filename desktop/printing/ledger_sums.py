"""What the numbers of a ledger add up to, by month and from the first row on."""

from __future__ import annotations

import re
from collections.abc import Sequence

from desktop.base.money import format_yuan
from desktop.printing.sheets import LedgerColumn, Sums

_MONTH = re.compile(r"(\d{4})\D(\d{1,2})(?!\d)")
_NUMBER = re.compile(r"[-\N{MINUS SIGN}]?(?:\d+|\d{1,3}(?:,\d{3})+)(?:\.\d{1,2})?")


def month_of(day: str) -> tuple[int, int] | None:
    """Year and month of a date as it stands in a ledger, None where there is none."""
    found = _MONTH.match(day)
    return (int(found[1]), int(found[2])) if found else None


def amount_of(cell: str, sums: Sums) -> int:
    """What a cell adds: a whole number, or fen. An empty one and a dash add nothing.

    Errors:  ValueError for a cell that is no number: a sum that leaves it out would be wrong.
    """
    text = cell.strip()
    if text in {"", "-", "—", "–", "/"}:
        return 0
    if not _NUMBER.fullmatch(text):
        raise ValueError(f"{cell!r} stands in a column that is summed")
    negative = text[0] in "-\N{MINUS SIGN}"
    whole, _dot, rest = text.lstrip("-\N{MINUS SIGN}").replace(",", "").partition(".")
    value = int(whole)
    if sums == "yuan":
        value = value * 100 + int(rest.ljust(2, "0") or 0)
    elif rest.strip("0"):
        raise ValueError(f"{cell!r} is no whole number")
    return -value if negative else value


def shown(value: int, sums: Sums) -> str:
    """A sum as it is printed."""
    return format_yuan(value) if sums == "yuan" else str(value)


class Running:
    """Sums of the columns that have them, and how many rows they were made of."""

    def __init__(self, columns: Sequence[LedgerColumn], opening: Sequence[str] | None = None) -> None:
        self._columns = {place: column.sums for place, column in enumerate(columns) if column.sums}
        self._totals = dict.fromkeys(self._columns, 0)
        self.count = 0
        if opening is not None:
            self._add(opening)

    def add(self, cells: Sequence[str]) -> None:
        """Counts a row and adds its numbers."""
        self.count += 1
        if self._columns:
            self._add(cells)

    def _add(self, cells: Sequence[str]) -> None:
        for place, sums in self._columns.items():
            self._totals[place] += amount_of(cells[place], sums)

    def words(self) -> dict[int, str]:
        """The sums as printed, by column."""
        return {place: shown(self._totals[place], sums) for place, sums in self._columns.items()}
