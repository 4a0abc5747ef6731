"""The key file: one random data key, wrapped once for each account and once for the recovery sheet.

`keys.json` lies in the room's folder beside the encrypted database. Without a password or the recovery sheet nothing
in the room can be read, so the file is written atomically and kept twice. Layout: `docs/formats/keys.md`.
"""

from __future__ import annotations

import base64
import hmac
import json
import math
import secrets
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from desktop.base.clock import Clock
from desktop.base.errors import EnvironmentFault, Refused, RuleBroken
from desktop.base.paths import write_file
from desktop.base.text import _
from desktop.database import binding
from desktop.database.recovery_key import new_recovery_key, recovery_secret

# 1: first release. Read by everything since.
FORMAT = 1

DATA_KEY_BYTES = 32
SALT_BYTES = 16
NONCE_BYTES = 12
MAX_FAILURES_COUNT = 5
WAIT = timedelta(minutes=15)
HISTORY_COUNT = 5
MIN_PASSWORD_CHARS = 8
MAX_NAME_CHARS = 40
MAX_FILE_BYTES = 1024 * 1024

_RECOVERY = "recovery"
_ACCOUNT = "account"


@dataclass(frozen=True)
class Strength:
    """What one try at a password costs; about a third of a second on an office PC.

    Source:  RFC 9106 (2021-09) section 4, the second recommended option: 64 MiB, three passes, four lanes.
    """

    memory_kib: int = 64 * 1024
    passes: int = 3
    lanes: int = 4


NORMAL = Strength()
# A damaged or forged file must not ask for all the memory of the PC.
_STRONGEST = Strength(memory_kib=1024 * 1024, passes=20, lanes=16)


@dataclass(frozen=True)
class KeyFileHead:
    """What the start page may show before anybody has logged in."""

    room: str
    practice: bool
    created_at: str


@dataclass(frozen=True)
class NewKeys:
    """What making a key file gives: the data key to open the database with, and the text for the recovery sheet."""

    ring: KeyRing
    data_key: bytes = field(repr=False)
    recovery_key: str = field(repr=False)


@dataclass(frozen=True)
class _Slot:
    """The data key wrapped under one secret; `failures` and `last_at` count wrong tries since the last right one."""

    name: str
    strength: Strength
    salt: bytes
    nonce: bytes
    wrapped: bytes
    failures: int = 0
    last_at: datetime | None = None
    must_change: bool = False
    history: bytes = b""
    is_bound: bool = False


@dataclass(frozen=True)
class _File:
    head: KeyFileHead
    check: bytes
    slots: tuple[_Slot, ...]
    recovery: _Slot
    is_bound: bool = False

    def slot(self, name: str) -> _Slot | None:
        return next((slot for slot in self.slots if slot.name == name), None)

    def with_slot(self, slot: _Slot) -> _File:
        others = tuple(one for one in self.slots if one.name != slot.name)
        return replace(self, slots=tuple(sorted((*others, slot), key=lambda one: one.name)))


class KeyRing:
    """The key file of one room's folder. Every call reads it anew, so two programs see each other's changes.

    Errors:  every method but `create` raises EnvironmentFault KEY-001 when the file is missing, KEY-004 when both
             copies are damaged, and Refused KEY-005 when a newer program wrote it.
    """

    def __init__(
        self,
        path: Path,
        *,
        strength: Strength = NORMAL,
        random_bytes: Callable[[int], bytes] = secrets.token_bytes,
        write: Callable[[Path, bytes], None] = write_file,
    ) -> None:
        self._path = path
        self._strength = strength
        self._random_bytes = random_bytes
        self._write = write

    @classmethod
    def create(  # noqa: PLR0913 - the first five are the sheet an administrator fills in, the rest is for tests
        cls,
        path: Path,
        *,
        name: str,
        password: str,
        room: str,
        practice: bool,
        clock: Clock,
        data_key: bytes | None = None,
        strength: Strength = NORMAL,
        random_bytes: Callable[[int], bytes] = secrets.token_bytes,
        write: Callable[[Path, bytes], None] = write_file,
    ) -> NewKeys:
        """Makes the key file of a new room with its first account and its recovery key.

        Errors:  RuleBroken KEY-013 when a key file lies there already, KEY-006 and KEY-007 for the password,
                 KEY-010 for the name.
        """
        ring = cls(path, strength=strength, random_bytes=random_bytes, write=write)
        if path.exists() or ring._second.exists():
            raise RuleBroken(
                "KEY-013",
                _("这个文件夹里已经有密钥文件，没有改动它。请换一个空文件夹，或直接打开已有的警务室。"),
            )
        name = check_account_name(name)
        check_password(name, password)
        key = data_key if data_key is not None else random_bytes(DATA_KEY_BYTES)
        head = KeyFileHead(room=room, practice=practice, created_at=_instant(clock.now()))
        recovery_key = new_recovery_key(random_bytes)
        file = _File(
            head=head,
            check=_check_of(key),
            slots=(ring._new_slot(head, name, password, key, ()),),
            recovery=ring._wrap(head, _RECOVERY, "", recovery_secret(recovery_key), key),
        )
        try:
            ring._save(file)
        except EnvironmentFault:
            ring._second.unlink(missing_ok=True)
            raise
        return NewKeys(ring=ring, data_key=key, recovery_key=recovery_key)

    @property
    def path(self) -> Path:
        """Where the key file lies."""
        return self._path

    def head(self) -> KeyFileHead:
        """Which room this is, and whether for practice."""
        return self._load().head

    def names(self) -> tuple[str, ...]:
        """The accounts, ascending."""
        return tuple(slot.name for slot in self._load().slots)

    def must_change(self, name: str) -> bool:
        """Whether the password was given by somebody else and must be changed at this log-in."""
        return self._known(self._load(), name).must_change

    def unlock(self, name: str, password: str, clock: Clock) -> bytes:
        """The data key.

        Errors:  Refused KEY-002 wrong name or password (fact `tries_left`), KEY-003 too many wrong tries (fact
                 `minutes`: how long to wait), KEY-014 bound to another Windows account.
        """
        file = self._load()
        slot = file.slot(name)
        if slot is None:
            raise _wrong(None)
        # Before the try is counted: on another PC no password is right.
        wrapped = _inner(file.head, slot)
        counted, minutes = _count_try(slot, clock.now())
        self._save(file.with_slot(counted))
        if minutes:
            raise _must_wait(minutes)
        key = self._unwrap(file.head, _ACCOUNT, replace(counted, wrapped=wrapped), _normal(password))
        if key is None:
            raise _wrong(MAX_FAILURES_COUNT - counted.failures)
        self._save(file.with_slot(replace(counted, failures=0, last_at=None)))
        return key

    def unlock_with_recovery(self, recovery_key: str, clock: Clock) -> bytes:
        """The data key, by the printed sheet; typed with or without hyphens, in any letter case, full-width too.

        Errors:  RuleBroken KEY-009 mistyped, which counts as no try; Refused KEY-002 and KEY-003 as for a password.
        """
        secret = recovery_secret(recovery_key)
        file = self._load()
        counted, minutes = _count_try(file.recovery, clock.now())
        self._save(replace(file, recovery=counted))
        if minutes:
            raise _must_wait(minutes)
        key = self._unwrap(file.head, _RECOVERY, counted, secret)
        if key is None:
            raise _wrong(MAX_FAILURES_COUNT - counted.failures)
        self._save(replace(file, recovery=replace(counted, failures=0, last_at=None)))
        return key

    def change_password(self, name: str, old: str, new: str, clock: Clock) -> None:
        """Changes one's own password.

        Errors:  as `unlock` and `set_password`.
        """
        self.set_password(name, self.unlock(name, old, clock), new)

    def reset_password(self, recovery_key: str, name: str, password: str, clock: Clock) -> bytes:
        """Sets an account's password by the recovery sheet and gives the data key.

        Errors:  as `unlock_with_recovery` and `set_password`.
        """
        key = self.unlock_with_recovery(recovery_key, clock)
        self.set_password(name, key, password)
        return key

    def set_password(self, name: str, data_key: bytes, password: str, *, must_change: bool = False) -> None:
        """Replaces the password of an account; wrong tries are forgotten.

        Errors:  RuleBroken KEY-006, KEY-007, KEY-008 (one of the last five), KEY-012 no such account.
        """
        file = self._load_with(data_key)
        slot = self._known(file, name)
        check_password(name, password)
        past = _open_history(data_key, slot)
        if any(_matches(entry, password) for entry in past):
            raise RuleBroken("KEY-008", _("新密码和最近五次用过的密码相同。请换一个没有用过的密码。"))
        fresh = self._new_slot(file.head, name, password, data_key, past)
        self._save(file.with_slot(_bound(file, replace(fresh, must_change=must_change))))

    def add_account(self, name: str, data_key: bytes, password: str, *, must_change: bool = False) -> None:
        """Lets one more person in.

        Errors:  RuleBroken KEY-006, KEY-007, KEY-010 (taken or not allowed).
        """
        file = self._load_with(data_key)
        name = check_account_name(name)
        if any(slot.name.casefold() == name.casefold() for slot in file.slots):
            raise RuleBroken("KEY-010", _("已经有同名的账号。请换一个账号名。"))
        check_password(name, password)
        fresh = self._new_slot(file.head, name, password, data_key, ())
        self._save(file.with_slot(_bound(file, replace(fresh, must_change=must_change))))

    def remove_account(self, name: str) -> None:
        """Shuts an account out; its password opens nothing afterwards.

        Errors:  RuleBroken KEY-011 for the last account, KEY-012 no such account.
        """
        file = self._load()
        slot = self._known(file, name)
        if len(file.slots) == 1:
            raise RuleBroken(
                "KEY-011", _("这是最后一个账号，不能删除，否则谁也打不开数据。请先添加另一个账号。")
            )
        self._save(replace(file, slots=tuple(one for one in file.slots if one is not slot)))

    def renew_recovery_key(self, data_key: bytes) -> str:
        """A new recovery key; the sheet printed before opens nothing afterwards."""
        file = self._load_with(data_key)
        recovery_key = new_recovery_key(self._random_bytes)
        slot = self._wrap(file.head, _RECOVERY, "", recovery_secret(recovery_key), data_key)
        self._save(replace(file, recovery=slot))
        return recovery_key

    def is_bound(self) -> bool:
        """Whether the accounts' keys have a second wrap that only a Windows account opens."""
        return self._load().is_bound

    def set_bound(self, data_key: bytes, *, is_bound: bool) -> None:
        """Gives every account's key the second wrap, or takes it off where this Windows account can.

        Errors:  RuleBroken KEY-015 where there is no Windows; EnvironmentFault when Windows refuses.
        """
        if is_bound:
            binding.demand_windows()
        file = replace(self._load_with(data_key), is_bound=is_bound)
        change = _bound if is_bound else _unbound
        self._save(replace(file, slots=tuple(change(file, slot) for slot in file.slots)))

    @staticmethod
    def derive(data_key: bytes, purpose: str) -> bytes:
        """A key of 32 bytes for one purpose (drafts, attachments, secrets), so that no two uses share a key."""
        info = b"jingwushi/" + purpose.encode("utf-8")
        return HKDF(algorithm=SHA256(), length=32, salt=None, info=info).derive(data_key)

    # -- slots -----------------------------------------------------------------------------------------------

    def _new_slot(
        self, head: KeyFileHead, name: str, password: str, data_key: bytes, past: tuple[_Past, ...]
    ) -> _Slot:
        slot = self._wrap(head, _ACCOUNT, name, _normal(password), data_key)
        salt = self._random_bytes(SALT_BYTES)
        entry = _Past(salt, self._strength, _stretch(_normal(password), salt, self._strength))
        kept = (entry, *past)[:HISTORY_COUNT]
        return replace(slot, history=_seal_history(data_key, name, kept, self._random_bytes(NONCE_BYTES)))

    def _wrap(self, head: KeyFileHead, use: str, name: str, secret: str, data_key: bytes) -> _Slot:
        salt, nonce = self._random_bytes(SALT_BYTES), self._random_bytes(NONCE_BYTES)
        cipher = AESGCM(_stretch(secret, salt, self._strength))
        wrapped = cipher.encrypt(nonce, data_key, _bound_to(head, use, name))
        return _Slot(name=name, strength=self._strength, salt=salt, nonce=nonce, wrapped=wrapped)

    @staticmethod
    def _unwrap(head: KeyFileHead, use: str, slot: _Slot, secret: str) -> bytes | None:
        cipher = AESGCM(_stretch(secret, slot.salt, slot.strength))
        try:
            return cipher.decrypt(slot.nonce, slot.wrapped, _bound_to(head, use, slot.name))
        except InvalidTag:
            return None

    @staticmethod
    def _known(file: _File, name: str) -> _Slot:
        slot = file.slot(name)
        if slot is None:
            raise RuleBroken("KEY-012", _("没有这个账号。请核对账号名。"))
        return slot

    # -- the file --------------------------------------------------------------------------------------------

    @property
    def _second(self) -> Path:
        return self._path.with_name(self._path.name + ".bak")

    def _load_with(self, data_key: bytes) -> _File:
        file = self._load()
        if not hmac.compare_digest(file.check, _check_of(data_key)):
            # Writing a slot with a foreign key would lock its owner out of the room.
            raise ValueError("the data key belongs to another key file")
        return file

    def _load(self) -> _File:
        found = False
        for path in (self._path, self._second):
            try:
                with path.open("rb") as stream:
                    data = stream.read(MAX_FILE_BYTES + 1)
            except FileNotFoundError:
                continue
            except OSError as error:
                raise EnvironmentFault(
                    "KEY-004", _("密钥文件读不出来。数据没有改动，请关闭其他程序后再试。"), may_retry=True
                ) from error
            found = True
            file = _parse(data)
            if file is not None:
                return file
        if found:
            raise EnvironmentFault(
                "KEY-004", _("密钥文件已损坏。数据库没有改动，请从备份恢复密钥文件 keys.json 后再打开。")
            )
        raise EnvironmentFault(
            "KEY-001",
            _(
                "找不到密钥文件 keys.json，数据暂时打不开，但没有丢失。请从备份恢复这个文件，再用密码或恢复密钥打开。"
            ),
        )

    def _save(self, file: _File) -> None:
        """Writes both copies, one after the other, each atomically: at any moment one of them is whole.

        The first is read and comes last, so a failure here means that nothing has changed. The second is no older
        version on purpose: a removed account must not come back by deleting the first.
        """
        data = _render(file)
        self._write(self._second, data)
        self._write(self._path, data)


# -- passwords -----------------------------------------------------------------------------------------------


def check_account_name(name: str) -> str:
    """The name as it is stored.

    Errors:  RuleBroken KEY-010: empty, over 40 characters, blanks at an end, or signs that do not print.
    """
    normal = unicodedata.normalize("NFC", name)
    if not normal or len(normal) > MAX_NAME_CHARS or normal != normal.strip() or not normal.isprintable():
        raise RuleBroken("KEY-010", _("账号名要有 1 到 40 个字，前后不能有空格。请重新填写。"))
    return normal


def check_password(name: str, password: str) -> None:
    """Accepts eight characters or more of three kinds of four: capital letters, small letters, digits, others.

    Errors:  RuleBroken KEY-006 too short or too plain, KEY-007 the account's own name.
    Source:  GB/T 22239-2019, identity; DOMAIN 6.3.
    """
    normal = _normal(password)
    kinds = {
        "upper" if char.isupper() else "lower" if char.islower() else "digit" if char.isdigit() else "other"
        for char in normal
    }
    if len(normal) < MIN_PASSWORD_CHARS or len(kinds) < 3:
        raise RuleBroken(
            "KEY-006", _("密码至少 8 位，大写字母、小写字母、数字、符号四种里要有三种。请重新设置。")
        )
    if normal.casefold() == _normal(name).casefold():
        raise RuleBroken("KEY-007", _("密码不能和账号名相同。请重新设置。"))


def _normal(password: str) -> str:
    # An input method that stands on full width must not make another password of the same keys.
    return unicodedata.normalize("NFKC", password)


def _count_try(slot: _Slot, now: datetime) -> tuple[_Slot, int]:
    """The slot with one more try on its account, and how many minutes to wait first; zero lets the try be made.

    The caller writes the slot down before the try, so that ending the program in between gains nobody a try.
    """
    if slot.failures < MAX_FAILURES_COUNT or slot.last_at is None:
        return replace(slot, failures=slot.failures + 1, last_at=now), 0
    # When the clock was set back, the wait starts anew; it must not last until the old time comes round again.
    since = min(slot.last_at, now)
    left = since + WAIT - now
    if left <= timedelta(0):
        return replace(slot, failures=1, last_at=now), 0
    return replace(slot, last_at=since), math.ceil(left / timedelta(minutes=1))


# -- history ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Past:
    """A salted, stretched password that was used before."""

    salt: bytes
    strength: Strength
    stretched: bytes


def _matches(entry: _Past, password: str) -> bool:
    return hmac.compare_digest(entry.stretched, _stretch(_normal(password), entry.salt, entry.strength))


def _seal_history(data_key: bytes, name: str, past: tuple[_Past, ...], nonce: bytes) -> bytes:
    # Under the data key, so that a stolen key file offers no old passwords to guess at.
    rows = [[_b64(one.salt), _strength_json(one.strength), _b64(one.stretched)] for one in past]
    cipher = AESGCM(KeyRing.derive(data_key, "history"))
    return nonce + cipher.encrypt(nonce, json.dumps(rows).encode(), name.encode("utf-8"))


def _open_history(data_key: bytes, slot: _Slot) -> tuple[_Past, ...]:
    cipher = AESGCM(KeyRing.derive(data_key, "history"))
    nonce, sealed = slot.history[:NONCE_BYTES], slot.history[NONCE_BYTES:]
    try:
        rows = json.loads(cipher.decrypt(nonce, sealed, slot.name.encode("utf-8")))
    except (InvalidTag, ValueError):
        # A damaged history must not keep anybody from a new password.
        return ()
    return tuple(
        _Past(_unb64(salt), _strength_of(strength), _unb64(hashed)) for salt, strength, hashed in rows
    )


# -- bytes -----------------------------------------------------------------------------------------------------


def _stretch(secret: str, salt: bytes, strength: Strength) -> bytes:
    kdf = Argon2id(
        salt=salt,
        length=32,
        iterations=strength.passes,
        lanes=strength.lanes,
        memory_cost=strength.memory_kib,
    )
    return kdf.derive(secret.encode("utf-8", "surrogatepass"))


def _bound_to(head: KeyFileHead, use: str, name: str) -> bytes:
    """What a wrapped key is tied to: moved to another room, account or to practice, it opens nothing."""
    return json.dumps(["jingwushi key", FORMAT, head.room, head.practice, use, name]).encode("ascii")


def _check_of(data_key: bytes) -> bytes:
    return KeyRing.derive(data_key, "check")[:16]


def _bound(file: _File, slot: _Slot) -> _Slot:
    if not file.is_bound or slot.is_bound or not binding.can_bind():
        return slot
    purpose = _bound_to(file.head, _ACCOUNT, slot.name)
    return replace(slot, wrapped=binding.seal(slot.wrapped, purpose), is_bound=True)


def _unbound(file: _File, slot: _Slot) -> _Slot:
    try:
        return replace(slot, wrapped=_inner(file.head, slot), is_bound=False)
    except Refused:
        # Of another PC: it waits for a new password by the recovery sheet, which takes the wrap away.
        return slot


def _inner(head: KeyFileHead, slot: _Slot) -> bytes:
    if not slot.is_bound:
        return slot.wrapped
    return binding.unseal(slot.wrapped, _bound_to(head, _ACCOUNT, slot.name))


def _must_wait(minutes: int) -> Refused:
    return Refused(
        "KEY-003",
        _("连续输错 {count} 次，请等 {minutes} 分钟再试。数据没有受到影响。").format(
            count=MAX_FAILURES_COUNT, minutes=minutes
        ),
        minutes=minutes,
    )


def _wrong(tries_left: int | None) -> Refused:
    if tries_left is None:
        return Refused("KEY-002", _("账号或密码不对，请重新输入。"))
    if tries_left <= 0:
        sentence = _("密码或恢复密钥不对，已连续输错 {count} 次。请等 {minutes} 分钟再试，数据没有受到影响。")
        told = sentence.format(count=MAX_FAILURES_COUNT, minutes=WAIT // timedelta(minutes=1))
    else:
        told = _("密码或恢复密钥不对，还可以试 {count} 次。").format(count=tries_left)
    return Refused("KEY-002", told, tries_left=max(tries_left, 0))


def _render(file: _File) -> bytes:
    document = {
        "format": FORMAT,
        "room": file.head.room,
        "practice": file.head.practice,
        "created_at": file.head.created_at,
        "check": _b64(file.check),
        "bound": file.is_bound,
        "accounts": [
            _slot_json(slot) | {"must_change": slot.must_change, "history": _b64(slot.history)}
            for slot in file.slots
        ],
        "recovery": _slot_json(file.recovery),
    }
    return (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode("utf-8")


def _slot_json(slot: _Slot) -> dict[str, object]:
    return {
        "name": slot.name,
        "argon2id": _strength_json(slot.strength),
        "salt": _b64(slot.salt),
        "nonce": _b64(slot.nonce),
        "wrapped": _b64(slot.wrapped),
        "bound": slot.is_bound,
        "failures": {"count": slot.failures, "last_at": _instant(slot.last_at) if slot.last_at else None},
    }


def _parse(data: bytes) -> _File | None:
    """The file, or None when it is damaged."""
    try:
        raw = json.loads(data.decode("utf-8"))
        format_number = int(raw["format"])
        if format_number > FORMAT:
            raise Refused(
                "KEY-005",
                _("密钥文件是更新版本的程序写的，本程序打不开。数据没有改动，请安装新版本后再打开。"),
                format=format_number,
            )
        head = KeyFileHead(str(raw["room"]), bool(raw["practice"]), str(raw["created_at"]))
        slots = tuple(_slot_of(one) for one in raw["accounts"])
        if not slots:
            return None
        return _File(
            head=head,
            check=_unb64(raw["check"]),
            slots=slots,
            recovery=_slot_of(raw["recovery"]),
            is_bound=bool(raw.get("bound", False)),
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def _slot_of(raw: Mapping[str, Any]) -> _Slot:
    salt, nonce, wrapped = _unb64(raw["salt"]), _unb64(raw["nonce"]), _unb64(raw["wrapped"])
    is_bound = bool(raw.get("bound", False))
    # What Windows puts around it has no fixed length.
    is_wrapped = len(wrapped) > DATA_KEY_BYTES + 16 if is_bound else len(wrapped) == DATA_KEY_BYTES + 16
    if (len(salt), len(nonce)) != (SALT_BYTES, NONCE_BYTES) or not is_wrapped:
        raise ValueError("slot")
    last_at = raw["failures"]["last_at"]
    return _Slot(
        name=str(raw["name"]),
        strength=_strength_of(raw["argon2id"]),
        salt=salt,
        nonce=nonce,
        wrapped=wrapped,
        failures=int(raw["failures"]["count"]),
        last_at=_instant_of(last_at) if last_at is not None else None,
        must_change=bool(raw.get("must_change", False)),
        history=_unb64(raw.get("history", "")),
        is_bound=is_bound,
    )


def _strength_json(strength: Strength) -> dict[str, int]:
    return {"m_kib": strength.memory_kib, "t": strength.passes, "p": strength.lanes}


def _strength_of(raw: Mapping[str, Any]) -> Strength:
    strength = Strength(int(raw["m_kib"]), int(raw["t"]), int(raw["p"]))
    allowed = (
        1 <= strength.lanes <= _STRONGEST.lanes
        and 1 <= strength.passes <= _STRONGEST.passes
        and 8 * strength.lanes <= strength.memory_kib <= _STRONGEST.memory_kib
    )
    if not allowed:
        raise ValueError("strength")
    return strength


def _instant(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")


def _instant_of(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("naive")
    return moment


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _unb64(text: str) -> bytes:
    return base64.b64decode(text, validate=True)
