"""The keys that a program believes are put into it only when they would work."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
import signing
from fetch import Missing
from stage import lay_root, set_times

from desktop.update.find import Trust

NOW = datetime(2026, 3, 5, tzinfo=UTC)
EPOCH = 1_772_668_800


@pytest.fixture
def root(tmp_path: Path) -> bytes:
    signing.make_keys(tmp_path / "keys")
    return signing.make_root(signing.read_keys(tmp_path / "keys"), NOW).to_bytes()


def test_root_that_is_built_in_is_the_one_that_the_program_believes(root: bytes, tmp_path: Path) -> None:
    lay_root(tmp_path / "app", signing.checked_root(root))
    set_times(tmp_path / "app", EPOCH)

    trust = Trust.shipped(tmp_path / "app" / "resources" / "update")

    assert trust.root == root
    assert trust.built_at.timestamp() == EPOCH, "the date that counts is that of the build"


@pytest.mark.parametrize("harm", ["empty", "other", "signatures", "version"])
def test_root_that_could_never_be_believed_is_not_built_in(harm: str, root: bytes) -> None:
    document = json.loads(root)
    if harm == "signatures":
        document["signatures"] = document["signatures"][:1]
    else:
        document["signed"]["version"] = 2
    broken = {"empty": b"", "other": b"{}"}.get(harm, json.dumps(document).encode())
    with pytest.raises(Missing, match="--root"):
        signing.checked_root(broken)
