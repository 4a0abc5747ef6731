"""The stick between a room's PCs and the county: carried there and back, pulled at any step, full, read-only, old."""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path

import pytest

from desktop.base.errors import EnvironmentFault, Failure
from desktop.staff.office import Office
from desktop.staff.permissions import actor_of
from desktop.staff.status import status_of
from desktop.sync.stick import Entry, StickFiles, tag
from desktop.sync.stick_exchange import exchange_by_stick
from tests.helpers.county import ROOM_CODE, World, all_heads, all_rows, check, counts
from tests.helpers.rooms import USER

SCOPE = f"r:{ROOM_CODE}"


class PulledStick(StickFiles):
    """A real folder whose steps fail from a certain one on; a write that fails leaves half of it behind."""

    def __init__(self, fails_at: int, number: int = errno.ENODEV) -> None:
        super().__init__(wait=lambda _seconds: None)
        self.steps = 0
        self._fails_at, self._number = fails_at, number

    def _step(self) -> None:
        self.steps += 1
        if self.steps > self._fails_at:
            raise OSError(self._number, os.strerror(self._number))

    def is_folder(self, path: Path) -> bool:
        self._step()
        return super().is_folder(path)

    def make_folder(self, path: Path) -> None:
        self._step()
        super().make_folder(path)

    def entries(self, path: Path) -> list[Entry]:
        self._step()
        return super().entries(path)

    def write(self, path: Path, data: bytes) -> None:
        try:
            self._step()
        except OSError:
            path.write_bytes(data[: len(data) // 2])
            raise
        super().write(path, data)

    def rename(self, path: Path, target: Path) -> None:
        self._step()
        super().rename(path, target)

    def read(self, path: Path, most_bytes: int) -> bytes:
        self._step()
        return super().read(path, most_bytes)

    def remove(self, path: Path) -> None:
        self._step()
        super().remove(path)


def files_on(world: World) -> list[Path]:
    return sorted(path for path in world.stick().rglob("*") if path.is_file())


def meet(world: World) -> None:
    """The PCs of the room hear of each other from the county."""
    for name in ("甲机", "乙机"):
        world.by_wire(name)


def add_person(office: Office, name: str) -> str:
    return office.add("staff_member", {"name": name, "role": "民警"}).id


def test_stick_there_and_back_makes_the_room_and_the_county_equal(world: World) -> None:
    meet(world)
    room, county = world.offices["甲机"], world.county
    add_person(room, "张三丰")
    first = room.visit_stick(world.stick())
    assert (first.done.sent, first.done.received, first.done.equal) == (1, 0, False)
    there = county.visit_stick(world.stick())
    assert (there.done.received, there.done.equal) == (1, True)
    assert "石桥村警务室（A机）" in there.peers
    back = room.visit_stick(world.stick())
    assert (back.done.sent, back.done.received, back.done.equal) == (0, 0, True)
    assert all_rows(room, SCOPE) == all_rows(county, SCOPE)


def test_two_pcs_of_one_room_exchange_without_the_county(world: World) -> None:
    meet(world)
    add_person(world.offices["甲机"], "张三丰")
    add_person(world.offices["乙机"], "李四")
    world.by_stick("甲机", "乙机", "甲机")
    assert all_heads(world.offices["甲机"]) == all_heads(world.offices["乙机"])
    assert len(world.offices["甲机"].list_ids("staff_member")) == 2
    assert status_of(world.offices["甲机"])["unsent"] == 2, "the county has none of it"


def test_second_pcs_work_reaches_the_county_by_the_first_one(world: World) -> None:
    meet(world)
    add_person(world.offices["乙机"], "李四")
    world.by_stick("乙机", "甲机")
    world.by_wire("甲机")
    assert all_heads(world.county) == all_heads(world.offices["乙机"])


def test_own_files_go_when_the_county_holds_what_is_in_them(world: World) -> None:
    meet(world)
    room = world.offices["甲机"]
    add_person(room, "张三丰")
    world.by_stick("甲机")
    ours = files_on(world)
    world.by_stick("县局")
    assert set(ours) <= set(files_on(world))
    removed = room.visit_stick(world.stick()).removed
    assert removed == 1
    assert len(set(ours) & set(files_on(world))) == 1, "the other PC of the room has not answered"


def test_room_with_nothing_to_send_is_answered_with_the_countys_news(world: World) -> None:
    world.county.actor = actor_of(USER, ("county",))
    world.county.add("code_entry", {"list_name": "dispute_type", "code": "51", "label": "光伏用地纠纷"})
    world.by_stick("甲机", "县局", "甲机")
    assert world.offices["甲机"].list_ids("code_entry") == world.county.list_ids("code_entry") != []
    before = files_on(world)
    world.by_stick("甲机", "甲机")
    assert files_on(world) == before


def test_nothing_new_writes_no_new_file(world: World) -> None:
    add_person(world.offices["甲机"], "张三丰")
    world.by_stick("甲机", "县局", "甲机")
    before = files_on(world)
    for name in ("甲机", "县局", "甲机"):
        visit = world.offices[name].visit_stick(world.stick())
        assert (visit.files_in, visit.files_out) == (0, 0)
    assert files_on(world) == before


def test_stick_carries_no_plain_text(world: World) -> None:
    add_person(world.offices["甲机"], "张三丰")
    world.by_stick("甲机", "县局")
    for path in files_on(world):
        told = str(path.relative_to(world.stick())).encode() + path.read_bytes()
        for secret in ("张三丰", "石桥", ROOM_CODE, "649901", "staff_member"):
            assert secret.encode() not in told


def test_stick_pulled_at_any_step_loses_nothing(world: World) -> None:
    room, county = world.offices["甲机"], world.county
    add_person(world.offices["乙机"], "李四")
    steps = 0
    for fails_at in range(200):
        add_person(room, "张三丰")
        world.by_stick("乙机")
        files = PulledStick(fails_at)
        try:
            exchange_by_stick(room.exchange(), world.stick(), files=files)
        except EnvironmentFault:
            steps += 1
        else:
            break
        check(room.database)
    assert steps > 20
    world.by_stick("甲机", "县局", "甲机", "乙机", "甲机", "县局")
    assert all_rows(room, SCOPE) == all_rows(county, SCOPE) == all_rows(world.offices["乙机"], SCOPE)
    for office in (room, county):
        check(office.database)


def test_stick_that_takes_no_file_is_told_and_what_it_brought_stays(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_person(world.offices["乙机"], "李四")
    world.by_stick("乙机")
    room = world.offices["甲机"]
    add_person(room, "张三丰")

    def refuse(_files: StickFiles, _path: Path, _data: bytes) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(StickFiles, "write", refuse)
    with pytest.raises(EnvironmentFault, match="ENV-001"):
        room.exchange_stick(world.stick())
    assert len(room.list_ids("staff_member")) == 2
    check(room.database)


def test_missing_stick_is_told(world: World) -> None:
    with pytest.raises(EnvironmentFault, match="SYN-032"):
        world.offices["甲机"].exchange_stick(world.folder / "没有")


def test_damaged_file_is_refused_alone_and_the_good_one_taken_in(world: World) -> None:
    county = world.county
    add_person(world.offices["甲机"], "张三丰")
    world.by_stick("甲机")
    [good] = [path for path in files_on(world) if path.parent.name in incoming_of(county)]
    good.with_name("0" * 32 + ".jwb").write_bytes(good.read_bytes()[:-1])
    visit = county.visit_stick(world.stick())
    assert [failure.code for failure in visit.refused] == ["SYN-011"]
    assert visit.done.received == 1


def test_nothing_but_damaged_files_is_a_failure_and_changes_no_record(world: World) -> None:
    county = world.county
    add_person(world.offices["甲机"], "张三丰")
    world.by_stick("甲机")
    for path in files_on(world):
        path.write_bytes(path.read_bytes()[:-1])
    before = counts(county)
    with pytest.raises(Failure, match="SYN-011"):
        county.exchange_stick(world.stick())
    assert counts(county) == before


def incoming_of(office: Office) -> set[str]:
    return {tag(office.exchange().party.keys.age_public)}


def test_old_stick_found_again_changes_nothing_and_hides_nothing(world: World) -> None:
    room = world.offices["甲机"]
    saved = add_person(room, "张三丰")
    world.by_stick("甲机")
    old = world.folder / "旧盘"
    shutil.copytree(world.stick(), old)
    room.change("staff_member", saved, {"phone": "12000000001"})
    world.by_wire("甲机")
    world.county.exchange_stick(old)
    assert world.county.show("staff_member", saved)["phone"] == "12000000001"
    world.by_wire("甲机")
    assert all_heads(room) == all_heads(world.county)
    check(world.county.database)


def test_county_answers_every_pc_of_the_room_on_one_stick(world: World) -> None:
    add_person(world.offices["甲机"], "张三丰")
    add_person(world.offices["邻室"], "李四")
    world.by_stick("甲机", "邻室", "县局", "乙机", "甲机", "邻室")
    assert len(world.offices["乙机"].list_ids("staff_member")) == 1
    assert set(all_heads(world.offices["邻室"])) == {"r:649901100202"}


def test_large_work_goes_in_several_files(world: World) -> None:
    room = world.offices["甲机"]
    for _number in range(12):
        add_person(room, "张三丰")
    exchange = room.exchange()
    bundles = list(exchange.make_all(exchange.county(), budget_bytes=1500))
    assert len(bundles) > 3
    assert sum(one.commits_count for one in bundles) == 12
    assert [one.is_last for one in bundles] == [False] * (len(bundles) - 1) + [True]
    county = world.county.exchange()
    assert [county.take(one.sealed).parked_count for one in bundles] == [0] * len(bundles)
    assert all_heads(world.county) == all_heads(room)
    # What came in pieces goes on in pieces that the next PC can prove as well.
    second = world.offices["乙机"].exchange()
    passed_on = list(county.make_all(second.party.certificate, budget_bytes=1500))
    assert len(passed_on) > 3
    for one in passed_on:
        assert second.take(one.sealed).parked_count == 0
    assert all_heads(world.offices["乙机"]) == all_heads(room)
