"""Running the county's exchange until somebody stops it."""

from __future__ import annotations

import gc
import os
import signal
import socket
import sys
from ipaddress import ip_address
from pathlib import Path
from types import FrameType

import uvicorn

from county.http import make_app
from county.tls import ensure_authority, server_context
from county.workers import Manner, workers
from desktop.base.errors import EnvironmentFault, RuleBroken
from desktop.base.log import start_log, stop_log
from desktop.base.text import _
from desktop.staff.office import Office
from desktop.staff.rooms import Rooms

# A room waits rather than being told to go away; more than this at once are told to come again.
MOST_AT_ONCE = 200
STOP_SECONDS = 20
MOST_WORKERS = 4


def read_address(text: str) -> tuple[str, int]:
    """Host and port of `HOST:PORT`; port 0 lets the system choose.

    Errors:  RuleBroken SYN-091.
    """
    host, colon, port = text.rpartition(":")
    if not colon or not host or not port.isdigit() or int(port) > 65535:
        raise RuleBroken("SYN-091", _("监听地址要写成 127.0.0.1:8080 这样：{text}").format(text=text))
    return host.strip("[]"), int(port)


class _Server(uvicorn.Server):
    """Stops without being killed by the signal that asked it to; the first of several says where it listens."""

    tells = False

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Finishes what is under way; a second request to stop does not wait."""
        self.force_exit = self.should_exit and sig == signal.SIGINT
        self.should_exit = True

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Tells on standard error once connections are accepted, for people and for scripts."""
        await super().startup(sockets=sockets)
        if self.started and self.tells:
            host, port = self.servers[0].sockets[0].getsockname()[:2]
            sys.stderr.write(f"listening {host}:{port}\n")
            sys.stderr.flush()


def serve(
    office: Office,
    listen: str,
    *,
    rooms: Rooms | None = None,
    workers_count: int = 0,
    certificate: Path | None = None,
    key: Path | None = None,
    with_tls: bool = False,
) -> None:
    """Serves one open county until it is stopped.

    Shape:   within this machine in the clear unless `with_tls`; on any other address always over TLS, with the county's
             own authority unless a certificate is named. `workers_count` 0: one process on a file, which lets one
             writer in at a time; on PostgreSQL one for each processor, at most four. `rooms` opens them.
    Errors:  RuleBroken SYN-091 for the address; EnvironmentFault SYN-092 when it is taken or not this machine's.
    """
    host, port = read_address(listen)
    door = bind(host, port)
    start_log(office.home)
    manner = Manner(with_tls or not _is_loopback(door.getsockname()[0]), certificate, key)
    try:
        # Before the others start: they show a certificate of the same authority.
        ensure_authority(office)
        if rooms is None:
            _run(office, door, manner, tells=True)
            return
        with workers(rooms, office, door, workers_count or _usual_count(office), manner=manner, run=_run):
            _run(office, door, manner, tells=True)
    finally:
        stop_log()
        door.close()


def _usual_count(office: Office) -> int:
    on_file = office.database.engine.dialect.name == "sqlite"
    return 1 if on_file else min(MOST_WORKERS, os.cpu_count() or 1)


def _run(office: Office, door: socket.socket, manner: Manner, *, tells: bool = False) -> None:
    config = uvicorn.Config(
        make_app(office),
        log_config=None,
        access_log=False,
        lifespan="off",
        server_header=False,
        limit_concurrency=MOST_AT_ONCE,
        timeout_graceful_shutdown=STOP_SECONDS,
        ssl_certfile=manner.certificate,
        ssl_keyfile=manner.key,
    )
    config.load()
    if manner.with_tls and manner.certificate is None:
        config.ssl = server_context(office)
    server = _Server(config)
    server.tells = tells
    # What was loaded stays loaded: the collector need not walk through it again and again.
    gc.freeze()
    server.run(sockets=[door])


def _is_loopback(host: str) -> bool:
    return ip_address(host.partition("%")[0]).is_loopback


def bind(host: str, port: int) -> socket.socket:
    """A socket at the address, not listening yet.

    Errors:  EnvironmentFault SYN-092.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    door = socket.socket(family, socket.SOCK_STREAM)
    try:
        if sys.platform != "win32":
            # On Windows this option would let a second server take the same port.
            door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        door.bind((host, port))
    except OSError as error:
        door.close()
        raise EnvironmentFault(
            "SYN-092",
            _("不能在 {host}:{port} 上监听，可能已被占用。请换一个端口再试").format(host=host, port=port),
        ) from error
    return door
