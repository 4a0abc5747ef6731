"""Making a county in a folder, and what it must know of itself before it can speak to a room."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from county.tls import ensure_authority
from desktop.audit.trail import Deed
from desktop.base.errors import RuleBroken
from desktop.base.text import _
from desktop.database.columns import write_instant
from desktop.staff.office import Office
from desktop.staff.rooms import Made, NewRoom, Rooms
from desktop.sync.certificates import certify_county, make_county_certificate
from desktop.sync.identity import load_identity
from desktop.sync.parties import has_joined, keep_device, keep_party


@dataclass(frozen=True)
class NewCounty:
    """What an administrator says when a county is made.

    Shape:   `code` names the county in every certificate; empty lets it be chosen. `server` is a PostgreSQL address,
             empty for an encrypted file in the folder.
    """

    name: str
    user: str
    password: str
    code: str = ""
    server: str = ""
    practice: bool = False


def make_county(rooms: Rooms, home: Path, new: NewCounty) -> Made:
    """Makes an empty county with its keys and certificates, and opens it.

    Errors:  as `Rooms.create`.
    """
    made = rooms.create(
        home,
        NewRoom(
            code=new.code or f"c{os.urandom(6).hex()}",
            name=new.name,
            user=new.user,
            password=new.password,
            practice=new.practice,
            is_county=True,
            server=new.server,
        ),
    )
    try:
        certify(made.office)
        ensure_authority(made.office)
    except BaseException:
        made.office.database.close()
        raise
    return made


def certify(office: Office) -> None:
    """Gives a county its own certificates, unless it has them: a set-up that was cut short is finished here."""
    with office.database.writing() as connection:
        if has_joined(connection):
            return
        keys = load_identity(connection, office.identity_key)
        county = make_county_certificate(
            office.place.code, office.place.name, keys, practice=office.place.practice
        )
        at = write_instant(office.clock.now())
        certificate = certify_county(county, keys, at)
        keep_party(connection, certificate, county, None)
        keep_device(connection, certificate, county, at)


def technicians_key(office: Office) -> bytes:
    """The key that opens what rooms send to the county, as the stock program `age` takes it; noted in the audit.

    Errors:  Refused STF-001 for whoever does not administer the system. It lets its holder read and nothing else:
             a bundle that counts is signed as well.
    """
    office.actor.require("system", "C")
    office.note(Deed("county_key"))
    return f"{office.exchange().party.keys.age_secret}\n".encode("ascii")


def require_county(office: Office) -> None:
    """Returns for a county that is ready.

    Errors:  RuleBroken SYN-079 for a room.
    """
    if not office.place.is_county:
        raise RuleBroken("SYN-079", _("这个文件夹里是警务室，不是县局。请用 --home 指明县局的文件夹"))
    certify(office)
