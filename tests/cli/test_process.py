"""The real program in a process of its own: what is loaded, pipes, code pages, full and read-only disks, neighbours."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from desktop.cli.commands import commands
from tests.helpers.rooms import PASSWORD

ROOT = Path(__file__).parents[2]
MEMBER = '{"name": "马占山", "role": "民警"}\n'
Finished = subprocess.CompletedProcess[bytes]

pytestmark = pytest.mark.journey


def environment(home: Path, **changed: str) -> dict[str, str]:
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("JINGWUSHI_", "PYTHON"))
    }
    return kept | {"JINGWUSHI_HOME": str(home), "JINGWUSHI_PASSWORD": PASSWORD} | changed


def run(home: Path, *words: str, given: bytes = b"", **changed: str) -> Finished:
    return subprocess.run(
        [sys.executable, "-m", "desktop", *words],
        cwd=ROOT,
        input=given,
        capture_output=True,
        env=environment(home, **changed),
        check=False,
        timeout=120,
    )


@pytest.fixture
def home(room_template: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "青石 一室"
    shutil.copytree(room_template, folder)
    return folder


LOADED = """
import sys
from desktop.bootstrap import run
words = sys.argv[1:]
try:
    status = run(words)
finally:
    told = [name for name in ("PySide6", "sqlalchemy", "reportlab", "httpx2") if name in sys.modules]
    sys.stderr.write("loaded:" + " ".join(told))
sys.exit(status)
"""


def loaded(home: Path, *words: str, given: bytes = b"") -> tuple[int, list[str]]:
    """The status of a command, and which of the heavy libraries it loaded."""
    done = subprocess.run(
        [sys.executable, "-c", LOADED, *words],
        cwd=ROOT,
        input=given,
        capture_output=True,
        env=environment(home),
        check=False,
        timeout=120,
    )
    return done.returncode, done.stderr.decode().rpartition("loaded:")[2].split()


def test_help_loads_neither_window_nor_store(home: Path) -> None:
    assert loaded(home, "-h") == (0, [])
    assert loaded(home, "lst") == (2, [])


HELP_OF_ALL = """
import sys
from desktop.bootstrap import run
from desktop.cli.commands import commands
for command in commands():
    assert run([*command.words, "-h"]) == 0, command.words
for name in ("PySide6", "sqlalchemy", "reportlab", "httpx2"):
    assert name not in sys.modules, name
"""


def test_help_of_every_command_loads_neither_window_nor_store() -> None:
    done = subprocess.run(
        [sys.executable, "-c", HELP_OF_ALL], cwd=ROOT, capture_output=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr.decode()
    assert len(commands()) > 40


def test_commands_load_no_window(home: Path, tmp_path: Path) -> None:
    for words in (
        ("fields",),
        ("add", "staff_member"),
        ("status",),
        ("verify", "--deep"),
        ("ledger", "visits", "--from", "2026-03-01", "--to", "2026-03-31", "--out", str(tmp_path / "a.pdf")),
    ):
        status, found = loaded(home, *words, given=MEMBER.encode())
        assert status == 0, words
        assert "PySide6" not in found
        assert "reportlab" not in found or words[0] == "ledger"


def test_reader_that_goes_away_is_no_failure(home: Path) -> None:
    assert run(home, "add", "staff_member", given=MEMBER.encode() * 400).returncode == 0
    listing = subprocess.Popen(
        [sys.executable, "-m", "desktop", "list", "staff_member"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(home),
    )
    assert listing.stdout is not None
    assert listing.stderr is not None
    assert json.loads(listing.stdout.readline())["name"] == "马占山"
    listing.stdout.close()
    complaint = listing.stderr.read()
    listing.stderr.close()
    assert listing.wait(timeout=60) == 0
    assert complaint == b""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_answer_that_cannot_be_written_is_told(home: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "desktop", "status"],
            cwd=ROOT,
            stdout=full,
            stderr=subprocess.PIPE,
            env=environment(home),
            check=False,
            timeout=120,
        )
    assert done.returncode == 5
    assert done.stderr.decode().startswith("ENV-001 ")


def test_answers_are_utf_8_whatever_the_code_page(home: Path) -> None:
    done = run(
        home, "add", "staff_member", "--json", given=MEMBER.encode(), PYTHONIOENCODING="gbk", LC_ALL="C"
    )
    assert done.returncode == 0, done.stderr
    done = run(home, "list", "staff_member", PYTHONIOENCODING="gbk", LC_ALL="C", PYTHONUTF8="0")
    assert json.loads(done.stdout.decode())["name"] == "马占山"
    done = run(home, "list", "vist", PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert done.stderr.decode().startswith("REC-001 没有名为")


def test_password_line_and_records_share_standard_input(home: Path) -> None:
    given = b"\xef\xbb\xbf" + f"{PASSWORD}\r\n{MEMBER}".encode()
    done = run(home, "add", "staff_member", "--password-stdin", "--json", given=given, JINGWUSHI_PASSWORD="")
    assert done.returncode == 0, done.stderr.decode()
    assert len(json.loads(done.stdout)["records"]) == 1


@pytest.mark.skipif(sys.platform == "win32", reason="arguments are text there")
def test_argument_that_is_no_text_is_told(home: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "desktop", "list", "staff_member", "--where", b"name=\xff"],
        cwd=ROOT,
        capture_output=True,
        env=environment(home),
        check=False,
        timeout=120,
    )
    assert (done.returncode, done.stderr[:7]) == (3, b"CLI-003")


def test_commands_at_the_same_time_wait_for_each_other(home: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(lambda _n: run(home, "add", "staff_member", given=MEMBER.encode()), range(6)))
    assert [(one.returncode, one.stderr) for one in done] == [(0, b"")] * 6
    assert len(run(home, "list", "staff_member").stdout.splitlines()) == 6
    assert run(home, "verify", "--deep").returncode == 0


# -- disks of their own, where Linux lets a test mount one ----------------------------------------------------------


def in_mounts(script: str, home: Path, **names: str) -> Finished:
    """A shell script that may mount; what it mounts is gone with it."""
    return subprocess.run(
        ["unshare", "-rm", "sh", "-c", script],
        cwd=ROOT,
        capture_output=True,
        env=environment(home, PYTHON=sys.executable, **names),
        check=False,
        timeout=120,
    )


def may_mount() -> bool:
    if sys.platform != "linux" or shutil.which("unshare") is None:
        return False
    script = ["unshare", "-rm", "sh", "-c", "mount -t tmpfs none /mnt"]
    return subprocess.run(script, capture_output=True, check=False).returncode == 0


needs_mounts = pytest.mark.skipif(not may_mount(), reason="this system lets nobody mount a disk of his own")


def told(done: Finished) -> Mapping[str, str]:
    """What the script printed as `name=value`."""
    return dict(line.split("=", 1) for line in done.stdout.decode().splitlines() if "=" in line[:12])


@needs_mounts
def test_read_only_folder_is_told(home: Path) -> None:
    before = {path.name: path.read_bytes() for path in home.iterdir()}
    done = in_mounts(
        """
        mount --bind "$JINGWUSHI_HOME" "$JINGWUSHI_HOME" && mount -o remount,bind,ro "$JINGWUSHI_HOME" || exit 9
        "$PYTHON" -m desktop status; echo "status=$?"
        echo '{}' | "$PYTHON" -m desktop add staff_member; echo "add=$?"
        "$PYTHON" -m desktop --home "$JINGWUSHI_HOME/x" setup --room 1 --name x --user y; echo "setup=$?"
        """,
        home,
    )
    assert told(done) == {"status": "5", "add": "5", "setup": "5"}, done.stderr.decode()
    assert [line[:7] for line in done.stderr.decode().splitlines()] == ["ENV-002"] * 3
    assert {path.name: path.read_bytes() for path in home.iterdir()} == before


@needs_mounts
def test_full_disk_loses_nothing_that_was_saved(home: Path, tmp_path: Path) -> None:
    (tmp_path / "many.jsonl").write_text(MEMBER * 3000, encoding="utf-8")
    (tmp_path / "scan.pdf").write_bytes(os.urandom(3_000_000))
    done = in_mounts(
        """
        mkdir "$DISK" && mount -t tmpfs -o size=4m none "$DISK" || exit 9
        cp -r "$JINGWUSHI_HOME" "$DISK/室"; export JINGWUSHI_HOME="$DISK/室"
        member=$(echo '{"name": "李四", "role": "民警"}' | "$PYTHON" -m desktop add staff_member); echo "first=$?"
        "$PYTHON" -m desktop add staff_member "$TEMP_FILES/many.jsonl"; echo "many=$?"
        "$PYTHON" -m desktop attach staff_member "$member" "$TEMP_FILES/scan.pdf"; echo "attach=$?"
        "$PYTHON" -m desktop backup; echo "backup=$?"
        "$PYTHON" -m desktop export staff_member --out "$DISK/a.xlsx"; echo "export=$?"
        echo "count=$("$PYTHON" -m desktop list staff_member | wc -l)"
        "$PYTHON" -m desktop verify --deep; echo "verify=$?"
        """,
        home,
        DISK=str(tmp_path / "盘"),
        TEMP_FILES=str(tmp_path),
    )
    found, errors = told(done), done.stderr.decode()
    assert (found["first"], found["many"], found["attach"]) == ("0", "5", "5"), errors
    assert {"DBS-001", "ENV-001"} >= {line[:7] for line in errors.splitlines()}
    assert (found["count"].strip(), found["verify"]) == ("1", "0"), errors


@needs_mounts
def test_setup_on_a_full_disk_leaves_nothing(tmp_path: Path) -> None:
    done = in_mounts(
        """
        mkdir "$DISK" && mount -t tmpfs -o size=256k none "$DISK" || exit 9
        "$PYTHON" -m desktop setup --room 1 --name x --user y; echo "setup=$?"
        echo "left=$(find "$DISK" -type f | wc -l)"
        """,
        tmp_path / "盘" / "室",
        DISK=str(tmp_path / "盘"),
    )
    assert told(done)["setup"] == "5", done.stderr.decode()
    assert told(done)["left"].strip() == "0"
