"""The doors of the month grid: reading a month, saving it in one go, drafting it, publishing it, printing it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, cast

from sqlalchemy.orm import Session

from desktop.audit.trail import Deed
from desktop.base.errors import FieldProblem, RuleBroken
from desktop.base.text import _
from desktop.base.workdays import HolidayTable
from desktop.database.kinds import Registry
from desktop.patrol import pdf, rules, store
from desktop.patrol.rules import Clash, ClashKind, Duty, MonthChanges, MonthPlan, PlannedShift
from desktop.patrol.tables import Shift
from desktop.printing.sheets import LedgerSheet
from desktop.staff.office import Office
from desktop.staff.records import Work, load_record, new_row, write_values

# A person cannot be in two places, and nobody is on duty while away; the rest is told and may be meant.
NEVER_PUBLISHED = frozenset({ClashKind.OVERLAP, ClashKind.ON_LEAVE})
Changed = tuple[tuple[str, str], ...]
_DAY = timedelta(days=1)


def read_month(room: Office, year: int, month: int) -> MonthPlan:
    """The roster of one month; for a window, on the database thread."""
    with room.reading() as session:
        return store.load_month(session, room.registry, year, month)


def save_month(room: Office, changes: MonthChanges) -> Changed:
    """Saves what the month grid changed; for a window, on the database thread."""
    with room.working() as work:
        return set_month(work, changes)


def publish_and_tell(room: Office, year: int, month: int) -> Changed:
    """Publishes a month; for a window, on the database thread."""
    with room.working() as work:
        return publish_month(work, year, month)


def draft_and_tell(room: Office, team_id: str, year: int, month: int) -> Changed:
    """Drafts a month for a team; for a window, on the database thread."""
    with room.working() as work:
        return draft_month(work, team_id, year, month)


def read_teams(room: Office) -> tuple[tuple[str, str], ...]:
    """The teams that stand, id and name; for a window, on the database thread."""
    with room.reading() as session:
        return tuple(store.find_teams(session, room.today))


def month_pdf(room: Office, year: int, month: int) -> bytes:
    """The month matrix as PDF, noted in the audit. Errors: Refused STF-001; EnvironmentFault PRN-001."""
    room.actor.require("patrol", "P")
    place = room.place
    with room.reading() as session:
        sheet = roster_sheet(
            session,
            room.registry,
            year,
            month,
            unit=f"{place.station}{place.name}",
            holidays=room.holidays,
            practice=place.practice,
        )
    room.note(Deed("print", "shift", facts=(("month", f"{year}-{month:02d}"),)))
    return room.ledger_pdf(replace(sheet, print_mark=room.print_mark()))


def set_month(work: Work, changes: MonthChanges) -> Changed:
    """Writes what a clerk changed in the month grid, in one save.

    Before:  the actor may create or change in the area `patrol`; what was published needs a reason.
    After:   one row a person and day; a removed draft is taken out, a removed published shift is void with the reason;
             a shift that somebody else put in meanwhile is not doubled. Audit `roster`.
    Errors:  RuleBroken PAT-010 without a reason, PAT-011 for an unknown person or duty; Refused STF-001.
    """
    if changes.added:
        work.actor.require("patrol", "C")
    if changes.removed or changes.led:
        work.actor.require("patrol", "U")
    _refuse_unknown(work, changes.added)
    rows = store.find_shift_rows(work.session, [one.id for one in (*changes.removed, *changes.led)])
    _demand_reason(work, changes, rows)
    changed = [*_remove(work, changes, rows), *_lead(work, changes, rows), *_add(work, changes)]
    if changed:
        work.note(
            "roster",
            changed[0],
            added=len(changes.added),
            removed=len(changes.removed),
            reason=changes.reason,
        )
    return tuple(("shift", row.id) for row in changed)


def _refuse_unknown(work: Work, added: Sequence[PlannedShift]) -> None:
    people = {person.id for person in store.find_people(work.session, work.registry)}
    duties = work.registry.codes.of("duty_type")
    if any(one.staff_id not in people or one.duty_type not in duties for one in added):
        raise RuleBroken("PAT-011", _("排班里有已离任的人或没有的勤务类型，没有保存。请刷新排班表再试"))


def _demand_reason(work: Work, changes: MonthChanges, rows: Mapping[str, Shift]) -> None:
    published = any(row.state == rules.PUBLISHED for row in rows.values()) or any(
        _is_published_month(work, one.on) for one in changes.added
    )
    signed = store.signed_shift_ids(work.session, [one.id for one in changes.removed])
    if (published or signed) and not changes.reason.strip():
        raise RuleBroken(
            "PAT-010",
            _("这个月的排班已经发布。改动没有保存，请写明调整原因再保存"),
            fields=(FieldProblem("change_reason", "PAT-010", _("调整原因：必须填写")),),
        )


def _is_published_month(work: Work, day: date) -> bool:
    days = rules.days_of_month(day.year, day.month)
    return store.has_published(work.session, days[0], days[-1])


def _remove(work: Work, changes: MonthChanges, rows: Mapping[str, Shift]) -> list[Shift]:
    signed = store.signed_shift_ids(work.session, [one.id for one in changes.removed])
    removed = []
    for one in changes.removed:
        row = rows.get(one.id)
        if row is None:
            continue
        if row.state == rules.PUBLISHED or row.id in signed:
            values: dict[str, Any] = {"is_void": True, "void_reason": changes.reason.strip()}
        else:
            values = {"is_deleted": True}
        write_values(work, row, values, seen=one.seen)
        removed.append(row)
    return removed


def _lead(work: Work, changes: MonthChanges, rows: Mapping[str, Shift]) -> list[Shift]:
    led = []
    for one in changes.led:
        row = rows.get(one.id)
        if row is None:
            continue
        values: dict[str, Any] = {"duty_lead_id": one.lead_id or None}
        if row.state == rules.PUBLISHED:
            values["change_reason"] = changes.reason.strip()
        write_values(work, row, values, seen=one.seen)
        led.append(row)
    return led


def _add(work: Work, changes: MonthChanges) -> list[Shift]:
    if not changes.added:
        return []
    days = [one.on for one in changes.added]
    standing = {(one.staff_id, one.slot) for one in store.find_shifts(work.session, min(days), max(days))}
    published = {
        key: _is_published_month(work, date(*key, 1)) for key in {(one.year, one.month) for one in days}
    }
    rows = []
    for one in changes.added:
        if (one.staff_id, one.slot) in standing:
            continue
        rows.append(
            _new_shift(work, one, reason=changes.reason.strip(), publish=published[one.on.year, one.on.month])
        )
    return rows


def _new_shift(work: Work, one: PlannedShift, *, reason: str = "", publish: bool = False) -> Shift:
    values = {
        "shift_on": one.on,
        "staff_id": one.staff_id,
        "duty_type": one.duty_type,
        "start_time": one.start_time,
        "end_time": one.end_time,
        "duty_lead_id": one.lead_id or None,
        "team_id": one.team_id or None,
        "state": rules.PUBLISHED if publish else rules.DRAFT,
        "published_on": work.today if publish else None,
        "change_reason": reason if publish and reason else None,
    }
    return cast("Shift", new_row(work, work.registry.kind("shift"), values))


def draft_month(
    work: Work,
    team_id: str,
    year: int,
    month: int,
    *,
    duty_type: str = "",
    per_shift: int = 2,
    lead_id: str = "",
) -> Changed:
    """Shares a month of one duty out among a team, as a draft that the clerk goes over in the grid.

    After:   days that hold this duty already stay as they are; a day may stay short when too few can come.
    Errors:  RuleBroken PAT-012 for a team without members, REC-002 for no team; Refused STF-001.
    """
    work.actor.require("patrol", "C")
    team: Any = load_record(work.session, work.registry.kind("team"), team_id)
    serving = {person.id for person in store.find_people(work.session, work.registry)}
    people = [one for one in team.staff_ids if one in serving]
    if not people:
        raise RuleBroken("PAT-012", _("这支队伍还没有在岗的队员，排不了班。请先在“队伍”里选队员"))
    days = rules.days_of_month(year, month)
    standing = store.find_shifts(work.session, days[0] - 2 * _DAY, days[-1] + 2 * _DAY)
    code = duty_type or ("02" if team.team_type == "2" else "01")
    taken = {one.on for one in standing if one.duty_type == code}
    planned = rules.share_out(
        people,
        [day for day in days if day not in taken],
        _duty(work, code),
        per_shift=per_shift,
        leaves=store.find_leaves(work.session, days[0], days[-1]),
        standing=standing,
        rest_days={day for day in days if not work.holidays.is_workday(day)},
        lead_id=lead_id or team.leader_id or "",
    )
    rows = [_new_shift(work, replace(one, team_id=team.id)) for one in planned]
    if rows:
        work.note("roster", rows[0], added=len(rows), team=team.id)
    return tuple(("shift", row.id) for row in rows)


def _duty(work: Work, code: str) -> Duty:
    for duty in store.find_duties(work.session, work.registry):
        if duty.code == code:
            return duty
    raise RuleBroken("PAT-011", _("没有代码为 {code} 的勤务类型，没有排班").format(code=code))


def publish_month(work: Work, year: int, month: int) -> Changed:
    """Makes the drafts of a month known to everybody; from now on a change needs a reason.

    Before:  the actor may approve in the area `patrol`; nobody is in two places or on duty while away.
    After:   what may be meant (short rest, no leader) is told as a warning. Audit `publish`.
    Errors:  RuleBroken PAT-013 with every clash, PAT-014 when nothing waits; Refused STF-001.
    """
    work.actor.require("patrol", "A")
    days = rules.days_of_month(year, month)
    drafts = store.find_drafts(work.session, days[0], days[-1])
    if not drafts:
        raise RuleBroken("PAT-014", _("这个月没有要发布的排班。请先排班"))
    plan = store.load_month(work.session, work.registry, year, month)
    found = month_clashes(plan)
    told = clash_sentences(plan, found)
    wrong = [words for clash, words in zip(found, told, strict=True) if clash.kind in NEVER_PUBLISHED]
    if wrong:
        raise RuleBroken(
            "PAT-013", _("没有发布，请先改正：{told}").format(told="；".join(wrong[:5])), count=len(wrong)
        )
    work.warnings += [
        FieldProblem("shift_on", clash.kind, words) for clash, words in zip(found, told, strict=True)
    ]
    for row in drafts:
        write_values(work, row, {"state": rules.PUBLISHED, "published_on": work.today})
    work.note("publish", drafts[0], count=len(drafts))
    return tuple(("shift", row.id) for row in drafts)


def month_clashes(plan: MonthPlan) -> list[Clash]:
    """What is wrong with the shifts of the month itself; those beside it only help to see it."""
    found = rules.clashes(plan.shifts, plan.leaves)
    return [
        clash for clash in found if (clash.shift.on.year, clash.shift.on.month) == (plan.year, plan.month)
    ]


def clash_sentences(plan: MonthPlan, found: Sequence[Clash]) -> list[str]:
    """The clashes in words, one each."""
    names = {person.id: person.name for person in plan.people}
    duties = {duty.code: duty.label for duty in plan.duties}
    return [rules.clash_sentence(clash, names, duties) for clash in found]


def roster_sheet(
    session: Session,
    registry: Registry,
    year: int,
    month: int,
    *,
    unit: str,
    holidays: HolidayTable,
    practice: bool,
) -> LedgerSheet:
    """The month matrix for printing."""
    plan = store.load_month(session, registry, year, month)
    inside = tuple(one for one in plan.shifts if one.on.month == month)
    marks = rules.day_marks(year, month, holidays)
    return pdf.month_sheet(replace(plan, shifts=inside), marks, unit=unit, practice=practice)
