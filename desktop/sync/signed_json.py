"""Signed JSON, the form of everything that a county says about who belongs to it: a text, and a signature over it.

`{"body": "<JSON as text>", "sig": "<base64>"}`; layout in `docs/formats/keys.md`. A reader takes the body apart member
by member, and whatever is not as it should be is told as SYN-040.
"""

from __future__ import annotations

import base64
import functools
import re
from collections.abc import Callable, Hashable, Mapping, Sequence
from datetime import date
from typing import cast

from desktop.base.errors import Refused, RuleBroken
from desktop.base.settings import is_server_address
from desktop.base.text import _
from desktop.sync.commits import JSON, check_device, check_scope, compact_json, strict_json
from desktop.sync.crypto import Suite

_LETTER = re.compile(r"[A-Z]")
_TOKEN = re.compile(r"[0-9a-f]{64}")
_MAX_TEXT_CHARS = 200


def sign_json(kind: str, body: Mapping[str, JSON], secret: str, suite: Suite) -> dict[str, JSON]:
    """The body as the very text that is signed, beside its signature."""
    return _signed(kind, compact_json(body), secret, suite)


def sign_again(kind: str, signed: Mapping[str, JSON], secret: str, suite: Suite) -> dict[str, JSON]:
    """The same text under another key."""
    return _signed(kind, str(signed["body"]).encode("utf-8"), secret, suite)


def _signed(kind: str, text: bytes, secret: str, suite: Suite) -> dict[str, JSON]:
    signature = suite.sign(_signed_text(kind, text), secret)
    return {"body": text.decode("utf-8"), "sig": base64.b64encode(signature).decode("ascii")}


def verify_json(kind: str, signed: JSON, publics: Sequence[str], suite: Suite) -> None:
    """Returns when one of the keys signed it.

    Errors:  RuleBroken SYN-040 malformed; Refused SYN-014.
    """
    if not is_signed_by(kind, signed, publics, suite):
        text, signature = _taken_apart(kind, signed)
        suite.verify(text, signature, publics[0])


def is_signed_by(kind: str, signed: JSON, publics: Sequence[str], suite: Suite) -> bool:
    """Whether one of the keys signed it.

    Errors:  RuleBroken SYN-040 malformed.
    """
    text, signature = _taken_apart(kind, signed)
    return any(_is_right(cast(Hashable, suite), text, signature, public) for public in publics)


def _taken_apart(kind: str, signed: JSON) -> tuple[bytes, bytes]:
    if not isinstance(signed, Mapping):
        raise malformed("signed")
    text, sig = signed.get("body"), signed.get("sig")
    if not isinstance(text, str) or not isinstance(sig, str):
        raise malformed("signed")
    try:
        return _signed_text(kind, text.encode("utf-8")), base64.b64decode(sig, validate=True)
    except ValueError as error:
        raise malformed("signed") from error


# A signature stays what it is, and the same certificates come with every bundle.
@functools.lru_cache(maxsize=8192)
def _is_right(suite: Hashable, data: bytes, signature: bytes, public: str) -> bool:
    try:
        cast(Suite, suite).verify(data, signature, public)
    except Refused:
        return False
    return True


def _signed_text(kind: str, text: bytes) -> bytes:
    # The kind is signed too: a request's signature must never pass for an approval's.
    return b"jingwushi " + kind.encode("ascii") + b" 1\n" + text


def read_unsigned(signed: JSON, suite: Suite) -> Body:
    """What the body says, before anybody knows whether its signature is right.

    Errors:  RuleBroken SYN-040.
    """
    text = signed.get("body") if isinstance(signed, Mapping) else None
    if not isinstance(text, str):
        raise malformed("signed")
    try:
        body = strict_json(text.encode("utf-8"))
    except (RuleBroken, ValueError) as error:
        raise malformed("body") from error
    if not isinstance(body, Mapping):
        raise malformed("body")
    return Body(body, suite)


def parse_json(data: bytes, most_bytes: int) -> JSON:
    """Strict JSON of a limited size.

    Errors:  RuleBroken SYN-040.
    """
    if len(data) > most_bytes:
        raise malformed("size")
    try:
        return strict_json(data)
    except RuleBroken as error:
        raise malformed("json") from error


class Body:
    """Reads one signed body, member by member; whatever is not as it should be is told as SYN-040."""

    def __init__(self, body: Mapping[str, JSON], suite: Suite) -> None:
        self._body, self._suite = body, suite

    def raw(self, name: str) -> JSON:
        """A member as it stands, of any form."""
        return self._body.get(name)

    def text(self, name: str) -> str:
        """A text of one line, not empty."""
        value = self._body.get(name)
        if not isinstance(value, str) or not 0 < len(value) <= _MAX_TEXT_CHARS or not value.isprintable():
            raise malformed(name)
        return value

    def flag(self, name: str) -> bool:
        """Yes or no."""
        value = self._body.get(name)
        if not isinstance(value, bool):
            raise malformed(name)
        return value

    def device(self, name: str) -> str:
        """The name of a device."""
        value = self.text(name)
        _typed(lambda: check_device(value))
        return value

    def scope(self) -> str:
        """A scope."""
        value = self.text("scope")
        _typed(lambda: check_scope(value))
        return value

    def room(self) -> str:
        """The code of a room."""
        value = self.text("room")
        _typed(lambda: check_scope(f"r:{value}"))
        return value

    def letter(self) -> str:
        """A PC's letter."""
        value = self.text("letter")
        if not _LETTER.fullmatch(value):
            raise malformed("letter")
        return value

    def token(self, name: str) -> str:
        """64 hex digits."""
        value = self.text(name)
        if not _TOKEN.fullmatch(value):
            raise malformed(name)
        return value

    def sign_public(self, name: str = "sign_public") -> str:
        """The public half of a signing key."""
        value = self.text(name)
        _typed(lambda: self._suite.check_sign_public(value))
        return value

    def age_public(self) -> str:
        """A recipient."""
        value = self.text("age_public")
        _typed(lambda: self._suite.check_seal_public(value))
        return value

    def escrow(self) -> str | None:
        """A recipient, or none."""
        if self._body.get("escrow") is None:
            return None
        value = self.text("escrow")
        _typed(lambda: self._suite.check_seal_public(value))
        return value

    def url(self, name: str) -> str | None:
        """A server's address, or none."""
        if self._body.get(name) is None:
            return None
        value = self.text(name)
        if not is_server_address(value):
            raise malformed(name)
        return value

    def day(self, name: str) -> date:
        """A day."""
        try:
            return date.fromisoformat(self.text(name))
        except ValueError as error:
            raise malformed(name) from error

    def bytes_or_none(self, name: str) -> bytes | None:
        """Bytes in base64, or none."""
        value = self._body.get(name)
        if value is None:
            return None
        try:
            return base64.b64decode(cast(str, value), validate=True)
        except (TypeError, ValueError) as error:
            raise malformed(name) from error


def _typed(check: Callable[[], None]) -> None:
    try:
        check()
    except RuleBroken as error:
        raise malformed(error.code) from error


def malformed(part: str) -> RuleBroken:
    """The failure for whatever is not signed JSON of the form that is asked for."""
    return RuleBroken(
        "SYN-040", _("登记文件不完整或已损坏，没有导入。已有数据没有变化，请让县局重新给一份。"), part=part
    )
