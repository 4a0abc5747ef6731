"""Paper: ledgers, forms, reports, the duty roster."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from desktop.base.errors import RuleBroken
from desktop.base.text import N_, _
from desktop.cli.console import DONE, USAGE, Command, Console, day_argument, month_argument, write_out
from desktop.cli.opening import opened


def _ledger_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", nargs="?", metavar="NAME", help=_("台账的名字；不写时列出全部"))
    parser.add_argument("--from", dest="day_from", type=day_argument, metavar="DAY")
    parser.add_argument("--to", dest="day_to", type=day_argument, metavar="DAY")
    parser.add_argument("--out", type=Path, metavar="FILE.pdf|.xlsx")


def _ledger(console: Console, told: argparse.Namespace) -> int:
    if told.name is None:
        return list_ledgers(console)
    if told.day_from is None or told.day_to is None or told.out is None:
        console.fail(RuleBroken("CLI-007", _("台账要写 --from、--to 和 --out")))
        return USAGE
    with opened(console) as office:
        return print_ledger(console, office, told)


def list_ledgers(console: Console) -> int:
    """The list of ledgers."""
    ledgers = console.rooms.catalogue.ledgers
    console.answer(
        {"ledgers": [{"name": one.name, "label": one.label, "kind": one.kind} for one in ledgers]},
        [f"{one.name} {one.label}" for one in ledgers],
    )
    return DONE


def print_ledger(
    console: Console, office: Any, told: argparse.Namespace, scopes: tuple[str, ...] = ()
) -> int:
    """Writes one ledger as PDF or Excel."""
    if told.day_to < told.day_from:
        raise RuleBroken("LED-003", _("结束日期不能早于开始日期"))
    facts = office.ledger_facts(told.day_from, told.day_to, scopes)
    sheet = office.ledger_sheet(told.name, facts)
    write_sheet(office, sheet, told.out)
    found = {"file": str(told.out), "rows": len(sheet.rows)}
    console.answer(found, [_("已写好 {file}，{rows} 行").format(**found)])
    return DONE


def write_sheet(office: Any, sheet: Any, out: Path) -> None:
    """A ledger sheet to PDF or Excel by the file's ending.

    Errors:  RuleBroken EXP-001 for another ending.
    """
    ending = out.suffix.lower()
    if ending == ".pdf":
        from desktop.printing.fonts import Fonts  # noqa: PLC0415 - ReportLab
        from desktop.printing.ledger import render_ledger  # noqa: PLC0415

        write_out(out, render_ledger(sheet, Fonts.load(office.fonts_folder)))
    elif ending == ".xlsx":
        from desktop.ledgers.xlsx import write_ledger_xlsx  # noqa: PLC0415 - xlsxwriter

        write_ledger_xlsx(sheet, out)
    else:
        raise RuleBroken("EXP-001", _("输出文件的扩展名应是 .pdf 或 .xlsx"))


def _paper_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", nargs="?", metavar="NAME", help=_("文书的名字；不写时列出全部"))
    parser.add_argument("record", nargs="?", metavar="ID")
    parser.add_argument("--out", type=Path, metavar="FILE.pdf")


def _paper(console: Console, told: argparse.Namespace) -> int:
    if told.name is None:
        papers = console.rooms.catalogue.papers
        console.answer(
            {"papers": [{"name": one.name, "label": one.label, "kind": one.kind} for one in papers]},
            [f"{one.name} {one.label}" for one in papers],
        )
        return DONE
    if told.record is None or told.out is None:
        console.fail(RuleBroken("CLI-007", _("文书要写记录的标识和 --out")))
        return USAGE
    if told.out.suffix.lower() != ".pdf":
        raise RuleBroken("EXP-001", _("文书的扩展名应是 .pdf"))
    with opened(console) as office:
        pdf = office.paper(told.name, told.record)
        write_out(told.out, pdf)
    console.answer({"file": str(told.out), "bytes": len(pdf)}, [_("已写好 {file}").format(file=told.out)])
    return DONE


def _report_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", nargs="?", metavar="NAME", help=_("报表的名字；不写时列出全部"))
    parser.add_argument("--month", type=month_argument, metavar="YYYY-MM")
    parser.add_argument("--out", type=Path, metavar="FILE.pdf|.xlsx|.json")


def _report(console: Console, told: argparse.Namespace) -> int:
    if told.name is None:
        reports = console.rooms.catalogue.reports
        console.answer(
            {"reports": [{"name": one.name, "label": one.label} for one in reports]},
            [f"{one.name} {one.label}" for one in reports],
        )
        return DONE
    if told.month is None or told.out is None:
        console.fail(RuleBroken("CLI-007", _("报表要写 --month 和 --out")))
        return USAGE
    with opened(console) as office:
        facts = office.ledger_facts(*told.month)
        figures = office.report(told.name, facts)
        if told.out.suffix.lower() == ".json":
            write_out(told.out, (json.dumps(figures, ensure_ascii=False, indent=1) + "\n").encode())
        else:
            write_sheet(office, office.catalogue.report(told.name).sheet(figures, facts), told.out)
    console.answer({"file": str(told.out)}, [_("已写好 {file}").format(file=told.out)])
    return DONE


COMMANDS = (
    Command(("ledger",), N_("打印一本台账；不写名字时列出全部"), _ledger, _ledger_arguments),
    Command(("paper",), N_("打印一份文书；不写名字时列出全部"), _paper, _paper_arguments),
    Command(("report",), N_("统计和月报；不写名字时列出全部"), _report, _report_arguments),
)
