"""The launchers and the installer, from a staged tree; and signatures that are put on and taken off."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from fetch import PACKAGING, ROOT, Missing
from stage import set_times, size_of
from wine import COMPILER

WINDRES = "x86_64-w64-mingw32-windres"
OLDEST_NSIS = (3, 11)
LINK = ["-Wl,--no-insert-timestamp,--dynamicbase,--nxcompat,--high-entropy-va"]
# Name, description, whether it writes to a console.
LAUNCHERS = (
    ("Jingwushi.exe", "警务室", False),
    ("jingwushi.exe", "警务室（命令行）", True),
)


def version_of_tree() -> str:
    """What `desktop/__init__.py` says."""
    text = (ROOT / "desktop" / "__init__.py").read_text(encoding="utf-8")
    found = re.search(r'^VERSION = "(\d+\.\d+\.\d+)"$', text, re.MULTILINE)
    if not found:
        raise Missing("desktop/__init__.py has no VERSION of the form 1.2.3")
    return found[1]


def build_launchers(target: Path, version: str, epoch: int, signatures: Path | None = None) -> Path:
    """Both launchers in a folder for each; the folder above.

    Shape:   `target/window/Jingwushi.exe` and `target/console/jingwushi.exe`: Windows takes both names for one.
             `signatures` holds `window.p7`, `console.p7` and `authority.pem`, against which they are verified.
    Errors:  Missing where they do not compile, or a signature is of another launcher.
    """
    shutil.rmtree(target, ignore_errors=True)
    for name, description, is_console in LAUNCHERS:
        folder = target / ("console" if is_console else "window")
        folder.mkdir(parents=True)
        _compile(folder / name, description, version, is_console=is_console)
        if signatures is not None:
            _attach_signature(folder / name, signatures)
    set_times(target, epoch)
    return target


def _attach_signature(program: Path, signatures: Path) -> None:
    """What a person signed once, on a launcher that was built anew: the same bytes for everybody."""
    signed = program.with_suffix(".signed")
    words = [
        "-sigin",
        str(signatures / f"{program.parent.name}.p7"),
        "-in",
        str(program),
        "-out",
        str(signed),
    ]
    _tool("osslsigncode", "attach-signature", *words, "-CAfile", str(signatures / "authority.pem"))
    signed.replace(program)


def _compile(program: Path, description: str, version: str, *, is_console: bool) -> None:
    source = PACKAGING / "launcher"
    resource = program.with_suffix(".res")
    numbers = ",".join([*version.split("."), "0"])
    # In a header, because a shell between windres and its preprocessor would spoil quotes.
    (program.parent / "numbers.h").write_text(
        f'#define VERSION_NUMBERS {numbers}\n#define VERSION_TEXT "{version}"\n'
        f'#define DESCRIPTION "{description}"\n#define FILE_NAME "{program.name}"\n',
        encoding="utf-8",
    )
    include = ["-I", str(program.parent), "-I", str(source)]
    _tool(WINDRES, "-c", "65001", *include, str(source / "app.rc"), "-O", "coff", "-o", str(resource))
    kind = ["-mconsole", "-DCONSOLE"] if is_console else ["-mwindows"]
    warnings = ["-Wall", "-Wno-unused-parameter", "-Werror"]
    plain = ["-Os", "-s", "-municode", "-finput-charset=UTF-8", *warnings, *kind, *LINK]
    _tool(COMPILER, *plain, "-o", str(program), str(source / "launcher.c"), str(resource), "-lshell32")
    resource.unlink()
    (program.parent / "numbers.h").unlink()


def _tool(program: str, *arguments: str, more: dict[str, str] | None = None) -> str:
    if not shutil.which(program) and not Path(program).exists():
        raise Missing(f"{program} is not installed; packaging/README.md lists what a build needs")
    done = subprocess.run(
        [program, *arguments],
        check=False,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        env=os.environ | (more or {}),
    )
    if done.returncode != 0:
        raise Missing(f"{Path(program).name} failed:\n{(done.stdout + done.stderr)[-3000:]}")
    return done.stdout


# -- NSIS ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Nsis:
    """How `makensis` is called, with its version."""

    command: Sequence[str]
    variables: dict[str, str]
    version: tuple[int, ...]

    @property
    def is_safe(self) -> bool:
        """Before 3.11 a setup that runs as SYSTEM could be used to become SYSTEM (CVE-2025-43715)."""
        return self.version >= OLDEST_NSIS


def find_nsis(root: Path) -> Nsis:
    """The installed `makensis`; a newer one unpacked in `root` (see `unpack_nsis`) where that is too old.

    Errors:  Missing when there is none.
    """
    loader = root / "usr" / "lib64" / "ld-linux-x86-64.so.2"
    if loader.exists():
        libraries = root / "usr" / "lib" / "x86_64-linux-gnu"
        command = [str(loader), "--library-path", str(libraries), str(root / "usr" / "bin" / "makensis")]
        share = {"NSISDIR": str(root / "usr" / "share" / "nsis"), "NSISCONFDIR": str(root / "etc")}
        return Nsis(command, share, _nsis_version(command, share))
    if not shutil.which("makensis"):
        raise Missing("makensis is not installed; packaging/README.md lists what a build needs")
    return Nsis(["makensis"], {}, _nsis_version(["makensis"], {}))


def _nsis_version(command: Sequence[str], variables: dict[str, str]) -> tuple[int, ...]:
    told = _tool(*command, "-VERSION", more=variables)
    return tuple(int(part) for part in re.findall(r"\d+", told)[:2])


def unpack_nsis(root: Path) -> None:
    """Unpacks Debian 13's NSIS beside Debian 12's own, without installing it; it runs by that system's own loader.

    Errors:  Missing when the packages cannot be had.
    """
    if root.exists() or (shutil.which("makensis") and find_nsis(root).is_safe):
        return
    part = root.with_name(root.name + ".part")
    shutil.rmtree(part, ignore_errors=True)
    _tool("mmdebstrap", "--quiet", "--variant=extract", "--include=nsis", "trixie", str(part))
    part.rename(root)


@dataclass(frozen=True)
class Setup:
    """What goes into one installer. `may_pause` only for rehearsals of a power cut."""

    stage: Path
    launchers: Path
    version: str
    epoch: int
    fast: bool = False
    may_pause: bool = False


def make_setup(nsis: Nsis, told: Setup, target: Path) -> Path:
    """One installer: `fast` gives a larger file in a quarter of the time.

    Errors:  Missing with the compiler's words.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    defines = {
        "VERSION": told.version,
        "STAGE": str(told.stage),
        "LAUNCHERS": str(told.launchers),
        "OUT": str(target),
        "SIZEKB": str(size_of(told.stage) // 1024),
        "COMP": "zlib" if told.fast else "lzma",
    }
    words = [f"-D{name}={value}" for name, value in defines.items()] + ["-DMOMENTS"] * told.may_pause
    script = str(PACKAGING / "windows" / "installer.nsi")
    _tool(
        *nsis.command,
        "-V2",
        "-WX",
        *words,
        script,
        more=nsis.variables | {"SOURCE_DATE_EPOCH": str(told.epoch)},
    )
    return target
