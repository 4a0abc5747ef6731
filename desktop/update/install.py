"""Hands the verified installer over to Windows and lets this program end."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from desktop.base.errors import EnvironmentFault
from desktop.base.paths import fault_from
from desktop.base.text import _

# The installer waits for this program to end, puts the new version in its place, and starts it.
OPTIONS = ("/S", "/WAIT", "/RUN")


def start_setup(setup: Path) -> None:
    """Starts the installer; the program must end at once, because the installer waits for it.

    Errors:  EnvironmentFault UPD-006 where there is no Windows; ENV-0xx when it cannot be started.
    """
    if sys.platform == "win32":
        try:
            subprocess.Popen([str(setup), *OPTIONS], close_fds=True)  # noqa: S603 - verified a moment ago
        except OSError as error:
            raise fault_from(error, _("启动安装程序")) from error
    else:
        raise EnvironmentFault(
            "UPD-006", _("安装程序只能在 Windows 上运行，已放在 {path}").format(path=setup)
        )
