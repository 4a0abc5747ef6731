"""Commits of one room taken in by another copy of it."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, event, select, text

from desktop.base.errors import Conflict
from desktop.database.database import write_meta
from desktop.database.search import SearchIndex
from desktop.staff.office import Office
from desktop.staff.settle import settle_conflict
from desktop.sync.apply import PARENT_MISSING
from desktop.sync.conflicts import open_conflicts
from desktop.sync.log import heads, load_commits
from desktop.sync.verify import verify
from desktop.sync.walk import lacking
from tests.helpers.clock import FixedClock
from tests.helpers.rooms import PASSWORD, USER, toy_rooms
from tests.sync.disks import take_unasked

OpenPc = Callable[[str], Office]


@pytest.fixture
def open_pc(room_template: Path, tmp_path: Path, clock: FixedClock) -> Iterator[OpenPc]:
    """Opens one more PC of the same room, with its own device and letter."""
    opened: list[Office] = []

    def open_one(letter: str) -> Office:
        folder = tmp_path / f"机{letter}"
        shutil.copytree(room_template, folder)
        office = toy_rooms(clock).open(folder, USER, PASSWORD)
        with office.database.writing() as connection:
            write_meta(connection, "letter", letter)
            write_meta(connection, "device", letter * 8)
        office.database.close()
        office = toy_rooms(clock).open(folder, USER, PASSWORD)
        opened.append(office)
        return office

    yield open_one
    for office in opened:
        office.database.close()


def give(sender: Office, receiver: Office, *, only: slice = slice(None)) -> list[str]:
    """Hands over what the receiver lacks; returns the reasons of what was parked."""
    scope = sender.place.scope
    with receiver.database.reading() as session:
        theirs = heads(session.connection(), scope)
    with sender.database.reading() as session:
        ids = lacking(session.connection(), scope, theirs)
        found = load_commits(session.connection(), scope, ids)
    commits = [found[one] for one in ids][only]
    return list(take_unasked(receiver.database, SearchIndex(receiver.registry), commits).parked.values())


def state(office: Office) -> tuple[list[bytes], list[tuple[object, ...]]]:
    with office.database.reading() as session:
        table = office.registry.kind("staff_member").table.__table__
        rows = session.execute(select(table).order_by(table.c.id)).all()
        return heads(session.connection(), office.place.scope), [tuple(row) for row in rows]


def check(office: Office) -> None:
    with office.database.reading() as session:
        assert list(verify(session.connection(), office.registry)) == []


def test_exchange_makes_equal_heads_and_tables(open_pc: OpenPc) -> None:
    one, two = open_pc("A"), open_pc("B")
    one.add("staff_member", {"name": "张三丰", "role": "民警"})
    two.add("staff_member", {"name": "李四", "role": "辅警"})
    give(one, two)
    give(two, one)
    give(two, one)
    assert state(one) == state(two)
    assert len(one.find("李四")) == 1
    check(one)
    check(two)


def test_concurrent_edit_of_one_field_is_shown_and_settled_everywhere(open_pc: OpenPc) -> None:
    one, two = open_pc("A"), open_pc("B")
    saved = one.add("staff_member", {"name": "张三丰", "role": "民警"})
    give(one, two)
    one.change("staff_member", saved.id, {"phone": "12000000001"})
    two.change("staff_member", saved.id, {"phone": "12000000002", "badge_no": "FJ1"})
    give(one, two)
    give(two, one)
    assert state(one) == state(two)
    shown = one.show("staff_member", saved.id)
    assert shown["conflicts"] == ["phone"]
    assert shown["badge_no"] == "FJ1"
    with pytest.raises(Conflict):
        one.change("staff_member", saved.id, {"phone": "12000000003"})
    with one.working() as work:
        [conflict] = open_conflicts(work.session.connection())
        assert {side.value for side in conflict.sides} == {"12000000001", "12000000002"}
        settle_conflict(work, conflict.id, "left", "电话核实过")
    give(one, two)
    assert state(one) == state(two)
    assert two.show("staff_member", saved.id)["conflicts"] == []
    check(one)
    check(two)


def test_stale_form_becomes_a_conflict_and_never_an_overwrite(open_pc: OpenPc) -> None:
    one, two = open_pc("A"), open_pc("B")
    saved = one.add("staff_member", {"name": "张三丰", "role": "民警", "badge_no": "1"})
    give(one, two)
    with one.reading() as session:
        seen = tuple(session.scalars(select(one.registry.kind("staff_member").table)).one().ver)
    two.change("staff_member", saved.id, {"badge_no": "2"})
    give(two, one)
    one.change("staff_member", saved.id, {"badge_no": "3"}, seen=seen)
    assert one.show("staff_member", saved.id)["conflicts"] == ["badge_no"]
    check(one)
    give(one, two)
    assert state(one) == state(two)


def test_commit_without_its_parent_is_parked_until_the_parent_comes(open_pc: OpenPc) -> None:
    one, two = open_pc("A"), open_pc("B")
    for name in ("张三丰", "李四", "王五"):
        one.add("staff_member", {"name": name, "role": "民警"})
    assert set(give(one, two, only=slice(1, None))) == {PARENT_MISSING}
    assert two.list_ids("staff_member") == []
    give(one, two, only=slice(0, 1))
    assert state(one) == state(two)
    check(two)


def tamper(office: Office, statement: str) -> None:
    with office.database.writing() as connection:
        _execute(connection, statement)


def _execute(connection: Connection, statement: str) -> None:
    connection.execute(text(statement))


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("UPDATE staff_member SET name = '改过'", "VER-012"),
        ("DELETE FROM staff_member", "VER-011"),
        ("UPDATE commit_ SET ops = CAST(ops || ' ' AS BLOB)", "VER-001"),
        ("DELETE FROM head", "VER-010"),
        ("DELETE FROM op", "VER-004"),
        (
            "INSERT INTO conflict (scope, tbl, rid, field) SELECT scope, 'staff_member', id, 'name' FROM staff_member",
            "VER-013",
        ),
    ],
)
def test_verify_finds_what_did_not_pass_through_the_log(room: Office, statement: str, code: str) -> None:
    room.add("staff_member", {"name": "张三丰", "role": "民警"})
    check(room)
    tamper(room, statement)
    with room.database.reading() as session:
        assert code in {problem.code for problem in verify(session.connection(), room.registry)}


def test_two_corrections_of_one_visit_are_both_kept_and_one_is_chosen(open_pc: OpenPc) -> None:
    one, two = open_pc("A"), open_pc("B")
    staff = one.add("staff_member", {"name": "张三丰", "role": "民警"})
    visit = {"object_name": "李老三", "result": "1", "staff_ids": [staff.id], "opinions": "问了水渠"}
    saved = one.add("visit", visit)
    give(one, two)
    one.change("visit", saved.id, {"opinions": "问了水渠和路灯"})
    two.change("visit", saved.id, {"opinions": "问了水渠，要来人看"})
    give(one, two)
    give(two, one)
    for office in (one, two):
        assert office.list_ids("visit") == [saved.id]
        check(office)
    with one.working() as work:
        [conflict] = open_conflicts(work.session.connection())
        settle_conflict(work, conflict.id, "right", "两人核对过")
    give(one, two)
    texts = {office.show("visit", saved.id)["opinions"] for office in (one, two)}
    assert len(texts) == 1
    assert two.show("visit", saved.id)["conflicts"] == []
    check(one)
    check(two)


def problem_codes(office: Office) -> list[str]:
    with office.database.reading() as session:
        return [problem.code for problem in verify(session.connection(), office.registry)]


@pytest.mark.parametrize("page", [1, 2, 400])
def test_verify_says_the_same_however_many_records_it_takes_at_a_time(
    room: Office, page: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("desktop.sync.verify._PAGE", page)
    staff = room.add("staff_member", {"name": "张三丰", "role": "民警"})
    visit = {"object_name": "李老三", "result": "1", "staff_ids": [staff.id], "opinions": "问了水渠"}
    visits = [room.add("visit", visit).id for _number in range(3)]
    for one in visits:
        room.change("visit", one, {"opinions": "又问了一次"})
    assert problem_codes(room) == []
    tamper(
        room,
        "UPDATE visit SET is_superseded = 1 WHERE root_id = id AND rowid = (SELECT min(rowid) FROM visit)",
    )
    assert problem_codes(room) == []
    tamper(room, f"UPDATE visit SET is_superseded = NULL WHERE id = '{visits[-1]}'")
    assert problem_codes(room) == ["VER-014"]
    tamper(room, f"DELETE FROM visit WHERE root_id = '{visits[-1]}'")
    assert problem_codes(room) == ["VER-011", "VER-011"]


def test_verify_compares_the_rest_when_one_commit_is_damaged(room: Office) -> None:
    ids = [room.add("staff_member", {"name": name, "role": "民警"}).id for name in ("张三丰", "李四", "王五")]
    tamper(room, "UPDATE commit_ SET ops = CAST('[' AS BLOB) WHERE lam = (SELECT max(lam) FROM commit_)")
    assert problem_codes(room) == ["VER-001"]
    tamper(room, f"UPDATE staff_member SET name = '改过' WHERE id = '{ids[0]}'")
    assert problem_codes(room) == ["VER-001", "VER-012"]


def test_verify_tells_of_an_index_entry_without_its_commit(room: Office) -> None:
    room.add("staff_member", {"name": "张三丰", "role": "民警"})
    tamper(room, "INSERT INTO op (scope, tbl, rid, cid) SELECT scope, tbl, rid, zeroblob(32) FROM op LIMIT 1")
    assert problem_codes(room) == ["VER-004"]


def ways_to_rows(office: Office, work: Callable[[], object]) -> set[str]:
    """How the database finds what it is asked for meanwhile, as it tells itself."""
    asked: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, facts: Any, _context: Any, many: bool) -> None:
        if statement.startswith(("SELECT", "UPDATE", "DELETE")):
            asked.append((statement, facts[0] if many else facts))

    event.listen(office.database.engine, "before_cursor_execute", note)
    work()
    event.remove(office.database.engine, "before_cursor_execute", note)
    with office.database.looking() as connection:
        return {
            row[3]
            for statement, facts in asked
            for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", facts)
        }


def test_taking_in_a_days_work_never_goes_through_all_rows_of_the_room(open_pc: OpenPc) -> None:
    one, two = open_pc("A"), open_pc("B")
    people = [one.add("staff_member", {"name": name, "role": "民警"}).id for name in "甲乙丙丁戊己"]
    give(one, two)
    visit = {"object_name": "李老三", "result": "1", "staff_ids": people[:1], "opinions": "问了水渠"}
    visits = [one.add("visit", visit).id for _number in range(6)]
    for number in range(6):
        one.change("staff_member", people[number], {"phone": f"1200000000{number}"})
        one.change("visit", visits[number], {"opinions": "又问了一次"})
    told = ways_to_rows(two, lambda: give(one, two))
    assert any("visit" in way for way in told)
    large = re.compile(r"(SCAN|SEARCH) (visit|staff_member|op|search_row|commit_)\b")
    assert [way for way in told if large.match(way) and ("SCAN" in way or way.endswith("(scope=?)"))] == []
    check(two)
