from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from desktop.base import paths
from desktop.base.errors import EnvironmentFault
from desktop.base.paths import (
    CAUSES,
    data_folder,
    fault_from,
    resource,
    resources_folder,
    safe_file_name,
    write_file,
)


class WindowsError(OSError):
    """An OSError as Python makes it on Windows, where `errno` is a rough translation."""

    def __init__(self, number: int, winerror: int) -> None:
        super().__init__(number, "as Windows says")
        self.winerror = winerror


@pytest.mark.parametrize(
    ("number", "code", "may_retry"),
    [
        (errno.ENOSPC, "ENV-001", True),
        (errno.EDQUOT, "ENV-001", True),
        (errno.EROFS, "ENV-002", False),
        (errno.EACCES, "ENV-002", False),
        (errno.EPERM, "ENV-002", False),
        (errno.ENOENT, "ENV-003", True),
        (errno.EIO, "ENV-003", True),
        (errno.ENODEV, "ENV-003", True),
        (errno.EBUSY, "ENV-004", True),
        (errno.ENAMETOOLONG, "ENV-005", False),
        (errno.EFBIG, "ENV-006", False),
        (errno.EEXIST, "ENV-007", False),
        (errno.EISDIR, "ENV-007", False),
        (errno.EDOM, "ENV-099", False),
    ],
)
def test_fault_from_sorts_each_error_number(number: int, code: str, may_retry: bool) -> None:
    fault = fault_from(OSError(number, "raw words", "/home/张三/私密.txt"), "保存附件")
    assert (fault.code, fault.may_retry, fault.facts["errno"]) == (code, may_retry, number)
    assert fault.sentence.startswith("保存附件没有成功")
    assert "原来的数据没有变" in fault.sentence
    assert "张三" not in str(fault) + str(fault.facts)


@pytest.mark.parametrize(
    ("winerror", "code"),
    [
        (112, "ENV-001"),
        (39, "ENV-001"),
        (5, "ENV-002"),
        (19, "ENV-002"),
        (2, "ENV-003"),
        (21, "ENV-003"),
        (433, "ENV-003"),
        (1167, "ENV-003"),
        (32, "ENV-004"),
        (33, "ENV-004"),
        (123, "ENV-005"),
        (206, "ENV-005"),
        (223, "ENV-006"),
        (183, "ENV-007"),
    ],
)
def test_fault_from_asks_windows_first(winerror: int, code: str) -> None:
    assert fault_from(WindowsError(errno.EACCES, winerror), "导出").code == code


def test_fault_from_falls_back_on_the_error_number_and_tells_an_unknown_one() -> None:
    assert fault_from(WindowsError(errno.ENOSPC, 99999), "导出").code == "ENV-001"
    assert "99999" in fault_from(WindowsError(errno.EDOM, 99999), "导出").sentence
    assert fault_from(OSError("no number"), "导出").code == "ENV-099"


def test_causes_never_claim_a_number_twice() -> None:
    for kind in ("errnos", "winerrors"):
        numbers = [number for cause in CAUSES for number in getattr(cause, kind)]
        assert len(numbers) == len(set(numbers))


def test_data_folder_takes_option_then_environment_then_the_platforms_place(tmp_path: Path) -> None:
    environ = {"JINGWUSHI_HOME": str(tmp_path / "环境")}
    assert data_folder(tmp_path / "选项", environ) == tmp_path / "选项"
    assert data_folder(None, environ) == tmp_path / "环境"
    assert data_folder("相对", {}).is_absolute()
    assert data_folder(None, {}).name == "Jingwushi"
    assert data_folder(None, {"JINGWUSHI_HOME": ""}) == data_folder("", {})


def test_resources_folder_is_found_and_a_missing_resource_is_told() -> None:
    assert (resources_folder() / "holidays" / "2026.json").is_file()
    assert resource("holidays", "2026.json").is_file()
    with pytest.raises(EnvironmentFault) as caught:
        resource("holidays", "1900.json")
    assert caught.value.code == "ENV-010"
    assert "holidays/1900.json" in caught.value.sentence


def test_resources_folder_is_refused_when_the_program_is_not_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paths, "__file__", str(tmp_path / "app" / "desktop" / "base" / "paths.py"))
    with pytest.raises(EnvironmentFault, match="ENV-010"):
        resources_folder()
    (tmp_path / "app" / "resources" / "holidays").mkdir(parents=True)
    assert resources_folder() == tmp_path / "app" / "resources"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("走访台账 2026年3月.pdf", "走访台账 2026年3月.pdf"),
        ('a/b\\c:d*e?f"g<h>i|j.txt', "a_b_c_d_e_f_g_h_i_j.txt"),
        ("结尾有点...", "结尾有点"),
        ("  前后有空格 . ", "前后有空格"),
        ("名.  .pdf", "名.pdf"),
        ("CON", "_CON"),
        ("con.pdf", "_con.pdf"),
        ("nul.tar.gz", "_nul.tar.gz"),
        ("LPT1 .txt", "_LPT1.txt"),
        ("COM¹.txt", "_COM¹.txt"),
        ("CONTROL.txt", "CONTROL.txt"),
        ("tab\tnew\nline", "tab_new_line"),
        ("..", "未命名"),
        ("", "未命名"),
        (".pdf", "pdf"),
    ],
)
def test_safe_file_name_gives_what_windows_takes(text: str, name: str) -> None:
    assert safe_file_name(text) == name


def test_safe_file_name_cuts_the_middle_and_keeps_the_extension() -> None:
    name = safe_file_name("村" * 300 + ".pdf")
    assert name.endswith("村.pdf")
    assert len(name.encode("utf-8")) <= 200
    assert safe_file_name("x" * 120) == "x" * 120
    assert safe_file_name("x" * 121) == "x" * 120
    assert safe_file_name("村" * 66 + "xx") == "村" * 66 + "xx"
    assert safe_file_name("村" * 66 + "xxx") == "村" * 66 + "xx"
    rare = safe_file_name("\U00030edd" * 300 + ".pdf")
    assert len(rare.encode("utf-16-le")) // 2 <= 120


@given(st.text(max_size=300))
def test_safe_file_name_is_safe_for_any_text_and_settled_after_once(text: str) -> None:
    name = safe_file_name(text)
    assert name
    assert not set(name) & set('<>:"/\\|?*')
    assert name == name.strip(". ")
    assert safe_file_name(name) == name


def test_write_file_replaces_the_old_file_and_leaves_nothing_beside_it(room_folder: Path) -> None:
    path = room_folder / "村级 数据.bin"
    write_file(path, b"old")
    write_file(path, b"new" * 1000)
    assert path.read_bytes() == b"new" * 1000
    assert [file.name for file in room_folder.iterdir()] == ["村级 数据.bin"]


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_write_file_keeps_the_old_file_when_a_step_fails(
    room_folder: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    path = room_folder / "a.bin"
    write_file(path, b"old")

    def fail(*_args: object) -> None:
        raise OSError(errno.ENOSPC, "full")

    if step == "fsync":
        monkeypatch.setattr(os, "fsync", fail)
    else:
        monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(EnvironmentFault) as caught:
        write_file(path, b"new", doing="保存设置")
    assert caught.value.code == "ENV-001"
    assert caught.value.sentence.startswith("保存设置")
    assert path.read_bytes() == b"old"
    assert [file.name for file in room_folder.iterdir()] == ["a.bin"]


def test_write_file_tells_that_the_folder_is_gone(room_folder: Path) -> None:
    with pytest.raises(EnvironmentFault, match="ENV-003"):
        write_file(room_folder / "没有" / "a.bin", b"new")


def test_write_file_waits_for_a_scanner_that_holds_the_file(
    room_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []
    replace = Path.replace

    def held(part: Path, target: Path) -> Path:
        if len(waits) < 3:
            raise WindowsError(errno.EACCES, 5)
        return replace(part, target)

    monkeypatch.setattr(Path, "replace", held)
    write_file(room_folder / "a.bin", b"new", wait=waits.append)
    assert (room_folder / "a.bin").read_bytes() == b"new"
    assert len(waits) == 3


@pytest.mark.parametrize("winerror", [5, 32, 33])
def test_write_file_gives_up_when_the_file_stays_held(
    winerror: int, room_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []

    def held(part: Path, target: Path) -> Path:
        raise WindowsError(errno.EACCES, winerror)

    monkeypatch.setattr(Path, "replace", held)
    with pytest.raises(EnvironmentFault) as caught:
        write_file(room_folder / "a.bin", b"new", wait=waits.append)
    assert caught.value.code == "ENV-004"
    assert caught.value.may_retry
    assert len(waits) == 5


def test_write_file_reaches_the_disk_before_it_takes_the_name(
    room_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[str] = []
    replace, fsync = Path.replace, os.fsync

    def noted_replace(part: Path, target: Path) -> Path:
        steps.append("replace")
        return replace(part, target)

    def noted_fsync(handle: int) -> None:
        steps.append("fsync")
        fsync(handle)

    monkeypatch.setattr(Path, "replace", noted_replace)
    monkeypatch.setattr(os, "fsync", noted_fsync)
    write_file(room_folder / "a.bin", b"new")
    assert steps[:2] == ["fsync", "replace"]
