"""Attachments, packages and policies of the stick: carried there and back, cut anywhere, full, read-only, in pieces."""

from __future__ import annotations

import errno
import hashlib
import os
import random
import shutil
from pathlib import Path

import pytest
from sqlalchemy import select

from desktop.base.errors import EnvironmentFault, Failure, Refused, RuleBroken
from desktop.staff.office import Office
from desktop.staff.status import verify_office
from desktop.sync.blobs import BLOBS
from desktop.sync.stick import StickFiles
from desktop.sync.stick_exchange import exchange_by_stick, take_loose_files
from tests.helpers.county import COUNTY, ROOM_CODE, World, all_heads

SCOPE = f"r:{ROOM_CODE}"
SCAN = random.Random(7).randbytes(120_000)
# How many places of the files are cut; 500 once by hand.
CUTS = int(os.environ.get("JINGWUSHI_STICK_CUTS", "12"))


def attach(office: Office, folder: Path, content: bytes = SCAN) -> str:
    person = office.add("staff_member", {"name": "张三丰", "role": "民警"}).id
    path = folder / f"件{len(content)}.pdf"
    path.write_bytes(content)
    office.attach("staff_member", person, path)
    return hashlib.sha256(content).hexdigest()


def state_of(office: Office, sha256: str) -> str | None:
    with office.reading() as session:
        where = (BLOBS.c.scope == SCOPE, BLOBS.c.sha256 == sha256)
        return session.execute(select(BLOBS.c.state).where(*where)).scalar_one_or_none()


def meet(world: World) -> None:
    for name in ("甲机", "乙机"):
        world.by_wire(name)


def files_on(world: World, suffix: str = "") -> list[Path]:
    return sorted(path for path in world.stick().rglob(f"*{suffix}") if path.is_file())


def test_attachment_goes_to_the_county_and_on_to_the_other_pc_by_one_stick(
    world: World, tmp_path: Path
) -> None:
    meet(world)
    room, county, other = (world.offices[name] for name in ("甲机", COUNTY, "乙机"))
    sha256 = attach(room, tmp_path)
    world.by_stick("甲机")
    assert state_of(room, sha256) == "sent"
    world.by_stick(COUNTY)
    assert county.attachments.get(sha256) == SCAN
    world.by_stick("乙机", COUNTY, "乙机", "甲机", COUNTY)
    assert other.attachments.get(sha256) == SCAN
    assert (state_of(room, sha256), state_of(county, sha256)) == ("kept", "kept")
    assert files_on(world, ".jwa") == [], "nobody waits for it any more"
    for office in world.offices.values():
        assert verify_office(office, deep=True)["ok"]


def test_stick_that_is_lost_is_made_up_for_by_the_next_one(world: World, tmp_path: Path) -> None:
    room = world.offices["甲机"]
    sha256 = attach(room, tmp_path)
    world.by_stick("甲机")
    shutil.rmtree(world.stick())
    world.by_stick("甲机", COUNTY, "甲机")
    assert state_of(room, sha256) == "kept"


def test_receipt_book_says_what_came_what_is_under_way_and_what_is_missing(
    world: World, tmp_path: Path
) -> None:
    room, county = world.offices["甲机"], world.county

    def packages(way: str, office: Office) -> list[str]:
        found = [one for one in office.receipt_book() if one.way == way]
        return [one.words() for one in found if "（B机）" not in one.peer_name]

    attach(room, tmp_path)
    world.by_stick("甲机", COUNTY, "甲机")
    shutil.rmtree(world.stick())
    room.add("staff_member", {"name": "李四", "role": "民警"})
    world.by_stick("甲机")
    shutil.rmtree(world.stick())
    room.add("staff_member", {"name": "王五", "role": "民警"})
    world.by_stick("甲机")
    [slip] = [
        one
        for one in room.hand_over_slip(world.stick()).lines
        if (one.label, one.to) == ("A-3", "青石县公安局")
    ]
    assert (slip.commits_count, slip.blobs_count) == (2, 0)
    assert packages("out", room) == ["3 在途", "2 在途", "1 收到 3月5日"]
    world.by_stick(COUNTY)
    assert packages("in", county) == ["3 收到 3月5日", "2 缺", "1 收到 3月5日"]
    world.by_stick("甲机")
    assert packages("out", room) == ["3 收到 3月5日", "2 缺", "1 收到 3月5日"]
    assert all_heads(room) == all_heads(county), "what package 2 held came with package 3"


def test_files_are_split_for_a_gate_and_used_only_when_all_pieces_came(world: World, tmp_path: Path) -> None:
    room, county = world.offices["甲机"], world.county
    sha256 = attach(room, tmp_path)
    exchange_by_stick(room.exchange(), world.stick(), blobs=room.blobs, most_bytes=50_000)
    pieces = files_on(world, ".001of003") + files_on(world, ".002of003") + files_on(world, ".003of003")
    assert len(pieces) == 3
    assert max(path.stat().st_size for path in files_on(world)) <= 50_000
    away = pieces[1].rename(tmp_path / "b")
    visit = county.visit_stick(world.stick())
    assert [failure.code for failure in visit.refused] == ["SYN-035"]
    assert "2" in visit.refused[0].sentence
    away.rename(pieces[1])
    world.by_stick(COUNTY)
    assert county.attachments.get(sha256) == SCAN


def test_dropped_files_are_taken_in_wherever_they_lie(world: World, tmp_path: Path) -> None:
    room, county = world.offices["甲机"], world.county
    sha256 = attach(room, tmp_path)
    world.by_stick("甲机")
    loose = [Path(shutil.copy(path, tmp_path)) for path in files_on(world)]
    visit = county.take_files(loose)
    assert visit.files_in == 2
    assert county.attachments.get(sha256) == SCAN
    other = tmp_path / "报表.xlsx"
    other.write_bytes(b"x")
    with pytest.raises(RuleBroken, match="SYN-036"):
        county.take_files([other])


def test_wiping_removes_own_files_only_and_loses_nothing(world: World, tmp_path: Path) -> None:
    room = world.offices["甲机"]
    sha256 = attach(room, tmp_path)
    (world.stick() / "家里的照片.jpg").write_bytes(b"x")
    world.by_stick("甲机")
    foreign = world.stick() / "JINGWUSHI" / "别人.jwb"
    foreign.write_bytes(b"x")
    assert room.wipe_stick(world.stick()) == 2
    assert [path.name for path in files_on(world)] == ["别人.jwb", "家里的照片.jpg"]
    world.by_stick("甲机", COUNTY, "甲机")
    assert state_of(room, sha256) == "kept"


def test_only_registered_sticks_where_the_room_says_so(world: World) -> None:
    room = world.offices["甲机"]
    room.settings.set("registered_sticks_only", True)
    for wrong in (None, b"{}", b"x", b'{"body":"{}","sig":"AAAA"}'):
        if wrong is not None:
            path = world.stick() / "JINGWUSHI" / "stick.json"
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(wrong)
        with pytest.raises(Refused, match="SYN-034"):
            room.exchange_stick(world.stick())
    with pytest.raises(RuleBroken, match="SYN-079"):
        room.register_stick(world.stick(), "07")
    with pytest.raises(RuleBroken, match="SYN-037"):
        world.county.register_stick(world.stick(), " ")
    world.county.register_stick(world.stick(), "07")
    room.exchange_stick(world.stick())
    assert room.hand_over_slip(world.stick()).stick_label == "07"


# -- bad sticks ----------------------------------------------------------------------------------------------------


class FullStick(StickFiles):
    """A stick on which so many bytes fit."""

    def __init__(self, room_bytes: int, *, is_told: bool) -> None:
        super().__init__(wait=lambda _seconds: None)
        self._left, self._is_told = room_bytes, is_told

    def free_bytes(self, path: Path) -> int:
        return self._left + 256 * 1024 if self._is_told else 2**40

    def write(self, path: Path, data: bytes) -> None:
        if len(data) > self._left:
            path.write_bytes(data[: self._left])
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        self._left -= len(data)
        super().write(path, data)


@pytest.mark.parametrize("is_told", [True, False])
def test_full_stick_takes_what_fits_and_the_rest_goes_with_the_next(
    world: World, tmp_path: Path, is_told: bool
) -> None:
    room = world.offices["甲机"]
    wanted = [attach(room, tmp_path, random.Random(n).randbytes(100_000 + n)) for n in range(3)]
    for room_bytes in (200_000, 1_000, 0, 150_000):
        stick = FullStick(room_bytes, is_told=is_told)
        if room_bytes >= 150_000:
            visit = exchange_by_stick(room.exchange(), world.stick(), blobs=room.blobs, files=stick)
            assert any("空间不够" in note for note in visit.done.notes)
        else:
            with pytest.raises(EnvironmentFault, match=r"SYN-031|ENV-001"):
                exchange_by_stick(room.exchange(), world.stick(), blobs=room.blobs, files=stick)
        world.by_stick(COUNTY)
    world.by_stick("甲机", COUNTY, "甲机")
    assert [state_of(room, one) for one in wanted] == ["kept"] * 3
    assert verify_office(world.county, deep=True)["ok"]


class ReadOnlyStick(StickFiles):
    """A write-protected stick."""

    def make_folder(self, path: Path) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    def write(self, path: Path, data: bytes) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    def remove(self, path: Path) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))


def test_read_only_stick_is_taken_in_and_the_missing_answer_is_told(world: World, tmp_path: Path) -> None:
    room, county = world.offices["甲机"], world.county
    sha256 = attach(room, tmp_path)
    world.by_stick("甲机")
    visit = exchange_by_stick(county.exchange(), world.stick(), blobs=county.blobs, files=ReadOnlyStick())
    assert county.attachments.get(sha256) == SCAN
    assert any("写保护" in note for note in visit.done.notes)
    room.add("staff_member", {"name": "李四", "role": "民警"})
    with pytest.raises(EnvironmentFault, match="ENV-002"):
        exchange_by_stick(room.exchange(), world.stick(), blobs=room.blobs, files=ReadOnlyStick())


def test_files_cut_anywhere_are_refused_and_change_nothing(world: World, tmp_path: Path) -> None:
    room, county = world.offices["甲机"], world.county
    sha256 = attach(room, tmp_path)
    world.by_stick("甲机")
    whole = {path: path.read_bytes() for path in files_on(world)}
    before = all_heads(county)
    chance = random.Random(11)
    for _cut in range(CUTS):
        for path, data in whole.items():
            (tmp_path / path.name).write_bytes(data[: chance.randrange(1, len(data))])
            with pytest.raises(Failure, match="SYN-01"):
                take_loose_files(county.exchange(), [tmp_path / path.name], blobs=county.blobs)
    assert all_heads(county) == before
    assert not county.attachments.has(sha256)
    world.by_stick(COUNTY)
    assert county.attachments.get(sha256) == SCAN
    assert verify_office(county, deep=True)["ok"]
