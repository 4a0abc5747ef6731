"""Two PCs register one agreement as signed, unaware of each other: both seals stay until one is made void."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from desktop.base.errors import RuleBroken
from tests.helpers.clock import FixedClock
from tests.helpers.county import World
from tests.helpers.factories.mediation import SIGNED, attach_scan, make_mediation

MEDIATION = "people_mediation"
LABEL = "协议签字封存了两次"


def sign(world: World, name: str, mediation: str, folder: Path) -> None:
    room = world.offices[name]
    room.paper("people_mediation_agreement", mediation)
    folder.mkdir()
    attach_scan(room, mediation, folder)
    room.step(MEDIATION, mediation, "mark_signed", SIGNED)


def meet(world: World) -> None:
    for name in ("甲机", "乙机", "甲机"):
        world.by_wire(name)


def test_wrong_one_of_two_seals_can_be_made_void(world: World, tmp_path: Path, clock: FixedClock) -> None:
    first, second = world.offices["甲机"], world.offices["乙机"]
    mediation = make_mediation(first)
    first.step(MEDIATION, mediation, "conclude", {})
    meet(world)
    second.change(MEDIATION, mediation, {"dispute_items": "只争浇地次序"})
    sign(world, "甲机", mediation, tmp_path / "甲")
    clock.move(timedelta(minutes=20))
    sign(world, "乙机", mediation, tmp_path / "乙")
    [own] = first.list_ids("agreement_seal")
    with pytest.raises(RuleBroken, match="REC-011"):
        first.void("agreement_seal", own, "只有一份")
    meet(world)
    for room in (first, second):
        told = [item for item in room.board() if item.label.startswith(LABEL)]
        assert {item.record_id for item in told} == set(room.list_ids("agreement_seal"))
        # Two lines that look the same would help nobody.
        assert len({item.label for item in told}) == 2
    [other] = set(first.list_ids("agreement_seal")) - {own}
    first.void("agreement_seal", other, "纸上不是这样")
    meet(world)
    for room in (first, second):
        assert [item for item in room.board() if item.label.startswith(LABEL)] == []
        with pytest.raises(RuleBroken, match="REC-011"):
            room.void("agreement_seal", own, "再来一次")
        assert "浇地次序和水泵修理费" in room.show("agreement_seal", own)["content"]


def test_same_words_sealed_twice_trouble_nobody(world: World, tmp_path: Path) -> None:
    first = world.offices["甲机"]
    mediation = make_mediation(first)
    first.step(MEDIATION, mediation, "conclude", {})
    meet(world)
    for name in ("甲机", "乙机"):
        sign(world, name, mediation, tmp_path / name)
    meet(world)
    assert len(first.list_ids("agreement_seal")) == 2
    assert [item for item in first.board() if item.label.startswith(LABEL)] == []
