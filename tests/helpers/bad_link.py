"""A loopback proxy that treats requests as a bad line does: slow, cut anywhere, silent, doubled, reset after the deed.

Faults come from a seed, one for each request, so that a run can be repeated. It understands just enough of HTTP to know
where a request and an answer end.
"""

from __future__ import annotations

import random
import socket
import socketserver
import struct
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field

FAULTS = ("none", "slow", "cut_up", "cut_down", "reset_after", "black_hole", "double")
_PIECE = 4096


@dataclass
class Link:
    """What the line does, and what it did."""

    upstream: tuple[str, int]
    seed: int
    faults: Sequence[str] = FAULTS
    silent_seconds: float = 1.0
    done: Counter[str] = field(default_factory=Counter)
    address: str = ""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self._chance = random.Random(self.seed)

    def next_fault(self) -> tuple[str, float]:
        """What happens to the next request, and where."""
        with self._lock:
            fault = self._chance.choice(self.faults)
            self.done[fault] += 1
            return fault, self._chance.random()


@contextmanager
def bad_link(upstream: str, seed: int, **told: object) -> Iterator[Link]:
    """A proxy in front of `http://host:port` for as long as the block runs."""
    host, port = upstream.removeprefix("http://").split(":")
    link = Link((host, int(port)), seed, **told)  # type: ignore[arg-type]

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            try:
                while _serve_one(link, self.request):
                    pass
            except OSError:
                # The other side had enough of this line.
                return

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True
        block_on_close = False

        def handle_error(self, request: object, client_address: object) -> None:
            raise AssertionError(f"the proxy itself broke: {request} {client_address}")

    with Server(("127.0.0.1", 0), Handler) as server:
        link.address = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield link
        finally:
            server.shutdown()
            thread.join()


def _serve_one(link: Link, client: socket.socket) -> bool:
    """One request and its fate; whether the connection lives on."""
    request = _read_message(client)
    if not request:
        return False
    fault, place = link.next_fault()
    if fault == "cut_up":
        with closing(socket.create_connection(link.upstream)) as server:
            server.sendall(request[: int(len(request) * place)])
        return False
    if fault == "black_hole":
        time.sleep(link.silent_seconds)
        return False
    if fault == "double":
        _ask(link, request)
    answer = _ask(link, request)
    if fault == "reset_after":
        # A reset, not an end: what is under way is lost.
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        return False
    if fault == "cut_down":
        client.sendall(answer[: int(len(answer) * place)])
        return False
    for start in range(0, len(answer), _PIECE):
        if fault == "slow":
            time.sleep(0.02 + 0.1 * place)
        client.sendall(answer[start : start + _PIECE])
    return True


def _ask(link: Link, request: bytes) -> bytes:
    with closing(socket.create_connection(link.upstream)) as server:
        server.sendall(request)
        return _read_message(server)


def _read_message(stream: socket.socket) -> bytes:
    """A whole HTTP message whose length its head tells; empty when the other side closed."""
    data = b""
    while b"\r\n\r\n" not in data:
        piece = stream.recv(_PIECE)
        if not piece:
            return b""
        data += piece
    head, _gap, _rest = data.partition(b"\r\n\r\n")
    length = 0
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            length = int(line.partition(b":")[2])
    wanted = len(head) + 4 + length
    while len(data) < wanted:
        piece = stream.recv(_PIECE)
        if not piece:
            return b""
        data += piece
    return data
