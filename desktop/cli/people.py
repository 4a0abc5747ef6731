"""Who logs in, what was done, and settings."""

from __future__ import annotations

import argparse
from typing import Any

from desktop.base.errors import Refused
from desktop.base.text import N_, _
from desktop.cli.console import DONE, Command, Console, count_argument
from desktop.cli.opening import opened


def _account_list(console: Console, _told: argparse.Namespace) -> int:
    from desktop.staff.accounts import list_accounts  # noqa: PLC0415 - see opening

    with opened(console) as office:
        found = list_accounts(office)
    console.answer({"accounts": found}, [f"{one['name']} {'、'.join(one['roles'])}" for one in found])
    return DONE


def _account_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help=_("账号"))
    parser.add_argument("--role", action="append", default=[], metavar="ROLE", help=_("角色，可写多次"))
    parser.add_argument("--staff", default="", metavar="ID", help=_("对应的人员"))


def _account_add(console: Console, told: argparse.Namespace) -> int:
    from desktop.staff.accounts import add_account  # noqa: PLC0415 - see opening

    with opened(console) as office:
        add_account(office, told.name, told.role, console.new_password(), told.staff)
    console.answer({"account": told.name}, [_("已添加账号 {name}，首次登录要改密码").format(name=told.name)])
    return DONE


def _account_set(console: Console, told: argparse.Namespace) -> int:
    from desktop.staff.accounts import set_roles  # noqa: PLC0415 - see opening

    with opened(console) as office:
        set_roles(office, told.name, told.role, told.staff or None)
    console.answer({"account": told.name}, [_("已改好")])
    return DONE


def _name_argument(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help=_("账号"))


def _account_disable(console: Console, told: argparse.Namespace) -> int:
    from desktop.staff.accounts import disable_account  # noqa: PLC0415 - see opening

    with opened(console) as office:
        disable_account(office, told.name)
    console.answer({"account": told.name}, [_("账号已停用，他登记过的内容不变")])
    return DONE


def _account_password(console: Console, told: argparse.Namespace) -> int:
    from desktop.staff.accounts import change_password, reset_password  # noqa: PLC0415 - see opening

    with opened(console, with_given_password=True) as office:
        is_own = told.name in {"", office.actor.name}
        if not is_own and office.keys.must_change(office.actor.name):
            raise Refused("STF-007", _("请先改自己的密码，再给别人重设"))
        new = console.new_password()
        if is_own:
            change_password(office, console.password(), new)
        else:
            reset_password(office, told.name, new)
    console.answer({"account": told.name or office.actor.name}, [_("密码已改好")])
    return DONE


def _password_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", nargs="?", default="", metavar="NAME", help=_("给别人重设密码时写他的账号"))


def _account_recover(console: Console, told: argparse.Namespace) -> int:
    recovery_key = console.recovery_key()
    console.rooms.recover(console.home, told.name, recovery_key, console.new_password())
    console.answer({"account": told.name}, [_("已用恢复单重设密码")])
    return DONE


def _audit_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--limit", type=count_argument, default=100, metavar="N")


def _audit(console: Console, told: argparse.Namespace) -> int:
    from desktop.staff.trail_words import audit_lines  # noqa: PLC0415 - see opening

    with opened(console) as office:
        found = audit_lines(office, told.limit)
    console.answer(
        {"entries": found},
        [f"{one['at']} {one['user']} {one['verb']} {one['kind'] or ''} {one['result']}" for one in found],
    )
    return DONE


def _config_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", nargs="?", metavar="NAME", help=_("设置的名字；不写时列出全部"))
    parser.add_argument("value", nargs="?", metavar="VALUE", help=_("新的值"))


def _config(console: Console, told: argparse.Namespace) -> int:
    from desktop.base.settings import SETTINGS  # noqa: PLC0415 - not for `-h`

    with opened(console) as office:
        if told.value is not None:
            office.set_setting(told.name, told.value)
        names = [told.name] if told.name else list(SETTINGS)
        found: dict[str, Any] = {name: office.settings.get(name) for name in names}
    console.answer({"settings": found}, [f"{name} = {value}" for name, value in found.items()])
    return DONE


COMMANDS = (
    Command(("account", "list"), N_("有哪些账号"), _account_list),
    Command(("account", "add"), N_("添加账号"), _account_add, _account_arguments),
    Command(("account", "set"), N_("改账号的角色"), _account_set, _account_arguments),
    Command(("account", "disable"), N_("停用账号"), _account_disable, _name_argument),
    Command(("account", "password"), N_("改密码，或给别人重设密码"), _account_password, _password_arguments),
    Command(("account", "recover"), N_("忘记密码时，用恢复单重设"), _account_recover, _name_argument),
    Command(("audit",), N_("谁做过什么"), _audit, _audit_arguments),
    Command(("config",), N_("看设置，改设置"), _config, _config_arguments),
)
