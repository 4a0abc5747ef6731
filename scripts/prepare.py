"""Makes `.venv` ready for `app.py` and `test.py`; not a program of its own.

Standard library only, and little of it: every start of the program passes through here, so the second one
reads two small files and goes on. What only a first start needs is imported where it is used.
"""

from __future__ import annotations

import hashlib
import os
import sys
from contextlib import contextmanager
from pathlib import Path

TYPE_CHECKING = False
if TYPE_CHECKING:  # a start must not pay for what only the type checker reads
    from collections.abc import Iterator, Sequence
    from subprocess import CompletedProcess
    from typing import NoReturn

ROOT = Path(__file__).resolve().parents[1]
ENVIRONMENT = ROOT / ".venv"
PYTHON = ENVIRONMENT / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
STAMP = ENVIRONMENT / "jingwushi-setup.txt"  # what was set up, one `name key` a line
LOCK = ROOT / "build" / "setup.lock"
BEGAN = ROOT / "build" / "setup.began"  # exists while a set-up is under way, and after one that was cut off
SURROUNDINGS_FAILED = 5

# Debian's package for each library that Qt loads; the first six are enough without a screen.
QT_OFFSCREEN = {
    "libGL.so.1": "libgl1",
    "libEGL.so.1": "libegl1",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libfontconfig.so.1": "libfontconfig1",
    "libdbus-1.so.3": "libdbus-1-3",
}
QT_WINDOW = {
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
}


def say(sentence: str) -> None:
    """One line to standard error, so that a command's answer on standard output stays clean."""
    sys.stderr.write(sentence + "\n")
    sys.stderr.flush()


def stop(sentence: str) -> NoReturn:
    """Ends with the status for surroundings that failed."""
    say(sentence)
    sys.exit(SURROUNDINGS_FAILED)


def key_of(name: str) -> str:
    """What an environment for `requirements/<name>.txt` is made from: the file and the Python."""
    listed = (ROOT / "requirements" / f"{name}.txt").read_bytes().replace(b"\r\n", b"\n")
    return f"{sys.version_info[0]}.{sys.version_info[1]}-{hashlib.sha256(listed).hexdigest()}"


def prepare(name: str) -> bool:
    """Leaves `.venv` with what `requirements/<name>.txt` pins, repairing one that was cut off.

    Shape:   whether anything had to be done.
    Errors:  exits with status 5 and one sentence when Python, disk or network do not allow it.
    """
    if not (3, 11) <= sys.version_info[:2] <= (3, 13):
        stop(f"需要 Python 3.11 到 3.13，现在是 {sys.version.split()[0]}。 Python 3.11 to 3.13 is needed.")
    if _is_ready(name):
        return False
    with _alone():
        if not _is_ready(name):
            _set_up(name)
    return True


def environment() -> dict[str, str]:
    """The variables for a program that is run from `.venv`, wherever it is started."""
    path = os.environ.get("PYTHONPATH")
    return os.environ | {
        "PYTHONPATH": f"{ROOT}{os.pathsep}{path}" if path else str(ROOT),
        "PYTHONUTF8": "1",
    }


def become(arguments: Sequence[str]) -> NoReturn:
    """Runs `.venv`'s Python with these arguments in place of this program; its exit status is ours."""
    command = [str(PYTHON), *arguments]
    if os.name != "nt":
        sys.stdout.flush()
        os.execve(PYTHON, command, environment())  # noqa: S606 - our own Python, no shell wanted
    # Windows has no exec that the console waits for.
    import subprocess  # noqa: PLC0415 - only where it is needed

    with subprocess.Popen(command, env=environment()) as program:
        while True:
            try:
                sys.exit(program.wait())
            except KeyboardInterrupt:
                continue  # the program got the same key and decides for itself


def install_packages(packages: Sequence[str], purpose: str) -> None:
    """Installs Debian packages when that is allowed here; otherwise says the command and goes on."""
    if not packages:
        return
    from shutil import which  # noqa: PLC0415 - only a first start needs it

    command = f"apt-get install -y --no-install-recommends {' '.join(packages)}"
    apt = which("apt-get")
    if apt and os.name == "posix" and os.geteuid() == 0:
        say(f"正在安装{purpose}（{' '.join(packages)}）…… Installing system packages.")
        quiet = {"DEBIAN_FRONTEND": "noninteractive", "NEEDRESTART_MODE": "a"}
        _run([apt, "update", "-q"], quiet)
        done = _run([apt, *command.split()[1:], "-q"], quiet)
        if done.returncode == 0:
            return
        say(_last_lines(done, 3))
    say(
        f"缺少{purpose}，请用管理员身份运行： Missing here; as root run:  {command if apt else ' '.join(packages)}"
    )


def missing_libraries(*wanted: dict[str, str]) -> list[str]:
    """Debian's packages for the libraries that the loader of this Linux does not find."""
    if not sys.platform.startswith("linux"):
        return []
    import ctypes  # noqa: PLC0415 - only a first start needs it

    missing = []
    for library, package in ((one, two) for group in wanted for one, two in group.items()):
        try:
            ctypes.CDLL(library)
        except OSError:
            missing.append(package)
    return missing


def remember(name: str, key: str) -> None:
    """Writes one line of the stamp, whole or not at all."""
    lines = _stamped() | {name: key}
    fresh = STAMP.with_suffix(".new")
    fresh.write_text("".join(f"{one} {two}\n" for one, two in sorted(lines.items())), encoding="utf-8")
    fresh.replace(STAMP)


def is_remembered(name: str, key: str) -> bool:
    """Whether the stamp has this line."""
    return _stamped().get(name) == key


def _is_ready(name: str) -> bool:
    return is_remembered(name, key_of(name)) and PYTHON.exists()


def _stamped() -> dict[str, str]:
    try:
        lines = STAMP.read_text(encoding="utf-8").splitlines()
    except OSError:
        return {}
    return dict(line.split(" ", 1) for line in lines if " " in line)


def _set_up(name: str) -> None:
    say("正在准备运行环境，第一次约需一两分钟…… Setting up .venv, a minute or two the first time.")
    was_cut_off = BEGAN.exists()
    BEGAN.touch()
    STAMP.unlink(missing_ok=True)
    if was_cut_off or not _has_working_pip():
        _make_environment()
    _install_requirements(ROOT / "requirements" / f"{name}.txt")
    remember(name, key_of(name))
    if name == "test":
        # The test list holds everything in the program's list at the same versions.
        remember("app", key_of("app"))
    BEGAN.unlink()


def _install_requirements(listed: Path) -> None:
    quiet = ["--quiet", "--disable-pip-version-check", "--no-input", "--progress-bar", "off"]
    # The list is whole, so nothing needs resolving; and no PC here has a compiler.
    exact = ["--require-hashes", "--no-deps", "--only-binary=:all:"]
    done = _run([str(PYTHON), "-m", "pip", "install", *quiet, *exact, "-r", str(listed)])
    if done.returncode != 0:
        say(_last_lines(done, 8))
        stop(
            "安装所需程序包没有成功，请检查网络和磁盘后再运行一次。 Packages could not be installed; run again."
        )


def _has_working_pip() -> bool:
    """Whether `.venv` answers, with this version of Python: an aborted or moved one does not."""
    if not PYTHON.exists():
        return False
    question = "import pip, sys; print(*sys.version_info[:2])"
    try:
        answer = _run([str(PYTHON), "-c", question])
    except OSError:
        return False
    return answer.stdout.split() == [str(part) for part in sys.version_info[:2]]


def _make_environment() -> None:
    command = [sys.executable, "-m", "venv", "--clear", str(ENVIRONMENT)]
    done = _run(command)
    if done.returncode != 0 and sys.platform.startswith("linux"):
        # Debian keeps the module that venv needs in a package of its own.
        install_packages(["python3-venv"], " Python 的 venv ")
        done = _run(command)
    if done.returncode != 0:
        say(_last_lines(done, 8))
        stop("不能建立 .venv，请看上面的原因。 Could not make .venv; the reason is above.")


def _run(command: Sequence[str], more: dict[str, str] | None = None) -> CompletedProcess[str]:
    import subprocess  # noqa: PLC0415 - only a first start needs it

    variables = os.environ | {"PYTHONUTF8": "1"} | (more or {})
    return subprocess.run(
        command,
        check=False,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        env=variables,
        stdin=subprocess.DEVNULL,
        close_fds=False,  # see _alone
    )


def _last_lines(done: CompletedProcess[str], count: int) -> str:
    return "\n".join((done.stderr or done.stdout).strip().splitlines()[-count:])


@contextmanager
def _alone() -> Iterator[None]:
    """Waits while another start sets up the same `.venv`; the system frees the lock when a start dies.

    What is run inside inherits the lock: a pip that outlives a killed start still keeps the next one out.
    """
    LOCK.parent.mkdir(exist_ok=True)
    with LOCK.open("a+b") as lock:
        if sys.platform == "win32":
            import msvcrt  # noqa: PLC0415 - exists on Windows only

            while True:
                try:
                    msvcrt.locking(lock.fileno(), msvcrt.LK_LOCK, 1)
                    break
                except OSError:
                    continue  # it gives up after ten seconds; a set-up takes longer
        else:
            import fcntl  # noqa: PLC0415 - exists on POSIX only

            fcntl.flock(lock, fcntl.LOCK_EX)
            os.set_inheritable(lock.fileno(), True)
        yield
