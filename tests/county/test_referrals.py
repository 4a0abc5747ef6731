"""Notices into rooms' scopes, and matters that the county hands on: a copy and a closing event, never a move."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from desktop.base.errors import EnvironmentFault, Refused, RuleBroken
from desktop.staff.office import Office
from desktop.staff.records import load_record, new_row
from desktop.staff.status import verify_office
from desktop.staff.views import Query
from tests.county.test_blobs import state_of, travel
from tests.county.test_commands import Say, say
from tests.helpers.county import COUNTY, OTHER_CODE, ROOM_CODE, World, check
from tests.helpers.factories.mediation import make_dispute
from tests.helpers.factories.visits import make_request

__all__ = ("say",)

ROOM, OTHER = "甲机", "邻室"


def test_notice_reaches_its_rooms_and_the_county_sees_who_read_it(world: World, say: Say) -> None:
    world.close_all()
    file = world.folder / "notice.json"
    file.write_text(json.dumps({"title": "汛期值守", "content": "每天两人值守"}, ensure_ascii=False), "utf-8")
    told = ("county", "add", "notice", str(file), "--room", ROOM_CODE, "--room", OTHER_CODE)
    status, added = say(COUNTY, *told, folder=world.folder)
    assert (status, len(added["records"])) == (0, 2)
    for name in (COUNTY, ROOM, OTHER):
        world.open(name)
    for name in (ROOM, OTHER):
        world.by_wire(name)
    room = world.offices[ROOM]
    [notice] = room.list_ids("notice")
    assert any("汛期值守" in one.label for one in room.board() if one.kind == "notice")
    room.step("notice", notice, "mark_read", {})
    assert [one for one in room.board() if one.kind == "notice"] == []
    assert room.steps_now("notice", notice) == []
    world.by_wire(ROOM)
    states = {one["scope"]: one["state"] for one in world.county.iterate_json("notice", Query())}
    assert states == {f"r:{ROOM_CODE}": "read", f"r:{OTHER_CODE}": "unread"}
    with pytest.raises(Refused, match="STF-001"):
        room.add("notice", {"title": "假的", "content": "不"})
    with pytest.raises(Refused, match="STF-001"):
        world.county.step("notice", world.county.list_ids("notice")[0], "mark_read", {})
    for office in world.offices.values():
        check(office.database)


def test_matter_is_copied_into_the_other_room_and_closed_by_an_event_in_the_old_one(world: World) -> None:
    room, other = world.offices[ROOM], world.offices[OTHER]
    dispute = make_dispute(room)
    asked = {"referral_target": "1", "to_room": OTHER_CODE, "words": "双方都是柳树村人"}
    room.step("dispute", dispute, "ask_referral", asked)
    with pytest.raises(RuleBroken, match="ORD-006"):
        room.step("dispute", dispute, "ask_referral", asked)
    world.by_wire(ROOM)
    [referral] = world.county.list_ids("referral", Query(where={"state": "requested"}))
    with pytest.raises(RuleBroken, match="ORD-007"):
        world.county.step("referral", referral, "carry_out", {"to_room": ROOM_CODE})
    # The old room goes on meanwhile: nothing of it is lost, nothing is in conflict.
    room.change("dispute", dispute, {"facts": "又谈了一次"})
    world.county.step("referral", referral, "carry_out", {"words": "已和柳树村说好"})
    for name in (ROOM, OTHER, ROOM):
        world.by_wire(name)
    old = room.show("dispute", dispute)
    [copy] = [other.show("dispute", one) for one in other.list_ids("dispute")]
    assert (copy["title"], len(copy["parties"])) == (old["title"], len(old["parties"]))
    assert (copy["facts"] != old["facts"], old["facts"]) == (True, "又谈了一次")
    told = room.show("referral", referral)
    assert (told["state"], told["outcomes"][0]["copy_no"]) == ("carried_out", copy["serial_no"])
    assert any("已转办" in one.label for one in room.board() if one.kind == "referral")
    [notice] = [other.show("notice", one) for one in other.list_ids("notice")]
    assert notice["origin"] == {"kind": "dispute", "id": copy["id"]}
    assert old["serial_no"] in notice["content"]
    assert room.list_ids("dispute") == [dispute]
    for office in world.offices.values():
        assert office.open_conflicts() == []
        check(office.database)


def test_matter_for_the_station_gets_its_receipt_and_one_that_stays_its_reason(world: World) -> None:
    room = world.offices[ROOM]
    first, second = make_request(room), make_request(room)
    for request in (first, second):
        room.step("request", request, "ask_referral", {"referral_target": "2", "words": "该派出所办"})
    world.by_wire(ROOM)
    one, two = sorted(world.county.list_ids("referral"))
    world.county.step("referral", one, "carry_out", {"words": "派出所已受理"})
    world.county.step("referral", two, "turn_down", {"words": "本室职责"})
    world.by_wire(ROOM)
    assert [room.show("referral", each)["state"] for each in (one, two)] == ["carried_out", "turned_down"]
    with pytest.raises(RuleBroken, match="REC-014"):
        room.step("referral", two, "carry_out", {})
    assert any("接着办" in item.label for item in room.board() if item.kind == "referral")


SCAN, PHOTO, WRONG = b"signed by both" * 999, b"the border stone" * 999, b"of another matter" * 99


def attach(office: Office, dispute: str, folder: Path, name: str, data: bytes, purpose: str = "") -> str:
    path = folder / name
    path.write_bytes(data)
    office.attach("dispute", dispute, path, purpose)
    return hashlib.sha256(data).hexdigest()


def refer(world: World, dispute: str) -> None:
    asked = {"referral_target": "1", "to_room": OTHER_CODE, "words": "双方都是柳树村人"}
    world.offices[ROOM].step("dispute", dispute, "ask_referral", asked)
    world.by_wire(ROOM)
    [referral] = world.county.list_ids("referral")
    world.county.step("referral", referral, "carry_out", {})


@pytest.mark.parametrize("way", ["wire", "stick"])
def test_files_of_the_matter_come_along_with_the_copy(world: World, tmp_path: Path, way: str) -> None:
    room, other = world.offices[ROOM], world.offices[OTHER]
    dispute = make_dispute(room)
    scan = attach(room, dispute, tmp_path, "笔录.pdf", SCAN, "签字扫描件")
    photo = attach(room, dispute, tmp_path, "界石.jpg", PHOTO)
    wrong = attach(room, dispute, tmp_path, "误加.pdf", WRONG)
    room.detach("dispute", dispute, "误加.pdf", "别的事的")
    travel(world, ROOM)
    refer(world, dispute)
    if way == "wire":
        travel(world, OTHER)
    else:
        for _ride in range(2):
            world.by_stick(OTHER)
            world.county.visit_stick(world.stick(), also_for=[f"r:{OTHER_CODE}"])
        world.by_stick(OTHER)
    [copy] = other.list_ids("dispute")
    files = {one["sha256"]: one for one in other.files("dispute", copy)}
    assert {one["file_name"]: one["purpose"] for one in files.values()} == {
        "笔录.pdf": "签字扫描件",
        "界石.jpg": None,
    }
    assert {one["copied_from"] for one in files.values()} == {ROOM_CODE}
    assert (other.attachments.get(scan), other.attachments.get(photo)) == (SCAN, PHOTO)
    assert not other.attachments.has(wrong)
    other.detach("dispute", copy, "界石.jpg", "用不着")
    assert [one["file_name"] for one in other.files("dispute", copy)] == ["笔录.pdf"]
    assert len(room.files("dispute", dispute)) == 2
    for name in (OTHER, ROOM):
        travel(world, name)
    for office in world.offices.values():
        assert office.open_conflicts() == []
        assert verify_office(office, deep=True)["ok"]


def test_files_that_reach_the_county_later_go_on_to_the_copy(world: World, tmp_path: Path) -> None:
    room, other = world.offices[ROOM], world.offices[OTHER]
    dispute = make_dispute(room)
    scan = attach(room, dispute, tmp_path, "笔录.pdf", SCAN)
    refer(world, dispute)
    travel(world, OTHER)
    assert state_of(other, scan, f"r:{OTHER_CODE}") == "want"
    for name in (ROOM, OTHER):
        travel(world, name)
    assert other.attachments.get(scan) == SCAN
    assert state_of(other, scan, f"r:{OTHER_CODE}") == "kept"


def test_room_that_names_a_file_of_another_room_learns_and_gets_nothing(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    room, other = world.offices[ROOM], world.offices[OTHER]
    scan = attach(room, make_dispute(room), tmp_path, "笔录.pdf", SCAN)
    travel(world, ROOM)
    own = make_dispute(other)

    def claim(**more: str) -> None:
        told = {"record_kind": "dispute", "record_id": own, "file_name": "笔录.pdf", "sha256": scan}
        with other.working() as work:
            record = load_record(work.session, work.registry.kind("dispute"), own)
            new_row(work, work.registry.kind("attached_file"), told | more, origin=record)

    with pytest.raises(RuleBroken, match="SYN-062"):
        claim(copied_from=ROOM_CODE)
    claim()
    travel(world, OTHER)
    assert state_of(world.county, scan, f"r:{OTHER_CODE}") == "want"
    monkeypatch.setattr("desktop.sync.log.op_is_allowed", lambda *_told, **_rest: True)
    claim(copied_from=ROOM_CODE)
    travel(world, OTHER)
    assert state_of(world.county, scan, f"r:{OTHER_CODE}") == "want"
    with pytest.raises(EnvironmentFault, match="ATT-002"):
        other.attachments.get(scan)
