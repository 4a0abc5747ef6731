"""The exchange as a web application: a bundle in, the answering bundle out. Layout: `docs/formats/http.md`.

Every request is complete in itself and may be repeated. The work runs in threads, so that rooms do not wait for each
other; what must not run side by side is kept apart by the database.
"""

from __future__ import annotations

import asyncio
import json
import random
import time
import traceback
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from county.blobs import blob_routes
from county.enrolment import answer_request
from county.limits import Limits
from desktop import VERSION
from desktop.base.errors import EnvironmentFault, Failure, Refused
from desktop.base.log import logger
from desktop.base.text import _
from desktop.database.columns import write_instant
from desktop.database.engine import CROSSED
from desktop.staff.office import Office
from desktop.sync.bundle import VERSION as BUNDLE_VERSION
from desktop.sync.certificates import MAX_SMALL_BYTES
from desktop.sync.crypto import MAX_SEALED_BYTES
from desktop.sync.exchange import NETWORK, Exchanged

BUNDLE_TYPE = "application/octet-stream"
RETRY_SECONDS = 5
# So many bundles are worked on at once, and so many more may wait for their turn; the next is told to come again.
# Few at once: they share one interpreter, and who came first should be done first.
MOST_WORKING, MOST_WAITING = 3, 100
_MOST_TIMES, _PAUSE_SECONDS = 6, 0.05
LOG = logger("county")

# Code of a failure → status, where the kind of the failure alone does not tell it.
_STATUSES = {
    "SYN-012": 413,
    "SYN-014": 401,
    "SYN-015": 426,
    "SYN-020": 426,
    "SYN-042": 401,
    "SYN-043": 403,
    "SYN-045": 401,
    "SYN-071": 403,
    "SYN-072": 403,
    "SYN-041": 403,
    "SYN-073": 403,
    "SYN-095": 507,
    "SYN-098": 429,
    "SYN-116": 500,
    "SYN-117": 401,
    "DBS-001": 507,
    "ENV-001": 507,
}


class _TooLarge(Exception):  # noqa: N818 - told to the client as a status and never seen by people
    """The body is over the cap."""


def make_app(office: Office) -> Starlette:
    """The application over one open county."""
    limits, crowd = Limits(office), Crowd()

    async def exchange(request: Request) -> Response:
        return await _serve(
            request, crowd, MAX_SEALED_BYTES, lambda body: answer_bundle(office, body, limits)
        )

    async def enrol(request: Request) -> Response:
        return await _serve(request, crowd, MAX_SMALL_BYTES, lambda body: _enrol(office, body))

    async def health(_request: Request) -> Response:
        told = {
            "version": VERSION,
            "bundle": BUNDLE_VERSION,
            "time": write_instant(office.clock.now()),
            "practice": office.place.practice,
        }
        return _json(told, 200)

    public = office.home / "public" / "update"
    public.mkdir(parents=True, exist_ok=True)
    return Starlette(
        routes=[
            Route("/v1/exchange", exchange, methods=["POST"]),
            Route("/v1/enrol", enrol, methods=["POST"]),
            Route("/v1/health", health, methods=["GET"]),
            *blob_routes(office, _refusal),
            # Signed by other keys than ours and the same for everybody: nobody need say who asks.
            Mount("/update", StaticFiles(directory=public)),
        ]
    )


def answer_bundle(office: Office, sealed: bytes, limits: Limits | None = None) -> Response:
    """Takes in a bundle and answers with what its sender lacks now.

    Two PCs of one room that call at once may get in each other's way in the database; as taking in a bundle twice
    changes nothing, the whole of it is done again.
    """
    for number in range(1, _MOST_TIMES + 1):
        try:
            return _answer_once(office, sealed, limits if number == 1 else None)
        except EnvironmentFault as fault:
            if fault.code != CROSSED or number == _MOST_TIMES:
                raise
            LOG.info("repeated", extra={"times": number})
            time.sleep(random.uniform(0, number * _PAUSE_SECONDS))
    raise AssertionError("the last time returns or raises")


def _answer_once(office: Office, sealed: bytes, limits: Limits | None) -> Response:
    exchange = office.exchange()
    taken = exchange.take(
        sealed, None if limits is None else lambda sender: limits.admit(sender, len(sealed))
    )
    answer = exchange.make(taken.sender, budget_bytes=taken.budget_bytes, parked_count=taken.parked_count)
    done = Exchanged(sent=answer.commits_count, bytes_up=len(answer.sealed), bytes_down=len(sealed))
    done.add(taken)
    done.equal = exchange.is_equal(taken.sender)
    if not taken.is_again:
        exchange.log(taken.sender.device, NETWORK, done, bundle_id=taken.bundle_id)
    LOG.info(
        "exchange",
        extra={
            "device": taken.sender.device,
            "received": taken.new_count,
            "parked": taken.parked_count,
            "sent": answer.commits_count,
        },
    )
    return Response(answer.sealed, 200, media_type=BUNDLE_TYPE)


def _enrol(office: Office, sealed: bytes) -> Response:
    """A request in; the approval out once somebody at the county gave it."""
    approval = answer_request(office, sealed)
    if approval is None:
        return _json({"state": "pending"}, 202)
    return Response(approval, 200, media_type=BUNDLE_TYPE)


class Crowd:
    """Those who are being answered and those who wait: a county that is full says so at once."""

    def __init__(self) -> None:
        self._turns: asyncio.Semaphore | None = None
        self._here = 0

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Waits for a turn.

        Errors:  EnvironmentFault SYN-099 when too many wait already.
        """
        if self._turns is None:
            self._turns = asyncio.Semaphore(MOST_WORKING)
        if self._here >= MOST_WORKING + MOST_WAITING:
            raise EnvironmentFault("SYN-099", _("现在来的人太多，请过一会儿再试"), may_retry=True)
        self._here += 1
        try:
            async with self._turns:
                yield
        finally:
            self._here -= 1


async def _serve(
    request: Request, crowd: Crowd, most_bytes: int, work: Callable[[bytes], Response]
) -> Response:
    """Reads the body, works in a thread, and turns every failure into a status. The server's request boundary."""
    started = time.perf_counter()
    try:
        body = await _read_body(request, most_bytes)
        async with crowd.turn():
            response = await run_in_threadpool(work, body)
    except _TooLarge:
        response = _error("SYN-012", 413)
    except ClientDisconnect:
        response = _error("SYN-082", 408)
    except Failure as failure:
        response = _refusal(failure)
    except Exception:
        # Our bug: the log gets the trace, the room gets a status and keeps its data.
        LOG.exception("bug")
        response = _error("BUG-000", 500)
    LOG.info(
        "request",
        extra={
            "path": request.url.path,
            "status": response.status_code,
            "milliseconds": round((time.perf_counter() - started) * 1000),
        },
    )
    return response


async def _read_body(request: Request, most_bytes: int) -> bytes:
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > most_bytes:
            raise _TooLarge
    return bytes(body)


def _refusal(failure: Failure) -> Response:
    # Its frames hold what was unpacked, up to 256 MiB, and its cycle with the thread's future would keep them until
    # the collector comes by: a few dozen refused bombs were gigabytes.
    traceback.clear_frames(failure.__traceback__)
    status = _STATUSES.get(failure.code)
    if status is None:
        if isinstance(failure, EnvironmentFault):
            status = 503 if failure.may_retry else 500
        else:
            status = 403 if isinstance(failure, Refused) and failure.code.startswith("STF") else 400
    return _error(failure.code, status, int(str(failure.facts.get("wait_seconds", RETRY_SECONDS))))


def _error(code: str, status: int, wait_seconds: int = RETRY_SECONDS) -> Response:
    headers = {"Retry-After": str(wait_seconds)} if status in {429, 503} else {}
    return _json({"error": {"code": code}}, status, headers)


def _json(told: dict[str, Any], status: int, headers: dict[str, str] | None = None) -> Response:
    return Response(json.dumps(told), status, headers=headers or {}, media_type="application/json")
