"""Everything the features bring, joined: kinds, steps, papers, ledgers, reports. Built once, by `bootstrap`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar

from sqlalchemy.orm import Session

from desktop.base.errors import RuleBroken
from desktop.base.settings import Settings
from desktop.base.text import _
from desktop.base.workdays import HolidayTable
from desktop.database.kinds import Registry
from desktop.printing.form_data import Schema
from desktop.staff.records import Step


def _never_sealed(_session: Session, _record: Any) -> str:
    return ""


@dataclass(frozen=True)
class Paper:
    """A form for one record; what stands on it is data (`resources/forms/NAME.toml`).

    Shape:   `gather(session, registry, record)` gives plain JSON under the names that `fields(registry)` tells, in the
             words of paper; `sealed(session, record)` the canonical content that was signed, empty before;
             `copies_count` among the values says how many to print.
    Errors:  `gather` raises RuleBroken with every field that the paper still lacks.
    """

    name: str
    label: str
    kind: str
    gather: Callable[[Session, Registry, Any], Mapping[str, Any]]
    fields: Callable[[Registry], Schema]
    sealed: Callable[[Session, Any], str] = _never_sealed

    @property
    def is_for_signing(self) -> bool:
        """Whether it is sealed one day: what people sign then looks like what is printed from the seal for ever."""
        return self.sealed is not _never_sealed


@dataclass(frozen=True)
class LedgerFacts:
    """What a ledger needs beyond its rows."""

    unit: str
    practice: bool
    printed_by: str
    day_from: date
    day_to: date
    today: date
    holidays: HolidayTable
    scopes: tuple[str, ...] = ()
    statistics_cut_day: int = 0


@dataclass(frozen=True)
class Ledger:
    """A register for a period. `build` gives a `LedgerSheet` (see `printing.sheets`)."""

    name: str
    label: str
    kind: str
    area: str
    build: Callable[[Session, Registry, LedgerFacts], Any]


@dataclass(frozen=True)
class Report:
    """Statistics for a month. `build` gives a JSON-ready mapping, `sheet` its paper."""

    name: str
    label: str
    area: str
    build: Callable[[Session, Registry, LedgerFacts], Mapping[str, Any]]
    sheet: Callable[[Mapping[str, Any], LedgerFacts], Any]


@dataclass(frozen=True)
class BoardItem:
    """One line of 今日: what is due, for which record, by when; `severity` is overdue, due or plain."""

    section: str
    label: str
    kind: str
    record_id: str
    due_on: date | None
    severity: str


@dataclass(frozen=True)
class BoardFacts:
    """What 今日 needs beyond the records: the day, the holidays, the settings in force, and the instant."""

    today: date
    holidays: HolidayTable
    settings: Settings
    now: datetime


BoardPart = Callable[[Session, Registry, BoardFacts], list[BoardItem]]


_Named = TypeVar("_Named", Paper, Ledger, Report)


@dataclass(frozen=True)
class Catalogue:
    """What the program can do, by name."""

    registry: Registry
    steps: tuple[Step, ...]
    papers: tuple[Paper, ...]
    ledgers: tuple[Ledger, ...]
    reports: tuple[Report, ...]
    board_parts: tuple[BoardPart, ...]

    def step(self, kind: str, name: str) -> Step:
        """Errors: RuleBroken REC-009 for an unknown step, with the known ones."""
        for step in self.steps:
            if step.kind == kind and step.name == name:
                return step
        known = "、".join(step.name for step in self.steps if step.kind == kind)
        raise RuleBroken(
            "REC-009", _("没有名为 {name} 的步骤；可用的有：{known}").format(name=name, known=known)
        )

    def paper(self, name: str) -> Paper:
        """Errors: RuleBroken PRN-010 for an unknown paper."""
        return _by_name(self.papers, name, "PRN-010", _("没有名为 {name} 的文书"))

    def ledger(self, name: str) -> Ledger:
        """Errors: RuleBroken LED-001 for an unknown ledger."""
        return _by_name(self.ledgers, name, "LED-001", _("没有名为 {name} 的台账"))

    def report(self, name: str) -> Report:
        """Errors: RuleBroken LED-002 for an unknown report."""
        return _by_name(self.reports, name, "LED-002", _("没有名为 {name} 的报表"))


def _by_name(items: tuple[_Named, ...], name: str, error_code: str, sentence: str) -> _Named:
    for item in items:
        if item.name == name:
            return item
    known = "、".join(item.name for item in items)
    # Not inside the f-string: only Python 3.12 and later would find it for the catalogue.
    offered = _("可用的有：{known}").format(known=known)
    raise RuleBroken(error_code, f"{sentence.format(name=name)}；{offered}")
