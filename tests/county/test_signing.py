"""The county's signing keys: rooms notice nothing when one is turned over, and a stolen one counts nowhere any more."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from county.enrolment import approve, open_slot, revoke
from county.signing import rotate, signing_of, take_root_out
from county.verdicts import decide
from desktop.base.errors import Failure
from desktop.staff.joining import ask_in, finish_joining
from desktop.staff.office import Office
from desktop.staff.permissions import actor_of
from desktop.staff.records import add_record
from desktop.staff.rooms import NewRoom
from desktop.sync.certificates import is_believed
from desktop.sync.network import EXCHANGE_PATH, told_code
from desktop.sync.parties import keep_revocation, load_devices
from desktop.sync.stick_register import check_stick, register_stick
from desktop.sync.verify import verify
from tests.helpers.county import (
    COUNTY,
    NAMES,
    ROOM_CODE,
    CountyPost,
    World,
    all_heads,
    all_rows,
    enrol,
    found_county,
    hand_over,
)
from tests.helpers.rooms import PASSWORD, USER

SCOPE = f"r:{ROOM_CODE}"


def refuse(code: str, deed: Callable[[], Any]) -> None:
    with pytest.raises(Failure) as told:
        deed()
    assert told.value.code == code


def work(office: Office, name: str = "张三丰") -> str:
    return office.add("staff_member", {"name": name, "role": "民警"}).id


def order(world: World, label: str) -> str:
    """Something that only the county may write."""
    return world.county.add(
        "code_entry", {"list_name": "dispute_type", "code": str(len(label)), "label": label}
    ).id


def move_root_out(county: Office, path: Path) -> Path:
    """The root in a file, as a technician does it once."""

    def keep(data: bytes) -> bytes:
        path.write_bytes(data)
        return path.read_bytes()

    take_root_out(county, keep)
    return path


def alone(world: World, name: str) -> Office:
    """A room that works for itself and has never heard of a county."""
    new = NewRoom(ROOM_CODE, "石桥", USER, PASSWORD, practice=True)
    world.rooms.create(world.folder / name, new).office.database.close()
    return world.open(name)


def steal(world: World) -> Path:
    """The folder of the county as it is, in a thief's hands."""
    world.county.database.engine.dispose()
    shutil.copytree(world.folder / COUNTY, world.folder / "贼")
    return world.folder / "贼"


def clean(world: World, *names: str) -> None:
    """The rooms hold what the county holds, and every signature is right."""
    for name in names:
        assert all_heads(world.offices[name], ["county"]) == all_heads(world.county, ["county"])
    for name in (COUNTY, *names):
        office = world.offices[name]
        with office.reading() as session:
            found = list(verify(session.connection(), office.registry, office.exchange().party))
        assert found == []


def test_rooms_notice_nothing(world: World) -> None:
    order(world, "一")
    for name in ("甲机", "邻室"):
        world.by_wire(name)
    slot = open_slot(world.county, ROOM_CODE, NAMES[ROOM_CODE])
    early = world.county.exchange().make(world.offices["乙机"].exchange().party.certificate).sealed
    work(world.offices["甲机"])
    world.by_stick("甲机")
    before = signing_of(world.county)
    assert (before.keys, before.withdrawn, before.has_root) == ((before.key,), (), True)

    after = rotate(world.county)
    assert (after.keys, after.withdrawn, after.has_root) == ((after.key, before.key), (), True)

    order(world, "二二")
    # What was sealed and signed before is on its way still.
    world.offices["乙机"].exchange().take(early)
    world.by_stick(COUNTY, "甲机")
    for name in ("甲机", "乙机", "邻室"):
        world.by_wire(name)
        assert world.offices[name].exchange().party.county.believed == after.keys
    late = alone(world, "丙机")
    finish_joining(late, approve(world.county, ask_in(late, slot.data).request).data)
    world.open("丙机")
    assert world.offices["丙机"].list_ids("code_entry") == world.county.list_ids("code_entry")
    rotate(world.county)
    order(world, "三三三")
    for name in ("甲机", "丙机", "邻室"):
        world.by_wire(name)
    clean(world, "甲机", "丙机", "邻室")
    assert all_rows(world.offices["丙机"], SCOPE) == all_rows(world.county, SCOPE)


def test_word_of_a_new_key_goes_from_pc_to_pc(world: World) -> None:
    rotate(world.county)
    order(world, "一")
    world.by_wire("甲机")
    work(world.offices["甲机"])
    hand_over(world.offices["甲机"], world.offices["乙机"])
    told = world.offices["乙机"].exchange().party.county
    assert told.believed == world.county.exchange().party.county.believed
    assert world.offices["乙机"].list_ids("code_entry") == world.county.list_ids("code_entry") != []


def test_root_lies_in_a_file_only(world: World) -> None:
    path = move_root_out(world.county, world.folder / "根密钥")
    standing = signing_of(world.county)
    assert (standing.keys[0], len(standing.keys), standing.has_root) == (standing.key, 2, False)
    other = found_county(world.rooms, world.folder / "别的县")
    strange = move_root_out(other, world.folder / "别县的根密钥").read_bytes()
    other.database.close()
    data = path.read_bytes()
    for what in (None, strange, b"", b"{}", b"[1]", data[:-9], data.replace(b"root_secret", b"root")):
        refuse("SYN-118", partial(rotate, world.county, what))
    refuse("SYN-118", lambda: take_root_out(world.county, lambda told: told))
    assert signing_of(world.county) == standing
    assert len(rotate(world.county, data).keys) == 3
    assert not signing_of(world.county).has_root
    assert standing.keys[0] not in path.read_text(encoding="ascii")


@pytest.mark.parametrize("lies", [b"", b"{}"])
def test_root_stays_when_its_file_cannot_be_read_back(world: World, lies: bytes) -> None:
    refuse("SYN-118", lambda: take_root_out(world.county, lambda _data: lies))

    def full(_data: bytes) -> bytes:
        raise OSError("full")

    with pytest.raises(OSError, match="full"):
        take_root_out(world.county, full)
    assert signing_of(world.county).has_root
    assert len(rotate(world.county).keys) == 2


@dataclass
class Theft:
    """The county turned to a new key after somebody had copied it; a PC of his sits in a room.

    Shape:   the certificate of `丙机` is one that the stolen key signed, by the county's own hand.
    """

    world: World
    thief: Office
    rogue: Office
    root: bytes


@pytest.fixture
def theft(world: World) -> Iterator[Theft]:
    root = move_root_out(world.county, world.folder / "根密钥").read_bytes()
    enrol(world.rooms, world.county, world.folder / "丙机", ROOM_CODE)
    world.open("丙机")
    order(world, "一")
    for name in ("甲机", "丙机", "邻室"):
        world.by_wire(name)
    thief = world.rooms.open(steal(world), USER, PASSWORD)
    enrol(world.rooms, thief, world.folder / "冒名", ROOM_CODE)
    rogue = world.rooms.open(world.folder / "冒名", USER, PASSWORD)
    work(rogue, "假张")
    after = rotate(world.county, root, stolen=True)
    assert (len(after.keys), len(after.withdrawn)) == (2, 1)
    yield Theft(world, thief, rogue, root)
    thief.database.close()
    rogue.database.close()


def test_stolen_key_speaks_for_the_county_no_more(theft: Theft) -> None:
    world = theft.world
    theft.thief.add("code_entry", {"list_name": "dispute_type", "code": "88", "label": "假类别"})
    world.by_wire("甲机")
    to = world.offices["甲机"].exchange().party.certificate
    false = theft.thief.exchange().make(to).sealed
    refuse("SYN-117", lambda: world.offices["甲机"].exchange().take(false))
    world.stick().joinpath("JINGWUSHI").mkdir()
    register_stick(world.stick(), "07", theft.thief.exchange().party)
    refuse("SYN-034", lambda: check_stick(world.stick(), world.offices["甲机"].exchange().party.county))
    assert check_stick(world.stick(), world.offices["丙机"].exchange().party.county) == "07"
    clean(world, "甲机")
    assert "假类别" not in str(all_rows(world.offices["甲机"], "county"))


def test_pc_that_a_stolen_key_let_in_is_shut_out(theft: Theft) -> None:
    world = theft.world
    refuse("SYN-071", lambda: hand_over(theft.rogue, world.county))
    # A room that has not heard yet takes it for one of its own, and works on.
    assert hand_over(theft.rogue, world.offices["乙机"]) > 0
    before_it_heard = world.offices["乙机"].exchange().make(world.offices["乙机"].exchange().county()).sealed
    world.county.exchange().take(before_it_heard)
    assert [one.reason for one in world.county.parked()] == ["author_revoked"]
    decide(world.county, world.county.parked()[0].id, "refused", "冒名的电脑")
    for name in ("乙机", "甲机", "丙机"):
        world.by_wire(name)
        refuse("SYN-071", partial(hand_over, theft.rogue, world.offices[name]))
        assert "假张" not in str(all_rows(world.offices[name], SCOPE))
        assert theft.rogue.place.device not in {one.device for one in world.offices[name].exchange().peers()}
    clean(world, "乙机", "甲机", "丙机")


def test_pc_that_had_come_before_the_theft_was_noticed_is_shut_out_as_well(world: World) -> None:
    root = move_root_out(world.county, world.folder / "根密钥").read_bytes()
    thief = world.rooms.open(steal(world), USER, PASSWORD)
    enrol(world.rooms, thief, world.folder / "冒名", ROOM_CODE)
    thief.database.close()
    rogue = world.open("冒名")
    work(rogue, "假张")
    assert hand_over(rogue, world.county) == 1
    rotate(world.county, root, stolen=True)
    work(rogue, "假李")
    refuse("SYN-071", lambda: hand_over(rogue, world.county))
    world.by_wire("甲机")
    refuse("SYN-071", lambda: hand_over(rogue, world.offices["甲机"]))


def test_pc_that_the_county_let_in_itself_goes_on(theft: Theft) -> None:
    """Its certificate was the stolen key's; the county signs it again, whoever hears of it first and from whom."""
    world = theft.world
    late, room, other = world.offices["丙机"], world.offices["甲机"], world.offices["乙机"]
    work(late)
    world.county.exchange().take(late.exchange().make(late.exchange().county()).sealed)
    assert len(world.county.list_ids("staff_member")) == 1
    world.by_wire("甲机")
    work(late, "李四")
    # What it made before it heard is taken by who has heard.
    assert hand_over(late, room) == 1
    # It hears of the theft from the other PC of the room, and still knows the county.
    work(room, "王五")
    hand_over(room, late)
    assert "county" in {one.device for one in late.exchange().peers()}
    world.by_stick("丙机", COUNTY, "丙机")
    world.by_wire("丙机")
    certificate = late.exchange().party.certificate
    assert is_believed(certificate, late.exchange().party.county)
    # Who has never exchanged with it since believes it now by its own word alone.
    work(late, "赵六")
    assert hand_over(late, other) >= 1
    assert certificate.device in {one.device for one in other.exchange().peers()}
    for name in ("甲机", "乙机", "丙机", "甲机", "乙机"):
        world.by_wire(name)
    clean(world, "甲机", "乙机", "丙机")
    assert all_rows(late, SCOPE) == all_rows(world.county, SCOPE)
    enrol(world.rooms, world.county, world.folder / "丁机", ROOM_CODE)
    assert len(world.open("丁机").list_ids("staff_member")) == 4
    assert hand_over(late, world.offices["丁机"]) == 0
    clean(world, "丁机")


def test_stolen_key_shuts_nobody_out(theft: Theft) -> None:
    world = theft.world
    victim = world.offices["甲机"].place.device
    revoke(theft.thief, victim, "捣乱")
    hand_over(world.county, world.offices["乙机"])
    with theft.thief.reading() as session:
        word = load_devices(session.connection(), theft.thief.exchange().party.county, [victim])[victim]
    party = world.offices["乙机"].exchange().party
    assert word.revocation is not None
    assert not is_believed(word.revocation, party.county)
    with world.offices["丙机"].database.writing() as connection:
        # One that has not heard passes it on in good faith.
        keep_revocation(connection, word.revocation, "2026-03-05T00:00:00Z")
    hand_over(world.offices["丙机"], world.offices["乙机"])
    assert victim in {one.device for one in world.offices["乙机"].exchange().peers()}


def test_change_that_a_stolen_key_vouches_for_waits_for_the_countys_word(world: World) -> None:
    root = move_root_out(world.county, world.folder / "根密钥").read_bytes()
    kept = steal(world)
    order(world, "一")
    world.by_wire("甲机")
    world.close(COUNTY)
    shutil.rmtree(world.folder / COUNTY)
    shutil.copytree(kept, world.folder / COUNTY)
    world.open(COUNTY)
    rotate(world.county, root, stolen=True)
    # Only the room has what the county wrote since, and nothing was built on it.
    world.by_wire("甲机")
    waiting = world.county.parked()
    assert [one.reason for one in waiting] == ["author_revoked"]
    assert world.county.list_ids("code_entry") == []
    assert decide(world.county, waiting[0].id, "accepted", "县局自己写的") == 1
    world.by_wire("甲机")
    clean(world, "甲机")
    assert len(world.county.list_ids("code_entry")) == 1


def test_what_a_room_built_on_a_stolen_keys_word_is_taken_with_it(world: World) -> None:
    root = move_root_out(world.county, world.folder / "根密钥").read_bytes()
    kept = steal(world)
    with world.county.working() as doing, doing.session.in_scope(SCOPE):
        add_record(doing, "code_entry", {"list_name": "dispute_type", "code": "51", "label": "光伏用地纠纷"})
    world.by_wire("甲机")
    work(world.offices["甲机"])
    world.close(COUNTY)
    shutil.rmtree(world.folder / COUNTY)
    shutil.copytree(kept, world.folder / COUNTY)
    world.open(COUNTY)
    rotate(world.county, root, stolen=True)
    world.by_wire("甲机")
    assert world.county.parked() == []
    assert len(world.county.list_ids("code_entry")) == 1
    clean(world, "甲机")


def test_county_that_was_put_back_hears_of_its_newer_key(world: World) -> None:
    kept = steal(world)
    rotate(world.county)
    order(world, "一")
    world.by_wire("甲机")
    world.close(COUNTY)
    shutil.rmtree(world.folder / COUNTY)
    shutil.copytree(kept, world.folder / COUNTY)
    world.open(COUNTY)
    world.by_wire("甲机")
    standing = signing_of(world.county)
    # The older key is good as well, and what the lost one signed stays.
    assert (standing.key, len(standing.keys)) == (standing.keys[1], 2)
    assert len(rotate(world.county).keys) == 3
    order(world, "二二")
    world.by_wire("甲机")
    clean(world, "甲机")
    assert len(world.offices["甲机"].list_ids("code_entry")) == 2


def test_county_that_was_put_back_to_a_stolen_key_signs_nothing(world: World) -> None:
    root = move_root_out(world.county, world.folder / "根密钥").read_bytes()
    enrol(world.rooms, world.county, world.folder / "丙机", ROOM_CODE)
    work(world.open("丙机"))
    kept = steal(world)
    rotate(world.county, root, stolen=True)
    world.by_wire("甲机")
    work(world.offices["甲机"])
    world.close(COUNTY)
    shutil.rmtree(world.folder / COUNTY)
    shutil.copytree(kept, world.folder / COUNTY)
    world.open(COUNTY)
    room = world.offices["甲机"].exchange()
    answer = CountyPost(world.county)(EXCHANGE_PATH, room.make(room.county()).sealed)
    assert (answer.status, told_code(answer.body)) == (500, "SYN-116")
    # What the room sent was taken in all the same, and with it the word on the keys.
    assert len(world.county.list_ids("staff_member")) == 1
    # As in world 17507: it knows whom it approved itself, although the stolen key had signed that.
    assert hand_over(world.offices["丙机"], world.county) == 1
    refuse("SYN-116", lambda: open_slot(world.county, ROOM_CODE, NAMES[ROOM_CODE]))
    assert len(rotate(world.county, root).withdrawn) == 1
    for name in ("丙机", "甲机"):
        world.by_wire(name)
    clean(world, "甲机", "丙机")


def test_stolen_key_is_not_cured_while_the_root_lies_beside_it(world: World) -> None:
    rotate(world.county)
    refuse("SYN-119", lambda: rotate(world.county, stolen=True))
    assert len(signing_of(world.county).keys) == 2


def test_only_who_administers_the_system_touches_the_keys(world: World) -> None:
    by_clerk = replace(world.county, actor=actor_of("内勤", ("clerk", "county")))
    refuse("STF-001", lambda: rotate(by_clerk))
    refuse("STF-001", lambda: take_root_out(by_clerk, lambda data: data))
    assert len(signing_of(world.county).keys) == 1
