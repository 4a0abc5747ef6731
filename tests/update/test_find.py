"""An update is believed only when the keys signed it, nothing older is put back, and its date has not passed."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import signing
from securesystemslib.signer import CryptoSigner

from desktop.base.errors import EnvironmentFault, Refused
from desktop.update.find import Trust, Updates, number
from desktop.update.source import FolderSource
from tests.helpers.clock import FixedClock

NOW = datetime(2026, 3, 5, tzinfo=UTC)


@dataclass
class World:
    """Keys, a stick with an update of 0.2.0, and a PC."""

    folder: Path
    clock: FixedClock
    trust: Trust

    @property
    def stick(self) -> Path:
        return self.folder / "U 盘"

    def keys(self, name: str = "keys") -> dict[str, CryptoSigner]:
        return signing.read_keys(self.folder / name)

    def publish(
        self, version: str, at: datetime = NOW, *, keys: str = "keys", min_from: str = "0.1.0"
    ) -> None:
        setup = self.folder / f"Jingwushi-Setup-{version}.exe"
        setup.write_bytes(b"MZ " + version.encode() * 1000)
        told = signing.Release(setup, version, min_from, "修好了打印")
        signing.publish(self.stick / "update", self.trust.root, self.keys(keys), told, at)

    def updates(self, name: str = "state") -> Updates:
        return Updates(FolderSource(self.stick), self.folder / name, self.trust, self.clock)

    @property
    def metadata(self) -> Path:
        return self.stick / "update" / "metadata"


@pytest.fixture
def world(tmp_path: Path, clock: FixedClock) -> World:
    for name in ("keys", "strangers"):
        signing.make_keys(tmp_path / name)
    clock.set(NOW + timedelta(days=1))
    root = signing.make_root(signing.read_keys(tmp_path / "keys"), NOW).to_bytes()
    made = World(tmp_path, clock, Trust(root, NOW))
    made.publish("0.2.0")
    return made


def test_newer_version_is_found_and_its_installer_copied(world: World) -> None:
    found = world.updates().find("0.1.0")

    assert found is not None
    assert (found.version, found.notes) == ("0.2.0", "修好了打印")
    setup = world.updates().fetch(found)
    shutil.rmtree(world.stick)
    assert setup.read_bytes().startswith(b"MZ 0.2.0")


def test_folder_update_itself_is_as_good_as_the_stick(world: World) -> None:
    source = FolderSource(world.stick / "update")
    assert Updates(source, world.folder / "state", world.trust, world.clock).find("0.1.0") is not None


def test_copying_is_told_part_by_part_and_ends_when_nobody_wants_it(world: World) -> None:
    found = world.updates().find("0.1.0")
    assert found is not None
    parts: list[int] = []
    world.updates().fetch(found, parts.append)
    assert sum(parts) == found.size_bytes

    def give_up(_size_bytes: int) -> None:
        raise InterruptedError

    with pytest.raises(Exception, match=r".*"):
        world.updates("other").fetch(found, give_up)
    assert not list((world.folder / "other" / "setups").glob("*.exe"))


@pytest.mark.parametrize("own", ["0.2.0", "0.10.0"])
def test_nothing_is_found_when_this_version_is_as_new(world: World, own: str) -> None:
    assert world.updates().find(own) is None


def test_version_that_must_not_be_skipped_is_named(world: World) -> None:
    world.publish("0.5.0", min_from="0.3.0")
    with pytest.raises(Refused, match="UPD-005"):
        world.updates().find("0.1.0")


def test_altered_installer_is_refused_and_nothing_kept(world: World) -> None:
    found = world.updates().find("0.1.0")
    assert found is not None
    setup = world.stick / "update" / "targets" / found.target
    setup.write_bytes(setup.read_bytes()[:-1] + b"X")

    with pytest.raises(Refused, match="UPD-003"):
        world.updates().fetch(found)
    assert list((world.folder / "state" / "setups").iterdir()) == []


@pytest.mark.parametrize("name", ["timestamp.json", "snapshot.json", "targets.json"])
def test_altered_list_is_refused(world: World, name: str) -> None:
    path = world.metadata / name
    path.write_bytes(path.read_bytes().replace(b'"version": 1', b'"version": 7').replace(b"0.2.0", b"0.9.9"))
    with pytest.raises(Refused, match="UPD-003"):
        world.updates().find("0.1.0")


def test_older_list_put_back_is_refused(world: World) -> None:
    old = world.folder / "old"
    shutil.copytree(world.stick, old)
    world.publish("0.3.0")
    assert world.updates().find("0.1.0") is not None
    shutil.rmtree(world.stick)
    shutil.copytree(old, world.stick)

    with pytest.raises(Refused, match="UPD-003"):
        world.updates().find("0.1.0")


def test_list_of_another_signer_is_refused(world: World) -> None:
    world.publish("9.9.9", keys="strangers")
    with pytest.raises(Refused, match="UPD-003"):
        world.updates().find("0.1.0")


def test_stick_that_is_weeks_old_is_good_and_one_past_its_date_is_not(world: World) -> None:
    world.clock.set(NOW + timedelta(days=399))
    assert world.updates().find("0.1.0") is not None

    world.clock.set(NOW + timedelta(days=401))
    with pytest.raises(Refused, match="UPD-004"):
        world.updates("other").find("0.1.0")


def test_clock_in_the_past_makes_no_old_list_good(world: World) -> None:
    world.clock.set(NOW - timedelta(days=5000))
    assert world.updates().find("0.1.0") is not None

    late = Trust(world.trust.root, NOW + timedelta(days=500))
    with pytest.raises(Refused, match="UPD-004"):
        Updates(FolderSource(world.stick), world.folder / "other", late, world.clock).find("0.1.0")


@pytest.mark.parametrize("name", ["timestamp.json", "snapshot.json", "targets.json"])
def test_folder_that_is_not_whole_says_so(world: World, name: str) -> None:
    (world.metadata / name).unlink()
    with pytest.raises(EnvironmentFault, match="UPD-002"):
        world.updates().find("0.1.0")


def test_program_without_keys_says_that_it_cannot_update_itself(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="UPD-001"):
        Trust.shipped(tmp_path)


def test_installers_but_the_newest_two_are_removed(world: World) -> None:
    for version in ("0.3.0", "0.4.0", "0.5.0"):
        world.publish(version)
        found = world.updates().find("0.1.0")
        assert found is not None
        world.updates().fetch(found)
    assert len(list((world.folder / "state" / "setups").iterdir())) == 2


def test_number_compares_versions_as_numbers() -> None:
    assert number("0.10.0") > number("0.9.9")
