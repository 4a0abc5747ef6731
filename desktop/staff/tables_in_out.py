"""Tables of records in and out: Excel and CSV in with row-by-row errors, Excel, CSV and JSON lines out.

A column is recognised by the field's Chinese label or its name, so a table that was exported can be brought back in.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from desktop.audit.trail import Deed, note
from desktop.base import xlsx
from desktop.base.errors import FieldProblem, RuleBroken
from desktop.base.paths import write_file
from desktop.base.text import _
from desktop.database.fields import Field, FieldType
from desktop.database.kinds import Kind
from desktop.database.record import Record
from desktop.staff import records, views
from desktop.staff.links import find_link
from desktop.staff.office import Office, Saved
from desktop.staff.views import Query

_PART = 200
_SERIAL = "编号"
_LINK_SEPARATOR = "、"
_WIDTHS = {FieldType.LONG_TEXT: 40.0, FieldType.TEXT: 20.0, FieldType.IDENTITY_NUMBER: 22.0}


def import_table(office: Office, kind_name: str, path: Path, *, dry_run: bool = False) -> dict[str, Any]:
    """Adds one record for each row, all or none.

    Errors:  RuleBroken IMP-001 for a file or columns that cannot be read, REC-003 with every wrong cell of every row;
             in either case nothing is written.
    """
    kind = office.registry.kind(kind_name)
    table = xlsx.read_table(path)
    names = _columns(kind, table.header)
    is_csv = path.suffix.lower() == ".csv"
    rows = [
        {
            name: _unguarded(cell) if is_csv else cell
            for name, cell in zip(names, cells, strict=False)
            if name and cell not in ("", None)
        }
        for cells in table.rows
    ]
    if not rows:
        raise RuleBroken("IMP-001", _("表里没有数据行，没有导入"))
    _refuse(_rounded(kind, table, names))
    _name_links(office, kind, rows)
    deed = Deed("import", kind_name, facts=(("rows", len(rows)), ("dry_run", dry_run)))
    add_rows(office, kind_name, rows, table.row_numbers, dry_run=dry_run, deed=deed)
    return {"count": len(rows), "dry_run": dry_run}


def _rounded(kind: Kind, table: xlsx.Table, names: Sequence[str]) -> list[FieldProblem]:
    """Numbers whose last digits Excel has already thrown away."""
    fields = dict(zip(table.header, names, strict=False))
    sentence = _("{label}：这个号码在表格里存成了数字，后几位已经丢了。请把这一列设成“文本”，重新填写")
    return [
        FieldProblem(name, "IMP-003", sentence.format(label=_(kind.fields[name].label)), row)
        for row, header in table.rounded
        if (name := fields.get(header, ""))
    ]


def _unguarded(cell: Any) -> Any:
    """A csv's text without the mark that an export puts before what Excel would run as a formula."""
    is_guarded = isinstance(cell, str) and cell[:1] == "'" and cell[1:2] in set("=+-@\t\r")
    return cell[1:] if is_guarded else cell


def _name_links(office: Office, kind: Kind, rows: Sequence[dict[str, Any]]) -> None:
    """Writes the id where a link is told by a title, as an export tells it; what names nobody stays and is told of."""
    links = [field for field in kind.fields.values() if field.type in (FieldType.LINK, FieldType.LINKS)]
    with office.reading() as session:
        names = _LinkNames(session)
        for field in links:
            target = office.registry.kind(field.target)
            for row in rows:
                told = row.get(field.name)
                if not isinstance(told, str):
                    continue
                pieces = told.split(_LINK_SEPARATOR) if field.type is FieldType.LINKS else [told]
                ids = [names.id_of(target, one) for one in pieces]
                if all(ids):
                    row[field.name] = ids if field.type is FieldType.LINKS else ids[0]


class _LinkNames:
    """From what a table says of a linked record to its id, each asked for once."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._known: dict[tuple[str, str], str] = {}
        self._titles: dict[str, dict[str, str]] = {}

    def id_of(self, target: Kind, told: str) -> str:
        """The id; empty when the text names nobody, or several."""
        key = (target.name, told.strip())
        if key not in self._known:
            self._known[key] = self._find(target, key[1])
        return self._known[key]

    def _find(self, target: Kind, text: str) -> str:
        try:
            return find_link(self._session, target, text)
        except ValueError:
            # Neither id, number nor code; perhaps the words by which lists and exports name it.
            return self._titles_of(target).get(text, "")

    def _titles_of(self, target: Kind) -> dict[str, str]:
        if target.name not in self._titles:
            table: Any = target.table
            found: dict[str, list[str]] = {}
            statement = select(table).where(*views.live(table), table.is_void.isnot(True))
            for record in self._session.scalars(statement):
                found.setdefault(views.record_title(target, record), []).append(records.known_id(record))
            self._titles[target.name] = {title: ids[0] for title, ids in found.items() if len(ids) == 1}
        return self._titles[target.name]


class _DryRunEnds(Exception):  # noqa: N818 - it ends a rehearsal; nothing went wrong
    """Takes everything back that a rehearsal wrote."""


def add_rows(
    office: Office,
    kind_name: str,
    rows: Sequence[Mapping[str, Any]],
    numbers: Sequence[int],
    *,
    scopes: Sequence[str] = (),
    dry_run: bool = False,
    deed: Deed | None = None,
) -> list[Saved]:
    """Adds one record for each row, all or none; `numbers` are the rows as the person counts them.

    Shape:   with `scopes`, one record in each of them for each row.

    Errors:  RuleBroken REC-003 with everything that is wrong in every row; Refused STF-001. Nothing is written then.
    """
    problems: list[FieldProblem] = []
    saved: list[Saved] = []
    try:
        with office.working() as work:
            for scope in scopes or (work.session.default_scope,):
                with work.session.in_scope(scope):
                    added, wrong = _add_all(work, kind_name, rows, numbers)
                saved += added
                problems += wrong
            _refuse(list(dict.fromkeys(problems)))
            if deed is not None:
                note(work.session.connection(), deed, user=work.actor.name, clock=work.clock)
            if dry_run:
                raise _DryRunEnds  # noqa: TRY301 - the way out of the save that keeps nothing
    except _DryRunEnds:
        return saved
    return saved


def _add_all(
    work: records.Work, kind_name: str, rows: Sequence[Mapping[str, Any]], numbers: Sequence[int]
) -> tuple[list[Saved], list[FieldProblem]]:
    saved: list[Saved] = []
    problems: list[FieldProblem] = []
    for number, raw in zip(numbers, rows, strict=True):
        try:
            record = records.add_record(work, kind_name, raw, row=number)
        except RuleBroken as broken:
            problems += _of_row(broken, number)
        else:
            saved.append(_saved(work, record))
    return saved, problems


def _saved(work: records.Work, record: Record) -> Saved:
    warnings = tuple(work.warnings)
    work.warnings.clear()
    return Saved(records.known_id(record), record.serial_no or "", record.__tablename__, warnings)


def _of_row(broken: RuleBroken, number: int) -> list[FieldProblem]:
    if broken.code == "REC-001":
        # The kind is wrong for all of them.
        raise broken
    if not broken.fields:
        return [FieldProblem("", broken.code, broken.sentence, number)]
    return [one._replace(row=number) for one in broken.fields]


def _refuse(problems: Sequence[FieldProblem]) -> None:
    if not problems:
        return
    told = "；".join(
        _("第 {row} 行 {message}").format(row=one.row, message=one.message) for one in problems[:5]
    )
    raise RuleBroken(
        "REC-003",
        _("没有写入，共有 {count} 处要改：{told}").format(count=len(problems), told=told),
        fields=tuple(problems),
    )


def _columns(kind: Kind, header: Sequence[str]) -> list[str]:
    """The field name for each column; empty for columns that are only told (the number, times of recording)."""
    by_label: dict[str, str] = {}
    for name, field in kind.fields.items():
        if not field.by_step:
            by_label[field.label] = name
            by_label[name] = name
    told_only = {_SERIAL, "serial_no", "id", "序号"} | {
        field.label for field in kind.fields.values() if field.by_step
    }
    names: list[str] = []
    strange: list[FieldProblem] = []
    for label in header:
        plain = str(label).strip().rstrip("*\uff0a")
        if plain in by_label:
            names.append(by_label[plain])
        elif plain in told_only or not plain:
            names.append("")
        else:
            names.append("")
            strange.append(FieldProblem(plain, "IMP-002", _("不认识的列“{label}”").format(label=plain)))
    if strange or not any(names):
        known = "、".join(field.label for field in kind.fields.values() if not field.by_step)
        raise RuleBroken(
            "IMP-001",
            _("{told}没有导入。可用的列：{known}").format(
                told="".join(f"{one.message}，" for one in strange) or _("没有找到表头，"), known=known
            ),
            fields=tuple(strange),
        )
    return names


def export_table(office: Office, kind_name: str, path: Path, query: Query) -> int:
    """Writes the wanted records to a file by its ending, and returns how many.

    Errors:  RuleBroken EXP-001 for another ending; Refused STF-001; EnvironmentFault from the disk.
    """
    kind = office.registry.kind(kind_name)
    office.actor.require(kind.info.area, "X")
    ending = path.suffix.lower()
    if ending not in {".xlsx", ".csv", ".jsonl"}:
        raise RuleBroken("EXP-001", _("导出文件的扩展名应是 .xlsx、.csv 或 .jsonl"))
    if ending == ".jsonl":
        lines = [json.dumps(one, ensure_ascii=False) for one in office.iterate_json(kind_name, query)]
        write_file(path, "".join(f"{line}\n" for line in lines).encode())
        count = len(lines)
    else:
        ids = office.list_ids(kind_name, query)
        count = len(ids)
        export_rows(office, kind, ids, list(kind.fields), path)
    office.note(Deed("export", kind_name, facts=(("rows", count),)))
    return count


def export_rows(office: Office, kind: Kind, ids: Sequence[str], names: Sequence[str], path: Path) -> None:
    """Writes these records, in words, to Excel or CSV."""
    fields = [kind.fields[name] for name in names]
    shown = ([_SERIAL] if kind.info.letter else []) + [field.label for field in fields]
    columns = (["serial_no"] if kind.info.letter else []) + list(names)
    rows = _rows(office, kind.name, ids, columns)
    if path.suffix.lower() == ".csv":
        xlsx.write_csv(path, shown, rows)
        return
    told = [
        xlsx.Column(label, _width(kind.fields.get(name))) for label, name in zip(shown, columns, strict=True)
    ]
    xlsx.write_xlsx(path, kind.info.label, told, rows, _title_lines(office, kind))


def _title_lines(office: Office, kind: Kind) -> list[str]:
    practice = "【演练】" if office.place.practice else ""
    return [f"{practice}{office.place.station}{office.place.name} {kind.info.label}"]


def _rows(
    office: Office, kind_name: str, ids: Sequence[str], columns: Sequence[str]
) -> Iterator[tuple[str, ...]]:
    for start in range(0, len(ids), _PART):
        yield from office.rows(kind_name, ids[start : start + _PART], columns)


def _width(field: Field | None) -> float:
    return 26.0 if field is None else _WIDTHS.get(field.type, 14.0)
