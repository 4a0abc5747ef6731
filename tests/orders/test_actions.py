"""Orders of the room itself, through the real room."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from desktop.base.errors import Refused, RuleBroken
from desktop.staff.office import Office
from desktop.staff.permissions import actor_of
from desktop.sync.verify import verify
from tests.helpers.clock import FixedClock
from tests.helpers.factories.orders import make_order
from tests.helpers.factories.places import make_staff_member


def step(room: Office, order: str, name: str, **given: Any) -> dict[str, Any]:
    room.step("work_order", order, name, given)
    return room.show("work_order", order)


def steps_of(room: Office, order: str) -> list[str]:
    return [one.name for one in room.steps_now("work_order", order)]


def test_order_of_the_room_goes_from_issue_to_archive(room: Office, clock: FixedClock) -> None:
    staff = make_staff_member(room)
    order = make_order(room)
    shown = room.show("work_order", order)
    assert (shown["state"], shown["side"], shown["handler_id"]) == ("issued", "room", None)
    shown = step(room, order, "sign", staff_id=staff)
    assert (shown["state"], shown["handler_id"], shown["signed_by"]) == ("signed", staff, room.actor.name)
    clock.move(timedelta(hours=1))
    assert step(room, order, "record_progress", words="到现场看过")["state"] == "in_hand"
    shown = step(room, order, "feed_back", words="灯已换好")
    assert (shown["state"], shown["feedback"]) == ("fed_back", "灯已换好")
    shown = step(room, order, "send_back", words="缺照片")
    assert (shown["state"], shown["verdict"], shown["sent_back_count"]) == ("sent_back", "2", 1)
    step(room, order, "feed_back", words="照片已加")
    shown = step(room, order, "verify")
    assert (shown["state"], shown["verdict"], shown["closed_at"] is not None) == ("closed", "1", True)
    shown = step(room, order, "archive", archive_no="盒1")
    assert (shown["state"], shown["archive_no"]) == ("archived", "盒1")
    assert steps_of(room, order) == []
    told = [(one["step"], one["effect"], one["is_synced"]) for one in shown["events"]]
    assert [one[0] for one in told] == [
        *("sign", "record_progress", "feed_back", "send_back", "feed_back", "verify", "archive")
    ]
    assert {one[1:] for one in told} == {(None, False)}
    assert shown["events"][1]["seen_ids"] == [shown["events"][0]["id"]]


def test_order_and_its_steps_are_never_written_any_other_way(room: Office) -> None:
    order = make_order(room)
    with pytest.raises(RuleBroken, match="REC-013"):
        room.add("order_event", {"order_id": order})
    with pytest.raises(RuleBroken, match="REC-003"):
        room.change("work_order", order, {"events": []})
    with pytest.raises(RuleBroken, match="REC-003"):
        room.change("work_order", order, {"state": "closed"})


def test_step_out_of_turn_is_refused_with_what_comes_first(room: Office) -> None:
    order = make_order(room)
    with pytest.raises(RuleBroken, match=r"REC-008.*签收"):
        room.step("work_order", order, "feed_back", {"words": "好了"})
    with pytest.raises(RuleBroken, match="REC-008"):
        room.step("work_order", order, "grant_extension", {})
    step(room, order, "sign")
    assert {"grant_extension", "deny_extension"}.isdisjoint(steps_of(room, order))
    step(room, order, "ask_extension", until_on="2026-03-12", words="等配件")
    assert {"grant_extension", "deny_extension"} <= set(steps_of(room, order))
    with pytest.raises(RuleBroken, match="ORD-003"):
        room.step("work_order", order, "grant_extension", {"until_on": "2026-03-08"})
    assert step(room, order, "grant_extension")["extended_to_on"] == "2026-03-12"


def test_correction_keeps_state_and_is_refused_once_closed(room: Office) -> None:
    order = make_order(room)
    step(room, order, "sign")
    room.change("work_order", order, {"title": "核查一组路灯"}, reason="写错组")
    shown = room.show("work_order", order)
    assert (shown["title"], shown["state"], shown["version"]) == ("核查一组路灯", "signed", 2)
    step(room, order, "feed_back", words="好了")
    step(room, order, "verify")
    with pytest.raises(RuleBroken, match=r"ORD-005|REC-011"):
        room.change("work_order", order, {"title": "别的"})


def test_auxiliary_sees_and_feeds_back_only_what_is_assigned_to_him(room: Office) -> None:
    his, other = make_staff_member(room), make_staff_member(room, name="李秀兰")
    order, foreign = make_order(room), make_order(room, title="别人的工单")
    step(room, order, "sign", staff_id=his)
    step(room, foreign, "sign", staff_id=other)
    room.actor = actor_of("小马", ("auxiliary",), his)
    assert room.list_ids("work_order") == [order]
    assert steps_of(room, order) == ["record_progress", "feed_back"]
    assert step(room, order, "feed_back", words="好了")["state"] == "fed_back"
    with pytest.raises(Refused, match="STF-001"):
        room.show("work_order", foreign)
    with pytest.raises(Refused, match="STF-001"):
        room.step("work_order", foreign, "feed_back", {"words": "好了"})


@pytest.mark.parametrize(
    ("role", "may"),
    [
        ("clerk", {"sign", "decline"}),
        ("officer", {"sign", "decline", "withdraw", "urge"}),
        ("chief", {"withdraw", "urge"}),
        ("assistant", set()),
    ],
)
def test_steps_of_an_order_by_role(room: Office, role: str, may: set[str]) -> None:
    staff = make_staff_member(room)
    order = make_order(room, staff_id=staff)
    room.actor = actor_of("某人", (role,), staff)
    assert set(steps_of(room, order)) == may


def test_list_is_filtered_by_the_state_that_follows_from_steps(room: Office) -> None:
    from desktop.staff.views import Query

    signed, waiting = make_order(room), make_order(room, title="另一张")
    step(room, signed, "sign")
    assert room.list_ids("work_order", Query(where={"state": "signed"})) == [signed]
    assert room.list_ids("work_order", Query(where={"state": "已签发"})) == [waiting]
    assert room.list_ids("work_order", Query(search="hcezld")) == [signed]


def test_today_shows_orders_by_what_they_ask_for(room: Office, clock: FixedClock) -> None:
    order = make_order(room, urgency="2")
    [item] = [one for one in room.board() if one.kind == "work_order"]
    assert (item.severity, item.record_id) == ("due", order)
    assert "待签收（09:30前）" in item.label
    clock.move(timedelta(hours=2))
    assert next(one.severity for one in room.board() if one.kind == "work_order") == "overdue"
    step(room, order, "sign")
    [item] = [one for one in room.board() if one.kind == "work_order"]
    assert (item.severity, "反馈" in item.label) == ("due", True)
    step(room, order, "urge")
    assert "催办" in next(one.label for one in room.board() if one.kind == "work_order")
    clock.move(timedelta(days=9))
    assert next(one.severity for one in room.board() if one.kind == "work_order") == "overdue"
    for _turn in range(2):
        step(room, order, "feed_back", words="好了")
        step(room, order, "send_back", words="没好")
    assert "已退回2次" in next(one.label for one in room.board() if one.kind == "work_order")
    step(room, order, "withdraw", words="不用办了")
    assert "不用再办" in next(one.label for one in room.board() if one.kind == "work_order")
    clock.move(timedelta(days=4))
    assert [one for one in room.board() if one.kind == "work_order"] == []


def test_verify_finds_a_state_that_does_not_follow(room: Office) -> None:
    from sqlalchemy import text

    order = make_order(room)
    step(room, order, "sign")
    with room.reading() as session:
        assert list(verify(session.connection(), room.registry)) == []
    with room.database.writing() as connection:
        connection.execute(text("UPDATE work_order SET state = 'closed'"))
    with room.reading() as session:
        assert [one.code for one in verify(session.connection(), room.registry)] == ["VER-015"]
