"""Attachments on the command line: in, listed, out again, off."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import CommandLine
from tests.cli.test_records import dispute

SCAN = b"%PDF-1.7 invented scan"


@pytest.fixture
def scan(tmp_path: Path) -> Path:
    path = tmp_path / "协议书 扫描件.pdf"
    path.write_bytes(SCAN)
    return path


def sealed_files(cli: CommandLine) -> list[Path]:
    return sorted((cli.home / "attachments").rglob("*.jwa"))


def test_attached_file_is_listed_and_taken_out_unchanged(
    cli: CommandLine, scan: Path, tmp_path: Path
) -> None:
    record = dispute(cli)
    ran = cli("attach", "dispute", record, scan, "--purpose", "签字件", "--json")
    assert ran.status == 0, ran.err
    assert ran.json["file_name"] == scan.name
    assert ran.json["size_bytes"] == len(SCAN)
    (told,) = cli("files", "dispute", record, "--json").json["files"]
    assert (told["id"], told["purpose"], told["is_here"]) == (ran.json["id"], "签字件", True)
    out = tmp_path / "取出 件"
    for number in (1, 2):
        assert cli("files", "dispute", record, "--out", out).status == 0
        assert len(list(out.iterdir())) == number
    assert {path.read_bytes() for path in out.iterdir()} == {SCAN}
    assert cli("status", "--json").json["blobs"]["have"] == 1
    assert cli.is_sound()


def test_attached_file_lies_encrypted_under_a_name_that_tells_nothing(cli: CommandLine, scan: Path) -> None:
    cli("attach", "dispute", dispute(cli), scan)
    (sealed,) = sealed_files(cli)
    assert SCAN not in sealed.read_bytes()
    assert "扫描" not in str(sealed.relative_to(cli.home))


def test_same_file_twice_is_one(cli: CommandLine, scan: Path) -> None:
    record = dispute(cli)
    first = cli("attach", "dispute", record, scan, "--json").json["id"]
    assert cli("attach", "dispute", record, scan, "--json").json["id"] == first
    assert cli("attach", "dispute", dispute(cli), scan, "--json").json["id"] != first
    assert len(sealed_files(cli)) == 1
    assert cli.is_sound()


def test_detached_file_is_off_the_list_and_may_come_back(cli: CommandLine, scan: Path) -> None:
    record = dispute(cli)
    cli("attach", "dispute", record, scan)
    assert cli("detach", "dispute", record, scan.name, "--reason", "传错了").status == 0
    assert cli("files", "dispute", record, "--json").json["files"] == []
    ran = cli("detach", "dispute", record, scan.name, "--reason", "传错了", "--json")
    assert (ran.status, ran.error["code"]) == (3, "ATT-005")
    assert cli("attach", "dispute", record, scan).status == 0
    assert len(cli("files", "dispute", record, "--json").json["files"]) == 1
    assert cli.is_sound()


@pytest.mark.parametrize("content", [None, b""], ids=["not there", "empty"])
def test_attach_refuses_what_is_no_file(cli: CommandLine, tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "件.pdf"
    if content is not None:
        path.write_bytes(content)
    record = dispute(cli)
    before = cli.commits()
    for given in (path, tmp_path):
        ran = cli("attach", "dispute", record, given, "--json")
        assert (ran.status, ran.error["kind"]) == (3, "rule_broken")
    assert cli.commits() == before


def test_attach_to_nothing_is_told(cli: CommandLine, scan: Path) -> None:
    assert cli("attach", "dispute", "无", scan, "--json").error["code"] == "REC-002"
    assert sealed_files(cli) == []


# -- damage --------------------------------------------------------------------------------------------------------


def damage(path: Path, at: int = -1) -> None:
    data = bytearray(path.read_bytes())
    data[at] ^= 0xFF
    path.write_bytes(data)


def test_verify_finds_a_file_that_is_gone(cli: CommandLine, scan: Path) -> None:
    cli("attach", "dispute", dispute(cli), scan)
    (sealed,) = sealed_files(cli)
    sealed.unlink()
    ran = cli("verify", "--json")
    assert ran.status == 1
    assert [(one["code"], one["file"]) for one in ran.json["problems"]] == [("VER-022", scan.name)]
    assert scan.name in cli("verify").out


@pytest.mark.parametrize("at", [0, 10, -1], ids=["mark", "nonce", "end"])
def test_deep_verify_finds_a_damaged_file_and_attaching_again_heals_it(
    cli: CommandLine, scan: Path, tmp_path: Path, at: int
) -> None:
    record = dispute(cli)
    cli("attach", "dispute", record, scan)
    damage(sealed_files(cli)[0], at)
    assert cli("verify").status == 0
    ran = cli("verify", "--deep", "--json")
    assert ran.status == 1
    assert [one["code"] for one in ran.json["problems"]] == ["ATT-003"]
    ran = cli("files", "dispute", record, "--out", tmp_path / "出", "--json")
    assert (ran.status, ran.error["code"]) == (5, "ATT-003")
    assert cli("attach", "dispute", record, scan).status == 0
    assert cli.is_sound()


def test_attachments_folder_gone_is_told_and_the_rest_works(cli: CommandLine, scan: Path) -> None:
    record = dispute(cli)
    cli("attach", "dispute", record, scan)
    (cli.home / "attachments").rename(cli.home / "别处")
    assert cli("verify", "--json").json["problems"][0]["code"] == "VER-022"
    assert cli("files", "dispute", record, "--json").json["files"][0]["is_here"] is False
    assert cli("files", "dispute", record, "--out", cli.home / "出", "--json").error["code"] == "ATT-002"
    assert cli("set", "dispute", record, "place=涝池").status == 0
    (cli.home / "别处").rename(cli.home / "attachments")
    assert cli.is_sound()
