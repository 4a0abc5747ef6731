"""What the exchange is measured against: PouchDB with express-pouchdb, and Anki's own server, on the same machine.

python -m pytest tests/benchmarks/exchange_peers.py -m benchmark -s

Both are fetched with npm and pip into a temporary folder outside of the source, or into the folder that
`EXCHANGE_PEERS` names, where they stay. A peer that cannot be had is named and left out. PouchDB: the same visits as
ours, one document each, LevelDB at both ends. Anki: notes with the words of a visit; its first exchange is its whole
file.
"""

from __future__ import annotations

import http.client
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.benchmarks.county_400 import ROOMS, SECONDS
from tests.helpers.figures import cpu_of, tell
from tests.helpers.postgres import free_port
from tests.helpers.server import CutLine

pytestmark = pytest.mark.benchmark
SIDES = Path(__file__).parent / "peers"
POUCH = ("pouchdb@9.0.0", "express-pouchdb@4.2.0", "express@4.21.2")
ANKI = "anki>=25.2"
FETCH_SECONDS = 600


@pytest.fixture(scope="module")
def peers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that peers are fetched into."""
    named = os.environ.get("EXCHANGE_PEERS", "")
    folder = Path(named) if named else tmp_path_factory.mktemp("peers")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def fetch(folder: Path, name: str, *commands: Sequence[str | Path]) -> None:
    """Runs what installs a peer, unless that was done; skips the test when it cannot be had."""
    done = folder / f"{name}.fetched"
    if done.exists():
        return
    try:
        for command in commands:
            subprocess.run(command, check=True, capture_output=True, timeout=FETCH_SECONDS, cwd=folder)
    except (OSError, subprocess.SubprocessError) as error:
        said = getattr(error, "stderr", None) or str(error).encode()
        tell(f"peer {name}", {"missing": said.decode(errors="replace").strip()[-200:]})
        pytest.skip(f"{name} could not be fetched")
    done.touch()


@pytest.fixture(scope="module")
def pouch(peers: Path) -> list[str]:
    """The command that is one side of PouchDB."""
    fetch(peers, "pouchdb", ["npm", "install", "--no-audit", "--no-fund", "--prefix", peers, *POUCH])
    shutil.copy(SIDES / "pouch.js", peers)
    return ["node", str(peers / "pouch.js")]


@pytest.fixture(scope="module")
def anki(peers: Path) -> Path:
    """Anki's Python."""
    home = peers / "anki"
    python = home / "bin" / "python"
    fetch(peers, "anki", [sys.executable, "-m", "venv", home], [python, "-m", "pip", "install", "-q", ANKI])
    return python


@contextmanager
def pouch_server(command: list[str], folder: Path) -> Iterator[tuple[str, int]]:
    """express-pouchdb with its databases in a folder."""
    folder.mkdir()
    with subprocess.Popen([*command, "server", str(folder)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield f"http://127.0.0.1:{json.loads(process.stdout.readline())['port']}", process.pid
        finally:
            process.terminate()


def told(address: str) -> dict[str, float]:
    """What the server counted until now."""
    found: dict[str, float] = json.loads(_get(address, "/_told"))
    return found


def _get(address: str, path: str) -> bytes:
    connection = http.client.HTTPConnection(address.partition("//")[2].strip("/"), timeout=30)
    try:
        connection.request("GET", path)
        return connection.getresponse().read()
    finally:
        connection.close()


def lines_of(command: Sequence[str | Path]) -> list[dict[str, Any]]:
    """What one side said, a JSON line each."""
    ran = subprocess.run(command, check=True, capture_output=True, text=True, timeout=1800)
    return [json.loads(line) for line in ran.stdout.splitlines()]


def test_pouchdb_sends_a_day(pouch: list[str], tmp_path: Path) -> None:
    (tmp_path / "client").mkdir()
    with pouch_server(pouch, tmp_path / "server") as (address, _pid):
        [found] = lines_of([*pouch, "day", str(tmp_path / "client"), address])
        count = told(address)
    # Six exchanges of 100: one to begin with, five that were timed.
    tell(
        "day pouchdb",
        {
            "ms": round(found["ms"]),
            "cpu_ms": round(found["cpu_ms"] + count["cpu_s"] * 1000 / 6),
            "requests": round(count["requests"] / 6, 1),
            "up_bytes": round(count["up_bytes"] / 6),
        },
    )


def test_pouchdb_first_exchange(pouch: list[str], tmp_path: Path) -> None:
    (tmp_path / "client").mkdir()
    with pouch_server(pouch, tmp_path / "server") as (address, _pid):
        up, down = lines_of([*pouch, "first", str(tmp_path / "client"), address])
        count = told(address)
    assert down["doc_count"] == 7000
    facts = {
        f"{way}_{name}s": round(one[way][f"{name}ms"] / 1000, 2)
        for way, one in (("up", up), ("down", down))
        for name in ("", "cpu_")
    }
    tell(
        "first pouchdb",
        facts | {name: count[name] for name in ("requests", "up_bytes", "down_bytes", "cpu_s")},
    )


@pytest.mark.parametrize("count", ROOMS)
def test_pouchdb_rooms_at_eight_o_clock(pouch: list[str], tmp_path: Path, count: int) -> None:
    (tmp_path / "client").mkdir()
    seconds = SECONDS * count / max(ROOMS)
    with pouch_server(pouch, tmp_path / "server") as (address, _pid):
        before = told(address)
        [found] = lines_of([*pouch, "rooms", str(tmp_path / "client"), address, str(count), str(seconds)])
        after = told(address)
    spent = after["cpu_s"] - before["cpu_s"]
    rounded = {name: round(value, 2 if name == "whole_s" else None) for name, value in found.items()}
    tell(f"rooms {count} pouchdb", rounded | {"server_cpu_ms_each": round(spent / count * 1000, 1)})


@contextmanager
def anki_server(python: Path, folder: Path) -> Iterator[tuple[str, int]]:
    """Anki's server with one user."""
    folder.mkdir()
    port = free_port()
    settings = {
        "SYNC_USER1": "pc:practice",
        "SYNC_BASE": str(folder),
        "SYNC_HOST": "127.0.0.1",
        "SYNC_PORT": str(port),
        "RUST_LOG": "error",
    }
    words = [str(python), "-m", "anki.syncserver"]
    with subprocess.Popen(words, env=os.environ | settings, stdout=subprocess.DEVNULL) as process:
        address = f"http://127.0.0.1:{port}/"
        try:
            _wait_for(address)
            yield address, process.pid
        finally:
            process.terminate()


def _wait_for(address: str) -> None:
    for _try in range(200):
        try:
            _get(address, "/health")
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError("the server does not answer")


def test_anki_sends_a_day(anki: Path, tmp_path: Path) -> None:
    side = [str(anki), str(SIDES / "anki_side.py"), "day"]
    with anki_server(anki, tmp_path / "server") as (address, pid):
        (tmp_path / "timed").mkdir()
        before = cpu_of(pid)
        ran = subprocess.run(
            [*side, tmp_path / "timed", address], input="\n", capture_output=True, text=True, check=True
        )
        server_ms = (cpu_of(pid) - before) * 1000 / 7
        line = CutLine(address.rstrip("/"))
        (tmp_path / "counted").mkdir()
        words = [*side, str(tmp_path / "counted"), f"{line.address}/"]
        with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdout.readline()
            before_bytes = line.passed_bytes
            process.stdin.write("\n")
            process.stdin.flush()
            process.stdout.readline()
            up_bytes = line.passed_bytes - before_bytes
        line.close()
    found = json.loads(ran.stdout.splitlines()[0])
    tell(
        "day anki",
        {"ms": round(found["ms"]), "cpu_ms": round(found["cpu_ms"] + server_ms), "up_bytes": up_bytes},
    )


def test_anki_first_exchange(anki: Path, tmp_path: Path) -> None:
    side = [str(anki), str(SIDES / "anki_side.py"), "first"]
    (tmp_path / "client").mkdir()
    with anki_server(anki, tmp_path / "server") as (address, _pid):
        line = CutLine(address.rstrip("/"))
        up, down = lines_of([*side, str(tmp_path / "client"), f"{line.address}/"])
        line.close()
    assert down["notes"] == 5000
    tell(
        "first anki",
        {
            "up_s": round(up["up"]["ms"] / 1000, 2),
            "down_s": round(down["down"]["ms"] / 1000, 2),
            "up_bytes": line.passed_bytes,
            "down_bytes": line.down_bytes,
        },
    )
