from __future__ import annotations

import errno
import re
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
import xlsxwriter

from desktop.base.errors import EnvironmentFault, RuleBroken
from desktop.base.xlsx import Column, Value, read_table, write_csv, write_xlsx

COLUMNS = (
    Column("姓名", 10),
    Column("身份证号", 22),
    Column("金额", 10, "money"),
    Column("人数", 8, "number"),
    Column("日期", 12, "day"),
    Column("时间", 18, "instant"),
    Column("经过", 40, "long_text"),
)
ROW = (
    "张某",
    "649901198001010016",
    123450,
    3,
    date(2026, 3, 5),
    datetime(2026, 3, 5, 15, 30),  # noqa: DTZ001 - wall time, as a sheet has it
    "第一行\n第二行",
)


def sheet_xml(path: Path) -> str:
    with ZipFile(path) as archive:
        return archive.read("xl/worksheets/sheet1.xml").decode("utf-8")


def foreign_workbook(path: Path, rows: list[list[Any]], sheets: tuple[str, ...] = ("表一",)) -> None:
    """A file as somebody else's Excel made it: numbers are numbers, dates are dates."""
    with xlsxwriter.Workbook(str(path), {"default_date_format": "yyyy-mm-dd"}) as workbook:
        for name in sheets[:-1]:
            workbook.add_worksheet(name)
        sheet = workbook.add_worksheet(sheets[-1])
        for place, row in enumerate(rows):
            sheet.write_row(place, 0, row)


def test_write_xlsx_is_read_back_alike_below_its_titles(room_folder: Path) -> None:
    path = room_folder / "台账.xlsx"
    write_xlsx(path, "走访", COLUMNS, [ROW], ["走访台账", "2026年3月"], foot_lines=["注：口径见说明"])
    table = read_table(path)
    assert table.header == tuple(column.label for column in COLUMNS)
    assert table.rows[0] == (
        "张某",
        "649901198001010016",
        1234.5,
        "3",
        date(2026, 3, 5),
        ROW[5],
        "第一行\n第二行",
    )
    assert table.row_numbers == (4, 5)
    assert table.rows[1][0] == "注：口径见说明"
    assert [file.name for file in room_folder.iterdir()] == ["台账.xlsx"]


def test_write_xlsx_keeps_numbers_of_people_as_text_and_runs_no_formula(room_folder: Path) -> None:
    path = room_folder / "a.xlsx"
    texts = ["=1+1", "{=SUM(A1)}", "+86", "@x", "-5", "https://example.invalid/", "0012"]
    write_xlsx(path, "表", [Column("一"), Column("二")], [[text, text] for text in texts])
    xml = sheet_xml(path)
    assert "<f>" not in xml
    assert set(re.findall(r'<c [^>]* t="(\w+)">', xml)) == {"s"}
    assert xml.count("<v>") == xml.count(' t="s"')
    assert "hyperlink" not in xml
    assert [row[0] for row in read_table(path).rows] == texts


def test_write_xlsx_freezes_the_header_and_filters_the_rows(room_folder: Path) -> None:
    path = room_folder / "a.xlsx"
    write_xlsx(path, "表", [Column("一"), Column("二")], [["a", "b"], ["c", "d"]], ["标题"])
    xml = sheet_xml(path)
    assert 'ySplit="2"' in xml
    assert '<autoFilter ref="A2:B4"/>' in xml
    assert '<mergeCell ref="A1:B1"/>' in xml
    assert 'orientation="landscape"' in xml


def test_write_xlsx_gives_the_same_bytes_for_the_same_rows(room_folder: Path) -> None:
    left, right = room_folder / "a.xlsx", room_folder / "b.xlsx"
    for path in (left, right):
        write_xlsx(path, "表", COLUMNS, [ROW])
    assert left.read_bytes() == right.read_bytes()


@pytest.mark.parametrize("name", ["a/b:c*d?e[f]g\\h", "很长" * 40, "", "'"])
def test_write_xlsx_takes_any_text_as_the_name_of_its_sheet(room_folder: Path, name: str) -> None:
    write_xlsx(room_folder / "a.xlsx", name, [Column("一")], [["x"]])
    assert read_table(room_folder / "a.xlsx").rows == (("x",),)


def test_write_xlsx_leaves_empty_cells_empty_and_tells_yes_and_no(room_folder: Path) -> None:
    columns = [Column("一", kind=kind) for kind in ("text", "money", "day")]
    write_xlsx(
        room_folder / "a.xlsx",
        "表",
        [*columns, Column("二")],
        [[None, None, None, True], ["", 0, None, False]],
    )
    assert read_table(room_folder / "a.xlsx").rows == (("", "", "", "是"), ("", "0", "", "否"))


def test_an_instant_is_written_in_beijing_time(room_folder: Path) -> None:
    instant = datetime(2026, 3, 5, 16, 30, tzinfo=UTC)
    columns = [Column("一", kind="instant"), Column("二")]
    write_xlsx(room_folder / "a.xlsx", "表", columns, [[instant, instant]])
    write_csv(room_folder / "a.csv", ["一", "二"], [[instant, instant]])
    assert read_table(room_folder / "a.xlsx").rows == ((datetime(2026, 3, 6, 0, 30), "2026-03-06 00:30"),)  # noqa: DTZ001
    assert read_table(room_folder / "a.csv").rows == (("2026-03-06 00:30", "2026-03-06 00:30"),)


def test_write_xlsx_is_refused_for_a_row_of_another_length(room_folder: Path) -> None:
    with pytest.raises(ValueError, match="shorter"):
        write_xlsx(room_folder / "a.xlsx", "表", [Column("一"), Column("二")], [["x"]])
    assert list(room_folder.iterdir()) == []


def test_write_xlsx_keeps_the_old_file_when_the_disk_is_full(
    room_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = room_folder / "a.xlsx"
    write_xlsx(path, "表", [Column("一")], [["old"]])

    def fail(*_args: object, **_options: object) -> None:
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr("os.fsync", fail)
    with pytest.raises(EnvironmentFault) as caught:
        write_xlsx(path, "表", [Column("一")], [["new"]])
    assert caught.value.code == "ENV-001"
    assert read_table(path).rows == (("old",),)
    assert list(room_folder.iterdir()) == [path]


def test_write_xlsx_puts_no_row_into_a_temporary_file(
    room_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_args: object, **_options: object) -> None:
        raise AssertionError("people's data in a plain temporary file")

    monkeypatch.setattr("tempfile.mkstemp", refuse)
    write_xlsx(room_folder / "a.xlsx", "表", COLUMNS, [ROW] * 100)
    assert len(read_table(room_folder / "a.xlsx").rows) == 100


def test_write_xlsx_tells_when_the_folder_is_gone(room_folder: Path) -> None:
    with pytest.raises(EnvironmentFault, match="ENV-003"):
        write_xlsx(room_folder / "没有" / "a.xlsx", "表", [Column("一")], [["x"]])


def test_read_table_turns_whole_numbers_into_text_and_keeps_the_rest(room_folder: Path) -> None:
    path = room_folder / "别人的.xlsx"
    rows: list[list[Any]] = [
        ["村民花名册"],
        [],
        ["姓名 ", "编号", "面积", "日期", "备注"],
        [" 李四 ", 12.0, 1.5, datetime(2026, 3, 5), True],  # noqa: DTZ001 - as a sheet has it
        [],
        ["王五", None, "", None, None, "表外"],
    ]
    foreign_workbook(path, rows)
    table = read_table(path)
    assert table.header == ("姓名", "编号", "面积", "日期", "备注")
    assert table.rows == (
        ("李四", "12", 1.5, date(2026, 3, 5), True),
        ("王五", "", "", "", ""),
    )
    assert table.row_numbers == (4, 6)
    assert table.rounded == ()


def test_read_table_tells_which_numbers_excel_has_rounded(room_folder: Path) -> None:
    path = room_folder / "a.xlsx"
    foreign_workbook(
        path, [["姓名", "身份证号"], ["李四", "649901198001010016"], ["王五", 649901198001010016]]
    )
    assert read_table(path).rounded == ((3, "身份证号"),)


def test_read_table_takes_the_first_sheet_that_holds_anything_or_the_named_one(room_folder: Path) -> None:
    path = room_folder / "a.xlsx"
    foreign_workbook(path, [["姓名", "组"], ["李四", "一组"]], ("空", "名单"))
    assert read_table(path).rows == read_table(path, "名单").rows == (("李四", "一组"),)
    with pytest.raises(RuleBroken, match="TBL-003"):
        read_table(path, "没有")
    with pytest.raises(RuleBroken, match="TBL-002"):
        read_table(path, "空")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_read_table_reads_csv_in_every_encoding_that_excel_writes(
    room_folder: Path, encoding: str, delimiter: str
) -> None:
    path = room_folder / "名单.CSV"
    lines = [["姓名", "号码"], ["𠮷某", "649901198001010016"], ['"a\n b"', ""]]
    path.write_bytes("\r\n".join(delimiter.join(line) for line in lines).encode(encoding))
    table = read_table(path)
    assert table.header == ("姓名", "号码")
    assert table.rows == (("𠮷某", "649901198001010016"), ("a\n b", ""))


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("a.docx", b"", "TBL-001"),
        ("a.xlsx", b"not a workbook", "TBL-004"),
        ("a.xls", b"\xd0\xcf\x11\xe0", "TBL-004"),
        ("a.csv", b"\xff\xff\xff\x80", "TBL-004"),
        ("a.csv", b"", "TBL-002"),
        ("a.csv", b",,\r\n", "TBL-002"),
    ],
)
def test_read_table_is_refused_with_a_code(room_folder: Path, name: str, content: bytes, code: str) -> None:
    (room_folder / name).write_bytes(content)
    with pytest.raises((RuleBroken, EnvironmentFault), match=code):
        read_table(room_folder / name)


def test_read_table_tells_when_the_file_is_gone(room_folder: Path) -> None:
    with pytest.raises(EnvironmentFault, match="ENV-003"):
        read_table(room_folder / "a.xlsx")


def test_write_csv_is_read_back_and_runs_no_formula(room_folder: Path) -> None:
    path = room_folder / "a.csv"
    rows: list[list[Value]] = [
        ["=1+1", "+86", -5],
        ["-a", "@b", 1.5],
        [None, "649901198001010016", date(2026, 3, 5)],
        ["", time(9), True],
    ]
    write_csv(path, ["一", "二", "三"], rows)
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    assert read_table(path).rows == (
        ("'=1+1", "'+86", "-5"),
        ("'-a", "'@b", "1.5"),
        ("", "649901198001010016", "2026-03-05"),
        ("", "09:00:00", "是"),
    )
