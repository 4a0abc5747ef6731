"""Accounts, the audit and settings on the command line."""

from __future__ import annotations

import re
from pathlib import Path

import pypdf
import pytest

from tests.cli.conftest import CommandLine
from tests.cli.test_records import dispute
from tests.helpers.rooms import PASSWORD, USER

GIVEN, OWN = "Geben-2026", "Eigen-2026"
OTHER = "李秀兰"


@pytest.fixture
def other(cli: CommandLine, monkeypatch: pytest.MonkeyPatch) -> str:
    """A second account, for an auxiliary, whose password somebody else gave."""
    monkeypatch.setenv("JINGWUSHI_NEW_PASSWORD", GIVEN)
    ran = cli("account", "add", OTHER, "--role", "auxiliary", "--json")
    monkeypatch.delenv("JINGWUSHI_NEW_PASSWORD")
    assert (ran.status, ran.json) == (0, {"account": OTHER})
    return OTHER


def as_other(cli: CommandLine, monkeypatch: pytest.MonkeyPatch, password: str) -> None:
    monkeypatch.setenv("JINGWUSHI_USER", OTHER)
    monkeypatch.setenv("JINGWUSHI_PASSWORD", password)


def settled(cli: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second account with a password of its own, logged in."""
    as_other(cli, monkeypatch, GIVEN)
    monkeypatch.setenv("JINGWUSHI_NEW_PASSWORD", OWN)
    assert cli("account", "password").status == 0
    monkeypatch.delenv("JINGWUSHI_NEW_PASSWORD")
    as_other(cli, monkeypatch, OWN)


def test_accounts_are_listed_with_their_roles(cli: CommandLine, other: str) -> None:
    (first, second) = sorted(cli("account", "list", "--user", USER, "--json").json["accounts"], key=str)
    assert {first["name"], second["name"]} == {USER, OTHER}
    assert set(first) == {"name", "roles", "staff_id", "is_disabled"}
    assert "auxiliary" in cli("account", "list", "--user", USER).out


def test_user_must_be_named_when_there_are_several(cli: CommandLine, other: str) -> None:
    ran = cli("status", "--json")
    assert (ran.status, ran.error["code"]) == (3, "STF-003")
    assert OTHER in ran.error["message"]


def test_given_password_must_be_changed_first_and_says_so(
    cli: CommandLine, other: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    as_other(cli, monkeypatch, GIVEN)
    for words in (("list", "visit"), ("status",), ("add", "visit"), ("account", "password", USER)):
        ran = cli(*words, "--json", given="{}")
        assert (ran.status, ran.error["code"]) == (4, "STF-007")
    assert "account password" in cli("status").err
    settled(cli, monkeypatch)
    assert cli("list", "visit").status == 0


def test_role_decides_what_may_be_done(cli: CommandLine, other: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JINGWUSHI_USER", USER)
    record = dispute(cli)
    settled(cli, monkeypatch)
    assert cli("show", "dispute", record).status == 0
    assert cli("set", "dispute", record, "place=涝池").status == 0
    for words in (
        ("export", "dispute", "--out", cli.home / "a.csv"),
        ("account", "list"),
        ("account", "disable", USER),
        ("backup",),
        ("audit",),
        ("config", "server_url", "https://10.0.0.1:8443"),
        ("roster", "publish", "--month", "2026-03"),
    ):
        ran = cli(*words, "--json")
        assert (ran.status, ran.error["kind"]) == (4, "refused"), words
    assert not (cli.home / "a.csv").exists()


def test_roles_are_changed_and_one_administrator_stays(
    cli: CommandLine, other: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JINGWUSHI_USER", USER)
    for words, code in (
        (("account", "set", OTHER, "--role", "wizard"), "STF-004"),
        (("account", "set", OTHER), "STF-004"),
        (("account", "set", "无", "--role", "clerk"), "STF-006"),
        (("account", "set", USER, "--role", "clerk"), "STF-005"),
        (("account", "disable", USER), "STF-005"),
        (("account", "set", OTHER, "--role", "clerk", "--staff", "无此人"), "REC-002"),
    ):
        ran = cli(*words, "--json")
        assert (ran.status, ran.error["code"]) == (3, code), words
    member = cli.add("staff_member", name=OTHER, role="辅警")
    assert cli("account", "set", OTHER, "--role", "admin", "--role", "clerk", "--staff", OTHER).status == 0
    (told,) = [one for one in cli("account", "list", "--json").json["accounts"] if one["name"] == OTHER]
    assert (told["roles"], told["staff_id"]) == (["admin", "clerk"], member)
    assert cli("account", "set", USER, "--role", "clerk").status == 0


def test_disabled_account_is_out_and_may_be_let_in_again(
    cli: CommandLine, other: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JINGWUSHI_USER", USER)
    assert cli("account", "disable", OTHER).status == 0
    (told,) = [one for one in cli("account", "list", "--json").json["accounts"] if one["name"] == OTHER]
    assert told["is_disabled"] is True
    as_other(cli, monkeypatch, GIVEN)
    assert cli("status").status == 4
    monkeypatch.setenv("JINGWUSHI_USER", USER)
    monkeypatch.setenv("JINGWUSHI_PASSWORD", PASSWORD)
    monkeypatch.setenv("JINGWUSHI_NEW_PASSWORD", "Wieder-2026")
    assert cli("account", "add", OTHER, "--role", "clerk").status == 0
    (told,) = [one for one in cli("account", "list", "--json").json["accounts"] if one["name"] == OTHER]
    assert (told["is_disabled"], told["roles"]) == (False, ["clerk"])


@pytest.mark.parametrize(
    ("name", "role", "password", "code"),
    [
        (USER, "clerk", GIVEN, "KEY-010"),
        (" 空 ", "clerk", GIVEN, "KEY-010"),
        ("张三", "wizard", GIVEN, "STF-004"),
        ("张三", "clerk", "12345678", "KEY-006"),
    ],
)
def test_account_that_cannot_be_is_refused(
    cli: CommandLine, monkeypatch: pytest.MonkeyPatch, name: str, role: str, password: str, code: str
) -> None:
    monkeypatch.setenv("JINGWUSHI_NEW_PASSWORD", password)
    ran = cli("account", "add", name, "--role", role, "--json")
    assert (ran.status, ran.error["code"]) == (3, code)
    assert len(cli("account", "list", "--json").json["accounts"]) == 1


def test_passwords_are_read_line_by_line(cli: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("JINGWUSHI_PASSWORD")
    ran = cli("account", "password", "--password-stdin", given=f"{PASSWORD}\n{OWN}\n")
    assert ran.status == 0, ran.err
    assert cli("status", "--password-stdin", given=f"{OWN}\n").status == 0
    assert cli("status", "--password-stdin", given=f"{PASSWORD}\n").status == 4


def test_new_password_is_asked_for_by_its_own_name(cli: CommandLine) -> None:
    ran = cli("account", "password", "--json")
    assert (ran.status, ran.error["code"]) == (4, "CLI-001")
    assert "JINGWUSHI_NEW_PASSWORD" in ran.error["message"]


def test_old_password_is_not_taken_again(cli: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JINGWUSHI_NEW_PASSWORD", PASSWORD)
    assert cli("account", "password", "--json").error["code"] == "KEY-008"


def test_recovery_sheet_opens_when_the_password_is_forgotten(
    bare: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ("--room", "649901100201", "--name", "石桥村警务室", "--user", USER)
    sheet = Path(bare("setup", *words, "--json").json["recovery_sheet"])
    text = "".join(page.extract_text() for page in pypdf.PdfReader(sheet).pages)
    found = re.search(r"横线可不写）：([A-Z2-9]{32})", re.sub(r"[\s-]", "", text))
    assert found is not None
    key = found[1]
    monkeypatch.delenv("JINGWUSHI_PASSWORD")
    ran = bare("account", "recover", USER, "--password-stdin", given=f"{key.lower()}\n{OWN}\n")
    assert ran.status == 0, ran.err
    monkeypatch.setenv("JINGWUSHI_PASSWORD", OWN)
    assert "recover" in {one["verb"] for one in bare("audit", "--json").json["entries"]}
    monkeypatch.setenv("JINGWUSHI_NEW_PASSWORD", "Wieder-2026")
    monkeypatch.setenv("JINGWUSHI_RECOVERY_KEY", key[:-1] + ("A" if key[-1] != "A" else "B"))
    assert bare("account", "recover", USER, "--json").error["code"] == "KEY-009"
    monkeypatch.setenv("JINGWUSHI_RECOVERY_KEY", key)
    assert bare("account", "recover", "无", "--json").error["code"] == "KEY-012"
    monkeypatch.delenv("JINGWUSHI_RECOVERY_KEY")
    ran = bare("account", "recover", USER, "--json")
    assert (ran.status, ran.error["code"]) == (4, "CLI-001"), "a password is no recovery key"


# -- audit and settings --------------------------------------------------------------------------------------------


def test_audit_tells_who_did_what_newest_first(cli: CommandLine) -> None:
    record = dispute(cli)
    cli("set", "dispute", record, "place=涝池", "--reason", "补地点")
    entries = cli("audit", "--limit", "3", "--json").json["entries"]
    assert [one["verb"] for one in entries] == ["login", "change", "login"]
    assert (entries[1]["user"], entries[1]["record_id"]) == (USER, record)
    assert entries[1]["at"] == "2026-03-05T00:00:00Z"
    assert entries[1]["facts"]["fields"] == ["place"]
    assert "涝池" not in str(entries)
    assert "change dispute" in cli("audit").out


def test_settings_are_told_and_changed(cli: CommandLine) -> None:
    settings = cli("config", "--json").json["settings"]
    assert settings["stick_only"] is False
    assert cli("config", "font_scale", "150", "--json").json["settings"] == {"font_scale": 150}
    assert cli("config", "font_scale").out == "font_scale = 150\n"
    assert "config" in {one["verb"] for one in cli("audit", "--json").json["entries"]}


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("font_scal",), "SET-001"),
        (("font_scal", "150"), "SET-001"),
        (("font_scale", "9999"), "SET-002"),
        (("font_scale", "big"), "SET-002"),
    ],
)
def test_setting_that_cannot_be_is_refused(cli: CommandLine, words: tuple[str, ...], code: str) -> None:
    ran = cli("config", *words, "--json")
    assert (ran.status, ran.error["code"]) == (3, code)
    assert cli("config", "font_scale", "--json").json["settings"] == {"font_scale": 100}
