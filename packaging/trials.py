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
from pathlib import Path
from typing import Any

from fetch import PACKAGING, ROOT, Missing, fetch_python, fetch_wheels, interpreter
from installer import find_nsis, unpack_nsis, version_of_tree
from lifecycle import Life, fresh_prefix, make_setups, wait_for
from stage import commit_epoch
from wine import Wine

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
    """The real installer and the next version after it, with a practice room between."""
    first, second = _built(version_of_tree()), _built(_next(version_of_tree()))
    with _screen() as display:
        wine = Wine(fresh_prefix(_template(), BUILD / "life"), display)
        life = Life(wine, {"first": first, "second": second}, for_all=False)
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
        life.note("the next version installs over it", holds=life.setup("second") == 0)
        _room_again(life)
    return all(holds for _name, holds in life.checks)


def _next(version: str) -> str:
    major, minor, patch = version.split(".")
    return f"{major}.{minor}.{int(patch) + 1}"


def _built(version: str) -> Path:
    target = BUILD / "out" / f"Jingwushi-Setup-{version}-fast.exe"
    if not target.exists():
        subprocess.run([sys.executable, str(PACKAGING / "build"), "--fast", "--version", version], check=True)
    return target


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
    done = life.wine.run(
        life.wine.path(life.home / "cmd" / "jingwushi.exe"),
        "verify",
        "--deep",
        "--json",
        more=PASSWORD,
        seconds=400,
    )
    found = re.search(r"\{.*\}", done.text, re.DOTALL)
    life.note(name, holds=bool(found) and json.loads(found[0])["ok"] if found else False)


def _counts(life: Life) -> str:
    done = life.wine.run(
        life.wine.path(life.home / "cmd" / "jingwushi.exe"), "status", "--json", more=PASSWORD, seconds=400
    )
    found = re.search(r"\{.*\}", done.text, re.DOTALL)
    return json.dumps(json.loads(found[0])["counts"], sort_keys=True) if found else ""


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
            "plugin_wine",
            "-p",
            "no:cacheprovider",
            "-q",
            "-rfEs",
            *(more or ["-n", "2", "tests"]),
        ]
        started = shown.start(
            program, "-X", "utf8", "-m", "pytest", *words, folder=wine.drive / "suite" / "src"
        )
        if started.stdout is None:
            raise Missing("Wine gives no output")
        for line in started.stdout:
            sys.stdout.write(line.decode("utf-8", "replace").replace("\r\n", "\n"))
            sys.stdout.flush()
        return started.wait() == 0


def _suite_prefix() -> Wine:
    wine = Wine(fresh_prefix(_template(), BUILD / "suite"))
    folder = wine.drive / "suite"
    python = folder / "python"
    python.mkdir(parents=True)
    for name, data in fetch_python(BUILD / "wheels").items():
        if name != "_wmi.pyd":
            (python / name).write_bytes(data)
    tag = f"python{interpreter()['tag']}"
    paths = f"{tag}.zip\r\n.\r\n..\\lib\r\n..\\src\r\n..\\src\\scripts\r\n..\\src\\packaging\\stand_ins\r\n"
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
    plain = _built(version_of_tree())
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
