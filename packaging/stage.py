"""Lays out what is installed: `python` the interpreter, `lib` the wheels, `app` the program, `licenses`.

The same inputs give the same bytes: names in order, no times but one, `.pyc` compiled by the shipped interpreter with
paths that do not tell where it was built.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tomllib
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import bill
from fetch import PACKAGING, ROOT, Missing, interpreter
from wine import Wine

# 1980: no older time fits the archive formats that a file may pass through.
OLDEST = 315_619_200


@dataclass(frozen=True)
class Rules:
    """`prune.toml`."""

    told: Mapping[str, Any]

    @classmethod
    def read(cls, path: Path = PACKAGING / "prune.toml") -> Rules:
        """The rules of this tree."""
        return cls(tomllib.loads(path.read_text(encoding="utf-8")))

    def keeps(self, name: str) -> bool:
        """Whether a file of a wheel is installed; `name` counts from `lib`, with slashes."""
        if _matches(name, self.told["every"]["keep"]):
            return True
        if _matches(name, self.told["every"]["drop"]):
            return False
        own = self._of_package(name)
        if "only" in own and not _matches(name, own["only"]):
            return False
        return not _matches(name, own.get("drop", ()))

    def _of_package(self, name: str) -> Mapping[str, Any]:
        return next((one for one in self.told["package"] if name.startswith(f"{one['name']}/")), {})

    def keeps_source(self, name: str) -> bool:
        """Whether a module below `app` stays source."""
        return _matches(name, self.told["app"]["keep_source"])

    def budget(self, name: str) -> int:
        """Bytes that `tree_mb` or `setup_mb` allows."""
        return int(self.told["budget"][name]) * 1_000_000


def _matches(name: str, patterns: Sequence[str]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)


@dataclass(frozen=True)
class Payload:
    """What is installed: the interpreter, the wheels, this tree under a version, and whose updates it believes."""

    python: Mapping[str, bytes]
    wheels: Sequence[Path]
    epoch: int
    version: str
    root: bytes | None = None


def stage(target: Path, payload: Payload, wine: Wine) -> int:
    """Fills `target` anew and gives its size in bytes.

    Errors:  Missing when the tree is over its budget or cannot be compiled.
    """
    rules = Rules.read()
    shutil.rmtree(target, ignore_errors=True)
    _lay_python(target / "python", payload.python, rules)
    for wheel in payload.wheels:
        _lay_wheel(wheel, target / "lib", rules)
    lay_app(target / "app", rules, payload.version)
    if payload.root is not None:
        lay_root(target / "app", payload.root)
    bill.write_licences(target / "licenses", payload.wheels, payload.python)
    bill.write_bill(target / "licenses" / "sbom.json", payload.wheels, payload.epoch)
    compile_tree(target, rules, wine)
    set_times(target, payload.epoch)
    size = size_of(target)
    if size > rules.budget("tree_mb"):
        raise Missing(f"the tree has {size / 1e6:.1f} MB, more than prune.toml allows")
    return size


def _lay_python(folder: Path, files: Mapping[str, bytes], rules: Rules) -> None:
    folder.mkdir(parents=True)
    for name, data in files.items():
        if not _matches(name, rules.told["python"]["drop"]):
            (folder / name).write_bytes(data)
    tag = f"python{interpreter()['tag']}"
    # Read instead of any environment variable or registry entry: nothing else can be imported.
    paths = f"{tag}.zip\r\n.\r\n..\\lib\r\n..\\app\r\n"
    (folder / f"{tag}._pth").write_bytes(paths.encode("ascii"))


def _lay_wheel(wheel: Path, lib: Path, rules: Rules) -> None:
    with zipfile.ZipFile(wheel) as archive:
        for name in sorted(archive.namelist()):
            if not name.endswith("/") and rules.keeps(name):
                path = lib / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(archive.read(name))


def lay_app(folder: Path, rules: Rules, version: str) -> None:
    """The program from what git knows of the checkout, so that nothing that merely lies about is shipped."""
    told = rules.told["app"]
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--", *told["folders"], *told["files"]],
        cwd=ROOT,
        check=True,
        capture_output=True,
        encoding="utf-8",
    )
    for name in filter(None, listed.stdout.split("\0")):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, path)
    named = folder / "desktop" / "__init__.py"
    text = named.read_text(encoding="utf-8")
    named.write_text(re.sub(r'^VERSION = ".*"$', f'VERSION = "{version}"', text, flags=re.MULTILINE), "utf-8")


def lay_root(app: Path, root: bytes) -> None:
    """Puts the update keys where the program looks for them; see desktop/update/find.py."""
    folder = app / "resources" / "update"
    folder.mkdir(parents=True)
    (folder / "root.json").write_bytes(root)


def compile_tree(target: Path, rules: Rules, wine: Wine) -> None:
    """Puts `X.pyc` in the place of every `X.py`: where the folder is read-only, no start could keep what it compiled.

    Compiled by the shipped interpreter itself, checked against nothing at run time, named relative to the tree.
    """
    program = str(target / "python" / "python.exe")
    options = ["-I", "-m", "compileall", "-q", "-f", "--invalidation-mode", "unchecked-hash", "-j", "1"]
    done = wine.run(program, *options, "lib", "app", folder=target, seconds=600)
    if done.status != 0:
        raise Missing("the tree does not compile:\n" + done.text[-2000:])
    for path in sorted(target.rglob("*.py")):
        if path.is_relative_to(target / "app") and rules.keeps_source(
            path.relative_to(target / "app").as_posix()
        ):
            continue
        compiled = path.parent / "__pycache__" / f"{path.stem}.cpython-{interpreter()['tag']}.pyc"
        compiled.replace(path.with_suffix(".pyc"))
        path.unlink()
    for cache in list(target.rglob("__pycache__")):
        shutil.rmtree(cache)


def set_times(target: Path, epoch: int) -> None:
    """One time for every file and folder: the installer keeps them, and two builds must be the same."""
    for path in sorted(target.rglob("*"), reverse=True):
        os.utime(path, (epoch, epoch))
    os.utime(target, (epoch, epoch))


def size_of(target: Path) -> int:
    """Bytes of all files below."""
    return sum(path.stat().st_size for path in target.rglob("*") if path.is_file())


def commit_epoch() -> int:
    """The time of the commit that is built; SOURCE_DATE_EPOCH overrides it."""
    told = os.environ.get("SOURCE_DATE_EPOCH")
    if told:
        return max(int(told), OLDEST)
    done = subprocess.run(
        ["git", "log", "-1", "--format=%ct"], cwd=ROOT, check=True, capture_output=True, encoding="utf-8"
    )
    return int(done.stdout)
