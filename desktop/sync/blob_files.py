"""One attachment on its way: its bytes with a signed head, sealed for who may have it. Layout: `docs/formats/blob.md`.

The head names the content by its SHA-256, so the signature over the head covers the content. Nothing is given out
before all of it is checked, and no plain text touches a disk.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from desktop.base.clock import Clock
from desktop.base.errors import Refused, RuleBroken
from desktop.base.paths import fault_from, write_file
from desktop.base.text import _
from desktop.sync.commits import JSON, check_device, check_scope, compact_json, strict_json
from desktop.sync.crypto import SUITE, Suite, check_suite

# 1: first release. A reader refuses a greater number and loses nothing: the sender keeps what it sent.
VERSION = 1
SUFFIX = ".jwa"
OLD_SECONDS = 30 * 86400
_MAX_HEAD_BYTES = 16 * 1024
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class BlobHead:
    """What the first line says: from whom, to whom, which bytes of which scope."""

    sender: str
    receivers: tuple[str, ...]
    scope: str
    sha256: str
    size_bytes: int
    certificate: JSON
    suite: int = 1


def seal_blob(
    head: BlobHead, content: bytes, *, sign_secret: str, recipients: Sequence[str], suite: Suite = SUITE
) -> bytes:
    """The sealed bytes of one attachment.

    Errors:  RuleBroken SYN-012 too large.
    """
    told: dict[str, JSON] = {
        "v": VERSION,
        "suite": head.suite,
        "from": head.sender,
        "to": list(head.receivers),
        "scope": head.scope,
        "sha256": head.sha256,
        "size": head.size_bytes,
        "cert": head.certificate,
    }
    first = compact_json(told) + b"\n"
    signature = base64.b64encode(suite.sign(_signed(first, suite), sign_secret)).decode("ascii")
    second = compact_json({"sig": signature}) + b"\n"
    return suite.seal(first + second + content, recipients)


def open_blob(
    sealed: bytes,
    identity: str,
    certificate_check: Callable[[BlobHead], str],
    *,
    receiver: str,
    suite: Suite = SUITE,
) -> tuple[BlobHead, bytes]:
    """Head and content, or nothing.

    Checks in this order: sizes, seal, form, version, digital signature, certificate, receiver, size and hash of the
    content. `certificate_check` gets the head, which is not trusted yet, and gives the sender's public signing key.

    Errors:  Refused SYN-010 not for this key, SYN-014 signature, SYN-015 suite, SYN-020 newer format, SYN-021 for
             another receiver; RuleBroken SYN-011 damaged, SYN-012 too large, SYN-022 malformed or another content.
    """
    plain = suite.open_sealed(sealed, identity)
    end = plain.find(b"\n", 0, _MAX_HEAD_BYTES) + 1
    content_at = plain.find(b"\n", end, _MAX_HEAD_BYTES) + 1
    if not end or not content_at:
        raise _malformed("head")
    head = _read_head(plain[: end - 1])
    public = certificate_check(head)
    signature = _read_signature(plain[end : content_at - 1])
    check_suite(head.suite, suite)
    suite.verify(_signed(plain[:end], suite), signature, public)
    if receiver not in head.receivers:
        raise Refused(
            "SYN-021",
            _("这个文件是发给别的电脑的，没有导入。已有数据没有变化，请确认拿的是发给本机的文件。"),
            receivers=head.receivers,
        )
    content = plain[content_at:]
    if len(content) != head.size_bytes or hashlib.sha256(content).hexdigest() != head.sha256:
        raise _malformed("content")
    return head, content


def _signed(first: bytes, suite: Suite) -> bytes:
    return b"jingwushi blob 1\n" + suite.digest(first)


def _read_head(line: bytes) -> BlobHead:
    raw = _object(line)
    version, size_bytes, suite = raw.get("v"), raw.get("size"), raw.get("suite")
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise _malformed("head")
    if version > VERSION:
        raise Refused(
            "SYN-020",
            _("这个文件是更新版本的程序写的，没有导入。数据仍在对方那里，不会丢失，请先升级本程序再导入。"),
            version=version,
        )
    receivers, sha256, scope, sender = raw.get("to"), raw.get("sha256"), raw.get("scope"), raw.get("from")
    if not isinstance(receivers, list) or not isinstance(sha256, str) or not _SHA256.fullmatch(sha256):
        raise _malformed("head")
    if not isinstance(size_bytes, int) or isinstance(size_bytes, bool) or not isinstance(suite, int):
        raise _malformed("head")
    if not isinstance(scope, str) or not isinstance(sender, str):
        raise _malformed("head")
    check_scope(scope)
    check_device(sender)
    return BlobHead(
        sender=sender,
        receivers=tuple(str(one) for one in receivers),
        scope=scope,
        sha256=sha256,
        size_bytes=size_bytes,
        certificate=raw.get("cert"),
        suite=suite,
    )


def _read_signature(line: bytes) -> bytes:
    told = _object(line).get("sig")
    if not isinstance(told, str):
        raise _malformed("signature")
    try:
        return base64.b64decode(told, validate=True)
    except ValueError as error:
        raise _malformed("signature") from error


def _object(line: bytes) -> dict[str, JSON]:
    try:
        raw = strict_json(line)
    except RuleBroken as error:
        raise _malformed("json") from error
    if not isinstance(raw, dict):
        raise _malformed("object")
    return raw


def _malformed(part: str) -> RuleBroken:
    return RuleBroken(
        "SYN-022",
        _("文件的内容不完整或写法不对，没有导入。已有数据没有变化，请让对方重新导出一份。"),
        part=part,
    )


class Spool:
    """Sealed attachments on their way: the very bytes that a cut transfer goes on with.

    The name of a file is a keyed hash of whom it is for and what is in it, so nothing has to be remembered and
    nothing can be learnt from the folder.
    """

    def __init__(self, folder: Path, key: bytes) -> None:
        self._folder = folder
        self._key = key

    def path(self, peer: str, scope: str, sha256: str) -> Path:
        """Where the sealed bytes for this peer lie, or would lie."""
        told = f"{peer}\n{scope}\n{sha256}".encode()
        return self._folder / f"{hmac.new(self._key, told, 'sha256').hexdigest()[:32]}{SUFFIX}"

    def sealed(self, peer: str, scope: str, sha256: str, make: Callable[[], bytes]) -> Path:
        """The file with the sealed bytes, made the first time.

        Errors:  EnvironmentFault ENV-0xx when the disk refuses; what `make` raises.
        """
        path = self.path(peer, scope, sha256)
        if not path.exists():
            sealed = make()
            self._make_folder()
            write_file(path, sealed, doing=_("准备附件"))
        return path

    def part(self, peer: str, scope: str, sha256: str, mark: str) -> Path:
        """Where what came of a download lies; `mark` (hex) tells which sealed bytes of the sender these are."""
        self._make_folder()
        return self.path(peer, scope, sha256).with_suffix(f".{mark}.part")

    def parts(self, peer: str, scope: str, sha256: str) -> Iterator[Path]:
        """What came of downloads of this attachment."""
        return self._folder.glob(f"{self.path(peer, scope, sha256).stem}.*.part")

    def drop(self, peer: str, scope: str, sha256: str) -> None:
        """Forgets the sealed bytes: they arrived, or must be made anew."""
        for path in (self.path(peer, scope, sha256), *self.parts(peer, scope, sha256)):
            try:
                path.unlink(missing_ok=True)
            except OSError as error:
                raise fault_from(error, _("清理附件")) from error

    def tidy(self, clock: Clock) -> None:
        """Forgets what nobody came for; it can be sealed again."""
        for path in self._folder.glob("*"):
            try:
                if clock.now().timestamp() - path.stat().st_mtime > OLD_SECONDS:
                    path.unlink()
            except OSError:
                # Gone already, or held by a scanner: another time will do.
                continue

    def _make_folder(self) -> None:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise fault_from(error, _("准备附件")) from error
