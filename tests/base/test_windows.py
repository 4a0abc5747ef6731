"""What only the system knows; the calls themselves run under Wine and on Windows (packaging/verify)."""

from __future__ import annotations

import sys

import pytest

from desktop.base import windows


def test_plain_gives_blanks_and_chinese_of_a_mount_as_the_kernel_escapes_them() -> None:
    assert windows._plain(r"/media/\134u盘/数据\040盘") == "/media/\\u盘/数据 盘"


def test_removable_drives_are_folders() -> None:
    assert all(drive.is_dir() for drive in windows.removable_drives())


@pytest.mark.skipif(not windows.can_bind_to_account(), reason="no DPAPI on this system")
def test_open_bound_gives_what_was_bound_only_for_the_same_purpose() -> None:
    sealed = windows.bind_to_account("钥匙".encode(), b"one")

    assert windows.open_bound(sealed, b"one") == "钥匙".encode()
    with pytest.raises(OSError, match=r".*"):
        windows.open_bound(sealed, b"two")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has DPAPI")
def test_bind_to_account_says_that_it_cannot_where_there_is_no_dpapi() -> None:
    assert not windows.can_bind_to_account()
    with pytest.raises(OSError, match="DPAPI"):
        windows.bind_to_account(b"x", b"y")
