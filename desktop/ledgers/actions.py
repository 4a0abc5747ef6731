"""The registers and the month's report, ready for the catalogue; the doors of the pages 台账 and 统计."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from desktop.audit.trail import Deed
from desktop.base.errors import RuleBroken
from desktop.base.paths import write_file
from desktop.base.rates import point_difference, rate, year_on_year
from desktop.base.text import N_, _
from desktop.database.kinds import Registry
from desktop.ledgers import pdf, registers, rules, store, volumes
from desktop.ledgers.rules import Facts, Figure, Span
from desktop.ledgers.xlsx import write_ledger_xlsx
from desktop.printing.sheets import LedgerSheet
from desktop.staff.catalogue import Ledger, LedgerFacts, Report
from desktop.staff.office import Office


def build_register(
    register: registers.Register, session: Session, registry: Registry, facts: LedgerFacts
) -> LedgerSheet:
    """One register for a period as a sheet."""
    page = store.load_register_page(session, registry, register, facts)
    return pdf.register_sheet(register, page, facts, registry)


def build_monthly(session: Session, registry: Registry, facts: LedgerFacts) -> Mapping[str, Any]:
    """The month's figures with the month before and the same month a year before.

    Shape:   JSON-ready. `counts` maps each figure's key to its number; `sections`, `groups` and `rates` hold the same
             in the order of the paper. Amounts in fen, durations in minutes. A month that still runs is counted up to
             today and compared with the same days (`is_partial`).
    """
    cut_day = facts.statistics_cut_day
    asked = rules.asked_span(facts.day_from, facts.day_to, cut_day)
    span = rules.counted_span(asked.first, asked.last, facts.today)
    spans = (span, rules.previous_span(span, cut_day), rules.last_year_span(span, cut_day))
    read = [store.load_facts(session, registry, one, facts.scopes, holidays=facts.holidays) for one in spans]
    return {
        "report": "monthly",
        "version": rules.REPORT_VERSION,
        "unit": facts.unit,
        "period": rules.period_words(asked.first, asked.last, cut_day),
        "from": span.first.isoformat(),
        "to": span.last.isoformat(),
        "is_partial": asked.last >= facts.today,
        "compared_with": {
            name: {"from": one.first.isoformat(), "to": one.last.isoformat()}
            for name, one in zip(("previous", "last_year"), spans[1:], strict=True)
        },
        "counts": {figure.key: rules.count(figure, read[0], span) for figure in rules.FIGURES},
        "sections": _sections(read, spans),
        "groups": [_split(grouping, registry, read[0], span) for grouping in rules.GROUPINGS],
        "rates": [_rate(one, read, spans) for one in rules.RATES],
    }


def _sections(read: list[Facts], spans: tuple[Span, ...]) -> list[dict[str, Any]]:
    return [
        {
            "key": key,
            "label": label,
            "figures": [_figure(one, read, spans) for one in rules.FIGURES if one.section == key],
        }
        for key, label in rules.SECTIONS.items()
    ]


def _figure(figure: Figure, read: list[Facts], spans: tuple[Span, ...]) -> dict[str, Any]:
    value, previous, last_year = (
        rules.count(figure, facts, span) for facts, span in zip(read, spans, strict=True)
    )
    return {
        "key": figure.key,
        "label": figure.label,
        "unit": figure.unit,
        "kind": figure.kind,
        "value": value,
        "previous": previous,
        "last_year": last_year,
        "month_on_month": year_on_year(value, previous),
        "year_on_year": year_on_year(value, last_year),
    }


def _split(grouping: rules.Grouping, registry: Registry, facts: Facts, span: Span) -> dict[str, Any]:
    """Disputes by one list of codes; codes of rows that the list does not know come last, none is lost."""
    figures = [rules.BY_KEY[f"disputes.{column}"] for column in grouping.columns]
    picked = [rules.picked(figure, facts, span) for figure in figures]
    labels = dict(registry.codes.of(grouping.codes))
    for rows in picked:
        for row in rows:
            code = row.group.get(grouping.key, "")
            labels.setdefault(code, code or "未填")
    return {
        "key": grouping.key,
        "label": grouping.label,
        "columns": [{"key": figure.key, "label": figure.label} for figure in figures],
        "rows": [
            {
                "code": code,
                "label": label,
                "keys": [rules.group_key(grouping, code, column) for column in grouping.columns],
                "values": [
                    rules.measured(figure, [row for row in rows if row.group.get(grouping.key, "") == code])
                    for figure, rows in zip(figures, picked, strict=True)
                ],
            }
            for code, label in labels.items()
        ],
        "totals": [rules.measured(figure, rows) for figure, rows in zip(figures, picked, strict=True)],
    }


def _rate(one: rules.Rate, read: list[Facts], spans: tuple[Span, ...]) -> dict[str, Any]:
    parts = [
        tuple(rules.count(rules.BY_KEY[key], facts, span) for key in (one.numerator, one.denominator))
        for facts, span in zip(read, spans, strict=True)
    ]
    (above, below), (above_before, below_before) = parts[0], parts[1]
    return {
        "id": one.id,
        "version": one.version,
        "name": one.label,
        "formula": one.formula,
        "numerator_key": one.numerator,
        "denominator_key": one.denominator,
        "numerator": above,
        "denominator": below,
        "value": rate(above, below),
        "previous": rate(above_before, below_before),
        "difference": point_difference((above, below), (above_before, below_before)),
    }


LEDGERS: tuple[Ledger, ...] = tuple(
    Ledger(register.name, register.label, register.kind, register.area, partial(build_register, register))
    for register in registers.REGISTERS
)

REPORTS: tuple[Report, ...] = (
    Report("monthly", N_("基础工作月报"), "visits", build_monthly, pdf.report_sheet),
)


GUARDS = volumes.GUARDS


def notice_sheet(room: Office, name: str, facts: LedgerFacts) -> LedgerSheet:
    """A register for the notice board, noted in the audit.

    Errors:  RuleBroken LED-001, LED-020 for a register that nobody may hang out; Refused STF-001.
    """
    register = volumes.register_of(name)
    room.actor.require(register.area, "P")
    if not register.is_for_notice:
        raise RuleBroken("LED-020", _("这本台账涉及当事人的纠纷，不能公示"))
    with room.reading() as session:
        page = store.load_register_page(session, room.registry, register, facts)
        sheet = pdf.notice_sheet(register, page, facts, room.registry)
    room.note(Deed("notice", name, facts=(("from", str(facts.day_from)), ("to", str(facts.day_to)))))
    return replace(sheet, print_mark=room.print_mark())


# -- doors of the pages, called on the database thread --------------------------------------------------------------

MOST_ROWS = 500
"""Rows behind a figure that a page lists; more are counted and found in the register."""


@dataclass(frozen=True)
class RowsBehind:
    """What a figure was counted from: the kind, all ids, and the first of them in words."""

    kind: str
    ids: tuple[str, ...]
    words: tuple[str, ...]


def read_report(room: Office, span: Span) -> Mapping[str, Any]:
    """The month's figures."""
    return room.report("monthly", room.ledger_facts(span.first, span.last))


def read_rows_behind(room: Office, key: str, span: Span) -> RowsBehind:
    """The rows behind one figure, in words.

    Errors:  RuleBroken LED-004 for an unknown figure; Refused STF-001 for rows that the person may not read.
    """
    with room.reading() as session:
        kind_name, ids = store.rows_behind(
            session, room.registry, key, room.ledger_facts(span.first, span.last)
        )
    kind = room.registry.kind(kind_name)
    room.actor.require(kind.info.area, "R")
    listed = sorted(
        (field for field in kind.fields.values() if field.list_order), key=lambda field: field.list_order
    )
    names = [*(["serial_no"] if kind.info.letter else []), *(field.name for field in listed)][:6]
    rows = room.rows(kind_name, ids[:MOST_ROWS], names)
    return RowsBehind(kind_name, tuple(ids), tuple("　".join(cell for cell in row if cell) for row in rows))


def report_sheet(room: Office, span: Span) -> LedgerSheet:
    """The month's report as a sheet, noted in the audit. Errors: Refused STF-001."""
    facts = room.ledger_facts(span.first, span.last)
    report = room.catalogue.report("monthly")
    room.actor.require(report.area, "P")
    sheet: LedgerSheet = report.sheet(read_report(room, span), facts)
    room.note(Deed("report", "monthly", facts=(("from", str(span.first)), ("to", str(span.last)))))
    return replace(sheet, print_mark=room.print_mark())


def export_sheet(room: Office, sheet: LedgerSheet, area: str, path: Path) -> None:
    """Writes a register or report to a file that leaves the room: xlsx, or PDF by the name's ending.

    Errors:  Refused STF-001; EnvironmentFault ENV-0xx.
    """
    room.actor.require(area, "X")
    if path.suffix.lower() == ".pdf":
        write_file(path, room.ledger_pdf(sheet), doing=_("保存PDF"))
    else:
        write_ledger_xlsx(sheet, path)
    room.note(Deed("export", sheet.title, facts=(("period", sheet.period),)))
