"""A real server of the county: in a thread of this process, or as a process of its own that can be killed."""

from __future__ import annotations

import os
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp

from county.serve import bind
from tests.helpers.rooms import PASSWORD, USER

ROOT = Path(__file__).resolve().parents[2]


@contextmanager
def serving(app: ASGIApp, context: ssl.SSLContext | None = None) -> Iterator[str]:
    """The address of a server in a thread, over TLS when there is a context."""
    door = bind("127.0.0.1", 0)
    # Whoever calls before the thread has come so far waits, and is not turned away.
    door.listen()
    config = uvicorn.Config(app, log_config=None, access_log=False, lifespan="off")
    config.load()
    config.ssl = context
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [door]})
    thread.start()
    try:
        yield f"{'https' if context else 'http'}://127.0.0.1:{door.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
        door.close()


def start_county(home: Path, listen: str = "127.0.0.1:0", *options: str) -> tuple[subprocess.Popen[str], str]:
    """`county serve` as a process, and the address that it tells."""
    words = ["--home", str(home), "--user", USER, "county", "serve", "--listen", listen, *options]
    process = subprocess.Popen(
        [sys.executable, "-m", "desktop", *words],
        cwd=ROOT,
        env=os.environ | {"JINGWUSHI_PASSWORD": PASSWORD},
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
        encoding="utf-8",
    )
    assert process.stderr is not None
    line = process.stderr.readline()
    if not line.startswith("listening "):
        raise AssertionError(line + process.stderr.read())
    return process, f"http://{line.split()[1]}"
