"""The papers of disputes and of people's mediation; what stands on each is `resources/forms/NAME.toml`.

Source:  Ministry of Justice notice of December 2010 on forms of people's mediation; People's Mediation Law 28, 29;
         DOMAIN 2.4, 2.5.
"""

from __future__ import annotations

from desktop.base.text import N_
from desktop.mediation import gathering
from desktop.mediation.paper_rules import AGREEMENT, ORAL_REGISTER
from desktop.staff.catalogue import Paper


def _of_mediation(name: str, label: str) -> Paper:
    return Paper(
        name, label, "people_mediation", gathering.gather_mediation(name), gathering.mediation_fields
    )


def _of_dispute(name: str, label: str) -> Paper:
    return Paper(name, label, "dispute", gathering.gather_dispute(name), gathering.dispute_fields)


PAPERS: tuple[Paper, ...] = (
    # The one that is asked for most stands first: Ctrl+P prints it.
    Paper(
        AGREEMENT,
        N_("人民调解协议书"),
        "people_mediation",
        gathering.gather_agreement,
        gathering.mediation_fields,
        gathering.sealed_as(AGREEMENT),
    ),
    _of_mediation("mediation_application", N_("人民调解申请书")),
    _of_mediation("mediation_acceptance", N_("人民调解受理登记表")),
    _of_mediation("rights_notice", N_("权利义务告知书")),
    _of_mediation("mediation_minutes", N_("人民调解记录（全部）")),
    Paper(
        ORAL_REGISTER,
        N_("口头协议登记表"),
        "people_mediation",
        gathering.gather_mediation(ORAL_REGISTER),
        gathering.mediation_fields,
        gathering.sealed_as(ORAL_REGISTER),
    ),
    _of_mediation("termination_notice", N_("终止调解告知书")),
    _of_mediation("court_confirmation_application", N_("司法确认申请书")),
    _of_mediation("case_file_cover", N_("卷宗封面")),
    _of_mediation("case_file_contents", N_("卷内目录")),
    _of_mediation("case_file_note", N_("卷宗情况说明及封底")),
    Paper(
        "mediation_session_record",
        N_("人民调解记录"),
        "mediation_session",
        gathering.gather_session,
        gathering.session_fields,
    ),
    Paper(
        "investigation_record",
        N_("人民调解调查记录"),
        "investigation",
        gathering.gather_investigation,
        gathering.investigation_fields,
    ),
    Paper(
        "follow_up_record",
        N_("人民调解回访记录"),
        "follow_up",
        gathering.gather_follow_up,
        gathering.follow_up_fields,
    ),
    _of_dispute("dispute_register_form", N_("矛盾纠纷排查登记表")),
    _of_dispute("diversion_notice", N_("矛盾纠纷告知（分流）单")),
    _of_dispute("mediation_referral_letter", N_("移送（委托）人民调解函")),
    _of_dispute("escalation_slip", N_("吹哨单")),
)
