"""The papers of visits and requests; what stands on each is `resources/forms/NAME.toml`."""

from __future__ import annotations

from desktop.base.text import N_
from desktop.staff.catalogue import Paper
from desktop.visits.gathering import gather_request, gather_visit, request_fields, visit_fields

PAPERS: tuple[Paper, ...] = (
    Paper("visit_record", N_("走访登记表"), "visit", gather_visit, visit_fields),
    Paper("request_record", N_("便民服务（诉求）办理登记表"), "request", gather_request, request_fields),
)
