"""A Windows account that seals what only it opens, where there is no Windows; its own calls are tried under Wine."""

from __future__ import annotations

import hashlib

import pytest

from desktop.base import windows


class WindowsAccount:
    """The account that is logged in; another `name` is another account, or another PC."""

    def __init__(self) -> None:
        self.name = "甲"

    def _pad(self, purpose: bytes, length: int) -> bytes:
        return hashlib.shake_256(self.name.encode() + b"|" + purpose).digest(length)

    def bind(self, data: bytes, purpose: bytes) -> bytes:
        """Sealed for this account."""
        whole = hashlib.sha256(data).digest() + data
        return bytes(a ^ b for a, b in zip(whole, self._pad(purpose, len(whole)), strict=True))

    def open(self, sealed: bytes, purpose: bytes) -> bytes:
        """Opened by this account."""
        whole = bytes(a ^ b for a, b in zip(sealed, self._pad(purpose, len(sealed)), strict=True))
        if hashlib.sha256(whole[32:]).digest() != whole[:32]:
            raise OSError(13, "not this account")
        return whole[32:]


@pytest.fixture
def windows_account(monkeypatch: pytest.MonkeyPatch) -> WindowsAccount:
    """This test runs for a Windows account."""
    account = WindowsAccount()
    monkeypatch.setattr(windows, "can_bind_to_account", lambda: True)
    monkeypatch.setattr(windows, "bind_to_account", account.bind)
    monkeypatch.setattr(windows, "open_bound", account.open)
    return account
