"""What `verify` does, part by part; each gives whether all was well."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import signing
from fetch import PACKAGING, ROOT, Missing, fetch_python, fetch_wheels, interpreter
from installer import find_nsis, unpack_nsis, version_of_tree
from lifecycle import Life, fresh_prefix, make_setups, wait_for
from stage import commit_epoch
from wine import Done, Wine

BUILD = ROOT / "build" / "windows"
SCREEN = "1366x768x24"
PASSWORD = {"JINGWUSHI_PASSWORD": "Yanlian-2026"}


def _template() -> Path:
    wine = Wine(BUILD / "wine")
    wine.prepare()
    return wine.prefix


@contextmanager
def _screen() -> Iterator[str]:
    """An X screen of an officer's size; Windows programs without one hang when they end."""
    if not shutil.which("Xvfb"):
        raise Missing("Xvfb is not installed; packaging/README.md lists what verify needs")
    number = next(n for n in range(80, 120) if not Path(f"/tmp/.X{n}-lock").exists())  # noqa: S108 - X11's place
    screen = subprocess.Popen(
        ["Xvfb", f":{number}", "-screen", "0", SCREEN],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_for(Path(f"/tmp/.X11-unix/X{number}").exists, 20)  # noqa: S108 - X11's place
        yield f":{number}"
    finally:
        screen.terminate()
        screen.wait()


# -- lifecycle -------------------------------------------------------------------------------------------------------


def try_lifecycle(_more: Sequence[str]) -> bool:
    """Both ways of installing, each in a prefix of its own."""
    unpack_nsis(BUILD / "nsis")
    setups = make_setups(
        BUILD / "small", fetch_python(BUILD / "wheels"), find_nsis(BUILD / "nsis"), commit_epoch()
    )
    well = True
    with _screen() as display:
        for for_all in (False, True):
            print("per machine" if for_all else "per user", flush=True)
            started = time.perf_counter()
            wine = Wine(fresh_prefix(_template(), BUILD / "life"), display)
            life = Life(wine, setups, for_all)
            checks = life.live()
            good = sum(holds for _name, holds in checks)
            print(f"  {good} of {len(checks)} checks in {time.perf_counter() - started:.0f} s", flush=True)
            well &= good == len(checks)
    return well


# -- the program -----------------------------------------------------------------------------------------------------


def try_program(_more: Sequence[str]) -> bool:
    """The real installer and the next version after it from a stick, with a practice room between."""
    trial = _Trial()
    first, second = trial.built(version_of_tree()), trial.built(_next(version_of_tree()))
    with _screen() as display:
        wine = Wine(fresh_prefix(_template(), BUILD / "life"), display)
        life = Life(wine, {"first": first}, for_all=False)
        started = time.perf_counter()
        life.note("the program installs", holds=life.setup("first") == 0)
        print(f"  installed in {time.perf_counter() - started:.1f} s", flush=True)
        for word in ("cold", "warm"):
            started = time.perf_counter()
            life.start("--version")
            print(f"  start of the command line, {word}: {time.perf_counter() - started:.1f} s", flush=True)
        for platform in ("windows", "offscreen"):
            _self_check(life, platform)
        _room(life)
        _refuse_updates(life, trial, second)
        _update(life, trial, second)
        _room_again(life)
    return all(holds for _name, holds in life.checks)


def _next(version: str) -> str:
    major, minor, patch = version.split(".")
    return f"{major}.{minor}.{int(patch) + 1}"


class _Trial:
    """Installers of this commit that believe keys made for the trial, and sticks signed with them."""

    def __init__(self) -> None:
        # Of another commit they would be another program.
        self.folder = BUILD / "trial" / str(commit_epoch())
        for other in set(self.folder.parent.glob("*")) - {self.folder}:
            shutil.rmtree(other)
        self.root = self.folder / "root.json"
        if not self.root.exists():
            for name in ("keys", "strangers"):
                shutil.rmtree(self.folder / name, ignore_errors=True)
                signing.make_keys(self.folder / name)
            made = signing.make_root(signing.read_keys(self.folder / "keys"), _now())
            self.root.write_bytes(made.to_bytes())

    def built(self, version: str) -> Path:
        """The fast installer of a version."""
        target = self.folder / f"Jingwushi-Setup-{version}-fast.exe"
        if not target.exists():
            options = ["--fast", "--version", version, "--root", str(self.root), "--out", str(self.folder)]
            subprocess.run([sys.executable, str(PACKAGING / "build"), *options], check=True)
        return target

    def stick(
        self, name: str, setup: Path, version: str, *, keys: str = "keys", at: datetime | None = None
    ) -> Path:
        """A stick with that version on it."""
        folder = self.folder / name
        shutil.rmtree(folder, ignore_errors=True)
        told = signing.Release(setup, version, "0.0.1", "试装")
        keyring = signing.read_keys(self.folder / keys)
        signing.publish(folder / "update", self.root.read_bytes(), keyring, told, at or _now())
        return folder


def _now() -> datetime:
    # The program under trial reads the PC's clock, and so must what is signed for it.
    return datetime.now(UTC)  # noqa: TID251


def _refuse_updates(life: Life, trial: _Trial, setup: Path) -> None:
    """What must not be believed, told by its code; nothing is installed.

    The late one first: once a good list of the same number was seen, that one counts.
    """
    version = _next(version_of_tree())
    strange = trial.stick("另一把钥匙", setup, version, keys="strangers")
    altered = trial.stick("被改动", setup, version)
    (copied,) = (altered / "update" / "targets").glob("*.exe")
    data = bytearray(copied.read_bytes())
    data[len(data) // 2] ^= 1
    copied.write_bytes(data)
    late = trial.stick("过期", setup, version, at=_now() - timedelta(days=401))
    for name, stick, code in (
        ("a stick past its date", late, "UPD-004"),
        ("a stick of another signer", strange, "UPD-003"),
        ("an altered installer", altered, "UPD-003"),
    ):
        done = _jingwushi(life, "update", "--stick", life.wine.path(stick))
        life.note(f"{name} is refused", holds=done.status == 4 and code in done.text, told=done.status)
        shutil.rmtree(stick)


def _update(life: Life, trial: _Trial, setup: Path) -> None:
    """By the program itself: it verifies, backs up, starts the installer and ends; the new one comes up."""
    version = _next(version_of_tree())
    stick = life.wine.path(trial.stick("更新 盘", setup, version))
    program = life.wine.path(life.home / "cmd" / "jingwushi.exe")
    # Not to the end of its output: the installer and the new program go on holding it.
    updating = life.wine.start(program, "update", "--stick", stick, more=PASSWORD)
    status = updating.wait(timeout=400)
    life.note("the program takes the update from a stick", holds=status == 0, told=status)
    new = life.home / "program" / "app" / "desktop" / "__init__.pyc"
    old = life.home / "program.old" / "app" / "desktop" / "__init__.pyc"
    life.note("the installer replaces it", holds=wait_for(lambda: old.exists() and new.exists(), 240))
    crashes = life.data / "crashes"
    # What the new one loads after its first paint; it is ended by force below.
    time.sleep(20)
    life.wine.run("taskkill", "/f", "/im", "Jingwushi.exe")
    if updating.stdout is not None:
        updating.stdout.close()
    life.settle()
    told = _jingwushi(life, "--version").text
    life.note("the new version is in use", holds=version in told and not crashes.exists(), told=told)


def _jingwushi(life: Life, *words: str) -> Done:
    program = life.wine.path(life.home / "cmd" / "jingwushi.exe")
    return life.wine.run(program, *words, more=PASSWORD, seconds=400)


def _self_check(life: Life, platform: str) -> None:
    answer = life.wine.drive / f"self-check-{platform}.json"
    # Wine keeps names that begin with QT_ to itself unless they are written so.
    done = life.wine.run(
        life.wine.path(life.home / "cmd" / "jingwushi.exe"),
        "--self-check",
        life.wine.path(answer),
        more={"WINEQT_QPA_PLATFORM": platform},
        seconds=400,
    )
    told: dict[str, Any] = {"ok": False, "checks": []}
    if answer.exists():
        told = json.loads(answer.read_text(encoding="utf-8"))
    broken = {one["name"]: one["told"] for one in told["checks"] if not one["ok"]}
    life.note(f"self-check on {platform}", holds=done.status == 0 and told["ok"], told=broken or "")


def _room(life: Life) -> None:
    made = life.wine.run(
        life.wine.path(life.home / "cmd" / "jingwushi.exe"), "demo", "--months", "1", seconds=900
    )
    life.note("a practice room is made", holds=made.status == 0, told=made.text[-200:] if made.status else "")
    _whole(life, "the room is whole")
    before = _counts(life)
    (life.wine.drive / "counts.json").write_text(before, encoding="utf-8")


def _room_again(life: Life) -> None:
    _whole(life, "the room is whole after the upgrade")
    before = (life.wine.drive / "counts.json").read_text(encoding="utf-8")
    life.note("its records are the same", holds=before == _counts(life) and '"visit"' in before)
    life.wine.run(life.wine.path(life.home / "uninstall.exe"), life.switch, "/S")
    wait_for(lambda: not life.home.exists(), 90)
    life.note("an uninstallation leaves the room", holds=(life.data / "room.db").stat().st_size > 100_000)


def _whole(life: Life, name: str) -> None:
    done = _jingwushi(life, "verify", "--deep", "--json")
    found = re.search(r"\{.*\}", done.text, re.DOTALL)
    life.note(name, holds=bool(found) and json.loads(found[0])["ok"] if found else False)


def _counts(life: Life) -> str:
    done = _jingwushi(life, "status", "--json")
    found = re.search(r"\{.*\}", done.text, re.DOTALL)
    return json.dumps(json.loads(found[0])["counts"], sort_keys=True) if found else ""


def try_open(more: Sequence[str]) -> bool:
    """A bundle opened as by a double click, with no window and with one; pictures of both into a folder that is named.

    For all users, because Wine does not look into a user's own classes when it opens a file.
    """
    setup = _Trial().built(version_of_tree())
    with _screen() as display:
        wine = Wine(fresh_prefix(_template(), BUILD / "life"), display)
        life = Life(wine, {"first": setup}, for_all=True)
        life.note("the program installs for all users", holds=life.setup("first") == 0)
        made = _jingwushi(life, "demo", "--months", "1")
        life.note("a practice room is made", holds=made.status == 0)
        bundle = wine.user / "桌面 上的" / "县局 2026.jwb"
        bundle.parent.mkdir()
        bundle.write_bytes(b"no bundle, but its name is one")
        first = wine.start("start", "/wait", "/unix", str(bundle))
        life.note("it opens the program", holds=wait_for((life.data / "window.lock").exists))
        # Until the first paint is over and the window hears the calls of later starts.
        time.sleep(30)
        _picture(display, more, "closed")
        again = wine.run("start", "/wait", "/unix", str(bundle), seconds=90)
        life.note("the open window takes the next one", holds=again.status == 0 and first.poll() is None)
        _picture(display, more, "open")
        wine.stop(first)
    return all(holds for _name, holds in life.checks)


def _picture(display: str, folders: Sequence[str], name: str) -> None:
    if folders:
        target = Path(folders[0], f"{name}.png")
        target.parent.mkdir(parents=True, exist_ok=True)
        _run("import", "-display", display, "-window", "root", str(target))


# -- tests on Windows Python -----------------------------------------------------------------------------------------


def try_suite(more: Sequence[str]) -> bool:
    """The project's own tests, unpacked into the prefix; whatever is named goes to pytest."""
    wine = _suite_prefix()
    wine.run("wineboot")
    with _screen() as display:
        shown = Wine(wine.prefix, display)
        program = shown.path(wine.drive / "suite" / "python" / "python.exe")
        words = [
            "-p",
            "no:cacheprovider",
            "-q",
            "-rfEs",
            *(more or ["-n", "2", "tests"]),
        ]
        # The worlds are the same on every system; a thousand of them took an hour here.
        fewer = {"SIMULATION_SEEDS": os.environ.get("SIMULATION_SEEDS", "50")}
        source = wine.drive / "suite" / "src"
        started = shown.start(program, "-X", "utf8", "-m", "pytest", *words, folder=source, more=fewer)
        if started.stdout is None:
            raise Missing("Wine gives no output")
        for line in started.stdout:
            sys.stdout.write(line.decode("utf-8", "replace").replace("\r\n", "\n"))
            sys.stdout.flush()
        return started.wait() == 0


def try_pictures(more: Sequence[str]) -> bool:
    """Pictures as Windows Python draws them, for a person to look at; a folder and more go to `scripts/pictures`."""
    wine = _suite_prefix("pictures")
    with _screen() as display:
        shown = Wine(wine.prefix, display)
        program = shown.path(wine.drive / "suite" / "python" / "python.exe")
        folder = shown.path(Path(more[0]).resolve()) if more else "C:\\pictures"
        done = shown.run(
            program,
            "-X",
            "utf8",
            "scripts/pictures",
            folder,
            *more[1:],
            folder=wine.drive / "suite" / "src",
            more={"WINEQT_QPA_PLATFORM": "windows"},
            seconds=3600,
        )
    print(done.text[-2000:])
    return done.status == 0


def _suite_prefix(prefix: str = "suite") -> Wine:
    wine = Wine(fresh_prefix(_template(), BUILD / prefix))
    folder = wine.drive / "suite"
    python = folder / "python"
    python.mkdir(parents=True)
    for name, data in fetch_python(BUILD / "wheels").items():
        if name != "_wmi.pyd":
            (python / name).write_bytes(data)
    tag = f"python{interpreter()['tag']}"
    paths = f"{tag}.zip\r\n.\r\n..\\lib\r\n..\\src\r\n..\\src\\scripts\r\n..\\src\\packaging\\stand_ins\r\n"
    # For stand_ins/sitecustomize.py.
    paths += "import site\r\n"
    (python / f"{tag}._pth").write_bytes(paths.encode())
    for wheel in fetch_wheels(ROOT / "requirements" / "windows-test.txt", BUILD / "wheels-test"):
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(folder / "lib")
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, encoding="utf-8"
    )
    for name in filter(None, listed.stdout.split("\0")):
        target = folder / "src" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, target)
    return wine


# Files, folders and their names, locks, keys, processes, fonts, the screen; the rest is the same on every system.
PART = (
    "tests/base",
    "tests/database",
    "tests/update",
    "tests/packaging",
    "tests/staff",
    "tests/test_self_check.py",
    "tests/test_fonts.py",
    "tests/sync/test_stick.py",
    "tests/cli/test_process.py",
    "tests/cli/test_surroundings.py",
    "tests/shell/test_application.py",
    "tests/shell/test_entrance.py",
)


def try_part(_more: Sequence[str]) -> bool:
    """The tests that ask the system for something: what fits into ten minutes at every landing."""
    return try_suite(["-n", "2", *PART])


def try_update(_more: Sequence[str]) -> bool:
    """Updates and migrations, on Windows Python."""
    return try_suite(["tests/update", "tests/journeys/test_lost_power.py", "tests/staff/test_upgrade.py"])


# -- signatures ------------------------------------------------------------------------------------------------------


def try_signature(_more: Sequence[str]) -> bool:
    """A key made now signs the installer; its signature, taken off and put on a rebuilt file, gives the same bytes."""
    if not shutil.which("osslsigncode"):
        raise Missing("osslsigncode is not installed; packaging/README.md lists what verify needs")
    folder = BUILD / "signature"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    plain = _Trial().built(version_of_tree())
    subject = ["-subj", "/CN=Jingwushi rehearsal", "-days", "2", "-addext", "extendedKeyUsage=codeSigning"]
    new = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", *subject]
    _run(*new, "-keyout", str(folder / "key.pem"), "-out", str(folder / "cert.pem"))
    signed, rebuilt, again = folder / "signed.exe", folder / "rebuilt.exe", folder / "again.exe"
    keys = ["-certs", str(folder / "cert.pem"), "-key", str(folder / "key.pem"), "-h", "sha256"]
    _run("osslsigncode", "sign", *keys, "-n", "Jingwushi", "-in", str(plain), "-out", str(signed))
    authority = ["-CAfile", str(folder / "cert.pem")]
    well = _succeeds("osslsigncode", "verify", *authority, "-in", str(signed))
    _run("osslsigncode", "extract-signature", "-in", str(signed), "-out", str(folder / "signature.p7"))
    shutil.copyfile(plain, rebuilt)
    attach = ["-sigin", str(folder / "signature.p7"), "-in", str(rebuilt), "-out", str(again), *authority]
    _run("osslsigncode", "attach-signature", *attach)
    same = _digest(signed) == _digest(again)
    altered = folder / "altered.exe"
    data = bytearray(signed.read_bytes())
    data[len(data) // 2] ^= 1
    altered.write_bytes(data)
    refused = not _succeeds("osslsigncode", "verify", *authority, "-in", str(altered))
    for name, holds in (
        ("signature verifies", well),
        ("re-attached: the same file", same),
        ("altered: refused", refused),
    ):
        print(f"  {'ok  ' if holds else 'FAIL'} {name}", flush=True)
    (folder / "key.pem").unlink()
    return well and same and refused


def _run(*command: str) -> None:
    done = subprocess.run(command, check=False, capture_output=True, encoding="utf-8", errors="replace")
    if done.returncode != 0:
        raise Missing(f"{command[0]} {command[1]} failed: {(done.stdout + done.stderr)[-800:]}")


def _succeeds(*command: str) -> bool:
    return subprocess.run(command, check=False, capture_output=True, env=os.environ).returncode == 0


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
