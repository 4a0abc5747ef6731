"""Accounts of this PC: who may log in, with which roles. Passwords live only in the key file."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, insert, select, update

from desktop.audit.trail import Deed, note
from desktop.base.errors import RuleBroken
from desktop.base.text import _
from desktop.database.columns import write_instant
from desktop.database.keys import check_account_name
from desktop.staff.office import Office
from desktop.staff.permissions import ROLES
from desktop.staff.records import known_id
from desktop.staff.tables import Account

ACCOUNTS = Account.__table__


def list_accounts(office: Office) -> list[dict[str, Any]]:
    """Every account with its roles; never a password."""
    office.actor.require("accounts", "R")
    with office.reading() as session:
        rows = session.execute(select(ACCOUNTS).order_by(ACCOUNTS.c.name)).mappings()
        return [
            {
                "name": row["name"],
                "roles": list(row["roles"]),
                "staff_id": row["staff_id"],
                "is_disabled": bool(row["is_disabled"]),
            }
            for row in rows
        ]


def add_account(office: Office, name: str, roles: list[str], password: str, staff: str = "") -> None:
    """Lets one more person in, or again one who was disabled; the password must be changed at the first log-in.

    Errors:  RuleBroken STF-004 for an unknown role, REC-002 for an unknown member of the staff, KEY-006/007/010;
             Refused STF-001.
    """
    office.actor.require("accounts", "C")
    name, roles = check_account_name(name), list(dict.fromkeys(roles))
    _check_roles(roles)
    staff_id = _staff_id(office, staff)
    office.keys.add_account(name, office.data_key, password, must_change=True)
    try:
        with office.database.writing() as connection:
            _write_account(connection, name, roles, staff_id, write_instant(office.clock.now()))
            told = (("account", name), ("roles", ",".join(roles)))
            note(connection, Deed("account_add", facts=told), user=office.actor.name, clock=office.clock)
    except BaseException:
        office.keys.remove_account(name)
        raise


def _write_account(
    connection: Connection, name: str, roles: list[str], staff_id: str | None, created_at: str
) -> None:
    """A new account, or one that was disabled and is let in again under its old name."""
    values: dict[str, Any] = {"roles": roles, "staff_id": staff_id, "is_disabled": None}
    known = connection.execute(update(ACCOUNTS).where(ACCOUNTS.c.name == name).values(**values)).rowcount
    if not known:
        connection.execute(insert(ACCOUNTS).values(name=name, created_at=created_at, **values))


def set_roles(office: Office, name: str, roles: list[str], staff: str | None = None) -> None:
    """Gives an account other roles.

    Errors:  RuleBroken STF-004, STF-005 when nobody would be left to administer; Refused STF-001.
    """
    office.actor.require("accounts", "U")
    roles = list(dict.fromkeys(roles))
    _check_roles(roles)
    _check_admin_left(office, name, roles)
    values: dict[str, Any] = {"roles": roles}
    if staff is not None:
        values["staff_id"] = _staff_id(office, staff)
    with office.database.writing() as connection:
        if connection.execute(update(ACCOUNTS).where(ACCOUNTS.c.name == name).values(**values)).rowcount == 0:
            raise RuleBroken("STF-006", _("没有名为 {name} 的账号").format(name=name))
    office.note(Deed("account_roles", facts=(("account", name), ("roles", ",".join(roles)))))


def disable_account(office: Office, name: str) -> None:
    """Shuts an account out; its name stays in everything that it recorded.

    Errors:  RuleBroken STF-005, KEY-011, STF-006; Refused STF-001.
    """
    office.actor.require("accounts", "U")
    _check_admin_left(office, name, [])
    office.keys.remove_account(name)
    with office.database.writing() as connection:
        connection.execute(update(ACCOUNTS).where(ACCOUNTS.c.name == name).values(is_disabled=True))
    office.note(Deed("account_disable", facts=(("account", name),)))


def change_password(office: Office, old: str, new: str) -> None:
    """Changes one's own password.

    Errors:  Refused KEY-002/003; RuleBroken KEY-006 to KEY-008.
    """
    office.keys.change_password(office.actor.name, old, new, office.clock)
    office.note(Deed("password"))


def reset_password(office: Office, name: str, new: str) -> None:
    """Gives another person a new password, which he must change at the next log-in.

    Errors:  RuleBroken KEY-006 to KEY-008, KEY-012; Refused STF-001.
    """
    office.actor.require("accounts", "U")
    office.keys.set_password(name, office.data_key, new, must_change=True)
    office.note(Deed("password_reset", facts=(("account", name),)))


def bind_keys(office: Office, *, is_bound: bool) -> None:
    """Binds every account's key to this Windows account as well, or lets go of it; the recovery sheet stays free.

    Errors:  RuleBroken KEY-015 where there is no Windows; Refused STF-001.
    """
    office.actor.require("accounts", "U")
    office.keys.set_bound(office.data_key, is_bound=is_bound)
    office.note(Deed("key_bind" if is_bound else "key_unbind"))


def _check_roles(roles: list[str]) -> None:
    strange = [role for role in roles if role not in ROLES]
    if strange or not roles:
        known = "、".join(f"{role} {_(label)}" for role, label in ROLES.items())
        raise RuleBroken(
            "STF-004",
            _("没有这种角色：{told}；可用的有：{known}").format(told="、".join(strange), known=known),
        )


def _check_admin_left(office: Office, name: str, roles: list[str]) -> None:
    if "admin" in roles:
        return
    others = [one for one in list_accounts(office) if one["name"] != name and not one["is_disabled"]]
    if not any("admin" in one["roles"] for one in others):
        raise RuleBroken("STF-005", _("至少要留一个系统管理员账号，没有改动"))


def _staff_id(office: Office, staff: str) -> str | None:
    if not staff:
        return None
    with office.reading() as session:
        return known_id(office.load(session, "staff_member", staff))
