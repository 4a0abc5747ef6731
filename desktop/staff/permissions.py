"""Who may do what: DOMAIN appendix E as a table, and the actor who carries his part of it.

Letters: C create, R read, U change, P print, X export, A approve, F feed back; a small `r` reads only what is assigned
to him.
An account may hold several roles; it may do what any of them may.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from desktop.base.errors import Refused
from desktop.base.text import N_, _

ROLES: Mapping[str, str] = MappingProxyType(
    {
        "auxiliary": N_("辅警"),
        "assistant": N_("警务助理"),
        "clerk": N_("内勤"),
        "officer": N_("民警"),
        "mediator": N_("调解员"),
        "chief": N_("所长（审核）"),
        "county": N_("县级管理员"),
        "admin": N_("系统管理员"),
    }
)

# Area → role → letters. Rows in the order of DOMAIN appendix E; places, staff, codes and system are ours.
PERMISSIONS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "visits": {
            "auxiliary": "CRU",
            "assistant": "CR",
            "clerk": "CRUPX",
            "officer": "CRUPXA",
            "chief": "RPXA",
        },
        "disputes": {
            "auxiliary": "CRU",
            "assistant": "CRU",
            "clerk": "CRUPX",
            "officer": "CRUPXA",
            "mediator": "r",
            "chief": "RPXA",
        },
        "people_mediation": {
            "auxiliary": "r",
            "assistant": "CRU",
            "clerk": "CRUPX",
            "officer": "R",
            "mediator": "CRUP",
            "chief": "R",
        },
        "hazards": {
            "auxiliary": "CRU",
            "assistant": "C",
            "clerk": "CRUPX",
            "officer": "CRUPXA",
            "chief": "RPXA",
        },
        "orders": {
            "auxiliary": "rF",
            "assistant": "r",
            "clerk": "RUPXF",
            "officer": "CRUPXAF",
            "chief": "CRPXA",
            "county": "CRUPXA",
        },
        "notices": {
            "auxiliary": "RF",
            "assistant": "RF",
            "clerk": "RPXF",
            "officer": "RPXF",
            "mediator": "RF",
            "chief": "RPXF",
            "county": "CRUPX",
        },
        "patrol": {
            "auxiliary": "CR",
            "assistant": "CR",
            "clerk": "CRUPX",
            "officer": "CRUPXA",
            "chief": "RPXA",
        },
        "places": {
            "auxiliary": "CRU",
            "assistant": "CRU",
            "clerk": "CRUPX",
            "officer": "CRUPXA",
            "mediator": "R",
            "chief": "RPX",
        },
        "staff": {
            "auxiliary": "R",
            "assistant": "R",
            "clerk": "CRUPX",
            "officer": "CRUPX",
            "mediator": "R",
            "chief": "CRUPX",
            "admin": "CRU",
        },
        "attachments": {
            "auxiliary": "CRU",
            "assistant": "CRU",
            "clerk": "CRUPX",
            "officer": "CRUPXA",
            "mediator": "CRU",
            "chief": "RX",
        },
        "audit": {"chief": "R", "admin": "R"},
        "numbers": {
            "auxiliary": "R",
            "assistant": "R",
            "clerk": "CRUPX",
            "officer": "CRUPXA",
            "mediator": "CRUP",
            "chief": "RPXA",
        },
        "volumes": {
            "auxiliary": "R",
            "assistant": "R",
            "clerk": "CRUPX",
            "officer": "CRUPXA",
            "mediator": "CRUP",
            "chief": "RPXA",
        },
        "codes": {role: "R" for role in ROLES if role != "county"} | {"county": "CRU"},
        "settings": dict.fromkeys(ROLES, "R") | {"chief": "CRU", "admin": "CRU", "county": "CRU"},
        "accounts": {"admin": "CRUA", "chief": "R"},
        "system": {"admin": "CRUPXA", "chief": "RA"},
    }
)

# The county reads what its rooms recorded and settles what they disagree on; it never writes their records for them.
COUNTY_AREAS = "RPXU"


@dataclass(frozen=True)
class Actor:
    """Who acts: the account's name, its roles, and the staff member it belongs to."""

    name: str
    roles: tuple[str, ...]
    staff_id: str = ""
    areas: Mapping[str, str] = field(default_factory=dict)

    def may(self, area: str, letter: str) -> bool:
        """Whether the actor may do this to every record of the area."""
        return letter in self.areas.get(area, "")

    def may_assigned(self, area: str) -> bool:
        """Whether the actor may read at least what is assigned to him."""
        return "r" in self.areas.get(area, "") or self.may(area, "R")

    def require(self, area: str, letter: str) -> None:
        """Errors: Refused STF-001 with whom to ask."""
        if not self.may(area, letter):
            raise Refused(
                "STF-001",
                _("{name}没有{deed}的权限，没有改动任何内容。请找内勤或系统管理员").format(
                    name=self.name, deed=_(DEEDS[letter])
                ),
                area=area,
                letter=letter,
            )


DEEDS: Mapping[str, str] = MappingProxyType(
    {
        "C": N_("登记"),
        "R": N_("查看"),
        "U": N_("修改"),
        "P": N_("打印"),
        "X": N_("导出"),
        "A": N_("审核"),
        "F": N_("反馈"),
    }
)


def actor_of(name: str, roles: tuple[str, ...], staff_id: str = "") -> Actor:
    """The actor with everything that his roles allow."""
    areas = {area: _joined(by_role, roles) for area, by_role in PERMISSIONS.items()}
    return Actor(name, roles, staff_id, areas)


def _joined(by_role: Mapping[str, str], roles: tuple[str, ...]) -> str:
    letters = {letter for role in roles for letter in by_role.get(role, "")}
    if "county" in roles:
        letters |= set(COUNTY_AREAS)
    return "".join(sorted(letters))
