"""The county as a process of its own, and a bad line to it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

from tests.helpers.rooms import PASSWORD, USER

ROOT = Path(__file__).resolve().parents[2]


@contextmanager
def serving(home: Path) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """`county serve` as a process of its own, until the block ends."""
    environment = os.environ | {"JINGWUSHI_PASSWORD": PASSWORD, "PYTHONWARNINGS": "default"}
    words = ["--home", str(home), "--user", USER, "county", "serve", "--listen", "127.0.0.1:0"]
    with subprocess.Popen(
        [sys.executable, "-m", "desktop", *words],
        cwd=ROOT,
        env=environment,
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
        encoding="utf-8",
    ) as process:
        assert process.stderr is not None
        line = process.stderr.readline()
        try:
            assert line.startswith("listening "), line + process.stderr.read()
            yield f"http://{line.split()[1]}", process
        finally:
            if process.poll() is None:
                process.terminate()


class CutLine:
    """Passes bytes on to a server and cuts each connection after so many bytes from the client.

    Shape:   `passed_bytes` counts what clients brought, over all connections.
    """

    def __init__(self, address: str, *, cut_up_bytes: int = 0, cut_down_bytes: int = 0) -> None:
        self._target = (urlsplit(address).hostname, urlsplit(address).port)
        self._cuts = (cut_up_bytes, cut_down_bytes)
        self._door = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self._door.getsockname()[1]}"
        self.passed_bytes = self.down_bytes = self.cuts_count = 0
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Takes no more connections."""
        with suppress(OSError):
            self._door.shutdown(socket.SHUT_RDWR)
        self._door.close()
        self._thread.join(5)

    def _listen(self) -> None:
        while True:
            try:
                client, _address = self._door.accept()
            except OSError:
                return
            server = socket.create_connection(self._target)
            up = threading.Thread(target=self._pass, args=(client, server, 0), daemon=True)
            down = threading.Thread(target=self._pass, args=(server, client, 1), daemon=True)
            up.start()
            down.start()

    def _pass(self, source: socket.socket, target: socket.socket, way: int) -> None:
        left = self._cuts[way]
        try:
            while data := source.recv(min(16384, left) if left else 16384):
                if way == 0:
                    self.passed_bytes += len(data)
                else:
                    self.down_bytes += len(data)
                target.sendall(data)
                if self._cuts[way]:
                    left -= len(data)
                    if left <= 0:
                        self.cuts_count += 1
                        break
        except OSError:
            # The other direction closed both ends.
            return
        finally:
            for one in (source, target):
                with suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)
                one.close()
