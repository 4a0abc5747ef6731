"""Paper: ledgers, forms, reports, the duty roster."""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from desktop.base.errors import RuleBroken
from desktop.base.text import N_, _
from desktop.cli.console import (
    DONE,
    Command,
    Console,
    WrongUsage,
    day_argument,
    make_parent,
    month_argument,
    write_out,
)
from desktop.cli.opening import opened


def _ledger_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", nargs="?", metavar="NAME", help=_("台账的名字；不写时列出全部"))
    parser.add_argument("--from", dest="day_from", type=day_argument, metavar="DAY")
    parser.add_argument("--to", dest="day_to", type=day_argument, metavar="DAY")
    parser.add_argument("--out", type=Path, metavar="FILE.pdf|.xlsx")
    sheet_arguments(parser)


def sheet_arguments(parser: argparse.ArgumentParser) -> None:
    """What a ledger is printed on and for whom."""
    parser.add_argument("--paper", choices=("A4", "A3"), help=_("纸张，不写时是这本台账自己的"))
    parser.add_argument("--notice", action="store_true", help=_("公示用：隐去姓名、电话和详细内容"))


def _ledger(console: Console, told: argparse.Namespace) -> int:
    if told.name is None:
        return list_ledgers(console)
    if told.day_from is None or told.day_to is None or told.out is None:
        raise WrongUsage("CLI-007", _("台账要写 --from、--to 和 --out"))
    _sheet_ending(told.out)
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
    sheet = _notice(office, told.name, facts) if told.notice else office.ledger_sheet(told.name, facts)
    write_sheet(office, replace(sheet, paper=told.paper) if told.paper else sheet, told.out)
    found = {"file": str(told.out), "rows": len(sheet.rows)}
    console.answer(found, [_("已写好 {file}，{rows} 行").format(**found)])
    return DONE


def _notice(office: Any, name: str, facts: Any) -> Any:
    from desktop.ledgers.actions import notice_sheet  # noqa: PLC0415 - see opening

    return notice_sheet(office, name, facts)


def write_sheet(office: Any, sheet: Any, out: Path) -> None:
    """A ledger sheet to PDF or Excel by the file's ending.

    Errors:  RuleBroken EXP-001 for another ending.
    """
    if _sheet_ending(out) == ".pdf":
        write_out(out, office.ledger_pdf(sheet))
    else:
        from desktop.ledgers.xlsx import write_ledger_xlsx  # noqa: PLC0415 - xlsxwriter

        make_parent(out)
        write_ledger_xlsx(sheet, out)


def _sheet_ending(out: Path) -> str:
    """Asked before anything is read, so that nothing is noted as printed that was not."""
    ending = out.suffix.lower()
    if ending not in {".pdf", ".xlsx"}:
        raise RuleBroken("EXP-001", _("输出文件的扩展名应是 .pdf 或 .xlsx"))
    return ending


def pdf_ending(out: Path) -> None:
    """Asked before anything is read. Errors: RuleBroken EXP-001 for another ending than .pdf."""
    if out.suffix.lower() != ".pdf":
        raise RuleBroken("EXP-001", _("输出文件的扩展名应是 .pdf"))


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
        raise WrongUsage("CLI-007", _("文书要写记录的标识和 --out"))
    pdf_ending(told.out)
    with opened(console) as office:
        pdf = office.paper(told.name, told.record)
        write_out(told.out, pdf)
    console.answer({"file": str(told.out), "bytes": len(pdf)}, [_("已写好 {file}").format(file=told.out)])
    return DONE


def _forms(console: Console, _told: argparse.Namespace) -> int:
    with opened(console) as office:
        forms, strangers = office.forms()
    shown = _("{name} 第{version}版（{origin}）{label}")
    lines = [
        f"{one['name']}：{one['fault']}"
        if one["fault"]
        else shown.format(**one | {"origin": _("县局") if one["is_county"] else _("自带")})
        for one in forms
    ]
    lines += [f"{name}：{_('没有一种文书叫这个名字，不会用到')}" for name in strangers]
    console.answer({"forms": forms, "unused_files": strangers}, lines)
    if faults := [one for one in forms if one["fault"]]:
        raise RuleBroken("PRN-030", _("有 {count} 份表样有错").format(count=len(faults)), count=len(faults))
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
        raise WrongUsage("CLI-007", _("报表要写 --month 和 --out"))
    if told.out.suffix.lower() != ".json":
        _sheet_ending(told.out)
    with opened(console) as office:
        facts = office.ledger_facts(*told.month)
        figures = office.report(told.name, facts)
        if told.out.suffix.lower() == ".json":
            write_out(told.out, (json.dumps(figures, ensure_ascii=False, indent=1) + "\n").encode())
        else:
            write_sheet(office, office.catalogue.report(told.name).sheet(figures, facts), told.out)
    console.answer({"file": str(told.out)}, [_("已写好 {file}").format(file=told.out)])
    return DONE


# -- the duty roster -----------------------------------------------------------------------------------------------


def _month_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--month", type=month_argument, required=True, metavar="YYYY-MM")


def _draft_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("team", metavar="TEAM", help=_("队伍的标识或名称"))
    _month_arguments(parser)


def _print_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("team", nargs="?", metavar="TEAM", help=_("只印这支队伍的人；不写时印全部"))
    _month_arguments(parser)
    parser.add_argument("--out", type=Path, required=True, metavar="FILE.pdf")


def _roster_draft(console: Console, told: argparse.Namespace) -> int:
    from desktop.patrol.roster import draft_and_tell  # noqa: PLC0415 - see opening

    first, _last = told.month
    with opened(console) as office:
        drafted = draft_and_tell(office, office.show("team", told.team)["id"], first.year, first.month)
    return _tell_shifts(console, drafted, _("已排出 {count} 个班次，还没有发布"))


def _roster_publish(console: Console, told: argparse.Namespace) -> int:
    from desktop.patrol.roster import publish_and_tell  # noqa: PLC0415 - see opening

    first, _last = told.month
    with opened(console) as office:
        published = publish_and_tell(office, first.year, first.month)
    return _tell_shifts(console, published, _("已发布 {count} 个班次"))


def _tell_shifts(console: Console, changed: Any, sentence: str) -> int:
    found = {"count": len(changed), "shifts": [record_id for _kind, record_id in changed]}
    console.answer(found, [sentence.format(count=len(changed))])
    return DONE


def _roster_print(console: Console, told: argparse.Namespace) -> int:
    pdf_ending(told.out)
    first, _last = told.month
    with opened(console) as office:
        pdf = _team_month(office, told.team, first) if told.team else _whole_month(office, first)
        write_out(told.out, pdf)
    console.answer({"file": str(told.out), "bytes": len(pdf)}, [_("已写好 {file}").format(file=told.out)])
    return DONE


def _whole_month(office: Any, first: date) -> bytes:
    from desktop.patrol.roster import month_pdf  # noqa: PLC0415 - see opening

    return month_pdf(office, first.year, first.month)


def _team_month(office: Any, text: str, first: date) -> bytes:
    """The month of the people of one team, with every duty that they have."""
    from desktop.audit.trail import Deed  # noqa: PLC0415 - see opening
    from desktop.patrol import rules  # noqa: PLC0415
    from desktop.patrol.pdf import month_sheet  # noqa: PLC0415
    from desktop.patrol.roster import read_month  # noqa: PLC0415

    office.actor.require("patrol", "P")
    team = office.show("team", text)
    plan, people = read_month(office, first.year, first.month), set(team["staff_ids"] or ())
    own = replace(
        plan,
        people=tuple(one for one in plan.people if one.id in people),
        shifts=tuple(one for one in plan.shifts if one.staff_id in people and one.on.month == first.month),
        leaves=tuple(one for one in plan.leaves if one.staff_id in people),
    )
    sheet = month_sheet(
        own,
        rules.day_marks(first.year, first.month, office.holidays),
        unit=f"{office.place.station}{office.place.name}{team['name']}",
        practice=office.place.practice,
        print_mark=office.print_mark(),
    )
    office.note(Deed("print", "shift", facts=(("month", f"{first:%Y-%m}"), ("team", team["id"]))))
    return bytes(office.ledger_pdf(sheet))


COMMANDS = (
    Command(("ledger",), N_("打印一本台账；不写名字时列出全部"), _ledger, _ledger_arguments),
    Command(("paper",), N_("打印一份文书；不写名字时列出全部"), _paper, _paper_arguments),
    Command(("forms",), N_("列出各种文书的表样和版本，检查县局自己的表样"), _forms),
    Command(("report",), N_("统计和月报；不写名字时列出全部"), _report, _report_arguments),
    Command(("roster", "draft"), N_("给一支队伍排出一个月的班，作为草稿"), _roster_draft, _draft_arguments),
    Command(("roster", "publish"), N_("发布一个月的排班"), _roster_publish, _month_arguments),
    Command(("roster", "print"), N_("打印一个月的排班表"), _roster_print, _print_arguments),
)
