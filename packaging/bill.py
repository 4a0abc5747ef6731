"""The bill of materials (CycloneDX) and the licence texts that travel with the program."""

from __future__ import annotations

import hashlib
import json
import re
import uuid
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from email.parser import HeaderParser
from pathlib import Path, PurePosixPath
from typing import Any

from fetch import ROOT, interpreter

LICENCE_FILE = re.compile(r"(licen[cs]e|copying|notice|authors)[^/]*$", re.IGNORECASE)
# What these packages do not say in a form that a program reads; read in their files.
KNOWN_LICENCES = {
    "pyrage": "MIT",
    "sqlcipher3": "Zlib AND BSD-3-Clause",
    "reportlab": "BSD-3-Clause",
    "alembic": "MIT",
    "mako": "MIT",
    "psycopg": "LGPL-3.0-only",
    "psycopg-binary": "LGPL-3.0-only",
    "pyside6_essentials": "LGPL-3.0-only",
    "shiboken6": "LGPL-3.0-only",
    "tzdata": "Apache-2.0",
    "xlsxwriter": "BSD-2-Clause",
}
NSIS = {"name": "NSIS installer stub", "version": "3.11", "licence": "Zlib"}
README = """警务室 carries the packages listed in sbom.json; their licences lie in the folders beside this file.

LGPL-3.0: Qt and its binding (PySide6, shiboken6) and the PostgreSQL driver (psycopg) are separate files below `lib`.
You may put builds of your own in their place: keep the names of the files. Their source is what their makers publish
under the same version; the county that handed you this program gives it to you on request.
"""


def write_licences(folder: Path, wheels: Sequence[Path], python: Mapping[str, bytes]) -> None:
    """The licence texts of every wheel, of Python and of this program."""
    _write(folder / "README.txt", README.encode())
    _write(folder / "jingwushi" / "LICENSE", (ROOT / "LICENSE").read_bytes())
    _write(folder / "python" / "LICENSE.txt", python["LICENSE.txt"])
    for wheel in wheels:
        name, version, _hash = wheel.name.split("-", 2)
        with zipfile.ZipFile(wheel) as archive:
            for path in _licence_files(archive):
                flat = "-".join(PurePosixPath(path).parts[1:]).removeprefix("licenses-")
                _write(folder / f"{name}-{version}" / flat, archive.read(path))


def _licence_files(archive: zipfile.ZipFile) -> Iterator[str]:
    for name in sorted(archive.namelist()):
        inside = PurePosixPath(name)
        if inside.parts[0].endswith(".dist-info") and LICENCE_FILE.search(name):
            yield name


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def write_bill(path: Path, wheels: Sequence[Path], epoch: int) -> None:
    """CycloneDX 1.6, the same bytes for the same wheels and time."""
    components = [_component(wheel) for wheel in wheels] + [_part(one) for one in _parts()]
    told: dict[str, Any] = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "timestamp": datetime.fromtimestamp(epoch, UTC).isoformat().replace("+00:00", "Z"),
            "component": {"type": "application", "name": "jingwushi", "licenses": _licence("Apache-2.0")},
        },
        "components": sorted(components, key=lambda one: (one["name"], one["version"])),
    }
    digest = hashlib.sha256(json.dumps(told, sort_keys=True).encode()).digest()
    told["serialNumber"] = f"urn:uuid:{uuid.UUID(bytes=digest[:16], version=4)}"
    _write(path, (json.dumps(told, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode())


def _component(wheel: Path) -> dict[str, Any]:
    with zipfile.ZipFile(wheel) as archive:
        listed = next(name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        head = HeaderParser().parsestr(archive.read(listed).decode("utf-8"))
    name, version = str(head["Name"]), str(head["Version"])
    return {
        "type": "library",
        "name": name,
        "version": version,
        "purl": f"pkg:pypi/{name.lower().replace('_', '-')}@{version}",
        "hashes": [{"alg": "SHA-256", "content": hashlib.sha256(wheel.read_bytes()).hexdigest()}],
        "licenses": _licence(_licence_of(name, head)),
    }


def _licence_of(name: str, head: Any) -> str:
    known = KNOWN_LICENCES.get(name.lower())
    if known:
        return known
    said = head["License-Expression"] or head["License"] or ""
    if said and "\n" not in said:
        return str(said)
    told = [one.rsplit("::", 1)[-1].strip() for one in head.get_all("Classifier", []) if "License ::" in one]
    return " / ".join(told)


def _licence(said: str) -> list[dict[str, Any]]:
    return [{"license": {"name": said}}] if said else []


def _parts() -> list[Mapping[str, str]]:
    return [*interpreter()["part"], NSIS]


def _part(one: Mapping[str, str]) -> dict[str, Any]:
    return {
        "type": "library",
        "name": one["name"],
        "version": one["version"],
        "licenses": _licence(one["licence"]),
    }
