"""The county's commands: making it, its rooms' PCs, its side of a stick, its server, and its view over all rooms."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from desktop.base.errors import RuleBroken
from desktop.base.text import N_, _
from desktop.cli import exchange, paper, records
from desktop.cli.console import (
    DONE,
    FOUND,
    Command,
    Console,
    WrongUsage,
    count_argument,
    day_argument,
    write_out,
)
from desktop.cli.opening import opened

if TYPE_CHECKING:
    from county.signing import Signing
    from desktop.staff.office import Office


@contextmanager
def _opened(console: Console) -> Iterator[Office]:
    """The open county.

    Errors:  as `opened`; RuleBroken SYN-079 for a room.
    """
    from county.home import require_county  # noqa: PLC0415 - see opening

    with opened(console) as office:
        require_county(office)
        yield office


def _setup_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--name", required=True, metavar="TEXT", help=_("县局名称"))
    parser.add_argument("--code", default="", metavar="CODE", help=_("县局代码；不写时自动生成"))
    parser.add_argument("--db", default="", metavar="URL", help=_("PostgreSQL 地址；不写时用本机文件"))
    parser.add_argument("--practice", action="store_true", help=_("练习县局，只和练习室交换"))


def _setup(console: Console, told: argparse.Namespace) -> int:
    from county.home import NewCounty, make_county  # noqa: PLC0415 - see opening
    from desktop.staff.sheets import write_recovery_sheet  # noqa: PLC0415 - ReportLab

    if not console.user:
        raise RuleBroken("CLI-006", _("请用 --user 给出第一个账号的名字"))
    new = NewCounty(
        name=told.name,
        user=console.user,
        password=console.first_password(),
        code=told.code,
        server=told.db,
        practice=told.practice,
    )
    made = make_county(console.rooms, console.home, new)
    try:
        sheet = write_recovery_sheet(made.office, made.recovery_key)
        code = made.office.place.code
    finally:
        made.office.database.close()
    console.answer(
        {"home": str(console.home), "county": code, "practice": new.practice, "recovery_sheet": str(sheet)},
        [
            _("已建好县局 {name}（{code}），数据在 {home}").format(
                name=new.name, code=code, home=console.home
            ),
            _("恢复单在 {sheet}：请打印、封存，然后删除这个文件").format(sheet=sheet),
        ],
    )
    return DONE


def _serve_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--listen", required=True, metavar="HOST:PORT", help=_("在哪个地址上监听"))
    parser.add_argument(
        "--tls", action="store_true", help=_("本机地址也用 TLS；其他地址总是用 TLS，证书由县局自己签发")
    )
    parser.add_argument(
        "--workers", type=count_argument, default=0, metavar="N", help=_("几个进程；不写时按数据库和处理器定")
    )
    parser.add_argument("--tls-cert", type=Path, metavar="FILE", help=_("TLS 证书"))
    parser.add_argument("--tls-key", type=Path, metavar="FILE", help=_("TLS 私钥"))


def _serve(console: Console, told: argparse.Namespace) -> int:
    from county.serve import serve  # noqa: PLC0415 - the web server

    with _opened(console) as office:
        serve(
            office,
            told.listen,
            rooms=console.rooms,
            workers_count=told.workers,
            certificate=told.tls_cert,
            key=told.tls_key,
            with_tls=told.tls,
        )
    return DONE


def _tls_arguments(parser: argparse.ArgumentParser) -> None:
    way = parser.add_mutually_exclusive_group()
    way.add_argument("--rotate", action="store_true", help=_("开始更换：把新的也告诉各警务室"))
    way.add_argument("--finish", action="store_true", help=_("结束更换：只认新的；之后重启交换服务"))


def _tls(console: Console, told: argparse.Namespace) -> int:
    from county.tls import ensure_authority, fingerprints, finish_rotation, start_rotation  # noqa: PLC0415 - see opening

    with _opened(console) as office:
        change = start_rotation if told.rotate else finish_rotation if told.finish else ensure_authority
        pins = change(office)
    found = {"number": pins.number, "authorities": fingerprints(pins)}
    console.answer(found, [_("第 {number} 版").format(**found), *fingerprints(pins)])
    return DONE


def _signing_arguments(parser: argparse.ArgumentParser) -> None:
    way = parser.add_mutually_exclusive_group()
    way.add_argument("--rotate", action="store_true", help=_("换一把新的签发密钥"))
    way.add_argument("--root-to", type=Path, metavar="FILE", help=_("把根密钥移出本机，写到这个文件"))
    parser.add_argument("--root", type=Path, metavar="FILE", help=_("移出过的根密钥在哪个文件"))
    parser.add_argument(
        "--stolen", action="store_true", help=_("以前的签发密钥可能被人拿走：全部作废，只认新的")
    )


def _signing(console: Console, told: argparse.Namespace) -> int:
    from county.signing import rotate, signing_of, take_root_out  # noqa: PLC0415 - see opening

    if (told.stolen or told.root) and not told.rotate:
        raise WrongUsage("CLI-008", _("--root 和 --stolen 要和 --rotate 一起用"))

    def keep(data: bytes) -> bytes:
        if told.root_to.exists():
            # It may be another county's root, and there is no second one of it.
            raise RuleBroken(
                "SYN-118", _("{file} 已经有了，没有覆盖，根密钥还在本机").format(file=told.root_to)
            )
        write_out(told.root_to, data)
        return exchange.read_bytes(told.root_to)

    with _opened(console) as office:
        if told.rotate:
            found = rotate(office, exchange.read_bytes(told.root) if told.root else None, stolen=told.stolen)
        else:
            found = take_root_out(office, keep) if told.root_to else signing_of(office)
    console.answer(asdict(found), _signing_lines(told, found))
    return DONE


def _signing_lines(told: argparse.Namespace, found: Signing) -> list[str]:
    lines = [
        _("在用的签发密钥：{key}；各警务室认可 {count} 把").format(key=found.key[:16], count=len(found.keys)),
        _("根密钥在本机") if found.has_root else _("根密钥不在本机"),
    ]
    if found.key not in found.keys:
        lines.append(_("在用的密钥已作废（恢复过旧备份）。请用 --rotate 和根密钥换新的"))
    if told.root_to:
        lines.append(_("根密钥已移到 {file}。请把它锁进保险柜：丢了就不能再换密钥").format(file=told.root_to))
        lines.append(_("以前的备份里还有根密钥，请重新备份并销毁旧的"))
    elif told.rotate:
        lines.append(_("各警务室下次交换时知道。请马上重新备份"))
    if told.stolen:
        lines.append(_("请用 county devices 逐台核对，不认识的电脑用 county revoke 停用"))
    return lines


def _slot_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("room", metavar="ROOM", help=_("警务室代码"))
    parser.add_argument("--name", required=True, metavar="TEXT", help=_("警务室名称"))
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help=_("登记文件写到哪里"))
    parser.add_argument("--server", metavar="URL", help=_("县局服务器地址，写进登记文件"))


def _slot(console: Console, told: argparse.Namespace) -> int:
    from county.enrolment import open_slot  # noqa: PLC0415 - see opening

    with _opened(console) as office:
        made = open_slot(office, told.room, told.name, server_url=told.server)
        write_out(told.out, made.data)
    found = {
        "slot": made.slot_id,
        "room": told.room,
        "letter": made.slot.letter,
        "expires_on": made.slot.expires_on.isoformat(),
        "file": str(told.out),
    }
    line = _("登记文件已写到 {file}：{room} {letter}机，{expires_on} 前有效，只能用一次")
    console.answer(found, [line.format(**found)])
    return DONE


def _approve_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "request", metavar="REQUEST", help=_("申请文件，或联网申请的名额（见 county devices）")
    )
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help=_("批准文件写到哪里"))


def _approve(console: Console, told: argparse.Namespace) -> int:
    from county.enrolment import approve, waiting_request  # noqa: PLC0415 - see opening

    with _opened(console) as office:
        waiting = waiting_request(office, told.request)
        approved = approve(office, exchange.read_bytes(Path(told.request)) if waiting is None else waiting)
        write_out(told.out, approved.data)
    found = {
        "device": approved.device,
        "room": approved.room,
        "letter": approved.letter,
        "words": list(approved.words),
        "file": str(told.out),
    }
    lines = [
        _("六个词，电话里和警务室核对：{words}").format(words=" ".join(approved.words)),
        _("核对一致后，把 {file} 交给警务室；不一致就不要交，并用 county revoke 停用").format(file=told.out),
    ]
    console.answer(found, lines)
    return DONE


def _devices(console: Console, _told: argparse.Namespace) -> int:
    from county.enrolment import list_devices  # noqa: PLC0415 - see opening

    with _opened(console) as office:
        found = list_devices(office)
    lines = [f"{one['device']} {one['room']} {one['name']} {one['letter']} {one['state']}" for one in found]
    console.answer({"devices": found}, lines or [_("还没有登记的电脑")])
    return DONE


def _revoke_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("device", metavar="DEVICE", help=_("电脑的标识，见 county devices"))
    parser.add_argument("--reason", required=True, metavar="TEXT", help=_("为什么停用"))


def _revoke(console: Console, told: argparse.Namespace) -> int:
    from county.enrolment import revoke  # noqa: PLC0415 - see opening

    with _opened(console) as office:
        revoke(office, told.device, told.reason)
    console.answer({"device": told.device}, [_("已停用 {device}").format(device=told.device)])
    return DONE


def _key_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help=_("密钥文件写到哪里"))


def _key(console: Console, told: argparse.Namespace) -> int:
    from county.home import technicians_key  # noqa: PLC0415 - see opening

    with _opened(console) as office:
        write_out(told.out, technicians_key(office))
    console.answer(
        {"file": str(told.out)},
        [
            _("县局的密钥已写到 {file}").format(file=told.out),
            _("应急时用 age -d -i {file} 文件.jwb | zstd -d 打开警务室的文件").format(file=told.out),
            _("谁拿到它，谁就能看各警务室交来的全部内容：用完请立即删除"),
        ],
    )
    return DONE


def _stick_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("stick", type=Path, metavar="DIR", help=_("U盘所在的文件夹"))
    parser.add_argument(
        "--room",
        action="append",
        default=[],
        metavar="ROOM",
        help=_("也写给这个警务室，即使U盘上没有它的文件；可写多次"),
    )


def _stick(console: Console, told: argparse.Namespace) -> int:
    from county.enrolment import require_room  # noqa: PLC0415 - see opening

    with _opened(console) as office:
        visit = office.visit_stick(
            told.stick,
            lambda stage, done, _total: console.progress(f"{stage} {done}"),
            [require_room(office, room) for room in told.room],
        )
        exchange.tell_refused(visit.refused)
    found = exchange.exchanged_json(visit.done) | {
        "files_in": visit.files_in,
        "files_out": visit.files_out,
        "peers": visit.peers,
    }
    console.answer(
        found, [visit.done.sentence(), *[_("回了文件给 {peer}").format(peer=one) for one in visit.peers]]
    )
    return DONE


def _room_argument(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--room", default="", metavar="ROOM", help=_("只看这个警务室"))


def _scopes(told: argparse.Namespace) -> tuple[str, ...]:
    from desktop.database.record import room_scope  # noqa: PLC0415 - see opening

    return (room_scope(told.room),) if told.room else ()


def _list_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("kind", metavar="KIND", help=_("记录类别，见 fields"))
    _room_argument(parser)
    records.query_arguments(parser)


def _list(console: Console, told: argparse.Namespace) -> int:
    with _opened(console) as office:
        return records.print_list(console, office, told, _scopes(told))


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    records.add_arguments(parser)
    parser.add_argument(
        "--room", action="append", required=True, metavar="ROOM", help=_("写给哪个警务室；可写多次，各写一份")
    )


def _add(console: Console, told: argparse.Namespace) -> int:
    from county.enrolment import require_room  # noqa: PLC0415 - see opening

    with _opened(console) as office:
        return records.add_records(console, office, told, [require_room(office, room) for room in told.room])


def _do(console: Console, told: argparse.Namespace) -> int:
    with _opened(console) as office:
        return records.take_step(console, office, told)


def _ledger_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help=_("台账的名字，见 ledger"))
    _room_argument(parser)
    parser.add_argument("--from", dest="day_from", type=day_argument, required=True, metavar="DAY")
    parser.add_argument("--to", dest="day_to", type=day_argument, required=True, metavar="DAY")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE.pdf|.xlsx")
    paper.sheet_arguments(parser)


def _ledger(console: Console, told: argparse.Namespace) -> int:
    with _opened(console) as office:
        return paper.print_ledger(console, office, told, _scopes(told))


def _status(console: Console, told: argparse.Namespace) -> int:
    from county.enrolment import list_devices  # noqa: PLC0415 - see opening
    from desktop.staff.status import conflicts_by_scope, status_of  # noqa: PLC0415 - see opening

    with _opened(console) as office:
        found = status_of(office)
        found["rooms"] = _rooms(found, list_devices(office), conflicts_by_scope(office))
    console.answer(found, _status_lines(found))
    return FOUND if told.strict and (found["conflicts"] or found["parked"]) else DONE


def _rooms(
    found: dict[str, Any], devices: list[dict[str, Any]], waiting: dict[str, tuple[int, int]]
) -> list[dict[str, Any]]:
    rooms: dict[str, dict[str, Any]] = {}
    for one in devices:
        scope = f"r:{one['room']}"
        held, (conflicts, old) = found["scopes"].get(scope, {"commits": 0}), waiting.get(scope, (0, 0))
        told = rooms.setdefault(
            one["room"],
            {
                "room": one["room"],
                "name": one["name"],
                "commits": held["commits"],
                "conflicts": conflicts,
                "conflicts_over_7_days": old,
                "last_exchange": None,
            },
        )
        told["last_exchange"] = max(filter(None, (told["last_exchange"], one["last_exchange"])), default=None)
    return list(rooms.values())


def _status_lines(found: dict[str, Any]) -> list[str]:
    lines = [
        f"{found['name']}（{found['room']}）",
        _("待处理冲突 {conflicts} 项，搁置 {parked} 条").format(**found),
    ]
    for one in found["rooms"]:
        last = one["last_exchange"] or _("还没有过")
        lines.append(_("  {name}（{room}）：{commits} 条改动，上次交换 {last}").format(last=last, **one))
        if one["conflicts_over_7_days"]:
            lines.append(_("    待处理冲突有 {conflicts_over_7_days} 项超过 7 天没有选定").format(**one))
    return lines


def _status_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--strict", action="store_true", help=_("有未处理的冲突或搁置时以状态 1 结束"))


def _verify_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--deep", action="store_true", help=_("连附件内容和审计链一起检查"))


def _verify(console: Console, told: argparse.Namespace) -> int:
    from desktop.staff.status import verify_office  # noqa: PLC0415 - see opening

    with _opened(console) as office:
        found = verify_office(office, deep=told.deep)
    console.answer(found, [one["message"] for one in found["problems"]] or [_("没有发现问题")])
    return DONE if found["ok"] else FOUND


def _conflicts(console: Console, _told: argparse.Namespace) -> int:
    with _opened(console) as office:
        return exchange.print_conflicts(console, office)


def _settle(console: Console, told: argparse.Namespace) -> int:
    with _opened(console) as office:
        return exchange.settle(console, office, told)


def _parked(console: Console, told: argparse.Namespace) -> int:
    with _opened(console) as office:
        return exchange.print_parked(console, office, _scopes(told))


def _decide_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("commit", metavar="COMMIT", help=_("改动的标识或它的前几位，见 county parked"))
    parser.add_argument(
        "--verdict",
        required=True,
        choices=("accepted", "refused", "without_parent"),
        help=_("采用；不采用；缺它之前的一条也采用"),
    )
    parser.add_argument("--reason", required=True, metavar="TEXT", help=_("为什么这样裁定"))


def _decide(console: Console, told: argparse.Namespace) -> int:
    from county.verdicts import decide  # noqa: PLC0415 - see opening

    with _opened(console) as office:
        used = decide(office, told.commit, told.verdict, told.reason)
    console.answer(
        {"used": used}, [_("已裁定，{count} 条改动现在可用；下次交换后各处一致").format(count=used)]
    )
    return DONE


COMMANDS = (
    Command(("county", "setup"), N_("新建县局"), _setup, _setup_arguments),
    Command(("county", "serve"), N_("运行交换服务，直到停止"), _serve, _serve_arguments),
    Command(("county", "tls"), N_("县局自己的 TLS 证书：查看、更换"), _tls, _tls_arguments),
    Command(
        ("county", "signing"), N_("县局的签发密钥和根密钥：查看、更换、移出"), _signing, _signing_arguments
    ),
    Command(("county", "slot"), N_("给警务室的一台电脑生成登记文件"), _slot, _slot_arguments),
    Command(("county", "approve"), N_("批准一台电脑的申请，显示六个词"), _approve, _approve_arguments),
    Command(("county", "devices"), N_("登记了哪些电脑"), _devices),
    Command(("county", "revoke"), N_("停用一台电脑"), _revoke, _revoke_arguments),
    Command(("county", "key"), N_("导出县局的密钥，应急时用通用程序打开警务室的文件"), _key, _key_arguments),
    Command(("county", "stick"), N_("县局一边的U盘：导入，并在同一个U盘上回复"), _stick, _stick_arguments),
    Command(("county", "list"), N_("列出各警务室的记录"), _list, _list_arguments),
    Command(("county", "add"), N_("写给一个警务室的记录，例如工单；下次交换时到达"), _add, _add_arguments),
    Command(
        ("county", "do"), N_("在警务室的记录上办一步；不写步骤时列出现在可办的"), _do, records.do_arguments
    ),
    Command(("county", "ledger"), N_("打印一本台账，可只选一个警务室"), _ledger, _ledger_arguments),
    Command(("county", "status"), N_("县局数据是什么状态"), _status, _status_arguments),
    Command(("county", "verify"), N_("检查数据有没有丢、有没有被改"), _verify, _verify_arguments),
    Command(("county", "parked"), N_("收到了还不能采用的改动，各为什么"), _parked, _room_argument),
    Command(("county", "decide"), N_("裁定一条搁置的改动"), _decide, _decide_arguments),
    Command(("county", "conflicts"), N_("各警务室待处理的冲突"), _conflicts),
    Command(("county", "settle"), N_("选定一处冲突用哪一边"), _settle, exchange.settle_arguments),
)
