"""A register or report as a table for Excel and WPS: the same cells as on paper."""

from __future__ import annotations

import re
from pathlib import Path

from desktop.base.xlsx import Column, ColumnKind, Value, write_xlsx
from desktop.printing.sheets import LedgerSheet

_WHOLE = re.compile(r"-?\d{1,15}")
_MONEY = re.compile(r"-?[\d,]{1,19}\.\d\d")


def write_ledger_xlsx(sheet: LedgerSheet, path: Path) -> None:
    """A register or report as a table: the same cells as on paper, counts and amounts as numbers.

    Errors:  EnvironmentFault ENV-0xx when the file cannot be written.
    """
    kinds = [_column_kind(sheet, place) for place in range(len(sheet.columns))]
    columns = [
        Column(column.label, max(6.0, column.width_mm / 1.9), kind)
        for column, kind in zip(sheet.columns, kinds, strict=True)
    ]
    rows = [*sheet.each_row(), *([sheet.totals] if sheet.totals is not None else [])]
    write_xlsx(
        path,
        sheet.period,
        columns,
        [[_xlsx_cell(cell, kind) for cell, kind in zip(row, kinds, strict=True)] for row in rows],
        [f"{sheet.title}{'（演练）' if sheet.practice else ''}", sheet.period],
        foot_lines=[*sheet.footnotes, "　　".join(f"{signer}：" for signer in sheet.signers)],
    )


def _column_kind(sheet: LedgerSheet, place: int) -> ColumnKind:
    """Numbers only where every cell of a right-aligned column is one; everything else stays text."""
    if sheet.columns[place].align != "right":
        return "long_text"
    cells = [row[place] for row in sheet.each_row() if row[place]]
    if cells and all(_WHOLE.fullmatch(cell) for cell in cells):
        return "number"
    return "money" if cells and all(_MONEY.fullmatch(cell) for cell in cells) else "text"


def _xlsx_cell(cell: str, kind: ColumnKind) -> Value:
    if kind == "number" and _WHOLE.fullmatch(cell):
        return int(cell)
    if kind == "money" and _MONEY.fullmatch(cell):
        return int(cell.replace(",", "").replace(".", ""))
    # On paper a number is broken after the room's code; in a table it stays whole.
    return cell.replace("-\n", "-") or None
