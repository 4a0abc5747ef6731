"""The commit: one saved transaction in one scope, named by the hash of what it says and of what it had seen.

Pure: bytes in, values out. Layout and reasons are in `docs/formats/commit.md`. What arrives from outside goes
through `read_commit`, and what is written here goes through it too, so that no room can write what another refuses.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import NamedTuple, TypeAlias, cast

from desktop.base.errors import RuleBroken
from desktop.base.text import _

JSON: TypeAlias = "bool | int | float | str | Sequence[JSON] | Mapping[str, JSON] | None"

MAX_COMMIT_BYTES = 1024 * 1024
MAX_META_BYTES = 4096
MAX_PARENTS_COUNT = 256
MAX_DEPTH_COUNT = 8
ID_BYTES = 32
MAX_WHY_CHARS = 200
SALT_BYTES = 8
COUNTY = "county"

# Lamport numbers and schema numbers are stored as 64-bit integers at both ends.
_INT_MAX = 2**63 - 1
_SCOPE = re.compile(r"county|r:[0-9A-Za-z][0-9A-Za-z_-]{0,39}")
_DEVICE = re.compile(r"[0-9A-Za-z][0-9A-Za-z_.-]{0,63}")
# The columns that keep these names at the county are 60 characters wide.
_NAME_MOST = 60
_NAME = re.compile(rf"[a-z_][a-z0-9_]{{0,{_NAME_MOST - 1}}}")
# A record id may become part of a file name somewhere: no separators, no drive or stream marks, no "..".
_RECORD = re.compile(r"[0-9A-Za-z](?:[0-9A-Za-z_-]|\.(?=[0-9A-Za-z])){0,63}")
# PostgreSQL keeps no NUL, UTF-8 no half of a surrogate pair; JSON can spell both.
_UNKEEPABLE = re.compile("[\0\ud800-\udfff]")
_HEX_ID = re.compile(r"[0-9a-f]{64}")
_INCARNATION = re.compile(r"[0-9A-Za-z]{1,8}")


# Tuples, as ten thousand of each come in a first exchange: a frozen dataclass takes three times as long to make.
class Op(NamedTuple):
    """One record's changed fields inside a commit.

    Shape:   `parents` are the hex ids of the commits whose ops on this record the writer had seen when the record
             was loaded (not when it was saved); `{"_del": true}` among the fields deletes.
    """

    table: str
    record_id: str
    parents: tuple[str, ...]
    fields: Mapping[str, JSON]


class Meta(NamedTuple):
    """Who wrote a commit, on which PC, and when that PC believed it was.

    Shape:   `at` is the PC's own wall clock as text, for display only; nothing is decided by it. `why` is what the
             person gave as the reason, where one is asked for.
    """

    lam: int
    device: str
    incarnation: str
    own: bytes | None
    user: str
    at: str
    schema: int
    why: str = ""


@dataclass(frozen=True)
class Commit:
    """One commit with the very bytes that its id was made from.

    Shape:   `parents` ascending, each 32 bytes; `own` is the writer's previous commit, kept to notice split histories.
    """

    scope: str
    id: bytes
    lam: int
    device: str
    own: bytes | None
    parents: tuple[bytes, ...]
    meta: bytes
    salt: bytes
    ops: bytes

    @property
    def hex_id(self) -> str:
        """The id as ops name it in their parents."""
        return self.id.hex()

    @cached_property
    def read_ops(self) -> tuple[Op, ...]:
        """The ops, read once however often they are asked for on the way in."""
        return _read_ops(strict_json(self.ops), self.ops)

    @cached_property
    def read_meta(self) -> Meta:
        """The meta, read once."""
        return _read_meta(strict_json(self.meta))


def commit_id(parents: Sequence[bytes], meta: bytes, salt: bytes, ops: bytes) -> bytes:
    """The name of a commit: SHA-256 over its parents, its meta and its salted ops, byte for byte as given.

    The ops enter as a hash of their own so that a lawful erasure may blank them and leave the chain whole.
    """
    digests = [hashlib.sha256(part).digest() for part in (b"".join(parents), meta, salt + ops)]
    return hashlib.sha256(b"".join([b"c1", *digests])).digest()


def lam_after(parent_lams: Sequence[int]) -> int:
    """The order number of a commit whose parents carry these numbers; the first commit of a scope has 1."""
    return 1 + max(parent_lams, default=0)


def make_commit(  # noqa: PLR0913 - the parts of a commit; a dataclass would only repeat `Commit`
    *,
    scope: str,
    parents: Sequence[bytes],
    lam: int,
    device: str,
    incarnation: str | int,
    own: bytes | None,
    user: str,
    at: str,
    schema: int,
    ops: Sequence[Op],
    salt: bytes,
    why: str = "",
) -> Commit:
    """Builds the bytes of a new commit and reads them back as a receiver would.

    Shape:   `lam` is `lam_after` of the parents' numbers; `salt` is eight random bytes.
    Errors:  RuleBroken SYN-001 to SYN-004, exactly when a receiver would refuse the commit.
    """
    meta = {
        "l": lam,
        "d": f"{device}/{incarnation}",
        "p": own.hex() if own is not None else None,
        "u": user,
        "t": at,
        "k": schema,
    } | ({"w": why} if why else {})
    body = [[op.table, op.record_id, sorted(set(op.parents)), dict(op.fields)] for op in ops]
    return read_commit(scope, sorted(set(parents)), compact_json(meta), salt, compact_json(body))


_COMPACT_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode


def compact_json(value: object) -> bytes:
    """JSON without blanks, keys in the order given, Chinese as it is.

    Errors:  RuleBroken SYN-004 for what JSON or UTF-8 cannot carry.
    """
    try:
        return _COMPACT_JSON(value).encode("utf-8")
    except (TypeError, ValueError, RecursionError) as error:
        raise _bad_value("json") from error


def read_commit(  # noqa: PLR0917 - the parts of a commit
    scope: str,
    parents: Sequence[bytes],
    meta: bytes,
    salt: bytes,
    ops: bytes,
    read: tuple[JSON, JSON] | None = None,
) -> Commit:
    """A commit from its bytes, wherever they come from; its id is computed here and never taken on trust.

    Shape:   `read` is what `STRICT_JSON` found in `meta` and `ops`, from one who read them already.

    Whether `lam` fits the parents can be checked only where the parents are known: in the log.

    Errors:  RuleBroken SYN-001 malformed, SYN-002 too large, SYN-003 an op that is not allowed, SYN-004 a value that
             no store can keep.
    """
    check_scope(scope)
    if len(meta) > MAX_META_BYTES or len(ops) > MAX_COMMIT_BYTES or len(parents) > MAX_PARENTS_COUNT:
        raise RuleBroken(
            "SYN-002", _("一条改动记录超过 1 MB，没有导入。已有数据没有变化，请联系县局管理员。"), scope=scope
        )
    if len(salt) != SALT_BYTES:
        raise _malformed("salt")
    # In a bundle these bytes stand as they are inside one line, so they begin and end as JSON does.
    if meta[:1] + meta[-1:] + ops[:1] + ops[-1:] != b"{}[]" or b"\n" in meta or b"\n" in ops:
        raise _malformed("frame")
    is_ordered = len(parents) < 2 or list(parents) == sorted(set(parents))
    if not is_ordered or {len(parent) for parent in parents} - {ID_BYTES}:
        raise _malformed("parents")
    told_meta, told_ops = read if read is not None else (strict_json(meta), strict_json(ops))
    facts = _read_meta(told_meta)
    commit = Commit(
        scope=scope,
        id=commit_id(parents, meta, salt, ops),
        lam=facts.lam,
        device=facts.device,
        own=facts.own,
        parents=tuple(parents),
        meta=meta,
        salt=salt,
        ops=ops,
    )
    # Reading is checking, and what was read is kept with the commit.
    vars(commit)["read_meta"] = facts
    vars(commit)["read_ops"] = _read_ops(told_ops, ops)
    return commit


def check_scope(scope: str) -> None:
    """Accepts `county` and `r:<room code>`.

    Errors:  RuleBroken SYN-001.
    """
    if not _SCOPE.fullmatch(scope):
        raise _malformed("scope")


def check_device(device: str) -> None:
    """Accepts the name of an enrolled PC or of the county service.

    Errors:  RuleBroken SYN-001.
    """
    if not _DEVICE.fullmatch(device):
        raise _malformed("device")


def decode_ops(commit: Commit) -> tuple[Op, ...]:
    """The ops of a commit that was read or made here."""
    return commit.read_ops


def decode_meta(commit: Commit) -> Meta:
    """Who wrote a commit that was read or made here."""
    return commit.read_meta


def _unique_keys(pairs: list[tuple[str, JSON]]) -> dict[str, JSON]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("key twice")
    return found


def _no_constant(name: str) -> None:
    raise ValueError(name)


# Made once: to make one costs more than to read a line with it.
STRICT_JSON = json.JSONDecoder(object_pairs_hook=_unique_keys, parse_constant=_no_constant)


def strict_json(data: bytes) -> JSON:
    """JSON from outside: UTF-8, no key twice, no NaN, nothing nested beyond what Python reads.

    Errors:  RuleBroken SYN-001.
    """
    try:
        text = data.decode("utf-8")
        value = STRICT_JSON.decode(text)
    except (ValueError, RecursionError) as error:
        raise _malformed("json") from error
    return cast(JSON, value)


def check_value(value: JSON, depth: int = 0) -> None:
    """Accepts what SQLite, PostgreSQL and JSON all keep unchanged.

    Errors:  RuleBroken SYN-004: nested deeper than eight, NUL, half a surrogate pair, beyond 64 bits, NaN.
    """
    if value is None or isinstance(value, str | int | float):
        _check_scalar(value)
    elif isinstance(value, Mapping):
        _check_depth(depth)
        for key, inner in value.items():
            check_value(key, depth)
            check_value(inner, depth + 1)
    elif isinstance(value, list | tuple):
        _check_depth(depth)
        for inner in value:
            check_value(inner, depth + 1)
    else:
        raise _bad_value("type")


def _check_depth(depth: int) -> None:
    if depth >= MAX_DEPTH_COUNT:
        raise _bad_value("depth")


def _check_scalar(value: JSON) -> None:
    if isinstance(value, str):
        if _UNKEEPABLE.search(value):
            raise _bad_value("text")
    elif isinstance(value, int):
        if not -_INT_MAX - 1 <= value <= _INT_MAX:
            raise _bad_value("integer")
    elif isinstance(value, float) and not math.isfinite(value):
        raise _bad_value("number")


def _read_meta(raw: JSON) -> Meta:
    if not isinstance(raw, dict):
        raise _malformed("meta")
    lam, schema, own = raw.get("l"), raw.get("k"), raw.get("p")
    if not _is_count(lam, 1) or not _is_count(schema, 0):
        raise _malformed("meta")
    if own is not None and not (isinstance(own, str) and _HEX_ID.fullmatch(own)):
        raise _malformed("meta")
    device, incarnation = _read_author(_text(raw.get("d"), 128))
    return Meta(
        lam=cast(int, lam),
        device=device,
        incarnation=incarnation,
        own=bytes.fromhex(own) if own is not None else None,
        user=_text(raw.get("u"), 128),
        at=_text(raw.get("t"), 64),
        schema=cast(int, schema),
        why=_text(raw.get("w", ""), MAX_WHY_CHARS),
    )


@lru_cache(maxsize=1024)
def _read_author(told: str) -> tuple[str, str]:
    device, slash, incarnation = told.partition("/")
    check_device(device)
    if not slash or not _INCARNATION.fullmatch(incarnation):
        raise _malformed("meta")
    return device, incarnation


# The same few names stand in every line of a bundle.
@lru_cache(maxsize=4096)
def _is_known_name(told: str) -> bool:
    return _NAME.fullmatch(told) is not None


def _is_name(told: str) -> bool:
    # What is remembered is short, or a hostile bundle could fill the memory with names.
    return len(told) <= _NAME_MOST and _is_known_name(told)


def _read_ops(raw: JSON, told: bytes) -> tuple[Op, ...]:
    """Shape: `told` is what `raw` was read from."""
    if not isinstance(raw, list) or not raw:
        raise _malformed("ops")
    # Only spelt by number can a text hold what no store keeps, and hardly any commit does that.
    is_plain = b"\\u" not in told
    ops = tuple([_read_op(item, is_plain=is_plain) for item in raw])
    if len({(op.table, op.record_id) for op in ops}) != len(ops):
        raise _bad_op("record_twice")
    return ops


def _read_op(item: JSON, *, is_plain: bool) -> Op:
    if not isinstance(item, list) or len(item) != 4:
        raise _malformed("ops")
    table, record_id, parents, fields = item
    if not isinstance(table, str) or not _is_name(table):
        raise _bad_op("table")
    if not isinstance(record_id, str) or not _RECORD.fullmatch(record_id):
        raise _bad_op("record")
    if not isinstance(parents, list) or not isinstance(fields, dict) or not fields:
        raise _malformed("ops")
    if not all(isinstance(parent, str) and _HEX_ID.fullmatch(parent) for parent in parents):
        raise _bad_op("parents")
    for name, value in fields.items():
        if not _is_name(name):
            raise _bad_op("field")
        if not (is_plain and isinstance(value, str)):
            check_value(value)
    if not isinstance(fields.get("_del"), bool | None):
        raise _bad_op("field")
    return Op(table=table, record_id=record_id, parents=tuple(parents), fields=fields)


def _is_count(value: JSON, least: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= _INT_MAX


def _text(value: JSON, most: int) -> str:
    if not isinstance(value, str) or len(value) > most:
        raise _malformed("meta")
    _check_scalar(value)
    return value


def _malformed(part: str) -> RuleBroken:
    return RuleBroken(
        "SYN-001",
        _("一条改动记录的内容不完整或被改动过，没有导入。已有数据没有变化，请让对方重新导出。"),
        part=part,
    )


def _bad_op(part: str) -> RuleBroken:
    return RuleBroken(
        "SYN-003",
        _("一条改动记录里有不允许的写法，没有导入。已有数据没有变化，请联系县局管理员。"),
        part=part,
    )


def _bad_value(part: str) -> RuleBroken:
    return RuleBroken(
        "SYN-004", _("填写的内容里有无法保存的字符或数字，没有保存。请删去后重新填写。"), part=part
    )
