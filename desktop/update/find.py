"""Whether there is a newer version, and its installer, verified: signatures, no way back, no way to hold back.

TUF refuses what the keys did not sign, what is older than what was seen before, and what is past its date. Dates are
generous (a stick may be weeks old); the time that counts is the later of the PC's clock and the day this program was
built, so that a clock that stands in the past makes no old list good.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tuf.api.exceptions import (
    DownloadError,
    DownloadHTTPError,
    DownloadLengthMismatchError,
    ExpiredMetadataError,
    LengthOrHashMismatchError,
    RepositoryError,
)
from tuf.ngclient import Updater

from desktop.base.clock import Clock
from desktop.base.errors import EnvironmentFault, Failure, Refused
from desktop.base.paths import fault_from
from desktop.base.text import _
from desktop.update.source import Source, Tell

LIST_NAME = "jingwushi"
"""The target that `custom` of which tells the newest version; see docs/formats/update.md."""
_VERSION = re.compile(r"\d{1,4}\.\d{1,4}\.\d{1,4}")
_KEEP_SETUPS = 2


@dataclass(frozen=True)
class Update:
    """A version that the keys vouch for.

    Shape:   `min_from` is the oldest version that may be replaced by it at once; `notes` are for people.
    """

    version: str
    min_from: str
    notes: str
    target: str
    size_bytes: int


@dataclass(frozen=True)
class Trust:
    """What this PC believes before it reads anything: the root of the keys, and when this program was built."""

    root: bytes
    built_at: datetime

    @classmethod
    def shipped(cls, folder: Path) -> Trust:
        """The root that came with the program.

        Errors:  Refused UPD-001 where a program was built without one.
        """
        path = folder / "root.json"
        if not path.exists():
            raise Refused("UPD-001", _("这份程序没有带更新密钥，不能自动更新。请用安装程序直接安装新版本"))
        root = path.read_bytes()
        return cls(root, datetime.fromtimestamp(path.stat().st_mtime, UTC))


class Updates:
    """The updates that one source offers to this PC. `state` is a folder of its own, kept from one time to the next."""

    def __init__(self, source: Source, state: Path, trust: Trust, clock: Clock) -> None:
        self._state = state
        self._clock = clock
        self._trust = trust
        self._source = source

    def find(self, own_version: str) -> Update | None:
        """The newest version when it is newer than this one.

        Errors:  Refused UPD-003 not to be believed, UPD-004 past its date, UPD-005 another version must come between;
                 EnvironmentFault UPD-002 nothing there.
        """
        updater = self._updater()
        found = _told(updater)
        if number(found.version) <= number(own_version):
            return None
        if number(own_version) < number(found.min_from):
            raise Refused(
                "UPD-005",
                _("从 {own} 不能直接更新到 {new}，请先更新到 {least}。现在的程序和数据没有变").format(
                    own=own_version, new=found.version, least=found.min_from
                ),
            )
        return found

    def fetch(self, update: Update, tell: Tell | None = None) -> Path:
        """The installer, copied to this PC and compared; the stick may be pulled out now.

        Errors:  as `find`; EnvironmentFault ENV-0xx.
        """
        folder = self._state / "setups"
        updater = self._updater()
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with _failures():
                info = updater.get_targetinfo(update.target)
                if info is None:
                    raise _not_believed()
                part, whole = folder / "setup.part", folder / update.target
                if tell is not None:
                    self._source.tell = tell
                updater.download_target(info, str(part))
            part.replace(whole)
            _thin(folder, whole)
        except OSError as error:
            raise fault_from(error, _("复制安装程序")) from error
        return whole

    def _updater(self) -> Updater:
        if not self._source.is_there():
            raise EnvironmentFault("UPD-002", _("这里没有更新文件。请插上县局发的更新U盘"))
        metadata = self._state / "metadata"
        try:
            metadata.mkdir(parents=True, exist_ok=True)
            with _failures():
                updater = Updater(
                    metadata_dir=str(metadata),
                    metadata_base_url=f"{self._source.address}metadata/",
                    target_base_url=f"{self._source.address}targets/",
                    fetcher=self._source,
                    bootstrap=self._trust.root,
                )
                # TUF reads the clock by itself; there is no public way to tell it which time counts.
                updater._trusted_set.reference_time = max(self._clock.now(), self._trust.built_at)  # noqa: SLF001
                updater.refresh()
        except OSError as error:
            raise fault_from(error, _("读取更新")) from error
        return updater


def _told(updater: Updater) -> Update:
    with _failures():
        info = updater.get_targetinfo(LIST_NAME)
    custom: Mapping[str, Any] = info.custom if info is not None and info.custom else {}
    version, target = str(custom.get("version")), str(custom.get("setup"))
    if not _VERSION.fullmatch(version) or not re.fullmatch(r"[A-Za-z0-9._-]{1,80}\.exe", target):
        raise _not_believed()
    return Update(
        version,
        str(custom.get("min_from", "0.0.0")),
        str(custom.get("notes", "")),
        target,
        int(custom.get("bytes", 0)),
    )


def number(version: str) -> tuple[int, ...]:
    """A version that can be compared; 0.10.0 is newer than 0.9.0."""
    return tuple(int(part) for part in re.findall(r"\d+", version)[:3])


class _failures:  # noqa: N801 - a context, used like a function
    """Turns TUF's errors into ours."""

    def __enter__(self) -> None:
        """Nothing to prepare."""

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        failure = _failure_of(error)
        if failure is not None:
            raise failure from error


def _failure_of(error: BaseException | None) -> Failure | None:
    if isinstance(error, ExpiredMetadataError):
        return Refused(
            "UPD-004",
            _(
                "更新文件过期了，没有更新。请先核对电脑的日期；日期没错，就请县局重新发一份。现在的程序和数据没有变"
            ),
        )
    if isinstance(error, DownloadHTTPError):
        return EnvironmentFault(
            "UPD-002", _("更新文件不全，没有更新。请重新拷贝整个 update 文件夹"), may_retry=True
        )
    if isinstance(
        error, DownloadLengthMismatchError | LengthOrHashMismatchError | RepositoryError | ValueError
    ):
        return _not_believed()
    if isinstance(error, DownloadError):
        return EnvironmentFault("UPD-002", _("更新文件读不出来，没有更新。请换一个U盘再试"), may_retry=True)
    return None


def _not_believed() -> Refused:
    return Refused(
        "UPD-003",
        _(
            "更新文件不可信（被改动、被换回旧的，或不是县局签发的），没有更新。现在的程序和数据没有变。请告诉县局"
        ),
    )


def _thin(folder: Path, newest: Path) -> None:
    """Keeps this installer and the one before it, which brings the old version back when the new one will not do."""
    others = sorted(
        (path for path in folder.glob("*.exe") if path != newest), key=lambda path: path.stat().st_mtime
    )
    for path in others[: -(_KEEP_SETUPS - 1)]:
        path.unlink(missing_ok=True)
