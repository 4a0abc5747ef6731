"""The county's signing keys: turning to a new one, and taking the root out of the computer to lie in a safe."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Connection

from desktop.audit.trail import Deed
from desktop.base.errors import Refused, RuleBroken
from desktop.base.text import _
from desktop.database.columns import write_instant
from desktop.database.database import read_meta, write_meta
from desktop.staff.office import Office
from desktop.sync.crypto import SUITE
from desktop.sync.identity import open_keys, seal_keys
from desktop.sync.parties import Party, load_party
from desktop.sync.turnover import turn_over

_ROOT = "root_key"
_MOST_FILE_BYTES = 4096


@dataclass(frozen=True)
class Signing:
    """What stands about the keys.

    Shape:   public keys in hex; `key` the one that this county signs with, `keys` all that the rooms believe, newest
             first and the root's own last; `has_root` whether the root lies here.
    """

    key: str
    keys: tuple[str, ...]
    withdrawn: tuple[str, ...]
    has_root: bool


def signing_of(office: Office) -> Signing:
    """What stands about the keys."""
    with office.reading() as session:
        return _signing(office, session.connection())


def _signing(office: Office, connection: Connection) -> Signing:
    party = load_party(connection, office.identity_key)
    county = party.county
    return Signing(
        key=party.keys.sign_public,
        keys=county.believed,
        withdrawn=county.withdrawn,
        has_root=_root_here(office, connection, party) is not None,
    )


def rotate(office: Office, root_file: bytes | None = None, *, stolen: bool = False) -> Signing:
    """Turns to a new signing key; the rooms hear of it with their next exchange.

    Shape:   `root_file` is what `take_root_out` wrote, not needed while the root lies here. `stolen` withdraws the
             former keys: what they sign from now on counts nowhere.
    Errors:  Refused STF-001; RuleBroken SYN-118 without the root or with another county's, SYN-119 for `stolen` while
             the root lies where the stolen key lay.
    """
    office.actor.require("system", "C")
    with office.database.writing() as connection:
        party = load_party(connection, office.identity_key)
        here = _root_here(office, connection, party)
        if stolen and here is not None:
            raise RuleBroken(
                "SYN-119",
                _(
                    "根密钥也还在这台电脑上，偷到签发密钥的人也就有了根密钥：换新的没有用，没有换。"
                    "各警务室须重新登记。平时请用 --root-to 把根密钥移到保险柜里的U盘上"
                ),
            )
        secret = here if root_file is None else _read_root(root_file, party)
        if secret is None:
            raise RuleBroken(
                "SYN-118", _("根密钥不在本机，没有更换。请插上存根密钥的U盘，用 --root 指明文件")
            )
        _rotate(office, connection, party, secret, stolen=stolen)
        found = _signing(office, connection)
    office.note(Deed("county_signing", facts=(("key", found.key), ("stolen", stolen))))
    return found


def _rotate(office: Office, connection: Connection, party: Party, secret: str, *, stolen: bool) -> None:
    if party.keys.sign_public == party.county.sign_public:
        # Until now the root signed everything itself.
        write_meta(connection, _ROOT, seal_keys(party.keys, office.identity_key))
    at = write_instant(office.clock.now())
    turn_over(connection, party, secret, office.identity_key, stolen=stolen, at=at)


def take_root_out(office: Office, keep: Callable[[bytes], bytes]) -> Signing:
    """Moves the root into a file, and turns to a working key first if there is none yet.

    Shape:   `keep` writes the file and gives what lies there then; only when that is right the root is forgotten here.
    Errors:  Refused STF-001; RuleBroken SYN-118 when the root is not here, or the file cannot be read back; as `keep`.
    """
    office.actor.require("system", "C")
    with office.database.writing() as connection:
        party = load_party(connection, office.identity_key)
        secret = _root_here(office, connection, party)
        if secret is None:
            raise RuleBroken("SYN-118", _("根密钥不在本机，可能已移出过。没有写文件"))
        if party.keys.sign_public == party.county.sign_public:
            _rotate(office, connection, party, secret, stolen=False)
        told = {"format": 1, "county": party.county.county, "root_secret": secret}
        _read_root(keep(json.dumps(told).encode("ascii") + b"\n"), party)
        write_meta(connection, _ROOT, None)
        found = _signing(office, connection)
    office.note(Deed("county_root", facts=(("key", found.key),)))
    return found


def _root_here(office: Office, connection: Connection, party: Party) -> str | None:
    if party.keys.sign_public == party.county.sign_public:
        return party.keys.sign_secret
    told = read_meta(connection, _ROOT)
    return open_keys(told, office.identity_key).sign_secret if told else None


def _read_root(data: bytes, party: Party) -> str:
    try:
        told = json.loads(data[:_MOST_FILE_BYTES])
        secret = str(told["root_secret"])
        # Nothing but its signature tells whose a secret is.
        SUITE.verify(b"root", SUITE.sign(b"root", secret), party.county.sign_public)
    except (ValueError, KeyError, TypeError, RuleBroken, Refused) as error:
        raise RuleBroken(
            "SYN-118", _("这个文件不是本县局的根密钥，或已损坏。没有更换，原来的密钥照旧")
        ) from error
    return secret
