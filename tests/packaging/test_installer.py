"""The launchers and the installer's script: what can be known without Windows. `packaging/verify` runs them."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import installer
import pytest
from fetch import Missing
from wine import COMPILER

from desktop import VERSION
from desktop.base.paths import data_folder
from desktop.sync.blob_files import SUFFIX as BLOB
from desktop.sync.bundle import SUFFIX as BUNDLE

SCRIPT = (Path(installer.__file__).parent / "windows" / "installer.nsi").read_text(encoding="utf-8")


def test_version_of_tree_is_the_programs_own() -> None:
    assert installer.version_of_tree() == VERSION


def test_script_opens_files_with_the_suffix_of_bundles() -> None:
    associated = set(re.findall(r'!insertmacro Associate "(\.\w+)"', SCRIPT))
    assert associated == {BUNDLE, BLOB} == set(re.findall(r'!insertmacro Dissociate "(\.\w+)"', SCRIPT))


def test_script_never_removes_anything_outside_the_programs_folder() -> None:
    removed = re.findall(r'^\s*(?:RMDir|Delete)(?: /r)? "([^"]+)"', SCRIPT, re.MULTILINE)
    assert removed
    own = re.compile(
        r"\$INSTDIR(\\(program(\.old|\.new)?|cmd|uninstall\.exe|\$\{APP\}\.exe(\.new)?|\$1\.new))?"
        r"|\$SMPROGRAMS\\\$\{TITLE\}(\\[^\\]+\.lnk)?"
    )
    assert [one for one in removed if not own.fullmatch(one)] == []
    # What the uninstaller takes away wholly is the program; the folder itself goes only when it is empty.
    assert set(re.findall(r'RMDir /r "([^"]+)"', SCRIPT)) <= {
        "$INSTDIR\\program",
        "$INSTDIR\\program.old",
        "$INSTDIR\\program.new",
        "$INSTDIR\\cmd",
    }


def test_program_lies_elsewhere_than_the_records() -> None:
    # Installed into %LOCALAPPDATA%\Programs\Jingwushi; records lie in %LOCALAPPDATA%\Jingwushi.
    assert data_folder(None, {}).name == "Jingwushi"
    assert 'INSTDIR "${APP}"' in SCRIPT
    assert "Programs" not in data_folder(None, {}).parts


def test_script_keeps_the_old_version_until_the_new_one_is_whole() -> None:
    upgrade = SCRIPT[SCRIPT.index('Section "main"') : SCRIPT.index('Section "Uninstall"')]
    steps = ["--flush", 'Rename "$INSTDIR\\program" ', 'Rename "$INSTDIR\\program.new" ', "Call TakePlace"]
    places = [upgrade.index(step) for step in steps]
    assert places == sorted(places)
    assert 'RMDir /r "$INSTDIR\\program"\n' not in upgrade


@pytest.mark.skipif(not shutil.which(COMPILER), reason="the compiler for Windows is not installed")
def test_build_launchers_gives_the_same_bytes_twice(tmp_path: Path) -> None:
    builds = [installer.build_launchers(tmp_path / name, "1.2.3", 1_700_000_000) for name in ("one", "two")]
    programs = [sorted(folder.rglob("*.exe")) for folder in builds]
    assert [path.name for path in programs[0]] == ["jingwushi.exe", "Jingwushi.exe"]
    assert [path.read_bytes() for path in programs[0]] == [path.read_bytes() for path in programs[1]]
    for path in programs[0]:
        data = path.read_bytes()
        assert "警务室".encode("utf-16-le") in data
        assert b"PerMonitorV2" in data
        assert b"longPathAware" in data


@pytest.mark.skipif(
    not all(map(shutil.which, (COMPILER, "osslsigncode", "openssl"))),
    reason="the compiler for Windows or the program that signs is not installed",
)
def test_build_launchers_takes_signatures_of_the_same_launchers_and_no_others(tmp_path: Path) -> None:
    def run(*command: str | Path) -> None:
        subprocess.run([*command], check=True, capture_output=True)

    key, authority = tmp_path / "key.pem", tmp_path / "authority.pem"
    subject = ["-subj", "/CN=Rehearsal", "-days", "2", "-addext", "extendedKeyUsage=codeSigning"]
    run(
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        *subject,
        "-keyout",
        key,
        "-out",
        authority,
    )
    signed = {}
    for program in installer.build_launchers(tmp_path / "one", "1.2.3", 1_700_000_000).rglob("*.exe"):
        kind = program.parent.name
        target = tmp_path / f"{kind}.exe"
        run(
            "osslsigncode",
            "sign",
            "-certs",
            authority,
            "-key",
            key,
            "-h",
            "sha256",
            "-in",
            program,
            "-out",
            target,
        )
        run("osslsigncode", "extract-signature", "-in", target, "-out", tmp_path / f"{kind}.p7")
        signed[kind] = target.read_bytes()

    again = installer.build_launchers(tmp_path / "two", "1.2.3", 1_700_000_000, signatures=tmp_path)

    assert {path.parent.name: path.read_bytes() for path in again.rglob("*.exe")} == signed
    with pytest.raises(Missing, match="osslsigncode"):
        installer.build_launchers(tmp_path / "three", "1.2.4", 1_700_000_000, signatures=tmp_path)


def test_find_nsis_says_what_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _program: None)
    with pytest.raises(Missing, match="makensis"):
        installer.find_nsis(tmp_path)
