"""Reading registers and figures: a few statements for any number of rows, over the declared kinds.

Only columns are read, no records: a register of twenty thousand rows stays a matter of a second or two, and nothing
mapped leaves the database thread.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field as dataclass_field
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from desktop.base.clock import local_day
from desktop.base.errors import RuleBroken
from desktop.base.text import _
from desktop.base.workdays import HolidayTable
from desktop.database.fields import FieldType
from desktop.database.kinds import Kind, Registry
from desktop.database.values import Wording
from desktop.ledgers import rules
from desktop.ledgers.rules import Facts, Span
from desktop.mediation import rules as mediation_rules, store as mediation
from desktop.mediation.dispute_types import mediation_type
from desktop.orders import rules as order_rules, store as orders
from desktop.patrol import rules as patrol_rules
from desktop.staff.catalogue import LedgerFacts

# Fewer than any server takes as parameters of one statement.
_PART = 5000
# An agreement is performed and followed up within this time, or it is counted no more.
_LONGEST_AGREEMENT = timedelta(days=3 * 366)
_HOUSEHOLD_TYPES = frozenset({"01", "06", "07"})

Grouped = Mapping[str, list[Any]]


@dataclass(frozen=True)
class Inward:
    """Rows that name the lines of a register: children of a line, or what grew from it.

    Shape:   `link` is their field, `key` the line's field that it names; `where` narrows them by other fields.
    """

    name: str
    kind: str
    link: str
    fields: tuple[str, ...]
    key: str = "known_id"
    where: Mapping[str, str] = dataclass_field(default_factory=dict)


@dataclass(frozen=True)
class Outward:
    """Records that the lines of a register name in one of their fields."""

    name: str
    kind: str
    link: str
    fields: tuple[str, ...]


@dataclass(frozen=True)
class Page:
    """The lines of a register for a period with everything that is needed to write them in words."""

    lines: Sequence[Any]
    wording: Wording
    today: date
    void_reasons: Mapping[str, str] = dataclass_field(default_factory=dict)
    inward: Mapping[str, Grouped] = dataclass_field(default_factory=dict)
    outward: Mapping[str, Mapping[str, Any]] = dataclass_field(default_factory=dict)

    def rows_of(self, name: str, key: str | None) -> list[Any]:
        """The rows that name a line."""
        return self.inward[name].get(key or "", [])

    def record_of(self, name: str, record_id: str | None) -> Any:
        """The record that a line names; None when it is not here."""
        return self.outward[name].get(record_id or "")

    def title(self, kind: str, record_id: str | None) -> str:
        """How a linked record is called."""
        return self.wording.link_titles.get((kind, record_id or ""), "")

    def label(self, codes: str, code: str | None) -> str:
        """The label of a code."""
        return self.wording.codes.label(codes, code)


# -- reading columns -----------------------------------------------------------------------------------------------


def _known(table: Any) -> Any:
    return func.coalesce(table.root_id, table.id)


def _columns(kind: Kind, fields: Iterable[str]) -> Select[Any]:
    """Some fields of a kind, without rows that a correction replaced or that were taken out of their parent."""
    table: Any = kind.table
    own = ("id", "scope", "serial_no", "is_void", "void_reason")
    columns = [getattr(table, name) for name in dict.fromkeys([*own, *fields])]
    return select(_known(table).label("known_id"), *columns).where(
        table.is_deleted.isnot(True), table.is_superseded.isnot(True)
    )


def _scoped(statement: Select[Any], kind: Kind, scopes: Sequence[str]) -> Select[Any]:
    table: Any = kind.table
    return statement.where(table.scope.in_(scopes)) if scopes else statement


def _parts(ids: Iterable[str | None]) -> list[list[str]]:
    wanted = sorted({one for one in ids if one})
    return [wanted[start : start + _PART] for start in range(0, len(wanted), _PART)]


def find_by_id(
    session: Session, registry: Registry, kind_name: str, ids: Iterable[str | None], fields: Iterable[str]
) -> dict[str, Any]:
    """Records by the id by which others know them, void ones too: what was named must be told."""
    kind = registry.kind(kind_name)
    table: Any = kind.table
    key = table.root_id if kind.info.insert_only else table.id
    wanted = tuple(fields)
    return {
        row.known_id: row
        for part in _parts(ids)
        for row in session.execute(_columns(kind, wanted).where(key.in_(part)))
    }


def find_by_link(
    session: Session, registry: Registry, inward: Inward, ids: Iterable[str | None]
) -> dict[str, list[Any]]:
    """Rows by the record that they name, in the order they were entered; void ones are left out."""
    kind = registry.kind(inward.kind)
    table: Any = kind.table
    statement = _columns(kind, [*inward.fields, inward.link]).where(table.is_void.isnot(True))
    for name, value in inward.where.items():
        statement = statement.where(getattr(table, name) == value)
    found: dict[str, list[Any]] = {}
    for part in _parts(ids):
        rows = session.execute(statement.where(getattr(table, inward.link).in_(part)).order_by(table.id))
        for row in rows:
            found.setdefault(getattr(row, inward.link), []).append(row)
    return found


def load_page(  # noqa: PLR0917 - what a register reads
    session: Session,
    registry: Registry,
    kind_name: str,
    fields: Sequence[str],
    besides: Sequence[Inward | Outward],
    facts: LedgerFacts,
) -> Page:
    """The lines of one register, oldest first, in their newest version, with what stands beside them."""
    kind = registry.kind(kind_name)
    table: Any = kind.table
    day = getattr(table, kind.info.day)
    statement = _columns(kind, [*fields, kind.info.day]).where(day.between(facts.day_from, facts.day_to))
    lines = session.execute(_scoped(statement, kind, facts.scopes).order_by(day, table.id)).all()
    inward: dict[str, Grouped] = {}
    outward: dict[str, Mapping[str, Any]] = {}
    for one in besides:
        if isinstance(one, Inward):
            inward[one.name] = find_by_link(session, registry, one, (getattr(row, one.key) for row in lines))
        else:
            outward[one.name] = find_by_id(session, registry, one.kind, _named(lines, one.link), one.fields)
    titles = _titles(session, registry, _links(registry, kind, lines))
    for beside in besides:
        if isinstance(beside, Inward):
            rows = [row for group in inward[beside.name].values() for row in group]
        else:
            rows = list(outward[beside.name].values())
        titles |= _titles(session, registry, _links(registry, registry.kind(beside.kind), rows))
    reasons = {row.known_id: row.void_reason or "" for row in lines if row.is_void}
    return Page(lines, Wording(registry.codes, titles), facts.today, reasons, inward, outward)


def _named(rows: Iterable[Any], link: str) -> Iterable[str | None]:
    """The ids that a link, or a field of several links, names."""
    for row in rows:
        value = getattr(row, link)
        yield from value if isinstance(value, list) else (value,)


def _links(registry: Registry, kind: Kind, rows: Sequence[Any]) -> dict[str, set[str]]:
    """Target kind → ids, for every link among the columns that were read."""
    wanted: dict[str, set[str]] = {}
    if not rows:
        return wanted
    read = set(rows[0]._fields)
    for name, field in kind.fields.items():
        if name not in read or field.target not in registry:
            continue
        if field.type is FieldType.LINK:
            wanted.setdefault(field.target, set()).update(
                getattr(row, name) for row in rows if getattr(row, name)
            )
        elif field.type is FieldType.LINKS:
            wanted.setdefault(field.target, set()).update(one for row in rows for one in getattr(row, name))
    return wanted


def _titles(
    session: Session, registry: Registry, wanted: Mapping[str, set[str]]
) -> dict[tuple[str, str], str]:
    titles: dict[tuple[str, str], str] = {}
    for name, ids in wanted.items():
        kind = registry.kind(name)
        for record_id, row in find_by_id(session, registry, name, ids, kind.info.title).items():
            titles[name, record_id] = kind.title_of(row._asdict()) or row.serial_no or ""
    return titles


def _void_reasons(session: Session, registry: Registry, kind_name: str, facts: LedgerFacts) -> dict[str, str]:
    """Why the void records of a period are void, by the id by which others know them."""
    kind = registry.kind(kind_name)
    table: Any = kind.table
    statement = _columns(kind, ()).where(
        table.is_void.is_(True), getattr(table, kind.info.day).between(facts.day_from, facts.day_to)
    )
    rows = session.execute(_scoped(statement, kind, facts.scopes))
    return {row.known_id: row.void_reason or "" for row in rows}


def load_mediation_page(session: Session, registry: Registry, kind_name: str, facts: LedgerFacts) -> Page:
    """The lines of the three registers that mediation gathers itself: it knows how parties may be named."""
    period = mediation.Period(facts.day_from, facts.day_to, facts.scopes)
    rows: Sequence[Any]
    if kind_name == "dispute":
        rows = mediation.find_dispute_rows(session, registry, period, facts.today)
    elif kind_name == "people_mediation":
        rows = mediation.find_mediation_rows(session, registry, period, facts.today)
    else:
        rows = mediation.find_follow_up_rows(session, registry, period)
    reasons = _void_reasons(session, registry, kind_name, facts)
    return Page(rows, Wording(registry.codes), facts.today, reasons)


def load_register_page(session: Session, registry: Registry, register: Any, facts: LedgerFacts) -> Page:
    """The lines of a register for a period, however it is read."""
    if register.is_gathered:
        return load_mediation_page(session, registry, register.kind, facts)
    return load_page(session, registry, register.kind, register.fields, register.besides, facts)


def load_stamps(session: Session, registry: Registry, kind_name: str, facts: LedgerFacts) -> dict[str, str]:
    """What tells the versions of the records of a period apart: their own and those of their child rows."""
    kind = registry.kind(kind_name)
    table: Any = kind.table
    day = getattr(table, kind.info.day)
    statement = _columns(kind, ("ver",)).where(day.between(facts.day_from, facts.day_to))
    rows = session.execute(_scoped(statement, kind, facts.scopes)).all()
    parts = {row.known_id: [_version(kind, row)] for row in rows}
    for child in kind.children:
        own = registry.kind(child.kind)
        found = find_by_link(session, registry, Inward("", child.kind, child.parent_field, ("ver",)), parts)
        for known_id, children in found.items():
            parts[known_id] += [_version(own, one) for one in children]
    return {
        known_id: hashlib.sha256("|".join(told).encode()).hexdigest()[:16] for known_id, told in parts.items()
    }


def _version(kind: Kind, row: Any) -> str:
    return str(row.id) if kind.info.insert_only else ",".join(sorted(row.ver or ()))


# -- facts for figures ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Reader:
    """Reads the facts of one span."""

    session: Session
    registry: Registry
    span: Span
    scopes: tuple[str, ...]
    holidays: HolidayTable

    def rows(self, kind_name: str, fields: Sequence[str], condition: Any) -> Sequence[Any]:
        """Columns of the rows of a kind that are not void."""
        kind = self.registry.kind(kind_name)
        table: Any = kind.table
        statement = _columns(kind, fields).where(table.is_void.isnot(True), condition)
        return self.session.execute(_scoped(statement, kind, self.scopes).order_by(table.id)).all()

    def table(self, kind_name: str) -> Any:
        """The table of a kind, for conditions."""
        return self.registry.kind(kind_name).table

    def within(self, column: Any) -> Any:
        """The condition that a day lies in the span."""
        return column.between(self.span.first, self.span.last)

    def beside(self, inward: Inward, ids: Iterable[str | None]) -> dict[str, list[Any]]:
        """Rows that name others."""
        return find_by_link(self.session, self.registry, inward, ids)


def load_facts(
    session: Session,
    registry: Registry,
    span: Span,
    scopes: tuple[str, ...] = (),
    *,
    holidays: HolidayTable,
    only: type[Any] | None = None,
) -> Facts:
    """Everything that the figures of a span are counted from; with `only`, the rows of one type."""
    reader = _Reader(session, registry, span, scopes, holidays)
    return {fact: load(reader) for fact, load in _LOADERS.items() if only in (None, fact)}


def rows_behind(session: Session, registry: Registry, key: str, facts: LedgerFacts) -> tuple[str, list[str]]:
    """The kind and the ids of the records that one figure of a report was counted from.

    Errors:  RuleBroken LED-004 for a key that no report has.
    """
    figure = rules.figure_of(key)
    if figure is None:
        raise RuleBroken("LED-004", _("没有名为 {key} 的统计数").format(key=key))
    asked = rules.asked_span(facts.day_from, facts.day_to, facts.statistics_cut_day)
    span = rules.counted_span(asked.first, asked.last, facts.today)
    read = load_facts(session, registry, span, facts.scopes, holidays=facts.holidays, only=figure.fact)
    rows = rules.picked_by_key(key, read, span)
    return figure.kind, list(dict.fromkeys(row.id for row in rows))


def _visit_facts(reader: _Reader) -> list[rules.VisitFact]:
    fields = ("visited_on", "result", "household_id", "premises_id", "object_name", "object_type")
    return [
        rules.VisitFact(row.known_id, row.visited_on, row.result or "", *_places(row))
        for row in reader.rows("visit", fields, reader.within(reader.table("visit").visited_on))
    ]


def _places(row: Any) -> tuple[str, str]:
    """The household or the premises that was visited; one that is not registered is told apart by its name."""
    if row.household_id or row.premises_id:
        return row.household_id or "", row.premises_id or ""
    named = f"={row.object_name}" if row.object_name else ""
    return (named, "") if row.object_type in _HOUSEHOLD_TYPES else ("", named)


def _request_facts(reader: _Reader) -> list[rules.RequestFact]:
    table = reader.table("request")
    condition = or_(reader.within(table.raised_on), reader.within(table.finished_on))
    return [
        rules.RequestFact(row.known_id, row.raised_on, row.finished_on)
        for row in reader.rows("request", ("raised_on", "finished_on"), condition)
    ]


def _dispute_facts(reader: _Reader) -> list[rules.DisputeFact]:
    """The disputes that were known by the end of the span and not filed before it began."""
    table = reader.table("dispute")
    fields = (
        *("found_on", "accepted_on", "closed_on", "result", "state", "dispute_type", "level", "source"),
        *("people_count", "amount_fen"),
    )
    known = table.found_on <= reader.span.last
    rows = reader.rows(
        "dispute", fields, known & (table.closed_on.is_(None) | (table.closed_on >= reader.span.first))
    )
    runs = reader.beside(
        Inward("runs", "people_mediation", "dispute_id", ("effective_on", "closed_on", "result")),
        (row.known_id for row in rows),
    )
    return [
        rules.DisputeFact(
            id=row.known_id,
            found_on=row.found_on,
            accepted_on=row.accepted_on,
            resolved_on=_resolved_on(row, runs.get(row.known_id, [])),
            result=row.result or "",
            state=row.state or "",
            group={
                "type": mediation_type(row.dispute_type),
                "level": row.level or "",
                "source": row.source or "",
            },
            people_count=row.people_count or 0,
            amount_fen=row.amount_fen or 0,
        )
        for row in rows
    ]


def _resolved_on(dispute: Any, runs: Sequence[Any]) -> date | None:
    """The day on which the result came about: an agreement took effect or a mediation failed, else the filing."""
    if not dispute.result:
        return None
    if dispute.result in rules.SUCCEEDED:
        days = [run.effective_on for run in runs if run.effective_on]
    else:
        days = [run.closed_on for run in runs if run.closed_on and run.result == dispute.result]
    found: date | None = max(days) if days else dispute.closed_on
    return found


def _read_mediations(reader: _Reader) -> tuple[Sequence[Any], Grouped]:
    """The mediations that may matter in the span, and the clauses of those that took effect."""
    table = reader.table("people_mediation")
    fields = (
        *("dispute_id", "accepted_on", "effective_on", "closed_on", "result", "agreement_form"),
        *("court_confirmation", "court_decided_on"),
    )
    earliest = reader.span.first - _LONGEST_AGREEMENT
    rows = reader.rows("people_mediation", fields, table.accepted_on.between(earliest, reader.span.last))
    in_effect = [row for row in rows if row.effective_on]
    clauses = reader.beside(
        Inward(
            "clauses",
            "agreement_clause",
            "people_mediation_id",
            ("performance_manner", "due_on", "performance", "performed_on"),
        ),
        (row.known_id for row in in_effect),
    )
    return rows, clauses


def _mediation_facts(reader: _Reader) -> list[rules.MediationFact]:
    rows, clauses = _read_mediations(reader)
    return [_mediation_fact(row, clauses.get(row.known_id, []), reader.span.last) for row in rows]


def _mediation_fact(row: Any, clauses: Sequence[Any], today: date) -> rules.MediationFact:
    values = [clause._asdict() for clause in clauses]
    return rules.MediationFact(
        id=row.known_id,
        accepted_on=row.accepted_on,
        effective_on=row.effective_on,
        closed_on=row.closed_on,
        result=row.result or "",
        is_written=row.agreement_form != "2",
        confirmed_on=row.court_decided_on if row.court_confirmation == "2" else None,
        due_on=_last_due_on(row.effective_on, values),
        is_performed=mediation_rules.performance_of(values, today) in {"1", "2"},
    )


def _last_due_on(effective_on: date | None, clauses: Sequence[Mapping[str, Any]]) -> date | None:
    """The day on which the whole agreement was to be performed; None while some clause has no term and is not done."""
    days: list[date] = []
    for clause in clauses:
        day = clause["due_on"] or (
            effective_on if clause["performance_manner"] == "1" else clause["performed_on"]
        )
        if day is None:
            return None
        days.append(day)
    return max(days) if effective_on and days else None


def _planned_facts(reader: _Reader) -> list[rules.PlannedFollowUpFact]:
    rows, clauses = _read_mediations(reader)
    in_effect = [row for row in rows if row.effective_on]
    parties = reader.beside(
        Inward("parties", "party", "dispute_id", ()), (row.dispute_id for row in in_effect)
    )
    done = reader.beside(
        Inward("done", "follow_up", "people_mediation_id", ("party_id", "due_on", "done_on")),
        (row.known_id for row in in_effect),
    )
    facts = []
    for row in in_effect:
        values = [clause._asdict() for clause in clauses.get(row.known_id, [])]
        in_time = {
            (one.party_id, one.due_on)
            for one in done.get(row.known_id, [])
            if one.due_on and one.done_on and one.done_on <= one.due_on
        }
        facts += [
            rules.PlannedFollowUpFact(row.known_id, due_on, (party.known_id, due_on) in in_time)
            for due_on in mediation_rules.follow_up_days(row.agreement_form or "1", row.effective_on, values)
            if reader.span.holds(due_on)
            for party in parties.get(row.dispute_id or "", [])
        ]
    return facts


def _follow_up_facts(reader: _Reader) -> list[rules.FollowUpFact]:
    fields = ("done_on", "satisfaction", "is_relapsed")
    return [
        rules.FollowUpFact(row.known_id, row.done_on, row.satisfaction or "", bool(row.is_relapsed))
        for row in reader.rows("follow_up", fields, reader.within(reader.table("follow_up").done_on))
    ]


def _patrol_facts(reader: _Reader) -> list[rules.PatrolFact]:
    fields = (
        *("patrol_on", "start_time", "end_time", "leader_id", "staff_ids", "volunteers_count"),
        *("points_count", "helped_count"),
    )
    rows = reader.rows("patrol", fields, reader.within(reader.table("patrol").patrol_on))
    findings = reader.beside(
        Inward("findings", "patrol_finding", "patrol_id", ()), (row.known_id for row in rows)
    )
    return [
        rules.PatrolFact(
            id=row.known_id,
            patrol_on=row.patrol_on,
            people_count=len({*row.staff_ids, row.leader_id} - {None}) + (row.volunteers_count or 0),
            length_minutes=patrol_rules.minutes(row.start_time, row.end_time),
            points_count=row.points_count or 0,
            findings_count=len(findings.get(row.known_id, [])),
            helped_count=row.helped_count or 0,
        )
        for row in rows
    ]


def _shift_facts(reader: _Reader) -> list[rules.ShiftFact]:
    table = reader.table("shift")
    rows = reader.rows(
        "shift", ("shift_on",), reader.within(table.shift_on) & (table.state == patrol_rules.PUBLISHED)
    )
    signs = reader.beside(
        Inward("sign_ins", "sign_in", "shift_id", ("arrived_at", "attendance")),
        (row.known_id for row in rows),
    )
    return [
        rules.ShiftFact(row.known_id, row.shift_on, _has_come(signs.get(row.known_id, []))) for row in rows
    ]


def _has_come(sign_ins: Sequence[Any]) -> bool | None:
    if not sign_ins:
        return None
    return any(
        one.arrived_at is not None or one.attendance not in (None, patrol_rules.ABSENT) for one in sign_ins
    )


def _hazard_facts(reader: _Reader) -> list[rules.HazardFact]:
    table = reader.table("hazard")
    known = table.found_on <= reader.span.last
    rows = reader.rows(
        "hazard",
        ("found_on", "rectify_mode", "due_on", "extended_to_on", "closed_on"),
        known
        & (
            table.closed_on.is_(None)
            | (table.closed_on >= reader.span.first)
            | reader.within(func.coalesce(table.extended_to_on, table.due_on))
        ),
    )
    return [
        rules.HazardFact(
            row.known_id,
            row.found_on,
            row.rectify_mode or "",
            row.extended_to_on or row.due_on,
            row.closed_on,
        )
        for row in rows
    ]


# An order is signed for, done and verified within this time, or it is counted no more.
_LONGEST_ORDER = timedelta(days=366)


def _order_facts(reader: _Reader) -> list[rules.OrderFact]:
    fields = (
        *("issued_on", "issued_time", "urgency", "due_on", "due_time", "state", "signed_at", "arrived_at"),
        *("reissued_at", "extended_to_on", "extended_to_time", "fed_back_at", "sent_back_count"),
    )
    table = reader.table("work_order")
    earliest = reader.span.first - _LONGEST_ORDER
    rows = reader.rows("work_order", fields, table.issued_on.between(earliest, reader.span.last))
    return [_order_fact(row, reader) for row in rows]


def _order_fact(row: Any, reader: _Reader) -> rules.OrderFact:
    sign_by, by = orders.sign_by(row, reader.holidays), orders.finish_by(row)
    end = order_rules.moment(reader.span.last, None, end_of_day=True)
    is_withdrawn = row.state == order_rules.WITHDRAWN
    must_sign = sign_by is not None and (row.signed_at is not None or not is_withdrawn)
    is_reported = row.state in {order_rules.FED_BACK, order_rules.CLOSED, order_rules.ARCHIVED}
    return rules.OrderFact(
        id=row.known_id,
        issued_on=row.issued_on,
        sign_due_on=local_day(sign_by) if must_sign and sign_by else None,
        is_signed_in_time=row.signed_at is not None and not order_rules.is_late(sign_by, row.signed_at, end),
        due_on=local_day(by) if by and not is_withdrawn else None,
        is_done_in_time=is_reported and not order_rules.is_late(by, row.fed_back_at, end),
        fed_back_on=local_day(row.fed_back_at) if row.fed_back_at else None,
        is_sent_back=bool(row.sent_back_count),
    )


_LOADERS: Mapping[type[Any], Callable[[_Reader], Sequence[Any]]] = {
    rules.VisitFact: _visit_facts,
    rules.RequestFact: _request_facts,
    rules.DisputeFact: _dispute_facts,
    rules.MediationFact: _mediation_facts,
    rules.PlannedFollowUpFact: _planned_facts,
    rules.FollowUpFact: _follow_up_facts,
    rules.PatrolFact: _patrol_facts,
    rules.ShiftFact: _shift_facts,
    rules.HazardFact: _hazard_facts,
    rules.OrderFact: _order_facts,
}
