"""The life of an installation under Wine: install, run, upgrade, refuse, cut the power, uninstall.

With a small payload (the interpreter and a program of ten lines), so that all of it takes a minute or two. `verify`
runs the whole program as well.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from fetch import interpreter
from installer import Nsis, Setup, build_launchers, make_setup
from stage import set_times
from wine import Done, Wine

OLD, NEW = "1.0.0", "1.1.0"
MOMENTS = {
    1: "while files are written",
    2: "before the first rename",
    3: "between the two renames",
    4: "before the launchers are replaced",
    5: "before the registry is written",
}
PROGRAM = """
import json, os, pathlib, sys, time
import desktop
folder = pathlib.Path(os.environ["LOCALAPPDATA"], "Jingwushi")
folder.mkdir(exist_ok=True)
told = {"version": desktop.VERSION, "arguments": sys.argv[1:]}
(folder / "last.json").write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")
if "--hold" in sys.argv:
    (folder / "holding").write_text("1")
    time.sleep(int(sys.argv[-1]))
"""


def make_payload(folder: Path, python: Mapping[str, bytes], version: str, epoch: int) -> Path:
    """A tree like the real one, with a program that tells its version and its arguments."""
    shutil.rmtree(folder, ignore_errors=True)
    tag = f"python{interpreter()['tag']}"
    files = {f"python/{name}": data for name, data in python.items() if name != "_wmi.pyd"}
    files[f"python/{tag}._pth"] = f"{tag}.zip\r\n.\r\n..\\lib\r\n..\\app\r\n".encode()
    files["app/desktop/__init__.py"] = f'VERSION = "{version}"\n'.encode()
    files["app/desktop/__main__.py"] = PROGRAM.encode()
    files["lib/old.txt" if version == OLD else "lib/new.txt"] = b"x"
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    set_times(folder, epoch)
    return folder


def make_setups(folder: Path, python: Mapping[str, bytes], nsis: Nsis, epoch: int) -> dict[str, Path]:
    """Installers of the payload: the old version, the new one, and the new one that stands still where it is told."""
    made = {}
    for version in (OLD, NEW):
        stage = make_payload(folder / f"payload-{version}", python, version, epoch)
        launchers = build_launchers(folder / f"launchers-{version}", version, epoch)
        told = Setup(stage, launchers, version, epoch, fast=True)
        made[version] = make_setup(nsis, told, folder / f"small-{version}.exe")
        if version == NEW:
            paused = Setup(stage, launchers, version, epoch, fast=True, may_pause=True)
            made["pausable"] = make_setup(nsis, paused, folder / f"small-{version}-pausable.exe")
    return made


@dataclass
class Life:
    """One installation in one prefix; `checks` grow as it lives."""

    wine: Wine
    setups: Mapping[str, Path]
    for_all: bool
    checks: list[tuple[str, bool]] = field(default_factory=list)

    @property
    def switch(self) -> str:
        """What chooses the place."""
        return "/AllUsers" if self.for_all else "/CurrentUser"

    @property
    def home(self) -> Path:
        """Where the program lies."""
        if self.for_all:
            return self.wine.drive / "Program Files" / "Jingwushi"
        return self.wine.user / "AppData" / "Local" / "Programs" / "Jingwushi"

    @property
    def menu(self) -> Path:
        """The start menu's folder."""
        above = self.wine.drive / "ProgramData" if self.for_all else self.wine.user / "AppData" / "Roaming"
        return above / "Microsoft" / "Windows" / "Start Menu" / "Programs" / "警务室"

    @property
    def data(self) -> Path:
        """Where the records would lie."""
        return self.wine.user / "AppData" / "Local" / "Jingwushi"

    def note(self, name: str, *, holds: bool, told: object = "") -> None:
        """One check."""
        self.checks.append((name, holds))
        print(f"  {'ok  ' if holds else 'FAIL'} {name}{f' ({told})' if told != '' else ''}", flush=True)

    def setup(self, which: str, *more: str) -> int:
        """Runs an installer silently; its exit status."""
        return self.wine.run(str(self.setups[which]), "/S", self.switch, *more, seconds=300).status

    def start(self, *words: str) -> Done:
        """Runs the installed program."""
        return self.wine.run(self.wine.path(self.home / "cmd" / "jingwushi.exe"), *words)

    def last(self) -> tuple[str, list[str]]:
        """The version and the arguments of the last run."""
        path = self.data / "last.json"
        if not path.exists():
            return "", []
        told = json.loads(path.read_text(encoding="utf-8"))
        return told["version"], told["arguments"]

    def registry(self, key: str) -> str:
        """What the registry says under a key of this place."""
        root = "HKLM" if self.for_all else "HKCU"
        return self.wine.run("reg", "query", f"{root}\\Software\\{key}", "/s", "/reg:64").text

    def settle(self) -> None:
        """Waits until everything ended, so that the registry is on the disk."""
        subprocess.run(["wineserver", "-w"], check=False, env=self.wine.environment(), timeout=120)

    @contextmanager
    def running(self, seconds: int = 40) -> Iterator[None]:
        """The program, running."""
        program = self.wine.start(self.wine.path(self.home / "Jingwushi.exe"), "--hold", str(seconds))
        wait_for((self.data / "holding").exists)
        try:
            yield
        finally:
            program.wait(timeout=seconds + 60)
            (self.data / "holding").unlink(missing_ok=True)

    # -- the story -----------------------------------------------------------------------------------------------

    def live(self) -> list[tuple[str, bool]]:
        """Everything, from the first installation to the last trace."""
        self._install()
        self._associate()
        self._upgrade()
        self._refuse()
        self._update_itself()
        self._cut_power()
        self._leave()
        return self.checks

    def _install(self) -> None:
        status = self.setup(OLD)
        self.note("a silent installation ends with 0", holds=status == 0, told=status)
        self.note(
            "the program lies where it should", holds=(self.home / "program" / "lib" / "old.txt").exists()
        )
        self.note("the start menu has it", holds=len(list(self.menu.glob("*.lnk"))) == 2)
        self.start("一室 一", 'a"b')
        self.note("it runs, and gets Chinese arguments whole", holds=self.last() == (OLD, ["一室 一", 'a"b']))
        self.note("Apps & features knows the version", holds=OLD in self.registry(UNINSTALL))
        (self.data / "room.db").write_bytes("珍贵".encode())

    def _associate(self) -> None:
        if not self.for_all:
            # Wine does not look into a user's own classes when it opens a file.
            holds = "Jingwushi.Bundle" in self.registry("Classes\\.jwb")
            self.note("bundles belong to it (registry)", holds=holds)
            return
        bundle = self.wine.user / "第一小学 2026.jwb"
        bundle.write_bytes(b"x")
        self.wine.run("start", "/wait", "/unix", str(bundle), seconds=90)
        self.note("a double click opens a bundle with it", holds="第一小学" in "".join(self.last()[1]))

    def _upgrade(self) -> None:
        with self.running():
            status = self.setup(NEW)
            self.note("no upgrade while it runs (12)", holds=status == 12, told=status)
            # It goes on as a copy of itself, whose exit status nobody sees.
            self.wine.run(self.wine.path(self.home / "uninstall.exe"), self.switch, "/S")
            gone = wait_for(lambda: not (self.home / "program").exists(), seconds=8)
            self.note("no removal while it runs", holds=not gone)
        self.start()
        self.note("the old version is whole after that", holds=self.last()[0] == OLD)
        status = self.setup(NEW)
        program = self.home / "program" / "lib"
        holds = status == 0 and (program / "new.txt").exists() and not (program / "old.txt").exists()
        self.note("an upgrade replaces it, stale files and all", holds=holds, told=status)
        self.start()
        self.note("the new version runs", holds=self.last()[0] == NEW)
        self.start("--previous", "x")
        self.note("the version before can still be started", holds=self.last() == (OLD, ["x"]))
        self.note("the start menu offers the version before", holds=len(list(self.menu.glob("*.lnk"))) == 3)
        self.note("records are as they were", holds=(self.data / "room.db").read_bytes() == "珍贵".encode())

    def _refuse(self) -> None:
        status = self.setup(OLD)
        self.start()
        self.note("no downgrade (11)", holds=status == 11 and self.last()[0] == NEW, told=status)
        broken = self.setups[NEW].with_name("broken.exe")
        data = bytearray(self.setups[NEW].read_bytes())
        data[len(data) // 2] ^= 1
        broken.write_bytes(data)
        status = self.wine.run(str(broken), "/S", self.switch).status
        self.note("a damaged installer changes nothing (2)", holds=status == 2, told=status)
        status = self.setup(OLD, "/FORCE")
        self.start()
        self.note("a forced downgrade works", holds=status == 0 and self.last()[0] == OLD, told=status)

    def _update_itself(self) -> None:
        """As the program does it: the installer is started, the program ends, and the new one comes up."""
        from desktop.update.install import Installation  # noqa: PLC0415 - the options of the program itself

        options = Installation(self.home, self.for_all).options
        with self.running(12):
            setup = self.wine.start(str(self.setups[NEW]), *options)
            self.note("an update waits for the program to end", holds=not wait_for(self._is_new, seconds=4))
        setup.communicate(timeout=200)
        holds = setup.returncode == 0 and self._is_new()
        self.note("it shows its progress, asks nothing and ends", holds=holds, told=setup.returncode)
        if self.for_all:
            self.start()
        began = wait_for(lambda: self.last() == (NEW, []), seconds=60)
        self.note("the new version comes up", holds=began, told=self.last()[0])
        self.settle()
        (self.data / "last.json").unlink(missing_ok=True)
        refused = self.wine.run(str(self.setups[OLD]), "/S", self.switch, "/WAIT", "/RUN")
        came = wait_for((self.data / "last.json").exists, seconds=60) and self.last()[0] == NEW
        self.note(
            "one that is refused brings the program back",
            holds=refused.status == 11 and came,
            told=refused.status,
        )
        self.settle()
        self.setup(OLD, "/FORCE")

    def _is_new(self) -> bool:
        return (self.home / "program" / "lib" / "new.txt").exists()

    def _cut_power(self) -> None:
        for number, moment in MOMENTS.items():
            self.settle()
            self._cut_at(number)
            self.start("after")
            version, words = self.last()
            holds = version in {OLD, NEW} and words == ["after"]
            self.note(f"power cut {moment}: a whole version runs", holds=holds, told=version)
            status = self.setup(NEW)
            self.start()
            self.note("  and the installer finishes the work", holds=status == 0 and self.last()[0] == NEW)
            if number < max(MOMENTS):
                self.setup(OLD, "/FORCE")
        self.note("records are as they were", holds=(self.data / "room.db").read_bytes() == "珍贵".encode())

    def _cut_at(self, number: int) -> None:
        for path in self.wine.drive.rglob("jingwushi-moment"):
            path.unlink()
        program = self.wine.start(
            str(self.setups["pausable"]), "/S", self.switch, more={"JINGWUSHI_CUT_AT": str(number)}
        )
        wait_for(lambda: any(self.wine.drive.rglob("jingwushi-moment")))
        self.wine.stop(program)
        (self.data / "last.json").unlink(missing_ok=True)

    def _leave(self) -> None:
        self.wine.run(self.wine.path(self.home / "uninstall.exe"), self.switch, "/S")
        # The uninstaller goes on as a copy of itself.
        wait_for(lambda: not self.home.exists(), seconds=60)
        self.note(
            "an uninstallation leaves no program", holds=not self.home.exists() and not self.menu.exists()
        )
        clean = "Jingwushi" not in self.registry(UNINSTALL) and "Bundle" not in self.registry("Classes\\.jwb")
        self.note("nothing is left in the registry", holds=clean)
        self.note("records are kept", holds=(self.data / "room.db").read_bytes() == "珍贵".encode())


UNINSTALL = "Microsoft\\Windows\\CurrentVersion\\Uninstall\\Jingwushi"


def wait_for(is_so: Callable[[], bool], seconds: float = 120) -> bool:
    """Looks twice a second until something is so."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if is_so():
            return True
        time.sleep(0.5)
    return False


def fresh_prefix(template: Path, target: Path) -> Path:
    """A copy of a prepared prefix: nothing of an earlier run is in it."""
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(template, target, symlinks=True)
    os.utime(target)
    return target
