"""Records: what kinds there are, adding, listing, changing, steps, tables in and out, attachments."""

from __future__ import annotations

import argparse
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from desktop.base.errors import FieldProblem, RuleBroken
from desktop.base.text import N_, _
from desktop.cli.console import (
    DONE,
    Command,
    Console,
    assignments,
    count_argument,
    day_argument,
    make_parent,
    plain,
    read_json,
)
from desktop.cli.opening import opened

if TYPE_CHECKING:
    from desktop.staff.office import Office


def _kind_argument(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("kind", metavar="KIND", help=_("记录类别，见 fields"))


def _record_arguments(parser: argparse.ArgumentParser) -> None:
    _kind_argument(parser)
    parser.add_argument("record", metavar="ID", help=_("标识、编号或代码"))


def _fields(console: Console, told: argparse.Namespace) -> int:
    from desktop.staff.schema_words import kind_json, kind_lines  # noqa: PLC0415 - see opening

    registry = console.rooms.catalogue.registry
    kinds = [registry.kind(told.kind)] if told.kind else list(registry)
    found = {"kinds": [kind_json(registry, kind) for kind in kinds]}
    console.answer(found, [line for kind in kinds for line in kind_lines(registry, kind)])
    return DONE


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What adding asks for."""
    _kind_argument(parser)
    parser.add_argument("file", nargs="?", default="-", metavar="FILE|-", help=_("每行一个 JSON 对象"))


def _add(console: Console, told: argparse.Namespace) -> int:
    with opened(console) as office:
        return add_records(console, office, told)


def add_records(
    console: Console, office: Office, told: argparse.Namespace, scopes: Sequence[str] = ()
) -> int:
    """Adds what the file says; the county's command does the same in the scope of each room."""
    from desktop.staff.tables_in_out import add_rows  # noqa: PLC0415 - see opening

    rows = _json_lines(console.read_text(told.file))
    saved = add_rows(office, told.kind, rows, range(1, len(rows) + 1), scopes=scopes)
    records = [
        {"id": one.id, "serial_no": one.serial_no or None}
        | ({"warnings": [problem.message for problem in one.warnings]} if one.warnings else {})
        for one in saved
    ]
    console.answer({"records": records}, [f"{one.id} {one.serial_no}".strip() for one in saved])
    return DONE


def _json_lines(text: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    problems: list[FieldProblem] = []
    # Not `splitlines`: a text inside JSON may hold the other line ends that Unicode knows.
    for number, line in enumerate((line for line in text.split("\n") if line.strip()), 1):
        value = read_json(line)
        if isinstance(value, dict):
            rows.append(value)
        else:
            problems.append(
                FieldProblem("", "CLI-003", _("第 {row} 行不是一个 JSON 对象").format(row=number), number)
            )
    if problems:
        raise RuleBroken(
            "CLI-003", _("没有写入：{told}").format(told=problems[0].message), fields=tuple(problems)
        )
    if not rows:
        raise RuleBroken("CLI-003", _("没有写入：一行 JSON 也没有"))
    return rows


def _list_arguments(parser: argparse.ArgumentParser) -> None:
    _kind_argument(parser)
    query_arguments(parser)


def query_arguments(parser: argparse.ArgumentParser) -> None:
    """What narrows a list; the county's list has the same."""
    parser.add_argument(
        "--where", action="append", default=[], metavar="FIELD=VALUE", help=_("字段等于某值，可写多次")
    )
    parser.add_argument("--from", dest="day_from", type=day_argument, metavar="DAY", help=_("从哪天"))
    parser.add_argument("--to", dest="day_to", type=day_argument, metavar="DAY", help=_("到哪天"))
    parser.add_argument("--search", default="", metavar="TEXT", help=_("汉字、拼音首字母、号码后四位"))
    parser.add_argument("--limit", type=count_argument, metavar="N", help=_("最多几条"))


def _list(console: Console, told: argparse.Namespace) -> int:
    with opened(console) as office:
        return print_list(console, office, told)


def print_list(console: Console, office: Any, told: argparse.Namespace, scopes: tuple[str, ...] = ()) -> int:
    """Prints the wanted records, one JSON object a line."""
    for record in office.iterate_json(told.kind, _query(office, told, scopes)):
        console.write(plain(record))
    return DONE


def _query(office: Any, told: argparse.Namespace, scopes: tuple[str, ...] = ()) -> Any:
    from desktop.staff.views import Query  # noqa: PLC0415 - see opening

    fields = office.registry.kind(told.kind).fields
    return Query(
        where={name: _typed(fields.get(name), text) for name, text in assignments(told.where).items()},
        search=told.search,
        day_from=told.day_from,
        day_to=told.day_to,
        scopes=scopes,
        limit=told.limit,
    )


def _typed(field: Any, text: str) -> Any:
    """The text of `FIELD=VALUE` as the contract reads it: a whole number for money is fen, as in JSON."""
    is_fen = field is not None and field.type.value == "money" and _WHOLE.fullmatch(text.strip())
    return int(text) if is_fen else text


_WHOLE = re.compile(r"-?[0-9]{1,15}")


def _show(console: Console, told: argparse.Namespace) -> int:
    with opened(console) as office:
        found = office.show(told.kind, told.record)
    console.answer(found, [plain(found)])
    return DONE


def _set_arguments(parser: argparse.ArgumentParser) -> None:
    _record_arguments(parser)
    parser.add_argument("values", nargs="+", metavar="FIELD=VALUE")
    parser.add_argument("--reason", default="", metavar="TEXT", help=_("为什么改"))


def _set(console: Console, told: argparse.Namespace) -> int:
    given = assignments(told.values)
    with opened(console) as office:
        raw = _raw_values(office.registry.kind(told.kind), given)
        saved = office.change(told.kind, told.record, raw, reason=told.reason)
        found = office.show(told.kind, saved.id)
    console.answer(found, [plain(found)])
    return DONE


def _raw_values(kind: Any, given: Mapping[str, str]) -> dict[str, Any]:
    """What a save takes: text as people write it, fen for whole amounts, a list of objects for children."""
    lists = {child.name for child in kind.children}
    raw: dict[str, Any] = {}
    for name, text in given.items():
        if name not in lists:
            raw[name] = _typed(kind.fields.get(name), text)
            continue
        raw[name] = read_json(text) if text.strip() else []
        if not isinstance(raw[name], list):
            raise RuleBroken("CLI-003", _("{name} 应是 JSON 数组").format(name=name))
    return raw


def _void_arguments(parser: argparse.ArgumentParser) -> None:
    _record_arguments(parser)
    parser.add_argument("--reason", required=True, metavar="TEXT", help=_("为什么作废"))


def _void(console: Console, told: argparse.Namespace) -> int:
    with opened(console) as office:
        saved = office.void(told.kind, told.record, told.reason)
        found = office.show(told.kind, saved.id)
    console.answer(found, [plain(found)])
    return DONE


def do_arguments(parser: argparse.ArgumentParser) -> None:
    """What a step asks for."""
    _record_arguments(parser)
    parser.add_argument("action", nargs="?", metavar="ACTION", help=_("步骤；不写时列出现在可走的步骤"))
    parser.add_argument("input", nargs="?", default="{}", metavar="JSON|-", help=_("步骤要填的内容"))


def _do(console: Console, told: argparse.Namespace) -> int:
    with opened(console) as office:
        return take_step(console, office, told)


def take_step(console: Console, office: Office, told: argparse.Namespace) -> int:
    """Takes a step, or lists those that may be taken now."""
    from desktop.staff.schema_words import field_json  # noqa: PLC0415 - see opening

    given = console.read_object(told.input, _("步骤的内容"))
    # An unknown kind is told of as such, not as a kind without this step.
    office.registry.kind(told.kind)
    if told.action is None:
        steps = office.steps_now(told.kind, told.record)
        listed = [
            {
                "name": step.name,
                "label": step.label,
                "fields": [field_json(office.registry, field) for field in step.inputs],
            }
            for step in steps
        ]
        console.answer({"steps": listed}, [f"{step.name} {_(step.label)}" for step in steps])
        return DONE
    saved = office.step(told.kind, told.record, told.action, given)
    found = office.show(saved.kind, saved.id)
    console.answer(found, [plain(found)])
    return DONE


def _import_arguments(parser: argparse.ArgumentParser) -> None:
    _kind_argument(parser)
    parser.add_argument("file", type=Path, metavar="FILE.xlsx|.csv")
    parser.add_argument("--dry-run", action="store_true", help=_("只检查，不写入"))


def _import(console: Console, told: argparse.Namespace) -> int:
    from desktop.staff.tables_in_out import import_table  # noqa: PLC0415 - see opening

    with opened(console) as office:
        found = import_table(office, told.kind, told.file, dry_run=told.dry_run)
    console.answer(
        found,
        [
            _("检查通过，共 {count} 行，没有写入").format(count=found["count"])
            if told.dry_run
            else _("已写入 {count} 行").format(count=found["count"])
        ],
    )
    return DONE


def _export_arguments(parser: argparse.ArgumentParser) -> None:
    _kind_argument(parser)
    parser.add_argument("--out", type=Path, required=True, metavar="FILE.xlsx|.csv|.jsonl")
    query_arguments(parser)


def _export(console: Console, told: argparse.Namespace) -> int:
    from desktop.staff.tables_in_out import export_table  # noqa: PLC0415 - see opening

    with opened(console) as office:
        query = _query(office, told)
        make_parent(told.out)
        count = export_table(office, told.kind, told.out, query)
    console.answer({"count": count, "file": str(told.out)}, [_("已导出 {count} 条").format(count=count)])
    return DONE


def _attach_arguments(parser: argparse.ArgumentParser) -> None:
    _record_arguments(parser)
    parser.add_argument("file", type=Path, metavar="FILE")
    parser.add_argument("--purpose", default="", metavar="TEXT", help=_("用途，如 签字扫描件"))


def _attach(console: Console, told: argparse.Namespace) -> int:
    with opened(console) as office:
        saved = office.attach(told.kind, told.record, told.file, told.purpose)
        found = office.show("attached_file", saved.id)
    console.answer(found, [plain(found)])
    return DONE


def _detach_arguments(parser: argparse.ArgumentParser) -> None:
    _record_arguments(parser)
    parser.add_argument("file", metavar="FILE_ID", help=_("附件的标识或文件名"))
    parser.add_argument("--reason", required=True, metavar="TEXT")


def _detach(console: Console, told: argparse.Namespace) -> int:
    with opened(console) as office:
        office.detach(told.kind, told.record, told.file, told.reason)
    console.answer({"detached": told.file}, [_("已取下附件，历史里仍可查到")])
    return DONE


def _files_arguments(parser: argparse.ArgumentParser) -> None:
    _record_arguments(parser)
    parser.add_argument("--out", type=Path, metavar="DIR", help=_("把附件取出到这个文件夹"))


def _files(console: Console, told: argparse.Namespace) -> int:
    with opened(console) as office:
        found = office.files(told.kind, told.record, told.out)
    console.answer({"files": found}, [f"{one['id']} {one['file_name']}" for one in found])
    return DONE


def _kind_optional(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("kind", nargs="?", metavar="KIND")


COMMANDS = (
    Command(("fields",), N_("有哪些记录类别和字段"), _fields, _kind_optional),
    Command(("add",), N_("新增记录，每行一个 JSON 对象，要么全写要么都不写"), _add, add_arguments),
    Command(("list",), N_("列出记录，每行一个 JSON 对象"), _list, _list_arguments),
    Command(("show",), N_("看一条记录"), _show, _record_arguments),
    Command(("set",), N_("改一条记录"), _set, _set_arguments),
    Command(("void",), N_("作废一条记录，写明原因"), _void, _void_arguments),
    Command(("do",), N_("走一步流程；不写步骤时列出现在可走的步骤"), _do, do_arguments),
    Command(("import",), N_("从 Excel 或 CSV 导入，逐行报告"), _import, _import_arguments),
    Command(("export",), N_("导出到 Excel、CSV 或 JSON 行"), _export, _export_arguments),
    Command(("attach",), N_("给记录加附件"), _attach, _attach_arguments),
    Command(("detach",), N_("取下附件"), _detach, _detach_arguments),
    Command(("files",), N_("看附件，或取出来"), _files, _files_arguments),
)
