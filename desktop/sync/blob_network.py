"""Attachments over the network: up by tus 1.0, down by ranges, one at a time, from wherever the line was cut.

The sealed bytes of an attachment are fixed in a spool file, so a cut costs what was in flight and nothing else. What
the server has is asked of the server: nothing about a transfer is remembered here. Layout: `docs/formats/blob.md`.
"""

from __future__ import annotations

import base64
import hashlib
import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from io import FileIO
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from desktop.base.errors import EnvironmentFault, Failure, Refused, RuleBroken
from desktop.base.paths import fault_from
from desktop.base.text import _
from desktop.sync.blob_travel import Blobs, sealed_if_whole, take_blob
from desktop.sync.blobs import (
    HAVE,
    SENT,
    WANT,
    Blob,
    compare_with_disk,
    find_blobs,
    note_wanted,
    set_state,
    told_by,
    unconfirmed,
)
from desktop.sync.certificates import DeviceCertificate
from desktop.sync.crypto import SUITE
from desktop.sync.exchange import NETWORK, Exchange, Exchanged
from desktop.sync.network import (
    Post,
    Progress,
    Receive,
    Reply,
    exchange_by_network,
    failure_of,
    quiet,
    strange,
    told_code,
)

BLOBS_PATH = "/v1/blobs"
TUS = "1.0.0"
DEVICE_HEADER, SIGNATURE_HEADER = "Jingwushi-Device", "Jingwushi-Signature"
UPLOAD = "upload"
# One request; what came of it stays when the line is cut in the middle.
CHUNK_BYTES = 1024 * 1024
# So often in a row nothing more may arrive before the attachment waits for the next exchange.
MOST_FAILURES = 4
_PIECE_BYTES = 64 * 1024
_ETAG = re.compile(r'"[0-9a-f]{32}"')
_UPLOAD_PATH = re.compile(r"/v1/blobs/[0-9a-f]{32}")


class Wire(Protocol):
    """The door to the network. Raises EnvironmentFault when the line fails, also in the middle of a body."""

    def __call__(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str],
        body: Iterable[bytes] | bytes = b"",
        receive: Receive | None = None,
    ) -> Reply:
        """Sends one request and waits for its answer."""
        ...


@dataclass
class BlobsExchanged:
    """What went and came.

    Shape:   `waiting_count` are those that did not go or come this time, with the reasons in `failures`.
    """

    sent_count: int = 0
    received_count: int = 0
    waiting_count: int = 0
    bytes_up: int = 0
    bytes_down: int = 0
    failures: list[Failure] = field(default_factory=list)


def blob_request_text(county: str, device: str, what: str) -> bytes:
    """What a device signs to ask for an attachment (by its SHA-256) or for leave to upload."""
    return b"jingwushi blob request 1\n" + f"{county}\n{device}\n{what}".encode()


def signed_headers(exchange: Exchange, what: str) -> dict[str, str]:
    """The headers by which the county knows who asks."""
    party = exchange.party
    signature = SUITE.sign(blob_request_text(party.county.county, party.device, what), party.sign_secret)
    return {DEVICE_HEADER: party.device, SIGNATURE_HEADER: base64.b64encode(signature).decode("ascii")}


def exchange_all(
    exchange: Exchange,
    blobs: Blobs,
    post: Post,
    wire: Wire,
    *,
    progress: Progress = quiet,
    wait: Callable[[float], None] = time.sleep,
) -> Exchanged:
    """Commits first, then attachments, then the county's word on what it keeps of them.

    Errors:  as `exchange_by_network`; when the line goes during attachments, that is told as a note, because
             everything that was saved has travelled.
    """
    note_wanted(exchange.database, sorted(exchange.party.own_scopes))
    compare_with_disk(exchange.database, exchange.party, blobs.attachments)
    done = exchange_by_network(exchange, post, progress=progress)
    if _wants_unheard(exchange):
        # What came just now names attachments; the county has not been asked for them yet.
        _add(done, exchange_by_network(exchange, post, progress=progress))
    try:
        told = exchange_blobs(exchange, blobs, wire, progress=progress, wait=wait)
        if told.sent_count:
            _add(done, exchange_by_network(exchange, post, progress=progress))
    except EnvironmentFault as fault:
        done.notes.append(fault.sentence)
        return done
    _tell(exchange, done, told)
    return done


def _wants_unheard(exchange: Exchange) -> bool:
    county = exchange.county()
    with exchange.database.reading() as session:
        connection = session.connection()
        wanted = find_blobs(connection, exchange.scopes_with(county), (WANT,))
        return not {one.sha256 for one in wanted} <= told_by(connection, county.device, HAVE)


def _add(done: Exchanged, more: Exchanged) -> None:
    done.sent += more.sent
    done.received += more.received
    done.parked += more.parked
    done.bytes_up += more.bytes_up
    done.bytes_down += more.bytes_down
    done.notes += more.notes
    done.changes += more.changes
    done.equal = more.equal


def _tell(exchange: Exchange, done: Exchanged, told: BlobsExchanged) -> None:
    done.bytes_up += told.bytes_up
    done.bytes_down += told.bytes_down
    done.files_sent += told.sent_count
    done.files_received += told.received_count
    done.notes += [failure.sentence for failure in told.failures]
    if told.sent_count or told.received_count:
        one = Exchanged(
            files_sent=told.sent_count,
            files_received=told.received_count,
            bytes_up=told.bytes_up,
            bytes_down=told.bytes_down,
        )
        exchange.log(exchange.county().device, NETWORK, one)


def exchange_blobs(
    exchange: Exchange,
    blobs: Blobs,
    wire: Wire,
    *,
    progress: Progress = quiet,
    wait: Callable[[float], None] = time.sleep,
) -> BlobsExchanged:
    """Sends what the county has not confirmed and fetches what it said it has; small ones first, newest first.

    Commits have travelled before. An attachment that fails waits for the next exchange and does not stop the others;
    a line that is gone stops all.

    Errors:  EnvironmentFault SYN-081, SYN-082 when the line is gone; EnvironmentFault when the disk refuses. What went
             and came before stays.
    """
    county = exchange.county()
    blobs.spool.tidy(exchange.clock)
    return _Transfers(exchange, blobs, wire, county, progress, wait).run()


@dataclass
class _Transfers:
    """All transfers of one exchange."""

    exchange: Exchange
    blobs: Blobs
    wire: Wire
    county: DeviceCertificate
    progress: Progress
    wait: Callable[[float], None]
    told: BlobsExchanged = field(default_factory=BlobsExchanged)

    def run(self) -> BlobsExchanged:
        """Everything that has to go or come."""
        scopes = self.exchange.scopes_with(self.county)
        with self.exchange.database.reading() as session:
            connection = session.connection()
            up = unconfirmed(connection, scopes)
            down = find_blobs(connection, scopes, (WANT,), told_by(connection, self.county.device, HAVE))
        for place, blob in enumerate(up, 1):
            self.progress(_("正在送附件"), place, len(up))
            self._try(partial(self._send, blob))
        for place, blob in enumerate(down, 1):
            self.progress(_("正在取附件"), place, len(down))
            self._try(partial(self._fetch, blob))
        return self.told

    def _try(self, step: Callable[[], None]) -> None:
        try:
            step()
        except (Refused, RuleBroken) as failure:
            self.told.waiting_count += 1
            self.told.failures.append(failure)
        except EnvironmentFault as fault:
            if fault.code not in _ONE_FILE:
                raise
            self.told.waiting_count += 1
            self.told.failures.append(fault)

    # -- up ----------------------------------------------------------------------------------------------------

    def _send(self, blob: Blob) -> None:
        made = self._sealed(blob)
        if made is None:
            return
        upload = Upload(made, self.wire, signed_headers(self.exchange, UPLOAD), self.wait, self._count_up)
        try:
            upload.run()
        except EnvironmentFault as fault:
            if fault.code == "SYN-083":
                # The server could not use these sealed bytes; the next exchange seals new ones.
                self.blobs.spool.drop(self.county.device, blob.scope, blob.sha256)
            raise
        with self.exchange.database.writing() as connection:
            set_state(connection, (blob.scope,), (blob.sha256,), SENT)
        self.blobs.spool.drop(self.county.device, blob.scope, blob.sha256)
        self.told.sent_count += 1

    def _sealed(self, blob: Blob) -> Path | None:
        spool, name = self.blobs.spool, (self.county.device, blob.scope, blob.sha256)
        if spool.path(*name).exists():
            return spool.path(*name)
        sealed = sealed_if_whole(self.exchange, self.blobs, self.county, blob)
        return None if sealed is None else spool.sealed(*name, partial(bytes, sealed))

    def _count_up(self, sent_bytes: int) -> None:
        self.told.bytes_up += sent_bytes

    # -- down --------------------------------------------------------------------------------------------------

    def _fetch(self, blob: Blob) -> None:
        download = Download(
            self.blobs,
            self.wire,
            signed_headers(self.exchange, blob.sha256),
            (self.county.device, blob.scope, blob.sha256),
            self.wait,
        )
        path = download.run()
        self.told.bytes_down += download.bytes_count
        if path is None:
            self.told.waiting_count += 1
            return
        try:
            take_blob(self.exchange, self.blobs, _read(path))
        finally:
            # Taken in, or damaged: either way these bytes are of no more use.
            self.blobs.spool.drop(self.county.device, blob.scope, blob.sha256)
        self.told.received_count += 1


class _Tries:
    """Counts how often in a row nothing more arrived, and waits a little longer each time."""

    def __init__(self, wait: Callable[[float], None]) -> None:
        self._wait, self._best, self._failures = wait, -1, 0

    def failed(self, fault: EnvironmentFault, reached_bytes: int) -> None:
        """Returns when another try makes sense; raises the fault otherwise."""
        if reached_bytes > self._best:
            self._best, self._failures = reached_bytes, 0
            return
        self._failures += 1
        if not fault.may_retry or self._failures > MOST_FAILURES:
            raise fault
        self._wait(0.5 * 2**self._failures)


class Upload:
    """One sealed file on its way up by tus; goes on from what the server has until it has everything."""

    def __init__(
        self,
        path: Path,
        wire: Wire,
        signed: Mapping[str, str],
        wait: Callable[[float], None],
        count: Callable[[int], None],
    ) -> None:
        self._data = _read(path)
        self._wire, self._signed, self._count = wire, signed, count
        self._tries = _Tries(wait)
        self._place = ""
        self._offset_bytes = 0

    def run(self) -> None:
        """Sends until the server has checked and kept the whole.

        Errors:  EnvironmentFault SYN-081 to SYN-084, SYN-088; Refused SYN-085, SYN-086 and RuleBroken SYN-012.
        """
        while True:
            try:
                if not self._place:
                    self._create()
                if self._offset_bytes >= len(self._data):
                    return
                self._patch()
            except EnvironmentFault as fault:
                if not fault.may_retry:
                    raise
                self._recover(fault)

    def _create(self) -> None:
        digest = hashlib.sha256(self._data).hexdigest()
        headers = {
            "Tus-Resumable": TUS,
            "Upload-Length": str(len(self._data)),
            # The server names an upload by this, so that asking twice finds the same one.
            "Upload-Metadata": "spool " + base64.b64encode(digest.encode()).decode("ascii"),
            **self._signed,
        }
        reply = self._wire("POST", BLOBS_PATH, headers)
        if reply.status != 201:
            raise _refused(reply)
        place = urlsplit(reply.headers.get("location", "")).path
        if not _UPLOAD_PATH.fullmatch(place):
            raise strange()
        self._place = place
        self._offset_bytes = _number(reply.headers.get("upload-offset", "0"))

    def _patch(self) -> None:
        chunk = self._data[self._offset_bytes : self._offset_bytes + CHUNK_BYTES]
        headers = {
            "Tus-Resumable": TUS,
            "Upload-Offset": str(self._offset_bytes),
            "Upload-Checksum": "sha256 " + base64.b64encode(hashlib.sha256(chunk).digest()).decode("ascii"),
            "Content-Type": "application/offset+octet-stream",
            "Content-Length": str(len(chunk)),
        }
        reply = self._wire("PATCH", self._place, headers, self._counted(chunk))
        if reply.status == 204:
            self._offset_bytes = _number(reply.headers.get("upload-offset", ""))
        elif reply.status in {404, 409, 410, 423, 460}:
            # Somebody tidied up, or what was cut before is still being written: ask what is there.
            raise _not_there(reply.status)
        else:
            raise _refused(reply)

    def _counted(self, chunk: bytes) -> Iterator[bytes]:
        for start in range(0, len(chunk), _PIECE_BYTES):
            piece = chunk[start : start + _PIECE_BYTES]
            self._count(len(piece))
            yield piece

    def _recover(self, fault: EnvironmentFault) -> None:
        """Asks where to go on; gives up when it gets no further."""
        try:
            if self._place:
                self._ask()
        except EnvironmentFault as further:
            self._tries.failed(further, -1)
            return
        self._tries.failed(fault, self._offset_bytes)

    def _ask(self) -> None:
        reply = self._wire("HEAD", self._place, {"Tus-Resumable": TUS})
        if reply.status in {404, 410}:
            self._place, self._offset_bytes = "", 0
        elif reply.status == 200:
            self._offset_bytes = _number(reply.headers.get("upload-offset", ""))
        else:
            raise _refused(reply)


class Download:
    """One sealed file on its way down; goes on from what came before, as long as the server has the same bytes."""

    def __init__(
        self,
        blobs: Blobs,
        wire: Wire,
        signed: Mapping[str, str],
        name: tuple[str, str, str],
        wait: Callable[[float], None],
    ) -> None:
        self._spool, self._wire, self._signed, self._name = blobs.spool, wire, signed, name
        self._tries = _Tries(wait)
        self._part: Path | None = None
        self._file: FileIO | None = None
        self.bytes_count = 0

    def run(self) -> Path | None:
        """The file with the sealed bytes; nothing when the server does not have it.

        Errors:  as `Upload.run`.
        """
        while True:
            standing = self._standing()
            try:
                reply = self._ask(standing)
            except EnvironmentFault as fault:
                reached = self._standing()
                self._tries.failed(fault, reached.stat().st_size if reached else 0)
                continue
            if reply.status in {200, 206}:
                return self._part
            if reply.status == 404:
                return None
            if reply.status != 416 or standing is None:
                raise _refused(reply)
            # All of it came, or of something else: the seal tells.
            return standing

    def _standing(self) -> Path | None:
        found = sorted(self._spool.parts(*self._name), key=lambda path: path.stat().st_size)
        return found[-1] if found else None

    def _ask(self, standing: Path | None) -> Reply:
        headers = dict(self._signed)
        if standing is not None:
            headers["Range"] = f"bytes={standing.stat().st_size}-"
            headers["If-Range"] = f'"{standing.suffixes[-2][1:]}"'
        try:
            return self._wire("GET", f"{BLOBS_PATH}/{self._name[2]}", headers, b"", self._receive)
        finally:
            if self._file is not None:
                self._file.close()
                self._file = None

    def _receive(self, status: int, headers: Mapping[str, str]) -> Callable[[bytes], object] | None:
        if status not in {200, 206}:
            return None
        etag = headers.get("etag", "")
        if not _ETAG.fullmatch(etag):
            raise strange()
        self._part = self._spool.part(*self._name, etag.strip('"'))
        try:
            self._file = self._part.open("ab" if status == 206 else "wb", buffering=0)
        except OSError as error:
            raise fault_from(error, _("接收附件")) from error
        return self._keep

    def _keep(self, data: bytes) -> None:
        self.bytes_count += len(data)
        try:
            if self._file is not None:
                self._file.write(data)
        except OSError as error:
            raise fault_from(error, _("接收附件")) from error


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise fault_from(error, _("读取附件")) from error


def _number(text: str) -> int:
    if not text.isdigit() or len(text) > 12:
        raise strange()
    return int(text)


def _refused(reply: Reply) -> Failure:
    return failure_of(reply.status, told_code(reply.body))


def _not_there(status: int) -> EnvironmentFault:
    return EnvironmentFault(
        "SYN-088",
        _("县局服务器出了故障（{status}）。数据都在本机，没有丢失。请告诉县局管理员，稍后再试。").format(
            status=status
        ),
        may_retry=True,
    )


_ONE_FILE = frozenset({"ATT-002", "ATT-003", "SYN-083", "SYN-084", "SYN-087", "SYN-088"})
