"""Books of ledgers: opening a volume, printing what is new into it, closing it (decision 0031)."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import Any

from desktop.base.errors import RuleBroken
from desktop.base.text import N_, _
from desktop.cli.console import DONE, Command, Console, count_argument, write_out
from desktop.cli.opening import opened


def _name(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help=_("台账的名字"))


def _year(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--year", type=count_argument, metavar="YYYY", help=_("年度；不写时是最新的在用册"))


def _boxes(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--boxes", action="store_true", help=_("字库没有的字印成空框，印后手写"))


def _list_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", nargs="?", default="", metavar="NAME", help=_("台账的名字；不写时列出全部"))


def _open_arguments(parser: argparse.ArgumentParser) -> None:
    _name(parser)
    parser.add_argument("--year", type=count_argument, required=True, metavar="YYYY")
    parser.add_argument("--paper", choices=("A4", "A3"), default="A4")
    parser.add_argument("--keep", type=count_argument, default=0, metavar="YEARS", help=_("保管期限（年）"))


def _print_arguments(parser: argparse.ArgumentParser) -> None:
    _name(parser)
    _year(parser)
    _boxes(parser)
    parser.add_argument("--out", type=Path, required=True, metavar="FILE.pdf")


def _undo_arguments(parser: argparse.ArgumentParser) -> None:
    _name(parser)
    _year(parser)
    parser.add_argument("--reason", required=True, metavar="TEXT")


def _again_arguments(parser: argparse.ArgumentParser) -> None:
    _name(parser)
    _year(parser)
    parser.add_argument(
        "--volume", type=count_argument, metavar="N", help=_("第几册；不写时只重印上一次续打的页")
    )
    parser.add_argument("--binding", action="store_true", help=_("封面、目录、备考表和脊背"))
    parser.add_argument("--out", type=Path, required=True, metavar="FILE.pdf")


def _close_arguments(parser: argparse.ArgumentParser) -> None:
    _name(parser)
    _year(parser)
    _boxes(parser)
    parser.add_argument("--note", default="", metavar="TEXT", help=_("备考表上的说明"))
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help=_("写到哪个文件夹"))


def _list(console: Console, told: argparse.Namespace) -> int:
    from desktop.ledgers.volumes import list_volumes  # noqa: PLC0415 - see opening

    with opened(console) as office:
        found = list_volumes(office, told.name)
    console.answer({"volumes": [_json(one) for one in found]}, [_words(one) for one in found])
    return DONE


def _open(console: Console, told: argparse.Namespace) -> int:
    from desktop.ledgers.volumes import open_volume  # noqa: PLC0415 - see opening

    with opened(console) as office:
        volume = open_volume(office, told.name, told.year, paper=told.paper, retention_years=told.keep)
    console.answer({"volume": _json(volume)}, [_words(volume)])
    return DONE


def _print(console: Console, told: argparse.Namespace) -> int:
    from desktop.ledgers.volumes import print_new  # noqa: PLC0415 - see opening

    _pdf_ending(told.out)
    with opened(console) as office:
        done = print_new(office, told.name, told.year, allow_missing=told.boxes)
        write_out(told.out, done.pdf)
    found = {
        "file": str(told.out),
        "volume": _json(done.volume),
        "first_row": done.first_row,
        "last_row": done.last_row,
        "first_page": done.first_page,
        "last_page": done.last_page,
        "is_onto_used": done.is_onto_used,
    }
    lines = [_("已写好 {file}：第{first_row}至{last_row}行，第{first_page}至{last_page}页").format(**found)]
    if done.is_onto_used:
        lines.append(_("先把印到一半的第{page}页放进打印机").format(page=done.first_page))
    console.answer(found, lines)
    return DONE


def _undo(console: Console, told: argparse.Namespace) -> int:
    from desktop.ledgers.volumes import undo_print  # noqa: PLC0415 - see opening

    with opened(console) as office:
        volume = undo_print(office, told.name, told.reason, told.year)
    console.answer({"volume": _json(volume)}, [_("已撤销，这些行下次续打时重印"), _words(volume)])
    return DONE


def _again(console: Console, told: argparse.Namespace) -> int:
    from desktop.ledgers.volumes import last_print, reprint  # noqa: PLC0415 - see opening

    _pdf_ending(told.out)
    with opened(console) as office:
        if told.volume is None:
            data = last_print(office, told.name, told.year)
        else:
            year = told.year or office.today.year
            data = reprint(office, told.name, year, told.volume, binding=told.binding)
        write_out(told.out, data)
    console.answer({"file": str(told.out), "bytes": len(data)}, [_("已写好 {file}").format(file=told.out)])
    return DONE


def _close(console: Console, told: argparse.Namespace) -> int:
    from desktop.ledgers.volumes import close_volume  # noqa: PLC0415 - see opening

    with opened(console) as office:
        done = close_volume(office, told.name, told.year, note=told.note, allow_missing=told.boxes)
        stem = f"{done.volume.ledger}-{done.volume.year}-{done.volume.volume_no}"
        files = {"pages": done.pages, "binding": done.binding} | ({"rest": done.rest} if done.rest else {})
        paths = {part: told.out / f"{stem}-{part}.pdf" for part in files}
        for part, data in files.items():
            write_out(paths[part], data)
    console.answer(
        {"volume": _json(done.volume), "files": {part: str(path) for part, path in paths.items()}},
        [_words(done.volume), *(_("已写好 {file}").format(file=path) for path in paths.values())],
    )
    return DONE


def _pdf_ending(out: Path) -> None:
    if out.suffix.lower() != ".pdf":
        raise RuleBroken("EXP-001", _("输出文件的扩展名应是 .pdf"))


def _json(volume: Any) -> dict[str, Any]:
    told = asdict(volume)
    return told | {
        name: told[name].isoformat() if told[name] else None for name in ("opened_on", "closed_on")
    }


def _words(volume: Any) -> str:
    state = _("已封存") if volume.is_closed else _("在用")
    return _("{ledger} {year}年第{volume_no}册 {state}：印到第{last_row}行、第{last_page}页").format(
        **asdict(volume), state=state
    )


COMMANDS = (
    Command(("volume", "list"), N_("台账的册"), _list, _list_arguments),
    Command(("volume", "open"), N_("开一册"), _open, _open_arguments),
    Command(("volume", "print"), N_("续打：只印新的行，接着上次的位置"), _print, _print_arguments),
    Command(("volume", "undo"), N_("撤销上一次续打，那几张纸已作废"), _undo, _undo_arguments),
    Command(("volume", "again"), N_("重印：上一次续打，或整册"), _again, _again_arguments),
    Command(
        ("volume", "close"), N_("封存一册：印完余下的行，做封面、目录、备考表"), _close, _close_arguments
    ),
)
