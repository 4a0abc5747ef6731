"""The key file: who gets in, who has to wait, and what a damaged or forged file can do."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, strategies as st

from desktop.base.errors import EnvironmentFault, Failure, Refused
from desktop.database import keys
from desktop.database.keys import KeyRing, NewKeys, Strength
from desktop.database.recovery_key import RECOVERY_ALPHABET, check_group, new_recovery_key, recovery_secret
from tests.helpers.clock import FixedClock

TOY = Strength(memory_kib=8, passes=1, lanes=1)
PASSWORD = "Qingshi-2026"
OTHER = "Baishi-2027"


@pytest.fixture
def path(room_folder: Path) -> Path:
    return room_folder / "keys.json"


@pytest.fixture
def made(path: Path, clock: FixedClock) -> NewKeys:
    return create(path, clock)


def create(path: Path, clock: FixedClock, **changed: object) -> NewKeys:
    facts = {"name": "王小青", "password": PASSWORD, "room": "64990101", "practice": False, "strength": TOY}
    return KeyRing.create(path, clock=clock, **(facts | changed))  # type: ignore[arg-type]


def full_width(text: str) -> str:
    """What an input method on full width makes of these keys."""
    return "".join(chr(ord(char) + 0xFEE0) for char in text)


def fails(code: str, call: Callable[[], object]) -> Failure:
    with pytest.raises(Failure) as failure:
        call()
    assert failure.value.code == code
    return failure.value


def edit(path: Path, change: Callable[[dict[str, object]], object]) -> None:
    """Changes both copies of the file as an editor would."""
    for copy in (path, path.with_name("keys.json.bak")):
        document = json.loads(copy.read_text(encoding="utf-8"))
        change(document)
        copy.write_text(json.dumps(document), encoding="utf-8")


def test_create_makes_a_random_key_that_the_password_opens(made: NewKeys, clock: FixedClock) -> None:
    assert len(made.data_key) == 32
    assert made.ring.unlock("王小青", PASSWORD, clock) == made.data_key
    assert made.ring.names() == ("王小青",)
    head = made.ring.head()
    assert (head.room, head.practice, head.created_at) == ("64990101", False, "2026-03-05T00:00:00+00:00")


def test_create_keeps_a_given_key(path: Path, clock: FixedClock) -> None:
    made = create(path, clock, data_key=bytes(32))
    assert made.ring.unlock("王小青", PASSWORD, clock) == bytes(32)


def test_create_is_refused_where_a_key_file_lies(path: Path, made: NewKeys, clock: FixedClock) -> None:
    fails("KEY-013", lambda: create(path, clock))
    path.unlink()
    fails("KEY-013", lambda: create(path, clock))


def test_create_writes_nothing_when_the_password_is_too_plain(path: Path, clock: FixedClock) -> None:
    fails("KEY-006", lambda: create(path, clock, password="12345678"))
    assert not path.exists()


def test_file_holds_neither_key_nor_password(path: Path, made: NewKeys) -> None:
    data = path.read_bytes() + path.with_name("keys.json.bak").read_bytes()
    for secret in (
        made.data_key,
        made.data_key.hex().encode(),
        PASSWORD.encode(),
        made.recovery_key[:4].encode(),
    ):
        assert secret not in data
    assert made.data_key.hex() not in repr(made)
    assert made.recovery_key not in repr(made)


def test_default_strength_is_written_and_used(path: Path, clock: FixedClock) -> None:
    create(path, clock, strength=keys.NORMAL)
    slot = json.loads(path.read_text(encoding="utf-8"))["accounts"][0]
    assert slot["argon2id"] == {"m_kib": 65536, "t": 3, "p": 4}


def test_unlock_takes_full_width_letters_and_digits(made: NewKeys, clock: FixedClock) -> None:
    assert made.ring.unlock("王小青", full_width(PASSWORD), clock) == made.data_key


def test_unlock_is_refused_with_a_wrong_password_or_name(made: NewKeys, clock: FixedClock) -> None:
    refused = fails("KEY-002", lambda: made.ring.unlock("王小青", PASSWORD + "x", clock))
    assert refused.facts["tries_left"] == 4
    fails("KEY-002", lambda: made.ring.unlock("没有", PASSWORD, clock))


def test_unlock_waits_a_quarter_hour_after_five_wrong_passwords(made: NewKeys, clock: FixedClock) -> None:
    for left in (4, 3, 2, 1, 0):
        wrong = fails("KEY-002", lambda: made.ring.unlock("王小青", "wrong", clock))
        assert wrong.facts["tries_left"] == left
    waiting = fails("KEY-003", lambda: made.ring.unlock("王小青", PASSWORD, clock))
    assert waiting.facts["minutes"] == 15
    assert "15" in waiting.sentence
    clock.move(timedelta(minutes=14, seconds=1))
    assert fails("KEY-003", lambda: made.ring.unlock("王小青", PASSWORD, clock)).facts["minutes"] == 1
    clock.move(timedelta(seconds=59))
    assert made.ring.unlock("王小青", PASSWORD, clock) == made.data_key


def test_unlock_gives_five_tries_again_after_the_wait(made: NewKeys, clock: FixedClock) -> None:
    for _number in range(5):
        fails("KEY-002", lambda: made.ring.unlock("王小青", "wrong", clock))
    clock.move(timedelta(minutes=15))
    again = fails("KEY-002", lambda: made.ring.unlock("王小青", "wrong", clock))
    assert again.facts["tries_left"] == 4


def test_unlock_forgets_wrong_tries_after_a_right_one(made: NewKeys, clock: FixedClock) -> None:
    for _number in range(4):
        fails("KEY-002", lambda: made.ring.unlock("王小青", "wrong", clock))
    made.ring.unlock("王小青", PASSWORD, clock)
    assert fails("KEY-002", lambda: made.ring.unlock("王小青", "wrong", clock)).facts["tries_left"] == 4


def test_waiting_ends_when_the_clock_was_set_back(made: NewKeys, clock: FixedClock) -> None:
    for _number in range(5):
        fails("KEY-002", lambda: made.ring.unlock("王小青", "wrong", clock))
    clock.move(timedelta(days=-2000))
    assert fails("KEY-003", lambda: made.ring.unlock("王小青", PASSWORD, clock)).facts["minutes"] == 15
    clock.move(timedelta(minutes=15))
    assert made.ring.unlock("王小青", PASSWORD, clock) == made.data_key


def test_wrong_tries_of_one_account_do_not_stop_another(made: NewKeys, clock: FixedClock) -> None:
    made.ring.add_account("李大石", made.data_key, OTHER)
    for _number in range(5):
        fails("KEY-002", lambda: made.ring.unlock("王小青", "wrong", clock))
    assert made.ring.unlock("李大石", OTHER, clock) == made.data_key


def test_try_is_counted_before_it_is_made(
    path: Path, made: NewKeys, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def power_cut(*_given: object) -> bytes:
        raise KeyboardInterrupt

    monkeypatch.setattr(keys, "_stretch", power_cut)
    for _number in range(5):
        with pytest.raises(KeyboardInterrupt):
            made.ring.unlock("王小青", "wrong", clock)
    fails("KEY-003", lambda: made.ring.unlock("王小青", PASSWORD, clock))


def test_recovery_key_opens_as_typed_by_people(made: NewKeys, clock: FixedClock) -> None:
    plain = made.recovery_key.replace("-", "")
    spellings = (
        made.recovery_key,
        plain,
        plain.lower(),
        made.recovery_key.replace("-", " — "),
        full_width(plain),
    )
    for typed in spellings:
        assert made.ring.unlock_with_recovery(typed, clock) == made.data_key


def test_recovery_key_has_140_random_bits_and_no_doubtful_signs() -> None:
    key = new_recovery_key()
    assert len(key.split("-")) == 8
    assert not set(key) & set("IO01")
    assert len({new_recovery_key() for _number in range(50)}) == 50


@given(st.binary(min_size=28, max_size=28), st.integers(0, 31), st.sampled_from(RECOVERY_ALPHABET))
def test_mistyped_sign_is_nearly_always_noticed(random: bytes, place: int, sign: str) -> None:
    key = new_recovery_key(lambda _count: random).replace("-", "")
    typed = key[:place] + sign + key[place + 1 :]
    # Two bodies share a check group once in a million.
    if typed != key and check_group(typed[:28]) != typed[28:]:
        fails("KEY-009", lambda: recovery_secret(typed))


def test_mistyped_recovery_key_counts_as_no_try(made: NewKeys, clock: FixedClock) -> None:
    for _number in range(9):
        fails("KEY-009", lambda: made.ring.unlock_with_recovery(made.recovery_key[:-1], clock))
    assert made.ring.unlock_with_recovery(made.recovery_key, clock) == made.data_key


def test_wrong_recovery_key_is_counted(made: NewKeys, clock: FixedClock) -> None:
    for _number in range(5):
        fails("KEY-002", lambda: made.ring.unlock_with_recovery(new_recovery_key(), clock))
    fails("KEY-003", lambda: made.ring.unlock_with_recovery(made.recovery_key, clock))
    clock.move(timedelta(minutes=15))
    assert made.ring.unlock_with_recovery(made.recovery_key, clock) == made.data_key


def test_renewed_recovery_key_replaces_the_old_one(made: NewKeys, clock: FixedClock) -> None:
    fresh = made.ring.renew_recovery_key(made.data_key)
    assert made.ring.unlock_with_recovery(fresh, clock) == made.data_key
    fails("KEY-002", lambda: made.ring.unlock_with_recovery(made.recovery_key, clock))


def test_reset_password_by_recovery_sheet_ends_the_wait_too(made: NewKeys, clock: FixedClock) -> None:
    for _number in range(5):
        fails("KEY-002", lambda: made.ring.unlock("王小青", "wrong", clock))
    assert made.ring.reset_password(made.recovery_key, "王小青", OTHER, clock) == made.data_key
    assert made.ring.unlock("王小青", OTHER, clock) == made.data_key


def test_change_password_shuts_the_old_one_out(made: NewKeys, clock: FixedClock) -> None:
    made.ring.change_password("王小青", PASSWORD, OTHER, clock)
    assert made.ring.unlock("王小青", OTHER, clock) == made.data_key
    fails("KEY-002", lambda: made.ring.unlock("王小青", PASSWORD, clock))


def test_change_password_is_refused_with_a_wrong_old_one(made: NewKeys, clock: FixedClock) -> None:
    fails("KEY-002", lambda: made.ring.change_password("王小青", "wrong", OTHER, clock))
    assert made.ring.unlock("王小青", PASSWORD, clock) == made.data_key


def test_password_cannot_be_one_of_the_last_five(made: NewKeys) -> None:
    ring, key = made.ring, made.data_key
    fails("KEY-008", lambda: ring.set_password("王小青", key, PASSWORD))
    for number in range(4):
        ring.set_password("王小青", key, f"Baishi-{number}")
    fails("KEY-008", lambda: ring.set_password("王小青", key, PASSWORD))
    ring.set_password("王小青", key, "Baishi-4")
    ring.set_password("王小青", key, PASSWORD)


def test_damaged_history_keeps_nobody_from_a_new_password(
    path: Path, made: NewKeys, clock: FixedClock
) -> None:
    def spoil(document: dict[str, object]) -> None:
        accounts = document["accounts"]
        assert isinstance(accounts, list)
        accounts[0]["history"] = ""

    edit(path, spoil)
    made.ring.set_password("王小青", made.data_key, OTHER)
    assert made.ring.unlock("王小青", OTHER, clock) == made.data_key


PASSWORDS = {
    "Ab1-xyz": "KEY-006",
    "abcdefgh": "KEY-006",
    "abcd1234": "KEY-006",
    "ABCD1234": "KEY-006",
    "12345678-": "KEY-006",
    "": "KEY-006",
    full_width("ABCD1234"): "KEY-006",
    "Wang-xiaoqing": None,
    "Abcd1234": None,
    "abcd123-": None,
    "青石abc123": None,
    "Zhang3SAN": "KEY-007",
    full_width("zhang3San"): "KEY-007",
}


@pytest.mark.parametrize("password", PASSWORDS)
def test_check_password_follows_the_rule(password: str) -> None:
    code = PASSWORDS[password]
    if code is None:
        keys.check_password("zhang3san", password)
    else:
        fails(code, lambda: keys.check_password("zhang3san", password))


def test_add_account_lets_one_more_in_and_asks_for_a_change(made: NewKeys, clock: FixedClock) -> None:
    made.ring.add_account("李大石", made.data_key, OTHER, must_change=True)
    assert made.ring.names() == ("李大石", "王小青")
    assert made.ring.unlock("李大石", OTHER, clock) == made.data_key
    assert made.ring.must_change("李大石")
    assert not made.ring.must_change("王小青")
    made.ring.change_password("李大石", OTHER, PASSWORD, clock)
    assert not made.ring.must_change("李大石")


def test_add_account_refuses_a_taken_name_in_any_case(made: NewKeys) -> None:
    made.ring.add_account("chen", made.data_key, OTHER)
    fails("KEY-010", lambda: made.ring.add_account("Chen", made.data_key, OTHER))


@pytest.mark.parametrize("name", ["", " a", "a ", "a\nb", "a\0", "\u200b", "字" * 41], ids=repr)
def test_add_account_refuses_a_name(made: NewKeys, name: str) -> None:
    fails("KEY-010", lambda: made.ring.add_account(name, made.data_key, OTHER))


def test_removed_account_cannot_come_back_through_either_copy(
    path: Path, made: NewKeys, clock: FixedClock
) -> None:
    made.ring.add_account("李大石", made.data_key, OTHER)
    made.ring.remove_account("李大石")
    fails("KEY-002", lambda: made.ring.unlock("李大石", OTHER, clock))
    path.unlink()
    fails("KEY-002", lambda: made.ring.unlock("李大石", OTHER, clock))


def test_last_account_cannot_be_removed(made: NewKeys) -> None:
    fails("KEY-011", lambda: made.ring.remove_account("王小青"))
    assert made.ring.names() == ("王小青",)


def test_unknown_account_is_told(made: NewKeys) -> None:
    fails("KEY-012", lambda: made.ring.remove_account("没有"))
    fails("KEY-012", lambda: made.ring.set_password("没有", made.data_key, OTHER))
    fails("KEY-012", lambda: made.ring.must_change("没有"))


def test_foreign_data_key_is_never_written(made: NewKeys, clock: FixedClock) -> None:
    with pytest.raises(ValueError, match="another key file"):
        made.ring.set_password("王小青", bytes(32), OTHER)
    assert made.ring.unlock("王小青", PASSWORD, clock) == made.data_key


def test_derive_gives_one_key_for_each_purpose(made: NewKeys) -> None:
    purposes = ["drafts", "attachments", "secrets", "history", "check"]
    derived = {KeyRing.derive(made.data_key, purpose) for purpose in purposes}
    assert len(derived) == 5
    assert made.data_key not in derived
    assert (
        KeyRing.derive(bytes(32), "drafts").hex()
        == "7b5f9acb43b7811a4d50fe14235b71a7ff6afb6670fdaf2b6bfb6c31d3747cb0"
    )


def test_missing_file_says_what_to_do(path: Path) -> None:
    missing = fails("KEY-001", KeyRing(path).names)
    assert isinstance(missing, EnvironmentFault)
    assert "备份" in missing.sentence


@pytest.mark.parametrize(
    "damage",
    [b"", b"{}", b"\xff\xfe", b"[" * 100_000, b'{"format":1}', b"null"],
    ids=["empty", "no facts", "no text", "deep", "half", "null"],
)
def test_damaged_file_is_read_from_its_second_copy(
    path: Path, made: NewKeys, clock: FixedClock, damage: bytes
) -> None:
    path.write_bytes(damage)
    assert made.ring.unlock("王小青", PASSWORD, clock) == made.data_key
    assert json.loads(path.read_text(encoding="utf-8"))["room"] == "64990101"


def test_both_copies_damaged_is_told(path: Path, made: NewKeys) -> None:
    path.write_bytes(b"{}")
    path.with_name("keys.json.bak").write_bytes(b"{}")
    fails("KEY-004", made.ring.names)


def test_folder_in_place_of_the_file_is_told(path: Path) -> None:
    path.mkdir()
    fails("KEY-004", KeyRing(path).names)


def test_file_of_a_newer_program_is_refused(path: Path, made: NewKeys) -> None:
    edit(path, lambda document: document.update(format=2))
    assert isinstance(fails("KEY-005", made.ring.names), Refused)


@pytest.mark.parametrize(("key", "value"), [("practice", True), ("room", "64990102")])
def test_key_is_bound_to_its_room_and_to_practice(
    path: Path, made: NewKeys, clock: FixedClock, key: str, value: object
) -> None:
    edit(path, lambda document: document.update({key: value}))
    fails("KEY-002", lambda: made.ring.unlock("王小青", PASSWORD, clock))
    fails("KEY-002", lambda: made.ring.unlock_with_recovery(made.recovery_key, clock))


@pytest.mark.parametrize(
    "strength", [{"m_kib": 2**40, "t": 1, "p": 1}, {"m_kib": 8, "t": 0, "p": 1}, {"m_kib": 8, "t": 1, "p": 2}]
)
def test_forged_strength_is_damage_and_not_a_hanging_pc(path: Path, made: NewKeys, strength: object) -> None:
    def forge(document: dict[str, object]) -> None:
        recovery = document["recovery"]
        assert isinstance(recovery, dict)
        recovery["argon2id"] = strength

    edit(path, forge)
    fails("KEY-004", made.ring.names)


@given(st.data())
def test_any_flipped_bit_opens_the_same_key_or_fails_clearly(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    path = tmp_path_factory.mktemp("room") / "keys.json"
    clock = FixedClock()
    made = create(path, clock)
    path.with_name("keys.json.bak").unlink()
    damaged = bytearray(path.read_bytes())
    damaged[data.draw(st.integers(0, len(damaged) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    path.write_bytes(bytes(damaged))
    outcome = attempt(lambda: made.ring.unlock("王小青", PASSWORD, clock))
    assert outcome in {made.data_key, "KEY-002", "KEY-003", "KEY-004", "KEY-005"}


def attempt(call: Callable[[], bytes]) -> bytes | str:
    try:
        return call()
    except Failure as failure:
        return failure.code


@pytest.mark.parametrize("fails_at", range(6))
def test_disk_that_fails_at_any_write_leaves_the_old_password(
    path: Path, made: NewKeys, clock: FixedClock, fails_at: int
) -> None:
    left = fails_at

    def write(target: Path, data: bytes) -> None:
        nonlocal left
        if left == 0:
            raise EnvironmentFault("ENV-001", "磁盘已满。")
        left -= 1
        target.write_bytes(data)

    failing = KeyRing(path, strength=TOY, write=write)
    fails("ENV-001", lambda: failing.change_password("王小青", PASSWORD, OTHER, clock))
    healed = KeyRing(path, strength=TOY)
    fails("KEY-002", lambda: healed.unlock("王小青", OTHER, clock))
    assert healed.unlock("王小青", PASSWORD, clock) == made.data_key


@pytest.mark.parametrize("fails_at", range(2))
def test_create_on_a_full_disk_can_be_repeated(path: Path, clock: FixedClock, fails_at: int) -> None:
    left = fails_at

    def write(target: Path, data: bytes) -> None:
        nonlocal left
        if left == 0:
            raise EnvironmentFault("ENV-001", "磁盘已满。")
        left -= 1
        target.write_bytes(data)

    fails("ENV-001", lambda: create(path, clock, write=write))
    assert create(path, clock).ring.names() == ("王小青",)


def spoil(document: dict[str, Any], part: str) -> None:
    if part == "no_accounts":
        document["accounts"] = []
    elif part == "short_salt":
        document["recovery"]["salt"] = "AAAA"
    else:
        document["recovery"]["failures"] = {"count": 1, "last_at": "2026-03-05T08:00:00"}


@pytest.mark.parametrize("part", ["no_accounts", "short_salt", "instant_without_zone"])
def test_file_that_lacks_what_opening_needs_is_damaged(path: Path, made: NewKeys, part: str) -> None:
    edit(path, lambda document: spoil(document, part))
    fails("KEY-004", made.ring.names)
    assert made.ring.path == path
