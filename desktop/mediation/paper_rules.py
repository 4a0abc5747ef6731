"""When a paper of a dispute or of a people's mediation may be printed; pure, like `rules`."""

from __future__ import annotations

from collections.abc import Sequence

from desktop.base.errors import RuleBroken
from desktop.base.text import _
from desktop.mediation import rules
from desktop.mediation.rules import Values

AGREEMENT = "people_mediation_agreement"
ORAL_REGISTER = "oral_agreement_register"
"""The names of the papers that keep what was agreed, in writing and orally."""

NEEDS_PARTIES = frozenset(
    {"mediation_application", "mediation_acceptance", "rights_notice", "court_confirmation_application"}
)


def refuse_mediation(paper: str, values: Values, parties: Sequence[Values]) -> None:
    """Errors: RuleBroken MED-012, MED-070 to MED-073 with what comes first."""
    if paper in NEEDS_PARTIES and len(parties) < 2:
        raise RuleBroken("MED-012", _("当事人至少要有两方，请先在纠纷里补齐当事人"))
    if paper == ORAL_REGISTER and not (values.get("agreement_form") == "2" and values.get("concluded_on")):
        raise RuleBroken("MED-070", _("口头协议登记表要在达成口头协议以后打印；书面协议请打印协议书"))
    if paper == "termination_notice" and values.get("state") != "terminated":
        raise RuleBroken("MED-071", _("调解还没有终止，不能打印终止调解告知书。请先“终止调解”，写明原因"))
    if paper == "court_confirmation_application":
        _refuse_confirmation(values)


def _refuse_confirmation(values: Values) -> None:
    if values.get("agreement_form") == "2":
        raise RuleBroken("MED-072", _("口头协议不能申请司法确认，不打印申请书"))
    if values.get("state") not in rules.SEALED_MEDIATION:
        raise RuleBroken("MED-072", _("协议还没有生效，不能打印司法确认申请书。请先登记已签字"))
    if values.get("court_confirmation") in {"2", "3"}:
        raise RuleBroken("MED-073", _("法院已经作出裁定，不用再打印申请书"))


def refuse_dispute(paper: str, values: Values, parties: Sequence[Values]) -> None:
    """Errors: RuleBroken MED-001 for suspected domestic violence, MED-012, MED-074 with what comes first."""
    if paper in {"diversion_notice", "mediation_referral_letter"}:
        if rules.must_go_to_police(values):
            raise RuleBroken("MED-001", rules.domestic_violence_sentence())
        if len(parties) < 2:
            raise RuleBroken("MED-012", _("当事人至少要有两方，请先在纠纷里补齐当事人"))
    if paper == "escalation_slip" and not values.get("escalated_on"):
        raise RuleBroken(
            "MED-074", _("还没有登记上报，不能打印吹哨单。请先“上报（移送）”，写明报给谁、为什么")
        )
