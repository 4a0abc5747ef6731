"""The slip that goes with a stick: what this PC wrote, as it lies there."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from desktop.base.errors import EnvironmentFault
from desktop.printing.preview import page_text
from desktop.staff.slips import gather_stick_slip, stick_slip_pdf
from tests.helpers.county import World


def test_slip_lists_what_this_pc_wrote_with_the_hash_of_the_file(world: World, tmp_path: Path) -> None:
    office = next(one for one in world.offices.values() if not one.place.is_county)
    stick = tmp_path / "盘"
    stick.mkdir()
    office.add("staff_member", {"name": "张三丰", "role": "民警"})
    office.exchange_stick(stick)

    slip = gather_stick_slip(office, stick)

    (path,) = [
        one for one in stick.rglob("*") if one.is_file() and one.name in {row.name for row in slip.files}
    ]
    assert slip.files[0].sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert slip.files[0].size_bytes == path.stat().st_size
    assert sum(one.commits_count for one in slip.totals) > 0
    assert "数据U盘交接单" in page_text(stick_slip_pdf(office, stick), 1)


def test_stick_without_our_files_is_told(world: World, tmp_path: Path) -> None:
    office = next(one for one in world.offices.values() if not one.place.is_county)
    with pytest.raises(EnvironmentFault) as caught:
        gather_stick_slip(office, tmp_path)
    assert caught.value.code == "STF-021"
