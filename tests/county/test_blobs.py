"""Attachments between a room and the county over HTTP: tus up, ranges down, cut anywhere, and nobody else's."""

from __future__ import annotations

import base64
import hashlib
import random
import shutil
from collections.abc import Iterable, Mapping
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from county.enrolment import revoke
from county.http import make_app
from desktop.base.errors import EnvironmentFault
from desktop.staff.office import Office
from desktop.staff.status import status_of, verify_office
from desktop.sync.blob_network import (
    BLOBS_PATH,
    UPLOAD,
    BlobsExchanged,
    exchange_all,
    exchange_blobs,
    signed_headers,
)
from desktop.sync.blob_travel import seal_for
from desktop.sync.blobs import BLOBS, unconfirmed
from desktop.sync.network import Receive, Reply
from tests.helpers.clock import FixedClock
from tests.helpers.county import COUNTY, ROOM_CODE, CountyPost, World
from tests.helpers.server import CutLine, serving

SCOPE = f"r:{ROOM_CODE}"
SCAN = random.Random(4).randbytes(300_000)


class TestWire:
    """Stands for the line: hands requests to the county's application.

    Shape:   `cuts` are byte counts: the next bodies are cut after so many and the line fails.
    """

    __test__ = False

    def __init__(self, county: Office) -> None:
        self._client = TestClient(make_app(county))
        self.cuts: list[int] = []
        self.calls: list[tuple[str, int]] = []
        self.down_cuts: list[int] = []

    def __call__(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str],
        body: Iterable[bytes] | bytes = b"",
        receive: Receive | None = None,
    ) -> Reply:
        content = body if isinstance(body, bytes) else b"".join(body)
        sent = dict(headers)
        cut = self.cuts.pop(0) if self.cuts and method == "PATCH" else None
        if cut is not None:
            # What the server sees of a request whose end never comes is tried with a real line below.
            content = content[:cut]
            sent["Content-Length"] = str(len(content))
            del sent["Upload-Checksum"]
        response = self._client.request(method, path, headers=sent, content=content)
        self.calls.append((method, response.status_code))
        if cut is not None:
            raise EnvironmentFault("SYN-081", "cut", may_retry=True)
        told = {name.lower(): value for name, value in response.headers.items()}
        sink = receive(response.status_code, told) if receive else None
        if sink is None:
            return Reply(response.status_code, told, response.content)
        if self.down_cuts:
            sink(response.content[: self.down_cuts.pop(0)])
            raise EnvironmentFault("SYN-081", "cut", may_retry=True)
        sink(response.content)
        return Reply(response.status_code, told)


def attach(office: Office, tmp_path: Path, content: bytes = SCAN, name: str = "调解协议.pdf") -> str:
    person = office.add("staff_member", {"name": "张三丰", "role": "民警"}).id
    path = tmp_path / name
    path.write_bytes(content)
    office.attach("staff_member", person, path)
    return hashlib.sha256(content).hexdigest()


def state_of(office: Office, sha256: str, scope: str = SCOPE) -> str | None:
    with office.reading() as session:
        where = (BLOBS.c.scope == scope, BLOBS.c.sha256 == sha256)
        return session.execute(select(BLOBS.c.state).where(*where)).scalar_one_or_none()


def travel(world: World, name: str, wire: TestWire | None = None) -> TestWire:
    wire = wire or TestWire(world.county)
    office = world.offices[name]
    exchange_all(office.exchange(), office.blobs, CountyPost(world.county), wire, wait=lambda _seconds: None)
    return wire


def only_blobs(office: Office, wire: TestWire) -> BlobsExchanged:
    return exchange_blobs(office.exchange(), office.blobs, wire, wait=lambda _seconds: None)


def test_attachment_is_kept_at_the_county_and_reaches_the_rooms_other_pc(
    world: World, tmp_path: Path
) -> None:
    room, other = world.offices["甲机"], world.offices["乙机"]
    sha256 = attach(room, tmp_path)
    assert status_of(room)["blobs"]["have"] == 1
    travel(world, "甲机")
    assert state_of(room, sha256) == "kept"
    assert state_of(world.county, sha256) == "kept"
    assert world.county.attachments.get(sha256) == SCAN
    travel(world, "乙机")
    assert other.attachments.get(sha256) == SCAN
    assert state_of(other, sha256) == "kept"
    for office in world.offices.values():
        assert verify_office(office, deep=True)["ok"]
    assert list((room.home / "spool").iterdir()) == []


def test_record_arrives_before_its_attachment_and_says_so(world: World, tmp_path: Path) -> None:
    room, other = world.offices["甲机"], world.offices["乙机"]
    sha256 = attach(room, tmp_path)
    world.by_wire("甲机")
    world.by_wire("乙机")
    person = other.list_ids("staff_member")[0]
    [told] = other.files("staff_member", person)
    assert (told["is_here"], told["state"]) == (False, "want")
    assert status_of(other)["blobs"] == {"have": 0, "want": 1, "sent": 0, "kept": 0}
    with pytest.raises(EnvironmentFault, match="ATT-002"):
        other.attachments.get(sha256)


def test_upload_goes_on_where_the_line_was_cut(world: World, tmp_path: Path) -> None:
    room = world.offices["甲机"]
    sha256 = attach(room, tmp_path)
    wire = TestWire(world.county)
    wire.cuts = [0, 1, 70_000, 200_000]
    travel(world, "甲机", wire)
    assert state_of(room, sha256) == "kept"
    assert [method for method, _status in wire.calls] == ["POST", *["PATCH", "HEAD"] * 4, "PATCH"]


def test_download_goes_on_where_the_line_was_cut(world: World, tmp_path: Path) -> None:
    sha256 = attach(world.offices["甲机"], tmp_path)
    travel(world, "甲机")
    wire = TestWire(world.county)
    wire.down_cuts = [100_000, 0, 150_000]
    travel(world, "乙机", wire)
    assert world.offices["乙机"].attachments.get(sha256) == SCAN
    assert [status for _method, status in wire.calls] == [200, 206, 206, 206]


def test_download_starts_anew_when_the_county_sealed_anew(world: World, tmp_path: Path) -> None:
    sha256 = attach(world.offices["甲机"], tmp_path)
    travel(world, "甲机")
    other, wire = world.offices["乙机"], TestWire(world.county)
    wire.down_cuts = [1000, 0, 0, 0, 0, 0]
    travel(world, "乙机", wire)
    assert state_of(other, sha256) == "want"
    for path in (world.county.home / "spool").iterdir():
        path.unlink()
    travel(world, "乙机")
    assert other.attachments.get(sha256) == SCAN


def test_line_that_stays_dead_keeps_what_arrived_for_the_next_exchange(world: World, tmp_path: Path) -> None:
    room = world.offices["甲机"]
    sha256 = attach(room, tmp_path)
    wire = TestWire(world.county)
    wire.cuts = [120_000, *[0] * 10]
    travel(world, "甲机", wire)
    assert state_of(room, sha256) == "have"
    wire.cuts.clear()
    sizes = [path.stat().st_size for path in (world.county.home / "uploads").glob("*.up")]
    assert sizes == [120_000]
    only_blobs(room, wire)
    assert world.county.attachments.has(sha256)


def test_lost_answer_to_the_last_part_sends_nothing_again(world: World, tmp_path: Path) -> None:
    room = world.offices["甲机"]
    sha256 = attach(room, tmp_path)
    wire = TestWire(world.county)
    world.by_wire("甲机")
    only_blobs(room, wire)
    assert state_of(room, sha256) == "sent"
    # As if the answer had not come and the spool file were still there: the server names the same upload again.
    only_blobs(room, wire)
    assert world.county.attachments.get(sha256) == SCAN


def test_small_ones_go_first_and_of_those_the_newest(world: World, tmp_path: Path, clock: FixedClock) -> None:
    room = world.offices["甲机"]
    wanted = []
    for size in (400_000, 1000, 2000):
        clock.move(timedelta(minutes=1))
        wanted.append(attach(room, tmp_path, random.Random(size).randbytes(size), f"{size}.pdf"))
    with room.reading() as session:
        order = [one.sha256 for one in unconfirmed(session.connection(), (SCOPE,))]
    assert order == [wanted[2], wanted[1], wanted[0]]


def test_county_put_back_asks_again_for_what_it_once_kept(world: World, tmp_path: Path) -> None:
    room = world.offices["甲机"]
    before = tmp_path / "旧"
    world.close(COUNTY)
    shutil.copytree(world.folder / COUNTY, before)
    world.open(COUNTY)
    sha256 = attach(room, tmp_path)
    travel(world, "甲机")
    world.put_back(COUNTY, before)
    world.open(COUNTY)
    travel(world, "甲机")
    assert state_of(room, sha256) == "kept"
    assert world.county.attachments.get(sha256) == SCAN


def test_file_lost_on_a_pc_comes_back_from_the_county(world: World, tmp_path: Path) -> None:
    room = world.offices["甲机"]
    sha256 = attach(room, tmp_path)
    travel(world, "甲机")
    for path in room.attachments.files():
        path.unlink()
    assert not verify_office(room)["ok"]
    travel(world, "甲机")
    assert room.attachments.get(sha256) == SCAN
    assert verify_office(room, deep=True)["ok"]


def test_file_lost_at_the_county_comes_back_from_the_room(world: World, tmp_path: Path) -> None:
    room, other = world.offices["甲机"], world.offices["乙机"]
    sha256 = attach(room, tmp_path)
    travel(world, "甲机")
    for path in world.county.attachments.files():
        path.unlink()
    travel(world, "乙机")
    assert state_of(other, sha256) == "want"
    travel(world, "甲机")
    travel(world, "乙机")
    assert other.attachments.get(sha256) == SCAN


# -- nobody else's -------------------------------------------------------------------------------------------------


def fetch(world: World, name: str, sha256: str) -> int:
    client = TestClient(make_app(world.county))
    headers = signed_headers(world.offices[name].exchange(), sha256)
    return client.get(f"{BLOBS_PATH}/{sha256}", headers=headers).status_code


def test_another_room_cannot_tell_whether_a_document_is_at_the_county(world: World, tmp_path: Path) -> None:
    sha256 = attach(world.offices["甲机"], tmp_path)
    travel(world, "甲机")
    assert fetch(world, "乙机", sha256) == 200
    assert fetch(world, "邻室", sha256) == 404 == fetch(world, "邻室", "0" * 64)


def test_same_document_of_another_room_is_sent_as_if_it_were_new(world: World, tmp_path: Path) -> None:
    sha256 = attach(world.offices["甲机"], tmp_path)
    travel(world, "甲机")
    attach(world.offices["邻室"], tmp_path)
    world.by_wire("邻室")
    assert state_of(world.offices["邻室"], sha256, "r:649901100202") == "have"
    assert fetch(world, "邻室", sha256) == 404
    wire = travel(world, "邻室")
    assert [method for method, _status in wire.calls].count("PATCH") == 1
    assert state_of(world.offices["邻室"], sha256, "r:649901100202") == "kept"
    assert len(list(world.county.attachments.files())) == 1


def test_stranger_and_shut_out_pc_get_nothing(world: World, tmp_path: Path) -> None:
    room = world.offices["甲机"]
    sha256 = attach(room, tmp_path)
    travel(world, "甲机")
    client = TestClient(make_app(world.county))
    headers = signed_headers(room.exchange(), sha256)
    assert client.get(f"{BLOBS_PATH}/{sha256}").status_code == 401
    # A signature for something else.
    other = signed_headers(room.exchange(), UPLOAD)
    assert client.get(f"{BLOBS_PATH}/{sha256}", headers=other).status_code == 401
    assert client.get(f"{BLOBS_PATH}/{sha256}", headers=headers).status_code == 200
    revoke(world.county, room.place.device, "丢失")
    assert client.get(f"{BLOBS_PATH}/{sha256}", headers=headers).status_code == 403


def test_room_cannot_bring_an_attachment_into_another_rooms_scope(world: World, tmp_path: Path) -> None:
    attach(world.offices["甲机"], tmp_path)
    world.by_wire("甲机")
    room, stranger = world.offices["甲机"], world.offices["邻室"]
    with room.reading() as session:
        [blob] = unconfirmed(session.connection(), (SCOPE,))
    stranger.attachments.put(SCAN)
    sealed = seal_for(stranger.exchange(), stranger.blobs, stranger.exchange().county(), blob)
    status = upload(world, "邻室", sealed)
    assert status == 403
    assert not world.county.attachments.has(blob.sha256)


def upload(world: World, name: str, sealed: bytes) -> int:
    client = TestClient(make_app(world.county))
    signed = signed_headers(world.offices[name].exchange(), UPLOAD)
    tus = {"Tus-Resumable": "1.0.0"}
    made = client.post(BLOBS_PATH, headers=tus | signed | {"Upload-Length": str(len(sealed))})
    assert made.status_code == 201
    headers = tus | {"Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}
    status = client.patch(made.headers["location"], headers=headers, content=sealed).status_code
    again = client.head(made.headers["location"], headers=tus)
    assert again.status_code == 404, "what could not be used is gone"
    return status


def test_damaged_attachment_is_never_kept(world: World, tmp_path: Path) -> None:
    room = world.offices["甲机"]
    sha256 = attach(room, tmp_path)
    world.by_wire("甲机")
    with room.reading() as session:
        [blob] = unconfirmed(session.connection(), (SCOPE,))
    whole = seal_for(room.exchange(), room.blobs, room.exchange().county(), blob)
    for at in (10, 400, len(whole) // 2, len(whole) - 1):
        sealed = bytearray(whole)
        sealed[at] ^= 1
        assert upload(world, "甲机", bytes(sealed)) == 400
    assert upload(world, "甲机", whole[:-70_000]) == 400
    assert state_of(world.county, sha256) == "want"
    assert not world.county.attachments.has(sha256)


# -- the protocol --------------------------------------------------------------------------------------------------


@pytest.fixture
def made(world: World) -> tuple[TestClient, str]:
    client = TestClient(make_app(world.county))
    signed = signed_headers(world.offices["甲机"].exchange(), UPLOAD)
    reply = client.post(BLOBS_PATH, headers={"Tus-Resumable": "1.0.0", "Upload-Length": "1000"} | signed)
    assert (reply.status_code, reply.headers["upload-offset"]) == (201, "0")
    return client, reply.headers["location"]


PATCH = {
    "Tus-Resumable": "1.0.0",
    "Upload-Offset": "0",
    "Content-Type": "application/offset+octet-stream",
}


def test_server_tells_what_it_can(world: World) -> None:
    told = TestClient(make_app(world.county)).options(BLOBS_PATH)
    assert told.status_code == 204
    assert told.headers["tus-version"] == "1.0.0"
    assert told.headers["tus-extension"] == "creation,checksum"
    assert "sha1" in told.headers["tus-checksum-algorithm"]


WRONG = (
    ({"Tus-Resumable": "0.2.2"}, 412),
    ({"Content-Type": "text/plain"}, 415),
    ({"Upload-Offset": "1"}, 409),
    ({"Upload-Offset": "x"}, 400),
    ({"Upload-Checksum": "md5 AAAA"}, 400),
    ({"Upload-Checksum": "sha1 " + base64.b64encode(b"0" * 20).decode()}, 460),
)


def test_wrong_request_is_answered_as_tus_says_and_adds_nothing(made: tuple[TestClient, str]) -> None:
    client, place = made
    for changed, status in WRONG:
        assert client.patch(place, headers=PATCH | changed, content=b"x" * 100).status_code == status
        head = client.head(place, headers={"Tus-Resumable": "1.0.0"})
        assert (head.headers["upload-offset"], head.headers["upload-length"]) == ("0", "1000")
        assert head.headers["cache-control"] == "no-store"


def test_right_checksum_and_method_override_are_taken(made: tuple[TestClient, str]) -> None:
    client, place = made
    digest = base64.b64encode(hashlib.sha1(b"x" * 100).digest()).decode()  # noqa: S324 - tus asks for it
    headers = PATCH | {"Upload-Checksum": f"sha1 {digest}"}
    assert client.patch(place, headers=headers, content=b"x" * 100).status_code == 204
    override = PATCH | {"Upload-Offset": "100", "X-HTTP-Method-Override": "PATCH"}
    reply = client.post(place, headers=override, content=b"y" * 50)
    assert (reply.status_code, reply.headers["upload-offset"]) == (204, "150")


def test_more_than_was_said_is_refused(made: tuple[TestClient, str]) -> None:
    client, place = made
    assert client.patch(place, headers=PATCH, content=b"x" * 1001).status_code == 413


def test_uploads_of_one_pc_are_bounded(world: World) -> None:
    client = TestClient(make_app(world.county))
    signed = signed_headers(world.offices["甲机"].exchange(), UPLOAD)
    headers = {"Tus-Resumable": "1.0.0", "Upload-Length": "1000"} | signed
    statuses = [client.post(BLOBS_PATH, headers=headers).status_code for _time in range(21)]
    assert statuses == [201] * 20 + [429]
    too_long = headers | {"Upload-Length": str(2**31)}
    assert client.post(BLOBS_PATH, headers=too_long).status_code == 413


# -- real lines ----------------------------------------------------------------------------------------------------


def test_stock_tus_client_uploads_an_attachment(world: World, tmp_path: Path) -> None:
    from tusclient.client import TusClient

    room = world.offices["甲机"]
    sha256 = attach(room, tmp_path)
    world.by_wire("甲机")
    with room.reading() as session:
        [blob] = unconfirmed(session.connection(), (SCOPE,))
    sealed = tmp_path / "sealed.jwa"
    sealed.write_bytes(seal_for(room.exchange(), room.blobs, room.exchange().county(), blob))
    signed = signed_headers(room.exchange(), UPLOAD)
    world.close(COUNTY)
    with serving(world.folder / COUNTY) as (address, _process):
        client = TusClient(f"{address}{BLOBS_PATH}", headers=signed)
        with sealed.open("rb") as stream:
            client.uploader(file_stream=stream, chunk_size=65536, upload_checksum=True).upload()
    assert world.open(COUNTY).attachments.get(sha256) == SCAN


def test_upload_over_a_line_cut_every_100_kb_resends_little(world: World, tmp_path: Path) -> None:
    room = world.offices["甲机"]
    content = random.Random(5).randbytes(1_500_000)
    sha256 = attach(room, tmp_path, content)
    world.close(COUNTY)
    with serving(world.folder / COUNTY) as (address, _process):
        line = CutLine(address, cut_up_bytes=100_000)
        try:
            room.exchange_network(server=line.address)
        finally:
            line.close()
    assert line.cuts_count >= 15
    assert line.passed_bytes <= 1.1 * len(content)
    assert state_of(room, sha256) == "kept"
    assert world.open(COUNTY).attachments.get(sha256) == content
