"""The registers and the month's report, ready for the catalogue; the doors of the pages 台账 and 统计."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from sqlalchemy.orm import Session

from desktop.base.rates import point_difference, rate, year_on_year
from desktop.base.text import N_
from desktop.database.kinds import Registry
from desktop.ledgers import pdf, registers, rules, store
from desktop.ledgers.rules import Facts, Figure, Span
from desktop.printing.sheets import LedgerSheet
from desktop.staff.catalogue import Ledger, LedgerFacts, Report


def build_register(
    register: registers.Register, session: Session, registry: Registry, facts: LedgerFacts
) -> LedgerSheet:
    """One register for a period as a sheet."""
    if register.is_gathered:
        page = store.load_mediation_page(session, registry, register.kind, facts)
    else:
        page = store.load_page(session, registry, register.kind, register.fields, register.besides, facts)
    return pdf.register_sheet(register, page, facts, registry)


def build_monthly(session: Session, registry: Registry, facts: LedgerFacts) -> Mapping[str, Any]:
    """The month's figures with the month before and the same month a year before.

    Shape:   JSON-ready. `counts` maps each figure's key to its number; `sections`, `groups` and `rates` hold the same
             in the order of the paper. Amounts in fen, durations in minutes. A month that still runs is counted up to
             today and compared with the same days (`is_partial`).
    """
    span = rules.counted_span(facts.day_from, facts.day_to, facts.today)
    spans = (span, rules.previous_span(span), rules.last_year_span(span))
    read = [store.load_facts(session, registry, one, facts.scopes) for one in spans]
    return {
        "report": "monthly",
        "version": rules.REPORT_VERSION,
        "unit": facts.unit,
        "period": rules.period_words(facts.day_from, facts.day_to),
        "from": span.first.isoformat(),
        "to": span.last.isoformat(),
        "is_partial": facts.day_to >= facts.today,
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
