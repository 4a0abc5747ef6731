"""One exchange over the network: the same bundles as on a stick, one request for a round, to one address only.

Each round starts from what both sides have, so a line that drops costs the last round and nothing else; the cure is
to call again. No redirect is followed, no proxy and no setting of the system is asked: the program opens a connection
to the address that an administrator entered, and to no other.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import urlsplit

from desktop.base.errors import EnvironmentFault, Failure, Refused, RuleBroken
from desktop.base.settings import Settings
from desktop.base.text import _
from desktop.sync.crypto import MAX_SEALED_BYTES
from desktop.sync.exchange import NETWORK, Exchange, Exchanged, Taken, told_heads
from desktop.sync.parties import COUNTY_DEVICE

EXCHANGE_PATH = "/v1/exchange"
MOST_ROUNDS = 400
# Bytes before compression. A bad line gets little at once; a good one soon more.
FIRST_BUDGET_BYTES = 512 * 1024
LEAST_BUDGET_BYTES = 64 * 1024
MOST_BUDGET_BYTES = 8 * 1024 * 1024
QUICK_SECONDS = 15.0
CONNECT_SECONDS = 10.0
ANSWER_SECONDS = 120.0

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Answer:
    """What the server said: the status of HTTP and the body, cut at the cap."""

    status: int
    body: bytes


@dataclass(frozen=True)
class Reply:
    """What the server said to one request; header names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes = b""


# Gets status and headers of an answer, and says where its body goes; nothing keeps a small body in the reply.
Receive = Callable[[int, Mapping[str, str]], Callable[[bytes], object] | None]


class Post(Protocol):
    """The door to the network, so that a test can drop the line. Raises EnvironmentFault when it fails."""

    def __call__(self, path: str, body: bytes) -> Answer:
        """Sends one request and waits for its answer."""
        ...


class HttpPost:
    """The real door: one server, no redirects, nothing from the environment."""

    def __init__(self, server: str) -> None:
        import httpx2  # noqa: PLC0415 - a quarter of a second that a start without network must not pay

        self._http = httpx2
        self._server = check_server(server).rstrip("/")
        self._client = httpx2.Client(
            trust_env=False,
            follow_redirects=False,
            timeout=httpx2.Timeout(ANSWER_SECONDS, connect=CONNECT_SECONDS),
        )

    def close(self) -> None:
        """Closes the connection."""
        self._client.close()

    def __call__(self, path: str, body: bytes) -> Answer:
        """Sends one request and waits for its answer.

        Errors:  EnvironmentFault SYN-081 no connection, SYN-082 too slow, SYN-083 more than any answer may hold.
        """
        headers = {"Content-Type": "application/octet-stream"}
        reply = self.request("POST", path, headers, body)
        return Answer(reply.status, reply.body)

    def request(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str],
        body: Iterable[bytes] | bytes = b"",
        receive: Receive | None = None,
    ) -> Reply:
        """Sends any request; `receive` may take the answer's body piece by piece.

        Errors:  as `__call__`.
        """
        try:
            with self._client.stream(
                method, self._server + path, content=body, headers=dict(headers)
            ) as response:
                told = {name.lower(): value for name, value in response.headers.items()}
                sink = receive(response.status_code, told) if receive is not None else None
                if sink is None:
                    return Reply(response.status_code, told, _read_capped(response))
                for piece in response.iter_raw():
                    sink(piece)
                return Reply(response.status_code, told)
        except self._http.TimeoutException as error:
            raise EnvironmentFault(
                "SYN-082",
                _(
                    "县局服务器很久没有回答，这次没有交换完。数据都在本机，没有丢失。请稍后再试，或用U盘交换。"
                ),
                may_retry=True,
            ) from error
        except self._http.HTTPError as error:
            raise EnvironmentFault(
                "SYN-081",
                _(
                    "连不上县局服务器。数据都在本机，没有丢失。请检查网线和服务器地址，稍后再试，或用U盘交换。"
                ),
                may_retry=True,
            ) from error


def _read_capped(response: Any) -> bytes:
    data = bytearray()
    for piece in response.iter_raw():
        data += piece
        if len(data) > MAX_SEALED_BYTES:
            raise strange()
    return bytes(data)


def check_server(server: str) -> str:
    """The address, if it is one.

    Errors:  RuleBroken SYN-089 when it is not.
    """
    try:
        parts = urlsplit(server)
        is_right = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
        is_right &= parts.username is None and not parts.query and not parts.fragment
    except ValueError:
        is_right = False
    if not is_right:
        raise RuleBroken("SYN-089", _("服务器地址要写成 https://10.0.0.1:8443 这样"), server=server)
    return server


def allowed_address(settings: Settings, server: str = "") -> str:
    """The one address that this PC may call: the one that is named, else the one that was entered.

    Errors:  Refused SYN-080 where only sticks are allowed; RuleBroken SYN-090 without an address.
    """
    if settings.flag("stick_only"):
        raise Refused("SYN-080", _("本机设置为只用U盘交换，没有连网。请用U盘，或请系统管理员改设置"))
    address = server or settings.text("server_url")
    if not address:
        raise RuleBroken("SYN-090", _("没有填县局服务器的地址，没有连网。请用U盘交换，或请系统管理员填写"))
    return address


def quiet(_stage: str, _done: int, _total: int) -> None:
    """Tells nobody."""


def exchange_by_network(exchange: Exchange, post: Post, *, progress: Progress = quiet) -> Exchanged:
    """Rounds until both sides have the same, or nothing moves any more.

    Errors:  EnvironmentFault SYN-081 to SYN-084, SYN-088; Refused SYN-085 to SYN-087. What went and came in earlier
             rounds stays; a further call goes on from there.
    """
    done = Exchanged()
    peer = exchange.county()
    budget, most = FIRST_BUDGET_BYTES, MOST_BUDGET_BYTES
    for number in range(1, MOST_ROUNDS + 1):
        progress(_("正在与县局交换"), number, 0)
        bundle = exchange.make(peer, budget_bytes=budget)
        started = time.perf_counter()
        try:
            answer = post(EXCHANGE_PATH, bundle.sealed)
            _check_status(answer)
        except EnvironmentFault as fault:
            if fault.code not in _SMALLER_HELPS or budget <= LEAST_BUDGET_BYTES:
                raise
            # What was too much once is not tried again in this call.
            budget = most = max(LEAST_BUDGET_BYTES, budget // 4)
            continue
        if time.perf_counter() - started < QUICK_SECONDS:
            budget = min(most, budget * 2)
        before = _stand(exchange)
        taken = exchange.take(answer.body)
        _count(exchange, done, taken, bundle.commits_count, (len(bundle.sealed), len(answer.body)))
        done.equal = exchange.is_equal(peer)
        if done.equal or (taken.new_count == 0 and before == _stand(exchange)):
            return done
    return done


_SMALLER_HELPS = frozenset({"SYN-082", "SYN-087"})


def _stand(exchange: Exchange) -> list[bytes]:
    """What the county last said it has; while it changes, something moves."""
    with exchange.database.reading() as session:
        connection = session.connection()
        return [
            one
            for scope in sorted(exchange.party.own_scopes)
            for one in told_heads(connection, scope, COUNTY_DEVICE)
        ]


def _count(
    exchange: Exchange, done: Exchanged, taken: Taken, sent_count: int, sizes: tuple[int, int]
) -> None:
    one = Exchanged(sent=sent_count, bytes_up=sizes[0], bytes_down=sizes[1])
    one.add(taken)
    one.equal = exchange.is_equal(taken.sender)
    exchange.log(taken.sender.device, NETWORK, one, bundle_id=taken.bundle_id)
    done.add(taken)
    done.sent += one.sent
    done.bytes_up += one.bytes_up
    done.bytes_down += one.bytes_down


def _check_status(answer: Answer) -> None:
    if answer.status == 200:
        return
    told = told_code(answer.body)
    raise failure_of(answer.status, told)


def failure_of(status: int, told: str) -> Failure:
    """What a status of the server means for the officer; `told` is the code in its answer."""
    if status in {401, 403}:
        return Refused(
            "SYN-085",
            _("县局服务器没有接受本机（{told}）。数据都在本机，没有丢失。请联系县局管理员。").format(
                told=told or status
            ),
            status=status,
        )
    if status == 426:
        return Refused(
            "SYN-086",
            _("本机程序和县局服务器的版本不配。数据都在本机，没有丢失。请升级较旧的一边。"),
            status=status,
        )
    if status == 413:
        return EnvironmentFault(
            "SYN-087",
            _("一次送的太多，县局服务器没有接受。数据都在本机，没有丢失。请再试一次。"),
            may_retry=True,
        )
    if status in {429, 503}:
        return EnvironmentFault(
            "SYN-084", _("县局服务器正忙。数据都在本机，没有丢失。请过几分钟再试。"), may_retry=True
        )
    if status in {500, 502, 504, 507}:
        return EnvironmentFault(
            "SYN-088",
            _("县局服务器出了故障（{status}）。数据都在本机，没有丢失。请告诉县局管理员，稍后再试。").format(
                status=status
            ),
            may_retry=True,
        )
    return strange()


def told_code(body: bytes) -> str:
    """The code in the server's answer, which may be anybody's: letters, digits and a hyphen, nothing else."""
    try:
        code = json.loads(body[:4096])["error"]["code"]
    except (ValueError, KeyError, TypeError):
        return ""
    return code if isinstance(code, str) and len(code) <= 8 and code.replace("-", "").isalnum() else ""


def strange() -> EnvironmentFault:
    """The failure for an answer that no county gives."""
    return EnvironmentFault(
        "SYN-083",
        _("这个地址的回答不是县局服务器的，没有交换。数据都在本机，没有丢失。请核对服务器地址。"),
    )
