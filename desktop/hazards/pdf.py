"""The papers of hazards; what stands on each is `resources/forms/NAME.toml`.

They hint and ask, they never order: orders belong to officers and to the case system (DOMAIN 2.6).
"""

from __future__ import annotations

from desktop.base.text import N_
from desktop.hazards.gathering import gather_hazard, hazard_fields
from desktop.staff.catalogue import Paper


def _paper(name: str, label: str) -> Paper:
    return Paper(name, label, "hazard", gather_hazard(name), hazard_fields)


PAPERS: tuple[Paper, ...] = (
    _paper("hazard_notice", N_("安全隐患告知（整改）通知书")),
    _paper("inspection_record", N_("安全检查记录")),
    _paper("hazard_recheck_record", N_("隐患整改复查记录")),
    _paper("hazard_referral_letter", N_("隐患移交函")),
)
