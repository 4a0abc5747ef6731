"""The museum: losses that really happened to others, each played on our engine.

Named after what happened, with the public report in the docstring. What concerns attachments stands with them; what a
pulled stick or a killed process does stands in `test_stick_exchange.py` and in the tests of real processes.
"""

from __future__ import annotations

import random
import shutil
import uuid
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from desktop.base.errors import EnvironmentFault
from desktop.bootstrap import build_catalogue
from desktop.database.codes import CodeEntry
from desktop.database.fields import FieldType
from desktop.database.kinds import Kind
from desktop.database.record import COUNTY_SCOPE, METADATA, Record
from desktop.staff.office import Office
from desktop.staff.tables import PrintedPaper, StaffMember
from desktop.sync.apply import PARKED, take_in
from desktop.sync.log import Log
from desktop.sync.peer_words import PEERS
from desktop.sync.rows import CONFLICTS
from desktop.sync.splits import author_of
from desktop.sync.stick import StickFiles
from desktop.sync.stick_exchange import exchange_by_stick
from tests.helpers.clock import START
from tests.simulation.playing import fresh_disks, new_world
from tests.simulation.replicas import (
    Replica,
    commits_of,
    everything,
    heads_of,
    make_template,
    open_replica,
    party_of,
    problems,
    rows_of,
)
from tests.simulation.worlds import PLACES, ROOM, ROOMS, World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = new_world(tmp_path)
    yield made
    made.close()


def conflicts(disk: Replica, scope: str = ROOM) -> dict[str, str]:
    """Field → record, of everything that waits."""
    return {row[3]: row[2] for row in rows_of(disk, scope)["conflict"]}


def life_of(disk: Replica) -> str:
    log = disk.database.log
    assert isinstance(log, Log)
    return log.author.incarnation


# -- durability ----------------------------------------------------------------------------------------------------


def test_power_cut_between_sent_and_stored_skips_nothing_and_does_not_loop(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """pouchdb #1240 (checkpoint before the write was durable), powersync-js #1058 (queue never drains)."""
    for number in range(6):
        world.add("pc-a", name=f"张{number}")
    letter = world.letter("pc-a", "county")

    def dies(*_args: object) -> None:
        raise EnvironmentFault("DBS-005", "power cut")

    with monkeypatch.context() as cut:
        cut.setattr("desktop.sync.exchange.take_in", dies)
        with pytest.raises(EnvironmentFault):
            world.give(letter)
    assert commits_of(world.county, ROOM) == set()
    with world.county.database.reading() as session:
        assert session.connection().execute(select(PEERS)).all() == []
    # A second cut after half of it: what came stays, and nothing is believed that is not here.
    half = iter([True, False])

    def dies_halfway(*args: Any) -> Any:
        if next(half):
            return take_in(*args)
        raise EnvironmentFault("DBS-005", "power cut")

    with monkeypatch.context() as cut:
        cut.setattr("desktop.sync.exchange.CHUNK", 2)
        cut.setattr("desktop.sync.exchange.take_in", dies_halfway)
        with pytest.raises(EnvironmentFault):
            world.give(letter)
    assert len(commits_of(world.county, ROOM)) == 2
    assert problems(world.county) == []
    world.exchange("pc-a")
    world.demand_agreement("pc-a")


def test_size_limit_never_cuts_a_transaction(world: World) -> None:
    """arul28/ADE #403 (cr-sqlite): a transaction split by a batch limit, the rest skipped."""
    world.add("pc-a", name="先有的")
    with world.save(world.disks["pc-a"]) as session:
        for number in range(40):
            session.add(StaffMember(id=f"m{number}", scope=ROOM, name=f"队员{number}", note="长" * 200))
    world.add("pc-a", name="后有的")
    seen = set()
    for _turn in range(6):
        exchange, county = world.disks["pc-a"].exchange(), world.county.exchange()
        county.take(exchange.make(exchange.county(), budget_bytes=500).sealed)
        seen.add(len(rows_of(world.county, ROOM)["staff_member"]))
        assert problems(world.county) == []
        world.disks["pc-a"].exchange().take(county.make(exchange.party.certificate).sealed)
    assert seen == {1, 41, 42}


def test_database_rolled_back_after_sending_sends_what_it_writes_afterwards(world: World) -> None:
    """syncthing #6335, SQLite in WAL mode with NORMAL: sequence numbers reused after a crash."""
    person = world.add("pc-a", name="张三丰")
    before = world.copy_of("pc-a")
    for number in range(3):
        world.change("pc-a", person, phone=str(number))
    world.exchange("pc-a")
    world.put_back("pc-a", before)
    world.change("pc-a", person, badge_no="7")
    world.exchange("pc-a", "pc-b")
    world.demand_agreement("pc-a", "pc-b")
    shown = world.person("pc-b", person)
    assert shown is not None
    assert (shown.phone, shown.badge_no) == ("2", "7")


def test_save_is_flushed_to_the_disk(room: Office) -> None:
    """couchdb 1.0.0: delayed commits; saved means saved."""
    with room.database.saving("王敏") as session:
        connection = session.connection()
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar_one() == 2
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar_one() == "wal"


# -- backups and copies --------------------------------------------------------------------------------------------


def test_old_backup_neither_undoes_a_deletion_nor_is_taken_for_one(world: World) -> None:
    """submersion PR #309, #1340, litestream #781: a restore rewinds marks and tombstones."""
    gone, kept = world.add("pc-a", name="已离开"), world.add("pc-a", name="在岗")
    backup = world.copy_of("pc-a")
    world.change("pc-a", gone, is_deleted=True)
    later = world.add("pc-a", name="新来的")
    world.exchange("pc-a", "pc-b")
    world.put_back("pc-a", backup)
    world.change("pc-a", kept, phone="1")
    world.exchange("pc-a", "pc-b")
    world.demand_agreement("pc-a", "pc-b")
    people = {one: world.person("pc-a", one) for one in (gone, kept, later)}
    assert [bool(one and one.is_deleted) for one in people.values()] == [True, False, False]
    assert conflicts(world.county) == {}


def test_restored_pc_goes_on_as_another_life_and_says_so(world: World) -> None:
    """securedrop #7132: numbers collide after a restore; ssb-db #134: a restored feed is dead for ever."""
    person = world.add("pc-a", name="张三丰")
    backup = world.copy_of("pc-a")
    world.change("pc-a", person, phone="1")
    world.exchange("pc-a")
    world.put_back("pc-a", backup)
    assert life_of(world.disks["pc-a"]) == "1"
    world.give(world.letter("pc-a", "county"))
    taken = world.give(world.letter("county", "pc-a"))
    assert life_of(world.disks["pc-a"]) != "1"
    [sentence] = taken.notes
    assert "没有丢失" in sentence
    world.change("pc-a", person, phone="2")
    told = world.give(world.letter("pc-a", "county"))
    assert len(told.notes) == 1
    assert "新的身份" in told.notes[0]
    # Once is enough, for both.
    world.change("pc-a", person, phone="3")
    assert world.give(world.letter("pc-a", "county")).notes == []
    assert world.give(world.letter("county", "pc-a")).notes == []


def test_cloned_pcs_both_write_and_nothing_is_lost(world: World) -> None:
    """submersion PR #315, patchwork #1292, quarto-dev/q2 PR #689: two installs under one identity."""
    person = world.add("pc-a", name="张三丰")
    world.exchange("pc-a")
    copy = world.copy_of("pc-a")
    world.disks["twin"] = open_replica("twin", copy, world.disks["pc-a"].party, world.clock)
    world.change("pc-a", person, phone="1")
    world.change("twin", person, badge_no="7")
    splits: list[str] = []
    for name in ("pc-a", "twin", "pc-a", "twin"):
        taken = world.give(world.letter(name, "county"))
        splits += taken.split
        world.give(world.letter("county", "pc-a"), name)
    world.demand_agreement("pc-a", "twin")
    assert len(splits) == 1
    assert len({life_of(world.disks[name]) for name in ("pc-a", "twin")}) == 2
    shown = world.person("twin", person)
    assert shown is not None
    assert (shown.phone, shown.badge_no) == ("1", "7")


def test_county_from_an_old_backup_is_healed_by_its_rooms(world: World) -> None:
    """zotero #3514, #5943, Anki's full sync: the server goes back, and one side is told to overwrite the other."""
    first = world.add("pc-a", name="张三丰")
    world.exchange("pc-a", "pc-b", "pc-c")
    old = world.copy_of("county")
    world.change("pc-a", first, phone="1")
    second = world.add("pc-b", name="李四")
    world.exchange("pc-a", "pc-b", "pc-a")
    world.put_back("county", old)
    world.exchange("pc-a")
    world.demand_agreement("pc-a", "pc-b")
    assert world.person("county", second, ROOM) is not None


@pytest.mark.parametrize("age", ["empty", "partial", "another room's"])
def test_absence_deletes_nothing(world: World, age: str) -> None:
    """joplin #16165, #883, #5857, zotero #4715: an empty or partial target read as "everything was deleted"."""
    kept = [world.add("pc-a", name=f"张{number}") for number in range(3)]
    if age != "empty":
        name = "pc-a" if age == "partial" else "pc-c"
        world.exchange(name)
    partial = world.copy_of("county")
    world.exchange("pc-a", "pc-b")
    world.put_back("county", fresh_disks()["county"] if age == "empty" else partial)
    before = commits_of(world.disks["pc-b"], ROOM)
    world.give(world.letter("county", "pc-b"))
    world.give(world.letter("county", "pc-a"))
    assert commits_of(world.disks["pc-b"], ROOM) >= before
    assert all(world.person("pc-b", one) is not None for one in kept)
    world.exchange("pc-b")
    world.demand_agreement("pc-b")


def test_peer_that_claims_what_it_does_not_hold_still_gets_it(world: World) -> None:
    """actuali PR #188, TanStack/db #1698: a cursor or root adopted without the data hides a gap for ever."""
    person = world.add("pc-a", name="张三丰")
    world.exchange("pc-a")
    without = world.copy_of("pc-b")
    world.exchange("pc-b")
    # The county believes that this PC has everything; then its disk is put back.
    world.put_back("pc-b", without)
    world.exchange("pc-b")
    assert world.person("pc-b", person) is not None
    world.demand_agreement("pc-b")


# -- edits that meet -----------------------------------------------------------------------------------------------


def test_deleted_taken_back_and_seen_by_a_fresh_pc(world: World) -> None:
    """couchdb #1418, WatermelonDB #1462, application-services #5028: recreated after a delete, not replicated."""
    person = world.add("pc-a", name="张三丰")
    world.change("pc-a", person, is_deleted=True)
    world.exchange("pc-a")
    world.change("pc-a", person, is_deleted=None)
    world.exchange("pc-a", "pc-b")
    shown = world.person("pc-b", person)
    assert shown is not None
    assert not shown.is_deleted
    world.change("pc-a", person, is_deleted=True)
    world.exchange("pc-a")
    world.put_back("pc-b", fresh_disks()["pc-b"])
    world.exchange("pc-b")
    world.demand_agreement("pc-a", "pc-b")


def test_edit_of_a_long_absent_pc_is_no_loss_against_a_deletion(world: World) -> None:
    """application-services #5028: a PC that was away for long brings an edit of what the others deleted."""
    person = world.add("pc-a", name="张三丰")
    world.exchange("pc-a", "pc-b")
    world.change("pc-b", person, note="半年前写的")
    world.change("pc-a", person, is_deleted=True)
    world.exchange("pc-a", "pc-b", "pc-a")
    world.demand_agreement("pc-a", "pc-b")
    shown = world.person("pc-a", person)
    assert shown is not None
    assert (shown.note, bool(shown.is_deleted)) == ("半年前写的", False)
    assert conflicts(world.county) == {"_del": person}


def test_edit_after_a_deletion_brings_the_record_back_everywhere(world: World) -> None:
    """Ours, found by the simulation: the row of the PC that wrote it stayed hidden there alone."""
    person = world.add("pc-a", name="张三丰")
    world.change("pc-a", person, is_deleted=True)
    world.change("pc-a", person, phone="1")
    assert problems(world.disks["pc-a"]) == []
    world.exchange("pc-a")
    world.demand_agreement("pc-a")
    shown = world.person("pc-a", person)
    assert shown is not None
    assert not shown.is_deleted


def test_same_person_on_two_pcs_stays_two_rows(world: World) -> None:
    """morango #306, kolibri #14648: a unique constraint made a synced row vanish."""
    ids = {world.add(name, name="张三丰", badge_no="FJ0102") for name in ("pc-a", "pc-b")}
    world.exchange("pc-a", "pc-b", "pc-a")
    world.demand_agreement("pc-a", "pc-b")
    assert {row[1] for row in rows_of(world.county, ROOM)["staff_member"]} == ids


def test_child_that_arrives_before_its_parent_waits_and_is_not_lost(world: World) -> None:
    """kolibri #7270: foreign keys and endless buffers."""
    person = world.add("pc-a", name="张三丰")
    first = world.letter("pc-a", "pc-b")
    world.exchange("pc-a")
    world.change("pc-a", person, phone="1")
    # The county holds the first; a file for the other PC builds on what that one never got.
    late = world.letter("pc-a", "county")
    second = world.disks["pc-a"].exchange()
    with world.disks["pc-a"].database.writing() as connection:
        told = [head.hex() for head in heads_of(world.county, ROOM)]
        connection.execute(
            PEERS.insert().values(scope=ROOM, peer="pc-b", heads=str(told).replace("'", '"'), base="[]")
        )
    peer = next(one for one in second.peers() if one.device == "pc-b")
    only_child = second.make(peer).sealed
    taken = world.disks["pc-b"].exchange().take(only_child)
    assert (taken.new_count, taken.parked_count) == (0, 1)
    world.give(first)
    assert commits_of(world.disks["pc-b"], ROOM) == commits_of(world.disks["pc-a"], ROOM)
    with world.disks["pc-b"].database.reading() as session:
        assert session.connection().execute(select(PARKED)).all() == []
    world.give(late)
    world.demand_agreement("pc-a", "pc-b")


def test_matter_handed_to_another_room_while_the_old_room_edits_it(world: World) -> None:
    """cht-core #5701, #11306, #6458: a record that moved, whose later edits fail silently."""
    person = world.add("pc-a", name="张三丰", phone="1")
    world.exchange("pc-a")
    with world.save(world.county) as session:
        session.add(StaffMember(id="copy", scope=ROOMS[1], name="张三丰", phone="1"))
        session.get_one(StaffMember, (ROOM, person)).state = "left"
    world.change("pc-a", person, note="交接前又记了一笔")
    world.exchange("pc-a", "pc-c", "pc-b")
    world.demand_agreement("pc-a", "pc-b")
    world.demand_agreement("pc-c", scope=ROOMS[1])
    old, new = world.person("pc-b", person), world.person("pc-c", "copy")
    assert old is not None
    assert new is not None
    assert (old.state, old.note, new.note) == ("left", "交接前又记了一笔", None)


def test_chain_of_offline_edits_out_of_order_around_an_edit_of_the_county(world: World) -> None:
    """ODK central #669, #698, #805: one version number was not enough for a chain of offline edits."""
    person = world.add("pc-a", name="张三丰")
    world.exchange("pc-a")
    letters = []
    for number in range(4):
        world.change("pc-a", person, phone=str(number))
        letters.append(world.letter("pc-a", "county"))
    world.change("county", person, ROOM, badge_no="县")
    for place in (3, 0, 2, 1, 3):
        world.give(letters[place])
    world.exchange("pc-a")
    world.demand_agreement("pc-a")
    shown = world.person("pc-a", person)
    assert shown is not None
    assert (shown.phone, shown.badge_no) == ("3", "县")
    assert conflicts(world.county) == {}


def test_two_deletions_of_one_row_agree(world: World) -> None:
    """corrosion PR #352: same-row deletes did not converge."""
    person = world.add("pc-a", name="张三丰")
    world.exchange("pc-a", "pc-b")
    for name in ("pc-a", "pc-b"):
        world.change(name, person, is_deleted=True)
    world.exchange("pc-a", "pc-b", "pc-a")
    world.demand_agreement("pc-a", "pc-b")
    assert conflicts(world.county) == {}


def test_what_a_third_pc_carries_keeps_its_author(world: World) -> None:
    """cr-sqlite #30: the origin was lost when changes went through another."""
    world.add("pc-a", name="张三丰")
    world.give(world.letter("pc-a", "pc-b"))
    world.exchange("pc-b")
    with world.county.database.reading() as session:
        from desktop.sync.log import COMMITS, commit_of

        [commit] = [
            commit_of(row)
            for row in session.connection().execute(select(COMMITS).where(COMMITS.c.scope == ROOM))
        ]
    assert author_of(commit) == "pc-a/1"
    world.exchange("pc-a")
    world.demand_agreement("pc-a", "pc-b")


def test_save_without_a_change_writes_nothing(world: World) -> None:
    """cr-sqlite #98: versions rose on columns that did not change."""
    person = world.add("pc-a", name="张三丰", phone="1")
    before = everything(world.disks["pc-a"])
    world.change("pc-a", person, phone="1")
    assert everything(world.disks["pc-a"]) == before


def test_late_change_lands_before_later_ones(world: World) -> None:
    """sillsdev/harmony #105: a late change landed before later edits and was applied over them."""
    person = world.add("pc-a", name="张三丰")
    world.exchange("pc-a", "pc-b")
    world.change("pc-b", person, phone="早", note="早")
    late = world.letter("pc-b", "county")
    world.give(world.letter("pc-b", "pc-a"))
    world.change("pc-a", person, phone="晚")
    world.exchange("pc-a")
    world.give(late)
    world.exchange("pc-a", "pc-b")
    world.demand_agreement("pc-a", "pc-b")
    shown = world.person("pc-b", person)
    assert shown is not None
    assert (shown.phone, shown.note) == ("晚", "早")
    assert conflicts(world.county) == {}


def test_deleting_a_parent_leaves_its_children(world: World) -> None:
    """sillsdev/harmony #105: deletion of a parent cascaded over what others had added."""
    parent = world.add("pc-a", name="队长")
    world.exchange("pc-a", "pc-b")
    world.change("pc-a", parent, is_deleted=True)
    child = world.add("pc-b", name="队员", origin_kind="staff_member", origin_id=parent)
    world.exchange("pc-a", "pc-b", "pc-a")
    world.demand_agreement("pc-a", "pc-b")
    shown = world.person("pc-a", child)
    assert shown is not None
    assert shown.origin_id == parent


def test_one_save_of_the_county_for_several_rooms_goes_to_each_its_part(world: World) -> None:
    """electric #1659: rows missed by filtered shapes."""
    with world.save(world.county) as session:
        for scope in ROOMS:
            session.add(StaffMember(id=str(uuid.uuid4()), scope=scope, name=f"给{scope[-3:]}"))
        session.add(CodeEntry(id="c1", scope=COUNTY_SCOPE, code="1", label="给大家"))
    world.exchange("pc-a", "pc-c")
    for name, scope in (("pc-a", ROOMS[0]), ("pc-c", ROOMS[1])):
        world.demand_agreement(name, scope=scope)
        world.demand_agreement(name, scope=COUNTY_SCOPE)
        with world.disks[name].database.reading() as session:
            assert [one.scope for one in session.scalars(select(StaffMember))] == [scope]


def test_form_that_was_open_while_an_import_ran_makes_a_conflict(world: World) -> None:
    """Ours: parents taken when saving would overwrite unseen what had arrived meanwhile."""
    person = world.add("pc-a", name="张三丰")
    world.exchange("pc-a", "pc-b")
    with world.disks["pc-a"].database.reading() as session:
        seen = session.get_one(StaffMember, (ROOM, person)).ver
    world.change("pc-b", person, phone="乙")
    world.exchange("pc-b", "pc-a")
    with world.save(world.disks["pc-a"]) as saving:
        record = saving.get_one(StaffMember, (ROOM, person))
        saving.base_on(record, seen)
        record.phone = "甲"
    assert conflicts(world.disks["pc-a"]) == {"phone": person}
    world.exchange("pc-a", "pc-b")
    world.demand_agreement("pc-a", "pc-b")


# -- time, lines and sticks ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("years", [-20, 70], ids=["behind", "ahead"])
def test_wrong_clock_stops_nothing(world: World, years: int) -> None:
    """actual #3786, #7106, evolu #709, buendia #226, Anki's ClockIncorrect: a clock refused or poisoned sync."""
    person = world.add("pc-a", name="张三丰")
    world.clock.set(START + timedelta(days=365 * years))
    world.change("pc-a", person, phone="1")
    world.exchange("pc-a", "pc-b")
    world.clock.set(START)
    world.change("pc-b", person, phone="2")
    world.exchange("pc-b", "pc-a")
    world.demand_agreement("pc-a", "pc-b")
    shown = world.person("pc-a", person)
    assert shown is not None
    assert shown.phone == "2"


def test_broken_line_drains_after_it_heals_and_no_reading_goes_back(world: World) -> None:
    """powersync.dart #253, #307, #308: stuck queues and divergent reads after partitions and kills."""
    chance = random.Random(4)
    had: dict[str, set[bytes]] = {name: set() for name in world.disks}
    person = world.add("pc-a", name="张三丰")
    for turn in range(25):
        name = chance.choice(["pc-a", "pc-b"])
        if world.person(name, person) is not None:
            world.change(name, person, **{chance.choice(["phone", "note"]): str(turn)})
        request = world.letter(name, "county")
        if chance.random() < 0.6:
            world.give(request)
            answer = world.letter("county", name)
            if chance.random() < 0.6:
                world.give(answer)
        for disk in world.disks.values():
            now = commits_of(disk, ROOM)
            assert now >= had[disk.name]
            had[disk.name] = now
    for _round in range(3):
        world.exchange("pc-a", "pc-b")
    world.demand_agreement("pc-a", "pc-b")


def test_stick_that_fails_once_is_tried_again_without_a_word_of_attack(world: World, tmp_path: Path) -> None:
    """borg #4908, #7853: a temporary error blocked honest users with a frightening message."""

    class Hiccup(StickFiles):
        """The first read fails, as a worn stick does."""

        failed = False

        def read(self, path: Path, most_bytes: int) -> bytes:
            """Fails once."""
            if not self.failed:
                self.failed = True
                raise OSError(5, "Input/output error")
            return super().read(path, most_bytes)

    world.add("pc-a", name="张三丰")
    stick = tmp_path / "U 盘"
    stick.mkdir()
    exchange_by_stick(world.disks["pc-a"].exchange(), stick)
    files = Hiccup(wait=lambda _seconds: None)
    with pytest.raises(EnvironmentFault) as told:
        exchange_by_stick(world.county.exchange(), stick, files=files)
    assert told.value.code.startswith("ENV")
    assert "攻击" not in str(told.value)
    exchange_by_stick(world.county.exchange(), stick, files=files)
    exchange_by_stick(world.disks["pc-a"].exchange(), stick, files=files)
    world.demand_agreement("pc-a")


# -- every table ---------------------------------------------------------------------------------------------------


def text_field(kind: Kind) -> str:
    """A field of the kind that holds plain text."""
    texts = {FieldType.TEXT, FieldType.LONG_TEXT, FieldType.PERSON_NAME}
    named = [name for name, one in kind.fields.items() if one.type in texts and one.owner != "county"]
    return named[0] if named else "void_reason"


@pytest.fixture(scope="module")
def all_kinds(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, tuple[type[Record], ...]]:
    """A disk with the tables of every kind of the program."""
    kinds = tuple(kind.table for kind in build_catalogue().registry)
    folder = tmp_path_factory.mktemp("kinds")
    for name in ("pc-a", "county"):
        shutil.copytree(fresh_disks()[name], folder / name)
        disk = open_replica(name, folder / name, party_of(name, *PLACES[name]), new_clock(), kinds)
        METADATA.create_all(disk.database.engine, tables=[one.__table__ for one in kinds])
        disk.close()
    return folder, kinds


def new_clock() -> Any:
    from tests.helpers.clock import FixedClock

    return FixedClock()


def test_every_kind_keeps_both_sides_of_a_conflict(
    all_kinds: tuple[Path, tuple[type[Record], ...]], tmp_path: Path
) -> None:
    """joplin's handleConflictAction: a conflict copy for notes, and everything else silently overwritten."""
    start, kinds = all_kinds
    disks = {}
    for name in ("pc-a", "county"):
        shutil.copytree(start / name, tmp_path / name)
        disks[name] = open_replica(name, tmp_path / name, party_of(name, *PLACES[name]), new_clock(), kinds)
    world = World(1, tmp_path, random.Random(1), new_clock(), disks=disks)
    registry = disks["county"].database.registry
    # A step of which each belongs to one side (of a work order) is never written by both.
    ours = [kind for kind in registry if kind.info.owner == "room" and kind.info.may_write is None]
    field_of = {kind.name: text_field(kind) for kind in ours}
    with world.save(disks["pc-a"]) as session:
        for kind in ours:
            root = {"root_id": "one"} if kind.info.insert_only else {}
            session.add(kind.table(id="one", scope=ROOM, **{field_of[kind.name]: "初"}, **root))
    world.exchange("pc-a")
    for name in ("pc-a", "county"):
        with world.save(disks[name]) as session:
            for kind in ours:
                if kind.info.insert_only:
                    row = kind.table(id=f"by-{name}", scope=ROOM, root_id="one", corrects=["one"])
                    setattr(row, field_of[kind.name], name)
                    session.add(row)
                else:
                    setattr(session.get_one(kind.table, (ROOM, "one")), field_of[kind.name], name)
    world.exchange("pc-a")
    world.demand_agreement("pc-a")
    with disks["county"].database.reading() as session:
        waiting = {row.tbl: row.choices for row in session.connection().execute(select(CONFLICTS))}
    assert waiting.keys() == {kind.name for kind in ours}
    assert all("pc-a" in choices and "county" in choices for choices in waiting.values())
    world.close()


def test_row_that_is_written_once_can_be_changed_by_nobody(world: World) -> None:
    """I5: what was signed stays as it was signed, on every PC."""
    with world.save(world.disks["pc-a"]) as session:
        session.add(PrintedPaper(id="p1", scope=ROOM, root_id="p1", paper_name="协议书"))
    world.exchange("pc-a", "pc-b")
    with world.save(world.disks["pc-b"]) as session:
        session.add(PrintedPaper(id="p2", scope=ROOM, root_id="p1", paper_name="更正", corrects=["p1"]))
    world.exchange("pc-b", "pc-a")
    world.demand_agreement("pc-a", "pc-b")
    for name in ("pc-a", "pc-b", "county"):
        with world.disks[name].database.reading() as session:
            assert session.get_one(PrintedPaper, (ROOM, "p1")).paper_name == "协议书"


def test_template_has_the_tables_of_the_engine(tmp_path: Path) -> None:
    make_template(tmp_path / "t")
    assert (tmp_path / "t" / "room.db").stat().st_size > 0
