"""A change of a PC that was shut out waits, everybody sees why, and the county decides on it by command."""

from __future__ import annotations

import pytest

from county.enrolment import revoke
from desktop.shell.room_office import RoomOffice
from tests.county.test_commands import Say, say
from tests.helpers.county import COUNTY, ROOM_CODE, World

__all__ = ("say",)

PCS = ("甲机", "乙机")


def late_work(world: World) -> str:
    """乙机 changed a person after the county shut it out; 甲机, which had not heard of it, brings the change."""
    first, second = (world.offices[name] for name in PCS)
    person = first.add("staff_member", {"name": "张三丰", "role": "民警", "phone": "12000000001"}).id
    for name in PCS:
        world.by_wire(name)
    second.change("staff_member", person, {"phone": "12000000002"})
    peer = first.exchange().party.certificate
    first.exchange().take(second.exchange().make(peer).sealed)
    revoke(world.county, second.exchange().party.device, "电脑丢失")
    world.by_wire("甲机")
    world.by_wire("甲机")
    return person


@pytest.mark.parametrize(("verdict", "phone"), [("accepted", "12000000002"), ("refused", "12000000001")])
def test_county_sees_what_waits_and_decides(world: World, say: Say, verdict: str, phone: str) -> None:
    person = late_work(world)
    told = RoomOffice(world.county).parked()
    assert [(one.why, "12000000002" in one.words or "电话" in one.words) for one in told] == [
        ("来自已停用的电脑或已作废的密钥，等县局裁定", True)
    ]
    world.close_all()
    decide = ("county", "decide")
    status, found = say(COUNTY, "county", "parked", "--room", ROOM_CODE, folder=world.folder)
    assert (status, len(found["parked"])) == (0, 1)
    [waiting] = found["parked"]
    assert (waiting["reason"], waiting["scope"]) == ("author_revoked", f"r:{ROOM_CODE}")
    assert say(COUNTY, "county", "parked", "--room", "649901100299", folder=world.folder)[1] == {"parked": []}
    said = ("--verdict", verdict, "--reason", "问过本人")
    assert say(COUNTY, *decide, "0" * 64, *said, folder=world.folder)[0] == 3
    assert say(COUNTY, *decide, waiting["id"][:4], *said, folder=world.folder)[0] == 3
    status, done = say(COUNTY, *decide, waiting["id"][:12], *said, folder=world.folder)
    assert (status, done) == (0, {"used": 1})
    assert say(COUNTY, "county", "parked", folder=world.folder)[1] == {"parked": []}
    for name in (COUNTY, "甲机"):
        world.open(name)
    for _turn in range(2):
        world.by_wire("甲机")
    for office in (world.county, world.offices["甲机"]):
        assert office.show("staff_member", person)["phone"] == phone
        assert office.parked() == []
