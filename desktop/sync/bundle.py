"""The bundle: commits on their way, the same bytes on a stick and in a request.

JSON lines, compressed with zstd, sealed with age, signed inside by the sender. Nothing is given out before everything
is checked, and no plain text touches a disk. Layout: `docs/formats/bundle.md`.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

import zstandard

from desktop.base.errors import Failure, Refused, RuleBroken
from desktop.base.text import _
from desktop.sync.commits import (
    JSON,
    MAX_COMMIT_BYTES,
    STRICT_JSON,
    Commit,
    check_device,
    check_scope,
    compact_json,
    read_commit,
    strict_json,
)
from desktop.sync.crypto import SIGNATURE_BYTES, SUITE, Suite, check_suite, too_large

# 1: first release. A reader refuses a greater number and loses nothing: the sender keeps what it sent.
VERSION = 1
MAX_PLAIN_BYTES = 256 * 1024 * 1024
# Meta, salt and parents stand beside the ops.
MAX_LINE_BYTES = MAX_COMMIT_BYTES + 64 * 1024
ZSTD_LEVEL = 9
SUFFIX = ".jwb"
_NAME = re.compile(r"[0-9a-f]{32}\.jwb")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_HEX = re.compile(r"([0-9a-f]{2})*")


@dataclass(frozen=True)
class Vouch:
    """A device's digital signature over a commit that it wrote; covers every commit before it of that device."""

    scope: str
    commit_id: bytes
    device: str
    sig: bytes


@dataclass(frozen=True)
class ScopeState:
    """What the sender says about one scope.

    Shape:   `heads` what it has; `base` what it believes the receiver has; `want` what it lacks and asks for.
    """

    heads: tuple[bytes, ...] = ()
    base: tuple[bytes, ...] = ()
    want: tuple[bytes, ...] = ()


@dataclass(frozen=True)
class BlobState:
    """What the sender says about attachments, by the SHA-256 of their content in hex."""

    have: tuple[str, ...] = ()
    want: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()


@dataclass(frozen=True)
class BundleHead:
    """The first line: from whom, to whom, and where both sides stand.

    Shape:   `receivers` one or more, as a room's two PCs may share one bundle; `made` is the sender's
             wall clock as text, for display; `certificate` is whatever proves the sender's key to the receiver; `extra`
             holds keys that a newer program wrote, as they came.
    """

    id: str
    sender: str
    receivers: tuple[str, ...]
    made: str
    schema: int
    app: str
    scopes: Mapping[str, ScopeState] = field(default_factory=dict)
    blobs: BlobState = field(default_factory=BlobState)
    certificate: JSON = None
    extra: Mapping[str, JSON] = field(default_factory=dict)
    version: int = VERSION
    suite: int = 1


@dataclass(frozen=True)
class Bundle:
    """A bundle that passed every check that can be made without a database."""

    head: BundleHead
    commits: tuple[Commit, ...]
    vouches: tuple[Vouch, ...]


def new_name(suite: Suite = SUITE) -> str:
    """A file name that tells nothing."""
    return suite.random_bytes(16).hex() + SUFFIX


def is_name(name: str) -> bool:
    """Whether a file may be one of ours."""
    return _NAME.fullmatch(name) is not None


def vouch_text(scope: str, commit_id: bytes) -> bytes:
    """What a device signs to vouch for a commit and its own commits before it."""
    return b"jingwushi vouch 1\n" + scope.encode("utf-8") + b"\n" + commit_id


def make_vouch(scope: str, commit_id: bytes, device: str, secret: str, suite: Suite = SUITE) -> Vouch:
    """The device's signature over its own commit."""
    return Vouch(scope, commit_id, device, suite.sign(vouch_text(scope, commit_id), secret))


def vouch_is_right(vouch: Vouch, publics: Iterable[str], suite: Suite = SUITE) -> bool:
    """Whether one of the keys signed."""
    return any(_is_signed(vouch, public, suite) for public in publics)


def _is_signed(vouch: Vouch, public: str, suite: Suite) -> bool:
    try:
        suite.verify(vouch_text(vouch.scope, vouch.commit_id), vouch.sig, public)
    except Failure:
        return False
    return True


def write_bundle(
    head: BundleHead,
    commits: Iterable[Commit],
    vouches: Iterable[Vouch],
    *,
    sign_secret: str,
    recipients: Sequence[str],
    suite: Suite = SUITE,
) -> bytes:
    """The sealed bytes of a bundle.

    Shape:   `commits` in ascending `lam`, so that no commit comes before its parents.
    Errors:  RuleBroken SYN-012 when it grows over the limit: send fewer commits.
    """
    plain = bytearray()
    for line in _lines(head, commits, vouches):
        plain += line
        if len(plain) > MAX_PLAIN_BYTES - MAX_LINE_BYTES:
            raise too_large(len(plain))
    signature = suite.sign(suite.digest(bytes(plain)), sign_secret)
    plain += _line({"sig": _b64(signature)})
    return suite.seal(zstandard.ZstdCompressor(level=ZSTD_LEVEL).compress(bytes(plain)), recipients)


def read_bundle(
    sealed: bytes,
    identity: str,
    certificate_check: Callable[[BundleHead], str],
    *,
    receiver: str,
    suite: Suite = SUITE,
) -> Bundle:
    """Everything in a bundle, or nothing.

    Checks in this order: sizes, seal, version, digital signature, certificate, receiver, then every line.
    `certificate_check` gets the head, which is not trusted yet, and gives the sender's public signing key or raises.

    Errors:  Refused SYN-010 not for this key, SYN-014 signature, SYN-015 suite, SYN-020 newer format, SYN-021 for
             another receiver; RuleBroken SYN-011 damaged, SYN-012 too large, SYN-022 malformed, SYN-001 to SYN-004 a
             commit.
    """
    plain = _decompress(suite.open_sealed(sealed, identity))
    if not plain.endswith(b"\n") or plain.count(b"\n") < 2:
        raise _malformed("end")
    start = plain.rindex(b"\n", 0, -1) + 1
    signed = plain[:start]
    head = _read_head(plain[: plain.index(b"\n")])
    public = certificate_check(head)
    check_suite(head.suite, suite)
    suite.verify(suite.digest(signed), _read_signature(plain[start:-1]), public)
    if receiver not in head.receivers:
        raise Refused(
            "SYN-021",
            _("这个文件是发给别的电脑的，没有导入。已有数据没有变化，请确认拿的是发给本机的文件。"),
            receivers=head.receivers,
        )
    commits, vouches = _read_body(signed)
    return Bundle(head=head, commits=commits, vouches=vouches)


# -- writing -------------------------------------------------------------------------------------------------


def _lines(head: BundleHead, commits: Iterable[Commit], vouches: Iterable[Vouch]) -> Iterator[bytes]:
    yield _line(_head_json(head))
    last: dict[str, Commit] = {}
    for commit in commits:
        before = last.get(commit.scope)
        if before is not None and before.lam > commit.lam:
            raise ValueError("commits out of order")
        parts = [compact_json(commit.scope)]
        # Most commits build on the one just before them; leaving its id out saves a fifth of the bundle.
        if before is None or commit.parents != (before.id,):
            parts.append(compact_json([parent.hex() for parent in commit.parents]))
        parts += [commit.meta, compact_json(commit.salt.hex()), commit.ops]
        yield b"[" + b",".join(parts) + b"]\n"
        last[commit.scope] = commit
    for vouch in vouches:
        yield _line([vouch.scope, vouch.commit_id.hex(), vouch.device, _b64(vouch.sig)])


def _head_json(head: BundleHead) -> dict[str, JSON]:
    return {
        "v": head.version,
        "suite": head.suite,
        "id": head.id,
        "from": head.sender,
        "to": head.receivers[0] if len(head.receivers) == 1 else list(head.receivers),
        "made": head.made,
        "schema": head.schema,
        "app": head.app,
        "scopes": {
            scope: {
                "heads": [one.hex() for one in state.heads],
                "base": [one.hex() for one in state.base],
                "want": [one.hex() for one in state.want],
            }
            for scope, state in head.scopes.items()
        },
        "blobs": {
            "have": list(head.blobs.have),
            "want": list(head.blobs.want),
            "kept": list(head.blobs.kept),
        },
        "cert": head.certificate,
        **head.extra,
    }


def _line(value: JSON) -> bytes:
    return compact_json(value) + b"\n"


# -- reading -------------------------------------------------------------------------------------------------


def _decompress(packed: bytes) -> bytes:
    """The one zstd frame, never more than the cap, whatever its header promises."""
    if not packed.startswith(zstandard.FRAME_HEADER):
        raise _malformed("zstd")
    # A frame may ask for a window of gigabytes before it gives a byte.
    decompressor = zstandard.ZstdDecompressor(max_window_size=32 * 1024 * 1024).decompressobj()
    plain = bytearray()
    try:
        for start in range(0, len(packed), 1024):
            if decompressor.eof:
                raise _malformed("zstd")
            plain += decompressor.decompress(packed[start : start + 1024])
            if len(plain) > MAX_PLAIN_BYTES:
                raise too_large(len(plain))
    except zstandard.ZstdError as error:
        raise _malformed("zstd") from error
    if not decompressor.eof or decompressor.unused_data:
        raise _malformed("zstd")
    return bytes(plain)


def _read_head(line: bytes) -> BundleHead:
    raw = _object(line)
    version = raw.pop("v", None)
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise _malformed("head")
    if version > VERSION:
        raise Refused(
            "SYN-020",
            _("这个文件是更新版本的程序写的，没有导入。数据仍在对方那里，不会丢失，请先升级本程序再导入。"),
            version=version,
        )
    receivers = raw.pop("to", None)
    certificate = raw.pop("cert", None)
    return BundleHead(
        version=version,
        suite=_count(raw.pop("suite", None)),
        id=_word(raw.pop("id", None)),
        sender=_device(raw.pop("from", None)),
        receivers=tuple(_device(one) for one in (receivers if isinstance(receivers, list) else [receivers])),
        made=_word(raw.pop("made", None)),
        schema=_count(raw.pop("schema", None)),
        app=_word(raw.pop("app", None)),
        scopes=_read_scopes(raw.pop("scopes", None)),
        blobs=_read_blobs(raw.pop("blobs", None)),
        certificate=certificate,
        extra=raw,
    )


def _read_scopes(raw: JSON) -> dict[str, ScopeState]:
    if not isinstance(raw, dict):
        raise _malformed("scopes")
    found = {}
    for scope, state in raw.items():
        check_scope(scope)
        if not isinstance(state, dict):
            raise _malformed("scopes")
        heads, base, want = (_ids(state.get(name, [])) for name in ("heads", "base", "want"))
        found[scope] = ScopeState(heads, base, want)
    return found


def _read_blobs(raw: JSON) -> BlobState:
    if not isinstance(raw, dict):
        raise _malformed("blobs")
    have, want, kept = (
        tuple(one.hex() for one in _ids(raw.get(name, []))) for name in ("have", "want", "kept")
    )
    return BlobState(have, want, kept)


def _read_body(signed: bytes) -> tuple[tuple[Commit, ...], tuple[Vouch, ...]]:
    commits: list[Commit] = []
    vouches: list[Vouch] = []
    last: dict[str, Commit] = {}
    for line in signed.split(b"\n")[1:-1]:
        if len(line) > MAX_LINE_BYTES:
            raise too_large(len(line))
        parts = _split_line(line)
        if isinstance(parts[1][1], str):
            vouches.append(_read_vouch([value for _text, value in parts]))
            continue
        commit = _read_commit_line(parts, last)
        if vouches or (commit.scope in last and last[commit.scope].lam > commit.lam):
            raise _malformed("order")
        last[commit.scope] = commit
        commits.append(commit)
    return tuple(commits), tuple(vouches)


def _split_line(line: bytes) -> list[tuple[bytes, JSON]]:
    """The members of a JSON array and the bytes they are written in: what is hashed must not be rendered anew."""
    try:
        text = line.decode("utf-8")
        parts: list[tuple[bytes, JSON]] = []
        place = 0
        while not parts or text[place] == ",":
            if not parts and text[0] != "[":
                raise _malformed("line")
            value, end = STRICT_JSON.raw_decode(text, place + 1)
            parts.append((text[place + 1 : end].encode("utf-8"), value))
            place = end
    except (ValueError, IndexError, RecursionError) as error:
        raise _malformed("line") from error
    if text[place:] != "]" or len(parts) < 4:
        raise _malformed("line")
    return parts


def _read_commit_line(parts: list[tuple[bytes, JSON]], last: Mapping[str, Commit]) -> Commit:
    scope = _word(parts[0][1])
    if len(parts) == 5:
        parents = _ids(parts[1][1])
    elif len(parts) == 4 and scope in last:
        parents = (last[scope].id,)
    else:
        raise _malformed("commit")
    (meta, told_meta), (_text, salt), (ops, told_ops) = parts[-3:]
    return read_commit(scope, parents, meta, _hex(salt), ops, (told_meta, told_ops))


def _read_vouch(raw: list[JSON]) -> Vouch:
    if len(raw) != 4:
        raise _malformed("vouch")
    scope = _word(raw[0])
    check_scope(scope)
    (commit_id,) = _ids([raw[1]])
    return Vouch(scope=scope, commit_id=commit_id, device=_device(raw[2]), sig=_signature(raw[3]))


def _read_signature(line: bytes) -> bytes:
    raw = _object(line)
    if raw.keys() != {"sig"}:
        raise _malformed("signature")
    return _signature(raw["sig"])


def _object(line: bytes) -> dict[str, JSON]:
    raw = _value(line)
    if not isinstance(raw, dict):
        raise _malformed("object")
    return raw


def _value(data: bytes) -> JSON:
    if len(data) > MAX_LINE_BYTES:
        raise too_large(len(data))
    try:
        return strict_json(data)
    except RuleBroken as error:
        raise _malformed("json") from error


def _ids(raw: JSON) -> tuple[bytes, ...]:
    if not isinstance(raw, list) or not all(isinstance(one, str) and _SHA256.fullmatch(one) for one in raw):
        raise _malformed("ids")
    return tuple(bytes.fromhex(cast(str, one)) for one in raw)


def _hex(raw: JSON) -> bytes:
    if not isinstance(raw, str) or not _HEX.fullmatch(raw):
        raise _malformed("hex")
    return bytes.fromhex(raw)


def _signature(raw: JSON) -> bytes:
    try:
        signature = base64.b64decode(_word(raw), validate=True)
    except ValueError as error:
        raise _malformed("signature") from error
    # Base64 has spare bits at the end; only one spelling of a signature passes.
    if len(signature) != SIGNATURE_BYTES or _b64(signature) != raw:
        raise _malformed("signature")
    return signature


def _device(raw: JSON) -> str:
    name = _word(raw)
    check_device(name)
    return name


def _word(raw: JSON) -> str:
    if not isinstance(raw, str) or len(raw) > 128:
        raise _malformed("text")
    return raw


def _count(raw: JSON) -> int:
    if not isinstance(raw, int) or isinstance(raw, bool) or not 0 <= raw < 2**31:
        raise _malformed("number")
    return raw


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _malformed(part: str) -> RuleBroken:
    return RuleBroken(
        "SYN-022",
        _("文件的内容不完整或写法不对，没有导入。已有数据没有变化，请让对方重新导出一份。"),
        part=part,
    )
