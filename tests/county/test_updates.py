"""The county hands out the update folder, and a room's PC believes it as little as a stick."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
import signing
from starlette.testclient import TestClient

from county.http import make_app
from desktop.base.errors import EnvironmentFault, Refused
from desktop.update.find import Trust, Updates
from desktop.update.source import CountySource
from tests.helpers.clock import FixedClock
from tests.helpers.county import World


def updates_of(world: World, trust: Trust, state: Path, clock: FixedClock) -> Updates:
    client = TestClient(make_app(world.county))

    def get(path: str, take: Callable[[bytes], object]) -> int:
        answer = client.get(path)
        take(answer.content)
        return answer.status_code

    return Updates(CountySource(get), state, trust, clock)


def test_room_finds_and_fetches_an_update_at_the_county(world: World, tmp_path: Path) -> None:
    clock = FixedClock()
    signing.make_keys(tmp_path / "keys")
    keys = signing.read_keys(tmp_path / "keys")
    trust = Trust(signing.make_root(keys, clock.now()).to_bytes(), clock.now())
    updates = updates_of(world, trust, tmp_path / "state", clock)
    with pytest.raises(EnvironmentFault, match="UPD-002"):
        updates.find("0.1.0")

    setup = tmp_path / "Jingwushi-Setup-0.2.0.exe"
    setup.write_bytes(b"MZ" * 5000)
    public = world.county.home / "public" / "update"
    signing.publish(public, trust.root, keys, signing.Release(setup, "0.2.0", "0.1.0", "好"), clock.now())

    clock.move(timedelta(days=3))
    found = updates.find("0.1.0")
    assert found is not None
    assert updates.fetch(found).read_bytes() == setup.read_bytes()

    (public / "targets" / setup.name).write_bytes(b"MX" * 5000)
    with pytest.raises(Refused, match="UPD-003"):
        updates.fetch(found)
    assert TestClient(make_app(world.county)).get("/update/../room.db").status_code == 404
