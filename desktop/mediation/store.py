"""Queries over disputes and people's mediations, and rows for ledgers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from desktop.base.errors import RuleBroken
from desktop.base.names import mask_name
from desktop.base.text import _
from desktop.database.kinds import Registry
from desktop.database.record import Record
from desktop.mediation import rules
from desktop.mediation.tables import (
    AgreementClause,
    AgreementSeal,
    Dispute,
    FollowUp,
    Investigation,
    MediationSession,
    Party,
    PeopleMediation,
)
from desktop.staff.records import known_id, values_of

_PART = 400
Row = TypeVar("Row", bound=Record)


def live(table: Any) -> tuple[Any, ...]:
    """What rules count: rows neither taken out, nor replaced by a correction, nor void."""
    return (table.is_deleted.isnot(True), table.is_superseded.isnot(True), table.is_void.isnot(True))


def find_linked(session: Session, table: type[Row], link: Any, ids: Iterable[str]) -> list[Row]:
    """The live rows whose link names one of the ids, in the order they were entered."""
    wanted = list(dict.fromkeys(ids))
    found: list[Row] = []
    for start in range(0, len(wanted), _PART):
        part = wanted[start : start + _PART]
        found += session.scalars(select(table).where(link.in_(part), *live(table)).order_by(table.id))
    return found


# -- what belongs together -----------------------------------------------------------------------------------------


def load_dispute(session: Session, mediation: PeopleMediation) -> Dispute:
    """The dispute of a mediation.

    Errors:  RuleBroken MED-040 when it has not arrived on this PC yet.
    """
    found = find_linked(session, Dispute, Dispute.id, [mediation.dispute_id or ""])
    if not found:
        raise RuleBroken("MED-040", _("这次调解所属的纠纷还没有同步到这台电脑，请同步后再试"))
    return found[0]


def find_parties(session: Session, dispute_id: str | None) -> list[Party]:
    """The parties of a dispute."""
    return find_linked(session, Party, Party.dispute_id, [dispute_id or ""])


def find_mediations(session: Session, dispute_id: str) -> list[PeopleMediation]:
    """The runs of people's mediation on a dispute, oldest first."""
    return find_linked(session, PeopleMediation, PeopleMediation.dispute_id, [dispute_id])


def find_sessions(session: Session, mediation: PeopleMediation) -> list[MediationSession]:
    """The sittings of a mediation."""
    return find_linked(session, MediationSession, MediationSession.people_mediation_id, [mediation.id])


def find_investigations(session: Session, mediation: PeopleMediation) -> list[Investigation]:
    """What people told the committee in a mediation."""
    return find_linked(session, Investigation, Investigation.people_mediation_id, [mediation.id])


def find_clauses(session: Session, mediation: PeopleMediation) -> list[AgreementClause]:
    """The clauses of an agreement in their order; those without a number after the others, as entered."""
    found = find_linked(session, AgreementClause, AgreementClause.people_mediation_id, [mediation.id])
    return sorted(found, key=lambda clause: clause.order_no or 10_000)


def find_follow_ups(session: Session, mediation: PeopleMediation) -> list[FollowUp]:
    """The follow-ups of a mediation."""
    return find_linked(session, FollowUp, FollowUp.people_mediation_id, [mediation.id])


def find_seal(session: Session, mediation: PeopleMediation) -> AgreementSeal | None:
    """The seal of a signed agreement; of two that PCs made unaware of each other the newer, until one is made void."""
    found = find_seals(session, [mediation.id])
    return found[-1] if found else None


def find_seals(session: Session, mediation_ids: Iterable[str]) -> list[AgreementSeal]:
    """The seals that hold, oldest first."""
    return find_linked(session, AgreementSeal, AgreementSeal.people_mediation_id, mediation_ids)


def find_rival_seals(session: Session) -> list[AgreementSeal]:
    """The seals of agreements that are sealed with different words, oldest first."""
    seal = AgreementSeal
    rivals = (
        select(seal.people_mediation_id)
        .where(*live(seal))
        .group_by(seal.people_mediation_id)
        .having(func.count(seal.content_hash.distinct()) > 1)
    )
    return find_seals(session, [one for one in session.scalars(rivals) if one])


def find_scans(session: Session, registry: Registry, mediation: PeopleMediation) -> list[str]:
    """The hashes of the files attached to a mediation."""
    table: Any = registry.kind("attached_file").table
    rows = session.scalars(
        select(table.sha256)
        .where(table.record_kind == "people_mediation", table.record_id == mediation.id, *live(table))
        .order_by(table.id)
    )
    return [str(sha256) for sha256 in rows if sha256]


def find_printed_hash(
    session: Session, registry: Registry, mediation: PeopleMediation, paper_name: str
) -> str:
    """The content hash of the newest print of a paper; empty when it was not printed here."""
    table: Any = registry.kind("printed_paper").table
    statement = (
        select(table.content_hash)
        .where(table.record_kind == "people_mediation", table.record_id == mediation.id, *live(table))
        .where(table.paper_name == paper_name)
        .order_by(table.id.desc())
        .limit(1)
    )
    return session.scalar(statement) or ""


def staff_values(session: Session, registry: Registry, ids: Iterable[str]) -> list[dict[str, Any]]:
    """The values of staff members by id, in the order given."""
    kind = registry.kind("staff_member")
    wanted = list(ids)
    found = {row.id: values_of(row, kind) for row in find_linked(session, kind.table, kind.table.id, wanted)}
    return [found[staff_id] for staff_id in wanted if staff_id in found]


def rows_values(rows: Sequence[Record], registry: Registry) -> list[dict[str, Any]]:
    """The field values of rows of any kind, with the id by which others know them."""
    return [values_of(row, registry.kind(row.__tablename__)) | {"id": known_id(row)} for row in rows]


# -- follow-ups ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class FollowUpDays:
    """After how many days people are asked how an agreement went."""

    oral: int = rules.ORAL_FOLLOW_UP_DAYS
    written: int = rules.WRITTEN_FOLLOW_UP_DAYS


def open_follow_ups(
    session: Session, _registry: Registry, mediation: PeopleMediation, days: FollowUpDays | None = None
) -> list[rules.PlannedFollowUp]:
    """What of a mediation's plan of follow-ups is not done yet; nothing before it took effect."""
    return waiting_follow_ups(session, mediation, days)


def waiting_follow_ups(
    session: Session, mediation: PeopleMediation, days: FollowUpDays | None = None
) -> list[rules.PlannedFollowUp]:
    """What of a mediation's plan of follow-ups is not done yet; nothing before it took effect."""
    if mediation.effective_on is None:
        return []
    return planned_follow_ups(
        mediation,
        find_clauses(session, mediation),
        find_parties(session, mediation.dispute_id),
        find_follow_ups(session, mediation),
        days or FollowUpDays(),
    )


def planned_follow_ups(
    mediation: PeopleMediation,
    clauses: Sequence[AgreementClause],
    parties: Sequence[Party],
    done: Sequence[FollowUp],
    days: FollowUpDays,
) -> list[rules.PlannedFollowUp]:
    """What is not done yet of the plan of one agreement in effect, from its rows."""
    if mediation.effective_on is None:
        return []
    planned = rules.follow_up_days(
        mediation.agreement_form or "1",
        mediation.effective_on,
        [
            {name: getattr(clause, name) for name in ("performance_manner", "due_on", "performed_on")}
            for clause in clauses
        ],
        oral_days=days.oral,
        written_days=days.written,
    )
    rows = [{name: getattr(row, name) for name in ("party_id", "due_on", "done_on")} for row in done]
    return rules.open_follow_ups(planned, [party.id for party in parties], rows)


# -- rows for ledgers ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class DisputeRow:
    """One dispute for T03 and the statistics: codes as stored, names as lists may show them."""

    id: str
    scope: str
    serial_no: str
    found_on: date | None
    accepted_on: date | None
    closed_on: date | None
    due_on: date | None
    source: str
    area_id: str
    area_name: str
    title: str
    facts: str
    party_names: tuple[str, ...]
    dispute_type: str
    people_count: int | None
    scale: str
    amount_fen: int | None
    risk: str
    level: str
    responsible_name: str
    mediation_kind: str
    state: str
    result: str
    agreement_no: str
    performance: str
    followed_up_on: date | None
    satisfaction: str
    archive_no: str
    is_void: bool


@dataclass(frozen=True)
class MediationRow:
    """One people's mediation for T05: codes as stored, names as lists may show them."""

    id: str
    scope: str
    serial_no: str
    archive_no: str
    accepted_on: date | None
    closed_on: date | None
    archived_on: date | None
    case_source: str
    dispute_type: str
    procedure: str
    state: str
    mediator_names: tuple[str, ...]
    party_names: tuple[str, ...]
    session_count: int
    result: str
    agreement_form: str
    agreement_no: str
    effective_on: date | None
    amount_fen: int | None
    performance: str
    court_confirmation: str
    prevented_escalations: tuple[str, ...]
    is_void: bool


@dataclass(frozen=True)
class FollowUpRow:
    """One follow-up for T06; `round_no` counts the follow-ups of the same party after the same agreement from 1."""

    id: str
    scope: str
    serial_no: str
    agreement_no: str
    due_on: date | None
    done_on: date | None
    round_no: int
    mode: str
    party_name: str
    performance: str
    satisfaction: str
    is_relapsed: bool | None
    situation: str
    measures: str
    staff_names: tuple[str, ...]
    is_void: bool


@dataclass(frozen=True)
class Period:
    """Which rows are wanted: a closed span of days, and scopes (empty means all)."""

    day_from: date
    day_to: date
    scopes: tuple[str, ...] = ()


def _in_period(session: Session, table: type[Row], day: Any, period: Period) -> list[Row]:
    """Void rows too: they keep their number and their line in the ledger."""
    statement = select(table).where(
        day >= period.day_from,
        day <= period.day_to,
        table.is_deleted.isnot(True),
        table.is_superseded.isnot(True),
    )
    if period.scopes:
        statement = statement.where(table.scope.in_(period.scopes))
    return list(session.scalars(statement.order_by(day, table.id)))


def grouped(rows: Iterable[Row], link: str) -> dict[str, list[Row]]:
    """Rows by the record that they belong to."""
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(str(getattr(row, link)), []).append(row)
    return groups


def _names(session: Session, registry: Registry, kind: str, ids: Iterable[str | None]) -> dict[str, str]:
    table: Any = registry.kind(kind).table
    wanted = {record_id for record_id in ids if record_id}
    return {row.id: str(row.name or "") for row in find_linked(session, table, table.id, wanted)}


def shown_party_name(party: Party, *, is_hidden: bool) -> str:
    """A party's name for lists: of natural persons only the surname when a minor is involved (李某某).

    Source:  Law on the Protection of Minors art. 103.
    """
    if party.party_type == "2":
        return party.organisation_name or ""
    name = party.name or ""
    if not is_hidden or not name:
        return name
    return mask_name(name)


def _party_names(dispute: Dispute | None, parties: Sequence[Party]) -> tuple[str, ...]:
    if dispute is None:
        return ()
    day = dispute.found_on
    is_hidden = bool(dispute.is_minor_involved) or any(
        day is not None and rules.is_minor({name: getattr(party, name) for name in _AGE_FIELDS}, day)
        for party in parties
    )
    return tuple(shown_party_name(party, is_hidden=is_hidden) for party in parties)


_AGE_FIELDS = ("birth_on", "id_type", "id_number")


def find_dispute_rows(session: Session, registry: Registry, period: Period, today: date) -> list[DisputeRow]:
    """The disputes found in a period, oldest first."""
    disputes = _in_period(session, Dispute, Dispute.found_on, period)
    ids = [dispute.id for dispute in disputes]
    parties = grouped(find_linked(session, Party, Party.dispute_id, ids), "dispute_id")
    mediations = grouped(find_linked(session, PeopleMediation, PeopleMediation.dispute_id, ids), "dispute_id")
    runs = [run for found in mediations.values() for run in found]
    clauses = clauses_by_mediation(session, runs)
    follow_ups = follow_ups_by_mediation(session, runs)
    staff = _names(session, registry, "staff_member", (dispute.responsible_id for dispute in disputes))
    areas = _names(session, registry, "area", (dispute.area_id for dispute in disputes))
    rows = []
    for dispute in disputes:
        own = mediations.get(dispute.id, [])
        run = own[-1] if own else None
        rows.append(
            _dispute_row(
                dispute,
                run,
                party_names=_party_names(dispute, parties.get(dispute.id, [])),
                performance=_performance(run, clauses, registry, today),
                last=_last(follow_ups.get(run.id, []) if run else []),
                area_name=areas.get(dispute.area_id or "", ""),
                responsible_name=staff.get(dispute.responsible_id or "", ""),
            )
        )
    return rows


def clauses_by_mediation(
    session: Session, runs: Sequence[PeopleMediation]
) -> dict[str, list[AgreementClause]]:
    """The clauses of several mediations at once."""
    found = find_linked(
        session, AgreementClause, AgreementClause.people_mediation_id, [run.id for run in runs]
    )
    return grouped(found, "people_mediation_id")


def follow_ups_by_mediation(session: Session, runs: Sequence[PeopleMediation]) -> dict[str, list[FollowUp]]:
    """The follow-ups of several mediations at once."""
    found = find_linked(session, FollowUp, FollowUp.people_mediation_id, [run.id for run in runs])
    return grouped(found, "people_mediation_id")


def _last(follow_ups: Sequence[FollowUp]) -> FollowUp | None:
    done = [row for row in follow_ups if row.done_on]
    return max(done, key=lambda row: (row.done_on or date.min, row.id)) if done else None


def _performance(
    run: PeopleMediation | None,
    clauses: dict[str, list[AgreementClause]],
    registry: Registry,
    today: date,
) -> str:
    if run is None or run.state not in rules.SEALED_MEDIATION:
        return ""
    return rules.performance_of(rows_values(clauses.get(run.id, []), registry), today)


def _dispute_row(
    dispute: Dispute,
    run: PeopleMediation | None,
    *,
    party_names: tuple[str, ...],
    performance: str,
    last: FollowUp | None,
    area_name: str,
    responsible_name: str,
) -> DisputeRow:
    return DisputeRow(
        id=dispute.id,
        scope=dispute.scope,
        serial_no=dispute.serial_no or "",
        found_on=dispute.found_on,
        accepted_on=dispute.accepted_on,
        closed_on=dispute.closed_on,
        due_on=dispute.due_on or rules.dispute_due_on(dispute.found_on, dispute.level),
        source=dispute.source or "",
        area_id=dispute.area_id or "",
        area_name=area_name,
        title=dispute.title or "",
        facts=dispute.facts or "",
        party_names=party_names,
        dispute_type=dispute.dispute_type or "",
        people_count=dispute.people_count,
        scale=dispute.scale or "",
        amount_fen=dispute.amount_fen,
        risk=dispute.risk or "",
        level=dispute.level or "",
        responsible_name=responsible_name,
        mediation_kind=dispute.mediation_kind or "",
        state=rules.shown_state(dispute.state or "", is_overdue=performance == "5"),
        result=dispute.result or "",
        agreement_no=(run.agreement_no or "") if run else "",
        performance=performance,
        followed_up_on=last.done_on if last else None,
        satisfaction=(last.satisfaction or "") if last else "",
        archive_no=dispute.archive_no or "",
        is_void=bool(dispute.is_void),
    )


def find_mediation_rows(
    session: Session, registry: Registry, period: Period, today: date
) -> list[MediationRow]:
    """The people's mediations accepted in a period, oldest first."""
    runs = _in_period(session, PeopleMediation, PeopleMediation.accepted_on, period)
    dispute_ids = [run.dispute_id or "" for run in runs]
    disputes = {dispute.id: dispute for dispute in find_linked(session, Dispute, Dispute.id, dispute_ids)}
    parties = grouped(find_linked(session, Party, Party.dispute_id, dispute_ids), "dispute_id")
    link = MediationSession.people_mediation_id
    sessions = grouped(
        find_linked(session, MediationSession, link, [run.id for run in runs]), "people_mediation_id"
    )
    clauses = clauses_by_mediation(session, runs)
    staff = _names(session, registry, "staff_member", (one for run in runs for one in run.mediator_ids or []))
    rows = []
    for run in runs:
        dispute = disputes.get(run.dispute_id or "")
        rows.append(
            MediationRow(
                id=run.id,
                scope=run.scope,
                serial_no=run.serial_no or "",
                archive_no=run.archive_no or "",
                accepted_on=run.accepted_on,
                closed_on=run.closed_on,
                archived_on=run.archived_on,
                case_source=run.case_source or "",
                dispute_type=(dispute.dispute_type or "") if dispute else "",
                procedure=run.procedure or "",
                state=run.state or "",
                mediator_names=tuple(staff.get(one, "") for one in run.mediator_ids or []),
                party_names=_party_names(dispute, parties.get(run.dispute_id or "", [])),
                session_count=len(sessions.get(run.id, [])),
                result=run.result or "",
                agreement_form=run.agreement_form or "",
                agreement_no=run.agreement_no or "",
                effective_on=run.effective_on,
                amount_fen=sum(clause.amount_fen or 0 for clause in clauses.get(run.id, [])) or None,
                performance=_performance(run, clauses, registry, today),
                court_confirmation=run.court_confirmation or "",
                prevented_escalations=tuple(run.prevented_escalations or []),
                is_void=bool(run.is_void),
            )
        )
    return rows


def find_follow_up_rows(session: Session, registry: Registry, period: Period) -> list[FollowUpRow]:
    """The follow-ups done in a period, oldest first."""
    found = _in_period(session, FollowUp, FollowUp.done_on, period)
    runs = {
        run.id: run
        for run in find_linked(
            session, PeopleMediation, PeopleMediation.id, (row.people_mediation_id or "" for row in found)
        )
    }
    all_of = follow_ups_by_mediation(session, list(runs.values()))
    dispute_ids = {run.dispute_id or "" for run in runs.values()}
    disputes = {dispute.id: dispute for dispute in find_linked(session, Dispute, Dispute.id, dispute_ids)}
    parties = grouped(find_linked(session, Party, Party.dispute_id, dispute_ids), "dispute_id")
    shown: dict[str, str] = {}
    for dispute_id, own in parties.items():
        shown |= dict(
            zip((party.id for party in own), _party_names(disputes.get(dispute_id), own), strict=False)
        )
    staff = _names(session, registry, "staff_member", (one for row in found for one in row.staff_ids or []))
    return [
        FollowUpRow(
            id=known_id(row),
            scope=row.scope,
            serial_no=row.serial_no or "",
            agreement_no=_agreement_no(runs, row),
            due_on=row.due_on,
            done_on=row.done_on,
            round_no=_round(row, all_of.get(row.people_mediation_id or "", [])),
            mode=row.mode or "",
            party_name=shown.get(row.party_id or "", ""),
            performance=row.performance or "",
            satisfaction=row.satisfaction or "",
            is_relapsed=row.is_relapsed,
            situation=row.situation or "",
            measures=row.measures or "",
            staff_names=tuple(staff.get(one, "") for one in row.staff_ids or []),
            is_void=bool(row.is_void),
        )
        for row in found
    ]


def _agreement_no(runs: dict[str, PeopleMediation], row: FollowUp) -> str:
    run = runs.get(row.people_mediation_id or "")
    return "" if run is None else run.agreement_no or ""


def _round(row: FollowUp, siblings: Sequence[FollowUp]) -> int:
    own = sorted((one for one in siblings if one.party_id == row.party_id), key=_when)
    return next((place for place, one in enumerate(own, 1) if one.id == row.id), 0)


def _when(row: FollowUp) -> tuple[date, str]:
    return (row.done_on or date.min, known_id(row))
