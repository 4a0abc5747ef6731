"""Orders between the county and two rooms: by wire, by stick, and where both sides act without seeing each other."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from desktop.base.errors import RuleBroken
from desktop.database.record import room_scope
from desktop.orders.actions import record_event
from desktop.staff.office import Office
from desktop.staff.records import load_record, new_row
from tests.county.test_commands import Say, say
from tests.helpers.clock import FixedClock
from tests.helpers.county import COUNTY, OTHER_CODE, PCS, ROOM_CODE, World, all_heads, all_rows, check
from tests.helpers.factories.orders import make_order, order_values
from tests.helpers.factories.places import make_staff_member

__all__ = ("say",)


def issue(world: World, room: str = ROOM_CODE, **values: Any) -> str:
    return make_order(world.county, room_scope(room), **values)


def step(office: Office, order: str, name: str, **given: Any) -> None:
    office.step("work_order", order, name, given)


def shown(office: Office, order: str) -> dict[str, Any]:
    return office.show("work_order", order)


def carry(world: World, way: str, *names: str) -> None:
    """Brings the county and these PCs to the same log."""
    if way == "wire":
        for name in (*names, *names):
            world.by_wire(name)
    else:
        rooms = [room_scope(PCS[name]) for name in names]
        for _turn in range(2):
            world.by_stick(*names)
            world.county.visit_stick(world.stick(), also_for=rooms)
        world.by_stick(*names)


def settle_down(world: World, *names: str, way: str = "wire") -> None:
    """Exchanges, and proves that the sides agree and that nothing differs from the log."""
    carry(world, way, *names)
    scope = room_scope(ROOM_CODE)
    rows = all_rows(world.county, scope)
    for name in names:
        assert all_heads(world.offices[name], [scope]) == all_heads(world.county, [scope])
        assert all_rows(world.offices[name], scope) == rows
    for office in world.offices.values():
        check(office.database)


@pytest.mark.parametrize("way", ["wire", "stick"])
def test_order_goes_to_its_room_alone_and_comes_back_verified(
    world: World, clock: FixedClock, way: str
) -> None:
    room, other = world.offices["甲机"], world.offices["邻室"]
    order, theirs = issue(world), issue(world, OTHER_CODE, title="邻室的工单")
    carry(world, way, "甲机", "邻室")
    assert room.list_ids("work_order") == [order]
    assert other.list_ids("work_order") == [theirs]
    step(room, order, "sign")
    step(room, order, "feed_back", words="灯已换好")
    told = shown(room, order)
    assert (told["side"], told["synced_at"], told["arrived_at"]) == (
        "county",
        "2026-03-05T00:00:00Z",
        told["synced_at"],
    )
    assert [one["is_synced"] for one in told["events"]] == [False, False]
    carry(world, way, "甲机", "邻室")
    told = shown(world.county, order)
    assert [(one["step"], one["synced_at"]) for one in told["events"]] == [
        ("sign", "2026-03-05T00:00:00Z"),
        ("feed_back", "2026-03-05T00:00:00Z"),
    ]
    step(world.county, order, "verify", words="属实")
    settle_down(world, "甲机", way=way)
    told = shown(room, order)
    assert (told["state"], told["verdict_words"]) == ("closed", "属实")
    assert [one["is_synced"] for one in told["events"]] == [True, True, True]


def test_steps_of_the_other_side_are_refused_on_both_sides(world: World) -> None:
    room = world.offices["甲机"]
    order = issue(world)
    carry(world, "wire", "甲机")
    with pytest.raises(RuleBroken, match=r"REC-014.*警务室"):
        step(world.county, order, "sign")
    step(room, order, "sign")
    step(room, order, "feed_back", words="好了")
    assert {one.name for one in room.steps_now("work_order", order)} == set()
    for name in ("verify", "send_back", "withdraw"):
        with pytest.raises(RuleBroken, match=r"REC-014.*县局"):
            step(room, order, name, words="不")
    with pytest.raises(RuleBroken, match=r"REC-011.*另一边"):
        room.change("work_order", order, {"title": "别的"})
    with pytest.raises(RuleBroken, match=r"REC-011.*另一边"):
        room.void("work_order", order, "不要")
    own = make_order(room)
    carry(world, "wire", "甲机")
    with pytest.raises(RuleBroken, match=r"REC-014.*警务室"):
        step(world.county, own, "withdraw", words="不")


def test_row_that_only_the_other_side_may_write_is_refused_before_it_is_in_the_log(world: World) -> None:
    """`op_is_allowed` asks the same when a save is written and when it arrives."""
    room = world.offices["甲机"]
    order = issue(world)
    carry(world, "wire", "甲机")
    lies = (
        {"side": "county", "issuer": "county"},
        {"side": "room", "issuer": "county"},
    )
    for lie in lies:
        with pytest.raises(RuleBroken, match="SYN-062"), room.working() as work:
            new_row(work, work.registry.kind("order_event"), {"order_id": order, "step": "verify", **lie})
    with pytest.raises(RuleBroken, match="SYN-062"), room.working() as work:
        new_row(work, work.registry.kind("work_order"), {"title": "假的", "side": "county"})


def test_commit_of_a_changed_program_that_writes_the_countys_step_is_parked(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = world.offices["甲机"]
    order = issue(world)
    carry(world, "wire", "甲机")
    step(room, order, "sign")
    step(room, order, "feed_back", words="好了")
    carry(world, "wire", "甲机")
    monkeypatch.setattr("desktop.sync.log.op_is_allowed", lambda *_told, **_rest: True)
    with room.working() as work:
        record = load_record(work.session, work.registry.kind("work_order"), order)
        record_event(work, record, "verify")  # type: ignore[arg-type]
    assert shown(room, order)["state"] == "fed_back", "it has no effect even there"
    world.by_wire("甲机")
    told = shown(world.county, order)
    assert (told["state"], [one["step"] for one in told["events"]]) == ("fed_back", ["sign", "feed_back"])


CASES: dict[str, tuple[tuple[str, ...], tuple[str, ...], str, dict[str, str]]] = {
    # Before, what the room does, what the county does unaware of it → state, step → why it did nothing.
    "signed and withdrawn": (("sign",), ("withdraw",), "withdrawn", {}),
    "reported and withdrawn": (("sign", "feed_back"), ("withdraw",), "withdrawn", {}),
    "declined and urged": (("decline",), ("urge",), "declined", {"urge": "already"}),
}


@pytest.mark.parametrize(
    ("case", "way"), [*((case, "wire") for case in CASES), ("reported and withdrawn", "stick")]
)
def test_both_sides_act_unaware_of_each_other(world: World, case: str, way: str) -> None:
    ours, theirs, state, effects = CASES[case]
    room = world.offices["甲机"]
    order = issue(world)
    carry(world, way, "甲机", "乙机")
    for name in ours:
        step(room, order, name, **({} if name == "sign" else {"words": "见说明"}))
    for name in theirs:
        step(world.county, order, name, words="情况有变")
    settle_down(world, "甲机", "乙机", way=way)
    for office in (room, world.offices["乙机"], world.county):
        told = shown(office, order)
        assert told["state"] == state
        assert {one["step"]: one["effect"] for one in told["events"] if one["effect"]} == effects
        assert office.open_conflicts() == []
    if state == "withdrawn":
        assert any("不用再办" in one.label for one in room.board() if one.kind == "work_order")


def test_two_pcs_of_a_room_sign_the_same_order(world: World) -> None:
    order = issue(world)
    carry(world, "wire", "甲机", "乙机")
    step(world.offices["甲机"], order, "sign")
    step(world.offices["乙机"], order, "decline", words="不在本区")
    settle_down(world, "甲机", "乙机")
    told = shown(world.county, order)
    assert told["state"] == "signed"
    assert {one["step"]: one["effect"] for one in told["events"]} == {"sign": None, "decline": "already"}


@pytest.mark.parametrize("turns", [("甲机", "乙机", COUNTY), (COUNTY, "乙机", "甲机")], ids="-".join)
def test_events_arriving_in_any_order_give_the_same_state(world: World, turns: tuple[str, ...]) -> None:
    order = issue(world)
    carry(world, "wire", "甲机", "乙机")
    deeds = {"甲机": "sign", "乙机": "decline", COUNTY: "withdraw"}
    for name in turns:
        step(world.offices[name], order, deeds[name], **({} if name == "甲机" else {"words": "见说明"}))
        if name != COUNTY:
            world.by_wire(name)
    settle_down(world, "甲机", "乙机")
    assert shown(world.county, order)["state"] == "withdrawn"


def test_order_that_the_county_corrected_after_signing_keeps_its_state(world: World) -> None:
    room = world.offices["甲机"]
    order = issue(world)
    carry(world, "wire", "甲机")
    step(room, order, "sign")
    world.county.change("work_order", order, {"content": "改为核查三组"}, reason="地点写错")
    settle_down(world, "甲机")
    told = shown(room, order)
    assert (told["content"], told["state"]) == ("改为核查三组", "signed")


def test_whole_order_by_commands(world: World, say: Say) -> None:
    world.close_all()
    file = world.folder / "order.json"
    file.write_text(json.dumps(order_values(), ensure_ascii=False), encoding="utf-8")

    def run(name: str, *words: str) -> Any:
        status, told = say(name, *words, folder=world.folder)
        assert status == 0, told
        return told

    def exchange() -> None:
        stick = str(world.stick())
        to_county = ("county", "stick", stick, "--room", ROOM_CODE)
        for name, words in (("甲机", ("sync", "--stick", stick)), (COUNTY, to_county)) * 2:
            run(name, *words)
        run("甲机", "sync", "--stick", stick)

    [made] = run(COUNTY, "county", "add", "work_order", str(file), "--room", ROOM_CODE)["records"]
    order = made["id"]
    exchange()
    assert [one["name"] for one in run("甲机", "do", "work_order", made["serial_no"])["steps"]] == [
        "sign",
        "decline",
    ]
    assert run("甲机", "do", "work_order", order, "sign")["state"] == "signed"
    run("甲机", "do", "work_order", order, "feed_back", '{"words": "灯已换好"}')
    picture = world.folder / "照片.txt"
    picture.write_text("两盏灯都亮", encoding="utf-8")
    run("甲机", "attach", "work_order", order, str(picture), "--purpose", "反馈附件")
    status, told = say("甲机", "do", "work_order", order, "verify", folder=world.folder)
    assert (status, told["error"]["code"]) == (3, "REC-014")
    exchange()
    assert run(COUNTY, "county", "list", "work_order", "--room", ROOM_CODE)["state"] == "fed_back"
    told = run(COUNTY, "county", "do", "work_order", order, "send_back", '{"words": "缺夜间照片"}')
    assert (told["state"], told["sent_back_count"]) == ("sent_back", 1)
    out = Path(world.folder / "取出")
    world.open(COUNTY)
    [file_found] = world.county.files("work_order", order, out)
    assert Path(file_found["file"]).read_text(encoding="utf-8") == "两盏灯都亮"
    world.close(COUNTY)
    exchange()
    run("甲机", "do", "work_order", order, "feed_back", '{"words": "照片已补"}')
    exchange()
    assert run(COUNTY, "county", "do", "work_order", order, "verify")["state"] == "closed"
    exchange()
    assert run("甲机", "show", "work_order", order)["state"] == "closed"
    for name in ("甲机", COUNTY):
        assert run(name, *(("county",) if name == COUNTY else ()), "verify") == {"ok": True, "problems": []}


def test_order_for_two_rooms_is_written_into_both_or_into_none(world: World, say: Say) -> None:
    """A person of the first room stands on it, whom the second room does not have."""
    staff = make_staff_member(world.offices["甲机"])
    world.by_wire("甲机")
    world.close_all()
    rooms = ("--room", ROOM_CODE, "--room", OTHER_CODE)
    file = world.folder / "order.json"
    for values, done, count in (({"staff_id": staff}, 3, 0), ({}, 0, 2)):
        file.write_text(json.dumps(order_values(**values), ensure_ascii=False), "utf-8")
        status, _told = say(COUNTY, "county", "add", "work_order", str(file), *rooms, folder=world.folder)
        assert status == done
        world.open(COUNTY)
        assert len(world.county.list_ids("work_order")) == count
        world.close_all()


def test_link_that_the_county_writes_stays_in_the_room(world: World, say: Say) -> None:
    """Each of two rooms has a person of this name; before, the county was told that several fit."""
    members = {room: make_staff_member(world.offices[room], name="王敏") for room in ("甲机", "邻室")}
    for room in members:
        world.by_wire(room)
    world.close_all()
    file = world.folder / "order.json"
    file.write_text(json.dumps(order_values(staff_id="王敏"), ensure_ascii=False), "utf-8")
    rooms = ("--room", ROOM_CODE, "--room", OTHER_CODE)
    status, told = say(COUNTY, "county", "add", "work_order", str(file), *rooms, folder=world.folder)
    assert status == 0, told
    world.open(COUNTY)
    orders = [one["id"] for one in told["records"]]
    assert [shown(world.county, one)["staff_id"] for one in orders] == list(members.values())
    with pytest.raises(RuleBroken, match="REC-003"):
        world.county.change("work_order", orders[0], {"staff_id": members["邻室"]})
    world.county.change("work_order", orders[0], {"staff_id": "王敏", "title": "另一件"})
    assert shown(world.county, orders[0])["staff_id"] == members["甲机"]
