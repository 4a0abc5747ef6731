"""The second lock of a Windows account: who gets in where, and that the printed sheet always does."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from desktop.base import windows
from desktop.base.errors import EnvironmentFault, Refused, RuleBroken
from desktop.database.keys import MAX_FAILURES_COUNT, KeyRing, NewKeys, Strength
from tests.helpers.clock import FixedClock
from tests.helpers.windows_account import WindowsAccount

TOY = Strength(memory_kib=8, passes=1, lanes=1)
ONE, TWO = "王小青", "李内勤"
PASSWORD, OTHER = "Qingshi-2026", "Baishi-2027"


@pytest.fixture
def made(room_folder: Path, clock: FixedClock) -> NewKeys:
    facts = {"name": ONE, "password": PASSWORD, "room": "64990101", "practice": False}
    new = KeyRing.create(room_folder / "keys.json", clock=clock, strength=TOY, **facts)  # type: ignore[arg-type]
    new.ring.add_account(TWO, new.data_key, OTHER)
    return new


@pytest.fixture
def bound(made: NewKeys, windows_account: WindowsAccount) -> NewKeys:
    made.ring.set_bound(made.data_key, is_bound=True)
    return made


def test_bound_keys_open_with_the_same_passwords_here(bound: NewKeys, clock: FixedClock) -> None:
    assert bound.ring.is_bound()
    assert bound.ring.unlock(ONE, PASSWORD, clock) == bound.data_key
    assert bound.ring.unlock(TWO, OTHER, clock) == bound.data_key
    with pytest.raises(Refused, match="KEY-002"):
        bound.ring.unlock(ONE, OTHER, clock)


def test_password_opens_nothing_for_another_windows_account_and_is_no_wrong_try(
    bound: NewKeys, windows_account: WindowsAccount, clock: FixedClock
) -> None:
    windows_account.name = "乙"
    for _time in range(MAX_FAILURES_COUNT + 1):
        with pytest.raises(Refused, match=r"KEY-014.*恢复单"):
            bound.ring.unlock(ONE, PASSWORD, clock)
    windows_account.name = "甲"
    assert bound.ring.unlock(ONE, PASSWORD, clock) == bound.data_key


def test_recovery_sheet_opens_everywhere_and_its_new_password_holds_for_the_new_account(
    bound: NewKeys, windows_account: WindowsAccount, clock: FixedClock
) -> None:
    windows_account.name = "乙"

    assert bound.ring.reset_password(bound.recovery_key, ONE, "Xinmima-2027", clock) == bound.data_key

    assert bound.ring.unlock(ONE, "Xinmima-2027", clock) == bound.data_key
    windows_account.name = "甲"
    with pytest.raises(Refused, match="KEY-014"):
        bound.ring.unlock(ONE, "Xinmima-2027", clock)
    assert bound.ring.unlock(TWO, OTHER, clock) == bound.data_key


def test_new_accounts_and_passwords_are_bound_too(
    bound: NewKeys, windows_account: WindowsAccount, clock: FixedClock
) -> None:
    bound.ring.add_account("赵辅警", bound.data_key, PASSWORD)
    bound.ring.set_password(ONE, bound.data_key, "Xinmima-2027")
    windows_account.name = "乙"
    for name, password in (("赵辅警", PASSWORD), (ONE, "Xinmima-2027")):
        with pytest.raises(Refused, match="KEY-014"):
            bound.ring.unlock(name, password, clock)


def test_bound_file_holds_no_key_that_a_password_alone_would_open(made: NewKeys, bound: NewKeys) -> None:
    slots = json.loads(bound.ring.path.read_text(encoding="utf-8"))
    assert slots["bound"]
    assert [slot["bound"] for slot in slots["accounts"]] == [True, True]
    assert not slots["recovery"]["bound"], "the sheet must open it on any PC"


def test_let_go_opens_with_the_password_anywhere(
    bound: NewKeys, windows_account: WindowsAccount, clock: FixedClock
) -> None:
    bound.ring.set_bound(bound.data_key, is_bound=False)
    windows_account.name = "乙"
    assert bound.ring.unlock(TWO, OTHER, clock) == bound.data_key
    assert not bound.ring.is_bound()


def test_let_go_elsewhere_leaves_what_this_account_cannot_open_to_the_recovery_sheet(
    bound: NewKeys, windows_account: WindowsAccount, clock: FixedClock
) -> None:
    windows_account.name = "乙"
    bound.ring.set_bound(bound.data_key, is_bound=False)
    with pytest.raises(Refused, match="KEY-014"):
        bound.ring.unlock(ONE, PASSWORD, clock)
    bound.ring.reset_password(bound.recovery_key, ONE, "Xinmima-2027", clock)
    windows_account.name = "丙"
    assert bound.ring.unlock(ONE, "Xinmima-2027", clock) == bound.data_key


def test_nothing_is_bound_where_there_is_no_windows(
    made: NewKeys, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(windows, "can_bind_to_account", lambda: False)
    with pytest.raises(RuleBroken, match=r"KEY-015.*不是 Windows"):
        made.ring.set_bound(made.data_key, is_bound=True)
    assert made.ring.unlock(ONE, PASSWORD, clock) == made.data_key


def test_windows_that_refuses_to_seal_changes_nothing(
    made: NewKeys, windows_account: WindowsAccount, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_data: bytes, _purpose: bytes) -> bytes:
        raise OSError(13, "no profile")

    monkeypatch.setattr(windows, "bind_to_account", refuse)
    with pytest.raises(EnvironmentFault, match="ENV-0"):
        made.ring.set_bound(made.data_key, is_bound=True)
    windows_account.name = "乙"
    assert made.ring.unlock(ONE, PASSWORD, clock) == made.data_key


@pytest.mark.parametrize("harm", ["unbound", "short"])
def test_slot_whose_wrap_was_tampered_with_is_damage(bound: NewKeys, harm: str) -> None:
    for path in (bound.ring.path, bound.ring.path.with_name("keys.json.bak")):
        document = json.loads(path.read_text(encoding="utf-8"))
        if harm == "unbound":
            document["accounts"][0]["bound"] = False
        else:
            document["accounts"][0]["wrapped"] = document["recovery"]["wrapped"]
        path.write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(EnvironmentFault, match="KEY-004"):
        bound.ring.names()
