"""With which keys a county signs: statements of its root key, so that the root itself may lie in a safe.

A statement names a key that signs in the county's place, or withdraws one that was stolen. Statements are only ever
added; every side holds all that it has heard, and whoever carries them need not be trusted. So it decides nothing which
of them came first, and a county that was put back to an old copy hears its own from its rooms.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import cast

from sqlalchemy import Connection

from desktop.database.database import write_meta
from desktop.sync.commits import JSON
from desktop.sync.crypto import SUITE, Suite
from desktop.sync.signed_json import malformed, read_unsigned, sign_json, verify_json

ISSUING = "issuing_keys"
# They travel in the head of every bundle. A turn in each year fills it in half a century.
MOST_STATEMENTS = 64


@dataclass(frozen=True, order=True)
class Issuing:
    """One statement of the root.

    Shape:   `key` a public signing key; `at` the county's wall clock, for people and for the order of trying.
    """

    at: str
    key: str
    withdrawn: bool
    signed: Mapping[str, JSON] = field(default_factory=dict, compare=False, repr=False)


def make_issuing(
    county: str, root: str, root_secret: str, *, key: str, withdrawn: bool, at: str, suite: Suite = SUITE
) -> Issuing:
    """A statement under the signature of the root, whose public half is `root`.

    Errors:  Refused SYN-014 when the secret is not the root's.
    """
    body: dict[str, JSON] = {"county": county, "key": key, "withdrawn": withdrawn, "at": at}
    return _read_one(sign_json("issuing", body, root_secret, suite), county, root, suite)


def read_issuing(told: JSON, county: str, root: str, *, suite: Suite = SUITE) -> tuple[Issuing, ...]:
    """Statements from what travels, none when nothing was said.

    Errors:  RuleBroken SYN-040 malformed; Refused SYN-014 not signed by the root.
    """
    if told is None:
        return ()
    if not isinstance(told, list) or len(told) > MOST_STATEMENTS:
        raise malformed("issuing")
    return tuple(_read_one(one, county, root, suite) for one in told)


def _read_one(told: JSON, county: str, root: str, suite: Suite) -> Issuing:
    body = read_unsigned(told, suite)
    found = Issuing(
        at=body.text("at"),
        key=body.sign_public("key"),
        withdrawn=body.flag("withdrawn"),
        signed=cast(Mapping[str, JSON], told),
    )
    if body.device("county") != county:
        raise malformed("county")
    verify_json("issuing", told, (root,), suite)
    return found


def joined(known: Iterable[Issuing], told: Iterable[Issuing]) -> tuple[Issuing, ...]:
    """All of them in the order of `at`, each once."""
    found = {(one.key, one.withdrawn): one for one in told}
    found |= {(one.key, one.withdrawn): one for one in known}
    return tuple(sorted(found.values()))


def keep_issuing(connection: Connection, issuing: Iterable[Issuing]) -> None:
    """Keeps what the county said."""
    said = [dict(one.signed) for one in issuing]
    write_meta(connection, ISSUING, json.dumps(said) if said else None)
