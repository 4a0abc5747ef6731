"""What only the system knows; the calls themselves run under Wine and on Windows (packaging/verify)."""

from __future__ import annotations

import sys
from pathlib import Path

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


@pytest.mark.parametrize(
    ("answer", "signature"),
    [
        (0, windows.Signature.TRUSTED),
        (0x800B0100, windows.Signature.NONE),
        (0x80096010, windows.Signature.BROKEN),
        (0x800B0109, windows.Signature.UNKNOWN),
    ],
    ids=["good", "no signature", "bad digest", "untrusted root"],
)
def test_answer_of_windows_is_told_as_what_it_means_for_a_program(
    answer: int, signature: windows.Signature
) -> None:
    assert windows._signature(answer) is signature


def test_signature_of_a_file_without_one_is_none(tmp_path: Path) -> None:
    program = tmp_path / "安装 1.exe"
    program.write_bytes(b"no program at all")
    assert windows.signature_of(program) is windows.Signature.NONE
