"""What the installer is made from: wheels for Windows and the interpreter, compared with their digests.

From the package index that this PC is set to use, or, with a folder given by hand, without any network.
"""

from __future__ import annotations

import hashlib
import io
import subprocess
import sys
import tarfile
import tempfile
import tomllib
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

PACKAGING = Path(__file__).resolve().parent
ROOT = PACKAGING.parent
QUIET = ["--quiet", "--disable-pip-version-check", "--no-input", "--progress-bar", "off"]


class Missing(Exception):  # noqa: N818 - read as a sentence
    """Something that a build needs is not there, or is not what it should be."""


def interpreter() -> dict[str, Any]:
    """What `python.toml` says."""
    return tomllib.loads((PACKAGING / "python.toml").read_text(encoding="utf-8"))


def fetch_wheels(requirements: Path, target: Path, by_hand: Path | None = None) -> list[Path]:
    """Every wheel that a list pins, in `target`.

    Errors:  Missing with pip's last words: not there, or another digest.
    """
    target.mkdir(parents=True, exist_ok=True)
    where = ["--no-index", "--find-links", str(by_hand)] if by_hand else []
    python = [
        "--platform",
        "win_amd64",
        "--python-version",
        interpreter()["version"],
        "--implementation",
        "cp",
    ]
    exact = ["--no-deps", "--require-hashes", "--only-binary=:all:"]
    _pip("download", *QUIET, *exact, *python, *where, "-r", str(requirements), "-d", str(target))
    return sorted(target.glob("*.whl"))


def fetch_python(target: Path, by_hand: Path | None = None) -> dict[str, bytes]:
    """The files of the interpreter by name, whoever packed them.

    Errors:  Missing when there are none or one of them is another.
    """
    told = interpreter()
    packed = _publishers_zip(told, by_hand) or _zip_of_index(told, target, by_hand)
    files = unpacked(packed)
    found = files_digest(files)
    if found != told["files_sha256"]:
        raise Missing(f"the interpreter is not the one in python.toml: its files have the digest {found}")
    return files


def unpacked(packed: bytes) -> dict[str, bytes]:
    """The files of an embeddable distribution by name, without the folder that a packer may have put around them."""
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        names = [name for name in archive.namelist() if not name.endswith("/")]
        return {Path(name).name: archive.read(name) for name in names}


def files_digest(files: Mapping[str, bytes]) -> str:
    """SHA-256 over `<sha256 of the file>  <name>` a line, by name: what `sha256sum * | sha256sum` gives."""
    lines = [f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in sorted(files.items())]
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def _publishers_zip(told: Mapping[str, Any], by_hand: Path | None) -> bytes | None:
    path = by_hand / told["zip_name"] if by_hand else None
    return path.read_bytes() if path and path.exists() else None


def _zip_of_index(told: Mapping[str, Any], target: Path, by_hand: Path | None) -> bytes:
    index = told["index"]
    wanted = index["requirement"].replace("-", "_").replace("==", "-") + ".tar.gz"
    path = (by_hand or target) / wanted
    if not path.exists():
        if by_hand:
            raise Missing(f"neither {told['zip_name']} nor {wanted} lies in {by_hand}")
        _download_source(index, target)
    data = path.read_bytes()
    if hashlib.sha256(data).hexdigest() != index["sha256"]:
        raise Missing(f"{path} is not the one in python.toml")
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        member = archive.extractfile(index["member"])
        if member is None:
            raise Missing(f"{path} has no {index['member']}")
        return member.read()


def _download_source(index: Mapping[str, str], target: Path) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        listed = Path(scratch, "python.txt")
        listed.write_text(f"{index['requirement']} --hash=sha256:{index['sha256']}\n", encoding="utf-8")
        exact = ["--no-deps", "--require-hashes", "--no-binary=:all:"]
        _pip("download", *QUIET, *exact, "-r", str(listed), "-d", str(target))


def _pip(*arguments: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pip", *arguments],
        check=False,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        stdin=subprocess.DEVNULL,
    )
    if done.returncode != 0:
        raise Missing("\n".join((done.stderr or done.stdout).strip().splitlines()[-6:]))
