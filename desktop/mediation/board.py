"""What 今日 shows of disputes and agreements: terms that end, signatures, performances and follow-ups that wait.

All of it is derived from the day, so a PC that was off for a month shows the truth at once.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from desktop.base.days import ledger_instant
from desktop.base.text import _
from desktop.database.kinds import Registry
from desktop.mediation import rules
from desktop.mediation.store import (
    FollowUpDays,
    clauses_by_mediation,
    find_linked,
    find_rival_seals,
    follow_ups_by_mediation,
    grouped,
    live,
    planned_follow_ups,
    rows_values,
)
from desktop.mediation.tables import AgreementSeal, Dispute, Party, PeopleMediation
from desktop.staff.catalogue import BoardFacts, BoardItem
from desktop.staff.records import known_id

_SOON = timedelta(days=3)
_SOON_FOR_COURT = timedelta(days=7)


def _item(label: str, record: Any, due: date | None, today: date) -> BoardItem:
    """One line under 已超期, 今天要办 or, when it is only near or has no day, 近期."""
    severity = "plain" if due is None or due > today else "due" if due == today else "overdue"
    return BoardItem(
        severity, f"{label}：{record.title or ''}", record.__tablename__, record.id, due, severity
    )


def disputes_due(session: Session, _registry: Registry, facts: BoardFacts) -> list[BoardItem]:
    """Disputes that nobody took up or that failed, and those whose term by level ends soon or has passed."""
    today = facts.today
    days = {level: facts.settings.whole(f"level_{level}_deadline_days") for level in rules.LEVEL_DAYS}
    waiting = {rules.REGISTERED, rules.ACCEPTED, rules.GRADED, rules.IN_MEDIATION, rules.FAILED}
    items = []
    for dispute in session.scalars(select(Dispute).where(Dispute.state.in_(waiting), *live(Dispute))):
        due = dispute.due_on or rules.dispute_due_on(dispute.found_on, dispute.level, days)
        if due is not None and due <= today + _SOON:
            items.append(_item(_("纠纷化解到期"), dispute, due, today))
        elif dispute.state == rules.REGISTERED:
            items.append(_item(_("纠纷还没有受理"), dispute, None, today))
        elif dispute.state == rules.FAILED:
            items.append(_item(_("调解不成，请结案或另想办法"), dispute, None, today))
    return items


def mediations_due(session: Session, _registry: Registry, facts: BoardFacts) -> list[BoardItem]:
    """Mediations whose month ends soon, agreements that wait for signatures, and court windows that close."""
    today = facts.today
    items = []
    statement = select(PeopleMediation).where(
        or_(
            PeopleMediation.state.in_(rules.OPEN_MEDIATION),
            PeopleMediation.court_confirmation_until.between(today, today + _SOON_FOR_COURT),
        ),
        *live(PeopleMediation),
    )
    for run in session.scalars(statement):
        if run.state == "to_sign":
            items.append(_item(_("协议待签字"), run, None, today))
        elif run.state in rules.OPEN_MEDIATION:
            if run.due_on and run.due_on <= today + _SOON:
                items.append(_item(_("调解到期"), run, run.due_on, today))
        elif run.court_confirmation in (None, "", "0") and run.state in rules.SEALED_MEDIATION:
            items.append(_item(_("司法确认申请将截止"), run, run.court_confirmation_until, today))
    return items


def agreements_due(session: Session, registry: Registry, facts: BoardFacts) -> list[BoardItem]:
    """Clauses and follow-ups of agreements in effect that are due soon or overdue."""
    today = facts.today
    in_effect = ("in_effect", "performing", "performed")
    runs = list(
        session.scalars(
            select(PeopleMediation).where(PeopleMediation.state.in_(in_effect), *live(PeopleMediation))
        )
    )
    clauses = clauses_by_mediation(session, runs)
    follow_ups = follow_ups_by_mediation(session, runs)
    parties = grouped(
        find_linked(session, Party, Party.dispute_id, (run.dispute_id or "" for run in runs)), "dispute_id"
    )
    days = FollowUpDays(
        facts.settings.whole("follow_up_oral_days"), facts.settings.whole("follow_up_written_days")
    )
    items = []
    for run in runs:
        own = clauses.get(run.id, [])
        waiting = {one["due_on"] for one in rows_values(own, registry) if _is_waiting(one, today)}
        items += [_item(_("协议履行到期"), run, due, today) for due in sorted(waiting)]
        open_ones = planned_follow_ups(
            run, own, parties.get(run.dispute_id or "", []), follow_ups.get(run.id, []), days
        )
        near = {plan.due_on for plan in open_ones if plan.due_on <= today + _SOON}
        items += [_item(_("回访到期"), run, due, today) for due in sorted(near)]
        if run.state == "performed" and not open_ones:
            items.append(_item(_("已履行并回访，可以结案"), run, None, today))
    return items


def _is_waiting(clause: rules.Values, today: date) -> bool:
    due = clause.get("due_on")
    return bool(due and due <= today + _SOON and rules.clause_performance(clause, today) in {"3", "4", "5"})


def sealed_twice(session: Session, _registry: Registry, _facts: BoardFacts) -> list[BoardItem]:
    """Agreements that two PCs registered as signed with different words: a person must say which one was signed."""
    seals = find_rival_seals(session)
    named = (seal.people_mediation_id or "" for seal in seals)
    runs = {run.id: run for run in find_linked(session, PeopleMediation, PeopleMediation.id, named)}
    label = _(
        "协议签字封存了两次，内容不同，请核对纸面，把不对的一份作废：{title}（{who} {when} 登记的这份）"
    )
    return [
        BoardItem(
            "plain",
            label.format(title=run.title or "", **_by(seal)),
            seal.__tablename__,
            known_id(seal),
            None,
            "plain",
        )
        for seal in seals
        if (run := runs.get(seal.people_mediation_id or "")) is not None
    ]


def _by(seal: AgreementSeal) -> dict[str, str]:
    at = seal.recorded_at
    return {"who": seal.recorded_by or "", "when": ledger_instant(at) if at is not None else ""}


BOARD = (sealed_twice, disputes_due, mediations_due, agreements_due)
