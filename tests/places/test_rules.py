"""Shapes of division codes, and what stops or only warns at an area, a household or premises."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from desktop.places import rules

TODAY = date(2026, 3, 5)


@pytest.mark.parametrize(
    ("code", "level", "expected"),
    [
        pytest.param("649901100201", rules.VILLAGE, "", id="village"),
        pytest.param("649901", rules.COUNTY, "", id="county"),
        pytest.param("649901000000", rules.COUNTY, "", id="county padded to twelve"),
        pytest.param("649901100", rules.TOWN, "", id="town"),
        pytest.param("649901100000", rules.TOWN, "", id="town padded to twelve"),
        pytest.param("64990110020101", rules.GROUP, "", id="group"),
        pytest.param("649901100201001", rules.GRID, "", id="grid"),
        pytest.param("64990110020", rules.VILLAGE, "PLC-002", id="one digit short"),
        pytest.param("649901100201", rules.TOWN, "PLC-002", id="village code on a town"),
        pytest.param("649901100201", rules.GROUP, "PLC-002", id="village code on a group"),
        pytest.param("64990110O201", rules.VILLAGE, "PLC-001", id="letter O"),
        pytest.param("64990110020\uff11", rules.VILLAGE, "PLC-001", id="a full-width digit"),
        pytest.param("649901100201", "", "", id="no level, a known length"),
        pytest.param("6499011002", "", "PLC-002", id="no level, no known length"),
    ],
)
def test_division_code_is_only_ever_warned_about(code: str, level: str, expected: str) -> None:
    verdict = rules.check_division_code(code, level)
    assert verdict.code == expected
    assert not verdict.is_blocked


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        pytest.param({"level": rules.VILLAGE, "parent_id": "t"}, [], id="village in a town"),
        pytest.param({"level": rules.COUNTY}, [], id="county alone"),
        pytest.param({"level": rules.COUNTY, "parent_id": "t"}, ["PLC-003"], id="county in something"),
    ],
)
def test_area_is_refused_above_a_county(values: dict[str, Any], expected: list[str]) -> None:
    assert [one.code for one in rules.area_problems(values, TODAY)] == expected


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        pytest.param({"door_no": "12号"}, [], id="door"),
        pytest.param({"head_name": "马占山"}, [], id="name"),
        pytest.param({"phone": "12000000001"}, ["PLC-004"], id="neither"),
    ],
)
def test_household_needs_a_door_or_a_name(values: dict[str, Any], expected: list[str]) -> None:
    assert [one.code for one in rules.household_problems(values, TODAY)] == expected


@pytest.mark.parametrize(
    ("hints", "expected"),
    [
        pytest.param(
            rules.premises_hints({"credit_code": "91649901MA0000000U"}, TODAY), [], id="right credit code"
        ),
        pytest.param(rules.premises_hints({}, TODAY), [], id="no credit code"),
        pytest.param(
            rules.premises_hints({"credit_code": "91649901MA00000001"}, TODAY),
            ["DOC-021"],
            id="wrong check sign",
        ),
        pytest.param(rules.household_hints({"member_count": 40}, TODAY), [], id="a large family"),
        pytest.param(rules.household_hints({"member_count": 41}, TODAY), ["PLC-005"], id="too many"),
        pytest.param(rules.area_hints({"division_code": None}, TODAY), [], id="no division code"),
        pytest.param(
            rules.area_hints({"division_code": "12", "level": rules.VILLAGE}, TODAY),
            ["PLC-002"],
            id="odd code",
        ),
    ],
)
def test_hints_name_what_is_only_odd(hints: list[Any], expected: list[str]) -> None:
    assert [one.code for one in hints] == expected


@pytest.mark.parametrize(
    ("level", "above", "expected"),
    [
        (rules.GROUP, rules.VILLAGE, True),
        (rules.VILLAGE, rules.TOWN, True),
        (rules.VILLAGE, rules.GROUP, False),
        (rules.COUNTY, rules.TOWN, False),
        (rules.GRID, rules.GROUP, True),
    ],
)
def test_levels_lie_in_each_other_downwards(level: str, above: str, expected: bool) -> None:
    assert rules.may_lie_in(level, above) is expected
