"""One exchange over the network: the same bundles as on a stick, one request for a round, to one address only.

Each round starts from what both sides have, so a line that drops costs the last round and nothing else; the cure is
to call again. No redirect is followed, no proxy and no setting of the system is asked: the program opens a connection
to the address that an administrator entered, and to no other.
"""

from __future__ import annotations

import json
import random
import ssl
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from desktop.base.errors import EnvironmentFault, Failure, Refused, RuleBroken
from desktop.base.settings import Settings, is_server_address
from desktop.base.text import _
from desktop.database.columns import read_instant
from desktop.database.database import read_meta, write_meta
from desktop.sync.certificates import COUNTY_DEVICE
from desktop.sync.crypto import MAX_SEALED_BYTES
from desktop.sync.exchange import NETWORK, Exchange, Exchanged, Taken
from desktop.sync.peer_words import told_heads
from desktop.sync.pins import Pins, client_context

EXCHANGE_PATH = "/v1/exchange"
MOST_ROUNDS = 400
# Bytes before compression; a tenth of it travels. A bad line gets little at once; a good one soon more.
FIRST_BUDGET_BYTES = 512 * 1024
LEAST_BUDGET_BYTES = 16 * 1024
MOST_BUDGET_BYTES = 8 * 1024 * 1024
QUICK_SECONDS = 15.0
CONNECT_SECONDS = 10.0
ANSWER_SECONDS = 120.0
# How often a call is made again after the line failed, and the longest first pause; it doubles each time.
MOST_TRIES, FIRST_PAUSE_SECONDS, MOST_PAUSE_SECONDS = 4, 1.0, 10.0

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Answer:
    """What the server said: the status of HTTP, the body, cut at the cap, and the headers in small letters."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


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


@dataclass
class Traffic:
    """What went over the line beside the bundles, for the list of contacts."""

    calls_count: int = 0
    up_bytes: int = 0
    down_bytes: int = 0

    def counted_up(self, pieces: Iterable[bytes]) -> Iterator[bytes]:
        """The pieces, counted as they are sent."""
        for piece in pieces:
            self.up_bytes += len(piece)
            yield piece


class HttpPost:
    """The real door: one server that the county's authority certified, no redirects, nothing from the environment."""

    def __init__(self, server: str, pins: Pins | None = None) -> None:
        import httpx2  # noqa: PLC0415 - a quarter of a second that a start without network must not pay

        self._http = httpx2
        self.server = check_server(server).rstrip("/")
        self.traffic = Traffic()
        self._client = httpx2.Client(
            # In the clear only within this PC, where there is nobody to show a certificate to.
            verify=client_context(pins) if self.server.startswith("https:") else False,
            trust_env=False,
            follow_redirects=False,
            timeout=httpx2.Timeout(ANSWER_SECONDS, connect=CONNECT_SECONDS),
        )

    def close(self) -> None:
        """Closes the connection."""
        self._client.close()

    def __call__(self, path: str, body: bytes) -> Answer:
        """Sends one request and waits for its answer.

        Errors:  as `request`.
        """
        reply = self._send("POST", path, {"Content-Type": "application/octet-stream"}, body, None, Traffic())
        return Answer(reply.status, reply.body, reply.headers)

    def request(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str],
        body: Iterable[bytes] | bytes = b"",
        receive: Receive | None = None,
    ) -> Reply:
        """Sends any request; `receive` may take the answer's body piece by piece.

        Errors:  EnvironmentFault SYN-081 no connection, SYN-082 too slow, SYN-083 more than any answer may hold;
                 Refused SYN-094 when the server is not the county's: nothing was sent to it.
        """
        return self._send(method, path, headers, body, receive, self.traffic)

    def _send(  # noqa: PLR0917 - one request
        self,
        method: str,
        path: str,
        headers: Mapping[str, str],
        body: Iterable[bytes] | bytes,
        receive: Receive | None,
        traffic: Traffic,
    ) -> Reply:
        traffic.calls_count += 1
        if isinstance(body, bytes):
            traffic.up_bytes += len(body)
            content: Iterable[bytes] | bytes = body
        else:
            content = traffic.counted_up(body)
        try:
            with self._client.stream(
                method, self.server + path, content=content, headers=dict(headers)
            ) as response:
                told = {name.lower(): value for name, value in response.headers.items()}
                sink = receive(response.status_code, told) if receive is not None else None
                if sink is None:
                    return Reply(response.status_code, told, _read_capped(response))
                for piece in response.iter_raw():
                    traffic.down_bytes += len(piece)
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
            if _is_wrong_certificate(error):
                raise _stranger() from error
            raise EnvironmentFault(
                "SYN-081",
                _(
                    "连不上县局服务器。数据都在本机，没有丢失。请检查网线和服务器地址，稍后再试，或用U盘交换。"
                ),
                may_retry=True,
                was_reached=not isinstance(error, self._http.ConnectError),
            ) from error


def _is_wrong_certificate(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return True
        error = error.__cause__ or error.__context__
    return False


def _stranger() -> Refused:
    return Refused(
        "SYN-094",
        _(
            "这个地址的服务器没有本县县局的证书，什么都没有发给它。数据都在本机，没有丢失。"
            "请核对服务器地址；县局换过证书的，请先用U盘交换一次。"
        ),
    )


def _read_capped(response: Any) -> bytes:
    data = bytearray()
    for piece in response.iter_raw():
        data += piece
        if len(data) > MAX_SEALED_BYTES:
            raise strange()
    return bytes(data)


def check_server(server: str) -> str:
    """The address, if it is one: over TLS, or in the clear within this PC.

    Errors:  RuleBroken SYN-089 when it is not.
    """
    if not is_server_address(server):
        raise RuleBroken("SYN-089", _("服务器地址要写成 https://10.0.0.1:8443 这样"), server=server)
    return server


def allowed_address(settings: Settings, server: str = "") -> str:
    """The one address that this PC may call: the one that is named, else the one that was entered.

    Errors:  Refused SYN-080 where only sticks are allowed, SYN-097 while somebody switched it off;
             RuleBroken SYN-090 without an address.
    """
    if settings.flag("work_offline"):
        raise Refused("SYN-097", _("已设为暂不连网，没有连网。可在“联系记录”里恢复，或用U盘交换"))
    if settings.flag("stick_only"):
        raise Refused("SYN-080", _("本机设置为只用U盘交换，没有连网。请用U盘，或请系统管理员改设置"))
    address = server or settings.text("server_url")
    if not address:
        raise RuleBroken("SYN-090", _("没有填县局服务器的地址，没有连网。请用U盘交换，或请系统管理员填写"))
    return address


def quiet(_stage: str, _done: int, _total: int) -> None:
    """Tells nobody."""


@dataclass
class Pace:
    """How much is asked of the line at once, and how long to wait when it failed. Nothing of it outlives one call.

    Shape:   `wait` and `chance` are doors, so that a test neither waits nor throws dice.
    """

    wait: Callable[[float], object] = time.sleep
    chance: Callable[[], float] = random.random
    budget_bytes: int = field(default_factory=lambda: FIRST_BUDGET_BYTES)
    most_bytes: int = field(default_factory=lambda: MOST_BUDGET_BYTES)
    tries: int = 0

    def went_well(self, seconds: float) -> None:
        """Asks for more after a quick call."""
        self.tries = 0
        if seconds < QUICK_SECONDS:
            self.budget_bytes = min(self.most_bytes, self.budget_bytes * 2)

    def failed(self, fault: EnvironmentFault, *, is_first: bool) -> None:
        """Waits for the next try, with less at once where that helps.

        Errors:  the fault itself when another try is of no use.
        """
        if fault.code in _SMALLER_HELPS:
            if self.budget_bytes > LEAST_BUDGET_BYTES:
                # What was too much once is not tried again in this call.
                self.budget_bytes = self.most_bytes = max(LEAST_BUDGET_BYTES, self.budget_bytes // 4)
            elif fault.code == "SYN-087":
                raise fault
        if fault.code == "SYN-087":
            return
        # Nobody there at the very first call: whoever pressed the button is told at once.
        is_nobody = is_first and not fault.facts.get("was_reached", True)
        self.tries += 1
        if not fault.may_retry or is_nobody or self.tries >= MOST_TRIES:
            raise fault
        pause = min(MOST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2 ** (self.tries - 1))
        asked = float(str(fault.facts.get("wait_seconds", 0)))
        if asked > MOST_PAUSE_SECONDS:
            raise fault
        # Half of it by chance: rooms that failed together must not come back together.
        self.wait(asked + pause * (0.5 + 0.5 * self.chance()))


_SMALLER_HELPS = frozenset({"SYN-081", "SYN-082", "SYN-087"})


def exchange_by_network(
    exchange: Exchange, post: Post, *, progress: Progress = quiet, pace: Pace | None = None
) -> Exchanged:
    """Rounds until both sides have the same, or nothing moves any more.

    Errors:  EnvironmentFault SYN-081 to SYN-084, SYN-088; Refused SYN-085 to SYN-087, SYN-094. What went and came in
             earlier rounds stays; a further call goes on from there. Every request that was made stands in the list
             of exchanges, failed ones too.
    """
    done, pace = Exchanged(), pace or Pace()
    peer, address = exchange.county(), str(getattr(post, "server", ""))
    for number in range(1, MOST_ROUNDS + 1):
        progress(_("正在与县局交换"), number, 0)
        bundle = exchange.make(peer, budget_bytes=pace.budget_bytes)
        before = _stand(exchange)
        started = time.perf_counter()
        try:
            answer = post(EXCHANGE_PATH, bundle.sealed)
            _check_status(answer)
            taken = exchange.take(answer.body)
        except Failure as failure:
            exchange.log(
                COUNTY_DEVICE,
                NETWORK,
                Exchanged(bytes_up=len(bundle.sealed)),
                outcome=f"{failure.code} {failure.sentence}",
                address=address,
            )
            if not isinstance(failure, EnvironmentFault):
                raise
            pace.failed(failure, is_first=number == 1)
            continue
        pace.went_well(time.perf_counter() - started)
        sizes = (len(bundle.sealed), len(answer.body))
        _count(exchange, done, taken, bundle.commits_count, sizes, address=address)
        _tell_clock(exchange, taken)
        done.equal = exchange.is_equal(peer)
        if done.equal or (taken.new_count == 0 and before == _stand(exchange)):
            return done
    return done


def log_traffic(exchange: Exchange, post: HttpPost) -> None:
    """One line for the requests that carried no bundle, so that the list of contacts has every one."""
    told = post.traffic
    if told.calls_count:
        sizes = Exchanged(bytes_up=told.up_bytes, bytes_down=told.down_bytes)
        outcome = _("传送附件：{count} 次请求").format(count=told.calls_count)
        exchange.log(COUNTY_DEVICE, NETWORK, sizes, outcome=outcome, address=post.server)


CLOCK_OFFSET = "clock_offset_seconds"


def _tell_clock(exchange: Exchange, taken: Taken) -> None:
    """Keeps how far this PC's clock is from the county's, for a banner; nothing is decided by it."""
    try:
        county = read_instant(taken.made)
    except ValueError:
        return
    seconds = round((exchange.clock.now() - county).total_seconds())
    with exchange.database.reading() as session:
        known = read_meta(session.connection(), CLOCK_OFFSET)
    if known is None or abs(int(known) - seconds) >= _CLOCK_STEP_SECONDS:
        with exchange.database.writing() as connection:
            write_meta(connection, CLOCK_OFFSET, str(seconds))


# What the way takes; below it nothing is written.
_CLOCK_STEP_SECONDS = 30


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
    exchange: Exchange,
    done: Exchanged,
    taken: Taken,
    sent_count: int,
    sizes: tuple[int, int],
    *,
    address: str,
) -> None:
    one = Exchanged(sent=sent_count, bytes_up=sizes[0], bytes_down=sizes[1])
    one.add(taken)
    one.equal = exchange.is_equal(taken.sender)
    exchange.log(taken.sender.device, NETWORK, one, bundle_id=taken.bundle_id, address=address)
    done.add(taken)
    done.sent += one.sent
    done.bytes_up += one.bytes_up
    done.bytes_down += one.bytes_down


def _check_status(answer: Answer) -> None:
    if answer.status == 200:
        return
    raise failure_of(answer.status, told_code(answer.body), _asked_seconds(answer))


def _asked_seconds(answer: Answer) -> int:
    """How long the server wants to be left alone; dates and nonsense count as nothing."""
    told = answer.headers.get("retry-after", "")
    return int(told) if told.isascii() and told.isdigit() and len(told) < 6 else 0


def failure_of(status: int, told: str, wait_seconds: int = 0) -> Failure:
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
            "SYN-084",
            _("县局服务器正忙。数据都在本机，没有丢失。请过几分钟再试。"),
            may_retry=True,
            wait_seconds=wait_seconds,
        )
    if status == 507 and told == "SYN-095":
        return EnvironmentFault(
            "SYN-095",
            _("本警务室在县局的空间已满，县局没有接受。数据都在本机，没有丢失。请县局管理员加大空间。"),
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
