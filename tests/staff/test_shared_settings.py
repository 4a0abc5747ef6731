"""Settings that a room's PCs have in common, and those that the county sets for all its rooms."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from desktop.base.errors import Refused, RuleBroken
from desktop.staff.office import Office
from desktop.staff.permissions import actor_of
from tests.helpers.clock import FixedClock
from tests.helpers.county import COUNTY, World, check
from tests.helpers.rooms import PASSWORD, ROOM, USER, toy_rooms


@pytest.fixture
def signed_in(world: World) -> World:
    """The county and its PCs, each with somebody who may change what is set there."""
    for name, office in world.offices.items():
        office.actor = actor_of(USER, ("county",) if name == COUNTY else ("chief",))
    return world


def test_a_rooms_setting_reaches_its_other_pc(signed_in: World) -> None:
    one, other, neighbour = (signed_in.offices[name] for name in ("甲机", "乙机", "邻室"))
    assert one.set_setting("visit_cycle_days", "90") == 90
    one.set_setting("station_name", "青石派出所")
    signed_in.by_stick("甲机", COUNTY, "乙机", "邻室")
    assert other.settings.whole("visit_cycle_days") == 90
    assert other.place.station == "青石派出所"
    assert neighbour.settings.whole("visit_cycle_days") == 180
    assert neighbour.place.station == ""
    assert signed_in.open("乙机").place.station == "青石派出所"


def test_the_countys_setting_reaches_every_room_and_holds_after_opening(signed_in: World) -> None:
    signed_in.county.set_setting("people_mediation_days", 25)
    signed_in.county.set_setting("people_mediation_days", 20)
    signed_in.by_stick("甲机", "邻室", COUNTY, "甲机", "邻室")  # the rooms have nothing to send
    for name in ("甲机", "邻室", COUNTY):
        assert signed_in.offices[name].settings.whole("people_mediation_days") == 20
        assert signed_in.open(name).settings.whole("people_mediation_days") == 20
        check(signed_in.offices[name].database)


def test_what_two_pcs_set_at_once_holds_alike_on_both(signed_in: World) -> None:
    one, other = signed_in.offices["甲机"], signed_in.offices["乙机"]
    one.set_setting("visit_cycle_days", 60)
    other.set_setting("visit_cycle_days", 70)
    signed_in.by_stick("甲机", COUNTY, "乙机", COUNTY, "甲机")
    held = {office.settings.whole("visit_cycle_days") for office in (one, other)}
    assert len(held) == 1
    one.set_setting("visit_cycle_days", 80)
    signed_in.by_stick("甲机", COUNTY, "乙机")
    assert other.settings.whole("visit_cycle_days") == 80


def test_nobody_sets_what_is_not_theirs(signed_in: World) -> None:
    room = signed_in.offices["甲机"]
    with pytest.raises(Refused, match="SET-004"):
        room.set_setting("people_mediation_days", 90)
    room.actor = actor_of(USER, ("clerk",))
    with pytest.raises(Refused, match="SET-004"):
        room.set_setting("visit_cycle_days", 90)
    signed_in.county.actor = actor_of(USER, ("chief", "county"))
    with pytest.raises(RuleBroken, match="SET-003"):
        signed_in.county.set_setting("visit_cycle_days", 90)
    room.actor = actor_of(USER, ("chief",))
    with pytest.raises(RuleBroken, match="SET-002"):
        room.set_setting("visit_cycle_days", 0)
    with pytest.raises(RuleBroken, match="REC-013"):
        room.add("setting_entry", {"setting_name": "visit_cycle_days", "setting_value": "1"})
    assert room.settings.whole("visit_cycle_days") == 180
    assert room.list_ids("setting_entry") == []


def test_a_value_that_this_version_does_not_allow_counts_as_not_set(room: Office, clock: FixedClock) -> None:
    room.actor = actor_of(USER, ("chief",))
    room.set_setting("visit_cycle_days", 90)
    entry = room.list_ids("setting_entry")[0]
    with room.working() as work:
        held: Any = room.load(work.session, "setting_entry", entry)
        held.setting_value = "无"
    again = toy_rooms(clock).open(room.home, USER, PASSWORD)
    assert again.settings.whole("visit_cycle_days") == 180
    assert len(again.settings.problems) == 1
    again.database.close()


def test_the_stations_name_of_the_first_day_holds_until_another_is_set(
    tmp_path: Path, clock: FixedClock
) -> None:
    rooms = toy_rooms(clock)
    office = rooms.create(tmp_path / "室", replace(ROOM, station="青石派出所")).office
    office.actor = actor_of(USER, ("chief",))
    assert office.settings.text("station_name") == office.place.station == "青石派出所"
    office.set_setting("station_name", "柳树派出所")
    office.database.close()
    again = rooms.open(tmp_path / "室", USER, PASSWORD)
    assert again.settings.text("station_name") == again.place.station == "柳树派出所"
    again.database.close()
