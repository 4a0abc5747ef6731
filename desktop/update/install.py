"""Hands the verified installer over to Windows and lets this program end."""

from __future__ import annotations

import errno
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PureWindowsPath

from desktop.base.errors import EnvironmentFault, Failure, Refused
from desktop.base.paths import fault_from
from desktop.base.text import _
from desktop.base.windows import Signature, read_machine_value, signature_of, start_program

# Written by the installer where it worked for every user of the PC; packaging/windows/installer.nsi.
REGISTRY_KEY, REGISTRY_VALUE = "Software\\Jingwushi", "InstallDir"
LAUNCHER = "Jingwushi.exe"
# What Windows answers when the person pressed "No" at the question for rights; winerror.h.
_CANCELLED = 1223


@dataclass(frozen=True)
class Installation:
    """Where this program lies, and whether an administrator installed it for every user of the PC."""

    root: Path
    is_for_all: bool

    @classmethod
    def running(cls, package: Path) -> Installation:
        """The one whose `program/app/desktop` is running."""
        root = package.parents[2]
        for_all = read_machine_value(REGISTRY_KEY, REGISTRY_VALUE)
        return cls(root, bool(for_all) and PureWindowsPath(for_all) == PureWindowsPath(str(root)))

    @property
    def options(self) -> tuple[str, ...]:
        """The installer shows its progress, asks nothing, waits for this program to end, and starts the new one.

        Not for all users: the administrator who gives his rights may be somebody else, with other data.
        """
        if self.is_for_all:
            return ("/PASSIVE", "/WAIT", "/AllUsers")
        return ("/PASSIVE", "/WAIT", "/CurrentUser", "/RUN")


def this_installation() -> Installation:
    """Where the running program lies."""
    return Installation.running(Path(__file__).parents[1])


def start_setup(
    setup: Path,
    *,
    installation: Installation | None = None,
    start: Callable[..., None] = start_program,
    signature: Callable[[Path], Signature] = signature_of,
) -> None:
    """Starts the installer; the program must end at once, because the installer waits for it.

    Errors:  EnvironmentFault UPD-006 where there is no Windows, ENV-0xx when it cannot be started; Refused UPD-008 when
             the person did not give the rights, UPD-009 when the installer's signature for Windows is not good enough.
    """
    where = installation or this_installation()
    if not is_signed_well(signature(setup), signature(where.root / LAUNCHER)):
        raise Refused(
            "UPD-009",
            _("安装程序没有可信的数字签名，没有安装。现在的程序和数据没有变。请告诉县局"),
        )
    try:
        start(setup, where.options, as_administrator=where.is_for_all)
    except OSError as error:
        raise _fault(error, setup) from error


def is_signed_well(setup: Signature, own: Signature) -> bool:
    """Whether an installer that the update keys vouch for may be started: Windows trusts it no less than this program.

    A second lock beside the update keys, where there is one: a county may build without a certificate, and a PC
    without a network may not know the authority of a good one.
    """
    if own is Signature.TRUSTED:
        return setup is Signature.TRUSTED
    return setup is not Signature.BROKEN


def _fault(error: OSError, setup: Path) -> Failure:
    if error.errno == errno.ENOSYS:
        return EnvironmentFault(
            "UPD-006", _("安装程序只能在 Windows 上运行，已放在 {path}").format(path=setup)
        )
    if getattr(error, "winerror", None) == _CANCELLED:
        return Refused("UPD-008", _("没有得到管理员的许可，没有安装。现在的程序和数据没有变，可以再试一次"))
    return fault_from(error, _("启动安装程序"))
