"""Registers and the month's figures as sheets, from frozen values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from desktop.base.money import format_yuan
from desktop.database.fields import Field, FieldType
from desktop.database.kinds import Registry
from desktop.database.values import words
from desktop.ledgers import rules
from desktop.ledgers.registers import Declared, Made, Register
from desktop.ledgers.store import Page
from desktop.printing.sheets import Align, LedgerColumn, LedgerSheet
from desktop.staff.catalogue import LedgerFacts

VOID = "作废"
NUMBER_MM, NOTE_MM = 8.0, 16.0
REPORT_SIGNERS = ("填报单位（盖章）", "负责人", "填报人", "日期")
REPORT_COLUMNS = (
    LedgerColumn("类别", 26),
    LedgerColumn("指标", 76),
    LedgerColumn("单位", 14, "center"),
    LedgerColumn("本期", 34, "right"),
    LedgerColumn("上期", 28, "right"),
    LedgerColumn("环比", 28, "right"),
    LedgerColumn("上年同期", 28, "right"),
    LedgerColumn("同比", 28, "right"),
)


# -- sheets --------------------------------------------------------------------------------------------------------


def register_sheet(register: Register, page: Page, facts: LedgerFacts, registry: Registry) -> LedgerSheet:
    """A register for a period: numbered lines, void ones marked with their reason, sums in the last row."""
    columns = [_resolved(column, registry.kind(register.kind).fields) for column in register.columns]
    rows = []
    for number, line in enumerate(page.lines, 1):
        cells = [column.cell(line, page) for column in columns]
        rows.append((_number(number, line), *cells, _note(register, line, page)))
    live = [line for line in page.lines if not line.is_void]
    return LedgerSheet(
        title=f"{facts.unit}{register.label}",
        unit="",
        period=rules.period_words(facts.day_from, facts.day_to),
        columns=(
            LedgerColumn("序号", NUMBER_MM, "center"),
            *(LedgerColumn(column.label, column.width_mm, column.align) for column in columns),
            LedgerColumn("备注", NOTE_MM),
        ),
        rows=rows,
        totals=_totals(columns, live, page) if live else None,
        footnotes=_footnotes(page, live),
        practice=facts.practice,
    )


def _resolved(column: Declared | Made, fields: Mapping[str, Field]) -> Made:
    if isinstance(column, Made):
        return column
    field = fields[column.name]
    align: Align = "center" if field.type is FieldType.DATE else column.align
    return Made(
        column.label or field.label,
        column.width_mm or field.ledger_mm or NOTE_MM,
        lambda line, page: words(field, getattr(line, column.name), page.wording),
        align,
    )


def _number(number: int, line: Any) -> str:
    return f"{number}\n{VOID}" if line.is_void else str(number)


def _note(register: Register, line: Any, page: Page) -> str:
    note = getattr(line, register.note) or "" if register.note else ""
    if not line.is_void:
        return note
    line_id = getattr(line, "known_id", "") or line.id
    reason = page.void_reasons.get(line_id, "")
    return f"{VOID}：{reason}" if reason else VOID


def _totals(columns: Sequence[Made], lines: Sequence[Any], page: Page) -> tuple[str, ...] | None:
    if not any(column.total for column in columns):
        return None
    sums = [
        "" if column.total is None else column.shown(sum(column.total(line, page) for line in lines))
        for column in columns
    ]
    return ("合计", *sums, "")


def _footnotes(page: Page, live: Sequence[Any]) -> tuple[str, ...]:
    void_count = len(page.lines) - len(live)
    counted = f"本期共{len(live)}条"
    return (f"{counted}；另有作废{void_count}条，编号保留，不计入合计。" if void_count else f"{counted}。",)


# -- the month's figures -------------------------------------------------------------------------------------------


def report_sheet(report: Mapping[str, Any], facts: LedgerFacts) -> LedgerSheet:
    """The month's figures: counts with their comparisons, splits of disputes, rates with their formulas."""
    return LedgerSheet(
        title=f"{facts.unit}基础工作月报{'（预报）' if report['is_partial'] else ''}",
        unit="",
        period=report["period"],
        columns=REPORT_COLUMNS,
        rows=[*_figure_rows(report), *_split_rows(report), *_rate_rows(report)],
        footnotes=tuple(_rate_note(one) for one in report["rates"]),
        signers=REPORT_SIGNERS,
        practice=facts.practice,
    )


def _figure_rows(report: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    for section in report["sections"]:
        for place, one in enumerate(section["figures"]):
            value, previous, last_year = (
                amount_words(one["key"], one[name]) for name in ("value", "previous", "last_year")
            )
            head = section["label"] if place == 0 else ""
            yield (
                *(head, one["label"], one["unit"], value),
                *(previous, one["month_on_month"], last_year, one["year_on_year"]),
            )


def _split_rows(report: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    for split in report["groups"]:
        heads = "/".join(column["label"] for column in split["columns"])
        for place, one in enumerate(split["rows"]):
            head = f"按{split['label']}" if place == 0 else ""
            told = " / ".join(map(str, one["values"]))
            yield (head, f"{one['label']}（{heads}）", "件", told, "", "", "", "")


def _rate_rows(report: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    for place, one in enumerate(report["rates"]):
        head = "比率" if place == 0 else ""
        yield (
            head,
            f"{one['id']} {one['name']}",
            "",
            one["value"],
            one["previous"],
            one["difference"],
            "",
            "",
        )


def amount_words(key: str, value: int) -> str:
    """A figure as printed: money in yuan, minutes as hours with one decimal, else the number."""
    if key.endswith("_fen"):
        return format_yuan(value)
    if key.endswith("_minutes"):
        tenths = (value * 10 + 30) // 60
        return f"{tenths // 10}.{tenths % 10}"
    return str(value)


def _rate_note(rate: Mapping[str, Any]) -> str:
    counted = f"{rate['numerator']}/{rate['denominator']}"
    return f"{rate['id']}（第{rate['version']}版）{rate['name']}＝{rate['formula']}；本期{counted}。"
