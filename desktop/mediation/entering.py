"""What holds whichever way a record comes in: by a step, by the form, by an import or by the command line.

A mediation opens alike from the step and from the form, a sitting and a follow-up move the matter on, what was signed
is held against every edit, and `conclude` may be taken from the dispute as well.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from desktop.base.errors import FieldProblem, RuleBroken
from desktop.base.text import N_, _
from desktop.database.kinds import AfterAdd, Fill, Guard
from desktop.database.record import Record
from desktop.mediation import actions, rules
from desktop.mediation.store import (
    find_linked,
    find_mediations,
    find_parties,
    find_seals,
    find_sessions,
    live,
    load_dispute,
    waiting_follow_ups,
)
from desktop.mediation.tables import Dispute, FollowUp, MediationSession, PeopleMediation
from desktop.places import store as places
from desktop.staff.records import Step, Work, write_values

# -- what is filled in ---------------------------------------------------------------------------------------------


def fill_mediation(session: Session, values: Mapping[str, Any]) -> dict[str, Any]:
    """Committee, source and facts of a new mediation."""
    found = find_linked(session, Dispute, Dispute.id, [values.get("dispute_id") or ""])
    if not found:
        return {}
    dispute = found[0]
    return {
        "committee_name": _committee(session, dispute),
        "case_source": rules.CASE_SOURCE_OF.get(dispute.source or "", "1"),
        "dispute_facts": dispute.facts,
    }


def _committee(session: Session, dispute: Dispute) -> str | None:
    """The committee of the last mediation, or that of the village where the quarrel arose."""
    last = session.scalars(
        select(PeopleMediation.committee_name)
        .where(PeopleMediation.scope == dispute.scope, PeopleMediation.committee_name.isnot(None))
        .order_by(PeopleMediation.id.desc())
        .limit(1)
    ).first()
    village = "" if last else places.find_village_name(session, dispute.area_id or "")
    return last or (f"{village}人民调解委员会" if village else None)


def fill_follow_up(session: Session, values: Mapping[str, Any]) -> dict[str, Any]:
    """The day by which the party was to be asked."""
    runs = find_linked(
        session, PeopleMediation, PeopleMediation.id, [values.get("people_mediation_id") or ""]
    )
    if not runs or not values.get("party_id"):
        return {}
    waiting = (plan for plan in waiting_follow_ups(session, runs[0]) if plan.party_id == values["party_id"])
    return {"due_on": next((plan.due_on for plan in waiting), None)}


FILLS: tuple[tuple[str, Fill], ...] = (("people_mediation", fill_mediation), ("follow_up", fill_follow_up))

# -- what follows from a new record --------------------------------------------------------------------------------


def set_term(work: Work, dispute: Dispute) -> None:
    """A dispute that was graded as it was entered has its term from the first day."""
    if dispute.level and not dispute.due_on:
        days = {level: work.settings.whole(f"level_{level}_deadline_days") for level in rules.LEVEL_DAYS}
        write_values(work, dispute, {"due_on": rules.dispute_due_on(dispute.found_on, dispute.level, days)})


def open_as_entered(work: Work, run: PeopleMediation) -> None:
    """A new mediation: its dispute is taken up with it, if it was not yet, and is in mediation from now on.

    Errors:  RuleBroken MED-001 suspected domestic violence, MED-047 one is open already, MED-049 the dispute is over.
    """
    dispute = load_dispute(work.session, run)
    actions.refuse_domestic_violence(dispute)
    others = [one for one in find_mediations(work.session, dispute.id) if one.id != run.id]
    if any(one.state in rules.OPEN_MEDIATION for one in others):
        raise RuleBroken("MED-047", _("这件纠纷已经在调解中，请打开原来的人民调解继续办理"))
    if dispute.state in rules.ENDED:
        raise RuleBroken(
            "MED-049",
            _("这件纠纷已经办结、撤回、移交或不予受理，不能再开始人民调解。又起纠纷的，请新登记一件"),
        )
    accepted_on = run.accepted_on or work.today
    write_values(
        work,
        run,
        {
            "title": dispute.title,
            "mediator_ids": run.mediator_ids or _only_mediator(work),
            "state": "mediating" if find_sessions(work.session, run) else "accepted",
            "due_on": rules.mediation_due_on(accepted_on, work.settings.whole("people_mediation_days")),
        },
    )
    actions.put_in_mediation(work, dispute, accepted_on)


def _only_mediator(work: Work) -> list[str]:
    """The one mediator who serves here; nobody when there are several to choose from."""
    staff: Any = work.registry.kind("staff_member").table
    ids = work.session.scalars(
        select(staff.id)
        .where(staff.role == "mediator", *live(staff))
        .where(staff.state.is_(None) | (staff.state == "serving"))
        .limit(2)
    ).all()
    return list(ids) if len(ids) == 1 else []


def begin_sittings(work: Work, sitting: MediationSession) -> None:
    """The first sitting puts a mediation from 已受理 to 调解中."""
    run = work.session.get_one(PeopleMediation, (sitting.scope, sitting.people_mediation_id))
    if run.state == "accepted":
        actions.move(work, run, "mediating")


def check_follow_up(work: Work, follow_up: FollowUp) -> None:
    """A new follow-up: the party is one of the matter's, the agreement is in effect, and the matter moves on.

    Errors:  RuleBroken MED-045, MED-064.
    """
    run = work.session.get_one(PeopleMediation, (follow_up.scope, follow_up.people_mediation_id))
    if run.state not in rules.SEALED_MEDIATION:
        raise RuleBroken("MED-064", _("协议还没有生效，不用回访。请先“达成协议”，书面协议还要登记已签字"))
    if follow_up.party_id not in {party.id for party in find_parties(work.session, run.dispute_id)}:
        problem = FieldProblem(
            "party_id", "MED-045", _("被回访人不是这件纠纷的当事人，请从这件纠纷的当事人里选")
        )
        raise RuleBroken("MED-045", problem.message, fields=(problem,))
    if run.state == "performed":
        actions.move(work, run, "performed")


AFTER_ADD: tuple[tuple[str, AfterAdd], ...] = (
    ("dispute", set_term),
    ("people_mediation", open_as_entered),
    ("mediation_session", begin_sittings),
    ("follow_up", check_follow_up),
)

# -- what was signed -----------------------------------------------------------------------------------------------


def guard_mediation(_session: Session, record: Record, names: frozenset[str]) -> Iterable[FieldProblem]:
    """Nothing that was signed is changed; a signed agreement is voided with its reason, and its seal stays."""
    state = getattr(record, "state", None)
    if "dispute_id" in names:
        yield FieldProblem(
            "dispute_id", "MED-063", _("人民调解不能换到另一件纠纷。选错了的，请作废后重新开始")
        )
    if "is_void" in names and state in rules.OPEN_MEDIATION:
        yield FieldProblem(
            "is_void",
            "MED-061",
            _("正在进行的人民调解不能直接作废，请先“终止调解”；办错了的，终止以后再作废"),
        )
    if "is_void" in names and getattr(record, "court_confirmation", None) in {"1", "2"}:
        yield FieldProblem(
            "is_void", "MED-062", _("已向法院申请或经法院确认的协议不能作废；要撤销的，请当事人向法院提出")
        )
    if state in rules.SEALED_MEDIATION:
        yield from _frozen("people_mediation", names)


def guard_dispute(session: Session, record: Record, names: frozenset[str]) -> Iterable[FieldProblem]:
    """The parties to a signed agreement stay who they are; a dispute is not voided under its mediations."""
    held = [name for name in names if rules.is_frozen("dispute", name)]
    if not held and "is_void" not in names:
        return
    runs = find_mediations(session, record.id)
    if runs and "is_void" in names:
        yield FieldProblem("is_void", "MED-065", _("这件纠纷有人民调解记录，请先作废人民调解，再作废纠纷"))
    if any(run.state in rules.SEALED_MEDIATION for run in runs):
        yield from _frozen("dispute", names)


def _frozen(kind: str, names: frozenset[str]) -> Iterable[FieldProblem]:
    message = _(
        "协议已经签字生效，这一项不能再改。双方另有约定的，请重新“开始人民调解”，签订新的协议；原协议登记错了的，请作废并写明原因"
    )
    for name in sorted(names):
        if rules.is_frozen(kind, name):
            yield FieldProblem(name, "MED-060", message)


def guard_seal(session: Session, record: Any, names: frozenset[str]) -> Iterable[FieldProblem]:
    """A seal is the proof of what was signed; of two, the wrong one may be made void."""
    if names == {"is_void"} and len(find_seals(session, [record.people_mediation_id or ""])) > 1:
        return
    yield FieldProblem("content", "MED-060", _("签字封存不能改，也不能作废；协议有错的，请作废那次人民调解"))


def guard_follow_up(_session: Session, _record: Record, names: frozenset[str]) -> Iterable[FieldProblem]:
    """A follow-up belongs to the party that was asked."""
    for name in sorted(names & {"people_mediation_id", "party_id"}):
        yield FieldProblem(name, "MED-063", _("回访不能换到别人名下。选错了的，请作废后重新登记"))


GUARDS: tuple[tuple[str, Guard], ...] = (
    ("dispute", guard_dispute),
    ("people_mediation", guard_mediation),
    ("agreement_seal", guard_seal),
    ("follow_up", guard_follow_up),
)

# -- concluding from the dispute -----------------------------------------------------------------------------------


def conclude_from_dispute(work: Work, dispute: Dispute, inputs: actions.Inputs) -> None:
    """达成协议, taken on the dispute: concludes its open mediation.

    Errors:  as `actions.conclude`; RuleBroken MED-067 when not exactly one mediation is open.
    """
    work.actor.require("people_mediation", "U")
    runs = [
        run
        for run in find_mediations(work.session, dispute.id)
        if rules.mediation_may_take("conclude", run.state)
    ]
    if not runs:
        raise RuleBroken("MED-067", _("这件纠纷没有正在进行的人民调解，请先“开始人民调解”"))
    if len(runs) > 1:
        told = "、".join(run.serial_no or "" for run in runs)
        raise RuleBroken(
            "MED-067", _("这件纠纷有几次调解在进行（{told}），请打开其中一次办理").format(told=told)
        )
    actions.conclude(work, runs[0], inputs)


def _may_conclude(record: Record) -> bool:
    return getattr(record, "state", None) in {rules.IN_MEDIATION, rules.TO_SIGN}


_CONCLUDE = next(step for step in actions.STEPS if (step.kind, step.name) == ("people_mediation", "conclude"))

STEPS: tuple[Step, ...] = (
    Step(
        "dispute",
        "conclude",
        _CONCLUDE.label,
        conclude_from_dispute,
        _may_conclude,
        _CONCLUDE.inputs,
        help=_CONCLUDE.help,
        first=N_("请先“开始人民调解”，登记调解记录，填好争议事项和协议条款"),
    ),
)
