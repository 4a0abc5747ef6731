"""The lists that the installer is made from follow the program's own, and what is fetched is compared."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path
from typing import Any

import fetch
import pytest

ROOT = Path(__file__).resolve().parents[2]
REQUIREMENTS = ROOT / "requirements"
# Not on Windows, or not for this Python: everything else that the program needs must be in the installer.
ELSEWHERE = {"httpx2-jsfetch"}


def _pins(name: str) -> dict[str, str]:
    text = (REQUIREMENTS / name).read_text(encoding="utf-8")
    return dict(re.findall(r"^([\w.-]+)==(\S+)", text, re.MULTILINE))


@pytest.mark.parametrize(
    ("windows", "everywhere"), [("windows.txt", "app.txt"), ("windows-test.txt", "test.txt")]
)
def test_windows_list_pins_the_versions_of_the_program(windows: str, everywhere: str) -> None:
    pinned, own = _pins(everywhere), _pins(windows)
    assert {name: own[name] for name in own} == {name: pinned[name] for name in own}
    if windows == "windows.txt":
        assert set(pinned) - set(own) == ELSEWHERE


@pytest.mark.parametrize("name", ["windows.txt", "windows-test.txt"])
def test_windows_list_pins_digests_and_names_no_address(name: str) -> None:
    text = (REQUIREMENTS / name).read_text(encoding="utf-8")
    assert "://" not in text
    for block in re.split(r"\n(?=\S)", text.strip()):
        assert "--hash=sha256:" in block


def _packed(files: dict[str, bytes], folder: str) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, data in files.items():
            archive.writestr(folder + name, data)
    return stream.getvalue()


def test_fetch_python_takes_the_same_files_whoever_packed_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {"python.exe": b"MZ one", "python313.dll": b"MZ two"}
    told: dict[str, Any] = {"zip_name": "python.zip", "files_sha256": fetch.files_digest(files)}
    monkeypatch.setattr(fetch, "interpreter", lambda: told)
    for folder in ("", "cp313/"):
        (tmp_path / "python.zip").write_bytes(_packed(files, folder))
        assert fetch.fetch_python(tmp_path, tmp_path) == files

    (tmp_path / "python.zip").write_bytes(_packed(files | {"python.exe": b"MZ bad"}, ""))
    with pytest.raises(fetch.Missing, match="not the one"):
        fetch.fetch_python(tmp_path, tmp_path)


def test_fetch_python_says_what_is_missing_in_a_folder_given_by_hand(tmp_path: Path) -> None:
    with pytest.raises(fetch.Missing, match="python-3"):
        fetch.fetch_python(tmp_path, tmp_path)
