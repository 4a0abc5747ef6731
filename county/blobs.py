"""Attachments at the county: taken in by tus 1.0 (core, creation, checksum), given out by ranges.

An upload is a file that grows; what arrived before a cut stays. Only when all of it is there it is opened, checked
and kept, and only then the last request is answered. Layout: `docs/formats/blob.md`.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import os
import re
import secrets
import shutil
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from functools import partial
from io import RawIOBase
from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from county.upload_turns import Turn, Turns
from desktop.base.errors import EnvironmentFault, Failure, Refused
from desktop.base.log import logger
from desktop.base.paths import fault_from, write_file
from desktop.base.text import _
from desktop.staff.office import Office
from desktop.sync.blob_network import (
    BLOBS_PATH,
    DEVICE_HEADER,
    SIGNATURE_HEADER,
    TUS,
    UPLOAD,
    blob_request_text,
)
from desktop.sync.blob_travel import sealed_if_whole, take_blob
from desktop.sync.blobs import HAVE, KEPT, SENT, Blob, find_blobs
from desktop.sync.certificates import DeviceCertificate
from desktop.sync.crypto import MAX_SEALED_BYTES, SUITE
from desktop.sync.exchange import Exchange
from desktop.sync.parties import load_devices

FOLDER = "uploads"
# An upload that nobody went on with for so long is tidied away; the room starts it again.
OLD_SECONDS = 14 * 86400
MOST_OPEN_COUNT = 20
MOST_OPEN_BYTES = 8 * MAX_SEALED_BYTES
SPARE_BYTES = 64 * 1024 * 1024
LOG = logger("county.blobs")

_OFFSET_TYPE = "application/offset+octet-stream"
_UPLOAD_ID = re.compile(r"[0-9a-f]{32}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_HASHES = {"sha1": hashlib.sha1, "sha256": hashlib.sha256}
_TUS_HEADERS = {"Tus-Resumable": TUS, "Cache-Control": "no-store"}

Answer = Callable[[Request], Awaitable[Response]]


class _Status(Exception):  # noqa: N818 - an answer of the protocol, never seen by people
    """A status that tus asks for."""

    def __init__(self, status: int, code: str = "SYN-083") -> None:
        super().__init__(status)
        self.status, self.code = status, code


@dataclass(frozen=True)
class _Upload:
    """One upload: what was said when it was made, and the file that grows."""

    id: str
    device: str
    length_bytes: int
    path: Path

    @property
    def offset_bytes(self) -> int:
        """How much is there; all of it once it was checked and kept."""
        if self.done_path.exists():
            return self.length_bytes
        return self.path.stat().st_size if self.path.exists() else 0

    @property
    def done_path(self) -> Path:
        """Stands for an upload that was kept, so that a lost answer can be asked for again."""
        return self.path.with_suffix(".done")


class _Uploads:
    """The folder of uploads. Beside the growing `<id>.up` lies `<id>.json` with what was said when it was made."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def make(self, upload_id: str, device: str, length_bytes: int, now: float) -> _Upload:
        """Finds or makes an upload.

        Errors:  _Status 429 too many open, 507 no room; EnvironmentFault.
        """
        standing = self.find(upload_id)
        if standing is not None and standing.length_bytes == length_bytes and standing.device == device:
            return standing
        self._make_room(device, length_bytes, now)
        told = json.dumps({"device": device, "length": length_bytes}).encode()
        write_file(self._folder / f"{upload_id}.json", told, doing=_("接收附件"))
        return self._upload(upload_id, device, length_bytes)

    def find(self, upload_id: str) -> _Upload | None:
        """An upload that was made and not tidied away."""
        try:
            told = json.loads((self._folder / f"{upload_id}.json").read_bytes())
        except FileNotFoundError:
            return None
        return self._upload(upload_id, str(told["device"]), int(told["length"]))

    def _upload(self, upload_id: str, device: str, length_bytes: int) -> _Upload:
        return _Upload(upload_id, device, length_bytes, self._folder / f"{upload_id}.up")

    def drop(self, upload: _Upload) -> None:
        """Forgets an upload."""
        for suffix in (".up", ".done", ".json"):
            upload.path.with_suffix(suffix).unlink(missing_ok=True)
        Turns(self._folder).forget(upload.id)

    def finish(self, upload: _Upload, what: tuple[str, str]) -> None:
        """Keeps in mind that it was taken in; the sealed bytes are of no more use."""
        write_file(upload.done_path, json.dumps(what).encode(), doing=_("接收附件"))
        upload.path.unlink(missing_ok=True)

    def _make_room(self, device: str, length_bytes: int, now: float) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        count = total = 0
        for one in self._all():
            newest = max(path.stat().st_mtime for path in self._files(one))
            if now - newest > OLD_SECONDS:
                self.drop(one)
            elif one.device == device and not one.done_path.exists():
                count, total = count + 1, total + one.length_bytes
        if count >= MOST_OPEN_COUNT or total + length_bytes > MOST_OPEN_BYTES:
            raise _Status(429, "SYN-084")
        if shutil.disk_usage(self._folder).free < length_bytes + SPARE_BYTES:
            raise _Status(507, "SYN-088")

    def _all(self) -> Iterator[_Upload]:
        for path in sorted(self._folder.glob("*.json")):
            found = self.find(path.stem)
            if found is not None:
                yield found

    def _files(self, upload: _Upload) -> list[Path]:
        found = (upload.path.with_suffix(suffix) for suffix in (".up", ".done", ".json"))
        return [path for path in found if path.exists()]


def blob_routes(office: Office, refusal: Callable[[Failure], Response]) -> list[Route]:
    """The routes over one open county; `refusal` turns a failure into its answer."""
    door = _Door(office, refusal)
    methods = ["GET", "HEAD", "PATCH", "POST", "OPTIONS"]
    return [
        Route(BLOBS_PATH, door.serve_folder, methods=["POST", "OPTIONS"]),
        Route(BLOBS_PATH + "/{name}", door.serve_one, methods=methods),
    ]


class _Door:
    """The requests for attachments of one county."""

    def __init__(self, office: Office, refusal: Callable[[Failure], Response]) -> None:
        self._office, self._refusal = office, refusal
        self._uploads = _Uploads(office.home / FOLDER)
        self._turns = Turns(office.home / FOLDER)

    async def serve_folder(self, request: Request) -> Response:
        """Creates an upload, or tells what this server can."""
        if request.method == "OPTIONS":
            return await self._answer(request, self._tell)
        return await self._answer(request, self._create)

    async def serve_one(self, request: Request) -> Response:
        """Goes on with an upload, tells how far it is, or gives an attachment out."""
        method = request.headers.get("x-http-method-override", request.method).upper()
        steps = {"GET": self._give, "HEAD": self._told, "PATCH": self._patch, "OPTIONS": self._tell}
        return await self._answer(request, steps.get(method, _not_allowed))

    async def _answer(self, request: Request, step: Answer) -> Response:
        """The request boundary of attachments."""
        started = time.perf_counter()
        try:
            response = await step(request)
        except _Status as status:
            response = _plain(status.status, status.code)
        except ClientDisconnect:
            response = _plain(408, "SYN-082")
        except OSError as error:
            response = self._refusal(fault_from(error, _("接收附件")))
        except Failure as failure:
            response = self._refusal(failure)
        except Exception:
            # Our bug: the log gets the trace, the room gets a status and keeps its data.
            LOG.exception("bug")
            response = _plain(500, "BUG-000")
        response.headers.setdefault("Tus-Resumable", TUS)
        milliseconds = round((time.perf_counter() - started) * 1000)
        facts = {"method": request.method, "status": response.status_code, "milliseconds": milliseconds}
        LOG.info("blob", extra=facts)
        return response

    # -- up ----------------------------------------------------------------------------------------------------

    async def _tell(self, _request: Request) -> Response:
        headers = {
            "Tus-Version": TUS,
            "Tus-Extension": "creation,checksum",
            "Tus-Max-Size": str(MAX_SEALED_BYTES),
            "Tus-Checksum-Algorithm": "sha1,sha256",
        }
        return Response(status_code=204, headers=_TUS_HEADERS | headers)

    async def _create(self, request: Request) -> Response:
        _require_tus(request)
        length_bytes = _number(request, "upload-length")
        if not 0 < length_bytes <= MAX_SEALED_BYTES:
            raise _Status(413, "SYN-012")
        device = (await run_in_threadpool(self._who, request, UPLOAD)).device
        upload_id = _upload_id(request, device, length_bytes)
        await self._turns.settle(upload_id)

        def make() -> tuple[_Upload, int]:
            upload = self._uploads.make(upload_id, device, length_bytes, self._now())
            return upload, self._settled(upload)

        upload, offset_bytes = await run_in_threadpool(make)
        headers = {"Location": f"{BLOBS_PATH}/{upload.id}", "Upload-Offset": str(offset_bytes)}
        return Response(status_code=201, headers=_TUS_HEADERS | headers)

    async def _told(self, request: Request) -> Response:
        _require_tus(request)
        upload = self._find(request)
        await self._turns.settle(upload.id)
        offset_bytes = await run_in_threadpool(self._settled, upload)
        headers = {"Upload-Offset": str(offset_bytes), "Upload-Length": str(upload.length_bytes)}
        return Response(status_code=200, headers=_TUS_HEADERS | headers)

    async def _patch(self, request: Request) -> Response:
        _require_tus(request)
        if request.headers.get("content-type") != _OFFSET_TYPE:
            raise _Status(415)
        upload = self._find(request)
        checksum = _checksum(request)
        await self._turns.settle(upload.id)
        if _number(request, "upload-offset") != upload.offset_bytes:
            raise _Status(409)
        turn = self._turns.begin(upload.id)
        try:
            await _receive(request, upload, checksum, turn)
        finally:
            turn.end()
        offset_bytes = await run_in_threadpool(self._settled, upload)
        return Response(status_code=204, headers=_TUS_HEADERS | {"Upload-Offset": str(offset_bytes)})

    def _find(self, request: Request) -> _Upload:
        name = request.path_params["name"]
        upload = self._uploads.find(name) if _UPLOAD_ID.fullmatch(name) else None
        if upload is None:
            raise _Status(404)
        return upload

    def _settled(self, upload: _Upload) -> int:
        """How much is there; when that is all, it was checked and kept before this returns.

        Errors:  whatever is wrong with it; the upload is gone then.
        """
        if upload.done_path.exists():
            if self._is_kept(upload):
                return upload.length_bytes
            # The county's data was put back to an earlier state: the bytes must come again.
            self._uploads.drop(upload)
            raise _Status(404)
        if upload.offset_bytes < upload.length_bytes:
            return upload.offset_bytes
        exchange, blobs = self._office.exchange(), self._office.blobs
        try:
            taken = take_blob(exchange, blobs, upload.path.read_bytes())
        except Failure as failure:
            if not isinstance(failure, EnvironmentFault):
                self._uploads.drop(upload)
            raise
        self._uploads.finish(upload, (taken.scope, taken.sha256))
        return upload.length_bytes

    def _is_kept(self, upload: _Upload) -> bool:
        scope, sha256 = json.loads(upload.done_path.read_bytes())
        return bool(self._held((scope,), sha256))

    # -- down --------------------------------------------------------------------------------------------------

    async def _give(self, request: Request) -> Response:
        name = request.path_params["name"]
        if not _SHA256.fullmatch(name):
            raise _Status(404)
        path = await run_in_threadpool(self._sealed, request, name)
        response = FileResponse(path, media_type="application/octet-stream")
        # The name is made from what it is sealed for and written once; these bytes have no other.
        etag = hashlib.sha256(f"{path.name}{path.stat().st_mtime_ns}".encode()).hexdigest()[:32]
        response.headers["ETag"] = f'"{etag}"'
        return response

    def _sealed(self, request: Request, sha256: str) -> Path:
        peer = self._who(request, sha256)
        exchange, blobs = self._office.exchange(), self._office.blobs
        for blob in self._held(exchange.scopes_with(peer), sha256):
            path = blobs.spool.path(peer.device, blob.scope, sha256)
            if path.exists():
                return path
            sealed = sealed_if_whole(exchange, blobs, peer, blob)
            if sealed is not None:
                blobs.spool.tidy(self._office.clock)
                return blobs.spool.sealed(peer.device, blob.scope, sha256, partial(bytes, sealed))
        # The same for what is not here and for what is another room's.
        raise _Status(404)

    def _held(self, scopes: tuple[str, ...], sha256: str) -> list[Blob]:
        with self._office.reading() as session:
            return find_blobs(session.connection(), scopes, (HAVE, SENT, KEPT), (sha256,))

    # -- who asks ----------------------------------------------------------------------------------------------

    def _now(self) -> float:
        return self._office.clock.now().timestamp()

    def _who(self, request: Request, what: str) -> DeviceCertificate:
        """The device that asks.

        Errors:  Refused SYN-014, SYN-045 not proved, SYN-071 shut out.
        """
        return who_asks(self._office.exchange(), request, what)


def who_asks(exchange: Exchange, request: Request, what: str) -> DeviceCertificate:
    """The device whose signature stands in a request's headers.

    Errors:  Refused SYN-045 unknown or malformed, SYN-014 wrong signature, SYN-071 shut out.
    """
    county, name = exchange.party.county, request.headers.get(DEVICE_HEADER, "")
    with exchange.database.reading() as session:
        device = load_devices(session.connection(), county, [name]).get(name)
    try:
        signature = base64.b64decode(request.headers.get(SIGNATURE_HEADER, ""), validate=True)
    except (binascii.Error, ValueError):
        device = None
        signature = b""
    if device is None:
        raise Refused(
            "SYN-045", _("文件里的证书不是发件电脑的，没有导入。已有数据没有变化，请联系县局管理员。")
        )
    text = blob_request_text(county.county, name, what)
    SUITE.verify(text, signature, device.certificate.sign_public)
    if device.is_revoked:
        raise Refused(
            "SYN-071",
            _("发来文件的电脑已被县局停用，没有导入。已有数据没有变化，请联系县局管理员。"),
            device=name,
        )
    return device.certificate


async def _receive(request: Request, upload: _Upload, checksum: tuple[str, bytes] | None, turn: Turn) -> None:
    """Appends the body as it comes; what came before a cut stays, a body with a wrong checksum does not.

    Small writes into the system's cache, so they are made here and not in a thread: nothing that the network brought
    is left behind in a queue when the line is cut.
    """
    start = place = upload.offset_bytes
    digest = _HASHES[checksum[0]]() if checksum else None
    upload.path.touch()
    with upload.path.open("r+b", buffering=0) as file:
        async for piece in request.stream():
            if place + len(piece) > upload.length_bytes:
                raise _Status(413, "SYN-012")
            if not turn.lasts():
                raise _Status(409)
            file.seek(place)
            _write_whole(file, piece)
            place += len(piece)
            if digest is not None:
                digest.update(piece)
        if digest is not None and checksum is not None and digest.digest() != checksum[1]:
            if turn.lasts():
                file.truncate(start)
            raise _Status(460)
        await run_in_threadpool(os.fsync, file.fileno())


def _write_whole(file: RawIOBase, piece: bytes) -> None:
    """All of it: an unbuffered file takes what fits on the disk and says how much that was, without a failure.

    Errors:  OSError when not even a byte more fits; what was written stays.
    """
    left = memoryview(piece)
    while left:
        left = left[file.write(left) or 0 :]


def _upload_id(request: Request, device: str, length_bytes: int) -> str:
    """The same for the same sealed bytes of the same device, when the client names them; else by lot."""
    for pair in request.headers.get("upload-metadata", "").split(","):
        key, _blank, value = pair.strip().partition(" ")
        if key == "spool" and 0 < len(value) <= 128:
            told = f"jingwushi upload 1\n{device}\n{length_bytes}\n{value}".encode()
            return hashlib.sha256(told).hexdigest()[:32]
    return secrets.token_hex(16)


def _require_tus(request: Request) -> None:
    if request.headers.get("tus-resumable") != TUS:
        raise _Status(412, "SYN-086")


def _number(request: Request, name: str) -> int:
    told = request.headers.get(name, "")
    if not told.isdigit() or len(told) > 12:
        raise _Status(400)
    return int(told)


def _checksum(request: Request) -> tuple[str, bytes] | None:
    told = request.headers.get("upload-checksum")
    if told is None:
        return None
    algorithm, _blank, value = told.partition(" ")
    if algorithm not in _HASHES:
        raise _Status(400)
    try:
        return algorithm, base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        raise _Status(400) from None


async def _not_allowed(_request: Request) -> Response:
    raise _Status(405)


def _plain(status: int, code: str) -> Response:
    headers = _TUS_HEADERS | ({"Tus-Version": TUS} if status == 412 else {})
    if status in {429, 503}:
        headers["Retry-After"] = "30"
    body = json.dumps({"error": {"code": code}})
    return Response(body, status, headers=headers, media_type="application/json")
