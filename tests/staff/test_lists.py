"""What a list holds when something is typed above it: all that matches, however much it is."""

from __future__ import annotations

from collections.abc import Callable, Sized

import pytest

from desktop.database import search
from desktop.staff.office import Office
from desktop.staff.views import Query

MANY = 600


def test_list_has_every_match_and_what_narrows_it_is_asked_of_all(room: Office) -> None:
    """Before, the other conditions were asked of the five hundred newest matches: a month long past showed nothing."""
    rows = [{"name": f"王{number}", "role": "民警" if number < 3 else "辅警"} for number in range(MANY)]
    room.add_many("staff_member", rows)
    assert len(room.list_ids("staff_member", Query(search="王"))) == MANY
    assert len(room.list_ids("staff_member", Query(search="王", where={"role": "民警"}))) == 3


@pytest.mark.parametrize(
    "typed", ["王", "王敏", "wm", "w", "1234", "120", "12000001234", "敏 w", "-", "A-1", "没有", "。"]
)
def test_list_and_jump_box_find_the_same(room: Office, typed: str) -> None:
    room.add_many(
        "staff_member",
        [
            {"name": "王敏", "role": "民警", "phone": "12000001234"},
            {"name": "王民", "role": "辅警", "phone": "12000005678", "note": "值班电话尾号1234"},
            {"name": "李敏", "role": "辅警", "badge_no": "120"},
        ],
    )
    found = {hit.record_id for hit in room.find(typed) if hit.kind == "staff_member"}
    assert set(room.list_ids("staff_member", Query(search=typed))) == found


def test_many_records_are_found_however_they_came_and_changed(room: Office) -> None:
    """What comes in large numbers is made findable by the first search; what a person saves in between, at once."""
    rows = [
        {"name": f"王{number:03}", "role": "辅警", "phone": f"1390000{number:04}"} for number in range(MANY)
    ]
    saved = room.add_many("staff_member", rows)
    with room.reading() as session:
        assert room.database.index.is_behind(session.connection())
    room.change("staff_member", saved[7].id, {"name": "赵七"})
    assert [hit.record_id for hit in room.find("赵七")] == [saved[7].id]
    assert room.find("王007") == []
    with room.reading() as session:
        assert not room.database.index.is_behind(session.connection())
    assert [hit.record_id for hit in room.find("13900000599")] == [saved[599].id]
    assert [one for one, _title in room.link_choices("staff_member", "王010")] == [saved[10].id]
    assert len(room.list_ids("staff_member", Query(search="王"))) == MANY - 1


@pytest.mark.parametrize("way", ["list", "find", "choices"])
def test_every_search_makes_the_rest_findable_first(room: Office, way: str) -> None:
    room.add_many("staff_member", [{"name": f"王{number:03}", "role": "辅警"} for number in range(MANY)])
    searches: dict[str, Callable[[], Sized]] = {
        "list": lambda: room.list_ids("staff_member", Query(search="王599")),
        "find": lambda: room.find("王599"),
        "choices": lambda: room.link_choices("staff_member", "王599"),
    }
    assert len(searches[way]()) == 1


@pytest.mark.parametrize("most", [{"_MOST_LOTS": 2}, {"_MOST_RECORDS": 60}])
def test_all_lots_are_made_findable_however_few_at_once(
    room: Office, most: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, count in most.items():
        monkeypatch.setattr(search, name, count)
    for lot in "甲乙丙":
        room.add_many("staff_member", [{"name": f"{lot}{number}", "role": "辅警"} for number in range(60)])
    # The last one first: each search would make some more of them findable.
    assert len(room.list_ids("staff_member", Query(search="丙"))) == 60
