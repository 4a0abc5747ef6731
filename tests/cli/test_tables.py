"""Tables in and out on the command line: xlsx and csv with row-by-row errors, and back again."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
import xlsxwriter

from desktop.base.xlsx import read_table
from tests.cli.conftest import CommandLine
from tests.cli.test_records import dispute, household, visit

HEADER = ("姓名", "岗位", "电话", "到岗日期", "备注")
ROWS = (
    ("马占山", "民警", "12000000001", "2026-03-01", "甲"),
    ("李秀兰", "辅警", "12000000002", "2026.3.2", ""),
)


def write_csv(path: Path, *rows: tuple[str, ...], encoding: str = "utf-8-sig") -> Path:
    text = "".join(",".join(row) + "\r\n" for row in rows)
    path.write_bytes(text.encode(encoding))
    return path


def write_xlsx(path: Path, *rows: tuple[object, ...]) -> Path:
    workbook = xlsxwriter.Workbook(str(path))
    sheet = workbook.add_worksheet()
    day = workbook.add_format({"num_format": "yyyy-mm-dd"})
    for place, row in enumerate(rows):
        for at, cell in enumerate(row):
            if isinstance(cell, date):
                sheet.write_datetime(place, at, cell, day)
            else:
                sheet.write(place, at, cell)
    workbook.close()
    return path


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030", "utf-16"])
def test_import_reads_csv_in_the_encodings_of_excel(cli: CommandLine, tmp_path: Path, encoding: str) -> None:
    path = write_csv(tmp_path / "人员.csv", HEADER, *ROWS, encoding=encoding)
    ran = cli("import", "staff_member", path, "--json")
    assert ran.status == 0, ran.err
    assert ran.json == {"count": 2, "dry_run": False}
    found = {one["name"]: one for one in cli("list", "staff_member").lines}
    assert found["李秀兰"]["serves_from_on"] == "2026-03-02"
    assert found["马占山"]["role"] == "officer"


def test_import_reads_xlsx_with_a_title_and_days(cli: CommandLine, tmp_path: Path) -> None:
    rows = (("石桥村警务室人员",), HEADER, ("马占山", "民警", 12000000001, date(2026, 3, 1), ""), ("",))
    ran = cli("import", "staff_member", write_xlsx(tmp_path / "人员.xlsx", *rows), "--json")
    assert ran.status == 0, ran.err
    (one,) = cli("list", "staff_member").lines
    assert (one["phone"], one["serves_from_on"]) == ("12000000001", "2026-03-01")


def test_import_reads_field_names_and_links_by_code(cli: CommandLine, tmp_path: Path) -> None:
    area = cli.add("area", name="石桥村一组", level="4")
    path = write_csv(
        tmp_path / "户.csv", ("door_no", "户主姓名", "村组网格"), ("1号", "马占山", "石桥村一组")
    )
    assert cli("import", "household", path).status == 0
    (one,) = cli("list", "household").lines
    assert one["area_id"] == area


def test_import_tells_every_wrong_row_as_excel_counts_and_writes_nothing(
    cli: CommandLine, tmp_path: Path
) -> None:
    rows = (("人员名单",), HEADER, *ROWS, ("", "民警", "", "", ""), ("单明月", "法师", "", "后天吧", ""))
    before = cli.commits()
    ran = cli("import", "staff_member", write_xlsx(tmp_path / "人员.xlsx", *rows), "--json")
    assert ran.status == 3
    told = {(one["row"], one["field"]) for one in ran.error["fields"]}
    assert told == {(5, "name"), (6, "role"), (6, "serves_from_on")}
    assert "第 5 行" in ran.error["message"]
    assert cli.commits() == before
    assert cli("list", "staff_member").lines == []


def test_import_dry_run_leaves_nothing(cli: CommandLine, tmp_path: Path) -> None:
    visit(cli)
    row = dict.fromkeys(("地点", "隐患类别", "隐患描述", "整改责任人"), "")
    path = write_csv(tmp_path / "隐患.csv", tuple(row), ("涝池", "03", "电线裸露", "马占山"))
    before = (cli.commits(), cli("status", "--json").json["scopes"], audited(cli))
    ran = cli("import", "hazard", path, "--dry-run", "--json")
    assert ran.status == 0, ran.err
    assert ran.json == {"count": 1, "dry_run": True}
    assert (cli.commits(), cli("status", "--json").json["scopes"], audited(cli)) == before
    assert cli("list", "hazard").lines == []
    # The number that the rehearsal gave is free again.
    assert cli("import", "hazard", path).status == 0
    assert cli("list", "hazard").lines[0]["serial_no"].endswith("00001")


def audited(cli: CommandLine) -> list[str]:
    entries = cli("audit", "--limit", "1000", "--json").json["entries"]
    return [one["verb"] for one in entries if one["verb"] != "login"]


def test_import_refuses_numbers_that_excel_has_rounded(cli: CommandLine, tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "户.xlsx", ("姓名", "岗位", "电话"), ("马占山", "民警", 1.2000000001e18))
    ran = cli("import", "staff_member", path, "--json")
    assert ran.status == 3
    assert [(one["row"], one["field"], one["code"]) for one in ran.error["fields"]] == [
        (2, "phone", "IMP-003")
    ]


@pytest.mark.parametrize(
    ("name", "rows", "status", "code"),
    [
        ("人员.csv", (("姓名", "岗位", "血型"), ("马占山", "民警", "A")), 3, "IMP-001"),
        ("人员.csv", (("姓名", "岗位"),), 3, "IMP-001"),
        ("人员.csv", (("甲", "乙"), ("丙", "丁")), 3, "IMP-001"),
        ("人员.csv", (), 3, "TBL-002"),
        ("人员.txt", (("姓名", "岗位"), ("马占山", "民警")), 3, "TBL-001"),
        ("人员.xlsx", (("姓名", "岗位"), ("马占山", "民警")), 5, "TBL-004"),
    ],
    ids=["strange column", "no rows", "no known column", "empty", "text file", "damaged workbook"],
)
def test_import_tells_what_cannot_be_read(
    cli: CommandLine, tmp_path: Path, name: str, rows: tuple[tuple[str, ...], ...], status: int, code: str
) -> None:
    ran = cli("import", "staff_member", write_csv(tmp_path / name, *rows), "--json")
    assert (ran.status, ran.error["code"]) == (status, code)
    assert cli.commits() == 0


def test_import_of_a_file_that_is_not_there_is_told(cli: CommandLine, tmp_path: Path) -> None:
    assert cli("import", "staff_member", tmp_path / "没有.xlsx").status == 5
    assert cli("import", "vist", write_csv(tmp_path / "a.csv", HEADER, *ROWS)).status == 3


# -- out -----------------------------------------------------------------------------------------------------------


def test_export_writes_three_forms_and_makes_the_folder(cli: CommandLine, tmp_path: Path) -> None:
    for number in range(3):
        cli.add("staff_member", name=f"队员{number}", role="辅警", phone=f"1200000000{number}")
    for ending in ("xlsx", "csv", "jsonl"):
        out = tmp_path / "导出 表" / f"人员.{ending}"
        ran = cli("export", "staff_member", "--out", out, "--json")
        assert ran.status == 0, ran.err
        assert ran.json == {"count": 3, "file": str(out)}
        assert out.is_file()
    table = read_table(tmp_path / "导出 表" / "人员.xlsx")
    assert table.header[:2] == ("姓名", "岗位")
    assert table.rows[0][1] == "辅警"
    lines = (tmp_path / "导出 表" / "人员.jsonl").read_text(encoding="utf-8").splitlines()
    assert lines == cli("list", "staff_member").out.splitlines()


def test_export_is_narrowed_as_a_list(cli: CommandLine, tmp_path: Path) -> None:
    visit(cli, visited_on="2026-02-01")
    visit(cli, visited_on="2026-03-01")
    words = ("--from", "2026-02-15", "--where", "topics=02", "--out", tmp_path / "走访.jsonl", "--json")
    assert cli("export", "visit", *words).json["count"] == 1


def test_export_refuses_another_ending_and_a_folder_in_the_way(cli: CommandLine, tmp_path: Path) -> None:
    ran = cli("export", "visit", "--out", tmp_path / "走访.docx", "--json")
    assert (ran.status, ran.error["code"]) == (3, "EXP-001")
    (tmp_path / "走访.csv").mkdir()
    assert cli("export", "visit", "--out", tmp_path / "走访.csv").status == 5
    (tmp_path / "文件").write_text("x", encoding="utf-8")
    assert cli("export", "visit", "--out", tmp_path / "文件" / "走访.csv").status == 5


@pytest.mark.parametrize("ending", ["xlsx", "csv"])
def test_exported_table_can_be_brought_back_in(cli: CommandLine, tmp_path: Path, ending: str) -> None:
    member = cli.add("staff_member", name="李秀兰", role="辅警", phone="12000000001", note="=1+1\n第二行")
    visit(cli, note="甲", visited_on="2026-03-01", start_time="15:30")
    household(cli, phone="12000000002")
    assert member
    for kind in ("staff_member", "household"):
        before = {plain(one) for one in cli("list", kind).lines}
        out = tmp_path / f"{kind}.{ending}"
        assert cli("export", kind, "--out", out).status == 0
        ran = cli("import", kind, out, "--json")
        assert ran.status == 0, ran.err
        after = [plain(one) for one in cli("list", kind).lines]
        assert len(after) == 2 * len(before) or kind == "household"
        assert set(after) == before


def plain(record: dict[str, object]) -> str:
    known = {"id", "serial_no", "recorded_at", "version"}
    return str({name: value for name, value in record.items() if name not in known})


def test_exported_numbered_records_come_back_with_new_numbers(cli: CommandLine, tmp_path: Path) -> None:
    record = visit(cli, note="甲", visited_on="2026-03-01", start_time="15:30", end_time="16:00")
    out = tmp_path / "走访.xlsx"
    assert cli("export", "visit", "--out", out).status == 0
    assert read_table(out).header[0] == "编号"
    ran = cli("import", "visit", out, "--json")
    assert ran.status == 0, ran.err
    first, second = cli.show("visit", record), cli("list", "visit").lines[0]
    assert plain(first) == plain(second)
    assert first["serial_no"] != second["serial_no"]


def test_exported_disputes_tell_money_in_yuan(cli: CommandLine, tmp_path: Path) -> None:
    dispute(cli, amount_fen=120050)
    assert cli("export", "dispute", "--out", tmp_path / "纠纷.csv").status == 0
    table = read_table(tmp_path / "纠纷.csv")
    assert table.rows[0][table.header.index("涉及金额")] in {"1200.50", "1,200.50"}


def test_import_reads_lists_of_people_as_clerks_write_them(cli: CommandLine, tmp_path: Path) -> None:
    ids = {cli.add("staff_member", name=name, role="辅警") for name in ("马占山", "李秀兰")}
    home = cli.show("household", household(cli))["door_no"]
    for told in ("马占山、李秀兰", "马占山；李秀兰", "马占山/李秀兰"):
        path = write_csv(tmp_path / "走访.csv", ("走访的户", "走访人", "走访内容"), (home, told, "02"))
        assert cli("import", "visit", path).status == 0
        assert set(cli("list", "visit").lines[0]["staff_ids"]) == ids
