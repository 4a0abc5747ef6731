"""Exchange with the county, what waits for a person, and joining a county."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from desktop.base.errors import EnvironmentFault, RuleBroken
from desktop.base.text import N_, _
from desktop.cli.console import DONE, Command, Console, write_out
from desktop.cli.opening import opened

if TYPE_CHECKING:
    from desktop.staff.office import Office
    from desktop.sync.conflicts import OpenConflict, Side
    from desktop.sync.exchange import Exchanged


def _sync_arguments(parser: argparse.ArgumentParser) -> None:
    way = parser.add_mutually_exclusive_group()
    way.add_argument("--stick", type=Path, metavar="DIR", help=_("U盘所在的文件夹"))
    way.add_argument(
        "--file", type=Path, action="append", metavar="FILE", help=_("数据包文件，只导入不写回；可写多次")
    )
    way.add_argument("--server", default="", metavar="URL", help=_("县局服务器地址；不写时用设置里的"))


def _sync(console: Console, told: argparse.Namespace) -> int:
    with opened(console) as office:
        if office.place.is_county:
            raise RuleBroken("SYN-079", _("这个文件夹里是县局。县局用 county stick 或 county serve"))

        def progress(stage: str, done: int, _total: int) -> None:
            console.progress(f"{stage} {done}")

        if told.file:
            visit = office.take_files(told.file, progress)
            done = visit.done
            tell_refused(visit.refused)
        elif told.stick is None:
            done = office.exchange_network(progress, told.server)
        else:
            visit = office.visit_stick(told.stick, progress)
            done = visit.done
            tell_refused(visit.refused)
    console.answer(exchanged_json(done), [done.sentence()])
    return DONE


def _packages(console: Console, _told: argparse.Namespace) -> int:
    with opened(console) as office:
        found = office.receipt_book()
    lines = [f"{_(_WAYS[one.way])} {one.peer_name} {one.words()}" for one in found]
    told = [asdict(one) | {"label": str(one.label)} for one in found]
    console.answer({"packages": told}, lines or [_("还没有用U盘交换过")])
    return DONE


_WAYS = {"out": N_("发给"), "in": N_("来自")}


def _wipe_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("stick", type=Path, metavar="DIR", help=_("U盘所在的文件夹"))


def _wipe(console: Console, told: argparse.Namespace) -> int:
    with opened(console) as office:
        count = office.wipe_stick(told.stick)
    console.answer(
        {"files": count}, [_("已从U盘删掉本机写的 {count} 个文件；数据都在本机").format(count=count)]
    )
    return DONE


def _register_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("stick", type=Path, metavar="DIR", help=_("U盘所在的文件夹"))
    parser.add_argument("--label", required=True, metavar="TEXT", help=_("U盘的编号，例如 07"))


def _register(console: Console, told: argparse.Namespace) -> int:
    with opened(console) as office:
        office.register_stick(told.stick, told.label)
    console.answer({"label": told.label}, [_("已登记U盘 {label}").format(label=told.label)])
    return DONE


def tell_refused(refused: Iterable[Any]) -> None:
    """Files that could not be used, on standard error; the others were taken in."""
    for failure in refused:
        sys.stderr.write(f"{failure.code} {failure.sentence}\n")


def exchanged_json(done: Exchanged) -> dict[str, Any]:
    """One exchange as the contract writes it."""
    return {
        "sent": done.sent,
        "received": done.received,
        "parked": done.parked,
        "equal": done.equal,
        "bytes_up": done.bytes_up,
        "bytes_down": done.bytes_down,
    }


def _conflicts(console: Console, _told: argparse.Namespace) -> int:
    with opened(console) as office:
        return print_conflicts(console, office)


def print_conflicts(console: Console, office: Office) -> int:
    """What waits for a person."""
    found = office.open_conflicts()
    lines = [line for one in found for line in _conflict_lines(office, one)]
    console.answer({"conflicts": [conflict_json(one) for one in found]}, lines or [_("没有待处理的冲突")])
    return DONE


def _parked(console: Console, _told: argparse.Namespace) -> int:
    with opened(console) as office:
        return print_parked(console, office)


def print_parked(console: Console, office: Office, scopes: Sequence[str] = ()) -> int:
    """What arrived and may not be used yet."""
    found = office.parked(scopes)
    lines = [
        line
        for one in found
        for line in (
            f"{one.id[:12]} {one.why}（{one.user} {one.at} {one.device}）",
            *(f"  {told}" for told in one.words.split("\n")),
        )
    ]
    console.answer({"parked": [one.content() for one in found]}, lines or [_("没有搁置的改动")])
    return DONE


def conflict_json(conflict: OpenConflict) -> dict[str, Any]:
    """One conflict as the contract writes it; all sides where they are more than two."""
    more = {"sides": [_side_json(side) for side in conflict.sides]} if len(conflict.sides) > 2 else {}
    return {
        "id": conflict.id,
        "kind": conflict.kind,
        "record_id": conflict.record_id,
        "field": conflict.field,
        "why": conflict.why,
        "left": _side_json(conflict.sides[0]),
        "right": _side_json(conflict.sides[1]),
    } | more


def _side_json(side: Side) -> dict[str, Any]:
    return {"value": side.value, "who": side.user, "when": side.at, "device": side.device}


def _conflict_lines(office: Office, conflict: OpenConflict) -> list[str]:
    kind = office.registry.kind(conflict.kind)
    field = kind.fields.get(conflict.field)
    label = _(field.label) if field is not None else conflict.field
    sides = [
        f"  {name} {side.value}（{side.user} {side.at} {side.device}）" for name, side in _named(conflict)
    ]
    return [f"{conflict.id} {kind.label} {label}", *sides]


def _named(conflict: OpenConflict) -> list[tuple[str, Side]]:
    more = [f'{{"side": {number}}}' for number in range(3, len(conflict.sides) + 1)]
    return list(zip(("left", "right", *more), conflict.sides, strict=True))


def settle_arguments(parser: argparse.ArgumentParser) -> None:
    """What settling asks for; the county's command asks for the same."""
    parser.add_argument("conflict", metavar="CONFLICT", help=_("冲突的标识，见 conflicts"))
    parser.add_argument(
        "--take",
        required=True,
        metavar="left|right|JSON",
        help=_('取哪一边，或另给一个值：{"value": …}；第三边写 {"side": 3}'),
    )
    parser.add_argument("--reason", required=True, metavar="TEXT", help=_("为什么这样选定"))


def _settle(console: Console, told: argparse.Namespace) -> int:
    with opened(console) as office:
        return settle(console, office, told)


def settle(console: Console, office: Office, told: argparse.Namespace) -> int:
    """Chooses one value; it holds everywhere after the next exchange."""
    take: Any = told.take if told.take in {"left", "right"} else console.read_object(told.take, _("选定的值"))
    [saved] = office.settle({told.conflict: take}, told.reason)
    console.answer({"id": saved.id, "kind": saved.kind}, [_("已选定，下次交换后两边一致")])
    return DONE


def read_bytes(path: Path) -> bytes:
    """A file that somebody handed over.

    Errors:  EnvironmentFault CLI-004.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise EnvironmentFault("CLI-004", _("读不到文件：{name}").format(name=path)) from error


# -- joining -------------------------------------------------------------------------------------------------------


def _request_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("slot", type=Path, metavar="SLOT", help=_("县局给的登记文件"))
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help=_("申请文件写到哪里"))


def _request(console: Console, told: argparse.Namespace) -> int:
    from desktop.staff.joining import ask_for_place  # noqa: PLC0415 - see opening

    asked = ask_for_place(
        console.rooms,
        console.home,
        read_bytes(told.slot),
        user=console.user,
        password=console.password,
        first_password=console.first_password,
    )
    write_out(told.out, asked.request)
    words = " ".join(asked.words)
    lines = [
        _("申请已写到 {file}，请交给县局").format(file=told.out),
        _("六个词，电话里核对：{words}").format(words=words),
    ]
    if asked.recovery_sheet is not None:
        sheet = _("恢复单在 {sheet}：请打印、封存，然后删除这个文件")
        lines.append(sheet.format(sheet=asked.recovery_sheet))
    console.answer(
        {
            "file": str(told.out),
            "room": asked.room,
            "words": list(asked.words),
            "recovery_sheet": str(asked.recovery_sheet) if asked.recovery_sheet else None,
        },
        lines,
    )
    return DONE


def _finish_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("approval", type=Path, metavar="APPROVAL", help=_("县局给的批准文件"))


def _finish(console: Console, told: argparse.Namespace) -> int:
    from desktop.staff.joining import finish_joining  # noqa: PLC0415 - see opening

    with opened(console) as office:
        joined = finish_joining(office, read_bytes(told.approval))
    console.answer(
        {
            "room": office.place.code,
            "device": joined.device,
            "letter": joined.letter,
            **exchanged_json(joined.received),
        },
        [
            _("已加入县局：{name} {letter}机").format(name=joined.room_name, letter=joined.letter),
            joined.received.sentence(),
        ],
    )
    return DONE


COMMANDS = (
    Command(("sync",), N_("与县局交换一次：用U盘或网络"), _sync, _sync_arguments),
    Command(("packages",), N_("U盘收件本：哪些数据包收到了、在途、缺"), _packages),
    Command(("wipe-stick",), N_("从U盘删掉本机写的文件，收到没收到都删"), _wipe, _wipe_arguments),
    Command(
        ("register-stick",), N_("县局：登记一个U盘，给只用登记U盘的警务室"), _register, _register_arguments
    ),
    Command(("parked",), N_("收到了还不能采用的改动，各为什么"), _parked),
    Command(("conflicts",), N_("哪些地方两边填的不一样，等人选定"), _conflicts),
    Command(("settle",), N_("选定一处冲突用哪一边"), _settle, settle_arguments),
    Command(
        ("enrol", "request"), N_("用登记文件生成申请，空文件夹里同时建好警务室"), _request, _request_arguments
    ),
    Command(("enrol", "finish"), N_("导入县局的批准文件，完成登记"), _finish, _finish_arguments),
)
