"""Registers and the month's figures as sheets, from frozen values."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from desktop.base.money import format_yuan
from desktop.base.names import mask_name
from desktop.base.phones import mask_phone
from desktop.database.fields import Field, FieldType
from desktop.database.kinds import Registry
from desktop.database.values import words
from desktop.ledgers import books, rules
from desktop.ledgers.registers import Declared, Made, Register
from desktop.ledgers.store import Page
from desktop.printing.sheets import Align, LedgerBook, LedgerColumn, LedgerGrid, LedgerSheet, RedRow, Sums
from desktop.staff.catalogue import LedgerFacts

VOID = "作废"
NOTICE = "（公示）"
_PHONE = re.compile(r"(?<!\d)(?:1\d{10}|0\d{2,3}-?\d{7,8})(?!\d)")
_IDENTITY_NUMBER = re.compile(r"(?<!\d)\d{17}[\dXx](?!\d)")
NUMBER_MM, NOTE_MM = 8.0, 16.0
REPORT_SIGNERS = ("填报单位（盖章）", "单位负责人", "填报人", "电话", "日期")
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
    columns = _all_resolved(register, registry)
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
            *(_paper_column(column) for column in columns),
            LedgerColumn("备注", NOTE_MM),
        ),
        rows=rows,
        totals=_totals(columns, live, page) if live else None,
        footnotes=_footnotes(page, live),
        practice=facts.practice,
    )


def notice_sheet(register: Register, page: Page, facts: LedgerFacts, registry: Registry) -> LedgerSheet:
    """A register as it may hang on a notice board: surnames only, no addresses, numbers or free words, nothing void.

    Source:  Personal Information Protection Law art. 25; DOMAIN 6.1, 6.5.
    """
    columns = [one for one in _all_resolved(register, registry) if one.notice != "omit"]
    live = [line for line in page.lines if not line.is_void]
    rows = [
        (str(number), *(_on_notice(column, line, page) for column in columns))
        for number, line in enumerate(live, 1)
    ]
    return LedgerSheet(
        title=f"{facts.unit}{register.label}{NOTICE}",
        unit="",
        period=rules.period_words(facts.day_from, facts.day_to),
        columns=(
            LedgerColumn("序号", NUMBER_MM, "center"),
            *(_paper_column(column) for column in columns),
        ),
        rows=rows,
        footnotes=(f"本期共{len(live)}条。姓名、电话已隐去，详细内容不公示；有疑问请到警务室查询。",),
        signers=("公示单位（盖章）", "公示日期"),
        practice=facts.practice,
    )


def _on_notice(column: Made, line: Any, page: Page) -> str:
    if callable(column.notice):
        shown = column.notice(line, page)
    else:
        shown = column.cell(line, page)
        if column.notice == "mask":
            shown = "、".join(mask_name(one) for one in shown.split("、"))
    return _PHONE.sub(lambda found: mask_phone(found[0]), _IDENTITY_NUMBER.sub("*" * 18, shown))


def _all_resolved(register: Register, registry: Registry) -> list[Made]:
    fields = registry.kind(register.kind).fields
    day = registry.kind(register.kind).info.day
    return [_resolved(column, fields, day) for column in register.columns]


def _resolved(column: Declared | Made, fields: Mapping[str, Field], day: str) -> Made:
    if isinstance(column, Made):
        return column
    field = fields[column.name]
    align: Align = "center" if field.type is FieldType.DATE else column.align
    return Made(
        column.label or field.label,
        column.width_mm or field.ledger_mm or NOTE_MM,
        lambda line, page: words(field, getattr(line, column.name), page.wording),
        align,
        moves=column.moves,
        notice=column.notice,
        group=column.group,
        is_under=column.is_under,
        is_name=column.is_name,
        is_day=column.name == day,
    )


def _paper_column(column: Made, sums: Sums = "") -> LedgerColumn:
    return LedgerColumn(
        column.label,
        column.width_mm,
        column.align,
        group=column.group,
        is_under=column.is_under,
        is_name=column.is_name,
        sums=sums,
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


# -- bound books ---------------------------------------------------------------------------------------------------

RED_NOTE = "红字行更正以前各行，“续记”行补记其后的办理情况；这些行的数字是前后之差，合计因此与现状一致。"


@dataclass(frozen=True)
class BookPages:
    """What is to be known of a volume to set its pages."""

    unit: str
    practice: bool
    print_mark: str
    year: int
    volume_no: int
    first_page: int
    paper: str
    is_open: bool
    grid: LedgerGrid | None = None
    opening: tuple[int, ...] | None = None


def book_columns(register: Register, registry: Registry) -> books.Columns:
    """What a book must know of the columns of a register."""
    columns = _all_resolved(register, registry)
    return books.Columns(
        labels=(*(column.label for column in columns), "备注"),
        sums=(*(_sums(column) for column in columns), ""),
        moving=frozenset(at for at, column in enumerate(columns) if column.moves),
        day=next(at for at, column in enumerate(columns) if column.is_day),
    )


def _sums(column: Made) -> Sums:
    if column.total is None or column.shown not in (str, format_yuan):
        return ""
    return "yuan" if column.shown is format_yuan else "number"


def book_lines(
    register: Register, page: Page, registry: Registry, stamps: Mapping[str, str]
) -> list[books.Line]:
    """The records of a register as lines of a book."""
    columns = _all_resolved(register, registry)
    day = registry.kind(register.kind).info.day
    found = []
    for line in page.lines:
        line_id = str(getattr(line, "known_id", "") or line.id)
        values = (*(column.cell(line, page) for column in columns), _note(register, line, page))
        found.append(
            books.Line(line_id, getattr(line, day), stamps.get(line_id, ""), values, bool(line.is_void))
        )
    return found


def book_sheet(
    register: Register, registry: Registry, entries: Sequence[books.Entry], told: BookPages
) -> LedgerSheet:
    """The pages of a volume: months with their sums, pages that carry forward, corrections in red."""
    columns = _all_resolved(register, registry)
    facts = book_columns(register, registry)
    opening = None
    if told.opening is not None:
        sums = zip(told.opening, facts.sums, strict=True)
        opening = ("", *(books.shown_amount(value, kind) if kind else "" for value, kind in sums))
    has_others = any(entry.kind != "row" for entry in entries)
    return LedgerSheet(
        title=f"{told.unit}{register.label}",
        unit="",
        period=f"{told.year}年",
        columns=(
            LedgerColumn("序号", NUMBER_MM, "center"),
            *(_paper_column(column, _sums(column)) for column in columns),
            LedgerColumn("备注", 2 * NOTE_MM),
        ),
        rows=[RedRow(one.shown) if one.kind in books.RED else one.shown for one in entries],
        footnotes=(RED_NOTE,) if has_others and not told.is_open else (),
        practice=told.practice,
        print_mark=told.print_mark,
        paper="A3" if told.paper == "A3" else "A4",
        month_column=facts.day + 1,
        book=LedgerBook(
            volume=f"第{told.volume_no}册",
            first_page=told.first_page,
            is_open=told.is_open,
            opening=opening,
            carries=any(facts.sums),
            fills_page=not told.is_open,
        ),
        grid=told.grid,
    )


def widest_row(columns: books.Columns) -> tuple[str, ...]:
    """A line whose numbers are as long as a year brings, so that the widths of a book fit what is still to come."""
    widest = {"yuan": "1,000,000.00", "number": "1000", "": ""}
    return ("10000", *(widest[sums] for sums in columns.sums))


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
        for one in section["figures"]:
            value, previous, last_year = (
                amount_words(one["key"], one[name]) for name in ("value", "previous", "last_year")
            )
            # On every line: a page that turns inside a section must still say which.
            yield (
                *(section["label"], one["label"], one["unit"], value),
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
