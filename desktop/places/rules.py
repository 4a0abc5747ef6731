"""What can be wrong with an area, a household or premises; everything that is only odd is a hint and passes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Any

from desktop.base.documents import check_uscc
from desktop.base.errors import FieldProblem
from desktop.base.text import _
from desktop.base.verdict import OK, Verdict, warn

COUNTY = "1"
TOWN = "2"
VILLAGE = "3"
GROUP = "4"
GRID = "5"

# Digits of a division code by level: national ones down to the village, the room's own below it.
CODE_LENGTHS: Mapping[str, int] = MappingProxyType({COUNTY: 6, TOWN: 9, VILLAGE: 12, GROUP: 14, GRID: 15})

# A level that lies in another; groups and grids cut a village in two different ways, so neither holds the other.
LEVELS_ABOVE: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {COUNTY: (), TOWN: (COUNTY,), VILLAGE: (TOWN, COUNTY), GROUP: (VILLAGE,), GRID: (VILLAGE, GROUP)}
)

MOST_MEMBERS = 40


def check_division_code(code: str, level: str) -> Verdict:
    """Whether a division code has the shape of its level; only the shape, because the lists change every year.

    Shape:   6 digits county, 9 town, 12 village, 14 group, 15 grid; a code padded to 12 digits with zeros is fine.
    Source:  GB/T 2260; GB/T 10114-2003; Statistics Bureau's codes (town 001-599, village 001-599).
    """
    if not re.fullmatch(r"[0-9]+", code):
        return warn("PLC-001", _("区划代码只能是数字，请核对。"))
    wanted = CODE_LENGTHS.get(level)
    national = level in (COUNTY, TOWN, VILLAGE)
    if wanted is None:
        return OK if len(code) in CODE_LENGTHS.values() else _odd_length(12, len(code))
    if len(code) == wanted or (national and len(code) == 12 and set(code[wanted:]) <= {"0"}):
        return OK
    return _odd_length(wanted, len(code))


def _odd_length(wanted: int, now: int) -> Verdict:
    return warn(
        "PLC-002", _("区划代码一般是{wanted}位，现在是{now}位，请核对。").format(wanted=wanted, now=now)
    )


def may_lie_in(level: str, level_above: str) -> bool:
    """Whether an area of one level can lie in an area of another."""
    return level_above in LEVELS_ABOVE.get(level, ())


def area_problems(values: Mapping[str, Any], _today: date) -> list[FieldProblem]:
    """What stops the save of an area: a county lies in nothing that this product knows."""
    if values.get("level") == COUNTY and values.get("parent_id"):
        return [FieldProblem("parent_id", "PLC-003", _("县是最上一级，不用填上级区域。"))]
    return []


def area_hints(values: Mapping[str, Any], _today: date) -> list[FieldProblem]:
    """What is only odd about an area."""
    hints = []
    code = values.get("division_code")
    if code:
        verdict = check_division_code(str(code), str(values.get("level") or ""))
        if not verdict.is_ok:
            hints.append(FieldProblem("division_code", verdict.code, verdict.message))
    return hints


def household_problems(values: Mapping[str, Any], _today: date) -> list[FieldProblem]:
    """What stops the save of a household: without a door number or a name nobody could find it again."""
    if not values.get("door_no") and not values.get("head_name"):
        return [FieldProblem("door_no", "PLC-004", _("门牌号和户主姓名至少填一项，以后才找得到这一户。"))]
    return []


def household_hints(values: Mapping[str, Any], _today: date) -> list[FieldProblem]:
    """What is only odd about a household."""
    if (values.get("member_count") or 0) > MOST_MEMBERS:
        return [
            FieldProblem(
                "member_count", "PLC-005", _("一户超过{most}人，请核对人数。").format(most=MOST_MEMBERS)
            )
        ]
    return []


def premises_hints(values: Mapping[str, Any], _today: date) -> list[FieldProblem]:
    """What is only odd about premises: small shops have old papers, so a wrong credit code never stops a save."""
    code = values.get("credit_code")
    verdict = check_uscc(str(code)) if code else OK
    return [] if verdict.is_ok else [FieldProblem("credit_code", verdict.code, verdict.message)]
