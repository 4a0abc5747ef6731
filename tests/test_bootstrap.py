"""What bootstrap joins for the window."""

from __future__ import annotations

from pathlib import Path

import pytest

from county.enrolment import approve, open_slot
from desktop import bootstrap
from desktop.base.clock import Clock, SystemClock
from desktop.base.errors import EnvironmentFault
from desktop.staff.status import verify_office
from tests.helpers.county import found_county
from tests.helpers.rooms import PASSWORD, USER, toy_rooms


def test_window_joins_a_county_by_three_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def rooms_without_cost(clock: Clock) -> object:
        return toy_rooms(clock)

    monkeypatch.setattr(bootstrap, "make_rooms", rooms_without_cost)
    county = found_county(toy_rooms(SystemClock()), tmp_path / "县")
    slot, request, approval = (tmp_path / name for name in ("登记", "申请", "批准"))
    slot.write_bytes(open_slot(county, "QS01", "石桥村警务室").data)

    asked = bootstrap.ask_county(tmp_path / "室", slot, request, USER, PASSWORD)
    approved = approve(county, request.read_bytes())
    assert tuple(asked.words) == approved.words
    approval.write_bytes(approved.data)
    office = bootstrap.finish_with_county(tmp_path / "室", approval, USER, PASSWORD)

    assert (office.place.code, office.place.letter) == ("QS01", "A")
    assert verify_office(office)["ok"]
    office.database.close()
    county.database.close()


def test_file_that_is_gone_is_told(tmp_path: Path) -> None:
    with pytest.raises(EnvironmentFault):
        bootstrap.read_whole(tmp_path / "没有")
