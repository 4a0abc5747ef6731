"""Where the data, the shipped resources and files in general live, and how a file is written so that it is there.

Every OSError that an officer may meet is turned into an EnvironmentFault here, by one table; nobody else reads error
numbers.
"""

from __future__ import annotations

import errno
import os
import re
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from desktop.base.errors import EnvironmentFault
from desktop.base.text import N_, _

HOME_VARIABLE = "JINGWUSHI_HOME"
_FOLDER_NAME = "Jingwushi"

MOST_NAME_UNITS = 120
_MOST_NAME_BYTES = 200
_RESERVED = re.compile(r"(?:CON|PRN|AUX|NUL|CONIN\$|CONOUT\$|(?:COM|LPT)[0-9¹²³])(?:\..*)?", re.IGNORECASE)
_FORBIDDEN = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f]')
_SUFFIX = re.compile(r"\.[A-Za-z0-9]{1,10}$")

_ACCESS_DENIED, _SHARING_VIOLATION = 5, 32

# A virus scanner holds a fresh file for a moment; these waits are one second and a half together.
_WAITS_SECONDS = (0.05, 0.1, 0.2, 0.4, 0.75)


class _Cause(NamedTuple):
    code: str
    sentence: str
    errnos: frozenset[int]
    winerrors: frozenset[int]
    may_retry: bool = False


def _errnos(*names: str) -> frozenset[int]:
    """The numbers that this platform has; Windows knows no ESTALE, Linux no winerror."""
    return frozenset(getattr(errno, name) for name in names if hasattr(errno, name))


# Windows numbers from winerror.h. They are asked first: Python folds several of them into EACCES or EINVAL.
CAUSES = (
    _Cause(
        "ENV-001",
        N_("{doing}没有成功：磁盘满了。原来的数据没有变。请清理磁盘或换一个位置，再试一次。"),
        _errnos("ENOSPC", "EDQUOT"),
        frozenset({39, 112, 1295}),
        may_retry=True,
    ),
    _Cause(
        "ENV-004",
        N_(
            "{doing}没有成功：文件正被别的程序占用。原来的数据没有变。请关闭打开它的程序（如WPS、杀毒软件），再试一次。"
        ),
        _errnos("EBUSY", "ETXTBSY", "EAGAIN", "EDEADLK"),
        frozenset({32, 33, 170, 1224}),
        may_retry=True,
    ),
    _Cause(
        "ENV-002",
        N_(
            "{doing}没有成功：这个位置不允许写入。原来的数据没有变。请检查U盘的写保护开关，或换一个位置再试。"
        ),
        _errnos("EROFS", "EACCES", "EPERM"),
        frozenset({5, 19, 82}),
    ),
    _Cause(
        "ENV-003",
        N_("{doing}没有成功：文件或磁盘不见了，可能是U盘被拔出。原来的数据没有变。请重新插好U盘，再试一次。"),
        _errnos(
            "ENOENT", "ENODEV", "ENXIO", "EIO", "ENOTDIR", "ESTALE", "ENOTCONN", "EHOSTDOWN", "ENETUNREACH"
        ),
        frozenset({2, 3, 15, 21, 23, 27, 31, 53, 55, 64, 67, 121, 433, 483, 1006, 1110, 1112, 1117, 1167}),
        may_retry=True,
    ),
    _Cause(
        "ENV-005",
        N_(
            "{doing}没有成功：文件名太长，或有不能用的字符。原来的数据没有变。请换一个短一点的名称或位置再试。"
        ),
        _errnos("ENAMETOOLONG", "EINVAL", "EILSEQ", "ELOOP"),
        frozenset({111, 123, 161, 206}),
    ),
    _Cause(
        "ENV-006",
        N_("{doing}没有成功：文件太大，这个U盘的格式放不下。原来的数据没有变。请换一个U盘，或分几次导出。"),
        _errnos("EFBIG"),
        frozenset({223}),
    ),
    _Cause(
        "ENV-007",
        N_("{doing}没有成功：已经有同名的文件或文件夹。原来的数据没有变。请换一个名称再试。"),
        _errnos("EEXIST", "EISDIR", "ENOTEMPTY"),
        frozenset({80, 145, 183}),
    ),
)
_UNKNOWN = _Cause(
    "ENV-099",
    N_(
        "{doing}没有成功：电脑报告了一个少见的错误（{number}）。原来的数据没有变。请再试一次；还不行，请把这个号码告诉技术人员。"
    ),
    frozenset(),
    frozenset(),
)


def fault_from(error: OSError, doing: str, *, is_held: bool = False) -> EnvironmentFault:
    """The fault that an officer is told of; raise it `from` the error.

    `doing` is what was under way, in the officer's words: 保存附件. Paths stay out, because they may hold names.
    `is_held` when the folder is known to take files, so that a refusal can only mean that somebody holds this one.
    """
    winerror = getattr(error, "winerror", None)
    if is_held and winerror == _ACCESS_DENIED:
        winerror = _SHARING_VIOLATION
    cause = _cause_of(error.errno, winerror)
    number = error.errno if winerror is None else winerror
    return EnvironmentFault(
        cause.code,
        _(cause.sentence).format(doing=doing, number=number),
        may_retry=cause.may_retry,
        errno=error.errno,
        winerror=winerror,
    )


def _cause_of(number: int | None, winerror: int | None) -> _Cause:
    for cause in CAUSES:
        if winerror is not None and winerror in cause.winerrors:
            return cause
    for cause in CAUSES:
        if number is not None and number in cause.errnos:
            return cause
    return _UNKNOWN


def data_folder(option: str | Path | None, environ: Mapping[str, str]) -> Path:
    """The folder of this installation's data: the option, else the environment, else the platform's place.

    Shape:   absolute; it need not exist.
    """
    chosen = str(option or environ.get(HOME_VARIABLE, ""))
    if chosen:
        return Path(chosen).expanduser().absolute()
    # Only needed without an option, and it looks into the Windows registry.
    import platformdirs  # noqa: PLC0415

    return platformdirs.user_data_path(_FOLDER_NAME, appauthor=False)


def witness_folder() -> Path:
    """Where the witness of a data folder lies: in the user's profile, and never inside a data folder."""
    import platformdirs  # noqa: PLC0415 - see `data_folder`

    return platformdirs.user_state_path(f"{_FOLDER_NAME}-witness", appauthor=False)


def resources_folder() -> Path:
    """The folder of what the program ships with, in the source tree and in the installed program alike.

    Errors:  EnvironmentFault ENV-010 when it is missing; start-up asks first, so that nobody meets it later.
    """
    package = Path(__file__).parents[1]
    for folder in (package.parent, package, package.parent.parent, Path(sys.prefix) / "share" / "jingwushi"):
        if (folder / "resources" / "holidays").is_dir():
            return folder / "resources"
    raise EnvironmentFault("ENV-010", _("程序文件不完整。记录没有受影响。请重新安装程序。"))


def resource(*parts: str) -> Path:
    """One shipped file or folder.

    Errors:  EnvironmentFault ENV-010 when it is missing.
    """
    path = resources_folder().joinpath(*parts)
    if not path.exists():
        sentence = _("程序文件不完整，缺少{name}。记录没有受影响。请重新安装程序。")
        raise EnvironmentFault("ENV-010", sentence.format(name="/".join(parts)), resource="/".join(parts))
    return path


def is_package_name(name: str) -> bool:
    """Whether a file is a package of the exchange by its name, as a double click or a drop on the window gives it."""
    return _PACKAGE.search(name) is not None


_PACKAGE = re.compile(r"\.jw[ab](?:\.[0-9]{3}of[0-9]{3})?$", re.IGNORECASE)


def safe_file_name(text: str) -> str:
    """A name that Windows, Linux and a FAT stick take, as near to the text as they allow.

    Shape:   one path part, never empty; a short extension is kept when the rest is cut.
    Units:   at most 120 UTF-16 units, which is what Windows counts, and 200 bytes, which is what Linux counts.
    """
    # The tables of names cost a tenth of the window's start, and a start names no file.
    from desktop.base.names import shorten  # noqa: PLC0415

    name = _FORBIDDEN.sub("_", text)
    name = " ".join(name.split()).strip(". ")
    suffix = found.group() if (found := _SUFFIX.search(name)) else ""
    stem = name[: len(name) - len(suffix)].rstrip(". ")
    stem = stem or _("未命名")
    if _RESERVED.fullmatch(stem + suffix) or _RESERVED.fullmatch(stem.split(".")[0].rstrip()):
        stem = "_" + stem
    while not _fits(stem + suffix):
        stem = shorten(stem, len(stem) - 1).rstrip(". ")
    return stem + suffix


def _fits(name: str) -> bool:
    units = len(name.encode("utf-16-le", "surrogatepass")) // 2
    return units <= MOST_NAME_UNITS and len(name.encode("utf-8", "surrogatepass")) <= _MOST_NAME_BYTES


def write_file(
    path: Path, data: bytes, *, doing: str | None = None, wait: Callable[[float], None] = time.sleep
) -> None:
    """Writes a file so that after a power cut it is either the old one or the new one, whole.

    The bytes go to `<name>.part` beside it, reach the disk, and take the name in one step.

    Errors:  EnvironmentFault ENV-0xx, with the file as it was before.
    """
    part = path.with_name(path.name + ".part")
    was_written = False
    try:
        try:
            _write_through(part, data)
            was_written = True
            _replace(part, path, wait)
        except OSError:
            _remove(part)
            raise
        _write_folder_through(path.parent)
    except OSError as error:
        raise fault_from(error, doing or _("保存文件"), is_held=was_written) from error


def _write_through(path: Path, data: bytes) -> None:
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _replace(part: Path, path: Path, wait: Callable[[float], None]) -> None:
    for seconds in _WAITS_SECONDS:
        try:
            part.replace(path)
        except OSError as error:
            # Windows says the first while a scanner or a viewer holds the old file.
            if getattr(error, "winerror", None) not in {_ACCESS_DENIED, _SHARING_VIOLATION, 33}:
                raise
            wait(seconds)
        else:
            return
    part.replace(path)


def _remove(part: Path) -> None:
    try:
        part.unlink(missing_ok=True)
    except OSError:
        # The disk is full, gone or read-only, which the caller is just being told; the next write replaces the rest.
        return


def _write_folder_through(folder: Path) -> None:
    """The new name reaches the disk too, where a folder can be opened; Windows writes it with the file system's log."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    except OSError as error:
        # Network and FUSE file systems refuse to sync a folder; the file itself is written through.
        if error.errno not in _errnos("EINVAL", "ENOTSUP", "EBADF"):
            raise
    finally:
        os.close(handle)
