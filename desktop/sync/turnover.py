"""The county turns to a new signing key: the root names it, and from then on everything is signed with it.

What the former keys signed stays good, so no room notices. When one was stolen, all former ones are withdrawn, and the
county signs again what it had approved itself: whoever else holds a certificate of theirs is shut out.
"""

from __future__ import annotations

import json
from dataclasses import replace

from sqlalchemy import Connection, select, update

from desktop.sync.certificates import CountyCertificate, certify_county, is_believed, said_again
from desktop.sync.crypto import SUITE
from desktop.sync.identity import keep_identity
from desktop.sync.issuing import joined, make_issuing
from desktop.sync.parties import DEVICES, Party, all_devices, keep_device, keep_party


def turn_over(
    connection: Connection, party: Party, root_secret: str, wrap_key: bytes, *, stolen: bool, at: str
) -> Party:
    """The county with a fresh signing key; its other key stays, so what is on its way to it can be opened.

    Shape:   `wrap_key` seals the new key in the database; `stolen` withdraws every former key but the root.
    Errors:  Refused SYN-014 when the secret is not the root's.
    """
    fresh, before = SUITE.new_keys(), party.county
    former = [one for one in before.believed if one != before.sign_public] if stolen else []
    said = [
        make_issuing(before.county, before.sign_public, root_secret, key=key, withdrawn=key in former, at=at)
        for key in (fresh.sign_public, *former)
    ]
    county = replace(before, issuing=joined(before.issuing, said))
    keys = replace(party.keys, sign_secret=fresh.sign_secret, sign_public=fresh.sign_public)
    certificate = certify_county(county, keys, at)
    keep_identity(connection, keys, wrap_key)
    keep_party(connection, certificate, county, party.escrow)
    keep_device(connection, certificate, county, at)
    _sign_again(connection, county, fresh.sign_secret)
    return replace(party, keys=keys, certificate=certificate, county=county)


def _sign_again(connection: Connection, county: CountyCertificate, secret: str) -> None:
    """Whatever no key signed that still counts; a PC that was approved here has the token of its slot."""
    approved = set(connection.execute(select(DEVICES.c.id).where(DEVICES.c.token.isnot(None))).scalars())
    for name, one in all_devices(connection, county).items():
        values: dict[str, str] = {}
        if name in approved and not is_believed(one.certificate, county):
            values["cert"] = json.dumps(dict(said_again(one.certificate, secret)))
        if one.revocation is not None and not is_believed(one.revocation, county):
            values["revocation"] = json.dumps(dict(said_again(one.revocation, secret)))
        if values:
            connection.execute(update(DEVICES).where(DEVICES.c.id == name).values(**values))
