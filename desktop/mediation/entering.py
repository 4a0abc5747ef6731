"""What holds whichever way a record comes in: by a step, by the form, by an import or by the command line.

A mediation that is entered directly opens as the step would have opened it; what was signed is held against every edit;
`conclude` may be taken from the dispute as well.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy.orm import Session

from desktop.base.errors import FieldProblem, RuleBroken
from desktop.base.text import N_, _
from desktop.database.kinds import AfterAdd, Guard
from desktop.database.record import Record
from desktop.mediation import actions, rules
from desktop.mediation.store import find_mediations, find_parties, load_dispute
from desktop.mediation.tables import Dispute, FollowUp, PeopleMediation
from desktop.staff.records import Step, Work, write_values


def open_as_entered(work: Work, run: PeopleMediation) -> None:
    """A mediation that was entered directly: its dispute is taken up and is in mediation from now on.

    Errors:  RuleBroken MED-001 suspected domestic violence, MED-047 one is open already, MED-049 the dispute is over.
    """
    dispute = load_dispute(work.session, run)
    actions.refuse_domestic_violence(dispute)
    others = [one for one in find_mediations(work.session, dispute.id) if one.id != run.id]
    if any(one.state in rules.OPEN_MEDIATION for one in others):
        raise RuleBroken("MED-047", _("这件纠纷已经在调解中，请打开原来的人民调解继续办理"))
    if dispute.state != rules.REGISTERED and not rules.may_take("open_mediation", dispute.state):
        raise RuleBroken("MED-049", _("这件纠纷已经办结、撤回或移交，不能再开始人民调解"))
    accepted_on = run.accepted_on or work.today
    write_values(
        work,
        run,
        {
            "title": dispute.title,
            "dispute_facts": run.dispute_facts or dispute.facts,
            "due_on": rules.mediation_due_on(accepted_on, work.settings.whole("people_mediation_days")),
        },
    )
    actions.put_in_mediation(work, dispute, accepted_on)


def check_follow_up(work: Work, follow_up: FollowUp) -> None:
    """A follow-up that was entered directly: the party is one of the matter's, and the matter moves on.

    Errors:  RuleBroken MED-045.
    """
    run = work.session.get_one(PeopleMediation, (follow_up.scope, follow_up.people_mediation_id))
    if follow_up.party_id not in {party.id for party in find_parties(work.session, run.dispute_id)}:
        problem = FieldProblem("party_id", "MED-045", _("被回访人不是这件纠纷的当事人"))
        raise RuleBroken("MED-045", problem.message, fields=(problem,))
    if run.state == "performed":
        actions.move(work, run, "performed")


def conclude_from_dispute(work: Work, dispute: Dispute, inputs: actions.Inputs) -> None:
    """达成协议, taken on the dispute: concludes its open mediation.

    Errors:  as `actions.conclude`; RuleBroken MED-050 when no mediation is open.
    """
    work.actor.require("people_mediation", "U")
    for run in find_mediations(work.session, dispute.id):
        if rules.mediation_may_take("conclude", run.state):
            actions.conclude(work, run, inputs)
            return
    raise RuleBroken("MED-050", _("这件纠纷没有正在进行的人民调解，请先“开始人民调解”"))


def hold_signed(_session: Session, record: Record, names: frozenset[str]) -> Iterable[FieldProblem]:
    """What was signed is never changed: parties, facts, clauses. How a clause is performed may still be written."""
    state = getattr(record, "state", None)
    for name in sorted(names):
        listed, _dot, field = name.partition(".")
        if field in rules.FREE_CLAUSE_FIELDS:
            continue
        if rules.is_frozen(record.__tablename__, state, listed):
            message = _("协议已经签字生效，不能再改。确有变化的，请另行调解、签订新的协议")
            yield FieldProblem(name, "MED-051", message)


def _may_conclude(record: Record) -> bool:
    return getattr(record, "state", None) == rules.IN_MEDIATION


def _conclude_inputs() -> Any:
    return next(
        step.inputs for step in actions.STEPS if (step.kind, step.name) == ("people_mediation", "conclude")
    )


STEPS = (
    Step("dispute", "conclude", N_("达成协议"), conclude_from_dispute, _may_conclude, _conclude_inputs()),
)
GUARDS: tuple[tuple[str, Guard], ...] = (("dispute", hold_signed), ("people_mediation", hold_signed))
AFTER_ADD: tuple[tuple[str, AfterAdd], ...] = (
    ("people_mediation", open_as_entered),
    ("follow_up", check_follow_up),
)
