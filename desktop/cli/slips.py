"""Papers for the hands: the stick's slip, the handover between clerks, blank forms with reserved numbers."""

from __future__ import annotations

import argparse
from pathlib import Path

from desktop.base.text import N_, _
from desktop.cli.console import DONE, Command, Console, count_argument, day_argument, write_out
from desktop.cli.opening import opened
from desktop.cli.paper import pdf_ending, write_sheet


def _handover_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--to", default="", metavar="NAME", help=_("接班人；不写时留空手写"))
    parser.add_argument("--out", type=Path, required=True, metavar="FILE.pdf")


def _handover(console: Console, told: argparse.Namespace) -> int:
    from desktop.ledgers.handover import handover_pdf  # noqa: PLC0415 - see opening

    pdf_ending(told.out)
    with opened(console) as office:
        pdf = handover_pdf(office, told.to)
        write_out(told.out, pdf)
    return _written(console, told.out, pdf)


def _slip_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("stick", type=Path, metavar="DIR", help=_("U盘"))
    parser.add_argument("--out", type=Path, required=True, metavar="FILE.pdf")


def _slip(console: Console, told: argparse.Namespace) -> int:
    from desktop.staff.slips import stick_slip_pdf  # noqa: PLC0415 - see opening

    pdf_ending(told.out)
    with opened(console) as office:
        pdf = stick_slip_pdf(office, told.stick)
        write_out(told.out, pdf)
    return _written(console, told.out, pdf)


def _reserve_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("kind", metavar="KIND", help=_("哪一类记录"))
    parser.add_argument("--count", type=count_argument, default=10, metavar="N", help=_("几份"))
    parser.add_argument("--out", type=Path, required=True, metavar="FILE.pdf")


def _reserve(console: Console, told: argparse.Namespace) -> int:
    from desktop.staff.numbers import reserve_and_print  # noqa: PLC0415 - see opening

    pdf_ending(told.out)
    with opened(console) as office:
        numbers, pdf = reserve_and_print(office, told.kind, told.count)
        write_out(told.out, pdf)
    console.answer(
        {"file": str(told.out), "numbers": numbers}, [*numbers, _("已写好 {file}").format(file=told.out)]
    )
    return DONE


def _again_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("batch", metavar="NUMBER", help=_("这一批的第一个编号"))
    parser.add_argument("--out", type=Path, required=True, metavar="FILE.pdf")


def _again(console: Console, told: argparse.Namespace) -> int:
    from desktop.staff.numbers import print_batch  # noqa: PLC0415 - see opening

    pdf_ending(told.out)
    with opened(console) as office:
        pdf = print_batch(office, told.batch)
        write_out(told.out, pdf)
    return _written(console, told.out, pdf)


def _report_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--from", dest="day_from", type=day_argument, metavar="DAY")
    parser.add_argument("--to", dest="day_to", type=day_argument, metavar="DAY")
    parser.add_argument("--out", type=Path, metavar="FILE.pdf|.xlsx")


def _report(console: Console, told: argparse.Namespace) -> int:
    from desktop.staff.numbers import STATES, number_lines, report_sheet  # noqa: PLC0415 - see opening

    with opened(console) as office:
        lines = number_lines(office, told.day_from, told.day_to)
        if told.out is not None:
            period = f"{told.day_from or ''}至{told.day_to or office.today}".lstrip("至")
            write_sheet(office, report_sheet(office, lines, period), told.out)
    found = {
        "numbers": [
            {"number": one.number, "kind": one.kind, "batch": one.batch, "state": one.state, "note": one.note}
            for one in lines
        ]
    }
    console.answer(found, [f"{one.number} {STATES[one.state]} {one.note}".rstrip() for one in lines])
    return DONE


def _card_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("staff", metavar="ID", help=_("谁的联系卡"))
    parser.add_argument("--out", type=Path, required=True, metavar="FILE.pdf")


def _card(console: Console, told: argparse.Namespace) -> int:
    from desktop.staff.slips import contact_cards_pdf  # noqa: PLC0415 - see opening

    pdf_ending(told.out)
    with opened(console) as office:
        pdf = contact_cards_pdf(office, told.staff)
        write_out(told.out, pdf)
    return _written(console, told.out, pdf)


def _written(console: Console, out: Path, pdf: bytes) -> int:
    console.answer({"file": str(out), "bytes": len(pdf)}, [_("已写好 {file}").format(file=out)])
    return DONE


COMMANDS = (
    Command(("handover",), N_("打印工作交接单：到期的、没送的、没打印的"), _handover, _handover_arguments),
    Command(("blank", "print"), N_("预留编号，打印空白表"), _reserve, _reserve_arguments),
    Command(("blank", "again"), N_("再打印一批里还没用的空白表"), _again, _again_arguments),
    Command(("blank", "report"), N_("预留的编号用了哪些、作废哪些、缺哪些"), _report, _report_arguments),
    Command(("card",), N_("打印一个人的警民联系卡，一张十份"), _card, _card_arguments),
    Command(("slip",), N_("打印数据U盘交接单"), _slip, _slip_arguments),
)
