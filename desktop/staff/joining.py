"""Joining a county: on an empty folder the room is made as well; an existing room keeps everything it has."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from desktop.audit.trail import Deed
from desktop.base.clock import today
from desktop.base.errors import Failure, RuleBroken
from desktop.base.text import _
from desktop.staff.office import Office
from desktop.staff.rooms import NewRoom, Rooms, is_room
from desktop.staff.sheets import write_recovery_sheet
from desktop.sync import enrol


@dataclass(frozen=True)
class AskedForPlace:
    """The request for the county, the six words, and the recovery sheet when a room was made."""

    room: str
    request: bytes
    words: tuple[str, ...]
    recovery_sheet: Path | None = None


def ask_for_place(
    rooms: Rooms,
    home: Path,
    slot_data: bytes,
    *,
    user: str,
    password: Callable[[], str],
    first_password: Callable[[], str],
) -> AskedForPlace:
    """Answers a slot: makes the room in an empty folder, or takes the room that lies there.

    Before:  `password` asks for that of the account, `first_password` for that of a new one.

    Errors:  as `enrol.ask_for_place`, `Rooms.create` and `Rooms.open`; RuleBroken CLI-006 without an account's name.
    """
    slot, practice = enrol.open_slot(slot_data, today(rooms.clock))
    sheet: Path | None = None
    if is_room(home):
        office = rooms.open(home, user, password())
    else:
        if not user:
            raise RuleBroken("CLI-006", _("请用 --user 给出第一个账号的名字"))
        new = NewRoom(slot.room, slot.room_name, user, first_password(), practice=practice)
        made = rooms.create(home, new)
        office = made.office
        sheet = write_recovery_sheet(office, made.recovery_key)
    try:
        asked = ask_in(office, slot_data)
    finally:
        office.database.close()
    return AskedForPlace(slot.room, asked.request, asked.words, sheet)


def ask_in(office: Office, slot_data: bytes) -> enrol.Asked:
    """The request of an open room."""
    asked = enrol.ask_for_place(
        office.database,
        slot_data,
        user=office.actor.name,
        today=office.today,
        wrap_key=office.identity_key,
    )
    office.note(Deed("enrol_request"))
    return asked


def finish_joining(office: Office, approval: bytes) -> enrol.Joined:
    """Takes the county's approval and its server's address, if it names one; the room must be opened anew afterwards.

    Errors:  as `enrol.finish_joining`.
    """
    joined = enrol.finish_joining(office.database, approval, wrap_key=office.identity_key)
    if joined.server_url and not office.settings.text("server_url"):
        try:
            office.settings.set("server_url", joined.server_url)
        except Failure:
            joined.received.notes.append(
                _("县局给的服务器地址不能用，请系统管理员核对：{url}").format(url=joined.server_url)
            )
    office.note(Deed("enrol_finish", facts=(("letter", joined.letter),)))
    return joined
