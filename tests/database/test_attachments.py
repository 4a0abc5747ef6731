"""Encrypted files: kept once, found by what they hold, healed by whoever brings them again."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from desktop.base.errors import Failure
from desktop.database import attachments
from desktop.database.attachments import Attachments

DATA = b"%PDF-1.7 invented scan"


@pytest.fixture
def kept(tmp_path: Path) -> Attachments:
    return Attachments(tmp_path / "附 件", bytes(range(32)))


def fails(code: str, kept: Attachments, sha256: str) -> None:
    with pytest.raises(Failure) as caught:
        kept.get(sha256)
    assert caught.value.code == code


def test_file_is_kept_once_and_comes_back(kept: Attachments) -> None:
    sha256 = kept.put(DATA)
    assert sha256 == hashlib.sha256(DATA).hexdigest()
    assert kept.get(sha256) == DATA
    (path,) = kept.files()
    before = path.stat().st_mtime_ns
    assert kept.put(DATA) == sha256
    assert path.stat().st_mtime_ns == before
    assert len(list(kept.files())) == 1


def test_name_and_bytes_tell_nothing_without_the_key(kept: Attachments) -> None:
    sha256 = kept.put(DATA)
    (path,) = kept.files()
    assert sha256 not in str(path)
    assert DATA not in path.read_bytes()
    other = Attachments(path.parents[1], bytes(32))
    assert not other.has(sha256)


@pytest.mark.parametrize("at", range(0, 4 + 12 + len(DATA) + 16, 3))
def test_any_damage_is_found_and_healed(kept: Attachments, at: int) -> None:
    sha256 = kept.put(DATA)
    (path,) = kept.files()
    sealed = bytearray(path.read_bytes())
    sealed[at] ^= 1
    path.write_bytes(sealed)
    fails("ATT-003", kept, sha256)
    assert kept.put(DATA) == sha256
    assert kept.get(sha256) == DATA


@pytest.mark.parametrize("length", [0, 3, 16, 20])
def test_shortened_file_is_damaged(kept: Attachments, length: int) -> None:
    sha256 = kept.put(DATA)
    (path,) = kept.files()
    path.write_bytes(path.read_bytes()[:length])
    fails("ATT-003", kept, sha256)


def test_file_that_is_not_here_is_told(kept: Attachments) -> None:
    assert not kept.has("0" * 64)
    fails("ATT-002", kept, "0" * 64)
    assert list(kept.files()) == []


def test_empty_and_too_large_are_refused(kept: Attachments, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attachments, "MAX_BYTES", 10)
    for data in (b"", bytes(11)):
        with pytest.raises(Failure) as caught:
            kept.put(data)
        assert caught.value.code == "ATT-001"
    assert kept.get(kept.put(bytes(10))) == bytes(10)


def test_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "附件").write_bytes(b"in the way")
    with pytest.raises(Failure) as caught:
        Attachments(tmp_path / "附件", bytes(32)).put(DATA)
    assert caught.value.kind == "environment_fault"
