"""Registered sticks: a file signed by the county that says that this stick may be used. A policy, off unless chosen.

It keeps a private stick out by mistake; it does not stop somebody who copies the file. What lies on a stick is sealed
either way.
"""

from __future__ import annotations

import base64
from contextlib import suppress
from pathlib import Path

from desktop.base.errors import Refused, RuleBroken
from desktop.base.paths import fault_from, write_file
from desktop.base.text import _
from desktop.sync.certificates import CountyCertificate
from desktop.sync.commits import compact_json, strict_json
from desktop.sync.crypto import SUITE
from desktop.sync.parties import Party
from desktop.sync.stick import FOLDER

NAME = "stick.json"
_MOST_BYTES = 4096
_MOST_LABEL_CHARS = 20


def register_stick(root: Path, label: str, party: Party) -> None:
    """Writes the county's word to a stick.

    Errors:  RuleBroken SYN-079 at a room, SYN-037 without a label; EnvironmentFault ENV-0xx.
    """
    if not party.is_county:
        raise RuleBroken("SYN-079", _("这个文件夹里是警务室，不是县局。请用 --home 指明县局的文件夹"))
    label = label.strip()
    if not 0 < len(label) <= _MOST_LABEL_CHARS:
        raise RuleBroken("SYN-037", _("请写U盘的编号，最多 20 个字，例如 07"))
    body = compact_json(
        {"county": party.county.county, "stick": SUITE.random_bytes(16).hex(), "label": label}
    )
    signature = SUITE.sign(_signed(body), party.sign_secret)
    told = compact_json({"body": body.decode(), "sig": base64.b64encode(signature).decode("ascii")})
    folder = root / FOLDER
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise fault_from(error, _("登记U盘")) from error
    write_file(folder / NAME, told, doing=_("登记U盘"))


def check_stick(root: Path, county: CountyCertificate) -> str:
    """The label of a registered stick.

    Errors:  Refused SYN-034 when the county did not register it; EnvironmentFault ENV-0xx.
    """
    path = root / FOLDER / NAME
    try:
        with path.open("rb") as file:
            data = file.read(_MOST_BYTES)
    except FileNotFoundError:
        raise _not_registered() from None
    except OSError as error:
        raise fault_from(error, _("读取U盘")) from error
    try:
        told = strict_json(data)
        body, sig = (told["body"], told["sig"]) if isinstance(told, dict) else ("", "")
        text = str(body).encode()
        if not _is_signed(text, base64.b64decode(str(sig), validate=True), county):
            raise _not_registered()
        said = strict_json(text)
    except (RuleBroken, Refused, KeyError, ValueError) as error:
        raise _not_registered() from error
    if not isinstance(said, dict) or said.get("county") != county.county:
        raise _not_registered()
    return str(said.get("label", ""))


def stick_label(root: Path, county: CountyCertificate) -> str:
    """The label of a stick; empty for one that is not registered."""
    try:
        return check_stick(root, county)
    except Refused:
        return ""


def _is_signed(body: bytes, signature: bytes, county: CountyCertificate) -> bool:
    for public in county.believed:
        with suppress(Refused):
            SUITE.verify(_signed(body), signature, public)
            return True
    return False


def _signed(body: bytes) -> bytes:
    return b"jingwushi stick register 1\n" + body


def _not_registered() -> Refused:
    return Refused("SYN-034", _("这个U盘没有在县局登记，没有读写。请换登记过的U盘，或请县局登记"))
