"""The door through which every record changes."""

from __future__ import annotations

import pytest

from desktop.base.errors import Refused, RuleBroken
from desktop.staff.office import Office
from desktop.staff.permissions import actor_of


def test_add_staff_member_gives_it_back_as_json(room: Office) -> None:
    saved = room.add("staff_member", {"name": "买买提•艾力", "role": "officer", "phone": "120 0000 0001"})
    shown = room.show("staff_member", saved.id)
    assert shown["name"] == "买买提·艾力"
    assert shown["phone"] == "12000000001"
    assert shown["state"] == "serving"
    assert shown["version"] == 1
    assert shown["conflicts"] == []


def test_add_is_refused_with_every_wrong_field(room: Office) -> None:
    with pytest.raises(RuleBroken) as caught:
        room.add("staff_member", {"role": "wizard", "colour": "red"})
    assert {one.field for one in caught.value.fields} == {"colour"}
    with pytest.raises(RuleBroken) as caught:
        room.add("staff_member", {"role": "wizard"})
    assert {one.field for one in caught.value.fields} == {"name", "role"}
    assert room.list_ids("staff_member") == []


def test_add_many_writes_nothing_when_one_row_is_wrong(room: Office) -> None:
    with pytest.raises(RuleBroken) as caught:
        room.add_many("staff_member", [{"name": "张三丰", "role": "民警"}, {"name": "", "role": "民警"}])
    assert caught.value.fields[0].row == 2
    assert room.list_ids("staff_member") == []


def test_change_counts_versions_and_skips_what_is_the_same(room: Office) -> None:
    saved = room.add("staff_member", {"name": "单雄信", "role": "民警"})
    room.change("staff_member", saved.id, {"phone": "12000000002"})
    room.change("staff_member", saved.id, {"phone": "12000000002"})
    assert room.show("staff_member", "单雄信")["version"] == 2


def test_void_needs_a_reason_and_keeps_the_record(room: Office) -> None:
    saved = room.add("staff_member", {"name": "李四", "role": "民警"})
    with pytest.raises(RuleBroken):
        room.void("staff_member", saved.id, " ")
    room.void("staff_member", saved.id, "重复登记")
    assert room.show("staff_member", saved.id)["is_void"] is True
    with pytest.raises(RuleBroken):
        room.change("staff_member", saved.id, {"phone": "12000000002"})


def test_add_is_refused_without_permission(room: Office) -> None:
    room.actor = actor_of("赵六", ("mediator",))
    with pytest.raises(Refused):
        room.add("staff_member", {"name": "李四", "role": "民警"})


def test_find_answers_initials_characters_and_last_four(room: Office) -> None:
    room.add("staff_member", {"name": "单雄信", "role": "民警", "phone": "12000004321"})
    for typed in ("单", "雄信", "sxx", "dxx", "4321", "12000004321"):
        assert [hit.title for hit in room.find(typed)] == ["单雄信"], typed
    assert room.find("信雄") == []


def test_child_of_an_unknown_parent_is_refused_with_its_field(room: Office) -> None:
    with pytest.raises(RuleBroken) as caught:
        room.add("agreement_clause", {"people_mediation_id": "没有", "content": "修渠"})
    assert [one.field for one in caught.value.fields] == ["people_mediation_id"]


@pytest.mark.parametrize("name", ["printed_paper", "reserved_number", "attached_file"])
def test_what_the_program_notes_itself_is_never_entered_by_hand(room: Office, name: str) -> None:
    with pytest.raises(RuleBroken, match="REC-013"):
        room.add(name, {})
    assert room.list_ids(name) == []
