"""A notice of the county and a matter for another room, in the room's window by the keyboard."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtWidgets import QLabel, QPushButton

from desktop.database.record import room_scope
from desktop.staff.tables_in_out import add_rows
from tests.helpers.county import COUNTY, OTHER_CODE, ROOM_CODE, World
from tests.helpers.factories.visits import make_request
from tests.helpers.windows.hands import ALT, Key
from tests.journeys.test_a_rooms_day import PC, Seat, furnish, leave, seats

__all__ = ("seats",)

pytestmark = pytest.mark.journey


def today(seat: Seat) -> str:
    """What stands on 今日."""
    seat.hands.press(Key.Key_1, ALT)
    shown = [one for kind in (QLabel, QPushButton) for one in seat.window.findChildren(kind)]
    return "\n".join(one.text() for one in shown if one.isVisible())


def exchange(seat: Seat, world: World) -> None:
    """The stick goes to the county and comes back."""
    seat.ask.answer(world.stick(), world.stick())
    seat.jump("数据交换")
    seat.hands.push("stickButton")
    world.by_stick(COUNTY)
    seat.hands.push("stickButton")


def test_notice_is_read_and_a_matter_handed_on_by_the_keyboard(world: World, seats: Any) -> None:
    notice = {"title": "关于做好汛期值守的通知", "content": "汛期每天两人值守，夜间巡查水域。"}
    add_rows(world.county, "notice", [notice], [1], scopes=[room_scope(ROOM_CODE)])
    make_request(world.offices[PC], content="和邻村共用的水渠被对岸堵了")
    world.by_wire(PC)
    seat = seats(furnish(world)).log_in()

    assert "通知待阅：关于做好汛期值守的通知" in today(seat)
    seat.jump("gyzhxqzs")
    assert seat.shown("notice").words["state"] == "待阅"
    seat.step("mark_read")
    assert seat.shown("notice").words["state"] == "已阅"
    assert "通知待阅" not in today(seat)

    seat.jump("水渠")
    seat.step("ask_referral", referral_target="其他警务室", to_room=OTHER_CODE, words="对岸各户在邻室辖区")
    exchange(seat, world)
    [notice] = [world.county.show("notice", one) for one in world.county.list_ids("notice")]
    assert notice["state"] == "read"
    [referral] = world.county.list_ids("referral")
    world.county.step("referral", referral, "carry_out", {"words": "已和邻室说好"})
    world.by_stick(COUNTY)
    exchange(seat, world)

    assert "县局已转办，请在原记录上办结" in today(seat)
    leave(seat)
