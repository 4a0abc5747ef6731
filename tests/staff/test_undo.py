"""Taking back the last save."""

from __future__ import annotations

import pytest

from desktop.base.errors import RuleBroken
from desktop.staff.office import Office
from desktop.staff.undo import undo_last


def undo(room: Office, kind: str, record_id: str) -> None:
    with room.working() as work:
        undo_last(work, kind, record_id)


def test_undo_gives_back_the_values_before_the_last_save_as_a_new_version(room: Office) -> None:
    saved = room.add("staff_member", {"name": "张三丰", "role": "民警"})
    room.change("staff_member", saved.id, {"phone": "12000000002", "badge_no": "FJ1"})
    undo(room, "staff_member", saved.id)
    shown = room.show("staff_member", saved.id)
    assert (shown["phone"], shown["badge_no"], shown["version"]) == (None, None, 3)


def test_undo_of_an_undo_brings_the_change_back(room: Office) -> None:
    saved = room.add("staff_member", {"name": "张三丰", "role": "民警"})
    room.change("staff_member", saved.id, {"badge_no": "FJ1"})
    undo(room, "staff_member", saved.id)
    undo(room, "staff_member", saved.id)
    assert room.show("staff_member", saved.id)["badge_no"] == "FJ1"


def test_undo_of_a_new_record_is_refused_and_says_to_void_it(room: Office) -> None:
    saved = room.add("staff_member", {"name": "张三丰", "role": "民警"})
    with pytest.raises(RuleBroken) as caught:
        undo(room, "staff_member", saved.id)
    assert caught.value.code == "REC-012"
    assert room.show("staff_member", saved.id)["version"] == 1


def test_undo_takes_back_child_rows_of_the_same_save(room: Office) -> None:
    saved = room.add(
        "dispute",
        {
            "found_on": "今天",
            "source": "01",
            "title": "灌溉次序争执",
            "dispute_type": room_type(room),
            "parties": [{"name": "张三"}],
        },
    )
    parties = room.show("dispute", saved.id)["parties"]
    kept = {"id": parties[0]["id"], "name": "张三"}
    room.change("dispute", saved.id, {"title": "改了", "parties": [kept, {"name": "李四"}]})
    undo(room, "dispute", saved.id)
    shown = room.show("dispute", saved.id)
    assert shown["title"] == "灌溉次序争执"
    assert [party["name"] for party in shown["parties"]] == ["张三"]


def room_type(room: Office) -> str:
    return next(iter(room.registry.codes.of("dispute_type")))
