"""How a command is written: options on both sides, help, wrong usage, passwords, standard input and output."""

from __future__ import annotations

import json

import pytest

from desktop.base.errors import Failure
from desktop.cli.commands import build_parser, commands
from desktop.cli.console import count_argument, day_argument, month_argument
from desktop.cli.main import window_options
from tests.cli.conftest import CommandLine
from tests.helpers.rooms import PASSWORD, USER

MEMBER = '{"name": "马占山", "role": "民警"}'


def test_options_stand_before_and_after_the_command(
    cli: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    member = cli.add("staff_member", name="马占山", role="民警")
    for words in (
        ("--home", cli.home, "--json", "list", "staff_member"),
        ("list", "staff_member", "--home", cli.home, "--json"),
        ("--json", "list", "--home", cli.home, "staff_member"),
        ("list", f"--home={cli.home}", "--lang=zh", "--user", USER, "staff_member"),
    ):
        assert [one["id"] for one in cli(*words).lines] == [member], words


def test_option_after_the_command_wins_over_the_environment(cli: CommandLine) -> None:
    ran = cli("status", "--home", cli.home.with_name("别处"), "--json")
    assert ran.status == 5
    assert ran.error["code"] == "ROM-002"


@pytest.mark.parametrize("words", [command.words for command in commands()], ids=" ".join)
def test_help_of_every_command_is_there(bare: CommandLine, words: tuple[str, ...]) -> None:
    ran = bare(*words, "-h")
    assert ran.status == 0
    assert ran.out.startswith("用法：jingwushi " + " ".join(words))
    assert "usage:" not in ran.out
    assert "options:" not in ran.out
    assert not ran.err


def test_help_names_every_command(bare: CommandLine) -> None:
    ran = bare("-h")
    assert ran.status == 0
    for command in commands():
        assert f"    {command.words[0]} " in ran.out


def test_every_command_of_the_contract_exists() -> None:
    known = {" ".join(command.words) for command in commands()}
    contract = (
        "setup, demo, fields, add, list, show, set, void, do, import, export, ledger, paper, report, roster draft, "
        "roster publish, roster print, attach, detach, files, sync, status, conflicts, settle, enrol request, "
        "enrol finish, verify, backup, restore, rehearse, account list, account add, account set, account disable, "
        "account password, account recover, audit, config, county setup, county serve, county slot, county approve, "
        "county devices, county revoke, county stick, county list, county ledger, county status, county verify, "
        "county conflicts"
    )
    assert set(contract.split(", ")) <= known
    build_parser()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("lst",), "您是不是要找 list"),
        (("account", "ad"), "您是不是要找 add"),
        (("roster",), "缺少"),
        (("show", "visit"), "缺少 ID"),
        (("list",), "缺少 KIND"),
        (("list", "visit", "--bogus"), "不认识 --bogus"),
        (("list", "visit", "--lim", "3"), "不认识"),
        (("list", "visit", "--limit"), "--limit 后面要写值"),
        (("list", "visit", "--limit", "0"), "大于 0"),
        (("list", "visit", "--limit", "-3"), "大于 0"),
        (("list", "visit", "--from", "2026-2-1"), "2026-03-05"),
        (("list", "visit", "--from", "20260201"), "2026-03-05"),
        (("list", "visit", "--from", "2026-02-30"), "2026-03-05"),
        (("audit", "--limit", "many"), "大于 0"),
        (("report", "monthly", "--month", "2026-13"), "2026-03"),
        (("demo", "--months", "61"), "最多 60"),
        (("demo", "--size", "huge"), "可写：small、medium、large"),
        (("void", "visit", "x"), "--reason"),
        (("ledger", "visits"), "--from"),
        (("paper", "patrol_record"), "--out"),
        (("report", "monthly"), "--month"),
        (("setup", "--room", "1", "--name", "x"), "--user"),
        (("--home",), "--home 后面要写值"),
        (("--json",), "命令"),
    ],
    ids=lambda part: " ".join(part) if isinstance(part, tuple) else "",
)
def test_wrong_usage_is_told_in_one_line_with_status_2(
    bare: CommandLine, words: tuple[str, ...], told: str
) -> None:
    ran = bare(*words)
    assert ran.status == 2
    assert told in ran.err
    assert ran.err.count("\n") == 1
    ran = bare(*words, "--json")
    if ran.status == 2:
        assert ran.error["kind"] == "usage"
    assert not bare.home.exists()


def test_unknown_kind_is_told_with_the_nearest_one(cli: CommandLine) -> None:
    for words in (("list", "vist"), ("show", "vist", "x"), ("do", "vist", "x"), ("fields", "vist")):
        ran = cli(*words, "--json")
        assert ran.status == 3
        assert ran.error["code"] == "REC-001"
        assert "visit" in ran.error["message"]
        assert ran.error["kind"] == "rule_broken"


def test_without_a_command_the_window_opens(bare: CommandLine) -> None:
    assert bare("--home", bare.home, "--user", USER, "--lang", "en").status == 0
    assert bare.windows == [(bare.home, USER, "en")]


def test_version_is_told(bare: CommandLine) -> None:
    assert bare("--version").out.startswith("jingwushi ")


def test_english_is_spoken_on_wish(cli: CommandLine) -> None:
    ran = cli("--lang", "en", "show", "staff_member", "nobody", "--json")
    assert ran.status == 3
    assert ran.error["message"].isascii() or "staff" in ran.error["message"].lower()


# -- passwords -----------------------------------------------------------------------------------------------------


def test_password_is_read_from_standard_input(cli: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("JINGWUSHI_PASSWORD")
    for given in (f"{PASSWORD}\n", PASSWORD, f"{PASSWORD}\r\n", b"\xef\xbb\xbf" + f"{PASSWORD}\n".encode()):
        assert cli("status", "--password-stdin", given=given).status == 0


def test_password_line_is_not_taken_for_a_record(cli: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("JINGWUSHI_PASSWORD")
    ran = cli("add", "staff_member", "-", "--password-stdin", "--json", given=f"{PASSWORD}\n{MEMBER}\n")
    assert ran.status == 0
    assert len(ran.json["records"]) == 1


def test_missing_password_is_refused(cli: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("JINGWUSHI_PASSWORD")
    for words in (("status",), ("status", "--password-stdin"), ("list", "visit")):
        ran = cli(*words, "--json")
        assert ran.status == 4
        assert ran.error["code"] == "CLI-001"
        assert "JINGWUSHI_PASSWORD" in ran.error["message"]


def test_wrong_password_is_refused_and_five_make_everybody_wait(
    cli: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JINGWUSHI_PASSWORD", "Falsch-2026")
    for _try in range(5):
        ran = cli("status", "--json")
        assert ran.status == 4
        assert ran.error["code"] == "KEY-002"
        assert ran.error["kind"] == "refused"
    monkeypatch.setenv("JINGWUSHI_PASSWORD", PASSWORD)
    assert cli("status", "--json").error["code"] == "KEY-003"


def test_unknown_user_is_refused(cli: CommandLine) -> None:
    assert cli("status", "--user", "陌生人", "--json").status == 4


# -- bytes ---------------------------------------------------------------------------------------------------------


def test_input_may_have_a_mark_and_windows_line_ends(cli: CommandLine) -> None:
    lines = f"{MEMBER}\r\n\r\n{MEMBER}\r\n"
    for given in (b"\xef\xbb\xbf" + lines.encode(), lines.encode("utf-16")):
        ran = cli("add", "staff_member", "--json", given=given)
        assert ran.status == 0
        assert len(ran.json["records"]) == 2


def test_line_separators_inside_a_text_do_not_break_the_line(cli: CommandLine) -> None:
    line = json.dumps({"name": "马占山", "role": "民警", "note": "上\u2028下\x85完"}, ensure_ascii=False)
    assert cli("add", "staff_member", given=line).status == 0
    assert cli("list", "staff_member").lines[0]["note"] == "上\u2028下\x85完"


@pytest.mark.parametrize(
    "given",
    ["not json", "[1]", '"text"', "{", '{"name": "\\ud800", "role": "民警"}', "[" * 100_000, "{}\nnull", ""],
    ids=["words", "list", "text", "open", "half a sign", "deep", "second line", "nothing"],
)
def test_input_that_is_no_record_is_told_and_writes_nothing(cli: CommandLine, given: str) -> None:
    ran = cli("add", "staff_member", "--json", given=given)
    assert ran.status == 3
    assert ran.error["code"] == "CLI-003"
    assert cli.commits() == 0


def test_input_in_gbk_is_told(cli: CommandLine) -> None:
    ran = cli("add", "staff_member", "--json", given=MEMBER.encode("gbk"))
    assert (ran.status, ran.error["code"]) == (3, "CLI-003")


def test_file_that_is_not_there_is_told(cli: CommandLine) -> None:
    ran = cli("add", "staff_member", cli.home / "没有.jsonl", "--json")
    assert (ran.status, ran.error["code"]) == (5, "CLI-004")


# -- words of arguments --------------------------------------------------------------------------------------------


def test_month_is_read_with_its_last_day() -> None:
    first, last = month_argument("2028-02")
    assert (first.isoformat(), last.isoformat()) == ("2028-02-01", "2028-02-29")
    assert month_argument("2026-12")[1].isoformat() == "2026-12-31"
    assert day_argument("2026-03-05").isoformat() == "2026-03-05"
    assert count_argument("12") == 12


def test_bug_is_reported_without_personal_data(cli: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(*_told: object) -> None:
        raise RuntimeError("12000000001 649901198001010016")

    monkeypatch.setattr("desktop.staff.status.status_of", breaks)
    ran = cli("status", "--json")
    assert ran.status == 70
    assert ran.error["kind"] == "bug"
    (report,) = (cli.home / "reports").iterdir()
    assert str(report) in ran.error["message"]
    text = report.read_text(encoding="utf-8")
    assert "RuntimeError" in text
    assert "12000000001" not in text
    assert "649901198001010016" not in text


def test_interruption_is_told(cli: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    def stops(*_told: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("desktop.staff.status.status_of", stops)
    assert cli("status", "--json").error["code"] == "CLI-005"


def test_failure_is_one_line_whatever_its_sentence(cli: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_told: object) -> None:
        raise Failure("TST-001", "第一行\n第二行")

    monkeypatch.setattr("desktop.staff.status.status_of", fails)
    ran = cli("status")
    assert ran.err == "TST-001 第一行 第二行\n"
    assert json.loads(cli("status", "--json").out)["error"]["message"] == "第一行\n第二行"


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["包.jwb"], "包.jwb"),
        (["--home", "here", "C:\\数据\\包.JWB"], "C:\\数据\\包.JWB"),
        (["--home", "here.jwb"], None),
        ([], None),
    ],
)
def test_bundle_that_is_opened_with_a_double_click_is_the_windows(
    words: list[str], expected: str | None
) -> None:
    options = window_options(words)

    assert options is not None
    assert options.get("FILE.jwb") == expected


def test_bundle_beside_a_command_is_the_commands() -> None:
    assert window_options(["a.jwb", "status"]) is None
    assert window_options(["a.jwb", "b.jwb"]) is None
