"""An order of the county in the room's window, by the keyboard: found by pinyin, signed for, reported, verified."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtWidgets import QLabel

from desktop.database.record import room_scope
from tests.helpers.county import COUNTY, ROOM_CODE, World
from tests.helpers.factories.orders import make_order
from tests.helpers.windows.hands import ALT, CTRL, Key
from tests.journeys.test_a_rooms_day import PC, furnish, leave, seats

__all__ = ("seats",)

pytestmark = pytest.mark.journey


def test_order_of_the_county_is_done_in_the_window_by_the_keyboard(world: World, seats: Any) -> None:
    order = make_order(world.county, room_scope(ROOM_CODE))
    world.by_wire(PC)
    seat = seats(furnish(world)).log_in()

    seat.jump("hcezld")
    assert seat.shown("work_order").id == order
    seat.step("sign")
    seat.step("record_progress", words="到现场看过，已报修")
    seat.step("feed_back", words="两盏路灯已换好")
    assert seat.shown("work_order").words["state"] == "已反馈"
    assert {step.name for step in seat.shown("work_order").steps} == set()
    seat.hands.press(Key.Key_E, CTRL).fill(title="改掉").save()
    assert "另一边签发" in seat.message
    seat.ask.answer("drop")
    seat.hands.press(Key.Key_Escape)

    seat.ask.answer(world.stick(), world.stick())
    seat.jump("数据交换")
    seat.hands.push("stickButton")
    world.by_stick(COUNTY)
    world.county.step("work_order", order, "send_back", {"words": "缺夜间照片"})
    world.by_stick(COUNTY)
    seat.hands.push("stickButton")

    seat.hands.press(Key.Key_1, ALT)
    told = [label.text() for label in seat.window.findChildren(QLabel) if label.isVisible()]
    buttons = [
        one.text()
        for one in seat.window.findChildren(type(seat.window.navigation.buttons["home"]))
        if one.isVisible()
    ]
    assert any("退回重办" in text for text in (*told, *buttons))
    seat.jump("hcezld")
    lines = [seat.window.findChild(QLabel, f"eventsLine{place}").text() for place in (1, 4)]
    assert "签收" in lines[0]
    assert "对方已收到" in lines[0]
    assert "退回重办" in lines[1]
    assert "收到）" in lines[1]
    leave(seat)


def test_order_of_the_room_is_issued_and_withdrawn_by_the_keyboard(world: World, seats: Any) -> None:
    seat = seats(furnish(world)).log_in()
    seat.jump("工单")
    seat.hands.press(Key.Key_N, CTRL)
    seat.hands.fill(title="集市巡逻", source="晨会指令", content="集市日上午巡逻", due_on="2026-03-08")
    seat.save()
    assert seat.shown("work_order").words["state"] == "已签发"
    seat.step("withdraw", words="改期")
    assert seat.shown("work_order").words["state"] == "已撤回"
    leave(seat)
