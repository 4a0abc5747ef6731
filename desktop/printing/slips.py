"""Papers by which something changes hands: a stick between room and county, the room's work between two clerks.

Plain values in, a form out; nothing here reads a record.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from desktop.printing.sheets import (
    SIZE_SMALL_PT,
    Cell,
    FormSheet,
    GridRow,
    Part,
    SignaturePlace,
    Signatures,
    Space,
    Table,
    TableColumn,
    Text,
)

_MINI = 1024


@dataclass(frozen=True)
class SlipFile:
    """One package on a stick.

    Shape:   `sha256` is the hash of the file as it lies there, hex; `made` says in words when it was written.
    """

    name: str
    receiver: str
    made: str
    size_bytes: int
    sha256: str


@dataclass(frozen=True)
class SlipTotal:
    """What was written for one receiver, as the exchange counted it."""

    receiver: str
    commits_count: int


@dataclass(frozen=True)
class StickSlip:
    """A stick and what lies on it, for those who hand it over and take it."""

    unit: str
    slip_no: str
    made: str
    made_by: str
    files: tuple[SlipFile, ...]
    totals: tuple[SlipTotal, ...] = ()
    practice: bool = False
    print_mark: str = ""


def stick_slip_sheet(slip: StickSlip) -> FormSheet:
    """数据U盘交接单: each package with number, size and hash, and who handed and who took it."""
    rows = [
        (
            str(place),
            one.receiver,
            one.name,
            one.made,
            _size(one.size_bytes),
            grouped(one.sha256[:16].upper()),
        )
        for place, one in enumerate(slip.files, 1)
    ]
    counted = "；".join(f"{one.receiver} {one.commits_count} 条改动" for one in slip.totals)
    columns = (
        TableColumn("序号", 0.6, "center"),
        TableColumn("给谁", 1.5),
        TableColumn("文件名", 2.2),
        TableColumn("写入时间", 1.5),
        TableColumn("大小", 1.0, "right"),
        TableColumn("校验值（前16位）", 1.9),
    )
    whole = _size(sum(one.size_bytes for one in slip.files))
    parts: tuple[Part, ...] = (
        GridRow((Cell("制单时间", slip.made), Cell("制单人", slip.made_by))),
        GridRow(
            (Cell("文件数", f"{len(slip.files)} 个，共 {whole}"), Cell("其中", counted or "没有新的改动"))
        ),
        Space(3),
        Table(columns, rows, min_rows=3),
        Space(2),
        Text(
            "文件都已加密，只有写明的接收方能打开。接收方核对文件数和校验值后签名；不符的写在下面，不要签收。"
            "U盘遗失须当日报告。",
            SIZE_SMALL_PT,
            indent=2,
        ),
        Signatures(
            tuple(SignaturePlace(name) for name in ("交出人", "接收人", "送回人（回程）", "室里收回人"))
        ),
    )
    return FormSheet(
        title="数据U盘交接单",
        number=slip.slip_no,
        unit=slip.unit,
        parts=parts,
        practice=slip.practice,
        copies_text="本单一式两份，交出方、接收方各存一份。",
        print_mark=slip.print_mark,
    )


@dataclass(frozen=True)
class HandoverItem:
    """One thing that the next clerk must know: what, by when, whose; days in words."""

    words: str
    due: str = ""
    number: str = ""


@dataclass(frozen=True)
class HandoverPart:
    """One heading of the handover with its things; `empty` is said when there are none."""

    title: str
    items: tuple[HandoverItem, ...] = ()
    empty: str = "无"


@dataclass(frozen=True)
class HandoverSheet:
    """What one clerk leaves to the next: what is open, due, not sent, not printed, on one paper with three names."""

    unit: str
    made: str
    from_name: str
    to_name: str
    parts: tuple[HandoverPart, ...]
    facts: tuple[tuple[str, str], ...] = ()
    practice: bool = False
    print_mark: str = ""

    def content(self) -> Sequence[object]:
        """Plain JSON, for tests and for the command line."""
        return [[part.title, [[one.words, one.due, one.number] for one in part.items]] for part in self.parts]


def handover_form(sheet: HandoverSheet) -> FormSheet:
    """工作交接单."""
    parts: list[Part] = [
        GridRow((Cell("交班人", sheet.from_name), Cell("接班人", sheet.to_name))),
        GridRow(
            (Cell("交接时间", sheet.made), Cell("事项", f"{sum(len(one.items) for one in sheet.parts)} 件"))
        ),
    ]
    parts += [GridRow(tuple(Cell(label, value) for label, value in pair)) for pair in _pairs(sheet.facts)]
    for part in sheet.parts:
        parts.append(Space(2))
        head = f"{part.title}（{len(part.items)} 件）" if part.items else f"{part.title}：{part.empty}"
        parts.append(Text(head, bold=True))
        if part.items:
            columns = (
                TableColumn("序号", 0.62, "center"),
                TableColumn("事项", 5.0),
                TableColumn("期限", 1.1, "center"),
                TableColumn("编号", 2.0),
                TableColumn("接班人核对", 0.9),
            )
            rows = [
                (str(place), one.words, one.due, one.number, "") for place, one in enumerate(part.items, 1)
            ]
            parts.append(Table(columns, rows))
    names = (f"交班人 {sheet.from_name}".rstrip(), f"接班人 {sheet.to_name}".rstrip(), "监交人")
    parts.append(Signatures(tuple(SignaturePlace(name) for name in names)))
    return FormSheet(
        title="工作交接单",
        unit=sheet.unit,
        parts=tuple(parts),
        practice=sheet.practice,
        copies_text="密码、恢复单不随本单交接：接班人用自己的账号登录。本单一式两份，双方各存一份。",
        print_mark=sheet.print_mark,
    )


def _pairs(facts: Sequence[tuple[str, str]]) -> Sequence[Sequence[tuple[str, str]]]:
    return [facts[start : start + 2] for start in range(0, len(facts), 2)]


def _size(size_bytes: int) -> str:
    if size_bytes < _MINI:
        return f"{size_bytes} B"
    if size_bytes < _MINI * _MINI:
        return f"{size_bytes / _MINI:.1f} KB"
    return f"{size_bytes / _MINI / _MINI:.1f} MB"


def grouped(digits: str) -> str:
    """Digits in fours, as people compare them."""
    return " ".join(digits[start : start + 4] for start in range(0, len(digits), 4))
