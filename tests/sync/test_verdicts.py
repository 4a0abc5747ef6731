"""The county's word on commits of a PC that was shut out, and on commits whose parent is lost for good."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from desktop.base.errors import RuleBroken
from desktop.database.record import COUNTY_SCOPE
from desktop.staff.tables import PrintedPaper
from desktop.sync.apply import AUTHOR_REVOKED, PARENT_MISSING, PARKED
from desktop.sync.fold import FoldOp, fold, without
from desktop.sync.tables import ACCEPTED, REFUSED, WITHOUT_PARENT, CommitVerdict
from desktop.sync.verdicts import say
from tests.simulation.playing import new_world
from tests.simulation.replicas import Replica, commits_of, heads_of, problems
from tests.simulation.worlds import ROOM, World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = new_world(tmp_path)
    yield made
    made.close()


def parked(disk: Replica) -> dict[bytes, str]:
    with disk.database.reading() as session:
        return {bytes(row.id): row.why for row in session.connection().execute(select(PARKED))}


def decide(world: World, commit_id: bytes, verdict: str) -> None:
    world.county.exchange().decide(ROOM, commit_id, verdict, "核实过", user="县局")


def late_work(world: World) -> tuple[str, bytes]:
    """A person changed on a PC after the county shut it out; the change waits at the county."""
    person = world.add("pc-b", name="张三丰", phone="1")
    world.exchange("pc-b", "pc-a")
    world.change("pc-b", person, phone="2")
    late = world.letter("pc-b", "county")
    for_sibling = world.letter("pc-b", "pc-a")
    world.give(for_sibling)
    world.shut_out_now()
    # The other PC, which had not heard of it, brings what the one that was shut out wrote.
    world.exchange("pc-a")
    assert late.to == "county"
    return person, world.head("pc-a")


def test_change_of_a_pc_that_was_shut_out_waits_for_the_county(world: World) -> None:
    person, commit = late_work(world)
    assert parked(world.county) == {commit: AUTHOR_REVOKED}
    assert world.person("county", person, ROOM).phone == "1"  # type: ignore[union-attr]


@pytest.mark.parametrize(("verdict", "phone"), [(ACCEPTED, "2"), (REFUSED, "1")])
def test_verdict_is_obeyed_by_who_had_the_change_and_by_who_had_not(
    world: World, verdict: str, phone: str
) -> None:
    person, commit = late_work(world)
    decide(world, commit, verdict)
    world.exchange("pc-a")
    world.demand_agreement("pc-a")
    assert parked(world.county) == {}
    assert commit in commits_of(world.county, ROOM)
    assert world.person("pc-a", person).phone == phone  # type: ignore[union-attr]


def test_record_that_only_a_refused_change_made_has_no_row(world: World) -> None:
    person = world.add("pc-b", name="李四")
    world.give(world.letter("pc-b", "pc-a"))
    world.shut_out_now()
    world.exchange("pc-a")
    decide(world, world.head("pc-a"), REFUSED)
    world.exchange("pc-a")
    world.demand_agreement("pc-a")
    assert world.person("pc-a", person) is None


def test_correction_that_is_refused_gives_back_the_row_that_it_replaced(world: World) -> None:
    with world.save(world.disks["pc-a"]) as session:
        session.add(PrintedPaper(id="p1", scope=ROOM, root_id="p1", paper_name="文书"))
    world.exchange("pc-a", "pc-b")
    with world.save(world.disks["pc-b"]) as session:
        session.add(PrintedPaper(id="p2", scope=ROOM, root_id="p1", paper_name="改", corrects=["p1"]))
    world.give(world.letter("pc-b", "pc-a"))
    world.shut_out_now()
    world.exchange("pc-a")
    decide(world, world.head("pc-a"), REFUSED)
    world.exchange("pc-a")
    world.demand_agreement("pc-a")
    with world.disks["pc-a"].database.reading() as session:
        rows = {row.id: row.is_superseded for row in session.scalars(select(PrintedPaper))}
    assert rows == {"p1": None}


def test_later_work_on_top_of_a_refused_change_stays(world: World) -> None:
    person, commit = late_work(world)
    world.change("pc-a", person, note="后来写的")
    world.change("pc-a", person, phone="3")
    world.exchange("pc-a")
    # Honest work stands on it by now, so it was taken in; the county may still say that it does not count.
    assert parked(world.county) == {}
    decide(world, commit, REFUSED)
    world.exchange("pc-a")
    world.demand_agreement("pc-a")
    shown = world.person("pc-a", person)
    assert shown is not None
    assert (shown.phone, shown.note) == ("3", "后来写的")


def test_verdict_of_a_room_is_refused_where_it_is_written(world: World) -> None:
    world.add("pc-a", name="张三丰")
    with pytest.raises(RuleBroken) as told:
        say(world.disks["pc-a"].database, ROOM, world.head("pc-a"), REFUSED, "想去掉", user="王敏")
    assert told.value.code == "SYN-062"


@pytest.mark.parametrize(("verdict", "phone"), [(ACCEPTED, "3"), (REFUSED, "2")])
def test_change_that_only_a_room_has_put_aside_reaches_the_county(
    world: World, verdict: str, phone: str
) -> None:
    person = world.add("pc-b", name="张三丰", phone="1")
    world.exchange("pc-b", "pc-a")
    world.change("pc-b", person, phone="2")
    world.exchange("pc-b")
    world.change("pc-b", person, phone="3")
    commit = world.head("pc-b")
    sender, room = world.disks["pc-b"].exchange(), world.disks["pc-a"]
    *_older, newest = sender.make_all(room.party.certificate, budget_bytes=300)
    room.exchange().take(newest.sealed)
    assert parked(room) == {commit: PARENT_MISSING}
    world.shut_out_now()
    world.exchange("pc-a")
    assert parked(room) == {commit: AUTHOR_REVOKED}
    assert parked(world.county) == {}
    world.exchange("pc-a")
    assert parked(world.county) == {commit: AUTHOR_REVOKED}
    decide(world, commit, verdict)
    world.exchange("pc-a")
    assert parked(world.county) == parked(room) == {}
    world.demand_agreement("pc-a")
    assert world.person("pc-a", person).phone == phone  # type: ignore[union-attr]


def test_change_whose_proof_stands_on_something_lost_is_decided_by_the_county(world: World) -> None:
    """As in world 17320: a PC that was shut out had signed a later change only, and that had lost its parent."""
    empty = world.copy_of("pc-a")
    world.add("pc-b", name="张三丰")
    world.add("pc-a", name="李四")
    world.give(world.letter("pc-a", "pc-b"))
    world.add("pc-b", name="王五")
    # It leaves out what it had from its sibling, which dies with that one's disk.
    on_stick = world.letter("pc-b", "pc-a")
    world.put_back("pc-a", empty)
    world.give(on_stick)
    world.shut_out_now()
    world.disks.pop("pc-b").close()
    for _turn in range(2):
        world.exchange("pc-a")
    assert set(parked(world.county).values()) == {AUTHOR_REVOKED, PARENT_MISSING}
    for _turn in range(3):
        for commit_id, why in parked(world.county).items():
            decide(world, commit_id, ACCEPTED if why == AUTHOR_REVOKED else WITHOUT_PARENT)
            assert problems(world.county) == []
        world.exchange("pc-a")
    assert parked(world.county) == parked(world.disks["pc-a"]) == {}
    world.demand_agreement("pc-a")
    # Whoever starts anew needs no other proof than the county's word, in files however small.
    world.put_back("pc-a", empty)
    world.give(world.letter("pc-a", "county"))
    to = world.disks["pc-a"].party.certificate
    sizes = []
    for outgoing in world.county.exchange().make_all(to, budget_bytes=300):
        sizes.append(outgoing.commits_count)
        world.disks["pc-a"].exchange().take(outgoing.sealed)
    assert len(sizes) > 3
    assert parked(world.disks["pc-a"]) == {}
    world.demand_agreement("pc-a")


@pytest.mark.parametrize(("verdict", "reason"), [("other", "核实过"), (REFUSED, " ")])
def test_verdict_without_word_or_reason_is_refused(world: World, verdict: str, reason: str) -> None:
    world.add("pc-a", name="张三丰")
    world.exchange("pc-a")
    with pytest.raises(RuleBroken) as told:
        say(world.county.database, ROOM, world.head("pc-a"), verdict, reason, user="县局")
    assert told.value.code == "SYN-064"
    with pytest.raises(RuleBroken):
        say(world.county.database, ROOM, bytes(32), REFUSED, "核实过", user="县局")


def test_same_verdict_twice_is_one_record(world: World) -> None:
    _person, commit = late_work(world)
    decide(world, commit, REFUSED)
    decide(world, commit, REFUSED)
    with world.county.database.reading() as session:
        assert len(session.scalars(select(CommitVerdict)).all()) == 1


# -- orphans -------------------------------------------------------------------------------------------------------


def lose_a_parent(world: World) -> tuple[str, bytes, bytes, Path]:
    """Both disks that held a commit die after a later one was carried away; gives that later one and its parent."""
    person = world.add("pc-a", name="张三丰")
    world.exchange("pc-a")
    at_county, at_room = world.copy_of("county"), world.copy_of("pc-a")
    world.change("pc-a", person, phone="1")
    parent = world.head("pc-a")
    world.exchange("pc-a")
    world.change("pc-a", person, badge_no="7")
    child = world.head("pc-a")
    on_stick = world.letter("pc-a", "county")
    lost_disk = world.copy_of("pc-a")
    world.put_back("county", at_county)
    world.put_back("pc-a", at_room)
    world.give(on_stick)
    assert parked(world.county) == {child: PARENT_MISSING}
    return person, parent, child, lost_disk


def test_orphan_is_taken_in_once_its_pc_says_that_the_parent_is_gone(world: World) -> None:
    person, parent, child, _disk = lose_a_parent(world)
    world.exchange("pc-a")
    world.exchange("pc-a")
    assert parked(world.county) == {}
    assert {child, parent} & commits_of(world.county, ROOM) == {child}
    world.demand_agreement("pc-a")
    shown = world.person("pc-a", person)
    assert shown is not None
    assert (shown.phone, shown.badge_no) == (None, "7")
    with world.disks["pc-a"].database.reading() as session:
        words = [(one.commit_id, one.verdict) for one in session.scalars(select(CommitVerdict))]
    assert words == [(child.hex(), WITHOUT_PARENT)]


def test_orphan_is_taken_in_when_a_person_at_the_county_says_so(world: World) -> None:
    _person, _parent, child, _disk = lose_a_parent(world)
    decide(world, child, WITHOUT_PARENT)
    world.exchange("pc-a")
    world.demand_agreement("pc-a")
    assert child in commits_of(world.disks["pc-a"], ROOM)


def test_another_pc_saying_that_it_lacks_the_parent_frees_nothing(world: World) -> None:
    _person, _parent, child, _disk = lose_a_parent(world)
    for _turn in range(3):
        world.exchange("pc-b")
    assert parked(world.county) == {child: PARENT_MISSING}


def test_parent_that_is_found_after_all_takes_its_place(world: World) -> None:
    person, parent, _child, lost_disk = lose_a_parent(world)
    world.exchange("pc-a")
    world.exchange("pc-a", "pc-b")
    world.put_back("pc-a", lost_disk)
    for _turn in range(2):
        world.exchange("pc-a", "pc-b")
    world.demand_agreement("pc-a", "pc-b")
    for name in ("county", "pc-a", "pc-b"):
        assert parent in commits_of(world.disks[name], ROOM)
    shown = world.person("pc-b", person)
    assert shown is not None
    assert (shown.phone, shown.badge_no) == ("1", "7")
    assert problems(world.county) == []


def test_who_lacks_the_parent_of_an_orphan_has_other_heads(world: World) -> None:
    """As in world 1343: the county had the parent from a clone, another PC had not, and both had the same heads."""
    _person, parent, _child, lost_disk = lose_a_parent(world)
    world.exchange("pc-a")
    world.exchange("pc-a", "pc-b")
    assert heads_of(world.disks["pc-b"], ROOM) == heads_of(world.county, ROOM)
    world.put_back("pc-a", lost_disk)
    world.exchange("pc-a")
    world.exchange("pc-a")
    assert parent in heads_of(world.county, ROOM)
    assert heads_of(world.disks["pc-b"], ROOM) != heads_of(world.county, ROOM)
    world.exchange("pc-b")
    world.demand_agreement("pc-a", "pc-b")
    world.add("pc-b", name="李四")
    assert parent not in heads_of(world.disks["pc-b"], ROOM)
    assert problems(world.county) == []


def test_person_may_say_so_of_a_commit_whose_parent_is_there(world: World) -> None:
    person = world.add("pc-a", name="张三丰")
    world.change("pc-a", person, phone="1")
    parent = world.head("pc-a")
    world.change("pc-a", person, badge_no="7")
    child = world.head("pc-a")
    world.exchange("pc-a", "pc-b")
    decide(world, child, WITHOUT_PARENT)
    assert parent in heads_of(world.county, ROOM)
    world.exchange("pc-a", "pc-b")
    world.demand_agreement("pc-a", "pc-b")
    assert problems(world.county) == []


# -- fold ----------------------------------------------------------------------------------------------------------


def test_who_had_seen_a_refused_operation_had_seen_what_it_had_seen() -> None:
    ops = {
        "a": FoldOp(1, (), {"x": 1}),
        "b": FoldOp(2, ("a",), {"x": 2}),
        "c": FoldOp(3, ("b",), {"x": 3}),
    }
    folded = fold(without(ops, {"b"}))
    assert folded.fields == {"x": 3}
    assert folded.conflicts == {}
    assert fold(without(ops, {"c"})).fields == {"x": 2}
    assert without(ops, {"z"}) is ops


def test_refused_deletion_deletes_nothing() -> None:
    ops = {"a": FoldOp(1, (), {"x": 1}), "b": FoldOp(2, ("a",), {"_del": True})}
    folded = fold(without(ops, {"b"}))
    assert not folded.deleted
    assert folded.heads == ("a",)


def test_county_scope_takes_no_word_from_a_room(world: World) -> None:
    with pytest.raises(RuleBroken):
        say(world.disks["pc-a"].database, COUNTY_SCOPE, bytes(32), REFUSED, "想去掉", user="王敏")
