"""Windows programs on Linux by Wine: the interpreter that compiles the tree, and everything that `verify` tries.

Wine is a stand-in for Windows and no proof; `windows-real.md` lists what only a real PC can tell. What Wine 8 lacks is
made from `stand_ins/*.c` in the build folder and never shipped.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from fetch import PACKAGING, Missing

COMPILER = "x86_64-w64-mingw32-gcc"
NOISE = (
    "it looks like wine32 is missing",
    "multiarch needs to be",
    'execute "dpkg',
    "apt-get install wine32",
)
STAND_INS = {"bcryptprimitives": ["-ladvapi32"], "icuuc": []}


@dataclass(frozen=True)
class Done:
    """What a program said (both streams) and its exit status; -1 where it was stopped for taking too long."""

    status: int
    text: str


@dataclass(frozen=True)
class Wine:
    """One made-up Windows 10 in a folder. `display` is an X screen such as `:77`; programs with windows need one."""

    prefix: Path
    display: str = ""

    @property
    def drive(self) -> Path:
        """Where `C:` lies."""
        return self.prefix / "drive_c"

    @property
    def user(self) -> Path:
        """The folder of the user on `C:`."""
        return next(path for path in sorted((self.drive / "users").iterdir()) if path.name != "Public")

    def environment(self, more: Mapping[str, str] | None = None) -> dict[str, str]:
        """The variables of every program."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("QT_", "PYTHON"))}
        own = {
            "WINEPREFIX": str(self.prefix),
            "WINEARCH": "win64",
            "WINEDEBUG": "-all",
            # Without it every crash waits for a debugger; without UTF-8 no Chinese path is found.
            "WINEDLLOVERRIDES": "winedbg.exe=d;mscoree=d;mshtml=d",
            "LC_ALL": "C.UTF-8",
        }
        shown = {"DISPLAY": self.display} if self.display else {}
        return kept | own | shown | dict(more or {})

    def prepare(self) -> None:
        """Makes the prefix when there is none.

        Errors:  Missing without Wine or the compiler for its stand-ins.
        """
        for program in ("wine", COMPILER):
            if not shutil.which(program):
                raise Missing(f"{program} is not installed; packaging/README.md lists what a build needs")
        if (self.drive / "windows" / "system32" / "icuuc.dll").exists():
            return
        self.prefix.mkdir(parents=True, exist_ok=True)
        self._quiet("wineboot", "-i")
        # A new prefix says that it is Windows 7.
        self._quiet("wine", "winecfg", "-v", "win10")
        # The registry reaches the disk when the last program has ended: a copy made before that has no random numbers.
        self._quiet("wineserver", "-w")
        for name, libraries in STAND_INS.items():
            source = PACKAGING / "stand_ins" / f"{name}.c"
            target = self.drive / "windows" / "system32" / f"{name}.dll"
            plain = ["-O2", "-shared", "-nostdlib", "-Wl,-e,0"]
            subprocess.run([COMPILER, *plain, "-o", str(target), str(source), *libraries], check=True)

    def _quiet(self, *command: str) -> None:
        subprocess.run(
            command,
            check=False,
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=300,
        )

    def start(
        self, *command: str, folder: Path | None = None, more: Mapping[str, str] | None = None
    ) -> subprocess.Popen[bytes]:
        """Starts a program. Its output is a pipe: Python on Wine dies where it is a plain file."""
        return subprocess.Popen(
            ["wine", *command],
            cwd=folder,
            env=self.environment(more),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def run(
        self,
        *command: str,
        folder: Path | None = None,
        seconds: float = 180,
        more: Mapping[str, str] | None = None,
    ) -> Done:
        """Runs a program to its end."""
        program = self.start(*command, folder=folder, more=more)
        try:
            said, _nothing = program.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            self.stop(program)
            return Done(-1, "stopped: it took too long")
        lines = said.decode("utf-8", "replace").replace("\r\n", "\n").splitlines()
        told = "\n".join(line for line in lines if not line.lstrip().startswith(NOISE))
        return Done(program.returncode, told)

    def stop(self, program: subprocess.Popen[bytes]) -> None:
        """Ends everything that runs in this prefix at once, as a power cut does."""
        self._quiet("wineserver", "-k9")
        # One that sleeps does not notice that its server is gone.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(program.pid, signal.SIGKILL)
        program.wait(timeout=60)
        if program.stdout is not None:
            program.stdout.close()

    def path(self, inside: Path) -> str:
        """The Windows spelling of a path on `C:` or anywhere else."""
        if inside.is_relative_to(self.drive):
            return "C:\\" + str(inside.relative_to(self.drive)).replace("/", "\\")
        return "Z:" + str(inside).replace("/", "\\")
