"""Paper on the command line: ledgers, forms, reports, the duty roster."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pypdf
import pytest

from desktop.base.xlsx import read_table
from tests.cli.conftest import CommandLine
from tests.cli.test_records import visit

MARCH = ("--from", "2026-03-01", "--to", "2026-03-31")


def pdf_text(path: Path) -> str:
    return "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(path.read_bytes())).pages)


@pytest.mark.parametrize(
    ("word", "keys"), [("ledger", {"name", "label", "kind"}), ("paper", {"name", "label", "kind"})]
)
def test_list_of_paper_needs_no_room(bare: CommandLine, word: str, keys: set[str]) -> None:
    ran = bare(word, "--json")
    assert ran.status == 0
    found = ran.json[f"{word}s"]
    assert found
    assert all(set(one) == keys for one in found)
    assert all(one["name"] in bare(word).out for one in found)
    assert not bare.home.exists()


def test_every_ledger_is_written_as_pdf_and_xlsx(cli: CommandLine, tmp_path: Path) -> None:
    visit(cli, opinions="盼望修路")
    for ledger in cli("ledger", "--json").json["ledgers"]:
        for ending in ("pdf", "xlsx"):
            out = tmp_path / "台账 三月" / f"{ledger['name']}.{ending}"
            ran = cli("ledger", ledger["name"], *MARCH, "--out", out, "--json")
            assert ran.status == 0, ran.err
            assert ran.json["file"] == str(out)
            assert ran.json["rows"] == (1 if ledger["name"] == "visits" else ran.json["rows"])
    assert "盼望修路" in pdf_text(tmp_path / "台账 三月" / "visits.pdf")
    assert "盼望修路" in str(read_table(tmp_path / "台账 三月" / "visits.xlsx").rows)


def test_ledger_refuses_what_it_does_not_know_and_notes_nothing(cli: CommandLine, tmp_path: Path) -> None:
    for name, days, out, code in (
        ("visits", MARCH, "a.docx", "EXP-001"),
        ("nothing", MARCH, "a.pdf", "LED-001"),
        ("visits", ("--from", "2026-03-31", "--to", "2026-03-01"), "a.pdf", "LED-003"),
    ):
        ran = cli("ledger", name, *days, "--out", tmp_path / out, "--json")
        assert (ran.status, ran.error["code"]) == (3, code)
        assert not (tmp_path / out).exists()
    assert "ledger" not in {one["verb"] for one in cli("audit", "--json").json["entries"]}


def test_report_is_written_as_json_pdf_and_xlsx(cli: CommandLine, tmp_path: Path) -> None:
    visit(cli)
    (report, *_others) = cli("report", "--json").json["reports"]
    assert set(report) == {"name", "label"}
    for ending in ("json", "pdf", "xlsx"):
        out = tmp_path / "月报" / f"三月.{ending}"
        assert cli("report", report["name"], "--month", "2026-03", "--out", out).status == 0
        assert out.stat().st_size > 100
    assert isinstance(json.loads((tmp_path / "月报" / "三月.json").read_text(encoding="utf-8")), dict)
    words = ("--month", "2026-03", "--out", tmp_path / "a.pdf", "--json")
    assert cli("report", "nothing", *words).error["code"] == "LED-002"
    ran = cli("report", report["name"], "--month", "2026-03", "--out", tmp_path / "a.doc", "--json")
    assert (ran.status, ran.error["code"]) == (3, "EXP-001")


def test_paper_is_written_and_kept_as_printed(cli: CommandLine, tmp_path: Path) -> None:
    patrol = cli.add(
        "patrol",
        patrol_on="2026-03-05",
        start_time="20:00",
        end_time="22:00",
        route="村部",
        volunteers_count=3,
    )
    out = tmp_path / "纸 张" / "巡逻.pdf"
    ran = cli("paper", "patrol_record", cli.show("patrol", patrol)["serial_no"], "--out", out, "--json")
    assert ran.status == 0, ran.err
    assert ran.json == {"file": str(out), "bytes": out.stat().st_size}
    assert "村部" in pdf_text(out)
    (printed,) = cli("list", "printed_paper").lines
    assert (printed["record_id"], printed["record_version"]) == (patrol, 1)
    assert cli.is_sound()


def test_paper_refuses_what_it_does_not_know(cli: CommandLine, tmp_path: Path) -> None:
    for words, code in (
        (("nothing", "x", "--out", tmp_path / "a.pdf"), "PRN-010"),
        (("patrol_record", "x", "--out", tmp_path / "a.pdf"), "REC-002"),
        (("patrol_record", "x", "--out", tmp_path / "a.xlsx"), "EXP-001"),
    ):
        ran = cli("paper", *words, "--json")
        assert (ran.status, ran.error["code"]) == (3, code)
    assert cli("list", "printed_paper").lines == []


def test_blank_forms_are_entered_under_their_numbers_and_accounted_for(
    cli: CommandLine, tmp_path: Path
) -> None:
    out = tmp_path / "空 白.pdf"
    ran = cli("blank", "print", "patrol", "--count", "2", "--out", out, "--json")
    assert ran.status == 0, ran.err
    first, second = ran.json["numbers"]
    assert first in pdf_text(out)
    patrol = {"patrol_on": "2026-03-05", "start_time": "20:00", "end_time": "22:00", "route": "村部"}
    cli.add("patrol", **patrol, volunteers_count=3, serial_no=second)
    found = cli("blank", "report", "--json").json["numbers"]
    assert [(one["number"], one["state"]) for one in found] == [(first, "out"), (second, "used")]
    assert cli("blank", "again", first, "--out", out, "--json").status == 0
    assert second not in pdf_text(out)
    report = tmp_path / "编号.pdf"
    assert cli("blank", "report", "--out", report).status == 0
    assert "没有交回" in pdf_text(report)
    assert cli.is_sound()


def test_handover_and_contact_cards_are_written(cli: CommandLine, tmp_path: Path) -> None:
    out = tmp_path / "交接.pdf"
    assert cli("handover", "--to", "李内勤", "--out", out).status == 0
    assert "李内勤" in pdf_text(out)
    staff = cli.add("staff_member", name="马占山", role="officer", phone="12000000001")
    assert cli("card", staff, "--out", out).status == 0
    assert pdf_text(out).count("12000000001") == 10
    silent = cli.add("staff_member", name="张无机", role="officer")
    ran = cli("card", silent, "--out", out, "--json")
    assert (ran.status, ran.error["code"]) == (3, "STF-020")


# -- the duty roster -----------------------------------------------------------------------------------------------


@pytest.fixture
def team(cli: CommandLine) -> str:
    people = [cli.add("staff_member", name=name, role="辅警") for name in ("马山", "李兰", "单月")]
    return cli.add("team", name="义务巡防队", team_type="1", staff_ids=people)


def test_roster_is_drafted_published_and_printed(cli: CommandLine, team: str, tmp_path: Path) -> None:
    ran = cli("roster", "draft", "义务巡防队", "--month", "2026-04", "--json")
    assert ran.status == 0, ran.err
    assert ran.json["count"] == len(ran.json["shifts"]) > 30
    assert {one["state"] for one in cli("list", "shift").lines} == {"draft"}
    ran = cli("roster", "publish", "--month", "2026-04", "--json")
    assert ran.status == 0, ran.err
    assert {one["state"] for one in cli("list", "shift").lines} == {"published"}
    cli.add("staff_member", name="欧石", role="民警")
    for words, is_there in ((("义务巡防队",), False), ((team,), False), ((), True)):
        out = tmp_path / "排班 四月.pdf"
        ran = cli("roster", "print", *words, "--month", "2026-04", "--out", out, "--json")
        assert ran.status == 0, ran.err
        assert "马山" in pdf_text(out)
        assert ("欧石" in pdf_text(out)) is is_there
    assert cli.is_sound()


def test_roster_tells_what_is_missing(cli: CommandLine, team: str, tmp_path: Path) -> None:
    out = ("--out", tmp_path / "a.pdf")
    for words, code in (
        (("draft", "无此队", "--month", "2026-04"), "REC-002"),
        (("publish", "--month", "2026-04"), "PAT-014"),
        (("print", "无此队", "--month", "2026-04", *out), "REC-002"),
        (("print", "--month", "2026-04", "--out", tmp_path / "a.xlsx"), "EXP-001"),
    ):
        ran = cli("roster", *words, "--json")
        assert (ran.status, ran.error["code"]) == (3, code), words
    assert cli("roster", "draft", team).status == 2


def test_book_is_opened_printed_taken_back_and_closed(cli: CommandLine, tmp_path: Path) -> None:
    visit(cli, opinions="盼望修路")
    opened = cli("volume", "open", "visits", "--year", "2026", "--json")
    assert (opened.status, opened.json["volume"]["volume_no"]) == (0, 1)
    out = tmp_path / "续 打.pdf"
    printed = cli("volume", "print", "visits", "--out", out, "--json")
    assert (printed.status, printed.json["first_row"], printed.json["is_onto_used"]) == (0, 1, False)
    assert "盼望修路" in pdf_text(out)
    nothing = cli("volume", "print", "visits", "--out", out, "--json")
    assert (nothing.status, nothing.error["code"]) == (3, "LED-017")
    again = tmp_path / "再印.pdf"
    assert cli("volume", "again", "visits", "--out", again).status == 0
    assert again.read_bytes() == out.read_bytes()
    assert cli("volume", "undo", "visits", "--reason", "卡纸").status == 0
    closed = cli("volume", "close", "visits", "--out", tmp_path / "成册", "--json")
    assert closed.status == 0, closed.err
    assert set(closed.json["files"]) == {"pages", "binding"}
    assert "备考表" in pdf_text(Path(closed.json["files"]["binding"]))
    (listed,) = cli("volume", "list", "--json").json["volumes"]
    assert (listed["is_closed"], listed["last_row"]) == (True, 1)
    whole = cli("volume", "again", "visits", "--volume", "1", "--out", again)
    assert whole.status == 0
    assert again.read_bytes() == Path(closed.json["files"]["pages"]).read_bytes()


def test_ledger_is_printed_for_the_notice_board_and_on_larger_paper(cli: CommandLine, tmp_path: Path) -> None:
    visit(cli, opinions="盼望修路")
    out = tmp_path / "公示.pdf"
    assert cli("ledger", "visits", *MARCH, "--notice", "--paper", "A3", "--out", out).status == 0
    assert "公示" in pdf_text(out)
    assert "盼望修路" not in pdf_text(out)
    assert round(float(pypdf.PdfReader(out).pages[0].mediabox.width) / 72 * 25.4) == 420
